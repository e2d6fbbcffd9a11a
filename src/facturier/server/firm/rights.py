"""What a person who sees a dossier may do in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from facturier.server.firm.models import Dossier, DossierAccess, Membership

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from facturier.server.firm.models import Person


def keeps_books(person: Person, dossier: Dossier) -> bool:
    """Return whether `person` may validate and reverse entries: the cabinet does, a client not."""
    return kept_by(person, Dossier.objects.filter(pk=dossier.pk)).exists()


def kept_by(person: Person, dossiers: QuerySet[Dossier]) -> QuerySet[Dossier]:
    """Keep the dossiers in which `person` works for the cabinet."""
    led = Membership.objects.filter(person=person, role=Membership.Role.EXPERT_COMPTABLE)
    opened = DossierAccess.objects.filter(person=person, role=DossierAccess.Role.COLLABORATEUR)
    mine = Q(cabinet__in=led.values("cabinet")) | Q(pk__in=opened.values("dossier"))
    return dossiers.filter(mine)
