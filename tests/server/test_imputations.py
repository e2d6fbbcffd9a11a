"""A dossier's own rules of imputation: written, tried, moved, retired, told on each line."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.server.test_pages import words

from facturier.errors import RefusedByUs
from facturier.ledger.books import Side
from facturier.ledger.imputation import OwnRule
from facturier.server.books import booking, imputing
from facturier.server.books.models import Entry, Imputation
from facturier.server.firm.models import Dossier

pytestmark = pytest.mark.django_db

WIDTH = 6


def written(dossier, **rule):
    return imputing.keep(imputing.drafted(dossier, OwnRule(**rule), WIDTH, None))


@pytest.fixture
def exchanged(deposited, everybody_works):
    """An invoice of the bakery to the florist, booked on both sides."""

    def exchange(number="F-1"):
        deposited(number)
        everybody_works()

    return exchange


def entry_of(dossier, number="F-1"):
    return Entry.objects.get(dossier=dossier, document__number=number)


def accounts(entry):
    return [line.account for line in entry.lines.all()]


def test_a_rule_decides_the_account_the_right_and_the_label_and_the_line_names_it(
    office, exchanged
):
    rule = written(
        office.florist, party=office.bakery.siren, account="6257", share=Decimal(50),
        label="Réception", auxiliary="FBOULANGE",
    )  # fmt: skip
    exchanged()
    entry = entry_of(office.florist)
    charge, vat, cost, third = entry.lines.order_by("rank")
    assert (charge.account, charge.label, charge.imputation) == ("625700", "Réception", rule)
    assert f"SIREN {office.bakery.siren} (BT-30)" in charge.reason
    assert (cost.account, third.auxiliary) == ("625700", "FBOULANGE")
    assert vat.debit + cost.debit == entry.document.total_vat
    assert abs(vat.debit - cost.debit) <= Decimal("0.01")
    assert "50 %" in cost.reason
    assert booking.entry_of(entry).lines[0].own_rule == rule.pk
    assert entry_of(office.bakery).lines.exclude(imputation=None).count() == 0


def test_rules_cost_an_invoice_no_query_once_they_are_known(office):
    written(office.florist, words=("pain",), account="6257")
    dossier = Dossier.objects.get(pk=office.florist.pk)
    booking.books_of(dossier)
    with CaptureQueriesContext(connection) as asked:
        assert len(booking.books_of(dossier).rules) == 1
        assert booking.books_of(office.bakery).rules == ()
    assert len(asked) == 0


def test_a_change_is_seen_at_once(office, exchanged):
    rule = written(office.florist, party=office.bakery.siren, account="6257")
    exchanged("F-1")
    other = OwnRule(party=office.bakery.siren, account="6234")
    imputing.keep(imputing.drafted(office.florist, other, WIDTH, None), instead_of=rule)
    exchanged("F-2")
    imputing.retire(imputing.rules_of(office.florist.pk).get())
    exchanged("F-3")
    chosen = [accounts(entry_of(office.florist, n))[0] for n in ("F-1", "F-2", "F-3")]
    assert chosen[:2] == ["625700", "623400"]
    assert chosen[2] not in chosen[:2]
    assert Imputation.objects.exclude(retired_at=None).count() == 2
    assert Dossier.objects.get(pk=office.florist.pk).imputations_at is None


def test_the_first_rule_met_decides_and_rules_move(office, exchanged):
    written(office.florist, party=office.bakery.siren, account="6257")
    second = written(office.florist, party=office.bakery.siren, account="6234")
    exchanged("F-1")
    imputing.move(second, -1)
    exchanged("F-2")
    chosen = [accounts(entry_of(office.florist, n))[0] for n in ("F-1", "F-2")]
    assert chosen == ["625700", "623400"]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({"account": "6257"}, "une condition"),
        ({"party": "EDF"}, "ce que la règle donne"),
        ({"party": "EDF", "account": "999"}, "pas un compte"),
        ({"party": "EDF", "account": "401"}, "compte de tiers"),
        ({"party": "EDF", "auxiliary": "F DUPONT;"}, "lettres et chiffres"),
        ({"party": "EDF", "share": Decimal(101)}, "de 0 à 100"),
        ({"party": "EDF", "share": Decimal(50), "side": Side.SALE}, "que pour les achats"),
        ({"at_least": Decimal(10), "below": Decimal(10), "account": "6257"}, "Aucun montant"),
    ],
)
def test_what_makes_no_rule_is_refused_in_words(office, rule, why):
    with pytest.raises(RefusedByUs, match=why):
        imputing.drafted(office.bakery, OwnRule(**rule), WIDTH, None)


def page(office, name, *more):
    return reverse(name, args=[office.bakery.pk, *more])


def test_a_rule_is_tried_then_written_changed_and_taken_away(client, expert, office, exchanged):
    exchanged()
    client.force_login(expert)
    said = {"cote": "sale", "tiers": office.florist.siren, "compte": "7071", "au_moins": "0,5"}
    seen = client.post(page(office, "imputation_new"), said | {"essayer": 1})
    assert "1 pièce sur 1 serait imputée autrement" in words(seen)
    assert "avec la règle : 707100" in words(seen)
    assert "le montant HT est d'au moins 0,5" in words(seen)
    assert not Imputation.objects.exists()
    answer = client.post(page(office, "imputation_new"), said | {"enregistrer": 1})
    assert answer.url == page(office, "imputations")
    rule = Imputation.objects.get()
    assert (rule.asked["at_least"], rule.created_by) == ("0.5", expert)
    shown = client.get(page(office, "imputation", rule.pk))
    assert "Modifier la règle 1" in words(shown)
    assert 'value="0,5"' in shown.content.decode()
    client.post(page(office, "imputation", rule.pk), said | {"compte": "7072", "enregistrer": 1})
    newer = imputing.rules_of(office.bakery.pk).get()
    assert newer.account == "707200"
    client.post(page(office, "imputation_act", newer.pk, "retirer"))
    assert "Retirées" in words(client.get(page(office, "imputations")))
    refused = client.post(page(office, "imputation_new"), said | {"compte": "999", "essayer": 1})
    assert "n'est pas un compte" in words(refused)


def test_a_changed_account_becomes_a_rule_in_one_click_and_the_next_invoice_follows_it(
    client, expert, office, exchanged
):
    exchanged("F-1")
    client.force_login(expert)
    line = entry_of(office.bakery, "F-1").lines.get(account__startswith="70")
    where = page(office, "line_account", line.pk)
    assert 'name="toujours" value="706000"' in client.get(where, {"q": "706"}).content.decode()
    for account in ("706000", "708500"):
        said = words(client.post(where, {"toujours": account}, follow=True))
        assert "une règle d'imputation le dit" in said
    rule = imputing.rules_of(office.bakery.pk).get()
    assert rule.sentence == (
        f"vente : si le client est {office.florist.siren}, alors compte 708500."
    )
    exchanged("F-2")
    follows = entry_of(office.bakery, "F-2").lines.get(account__startswith="70")
    assert follows.account == "708500"
    told = words(client.get(page(office, "line_account", follows.pk)))
    assert "Règle du dossier" in told
    assert rule.sentence.removeprefix("vente") in told
    precise = client.get(page(office, "imputation_new"), {"ligne": follows.pk})
    assert f'value="{office.florist.siren}"' in precise.content.decode()


def test_the_line_of_a_third_party_or_of_vat_makes_no_rule(office, exchanged, expert):
    exchanged()
    own = entry_of(office.bakery).lines.exclude(account__startswith="70")
    assert own
    for line in own:
        assert imputing.party_of(line) == ""
        with pytest.raises(RefusedByUs, match="aucun tiers"):
            imputing.always(line, "6257", WIDTH, expert)


def test_a_client_reads_the_rules_and_writes_none(client, client_person, office):
    rule = written(office.bakery, party="EDF", account="6061")
    client.force_login(client_person)
    where = reverse("imputations", args=[office.bakery.pk])
    assert "le fournisseur est EDF" in words(client.get(where))
    new = reverse("imputation_new", args=[office.bakery.pk])
    said = {"cote": "purchase", "tiers": "EDF", "compte": "6061", "enregistrer": 1}
    assert client.post(new, said).status_code == 403
    gone = reverse("imputation_act", args=[office.bakery.pk, rule.pk, "retirer"])
    assert client.post(gone).status_code == 403
    assert imputing.rules_of(office.bakery.pk).count() == 1
