"""Our verdict on each broken example is that of OpenPeppol's file, all ids and severities alike."""

import pytest
from tests import oracle

from facturier.formats import read, write
from facturier.rules import peppol, peppol_examples
from facturier.rules.check import facts_of
from facturier.rules.examples import example
from facturier.rules.mutation import mutate

BROKEN = [rule for rule in peppol.BOOK.rules if rule.breaks]
SAMPLE = 10


def official(xml):
    told = oracle.failed("peppol-bis-billing", xml)
    return {(id_, severity) for id_, severity in told if id_ not in peppol.NOT_YET}


def ours(xml):
    reading = read(xml)
    found = peppol.BOOK.check(facts_of(reading.invoice, reading.detected))
    return {(f.rule, f.severity.value) for f in found}


@pytest.mark.parametrize("name", peppol_examples.names())
def test_examples_get_the_official_verdict(name):
    xml = write(example(name), "ubl", complete=False).xml
    assert ours(xml) == official(xml) == set()


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(
            rule,
            id=f"{rule.id}-{rule.terms[0]}",
            marks=[] if number % SAMPLE == 0 else [pytest.mark.slow],
        )
        for number, rule in enumerate(BROKEN)
    ],
)
def test_broken_examples_get_the_official_verdict(rule):
    xml = write(mutate(example(rule.example), rule.breaks), "ubl", complete=False).xml
    assert ours(xml) == official(xml)
    assert {id_ for id_, _ in official(xml)} == rule.fires("UBL")
