"""Detection: what is ours is named right, what is hostile gets its reason and no stack trace."""

from __future__ import annotations

import codecs
import csv
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree
from pikepdf import Array, Dictionary, Name, Pdf, String
from tests.formats import hostile
from tests.formats.hostile import CII, HOSTILE, HOSTILE_ZIPS, INVOICE, UTF8, Hostile

from facturier import errors
from facturier.errors import UnreadableDocument
from facturier.formats import cage, facturx, pdf
from facturier.formats.detect import Container, Detected, Syntax, detect, parse_xml
from facturier.formats.zip import unpack

ROOT = Path(__file__).resolve().parents[2]
MEMORY = 300 * 1024 * 1024
SECONDS = 4  # of processor; 2 on a quiet machine
ALL = [("detect", row) for row in HOSTILE] + [("unpack", row) for row in HOSTILE_ZIPS]


# --- refusals ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """What one process, reading all hostile files one after the other, said of each."""
    path = tmp_path_factory.mktemp("hostile") / "file"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.formats.reading_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment,
    ) as process:
        said: dict[str, dict[str, object]] = {}
        for how, row in ALL:
            path.write_bytes(row.build())
            process.stdin.write(f"{how} {path}\n")
            process.stdin.flush()
            line = process.stdout.readline()
            assert line, f"{row.name}: the process died"
            said[row.name] = json.loads(line)
        path.unlink()
        process.stdin.close()
    return said


def test_there_are_enough_hostile_files_and_each_has_its_name():
    names = [row.name for _, row in ALL]
    assert len(HOSTILE) >= 60
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("row", [row for _, row in ALL], ids=lambda row: row.name)
def test_hostile_file_gets_its_reason(row: Hostile, answers: dict[str, dict[str, object]]):
    answer = answers[row.name]
    assert (answer["reason"], answer["code"]) == (row.reason, row.code)
    assert str(answer["message"]).strip().endswith(".")
    assert str(answer["remedy"]).strip().endswith(".")


def test_hostile_files_stay_within_memory_and_time(answers: dict[str, dict[str, object]]):
    heaviest = max(answers, key=lambda name: answers[name]["memory"])
    slowest = max(answers, key=lambda name: answers[name]["seconds"])
    assert answers[heaviest]["memory"] < MEMORY, heaviest
    assert answers[slowest]["seconds"] < SECONDS, slowest


def test_codes_are_those_of_unreadable_documents():
    codes = {kind.code for kind in UnreadableDocument.__subclasses__()}
    assert {row.code for _, row in ALL} == codes
    assert errors.http_status(errors.UnsafeDocument()) == 400


def test_the_page_lists_every_hostile_file_and_is_up_to_date():
    page = hostile.refused_files_page()
    assert all(f"| {row.name} |" in page for _, row in ALL)
    assert (ROOT / "docs/reference/refused-files.md").read_text("utf-8") == page


HEAVY_BUT_FINE = {
    "leaves": lambda: b"<a>x</a>" * 500_000,
    "leaves-in-text": lambda: b"<a>x</a>y" * 400_000,
    "blanks-in-text": lambda: b"x" + b"<a/> " * 850_000,
    "attributes-of-one": lambda: b"<a " + b" ".join(b'a%d=""' % n for n in range(350_000)) + b"/>",
    "attributes": lambda: b"<a b='x'/>" * 400_000,
    "names": lambda: b"".join(b"<a%d/>" % n for n in range(700_000)),
    "one-text": lambda: b"x" * (99 << 20),
}


@pytest.mark.parametrize("name", HEAVY_BUT_FINE)
def test_what_is_accepted_near_the_limits_also_stays_within_memory(name: str, tmp_path: Path):
    """Each in a fresh process: the estimate of the tree's weight must be no underestimate."""
    head, tail = UTF8.split(b"<cbc:ID>")
    path = tmp_path / "file"
    path.write_bytes(head + HEAVY_BUT_FINE[name]() + b"<cbc:ID>" + tail)
    done = subprocess.run(
        [sys.executable, "-m", "tests.formats.reading_process"],
        input=f"detect {path}\n",
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])},
    )
    answer = json.loads(done.stdout)
    assert answer["reason"] == "accepted"
    assert answer["memory"] < MEMORY


# --- what is ours --------------------------------------------------------------------------------

NOT_OURS = {"ZUGFeRD1": "zugferd-1", "not-xml": "encoding-not-accepted"}
TWO_INVOICES = "MustangRE-20171118_506_ZUGFeRD1and2.pdf"


def _corpus(shared: Path) -> Iterator[tuple[dict[str, str], bytes]]:
    """Yield every row of the manifest with the bytes of its file."""
    folder = shared / "conformance"
    with tarfile.open(folder / "mutants.tar.xz") as archive:
        mutants = {
            member.name.removeprefix("./"): archive.extractfile(member).read()
            for member in archive
            if member.isfile()
        }
    with (folder / "manifest.tsv").open(encoding="utf-8") as manifest:
        for row in csv.DictReader(manifest, delimiter="\t"):
            path = folder / row["path"]
            yield row, path.read_bytes() if path.is_file() else mutants[row["path"]]


def _named(data: bytes) -> tuple[str, str]:
    """Return syntax and profile of `data`, or its reason and nothing."""
    try:
        found = detect(data)
    except UnreadableDocument as refusal:
        return refusal.reason, ""
    in_pdf = found.container is Container.PDF and found.syntax is Syntax.CII
    return "FacturX-PDF" if in_pdf else found.syntax, found.profile


def test_every_document_of_the_corpora_is_named_as_its_source_says(shared: Path):
    wrong, count = [], 0
    for row, data in _corpus(shared):
        count += 1
        syntax, profile = _named(data)
        expected = NOT_OURS.get(row["syntax"], row["syntax"])
        if row["path"].endswith(TWO_INVOICES):
            expected = "pdf-several-invoices"
        known = row["profile"] in {"", "none"} or expected != row["syntax"]
        if syntax != expected or not (known or profile == row["profile"]):
            wrong.append((row["path"], syntax, profile))
    assert count > 4900
    assert wrong == []


def test_every_official_example_is_named(shared: Path):
    found = {
        path.name: _named(path.read_bytes())[0]
        for path in (shared / "official/fnfe-1.4.0/examples").rglob("*")
        if path.suffix in {".xml", ".pdf"}
    }
    assert len(found) > 40
    for name, syntax in found.items():
        if "CDV" in name:
            assert syntax == "CDAR", name
        elif name.endswith(".pdf"):
            assert syntax == "FacturX-PDF", name
        else:
            assert syntax == ("UBL-Invoice" if "UBL" in name else "CII"), name


def test_a_real_invoice_of_20000_lines_passes(shared: Path):
    folder = shared / "official/fnfe-1.4.0/examples/UC1"
    for tag, name in (("ram:IncludedSupplyChainTradeLineItem", "CII"), ("cac:InvoiceLine", "UBL")):
        data = next(folder.glob(f"*_{name}_EN16931.xml")).read_bytes()
        opening, closing = f"<{tag}>".encode(), f"</{tag}>".encode()
        start, end = data.index(opening), data.index(closing) + len(closing)
        found = detect(data[:start] + (data[start:end] + b"\n") * 20_000 + data[end:])
        assert found.syntax.startswith(name)


def _one(xml: str) -> Detected:
    return detect(xml.encode())


def test_roots_without_namespace():
    assert _one("<Report><ReportDocument/></Report>").syntax is Syntax.FLUX10
    assert _one("<AnnuaireActualisation/>").syntax is Syntax.F13
    assert _one("<AnnuaireConsultationF14/>").syntax is Syntax.F14


def test_profile_of_a_flux10():
    path = "<TransactionsReport><Invoice><BusinessProcess><ID>S1</ID><TypeID> urn.x </TypeID>"
    closed = "</BusinessProcess></Invoice></TransactionsReport>"
    assert _one(f"<Report>{path}{closed}</Report>").profile == "urn.x"


def test_version_of_ubl_and_of_cii():
    later = INVOICE.replace("<cbc:ID>", "<cbc:UBLVersionID>2.3</cbc:UBLVersionID><cbc:ID>")
    assert _one(INVOICE).version == "2.1"
    assert _one(later).version == "2.3"
    assert detect(CII).version == ""
    where = (
        b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        b'xsi:schemaLocation="x http://exemple.invalid/CrossIndustryInvoice_100pD16B.xsd"/>'
    )
    assert detect(CII.replace(b"/>", where)).version == "D16B"


# --- flux 1 --------------------------------------------------------------------------------------

_CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"


def _flux1_of(data: bytes) -> bytes:
    """Return the regulatory data of a UBL invoice: what the base schema keeps of it."""
    root = parse_xml(data)
    keep_totals = {"TaxExclusiveAmount"}
    for element in list(root.iter(f"{{{_CAC}}}LegalMonetaryTotal")):
        for amount in list(element):
            if etree.QName(amount.tag).localname not in keep_totals:
                element.remove(amount)
    for entity in root.iter(f"{{{_CAC}}}PartyLegalEntity"):
        for child in list(entity):
            if etree.QName(child).localname != "CompanyID":
                entity.remove(child)
    return etree.tostring(root)


def test_flux1_is_told_from_the_invoice_it_comes_from(shared: Path):
    folder = shared / "official/fnfe-1.4.0/examples"
    for path in folder.rglob("*_UBL_EN16931.xml"):
        data = path.read_bytes()
        assert detect(data).syntax is Syntax.UBL_INVOICE
        assert detect(_flux1_of(data)).syntax is Syntax.FLUX1


def test_no_official_flux1_schema_knows_the_amounts_of_an_invoice(shared: Path):
    """The ground of the rule: were an amount due ever added to flux 1, this must be rethought."""
    folder = shared / "official/dgfip-v3.2/xsd/flux1"
    schemas = list(folder.rglob("F1*AggregateComponents-2.1.xsd"))
    schemas += list(folder.rglob("F1*ReusableAggregateBusinessInformationEntity*.xsd"))
    assert len(schemas) == 4
    for schema in schemas:
        names = {
            str(element.get("ref") or element.get("name"))
            for element in etree.parse(schema).iter("{http://www.w3.org/2001/XMLSchema}element")
        }
        assert not names & {"cbc:PayableAmount", "DuePayableAmount", "GrandTotalAmount"}


def test_an_incomplete_invoice_is_no_flux1():
    totals = f'<LegalMonetaryTotal xmlns="{_CAC}"><cbc:TaxExclusiveAmount/></LegalMonetaryTotal>'
    assert _one(INVOICE.replace("</Invoice>", f"{totals}</Invoice>")).syntax is Syntax.UBL_INVOICE


# --- encodings and harmless oddities -------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "codec", "mark"),
    [
        ("UTF-8", "utf-8", b""),
        ("utf-8", "utf-8", codecs.BOM_UTF8),
        ("UTF-16", "utf-16-le", codecs.BOM_UTF16_LE),
        ("UTF-16", "utf-16-be", codecs.BOM_UTF16_BE),
        ("ISO-8859-15", "iso-8859-15", b""),
        ("windows-1252", "cp1252", b""),
    ],
)
def test_encodings_read(declared: str, codec: str, mark: bytes):
    data = mark + INVOICE.replace("UTF-8", declared).encode(codec)
    found = detect(data)
    assert found.root.findtext(f"{{{hostile.CBC}}}Note") == "Café, 3 €"
    assert found.xml == data


def test_encodings_without_euro_sign():
    latin = INVOICE.replace("€", "F").replace("UTF-8", "iso-8859-1").encode("iso-8859-1")
    assert detect(latin).root.findtext(f"{{{hostile.CBC}}}Note") == "Café, 3 F"
    ascii_only = INVOICE.replace("é", "e").replace("€", "F").replace("UTF-8", "US-ASCII")
    assert detect(ascii_only.encode()).profile == "urn:cen.eu:en16931:2017"


def test_no_declaration_means_utf8():
    assert detect(UTF8.partition(b"?>")[2].strip()).syntax is Syntax.UBL_INVOICE
    assert detect(UTF8.replace(b' encoding="UTF-8"', b"")).syntax is Syntax.UBL_INVOICE


def test_what_only_looks_dangerous_is_read():
    odd = (
        INVOICE.replace("?>\n", '?>\n<?xml-stylesheet href="http://exemple.invalid/x.xsl"?>\n', 1)
        .replace("F-1", "F<!-- caché -->-<![CDATA[1]]>")
        .replace("Café", "<![CDATA[<!DOCTYPE x [<!ENTITY y SYSTEM 'z'>]>]]> Café")
        .replace("<cbc:ID>", "\n\n  <!-- XInclude: http://www.w3.org/2001/XInclude -->\n<cbc:ID>")
    )
    root = parse_xml(odd.encode())
    assert root.findtext(f"{{{hostile.CBC}}}ID") == "F-1"
    assert [child for child in root.iter() if not isinstance(child.tag, str)] == []


def test_a_hundred_levels_are_read_and_line_numbers_kept():
    nested = INVOICE.replace("</Invoice>", "<a>" * 99 + "</a>" * 99 + "</Invoice>")
    assert detect(nested.encode()).root[0].sourceline == 2


def test_an_attached_text_of_more_than_10_megabytes_is_read():
    text = "A" * (12 << 20)
    found = _one(INVOICE.replace("</Invoice>", f"<cbc:Attached>{text}</cbc:Attached></Invoice>"))
    assert len(found.root.findtext(f"{{{hostile.CBC}}}Attached")) == len(text)


# --- Factur-X ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["factur-x.xml", "Factur-X.XML", "ZUGFeRD-invoice.xml", "xrechnung.xml"]
)
def test_every_historic_name_is_found(name: str):
    found = detect(hostile.pdf_with([("bon.pdf", b"%PDF"), (name, CII)]))
    assert (found.container, found.syntax) == (Container.PDF, Syntax.CII)
    assert (found.attachment_name, found.xml) == (name, CII)


def test_an_invoice_listed_only_in_names_or_only_in_af_is_found():
    def forget_names(document: Pdf) -> None:
        del document.Root.Names

    only_names = hostile.pdf_with([("factur-x.xml", CII)], associated=False)
    only_af = hostile.pdf_with([("factur-x.xml", CII)], change=forget_names)
    assert facturx.extract(only_names) == facturx.extract(only_af) == ("factur-x.xml", CII)


def test_an_invoice_deep_in_a_name_tree_is_found():
    def bury(document: Pdf) -> None:
        tree = document.Root.Names.EmbeddedFiles
        for _ in range(6):
            tree = document.make_indirect(
                Dictionary(Kids=Array([document.make_indirect(tree)]), Limits=Array([String("f")]))
            )
        document.Root.Names.EmbeddedFiles = tree

    data = hostile.pdf_with([("factur-x.xml", CII)], change=bury, associated=False)
    assert facturx.extract(data)[1] == CII


def test_attachments_are_listed_with_type_and_bytes():
    files = [("factur-x.xml", CII), ("bon de livraison é.txt", b"3 caisses")]
    found = facturx.attachments(hostile.pdf_with(files))
    assert found == tuple((name, "text/xml", content) for name, content in files)
    assert facturx.attachments(hostile.pdf_with([])) == ()


def test_filters_that_are_undone():
    packed = codecs.encode(CII, "zlib_codec")
    double = Array([Name.ASCIIHexDecode, Name.FlateDecode])
    for filters, raw in ((Name.FlateDecode, packed), (double, packed.hex().encode() + b">")):
        assert facturx.extract(hostile._pdf_filtered(filters, raw))[1] == CII


def test_a_pdf_before_which_something_stands_is_read():
    assert detect(b"\n% bonjour\n" + hostile.facturx()).container is Container.PDF


def test_the_cage_says_what_this_process_would_say():
    data = hostile.pdf_with([("factur-x.xml", CII), ("é.txt", b"\n\0")])
    assert cage.read(data, only_invoice=False) == facturx.read_here(data, only_invoice=False)
    assert cage.read(data, only_invoice=True).files == (("factur-x.xml", "text/xml", CII),)
    with pytest.raises(errors.UnknownFormat) as refusal:
        cage.read(hostile.pdf_with([]), only_invoice=True)
    assert refusal.value.reason == "pdf-without-invoice"


def test_a_large_pdf_goes_through_the_cage_and_is_read():
    scan = os.urandom(3 << 20)
    data = hostile.pdf_with([("factur-x.xml", CII), ("scan.jpg", scan)])
    assert not pdf.is_tame(data)
    assert detect(data).xml == CII
    assert facturx.attachments(data)[1][2] == scan


def test_ordinary_pdf_files_need_no_cage(shared: Path):
    folder = shared / "official/fnfe-1.4.0/examples"
    assert all(pdf.is_tame(path.read_bytes()) for path in folder.rglob("*.pdf"))


# --- zip -----------------------------------------------------------------------------------------


def test_members_come_with_their_names_as_labels():
    files = [("a/facture.xml", UTF8), ("../../etc/passwd", b"x"), ("f.pdf", hostile.facturx())]
    junk = [("__MACOSX/a/._facture.xml", b"x"), ("a/.DS_Store", b"x"), ("a/", b"")]
    assert list(unpack(hostile._zipped(files + junk), "lot.zip")) == files


def test_an_office_file_in_a_zip_is_yielded_not_opened():
    docx = hostile._docx()
    assert list(unpack(hostile._zipped([("lettre.docx", docx)]), "lot.zip")) == [
        ("lettre.docx", docx)
    ]
    with pytest.raises(errors.UnknownFormat):
        detect(docx)


def test_nothing_comes_out_of_a_refused_zip():
    data = hostile._zipped([("bonne.xml", UTF8), ("dedans.zip", hostile._zip())])
    with pytest.raises(errors.UnsafeDocument) as refusal:
        next(unpack(data, "lot.zip"))
    assert refusal.value.reason == "zip-nested"
    assert "lot.zip" in refusal.value.message
