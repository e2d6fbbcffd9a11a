"""Chaos: two installations and the concentrator, killed, cut off and misled; then all is counted.

Run: ``make chaos`` or ``python -m tests.acceptance.chaos [--minutes 10] [--invoices 2000]
[--seed N]``. Real processes, real databases; each company's books are on one installation and its
platform is the other, by XP Z12-013. What goes wrong is drawn from the seed: which process dies
when, what each line does, what the parties say. (When a request meets a fault depends on the
machine too: a seed gives the same plan, not the same instant.)

At the end nothing goes wrong any more; what waits is asked again at once, as an operator would; and
it must come to: 0 lost, 0 double, the same statuses on both sides, every archive intact.
"""

# ruff: noqa: T201 - a program that reports
from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil
import psycopg
from tests.acceptance import chaos_count
from tests.acceptance.chaos_line import line_to
from tests.acceptance.firm_for_chaos import siren
from tests.acceptance.installation import (
    ROOT,
    Running,
    environment_of,
    free_port,
    run,
    wait_for,
)
from tests.server.invoices import ubl

from facturier.errors import NetworkFailure
from facturier.network.afnor.client import Client
from facturier.network.afnor.wire import Access, Wire
from facturier.server.postgres import DATABASE, PrivatePostgres

APPLICATIONS = ("AAA123", "BBB123")
SECRETS = ("secret-a", "secret-b")
PLATFORMS = ("0042", "0043")
STORE_MEGABYTES = 1024
PARTIES = 4
"""Programs that deposit at the same time."""


@dataclass
class Installation:
    """One of the two: its processes, its data, its line, and how to harm it."""

    number: int
    var: Path
    environment: dict[str, str]
    postgres: PrivatePostgres
    port: int
    line: object = None
    processes: dict[str, Running] = field(default_factory=dict)
    accesses: dict[str, dict] = field(default_factory=dict)
    has_own_disk: bool = False

    @property
    def name(self):
        return "AB"[self.number]

    def ask(self, question, *values):
        """Return the rows that the database gives, whatever row-level security hides."""
        with psycopg.connect(
            host=str(self.postgres.socket), user="postgres", dbname=DATABASE, autocommit=True
        ) as asked:
            done = asked.execute(question, values)
            return done.fetchall() if done.description else []

    def set_clock(self, seconds):
        """Let the clock of the installation's machine be wrong by `seconds`."""
        draft = self.var / "clock.new"
        draft.write_text(str(seconds))
        draft.replace(self.var / "clock")

    def fill_disk(self):
        """Leave no room for the stored bytes; whether there was a disk to fill."""
        if self.has_own_disk:
            used = psutil.disk_usage(str(self.var / "documents")).used
            self._size(f"{max(used, 4096) // 1024}k")
        return self.has_own_disk

    def free_disk(self):
        """Give the room back."""
        if self.has_own_disk:
            self._size(f"{STORE_MEGABYTES}m")

    def _size(self, size):
        folder = str(self.var / "documents")
        subprocess.run(["mount", "-o", f"remount,size={size}", folder], check=True)

    def restart_database(self):
        """SIGKILL the postmaster, then start it, unless somebody else was faster."""
        with suppress(OSError, psutil.Error):
            pid = int((self.postgres.data / "postmaster.pid").read_text().split()[0])
            psutil.Process(pid).kill()
        time.sleep(1)
        self.start_database()

    def start_database(self):
        with self.postgres._alone():
            if not self.postgres.is_running():
                self.postgres._start()

    def client(self, who):
        """Return a program of the company `who`."""
        access = self.accesses[who]
        return Client(self.wire(access))

    def wire(self, access):
        return Wire(
            Access(
                address=self.line.address, token_url=f"{self.line.address}/identity/o/api/token",
                client_id=access["client_id"], client_secret=access["client_secret"], local=True,
            )
        )  # fmt: skip


@contextmanager
def own_disk(folder):
    """Give the stored bytes a small disk of their own, where this user may; else say so."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={STORE_MEGABYTES}m", "chaos", str(folder)],
        capture_output=True, check=False,
    ).returncode == 0  # fmt: skip
    if not mounted:
        print("Ce compte ne peut pas monter de disque : le disque plein n'est pas essayé.")
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=False)


@contextmanager
def concentrator(folder, log):
    """Hold the concentrator; yields its process and its address."""
    port = free_port()
    declared = [
        f"--application={code}:{secret}:{platform}"
        for code, secret, platform in zip(APPLICATIONS, SECRETS, PLATFORMS, strict=True)
    ]
    process = Running(
        environment_of(folder), log, "concentrator", "--port", str(port), "--folder", str(folder),
        *declared,
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(address, process.process)
        yield process, address
    finally:
        process.kill()


@contextmanager
def installed(number, folder, portal, options):
    """Hold one installation: database, web, workers, and the line that leads to it."""
    var = folder / "AB"[number] / "var"
    var.mkdir(parents=True)
    environment = environment_of(var) | {
        "PYTHONPATH": f"{ROOT}/tests/acceptance/chaos_clock:{ROOT}/src:{ROOT}",
        "CHAOS_CLOCK": str(var / "clock"), "FACTURIER_LOCAL_HOOKS": "1", "FACTURIER_API_RATE": "0",
        "FACTURIER_PLATFORM": PLATFORMS[number], "FACTURIER_PORTAL_URL": portal,
        "FACTURIER_PORTAL_APPLICATION": APPLICATIONS[number],
        "FACTURIER_PORTAL_SECRET": SECRETS[number], "FACTURIER_PORTAL_WAIT": "2",
    }  # fmt: skip
    postgres = PrivatePostgres(var / "postgres")
    postgres.start()
    one = Installation(number, var, environment, postgres, free_port())
    address = f"http://127.0.0.1:{one.port}"
    try:
        with (
            (folder / f"log-{one.name}").open("wb") as log,
            own_disk(var / "documents") as one.has_own_disk,
            line_to(address, f"{options.seed}/{one.name}") as one.line,
        ):
            asked = {"here": number, "pairs": options.pairs, "address": one.line.address}
            one.accesses = run(environment, "tests.acceptance.firm_for_chaos", json.dumps(asked))
            arguments = {"web": ("serve", "--port", str(one.port))}
            arguments |= {f"worker{n}": ("work",) for n in range(options.workers)}
            try:
                for name, given in arguments.items():
                    one.processes[name] = Running(environment, log, *given)
                wait_for(f"{address}/flow-service/v1/healthcheck", seconds=120)
                yield one
            finally:
                for process in one.processes.values():
                    process.kill()
    finally:
        postgres.stop()


def connect(here, there):
    """Let each guest of `here` live on `there`."""
    asked = {
        "guests": [
            access for who, access in there.accesses.items() if who.startswith("seller")
        ],
        "here": here.line.address, "there": there.line.address,
    }  # fmt: skip
    run(here.environment, "tests.acceptance.firm_for_chaos", json.dumps(asked))


# --- what the parties do --------------------------------------------------------------------------


@dataclass(frozen=True)
class Sale:
    """One invoice: who deposits it where, and who is to get it."""

    number: str
    home: int
    """Installation on which seller and buyer live."""
    pair: int
    is_sold: bool
    """The guest sells to the buyer; else the buyer sells to the guest."""
    is_double: bool
    """Deposited twice, by mistake."""
    said: tuple[int, ...]
    """What the receiver says."""
    is_paid: bool

    @property
    def depositor(self):
        """Installation and company that deposits."""
        return (1 - self.home, f"guest{self.pair}") if self.is_sold else (
            self.home, f"buyer{self.pair}"
        )  # fmt: skip

    @property
    def receiver(self):
        """Installation and company that speaks about it."""
        return (self.home, f"buyer{self.pair}") if self.is_sold else (
            1 - self.home, f"guest{self.pair}"
        )  # fmt: skip

    def written(self):
        parties = [siren(self.home, self.pair, role) for role in ("seller", "buyer")]
        return ubl(self.number, *(parties if self.is_sold else reversed(parties)))


SAYINGS = ((), (204, 205), (205,), (205,), (210,), (207,))


def sales(options):
    """Return the invoices of this seed."""
    chance = random.Random(f"{options.seed}/sales")
    return [
        Sale(
            number=f"C{n:05d}", home=chance.randrange(2), pair=chance.randrange(options.pairs),
            is_sold=chance.random() < 0.5, is_double=chance.random() < 0.05,
            said=chance.choice(SAYINGS), is_paid=chance.random() < 0.5,
        )
        for n in range(options.invoices)
    ]  # fmt: skip


class Traffic:
    """Programs that deposit, and that say statuses, however often they must ask."""

    def __init__(self, both, plan, pause):
        self.both, self.plan, self.pause = both, plan, pause
        self.deposited, self.unanswered, self.refused = {}, Counter(), []
        self.is_over = threading.Event()
        self._todo, self._lock = iter(plan), threading.Lock()
        self._at = {}

    def start(self):
        self._depositing = [threading.Thread(target=self._deposits) for _ in range(PARTIES)]
        self._saying = threading.Thread(target=self._say_all, daemon=True)
        for one in (*self._depositing, self._saying):
            one.start()

    def end_deposits(self):
        self.is_over.set()
        for one in self._depositing:
            one.join()

    def _deposits(self):
        while not self.is_over.is_set():
            with self._lock:
                sale = next(self._todo, None)
            if sale is None:
                return
            self._deposit(sale, sale.number)
            if sale.is_double:
                self._deposit(sale, f"{sale.number}-bis")
            self.deposited[sale.number] = sale
            self.is_over.wait(self.pause * PARTIES)

    def _deposit(self, sale, tracking_id):
        """Deposit until somebody answers that it is there: the same request, the same id."""
        installation, who = sale.depositor
        request_id = str(uuid.uuid5(uuid.NAMESPACE_OID, tracking_id))
        while True:
            try:
                return self.both[installation].client(who).deposit(
                    sale.written(), name=f"{tracking_id}.xml", syntax="UBL",
                    tracking_id=tracking_id, request_id=request_id,
                )  # fmt: skip
            except NetworkFailure as failure:
                self.unanswered[failure.reason] += 1
                if failure.reason == "refused":
                    self.refused.append((sale.number, str(failure)))
                time.sleep(0.5)

    def _say_all(self):
        while True:
            for installation in self.both:
                with suppress(psycopg.Error, NetworkFailure, OSError):
                    self._say_on(installation)
            time.sleep(1)

    def _say_on(self, installation):
        for document, number, siren_of, codes in installation.ask(chaos_count.SAID):
            sale = self.deposited.get(number)
            if sale is None or sale.is_double:
                continue
            for (where, who), wanted in (
                (sale.receiver, sale.said),
                (sale.depositor, (212,) * sale.is_paid if "205" in codes else ()),
            ):
                access = installation.accesses[who]
                if where == installation.number and access["dossiers"] == [siren_of]:
                    left = [code for code in wanted if str(code) not in codes]
                    if left and "203" in codes:
                        self._say(installation, access, document, left[0])

    def _say(self, installation, access, document, code):
        at = self._at.setdefault(
            (installation.number, document, code), datetime.now(UTC).isoformat(timespec="seconds")
        )
        said = {"code": code, "at": at}
        if code in (207, 210):
            said |= {"reason": "TX_TVA_ERR", "comment": "5,5 % attendus"}
        if code == 212:
            said["amounts"] = [{"amount": "120.00", "vatRate": "20.00", "currency": "EUR"}]
        try:
            path = f"/api/v1/documents/{document}/statuses"
            installation.wire(access).call("POST", path, json=said)
        except NetworkFailure as failure:
            self.unanswered[f"say {failure.reason}"] += 1
            if failure.reason not in ("unreachable", "server", "busy"):
                self.refused.append((document, code, str(failure)))


# --- what goes wrong ------------------------------------------------------------------------------


class Monkey:
    """Harms, by the seed; and mends what does not mend itself."""

    def __init__(self, both, portal, seed):
        self.both, self.portal = both, portal
        self.chance = random.Random(f"{seed}/monkey")
        self.done = Counter()
        self._later = []

    def plan(self):
        """Return what will go wrong next: how long to wait, what, and where."""
        what = self.chance.choices(
            ("web", "worker", "inner", "concentrator", "database", "disk", "clock"),
            (3, 4, 2, 2, 2, 2, 3),
        )[0]
        return self.chance.uniform(2, 8), what, self.chance.randrange(2), self.chance.random()

    def live(self, seconds):
        """Harm for so long."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            wait, what, where, share = self.plan()
            self._sleep(min(wait, max(ends - time.monotonic(), 0)))
            one = self.both[where]
            print(f"{time.strftime('%H:%M:%S')} {what} {one.name} {share:.2f}", flush=True)
            self.done[what] += bool(getattr(self, f"_{what}")(one, share))
        self.mend()

    def _sleep(self, seconds):
        ends = time.monotonic() + seconds
        while (now := time.monotonic()) < ends:
            for due in [one for one in self._later if one[0] <= now]:
                self._later.remove(due)
                due[1]()
            time.sleep(0.1)

    def mend(self):
        """Let all go well again."""
        for _, undo in self._later:
            undo()
        self._later.clear()
        for one in self.both:
            one.line.is_bad = False
            one.free_disk()
            one.set_clock(0)
            one.start_database()
            for process in one.processes.values():
                if process.process.poll() is not None:
                    process.start()
        if self.portal.process.poll() is not None:
            self.portal.start()

    def _web(self, one, _):
        one.processes["web"].kill()
        one.processes["web"].start()
        return True

    def _worker(self, one, share):
        names = [name for name in one.processes if name.startswith("worker")]
        worker = one.processes[names[int(share * len(names))]]
        worker.kill()
        worker.start()
        return True

    def _inner(self, one, _):
        """Kill what a worker's guard watches, and whatever it started."""
        pid = one.processes["worker0"].process.pid
        with suppress(psutil.Error):
            for child in psutil.Process(pid).children(recursive=True):
                child.kill()
        return True

    def _concentrator(self, *_):
        self.portal.kill()
        self.portal.start()
        return True

    def _database(self, one, _):
        one.restart_database()
        return True

    def _disk(self, one, share):
        self._later.append((time.monotonic() + 3 + 17 * share, one.free_disk))
        return one.fill_disk()

    def _clock(self, one, share):
        one.set_clock(round(-60 + 180 * share))
        return True


# --- the run --------------------------------------------------------------------------------------


def drain(both, traffic, folder, minutes):
    """Wait until everything has arrived; return what is wrong at the end, in words."""
    for one in both:
        for statement in chaos_count.BRING_FORWARD:
            one.ask(statement)
    deadline = time.monotonic() + 60 * minutes
    last = 0.0
    while True:
        for one in both:
            one.ask(chaos_count.POLL_NOW)
        wrong = chaos_count.complaints(both, traffic.deposited, folder)
        if not wrong or time.monotonic() > deadline:
            return wrong
        if time.monotonic() - last > 30:
            print(f"{time.strftime('%H:%M:%S')} encore {len(wrong)} : {wrong[0]}", flush=True)
            last = time.monotonic()
        time.sleep(3)


def chaos(options, folder):
    """Run it; return what is wrong at the end, in words."""
    begun = time.monotonic()
    with ExitStack() as held:
        log = held.enter_context((folder / "log-concentrator").open("wb"))
        portal, address = held.enter_context(concentrator(folder / "concentrator", log))
        line = held.enter_context(line_to(address, f"{options.seed}/portal"))
        both = [
            held.enter_context(installed(number, folder, line.address, options))
            for number in range(2)
        ]
        connect(both[0], both[1])
        connect(both[1], both[0])
        pause = 0.8 * 60 * options.minutes / options.invoices
        traffic = Traffic(both, sales(options), pause)
        monkey = Monkey(both, portal, options.seed)
        lines = [line, *(one.line for one in both)]
        print(f"prêt en {time.monotonic() - begun:.0f} s ; graine {options.seed}", flush=True)
        traffic.start()
        for one in lines:
            one.is_bad = True
        monkey.live(60 * options.minutes)
        line.is_bad = False
        traffic.end_deposits()
        struck = sum((one.struck for one in lines), Counter())
        print(f"{len(traffic.deposited)} factures déposées ; morts et pannes : "
              f"{dict(monkey.done)} ; lignes : {dict(struck)} ; "
              f"sans réponse : {dict(traffic.unanswered)}", flush=True)  # fmt: skip
        began = time.monotonic()
        wrong = drain(both, traffic, folder, options.drain)
        print(f"tout est arrivé en {time.monotonic() - began:.0f} s" if not wrong else
              f"après {time.monotonic() - began:.0f} s, il reste :", flush=True)  # fmt: skip
        wrong += [f"refus inattendu : {one}" for one in traffic.refused]
        return wrong + chaos_count.archives(both, folder)


def main(arguments=None):
    """Run it and report; return 0 when nothing is lost and nothing double."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--invoices", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--drain", type=float, default=10, help="minutes, au plus, pour finir")
    parser.add_argument("--pairs", type=int, default=2)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="dossier où laisser données et journaux")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # leave by the door: nothing is left over
    if options.keep:
        options.keep.mkdir(parents=True)
        return _told(options, options.keep)
    with tempfile.TemporaryDirectory(prefix="chaos") as folder:
        return _told(options, Path(folder))


def _told(options, folder):
    wrong = chaos(options, folder)
    for one in wrong:
        print(f"- {one}")
    print("0 perdu, 0 double" if not wrong else f"{len(wrong)} anomalie(s), graine {options.seed}")
    return bool(wrong)


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
