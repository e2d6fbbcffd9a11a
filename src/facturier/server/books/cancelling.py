"""What a status takes away from the books: the entry of an invoice refused, rejected or replaced.

A proposal is withdrawn, a validated entry gets the proposal of its reversal; both name the status.
Which statuses do it is said once, in :func:`facturier.lifecycle.reasons.unbooks`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from facturier.ledger import entries as ledger
from facturier.lifecycle.reasons import unbooks
from facturier.server.archive import keeping
from facturier.server.books import booking
from facturier.server.books.models import Entry
from facturier.server.documents.models import NOT_ISSUED

if TYPE_CHECKING:
    from facturier.server.documents.models import Event

REFUSED = "210"


def heard(event: Event) -> None:
    """Take the entry of the document out of the books when `event`, just kept, asks for it.

    Twice the same is nothing new. Runs in the transaction that keeps the status.
    """
    assert transaction.get_connection().in_atomic_block
    if not unbooks(int(event.code), event.reason) or _changed_nothing(event):
        return
    own = Entry.objects.filter(document=event.document_id, reverses=None)
    for entry in own.select_for_update(of=("self",)).select_related("journal", "dossier"):
        if entry.state == Entry.State.PROPOSED:
            _withdraw(entry, event)
        elif entry.state == Entry.State.VALIDATED:
            booking.reverse(entry, cause=event)


@transaction.atomic
def catch_up(dossier: int) -> int:
    """Withdraw the proposals of a dossier (id, in sight) whose invoice had gone back before.

    Statuses that were heard before this module was there took nothing out. Returns how many.
    """
    left = Entry.objects.filter(
        dossier_id=dossier, state=Entry.State.PROPOSED, reverses=None,
        document__state__in=(REFUSED, *NOT_ISSUED),
    )  # fmt: skip
    before = left.count()
    for entry in left.select_related("document") if before else ():
        assert entry.document is not None
        for event in entry.document.events.select_related("transmission").order_by("pk"):
            heard(event)
    return before - left.count() if before else 0


def _changed_nothing(event: Event) -> bool:
    """Whether a platform rejects what has gone its way already: noted, the invoice stands."""
    return event.code in NOT_ISSUED and event.transmission.state != event.code


def _withdraw(entry: Entry, event: Event) -> None:
    entry.state = Entry.State(ledger.withdraw(booking.entry_of(entry)).state.value)
    entry.cause = event
    entry.save(update_fields=["state", "cause"])
    keeping.entry_withdrawn(entry)
