"""Whether a document meets a defect of the official files: one predicate for each way to.

Each is asked with the facts of a document and says yes only when the defect matters to it; a clean
invoice of thousands of lines pays next to nothing.
"""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from facturier.invoice.model import Invoice
from facturier.invoice.money import cents, total
from facturier.invoice.profiles import EXTENDED_CTC_FR
from facturier.rules.facts import Facts
from facturier.rules.held import Scope, scope_of
from facturier.rules.rule import Rule

if TYPE_CHECKING:
    from facturier.rules.report_facts import ReportFacts
    from facturier.rules.status_facts import StatusFacts

_SPACED_NUMBER = re.compile(r"[A-Za-z0-9+\-_/]+(?: [A-Za-z0-9+\-_/]+)+")
_SPANISH = frozenset({"L", "M"})
_CENT = Decimal("0.01")
_BETWEEN_PLATFORMS = frozenset({"NON_REGULATED", "B2C", "B2CINT", "B2BINT", "OUTOFSCOPE"})
_TRANSMISSION, _PORTAL = "305", "DFH"

Met = Callable[[Any], bool]
"""Asked with the facts of a document: whether it meets the defect."""


# --- invoices: refused wrongly -------------------------------------------------------------------


def has_spaced_number(facts: Facts) -> bool:
    """Whether a number of an invoice, its own or one it names, has single inner spaces."""
    invoice: Invoice = facts.invoice
    numbers = [invoice.number, *(one.number for one in invoice.preceding_invoices)]
    numbers += [one.number for line in invoice.lines for one in line.preceding_invoices]
    return any(number and _SPACED_NUMBER.fullmatch(number) for number in numbers)


def says_group_in_words(facts: Facts) -> bool:
    """Whether the note TXD says the legal mention of a single taxable person in words."""
    plain = (re.sub(r"[^a-z]", "", text.lower()) for text in facts.notes("TXD"))
    return any(text == "membredunassujettiunique" for text in plain)


def has_negative_price(facts: Facts) -> bool:
    """Whether a price is below zero, in the profile that allows it."""
    return facts.specification == EXTENDED_CTC_FR and any(
        price is not None and price < 0
        for line in facts.invoice.lines
        if line.price
        for price in (line.price.net_price, line.price.gross_price)
    )


# --- invoices: accepted wrongly ------------------------------------------------------------------


def has_vat_off_by_cents(facts: Facts) -> bool:
    """Whether a VAT amount is not its base at its rate, by more than rounding each line gives."""
    for vat in facts.invoice.vat_breakdown:
        if vat.taxable_amount is None or vat.rate is None or vat.tax_amount is None:
            continue
        if (vat.category or "").strip() in _SPANISH:
            continue  # these have rules of their own
        exact = cents(vat.taxable_amount * vat.rate / 100)
        share = facts.share((vat.category or "").strip(), vat.rate)
        lines = len(share.lines) + len(share.allowances) + len(share.charges)
        if abs(vat.tax_amount - exact) > _CENT * max(1, lines):
            return True
    return False


def has_base_off_by_cents(facts: Facts) -> bool:
    """Whether a standard-rated base is not the sum of what stands at its rate."""
    if facts.root not in {"Invoice", "CreditNote"} or len(facts.invoice.lines) == 0:
        return False
    return any(
        vat.taxable_amount is not None
        and vat.rate is not None
        and abs(vat.taxable_amount - facts.share("S", vat.rate).taxable) >= _CENT
        for vat in facts.breakdown.get("S", ())
    )


def has_attributes(facts: Facts) -> bool:
    """Whether an item has properties (BG-32)."""
    return any(line.item and line.item.attributes for line in facts.invoice.lines)


def has_objects(facts: Facts) -> bool:
    """Whether a line names objects (BT-128)."""
    return any(line.object_identifiers for line in facts.invoice.lines)


def has_deliveries(facts: Facts) -> bool:
    """Whether a line has a place of delivery of its own."""
    return any(line.deliver_to for line in facts.invoice.lines)


def has_spanish_tax(facts: Facts) -> bool:
    """Whether a tax of the Canary Islands, Ceuta or Melilla is there."""
    return not facts.categories.isdisjoint(_SPANISH)


def twin(module: str, *ids: str, only_where: Met) -> Met:
    """Return whether a rule that one syntax's file never opposes fails as the other asks it.

    `only_where` tells at a glance where there is nothing to ask: lines may be thousands.
    """

    @functools.cache  # the book is loaded when a document of it is checked
    def rules() -> tuple[tuple[Scope, Rule], ...]:
        book = importlib.import_module(f"facturier.rules.{module}").BOOK
        found = tuple((scope_of(rule.scope), rule) for rule in book.rules if rule.id in ids)
        assert len({rule.id for _, rule in found}) == len(ids), ids
        return found

    def is_broken(facts: Facts) -> bool:
        return only_where(facts) and any(
            not rule.holds(record, facts)
            for scope, rule in rules()
            if not rule.category or rule.category in facts.categories
            for record, _ in scope.records(facts.invoice)
        )

    return is_broken


# --- status messages -----------------------------------------------------------------------------


def is_other_process(facts: StatusFacts) -> bool:
    """Whether a message between platforms is of a process other than REGULATED."""
    context = facts.invoice.context
    return not facts.to_ppf and (context.process if context else None) in _BETWEEN_PLATFORMS


def names_issuer_of_transmission(facts: StatusFacts) -> bool:
    """Whether a transmission (305) between platforms names its issuer (MDT-38)."""
    issuer = facts.invoice.issuer
    return (
        not any(party.role == _PORTAL for party in facts.invoice.recipients)
        and issuer is not None
        and bool(issuer.identifiers)
        and any(one.type_code == _TRANSMISSION for one in facts.invoice.decisions)
    )


def asks_for_a_contact(facts: StatusFacts) -> bool:
    """Whether Chorus Pro refuses because the contact of the buyer is missing."""
    from facturier.rules.status_facts import CHORUS_PRO  # noqa: PLC0415  # not for an invoice

    return CHORUS_PRO in facts.sender_numbers and any(
        detail.reason_code == "CONTACT_ACHTR"
        for decision in facts.invoice.decisions
        for reference in decision.references
        for detail in reference.details
    )


# --- e-reporting transmissions -------------------------------------------------------------------


def takes_a_receipt_back(facts: ReportFacts) -> bool:
    """Whether an amount received is below zero: a receipt that is taken back."""
    payments = facts.invoice.payments
    told: tuple[Any, ...] = (*payments.invoices, *payments.days) if payments else ()
    rates = (rate for one in told if one.receipt for rate in one.receipt.rates)
    return any(rate.amount is not None and rate.amount < 0 for rate in rates)


def invoices_one_day(facts: ReportFacts) -> bool:
    """Whether a period begins and ends on the same day."""
    transactions = facts.invoice.transactions
    told: tuple[Any, ...] = transactions.invoices if transactions else ()
    periods = [one.period for each in told for one in (each, *each.lines)]
    return any(one is not None and one.start_date == one.end_date for one in periods)


def is_off_by_the_cents_allowed(facts: ReportFacts) -> bool:
    """Whether some total differs from its parts by exactly one cent a part."""
    transactions = facts.invoice.transactions
    if transactions is None:
        return False
    told: list[tuple[Any, Any]] = [(one.totals, one.vat_breakdown) for one in transactions.invoices]
    told += [(one, one.rates) for one in transactions.sales]
    for sums, parts in told:
        for field, part in (("without_vat", "taxable_amount"), ("vat_amount", "tax_amount")):
            whole = getattr(sums, field, None)
            gap = abs((whole or 0) - total(getattr(each, part) for each in parts))
            if whole is not None and gap == _CENT * len(parts):
                return True
    return False
