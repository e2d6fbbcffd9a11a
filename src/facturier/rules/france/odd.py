"""The rules of BR-FR-Flux2 on taxes, notes, parties and sub-invoices, asked of an odd file.

Source: BR-FR-Flux2 1.4.0 fix 04 (FNFE-MPE). Unlike EN 16931 it looks at every tax of a line, at
every legal entity of a party and at every note, whether it is the one that counts or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from facturier.formats.codecs import XML_SPACE
from facturier.invoice import codes
from facturier.invoice.money import CENT, total
from facturier.rules.en16931.odd_words import SETTLEMENT, TRANSACTION
from facturier.rules.facts import Facts
from facturier.rules.france.coherence import ALREADY_PAID, process_of
from facturier.rules.france.multi_vendor import SEVERAL_SELLERS, SPECIAL
from facturier.rules.france.writing import has_at_most, is_siren
from facturier.rules.odd_files import Element, OddFile, Wrong, found, is_true, number, wherever

_AGREEMENT = f"{TRANSACTION}/ram:ApplicableHeaderTradeAgreement"
_CII_LINE = f"{TRANSACTION}/ram:IncludedSupplyChainTradeLineItem"
_CII_LINE_TAX = f"{_CII_LINE}/ram:SpecifiedLineTradeSettlement/ram:ApplicableTradeTax"
_CII_TAX = f"{SETTLEMENT}/ram:ApplicableTradeTax"
_CII_ADJUSTED = f"{SETTLEMENT}/ram:SpecifiedTradeAllowanceCharge/ram:CategoryTradeTax"
_SUBTYPE = "../../ram:AssociatedDocumentLineDocument/ram:LineStatusReasonCode"
_CII_ROOT = (
    f"{_CII_LINE}[ram:AssociatedDocumentLineDocument/ram:LineStatusReasonCode = 'GROUP'"
    " and not(ram:AssociatedDocumentLineDocument/ram:ParentLineID)]"
)
_UBL_LINE_TAX = "//cac:Item/cac:ClassifiedTaxCategory"
_UBL_INVOICE_LINE_TAX = "//cac:InvoiceLine/cac:Item/cac:ClassifiedTaxCategory"
_UBL_TAX = "//cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory"
_UBL_ADJUSTED = "//cac:AllowanceCharge/cac:TaxCategory"


# Taxes.
def _is_no_category(path: str, code: str, *, needed: bool, spared: str = "false()") -> Wrong:
    """Return what objects to a tax of another category; `spared` ones may do without."""

    def wrong(tree: Element, _: Facts) -> bool:
        for tax in found(tree, path):
            stated = found(tax, code)
            if not stated and needed and not is_true(tax, spared):
                return True
            if stated and not any((x.text or "") in codes.FRENCH_VAT_CATEGORY for x in stated):
                return True
        return False

    return wrong


def _is_no_rate(path: str) -> Wrong:
    def wrong(tree: Element, _: Facts) -> bool:
        return any((one.text or "") not in codes.VAT_RATE_FR for one in found(tree, path))

    return wrong


def _is_spanish(path: str) -> Wrong:
    return wherever(f"{path}[. = 'L' or . = 'M']")


def _cii_taxes() -> Iterator[tuple[str, Wrong]]:
    code, rate = "ram:CategoryCode", "ram:RateApplicablePercent"
    spared = f"{_SUBTYPE} = 'GROUP' or {_SUBTYPE} = 'INFORMATION'"
    for id_, path, may_do_without in (
        ("BR-FR-15_BT-95_BT-102", _CII_ADJUSTED, "false()"),
        ("BR-FR-15_BT-95_BT-118", _CII_TAX, "false()"),
        ("BR-FR-15_BT-95_BT-151", _CII_LINE_TAX, spared),
    ):
        yield id_, _is_no_category(path, code, needed=True, spared=may_do_without)
        yield f"{id_}_LM", _is_spanish(f"{path}/{code}")
    for id_, path in (
        ("BR-FR-16_BT-96_BT-103", _CII_ADJUSTED),
        ("BR-FR-16_BT-119", _CII_TAX),
        ("BR-FR-16_BT-152", _CII_LINE_TAX),
    ):
        yield id_, _is_no_rate(f"{path}/{rate}[. != '']")


def _ubl_taxes() -> Iterator[tuple[str, Wrong]]:
    for listed, refused, path in (
        ("BR-FR-15_BT-95_BT-102-1", "BR-FR-15_BT-95_BT-102-2", _UBL_ADJUSTED),
        ("BR-FR-15_BT-118-1", "BR-FR-15_BT-118-2", _UBL_TAX),
        ("BR-FR-15_BT-151-1", "BR-FR-08_BT-151-2", _UBL_LINE_TAX),
    ):
        yield listed, _is_no_category(path, "cbc:ID", needed=False)
        yield refused, _is_spanish(f"{path}/cbc:ID")
    for id_, path in (
        ("BR-FR-16_BT-96", _UBL_ADJUSTED),
        ("BR-FR-16_BT-119", _UBL_TAX),
        ("BR-FR-16_BT-152", _UBL_INVOICE_LINE_TAX),
    ):
        yield id_, _is_no_rate(f"{path}/cbc:Percent")


# Totals: each that stands.
_SUMS = "ram:SpecifiedTradeSettlementHeaderMonetarySummation"
_IN_EUROS = f"{_SUMS}/ram:TaxTotalAmount[@currencyID = 'EUR']"


def _totals() -> Iterator[tuple[str, Wrong]]:
    for term, name in (
        ("BT-113", "TotalPrepaidAmount"),
        ("BT-114", "RoundingAmount"),
        ("BT-115", "DuePayableAmount"),
    ):
        yield f"BR-FR-DEC-01_{term}", _is_ill_written(f"{SETTLEMENT}/{_SUMS}/ram:{name}")


def _is_ill_written(path: str) -> Wrong:
    def wrong(tree: Element, _: Facts) -> bool:
        return not all(has_at_most(one.text or "", 2) for one in found(tree, path))

    return wrong


# Notes: one may have several subjects.
def _notes() -> Iterator[tuple[str, Wrong]]:
    document = "/rsm:CrossIndustryInvoice/rsm:ExchangedDocument"
    for code in ("PMT", "PMD", "AAB", "TXD"):
        noted = f"ram:IncludedNote[ram:SubjectCode = '{code}']"
        if code != "TXD":
            yield f"BR-FR-05_BT-22_{code}", wherever(f"{document}[not({noted})]")
        yield f"BR-FR-06_BT-21_{code}", wherever(f"{document}[count({noted}) > 1]")


# Parties.
def _is_no_siren(path: str, number: str) -> Wrong:
    def wrong(tree: Element, _: Facts) -> bool:
        return any(
            not stated or not all(is_siren(one.text or "") for one in stated)
            for party in found(tree, path)
            for stated in (found(party, number),)
        )

    return wrong


_GROUP_MEMBER = "cac:AccountingSupplierParty/cac:Party/cac:PartyIdentification/cbc:ID"
_SIREN = "[@schemeID = '0002']"


# Days that are none are compared as texts.
def _is_due_before_issue(tree: Element, facts: Facts) -> bool:
    """Object to a due date before the issue date, both as they are written."""
    invoice = facts.invoice
    if invoice.type_code in codes.PREPAYMENT or process_of(invoice) in ALREADY_PAID:
        return False
    day = "udt:DateTimeString"
    terms = "ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime"
    due = [one.text or "" for one in found(tree, f"{SETTLEMENT}/{terms}/{day}")]
    if not any(one.strip(XML_SPACE) for one in due):
        return False
    issued = found(tree, f"/*/rsm:ExchangedDocument/ram:IssueDateTime/{day}")
    return not issued or any(one < (issued[0].text or "") for one in due)


# Sub-invoices.
def _in_special(path: str) -> Wrong:
    return lambda tree, facts: facts.business_process in SPECIAL and bool(found(tree, path))


_AMOUNT = (
    "ram:SpecifiedLineTradeSettlement/ram:SpecifiedTradeSettlementLineMonetarySummation"
    "/ram:LineTotalAmount"
)
_DOCUMENT_LINE = "ram:AssociatedDocumentLineDocument"


def _group_is_no_sum(tree: Element, facts: Facts) -> bool:
    """Object to the amount of a sub-invoice that is not about that of its lines."""
    if facts.business_process not in SPECIAL:
        return False
    below: dict[str, list[Decimal | None]] = {}
    counted = f"{_CII_LINE}[{_DOCUMENT_LINE}/ram:LineStatusReasonCode != 'INFORMATION']"
    for line in found(tree, counted):
        amounts = [number(one.text) for one in found(line, _AMOUNT)]
        for parent in found(line, f"{_DOCUMENT_LINE}/ram:ParentLineID"):
            below.setdefault(parent.text or "", []).extend(amounts)
    return not all(_is_sum(root, below) for root in found(tree, _CII_ROOT))


def _is_sum(root: Element, below: dict[str, list[Decimal | None]]) -> bool:
    own = next((one.text for one in found(root, f"{_DOCUMENT_LINE}/ram:LineID")), "")
    under = below.get((own or "").strip(XML_SPACE), [])
    amount = next((number(one.text) for one in found(root, _AMOUNT)), None)
    return amount is not None and abs(amount - total(under)) <= CENT * len(under)


_ANOTHER_PROCESS = " or ".join(f"ram:IssuerAssignedID = '{one}'" for one in sorted(SEVERAL_SELLERS))
_FRAMEWORK = (
    f"{_CII_ROOT}/ram:SpecifiedLineTradeSettlement"
    "/ram:AdditionalReferencedDocument[ram:ReferenceTypeCode = 'AVV']"
    "[not(ram:TypeCode = '130') or normalize-space(ram:IssuerAssignedID) = ''"
    f" or {_ANOTHER_PROCESS}]"
)
_SPECIAL_CII = " or ".join(
    f"normalize-space(/*/rsm:ExchangedDocumentContext"
    f"/ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID) = '{one}'"
    for one in sorted(SPECIAL)
)
_SPECIAL_UBL = " or ".join(
    f"normalize-space(/*/cbc:ProfileID) = '{one}'" for one in sorted(SPECIAL)
)
_SPECIAL_LINE = f"{_CII_LINE}/ram:SpecifiedLineTradeSettlement[{_SPECIAL_CII}]"
_VAT_AGAIN = (
    "ram:SpecifiedTradeSettlementLineMonetarySummation/ram:TaxTotalAmount"
    "[@currencyID = preceding-sibling::ram:TaxTotalAmount/@currencyID]"
)
_NUMBERED_TWICE = (
    f"/*[{_SPECIAL_UBL}]/*/cac:DocumentReference[cbc:DocumentTypeCode = '130']"
    "[cbc:ID/@schemeID = 'AFL'][2]"
)
_NUMBERS = "ram:AdditionalReferencedDocument[ram:ReferenceTypeCode = 'AFL'][ram:TypeCode = '130']"

ODD: dict[str, OddFile] = {
    "UBL": OddFile(
        {
            **dict(_ubl_taxes()),
            "BR-FR-10_BT-30": _is_no_siren(
                "//cac:AccountingSupplierParty/cac:Party/cac:PartyLegalEntity",
                f"cbc:CompanyID{_SIREN}",
            ),
            "BR-FR-32-LEGALID": _is_no_siren(
                f"//cac:PartyLegalEntity/cbc:CompanyID{_SIREN}", "self::*"
            ),
            "BR-FR-CO-15_BT-29-1": wherever(
                f"/*[{_GROUP_MEMBER}[@schemeID = '0231']]"
                "[not(cac:TaxRepresentativeParty/cac:PartyTaxScheme/cbc:CompanyID != '')]"
            ),
        },
        (_NUMBERED_TWICE,),
    ),
    "CII": OddFile(
        {
            **dict(_cii_taxes()),
            **dict(_notes()),
            "BR-FR-18_BT-123": wherever(
                f"{_AGREEMENT}[count(ram:AdditionalReferencedDocument[ram:Name = 'LISIBLE']) > 1]"
            ),
            **dict(_totals()),
            "BR-FR-CO-12_BT-5": wherever(
                f"{SETTLEMENT}[ram:InvoiceCurrencyCode != 'EUR']"
                f"[not(ram:TaxCurrencyCode = 'EUR' and {_IN_EUROS} != '')]"
            ),
            "BR-FR-CO-07_BT-9": _is_due_before_issue,
            "BR-FR-MV-03_BT-128_AVV": _in_special(_FRAMEWORK),
            "BR-FR-MV-05_EXT-FR-FE-BG-12": _group_is_no_sum,
        },
        (
            "//ram:BusinessProcessSpecifiedDocumentContextParameter[ram:ID][2]",
            f"{_AGREEMENT}/ram:BuyerTradeParty/ram:URIUniversalCommunication[2]",
            f"{_AGREEMENT}/ram:SellerTradeParty/ram:URIUniversalCommunication[2]",
            "//ram:AdditionalReferencedDocument/ram:Name[2]",
            f"{_SPECIAL_LINE}/{_NUMBERS}[2]",
            f"{_SPECIAL_LINE}/{_VAT_AGAIN}",
        ),
    ),
}
