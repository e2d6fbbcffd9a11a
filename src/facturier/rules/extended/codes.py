"""Codes that the profile adds to EN 16931 or widens: BR-FREXT-04, BR-FXEXT-04, BR-FREXT-CL rules.

Source: EXTENDED-CTC-FR 1.4.0 fix 04 (FNFE-MPE). A charge may be a tax other than VAT: its reason is
then one of UNTDID 5153 and its ``@listID`` says so. The model does not hold that attribute: what
the reader found there stands among the unmapped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from facturier.findings import Layer, Severity
from facturier.formats.codecs import XML_SPACE
from facturier.invoice import codes
from facturier.invoice import terms as dictionary
from facturier.invoice.model import Invoice, SupportingDocument
from facturier.rules.en16931.codes import SELLER_SIDE, SEPA, breaks, is_global, places_of
from facturier.rules.facts import Facts
from facturier.rules.rule import Family, reader

CODES = Family(Layer.EXTENDED_CTC_FR)

TAXES = "5153"
"""The list (UNTDID) of taxes as reasons for a charge."""


def _party_schemes(term: str) -> None:
    on, read = reader(term)

    def is_listed(holder: Any, facts: Facts) -> bool:
        held = read(holder) or ()
        return all(
            one.scheme is None
            or one.scheme.strip(XML_SPACE) in codes.ICD_EXTENDED
            or (
                one.scheme.strip(XML_SPACE) == SEPA
                and facts.syntax == "UBL"
                and term in SELLER_SIDE
            )
            or not is_global(one, facts)
            for one in (held if isinstance(held, tuple) else (held,))
        )

    CODES.add(
        "BR-FREXT-CL-10",
        is_listed,
        on=on,
        terms=term,
        meaning=f"« {dictionary.label(term)} » ({term}) est donné avec un registre de la liste "
        "ISO 6523 (0002 SIREN, 0009 SIRET…), ou BY ou SE.",
        remedy=f"Choisissez pour {term} un code de registre de la liste officielle.",
        **breaks(term, f'{term} = "123@ZZZZ"'),
    )


for id_ in places_of("identifiers"):
    _party_schemes(id_)

for id_ in ("EXT-FR-FE-185", "EXT-FR-FE-193"):
    CODES.code_in("BR-FREXT-CL-27", id_, codes.INCOTERMS, example="described")

CODES.code_in("BR-FREXT-04", "EXT-FR-FE-159", codes.ITEM_ATTRIBUTE, example="described")
CODES.rules[-1] = replace(CODES.rules[-1], syntax="UBL")
CODES.rules.append(
    replace(CODES.rules[-1], id="BR-FXEXT-04", syntax="CII", severity=Severity.WARNING)
)

# The UBL file has one rule for all reasons of allowances (kept); the CII file one for a price's.
CODES.code_in("BR-FREXT-CL-19-GP", "EXT-FR-FE-196", codes.ALLOWANCE_REASON, example="described")
CODES.rules[-1] = replace(CODES.rules[-1], syntax="CII")


@CODES.rule(
    "BR-FREXT-CL-24",
    on="BG-24",
    terms="BT-125",
    remedy="Joignez un PDF, une image PNG ou JPEG, un CSV, un classeur XLSX ou ODS, ou un XML.",
    breaks='BT-125 = "programme.exe@application/x-msdownload"',
    example="attachments",
)
def attachment_is_of_an_admitted_type(document: SupportingDocument, _: Facts) -> bool:
    """Un document joint est d'un type admis : PDF, PNG, JPEG, CSV, XLSX, ODS ou XML."""
    attachment = document.attachment
    return (
        attachment is None
        or attachment.mime_code is None
        or attachment.mime_code in codes.MIME_EXTENDED
    )


# The reasons of charges.
def _lists_named(facts: Facts) -> list[str]:
    """Return the lists that reason codes say to be of, but for the ordinary ones."""
    return [
        odd.value.strip(XML_SPACE)
        for odd in facts.beyond_the_rules
        if odd.path.endswith(("AllowanceChargeReasonCode/@listID", "/ram:ReasonCode/@listID"))
        and odd.value.strip(XML_SPACE)
    ]


def _reasons(invoice: Invoice) -> Iterator[str]:
    """Yield the reason code of each charge, of the document and of the lines."""
    for charges in (invoice.charges, *(line.charges for line in invoice.lines)):
        yield from (
            one.reason_code.strip(XML_SPACE) for one in charges if one.reason_code is not None
        )


CHARGE_REMEDY = "Choisissez un code de la liste des motifs de frais : FC transport, PC emballage…"


@CODES.rule(
    "BR-FREXT-CL-20",
    terms="BT-105 BT-145",
    remedy=CHARGE_REMEDY,
    breaks='BT-105 = "ZZZZ"',
    example="allowances",
)
def charge_reasons_are_listed(invoice: Invoice, facts: Facts) -> bool:
    """Le motif d'une charge est dans la liste UNTDID 7161, sauf s'il nomme une autre liste."""
    strange = [code for code in _reasons(invoice) if code not in codes.CHARGE_REASON]
    return len(strange) <= len(_lists_named(facts))


@CODES.rule(
    "BR-FREXT-CL-20-TAX",
    terms="BT-105 BT-145",
    remedy="Choisissez un code de taxe de la liste UNTDID 5153, hors TVA : ENV, OTH…",
)
def taxes_as_charges_are_listed(invoice: Invoice, facts: Facts) -> bool:
    """Une charge qui est une taxe (liste 5153) porte un code de cette liste, hors TVA."""
    taxes = [code for code in _reasons(invoice) if code in codes.CHARGE_TAX_REASON]
    return _lists_named(facts).count(TAXES) <= len(taxes)


@CODES.rule(
    "BR-FREXT-CL-20-LISTID",
    terms="BT-105 BT-145",
    remedy="Indiquez 7161 (frais) ou 5153 (taxes) comme liste du code de motif.",
)
def charge_reasons_name_a_known_list(_: Invoice, facts: Facts) -> bool:
    """La liste dont vient le motif d'une charge est 7161 ou 5153."""
    return set(_lists_named(facts)) <= codes.CHARGE_REASON_LIST
