"""The demonstration comes to life: the firm is opened, then every act of the agenda is played.

Files are deposited, carried and received by the very code of the server and the worker; statuses
are said, entries validated, as people do it on the pages. Only the clock is turned back
(:mod:`facturier.server.clock`). Whatever was done before is recognised and not done again, so an
interrupted seeding goes on and a complete one is a few look-ups.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from facturier.server import clock, sight
from facturier.server.anomalies import nightly as anomalies
from facturier.server.books import booking
from facturier.server.books.models import Entry
from facturier.server.demo import expenses, mandates, tickets, tills
from facturier.server.demo.agenda import Act, Deposit, Saying, Validation, acts
from facturier.server.demo.companies import CABINETS, PASSWORD, Company, Office, Someone
from facturier.server.documents import history
from facturier.server.documents.deposit import deposit
from facturier.server.documents.models import Direction, Document, Event, Flow
from facturier.server.firm.models import Cabinet, Dossier, DossierAccess, Membership, Person
from facturier.server.jobs.wake import gather
from facturier.server.jobs.work import go_round
from facturier.server.reporting import nightly

POST_EVERY = 150
"""Acts after which the statuses that were said are carried to who must hear them."""

NOBODY = 0
"""The id of no dossier."""

Progress = Callable[[int, int], None]
"""Told how many acts are done, of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """The rows of the demonstration, by the keys of :mod:`.companies`."""

    opened_at: datetime
    """When it was made; the story ends there."""
    cabinets: dict[int, Cabinet] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    dossiers: dict[str, Dossier] = field(default_factory=dict)
    sent: dict[str, str] = field(default_factory=dict)
    """Key of a deposit to the identity of its transmission, the same on both sides."""
    last_word: dict[str, str] = field(default_factory=dict)
    """Key of a deposit to the company that said something about it last."""

    @property
    def sight(self) -> tuple[int, ...]:
        """The ids of all its dossiers."""
        return tuple(dossier.pk for dossier in self.dossiers.values())


def seed(progress: Progress | None = None, only: Callable[[Act], bool] | None = None) -> Firm:
    """Open the demo firm and live its three months, as far as that is not done yet.

    `only` leaves acts out (for a quick test).
    """
    firm = live(progress, only)
    if "comptoir" in firm.dossiers:
        tills.tell(firm.dossiers["comptoir"], firm.people.get("jeanne"))
        tickets.give(firm.dossiers["comptoir"], firm.people.get("jeanne"))
    if "conseil" in firm.dossiers:
        entering, leading = firm.people.get("sophie"), firm.people.get("helene")
        expenses.tell(firm.dossiers["conseil"], entering, leading)
    for dossier in firm.dossiers.values():  # what the night would have done
        nightly.prepare(dossier.pk)
        anomalies.examine_all(dossier.pk)
    return firm


def live(progress: Progress | None = None, only: Callable[[Act], bool] | None = None) -> Firm:
    """Open the demo firm and live its acts: without its till, and without what the night makes."""
    firm = open_firm()
    with connection.cursor() as cursor:
        # A power cut may undo the last moments of the seeding: it then does them again.
        cursor.execute("SET synchronous_commit = off")
    agenda = [act for act in acts(firm.opened_at) if only is None or only(act)]
    with gather(working_on=NOBODY):
        _live(firm, agenda, progress or (lambda _done, _all: None))
    return firm


# --- The firm -----------------------------------------------------------------------------------


def open_firm() -> Firm:
    """Open cabinets, dossiers and accounts where they are missing."""
    cabinets = {office.number: _cabinet(office) for office in CABINETS}
    firm = Firm(opened_at=cabinets[CABINETS[0].number].created_at, cabinets=cabinets)
    for office in CABINETS:
        _people(firm, office)
        with sight.of([], [cabinets[office.number].pk]):
            for company in office.dossiers:
                firm.dossiers[company.key] = _dossier(firm, office, company)
    with sight.of(firm.sight):
        for office in CABINETS:
            for someone in office.people:
                _accesses(firm, someone)
        mandates.give(firm.dossiers, firm.opened_at)
    return firm


def _cabinet(office: Office) -> Cabinet:
    return Cabinet.objects.get_or_create(siren=office.siren, defaults={"name": office.name})[0]


def _people(firm: Firm, office: Office) -> None:
    for someone in office.people:
        firm.people[someone.key] = Person.objects.known_as(
            someone.email
        ) or Person.objects.create_user(someone.email, PASSWORD, name=someone.name)
        if someone.role != DossierAccess.Role.CLIENT:
            with sight.of([], [firm.cabinets[office.number].pk]):
                Membership.objects.get_or_create(
                    person=firm.people[someone.key], cabinet=firm.cabinets[office.number],
                    defaults={"role": someone.role},
                )  # fmt: skip


def _dossier(firm: Firm, office: Office, company: Company) -> Dossier:
    return Dossier.objects.get_or_create(
        electronic_address=company.electronic_address,
        defaults={
            "cabinet": firm.cabinets[office.number], "name": company.name, "siren": company.siren,
            "siret": company.siret, "vat_number": company.vat_number,
            "activity": company.activity, "address_line": company.line,
            "post_code": company.post_code, "city": company.city, "vat_regime": company.regime,
            "vat_on_receipts": company.vat_on_receipts, "is_simulation": True,
            "responsible": firm.people[office.responsible_for(company.key).key],
        },
    )[0]  # fmt: skip


def _accesses(firm: Firm, someone: Someone) -> None:
    for key in someone.dossiers:
        DossierAccess.objects.get_or_create(
            person=firm.people[someone.key], dossier=firm.dossiers[key],
            defaults={"role": someone.role},
        )  # fmt: skip


# --- Its three months ---------------------------------------------------------------------------


def _live(firm: Firm, acts_to_play: list[Act], progress: Progress) -> None:
    todo = _left(firm, acts_to_play)
    concerned = _concerned(firm, acts_to_play)
    for number, act in enumerate(todo, 1):
        with clock.set_to(act.at):
            if number == 1:
                _bring_post(concerned)  # what an interrupted seeding had begun
            match act:
                case Deposit():
                    _deposit(firm, act)
                case Saying():
                    _say(firm, act)
                case Validation():
                    _validate(firm, act)
            if number % POST_EVERY == 0 or number == len(todo):
                _bring_post(concerned)
        progress(number, len(todo))


def _concerned(firm: Firm, played: Iterable[Act]) -> list[Dossier]:
    """Return the dossiers that these acts touch: nobody else's post is brought."""
    keys = {act.company for act in played}
    keys |= {act.peer for act in played if not isinstance(act, Validation)}
    return [dossier for key, dossier in firm.dossiers.items() if key in keys]


def left(firm: Firm) -> int:
    """Return how many acts of the whole story are still to be played."""
    return len(_left(firm, list(acts(firm.opened_at))))


def _left(firm: Firm, acts_to_play: list[Act]) -> list[Act]:
    """Return the acts that no earlier seeding did."""
    done = _already(firm)
    return [act for act in acts_to_play if _trace(act) not in done]


def _trace(act: Act) -> tuple[object, ...]:
    """Return what an act leaves behind to be recognised by."""
    match act:
        case Deposit():
            return (act.key,)
        case Saying():
            return (act.at, act.company, str(act.step.code))
        case Validation():
            return (act.at, act.company)


def _already(firm: Firm) -> set[tuple[object, ...]]:
    """Return the traces of what an earlier seeding did; note its deposits in `firm`."""
    names = {dossier.pk: key for key, dossier in firm.dossiers.items()}
    with sight.of(firm.sight):
        sent = Flow.objects.filter(direction=Direction.OUT).exclude(tracking_id="")
        firm.sent.update({key: str(one) for key, one in sent.values_list("tracking_id", "flow_id")})
        said = Event.objects.exclude(author=None).values_list("at", "dossier_id", "code")
        booked = Entry.objects.exclude(validated_at=None).values_list("validated_at", "dossier_id")
        return {
            *((key,) for key in firm.sent),
            *((at, names[dossier], code) for at, dossier, code in said),
            *((at, names[dossier]) for at, dossier in booked),
        }


def _deposit(firm: Firm, act: Deposit) -> None:
    name, data = act.file()
    dossier = firm.dossiers[act.company]
    with sight.of([dossier.pk]):
        flow = deposit(
            dossier, data, name=name, channel=Flow.Channel.PAGE, tracking_id=act.key,
            submitted_by=dossier.responsible,
        )  # fmt: skip
    firm.sent[act.key] = str(flow.flow_id)
    firm.last_word[act.key] = act.peer  # received (202), made available (203)
    _work(firm, (act.company, act.peer))


def _say(firm: Firm, act: Saying) -> None:
    if firm.last_word.get(act.key) != act.company:
        _work(firm, (act.peer, act.company))  # hear the answer before answering it
    firm.last_word[act.key] = act.company
    dossier = firm.dossiers[act.company]
    with sight.of([dossier.pk]):
        transmission = _document(firm, act).transmissions.get()
        history.say(
            transmission, act.step.code, act.step.side, reason=act.step.reason,
            comment=act.step.comment, amounts=act.amounts, author=_speaker(firm, act.company),
            at=act.at,
        )  # fmt: skip


def _speaker(firm: Firm, company: str) -> Person | None:
    """Return who answers for a company: itself where it has an account, else its accountant."""
    everybody = (someone for office in CABINETS for someone in office.people)
    for someone in everybody:
        if someone.role == DossierAccess.Role.CLIENT and company in someone.dossiers:
            return firm.people[someone.key]
    return firm.dossiers[company].responsible


def _validate(firm: Firm, act: Validation) -> None:
    """Validate the proposed entry, if there is one: the ledger does not book everything."""
    dossier = firm.dossiers[act.company]
    with sight.of([dossier.pk]):
        entry = Entry.objects.filter(document=_document(firm, act), state="proposed").first()
        if entry is not None:
            assert dossier.responsible is not None
            booking.validate(entry, dossier.responsible)


def _document(firm: Firm, act: Saying | Validation) -> Document:
    """Return the record that the acting company has of the invoice deposited as ``act.key``."""
    return Document.objects.get(
        dossier=firm.dossiers[act.company], transmissions__external_id=firm.sent[act.key]
    )


def _bring_post(dossiers: Iterable[Dossier]) -> None:
    """Carry all statuses that still wait: out of every outbox first, then into every history."""
    while sum(go_round(dossier.pk) for dossier in dossiers):
        pass


def _work(firm: Firm, companies: Iterable[str]) -> None:
    for company in companies:
        if company in firm.dossiers:
            go_round(firm.dossiers[company].pk)
