"""Flux 10, the e-reporting transmission: how a report is written.

:data:`REPORT` is the table: a term of annex 6 (TT, TG) to its element, in the order of the schema
of the DGFiP external specifications v3.2. :func:`read_report` and :func:`write_report` are the
doors. Elements are in no namespace; the namespaces of the schema name its types only.
"""

from __future__ import annotations

from dataclasses import dataclass

from facturier.errors import UnknownFormat
from facturier.findings import Finding
from facturier.formats.binding import Binding
from facturier.formats.detect import Detected, Syntax, detect
from facturier.formats.oddities import oddities
from facturier.formats.reader import read_document
from facturier.formats.rows import Const, Presence, Row
from facturier.formats.writer import write_document
from facturier.reporting.report import Report

_Rows = dict[str, "str | Row | Const | Presence"]


def _charge(path: str, indicator: str) -> Row:
    """Return the row of allowances or of charges, which share one element."""
    return Row(
        path=f"{path}[@ChargeIndicator='{indicator}']", attributes={"ChargeIndicator": indicator}
    )


def _party(element: str, *terms: str) -> _Rows:
    """Return the rows of a party: group, identifier, scheme, VAT number, address, country."""
    group, identifier, scheme, vat, address, country = terms
    return {
        group: element,
        identifier: "CompanyId",
        scheme: "CompanyId/@schemeId",
        vat: "TaxRegistrationId",
        f"{vat}-0": "TaxRegistrationId/@qualifyingId",
        address: "PostalAddress",
        country: "CountryId",
    }


def _period(group: str, path: str, start: str, end: str) -> _Rows:
    return {group: path, start: "StartDate", end: "EndDate"}


_HEADER: _Rows = {
    "TB-1": "ReportDocument",
    "TT-1": "Id",
    "TT-2": "Name",
    "TG-1": "IssueDateTime",
    "TT-3": "DateTimeString",
    "TT-4": "TypeCode",
    "TG-3": "Sender",
    "TT-8": "Id",
    "TT-7": "Id/@schemeId",
    "TT-9": "Name",
    "TT-10": "RoleCode",
    "TG-4": "URIUniversalCommunication",
    "TT-11": "URIID",
    "TG-5": "Issuer",
    "TT-13": "Id",
    "TT-12": "Id/@schemeId",
    "TT-14": "Name",
    "TT-15": "RoleCode",
    "TG-6": "URIUniversalCommunication",
    "TT-16": "URIID",
}
_INVOICE: _Rows = {
    "TG-8": "Invoice",
    "TT-19": "ID",
    "TT-20": "IssueDate",
    "TT-21": "TypeCode",
    "TT-22": "CurrencyCode",
    "TT-201": "DueDate",
    "TT-24": "TaxDueDateTypeCode",
    "TG-9": "IncludedNote",
    "TT-26": "Subject",
    "TT-27": "Content",
    "TG-10": "BusinessProcess",
    "TT-28": "ID",
    "TT-29": "TypeID",
    "TG-11": "ReferencedDocument",
    "TT-30": "ID",
    "TT-31": "IssueDate",
    **_party("Seller", "TG-12", "TT-33", "TT-33-1", "TT-34", "TG-13", "TT-35"),
    **_party("Buyer", "TG-14", "TT-36", "TT-37", "TT-38", "TG-15", "TT-39"),
    "TG-16": "SellerTaxRepresentative",
    "TT-122": "TaxRegistrationId",
    "TT-40": "TaxRegistrationId/@schemeId",
    "TG-17": "Delivery",
    "TT-41": "Date",
    "TG-19": "Location",
    "TT-103": "LineOne",
    "TT-104": "LineTwo",
    "TT-105": "LineThree",
    "TT-106": "CityName",
    "TT-107": "PostalZone",
    "TT-108": "CountrySubentity",
    "TT-44": "CountryId",
    **_period("TG-18", "InvoicePeriod", "TT-42", "TT-43"),
    "TG-20": _charge("AllowanceCharge", "false"),
    "TT-45": "Amount",
    "TT-46": "TaxCategoryCode",
    "TT-47": "TaxPercent",
    "TG-21": _charge("AllowanceCharge", "true"),
    "TT-48": "Amount",
    "TT-49": "TaxCategoryCode",
    "TT-50": "TaxPercent",
    "TG-22": "MonetaryTotal",
    "TT-51": "TaxExclusiveAmount",
    "TT-52": "TaxAmount",
    "TT-202": "TaxAmount/@CurrencyCode",
    "TG-23": "TaxSubTotal",
    "TT-54": "TaxableAmount",
    "TT-55": "TaxAmount",
    "TT-194": "TaxCategory",
    "TT-56": "Code",
    "TT-57": "Percent",
    "TT-58": "TaxExemptionReason",
    "TT-59": "TaxExemptionReasonCode",
}
_LINE: _Rows = {
    "TG-24": "Line",
    "TT-61": "Note",
    "TT-61-0": "Code",
    "TT-61-1": "Comment",
    "TT-62": "BilledQuantity",
    "TT-63": "BilledQuantity/@UnitCode",
    "TG-40": "ReferencedDocument",
    "TT-300": "ID",
    "TT-301": "IssueDate",
    "TG-41": "Delivery",
    "TT-302": "Name",
    "TG-42": "Location",
    "TT-303": "LineOne",
    "TT-304": "CityName",
    "TT-305": "PostalZone",
    "TT-306": "CountrySubentity",
    "TT-307": "CountryId",
    **_period("TG-25", "InvoicePeriod", "TT-65", "TT-66"),
    "TG-26": _charge("AllowanceCharge", "false"),
    "TT-67": "Amount",
    "TG-27": _charge("AllowanceCharge", "true"),
    "TT-68": "Amount",
    "TG-28": "Price",
    "TT-69": "PriceAmount",
    "TT-70": "AllowanceChargeAmount",
    "TT-71": "AllowanceChargeBaseAmount",
    "TG-30": "Product",
    "TT-76": "Name",
}
_SALES: _Rows = {
    "TG-31": "Transactions",
    "TT-77": "Date",
    "TT-78": "TransactionsCurrency",
    "TT-80": "TaxDueDateTypeCode",
    "TT-81": "CategoryCode",
    "TT-82": "TaxExclusiveAmount",
    "TT-83": "TaxTotal",
    "TT-85": "TransactionsCount",
    "TG-32": "TaxSubtotal",
    "TT-86": "TaxPercent",
    "TT-87": "TaxableAmount",
    "TT-88": "TaxTotal",
}
_PAYMENTS: _Rows = {
    "TB-3": "PaymentsReport",
    **_period("TG-33", "ReportPeriod", "TT-89", "TT-90"),
    "TG-34": "Invoice",
    "TT-91": "InvoiceID",
    "TT-102": "IssueDate",
    "TG-35": "Payment",
    "TT-92": "Date",
    "TG-36": "SubTotals",
    "TT-93": "TaxPercent",
    "TT-94": "CurrencyCode",
    "TT-95": "Amount",
    "TG-37": "Transactions",
    "TG-38": "Payment",
    "TT-96": "Date",
    "TG-39": "SubTotals",
    "TT-97": "TaxPercent",
    "TT-98": "CurrencyCode",
    "TT-99": "Amount",
}

REPORT = Binding(
    "Report",
    {},
    {
        **_HEADER,
        "TB-2": "TransactionsReport",
        **_period("TG-7", "ReportPeriod", "TT-17", "TT-18"),
        **_INVOICE,
        **_LINE,
        **_SALES,
        **_PAYMENTS,
    },
    ignored=(),
    document=Report,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportReading:
    """A report as a file says it, and what was not understood."""

    report: Report
    detected: Detected
    findings: tuple[Finding, ...]
    """What could not be placed (``UNMAPPED``) or read (``MALFORMED``)."""


def read_report(data: bytes | Detected) -> ReportReading:
    """Read an e-reporting transmission.

    Raises UnreadableDocument when it cannot be understood at all, UnknownFormat when it is no
    flux 10; whatever is odd inside a readable file is told by the findings.
    """
    detected = detect(data) if isinstance(data, bytes) else data
    if detected.syntax is not Syntax.FLUX10:
        raise UnknownFormat(
            f"Ce document ({detected.syntax}) n'est pas une transmission d'e-reporting.",
            reason="not-a-report",
            remedy="Déposez un flux 10.",
        )
    report: Report = read_document(detected.root, REPORT)
    return ReportReading(report=report, detected=detected, findings=oddities(report))


def write_report(report: Report) -> bytes:
    """Write a report. Equal reports give equal bytes."""
    xml, lost = write_document(report, REPORT)
    assert not lost, lost
    return xml
