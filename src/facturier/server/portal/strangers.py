"""Answers of the portal that speak of nothing known: kept, and shown to the administrators.

The database shows them only to a person who administers the installation (``is_superuser``), as the
one who asks (:func:`facturier.server.sight.of_person`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.errors import RefusedByUs
from facturier.server.portal.models import PortalAnswer

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from facturier.server.firm.models import Person

LONGEST_WHY = 200


def of_nobody() -> QuerySet[PortalAnswer]:
    """Return the answers that no dossier owns and that speak of no flow of ours, latest first."""
    nobodys = PortalAnswer.objects.filter(dossier=None, file=None, about=None)
    return nobodys.select_related("closed_by").order_by("-pk")


def waiting() -> int:
    """Return how many of them nobody has closed yet."""
    return of_nobody().filter(closed_why="").count()


def close(answer: PortalAnswer, by: Person, why: str) -> None:
    """Note who looked at an answer and what it was; the first note stands.

    Raises `RefusedByUs` without a reason.
    """
    if not why.strip():
        raise RefusedByUs(
            "Dites ce que c'était : la raison est gardée avec la réponse.", reason="why-missing"
        )
    of_nobody().select_related(None).filter(pk=answer.pk, closed_why="").update(
        closed_by=by, closed_why=why.strip()[:LONGEST_WHY]
    )
