"""What the concentrator answers, asked of its pure functions."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from tests.network.flows import flow, messages, regulatory

from facturier.formats.cdar import read_status, write_status
from facturier.formats.directory import (
    Address,
    Establishment,
    LegalUnit,
    RoutingCode,
    Update,
    ended,
    masked,
    opened,
)
from facturier.formats.directory_files import write_update
from facturier.formats.flux10 import write_report
from facturier.invoice.model import Identifier
from facturier.invoice.parties import demo_siren, demo_siret
from facturier.lifecycle.messages import message, received
from facturier.lifecycle.statuses import Side
from facturier.network.concentrator.answers import Orders, Received, answers_to
from facturier.network.concentrator.known import Application, Limits, Memory, Moment
from facturier.network.concentrator.letters import NOT_BETWEEN_PLATFORMS
from facturier.network.portal import PortalFlow
from facturier.reporting.envelope import Interface, pack, unpack
from facturier.reporting.extract import Profile
from facturier.rules.check import check
from facturier.rules.examples import example
from facturier.rules.report_examples import example as report
from facturier.rules.status_examples import INVOICE, event

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MOMENT = Moment(now=NOW, limits=Limits())
US = Application(code="AAA123", secret="x", platform="0003")
SIREN = demo_siren(1)


def unit(siren, kind="A", status="A"):
    return LegalUnit(siren=siren, name=f"Société {siren}", status=status, kind=kind)


@pytest.fixture
def known():
    memory = Memory(*(unit(demo_siren(n)) for n in range(6)), platforms={"0003", "0042"})
    siret = demo_siret(1)
    memory.establishments[siret] = Establishment(siret=siret, name="Siège", status="A", kind="P")
    return memory


def ask(sent, known, moment=MOMENT, application=US, size=None, **orders):
    """Return what a flow is answered: its code, its reasons, the messages about its objects."""
    took = Received(
        name=sent.name, content=sent.content,
        size=len(sent.content) if size is None else size, application=application, at=NOW,
    )  # fmt: skip
    counter = itertools.count(1)
    outcome = answers_to(took, known, moment, number=lambda: next(counter), orders=Orders(**orders))
    first, *others = outcome.answers
    (about,) = messages(first.content)
    assert first.name == f"C{sent.name[1:].removesuffix('.tar.gz')}.tar.gz"
    assert about.status_code == first.code
    objects = [one for other in others for one in messages(other.content)]
    return about, objects


def reasons(said):
    return [one.reason_code for one in said.details]


def told(objects):
    return [(one.status_code, reasons(one)) for one in objects]


def f1(files, interface=Interface.F1_UBL, number=1):
    return flow(number, files, interface)


# --- the flow as a whole


def test_a_flow_in_order_is_receivable_and_its_object_taken(known):
    about, objects = ask(f1({"Base_1.xml": regulatory()}), known)
    assert (about.status_code, about.invoice_type, reasons(about)) == (500, "303", [])
    (said,) = objects
    assert (said.status_code, said.invoice_type, said.invoice_number) == (250, "304", "FA-1")
    assert (said.seller.identifier, said.invoice_date) == (SIREN, date(2026, 11, 2))
    assert said.recipients[0].identifier == "0003"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("FFE0111A_AAA123_AAA1230000000000000000001.zip", "IRR_TYPE"),
        ("FFE0111A_AAA123.tar.gz", "IRR_FORM"),
        ("n'importe quoi.tar.gz", "IRR_FORM"),
        ("FFE0111A_ZZZ999_ZZZ9990000000000000000001.tar.gz", "IRR_CODE_APP"),
        ("FFE9999A_AAA123_AAA1230000000000000000001.tar.gz", "IRR_CODE_INTER"),
        ("FFE0604A_AAA123_AAA1230000000000000000001.tar.gz", "IRR_CODE_INTER"),
    ],
)
def test_a_wrong_envelope_is_not_receivable(known, name, reason):
    about, objects = ask(PortalFlow(name=name, content=pack({"Base_1.xml": regulatory()})), known)
    assert about.status_code == 501
    assert reason in reasons(about)
    assert objects == []


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "IRR_VIDE"),
        ({"Base_1.xml": b" "}, "IRR_VIDE_F"),
        ({"Base_1.pdf": b"%PDF-"}, "IRR_TYPE_F"),
        ({"Base_é.xml": regulatory()}, "IRR_NOM_F"),
        ({"base_1.xml": regulatory()}, "IRR_NOM_F"),
        ({"Base_1.xml": b"<Invoice"}, "IRR_SYNTAX"),
        ({"Base_1.xml": regulatory().replace(b"UTF-8", b"ISO-8859-1") + b"\xe9"}, "IRR_SYNTAX"),
        ({"Base_1.xml": regulatory(syntax="cii")}, "IRR_SYNTAX"),
        ({"Base_1.xml": regulatory(profile=Profile.FULL)}, "IRR_SYNTAX"),
        ({"Base_1.xml": write_report(report("transactions"))}, "IRR_SYNTAX"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_file_makes_the_whole_flow_irreceivable(known, files, reason):
    good = {"Base_0.xml": regulatory("FA-0")} if files else {}
    about, objects = ask(f1(good | files), known)
    assert (about.status_code, reasons(about), objects) == (501, [reason], [])
    assert not files or about.details[0].location in files
    # and nothing of it is remembered
    assert told(ask(f1({"Base_0.xml": regulatory("FA-0")}), known)[1]) == [(250, [])]


@pytest.mark.parametrize(
    ("content", "size", "reason"),
    [(b"", None, "IRR_VIDE"), (b"x" * 9, None, "IRR_EXTRAC"), (b"\x1f\x8bxx", None, "IRR_EXTRAC"),
     (b"", 2_000_000_000, "IRR_TAILLE")],
)  # fmt: skip
def test_what_is_no_archive_is_not_receivable(known, content, size, reason):
    name = "FFE0111A_AAA123_AAA1230000000000000000001.tar.gz"
    about, _ = ask(PortalFlow(name=name, content=content), known, size=size)
    assert reasons(about) == [reason]


# --- flux 1


def test_an_invoice_told_twice_is_rejected_the_second_time_only(known):
    files = {"Base_1.xml": regulatory(), "Base_2.xml": regulatory()}
    assert told(ask(f1(files), known)[1]) == [(250, []), (251, ["REJ_UNI"])]
    assert told(ask(f1(files), known)[1]) == [(251, ["REJ_UNI"]), (251, ["REJ_UNI"])]
    next_year = regulatory().replace(b"2026-11-02", b"2025-11-02")
    assert told(ask(f1({"Base_3.xml": next_year}), known)[1]) == [(250, [])]


def test_a_rejected_invoice_may_come_again_under_its_number(known):
    wrong = regulatory().replace(b">B1<", b">X9<")
    ((code, why),) = told(ask(f1({"Base_1.xml": wrong}), known)[1])
    assert (code, set(why)) == (251, {"REJ_SEMAN"})
    assert told(ask(f1({"Base_1.xml": regulatory()}), known)[1]) == [(250, [])]


def test_companies_must_be_in_the_directory(known):
    stranger = "732829320"
    buyer = replace(example("standard").buyer, legal_identifier=Identifier(stranger, "0002"))
    _, (said,) = ask(f1({"Base_1.xml": regulatory(buyer=buyer)}), known)
    assert "REJ_COH" in reasons(said)
    (detail,) = [one for one in said.details if one.reason_code == "REJ_COH"]
    assert (detail.rule, detail.location) == ("G1.63", "BT-47")
    assert stranger in detail.comment


def test_an_invoice_without_taxed_operation_needs_no_flux_1(known):
    base = example("standard").vat_breakdown[0]
    outside = replace(
        base, category="E", rate=Decimal(0), tax_amount=Decimal(0),
        exemption_code="VATEX-FR-CGI261-4", exemption_reason="Exonéré",
    )  # fmt: skip
    _, (said,) = ask(f1({"Base_1.xml": regulatory(vat_breakdown=(outside,))}), known)
    assert "G2.32" in {one.rule for one in said.details}


def test_keys_that_cannot_be_used_are_replaced_and_quoted(known):
    odd = regulatory().replace(b">FA-1<", b">FA*1<")
    _, (said,) = ask(f1({"Base_1.xml": odd}), known)
    assert (said.status_code, said.invoice_number) == (251, "X" * 20)
    assert (said.invoice_date, said.seller.identifier) == (date(1900, 1, 1), "0" * 9)
    assert said.details[0].rule == "G1.114"
    assert "« FA*1 »" in said.details[0].comment
    assert said.details[0].location == "Base_1.xml"


@pytest.mark.parametrize(("now", "code"), [("2026-12-31", 251), ("2027-01-01", 250)])
def test_long_numbers_are_taken_from_2027_on(known, now, code):
    moment = Moment(now=datetime.fromisoformat(f"{now}T12:00:00+01:00"), limits=Limits())
    files = {"Base_1.xml": regulatory("F" * 21)}
    assert [one.status_code for one in ask(f1(files), known, moment)[1]] == [code]


def test_a_limit_is_a_setting(known):
    moment = replace(MOMENT, limits=Limits(short_numbers_until=date(2026, 11, 1)))
    files = {"Base_1.xml": regulatory("F" * 21)}
    assert told(ask(f1(files), known, moment)[1]) == [(250, [])]


@pytest.mark.parametrize("syntax", ["ubl", "cii"])
@pytest.mark.parametrize("profile", list(Profile))
def test_both_profiles_in_both_syntaxes_are_taken(known, syntax, profile):
    interface = Interface.F1_CII if syntax == "cii" else Interface.F1_UBL
    files = {f"{profile}_1.xml": regulatory(syntax=syntax, profile=profile)}
    assert told(ask(f1(files, interface), known)[1]) == [(250, [])]


# --- flux 10


def transmission(name="transactions", number="TR-1", **changes):
    said = report(name)
    return write_report(replace(said, header=replace(said.header, identifier=number, **changes)))


def f10(*files):
    named = {f"F10_{place}.xml": data for place, data in enumerate(files)}
    return flow(1, named, Interface.F10)


@pytest.mark.parametrize("name", ["transactions", "paiements"])
def test_a_transmission_is_taken_once(known, name):
    sent = f10(transmission(name))
    about, (said,) = ask(sent, known)
    assert (about.status_code, said.status_code, said.invoice_number) == (500, 300, "TR-1")
    assert told(ask(sent, known)[1]) == [(301, ["REJ_UNI"])]
    again = transmission(name, "TR-2", type_code="RE")
    assert told(ask(f10(again), known)[1]) == [(300, [])]


def test_a_transmission_of_an_unknown_declarant_is_rejected(known):
    declarant = replace(report("transactions").header.declarant, identifier="732829320")
    _, (said,) = ask(f10(transmission(declarant=declarant)), known)
    assert ("REJ_COH", "G6.26") in [(one.reason_code, one.rule) for one in said.details]


def test_a_transmission_of_another_platform_is_rejected(known):
    other = replace(US, platform="0099")
    _, (said,) = ask(f10(transmission()), known, application=other)
    assert [one.rule for one in said.details] == ["G6.22"]


def test_a_period_that_is_not_over_is_rejected(known):
    early = replace(MOMENT, now=datetime(2026, 9, 30, 12, 0, tzinfo=UTC))
    _, (said,) = ask(f10(transmission()), known, early)
    assert set(reasons(said)) == {"REJ_PER"}


def test_a_transmission_against_its_schema_makes_the_flow_irreceivable(known):
    broken = transmission().replace(b"TypeCode", b"TypeKode")
    about, _ = ask(f10(transmission(), broken), known)
    assert (reasons(about), about.details[0].location) == (["IRR_SYNTAX"], "F10_1.xml")


# --- flux 6


def status_file(code, *, side=None, **changes):
    said = event(code, side)
    said = replace(said, **changes) if changes else said
    return write_status(message(INVOICE, said, received_at=NOW, to_ppf=True))


def f6(*files):
    named = {f"CDV_{place}.xml": data for place, data in enumerate(files)}
    return flow(1, named, Interface.F6_INVOICE)


def test_nothing_is_said_of_a_status_that_was_taken(known):
    about, objects = ask(f6(status_file(200), status_file(212)), known)
    assert (about.status_code, objects) == (500, [])


def test_a_status_that_is_not_mandatory_is_rejected(known):
    _, (said,) = ask(f6(status_file(205)), known, application=replace(US, platform=""))
    first = said.details[0]
    assert said.status_code == 601
    assert said.invoice_type == "305"
    assert said.seller.identifier == SIREN
    assert "G7.44" in {one.rule for one in said.details}
    assert first.reason_code in {"REJ_RG", "REJ_HAB"}


def test_a_receipt_without_its_rates_is_rejected(known):
    bare = replace(received(Decimal(120), Decimal(20)), percent=None)
    _, (said,) = ask(f6(status_file(212, amounts=(bare,))), known)
    assert reasons(said) == ["REJ_ENCAISSEMENT"]


def test_a_status_of_another_platform_is_rejected(known):
    _, (said,) = ask(f6(status_file(200)), known, application=replace(US, platform="0042"))
    assert reasons(said) == ["REJ_HAB"]


def test_nothing_may_be_decided_after_a_refusal(known):
    later = event(210).at + timedelta(hours=1)
    earlier = event(210).at - timedelta(hours=1)
    buyers = replace(US, platform="0005")
    assert ask(f6(status_file(210)), known, application=buyers)[1] == []
    assert told(ask(f6(status_file(212, at=later)), known)[1]) == [(601, ["REJ_INC"])]
    # what was decided before, and told late, is taken
    assert ask(f6(status_file(200, at=earlier)), known)[1] == []


def test_a_message_told_twice_is_rejected(known):
    assert ask(f6(status_file(200)), known)[1] == []
    assert told(ask(f6(status_file(200)), known)[1]) == [(601, ["REJ_INC"])]


def test_a_rejection_for_being_a_duplicate_ends_nothing(known):
    buyers = replace(US, platform="0005")
    duplicate = status_file(213, side=Side.BUYER_PLATFORM, reason="DOUBLON")
    assert ask(f6(duplicate), known, application=buyers)[1] == []
    later = event(212).at + timedelta(hours=1)
    assert ask(f6(status_file(212, at=later)), known)[1] == []


# --- flux 13

TOMORROW = MOMENT.today + timedelta(days=1)
HERE = Address(siren=SIREN, suffix="FACTURES")


def f13(*lines, codes=()):
    files = {"annuaire.xml": write_update(Update(routing_codes=codes, lines=lines))}
    return flow(1, files, Interface.F13)


def shown(known):
    return [(one.platform, one.start, one.end) for one in known.lines(SIREN)]


def test_a_line_is_taken_then_ended_then_it_is_known(known):
    line = opened(HERE, "0003", TOMORROW)
    about, (said,) = ask(f13(line), known)
    assert (about.status_code, said.status_code) == (500, 400)
    assert (said.invoice_type, said.invoice_number) == ("306", "annuaire.xml")
    assert shown(known) == [("0003", TOMORROW, None)]
    later = replace(MOMENT, now=NOW + timedelta(days=3))
    end = ended(line, later.today + timedelta(days=2))
    assert told(ask(f13(end), known, later)[1]) == [(400, [])]
    assert shown(known) == [("0003", TOMORROW, end.end)]


def test_a_line_to_come_is_masked(known):
    line = opened(HERE, "0003", TOMORROW)
    ask(f13(line), known)
    assert told(ask(f13(masked(line)), known)[1]) == [(400, [])]
    assert len(known.lines(SIREN)) == 2


@pytest.mark.parametrize(
    ("address", "platform", "reason", "rule"),
    [
        (Address(siren="732829320"), "0003", "REJ_COH", "G1.96"),
        (Address(siren=SIREN, siret=demo_siret(1, 9)), "0003", "REJ_COH", "G1.97"),
        (Address(siren=SIREN, siret=demo_siret(1), routing="SAV"), "0003", "REJ_COH", "G1.92"),
        (Address(siren=SIREN, suffix="a b"), "0003", "REJ_VAL_INC", "G1.115"),
        (HERE, "9999", "REJ_RG", "G1.112"),
        (HERE, "0042", "REJ_HAB", ""),
    ],
)
def test_a_line_that_breaks_a_rule_is_rejected(known, address, platform, reason, rule):
    _, (said,) = ask(f13(opened(address, platform, TOMORROW)), known)
    assert said.status_code == 401
    assert (reason, rule) in [(one.reason_code, one.rule) for one in said.details]
    assert said.details[0].location == "DG-7 n° 1"
    assert known.lines(SIREN) == []


def test_a_line_that_begins_today_is_rejected_and_with_it_the_whole_file(known):
    lines = (opened(HERE, "0003", TOMORROW), opened(Address(siren=SIREN), "0003", MOMENT.today))
    _, (said,) = ask(f13(*lines), known)
    assert [(one.rule, one.location) for one in said.details] == [("G1.87", "DG-7 n° 2")]
    assert known.lines(SIREN) == []


def test_a_routing_code_serves_the_lines_of_its_own_file(known):
    code = RoutingCode(siret=demo_siret(1), routing="SAV", name="Service après-vente")
    line = opened(Address(siren=SIREN, siret=demo_siret(1), routing="SAV"), "0003", TOMORROW)
    assert told(ask(f13(line, codes=(code,)), known)[1]) == [(400, [])]


# --- faults on demand, and what is written


def test_a_flow_and_an_object_are_rejected_on_demand(known):
    sent = f1({"Base_1.xml": regulatory(), "Base_2.xml": regulatory("FA-2")})
    about, _ = ask(sent, known, flow="IRR_ANTIVIRUS")
    assert reasons(about) == ["IRR_ANTIVIRUS"]
    drawn = iter(["REJ_COH"])
    _, objects = ask(sent, known, object_reason=lambda: next(drawn, ""))
    assert told(objects) == [(251, ["REJ_COH"]), (250, [])]


def test_every_answer_follows_the_schema_and_the_rules_but_for_those_of_between_platforms(known):
    sents = (
        f1({"Base_1.xml": regulatory(), "Base_2.xml": regulatory()}), f10(transmission()),
        f10(transmission()), f6(status_file(205)), f13(opened(HERE, "0042", TOMORROW)),
        f1({"Base_1.xml": b""}),
        PortalFlow(name="rien", content=b""),
    )  # fmt: skip
    counter, seen = itertools.count(1), set()
    for sent in sents:
        took = Received(
            name=sent.name, content=sent.content, size=len(sent.content), application=US, at=NOW
        )
        for answer in answers_to(took, known, MOMENT, number=lambda: next(counter)).answers:
            for name, data in unpack(answer.content).items():
                reading = read_status(data)
                assert reading.findings == ()
                assert name == f"{reading.message.document_id}.xml"
                assert len(reading.message.document_id) <= 50
                found = {one.rule for one in check(reading, on=MOMENT.today).fatal}
                assert found <= NOT_BETWEEN_PLATFORMS.keys(), found
                seen |= found
    assert seen == NOT_BETWEEN_PLATFORMS.keys()
