"""Factur-X as we write it: what others read out of it, and what veraPDF says."""

from __future__ import annotations

import dataclasses
import io
from decimal import Decimal
from pathlib import Path

import facturx as reference
import pikepdf
import pypdf
import pypdfium2
import pytest
from lxml import etree
from tests.formats import brought_pdfs
from tests.formats.brought_pdfs import action, by_reportlab, by_typst, changed
from tests.formats.sample_invoices import SELLER, invoice, overlong_invoice, rich_invoice
from tools import verapdf

from facturier import formats
from facturier.errors import (
    ConfigurationError,
    LossyConversion,
    MalformedDocument,
    UnreadableDocument,
    UnsafeDocument,
)
from facturier.formats.facturx_write import FILE_NAME, LEVELS, PROFILES, embed, facturx
from facturier.formats.readable import Look, pdf
from facturier.invoice.model import Attachment, Invoice, Party, ProcessControl

EXTENDED = PROFILES["extended"]
NAMESPACES = {
    "fx": "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "schema": "http://www.aiim.org/pdfa/ns/schema#",
}

OWN = {
    "1 line": invoice(1),
    "10 lines": invoice(10),
    "300 lines": invoice(300),
    "credit note": invoice(3, type_code="381"),
    "advance": invoice(1, type_code="386"),
    "attachments": rich_invoice(),
    "overlong": overlong_invoice(),
    "nothing": Invoice(),
    "unprintable": invoice(1, seller=dataclasses.replace(SELLER, name="日本商事 \u202eabc\u0301")),
}
BROUGHT = {
    "typst": by_typst(),
    "reportlab": by_reportlab(),
    "transparent": by_reportlab(transparent=True),
    "empty form field": by_reportlab(form=True),
    "untidy": changed(by_reportlab(), brought_pdfs.untidy),
    "elaborate": changed(by_reportlab(), brought_pdfs.elaborate),
    "files inside": changed(by_reportlab(), brought_pdfs.with_files),
    "already a Factur-X": facturx(invoice(2)),
}
REFUSED = {
    "pdf-font-not-embedded": by_reportlab(font="Helvetica"),
    "pdf-colour": by_reportlab(cmyk=True),
    "pdf-signed": changed(by_reportlab(), brought_pdfs.signed),
    "pdf-form": changed(by_reportlab(), brought_pdfs.dynamic_form),
    "pdf-multimedia": changed(by_reportlab(), brought_pdfs.with_film),
    "pdf-annotation": changed(by_reportlab(), brought_pdfs.with_annotation),
    "pdf-encrypted": brought_pdfs.encrypted(by_reportlab()),
    "pdf-external": changed(by_reportlab(), brought_pdfs.with_external_stream),
    "pdf-foreign-content": changed(by_reportlab(), brought_pdfs.with_postscript),
    "pdf-content": changed(by_reportlab(), brought_pdfs.with_unknown_operator),
}


def root(data: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(data))


def xmp(data: bytes) -> etree._Element:
    with root(data) as document:
        return etree.fromstring(document.Root.Metadata.read_bytes())


def pixels(data: bytes) -> list[bytes]:
    return [page.render(scale=1).to_pil().tobytes() for page in pypdfium2.PdfDocument(data)]


# --- what others read ----------------------------------------------------------------------------


@pytest.mark.parametrize("source", [None, by_reportlab()], ids=["our layout", "brought"])
def test_other_libraries_read_the_same_bytes(source: bytes | None) -> None:
    held = rich_invoice()
    expected = formats.write(held, "cii").xml
    data = facturx(held, source_pdf=source)
    assert reference.get_xml_from_pdf(data, check_xsd=True) == (FILE_NAME, expected)
    assert pypdf.PdfReader(io.BytesIO(data)).attachments[FILE_NAME] == [expected]
    with root(data) as document:
        assert document.attachments[FILE_NAME].get_file().read_bytes() == expected
    assert reference.get_level(etree.fromstring(expected)) == "en16931"


def test_we_read_back_what_we_wrote() -> None:
    assert formats.read(facturx(rich_invoice())).invoice == rich_invoice()


def test_files_of_the_invoice_are_attachments_of_the_pdf() -> None:
    found = pypdf.PdfReader(io.BytesIO(facturx(rich_invoice()))).attachments
    assert found["bon-de-livraison.csv"] == [b"a;b\n1;2\n"]


def test_attachments_of_one_name_are_all_kept() -> None:
    files = [Attachment(b"1", None, "a.csv"), Attachment(b"2", None, "a.csv"), Attachment(b"3")]
    data = embed(pdf(invoice(1)), b"<x/>", profile_level="BASIC", attachments=files)
    found = pypdf.PdfReader(io.BytesIO(data)).attachments
    assert {name: found[name][0] for name in found} == {
        FILE_NAME: b"<x/>",
        "a.csv": b"1",
        "a-2.csv": b"2",
        "piece-jointe": b"3",
    }


@pytest.mark.parametrize("level", LEVELS)
def test_the_relationship_follows_the_level(level: str) -> None:
    data = embed(pdf(invoice(1)), b"<x/>", profile_level=level)
    with root(data) as document:
        (spec,) = document.Root.AF
        expected = "/Data" if level in {"MINIMUM", "BASIC WL"} else "/Alternative"
        assert spec.AFRelationship == expected
        assert spec.EF.F.Subtype == "/text/xml"
        assert int(spec.EF.F.Params.Size) == 4
        assert str(spec.EF.F.Params.ModDate).startswith("D:20260914")
    assert xmp(data).findtext(".//fx:ConformanceLevel", None, NAMESPACES) == level


def test_the_metadata_announces_the_invoice() -> None:
    found = xmp(facturx(invoice(1)))
    told = {
        name: found.findtext(f".//{name}", None, NAMESPACES)
        for name in (
            "fx:DocumentType",
            "fx:DocumentFileName",
            "fx:Version",
            "fx:ConformanceLevel",
            "pdfaid:part",
            "pdfaid:conformance",
        )
    }
    assert list(told.values()) == ["INVOICE", FILE_NAME, "1.0", "EN 16931", "3", "B"]
    described = found.findall(".//schema:namespaceURI", NAMESPACES)
    assert NAMESPACES["fx"] in [node.text for node in described]


def test_metadata_of_a_brought_pdf_is_kept_as_text() -> None:
    data = facturx(invoice(1), source_pdf=by_reportlab())
    title = xmp(data).findtext(".//dc:title//rdf:li", None, NAMESPACES)
    assert title == "Facture <n° 7> & annexes"


def test_the_same_invoice_gives_the_same_bytes() -> None:
    assert facturx(rich_invoice()) == facturx(rich_invoice())
    source = by_reportlab()
    assert facturx(invoice(1), source_pdf=source) == facturx(invoice(1), source_pdf=source)


# --- profiles ------------------------------------------------------------------------------------


def _claiming(specification: str | None, **changes: object) -> Invoice:
    return invoice(1, process=ProcessControl(specification=specification), **changes)


@pytest.mark.parametrize(
    ("claimed", "asked", "level", "written"),
    [
        (PROFILES["en16931"], None, "EN 16931", PROFILES["en16931"]),
        (EXTENDED, None, "EXTENDED", EXTENDED),
        (EXTENDED, "extended", "EXTENDED", EXTENDED),
        (EXTENDED, "en16931", "EN 16931", PROFILES["en16931"]),
        (PROFILES["en16931"], "extended", "EXTENDED", EXTENDED),
        (None, None, "EN 16931", PROFILES["en16931"]),
        ("urn:elsewhere", None, "EN 16931", PROFILES["en16931"]),
    ],
)
def test_level_and_claim_agree(
    claimed: str | None, asked: str | None, level: str, written: str
) -> None:
    data = facturx(_claiming(claimed), profile=asked)
    assert xmp(data).findtext(".//fx:ConformanceLevel", None, NAMESPACES) == level
    assert formats.read(data).invoice.process.specification == written


def test_the_extension_needs_the_extended_profile() -> None:
    line = dataclasses.replace(invoice(1).lines[0], vat_amount=Decimal("93.00"))
    held = dataclasses.replace(invoice(1), payer=Party(name="Payeur"), lines=(line,))
    with pytest.raises(LossyConversion) as refusal:
        facturx(held)
    assert refusal.value.terms == ("EXT-FR-FE-181", "EXT-FR-FE-43")
    assert formats.read(facturx(held, profile="extended")).invoice.payer.name == "Payeur"
    reduced = formats.read(facturx(held, lossy=True)).invoice
    assert reduced.payer is None
    assert reduced.lines == invoice(1).lines


def test_unknown_profiles_and_levels_are_refused() -> None:
    for attempt in (
        lambda: facturx(invoice(1), profile="minimum"),
        lambda: embed(pdf(invoice(1)), b"<x/>", profile_level="en16931"),
    ):
        with pytest.raises(ConfigurationError) as refusal:
            attempt()
        assert refusal.value.reason == "profile"
        assert refusal.value.remedy


def test_the_look_is_the_users() -> None:
    assert facturx(invoice(1), look=Look(accent="#aa0000")) != facturx(invoice(1))


# --- a PDF that a person brings ------------------------------------------------------------------


@pytest.mark.parametrize("name", BROUGHT)
def test_a_brought_pdf_looks_the_same(name: str) -> None:
    source = BROUGHT[name]
    assert pixels(facturx(invoice(1), source_pdf=source)) == pixels(source)


def test_an_old_invoice_inside_is_replaced_and_other_files_stay() -> None:
    data = facturx(invoice(1), source_pdf=BROUGHT["files inside"])
    found = pypdf.PdfReader(io.BytesIO(data)).attachments
    assert set(found) == {FILE_NAME, "heures.csv"}
    with root(data) as document:
        told = {str(spec.UF): str(spec.AFRelationship) for spec in document.Root.AF}
    assert told == {FILE_NAME: "/Alternative", "heures.csv": "/Unspecified"}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_cannot_become_an_archive_is_refused(reason: str) -> None:
    with pytest.raises(UnreadableDocument) as refusal:
        facturx(invoice(1), source_pdf=REFUSED[reason])
    assert refusal.value.reason == reason
    assert refusal.value.remedy


@pytest.mark.parametrize(
    "change",
    [
        action("JavaScript", JS="app.alert(1)"),
        action("Launch", F="calc.exe"),
        action("ImportData", F="x.fdf"),
        brought_pdfs.with_named_script,
    ],
)
def test_what_runs_something_is_unsafe(change: object) -> None:
    with pytest.raises(UnsafeDocument) as refusal:
        facturx(invoice(1), source_pdf=changed(by_reportlab(), change))
    assert refusal.value.reason == "pdf-action"


@pytest.mark.parametrize("data", [b"", b"bonjour", b"%PDF-1.7 cass\xe9", by_typst()[:3000]])
def test_a_broken_pdf_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedDocument) as refusal:
        facturx(invoice(1), source_pdf=data)
    assert refusal.value.reason == "pdf-broken"


def test_press_colours_keep_their_own_profile() -> None:
    source = changed(by_typst(), brought_pdfs.in_press_colours)
    with root(facturx(invoice(1), source_pdf=source)) as document:
        (intent,) = document.Root.OutputIntents
        assert int(intent.DestOutputProfile.N) == 4


def test_a_profile_that_does_not_fit_the_colours_is_replaced() -> None:
    def change(document: pikepdf.Pdf) -> None:
        brought_pdfs.in_press_colours(document)
        document.pages[0].obj.Contents = document.make_stream(b"0 1 0 rg 9 9 50 50 re f")

    with root(facturx(invoice(1), source_pdf=changed(by_typst(), change))) as document:
        (intent,) = document.Root.OutputIntents
        assert int(intent.DestOutputProfile.N) == 3


def test_a_pdf_without_dates_gets_a_fixed_one() -> None:
    def forget(document: pikepdf.Pdf) -> None:
        document.docinfo["/CreationDate"] = pikepdf.String("hier")
        document.docinfo["/ModDate"] = pikepdf.String("")

    data = embed(changed(pdf(invoice(1)), forget), b"<x/>", profile_level="BASIC")
    with root(data) as document:
        assert str(document.docinfo["/ModDate"]) == "D:19700101000000Z"


def test_a_font_may_have_any_name() -> None:
    def rename(document: pikepdf.Pdf) -> None:
        """Call the font /TR, which elsewhere means a transfer function."""
        page = document.pages[0].obj
        fonts = page.Resources.Font
        (name,) = [key for key in fonts if "Vera" in str(fonts[key].get("/BaseFont", ""))]
        page.Resources = document.make_indirect(pikepdf.Dictionary(Font={"/TR": fonts[name]}))
        content = page.Contents.read_bytes().replace(name.encode(), b"/TR")
        page.Contents = document.make_stream(content)

    source = changed(by_reportlab(), rename)
    assert pixels(facturx(invoice(1), source_pdf=source)) == pixels(source)


# --- veraPDF -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write every file that must be an archive; skip where veraPDF cannot be fetched."""
    if verapdf.jar() is None:
        pytest.skip("veraPDF is not available here")
    folder = tmp_path_factory.mktemp("archive")
    made = {f"own {name}": facturx(held) for name, held in OWN.items()}
    made |= {f"brought {n}": facturx(invoice(1), source_pdf=s) for n, s in BROUGHT.items()}
    made["copy"] = pdf(rich_invoice())
    files = {}
    for name, data in made.items():
        files[name] = folder / f"{name.replace(' ', '-')}.pdf"
        files[name].write_bytes(data)
    return files


def test_everything_written_is_pdf_a_3b(archive: dict[str, Path]) -> None:
    outcomes = verapdf.check(list(archive.values()))
    assert len(outcomes) == len(archive)
    assert {p.name: o.failures for p, o in outcomes.items() if not o.compliant} == {}


def test_our_own_layout_is_accessible_pdf_ua(archive: dict[str, Path]) -> None:
    own = [path for name, path in archive.items() if name.startswith(("own", "copy"))]
    outcomes = verapdf.check(own, flavour="ua1")
    assert {p.name: o.failures for p, o in outcomes.items() if not o.compliant} == {}


def test_verapdf_does_refuse_what_is_no_archive(tmp_path: Path) -> None:
    if verapdf.jar() is None:
        pytest.skip("veraPDF is not available here")
    plain = tmp_path / "plain.pdf"
    plain.write_bytes(by_reportlab(font="Helvetica"))
    assert not verapdf.check([plain])[plain].compliant


def test_pdfs_of_other_makers_become_archives(shared: Path, tmp_path: Path) -> None:
    """Every ninth PDF of the outside corpora; all 90 were run by hand, one is refused rightly."""
    if verapdf.jar() is None:
        pytest.skip("veraPDF is not available here")
    sources = sorted(shared.glob("conformance/**/*.pdf"))[::9]
    files = []
    for number, source in enumerate(sources):
        files.append(tmp_path / f"{number}.pdf")
        files[-1].write_bytes(facturx(invoice(1), source_pdf=source.read_bytes()))
    outcomes = verapdf.check(files)
    assert len(outcomes) == len(sources) > 5
    assert {p.name: o.failures for p, o in outcomes.items() if not o.compliant} == {}
