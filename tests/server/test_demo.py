"""The demo firm, made whole in the test database: what it must hold, and that it is honest."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import F, Sum
from django.utils import timezone

from facturier import formats, rules
from facturier.invoice.parties import is_demo
from facturier.server import sight
from facturier.server.books.models import Entry
from facturier.server.demo import access, invoices, islands, seeding, story
from facturier.server.demo.agenda import Deposit, Saying, Validation, acts
from facturier.server.demo.companies import CABINETS, COMPANIES, DOSSIERS, OTHER_DOSSIERS
from facturier.server.demo.oddities import ODDITIES
from facturier.server.documents import history
from facturier.server.documents.models import Document, Event, FindingRow, Flow, Transmission
from facturier.server.firm.models import Dossier, Person

pytestmark = pytest.mark.django_db

QUICK = {
    "macon-constructions-02", "scierie-constructions-01", "valmont-negoce-01", "conseil-agence-01",
    "conseil-agence-02", "acompte-site", "solde-site", "avoir-fleurs", "fleuriste-comptoir-02",
    "refus-taux", "hors-annuaire-1", "energie-comptoir-01", "lumen-comptoir-01", "fautive-01",
    "fautive-07", "sci-comptoir-03", "doublon-2", "entite", "autrui",
}  # fmt: skip
"""Acts about these documents are enough to see each thing happen once."""


def quick(act):
    return act.key in QUICK


@pytest.fixture
def firm(wide_sight):  # noqa: ARG001
    return seeding.seed(only=quick)


def codes(key, firm, company):
    document = Document.objects.get(
        dossier=firm.dossiers[company], transmissions__external_id=firm.sent[key]
    )
    return [event.code for event in document.events.order_by("pk")]


# --- The story, without a database ---------------------------------------------------------------


def known_numbers():
    return invoices.numbered(
        (sale for sale in (*story.SALES, *story.WRONG) if not sale.twin_of), timezone.localdate()
    )


def test_there_is_enough_of_everything():
    assert len(DOSSIERS) >= 12
    assert len({company.profile for company in (*DOSSIERS, *OTHER_DOSSIERS)}) >= 12
    assert len(story.SALES) >= 120
    assert len(story.WRONG) + len(ODDITIES) >= 12
    days = [sale.ago for sale in story.SALES]
    assert min(days) < 10
    assert 80 < max(days) <= 92
    assert {sale.syntax for sale in story.SALES} == {"ubl", "cii", "facturx"}
    assert {sale.type_code for sale in story.SALES} == {"380", "381", "384", "386", "389"}
    assert {"B1", "B2", "B4", "M1", "S1", "S4"} <= {sale.process for sale in story.SALES}
    categories = {line.category for sale in story.SALES for line in sale.lines}
    assert {"S", "AE", "E", "G", "K"} == categories
    said = {act.step.code for act in acts(timezone.now()) if isinstance(act, Saying)}
    assert {204, 205, 206, 207, 208, 209, 210, 211, 212} == said


def test_all_identifiers_have_valid_keys_and_belong_to_nobody():
    for company in COMPANIES.values():
        if company.country == "FR":
            for number in (company.siren, company.siret, company.vat_number, company.iban):
                assert not number or is_demo(number), company.key
    sirens = [company.siren for company in COMPANIES.values()]
    assert len(set(sirens)) == len(sirens)
    assert all(person.email.endswith(".example") for one in CABINETS for person in one.people)


def test_numbers_follow_each_other_in_the_order_of_dates():
    series = {}
    for one in sorted(known_numbers().values(), key=lambda one: (one.day, one.sale.key)):
        prefix, _, number = one.number.rpartition("-")
        series.setdefault((one.sale.seller, prefix), []).append(int(number))
    for numbers in series.values():
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_every_invoice_meant_to_be_right_is_valid_and_every_mistake_is_found():
    known = known_numbers()
    for one in known.values():
        verdict = rules.check(formats.read(invoices.file_of(one)[1]), on=timezone.localdate())
        found = {finding.rule for finding in verdict.fatal}
        assert bool(found) is bool(one.sale.mutation), (one.sale.key, found)


def test_the_same_day_gives_the_same_files():
    one = known_numbers()["acompte-site"]
    assert invoices.file_of(one) == invoices.file_of(one)


def test_each_wrong_invoice_is_wrong_in_its_own_way():
    known = known_numbers()
    mistakes = set()
    for sale in story.WRONG:
        if not sale.twin_of:
            verdict = rules.check(formats.read(invoices.file_of(known[sale.key])[1]))
            mistakes.add(frozenset(finding.rule for finding in verdict.fatal))
    assert len(mistakes) == sum(not sale.twin_of for sale in story.WRONG) >= 12


def test_receipts_add_up_to_what_was_invoiced():
    for one in known_numbers().values():
        if one.sale.life in {"encaissée", "en deux fois", "comptant"} and one.sale.ago > 70:
            said = [
                act for act in acts(timezone.now())
                if isinstance(act, Saying) and act.key == one.sale.key and act.step.code == 212
            ]  # fmt: skip
            totals = invoices.invoice_of(one).totals
            assert sum(datum.amount for act in said for datum in act.amounts) == totals.with_vat


def test_the_islands_never_meet_and_hold_most_of_the_work():
    everything = [act for act in acts(timezone.now()) if not isinstance(act, Validation)]
    touched = []
    for island in islands.ISLANDS:
        on_it = [act for act in everything if islands.is_on(island, act)]
        assert len(on_it) > len(everything) / 4
        touched.append({name for act in on_it for name in (act.company, act.peer)})
    ours = {company.key for company in (*DOSSIERS, *OTHER_DOSSIERS)}
    assert not touched[0] & touched[1] & ours


# --- Lived through ------------------------------------------------------------------------------


def test_a_short_life_is_complete_and_honest(firm, tmp_path):
    people_and_dossiers_are_there_and_say_simulation(firm)
    each_thing_happens(firm)
    odd_files_lie_in_quarantine_with_their_reason(firm)
    entries_are_balanced_and_some_are_validated(firm)
    event_times_are_three_months_of_life_and_the_recording_is_not_hidden(firm)
    a_second_seeding_changes_nothing(firm)
    the_way_in_is_written_once_and_kept(firm, tmp_path)


def people_and_dossiers_are_there_and_say_simulation(_firm):
    assert Dossier.objects.count() == len(DOSSIERS) + len(OTHER_DOSSIERS)
    assert not Dossier.objects.filter(is_simulation=False).exists()
    assert not Document.objects.filter(is_simulation=False).exists()
    for office in CABINETS:
        assert "simulation" in office.name
        for someone in office.people:
            person = Person.objects.known_as(someone.email)
            seen = set(Dossier.objects.visible_to(person).values_list("siren", flat=True))
            assert (
                seen == {COMPANIES[key].siren for key in someone.dossiers}
                or {company.siren for company in office.dossiers} == seen
            )
            assert person.check_password("simulation-2026")


def each_thing_happens(firm):
    assert codes("acompte-site", firm, "agence")[:4] == ["200", "201", "202", "203"]
    assert codes("acompte-site", firm, "association") == ["202", "203", "205", "212"]
    assert codes("macon-constructions-02", firm, "macon") == [
        "200", "201", "202", "203", "204", "208", "209", "205", "211",
    ]  # fmt: skip
    assert codes("refus-taux", firm, "negoce")[-1] == "210"
    assert codes("hors-annuaire-1", firm, "valmont") == ["200"]
    assert codes("fautive-01", firm, "lumen") == codes("doublon-2", firm, "sci") == ["213"]
    assert codes("energie-comptoir-01", firm, "comptoir")[:2] == ["202", "203"]
    # The buyer makes out a self-billed invoice: the seller receives and approves it.
    assert codes("valmont-negoce-01", firm, "valmont")[:2] == ["202", "203"]
    reasons = set(Event.objects.filter(code="213").values_list("reason", flat=True))
    assert reasons == {"REJ_SEMAN", "ADR_ERR", "DOUBLON"}


def odd_files_lie_in_quarantine_with_their_reason(_firm):
    lying = Flow.objects.filter(state=Flow.State.QUARANTINED)
    assert set(lying.values_list("last_error_reason", flat=True)) == {"external-entity", "not-ours"}
    assert all(flow.findings.count() == 1 for flow in lying)
    assert not Flow.objects.filter(state=Flow.State.PENDING).exists()


def entries_are_balanced_and_some_are_validated(_firm):
    assert set(Entry.objects.values_list("state", flat=True)) == {
        "proposed", "validated", "withdrawn",  # of invoices that were refused
    }  # fmt: skip
    sums = Entry.objects.annotate(debit=Sum("lines__debit"), credit=Sum("lines__credit"))
    assert sums.filter(debit__gt=Decimal(0)).count() == Entry.objects.count()
    assert not sums.exclude(debit=F("credit")).exists()
    assert not Document.objects.exclude(unpostable="").exists()


def event_times_are_three_months_of_life_and_the_recording_is_not_hidden(firm):
    now = timezone.now()
    assert Event.objects.filter(at__lt=now - timedelta(days=60)).exists()
    assert not Event.objects.filter(at__gt=now).exists()
    assert not Event.objects.filter(recorded_at__lt=firm.opened_at).exists()
    for transmission in Transmission.objects.all():
        moments = [event.at for event in transmission.events.order_by("pk")]
        assert moments == sorted(moments), transmission
        history.state_of(transmission)  # the cache and the fold agree
    for entry in Entry.objects.filter(state="validated"):
        assert timezone.localdate(entry.validated_at) > entry.date


def a_second_seeding_changes_nothing(firm):
    def counted():
        return [
            model.objects.count()
            for model in (Dossier, Person, Flow, Document, Event, Entry, FindingRow)
        ]

    before, played = counted(), []
    again = seeding.seed(progress=lambda done, _: played.append(done), only=quick)
    assert counted() == before
    assert played == []
    assert again.opened_at == firm.opened_at


def test_an_interrupted_seeding_goes_on(wide_sight):  # noqa: ARG001
    class Cut(Exception):
        pass

    def cut(done, _):
        if done == 7:
            raise Cut

    with pytest.raises(Cut):
        seeding.seed(progress=cut, only=quick)
    begun = Flow.objects.filter(direction="Out").count()
    assert 0 < begun <= 7
    firm = seeding.seed(only=quick)
    each_thing_happens(firm)


def the_way_in_is_written_once_and_kept(firm, tmp_path):
    first = access.write(firm, tmp_path, "http://127.0.0.1:8000")
    assert (tmp_path / "demo.json").stat().st_mode & 0o077 == 0
    assert {account["role"] for account in first["accounts"]} == {
        "expert_comptable", "collaborateur", "client",
    }  # fmt: skip
    assert len(first["dossiers"]) >= 12
    again = access.write(firm, tmp_path, "http://127.0.0.1:9000")
    assert again["api"]["client_secret"] == first["api"]["client_secret"]
    assert again["api"]["token_url"].startswith("http://127.0.0.1:9000/")
    (tmp_path / "demo.json").write_text("{")
    lost = access.write(firm, tmp_path, "http://127.0.0.1:8000")
    assert lost["api"]["client_id"] == first["api"]["client_id"]
    assert lost["api"]["client_secret"] != first["api"]["client_secret"]
    text = access.describe(lost, seconds=3.2)
    assert all(account["email"] in text for account in first["accounts"])
    assert "simulation" in text


@pytest.mark.slow
def test_the_whole_story(wide_sight):  # noqa: ARG001
    firm = seeding.seed()
    deposits = [act for act in acts(firm.opened_at) if isinstance(act, Deposit)]
    sent = Flow.objects.filter(direction="Out")  # without what was brought by hand
    assert sent.exclude(tracking_id="").count() == len(deposits)
    assert Document.objects.count() >= 120
    assert Flow.objects.filter(state="quarantined").count() == len(ODDITIES)
    states = Counter(Document.objects.values_list("state", flat=True))
    assert {"200", "203", "204", "205", "206", "207", "208", "210", "211", "212", "213"} <= set(
        states
    )
    entries_are_balanced_and_some_are_validated(firm)
    event_times_are_three_months_of_life_and_the_recording_is_not_hidden(firm)
    with sight.of(firm.sight):
        assert Document.objects.filter(outcome="invalid").count() == sum(
            not sale.twin_of for sale in story.WRONG
        )
