"""The 24-hour clocks of a transmission: what is due, what is late, what came too late.

A platform has a day to bring a deposited invoice to the other side, and a day to tell the public
portal: flux 1 after the deposit (200), and each mandatory status after its decision. Sources:
DGFiP external specifications v3.2, dossier général §3.6.4 (flux 1, flux 6).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from facturier.lifecycle.statuses import Side

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from facturier.lifecycle.messages import Event

DELAY = timedelta(hours=24)
"""Within which a mandatory status, and flux 1, reach the public portal; and a delivery is done."""
_DEPOSITED = 200
_ENDS_DELIVERY = frozenset({202, 203, 213, 221, 501})
"""What the receiving platform says when the invoice has reached it, whatever it made of it."""
_SHOWS_DELIVERY = frozenset({204, 205, 206, 207, 208, 210})
"""What the party that receives says: it has the invoice, even if its platform said nothing."""

ANSWERS = _ENDS_DELIVERY | _SHOWS_DELIVERY
"""Any of these, unless the public portal says it, shows that the invoice has arrived."""


class Pace(StrEnum):
    """How a clock stands at a moment; the value is what a person reads, in French."""

    RUNNING = "en cours"
    LATE = "en retard"
    KEPT = "dans les temps"
    MISSED = "hors délai"
    """Done, but too late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One thing that is due within :data:`DELAY`."""

    what: str
    """In French: what must be done."""
    since: datetime
    """What started it: the deposit, or the decision of a status; timezone-aware."""
    done_at: datetime | None = None

    @property
    def due_at(self) -> datetime:
        """The end of the day that it gives."""
        return self.since + DELAY

    def pace(self, now: datetime) -> Pace:
        """Return how it stands at `now`."""
        if self.done_at is not None:
            return Pace.KEPT if self.done_at <= self.due_at else Pace.MISSED
        return Pace.RUNNING if now <= self.due_at else Pace.LATE


def delivery(events: Iterable[Event]) -> Clock | None:
    """Return the clock from the deposit to the answer of the receiving platform.

    `events` are those of one transmission. None before the deposit, and when the deposit said that
    nobody could be reached (``NON_TRANSMISE``): the seller then sends a duplicate by other means.
    """
    told = sorted(events, key=lambda one: one.at)
    deposit = next((one for one in told if one.code == _DEPOSITED), None)
    if deposit is None or deposit.reason:
        return None
    answered = (one for one in told if _is_answer(one, deposit))
    done = next(answered, None)
    return Clock(
        what="Remise à la plateforme de l'acheteur", since=deposit.at,
        done_at=done.at if done else None,
    )  # fmt: skip


def _is_answer(one: Event, deposit: Event) -> bool:
    by_other_platform = one.side not in (deposit.side, Side.PPF) and one.code in _ENDS_DELIVERY
    return by_other_platform or one.code in _SHOWS_DELIVERY


def towards_portal(what: str, since: datetime, sent_at: datetime | None) -> Clock:
    """Return the clock of a file owed to the public portal: flux 1, or a mandatory status."""
    return Clock(what=f"{what} au portail public", since=since, done_at=sent_at)
