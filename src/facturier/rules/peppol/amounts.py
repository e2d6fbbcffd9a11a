"""What adds up, to two cents, and what goes together: parts, payment, lines and prices.

Source: OpenPeppol, rules of May 2026, PEPPOL-EN16931-R040 to R130.
"""

from __future__ import annotations

from decimal import Decimal

from facturier.findings import Layer
from facturier.formats.codecs import XML_SPACE
from facturier.invoice.model import (
    AllowanceCharge,
    Line,
    Period,
    PriceDetails,
)
from facturier.invoice.money import cents_in_xpath as rounded
from facturier.invoice.money import total
from facturier.rules.facts import ZERO, Facts
from facturier.rules.peppol.payment import Means, each
from facturier.rules.rule import Family

AMOUNTS = Family(Layer.PEPPOL)
rule = AMOUNTS.rule

SLACK = Decimal("0.02")
DIRECT_DEBITS = frozenset({"49", "59"})


def is_near(left: Decimal, right: Decimal) -> bool:
    """Return whether two amounts are two cents apart at most."""
    return abs(left - right) <= SLACK


# --- allowances and charges -----------------------------------------------------------------------


PARTS = (
    ("BG-20", "BT-92", "BT-93", "BT-94"),
    ("BG-21", "BT-99", "BT-100", "BT-101"),
    ("BG-27", "BT-136", "BT-137", "BT-138"),
    ("BG-28", "BT-141", "BT-142", "BT-143"),
)
"""Group, amount, base amount, percentage."""


def _percentage_has_a_base(part: AllowanceCharge, _: Facts) -> bool:
    return part.percentage is None or part.base_amount is not None


def _base_has_a_percentage(part: AllowanceCharge, _: Facts) -> bool:
    return part.base_amount is None or part.percentage is not None


def _amount_is_the_percentage(part: AllowanceCharge, _: Facts) -> bool:
    if part.percentage is None or part.base_amount is None:
        return True
    return is_near(part.amount or ZERO, part.base_amount * part.percentage / 100)


for _group, _amount, _base, _percent in PARTS:
    _example = "peppol-parts"
    AMOUNTS.add(
        "PEPPOL-EN16931-R041",
        _percentage_has_a_base,
        on=_group,
        terms=f"{_base} {_percent}",
        meaning=f"Un pourcentage ({_percent}) s'accompagne de son assiette ({_base}).",
        remedy=f"Indiquez l'assiette {_base}, ou retirez le pourcentage {_percent}.",
        breaks=f"{_base} =",
        example=_example,
    )
    AMOUNTS.add(
        "PEPPOL-EN16931-R042",
        _base_has_a_percentage,
        on=_group,
        terms=f"{_percent} {_base}",
        meaning=f"Une assiette ({_base}) s'accompagne de son pourcentage ({_percent}).",
        remedy=f"Indiquez le pourcentage {_percent}, ou retirez l'assiette {_base}.",
        breaks=f"{_percent} =",
        example=_example,
    )
    AMOUNTS.add(
        "PEPPOL-EN16931-R040",
        _amount_is_the_percentage,
        on=_group,
        terms=f"{_amount} {_base} {_percent}",
        meaning=f"Le montant {_amount} est l'assiette {_base} fois le pourcentage {_percent}, à "
        "deux centimes près.",
        remedy=f"Recalculez {_amount} : {_base} x {_percent} / 100.",
        breaks=f"{_base} + 10",
        example=_example,
    )


# --- payment --------------------------------------------------------------------------------------


@rule(
    "PEPPOL-EN16931-R061",
    terms="BT-89 BT-81",
    remedy="Indiquez la référence unique du mandat (BT-89).",
    breaks="BT-89 =",
    example="peppol-debit",
)
@each
def direct_debit_has_a_mandate(means: Means) -> bool:
    """Un prélèvement (BT-81 = 49 ou 59) porte la référence du mandat (BT-89)."""
    return means.code.strip(XML_SPACE) not in DIRECT_DEBITS or bool(means.mandate)


# --- lines ----------------------------------------------------------------------------------------


@rule(
    "PEPPOL-EN16931-R110",
    on="BG-26",
    terms="BT-134 BT-73",
    remedy="Faites commencer la période de la ligne (BT-134) dans celle de la facture (BT-73).",
    breaks="BT-134 - 60",
    example="peppol-periods",
)
def line_begins_within_the_period(period: Period, facts: Facts) -> bool:
    """La période d'une ligne ne commence pas avant celle de la facture."""
    whole = facts.invoice.period
    if whole is None or whole.start_date is None or period.start_date is None:
        return True
    return period.start_date >= whole.start_date


@rule(
    "PEPPOL-EN16931-R111",
    on="BG-26",
    terms="BT-135 BT-74",
    remedy="Faites finir la période de la ligne (BT-135) dans celle de la facture (BT-74).",
    breaks="BT-135 + 60",
    example="peppol-periods",
)
def line_ends_within_the_period(period: Period, facts: Facts) -> bool:
    """La période d'une ligne ne finit pas après celle de la facture."""
    whole = facts.invoice.period
    if whole is None or whole.end_date is None or period.end_date is None:
        return True
    return period.end_date <= whole.end_date


@rule(
    "PEPPOL-EN16931-R120",
    on="BG-25",
    terms="BT-131 BT-129 BT-146 BT-149",
    remedy="Recalculez BT-131 : quantité x prix net / quantité de base, plus frais, moins remises.",
    breaks="BT-131 + 1",
    example="peppol",
)
def line_amount_is_quantity_times_price(line: Line, _: Facts) -> bool:
    """Le montant net d'une ligne est quantité x prix, plus frais, moins remises (à 2 centimes)."""
    price = line.price
    net = (price.net_price if price else None) or ZERO
    base = (price.base_quantity if price else None) or Decimal(1)
    quantity = Decimal(1) if line.quantity is None else line.quantity
    expected = (
        quantity * (net / base)
        + rounded(total(one.amount for one in line.charges))
        - rounded(total(one.amount for one in line.allowances))
    )
    return is_near(line.net_amount or ZERO, expected)


@rule(
    "PEPPOL-EN16931-R121",
    on="BG-29",
    terms="BT-149",
    remedy="Donnez à BT-149 une quantité supérieure à zéro, ou retirez-la : elle vaut alors 1.",
    breaks='BT-149 = "0"',
    example="peppol",
)
def base_quantity_is_positive(price: PriceDetails, _: Facts) -> bool:
    """La quantité de base du prix (BT-149) est supérieure à zéro."""
    return price.base_quantity is None or price.base_quantity > 0


@rule(
    "PEPPOL-EN16931-R046",
    on="BG-29",
    terms="BT-146 BT-148 BT-147",
    remedy="Recalculez le prix net : BT-146 = BT-148 - BT-147.",
    breaks="BT-148 + 1",
    example="peppol-discount",
)
def net_price_is_gross_less_discount(price: PriceDetails, _: Facts) -> bool:
    """Le prix net (BT-146) est le prix brut (BT-148) moins le rabais (BT-147)."""
    if price.gross_price is None or price.discount is None:
        return True
    return price.net_price == price.gross_price - price.discount


@rule(
    "PEPPOL-EN16931-R130",
    on="BG-25",
    terms="BT-150 BT-130",
    remedy="Donnez à BT-150 l'unité de la quantité facturée (BT-130).",
    breaks='BT-149 = "1" ; BT-150 = "KGM"',
    example="peppol",
)
def price_and_quantity_share_their_unit(line: Line, _: Facts) -> bool:
    """L'unité de la quantité de base (BT-150) est celle de la quantité facturée (BT-130)."""
    unit = line.price.base_unit if line.price else None
    return unit is None or line.quantity is None or unit == line.unit


@rule(
    "PEPPOL-EN16931-R100",
    on="BG-25",
    terms="BT-128",
    remedy="Gardez un seul identifiant d'objet (BT-128) par ligne.",
)
def one_object_for_each_line(line: Line, _: Facts) -> bool:
    """Une ligne porte un identifiant d'objet (BT-128) au plus."""
    return len(line.object_identifiers) <= 1
