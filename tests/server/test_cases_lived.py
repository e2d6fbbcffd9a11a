"""The cases, lived by dossiers of the server: what the sheets say is what happens there.

The engine plays each sheet by itself (``tests/use_cases``). Here its documents are deposited by the
dossier of the company that issues them, delivered to the other one, and each status is said again
by who said it: the same states, flux 1, entries and boxes of the return must come out on both
sides. Entries that a person types or that a bank statement brings are put in as they are.
"""

from __future__ import annotations

import functools
from collections import Counter
from datetime import datetime, time

import pytest
from tests.server.mandated import hold_mandate

from facturier.formats import write
from facturier.invoice.codes import SELF_BILLED
from facturier.invoice.units import is_several, units
from facturier.ledger.books import Books, Side, VatRegime
from facturier.ledger.imputation import OwnRule
from facturier.lifecycle import messages
from facturier.lifecycle.statuses import Side as Speaker
from facturier.reporting.periods import PARIS
from facturier.server import clock
from facturier.server.books import booking, imputing
from facturier.server.books.models import Entry
from facturier.server.documents import history
from facturier.server.documents.deposit import deposit
from facturier.server.documents.models import Document
from facturier.server.firm.models import Cabinet, Dossier
from facturier.server.jobs.work import work_through
from facturier.server.portal.models import PortalFile
from facturier.use_cases import numbers, script, sheet
from facturier.vat.draft import draft

pytestmark = pytest.mark.django_db

EVERYDAY = ("5", "13", "14", "19a", "19b", "20", "21", "28", "30")
"""Lived at each run; the others by ``-m slow``."""
ELSEWHERE = {
    "12": "two addresses of one company: they are asked for and granted in test_addresses.py",
}
"""Cases that are not lived here, and why."""
PLATFORMS = (Speaker.SELLER_PLATFORM, Speaker.BUYER_PLATFORM)


def cases():
    """Yield the cases that have a document."""
    for number in numbers():
        if "documents" not in sheet(number).EXPECT.absent and number not in ELSEWHERE:
            yield pytest.param(
                number, marks=() if number in EVERYDAY else (pytest.mark.slow,), id=number
            )


class Lived:
    """A story on the server: a dossier for each company."""

    def __init__(self, number):
        self.number, self.story = number, sheet(number).example()
        self.cabinet = Cabinet.objects.create(name="Cabinet Simulé", siren="000009001")
        self.dossiers = {one.siren: self._dossier(one) for one in self.story.actors}

    def _dossier(self, actor):
        books = actor.books
        franchise = books.vat_regime is VatRegime.FRANCHISE
        made = Dossier.objects.create(
            cabinet=self.cabinet, name=actor.name, siren=actor.siren, is_simulation=True,
            electronic_address=self.address(actor), vat_on_receipts=books.vat_on_receipts,
            vat_regime="franchise" if franchise else "reel_mensuel",
        )  # fmt: skip
        services = OwnRule(side=Side.SALE, category="S", account=books.services_sales)
        rules = [services] if books.services_sales != Books().services_sales else []
        services = OwnRule(side=Side.PURCHASE, category="S", account=books.services_purchases)
        rules += [services] if books.services_purchases != Books().services_purchases else []
        for rule in (*books.rules, *rules):
            imputing.keep(imputing.drafted(made, rule, books.account_width, None))
        made.refresh_from_db()
        return made

    def address(self, actor):
        """Where the documents of the story find the company: its SIREN, or with a suffix."""
        named = [
            party.electronic_address.value
            for one in self.story.documents
            if one not in self.units
            for party in (one.invoice.buyer, one.invoice.seller)
            if party.legal_identifier and party.legal_identifier.value == actor.siren
        ]
        return max(named, key=len, default=actor.siren)

    def work(self):
        while sum(work_through(one.pk) for one in self.dossiers.values()):
            pass

    def live(self):
        """Deposit each document on its day, then say what was said, in its order."""
        told = [
            (at, rank, document, event)
            for rank, document in enumerate(self.story.documents)
            if document not in self.units
            for at, event in self.moments(document)
        ]
        for at, _, document, event in sorted(told, key=lambda one: one[:2]):
            with clock.set_to(at):
                if event is None:
                    self.deposit(document)
                elif event.side not in PLATFORMS:
                    self.say(document, event)

    @functools.cached_property
    def units(self):
        """The invoices of a document of several sellers: the platform makes them, nobody else."""
        documents = self.story.documents
        wholes = [one for one in documents if is_several(one.invoice.process.business_process)]
        numbers = {unit.number for one in wholes for unit in units(one.invoice)}
        return [one for one in documents if one not in wholes and one.invoice.number in numbers]

    def moments(self, document):
        yield datetime.combine(document.invoice.issue_date, time(9), PARIS), None
        for event in document.state.history:
            if event.side is not Speaker.VALIDATOR:  # says it where it is at home, not here
                yield event.at, event

    def issuer(self, document):
        self_billed = document.invoice.type_code in SELF_BILLED
        return self.dossiers[document.sides[Side.PURCHASE if self_billed else Side.SALE].siren]

    def deposit(self, document):
        hold_mandate(self.issuer(document), document.invoice)
        data = write(document.invoice, "ubl").xml
        deposit(self.issuer(document), data, name="facture.xml", channel="page")
        self.work()

    def row(self, document, dossier):
        return Document.objects.get(dossier=dossier, number=document.invoice.number)

    def speaker(self, document, side):
        """Return the record of who speaks; a third party speaks through the issuer's dossier."""
        part = {Speaker.SELLER: Side.SALE, Speaker.BUYER: Side.PURCHASE}.get(side)
        actor = document.sides.get(part)
        dossier = self.dossiers[actor.siren] if actor else self.issuer(document)
        return self.row(document, dossier)

    def say(self, document, event):
        row = self.speaker(document, event.side)
        history.say(
            transmission_of(row), event.code, event.side, reason=event.reason, at=event.at,
            comment=event.comment, action=event.action, amounts=event.amounts,
        )  # fmt: skip
        self.work()

    def receives(self, actor):
        """Whether a document reaches the company; the sellers named in another's reach nobody."""
        return any(
            actor in one.sides.values() for one in self.story.documents if one not in self.units
        )

    def close(self):
        """Put in what comes by another way than a document: the bank, the till, a person."""
        for actor in self.story.actors:
            known = [
                id(d.entries[side])
                for d in self.story.documents
                for side in d.entries
                if d.sides[side] == actor and self.receives(actor)
            ]
            for booked in self.story.entries_of(actor):
                if id(booked.entry) not in known:
                    booking.keep(self.dossiers[actor.siren], booked.entry)


def transmission_of(row):
    return row.transmissions.get()


def heard(document, side):
    """Count the statuses that one side says or hears of."""
    own = Speaker.SELLER if side is Side.SALE else Speaker.BUYER
    mine = (own, Speaker.SELLER_PLATFORM if side is Side.SALE else Speaker.BUYER_PLATFORM)
    self_billed = document.invoice.type_code in SELF_BILLED
    return Counter(
        event.code
        for event in document.state.history
        if event.side is not Speaker.VALIDATOR
        if event.side in mine
        or own in messages.recipients(event.code, event.side, self_billed=self_billed)
    )


def shape(entry):
    return sorted((x.account, x.auxiliary, x.debit, x.credit) for x in entry.lines)


def problems(lived):
    story = lived.story
    for document in story.documents:
        if document in lived.units:
            continue
        for side, actor in document.sides.items():
            row = lived.row(document, lived.dossiers[actor.siren])
            expected = heard(document, side)
            said = Counter(int(one.code) for one in row.events.all())
            if document.state.history and said != expected:
                yield row, actor.role, "statuses", said - expected, expected - said
    for siren, dossier in lived.dossiers.items():
        rows = Entry.objects.filter(dossier=dossier, document__isnull=False, cause=None)
        kept = sorted(map(shape, map(booking.entry_of, rows)))
        wanted = sorted(
            shape(document.entries[side])
            for document in story.documents
            for side, actor in document.sides.items()
            if actor.siren == siren and side in document.entries and lived.receives(actor)
        )
        if kept != wanted:
            yield dossier, "entries", kept, wanted
    portal = Counter(
        one.event.code if one.event else "1"
        for one in PortalFile.objects.filter(document__isnull=False).select_related("event")
    )
    told = Counter(str(one.status_code) for one in story.messages if one.to_ppf)
    told["1"] = sum(one.flow == "1" for scene in story.scenes for one in scene.told)
    if portal != +told:
        yield "portal", portal - told, told - portal
    lived.close()
    for actor in story.actors:
        rows = Entry.objects.filter(dossier=lived.dossiers[actor.siren]).order_by("date", "pk")
        made = boxes(draft(map(booking.entry_of, rows))) if script.returns(story, actor) else ""
        expected = sheet(lived.number).EXPECT.boxes.get(actor.role, "")
        if made != expected:
            yield actor.role, "boxes", made, expected


def boxes(made):
    return " ".join(f"{one.code} {one.shown_base}/{one.shown_tax}" for one in made.boxes)


@pytest.mark.parametrize("number", [*cases()])
@pytest.mark.usefixtures("wide_sight")
def test_a_case_is_lived_on_both_sides_as_its_sheet_says(number):
    lived = Lived(number)
    lived.live()
    assert [*problems(lived)] == []
