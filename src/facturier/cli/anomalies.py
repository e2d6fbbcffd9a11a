"""``facturier anomalies``: what the official rules let pass and an accountant must see.

Only the kinds that ask nothing but the document; a dossier of the platform asks all of them.
``facturier check`` stays the official verdict. Exit status: 0 none found, 1 some found, 2 some
unreadable or bad usage.
"""

from __future__ import annotations

import argparse
import json
import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facturier.cli.terminal import BAD_USAGE, bytes_of, complain
from facturier.errors import UnreadableDocument

if TYPE_CHECKING:
    from facturier.anomalies import Anomaly

WIDTH = 96
FOUND = 1


def add(commands: Any) -> None:
    """Add the command to the parser."""
    anomalies = commands.add_parser(
        "anomalies", help="chercher les anomalies que le contrôle officiel laisse passer"
    )
    anomalies.add_argument("files", nargs="+", metavar="FICHIER", type=Path)
    anomalies.add_argument("--json", action="store_true", help="un objet JSON par ligne")
    anomalies.add_argument(
        "--sale", action="store_true", help="du côté du vendeur ; de l'acheteur sinon"
    )
    anomalies.add_argument(
        "--letter", action="store_true", help="avec la lettre à l'émetteur, prête à copier"
    )
    anomalies.set_defaults(run=_anomalies)


def _anomalies(options: argparse.Namespace) -> int:
    worst = 0
    for path in options.files:
        try:
            found = of_file(path, is_sale=options.sale)
        except UnreadableDocument as error:
            complain(f"{path} : {error.message}", error.remedy)
            worst = BAD_USAGE
            continue
        _show(path, found, options)
        worst = max(worst, FOUND if found else 0)
    return worst


def of_file(path: Path, *, is_sale: bool = False) -> tuple[Anomaly, ...]:
    """Return the anomalies of a file; the pages of a PDF are compared with its data.

    Raises:
        UnreadableDocument: it is no invoice that can be read.
        OSError: the file cannot be read.

    """
    from facturier.anomalies import History, find  # noqa: PLC0415  # `--help` is instant
    from facturier.formats import detect, read  # noqa: PLC0415
    from facturier.ledger.books import Side  # noqa: PLC0415
    from facturier.rules.advice.around import of_the_pdf  # noqa: PLC0415

    detected = detect(bytes_of(path))
    invoice = read(detected).invoice
    told = frozenset(one.rule for one in of_the_pdf(detected, invoice))
    return find(invoice, Side.SALE if is_sale else Side.PURCHASE, History(findings=told))


def _show(path: Path, found: tuple[Anomaly, ...], options: argparse.Namespace) -> None:
    if options.json:
        told = [_as_object(one) for one in found]
        print(json.dumps({"file": str(path), "anomalies": told}, ensure_ascii=False))
        return
    print(f"{path} : {_counted(len(found))}")
    for one in found:
        amount = "" if one.risk.amount is None else f" : {one.risk.amount:.2f} €".replace(".", ",")
        print(f"  {one.label} [{one.kind}], {one.where}")
        for said in (one.why, f"Risque{amount}. {one.risk.words} ({one.risk.law})", one.remedy):
            print(textwrap.fill(said, WIDTH, initial_indent="    ", subsequent_indent="    "))
        if options.letter:
            print("\n" + textwrap.indent(one.letter, "    | ", lambda _: True) + "\n")


def _counted(number: int) -> str:
    return f"{number} anomalie{'s' if number > 1 else ''}" if number else "aucune anomalie"


def _as_object(one: Anomaly) -> dict[str, Any]:
    told = asdict(one)
    amount = told["risk"]["amount"]
    told["risk"]["amount"] = None if amount is None else str(amount)
    return told
