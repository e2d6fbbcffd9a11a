"""Deposits to deliveries per second, with one worker and with two, on a private PostgreSQL.

Run: ``make bench`` or ``python benchmarks/delivery.py [--documents 300] [--rounds 3]``.

Each round deposits the documents (12-line invoices, over 8 pairs of dossiers) while no worker runs,
then starts the workers and measures from the first delivered document to the last: the start of a
Python process is not what is asked. A document is delivered when the buyer's side holds status 203,
with its verdict, both histories, both proposed entries and what is owed to the public portal.

The processor time a document costs (workers, PostgreSQL) hardly depends on what else the machine
does; the deliveries a second do.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil

PAIRS = 8
DELIVERED = """
SELECT count(*), extract(epoch FROM max(recorded_at) - min(recorded_at))
FROM documents_event e JOIN documents_document d ON d.id = e.document_id
WHERE e.code = '203' AND d.direction = 'received' AND e.id > %s
"""
BEGUN = "SELECT EXISTS (SELECT FROM documents_flow WHERE state = 'pending' AND attempts > 0)"


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FACTURIER_VAR"] = folder
        from facturier.server import commands  # noqa: PLC0415  # settings read the environment

        with commands.database():
            pairs = make_firm()
            rates: dict[int, list[float]] = {1: [], 2: []}
            costs: list[tuple[float, float]] = []
            deposits: list[float] = []
            for number in range(options.rounds):
                for workers, measured in rates.items():
                    batch = f"{number}-{workers}"
                    deposits.append(deposit(pairs, options.documents, batch))
                    rate, *cost = deliver(options.documents, workers)
                    measured.append(rate)
                    costs.append((cost[0], cost[1]))
    print(f"\n{options.documents} documents a round, {options.rounds} rounds, {PAIRS} pairs")
    print(f"{'deposits a second, one process':40}{statistics.median(deposits):8.1f}")
    for workers, measured in rates.items():
        print(f"{f'delivered a second, {workers} worker(s)':40}{statistics.median(measured):8.1f}")
    ratio = statistics.median(b / a for a, b in zip(rates[1], rates[2], strict=True))
    print(f"{'two workers to one':40}{ratio:8.2f}")
    for name, found in zip(("workers", "PostgreSQL"), zip(*costs, strict=True), strict=True):
        print(f"{f'processor ms a document, {name}':40}{1000 * statistics.median(found):8.1f}")


def make_firm() -> list[tuple[Any, Any]]:
    """Create a cabinet with pairs of sellers and buyers."""
    from facturier.invoice.parties import demo_siren  # noqa: PLC0415
    from facturier.server import sight  # noqa: PLC0415
    from facturier.server.firm.models import Cabinet, Dossier  # noqa: PLC0415

    cabinet = Cabinet.objects.create(name="Mesures", siren=demo_siren(9000))

    def dossier(number: int) -> Any:
        siren = demo_siren(number)
        return Dossier.objects.create(
            cabinet=cabinet, name=f"Dossier {number}", siren=siren, electronic_address=siren
        )

    with sight.of([], [cabinet.pk]):
        return [(dossier(9001 + 2 * n), dossier(9002 + 2 * n)) for n in range(PAIRS)]


def deposit(pairs: list[tuple[Any, Any]], documents: int, batch: str) -> float:
    """Deposit the documents and return how many a second."""
    from facturier.server import sight  # noqa: PLC0415
    from facturier.server.documents.deposit import deposit as receive  # noqa: PLC0415
    from facturier.server.documents.models import Flow  # noqa: PLC0415

    files = [
        (pairs[n % PAIRS], bytes_of(pairs[n % PAIRS], f"{batch}-{n}", n)) for n in range(documents)
    ]
    before = time.perf_counter()
    for (seller, _), data in files:
        with sight.of([seller.pk]):
            receive(seller, data, name="mesure.xml", channel=Flow.Channel.CLI)
    return documents / (time.perf_counter() - before)


def bytes_of(pair: tuple[Any, Any], number: str, n: int) -> bytes:
    """Write one invoice of 12 lines, in one syntax or the other."""
    from facturier.formats import write  # noqa: PLC0415
    from facturier.invoice.compute import compute  # noqa: PLC0415
    from facturier.invoice.model import Identifier  # noqa: PLC0415
    from facturier.invoice.parties import french_vat_number  # noqa: PLC0415
    from facturier.rules import examples  # noqa: PLC0415

    standard = examples.example("standard")
    seller, buyer = pair
    assert standard.seller
    assert standard.buyer

    def party(who: Any, siren: str) -> Any:
        return replace(
            who,
            identifiers=(),
            vat_identifier=french_vat_number(siren),
            legal_identifier=Identifier(siren, "0002"),
            electronic_address=Identifier(siren, "0225"),
        )

    lines = tuple(
        replace(standard.lines[0], identifier=str(i + 1), quantity=Decimal(i + 1))
        for i in range(12)
    )
    invoice = compute(
        replace(
            standard,
            number=f"M-{number}",
            seller=party(standard.seller, seller.siren),
            buyer=party(standard.buyer, buyer.siren),
            lines=lines,
        )
    )
    return write(invoice, "ubl" if n % 2 else "cii").xml


def deliver(documents: int, workers: int) -> tuple[float, float, float]:
    """Start the workers, wait for the last delivery.

    Returns deliveries a second, and the processor seconds a document of workers and PostgreSQL,
    without those that the start of a worker takes.
    """
    from django.conf import settings  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415

    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM documents_event")
        (before,) = cursor.fetchone()
        postmaster = int((settings.POSTGRES_DATA / "postmaster.pid").read_text().split()[0])
        begun = None
        running = [
            subprocess.Popen([Path(sys.executable).parent / "facturier", "work"])
            for _ in range(workers)
        ]
        try:
            while True:
                time.sleep(0.2)
                cursor.execute(DELIVERED, [before])
                count, seconds = cursor.fetchone()
                spent = (sum(spent_by(one.pid) for one in running), spent_by(postmaster))
                if begun is None:
                    cursor.execute(BEGUN)
                    begun = spent if cursor.fetchone()[0] else None
                if count >= documents:
                    assert begun is not None
                    cost = [(now - then) / count for now, then in zip(spent, begun, strict=True)]
                    return (count - 1) / float(seconds), cost[0], cost[1]
        finally:
            for worker in running:
                worker.send_signal(signal.SIGTERM)
            for worker in running:
                worker.wait(30)


def spent_by(pid: int) -> float:
    """Return the processor seconds of a process and all that it started, dead or alive."""
    whole = 0.0
    process = psutil.Process(pid)
    for one in (process, *process.children(recursive=True)):
        with suppress(psutil.Error):
            times = one.cpu_times()
            whole += times.user + times.system
            if one == process:
                whole += times.children_user + times.children_system
    return whole


if __name__ == "__main__":
    main()
