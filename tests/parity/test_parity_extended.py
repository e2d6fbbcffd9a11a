"""Our verdict on each broken example is that of the official file of EXTENDED-CTC-FR.

The mutated invoice is written as UBL and as CII and given to the file that FNFE-MPE publishes, and
all ids are compared, warnings included. Where the two differ there is an entry with proof in
``divergences_extended.toml``; an entry that is no longer true fails. What the profile keeps of
EN 16931 is compared in the slow run.
"""

import tomllib
from pathlib import Path

import pytest
from tests import oracle

from facturier.formats import read, write
from facturier.rules import extended_examples
from facturier.rules.check import facts_of
from facturier.rules.examples import example, names
from facturier.rules.extended import BOOK
from facturier.rules.extended.kept import KEPT
from facturier.rules.mutation import mutate

SYNTAXES = ("UBL", "CII")
NAMES = (*names(), *extended_examples.names(), "multi-vendor", "two-way-corrective")
KEPT_ROWS = set(map(id, KEPT))
MUTATIONS = [
    pytest.param(
        rule,
        syntax,
        id=f"{rule.id}-{rule.terms[0]}-{syntax}",
        marks=[pytest.mark.slow] if id(rule) in KEPT_ROWS else [],
    )
    for rule in BOOK.rules
    if rule.breaks
    for syntax in SYNTAXES
    if rule.syntax in ("", syntax)
]
DIVERGENCES = {
    (one["rule"], one["syntax"]): one
    for one in tomllib.loads(
        (Path(__file__).parent / "divergences_extended.toml").read_text(encoding="utf-8")
    )["divergence"]
}
NAMELESS = "BR-FXEXT-04"
"""The official file gives this warning without its id."""


def written(invoice, syntax):
    return write(invoice, syntax.lower(), complete=False).xml


def official(xml, syntax):
    told = {id_ for id_, _ in oracle.failed(f"extended-ctc-fr-{syntax.lower()}", xml)}
    return {id_ or NAMELESS for id_ in told if not id_ or id_.startswith("BR-")}


def ours(xml):
    reading = read(xml)
    return {f.rule for f in BOOK.check(facts_of(reading.invoice, reading.detected))}


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("name", NAMES)
def test_examples_get_the_official_verdict(name, syntax):
    xml = written(example(name), syntax)
    assert oracle.fatal(f"extended-ctc-fr-{syntax.lower()}", xml) == set()
    assert ours(xml) == official(xml, syntax)


@pytest.mark.parametrize(("rule", "syntax"), MUTATIONS)
def test_broken_examples_get_the_official_verdict(rule, syntax):
    xml = written(mutate(example(rule.example), rule.breaks), syntax)
    theirs = official(xml, syntax)
    divergence = DIVERGENCES.get((rule.id, syntax))
    if divergence is None:
        assert ours(xml) == theirs
        assert rule.fires(syntax) == theirs
        return
    assert divergence["proof"].strip()
    assert rule.fires(syntax) - theirs == set(divergence["only_ours"])
    assert theirs - rule.fires(syntax) == set(divergence["only_official"])


@pytest.mark.parametrize("cents", ["0.01", "0.02", "0.03"])
@pytest.mark.parametrize("term", ["BT-106", "BT-107", "BT-108", "BT-109", "BT-112", "BT-116"])
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_cent_more_or_less_gets_the_official_verdict(term, cents, syntax):
    for sign in "+-":
        xml = written(mutate(example("standard-rate"), f"{term} {sign} {cents}"), syntax)
        assert ours(xml) == official(xml, syntax)


def test_each_divergence_speaks_of_a_rule():
    known = {(rule.id, s) for rule in BOOK.rules for s in SYNTAXES if rule.syntax in ("", s)}
    assert DIVERGENCES.keys() <= known
