"""The directory: own lines published, exports taken in with their history, one answer for all."""

import io
from datetime import date, timedelta

import pytest
from tests.formats.directory_samples import sample

from facturier.errors import BadUsage
from facturier.invoice.parties import demo_siren
from facturier.server.directory import imports, lookup
from facturier.server.directory.models import (
    Facility,
    Import,
    LegalUnit,
    Line,
    Platform,
    RoutingCode,
    current,
)
from facturier.server.documents.models import Document
from facturier.server.firm.models import Dossier

pytestmark = pytest.mark.django_db
SIREN = demo_siren(1)
ADDRESS = f"{SIREN}_FACTURES"
DAY = date(2026, 11, 22)


def taken_in(data=None, *, at="20261122050000", previous=None, extent="C", lines=6):
    text = (data or sample(lines, extent)).decode()
    text = text.replace("20261122050000", at)
    if previous:
        text = text.replace("20261121050000", previous)
    return imports.take_in(io.BytesIO(text.encode()))


# --- own lines


def test_a_dossier_is_published_at_once(office):
    found = lookup.line_in_effect(office.bakery.electronic_address)
    assert found.line.own
    assert found.dossier == office.bakery.pk
    assert found.line.start == lookup.today()
    assert "vers cette plateforme" in found.why
    assert found.warnings == ()
    unit = current(LegalUnit).get(siren=office.bakery.siren)
    assert unit.name == "Boulangerie Simulée"


def test_an_address_that_changes_leaves_its_history(office):
    old, new = office.bakery.electronic_address, f"{office.bakery.siren}_COMPTA"
    office.bakery.electronic_address = new
    office.bakery.save()
    assert lookup.line_in_effect(new).dossier == office.bakery.pk
    gone = lookup.line_in_effect(old)
    assert gone.line is None
    assert "a cessé" in gone.why
    versions = Line.objects.filter(about=old).order_by("pk")
    assert [(one.replaced_at is None, one.end) for one in versions] == [
        (False, None), (True, lookup.today()),
    ]  # fmt: skip
    office.bakery.electronic_address = old
    office.bakery.save()
    assert lookup.line_in_effect(old).dossier == office.bakery.pk
    assert lookup.line_in_effect(new).line is None


@pytest.mark.parametrize(
    ("rest", "parts"),
    [
        ("", ("", "", "")), ("_COMPTA", ("", "", "COMPTA")), ("_A_B", ("", "", "A_B")),
        ("_{siren}00013", ("{siren}00013", "", "")),
        ("_{siren}00013_ACHATS", ("{siren}00013", "ACHATS", "")),
    ],
)  # fmt: skip
def test_the_parts_of_an_own_address_are_those_the_engine_reads(office, rest, parts):
    siren = demo_siren(9100)
    Dossier.objects.create(
        cabinet=office.cabinet, name="Nouveau", siren=siren, siret=f"{siren}00013",
        electronic_address=siren + rest.format(siren=siren),
    )  # fmt: skip
    line = lookup.line_in_effect(siren + rest.format(siren=siren)).line
    said = tuple(one.format(siren=siren) for one in parts)
    assert (line.siren, line.siret, line.routing, line.suffix) == (siren, *said)
    read = line.as_line().address
    assert read.parsed(line.identifier).identifier == read.identifier == line.identifier
    assert current(Facility).get(siret=f"{siren}00013").siren == siren


# --- exports


def test_a_full_export(office):
    done = taken_in()
    assert done.counts["records"] == {
        "legalunit": 3, "facility": 3, "routingcode": 3, "platform": 1, "line": 6,
    }  # fmt: skip
    assert current(Facility).get(siret=f"{SIREN}00013").public["works_manager"] is True
    assert current(RoutingCode).filter(routing="ACHATS").count() == 3
    assert Platform.objects.get().trade_name == "Fictive"
    found = lookup.line_in_effect(ADDRESS.lower(), DAY)
    assert (found.line.identifier, found.line.platform, found.dossier) == (ADDRESS, "0042", None)
    assert "depuis le 01/09/2026, vers la plateforme 0042 (Fictive)" in found.why
    assert lookup.line_in_effect(office.bakery.electronic_address).line.own, "own lines stay"


def test_the_same_again_changes_nothing():
    taken_in()
    done = taken_in(at="20261123050000")
    assert set(done.counts["new"].values()) == {0}
    assert Line.objects.filter(own=False).count() == 6


def test_what_a_full_export_no_longer_holds_is_kept_as_history():
    taken_in()
    taken_in(at="20261123050000", lines=2)
    assert current(Line).filter(own=False).count() == 2
    assert Line.objects.filter(own=False).exclude(replaced_at=None).count() == 4


def test_a_differential_adds_and_replaces_and_leaves_the_rest():
    taken_in()
    text = sample(1, "D").decode().replace("<DateFin>", "<DateFin>")
    text = text.replace(
        "<DateDebut>20260901</DateDebut>",
        "<DateDebut>20260901</DateDebut><DateFin>20261201</DateFin>",
    )
    done = taken_in(text.encode(), at="20261123050000", previous="20261122050000", extent="D")
    assert done.counts["new"]["line"] == 1
    assert current(Line).filter(own=False).count() == 6
    changed = Line.objects.filter(about=demo_siren(0), own=False)
    assert changed.filter(replaced_at=None).get().end == date(2026, 12, 1)
    assert changed.exclude(replaced_at=None).exists()
    found = lookup.line_in_effect(demo_siren(0), DAY)
    assert found.warnings == ("Cette ligne cesse le 01/12/2026.",)
    after = lookup.line_in_effect(demo_siren(0), date(2026, 12, 1))
    assert (after.line, after.why) == (None, f"La ligne « {demo_siren(0)} » a cessé le 01/12/2026.")


def test_exports_come_in_their_order():
    with pytest.raises(BadUsage, match="différentiel"):
        taken_in(extent="D")
    taken_in()
    for wrong in ({"at": "20261122050000"}, {"at": "20261101000000"}):
        with pytest.raises(BadUsage, match="plus récent"):
            taken_in(**wrong)
    with pytest.raises(BadUsage, match="différentiel"):
        taken_in(extent="D", at="20261124050000", previous="20261123050000")
    assert Import.objects.count() == 1


def test_a_broken_export_changes_nothing():
    from facturier.errors import UnreadableDocument  # noqa: PLC0415

    taken_in()
    with pytest.raises(UnreadableDocument):
        taken_in(sample(4)[:-200], at="20261123050000")
    assert current(Line).filter(own=False).count() == 6


def test_the_command(tmp_path, monkeypatch, capsys, office):  # noqa: ARG001
    from contextlib import nullcontext  # noqa: PLC0415

    from facturier.cli import main  # noqa: PLC0415
    from facturier.server import commands  # noqa: PLC0415

    monkeypatch.setattr(commands, "database", nullcontext)  # the one of the test is there
    export = tmp_path / "annuaire.xml"
    export.write_bytes(sample(6))
    assert main(["directory", "import", str(export)]) == 0
    assert "6 lignes d'annuaire, dont 6 nouveaux ou changés" in capsys.readouterr().out
    assert main(["directory", "import", str(export)]) == 2
    assert "plus récent" in capsys.readouterr().err
    assert main(["directory", "import", str(tmp_path / "absent.xml")]) == 2
    assert main(["directory", str(export), str(export)]) == 2
    assert main(["directory", str(export)]) == 0


# --- why


def test_why_there_is_no_line():
    taken_in()
    unknown = lookup.line_in_effect(f"{SIREN}_ACHATS", DAY)
    assert "n'est pas dans l'annuaire" in unknown.why
    assert unknown.warnings == (f"Adresses de la même entreprise : {SIREN}, {ADDRESS}.",) or (
        SIREN in unknown.warnings[0]
    )
    early = lookup.line_in_effect(ADDRESS, date(2026, 8, 31))
    assert early.why.endswith("ne prend effet que le 01/09/2026.")
    assert lookup.line_in_effect("", DAY).line is None


def test_a_masked_line_is_said_masked():
    taken_in()
    line = current(Line).get(about=ADDRESS.lower())
    line.pk, line.nature, line.key = None, "M", f"{line.about}|{line.start}|M"
    line.save()
    found = lookup.line_in_effect(ADDRESS, DAY)
    assert (found.line, "masquée" in found.why) == (None, True)


def test_what_comes_is_told():
    taken_in()
    line = current(Line).get(about=ADDRESS.lower())
    coming = DAY + timedelta(days=30)
    line.pk, line.start, line.key, line.platform = None, coming, f"{line.about}|x", "0043"
    line.save()
    found = lookup.line_in_effect(ADDRESS, DAY)
    assert found.line.platform == "0042"
    assert found.warnings == ("À partir du 22/12/2026 : la plateforme 0043.",)


# --- routing asks the same


def test_an_address_that_the_portal_gives_to_another_platform_is_not_delivered_here(
    office, deposited, everybody_works
):
    deposited("F-1")
    line = Line.objects.get(about=office.florist.electronic_address)
    line.pk, line.own, line.platform, line.key = None, False, "0042", f"{line.about}|x|D"
    line.save()
    found = lookup.line_in_effect(office.florist.electronic_address)
    assert (found.line.platform, found.dossier) == ("0042", None)
    everybody_works()
    assert not Document.objects.filter(direction="received").exists()
    Line.objects.filter(pk=line.pk).update(platform="9999")
    assert lookup.line_in_effect(office.florist.electronic_address).dossier == office.florist.pk
    deposited("F-2")
    everybody_works()
    assert Document.objects.get(direction="received").number == "F-2"
