"""What the tax office was told, as amounts in rows of the return.

Its view is made of flux 1 (invoices between French taxable persons), status 212 (receipts, where
VAT waits for the payment), flux 10 (sales to private persons, international trade) and the
statuses that end an invoice (210, 213). Here they become :class:`Share` values, to be laid beside
what the books give (:mod:`.gaps`). Nothing is fetched: the caller says what was told.

The tax office knows neither the rate of VAT that a buyer owes nor which purchase is an asset:
purchases with reverse charge are compared by their base, deductible VAT as one sum.

Sources: DGFiP external specifications v3.2, dossier général §2.3, §3.2, §3.6.4, §3.7; CGI 269,
271; the reading of the use cases of XP Z12-014 is our own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from facturier.invoice.codes import CREDIT_NOTE, MARGIN_REASONS, SELF_BILLED
from facturier.invoice.money import cents
from facturier.ledger.books import Side
from facturier.ledger.entries import HUNDRED, ZERO
from facturier.vat.draft import SELF_CHARGED, SOLD, UNTAXED, nature_of, places
from facturier.vat.form import FORM, LINES, Frame, line_of_rate

if TYPE_CHECKING:
    import datetime as dt

    from facturier.ledger.entries import Line

DEDUCTED = "20"
"""Row of deductible VAT: the tax office does not tell assets (19) from the rest."""
RATES = frozenset(line.code for line in FORM if line.frame is Frame.DUE) - {"16", "17"}
"""Rows of sales by rate."""
OF_BUYER = {"AE": "A2", "K": "B2"}
"""VAT category of a purchase whose VAT the buyer owes → row of its base, from a French seller."""
FROM_ABROAD = {"AE": "A3", "K": "B2"}
"""The same for an acquisition told by flux 10.1."""
SAME_ROW = {"B4": "A3"}
"""Flux 10.1 does not say whether goods or services were bought from a seller not established."""
ALREADY_COLLECTED = "7"
"""Second sign of a cadre (BT-23): the till told the sale before."""
UNTAXED_ROWS = frozenset(UNTAXED.values())
PAID_BEFORE, FINAL = "2", "4"
DEAD = frozenset({"210", "213", "501"})
"""Statuses after which an invoice is no more: refused by the buyer, rejected by a platform."""


class Flow(StrEnum):
    """By which way an operation reaches the tax office; the value is the flux."""

    INVOICES = "1"
    INTERNATIONAL = "10.1"
    DAYS = "10.3"
    NONE = ""
    """It is told to nobody: exempt, out of scope."""


class Reach(StrEnum):
    """Whether it has arrived; the value is said to a person."""

    HELD = "acceptée par le portail"
    SENT = "transmise"
    PRESUMED = "transmise par l'autre plateforme"
    WAITING = "pas encore transmise"
    REFUSED = "refusée ou retenue : elle n'est pas chez l'administration"
    NEVER = "aucune transmission"


ARRIVED = frozenset({Reach.HELD, Reach.SENT, Reach.PRESUMED})


@dataclass(frozen=True, slots=True, kw_only=True)
class VatPart:
    """A line of the VAT breakdown of an invoice, in euros."""

    category: str
    rate: Decimal
    base: Decimal
    tax: Decimal
    reason: str = ""
    """Exemption code (BT-121)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Money that the seller said to have received (212): an amount with VAT, at a rate."""

    day: dt.date
    rate: Decimal
    gross: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An invoice of the dossier, on one side of it, and what became of it at the tax office."""

    key: str
    number: str
    day: dt.date
    """Of issue."""
    party: str
    """The other party."""
    side: Side
    flow: Flow
    reach: Reach
    parts: tuple[VatPart, ...]
    """Positive for a credit note too."""
    type_code: str = "380"
    process: str = ""
    """Cadre (BT-23)."""
    state: str = ""
    """Code of the latest status."""
    on_payment: bool = False
    """VAT falls due with the payment, as the invoice says it."""
    receipts: tuple[Receipt, ...] = ()
    paid: Decimal = ZERO
    """BT-113."""
    gross: Decimal = ZERO
    """Total with VAT, positive."""
    address: str = ""
    """Electronic address of the buyer."""
    why: str = ""
    """Why it did not arrive, or is told to nobody; in French."""

    @property
    def sign(self) -> int:
        """Minus one for a credit note."""
        return -1 if self.type_code in CREDIT_NOTE else 1

    @property
    def is_dead(self) -> bool:
        """Whether it was refused or rejected: the tax office takes it out."""
        return self.state in DEAD

    @property
    def is_margin(self) -> bool:
        """Whether a part of it is under a margin scheme."""
        return any(part.reason in MARGIN_REASONS for part in self.parts)

    @property
    def is_self_billed(self) -> bool:
        """Whether the buyer made it out."""
        return self.type_code in SELF_BILLED

    @property
    def is_already_collected(self) -> bool:
        """Whether the seller's till had told the sale (cadre B7, S7)."""
        return self.process[1:] == ALREADY_COLLECTED


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTold:
    """What a day of sales without invoice was told to be (flux 10.3, 10.4), at one rate."""

    day: dt.date
    category: str
    """TLB1, TPS1, TMA1, TNT1."""
    rate: Decimal
    base: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """An amount in a row of the return, and what it is about."""

    key: str
    """Of a document, of a day of takings, of a voucher without either."""
    row: str
    """Printed number of a line: a rate for sales, a nature for the rest, :data:`DEDUCTED`."""
    day: dt.date
    base: Decimal = ZERO
    tax: Decimal = ZERO
    is_draft: bool = False
    """Booked by an entry that nobody has validated."""


def day_key(day: dt.date) -> str:
    """Return the key under which the takings of a day are known."""
    return f"jour:{day:%Y-%m-%d}"


def label_of(row: str) -> str:
    """Return how a row is called, in French."""
    if row == DEDUCTED:
        return "TVA déductible (lignes 19 et 20)"
    if row == "A3":
        return "Achats à un vendeur non établi (A3 et B4)"
    if row in RATES:
        return f"Ventes : {LINES[row].label.lower()}"
    return LINES[row].label


# From documents


def of_invoice(told: Told, *, overseas: bool = False) -> Iterator[Share]:
    """Yield what the tax office holds of an invoice, whenever it falls due."""
    if told.reach not in ARRIVED or told.is_dead or told.flow is Flow.NONE:
        return
    if told.is_already_collected and told.side is Side.SALE:
        return  # its day told it (10.3): for the seller the portal leaves this flux 1 out
    for part in told.parts:
        row = _row(told, part, overseas=overseas)
        if row and not (told.on_payment and part.tax):
            yield _share(told, row, told.day, told.sign * part.base, told.sign * part.tax)
    if told.on_payment:
        yield from _received(told, overseas=overseas)


def _row(told: Told, part: VatPart, *, overseas: bool) -> str:
    """Return the row of a part; empty when it is in none."""
    if part.reason in MARGIN_REASONS:
        return ""
    if told.side is Side.SALE:
        if part.category == "S" and part.rate:
            return line_of_rate(part.rate, overseas=overseas)
        return UNTAXED.get(part.category, "")
    if told.flow is Flow.INTERNATIONAL:
        return FROM_ABROAD.get(part.category, "")
    if part.tax:
        return DEDUCTED
    return OF_BUYER.get(part.category, "")


def _received(told: Told, *, overseas: bool) -> Iterator[Share]:
    for one in told.receipts:
        if not one.rate:
            continue
        base = cents(one.gross * HUNDRED / (HUNDRED + one.rate))
        row = line_of_rate(one.rate, overseas=overseas)
        if told.side is Side.PURCHASE:
            row = DEDUCTED
        yield _share(told, row, one.day, base, one.gross - base)


def _share(told: Told, row: str, day: dt.date, base: Decimal, tax: Decimal) -> Share:
    if row == DEDUCTED:
        base = ZERO
    elif row not in RATES:
        tax = ZERO
    return Share(key=told.key, row=row, day=day, base=base, tax=tax)


# From days of takings


def of_day(told: DayTold, *, overseas: bool = False) -> Iterator[Share]:
    """Yield what the tax office holds of a day of sales without invoice."""
    if told.category == "TNT1":
        return
    row = line_of_rate(told.rate, overseas=overseas) if told.rate else UNTAXED["E"]
    tax = told.tax if row in RATES else ZERO
    yield Share(key=day_key(told.day), row=row, day=told.day, base=told.base, tax=tax)


def of_day_receipts(
    day: dt.date, rate: Decimal, gross: Decimal, *, overseas: bool = False
) -> Iterator[Share]:
    """Yield what a receipt of services (10.4) makes due that day."""
    base = cents(gross * HUNDRED / (HUNDRED + rate))
    category = "TPS1"
    yield from of_day(
        DayTold(day=day, category=category, rate=rate, base=base, tax=gross - base),
        overseas=overseas,
    )


# From the books


def of_line(
    key: str, day: dt.date, line: Line, *, is_draft: bool = False, overseas: bool = False
) -> Iterator[Share]:
    """Yield what a line of the books adds to the rows of the return."""
    nature = nature_of(line)
    for place in places(line, overseas=overseas):
        row, base, tax = place.code, place.base, place.tax
        if row in RATES and nature == SOLD:
            pass
        elif row in ("19", "20") and line.rule not in SELF_CHARGED:
            row, base = DEDUCTED, ZERO
        elif row in UNTAXED_ROWS or (row == nature and nature != SOLD):
            row, tax = SAME_ROW.get(row, row), ZERO
        else:
            continue
        yield Share(key=key, row=row, day=day, base=base, tax=tax, is_draft=is_draft)
