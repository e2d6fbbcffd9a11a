"""Invoices of several sellers (B8, S8, M8) and in two directions (B9, S9, M9): BR-FR-MV, BD-14.

Such a document holds whole invoices, "sub-invoices". Each one is a line of subtype GROUP without
parent (its root) that names its seller and bears its number (BT-128 of scheme AFL) and its own
business process (scheme AVV); the lines under it repeat the seller and the number. Source:
XP Z12-012 as BR-FR-Flux2 1.4.0 tests it; there is no BR-FR-MV-04. What is asked of two directions
only stands in :mod:`~facturier.rules.france.two_way`.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from lxml import etree

from facturier.findings import Layer
from facturier.formats import cii
from facturier.formats.codecs import DECIMAL
from facturier.invoice import codes
from facturier.invoice.model import Invoice, Line
from facturier.invoice.money import CENT, within
from facturier.invoice.terms import label
from facturier.rules.facts import Facts
from facturier.rules.france.content import SUB_FRAMEWORK, SUB_INVOICE
from facturier.rules.france.writing import is_blank, stripped
from facturier.rules.odd_files import found
from facturier.rules.rule import Family, Holds, OfDocument

MULTI_VENDOR = Family(Layer.BR_FR)

GROUP, DETAIL, INFORMATION = "GROUP", "DETAIL", "INFORMATION"
SEVERAL_SELLERS = frozenset({"B8", "S8", "M8"})
TWO_WAYS = frozenset({"B9", "S9", "M9"})
SPECIAL = SEVERAL_SELLERS | TWO_WAYS
CORRECTING = frozenset({"384", "472", "381", "396", "503"})
SELF_BILLED_CORRECTING = frozenset({"261", "471", "473", "502"})

MV, BD = "multi-vendor", "two-way"


def is_root(line: Line) -> bool:
    """Tell whether a line stands for a whole sub-invoice."""
    return line.subtype == GROUP and line.parent is None


def roots(invoice: Invoice) -> list[Line]:
    """Return the lines that stand for the sub-invoices."""
    return [line for line in invoice.lines if is_root(line)]


def legal_id(line: Line | None) -> str:
    """Return the seller's legal identifier on a line (EXT-FR-FE-167); empty when absent."""
    legal = line.seller.legal_identifier if line and line.seller else None
    return stripped(legal.value) if legal else ""


def number_of(line: Line | None, facts: Facts) -> str:
    """Return the number of the sub-invoice that a line belongs to; empty when absent."""
    return stripped(next(iter(_numbers(line, facts)), "")) if line else ""


def _numbers(line: Line, facts: Facts) -> list[str]:
    return [one.value for one in facts.objects_of(line) if one.scheme == SUB_INVOICE]


_OF_ANOTHER_TYPE = etree.XPath(
    "ram:SpecifiedLineTradeSettlement/ram:AdditionalReferencedDocument"
    f"[ram:ReferenceTypeCode = '{SUB_INVOICE}' and not(ram:TypeCode = '130')]",
    namespaces=cii.NAMESPACES,
)
_LINE = f"{{{cii.NAMESPACES['ram']}}}IncludedSupplyChainTradeLineItem"


def _misnamed(line: Line, facts: Facts) -> bool:
    """Tell whether a CII line gives a number of sub-invoice as that of another kind of document."""
    if facts.tree is None or not facts.is_odd_file:
        return False
    both = zip(facts.invoice.lines, facts.tree.iter(_LINE), strict=False)
    return any(one is line and bool(_OF_ANOTHER_TYPE(element)) for one, element in both)


def _parent(line: Line, facts: Facts) -> Line | None:
    return facts.line_by_identifier.get(line.parent or "")


def asked_of(processes: frozenset[str]) -> OfDocument:
    """Return the `given` of rules that are asked of these business processes only."""

    def is_one_of_them(facts: Facts) -> bool:
        return facts.business_process in processes

    return is_one_of_them


def _is_no_root(line: Line, _: Facts) -> bool:
    return not is_root(line)


_special = asked_of(SPECIAL)
_special_roots: dict[str, Any] = {"given": _special, "unless": _is_no_root}


@MULTI_VENDOR.rule(
    "BR-FR-MV-01_EXT-FR-FE-163",
    on="BG-25",
    terms="EXT-FR-FE-163",
    remedy="Donnez le sous-type de la ligne : GROUP, DETAIL ou INFORMATION.",
    breaks='EXT-FR-FE-163[1] = " "',
    example=MV,
    given=_special,
)
def line_has_a_subtype(line: Line, facts: Facts) -> bool:
    """En cadre 8 ou 9 (plusieurs factures en une), chaque ligne a un sous-type."""
    # The CII file looks inside the element and never misses it.
    return not is_blank(line.subtype) or (facts.syntax == "CII" and line.subtype is None)


@MULTI_VENDOR.rule(
    "BR-FR-MV-02_EXT-FR-FE-163",
    terms="EXT-FR-FE-163 BT-23",
    remedy="Ajoutez une ligne GROUP sans ligne parente pour chaque vendeur.",
    breaks='EXT-FR-FE-163[0] = "INFORMATION"; EXT-FR-FE-163[2] = "INFORMATION"',
    example=MV,
    given=asked_of(SEVERAL_SELLERS),
)
def there_is_a_sub_invoice(invoice: Invoice, _: Facts) -> bool:
    """Une facture multi-vendeurs (cadre 8) a au moins une ligne GROUP sans ligne parente."""
    return any(is_root(line) for line in invoice.lines)


# --- BR-FR-MV-03: what the root line of a sub-invoice says ----------------------------------------


def _name(line: Line, _: Facts) -> bool:
    return line.seller is not None and not is_blank(line.seller.name)


def _legal(line: Line, _: Facts) -> bool:
    return bool(legal_id(line))


def _country(line: Line, _: Facts) -> bool:
    address = line.seller.postal_address if line.seller else None
    return address is not None and not is_blank(address.country_code)


def _vat(line: Line, facts: Facts) -> bool:
    return line.vat_amount is not None or facts.is_malformed("EXT-FR-FE-181")


def _vat_accounting(line: Line, facts: Facts) -> bool:
    if facts.invoice.vat_currency is None:
        return True
    return line.vat_amount_accounting is not None or facts.is_malformed("EXT-FR-FE-182")


def _number(line: Line, facts: Facts) -> bool:
    """The CII file looks inside the number and never misses it."""
    numbers = _numbers(line, facts)
    if facts.syntax == "CII":
        return not any(is_blank(number) for number in numbers) and not _misnamed(line, facts)
    return bool(numbers) and not is_blank(numbers[0])


def _framework(line: Line, facts: Facts) -> bool:
    given = [one.value for one in facts.objects_of(line) if one.scheme == SUB_FRAMEWORK]
    if not given and facts.syntax != "CII":
        return False
    return not any(is_blank(one) or one in SEVERAL_SELLERS for one in given)


_ROOT_SAYS: tuple[tuple[str, str, Holds, str, str, str], ...] = (
    ("EXT-FR-FE-164", "EXT-FR-FE-164", _name, "", "EXT-FR-FE-164[2] =", ""),
    (
        "EXT-FR-FE-167",
        "EXT-FR-FE-167",
        _legal,
        "",
        "EXT-FR-FE-167[2] =",
        "BR-FR-MV-06_EXT-FR-FE-167",
    ),
    ("EXT-FR-FE-177", "EXT-FR-FE-177", _country, "", "EXT-FR-FE-177[2] =", ""),
    (
        "EXT-FR-FE-181",
        "EXT-FR-FE-181",
        _vat,
        "",
        "EXT-FR-FE-181[2] =",
        "BR-FR-MV-09_EXT-FR-FE-181",
    ),
    (
        "EXT-FR-FE-182",
        "EXT-FR-FE-182 BT-6",
        _vat_accounting,
        " lorsque la facture a une devise de comptabilisation (BT-6)",
        'BT-6 = "USD"',
        "",
    ),
    (
        "BT-128_AFL",
        "BT-128",
        _number,
        " : le numéro de la sous-facture (schéma AFL)",
        'BT-128[2,0] = " @AFL"',
        "BR-FR-30_AFL@UBL BR-FR-MV-07_BT-128 BR-FR-MV-09_EXT-FR-FE-181",
    ),
    (
        "BT-128_AVV",
        "BT-128",
        _framework,
        " : le cadre de la sous-facture (schéma AVV), qui n'est pas lui-même B8, S8 ou M8",
        'BT-128[2,1] = "B8@AVV"',
        "",
    ),
)
for _id, _terms, _holds, _when, _breaks, _also in _ROOT_SAYS:
    _term = _terms.split()[0]
    MULTI_VENDOR.add(
        f"BR-FR-MV-03_{_id}",
        _holds,
        on="BG-25",
        terms=_terms,
        meaning=(
            "Dans une facture multi-vendeurs ou bidirectionnelle, chaque ligne GROUP sans parente "
            f"donne « {label(_term)} » ({_term}){_when}."
        ),
        remedy=f"Complétez {_term} sur la ligne GROUP de ce vendeur.",
        breaks=_breaks,
        also=_also,
        example=MV,
        **_special_roots,
    )


# --- Sums of a sub-invoice ------------------------------------------------------------------------


def _tolerance(lines: Iterable[Line]) -> Decimal:
    return CENT * sum(1 for _ in lines)


def _is_sum(amount: Decimal | None, parts: list[Decimal], tolerance: Decimal) -> bool:
    """Tell whether an amount is the sum of its parts, as the official files compute it.

    XPath adds untyped numbers as binary floats: where the difference is the tolerance itself, it is
    the noise of the float that decides, and platforms follow the official file.
    """
    if amount is None:
        return False
    return abs(float(amount) - sum(map(float, parts))) <= float(tolerance)


@MULTI_VENDOR.rule(
    "BR-FR-MV-05_EXT-FR-FE-BG-12",
    on="BG-25",
    terms="BT-131 EXT-FR-FE-163",
    remedy="Recalculez le montant net (BT-131) de la ligne GROUP en additionnant ses lignes.",
    breaks="BT-131[2] + 1.00",
    example=MV,
    **_special_roots,
)
def group_is_the_sum_of_its_lines(line: Line, facts: Facts) -> bool:
    """Le net d'une ligne GROUP sans parente est la somme de ses lignes, au centime par ligne."""
    under = [
        child
        for child in facts.lines_under.get(stripped(line.identifier or ""), ())
        if child.subtype is not None
        and child.subtype != INFORMATION
        and child.net_amount is not None
    ]
    amounts = [child.net_amount for child in under if child.net_amount is not None]
    return _is_sum(line.net_amount, amounts, _tolerance(under))


@MULTI_VENDOR.rule(
    "BR-FR-MV-09_EXT-FR-FE-181",
    on="BG-25",
    terms="EXT-FR-FE-181 BT-117 BT-120",
    remedy="Recalculez la TVA de la ligne GROUP (EXT-FR-FE-181) en additionnant les montants de la "
    "ventilation dont le motif (BT-120) commence par #numéro de la sous-facture#.",
    breaks="EXT-FR-FE-181[2] + 1.00",
    example=MV,
    **_special_roots,
)
def vat_of_group_is_that_of_its_breakdown(line: Line, facts: Facts) -> bool:
    """La TVA d'une ligne GROUP sans parente est celle de sa sous-facture dans la ventilation."""
    mark = f"#{number_of(line, facts)}#"
    if facts.tree is not None and not facts.malformed_terms:
        # The file looks for « VAT » to the letter, of which we read any case.
        stated = found(facts.tree, _SPELLED[facts.syntax], mark=mark)
        return _is_sum(line.vat_amount, [DECIMAL.read(one.text or "") for one in stated], CENT)
    amounts = [
        vat.tax_amount
        for vat in facts.invoice.vat_breakdown
        if vat.tax_amount is not None and (vat.exemption_reason or "").startswith(mark)
    ]
    return _is_sum(line.vat_amount, amounts, CENT)


_SPELLED = {
    "CII": "//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax"
    "[ram:TypeCode = 'VAT' and starts-with(ram:ExemptionReason, $mark)]/ram:CalculatedAmount",
    "UBL": "/*/cac:TaxTotal/cac:TaxSubtotal[cac:TaxCategory/cac:TaxScheme/cbc:ID = 'VAT'"
    " and starts-with(cac:TaxCategory/cbc:TaxExemptionReason, $mark)]/cbc:TaxAmount",
}


@MULTI_VENDOR.rule(
    "BR-FR-MV-10_EXT-FR-FE-184",
    on="BG-25",
    terms="EXT-FR-FE-184 BT-131 EXT-FR-FE-181",
    remedy="Recalculez le TTC de la ligne GROUP : son montant net plus sa TVA.",
    breaks='EXT-FR-FE-184[2] = "999.00"',
    example=MV,
    **_special_roots,
)
def group_with_vat_is_net_and_vat(line: Line, facts: Facts) -> bool:
    """Le TTC d'une ligne GROUP sans parente, s'il est donné, est son net plus sa TVA."""
    if line.amount_with_vat is None:
        return True
    if line.net_amount is None or line.vat_amount is None:
        return False
    under = [
        child
        for child in facts.lines_under.get(line.identifier or "", ())
        if child.subtype in (GROUP, DETAIL)
    ]
    return within(line.amount_with_vat, line.net_amount + line.vat_amount, _tolerance(under))


# --- Which line belongs to which sub-invoice ------------------------------------------------------


@MULTI_VENDOR.rule(
    "BR-FR-MV-06_EXT-FR-FE-167",
    on="BG-25",
    terms="EXT-FR-FE-167 EXT-FR-FE-162",
    remedy="Donnez sur la ligne l'identifiant légal de son vendeur, le même que sur la ligne "
    "parente.",
    breaks="EXT-FR-FE-167[3] =",
    example=MV,
    given=_special,
)
def line_has_the_seller_of_its_parent(line: Line, facts: Facts) -> bool:
    """En cadre 8 ou 9, chaque ligne donne l'identifiant légal du vendeur de sa ligne parente."""
    seller = legal_id(line)
    if line.parent is None:
        return bool(seller)
    return bool(seller) and seller == legal_id(_parent(line, facts))


@MULTI_VENDOR.rule(
    "BR-FR-MV-07_BT-128",
    on="BG-25",
    terms="BT-128 EXT-FR-FE-162",
    remedy="Donnez sur la ligne le numéro de sa sous-facture (BT-128, schéma AFL), le même que sur "
    "la ligne parente.",
    breaks='BT-128[3,0] = "AUTRE@AFL"',
    also="BR-FR-MV-08_BT-128",
    example=MV,
    given=_special,
)
def line_has_the_number_of_its_parent(line: Line, facts: Facts) -> bool:
    """En cadre 8 ou 9, chaque ligne donne le numéro de sa sous-facture, celui de sa parente."""
    number = number_of(line, facts)
    if not number or len(_numbers(line, facts)) > 1:  # at a second one the official files stop
        return False
    return line.parent is None or number == number_of(_parent(line, facts), facts)


@MULTI_VENDOR.rule(
    "BR-FR-MV-08_BT-128",
    on="BG-25",
    terms="EXT-FR-FE-178 BT-128",
    remedy="Commencez le motif (EXT-FR-FE-178) par le numéro de la sous-facture entre deux #.",
    breaks="EXT-FR-FE-178[3] =",
    example=MV,
    given=_special,
)
def reason_of_detail_begins_with_its_number(line: Line, facts: Facts) -> bool:
    """Le motif de TVA d'une ligne DETAIL commence par #numéro de sa sous-facture#."""
    if line.subtype != DETAIL:
        return True
    number = number_of(line, facts)
    reason = (line.vat.exemption_reason if line.vat else None) or ""
    return bool(number) and reason.startswith(f"#{number}#")


def _own_roots(facts: Facts) -> list[Line]:
    """Return the roots of the sub-invoices of the invoice's own seller."""
    seller = facts.invoice.seller
    legal = seller.legal_identifier if seller else None
    if legal is None:
        return []
    return [line for line in roots(facts.invoice) if legal_id(line) == legal.value]


@MULTI_VENDOR.rule(
    "BR-FR-MV-11_BT-128",
    terms="BT-128 BT-1 BT-30",
    remedy="Donnez le numéro de la facture (BT-1) à une sous-facture du vendeur, et à une seule.",
    breaks='BT-1 = "FA-2026-0099"',
    example=MV,
    given=_special,
)
def one_sub_invoice_of_the_seller_bears_the_number(invoice: Invoice, facts: Facts) -> bool:
    """Une seule ligne GROUP du vendeur de la facture porte le numéro de celle-ci (BT-1)."""
    own = _own_roots(facts)
    return not own or sum(invoice.number in _numbers(line, facts) for line in own) == 1


@MULTI_VENDOR.rule(
    "BR-FR-MV-12_BT-128",
    terms="BT-128",
    remedy="Donnez à chaque sous-facture son propre numéro (BT-128, schéma AFL), et placez sa "
    "ligne GROUP avant ses autres lignes.",
    breaks='BT-128[2,0] = "FA-2026-0001@AFL"; BT-128[3,0] = "FA-2026-0001@AFL"; '
    'EXT-FR-FE-178[3] = "#FA-2026-0001#"',
    example=MV,
    given=_special,
)
def numbers_of_sub_invoices_differ(invoice: Invoice, facts: Facts) -> bool:
    """Deux sous-factures n'ont pas le même numéro, et leur ligne GROUP vient la première."""
    seen: set[str] = set()
    for line in invoice.lines:
        numbers = _numbers(line, facts)
        if is_root(line) and not seen.isdisjoint(numbers):
            return False
        seen.update(numbers)
    return True


@MULTI_VENDOR.rule(
    "BR-FR-MV-13_BT-3",
    terms="BT-3 BT-23",
    remedy="Émettez une facture de type 380, 381 ou 384, ou une autofacture par vendeur.",
    breaks='BT-3 = "389"',
    example=MV,
    given=asked_of(SEVERAL_SELLERS),
)
def multi_vendor_invoice_is_not_self_billed(invoice: Invoice, facts: Facts) -> bool:
    """Une facture multi-vendeurs (cadre 8) n'est pas une autofacture."""
    if invoice.type_code is None:
        return True
    return bool(facts.type_code) and facts.type_code not in codes.SELF_BILLED


# --- Corrections: each sub-invoice names the one it corrects --------------------------------------


def _names_number(line: Line, _: Facts) -> bool:
    return any(one.number is not None for one in line.preceding_invoices)


def _names_date(line: Line, facts: Facts) -> bool:
    return facts.is_malformed("EXT-FR-FE-138") or any(
        one.issue_date is not None for one in line.preceding_invoices
    )


def _asked_of_corrections(processes: frozenset[str], types: frozenset[str]) -> OfDocument:
    def is_a_correction(facts: Facts) -> bool:
        return facts.type_code in types and facts.business_process in processes

    return is_a_correction


for _family, _kind, _processes, _types, _example in (
    ("MV", "multi-vendeurs (cadre 8)", SEVERAL_SELLERS, CORRECTING, "multi-vendor-corrective"),
    ("BD", "bidirectionnelle (cadre 9)", TWO_WAYS, SELF_BILLED_CORRECTING, "two-way-corrective"),
):
    _given = _asked_of_corrections(_processes, _types)
    for _term, _names, _breaks, _also in (
        (
            "EXT-FR-FE-136",
            _names_number,
            "EXT-FR-FE-BG-06[0] =",
            f"BR-FR-{_family}-14-EXT-FR-FE-138",
        ),
        ("EXT-FR-FE-138", _names_date, "EXT-FR-FE-138[0,0] =", ""),
    ):
        MULTI_VENDOR.add(
            f"BR-FR-{_family}-14-{_term}",
            _names,
            on="BG-25",
            terms=_term,
            meaning=(
                f"Quand une facture {_kind} en corrige d'autres, chaque ligne GROUP sans parente "
                f"donne « {label(_term)} » ({_term})."
            ),
            remedy=f"Complétez {_term} sur la ligne GROUP.",
            breaks=_breaks,
            also=_also,
            example=_example,
            given=_given,
            unless=_is_no_root,
        )
