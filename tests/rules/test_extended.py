"""Each rule of EXTENDED-CTC-FR holds on its example and fails, with its cascades, when broken."""

from dataclasses import replace
from decimal import Decimal

import pytest

from facturier.findings import Layer, Severity
from facturier.formats import read, write
from facturier.invoice.model import Invoice, Unmapped
from facturier.invoice.terms import dictionary
from facturier.rules import en16931, examples, extended_examples, official
from facturier.rules.check import facts_of
from facturier.rules.extended import BOOK, NEVER_FIRES, NOT_YET
from facturier.rules.extended.kept import BY_LINE, KEPT
from facturier.rules.facts import Facts
from facturier.rules.mutation import mutate

SYNTAXES = ("UBL", "CII")
NAMES = (*examples.names(), *extended_examples.names())
BROKEN = [
    (rule, syntax)
    for rule in BOOK.rules
    if rule.breaks
    for syntax in SYNTAXES
    if rule.syntax in ("", syntax)
]
WARNED = {
    **dict.fromkeys(BY_LINE, "08rev"),  # the reason stands in the breakdown only
    "several-reasons": "08ini",  # the breakdown tells reasons apart
}
"""Examples on which a base adds up in one of the two ways only, and the way in which not."""


def found(invoice, syntax=""):
    return {finding.rule for finding in BOOK.check(Facts(invoice, syntax))}


def found_in(xml):
    reading = read(xml)
    return {f.rule for f in BOOK.check(facts_of(reading.invoice, reading.detected))}


@pytest.mark.parametrize("syntax", ["", *SYNTAXES])
@pytest.mark.parametrize("name", NAMES)
def test_examples_keep_every_rule_or_are_warned(name, syntax):
    findings = BOOK.check(Facts(examples.example(name), syntax))
    assert {f.rule[-5:] for f in findings} == ({WARNED[name]} if name in WARNED else set())
    assert all(f.severity is Severity.WARNING for f in findings)


@pytest.mark.parametrize(
    ("rule", "syntax"), BROKEN, ids=[f"{r.id}-{r.terms[0]}-{s}" for r, s in BROKEN]
)
def test_a_mutation_breaks_its_rule_and_its_cascades_only(rule, syntax):
    intact = examples.example(rule.example)
    broken = mutate(intact, rule.breaks)
    assert repr(broken) != repr(intact)
    assert rule.example not in WARNED
    assert found(broken, syntax) == rule.fires(syntax)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_every_official_business_rule_is_written(syntax):
    wanted = {id_ for id_ in official.manifest(f"extended-ctc-fr-{syntax.lower()}") if "BR-" in id_}
    written = {rule.id for rule in BOOK.rules if rule.syntax in ("", syntax)}
    silent = {id_.partition("@")[0] for id_ in NEVER_FIRES if id_.partition("@")[2] in ("", syntax)}
    assert len(wanted) == {"UBL": 242, "CII": 235}[syntax]
    assert wanted - written - silent - NOT_YET.keys() == set()
    assert written - wanted == set(), "no line in rules/official: see « a rule » in CONTRIBUTING.md"
    assert NOT_YET == {}


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_rules_weigh_what_the_official_file_says(syntax):
    manifest = official.manifest(f"extended-ctc-fr-{syntax.lower()}")
    for rule in BOOK.rules:
        if rule.syntax in ("", syntax) and rule.id in manifest:
            assert rule.severity == manifest[rule.id].severity, rule.id


@pytest.mark.parametrize("rule", BOOK.rules, ids=lambda r: f"{r.id}-{r.terms[0]}{r.syntax}")
def test_each_rule_says_what_must_be_true_and_what_to_do(rule):
    terms, groups = dictionary()
    assert rule.layer is Layer.EXTENDED_CTC_FR
    assert rule.meaning.endswith((".", "…"))
    assert rule.remedy.endswith((".", "…"))
    assert "{" not in rule.meaning + rule.remedy
    assert set(rule.terms) <= terms.keys() | groups.keys()
    assert rule.example in NAMES


def test_what_is_kept_is_the_same_predicate():
    of = {(rule.id, rule.terms[:1]): rule.holds for rule in en16931.BOOK.rules}
    kept = [rule for rule in KEPT if rule.syntax != "CII" and (rule.id, rule.terms[:1]) in of]
    assert len(kept) > 150
    for rule in kept:
        assert rule.holds in {
            one.holds for one in en16931.BOOK.rules if (one.id, one.terms) == (rule.id, rule.terms)
        }


def test_each_rule_can_be_broken_but_those_that_the_model_cannot_hold():
    breakable = {rule.id for rule in BOOK.rules if rule.breaks}
    silent = {id_.partition("@")[0] for id_ in NEVER_FIRES}
    assert {rule.id for rule in BOOK.rules} - breakable - silent == {
        "BR-FREXT-CL-20-TAX",
        "BR-FREXT-CL-20-LISTID",
    }


@pytest.mark.parametrize(
    "rule", [r for r in BOOK.rules if r.breaks], ids=lambda r: f"{r.id}-{r.terms[0]}{r.syntax}"
)
def test_an_invoice_without_syntax_is_asked_every_question_once(rule):
    twins = {one.id for one in BOOK.rules if one.holds == rule.holds}
    broken = mutate(examples.example(rule.example), rule.breaks)
    findings = [f.rule for f in BOOK.check(Facts(broken)) if f.rule in twins]
    only_in_cii = rule.syntax == "CII" and any(
        one.id == rule.id and one.syntax == "UBL" for one in BOOK.rules
    )
    assert only_in_cii or findings
    assert not {"BR-FREXT-S-08", "BR-FXEXT-S-08"} <= set(findings)


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("id_", [*dictionary()[0], *dictionary()[1]])
def test_no_rule_stumbles_over_a_hole(id_, syntax):
    for name in ("described", "out-of-scope-by-line"):
        findings = BOOK.check(Facts(mutate(examples.example(name), f"{id_} ="), syntax))
        assert not [f for f in findings if f.severity is Severity.INTERNAL]


@pytest.mark.parametrize("syntax", ["", *SYNTAXES])
def test_an_empty_invoice_gets_findings_and_no_defect(syntax):
    findings = BOOK.check(Facts(Invoice(), syntax))
    assert {"BR-01", "BR-02", "BR-06", "BR-08", "BR-12", "BR-16"} <= {f.rule for f in findings}
    assert all(finding.layer is Layer.EXTENDED_CTC_FR for finding in findings)


# --- What the profile tolerates, and what not -----------------------------------------------------


@pytest.mark.parametrize(
    ("change", "ids"),
    [
        ("BT-106 + 0.02", set()),  # two lines count: two cents
        ("BT-106 + 0.03", {"BR-FREXT-CO-10"}),
        ("BT-109 + 0.02; BT-112 + 0.02; BT-115 + 0.02", set()),
        ("BT-112 + 0.03; BT-115 + 0.03", {"BR-FREXT-CO-15"}),
    ],
)
def test_a_cent_a_line_is_admitted(change, ids):
    broken = mutate(examples.example("standard"), change)
    assert found(broken, "CII") == ids
    assert found(broken, "UBL") == ids


def test_the_ubl_file_adds_in_binary():
    """One line, one cent: in binary 100.01 - 100 is a little more than that."""
    invoice = mutate(examples.example("transfer"), "BT-131 = 100.01")
    assert found(invoice, "CII") == set()
    assert found(invoice, "UBL") == {"BR-FREXT-S-08", "BR-FREXT-S-08ini", "BR-FREXT-S-08rev"}


def test_lines_for_information_and_groups_count_nowhere():
    broken = mutate(examples.example("sub-lines"), "BT-131[5] = 500.00")
    assert found(broken, "UBL") == found(broken, "CII") == set()
    counted = mutate(broken, 'EXT-FR-FE-163[5] = "DETAIL"')
    assert {"BR-FREXT-CO-10", "BR-FREXT-CO-13", "BR-FREXT-08"} <= found(counted, "CII")


def test_a_line_may_be_negative_in_price():
    assert found(mutate(examples.example("standard"), "BT-146 = -1.00"), "CII") == set()


# --- What a file says and the model does not ------------------------------------------------------


def charged_with(code, list_):
    xml = write(mutate(examples.example("standard-rate"), f'BT-105 = "{code}"'), "ubl").xml
    plain = b"<cbc:AllowanceChargeReasonCode>" + code.encode()
    assert xml.count(plain) == 1
    named = plain.replace(b"Code>", f'Code listID="{list_}">'.encode())
    return xml.replace(plain, named)


@pytest.mark.parametrize(
    ("code", "list_", "ids"),
    [
        ("FC", "7161", set()),
        ("ENV", "5153", set()),
        ("VAT", "5153", {"BR-FREXT-CL-20-TAX"}),
        ("FC", "9999", {"BR-FREXT-CL-20-LISTID"}),
        ("ENV", "7161", {"BR-FREXT-CL-20"}),
    ],
)
def test_a_charge_that_is_a_tax_says_so(code, list_, ids):
    assert found_in(charged_with(code, list_)) == ids


def test_a_list_named_elsewhere_is_no_matter():
    other = Unmapped(path="/ubl:Invoice/cbc:InvoiceTypeCode/@listID", value="UN")
    invoice = replace(examples.example("standard-rate"), unmapped=(other,))
    assert found(invoice, "UBL") == set()


# --- Files that are large on purpose --------------------------------------------------------------


def test_many_groups_under_one_name_are_checked_in_linear_time():
    invoice = examples.example("sub-lines")
    group = replace(invoice.lines[1], identifier="1", parent="1", net_amount=Decimal(0))
    facts = Facts(replace(invoice, lines=(group,) * 20_000), "CII")
    assert {"BR-FREXT-11"} <= {finding.rule for finding in BOOK.check(facts)}
