"""An invoice read for a person: each value in French, and the memory of which ones were placed."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from facturier.formats.layout import figures, wording
from facturier.invoice import terms
from facturier.invoice.model import Attachment, Identifier, Invoice
from facturier.invoice.terms import Held

Path = tuple[str, ...]

_ACCOUNTING_CURRENCY = frozenset({"BT-111", "EXT-FR-FE-182"})
_RATES = frozenset({"percentage", "vat_rate", "rate"})
_QUANTITIES = frozenset({"quantity", "base_quantity", "measure"})
_IBANS = frozenset({"BT-84", "BT-91"})
_NUMBER_SCHEMES = frozenset({"0002", "0009", "0231"})
# What XML 1.0 cannot hold; a document made by an API might.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")

_CODES: Mapping[str, Callable[[str], str | None]] = {
    "BT-3": wording.DOCUMENT_TYPES.get,
    "EXT-FR-FE-02": wording.DOCUMENT_TYPES.get,
    "EXT-FR-FE-137": wording.DOCUMENT_TYPES.get,
    "BT-5": figures.currency_name,
    "BT-6": figures.currency_name,
    "BT-8": wording.VAT_POINT_DATES.get,
    "EXT-FR-FE-180": wording.VAT_POINT_DATES.get,
    "EXT-FR-FE-01": wording.CONTRACT_TYPES.get,
    "BT-21": wording.NOTE_SUBJECTS.get,
    "EXT-FR-FE-183": wording.NOTE_SUBJECTS.get,
    "BT-23": wording.PROCESSES.get,
    "BT-24": wording.PROFILES.get,
    "BT-81": wording.PAYMENT_MEANS.get,
    "BT-95": wording.VAT_CATEGORIES.get,
    "BT-102": wording.VAT_CATEGORIES.get,
    "BT-118": wording.VAT_CATEGORIES.get,
    "BT-151": wording.VAT_CATEGORIES.get,
    "BT-98": wording.ALLOWANCE_REASONS.get,
    "BT-140": wording.ALLOWANCE_REASONS.get,
    "EXT-FR-FE-196": wording.ALLOWANCE_REASONS.get,
    "BT-105": wording.CHARGE_REASONS.get,
    "BT-145": wording.CHARGE_REASONS.get,
    "BT-121": wording.EXEMPTIONS.get,
    "EXT-FR-FE-179": wording.EXEMPTIONS.get,
    "EXT-FR-FE-188": wording.EXEMPTIONS.get,
    "EXT-FR-FE-190": wording.EXEMPTIONS.get,
    "BT-123": wording.DOCUMENT_KINDS.get,
    "BT-130": wording.unit,
    "BT-150": wording.unit,
    "EXT-FR-FE-161": wording.unit,
    "EXT-FR-FE-163": wording.LINE_SUBTYPES.get,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One value of the invoice, ready to be shown."""

    text: str
    label: str = ""
    term: str = ""
    """Id of the business term; empty for what we add (a title, a page number)."""
    place: tuple[int, ...] = ()
    """Indexes of the groups around it, from 0."""
    code: str = ""
    """The official code, when `text` is its French name."""


def clean(text: str) -> str:
    """Replace what no XML or PDF can hold."""
    return _UNPRINTABLE.sub("\ufffd", text)


class Reading:
    """The values of one invoice by place in the model, each taken at most once."""

    def __init__(self, invoice: Invoice) -> None:
        self.invoice = invoice
        self._held: dict[tuple[Path, tuple[int, ...]], list[Held]] = defaultdict(list)
        for held in terms.values(invoice):
            self._held[held.term.path, held.indexes].append(held)

    def take(self, identifier: str, *place: int, label: str | None = None) -> list[Field]:
        """Return the fields of a term at `place` and count them as shown."""
        return self.take_path(terms.term_of(identifier).path, place, label=label)

    def take_path(
        self, path: Path, place: tuple[int, ...] = (), *, label: str | None = None
    ) -> list[Field]:
        """Do what `take` does for a path in the model."""
        return [self.field(held, label=label) for held in self._held.pop((path, place), ())]

    def one(self, identifier: str, *place: int, label: str | None = None) -> Field | None:
        """Return the first field of a term, or None. The others stay to be shown."""
        key = (terms.term_of(identifier).path, place)
        waiting = self._held.get(key)
        if not waiting:
            return None
        first = waiting.pop(0)
        if not waiting:
            del self._held[key]
        return self.field(first, label=label)

    def text(self, identifier: str, *place: int) -> str:
        """Return the text of a term, or an empty string."""
        field = self.one(identifier, *place)
        return field.text if field else ""

    def rest(self, prefix: Path = (), place: tuple[int, ...] = ()) -> list[Field]:
        """Take all that is left below `prefix` at `place` or deeper, in the model's order."""
        keys = [
            key
            for key in self._held
            if key[0][: len(prefix)] == prefix and key[1][: len(place)] == place
        ]
        return [field for path, at in keys for field in self.take_path(path, at)]

    def rest_of_lines(self) -> dict[int, list[Field]]:
        """Take all that is left in the lines, by line: one walk, however many lines there are."""
        found: dict[int, list[Field]] = defaultdict(list)
        for path, at in [key for key in self._held if key[0][0] == "lines"]:
            found[at[0]].extend(self.take_path(path, at))
        return found

    def field(self, held: Held, *, label: str | None = None) -> Field:
        """Return one value as it is shown."""
        text, code = shown(held, self.invoice)
        return Field(
            text=clean(text),
            label=_label(held) if label is None else label,
            term=held.term.id,
            place=held.indexes,
            code=clean(code),
        )


def shown(held: Held, invoice: Invoice) -> tuple[str, str]:
    """Return (French text, official code behind it or empty) of one value."""
    value = held.value
    if isinstance(value, Decimal):
        return _decimal(held, value, invoice), ""
    if isinstance(value, Identifier):
        return _identifier(value)
    if isinstance(value, Attachment):
        return _attachment(value), ""
    if not isinstance(value, str):
        return figures.day(value), ""
    name = _code_name(held.term.id, held.term.field)
    if name is not None:
        found = name(value)
        return (found, value) if found else (value, "")
    return (figures.iban(value) if held.term.id in _IBANS else value), ""


def _code_name(identifier: str, field: str) -> Callable[[str], str | None] | None:
    if field in {"country_code", "origin_country"}:
        return figures.country_name
    if field == "role_code":
        return wording.ROLES.get
    return _CODES.get(identifier)


def _decimal(held: Held, value: Decimal, invoice: Invoice) -> str:
    if held.term.field in _RATES:
        return figures.rate(value)
    if held.term.field in _QUANTITIES:
        return figures.number(value)
    accounting = held.term.id in _ACCOUNTING_CURRENCY
    return figures.amount(value, invoice.vat_currency if accounting else invoice.currency)


def _identifier(value: Identifier) -> tuple[str, str]:
    text = figures.siren(value.value) if value.scheme in _NUMBER_SCHEMES else value.value
    if value.version:
        text += f" (version {value.version})"
    if value.scheme and not scheme_label(value):
        text += f" (schéma {value.scheme})"
    return text, value.scheme or ""


def _attachment(value: Attachment) -> str:
    about = [part for part in (value.mime_code, figures.size(len(value.content))) if part]
    return f"{value.filename or 'fichier sans nom'} ({', '.join(about)})"


def _label(held: Held) -> str:
    """Return the label of a value: by scheme for an identifier, else by term."""
    value = held.value
    if isinstance(value, Identifier):
        return scheme_label(value) or wording.LABELS.get(held.term.id, held.term.nom)
    return wording.LABELS.get(held.term.id, held.term.nom)


def scheme_label(value: Identifier) -> str:
    """Return what the scheme calls this identifier (``SIRET``), or an empty string."""
    return wording.SCHEMES.get(value.scheme or "", "")


@functools.cache
def fields_below(prefix: Path) -> tuple[tuple[Path, str], ...]:
    """Return (path, field path inside `prefix`) of each term below, in the model's order."""
    return tuple(
        (term.path, ".".join(term.path[len(prefix) :]))
        for term in terms.dictionary()[0].values()
        if term.path[: len(prefix)] == prefix
    )
