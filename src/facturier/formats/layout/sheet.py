"""The sheet: what stands where on a readable invoice, whatever draws it.

The order is that of a French invoice: heading, parties, references, lines, discounts and charges,
VAT, totals, payment, legal notes, attachments, then whatever the file holds besides. Every datum
of the invoice is in the sheet exactly once (:class:`~facturier.formats.layout.reading.Reading`).
"""

from __future__ import annotations

from dataclasses import dataclass

from facturier.formats.layout import figures, wording
from facturier.formats.layout.reading import Field, Path, Reading, clean, fields_below
from facturier.formats.layout.rows import Row, basis_of, present, rows_of
from facturier.invoice.codes import CREDIT_NOTE
from facturier.invoice.model import Invoice

_AMOUNT_DUE = "BT-115"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A titled group of fields: a party, a way to pay, a note."""

    title: str
    code: str = ""
    """The official code behind the title."""
    name: Field | None = None
    lines: tuple[Field, ...] = ()
    """Fields shown without label, one a line."""
    facts: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """A discount or a charge of the whole document."""

    label: str
    reason: Field | None
    basis: str
    vat: Field | None
    amount: Field
    details: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VatRow:
    """The VAT of one category and rate."""

    category: Field | None
    rate: Field | None
    base: Field | None
    tax: Field | None
    details: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """All that a readable invoice shows."""

    title: Field
    number: Field | None
    is_credit_note: bool
    dates: tuple[Field, ...]
    seller: Block
    buyer: Block
    others: tuple[Block, ...]
    references: tuple[Field, ...]
    rows: tuple[Row, ...]
    has_discounts: bool
    adjustments: tuple[Adjustment, ...]
    vat: tuple[VatRow, ...]
    totals: tuple[Field, ...]
    due: Field | None
    payment: tuple[Block, ...]
    notes: tuple[Block, ...]
    attachments: tuple[Block, ...]
    rest: tuple[Field, ...]
    strange: tuple[Field, ...]
    """What the reader found and could not place or understand: path and value."""


def sheet(invoice: Invoice) -> Sheet:
    """Arrange `invoice` for reading."""
    reading = Reading(invoice)
    credit = invoice.type_code in CREDIT_NOTE
    parties = {name: _party(reading, name, title) for name, title in wording.PARTIES.items()}
    rows = rows_of(reading)
    references = _references(reading)
    dates = _fields(reading, "BT-2", "BT-9", "BT-72", "BT-7")
    return Sheet(
        title=reading.one("BT-3", label="") or Field(text="Facture"),
        number=reading.one("BT-1", label="N°"),
        is_credit_note=credit,
        dates=dates,
        seller=parties.pop("seller") or Block(title=wording.PARTIES["seller"]),
        buyer=parties.pop("buyer") or Block(title=wording.PARTIES["buyer"]),
        others=tuple(b for b in (_delivery(reading), *parties.values()) if b),
        references=references,
        rows=rows,
        has_discounts=any(row.discount for row in rows),
        adjustments=_adjustments(reading),
        vat=_vat(reading),
        totals=_totals(reading),
        due=_due(reading, credit=credit),
        payment=_payment(reading),
        notes=_notes(reading),
        attachments=_attachments(reading),
        rest=tuple(reading.rest()),
        strange=_strange(invoice),
    )


def _fields(reading: Reading, *ids: str) -> tuple[Field, ...]:
    return tuple(field for identifier in ids for field in reading.take(identifier))


# --- parties -------------------------------------------------------------------------------------


def _party(reading: Reading, name: str, title: str) -> Block | None:
    """Return the block of one party, or None when the invoice does not name it."""
    prefix = (name,)
    if getattr(reading.invoice, name) is None:
        return None
    named = next(iter(reading.take_path((name, "name"), label="")), None)
    trading = reading.take_path((name, "trading_name"), label="")
    address = _address(reading, (*prefix, "postal_address"))
    in_order = sorted(fields_below(prefix), key=lambda item: item[1] != "legal_identifier")
    facts = [
        field
        for path, inside in in_order
        for field in reading.take_path(path, label=wording.PARTY_LABELS.get(inside))
    ]
    return Block(title=title, name=named, lines=(*trading, *address), facts=tuple(facts))


def _address(reading: Reading, prefix: Path) -> tuple[Field, ...]:
    """Return the lines of an address; post code and city share one."""
    parts = {
        inside: field
        for path, inside in fields_below(prefix)
        for field in reading.take_path(path, label="")
    }
    post_code, city = parts.pop("post_code", None), parts.pop("city", None)
    town: tuple[Field, ...] = present(post_code, city)
    if post_code and city:
        town = (Field(text=f"{post_code.text} {city.text}", term=city.term, place=city.place),)
    streets = present(*(parts.get(f"line_{n}") for n in (1, 2, 3)))
    last = present(parts.get("country_subdivision"), parts.get("country_code"))
    return (*streets, *town, *last)


def _delivery(reading: Reading) -> Block | None:
    if reading.invoice.delivery is None:
        return None
    name = reading.one("BT-70", label="")
    address = _address(reading, ("delivery", "address"))
    facts = reading.rest(("delivery",))
    if not (name or address or facts):
        return None
    return Block(title="Livraison à", name=name, lines=address, facts=tuple(facts))


# --- references ----------------------------------------------------------------------------------


def _references(reading: Reading) -> tuple[Field, ...]:
    found = [
        *_fields(reading, "BT-10"),
        *_dated(reading, "BT-13", "EXT-FR-FE-197"),
        *_dated(reading, "BT-12", "EXT-FR-FE-199", "EXT-FR-FE-01"),
        *_preceding(reading),
        *_fields(reading, "BT-14", "BT-15"),
        *_dated(reading, "BT-16", "EXT-FR-FE-198"),
        *_fields(reading, "BT-17", "BT-11", "BT-18", "BT-19"),
        *_period(reading),
        *_fields(reading, "BT-8", "EXT-FR-FE-185", "EXT-FR-FE-186", "BT-23", "BT-5", "BT-6"),
    ]
    return tuple(found)


def _dated(reading: Reading, number: str, day: str, kind: str | None = None) -> list[Field]:
    """Return a reference with its date and kind in one field: ``C-12 du 01/07/2026``."""
    found = reading.one(number)
    if found is None:
        return []
    return [_with_details(found, reading.one(day), reading.one(kind) if kind else None)]


def _with_details(found: Field, day: Field | None, kind: Field | None) -> Field:
    text = found.text
    if day:
        text += f" du {day.text}"
    if kind:
        text += f" ({kind.text})"
    return Field(text=text, label=found.label, term=found.term, place=found.place)


def _preceding(reading: Reading) -> list[Field]:
    found = []
    for index in range(len(reading.invoice.preceding_invoices)):
        number = reading.one("BT-25", index)
        if number:
            day, kind = reading.one("BT-26", index), reading.one("EXT-FR-FE-02", index)
            found.append(_with_details(number, day, kind))
    return found


def _period(reading: Reading) -> list[Field]:
    start, end = reading.one("BT-73"), reading.one("BT-74")
    if start and end:
        return [Field(text=f"du {start.text} au {end.text}", label="Période", term=start.term)]
    return [*present(start, end)]


# --- document discounts and charges, VAT, totals -------------------------------------------------

_ALLOWANCE = (
    *("BT-92", "BT-93", "BT-94", "BT-95", "BT-96", "BT-97", "BT-98"),
    *("EXT-FR-FE-187", "EXT-FR-FE-188"),
)
_CHARGE = (
    *("BT-99", "BT-100", "BT-101", "BT-102", "BT-103", "BT-104", "BT-105"),
    *("EXT-FR-FE-189", "EXT-FR-FE-190"),
)


def _adjustments(reading: Reading) -> tuple[Adjustment, ...]:
    invoice = reading.invoice
    allowances = [
        _adjustment(reading, "Remise", _ALLOWANCE, index, sign=-1)
        for index in range(len(invoice.allowances))
    ]
    charges = [
        _adjustment(reading, "Frais", _CHARGE, index, sign=1)
        for index in range(len(invoice.charges))
    ]
    return (*allowances, *charges)


def _adjustment(
    reading: Reading, label: str, ids: tuple[str, ...], index: int, *, sign: int
) -> Adjustment:
    invoice = reading.invoice
    held = (invoice.allowances if sign < 0 else invoice.charges)[index]
    amount, base, percentage, category, rate, reason, code, *exemption = (
        reading.one(i, index) for i in ids
    )
    shown = "" if held.amount is None else figures.amount(sign * held.amount, invoice.currency)
    vat = [part.text for part in (category if held.vat_category != "S" else None, rate) if part]
    return Adjustment(
        label=label,
        reason=reason or code,
        basis=basis_of(percentage, base),
        vat=Field(
            text=" ".join(vat) or (category.text if category else ""),
            term=ids[3],
            place=(index,),
            code=held.vat_category or "",
        ),
        amount=Field(text=shown, label="Montant HT", term=amount.term if amount else ""),
        details=present(code if reason else None, *exemption),
    )


def _vat(reading: Reading) -> tuple[VatRow, ...]:
    return tuple(
        VatRow(
            category=reading.one("BT-118", index, label="Catégorie"),
            rate=reading.one("BT-119", index, label="Taux"),
            base=reading.one("BT-116", index, label="Base HT"),
            tax=reading.one("BT-117", index, label="TVA"),
            details=tuple(
                field
                for identifier in ("BT-120", "BT-121")
                for field in reading.take(identifier, index, label="")
            ),
        )
        for index in range(len(reading.invoice.vat_breakdown))
    )


def _totals(reading: Reading) -> tuple[Field, ...]:
    ids = ("BT-106", "BT-107", "BT-108", "BT-109", "BT-110", "BT-111", "BT-112", "BT-113", "BT-114")
    return _fields(reading, *ids)


def _due(reading: Reading, *, credit: bool) -> Field | None:
    return reading.one(_AMOUNT_DUE, label="Net en votre faveur" if credit else "Net à payer")


# --- payment, notes, attachments, the rest -------------------------------------------------------


def _payment(reading: Reading) -> tuple[Block, ...]:
    """Return the ways to pay, then the direct debit, then terms and reference."""
    blocks = []
    for index in range(len(reading.invoice.payment_instructions)):
        name = reading.one("BT-81", index, label="")
        facts = reading.rest(("payment_instructions",), (index,))
        blocks.append(Block(title="Moyen de paiement", name=name, facts=tuple(facts)))
    debit = reading.rest(("direct_debit",))
    if debit:
        blocks.append(Block(title="Prélèvement", facts=tuple(debit)))
    terms = _fields(reading, "BT-20", "BT-83")
    if terms:
        blocks.append(Block(title="Conditions", facts=terms))
    return tuple(blocks)


def _notes(reading: Reading) -> tuple[Block, ...]:
    """Return the notes, those that French law asks for first, the technical ones last."""
    order = {code: rank for rank, code in enumerate(wording.NOTE_ORDER)}
    last = {"BAR": len(order) + 1}
    notes = reading.invoice.notes
    ranked = sorted(
        range(len(notes)),
        key=lambda i: {**order, **last}.get(notes[i].subject_code or "", len(order)),
    )
    return tuple(_note(reading, index) for index in ranked)


def _note(reading: Reading, index: int) -> Block:
    subject = reading.one("BT-21", index)
    title = subject.text if subject else "Note"
    text = reading.take("BT-22", index, label="")
    return Block(title=title, code=subject.code if subject else "", lines=tuple(text))


def _attachments(reading: Reading) -> tuple[Block, ...]:
    return tuple(
        Block(
            title="",
            name=reading.one("BT-125", index, label=""),
            facts=present(
                *(
                    reading.one(identifier, index, label=label)
                    for identifier, label in (
                        ("BT-122", "Référence"),
                        ("BT-123", "Nature"),
                        ("BT-124", "Adresse"),
                    )
                )
            ),
        )
        for index in range(len(reading.invoice.supporting_documents))
    )


def _strange(invoice: Invoice) -> tuple[Field, ...]:
    unmapped = [Field(label=clean(item.path), text=clean(item.value)) for item in invoice.unmapped]
    malformed = [
        Field(label=clean(item.path), text=clean(item.value), term=item.term)
        for item in invoice.malformed
    ]
    return (*unmapped, *malformed)
