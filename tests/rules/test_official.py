"""The manifests hold what the official files hold (counts of the reform, 3.1 to 3.5)."""

from collections import Counter

import pytest
from tools.import_rulebook import import_book
from tools.official_files import FILES, OfficialFile

from facturier.findings import Severity
from facturier.rules import official
from facturier.rules.official.stylesheets import Stylesheet


@pytest.mark.parametrize(
    ("book", "asserts", "reports", "ids", "fatal", "warning"),
    [
        ("en16931-ubl", 979, 0, 979, 281, 698),
        ("en16931-cii", 806, 0, 806, 335, 471),
        ("extended-ctc-fr-ubl", 953, 0, 953, 276, 677),
        ("extended-ctc-fr-cii", 773, 0, 773, 327, 446),
        ("br-fr-flux2-ubl", 175, 0, 175, 175, 0),
        ("br-fr-flux2-cii", 171, 0, 171, 171, 0),
        ("factur-x-minimum", 108, 11, 99, 91, 8),
        ("factur-x-basicwl", 278, 59, 278, 278, 0),
        ("factur-x-basic", 382, 87, 284, 281, 3),
        ("factur-x-en16931", 433, 194, 433, 429, 4),
        ("factur-x-extended", 943, 521, 943, 921, 22),
        ("cdar", 42, 0, 42, 40, 2),
        ("flux10", 150, 0, 36, 36, 0),
    ],
)
def test_each_book_counts_as_its_official_file(book, asserts, reports, ids, fatal, warning):
    head = official.book(book)
    assert (head.asserts, head.reports) == (asserts, reports)
    rules = official.manifest(book)
    assert len(rules) == ids
    weights = Counter(rule.severity for rule in rules.values())
    assert (weights[Severity.FATAL], weights[Severity.WARNING]) == (fatal, warning)
    assert head.version
    assert head.date


def test_the_french_books_have_199_ids_of_which_147_are_shared():
    ubl, cii = (set(official.manifest(f"br-fr-flux2-{syntax}")) for syntax in ("ubl", "cii"))
    assert len(ubl | cii) == 199
    assert len(ubl & cii) == 147


def test_the_european_books_have_the_families_of_the_norm():
    ids = [id_.rpartition("-")[0] for id_ in official.manifest("en16931-ubl")]
    families = Counter(ids)
    assert families["UBL-CR"] == 678
    assert families["UBL-SR"] == 54
    assert families["UBL-DT"] == 24
    assert families["BR-CL"] == 23
    assert families["BR-CO"] == 23
    assert families["BR-DEC"] == 21
    assert families["BR"] == 58
    cii = Counter(id_.rpartition("-")[0] for id_ in official.manifest("en16931-cii"))
    assert cii["CII-SR"] == 482
    assert cii["CII-DT"] == 101


def test_a_rule_gives_its_facts():
    rule = official.manifest("en16931-ubl")["BR-CO-10"]
    assert rule.terms == ("BT-106", "BT-131")
    assert rule.contexts == ("cac:LegalMonetaryTotal",)
    assert (rule.severity, rule.since, rule.kind) == (Severity.FATAL, "1.3.16", "assert")
    assert official.manifest("factur-x-basic")["FX-SCH-A-000047"].quoted == "BR-45"
    assert official.manifest("br-fr-flux2-ubl")["BR-FR-12_BT-49"].terms[0] == "BT-49"


def test_no_manifest_holds_a_sentence():
    for book in official.books():
        for rule in official.manifest(book).values():
            assert " " not in rule.id + rule.quoted + "".join(rule.terms)


def test_an_unknown_book_is_refused():
    with pytest.raises(KeyError):
        official.manifest("no-such-book")
    with pytest.raises(KeyError):
        official.book("../terms")


@pytest.mark.parametrize("book", [b for b in official.books() if FILES[b].locate()])
def test_the_manifest_is_the_one_of_the_installed_file(book):
    sheet = Stylesheet(FILES[book].locate())
    listed = {one.id for one in sheet.assertions if one.id}
    assert listed == set(official.manifest(book)), (
        f"rules/official/{book}.tsv is not what `python -m tools.import_rulebook` writes of "
        f"{FILES[book].locate()}: a line was added by hand, or the package is another version"
    )
    for one in sheet.assertions:
        if one.id:
            assert one.context in official.manifest(book)[one.id].contexts


SOURCE = """<schema xmlns="http://purl.oclc.org/dsdl/schematron"><!-- Version: 2.0 -->
<pattern><rule context="Invoice">
<assert id="BR-1" flag="fatal" test="A">[BR-1]-An invoice (BG-25) names BT-1 "here".</assert>
{}</rule></pattern></schema>"""


def test_a_new_version_keeps_since_and_a_source_schematron_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr("tools.import_rulebook.HERE", tmp_path)
    monkeypatch.setattr(official, "_FOLDER", tmp_path)
    path = tmp_path / "own.sch"
    path.write_text(SOURCE.format(""))
    own = OfficialFile(
        book="own", syntax="UBL", package="facturx", path="nowhere", date="2026-01-01"
    )
    assert own.locate() is None
    assert import_book(own, path) == "own 2.0: 1 rows, 1 new, 0 gone"
    report = '<report id="BR-2" role="warning" test="B">[BR-2]-No BT-2.</report>'
    path.write_text(SOURCE.format(report).replace("2.0", "3.0"))
    assert import_book(own, path) == "own 3.0: 2 rows, 1 new, 0 gone"
    for cached in (official.books, official.book, official.manifest):
        cached.cache_clear()
    try:
        rules = official.manifest("own")
        assert [(r.id, r.since, r.kind, r.severity) for r in rules.values()] == [
            ("BR-1", "2.0", "assert", "fatal"),
            ("BR-2", "3.0", "report", "warning"),
        ]
        assert rules["BR-1"].terms == ("BG-25", "BT-1")
        assert official.book("own").reports == 1
    finally:
        monkeypatch.undo()
        for cached in (official.books, official.book, official.manifest):
            cached.cache_clear()
