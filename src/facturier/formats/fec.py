"""The bytes of a FEC: written always the same way, read in all the ways seen in practice.

LPF article A47 A-1: one line an entry line, first line the names of the columns, tab or vertical
bar between fields, dates AAAAMMJJ, decimal comma, ISO 8859-15 or UTF-8. Reading also accepts
``;`` and ``,``, a byte order mark, and the variant that replaces Debit and Credit by Montant and
Sens (D, C, or +1, -1). Nothing is repaired in silence: what is odd is a finding.
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
from facturier.ledger import fec
from facturier.ledger.fec import COLUMNS, Fec, Row, found

if TYPE_CHECKING:
    from collections.abc import Callable

    from facturier.findings import Finding

ENCODINGS = ("utf-8", "iso-8859-15")
SEPARATORS = ("\t", "|")
READ_SEPARATORS = (*SEPARATORS, ";", ",")
SIGNED = (*COLUMNS[:11], "Montant", "Sens", *COLUMNS[13:])
"""The variant with one amount and its side."""
NAME = re.compile(r"(?P<siren>[0-9]{9})FEC(?P<closing>[0-9]{8})\.txt")
AMOUNT = re.compile(r"-?[0-9]+(,[0-9]{1,2})?")
READABLE = re.compile(r"[+-]?[0-9]{1,15}([.][0-9]*)?")
"""An amount that can be understood although it is not written as it should."""
DATE_LENGTH = 8
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
    return _read(data, name).content


def check_fec(data: bytes, name: str = "") -> tuple[Finding, ...]:
    """Return what is wrong with a FEC, its bytes first, then its entries."""
    try:
        reading = _read(data, name)
    except MalformedDocument as error:
        return (found(error.reason, error.message, remedy=error.remedy),)
    return (*reading.findings, *fec.check(reading.content))


def _read(data: bytes, name: str) -> Reading:
    text, findings = _decode(data)
    header = text.split("\n", 1)[0]
    separator = max(READ_SEPARATORS, key=header.count)
    if separator not in SEPARATORS:
        findings.append(
            found("SEPARATEUR", "Les champs se séparent par une tabulation ou une barre verticale.")
        )
    lines = _split(text, separator)
    columns = _columns(lines[0], findings)
    siren, closing = _identity(name, findings)
    rows = tuple(
        _row(dict(zip(columns, line, strict=False)), f"ligne {number}", findings)
        for number, line in enumerate(lines[1:], start=2)
        if line != [""] and _is_whole(line, columns, number, findings)
    )
    return Reading(Fec(siren=siren, closing=closing, rows=rows), findings)


def _split(text: str, separator: str) -> list[list[str]]:
    """Split into lines and fields; only the separators that the text does not know use quotes."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if separator in SEPARATORS:
        return [line.split(separator) for line in lines]
    try:
        return [row or [""] for row in csv.reader(lines, delimiter=separator)]
    except csv.Error as error:
        raise MalformedDocument(
            f"Le fichier n'est pas un tableau lisible : {error}.", reason="CHAMPS"
        ) from error


def _decode(data: bytes) -> tuple[str, list[Finding]]:
    """Decode UTF-8, with or without mark, else ISO 8859-15, which accepts all bytes.

    A file in ISO 8859-15 whose accents all happen to form UTF-8 (``é€œ``) is read as UTF-8.
    """
    if b"\x00" in data:
        raise MalformedDocument(
            "Le fichier n'est pas un texte en UTF-8 ou en ISO 8859-15.", reason="ENCODAGE"
        )
    if data.startswith(b"\xef\xbb\xbf"):
        mark = found(
            "MARQUE",
            "Le fichier commence par une marque d'ordre des octets (BOM).",
            fatal=False,
            remedy="Enregistrer en UTF-8 sans BOM.",
        )
        return data[3:].decode("utf-8", "replace"), [mark]
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError:
        return data.decode("iso-8859-15"), []


def _columns(header: list[str], findings: list[Finding]) -> tuple[str, ...]:
    """Return the columns, in the writing of the text; raise when they are not those of a FEC."""
    names = tuple(name.strip().casefold() for name in header)
    for columns in (COLUMNS, SIGNED):
        wanted = tuple(column.casefold() for column in columns)
        if names == wanted:
            return columns
        if sorted(names) == sorted(wanted):
            findings.append(found("COLONNES", "Les colonnes ne sont pas dans l'ordre du texte."))
            spelling = dict(zip(wanted, columns, strict=True))
            return tuple(spelling[name] for name in names)
    missing = [column for column in COLUMNS if column.casefold() not in names]
    raise MalformedDocument(
        f"Les 18 colonnes du FEC ne sont pas toutes là ; il manque : {', '.join(missing)}."
        if missing
        else "Le fichier a des colonnes en trop.",
        reason="COLONNES",
    )


def _identity(name: str, findings: list[Finding]) -> tuple[str, dt.date | None]:
    """Read the SIREN and the closing date in the file name; no name, no question."""
    if not name:
        return "", None
    match = NAME.fullmatch(name)
    closing = _to_date(match["closing"]) if match else None
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


def _to_date(value: str) -> dt.date | None:
    try:
        return dt.datetime.strptime(value, "%Y%m%d").replace(tzinfo=dt.UTC).date()
    except ValueError:
        return None


def _row(values: dict[str, str], where: str, findings: list[Finding]) -> Row:
    """Read one line; a value that is not what its column wants is a finding and left empty."""

    def day(column: str) -> dt.date | None:
        value = values[column].strip()
        read = _to_date(value) if len(value) == DATE_LENGTH else None
        if value and read is None:
            findings.append(found("DATE", f"{column} : {value} n'est pas AAAAMMJJ.", where=where))
        return read

    def amount(column: str) -> Decimal:
        value = values[column].strip()
        if value and not AMOUNT.fullmatch(value):
            findings.append(
                found("MONTANT", f"{column} : {value} n'est pas au format 1234,56.", where=where)
            )
        plain = "".join(value.split()).replace(",", ".")
        return Decimal(plain) if READABLE.fullmatch(plain) else ZERO

    debit, credit = _sides(values, amount, where, findings)
    return Row(
        journal=values["JournalCode"],
        journal_label=values["JournalLib"],
        number=values["EcritureNum"],
        date=day("EcritureDate"),
        account=values["CompteNum"],
        account_label=values["CompteLib"],
        auxiliary=values["CompAuxNum"],
        auxiliary_label=values["CompAuxLib"],
        document=values["PieceRef"],
        document_date=day("PieceDate"),
        label=values["EcritureLib"],
        debit=debit,
        credit=credit,
        letter=values["EcritureLet"],
        lettered_on=day("DateLet"),
        validated_on=day("ValidDate"),
        currency_amount=amount("Montantdevise") if values["Montantdevise"].strip() else None,
        currency=values["Idevise"],
    )


def _sides(
    values: dict[str, str],
    amount: Callable[[str], Decimal],
    where: str,
    findings: list[Finding],
) -> tuple[Decimal, Decimal]:
    """Return debit and credit, from their own columns or from Montant and Sens."""
    if "Sens" not in values:
        return amount("Debit"), amount("Credit")
    side = values["Sens"].strip().upper()
    if side in ("D", "+1"):
        return amount("Montant"), ZERO
    if side not in ("C", "-1"):
        findings.append(found("SENS", f"Sens : {side} n'est ni D ni C.", where=where))
    return ZERO, amount("Montant")
