"""Codes come from their lists: BR-CL-01 to BR-CL-26, and the country in front of a VAT number.

Source: the lists of CEN's validation artefacts 1.3.16, as :mod:`facturier.invoice.codes` keeps them
for each syntax. One row a place where the code occurs, so that a finding names its place.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, cast

from lxml import etree

from facturier.findings import Layer
from facturier.formats import cii
from facturier.formats.codecs import XML_SPACE
from facturier.invoice import codes
from facturier.invoice import terms as dictionary
from facturier.invoice.model import Identifier, Invoice, Note, SupportingDocument
from facturier.rules.facts import Facts
from facturier.rules.foreign_taxes import CII_ROOT
from facturier.rules.rule import Family

CODES = Family(Layer.EN16931)

SEPA = "SEPA"
SELLER_SIDE = frozenset({"BT-29", "BT-60"})
"""Where UBL also writes the creditor identifier of a direct debit (BT-90)."""


def admitted(rule: str, facts: Facts) -> frozenset[str]:
    """Return the codes that a rule admits in the syntax of the invoice; without one, in any."""
    if facts.syntax:
        return codes.allowed(rule, facts.syntax.lower())
    return codes.allowed(rule, "ubl") | codes.allowed(rule, "cii")


def _say(term: str, what: str) -> dict[str, Any]:
    name = dictionary.label(term)
    return {
        "meaning": f"« {name} » ({term}) {what}.",
        "remedy": f"Choisissez pour {term} un code de la liste officielle.",
    }


def _bare(code: str) -> str:
    return code.strip(XML_SPACE)


def listed(
    id: str,  # noqa: A002
    term: str,
    what: str,
    *,
    spelled: Callable[[str], str] = _bare,
    **said: Any,
) -> None:
    """A coded term takes its value from the list of the rule.

    `spelled` makes of a value the spelling that is looked up.
    """

    def is_listed(code: str, facts: Facts) -> bool:
        return spelled(code) in admitted(id, facts)

    said.setdefault("breaks", f'{term} = "ZZZZ"')
    CODES.of_term(id, term, is_listed, **_say(term, what), **said)


def scheme_listed(id: str, term: str, what: str, **said: Any) -> None:  # noqa: A002
    """The scheme of an identifier, or of each one, is in the list of the rule."""

    def is_listed(held: Any, facts: Facts) -> bool:
        return all(
            one.scheme is None
            or one.scheme.strip(XML_SPACE) in admitted(id, facts)
            or (one.scheme == SEPA and facts.syntax == "UBL" and term in SELLER_SIDE)
            or (id == "BR-CL-10" and not is_global(one, facts))
            for one in (held if isinstance(held, tuple) else (held,))
        )

    said.setdefault("breaks", f'{term} = "123@ZZZZ"')
    CODES.of_term(id, term, is_listed, **_say(term, what), **said)


_GLOBAL = etree.XPath(
    "boolean(//ram:GlobalID[not(ancestor::ram:SpecifiedTradeProduct)][@schemeID = $scheme])",
    namespaces=cii.NAMESPACES,
)


def is_global(identifier: Identifier, facts: Facts) -> bool:
    """Whether an identifier with a scheme is a GlobalID, the only one that BR-CL-10 sees in CII."""
    if facts.tree is None or facts.syntax != "CII":
        return True
    return bool(_GLOBAL(facts.tree, scheme=identifier.scheme or ""))


def places_of(field: str) -> list[str]:
    """Return the ids of the terms held by a field of this name, wherever a party or address is."""
    return [term.id for term in dictionary.dictionary()[0].values() if term.field == field]


BREAKABLE = {
    "BT-60": "payee",
    "BT-61": "payee",
    "BT-63": "tax-representative",
    "BT-69": "tax-representative",
    "BT-80": "delivery",
}
"""Examples that hold a term which the standard example has not."""


def breaks(term: str, mutation: str) -> dict[str, Any]:
    """Say how to break a term; those of the extensions occur in no EN 16931 invoice."""
    if not term.startswith("BT-") or term.startswith("BT-X-"):
        return {"breaks": ""}
    return {"breaks": mutation, "example": BREAKABLE.get(term, "standard")}


# The document.
@CODES.rule(
    "BR-CL-01",
    terms="BT-3",
    remedy="Choisissez pour BT-3 un code de la liste : 380 facture, 381 avoir, 384 rectificative…",
    breaks='BT-3 = "999"',
)
def document_type_is_listed(invoice: Invoice, facts: Facts) -> bool:
    """Le code de type de facture (BT-3) est dans la liste, celle des avoirs pour un avoir UBL."""
    if invoice.type_code is None:
        return True
    code = invoice.type_code.strip(XML_SPACE)
    if facts.syntax == "UBL" and facts.root:
        root = "ubl-credit-note" if facts.root == "CreditNote" else "ubl-invoice"
        return code in codes.allowed("BR-CL-01", root)
    return code in admitted("BR-CL-01", facts)


@CODES.rule(
    "BR-CL-03",
    terms="BT-5 BT-6",
    remedy="Écrivez la devise des montants par son code ISO à trois lettres : EUR, USD…",
    breaks='BT-5 = "ZZZ"',
    also="BR-CL-04",
)
def currency_of_amounts_is_listed(invoice: Invoice, facts: Facts) -> bool:
    """Les montants sont donnés dans une devise de la liste ISO 4217."""
    if facts.tree is not None:
        if not facts.is_odd_file and invoice.currency in codes.CURRENCY:
            vat_currency = invoice.vat_currency
            if vat_currency is None or vat_currency in codes.CURRENCY:
                return True  # the reader tells every amount that is in neither
        return all(map(_is_currency, _currencies(facts.tree, invoice.currency or "")))
    totals = invoice.totals
    if totals is None:
        return True
    # UBL writes the currency on each amount, CII on the two totals of VAT only.
    amounts = facts.syntax != "CII" or totals.vat_amount is not None
    return _is_currency(invoice.currency if amounts else None) and _is_currency(
        invoice.vat_currency if totals.vat_amount_accounting is not None else None
    )


_AMOUNT_IN_CII = f"{{{cii.NAMESPACES['ram']}}}TaxTotalAmount"
_OTHER_AMOUNTS = etree.XPath("//@currencyID[. != $currency]")
_SAME_AMOUNTS = etree.XPath("boolean(//@currencyID[. = $currency])")


def _currencies(tree: etree._Element, currency: str) -> set[str]:
    """Return the currencies on the amounts of a file, as they are written there.

    That of the document is only looked for when it is no currency.
    """
    if tree.tag == CII_ROOT:
        said = (one.get("currencyID") for one in tree.iter(_AMOUNT_IN_CII))
        return {code for code in said if code is not None}
    found = set(cast("list[str]", _OTHER_AMOUNTS(tree, currency=currency)))
    if not _is_currency(currency) and _SAME_AMOUNTS(tree, currency=currency):
        found.add(currency)
    return found


def _is_currency(code: str | None) -> bool:
    return code is None or code.strip(XML_SPACE) in codes.CURRENCY


CURRENCY = "est une devise de la liste ISO 4217 (EUR, USD, CHF…)"
listed("BR-CL-04", "BT-5", CURRENCY, breaks='BT-5 = "ZZZ"', also="BR-CL-03")
listed(
    "BR-CL-05",
    "BT-6",
    CURRENCY,
    breaks='BT-6 = "ZZZ"',
    also="BR-CL-03",
    example="foreign-currency",
)


@CODES.rule(
    "BR-CL-06",
    terms="BT-8",
    remedy="Choisissez pour BT-8 : 3 facture, 35 livraison, 432 paiement (en CII : 5, 29, 72).",
    breaks='BT-8 = "ZZZZ"',
)
def vat_point_date_code_is_listed(invoice: Invoice, facts: Facts) -> bool:
    """Le code de date d'exigibilité de la TVA désigne la facture, la livraison ou le paiement."""
    # The model has UBL's codes; one that the reader of CII could not translate is malformed.
    code = invoice.vat_point_date_code
    listed = code is None or code.strip(XML_SPACE) in codes.allowed("BR-CL-06", "ubl")
    return listed and not facts.is_malformed("BT-8")


REFERENCE = "est donné avec un code de la liste UNTDID 1153"
scheme_listed("BR-CL-07", "BT-18", REFERENCE, example="attachments")
scheme_listed("BR-CL-07", "BT-128", REFERENCE, example="attachments")


@CODES.rule(
    "BR-CL-08",
    on="BG-1",
    terms="BT-21",
    remedy="Choisissez pour BT-21 un code de la liste officielle.",
    breaks='BT-21 = "QQQ"',
)
def note_subject_is_listed(note: Note, facts: Facts) -> bool:
    """Le code du sujet de la note (BT-21) est dans la liste UNTDID 4451 (PMT, PMD, AAB, REG…)."""
    code = note.subject_code
    if code is None and facts.syntax == "UBL":
        code = _code_between_hashes(note.text or "")
    return code is None or code.strip(XML_SPACE) in admitted("BR-CL-08", facts)


def _code_between_hashes(text: str) -> str | None:
    """Return what the UBL file takes for a code: any three characters between two ``#``."""
    parts = text.split("#", 2)
    return parts[1] if len(parts) == 3 and len(parts[1]) == 3 else None  # noqa: PLR2004


listed("BR-CL-08", "EXT-FR-FE-183", "est dans la liste UNTDID 4451", breaks="", syntax="CII")

# Parties and places.
ICD = "est donné avec un registre de la liste ISO 6523 (0002 SIREN, 0009 SIRET, 0088 GLN…)"
for id_ in places_of("identifiers"):
    scheme_listed("BR-CL-10", id_, ICD, **breaks(id_, f'{id_} = "123@ZZZZ"'))
for id_ in places_of("legal_identifier"):
    scheme_listed("BR-CL-11", id_, ICD, **breaks(id_, f'{id_} = "123@ZZZZ"'))
for id_ in places_of("country_code"):
    listed(
        "BR-CL-14",
        id_,
        "est un code de pays à deux lettres (FR, BE, DE…)",
        **breaks(id_, f'{id_} = "ZZ"'),
    )
EAS = "est donnée avec un annuaire de la liste EAS (0225 pour l'annuaire français)"
for id_ in places_of("electronic_address"):
    scheme_listed("BR-CL-25", id_, EAS, **breaks(id_, f'{id_} = "123@ZZZZ"'))
scheme_listed("BR-CL-26", "BT-71", ICD, example="delivery")

# Items.
scheme_listed(
    "BR-CL-13",
    "BT-158",
    "est donnée avec une nomenclature de la liste UNTDID 7143",
    example="attachments",
)
listed(
    "BR-CL-15",
    "BT-159",
    "est un code de pays à deux lettres (FR, BE, DE…)",
    breaks='BT-159 = "ZZ"',
    example="attachments",
)
scheme_listed("BR-CL-21", "BT-157", ICD, example="attachments")
UNIT = "est dans la liste des unités (C62 pièce, HUR heure, KGM kilogramme…)"
listed("BR-CL-23", "BT-130", UNIT)
listed("BR-CL-23", "BT-150", UNIT, example="allowances")

# Payment, allowances and charges.
listed("BR-CL-16", "BT-81", "est dans la liste UNTDID 4461 (30 virement, 48 carte, 59 prélèvement)")
ALLOWANCE = "est dans la liste des motifs de remise (95 remise, 100 remise spéciale…)"
CHARGE = "est dans la liste des motifs de frais (FC transport, PC emballage…)"
listed("BR-CL-19", "BT-98", ALLOWANCE, example="allowances")
listed("BR-CL-19", "BT-140", ALLOWANCE, example="allowances")
listed("BR-CL-19", "EXT-FR-FE-196", ALLOWANCE, breaks="", syntax="UBL")
listed("BR-CL-20", "BT-105", CHARGE, example="allowances")
listed("BR-CL-20", "BT-145", CHARGE, example="allowances")


# VAT.
def in_capitals(code: str) -> str:
    """Return a code as the list of VATEX spells it."""
    return code.strip(XML_SPACE).upper()


CATEGORY = "est un code de TVA : S, Z, E, AE, K, G, O, L, M ou B"
listed("BR-CL-17", "BT-95", CATEGORY, example="allowances", also="BR-S-08")
listed("BR-CL-17", "BT-102", CATEGORY, example="allowances", also="BR-S-08")
listed("BR-CL-17", "BT-118", CATEGORY, syntax="UBL")
listed("BR-CL-18", "BT-118", CATEGORY, syntax="CII")
listed("BR-CL-18", "BT-151", CATEGORY, also="BR-S-08")
VATEX = "est dans la liste VATEX des motifs d'exonération"
listed("BR-CL-22", "BT-121", VATEX, spelled=in_capitals, example="exempt")
for id_ in ("EXT-FR-FE-179", "EXT-FR-FE-188", "EXT-FR-FE-190", "BT-X-592"):
    listed("BR-CL-22", id_, VATEX, spelled=in_capitals, breaks="")


# Attached documents.
@CODES.rule(
    "BR-CL-24",
    on="BG-24",
    terms="BT-125",
    remedy="Joignez un PDF, une image PNG ou JPEG, un CSV ou un classeur XLSX ou ODS.",
    breaks='BT-125 = "programme.exe@application/x-msdownload"',
    example="attachments",
)
def attachment_is_of_an_admitted_type(document: SupportingDocument, facts: Facts) -> bool:
    """Un document joint est d'un type admis : PDF, PNG, JPEG, CSV, XLSX ou ODS."""
    attachment = document.attachment
    return (
        attachment is None
        or attachment.mime_code is None
        or attachment.mime_code in admitted("BR-CL-24", facts)
    )


# The country in front of a VAT number.
LETTERS = 2


@functools.cache
def _listed_together(prefixes: frozenset[str]) -> str:
    return f" {' '.join(sorted(prefixes))} "


def starts_with_country(number: str, facts: Facts) -> bool:
    """Whether a VAT number begins with the code of a country."""
    prefix = number[:LETTERS]
    prefixes = admitted("BR-CO-09", facts)
    if facts.syntax == "UBL":
        # The UBL file looks for the letters anywhere in its list: a single one may be found, and
        # one beside a blank.
        return prefix in _listed_together(prefixes)
    return prefix in prefixes


for id_ in places_of("vat_identifier"):
    CODES.of_term(
        "BR-CO-09",
        id_,
        starts_with_country,
        meaning=f"« {dictionary.label(id_)} » ({id_}) commence par le code du pays : FR, BE, DE…",
        remedy=f"Ajoutez le code du pays devant le numéro de TVA ({id_}) ; EL ou GR en Grèce.",
        **breaks(id_, f'{id_} = "12345678901"'),
    )
