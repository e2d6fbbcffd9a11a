"""One family of ten rules for each VAT category: BR-S, BR-Z, BR-E, BR-AE, BR-IC, BR-G, BR-O.

Source: EN 16931-1 §6.4.3 and CEN's validation artefacts 1.3.16. The ten say, for one category:

1. what is sold under it is also broken down under it;
2. 3. 4. who must be identified, for lines, allowances and charges;
5. 6. 7. which rate they may carry;
8. the base of the breakdown is the sum of what is sold;
9. its VAT is base × rate, or nothing;
10. an exemption has a reason, a taxed sale has none.

The two files differ in what they tolerate: where rates are told apart (S, IGIC, IPSI) the UBL file
admits less than one unit between base and sum and the CII file nothing; elsewhere the reverse.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from facturier.findings import Layer
from facturier.invoice import terms as dictionary
from facturier.invoice.model import AllowanceCharge, Invoice, LineVat, VatBreakdown
from facturier.rules.en16931.categories import CATEGORIES, Category, is_unreached
from facturier.rules.en16931.totals import is_about, is_vat_of
from facturier.rules.facts import ZERO, Facts
from facturier.rules.rule import Family

VAT = Family(Layer.EN16931)


def vat_family(category: Category) -> None:
    """Write the ten rules of one VAT category."""
    _is_broken_down(category)
    _parties_are_identified(category)
    _rates_are_allowed(category)
    _base_is_sum(category)
    _tax_is_right(category)
    _exemption_is_justified(category)


def _add(category: Category, number: str, holds: Any, **said: Any) -> None:
    said["meaning"] = category.lead + said["meaning"] + "."
    said.setdefault("example", category.example)
    VAT.add(f"{category.prefix}-{number}", holds, category=category.code, **said)


def _is_broken_down(category: Category) -> None:
    code, prefix = category.code, category.prefix

    def is_broken_down(_: Invoice, facts: Facts) -> bool:
        groups, lines, others = _counts(category, facts)
        if category.taxed:
            if facts.syntax == "CII":
                # The file counts lines and groups together and is content with two of either.
                return (not lines or lines + groups > 1) and (not others or others + groups > 1)
            return bool(lines or others) == bool(groups)
        if facts.syntax == "CII":
            # Outside the scope of VAT, the file asks nothing of lines without a breakdown.
            sold = bool(lines or others)
            return (groups == 1 and sold) or (groups == 0 and (not sold or code == "O"))
        return groups == 1 or not (groups or lines or others)

    if category.taxed:
        said = {
            "meaning": "le détail de la TVA comporte au moins un total de ce code, et seulement "
            "si une ligne, une remise ou des frais le portent",
            "breaks": "BG-23 =",
            "also": "BR-CO-18 BR-CO-14@CII",
            "example": category.alone,
        }
    else:
        rate = "" if code == "O" else "BT-119[1] = 0;"
        reason = 'BT-120[1] = "motif";' if category.exempt else ""
        said = {
            "meaning": "le détail de la TVA comporte un total de ce code et un seul",
            "breaks": f'BG-23 = {{}}; BT-118[1] = "{code}"; BT-116[1] = 0.00; BT-117[1] = 0.00;'
            f"{rate} {reason}",
            "also": f"{prefix}-08",
        }
    remedy = f"Vérifiez le détail de la TVA (BG-23) pour le code {code}."
    _add(category, "01", is_broken_down, terms="BG-23 BT-118", remedy=remedy, **said)


def _counts(category: Category, facts: Facts) -> tuple[int, int, int]:
    """Return how many totals, lines, and allowances or charges are of a category."""
    code = category.code
    if not facts.is_odd_file:
        return (
            len(facts.breakdown.get(code, ())),
            len(facts.lines_by_category.get(code, ())),
            len(facts.allowances_by_category.get(code, ()))
            + len(facts.charges_by_category.get(code, ())),
        )
    # Of a file that names other taxes beside VAT, only the UBL rules of some categories look at
    # the name; those that count one total only also find what stands elsewhere (of a line).
    named = facts.taxes.vat if facts.syntax == "UBL" and code != "S" else facts.taxes.named
    others = named.adjustments[code] + (0 if category.taxed else named.others[code])
    return named.groups[code], named.lines[code], others


def _is_sold(category: Category, held: str, facts: Facts) -> bool:
    """Whether a line, an allowance or a charge (`held`) is of a category, and its tax is VAT."""
    if not facts.is_odd_file:
        return category.code in getattr(facts, f"{held}_by_category")
    return bool(getattr(facts.taxes.vat, held)[category.code])


SOLD = (
    ("lines", "dès qu'une ligne porte ce code", "02", "05"),
    ("allowances", "dès qu'une remise du document porte ce code", "03", "06"),
    ("charges", "dès que des frais du document portent ce code", "04", "07"),
)


def _is_sold_without_vat(facts: Facts) -> bool:
    """Whether lines are of category S and no such line has VAT: the UBL file then misses it."""
    if facts.syntax != "UBL" or not facts.is_odd_file:
        return False
    return bool(facts.taxes.named.lines["S"]) and not facts.taxes.vat.lines["S"]


def _parties_are_identified(category: Category) -> None:
    parties, code = category.parties, category.code
    numbers = [number for _, _, number, _ in SOLD]
    for held, sold, number, _ in SOLD:

        def are_identified(_: Invoice, facts: Facts, held: str = held) -> bool:
            if code == "S" and held == "lines" and _is_sold_without_vat(facts):
                return False
            return not _is_sold(category, held, facts) or parties.holds(facts)

        _add(
            category,
            number,
            are_identified,
            terms=parties.terms,
            meaning=f"{sold}, {parties.meaning}",
            remedy=parties.remedy,
            breaks=parties.breaks,
            also=" ".join(f"{category.prefix}-{other}" for other in numbers if other != number),
        )


def _where_vat(category: Category, held: str) -> Callable[[Facts], bool]:
    """Return what tells whether a category stands at a place (`held`) of an odd file as VAT."""
    count = attrgetter(f"taxes.vat.{held}")

    def holds(facts: Facts) -> bool:
        return not facts.is_odd_file or bool(count(facts)[category.code])

    return holds


def _where_broken_down(category: Category) -> Callable[[Facts], bool]:
    """Return the same of the breakdown; of S and Z the CII file does not look at the tax."""
    is_vat = _where_vat(category, "groups")

    def holds(facts: Facts) -> bool:
        return is_vat(facts) or (facts.syntax == "CII" and category.code in ("S", "Z"))

    return holds


def _rates_are_allowed(category: Category) -> None:
    rates = category.rates
    # Where rates are told apart, what changes its rate is missing from the base of the old one.
    also = f"{category.prefix}-08" if category.taxed else ""
    if category.only_in_ubl:
        also += "@UBL"

    def line_rate_is_allowed(vat: LineVat, facts: Facts) -> bool:
        return not category.is_of(vat.category, facts) or rates.holds(vat.rate, facts)

    def rate_is_allowed(item: AllowanceCharge, facts: Facts) -> bool:
        return not category.is_of(item.vat_category, facts) or rates.holds(item.vat_rate, facts)

    for number, group, term, nom, holds, held in (
        ("05", "BG-30", "BT-152", "d'une ligne", line_rate_is_allowed, "lines"),
        ("06", "BG-20", "BT-96", "d'une remise du document", rate_is_allowed, "allowances"),
        ("07", "BG-21", "BT-103", "de frais du document", rate_is_allowed, "charges"),
    ):
        _add(
            category,
            number,
            holds,
            on=group,
            terms=term,
            meaning=rates.meaning.replace("le taux", f"le taux {nom}", 1),
            remedy=rates.remedy,
            breaks=f"{term} = {rates.wrong}",
            also=also,
            given=_where_vat(category, held),
        )


def _base_is_sum(category: Category) -> None:
    code = category.code

    def base_is_sum_of_its_rate(vat: VatBreakdown, facts: Facts) -> bool:
        if not category.is_of(vat.category, facts) or vat.rate is None:
            return True
        if vat.taxable_amount is None:
            return False
        share = facts.share(code, vat.rate)
        if facts.syntax == "CII":
            return vat.taxable_amount == share.taxable_of_rounded_sums
        sold = share.lines or (
            share.allowances or share.charges if code == "S" else facts.invoice.lines
        )
        return bool(sold) and is_about(vat.taxable_amount, share.taxable)

    def base_is_sum(vat: VatBreakdown, facts: Facts) -> bool:
        if not category.is_of(vat.category, facts):
            return True
        share = facts.share(code)
        if facts.syntax != "CII":
            return bool(facts.invoice.lines) and vat.taxable_amount == share.taxable
        if code == "O":
            return vat.taxable_amount == share.taxable_of_rounded_sums
        return is_about(vat.taxable_amount, share.taxable_of_rounded_sums)

    _add(
        category,
        "08",
        base_is_sum_of_its_rate if category.taxed else base_is_sum,
        on="BG-23",
        terms="BT-116 BT-131 BT-92 BT-99",
        meaning="la base est la somme des lignes de ce code, moins les remises, plus les frais"
        + (", taux par taux" if category.taxed else ""),
        remedy="Recalculez la base (BT-116) à partir des lignes, des remises et des frais.",
        breaks="BT-116 + 2",
        syntax="UBL" if category.only_in_ubl else "",
        given=_where_broken_down(category),
    )


def _tax_is_right(category: Category) -> None:
    if category.taxed:

        def tax_is_right(vat: VatBreakdown, facts: Facts) -> bool:
            return not category.is_of(vat.category, facts) or is_vat_of(
                vat.tax_amount, vat.taxable_amount, vat.rate
            )

        meaning = "la TVA est la base multipliée par le taux (écart admis : moins d'une unité)"
        remedy = "Recalculez BT-117 = BT-116 × BT-119 / 100, arrondi au centime."
    else:

        def tax_is_right(vat: VatBreakdown, facts: Facts) -> bool:
            return not category.is_of(vat.category, facts) or vat.tax_amount == ZERO

        meaning = "le montant de TVA est zéro"
        remedy = "Mettez BT-117 à zéro, ou changez le code de TVA."
    _add(
        category,
        "09",
        tax_is_right,
        on="BG-23",
        terms="BT-117 BT-116 BT-119",
        meaning=meaning,
        remedy=remedy,
        breaks="BT-117 + 2",
        also="BR-CO-14 BR-CO-17" + ("@UBL" if category.code == "O" else ""),
        syntax="UBL" if category.only_in_ubl else "",
        given=_where_broken_down(category),
    )


def _exemption_is_justified(category: Category) -> None:
    def is_justified(vat: VatBreakdown, facts: Facts) -> bool:
        given = vat.exemption_reason is not None or vat.exemption_code is not None
        return not category.is_of(vat.category, facts) or given == category.exempt

    if category.exempt:
        meaning = "le motif d'absence de TVA est donné, en clair ou par un code"
        remedy = "Indiquez le motif (BT-120), par exemple l'article du CGI, ou son code (BT-121)."
        breaks = "BT-120 = ; BT-121 ="
    else:
        meaning = "aucun motif d'exonération n'est donné"
        remedy = "Retirez le motif (BT-120, BT-121), ou changez le code de TVA."
        breaks = 'BT-120 = "motif"'
    _add(
        category,
        "10",
        is_justified,
        on="BG-23",
        terms="BT-120 BT-121",
        meaning=meaning,
        remedy=remedy,
        breaks=breaks,
        given=_where_broken_down(category),
    )


for each in CATEGORIES:
    vat_family(each)


# What every invoice must say of its VAT.
@VAT.rule(
    "BR-CO-03",
    terms="BT-7 BT-8",
    remedy="Gardez la date d'exigibilité (BT-7) ou le code qui la désigne (BT-8), pas les deux.",
    breaks='BT-7 = "2026-11-30"; BT-8 = "35"',
)
def vat_point_date_is_said_once(invoice: Invoice, facts: Facts) -> bool:
    """La date d'exigibilité de la TVA est donnée par une date ou par un code, jamais les deux."""
    if facts.syntax == "CII" and all(is_unreached(vat, facts) for vat in invoice.vat_breakdown):
        return True
    date_given = invoice.vat_point_date is not None or facts.is_malformed("BT-7")
    code_given = invoice.vat_point_date_code is not None or facts.is_malformed("BT-8")
    return not (date_given and code_given)


VAT.required("BR-CO-04", "BT-151", on="BG-25", blank="UBL CII", also="BR-S-08")


def _names_vat(group: str) -> Callable[[Invoice, Facts], bool]:
    def holds(_: Invoice, facts: Facts) -> bool:
        return group not in facts.foreign_taxes

    return holds


# Where a file names another tax, or none, the VAT is missing. The model cannot show that.
for id_, group in (
    ("BR-32", "BG-20"),
    ("BR-37", "BG-21"),
    ("BR-47", "BG-23"),
    ("BR-48", "BG-23"),
    ("BR-CO-04", "BG-30"),
):
    VAT.add(
        id_,
        _names_vat(group),
        terms=group,
        meaning=f"L'impôt nommé dans « {dictionary.label(group)} » ({group}) est la TVA (VAT).",
        remedy="Nommez l'impôt VAT ; une autre taxe ne va pas dans ces champs.",
    )


@VAT.rule(
    "BR-CO-18",
    terms="BG-23",
    remedy="Ajoutez le détail de la TVA (BG-23), une ligne par code et par taux.",
    breaks="BG-23 =",
    also="BR-S-01@UBL BR-CO-14@CII",
)
def vat_is_broken_down(invoice: Invoice, facts: Facts) -> bool:
    """La facture détaille la TVA : au moins une base et un montant par code et par taux."""
    # The CII file asks this of each line; where there is no line it does not ask.
    return bool(invoice.vat_breakdown) or (facts.syntax == "CII" and not invoice.lines)
