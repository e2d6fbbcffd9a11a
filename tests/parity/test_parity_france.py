"""Our verdict on each broken example is that of the official BR-FR stylesheet, in both syntaxes.

The mutated invoice is written as UBL and as CII and given to the file that FNFE-MPE publishes.
Where the two differ there is an entry with proof in ``divergences_france.toml``; an entry that is
no longer true fails.
"""

import tomllib
from pathlib import Path

import pytest
from tests import oracle

from facturier.formats import read, write
from facturier.rules.check import facts_of
from facturier.rules.examples import FRENCH, example
from facturier.rules.france.invoice import BOOK
from facturier.rules.french_examples import names
from facturier.rules.mutation import mutate

SYNTAXES = ("UBL", "CII")
NAMES = (*sorted(FRENCH), *names())
MUTATIONS = [
    (rule, syntax)
    for rule in BOOK.rules
    if rule.breaks
    for syntax in SYNTAXES
    if rule.syntax in ("", syntax)
]
DIVERGENCES = {
    (one["rule"], one["syntax"]): one
    for one in tomllib.loads(
        (Path(__file__).parent / "divergences_france.toml").read_text(encoding="utf-8")
    )["divergence"]
}


def written(invoice, syntax):
    return write(invoice, syntax.lower(), complete=False).xml


def official(xml, syntax):
    return oracle.fatal(f"br-fr-{syntax.lower()}", xml)


def ours(xml):
    reading = read(xml)
    return {f.rule for f in BOOK.check(facts_of(reading.invoice, reading.detected))}


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("name", NAMES)
def test_official_files_accept_our_french_examples(name, syntax):
    assert official(written(example(name), syntax), syntax) == set()


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("name", names())
def test_official_profiles_accept_our_french_examples(name, syntax):
    invoice = example(name)
    extended = "extended" in invoice.process.specification
    layer = f"{'extended-ctc-fr' if extended else 'en16931'}-{syntax.lower()}"
    assert oracle.fatal(layer, write(invoice, syntax.lower()).xml) == set()


@pytest.mark.parametrize(
    ("rule", "syntax"), MUTATIONS, ids=[f"{r.id}-{r.terms[0]}-{s}" for r, s in MUTATIONS]
)
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


def test_each_divergence_speaks_of_a_rule():
    assert DIVERGENCES.keys() <= {(rule.id, syntax) for rule, syntax in MUTATIONS}
