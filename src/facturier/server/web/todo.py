"""What waits for somebody of the cabinet: conditions, said once, for counters and lists alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from facturier.lifecycle.clocks import ANSWERS, DELAY
from facturier.lifecycle.statuses import Side
from facturier.server.anomalies.models import Spotted
from facturier.server.books.models import Entry
from facturier.server.completeness.models import Comparison
from facturier.server.documents import earlier, mailbox
from facturier.server.documents.models import Document, Event, Flow, Message
from facturier.server.firm.models import Dossier
from facturier.server.portal.models import OPEN, PortalFile
from facturier.server.routing.models import TO_SEE, Placement
from facturier.server.takings import chasing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from django.db.models import QuerySet

RECEIVED, ISSUED = Document.Side.RECEIVED, Document.Side.ISSUED

TO_DECIDE = ("202", "203", "204", "209")
"""The receiver has the invoice (or what was missing) and has not said what becomes of it."""
TO_ANSWER = ("207", "208")
"""The receiver waits for an answer of the sender."""
REJECTED, REFUSED = "213", "210"
NOT_ANSWERED = ("200", "201", "209", "211", "212", "220", "224", "225", "226", "227", "228")
"""The status shown is the sender's own: the other side may have said nothing yet."""

received_to_decide = Q(direction=RECEIVED, state__in=TO_DECIDE)
issued_to_answer = Q(direction=ISSUED, state__in=TO_ANSWER) & ~Q(
    Exists(earlier.rectificatives().filter(corrects=OuterRef("pk")))
)
"""What its rectificative has answered waits for its cancellation (220) only."""
issued_sent_back = Q(direction=ISSUED, state__in=(REJECTED, REFUSED, "501"))


def portal_late() -> Q:
    """Keep the files owed to the public portal whose time is over and that have not left."""
    return Q(state=PortalFile.State.PENDING, due_at__lt=timezone.now())


def sent_back_and_open(documents: QuerySet[Document]) -> QuerySet[Document]:
    """Keep the issued invoices that came back and that nobody has put right yet.

    It is put right by another deposit of the same number (after a rejection), by the document that
    takes its place or takes it back, by the validated reversal of its entry; or a person closed it.
    """
    again = Document.objects.filter(
        dossier=OuterRef("dossier"), direction=ISSUED, accepted=True,
        seller_siren=OuterRef("seller_siren"), number=OuterRef("number"),
        issue_date__year=OuterRef("issue_date__year"),
    ).exclude(pk=OuterRef("pk"))  # fmt: skip
    corrected = Document.objects.filter(corrects=OuterRef("pk"), accepted=True)
    undone = Entry.objects.filter(document=OuterRef("pk"), state=Entry.State.REVERSED)
    came_back = documents.filter(issued_sent_back, closed_why="")
    return came_back.exclude(Exists(again)).exclude(Exists(corrected)).exclude(Exists(undone))


def delivered_late(documents: QuerySet[Document]) -> QuerySet[Document]:
    """Keep the issued invoices that the other side has not answered a day after the deposit.

    The clock is that of :func:`facturier.lifecycle.clocks.delivery`.
    """
    return documents.filter(_delivered_late())


def _delivered_late() -> Q:
    said = Event.objects.filter(document=OuterRef("pk"))
    deposited = said.filter(code="200", reason="", at__lt=timezone.now() - DELAY)
    answered = said.filter(code__in=[str(one) for one in ANSWERS]).exclude(side=Side.PPF)
    on_its_way = Q(direction=ISSUED, state__in=NOT_ANSWERED)
    return on_its_way & Q(Exists(deposited)) & ~Q(Exists(answered))


def rectified(documents: QuerySet[Document]) -> QuerySet[Document]:
    """Keep the issued invoices whose rectificative has left, and that are not cancelled (220)."""
    return documents.filter(pk__in=earlier.rectificatives().values("corrects"))


@dataclass(slots=True, kw_only=True)
class Counters:
    """What a dossier holds, and what waits in it."""

    received: int = 0
    issued: int = 0
    to_decide: int = 0
    to_answer: int = 0
    sent_back: int = 0
    """Issued, rejected or refused, not put right."""
    to_cancel: int = 0
    """Issued, replaced by a rectificative that has left, not said cancelled (220)."""
    delivered_late: int = 0
    """Issued, not answered by the other side a day after the deposit."""
    pending: int = 0
    """Files whose treatment is not finished."""
    quarantined: int = 0
    to_validate: int = 0
    stuck: int = 0
    """Invoices and statuses that do not reach the other side."""
    portal_open: int = 0
    """Files that the public portal refused, or that could not leave."""
    portal_late: int = 0
    takings_missing: int = 0
    """Days of opening, of the last two months, whose takings nobody told."""
    lacks: int = 0
    """Invoices that a connector, the archive or the books miss (the latest comparisons)."""
    anomalies: int = 0
    """Documents with an open anomaly whose risk the company of the dossier bears."""
    misplaced: int = 0
    """Received invoices that could not go where a rule sends them."""
    changed_at: datetime | None = None

    @property
    def returns(self) -> int:
        """Issued invoices that came back, or that the other side waits about."""
        return self.sent_back + self.to_answer + self.to_cancel

    @property
    def to_handle(self) -> int:
        """All that somebody of the dossier has to look at."""
        of_documents = self.to_decide + self.returns + self.lacks + self.misplaced + self.anomalies
        outwards = self.delivered_late + self.stuck + self.portal_open + self.portal_late
        return of_documents + outwards + self.takings_missing


def counters(dossiers: Collection[Dossier]) -> dict[int, Counters]:
    """Return the counters of `dossiers` by id, in at most fifteen queries however many they are."""
    found = {dossier.pk: Counters() for dossier in dossiers}
    ids = list(found)
    asked = (
        _held, _documents, _sent_back, _to_cancel, _entries, _portal, _lacks, _stuck,
        _to_see,
    )  # fmt: skip
    rows = [of(ids) for of in asked]
    for row in (row for rows_of_one_kind in rows for row in rows_of_one_kind):
        for name, value in row.items():
            if name != "dossier":
                setattr(found[row["dossier"]], name, value)
    for dossier, days in chasing.missing(dossiers).items():
        found[dossier].takings_missing = len(days)
    return found


def _held(ids: list[int]) -> Iterable[Mapping[str, Any]]:
    """Each from an index alone: a store of a million invoices is counted in a moment."""
    documents, flows = Document.objects.all(), Flow.objects.all()
    latest = flows.filter(dossier=OuterRef("pk")).order_by("-updated_at").values("updated_at")
    return Dossier.objects.filter(pk__in=ids).values(dossier=F("pk")).annotate(
        received=_how_many(documents.filter(direction=RECEIVED)),
        issued=_how_many(documents.filter(direction=ISSUED)),
        pending=_how_many(flows.filter(state=Flow.State.PENDING)),
        quarantined=_how_many(flows.filter(state=Flow.State.QUARANTINED)),
        changed_at=Subquery(latest[:1]),
    )  # fmt: skip


def _how_many(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.filter(dossier=OuterRef("pk")).order_by().values("dossier")
    return Coalesce(Subquery(counted.annotate(count=Count("*")).values("count")), 0)


def _documents(ids: list[int]) -> Iterable[Mapping[str, Any]]:
    """Look at those alone whose state says that somebody may have to do something."""
    waiting = Q(direction=RECEIVED, state__in=TO_DECIDE) | Q(
        direction=ISSUED, state__in={*TO_ANSWER, *NOT_ANSWERED}
    )
    kept = Document.objects.filter(waiting, dossier__in=ids).order_by().values("dossier")
    return kept.annotate(
        to_decide=Count("pk", filter=received_to_decide),
        to_answer=Count("pk", filter=issued_to_answer),
        delivered_late=Count("pk", filter=_delivered_late()),
    )


def _to_see(ids: list[int]) -> Iterable[Mapping[str, Any]]:
    """Count what a person has to look at, two tables in one statement."""
    placed = Placement.objects.filter(TO_SEE, dossier__in=ids).order_by().values("dossier")
    ours = Spotted.objects.filter(dossier__in=ids, set_aside_at=None, risk_is_ours=True)
    spotted = ours.order_by().values("dossier")
    rows = placed.annotate(name=Value("misplaced"), count=Count("pk")).union(
        spotted.annotate(name=Value("anomalies"), count=Count("document", distinct=True)), all=True
    )
    return [{"dossier": row["dossier"], row["name"]: row["count"]} for row in rows]


def _sent_back(ids: list[int]) -> Iterable[Mapping[str, Any]]:
    open_ones = sent_back_and_open(Document.objects.filter(dossier__in=ids))
    return open_ones.order_by().values("dossier").annotate(sent_back=Count("pk"))


def _to_cancel(ids: list[int]) -> Iterable[Mapping[str, Any]]:
    found = earlier.rectificatives().filter(dossier__in=ids).order_by().values("dossier")
    return found.annotate(to_cancel=Count("corrects", distinct=True))


def _entries(ids: list[int]) -> Iterable[Mapping[str, Any]]:
    proposed = Entry.objects.filter(dossier__in=ids, state=Entry.State.PROPOSED)
    return proposed.order_by().values("dossier").annotate(to_validate=Count("pk"))


def _portal(ids: list[int]) -> Iterable[Mapping[str, Any]]:
    unsettled = (PortalFile.State.PENDING, PortalFile.State.REFUSED, PortalFile.State.HELD)
    files = PortalFile.objects.filter(dossier__in=ids, state__in=unsettled).order_by()
    return files.values("dossier").annotate(
        portal_open=Count("pk", filter=OPEN), portal_late=Count("pk", filter=portal_late())
    )


def _stuck(ids: list[int]) -> Iterable[Mapping[str, Any]]:
    found = mailbox.stuck(Message.objects.filter(dossier__in=ids)).order_by()
    return found.values("dossier").annotate(stuck=Count("pk"))


def _lacks(ids: list[int]) -> Iterable[Mapping[str, Any]]:
    lacking = Comparison.objects.filter(dossier__in=ids, lacks__gt=0).order_by()
    rows = lacking.values("dossier").annotate(missing=Sum("lacks"))
    return [{"dossier": row["dossier"], "lacks": row["missing"]} for row in rows]
