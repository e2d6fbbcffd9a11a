"""The rules of one syntax: all official ids, a sentence for each, and what a file hears of them."""

import re

import pytest
from lxml import etree
from tools import import_syntax
from tools.official_files import FILES

from facturier.findings import Layer, Severity
from facturier.formats import read, write
from facturier.formats.detect import detect
from facturier.rules import official
from facturier.rules.check import check
from facturier.rules.examples import example, names
from facturier.rules.official.stylesheets import Stylesheet
from facturier.rules.syntax import NEVER_FIRES, checks_of, judge, shape, tables
from facturier.rules.syntax.saying import SENTENCES, meaning, remedy
from facturier.rules.syntax.shape import KEPT

BOOKS = import_syntax.BOOKS
LAYERS = {"en16931": Layer.EN16931, "extended-ctc-fr": Layer.EXTENDED_CTC_FR}
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"


def ubl():
    return etree.fromstring(write(example("standard"), "ubl").xml)


def told(root):
    return check(read(etree.tostring(root))).findings


@pytest.mark.parametrize("book", BOOKS)
def test_every_official_id_that_is_no_business_rule_has_a_check(book):
    wanted = {id_ for id_ in official.manifest(book) if not id_.startswith("BR-")}
    assert checks_of(book).keys() == wanted
    assert len(wanted) == {"en16931-ubl": 756, "en16931-cii": 583}.get(book, len(wanted))


@pytest.mark.parametrize("book", [book for book in BOOKS if FILES[book].locate()])
def test_the_tables_say_what_the_installed_files_say(book, tmp_path, monkeypatch):
    monkeypatch.setattr(import_syntax, "HERE", tmp_path)
    import_syntax.write(FILES[book], FILES[book].locate())
    written = (tmp_path / f"{book}.tsv").read_text(encoding="utf-8")
    held = import_syntax.Path(import_syntax.__file__).parents[1] / "src/facturier/rules/syntax"
    assert written == (held / f"{book}.tsv").read_text(encoding="utf-8")


@pytest.mark.parametrize("book", [book for book in BOOKS if FILES[book].locate()])
def test_what_never_fires_is_behind_another_context(book):
    """The official file hands an element to the first context that has it."""
    contexts = [one.context for one in Stylesheet(FILES[book].locate()).assertions]
    for id_ in NEVER_FIRES.keys() & checks_of(book).keys():
        taken = contexts.index("//ram:TypeCode")
        mine = contexts.index(official.manifest(book)[id_].contexts[0])
        assert taken < mine
        assert contexts[mine].endswith("/ram:TypeCode")


@pytest.mark.parametrize("book", BOOKS)
def test_each_rule_says_what_must_be_true_and_what_to_do(book):
    layer = LAYERS[book.rpartition("-")[0]]
    for check_ in checks_of(book).values():
        for sentence in (meaning(check_, layer), remedy(check_)):
            assert sentence.endswith("."), check_.id
            assert not re.search(r"[{}\[\]]", sentence), sentence
            assert len(sentence) < 200, sentence
        assert check_.kind in {"no", "max1", "one", "min1"} or check_.id in SENTENCES, check_.id


def test_each_sentence_of_its_own_is_of_a_rule():
    ids = {id_ for book in tables() for id_ in checks_of(book)}
    assert SENTENCES.keys() <= ids


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("syntax", ["ubl", "cii"])
def test_our_own_files_keep_every_rule(name, syntax):
    detected = detect(write(example(name), syntax).xml)
    assert judge("en16931", Layer.EN16931, detected).findings == ()


def test_a_forbidden_element_is_told_once_by_its_official_id():
    root = ubl()
    line = root.find(f"{CAC}InvoiceLine")
    etree.SubElement(root, f"{CBC}UUID").text = "x"
    for _ in range(2):
        line.insert(1, etree.Element(f"{CBC}UUID"))
    findings = [f for f in told(root) if f.layer is not Layer.XSD]
    assert [f.rule for f in findings] == ["UBL-CR-515", "UBL-CR-005"]
    assert {f.severity for f in findings} == {Severity.WARNING}
    assert findings[0].path == "/ubl:Invoice/cac:InvoiceLine[1]/cbc:UUID[1]"
    assert "2 fois" in findings[0].message
    assert findings[1].message == (
        "L'élément cbc:UUID ne s'emploie pas dans une facture EN 16931. Lu : « x »."
    )
    assert "note (BT-22)" in findings[0].remedy


def test_what_no_rule_names_is_still_said_to_be_unknown():
    root = ubl()
    etree.SubElement(root, "{urn:other}Thing").text = "x"
    assert "UNMAPPED" in {f.rule for f in told(root)}


def test_a_repetition_is_told_with_the_second_place_and_its_term():
    root = ubl()
    seller = root.find(f"{CAC}AccountingSupplierParty/{CAC}Party")
    for _ in range(2):
        seller.insert(1, etree.fromstring(f'<PartyName xmlns="{CAC[1:-1]}"/>'))
        etree.SubElement(seller[1], f"{CBC}Name").text = "x"
    found = next(f for f in told(root) if f.rule == "UBL-SR-10")
    assert found.severity is Severity.FATAL
    assert found.where == "BT-28"
    assert found.path.endswith("cac:PartyName[2]/cbc:Name")
    assert found.message == (
        "Attendu : « Appellation commerciale du vendeur » (BT-28, cac:Party/cac:PartyName/"
        "cbc:Name) figure une fois au plus. Lu : 2 fois."
    )


def test_an_attribute_is_told_with_its_value():
    root = ubl()
    root.find(f"{CBC}Note").set("languageID", "fr")
    found = next(f for f in told(root) if f.rule == "UBL-DT-19")
    assert found.path == "/ubl:Invoice/cbc:Note[1]/@languageID"
    assert "« fr »" in found.message


@pytest.mark.parametrize("syntax", ["ubl", "cii"])
def test_the_elements_as_the_reader_met_them_hide_no_fault(syntax):
    xml = write(example("standard"), syntax).xml
    compiled, all_known, faulty = shape(f"en16931-{syntax}"), 0, 0
    for leaf in re.finditer(rb"<([\w:]+)(?: [^<>]*)?>[^<>]*</\1>", xml):
        for instead in (leaf.group() * 2, b""):  # said twice, or not at all
            reading = read(xml[: leaf.start()] + instead + xml[leaf.end() :])
            if reading.met is None:
                continue
            root, met = reading.detected.root, reading.met
            assert sum(map(len, met.values())) == sum(1 for _ in root.iter())
            found = compiled.failures(root)
            assert compiled.failures(root, met) == found
            all_known += 1
            faulty += bool(found)
    assert all_known > 20
    assert faulty > 2


def test_hostile_names_are_not_kept():
    compiled = shape("en16931-ubl")
    root = etree.Element("{urn:x}Root")
    for number in range(KEPT + 50):
        etree.SubElement(root, f"n{number}")
    assert compiled.failures(root) == []
    before = compiled._kept
    compiled.failures(root)
    assert compiled._kept == before == KEPT
    shape.cache_clear()


def test_comments_instructions_and_depth_are_harmless():
    root = ubl()
    deep = root
    for _ in range(50):
        deep.append(etree.Comment("x"))
        deep.append(etree.ProcessingInstruction("x"))
        deep = etree.SubElement(deep, f"{CAC}Delivery")
    assert "UBL-SR-25" not in {f.rule for f in told(root)}
