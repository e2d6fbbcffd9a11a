"""What the platform sustains on this machine, and what an invoice costs as the store grows.

Run: ``python benchmarks/load.py [--sizes 10000 100000 1000000] [--seconds 60] [--write]``.

Everything is real and on: a private PostgreSQL that forces its disk, the web server, two workers,
deposits over HTTP (XP Z12-013). An invoice (12 lines, UBL or CII) is done when the buyer's side
holds status 203 and its statuses are back at the seller's: deposited, read, checked by every book,
archived, delivered, checked again, booked on both sides, its flux 1 produced.

At each size (invoices on record; one that is exchanged within the installation is two, the seller's
and the buyer's) two rounds are run: with always forty invoices under way, which gives the rate that
is sustained and what an invoice costs; then at half that rate, which gives the times that people
and programs wait. The store is grown by :mod:`grow`, which says why that is fair.

``--write`` puts the tables into ``docs/explanation/performance.md``. A million takes about 30 GB of
disk, freed at the end (``FACTURIER_BENCH`` names the folder).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import psutil
import psycopg
import requests

import delivery
import grow

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "performance.md"
PAIRS = 16
REAL = 4
"""Real invoices of each pair, of which the rest of the store is made."""
UNDER_WAY = 40
PORT = 8765
BASE = f"http://127.0.0.1:{PORT}"
EMAIL, PASSWORD = "mesure@exemple.fr", "mot de passe de mesure"
BYTES_AN_INVOICE = 30_000
"""In the database, about."""
SPARE = 10e9
"""Bytes of disk that are left to others."""
DONE = """
SELECT f.submitted_at, e.recorded_at FROM documents_flow f
JOIN documents_document i ON i.flow_id = f.id AND i.direction = 'issued'
JOIN portal_portalfile p ON p.document_id = i.id AND p.event_id IS NULL
JOIN documents_transmission t ON t.external_id = f.flow_id::text
JOIN documents_document r ON r.id = t.document_id AND r.direction = 'received'
JOIN documents_event e ON e.document_id = r.id AND e.code = '203'
WHERE f.id > %s AND f.channel = 'api' AND f.tracking_id = %s
"""

PENDING = """
SELECT EXISTS (SELECT FROM documents_flow WHERE state = 'pending')
    OR EXISTS (SELECT FROM documents_message WHERE state = 'pending')
    OR EXISTS (SELECT FROM documents_envelope WHERE taken_at IS NULL)
"""


@dataclass
class Firm:
    """The pairs of dossiers, and the token of the program that deposits for the sellers."""

    pairs: list[tuple[Any, Any]]
    token: str
    made: int = 0

    def next(self) -> tuple[Any, bytes]:
        """Return a seller and an invoice that nobody has seen."""
        self.made += 1
        pair = self.pairs[self.made % len(self.pairs)]
        return pair[0], delivery.bytes_of(pair, f"L{self.made}", self.made)


@dataclass
class Round:
    """What was seen while invoices went through."""

    done: int = 0
    seconds: float = 0
    answers: list[float] = field(default_factory=list)
    delivered: list[float] = field(default_factory=list)
    spent: dict[str, float] = field(default_factory=dict)
    """Processor seconds by kind of process; bytes of journal, its page images, of disk."""

    @property
    def rate(self) -> float:
        """Invoices a second."""
        return self.done / self.seconds

    def each(self, what: str) -> float:
        """Return how much of `what` an invoice took."""
        return self.spent[what] / self.done


def main() -> None:
    """Measure, print, and write when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--seconds", type=int, default=60, help="of each round")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="load-", dir=os.environ.get("FACTURIER_BENCH")))
    os.environ |= {"FACTURIER_VAR": str(folder), "FACTURIER_API_RATE": "0"}
    from facturier.server import commands  # noqa: PLC0415  # settings read the environment

    try:
        with commands.database():
            tables = measured(folder, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("\n".join(tables))
    if options.write:
        write(tables)


def measured(folder: Path, options: argparse.Namespace) -> list[str]:
    """Grow the store size by size and measure at each; return lines of Markdown."""
    from django.conf import settings  # noqa: PLC0415

    load_before = os.getloadavg()[0]
    store = psycopg.connect(
        host=settings.DATABASES["owner"]["HOST"], user="postgres", dbname="facturier",
        autocommit=True,
    )  # fmt: skip
    with processes(options.workers, folder) as running:
        firm = make_firm()
        before = grow.counts(store)
        run(firm, store, running, seconds=0, at_least=PAIRS * REAL)
        tables = grow.growing(store, before, 2 * PAIRS * REAL)
        rows = sum(grow.counts(store)[one.name] for one in tables) / (2 * PAIRS * REAL)
        print(f"{len(tables)} tables, {rows:.0f} rows an invoice on record", flush=True)
        rounds, looks, memory, copies = {}, {}, {}, 0
        for size in options.sizes:
            wanted = size // (2 * PAIRS * REAL)
            must_fit(folder, (wanted - copies) * 2 * PAIRS * REAL)
            began = time.perf_counter()
            grow.grow(store, tables, copies + 1, wanted)
            copies = wanted
            print(f"{size} on record, {time.perf_counter() - began:.0f} s", flush=True)
            run(firm, store, running, seconds=10)
            full = run(firm, store, running, seconds=options.seconds)
            calm = run(firm, store, running, seconds=options.seconds, rate=full.rate / 2)
            rounds[size], looks[size] = (full, calm), look(firm)
            memory[size] = {name: held(pids) for name, pids in running.items()}
            print(size, full.rate, full.spent, looks[size], memory[size], flush=True)
    return report(options, rounds, looks, memory, load_before)


def must_fit(folder: Path, more: int) -> None:
    """Leave the disk to others when there is not enough of it."""
    free = shutil.disk_usage(folder).free
    if free - more * BYTES_AN_INVOICE < SPARE:
        sys.exit(f"{more} more need {more * BYTES_AN_INVOICE / 1e9:.0f} GB, {free / 1e9:.0f} free")


@contextmanager
def processes(workers: int, folder: Path) -> Iterator[dict[str, list[int]]]:
    """Run the web server and the workers; yield their process ids by kind, PostgreSQL's too."""
    from django.conf import settings  # noqa: PLC0415

    program = [sys.executable, "-m", "facturier.cli"]
    with (folder / "log").open("wb") as log:
        web = subprocess.Popen([*program, "serve", "--port", str(PORT)], stdout=log, stderr=log)
        others = [
            subprocess.Popen([*program, "work"], stdout=log, stderr=log) for _ in range(workers)
        ]
        postmaster = int((settings.POSTGRES_DATA / "postmaster.pid").read_text().split()[0])
        try:
            wait_for(f"{BASE}/flow-service/v1/healthcheck")
            yield {
                "web": [web.pid], "workers": [one.pid for one in others],
                "PostgreSQL": [postmaster],
            }  # fmt: skip
        finally:
            for one in (web, *others):
                one.send_signal(signal.SIGTERM)
            for one in (web, *others):
                one.wait(60)


def wait_for(address: str) -> None:
    """Wait until something answers there."""
    for _ in range(600):
        with suppress(requests.RequestException):
            if requests.get(address, timeout=5).ok:
                return
        time.sleep(0.2)
    sys.exit(f"{address} does not answer")


def make_firm() -> Firm:
    """Create the dossiers, a program for the sellers, a person who leads the cabinet."""
    from facturier.server import sight  # noqa: PLC0415
    from facturier.server.api import clients  # noqa: PLC0415
    from facturier.server.firm.models import Membership, Person  # noqa: PLC0415

    delivery.PAIRS = PAIRS
    pairs = delivery.make_firm()
    cabinet, everybody = pairs[0][0].cabinet, [one.pk for pair in pairs for one in pair]
    with sight.of(everybody, [cabinet.pk]):
        program = clients.register(cabinet, [seller for seller, _ in pairs], name="Mesure")
    person = Person.objects.create_user(EMAIL, PASSWORD, name="Claire Mesure")
    with sight.of([], [cabinet.pk]):
        Membership.objects.create(person=person, cabinet=cabinet, role="expert_comptable")
    answer = requests.post(
        f"{BASE}/identity/o/api/token", timeout=30,
        data={"grant_type": "client_credentials", "client_id": program.client_id,
              "client_secret": program.client_secret},
    )  # fmt: skip
    answer.raise_for_status()
    return Firm(pairs, answer.json()["access_token"])


def run(
    firm: Firm,
    store: psycopg.Connection,
    running: dict[str, list[int]],
    *,
    seconds: float,
    at_least: int = 1,
    rate: float = 0,
) -> Round:
    """Deposit for so many seconds, at `rate` or with `UNDER_WAY` under way; wait for the last."""
    name, found = f"round-{time.time_ns()}", Round()
    (last,) = store.execute("SELECT coalesce(max(id), 0) FROM documents_flow").fetchone() or (0,)
    before, began = spent(store, running), time.perf_counter()
    made, session = 0, requests.Session()
    while made < at_least or time.perf_counter() - began < seconds:
        if rate:
            time.sleep(max(0, began + made / rate - time.perf_counter()))
        else:
            while made - len(store.execute(DONE, [last, name]).fetchall()) >= UNDER_WAY:
                time.sleep(0.1)
        found.answers.append(deposit(session, firm, name))
        made += 1
    while (store.execute(PENDING).fetchone() or (0,))[0]:
        time.sleep(0.1)
    rows = store.execute(DONE, [last, name]).fetchall()
    assert len(rows) == made, f"{len(rows)} of {made} arrived"
    found.done = made
    found.seconds = time.perf_counter() - began
    after = spent(store, running)
    found.spent = {what: after[what] - before[what] for what in after}
    found.delivered = [(end - start).total_seconds() for start, end in rows]
    return found


def deposit(session: requests.Session, firm: Firm, name: str) -> float:
    """Deposit one invoice; return the seconds until the answer."""
    seller, data = firm.next()
    info = {"flowSyntax": "UBL" if b"urn:oasis" in data else "CII", "name": "m.xml",
            "trackingId": name}  # fmt: skip
    began = time.perf_counter()
    answer = session.post(
        f"{BASE}/flow-service/v1/flows", timeout=120,
        headers={"Authorization": f"Bearer {firm.token}", "Organization-Id": seller.siren},
        files={"flowInfo": (None, json.dumps(info), "application/json"),
               "file": ("m.xml", data, "application/xml")},
    )  # fmt: skip
    took = time.perf_counter() - began
    assert answer.status_code == HTTPStatus.ACCEPTED, answer.text
    return took


def spent(store: psycopg.Connection, running: dict[str, list[int]]) -> dict[str, float]:
    """Return what was used so far: processor seconds by kind of process, bytes."""
    from django.conf import settings  # noqa: PLC0415

    cpu = {name: sum(map(delivery.spent_by, pids)) for name, pids in running.items()}
    store.execute("SELECT pg_stat_clear_snapshot()")
    wal, images, size = store.execute(
        "SELECT wal_bytes, wal_fpi, pg_database_size(current_database()) FROM pg_stat_wal"
    ).fetchone() or (0, 0, 0)
    files = sum(one.stat().st_size for one in Path(settings.DOCUMENTS).rglob("*") if one.is_file())
    return cpu | {"wal": float(wal), "images": float(images), "size": size, "files": files}


def held(pids: list[int]) -> float:
    """Return the megabytes that processes and their children hold; what they share, shared out."""
    whole = 0
    for pid in pids:
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.Error):
                whole += one.memory_full_info().pss
    return whole / 1e6


# --- what people and the night look at -----------------------------------------------------------


def look(firm: Firm) -> dict[str, float]:
    """Return how many ms pages and nightly jobs take, in this process."""
    from django.test import Client  # noqa: PLC0415
    from django.urls import reverse  # noqa: PLC0415

    seller, client = firm.pairs[0][0], Client()
    said = {"login": EMAIL, "password": PASSWORD}
    assert client.post(reverse("account_login"), said).status_code == HTTPStatus.FOUND
    pages = {
        "Portefeuille": reverse("portfolio"),
        "À traiter (dossier)": reverse("dossier", args=[seller.pk]),
        "Factures émises": reverse("issued", args=[seller.pk]),
        "Factures émises, recherche": reverse("issued", args=[seller.pk]) + "?q=L7",
        "Écritures": reverse("entries", args=[seller.pk]),
        "Administration": reverse("portal", args=[seller.pk]),
        "E-reporting": reverse("declarations", args=[seller.pk]),
        "Échéances": reverse("agenda"),
        "Santé": reverse("cabinet_health", args=[seller.cabinet_id]),
    }

    def get(address: str) -> None:
        answer = client.get(address)
        assert answer.status_code == HTTPStatus.OK, (address, answer.headers)

    times = {name: timed(lambda address=address: get(address)) for name, address in pages.items()}
    for name, where in SEARCHES.items():
        times[name] = timed(lambda where=where: search(firm, where))
    return times | {name: timed(job, times=1) for name, job in nights(seller).items()}


SEARCHES: dict[str, dict[str, Any]] = {
    "Recherche API, première page": {"flowDirection": ["Out"]},
    "Recherche API, depuis maintenant": {"updatedAfter": "now"},
}


def search(firm: Firm, where: dict[str, Any]) -> None:
    """Search the flows of a dossier over HTTP."""
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    asked = {name: now if value == "now" else value for name, value in where.items()}
    answer = requests.post(
        f"{BASE}/flow-service/v1/flows/search", timeout=120, json={"limit": 25, "where": asked},
        headers={"Authorization": f"Bearer {firm.token}",
                 "Organization-Id": firm.pairs[0][0].siren},
    )  # fmt: skip
    assert answer.ok, answer.text


def nights(seller: Any) -> dict[str, Callable[[], Any]]:
    """Return what runs by itself, by name."""
    from facturier.server import sight  # noqa: PLC0415
    from facturier.server.archive import sealing  # noqa: PLC0415
    from facturier.server.completeness import nightly  # noqa: PLC0415

    return {
        "Tour de rattrapage (10 s)": sight.dossiers_with_work,
        "Sceaux (chaque heure)": sealing.seal_all,
        "Dossiers à comparer (nuit)": nightly.due,
        "Exhaustivité d'un dossier (nuit)": lambda: nightly.compare(seller.pk),
    }


def timed(what: Callable[[], Any], times: int = 5) -> float:
    """Return the median ms of doing it, after once for nothing."""
    took = []
    for _ in range(times + (times > 1)):
        began = time.perf_counter()
        what()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took[1:] or took)


# --- words ---------------------------------------------------------------------------------------


def report(
    options: argparse.Namespace,
    rounds: dict[int, tuple[Round, Round]],
    looks: dict[int, dict[str, float]],
    memory: dict[int, dict[str, float]],
    load_before: float,
) -> list[str]:
    """Return the tables as lines of Markdown."""
    sizes = list(rounds)
    when = datetime.now(UTC)
    lines = [
        f"Mesuré le {when:%d/%m/%Y}, {os.cpu_count()} cœurs, charge de la machine avant : "
        f"{load_before:.1f}".replace(".", ",") + f" ; {options.workers} ouvriers, un serveur web, "
        f"{options.seconds} s par mesure.", "",
        "| Factures conservées | " + " | ".join(spaced(size) for size in sizes) + " |",
        "|---|" + "---:|" * len(sizes),
    ]  # fmt: skip

    def row(name: str, value: Callable[[int], float], digits: int = 0) -> None:
        told = [f"{value(size):.{digits}f}".replace(".", ",") for size in sizes]
        lines.append(f"| {name} | " + " | ".join(told) + " |")

    def full(size: int) -> Round:
        return rounds[size][0]

    def calm(size: int) -> Round:
        return rounds[size][1]

    row("factures de bout en bout, par seconde", lambda s: full(s).rate, 1)
    for kind in ("web", "workers", "PostgreSQL"):
        label = {"web": "serveur web", "workers": "ouvriers"}.get(kind, kind)
        row(f"processeur par facture, {label} (ms)", lambda s, k=kind: 1e3 * full(s).each(k))
    row("journal de la base par facture (Ko)", lambda s: full(s).each("wal") / 1e3)
    row("dont images de pages (nombre)", lambda s: full(s).each("images"), 1)
    row("base par facture (Ko)", lambda s: full(s).each("size") / 1e3)
    row("fichiers par facture (Ko)", lambda s: full(s).each("files") / 1e3)
    for percent, told in ((50, "médiane"), (99, "99 %")):
        row(f"réponse au dépôt, à mi-charge, {told} (ms)",
            lambda s, p=percent: 1e3 * part(calm(s).answers, p))  # fmt: skip
        row(f"du dépôt à la remise, à mi-charge, {told} (s)",
            lambda s, p=percent: part(calm(s).delivered, p), 1)  # fmt: skip
    for kind in memory[sizes[0]]:
        row(f"mémoire, {kind} (Mo)", lambda s, k=kind: memory[s][k])
    lines += ["", "| Ce qu'on regarde (ms) | " + " | ".join(map(spaced, sizes)) + " |",
              "|---|" + "---:|" * len(sizes)]  # fmt: skip
    for name in looks[sizes[0]]:
        row(name, lambda s, n=name: looks[s][n])
    return lines


def spaced(number: int) -> str:
    """Write a number as French does."""
    return f"{number:,}".replace(",", " ")


def part(values: list[float], percent: int) -> float:
    """Return the percentile of `values`."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def write(lines: list[str]) -> None:
    """Put the tables between their marks in the page."""
    before, mark, rest = PAGE.read_text("utf-8").partition("<!-- load -->\n")
    _, end, after = rest.partition("<!-- /load -->")
    assert mark
    assert end
    PAGE.write_text(before + mark + "\n".join(lines) + "\n" + end + after, "utf-8")


if __name__ == "__main__":
    main()
