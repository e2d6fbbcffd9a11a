"""Rules hand received invoices to other applications: into a folder or by mail, none is lost."""

from datetime import timedelta

import pytest
from django.urls import reverse
from tests.server.mail_server import mail_server
from tests.server.test_routing import condition, keep, with_order

from facturier.errors import RefusedByUs
from facturier.server.documents import store
from facturier.server.documents.models import Document
from facturier.server.firm.models import Dossier
from facturier.server.routing import handing, trying, writing
from facturier.server.routing.models import Handover, Placement
from facturier.server.routing.writing import Targets
from facturier.server.running import health
from facturier.server.web import todo

pytestmark = pytest.mark.django_db
SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def root(settings, tmp_path):
    settings.ROUTING_FOLDER = str(tmp_path / "depots")
    return tmp_path / "depots"


@pytest.fixture
def post(settings):
    """A mail server, and the product told of it."""
    with mail_server() as server:
        settings.SMTP, settings.EMAIL_BACKEND = f"127.0.0.1:{server.port}", SMTP
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


@pytest.fixture
def received(office, deposited, everybody_works):
    def one(number="F-1"):
        deposited(data=with_order(number, office))
        everybody_works()
        return Document.objects.get(direction="received", number=number)

    return one


def now_is_the_time():
    Handover.objects.update(not_before=Document.objects.latest("pk").created_at - timedelta(days=1))


def test_into_a_folder_as_it_came_under_a_name_of_its_own(office, root, received):
    keep(office.florist, folder="achats")
    document = received()
    assert handing.due() == [office.florist.pk]
    assert handing.deliver(office.florist.pk) == 1
    (file,) = (root / f"cabinet-{office.florist.cabinet_id}" / "achats").iterdir()
    assert file.read_bytes() == store.get(document.sha256)
    assert file.name == f"{office.bakery.siren}_F-1_{document.flow.flow_id}.xml"
    owed = Handover.objects.get()
    assert (owed.state, owed.attempts, owed.last_error) == ("done", 1, "")
    assert not handing.due()
    assert handing.deliver(office.florist.pk) == 0, "once"


def test_by_mail_with_the_file_as_it_came(office, post, received):
    keep(office.florist, mail="factures@gestion.exemple.fr")
    document = received()
    assert handing.deliver(office.florist.pk) == 1
    (mail,) = post.taken
    assert mail["To"] == "factures@gestion.exemple.fr"
    assert mail["Subject"].startswith("Facture F-1 · ")
    assert str(document.flow.flow_id) in mail["Message-ID"], "the same if it is sent again"
    (file,) = mail.iter_attachments()
    assert file.get_payload(decode=True) == store.get(document.sha256)
    assert "BC-7" in mail.get_body().get_content(), "the rule is told"


def test_both_ways_and_what_no_rule_names_goes_nowhere(
    office, root, post, received, deposited, everybody_works
):
    keep(office.florist, folder="achats", mail="a@exemple.fr", label="Travaux")
    received()
    deposited("F-2")
    everybody_works()
    assert handing.deliver(office.florist.pk) == 2
    assert len(post.taken) == len([*root.rglob("*.xml")]) == 1


def test_a_server_that_is_down_delays_and_loses_nothing(office, settings, received):
    with mail_server() as gone:
        port = gone.port
    settings.SMTP, settings.EMAIL_BACKEND = f"127.0.0.1:{port}", SMTP
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    keep(office.florist, mail="a@exemple.fr")
    received()
    assert handing.deliver(office.florist.pk) == 0
    owed = Handover.objects.get()
    assert (owed.state, owed.attempts) == ("pending", 1)
    assert "refused" in owed.last_error
    assert not handing.due(), "it waits"
    pipe = health.applications(Dossier.objects.filter(pk=office.florist.pk))
    assert (pipe.waiting, pipe.level) == (1, health.Level.WATCH)
    with mail_server(port) as back:
        now_is_the_time()
        assert handing.deliver(office.florist.pk) == 1
        assert len(back.taken) == 1
    pipe = health.applications(Dossier.objects.filter(pk=office.florist.pk))
    assert (pipe.waiting, pipe.level) == (0, health.Level.GOOD)


def test_what_is_given_up_waits_for_a_person_who_takes_it_up_again(
    office, post, received, client, stranger
):
    keep(office.florist, mail="a@exemple.fr")
    post.accepts = False
    document = received()
    for _ in range(handing.MOST_ATTEMPTS):
        now_is_the_time()
        assert handing.deliver(office.florist.pk) == 0
    owed = Handover.objects.get()
    assert owed.state == "failed"
    assert not handing.due()
    assert "n'a pas pu être remise (courriel a@exemple.fr)" in Placement.objects.get().problem
    assert todo.counters([office.florist])[office.florist.pk].misplaced == 1
    pipe = health.applications(Dossier.objects.filter(pk=office.florist.pk))
    assert (pipe.given_up, pipe.level) == (1, health.Level.WATCH)
    client.force_login(stranger)
    page = client.get(reverse("routing", args=[office.florist.pk])).content.decode()
    assert "451" in page
    assert "Remettre maintenant" in page
    client.post(reverse("routing_hand_over", args=[office.florist.pk, owed.pk]))
    post.accepts = True
    assert handing.deliver(office.florist.pk) == 1
    assert document.state == "203", "the invoice itself was here all the while"


def test_a_worker_that_dies_on_the_way_only_delays(office, root, received, monkeypatch):
    keep(office.florist, folder="achats")
    received()
    monkeypatch.setattr(handing, "_put", lambda _: (_ for _ in ()).throw(SystemExit))
    with pytest.raises(SystemExit):
        handing.deliver(office.florist.pk)
    monkeypatch.undo()
    assert not handing.due(), "nobody takes it meanwhile"
    now_is_the_time()
    assert handing.deliver(office.florist.pk) == 1
    assert len([*root.rglob("*.xml")]) == 1


def test_a_link_out_of_the_root_is_not_followed(office, root, tmp_path, received):
    keep(office.florist, folder="achats")
    outside = tmp_path / "ailleurs"
    outside.mkdir()
    parent = root / f"cabinet-{office.florist.cabinet_id}"
    parent.mkdir(parents=True)
    (parent / "achats").symlink_to(outside)
    received()
    assert handing.deliver(office.florist.pk) == 0
    assert "hors de la racine" in Handover.objects.get().last_error
    assert not [*outside.iterdir()]


@pytest.mark.parametrize("name", ["../autre", "a/b", "/etc", ".ssh", "..", "a..b", "a\x00", ""])
def test_a_folder_is_a_name_not_a_path(office, root, name):  # noqa: ARG001
    with pytest.raises(RefusedByUs):
        keep(office.florist, folder=name)


def test_without_a_root_or_a_mail_server_no_rule_names_them(office, settings):
    settings.ROUTING_FOLDER = settings.SMTP = ""
    for target, words in (
        ({"folder": "achats"}, "Aucun dossier"),
        ({"mail": "a@b.fr"}, "courrier"),
    ):
        with pytest.raises(RefusedByUs, match=words):
            writing.drafted(office.florist, [condition("order", "is", "1")], Targets(**target))


def test_the_simulator_tells_it_and_sends_nothing(office, root, post):
    keep(office.florist, folder="achats", mail="a@exemple.fr")
    found = trying.of_file(office.florist, with_order("F-9", office))
    assert "dossier de dépôt « achats »" in found.sentence
    assert "par courriel à a@exemple.fr" in found.sentence
    assert not post.taken
    assert not root.exists()
    assert not Handover.objects.exists()


def test_an_application_that_became_impossible_is_told_and_gets_it_later(
    office, root, settings, received
):
    keep(office.florist, folder="achats")
    settings.ROUTING_FOLDER = ""
    received()
    assert "Aucun dossier de dépôt" in Placement.objects.get().problem
    assert handing.deliver(office.florist.pk) == 0
    settings.ROUTING_FOLDER = str(root)
    now_is_the_time()
    assert handing.deliver(office.florist.pk) == 1
