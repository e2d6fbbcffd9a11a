"""The official schemas, and what we say of their objections."""

from __future__ import annotations

import csv
import gzip
import json
import re
from pathlib import Path

import pytest
from tests import strategies

from facturier import formats
from facturier.errors import ConfigurationError, UnreadableDocument
from facturier.findings import Layer, Severity
from facturier.formats import xsd
from facturier.formats.detect import Container
from facturier.invoice.profiles import EN16931


def ubl(text_in: str = "", text_out: str = "") -> formats.Detected:
    invoice = strategies.full_invoice()
    invoice = strategies.without(invoice, formats.write(invoice, "ubl").lost)
    text = formats.write(invoice, "ubl").xml.decode()
    assert text_in in text
    return formats.detect(text.replace(text_in, text_out, 1).encode())


@pytest.mark.parametrize(
    ("before", "after", "message", "path"),
    [
        (
            "<cbc:ProfileID>",
            "<cbc:UUID>1</cbc:UUID><cbc:ProfileID>",
            "L'élément cbc:UUID n'est pas à sa place ; on attend ici cbc:ProfileID, ",
            "/ubl:Invoice/cbc:UUID",
        ),
        (
            "<cbc:IssueDate>2026",
            "<cbc:IssueDate>le 2026",
            "n'est pas permise dans l'élément cbc:IssueDate",
            "/ubl:Invoice/cbc:IssueDate",
        ),
        (
            ' currencyID="EUR"',
            "",
            "L'attribut currencyID manque sur l'élément",
            "",
        ),
        (
            ' currencyID="EUR"',
            ' currencyID="EUR" x="1"',
            "L'attribut x n'est pas prévu sur l'élément",
            "",
        ),
        (
            "</ubl:Invoice>",
            "<cbc:Note/></ubl:Invoice>",
            "L'élément cbc:Note n'est pas à sa place",
            "/ubl:Invoice/cbc:Note[3]",
        ),
        ("<cac:InvoiceLine>", "<cac:InvoiceLine>x", "contient du texte", ""),
    ],
)
def test_each_objection_is_said_in_french(before: str, after: str, message: str, path: str) -> None:
    finding = xsd.schema_findings(ubl(before, after))[0]
    assert (finding.rule, finding.layer, finding.severity) == ("XSD", Layer.XSD, Severity.FATAL)
    assert message in finding.message
    assert finding.remedy
    assert finding.path.startswith(path or "/ubl:Invoice")


def test_a_missing_element_is_named() -> None:
    text = formats.write(strategies.without(strategies.full_invoice(), ()), "cii").xml.decode()
    bare = re.sub(r"<ram:IssueDateTime>.*?</ram:IssueDateTime>", "", text, flags=re.DOTALL)
    after = (
        r"(?s)<ram:(CopyIndicator|LanguageID|IncludedNote|EffectiveSpecifiedPeriod)>.*?</ram:\1>"
    )
    short = re.sub(after, "", bare)
    (finding,) = xsd.schema_findings(formats.detect(short.encode()))
    assert finding.message == (
        "L'élément rsm:ExchangedDocument est incomplet ; il y manque ram:IssueDateTime."
    )


def test_a_narrower_profile_is_checked_against_its_own_schema_too() -> None:
    invoice = strategies.full_invoice()
    assert invoice.process is not None
    text = formats.write(invoice, "cii").xml.decode()
    minimum = text.replace("BT-24 n0", "urn:factur-x.eu:1p0:minimum")
    assert xsd.schema_findings(formats.detect(text.encode())) == ()
    found = xsd.schema_findings(formats.detect(minimum.encode()))
    assert found
    assert len(found) <= xsd._MOST


def test_a_syntax_without_schema_has_no_findings(shared: Path) -> None:
    file = next((shared / "official" / "fnfe-1.4.0" / "examples").rglob("*CDV*.xml"))
    assert xsd.schema_findings(formats.detect(file.read_bytes())) == ()


def test_without_the_official_files_the_administrator_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(xsd, "find_spec", lambda _name: None)
    with pytest.raises(ConfigurationError):
        xsd._located("facturx/any.xsd")


def test_an_objection_in_unknown_words_is_still_said() -> None:
    message, remedy = xsd._explained("Something new in {urn:x}y")
    assert message == "La structure ne suit pas le schéma : Something new in y"
    assert remedy


def test_a_place_that_cannot_be_found_is_left_as_named() -> None:
    root = ubl().root
    assert xsd._path(None, root) == ""
    assert xsd._path("/nope:x", root) == "/nope:x"
    assert xsd._path("/*/*[99999]", root) == "/*/*[99999]"


def test_prefixes_declared_deep_in_a_file_are_found() -> None:
    text = formats.write(strategies.full_invoice(), "ubl").xml.decode()
    text = text.replace("<cbc:Note>", '<d:Note xmlns:d="urn:deep">', 1).replace(
        "</cbc:Note>", "</d:Note>", 1
    )
    finding = xsd.schema_findings(formats.detect(text.encode()))[0]
    assert finding.path == "/ubl:Invoice/*[local-name()='Note']"


def test_the_schemas_agree_with_the_recorded_verdicts(shared: Path) -> None:
    """A third of the outside corpora; Factur-X profiles are counted by their own schema."""
    folder = shared / "conformance"
    with (folder / "manifest.tsv").open(encoding="utf-8") as table:
        known = {row["path"] for row in csv.DictReader(table, delimiter="\t")}
    checked = 0
    with gzip.open(folder / "oracle.jsonl.gz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            told = json.loads(line)
            schemas = [n for n in told.get("xsd") or {} if n.startswith(("xsd-ubl", "xsd-cii"))]
            if number % 3 or not schemas or told["path"].startswith("mutants/"):
                continue
            assert told["path"] in known
            try:
                detected = formats.detect((folder / told["path"]).read_bytes())
            except UnreadableDocument:
                continue
            if detected.profile in xsd._PROFILES:
                continue
            if (detected.container, detected.profile) == (Container.PDF, EN16931):
                schemas = list(told["xsd"])
            valid = xsd.schema_findings(detected) == ()
            assert valid is all(told["xsd"][one]["valid"] for one in schemas), told["path"]
            checked += 1
    assert checked > 400
