"""What happens in the demonstration, and when: the story laid out as a list of acts.

Moments are computed from the day alone, so the same day gives the same agenda: an interrupted
seeding goes on where it stopped.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from facturier.invoice.money import cents, total
from facturier.lifecycle.messages import Characteristic, received
from facturier.lifecycle.statuses import Side, status
from facturier.server.demo import invoices
from facturier.server.demo.companies import DOSSIERS, OTHER_DOSSIERS
from facturier.server.demo.invoices import Numbered
from facturier.server.demo.oddities import MODELS, ODDITIES, Oddity
from facturier.server.demo.orders import LIVES, Sale, Step
from facturier.server.demo.story import SALES, WRONG

PARIS = ZoneInfo("Europe/Paris")
OPENS, HOURS_OPEN = 8, 10
SUNDAY = 6
VALIDATED_AFTER = timedelta(days=25)
"""A collaborateur goes through the entries once a month."""
LEFT_TO_VALIDATE = 3
"""One entry in so many is left for the visitor, whatever its age."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """A file is deposited in the dossier of `company`."""

    at: datetime
    key: str
    company: str
    peer: str
    """Company that may receive it; empty when nobody can."""
    file: Callable[[], tuple[str, bytes]]
    """Makes its name and its bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """A side says a status about the invoice that was deposited as `key`."""

    at: datetime
    key: str
    company: str
    peer: str
    step: Step
    amounts: tuple[Characteristic, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """The entry of the invoice `key` is validated in the books of `company`."""

    at: datetime
    key: str
    company: str


Act = Deposit | Saying | Validation


def acts(now: datetime) -> tuple[Act, ...]:
    """Return everything that happened before `now`, in order."""
    return tuple(sorted(_acts(now), key=lambda act: act.at))


def _acts(now: datetime) -> Iterator[Act]:
    today = now.astimezone(PARIS).date()
    # A number that is taken twice belongs to the first: the second file is the same bytes.
    known = invoices.numbered((sale for sale in (*SALES, *WRONG) if not sale.twin_of), today)
    for sale in (*SALES, *WRONG):
        one = known[sale.twin_of or sale.key]
        day = today - timedelta(sale.ago) if sale.twin_of else one.day
        deposit = _deposit(sale, one, _moment(day, sale.key))
        yield deposit
        if not sale.mutation and not sale.twin_of:
            yield from _life(one, deposit, now)
            yield from _validations(one, deposit, now)
    for odd in ODDITIES:
        model = _in_ubl(known[MODELS.get(odd.key, "garage-transport-01")])
        yield Deposit(
            at=_moment(today - timedelta(odd.ago), odd.key), key=odd.key, company=odd.company,
            peer="", file=functools.partial(_odd_file, odd, model),
        )  # fmt: skip


def _odd_file(odd: Oddity, model: Numbered) -> tuple[str, bytes]:
    return odd.name, odd.build(model)


def _in_ubl(one: Numbered) -> Numbered:
    return replace(one, sale=replace(one.sale, syntax="ubl"))


def _deposit(sale: Sale, one: Numbered, at: datetime) -> Deposit:
    peer = {sale.seller, sale.buyer} - {sale.depositor}
    return Deposit(
        at=at, key=sale.key, company=one.sale.depositor, peer=peer.pop(),
        file=functools.partial(invoices.file_of, one),
    )  # fmt: skip


def _life(one: Numbered, deposit: Deposit, now: datetime) -> Iterator[Saying]:
    """Yield what is said, each after the one before, as far as it is in the past."""
    previous = deposit.at
    for step in LIVES[one.sale.life]:
        start = invoices.due_date(one) if step.from_due else deposit.at.astimezone(PARIS).date()
        wanted = _moment(_open_day(start + timedelta(step.after)), f"{one.sale.key} {step.code}")
        at = max(wanted, previous + timedelta(minutes=47))
        if at >= now:
            return
        previous = at
        said = _on_its_side(step, one.sale)
        by, other = one.sale.seller, one.sale.buyer
        if said.side is Side.BUYER:
            by, other = other, by
        yield Saying(
            at=at, key=one.sale.key, company=by, peer=other, step=said,
            amounts=_receipts(one, step, at.astimezone(PARIS).date()),
        )  # fmt: skip


def _on_its_side(step: Step, sale: Sale) -> Step:
    """Who receives a self-billed invoice is its seller: the answers are the seller's."""
    if sale.self_billed and status(step.code).swapped:
        return replace(step, side=Side.SELLER if step.side is Side.BUYER else Side.BUYER)
    return step


def _receipts(one: Numbered, step: Step, on: date) -> tuple[Characteristic, ...]:
    """Return what was received, VAT included, for each rate: its share of what the rate bears.

    The last part of several is what the others left, so that they add up to the cent.
    """
    if step.share is None:
        return ()
    shares = [other.share for other in LIVES[one.sale.life] if other.share is not None]
    is_rest = len(shares) > 1 and step.share == shares[-1]
    found = []
    for group in invoices.invoice_of(one).vat_breakdown:
        whole = total((group.taxable_amount, group.tax_amount))
        parts = [cents(whole * share) for share in shares]
        amount = whole - total(parts[:-1]) if is_rest else cents(whole * step.share)
        assert group.rate is not None
        found.append(received(amount, group.rate, on=on))
    return tuple(found)


def _validations(one: Numbered, deposit: Deposit, now: datetime) -> Iterator[Validation]:
    ours = {company.key for company in (*DOSSIERS, *OTHER_DOSSIERS)}
    for company in sorted({one.sale.seller, one.sale.buyer} & ours):
        at = deposit.at + VALIDATED_AFTER
        left = _seed(f"{one.sale.key} {company}") % LEFT_TO_VALIDATE == 0
        if at < now and not left:
            yield Validation(at=at, key=one.sale.key, company=company)


def _moment(day: date, key: str) -> datetime:
    """Return an hour of a working day that depends on `key` alone."""
    seed = _seed(key)
    opened = time(OPENS + seed % HOURS_OPEN, seed // 7 % 60, seed // 11 % 60)
    return datetime.combine(day, opened, PARIS)


def _open_day(day: date) -> date:
    return day + timedelta(1) if day.weekday() == SUNDAY else day


def _seed(key: str) -> int:
    return zlib.crc32(key.encode())


def documents(all_acts: Iterable[Act]) -> int:
    """Return how many files are deposited."""
    return sum(isinstance(act, Deposit) for act in all_acts)
