"""Which rule an invoice meets first: pure functions of what the invoice says and of the rules.

Words are compared without regard to case, accents and runs of spaces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from facturier.invoice.words import plain

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

LONGEST_VALUE = 200
MOST_LINES = 1000
"""Lines of an invoice whose words are looked at; a longer one is a catalogue."""


class Field(StrEnum):
    """What of an invoice a condition asks."""

    ISSUER_SIREN = "issuer_siren"
    ISSUER_NAME = "issuer_name"
    ADDRESS = "address"
    ORDER = "order"
    BUYER_REFERENCE = "buyer_reference"
    CONTRACT = "contract"
    TOTAL = "total"
    WORDS = "words"


class Operator(StrEnum):
    """How a condition asks it."""

    IS = "is"
    CONTAINS = "contains"
    BEGINS = "begins"
    AT_LEAST = "at_least"
    BELOW = "below"


FIELDS: dict[Field, str] = {
    Field.ISSUER_SIREN: "le SIREN de l'émetteur",
    Field.ISSUER_NAME: "le nom de l'émetteur",
    Field.ADDRESS: "l'adresse de réception",
    Field.ORDER: "le bon de commande (BT-13)",
    Field.BUYER_REFERENCE: "la référence de l'acheteur (BT-10)",
    Field.CONTRACT: "le contrat (BT-12)",
    Field.TOTAL: "le total TTC",
    Field.WORDS: "le texte des lignes",
}
"""Words of the screens and sentences."""
OPERATORS: dict[Operator, str] = {
    Operator.IS: "est",
    Operator.CONTAINS: "contient",
    Operator.BEGINS: "commence par",
    Operator.AT_LEAST: "est d'au moins",
    Operator.BELOW: "est inférieur à",
}
OF_AMOUNTS = (Operator.AT_LEAST, Operator.BELOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What of one invoice the rules may ask."""

    issuer_siren: str = ""
    issuer_name: str = ""
    address: str = ""
    """The electronic address at which it arrived."""
    order: str = ""
    buyer_reference: str = ""
    contract: str = ""
    total: Decimal | None = None
    """With VAT, in the currency of the invoice."""
    words: str = ""
    """Names and descriptions of the lines, as :func:`plain` writes them."""

    def kept(self) -> dict[str, str]:
        """Return the facts as JSON can hold them."""
        return {name: "" if value is None else str(value) for name, value in asdict(self).items()}

    @classmethod
    def read(cls, kept: Mapping[str, str]) -> Facts:
        """Return the facts that :meth:`kept` wrote."""
        said: dict[str, Any] = {one: kept.get(one, "") for one in cls.__dataclass_fields__}
        return cls(**said | {"total": Decimal(said["total"]) if said["total"] else None})


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One question to an invoice."""

    field: Field
    operator: Operator
    value: str

    def holds(self, facts: Facts) -> bool:
        """Whether the answer is yes; of what the invoice does not say it is no."""
        if self.field is Field.TOTAL:
            wanted = amount(self.value)
            if facts.total is None or wanted is None:
                return False
            return facts.total >= wanted if self.operator is Operator.AT_LEAST else (
                facts.total < wanted
            )  # fmt: skip
        said, asked = plain(str(getattr(facts, self.field.value))), plain(self.value)
        return bool(asked) and bool(said) and _TEXT[self.operator](said, asked)

    def __str__(self) -> str:
        quoted = self.value if self.operator in OF_AMOUNTS else f"« {self.value} »"
        return f"{FIELDS[self.field]} {OPERATORS[self.operator]} {quoted}"

    @property
    def objection(self) -> str:
        """Why it cannot be asked, in French; empty when it can."""
        if not self.value.strip():
            return f"Dites ce que {FIELDS[self.field]} doit être."
        if (self.field is Field.TOTAL) is not (self.operator in OF_AMOUNTS):
            wanted = "« est d'au moins » ou « est inférieur à »"
            others = "« est », « contient » ou « commence par »"
            return (
                f"Avec {FIELDS[self.field]}, employez "
                f"{wanted if self.field is Field.TOTAL else others}."
            )
        if self.field is Field.TOTAL and amount(self.value) is None:
            return f"« {self.value} » n'est pas un montant."
        return ""


_TEXT: dict[Operator, Callable[[str, str], bool]] = {
    Operator.IS: lambda said, asked: said == asked,
    Operator.CONTAINS: lambda said, asked: asked in said,
    Operator.BEGINS: lambda said, asked: said.startswith(asked),
    Operator.AT_LEAST: lambda _said, _asked: False,
    Operator.BELOW: lambda _said, _asked: False,
}


class Ruled(Protocol):
    """A rule, as far as it decides."""

    @property
    def conditions(self) -> Iterable[Condition]:
        """All of them must hold."""
        ...


R = TypeVar("R", bound=Ruled)


def first_met(rules: Iterable[R], facts: Facts) -> R | None:
    """Return the first rule whose conditions all hold; None when none does (*sinon*)."""
    for rule in rules:
        conditions = tuple(rule.conditions)
        if conditions and all(one.holds(facts) for one in conditions):
            return rule
    return None


def facts_of(invoice: Invoice, *, issuer: tuple[str, str], address: str) -> Facts:
    """Return what the rules may ask of `invoice`; `issuer` is the SIREN and name of who sent it."""
    lines = invoice.lines[:MOST_LINES]
    items = (line.item for line in lines if line.item is not None)
    words = plain(" ".join(f"{one.name or ''} {one.description or ''}" for one in items))
    totals = invoice.totals
    return Facts(
        issuer_siren=issuer[0], issuer_name=issuer[1] or "", address=address,
        order=invoice.order or "", buyer_reference=invoice.buyer_reference or "",
        contract=invoice.contract or "", total=totals.with_vat if totals else None, words=words,
    )  # fmt: skip


def amount(text: str) -> Decimal | None:
    """Return the amount that a person wrote (``1 234,56``); None when it is none."""
    bare = "".join(text.replace("€", "").split()).replace(",", ".")
    try:
        found = Decimal(bare)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
