"""The declarations of a dossier: opened as their periods begin, their states kept true.

What a declaration tells is the sum of the figures of its days, of documents and of takings; its
state follows from that, from what was sent, and from what the portal answered. Whoever adds or
removes a figure calls :func:`touch` in the same transaction; the next who looks writes state and
sums anew (:func:`bring_up_to_date`). The row is locked before the figures are read, so that a
figure that is being added is either seen, or makes the row stale again.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Case, F, Q, Sum, Value, When
from django.utils import timezone

from facturier.formats.flux10 import read_report
from facturier.invoice.money import total
from facturier.reporting import figures
from facturier.reporting.figures import BY_DAY, Figure
from facturier.reporting.filing import Kind, Role
from facturier.reporting.periods import Data, Period, Regime, deadline, period_of, sent_by
from facturier.reporting.sales import Sale
from facturier.server import clock
from facturier.server.documents import store
from facturier.server.documents.models import NOT_ISSUED
from facturier.server.portal.models import TAKEN_UP, PortalFile
from facturier.server.reporting import takings
from facturier.server.reporting.models import (
    LARGE_FROM,
    REGIMES,
    UNSENT,
    Declaration,
    FigureRow,
    LeftOutRow,
    ReportingChoice,
    Sending,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from django.db.models import QuerySet

    from facturier.server.firm.models import Dossier

State = Declaration.State
_DAY = timedelta(days=1)
WAITING = (PortalFile.State.PENDING, PortalFile.State.SENT, PortalFile.State.RECEIVABLE)
"""States of a file that the portal has not judged yet."""


def touch(dossier: int, data: Data, days: Iterable[date]) -> None:
    """Say that the figures of some days of the dossier with this id changed."""
    for day in set(days):
        Declaration.objects.filter(
            dossier_id=dossier, data=data, start__lte=day, end__gte=day
        ).update(is_stale=True)


def touch_all(dossier: int) -> None:
    """Say that the periods of the dossier with this id may be others: its regime changed."""
    Declaration.objects.filter(dossier_id=dossier).update(is_stale=True)


def choice_of(dossier: Dossier) -> ReportingChoice:
    """Return how a dossier declares; one that never chose gets what holds without choice."""
    try:
        return dossier.reporting_choice
    except ReportingChoice.DoesNotExist:
        return ReportingChoice(starts_on=LARGE_FROM)


def today() -> date:
    """Return the day in Paris."""
    return timezone.localdate(clock.now())


def bring_up_to_date(dossier: Dossier) -> None:
    """Open the declarations whose period has begun; write the states and sums that are stale."""
    _open(dossier)
    looked_at = list(
        dossier.declarations.select_for_update().filter(
            Q(is_stale=True)
            | Q(state__in=(State.SENT, State.REFUSED))
            | Q(state=State.OPEN, end__lt=today())
        )
    )
    if not looked_at:
        return
    whole = Period(min(one.start for one in looked_at), max(one.end for one in looked_at))
    current = _current(dossier, whole)
    sent = _sendings(looked_at)
    left_out = _left_out(dossier, whole)
    for one in looked_at:
        told = figures.merged(f for f in current[one.role, one.data] if f.day in one.period)
        one.left_out = sum(day in one.period for day in left_out[one.role, one.data])
        one.sums, one.count, one.is_stale = _sums(told), len(told), False
        one.state = _state(one, told, sent[one.pk])
    Declaration.objects.bulk_update(looked_at, ["state", "sums", "count", "left_out", "is_stale"])


def _open(dossier: Dossier) -> None:
    """Create the missing declarations; remove those of another regime of which nothing was sent."""
    kept = list(dossier.declarations.all())
    regime, first = REGIMES[dossier.vat_regime], choice_of(dossier).starts_on
    bought = _bought_on(dossier)
    new: list[Declaration] = []
    for role, data in _sides(kept, bought):
        mine = [one for one in kept if (one.role, one.data) == (role, data)]
        sent = [one for one in mine if one.state not in UNSENT]
        wanted = dict(planned(first, today(), regime, data, sent))
        if role is Role.BUYER:
            wanted = {
                period: used
                for period, used in wanted.items()
                if any(day in period for day in bought)
            }
        gone = [one.pk for one in mine if one not in sent and one.period not in wanted]
        if gone:
            dossier.declarations.filter(pk__in=gone, sendings=None).delete()
        known = {one.period for one in mine}
        new += (
            new_declaration(dossier, role, data, period, used)
            for period, used in wanted.items()
            if period not in known
        )
    Declaration.objects.bulk_create(new, ignore_conflicts=True)


def _sides(kept: Iterable[Declaration], bought: set[date]) -> Iterator[tuple[Role, Data]]:
    """Yield what a dossier declares: sales and receipts always, purchases when it has had one."""
    yield Role.SELLER, Data.TRANSACTIONS
    yield Role.SELLER, Data.PAYMENTS
    if bought or any(one.role == Role.BUYER for one in kept):
        yield Role.BUYER, Data.TRANSACTIONS


def _bought_on(dossier: Dossier) -> set[date]:
    """Return the days of purchases abroad, told or left out: only their periods are declared."""
    told, left_out = (
        rows.filter(role=Role.BUYER).values_list("day", flat=True)
        for rows in (dossier.figures, dossier.left_out)
    )
    return set(told.union(left_out))


def new_declaration(
    dossier: Dossier, role: Role, data: Data, period: Period, regime: Regime
) -> Declaration:
    """Return the declaration of a period, with its limits, not kept yet."""
    return Declaration(
        dossier=dossier, role=role, data=data, start=period.start, end=period.end, regime=regime,
        due_on=deadline(period, regime, data), due_at=sent_by(period, regime, data),
    )  # fmt: skip


def planned(
    first: date, last: date, regime: Regime, data: Data, sent: Sequence[Declaration] = ()
) -> Iterator[tuple[Period, Regime]]:
    """Yield the periods to declare from `first` to `last`, but for those of which some was sent.

    After a change of regime, what was sent stands: days between keep the periods of their time.
    """
    day = first
    while day <= last:
        holder = next((one for one in sent if day in one.period), None)
        if holder is not None:
            day = holder.end + _DAY
            continue
        used, period = regime, period_of(day, regime, data)
        for one in sent:
            if one.start <= period.end and one.end >= period.start:
                used = Regime(one.regime)
                period = period_of(day, used, data)
        yield period, used
        day = period.end + _DAY


# --- what is to be told --------------------------------------------------------------------------


def live_figures(dossier: Dossier) -> QuerySet[FigureRow]:
    """Return the kept figures of documents that were not sent back since."""
    return FigureRow.objects.filter(dossier=dossier).exclude(document__state__in=NOT_ISSUED)


def current_figures(declaration: Declaration) -> tuple[Figure, ...]:
    """Return what a declaration tells as things stand, merged."""
    found = _current(declaration.dossier, declaration.period)
    return figures.merged(found[declaration.role, declaration.data])


def _current(dossier: Dossier, period: Period) -> dict[tuple[str, str], list[Figure]]:
    """Return the figures of a period by role and data, added up as far as the database can."""
    found: dict[tuple[str, str], list[Figure]] = defaultdict(list)
    number = Case(When(block__in=BY_DAY, then=Value("")), default=F("number"))
    about = ("role", "data", "block", "day", "category", "rate", "country", "currency")
    rows = live_figures(dossier).filter(day__range=(period.start, period.end)).values(
        *about, told_number=number
    ).annotate(sum_base=Sum("base"), sum_tax=Sum("tax")).order_by()  # fmt: skip
    for row in rows:
        found[row["role"], row["data"]].append(_figure(row))
    for one in takings.takings_of(dossier, period):
        if isinstance(one, Sale):
            found[Role.SELLER, Data.TRANSACTIONS].append(figures.of_sale(one))
        else:
            found[Role.SELLER, Data.PAYMENTS] += figures.of_receipt(one)
    return found


def _figure(row: dict[str, Any]) -> Figure:
    return Figure(
        block=row["block"], day=row["day"], number=row["told_number"], category=row["category"],
        rate=row["rate"], country=row["country"], currency=row["currency"], base=row["sum_base"],
        tax=row["sum_tax"],
    )  # fmt: skip


def _left_out(dossier: Dossier, period: Period) -> dict[tuple[str, str], list[date]]:
    found: dict[tuple[str, str], list[date]] = defaultdict(list)
    rows = dossier.left_out.exclude(document__state__in=NOT_ISSUED).filter(
        day__range=(period.start, period.end)
    )
    for role, data, day in rows.values_list("role", "data", "day"):
        found[role, data].append(day)
    return found


def left_out_of(declaration: Declaration) -> QuerySet[LeftOutRow]:
    """Return what should be declared and cannot be; what was sent back since is not owed."""
    rows = LeftOutRow.objects.filter(
        dossier=declaration.dossier_id, role=declaration.role, data=declaration.data,
        day__range=(declaration.start, declaration.end),
    )  # fmt: skip
    live = rows.exclude(document__state__in=NOT_ISSUED)
    return live.select_related("document").order_by("day", "pk")


def _sums(told: Iterable[Figure]) -> list[dict[str, str]]:
    """Return the sums by currency, as words."""
    found: dict[str, list[Figure]] = defaultdict(list)
    for one in told:
        found[one.currency].append(one)
    return [
        {
            "currency": currency,
            "base": str(total(one.base for one in parts)),
            "tax": str(total(one.tax for one in parts)),
        }
        for currency, parts in sorted(found.items())
    ]


# --- what was told -------------------------------------------------------------------------------


def _sendings(declarations: Iterable[Declaration]) -> dict[int, list[Sending]]:
    found: dict[int, list[Sending]] = defaultdict(list)
    for one in Sending.objects.filter(declaration__in=list(declarations)).select_related("file"):
        found[one.declaration_id].append(one)
    return found


def file_of(sending: Sending) -> PortalFile:
    """Return the file that stands for a transmission: one that was sent again stands for both."""
    file = sending.file
    while file.state in TAKEN_UP:
        again = PortalFile.objects.filter(replaces=file, sending=None).first()
        if again is None:
            break
        file = again
    return file


def is_waiting(sending: Sending) -> bool:
    """Whether the portal has not judged it yet."""
    return file_of(sending).state in WAITING


def latest_accepted(sendings: Iterable[Sending]) -> Sending | None:
    """Return what the tax office holds: the latest transmission that the portal accepted."""
    held = [one for one in sendings if file_of(one).state == PortalFile.State.ACCEPTED]
    return held[-1] if held else None


def told_by(sending: Sending) -> tuple[Figure, ...]:
    """Return the figures of a transmission, read from the file that was sent."""
    return figures.figures(read_report(store.get(str(sending.file.stored_id))).report)


def _state(
    declaration: Declaration, current: Sequence[Figure], sendings: Sequence[Sending]
) -> State:
    if sendings and is_waiting(sendings[-1]):
        return State.SENT
    held = latest_accepted(sendings)
    if held is not None:
        if tuple(current) == told_by(held):
            return State.RECTIFIED if held.kind == Kind.RECTIFYING else State.ACCEPTED
        return State.TO_RECTIFY if held is sendings[-1] else State.REFUSED
    if not current:
        return State.OPEN if today() <= declaration.end else State.EMPTY
    if sendings:
        return State.REFUSED
    return State.OPEN if today() <= declaration.end else State.READY
