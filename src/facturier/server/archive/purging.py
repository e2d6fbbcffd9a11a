"""Purge: what is over is listed, a second person confirms, a worker removes; the chain still holds.

Nothing is purged by itself. A purge removes the files of documents (the invoice, its messages of
status, what was made of it for the portal). What stays: the envelopes of the chain, which go on
naming each file by its SHA-256, the line of the document in the lists, its entries, and a signed
certificate that names what was removed, by whom, and why it could be. Bytes that another dossier
keeps stay in the store for that dossier only.
"""

from __future__ import annotations

from datetime import UTC
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypedDict

from django.db import connection, transaction
from django.db.models import DateField
from django.db.models.functions import Cast, Coalesce, Greatest, TruncDate
from django.utils import timezone

from facturier.errors import RefusedByUs
from facturier.server import sight
from facturier.server.archive import holds, keeping, retention, signing
from facturier.server.archive.models import Closing, Purge, PurgedBytes
from facturier.server.archive.verify import canonical, digest
from facturier.server.documents import store
from facturier.server.documents.deposit import remember, row_of
from facturier.server.documents.models import Document, Event, Message, StoredBytes
from facturier.server.portal.models import PortalFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from django.db.models import QuerySet

    from facturier.server.firm.models import Dossier, Person

FORMAT = "facturier-purge/1"
MOST = 2000
"""Documents of one purge: a list that a person can still look at."""
HELD = "Ce dossier est sous conservation forcée : rien n'en est purgé."
OF_A_DOCUMENT: tuple[tuple[Any, str, str], ...] = (
    (Document, "pk", "stored"), (Event, "document", "source"), (Event, "document", "flow__stored"),
    (Message, "transmission__document", "stored"), (PortalFile, "document", "stored"),
)  # fmt: skip
"""Where the files of a document are named: table, path to the document, path to the bytes."""


class Item(TypedDict):
    """A document of a purge, as it is listed, confirmed and certified."""

    id: int
    direction: str
    number: str
    date: str
    partner: str
    until: str
    """Last day on which it had to be kept."""


def dated(documents: QuerySet[Document]) -> QuerySet[Any]:
    """Add ``day``, from which periods are counted: of the piece, or of its coming if later."""
    came = TruncDate("flow__submitted_at", tzinfo=timezone.get_default_timezone())
    return documents.annotate(
        day=Greatest(Coalesce("issue_date", came), Cast(came, DateField()))
    )  # fmt: skip


def over(dossier: Dossier, today: date) -> QuerySet[Any]:
    """Return the documents of `dossier` whose periods are over and that still have their files."""
    last = retention.over_since(today, Closing.month_of(dossier))
    kept = dated(dossier.documents.filter(purged=None)).filter(day__lte=last)
    return kept.order_by("day", "pk")


def propose(dossier: Dossier, person: Person) -> Purge:
    """List what is over, for a second person to confirm.

    Raises `RefusedByUs` when the dossier is held, nothing is over, or a purge is under way.
    """
    if holds.standing(dossier).exists():
        raise RefusedByUs(HELD, reason="held")
    if dossier.purges.filter(state__in=Purge.OPEN).exists():
        raise RefusedByUs("Une purge est déjà en cours dans ce dossier.", reason="open")
    month = Closing.month_of(dossier)
    items = [_item(one, month) for one in over(dossier, timezone.localdate())[:MOST]]
    if not items:
        raise RefusedByUs("Aucune pièce n'est au terme de sa conservation.", reason="nothing")
    named = _all(_files(dossier, [one["id"] for one in items]))
    sizes = StoredBytes.objects.filter(pk__in=named).values_list("size", flat=True)
    return Purge.objects.create(
        dossier=dossier, proposed_by=person, listing=items, content=digest(canonical(items)),
        files=len(named), size=sum(sizes),
    )  # fmt: skip


def _item(document: Any, month: int | None) -> Item:
    day = document.day  # of dated()
    is_issued = document.direction == Document.Side.ISSUED
    return {
        "id": document.pk, "direction": str(document.direction), "number": document.number,
        "date": day.isoformat(),
        "partner": document.buyer_name if is_issued else document.seller_name,
        "until": retention.kept_until(day, month).isoformat(),
    }  # fmt: skip


def _files(dossier: Dossier, documents: Iterable[int]) -> dict[int, set[str]]:
    """Return the bytes of each of these documents that no other document of the dossier needs."""
    mine: dict[int, set[str]] = {one: set() for one in documents}
    for table, to_document, to_bytes in OF_A_DOCUMENT:
        rows = table.objects.filter(dossier=dossier, **{f"{to_document}__in": list(mine)})
        for document, sha256 in rows.values_list(to_document, f"{to_bytes}__pk"):
            if sha256:
                mine[document].add(sha256)
    named = _all(mine)
    others = dossier.documents.filter(purged=None).exclude(pk__in=list(mine))
    needed: set[str] = set()
    for table, to_document, to_bytes in OF_A_DOCUMENT:
        rows = table.objects.filter(
            dossier=dossier, **{f"{to_bytes}__in": named, f"{to_document}__in": others}
        )
        needed |= set(rows.values_list(f"{to_bytes}__pk", flat=True))
    return {document: some - needed for document, some in mine.items()}


def _all(files: dict[int, set[str]]) -> set[str]:
    return set().union(*files.values())


def confirm(purge: Purge, person: Person, content: str) -> Purge:
    """Confirm the list of this `content`, as a second person; a worker then carries it out.

    Raises `RefusedByUs` for the proposer, another list, a held dossier, or a purge decided already.
    """
    with transaction.atomic():
        row = _locked(purge)
        if row.state != Purge.State.PROPOSED or row.content != content:
            raise RefusedByUs("Cette purge a changé : relisez la page.", reason="changed")
        if row.proposed_by_id == person.pk:
            raise RefusedByUs(
                "Qui propose une purge ne la confirme pas.", reason="same-person",
                remedy="Une autre personne qui dirige le cabinet doit la confirmer.",
            )  # fmt: skip
        if holds.standing(row.dossier).exists():
            raise RefusedByUs(HELD, reason="held")
        row.state, row.decided_by, row.decided_at = Purge.State.CONFIRMED, person, timezone.now()
        row.save()
    return row


def drop(purge: Purge, person: Person) -> Purge:
    """Give up a proposal. Raises `RefusedByUs` once it is confirmed."""
    with transaction.atomic():
        row = _locked(purge)
        if row.state != Purge.State.PROPOSED:
            raise RefusedByUs("Cette purge est déjà décidée.", reason="changed")
        row.state, row.decided_by, row.decided_at = Purge.State.DROPPED, person, timezone.now()
        row.save()
    return row


def _locked(purge: Purge) -> Purge:
    rows = Purge.objects.select_for_update(of=("self",)).select_related(
        "dossier", "proposed_by", "decided_by"
    )
    return rows.get(pk=purge.pk)


# --- what a worker does ---------------------------------------------------------------------------


def carry_out(dossier: int, purge: int) -> bool:
    """Certify a confirmed purge, then remove its files; False when there was nothing to do.

    The certificate is kept first: a worker that dies in between is taken over, and nothing is
    removed that no certificate names.
    """
    with sight.of([dossier]):
        row = _locked(Purge(pk=purge))
        if row.state == Purge.State.CONFIRMED and not _certify(row):
            return False
        if row.state != Purge.State.REMOVING:
            return False
    with sight.of([dossier]):
        if holds.standing(row.dossier).exists():
            return False  # certified before it was held: it waits until the hold is lifted
        named = set(row.removed.values_list("sha256", flat=True))
        going = sorted(named - _needed_elsewhere(dossier, named))
    for sha256 in going:
        _remove(dossier, sha256)
    with sight.of([dossier]):
        Purge.objects.filter(pk=purge).update(state=Purge.State.DONE, done_at=timezone.now())
    return True


def _certify(row: Purge) -> bool:
    """Write down what is going to be removed; False when a hold came in between."""
    if holds.standing(row.dossier).exists():
        row.state, row.stopped_why = Purge.State.DROPPED, HELD
        row.save()
        return False
    still = set(over(row.dossier, timezone.localdate()).values_list("pk", flat=True))
    items = [one for one in row.listing if one["id"] in still]
    files = _files(row.dossier, [one["id"] for one in items])
    data = signing.signed(_said(row, items, files))
    row.stored = remember(row_of(data))
    row.listing, row.files = items, len(_all(files))
    row.envelope = keeping.purged(row, len(data))
    row.state = Purge.State.REMOVING
    row.save()
    PurgedBytes.objects.bulk_create(
        PurgedBytes(dossier=row.dossier, purge=row, document_id=document, sha256=sha256)
        for document, some in files.items() for sha256 in sorted(some)
    )  # fmt: skip
    return True


def _said(row: Purge, items: list[Item], files: dict[int, set[str]]) -> dict[str, Any]:
    dossier, month = row.dossier, Closing.month_of(row.dossier)
    return {
        "format": FORMAT, "software": f"Facturier {version('facturier')}",
        "dossier": {
            "siren": dossier.siren, "address": dossier.electronic_address, "name": dossier.name,
        },
        "made_at": timezone.now().astimezone(UTC).isoformat(timespec="seconds"),
        "proposed_by": str(row.proposed_by), "confirmed_by": str(row.decided_by),
        "closing_month": month,
        "periods": [
            {"years": years, "from": start, "text": text}
            for kind in retention.KINDS if kind.is_purged for years, start, text in kind.periods
        ],
        "documents": items,
        "files": [
            {"sha256": sha256, "document": document}
            for document, some in files.items() for sha256 in sorted(some)
        ],
    }  # fmt: skip


def _remove(dossier: int, sha256: str) -> None:
    """Remove bytes for ever; put them back if another dossier took them in at that moment."""
    try:
        data = store.as_it_is(sha256)
    except store.MissingBytes:
        return
    store.forget(sha256)
    with sight.of([dossier]):
        came_back = _needed_elsewhere(dossier, {sha256})
    if came_back:
        store.put(data)


def _needed_elsewhere(dossier: int, addresses: set[str]) -> set[str]:
    """Return which of these bytes something out of this dossier's purges still names."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM bytes_needed_elsewhere(%s, %s)", [dossier, list(addresses)])
        return {str(row[0]) for row in cursor.fetchall()}


def unfinished() -> Iterator[tuple[int, int]]:
    """Yield dossier and id of each confirmed purge that waits for a worker, of any dossier."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM purges_to_carry_out()")
        yield from cursor.fetchall()
