"""``facturier anomalies``: a line a finding, its JSON, its exit status."""

from __future__ import annotations

import json
from dataclasses import replace

from tests.anomalies.planted import noted, plain

from facturier.cli import main
from facturier.formats import write


def filed(tmp_path, document):
    path = tmp_path / "facture.xml"
    path.write_bytes(write(document, "ubl", complete=False).xml)
    return path


def test_a_right_invoice_has_none(tmp_path, capsys):
    assert main(["anomalies", str(filed(tmp_path, plain()))]) == 0
    assert "aucune anomalie" in capsys.readouterr().out


def test_an_anomaly_is_told_with_its_field_risk_and_letter(tmp_path, capsys):
    path = filed(tmp_path, noted(plain(), "TVA non applicable, article 293 B du CGI"))
    assert main(["anomalies", str(path), "--letter"]) == 1
    told = capsys.readouterr().out
    for words in (
        "TVA facturée par un vendeur en franchise [franchise-with-vat]",
        "Risque : 200,00 €.",
        "| Bonjour,",
    ):
        assert words in told


def test_json_is_an_object_a_file(tmp_path, capsys):
    path = filed(tmp_path, replace(plain(), type_code="325"))
    assert main(["anomalies", "--json", "--sale", str(path)]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["file"] == str(path)
    [one] = told["anomalies"]
    assert one["kind"] == "pro-forma"
    assert one["risk"] == {
        "amount": "200.00", "words": one["risk"]["words"], "law": "CGI 283-3", "is_ours": True,
    }  # fmt: skip


def test_what_is_no_invoice_is_refused_and_the_others_are_told(tmp_path, capsys):
    odd = tmp_path / "notes.txt"
    odd.write_text("rien")
    assert main(["anomalies", str(odd), str(filed(tmp_path, plain()))]) == 2
    said = capsys.readouterr()
    assert "notes.txt" in said.err
    assert "aucune anomalie" in said.out
