"""What may be said about a transmission, when, and by whom: (state, event) to state.

**A state belongs to one transmission, never to an invoice number.** When a second sending of the
same invoice is rejected as a duplicate (213 ``DOUBLON``), that rejection ends the second
transmission; the first one has its own state and is not touched. Whoever stores states keys them by
transmission.

The state is the fold of its events: :func:`fold` and repeated :func:`advance` agree. What may
follow what is the table :data:`ROWS`; the functions only look it up and explain a refusal.

Strict in what we say, tolerant in what we hear: a peer may leave out optional statuses or send them
late, and the content of its messages is judged by the CDAR rulebook, which gives findings. Here a
peer is refused only what contradicts the state. Sources: XP Z12-014 V1.4, DGFiP specifications v3.2
§3.6.4, Schematron BR-FR-CDV 1.4.0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, NoReturn

from facturier.errors import RefusedByPeer, RefusedByUs
from facturier.lifecycle.messages import (
    Event,
    InvoiceReference,
    StatusMessage,
    is_later,
    messages,
    seat,
)
from facturier.lifecycle.statuses import STATUSES, Duty, Phase, Side, Status, reason, status

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

__all__ = [
    "ROWS",
    "TRANSITIONS",
    "Event",
    "Move",
    "Offer",
    "Row",
    "State",
    "Transmission",
    "advance",
    "diagram",
    "fold",
    "is_admitted",
    "offered",
]


class Transmission(StrEnum):
    """How far the document has come on its way."""

    NONE = "none"
    DEPOSITED = "deposited"
    ISSUED = "issued"
    MISROUTED = "misrouted"
    RECEIVED = "received"
    AVAILABLE = "available"
    REJECTED = "rejected"
    INADMISSIBLE = "inadmissible"

    @property
    def label(self) -> str:
        """French words for the state."""
        return _TRANSMISSION_LABELS[self]


_TRANSMISSION_LABELS = {
    Transmission.NONE: "pas encore transmise",
    Transmission.DEPOSITED: "déposée",
    Transmission.ISSUED: "émise",
    Transmission.MISROUTED: "mal routée",
    Transmission.RECEIVED: "reçue par la plateforme",
    Transmission.AVAILABLE: "mise à disposition",
    Transmission.REJECTED: "rejetée",
    Transmission.INADMISSIBLE: "irrecevable",
}

TERMINAL = frozenset({Transmission.REJECTED, Transmission.INADMISSIBLE})
"""Nothing about the invoice may follow; the document needs a new transmission."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: `by` may say `codes` from some states."""

    codes: tuple[int, ...]
    by: tuple[Side, ...]
    ours: tuple[Transmission, ...]
    """States from which we may say it ourselves."""
    heard: tuple[Transmission, ...] = ()
    """Further states from which we accept it from a peer."""
    to: Transmission | None = None
    """The state it leads to; None when the transmission stays where it is."""


_NONE, _DEPOSITED, _ISSUED, _MISROUTED, _RECEIVED, _AVAILABLE, _REJECTED, _INADMISSIBLE = (
    Transmission
)
_SENT = (_DEPOSITED, _ISSUED, _MISROUTED, _RECEIVED, _AVAILABLE)
_BEFORE_AVAILABLE = (_DEPOSITED, _ISSUED, _MISROUTED, _RECEIVED)
_PLATFORMS = (Side.SELLER_PLATFORM, Side.BUYER_PLATFORM)

ROWS: tuple[Row, ...] = (
    # Transmission. The receiving platform's own record starts at 202: 200 and 201 go to the seller.
    Row((200,), (Side.SELLER_PLATFORM,), (_NONE,), to=_DEPOSITED),
    # a platform that acknowledges before it checks may reject what it has just deposited
    Row((213,), (Side.SELLER_PLATFORM,), (_NONE,), (_DEPOSITED,), to=_REJECTED),
    Row((201,), (Side.SELLER_PLATFORM,), (_DEPOSITED, _MISROUTED), to=_ISSUED),
    Row((202,), (Side.BUYER_PLATFORM,), (_NONE, _DEPOSITED, _ISSUED), (_MISROUTED,), to=_RECEIVED),
    Row(
        (213,),
        (Side.BUYER_PLATFORM,),
        (_NONE, _DEPOSITED, _ISSUED),
        (_MISROUTED, _RECEIVED),
        to=_REJECTED,
    ),
    Row((221,), (Side.BUYER_PLATFORM,), (_NONE, _DEPOSITED, _ISSUED), to=_MISROUTED),
    # 202 costs a message and is optional: some platforms go straight to 203
    Row(
        (203,),
        (Side.BUYER_PLATFORM,),
        (_RECEIVED,),
        (_DEPOSITED, _ISSUED, _MISROUTED),
        to=_AVAILABLE,
    ),
    Row((501,), _PLATFORMS, (_NONE,), to=_INADMISSIBLE),
    # The same after what it precedes, or after 221 (NON_TRANSMISE): noted, changes nothing.
    Row((200,), (Side.SELLER_PLATFORM,), (), (_ISSUED, _MISROUTED, _RECEIVED, _AVAILABLE)),
    Row((201,), (Side.SELLER_PLATFORM,), (), (_RECEIVED, _AVAILABLE)),
    Row((202,), (Side.BUYER_PLATFORM,), (), (_AVAILABLE,)),
    # Treatment: any order, any number of times, once the other side can have the document.
    Row((204, 205, 206, 207, 208, 210, 211), (Side.BUYER,), (_AVAILABLE,), _BEFORE_AVAILABLE),
    Row((214,), (Side.VALIDATOR,), (_AVAILABLE,), _BEFORE_AVAILABLE),
    Row((209, 211, 212, 220, 224), (Side.SELLER,), _SENT),
    Row((225, 226, 227), (Side.SELLER, Side.FACTOR), _SENT),
    Row((228,), (Side.FACTOR,), _SENT),
    # Answers about what was sent to the public portal, even about a rejection: noted.
    Row((250, 251, 500, 501, 601), (Side.PPF,), tuple(Transmission)),
    Row((500,), _PLATFORMS, (), tuple(Transmission)),
    Row((501,), _PLATFORMS, (), (*_SENT, *TERMINAL)),
    Row((601,), (Side.BUYER_PLATFORM,), (), tuple(Transmission)),
)
"""What may follow what. The side is the one of an ordinary invoice (see ``messages.seat``)."""

AFTER_REFUSAL = frozenset({211, 220, 228})
"""What we still say of a refused invoice: a repayment, its cancellation, the end of factoring."""


@dataclass(frozen=True, slots=True)
class Move:
    """The answer of the table for one state, code and side."""

    to: Transmission | None
    ours: bool
    """False when we only accept it from a peer."""


def _spread(rows: tuple[Row, ...]) -> dict[tuple[Transmission, int, Side], Move]:
    table: dict[tuple[Transmission, int, Side], Move] = {}
    for row in rows:
        for start in (*row.ours, *row.heard):
            for code in row.codes:
                for side in row.by:
                    assert (start, code, side) not in table, "one row for one case"
                    table[start, code, side] = Move(row.to, start in row.ours)
    return table


TRANSITIONS = _spread(ROWS)
"""(state, code, side) to move: the rows spread out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where one transmission stands; the fold of its history."""

    invoice: InvoiceReference | None = None
    """What is transmitted. Without it events are folded but no message is made."""
    transmission: Transmission = Transmission.NONE
    current: Event | None = None
    """The event that a person should see as the invoice's status."""
    refusal: Event | None = None
    """The buyer's refusal (210), once there is one."""
    history: tuple[Event, ...] = ()
    """Everything that was said, in the order we learned of it, unknown codes included."""

    @property
    def latest(self) -> int | None:
        """The status to show; None before the first."""
        return self.current.code if self.current else None

    @property
    def terminal(self) -> bool:
        """Whether nothing about the invoice may follow on this transmission."""
        return self.transmission in TERMINAL

    @property
    def refused(self) -> bool:
        """Whether the buyer refused: no status mandatory for the public portal may follow."""
        return self.refusal is not None

    @property
    def self_billed(self) -> bool:
        """Whether the buyer made out the invoice."""
        return self.invoice is not None and self.invoice.self_billed


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An action that a side may take now, with what it must bring."""

    code: int
    label: str
    """Words of the button, in French."""
    status_label: str
    reason_required: bool
    reasons: tuple[str, ...]
    """Reason codes to choose from."""
    comment_expected: bool
    needs: str
    """Code of the data to bring: ``MEN`` amounts per VAT rate, ``CBB`` bank account; or empty."""
    confirm: bool
    """Cannot be taken back: ask first."""


def advance(
    state: State, event: Event, *, own: bool = True
) -> tuple[State, tuple[StatusMessage, ...]]:
    """Return the state after `event`, and the messages to send.

    With `own` the event is ours: who, when and content are all checked, raises `RefusedByUs`.
    Otherwise a peer told us: unknown codes are kept in the history without effect, only what
    contradicts the state raises `RefusedByPeer`, and nothing is sent. An event that is already in
    the history changes nothing and sends nothing, so a repeated delivery does no harm.
    """
    if event in state.history:
        return state, ()
    move = _move(state, event, own=own)
    if own:
        _check_content(event)
    after = _after(state, event, move)
    if not own or state.invoice is None or not status(event.code).invoice_phase:
        return after, ()
    return after, messages(state.invoice, event, received_at=_taken_in(after, event.side))


def fold(events: Iterable[Event], *, invoice: InvoiceReference | None = None) -> State:
    """Return the state that `events` lead to, in the order they were learned.

    Events are taken as a peer's, because a stored history holds both sides' and was checked when it
    was written. Raises `RefusedByPeer` when the events contradict each other.
    """
    state = State(invoice=invoice)
    for event in events:
        state, _ = advance(state, event, own=False)
    return state


def offered(state: State, side: Side) -> tuple[Offer, ...]:
    """Return the actions that `side` may take now, by code."""
    return tuple(
        Offer(
            code=code,
            label=said.action,
            status_label=said.label,
            reason_required=said.reason_required,
            reasons=said.reasons,
            comment_expected=said.comment_expected,
            needs=said.needs,
            confirm=said.confirm,
        )
        for code, said in STATUSES.items()
        if _may_say(state, code, side)
    )


def is_admitted(state: State, code: int, side: Side) -> bool:
    """Whether `side` may say `code` of a transmission in `state`, to us or by us."""
    return _lookup(state, code, side) is not None


def diagram() -> str:
    """Return the machine as a Mermaid state diagram, drawn from :data:`ROWS`."""
    lines = ["stateDiagram-v2", "    direction LR", "    [*] --> none"]
    lines += [f"    {one.value}: {one.label}" for one in Transmission]
    for row in ROWS:
        said = f"{_words(row.codes)} ({', '.join(side.label for side in row.by)})"
        for start, suffix in _arrows(row):
            target = row.to or start
            lines.append(f"    {start.value} --> {target.value}: {said}{suffix}")
    lines += [f"    {one.value} --> [*]" for one in Transmission if one in TERMINAL]
    return "\n".join(lines) + "\n"


def _arrows(row: Row) -> list[tuple[Transmission, str]]:
    """The arrows worth drawing: portal answers and late arrivals change nothing."""
    if row.to is None and status(row.codes[0]).phase is not Phase.TREATMENT:
        return []
    if row.to is None:
        # the same loop on every state would hide the picture
        return [(row.ours[-1], "" if len(row.ours) == 1 else f" [dès l'état {row.ours[0].value}]")]
    return [(one, "") for one in row.ours] + [(one, " [reçu seulement]") for one in row.heard]


def _words(codes: tuple[int, ...]) -> str:
    if len(codes) > 1:
        return " ".join(str(code) for code in codes)
    return f"{codes[0]} {status(codes[0]).label}"


def _lookup(state: State, code: int, side: Side) -> Move | None:
    place = seat(side, code, self_billed=state.self_billed)
    return TRANSITIONS.get((state.transmission, code, place))


def _may_say(state: State, code: int, side: Side) -> bool:
    move = _lookup(state, code, side)
    return move is not None and move.ours and (not state.refused or _survives_refusal(status(code)))


def _survives_refusal(said: Status) -> bool:
    return said.code in AFTER_REFUSAL or not said.invoice_phase


def _move(state: State, event: Event, *, own: bool) -> Move:
    if not own:
        return _heard_move(state, event)
    if not _may_say(state, event.code, event.side):
        _refuse(state, event, RefusedByUs)
    return TRANSITIONS[
        state.transmission, event.code, seat(event.side, event.code, self_billed=state.self_billed)
    ]


def _heard_move(state: State, event: Event) -> Move:
    said = status(event.code)
    if not said.known:
        return Move(None, ours=False)
    move = _lookup(state, event.code, event.side)
    # a mandatory status decided before the refusal may still be on its way
    too_late = (
        state.refusal is not None and said.duty is not Duty.NEVER and event.at > state.refusal.at
    )
    if move is None or too_late:
        _refuse(state, event, RefusedByPeer)
    return move


def _after(state: State, event: Event, move: Move) -> State:
    after = replace(state, history=(*state.history, event))
    if move.to is not None:
        after = replace(after, transmission=move.to)
    if event.code == 210:  # noqa: PLR2004  official code
        after = replace(after, refusal=event)
    return replace(after, current=event) if _is_shown(state.current, event, move) else after


def _is_shown(current: Event | None, event: Event, move: Move) -> bool:
    """Whether `event` replaces `current` as the status to show.

    Within treatment the later decision wins whatever the order of arrival; a transmission status
    gives way to treatment, unless it ends everything.
    """
    phase = status(event.code).phase
    if phase is Phase.TREATMENT:
        return (
            current is None
            or status(current.code).phase is not Phase.TREATMENT
            or is_later(event, current)
        )
    if move.to is None:
        return False
    in_treatment = current is not None and status(current.code).phase is Phase.TREATMENT
    return move.to in TERMINAL or not in_treatment


def _taken_in(state: State, side: Side) -> datetime | None:
    """MDT-95: the deposit for the side that sends the invoice, the receipt for the other."""
    place = seat(side, 200, self_billed=state.self_billed)
    taken = (202, 213) if place in {Side.BUYER, Side.BUYER_PLATFORM} else (200, 213)
    return next((event.at for event in state.history if event.code in taken), None)


def _check_content(event: Event) -> None:
    """Refuse an event of ours that the CDAR rules would refuse at the other end."""
    said = status(event.code)
    if said.reason_required and not event.reason:
        raise RefusedByUs(
            f"« {said.label} » demande un motif.",
            reason="reason-missing",
            remedy="Choisissez un motif : " + _list_reasons(said.reasons),
        )
    if event.reason and event.reason not in said.reasons:
        raise RefusedByUs(
            f"Le motif {event.reason} n'est pas admis avec « {said.label} ».",
            reason="reason-not-allowed",
            remedy="Motifs admis : " + _list_reasons(said.reasons),
        )
    if said.needs and said.needs not in {datum.type_code for datum in event.amounts}:
        raise RefusedByUs(_NEEDS[said.needs].format(said.label), reason="data-missing")
    _check_receipts(event)


_NEEDS = {
    "MEN": "« {} » demande le montant TTC encaissé pour chaque taux de TVA.",
    "CBB": "« {} » demande les nouvelles coordonnées bancaires.",
}

_MAX_AMOUNT_LENGTH = 19
_MAX_DECIMALS = 6


def _check_receipts(event: Event) -> None:
    """BR-FR-CDV-14, G7.07: each receipt has an amount and a rate; a negative one is explained."""
    for datum in event.amounts:
        if datum.type_code != "MEN":
            continue
        if datum.amount is None or not datum.amount.is_finite() or datum.percent is None:
            raise RefusedByUs(
                "Un encaissement se déclare avec son montant TTC et son taux de TVA.",
                reason="amount-incomplete",
            )
        text = f"{datum.amount:f}"
        decimals = len(text.partition(".")[2])
        if len(text) > _MAX_AMOUNT_LENGTH or decimals > _MAX_DECIMALS:
            raise RefusedByUs(
                f"Le montant {text} est trop long : 19 caractères et 6 décimales au plus.",
                reason="amount-format",
            )
        if datum.amount < 0 and not event.comment:
            raise RefusedByUs(
                "Un encaissement négatif (annulation ou remboursement) demande un commentaire.",
                reason="comment-missing",
            )


def _list_reasons(codes: tuple[str, ...]) -> str:
    if not codes:
        return "aucun."
    return ", ".join(f"{reason(code).label} ({code})" for code in codes) + "."


def _refuse(state: State, event: Event, kind: type[RefusedByUs | RefusedByPeer]) -> NoReturn:
    why, sentence = _why_refused(state, event)
    said = status(event.code)
    raise kind(
        f"« {said.label} » ({event.code}) n'est pas possible : {sentence}",
        reason=why,
        remedy=_instead(state, event.side),
    )


def _why_refused(state: State, event: Event) -> tuple[str, str]:
    said = status(event.code)
    speakers = {side for _, code, side in TRANSITIONS if code == event.code}
    place = seat(event.side, event.code, self_billed=state.self_billed)
    if not said.known:
        return "unknown-status", "ce code n'existe pas dans la norme."
    if not speakers:
        return "not-an-invoice", "ce statut ne concerne pas une facture."
    if place not in speakers:
        who = " ou ".join(
            seat(side, event.code, self_billed=state.self_billed).label for side in said.by
        )
        return "wrong-side", f"seul {who} peut le donner, pas {event.side.label}."
    if state.terminal:
        ended = f"cette transmission est {state.transmission.label}, rien ne peut la suivre."
        return "terminal", ended
    if state.refusal is not None:
        when = f"{state.refusal.at:%d/%m/%Y}"
        return "refused", f"l'acheteur a refusé la facture le {when}."
    return "wrong-moment", f"la transmission en est à l'état « {state.transmission.label} »."


def _instead(state: State, side: Side) -> str:
    if state.terminal:
        return _after_the_end(state)
    possible = [f"{one.label} ({one.code})" for one in offered(state, side)]
    if not possible:
        return "Aucune action n'est possible pour le moment."
    return "Actions possibles maintenant : " + ", ".join(possible) + "."


def _after_the_end(state: State) -> str:
    if state.transmission is Transmission.INADMISSIBLE:
        return "Corrigez le fichier et transmettez-le de nouveau."
    if _DUPLICATE & {one.reason for one in state.history if status(one.code).terminal}:
        return "La première transmission de cette facture reste valable : n'annulez rien."
    return (
        "Le vendeur annule la facture dans ses livres et en émet une autre, sous un autre numéro."
    )


_DUPLICATE = frozenset({"DOUBLON", "REJ_UNI"})
