"""A list of the books as a file: spreadsheet (xlsx), text (csv), paper (pdf).

What is on the page, all of it: the same columns, the same order, the same sums.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import xlsxwriter
from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.text import slugify

from facturier.errors import RefusedByUs
from facturier.formats.layout import record
from facturier.formats.layout.record import Record, Table
from facturier.server.cells import harmless
from facturier.server.web.access import attachment
from facturier.server.web.templatetags.francais import entier, jour, montant_ou_vide

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from facturier.server.firm.models import Dossier

Cell = str | Decimal | int | date | None
KINDS = ("xlsx", "csv", "pdf")
MOST_ON_PAPER = 4000
"""Lines that are drawn as PDF in a request; more belong in a spreadsheet."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDTHS = {"amount": 14, "date": 11, "text": 24}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A list, ready to be written."""

    title: str
    """« Balance générale »."""
    subtitle: str
    """Of which dossier, which days, which filters."""
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    foot: Sequence[Cell] = ()
    """Sums, under the columns."""

    @property
    def body(self) -> list[Sequence[Cell]]:
        """All that stands under the columns."""
        return [*self.rows, self.foot] if self.foot else [*self.rows]


def asked(request: HttpRequest, dossier: Dossier, made: Callable[[], Sheet]) -> HttpResponse | None:
    """Answer with the list as the file that the address asks for (``fichier``).

    None when it asks for none; back to the page, with the reason, when it cannot be one.
    """
    kind = request.GET.get("fichier")
    if kind not in KINDS:
        return None
    try:
        return answer(made(), kind, dossier)
    except RefusedByUs as error:
        messages.error(request, error.in_full)
        query = request.GET.copy()
        query.pop("fichier")
        return redirect(f"{request.path}?{query.urlencode()}")


def answer(sheet: Sheet, kind: str, dossier: Dossier) -> HttpResponse:
    """Answer with `sheet` as a file of this kind, named after list, company and day."""
    name = f"{slugify(sheet.title)}-{dossier.siren}-{timezone.localdate():%Y%m%d}.{kind}"
    if kind == "xlsx":
        return attachment(xlsx(sheet), name, XLSX)
    if kind == "csv":
        return attachment(text(sheet), name, "text/csv; charset=utf-8")
    return attachment(paper(sheet), name, "application/pdf")


def text(sheet: Sheet) -> bytes:
    """Return the list as French spreadsheets open it: semicolons, decimal commas, UTF-8 marked."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    for row in (sheet.columns, *sheet.body):
        writer.writerow([_plain(cell) for cell in row])
    return ("\ufeff" + out.getvalue()).encode()


def _plain(cell: Cell) -> str:
    if isinstance(cell, Decimal):
        return f"{cell:.2f}".replace(".", ",")
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    return f"{cell}" if isinstance(cell, int) else harmless(cell or "")


def xlsx(sheet: Sheet) -> bytes:
    """Return the list as a workbook: numbers are numbers, days are days, the head stays."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False,
                                     "strings_to_urls": False})  # fmt: skip
    book.set_properties({"title": f"{sheet.title} {sheet.subtitle}", "author": "Facturier"})
    page = book.add_worksheet(sheet.title[:31])
    bold = book.add_format({"bold": True, "bottom": 1})
    looks = {
        Decimal: book.add_format({"num_format": "#,##0.00;-#,##0.00;"}),
        date: book.add_format({"num_format": "dd/mm/yyyy"}),
        int: book.add_format({"num_format": "#,##0"}),
    }
    page.write_string(0, 0, f"{sheet.title} · {sheet.subtitle}", book.add_format({"bold": True}))
    for place, name in enumerate(sheet.columns):
        page.write_string(2, place, name, bold)
    for line, row in enumerate(sheet.body, start=3):
        for place, cell in enumerate(row):
            if isinstance(cell, Decimal):
                page.write_number(line, place, float(cell), looks[Decimal])
            elif isinstance(cell, int):
                page.write_number(line, place, cell, looks[int])
            elif isinstance(cell, date):
                page.write_datetime(line, place, cell, looks[date])
            elif cell:
                page.write_string(line, place, cell)
    for place, kind in enumerate(_kinds(sheet)):
        page.set_column(place, place, WIDTHS[kind])
    page.freeze_panes(3, 0)
    if sheet.rows:
        page.autofilter(2, 0, 2 + len(sheet.rows), len(sheet.columns) - 1)
    book.close()
    return out.getvalue()


def _kinds(sheet: Sheet) -> list[str]:
    """Return what each column holds, by the first of its cells that holds something."""
    kinds = []
    for place in range(len(sheet.columns)):
        cell = next((row[place] for row in sheet.rows if row[place] not in ("", None)), "")
        amount = "amount" if isinstance(cell, Decimal | int) else "text"
        kinds.append("date" if isinstance(cell, date) else amount)
    return kinds


def paper(sheet: Sheet) -> bytes:
    """Return the list as PDF. Raises `RefusedByUs` for more lines than anybody prints."""
    if len(sheet.rows) > MOST_ON_PAPER:
        raise RefusedByUs(
            f"{len(sheet.rows)} lignes ne s'impriment pas (plus de {MOST_ON_PAPER}).",
            reason="too-long", remedy="Filtrez, ou prenez le fichier xlsx ou csv.",
        )  # fmt: skip
    shares = {"amount": 3, "date": 3, "text": 4}
    kinds = _kinds(sheet)
    table = Table(
        heading=f"{len(sheet.rows)} lignes", columns=sheet.columns,
        rows=[[_shown(cell) for cell in row] for row in sheet.body],
        widths=[shares[kind] for kind in kinds], nothing="Aucune ligne.",
        amounts=[place for place, kind in enumerate(kinds) if kind == "amount"],
    )  # fmt: skip
    return record.pdf(
        Record(title=sheet.title, subtitle=sheet.subtitle, tables=(table,), is_wide=True,
               foot=(f"Établi le {timezone.localtime():%d/%m/%Y à %H:%M}, heure de Paris.",)),
        issued=timezone.localdate(),
    )  # fmt: skip


def _shown(cell: Cell) -> str:
    if isinstance(cell, Decimal):
        return montant_ou_vide(cell)
    if isinstance(cell, int):
        return entier(cell)
    return jour(cell) if isinstance(cell, date) else cell or ""
