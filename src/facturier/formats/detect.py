"""What is this file? Bytes to syntax, profile and version; what is unsafe is refused here.

The syntax comes from the root element's namespace and name, never from the file's name.

- *Flux 1* has the roots of UBL and CII. It is recognised by what its schema lacks (external
  specifications v3.2, base and full): the only amount of the totals is the one without tax, with
  the VAT total in CII, while both full schemas require an amount due.
- *Flux 12 and 13* share one schema (``AnnuaireActualisation``). Only flux 13 has a prescribed
  form; flux 12 is what a platform agrees with its users. Such a file is called F13, and `F12` is
  never answered from bytes alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice

from lxml import etree

from facturier.errors import UnknownFormat
from facturier.formats.parsing import check_size, parse_held, parse_xml
from facturier.formats.paths import first_at


class Syntax(StrEnum):
    """The languages of the reform."""

    UBL_INVOICE = "UBL-Invoice"
    UBL_CREDIT_NOTE = "UBL-CreditNote"
    CII = "CII"
    CDAR = "CDAR"
    FLUX10 = "FLUX10"
    FLUX1 = "FLUX1"
    F12 = "F12"
    F13 = "F13"
    F14 = "F14"
    UNKNOWN = "UNKNOWN"


class Container(StrEnum):
    """What the XML came in."""

    XML = "xml"
    PDF = "pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Detected:
    """A file that can be read, and as what."""

    syntax: Syntax
    container: Container
    profile: str
    """BT-24, MDT-3 or TT-29 as written, blanks around it removed; empty when absent."""
    root: etree._Element
    """The parsed document."""
    xml: bytes
    """The XML as found; for a PDF, the attachment."""
    attachment_name: str = ""
    """Name of the XML inside the PDF, as written there."""
    pdf: bytes = field(default=b"", repr=False)
    """The PDF around it, as received; empty when there is none."""
    repaired: bool = False
    """Whether that PDF is damaged, and had to be repaired to be read."""
    held: tuple[etree._Element, ...] = field(default=(), repr=False, compare=False)
    """Elements of the document, so that lxml makes them, and their names, once for all who look."""
    version: str = ""
    """UBL's version (``2.1`` unless the document says otherwise), ``D22B`` for a CDAR, and for a
    CII only when its schema location names it."""


_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_CBC = f"{{{_UBL}CommonBasicComponents-2}}"
_CAC = f"{{{_UBL}CommonAggregateComponents-2}}"
_UNCEFACT = "urn:un:unece:uncefact:data:standard:"
_RSM = f"{{{_UNCEFACT}CrossIndustryInvoice:100}}"
_RAM = f"{{{_UNCEFACT}ReusableAggregateBusinessInformationEntity:100}}"
_CDAR = f"{{{_UNCEFACT}CrossDomainAcknowledgementAndResponse:100}}"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"

_ROOTS: dict[str, Syntax] = {
    f"{{{_UBL}Invoice-2}}Invoice": Syntax.UBL_INVOICE,
    f"{{{_UBL}CreditNote-2}}CreditNote": Syntax.UBL_CREDIT_NOTE,
    f"{_RSM}CrossIndustryInvoice": Syntax.CII,
    f"{_CDAR}CrossDomainAcknowledgementAndResponse": Syntax.CDAR,
    "Report": Syntax.FLUX10,
    "AnnuaireActualisation": Syntax.F13,
    "AnnuaireConsultationF14": Syntax.F14,
}
_CONTEXT = "ExchangedDocumentContext"
_GUIDELINE = (f"{_RAM}GuidelineSpecifiedDocumentContextParameter", f"{_RAM}ID")
_PROFILES: dict[Syntax, tuple[str, ...]] = {
    Syntax.UBL_INVOICE: (f"{_CBC}CustomizationID",),
    Syntax.UBL_CREDIT_NOTE: (f"{_CBC}CustomizationID",),
    Syntax.CII: (_RSM + _CONTEXT, *_GUIDELINE),
    Syntax.CDAR: (_CDAR + _CONTEXT, *_GUIDELINE),
    Syntax.FLUX10: ("TransactionsReport", "Invoice", "BusinessProcess", "TypeID"),
}
"""Names from the root down to what says the profile."""
_TRADE, _HEADER = f"{_RSM}SupplyChainTradeTransaction", f"{_RAM}ApplicableHeaderTradeSettlement"
_SETTLEMENT = f"{_TRADE}/{_HEADER}"
_TOTALS: dict[Syntax, tuple[tuple[str, ...], frozenset[str]]] = {
    Syntax.UBL_INVOICE: ((f"{_CAC}LegalMonetaryTotal",), frozenset({f"{_CBC}TaxExclusiveAmount"})),
    Syntax.UBL_CREDIT_NOTE: (
        (f"{_CAC}LegalMonetaryTotal",),
        frozenset({f"{_CBC}TaxExclusiveAmount"}),
    ),
    Syntax.CII: (
        (_TRADE, _HEADER, f"{_RAM}SpecifiedTradeSettlementHeaderMonetarySummation"),
        frozenset({f"{_RAM}TaxBasisTotalAmount", f"{_RAM}TaxTotalAmount"}),
    ),
}
_SELLER_ID: dict[Syntax, str] = {
    Syntax.UBL_INVOICE: f"{_CAC}AccountingSupplierParty/{_CAC}Party/{_CAC}PartyLegalEntity",
    Syntax.UBL_CREDIT_NOTE: f"{_CAC}AccountingSupplierParty/{_CAC}Party/{_CAC}PartyLegalEntity",
    Syntax.CII: (
        f"{_RSM}SupplyChainTradeTransaction/{_RAM}ApplicableHeaderTradeAgreement"
        f"/{_RAM}SellerTradeParty/{_RAM}SpecifiedLegalOrganization"
    ),
}
_AGREEMENT = f"{_RSM}SupplyChainTradeTransaction/{_RAM}ApplicableHeaderTradeAgreement"
_UBL_F1 = (
    f"{_CBC}ID",
    f"{_CBC}IssueDate",
    f"{_CBC}DocumentCurrencyCode",
    f"{_CBC}ProfileID",
    f"{_CAC}AccountingCustomerParty/{_CAC}Party/{_CAC}PartyLegalEntity/{_CBC}CompanyID",
    f"{_CAC}TaxTotal/{_CAC}TaxSubtotal",
)
_F1_HOLDS: dict[Syntax, tuple[str, ...]] = {
    Syntax.UBL_INVOICE: _UBL_F1,
    Syntax.UBL_CREDIT_NOTE: _UBL_F1,
    Syntax.CII: (
        f"{_RSM}ExchangedDocument/{_RAM}ID",
        f"{_RSM}ExchangedDocument/{_RAM}IssueDateTime",
        f"{_AGREEMENT}/{_RAM}BuyerTradeParty/{_RAM}SpecifiedLegalOrganization/{_RAM}ID",
        f"{_SETTLEMENT}/{_RAM}InvoiceCurrencyCode",
        f"{_SETTLEMENT}/{_RAM}ApplicableTradeTax",
    ),
}
"""What every flux 1 carries besides its profile and totals (external specifications v3.2)."""


MOST_HELD = 5_000
"""Elements held of one document, 1 MB at most: an invoice of two hundred lines has as many."""


def detect(data: bytes) -> Detected:
    """Say what `data` is, and parse it safely.

    Raises:
        UnknownFormat: not one of our formats; `reason` says what it looks like.
        MalformedDocument: one of ours, broken.
        UnsafeDocument: it holds what could harm; nothing of it was used.

    """
    check_size(data)
    if _is_pdf(data):
        from facturier.formats import facturx  # noqa: PLC0415  # pikepdf is slow to load

        held = facturx.opened(data)
        ((name, _, xml),) = held.files
        check_size(xml)
        described = _describe(xml, parse_held(xml, held=len(data)), name)
        return replace(described, pdf=data, repaired=held.repaired)
    return _describe(data, parse_xml(data), "")


_EXPORT = re.compile(
    rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*\?>\s*)?(<!--.*?-->\s*)*<AnnuaireConsultationF14[\s/>]",
    re.DOTALL,
)


def begins_an_export(head: bytes) -> bool:
    """Tell whether a file that begins so is an export of the directory (flux 14).

    Such a file weighs up to several gigabytes: who knows it by its beginning reads it as a stream
    (:func:`facturier.formats.directory_files.opened_directory`) instead of holding it.
    """
    return _EXPORT.match(head) is not None


def _is_pdf(data: bytes) -> bool:
    """Readers look for the mark of a PDF in the first 1,024 bytes; XML never has any before it."""
    return b"%PDF-" in data[:1024] and not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _describe(xml: bytes, root: etree._Element, attachment_name: str) -> Detected:
    tag = str(root.tag)
    syntax = _ROOTS.get(tag)
    if syntax is None:
        raise _stranger(tag)
    named = first_at(root, _PROFILES[syntax]) if syntax in _PROFILES else None
    profile = "" if named is None else (named.text or "").strip()
    version = _version(root, syntax)
    container = Container.PDF if attachment_name else Container.XML
    if container is Container.XML and _is_flux1(root, syntax):
        syntax = Syntax.FLUX1
    return Detected(
        syntax=syntax,
        container=container,
        profile=profile,
        root=root,
        xml=xml,
        attachment_name=attachment_name,
        held=tuple(islice(root.iter(), MOST_HELD)),
        version=version,
    )


def _is_flux1(root: etree._Element, syntax: Syntax) -> bool:
    """Tell regulatory data from an invoice by the totals that its schema leaves out.

    A document that is merely incomplete is taken for what its root says: it must also carry
    everything that every flux 1 carries, and the seller's legal identifier with nothing beside it.
    """
    if syntax not in _TOTALS:
        return False
    path, allowed = _TOTALS[syntax]
    totals = first_at(root, path)
    amounts = set() if totals is None else {str(child.tag) for child in totals}
    if not amounts or not amounts <= allowed:
        return False  # an invoice, nearly always: asked first
    seller = root.find(_SELLER_ID[syntax])
    if seller is None or first_at(root, _PROFILES[syntax]) is None:
        return False
    if any(root.find(held) is None for held in _F1_HOLDS[syntax]):
        return False
    return {str(child.tag) for child in seller} <= {f"{_CBC}CompanyID", f"{_RAM}ID"}


def _version(root: etree._Element, syntax: Syntax) -> str:
    if syntax in {Syntax.UBL_INVOICE, Syntax.UBL_CREDIT_NOTE}:
        said = first_at(root, (f"{_CBC}UBLVersionID",))
        return ("2.1" if said is None else said.text or "2.1").strip()
    if syntax is Syntax.CDAR:
        return "D22B"
    named = re.search(r"D\d\d[AB]", str(root.get(_XSI, "")))
    return named[0] if syntax is Syntax.CII and named else ""


_STRANGERS: tuple[tuple[str, str, str, str], ...] = (
    (
        "{urn:ferd:CrossIndustryDocument:",
        "zugferd-1",
        "Ce fichier est une facture ZUGFeRD 1.0, un format allemand remplacé en 2019.",
        "Demandez à l'émetteur une facture Factur-X ou CII actuelle.",
    ),
    (
        "{" + _UBL,
        "ubl-other-document",
        "Ce fichier est un document UBL, mais ni une facture ni un avoir.",
        "Déposez la facture (Invoice) ou l'avoir (CreditNote).",
    ),
    (
        "{" + _UNCEFACT,
        "uncefact-other-document",
        "Ce fichier est un message UN/CEFACT, mais ni une facture ni un statut de la réforme.",
        "Déposez la facture (CrossIndustryInvoice) ou le statut (CDAR).",
    ),
    (
        "{http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader}",
        "peppol-envelope",
        "Ce fichier est une enveloppe Peppol ; la facture se trouve à l'intérieur.",
        "Déposez la facture sans son enveloppe.",
    ),
    (
        "{http://www.w3.org/1999/xhtml}",
        "html",
        "Ce fichier est une page web ; il ne contient pas de facture électronique.",
        "Si le fichier vient d'un portail, ouvrez-le et téléchargez la facture même.",
    ),
)


def _stranger(tag: str) -> UnknownFormat:
    """Return the refusal of well-formed XML that is not ours."""
    known = "{http://www.w3.org/1999/xhtml}html" if tag.lower() == "html" else tag
    for beginning, reason, message, remedy in _STRANGERS:
        if known.startswith(beginning):
            return UnknownFormat(message, reason=reason, remedy=remedy)
    local = etree.QName(tag).localname
    return UnknownFormat(
        f"Ce fichier XML (« {local[:60]} ») n'est dans aucun des formats de la réforme.",
        reason="unknown-root",
        remedy="Déposez une facture UBL, CII ou Factur-X, un statut CDAR ou un flux 10.",
    )


__all__ = ["Container", "Detected", "Syntax", "detect", "parse_xml"]
