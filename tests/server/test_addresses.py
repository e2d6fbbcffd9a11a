"""Lines of the directory asked of the portal (flux 13): rules first, then the answer to its end."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.network.conftest import SECRETS, Running, free_port
from tests.server.invoices import ubl

from facturier.errors import RefusedByUs
from facturier.formats.directory import Nature
from facturier.formats.directory_files import read_update
from facturier.formats.parsing import parse_xml
from facturier.invoice.parties import demo_siren
from facturier.network.concentrator.client import Concentrator
from facturier.server import sight
from facturier.server.directory import asking, lookup, receiving, showing
from facturier.server.directory.asking import Deed, Wish, planned
from facturier.server.directory.models import Import, LegalUnit, Line, LineRequest, Platform
from facturier.server.documents import store
from facturier.server.documents.models import Document
from facturier.server.firm.models import Dossier
from facturier.server.portal import resending
from facturier.server.portal.models import PortalFile
from facturier.server.portal.tasks import exchange
from facturier.server.reporting.agenda import agenda
from facturier.server.web import todo

pytestmark = pytest.mark.django_db
HERE, OTHER = "0042", "0043"


@pytest.fixture(autouse=True)
def _platform(settings):
    settings.PLATFORM_NUMBER = HERE


@pytest.fixture
def day():
    return lookup.today()


def published(siren, platform, start, *, rest="", end=None, nature="D"):
    """A line as the portal's directory has it."""
    identifier = siren + rest
    return Line.objects.create(
        about=identifier.lower(), key=f"{identifier.lower()}|{start}|{nature}|{platform}",
        identifier=identifier, siren=siren, suffix=rest[1:], platform=platform, nature=nature,
        start=start, end=end, instance=1,
    )  # fmt: skip


@pytest.fixture
def received(office, day):
    """The portal's directory: the bakery is at another platform."""
    Import.objects.create(produced_at=lookup.timezone.now(), extent="C", counts={})
    for number in (HERE, OTHER):
        Platform.objects.create(
            about=number, key=number, number=number, name=f"PA {number}", status="A", kind="PDP"
        )
    siren = office.bakery.siren
    LegalUnit.objects.create(about=siren, key=siren, siren=siren, name="B", status="A", kind="A")
    return published(siren, OTHER, day - timedelta(days=100))


def wish(deed, identifier, on):
    return Wish(deed=Deed(deed), identifier=identifier, on=on)


def lines_of(file):
    return read_update(parse_xml(store.get(file.stored_id))).lines


# --- planned


def test_moving_here_ends_the_other_line_the_same_day(office, received, day):
    on = day + timedelta(days=3)
    plan = planned(office.bakery, wish("open", office.bakery.siren, on))
    assert plan.objections == ()
    assert plan.remarks == ()
    assert [(deed, one.platform, one.start, one.end) for deed, one in plan.deeds] == [
        (Deed.END, OTHER, received.start, on), (Deed.OPEN, HERE, on, None),
    ]  # fmt: skip
    assert "la ligne vers la plateforme 0043 s'arrête ce jour-là" in plan.sentence


def test_a_line_to_come_is_cancelled_not_ended(office, received, day):
    coming = published(office.bakery.siren, OTHER, day + timedelta(days=30))
    received.end = day + timedelta(days=30)
    received.save()
    plan = planned(office.bakery, wish("open", office.bakery.siren, day + timedelta(days=10)))
    assert plan.objections == ()
    assert [(deed, one.nature, one.start) for deed, one in plan.deeds] == [
        (Deed.END, Nature.DEFINITION, received.start), (Deed.CANCEL, Nature.MASKING, coming.start),
        (Deed.OPEN, Nature.DEFINITION, day + timedelta(days=10)),
    ]  # fmt: skip
    cancel = planned(office.bakery, wish("cancel", office.bakery.siren, coming.start))
    assert cancel.can_be_asked
    assert "n'aura jamais d'effet" in cancel.sentence


@pytest.mark.parametrize(
    ("deed", "rest", "days", "rule"),
    [
        ("open", "", 0, "G1.87"),
        ("open", "_À", 3, "G1.115"),
        ("end", "", 0, "G1.88"),
        ("end", "_INCONNUE", 3, "Rien à écrire"),
        ("cancel", "", 40, "Rien à écrire"),
        ("open", "_12345678900011", 3, "G1.115"),
    ],
)
@pytest.mark.usefixtures("received")
def test_what_breaks_a_rule_is_said_before_anything_is_written(
    office, expert, day, deed, rest, days, rule
):
    siren = office.bakery.siren
    on = day + timedelta(days=days)
    plan = planned(office.bakery, wish(deed, siren + rest, on))
    if rule == "G1.115" and rest == "_12345678900011":
        assert plan.can_be_asked, "digits that are no place of this company are a suffix"
        return
    assert any(rule in one for one in plan.objections), plan.objections
    with pytest.raises(RefusedByUs):
        asking.ask(office.bakery, plan, expert, agreed_on=day)
    assert not PortalFile.objects.exists()


@pytest.mark.usefixtures("received")
def test_what_only_the_firm_knows(office, day, settings):
    on = day + timedelta(days=3)
    for identifier, words in (
        ("abc", "commence par un SIREN"), (demo_siren(77), "SIREN 0"),
        (office.bakery.siren + "_X", None),
    ):  # fmt: skip
        plan = planned(office.bakery, wish("open", identifier, on))
        assert plan.can_be_asked if words is None else words in " ".join(plan.objections)
    office.mason.electronic_address = f"{office.bakery.siren}_X"
    office.mason.save()
    plan = planned(office.bakery, wish("open", f"{office.bakery.siren}_X", on))
    assert "Un autre dossier" in plan.objections[0]
    settings.PLATFORM_NUMBER = ""
    plan = planned(office.bakery, wish("open", office.bakery.siren, on))
    assert "FACTURIER_PLATFORM" in plan.objections[0]


def test_what_only_the_portal_knows_is_remarked(office, day):
    on = day + timedelta(days=3)
    one = planned(office.bakery, wish("open", office.bakery.siren, on))
    assert one.can_be_asked
    assert "n'a pas encore été reçu" in one.remarks[0]
    Import.objects.create(produced_at=lookup.timezone.now(), extent="C", counts={})
    siren = office.bakery.siren
    plan = planned(office.bakery, wish("open", f"{siren}_{siren}00013_ACHATS", on))
    assert [one[-7:-2] for one in plan.remarks] == ["G1.96", "G1.97", "G1.92"]


# --- asked


@pytest.mark.usefixtures("received")
def test_it_is_owed_with_its_lines_and_who_asked(office, expert, day):
    on = day + timedelta(days=3)
    plan = planned(office.bakery, wish("open", office.bakery.siren, on))
    with pytest.raises(RefusedByUs, match="accord formel"):
        asking.ask(office.bakery, plan, expert)
    file = asking.ask(office.bakery, plan, expert, agreed_on=day)
    assert (file.interface, file.state) == ("FFE1235A", "pending")
    assert file.due_at.astimezone(lookup.timezone.get_current_timezone()).date() == on
    written = [
        (one.address.identifier, one.platform, one.start, one.end, one.nature)
        for one in lines_of(file)
    ]
    assert written == [
        (one.address.identifier, one.platform, one.start, one.end, one.nature)
        for _, one in plan.deeds
    ]
    first, second = LineRequest.objects.order_by("rank")
    assert (first.deed, second.deed, second.asked_by, second.agreed_on) == (
        "end", "open", expert, day,
    )  # fmt: skip
    [asked] = showing.asked_of([office.bakery])
    assert len(asked.lines) == 2
    [due] = [one for one in agenda([office.bakery], until=on) if one.nature == "flux-13"]
    assert due.is_to_do
    again = planned(office.bakery, wish("open", office.bakery.siren, on + timedelta(days=1)))
    assert "reçoit déjà" in again.objections[0], "what was asked counts already"
    sooner = planned(office.bakery, wish("open", office.bakery.siren, on - timedelta(days=1)))
    assert [deed for deed, _ in sooner.deeds] == [Deed.END, Deed.CANCEL, Deed.OPEN]
    assert sooner.can_be_asked, sooner.objections


def test_requests_are_hidden_from_other_firms(office, expert, day):
    plan = planned(office.bakery, wish("open", office.bakery.siren, day + timedelta(days=3)))
    asking.ask(office.bakery, plan, expert, agreed_on=day)
    with sight.of([office.florist.pk]):
        assert not LineRequest.objects.exists()
    with sight.of([office.bakery.pk]):
        assert LineRequest.objects.count() == 1


# --- with the portal


@pytest.fixture(scope="module")
def concentrator(tmp_path_factory):
    running = Running(tmp_path_factory.mktemp("concentrateur-f13"), free_port())
    running.start()
    yield running
    running.kill()


EXPORT = """<?xml version="1.0" encoding="UTF-8"?>
<AnnuaireConsultationF14><HorodateProduction>20261101050000</HorodateProduction>
<TypeFlux>C</TypeFlux><BlocUnitesLegales>{units}</BlocUnitesLegales></AnnuaireConsultationF14>"""
UNIT = """<UniteLegale><IdInstance>{n}</IdInstance><MotifPresence>C</MotifPresence>
<Statut>{status}</Statut><IdSIREN qualifiant="0002">{siren}</IdSIREN><Nom>Fictif {n}</Nom>
<TypeEntite>A</TypeEntite><Diffusible>O</Diffusible></UniteLegale>"""


@pytest.fixture
def connected(settings, concentrator, tmp_path):
    settings.PORTAL_URL, settings.PORTAL_APPLICATION = concentrator.url, "AAA123"
    settings.PORTAL_SECRET, settings.PORTAL_WAIT = SECRETS["AAA123"], 0
    settings.VAR = tmp_path
    return concentrator


def answered(concentrator, file):
    """Exchange until the portal has decided."""
    for _ in range(100):
        exchange()
        concentrator.settled()
        file.refresh_from_db()
        if file.state in ("accepted", "refused"):
            return file
    raise AssertionError(file.state)


def test_refused_then_asked_again_then_accepted_published_and_served(
    office, expert, day, connected, client, everybody_works, deposited
):
    siren, address = office.bakery.siren, f"{office.bakery.siren}_COMPTA"
    on = day + timedelta(days=1)
    plan = planned(office.bakery, wish("open", address, on))
    closed = UNIT.format(n=1, siren=siren, status="I")
    assert connected.ask("POST", "/simulation/directory", data=EXPORT.format(units=closed)).ok
    file = answered(connected, asking.ask(office.bakery, plan, expert, agreed_on=day))
    assert (file.state, file.answer_code, file.answer_reason) == ("refused", "401", "REJ_COH")
    assert "G1.96" in file.last_error
    assert todo.counters([office.bakery])[office.bakery.pk].portal_open == 1
    assert lookup.route(address) is None

    # the portal learns that the company is active; one click asks again
    units = UNIT.format(n=2, siren=siren, status="A")
    assert connected.ask("POST", "/simulation/directory", data=EXPORT.format(units=units)).ok
    client.force_login(expert)
    page = client.get(f"/dossiers/{office.bakery.pk}/adresses/").content.decode()
    assert "Transmettre de nouveau" in page
    again = client.post(f"/dossiers/{office.bakery.pk}/administration/{file.pk}/renvoyer/")
    assert again.url == f"/dossiers/{office.bakery.pk}/adresses/"
    second = PortalFile.objects.get(replaces=file)
    assert answered(connected, second).answer_code == "400"
    assert todo.counters([office.bakery])[office.bakery.pk].portal_open == 0
    assert resending.again(file) == second, "asked twice, the first answer again"

    # the export of the night brings the line; from its first day it leads to the dossier
    assert connected.ask("POST", "/simulation/export", json={"extent": "C"}).ok
    portal = Concentrator(connected.url, "AAA123", SECRETS["AAA123"])
    assert receiving.take_exports(portal) == 1
    assert "ne prend effet que" in lookup.line_in_effect(address).why
    Line.objects.filter(about=address.lower()).update(start=day)
    assert lookup.line_in_effect(address).dossier == office.bakery.pk
    deposited(
        dossier=office.mason,
        data=ubl("F-1", office.mason.siren, siren, buyer_address=address),
    )
    everybody_works()
    got = Document.objects.get(dossier=office.bakery, direction="received")
    assert (got.number, got.state) == ("F-1", "203")


# --- the pages


def test_the_page_previews_then_asks(client, expert, office, received, day):
    client.force_login(expert)
    where = f"/dossiers/{office.bakery.pk}/adresses/"
    shown = client.get(where).content.decode()
    assert "PA 0043 (0043)" in shown
    assert "Déplacer ici" in shown
    said = {
        "demande": "open", "adresse": office.bakery.siren, "accord": day.isoformat(),
        "le": (day + timedelta(days=2)).isoformat(),
    }  # fmt: skip
    preview = client.get(f"{where}demander/", said).content.decode()
    assert "s&#x27;arrête ce jour-là" in preview
    assert not PortalFile.objects.exists()
    assert client.post(f"{where}demander/", said).status_code == 302
    assert PortalFile.objects.get().lines.count() == 2
    assert "Recevoir à" in client.get(where).content.decode()
    late = client.get(f"{where}demander/", said | {"le": day.isoformat()}).content.decode()
    assert "G1.87" in late
    assert "Demander au portail" not in late
    tomorrow = (day + timedelta(days=1)).isoformat()
    assert (
        "pas encore passée"
        in client.get(f"{where}demander/", said | {"accord": tomorrow}).content.decode()
    )
    assert received


def test_a_client_asks_nothing(client, client_person, office, day):
    client.force_login(client_person)
    said = {
        "demande": "open", "adresse": office.bakery.siren, "accord": day.isoformat(),
        "le": (day + timedelta(days=2)).isoformat(),
    }  # fmt: skip
    assert client.post(f"/dossiers/{office.bakery.pk}/adresses/demander/", said).status_code == 403
    assert client.post("/adresses/", said | {"dossier": office.bakery.pk}).status_code == 200
    assert not PortalFile.objects.exists()


def test_several_dossiers_at_once_after_a_preview(
    client, expert, office, received, day, django_assert_max_num_queries
):
    client.force_login(expert)
    said = {
        "demande": "open", "accord": day.isoformat(),
        "le": (day + timedelta(days=2)).isoformat(),
        "dossier": [office.bakery.pk, office.mason.pk, office.florist.pk],
    }  # fmt: skip
    with django_assert_max_num_queries(30):
        preview = client.get("/adresses/", said).content.decode()
    assert preview.count("À partir du") >= 2
    assert "Fleuriste" not in preview
    for number in range(12):
        Dossier.objects.create(
            cabinet=office.cabinet, name=f"D{number}", siren=demo_siren(8000 + number),
            electronic_address=demo_siren(8000 + number),
        )  # fmt: skip
    said["dossier"] = [one.pk for one in Dossier.objects.filter(cabinet=office.cabinet)]
    with django_assert_max_num_queries(30):
        client.get("/adresses/", said)
    assert client.post("/adresses/", said).status_code == 302
    assert PortalFile.objects.count() == 14
    assert {one.dossier.cabinet_id for one in PortalFile.objects.all()} == {office.cabinet.pk}
    assert received


def test_where_will_this_invoice_go(client, expert, office, received, day, everybody_works):
    client.force_login(expert)
    where = f"/dossiers/{office.bakery.pk}/adresses/verifier/"
    siren = office.florist.siren
    assert "vers cette plateforme" in client.get(where, {"adresse": siren}).content.decode()
    absent = client.get(where, {"adresse": f"{siren}_X"}).content.decode()
    assert "n&#x27;est pas dans l&#x27;annuaire" in absent
    assert f"Adresses de la même entreprise : {siren}" in absent
    published(siren, OTHER, day + timedelta(days=9), rest="_Y")
    early = client.get(where, {"adresse": f"{siren}_Y"}).content.decode()
    assert "ne prend effet que le" in early
    later = {"adresse": f"{siren}_Y", "le": (day + timedelta(days=10)).isoformat()}
    assert "PA 0043" in client.get(where, later).content.decode()
    file = SimpleUploadedFile("f.xml", ubl("F-1", office.bakery.siren, siren))
    assert siren in client.post(where, {"fichier": file}).content.decode()
    broken = SimpleUploadedFile("f.xml", b"rien")
    assert "avis-urgent" in client.post(where, {"fichier": broken}).content.decode()
    assert not Document.objects.exists()
    everybody_works()
    assert received


def test_an_invoice_that_nobody_has_leaves_by_its_page(
    client, expert, office, deposited, everybody_works
):
    address = f"{office.florist.siren}_COMPTA"
    deposited(data=ubl("F-2", office.bakery.siren, office.florist.siren, buyer_address=address))
    everybody_works()
    document = Document.objects.get(number="F-2")
    client.force_login(expert)
    where = f"/dossiers/{office.bakery.pk}/documents/{document.pk}/"
    assert "Chercher de nouveau et retransmettre" in client.get(where).content.decode()
    said = client.post(f"{where}retransmettre/", follow=True).content.decode()
    assert "pas dans l&#x27;annuaire" in said
    office.mason.electronic_address = address
    office.mason.save()
    assert (
        "La facture repart" in client.post(f"{where}retransmettre/", follow=True).content.decode()
    )
    everybody_works()
    document.refresh_from_db()
    assert document.state == "203"
    assert "Chercher de nouveau" not in client.get(where).content.decode()
