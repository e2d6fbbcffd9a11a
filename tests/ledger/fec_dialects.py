"""A small year of books, and twenty-four ways in which programs write its FEC.

Invented by us; each way is one that is met in practice, alone or with others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

NAMES = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib",
    "CompAuxNum", "CompAuxLib", "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit",
    "EcritureLet", "DateLet", "ValidDate", "Montantdevise", "Idevise",
)  # fmt: skip

YEAR = """
AN|À-nouveaux|1|20250701|512000|Banque|||RAN|20250701|Reprise|12 000,00||||20250701||
AN|À-nouveaux|1|20250701|101000|Capital|||RAN|20250701|Reprise||12 000,00|||20250701||
HA|Achats|1|20250714|607000|Farine|||M-77|20250713|Moulin – farine d’été|1 200,50||||20250731||
HA|Achats|1|20250714|445660|TVA déductible|||M-77|20250713|Moulin – farine d’été|66,03||||20250731||
HA|Achats|1|20250714|401000|Fournisseurs|FMOULIN|Moulin du Gué|M-77|20250713|Moulin – farine d’été||1 266,53|A|20250820|20250731||
HA|Achats|2|20250802|606300|Petit équipement|||US-9|20250801|Balance de précision|912,00||||20250831||
HA|Achats|2|20250802|401000|Fournisseurs|FACME|Acme Inc.|US-9|20250801|Balance de précision||912,00|||20250831|1 000,00|USD
VE|Ventes|1|20250815|411000|Clients|CMAIRIE|Mairie|V-1|20250815|Buffet du 15 août|2 110,00||||20250831||
VE|Ventes|1|20250815|706000|Prestations|||V-1|20250815|Buffet du 15 août||2 000,00|||20250831||
VE|Ventes|1|20250815|445710|TVA collectée|||V-1|20250815|Buffet du 15 août||110,00|||20250831||
BQ|Banque|1|20250820|401000|Fournisseurs|FMOULIN|Moulin du Gué|VIR-3|20250820|Virement Moulin|1 266,53||A|20250820|20250831||
BQ|Banque|1|20250820|512000|Banque|||VIR-3|20250820|Virement Moulin||1 266,53|||20250831||
"""  # noqa: E501 - a table
BALANCES = {
    "101000": "-12000.00", "401000": "-912.00", "411000": "2110.00", "445660": "66.03",
    "445710": "-110.00", "512000": "10733.47", "606300": "912.00", "607000": "1200.50",
    "706000": "-2000.00",
}  # fmt: skip
"""Debit minus credit of each account, added up by hand."""
TOTAL = Decimal("17555.06")

Table = list[list[str]]


def plain_table() -> Table:
    """The year as the text of the law has it: 18 fields, no blanks in amounts."""
    rows = [line.split("|") for line in YEAR.strip().splitlines()]
    for row in rows:
        for place in (11, 12, 16):
            row[place] = row[place].replace(" ", "")
        # The table leaves out one empty field between letter and validation where both are blank.
        assert len(row) in (17, 18), row
        if len(row) == 17:
            row.insert(13, "")
    return rows


def at(*places: int) -> Callable[[Callable[[str], str]], Callable[[Table], Table]]:
    """Change the fields at these places by a function."""

    def by(change: Callable[[str], str]) -> Callable[[Table], Table]:
        def apply(table: Table) -> Table:
            return [[change(v) if n in places and v else v for n, v in enumerate(row)]
                    for row in table]  # fmt: skip

        return apply

    return by


DATES, AMOUNTS = at(3, 9, 14, 15), at(11, 12, 16)


def dated(shape: str) -> Callable[[Table], Table]:
    return DATES(lambda v: shape.format(y=v[:4], m=v[4:6], d=v[6:], s=v[2:4]))


def grouped(mark: str, thousands: str) -> Callable[[Table], Table]:
    return AMOUNTS(
        lambda v: f"{Decimal(v.replace(',', '.')):,.2f}".translate(
            str.maketrans({",": thousands, ".": mark})
        )
    )


def one_amount(debit: str, credit: str) -> Callable[[Table], Table]:
    def apply(table: Table) -> Table:
        return [[*row[:11], row[11] or row[12], debit if row[11] else credit, *row[13:]]
                for row in table]  # fmt: skip

    return apply


def signed(table: Table) -> Table:
    return [[*row[:11], row[11] or "-" + row[12], *row[13:]] for row in table]


def without(*places: int) -> Callable[[Iterable[list[str]]], Table]:
    return lambda table: [[v for n, v in enumerate(row) if n not in places] for row in table]


def blank(*places: int) -> Callable[[Table], Table]:
    return at(*places)(lambda _: "")


def own_number_each(table: Table) -> Table:
    return [[*row[:2], str(n), *row[3:]] for n, row in enumerate(table, start=1)]


def everywhere(table: Table) -> Table:
    """An auxiliary account on every line, as some programs have it."""
    party = {"M-77": "FMOULIN", "US-9": "FACME", "V-1": "CMAIRIE", "VIR-3": "FMOULIN", "RAN": ""}
    return [[*row[:6], row[6] or party[row[8]], row[7] or party[row[8]], *row[8:]]
            for row in table]  # fmt: skip


def negative(table: Table) -> Table:
    """The bank's lines on their other side, with a minus."""
    return [[*row[:11], "-" + row[12] if row[12] else "", "-" + row[11] if row[11] else "",
             *row[13:]] if row[0] == "BQ" else row for row in table]  # fmt: skip


def with_zero_lines(table: Table) -> Table:
    return [*table, [*table[0][:11], "0,00", "0,00", *table[0][13:]]]


SIGNED_NAMES = (*NAMES[:11], "Montant", "Sens", *NAMES[13:])


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """A way to write a FEC."""

    separator: str = "\t"
    encoding: str = "utf-8"
    end: str = "\r\n"
    names: tuple[str, ...] | None = NAMES
    quoted: bool = False
    change: Callable[[Table], Table] = field(default=lambda table: table)

    def write(self) -> bytes:
        """Return the file."""
        rows = self.change(plain_table())
        lines = [list(self.names), *rows] if self.names else rows
        if self.quoted:
            lines = [[f'"{value}"' for value in line] for line in lines]
        text = "".join(self.separator.join(line) + self.end for line in lines)
        if self.encoding == "iso-8859-15":
            text = text.replace("–", "-").replace("’", "'")
        return text.encode(self.encoding)


OTHER_NAMES = (
    "Code journal", "Libellé journal", "Numéro écriture", "Date écriture", "Numéro compte",
    "Libellé compte", "Compte auxiliaire", "Libellé compte auxiliaire", "Référence pièce",
    "Date pièce", "Libellé écriture", "Montant débit", "Montant crédit", "Lettrage",
    "Date lettrage", "Date validation", "Montant en devise", "Code devise",
)  # fmt: skip

DIALECTS = {
    "tabulation UTF-8": Dialect(),
    "barre ISO 8859-15": Dialect(separator="|", encoding="iso-8859-15"),
    "point-virgule Windows-1252": Dialect(separator=";", encoding="cp1252"),
    "virgule et guillemets": Dialect(separator=",", quoted=True),
    "tabulation et guillemets": Dialect(quoted=True),
    "UTF-8 avec marque": Dialect(encoding="utf-8-sig"),
    "fins de ligne Unix, barre": Dialect(separator="|", end="\n"),
    "fins de ligne Mac": Dialect(end="\r", encoding="iso-8859-15"),
    "dates JJ/MM/AAAA": Dialect(separator=";", change=dated("{d}/{m}/{y}")),
    "dates AAAA-MM-JJ": Dialect(change=dated("{y}-{m}-{d}")),
    "dates JJMMAAAA": Dialect(separator="|", change=dated("{d}{m}{y}")),
    "dates JJ/MM/AA": Dialect(change=dated("{d}/{m}/{s}")),
    "dates et heure": Dialect(separator="|", change=dated("{y}-{m}-{d} 00:00:00")),
    "point décimal": Dialect(change=grouped(".", "")),
    "milliers par espace": Dialect(separator=";", change=grouped(",", "\u00a0")),
    "milliers par point": Dialect(encoding="cp1252", change=grouped(",", ".")),
    "milliers à l'anglaise": Dialect(separator="|", change=grouped(".", ",")),
    "Montant et Sens D C": Dialect(names=SIGNED_NAMES, change=one_amount("D", "C")),
    "Montant et Sens +1 -1": Dialect(
        names=SIGNED_NAMES, separator="|", change=one_amount("+1", "-1")
    ),
    "Montant signé, sans Sens": Dialect(
        names=tuple(n for n in SIGNED_NAMES if n != "Sens"), change=signed
    ),
    "noms de colonnes en toutes lettres": Dialect(names=OTHER_NAMES, separator=";"),
    "sans en-tête": Dialect(names=None, separator="|"),
    "sans les colonnes de devise ni de lettrage": Dialect(
        names=tuple(n for i, n in enumerate(NAMES) if i not in (13, 14, 16, 17)),
        change=without(13, 14, 16, 17),
    ),
    "un numéro par ligne": Dialect(change=own_number_each),
    "sans numéro d'écriture": Dialect(separator=";", change=blank(2)),
    "auxiliaire sur toutes les lignes": Dialect(change=everywhere),
    "négatifs de l'autre côté": Dialect(change=negative),
    "lignes à zéro": Dialect(separator="|", change=with_zero_lines),
}
