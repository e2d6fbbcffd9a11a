"""Who may open which address: every address of the product, five persons, by GET and by POST."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from tests.ledger.fec_dialects import Dialect
from tests.server.declared import sent_and_answered
from tests.server.expensed import employee, invoice, received, ticket
from tests.server.portals import exchanged

from facturier.invoice.model import Attachment
from facturier.invoice.parties import demo_siren
from facturier.ledger.imputation import OwnRule
from facturier.lifecycle.statuses import Side
from facturier.reporting.takings import Means
from facturier.server import clock
from facturier.server.anomalies.models import Spotted
from facturier.server.archive import exporting, holds
from facturier.server.archive.models import ArchiveExport, Closing, LegalHold, Purge
from facturier.server.books import imputing, taking_over
from facturier.server.books.models import PeriodLock, Takeover
from facturier.server.completeness import nightly
from facturier.server.completeness.models import Certificate, Comparison
from facturier.server.directory.models import LineRequest
from facturier.server.documents import history
from facturier.server.documents.models import Document, Event, Flow, Message
from facturier.server.expenses.models import Claim, ClaimLine, Employee, PaidInvoice
from facturier.server.firm.models import Membership, Person
from facturier.server.mandates import register as mandates
from facturier.server.portal.models import PortalAnswer, PortalFile
from facturier.server.reporting.models import Declaration, ReportingChoice
from facturier.server.routing import writing
from facturier.server.routing.deciding import Condition, Field, Operator
from facturier.server.routing.models import Handover, Placement, Rule
from facturier.server.routing.writing import Targets
from facturier.server.takings import imports, keeping
from facturier.server.takings.models import DayTakings, TillFile
from facturier.server.tickets import keeping as tickets

pytestmark = pytest.mark.django_db


OURS = "facturier.server.web"


def patterns(resolver=None, prefix="") -> Iterator[tuple[str, URLPattern]]:
    for one in (resolver or get_resolver()).url_patterns:
        where = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one, where)
        else:
            yield where, one


PAGES = [
    (where, one)
    for where, one in patterns()
    if getattr(one.callback, "__module__", "").startswith(OURS)
]
OF_A_DOSSIER = [(where, one) for where, one in PAGES if "<int:dossier>" in where]
WRITES_ONLY = {
    "validate_entry", "reverse_entry", "retry_flow", "file_flow", "close_document",
    "send_again", "portal_again", "portal_close",
    "mandate_end", "ticket_cancel", "ticket_send",
    "conservation_close", "export_ask", "hold_place", "hold_lift", "purge_propose",
    "purge_confirm", "purge_drop", "connection_act", "notice_again", "completeness_compare",
    "expense_remove", "expense_decide", "expense_act", "expense_payer", "expense_add",
    "takings_entry", "till_take", "routing_act", "routing_settle", "retransmit",
    "letters_act", "takeover_take", "vat_credit", "vat_settle", "imputation_act", "anomaly_act",
    "anomalies_examine",
    "routing_hand_over",
}  # fmt: skip
FOR_WHO_LEADS = {
    "dossier_change",
    "connection",
    "connection_save",
    "connection_act",
    "notice_again",
}
"""Of the others, not even those who work in the dossier see them."""


def till_rows(dossier):
    """A day of takings and a file of a till."""
    with clock.set_to(datetime(2026, 11, 22, 8, tzinfo=UTC)):
        file = imports.keep(dossier, "z.csv", b"Date;TTC 20 %\n01/10/2026;12,00\n", None)
        z = imports.preview(file).days[0].z
        row = keeping.record(dossier, z, origin="file", file=file)
    return {"takings": row.pk, "till_file": file.pk}


@pytest.fixture
def addresses(settings, office, deposited, everybody_works):
    """Each address of the pages of a dossier, with things of the bakery that exist."""
    deposited("F-1")
    deposited(data=b"rien du tout")
    everybody_works()
    exchanged(settings, {"F-1": "REJ_COH"})
    document = Document.objects.get(dossier=office.bakery)
    declaration, sending, answer = sent_and_answered(office.bakery)
    values = {
        "dossier": office.bakery.pk,
        "document": document.pk,
        "entry": document.entries.get().pk,
        "line": document.entries.get().lines.first().pk,
        "flow": Flow.objects.get(state="quarantined").pk,
        "code": 212,
        "portal_file": PortalAnswer.objects.get(code="251").file_id,
        "portal_answer": PortalAnswer.objects.get(code="251").pk,
        "kind": "recu",
        "action": "essayer",
        "notice": 1,
        "message": stuck(document).pk,
        "draft": "rectificative",
        "certificate": certified(office.bakery).pk,
        "declaration": declaration.pk,
        "sending": sending.pk,
        "answer": answer.pk,
        **till_rows(office.bakery),
        **expensed(office.bakery),
        "takeover": taking_over.keep(office.bakery, "livre.txt", Dialect().write(), None).pk,
        "mandate": covering(office.bakery).pk,
        "ticket": demanded(office).pk,
        **routed(document),
        "imputation": imputed(office.bakery).pk,
        **conserved(office.bakery),
        "event": completed(document).pk,
        "rank": 1,
        "printed": "20",
        "anomaly": spotted(document).pk,
    }
    fill = re.compile(r"<(?:\w+:)?(\w+)>")
    return {
        one.name: "/" + fill.sub(lambda found: str(values[found.group(1)]), where)
        for where, one in OF_A_DOSSIER
    }


def spotted(document):
    """An anomaly of a document."""
    return Spotted.objects.create(
        dossier=document.dossier, document=document, kind="pro-forma", why="Essai.", where="BT-3",
        risk=None, risk_words="Essai.", risk_law="CGI", risk_is_ours=False, letter="Bonjour",
        found_at=document.created_at,
    )  # fmt: skip


def covering(dossier):
    """A mandate to write a supplier's invoices, with its contract."""
    facts = {
        "kind": "self-billing", "giver_siren": demo_siren(9750), "giver_name": "Verger Simulé",
        "agent_siren": dossier.siren, "agent_name": dossier.name, "prefix": "AF-",
        "starts_on": date(2026, 1, 1),
    }  # fmt: skip
    return mandates.record(dossier, facts, ("contrat.pdf", b"%PDF-1.4"), None)


def expensed(dossier):
    """An employee, an expense with its receipt, an invoice that she paid."""
    with clock.set_to(datetime(2026, 11, 22, 8, tzinfo=UTC)):
        someone = employee(dossier)
        line = ticket(someone)
        paid = received(dossier, invoice("FA-SALARIE", net="50.00", paid="55.00"))
    return {
        "employee": someone.pk, "expense": line.pk, "claim": line.claim_id,
        "paid": paid.paid_by.pk,
    }  # fmt: skip


def demanded(office):
    """A ticket whose invoice is asked for."""
    parts = [{"label": "Repas", "rate": "10", "category": "TPS1", "gross": "110.00"}]
    day = date(2026, 11, 20)
    ticket = tickets.give(office.bakery, day, "Salle", "118", parts, Means.CARD, None)
    buyer = {"siren": office.florist.siren, "name": "Fleuriste Simulé", "post_code": "35000",
             "city": "Rennes", "line": office.florist.siren}  # fmt: skip
    tickets.ask(ticket, buyer)
    return ticket


def completed(document):
    """A status with a file: 209, what was asked for."""
    slip = Attachment(filename="bon.pdf", content=b"%PDF-1.4", mime_code="application/pdf")
    return history.say(document.transmissions.get(), 209, Side.SELLER, attachments=(slip,))


def imputed(dossier):
    """A rule of imputation."""
    return imputing.keep(imputing.drafted(dossier, OwnRule(party="EDF", account="6061"), 6, None))


def stuck(document):
    """A message that nobody could take."""
    found = Message.objects.filter(transmission__document=document).first()
    Message.objects.filter(pk=found.pk).update(state=Message.State.FAILED, sent_at=None)
    return found


def certified(dossier):
    nightly.compare(dossier.pk)
    return nightly.certify(dossier.pk, nightly.months()[1], None)


def conserved(dossier):
    """An archive that is ready, a hold that was lifted, a purge that was given up."""
    someone = Person.objects.known_as("gardien@exemple.fr") or Person.objects.create_user(
        "gardien@exemple.fr", name="Paul Gardien"
    )
    Membership.objects.get_or_create(
        person=someone, cabinet=dossier.cabinet, defaults={"role": "collaborateur"}
    )
    export = exporting.ask(dossier)
    exporting.make(dossier.pk, export.pk)
    hold = holds.place(dossier, someone, "essai")
    holds.lift(hold, someone, "essai fini")
    certificate = dossier.certificates.first()
    purge = Purge.objects.create(
        dossier=dossier, proposed_by=someone, files=0, size=0, state="dropped",
        stored=certificate.stored,
    )  # fmt: skip
    return {"export": export.pk, "hold": hold.pk, "purge": purge.pk}


def routed(document):
    """A rule, and a received invoice that could not go where it sends it."""
    asked = (Condition(field=Field.ORDER, operator=Operator.IS, value="BC-7"),)
    rule = writing.keep(writing.drafted(document.dossier, asked, Targets(label="Travaux")))
    kept = Placement.objects.create(
        dossier=document.dossier, rule=rule, sentence=rule.sentence, problem="Impossible."
    )
    owed = Handover.objects.create(
        dossier=document.dossier, placement=kept, mail="a@exemple.fr", state="failed", attempts=12
    )
    return {"rule": rule.pk, "placement": kept.pk, "handover": owed.pk}


def state_of_the_world():
    return (
        list(Spotted.objects.exclude(set_aside_at=None).values_list("pk")),
        list(Rule.objects.order_by("pk").values_list("rank", "retired_at")),
        list(Placement.objects.values_list("settled_at")),
        list(Handover.objects.values_list("state")), LineRequest.objects.count(),
        ArchiveExport.objects.filter(dossier__name__startswith="Boulangerie").count(),
        Closing.objects.count(), LegalHold.objects.count(),
        list(Purge.objects.values_list("state")),
        Comparison.objects.count(), Certificate.objects.count(),
        list(Declaration.objects.order_by("pk").values_list("state", "sendings")),
        list(ReportingChoice.objects.values_list("dossier")),
        list(Takeover.objects.values_list("state")), PeriodLock.objects.count(),
        list(Claim.objects.values_list("state")), ClaimLine.objects.count(),
        list(PaidInvoice.objects.values_list("state")), Employee.objects.count(),
        DayTakings.objects.count(), list(TillFile.objects.values_list("state", "layout")),
        Event.objects.count(), Document.objects.count(),
        list(Flow.objects.order_by("pk").values_list("pk", "state")), PortalFile.objects.count(),
        list(Document.objects.order_by("pk").values_list("state", "entries__state")),
    )  # fmt: skip


def test_the_walk_knows_every_page():
    assert {one.name for _, one in PAGES} >= {"portfolio", "dossier", "document", "say", "fec"}
    others = {one.name for _, one in PAGES} - {one.name for _, one in OF_A_DOSSIER}
    assert others >= {"portfolio", "agenda"}, "pages about all dossiers in sight"
    assert all(one.name for _, one in PAGES)


def test_a_stranger_meets_nothing(client, stranger, addresses):
    client.force_login(stranger)
    before = state_of_the_world()
    for name, address in addresses.items():
        for method in (client.get, client.post):
            response = method(address)
            assert response.status_code == 404, (name, address)
            assert "Boulangerie" not in response.content.decode()
    assert state_of_the_world() == before
    for where in ("/", "/echeances/"):
        assert "Boulangerie" not in client.get(where).content.decode()


def test_a_colleague_without_access_meets_nothing(client, addresses, collaborateur):
    collaborateur.accesses.all().delete()
    client.force_login(collaborateur)
    for name, address in addresses.items():
        assert client.get(address).status_code == 404, name


def test_a_number_of_another_dossier_is_no_way_in(client, office, stranger, addresses):
    """The own dossier in the address, the other's document behind it."""
    client.force_login(stranger)
    before = state_of_the_world()
    for name, address in addresses.items():
        own = address.replace(f"/{office.bakery.pk}/", f"/{office.florist.pk}/", 1)
        parts = (
            "archives|forcee|purges|recettes|fichiers|documents|flux|ecritures|administration"
            "|reprise|lignes|e-reporting|envois|reponses|regles|vu"
            "|certificats|notes|collaborateurs|factures"
        )
        if re.search(rf"/({parts})/\d+/", own):
            for method in (client.get, client.post):
                assert method(own).status_code in (404, 405), (name, own)
    assert state_of_the_world() == before


def test_who_is_not_signed_in_is_sent_to_the_door(client, addresses):
    before = state_of_the_world()
    for name, address in {"portfolio": "/", "agenda": "/echeances/", **addresses}.items():
        for method in (client.get, client.post):
            response = method(address)
            assert response.status_code == 302, (name, address)
            assert response.url.startswith("/compte/login/?next="), name
    assert state_of_the_world() == before


@pytest.mark.parametrize("who", ["expert", "collaborateur", "client_person"])
def test_who_works_in_the_dossier_reads_every_page(request, who, client, addresses):
    client.force_login(request.getfixturevalue(who))
    assert client.get("/").status_code == 200
    assert "Boulangerie" in client.get("/echeances/").content.decode()
    for name, address in addresses.items():
        expected = {"changes": (200, 204), "connection_save": (302,)}.get(
            name, (405,) if name in WRITES_ONLY else (200,)
        )
        if name in FOR_WHO_LEADS and who != "expert":
            expected = (404,)
        response = client.get(address)
        assert response.status_code in expected, (name, address)


def test_someone_who_left_is_out(client, expert, addresses):
    client.force_login(expert)
    expert.is_active = False
    expert.save()
    assert client.get(addresses["dossier"]).status_code == 302


@pytest.mark.parametrize("who", ["expert", "client_person"])
def test_a_page_of_a_dossier_asks_the_database_little(
    request, who, client, addresses, django_assert_max_num_queries
):
    client.force_login(request.getfixturevalue(who))
    for name, address in addresses.items():
        if name not in WRITES_ONLY:
            with django_assert_max_num_queries(40, info=name):
                client.get(address)


def test_open_pages_open(client):
    response = client.get("/compte/login/")
    assert response.status_code == 200
    assert client.get("/compte/signup/").status_code == 404, "a cabinet gives accounts"
