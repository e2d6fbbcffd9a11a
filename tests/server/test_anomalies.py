"""Anomalies in the product: found when looked at and by night, shown, set aside, listed."""

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from tests.anomalies.planted import by_transfer, noted

from facturier.errors import RefusedByUs
from facturier.formats import write
from facturier.invoice.model import Invoice, PrecedingInvoice
from facturier.invoice.parties import demo_iban
from facturier.rules.example_pieces import french_party
from facturier.server import sight
from facturier.server.anomalies import keeping, knowing, nightly
from facturier.server.anomalies.models import Examination, Spotted
from facturier.server.books.models import Entry, Journal
from facturier.server.documents.deposit import deposit
from facturier.server.documents.models import Document
from facturier.server.mandates.models import Mandate, MandatedDocument
from facturier.server.web import todo
from facturier.use_cases.pieces import invoice, line

pytestmark = pytest.mark.django_db
BAKERY, FLORIST = 9002, 9004
FIRST = PrecedingInvoice(number="FA-100", issue_date=date(2026, 10, 5))
FRANCHISE = "TVA non applicable, article 293 B du CGI"


@pytest.fixture
def sell(office, everybody_works):
    """The bakery sells to the florist; returns the florist's record."""

    def sold(number="FA-100", *, change=lambda one: one, **more):
        made = invoice(
            number, french_party(BAKERY, "Boulangerie Simulée", "Angers", "49000"),
            french_party(FLORIST, "Fleuriste Simulé", "Angers", "49000"),
            line("Mille croissants", "1000.00"),
            process="B1", on=more.pop("on", "2026-11-20"), **more,
        )  # fmt: skip
        data = write(change(made), "ubl").xml
        deposit(office.bakery, data, name=f"{number}.xml", channel="page")
        everybody_works()
        return Document.objects.get(dossier=office.florist, number=number)

    return sold


def kinds(document):
    keeping.examine(document)
    return {one.kind for one in document.anomalies.all()}


def test_nothing_is_asked_while_an_invoice_is_received_and_booked(sell):
    sell()
    assert not Examination.objects.exists()
    assert not Spotted.objects.exists()


def test_a_right_invoice_has_none_and_is_not_examined_twice_a_day(sell):
    document = sell()
    assert keeping.of(document) == []
    first = Examination.objects.get().at
    assert keeping.of(document) == []
    assert Examination.objects.get().at == first


def test_what_was_found_is_kept_with_field_risk_and_letter(sell):
    document = sell(change=lambda one: noted(one, FRANCHISE))
    [found] = keeping.of(document)
    assert (found.kind, found.risk, found.risk_is_ours) == (
        "franchise-with-vat", Decimal("200.00"), True,
    )  # fmt: skip
    assert found.where == "BT-110 BT-120 BT-22"
    assert "FA-100 du 20/11/2026" in found.letter
    assert found.known.remedy


def test_each_side_bears_its_own_risk(sell, office):
    sell(change=lambda one: noted(one, FRANCHISE))
    issued = Document.objects.get(dossier=office.bakery)
    [found] = keeping.of(issued)
    assert found.risk_is_ours
    assert "due du seul fait qu'elle est mentionnée" in found.risk_words


def on_paper(dossier, piece, **party):
    """An entry of 1 200,00 that somebody typed from a paper."""
    journal = Journal.objects.create(dossier=dossier, code="HA2", label="Papier", kind="purchases")
    entry = Entry.objects.create(
        dossier=dossier, journal=journal, date=date(2026, 11, 20), label="Achat", piece=piece
    )
    amount = Decimal("1200.00")
    entry.lines.create(dossier=dossier, account="607000", label="Achat", debit=amount)
    entry.lines.create(dossier=dossier, account="401000", label="Achat", credit=amount, **party)
    return entry


def test_an_entry_of_a_paper_invoice_makes_it_a_duplicate(sell, office):
    document = sell()
    entry = on_paper(office.florist, "fa 100", auxiliary=f"F{office.bakery.siren}")
    assert kinds(document) == {"duplicate"}
    [found] = document.anomalies.all()
    assert "écriture HA2 du 20/11/2026, pièce fa 100" in found.why
    assert found.risk == Decimal("1200.00")
    entry.state = Entry.State.WITHDRAWN
    entry.save()
    assert kinds(document) == set()


def test_an_entry_of_somebody_else_is_no_duplicate(sell, office):
    document = sell()
    on_paper(office.florist, "FA-100", auxiliary="FMEUN", auxiliary_label="Meunerie Blatin")
    assert kinds(document) == set()


def test_a_changed_account_is_an_alert_and_the_old_one_is_none(sell):
    sell("FA-100", payment=by_transfer(demo_iban(5)), on="2026-10-05")
    same = sell("FA-101", payment=by_transfer(demo_iban(5)))
    other = sell("FA-102", payment=by_transfer(demo_iban(6)))
    assert kinds(same) == set()
    assert kinds(other) == {"iban-changed"}


def test_a_credit_note_of_more_than_its_invoice_is_seen(sell):
    sell("FA-100", on="2026-10-05")
    credit = sell("AV-1", kind="381", change=lambda one: replace(
        one, preceding_invoices=(FIRST,)))  # fmt: skip
    assert kinds(credit) == set()
    again = sell("AV-2", kind="381", change=lambda one: replace(
        one, preceding_invoices=(FIRST,)))  # fmt: skip
    assert kinds(again) == {"credit-note-too-large"}


def test_a_locked_period_concerns_what_comes_in_afterwards_only(sell, office, expert):
    before = sell("FA-100")
    office.florist.locks.create(until=date(2026, 11, 30), by=expert, at="2100-01-01T00:00:00Z")
    assert kinds(before) == set()
    office.florist.locks.update(at="2000-01-01T00:00:00Z")
    assert kinds(before) == {"in-closed-year"}


def test_what_is_rejected_has_no_anomaly(sell):
    document = sell(change=lambda one: noted(one, FRANCHISE))
    Document.objects.filter(pk=document.pk).update(state="213")
    document.refresh_from_db()
    assert kinds(document) == set()


def test_by_night_the_new_ones_are_examined(sell, office):
    sell(change=lambda one: noted(one, FRANCHISE))
    assert set(nightly.due()) == {office.bakery.pk, office.florist.pk}
    assert nightly.examine_all(office.florist.pk) == 1
    assert nightly.due() == [office.bakery.pk]
    assert Spotted.objects.get().dossier == office.florist


def test_another_dossier_sees_nothing(sell, office):
    document = sell(change=lambda one: noted(one, FRANCHISE))
    keeping.examine(document)
    with sight.of([office.mason.pk]):
        assert not Spotted.objects.exists()
        assert not Examination.objects.exists()


# --- pages ----------------------------------------------------------------------------------------


@pytest.fixture
def shown(sell, client, stranger):
    """The florist's record, and its cabinet signed in."""
    client.force_login(stranger)
    return sell(change=lambda one: noted(one, FRANCHISE))


def at(document, rest="", kind="documents"):
    middle = f"documents/{document.pk}/anomalies/" if kind == "documents" else "anomalies/"
    return f"/dossiers/{document.dossier_id}/{middle}{rest}"


def test_the_page_of_a_document_asks_for_its_anomalies(client, shown):
    page = client.get(f"/dossiers/{shown.dossier_id}/documents/{shown.pk}/").content.decode()
    assert f'hx-get="{at(shown)}"' in page
    assert 'hx-select="#anomalies"' in page, "what is around it selects something else"
    part = client.get(at(shown), headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith("<section")
    for words in ("TVA facturée par un vendeur en franchise", "Risque : 200,00", "Bonjour,"):
        assert words in part


def test_it_is_set_aside_with_a_reason_and_taken_up_again(client, shown):
    [found] = keeping.of(shown)
    client.post(at(shown, f"{found.pk}/ecarter/"), {"pourquoi": "  "})
    found.refresh_from_db()
    assert found.set_aside_at is None, "no reason, no decision"
    client.post(at(shown, f"{found.pk}/ecarter/"), {"pourquoi": "Mention d'un ancien modèle"})
    found.refresh_from_db()
    assert found.set_aside_why == "Mention d'un ancien modèle"
    keeping.examine(shown)
    assert [one.pk for one in keeping.of(shown)] == [found.pk], "it stays aside"
    assert "Écartée par" in client.get(at(shown)).content.decode()
    client.post(at(shown, f"{found.pk}/reprendre/"))
    found.refresh_from_db()
    assert found.set_aside_at is None
    assert client.post(at(shown, f"{found.pk}/autre/")).status_code == 404


def test_a_client_decides_nothing(client, sell, client_person, office):
    sell(change=lambda one: noted(one, FRANCHISE))
    issued = Document.objects.get(dossier=office.bakery)
    [found] = keeping.of(issued)
    client.force_login(client_person)
    assert client.post(at(issued, f"{found.pk}/ecarter/"), {"pourquoi": "x"}).status_code == 403


def test_the_list_is_filtered_summed_and_given_as_a_file(client, shown):
    keeping.examine(shown)
    page = client.get(at(shown, kind="")).content.decode()
    assert "FA-100" in page
    assert "200,00" in page
    assert "FA-100" not in client.get(at(shown, "?sorte=duplicate", kind="")).content.decode()
    assert (
        "FA-100" in client.get(at(shown, "?q=boulangerie&risque=dossier", kind="")).content.decode()
    )
    assert "FA-100" not in client.get(at(shown, "?etat=ecartees", kind="")).content.decode()
    data = client.get(at(shown, "?fichier=xlsx", kind="")).content
    rows = list(openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True))
    assert rows[3][0] == "FA-100"
    assert rows[3][7] == 200


def test_it_stands_in_what_is_to_do(client, shown, office):
    assert todo.counters([office.florist])[office.florist.pk].anomalies == 0
    [found] = keeping.of(shown)
    counted = todo.counters([office.florist])[office.florist.pk]
    assert counted.anomalies == 1
    assert counted.to_handle == 2, "and the invoice to decide about"
    page = client.get(f"/dossiers/{office.florist.pk}/").content.decode()
    assert "1 facture avec une anomalie à la charge du dossier" in page
    keeping.set_aside(found, None, "vu")
    assert todo.counters([office.florist])[office.florist.pk].anomalies == 0


def test_a_reason_is_wanted(shown):
    [found] = keeping.of(shown)
    with pytest.raises(RefusedByUs):
        keeping.set_aside(found, None, "")


def test_the_number_of_queries_does_not_grow_with_documents(sell, django_assert_max_num_queries):
    for number in range(2):
        sell(f"FA-{number}", on=f"2026-11-0{number + 1}")
    last = sell("FA-9")
    nightly.examine_all(last.dossier_id)
    with django_assert_max_num_queries(16) as few:
        keeping.examine(last)
    for number in range(10, 12):
        sell(f"FA-{number}", on=f"2026-11-{number}")
    nightly.examine_all(last.dossier_id)
    with django_assert_max_num_queries(len(few.captured_queries)):
        keeping.examine(last)


def test_a_document_that_breaks_the_finder_holds_nobody_up(sell, monkeypatch):
    document = sell()

    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(keeping, "find", broken)
    assert nightly.examine_all(document.dossier_id) == 1
    assert nightly.examine_all(document.dossier_id) == 0
    assert not Spotted.objects.exists()


def test_what_is_written_in_anothers_name_is_held_to_the_register_of_mandates(sell):
    document = sell()
    document.type_code = "389"
    assert knowing.history_of(document, Invoice()).mandates is None, "nobody looked at it yet"
    under = MandatedDocument.objects.create(
        dossier=document.dossier, document=document, mandate=None, kind="self-billing"
    )
    assert knowing.history_of(document, Invoice()).mandates == ()
    under.mandate = Mandate.objects.create(
        dossier=document.dossier, kind="self-billing", giver_name="B", agent_name="F",
        starts_on=date(2026, 1, 1), at=document.created_at,
    )  # fmt: skip
    under.agent_siren = document.buyer_siren
    under.save()
    [known] = knowing.history_of(document, Invoice()).mandates
    assert known.covers(document.seller_siren, document.buyer_siren, date(2026, 11, 20))
    assert not known.covers(document.seller_siren, document.buyer_siren, date(2025, 11, 20))


def test_any_date_may_stand_in_a_file(sell):
    document = sell()
    for day in (date(1, 1, 2), date(9999, 12, 30)):
        Document.objects.filter(pk=document.pk).update(issue_date=day)
        document.refresh_from_db()
        keeping.examine(document)
