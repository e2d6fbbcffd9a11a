"""A general ledger of 30,000 lines: how long the server takes to open, filter, sort and export it.

    .venv/bin/python benchmarks/ledger.py [LINES]

Runs on a private PostgreSQL with its usual settings and the application's role, so that row-level
security counts; each page is asked five times through the whole of Django. Told are the median of
the whole, the least that the database took (waiting for it), and the least processor time of
Python: the last two stay nearly the same on a machine that does other work. And how many proposals
the ledger makes in a second, in one process, by the clock and by processor time.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

LINES = 30_000
TIMES = 5
HEAD = (
    "JournalCode\tJournalLib\tEcritureNum\tEcritureDate\tCompteNum\tCompteLib\tCompAuxNum\t"
    "CompAuxLib\tPieceRef\tPieceDate\tEcritureLib\tDebit\tCredit\tEcritureLet\tDateLet\t"
    "ValidDate\tMontantdevise\tIdevise"
)


def fec(lines: int) -> bytes:
    """Return a FEC of so many lines: purchases of three lines, from two hundred suppliers."""
    out = [HEAD]
    for number in range(1, lines // 3 + 1):
        day = date(2026, 1, 1) + timedelta(days=number % 360)
        net = Decimal(1000 + number * 7 % 90000) / 100
        vat = (net / 5).quantize(Decimal("0.01"))
        party = number * 31 % 200
        start = f"HA\tAchats\t{number}\t{day:%Y%m%d}\t"
        end = f"F-{number}\t{day:%Y%m%d}\tFacture F-{number} Fournisseur {party}"
        rows = (
            (f"60{number % 40:02d}00", "Achats", "", "", net, Decimal(0)),
            ("445660", "TVA déductible", "", "", vat, Decimal(0)),
            ("401000", "Fournisseurs", f"F{party:05d}", f"Fournisseur {party}", Decimal(0),
             net + vat),
        )  # fmt: skip
        for account, label, auxiliary, name, debit, credit in rows:
            amounts = f"{debit:.2f}\t{credit:.2f}".replace(".", ",")
            out.append(f"{start}{account}\t{label}\t{auxiliary}\t{name}\t{end}\t{amounts}"
                       f"\t\t\t{day:%Y%m%d}\t\t")  # fmt: skip
    return ("\r\n".join(out) + "\r\n").encode()


ASKED = {
    "grand livre, ouvert": ("general_ledger", ""),
    "grand livre, un compte": ("general_ledger", "&compte=401"),
    "grand livre, mots": ("general_ledger", "&q=fournisseur+17"),
    "grand livre, trié par débit": ("general_ledger", "&tri=debit"),
    "grand livre, dernière page": ("general_ledger", "&page=150"),
    "grand livre, non lettré": ("general_ledger", "&lettre=non"),
    "balance générale": ("balance", ""),
    "balance fournisseurs": ("balance", "&liste=fournisseurs"),
    "balance âgée": ("aged", "&liste=fournisseurs&au=2026-12-31"),
    "tiers à lettrer": ("letters", ""),
    "grand livre, xlsx": ("general_ledger", "&fichier=xlsx"),
    "grand livre, csv": ("general_ledger", "&fichier=csv"),
}


def main(lines: int) -> None:
    """Fill, ask, tell."""
    folder = tempfile.TemporaryDirectory(prefix="facturier-ledger-")
    os.environ["FACTURIER_VAR"] = folder.name
    os.environ["FACTURIER_ALLOWED_HOSTS"] = "testserver"
    from facturier.server import commands  # noqa: PLC0415

    with folder, commands.database():
        print(f"| {lines} lignes | ms | base | Python |\n|---|---:|---:|---:|")
        for name, *spent in measured(lines):
            print(f"| {name} | {' | '.join(f'{one * 1000:.0f}' for one in spent)} |", flush=True)
    by_clock, by_processor = proposals()
    print(f"\nPropositions d'écritures : {by_clock:.0f} par seconde d'horloge, "
          f"{by_processor:.0f} par seconde de processeur, un processus.")  # fmt: skip


def measured(lines: int) -> list[tuple[str, float, float, float]]:
    """Return the seconds of the take-over, then of each page: whole, database, Python."""
    from django.test import Client  # noqa: PLC0415
    from django.urls import reverse  # noqa: PLC0415

    from facturier.invoice.parties import demo_siren  # noqa: PLC0415
    from facturier.server import sight  # noqa: PLC0415
    from facturier.server.books import taking_over  # noqa: PLC0415
    from facturier.server.firm.models import Cabinet, Dossier, Membership, Person  # noqa: PLC0415

    with sight.of([1], [1]):
        firm = Cabinet.objects.create(pk=1, name="Mesure", siren=demo_siren(9900))
        person = Person.objects.create_user("mesure@exemple.fr", "mot de passe", name="Mesure")
        Membership.objects.create(person=person, cabinet=firm, role="expert_comptable")
        dossier = Dossier.objects.create(
            pk=1, cabinet=firm, name="Grand livre", siren=demo_siren(9901),
            electronic_address=demo_siren(9901), is_simulation=True,
        )  # fmt: skip
        row = taking_over.keep(dossier, "livre.txt", fec(lines), None)
        whole, database, python = spent_on(lambda: taking_over.take_in(row, None))
    found = [("reprise du FEC", whole, database, python)]
    client = Client()
    with sight.of_self(person.pk):
        client.force_login(person)
    for name, (page, query) in ASKED.items():
        where = f"{reverse(page, args=[1])}?exercice=2026-12-31{query}"
        runs = [timed(client, where) for _ in range(TIMES)]
        wholes, databases, pythons = zip(*runs, strict=True)
        found.append((name, statistics.median(wholes), min(databases), min(pythons)))
    return found


def timed(client: object, where: str) -> tuple[float, float, float]:
    """Return the seconds that one page takes: whole, database, Python."""
    answers: list[Any] = []
    spent = spent_on(lambda: answers.append(client.get(where)))  # type: ignore[attr-defined]
    assert answers[0].status_code == 200, (where, answers[0].headers)  # noqa: PLR2004
    return spent


def spent_on(act: Callable[[], object]) -> tuple[float, float, float]:
    """Return the seconds of `act`: by the clock, waiting for the database, of our processor."""
    from django.db import connection  # noqa: PLC0415

    waited = 0.0

    def wait(execute: Any, *query: Any) -> Any:
        nonlocal waited
        asked = time.perf_counter()
        try:
            return execute(*query)
        finally:
            waited += time.perf_counter() - asked

    started, processor = time.perf_counter(), time.process_time()
    with connection.execute_wrapper(wait):
        act()
    return time.perf_counter() - started, waited, time.process_time() - processor


def proposals() -> tuple[float, float]:
    """Return how many entries of a three-line invoice one process proposes in a second.

    By the clock, and by processor time.
    """
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from tests.ledger import invoices  # noqa: PLC0415

    from facturier.ledger.books import Books, Side  # noqa: PLC0415
    from facturier.ledger.posting import propose  # noqa: PLC0415

    invoice = invoices.invoice(
        lines=[invoices.line("Farine T65", "100.00"), invoices.line("Électricité", "33.33"),
               invoices.line("Location fourgon", "66.67")],
        vats=[invoices.vat("S", "20", "200.00", "40.00")],
        totals=invoices.totals("200.00", "40.00", "240.00"),
    )  # fmt: skip
    started, processor, count = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - started < 2:  # noqa: PLR2004 - seconds
        propose(invoice, side=Side.PURCHASE, books=Books())
        count += 1
    spent = time.perf_counter() - started, time.process_time() - processor
    return count / spent[0], count / spent[1]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else LINES)
