"""From a sale of the story to an invoice, and to the file that its author would send.

Nothing is written by hand: totals come from :mod:`facturier.invoice.compute`, the bytes from the
writers of :mod:`facturier.formats`.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from facturier import formats
from facturier.formats.facturx_write import PROFILES, facturx
from facturier.formats.layout.printed import compiled
from facturier.invoice.codes import SELF_BILLED
from facturier.invoice.compute import compute
from facturier.invoice.model import (
    AllowanceCharge,
    Attachment,
    CreditTransfer,
    Delivery,
    DirectDebit,
    Invoice,
    Item,
    Line,
    LineVat,
    Note,
    PaymentInstructions,
    Period,
    PrecedingInvoice,
    PriceDetails,
    ProcessControl,
    SupportingDocument,
    Totals,
    VatBreakdown,
)
from facturier.invoice.money import cents, percent_of, total
from facturier.invoice.parties import demo_iban
from facturier.invoice.profiles import PEPPOL_BIS, PEPPOL_PROCESS
from facturier.reporting.scope import Treatment
from facturier.rules.mutation import mutate
from facturier.server.demo.companies import COMPANIES, Company
from facturier.server.demo.orders import Sale

SATURDAY = 5
CREDIT_TRANSFER, CARD, SEPA_DEBIT = "58", "48", "59"
TAX_POINT = {"ubl": "3", "cii": "5", "facturx": "5"}
"""BT-8, "date of the invoice", in the words of each syntax."""

NOTES = (
    Note(subject_code="PMT", text="Indemnité forfaitaire de recouvrement : 40 euros."),
    Note(subject_code="PMD", text="Pénalités de retard : trois fois le taux d'intérêt légal."),
    Note(subject_code="AAB", text="Pas d'escompte pour paiement anticipé."),
    Note(subject_code="AAI", text="Simulation : document fictif, sans valeur."),
)
SELF_BILLED_NOTE = Note(subject_code="AAI", text="Autofacturation : établie par l'acheteur.")
"""Mention of annexe II, 242 nonies A I-14° du CGI."""
OTHER_ACCOUNTS = {"dublin-agence-03": 9871}
"""Sale → fictitious account that is not the seller's: somebody tampered with the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """A sale with what only the whole story knows: its day and its number."""

    sale: Sale
    day: date
    number: str
    about: Numbered | None = None


def numbered(sales: Iterable[Sale], today: date) -> dict[str, Numbered]:
    """Give each sale its date and its number: one unbroken series a seller, kind and year."""
    dated = sorted(((_working_day(today - timedelta(sale.ago)), sale) for sale in sales),
                   key=lambda one: (one[0], one[1].key))  # fmt: skip
    counters: dict[str, int] = {}
    done: dict[str, Numbered] = {}
    for day, sale in dated:
        series = f"{_prefix(sale)}{day.year}-"
        start = COMPANIES[sale.seller].number % 50 * 7
        counters[sale.seller + series] = counters.get(sale.seller + series, start) + 1
        about = done[sale.about] if sale.about else None
        number = f"{series}{counters[sale.seller + series]:04d}"
        done[sale.key] = Numbered(sale=sale, day=day, number=number, about=about)
    return done


def _prefix(sale: Sale) -> str:
    kinds = {"381": "AV-", "386": "AC-", "389": f"AF{COMPANIES[sale.buyer].number}-"}
    return kinds.get(sale.type_code, COMPANIES[sale.seller].prefix)


def _working_day(day: date) -> date:
    return day - timedelta(max(0, day.weekday() - SATURDAY + 1))


# --- The invoice --------------------------------------------------------------------------------


def invoice_of(one: Numbered) -> Invoice:
    """Return the invoice, computed; with its mistake when it is meant to have one."""
    sale, seller = one.sale, COMPANIES[one.sale.seller]
    lines = tuple(_line(index, one) for index in range(len(sale.lines)))
    invoice = Invoice(
        number=one.number,
        issue_date=one.day,
        type_code=sale.type_code,
        currency="EUR",
        vat_point_date_code=TAX_POINT[sale.syntax] if sale.tax_point else None,
        due_date=None if sale.credit else due_date(one),
        payment_terms="À déduire de votre prochain règlement." if sale.credit else None,
        order=sale.order or None,
        buyer_reference=None if _is_french(sale) else "ACHATS",
        notes=_notes(sale),
        process=ProcessControl(
            business_process=_process(sale),
            specification=_specification(sale),
        ),
        preceding_invoices=_preceding(one),
        seller=seller.party(),
        buyer=COMPANIES[sale.buyer].as_buyer(),
        delivery=_delivery(one),
        period=_period(one),
        payment_instructions=_payment(sale, seller),
        direct_debit=_direct_debit(one) if sale.direct_debit else None,
        allowances=_discounts(lines, sale.discount),
        charges=_carriage(sale),
        vat_breakdown=_exemption(sale),
        supporting_documents=_attachment(one),
        lines=lines,
    )
    computed = _with_payments(compute(invoice), one)
    return mutate(computed, sale.mutation) if sale.mutation else computed


def due_date(one: Numbered) -> date:
    """Return when it is due."""
    return one.day + timedelta(one.sale.terms)


def _specification(sale: Sale) -> str:
    """What an invoice claims (BT-24); a foreign supplier knows nothing of the French rules."""
    if not _is_french(sale):
        return PEPPOL_BIS
    return PROFILES["extended" if sale.extended else "en16931"]


def _process(sale: Sale) -> str:
    return sale.process if _is_french(sale) else PEPPOL_PROCESS


def _is_french(sale: Sale) -> bool:
    return COMPANIES[sale.seller].country == "FR"


def _notes(sale: Sale) -> tuple[Note, ...]:
    if not _is_french(sale):
        return (NOTES[-1],)  # Peppol wants one
    if {COMPANIES[sale.seller].country, COMPANIES[sale.buyer].country} != {"FR"}:
        treatment = Treatment.B2B_INTERNATIONAL
    elif sale.exemption and sale.exemption[0] == "VATEX-FR-CGI261-4":
        treatment = Treatment.OUT_OF_SCOPE
    else:
        treatment = Treatment.B2B
    own = (SELF_BILLED_NOTE,) if sale.type_code in SELF_BILLED else ()
    return (*NOTES, *own, Note(subject_code="BAR", text=treatment.value))


def _line(index: int, one: Numbered) -> Line:
    ware = one.sale.lines[index]
    rebates = (
        (AllowanceCharge(percentage=ware.rebate, reason="Remise", reason_code="95"),)
        if ware.rebate is not None
        else ()
    )
    return Line(
        identifier=str(index + 1),
        despatch_advice=f"BL-{_seed(one.sale.key) % 9000 + 1000}" if one.sale.extended else None,
        quantity=ware.quantity,
        unit=ware.unit,
        price=PriceDetails(net_price=ware.price),
        allowances=rebates,
        vat=LineVat(category=ware.category, rate=ware.rate),
        item=Item(name=ware.name),
    )


def _preceding(one: Numbered) -> tuple[PrecedingInvoice, ...]:
    if one.about is None:
        return ()
    return (PrecedingInvoice(number=one.about.number, issue_date=one.about.day),)


def _delivery(one: Numbered) -> Delivery | None:
    """Goods were delivered the day before; across a border, where to is part of the proof."""
    if one.sale.process[0] == "S" or one.sale.type_code == "386":
        return None
    to = COMPANIES[one.sale.buyer].party().postal_address
    return Delivery(actual_date=one.day - timedelta(1), address=to)


def _period(one: Numbered) -> Period | None:
    """The month before the invoice, whole."""
    if not one.sale.monthly:
        return None
    last = one.day.replace(day=1) - timedelta(1)
    return Period(start_date=last.replace(day=1), end_date=last)


def _payment(sale: Sale, seller: Company) -> tuple[PaymentInstructions, ...]:
    if sale.direct_debit:
        return (PaymentInstructions(means_code=SEPA_DEBIT),)
    if sale.already_paid:
        return (PaymentInstructions(means_code=CARD, means_text="Carte bancaire"),)
    other = OTHER_ACCOUNTS.get(sale.key)
    account = CreditTransfer(
        account=seller.iban if other is None else demo_iban(other), account_name=seller.name
    )
    return (PaymentInstructions(means_code=CREDIT_TRANSFER, credit_transfer=account),)


def _direct_debit(one: Numbered) -> DirectDebit:
    seller, buyer = COMPANIES[one.sale.seller], COMPANIES[one.sale.buyer]
    return DirectDebit(
        mandate_reference=f"RUM-{seller.number}-{buyer.number}",
        creditor_identifier=f"FR00ZZZ{seller.number:06d}",
        debited_account=buyer.iban,
    )


def _discounts(lines: tuple[Line, ...], percentage: Decimal | None) -> tuple[AllowanceCharge, ...]:
    """Return one allowance a rate, so that each bears its share."""
    if percentage is None:
        return ()
    bases: dict[Decimal | None, list[Decimal]] = {}
    for line in compute(Invoice(lines=lines)).lines:
        assert line.vat is not None
        assert line.net_amount is not None
        bases.setdefault(line.vat.rate, []).append(line.net_amount)
    return tuple(
        AllowanceCharge(
            percentage=percentage, base_amount=total(amounts), vat_category="S", vat_rate=rate,
            amount=cents(percent_of(total(amounts), percentage)), reason="Remise de fidélité",
            reason_code="95",
        )
        for rate, amounts in bases.items()
    )  # fmt: skip


def _carriage(sale: Sale) -> tuple[AllowanceCharge, ...]:
    if sale.carriage is None:
        return ()
    return (
        AllowanceCharge(
            amount=sale.carriage, vat_category="S", vat_rate=Decimal(20), reason="Frais de port",
            reason_code="FC",
        ),
    )  # fmt: skip


def _exemption(sale: Sale) -> tuple[VatBreakdown, ...]:
    """Return the reason that :func:`facturier.invoice.compute.compute` keeps for its category."""
    if sale.exemption is None:
        return ()
    code, words = sale.exemption
    category = sale.lines[0].category
    return (
        VatBreakdown(
            category=category, rate=Decimal(0), exemption_code=code, exemption_reason=words
        ),
    )


def _with_payments(invoice: Invoice, one: Numbered) -> Invoice:
    """Deduct what is already paid: a share of it, or the deposit that was invoiced before."""
    assert invoice.totals is not None
    due = invoice.totals.with_vat
    assert due is not None
    if one.sale.recalls_deposit:
        assert one.about is not None
        before = invoice_of(one.about).totals
        assert before is not None
        paid = before.with_vat
    elif one.sale.already_paid is not None:
        paid = cents(due * one.sale.already_paid)
    else:
        return invoice
    return compute(replace(invoice, totals=Totals(paid_amount=paid)))


# --- Attachments --------------------------------------------------------------------------------


def _attachment(one: Numbered) -> tuple[SupportingDocument, ...]:
    if not one.sale.attached:
        return ()
    seller = COMPANIES[one.sale.seller].name
    rows = tuple((ware.name, f"{ware.quantity:f}") for ware in one.sale.lines)
    reference = f"{one.number}-1"
    return (
        SupportingDocument(
            reference=reference,
            description=one.sale.attached,
            attachment=Attachment(
                content=_slip(seller, reference, one.day, rows), mime_code="application/pdf",
                filename=f"{one.sale.attached.lower()}-{one.number}.pdf",
            ),
        ),
    )  # fmt: skip


@functools.lru_cache(maxsize=32)
def _slip(seller: str, reference: str, day: date, rows: tuple[tuple[str, str], ...]) -> bytes:
    """Return a delivery slip as PDF; the XML and the envelope of one invoice both carry it."""
    cells = "".join(f"[{name}], [{quantity}], " for name, quantity in rows)
    page = (
        '#set document(title: "Bon")\n#set text(lang: "fr", size: 10pt)\n'
        f"= Bon n° {reference}\n{seller}, le {day:%d/%m/%Y}. Simulation, sans valeur.\n\n"
        f"#table(columns: (1fr, auto), table.header([*Désignation*], [*Quantité*]), {cells})\n"
    )
    return compiled({"main.typ": page.encode()}, day)


# --- The file -----------------------------------------------------------------------------------


def file_of(one: Numbered) -> tuple[str, bytes]:
    """Return the name and the bytes of the invoice in the syntax of its sale."""
    invoice = invoice_of(one)
    if one.sale.syntax == "facturx":
        return f"{one.number}.pdf", facturx(invoice)
    # A mistake must reach the platform: nothing is completed.
    written = formats.write(
        invoice, "cii" if one.sale.syntax == "cii" else "ubl", complete=not one.sale.mutation
    )
    return f"{one.number}.xml", written.xml


def _seed(key: str) -> int:
    """Return a number that is always the same for `key`."""
    return zlib.crc32(key.encode())
