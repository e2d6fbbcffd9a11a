"""A portfolio's documents through ``facturier check --recursive``: files a second, every core.

Run: ``make bench`` or ``python benchmarks/portfolio.py [--files 10000]``.

Makes a folder with our own writers, in these parts: UBL and CII of 1 to 40 lines (two fifths each),
Factur-X PDF (a tenth), status messages (a twentieth), broken files (a twentieth: a rule of the
standard, cut short, no document at all). Then runs the command, as a person would, and prints its
last line, its processor time and the most memory that one of its processes held.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import cycle
from pathlib import Path

from facturier.formats import write
from facturier.formats.cdar import ACKNOWLEDGEMENT
from facturier.formats.facturx_write import facturx
from facturier.formats.writer import write_document
from facturier.invoice.compute import compute
from facturier.invoice.model import Invoice
from facturier.rules import examples, status_examples
from facturier.rules.mutation import mutate

PARTS = {"ubl": 40, "cii": 40, "facturx": 10, "cdar": 5, "broken": 5}
"""Files of each kind in a hundred."""
FOLDERS = 40
STATUSES = ("200", "202", "205", "207", "210", "212")


def main() -> None:
    """Make the folder, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, help="keep the files here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        began = time.perf_counter()
        make(folder, options.files)
        print(f"{options.files} files made in {time.perf_counter() - began:.0f} s")
        report(folder)


def make(folder: Path, files: int) -> None:
    """Write a mixed portfolio, the same at each run."""
    kinds = [kind for kind, share in PARTS.items() for _ in range(share)]
    random.Random(1).shuffle(kinds)  # noqa: S311  # no secret
    made = {kind: documents(kind) for kind in PARTS}
    for number, kind in zip(range(files), cycle(kinds), strict=False):
        name, data = next(made[kind])
        place = folder / f"dossier-{number % FOLDERS:02}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:06}-{name}").write_bytes(data)


def documents(kind: str) -> Iterator[tuple[str, bytes]]:
    """Yield documents of one kind without end, each with a name."""
    if kind == "facturx":  # the page is drawn once for each size: drawing is not what is measured
        pages = [facturx(invoice_of(lines, lines)) for lines in (1, 5, 12, 30)]
        for page in cycle(pages):
            yield "facture.pdf", page
    if kind == "cdar":
        for data in cycle(
            [write_document(status_examples.example(name), ACKNOWLEDGEMENT)[0] for name in STATUSES]
        ):
            yield "statut.xml", data
    for number in range(sys.maxsize):
        invoice = invoice_of(number, (1, 2, 3, 5, 8, 12, 20, 40)[number % 8])
        if kind == "broken":
            yield broken(invoice, number)
        else:
            yield f"{kind}.xml", write(invoice, kind).xml


def broken(invoice: Invoice, number: int) -> tuple[str, bytes]:
    """Return a document that has one thing wrong."""
    match number % 5:
        case 0:
            return "total.xml", write(mutate(invoice, "BT-106 + 1"), "ubl").xml
        case 1:
            return "acheteur.xml", write(mutate(invoice, "BT-44 ="), "cii").xml
        case 2:
            return "coupe.xml", write(invoice, "cii").xml[:2000]
        case 3:
            return "autre.xml", b"<commande><ligne/></commande>"
        case _:
            return "abime.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 20


def invoice_of(number: int, lines: int) -> Invoice:
    """Return an invoice of a number and lines of its own."""
    standard = examples.example("standard")
    line, price = standard.lines[0], standard.lines[0].price
    assert price is not None
    assert standard.issue_date is not None
    many = tuple(
        replace(
            line,
            identifier=str(n + 1),
            quantity=Decimal(n % 9 + 1),
            price=replace(price, net_price=Decimal(100 + (number * 7 + n * 13) % 9900) / 100),
        )
        for n in range(lines)
    )
    issued = standard.issue_date - timedelta(days=number % 30)
    return compute(replace(standard, number=f"FA-{number:06}", issue_date=issued, lines=many))


def report(folder: Path) -> None:
    """Check the folder as the command line does, and print what it cost."""
    command = [sys.executable, "-m", "facturier.cli", "check", "--recursive", "--json", str(folder)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(done.stderr.strip())
    print(f"processor time {spent:.1f} s, most memory of one process {after.ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main()
