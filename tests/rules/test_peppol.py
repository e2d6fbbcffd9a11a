"""Each rule of Peppol BIS Billing holds on its example and fails, with its cascades, if broken."""

import pytest

from facturier.findings import Layer
from facturier.formats import read, write
from facturier.rules import check, official, peppol, peppol_examples
from facturier.rules.examples import example
from facturier.rules.facts import Facts
from facturier.rules.mutation import mutate
from facturier.rules.peppol import parties

BROKEN = [rule for rule in peppol.BOOK.rules if rule.breaks]


def found(invoice):
    return {finding.rule for finding in peppol.BOOK.check(Facts(invoice, "UBL"))}


@pytest.mark.parametrize("name", peppol_examples.names())
def test_examples_keep_every_rule(name):
    assert found(example(name)) == set()


@pytest.mark.parametrize("rule", BROKEN, ids=[f"{r.id}-{r.terms[0]}" for r in BROKEN])
def test_a_mutation_breaks_its_rule_and_its_cascades_only(rule):
    assert found(mutate(example(rule.example), rule.breaks)) == rule.fires("UBL")


def test_every_official_rule_is_written_or_says_why_not():
    manifest = official.manifest("peppol-bis-billing")
    written = {rule.id for rule in peppol.BOOK.rules}
    assert len(manifest) == 165
    assert manifest.keys() - written == peppol.NOT_YET.keys()
    assert written <= manifest.keys()
    for rule in peppol.BOOK.rules:
        assert rule.severity == manifest[rule.id].severity, rule.id


def test_the_book_is_asked_of_the_invoices_that_claim_it():
    def layers(name, syntax):
        verdict = check(read(write(example(name), syntax).xml))
        return {book.id: book.checked for book in verdict.books}

    assert layers("peppol", "ubl")["peppol-bis-billing"]
    assert layers("peppol", "ubl")["en16931"]
    assert not layers("peppol", "ubl")["br-fr-flux2"]
    assert not layers("peppol", "cii")["peppol-bis-billing"]
    assert not layers("standard", "ubl")["peppol-bis-billing"]


def test_a_finding_is_of_the_layer_peppol():
    broken = mutate(example("peppol"), "BT-10 =")
    verdict = check(read(write(broken, "ubl").xml))
    assert {(f.rule, f.layer) for f in verdict.fatal} == {("PEPPOL-EN16931-R003", Layer.PEPPOL)}


@pytest.mark.parametrize(
    ("is_right", "right", "wrong"),
    [
        (parties.is_gln, "7300010000001", "7300010000002"),
        (parties.is_norwegian, "974760673", "974760674"),
        (parties.is_belgian, "0403170701", "0403170702"),
        (parties.is_swedish, "5560360793", "5560360794"),
        (parties.is_australian, "51824753556", "51824753557"),
        (parties.is_greek, "094259216", "094259217"),
        (parties.is_partita_iva, "IT00743110157", "IT00743110158"),
        (parties.is_codice_fiscale, "RSSMRA85T10A562S", "RSSMRA85T10A56"),
    ],
)
def test_keys_tell_a_right_number_from_a_wrong_one(is_right, right, wrong):
    assert is_right(right)
    assert not is_right(wrong)
    assert not is_right("IT")
