"""A case as it happens: each step is played by the real engine, and leaves a scene.

Documents are checked, statuses go through the life cycle (who may say what, when), entries come
from the posting rules, flux 1 and flux 10 from the reporting. Nothing of it is typed: what a sheet
types (an entry that a person would type) is marked as such.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from facturier.formats.flux10 import write_report
from facturier.invoice.codes import SELF_BILLED
from facturier.invoice.units import is_several
from facturier.ledger import posting, settlement, tills
from facturier.ledger.books import Nature, Side, siren_of
from facturier.ledger.entries import ZERO, Entry
from facturier.lifecycle import messages as told
from facturier.lifecycle.messages import Event, StatusMessage
from facturier.lifecycle.statuses import Side as Speaker
from facturier.lifecycle.statuses import status
from facturier.lifecycle.transitions import State, advance
from facturier.reporting import takings
from facturier.reporting.filing import Role
from facturier.reporting.periods import PARIS, Data, Period
from facturier.reporting.receipts import (
    Received,
    gather_payments,
    shared,
    why_not_on_payment,
)
from facturier.reporting.sales import Category
from facturier.reporting.scope import Treatment, decide
from facturier.reporting.transactions import gather_transactions
from facturier.use_cases.pieces import Actor, day, process_of, with_process

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice
    from facturier.reporting.filing import Gathered

from facturier.use_cases.scenes import (
    MORNING,
    PURCHASE,
    SALE,
    Booked,
    Document,
    Said,
    Scene,
    Told,
    amount_in_words,
    credit,
    debit,
    filing_of,
    flux1_of,
    paid_amounts,
    parts_of,
    party_named,
    periods_of,
    reference_of,
    typed,
)

__all__ = ["PURCHASE", "SALE", "Booked", "Story", "credit", "debit", "typed"]


@dataclass(slots=True)
class Story:
    """What happens between companies, step after step."""

    actors: tuple[Actor, ...]
    """The seller and the buyer of the sheet first; a private buyer is no actor."""
    scenes: list[Scene] = field(default_factory=list)
    told_of: list[Document] = field(default_factory=list)
    """All invoices, those on paper too."""
    messages: list[StatusMessage] = field(default_factory=list)
    _tills: list[tuple[Actor, takings.Z]] = field(default_factory=list)
    _receipts: list[tuple[Actor, Received]] = field(default_factory=list)
    _seconds: int = 0

    # Documents

    def issue(
        self,
        invoice: Invoice,
        title: str = "",
        *,
        book: bool = True,
        flux1: bool = True,
        spoken: tuple[int, ...] = (200, 201, 202, 203),
        paper: bool = False,
        factor: Actor | None = None,
        remarks: tuple[str, ...] = (),
    ) -> Document:
        """Send an invoice: transmission statuses, flux 1, entries on both sides.

        `book` false: it is kept aside, nobody books it (a document made of several invoices).
        `spoken` are the statuses of its transmission; `paper` says that it comes by another way
        than a platform, from abroad; `factor` who hears of statuses without being named in it.
        """
        assert invoice.issue_date is not None
        found = self._sides(invoice)
        reference = reference_of(invoice)
        if factor is not None:
            reference = replace(reference, factor=party_named(factor.party, "DL"))
        document = Document(
            invoice=invoice, state=State(invoice=reference), sides=found, paper=paper
        )
        self.told_of.append(document)
        inside = decide(invoice).treatment is Treatment.B2B and not paper
        said = self._transmit(document, invoice.issue_date, spoken) if inside else ()
        booked, refused = self._book(document) if book else ((), ())
        files = (flux1_of(invoice),) if inside and flux1 else ()
        number = f"{invoice.number} ({invoice.type_code}, cadre {process_of(invoice) or 'aucun'})"
        self.scenes.append(
            Scene(
                day=invoice.issue_date,
                title=title or f"Facture {number}",
                said=said,
                booked=booked,
                told=files,
                remarks=(*remarks, *refused),
            )
        )
        return document

    def _sides(self, invoice: Invoice) -> dict[Side, Actor]:
        known = {one.siren: one for one in self.actors}
        sides = {}
        for side, party in ((Side.SALE, invoice.seller), (Side.PURCHASE, invoice.buyer)):
            if party is not None and siren_of(party) in known:
                sides[side] = known[siren_of(party)]
        return sides

    def _transmit(self, document: Document, on: date, wanted: tuple[int, ...]) -> tuple[Said, ...]:
        swapped = (document.invoice.type_code or "") in SELF_BILLED
        first, second = Speaker.SELLER_PLATFORM, Speaker.BUYER_PLATFORM
        if swapped:
            first, second = second, first
        spoken = [(200, first), (201, first), (202, second), (203, second)]
        return tuple(self._say(document, code, side, on) for code, side in spoken if code in wanted)

    def _book(self, document: Document) -> tuple[tuple[Booked, ...], tuple[str, ...]]:
        from facturier.errors import Unpostable  # noqa: PLC0415  # only its refusals

        booked, refused = [], []
        for side, actor in document.sides.items():
            try:
                entry = posting.propose(document.invoice, side=side, books=actor.books)
            except Unpostable as error:
                refused.append(f"{actor.name} : {error.in_full}")
                continue
            document.entries[side] = entry
            booked.append(Booked(actor=actor, entry=entry))
            refused += [f"{actor.name} : {one}" for one in entry.remarks]
        return tuple(booked), tuple(refused)

    # Statuses

    def say(
        self,
        document: Document,
        code: int,
        by: Speaker,
        on: str,
        title: str = "",
        **more: Any,
    ) -> None:
        """Have somebody give a status; the life cycle refuses what may not be said."""
        said = self._say(document, code, by, day(on), **more)
        self.scenes.append(Scene(day=day(on), title=title or said.label, said=(said,)))

    def _say(self, document: Document, code: int, by: Speaker, on: date, **more: Any) -> Said:
        self._seconds += 60
        at = datetime.combine(on, MORNING, PARIS) + timedelta(seconds=self._seconds)
        event = Event(code=code, side=by, at=at, **more)
        document.state, sent = advance(document.state, event)
        if is_several(process_of(document.invoice)):
            sent = tuple(one for one in sent if not one.to_ppf)  # told of each of its invoices
        self.messages += sent
        self_billed = document.state.self_billed
        heard = [side.label for side in told.recipients(code, by, self_billed=self_billed)]
        if any(one.to_ppf for one in sent):
            heard.append(Speaker.PPF.label)
        return Said(
            document=document.invoice.number or "",
            code=code,
            label=status(code).label,
            by=by.label,
            to=tuple(heard),
            amounts=tuple(amount_in_words(one) for one in event.amounts),
            reason=event.reason,
            comment=event.comment,
        )

    # Money

    def pay(  # who pays what, to whom, told how
        self,
        document: Document,
        amount: str,
        on: str,
        title: str = "",
        *,
        moves: tuple[str, str] = ("R-BANQUE", "P-BANQUE"),
        taxed: str | None = None,
        rates: tuple[tuple[str, str], ...] = (),
        paid: bool = False,
        discount: str = "",
        collected: bool | None = None,
        others: tuple[tuple[str, str], tuple[str, str]] = (("", ""), ("", "")),
        comment: str = "",
    ) -> None:
        """Pay an invoice, wholly or in part: entries on both sides, 211 and 212.

        `moves` are rows of the table of settlements for the seller and the buyer, empty when
        nothing moves on that side; `rates` the amounts of the 212 by rate, in proportion otherwise;
        `collected` forces the 212 or keeps it back: it is said when VAT is due on payment.
        `discount` is a cash discount taken, VAT included; with a sign ``+`` it is told by the 211
        and a credit note will book it.
        """
        money, when = Decimal(amount), day(on)
        counted = money if taxed is None else Decimal(taxed)
        booked = []
        for side, move, other in zip((Side.SALE, Side.PURCHASE), moves, others, strict=True):
            if entry := self._settle(document, side, move, money, counted, when, other):
                booked.append(entry)
        said = []
        if discount and not discount.startswith("+"):
            booked += self._discount(document, Decimal(discount), when)
        if paid:
            amounts = paid_amounts(money, discount, when)
            said.append(self._say(document, 211, Speaker.BUYER, when, amounts=amounts))
        due = why_not_on_payment(document.invoice) is None
        if (due if collected is None else collected) and self._is_transmitted(document):
            parts = parts_of(rates) or shared(document.invoice, money)
            receipts = tuple(told.received(gross, rate, on=when) for rate, gross in parts)
            said.append(
                self._say(document, 212, Speaker.SELLER, when, amounts=receipts, comment=comment)
            )
        if due and not self._is_transmitted(document) and Side.SALE in document.sides:
            parts = parts_of(rates) or shared(document.invoice, money)
            received = Received(day=when, parts=parts, invoice=document.invoice)
            self._receipts.append((document.sides[Side.SALE], received))
        self.scenes.append(
            Scene(
                day=when,
                title=title or f"Paiement de {document.invoice.number}",
                said=tuple(said),
                booked=tuple(booked),
            )
        )

    def _discount(self, document: Document, discount: Decimal, when: date) -> list[Booked]:
        return [
            Booked(
                actor=actor,
                entry=settlement.discounted(
                    document.entries[side], side, discount, on=when, books=actor.books
                ),
            )
            for side, actor in document.sides.items()
            if side in document.entries
        ]

    def unmatched(self, actor: Actor, on: str, title: str, amount: str, rate: str) -> None:
        """Receive money that nobody can match yet: told provisionally (10.4), or taken back."""
        money, when = Decimal(amount), day(on)
        parts = ((Decimal(rate), money),)
        self._receipts.append((actor, Received(day=when, parts=parts)))
        accounts = ("512", "471") if money > 0 else ("471", "512")
        shown = str(abs(money))
        lines = (debit(accounts[0], shown), credit(accounts[1], shown))
        self.book(on, title, typed(actor, on, "RELEVE-11", title, *lines, journal="BQ"))

    def _is_transmitted(self, document: Document) -> bool:
        return bool(document.state.history)

    def _settle(  # one call per side
        self,
        document: Document,
        side: Side,
        move: str,
        money: Decimal,
        counted: Decimal,
        when: date,
        other: tuple[str, str],
    ) -> Booked | None:
        entry, actor = document.entries.get(side), document.sides.get(side)
        if entry is None or actor is None or not move:
            return None
        before = document.paid.get(side, ZERO)
        pays = settlement.MOVES[move].pays
        if pays:
            document.paid[side] = before + counted
        made = settlement.settle(
            entry, move, money, on=when, books=actor.books, before=before, taxed=counted,
            other=other,
        )  # fmt: skip
        return Booked(actor=actor, entry=made)

    def clear(
        self,
        document: Document,
        side: Side,
        move: str,
        amount: str,
        on: str,
        title: str,
        *,
        other: tuple[str, str] = ("", ""),
    ) -> None:
        """Clear an amount on one side only, without a status: a claim sold, a retention kept."""
        money, when = Decimal(amount), day(on)
        booked = self._settle(document, side, move, money, money, when, other)
        assert booked is not None, "that side has booked the invoice"
        self.scenes.append(Scene(day=when, title=title, booked=(booked,)))

    def settle_vat(self, document: Document, amount: str, on: str) -> None:
        """Make the waiting VAT of an invoice due where a set-off entry cleared it already.

        One entry clears both third parties of a set-off; the VAT of the second invoice moves by an
        entry of its own.
        """
        when, money = day(on), Decimal(amount)
        booked = []
        for side, move in ((SALE, "R-BANQUE"), (PURCHASE, "P-BANQUE")):
            settled = self._settle(document, side, move, money, money, when, ("", ""))
            if settled is None:
                continue
            lines = tuple(one for one in settled.entry.lines if one.rule.endswith("-TVA"))
            if lines:
                entry = replace(settled.entry, lines=lines, journal="OD")
                booked.append(replace(settled, entry=entry))
        title = f"La TVA de {document.invoice.number} devient exigible et déductible"
        self.scenes.append(Scene(day=when, title=title, booked=tuple(booked)))

    # Other entries

    def book(self, on: str, title: str, *booked: Booked, remarks: tuple[str, ...] = ()) -> None:
        """Put entries made elsewhere into the story."""
        self.scenes.append(Scene(day=day(on), title=title, booked=booked, remarks=remarks))

    def till(self, actor: Actor, z: takings.Z, title: str = "") -> Entry:
        """Close a till: the entry of the day, and what it adds to flux 10.3 and 10.4."""
        self._tills.append((actor, z))
        if paid := takings.received(z):
            self._receipts.append((actor, paid))
        sold = [
            tills.Sold(
                nature=Nature.SERVICES if one.category is Category.SERVICES else Nature.GOODS,
                category="S" if one.rate else "Z",
                rate=one.rate,
                net=one.net,
                tax=one.tax,
            )
            for one in z.parts
        ]
        paid_by = {means.value: amount for means, amount in z.payments}
        entry = tills.propose(z.day, z.till, sold, paid_by, actor.books)
        booked = (Booked(actor=actor, entry=entry),)
        self.scenes.append(
            Scene(day=z.day, title=title or f"Ticket Z du {z.day:%d/%m/%Y}", booked=booked)
        )
        return entry

    def already_in_till(self, document: Document, on: str) -> None:
        """Book, for the seller, an invoice whose sale the day's takings hold already (B7, S7)."""
        invoice, seller = document.invoice, document.sides[SALE]
        paid = with_process(invoice, f"{process_of(invoice)[0]}2")
        entry = posting.propose(paid, side=SALE, books=seller.books)
        back = settlement.taken_from_till(entry, on=day(on), books=seller.books)
        self.book(
            on,
            "Le vendeur comptabilise la facture et la retire de la recette du jour",
            Booked(actor=seller, entry=entry),
            Booked(actor=seller, entry=back),
            remarks=("Chiffre d'affaires et TVA du mois inchangés : la caisse les porte déjà.",),
        )

    # What is told to the tax office at the end of the period

    def close(self) -> Story:
        """Make the transmissions (flux 10) of each company, period by period; return the story."""
        for actor in self.actors:
            for role in (Role.SELLER, Role.BUYER):
                self._transactions(actor, role)
            self._payments(actor)
        return self

    def _transactions(self, actor: Actor, role: Role) -> None:
        side = Side.SALE if role is Role.SELLER else Side.PURCHASE
        invoices = [
            one.invoice
            for one in self.told_of
            if one.sides.get(side) == actor
            and decide(one.invoice).treatment not in (Treatment.B2B, Treatment.OUT_OF_SCOPE)
        ]
        sales = [
            sale for who, z in self._tills if who == actor for sale in takings.sales(z)
        ] if role is Role.SELLER else []  # fmt: skip
        days = [one.issue_date for one in invoices if one.issue_date] + [one.day for one in sales]
        for period in periods_of(days, Data.TRANSACTIONS):
            filing = filing_of(actor, role, period)
            inside = [one for one in invoices if one.issue_date and one.issue_date in period]
            gathered = gather_transactions(
                inside, filing, tills=[one for one in sales if one.day in period]
            )
            self._tell(actor, gathered, period, "Transactions")

    def _payments(self, actor: Actor) -> None:
        mine = [one for who, one in self._receipts if who == actor]
        for period in periods_of([one.day for one in mine], Data.PAYMENTS):
            filing = filing_of(actor, Role.SELLER, period)
            gathered = gather_payments([one for one in mine if one.day in period], filing)
            self._tell(actor, gathered, period, "Paiements")

    def _tell(self, actor: Actor, gathered: Gathered, period: Period, what: str) -> None:
        report = gathered.report
        remarks = tuple(one.reason for one in gathered.left_out) + gathered.remarks
        if report is None:
            return
        flows = []
        if report.transactions is not None:
            flows += ["10.1"] if report.transactions.invoices else []
            flows += ["10.3"] if report.transactions.sales else []
        if report.payments is not None:
            flows += ["10.2"] if report.payments.invoices else []
            flows += ["10.4"] if report.payments.days else []
        file = Told(
            flow=" et ".join(flows),
            who=actor.name,
            label=f"{what} {period}",
            xml=write_report(report),
        )
        made_on = period.end + timedelta(days=10)
        title = f"E-reporting de {actor.name}"
        self.scenes.append(Scene(day=made_on, title=title, told=(file,), remarks=remarks))

    # What is looked at afterwards

    @property
    def documents(self) -> list[Document]:
        """The electronic documents."""
        return [one for one in self.told_of if not one.paper]

    def entries_of(self, actor: Actor) -> list[Booked]:
        """Return the entries in the books of one company, in order."""
        return [one for scene in self.scenes for one in scene.booked if one.actor == actor]

    def flows(self) -> tuple[str, ...]:
        """Return what was told to the tax office, each flow once, in order."""
        found = {
            flow for scene in self.scenes for one in scene.told for flow in one.flow.split(" et ")
        }
        ppf = Speaker.PPF.label
        for scene in self.scenes:
            if any(one.code == 212 and ppf in one.to for one in scene.said):  # noqa: PLR2004
                found.add("212")
        return tuple(sorted(found, key=lambda flow: (len(flow) != 1, flow)))
