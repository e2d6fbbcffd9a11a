"""Follow each invoice of a month from the connector to the archive and the books; name the gaps."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection as database
from django.db.models import Prefetch, Q
from django.utils import timezone

from facturier.network import afnor
from facturier.server.archive.models import ProofEnvelope
from facturier.server.books.models import Entry
from facturier.server.completeness.gaps import GAPS
from facturier.server.completeness.models import Comparison, Verdict
from facturier.server.connections.models import Handed
from facturier.server.directory.lookup import route
from facturier.server.documents import duplicates, store
from facturier.server.documents.models import CDAR, Direction, Document, Flow, Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from facturier.server.completeness.listing import Listing
    from facturier.server.firm.models import Dossier

UNBOOKED = frozenset({"213", "210", "501"})
"""Rejected, refused or inadmissible: nothing has to be booked."""


@dataclass(slots=True, kw_only=True)
class Piece:
    """One invoice of the month, or a file that may be one."""

    direction: str
    """``received`` or ``issued``; empty when the file was never read."""
    at: str
    name: str
    connector: str = ""
    """Empty: brought by hand, no connector lists it."""
    document: int | None = None
    number: str = ""
    partner: str = ""
    total: str = ""
    sha256: str = ""
    envelope: int | None = None
    """Its rank in the chain of proof."""
    entry: str = ""
    """``HA 2026-00001`` once validated."""
    gaps: list[str] = field(default_factory=list)
    """Codes of :data:`.gaps.GAPS`."""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """All that a comparison found."""

    month: str
    at: datetime
    listings: Sequence[Listing]
    pieces: Sequence[Piece]

    @property
    def gaps(self) -> list[dict[str, Any]]:
        """What is missing or unfinished, each with its piece."""
        silent = [
            _gap("silent", Piece(
                direction="", at=self.at.isoformat(), name="", connector=one.connector,
                why=one.silence,
            ))
            for one in self.listings if one.silence
        ]  # fmt: skip
        return silent + [_gap(code, piece) for piece in self.pieces for code in piece.gaps]

    @property
    def verdict(self) -> Verdict:
        """What the gaps come to."""
        gaps = self.gaps
        if any(GAPS[one["code"]].is_lack for one in gaps):
            return Verdict.LACKING
        return Verdict.OPEN if gaps else Verdict.COMPLETE

    @property
    def connectors(self) -> list[dict[str, Any]]:
        """What each connector lists of the month."""
        mine = Counter((one.connector, one.direction) for one in self.pieces)
        return [
            {
                "name": one.connector, "answered": not one.silence,
                "received": mine[one.connector, "received"],
                "issued": mine[one.connector, "issued"],
            }
            for one in self.listings
        ]  # fmt: skip

    @property
    def figures(self) -> dict[str, dict[str, int]]:
        """Counts of invoices by direction."""
        return {side: _figures(self.pieces, side) for side in ("received", "issued")}


def _figures(pieces: Iterable[Piece], side: str) -> dict[str, int]:
    mine = [one for one in pieces if one.direction == side]
    return {
        "listed": sum(bool(one.connector) for one in mine),
        "by_hand": sum(not one.connector for one in mine),
        "archived": sum(one.envelope is not None and "no-bytes" not in one.gaps for one in mine),
        "booked": sum(bool(one.entry) for one in mine),
    }


def _gap(code: str, piece: Piece) -> dict[str, Any]:
    kind = GAPS[code]
    about = {name: value for name, value in asdict(piece).items() if name != "gaps"}
    return {
        "code": code, "label": kind.label, "remedy": kind.remedy, "is_lack": kind.is_lack, **about
    }  # fmt: skip


def bounds(month: str) -> tuple[datetime, datetime]:
    """Return the first instant of a month (``2026-11``, in Paris) and of the one after it."""
    start = timezone.make_aware(datetime.strptime(month, "%Y-%m"))  # noqa: DTZ007 - made aware
    after = (start + timedelta(days=32)).replace(day=1)
    return start, timezone.make_aware(after.replace(tzinfo=None))


def compare(dossier: Dossier, month: str, listings: Sequence[Listing]) -> Compared:
    """Compare a month of `dossier`, which is in sight, with what its connectors list."""
    start, end = bounds(month)
    flows = _flows(dossier, start, end)
    pieces = [_followed(flow, listings) for flow in flows]
    _held_there(dossier, flows, pieces, listings)
    pieces += _never_taken(dossier, (start, end), listings)
    pieces += _issued_elsewhere(dossier, (start, end), listings)
    return Compared(month=month, at=timezone.now(), listings=listings, pieces=pieces)


def keep(dossier: Dossier, found: Compared) -> Comparison:
    """Keep what was found as the latest comparison of its month."""
    gaps = found.gaps
    return Comparison.objects.update_or_create(
        dossier=dossier, month=found.month,
        defaults={
            "compared_at": found.at, "verdict": found.verdict, "connectors": found.connectors,
            "figures": found.figures, "gaps": gaps,
            "lacks": sum(one["is_lack"] for one in gaps),
        },
    )[0]  # fmt: skip


def _flows(dossier: Dossier, start: datetime, end: datetime) -> list[Flow]:
    """Return the files of the month that are not statuses, with all that follows from them."""
    kept = Flow.objects.filter(dossier=dossier, submitted_at__gte=start, submitted_at__lt=end)
    kept = kept.exclude(Q(declared_syntax=CDAR) | Q(flow_type__endswith="LC"))
    document = "document__"
    return list(
        kept.select_related("document", "filed_by").order_by("pk").prefetch_related(
            Prefetch(f"{document}entries", Entry.objects.select_related("journal").order_by("pk")),
            Prefetch(
                f"{document}proof_envelopes",
                ProofEnvelope.objects.filter(kind=ProofEnvelope.Kind.DOCUMENT)
                .defer("body").order_by("sequence"),
            ),
            Prefetch(
                f"{document}transmissions__messages",
                Message.objects.filter(kind=Message.Kind.INVOICE).defer("body"),
            ),
        )
    )  # fmt: skip


def _followed(flow: Flow, listings: Sequence[Listing]) -> Piece:
    """Follow one file to the archive and to the books."""
    piece = Piece(direction="", at=flow.submitted_at.isoformat(), name=flow.name)
    if flow.direction == Direction.IN:
        piece.direction = Document.Side.RECEIVED.value
        _by_connector(flow, piece, listings)
    document: Document | None = getattr(flow, "document", None)
    if document is None:
        piece.sha256 = flow.sha256
        if flow.state == Flow.State.FILED:
            piece.why = f"Classé par {flow.filed_by} : {flow.filed_why}"
            return piece
        is_pending = flow.state == Flow.State.PENDING
        piece.gaps.append("pending" if is_pending else "quarantined")
        piece.why = flow.last_error
        return piece
    piece.document, piece.number = document.pk, document.number
    piece.direction, piece.sha256 = document.direction, document.sha256
    is_issued = document.direction == Document.Side.ISSUED
    piece.partner = document.buyer_name if is_issued else document.seller_name
    if document.total_with_vat is not None:
        piece.total = f"{document.total_with_vat:.2f} {document.currency}"
    _archived(document, piece)
    _booked(document, piece)
    return piece


def _by_connector(flow: Flow, piece: Piece, listings: Sequence[Listing]) -> None:
    """Name the connector that a received file came by, and whether it lists it."""
    key = (flow.message_key or "").partition(":")[2]
    by_platform = key.startswith(f"{afnor.NAME}:")
    mine = [one for one in listings if one.is_platform is by_platform]
    found = next((one for one in mine if key in one.received), None)
    piece.connector = (found or mine[0]).connector if mine else afnor.NAME
    if found is None and mine and not any(one.silence for one in mine):
        piece.gaps.append("no-longer-listed")


def _archived(document: Document, piece: Piece) -> None:
    if not store.holds(document.sha256):
        piece.gaps.append("no-bytes")
    envelopes = list(document.proof_envelopes.all())
    if envelopes:
        piece.envelope = envelopes[0].sequence
    else:
        piece.gaps.append("no-envelope")


def _booked(document: Document, piece: Piece) -> None:
    every = list(document.entries.all())
    entries = [one for one in every if one.reverses_id is None]
    if any(one.reverses_id and one.state == Entry.State.PROPOSED for one in every):
        piece.gaps.append("to-reverse")
    if entries and entries[0].state == Entry.State.WITHDRAWN:
        return
    if entries and entries[0].state == Entry.State.PROPOSED:
        if document.state not in UNBOOKED:
            piece.gaps.append("to-validate")
    elif entries:
        piece.entry = f"{entries[0].journal.code} {entries[0].number}"
    elif document.state not in UNBOOKED and not duplicates.first_of(document):
        piece.gaps.append("not-booked")
        piece.why = document.unpostable


# --- what was issued ------------------------------------------------------------------------------


def _held_there(
    dossier: Dossier, flows: Sequence[Flow], pieces: Sequence[Piece], listings: Sequence[Listing]
) -> None:
    """Name the connector that each issued invoice left by, and whether the other side has it."""
    sent = [
        (message, transmission.platform, piece)
        for flow, piece in zip(flows, pieces, strict=True)
        if piece.document and piece.direction == Document.Side.ISSUED
        for transmission in flow.document.transmissions.all()
        for message in transmission.messages.all()
    ]
    there = _known_there(dossier, sent)
    for message, platform, piece in sent:
        by_platform = platform == afnor.NAME
        listing = next((one for one in listings if one.is_platform is by_platform), None)
        piece.connector = listing.connector if listing else platform
        if message.state == Message.State.PENDING:
            piece.gaps.append("to-hand")
        elif message.state == Message.State.FAILED:
            piece.gaps.append("not-handed")
            piece.why = message.last_error
        elif not by_platform and not there[message.pk]:
            piece.gaps.append("lost-on-the-way")
        elif by_platform and listing and not listing.knows(there[message.pk]):
            piece.gaps.append("unknown-there")


Sent = tuple[Message, str, Piece]
"""An invoice on its way, the platform that carries it, and the piece that it is."""


def _known_there(dossier: Dossier, sent: Sequence[Sent]) -> dict[int, str]:
    """Return by message how the other side knows it; empty where nothing shows that it does.

    On another platform that is the flow's name; on the simulated network the parcel in the
    recipient's mailbox, or a status that came back (the mailbox may have moved since).
    """
    ids = [message.pk for message, *_ in sent]
    mailed = [message for message, platform, _ in sent if platform != afnor.NAME]
    held = _in_mailboxes(mailed)
    heard = dossier.events.filter(transmission__messages__in=ids, message_key__isnull=False)
    answered = set(heard.values_list("transmission__messages", flat=True))
    known = {one.pk: one.key if one.key in held or one.pk in answered else "" for one in mailed}
    handed = Handed.objects.filter(message__in=ids).values_list("message_id", "flow_id")
    return dict.fromkeys(ids, "") | known | dict(handed)


def _in_mailboxes(messages: Sequence[Message]) -> set[str]:
    """Return the keys of `messages` that the simulated network holds for their recipients."""
    found = {one: route(one) for one in {message.recipient_address for message in messages}}
    boxes, keys = [], []
    for message in messages:
        line = found[message.recipient_address]
        if line is not None:
            boxes.append(line[1])
            keys.append(message.key)
    with database.cursor() as cursor:
        cursor.execute("SELECT parcels_held(%s::bigint[], %s::text[])", [boxes, keys])
        return {key for (key,) in cursor.fetchall()}


# --- what never came ------------------------------------------------------------------------------


def _never_taken(
    dossier: Dossier, within: tuple[datetime, datetime], listings: Sequence[Listing]
) -> list[Piece]:
    """Return what connectors list of the month and no file was made of."""
    start, end = within
    listed = {
        key: (listing, one)
        for listing in listings for key, one in listing.received.items() if start <= one.at < end
    }  # fmt: skip
    keys = [f"{dossier.pk}:{key}" for key in listed]
    taken = Flow.objects.filter(message_key__in=keys).values_list("message_key", flat=True)
    here = {key.partition(":")[2] for key in taken if key}
    return [
        Piece(
            direction=Document.Side.RECEIVED.value, at=one.at.isoformat(), name=one.name,
            connector=listing.connector, gaps=["not-taken"], why=key,
        )
        for key, (listing, one) in listed.items() if key not in here
    ]  # fmt: skip


def _issued_elsewhere(
    dossier: Dossier, within: tuple[datetime, datetime], listings: Sequence[Listing]
) -> list[Piece]:
    """Return what a platform lists as issued in the month, and did not come from here."""
    start, end = within
    listed = {
        key: (listing, one)
        for listing in listings for key, one in listing.issued.items() if start <= one.at < end
    }  # fmt: skip
    ours = Handed.objects.filter(dossier=dossier, flow_id__in=list(listed))
    known = set(ours.values_list("flow_id", flat=True))
    return [
        Piece(
            direction=Document.Side.ISSUED.value, at=one.at.isoformat(), name=one.name,
            connector=listing.connector, gaps=["issued-elsewhere"], why=key,
        )
        for key, (listing, one) in listed.items() if key not in known
    ]  # fmt: skip
