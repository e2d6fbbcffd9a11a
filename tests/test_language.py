"""English, second: every sentence that the engine shows has one."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.formats.hostile import HOSTILE, HOSTILE_ZIPS
from tools import update_catalogue

import facturier
from facturier import language
from facturier.cli import main
from facturier.cli.terminal import speak
from facturier.engine import check, unreadable
from facturier.errors import UnreadableDocument
from facturier.findings import Finding, Layer, Severity
from facturier.formats import detect, write
from facturier.formats.pages import Page
from facturier.formats.zip import unpack
from facturier.language import finding_in, in_english, text_in, translated
from facturier.rules.advice.defects import LEDGER
from facturier.rules.advice.hybrid import compare
from facturier.rules.examples import example
from facturier.rules.explain import _broken, explain
from facturier.rules.facturx import explained as structure
from facturier.rules.shelves import FACTURX_OWN, SHELVES, all_books
from facturier.rules.syntax import explained as syntax_rules

BROKEN = Path(__file__).parent / "fixtures" / "broken"
_FRENCH = re.compile(
    r"\b(?:le|la|les|des|du|une|est|sont|et|dans|pour|avec|doit|être|vendeur|acheteur|facture|pas)\b"
    r"|\b[LlDdNnQq]'[a-zé]|[«»]|\w [:;]",
)
"""Words and signs that no English sentence has."""
_KEPT = re.compile(r"“[^”]*”|\([^()]*\)|MEMBRE_\w+|Membre d'un \w+ \w+|[\w:]+/\S+|la-\w+")


def is_french(sentence: str) -> bool:
    """Tell whether French words stand in a sentence, quotations and names aside."""
    return bool(_FRENCH.search(_KEPT.sub("x", sentence)))


def untranslated(finding: Finding) -> list[str]:
    """Return what of a finding has no English."""
    return [one for one in (finding.message, finding.remedy) if one and translated(one) is None]


def test_each_rule_of_each_version_has_english() -> None:
    for shelf in SHELVES:
        for book in shelf.versions:
            for rule in book.rules:
                for said in (rule.meaning, rule.remedy):
                    english = translated(said)
                    assert english, (book.id, rule.id, said)
                    assert not is_french(english), (rule.id, english)
                    assert "{" not in english


def test_the_catalogue_says_what_is_said_and_nothing_else(tmp_path: Path) -> None:
    """When this fails: ``python tools/update_catalogue.py``, and translate what it adds."""
    catalogue = update_catalogue.update([])
    again = tmp_path / "again.po"
    update_catalogue.save(catalogue, again)
    assert [str(one.id) for one in catalogue if one.id and not one.string] == []
    assert again.read_text("utf-8") == update_catalogue.CATALOGUE.read_text("utf-8")


def test_each_sentence_entered_by_hand_is_in_the_code() -> None:
    assert update_catalogue.strangers() == []


def test_english_of_the_catalogue_keeps_the_holes_of_the_french() -> None:
    for one in update_catalogue.update([]):
        if one.id:
            holes = [set(re.findall(r"\{\w+\}", str(said))) for said in (one.id, one.string)]
            assert holes[1] <= holes[0], one.id


@pytest.mark.parametrize("book", all_books(), ids=lambda book: book.id)
def test_what_each_broken_example_gives_has_english(book) -> None:
    for rule in book.rules:
        finding = _broken(book, rule)
        if finding is not None:
            assert not untranslated(finding), rule.id
            english = translated(finding.message) or ""
            assert not is_french(english), (rule.id, english)


FILES = sorted(path for path in BROKEN.iterdir() if path.suffix in {".xml", ".pdf"})


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_findings_on_broken_files_have_english(path: Path) -> None:
    findings = check(path).findings
    assert findings
    for finding in findings:
        assert not untranslated(finding)


def test_each_syntax_rule_has_english() -> None:
    for id_ in syntax_rules.ids():
        told = syntax_rules.explained(id_)
        assert told
        for said in (told.meaning, told.remedy):
            english = translated(said)
            assert english, (id_, said)
            assert not is_french(english), (id_, english)


def test_what_a_file_has_against_each_form_of_a_syntax_rule_has_english() -> None:
    document = write(example("standard"), "ubl").xml
    twice = document.replace(b"<cbc:ID>", b"<cbc:UUID>x</cbc:UUID><cbc:ID>", 1)
    twice = twice.replace(b"</cac:Party>", b"<cac:Party/></cac:Party>")
    twice = re.sub(
        rb"(<cac:PostalAddress>.*?</cac:PostalAddress>)", rb"\1\1", twice, flags=re.DOTALL
    )
    findings = check(twice).findings
    assert {"XSD", "UBL-CR-005"} <= {one.rule for one in findings}
    for finding in findings:
        assert not untranslated(finding)


@pytest.mark.parametrize("profile", FACTURX_OWN)
def test_structure_of_each_profile_of_facturx_has_english(profile: str) -> None:
    document = write(example("standard"), "cii").xml
    own = document.replace(b">urn:cen.eu:en16931:2017<", f">{profile}<".encode())
    own = own.replace(b"<ram:TypeCode>380<", b"<ram:TypeCode>999<").replace(
        b' schemeID="0002"', b""
    )
    findings = check(own).findings
    assert findings
    for finding in findings:
        assert not untranslated(finding)


def test_each_assertion_on_structure_has_english() -> None:
    for id_ in structure.ids():
        told = structure.explained(id_)
        assert told
        for place in told.places[:2]:
            english = translated(place)
            assert english, place
            assert not is_french(english.replace("la-", "")), english


def test_each_defect_of_the_official_files_has_english() -> None:
    for one in LEDGER:
        said = (
            f"Règle officielle {', '.join(one.rules)} : le fichier officiel {one.verb} à tort ; "
            f"{one.file_says}, alors que {one.text_says}. Le verdict suit le fichier officiel."
        )
        english = translated(said)
        assert english, one.id
        assert not is_french(english), english


@pytest.mark.parametrize(
    "shown",
    [
        "Facture du 03/04/2020, 1 234,56 EUR, SIREN 003000015, IBAN FR7630006000011234567890189",
        "Bon de commande sans rien de commun avec la facture, ni numéro, ni date, ni total",
        "image",
    ],
)
def test_what_the_pages_of_a_pdf_show_has_english(shown: str) -> None:
    invoice = example("transfer")
    number = invoice.number if shown.startswith("Facture") else ""
    for one in (shown, f"{shown} {number}"):
        findings = compare(invoice, (Page(1, one),))
        assert findings
        for finding in findings:
            assert not untranslated(finding)


@pytest.mark.parametrize("hostile", HOSTILE + HOSTILE_ZIPS, ids=lambda one: one.name)
def test_each_refusal_has_english(hostile) -> None:
    if hostile.name in HEAVY:
        pytest.skip("tens of megabytes: its reason is that of another")
    data = hostile.build()
    with pytest.raises(UnreadableDocument) as refused:
        list(unpack(data, "lot.zip")) if hostile in HOSTILE_ZIPS else detect(data)
    for finding in unreadable(refused.value).findings:
        assert not untranslated(finding)


HEAVY = frozenset(
    one.name
    for one in HOSTILE + HOSTILE_ZIPS
    if one.reason in {"too-big", "too-many-nodes", "too-long-markup", "zip-too-big"}
    or one.name in {"profond-million", "pdf-tableau", "pdf-gros-bruit", "utf16-lourd"}
    or one.name in {"zip-membre-enorme", "zip-membres", "pdf-objets", "zip-bombe"}
    or one.name in {"pdf-bombe", "pdf-bombe-double", "pdf-flux-objets", "pdf-chaine"}
)


def _finding(message: str, where: str = "") -> Finding:
    return Finding(
        rule="BR-CO-10",
        layer=Layer.EN16931,
        severity=Severity.FATAL,
        message=message,
        where=where,
        remedy="Renseignez « Numéro de facture » (BT-1).",
    )


def test_values_are_said_as_english_writes_them() -> None:
    said = finding_in(
        _finding(
            "Attendu : l'échéance (BT-9) respecte le délai maximal de paiement entre "
            "professionnels. Valeurs lues : BT-9 = 01/12/2026, BT-106 = 12,50, BT-27 = « 1,5 m ».",
            "BT-131 ligne 3 n° 2",
        ),
        "en",
    )
    assert said.message.endswith("Values read: BT-9 = 2026-12-01, BT-106 = 12.50, BT-27 = “1,5 m”.")
    assert said.message.startswith("Expected: ")
    assert said.where == "BT-131 line 3 no. 2"


def test_a_term_is_called_by_its_english_name() -> None:
    assert "Seller name" in in_english("« Raison sociale du vendeur » (BT-27) doit être renseigné.")


def test_what_nobody_translated_stays_french() -> None:
    assert in_english("Cette phrase n'existe pas.") == "Cette phrase n'existe pas."
    assert finding_in(_finding("x"), "fr") == _finding("x")


EXPLAINED = (
    "BR-CO-10 BR-FR-05 BT-131 BG-23 TT-19 210 212 DOUBLON XSD PDF-IBAN OFFICIEL-01 OFFICIEL-15 "
    "malformed UBL-CR-123 CII-SR-046 FX-SCH-A-000028 BR-FR-CDV-07_MDT-38_no G1.05 CONSEIL-IBAN"
)


@pytest.mark.parametrize("id_", EXPLAINED.split())
def test_explanations_are_told_in_english(id_: str) -> None:
    for line in text_in(str(explain(id_)), "en").split("\n"):
        assert not is_french(line), line


def test_the_engine_answers_in_english() -> None:
    invoice = replace(example("standard"), number=None)
    verdict = facturier.check(invoice, language="en")
    assert [one.rule for one in verdict.findings] == [
        one.rule for one in facturier.check(invoice).findings
    ]
    assert not any(is_french(one.message + one.remedy) for one in verdict.findings)
    assert facturier.explain("BT-131", language="en").startswith("BT-131 — Invoice line net amount")


WRONG = str(min(BROKEN.glob("04-*.xml")))


@pytest.mark.parametrize(
    "arguments", [["--lang", "en", "check", WRONG], ["check", WRONG, "--lang=en"]]
)
def test_the_command_line_answers_in_english(arguments, capsys) -> None:
    assert main(arguments) == 1
    said = capsys.readouterr().out
    assert said.startswith("INVALID  ")
    assert "Expected: " in said
    assert "not checked: " in said
    assert not is_french(said.partition("\n")[2])


def test_json_is_told_in_english_with_the_same_keys(capsys) -> None:
    main(["check", "--json", WRONG])
    french = json.loads(capsys.readouterr().out)
    main(["check", "--json", "--lang", "en", WRONG])
    english = json.loads(capsys.readouterr().out)
    assert english.keys() == french.keys()
    for one, other in zip(english["findings"], french["findings"], strict=True):
        assert {key for key in one if one[key] != other[key]} <= {"message", "remedy", "where"}
        assert one["message"] != other["message"]


def test_several_files_are_told_in_english(capsys) -> None:
    main(["check", "--lang", "en", "--recursive", "--jobs", "2", WRONG, WRONG])
    said = capsys.readouterr()
    assert said.out.count("INVALID  ") == 2
    assert "2 files in " in said.err
    assert "0 valid, 2 invalid, 0 unreadable" in said.err


def test_the_environment_chooses_the_language_and_the_option_prevails(monkeypatch, capsys) -> None:
    monkeypatch.setenv("FACTURIER_LANG", "en_GB.UTF-8")
    main(["explain", "210"])
    assert capsys.readouterr().out.startswith("210 — Refused (in French: Refusée)")
    main(["explain", "210", "--lang", "fr"])
    assert capsys.readouterr().out.startswith("210 — Refusée (Refused)")


def test_errors_usage_and_help_are_in_english(capsys) -> None:
    assert main(["--lang", "en", "explain", "BR-CO-1O"]) == 2
    assert "Did you mean: " in capsys.readouterr().err
    assert main(["--lang", "en", "check", "nowhere.xml"]) == 2
    assert capsys.readouterr().err == "facturier: file or folder not found: nowhere.xml\n"
    with pytest.raises(SystemExit):
        main(["check", "--lang", "en"])
    assert "facturier: the following arguments are required" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["check", "--help", "--lang", "en"])
    told = capsys.readouterr().out
    assert told.startswith("usage: ")
    assert not is_french(told)


@pytest.fixture(autouse=True)
def _in_french_again():
    yield
    speak("fr")


def test_french_loads_no_catalogue() -> None:
    program = (
        "import sys, facturier; facturier.check(b'x'); facturier.explain('BR-02');"
        "print('facturier.language' in sys.modules, 'babel' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]


def test_the_catalogue_is_read_once() -> None:
    assert language._catalogue() is language._catalogue()
