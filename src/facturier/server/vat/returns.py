"""The draft of a return, the controls before it, and what the tax office holds beside it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, F, OuterRef, Q, Sum

from facturier.ledger.entries import ZERO
from facturier.lifecycle.statuses import Side
from facturier.server.books import reading
from facturier.server.books.models import Entry
from facturier.server.documents import sides
from facturier.server.documents.models import NOT_ISSUED
from facturier.server.takings.told import standing
from facturier.server.vat import credit, entries, facts, telling, terms
from facturier.server.vat.entries import COUNTED
from facturier.vat import controls, gaps
from facturier.vat.controls import Explained
from facturier.vat.draft import draft_of
from facturier.vat.sides import Known
from facturier.vat.told import ALREADY_COLLECTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from facturier.server.firm.models import Dossier
    from facturier.server.vat.credit import Brought
    from facturier.vat.controls import Control
    from facturier.vat.draft import Draft
    from facturier.vat.gaps import View
    from facturier.vat.sides import Booked, Period

MOST_TOLD = 200
"""Third parties or vouchers that a control reads; more are counted only."""
REFUSED = ("210", *NOT_ISSUED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """The draft of one period, with what it was made from."""

    period: Period
    booked: list[Booked]
    made: Draft
    brought: Brought


def draft(dossier: Dossier, period: Period) -> Return:
    """Return the draft of `period`, drafts of the books included and told apart."""
    booked = entries.of_period(dossier, period)
    brought = credit.brought(dossier, period)
    lines = ((entry, line) for entry in booked for line in entry.lines)
    made = draft_of(lines, brought=brought.amount, overseas=terms.is_overseas(dossier))
    return Return(period=period, booked=booked, made=made, brought=brought)


# Controls


def cadrage(dossier: Dossier, one: Return) -> list[Control]:
    """Return the controls of a draft, in the order in which they are looked at."""
    overseas = terms.is_overseas(dossier)
    return [
        controls.turnover(one.booked, overseas=overseas),
        controls.accounts(one.booked, one.made, overseas=overseas),
        controls.waiting(_waiting(dossier, one.period, "44574"), "44574"),
        controls.waiting(_waiting(dossier, one.period, "44564"), "44564"),
        controls.rates(one.booked),
        controls.lettering(_unmatched(dossier, one.period)),
        controls.unbooked(_unbooked(dossier, one.period)),
        controls.drafts(
            Explained(label=f"{entry.document} {entry.label}", amount=_amount(entry),
                      entry=entry.entry)
            for entry in one.booked if entry.is_draft
        ),
        controls.rounding(one.made),
    ]  # fmt: skip


def _amount(entry: Booked) -> Decimal:
    return entry.gross or sum((line.debit for line in entry.lines), ZERO)


def _waiting(dossier: Dossier, period: Period, account: str) -> Iterator[Explained]:
    """Yield the vouchers whose VAT waits although they are lettered, or on the wrong side."""
    third = "411" if account == "44574" else "401"
    own = dossier.entry_lines.order_by().filter(
        entry__state__in=COUNTED, entry__date__lte=period.last
    )
    open_vouchers: Any = own.filter(account__startswith=account).values("entry__piece").annotate(
        net=Sum(F("debit") - F("credit")),
        cleared=Exists(own.filter(
            account__startswith=third, entry__piece=OuterRef("entry__piece"),
            letter__regex="^[A-Z]+$",
        )),
    ).exclude(net=0)  # fmt: skip
    wrong_side = Q(net__gt=0) if account == "44574" else Q(net__lt=0)
    for row in open_vouchers.filter(Q(cleared=True) | wrong_side)[:MOST_TOLD]:
        yield Explained(label=row["entry__piece"] or "sans pièce", amount=abs(row["net"]))


def _unmatched(dossier: Dossier, period: Period) -> Iterator[Explained]:
    """Yield third parties with payments that clear nothing, and the balance of 471."""
    own = dossier.entry_lines.order_by().filter(
        entry__state__in=Entry.IN_THE_BOOKS, entry__date__lte=period.last
    )
    paid = Q(account__startswith="411", credit__gt=0) | Q(account__startswith="401", debit__gt=0)
    rows: Any = own.filter(
        paid, letter__regex=reading.OPEN_LETTER, entry__journal__kind="bank"
    ).values("account", "auxiliary", "auxiliary_label").annotate(
        net=Sum(F("debit") + F("credit"))
    )  # fmt: skip
    for row in rows[:MOST_TOLD]:
        name = row["auxiliary_label"] or row["auxiliary"]
        yield Explained(label=f"{row['account']} {name}", amount=row["net"])
    suspense = own.filter(account__startswith="471").aggregate(net=reading.NET)["net"]
    if suspense:
        yield Explained(label="471 Compte d'attente", amount=suspense)


def _unbooked(dossier: Dossier, period: Period) -> Iterator[Explained]:
    """Yield documents and takings of the period that no entry books, nor a status explains."""
    own = Entry.objects.filter(document=OuterRef("pk"), state__in=COUNTED)
    rows = dossier.documents.filter(
        ~Exists(own), issue_date__range=(period.first, period.last)
    ).exclude(state__in=("", *REFUSED)).order_by("issue_date", "pk")  # fmt: skip
    for one in rows[:MOST_TOLD]:
        if one.process[1:] == ALREADY_COLLECTED and sides.own_side(one) is Side.SELLER:
            continue  # the till booked the sale
        why = f" · {one.unpostable}" if one.unpostable else ""
        yield Explained(label=f"{one.number} {one.seller_name}{why}",
                        amount=one.total_with_vat or ZERO, document=one.pk)  # fmt: skip
    days = standing(dossier).filter(
        booked=None, gross__gt=0, day__range=(period.first, period.last)
    )
    for day in days.order_by("day", "till")[:MOST_TOLD]:
        yield Explained(label=f"Recette du {day.day:%d/%m/%Y}, {day.till}", amount=day.gross)


# What the tax office holds


def view(dossier: Dossier, one: Return) -> View:
    """Return what the tax office holds of a period beside its draft, each difference named."""
    period = one.period
    receipts = telling.receipts_of(dossier, period)
    keys = {key for entry in one.booked if (key := entries.document_of(entry.key)) is not None}
    paid = {key for key, some in receipts.items() if any(a.day in period for a in some)}
    documents = telling.documents_of(dossier, period, keys | paid)
    sent = telling.sent_by(dossier, period)
    breakdowns = facts.fill(documents)
    about = entries.about(
        dossier, [row.pk for row in documents], [row.number for row in documents if row.number],
        but=period, within=telling.around(period),
    )  # fmt: skip
    known = Known(
        period=period, obliged_from=telling.obliged_from(dossier),
        late_days=frozenset(sent.late_days()),
    )  # fmt: skip
    told = telling.told(dossier, documents, breakdowns, receipts, sent)
    return gaps.compare(
        told, sent.days, [*one.booked, *about], known, overseas=terms.is_overseas(dossier)
    )
