"""Every rule and every term can be explained."""

import pytest

from facturier.errors import ConfigurationError
from facturier.invoice.terms import dictionary
from facturier.rules import all_books, explain

RULES = sorted({rule.id for book in all_books() for rule in book.rules})


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
        assert explanation.ubl or explanation.cii


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
        "Exemple en faute : facture « standard » avec BT-106 + 1",
        (
            "  → BR-CO-10 [BT-106] Le total des lignes est la somme des montants nets de ligne. "
            "Valeurs lues : BT-106 = 141,00."
        ),
        "  entraîne aussi : BR-CO-13",
    ]


def test_a_stranger_is_refused():
    with pytest.raises(ConfigurationError, match="BR-999"):
        explain("BR-999")
