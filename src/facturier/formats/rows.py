"""The lines of a mapping table: what each may say besides its path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from facturier.formats.codecs import Codec
from facturier.invoice.model import Invoice

LIST_ATTRIBUTES = frozenset(
    {
        "currencyCodeListVersionID",
        "encodingCode",
        "languageID",
        "languageLocaleID",
        "listAgencyID",
        "listAgencyName",
        "listID",
        "listName",
        "listSchemeURI",
        "listURI",
        "listVersionID",
        "schemeAgencyID",
        "schemeAgencyName",
        "schemeDataURI",
        "schemeName",
        "schemeURI",
        "schemeVersionID",
        "unitCodeListAgencyID",
        "unitCodeListAgencyName",
        "unitCodeListID",
        "unitCodeListVersionID",
        "uri",
    }
)
"""Attributes of UN/CEFACT core component types that name a list, an agency or a language."""

IDENTIFIER = MappingProxyType({"value": ".", "scheme": "@schemeID"})
ATTACHMENT = MappingProxyType({"content": ".", "mime_code": "@mimeCode", "filename": "@filename"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a table, when a bare path does not say enough."""

    path: str
    codec: Codec | None = None
    """How the value is written; by default what its type says."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Attributes that the element must carry: name → value or ``$BT-5``."""
    tolerated: Mapping[str, str] = field(default_factory=dict)
    """Attributes that it may carry with that value, or any with ``*``; never written."""
    components: Mapping[str, str] = field(default_factory=dict)
    """Places of the parts of an identifier or attachment, below `path`; ``=130`` names the place
    of a constant among them."""
    when: Callable[[Any, Any], bool] | None = None
    """Asked when writing, with the value and the invoice: is this the place for this value?"""
    placeholder: str = ""
    """Written when the term is absent and the element around it is not; read as absent."""
    written: bool = True
    every: bool = False
    """Inside a repeating element that is not its own, written in each one, not only the first."""
    coded: str = ""
    """Id of the term that stands before this one in the same text, as ``#code#``."""
    presence: bool = True
    """For a group that stands at most once: its element alone, even empty, makes the group."""
    single: bool = False
    """The syntax has room for one of the values that the model may hold."""
    beyond: bool = False
    """Of a term that Factur-X EXTENDED alone has room for and that few rules ask for: noted when it
    is read, so that rules that look everywhere in a file look there too."""
    absent: Mapping[str, str] = field(default_factory=dict)
    """What a missing part of an identifier reads as; a part that says so is not written."""


Derived = Callable[[Invoice], str | None]
"""A value that follows from the terms of an invoice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Const:
    """A value that the syntax wants and that says nothing of its own."""

    value: str | Derived
    path: str
    accepts: tuple[str, ...] = ()
    """Other values that say nothing either; ``*`` is any."""
    needed_by: tuple[str, ...] = ()
    """Terms whose presence makes it necessary; by default it joins what is written around it."""
    written: bool = True


def const(
    value: str | Derived, path: str, *accepts: str, needed_by: str = "", written: bool = True
) -> Const:
    """Say that `path` holds `value` in every file; another value is reported as not understood."""
    return Const(
        value=value,
        path=path,
        accepts=accepts,
        needed_by=tuple(needed_by.split()),
        written=written,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """An element that says that a group is there, even if nothing is known of it."""

    path: str


Table = Mapping[str, "str | Row | Const | Presence"]
