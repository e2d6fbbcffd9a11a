"""What the documents of the cases are made of: fictitious companies, short words for an invoice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from facturier.invoice.compute import compute
from facturier.invoice.model import (
    Identifier,
    Invoice,
    Item,
    Line,
    LinePrecedingInvoice,
    LineVat,
    Note,
    Party,
    PaymentInstructions,
    PrecedingInvoice,
    PriceDetails,
    ProcessControl,
    Totals,
    VatBreakdown,
)
from facturier.invoice.parties import ELECTRONIC_ADDRESS, SIREN, demo_siren, demo_vat
from facturier.invoice.profiles import EN16931, EXTENDED_CTC_FR
from facturier.ledger.books import Books, VatRegime
from facturier.ledger.imputation import by_words
from facturier.rules.example_pieces import french_notes, french_party, transfer

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST_DAY = "2026-11-02"
MONTH = timedelta(days=30)
PLACES = (("Lyon", "69001"), ("Nantes", "44000"), ("Lille", "59000"), ("Rennes", "35000"))
HOUR, DAY, LUMP_SUM, PIECE = "HUR", "DAY", "LS", "C62"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A company of a story, whose books are kept."""

    number: int
    """Of the family of fictitious companies."""
    name: str
    role: str
    """In French, as the sheet calls it: ``vendeur``, ``sous-traitant``."""
    books: Books = Books()  # noqa: RUF009  # frozen

    @property
    def siren(self) -> str:
        """SIREN, fictitious."""
        return demo_siren(self.number)

    @property
    def party(self) -> Party:
        """The company as an invoice names it."""
        city, post_code = PLACES[self.number % len(PLACES)]
        return french_party(self.number, self.name, city, post_code)

    def at(self, suffix: str) -> Party:
        """The company under an electronic address of its own: ``SIREN_FRAISCOLLABORATEUR``."""
        address = Identifier(f"{self.siren}_{suffix}", ELECTRONIC_ADDRESS)
        return replace(self.party, electronic_address=address)

    def third(self, role: str | None = None) -> Party:
        """The company as a third party (payer, agent): SIREN, VAT number, no address."""
        return Party(
            name=self.name,
            role_code=role,
            legal_identifier=Identifier(self.siren, SIREN),
            vat_identifier=demo_vat(self.number),
            postal_address=self.party.postal_address,
        )


def actor(
    number: int, name: str, role: str, *, by_keyword: Mapping[str, str] | None = None, **books: Any
) -> Actor:
    """Return a company; `books` are settings of its dossier, `by_keyword` its rules by word."""
    rules = by_words(by_keyword or {})
    return Actor(number=number, name=name, role=role, books=Books(rules=rules, **books))


def day(text: str) -> date:
    """Read a date."""
    return date.fromisoformat(text)


def line(name: str, price: str, rate: str = "20", category: str = "S", **more: Any) -> Line:
    """Return a line; numbered by :func:`invoice`. A negative price is a quantity of minus one."""
    amount = Decimal(price)
    quantity = Decimal(more.pop("quantity", 1))
    if amount < 0:
        amount, quantity = -amount, -quantity
    return Line(
        quantity=quantity,
        unit=more.pop("unit", PIECE),
        price=PriceDetails(net_price=amount),
        vat=LineVat(
            category=category,
            rate=None if category == "O" else Decimal(rate),
            exemption_code=more.pop("code", None),
            exemption_reason=more.pop("reason", None),
        ),
        item=Item(name=name, description=more.pop("description", None)),
        **more,
    )


def earlier_on_line(document: Invoice) -> tuple[LinePrecedingInvoice, ...]:
    """Return the reference of a line to an earlier document."""
    return (
        LinePrecedingInvoice(
            number=document.number, type_code=document.type_code, issue_date=document.issue_date
        ),
    )


def earlier(*documents: Invoice, typed: bool = False) -> tuple[PrecedingInvoice, ...]:
    """Return references of the head to earlier documents; with their type when extended."""
    return tuple(
        PrecedingInvoice(
            number=one.number,
            issue_date=one.issue_date,
            type_code=one.type_code if typed else None,
        )
        for one in documents
    )


def note(code: str, text: str) -> Note:
    """Return a note with its subject code."""
    return Note(subject_code=code, text=text)


def invoice(  # an invoice has many parts, all named
    number: str,
    seller: Actor | Party,
    buyer: Actor | Party,
    *lines: Line,
    on: str = FIRST_DAY,
    process: str = "S1",
    kind: str = "380",
    extended: bool = False,
    paid: str | None = None,
    due: str | None = None,
    notes: tuple[Note, ...] = (),
    exempt: tuple[str, str, str] | None = None,
    treatment: str = "B2B",
    discount: str = "",
    **more: Any,
) -> Invoice:
    """Return an invoice with its totals and VAT breakdown.

    `exempt` is category, code (VATEX) and reason of what bears no VAT; `treatment` the value of the
    BAR note, empty for none; `discount` the words of the AAB note when there is a cash discount.
    """
    issued = day(on)
    profile = EXTENDED_CTC_FR if extended else EN16931
    given = Totals(paid_amount=Decimal(paid) if paid else None)
    breakdown: tuple[VatBreakdown, ...] = ()
    if exempt:
        category, code, reason = exempt
        rate = None if category == "O" else Decimal(0)
        breakdown = (
            VatBreakdown(
                category=category, rate=rate, exemption_code=code, exemption_reason=reason
            ),
        )
    settled = process[1:] == "2"
    return compute(
        Invoice(
            number=number,
            issue_date=issued,
            type_code=kind,
            currency="EUR",
            due_date=day(due) if due else (issued if settled else issued + MONTH),
            notes=(*_notes(discount), *(_bar(treatment)), *notes),
            process=ProcessControl(business_process=process, specification=profile),
            seller=seller.party if isinstance(seller, Actor) else seller,
            buyer=buyer.party if isinstance(buyer, Actor) else buyer,
            totals=given,
            vat_breakdown=breakdown,
            lines=tuple(_numbered(lines)),
            payment_instructions=more.pop("payment", (transfer(),)),
            **more,
        )
    )


def by_card(means: str = "48") -> tuple[PaymentInstructions, ...]:
    """Return payment by a means that needs no account: card (48), agreement (57), netting (97)."""
    return (PaymentInstructions(means_code=means),)


def franchise(number: int, name: str, role: str) -> Actor:
    """Return a company under the franchise en base (CGI 293 B)."""
    return actor(number, name, role, vat_regime=VatRegime.FRANCHISE)


def _notes(discount: str) -> tuple[Note, ...]:
    notes = french_notes()
    if not discount:
        return notes
    return tuple(replace(one, text=discount) if one.subject_code == "AAB" else one for one in notes)


def _bar(treatment: str) -> tuple[Note, ...]:
    return (note("BAR", treatment),) if treatment else ()


def _numbered(lines: tuple[Line, ...]) -> list[Line]:
    return [
        one if one.identifier else replace(one, identifier=str(rank))
        for rank, one in enumerate(lines, 1)
    ]


def process_of(document: Invoice) -> str:
    """Return the cadre de facturation (BT-23); empty when absent."""
    return (document.process.business_process if document.process else None) or ""


def with_process(document: Invoice, code: str) -> Invoice:
    """Return the document in another cadre de facturation (BT-23)."""
    assert document.process
    return replace(document, process=replace(document.process, business_process=code))


def said(document: Invoice, code: str) -> bool:
    """Tell whether a note with this subject code stands in the document."""
    return any(one.subject_code == code for one in document.notes)


def offers_discount(document: Invoice) -> bool:
    """Tell whether the AAB note offers a cash discount, rather than none."""
    words = " ".join(one.text or "" for one in document.notes if one.subject_code == "AAB")
    return "%" in words
