"""Flux 10.1: what is told of an invoice of international trade.

Sources: DGFiP external specifications v3.2, annex 6 (which terms; since when: G6.08 and G6.14 since
1 September 2026, G6.15 from 1 September 2027), annex 7 (G1.32, G2.19, G2.33, G6.23). What travels
and how it is rewritten is what flux 1 carries (:mod:`facturier.reporting.extract`).

Lines and document allowances are told from 1 September 2027, and never of purchases: the details of
incoming invoices were made optional in 2025 (dossier général §2.3.3).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from facturier.invoice import model
from facturier.invoice.model import Invoice
from facturier.invoice.money import ZERO, total
from facturier.invoice.parties import EU_VAT, NON_EU, RIDET, SIREN, TAHITI
from facturier.reporting import report as paper
from facturier.reporting.extract import EURO, LONG_NUMBERS_FROM, SHORT_NUMBER, Profile, extract
from facturier.reporting.extract import FULL_FROM as DETAILED_FROM
from facturier.reporting.filing import Role, Untellable, siren_of_party, written
from facturier.reporting.report import FRENCH_RATES, PROFILE, ReportedInvoice

SCHEMES = (SIREN, EU_VAT, NON_EU, RIDET, TAHITI)
"""Registers that a seller's or buyer's identifier may come from (G2.19)."""
_UNION = "AT BE BG CY CZ DE DK EE EL ES FI HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI"
UNION = frozenset(_UNION.split())
"""First letters of the VAT numbers of other member states; EL is Greece, XI Northern Ireland."""
NAME_LENGTH = 16
"""Letters of the company name in an identifier outside the Union (G2.19)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An invoice as a report tells it."""

    invoice: ReportedInvoice
    changes: tuple[str, ...]
    """In French: what is written otherwise than the invoice has it."""


def told(invoice: Invoice, role: Role, *, on: date) -> Told:
    """Return what a transmission made on a day tells of an invoice. Raises Untellable."""
    extraction = extract(invoice, Profile.FULL)
    kept = extraction.invoice
    changes = list(extraction.changes)
    detailed = role is Role.SELLER and on >= DETAILED_FROM
    _refuse_incomplete(kept)
    _refuse_foreign_vat_of_purchases(invoice, role)
    if on < LONG_NUMBERS_FROM and len(invoice.number or "") > SHORT_NUMBER:
        changes.append(
            f"Jusqu'à fin 2026 le portail n'accepte que {SHORT_NUMBER} caractères dans un numéro "
            "de facture."
        )
    assert kept.issue_date is not None, "nothing that the schema wants is missing"
    breakdown = tuple(_vat(part, changes) for part in kept.vat_breakdown)
    return Told(
        invoice=ReportedInvoice(
            number=kept.number,
            issue_date=written(kept.issue_date),
            type_code=kept.type_code,
            currency=kept.currency,
            due_date=_day(kept.due_date),
            vat_point_code=kept.vat_point_date_code,
            notes=tuple(
                paper.Note(subject_code=note.subject_code, text=note.text) for note in kept.notes
            ),
            process=paper.Process(
                business_process=kept.process.business_process if kept.process else None,
                profile=PROFILE,
            ),
            preceding_invoices=tuple(_before(invoice, detailed=detailed)),
            seller=_party(invoice.seller, "le vendeur"),
            buyer=_party(invoice.buyer, "l'acheteur"),
            representative=_representative(kept),
            deliveries=tuple(_deliveries(kept)),
            period=_period(kept.period),
            allowances=_charges(kept.allowances) if detailed else (),
            charges=_charges(kept.charges) if detailed else (),
            totals=_totals(kept, breakdown),
            vat_breakdown=breakdown,
            lines=tuple(_line(line, changes) for line in kept.lines) if detailed else (),
        ),
        changes=tuple(changes),
    )


def _refuse_incomplete(invoice: Invoice) -> None:
    """Refuse an invoice that lacks what the schema of a transmission wants."""
    for held, what in (
        (invoice.number, "de numéro (BT-1)"),
        (invoice.issue_date, "de date (BT-2)"),
        (invoice.type_code, "de type (BT-3)"),
        (invoice.currency, "de devise (BT-5)"),
        (invoice.process and invoice.process.business_process, "de cadre de facturation (BT-23)"),
        (invoice.vat_breakdown, "de ventilation de TVA (BG-23)"),
    ):
        if not held:
            raise Untellable(f"Elle n'a pas {what}.")


def _refuse_foreign_vat_of_purchases(invoice: Invoice, role: Role) -> None:
    if role is Role.BUYER and any(
        part.tax_amount and (part.rate or Decimal(0)) not in FRENCH_RATES
        for part in invoice.vat_breakdown
    ):
        raise Untellable(
            "Elle porte une TVA étrangère : l'opération n'a pas lieu en France, l'acheteur n'a "
            "rien à y déclarer."
        )


def _day(day: date | None) -> str | None:
    return written(day) if day else None


# --- parties -------------------------------------------------------------------------------------


def _party(party: model.Party | None, who: str) -> paper.Party:
    known = company(party)
    if party is None or known is None:
        raise Untellable(
            f"Rien n'y identifie {who} : ni SIREN, ni numéro de TVA, ni pays et raison sociale."
        )
    scheme, identifier = known
    country = party.postal_address.country_code if party.postal_address else None
    return paper.Party(
        identifier=identifier,
        scheme=scheme,
        vat_identifier=party.vat_identifier,
        vat_qualifier="VAT" if party.vat_identifier else None,
        address=paper.Country(country_code=country) if country else None,
    )


def company(party: model.Party | None) -> tuple[str, str] | None:
    """Return scheme and identifier of a company as G2.19 wants them; None when it has none.

    In this order: a number of one of the five registers, a SIREN hidden in another identifier, the
    VAT number of a member state, the country and the first letters of the name.
    """
    if party is None:
        return None
    legal = party.legal_identifier
    if legal is not None and legal.scheme in SCHEMES:
        return legal.scheme, legal.value
    siren = siren_of_party(party)
    if siren is not None:
        return SIREN, siren
    vat = party.vat_identifier or ""
    if vat[:2] in UNION:
        return EU_VAT, vat
    country = party.postal_address.country_code if party.postal_address else None
    if country and party.name:
        return NON_EU, f"{country}{party.name[:NAME_LENGTH]}"
    return None


def _representative(invoice: Invoice) -> paper.Representative | None:
    agent = invoice.tax_representative
    if agent is None or not agent.vat_identifier:
        return None
    return paper.Representative(vat_identifier=agent.vat_identifier, scheme="VAT")


# --- the rest of the head ------------------------------------------------------------------------


def _before(invoice: Invoice, *, detailed: bool) -> Iterator[paper.PrecedingInvoice]:
    """Yield the earlier invoices: of the head, else of the lines when these are not told."""
    earlier = [(one.number, one.issue_date) for one in invoice.preceding_invoices]
    if not earlier and not detailed:
        earlier = [
            (one.number, one.issue_date)
            for line in invoice.lines
            for one in line.preceding_invoices
        ]
    for number, day in dict.fromkeys(earlier):
        if number:
            yield paper.PrecedingInvoice(number=number, issue_date=_day(day))


def _deliveries(invoice: Invoice) -> Iterator[paper.Delivery]:
    delivery = invoice.delivery
    if delivery is None:
        return
    place = delivery.address
    location = None
    if place is not None:
        location = paper.Location(
            line_1=place.line_1,
            line_2=place.line_2,
            line_3=place.line_3,
            city=place.city,
            post_code=place.post_code,
            country_subdivision=place.country_subdivision,
            country_code=place.country_code,
        )
    yield paper.Delivery(actual_date=_day(delivery.actual_date), location=location)


def _period(period: model.Period | None) -> paper.Period | None:
    """Return a period; one of a single day is left out, for the portal refuses it (G6.25)."""
    if period is None or period.start_date == period.end_date:
        return None
    return paper.Period(start_date=_day(period.start_date), end_date=_day(period.end_date))


def _charges(parts: tuple[model.AllowanceCharge, ...]) -> tuple[paper.AllowanceCharge, ...]:
    """Return allowances or charges; under a foreign VAT at rate 0, as the breakdown."""
    told = []
    for one in parts:
        foreign = one.vat_rate is not None and one.vat_rate not in FRENCH_RATES
        told.append(
            paper.AllowanceCharge(
                amount=one.amount,
                category="S" if foreign else one.vat_category,
                rate=Decimal(0) if foreign else one.vat_rate,
            )
        )
    return tuple(told)


# --- amounts -------------------------------------------------------------------------------------


def _vat(part: model.VatBreakdown, changes: list[str]) -> paper.VatBreakdown:
    """Return one line of the breakdown; a foreign VAT is told as an amount at rate 0 (S)."""
    rate = part.rate or Decimal(0)
    foreign = rate not in FRENCH_RATES
    if foreign:
        changes.append(
            f"TVA étrangère au taux de {rate.normalize():f} % : seul le montant hors taxe est "
            "déclaré, au taux 0."
        )
    return paper.VatBreakdown(
        taxable_amount=part.taxable_amount,
        tax_amount=ZERO if foreign else part.tax_amount,
        category=paper.VatCategory(
            code="S" if foreign else part.category,
            rate=Decimal(0) if foreign else rate,
            exemption_reason=part.exemption_reason,
            exemption_code=part.exemption_code,
        ),
    )


def _totals(invoice: Invoice, breakdown: tuple[paper.VatBreakdown, ...]) -> paper.Totals:
    """Return the totals, the VAT in euros (G6.23)."""
    totals = invoice.totals or model.Totals()
    vat = total(part.tax_amount for part in breakdown)
    if invoice.currency != EURO and vat:
        if totals.vat_amount_accounting is None:
            raise Untellable(
                f"Elle est en {invoice.currency} et ne dit pas sa TVA en euros (BT-111)."
            )
        vat = totals.vat_amount_accounting
    elif vat and totals.vat_amount is not None and _all_french(invoice):
        vat = totals.vat_amount
    return paper.Totals(without_vat=totals.without_vat, vat_amount=vat, vat_currency=EURO)


def _all_french(invoice: Invoice) -> bool:
    return all((part.rate or Decimal(0)) in FRENCH_RATES for part in invoice.vat_breakdown)


# --- lines ---------------------------------------------------------------------------------------


def _line(line: model.Line, changes: list[str]) -> paper.Line:
    if len(line.preceding_invoices) > 1:
        changes.append(
            f"Ligne {line.identifier} : une seule facture antérieure tient dans la déclaration."
        )
    return paper.Line(
        notes=tuple(
            paper.LineNote(subject_code=note.subject_code, text=note.text) for note in line.notes
        ),
        quantity=line.quantity,
        unit=line.unit,
        preceding_invoice=_line_before(line),
        delivery=_line_delivery(line),
        period=_period(line.period),
        allowances=tuple(paper.LineAllowanceCharge(amount=one.amount) for one in line.allowances),
        charges=tuple(paper.LineAllowanceCharge(amount=one.amount) for one in line.charges),
        price=_price(line.price),
        item=paper.Item(name=line.item.name) if line.item else None,
    )


def _price(price: model.PriceDetails | None) -> paper.Price | None:
    if price is None:
        return None
    return paper.Price(
        net_price=price.net_price, discount=price.discount, gross_price=price.gross_price
    )


def _line_before(line: model.Line) -> paper.LinePrecedingInvoice | None:
    for one in line.preceding_invoices:
        return paper.LinePrecedingInvoice(number=one.number, issue_date=_day(one.issue_date))
    return None


def _line_delivery(line: model.Line) -> paper.LineDelivery | None:
    to = line.deliver_to
    place = to.postal_address if to else None
    if to is None or place is None or not place.country_code:
        return None
    return paper.LineDelivery(
        name=to.name,
        location=paper.LineLocation(
            line_1=place.line_1,
            city=place.city,
            post_code=place.post_code,
            country_subdivision=place.country_subdivision,
            country_code=place.country_code,
        ),
    )
