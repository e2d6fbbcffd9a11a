"""What the law of the seller adds in Italy, Greece and the Netherlands.

Source: OpenPeppol, rules of May 2026, national rules; met on invoices received from there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from facturier.findings import Severity
from facturier.invoice.model import (
    Address,
    Invoice,
    Party,
    Totals,
)
from facturier.rules.facts import Facts
from facturier.rules.peppol import parties
from facturier.rules.peppol.asked import (
    described,
    established,
    has,
    rule,
    scheme_of,
    sold_from,
    value_of,
)
from facturier.rules.peppol.parties import established_in, is_credit_note, seller_country
from facturier.rules.rule import Holds

GREECE = frozenset({"GR", "EL"})
GREEK_TYPES = frozenset({"1.1", "1.6", "2.1", "2.4", "5.1", "5.2"})
SEGMENTS = 6
MARK, LINK = "##M.AR.K##", "##INVOICE|URL##"


# --- Italy ----------------------------------------------------------------------------------------


@rule(
    "IT-R-001",
    sold_from("IT"),
    on="BG-4",
    terms="BT-32",
    remedy="Demandez au vendeur italien son code fiscal, de 11 à 16 caractères (BT-32).",
    breaks='BT-32 = "123"',
    example="peppol-italy",
)
def italian_tax_code(seller: Party, _: Facts) -> bool:
    """Le code fiscal d'un vendeur italien (BT-32) a de 11 à 16 lettres ou chiffres."""
    code = seller.tax_registration_identifier
    return code is None or re.fullmatch(r"[A-Z0-9]{11,16}", code.strip()) is not None


for _id, _field, _term, _what in (
    ("IT-R-002", "line_1", "BT-35", "sa rue"),
    ("IT-R-003", "city", "BT-37", "sa ville"),
    ("IT-R-004", "post_code", "BT-38", "son code postal"),
):

    def _italian_address(
        seller: Party,
        _: Facts,
        field: str = _field,  # each row has its own
    ) -> bool:
        return has(seller.postal_address, field)

    _italian_address.__doc__ = f"Un vendeur italien indique {_what} ({_term})."
    rule(
        _id,
        sold_from("IT"),
        on="BG-4",
        terms=_term,
        remedy=f"Demandez au vendeur italien {_what} ({_term}).",
        breaks=f"{_term} =",
        example="peppol-italy",
    )(_italian_address)


# --- Greece ---------------------------------------------------------------------------------------


def _segments(facts: Facts) -> list[str]:
    return (facts.invoice.number or "").split("|")


def _greek_number(
    id: str,  # noqa: A002
    said: str,
    breaks: str,
    also: str = "",
) -> Callable[[Holds], Holds]:
    """Add a rule on the six segments of a Greek invoice number."""

    def keep(holds: Holds) -> Holds:
        holds.__doc__ = said
        return rule(
            id,
            sold_from(*GREECE),
            terms="BT-1",
            remedy="Demandez au vendeur grec un numéro à six segments séparés par « | ».",
            breaks=breaks,
            also=also,
            example="peppol-greece",
        )(holds)

    return keep


_GREEK = "099999999|02/11/2026|1|1.1|A|1"


@_greek_number(
    "GR-R-001-1",
    "Le numéro d'un vendeur grec (BT-1) a six segments.",
    f'BT-1 = "{_GREEK}|7"',
)
def _greek_number_has_six_segments(_: Invoice, facts: Facts) -> bool:
    return len(_segments(facts)) == SEGMENTS


@_greek_number(
    "GR-R-001-2",
    "Le premier segment est le numéro fiscal du vendeur, ou de son représentant.",
    f'BT-1 = "{_GREEK.replace("099999999", "123456789")}"',
)
def _greek_number_names_its_seller(invoice: Invoice, facts: Facts) -> bool:
    first = _segments(facts)[0]
    known = {
        (party.vat_identifier or "")[2:11]
        for party in (invoice.seller, invoice.tax_representative)
        if party
    }
    return len(first.strip()) == 9 and parties.is_greek(first) and first in known  # noqa: PLR2004


@_greek_number(
    "GR-R-001-3",
    "Le deuxième segment est la date d'émission (BT-2), JJ/MM/AAAA.",
    f'BT-1 = "{_GREEK.replace("02/11", "03/11")}"',
)
def _greek_number_tells_its_date(invoice: Invoice, facts: Facts) -> bool:
    segments = _segments(facts)
    if len(segments) < 2 or invoice.issue_date is None:  # noqa: PLR2004
        return False
    return segments[1] == invoice.issue_date.strftime("%d/%m/%Y")


@_greek_number(
    "GR-R-001-4",
    "Le troisième segment est un nombre entier positif.",
    f'BT-1 = "{_GREEK.replace("|1|1.1", "|A|1.1")}"',
)
def _greek_number_counts(_: Invoice, facts: Facts) -> bool:
    return "".join(_segments(facts)[2:3]).strip().isdigit()


@_greek_number(
    "GR-R-001-5",
    "Le quatrième segment est un type de document grec.",
    f'BT-1 = "{_GREEK.replace("1.1", "9.9")}"',
)
def _greek_number_tells_its_type(_: Invoice, facts: Facts) -> bool:
    return "".join(_segments(facts)[3:4]) in GREEK_TYPES


for _place, _id in ((4, "GR-R-001-6"), (5, "GR-R-001-7")):

    def _segment_is_filled(_: Invoice, facts: Facts, place: int = _place) -> bool:
        return "".join(_segments(facts)[place : place + 1]) != ""

    _greek_number(
        _id,
        f"Le segment n° {_place + 1} du numéro d'un vendeur grec n'est pas vide.",
        f'BT-1 = "{_GREEK.replace("|A|", "||") if _place == 4 else _GREEK[:-1]}"',  # noqa: PLR2004
    )(_segment_is_filled)


def _greek_vat(party: Party) -> bool:
    number = (party.vat_identifier or "").strip()
    return number.startswith("EL") and parties.is_greek(number[2:])


for _id, _severity in (("GR-R-003", None), ("GR-S-011", Severity.WARNING)):

    def _greek_seller_vat(seller: Party, _: Facts, absent: bool = _severity is None) -> bool:  # noqa: FBT001
        return (absent and seller.vat_identifier is None) or _greek_vat(seller)

    _greek_seller_vat.__doc__ = "Le numéro de TVA d'un vendeur grec (BT-31) est EL et sa clé juste."
    rule(
        _id,
        sold_from(*GREECE),
        on="BG-4",
        terms="BT-31",
        remedy="Vérifiez le numéro de TVA du vendeur grec : EL et neuf chiffres.",
        severity=_severity,
    )(_greek_seller_vat)


for _id, _group, _term, _who in (
    ("GR-R-002", "BG-4", "BT-28", "du vendeur"),
    ("GR-R-005", "BG-7", "BT-45", "de l'acheteur"),
):

    def _full_name(party: Party, _: Facts) -> bool:
        return bool(party.trading_name)

    _full_name.__doc__ = f"Un vendeur grec écrit le nom complet {_who} ({_term})."
    rule(
        _id,
        sold_from(*GREECE),
        on=_group,
        terms=_term,
        remedy=f"Demandez au vendeur grec le nom complet {_who} ({_term}).",
        breaks=f"{_term} =",
        example="peppol-greece",
    )(_full_name)


def _is_greek_at_home(facts: Facts) -> bool:
    return seller_country(facts) in GREECE and established_in(facts.invoice.seller, "GR")


@rule(
    "GR-R-004-1",
    _is_greek_at_home,
    terms="BT-123",
    remedy="Demandez au vendeur grec le numéro MARK de la facture (BT-122).",
    breaks="BG-24 =",
    also="GR-S-008-1",
    example="peppol-greece",
)
def greek_mark_is_given(invoice: Invoice, _: Facts) -> bool:
    """Un vendeur grec joint un numéro MARK et un seul (BT-123 = ##M.AR.K##)."""
    return len(described(invoice, MARK)) == 1


@rule(
    "GR-R-004-2",
    _is_greek_at_home,
    terms="BT-122",
    remedy="Vérifiez le numéro MARK (BT-122) : c'est un nombre entier.",
    breaks='BT-122 = "A12"',
    example="peppol-greece",
)
def greek_mark_is_a_number(invoice: Invoice, _: Facts) -> bool:
    """Le numéro MARK (BT-122) est un nombre entier positif."""
    return all(
        one.reference is None or re.match(r"[1-9][0-9]*", one.reference) is not None
        for one in described(invoice, MARK)
    )


@rule(
    "GR-S-008-1",
    _is_greek_at_home,
    terms="BT-123",
    remedy="Demandez au vendeur grec l'adresse de la facture en ligne (BT-124).",
    severity=Severity.WARNING,
)
def greek_link_is_given(invoice: Invoice, _: Facts) -> bool:
    """Un vendeur grec joint l'adresse de la facture en ligne (BT-123 = ##INVOICE|URL##)."""
    return len(described(invoice, LINK)) == 1


@rule(
    "GR-R-008-2",
    _is_greek_at_home,
    terms="BT-123",
    remedy="Gardez une seule adresse de facture en ligne.",
)
def greek_link_is_alone(invoice: Invoice, _: Facts) -> bool:
    """Un vendeur grec joint au plus une adresse de facture en ligne."""
    return len(described(invoice, LINK)) <= 1


@rule(
    "GR-R-008-3",
    sold_from(*GREECE),
    terms="BT-124",
    remedy="Indiquez l'adresse de la facture en ligne (BT-124).",
)
def greek_link_leads_somewhere(invoice: Invoice, _: Facts) -> bool:
    """Le document ##INVOICE|URL## porte son adresse (BT-124)."""
    return all((one.location or "").strip() for one in described(invoice, LINK))


def _is_greek_by_vat_or_address(facts: Facts) -> bool:
    seller = facts.invoice.seller
    if seller is None:
        return False
    prefix = (seller.vat_identifier or "").strip()[:2].upper()
    return (prefix in GREECE) if prefix else established_in(seller, "GR")


@rule(
    "GR-R-009",
    _is_greek_by_vat_or_address,
    on="BG-4",
    terms="BT-34",
    remedy="Demandez au vendeur grec son adresse électronique 9933, qui est son numéro fiscal.",
    breaks='BT-34 = "099999999@0225"',
    example="peppol-greece",
)
def greek_address_is_the_tax_number(seller: Party, _: Facts) -> bool:
    """L'adresse électronique d'un vendeur grec (BT-34) est son numéro fiscal, registre 9933."""
    address = seller.electronic_address
    return address is None or (address.scheme == "9933" and parties.is_greek(address.value))


# --- Netherlands ----------------------------------------------------------------------------------


@rule(
    "NL-R-001",
    established("NL"),
    terms="BT-25",
    remedy="Demandez au vendeur néerlandais le numéro de la facture que l'avoir corrige (BT-25).",
    breaks="BG-3 =",
    example="peppol-dutch-credit-note",
)
def dutch_credit_note_names_its_invoice(invoice: Invoice, facts: Facts) -> bool:
    """Un avoir néerlandais nomme la facture qu'il corrige (BT-25)."""
    if not is_credit_note(facts):
        return True
    return any(one.number is not None for one in invoice.preceding_invoices)


@rule(
    "NL-R-002",
    established("NL"),
    on="BG-5",
    terms="BT-35 BT-37 BT-38",
    remedy="Demandez au vendeur néerlandais sa rue, sa ville et son code postal.",
    breaks="BT-38 =",
    example="peppol-netherlands",
)
def dutch_address(address: Address, _: Facts) -> bool:
    """Un vendeur néerlandais indique sa rue, sa ville et son code postal."""
    return has(address, "line_1", "city", "post_code")


@rule(
    "NL-R-003",
    established("NL"),
    on="BG-4",
    terms="BT-30",
    remedy="Demandez au vendeur néerlandais son numéro KVK (0106) ou OIN (0190).",
    breaks='BT-30 = "12345678@0002"',
    example="peppol-netherlands",
)
def dutch_number(seller: Party, _: Facts) -> bool:
    """L'identifiant légal d'un vendeur néerlandais (BT-30) est un KVK (0106) ou un OIN (0190)."""
    held = seller.legal_identifier
    return held is None or (scheme_of(held) in {"0106", "0190"} and bool(value_of(held)))


@rule(
    "NL-R-006",
    established("NL"),
    on="BG-12",
    terms="BT-64 BT-66 BT-67",
    remedy="Demandez la rue, la ville et le code postal du représentant fiscal.",
)
def dutch_representative_address(address: Address, _: Facts) -> bool:
    """Le représentant fiscal aux Pays-Bas a une rue, une ville et un code postal."""
    if (address.country_code or "").strip().upper() != "NL":
        return True
    return has(address, "line_1", "city", "post_code")


@rule(
    "NL-R-007",
    established("NL"),
    on="BG-22",
    terms="BT-115 BT-81",
    remedy="Demandez au vendeur néerlandais comment payer (BG-16).",
    breaks="BG-16 =",
    example="peppol-netherlands",
)
def dutch_payment_is_told(totals: Totals, facts: Facts) -> bool:
    """Un vendeur néerlandais qui attend un paiement dit comment le faire (BG-16)."""
    due = totals.due_amount
    if facts.invoice.payment_instructions or due is None:
        return True
    return due >= 0 if facts.root == "CreditNote" else due <= 0


@rule(
    "NL-R-009",
    established("NL"),
    on="BG-25",
    terms="BT-132 BT-13",
    remedy="Indiquez le bon de commande (BT-13) dont la ligne cite un poste (BT-132).",
    breaks='BT-132 = "1"',
    example="peppol-netherlands",
)
def dutch_order_line_has_its_order(line: Any, facts: Facts) -> bool:
    """Une ligne qui cite un poste de commande (BT-132) a son bon de commande (BT-13)."""
    return line.order_line is None or facts.invoice.order is not None
