"""What a file says beyond the invoice that is read from it: the rules of EN 16931 there.

The model has one place for each term. A file may name a party, a country or a unit where the
standard has no term for it, repeat what stands once, or leave an element without what it is for;
the official files then judge what is written. Here are those questions, asked of the tree, and of
odd files only (:attr:`~facturier.rules.facts.Facts.is_odd_file`): the rule itself stands, with its
meaning, in the module of its family.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from lxml import etree

from facturier.findings import Layer
from facturier.formats import cii, ubl
from facturier.formats.codecs import XML_SPACE
from facturier.invoice import codes
from facturier.invoice import terms as dictionary
from facturier.invoice.model import Invoice
from facturier.rules.en16931.codes import admitted, in_capitals, starts_with_country
from facturier.rules.facts import Facts
from facturier.rules.rule import Family

WRITTEN = Family(Layer.EN16931)

NAMESPACES = ubl.NAMESPACES | ubl.CREDIT_NOTE_NAMESPACES | cii.NAMESPACES
_T = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction"
_AGREEMENT = f"{_T}/ram:ApplicableHeaderTradeAgreement"
_INDICATOR, _REASON = "normalize-space(cbc:ChargeIndicator)", "cbc:AllowanceChargeReasonCode"
_SETTLEMENT = f"{_T}/ram:ApplicableHeaderTradeSettlement"


def finder(path: str) -> Callable[[Any], list[Any]]:
    """Return what finds elements, or values of attributes, in a file."""
    found = etree.XPath(path, namespaces=NAMESPACES)
    return lambda tree: cast("list[Any]", found(tree))


def text_of(found: Any) -> str:
    """Return the text of an element or attribute that was found, without blanks around it."""
    text = found if isinstance(found, str) else "".join(found.itertext())
    return text.strip(XML_SPACE)


GROUPS = {
    "BR-CL-07": "BG-24",
    "BR-CL-08": "BG-1",
    "BR-CL-11": "BG-4",
    "BR-CL-13": "BG-31",
    "BR-CL-14": "BG-5",
    "BR-CL-15": "BG-31",
    "BR-CL-16": "BG-16",
    "BR-CL-17": "BG-20",
    "BR-CL-18": "BG-30",
    "BR-CL-19": "BG-20",
    "BR-CL-20": "BG-21",
    "BR-CL-21": "BG-31",
    "BR-CL-22": "BG-23",
    "BR-CL-23": "BG-25",
    "BR-CL-24": "BG-24",
    "BR-CL-25": "BG-4",
    "BR-CL-26": "BG-13",
}
"""The group in which a code mostly stands: where a finding points."""


# Codes, wherever they stand.
Spelled = Callable[[str], str]


def _as_is(code: str) -> str:
    return code


def _is_odd_file(facts: Facts) -> bool:
    return facts.is_odd_file


def _coded(
    id: str,  # noqa: A002
    syntax: str,
    leaf: str,
    path: str,
    spelled: Spelled = _as_is,
) -> None:
    """Ask an id of every place where its code may stand; `leaf` is a part of the odd path."""
    group = GROUPS[id]
    find = finder(path)

    def are_listed(_: Invoice, facts: Facts) -> bool:
        if not facts.is_odd(leaf):
            return True
        known = admitted(id, facts)
        return all(spelled(text_of(one)) in known for one in find(facts.tree))

    WRITTEN.add(
        id,
        are_listed,
        terms=group,
        meaning=f"Le code écrit dans {leaf} est dans la liste officielle, où qu'il se trouve.",
        remedy="Choisissez un code de la liste, ou retirez cet élément.",
        syntax=syntax,
        given=_is_odd_file,
    )


for _id, _leaf, _path in (
    ("BR-CL-07", "ram:ReferenceTypeCode", "//ram:ReferenceTypeCode"),
    ("BR-CL-08", "ram:SubjectCode", "//ram:SubjectCode"),
    ("BR-CL-13", "ram:ClassCode", "//ram:ClassCode/@listID"),
    ("BR-CL-14", "ram:CountryID", "//ram:CountryID"),
    ("BR-CL-15", "ram:OriginTradeCountry", "//ram:OriginTradeCountry/ram:ID"),
    (
        "BR-CL-16",
        "PaymentMeans",
        "//ram:SpecifiedTradeSettlementPaymentMeans/ram:TypeCode",
    ),
    ("BR-CL-17", "ram:CategoryTradeTax", "//ram:CategoryTradeTax/ram:CategoryCode"),
    ("BR-CL-18", "ram:ApplicableTradeTax", "//ram:ApplicableTradeTax/ram:CategoryCode"),
    ("BR-CL-21", "ram:GlobalID", "//ram:SpecifiedTradeProduct/ram:GlobalID/@schemeID"),
    (
        "BR-CL-23",
        "Quantity",
        "//ram:BasisQuantity/@unitCode | //ram:BilledQuantity/@unitCode",
    ),
    ("BR-CL-24", "ram:AttachmentBinaryObject", "//ram:AttachmentBinaryObject/@mimeCode"),
    ("BR-CL-25", "ram:URIID", "//ram:URIUniversalCommunication/ram:URIID/@schemeID"),
    (
        "BR-CL-26",
        "ram:GlobalID",
        "//ram:ApplicableHeaderTradeDelivery/ram:ShipToTradeParty/ram:GlobalID/@schemeID",
    ),
):
    _coded(_id, "CII", _leaf, _path)
_coded(
    "BR-CL-22", "CII", "ram:ExemptionReasonCode", "//ram:ExemptionReasonCode", spelled=in_capitals
)
for _id, _leaf, _path in (
    ("BR-CL-13", "cbc:ItemClassificationCode", "//cbc:ItemClassificationCode/@listID"),
    ("BR-CL-14", "cbc:IdentificationCode", "//cac:Country/cbc:IdentificationCode"),
    ("BR-CL-15", "cac:OriginCountry", "//cac:OriginCountry/cbc:IdentificationCode"),
    ("BR-CL-16", "cbc:PaymentMeansCode", "//cac:PaymentMeans/cbc:PaymentMeansCode"),
    ("BR-CL-17", "cac:TaxCategory", "//cac:TaxCategory/cbc:ID"),
    ("BR-CL-18", "cac:ClassifiedTaxCategory", "//cac:ClassifiedTaxCategory/cbc:ID"),
    (
        "BR-CL-19",
        "cbc:AllowanceChargeReasonCode",
        f"//cac:AllowanceCharge[{_INDICATOR} = 'false' or {_INDICATOR} = '0']/{_REASON}",
    ),
    (
        "BR-CL-20",
        "cbc:AllowanceChargeReasonCode",
        f"//cac:AllowanceCharge[{_INDICATOR} = 'true' or {_INDICATOR} = '1']/{_REASON}",
    ),
    (
        "BR-CL-23",
        "Quantity",
        "(//cbc:InvoicedQuantity | //cbc:BaseQuantity | //cbc:CreditedQuantity)/@unitCode",
    ),
    ("BR-CL-25", "cbc:EndpointID", "//cbc:EndpointID/@schemeID"),
    ("BR-CL-11", "cbc:CompanyID", "//cac:PartyLegalEntity/cbc:CompanyID/@schemeID"),
    ("BR-CL-21", "cac:StandardItem", "//cac:StandardItemIdentification/cbc:ID/@schemeID"),
    ("BR-CL-26", "cac:DeliveryLocation", "//cac:DeliveryLocation/cbc:ID/@schemeID"),
):
    _coded(_id, "UBL", _leaf, _path)
_coded(
    "BR-CL-22",
    "UBL",
    "cbc:TaxExemptionReasonCode",
    "//cbc:TaxExemptionReasonCode",
    spelled=in_capitals,
)

_VAT_NUMBERS = {
    "CII": finder("//ram:SpecifiedTaxRegistration/ram:ID[@schemeID='VA']"),
    "UBL": finder(
        "//cac:PartyTaxScheme[translate(normalize-space(cac:TaxScheme/cbc:ID), 'vat', 'VAT')"
        " = 'VAT']/cbc:CompanyID"
    ),
}


@WRITTEN.rule(
    "BR-CO-09",
    terms="BG-4",
    remedy="Ajoutez le code du pays devant le numéro de TVA, ou retirez-le.",
    given=lambda facts: (
        facts.is_odd_file and (facts.is_odd("TaxRegistration") or facts.is_odd("PartyTaxScheme"))
    ),
)
def every_vat_number_starts_with_a_country(_: Invoice, facts: Facts) -> bool:
    """Tout numéro de TVA commence par le code du pays, où qu'il se trouve."""
    return all(
        starts_with_country(one.text or "", facts) for one in _VAT_NUMBERS[facts.syntax](facts.tree)
    )


# What an element is for, and lacks.
for _id, _party, _name in (("BR-62", "Seller", "vendeur"), ("BR-63", "Buyer", "acheteur")):
    _bare = finder(
        f"{_AGREEMENT}/ram:{_party}TradeParty[ram:URIUniversalCommunication]"
        "[not(normalize-space(ram:URIUniversalCommunication[1]/ram:URIID/@schemeID))]"
    )

    def address_has_a_scheme(
        _: Invoice, facts: Facts, bare: Callable[[Any], list[Any]] = _bare
    ) -> bool:
        """Whether the first electronic address of a party names its directory."""
        return not bare(facts.tree)

    def _has_no_address(facts: Facts, party: str = _party.lower()) -> bool:
        held = getattr(facts.invoice, party)
        return facts.tree is not None and (held is None or held.electronic_address is None)

    WRITTEN.add(
        _id,
        address_has_a_scheme,
        terms="BG-4" if _id == "BR-62" else "BG-7",
        meaning=f"L'adresse électronique (vendeur ou acheteur : {_name}) n'est pas vide.",
        remedy="Donnez l'adresse et son annuaire (0225), ou retirez cet élément.",
        syntax="CII",
        given=_has_no_address,
    )


_UNPLACED = finder(
    "//cac:Delivery/cac:DeliveryLocation/cac:Address[not(cac:Country/cbc:IdentificationCode)]"
)
_NAMELESS_PAYEE = finder("/*/cac:PayeeParty[not(cac:PartyName/cbc:Name)]")


@WRITTEN.rule(
    "BR-57",
    terms="BG-15",
    remedy="Indiquez le pays de chaque adresse de livraison.",
    syntax="UBL",
    given=lambda facts: facts.is_odd_file,
)
def every_delivery_address_has_a_country(_: Invoice, facts: Facts) -> bool:
    """Toute adresse de livraison indique son pays, celle d'une ligne aussi."""
    return not _UNPLACED(facts.tree)


@WRITTEN.rule(
    "BR-17",
    terms="BG-10",
    remedy="Nommez le bénéficiaire du paiement (BT-59), ou retirez ce bloc s'il est le vendeur.",
    syntax="UBL",
    given=lambda facts: facts.tree is not None and facts.invoice.payee is None,
)
def payee_without_more_than_a_creditor_number_has_a_name(_: Invoice, facts: Facts) -> bool:
    """Un bénéficiaire est nommé, même si seul son identifiant de créancier (BT-90) est donné."""
    return not _NAMELESS_PAYEE(facts.tree)


# Periods whose dates are no days, but can still be compared.
_PERIODS = {
    "BR-29": finder(f"{_SETTLEMENT}/ram:BillingSpecifiedPeriod"),
    "BR-30": finder("//ram:SpecifiedLineTradeSettlement/ram:BillingSpecifiedPeriod"),
}
_DATE = "udt:DateTimeString[@format = '102']"
_START, _END = (
    finder(f"ram:{one}DateTime/{_DATE} | ram:{one}DateTime[not({_DATE})]")
    for one in ("Start", "End")
)


def _is_in_order(period: etree._Element) -> bool:
    """Whether a period ends after its start, its dates compared as texts."""
    starts, ends = _START(period), _END(period)
    if not starts or not ends:
        return True
    dates = [
        (start.text or "", end.text or "")
        for start in starts
        for end in ends
        if _are_dates(start, end)
    ]
    return any(end >= start for start, end in dates)


def _are_dates(*found: etree._Element) -> bool:
    """Whether elements are dates in format 102, and not what lacks one."""
    return all(one.get("format") == "102" for one in found)


_RAM, _UDT = (f"{{{cii.NAMESPACES[prefix]}}}" for prefix in ("ram", "udt"))


def _has_another_form(facts: Facts) -> bool:
    """Whether a date of a period does not say format 102 to the letter; we read it all the same."""
    return facts.tree is not None and any(
        day.get("format") != "102"
        for period in facts.tree.iter(f"{_RAM}BillingSpecifiedPeriod")
        for day in period.iter(f"{_UDT}DateTimeString")
    )


for _id, _group, _terms in (("BR-29", "BG-14", "BT-73 BT-74"), ("BR-30", "BG-26", "BT-134 BT-135")):

    def periods_are_in_order(_: Invoice, facts: Facts, id_: str = _id) -> bool:
        """Whether each period ends after its start."""
        return all(map(_is_in_order, _PERIODS[id_](facts.tree)))

    def _has_a_strange_date(facts: Facts, terms: tuple[str, ...] = tuple(_terms.split())) -> bool:
        odd = (*facts.invoice.malformed, *facts.invoice.unusual)
        if facts.is_odd_file and any(one.term in terms for one in odd):
            return True
        return facts.syntax == "CII" and facts.once(_has_another_form)

    WRITTEN.add(
        _id,
        periods_are_in_order,
        terms=_group,
        meaning="La date de fin d'une période n'est pas avant sa date de début.",
        remedy="Corrigez les deux dates de la période : format 102, un jour du calendrier.",
        syntax="CII",
        given=_has_a_strange_date,
    )


# Amounts that are not written as we would write them.
CENTS = 2
_AMOUNTS = {
    "BR-DEC-01": "BT-92",
    "BR-DEC-02": "BT-93",
    "BR-DEC-05": "BT-99",
    "BR-DEC-06": "BT-100",
    "BR-DEC-09": "BT-106",
    "BR-DEC-10": "BT-107",
    "BR-DEC-11": "BT-108",
    "BR-DEC-12": "BT-109",
    "BR-DEC-14": "BT-112",
    "BR-DEC-16": "BT-113",
    "BR-DEC-17": "BT-114",
    "BR-DEC-18": "BT-115",
    "BR-DEC-19": "BT-116",
    "BR-DEC-20": "BT-117",
    "BR-DEC-23": "BT-131",
    "BR-DEC-24": "BT-136",
    "BR-DEC-25": "BT-137",
    "BR-DEC-27": "BT-141",
    "BR-DEC-28": "BT-142",
}


def _has_cents(texts: Iterable[str]) -> bool:
    """Whether no text has more than two letters after its point, blanks and all."""
    return all(len(text.partition(".")[2]) <= CENTS for text in texts)


def _is_oddly_written(facts: Facts) -> bool:
    return bool(facts.invoice.unusual)


for _id, _term in _AMOUNTS.items():

    def amount_is_in_cents(_: Invoice, facts: Facts, term: str = _term) -> bool:
        """Whether every amount of a term ends two letters after its point."""
        return _has_cents(facts.unusual.get(term, ()))

    WRITTEN.add(
        _id,
        amount_is_in_cents,
        terms=dictionary.dictionary()[0][_term].parent,
        # Other rules of the CII file take most VAT groups before this one (see `is_unreached`).
        syntax="UBL" if _term in ("BT-116", "BT-117") else "",
        meaning=f"{_term} s'écrit avec deux décimales au plus, sans blanc autour.",
        remedy=f"Retirez les blancs et les décimales de trop de {_term}.",
        given=_is_oddly_written,
    )


# Schemes of identifiers: in CII the name of the element says which rule looks at them.
_ID = f"{{{NAMESPACES['ram']}}}ID"
_TAX_REGISTRATION = f"{{{NAMESPACES['ram']}}}SpecifiedTaxRegistration"


@WRITTEN.rule(
    "BR-CL-11",
    terms="BG-4",
    remedy="Donnez l'identifiant avec un registre de la liste ISO 6523 (0002 SIREN, 0009 SIRET…).",
    syntax="CII",
    given=lambda facts: facts.tree is not None,
)
def every_identifier_has_a_listed_scheme(_: Invoice, facts: Facts) -> bool:
    """Un identifiant donné avec un registre l'est avec un registre de la liste ISO 6523."""
    return facts.tree is None or all(
        scheme is None
        or scheme.strip(XML_SPACE) in codes.ICD
        or next(one.iterancestors(_TAX_REGISTRATION), None) is not None
        for one in facts.tree.iter(_ID)
        for scheme in (one.get("schemeID"),)
    )
