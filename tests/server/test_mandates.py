"""Mandates: no invoice in somebody's name without one, one series each, contested in time."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from tests.server.invoices import ubl
from tests.server.mandated import mandate_of

from facturier import formats
from facturier.errors import RefusedByUs
from facturier.invoice import drafting
from facturier.invoice.parties import demo_siren
from facturier.lifecycle.messages import received as receipt
from facturier.lifecycle.statuses import Side
from facturier.server import clock, sight
from facturier.server.books import booking
from facturier.server.documents import history, store
from facturier.server.documents.deposit import deposit, retry
from facturier.server.documents.models import Document, Flow
from facturier.server.mandates import register, series
from facturier.server.mandates.models import Mandate, MandatedDocument
from facturier.use_cases import sheet
from facturier.vat.draft import draft

pytestmark = pytest.mark.django_db
S, B = Side.SELLER, Side.BUYER


@pytest.fixture
def browser(expert):
    client = Client()
    client.force_login(expert)
    return client


@pytest.fixture
def self_billed(office, deposited, everybody_works):
    """Deposit an invoice that the bakery writes for the florist, who sells to it."""

    def one(number="AF-1", **more):
        data = ubl(number, office.florist.siren, office.bakery.siren, type_code="389", **more)
        flow = deposited(data=data)
        everybody_works()
        flow.refresh_from_db()
        return flow

    return one


def held(office, **more):
    return mandate_of(office.bakery, office.florist, office.bakery, **more)


# --- refused without a mandate --------------------------------------------------------------------


def test_without_a_mandate_it_is_refused_and_the_page_is_named(office, self_billed, browser):
    flow = self_billed()
    assert not Document.objects.exists()
    assert flow.state == Flow.State.QUARANTINED
    assert "n'a pas de mandat de Vendeur" in flow.last_error
    page = browser.get(reverse("quarantine", args=[office.bakery.pk])).content.decode()
    assert "Inscrivez le mandat à la page « Mandats »" in page
    assert reverse("mandates", args=[office.bakery.pk]) in page


def test_once_the_mandate_is_there_the_same_file_goes(office, self_billed, everybody_works):
    flow = self_billed()
    held(office)
    retry(flow)
    everybody_works()
    assert {one.state for one in Document.objects.all()} == {"203"}
    assert Document.objects.get(dossier=office.bakery).mandated.mandate == Mandate.objects.get()


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"starts_on": date(2026, 11, 21)}, "ne commence que le 21/11/2026"),
        ({"ends_on": date(2026, 11, 19)}, "a pris fin le 19/11/2026"),
        ({"types": ["261"]}, "porte sur les types 261"),
        ({"products": "bois, raisin"}, "la ligne 1 n'en parle pas"),
        ({"kind": "third-party"}, "Aucun n'est inscrit"),
    ],
)
def test_a_mandate_covers_its_days_types_and_products_only(office, self_billed, terms, said):
    held(office, **terms)
    flow = self_billed()  # of 20/11/2026, « Cent croissants »
    assert flow.state == Flow.State.QUARANTINED
    assert said in flow.last_error


@pytest.mark.parametrize(
    "terms",
    [
        {"starts_on": date(2026, 11, 20), "ends_on": date(2026, 11, 20)},
        {"types": ["261", "389"], "products": "pains, CROISSANTS"},
    ],
)
def test_both_ends_and_any_of_its_words_count(office, self_billed, terms):
    held(office, **terms)
    assert self_billed().state == Flow.State.DONE


def test_an_invalid_file_is_judged_first_as_always(self_billed):
    self_billed(total="121.00")
    document = Document.objects.get()
    assert (document.state, document.outcome) == ("213", "invalid")
    assert "Aucun n'est inscrit" in document.mandated.why_none


def by_an_agent(office, agent):
    """An invoice of the bakery that names an invoicer (EXT-FR-FE-BG-05): case 19a."""
    story = sheet("19a").example()
    first = story.documents[0].invoice
    ours = formats.read(ubl("TP-1", office.bakery.siren, office.florist.siren)).invoice
    process = replace(ours.process, specification=first.process.specification)
    return formats.write(replace(ours, invoicer=agent(first), process=process), "ubl").xml


def test_a_third_party_writes_under_a_mandate_of_the_seller(office, deposited, everybody_works):
    flow = deposited(data=by_an_agent(office, lambda first: first.invoicer))
    everybody_works()
    flow.refresh_from_db()
    assert "est établie par un tiers : Fictif Portage SARL" in flow.last_error
    agent = sheet("19a").example().actors[2]
    mandate_of(office.bakery, office.bakery, (agent.siren, agent.name), kind="third-party")
    retry(flow)
    everybody_works()
    sold = Document.objects.get(direction="issued")
    assert sold.mandated.mandate.agent_name == "Fictif Portage SARL"
    assert sold.entries.get().journal.code == "VE", "booked as if the seller had written it"
    bought = Document.objects.get(direction="received")
    assert not MandatedDocument.objects.filter(document=bought).exists(), "not the buyer's to hold"


def test_who_names_itself_as_invoicer_needs_no_mandate(office, deposited, everybody_works):
    deposited(data=by_an_agent(office, lambda _: formats.read(
        ubl("X", office.bakery.siren, office.florist.siren)).invoice.seller))  # fmt: skip
    everybody_works()
    assert not MandatedDocument.objects.exists()
    assert Document.objects.count() == 2


def test_what_arrives_is_taken_in_and_shown(office, self_billed, client, stranger):
    held(office)
    self_billed()
    got = Document.objects.get(dossier=office.florist)  # the seller: nothing in its register
    assert (got.state, got.mandated.mandate) == ("203", None)
    client.force_login(stranger)
    page = client.get(reverse("document", args=[office.florist.pk, got.pk])).content.decode()
    assert "Aucun mandat du registre ne la couvre" in page
    assert "AF-1" in client.get(reverse("mandates", args=[office.florist.pk])).content.decode()
    given = mandate_of(office.florist, office.florist, office.bakery)
    got.mandated.refresh_from_db()
    assert got.mandated.mandate == given
    assert (
        "Aucun mandat du registre"
        not in client.get(reverse("document", args=[office.florist.pk, got.pk])).content.decode()
    )


# --- the register ---------------------------------------------------------------------------------


def test_a_mandate_is_recorded_on_the_page_with_its_contract(office, browser):
    page = browser.post(
        reverse("mandate_new", args=[office.bakery.pk]),
        {
            "sens": "recu", "sorte": "self-billing", "siren": office.florist.siren,
            "nom": "Fleuriste Simulé", "ecrit": "1", "debut": "2026-01-01", "delai": "15",
            "types": "389, 261", "prefixe": "FLEUR-", "dernier": "7",
            "piece": SimpleUploadedFile("contrat.pdf", b"%PDF-1.4 contrat"),
        },
        follow=True,
    ).content.decode()  # fmt: skip
    found = Mandate.objects.get()
    assert (found.giver_siren, found.agent_siren) == (office.florist.siren, office.bakery.siren)
    assert "FLEUR-0008" in page
    got = browser.get(reverse("mandate_evidence", args=[office.bakery.pk, found.pk]))
    assert (got.content, found.evidence_name) == (b"%PDF-1.4 contrat", "contrat.pdf")
    assert "attachment" in got.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"siren": "12"}, "SIREN"),
        ({"types": "380"}, "Types d"),
        ({"fin": "2025-12-31"}, "La fin précède le début"),
        ({"nom": "", "siren": demo_siren(9777)}, "L&#x27;annuaire ne connaît pas ce SIREN"),
    ],
)
def test_a_mandate_that_says_nothing_sure_is_not_recorded(office, browser, changed, said):
    asked = {
        "sens": "recu", "sorte": "self-billing", "siren": office.florist.siren, "nom": "F",
        "ecrit": "1", "debut": "2026-01-01", "delai": "15", "dernier": "0",
    }  # fmt: skip
    page = browser.post(reverse("mandate_new", args=[office.bakery.pk]), asked | changed)
    assert said in page.content.decode()
    assert not Mandate.objects.exists()


def test_two_mandates_never_share_a_series(office):
    held(office, prefix="AF-")
    with pytest.raises(RefusedByUs, match="se confond"):
        held(office, prefix="AF-2026-")


def test_a_mandate_of_others_is_not_recorded_here(office):
    with pytest.raises(RefusedByUs, match="ni donné ni reçu"):
        mandate_of(office.mason, office.florist, office.bakery)


def test_an_end_stops_it_on_the_page(office, browser, self_billed):
    found = held(office)
    where = reverse("mandate_end", args=[office.bakery.pk, found.pk])
    browser.post(where, {"fin": "2026-11-19", "motif": "résilié"})
    found.refresh_from_db()
    assert (found.ends_on, found.ended_why) == (date(2026, 11, 19), "résilié")
    assert self_billed().state == Flow.State.QUARANTINED
    assert (
        "déjà inscrite" in browser.post(where, {"fin": "2026-12-31"}, follow=True).content.decode()
    )


# --- the series -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gap_and_no_twin_when_many_ask_at_once(office):
    found = held(office, prefix="AF-", used_before=30)
    taken, lock = [], threading.Lock()

    def take(gives_up):
        try:
            with sight.of([office.bakery.pk]), transaction.atomic():
                number = series.take(found)
                transaction.set_rollback(gives_up)
            with lock:
                taken.extend([] if gives_up else [number])
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(rank % 3 == 0,)) for rank in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(taken) == [f"AF-{rank:04d}" for rank in range(31, 39)]


def test_a_refused_number_is_burnt_and_said(office, self_billed, browser, everybody_works):
    found = held(office, prefix="AF-")
    self_billed("AF-0001")
    self_billed("AF-0002")
    self_billed("AF-0004")
    at_seller = Document.objects.get(dossier=office.florist, number="AF-0002")
    history.say(at_seller.transmissions.get(), 210, S, reason="TX_TVA_ERR", comment="5,5 %")
    everybody_works()
    assert [one.document.number for one in series.burnt(found)] == ["AF-0002"]
    found.refresh_from_db()
    assert series.missing(found) == ["AF-0003"]
    assert series.upcoming(found) == "AF-0005"
    page = browser.get(reverse("mandate", args=[office.bakery.pk, found.pk])).content.decode()
    assert "Numéros perdus" in page
    assert "AF-0003" in page
    paper = browser.get(reverse("mandate_certificate", args=[office.bakery.pk, found.pk]))
    assert paper.content.startswith(b"%PDF")


# --- contested in time ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "today", "said"),
    [
        ({"contest_days": 15}, date(2026, 12, 7), "jusqu'au 07/12/2026 inclus"),
        ({"contest_days": 15}, date(2026, 12, 8), "silence du vendeur vaut acceptation"),
        ({"is_written": False}, date(2027, 6, 1), "le silence ne vaut pas acceptation"),
    ],
)
def test_silence_after_the_delay_of_a_written_mandate_accepts(
    office, self_billed, terms, today, said
):
    held(office)
    mandate_of(office.florist, office.florist, office.bakery, **terms)
    with clock.set_to(datetime(2026, 11, 22, 9, tzinfo=UTC)):
        self_billed()
    got = Document.objects.get(dossier=office.florist)
    found = register.contest(got.mandated, got.events.order_by("pk"), today)
    assert said in found.sentence
    history.say(got.transmissions.get(), 205, S)
    answered = register.contest(got.mandated, got.events.order_by("pk"), today)
    assert answered.sentence == "Le vendeur s'est prononcé."


# --- end to end -----------------------------------------------------------------------------------

BY_HAND = """
# 80 m³ of oak at 150,00: 12 000,00; 10 %: 1 200,00; to pay 13 200,00. Goods: due at once.
# side     journal  accounts (credits negative)                      CA3
buyer      HA       6 12000.00  44566 1200.00  401 -13200.00         20 1200
seller     VE       411 13200.00  7 -12000.00  44571 -1200.00        A1 12000  9B 1200
"""


def by_hand():
    found = {}
    for line in BY_HAND.strip().splitlines():
        if not line.startswith("#"):
            side, journal, rest = line.split(maxsplit=2)
            accounts, _, boxes = rest.partition("   ")
            found[side] = (journal, pairs(accounts), pairs(boxes))
    return found


def pairs(text):
    words = text.split()
    return {code: Decimal(amount) for code, amount in zip(words[::2], words[1::2], strict=True)}


def booked(dossier):
    """Return journal, balances by account class and boxes of the only entry of a dossier."""
    (row,) = dossier.entries.all()
    entry = booking.entry_of(row)
    wanted = {code for _, accounts, _ in by_hand().values() for code in accounts}
    balances = {}
    for line in entry.lines:
        code = max((one for one in wanted if line.account.startswith(one)), key=len)
        balances[code] = balances.get(code, 0) + line.balance
    made = draft([entry])
    amounts = {
        one.code: one.base if one.code == "A1" else one.tax for one in made.boxes if one.parts
    }
    return entry.journal, balances, amounts


def typed(**more):
    return {
        "nom": "Fleuriste Simulé", "code_postal": "35000", "ville": "Rennes", "date": "2026-11-22",
        "echeance": "2026-12-22", "regime": "debits", "penalites": drafting.PENALTIES,
        "recouvrement": drafting.RECOVERY, "escompte": drafting.DISCOUNT,
        "l0-designation": "Bois d'œuvre, chêne", "l0-quantite": "80", "l0-prix": "150,00",
        "l0-unite": "C62", "l0-taux": "10", "l0-nature": "bien",
    } | more  # fmt: skip


def test_from_the_page_to_both_returns(office, browser, everybody_works):
    """The buyer writes; it is a sale of the seller, who answers and says the receipt (212)."""
    office.bakery.post_code, office.bakery.city = "29200", "Brest"
    office.bakery.save()
    found = held(office, prefix="EARL-2026-", used_before=30)
    mandate_of(office.florist, office.florist, office.bakery)
    where = reverse("mandate_write", args=[office.bakery.pk, found.pk])
    asked = typed(acheteur=office.florist.siren, numero="EARL-2026-0031")
    page = browser.post(where, asked).content.decode()
    assert "Conforme" in page
    assert not Flow.objects.exists()
    for _ in range(2):  # the second click sends nothing more, and takes no other number
        assert browser.post(where, asked | {"envoyer": "1"}).status_code == 302
    everybody_works()

    bought = Document.objects.get(dossier=office.bakery)
    sold = Document.objects.get(dossier=office.florist)
    assert (bought.number, bought.type_code) == ("EARL-2026-0031", "389")
    assert "EARL-2026-0032" in browser.get(where).content.decode()
    invoice = formats.read(store.get(sold.sha256)).invoice
    assert [one.text for one in invoice.notes if one.subject_code == "DCL"] == [
        "Établie par Boulangerie Simulée au nom et pour le compte de Fleuriste Simulé."
    ]

    at_seller, at_buyer = sold.transmissions.get(), bought.transmissions.get()
    for code in (205, 207, 210):
        with pytest.raises(RefusedByUs):
            history.say(at_buyer, code, B, reason="TX_TVA_ERR", comment="non")
    history.say(at_seller, 205, S)
    everybody_works()
    history.say(at_buyer, 211, B)  # payments are not inverted: the buyer pays, the seller receives
    everybody_works()
    paid = receipt(Decimal("13200.00"), Decimal(10), on=date(2026, 11, 22))
    with pytest.raises(RefusedByUs):
        history.say(at_buyer, 212, B, amounts=[paid])
    history.say(at_seller, 212, S, amounts=[paid])
    everybody_works()
    bought.refresh_from_db()
    assert bought.state == "212"

    expected = by_hand()
    assert booked(office.bakery) == expected["buyer"]
    assert booked(office.florist) == expected["seller"]


@pytest.mark.parametrize("code", [207, 210])
def test_the_seller_contests_what_was_written_in_its_name(
    office, self_billed, everybody_works, client, stranger, code
):
    held(office)
    self_billed()
    sold = Document.objects.get(dossier=office.florist)
    client.force_login(stranger)
    page = client.get(reverse("document", args=[office.florist.pk, sold.pk])).content.decode()
    assert reverse("say", args=[office.florist.pk, sold.pk, code]) in page
    history.say(sold.transmissions.get(), code, S, reason="TX_TVA_ERR", comment="5,5 %")
    everybody_works()
    assert Document.objects.get(dossier=office.bakery).state == str(code)


def test_another_number_is_taken_when_somebody_was_faster(office, browser, everybody_works):
    office.bakery.post_code, office.bakery.city = "29200", "Brest"
    office.bakery.save()
    found = held(office, prefix="AF-")
    where = reverse("mandate_write", args=[office.bakery.pk, found.pk])
    for price in ("150,00", "151,00"):  # both pages showed AF-0001
        asked = typed(acheteur=office.florist.siren, numero="AF-0001", envoyer="1")
        browser.post(where, asked | {"l0-prix": price})
    everybody_works()
    kept = Document.objects.filter(dossier=office.bakery).order_by("number")
    assert [(one.number, one.total_without_vat) for one in kept] == [
        ("AF-0001", Decimal("12000.00")), ("AF-0002", Decimal("12080.00")),
    ]  # fmt: skip


def test_nobody_writes_under_a_mandate_that_was_given(office, stranger, client):
    given = mandate_of(office.florist, office.florist, office.bakery)
    client.force_login(stranger)
    where = reverse("mandate_write", args=[office.florist.pk, given.pk])
    assert client.get(where).status_code == 404


def test_deposit_is_still_a_function_of_bytes(office):
    """The register is asked when the file is worked on, never at the door."""
    flow = deposit(office.bakery, b"rien", name="x", channel="page")
    assert flow.state == Flow.State.PENDING
