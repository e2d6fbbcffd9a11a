"""What kind of document an invoice is, as far as the books care (BT-3, BT-23, BT-8, countries)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from facturier.errors import Unpostable
from facturier.ledger.books import Nature, Side, VatRegime, country_of
from facturier.ledger.entries import Timing

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice, Line
    from facturier.ledger.books import Books


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a document type (BT-3) means for the books."""

    name: str
    credit: bool = False
    """Amounts go to the opposite sides."""
    deposit: bool = False
    corrective: bool = False
    factored: bool = False
    rebate: bool = False
    """A credit note that gives back part of the price, not goods (avoir remise globale)."""


KINDS: dict[str, Kind] = {
    "380": Kind(name="Facture"),
    "389": Kind(name="Facture"),
    "393": Kind(name="Facture", factored=True),
    "501": Kind(name="Facture", factored=True),
    "386": Kind(name="Facture d'acompte", deposit=True),
    "500": Kind(name="Facture d'acompte", deposit=True),
    "384": Kind(name="Facture rectificative", corrective=True),
    "471": Kind(name="Facture rectificative", corrective=True),
    "472": Kind(name="Facture rectificative", corrective=True, factored=True),
    "473": Kind(name="Facture rectificative", corrective=True, factored=True),
    "381": Kind(name="Avoir", credit=True),
    "261": Kind(name="Avoir", credit=True),
    "262": Kind(name="Avoir remise globale", credit=True, rebate=True),
    "396": Kind(name="Avoir", credit=True, factored=True),
    "502": Kind(name="Avoir", credit=True, factored=True),
    "503": Kind(name="Avoir d'acompte", credit=True, deposit=True),
}
"""Document types of BR-FR-04. Self-billed ones (389, 500, 261…) keep the sides of the parties: who
wrote the paper does not change who sold."""

DEPOSIT_TYPES = frozenset({"386", "500"})
DEBITS = frozenset({"3", "5"})
"""BT-8 in UBL and in CII: VAT due at the invoice (option pour les débits)."""
RECEIPTS = frozenset({"432", "72"})
"""BT-8 in UBL and in CII: VAT due when paid."""
DELIVERY = frozenset({"35", "29"})
"""BT-8 in UBL and in CII: VAT due at delivery."""

FRANCE = frozenset({"", "FR", "MC", "GP", "MQ", "RE"})
"""Where French VAT applies, Monaco included (CGI 256 and following); unknown counts as France."""
UNION = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "GR", "HR", "HU", "IE", "IT",
    "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "XI",
})  # fmt: skip
"""The other member states for VAT, with Greece's two codes and Northern Ireland (goods)."""


class Origin(StrEnum):
    """Where the seller stands for VAT."""

    FRANCE = "France"
    UNION = "Union européenne"
    ELSEWHERE = "hors Union européenne"


def origin_of(country: str) -> Origin:
    """Return the VAT area of a two-letter country code."""
    if country in FRANCE:
        return Origin.FRANCE
    return Origin.UNION if country in UNION else Origin.ELSEWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything about a document, apart from its amounts, that a posting rule may ask."""

    side: Side
    kind: Kind
    process: str
    """Cadre de facturation, verbatim (BT-23): ``S1``; empty when absent."""
    origin: Origin
    """Where the seller stands for VAT."""
    deductible: bool
    """The dossier recovers VAT (it is not in franchise)."""
    is_final: bool
    """A final invoice after deposits: cadre B4, S4, M4, or it names a deposit (EXT-FR-FE-02)."""
    foreign_vat: bool
    """VAT on the invoice is that of another country: nothing to deduct here."""

    @property
    def is_paid(self) -> bool:
        """An invoice already paid when written (B2, S2, M2)."""
        return self.process[1:] == "2"


REFUSED = {
    "8": (
        "multi-vendor",
        "Facture multi-vendeur (cadre B8, S8, M8) : elle contient plusieurs factures.",
        "Comptabilisez chaque sous-facture séparément.",
    ),
    "9": (
        "two-way",
        "Facture bidirectionnelle (cadre B9, S9, M9) : elle mêle un achat et une vente.",
        "Comptabilisez l'achat et la vente séparément, sans les compenser.",
    ),
}


def is_own_transfer(invoice: Invoice) -> bool:
    """Tell whether a company sends its own stock to its VAT number in another member state.

    Seller and buyer bear the same name; VAT alone likens it to a sale (CGI 256 III).
    """
    seller, buyer = invoice.seller, invoice.buyer
    if seller is None or buyer is None or not seller.name:
        return False
    ours, theirs = seller.vat_identifier or "", buyer.vat_identifier or ""
    return seller.name == buyer.name and bool(theirs) and ours[:2] != theirs[:2]


def situation_of(invoice: Invoice, side: Side, books: Books) -> Situation:
    """Describe the document. Raises Unpostable for what the rules do not cover."""
    kind = KINDS.get(invoice.type_code or "")
    if kind is None:
        raise Unpostable(
            f"Le type de document {invoice.type_code or 'vide'} (BT-3) ne se comptabilise pas.",
            reason="document-type",
        )
    if is_own_transfer(invoice):
        raise Unpostable(
            "Transfert de son propre stock vers un autre État membre : rien n'est vendu, rien ne "
            "se comptabilise.",
            reason="own-transfer",
            remedy="Reportez sa valeur en ligne F2 de la CA3 ; le flux 10.1 la dit.",
        )
    process = (invoice.process.business_process or "") if invoice.process else ""
    if refused := REFUSED.get(process[1:]):
        reason, message, remedy = refused
        raise Unpostable(message, reason=reason, remedy=remedy)
    if process[1:] == "7" and side is Side.SALE:
        raise Unpostable(
            "La vente et sa TVA sont déjà comptabilisées par la caisse (cadre B7, S7).",
            reason="already-collected",
            remedy="Rattachez la facture à l'écriture de caisse au lieu de la comptabiliser.",
        )
    return Situation(
        side=side,
        kind=kind,
        process=process,
        origin=origin_of(country_of(invoice.seller)),
        deductible=books.vat_regime is not VatRegime.FRANCHISE,
        is_final=process[1:] == "4"
        or any(earlier.type_code in DEPOSIT_TYPES for earlier in invoice.preceding_invoices),
        foreign_vat=side is Side.PURCHASE and _charges_foreign_vat(invoice),
    )


def _charges_foreign_vat(invoice: Invoice) -> bool:
    """Tell whether the seller is registered for VAT abroad and not represented in France."""
    representative = invoice.tax_representative
    countries = {country_of(invoice.seller)}
    if representative is not None:
        countries.add(country_of(representative))
    return not countries & FRANCE


def timing_of(
    invoice: Invoice, line: Line | None, nature: Nature, situation: Situation, books: Books
) -> Timing:
    """Tell when VAT is due on an amount (CGI 269), or deductible for the buyer (CGI 271).

    Paid already: now. Deposit: when paid, always. Else the invoice says (BT-8 or, on the line,
    EXT-FR-FE-180); else goods now and services when paid, unless the seller opted for débits: a
    dossier says so for its sales, a supplier by BT-8 only.
    """
    if situation.is_paid:
        return Timing.NOW
    if situation.kind.deposit:
        return Timing.ON_PAYMENT
    said = _point_date(invoice, line)
    if said in DEBITS | DELIVERY:
        return Timing.NOW
    if said in RECEIPTS:
        return Timing.ON_PAYMENT
    on_receipts = situation.side is Side.PURCHASE or books.vat_on_receipts
    return Timing.ON_PAYMENT if nature is Nature.SERVICES and on_receipts else Timing.NOW


def why_now(invoice: Invoice, line: Line | None, nature: Nature, situation: Situation) -> str:
    """Tell in French why VAT is due at once, where :func:`timing_of` says so."""
    if situation.is_paid:
        return "Facture déjà payée à son émission (CGI 269-2)."
    if nature is Nature.GOODS:
        return "Biens : exigible à la livraison (CGI 269-2 a)."
    said = _point_date(invoice, line)
    if said in DEBITS:
        return "Option pour les débits, portée sur la facture (BT-8, CGI 269-2 c)."
    if said in DELIVERY:
        return "Exigible à la livraison, selon la facture (BT-8)."
    return "Services : option du dossier pour les débits (CGI 269-2 c)."


def _point_date(invoice: Invoice, line: Line | None) -> str | None:
    """Return what the line, else the invoice, says of the date on which VAT is due."""
    said = line.vat.point_date_code if line and line.vat else None
    return said or invoice.vat_point_date_code
