"""The books of Factur-X: every official id has its place, every finding its French sentence."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from lxml import etree

from facturier.findings import Layer, Severity
from facturier.formats import read, write
from facturier.formats.detect import Container, detect
from facturier.invoice.model import LogisticsCharge, ProcessControl
from facturier.rules import official, syntax
from facturier.rules.check import check, facts_of
from facturier.rules.examples import example
from facturier.rules.explain import explain
from facturier.rules.facturx import EMPTY, NOT_YET, PROFILES, book, judge, named, structure
from facturier.rules.shelves import FACTURX_VERSIONS

BASE = "urn:cen.eu:en16931:2017"


def written(name, profile):
    invoice = example(name)
    process = replace(invoice.process or ProcessControl(), specification=PROFILES[profile])
    return write(replace(invoice, process=process), "cii", complete=False).xml


def changed(xml, old, new):
    text, count = re.subn(old, new, xml.decode(), count=1, flags=re.DOTALL)
    assert count == 1
    return text.encode()


def judged(profile, xml):
    """Return the findings by id, but for the warning about an empty element that CII wants."""
    found = judge(profile, detect(xml)).findings
    return {one.rule: one for one in found if one.severity is Severity.FATAL}


@pytest.mark.parametrize("profile", PROFILES)
def test_every_official_id_is_asked_somewhere(profile):
    wanted = set(official.manifest(f"factur-x-{profile}"))
    asked = {rule.id for rule in book(profile).rules}
    asked |= structure.ids(profile) | set(syntax.checks_of(f"factur-x-{profile}"))
    asked |= set(book(profile).never_fires) | set(named(profile).get(EMPTY, ()))
    assert asked - wanted == {structure.NOT_USED}
    assert wanted - asked == NOT_YET.keys() == set()


@pytest.mark.parametrize("profile", PROFILES)
def test_rules_weigh_what_the_official_file_says(profile):
    manifest = official.manifest(f"factur-x-{profile}")
    for rule in book(profile).rules:
        assert rule.severity == manifest[rule.id].severity, rule.id
        assert rule.layer is Layer.FACTURX
        assert rule.meaning.endswith((".", "…"))
        assert rule.remedy.endswith((".", "…"))
    light = {id_ for id_, one in manifest.items() if one.severity is Severity.WARNING}
    assert structure.ids(profile) & light == set()


@pytest.mark.parametrize("profile", PROFILES)
def test_the_verdict_tells_the_version_of_the_sheet(profile):
    assert FACTURX_VERSIONS[profile] == official.book(f"factur-x-{profile}").version
    assert book(profile).version == FACTURX_VERSIONS[profile]


@pytest.mark.parametrize(
    ("profile", "container", "expected"),
    [
        (PROFILES["minimum"], Container.XML, "factur-x-minimum"),
        (PROFILES["basicwl"], Container.XML, "factur-x-basicwl"),
        (PROFILES["basic"], Container.XML, "factur-x-basic"),
        (PROFILES["extended"], Container.PDF, "factur-x-extended"),
        (BASE, Container.XML, "en16931"),
        (BASE, Container.PDF, "factur-x-en16931"),
    ],
)
def test_profile_and_container_choose_one_book(profile, container, expected):
    xml = written("standard", "en16931").replace(BASE.encode(), profile.encode(), 1)
    reading = read(xml)
    detected = replace(reading.detected, container=container)
    states = {one.id: one.checked for one in check(replace(reading, detected=detected)).books}
    books = {"en16931", "extended-ctc-fr", *(f"factur-x-{one}" for one in PROFILES)}
    assert {one for one in books if states[one]} == {expected}


def test_the_standard_invoice_is_valid_in_the_wide_profiles():
    for profile in ("en16931", "extended"):
        xml = written("standard", profile)
        reading = read(xml)
        assert book(profile).check(facts_of(reading.invoice, reading.detected)) == []
        assert judged(profile, xml) == {}


def test_an_element_that_the_profile_does_not_have_is_told_with_its_place():
    found = judged("minimum", written("standard", "minimum"))[structure.NOT_USED]
    assert found.severity is Severity.FATAL
    assert "n'existe pas" in found.message
    assert "MINIMUM" in found.message
    assert found.path.startswith("/rsm:CrossIndustryInvoice/")
    assert "profil plus large" in found.remedy


def test_what_is_missing_repeated_or_badly_coded_is_told_with_its_id():
    xml = written("standard", "en16931")
    missing = judged("en16931", changed(xml, r"<ram:TypeCode>380</ram:TypeCode>", ""))
    assert any("il manque" in one.message for one in missing.values())
    twice = r"\g<0>\g<0>"
    repeated = judged(
        "en16931", changed(xml, r"<ram:BuyerTradeParty>.*?</ram:BuyerTradeParty>", twice)
    )
    assert "lu 2 fois" in repeated["FX-SCH-A-000028"].message
    coded = judged("en16931", changed(xml, "<ram:CountryID>FR<", "<ram:CountryID>fr<"))
    assert [one.where for one in coded.values()] == ["BT-40"]
    assert "« fr »" in next(iter(coded.values())).message


def test_a_step_takes_an_element_only_where_its_condition_holds():
    xml = written("attachments", "en16931")
    assert judged("en16931", xml) == {}
    other = judged("en16931", changed(xml, "<ram:TypeCode>916<", "<ram:TypeCode>999<"))
    assert structure.NOT_USED in other


def test_the_tree_of_the_document_stays_as_it_was():
    detected = detect(written("attachments", "extended"))
    before = etree.tostring(detected.root)
    judge("extended", detected)
    assert etree.tostring(detected.root) == before


def test_transport_costs_count_in_the_sums_of_extended():
    invoice = read(written("allowances", "extended")).invoice
    charge = invoice.charges[0]
    moved = replace(
        invoice,
        charges=invoice.charges[1:],
        logistics_charges=(
            LogisticsCharge(
                description="Port",
                amount=charge.amount,
                vat_category=charge.vat_category,
                vat_rate=charge.vat_rate,
            ),
        ),
    )
    for profile, expected in (("extended", set()), ("en16931", {"BR-S-08"})):
        reading = read(write(moved, "cii", complete=False).xml)
        found = book(profile).check(facts_of(reading.invoice, reading.detected))
        fatal = {one.rule for one in found if one.severity is Severity.FATAL}
        assert fatal == expected


@pytest.mark.parametrize("profile", PROFILES)
def test_every_official_id_is_explained(profile):
    for id_ in (*official.manifest(f"factur-x-{profile}"), structure.NOT_USED):
        if id_ != EMPTY and id_ not in named(profile).get(EMPTY, ()):
            assert id_ in str(explain(id_))
