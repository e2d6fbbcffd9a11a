"""What the portal refused, or what was held, goes again: corrected where we make it ourselves.

The file that went stays as it is; another takes its place and travels in a flow of its own number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from facturier.errors import RefusedByUs
from facturier.reporting.envelope import Interface
from facturier.server.documents import several, status_files, store
from facturier.server.portal import flux1, outbox
from facturier.server.portal.models import FLUX_1, OPEN, TAKEN_UP, PortalFile

if TYPE_CHECKING:
    from facturier.server.firm.models import Person

LONGEST_WHY = 200


@transaction.atomic
def again(file: PortalFile) -> PortalFile:
    """Owe the portal another file in the place of a refused or held one; the dossier is in sight.

    A flux 1 is made anew from the invoice, by the rules of today, a flux 13 from what was asked of
    the directory, from tomorrow on; anything else goes as it was.
    Asked twice, it gives the first answer again. Raises `RefusedByUs` when nothing can go.
    """
    locked = PortalFile.objects.select_for_update(of=("self",)).select_related("document")
    found = locked.get(pk=file.pk)
    after = PortalFile.objects.filter(replaces=found).first()
    if after is not None:
        return after
    if found.state not in TAKEN_UP:
        raise RefusedByUs(
            f"Ce fichier est « {found.get_state_display()} » : il n'y a rien à renvoyer.",
            reason="portal-file-state",
        )
    if found.interface == Interface.F13:
        from facturier.server.directory import asking  # noqa: PLC0415 - it owes files here

        return asking.again(found)
    if found.document_id is None:
        raise RefusedByUs(
            "Une déclaration refusée se transmet de nouveau depuis la page E-reporting.",
            reason="portal-declaration",
        )
    name, data, why = _made(found)
    if why or data is None:
        raise RefusedByUs(
            f"Ce fichier ne peut pas encore partir : {why}", reason="portal-file-broken"
        )
    return outbox.owe(
        found.dossier_id, Interface(found.interface), name, data,
        about=found.event or found.document or "", due_at=found.due_at,
        reference=found.reference, siren=found.siren, replaces=found,
    )  # fmt: skip


def close(file: PortalFile, by: Person, why: str) -> None:
    """Note that a person decided that nothing goes in the place of a refused or held file."""
    PortalFile.objects.filter(OPEN, pk=file.pk).update(closed_by=by, closed_why=why[:LONGEST_WHY])


def _made(found: PortalFile) -> tuple[str, bytes | None, str]:
    """Return name, bytes, and what keeps them here."""
    if found.interface in FLUX_1:
        assert found.document is not None, "a flux 1 is about an invoice"
        invoices = several.invoices_of(found.document)
        named = (one for one in invoices if (one.number or "") == found.reference)
        made = flux1.make(found.document, next(named, invoices[0]))
        return made.name, made.data, made.why
    assert found.stored_id is not None, "only a flux 1 may have no bytes"
    data = store.get(found.stored_id)
    broken = status_files.broken_rules(data) if found.event_id else ()
    return found.name, data, f"{broken[0].rule} : {broken[0].message}" if broken else ""
