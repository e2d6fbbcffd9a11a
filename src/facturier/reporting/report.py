"""An e-reporting transmission (flux 10), term by term, as its file says it.

One :class:`Report` tells the tax office what one declarant did in one period: either transactions
(:class:`Transactions`: 10.1 international invoices, 10.3 sales to private persons) or receipts
(:class:`Payments`: 10.2 and 10.4), in one role, seller or buyer. Everything is optional, as in an
invoice: a wrong report must be representable, or it could not be explained.

Ids and names are those of annex 6 (version 1.10) of the DGFiP external specifications v3.2, the
types those of its schema: a date is text of eight digits there (:func:`facturier.formats.codecs`
knows it as format 102) and is kept as it stands, so that ``20261301`` can be shown and refused.
:mod:`facturier.reporting.transactions` and :mod:`facturier.reporting.receipts` make reports from
invoices and payments; ``formats/flux10.py`` reads and writes them.
"""

from __future__ import annotations

from decimal import Decimal

from facturier.invoice.model import Malformed, Unmapped
from facturier.invoice.terms import document, part, record, term

PROFILE = "urn.cpro.gouv.fr:1p0:ereporting"
"""TT-29 of every invoice of a report (S1.12)."""
FRENCH_RATES = tuple(
    map(
        Decimal,
        (
            *("0", "0.9", "1.05", "1.75", "2.1", "5.5", "7", "8.5", "9.2", "9.6"),
            *("10", "13", "19.6", "20", "20.6"),
        ),
    )
)
"""French rates of VAT since 1968, in percent: the only ones a report may tell (G1.24)."""


@record
class Stamp:
    """When the transmission was made (TG-1)."""

    created: str | None = term(
        "TT-3", "Creation date and time", "Date et heure de création de la transmission"
    )
    """``AAAAMMJJHHMMSS``, Paris clock."""


@record
class Address:
    """Where a party can be reached (TG-4, TG-6)."""

    uri: str | None = term(name="{} electronic address", nom="Adresse électronique {}")


@record
class Sender:
    """The platform that sends the transmission (TG-3)."""

    scheme: str | None = term(
        "TT-7", "Sender identifier scheme", "Type d'identifiant de l'émetteur"
    )
    identifier: str | None = term("TT-8", "Sender identifier", "Matricule de l'émetteur")
    name: str | None = term("TT-9", "Sender name", "Raison sociale de l'émetteur")
    role: str | None = term("TT-10", "Sender role code", "Code rôle de l'émetteur")
    address: Address | None = part("TG-4", "Sender", "de l'émetteur", ids={"uri": "TT-11"})


@record
class Declarant:
    """The taxable person whose operations are told (TG-5)."""

    scheme: str | None = term(
        "TT-12", "Declarant identifier scheme", "Type d'identifiant du déclarant"
    )
    identifier: str | None = term("TT-13", "Declarant identifier", "SIREN du déclarant")
    name: str | None = term("TT-14", "Declarant name", "Raison sociale du déclarant")
    role: str | None = term("TT-15", "Declarant role code", "Code rôle du déclarant")
    """``SE`` seller, ``BY`` buyer."""
    address: Address | None = part("TG-6", "Declarant", "du déclarant", ids={"uri": "TT-16"})


@record
class Header:
    """The transmission itself (TB-1)."""

    identifier: str | None = term("TT-1", "Transmission identifier", "Identifiant de transmission")
    name: str | None = term("TT-2", "Transmission name", "Nom de la transmission")
    stamp: Stamp | None = part("TG-1", "Time stamp", "Horodatage")
    type_code: str | None = term("TT-4", "Transmission type", "Type de transmission")
    """``IN`` initial, ``RE`` rectifying."""
    sender: Sender | None = part("TG-3", "Sender", "Émetteur")
    declarant: Declarant | None = part("TG-5", "Declarant", "Déclarant")


@record
class Period:
    """A period; both ends are inside it."""

    start_date: str | None = term(name="{} start date", nom="Date de début {}")
    end_date: str | None = term(name="{} end date", nom="Date de fin {}")


# --- 10.1: an invoice ----------------------------------------------------------------------------


@record
class Note:
    """A note of the invoice (TG-9)."""

    subject_code: str | None = term(
        "TT-26", "Invoice note subject code", "Code du sujet de la note de facture"
    )
    text: str | None = term("TT-27", "Invoice note", "Note de facture")


@record
class Process:
    """Which process the invoice follows (TG-10)."""

    business_process: str | None = term("TT-28", "Business process type", "Cadre de facturation")
    profile: str | None = term("TT-29", "Profile", "Type de profil")


@record
class PrecedingInvoice:
    """An earlier invoice that this one corrects or credits (TG-11)."""

    number: str | None = term(
        "TT-30", "Preceding invoice reference", "Référence à une facture antérieure"
    )
    issue_date: str | None = term(
        "TT-31", "Preceding invoice issue date", "Date d'émission de la facture antérieure"
    )


@record
class Country:
    """The address of a party, of which only the country is told (TG-13, TG-15)."""

    country_code: str | None = term(name="{} country code", nom="Code de pays {}")


@record
class Party:
    """The seller or the buyer of an invoice (TG-12, TG-14)."""

    identifier: str | None = term(name="{} identifier", nom="Identifiant {}")
    scheme: str | None = term(name="{} identifier scheme", nom="Schéma de l'identifiant {}")
    vat_identifier: str | None = term(name="{} VAT identifier", nom="Identifiant à la TVA {}")
    vat_qualifier: str | None = term(
        name="{} VAT identifier qualifier", nom="Qualifiant de l'identifiant à la TVA {}"
    )
    address: Country | None = part("", "{} postal address", "Adresse postale {}")


def _party(identifier: str, scheme: str, vat: str, address: str, country: str) -> dict[str, str]:
    return {
        "identifier": identifier,
        "scheme": scheme,
        "vat_identifier": vat,
        "vat_qualifier": f"{vat}-0",
        "address": address,
        "address.country_code": country,
    }


@record
class Representative:
    """The tax representative of the seller (TG-16)."""

    vat_identifier: str | None = term(
        "TT-122", "Tax representative VAT identifier", "Identifiant à la TVA du représentant fiscal"
    )
    scheme: str | None = term(
        "TT-40",
        "Tax representative VAT identifier scheme",
        "Schéma de l'identifiant à la TVA du représentant fiscal",
    )


@record
class Location:
    """Where goods or services were delivered (TG-19)."""

    line_1: str | None = term("TT-103", "Delivery address line 1", "Adresse de livraison - ligne 1")
    line_2: str | None = term("TT-104", "Delivery address line 2", "Adresse de livraison - ligne 2")
    line_3: str | None = term("TT-105", "Delivery address line 3", "Adresse de livraison - ligne 3")
    city: str | None = term("TT-106", "Delivery city", "Localité de livraison")
    post_code: str | None = term("TT-107", "Delivery post code", "Code postal de livraison")
    country_subdivision: str | None = term(
        "TT-108", "Delivery country subdivision", "Subdivision du pays de livraison"
    )
    country_code: str | None = term("TT-44", "Delivery country code", "Code de pays de livraison")


@record
class Delivery:
    """A delivery (TG-17)."""

    actual_date: str | None = term("TT-41", "Actual delivery date", "Date effective de livraison")
    location: Location | None = part("TG-19", "Delivery address", "Adresse de livraison")


@record
class AllowanceCharge:
    """An allowance (TG-20) or a charge (TG-21) of the document."""

    amount: Decimal | None = term(name="{} amount", nom="Montant {}")
    category: str | None = term(name="{} VAT category code", nom="Catégorie de TVA {}")
    rate: Decimal | None = term(name="{} VAT rate", nom="Taux de TVA {}")


@record
class Totals:
    """The sums of an invoice (TG-22)."""

    without_vat: Decimal | None = term(
        "TT-51", "Invoice total amount without VAT", "Montant total de la facture hors TVA"
    )
    vat_amount: Decimal | None = term(
        "TT-52", "Invoice total VAT amount", "Montant total de TVA de la facture"
    )
    """In euros, whatever the currency of the invoice."""
    vat_currency: str | None = term("TT-202", "VAT currency code", "Devise du total de TVA")


@record
class VatCategory:
    """What VAT it is (TT-194)."""

    code: str | None = term("TT-56", "VAT category code", "Code de type de TVA")
    rate: Decimal | None = term("TT-57", "VAT category rate", "Taux de type de TVA")
    exemption_reason: str | None = term(
        "TT-58", "VAT exemption reason text", "Motif d'exonération de la TVA"
    )
    exemption_code: str | None = term(
        "TT-59", "VAT exemption reason code", "Code de motif d'exonération de la TVA"
    )


@record
class VatBreakdown:
    """The VAT of one category and rate (TG-23)."""

    taxable_amount: Decimal | None = term(
        "TT-54", "VAT category taxable amount", "Base d'imposition du type de TVA"
    )
    tax_amount: Decimal | None = term(
        "TT-55", "VAT category tax amount", "Montant de la TVA pour chaque type de TVA"
    )
    category: VatCategory | None = part("TT-194", "VAT category", "Catégorie de taxe")


@record
class LineNote:
    """A note of a line (TT-61)."""

    subject_code: str | None = term(
        "TT-61-0", "Line note subject code", "Code du sujet de la note de ligne"
    )
    text: str | None = term("TT-61-1", "Line note", "Note de ligne de facture")


@record
class LinePrecedingInvoice:
    """The earlier invoice of one line (TG-40)."""

    number: str | None = term(
        "TT-300", "Preceding invoice reference at line", "Facture antérieure de la ligne"
    )
    issue_date: str | None = term(
        "TT-301",
        "Preceding invoice issue date at line",
        "Date de la facture antérieure de la ligne",
    )


@record
class LineLocation:
    """Where one line was delivered (TG-42)."""

    line_1: str | None = term(
        "TT-303", "Line delivery address line 1", "Adresse de livraison de la ligne - ligne 1"
    )
    city: str | None = term("TT-304", "Line delivery city", "Localité de livraison de la ligne")
    post_code: str | None = term(
        "TT-305", "Line delivery post code", "Code postal de livraison de la ligne"
    )
    country_subdivision: str | None = term(
        "TT-306",
        "Line delivery country subdivision",
        "Subdivision du pays de livraison de la ligne",
    )
    country_code: str | None = term(
        "TT-307", "Line delivery country code", "Code de pays de livraison de la ligne"
    )


@record
class LineDelivery:
    """The delivery of one line (TG-41)."""

    name: str | None = term("TT-302", "Line delivery place", "Lieu de livraison de la ligne")
    location: LineLocation | None = part(
        "TG-42", "Line delivery address", "Adresse de livraison de la ligne"
    )


@record
class LineAllowanceCharge:
    """An allowance (TG-26) or a charge (TG-27) of a line."""

    amount: Decimal | None = term(name="{} amount", nom="Montant {}")


@record
class Price:
    """The unit price of a line (TG-28)."""

    net_price: Decimal | None = term("TT-69", "Item net price", "Prix net de l'article")
    discount: Decimal | None = term("TT-70", "Item price discount", "Rabais sur le prix")
    gross_price: Decimal | None = term("TT-71", "Item gross price", "Prix brut de l'article")


@record
class Item:
    """What is sold (TG-30)."""

    name: str | None = term("TT-76", "Item name", "Nom de l'article")


@record
class Line:
    """A line of an invoice (TG-24)."""

    notes: tuple[LineNote, ...] = part("TT-61", "Line note", "Note de ligne", many=True)
    quantity: Decimal | None = term("TT-62", "Invoiced quantity", "Quantité facturée")
    unit: str | None = term(
        "TT-63", "Invoiced quantity unit of measure", "Unité de la quantité facturée"
    )
    preceding_invoice: LinePrecedingInvoice | None = part(
        "TG-40", "Preceding invoice at line", "Facture antérieure de la ligne"
    )
    delivery: LineDelivery | None = part("TG-41", "Line delivery", "Livraison de la ligne")
    period: Period | None = part(
        "TG-25",
        "Line period",
        "de la période de la ligne",
        ids={"start_date": "TT-65", "end_date": "TT-66"},
    )
    allowances: tuple[LineAllowanceCharge, ...] = part(
        "TG-26", "Line allowance", "d'une remise de ligne", many=True, ids={"amount": "TT-67"}
    )
    charges: tuple[LineAllowanceCharge, ...] = part(
        "TG-27", "Line charge", "de frais de ligne", many=True, ids={"amount": "TT-68"}
    )
    price: Price | None = part("TG-28", "Price details", "Détail du prix")
    item: Item | None = part("TG-30", "Item information", "Information sur l'article")


@record
class ReportedInvoice:
    """An invoice of international trade (TG-8, flux 10.1)."""

    number: str | None = term("TT-19", "Invoice number", "Numéro de facture")
    issue_date: str | None = term("TT-20", "Invoice issue date", "Date d'émission de la facture")
    type_code: str | None = term("TT-21", "Invoice type code", "Code de type de facture")
    currency: str | None = term("TT-22", "Invoice currency code", "Code de devise de la facture")
    due_date: str | None = term("TT-201", "Payment due date", "Date d'échéance")
    vat_point_code: str | None = term(
        "TT-24", "VAT point date code", "Code de date d'exigibilité de la TVA"
    )
    notes: tuple[Note, ...] = part("TG-9", "Invoice note", "Note de facture", many=True)
    process: Process | None = part("TG-10", "Process control", "Contrôle du processus")
    preceding_invoices: tuple[PrecedingInvoice, ...] = part(
        "TG-11", "Preceding invoice", "Facture antérieure", many=True
    )
    seller: Party | None = part(
        "TG-12",
        "Seller",
        "du vendeur",
        ids=_party("TT-33", "TT-33-1", "TT-34", "TG-13", "TT-35"),
    )
    buyer: Party | None = part(
        "TG-14",
        "Buyer",
        "de l'acheteur",
        ids=_party("TT-36", "TT-37", "TT-38", "TG-15", "TT-39"),
    )
    representative: Representative | None = part(
        "TG-16", "Seller tax representative", "Représentant fiscal du vendeur"
    )
    deliveries: tuple[Delivery, ...] = part(
        "TG-17", "Delivery information", "Informations de livraison", many=True
    )
    period: Period | None = part(
        "TG-18",
        "Invoicing period",
        "de la période de facturation",
        ids={"start_date": "TT-42", "end_date": "TT-43"},
    )
    allowances: tuple[AllowanceCharge, ...] = part(
        "TG-20",
        "Document allowance",
        "d'une remise du document",
        many=True,
        ids={"amount": "TT-45", "category": "TT-46", "rate": "TT-47"},
    )
    charges: tuple[AllowanceCharge, ...] = part(
        "TG-21",
        "Document charge",
        "de frais du document",
        many=True,
        ids={"amount": "TT-48", "category": "TT-49", "rate": "TT-50"},
    )
    totals: Totals | None = part("TG-22", "Document totals", "Totaux du document")
    vat_breakdown: tuple[VatBreakdown, ...] = part(
        "TG-23", "VAT breakdown", "Ventilation de la TVA", many=True
    )
    lines: tuple[Line, ...] = part("TG-24", "Invoice line", "Ligne de facture", many=True)


# --- 10.3: sales to private persons --------------------------------------------------------------


@record
class RateTotal:
    """What was sold in a day at one rate (TG-32)."""

    rate: Decimal | None = term("TT-86", "VAT rate", "Taux de TVA des ventes")
    taxable_amount: Decimal | None = term("TT-87", "Taxable amount", "Base d'imposition des ventes")
    tax_amount: Decimal | None = term("TT-88", "VAT amount", "Montant de TVA des ventes")


@record
class DaySales:
    """The sales of one day, one currency and one category (TG-31, flux 10.3)."""

    day: str | None = term("TT-77", "Day of the sales", "Date des ventes")
    currency: str | None = term("TT-78", "Currency of the sales", "Devise des ventes")
    vat_point_code: str | None = term("TT-80", "VAT on debits option", "Option de paiement TVA")
    category: str | None = term("TT-81", "Transaction category", "Catégorie de transactions")
    without_vat: Decimal | None = term(
        "TT-82", "Total amount without VAT", "Montant total H.T. des ventes"
    )
    vat_amount: Decimal | None = term(
        "TT-83", "Total VAT amount", "Montant total de TVA des ventes"
    )
    """In euros, whatever the currency of the sales."""
    count: Decimal | None = term("TT-85", "Number of transactions", "Nombre de transactions")
    rates: tuple[RateTotal, ...] = part(
        "TG-32", "VAT breakdown of the sales", "Répartition de la TVA des ventes", many=True
    )


@record
class Transactions:
    """The transactions of a period (TB-2)."""

    period: Period | None = part(
        "TG-7",
        "Transmission period",
        "de la période de transmission",
        ids={"start_date": "TT-17", "end_date": "TT-18"},
    )
    invoices: tuple[ReportedInvoice, ...] = part("TG-8", "Invoice", "Facture", many=True)
    sales: tuple[DaySales, ...] = part("TG-31", "Sales of a day", "Ventes d'un jour", many=True)


# --- 10.2 and 10.4: receipts ---------------------------------------------------------------------


@record
class RateReceipt:
    """What was received at one rate (TG-36, TG-39)."""

    rate: Decimal | None = term(name="{} VAT rate", nom="Taux de TVA {}")
    currency: str | None = term(name="{} currency", nom="Devise {}")
    amount: Decimal | None = term(name="{} amount", nom="Montant {}")
    """VAT included; a negative one takes a receipt back."""


@record
class Receipt:
    """What was received one day (TG-35, TG-38)."""

    day: str | None = term(name="{} date", nom="Date {}")
    rates: tuple[RateReceipt, ...] = part("", "{}, by rate", "Répartition par taux {}", many=True)


def _receipt(day: str, group: str, rate: str, currency: str, amount: str) -> dict[str, str]:
    return {
        "day": day,
        "rates": group,
        "rates.rate": rate,
        "rates.currency": currency,
        "rates.amount": amount,
    }


@record
class InvoiceReceipt:
    """A receipt on one invoice (TG-34, flux 10.2)."""

    number: str | None = term("TT-91", "Invoice number", "Numéro de la facture encaissée")
    issue_date: str | None = term("TT-102", "Invoice issue date", "Date de la facture encaissée")
    receipt: Receipt | None = part(
        "TG-35",
        "Receipt",
        "de l'encaissement d'une facture",
        ids=_receipt("TT-92", "TG-36", "TT-93", "TT-94", "TT-95"),
    )


@record
class DayReceipts:
    """The receipts of one day on sales to private persons (TG-37, flux 10.4)."""

    receipt: Receipt | None = part(
        "TG-38",
        "Daily receipt",
        "des encaissements d'un jour",
        ids=_receipt("TT-96", "TG-39", "TT-97", "TT-98", "TT-99"),
    )


@record
class Payments:
    """The receipts of a period (TB-3)."""

    period: Period | None = part(
        "TG-33",
        "Payment period",
        "de la période d'encaissement",
        ids={"start_date": "TT-89", "end_date": "TT-90"},
    )
    invoices: tuple[InvoiceReceipt, ...] = part(
        "TG-34", "Paid invoice", "Facture encaissée", many=True
    )
    days: tuple[DayReceipts, ...] = part(
        "TG-37", "Receipts of a day", "Encaissements d'un jour", many=True
    )


@document("TT", "TG", "TB")
@record
class Report:
    """A flux 10: one declarant, one role, one period, one kind of data."""

    header: Header | None = part("TB-1", "Transmission document", "Document de transmission")
    transactions: Transactions | None = part(
        "TB-2", "Transactions report", "Transmission des transactions"
    )
    payments: Payments | None = part("TB-3", "Payments report", "Transmission des paiements")
    unmapped: tuple[Unmapped, ...] = ()
    """What the file holds beyond the terms."""
    malformed: tuple[Malformed, ...] = ()
    """What does not read as a number."""
    unusual: tuple[Malformed, ...] = ()
    """What reads, but is not written as we would write it: ``+12.00``."""
