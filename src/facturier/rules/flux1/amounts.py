"""Amounts, VAT and prices of the regulatory data.

Source: Schematron of flux 1 (AIFE), annexe 7: G1.12, G1.14, G1.15, G1.16, G1.24, G1.41, G1.47,
G1.53, G1.55, G1.103, G2.31, G2.32, G6.08 in the breakdown, G6.21, S1.17. They are those of the
profile BASE, and of FULL; those of lines are asked of a BASE too, though it should have none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from facturier.findings import Layer
from facturier.invoice.model import Invoice, Line, VatBreakdown
from facturier.invoice.terms import label
from facturier.reporting.scope import EXEMPT
from facturier.rules.annexe7 import RATES, VAT_CATEGORIES
from facturier.rules.flux1.head import needed, text_of
from facturier.rules.flux1.places import AGREED, REGISTRATIONS, SETTLED
from facturier.rules.flux1.writing import is_amount, is_price, is_quantity, value_of
from facturier.rules.flux1_facts import Flux1Facts, Texts
from facturier.rules.rule import Family

AMOUNTS = Family(Layer.FLUX1)

CREDIT_OF_VAT = "VATEX-FR-CNWVAT"
CREDIT_NOTES = frozenset({"261", "381", "396"})
EURO = "EUR"
CENT = 0.01
EXEMPTED, OUTSIDE = "E", "O"

_AMOUNTS = (
    "BT-92 BT-93 BT-99 BT-100 BT-106 BT-107 BT-108 BT-109 BT-110 BT-111 BT-112 BT-113 BT-114 "
    "BT-115 BT-116 BT-117 BT-131 BT-136 BT-137 BT-141 BT-142"
)
_OF_ALLOWANCES = frozenset({"BT-92", "BT-93", "BT-99", "BT-100", "BT-136", "BT-141"})
_NOT_ALONE = frozenset({"BT-111", "BT-137", "BT-142"})
"""Terms that another rule wants company for."""
_PRICES = ("BT-146", "BT-147", "BT-148")


def written(
    family: Family, id_: str, term: str, fits: Callable[[str], bool], rule: str, **said: Any
) -> None:
    """Add a rule: a number, where it stands, is written as `fits` says."""
    on, read = text_of(term)

    def is_well_written(record: Any, facts: Flux1Facts) -> bool:
        text = read(record, facts)
        return text is None or fits(text)

    family.add(
        id_,
        is_well_written,
        on=on,
        terms=term,
        meaning=f"« {label(term)} » ({term}) s'écrit avec {rule}.",
        remedy=f"Arrondissez {term} et écrivez-le avec un point, sans espace.",
        **said,
    )


for _term in _AMOUNTS.split():
    written(
        AMOUNTS,
        "G1.14",
        _term,
        is_amount,
        "deux décimales et dix-neuf chiffres au plus",
        breaks="" if _term in _NOT_ALONE else f"{_term} + 0.000",
        example="allowances" if _term in _OF_ALLOWANCES else "standard",
    )
for _term in _PRICES:
    written(
        AMOUNTS,
        "G1.16",
        _term,
        is_price,
        "six décimales au plus et sans signe",
        breaks=f"{_term} + 0.0000000; BT-146 + 0",
    )
written(
    AMOUNTS,
    "G1.15",
    "BT-129",
    is_quantity,
    "quatre décimales au plus",
    breaks="BT-129 + 0.00000",
)


@AMOUNTS.rule(
    "G1.55",
    on="BG-25",
    terms="BT-146 BT-147 BT-148",
    breaks="BT-148 + 0.02; BT-146 + 0",
    remedy="Corrigez le prix net (BT-146) : prix brut (BT-148) moins rabais (BT-147).",
)
def net_price_is_gross_less_discount(line: Line, facts: Flux1Facts) -> bool:
    """Le prix net (BT-146) est le brut (BT-148) moins le rabais (BT-147), à un centime près."""
    price = line.price
    if price is None:
        return True
    gross = facts.text(price, "BT-148", "gross_price")
    net = facts.text(price, "BT-146", "net_price")
    if gross is None or (net is None and facts.syntax == "CII"):
        return True
    discount = facts.text(price, "BT-147", "discount")
    return abs(value_of(net) - (value_of(gross) - (value_of(discount) if discount else 0))) <= CENT


# --- VAT breakdown --------------------------------------------------------------------------------

needed(AMOUNTS, "G6.08", "BT-116", also="G1.53")
needed(AMOUNTS, "G6.08", "BT-117", also="G1.53")
needed(AMOUNTS, "G6.08", "BT-118", also="G2.31")
needed(AMOUNTS, "G6.08", "BT-119", also="G1.24")


@AMOUNTS.rule(
    "G2.31",
    on="BG-23",
    terms="BT-118",
    breaks='BT-118 = "L"',
    remedy="Choisissez la catégorie S, E, AE, K, G, O ou Z.",
)
def category_is_listed(part: VatBreakdown, _: Flux1Facts) -> bool:
    """La catégorie de TVA (BT-118) est l'une des sept que le portail connaît."""
    return part.category in VAT_CATEGORIES


@AMOUNTS.rule(
    "G1.24",
    on="BG-23",
    terms="BT-119",
    breaks='BT-119 = "19"',
    remedy="Corrigez le taux : 20, 10, 5.5, 2.1, 8.5 ou un ancien taux français ; 0 sans TVA.",
)
def rate_is_listed(part: VatBreakdown, facts: Flux1Facts) -> bool:
    """Le taux de TVA (BT-119) est un taux que la France a ou a eu."""
    return value_of(facts.text(part, "BT-119", "rate")) in RATES


_SUBTOTAL = "/*/cac:TaxTotal/cac:TaxSubtotal"
_TAX = f"{SETTLED}/ram:ApplicableTradeTax"


@AMOUNTS.rule(
    "G1.103",
    terms="BT-118",
    remedy="Écrivez VAT comme type de taxe : le flux 1 ne connaît que la TVA.",
)
def tax_is_vat(_: Invoice, facts: Flux1Facts) -> bool:
    """La taxe des ventilations (BG-23), là où elle est nommée, est la TVA (VAT)."""
    named = facts.raw(f"{_SUBTOTAL}/cac:TaxCategory/cac:TaxScheme/cbc:ID", f"{_TAX}/ram:TypeCode")
    return all(tax == "VAT" for tax in named)


@AMOUNTS.rule(
    "S1.17",
    terms="BT-118",
    remedy="Écrivez VAT à côté de chaque catégorie de TVA.",
)
def each_tax_is_named_vat(_: Invoice, facts: Flux1Facts) -> bool:
    """Chaque ventilation de TVA (BG-23) dit que sa taxe est la TVA (VAT)."""
    everywhere = facts.raw("//cac:TaxCategory/cac:TaxScheme/cbc:ID", f"{_TAX}/ram:TypeCode")
    named = facts.count(
        f"{_SUBTOTAL}[cac:TaxCategory/cac:TaxScheme/cbc:ID='VAT']", f"{_TAX}[ram:TypeCode='VAT']"
    )
    return all(tax == "VAT" for tax in everywhere) and named == facts.count(_SUBTOTAL, _TAX)


def _exempt(invoice: Invoice) -> list[VatBreakdown]:
    return [part for part in invoice.vat_breakdown if part.category == EXEMPTED]


@AMOUNTS.rule(
    "G1.41",
    terms="BT-121 BT-120",
    example="exempt",
    breaks="BT-121 =",
    remedy="Donnez le code (BT-121) et le texte (BT-120) de l'exonération.",
)
def exemption_has_code_and_reason(invoice: Invoice, _: Flux1Facts) -> bool:
    """Une ventilation exonérée (E) dit pourquoi : code (BT-121) et texte (BT-120)."""
    exempt = _exempt(invoice)
    return not exempt or (
        any(part.exemption_code is not None for part in exempt)
        and any(part.exemption_reason is not None for part in exempt)
    )


@AMOUNTS.rule(
    "G1.47",
    terms="BT-31 BT-63",
    example="exempt",
    breaks="BT-31 =",
    also="G2.33",
    remedy="Donnez le numéro de TVA du vendeur (BT-31) ou celui de son représentant (BT-63).",
)
def exempt_seller_has_a_vat_number(invoice: Invoice, facts: Flux1Facts) -> bool:
    """Avec une ventilation exonérée (E), le vendeur ou son représentant a un numéro de TVA."""
    own = facts.count(*REGISTRATIONS["BG-4"])
    return not _exempt(invoice) or bool(own or facts.count(*_OF_REPRESENTATIVE))


_OF_REPRESENTATIVE = (
    "/*/cac:TaxRepresentativeParty/cac:PartyTaxScheme/cbc:CompanyID",
    f"{AGREED}/ram:SellerTaxRepresentativeTradeParty/ram:SpecifiedTaxRegistration/ram:ID",
)


@AMOUNTS.rule(
    "G6.21",
    terms="BT-121 BT-3",
    example="exempt",
    breaks=f'BT-121 = "{CREDIT_OF_VAT}"',
    remedy=f"N'employez {CREDIT_OF_VAT} que sur un avoir (261, 381, 396).",
)
def credit_without_vat_is_a_credit_note(invoice: Invoice, _: Flux1Facts) -> bool:
    """Le motif VATEX-FR-CNWVAT (BT-121) ne sert que sur un avoir 261, 381 ou 396."""
    codes = (part.exemption_code for part in invoice.vat_breakdown)
    return CREDIT_OF_VAT not in codes or invoice.type_code in CREDIT_NOTES


@AMOUNTS.rule(
    "G2.32",
    terms="BG-23 BT-118 BT-121",
    example="exempt",
    breaks='BT-121 = "VATEX-FR-CGI261-1"',
    remedy="Ne transmettez pas de flux 1 : ces opérations sont hors facturation électronique.",
)
def something_is_in_scope(invoice: Invoice, _: Flux1Facts) -> bool:
    """Une opération au moins n'est ni hors champ (O) ni exonérée par les articles 261 à 261 E."""
    categories = [p.category for p in invoice.vat_breakdown if p.category is not None]
    outside = all(category in (OUTSIDE, EXEMPTED) for category in categories)
    listed = any(part.exemption_code in EXEMPT for part in invoice.vat_breakdown)
    return not outside or (bool(categories) and not listed)


# --- totals ---------------------------------------------------------------------------------------


@AMOUNTS.rule(
    "G6.08",
    terms="BT-110",
    breaks="BT-110 =",
    remedy="Renseignez le total de la TVA (BT-110) avec sa devise.",
)
def vat_total_is_there(_: Invoice, facts: Flux1Facts) -> bool:
    """Le total de la TVA (BT-110) est transmis, en UBL avec sa devise."""
    return bool(facts.count(f"{_VAT_TOTALS[0]}/@currencyID", _VAT_TOTALS[1]))


_VAT_TOTALS = (
    "/*/cac:TaxTotal/cbc:TaxAmount",
    f"{SETTLED}/ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:TaxTotalAmount",
)


@AMOUNTS.rule(
    "G1.12",
    terms="BT-111 BT-5",
    breaks='BT-5 = "USD"',
    remedy="Ajoutez le total de TVA en euros (BT-111, BT-6 = EUR).",
)
def vat_is_told_in_euros(invoice: Invoice, facts: Flux1Facts) -> bool:
    """Une facture en devise étrangère donne aussi le total de sa TVA en euros (BT-111)."""
    if invoice.currency is None or invoice.currency == EURO:
        return True
    return bool(facts.count(*_VAT_IN_EUROS))


_UBL_EUROS, _CII_EUROS = (f"{path}[@currencyID='{EURO}']" for path in _VAT_TOTALS)
_VAT_IN_EUROS = (_UBL_EUROS, _CII_EUROS)
_VAT_IN_ANY = (_VAT_TOTALS[0], _CII_EUROS)
"""What the portal's file takes for the total: in UBL any, in CII the one in euros."""


_NET_TOTAL, _VAT_TOTAL, _BASE, _PART = (
    text_of(term)[1] for term in ("BT-109", "BT-110", "BT-116", "BT-117")
)


def _sum(invoice: Invoice, facts: Flux1Facts, text: Texts) -> float | None:
    """Return the sum of a term of the breakdowns in binary floating point, as the portal does."""
    texts = [text(part, facts) for part in invoice.vat_breakdown]
    held = [value_of(text) for text in texts if text is not None]
    return sum(held) if held else None


def _is_near(total: str | None, parts: float | None) -> bool:
    return total is None or parts is None or abs(value_of(total) - parts) <= CENT


@AMOUNTS.rule(
    "G1.53",
    terms="BT-109 BT-116",
    breaks="BT-109 + 0.02",
    remedy="Recalculez le total hors taxe (BT-109) : la somme des bases (BT-116).",
)
def net_total_is_the_sum_of_the_bases(invoice: Invoice, facts: Flux1Facts) -> bool:
    """Le total hors taxe (BT-109) est la somme des bases (BT-116), à un centime près."""
    total = _NET_TOTAL(invoice.totals, facts) if invoice.totals else None
    return _is_near(total, _sum(invoice, facts, _BASE))


@AMOUNTS.rule(
    "G1.53",
    terms="BT-110 BT-117",
    breaks="BT-110 + 0.02",
    remedy="Recalculez la TVA totale (BT-110) : la somme des TVA ventilées (BT-117).",
)
def vat_total_is_the_sum_of_the_parts(invoice: Invoice, facts: Flux1Facts) -> bool:
    """La TVA totale (BT-110) est la somme des TVA ventilées (BT-117), à un centime près."""
    totals = facts.raw(*_VAT_IN_ANY)
    total = totals[0] if totals else None
    if len(totals) > 1 and invoice.totals is not None:  # of two currencies: that of the parts
        total = _VAT_TOTAL(invoice.totals, facts)
    return _is_near(total, _sum(invoice, facts, _PART))
