"""The business rules of Factur-X EXTENDED: BR-FXEXT-*, which replace or add to those of EN 16931.

Source: Factur-X 1.09, sheet EXTENDED 1.09.2 (FNFE-MPE and FeRD, 4 August 2026). EXTENDED-CTC-FR is
a part of this profile, and most of these rules are its own (:mod:`facturier.rules.extended`) under
other ids: sums with a cent of tolerance for each amount, several lines of VAT for one category,
lines under lines. What is written here differs from it or is in Factur-X only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from facturier.findings import Layer
from facturier.formats.cii import NAMESPACES
from facturier.invoice.model import Invoice, Line, Totals, VatBreakdown
from facturier.invoice.money import CENT, total
from facturier.invoice.money import cents_in_xpath as rounded
from facturier.rules import extended
from facturier.rules.en16931.categories import CATEGORIES, Category
from facturier.rules.extended.kept import does_not_count
from facturier.rules.extended.lines import GROUP
from facturier.rules.extended.vat import base_example, is_vat_about_right
from facturier.rules.facts import ZERO, Facts, in_single_blanks
from facturier.rules.rule import Family, Rule

OWN = Family(Layer.FACTURX)
rule = OWN.rule


def _renamed() -> dict[str, str]:
    """Return what a rule of EXTENDED-CTC-FR is called here."""
    names = {f"BR-FREXT-{n}": f"BR-FXEXT-{n}" for n in ("06", "12", "CO-10", "CO-11", "CO-12")}
    names |= {f"BR-FREXT-{n}": f"BR-FXEXT-{n}" for n in ("CO-13", "CO-15")}
    names |= {f"BR-FREXT-BR-{n}": f"BR-FXEXT-BR-{n}" for n in ("22", "23", "24", "26", "38", "44")}
    names |= {f"BR-FREXT-54-{n}": f"BR-FXEXT-BR-54-{n}" for n in (1, 2)}
    names |= {"BR-FXEXT-04": "BR-FXEXT-04", "BR-CO-25": "BR-CO-25"}
    for one in CATEGORIES:
        family = one.prefix.removeprefix("BR-")
        for way in ("08ini", "08rev"):
            names[f"BR-FXEXT-{family}-{way}"] = f"BR-FXEXT-{family}-{way}"
        names[f"BR-FXEXT-{family}-08"] = f"BR-FXEXT-{family}-08b"
    return names | {"BR-FXEXT-S-08": "BR-FXEXT-S08b"}


RENAMED = _renamed()


def _needs_a_rate(one: Rule) -> Rule:
    """Return a rule on a base that fails where a rate is missing, as the sheet's does."""
    if one.scope != "BG-23" or one.category == "O":
        return one
    holds = one.holds

    def has_rate_and_holds(vat: VatBreakdown, facts: Facts) -> bool:
        is_asked = (vat.category or "").strip() == one.category
        is_vat = "BG-23" not in facts.foreign_taxes
        return holds(vat, facts) and (vat.rate is not None or not (is_asked and is_vat))

    return replace(one, holds=has_rate_and_holds)


def _of_the_french_profile() -> Iterator[Rule]:
    for one in extended.BOOK.rules:
        if one.syntax != "UBL" and one.id in RENAMED:
            yield replace(_needs_a_rate(one), id=RENAMED[one.id])


# The lines.
@rule(
    "BR-FXEXT-08",
    on="BG-25",
    terms="BT-131 EXT-FR-FE-162 EXT-FR-FE-163",
    remedy="Recalculez le montant du groupe, ou donnez celui de chaque ligne au-dessous.",
    breaks="BT-131 + 1",
    example="sub-lines",
)
def group_is_the_sum_of_its_lines(line: Line, facts: Facts) -> bool:
    """Le montant d'une ligne GROUP est la somme des DETAIL et des GROUP juste au-dessous."""
    if line.subtype != GROUP or line.net_amount is None:
        return True
    below = facts.lines_under.get(line.identifier or "", ())
    amounts = [one.net_amount for one in below if one.subtype in {"DETAIL", GROUP}]
    return None not in amounts and line.net_amount == rounded(total(amounts))


@rule(
    "BR-FXEXT-11",
    on="BG-25",
    terms="EXT-FR-FE-162 BT-126",
    remedy="Corrigez le numéro de la ligne parente (EXT-FR-FE-162).",
    breaks='EXT-FR-FE-162[5] = "99"',
    example="sub-lines",
)
def parent_is_a_line(line: Line, facts: Facts) -> bool:
    """La ligne parente est une ligne de la facture."""
    parent = in_single_blanks(line.parent)
    return not parent or parent in facts.line_numbers


@rule(
    "BR-FXEXT-CO-04",
    on="BG-25",
    terms="BT-151",
    remedy="Donnez à la ligne son code de TVA (BT-151).",
    breaks="BT-151 =",
    unless=does_not_count,
)
def line_has_a_vat_category(line: Line, _: Facts) -> bool:
    """Une ligne qui compte porte son code de catégorie de TVA."""
    return line.vat is not None and line.vat.category is not None


@rule(
    "BR-FXEXT-CO-04",
    terms="BG-30",
    remedy="Nommez l'impôt VAT ; une autre taxe ne va pas dans ces champs.",
)
def line_names_vat(_: Invoice, facts: Facts) -> bool:
    """L'impôt nommé dans une ligne est la TVA, écrite VAT."""
    if facts.tree is None:
        return True
    return "BG-30" not in facts.foreign_taxes and all(map(_names_vat, facts.tree.iter(_LINE)))


_RAM = f"{{{NAMESPACES['ram']}}}"
_LINE = f"{_RAM}IncludedSupplyChainTradeLineItem"
_TAX = f"{_RAM}SpecifiedLineTradeSettlement/{_RAM}ApplicableTradeTax/{_RAM}TypeCode"
_STATUS = f"{_RAM}AssociatedDocumentLineDocument/{_RAM}LineStatusReasonCode"


def _names_vat(line: Any) -> bool:
    """Whether a line of the file that counts has VAT, to the letter, or no tax at all."""
    if line.findtext(_STATUS) not in (None, "DETAIL"):
        return True
    named = [one.text for one in line.iterfind(_TAX)]
    return not named or "VAT" in named


# The sums.
@rule(
    "BR-FXEXT-CO-16",
    on="BG-22",
    terms="BT-115 BT-112 BT-113 BT-114",
    remedy="Recalculez le net à payer : BT-115 = BT-112 - BT-113 + BT-114 + ajustements.",
    breaks="BT-115 + 1",
)
def amount_due_adds_up(totals: Totals, facts: Facts) -> bool:
    """Le net à payer est le total TTC, moins ce qui est payé, plus l'arrondi et les ajustements."""
    if totals.due_amount is None:
        return False
    paid, rounding = totals.paid_amount or ZERO, totals.rounding_amount or ZERO
    return totals.due_amount == (totals.with_vat or ZERO) - paid + rounding + facts.adjustments


# The VAT.
def _is_broken_down(category: Category) -> None:
    code = category.code

    def is_broken_down(invoice: Invoice, facts: Facts) -> bool:
        is_sold = (
            any(one.vat and one.vat.category == code for one in facts.counted_lines)
            or code in facts.allowances_by_category
            or code in facts.charges_by_category
            or any(one.vat_category == code for one in invoice.logistics_charges)
        )
        return is_sold == (code in facts.breakdown)

    OWN.add(
        f"BR-FXEXT-{category.prefix.removeprefix('BR-')}-01",
        is_broken_down,
        terms="BG-23 BT-118",
        meaning=f"{category.lead}le détail de la TVA comporte au moins un total de ce code, et "
        "seulement si une ligne qui compte, une remise ou des frais le portent.",
        remedy=f"Vérifiez le détail de la TVA (BG-23) pour le code {code}.",
        breaks="BG-23 =",
        example=base_example(category),
    )


for _one in CATEGORIES:
    _is_broken_down(_one)


@rule(
    "BR-FXEXT-S-09b",
    on="BG-23",
    terms="BT-117 BT-116 BT-119",
    remedy="Recalculez BT-117 = BT-116 × BT-119 / 100, arrondi au centime.",
    breaks="BT-117 + 2",
    example="standard-rate",
    category="S",
)
def standard_tax_is_right(vat: VatBreakdown, facts: Facts) -> bool:
    """Au taux normal (S), la TVA est la base multipliée par le taux, à un centime par élément."""
    return (vat.category or "").strip() != "S" or is_vat_about_right(vat, facts)


@rule(
    "BR-FXEXT-G-08",
    on="BG-23",
    terms="BT-116 BT-131 BT-92 BT-99",
    remedy="Recalculez la base (BT-116) à partir des lignes, des remises et des frais.",
    breaks="BT-116 + 2",
    example="export-by-line",
    category="G",
)
def export_base_adds_up(vat: VatBreakdown, facts: Facts) -> bool:
    """À l'export (G), la base est ce qui est vendu, à un centime près par élément."""
    if (vat.category or "").strip() != "G":
        return True
    if vat.taxable_amount is None:
        return False
    lines = [one for one in facts.counted_lines if one.vat and (one.vat.category or "") == "G"]
    share = facts.share("G")
    transport = [one for one in facts.invoice.logistics_charges if one.vat_category == "G"]
    sold = rounded(total(one.net_amount for one in lines)) - rounded(share.sums[1])
    sold += rounded(share.sums[2]) + rounded(total(one.amount for one in transport))
    count = len(lines) + len(share.allowances) + len(share.charges) + len(transport)
    return abs(vat.taxable_amount - sold) <= CENT * count


RULES: tuple[Rule, ...] = tuple(
    replace(one, layer=Layer.FACTURX, syntax="CII")
    for one in (*_of_the_french_profile(), *OWN.rules)
)
"""Every BR-FXEXT rule that the model can answer."""
