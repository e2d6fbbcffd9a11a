"""The invoices inside one document: those of several sellers (x8), the two directions (x9).

Each top line of subtype GROUP is an invoice of its own: its number stands in BT-128 of scheme AFL,
its cadre under AVV, its seller on the line. Sources: XP Z12-012 V1.4 (BR-FR-MV, BR-FR-BD), XP
Z12-014 cases 39 and 40.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from facturier.invoice.compute import GROUP, compute
from facturier.invoice.model import Totals
from facturier.invoice.parties import SIREN

if TYPE_CHECKING:
    from facturier.invoice.model import Identifier, Invoice, Line, Party

NUMBER, PROCESS = "AFL", "AVV"
"""Schemes of BT-128 on a GROUP line: the number of the invoice, its cadre."""
SEVERAL_SELLERS, BOTH_WAYS = "8", "9"
"""Second character of the cadre (BT-23)."""
ORDINARY = "380"


def is_several(process: str) -> bool:
    """Tell whether a cadre (BT-23) is that of a document made of several invoices."""
    return process[1:] in (SEVERAL_SELLERS, BOTH_WAYS)


def units(invoice: Invoice) -> tuple[Invoice, ...]:
    """Return the invoices that a document of several sellers or of both ways is made of.

    Those of several sellers are already paid, to the one who sends the document; of both ways the
    one that the buyer sells becomes an ordinary invoice with positive amounts. Any other document,
    and one of these without a GROUP line, is its own and only unit.
    """
    if not is_several(_process(invoice)):
        return (invoice,)
    kind = _process(invoice)[1:]
    heads = [line for line in invoice.lines if line.subtype == GROUP and line.parent is None]
    return tuple(_unit(invoice, head, kind) for head in heads) or (invoice,)


def _unit(invoice: Invoice, head: Line, kind: str) -> Invoice:
    back = kind == BOTH_WAYS and _same(head.seller, invoice.buyer)
    lines = tuple(
        _plain(line, back=back) for line in invoice.lines if line.parent == head.identifier
    )
    own = _marked(head, PROCESS) or f"{(_process(invoice) or 'B')[0]}1"
    process = replace(invoice.process, business_process=own) if invoice.process else None
    one = replace(
        invoice,
        number=_marked(head, NUMBER),
        type_code=ORDINARY if back else invoice.type_code,
        process=process,
        seller=_whole(head.seller, invoice.seller, invoice.buyer),
        buyer=invoice.seller if back else invoice.buyer,
        lines=lines,
        vat_breakdown=(),
        totals=Totals(),
    )
    made = compute(one)
    if kind == BOTH_WAYS or made.totals is None:
        return made
    return compute(replace(made, totals=Totals(paid_amount=made.totals.with_vat)))


def _process(invoice: Invoice) -> str:
    return (invoice.process.business_process if invoice.process else None) or ""


def _plain(line: Line, *, back: bool) -> Line:
    """Return a line as it stands alone; of the other direction with its sign turned."""
    quantity = -line.quantity if back and line.quantity is not None else line.quantity
    price = line.price
    if back and price is not None and price.net_price is not None and price.net_price < 0:
        price, quantity = replace(price, net_price=-price.net_price), line.quantity
    vat = replace(line.vat, exemption_reason=None) if line.vat else None
    return replace(
        line, parent=None, subtype=None, seller=None, object_identifiers=(), vat=vat,
        vat_amount=None, quantity=quantity, price=price,
    )  # fmt: skip


def _marked(line: Line, scheme: str) -> str | None:
    found = (one.value for one in line.object_identifiers if one.scheme == scheme)
    return next(found, None)


def _whole(party: Party | None, *known: Party | None) -> Party | None:
    """Return the party of the head that a line names; else what the line says.

    Statuses about a seller who has no address in the document come back to the one who sends it.
    """
    for one in known:
        if _same(party, one):
            return one
    first = known[0] if known else None
    if party is None or party.electronic_address is not None or first is None:
        return party
    return replace(party, electronic_address=first.electronic_address)


def _same(one: Party | None, other: Party | None) -> bool:
    return one is not None and other is not None and _siren(one) == _siren(other) != ""


def _siren(party: Party) -> str:
    legal: Identifier | None = party.legal_identifier
    return legal.value if legal and legal.scheme == SIREN else ""
