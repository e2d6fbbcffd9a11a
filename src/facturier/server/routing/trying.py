"""What the rules would do: with a file, with a past invoice, with all of the last ninety days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from facturier import journey
from facturier.errors import FacturierError
from facturier.server import clock
from facturier.server.directory import lookup
from facturier.server.documents import store
from facturier.server.documents.models import Document
from facturier.server.routing import placing
from facturier.server.routing.deciding import Facts, first_met
from facturier.server.routing.models import Placement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from facturier.server.firm.models import Dossier
    from facturier.server.routing.placing import Decision

DAYS = 90
MOST = 5000
"""Past invoices that are tried again, the latest first."""
MOST_READ = 300
"""Of those whose facts were not kept, how many files are read again."""
MOST_NAMED = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A past invoice that would go elsewhere, or for another reason."""

    name: str
    document: int | None
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What other rules would have changed."""

    looked_at: int
    changed: int
    first: tuple[Change, ...]
    unread: int
    """Invoices that were too many to be read again."""


def of_file(dossier: Dossier, data: bytes) -> Decision:
    """Return where this file would go if it arrived now; nothing is kept.

    Raises `UnreadableDocument`.
    """
    examined = journey.examine(data, on=lookup.today())
    return placing.decided(dossier, placing.facts_about(examined))


def of_document(document: Document) -> Decision:
    """Return where a received invoice would go if it arrived now.

    Raises `UnreadableDocument` when its file is none any more.
    """
    return placing.decided(document.dossier, _kept(document) or _read(document))


def _kept(document: Document) -> Facts | None:
    """Return the facts that were kept when it was placed."""
    placement: Placement | None = getattr(document, "placement", None)
    return Facts.read(placement.facts) if placement and placement.facts else None


def _read(document: Document) -> Facts:
    return placing.facts_about(journey.examine(store.get(document.sha256), on=lookup.today()))


def changes(dossier: Dossier, before: Sequence[Rule], after: Sequence[Rule]) -> Tried:
    """Return what `after` would have done otherwise than `before` with what came in 90 days."""
    looked_at, found, unread = 0, [], 0
    read = MOST_READ
    for name, document, facts in _past(dossier):
        if facts is None and (document is None or not read):
            unread += 1
            continue
        if facts is None:
            assert document is not None
            read -= 1
            try:
                facts = _read(document)  # noqa: PLW2901 - read now
            except (FacturierError, OSError):
                unread += 1
                continue
        looked_at += 1
        one, other = first_met(before, facts), first_met(after, facts)
        if _what(one) != _what(other):
            key = document.pk if document else None
            found.append(Change(name=name, document=key, before=_what(one), after=_what(other)))
    return Tried(
        looked_at=looked_at, changed=len(found), first=tuple(found[:MOST_NAMED]), unread=unread
    )


def _what(rule: Rule | None) -> str:
    """Return what becomes of an invoice, in French: the end of the rule's sentence."""
    return rule.sentence.partition(", alors ")[2] if rule else "elle reste dans ce dossier"


def _past(dossier: Dossier) -> Iterator[tuple[str, Document | None, Facts | None]]:
    since = clock.now() - timedelta(days=DAYS)
    received = Document.objects.filter(
        dossier=dossier, direction=Document.Side.RECEIVED, created_at__gte=since
    ).select_related("placement")
    for one in received.order_by("-pk")[:MOST]:
        yield f"{one.number or 'sans numéro'} · {one.seller_name}", one, _kept(one)
    gone = Placement.objects.filter(dossier=dossier, at__gte=since).exclude(gone_to=None)
    for row in gone.order_by("-pk")[:MOST]:
        yield row.name, None, Facts.read(row.facts)
