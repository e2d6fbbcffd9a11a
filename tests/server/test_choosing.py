"""The account of a proposed line: why, and another in its place."""

import pytest
from django.urls import reverse
from tests.server.test_pages import words

from facturier.errors import RefusedByUs
from facturier.server.archive.models import ProofEnvelope
from facturier.server.books import booking
from facturier.server.books.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def sale(deposited, everybody_works, office):
    deposited("F-1")
    everybody_works()
    return Entry.objects.get(dossier=office.bakery)


def line(entry, account):
    return entry.lines.get(account__startswith=account)


def address(office, one):
    return reverse("line_account", args=[office.bakery.pk, one.pk])


def test_the_page_tells_the_rule_and_finds_by_number_or_words(client, expert, office, sale):
    client.force_login(expert)
    one = line(sale, "707")
    page = client.get(address(office, one))
    assert "Vente hors taxe" in words(page)
    assert "V-HT" in words(page)
    for asked in ("706", "prestations services"):
        found = client.get(address(office, one), {"q": asked}).context["found"]
        assert "706000" in [number for number, _ in found]
        classes = [number[0] == "7" for number, _ in found]
        assert classes == sorted(classes, reverse=True), "those of its class come first"
    assert "autofocus" in client.get(address(office, one), {"q": "706"}).content.decode()


def test_another_account_is_put_in_its_place_and_says_who_and_what_was_first(
    client, expert, office, sale
):
    client.force_login(expert)
    one = line(sale, "707")
    first = one.reason
    for number, written in (("7071", "707100"), ("706000", "706000")):
        answer = client.post(address(office, one), {"compte": number})
        assert answer.url.endswith(f"#ligne-{one.pk}")
        one.refresh_from_db()
        assert one.account == written
    assert one.reason.startswith("Compte choisi par Claire Expert le ")
    assert one.reason.endswith(f"Proposé d'abord : 707000. {first}".strip())
    assert one.rule == "V-HT"
    done = booking.validate(sale, expert)
    kept = ProofEnvelope.objects.filter(kind="entry-validated").get().facts["entry"]["lines"]
    assert "706000" in [x["account"] for x in kept]
    assert sum(x.debit - x.credit for x in done.lines.all()) == 0


@pytest.mark.parametrize(
    ("account", "asked", "why"),
    [("707", "999", "pas un compte"), ("707", "", "pas un compte"), ("707", "abc", "pas un compte"),
     ("707", "7" * 30, "pas un compte"), ("411", "707", "compte collectif")],
)  # fmt: skip
def test_what_is_no_account_for_the_line_is_refused(sale, expert, account, asked, why):
    with pytest.raises(RefusedByUs, match=why):
        booking.choose_account(line(sale, account), asked, expert)


def test_a_validated_line_keeps_its_account(client, expert, office, sale):
    one = line(sale, "707")
    booking.validate(sale, expert)
    with pytest.raises(RefusedByUs, match="contre-passe"):
        booking.choose_account(one, "706", expert)
    client.force_login(expert)
    assert "ne changent plus" in words(client.get(address(office, one)))


def test_a_reversal_keeps_the_accounts_of_what_it_cancels(client, expert, office, sale):
    opposite = booking.reverse(booking.validate(sale, expert))
    one = line(opposite, "707")
    with pytest.raises(RefusedByUs, match="reprend les comptes"):
        booking.choose_account(one, "706", expert)
    client.force_login(expert)
    assert "reprend les comptes" in words(client.get(address(office, one)))


def test_a_client_reads_why_and_changes_nothing(client, client_person, office, sale):
    client.force_login(client_person)
    one = line(sale, "707")
    page = client.get(address(office, one), {"q": "706"})
    assert "Vente hors taxe" in words(page)
    assert 'name="compte"' not in page.content.decode()
    assert client.post(address(office, one), {"compte": "706"}).status_code == 403


def test_the_page_of_a_quarantined_file_files_it_away(
    client, expert, client_person, office, deposited, everybody_works
):
    flow = deposited(data=b"rien du tout")
    everybody_works()
    client.force_login(client_person)
    where = reverse("file_flow", args=[office.bakery.pk, flow.pk])
    assert client.post(where, {"pourquoi": "Non"}).status_code == 403
    client.force_login(expert)
    assert "Dites pourquoi" in words(client.post(where, {"pourquoi": ""}, follow=True))
    assert client.post(where, {"pourquoi": "Publicité, pas une facture."}).status_code == 302
    listed = reverse("quarantine", args=[office.bakery.pk])
    assert "1 fichier classé" in words(client.get(listed))
    filed = words(client.get(listed, {"classes": 1}))
    assert "Publicité, pas une facture." in filed
    assert "Claire Expert" in filed
    register = words(client.get(reverse("controls", args=[office.bakery.pk])))
    assert "Classement de « facture.xml » (quarantaine)" in register
    again = client.post(where, {"pourquoi": "Encore"}, follow=True)
    assert "n'est pas en quarantaine" in words(again)
    # nothing is deleted: the bytes are given back, and it may be taken up again
    assert client.get(reverse("flow_file", args=[office.bakery.pk, flow.pk])).status_code == 200
    client.post(reverse("retry_flow", args=[office.bakery.pk, flow.pk]))
    flow.refresh_from_db()
    assert flow.state == "pending"
