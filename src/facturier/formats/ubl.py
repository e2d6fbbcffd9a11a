"""UBL 2.1 Invoice and CreditNote: where each business term stands.

Sources: EN 16931-3-2 (syntax binding), XP Z12-012 annex A for the French extension, the UBL 2.1
schemas for the order. To follow a new version, change the rows; nothing else knows UBL.

What UBL 2.1 cannot carry, and the writer therefore names: ``EXT-FR-FE-184`` (the element the
French rules read, ``cbc:TaxInclusiveLineExtensionAmount``, is not in the 2.1 schema), a second
``EXT-FR-FE-146``, and whatever stands in payment means when an invoice has none (``BT-83``,
``BG-19`` without ``BT-90``, the payer, ``BT-9`` of a credit note).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from decimal import Decimal

from facturier.formats.binding import Binding
from facturier.formats.rows import LIST_ATTRIBUTES, Const, Presence, Row, const
from facturier.invoice.model import Invoice, Line, Totals
from facturier.invoice.terms import dictionary

NAMESPACES = {
    "ubl": "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2",
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
CREDIT_NOTE_NAMESPACES = {
    "cn": "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2",
    "cac": NAMESPACES["cac"],
    "cbc": NAMESPACES["cbc"],
}

CREDIT_NOTE_TYPES = frozenset(
    ["81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"]
)
"""Values of BT-3 that UBL writes as a CreditNote (EN 16931-3-2, XP Z12-012)."""

IGNORED = LIST_ATTRIBUTES | {"format"}
"""Attributes that name a list or an agency: a file says them, the standard fixes them."""

NA = "NA"
"""What stands where UBL demands a reference that the invoice does not have."""


def amount(path: str, currency: str = "$BT-5") -> Row:
    """Return the row of an amount; UBL repeats the currency on each."""
    return Row(path=path, attributes={"currencyID": currency})


def reference(path: str) -> Row:
    """Return the row of a reference that the schema demands when its neighbours are there."""
    return Row(path=path, placeholder=NA)


def object_reference(path: str) -> Row:
    """Return the row of an identifier of an invoiced object, told by document type 130."""
    return Row(
        path=path,
        components={
            "value": "cbc:ID",
            "scheme": "cbc:ID/@schemeID",
            "=130": "cbc:DocumentTypeCode",
        },
    )


_ADDRESS = {
    "line_1": "cbc:StreetName",
    "line_2": "cbc:AdditionalStreetName",
    "city": "cbc:CityName",
    "post_code": "cbc:PostalZone",
    "country_subdivision": "cbc:CountrySubentity",
    "line_3": "cac:AddressLine/cbc:Line",
    "country_code": "cac:Country/cbc:IdentificationCode",
}
_REGISTERED_NAME = "cac:PartyLegalEntity/cbc:RegistrationName"
_USUAL_NAME = "cac:PartyName/cbc:Name"
_SEPA = "cac:PartyIdentification[cbc:ID/@schemeID='SEPA']/cbc:ID"
_VAT_SCHEME = "cac:PartyTaxScheme[cac:TaxScheme/cbc:ID='VAT']"
_OTHER_SCHEME = "cac:PartyTaxScheme[not(cac:TaxScheme/cbc:ID='VAT')]"


def _ids(group: str) -> dict[str, str]:
    """Return field path → id for the terms below `group`: ``contact.email`` → ``BT-43``.

    Those of Factur-X EXTENDED have no place in UBL, but for two that EXTENDED-CTC-FR has there.
    """
    terms, groups = dictionary()
    start = groups[group].path
    return {
        ".".join(term.path[len(start) :]): term.id
        for term in terms.values()
        if term.path[: len(start)] == start
        and (not term.id.startswith("BT-X-") or term.id in {"BT-X-573", "BT-X-586"})
    }


def _parent(term: str) -> str:
    return dictionary()[0][term].parent


def address(group: str, path: str) -> dict[str, str]:
    """Return the rows of an address group whose element is at `path`."""
    ids = _ids(group)
    return {group: path} | {ids[field]: place for field, place in _ADDRESS.items()}


def party(
    group: str,
    path: str,
    *,
    name: str = _REGISTERED_NAME,
    creditor: Mapping[str, Row] | None = None,
) -> dict[str, str | Row | Const | Presence]:
    """Return the rows of a party, those of its fields that the model has at this place.

    `creditor` are rows of BT-90, which UBL writes as one more identification of the party.
    """
    ids = _ids(group)
    identification = "cac:PartyIdentification"
    if creditor is not None:
        identification += "[not(cbc:ID/@schemeID='SEPA')]"
    usual = {"name": _USUAL_NAME} if name == _USUAL_NAME else {"trading_name": _USUAL_NAME}
    registered = {"name": _REGISTERED_NAME} if name == _REGISTERED_NAME else {}
    places: dict[str, str | Row] = {
        "electronic_address": "cbc:EndpointID",
        "role_code": "cbc:IndustryClassificationCode",
        "identifiers": Row(
            path=identification, components={"value": "cbc:ID", "scheme": "cbc:ID/@schemeID"}
        ),
        **usual,
        **{f"postal_address.{field}": f"cac:PostalAddress/{at}" for field, at in _ADDRESS.items()},
        "vat_identifier": f"{_VAT_SCHEME}/cbc:CompanyID",
        "tax_registration_identifier": f"{_OTHER_SCHEME}/cbc:CompanyID",
        **registered,
        "legal_identifier": "cac:PartyLegalEntity/cbc:CompanyID",
        "legal_information": "cac:PartyLegalEntity/cbc:CompanyLegalForm",
        "contact.name": "cac:Contact/cbc:Name",
        "contact.telephone": "cac:Contact/cbc:Telephone",
        "contact.email": "cac:Contact/cbc:ElectronicMail",
    }
    shown = {"postal_address": "cac:PostalAddress", "contact": "cac:Contact"}
    rows: dict[str, str | Row | Const | Presence] = {group: path}
    for field, place in places.items():
        if field not in ids:
            continue
        for part, element in shown.items():
            if field.startswith(f"{part}."):
                rows.setdefault(f"{_parent(ids[field])}-0", Presence(path=element))
        rows[ids[field]] = place
        if field == "identifiers":
            rows |= creditor or {}
        elif field == "vat_identifier":
            rows[f"{ids[field]}-0"] = const("VAT", f"{_VAT_SCHEME}/cac:TaxScheme/cbc:ID")
        elif field == "tax_registration_identifier":
            rows[f"{ids[field]}-0"] = const("LOC", f"{_OTHER_SCHEME}/cac:TaxScheme/cbc:ID", "*")
    return rows


def _tax_category(
    key: str, path: str, terms: tuple[str, str, str, str]
) -> dict[str, str | Row | Const | Presence]:
    """Return the rows of a tax category: code, rate, exemption code, exemption text."""
    code, rate, exemption_code, exemption = terms
    return {
        code: Row(path=f"{path}/cbc:ID", tolerated={"schemeID": "*"}),
        rate: f"{path}/cbc:Percent",
        exemption_code: f"{path}/cbc:TaxExemptionReasonCode",
        exemption: f"{path}/cbc:TaxExemptionReason",
        key: const("VAT", f"{path}/cac:TaxScheme/cbc:ID"),
    }


def _allowance(group: str, *, charge: bool) -> dict[str, str | Row | Const | Presence]:
    """Return the rows of an allowance or charge, of the document or of a line."""
    ids = _ids(group)
    indicator = "true" if charge else "false"
    rows: dict[str, str | Row | Const | Presence] = {
        group: f"cac:AllowanceCharge[cbc:ChargeIndicator='{indicator}']",
        f"{group}-0": const(indicator, "cbc:ChargeIndicator"),
        ids["reason_code"]: Row(
            path="cbc:AllowanceChargeReasonCode",
            tolerated={"listID": "7161" if charge else "5189"},
        ),
        ids["reason"]: "cbc:AllowanceChargeReason",
        ids["percentage"]: "cbc:MultiplierFactorNumeric",
        ids["amount"]: amount("cbc:Amount"),
        ids["base_amount"]: amount("cbc:BaseAmount"),
    }
    if "vat_category" in ids:
        fields = ("vat_category", "vat_rate", "vat_exemption_code", "vat_exemption_reason")
        category, rate, code, text = (ids[field] for field in fields)
        rows |= _tax_category(f"{group}-0b", "cac:TaxCategory", (category, rate, code, text))
    return rows


_THIS_INVOICE = "cac:BillingReference[cac:InvoiceDocumentReference/cbc:ID==$BT-1]"
_OTHER_INVOICE = "cac:BillingReference[not(cac:InvoiceDocumentReference/cbc:ID==$BT-1)]"
_OBJECT = "cac:AdditionalDocumentReference[cbc:DocumentTypeCode='130']"
_PROJECT = "cac:AdditionalDocumentReference[cbc:DocumentTypeCode='50']"
_SUPPORT = "cac:AdditionalDocumentReference[not(cbc:DocumentTypeCode='130')]"
_OUR_VAT = "cac:TaxTotal[cbc:TaxAmount/@currencyID=$BT-5]"
_THEIR_VAT = "cac:TaxTotal[cbc:TaxAmount/@currencyID=$BT-6]"
_DISCOUNT = "cac:Price/cac:AllowanceCharge[cbc:ChargeIndicator='false']"

_HEAD: dict[str, str | Row | Const | Presence] = {
    "BT-24-0": const("2.1", "cbc:UBLVersionID", "2.0", "2.2", "2.3", "2.4", written=False),
    "BT-24": "cbc:CustomizationID",
    "BT-23": "cbc:ProfileID",
    "BT-1": "cbc:ID",
    "BT-2": "cbc:IssueDate",
    "BT-9": "cbc:DueDate",
    "BT-3": "cbc:InvoiceTypeCode",
    "BG-1": "cbc:Note",
    "BT-22": Row(path=".", coded="BT-21"),
    "BT-7": "cbc:TaxPointDate",
    "BT-5": "cbc:DocumentCurrencyCode",
    "BT-6": "cbc:TaxCurrencyCode",
    "BT-19": "cbc:AccountingCost",
    "BT-10": "cbc:BuyerReference",
    "BG-14": Row(path="cac:InvoicePeriod", presence=False),
    "BT-73": "cbc:StartDate",
    "BT-74": "cbc:EndDate",
    "BT-8": "cac:InvoicePeriod/cbc:DescriptionCode",
    "BT-13": reference("cac:OrderReference/cbc:ID"),
    "BT-14": "cac:OrderReference/cbc:SalesOrderID",
    "EXT-FR-FE-197": "cac:OrderReference/cbc:IssueDate",
    "BG-3": "cac:BillingReference",
    "BT-25": "cac:InvoiceDocumentReference/cbc:ID",
    "BT-26": "cac:InvoiceDocumentReference/cbc:IssueDate",
    "EXT-FR-FE-02": "cac:InvoiceDocumentReference/cbc:DocumentTypeCode",
    "BT-16": reference("cac:DespatchDocumentReference/cbc:ID"),
    "EXT-FR-FE-198": "cac:DespatchDocumentReference/cbc:IssueDate",
    "BT-15": "cac:ReceiptDocumentReference/cbc:ID",
    "BT-17": "cac:OriginatorDocumentReference/cbc:ID",
    "BT-12": reference("cac:ContractDocumentReference/cbc:ID"),
    "EXT-FR-FE-199": "cac:ContractDocumentReference/cbc:IssueDate",
    "EXT-FR-FE-01": "cac:ContractDocumentReference/cbc:DocumentType",
    "BT-18": object_reference(_OBJECT),
    "BG-24": _SUPPORT,
    "BT-122": "cbc:ID",
    "BG-24-0": const("916", "cbc:DocumentTypeCode", written=False),
    "BT-123": "cbc:DocumentDescription",
    "BT-125": "cac:Attachment/cbc:EmbeddedDocumentBinaryObject",
    "BT-124": "cac:Attachment/cac:ExternalReference/cbc:URI",
    "BT-11": "cac:ProjectReference/cbc:ID",
}

_PARTIES: dict[str, str | Row | Const | Presence] = {
    **party(
        "BG-4",
        "cac:AccountingSupplierParty/cac:Party",
        creditor={
            "BT-90": Row(
                path=f"cac:AccountingSupplierParty/cac:Party/{_SEPA}",
                attributes={"schemeID": "SEPA"},
                when=lambda _, invoice: invoice.payee is None,
            )
        },
    ),
    **party("EXT-FR-FE-BG-03", "cac:AccountingSupplierParty/cac:Party/cac:AgentParty"),
    **party(
        "EXT-FR-FE-BG-05",
        "cac:AccountingSupplierParty/cac:Party/cac:ServiceProviderParty/cac:Party",
    ),
    **party("BG-7", "cac:AccountingCustomerParty/cac:Party"),
    **party("EXT-FR-FE-BG-01", "cac:AccountingCustomerParty/cac:Party/cac:AgentParty"),
    **party(
        "EXT-FR-FE-BG-04",
        "cac:AccountingCustomerParty/cac:Party/cac:ServiceProviderParty/cac:Party",
    ),
    **party(
        "BG-10",
        "cac:PayeeParty",
        name=_USUAL_NAME,
        creditor={
            "BT-90#2": Row(
                path=f"cac:PayeeParty/{_SEPA}",
                attributes={"schemeID": "SEPA"},
                when=lambda _, invoice: invoice.payee is not None,
            )
        },
    ),
    **party("BG-11", "cac:TaxRepresentativeParty", name=_USUAL_NAME),
}

_DELIVERY_AND_PAYMENT: dict[str, str | Row | Const | Presence] = {
    "BG-13": "cac:Delivery",
    "BT-72": "cbc:ActualDeliveryDate",
    "BT-71": "cac:DeliveryLocation/cbc:ID",
    **address("BG-15", "cac:DeliveryLocation/cac:Address"),
    "BT-70": "cac:DeliveryParty/cac:PartyName/cbc:Name",
    "EXT-FR-FE-185": "cac:DeliveryTerms/cbc:ID",
    "EXT-FR-FE-186": "cac:DeliveryTerms/cac:DeliveryLocation/cbc:Name",
    "BG-16": "cac:PaymentMeans",
    "BT-81": "cbc:PaymentMeansCode",
    "BT-82": "cbc:PaymentMeansCode/@name",
    "BT-83": "cac:PaymentMeans/cbc:PaymentID",
    "BG-18-0c": Presence(path="cac:CardAccount"),
    "BT-87": "cac:CardAccount/cbc:PrimaryAccountNumberID",
    "BG-18-0": const(NA, "cac:CardAccount/cbc:NetworkID", "mapped-from-cii"),
    "BT-88": "cac:CardAccount/cbc:HolderName",
    "BG-17-0": Presence(path="cac:PayeeFinancialAccount"),
    "BT-84": "cac:PayeeFinancialAccount/cbc:ID",
    "BT-85": "cac:PayeeFinancialAccount/cbc:Name",
    "BT-86": "cac:PayeeFinancialAccount/cac:FinancialInstitutionBranch/cbc:ID",
    "BT-89": "cac:PaymentMeans/cac:PaymentMandate/cbc:ID",
    **party("EXT-FR-FE-BG-02", "cac:PaymentMeans/cac:PaymentMandate/cac:PayerParty"),
    "BT-91": "cac:PaymentMeans/cac:PaymentMandate/cac:PayerFinancialAccount/cbc:ID",
    "BT-20": "cac:PaymentTerms/cbc:Note",
}

_SUMS: dict[str, str | Row | Const | Presence] = {
    **_allowance("BG-20", charge=False),
    **_allowance("BG-21", charge=True),
    "EXT-FR-FE-192-0": const("$BT-5", "cac:TaxExchangeRate/cbc:SourceCurrencyCode"),
    "EXT-FR-FE-192-0b": const("$BT-6", "cac:TaxExchangeRate/cbc:TargetCurrencyCode"),
    "EXT-FR-FE-192": "cac:TaxExchangeRate/cbc:Date",
    "BT-110": amount(f"{_OUR_VAT}/cbc:TaxAmount"),
    "BG-23": f"{_OUR_VAT}/cac:TaxSubtotal",
    "BT-111": amount(f"{_THEIR_VAT}/cbc:TaxAmount", "$BT-6"),
    "BG-23#2": Row(
        path="cac:TaxTotal/cac:TaxSubtotal", when=lambda _, invoice: invoice.currency is None
    ),
    "BT-116": amount("cbc:TaxableAmount"),
    "BT-117": amount("cbc:TaxAmount"),
    **_tax_category("BG-23-0", "cac:TaxCategory", ("BT-118", "BT-119", "BT-121", "BT-120")),
    "BG-22-0": Presence(path="cac:LegalMonetaryTotal"),
    "BT-106": amount("cac:LegalMonetaryTotal/cbc:LineExtensionAmount"),
    "BT-109": amount("cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount"),
    "BT-112": amount("cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount"),
    "BT-107": amount("cac:LegalMonetaryTotal/cbc:AllowanceTotalAmount"),
    "BT-108": amount("cac:LegalMonetaryTotal/cbc:ChargeTotalAmount"),
    "BT-113": amount("cac:LegalMonetaryTotal/cbc:PrepaidAmount"),
    "BT-114": amount("cac:LegalMonetaryTotal/cbc:PayableRoundingAmount"),
    "BT-115": amount("cac:LegalMonetaryTotal/cbc:PayableAmount"),
}

_LINE: dict[str, str | Row | Const | Presence] = {
    "BG-25": "cac:InvoiceLine",
    "BT-126": "cbc:ID",
    "EXT-FR-FE-BG-13": "cbc:Note",
    "BT-127": Row(path=".", coded="EXT-FR-FE-183"),
    "BT-129": "cbc:InvoicedQuantity",
    "BT-130": "cbc:InvoicedQuantity/@unitCode",
    "BT-131": amount("cbc:LineExtensionAmount"),
    "EXT-FR-FE-184": Row(
        path="cbc:TaxInclusiveLineExtensionAmount",
        tolerated={"currencyID": "$BT-5"},
        written=False,
    ),
    "BT-133": "cbc:AccountingCost",
    "BG-26": Row(path="cac:InvoicePeriod", presence=False),
    "BT-134": "cbc:StartDate",
    "BT-135": "cbc:EndDate",
    "EXT-FR-FE-180": "cac:InvoicePeriod/cbc:DescriptionCode",
    "BT-132": reference("cac:OrderLineReference/cbc:LineID"),
    "EXT-FR-FE-145": "cac:OrderLineReference/cbc:SalesOrderLineID",
    "EXT-FR-FE-135": reference("cac:OrderLineReference/cac:OrderReference/cbc:ID"),
    "EXT-FR-FE-144": "cac:OrderLineReference/cac:OrderReference/cbc:SalesOrderID",
    "EXT-FR-FE-200": "cac:OrderLineReference/cac:OrderReference/cbc:IssueDate",
    "EXT-FR-FE-141": reference("cac:DespatchLineReference/cbc:LineID"),
    "EXT-FR-FE-140": reference("cac:DespatchLineReference/cac:DocumentReference/cbc:ID"),
    "EXT-FR-FE-201": "cac:DespatchLineReference/cac:DocumentReference/cbc:IssueDate",
    "EXT-FR-FE-143": reference("cac:ReceiptLineReference/cbc:LineID"),
    "EXT-FR-FE-142": "cac:ReceiptLineReference/cac:DocumentReference/cbc:ID",
    "EXT-FR-FE-163-0": const(
        "$BT-1",
        f"{_THIS_INVOICE}/cac:InvoiceDocumentReference/cbc:ID",
        needed_by="EXT-FR-FE-162 EXT-FR-FE-163",
    ),
    "EXT-FR-FE-163": f"{_THIS_INVOICE}/cac:InvoiceDocumentReference/cbc:DocumentStatusCode",
    "EXT-FR-FE-162": f"{_THIS_INVOICE}/cac:BillingReferenceLine/cbc:ID",
    "EXT-FR-FE-BG-06": Row(
        path=_OTHER_INVOICE,
        when=lambda earlier, invoice: earlier.number != invoice.number or invoice.number is None,
    ),
    "EXT-FR-FE-136": "cac:InvoiceDocumentReference/cbc:ID",
    "EXT-FR-FE-138": "cac:InvoiceDocumentReference/cbc:IssueDate",
    "EXT-FR-FE-137": "cac:InvoiceDocumentReference/cbc:DocumentTypeCode",
    "EXT-FR-FE-139": "cac:BillingReferenceLine/cbc:ID",
    "BT-128": object_reference("cac:DocumentReference"),
    "EXT-FR-FE-158": "cac:Delivery/cbc:ActualDeliveryDate",
    "EXT-FR-FE-BG-10": Row(path="cac:Delivery", presence=False),
    "EXT-FR-FE-146": Row(path="cac:DeliveryLocation/cbc:ID", single=True),
    **address("EXT-FR-FE-150", "cac:DeliveryLocation/cac:Address"),
    "EXT-FR-FE-149": "cac:DeliveryParty/cac:PartyName/cbc:Name",
    **_allowance("BG-27", charge=False),
    **_allowance("BG-28", charge=True),
    "EXT-FR-FE-181": amount(f"{_OUR_VAT.replace('=', '==')}/cbc:TaxAmount"),
    "EXT-FR-FE-182": amount(f"{_THEIR_VAT.replace('=', '==')}/cbc:TaxAmount", "$BT-6"),
}

_ITEM: dict[str, str | Row | Const | Presence] = {
    "BG-31": "cac:Item",
    "BT-154": "cbc:Description",
    "BT-153": "cbc:Name",
    "BT-156": "cac:BuyersItemIdentification/cbc:ID",
    "BT-155": "cac:SellersItemIdentification/cbc:ID",
    "BT-157": "cac:StandardItemIdentification/cbc:ID",
    "BT-159": "cac:OriginCountry/cbc:IdentificationCode",
    "BT-158": Row(
        path="cac:CommodityClassification",
        components={
            "value": "cbc:ItemClassificationCode",
            "scheme": "cbc:ItemClassificationCode/@listID",
            "version": "cbc:ItemClassificationCode/@listVersionID",
        },
    ),
    **_tax_category(
        "BG-30-0",
        "cac:Item/cac:ClassifiedTaxCategory",
        ("BT-151", "BT-152", "EXT-FR-FE-179", "EXT-FR-FE-178"),
    ),
    "BG-32": "cac:AdditionalItemProperty",
    "BT-160": reference("cbc:Name"),
    "EXT-FR-FE-159": "cbc:NameCode",
    "BT-161": "cbc:Value",
    "EXT-FR-FE-160": "cbc:ValueQuantity",
    "EXT-FR-FE-161": "cbc:ValueQuantity/@unitCode",
    **party("EXT-FR-FE-BG-12", "cac:Item/cac:ManufacturerParty"),
    "BT-146": amount("cac:Price/cbc:PriceAmount"),
    "BT-149": "cac:Price/cbc:BaseQuantity",
    "BT-150": "cac:Price/cbc:BaseQuantity/@unitCode",
    "BG-29-0": const("false", f"{_DISCOUNT}/cbc:ChargeIndicator"),
    "EXT-FR-FE-196": f"{_DISCOUNT}/cbc:AllowanceChargeReasonCode",
    "EXT-FR-FE-195": f"{_DISCOUNT}/cbc:AllowanceChargeReason",
    "BT-147": amount(f"{_DISCOUNT}/cbc:Amount"),
    "BT-148": amount(f"{_DISCOUNT}/cbc:BaseAmount"),
    "EXT-FR-FE-193": "cac:DeliveryTerms/cbc:ID",
    "EXT-FR-FE-194": "cac:DeliveryTerms/cac:DeliveryLocation/cbc:Name",
}

INVOICE = Binding(
    "ubl:Invoice",
    NAMESPACES,
    _HEAD | _PARTIES | _DELIVERY_AND_PAYMENT | _SUMS | _LINE | _ITEM,
    ignored=IGNORED,
)

CREDIT_NOTE = INVOICE.replace(
    root="cn:CreditNote",
    namespaces=CREDIT_NOTE_NAMESPACES,
    rows={
        "BT-3": "cbc:CreditNoteTypeCode",
        "BT-9": "cac:PaymentMeans/cbc:PaymentDueDate",
        "BT-11": f"{_PROJECT}/cbc:ID",
        "BT-11-0": const("50", f"{_PROJECT}/cbc:DocumentTypeCode"),
        "BG-24": _SUPPORT + "[not(cbc:DocumentTypeCode='50')]",
        "BG-25": "cac:CreditNoteLine",
        "BT-129": "cbc:CreditedQuantity",
        "BT-130": "cbc:CreditedQuantity/@unitCode",
    },
    before={
        "BT-7": "BT-3",
        "BT-9": "BT-83",
        "BT-17": "BG-4",
        "EXT-FR-FE-192-0": "BG-20",
        "EXT-FR-FE-192-0b": "BG-20",
        "EXT-FR-FE-192": "BG-20",
        "EXT-FR-FE-181": "BG-27",
        "EXT-FR-FE-182": "BG-27",
    },
)


def binding_for(invoice: Invoice) -> Binding:
    """Return the table that `invoice` is written with: its type code tells."""
    return CREDIT_NOTE if invoice.type_code in CREDIT_NOTE_TYPES else INVOICE


def completed(invoice: Invoice) -> Invoice:
    """Return `invoice` with what UBL demands and what follows from the rest.

    A gross price stands inside the discount's element, which must have an amount: without a
    discount (BT-147) it is the gross price less the net one. A VAT breakdown stands beside the
    total VAT (BT-110), which must be there: without one it is the sum of the breakdown.
    """
    return _with_vat_total(_with_discounts(invoice))


def _with_vat_total(invoice: Invoice) -> Invoice:
    totals = invoice.totals or Totals()
    if totals.vat_amount is not None or not invoice.vat_breakdown or invoice.currency is None:
        return invoice
    vat = sum((part.tax_amount or Decimal(0) for part in invoice.vat_breakdown), Decimal(0))
    return dataclasses.replace(invoice, totals=dataclasses.replace(totals, vat_amount=vat))


def _with_discounts(invoice: Invoice) -> Invoice:
    if all(_has_discount(line) for line in invoice.lines):
        return invoice
    return dataclasses.replace(invoice, lines=tuple(_with_discount(x) for x in invoice.lines))


def _has_discount(line: Line) -> bool:
    """Return whether a gross price, if there is one, comes with its discount."""
    price = line.price
    return price is None or price.gross_price is None or price.discount is not None


def _with_discount(line: Line) -> Line:
    price = line.price
    if _has_discount(line) or price is None or price.gross_price is None:
        return line
    discount = Decimal(0) if price.net_price is None else price.gross_price - price.net_price
    return dataclasses.replace(line, price=dataclasses.replace(price, discount=discount))
