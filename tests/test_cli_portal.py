"""``facturier extract``: the regulatory data of an invoice, as a file for the portal."""

import pytest

from facturier.cli import main
from facturier.formats import detect, write
from facturier.formats.detect import Syntax
from facturier.rules.examples import example


@pytest.fixture
def invoice(tmp_path):
    path = tmp_path / "facture.xml"
    path.write_bytes(write(example("standard"), "cii").xml)
    return path


def test_extract_names_the_file_as_the_portal_wants(invoice, tmp_path, capsys):
    assert main(["extract", str(invoice), "--flux1", "full", "-o", str(tmp_path)]) == 0
    xml = (tmp_path / "Full_facture.xml").read_bytes()
    assert detect(xml).syntax is Syntax.FLUX1
    assert b"CrossIndustryInvoice" in xml
    assert capsys.readouterr().err == ""


def test_extract_follows_the_day_and_changes_the_syntax(invoice, tmp_path, capsys):
    target = tmp_path / "sortie.xml"
    arguments = ["extract", str(invoice), "--on", "2026-11-02", "--syntax", "ubl"]
    assert main([*arguments, "-o", str(target)]) == 0
    assert b"InvoiceLine" not in target.read_bytes()
    assert "Base_" in capsys.readouterr().err
    assert main(["extract", str(invoice), "--on", "2027-09-01", "-o", str(tmp_path)]) == 0
    assert b"IncludedSupplyChainTradeLineItem" in (tmp_path / "Full_facture.xml").read_bytes()


def test_extract_says_what_it_changed(tmp_path, capsys):
    path = tmp_path / "remise.xml"
    path.write_bytes(write(example("global-allowance"), "ubl").xml)
    assert main(["extract", str(path), "--flux1", "base", "-o", str(tmp_path)]) == 0
    assert "381" in capsys.readouterr().err
