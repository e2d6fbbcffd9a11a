"""Words that the life-cycle tests share: instants, parties, and a way to each state."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from facturier.lifecycle.messages import Characteristic, Event, InvoiceReference, Party, received
from facturier.lifecycle.statuses import Side, status
from facturier.lifecycle.transitions import State, Transmission, fold

START = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)

INVOICE = InvoiceReference(
    number="F-2026-001",
    issue_date=date(2026, 9, 1),
    type_code="380",
    seller=Party(
        role="SE",
        identifier="100000009",
        scheme="0002",
        name="VENDEUR",
        address="100000009_STATUTS",
        address_scheme="0225",
    ),
    buyer=Party(
        role="BY",
        identifier="200000008",
        scheme="0002",
        name="ACHETEUR",
        address="200000008",
        address_scheme="0225",
    ),
    seller_platform=Party(role="WK", identifier="0003", scheme="0238", name="PA-E"),
    buyer_platform=Party(role="WK", identifier="0005", scheme="0238", name="PA-R"),
    factor=Party(role="DL", identifier="300000007", scheme="0002", name="FACTOR"),
    vat_due_on_payment=True,
)

SP, BP = Side.SELLER_PLATFORM, Side.BUYER_PLATFORM

PATHS = {
    Transmission.NONE: (),
    Transmission.DEPOSITED: ((200, SP),),
    Transmission.ISSUED: ((200, SP), (201, SP)),
    Transmission.MISROUTED: ((200, SP), (201, SP), (221, BP)),
    Transmission.RECEIVED: ((200, SP), (201, SP), (202, BP)),
    Transmission.AVAILABLE: ((200, SP), (201, SP), (202, BP), (203, BP)),
    Transmission.REJECTED: ((200, SP), (201, SP), (213, BP)),
    Transmission.INADMISSIBLE: ((501, BP),),
}


def event(code, side, minute=0, **more):
    """An event that brings all that its status asks for."""
    said = status(code)
    if said.reason_required:
        more.setdefault("reason", said.reasons[0])
    if said.needs == "MEN":
        more.setdefault("amounts", (received(Decimal("120.00"), Decimal(20)),))
    if said.needs == "CBB":
        more.setdefault("amounts", (Characteristic(type_code="CBB", term="BT-84", text="FR76"),))
    return Event(code=code, side=side, at=START + timedelta(minutes=minute), **more)


def at(transmission, *further, invoice=INVOICE) -> State:
    """The state reached by the ordinary way to `transmission`, then `further` (code, side)."""
    steps = (*PATHS[transmission], *further)
    return fold((event(code, side, n) for n, (code, side) in enumerate(steps)), invoice=invoice)
