"""Each rule of EN 16931 holds on its example and fails, alone with its cascades, when broken."""

import pytest

from facturier.findings import Layer, Severity
from facturier.invoice.model import Invoice
from facturier.invoice.terms import dictionary
from facturier.rules import examples, official
from facturier.rules.en16931 import BOOK, NEVER_FIRES, NOT_YET
from facturier.rules.facts import Facts
from facturier.rules.mutation import mutate

SYNTAXES = ("UBL", "CII")
COUNT = 223
"""Business rules of each official file."""
BROKEN = [
    (rule, syntax)
    for rule in BOOK.rules
    if rule.breaks
    for syntax in SYNTAXES
    if rule.syntax in ("", syntax)
]


def found(invoice, syntax=""):
    return {finding.rule for finding in BOOK.check(Facts(invoice, syntax))}


@pytest.mark.parametrize("syntax", ["", *SYNTAXES])
@pytest.mark.parametrize("name", examples.names())
def test_examples_keep_every_rule(name, syntax):
    assert found(examples.example(name), syntax) == set()


@pytest.mark.parametrize(
    ("rule", "syntax"), BROKEN, ids=[f"{r.id}-{r.terms[0]}-{s}" for r, s in BROKEN]
)
def test_a_mutation_breaks_its_rule_and_its_cascades_only(rule, syntax):
    broken = mutate(examples.example(rule.example), rule.breaks)
    assert repr(broken) != repr(examples.example(rule.example))
    assert found(broken, syntax) == rule.fires(syntax)


@pytest.mark.parametrize(
    "rule", [r for r in BOOK.rules if r.breaks], ids=lambda r: f"{r.id}-{r.terms[0]}"
)
def test_an_invoice_without_syntax_is_asked_every_rule(rule):
    assert rule.id in found(mutate(examples.example(rule.example), rule.breaks))


@pytest.mark.parametrize("rule", BOOK.rules, ids=lambda r: f"{r.id}-{r.terms[0]}{r.syntax}")
def test_each_rule_says_what_must_be_true_and_what_to_do(rule):
    terms, groups = dictionary()
    assert rule.layer is Layer.EN16931
    assert rule.meaning.endswith((".", "…"))
    assert rule.remedy.endswith((".", "…"))
    assert "{" not in rule.meaning + rule.remedy
    assert set(rule.terms) <= terms.keys() | groups.keys()
    assert rule.example in examples.names()


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_every_official_business_rule_is_written(syntax):
    manifest = official.manifest(f"en16931-{syntax.lower()}")
    wanted = {id_ for id_ in manifest if id_.startswith("BR-")}
    written = {rule.id for rule in BOOK.rules if rule.syntax in ("", syntax)}
    silent = {id_.partition("@")[0] for id_ in NEVER_FIRES if id_.partition("@")[2] in ("", syntax)}
    assert wanted - written - silent - NOT_YET.keys() == set(), "write these rules, or say why not"
    assert written - wanted == set(), "no line in rules/official: see « a rule » in CONTRIBUTING.md"
    assert NOT_YET.keys() & written == set()
    assert len(wanted) == COUNT, "a new version? Read the diff of the manifest, then count again"


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_rules_weigh_what_the_official_file_says(syntax):
    manifest = official.manifest(f"en16931-{syntax.lower()}")
    for rule in BOOK.rules:
        if rule.syntax in ("", syntax) and rule.id in manifest:
            assert rule.severity == manifest[rule.id].severity, rule.id


def test_each_rule_can_be_broken_or_says_why_not():
    breakable = {rule.id for rule in BOOK.rules if rule.breaks}
    assert {rule.id for rule in BOOK.rules} - breakable == NEVER_FIRES.keys() & {
        "BR-CO-05",
        "BR-CO-06",
        "BR-CO-07",
        "BR-CO-08",
    }


@pytest.mark.parametrize("syntax", ["", *SYNTAXES])
@pytest.mark.parametrize("id_", [*dictionary()[0], *dictionary()[1]])
def test_no_rule_stumbles_over_a_hole(id_, syntax):
    for name in ("allowances", "attachments", "intra-eu", "foreign-currency"):
        holed = mutate(examples.example(name), f"{id_} =")
        findings = BOOK.check(Facts(holed, syntax))
        assert not [f for f in findings if f.severity is Severity.INTERNAL]


@pytest.mark.parametrize("syntax", ["", *SYNTAXES])
def test_an_empty_invoice_gets_findings_and_no_defect(syntax):
    findings = BOOK.check(Facts(Invoice(), syntax))
    assert {"BR-01", "BR-02", "BR-06", "BR-08", "BR-12", "BR-16"} <= {f.rule for f in findings}
    assert all(finding.layer is Layer.EN16931 for finding in findings)
