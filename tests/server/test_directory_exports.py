"""Exports of the portal's directory: fetched, taken in in order, whatever happens meanwhile."""

import io
import os
import threading
import time
from datetime import date

import pytest
from django.db import connection, connections
from tests.formats.directory_samples import pieces, sample
from tests.network.conftest import SECRETS, Running, free_port

from facturier.errors import NetworkFailure
from facturier.invoice.parties import demo_siren
from facturier.network.concentrator.client import Concentrator
from facturier.reporting.envelope import pack
from facturier.server.directory import imports, lookup, receiving, tasks
from facturier.server.directory.models import Export, Import, LegalUnit, Line, current
from facturier.server.jobs.fault_points import die_at

SIREN = demo_siren(1)
pytestmark = pytest.mark.django_db


def text(lines=6, extent="C", at="20261122050000", previous="20261121050000"):
    said = sample(lines, extent).decode()
    return said.replace("20261122050000", at).replace("20261121050000", previous)


def taken(said):
    return imports.take_in(io.BytesIO(said.encode()))


# --- a bad line


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("<DateDebut>20260901</DateDebut>", "<DateDebut>20269999</DateDebut>", "LigneAnnuaire"),
        ("<Nature>D</Nature>", f"<Nature>{'D' * 9}</Nature>", "« nature » dépasse 1 caractères"),
        (">Fictif n° 2 ", f">{'F' * 401} ", "« name » dépasse 400 caractères"),
        ("<IdInstance>1<", "<IdInstance>-1<", "« instance » n'est pas un numéro"),
        ("<IdInstance>1<", "<IdInstance>un<", "incomplet ou mal écrit"),
    ],
)
def test_a_bad_record_is_left_out_and_told_the_others_are_taken(old, new, words):
    whole = taken(text())
    total = sum(whole.counts["records"].values())
    again = taken(text(at="20261123050000").replace(old, new, 1))
    assert again.set_aside == 1
    [told] = again.counts["set_aside"]["first"]
    assert words in told
    assert sum(again.counts["records"].values()) == total - 1
    assert current(Line).filter(own=False).count() == 6, "what could not be read is not ended"
    assert current(LegalUnit).filter(own=False).count() == 3


def test_many_bad_records_are_counted_and_the_first_named():
    said = text(lines=200).replace("<Nature>D</Nature>", "<Nature></Nature>", 1)
    bad = said.replace("<DateDebut>20260901</DateDebut>", "<DateDebut></DateDebut>")
    done = taken(bad)
    assert done.set_aside == 200
    assert len(done.counts["set_aside"]["first"]) == imports.MOST_NAMED
    assert current(LegalUnit).filter(own=False).count() == 3


def test_memory_does_not_grow_with_the_export(tmp_path, monkeypatch):
    """The peak is that of a batch, whatever the number of lines."""
    monkeypatch.setattr(imports, "AT_ONCE", 250)
    import tracemalloc  # noqa: PLC0415

    peaks = []
    for number, lines in enumerate((500, 5_000)):
        path = tmp_path / f"{lines}.xml"
        at = f"2026112{number + 2}050000"
        with path.open("w") as file:
            file.writelines(
                one.replace("20261122050000", at) for one in pieces(lines, companies=100)
            )
        tracemalloc.start()
        imports.take_in(path)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.5


# --- the portal in memory


class Exports:
    """A portal that has nothing but exports."""

    def __init__(self):
        self.waiting = {}
        self.downloads = 0
        self.is_down = False

    def post(self, name, said):
        self.waiting[f"{name}.tar.gz"] = pack({f"{name}.xml": said.encode()})

    def exports(self):
        if self.is_down:
            raise NetworkFailure("Le portail ne répond pas.", permanent=False, reason="no-answer")
        return list(self.waiting)

    def download(self, name, into):
        self.downloads += 1
        into.write(self.waiting[name])

    def acknowledge(self, names):
        for name in names:
            del self.waiting[name]


@pytest.fixture
def folder(settings, tmp_path):
    settings.VAR = tmp_path
    return tmp_path / "annuaire"


def test_full_then_differentials_in_their_order(folder):
    portal = Exports()
    portal.post("FFE1435A_1", text())
    portal.post("FFE1435A_2", text(8, "D", at="20261123050000", previous="20261122050000"))
    assert receiving.take_exports(portal) == 2
    assert not portal.waiting
    assert [one.extent for one in Import.objects.order_by("produced_at")] == ["C", "D"]
    assert list(folder.iterdir()) == [], "what was taken in leaves the disk"
    assert lookup.line_in_effect(f"{SIREN}_FACTURES", date(2026, 11, 22)).line.platform == "0042"


def test_a_refused_export_blocks_nobody_and_stays_to_be_looked_at(folder):
    portal = Exports()
    portal.post("FFE1435A_1", text(6, "D"))
    portal.post("FFE1435A_2", "ceci n'est pas du XML")
    portal.post("FFE1435A_3", text())
    assert receiving.take_exports(portal) == 1
    assert not portal.waiting
    rows = {one.name[-8]: one for one in Export.objects.all()}
    assert {key: one.state for key, one in rows.items()} == {
        "1": "refused", "2": "refused", "3": "taken",
    }  # fmt: skip
    assert "ne suit pas" in rows["1"].why
    assert "abîmé" in rows["2"].why
    assert sorted(one.name for one in folder.iterdir()) == [
        "FFE1435A_1.tar.gz", "FFE1435A_2.tar.gz",
    ]  # fmt: skip


def test_the_same_export_again_is_acknowledged_and_nothing_else(folder):
    portal = Exports()
    portal.post("FFE1435A_1", text())
    receiving.take_exports(portal)
    portal.post("FFE1435A_1", text())
    assert receiving.take_exports(portal) == 1
    assert portal.downloads == 1
    assert Import.objects.count() == 1
    assert folder.exists()


def test_an_export_at_which_processes_die_is_put_aside(folder, monkeypatch):
    portal = Exports()
    portal.post("FFE1435A_1", text())

    def killed(_path):
        raise MemoryError

    monkeypatch.setattr(receiving, "take_in", killed)
    for _ in range(receiving.MOST_ATTEMPTS):
        with pytest.raises(MemoryError):
            receiving.take_exports(portal)
    assert portal.downloads == 1, "the file on the disk is taken up again"
    assert receiving.take_exports(portal) == 0
    assert "interrompu" in Export.objects.get().why
    assert folder.exists()


def test_a_half_fetched_file_is_fetched_again(folder):
    folder.mkdir()
    (folder / "FFE1435A_1.tar.gz.part").write_bytes(b"\x1f\x8b")
    portal = Exports()
    portal.post("FFE1435A_1", text())
    assert receiving.take_exports(portal) == 1


def test_the_job(folder, monkeypatch):
    portal = Exports()
    monkeypatch.setattr(tasks, "portal", lambda: None)
    tasks.receive_exports(timestamp=0)
    monkeypatch.setattr(tasks, "portal", lambda: portal)
    portal.post("FFE1435A_1", text())
    portal.is_down = True
    tasks.receive_exports(timestamp=0)
    assert not Export.objects.exists()
    portal.is_down = False
    tasks.receive_exports(timestamp=0)
    assert Export.objects.get().taken == Import.objects.get()
    assert folder.exists()


# --- the concentrator as a process


@pytest.fixture(scope="module")
def concentrator(tmp_path_factory):
    running = Running(tmp_path_factory.mktemp("concentrateur-f14"), free_port())
    running.start()
    yield running
    running.kill()


@pytest.fixture
def portal(concentrator):
    return Concentrator(concentrator.url, "AAA123", SECRETS["AAA123"])


def died_at(point):
    """Receive in a process that is killed at `point`; return whether it was."""
    connections.close_all()
    child = os.fork()
    if not child:
        try:
            die_at(point, 1)
            receiving.take_exports(_portal_of_child)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


_portal_of_child = None


@pytest.mark.django_db(transaction=True)
def test_killed_at_any_step_it_is_taken_up_again(concentrator, portal, folder):
    global _portal_of_child  # noqa: PLW0603 - a forked child finds it there
    _portal_of_child = portal
    concentrator.ask("POST", "/simulation/directory", data=sample(60))
    for number, point in enumerate(("export-fetched", "directory-copied", "export-taken"), 1):
        if number > 1:
            more = sample(60 + number * 30)
            concentrator.ask("POST", "/simulation/directory", data=more)
        assert concentrator.ask("POST", "/simulation/export", json={"extent": "D"}).ok
        assert portal.answers() == [], "an export is no answer"
        assert len(portal.exports()) == 1
        assert died_at(point)
        assert len(portal.exports()) == 1, "the portal keeps it until it is safe"
        assert Import.objects.count() == number - (point != "export-taken")
        assert receiving.take_exports(portal) == 1
        assert portal.exports() == []
    assert Import.objects.count() == 3
    assert current(Line).filter(own=False).exists()
    assert list(folder.iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_take_it_once(concentrator, portal, folder):
    Import.objects.all().delete()
    Export.objects.all().delete()
    concentrator.ask("POST", "/simulation/directory", data=sample(30))
    assert concentrator.ask("POST", "/simulation/export", json={"extent": "C"}).ok
    start, done = threading.Barrier(2), []

    def worker():
        start.wait()
        done.append(receiving.take_exports(portal))
        connection.close()

    threads = [threading.Thread(target=worker) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    deadline = time.monotonic() + 10
    while sum(done) < 1 and time.monotonic() < deadline:
        done.append(receiving.take_exports(portal))
    assert sum(done) == 1
    assert Import.objects.count() == 1
    assert folder.exists()
