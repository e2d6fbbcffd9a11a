"""One of the two installations of the chaos: its processes, its database, its disk, its line.

The database is one of its own, as in production: it is there before the processes and they only
connect, so that killing one costs a start, not a migration. The tables are made once and copied.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg
from tests.acceptance.chaos_line import line_to
from tests.acceptance.installation import (
    ROOT,
    Running,
    environment_of,
    free_port,
    run,
    wait_for,
)

from facturier.network.afnor.client import Client
from facturier.network.afnor.wire import Access, Wire
from facturier.server.postgres import APP, DATABASE, OWNER, PrivatePostgres

APPLICATIONS = ("AAA123", "BBB123")
SECRETS = ("secret-a", "secret-b")
PLATFORMS = ("0042", "0043")
STORE_MEGABYTES = 1024
SMALLEST_FILE = 1024
"""Bytes; every invoice and every status is larger."""
DATABASE_SETTINGS = ("fsync=off",)
"""Processes die here, no machine does: what was handed to the kernel is not lost."""


@dataclass
class Installation:
    """Its processes, its data, its line, and how to harm it."""

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

    @property
    def health(self):
        return f"http://127.0.0.1:{self.port}/flow-service/v1/healthcheck"

    def ask(self, question, *values):
        """Return the rows that the database gives, whatever row-level security hides."""
        with psycopg.connect(
            host=str(self.postgres.socket), user="postgres", dbname=DATABASE, autocommit=True
        ) as asked:
            done = asked.execute(question, values)
            return done.fetchall() if done.description else []

    def client(self, who):
        """Return a program of the company `who`."""
        return Client(self.wire(self.accesses[who]))

    def wire(self, access):
        return Wire(
            Access(
                address=self.line.address, token_url=f"{self.line.address}/identity/o/api/token",
                client_id=access["client_id"], client_secret=access["client_secret"], local=True,
            )
        )  # fmt: skip

    # What goes wrong, and well again

    def set_clock(self, seconds):
        """Let the clock of the installation's machine be wrong by `seconds`."""
        draft = self.var / "clock.new"
        draft.write_text(str(seconds))
        draft.replace(self.var / "clock")

    def fill_disk(self):
        """Leave no room for the stored bytes.

        Where this account may not mount a disk of its own, the kernel refuses files of this size to
        the processes (``RLIMIT_FSIZE``), until they are told otherwise or start anew.
        """
        if self.has_own_disk:
            used = psutil.disk_usage(str(self.var / "documents")).used
            self._size(f"{max(used, 4096) // 1024}k")
        else:
            self._limit(SMALLEST_FILE)

    def free_disk(self):
        """Give the room back."""
        if self.has_own_disk:
            self._size(f"{STORE_MEGABYTES}m")
        else:
            self._limit(resource.RLIM_INFINITY)

    def _size(self, size):
        folder = str(self.var / "documents")
        subprocess.run(["mount", "-o", f"remount,size={size}", folder], check=True)

    def _limit(self, size):
        for process in self._all_processes():
            with suppress(psutil.Error, OSError):
                _, most = process.rlimit(psutil.RLIMIT_FSIZE)
                process.rlimit(psutil.RLIMIT_FSIZE, (size, most))

    def _all_processes(self):
        for one in self.processes.values():
            with suppress(psutil.Error):
                process = psutil.Process(one.process.pid)
                yield from (process, *process.children(recursive=True))

    def restart_database(self):
        """SIGKILL the postmaster, then start it."""
        with suppress(OSError, psutil.Error):
            pid = int((self.postgres.data / "postmaster.pid").read_text().split()[0])
            psutil.Process(pid).kill()
        time.sleep(1)
        self.start_database()

    def start_database(self):
        with self.postgres._alone():
            if not self.postgres.is_running():
                self.postgres._start()

    def start_the_dead(self):
        """Start what has ended, as the machine's supervisor would."""
        for one in self.processes.values():
            one.start_if_dead()


@contextmanager
def own_disk(folder):
    """Give the stored bytes a small disk of their own, where this account may."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={STORE_MEGABYTES}m", "chaos", str(folder)],
        capture_output=True, check=False,
    ).returncode == 0  # fmt: skip
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
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()


def empty_database(folder):
    """Make the tables once; return the data folder of a stopped server, to be copied."""
    var = folder / "model"
    postgres = PrivatePostgres(var / "postgres", settings=DATABASE_SETTINGS)
    postgres.start()
    try:
        postgres.provision()
        command = [sys.executable, "-m", "facturier.cli", "migrate"]
        environment = environment_of(var) | _addresses(postgres)
        subprocess.run(command, env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    finally:
        postgres.stop()
    return postgres.data


def _addresses(postgres):
    return {
        name: f"postgresql://{role}@/{DATABASE}?host={postgres.socket}"
        for name, role in (("DATABASE_URL", APP), ("DATABASE_OWNER_URL", OWNER))
    }


@contextmanager
def installed(number, folder, model, portal, options):
    """Hold one installation: database, web, workers, and the line that leads to it."""
    var = folder / "AB"[number] / "var"
    var.mkdir(parents=True)
    subprocess.run(["cp", "-a", str(model), str(var / "postgres")], check=True)
    postgres = PrivatePostgres(var / "postgres", settings=DATABASE_SETTINGS)
    postgres.start()
    environment = environment_of(var) | _addresses(postgres) | {
        "PYTHONPATH": f"{ROOT}/tests/acceptance/chaos_clock:{ROOT}/src:{ROOT}",
        "CHAOS_CLOCK": str(var / "clock"), "FACTURIER_LOCAL_HOOKS": "1", "FACTURIER_API_RATE": "0",
        "FACTURIER_PLATFORM": PLATFORMS[number], "FACTURIER_PORTAL_URL": portal,
        "FACTURIER_PORTAL_APPLICATION": APPLICATIONS[number],
        "FACTURIER_PORTAL_SECRET": SECRETS[number], "FACTURIER_PORTAL_WAIT": "2",
    }  # fmt: skip
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
                wait_for(one.health, seconds=120)
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
