"""Who wrote an invoice in whose name, as the invoice itself says it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from facturier.invoice.codes import SELF_BILLED
from facturier.invoice.words import plain
from facturier.ledger.books import siren_of
from facturier.ledger.charges import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from facturier.invoice.model import Invoice, Party


class Kind(StrEnum):
    """Who writes the invoice instead of the seller."""

    SELF_BILLING = "self-billing"
    """The buyer (case 19b)."""
    THIRD_PARTY = "third-party"
    """An invoicer who is neither (case 19a, EXT-FR-FE-BG-05)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Someone:
    """A party by SIREN and name; a foreign one has no SIREN."""

    siren: str
    name: str

    def is_same(self, siren: str, name: str) -> bool:
        """Whether both are one company: by SIREN, and by name where one of them has none."""
        if self.siren and siren:
            return self.siren == siren
        return bool(name) and plain(self.name) == plain(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An invoice that somebody wrote in the seller's name."""

    kind: Kind
    giver: Someone
    """The seller."""
    agent: Someone
    """Who wrote it."""


def written(invoice: Invoice) -> Written | None:
    """Say who wrote `invoice` in the seller's name; None when the seller did."""
    if invoice.seller is None:
        return None
    giver = _someone(invoice.seller)
    if (invoice.type_code or "") in SELF_BILLED:
        return Written(kind=Kind.SELF_BILLING, giver=giver, agent=_someone(invoice.buyer))
    agent = _someone(invoice.invoicer)
    is_none = not (agent.siren or agent.name)
    if is_none or giver.is_same(agent.siren, agent.name):
        return None
    return Written(kind=Kind.THIRD_PARTY, giver=giver, agent=agent)


def _someone(party: Party | None) -> Someone:
    if party is None:
        return Someone(siren="", name="")
    return Someone(siren=siren_of(party), name=party.name or "")


def outside(invoice: Invoice, types: Iterable[str], products: str) -> str:
    """Say, in French, why `invoice` is outside the scope of a mandate; empty when it is inside.

    `types` are codes of BT-3 (none: all); `products` words separated by commas, of which each line
    names one (none: all).
    """
    wanted = tuple(types)
    if wanted and invoice.type_code not in wanted:
        return f"il porte sur les types {', '.join(wanted)}, la facture est de type " + (
            invoice.type_code or "inconnu"
        )
    words = [plain(one) for one in products.split(",") if one.strip()]
    for line in invoice.lines if words else ():
        said = plain(text_of(line))
        if not any(word in said for word in words):
            return f"il porte sur « {products} », la ligne {line.identifier} n'en parle pas"
    return ""
