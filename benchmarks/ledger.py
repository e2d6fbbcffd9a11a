"""A general ledger of 30,000 lines: how long the server takes to open, filter, sort and export it.

    .venv/bin/python benchmarks/ledger.py [LINES]

Runs on a private PostgreSQL with its usual settings and the application's role, so that row-level
security counts; each page is asked five times through the whole of Django, the median is told.
And how many proposals the ledger makes in a second, in one process.
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
        print(f"| {lines} lignes | ms |\n|---|---|")
        for name, spent in measured(lines):
            print(f"| {name} | {spent * 1000:.0f} |", flush=True)
    print(f"\nPropositions d'écritures : {proposals():.0f} par seconde, un processus.")


def measured(lines: int) -> list[tuple[str, float]]:
    """Return the seconds of the take-over, then the median of each page."""
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
        started = time.perf_counter()
        taking_over.take_in(row, None)
    found = [("reprise du FEC", time.perf_counter() - started)]
    client = Client()
    with sight.of_self(person.pk):
        client.force_login(person)
    for name, (page, query) in ASKED.items():
        where = f"{reverse(page, args=[1])}?exercice=2026-12-31{query}"
        found.append((name, statistics.median(timed(client, where) for _ in range(TIMES))))
    return found


def timed(client: object, where: str) -> float:
    """Return the seconds that one page takes."""
    started = time.perf_counter()
    answer = client.get(where)  # type: ignore[attr-defined]
    spent = time.perf_counter() - started
    assert answer.status_code == 200, (where, answer.headers.get("Location"))  # noqa: PLR2004
    return spent


def proposals() -> float:
    """Return how many entries of a three-line invoice one process proposes in a second."""
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
    started, count = time.perf_counter(), 0
    while time.perf_counter() - started < 2:  # noqa: PLR2004 - seconds
        propose(invoice, side=Side.PURCHASE, books=Books())
        count += 1
    return count / (time.perf_counter() - started)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else LINES)
