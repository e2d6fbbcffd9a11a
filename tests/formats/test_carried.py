"""Files beside the invoice in a PDF go with it, or are named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.formats import hostile

import facturier
from facturier.cli import main
from facturier.errors import LossyConversion
from facturier.formats import facturx, read, write
from facturier.formats.carried import with_files
from facturier.formats.facturx_write import facturx as written
from facturier.rules import check
from facturier.rules.examples import example

NOTE = b"%PDF-1.4 bon de livraison"


def carrying(*files: tuple[str, bytes], name: str = "standard") -> bytes:
    return hostile.pdf_with([("factur-x.xml", write(example(name), "cii").xml), *files])


@pytest.mark.parametrize("to", ["ubl", "cii", "facturx"])
def test_a_delivery_note_becomes_a_supporting_document(to):
    data = carrying(("Bon_de_livraison.pdf", NOTE))
    converted = facturier.convert(data, to)
    assert converted.lost == ()
    (kept,) = read(converted.content).invoice.supporting_documents
    assert (kept.reference, kept.attachment.filename) == ("Bon_de_livraison.pdf",) * 2
    assert (kept.attachment.content, kept.attachment.mime_code) == (NOTE, "application/pdf")
    assert not check(read(converted.content)).fatal
    if to == "facturx":
        assert ("Bon_de_livraison.pdf", "application/pdf", NOTE) in facturx.attachments(
            converted.content
        )


def test_a_file_that_the_xml_holds_already_is_not_taken_twice():
    data = written(example("attachments"))
    before = read(data)
    assert len(facturx.attachments(data)) > 1
    assert with_files(before).invoice == before.invoice
    assert with_files(before).dropped == ()


def test_a_file_named_by_the_xml_goes_where_it_is_named():
    invoice = example("attachments")
    one = next(d for d in invoice.supporting_documents if d.attachment)
    bare = replace(one, attachment=None, description="voir plan.pdf")
    named = replace(invoice, supporting_documents=(bare,))
    data = hostile.pdf_with([("factur-x.xml", write(named, "cii").xml), ("plan.pdf", NOTE)])
    (kept,) = with_files(read(data)).invoice.supporting_documents
    assert kept.reference == bare.reference
    assert kept.attachment.content == NOTE
    unnamed = replace(named, supporting_documents=(replace(bare, description="autre chose"),))
    data = hostile.pdf_with([("factur-x.xml", write(unnamed, "cii").xml), ("plan.pdf", NOTE)])
    assert len(with_files(read(data)).invoice.supporting_documents) == 2


def test_what_has_no_place_is_named_and_stops_a_conversion_that_was_not_told_to_lose(
    capsys, tmp_path
):
    source, target = tmp_path / "a.pdf", tmp_path / "a.xml"
    source.write_bytes(carrying(("macro.exe", b"MZ")))
    assert main(["convert", str(source), "--to", "ubl", "-o", str(target)]) == 3
    assert "macro.exe (pièce jointe du PDF" in capsys.readouterr().err
    assert not target.exists()
    assert main(["convert", str(source), "--to", "ubl", "-o", str(target), "--lossy"]) == 0
    assert not read(target.read_bytes()).invoice.supporting_documents
    with pytest.raises(LossyConversion) as refused:
        facturier.convert(source.read_bytes(), "cii")
    assert refused.value.terms == ("macro.exe",)


def test_the_official_delivery_notes_are_kept(shared: Path):
    kept = 0
    for file in sorted((shared / "conformance/facturx-official-1.08").rglob("*.pdf")):
        data = file.read_bytes()
        beside = len(facturx.attachments(data)) - 1
        carried = with_files(read(data))
        added = len(carried.invoice.supporting_documents)
        before = len(read(data).invoice.supporting_documents)
        has_place = file.parent.name in {"EN16931", "EXTENDED"}
        assert len(carried.dropped) == (0 if has_place else beside)
        kept += added - before
    assert kept == 2
