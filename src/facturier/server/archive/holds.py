"""Legal hold: as long as one stands, nothing of its dossier is purged. The database holds to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from facturier.errors import RefusedByUs
from facturier.server.archive import keeping
from facturier.server.archive.models import LegalHold

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from facturier.server.firm.models import Dossier, Person


def standing(dossier: Dossier) -> QuerySet[LegalHold]:
    """Return the holds of `dossier` that nobody lifted."""
    return dossier.holds.filter(lifted_at=None).select_related("placed_by")


def place(dossier: Dossier, person: Person, reason: str) -> LegalHold:
    """Hold all of `dossier` from now on; an event of its chain of proof."""
    with transaction.atomic():
        hold = LegalHold.objects.create(dossier=dossier, placed_by=person, reason=reason)
        keeping.held(hold)
    return hold


def lift(hold: LegalHold, person: Person, why: str) -> LegalHold:
    """Lift a hold. Raises `RefusedByUs` when somebody did."""
    with transaction.atomic():
        row = LegalHold.objects.select_for_update(of=("self",)).select_related("dossier")
        found = row.get(pk=hold.pk)
        if found.lifted_at is not None:
            raise RefusedByUs("Cette conservation forcée est déjà levée.", reason="lifted")
        found.lifted_by, found.lifted_at, found.lifted_why = person, timezone.now(), why
        found.save()
        keeping.held(found)
    return found
