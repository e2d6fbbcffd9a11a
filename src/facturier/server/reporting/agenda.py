"""The calendar: what each dossier owes to the tax office, and when.

Declarations (flux 10) come from their rows, and for periods that have not begun from the regime of
the dossier; flux 1 and flux 6 have a clock of 24 hours, flux 13 must be there before its line takes
effect: both are read from what waits in the outbox. The number of queries does not depend on how
many dossiers there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Min, Q
from django.utils import timezone

from facturier.reporting.envelope import Interface
from facturier.reporting.filing import Role
from facturier.reporting.periods import Data
from facturier.server import clock
from facturier.server.portal.models import FLUX_1, OPEN, TAKEN_UP, PortalFile
from facturier.server.reporting import periods
from facturier.server.reporting.models import (
    FIRST_OWED,
    LARGE_FROM,
    OWING,
    REGIMES,
    Declaration,
    ReportingChoice,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from facturier.server.firm.models import Dossier

NATURES = {
    "transactions": "Flux 10, transactions",
    "paiements": "Flux 10, encaissements",
    "flux-1": "Flux 1, données de facture",
    "flux-6": "Flux 6, statuts obligatoires",
    "flux-13": "Flux 13, annuaire",
}
"""What may be owed, as the page filters it."""
_CLOCKS = {
    **dict.fromkeys(FLUX_1, "flux-1"), Interface.F6_MANDATORY.value: "flux-6",
    Interface.F13.value: "flux-13",
}  # fmt: skip
_SHOWN = (*OWING, Declaration.State.OPEN, Declaration.State.SENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something that is owed, by when, and whether somebody has to act."""

    dossier: Dossier
    nature: str
    """A key of :data:`NATURES`."""
    what: str
    """In French."""
    due_on: date
    """Last day for the dossier; of a clock the day, in Paris, on which it runs out."""
    due_at: datetime
    """When the tax office must have it."""
    state: str
    """In French."""
    tone: str
    """How it is shown: that of a status (:mod:`facturier.server.web.wording`)."""
    is_to_do: bool
    """Whether a person, not the platform nor the calendar, has the next step."""
    days: int
    """Left until the last day; negative when it is past."""
    is_late: bool
    is_open_ended: bool = False
    """A rectification: no text sets a limit."""
    declaration: int | None = None

    @property
    def when(self) -> str:
        """How long is left, in words."""
        if self.is_open_ended:
            return "Sans attendre"
        if self.is_late:
            late = -self.days
            return f"En retard de {late} jour{'s' if late > 1 else ''}" if late else "En retard"
        if self.days <= 0:
            return "Aujourd'hui"
        return "Demain" if self.days == 1 else f"Dans {self.days} jours"


TONES = {
    Declaration.State.OPEN: "plain",
    Declaration.State.EMPTY: "plain",
    Declaration.State.READY: "attention",
    Declaration.State.SENT: "fresh",
    Declaration.State.ACCEPTED: "good",
    Declaration.State.RECTIFIED: "good",
    Declaration.State.REFUSED: "rejected",
    Declaration.State.TO_RECTIFY: "attention",
}
"""State of a declaration to how it is shown."""


def agenda(dossiers: Collection[Dossier], *, until: date) -> list[Due]:
    """Return what is owed by `dossiers` up to a day, the most urgent first."""
    by_id = {one.pk: one for one in dossiers}
    rows = list(
        Declaration.objects.filter(dossier__in=by_id).filter(
            Q(state__in=_SHOWN, due_on__lte=until) | Q(due_on__gte=periods.today())
        )
    )
    found = [
        *(_of_row(one, by_id[one.dossier_id]) for one in rows if one.state in _SHOWN),
        *_to_come(dossiers, rows, until),
        *_clocks(by_id),
    ]
    return sorted(found, key=lambda one: (one.due_at, one.dossier.name, one.nature, one.what))


def _of_row(declaration: Declaration, dossier: Dossier) -> Due:
    state = Declaration.State(declaration.state)
    return _due(
        dossier, declaration.data, str(declaration), declaration.due_on, declaration.due_at,
        state=state.label, tone=TONES[state], is_to_do=state in OWING, declaration=declaration.pk,
        is_open_ended=state in OWING and state not in FIRST_OWED,
    )  # fmt: skip


def _due(
    dossier: Dossier, nature: str, what: str, due_on: date, due_at: datetime, *,
    state: str, tone: str, is_to_do: bool, declaration: int | None = None,
    is_open_ended: bool = False,
) -> Due:  # fmt: skip
    days = (due_on - periods.today()).days
    late = is_to_do and not is_open_ended and (days < 0 or due_at < clock.now())
    return Due(
        dossier=dossier, nature=nature, what=what, due_on=due_on, due_at=due_at, state=state,
        tone=tone, is_to_do=is_to_do, days=days, is_late=late, declaration=declaration,
        is_open_ended=is_open_ended,
    )  # fmt: skip


def _to_come(
    dossiers: Iterable[Dossier], rows: Iterable[Declaration], until: date
) -> Iterator[Due]:
    """Yield the periods from today on that have no row yet, by the regime of each dossier."""
    known = {(one.dossier_id, one.role, one.data, one.start) for one in rows}
    chosen = {one.dossier_id: one for one in ReportingChoice.objects.filter(dossier__in=dossiers)}
    for dossier in dossiers:
        choice = chosen.get(dossier.pk)
        first = max(choice.starts_on if choice else LARGE_FROM, periods.today())
        for data in Data:
            regime = REGIMES[dossier.vat_regime]
            for period, used in periods.planned(first, until, regime, data):
                one = periods.new_declaration(dossier, Role.SELLER, data, period, used)
                if one.due_on <= until and (dossier.pk, one.role, data, one.start) not in known:
                    yield _due(
                        dossier, data, str(one), one.due_on, one.due_at, state="À venir",
                        tone="plain", is_to_do=False,
                    )  # fmt: skip


def _clocks(dossiers: dict[int, Dossier]) -> Iterator[Due]:
    """Yield what waits for the portal: one line a dossier, flux and state."""
    waiting = PortalFile.objects.filter(dossier__in=dossiers, interface__in=_CLOCKS).filter(
        Q(state=PortalFile.State.PENDING) | OPEN
    )
    rows = waiting.order_by().values("dossier", "interface", "state").annotate(
        number=Count("pk"), first=Min("due_at")
    )  # fmt: skip
    for row in rows:
        state = PortalFile.State(row["state"])
        number, many = row["number"], "s" if row["number"] > 1 else ""
        came_back = f" {state.label.lower()}{many}" if state in TAKEN_UP else " à transmettre"
        yield _due(
            dossiers[row["dossier"]], _CLOCKS[row["interface"]],
            f"{number} fichier{many}{came_back}",
            timezone.localdate(row["first"]), row["first"], state=state.label,
            tone="rejected" if state in TAKEN_UP else "attention", is_to_do=True,
        )  # fmt: skip


WINDOWS = {"": 30, "7": 7, "30": 30, "90": 90}
"""How far the page looks, in days."""


def horizon(window: str) -> date:
    """Return the last day that the page shows."""
    return periods.today() + timedelta(days=WINDOWS.get(window, WINDOWS[""]))
