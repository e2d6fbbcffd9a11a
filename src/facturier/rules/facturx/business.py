"""The business rules that the five Factur-X sheets share, under the ids of EN 16931.

Source: Factur-X 1.09 with the sheets of 1.09.2 (FNFE-MPE and FeRD, 4 August 2026). A profile takes
from here what its manifest names; where a sheet calls ``FX-SCH-A-000047`` what EN 16931 calls
``BR-45``, the question is the same. It is that of CEN's file for CII but for a few, written here:

- each context stands in a pattern of its own, so that no rule takes an element from another
  (:class:`~facturier.rules.facts.Facts` is told so), and the tax need not be named VAT;
- text is there as soon as it is not empty, blanks count;
- a base may be a whole unit too large, but not one too small;
- a payee need only have a name: the sheet looks for the seller where it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from facturier.findings import Layer
from facturier.formats.cii import NAMESPACES
from facturier.invoice.model import Invoice, Item, Party, Totals, VatBreakdown
from facturier.invoice.money import cents_in_xpath as rounded
from facturier.rules import en16931
from facturier.rules.en16931.categories import CATEGORIES, Category
from facturier.rules.facts import Facts
from facturier.rules.rule import Family, OfValue, Rule

OWN = Family(Layer.FACTURX)
rule = OWN.rule

AS_WRITTEN = frozenset(
    f"BR-{number:02d}" for number in (1, 2, 4, 5, 6, 7, 9, 11, 21, 25, 52, 55, 56, 57)
)
"""Rules of presence that are content with blanks."""


_ISSUED = "rsm:ExchangedDocument/ram:IssueDateTime/udt:DateTimeString"


@rule(
    "BR-03",
    terms="BT-2",
    remedy="Indiquez le jour où la facture est émise (BT-2), au format 102.",
    breaks="BT-2 =",
)
def issue_date_is_written_as_102(invoice: Invoice, facts: Facts) -> bool:
    """La date d'émission (BT-2) est renseignée, au format 102."""
    if facts.tree is None:
        return invoice.issue_date is not None
    written = facts.tree.findall(_ISSUED, dict(NAMESPACES))
    return any(one.get("format") == "102" and one.text for one in written)


@rule(
    "BR-17",
    on="BG-10",
    terms="BT-59",
    remedy="Nommez le bénéficiaire du paiement (BT-59), ou retirez ce bloc s'il est le vendeur.",
    breaks="BT-59 =",
    example="payee",
)
def payee_has_a_name(payee: Party, _: Facts) -> bool:
    """Un bénéficiaire du paiement porte un nom."""
    return payee.name is not None


@rule(
    "BR-65",
    on="BG-31",
    terms="BT-158",
    remedy="Précisez la nomenclature (BT-158-1) : STI pour CPV, HS pour le code douanier…",
    breaks='BT-158 = "85131000"',
    example="attachments",
)
def some_classification_has_a_scheme(item: Item, _: Facts) -> bool:
    """Le classement d'un article est donné avec le code de sa nomenclature."""
    return not item.classifications or any(one.scheme for one in item.classifications)


@rule(
    "BR-CO-12",
    on="BG-22",
    terms="BT-108 BT-99",
    remedy="Recalculez BT-108 en additionnant les charges et frais du document (BT-99).",
    breaks="BT-108 + 1",
    also="BR-CO-13",
    example="allowances",
)
def charge_total_is_sum_of_charges(totals: Totals, facts: Facts) -> bool:
    """Le total des charges et frais est la somme des charges et frais du document."""
    if totals.charges is None:
        return not facts.invoice.charges
    expected = rounded(facts.charge_total) + rounded(facts.logistics_total)
    return rounded(totals.charges) == expected


@rule(
    "BR-CO-18",
    terms="BG-23",
    remedy="Ajoutez le détail de la TVA (BG-23), une ligne par code et par taux.",
    breaks="BG-23 =",
)
def vat_is_broken_down(invoice: Invoice, _: Facts) -> bool:
    """La facture détaille la TVA : au moins une base et un montant par code et par taux."""
    return bool(invoice.vat_breakdown)


def _base_is_sum(category: Category) -> Callable[[VatBreakdown, Facts], bool]:
    def base_is_sum(vat: VatBreakdown, facts: Facts) -> bool:
        if not category.is_of(vat.category):
            return True
        if vat.taxable_amount is None:
            return False
        gap = vat.taxable_amount - facts.share(category.code).taxable_of_rounded_sums
        return -1 < gap <= 1

    return base_is_sum


for _one in CATEGORIES:
    if not _one.taxed and _one.code != "O":
        OWN.add(
            f"{_one.prefix}-08",
            _base_is_sum(_one),
            on="BG-23",
            terms="BT-116 BT-131 BT-92 BT-99",
            meaning=f"{_one.lead}la base est la somme des lignes de ce code, moins les remises, "
            "plus les frais, à une unité près.",
            remedy="Recalculez la base (BT-116) à partir des lignes, des remises et des frais.",
            breaks="BT-116 + 2",
            example=_one.example,
            category=_one.code,
        )

REPLACED = frozenset(one.id for one in OWN.rules)
IN_THE_FILE = frozenset({"BR-CO-03"})
"""Rules that are asked of the file itself (:mod:`.in_file`): the model does not tell one VAT group
with a date and another with a code from one that has both."""


def _names_another_tax(one: Rule) -> bool:
    """Whether a row asks that a VAT group name VAT: the sheets do not."""
    return one.id in {"BR-47", "BR-48"} and one.terms[0] == "BG-23"


def _is_not_empty(value: Any, _: Facts) -> bool:
    if isinstance(value, tuple):
        return all(one.value for one in value)
    return bool(value != "")


def as_written(one: Rule) -> Rule:
    """Return a rule of presence that is content with blanks."""
    holds = one.holds
    if one.id not in AS_WRITTEN or not isinstance(holds, OfValue):
        return one
    return replace(one, holds=OfValue(holds.place, _is_not_empty, holds.absent))


def _business() -> Iterator[Rule]:
    for one in (*en16931.BOOK.rules, *OWN.rules):
        mine = one.layer is Layer.FACTURX
        if one.syntax == "UBL" or _names_another_tax(one) or one.id in IN_THE_FILE:
            continue
        if mine or one.id not in REPLACED:
            yield replace(as_written(one), layer=Layer.FACTURX, syntax="CII")


BUSINESS: tuple[Rule, ...] = tuple(_business())
"""Every rule of EN 16931 as the sheets ask it, in the order of EN 16931."""
