"""How a national rule is written: one family, asked of the sellers of a country.

Some are asked only between two companies of one country: :mod:`.home`, :mod:`.germany`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from facturier.findings import Layer
from facturier.formats.codecs import XML_SPACE
from facturier.invoice.model import Address, Identifier, Invoice, SupportingDocument
from facturier.rules.facts import Facts
from facturier.rules.peppol.parties import established_in, seller_country
from facturier.rules.rule import Family, Holds

NATIONAL = Family(Layer.PEPPOL)


def rule(
    id: str,  # noqa: A002
    applies: Callable[[Facts], bool],
    **said: Any,
) -> Callable[[Holds], Holds]:
    """Add the decorated predicate, asked of invoices for which `applies` is true."""
    return NATIONAL.rule(id, given=applies, **said)


@functools.cache
def sold_from(*countries: str) -> Callable[[Facts], bool]:
    """Whether the seller is of one of these countries, by VAT number first."""
    return lambda facts: seller_country(facts) in countries


@functools.cache
def established(country: str) -> Callable[[Facts], bool]:
    """Whether the seller's postal address is in this country."""
    return lambda facts: established_in(facts.invoice.seller, country)


def value_of(identifier: Identifier | None) -> str:
    """Return the value of an identifier, empty for none."""
    return identifier.value.strip() if identifier else ""


def scheme_of(identifier: Identifier | None) -> str:
    """Return the scheme of an identifier, empty for none."""
    return (identifier.scheme or "").strip() if identifier else ""


def normalized(text: str | None) -> str:
    """Return a text as XPath normalizes it: no blanks around, single ones inside."""
    return " ".join(re.split(f"[{XML_SPACE}]+", (text or "").strip(XML_SPACE)))


def has(address: Address | None, *fields: str) -> bool:
    """Tell whether an address has all these fields."""
    return address is not None and all(getattr(address, name) is not None for name in fields)


def is_number(text: str) -> bool:
    """Tell whether a text is a number, with or without decimals."""
    return re.fullmatch(r"[0-9]+(?:\.[0-9]*)?", text) is not None


def described(invoice: Invoice, description: str) -> list[SupportingDocument]:
    """Return the supporting documents with this description (BT-123)."""
    return [one for one in invoice.supporting_documents if one.description == description]
