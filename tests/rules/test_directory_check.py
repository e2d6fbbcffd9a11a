"""``facturier check`` on the files of the directory: form, codes, rules, and memory."""

import copy
import io
import subprocess
import sys
import tarfile
from datetime import date

import pytest
from lxml import etree
from tests.formats.directory_samples import pieces, sample

from facturier import engine
from facturier.cli import main
from facturier.cli.check import check_file
from facturier.errors import MalformedDocument
from facturier.findings import Outcome
from facturier.formats import detect
from facturier.formats.directory import Address, RoutingCode, Update, opened
from facturier.formats.directory_files import Directory, write_update
from facturier.invoice.parties import demo_siren
from facturier.rules.check import check
from facturier.rules.explain import explain
from facturier.rules.france.directory_files import MOST, check_export, check_update_file
from facturier.rules.france.directory_form import CODE, COHERENCE, EXPORT, FORM, UPDATE
from facturier.rules.france.directory_told import RULES

TODAY = date(2026, 11, 22)
SIREN = demo_siren(0)


def update(**changes):
    where = Address(siren=SIREN, siret=f"{SIREN}00013", routing="ACHATS") if changes else None
    lines = (opened(Address(siren=SIREN, suffix="A"), "0042", date(2026, 12, 1), date(2027, 1, 1)),)
    if where:
        lines += (opened(where, "0042", date(2026, 12, 1)),)
    codes = (RoutingCode(siret=f"{SIREN}00013", routing="ACHATS", name="Achats"),)
    return write_update(Update(routing_codes=codes, lines=lines))


def rules_of(data):
    return {finding.rule for finding in check(detect(data), on=TODAY).findings}


@pytest.mark.parametrize("data", [sample(), sample(extent="D"), update(), update(siret=True)])
def test_a_sound_file_is_valid_and_says_what_was_asked(data):
    verdict = check(detect(data), on=TODAY)
    assert (verdict.outcome, verdict.findings) == (Outcome.VALID, ())
    states = {one.id: one.state for one in verdict.books}
    assert states.pop("directory") == "checked"
    assert states.pop("xsd") == "skipped"
    assert set(states.values()) == {"skipped"}


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ("<Nature>D</Nature>", "", FORM),
        ("<Nature>D</Nature>", "<Nature>X</Nature>", CODE),
        ('<IdLinSIREN qualifiant="0002">', "<IdLinSIREN>", FORM),
        ('<IdLinSIREN qualifiant="0002">', '<IdLinSIREN qualifiant="0009">', CODE),
        ("<DateDebut>20260901", "<DateDebut>20260931", FORM),
        ("<TypeFlux>C", "<TypeFlux>Z", CODE),
        ("<TypeFlux>C", "<TypeFlux>D", COHERENCE),
        ("<MOA>1</MOA>", "<MOA>oui</MOA>", FORM),
        ("_FACTURES</Identifiant>", "_AUTRES</Identifiant>", COHERENCE),
        ("<DateFin>20280101", "<DateFin>20260901", COHERENCE),
        ("</UniteLegale>", "</UniteLegale><Autre/>", FORM),
        ("<BlocLignesAnnuaire>", "<BlocLignesAnnuaire><Autre/>", FORM),
        ("<BlocLignesAnnuaire>", "<Autre/><BlocLignesAnnuaire>", FORM),
        ("</BlocLignesAnnuaire>", "</BlocLignesAnnuaire><BlocUnitesLegales/>", FORM),
        ("<CodePays>FR", "<CodePays>fr", CODE),
    ],
)
def test_what_is_wrong_in_an_export_is_named(before, after, rule):
    data = sample().replace(before.encode(), after.encode())
    assert data != sample()
    verdict = check(detect(data), on=TODAY)
    assert {finding.rule for finding in verdict.findings} == {rule}
    assert verdict.outcome is (Outcome.VALID if rule == COHERENCE else Outcome.INVALID)


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ("<Nature>D</Nature>", "", FORM),
        ("<Nature>D", "<Nature>X", CODE),
        ("20261201", "20261301", "G1.09"),
        (
            "<Nature>D</Nature><DateEffet><DateDebut>20261201",
            "<Nature>M</Nature><DateEffet><DateDebut>20261122",
            "G1.85",
        ),
        ("20270101", "20261201", "G1.113"),
        ("<Suffixe>A", "<Suffixe>é", "G1.115"),
        ("0042", "9998", "G1.112"),
        ('"0224"', '"0002"', "G1.83"),
        (f"{SIREN}</IdLinSIREN>", "12</IdLinSIREN>", "G1.89"),
        ("00013</IdSIRET>", "</IdSIRET>", "G2.07"),
        ("<BlocLignesAnnuaire>", "<BlocLignesAnnuaire><!-- vu -->", None),
        ("</BlocLignesAnnuaire>", "</BlocLignesAnnuaire>texte", FORM),
    ],
)
def test_what_is_wrong_in_an_update_is_named(before, after, rule):
    data = update()
    changed = data.replace(before.encode(), after.encode())
    assert changed != data
    found = rules_of(changed)
    assert found == ({rule} if rule else set())


def mutants(data, records):
    """Yield the file with each part of each kind of record absent, twice, first, named otherwise,
    empty, with an attribute.
    """
    root = etree.fromstring(data)
    for tag in records:
        record = next(root.iter(tag), None)
        if record is None:
            continue
        path = root.getroottree().getpath(record)
        for at in range(len(list(record.iter()))):
            for change in CHANGES:
                other = copy.deepcopy(root)
                target = list(other.getroottree().xpath(path)[0].iter())[at]
                change(target)
                yield f"{path} {at} {change.__name__}", etree.tostring(other)


def absent(target):
    target.getparent().remove(target)


def twice(target):
    target.addnext(copy.deepcopy(target))


def renamed(target):
    target.tag = "Autre"


def emptied(target):
    target.text = ""


def wordy(target):
    target.text = "mot"


def last(target):
    target.getparent().append(target)


def attributed(target):
    target.set("autre", "1")


def unqualified(target):
    target.attrib.clear()


CHANGES = (absent, twice, renamed, emptied, wordy, last, attributed, unqualified)


@pytest.mark.parametrize(
    ("data", "records", "schema"),
    [
        (sample(), EXPORT, "consultation/Annuaire_Consultation_F14.xsd"),
        (update(siret=True), UPDATE, "actualisation/Annuaire_Actualisation_F12-F13.xsd"),
    ],
    ids=["f14", "f13"],
)
def test_whatever_the_schema_refuses_is_refused(shared, data, records, schema):
    xsd = etree.XMLSchema(etree.parse(shared / "official/dgfip-v3.2/xsd/annuaire" / schema))
    seen = 0
    for name, mutant in mutants(data, records):
        root = etree.fromstring(mutant)
        valid = xsd.validate(root)
        verdict = check(detect(mutant), on=TODAY)
        fatal = {one.rule for one in verdict.findings if one.severity == "fatal"}
        seen += not valid
        assert valid or fatal, name
        allowed = {CODE, *RULES, *([FORM] if name.endswith("emptied") else [])}
        assert not (valid and fatal - allowed), (name, verdict.findings)
    assert seen > 60


def test_a_file_that_breaks_off_is_unreadable(tmp_path):
    path = tmp_path / "annuaire.xml"
    path.write_bytes(sample()[:-60])
    assert check_file(path).verdict is Outcome.UNREADABLE
    with pytest.raises(MalformedDocument):
        check_export(Directory(io.BytesIO(path.read_bytes())))
    headless = sample().replace(b"<TypeFlux>C</TypeFlux>", b"")
    assert check(detect(headless)).outcome is Outcome.UNREADABLE


def test_what_is_said_of_a_big_file_is_limited():
    data = "".join(pieces(MOST * 3)).replace("<Nature>D", "<Nature>X").encode()
    findings = check_export(Directory(io.BytesIO(data)))
    assert len(findings) == MOST + 1
    assert f"{MOST * 2} autres" in findings[-1].message


PROGRAM = """
import sys
from pathlib import Path
from facturier.cli.check import check_file
print(check_file(Path(sys.argv[1])).verdict)
print(int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024)
"""


def test_memory_does_not_grow_with_an_export(tmp_path):
    peaks = []
    for lines in (10, 12_000):
        path = tmp_path / f"{lines}.xml"
        path.write_text("".join(pieces(lines)), encoding="utf-8")
        said = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(path)],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
        assert said[0] == "valid"
        peaks.append(int(said[1]))
    assert path.stat().st_size > 4_000_000
    assert peaks[1] - peaks[0] < 3


def test_the_command_line_checks_and_shows(tmp_path, capsys):
    export, archive, asked = (tmp_path / name for name in ("e.xml", "e.tar.gz", "u.xml"))
    export.write_bytes(sample())
    asked.write_bytes(update().replace(b"0042", b"9998"))
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(export, "e.xml")
    assert main(["check", str(export), str(archive)]) == 0
    assert main(["check", str(asked), "--on", "2026-11-22"]) == 1
    told = capsys.readouterr().out
    assert "G1.112 [DG-7 n° 1]" in told
    assert "non contrôlé : xsd" in told
    assert main(["show", str(archive)]) == 0
    shown = capsys.readouterr().out
    assert "DT-6-3           Type de plateforme                 PDP (plateforme agréée)" in shown
    assert shown.count("DG-7 n°") == 6
    assert main(["show", str(asked), "--json"]) == 0
    assert '"DT-7-6": "9998 (plateforme fictive)"' in capsys.readouterr().out
    assert engine.check(export).outcome is Outcome.VALID


@pytest.mark.parametrize("id_", [*RULES, FORM, CODE, COHERENCE])
def test_each_code_is_explained(id_):
    told = str(explain(id_))
    assert told.startswith(id_)
    assert "annuaire" in told
    if id_ in RULES:
        assert RULES[id_].meaning in told


def test_each_rule_that_the_check_opposes_is_told():
    everything = update(siret=True)
    for before, after in (
        ('"0224"', '"0002"'),
        ("ACHATS", "é"),
        ("00013", ""),
        ("<Suffixe>A", "<Suffixe>é"),
        ("0042", "9998"),
    ):
        everything = everything.replace(before.encode(), after.encode())
    found = {one.rule for one in check_update_file(etree.fromstring(everything), TODAY)}
    assert len(found) >= 5
    assert found <= {*RULES, FORM, CODE}
