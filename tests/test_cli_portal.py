"""``facturier extract`` and ``directory``: files for the public portal, and from it."""

from dataclasses import replace
from datetime import date

import pytest
from tests.formats.directory_samples import sample

from facturier.cli import main
from facturier.formats import detect, write
from facturier.formats.detect import Syntax
from facturier.formats.directory import Address, Update, opened
from facturier.formats.directory_files import write_update
from facturier.invoice.parties import demo_siren
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


@pytest.fixture
def export(tmp_path):
    path = tmp_path / "annuaire.xml"
    path.write_bytes(sample())
    return path


def test_directory_sums_an_export_up_and_shows_the_lines_of_a_company(export, capsys):
    siren = demo_siren(1)
    assert main(["directory", str(export), "--siren", siren, "--on", "2026-11-22"]) == 0
    told = capsys.readouterr().out
    assert "flux 14) complet, produit le 22/11/2026 05:00" in told
    assert "6 lignes d'annuaire" in told
    assert "6 lignes en vigueur le 22/11/2026" in told
    assert f"{siren}_FACTURES  → 0042 Fictive  du 01/09/2026  (en vigueur)" in told
    assert main(["directory", str(export), "--siren", "999999999"]) == 0
    assert "Aucune ligne" in capsys.readouterr().out


def test_directory_says_what_the_portal_would_refuse(export, tmp_path, capsys):
    address = Address(siren=demo_siren(0))
    path = tmp_path / "demande.xml"
    lines = (opened(address, "9998", date(2026, 12, 1)),)
    path.write_bytes(write_update(Update(lines=lines)))
    arguments = ["directory", str(path), "--on", "2026-11-22"]
    assert main([*arguments, "--siren", demo_siren(0)]) == 1
    told = capsys.readouterr().out
    assert "1 lignes d'annuaire" in told
    assert "DG-7 n° 1 : G1.112" in told
    path.write_bytes(write_update(Update(lines=(replace(lines[0], platform="0042"),))))
    assert main(arguments) == 0
    assert main([*arguments, "--against", str(export)]) == 1
    assert "G1.86" in capsys.readouterr().out


def test_directory_refuses_another_document(invoice, capsys):
    assert main(["directory", str(invoice)]) == 2
    assert "annuaire" in capsys.readouterr().err


def test_directory_and_extract_speak_english(export, invoice, tmp_path, capsys):
    arguments = ["--siren", demo_siren(1), "--on", "2026-11-22"]
    assert main(["--lang", "en", "directory", str(export), *arguments]) == 0
    told = capsys.readouterr().out
    assert "Directory (flow 14), full, made on 22/11/2026 05:00" in told
    assert "6 lines in force on 2026-11-22" in told
    assert "(in force)" in told
    assert not any(word in told for word in ("lignes", "vigueur", "plateformes", "unités"))
    target = str(tmp_path / "out.xml")
    assert main(["--lang", "en", "extract", str(invoice), "--on", "2027-09-01", "-o", target]) == 0
    assert "the portal wants a name that begins with “Full_”." in capsys.readouterr().err
