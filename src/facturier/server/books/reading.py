"""The books as accountants read them: balance, general ledger, aged balance.

Every list is one aggregate query over the entry lines, whatever their number; a page of lines is
cut out by the database. Entries in the books count; the draft (brouillard) only when asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Count, DateField, F, Max, Min, Q, Sum, Value
from django.db.models.functions import Coalesce

from facturier.ledger import accounts
from facturier.ledger.entries import ZERO
from facturier.server.books.models import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import QuerySet

    from facturier.server.books.models import EntryLine
    from facturier.server.books.years import Year
    from facturier.server.firm.models import Dossier

NET = Sum(F("debit") - F("credit"))
OPEN_LETTER = r"^[a-z]*$"
"""No letter, or a partial one, in small letters."""
SUPPLIERS, CUSTOMERS = "40", "41"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which lines of the books."""

    first: date
    last: date
    account: str = ""
    """Beginning of an account."""
    auxiliary: str = ""
    journal: str = ""
    words: str = ""
    lettered: str = ""
    """``oui``, ``non`` or both."""
    with_drafts: bool = False


def states(*, with_drafts: bool) -> tuple[str, ...]:
    """Return the states of the entries that count."""
    return (*Entry.IN_THE_BOOKS, Entry.State.PROPOSED) if with_drafts else Entry.IN_THE_BOOKS


def lines(dossier: Dossier, asked: Asked) -> QuerySet[EntryLine]:
    """Return the lines that were asked for, in no order."""
    found = dossier.entry_lines.order_by().filter(
        entry__state__in=states(with_drafts=asked.with_drafts),
        entry__date__gte=asked.first, entry__date__lte=asked.last,
    )  # fmt: skip
    exact = {
        "account__startswith": asked.account, "auxiliary": asked.auxiliary,
        "entry__journal__code": asked.journal,
    }  # fmt: skip
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if asked.lettered:
        is_open = Q(letter__regex=OPEN_LETTER)
        found = found.filter(~is_open if asked.lettered == "oui" else is_open)
    for word in asked.words.split():
        found = found.filter(
            Q(label__icontains=word) | Q(account__startswith=word)
            | Q(auxiliary__icontains=word) | Q(auxiliary_label__icontains=word)
            | Q(entry__piece__icontains=word) | Q(entry__number__icontains=word)
        )  # fmt: skip
    return found


# Balance


@dataclass(slots=True, kw_only=True)
class BalanceRow:
    """An account, or a third party, in the balance."""

    account: str
    label: str
    auxiliary: str = ""
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    before: Decimal = ZERO
    """Balance of the year before."""

    @property
    def net(self) -> Decimal:
        """Debit minus credit."""
        return self.debit - self.credit

    @property
    def debit_balance(self) -> Decimal:
        """The balance when it is a debit."""
        return max(self.net, ZERO)

    @property
    def credit_balance(self) -> Decimal:
        """The balance when it is a credit, positive."""
        return max(-self.net, ZERO)

    @property
    def change(self) -> Decimal:
        """What the balance has changed since the year before."""
        return self.net - self.before


def balance(
    dossier: Dossier, asked: Asked, *, before: Year | None = None, by_party: bool = False
) -> list[BalanceRow]:
    """Return the balance, by account, or by third party of each collective account.

    `before` is the year whose balances stand beside.
    """
    keys = ("account", "auxiliary") if by_party else ("account",)
    wide = asked
    within = Q()
    earlier = {}
    if before is not None:
        wide = replace(asked, first=before.first)
        within = Q(entry__date__gte=asked.first)
        earlier = {"before": Coalesce(Sum(
            F("debit") - F("credit"), filter=Q(entry__date__lte=before.last)
        ), Value(ZERO))}  # fmt: skip
    rows = lines(dossier, wide)
    if by_party:
        rows = rows.exclude(auxiliary="")
    summed = rows.values(*keys).annotate(
        all_debit=Coalesce(Sum("debit", filter=within), Value(ZERO)),
        all_credit=Coalesce(Sum("credit", filter=within), Value(ZERO)),
        said=Max("auxiliary_label") if by_party else Max("account_label"),
        **earlier,
    )
    own = _own_labels(dossier)
    return [
        BalanceRow(
            account=row["account"], auxiliary=row.get("auxiliary", ""),
            label=_label(row, own), debit=row["all_debit"], credit=row["all_credit"],
            before=row.get("before", ZERO),
        )
        for row in summed.order_by(*keys)
    ]  # fmt: skip


def _own_labels(dossier: Dossier) -> dict[tuple[str, str], str]:
    rows = dossier.accounts.values_list("number", "auxiliary", "label")
    return {(number, auxiliary): label for number, auxiliary, label in rows}


def _label(row: Mapping[str, Any], own: Mapping[tuple[str, str], str]) -> str:
    auxiliary = row.get("auxiliary", "")
    known = own.get((row["account"], auxiliary)) or row["said"]
    return known or auxiliary or named(row["account"])


def named(account: str) -> str:
    """Return the label of an account in the plan; the number itself for none of it."""
    try:
        return accounts.label(account)
    except KeyError:
        return account


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """The foot of a list."""

    debit: Decimal = ZERO
    credit: Decimal = ZERO
    count: int = 0

    @property
    def net(self) -> Decimal:
        """Debit minus credit."""
        return self.debit - self.credit


def summed(rows: Iterable[BalanceRow]) -> Sums:
    """Return the sums of a balance."""
    kept = list(rows)
    return Sums(
        debit=sum((row.debit for row in kept), ZERO),
        credit=sum((row.credit for row in kept), ZERO),
        count=len(kept),
    )


def sums_of(rows: QuerySet[EntryLine]) -> Sums:
    """Return count and sums of lines, by one query."""
    found = rows.aggregate(debit=Sum("debit"), credit=Sum("credit"), count=Count("pk"))
    return Sums(debit=found["debit"] or ZERO, credit=found["credit"] or ZERO, count=found["count"])


# General ledger

SORTS = {
    "compte": ("account", "auxiliary", "entry__date", "entry__pk", "rank"),
    "date": ("entry__date", "entry__pk", "rank"),
    "date_desc": ("-entry__date", "-entry__pk", "rank"),
    "debit": ("-debit", "entry__date", "pk"),
    "credit": ("-credit", "entry__date", "pk"),
    "lettre": ("letter", "account", "auxiliary", "entry__date", "pk"),
}


def general_ledger(dossier: Dossier, asked: Asked, sort: str = "compte") -> QuerySet[EntryLine]:
    """Return the lines in order, with all that a page shows of them."""
    rows = lines(dossier, asked).select_related("entry__journal").defer(
        "sources", "reason", "advice", "fiscal", "entry__remarks"
    )  # fmt: skip
    return rows.order_by(*SORTS.get(sort, SORTS["compte"]))


def of_keys(dossier: Dossier, keys: Iterable[int]) -> list[EntryLine]:
    """Return the lines of these primary keys, in their order, with what a page shows of them.

    The database sorts thirty thousand numbers faster than as many whole lines.
    """
    wanted = list(keys)
    rows = dossier.entry_lines.select_related("entry__journal").in_bulk(wanted)
    return [rows[key] for key in wanted if key in rows]


@dataclass(frozen=True, slots=True)
class Running:
    """A line and what its account comes to after it."""

    line: EntryLine
    balance: Decimal


def running(dossier: Dossier, asked: Asked, page: Iterable[EntryLine]) -> list[Running]:
    """Return the lines of a `page` sorted by account with their running balance.

    One query for what came before the page on its first account; the rest is added up here.
    """
    found: list[Running] = []
    key, balance_ = ("", ""), ZERO
    for line in page:
        if not found:
            balance_ = _before(dossier, asked, line)
        elif key != (line.account, line.auxiliary):
            balance_ = ZERO
        key = (line.account, line.auxiliary)
        balance_ += line.debit - line.credit
        found.append(Running(line, balance_))
    return found


def _before(dossier: Dossier, asked: Asked, line: EntryLine) -> Decimal:
    """Return what the lines asked for came to, on this account, before `line`."""
    same_day = Q(entry__date=line.entry.date, entry__lt=line.entry_id)
    earlier = Q(entry__date__lt=line.entry.date) | same_day
    rows = lines(dossier, asked).filter(
        earlier | Q(entry=line.entry_id, rank__lt=line.rank),
        account=line.account, auxiliary=line.auxiliary,
    )  # fmt: skip
    return rows.aggregate(net=NET)["net"] or ZERO


# Aged balance

STEPS = (("Non échu", None, 0), ("1 à 30 jours", 0, 30), ("31 à 60 jours", 30, 60),
         ("61 à 90 jours", 60, 90), ("Plus de 90 jours", 90, None))  # fmt: skip
"""Label, days late: more than, at most."""


@dataclass(slots=True, kw_only=True)
class AgedRow:
    """What one third party owes, or is owed, by how late it is."""

    account: str
    auxiliary: str
    label: str
    steps: list[Decimal] = field(default_factory=list)
    oldest: date | None = None

    @property
    def total(self) -> Decimal:
        """All that is open."""
        return sum(self.steps, ZERO)


def aged(dossier: Dossier, side: str, on: date, *, with_drafts: bool = False) -> list[AgedRow]:
    """Return the open lines of suppliers (``40``) or customers (``41``) by age on the day `on`.

    A line is due on the day its invoice says, else on the date of its voucher. What a customer
    owes, and what we owe a supplier, are positive.
    """
    due = Coalesce(
        F("entry__document__due_date"), F("piece_date"), F("entry__piece_date"), F("entry__date"),
        output_field=DateField(),
    )  # fmt: skip
    rows = lines(dossier, Asked(first=date.min, last=on, account=side, lettered="non",
                                with_drafts=with_drafts))  # fmt: skip
    net = F("debit") - F("credit") if side == CUSTOMERS else F("credit") - F("debit")
    rows = rows.exclude(auxiliary="").annotate(due=due, net=net)
    found: Any = rows.values("account", "auxiliary").annotate(
        said=Max("auxiliary_label"), oldest=Min("due"),
        **{f"step{n}": Coalesce(Sum("net", filter=_late(on, more, most)), Value(ZERO))
           for n, (_, more, most) in enumerate(STEPS)},
    )  # fmt: skip
    aged_rows = (
        AgedRow(
            account=row["account"], auxiliary=row["auxiliary"],
            label=row["said"] or row["auxiliary"], oldest=row["oldest"],
            steps=[row[f"step{n}"] for n in range(len(STEPS))],
        )
        for row in found.order_by("account", "auxiliary")
    )  # fmt: skip
    return [row for row in aged_rows if any(row.steps)]


def _late(on: date, more: int | None, most: int | None) -> Q:
    late = Q()
    if more is not None:
        late &= Q(due__lt=on - timedelta(days=more))
    if most is not None:
        late &= Q(due__gte=on - timedelta(days=most))
    return late


# Third parties with something open


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A third party of whom lines are not lettered."""

    account: str
    auxiliary: str
    label: str
    count: int
    net: Decimal
    """Debit minus credit of the open lines."""


def open_parties(dossier: Dossier) -> list[Party]:
    """Return the third parties that have open lines in the books, by account and name."""
    rows: Any = dossier.entry_lines.order_by().filter(
        entry__state__in=Entry.IN_THE_BOOKS, letter__regex=OPEN_LETTER
    ).exclude(auxiliary="").values("account", "auxiliary").annotate(
        said=Max("auxiliary_label"), count=Count("pk"), net=NET
    )  # fmt: skip
    return [
        Party(account=row["account"], auxiliary=row["auxiliary"],
              label=row["said"] or row["auxiliary"], count=row["count"], net=row["net"])
        for row in rows.order_by("account", "said", "auxiliary")
    ]  # fmt: skip
