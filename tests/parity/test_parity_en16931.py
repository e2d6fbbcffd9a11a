"""Our verdict on each broken example is that of the official stylesheet, in both syntaxes.

The mutated invoice is written as UBL and as CII and given to CEN's stylesheet. Where the two differ
there is an entry with proof in ``divergences.toml``; an entry that is no longer true fails.
"""

import tomllib
from pathlib import Path

import pytest
from tests import oracle

from facturier.findings import Severity
from facturier.formats import read, write
from facturier.rules.check import facts_of
from facturier.rules.en16931 import BOOK
from facturier.rules.examples import example, names
from facturier.rules.mutation import mutate

SYNTAXES = ("UBL", "CII")
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
        (Path(__file__).parent / "divergences.toml").read_text(encoding="utf-8")
    )["divergence"]
}
WEIGHTLESS = (Severity.WARNING, Severity.ADVICE)


def official(invoice, syntax):
    xml = write(invoice, syntax.lower()).xml
    fatal = oracle.fatal(f"en16931-{syntax.lower()}", xml)
    return {id_ for id_ in fatal if id_.startswith("BR-")}


def ours(invoice, syntax):
    reading = read(write(invoice, syntax.lower()).xml)
    findings = BOOK.check(facts_of(reading.invoice, reading.detected))
    return {finding.rule for finding in findings if finding.severity not in WEIGHTLESS}


def told(rule, syntax):
    """What `breaks` and `also` announce, warnings left out."""
    weightless = {rule.id} if rule.severity in WEIGHTLESS else set()
    return set(rule.fires(syntax)) - weightless


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("name", names())
def test_official_files_accept_our_examples(name, syntax):
    xml = write(example(name), syntax.lower()).xml
    assert oracle.fatal(f"en16931-{syntax.lower()}", xml) == set()


@pytest.mark.parametrize(
    ("rule", "syntax"), MUTATIONS, ids=[f"{r.id}-{r.terms[0]}-{s}" for r, s in MUTATIONS]
)
def test_broken_examples_get_the_official_verdict(rule, syntax):
    broken = mutate(example(rule.example), rule.breaks)
    theirs = official(broken, syntax)
    divergence = DIVERGENCES.get((rule.id, syntax))
    if divergence is None:
        assert ours(broken, syntax) == theirs, (
            f"left: what we find after {rule.breaks}; right: what the official file finds. "
            "Mend the rule, or prove in divergences.toml that the file is mistaken"
        )
        assert told(rule, syntax) == theirs, "left: what the rule's `also` announces"
        return
    assert divergence["proof"].strip()
    assert told(rule, syntax) - theirs == set(divergence["only_ours"])
    assert theirs - told(rule, syntax) == set(divergence["only_official"])


def test_each_divergence_speaks_of_a_rule():
    assert {key for key, one in DIVERGENCES.items() if "book" not in one} <= {
        (rule.id, syntax) for rule, syntax in MUTATIONS
    }
