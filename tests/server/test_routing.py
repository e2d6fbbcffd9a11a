"""Rules of received invoices: the first that applies decides, nothing is lost, all is said."""

from decimal import Decimal

import pytest
from tests.server.invoices import ubl

from facturier.errors import RefusedByUs
from facturier.lifecycle.statuses import Side
from facturier.server.api.models import Notice, Webhook
from facturier.server.archive.models import ProofEnvelope
from facturier.server.completeness import nightly
from facturier.server.completeness.models import Comparison
from facturier.server.connections.models import Connection
from facturier.server.documents import history
from facturier.server.documents.models import Document, Envelope, Flow
from facturier.server.firm.models import Dossier, DossierAccess
from facturier.server.jobs.work import work_through
from facturier.server.routing import deciding, placing, trying, writing
from facturier.server.routing.deciding import Condition, Facts, Field, Operator, first_met
from facturier.server.routing.models import Placement, Rule
from facturier.server.routing.writing import Targets
from facturier.server.web import todo

FACTS = Facts(
    issuer_siren="123456789", issuer_name="Électricité  Générale SARL", address="987_TRAVAUX",
    order="BC-2026-12", buyer_reference="", contract="M 7", total=Decimal("1200.00"),
    words=deciding.plain("Pose d'un DISJONCTEUR différentiel"),
)  # fmt: skip


def condition(field, operator, value):
    return Condition(field=Field(field), operator=Operator(operator), value=value)


# --- deciding, without a database


@pytest.mark.parametrize(
    ("field", "operator", "value", "expected"),
    [
        ("issuer_siren", "is", "123456789", True),
        ("issuer_siren", "begins", "1234", True),
        ("issuer_siren", "is", "12345678", False),
        ("issuer_name", "contains", "electricite generale", True),
        ("issuer_name", "is", "ÉLECTRICITÉ GÉNÉRALE SARL", True),
        ("address", "is", "987_travaux", True),
        ("order", "begins", "bc-2026", True),
        ("order", "contains", "2027", False),
        ("buyer_reference", "contains", "x", False),
        ("contract", "is", "M  7", True),
        ("words", "contains", "disjoncteur differentiel", True),
        ("words", "contains", "tuile", False),
        ("total", "at_least", "1200", True),
        ("total", "at_least", "1 200,01 €", False),
        ("total", "below", "1200", False),
        ("total", "below", "1200,01", True),
    ],
)
def test_a_condition(field, operator, value, expected):
    assert condition(field, operator, value).holds(FACTS) is expected
    assert condition(field, operator, value).objection == ""


def test_what_the_invoice_does_not_say_meets_nothing():
    nothing = Facts()
    for field in Field:
        operator = "below" if field is Field.TOTAL else "contains"
        assert not condition(field.value, operator, "1").holds(nothing)


@pytest.mark.parametrize(
    ("field", "operator", "value", "words"),
    [
        ("order", "is", "  ", "Dites ce que"),
        ("order", "at_least", "12", "employez « est »"),
        ("total", "contains", "12", "employez « est d'au moins »"),
        ("total", "below", "douze", "n'est pas un montant"),
        ("total", "below", "NaN", "n'est pas un montant"),
    ],
)
def test_a_condition_that_cannot_be_asked_says_why(field, operator, value, words):
    assert words in condition(field, operator, value).objection


class Row:
    def __init__(self, *conditions):
        self.conditions = conditions


def test_the_first_whose_conditions_all_hold_decides():
    never = Row(condition("order", "is", "BC-2026-12"), condition("total", "below", "1"))
    empty, first, second = (
        Row(),
        Row(condition("order", "begins", "BC")),
        Row(condition("order", "begins", "BC-2026")),
    )
    assert first_met([never, empty, first, second], FACTS) is first
    assert first_met([never, empty], FACTS) is None


def test_facts_are_kept_as_words_and_read_again():
    assert Facts.read(FACTS.kept()) == FACTS
    assert Facts.read(Facts().kept()) == Facts()
    assert Facts.read({}) == Facts()


# --- in the journey of an invoice


@pytest.fixture
def shop(office, db):  # noqa: ARG001
    """A second dossier of the florist: same company, same cabinet."""
    return Dossier.objects.create(
        cabinet=office.other_cabinet, name="Fleuriste, boutique de Nantes",
        siren=office.florist.siren, electronic_address=f"{office.florist.siren}_NANTES",
        is_simulation=True,
    )  # fmt: skip


def keep(of, /, *conditions, **targets):
    asked = conditions or (condition("order", "is", "BC-7"),)
    return writing.keep(writing.drafted(of, asked, Targets(**targets)))


def with_order(number, office, order="BC-7", **more):
    data = ubl(number, office.bakery.siren, office.florist.siren, **more).decode()
    reference = f"<cac:OrderReference><cbc:ID>{order}</cbc:ID></cac:OrderReference>"
    where = "<cac:AccountingSupplierParty>"
    return data.replace(where, reference + where, 1).encode()


@pytest.fixture
def work(office):
    def until_nothing_is_left():
        while sum(work_through(one.pk) for one in Dossier.objects.order_by("pk")):
            pass

    assert office
    return until_nothing_is_left


pytestmark = pytest.mark.django_db


def test_without_a_rule_nothing_is_noted(office, deposited, work):
    deposited("F-1")
    work()
    assert Document.objects.filter(dossier=office.florist).count() == 1
    assert not Placement.objects.exists()


def test_for_a_person_and_into_a_queue(office, stranger, deposited, work):
    rule = keep(office.florist, person=stranger, label="Travaux")
    assert rule.sentence == (
        "si le bon de commande (BT-13) est « BC-7 », alors elle est pour Luc Étranger "
        "et elle va dans la file « Travaux »."
    )
    deposited(data=with_order("F-1", office))
    deposited("F-2")
    work()
    one, other = Document.objects.filter(dossier=office.florist).order_by("number")
    assert (one.placement.rule, one.placement.person, one.placement.label) == (
        rule, stranger, "Travaux",
    )  # fmt: skip
    assert one.placement.sentence == f"Règle 1 : {rule.sentence}"
    assert (other.placement.rule, other.placement.sentence) == (None, placing.OTHERWISE)
    journal = ProofEnvelope.objects.filter(document=one, kind="routed").get()
    assert "BC-7" in journal.body
    assert not ProofEnvelope.objects.filter(document=other, kind="routed").exists()


def test_to_another_dossier_whole_and_the_statuses_follow(office, shop, deposited, work):
    rule = keep(office.florist, dossier=shop)
    deposited(data=with_order("F-1", office))
    work()
    received = Document.objects.get(direction="received")
    assert received.dossier == shop
    assert received.state == "203"
    assert Document.objects.get(direction="issued").state == "203", "the seller knows"
    assert received.placement.sentence == (
        f"Venue de « Fleuriste Simulé ». Règle 1 : {rule.sentence}"
    )
    gone = Placement.objects.get(dossier=office.florist)
    assert (gone.gone_to, gone.document) == (shop.pk, None)
    assert gone.name.startswith("F-1 · ")
    assert not Flow.objects.filter(dossier=office.florist).exists(), "nothing stays behind"
    sent = Document.objects.get(direction="issued").transmissions.get()
    history.say(sent, 209, Side.SELLER)
    work()
    assert Document.objects.get(direction="received").state == "209"
    assert not Flow.objects.filter(state="quarantined").exists()
    history.say(received.transmissions.get(), 205, Side.BUYER)
    work()
    assert Document.objects.get(direction="issued").state == "205"
    for dossier in (office.florist, shop):
        nightly.compare(dossier.pk)
    assert not any(one.lacks for one in Comparison.objects.all()), "completeness misses nothing"


def test_what_was_sent_here_by_a_rule_goes_no_further(office, shop, deposited, work):
    keep(office.florist, dossier=shop)
    keep(shop, dossier=office.florist)
    deposited(data=with_order("F-1", office))
    work()
    received = Document.objects.get(direction="received")
    assert received.dossier == shop
    assert received.placement.sentence.startswith("Venue de")


def impossible_connection(_office, shop, _rule):
    Connection.objects.create(
        dossier=shop, name="Autre", address="https://x.fr", token_url="https://x.fr/t",
        client_id="a", secret="b", is_active=True,
    )  # fmt: skip
    return "autre plateforme"


def impossible_company(office, shop, _rule):
    Dossier.objects.filter(pk=shop.pk).update(siren=office.mason.siren)
    return "autre entreprise"


def impossible_cabinet(office, shop, _rule):
    Dossier.objects.filter(pk=shop.pk).update(cabinet=office.cabinet)
    return "même cabinet"


def impossible_same_parcel(_office, _shop, _rule):
    return "Le même pli"


@pytest.mark.parametrize(
    "make", [impossible_connection, impossible_company, impossible_cabinet, impossible_same_parcel]
)
def test_an_impossible_target_keeps_the_invoice_and_somebody_is_told(
    make, office, shop, deposited, work
):
    rule = keep(office.florist, dossier=shop)
    words = make(office, shop, rule)
    deposited(data=with_order("F-1", office))
    work_through(office.bakery.pk)
    if make is impossible_same_parcel:
        parcel = Envelope.objects.get(kind="invoice")
        parcel.pk, parcel.dossier, parcel.taken_at = None, shop, parcel.created_at
        parcel.save()
    work()
    received = Document.objects.get(direction="received")
    assert received.dossier == office.florist
    assert received.state == "203"
    assert words in received.placement.problem
    assert todo.counters([office.florist])[office.florist.pk].misplaced == 1
    Placement.objects.update(settled_at=received.created_at)
    assert todo.counters([office.florist])[office.florist.pk].misplaced == 0


def test_a_person_who_left_is_told(office, stranger, deposited, work):
    keep(office.florist, person=stranger, label="Travaux")
    stranger.is_active = False
    stranger.save()
    deposited(data=with_order("F-1", office))
    work()
    placement = Placement.objects.get()
    assert (placement.person, placement.label) == (None, "Travaux")
    assert "n'a plus accès" in placement.problem


def test_by_hand_the_rules_say_for_whom_not_where(office, shop, work):
    from facturier.server.documents.deposit import deposit  # noqa: PLC0415

    keep(office.florist, condition("total", "at_least", "100"), dossier=shop)
    deposit(office.florist, with_order("F-1", office), name="f.xml", channel="page")
    work()
    assert Document.objects.get().dossier == office.florist
    assert Placement.objects.get().sentence == placing.BY_HAND
    Rule.objects.all().delete() if False else writing.retire(Rule.objects.get())
    keep(office.florist, condition("total", "at_least", "100"), label="Main")
    deposit(office.florist, with_order("F-2", office), name="f.xml", channel="page")
    work()
    assert Placement.objects.order_by("pk").last().label == "Main"


# --- to an application


@pytest.fixture
def hook(office):
    from facturier.server.api import clients, notices  # noqa: PLC0415
    from facturier.server.firm.models import ApiClient  # noqa: PLC0415

    registered = clients.register(office.other_cabinet, [office.florist], name="Achats")
    return Webhook.objects.create(
        client=ApiClient.objects.get(client_id=registered.client_id), dossier=office.florist,
        callback_url="https://achats.exemple.fr/", sealed_key=notices.sealed(b"k" * 32),
    )  # fmt: skip


def test_an_application_named_by_a_rule_hears_of_what_the_rules_send_it(
    office, hook, deposited, work
):
    deposited("F-0")
    work()
    assert {one.flow["flow_type"] for one in Notice.objects.all()} >= {"SupplierInvoice"}
    Notice.objects.all().delete()
    keep(office.florist, webhook=hook)
    deposited(data=with_order("F-1", office))
    deposited("F-2")
    work()
    told = [one.flow for one in Notice.objects.order_by("pk")]
    invoices = [one for one in told if one["flow_type"] == "SupplierInvoice"]
    assert [one["flow_id"] for one in invoices] == [
        str(Document.objects.get(number="F-1", direction="received").flow.flow_id)
    ]
    assert invoices[0]["ack_status"] == "Ok"
    from facturier.server.api import notices  # noqa: PLC0415

    assert b"SupplierInvoice" in notices.payload(invoices[0])


def test_an_application_that_is_gone_is_told(office, hook, deposited, work):
    keep(office.florist, webhook=hook)
    hook.delete()
    deposited(data=with_order("F-1", office))
    work()
    assert "n'est plus abonnée" in Placement.objects.get().problem


# --- writing rules


def test_a_rule_says_what_is_wrong_in_it(office, shop, expert, hook):
    good = (condition("order", "is", "1"),)
    for asked, targets, words in (
        ((), {"label": "x"}, "une condition au moins"),
        ((condition("order", "is", ""),), {"label": "x"}, "Dites ce que"),
        (good, {}, "Dites où va"),
        (good, {"dossier": office.mason}, "même cabinet"),
        (good, {"dossier": office.florist}, "où elle est"),
        (good, {"person": expert}, "n'a pas accès"),
    ):
        with pytest.raises(RefusedByUs, match=words):
            writing.drafted(office.florist, asked, Targets(**targets))
    with pytest.raises(RefusedByUs, match="pas abonnée"):
        writing.drafted(office.bakery, good, Targets(webhook=hook))
    assert shop
    assert not Rule.objects.exists()


def test_rules_have_an_order_and_what_is_taken_away_stays_for_what_it_decided(
    office, deposited, work
):
    one, two, three = (keep(office.florist, label=name) for name in "ABC")
    writing.move(three, -1)
    writing.move(one, -1)
    assert [r.label for r in placing.rules_of(office.florist.pk)] == ["A", "C", "B"]
    deposited(data=with_order("F-1", office))
    work()
    writing.retire(one)
    assert [(r.label, r.rank) for r in placing.rules_of(office.florist.pk)] == [("C", 1), ("B", 2)]
    assert Placement.objects.get().rule == one
    changed = writing.drafted(office.florist, (condition("order", "is", "9"),), Targets(label="D"))
    writing.keep(changed, instead_of=two)
    assert [(r.label, r.rank) for r in placing.rules_of(office.florist.pk)] == [("C", 1), ("D", 2)]


# --- trying


def test_where_would_a_file_go_and_a_past_invoice(office, shop, deposited, work):
    deposited(data=with_order("F-1", office))
    work()
    rule = keep(office.florist, dossier=shop)
    found = trying.of_file(office.florist, with_order("F-9", office))
    assert (found.rule, found.problem, found.leaves) == (rule, "", True)
    past = Document.objects.get(direction="received")
    assert trying.of_document(past).rule == rule
    other = ubl("F-9", office.bakery.siren, office.florist.siren)
    assert trying.of_file(office.florist, other).rule is None
    assert Document.objects.count() == 2, "trying keeps nothing"


def test_what_a_rule_would_have_changed(office, deposited, work):
    deposited(data=with_order("F-1", office))
    deposited("F-2")
    work()
    first = keep(office.florist, label="Ancienne")
    deposited(data=with_order("F-3", office))
    work()
    now = list(placing.rules_of(office.florist.pk))
    draft = writing.drafted(
        office.florist, (condition("total", "below", "500"),), Targets(label="Petites")
    )
    tried = trying.changes(office.florist, now, [*now, draft])
    assert (tried.looked_at, tried.changed, tried.unread) == (3, 1, 0)
    assert tried.first[0].name.startswith("F-2 · ")
    assert tried.first[0].before == "elle reste dans ce dossier"
    assert tried.first[0].after == "elle va dans la file « Petites »."
    assert trying.changes(office.florist, now, [draft, *now]).changed == 3
    assert trying.changes(office.florist, [first], now).changed == 0


# --- the pages


@pytest.fixture
def inside(client, stranger):
    client.force_login(stranger)
    return client


def test_a_rule_is_previewed_then_kept_by_the_page(inside, office, shop, deposited, work):
    deposited(data=with_order("F-1", office))
    work()
    where = f"/dossiers/{office.florist.pk}/aiguillage/regles/nouvelle/"
    said = {"champ_1": "order", "test_1": "is", "valeur_1": "BC-7", "dossier": shop.pk}
    shown = inside.post(where, said).content.decode()
    assert "1 facture sur 1 serait allée ailleurs" in shown
    assert not Rule.objects.exists()
    wrong = inside.post(where, said | {"test_1": "below"}).content.decode()
    assert "employez" in wrong
    assert inside.post(where, said | {"enregistrer": "1"}).status_code == 302
    rule = Rule.objects.get()
    assert rule.to_dossier == shop
    page = inside.get(f"/dossiers/{office.florist.pk}/aiguillage/").content.decode()
    assert "BC-7" in page
    assert "Sinon" in page
    edit = f"/dossiers/{office.florist.pk}/aiguillage/regles/{rule.pk}/"
    assert 'value="BC-7"' in inside.get(edit).content.decode()
    inside.post(edit, said | {"valeur_1": "BC-8", "enregistrer": "1"})
    assert [one.asked[0]["value"] for one in placing.rules_of(office.florist.pk)] == ["BC-8"]
    [current] = placing.rules_of(office.florist.pk)
    inside.post(f"/dossiers/{office.florist.pk}/aiguillage/regles/{current.pk}/retirer/")
    assert not placing.rules_of(office.florist.pk).exists()


def test_the_page_tries_a_file_and_a_past_invoice(inside, office, deposited, work):
    from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415

    keep(office.florist, label="Travaux")
    deposited(data=with_order("F-1", office))
    work()
    where = f"/dossiers/{office.florist.pk}/aiguillage/"
    file = SimpleUploadedFile("f.xml", with_order("F-9", office))
    assert "Règle 1" in inside.post(where, {"fichier": file}).content.decode()
    bad = SimpleUploadedFile("f.xml", b"rien")
    assert "avis-urgent" in inside.post(where, {"fichier": bad}).content.decode()
    past = Document.objects.get(direction="received")
    assert "Règle 1" in inside.get(f"{where}?piece={past.pk}").content.decode()
    page = inside.get(f"/dossiers/{office.florist.pk}/documents/{past.pk}/").content.decode()
    assert "file « Travaux »" in page
    listed = inside.get(f"/dossiers/{office.florist.pk}/recues/?file=Travaux").content.decode()
    assert "F-1" in listed
    none = inside.get(f"/dossiers/{office.florist.pk}/recues/?file=Autre").content.decode()
    assert "F-1" not in none


def test_a_client_reads_the_rules_and_writes_none(client, office, client_person):
    client.force_login(client_person)
    where = f"/dossiers/{office.bakery.pk}/aiguillage/regles/nouvelle/"
    assert client.get(where).status_code == 200
    said = {"champ_1": "order", "test_1": "is", "valeur_1": "1", "file": "x", "enregistrer": "1"}
    assert client.post(where, said).status_code == 403
    assert not Rule.objects.exists()
    assert DossierAccess.objects.filter(person=client_person).exists()


# --- by program


def test_a_program_reads_the_rules_and_tries_them(office, deposited, work):
    import base64  # noqa: PLC0415

    from tests.server.api_client import Program, token_of  # noqa: PLC0415

    from facturier.server.api import clients  # noqa: PLC0415

    erp = Program(token_of(clients.register(office.other_cabinet, [office.florist], name="ERP")))
    other = Program(token_of(clients.register(office.cabinet, [office.bakery], name="Caisse")))
    rule = keep(office.florist, label="Travaux")
    deposited(data=with_order("F-1", office))
    work()
    [told] = erp.get("/api/v1/routing-rules").json()
    assert told["sentence"] == rule.sentence
    assert told["conditions"] == [{"field": "order", "operator": "is", "value": "BC-7"}]
    assert other.get("/api/v1/routing-rules").json() == []
    past = Document.objects.get(direction="received")
    by_document = erp.post("/api/v1/routing-trials", {"documentId": past.pk}).json()
    file = base64.b64encode(with_order("F-9", office)).decode()
    by_file = erp.post("/api/v1/routing-trials", {"content": file}).json()
    for one in (by_document, by_file):
        assert (one["ruleId"], one["label"], one["leaves"]) == (rule.pk, "Travaux", False)
        assert one["facts"]["order"] == "BC-7"
    assert other.post("/api/v1/routing-trials", {"documentId": past.pk}).status_code == 404
    rubbish = base64.b64encode(b"rien").decode()
    for body, status in (({}, 400), ({"content": "é"}, 400), ({"content": rubbish}, 415)):
        assert erp.post("/api/v1/routing-trials", body).status_code == status, body
    assert Document.objects.count() == 2
