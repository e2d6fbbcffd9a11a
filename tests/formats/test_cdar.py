"""Status messages as files: read, written, read again."""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from facturier import cli
from facturier.errors import UnknownFormat
from facturier.formats.cdar import ACKNOWLEDGEMENT, read_status, write_status
from facturier.formats.writer import write_document
from facturier.formats.xsd import schema_findings
from facturier.invoice.model import Attachment, Identifier
from facturier.invoice.terms import dictionary, fields_of, label, values
from facturier.lifecycle.acknowledgement import Acknowledgement
from facturier.lifecycle.messages import (
    Characteristic,
    Event,
    Party,
    StatusDetail,
    StatusMessage,
    message,
    received,
)
from facturier.lifecycle.statuses import STATUSES, Side
from facturier.rules.france.status import BOOKS
from facturier.rules.status_examples import INVOICE, event
from facturier.rules.status_facts import StatusFacts

SAID = datetime(2026, 11, 5, 14, 30, 12, tzinfo=UTC)
TERMS, GROUPS = dictionary(Acknowledgement)
BETWEEN_PARTIES = [
    (code, side)
    for code, said in STATUSES.items()
    if said.invoice_phase
    for side in said.by
    if side is not Side.PPF
]
TO_PPF = [
    (code, side)
    for code, side in BETWEEN_PARTIES
    if STATUSES[code].owed_to_ppf(vat_due_on_payment=True)
]


def faults(xml: bytes) -> list[str]:
    """What the schema and the rules of today object to."""
    reading = read_status(xml)
    objections = [one.message for one in schema_findings(reading.detected)]
    return objections + [one.rule for one in BOOKS[-1].check(StatusFacts(reading.document))]


# --- official examples ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def official(shared):
    folder = shared / "official" / "fnfe-1.4.0" / "examples"
    files = sorted(folder.rglob("*CDV*.xml"))
    assert len(files) == 30
    return {file.name: file.read_bytes() for file in files}


def test_official_examples_are_read_whole(official):
    for name, data in official.items():
        reading = read_status(data)
        assert reading.findings == (), name
        assert reading.message is not None, name


def test_official_examples_say_the_same_once_written_again(official):
    for name, data in official.items():
        reading = read_status(data)
        assert reading.message is not None
        again = read_status(write_status(reading.message))
        assert again.message == reading.message, name
        assert again.document == reading.document, name
        assert schema_findings(again.detected) == (), name


def test_a_dispute_is_read_with_its_reason_and_its_data(official):
    said = read_status(official["UC4_F202500006_04-CDV-207_En_litige.xml"]).message
    assert said is not None
    assert (said.status_code, said.phase, said.object_status) == (207, "23", "46")
    assert said.decided_at == datetime(2025, 7, 1, 16, 0, tzinfo=UTC)
    assert said.issuer == Party(role="BY", identifier="200000008", scheme="0002", name="ACHETEUR")
    (detail,) = said.details
    assert (detail.sequence, detail.reason_code, detail.action_code) == (1, "TX_TVA_ERR", "NIN")
    assert [(one.type_code, one.percent) for one in detail.characteristics] == [
        ("DIV", Decimal("10.00")),
        ("DVA", Decimal("20.00")),
    ]


# --- our messages --------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "side"), BETWEEN_PARTIES)
def test_each_status_between_platforms_is_written_rightly(code, side):
    said = message(INVOICE, event(code, side), received_at=SAID)
    assert said.recipients, "somebody hears of it"
    xml = write_status(said)
    assert read_status(xml).message == said
    assert read_status(xml).findings == ()
    assert faults(xml) == []


@pytest.mark.parametrize(("code", "side"), TO_PPF)
def test_each_mandatory_status_for_the_public_portal_is_written_rightly(code, side):
    said = message(INVOICE, event(code, side), received_at=SAID, to_ppf=True)
    xml = write_status(said)
    assert read_status(xml).message == said
    assert faults(xml) == []


def test_the_statuses_of_both_sides_are_among_them():
    codes = {code for code, _ in BETWEEN_PARTIES}
    assert {200, 203, 205, 207, 208, 210, 211, 212, 213, 220} <= codes
    assert {code for code, _ in TO_PPF} == {200, 210, 212, 213}


@pytest.mark.parametrize("reason", [*STATUSES[207].reasons])
def test_each_reason_of_a_dispute_is_written_rightly(reason):
    said = message(
        INVOICE,
        Event(code=207, side=Side.BUYER, at=SAID, reason=reason, comment="<à> l'étude & suivi"),
    )
    xml = write_status(said)
    assert read_status(xml).message == said
    assert faults(xml) == []


def test_a_receipt_has_one_amount_a_rate():
    amounts = (
        received(Decimal("120.00"), Decimal(20), on=date(2026, 11, 4)),
        received(Decimal("-52.75"), Decimal("5.5")),
    )
    said = message(
        INVOICE,
        Event(code=212, side=Side.SELLER, at=SAID, amounts=amounts, comment="remboursement"),
        to_ppf=True,
    )
    xml = write_status(said)
    assert xml.count(b"<ram:SpecifiedDocumentCharacteristic>") == 2
    assert b'<ram:ValueAmount currencyID="EUR">-52.75</ram:ValueAmount>' in xml
    reading = read_status(xml)
    assert reading.message is not None
    assert reading.message.details[0].characteristics == amounts
    assert faults(xml) == []


def test_equal_messages_give_equal_bytes():
    paris = message(INVOICE, event(210), received_at=SAID)
    assert write_status(paris) == write_status(replace(paris, received_at=SAID.astimezone()))


def test_what_can_be_said_can_be_written():
    """Every field of a message filled at once."""
    datum = Characteristic(
        type_code="MAJ",
        amount=Decimal("1.50"),
        currency="USD",
        percent=Decimal("2.1"),
        value_date=date(2026, 11, 4),
        text="FR76",
        term="BT-84",
        changed=True,
        name="IBAN",
        location="/rsm:CrossIndustryInvoice",
    )
    detail = StatusDetail(
        sequence=1,
        reason_code="AUTRE",
        reason_label="Autre",
        status_code="207",
        action_code="OTH",
        action_label="Autre action",
        rule="BR-01",
        comment="pourquoi",
        location="BT-1",
        characteristics=(datum, replace(datum, term="BT-85")),
    )
    party = Party(
        role="BY", identifier="1", scheme="0002", name="N", address="A", address_scheme="0225"
    )
    private = Party(role="SE", identifier="interne")
    said = replace(
        message(INVOICE, event(207), received_at=SAID, issued_at=SAID),
        sender=party,
        issuer=private,
        recipients=(party, private),
        reference_type="380",
        seller=replace(party, name="", address="", address_scheme=""),
        details=(detail, replace(detail, sequence=2)),
        attachments=(Attachment(content=b"%PDF-", mime_code="application/pdf", filename="a.pdf"),),
    )
    for record in (said, detail, datum):
        assert all(getattr(record, one.name) for one in fields(record)), record
    reading = read_status(write_status(said))
    assert reading.message == said
    assert reading.findings == ()


def test_each_term_of_a_message_has_a_place():
    spoken = {
        term
        for record in (StatusMessage, StatusDetail, Characteristic)
        for one in fields(record)
        for term in one.metadata.get("mdt", ())
    }
    assert len(spoken) > 40
    # MDT-130 is the scheme of MDT-129
    assert {one for one in spoken if not ACKNOWLEDGEMENT.carries(one)} == {"MDT-130"}


# --- the table -----------------------------------------------------------------------------------


def filled(cls: type) -> object:
    """A record with a value in every field, two where it may hold several."""
    made = {}
    for name, place, is_group, kind in fields_of(cls):
        values_ = [filled(kind), filled(kind)] if is_group else [_value(kind, n) for n in (1, 2)]
        made[name] = tuple(values_) if place.many else values_[0]
    ids = [one.name for one in dataclasses.fields(cls) if one.name in made]
    return cls(**{name: made[name] for name in ids})


def _value(kind: type, number: int) -> object:
    return {
        Decimal: Decimal(number),
        bool: True,
        date: date(2026, 11, number),
        datetime: datetime(2026, 11, number, 9, tzinfo=UTC),
        Identifier: Identifier(f"id {number}", "0002"),
        Attachment: Attachment(content=b"x", mime_code="text/csv", filename=f"{number}.csv"),
    }.get(kind, f"texte {number}")


def test_every_term_of_the_model_is_written_and_read():
    whole = filled(Acknowledgement)
    assert isinstance(whole, Acknowledgement)
    held = {one.term.id for one in values(whole)}
    assert held == set(TERMS)
    xml, lost = write_document(whole, ACKNOWLEDGEMENT)
    assert lost == ()
    again = read_status(xml).document
    assert {one.term.id for one in values(again)} == held
    assert again.unmapped == ()
    assert sorted(map(repr, values(again))) == sorted(map(repr, values(whole)))


def test_every_term_has_a_place_and_a_french_name():
    for id_ in (*TERMS, *GROUPS):
        assert ACKNOWLEDGEMENT.carries(id_), id_
        assert label(id_) != id_


def test_a_place_is_told_by_its_number():
    assert ACKNOWLEDGEMENT.path_of("MDT-113", (0, 0, 1)) == (
        "/rsm:CrossDomainAcknowledgementAndResponse/rsm:AcknowledgementDocument[1]"
        "/ram:ReferenceReferencedDocument[1]/ram:SpecifiedDocumentStatus[2]/ram:ReasonCode"
    )


# --- what is odd ---------------------------------------------------------------------------------


def altered(old: str, new: str) -> bytes:
    xml = write_status(message(INVOICE, event(210), received_at=SAID)).decode()
    assert old in xml
    return xml.replace(old, new).encode()


def rules(xml: bytes) -> list[tuple[str, str]]:
    return [(one.rule, one.where) for one in read_status(xml).findings]


def test_an_unknown_element_is_told():
    data = altered("<ram:ReasonCode>", "<ram:Condition>x</ram:Condition><ram:ReasonCode>")
    reading = read_status(data)
    assert [one.value for one in reading.unmapped] == ["x"]
    assert "ram:Condition" in reading.unmapped[0].path
    assert [one.rule for one in reading.findings] == ["UNMAPPED"]


def test_a_date_that_is_none_is_told():
    data = altered(">20261105153000<", ">hier<")
    found = [one for one in rules(data) if one[0] == "MALFORMED"]
    assert [where[:6] for _, where in found] == ["MDT-8", "MDT-78"]
    reading = read_status(data)
    assert reading.message is None
    assert [one.where for one in reading.findings if one.rule == "INCOMPLETE"] == [
        "MDT-8",
        "MDT-78",
    ]


def test_a_message_without_status_is_incomplete():
    data = altered("<ram:ProcessConditionCode>210</ram:ProcessConditionCode>", "")
    assert read_status(data).message is None
    assert rules(data) == [("INCOMPLETE", "MDT-105")]


def test_what_the_message_does_not_carry_is_named():
    data = altered(
        "<ram:ReceiptDateTime>", "<ram:GlobalID>AJW-1</ram:GlobalID><ram:ReceiptDateTime>"
    )
    reading = read_status(data)
    assert reading.message == message(INVOICE, event(210), received_at=SAID)
    assert [(one.rule, one.where) for one in reading.findings] == [("NOT-IN-MESSAGE", "MDT-92")]


def test_both_forms_of_an_indicator_are_read():
    one = altered("<udt:Indicator>false<", "<udt:IndicatorString>0<").replace(
        b"</udt:Indicator>", b"</udt:IndicatorString>"
    )
    assert read_status(one).document.decisions[0].multiple is False
    assert rules(one) == []


def test_the_hour_that_comes_twice_is_read_as_the_first():
    data = altered(">20261105153000<", ">20261025023000<")
    said = read_status(data).message
    assert said is not None
    assert said.decided_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_file_without_invoice_date_is_read():
    xml = altered('<qdt:DateTimeString format="102">20261102</qdt:DateTimeString>', "")
    said = read_status(xml).message
    assert said is not None
    assert said.invoice_date is None


def test_the_command_line_shows_and_checks_a_status(tmp_path, capsys):
    file = tmp_path / "statut.xml"
    file.write_bytes(write_status(message(INVOICE, event(210), received_at=SAID)))
    assert cli.main(["show", str(file)]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"^MDT-105\S* +Statut +210$", shown, re.MULTILINE)
    assert re.search(
        r"^MDT-78\S* +Instant du statut +2026-11-05T15:30:00\+01:00$", shown, re.MULTILINE
    )
    assert re.search(r"^MDT-74\S* +Plusieurs objets +non$", shown, re.MULTILINE)
    assert cli.main(["show", "--json", str(file)]) == 0
    (decision,) = json.loads(capsys.readouterr().out)["MDG-DECISION"]
    assert decision["MDG-REFERENCE"][0]["MDT-105"] == "210"
    assert cli.main(["check", "--json", "--on", "2026-11-22", str(file)]) == 0
    books = json.loads(capsys.readouterr().out)["books"]
    assert {"id": "cdar", "version": "1.4.0.03", "state": "checked"} in books


def test_an_invoice_is_no_status(official_examples):
    with pytest.raises(UnknownFormat, match="statut"):
        read_status(next(iter(official_examples.values())))


@pytest.mark.parametrize(("written", "day"), [
    ("20261122101500", date(2026, 11, 22)), ("19000101000000", date(1900, 1, 1)),
    ("20261122", date(2026, 11, 22)), ("2026112210150", None), ("20261322101500", None),
])  # fmt: skip
def test_the_day_of_the_object_is_read_from_an_instant_too(written, day):
    """Annexe 2 writes MDT-100 in format 204 where platforms write a day."""
    xml = write_status(message(INVOICE, event(205)))
    assert xml.count(b">20261102<") == 1
    again = xml.replace(b">20261102<", f">{written}<".encode())
    assert read_status(again).message.invoice_date == day
