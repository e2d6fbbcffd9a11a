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
import os
import random
import signal
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
import psycopg
from tests.acceptance import chaos_count
from tests.acceptance.chaos_installation import (
    concentrator,
    connect,
    empty_database,
    installed,
)
from tests.acceptance.chaos_line import line_to
from tests.acceptance.firm_for_chaos import siren
from tests.acceptance.installation import ROOT, wait_for
from tests.server.invoices import ubl

from facturier.errors import NetworkFailure

PARTIES = 8
"""Programs that deposit at the same time."""
SHARE = 0.8
"""Of the time: when the last invoice is deposited, if nothing keeps anybody waiting."""


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
    """Programs that deposit, and that say statuses, however often they must ask.

    Each invoice has its hour: who was kept waiting makes up for it.
    """

    def __init__(self, both, plan, seconds):
        self.both, self.plan, self.pause = both, plan, seconds / len(plan)
        self.deposited, self.unanswered, self.refused = {}, Counter(), []
        self._todo, self._lock = enumerate(plan), threading.Lock()
        self.said = {}

    def start(self):
        self._begun = time.monotonic()
        self._depositing = [threading.Thread(target=self._deposits) for _ in range(PARTIES)]
        self._saying = threading.Thread(target=self._say_all, daemon=True)
        for one in (*self._depositing, self._saying):
            one.start()

    def are_all_deposited(self):
        return not any(one.is_alive() for one in self._depositing)

    def _deposits(self):
        while True:
            with self._lock:
                place, sale = next(self._todo, (0, None))
            if sale is None:
                return
            time.sleep(max(self._begun + place * self.pause - time.monotonic(), 0))
            self._deposit(sale, sale.number)
            if sale.is_double:
                self._deposit(sale, f"{sale.number}-bis")
            self.deposited[sale.number] = sale

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
        at = self.said.setdefault(
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
            say(f"{what} {one.name} {share:.2f}")
            self.done[what] += bool(getattr(self, f"_{what}")(one, share))
        self.mend()

    def _sleep(self, seconds):
        ends = time.monotonic() + seconds
        while (now := time.monotonic()) < ends:
            self.supervise()
            for due in [one for one in self._later if one[0] <= now]:
                self._later.remove(due)
                due[1]()
            time.sleep(0.1)

    def supervise(self):
        """Start what has ended by itself, as the supervisor of a machine does."""
        for one in self.both:
            one.start_the_dead()
        self.portal.start_if_dead()

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
        self.supervise()

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
        one.fill_disk()
        return True

    def _clock(self, one, share):
        one.set_clock(round(-60 + 180 * share))
        return True


# --- the run --------------------------------------------------------------------------------------


def drain(monkey, traffic, folder, minutes):
    """Wait until everything has arrived; return what is wrong at the end, in words."""
    both = monkey.both
    for one in both:
        wait_for(one.health, seconds=120)
        for statement in chaos_count.BRING_FORWARD:
            one.ask(statement)
    deadline = time.monotonic() + 60 * minutes
    told = time.monotonic()
    while True:
        monkey.supervise()
        for one in both:
            one.ask(chaos_count.POLL_NOW)
        wrong = chaos_count.left(both) or chaos_count.differences(both, traffic.deposited, folder)
        if not wrong:
            return []
        if time.monotonic() > deadline:
            return chaos_count.left(both) + chaos_count.differences(both, traffic.deposited, folder)
        if time.monotonic() - told > 30:
            say(f"encore {len(wrong)} : {wrong[0]}")
            told = time.monotonic()
        time.sleep(1)


def say(words):
    """Tell whoever waits, with the time."""
    print(f"{time.strftime('%H:%M:%S')} {words}", flush=True)


def chaos(options, folder):
    """Run it; return what is wrong at the end, in words."""
    begun = time.monotonic()
    with ExitStack() as held:
        log = held.enter_context((folder / "log-concentrator").open("wb"))
        portal, address = held.enter_context(concentrator(folder / "concentrator", log))
        line = held.enter_context(line_to(address, f"{options.seed}/portal"))
        model = empty_database(folder)
        say(f"tables faites en {time.monotonic() - begun:.0f} s")

        def begin(number):
            return held.enter_context(installed(number, folder, model, line.address, options))

        with ThreadPoolExecutor(2) as two:
            both = list(two.map(begin, range(2)))
            list(two.map(connect, both, reversed(both)))
        wait_for(address, portal.process)
        say(f"prêt en {time.monotonic() - begun:.0f} s ; graine {options.seed}")
        disks = "pleins" if both[0].has_own_disk else "dont la place est refusée (RLIMIT_FSIZE)"
        say(f"{options.invoices} factures en {options.minutes:g} min ; disques {disks}")
        traffic = Traffic(both, sales(options), SHARE * 60 * options.minutes)
        monkey = Monkey(both, portal, options.seed)
        _go_wrong(monkey, traffic, line, options.minutes)
        began = time.monotonic()
        wrong = drain(monkey, traffic, folder, options.drain)
        took = f"{time.monotonic() - began:.0f} s"
        say(f"tout est arrivé en {took}" if not wrong else f"après {took}, il reste :")
        wrong += [f"refus inattendu : {one}" for one in traffic.refused]
        wrong += chaos_count.archives(both, folder)
        say(f"archives relues ; {time.monotonic() - begun:.0f} s en tout")
        return wrong


def _go_wrong(monkey, traffic, line, minutes):
    """Deposit while everything goes wrong, for so many minutes; then mend, and deposit the rest."""
    lines = [line, *(one.line for one in monkey.both)]
    traffic.start()
    for one in lines:
        one.is_bad = True
    monkey.live(60 * minutes)
    line.is_bad = False
    harmed = len(traffic.deposited)
    while not traffic.are_all_deposited():
        monkey.supervise()
        time.sleep(0.1)
    struck = sum((one.struck for one in lines), Counter())
    say(f"{harmed} factures déposées dans le chaos, {len(traffic.deposited)} en tout, "
        f"{len(traffic.said)} statuts dits")  # fmt: skip
    say(f"morts et pannes : {dict(monkey.done)} ; lignes : {dict(struck)} ; "
        f"sans réponse : {dict(traffic.unanswered)}")  # fmt: skip


def main(arguments=None):
    """Run it and report; return 0 when nothing is lost and nothing double."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--invoices", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--drain", type=float, default=40, help="minutes, au plus, pour finir")
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
