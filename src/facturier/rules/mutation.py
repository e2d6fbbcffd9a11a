"""Mutations in term language: how a rule says which change breaks it.

``BT-1 =`` removes a term, ``BG-25 =`` empties a group, ``BT-3 = "999"`` sets a value,
``BT-106 + 1`` shifts an amount or, in days, a date. ``BT-131[1]`` names the second occurrence (the
first is meant when no index is given); several mutations are separated by ``;``. An identifier is
written ``BT-30 = "123@0002"`` (value@scheme), a file ``BT-125 = "a.csv@text/csv"`` (name@type), and
``BG-3 = {}`` adds an empty record to a group.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from facturier.invoice import terms as dictionary
from facturier.invoice.model import Attachment, Identifier

Document = TypeVar("Document")

_FORM = re.compile(
    r"^\s*(?P<id>[A-Z][A-Z0-9-]+)(?:\[(?P<index>[\d,]+)\])?\s*(?P<op>[=+-])\s*(?P<value>.*?)\s*$"
)


def mutate(invoice: Document, mutations: str) -> Document:
    """Return the invoice, or another document, with each mutation applied.

    Raises ValueError for a malformed mutation.
    """
    for mutation in filter(str.strip, mutations.split(";")):
        found = _FORM.match(mutation)
        if found is None:
            raise ValueError(mutation)
        terms, groups = dictionary.dictionary_with(found["id"])
        item = terms.get(found["id"]) or groups.get(found["id"])
        if item is None:
            raise ValueError(f"{found['id']} is no term")
        indexes = [int(i) for i in found["index"].split(",")] if found["index"] else []
        invoice = _change(invoice, _steps(item), indexes, item, found["op"], found["value"])
    return invoice


def in_words(mutations: str) -> str:
    """Say mutations to a French reader: ``BT-106 + 1`` is « BT-106 augmenté de 1 ».

    Raises ValueError for a malformed mutation.
    """
    said = []
    for mutation in filter(str.strip, mutations.split(";")):
        found = _FORM.match(mutation)
        if found is None:
            raise ValueError(mutation)
        said.append(_said(found))
    return ", ".join(said)


def _said(found: re.Match[str]) -> str:
    terms, groups = dictionary.dictionary_with(found["id"])
    numbers = (found["index"] or "").split(",")
    place = found["id"] + "".join(f" n° {int(one) + 1}" for one in numbers if one)
    value = found["value"]
    if found["op"] != "=":
        return _shifted(place, found["op"], value, terms[found["id"]].type)
    if found["id"] in groups:
        return f"un groupe {place} de plus" if value == "{}" else f"sans {place}"
    if not value:
        return f"sans {place}"
    text = value.strip('"')
    if terms[found["id"]].type is Identifier:
        text, at, scheme = text.partition("@")
        if at:
            named = f"schéma {scheme}" if scheme else "sans schéma"
            return f"{place} = « {text} » ({named})"
    return f"{place} = « {text} »"


def _shifted(place: str, op: str, value: str, kind: type) -> str:
    if kind is date:
        way = "plus tard" if op == "+" else "plus tôt"
        return f"{place} {value} jour{'s' if int(value) > 1 else ''} {way}"
    if not Decimal(value):
        return f"{place} écrit avec {len(value.partition('.')[2])} décimales"
    way = "augmenté" if op == "+" else "diminué"
    return f"{place} {way} de {value.replace('.', ',')}"


def _steps(item: dictionary.Term | dictionary.Group) -> list[tuple[str, bool, type]]:
    """Return (field, repeats, record class) from the invoice down to the item's holder."""
    steps = []
    parent = item.parent
    while parent:
        group = dictionary.group_of(parent)
        steps.append((group.path[-1], group.many, group.record))
        parent = group.parent
    return steps[::-1]


def _change(
    holder: Any,
    steps: list[tuple[str, bool, type]],
    indexes: list[int],
    item: dictionary.Term | dictionary.Group,
    op: str,
    value: str,
) -> Any:
    if not steps:
        name = item.path[-1]
        old = getattr(holder, name)
        position = indexes[0] if indexes else 0
        return replace(holder, **{name: _changed(old, item, op, value, position)})
    (name, many, record), rest = steps[0], steps[1:]
    held = getattr(holder, name)
    if not many:
        inner = held if held is not None else record()
        return replace(holder, **{name: _change(inner, rest, indexes, item, op, value)})
    position, following = (indexes[0], indexes[1:]) if indexes else (0, [])
    records = list(held) or [record()]
    records[position] = _change(records[position], rest, following, item, op, value)
    return replace(holder, **{name: tuple(records)})


def _changed(
    old: Any, item: dictionary.Term | dictionary.Group, op: str, value: str, position: int
) -> Any:
    if isinstance(item, dictionary.Group):
        empty: Any = () if item.many else None
        added: Any = (*old, item.record()) if item.many else item.record()
        return added if value == "{}" else empty
    if op == "=":
        if not value:
            return () if item.many else None
        new = _parsed(value.strip('"'), item.type)
        if not item.many:
            return new
        kept = list(old)
        kept[position : position + 1] = [new]
        return tuple(kept)
    sign = 1 if op == "+" else -1
    if isinstance(old, date):
        return old + timedelta(days=sign * int(value))
    return (old if old is not None else Decimal(0)) + sign * Decimal(value)


def _parsed(text: str, kind: type) -> Any:
    if kind is Decimal:
        return Decimal(text)
    if kind is date:
        return date.fromisoformat(text)
    if kind is Identifier:
        value, at, scheme = text.partition("@")
        return Identifier(value, scheme if at else None)
    if kind is Attachment:
        name, _, mime = text.partition("@")
        return Attachment(content=b"exemple", mime_code=mime or None, filename=name)
    return text
