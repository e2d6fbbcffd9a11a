"""One means of payment as a UBL file writes it: account, card and mandate beside the code.

Source: OASIS UBL 2.1, ``cac:PaymentMeans``. An invoice holds one direct debit and one remittance
text; a file may give each means its own, and Germany and Denmark judge each by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from facturier.formats.ubl import NAMESPACES
from facturier.invoice.model import Invoice, PaymentInstructions
from facturier.rules.facts import Facts


class Means(NamedTuple):
    """A ``cac:PaymentMeans``; what is not there is None, or not."""

    code: str
    """BT-81, empty for none."""
    remittance: str
    """BT-83, empty for none."""
    has_transfer: bool
    """BG-17."""
    account: str
    """BT-84, empty for none."""
    provider: str
    """BT-86, empty for none."""
    has_card: bool
    """BG-18."""
    has_mandate: bool
    """BG-19, but for BT-90 that is elsewhere."""
    mandate: str
    """BT-89, empty for none."""
    debited: str
    """BT-91, empty for none."""


def means_of(facts: Facts) -> list[Means]:
    """Return the means of payment as the file writes them, or as it would."""
    if facts.tree is not None:
        found = facts.tree.iterfind("cac:PaymentMeans", NAMESPACES)
        return [_as_written(element) for element in found]
    invoice = facts.invoice
    held: tuple[PaymentInstructions, ...] = invoice.payment_instructions
    if not held and (invoice.direct_debit or invoice.remittance_information):
        held = (PaymentInstructions(),)
    return [_as_held(one, invoice, first=number == 0) for number, one in enumerate(held)]


def each(holds: Callable[[Means], bool]) -> Callable[[Invoice, Facts], bool]:
    """Return whether every means of payment is so, as a rule asks it; its words are kept."""

    def all_are(_: Invoice, facts: Facts) -> bool:
        return all(map(holds, means_of(facts)))

    all_are.__doc__ = holds.__doc__
    return all_are


def _as_written(means: Any) -> Means:
    def has(path: str) -> bool:
        return means.find(path, NAMESPACES) is not None

    def text(path: str) -> str:
        return means.findtext(path, "", NAMESPACES) or ""

    account, mandate = "cac:PayeeFinancialAccount", "cac:PaymentMandate"
    return Means(
        code=text("cbc:PaymentMeansCode"),
        remittance=text("cbc:PaymentID"),
        has_transfer=has(account),
        account=text(f"{account}/cbc:ID"),
        provider=text(f"{account}/cac:FinancialInstitutionBranch/cbc:ID"),
        has_card=has("cac:CardAccount"),
        has_mandate=has(mandate),
        mandate=text(f"{mandate}/cbc:ID"),
        debited=text(f"{mandate}/cac:PayerFinancialAccount/cbc:ID"),
    )


def _as_held(one: PaymentInstructions, invoice: Invoice, *, first: bool) -> Means:
    """Return a means as our writer writes it: the first one carries what there is one of."""
    transfer, debit = one.credit_transfer, invoice.direct_debit if first else None
    mandate = (debit.mandate_reference if debit else None) or ""
    debited = (debit.debited_account if debit else None) or ""
    return Means(
        code=one.means_code or "",
        remittance=(invoice.remittance_information or "") if first else "",
        has_transfer=transfer is not None,
        account=(transfer.account if transfer else None) or "",
        provider=(transfer.service_provider if transfer else None) or "",
        has_card=one.card is not None,
        has_mandate=bool(mandate or debited),
        mandate=mandate,
        debited=debited,
    )
