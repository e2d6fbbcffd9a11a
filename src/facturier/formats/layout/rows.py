"""The lines of an invoice, each with its cells and the details that go below its name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from facturier.formats.layout import figures, wording
from facturier.formats.layout.reading import Field, Reading
from facturier.invoice.model import Line

_PLURAL_FROM = 2  # French: 1,5 unité, 2 unités


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the invoice."""

    number: Field | None
    name: Field | None
    description: Field | None
    details: tuple[Field, ...]
    quantity: Field | None
    unit: Field | None
    price: Field | None
    price_base: str
    is_plain_base: bool
    """The price is for one unit of what is counted: a printed page need not say so."""
    discount: str
    vat: Field | None
    amount: Field | None
    depth: int
    is_group: bool


def present(*fields: Field | None) -> tuple[Field, ...]:
    """Return the fields that exist."""
    return tuple(field for field in fields if field)


def rows_of(reading: Reading) -> tuple[Row, ...]:
    """Take all that the lines hold and return them as rows."""
    lines = reading.invoice.lines
    depths = _depths(lines)
    placed = [_row(reading, index, line, depths[index]) for index, line in enumerate(lines)]
    rest = reading.rest_of_lines()
    return tuple(
        replace(row, details=(*row.details, *rest.get(index, ())))
        for index, row in enumerate(placed)
    )


def _depths(lines: tuple[Line, ...]) -> list[int]:
    """Return how deep each line stands below a group line; a loop of parents counts as none."""
    parents = {line.identifier: line.parent for line in lines}

    def depth(line: Line) -> int:
        seen: set[str | None] = set()
        parent = line.parent
        while parent in parents and parent not in seen:
            seen.add(parent)
            parent = parents[parent]
        return len(seen)

    return [depth(line) for line in lines]


def _row(reading: Reading, index: int, line: Line, depth: int) -> Row:
    """Return a line with the details that have a place of their own; the rest comes after."""
    return Row(
        number=reading.one("BT-126", index, label="N°"),
        name=reading.one("BT-153", index, label=""),
        description=reading.one("BT-154", index, label=""),
        quantity=reading.one("BT-129", index, label="Quantité"),
        unit=_unit(reading, index, line.quantity),
        price=reading.one("BT-146", index, label="Prix unitaire HT"),
        price_base=_price_base(reading, index, line),
        is_plain_base=_has_plain_base(line),
        discount=_discount(line, reading.invoice.currency),
        vat=_line_vat(reading, index),
        amount=reading.one("BT-131", index, label="Montant HT"),
        details=(
            *_line_period(reading, index),
            *_line_adjustments(reading, index, line),
            *_attributes(reading, index, line),
        ),
        depth=depth,
        is_group=line.subtype == "GROUP",
    )


def _attributes(reading: Reading, index: int, line: Line) -> list[Field]:
    """Return each property of the item under its own name: ``Teinte : gris``."""
    found = []
    for number in range(len(line.item.attributes) if line.item else 0):
        name = reading.one("BT-160", index, number)
        label = name.text if name else "Caractéristique"
        found += reading.take("BT-161", index, number, label=label)
        for identifier in ("EXT-FR-FE-160", "EXT-FR-FE-161", "EXT-FR-FE-159"):
            found += reading.take(identifier, index, number, label=label)
        if name and not any(field.label == label for field in found):
            found.append(name)
    return found


def _unit(reading: Reading, index: int, quantity: Decimal | None) -> Field | None:
    found = reading.one("BT-130", index, label="Unité")
    if found is None or quantity is None or abs(quantity) < _PLURAL_FROM:
        return found
    plural = wording.unit(found.code, many=True)
    return Field(
        text=plural or found.text,
        label=found.label,
        term=found.term,
        place=found.place,
        code=found.code,
    )


def _price_base(reading: Reading, index: int, line: Line) -> str:
    """Return ``pour 100 kg`` when the price is not for one unit."""
    quantity, unit = reading.one("BT-149", index), reading.one("BT-150", index)
    if quantity is None or line.price is None:
        return f"par {unit.text}" if unit else ""
    return f"pour {quantity.text}" + (f" {unit.text}" if unit else "")


def _has_plain_base(line: Line) -> bool:
    price = line.price
    return price is not None and price.base_quantity == 1 and price.base_unit in {None, line.unit}


def _discount(line: Line, currency: str | None) -> str:
    """Return what the discount column says: the rate when it is alone, else the sum."""
    if len(line.allowances) == 1 and line.allowances[0].percentage:
        return figures.rate(line.allowances[0].percentage)
    total = sum((a.amount for a in line.allowances if a.amount), Decimal(0))
    return figures.amount(total, currency) if total else ""


def _line_vat(reading: Reading, index: int) -> Field | None:
    """Return the rate, or for a category without VAT its short name."""
    category = reading.one("BT-151", index, label="TVA")
    rate = reading.one("BT-152", index, label="TVA")
    if category is None:
        return rate
    short = wording.VAT_CATEGORIES_SHORT.get(category.code)
    if not category.code:  # a category that nobody knows
        short = category.text
    text = " ".join(part for part in (short, rate.text if rate else "") if part)
    return Field(
        text=text or category.text,
        label="TVA",
        term="BT-152" if rate else "BT-151",
        place=category.place,
        code=category.code,
    )


def _line_period(reading: Reading, index: int) -> list[Field]:
    start, end = reading.one("BT-134", index), reading.one("BT-135", index)
    if start and end:
        text = f"du {start.text} au {end.text}"
        return [Field(text=text, label="Période", term=start.term, place=start.place)]
    return [*present(start, end)]


_LINE_ALLOWANCE = ("BT-136", "BT-137", "BT-138", "BT-139", "BT-140")
_LINE_CHARGE = ("BT-141", "BT-142", "BT-143", "BT-144", "BT-145")


def _line_adjustments(reading: Reading, index: int, line: Line) -> list[Field]:
    allowances = [
        _line_adjustment(reading, "Remise", _LINE_ALLOWANCE, (index, number))
        for number in range(len(line.allowances))
    ]
    charges = [
        _line_adjustment(reading, "Frais", _LINE_CHARGE, (index, number))
        for number in range(len(line.charges))
    ]
    return [*allowances, *charges]


def _line_adjustment(
    reading: Reading, label: str, ids: tuple[str, ...], place: tuple[int, int]
) -> Field:
    """Return one discount or charge of a line: ``10,00 € (10 % de 100,00 €) — Fidélité``."""
    amount, base, percentage, reason, code = (reading.one(i, *place) for i in ids)
    text = amount.text if amount else ""
    basis = basis_of(percentage, base)
    if basis:
        text += f" ({basis})"
    why = _why(reason, code)
    if why:
        text += f" — {why}"
    return Field(text=text, label=label, term=ids[0], place=place)


def _why(reason: Field | None, code: Field | None) -> str:
    """Return the reason in words, and what its code says when that is something else."""
    if reason and code and code.text.casefold() not in reason.text.casefold():
        return f"{reason.text} ({code.text})"
    return reason.text if reason else code.text if code else ""


def basis_of(percentage: Field | None, base: Field | None) -> str:
    """Return how an amount was reckoned: ``10 % de 100,00 €``."""
    if percentage and base:
        return f"{percentage.text} de {base.text}"
    return percentage.text if percentage else base.text if base else ""
