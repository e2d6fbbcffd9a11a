"""Lines, groups of lines and what describes an item: BR-FREXT-05 to 12, 22 to 26, 38, 44 and 54.

Source: EXTENDED-CTC-FR 1.4.0 fix 04 (FNFE-MPE). A line may have a parent (EXT-FR-FE-162) and a
subtype (EXT-FR-FE-163): DETAIL adds up, GROUP repeats the sum of the lines under it, INFORMATION
counts nowhere. What EN 16931 asks of each line is asked of those that add up.
"""

from __future__ import annotations

from facturier.findings import Layer
from facturier.formats.codecs import XML_SPACE
from facturier.invoice import codes
from facturier.invoice.model import ItemAttribute, Line
from facturier.invoice.money import cents_in_xpath as rounded
from facturier.rules.facts import ZERO, Facts
from facturier.rules.rule import Family, present

LINES = Family(Layer.EXTENDED_CTC_FR)
rule = LINES.rule

GROUP = "GROUP"


@rule(
    "BR-FREXT-05",
    on="BG-25",
    terms="EXT-FR-FE-163",
    remedy="Choisissez DETAIL, GROUP ou INFORMATION, ou retirez le sous-type.",
    breaks='EXT-FR-FE-163[5] = "AUTRE"',
    example="sub-lines",
)
def subtype_is_listed(line: Line, facts: Facts) -> bool:
    """Le sous-type d'une ligne est DETAIL, GROUP ou INFORMATION."""
    return line.subtype is None or facts.code(line.subtype) in codes.LINE_SUBTYPE


@rule(
    "BR-FREXT-06",
    on="BG-25",
    terms="EXT-FR-FE-163 EXT-FR-FE-162",
    remedy="Donnez le sous-type de la ligne : DETAIL, GROUP ou INFORMATION.",
    breaks="EXT-FR-FE-163[5] =",
    example="sub-lines",
)
def line_under_another_has_a_subtype(line: Line, facts: Facts) -> bool:
    """Une ligne rattachée à une autre dit son sous-type."""
    if facts.syntax == "UBL":
        return line.parent is None or line.subtype is not None
    return not present(line.parent) or bool(line.subtype)


@rule(
    "BR-FREXT-08",
    on="BG-25",
    terms="BT-131 EXT-FR-FE-162 EXT-FR-FE-163",
    remedy="Recalculez le montant du groupe, ou retirez-le : il n'est pas obligatoire.",
    breaks="BT-131 + 1",
    example="sub-lines",
)
def group_is_the_sum_of_its_lines(line: Line, facts: Facts) -> bool:
    """Le montant d'une ligne GROUP est la somme des DETAIL et des GROUP juste au-dessous."""
    if line.subtype != GROUP or line.net_amount is None:
        return True
    return line.net_amount == rounded(facts.amounts_under.get(line.identifier or "", ZERO))


@rule(
    "BR-FREXT-11",
    on="BG-25",
    terms="EXT-FR-FE-162 BT-126",
    remedy="Corrigez le numéro de la ligne parente (EXT-FR-FE-162).",
    breaks='EXT-FR-FE-162[5] = "99"',
    example="sub-lines",
)
def parent_is_another_line(line: Line, facts: Facts) -> bool:
    """La ligne parente est une autre ligne de la facture."""
    if line.parent is None or not (line.parent.strip() or facts.syntax == "UBL"):
        return True
    # Numbers are compared to the letter, but for the parent in CII.
    parent = line.parent if facts.syntax == "UBL" else line.parent.strip(XML_SPACE)
    return parent in facts.line_by_identifier and line.identifier not in (None, parent)


@rule(
    "BR-FREXT-12",
    on="BG-25",
    terms="BT-131 EXT-FR-FE-163",
    remedy="Donnez le montant de chaque sous-groupe, ou retirez celui du groupe.",
    breaks="BT-131[1] = ; BT-131 - 30",
    example="sub-lines",
)
def groups_under_a_group_have_amounts(line: Line, facts: Facts) -> bool:
    """Si un groupe a un montant, chaque groupe au-dessous en a un."""
    if line.subtype != GROUP or line.net_amount is None:
        return True
    return line.identifier not in facts.amounts_missing_under


# The properties of an item.
@rule(
    "BR-FREXT-54-1",
    on="BG-32",
    terms="BT-160 EXT-FR-FE-159",
    remedy="Nommez la caractéristique (BT-160) ou donnez son code (EXT-FR-FE-159).",
    breaks="BT-160 =",
    example="attachments",
    syntax="CII",
)
def attribute_has_a_name_or_a_code(attribute: ItemAttribute, _: Facts) -> bool:
    """Une caractéristique d'article a un nom ou un code."""
    return attribute.name is not None or attribute.code is not None


@rule(
    "BR-FREXT-54-2",
    on="BG-32",
    terms="BT-161 EXT-FR-FE-160 EXT-FR-FE-161",
    remedy="Donnez soit une valeur (BT-161), soit une mesure avec son unité.",
    breaks="BT-161 =",
    example="attachments",
)
def attribute_has_one_value(attribute: ItemAttribute, facts: Facts) -> bool:
    """Une caractéristique a une valeur, ou une mesure et son unité, mais pas les deux."""
    measured = (
        attribute.measure is not None
        or attribute.measure_unit is not None
        or facts.is_malformed("EXT-FR-FE-160")
    )
    if attribute.value is not None:
        return not measured
    return bool(attribute.measure_unit)
