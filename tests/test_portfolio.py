"""Many files at once: every core, in order, whatever a file does to its process. All real."""

import itertools
import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from facturier.cli import main, portfolio
from facturier.cli.portfolio import Lost
from facturier.formats import write
from facturier.rules.examples import example

FACTURIER = [sys.executable, "-m", "facturier.cli", "check"]


def ask(path):
    """Do what the name of the file says, then tell which process did it."""
    match path.suffix:
        case ".kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case ".exit":
            os._exit(3)
        case ".slow":
            time.sleep(60)
        case ".nap":
            time.sleep(0.3)
    return os.getpid()


def answers(names, *, workers=2, seconds=20.0):
    return portfolio.answers(map(Path, names), ask, workers=workers, seconds=seconds)


def test_answers_come_in_order_from_every_worker():
    names = [f"{n}.nap" if n % 40 == 0 else f"{n}.xml" for n in range(100)]
    found = list(answers(names))
    assert [str(path) for path, _ in found] == names
    workers = {pid for _, pid in found}
    assert len(workers) == 2
    assert os.getpid() not in workers


@pytest.mark.parametrize("end", ["kill", "exit"])
def test_a_file_that_kills_its_worker_is_named_and_the_others_go_on(end):
    names = [f"{n}.{end if n in (0, 1, 13, 39) else 'xml'}" for n in range(40)]
    found = list(answers(names))
    assert [str(path) for path, _ in found] == names
    lost = [str(path) for path, said in found if said == Lost(None)]
    assert lost == [name for name in names if name.endswith(end)]
    assert all(isinstance(said, int) for path, said in found if path.suffix == ".xml")


def test_a_file_that_takes_too_long_is_given_up():
    began = time.monotonic()
    found = list(answers(["a.xml", "b.slow", "c.xml", "d.slow", "e.xml"], workers=1, seconds=0.5))
    assert [said == Lost(0.5) for _, said in found] == [False, True, False, True, False]
    assert time.monotonic() - began < 10


def test_no_more_is_taken_than_may_wait(monkeypatch):
    monkeypatch.setattr(portfolio, "AHEAD", 20)
    taken = []
    endless = (taken.append(n) or f"{n}.{'slow' if n == 0 else 'xml'}" for n in itertools.count())
    found = answers(endless, seconds=1.5)
    assert next(found) == (Path("0.slow"), Lost(1.5))
    assert len(taken) <= 2 * 20 + 4 * portfolio.CHUNK
    found.close()


def test_leaving_early_leaves_no_process():
    found = answers((f"{n}.nap" for n in itertools.count()), workers=2)
    pids = {next(found)[1] for _ in range(12)}
    found.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_without_files_there_is_nothing_to_say():
    assert list(answers([], workers=0)) == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Sixty documents in three folders: good in two syntaxes, wrong, cut short."""
    folder = tmp_path_factory.mktemp("portfolio")
    good, wrong = write(example("standard"), "ubl").xml, write(example("standard"), "cii").xml
    kinds = [good, wrong, good.replace(b"<cbc:ID>FA-", b"<cbc:ID>\xc3\xa9 "), good[:900]]
    for number in range(60):
        place = folder / f"dossier-{number % 3}"
        place.mkdir(exist_ok=True)
        (place / f"{number:03}.xml").write_bytes(kinds[number % 4])
    return folder


def test_a_folder_says_the_same_with_one_process_and_with_two(folder):
    one, two = (
        subprocess.run(
            [*FACTURIER, "--recursive", "--json", "--jobs", jobs, folder],
            capture_output=True,
            text=True,
            check=False,
        )
        for jobs in ("1", "2")
    )
    assert one.stdout == two.stdout
    assert one.returncode == two.returncode == 2
    said = [json.loads(line) for line in two.stdout.splitlines()]
    assert [line["file"] for line in said] == sorted(line["file"] for line in said)
    verdicts = [line["verdict"] for line in said]
    assert {one: verdicts.count(one) for one in set(verdicts)} == {
        "valid": 30,
        "invalid": 15,
        "unreadable": 15,
    }
    last = two.stderr.splitlines()[-1]
    assert last.startswith("60 fichiers en ")
    assert last.endswith(" par seconde) : 30 valides, 15 invalides, 15 illisibles")


def test_the_last_line_counts_one_and_none_as_french_does(folder, tmp_path):
    (tmp_path / "une.xml").write_bytes((folder / "dossier-0" / "000.xml").read_bytes())
    done = subprocess.run(
        [*FACTURIER, "--recursive", tmp_path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert done.stderr.startswith("1 fichier en ")
    assert done.stderr.endswith(" : 1 valide, 0 invalide, 0 illisible\n")


def test_a_file_that_never_ends_is_named_and_the_others_are_checked(folder, tmp_path):
    pipe = tmp_path / "sans-fin.xml"
    os.mkfifo(pipe)  # opening it waits for a writer that never comes
    good = folder / "dossier-0" / "000.xml"
    done = subprocess.run(
        [*FACTURIER, "--json", "--time-limit", "4", pipe, good],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert (first["file"], first["verdict"]) == (str(pipe), "unreadable")
    assert "n'a pas abouti en 4 s." in first["findings"][0]["message"]
    assert (second["file"], second["verdict"]) == (str(good), "valid")


def test_a_terminal_sees_how_far_it_is(folder):
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        done = subprocess.run(
            [*FACTURIER, "--recursive", folder],
            stdout=subprocess.DEVNULL,
            stderr=theirs,
            check=False,
        )
        os.close(theirs)
        told = terminal.read(65536).decode()
    assert done.returncode == 2
    assert told.count("\r\x1b[K") >= 60
    assert "60 fichiers en " in told.split("\x1b[K")[-1]


def test_a_folder_that_may_not_be_opened_is_said(tmp_path, monkeypatch, capsys):
    (tmp_path / "clos").mkdir()
    real = os.scandir

    def refusing(path):  # the tests may run as root, whom no mode refuses
        if Path(path).name == "clos":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert main(["check", "--recursive", str(tmp_path)]) == 2
    assert "accès refusé" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["0", "-1", "deux"])
def test_a_number_of_processes_is_one_at_least(wrong, capsys):
    with pytest.raises(SystemExit) as left:
        main(["check", f"--jobs={wrong}", "x.xml"])
    assert left.value.code == 2
    assert "nombre entier" in capsys.readouterr().err
