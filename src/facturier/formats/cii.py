"""UN/CEFACT Cross Industry Invoice D22B: where each business term stands.

It is also the XML of Factur-X, whose EXTENDED profile adds terms of its own (``BT-X-…``; those
that EXTENDED-CTC-FR has too bear its ids). Sources: EN 16931-3-3 (binding), XP Z12-012 annex A for
the French extension, Factur-X 1.09 for its own, the D22B schemas for the order. To follow a new
version, change the rows.

``BT-8`` and ``EXT-FR-FE-180`` are codes of UNTDID 2475 here (5, 29, 72) and of UNTDID 2005 in the
model and in UBL (3, 35, 432). ``BT-7`` and ``BT-8`` stand in the VAT breakdowns: the date in the
first one only (CII-SR-461 of the official rules), the code in each.

What CII cannot carry, and the writer therefore names: ``BT-7`` and ``BT-8`` without a VAT
breakdown, ``BT-91`` without payment instructions, ``EXT-FR-FE-192`` when no rate follows from
``BT-110`` and ``BT-111`` (the schema demands one).

Every element that Factur-X EXTENDED admits has a row, but the date of an invoiced object
(``BT-X-557``), which the identifier (``BT-18``) has no room for: it is reported as having no place.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from facturier.formats import codecs
from facturier.formats.binding import Binding
from facturier.formats.rows import LIST_ATTRIBUTES, Const, Presence, Row, const
from facturier.invoice.model import Identifier, Invoice, Line
from facturier.invoice.terms import dictionary

_STANDARD = "urn:un:unece:uncefact:data:standard:"
NAMESPACES = {
    "rsm": f"{_STANDARD}CrossIndustryInvoice:100",
    "ram": f"{_STANDARD}ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_STANDARD}UnqualifiedDataType:100",
    "qdt": f"{_STANDARD}QualifiedDataType:100",
}

IGNORED = LIST_ATTRIBUTES
"""Attributes that name a list or an agency: a file says them, the standard fixes them."""

_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}")
_POINT_DATE = codecs.translated({"5": "3", "29": "35", "72": "432"})


def amount(path: str) -> Row:
    """Return the row of an amount in the invoice currency, which CII need not repeat."""
    return Row(path=path, tolerated={"currencyID": "$BT-5"})


def total(path: str, currency: str, equals: str = "=") -> Row:
    """Return the row of an amount told from another by its currency."""
    value = currency if currency.startswith("$") else f"'{currency}'"
    return Row(path=f"{path}[@currencyID{equals}{value}]", attributes={"currencyID": currency})


def day(path: str, inner: str = "udt:DateTimeString") -> Row:
    """Return the row of a date in format 102."""
    return Row(path=f"{path}/{inner}", codec=codecs.DATE_102, attributes={"format": "102"})


def formatted(path: str) -> Row:
    """Return the row of the date of a referenced document."""
    return day(f"{path}ram:FormattedIssueDateTime", "qdt:DateTimeString")


def object_reference(path: str) -> Row:
    """Return the row of an identifier whose scheme stands in a reference type code."""
    return Row(
        path=path,
        components={
            "value": "ram:IssuerAssignedID",
            "=130": "ram:TypeCode",
            "scheme": "ram:ReferenceTypeCode",
        },
    )


def _has_scheme(identifier: Identifier, _: Invoice) -> bool:
    return identifier.scheme is not None


def _has_no_scheme(identifier: Identifier, _: Invoice) -> bool:
    return identifier.scheme is None


def _is_iban(account: str, _: Invoice) -> bool:
    return _IBAN.fullmatch(account) is not None


def _is_no_iban(account: str, _: Invoice) -> bool:
    return _IBAN.fullmatch(account) is None


_ADDRESS = {
    "post_code": "ram:PostcodeCode",
    "line_1": "ram:LineOne",
    "line_2": "ram:LineTwo",
    "line_3": "ram:LineThree",
    "city": "ram:CityName",
    "country_code": "ram:CountryID",
    "country_subdivision": "ram:CountrySubDivisionName",
}


def _ids(group: str) -> dict[str, str]:
    """Return field path → id for the terms below `group`: ``contact.email`` → ``BT-43``."""
    terms, groups = dictionary()
    start = groups[group].path
    return {
        ".".join(term.path[len(start) :]): term.id
        for term in terms.values()
        if term.path[: len(start)] == start
    }


def _parent(term: str) -> str:
    return dictionary()[0][term].parent


def _identifiers(term: str, path: str = "") -> dict[str, str | Row | Const | Presence]:
    """Return the two places of an identifier: a plain ID, or a GlobalID with its scheme."""
    return {
        term: Row(path=f"{path}ram:ID", when=_has_no_scheme),
        f"{term}#2": Row(path=f"{path}ram:GlobalID", when=_has_scheme, absent={"scheme": ""}),
    }


def party(group: str, path: str) -> dict[str, str | Row | Const | Presence]:
    """Return the rows of a party, those of its fields that the model has at this place."""
    ids = _ids(group)
    vat = "ram:SpecifiedTaxRegistration[ram:ID/@schemeID=='VA']/ram:ID"
    tax = "ram:SpecifiedTaxRegistration[ram:ID/@schemeID=='FC']/ram:ID"
    contact, seat = "ram:DefinedTradeContact", "ram:SpecifiedLegalOrganization"
    places: dict[str, str | Row] = {
        "name": "ram:Name",
        "role_code": "ram:RoleCode",
        "legal_information": "ram:Description",
        "legal_identifier": "ram:SpecifiedLegalOrganization/ram:ID",
        "trading_name": "ram:SpecifiedLegalOrganization/ram:TradingBusinessName",
        **{
            f"registered_address.{x}": f"{seat}/ram:PostalTradeAddress/{at}"
            for x, at in _ADDRESS.items()
        },
        **{f"contact.{field}": _at(contact, place) for field, place in _CONTACT.items()},
        **{f"further_contacts.{field}": place for field, place in _CONTACT.items()},
        **{f"postal_address.{x}": f"ram:PostalTradeAddress/{at}" for x, at in _ADDRESS.items()},
        "electronic_address": "ram:URIUniversalCommunication/ram:URIID",
        "vat_identifier": Row(path=vat, attributes={"schemeID": "VA"}),
        "tax_registration_identifier": Row(path=tax, attributes={"schemeID": "FC"}),
    }
    shown = {
        "postal_address": "ram:PostalTradeAddress",
        "registered_address": f"{seat}/ram:PostalTradeAddress",
        "contact": contact,
    }
    rows: dict[str, str | Row | Const | Presence] = {group: path}
    if "identifiers" in ids:
        rows |= _identifiers(ids["identifiers"])
    for place, entry in places.items():
        field, mark, number = place.partition("#")
        if field not in ids:
            continue
        for part, element in shown.items():
            if field.startswith(f"{part}."):
                rows.setdefault(f"{_parent(ids[field])}-0", Presence(path=element))
        if field.startswith("further_contacts."):
            rows.setdefault(_parent(ids[field]), _noted(f"{contact}[position()>1]"))
        known = _is_asked(group, field, ids[field])
        rows[ids[field] + mark + number] = entry if known else _noted(entry)
    return rows


_CONTACT: dict[str, str | Row] = {
    "name": "ram:PersonName",
    "name#2": Row(path="ram:DepartmentName", written=False),
    "department": "ram:DepartmentName[preceding-sibling::ram:PersonName]",
    "type_code": "ram:TypeCode",
    "telephone": "ram:TelephoneUniversalCommunication/ram:CompleteNumber",
    "fax": "ram:FaxUniversalCommunication/ram:CompleteNumber",
    "email": "ram:EmailURIUniversalCommunication/ram:URIID",
}
"""Without a person, the department is the contact (BT-41)."""


def _at(element: str, entry: str | Row) -> str | Row:
    """Return a row of what stands in an element."""
    if isinstance(entry, str):
        return f"{element}/{entry}"
    return dataclasses.replace(entry, path=f"{element}/{entry.path}")


def _noted(entry: str | Row) -> Row:
    """Return the row of a term that few rules ask for."""
    return (
        Row(path=entry, beyond=True)
        if isinstance(entry, str)
        else dataclasses.replace(entry, beyond=True)
    )


def _all_noted(
    rows: dict[str, str | Row | Const | Presence],
) -> dict[str, str | Row | Const | Presence]:
    """Return rows of terms that few rules ask for."""
    return {
        key: _noted(entry) if isinstance(entry, str | Row) else entry for key, entry in rows.items()
    }


_WHOLE = ("BG-X-18", "BG-X-27", "BG-X-30", "BG-X-54")
"""Parties of Factur-X EXTENDED that rules on parties ask of."""
_ASKED = ("BT-X-573", "BT-X-586")
"""Terms of other parties that they ask for."""


def _is_asked(group: str, field: str, id_: str) -> bool:
    """Return whether rules on parties ask for a field of the party `group`."""
    part, _, name = field.partition(".")
    if part in ("registered_address", "further_contacts") or name in (
        "department",
        "type_code",
        "fax",
    ):
        return False
    return group in _WHOLE or not id_.startswith("BT-X-") or id_ in _ASKED


def _tax(
    terms: tuple[str, str, str, str], path: str, key: str, **more: Row
) -> dict[str, str | Row | Const | Presence]:
    """Return the rows of a VAT category: exemption text, code, exemption code, rate.

    `more` stands before the rate.
    """
    exemption, category, exemption_code, rate = terms
    return {
        key: const("VAT", f"{path}ram:TypeCode"),
        exemption: f"{path}ram:ExemptionReason",
        category: f"{path}ram:CategoryCode",
        exemption_code: f"{path}ram:ExemptionReasonCode",
        **more,
        rate: f"{path}ram:RateApplicablePercent",
    }


def _allowance(group: str, path: str, *, charge: bool) -> dict[str, str | Row | Const | Presence]:
    """Return the rows of an allowance or charge, of the document or of a line."""
    ids = _ids(group)
    indicator = "true" if charge else "false"
    element = f"ram:SpecifiedTradeAllowanceCharge[ram:ChargeIndicator/udt:Indicator='{indicator}']"
    rows: dict[str, str | Row | Const | Presence] = {
        group: f"{path}/{element}",
        f"{group}-0": const(indicator, "ram:ChargeIndicator/udt:Indicator"),
        **_counting(ids),
        ids["percentage"]: "ram:CalculationPercent",
        ids["base_amount"]: amount("ram:BasisAmount"),
        **_quantity(ids),
        ids["amount"]: amount("ram:ActualAmount"),
        ids["reason_code"]: Row(
            path="ram:ReasonCode", tolerated={"listID": "7161" if charge else "5189"}
        ),
        ids["reason"]: "ram:Reason",
    }
    if "vat_category" in ids:
        fields = ("vat_exemption_reason", "vat_category", "vat_exemption_code", "vat_rate")
        text, category, code, rate = (ids[field] for field in fields)
        rows |= _tax((text, category, code, rate), "ram:CategoryTradeTax/", f"{group}-0b")
    return rows


def _counting(ids: dict[str, str]) -> dict[str, Row]:
    """Return the row of the rank of an allowance or charge, which those of a line have not."""
    return {ids["sequence"]: _noted("ram:SequenceNumeric")} if "sequence" in ids else {}


def _quantity(ids: dict[str, str]) -> dict[str, Row]:
    """Return the rows of the quantity that an allowance or charge is on."""
    if "base_quantity" not in ids:
        return {}
    return {
        ids["base_quantity"]: _noted("ram:BasisQuantity"),
        ids["base_unit"]: Row(path="ram:BasisQuantity/@unitCode"),
    }


def _reference(group: str, path: str) -> dict[str, str | Row | Const | Presence]:
    """Return the rows of a referenced document (Factur-X EXTENDED)."""
    ids = _ids(group)
    rows: dict[str, str | Row | Const | Presence] = {group: path}
    rows[ids["number"]] = "ram:IssuerAssignedID"
    if "line" in ids:
        rows[ids["line"]] = "ram:LineID"
    rows[ids["issue_date"]] = formatted("")
    return rows


def _payment_step(group: str, path: str, kind: str) -> dict[str, str | Row | Const | Presence]:
    """Return the rows of a penalty or a discount of the terms of payment."""
    ids = _ids(group)
    return {
        group: path,
        ids["base_date"]: day("ram:BasisDateTime"),
        ids["period"]: "ram:BasisPeriodMeasure",
        ids["period_unit"]: "ram:BasisPeriodMeasure/@unitCode",
        ids["base_amount"]: amount("ram:BasisAmount"),
        ids["percentage"]: "ram:CalculationPercent",
        ids["amount"]: amount(f"ram:Actual{kind}Amount"),
    }


def _rate(invoice: Invoice) -> str | None:
    """Return the exchange rate that follows from the two VAT totals."""
    totals = invoice.totals
    if totals is None or not totals.vat_amount or totals.vat_amount_accounting is None:
        return None
    rate = totals.vat_amount_accounting / totals.vat_amount
    return format(rate.quantize(Decimal("0.000001")), "f") if rate > 0 else None


def _rate_follows(_: Any, invoice: Invoice) -> bool:
    return _rate(invoice) is not None


_TRANSACTION = "rsm:SupplyChainTradeTransaction"
_CONTEXT = "rsm:ExchangedDocumentContext"
_DOCUMENT = "rsm:ExchangedDocument"
_AGREEMENT = f"{_TRANSACTION}/ram:ApplicableHeaderTradeAgreement"
_DELIVERY = f"{_TRANSACTION}/ram:ApplicableHeaderTradeDelivery"
_SETTLEMENT = f"{_TRANSACTION}/ram:ApplicableHeaderTradeSettlement"


def _inside(
    group: str, path: str, places: Mapping[str, str | Row]
) -> dict[str, str | Row | Const | Presence]:
    """Return the rows of an address or contact of the place of delivery, told at `path`."""
    ids = _ids(group)
    rows: dict[str, str | Row | Const | Presence] = {}
    if path:
        rows[f"{group}-0"] = Presence(path=path)
    for place, entry in places.items():
        field, mark, number = place.partition("#")
        if field in ids:
            rows[ids[field] + mark + number] = _noted(_at(path, entry) if path else entry)
    return rows


def _further_adjustments(
    group: str, path: str, indicator: str
) -> dict[str, str | Row | Const | Presence]:
    """Return the rows of the further discounts, or charges, on a price."""
    ids = _ids(group)
    return {
        group: _noted(f"{path}[position()>1]"),
        f"{group}-0": const(indicator, "ram:ChargeIndicator/udt:Indicator"),
        ids["percentage"]: _noted("ram:CalculationPercent"),
        ids["base_amount"]: _noted(amount("ram:BasisAmount")),
        ids["amount"]: _noted(amount("ram:ActualAmount")),
        ids["reason_code"]: _noted("ram:ReasonCode"),
        ids["reason"]: _noted("ram:Reason"),
    }


def _accounts(
    terms: tuple[str, str], group: str, path: str
) -> dict[str, str | Row | Const | Presence]:
    """Return the rows of the accounts of the buyer: reference and type of the first, the others."""
    element, (reference, kind) = f"{path}/ram:ReceivableSpecifiedTradeAccountingAccount", terms
    return {
        reference: f"{element}/ram:ID",
        kind: _noted(f"{element}/ram:TypeCode"),
        group: _noted(f"{element}[position()>1]"),
        f"{reference}-R": _noted("ram:ID"),
        f"{kind}-R": _noted("ram:TypeCode"),
    }


_HEAD: dict[str, str | Row | Const | Presence] = {
    "BT-X-1": _noted(f"{_CONTEXT}/ram:TestIndicator/udt:Indicator"),
    "BT-23": f"{_CONTEXT}/ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID",
    "BT-24": f"{_CONTEXT}/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID",
    "BT-1": f"{_DOCUMENT}/ram:ID",
    "BT-X-2": f"{_DOCUMENT}/ram:Name",
    "BT-3": f"{_DOCUMENT}/ram:TypeCode",
    "BT-2": day(f"{_DOCUMENT}/ram:IssueDateTime"),
    "BT-X-3": _noted(f"{_DOCUMENT}/ram:CopyIndicator/udt:Indicator"),
    "BT-X-4": _noted(f"{_DOCUMENT}/ram:LanguageID"),
    "BG-1": f"{_DOCUMENT}/ram:IncludedNote",
    "BT-X-5": "ram:ContentCode",
    "BT-22": "ram:Content",
    "BT-21": "ram:SubjectCode",
    "BT-X-6": day(f"{_DOCUMENT}/ram:EffectiveSpecifiedPeriod/ram:CompleteDateTime"),
}

_LINE_DOCUMENT = "ram:AssociatedDocumentLineDocument"
_PRODUCT = "ram:SpecifiedTradeProduct"
_LINE_AGREEMENT = "ram:SpecifiedLineTradeAgreement"
_LINE_DELIVERY = "ram:SpecifiedLineTradeDelivery"
_LINE_SETTLEMENT = "ram:SpecifiedLineTradeSettlement"
_LINE_TERMS = f"{_LINE_AGREEMENT}/ram:ApplicableTradeDeliveryTerms"
_LINE_ORDER = f"{_LINE_AGREEMENT}/ram:BuyerOrderReferencedDocument"
_LINE_SALES_ORDER = f"{_LINE_AGREEMENT}/ram:SellerOrderReferencedDocument"
_GROSS = f"{_LINE_AGREEMENT}/ram:GrossPriceProductTradePrice"
_NET = f"{_LINE_AGREEMENT}/ram:NetPriceProductTradePrice"
_DISCOUNT = f"{_GROSS}/ram:AppliedTradeAllowanceCharge[ram:ChargeIndicator/udt:Indicator='false']"
_SUPPLEMENT = _DISCOUNT.replace("'false'", "'true'")
_LINE_DESPATCH = f"{_LINE_DELIVERY}/ram:DespatchAdviceReferencedDocument"
_LINE_RECEIPT = f"{_LINE_DELIVERY}/ram:ReceivingAdviceReferencedDocument"
_LINE_TAX = f"{_LINE_SETTLEMENT}/ram:ApplicableTradeTax"
_LINE_SUM = f"{_LINE_SETTLEMENT}/ram:SpecifiedTradeSettlementLineMonetarySummation"
_LINE_OBJECT = f"{_LINE_SETTLEMENT}/ram:AdditionalReferencedDocument[ram:TypeCode='130']"

_LINE: dict[str, str | Row | Const | Presence] = {
    "BG-25": f"{_TRANSACTION}/ram:IncludedSupplyChainTradeLineItem",
    "BT-126": f"{_LINE_DOCUMENT}/ram:LineID",
    "EXT-FR-FE-162": f"{_LINE_DOCUMENT}/ram:ParentLineID",
    "BT-X-7": f"{_LINE_DOCUMENT}/ram:LineStatusCode",
    "EXT-FR-FE-163": f"{_LINE_DOCUMENT}/ram:LineStatusReasonCode",
    "EXT-FR-FE-BG-13": f"{_LINE_DOCUMENT}/ram:IncludedNote",
    "BT-X-9": "ram:ContentCode",
    "BT-127": "ram:Content",
    "EXT-FR-FE-183": "ram:SubjectCode",
    "BG-31": _PRODUCT,
    "BT-X-305": "ram:ID",
    "BT-157": "ram:GlobalID",
    "BT-155": "ram:SellerAssignedID",
    "BT-156": "ram:BuyerAssignedID",
    "BT-X-532": "ram:IndustryAssignedID",
    "BT-X-533": "ram:ModelID",
    "BT-153": "ram:Name",
    "BT-154": "ram:Description",
    "BT-X-534": "ram:BatchID",
    "BT-X-535": "ram:BrandName",
    "BT-X-536": "ram:ModelName",
    "BG-32": "ram:ApplicableProductCharacteristic",
    "EXT-FR-FE-159": "ram:TypeCode",
    "BT-160": "ram:Description",
    "EXT-FR-FE-160": "ram:ValueMeasure",
    "EXT-FR-FE-161": "ram:ValueMeasure/@unitCode",
    "BT-161": "ram:Value",
    "BT-158": Row(
        path="ram:DesignatedProductClassification",
        components={
            "value": "ram:ClassCode",
            "scheme": "ram:ClassCode/@listID",
            "version": "ram:ClassCode/@listVersionID",
            "name": "ram:ClassName",
        },
    ),
    "BG-X-84": "ram:IndividualTradeProductInstance",
    "BT-X-306": "ram:BatchID",
    "BT-X-307": "ram:SupplierAssignedSerialID",
    "BT-159": "ram:OriginTradeCountry/ram:ID",
    **party("BG-X-93", "ram:ManufacturerTradeParty"),
    "BG-X-1": "ram:IncludedReferencedProduct",
    "BT-X-308": "ram:ID",
    "BT-X-15": "ram:GlobalID",
    "BT-X-16": "ram:SellerAssignedID",
    "BT-X-17": "ram:BuyerAssignedID",
    "BT-X-309": "ram:IndustryAssignedID",
    "BT-X-18": "ram:Name",
    "BT-X-19": "ram:Description",
    "BT-X-20": "ram:UnitQuantity",
    "BT-X-20-1": "ram:UnitQuantity/@unitCode",
    "EXT-FR-FE-193": f"{_LINE_TERMS}/ram:DeliveryTypeCode",
    "BT-X-565": _noted(f"{_LINE_TERMS}/ram:RelevantTradeLocation/ram:CountryID"),
    "EXT-FR-FE-194": f"{_LINE_TERMS}/ram:RelevantTradeLocation/ram:Name",
    "EXT-FR-FE-144": f"{_LINE_SALES_ORDER}/ram:IssuerAssignedID",
    "EXT-FR-FE-145": f"{_LINE_SALES_ORDER}/ram:LineID",
    "BT-X-539": _noted(formatted(f"{_LINE_SALES_ORDER}/")),
    "EXT-FR-FE-135": f"{_LINE_ORDER}/ram:IssuerAssignedID",
    "BT-132": f"{_LINE_ORDER}/ram:LineID",
    "EXT-FR-FE-200": formatted(f"{_LINE_ORDER}/"),
    **_reference("BG-X-47", f"{_LINE_AGREEMENT}/ram:QuotationReferencedDocument"),
    **_reference("BG-X-2", f"{_LINE_AGREEMENT}/ram:ContractReferencedDocument"),
    "BG-X-3": _noted(f"{_LINE_AGREEMENT}/ram:AdditionalReferencedDocument"),
    "BT-X-27": _noted("ram:IssuerAssignedID"),
    "BT-X-28": _noted("ram:URIID"),
    "BT-X-29": _noted("ram:LineID"),
    "BT-X-30": _noted("ram:TypeCode"),
    "BT-X-299": _noted("ram:Name"),
    "BT-X-31": _noted("ram:AttachmentBinaryObject"),
    "BT-X-32": _noted("ram:ReferenceTypeCode"),
    "BT-X-33": _noted(formatted("")),
    "BT-148": amount(f"{_GROSS}/ram:ChargeAmount"),
    "BT-149#2": Row(path=f"{_GROSS}/ram:BasisQuantity", written=False),
    "BT-150#2": Row(path=f"{_GROSS}/ram:BasisQuantity/@unitCode", written=False),
    "BG-29-0": const("false", f"{_DISCOUNT}/ram:ChargeIndicator/udt:Indicator"),
    "BT-X-34": f"{_DISCOUNT}/ram:CalculationPercent",
    "BT-X-35": amount(f"{_DISCOUNT}/ram:BasisAmount"),
    "BT-147": amount(f"{_DISCOUNT}/ram:ActualAmount"),
    "EXT-FR-FE-196": f"{_DISCOUNT}/ram:ReasonCode",
    "EXT-FR-FE-195": f"{_DISCOUNT}/ram:Reason",
    "BT-X-302-0": const("true", f"{_SUPPLEMENT}/ram:ChargeIndicator/udt:Indicator"),
    "BT-X-300": f"{_SUPPLEMENT}/ram:CalculationPercent",
    "BT-X-301": amount(f"{_SUPPLEMENT}/ram:BasisAmount"),
    "BT-X-302": amount(f"{_SUPPLEMENT}/ram:ActualAmount"),
    "BT-X-314": f"{_SUPPLEMENT}/ram:ReasonCode",
    "BT-X-303": f"{_SUPPLEMENT}/ram:Reason",
    **_further_adjustments("BT-147-00-R", _DISCOUNT, "false"),
    **_further_adjustments("BT-X-302-00-R", _SUPPLEMENT, "true"),
    "BT-146": amount(f"{_NET}/ram:ChargeAmount"),
    "BT-149": f"{_NET}/ram:BasisQuantity",
    "BT-150": f"{_NET}/ram:BasisQuantity/@unitCode",
    "BG-X-4": Row(path=f"{_NET}/ram:IncludedTradeTax", beyond=True),
    "BT-X-37": _noted(amount("ram:CalculatedAmount")),
    **_all_noted(_tax(("BT-X-39", "BT-X-40", "BT-X-41", "BT-X-42"), "", "BG-X-4-0")),
    **party("EXT-FR-FE-BG-12", f"{_LINE_AGREEMENT}/ram:ItemSellerTradeParty"),
    **_reference("BG-X-5", f"{_LINE_AGREEMENT}/ram:UltimateCustomerOrderReferencedDocument"),
    "BT-129": f"{_LINE_DELIVERY}/ram:BilledQuantity",
    "BT-130": f"{_LINE_DELIVERY}/ram:BilledQuantity/@unitCode",
    "BT-X-46": f"{_LINE_DELIVERY}/ram:ChargeFreeQuantity",
    "BT-X-46-0": f"{_LINE_DELIVERY}/ram:ChargeFreeQuantity/@unitCode",
    "BT-X-47": f"{_LINE_DELIVERY}/ram:PackageQuantity",
    "BT-X-47-0": f"{_LINE_DELIVERY}/ram:PackageQuantity/@unitCode",
    "BT-X-561": f"{_LINE_DELIVERY}/ram:PerPackageUnitQuantity",
    "BT-X-561-0": f"{_LINE_DELIVERY}/ram:PerPackageUnitQuantity/@unitCode",
    **party("EXT-FR-FE-BG-10", f"{_LINE_DELIVERY}/ram:ShipToTradeParty"),
    **party("BG-X-10", f"{_LINE_DELIVERY}/ram:UltimateShipToTradeParty"),
    "EXT-FR-FE-158": day(
        f"{_LINE_DELIVERY}/ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime"
    ),
    "EXT-FR-FE-140": f"{_LINE_DESPATCH}/ram:IssuerAssignedID",
    "EXT-FR-FE-141": f"{_LINE_DESPATCH}/ram:LineID",
    "EXT-FR-FE-201": formatted(f"{_LINE_DESPATCH}/"),
    "EXT-FR-FE-142": f"{_LINE_RECEIPT}/ram:IssuerAssignedID",
    "EXT-FR-FE-143": f"{_LINE_RECEIPT}/ram:LineID",
    "BT-X-91": _noted(formatted(f"{_LINE_RECEIPT}/")),
    **_reference("BG-X-83", f"{_LINE_DELIVERY}/ram:DeliveryNoteReferencedDocument"),
    "BT-X-95": _noted(amount(f"{_LINE_TAX}/ram:CalculatedAmount")),
    **_tax(
        ("EXT-FR-FE-178", "BT-151", "EXT-FR-FE-179", "BT-152"),
        f"{_LINE_TAX}/",
        "BG-30-0",
        **{"EXT-FR-FE-180": Row(path=f"{_LINE_TAX}/ram:DueDateTypeCode", codec=_POINT_DATE)},
    ),
    "BG-30-R": _noted(f"{_LINE_TAX}[position()>1]"),
    "BT-X-95-R": _noted(amount("ram:CalculatedAmount")),
    **_all_noted(
        _tax(
            ("EXT-FR-FE-178-R", "BT-151-R", "EXT-FR-FE-179-R", "BT-152-R"),
            "",
            "BG-30-R-0",
            **{"EXT-FR-FE-180-R": Row(path="ram:DueDateTypeCode", codec=_POINT_DATE)},
        )
    ),
    "BT-134": day(f"{_LINE_SETTLEMENT}/ram:BillingSpecifiedPeriod/ram:StartDateTime"),
    "BT-135": day(f"{_LINE_SETTLEMENT}/ram:BillingSpecifiedPeriod/ram:EndDateTime"),
    **_allowance("BG-27", _LINE_SETTLEMENT, charge=False),
    **_allowance("BG-28", _LINE_SETTLEMENT, charge=True),
    "BT-131": amount(f"{_LINE_SUM}/ram:LineTotalAmount"),
    "BT-X-327": amount(f"{_LINE_SUM}/ram:ChargeTotalAmount"),
    "BT-X-328": amount(f"{_LINE_SUM}/ram:AllowanceTotalAmount"),
    "EXT-FR-FE-181": total(f"{_LINE_SUM}/ram:TaxTotalAmount", "$BT-5", "=="),
    "EXT-FR-FE-182": total(f"{_LINE_SUM}/ram:TaxTotalAmount", "$BT-6", "=="),
    "EXT-FR-FE-184": amount(f"{_LINE_SUM}/ram:GrandTotalAmount"),
    "BT-X-98": amount(f"{_LINE_SUM}/ram:TotalAllowanceChargeAmount"),
    "EXT-FR-FE-BG-06": f"{_LINE_SETTLEMENT}/ram:InvoiceReferencedDocument",
    "EXT-FR-FE-136": "ram:IssuerAssignedID",
    "EXT-FR-FE-139": "ram:LineID",
    "EXT-FR-FE-137": "ram:TypeCode",
    "EXT-FR-FE-138": formatted(""),
    "BT-128": object_reference(_LINE_OBJECT),
    **_accounts(("BT-133", "BT-X-99"), "BT-133-00-R", _LINE_SETTLEMENT),
}

_SUPPORT = f"{_AGREEMENT}/ram:AdditionalReferencedDocument[ram:TypeCode='916']"
_TENDER = f"{_AGREEMENT}/ram:AdditionalReferencedDocument[ram:TypeCode='50']"
_OBJECT = f"{_AGREEMENT}/ram:AdditionalReferencedDocument[ram:TypeCode='130']"
_TERMS_OF_DELIVERY = f"{_AGREEMENT}/ram:ApplicableTradeDeliveryTerms"
_ORDER = f"{_AGREEMENT}/ram:BuyerOrderReferencedDocument"
_CONTRACT = f"{_AGREEMENT}/ram:ContractReferencedDocument"
_PROJECT = f"{_AGREEMENT}/ram:SpecifiedProcuringProject"

_AGREED: dict[str, str | Row | Const | Presence] = {
    "BT-10": f"{_AGREEMENT}/ram:BuyerReference",
    **party("BG-4", f"{_AGREEMENT}/ram:SellerTradeParty"),
    **party("BG-7", f"{_AGREEMENT}/ram:BuyerTradeParty"),
    **party("EXT-FR-FE-BG-03", f"{_AGREEMENT}/ram:SalesAgentTradeParty"),
    **party("BG-X-54", f"{_AGREEMENT}/ram:BuyerTaxRepresentativeTradeParty"),
    **party("BG-11", f"{_AGREEMENT}/ram:SellerTaxRepresentativeTradeParty"),
    **party("BG-X-18", f"{_AGREEMENT}/ram:ProductEndUserTradeParty"),
    "EXT-FR-FE-185": f"{_TERMS_OF_DELIVERY}/ram:DeliveryTypeCode",
    "BT-X-563": _noted(f"{_TERMS_OF_DELIVERY}/ram:RelevantTradeLocation/ram:CountryID"),
    "EXT-FR-FE-186": f"{_TERMS_OF_DELIVERY}/ram:RelevantTradeLocation/ram:Name",
    "BT-14": f"{_AGREEMENT}/ram:SellerOrderReferencedDocument/ram:IssuerAssignedID",
    "BT-X-146": formatted(f"{_AGREEMENT}/ram:SellerOrderReferencedDocument/"),
    "BT-13": f"{_ORDER}/ram:IssuerAssignedID",
    "EXT-FR-FE-197": formatted(f"{_ORDER}/"),
    "BT-X-403": f"{_AGREEMENT}/ram:QuotationReferencedDocument/ram:IssuerAssignedID",
    "BT-X-404": formatted(f"{_AGREEMENT}/ram:QuotationReferencedDocument/"),
    "BT-12": f"{_CONTRACT}/ram:IssuerAssignedID",
    "EXT-FR-FE-01": f"{_CONTRACT}/ram:ReferenceTypeCode",
    "EXT-FR-FE-199": formatted(f"{_CONTRACT}/"),
    "BG-24": _SUPPORT,
    "BT-122": "ram:IssuerAssignedID",
    "BT-124": "ram:URIID",
    "BG-24-0": const("916", "ram:TypeCode"),
    "BT-123": "ram:Name",
    "BT-125": "ram:AttachmentBinaryObject",
    "BT-X-149": formatted(""),
    "BT-17": f"{_TENDER}/ram:IssuerAssignedID",
    "BT-17-0": const("50", f"{_TENDER}/ram:TypeCode"),
    "BT-X-556": _noted(formatted(f"{_TENDER}/")),
    "BT-18": object_reference(_OBJECT),
    **party("EXT-FR-FE-BG-01", f"{_AGREEMENT}/ram:BuyerAgentTradeParty"),
    "BT-11": f"{_PROJECT}/ram:ID",
    "BT-11-0": Row(path=f"{_PROJECT}/ram:Name", placeholder="Project reference"),
    **_reference("BG-X-23", f"{_AGREEMENT}/ram:UltimateCustomerOrderReferencedDocument"),
}

_SHIP_TO = f"{_DELIVERY}/ram:ShipToTradeParty"
_DESPATCH = f"{_DELIVERY}/ram:DespatchAdviceReferencedDocument"

_DELIVERED: dict[str, str | Row | Const | Presence] = {
    "BT-X-152-00": (
        f"{_DELIVERY}/ram:RelatedSupplyChainConsignment/ram:SpecifiedLogisticsTransportMovement"
    ),
    "BT-X-152": "ram:ModeCode",
    **_identifiers("BT-71", f"{_SHIP_TO}/"),
    "BT-70": f"{_SHIP_TO}/ram:Name",
    "BT-X-550": _noted(f"{_SHIP_TO}/ram:RoleCode"),
    "BT-X-153": _noted(f"{_SHIP_TO}/ram:SpecifiedLegalOrganization/ram:ID"),
    "BT-X-154": _noted(f"{_SHIP_TO}/ram:SpecifiedLegalOrganization/ram:TradingBusinessName"),
    **_inside(
        "BG-X-67", f"{_SHIP_TO}/ram:SpecifiedLegalOrganization/ram:PostalTradeAddress", _ADDRESS
    ),
    **_inside("BG-X-26", f"{_SHIP_TO}/ram:DefinedTradeContact", _CONTACT),
    "BG-X-26-C": _noted(f"{_SHIP_TO}/ram:DefinedTradeContact[position()>1]"),
    **_inside("BG-X-26-C", "", _CONTACT),
    "BG-15-0": Presence(path=f"{_SHIP_TO}/ram:PostalTradeAddress"),
    **{
        _ids("BG-15")[field]: f"{_SHIP_TO}/ram:PostalTradeAddress/{at}"
        for field, at in _ADDRESS.items()
    },
    "BT-X-160": _noted(f"{_SHIP_TO}/ram:URIUniversalCommunication/ram:URIID"),
    "BT-X-161": _noted(
        Row(
            path=f"{_SHIP_TO}/ram:SpecifiedTaxRegistration[ram:ID/@schemeID=='VA']/ram:ID",
            attributes={"schemeID": "VA"},
        )
    ),
    **party("BG-X-27", f"{_DELIVERY}/ram:UltimateShipToTradeParty"),
    **party("BG-X-30", f"{_DELIVERY}/ram:ShipFromTradeParty"),
    "BT-72": day(f"{_DELIVERY}/ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime"),
    "BT-16": f"{_DESPATCH}/ram:IssuerAssignedID",
    "EXT-FR-FE-198": formatted(f"{_DESPATCH}/"),
    "BT-15": f"{_DELIVERY}/ram:ReceivingAdviceReferencedDocument/ram:IssuerAssignedID",
    "BT-X-201": formatted(f"{_DELIVERY}/ram:ReceivingAdviceReferencedDocument/"),
    "BT-X-202": f"{_DELIVERY}/ram:DeliveryNoteReferencedDocument/ram:IssuerAssignedID",
    "BT-X-203": formatted(f"{_DELIVERY}/ram:DeliveryNoteReferencedDocument/"),
}

_EXCHANGE = f"{_SETTLEMENT}/ram:TaxApplicableTradeCurrencyExchange"
_MEANS = f"{_SETTLEMENT}/ram:SpecifiedTradeSettlementPaymentMeans"
_VAT = f"{_SETTLEMENT}/ram:ApplicableTradeTax"
_TERMS = f"{_SETTLEMENT}/ram:SpecifiedTradePaymentTerms"
_SUM = f"{_SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation"

_ADVANCE_INVOICE = "ram:InvoiceSpecifiedReferencedDocument"

_SETTLED: dict[str, str | Row | Const | Presence] = {
    "BT-90": f"{_SETTLEMENT}/ram:CreditorReferenceID",
    "BT-83": f"{_SETTLEMENT}/ram:PaymentReference",
    "BT-6": f"{_SETTLEMENT}/ram:TaxCurrencyCode",
    "BT-5": f"{_SETTLEMENT}/ram:InvoiceCurrencyCode",
    "BT-X-204": f"{_SETTLEMENT}/ram:InvoiceIssuerReference",
    **party("EXT-FR-FE-BG-05", f"{_SETTLEMENT}/ram:InvoicerTradeParty"),
    **party("EXT-FR-FE-BG-04", f"{_SETTLEMENT}/ram:InvoiceeTradeParty"),
    **party("BG-10", f"{_SETTLEMENT}/ram:PayeeTradeParty"),
    **party("EXT-FR-FE-BG-02", f"{_SETTLEMENT}/ram:PayerTradeParty"),
    "EXT-FR-FE-192-0": const("$BT-5", f"{_EXCHANGE}/ram:SourceCurrencyCode"),
    "EXT-FR-FE-192-0b": const("$BT-6", f"{_EXCHANGE}/ram:TargetCurrencyCode"),
    "EXT-FR-FE-192-0c": const(_rate, f"{_EXCHANGE}/ram:ConversionRate"),
    "EXT-FR-FE-192": dataclasses.replace(
        day(f"{_EXCHANGE}/ram:ConversionRateDateTime"), when=_rate_follows
    ),
    "BG-16": _MEANS,
    "BT-81": "ram:TypeCode",
    "BT-82": "ram:Information",
    "BG-18-0": Presence(path="ram:ApplicableTradeSettlementFinancialCard"),
    "BT-87": "ram:ApplicableTradeSettlementFinancialCard/ram:ID",
    "BT-88": "ram:ApplicableTradeSettlementFinancialCard/ram:CardholderName",
    "BT-91": f"{_MEANS}/ram:PayerPartyDebtorFinancialAccount/ram:IBANID",
    "BT-216": _noted(f"{_MEANS}/ram:PayerPartyDebtorFinancialAccount/ram:AccountName"),
    "BT-91#2": Row(
        path=f"{_MEANS}/ram:PayerPartyDebtorFinancialAccount/ram:ProprietaryID", written=False
    ),
    "BG-17-0": Presence(path="ram:PayeePartyCreditorFinancialAccount"),
    "BT-84": Row(path="ram:PayeePartyCreditorFinancialAccount/ram:IBANID", when=_is_iban),
    "BT-85": "ram:PayeePartyCreditorFinancialAccount/ram:AccountName",
    "BT-84#2": Row(
        path="ram:PayeePartyCreditorFinancialAccount/ram:ProprietaryID", when=_is_no_iban
    ),
    "BT-215": _noted(f"{_MEANS}/ram:PayerSpecifiedDebtorFinancialInstitution/ram:BICID"),
    "BT-86": "ram:PayeeSpecifiedCreditorFinancialInstitution/ram:BICID",
    "BG-23": _VAT,
    "BT-117": amount("ram:CalculatedAmount"),
    "BG-23-0": const("VAT", "ram:TypeCode"),
    "BT-120": "ram:ExemptionReason",
    "BT-116": amount("ram:BasisAmount"),
    "BT-X-262": amount("ram:LineTotalBasisAmount"),
    "BT-X-263": amount("ram:AllowanceChargeBasisAmount"),
    "BT-118": "ram:CategoryCode",
    "BT-121": "ram:ExemptionReasonCode",
    "BT-7": day(f"{_VAT}/ram:TaxPointDate", "udt:DateString"),
    "BT-8": Row(path=f"{_VAT}/ram:DueDateTypeCode", codec=_POINT_DATE, every=True),
    "BT-119": "ram:RateApplicablePercent",
    "BT-X-264": f"{_SETTLEMENT}/ram:BillingSpecifiedPeriod/ram:Description",
    "BT-73": day(f"{_SETTLEMENT}/ram:BillingSpecifiedPeriod/ram:StartDateTime"),
    "BT-74": day(f"{_SETTLEMENT}/ram:BillingSpecifiedPeriod/ram:EndDateTime"),
    **_allowance("BG-20", _SETTLEMENT, charge=False),
    **_allowance("BG-21", _SETTLEMENT, charge=True),
    "BG-X-42": f"{_SETTLEMENT}/ram:SpecifiedLogisticsServiceCharge",
    "BT-X-271": "ram:Description",
    "BT-X-272": amount("ram:AppliedAmount"),
    **_tax(("BT-X-591", "BT-X-273", "BT-X-592", "BT-X-274"), "ram:AppliedTradeTax/", "BG-X-42-0"),
    "BG-X-42-R": _noted("ram:AppliedTradeTax[position()>1]"),
    **_all_noted(_tax(("BT-X-591-R", "BT-X-273-R", "BT-X-592-R", "BT-X-274-R"), "", "BG-X-42-R-0")),
    "BT-20": f"{_TERMS}/ram:Description",
    "BT-9": day(f"{_TERMS}/ram:DueDateDateTime"),
    "BT-89": f"{_TERMS}/ram:DirectDebitMandateID",
    "BT-X-275": amount(f"{_TERMS}/ram:PartialPaymentAmount"),
    **_payment_step("BG-X-43", f"{_TERMS}/ram:ApplicableTradePaymentPenaltyTerms", "Penalty"),
    **_payment_step("BG-X-44", f"{_TERMS}/ram:ApplicableTradePaymentDiscountTerms", "Discount"),
    **party("BG-X-77", f"{_TERMS}/ram:PayeeTradeParty"),
    "BT-20-00-R": _noted(f"{_TERMS}[position()>1]"),
    "BT-20-R": _noted("ram:Description"),
    "BT-9-R": _noted(day("ram:DueDateDateTime")),
    "BT-89-R": _noted("ram:DirectDebitMandateID"),
    "BT-X-275-R": _noted(amount("ram:PartialPaymentAmount")),
    **_all_noted(
        _payment_step("BG-X-43-R", "ram:ApplicableTradePaymentPenaltyTerms", "Penalty")
        | _payment_step("BG-X-44-R", "ram:ApplicableTradePaymentDiscountTerms", "Discount")
    ),
    **party("BG-X-77-R", "ram:PayeeTradeParty"),
    "BG-22-0": Presence(path=_SUM),
    "BT-106": amount(f"{_SUM}/ram:LineTotalAmount"),
    "BT-108": amount(f"{_SUM}/ram:ChargeTotalAmount"),
    "BT-107": amount(f"{_SUM}/ram:AllowanceTotalAmount"),
    "BT-109": amount(f"{_SUM}/ram:TaxBasisTotalAmount"),
    "BT-110": total(f"{_SUM}/ram:TaxTotalAmount", "$BT-5"),
    "BT-111": total(f"{_SUM}/ram:TaxTotalAmount", "$BT-6"),
    "BT-114": amount(f"{_SUM}/ram:RoundingAmount"),
    "BT-112": amount(f"{_SUM}/ram:GrandTotalAmount"),
    "BT-113": amount(f"{_SUM}/ram:TotalPrepaidAmount"),
    "BT-115": amount(f"{_SUM}/ram:DuePayableAmount"),
    "BG-34": f"{_SETTLEMENT}/ram:SpecifiedFinancialAdjustment",
    "BT-180": "ram:Reason",
    "BT-179": amount("ram:ActualAmount"),
    "BG-3": f"{_SETTLEMENT}/ram:InvoiceReferencedDocument",
    "BT-25": "ram:IssuerAssignedID",
    "EXT-FR-FE-02": "ram:TypeCode",
    "BT-26": formatted(""),
    **_accounts(("BT-19", "BT-X-290"), "BT-19-00-R", _SETTLEMENT),
    "BG-X-45": f"{_SETTLEMENT}/ram:SpecifiedAdvancePayment",
    "BT-X-291": amount("ram:PaidAmount"),
    "BT-X-292": day("ram:FormattedReceivedDateTime", "qdt:DateTimeString"),
    "BG-X-46": "ram:IncludedTradeTax",
    "BT-X-293": amount("ram:CalculatedAmount"),
    "BG-X-46-0": const("VAT", "ram:TypeCode"),
    "BT-X-295": "ram:ExemptionReason",
    "BT-X-296": "ram:CategoryCode",
    "BT-X-297": "ram:ExemptionReasonCode",
    "BT-X-298": "ram:RateApplicablePercent",
    "BT-X-558": f"{_ADVANCE_INVOICE}/ram:IssuerAssignedID",
    "BT-X-559": f"{_ADVANCE_INVOICE}/ram:TypeCode",
    "BT-X-560": formatted(f"{_ADVANCE_INVOICE}/"),
}


def in_currency(accounting: str) -> Binding:
    """Return the table in which the VAT total in another currency (BT-111) is in `accounting`."""
    other = {"BT-111": total(f"{_SUM}/ram:TaxTotalAmount", accounting)}
    return Binding(
        "rsm:CrossIndustryInvoice",
        NAMESPACES,
        _HEAD | _LINE | _AGREED | _DELIVERED | _SETTLED | other,
        ignored=IGNORED,
        required=(_CONTEXT, _DOCUMENT, _AGREEMENT, _DELIVERY, _SETTLEMENT),
    )


INVOICE = in_currency("$BT-6")


def completed(invoice: Invoice) -> Invoice:
    """Return `invoice` with what CII demands and what follows from the rest.

    A discount stands inside the gross price, which must have an amount: without one (BT-148) it is
    the net price and the discount together.
    """
    if all(_is_complete(line) for line in invoice.lines):
        return invoice
    return dataclasses.replace(invoice, lines=tuple(_with_gross(line) for line in invoice.lines))


def _is_complete(line: Line) -> bool:
    price = line.price
    return price is None or price.discount is None or price.gross_price is not None


def _with_gross(line: Line) -> Line:
    price = line.price
    if _is_complete(line) or price is None or price.discount is None or price.net_price is None:
        return line
    gross = price.net_price + price.discount
    return dataclasses.replace(line, price=dataclasses.replace(price, gross_price=gross))
