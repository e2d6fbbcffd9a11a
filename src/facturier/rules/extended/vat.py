"""What differs for each VAT category: BR-FREXT-x-01, -08, and -09 of the standard rate.

Source: EXTENDED-CTC-FR 1.4.0 fix 04 (FNFE-MPE). A category may be broken down in several lines, one
for each reason why no VAT is due; O may stand beside others. A base is then compared twice with
what is sold: with the reasons told apart (« rev ») and without (« ini »). Each that fails warns;
only both together are fatal. The difference admitted is one cent a line, allowance or charge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from facturier.findings import Layer, Severity
from facturier.invoice.model import Invoice, VatBreakdown
from facturier.invoice.money import CENT, total
from facturier.invoice.money import cents_in_xpath as rounded
from facturier.rules.en16931.categories import CATEGORIES, Category
from facturier.rules.en16931.totals import HUNDRED
from facturier.rules.facts import Facts, VatShare, reason_of
from facturier.rules.rule import Family

VAT = Family(Layer.EXTENDED_CTC_FR)

ONE_BASE_IN_UBL = frozenset({"AE", "M"})
"""Categories whose rule 01 of EN 16931 the UBL file of the profile still holds beside its own."""

BY_REASON = frozenset({"E", "AE", "K", "G", "O"})
"""Categories whose examples give the reason on each line, allowance and charge."""


NOTHING = VatShare((), (), ())


def sold(vat: VatBreakdown, facts: Facts, *, by_reason: bool) -> VatShare:
    """Return what is sold under a line of the breakdown; without a rate, but for O, nothing."""
    code = facts.code(vat.category)
    reason = reason_of(vat.exemption_code, vat.exemption_reason) if by_reason else None
    return facts.counted_shares.get((code, None if code == "O" else vat.rate, reason), NOTHING)


def count(share: VatShare, facts: Facts) -> int:
    """Return how many amounts add up; the CII file counts a line without amount too."""
    lines = [x for x in share.lines if x.net_amount is not None or facts.syntax != "UBL"]
    return len(lines) + len(share.allowances) + len(share.charges) + len(share.logistics)


def _is_about(base: Decimal | None, share: VatShare, facts: Facts) -> bool:
    """Whether a base is what is sold, give or take a cent for each amount."""
    if base is None:
        return False
    sums = [rounded(one) for one in share.sums]
    admitted = CENT * count(share, facts)
    if (
        facts.syntax == "UBL"
    ):  # that file calculates in binary, and so judges a difference of a cent
        lines, taken, added = map(float, sums)
        return abs(float(base) - lines + taken - added) <= float(admitted)
    transport = rounded(total(one.amount for one in share.logistics))
    return abs(base - sums[0] + sums[1] - sums[2] - transport) <= admitted


def _adds_up(*ways: bool) -> Callable[[VatBreakdown, Facts], bool]:
    """Return a predicate: the base adds up in one of the ways, by reason or not."""

    def holds(vat: VatBreakdown, facts: Facts) -> bool:
        return any(
            _is_about(vat.taxable_amount, sold(vat, facts, by_reason=way), facts) for way in ways
        )

    return holds


ADDS_UP = _adds_up(True, False)  # noqa: FBT003  # by reason, or not
ADDS_UP_AT_ALL = _adds_up(False)  # noqa: FBT003
ADDS_UP_BY_REASON = _adds_up(True)  # noqa: FBT003


def _of(category: Category, holds: Callable[[VatBreakdown, Facts], bool]) -> object:
    """Ask of the groups of one category only, and where the tax is VAT."""

    def holds_for_category(vat: VatBreakdown, facts: Facts) -> bool:
        return (
            not category.is_of(vat.category, facts)
            or "BG-23" in facts.foreign_taxes
            or holds(vat, facts)
        )

    return holds_for_category


def _both(number: str, category: Category) -> tuple[str, str]:
    """Return the id of a rule in UBL and in CII."""
    family = category.prefix.removeprefix("BR-")
    return f"BR-FREXT-{family}-{number}", f"BR-FXEXT-{family}-{number}"


def _fires(*numbers: str, category: Category) -> str:
    pairs = (_both(number, category) for number in numbers)
    return " ".join(f"{ubl}@UBL {cii}@CII" for ubl, cii in pairs)


def _add(category: Category, number: str, holds: object, **said: object) -> None:
    """Add one rule under its two ids: the question is one and is asked once."""
    ubl, cii = _both(number, category)
    said["meaning"] = f"{category.lead}{said['meaning']}."
    VAT.add(ubl, holds, category=category.code, on="BG-23", syntax="UBL", **said)  # type: ignore[arg-type]
    VAT.rules.append(replace(VAT.rules[-1], id=cii, syntax="CII"))


BASE_REMEDY = "Recalculez la base (BT-116) à partir des lignes, des remises et des frais."
REASON_REMEDY = (
    "Donnez aux lignes, remises et frais le même motif (texte et code) qu'au détail de la TVA."
)
SPLIT_REMEDY = (
    "C'est admis si le détail de la TVA sépare les motifs ; sinon recalculez la base (BT-116)."
)


def base_example(category: Category) -> str:
    """Return the example whose line, allowance and charge are all of a category and reason."""
    if category.code == "S":
        return "standard-rate"
    return f"{category.example}-by-line" if category.code in BY_REASON else category.example


def extended_family(category: Category) -> None:
    """Write what is particular to one category."""
    _is_broken_down(category)
    _base_adds_up(category)


def _is_broken_down(category: Category) -> None:
    code = category.code

    def is_broken_down(_: Invoice, facts: Facts) -> bool:
        if facts.is_odd_file and len(facts.counted_lines) == len(facts.invoice.lines):
            named = facts.taxes.named
            named_as_sold = named.lines[code] + named.adjustments[code]
            return bool(named_as_sold) == bool(named.groups[code])
        is_sold = (
            any(one.vat and category.is_of(one.vat.category, facts) for one in facts.counted_lines)
            or code in facts.allowances_by_category
            or code in facts.charges_by_category
        )
        return is_sold == (code in facts.breakdown)

    family = category.prefix.removeprefix("BR-")
    VAT.add(
        f"BR-FREXT-{family}-01",
        is_broken_down,
        terms="BG-23 BT-118",
        meaning=f"{category.lead}le détail de la TVA comporte au moins un total de ce code, et "
        "seulement si une ligne qui compte, une remise ou des frais le portent.",
        remedy=f"Vérifiez le détail de la TVA (BG-23) pour le code {code}.",
        breaks="BG-23 =",
        also=" ".join(
            (
                "BR-CO-18",
                "BR-CO-14@CII" if category.taxed else "",
                f"{category.prefix}-01@UBL" if code in ONE_BASE_IN_UBL else "",
            )
        ),
        example=base_example(category),
        category=code,
    )


def _base_adds_up(category: Category) -> None:
    code, terms = category.code, "BT-116 BT-131 BT-92 BT-99"
    example = base_example(category)
    _add(
        category,
        "08",
        _of(category, ADDS_UP),
        terms=terms,
        meaning="la base est ce qui est vendu, avec ou sans distinction du motif d'exonération, à "
        "un centime près par élément",
        remedy=BASE_REMEDY,
        breaks="BT-116 + 2",
        also=_fires("08ini", "08rev", *(["09"] if code == "S" else []), category=category),
        example=example,
    )
    _add(
        category,
        "08ini",
        _of(category, ADDS_UP_AT_ALL),
        terms=terms,
        meaning="la base est tout ce qui est vendu sous ce code et ce taux, sans distinction du "
        "motif d'exonération, à un centime près par élément",
        remedy=SPLIT_REMEDY,
        severity=Severity.WARNING,
        breaks=_split_by_reason(category),
        also={"AE": "BR-AE-01@UBL", "L": "BR-AF-10@UBL", "M": "BR-AG-10@UBL"}.get(code, ""),
        example=example,
    )
    _add(
        category,
        "08rev",
        _of(category, ADDS_UP_BY_REASON),
        terms=f"{terms} BT-120 BT-121",
        meaning="la base est ce qui est vendu avec le même motif d'exonération (texte et code), à "
        "un centime près par élément",
        remedy=REASON_REMEDY,
        severity=Severity.WARNING,
        breaks='EXT-FR-FE-178 = "autre motif"',
        example=example,
    )


def _split_by_reason(category: Category) -> str:
    """Return the mutation that breaks the base of an example in two, the charge having a reason."""
    rate = {"S": Decimal(20), "L": Decimal(7), "M": Decimal(4)}.get(category.code, Decimal(0))
    shown = "" if category.code == "O" else f"BT-119[1] = {rate};"
    return (
        f"BT-116 - 4; BT-117 - {rate * 4 / HUNDRED:.2f}; BG-23 = {{}};"
        f'BT-118[1] = "{category.code}"; {shown} BT-116[1] = 4.00;'
        f'BT-117[1] = {rate * 4 / HUNDRED:.2f}; BT-120[1] = "autre motif";'
        'EXT-FR-FE-189 = "autre motif"; EXT-FR-FE-190 ='
    )


for each in CATEGORIES:
    extended_family(each)


def standard_tax_is_right(vat: VatBreakdown, facts: Facts) -> bool:
    """Whether the VAT at the standard rate is right, where the tax is VAT."""
    if facts.code(vat.category) != "S" or "BG-23" in facts.foreign_taxes:
        return True
    return is_vat_about_right(vat, facts)


def is_vat_about_right(vat: VatBreakdown, facts: Facts) -> bool:
    """Whether the VAT is base × rate, give or take a cent for each amount sold."""
    if vat.tax_amount is None or vat.taxable_amount is None or vat.rate is None:
        return False
    gap = abs(vat.tax_amount - rounded(vat.taxable_amount * vat.rate / HUNDRED))
    told_apart = count(sold(vat, facts, by_reason=True), facts)
    together = count(sold(vat, facts, by_reason=False), facts)
    # The UBL file counts with the reasons told apart only.
    return gap <= CENT * (told_apart if facts.syntax == "UBL" else max(told_apart, together))


STANDARD = next(one for one in CATEGORIES if one.code == "S")
_add(
    STANDARD,
    "09",
    standard_tax_is_right,
    terms="BT-117 BT-116 BT-119",
    meaning="la TVA est la base multipliée par le taux, à un centime près par élément",
    remedy="Recalculez BT-117 = BT-116 × BT-119 / 100, arrondi au centime.",
    breaks="BT-117 + 2",
    also="BR-CO-14",
    example="standard-rate",
)
