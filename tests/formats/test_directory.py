"""The directory: flux 14 as a stream, flux 13 both ways, the line in effect, what is refused."""

import io
import subprocess
import sys
import tarfile
from dataclasses import replace
from datetime import date, datetime
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.formats.directory_samples import pieces, sample

from facturier.errors import MalformedDocument, UnknownFormat, UnsafeDocument
from facturier.formats import detect
from facturier.formats.codecs import PARIS
from facturier.formats.detect import Syntax
from facturier.formats.directory import (
    Address,
    Establishment,
    Extent,
    LegalUnit,
    Line,
    Nature,
    Platform,
    PostalAddress,
    RoutingCode,
    Update,
    ended,
    line_in_effect,
    masked,
    merged,
    opened,
)
from facturier.formats.directory_files import opened_directory, read_update, write_update
from facturier.invoice.parties import demo_siren
from facturier.rules.france.directory import check_update

TODAY = date(2026, 11, 22)
SIREN = demo_siren(0)
HERE = Address(siren=SIREN, suffix="FACTURES")
PLATFORM = "0042"


def read_all(data):
    with opened_directory(io.BytesIO(data)) as directory:
        return directory.header, list(directory.records())


@cache
def schema(path):
    return etree.XMLSchema(etree.parse(path))


def xsd(shared, name):
    return schema(str(shared / "official/dgfip-v3.2/xsd/annuaire" / name))


# --- flux 14 ---


def test_a_full_export_is_read_record_by_record():
    header, records = read_all(sample())
    assert header.extent == Extent.FULL
    assert header.produced_at == datetime(2026, 11, 22, 5, tzinfo=PARIS)
    assert header.previous_at is None
    kinds = [type(record) for record in records]
    assert [kinds.count(k) for k in (LegalUnit, Establishment, RoutingCode, Platform, Line)] == [
        3,
        3,
        3,
        1,
        6,
    ]
    assert records[0].name == "Fictif n° 0 & fils"
    place = records[3]
    assert place.postal_address == PostalAddress(
        lines=("1 rue Haute",), city="Lyon", post_code="69001", country="FR"
    )
    assert (place.public.engagement, place.public.service, place.public.works_manager) == (
        True,
        False,
        True,
    )
    assert (records[6].routing, records[6].engagement) == ("ACHATS", False)
    assert (records[9].number, records[9].registered) == (PLATFORM, date(2026, 1, 1))
    line = records[11]
    assert line.address == Address(siren=demo_siren(1), routing_scheme="", suffix="FACTURES")
    assert line.stated == line.address.identifier == f"{demo_siren(1)}_FACTURES"
    assert (line.start, line.end, line.presence) == (date(2026, 9, 1), None, "C")
    assert records[12].end == date(2028, 1, 1)


def test_a_differential_says_since_when():
    header, records = read_all(sample(extent="D"))
    assert header.extent == Extent.DIFFERENTIAL
    assert header.previous_at == datetime(2026, 11, 21, 5, tzinfo=PARIS)
    assert {r.presence for r in records if isinstance(r, Line)} == {"N"}


@pytest.mark.parametrize("extent", ["C", "D"])
def test_the_samples_follow_the_official_schema(shared, extent):
    found = xsd(shared, "consultation/Annuaire_Consultation_F14.xsd")
    assert found.validate(etree.fromstring(sample(extent=extent))), found.error_log


def test_an_export_may_come_in_its_archive(tmp_path):
    path = tmp_path / "FFE1435A_AAA123_AAA1230143000000000000001.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo("annuaire.xml")
        info.size = len(sample())
        archive.addfile(info, io.BytesIO(sample()))
    with opened_directory(path) as directory:
        assert len(list(directory.records())) == 16
    empty = tmp_path / "vide.tar.gz"
    with tarfile.open(empty, "w:gz"):
        pass
    with pytest.raises(UnknownFormat), opened_directory(empty):
        pass


@pytest.mark.parametrize(
    ("before", "after", "error"),
    [
        ("<AnnuaireConsultationF14>", "<!DOCTYPE a><AnnuaireConsultationF14>", UnsafeDocument),
        ("AnnuaireConsultationF14>", "AnnuaireConsultationF15>", UnknownFormat),
        ("<TypeFlux>C</TypeFlux>", "", MalformedDocument),
        ("<DateDebut>20260901</DateDebut>", "", MalformedDocument),
        ("20260901", "20261301", MalformedDocument),
        ("</BlocLignesAnnuaire>", "", MalformedDocument),
        ("<InfoAdressage>", "<Autre>", MalformedDocument),
        ("<IdInstance>0<", "<IdInstance>zéro<", MalformedDocument),
    ],
)
def test_a_broken_export_is_refused_with_a_reason(before, after, error):
    data = sample().decode()
    assert before in data
    with pytest.raises(error) as refused:
        read_all(data.replace(before, after).encode())
    assert refused.value.remedy


def test_what_is_no_record_does_not_pile_up():
    data = sample(0).decode()
    stuffed = data.replace("<BlocUnitesLegales>", "<X/>" * 400_000 + "<BlocUnitesLegales>", 1)
    with pytest.raises(UnsafeDocument, match="masse"):
        read_all(stuffed.encode())


def test_an_entity_is_never_expanded():
    data = sample().decode().replace("Siège", "&bombe;")
    with pytest.raises(MalformedDocument):
        read_all(data.encode())


MEASURED = """
import pathlib, sys, time

from facturier.formats.directory_files import opened_directory
begun, count = time.perf_counter(), 0
with opened_directory(pathlib.Path(sys.argv[1])) as directory:
    for record in directory.records():
        count += 1
peak = pathlib.Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]
print(count, time.perf_counter() - begun, int(peak) // 1024)
"""


@pytest.mark.slow
def test_an_export_of_300_megabytes_is_read_in_less_than_100(tmp_path, record_property):
    path, lines = tmp_path / "annuaire.xml", 750_000
    with path.open("w", encoding="utf-8") as file:
        file.writelines(pieces(lines, companies=90_000))
    assert path.stat().st_size > 300_000_000
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(path)], capture_output=True, text=True, check=True
    )
    count, seconds, megabytes = done.stdout.split()
    record_property("records a second", int(int(count) / float(seconds)))
    assert int(count) == lines + 3 * 90_000 + 1
    assert int(megabytes) < 100


# --- flux 13 ---

DEMANDS = Update(
    routing_codes=(
        RoutingCode(
            siret=f"{SIREN}00013",
            routing="ACHATS-1",
            name="Achats & services",
            postal_address=PostalAddress(
                lines=("1 rue Haute", "Bâtiment B"), city="Lyon", post_code="69001", country="FR"
            ),
        ),
    ),
    lines=(
        opened(HERE, PLATFORM, date(2026, 12, 1), date(2027, 12, 1)),
        opened(Address(siren=SIREN, siret=f"{SIREN}00013"), PLATFORM, date(2026, 12, 1)),
        opened(
            Address(siren=SIREN, siret=f"{SIREN}00013", routing="ACHATS-1"),
            PLATFORM,
            date(2026, 12, 1),
        ),
        masked(opened(Address(siren=SIREN), PLATFORM, date(2027, 1, 1))),
    ),
)


def test_an_update_follows_the_schema_and_reads_back(shared):
    xml = write_update(DEMANDS)
    found = xsd(shared, "actualisation/Annuaire_Actualisation_F12-F13.xsd")
    assert found.validate(etree.fromstring(xml)), found.error_log
    detected = detect(xml)
    assert detected.syntax is Syntax.F13
    assert without_schemes(read_update(detected.root)) == without_schemes(DEMANDS)


def without_schemes(update):
    """An address without routing code has no scheme of one in a file."""
    lines = tuple(
        replace(line, address=replace(line.address, routing_scheme="")) for line in update.lines
    )
    return replace(update, lines=lines)


TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=1, max_size=20)


@given(
    st.lists(
        st.builds(
            opened,
            st.builds(Address, siren=st.just(SIREN), suffix=TEXT),
            st.just(PLATFORM),
            st.dates(date(2000, 1, 1), date(2099, 12, 31)),
            st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31)),
        ),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=40, deadline=None)
def test_whatever_is_written_reads_back(lines):
    update = Update(lines=tuple(lines))
    again = read_update(etree.fromstring(write_update(update)))
    assert without_schemes(again) == without_schemes(update)


def test_an_empty_update_is_an_empty_file():
    assert read_update(etree.fromstring(write_update(Update()))) == Update()
    with pytest.raises(UnknownFormat):
        read_update(etree.fromstring(b"<Report/>"))
    broken = b"<AnnuaireActualisation><BlocLignesAnnuaire><LigneAnnuaire/></BlocLignesAnnuaire>"
    with pytest.raises(MalformedDocument):
        read_update(etree.fromstring(broken + b"</AnnuaireActualisation>"))


# --- addresses, the line in effect ---


@pytest.mark.parametrize(
    ("identifier", "parts"),
    [
        (SIREN, (SIREN, "", "", "")),
        (f"{SIREN}_{SIREN}00013", (SIREN, f"{SIREN}00013", "", "")),
        (f"{SIREN}_{SIREN}00013_ACHATS_2", (SIREN, f"{SIREN}00013", "ACHATS_2", "")),
        (f"{SIREN}_COMPTA", (SIREN, "", "", "COMPTA")),
        (f"{SIREN}_12345678901234", (SIREN, "", "", "12345678901234")),
    ],
)
def test_an_identifier_is_read_as_its_parts(identifier, parts):
    found = Address.parsed(identifier)
    assert (found.siren, found.siret, found.routing, found.suffix) == parts
    assert found.identifier == identifier


def test_what_begins_with_no_siren_is_no_address():
    with pytest.raises(ValueError, match="COMPTA"):
        Address.parsed("COMPTA")


def test_a_line_holds_its_first_day_and_not_its_last():
    line = opened(HERE, PLATFORM, date(2026, 12, 1), date(2027, 1, 1))
    found = [
        line_in_effect([line], HERE.identifier, day)
        for day in (date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 31), date(2027, 1, 1))
    ]
    assert found == [None, line, line, None]


def test_what_the_portal_ended_is_ended():
    line = replace(
        opened(HERE, PLATFORM, date(2026, 9, 1), date(2028, 1, 1)),
        effective_end=date(2026, 11, 1),
    )
    assert line.until == date(2026, 11, 1)
    assert line_in_effect([line], HERE.identifier, TODAY) is None


def test_a_masked_line_has_no_effect():
    line = opened(HERE, PLATFORM, date(2026, 12, 1))
    day = date(2027, 1, 1)
    assert line_in_effect([line], HERE.identifier, day) == line
    assert line_in_effect([line, masked(line)], HERE.identifier, day) is None
    assert masked(line).nature == Nature.MASKING


def test_nothing_falls_back_to_the_siren_and_case_does_not_count():
    line = opened(Address(siren=SIREN), PLATFORM, date(2026, 9, 1))
    assert line_in_effect([line], f"{SIREN}_COMPTA", TODAY) is None
    own = opened(Address(siren=SIREN, suffix="Compta"), PLATFORM, date(2026, 9, 1))
    assert line_in_effect([line, own], f"{SIREN}_COMPTA", TODAY) == own


def test_of_two_lines_the_later_one_counts():
    first = opened(HERE, "0001", date(2026, 9, 1))
    second = opened(HERE, PLATFORM, date(2026, 10, 1))
    assert line_in_effect([second, first], HERE.identifier, TODAY) == second


def test_a_differential_replaces_and_adds():
    old = opened(HERE, PLATFORM, date(2026, 9, 1))
    new = ended(old, date(2026, 12, 1))
    other = opened(Address(siren=SIREN), PLATFORM, date(2026, 12, 1))
    assert list(merged([old], [new, other])) == [new, other]


# --- what the portal refuses ---

TOMORROW = date(2026, 11, 23)
IN_EFFECT = opened(HERE, PLATFORM, date(2026, 9, 1))


def codes(*lines, known=(), platforms=None, routing_codes=()):
    update = Update(lines=lines, routing_codes=routing_codes)
    return [found.rule for found in check_update(update, TODAY, known, platforms)]


def at(**parts):
    return opened(Address(**{"siren": SIREN} | parts), PLATFORM, TOMORROW)


def test_a_good_update_is_accepted():
    new = DEMANDS.lines[-1]
    known = [replace(new, nature=Nature.DEFINITION)]
    found = check_update(DEMANDS, TODAY, known, {PLATFORM})
    assert found == ()


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (at(siren="12345678"), "G1.89"),
        (at(siret="123"), "G2.07"),
        (at(siret="99999999900013"), "G1.80"),
        (at(siret=f"{SIREN}00013", routing="A", routing_scheme="0009"), "G1.83"),
        (at(siret=f"{SIREN}00013", routing="A.B"), "G1.95"),
        (at(routing="ACHATS"), "G1.91"),
        (at(siret=f"{SIREN}00013", suffix="A"), "G1.93"),
        (at(suffix="é"), "G1.115"),
        (opened(HERE, "9998", TOMORROW), "G1.112"),
        (opened(HERE, "0007", TOMORROW), "G1.94"),
        (opened(HERE, PLATFORM, TODAY), "G1.87"),
        (opened(HERE, PLATFORM, date(2100, 1, 1)), "G1.36"),
        (opened(HERE, PLATFORM, date(2027, 1, 1), TODAY), "G1.88"),
        (opened(HERE, PLATFORM, date(2027, 1, 1), date(2027, 1, 1)), "G1.113"),
        (masked(opened(HERE, PLATFORM, TODAY)), "G1.85"),
        (masked(opened(HERE, PLATFORM, TOMORROW)), "G1.84"),
    ],
)
def test_each_rule_of_the_directory_is_seen(line, rule):
    found = codes(line, platforms={PLATFORM})
    assert rule in found
    assert rule not in codes(at(), platforms={PLATFORM})


def test_a_line_in_effect_may_only_be_ended():
    assert codes(ended(IN_EFFECT, TOMORROW), known=[IN_EFFECT]) == []
    assert codes(ended(replace(IN_EFFECT, platform="0001"), TOMORROW), known=[IN_EFFECT]) == [
        "G1.87"
    ]


def test_lines_of_one_address_do_not_overlap_but_the_order_of_the_file_counts():
    new = opened(HERE, "0001", date(2026, 12, 1))
    end = ended(IN_EFFECT, date(2026, 12, 1))
    assert codes(new, known=[IN_EFFECT]) == ["G1.86"]
    assert codes(end, new, known=[IN_EFFECT]) == []
    assert codes(new, end, known=[IN_EFFECT]) == ["G1.86"]


def test_a_masked_line_leaves_its_place():
    later = opened(HERE, PLATFORM, date(2027, 1, 1))
    new = opened(HERE, "0001", date(2027, 6, 1))
    assert codes(new, known=[later]) == ["G1.86"]
    assert codes(masked(later), new, known=[later]) == []


def test_routing_codes_are_judged_too():
    code = DEMANDS.routing_codes[0]
    bad = replace(code, siret="1", routing_scheme="", postal_address=PostalAddress(country="EL"))
    assert codes(routing_codes=(code,)) == []
    assert codes(routing_codes=(bad,)) == ["G2.07", "G1.83", "G2.01"]


def test_without_the_directory_what_a_line_repeats_is_not_judged():
    update = Update(lines=(masked(opened(HERE, PLATFORM, TOMORROW)), ended(IN_EFFECT, TOMORROW)))
    assert check_update(update, TODAY) == ()
