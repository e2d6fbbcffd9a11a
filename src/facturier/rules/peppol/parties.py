"""Which countries an invoice is between, as Peppol's file tells them, and what it makes of keys."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from facturier.formats.codecs import XML_SPACE
from facturier.formats.ubl import CREDIT_NOTE_TYPES
from facturier.invoice.model import Party
from facturier.invoice.parties import has_luhn_key
from facturier.rules.facts import Facts

UNKNOWN = "XX"
TO_THE_LETTER = frozenset({"DK", "IS", "SE"})
"""Countries that Peppol's file looks for in capitals, without blanks."""


def seller_country(facts: Facts) -> str:
    """Return the country of the seller: of its VAT number, its representative's, its address."""
    invoice = facts.invoice
    return (
        _vat_prefix(invoice.seller)
        or _vat_prefix(invoice.tax_representative)
        or _established(invoice.seller)
        or UNKNOWN
    )


def buyer_country(facts: Facts) -> str:
    """Return the country of the buyer: of its VAT number, else of its address."""
    buyer = facts.invoice.buyer
    return _vat_prefix(buyer) or _established(buyer) or UNKNOWN


def established_in(party: Party | None, country: str) -> bool:
    """Return whether the postal address of a party is in a country."""
    if country in TO_THE_LETTER:
        return _country_code(party) == country
    return _established(party) == country


@functools.cache
def at_home(country: str) -> Callable[[Facts], bool]:
    """Whether the postal addresses of seller and buyer are both in this country."""

    def are_both_there(facts: Facts) -> bool:
        invoice = facts.invoice
        return established_in(invoice.seller, country) and established_in(invoice.buyer, country)

    return are_both_there


is_between_germans = at_home("DE")


def is_credit_note(facts: Facts) -> bool:
    """Return whether the file is a credit note, or would be."""
    if facts.root:
        return facts.root == "CreditNote"
    return facts.type_code in CREDIT_NOTE_TYPES


def _vat_prefix(party: Party | None) -> str:
    return ((party.vat_identifier or "") if party else "")[:2].strip(XML_SPACE).upper()


def _established(party: Party | None) -> str:
    return _country_code(party).strip(XML_SPACE).upper()


def _country_code(party: Party | None) -> str:
    address = party.postal_address if party else None
    return (address.country_code or "") if address else ""


# --- keys of identifiers --------------------------------------------------------------------------


def weighted(digits: str, weights: list[int]) -> int:
    """Return the sum of digits, each times its weight."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def is_gln(text: str) -> bool:
    """Return whether a number has the check digit of GS1 (modulo 10, weights 3 and 1)."""
    if not re.fullmatch(r"[0-9]+", text):
        return False
    body = text[:-1][::-1]
    weights = [1 if place % 2 else 3 for place in range(len(body))]
    return (10 - weighted(body, weights) % 10) % 10 == int(text[-1])


def is_norwegian(text: str) -> bool:
    """Return whether nine digits have the modulo 11 key of a Norwegian organisation."""
    if not re.fullmatch(r"[0-9]{9}", text) or not int(text):
        return False
    body = text[:-1][::-1]
    weights = [place % 6 + 2 for place in range(len(body))]
    return (11 - weighted(body, weights) % 11) % 11 == int(text[-1])


def is_belgian(text: str) -> bool:
    """Return whether ten digits have the modulo 97 key of a Belgian company."""
    return bool(re.fullmatch(r"[0-9]{10}", text)) and 97 - int(text[:8]) % 97 == int(text[8:])


def is_swedish(text: str) -> bool:
    """Return whether digits have the Luhn key of a Swedish organisation in the tenth place."""
    return bool(re.fullmatch(r"[0-9]{10,}", text)) and has_luhn_key(text[:10])


def is_australian(text: str) -> bool:
    """Return whether eleven digits have the modulo 89 key of an Australian business."""
    if not re.fullmatch(r"[0-9]{11}", text):
        return False
    weights = [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]
    return (weighted(text, weights) - 10) % 89 == 0


def is_greek(text: str) -> bool:
    """Return whether digits have the key of a Greek tax number."""
    if not re.fullmatch(r"[0-9]{9,}", text):
        return False
    weights = [256, 128, 64, 32, 16, 8, 4, 2]
    return weighted(text[:8], weights) % 11 % 10 == int(text[8])


def is_codice_fiscale(text: str) -> bool:
    """Return whether a text has one of the two forms of an Italian tax code."""
    person = r"[A-Za-z]{6}\d{2}[A-Za-z]\d{2}[A-Za-z0-9].{2}\d[A-Za-z]"
    return bool(re.fullmatch(r"[0-9]{11}", text) or re.fullmatch(person, text))


def is_partita_iva(text: str) -> bool:
    """Return whether an Italian VAT number has eleven digits and its key; others are not judged."""
    if text[:2] not in {"IT", "it"}:
        return True
    number = text[2:]
    if not re.fullmatch(r"[0-9]{11}", number):
        return False
    doubled = "0246813579"
    return sum(int(doubled[int(d)] if i % 2 else d) for i, d in enumerate(number)) % 10 == 0
