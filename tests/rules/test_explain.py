"""Every rule and every term can be explained."""

import pytest
from tools import pages_rules

from facturier.errors import BadUsage
from facturier.invoice.terms import dictionary
from facturier.rules import all_books
from facturier.rules.explain import explain, known_ids
from facturier.rules.mutation import in_words

RULES = sorted({rule.id for book in all_books() for rule in book.rules} - {"BT-80", "BT-81"})


@pytest.mark.parametrize("id_", RULES)
def test_each_rule_is_explained_with_an_example_in_fault(id_):
    explanation = explain(id_)
    assert explanation.id == id_
    text = str(explanation)
    assert explanation.book.version in text
    assert all(term in text for term in explanation.terms)
    for case in explanation.cases:
        assert case.rule.meaning in text
        assert case.rule.remedy in text
        assert (case.finding is not None) == bool(case.rule.breaks)


@pytest.mark.parametrize("id_", [*dictionary()[0], *dictionary()[1]])
def test_each_term_is_explained_with_its_places(id_):
    explanation = explain(id_)
    assert explanation.nom in str(explanation)
    if id_ in dictionary()[0]:
        assert any(path for _, path in explanation.places)


def test_a_known_rule_is_told_in_full():
    assert str(explain("br-co-10")).splitlines() == [
        "BR-CO-10 — en16931 1.3.16",
        "Source : EN 16931-1 et artefacts de validation du CEN, 1.3.16",
        "",
        "Termes :",
        "  BT-106   Somme des montants nets des lignes",
        "  BT-131   Montant net de la ligne",
        "",
        "Le total des lignes est la somme des montants nets de ligne.",
        "Gravité : bloquante : la facture est invalide.",
        "Remède : Recalculez BT-106 en additionnant les montants nets des lignes (BT-131).",
        "Exemple en faute : facture « standard », BT-106 augmenté de 1",
        (
            "  → BR-CO-10 [BT-106] Attendu : le total des lignes est la somme des montants nets de "
            "ligne. Valeurs lues : BT-106 = 141,00."
        ),
        "  entraîne aussi : BR-CO-13",
    ]


@pytest.mark.parametrize("id_", known_ids())
def test_each_known_id_is_explained_in_any_case(id_):
    told = explain(id_.lower())
    assert told.id == id_
    assert str(told).startswith(f"{id_} — ")


def test_a_rule_that_the_official_file_never_opposes_says_why():
    assert "jamais" in str(explain("BR-FR-16_BT-103"))
    told = explain("BR-FR-09_EXT-FR-FE-146")
    assert told.cases
    assert [one[:20] for one in told.silent] == ["En UBL, le fichier o"]


def test_a_family_lists_its_rules():
    told = str(explain("br-fr-12"))
    assert "BR-FR-12_BT-49" in told
    assert "L'adresse électronique de l'acheteur (BT-49) est donnée." in told


def test_a_group_says_where_it_stands():
    told = str(explain("BG-30"))
    assert "BG-25 (Ligne de facture)" in told


def test_a_status_names_its_reasons_and_a_reason_its_statuses():
    assert "DOUBLON" in str(explain("210"))
    assert "210 Refusée" in str(explain("DOUBLON"))
    assert "aujourd'hui DEST_ERR" in str(explain("SE_ERR"))


def test_a_stranger_is_refused_with_its_neighbours():
    with pytest.raises(BadUsage, match="BR-999") as refused:
        explain("BR-999")
    assert refused.value.reason == "unknown-id"
    with pytest.raises(BadUsage) as refused:
        explain("BR-CO-100")
    assert "BR-CO-10" in refused.value.remedy


@pytest.mark.parametrize(
    ("mutation", "words"),
    [
        ("BT-1 =", "sans BT-1"),
        ("BG-25 =", "sans BG-25"),
        ("BG-1 = {}", "un groupe BG-1 de plus"),
        ('BT-3 = "999"', "BT-3 = « 999 »"),
        ('BT-30 = "12@0002"', "BT-30 = « 12 » (schéma 0002)"),
        ("BT-106 + 0.000", "BT-106 écrit avec 3 décimales"),
        ("BT-131[1] - 1.50; BT-9 + 2", "BT-131 n° 2 diminué de 1,50, BT-9 2 jours plus tard"),
    ],
)
def test_mutations_are_said_in_words(mutation, words):
    assert in_words(mutation) == words


def test_a_mutation_that_says_nothing_is_refused():
    with pytest.raises(ValueError, match="nothing"):
        in_words("nothing")


def test_the_page_holds_every_rule_once():
    rules, _, silent = pages_rules.page().partition("## Règles jamais opposées")
    for id_ in RULES:
        # A code of annexe 7 that another flux has too is told for each profile of flux 1.
        holding = {book.id for book in all_books() for rule in book.rules if rule.id == id_}
        again = len({one for one in holding if one.startswith("flux1-")})
        told = again + (len(holding) > again)
        assert rules.count(f"| `{id_}` |") == told, id_
    assert "| `BR-FR-16_BT-103` | UBL |" in silent


@pytest.mark.parametrize(
    ("id_", "said"),
    [
        ("UNMAPPED", "information hors de la norme"),
        ("MALFORMED", "valeur illisible"),
        ("not-checked", "document reconnu, non contrôlé"),
        ("xsd", "schéma officiel"),
        ("PDF-IBAN", "Ne payez pas"),
        ("OFFICIEL-07", "accepte à tort"),
        ("OFFICIEL-10", "Corrigé par la version 1.4.0.03"),
        ("unsafe", "refus de lire"),
        ("213", "DOUBLON"),
        ("REJ_SEMAN", "Remède"),
        ("CONSEIL-IBAN", "sans force officielle"),
        ("CONSEIL-TVA", "CONSEIL-TVA-CLE"),
    ],
)
def test_our_own_words_and_codes_are_explained(id_, said):
    assert said in str(explain(id_))
