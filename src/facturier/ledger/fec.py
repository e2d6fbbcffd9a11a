"""The fichier des écritures comptables (FEC): its columns, its order, its checks.

The object, not the file: bytes are the business of :mod:`facturier.formats.fec`. Sources: LPF
article A47 A-1 (arrêté of 29 July 2013); BOI-CF-IOR-60-40-20. The checks and their names are ours;
what the text demands is fatal, what an inspector would ask about is a warning.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

from facturier.errors import ConfigurationError
from facturier.findings import Finding, Layer, Severity
from facturier.ledger import accounts
from facturier.ledger.entries import ZERO, State

if TYPE_CHECKING:
    import datetime as dt

    from facturier.ledger.entries import Entry, Line

NO_LABELS: Mapping[str, str] = MappingProxyType({})
COLUMNS = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib",
    "CompAuxNum", "CompAuxLib", "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit",
    "EcritureLet", "DateLet", "ValidDate", "Montantdevise", "Idevise",
)  # fmt: skip
"""The 18 columns, in the order of the text (BIC, IS; accruals)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the file. A date that the file leaves empty is None."""

    journal: str
    journal_label: str
    number: str
    date: dt.date | None
    account: str
    account_label: str
    auxiliary: str = ""
    auxiliary_label: str = ""
    document: str
    document_date: dt.date | None
    label: str
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    letter: str = ""
    lettered_on: dt.date | None = None
    validated_on: dt.date | None = None
    currency_amount: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fec:
    """The entries of one company for one financial year."""

    siren: str
    closing: dt.date | None
    """Last day of the financial year."""
    rows: tuple[Row, ...]


def file_name(siren: str, closing: dt.date) -> str:
    """Return the name of the file: ``SIRENFECAAAAMMJJ.txt``."""
    return f"{siren}FEC{closing:%Y%m%d}.txt"


def in_order(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Sort rows by date, then journal and number; the lines of an entry keep their order."""
    return tuple(sorted(rows, key=lambda row: (str(row.date), row.journal, sequence(row.number))))


def sequence(number: str) -> tuple[str, int]:
    """Split a number into its prefix and its counter: ``VE-0012`` → (``VE-``, 12)."""
    digits = re.search(r"[0-9]*$", number)
    assert digits is not None
    return number[: digits.start()], int(digits.group() or 0)


def from_entries(
    entries: Iterable[Entry],
    *,
    siren: str,
    closing: dt.date,
    journals: Mapping[str, str],
    labels: Mapping[str, str] = NO_LABELS,
) -> Fec:
    """Return the FEC of validated entries; `journals` gives the label of each journal code.

    `labels` are the dossier's own labels of accounts; the others are those of the plan.

    Raises ConfigurationError for a proposed entry (only validated ones are in a FEC) or a journal
    without a label.
    """
    rows = [row for entry in entries for row in _rows(entry, journals, labels)]
    return Fec(siren=siren, closing=closing, rows=in_order(rows))


def _rows(entry: Entry, journals: Mapping[str, str], labels: Mapping[str, str]) -> Iterator[Row]:
    if entry.state in (State.PROPOSED, State.WITHDRAWN):
        raise ConfigurationError(
            f"L'écriture « {entry.label} » n'est pas validée : elle n'entre pas dans le FEC.",
            reason="not-validated",
        )
    if entry.journal not in journals:
        raise ConfigurationError(
            f"Le journal {entry.journal} n'a pas de libellé.", reason="unknown-journal"
        )
    for line in entry.lines:
        own = line.account_label or labels.get(line.account)
        yield _row(entry, line, journals[entry.journal], own or accounts.label(line.account))


def _row(entry: Entry, line: Line, journal_label: str, account_label: str) -> Row:
    return Row(
        journal=entry.journal,
        journal_label=journal_label,
        number=entry.number,
        date=entry.date,
        account=line.account,
        account_label=account_label,
        auxiliary=line.auxiliary,
        auxiliary_label=line.auxiliary_label,
        document=line.document or entry.document,
        document_date=line.document_date or entry.document_date,
        label=line.label,
        debit=line.debit,
        credit=line.credit,
        letter=line.letter,
        lettered_on=line.lettered_on,
        validated_on=entry.validated_on,
        currency_amount=line.currency_amount,
        currency=line.currency,
    )


def found(
    name: str, message: str, *, where: str = "", fatal: bool = True, remedy: str = ""
) -> Finding:
    """Make a finding on a FEC: ``FEC-`` and the name of the check."""
    return Finding(
        rule=f"FEC-{name}",
        layer=Layer.FEC,
        severity=Severity.FATAL if fatal else Severity.WARNING,
        message=message,
        where=where,
        remedy=remedy,
    )


def check(fec: Fec) -> tuple[Finding, ...]:
    """Return what is wrong with a FEC, in the order of its lines, then as a whole."""
    if not fec.rows:
        return (found("VIDE", "Le fichier ne contient aucune écriture."),)
    findings: list[Finding] = []
    for number, row in enumerate(fec.rows, start=2):
        findings += _check_row(row, f"ligne {number}", fec)
    findings += _check_balance(fec.rows)
    findings += _check_numbers(fec.rows)
    findings += _check_order(fec.rows)
    findings += _check_labels(fec.rows)
    return tuple(findings)


REQUIRED = (
    ("journal", "JournalCode"), ("journal_label", "JournalLib"), ("number", "EcritureNum"),
    ("date", "EcritureDate"), ("account", "CompteNum"), ("account_label", "CompteLib"),
    ("document", "PieceRef"), ("document_date", "PieceDate"), ("label", "EcritureLib"),
    ("validated_on", "ValidDate"),
)  # fmt: skip
"""Fields that no line may leave empty, with their column."""
ACCOUNT = re.compile(r"[1-9][0-9]{2}[0-9A-Za-z]*")
CONTROL = re.compile(r"[\t\r\n|\x00-\x1f\x7f]")
TEXTS = ("journal_label", "account_label", "auxiliary_label", "document", "label")


def _check_row(row: Row, where: str, fec: Fec) -> Iterator[Finding]:
    for field, column in REQUIRED:
        if not getattr(row, field):
            yield found("OBLIGATOIRE", f"La colonne {column} est vide.", where=where)
    yield from _check_account(row, where)
    yield from _check_amounts(row, where)
    yield from _check_dates(row, where, fec)
    if any(CONTROL.search(getattr(row, field)) for field in TEXTS):
        yield found(
            "CARACTERE",
            "Un libellé contient une tabulation, une barre verticale ou un saut de ligne.",
            where=where,
        )


def _check_account(row: Row, where: str) -> Iterator[Finding]:
    if row.account and not ACCOUNT.fullmatch(row.account):
        yield found(
            "COMPTE",
            f"Le compte {row.account} ne commence pas par trois chiffres du PCG.",
            where=where,
        )
    if row.auxiliary and not accounts.is_collective(row.account):
        yield found(
            "AUXILIAIRE",
            f"Le compte {row.account} n'est pas collectif : pas de compte auxiliaire.",
            where=where,
            fatal=False,
        )
    if bool(row.auxiliary) != bool(row.auxiliary_label):
        yield found(
            "AUXILIAIRE-LIBELLE",
            "Le compte auxiliaire et son libellé vont ensemble.",
            where=where,
        )


def _check_amounts(row: Row, where: str) -> Iterator[Finding]:
    if row.debit and row.credit:
        yield found("DEBIT-CREDIT", "La ligne porte un débit et un crédit.", where=where)
    if not row.debit and not row.credit:
        yield found("MONTANT-NUL", "La ligne ne porte aucun montant.", where=where, fatal=False)
    if row.debit < 0 or row.credit < 0:
        yield found(
            "MONTANT-NEGATIF",
            "Un montant négatif se porte de l'autre côté.",
            where=where,
            fatal=False,
        )
    if bool(row.currency) != (row.currency_amount is not None):
        yield found(
            "DEVISE", "Le montant en devise et le code de devise vont ensemble.", where=where
        )


def _check_dates(row: Row, where: str, fec: Fec) -> Iterator[Finding]:
    if row.date and fec.closing and row.date > fec.closing:
        yield found(
            "EXERCICE",
            f"L'écriture du {row.date:%d/%m/%Y} est après la clôture ({fec.closing:%d/%m/%Y}).",
            where=where,
        )
    if row.date and row.validated_on and row.validated_on < row.date:
        yield found(
            "VALIDATION",
            "L'écriture est validée avant sa date comptable.",
            where=where,
            fatal=False,
        )
    if bool(row.letter) != bool(row.lettered_on):
        yield found("LETTRAGE", "La lettre et la date de lettrage vont ensemble.", where=where)


def _check_balance(rows: tuple[Row, ...]) -> Iterator[Finding]:
    """Each entry balances, has one date, and so the whole file balances."""
    gaps: defaultdict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    dates: defaultdict[tuple[str, str], set[dt.date | None]] = defaultdict(set)
    for row in rows:
        gaps[row.journal, row.number] += row.debit - row.credit
        dates[row.journal, row.number].add(row.date)
    for (journal, number), gap in gaps.items():
        if gap:
            yield found(
                "EQUILIBRE",
                f"L'écriture n'est pas équilibrée : écart de {gap:.2f}.",
                where=f"journal {journal} écriture {number}",
            )
        if len(dates[journal, number]) > 1:
            yield found(
                "DATE-UNIQUE",
                "Les lignes d'une même écriture n'ont pas la même date.",
                where=f"journal {journal} écriture {number}",
            )
    total = sum(gaps.values(), ZERO)
    if total:
        yield found("TOTAL", f"Débits et crédits du fichier diffèrent de {total:.2f}.")


def _check_numbers(rows: tuple[Row, ...]) -> Iterator[Finding]:
    """Numbers run without a gap in each journal, or else through all journals together."""
    by_journal: defaultdict[str, set[int]] = defaultdict(set)
    for row in rows:
        by_journal[row.journal].add(sequence(row.number)[1])
    if not any(_missing(counters) for counters in by_journal.values()):
        return
    if not _missing(set().union(*by_journal.values())):
        return
    for journal, counters in by_journal.items():
        if missing := _missing(counters):
            yield found(
                "NUMEROTATION",
                f"Il manque l'écriture {missing[0]} ({len(missing)} en tout) dans la séquence.",
                where=f"journal {journal}",
                fatal=False,
                remedy="Justifier la rupture, ou rétablir l'écriture.",
            )


MOST_MISSING = 1000


def _missing(counters: set[int]) -> list[int]:
    """Return the first numbers missing between the smallest and the largest."""
    missing: list[int] = []
    for one, other in pairwise(sorted(counters)):
        missing += range(one + 1, min(other, one + 1 + MOST_MISSING))
    return missing


def _check_order(rows: tuple[Row, ...]) -> Iterator[Finding]:
    """Entries come by date; the lines of one entry stand together."""
    for number, (one, other) in enumerate(pairwise(rows), start=3):
        if one.date and other.date and other.date < one.date:
            yield found(
                "ORDRE",
                f"L'écriture du {other.date:%d/%m/%Y} vient après celle du {one.date:%d/%m/%Y}.",
                where=f"ligne {number}",
                fatal=False,
            )


def _check_labels(rows: tuple[Row, ...]) -> Iterator[Finding]:
    """A code has one label throughout the file."""
    for name, code, label in (
        ("JOURNAL-LIBELLE", "journal", "journal_label"),
        ("COMPTE-LIBELLE", "account", "account_label"),
        ("AUXILIAIRE-LIBELLES", "auxiliary", "auxiliary_label"),
    ):
        labels: defaultdict[str, set[str]] = defaultdict(set)
        for row in rows:
            labels[getattr(row, code)].add(getattr(row, label))
        for key, several in labels.items():
            if key and len(several) > 1:
                yield found(
                    name,
                    f"{key} a plusieurs libellés : {', '.join(sorted(several))}.",
                    fatal=False,
                )
