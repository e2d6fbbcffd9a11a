"""Invoices made from the model's own metadata: one that holds every term, and random ones.

Values are as free as the two syntaxes allow; where a schema has a list of codes, the value is one
of them, so that whatever is made here is also valid by schema when it holds what a schema demands.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from facturier.invoice.model import Attachment, Contact, Identifier, Invoice
from facturier.invoice.terms import Group, Term, dictionary

INVOICE_TYPES = ("380", "384", "386", "389")
CREDIT_NOTE_TYPES = ("381", "261", "396")

_COUNTRIES = ("FR", "DE", "BE")
_UNITS = ("C62", "KGM", "HUR")
_CATEGORIES = ("S", "E", "AE", "Z")
CODES: dict[str, tuple[str, ...]] = {
    "BT-3": INVOICE_TYPES + CREDIT_NOTE_TYPES,
    "BT-5": ("EUR",),
    "BT-6": ("USD", "CHF"),
    "BT-8": ("3", "35", "432"),
    "EXT-FR-FE-180": ("3", "35", "432"),
    "EXT-FR-FE-01": ("ACC", "CT"),
    "EXT-FR-FE-02": ("380", "381"),
    "EXT-FR-FE-137": ("380", "381"),
    "BT-21": ("AAB", "PMT", "REG"),
    "EXT-FR-FE-183": ("AAB", "PMT"),
    "EXT-FR-FE-163": ("GROUP", "DETAIL", "INFORMATION"),
    "BT-81": ("30", "58", "59"),
    "EXT-FR-FE-185": ("FCA", "DAP"),
    "EXT-FR-FE-193": ("FCA", "DAP"),
    "BT-95": _CATEGORIES,
    "BT-102": _CATEGORIES,
    "BT-118": _CATEGORIES,
    "BT-151": _CATEGORIES,
    "BT-98": ("95", "100"),
    "BT-105": ("FC", "ABL"),
    "BT-140": ("95", "100"),
    "BT-145": ("FC", "ABL"),
    "EXT-FR-FE-196": ("95", "100"),
    "BT-130": _UNITS,
    "BT-150": _UNITS,
    "EXT-FR-FE-161": _UNITS,
    "BT-159": _COUNTRIES,
    "BT-18": ("AAJ", "AFL"),
    "BT-128": ("AAJ", "AFL"),
    "EXT-FR-FE-159": ("CARBON", "SIZE"),
    "BT-X-7": ("1", "2"),
    "BT-X-20-1": _UNITS,
    "BT-X-46-0": _UNITS,
    "BT-X-47-0": _UNITS,
    "BT-X-561-0": _UNITS,
    "BT-X-152": ("1", "2"),
    "BT-X-1": ("true", "false"),
    "BT-X-3": ("true", "false"),
    "BT-X-4": ("fre", "eng"),
    "BT-X-30": ("916", "130"),
    "BT-X-32": ("AAJ", "AFL"),
    "BT-X-40": _CATEGORIES,
    "BT-151-R": _CATEGORIES,
    "BT-X-273-R": _CATEGORIES,
    "BT-X-99": ("1", "2"),
    "BT-X-99-R": ("1", "2"),
    "BT-X-290": ("1", "2"),
    "BT-X-290-R": ("1", "2"),
    "BT-X-267": _UNITS,
    "BT-X-270": _UNITS,
    "BT-X-278-R": ("DAY", "WEE"),
    "BT-X-284-R": ("DAY", "WEE"),
    "BT-X-314-R": ("FC", "ABL"),
    "EXT-FR-FE-180-R": ("3", "35", "432"),
    "EXT-FR-FE-196-R": ("95", "100"),
    "BT-X-563": _COUNTRIES,
    "BT-X-565": _COUNTRIES,
    "BT-X-273": _CATEGORIES,
    "BT-X-278": ("DAY", "WEE"),
    "BT-X-284": ("DAY", "WEE"),
    "BT-X-296": _CATEGORIES,
    "BT-X-314": ("FC", "ABL"),
    "BT-X-559": ("386",),
}
"""Values of the terms that are codes; for an identifier, of its scheme."""

NEEDS = {
    "BT-82": "BT-81",
    "BT-130": "BT-129",
    "BT-150": "BT-149",
    "EXT-FR-FE-161": "EXT-FR-FE-160",
    "BT-147": "BT-148",
    "BT-148": "BT-147",
    "BT-21": "BT-22",
    "EXT-FR-FE-183": "BT-127",
    "BT-X-20-1": "BT-X-20",
    "BT-X-46-0": "BT-X-46",
    "BT-X-47-0": "BT-X-47",
    "BT-X-561-0": "BT-X-561",
    "BT-X-278": "BT-X-277",
    "BT-X-284": "BT-X-283",
    "BT-X-278-R": "BT-X-277-R",
    "BT-X-284-R": "BT-X-283-R",
    "BT-X-267": "BT-X-266",
    "BT-X-270": "BT-X-269",
}
"""Terms that a syntax writes on, or inside, the element of another."""

for _term in dictionary()[0].values():  # a department alone is the contact
    if _term.field == "department":
        NEEDS[_term.id] = next(
            one.id
            for one in dictionary()[0].values()
            if one.parent == _term.parent and one.field == "name"
        )

ALWAYS = ("BT-1", "BT-3", "BT-5", "BT-6")
ONLY_CII = {
    id_
    for id_ in dictionary()[0]
    if id_.startswith("BT-X-")
    or id_.endswith(("-R", "-C"))
    or id_ in {"BT-11-0", "BT-41-0", "BT-56-0", "BT-179", "BT-180", "BT-215", "BT-216"}
} - {"BT-X-573", "BT-X-586"} | {"BT-158-3"}
"""Terms of Factur-X EXTENDED, and some of EN 16931:2026: UBL 2.1 has no place for them.

The last two do have a row in ``formats/ubl.py``, and so are taken out.
"""


def _codes(term: Term) -> tuple[str, ...]:
    if term.field == "country_code":
        return _COUNTRIES
    if term.field == "role_code":
        return ("BY", "SE", "PE")
    return CODES.get(term.id, ())


# --- one invoice with everything -----------------------------------------------------------------


def full_invoice(type_code: str = "380") -> Invoice:
    """Return an invoice that holds every term of the model, twice where it may repeat."""
    invoice: Invoice = _build("", _sample, repeat=2)
    return dataclasses.replace(invoice, type_code=type_code)


def _sample(term: Term, number: int) -> Any:
    codes = _codes(term)
    if term.type is Decimal:
        return Decimal(f"{abs(hash_of(term.id)) % 900 + 10 + number}.25")
    if term.type is date:
        return date(2026, 1 + number % 12, 1 + hash_of(term.id) % 27)
    if term.type is Attachment:
        return Attachment(b"%PDF-1.7", "application/pdf", f"piece-{number}.pdf")
    if term.id == "BT-84" and number % 2:
        return "FR7630006000011234567890189"
    if term.type is Identifier:
        plain = "0088" if number or term.field != "identifiers" else None
        scheme = codes[number % len(codes)] if codes else plain
        version, name = ("1.0", "Lampes") if term.id == "BT-158" else (None, None)
        return Identifier(f"{term.id} n{number}", scheme, version, name)
    return codes[number % len(codes)] if codes else f"{term.id} n{number}"


def hash_of(text: str) -> int:
    """Return a small number that is the same in every run."""
    return sum(text.encode())


def _build(
    group: str,
    value: Callable[[Term, int], Any],
    *,
    repeat: int,
    wanted: Callable[[Term | Group, int], bool] = lambda _item, _number: True,
    number: int = 0,
) -> Any:
    """Make the record of `group` with `value` for each term that is `wanted`."""
    fields: dict[str, Any] = {}
    for item in children_of(group):
        if not wanted(item, number):
            continue
        count = repeat if item.many else 1
        made = [_made(item, value, repeat, wanted, number + one) for one in range(count)]
        made = [one for one in made if one is not None]
        if made:
            fields[item.path[-1]] = tuple(made) if item.many else made[0]
    groups = dictionary()[1]
    if not fields and group:
        return None
    return groups[group].record(**fields) if group else Invoice(**fields)


def _made(item: Term | Group, value: Any, repeat: int, wanted: Any, number: int) -> Any:
    if isinstance(item, Term):
        return value(item, number)
    return _build(item.id, value, repeat=repeat, wanted=wanted, number=number)


def children_of(group: str) -> list[Term | Group]:
    """Return the terms and groups right below `group`, in the model's order."""
    terms, groups = dictionary()
    items: list[Term | Group] = [*terms.values(), *groups.values()]
    return [item for item in items if item.parent == group]


# --- random invoices ---------------------------------------------------------------------------

_CHARACTERS = st.characters(
    codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co"), include_characters="\n\t\r<>&\"'"
)
_TEXTS = st.text(_CHARACTERS, min_size=1, max_size=30).filter(
    lambda text: bool(text.strip()) and text != "NA" and not text.startswith("#")
)
_DECIMALS = st.decimals(
    min_value=-(10**9), max_value=10**9, allow_nan=False, allow_infinity=False, places=None
).map(
    lambda value: value.quantize(Decimal("0.000001")) if value.as_tuple().exponent < -6 else value
)
_DATES = st.dates()
_ATTACHMENTS = st.builds(
    Attachment,
    content=st.binary(max_size=40),
    mime_code=st.sampled_from(["application/pdf", "text/csv"]),
    filename=_TEXTS,
)


def _values(term: Term) -> st.SearchStrategy[Any]:
    codes = _codes(term)
    if term.type is Identifier:
        schemes = st.sampled_from(codes) if codes else st.sampled_from(["0002", "0009", "0088"])
        words = st.none() | _TEXTS if term.id == "BT-158" else st.none()
        scheme = st.none() | schemes
        return st.builds(Identifier, value=_TEXTS, scheme=scheme, version=words, name=words)
    kinds: dict[type, st.SearchStrategy[Any]] = {
        Decimal: _DECIMALS,
        date: _DATES,
        Attachment: _ATTACHMENTS,
    }
    return kinds.get(term.type, st.sampled_from(codes) if codes else _TEXTS)


@st.composite
def invoices(draw: st.DrawFn, *, terms: Iterable[str] | None = None, most: int = 40) -> Invoice:
    """Draw an invoice that holds up to `most` different terms (of `terms`, by default of all).

    Identifiers of one party stand with those without scheme first, which is how CII orders them.
    """
    every = sorted(terms if terms is not None else dictionary()[0])
    size = draw(st.integers(1, min(most, len(every))))
    chosen = draw(st.sets(st.sampled_from(every), min_size=size, max_size=size)) | set(ALWAYS)
    chosen |= {NEEDS[id_] for id_ in chosen if id_ in NEEDS}
    groups = _groups_around(chosen)
    repeat = draw(st.integers(1, 3))

    def value(term: Term, _number: int) -> Any:
        return draw(_values(term))

    def wanted(item: Term | Group, _number: int) -> bool:
        return item.id in (chosen if isinstance(item, Term) else groups)

    invoice: Invoice = _build("", value, repeat=repeat, wanted=wanted)
    return _ordered(invoice)


def _groups_around(chosen: set[str]) -> set[str]:
    terms, groups = dictionary()
    around: set[str] = set()
    for id_ in chosen:
        parent = terms[id_].parent
        while parent:
            around.add(parent)
            parent = groups[parent].parent
    return around


def _ordered(record: Any) -> Any:
    """Sort the identifiers of a party: those without scheme first. A second contact has a first."""
    changed: dict[str, Any] = {}
    for field in dataclasses.fields(record):
        held = getattr(record, field.name)
        if field.name == "further_contacts" and held and record.contact is None:
            changed["contact"] = Contact(name="Accueil")
        if field.name == "identifiers":
            changed[field.name] = tuple(sorted(held, key=lambda one: one.scheme is not None))
        elif isinstance(held, tuple) and held and dataclasses.is_dataclass(held[0]):
            changed[field.name] = tuple(_ordered(one) for one in held)
        elif dataclasses.is_dataclass(held):
            changed[field.name] = _ordered(held)
    return dataclasses.replace(record, **changed)


def without(invoice: Invoice, lost: Iterable[str]) -> Invoice:
    """Return `invoice` without the terms `lost`, and without the groups that are then empty."""
    stripped: Invoice = _stripped(invoice, "", set(lost))
    return stripped


def _stripped(record: Any, group: str, lost: set[str]) -> Any:
    changed: dict[str, Any] = {}
    for item in children_of(group):
        held = getattr(record, item.path[-1])
        if held is None or held == ():
            continue
        if isinstance(item, Term):
            if item.id in lost:
                changed[item.path[-1]] = () if item.many else None
            elif f"{item.id}-3" in lost:  # the words of a classification
                changed[item.path[-1]] = tuple(dataclasses.replace(one, name=None) for one in held)
        elif item.many:
            left = ((one, _stripped(one, item.id, lost)) for one in held)
            changed[item.path[-1]] = tuple(
                inner for one, inner in left if inner == one or inner != type(inner)()
            )
        else:
            inner = _stripped(held, item.id, lost)
            changed[item.path[-1]] = None if inner == type(inner)() else inner
    return dataclasses.replace(record, **changed)
