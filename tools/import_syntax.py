"""Write the tables of the syntax rules: ``facturier/rules/syntax/<book>.tsv``.

``python -m tools.import_syntax`` reads the installed official files and writes, for each id that
is no business rule, what it asks of which elements: facts in the small language told in
:mod:`facturier.rules.syntax`, no sentence. Expressions that this language has no word for are put
into it by hand, in ``BY_HAND``; an id that is neither is an error. Read the diff.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tools.official_files import FILES, OfficialFile

from facturier.rules.official.stylesheets import Assertion, Stylesheet
from facturier.rules.syntax.table import trails_of

HERE = Path(__file__).parent.parent / "src/facturier/rules/syntax"
BOOKS = ("en16931-ubl", "en16931-cii", "extended-ctc-fr-ubl", "extended-ctc-fr-cii")
BUSINESS = "BR-"

_ANY_AMOUNT = (
    "//*[ends-with(name(), 'Amount') and not(ends-with(name(),'PriceAmount')) "
    "and not(ancestor::cac:Price/cac:AllowanceCharge)]"
)
_AMOUNTS = "//ram:*[ends-with(name(), 'Amount') and not (self::ram:TaxTotalAmount)]"
_LINE = (
    "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction/ram:IncludedSupplyChainTradeLineItem"
)
CONTEXTS = {
    _ANY_AMOUNT: "*Amount[not(contains(local-name(), 'PriceAmount'))"
    " and not(ancestor::cac:Price/cac:AllowanceCharge)]",
    _AMOUNTS: "ram:*Amount",
    "cac:AllowanceCharge[cbc:ChargeIndicator = false()]": "cac:AllowanceCharge"
    "[contains(' false 0 ', concat(' ', normalize-space(cbc:ChargeIndicator), ' '))]",
    "cac:AllowanceCharge[cbc:ChargeIndicator = true()]": "cac:AllowanceCharge"
    "[contains(' true 1 ', concat(' ', normalize-space(cbc:ChargeIndicator), ' '))]",
    "(/ubl:Invoice|/cn:CreditNote)/cac:BillingReference": "/ubl:Invoice/cac:BillingReference | "
    "/cn:CreditNote/cac:BillingReference",
}
"""Contexts of the official files that are XPath 2.0, in our words."""
_ENDING = re.compile(r"//((?:ram:)?\*)\[ends-with\(name\(\), '(\w+)'\)\]")

_SUPPLIER = "../cac:AccountingSupplierParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName"
_IS_NOT_SELLER = f"cac:PartyName/cbc:Name != {_SUPPLIER}"
_TAX = "[cac:TaxScheme[upper-case(string(cbc:ID)){}'VAT']]/cbc:CompanyID"
_IN_BREAKDOWN = "ram:ApplicableHeaderTradeSettlement//"
_MEANS = "//ram:SpecifiedTradeSettlementPaymentMeans"
_DUE = "//ram:ApplicableTradeTax/ram:DueDateTypeCode"
_GROSS = "ram:GrossPriceProductTradePrice/ram:AppliedTradeAllowanceCharge"
_FALSE = "[normalize-space(udt:Indicator) = 'false' or normalize-space(udt:Indicator) = '0']"
_ADDITIONAL = "self::ram:AdditionalReferencedDocument and ram:TypeCode='916'"
_COUNTS = (
    "(not(cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID) or "
    "cac:BillingReference[cac:InvoiceDocumentReference/cbc:ID = /*/cbc:ID]"
    "/cac:InvoiceDocumentReference/cbc:DocumentStatusCode = 'DETAIL')"
)


def _no_both(party: str) -> tuple[str, ...]:
    """Either identifier of a party, not both."""
    return "test", f"not({party}/ram:ID and {party}/ram:GlobalID)", f"{party}/ram:GlobalID"


def _delivery_terms(terms: str, code: str, place: str, name: str) -> tuple[str, ...]:
    return (
        "no",
        f"{terms}/*[not(self::{code} or self::{place})] | {terms}/{place}/*[not(self::{name})]",
        terms,
    )


def _only(holder: str, *names: str) -> tuple[str, ...]:
    """Nothing but these stands in an element."""
    allowed = " or ".join(f"local-name() = '{name}'" for name in names)
    return "no", f"{holder}/*[not({allowed})]", holder


def _same(path: str) -> tuple[str, ...]:
    """Wherever it stands, it says the same."""
    first = f"normalize-space(({path})[1])"
    return "no", f"{path}[normalize-space(.) != {first}]", f"2 {path}"


BY_HAND: dict[str, tuple[str, ...]] = {
    "UBL-CR-002": ("no", "cbc:UBLVersionID[. != '2.1']"),
    "UBL-CR-412": (
        "no",
        "self::ubl:Invoice/cac:PaymentMeans/cbc:PaymentDueDate",
        "cac:PaymentMeans/cbc:PaymentDueDate",
    ),
    "UBL-DT-01": ("cents", "."),
    "UBL-DT-18": ("no", "//*[not(self::cbc:PaymentMeansCode)]/@name"),
    "UBL-SR-12": (
        "max1",
        f"cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme{_TAX.format('=')}",
    ),
    "UBL-SR-13": (
        "max1",
        f"cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme{_TAX.format('!=')}",
    ),
    "UBL-SR-18": (
        "max1",
        f"cac:AccountingCustomerParty/cac:Party/cac:PartyTaxScheme{_TAX.format('=')}",
    ),
    "UBL-SR-19": ("test", f"count(cac:PartyName/cbc:Name) <= 1 and {_IS_NOT_SELLER}"),
    "UBL-SR-20": (
        "test",
        (
            "count(cac:PartyIdentification/cbc:ID[upper-case(string(@schemeID)) != 'SEPA']) <= 1 "
            f"and {_IS_NOT_SELLER}"
        ),
    ),
    "UBL-SR-21": ("test", f"count(cac:PartyLegalEntity/cbc:CompanyID) <= 1 and {_IS_NOT_SELLER}"),
    "UBL-SR-42": ("test", "count(cac:PartyTaxScheme) <= 2", "3 cac:PartyTaxScheme"),
    "UBL-SR-43": (
        "test",
        (
            "cbc:DocumentTypeCode='130' or (/cn:CreditNote and cbc:DocumentTypeCode='50') or "
            "(not(cbc:ID/@schemeID) and not(cbc:DocumentTypeCode))"
        ),
        "cbc:DocumentTypeCode | cbc:ID/@schemeID",
    ),
    "UBL-SR-51": ("max1", "cac:AddressLine"),
    "UBL-SR-53": ("test", "cac:TaxScheme/cbc:ID and cbc:CompanyID"),
    "UBL-FREXT-CR-410": _delivery_terms(
        "cac:DeliveryTerms", "cbc:ID", "cac:DeliveryLocation", "cbc:Name"
    ),
    "UBL-FREXT-CR-645": _delivery_terms(
        "(cac:InvoiceLine|cac:CreditNoteLine)/cac:DeliveryTerms",
        "cbc:ID",
        "cac:DeliveryLocation",
        "cbc:Name",
    ),
    "CII-FREXT-CR-490": _only(
        "cac:TaxExchangeRate",
        "SourceCurrencyCode",
        "TargetCurrencyCode",
        "CalculationRate",
        "Date",
    ),
    "UBL-FREXT-SR-48": (
        "test",
        (
            f"count(cac:Item/cac:ClassifiedTaxCategory) = 1 or "
            f"(not({_COUNTS}) and not(cac:Item/cac:ClassifiedTaxCategory))"
        ),
    ),
    "CII-SR-046": ("test", "not(ram:GlobalID) or ram:GlobalID/@schemeID", "ram:GlobalID"),
    "CII-SR-090": (
        "test",
        "not(ram:OriginTradeCountry) or count(ram:OriginTradeCountry/ram:ID) = 1",
        "ram:OriginTradeCountry",
    ),
    "CII-SR-119": (
        "test",
        (
            f"({_GROSS}/ram:ChargeIndicator{_FALSE} and {_GROSS}/ram:ActualAmount) or "
            f"(not({_GROSS}/ram:ChargeIndicator) and not({_GROSS}/ram:ActualAmount))"
        ),
        _GROSS,
    ),
    "CII-SR-449": _no_both("ram:ShipToTradeParty"),
    "CII-SR-450": _no_both("ram:BuyerTradeParty"),
    "CII-SR-451": _no_both("ram:PayeeTradeParty"),
    "CII-SR-462": ("no", f"{_DUE}[. != ({_DUE})[1]]", f"2 {_DUE}"),
    "CII-SR-465": (
        "test",
        (
            "not(ram:SellerTradeParty/ram:DefinedTradeContact/ram:PersonName and "
            "ram:SellerTradeParty/ram:DefinedTradeContact/ram:DepartmentName)"
        ),
        "ram:SellerTradeParty/ram:DefinedTradeContact/ram:DepartmentName",
    ),
    "CII-SR-466": (
        "test",
        (
            "not(ram:BuyerTradeParty/ram:DefinedTradeContact/ram:PersonName and "
            "ram:BuyerTradeParty/ram:DefinedTradeContact/ram:DepartmentName)"
        ),
        "ram:BuyerTradeParty/ram:DefinedTradeContact/ram:DepartmentName",
    ),
    "CII-SR-467": _same(f"{_MEANS}/ram:TypeCode"),
    "CII-SR-468": _same(f"{_MEANS}/ram:Information"),
    "CII-SR-470": (
        "no",
        (
            "ram:SpecifiedTradeSettlementPaymentMeans[(normalize-space(ram:TypeCode) = '30' or "
            "normalize-space(ram:TypeCode) = '58') and not(ram:PayeePartyCreditorFinancialAccount/"
            "ram:IBANID or ram:PayeePartyCreditorFinancialAccount/ram:ProprietaryID)]"
        ),
    ),
    "CII-DT-015": ("test", f"not(ram:URIID) or ({_ADDITIONAL})", "ram:URIID"),
    "CII-DT-018": (
        "test",
        (
            "not(ram:TypeCode) or self::ram:AdditionalReferencedDocument and (ram:TypeCode='50' or "
            "ram:TypeCode='130' or ram:TypeCode='916')"
        ),
        "ram:TypeCode",
    ),
    "CII-EXT-DT-018": (
        "test",
        (
            "not(ram:TypeCode) or self::ram:AdditionalReferencedDocument and (ram:TypeCode='50' or "
            "ram:TypeCode='130' or ram:TypeCode='916') or self::ram:InvoiceReferencedDocument"
        ),
        "ram:TypeCode",
    ),
    "CII-DT-021": ("test", f"not(ram:Name) or ({_ADDITIONAL})", "ram:Name"),
    "CII-DT-022": (
        "test",
        f"not(ram:AttachmentBinaryObject) or ({_ADDITIONAL})",
        "ram:AttachmentBinaryObject",
    ),
    "CII-DT-024": (
        "test",
        (
            "not(ram:ReferenceTypeCode) or "
            "(self::ram:AdditionalReferencedDocument and ram:TypeCode='130')"
        ),
        "ram:ReferenceTypeCode",
    ),
    "CII-FREXT-DT-024": (
        "test",
        (
            "not(ram:ReferenceTypeCode) or (self::ram:AdditionalReferencedDocument and "
            "ram:TypeCode='130') or self::ram:ContractReferencedDocument"
        ),
        "ram:ReferenceTypeCode",
    ),
    "CII-DT-027": (
        "test",
        "not(ram:FormattedIssueDateTime) or self::ram:InvoiceReferencedDocument",
        "ram:FormattedIssueDateTime",
    ),
    "CII-FREXTDT-027": (
        "test",
        (
            "not(ram:FormattedIssueDateTime) or self::ram:InvoiceReferencedDocument or "
            "self::ram:ContractReferencedDocument or self::ram:BuyerOrderReferencedDocument or "
            "self::ram:DespatchAdviceReferencedDocument"
        ),
        "ram:FormattedIssueDateTime",
    ),
    "CII-DT-033": (
        "test",
        f"not(@unitCode) or {_LINE}/ram:SpecifiedLineTradeDelivery/ram:BilledQuantity/@unitCode",
        "@unitCode",
        "ram:BilledQuantity",
    ),
    "CII-DT-031": ("no", "@currencyID", "", "ram:TaxTotalAmount"),
    "CII-DT-032": ("no", "@currencyCodeListVersionID", "", "ram:TaxTotalAmount"),
    "CII-DT-037": ("vat", "ram:TypeCode"),
    "CII-DT-041": ("no", "ram:BasisAmount", "", _IN_BREAKDOWN),
    "CII-DT-052": (
        "test",
        "not(ram:ExemptionReasonCode) or self::ram:ApplicableTradeTax",
        "ram:ExemptionReasonCode",
    ),
    "CII-DT-098": (
        "test",
        "not(ram:ExemptionReason) or self::ram:ApplicableTradeTax",
        "ram:ExemptionReason",
    ),
    "CII-DT-054": ("no", "ram:TaxPointDate", "", _IN_BREAKDOWN),
    "CII-DT-058": ("no", "ram:DueDateTypeCode", "", _IN_BREAKDOWN),
    "CII-DT-097": ("date102", "."),
    "CII-FREXT-SR-106": _delivery_terms(
        "ram:ApplicableTradeDeliveryTerms",
        "ram:DeliveryTypeCode",
        "ram:RelevantTradeLocation",
        "ram:Name",
    ),
    "CII-FREXT-SR-293": _delivery_terms(
        "ram:ApplicableTradeDeliveryTerms",
        "ram:DeliveryTypeCode",
        "ram:RelevantTradeLocation",
        "ram:Name",
    ),
    "CII-FREXT-SR-366": _only(
        "ram:TaxApplicableTradeCurrencyExchange",
        "SourceCurrencyCode",
        "TargetCurrencyCode",
        "ConversionRate",
        "ConversionRateDateTime",
    ),
}
"""What the tables say of ids whose expression is not one of `_FORMS`: kind, text, when, but."""

_FORMS = (
    (re.compile(r"not ?\((.*)\)"), "no"),
    (re.compile(r"count\((.*)\) ?(?:<=|le) ?1"), "max1"),
    (re.compile(r"count\((.*)\) ?= ?1"), "one"),
    (re.compile(r"((?:@|cac:|cbc:|ram:)[\w:/@]+)"), "min1"),
)


def said(one: Assertion) -> tuple[str, ...]:
    """Return kind, text and what else the table says. Raises ValueError when it has no words."""
    if one.id in BY_HAND:
        return BY_HAND[one.id]
    test = _unwrapped(" ".join(one.test.split()))
    for form, kind in _FORMS:
        found = form.fullmatch(test)
        if found and _is_path(found[1]):
            return kind, found[1]
    raise ValueError(f"{one.id}: no words for {one.test}")


def _unwrapped(text: str) -> str:
    while text.startswith("(") and text.endswith(")") and _balanced(text[1:-1]):
        text = text[1:-1].strip()
    return text


def _balanced(text: str) -> bool:
    depth = 0
    for letter in text:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth < 0:
            return False
    return depth == 0


def _is_path(text: str) -> bool:
    """Whether a text is one path, its conditions left out."""
    if not _balanced(text):
        return False
    try:
        list(trails_of(text))
    except (KeyError, ValueError):
        return False
    return True


def write(file: OfficialFile, path: Path) -> str:
    """Write one table and return a line that says what changed."""
    sheet = Stylesheet(path)
    target = HERE / f"{file.book}.tsv"
    before = set(target.read_text(encoding="utf-8").splitlines()) if target.exists() else set()
    lines = [f"# {file.book}: {sheet.version or file.version}, {path.name}"]
    context = ""
    for one in sheet.assertions:
        if not one.id or one.id.startswith(BUSINESS):
            continue
        if one.context != context:
            context = one.context
            lines.append("in\t" + (CONTEXTS.get(context) or _ENDING.sub(r"\1\2", context)))
        lines.append("\t".join((one.id, *said(one))))
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    changed = len(before ^ set(lines))
    return f"{file.book}: {len(lines)} lines, {changed} changed"


def main(arguments: list[str]) -> None:
    """Write the tables named, else all."""
    for book in arguments or BOOKS:
        path = FILES[book].locate()
        if path is None:
            print(f"{book}: {FILES[book].package} is not installed, skipped")
            continue
        print(write(FILES[book], path))


if __name__ == "__main__":
    main(sys.argv[1:])
