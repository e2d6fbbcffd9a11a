"""An invoice that is refused, rejected or replaced leaves the books of both sides."""

import pytest
from django.utils import timezone
from tests.server.test_pages import words

from facturier.errors import RefusedByUs
from facturier.lifecycle.statuses import Side
from facturier.server.archive import controls, trail
from facturier.server.books import booking, cancelling
from facturier.server.books.models import Entry
from facturier.server.completeness import comparing, listing
from facturier.server.completeness import tasks as completeness
from facturier.server.documents import history
from facturier.server.documents.models import Transmission
from facturier.server.jobs.work import work_through

pytestmark = pytest.mark.django_db


@pytest.fixture
def exchanged(deposited, everybody_works):
    """F-1, issued and received, its two entries proposed."""
    deposited("F-1")
    everybody_works()
    return {one.document.direction: one for one in Transmission.objects.all()}


def entry_of(direction):
    return Entry.objects.get(document__direction=direction, reverses=None)


def refuse(exchanged, work):
    history.say(exchanged["received"], 210, Side.BUYER, reason="TX_TVA_ERR", comment="10 %.")
    work()


def test_a_refusal_withdraws_the_proposals_of_both_sides(exchanged, everybody_works, expert):
    refuse(exchanged, everybody_works)
    for direction in ("issued", "received"):
        entry = entry_of(direction)
        assert entry.state == Entry.State.WITHDRAWN
        assert (entry.cause.code, entry.cause.dossier_id) == ("210", entry.dossier_id)
        with pytest.raises(RefusedByUs, match="retirée"):
            booking.validate(entry, expert)
    assert not Entry.objects.exclude(number="").exists()


def test_a_refusal_proposes_the_reversal_of_what_was_validated(
    exchanged, everybody_works, expert, office
):
    validated = booking.validate(entry_of("issued"), expert)
    refuse(exchanged, everybody_works)
    opposite = Entry.objects.get(reverses=validated)
    assert (opposite.state, opposite.cause.code) == (Entry.State.PROPOSED, "210")
    assert "contre-passation est proposée" in links(validated)["Écriture comptable"].missing
    assert gaps(office.bakery) == ["to-reverse"]
    booking.validate(opposite, expert)
    validated.refresh_from_db()
    assert validated.state == Entry.State.REVERSED
    assert gaps(office.bakery) == []
    rows = booking.fec_of(office.bakery, opposite.date.replace(month=12, day=31)).rows
    assert sum(row.debit - row.credit for row in rows if row.account.startswith("707")) == 0


def links(entry):
    return {one.name: one for one in trail.of_entry(Entry.objects.get(pk=entry.pk)).links}


def gaps(dossier):
    month = f"{dossier.flows.latest('submitted_at').submitted_at:%Y-%m}"
    listings = [listing.of_network(dossier, comparing.bounds(month)[0])]
    return [one["code"] for one in comparing.compare(dossier, month, listings).gaps]


def test_trail_register_and_completeness_follow(exchanged, everybody_works, office):
    refuse(exchanged, everybody_works)
    link = links(entry_of("issued"))["Écriture comptable"]
    assert not link.missing
    assert [one.what.partition(" :")[0] for one in link.proofs] == [
        "Proposée", "Retirée après « Refusée » (210)",
    ]  # fmt: skip
    said = [controls.shown(one) for one in controls.of_dossier(office.bakery)]
    assert "Retrait de l'écriture proposée" in [one.what for one in said]
    assert gaps(office.bakery) == gaps(office.florist) == []


@pytest.fixture
def sent(deposited, office):
    """F-1 on its way: its sale is proposed, nobody has answered yet."""
    deposited("F-1")
    work_through(office.bakery.pk)
    return Transmission.objects.get()


def test_a_rejection_on_reception_takes_the_sale_out(sent):
    history.say(sent, 213, Side.BUYER_PLATFORM, reason="DEST_INC")
    entry = entry_of("issued")
    assert (entry.state, entry.cause.reason) == (Entry.State.WITHDRAWN, "DEST_INC")


def test_the_rejection_of_a_repetition_takes_nothing_out(sent):
    history.say(sent, 213, Side.BUYER_PLATFORM, reason="DOUBLON")
    assert entry_of("issued").state == Entry.State.PROPOSED


def test_what_the_platform_of_the_dossier_could_not_take_is_not_in_the_books(sent):
    another = Transmission.objects.create(
        dossier=sent.dossier, document=sent.document, external_id="ailleurs", platform="afnor"
    )
    history.not_taken(another, reason="IRR_SYNTAX", comment="Illisible.", author="PA")
    assert entry_of("issued").state == Entry.State.WITHDRAWN


@pytest.mark.parametrize("code", [501, 601, 251])
def test_what_the_portal_refuses_leaves_the_invoice_in_the_books(sent, code):
    history.answered(sent, code, at=timezone.now(), reason="REJ_INC")
    assert entry_of("issued").state == Entry.State.PROPOSED


def test_a_cancelled_invoice_leaves_the_books_of_both_sides(exchanged, everybody_works):
    history.say(exchanged["issued"], 220, Side.SELLER)
    everybody_works()
    for direction in ("issued", "received"):
        assert entry_of(direction).state == Entry.State.WITHDRAWN


def test_twice_the_same_is_nothing_new(exchanged, everybody_works, expert):
    validated = booking.validate(entry_of("issued"), expert)
    refuse(exchanged, everybody_works)
    history.say(exchanged["issued"], 220, Side.SELLER)
    assert Entry.objects.filter(reverses=validated).count() == 1


def test_the_page_says_which_status_did_it(exchanged, everybody_works, client, expert, office):
    refuse(exchanged, everybody_works)
    client.force_login(expert)
    document = exchanged["issued"].document
    text = words(client.get(f"/dossiers/{office.bakery.pk}/documents/{document.pk}/"))
    assert "Retirée" in text
    assert "Refusée le" in text
    assert "Valider l'écriture" not in text


def test_the_night_withdraws_what_had_gone_back_before_statuses_did_it(
    exchanged, everybody_works, office, monkeypatch
):
    with monkeypatch.context() as before:
        before.setattr(cancelling, "heard", lambda _: None)
        refuse(exchanged, everybody_works)
    assert entry_of("issued").state == Entry.State.PROPOSED, "as an older version left it"
    completeness.compare(office.bakery.pk)
    entry = entry_of("issued")
    assert (entry.state, entry.cause.code) == (Entry.State.WITHDRAWN, "210")
    assert cancelling.catch_up(office.bakery.pk) == 0, "once"
