"""The bytes of a FEC: written always the same way, read in all the ways seen in practice.

LPF article A47 A-1: one line an entry line, first line the names of the columns, tab or vertical
bar between fields, dates AAAAMMJJ, decimal comma, ISO 8859-15 or UTF-8. Reading accepts the ways of
:mod:`facturier.formats.fec_dialect` too. Nothing is repaired in silence: what is odd is a finding.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.errors import MalformedDocument
from facturier.formats import fec_dialect as dialect
from facturier.ledger import fec
from facturier.ledger.fec import COLUMNS, Fec, Row, found

if TYPE_CHECKING:
    from facturier.findings import Finding

ENCODINGS = ("utf-8", "iso-8859-15")
SEPARATORS = ("\t", "|")
READ_SEPARATORS = (*SEPARATORS, ";", ",")
SIGNED = (*COLUMNS[:11], "Montant", "Sens", *COLUMNS[13:])
"""The variant with one amount and its side."""
NAME = re.compile(r"(?P<siren>[0-9]{9})FEC(?P<closing>[0-9]{8})\.txt")
AMOUNT_COLUMNS = ("Debit", "Credit", "Montant")
ZERO = Decimal(0)
TYPOGRAPHY = str.maketrans({
    "’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u202f": " ",
    "\u00a0": " ", "−": "-",
})  # fmt: skip
"""What ISO 8859-15 lacks and has an obvious stand-in."""


def write_fec(content: Fec, *, separator: str = "\t", encoding: str = "iso-8859-15") -> bytes:
    """Return the file, the same bytes for the same entries.

    `separator` is a tab or a vertical bar. Tabs, bars and line breaks inside a text become spaces;
    a letter that ISO 8859-15 lacks loses its accent, or becomes ``?``: write UTF-8 to keep it.
    Raises ValueError for another separator or encoding.
    """
    if separator not in SEPARATORS or encoding not in ENCODINGS:
        raise ValueError((separator, encoding))
    lines = [COLUMNS, *(_fields(row) for row in content.rows)]
    text = "".join(separator.join(line) + "\r\n" for line in lines)
    if encoding == "iso-8859-15":
        text = "".join(_in_latin(letter) for letter in text.translate(TYPOGRAPHY))
    return text.encode(encoding)


def _in_latin(letter: str) -> str:
    for candidate in (letter, unicodedata.normalize("NFKD", letter)[0]):
        try:
            candidate.encode("iso-8859-15")
        except UnicodeEncodeError:
            continue
        return candidate
    return "?"


def _fields(row: Row) -> tuple[str, ...]:
    return (
        *map(_text, (row.journal, row.journal_label, row.number)),
        _date(row.date),
        *map(_text, (row.account, row.account_label, row.auxiliary, row.auxiliary_label)),
        _text(row.document),
        _date(row.document_date),
        _text(row.label),
        _amount(row.debit),
        _amount(row.credit),
        _text(row.letter),
        _date(row.lettered_on),
        _date(row.validated_on),
        "" if row.currency_amount is None else _amount(row.currency_amount),
        _text(row.currency),
    )


def _text(value: str) -> str:
    """Put a text on one line, without the characters that separate fields."""
    return " ".join(fec.CONTROL.sub(" ", value).split())


def _date(value: dt.date | None) -> str:
    return f"{value.year:04d}{value.month:02d}{value.day:02d}" if value else ""


def _amount(value: Decimal) -> str:
    return f"{value:.2f}".replace(".", ",")


@dataclass(slots=True)
class Reading:
    """A FEC as it was read, with what was odd about its bytes."""

    content: Fec
    findings: list[Finding] = field(default_factory=list)


def read_fec(data: bytes, name: str = "") -> Fec:
    """Return the entries of a FEC, whatever variant it is in; odd values are left empty.

    `name` is the name of the file, which alone says the SIREN and the end of the financial year.
    Raises MalformedDocument when the columns are not those of a FEC.
    """
    return read_with_findings(data, name).content


def check_fec(data: bytes, name: str = "") -> tuple[Finding, ...]:
    """Return what is wrong with a FEC, its bytes first, then its entries."""
    try:
        reading = read_with_findings(data, name)
    except MalformedDocument as error:
        return (found(error.reason, error.message, remedy=error.remedy),)
    return (*reading.findings, *fec.check(reading.content))


def read_with_findings(data: bytes, name: str = "") -> Reading:
    """Return what :func:`read_fec` returns, with what was odd about the bytes.

    Raises MalformedDocument when the columns are not those of a FEC.
    """
    text, findings = _decode(data)
    header = text.split("\n", 1)[0]
    separator = max(READ_SEPARATORS, key=header.count)
    if separator not in SEPARATORS:
        findings.append(
            found("SEPARATEUR", "Les champs se séparent par une tabulation ou une barre verticale.")
        )
    lines = _split(text, separator)
    columns, first = _columns(lines[0], findings)
    siren, closing = _identity(name, findings)
    whole = [
        (number, dict(zip(columns, line, strict=False)))
        for number, line in enumerate(lines[first - 1 :], start=first)
        if line != [""] and _is_whole(line, columns, number, findings)
    ]
    amounts = (row.get(one, "") for _, row in whole[: dialect.SAMPLE] for one in AMOUNT_COLUMNS)
    reader = _Rows(
        mark=dialect.decimal_mark(amounts), findings=findings, columns=frozenset(columns)
    )
    rows = tuple(reader.row(values, f"ligne {number}") for number, values in whole)
    return Reading(Fec(siren=siren, closing=closing, rows=rows), findings)


def _split(text: str, separator: str) -> list[list[str]]:
    """Split into lines and fields; only the separators that the text does not know use quotes."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if separator in SEPARATORS and not _is_quoted(lines[0], separator):
        return [line.split(separator) for line in lines]
    try:
        return [row or [""] for row in csv.reader(lines, delimiter=separator)]
    except csv.Error as error:
        raise MalformedDocument(
            f"Le fichier n'est pas un tableau lisible : {error}.", reason="CHAMPS"
        ) from error


def _is_quoted(header: str, separator: str) -> bool:
    """Tell whether a program put quotes around every field of the header."""
    names = header.split(separator)
    return len(names) > 1 and all(name[:1] == name[-1:] == '"' for name in names)


def _decode(data: bytes) -> tuple[str, list[Finding]]:
    try:
        text, encoding = dialect.decode(data)
    except ValueError as error:
        raise MalformedDocument(
            "Le fichier n'est pas un texte en UTF-8 ou en ISO 8859-15.", reason="ENCODAGE"
        ) from error
    if encoding == "utf-8-sig":
        mark = found(
            "MARQUE",
            "Le fichier commence par une marque d'ordre des octets (BOM).",
            fatal=False,
            remedy="Enregistrer en UTF-8 sans BOM.",
        )
        return text, [mark]
    if encoding == "cp1252":
        windows = found(
            "ENCODAGE",
            "Le fichier est en Windows-1252, lu comme tel.",
            remedy="Enregistrer en ISO 8859-15 ou en UTF-8.",
        )
        return text, [windows]
    return text, []


def _columns(header: list[str], findings: list[Finding]) -> tuple[tuple[str, ...], int]:
    """Return the columns, in the writing of the text, and the number of the first line of books.

    Raises MalformedDocument when they are not those of a FEC.
    """
    if dialect.is_header_missing(header):
        findings.append(
            found("COLONNES", "La première ligne ne nomme pas les colonnes : ordre supposé usuel.")
        )
        return COLUMNS, 1
    names = dialect.columns(header)
    missing = [name for name in (SIGNED if "Montant" in names else COLUMNS) if name not in names]
    if not dialect.can_be_read(names):
        raise MalformedDocument(
            f"Les 18 colonnes du FEC ne sont pas toutes là ; il manque : {', '.join(missing)}.",
            reason="COLONNES",
        )
    if missing:
        findings.append(
            found("COLONNES", f"Colonnes absentes, lues comme vides : {', '.join(missing)}.")
        )
    excess = [said.strip() for said, name in zip(header, names, strict=True) if not name]
    if excess:
        findings.append(found("COLONNES", f"Colonnes en trop, non lues : {', '.join(excess)}."))
    written = tuple(said.strip().casefold() for said, name in zip(header, names, strict=True)
                    if name)  # fmt: skip
    if odd := [said for said, name in zip(written, filter(None, names), strict=True)
               if said != name.casefold()]:  # fmt: skip
        findings.append(found("COLONNES", f"Colonnes mal nommées : {', '.join(odd)}."))
    elif not (missing or excess) and names not in (COLUMNS, SIGNED):
        findings.append(found("COLONNES", "Les colonnes ne sont pas dans l'ordre du texte."))
    return names, 2


def _identity(name: str, findings: list[Finding]) -> tuple[str, dt.date | None]:
    """Read the SIREN and the closing date in the file name; no name, no question."""
    if not name:
        return "", None
    match = NAME.fullmatch(name)
    read = dialect.to_date(match["closing"]) if match else None
    closing = read[0] if read and read[1] == dialect.OFFICIAL_DATE else None
    if match is None or closing is None:
        findings.append(
            found("NOM", f"Le fichier doit s'appeler SIRENFECAAAAMMJJ.txt, pas {name}.")
        )
        return "", None
    return match["siren"], closing


def _is_whole(
    line: list[str], columns: tuple[str, ...], number: int, findings: list[Finding]
) -> bool:
    if len(line) == len(columns):
        return True
    findings.append(
        found(
            "CHAMPS",
            f"La ligne a {len(line)} champs au lieu de {len(columns)}.",
            where=f"ligne {number}",
        )
    )
    return False


@dataclass(slots=True, kw_only=True)
class _Rows:
    """Reads lines; a value that is not what its column wants is a finding, read when it can be."""

    mark: str
    """The sign before the decimals, in this file."""
    columns: frozenset[str]
    findings: list[Finding]

    def row(self, values: dict[str, str], where: str) -> Row:
        def text(column: str) -> str:
            return values.get(column, "").strip()

        debit, credit = self._sides(values, where)
        return Row(
            journal=text("JournalCode"),
            journal_label=text("JournalLib"),
            number=text("EcritureNum"),
            date=self._day(values, "EcritureDate", where),
            account=text("CompteNum"),
            account_label=text("CompteLib"),
            auxiliary=text("CompAuxNum"),
            auxiliary_label=text("CompAuxLib"),
            document=text("PieceRef"),
            document_date=self._day(values, "PieceDate", where),
            label=text("EcritureLib"),
            debit=debit,
            credit=credit,
            letter=text("EcritureLet"),
            lettered_on=self._day(values, "DateLet", where),
            validated_on=self._day(values, "ValidDate", where),
            currency_amount=self._amount(values, "Montantdevise", where)
            if text("Montantdevise")
            else None,
            currency=text("Idevise"),
        )

    def _day(self, values: dict[str, str], column: str, where: str) -> dt.date | None:
        value = values.get(column, "").strip()
        if not value:
            return None
        read = dialect.to_date(value)
        if read is None or read[1] != dialect.OFFICIAL_DATE:
            self._odd("DATE", f"{column} : {value} n'est pas AAAAMMJJ.", where)
        return read[0] if read else None

    def _amount(self, values: dict[str, str], column: str, where: str) -> Decimal:
        value = values.get(column, "").strip()
        if not value:
            return ZERO
        if not dialect.OFFICIAL_AMOUNT.fullmatch(value):
            self._odd("MONTANT", f"{column} : {value} n'est pas au format 1234,56.", where)
        read = dialect.to_amount(value, self.mark)
        return ZERO if read is None else read

    def _sides(self, values: dict[str, str], where: str) -> tuple[Decimal, Decimal]:
        """Return debit and credit, from their own columns or from Montant and Sens."""
        if {"Debit", "Credit"} <= self.columns:
            return self._amount(values, "Debit", where), self._amount(values, "Credit", where)
        amount = self._amount(values, "Montant", where)
        if "Sens" not in self.columns:
            return max(amount, ZERO), max(-amount, ZERO)
        side = dialect.to_side(values["Sens"])
        if not side:
            said = values["Sens"].strip()
            self._odd("SENS", f"Sens : {said} n'est ni D ni C.", where)
        return (amount, ZERO) if side == dialect.DEBIT else (ZERO, amount)

    def _odd(self, name: str, message: str, where: str) -> None:
        self.findings.append(found(name, message, where=where))
