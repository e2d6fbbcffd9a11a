"""What a person changes in a prepared invoice: a few data, each with its place.

A correction is a whole invoice made from the one that went wrong; of all it says, only what the
other side contests has to change. Each datum is named by its term; one of a line carries the rank
of the line, from 0: ``BT-129.2``. Buyer's SIRET and routing code share BT-46 and are told apart by
their scheme, the three legal notes share BT-22 and are told apart by their subject (BT-21).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from facturier.invoice.compute import GROUP, compute
from facturier.invoice.model import (
    Address,
    CreditTransfer,
    Identifier,
    Invoice,
    Item,
    Line,
    LineVat,
    Note,
    Party,
    PaymentInstructions,
    PriceDetails,
)
from facturier.invoice.parties import ELECTRONIC_ADDRESS, ROUTING, SIREN, SIRET
from facturier.invoice.terms import label

TRANSFER = "30"
"""Means of payment: credit transfer (UNTDID 4461)."""
MOST_LINES = 50
"""Lines that a person changes one by one; more are corrected in the file."""
Value = str | date | Decimal | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Datum:
    """One datum as it stands in an invoice."""

    key: str
    """Term, and rank of the line or document where it repeats: ``BT-129.2``."""
    label: str
    """In French, with its term."""
    kind: type
    """``str``, ``date``, ``Decimal``, or ``bool`` (whether to leave a document out)."""
    value: Value


@dataclass(frozen=True, slots=True)
class _Place:
    """How one datum is read from its holder and put into it."""

    kind: type
    read: Callable[[Any], Any]
    put: Callable[[Any, Any], Any]
    name: str = ""
    """In French; by default that of the term."""


# --- the invoice ----------------------------------------------------------------------------------


def _field(kind: type, name: str) -> _Place:
    return _Place(kind, lambda holder: getattr(holder, name), lambda h, v: replace(h, **{name: v}))


def _buyer(name: str, read: Callable[[Party], Any], put: Callable[[Party, Any], Party]) -> _Place:
    return _Place(
        str,
        lambda invoice: read(invoice.buyer or Party()),
        lambda invoice, value: replace(invoice, buyer=put(invoice.buyer or Party(), value)),
        name,
    )


def _text(one: Identifier | None) -> str | None:
    return one.value if one else None


def _with_scheme(value: str | None, scheme: str) -> Identifier | None:
    return Identifier(value, scheme) if value else None


def _identifier(scheme: str, name: str) -> _Place:
    def put(party: Party, value: str | None) -> Party:
        others = tuple(one for one in party.identifiers if one.scheme != scheme)
        mine = _with_scheme(value, scheme)
        return replace(party, identifiers=(*others, mine) if mine else others)

    def read(party: Party) -> str | None:
        return next((one.value for one in party.identifiers if one.scheme == scheme), None)

    return _buyer(name, read, put)


def _address(part: str) -> _Place:
    def put(party: Party, value: str | None) -> Party:
        return replace(
            party, postal_address=replace(party.postal_address or Address(), **{part: value})
        )

    return _buyer("", lambda party: getattr(party.postal_address, part, None), put)


def _note(subject: str, name: str) -> _Place:
    def put(invoice: Invoice, value: str | None) -> Invoice:
        others = tuple(one for one in invoice.notes if one.subject_code != subject)
        mine = (Note(subject_code=subject, text=value),) if value else ()
        return replace(invoice, notes=(*others, *mine))

    def read(invoice: Invoice) -> str | None:
        return next((one.text for one in invoice.notes if one.subject_code == subject), None)

    return _Place(str, read, put, name)


def _account(invoice: Invoice) -> str | None:
    transfers = (one.credit_transfer for one in invoice.payment_instructions)
    return next((one.account for one in transfers if one and one.account), None)


def _put_account(invoice: Invoice, value: str | None) -> Invoice:
    """Every transfer goes to the one account; a BIC of the former account would contradict it."""
    ways = tuple(
        replace(one, credit_transfer=replace(
            one.credit_transfer, account=value, service_provider=None
        )) if one.credit_transfer else one
        for one in invoice.payment_instructions
    )  # fmt: skip
    if value and not any(one.credit_transfer for one in ways):
        transfer = CreditTransfer(account=value)
        ways = (*ways, PaymentInstructions(means_code=TRANSFER, credit_transfer=transfer))
    return replace(invoice, payment_instructions=ways)


_OF_INVOICE: dict[str, _Place] = {
    "BT-9": _field(date, "due_date"),
    "BT-20": _field(str, "payment_terms"),
    "BT-10": _field(str, "buyer_reference"),
    "BT-12": _field(str, "contract"),
    "BT-13": _field(str, "order"),
    "BT-44": _buyer("", lambda party: party.name, lambda party, v: replace(party, name=v)),
    "BT-47": _buyer(
        "SIREN de l'acheteur", lambda party: _text(party.legal_identifier),
        lambda party, v: replace(party, legal_identifier=_with_scheme(v, SIREN)),
    ),
    "BT-46.SIRET": _identifier(SIRET, "SIRET de l'acheteur"),
    "BT-46.ROUTAGE": _identifier(ROUTING, "Code routage de l'acheteur"),
    "BT-48": _buyer(
        "", lambda party: party.vat_identifier, lambda party, v: replace(party, vat_identifier=v)
    ),
    "BT-49": _buyer(
        "", lambda party: _text(party.electronic_address),
        lambda party, v: replace(party, electronic_address=_with_scheme(v, ELECTRONIC_ADDRESS)),
    ),
    "BT-50": _address("line_1"),
    "BT-53": _address("post_code"),
    "BT-52": _address("city"),
    "BT-84": _Place(str, _account, _put_account),
    "BT-22.PMD": _note("PMD", "Mention des pénalités de retard"),
    "BT-22.PMT": _note("PMT", "Mention de l'indemnité forfaitaire de recouvrement"),
    "BT-22.AAB": _note("AAB", "Mention de l'escompte, ou de son absence"),
}  # fmt: skip

# --- a line ---------------------------------------------------------------------------------------


def _rate(line: Line, value: Decimal | None) -> Line:
    return replace(line, vat=replace(line.vat or LineVat(), rate=value))


def _price(line: Line, value: Decimal | None) -> Line:
    """A net price stands alone: a gross price and its discount would contradict it."""
    price = line.price or PriceDetails()
    return replace(line, price=replace(price, net_price=value, gross_price=None, discount=None))


_OF_LINE: dict[str, _Place] = {
    "BT-153": _Place(
        str, lambda line: line.item.name if line.item else None,
        lambda line, v: replace(line, item=replace(line.item or Item(), name=v)),
    ),
    "BT-129": _field(Decimal, "quantity"),
    "BT-146": _Place(Decimal, lambda line: line.price.net_price if line.price else None, _price),
    "BT-152": _Place(Decimal, lambda line: line.vat.rate if line.vat else None, _rate),
}  # fmt: skip
ATTACHED = "BG-24"
"""Attached files: whether to leave each of them out."""
AMENDABLE = frozenset({*_OF_INVOICE, *_OF_LINE, ATTACHED})
"""What may be changed."""


def data_of(invoice: Invoice, terms: Iterable[str]) -> Iterator[Datum]:
    """Yield what `terms` (of :data:`AMENDABLE`) say in `invoice`, absent values too."""
    for term in terms:
        if term in _OF_INVOICE:
            yield _datum(term, _OF_INVOICE[term], invoice)
        elif term in _OF_LINE:
            for rank, line in enumerate(invoice.lines[:MOST_LINES]):
                if line.subtype != GROUP:
                    where = f", ligne {line.identifier or rank + 1}"
                    yield _datum(f"{term}.{rank}", _OF_LINE[term], line, where)
        elif term == ATTACHED:
            yield from _attached(invoice)


def _datum(key: str, place: _Place, holder: Any, where: str = "") -> Datum:
    term = key.partition(".")[0]
    name = f"{place.name or label(term)}{where} ({term})"
    return Datum(key=key, label=name, kind=place.kind, value=place.read(holder))


def _attached(invoice: Invoice) -> Iterator[Datum]:
    for rank, one in enumerate(invoice.supporting_documents):
        if one.attachment:
            name = one.attachment.filename or one.reference or f"n° {rank + 1}"
            said = f"Retirer la pièce jointe « {name} » ({ATTACHED})"
            yield Datum(key=f"{ATTACHED}.{rank}", label=said, kind=bool, value=False)


def amended(invoice: Invoice, changes: Mapping[str, Value]) -> Invoice:
    """Return `invoice` with each of `changes`, by key, in its place, and computed again.

    A line whose quantity becomes zero is left out. Raises KeyError for a key of no datum.
    """
    left_out = set()
    for key, value in changes.items():
        term, _, rank = key.partition(".")
        if key in _OF_INVOICE:
            invoice = _OF_INVOICE[key].put(invoice, value)
        elif term == ATTACHED:
            left_out |= {int(rank)} if value else set()
        else:
            lines = list(invoice.lines)
            lines[int(rank)] = _OF_LINE[term].put(lines[int(rank)], value)
            invoice = replace(invoice, lines=tuple(lines))
    return compute(_without(invoice, left_out))


def _without(invoice: Invoice, left_out: set[int]) -> Invoice:
    lines = tuple(one for one in invoice.lines if one.subtype == GROUP or one.quantity != 0)
    kept = enumerate(invoice.supporting_documents)
    return replace(
        invoice, lines=lines,
        supporting_documents=tuple(one for rank, one in kept if rank not in left_out),
    )  # fmt: skip
