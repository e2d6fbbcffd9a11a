"""What the profile FULL adds: lines, allowances, charges and the address of delivery.

Source: Schematron of flux 1, *cible* (AIFE), annexe 7: G1.24, G2.01, G2.31, G6.09, G6.10, G6.16,
G6.25 on lines, S1.17 on allowances and charges.
"""

from __future__ import annotations

from facturier.findings import Layer
from facturier.invoice.model import AllowanceCharge, Invoice
from facturier.invoice.terms import label
from facturier.rules.annexe7 import RATES, VAT_CATEGORIES
from facturier.rules.flux1.head import LINE_PERIOD, country, follows, needed
from facturier.rules.flux1.places import SETTLED
from facturier.rules.flux1.writing import value_of
from facturier.rules.flux1_facts import Flux1Facts
from facturier.rules.rule import Family

LINES = Family(Layer.FLUX1)

needed(LINES, "G6.09", "BG-25")
needed(LINES, "G6.09", "BT-129", breaks="BT-129 =; BT-130 =")
needed(LINES, "G6.09", "BT-130")
needed(LINES, "G6.09", "BT-146", on="BG-25", also="G1.55@UBL")
needed(LINES, "G6.09", "BT-148", on="BG-25")
needed(LINES, "G6.09", "BT-153", on="BG-25")
needed(LINES, "G6.09", "BT-92", example="allowances")
needed(LINES, "G6.09", "BT-95", example="allowances")
needed(LINES, "G6.09", "BT-99", example="allowances")
needed(LINES, "G6.09", "BT-102", example="allowances")
needed(LINES, "G6.09", "BT-136", example="allowances")
needed(LINES, "G6.09", "BT-141", example="allowances")


def _taxed(group: str, category: str, rate: str) -> None:
    """Add the rules of the VAT of an allowance or a charge."""

    def has_a_listed_category(one: AllowanceCharge, _: Flux1Facts) -> bool:
        return one.vat_category is None or one.vat_category in VAT_CATEGORIES

    def has_a_listed_rate(one: AllowanceCharge, facts: Flux1Facts) -> bool:
        text = facts.text(one, rate, "vat_rate")
        return text is None or value_of(text) in RATES

    LINES.add(
        "G2.31",
        has_a_listed_category,
        on=group,
        terms=category,
        meaning=f"« {label(category)} » ({category}) est l'une des sept catégories que le portail "
        "connaît.",
        remedy="Choisissez la catégorie S, E, AE, K, G, O ou Z.",
        breaks=f'{category} = "L"',
        example="allowances",
    )
    LINES.add(
        "G1.24",
        has_a_listed_rate,
        on=group,
        terms=rate,
        meaning=f"« {label(rate)} » ({rate}) est un taux que la France a ou a eu.",
        remedy=f"Corrigez le taux {rate} : 20, 10, 5.5, 2.1, 8.5, ou 0 sans TVA.",
        breaks=f'{rate} = "19"',
        example="allowances",
    )


_taxed("BG-20", "BT-95", "BT-96")
_taxed("BG-21", "BT-102", "BT-103")


@LINES.rule(
    "G6.10",
    on="BG-20",
    terms="BT-96",
    example="allowances",
    breaks="BT-96 =",
    remedy="Donnez le taux de TVA de la remise (BT-96) ; 0 quand elle n'est pas taxée.",
)
def allowance_has_a_rate(allowance: AllowanceCharge, facts: Flux1Facts) -> bool:
    """Une remise du document donne son taux de TVA (BT-96), même nul."""
    return bool((facts.text(allowance, "BT-96", "vat_rate") or "").strip())


_ON_DOCUMENT = (
    "/*/cac:AllowanceCharge",
    f"{SETTLED}/ram:SpecifiedTradeAllowanceCharge",
)


@LINES.rule(
    "S1.17",
    terms="BT-95 BT-102",
    remedy="Écrivez VAT à côté de la catégorie de TVA de chaque remise et de chaque frais.",
)
def allowances_are_taxed_by_vat(_: Invoice, facts: Flux1Facts) -> bool:
    """Chaque remise et chaque frais du document dit que sa taxe est la TVA (VAT)."""
    ubl, cii = _ON_DOCUMENT
    named = facts.count(
        f"{ubl}[cac:TaxCategory/cac:TaxScheme/cbc:ID='VAT']",
        f"{cii}[ram:CategoryTradeTax/ram:TypeCode='VAT']",
    )
    return named == facts.count(ubl, cii)


for _term in ("BT-75", "BT-77", "BT-78", "BT-80"):
    needed(LINES, "G6.16", _term, example="delivery")
country(LINES, "BT-80", example="delivery")

_OF_LINE = {
    "EXT-FR-FE-151": "1 rue Haute",
    "EXT-FR-FE-154": "Lyon",
    "EXT-FR-FE-155": "69001",
    "EXT-FR-FE-157": "FR",
}
for _term in _OF_LINE:
    _others = "; ".join(f'{one} = "{text}"' for one, text in _OF_LINE.items() if one != _term)
    needed(LINES, "G6.16", _term, breaks=_others)
country(
    LINES,
    "EXT-FR-FE-157",
    breaks="; ".join(
        f'{one} = "{text}"' for one, text in {**_OF_LINE, "EXT-FR-FE-157": "EL"}.items()
    ),
)

follows(LINES, "BT-135", "BT-134", syntax="CII", breaks=LINE_PERIOD)
