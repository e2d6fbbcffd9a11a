"""How the screens say what the engine says: words, a drawing and a colour, never one alone.

A *rejet* comes from a platform (213), a *refus* from the buyer (210): two words, two drawings, two
colours. Red is kept for what is to do today and is no status.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone

from facturier.lifecycle.reasons import reason
from facturier.lifecycle.statuses import status

if TYPE_CHECKING:
    from datetime import datetime

    from facturier.server.documents.models import Event
    from facturier.server.portal.models import PortalFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a status is shown."""

    tone: str
    icon: str


_PLAIN = Look(tone="plain", icon="send")
_LOOKS: dict[str, Look] = {
    "202": Look(tone="fresh", icon="inbox"),
    "203": Look(tone="fresh", icon="inbox"),
    "204": Look(tone="fresh", icon="user"),
    "205": Look(tone="good", icon="check"),
    "206": Look(tone="attention", icon="check"),
    "207": Look(tone="attention", icon="alert-triangle"),
    "208": Look(tone="attention", icon="clock"),
    "209": Look(tone="fresh", icon="files"),
    "210": Look(tone="refused", icon="hand-stop"),
    "211": Look(tone="good", icon="send"),
    "212": Look(tone="good", icon="circle-check"),
    "213": Look(tone="rejected", icon="shield-x"),
    "220": Look(tone="plain", icon="archive"),
    "501": Look(tone="rejected", icon="shield-x"),
}

SEVERITIES = {
    "fatal": ("Bloquant", "circle-x"),
    "internal": ("Contrôle en défaut", "circle-x"),
    "warning": ("Avertissement", "alert-triangle"),
    "advice": ("Conseil", "info-circle"),
}
"""Severity of a finding → word and drawing."""

FIRST_ACTIONS = (205, 210, 207, 204, 212)
"""Actions with a button of their own, in this order; the others are one click further."""

NEXT_ACTIONS = {205: (211,), 206: (211,), 207: (209,), 208: (209,)}
"""What usually follows a status, before :data:`FIRST_ACTIONS`."""

CANCEL = 220
"""Comes before all of them once a rectificative has left."""

PAYMENT = 211
"""Who owes pays: the buyer, or the seller who pays back a credit note."""

BAD_NEWS = frozenset({206, 207, 208, 210})
"""Never the button that stands out."""

LAST = frozenset({212, 220})
"""Nothing more is expected after them."""

SAID = {
    204: frozenset({204}), 205: frozenset({204, 205}), 207: frozenset({207}),
    208: frozenset({208}), 211: frozenset({204, 205}), 212: frozenset({204, 205}),
}  # fmt: skip
"""What a status makes idle: an approved invoice is not approved again by a second click."""

_PORTAL = {
    "pending": Look(tone="plain", icon="clock"),
    "sent": Look(tone="plain", icon="send"),
    "receivable": Look(tone="fresh", icon="inbox"),
    "accepted": Look(tone="good", icon="circle-check"),
    "refused": Look(tone="rejected", icon="shield-x"),
    "held": Look(tone="attention", icon="hand-stop"),
}
_LATE = Look(tone="attention", icon="alert-triangle")


def portal(file: PortalFile, now: datetime) -> tuple[Look, str]:
    """Return how a file owed to the public portal is shown, and in which words."""
    if file.state == file.State.PENDING and file.due_at < now:
        return _LATE, "En retard"
    return _PORTAL[file.state], file.get_state_display()


def cause(event: Event) -> str:
    """Say which status took an invoice out of the books: « Refusée le 22/11/2026 (210) : … »."""
    because = f" : {reason(event.reason).label}" if event.reason else ""
    return (
        f"{label(event.code)} le {timezone.localtime(event.at):%d/%m/%Y} ({event.code}){because}."
    )


def look(code: str) -> Look:
    """Return how the status `code` is shown."""
    return _LOOKS.get(code, _PLAIN)


def label(code: str) -> str:
    """Return the official French label of a status code; words of ours before the first one."""
    return status(int(code)).label if code else "Sans statut"
