"""``facturier report``: an e-reporting transmission (flux 10) from invoices and receipts.

Exit status: 0 the transmission is valid, or there is nothing to declare; 1 it is written and the
portal would refuse it; 2 some file could not be read, or bad usage.
"""

from __future__ import annotations

import argparse
import re
import sys
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facturier.cli.terminal import BAD_USAGE, DOCUMENT_SUFFIXES, bytes_of, complain, worded
from facturier.errors import BadUsage, UnreadableDocument

if TYPE_CHECKING:
    from facturier.findings import Verdict
    from facturier.formats.cdar import StatusReading
    from facturier.invoice.model import Invoice
    from facturier.reporting.filing import Filing, Gathered
    from facturier.reporting.periods import Data, Period
    from facturier.reporting.receipts import Received

_PAID = "212"
_RECEIPT = "MEN"
_ROLES = {"vendeur": "SE", "acheteur": "BY"}
_KINDS = {"biens": "TLB1", "services": "TPS1"}


def add(commands: Any) -> None:
    """Add the command to the parser."""
    report = commands.add_parser(
        "report", help="faire une transmission d'e-reporting (flux 10) à partir de factures"
    )
    report.add_argument(
        "files",
        nargs="+",
        metavar="FICHIER",
        type=Path,
        help="factures, et statuts 212 pour les paiements ; un dossier est parcouru",
    )
    report.add_argument("--siren", required=True, help="le déclarant")
    report.add_argument("--name", help="sa raison sociale (par défaut celle de ses factures)")
    report.add_argument(
        "--role", choices=tuple(_ROLES), default="vendeur", help="par défaut : vendeur"
    )
    report.add_argument(
        "--data",
        choices=("transactions", "paiements"),
        default="transactions",
        help="par défaut : transactions",
    )
    report.add_argument(
        "--period",
        required=True,
        metavar="PÉRIODE",
        help="2026-09 ; 2026-09-01/2026-09-10 ; ou un jour, avec --regime",
    )
    report.add_argument(
        "--regime",
        choices=("mensuel", "trimestriel", "simplifie", "franchise"),
        help="régime de TVA : donne la période d'un jour, et la date limite",
    )
    report.add_argument(
        "--platform", required=True, metavar="MATRICULE", help="la plateforme qui transmet"
    )
    report.add_argument("--platform-name", metavar="NOM", help="sa raison sociale")
    report.add_argument("--rectify", action="store_true", help="remplacer un envoi précédent (RE)")
    report.add_argument(
        "--otherwise",
        choices=tuple(_KINDS),
        help="ce que vend une facture sans cadre de facturation (BT-23)",
    )
    report.add_argument("-o", "--output", required=True, type=Path, metavar="SORTIE")
    report.set_defaults(run=_report)


@dataclass(slots=True)
class Sources:
    """What was found in the files."""

    invoices: list[tuple[Path, Invoice]] = field(default_factory=list)
    statuses: list[tuple[Path, StatusReading]] = field(default_factory=list)
    ignored: list[tuple[Path, str]] = field(default_factory=list)
    unreadable: bool = False

    def name_of(self, siren: str) -> str | None:
        """Return the company name that the invoices give a SIREN."""
        from facturier.reporting.filing import siren_of_party  # noqa: PLC0415

        parties = (
            party for _, invoice in self.invoices for party in (invoice.seller, invoice.buyer)
        )
        return next((p.name for p in parties if p and p.name and siren_of_party(p) == siren), None)

    def file_of(self, number: str) -> str:
        """Return the names of the files of the invoices with a number, to tell them apart."""
        return ", ".join(path.name for path, one in self.invoices if (one.number or "") == number)


def _report(options: argparse.Namespace) -> int:
    from facturier.formats.flux10 import write_report  # noqa: PLC0415
    from facturier.reporting.periods import Data  # noqa: PLC0415
    from facturier.rules.check import check  # noqa: PLC0415

    data = Data(options.data)
    period = _period(options.period, options.regime, data)
    sources = _read(options.files)
    filing = _filing(options, period, sources)
    gathered = _gathered(options, data, filing, sources)
    print(worded(f"{data.capitalize()} {period}, {options.role} {filing.name} ({filing.siren})"))
    verdict = None
    if gathered.report is not None:
        from facturier.formats.detect import detect  # noqa: PLC0415

        xml = write_report(gathered.report)
        options.output.write_bytes(xml)
        verdict = check(detect(xml))
    for line in _told(options, gathered, verdict, sources):
        print(worded(line))
    for line in _limit(period, options.regime, data) if gathered.report else ():
        print(worded(line))
    refused = verdict is not None and bool(verdict.fatal)
    return BAD_USAGE if sources.unreadable else int(refused)


# --- what is asked -------------------------------------------------------------------------------

_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


def _period(text: str, regime: str | None, data: Data) -> Period:
    """Read a period. Raises BadUsage for another form."""
    from facturier.reporting.periods import Period, Regime, period_of  # noqa: PLC0415

    try:
        if month := _MONTH.fullmatch(text):
            first = date(int(month[1]), int(month[2]), 1)
            return Period(first, first.replace(day=monthrange(first.year, first.month)[1]))
        start, slash, end = text.partition("/")
        first = date.fromisoformat(start)
        if slash:
            period = Period(first, date.fromisoformat(end))
        elif regime:
            period = period_of(first, Regime(regime), data)
        else:
            raise BadUsage(
                "Un jour seul ne fait pas une période.",
                remedy="Ajoutez --regime, ou écrivez 2026-09-01/2026-09-10.",
            )
    except ValueError:
        raise BadUsage(
            f"« {text} » n'est pas une période.",
            remedy="Écrivez 2026-09 ou 2026-09-01/2026-09-10.",
        ) from None
    if period.end < period.start:
        raise BadUsage(f"La période « {text} » finit avant de commencer.")
    return period


def _filing(options: argparse.Namespace, period: Period, sources: Sources) -> Filing:
    from facturier.invoice.parties import is_siren  # noqa: PLC0415
    from facturier.reporting.filing import Filing, Kind, Role  # noqa: PLC0415

    siren = options.siren.replace(" ", "")
    if not is_siren(siren):
        raise BadUsage(f"« {options.siren} » n'est pas un SIREN.")
    name = options.name or sources.name_of(siren)
    if not name:
        raise BadUsage(
            "Aucune facture ne donne la raison sociale du déclarant.", remedy="Ajoutez --name."
        )
    return Filing(
        siren=siren,
        name=name,
        role=Role(_ROLES[options.role]),
        period=period,
        platform=options.platform,
        platform_name=options.platform_name or f"Plateforme {options.platform}",
        created_at=datetime.now(UTC),
        kind=Kind.RECTIFYING if options.rectify else Kind.INITIAL,
    )


# --- what there is -------------------------------------------------------------------------------


def _paths(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix.lower() in DOCUMENT_SUFFIXES)
        else:
            yield path


def _read(paths: Sequence[Path]) -> Sources:
    from facturier.formats import INVOICES, detect, read  # noqa: PLC0415
    from facturier.formats.cdar import read_status  # noqa: PLC0415
    from facturier.formats.detect import Syntax  # noqa: PLC0415

    sources = Sources()
    for path in _paths(paths):
        try:
            detected = detect(bytes_of(path))
            if detected.syntax in INVOICES:
                sources.invoices.append((path, read(detected).invoice))
            elif detected.syntax is Syntax.CDAR:
                sources.statuses.append((path, read_status(detected)))
            else:
                sources.ignored.append((path, f"Ce n'est pas une facture ({detected.syntax})."))
        except UnreadableDocument as error:
            complain(f"{path} : {error.message}", error.remedy)
            sources.unreadable = True
    return sources


def _gathered(
    options: argparse.Namespace, data: Data, filing: Filing, sources: Sources
) -> Gathered:
    from facturier.reporting.periods import Data as Kinds  # noqa: PLC0415
    from facturier.reporting.receipts import gather_payments  # noqa: PLC0415
    from facturier.reporting.sales import Category  # noqa: PLC0415
    from facturier.reporting.transactions import gather_transactions  # noqa: PLC0415

    if data is Kinds.PAYMENTS:
        return gather_payments(_receipts(sources), filing)
    for path, _ in sources.statuses:
        sources.ignored.append((path, "Un statut ne dit rien des transactions."))
    return gather_transactions(
        [invoice for _, invoice in sources.invoices],
        filing,
        otherwise=Category(_KINDS[options.otherwise]) if options.otherwise else None,
    )


def _receipts(sources: Sources) -> Iterator[Received]:
    """Yield the receipts that statuses 212 tell, each with its invoice."""
    from facturier.formats.codecs import PARIS  # noqa: PLC0415
    from facturier.reporting.receipts import Received  # noqa: PLC0415

    for path, reading in sources.statuses:
        said = reading.message
        if said is None or str(said.status_code) != _PAID:
            sources.ignored.append((path, "Ce statut n'est pas un encaissement (212)."))
            continue
        invoice = _invoice_of(said.invoice_number, said.invoice_date, sources)
        if invoice is None:
            reason = f"La facture {said.invoice_number} n'est pas parmi les fichiers."
            sources.ignored.append((path, reason))
            continue
        for detail in said.details:
            for one in detail.characteristics:
                if one.type_code == _RECEIPT and one.amount is not None and one.percent is not None:
                    yield Received(
                        day=one.value_date or said.decided_at.astimezone(PARIS).date(),
                        parts=((one.percent, one.amount),),
                        invoice=invoice,
                        currency=one.currency,
                    )


def _invoice_of(number: str, day: date | None, sources: Sources) -> Invoice | None:
    return next(
        (
            invoice
            for _, invoice in sources.invoices
            if invoice.number == number and (day is None or invoice.issue_date == day)
        ),
        None,
    )


# --- what is said --------------------------------------------------------------------------------


def _told(
    options: argparse.Namespace, gathered: Gathered, verdict: Verdict | None, sources: Sources
) -> Iterator[str]:
    if verdict is None:
        yield "  Rien à déclarer : aucune transmission n'est due, aucun fichier n'est écrit."
    else:
        word = "INVALIDE" if verdict.fatal else "VALIDE"
        yield f"  {word}  {options.output}"
        yield f"  {_contents(gathered)}"
        for finding in verdict.findings:
            where = f" [{finding.where}]" if finding.where else ""
            yield f"  {finding.severity:8} {finding.rule}{where} {finding.message}"
            if finding.remedy:
                yield f"           → {finding.remedy}"
    for remark in gathered.remarks:
        yield f"  à noter : {remark}"
    for left in gathered.left_out:
        file = sources.file_of(left.number)
        yield f"  laissée : {left.number or '—'}{f' ({file})' if file else ''} : {left.reason}"
    for path, reason in sources.ignored:
        yield f"  laissé : {path.name} : {reason}"


def _contents(gathered: Gathered) -> str:
    """Say what a transmission holds, in numbers."""
    report = gathered.report
    assert report is not None
    parts: list[tuple[int, str]] = []
    if report.transactions is not None:
        parts = [
            (len(report.transactions.invoices), "facture internationale"),
            (len(report.transactions.sales), "total de ventes"),
        ]
    if report.payments is not None:
        parts = [
            (len(report.payments.invoices), "encaissement de facture"),
            (len(report.payments.days), "jour d'encaissements"),
        ]
    told = ", ".join(f"{number} {what}" for number, what in parts if number)
    return f"{told} ; {len(gathered.taken)} pièce(s) reprise(s)"


def _limit(period: Period, regime: str | None, data: Data) -> Iterator[str]:
    """Say until when the transmission is due, and whether the period is one of the regime's."""
    from facturier.reporting.periods import Regime, deadline, period_of  # noqa: PLC0415

    if regime is None:
        return
    expected = period_of(period.start, Regime(regime), data)
    if expected != period:
        wanted = worded(f"  La période de ce régime ({Regime(regime).label}) va {expected}.")
        print(wanted, file=sys.stderr)
    last = deadline(expected, Regime(regime), data)
    yield f"  À remettre à la plateforme au plus tard le {last:%d/%m/%Y}."
