"""The command line as a contract: every form, its exit status, its JSON, its words in French."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from facturier.cli import main
from facturier.findings import Layer, Severity
from facturier.formats import read, write
from facturier.formats.detect import Syntax
from facturier.formats.facturx_write import facturx
from facturier.formats.parsing import MAX_BYTES
from facturier.invoice.terms import values
from facturier.rules.examples import example

SYNTAXES = {
    "UBL-Invoice",
    "UBL-CreditNote",
    "CII",
    "CDAR",
    "FLUX10",
    "FLUX1",
    "F12",
    "F13",
    "F14",
    "UNKNOWN",
}
LAYERS = {
    "xsd",
    "en16931",
    "extended-ctc-fr",
    "factur-x",
    "br-fr",
    "cdar",
    "flux10",
    "flux1",
    "directory",
    "peppol",
    "advice",
    "internal",
}
SEVERITIES = {"fatal", "warning", "advice", "internal"}
KEYS = ["file", "syntax", "container", "profile", "verdict", "books", "findings"]
FINDING = ["rule", "layer", "severity", "where", "path", "message", "remedy"]


pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture(scope="module")
def documents() -> dict[str, bytes]:
    """One good invoice in each form, a credit note, a wrong one, and two that nobody can read."""
    good = example("standard")
    wrong = replace(good, totals=replace(good.totals, line_net_amount=good.totals.with_vat))
    return {
        "good.ubl.xml": write(good, "ubl").xml,
        "good.cii.xml": write(good, "cii").xml,
        "good.pdf": facturx(good),
        "avoir.xml": write(example("credit-note"), "ubl").xml,
        "wrong.xml": write(wrong, "ubl", complete=False).xml,
        "doctype.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        "broken.pdf": b"%PDF-1.7\nnothing",
    }


@pytest.fixture
def folder(tmp_path, monkeypatch, documents):
    """Each test works in a folder of its own with these documents."""
    monkeypatch.chdir(tmp_path)
    for name, data in documents.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def run(*arguments: object) -> int:
    """Call the command in this process; argparse leaves by SystemExit, as a shell would see."""
    try:
        return main([str(one) for one in arguments])
    except SystemExit as left:
        return int(left.code or 0)


def process(*arguments: object, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "facturier.cli", *map(os.fspath, arguments)],
        capture_output=True, check=False, timeout=60, env={**os.environ, **environment},
    )  # fmt: skip


def checked(capsys, *arguments):
    status = run("check", "--json", *arguments)
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


# --- check ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status", "verdict", "syntax", "container"),
    [
        ("good.ubl.xml", 0, "valid", "UBL-Invoice", "xml"),
        ("good.cii.xml", 0, "valid", "CII", "xml"),
        ("good.pdf", 0, "valid", "CII", "pdf"),
        ("avoir.xml", 0, "valid", "UBL-CreditNote", "xml"),
        ("wrong.xml", 1, "invalid", "UBL-Invoice", "xml"),
        ("doctype.xml", 2, "unreadable", "UNKNOWN", "xml"),
        ("broken.pdf", 2, "unreadable", "UNKNOWN", "pdf"),
    ],
)
def test_each_kind_of_file_has_its_verdict_and_status(
    capsys, name, status, verdict, syntax, container
):
    found, (line,) = checked(capsys, name)
    assert found == status
    assert line["file"] == name
    assert (line["verdict"], line["syntax"], line["container"]) == (verdict, syntax, container)
    # Factur-X warns of each empty element, even of the one that its schema demands.
    told = [one for one in line["findings"] if one["rule"] != "PEPPOL-EN16931-R008"]
    assert bool(told) == (verdict != "valid")


def test_a_line_of_json_has_the_keys_and_words_of_the_contract(folder, capsys):
    status, lines = checked(capsys, "--recursive", folder)
    assert status == 2
    assert len(lines) == 7
    for line in lines:
        assert list(line) == KEYS
        assert line["syntax"] in SYNTAXES
        assert line["container"] in {"xml", "pdf"}
        assert line["verdict"] in {"valid", "invalid", "unreadable"}
        for book in line["books"]:
            assert list(book) == ["id", "version", "state"]
            assert book["state"] in {"checked", "skipped"}
            assert book["version"]
        for finding in line["findings"]:
            assert sorted(finding) == sorted(FINDING)
            assert finding["layer"] in LAYERS
            assert finding["severity"] in SEVERITIES
            assert finding["message"].strip()
            assert finding["remedy"].strip()
    (wrong,) = (line for line in lines if line["file"].endswith("wrong.xml"))
    named = {(f["rule"], f["layer"], f["severity"], f["where"]) for f in wrong["findings"]}
    assert ("BR-CO-10", "en16931", "fatal", "BT-106") in named
    assert all(f["path"].startswith("/ubl:Invoice/") for f in wrong["findings"])
    states = {b["id"]: b["state"] for b in wrong["books"]}
    assert all(states[book] == "checked" for book in ("xsd", "en16931", "br-fr-flux2"))


def test_the_enumerations_of_the_engine_are_those_of_the_contract():
    assert {one.value for one in Syntax} == SYNTAXES
    assert {one.value for one in Severity} == SEVERITIES
    assert {one.value for one in Layer} - LAYERS == {"fec"}, "a FEC is not given to check"


def test_the_worst_verdict_of_several_files_is_the_status(capsys):
    assert checked(capsys, "good.pdf", "good.ubl.xml")[0] == 0
    assert checked(capsys, "wrong.xml", "good.pdf")[0] == 1
    status, lines = checked(capsys, "doctype.xml", "wrong.xml", "good.pdf")
    assert (status, len(lines)) == (2, 3)


def test_a_person_reads_what_is_wrong_where_and_what_to_do(capsys):
    assert run("check", "wrong.xml", "good.pdf") == 1
    told = capsys.readouterr().out
    assert "INVALIDE  wrong.xml" in told
    assert "BR-CO-10 [BT-106] Attendu : le total des lignes est la somme" in told
    assert "/ubl:Invoice/cac:LegalMonetaryTotal/cbc:LineExtensionAmount" in told
    assert "→ Recalculez BT-106" in told
    assert "VALIDE  good.pdf" in told
    assert "contrôlé : xsd D22B, factur-x-en16931" in told


def test_a_folder_needs_recursive_and_does_not_stop_the_others(folder, capsys):
    assert run("check", "--json", folder, "good.pdf") == 2
    told = capsys.readouterr()
    assert "--recursive" in told.err
    assert [json.loads(line)["file"] for line in told.out.splitlines()] == ["good.pdf"]


def test_recursive_takes_documents_only_sorted_whatever_their_case(folder, capsys):
    (folder / "sub").mkdir()
    (folder / "sub" / "A.XML").write_bytes((folder / "good.cii.xml").read_bytes())
    (folder / "sub" / "notes.txt").write_text("rien")
    _, lines = checked(capsys, "--recursive", "sub", "good.pdf")
    assert [line["file"] for line in lines] == ["sub/A.XML", "good.pdf"]


def test_a_folder_without_documents_is_said(folder, capsys):
    (folder / "empty").mkdir()
    assert run("check", "--recursive", "empty") == 0
    assert "aucun fichier .xml ou .pdf" in capsys.readouterr().err


def test_a_missing_file_does_not_stop_the_others(capsys):
    assert run("check", "--json", "nowhere.xml", "good.pdf") == 2
    told = capsys.readouterr()
    assert "introuvable : nowhere.xml" in told.err
    assert len(told.out.splitlines()) == 1


def test_a_file_over_the_limit_is_refused_before_it_is_read(folder, capsys):
    with (folder / "big.xml").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    status, (line,) = checked(capsys, "big.xml")
    assert status == 2
    assert line["findings"][0]["rule"] == "too-big"


def test_the_rules_of_another_day(capsys):
    assert run("check", "--json", "--on", "2026-11-20", "good.ubl.xml") == 0
    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert {b["id"] for b in line["books"] if b["state"] == "checked"} >= {"en16931", "xsd"}
    assert run("check", "--json", "--on", "2020-01-01", "good.ubl.xml") == 0
    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert {b["id"] for b in line["books"] if b["state"] == "skipped"} >= {"en16931"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "il manque : COMMANDE"),
        (("check",), "il manque : FICHIER"),
        (("check", "--on", "demain", "x.xml"), "« demain » n'est pas une date"),
        (("check", "--frob", "x.xml"), "argument inconnu : --frob"),
        (("controler", "x.xml"), "« controler » n'existe pas"),
        (("convert", "x.xml", "--to", "pdf", "-o", "y"), "« pdf » n'existe pas"),
        (("convert", "x.xml", "--to", "ubl"), "il manque : -o"),
        (("show",), "il manque : FICHIER"),
        (("render", "x.xml"), "il manque : -o"),
        (("explain",), "il manque : ID"),
        (("deposit", "x.xml"), "il manque : --dossier"),
        (("serve", "--port", "http"), "« http » n'est pas un nombre entier"),
    ],
)
def test_bad_usage_is_status_2_and_said_in_french(capsys, arguments, said):
    assert run(*arguments) == 2
    assert said in capsys.readouterr().err


# --- convert -------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["good.ubl.xml", "good.cii.xml", "good.pdf"])
@pytest.mark.parametrize(
    ("target", "syntax"), [("ubl", "UBL-Invoice"), ("cii", "CII"), ("facturx", "CII")]
)
def test_every_form_becomes_every_other_and_says_the_same(folder, capsys, source, target, syntax):
    assert run("convert", source, "--to", target, "-o", "out") == 0
    status, (line,) = checked(capsys, "out")
    assert (status, line["syntax"]) == (0, syntax)
    assert line["container"] == ("pdf" if target == "facturx" else "xml")
    before, after = (read((folder / name).read_bytes()).invoice for name in (source, "out"))
    assert list(values(before)) == list(values(after))


def replaced(folder: Path, name: str, old: bytes, new: bytes) -> None:
    data = (folder / name).read_bytes()
    assert data.count(old) >= 1
    (folder / name).write_bytes(data.replace(old, new, 1))


def test_an_element_without_a_place_is_named_and_needs_lossy(folder, capsys):
    replaced(folder, "good.ubl.xml", b"</ubl:Invoice>", b"<cbc:Odd>x</cbc:Odd></ubl:Invoice>")
    assert run("convert", "good.ubl.xml", "--to", "cii", "-o", "out") == 3
    told = capsys.readouterr().err
    assert "non repris : /ubl:Invoice/cbc:Odd (hors du modèle)" in told
    assert "--lossy" in told
    assert not (folder / "out").exists()
    assert run("convert", "good.ubl.xml", "--to", "cii", "-o", "out", "--lossy") == 0
    assert "cbc:Odd" in capsys.readouterr().err
    assert (folder / "out").exists()


def test_a_value_that_cannot_be_read_is_not_lost_in_silence(folder, capsys):
    due = read((folder / "good.cii.xml").read_bytes()).invoice.due_date
    written = due.isoformat().replace("-", "").encode()
    replaced(folder, "good.cii.xml", b">" + written + b"<", b">31/07/2026<")
    assert run("convert", "good.cii.xml", "--to", "ubl", "-o", "out") == 3
    assert "non repris : BT-9 (Date d'échéance), illisible" in capsys.readouterr().err


@pytest.mark.parametrize("output", [".", "nowhere/out.xml", "good.pdf/out.xml"])
def test_an_output_that_cannot_be_written_is_status_2(capsys, output):
    assert run("convert", "good.pdf", "--to", "ubl", "-o", output) == 2
    assert capsys.readouterr().err.startswith("facturier : ")


@pytest.mark.parametrize("command", ["convert", "show", "render"])
@pytest.mark.parametrize("source", ["doctype.xml", "broken.pdf", "nowhere.xml", "."])
def test_what_cannot_be_read_is_status_2(folder, capsys, command, source):
    more = {"convert": ("--to", "ubl", "-o", "out"), "show": (), "render": ("-o", "out.html")}
    assert run(command, source, *more[command]) == 2
    assert capsys.readouterr().err.startswith("facturier : ")
    assert not (folder / "out").exists()


# --- show, render, explain ------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["good.ubl.xml", "good.cii.xml", "good.pdf"])
def test_show_gives_the_terms_under_their_ids(capsys, source):
    assert run("show", "--json", source) == 0
    tree = json.loads(capsys.readouterr().out)
    invoice = example("standard")
    assert tree["BT-1"] == invoice.number
    assert tree["BT-2"] == invoice.issue_date.isoformat()
    assert tree["BG-22"]["BT-112"] == f"{invoice.totals.with_vat:f}"
    assert [line["BT-126"] for line in tree["BG-25"]] == [x.identifier for x in invoice.lines]
    assert run("show", source) == 0
    told = capsys.readouterr().out
    assert "BT-1 " in told
    assert "Numéro de facture" in told
    assert "{" not in told, "no Python in what a person reads"


def test_show_writes_identifiers_and_files_for_people(folder, capsys):
    (folder / "attached.xml").write_bytes(write(example("attachments"), "ubl").xml)
    assert run("show", "attached.xml") == 0
    told = capsys.readouterr().out
    assert "octets)" in told
    assert "{" not in told


@pytest.mark.parametrize(("name", "begins"), [("a.pdf", b"%PDF-"), ("a.html", b"<!doctype html>")])
def test_render_writes_the_readable_copy_and_says_that_it_is_one(folder, name, begins):
    assert run("render", "good.ubl.xml", "-o", name) == 0
    data = (folder / name).read_bytes()
    assert data[: len(begins)].lower() == begins.lower()
    if name.endswith(".html"):
        assert "copie lisible" in data.decode("utf-8").lower()


def test_render_refuses_another_extension(capsys):
    assert run("render", "good.ubl.xml", "-o", "a.docx") == 2
    assert ".pdf ou .html" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("identifier", "words"),
    [
        ("BR-CO-10", ("BT-106", "Source :", "Remède :", "Exemple en faute :")),
        ("br-co-10", ("BR-CO-10",)),
        ("BR-FR-12", ("BR-FR-12_BT-49",)),
        ("BT-131", ("Montant net de la ligne", "UBL : /ubl:Invoice", "CII : /rsm:")),
        ("BG-23", ("Ventilation de la TVA",)),
        ("212", ("Encaissée",)),
    ],
)
def test_explain_tells_rules_terms_groups_and_statuses(capsys, identifier, words):
    assert run("explain", identifier) == 0
    told = capsys.readouterr().out
    assert all(word in told for word in words)


def test_explain_answers_an_unknown_id_with_what_looks_like_it(capsys):
    assert run("explain", "BR-CO-100") == 2
    assert "BR-CO-10" in capsys.readouterr().err


# --- as a real process ----------------------------------------------------------------------------


def test_a_process_answers_with_the_same_status_and_utf_8_json():
    for name, status in (("good.pdf", 0), ("wrong.xml", 1), ("doctype.xml", 2)):
        done = process("check", "--json", name, PYTHONIOENCODING="ascii")
        assert (done.returncode, done.stderr) == (status, b"")
        assert json.loads(done.stdout.decode("utf-8"))["file"] == name
    assert process().returncode == 2
    assert process("--help").returncode == 0
    assert process("explain", "BR-CO-10", PYTHONIOENCODING="ascii").returncode == 0


def test_a_file_name_that_is_not_utf_8_stops_nothing(folder):
    odd = os.fsdecode(b"facture \xe9.xml")
    (folder / odd).write_bytes((folder / "good.cii.xml").read_bytes())
    done = process("check", "--json", odd)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["file"] == odd
    assert process("check", odd).returncode == 0


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no endless file here")
def test_an_endless_file_is_refused():
    done = process("check", "--json", "/dev/zero")
    assert done.returncode == 2
    assert json.loads(done.stdout)["findings"][0]["rule"] == "too-big"


def test_the_engine_starts_without_the_server_and_without_the_pdf_library():
    code = (
        "import sys; from facturier.cli import main; main(['check', 'good.cii.xml']);"
        "print(sorted({'django', 'ninja', 'pikepdf', 'fpdf', 'saxonche'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "[]"
