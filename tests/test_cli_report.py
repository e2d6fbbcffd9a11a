"""``facturier report``: files in, a transmission out, and what was left out."""

from __future__ import annotations

import doctest
import re
import shlex
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from tests import oracle

from facturier import cli
from facturier.formats import write
from facturier.formats.cdar import write_status
from facturier.formats.flux10 import read_report
from facturier.invoice.model import Address, Party, ProcessControl
from facturier.invoice.parties import demo_siren
from facturier.invoice.profiles import EN16931
from facturier.lifecycle.messages import message, received
from facturier.rules.examples import example
from facturier.rules.status_examples import INVOICE, event

SIREN = demo_siren(1)
PERSON = Party(name="Mme Dupont", postal_address=Address(country_code="FR"))
SERVICES = ProcessControl(business_process="S1", specification=EN16931)


@pytest.fixture
def folder(tmp_path):
    """A domestic invoice, one to a private person, one in German hands, a file of another kind."""
    standard = replace(example("standard"), issue_date=date(2026, 9, 15))
    german = replace(
        PERSON,
        name="Käufer GmbH",
        vat_identifier="DE123456789",
        postal_address=Address(country_code="DE"),
    )
    invoices = {
        "interne.xml": standard,
        "particulier.xml": replace(standard, number="P-1", buyer=PERSON, process=SERVICES),
        "allemagne.xml": replace(standard, number="X-1", buyer=german, process=SERVICES),
    }
    for name, invoice in invoices.items():
        (tmp_path / name).write_bytes(write(invoice, "ubl").xml)
    return tmp_path


def run(capsys, *arguments):
    status = cli.main(["report", *map(str, arguments)])
    return status, capsys.readouterr()


def asked(folder, out, *more):
    seller = read_siren(folder)
    return (
        folder,
        "--siren",
        seller,
        "--period",
        "2026-09",
        "--platform",
        "0003",
        "-o",
        out,
        *more,
    )


def read_siren(_folder):
    seller = example("standard").seller
    return seller.legal_identifier.value


def test_a_month_of_invoices_becomes_a_transmission(folder, tmp_path, capsys):
    out = tmp_path / "sortie" / "flux10.xml"
    out.parent.mkdir()
    status, said = run(capsys, *asked(folder, out, "--regime", "trimestriel"))
    assert status == 0, said
    report = read_report(out.read_bytes()).report
    assert [one.number for one in report.transactions.invoices] == ["X-1"]
    (day,) = report.transactions.sales
    assert (day.day, day.category, day.without_vat) == ("20260915", "TPS1", Decimal("140.00"))
    assert report.header.declarant.name == example("standard").seller.name
    assert oracle.failed("flux10", out.read_bytes()) == frozenset()
    assert "VALIDE" in said.out
    assert "1 facture internationale, 1 total de ventes ; 2 pièce(s)" in said.out
    assert "(interne.xml) : Elle va d'un assujetti" in said.out
    assert "au plus tard le 10/10/2026" in said.out
    assert cli.main(["check", str(out)]) == 0


def test_receipts_come_from_statuses(folder, tmp_path, capsys):
    paid = message(
        replace(INVOICE, number="P-1", issue_date=date(2026, 9, 15)),
        replace(
            event(212),
            at=datetime(2026, 9, 30, 22, 30, tzinfo=UTC),
            amounts=(
                received(Decimal("120.00"), Decimal(20), on=date(2026, 9, 28)),
                received(Decimal("42.20"), Decimal("5.5")),
            ),
        ),
    )
    (folder / "paye.xml").write_bytes(write_status(paid))
    other = replace(paid, invoice_number="inconnue")
    (folder / "autre.xml").write_bytes(write_status(other))
    out = tmp_path / "paiements.flux10"
    status, said = run(capsys, *asked(folder, out, "--data", "paiements"))
    assert status == 0, said
    report = read_report(out.read_bytes()).report
    ((day, rates),) = [
        (one.receipt.day, [(r.rate, r.amount) for r in one.receipt.rates])
        for one in report.payments.days
    ]
    assert (day, rates) == ("20260928", [(Decimal(20), Decimal("120.00"))])
    assert "autre.xml : La facture inconnue n'est pas parmi les fichiers" in said.out
    assert "Reçu le 01/10/2026, hors de la période" in said.out


def test_nothing_to_declare_writes_nothing(folder, tmp_path, capsys):
    out = tmp_path / "rien.flux10"
    status, said = run(capsys, *asked(folder, out, "--role", "acheteur"))
    assert status == 0
    assert "Rien à déclarer" in said.out
    assert not out.exists()


def test_what_the_portal_would_refuse_is_said(folder, tmp_path, capsys):
    out = tmp_path / "faux.flux10"
    arguments = [one if one != "0003" else "3" for one in asked(folder, out)]
    status, said = run(capsys, *arguments)
    assert status == 1
    assert "INVALIDE" in said.out
    assert "G6.22" in said.out
    assert out.exists()


def test_an_unreadable_file_is_told_and_the_others_are_taken(folder, tmp_path, capsys):
    (folder / "casse.xml").write_bytes(b"<Invoice")
    out = tmp_path / "tout.flux10"
    status, said = run(capsys, *asked(folder, out))
    assert status == 2
    assert "casse.xml" in said.err
    assert "2 pièce(s)" in said.out


@pytest.mark.parametrize(
    ("period", "regime", "start", "end"),
    [
        ("2026-09", None, "20260901", "20260930"),
        ("2026-09-11/2026-09-20", None, "20260911", "20260920"),
        ("2026-09-15", "mensuel", "20260911", "20260920"),
        ("2026-09-15", "franchise", "20260901", "20261031"),
    ],
)
def test_a_period_is_said_in_several_ways(folder, tmp_path, capsys, period, regime, start, end):
    out = tmp_path / "p.flux10"
    arguments = [one if one != "2026-09" else period for one in asked(folder, out)]
    status, _ = run(capsys, *arguments, *(("--regime", regime) if regime else ()), "--rectify")
    assert status == 0
    report = read_report(out.read_bytes()).report
    told = report.transactions.period
    assert (told.start_date, told.end_date) == (start, end)
    assert report.header.type_code == "RE"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("--period", "septembre"), "n'est pas une période"),
        (("--period", "2026-09-15"), "--regime"),
        (("--period", "2026-09-15/2026-09-01"), "finit avant"),
        (("--siren", "123456789"), "n'est pas un SIREN"),
        (("--siren", demo_siren(999)), "--name"),
    ],
)
def test_bad_usage_is_refused_in_french(folder, tmp_path, capsys, change, said):
    status, told = run(capsys, *asked(folder, tmp_path / "x", *change))
    assert status == 2
    assert said in told.err


PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "e-reporting.md"


def test_the_example_of_the_page_runs():
    told = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert told.attempted > 10
    assert told.failed == 0


def test_the_commands_of_the_page_are_those_of_the_program():
    commands = re.findall(r"^\$ facturier (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(commands) == 6
    for command in commands:
        assert cli.parser().parse_args(shlex.split(command)).run
