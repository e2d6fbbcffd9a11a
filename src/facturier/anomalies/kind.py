"""A kind of anomaly, what one found looks like, and the table that each family fills."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from facturier.anomalies.look import Look
from facturier.anomalies.risk import Estimate, Risk

LETTER = "Bonjour,\n\n{paragraph}\n\nMerci d'avance de votre réponse.\n\nBien cordialement,"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """What a kind saw in one document."""

    why: str
    """In French, with the values of the document."""
    where: str
    """The terms that it came from: ``BT-31 BT-30``."""
    amount: Decimal | None = None
    """What the risk is computed from, where it is not the VAT or the total of the document."""
    said: Mapping[str, str] = field(default_factory=dict)
    """What the letter names beside :meth:`~facturier.anomalies.look.Look.fields`."""


Question = Callable[[Look], Iterable[Hit]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One row of the table."""

    id: str
    """Stable: lists, links and decisions are kept under it."""
    label: str
    """In French, as an accountant calls it."""
    looks: str
    """What it looks at, in French."""
    source: str
    """Text of law or document, with its paragraph."""
    letter: str
    """The paragraph to the issuer, with holes: ``{number}``, ``{day}``, ``{gross}``…"""
    remedy: str
    """What the firm does."""
    risk: Estimate
    ask: Question
    needs_history: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """One anomaly of one document."""

    kind: str
    label: str
    why: str
    where: str
    risk: Risk
    letter: str
    """The whole letter to the issuer, ready to send."""
    remedy: str
    source: str


class Table:
    """Kinds of one family, in the order in which they are shown."""

    def __init__(self) -> None:
        self.kinds: list[Kind] = []

    def kind(
        self,
        id_: str,
        label: str,
        *,
        source: str,
        risk: Estimate,
        letter: str,
        remedy: str,
        needs_history: bool = False,
    ) -> Callable[[Question], Question]:
        """Declare the kind that the function under it finds; its docstring says what it looks at.

        The docstring is French: the reference page shows it.
        """

        def declare(ask: Question) -> Question:
            self.kinds.append(
                Kind(
                    id=id_, label=label, looks=(ask.__doc__ or "").strip(), source=source,
                    letter=letter, remedy=remedy, risk=risk, ask=ask, needs_history=needs_history,
                )
            )  # fmt: skip
            return ask

        return declare


def found(kind: Kind, look: Look, fields: Mapping[str, str]) -> Iterable[Anomaly]:
    """Yield what `kind` finds in a document; `fields` are those of its letter."""
    for hit in kind.ask(look):
        paragraph = kind.letter.format(**fields, **hit.said)
        yield Anomaly(
            kind=kind.id, label=kind.label, why=hit.why, where=hit.where,
            risk=kind.risk(look, hit.amount), letter=LETTER.format(paragraph=paragraph),
            remedy=kind.remedy, source=kind.source,
        )  # fmt: skip
