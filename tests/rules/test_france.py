"""Each French rule holds on its example and fails, alone with its cascades, when broken."""

from dataclasses import replace
from decimal import Decimal

import pytest

from facturier.findings import Layer, Severity
from facturier.formats import read, write
from facturier.invoice.model import Invoice, Malformed, Unmapped
from facturier.invoice.terms import dictionary
from facturier.rules import examples, french_examples, official
from facturier.rules.check import facts_of
from facturier.rules.facts import Facts
from facturier.rules.france.invoice import BOOK, NEVER_FIRES, NOT_YET
from facturier.rules.france.writing import has_at_most, is_siret_of
from facturier.rules.mutation import mutate

SYNTAXES = ("UBL", "CII")
NAMES = (*sorted(examples.FRENCH), *french_examples.names())
BROKEN = [
    (rule, syntax)
    for rule in BOOK.rules
    if rule.breaks
    for syntax in SYNTAXES
    if rule.syntax in ("", syntax)
]


def found(invoice, syntax=""):
    return {finding.rule for finding in BOOK.check(Facts(invoice, syntax))}


def found_in(xml):
    reading = read(xml)
    return {f.rule for f in BOOK.check(facts_of(reading.invoice, reading.detected))}


@pytest.mark.parametrize("syntax", ["", *SYNTAXES])
@pytest.mark.parametrize("name", NAMES)
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
    assert len(set(findings)) <= 1


@pytest.mark.parametrize("rule", BOOK.rules, ids=lambda r: f"{r.id}-{r.terms[0]}{r.syntax}")
def test_each_rule_says_what_must_be_true_and_what_to_do(rule):
    terms, groups = dictionary()
    assert rule.layer is Layer.BR_FR
    assert rule.meaning.endswith(".")
    assert rule.remedy.endswith((".", "…"))
    assert "{" not in rule.meaning + rule.remedy
    assert set(rule.terms) <= terms.keys() | groups.keys()
    assert rule.example in NAMES


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_every_official_rule_is_written(syntax):
    wanted = set(official.manifest(f"br-fr-flux2-{syntax.lower()}"))
    written = {rule.id for rule in BOOK.rules if rule.syntax in ("", syntax)}
    silent = {id_.partition("@")[0] for id_ in NEVER_FIRES if id_.partition("@")[2] in ("", syntax)}
    assert wanted - written - silent - NOT_YET.keys() == set()
    assert written - wanted == set(), "no line in rules/official: see « a rule » in CONTRIBUTING.md"
    assert written & (silent | NOT_YET.keys()) == set()


def test_the_book_answers_for_all_199_ids():
    silent = {id_.partition("@")[0] for id_ in NEVER_FIRES}
    assert len({rule.id for rule in BOOK.rules} | silent) == 199
    assert NOT_YET == {}


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_rules_weigh_what_the_official_file_says(syntax):
    manifest = official.manifest(f"br-fr-flux2-{syntax.lower()}")
    for rule in BOOK.rules:
        if rule.syntax in ("", syntax) and rule.id in manifest:
            assert rule.severity == manifest[rule.id].severity, rule.id


def test_each_rule_can_be_broken_but_the_one_that_the_model_cannot_hold():
    ours = [rule for rule in BOOK.rules if not rule.terms[0].startswith("BT-X-")]
    assert [rule.id for rule in ours if not rule.breaks] == [  # no French example holds a BT-X
        "BR-FR-01_EXT-FR-FE-136-1",  # of the number of the invoice, on its lines
        "BR-FR-01_EXT-FR-FE-136-2",
        "BR-FR-02_EXT-FR-FE-136",
        "BR-FR-32-GLOBALID",  # of a second identifier
        "BR-FR-CO-10_BT-71-2",
        "BR-FR-DEC-02_BT-149",  # of a second quantity
    ]


@pytest.mark.parametrize("syntax", ["", *SYNTAXES])
@pytest.mark.parametrize("id_", [*dictionary()[0], *dictionary()[1]])
def test_no_rule_stumbles_over_a_hole(id_, syntax):
    for name in ("allowances", "multi-vendor", "two-way-corrective", "single-taxable-person"):
        holed = mutate(examples.example(name), f"{id_} =")
        findings = BOOK.check(Facts(holed, syntax))
        assert not [f for f in findings if f.severity is Severity.INTERNAL]


@pytest.mark.parametrize("syntax", ["", *SYNTAXES])
def test_an_empty_invoice_gets_findings_and_no_defect(syntax):
    findings = BOOK.check(Facts(Invoice(), syntax))
    assert {"BR-FR-08_BT-23", "BR-FR-12_BT-49", "BR-FR-13_BT-34"} <= {f.rule for f in findings}
    assert all(finding.layer is Layer.BR_FR for finding in findings)


# --- What a file says and a value does not --------------------------------------------------------


def test_a_second_delivery_identifier_of_the_same_register_is_refused():
    xml = write(examples.example("delivery"), "cii").xml.decode()
    place = '<ram:GlobalID schemeID="0009">'
    start = xml.index(place)
    end = xml.index("</ram:GlobalID>", start) + len("</ram:GlobalID>")
    first = f"{place}30000000000007</ram:GlobalID>"
    assert found_in((xml[:end] + first + xml[end:]).encode()) == {"BR-FR-CO-10_BT-71-2"}
    other = first.replace("0009", "0088")
    assert found_in((xml[:end] + other + xml[end:]).encode()) == set()


def test_a_global_identifier_without_scheme_is_refused_and_a_plain_one_is_not():
    invoice = mutate(examples.example("standard"), 'BT-29 = "123@0088"')
    xml = write(invoice, "cii").xml
    assert found_in(xml) == set()
    bare = xml.replace(b'<ram:GlobalID schemeID="0088">', b"<ram:GlobalID>", 1)
    assert found_in(bare) == {"BR-FR-CO-10_BT-29-1"}
    plain = bare.replace(b"ram:GlobalID>", b"ram:ID>")
    assert found_in(plain) == set()


@pytest.mark.parametrize(
    ("syntax", "old", "new", "rule"),
    [
        ("ubl", b">140.00<", b">+140.00<", "BR-FR-DEC-01_BT-106"),
        ("ubl", b"<cbc:IssueDate>2026-11-02<", b"<cbc:IssueDate>2026-11-02Z<", "BR-FR-03_BT-2"),
        ("ubl", b">2026-11-02<", b">2026-02-30<", "BR-FR-03_BT-2"),
        ("cii", b">20261102<", b">20260230<", "BR-FR-03_BT-2"),
    ],
)
def test_how_a_value_is_written_counts(syntax, old, new, rule):
    xml = write(examples.example("standard"), syntax).xml
    assert found_in(xml) == set()
    assert rule in found_in(xml.replace(old, new, 1))


def test_a_time_may_follow_a_day_in_cii():
    xml = write(examples.example("standard"), "cii").xml.replace(b">20261102<", b">202611021530<")
    assert read(xml).invoice.issue_date is None
    assert found_in(xml) == set()


def test_each_of_several_due_dates_counts():
    more = Unmapped(
        path="/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction"
        "/ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradePaymentTerms[2]"
        "/ram:DueDateDateTime/udt:DateTimeString",
        value="20261015",
    )
    invoice = replace(examples.example("standard"), unmapped=(more,))
    assert found(invoice, "CII") == {"BR-FR-CO-07_BT-9"}


def test_an_unreadable_amount_is_not_taken_for_another():
    odd = Malformed(term="BT-106", path="", value="+140.00")
    invoice = replace(examples.example("standard"), unusual=(odd,))
    assert Facts(invoice).text_of(Decimal("140.00"), "BT-106") == "+140.00"
    assert Facts(invoice).text_of(Decimal("14.00"), "BT-106") == "14.00"


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("12.50", True),
        ("-12.50", True),
        ("12.500", False),
        ("12.", False),
        ("+1", False),
        ("99999999999999999.99", True),
        ("999999999999999999.99", False),
        ("-99999999999999999.99", False),
    ],
)
def test_amounts_have_two_decimals_and_nineteen_characters(text, fine):
    assert has_at_most(text, 2) is fine


def test_a_siret_begins_with_its_siren():
    assert is_siret_of("12345678900012", "123456789")
    assert not is_siret_of("12345678900012", "987654321")
    assert not is_siret_of("1234567890001", "123456789")
