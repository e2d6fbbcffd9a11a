"""Files altered so that each syntax rule fails, without looking at how we check it.

An alteration starts from an example that the official file accepts, finds (or makes) an element of
the rule's context and puts there what the rule forbids, twice what may stand once, or takes away
what must stand. The few rules with a condition of their own say how in ``BY_HAND``.
"""

import copy
import functools
import itertools
import re

from lxml import etree

from facturier.formats import write
from facturier.rules.examples import example, names
from facturier.rules.syntax import NEVER_FIRES
from facturier.rules.syntax.table import NAMESPACES, VALUES, Check, clark, table

WRONG = {"cents": "1.234", "date102": "20261301", "vat": "GST"}
BOOKS = ("en16931-ubl", "en16931-cii", "extended-ctc-fr-ubl", "extended-ctc-fr-cii")
_DEAL = "/rsm:SupplyChainTradeTransaction"
_LINE = f"{_DEAL}/ram:IncludedSupplyChainTradeLineItem"
_DELIVERY = f"{_DEAL}/ram:ApplicableHeaderTradeDelivery"
_CHARGE = f"{_DEAL}/ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeAllowanceCharge"

BY_HAND = {
    "UBL-CR-002": ("cbc:UBLVersionID=2.4",),
    "UBL-CR-665": ("+cac:AdditionalDocumentReference/cbc:ID/@schemeID=AAA",),
    "UBL-CR-666": (
        "+cac:AdditionalDocumentReference/cbc:DocumentTypeCode=130",
        "cac:AdditionalDocumentReference[cbc:DocumentTypeCode]/cac:Attachment",
    ),
    "UBL-CR-673": (
        "+cac:AdditionalDocumentReference/cbc:DocumentTypeCode=130",
        "cac:AdditionalDocumentReference[cbc:DocumentTypeCode]/cbc:DocumentDescription=x",
    ),
    "UBL-DT-18": ("cbc:ID/@name=x",),
    "UBL-SR-04": (
        "+cac:AdditionalDocumentReference/cbc:ID=a",
        "+cac:AdditionalDocumentReference/cbc:ID=b",
        "cac:AdditionalDocumentReference/cbc:DocumentTypeCode=130",
        "cac:AdditionalDocumentReference[not(cbc:DocumentTypeCode)]/cbc:DocumentTypeCode=130",
    ),
    "UBL-SR-12": (
        "cac:AccountingSupplierParty/cac:Party/+cac:PartyTaxScheme/cac:TaxScheme/cbc:ID=vat",
        "cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme[not(cbc:CompanyID)]/cbc:CompanyID=FR1",
    ),
    "UBL-SR-13": tuple(
        2
        * [
            "cac:AccountingSupplierParty/cac:Party/+cac:PartyTaxScheme/cac:TaxScheme/cbc:ID=LOC",
            "cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme[not(cbc:CompanyID)]/cbc:CompanyID=1",
        ]
    ),
    "UBL-SR-18": tuple(
        2
        * [
            "cac:AccountingCustomerParty/cac:Party/+cac:PartyTaxScheme/cac:TaxScheme/cbc:ID=VAT",
            "cac:AccountingCustomerParty/cac:Party/cac:PartyTaxScheme[not(cbc:CompanyID)]/cbc:CompanyID=FR1",
        ]
    ),
    "UBL-SR-19": ("cac:PartyName/cbc:Name=x", "cac:PartyName/+cbc:Name=y"),
    "UBL-SR-20": ("+cac:PartyIdentification/cbc:ID=1", "+cac:PartyIdentification/cbc:ID=2"),
    "UBL-SR-21": ("cac:PartyLegalEntity/cbc:CompanyID=1", "cac:PartyLegalEntity/+cbc:CompanyID=2"),
    "UBL-SR-29": tuple(
        f"cac:AccountingSupplierParty/cac:Party/+cac:PartyIdentification/cbc:ID/@schemeID={one}"
        for one in ("SEPA", "sepa")
    ),
    "UBL-SR-42": (
        "+cac:PartyTaxScheme/cbc:CompanyID=1",
        "+cac:PartyTaxScheme/cbc:CompanyID=2",
        "+cac:PartyTaxScheme/cbc:CompanyID=3",
    ),
    "UBL-SR-43": ("cbc:DocumentTypeCode=999",),
    **dict.fromkeys(
        ("UBL-DT-06", "UBL-DT-07"),
        (
            "/cac:AdditionalDocumentReference/cac:Attachment/cbc:EmbeddedDocumentBinaryObject=x",
            "-//cbc:EmbeddedDocumentBinaryObject/@*",
        ),
    ),
    **{
        id_: (
            f"/+cac:AllowanceCharge/cbc:ChargeIndicator={said}",
            "/cac:AllowanceCharge[last()]/cbc:AllowanceChargeReason=x",
            "/cac:AllowanceCharge[last()]/+cbc:AllowanceChargeReason=x",
        )
        for id_, said in (("UBL-SR-30", "false"), ("UBL-SR-31", "1"))
    },
    "UBL-SR-44": ("+cac:PaymentMeans/cbc:PaymentID=one", "+cac:PaymentMeans/cbc:PaymentID=other"),
    "UBL-SR-47": (
        "+cac:PaymentMeans/cbc:PaymentMeansCode=30",
        "+cac:PaymentMeans/cbc:PaymentMeansCode=58",
    ),
    "UBL-SR-53": ("-cbc:CompanyID",),
    "UBL-FREXT-CR-410": ("cac:DeliveryTerms/cbc:SpecialTerms=x",),
    "UBL-FREXT-CR-645": (
        "cac:InvoiceLine/cac:DeliveryTerms/cac:DeliveryLocation/cbc:Description=x",
    ),
    "CII-FREXT-CR-490": ("cac:TaxExchangeRate/cbc:SourceCurrencyBaseRate=1",),
    "UBL-FREXT-SR-48": ("cac:Item/+cac:ClassifiedTaxCategory/cbc:ID=S",),
    "CII-EXT-DT-018": (f"{_DELIVERY}/ram:ReceivingAdviceReferencedDocument/ram:TypeCode=130",),
    "CII-SR-046": ("ram:GlobalID=123",),
    "CII-SR-090": ("ram:OriginTradeCountry/ram:Name=x",),
    "CII-SR-119": (
        "ram:GrossPriceProductTradePrice/ram:AppliedTradeAllowanceCharge/ram:ActualAmount=1",
        "-ram:GrossPriceProductTradePrice/ram:AppliedTradeAllowanceCharge/ram:ChargeIndicator",
    ),
    **{
        id_: (f"ram:{party}/ram:ID=1", f"ram:{party}/ram:GlobalID=2")
        for id_, party in (
            ("CII-SR-449", "ShipToTradeParty"),
            ("CII-SR-450", "BuyerTradeParty"),
            ("CII-SR-451", "PayeeTradeParty"),
        )
    },
    "CII-SR-457": tuple(2 * ["+ram:AdditionalReferencedDocument/ram:TypeCode=50"]),
    "CII-SR-458": tuple(2 * ["+ram:AdditionalReferencedDocument/ram:TypeCode=130"]),
    "CII-SR-462": (
        "+ram:ApplicableTradeTax/ram:DueDateTypeCode=5",
        "+ram:ApplicableTradeTax/ram:DueDateTypeCode=29",
    ),
    **{
        id_: (
            f"ram:{party}/+ram:DefinedTradeContact/ram:PersonName=x",
            f"ram:{party}/ram:DefinedTradeContact/ram:DepartmentName=y",
        )
        for id_, party in (("CII-SR-465", "SellerTradeParty"), ("CII-SR-466", "BuyerTradeParty"))
    },
    "CII-SR-467": (
        "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement/+ram:SpecifiedTradeSettlementPaymentMeans/ram:TypeCode=10",
    ),
    "CII-SR-468": tuple(
        f"rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement/+ram:SpecifiedTradeSettlementPaymentMeans/ram:Information={one}"
        for one in "ab"
    ),
    "CII-SR-470": ("+ram:SpecifiedTradeSettlementPaymentMeans/ram:TypeCode=58",),
    "CII-SR-474": tuple(2 * ["+ram:AdditionalReferencedDocument/ram:TypeCode=130"]),
    "CII-SR-475": tuple(
        2
        * [
            "+ram:AdditionalReferencedDocument/ram:TypeCode=916",
            "ram:AdditionalReferencedDocument[not(ram:Name)]/ram:Name=x",
        ]
    ),
    "CII-SR-476": tuple(
        2
        * [
            "+ram:AdditionalReferencedDocument/ram:TypeCode=916",
            "ram:AdditionalReferencedDocument[not(ram:AttachmentBinaryObject)]/ram:AttachmentBinaryObject=x",
        ]
    ),
    "CII-FREXT-SR-106": ("ram:ApplicableTradeDeliveryTerms/ram:Description=x",),
    "CII-FREXT-SR-293": ("ram:ApplicableTradeDeliveryTerms/ram:RelevantTradeLocation/ram:ID=x",),
    "CII-FREXT-SR-366": ("ram:TaxApplicableTradeCurrencyExchange/ram:MarketID=x",),
    "CII-SR-464": ("ram:PayerSpecifiedDebtorFinancialInstitution/ram:BICID=x",),
    "UBL-SR-46": tuple(2 * ["+cac:PaymentMeans/cbc:PaymentMeansCode/@name=x"]),
    "CII-DT-027": (
        f"{_DELIVERY}/ram:ReceivingAdviceReferencedDocument/ram:FormattedIssueDateTime=x",
    ),
    "CII-FREXTDT-027": (
        f"{_DELIVERY}/ram:ReceivingAdviceReferencedDocument/ram:FormattedIssueDateTime=x",
    ),
    "CII-DT-052": (f"{_CHARGE}/ram:CategoryTradeTax/ram:ExemptionReasonCode=x",),
    "CII-DT-098": (f"{_CHARGE}/ram:CategoryTradeTax/ram:ExemptionReason=x",),
    "CII-DT-033": (
        f"{_LINE}/ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice/ram:BasisQuantity/@unitCode=C62",
        "-/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction/ram:IncludedSupplyChainTradeLineItem/ram:SpecifiedLineTradeDelivery/ram:BilledQuantity/@unitCode",
    ),
}
"""Alterations of the rules that have a condition of their own, in the order they are made."""


@functools.cache
def sources(syntax: str, root: str) -> tuple[etree._Element, ...]:
    """Every example of a syntax with that document element, parsed; the plain one first."""
    first = "credit-note" if root == "CreditNote" else "standard"
    files = [write(example(name), syntax).xml for name in (first, *names())]
    trees = [etree.fromstring(file) for file in files]
    return tuple(tree for tree in trees if etree.QName(tree).localname == root)


def alterations(book: str, root: str):
    """Yield (id, altered file) for each rule of an official file."""
    for check in table(book).checks:
        if check.id in NEVER_FIRES or (check.id, root) == ("UBL-CR-412", "CreditNote"):
            continue
        for number, change in enumerate(_changes(check)):
            yield f"{check.id}-{number}", check.id, lambda c=check, x=change: altered(c, x, root)


def altered(check: Check, change, root: str) -> bytes:
    """Return an example in which the rule of `check` no longer holds."""
    syntax = "ubl" if check.id.startswith("UBL") or check.id == "CII-FREXT-CR-490" else "cii"
    tree, element = _element(check, syntax, root)
    change(element)
    return etree.tostring(tree)


def _element(check: Check, syntax: str, root: str):
    """Return a copy of an example, and an element of the rule's context in it, made if need be."""
    for source in sources(syntax, root):
        for number, one in enumerate(source.iter(etree.Element)):
            lineage = (*[a.tag for a in one.iterancestors()][::-1], one.tag)
            context = check.context
            if any(p.matches(lineage) for p in context.patterns) and context.is_met(one):
                tree = copy.deepcopy(source)
                return tree, next(itertools.islice(tree.iter(etree.Element), number, None))
    tree = copy.deepcopy(sources(syntax, root)[0])
    wanted = check.context.patterns[0]
    steps = wanted.names[1:] if wanted.whole else () if wanted.suffix else wanted.names
    at = tree
    if not wanted.whole and syntax == "cii":
        at = tree.find(".//{*}ApplicableHeaderTradeSettlement")
    for name in steps:
        found = at.find(name)
        at = found if found is not None else _add(at, name)
    return tree, at


def _add(parent, tag: str):
    """Add an element, beside the last one of its name if there is one."""
    new = etree.Element(tag)
    others = parent.findall(tag)
    if others:
        others[-1].addnext(new)
    else:
        parent.append(new)
    return new


def _changes(check: Check):
    """Return what may be done to an element of the context so that the rule fails."""
    if check.id in BY_HAND:
        return (lambda element: [_apply(element, one) for one in BY_HAND[check.id]],)
    if check.kind in VALUES:
        return (lambda element: _apply(element, f"{check.text}={WRONG[check.kind]}"),)
    path = check.when if check.kind == "test" else check.text
    path = re.sub(r"^\d ", "", path)
    path = re.sub(r"\(([^|()]*)\|[^()]*\)", r"\1", path).split(" | ")[0]

    def add(element):
        _apply(element, _new(path))

    def take_away(element):
        _apply(element, f"-{path}")

    def twice(element):
        _apply(element, path)
        _apply(element, _new(path))

    def in_two_parents(element):
        _apply(element, path)
        _apply(element, f"+{path}")

    below = "/" in path and not path.startswith("//") and "@" not in path
    return {
        "no": (add,),
        "test": (add,),
        "min1": (take_away,),
        "one": (twice, take_away),
        "max1": (twice, in_two_parents) if below else (twice,),
    }[check.kind]


def _new(path: str) -> str:
    """Mark the last element of a path as one to add."""
    head, slash, last = path.rpartition("/")
    return path if last.startswith("@") else f"{head}{slash}+{last}"


def _apply(element, change: str) -> None:
    """Make one change: ``a/+b/@c=text`` adds, ``-a/b`` takes away."""
    path, _, text = change.partition("=") if "]" not in change else _split(change)
    if path.startswith("-"):
        for found in element.xpath(path[1:], namespaces=dict(NAMESPACES)):
            if isinstance(found, str):
                del found.getparent().attrib[found.attrname]
            else:
                found.getparent().remove(found)
        return
    if path.startswith("//"):
        element = element.getroottree().getroot()
        path = path[2:]
        first = clark(path.split("/")[0].lstrip("+")) if path[0] not in "@*" else ""
        found = element.find(f".//{first}") if first else None
        element = found.getparent() if found is not None else element
    elif path.startswith("/"):
        element, path = element.getroottree().getroot(), path[1:]
    tree = element.getroottree().getroot()
    for step in path.split("/") if path != "." else ():
        if step.startswith("@"):
            element.set(step[1:], text or "x")
            return
        if tree.tag.endswith("CreditNote"):
            step = step.replace("cac:InvoiceLine", "cac:CreditNoteLine")  # noqa: PLW2901
        bare = step.lstrip("+")
        held = element.xpath(bare, namespaces=dict(NAMESPACES))
        new = step.startswith("+") or not held
        element = _add(element, clark(bare.partition("[")[0])) if new else held[0]
    neutral = "0" if element.tag.endswith("Amount") else "x"
    element.text = text or element.text or neutral


def _split(change: str):
    """Part a change with a condition in its path."""
    end = change.rindex("]")
    equals = change.find("=", end)
    return (change, "", "") if equals < 0 else (change[:equals], "=", change[equals + 1 :])
