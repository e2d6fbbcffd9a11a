"""The journey of an invoice, step by step: the first file to read.

1. ``receive``  bytes come in and are kept as they are             *server, network*
2. ``detect``   which syntax, profile, version; no unsafe file     *formats*
3. ``read``     bytes to an invoice, and what was not understood   *formats*
4. ``check``    the invoice against the rulebooks of the day       *rules*
5. ``qualify``  whose it is, which use case, in which flow         *use_cases, reporting*
6. ``advance``  state and event to state and messages              *lifecycle*
7. ``post``     the invoice to a balanced, proposed entry          *ledger*
8. ``report``   into the declaration of its period                 *reporting*
9. ``write``    back to bytes                                      *formats*
10. ``send``    hand over, keep the receipt                        *network*

Steps 2 to 9 are pure functions of their arguments; this module joins 2 to 5, which every file goes
through. 6 to 9 are asked for by an event. 1 and 10 touch the world: the server brings them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from facturier import formats, rules, use_cases
from facturier.invoice.codes import SELF_BILLED
from facturier.ledger.books import siren_of
from facturier.reporting import scope
from facturier.reporting.receipts import is_vat_due_on_payment

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from facturier.findings import Verdict
    from facturier.formats import Reading
    from facturier.invoice.model import Invoice, Party


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a list shows of an invoice, as far as the invoice says it."""

    number: str | None = None
    issue_date: date | None = None
    due_date: date | None = None
    type_code: str | None = None
    process: str | None = None
    currency: str | None = None
    seller_name: str | None = None
    seller_siren: str = ""
    seller_address: str = ""
    buyer_name: str | None = None
    buyer_siren: str = ""
    buyer_address: str = ""
    total_without_vat: Decimal | None = None
    total_vat: Decimal | None = None
    total_with_vat: Decimal | None = None
    amount_due: Decimal | None = None
    treatment: str = ""
    """``B2B``, ``B2C``…: in which flow it belongs."""
    vat_due_on_payment: bool = False
    use_case: str = ""
    """Numbers of the use cases, as :func:`facturier.use_cases.told` tells them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A file after steps 2 to 5."""

    reading: Reading
    verdict: Verdict
    summary: Summary

    @property
    def self_billed(self) -> bool:
        """Whether the buyer made it out in the seller's name."""
        return (self.summary.type_code or "") in SELF_BILLED

    @property
    def issuer_siren(self) -> str:
        """SIREN of the party whose platform deposits it."""
        return self.summary.buyer_siren if self.self_billed else self.summary.seller_siren

    @property
    def receiver_siren(self) -> str:
        """SIREN of the party to whom it is sent."""
        return self.summary.seller_siren if self.self_billed else self.summary.buyer_siren

    @property
    def issuer_address(self) -> str:
        """Electronic address that sends: BT-34, or BT-49 of a self-billed invoice."""
        return self.summary.buyer_address if self.self_billed else self.summary.seller_address

    @property
    def receiver_address(self) -> str:
        """Electronic address that receives: BT-49, or BT-34 of a self-billed invoice."""
        return self.summary.seller_address if self.self_billed else self.summary.buyer_address


def examine(data: bytes, *, on: date) -> Examined:
    """Detect, read, check and qualify a received file by the rules of the day `on`.

    Raises `UnreadableDocument` when it cannot be understood or must not be opened.
    """
    reading = formats.read(data)
    verdict = rules.check(reading, on=on)
    return Examined(reading=reading, verdict=verdict, summary=qualify(reading.invoice))


def qualify(invoice: Invoice) -> Summary:
    """Say whose invoice it is, of which use case, and in which flow it belongs."""
    totals, process = invoice.totals, invoice.process
    return Summary(
        number=invoice.number,
        issue_date=invoice.issue_date,
        due_date=invoice.due_date,
        type_code=invoice.type_code,
        process=process.business_process if process else None,
        currency=invoice.currency,
        seller_name=invoice.seller.name if invoice.seller else None,
        seller_siren=siren_of(invoice.seller) if invoice.seller else "",
        seller_address=_address(invoice.seller),
        buyer_name=invoice.buyer.name if invoice.buyer else None,
        buyer_siren=siren_of(invoice.buyer) if invoice.buyer else "",
        buyer_address=_address(invoice.buyer),
        total_without_vat=totals.without_vat if totals else None,
        total_vat=totals.vat_amount if totals else None,
        total_with_vat=totals.with_vat if totals else None,
        amount_due=totals.due_amount if totals else None,
        treatment=scope.decide(invoice).treatment.value,
        vat_due_on_payment=is_vat_due_on_payment(invoice),
        use_case=use_cases.told(invoice),
    )


def rejection_reason(verdict: Verdict) -> str:
    """Return the reason code of the rejection (213) that an invalid invoice gets."""
    assert verdict.fatal, "only an invalid invoice is rejected"
    about_addresses = all("BT-49" in f.where or "BT-49" in f.rule for f in verdict.fatal)
    return "ADR_ERR" if about_addresses else "REJ_SEMAN"


def _address(party: Party | None) -> str:
    return party.electronic_address.value if party and party.electronic_address else ""
