"""Entries that no invoice gives: VAT of imports, and the cut-off of a financial year.

Imports: the tax office knows each customs declaration and prefills the CA3; the books enter the VAT
from that declaration, never from the foreign invoice (CGI 293 A, 287). Cut-off: :data:`CUTS` says
which account stands for what belongs to the other year; its entry is reversed on the first day of
the next one.

Sources: CGI 293 A, 298-8, 1695 II; PCG 486, 487, 4081, 4181, 4098, 4198, 44586, 44587; notice of
form 3310-CA3, lines A4, I1 to I6, 20, 24.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.errors import Unpostable
from facturier.invoice.money import cents
from facturier.ledger.books import Side, VatRegime
from facturier.ledger.entries import HUNDRED, ZERO, Entry, Fiscal, Line

if TYPE_CHECKING:
    import datetime as dt

    from facturier.ledger.books import Books

IMPORT = "A-IMPORT"
"""Posting rule of VAT that a customs declaration tells."""
IMPORTED = "445663"
ASSETS = "44562"
DUE = "445718"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """One rate of a customs declaration."""

    base: Decimal
    """Taxable amount as customs counted it: value, duties, carriage to the first destination."""
    rate: Decimal
    share: Decimal = HUNDRED
    """Part of the VAT that may be deducted, in per cent."""
    account: str = ""
    """Charge or asset that bears the rest; needed where not all may be deducted."""
    is_asset: bool = False


def import_vat(
    declaration: str, parts: Sequence[Imported], *, on: dt.date, books: Books, supplier: str = ""
) -> Entry:
    """Return the entry of the VAT of an import, owed and deducted on the same return.

    `declaration` is the number of the customs declaration (MRN), `on` the day it was accepted.
    Raises Unpostable when what may not be deducted has no account.
    """
    label = f"Importation {declaration} {supplier}".strip()
    lines = [line for part in parts for line in _imported(part, label, books)]
    return Entry(
        journal=books.miscellaneous_journal, date=on, document=declaration, document_date=on,
        label=label, lines=tuple(lines),
        remarks=("À rapprocher de ce que la DGFiP préremplit sur la CA3 (lignes A4, I1 à I6).",),
    )  # fmt: skip


def _imported(part: Imported, label: str, books: Books) -> Iterator[Line]:
    tax = cents(part.base * part.rate / HUNDRED)
    share = ZERO if books.vat_regime is VatRegime.FRANCHISE else part.share
    kept = cents(tax * share / HUNDRED)
    fiscal = Fiscal(category="G", rate=part.rate)
    if tax - kept and not part.account:
        raise Unpostable(
            "Une part de la TVA n'est pas déductible : dites le compte qui la supporte.",
            reason="no-account",
        )
    said = (
        (ASSETS if part.is_asset else IMPORTED, kept, "Ligne 24 de la CA3, et 19 ou 20."),
        (part.account, tax - kept, "Part non déductible : elle suit le coût du bien."),
        (DUE, -tax, "TVA due à l'importation, autoliquidée sur la CA3 (CGI 293 A, 1695 II)."),
    )
    for account, amount, why in said:
        if amount:
            yield Line(
                account=books.pad(account), label=label, debit=max(amount, ZERO),
                credit=max(-amount, ZERO), rule=IMPORT, reason=why,
                fiscal=None if account == part.account else fiscal,
                base=None if account == part.account else part.base if account == DUE else
                cents(part.base * share / HUNDRED),
            )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One way in which a charge or a product belongs to the other year."""

    id: str
    name: str
    side: Side
    account: str
    """What stands for it in the balance sheet."""
    adds: bool
    """Whether it adds to the charges or products of the year that ends."""
    vat: str = ""
    """Account of the VAT that an invoice to come will bear; empty where there is none."""
    why: str = ""


BUY, SELL = Side.PURCHASE, Side.SALE
CUTS: dict[str, Cut] = {
    cut.id: cut
    for cut in (
        Cut(id="CCA", name="Charge constatée d'avance", side=BUY, account="486", adds=False,
            why="Facturée, mais elle concerne l'exercice suivant."),
        Cut(id="PCA", name="Produit constaté d'avance", side=SELL, account="487", adds=False,
            why="Facturé, mais la prestation est de l'exercice suivant."),
        Cut(id="FNP", name="Facture non parvenue", side=BUY, account="4081", adds=True,
            vat="44586", why="Livrée ou rendue avant la clôture, facturée après."),
        Cut(id="FAE", name="Facture à établir", side=SELL, account="4181", adds=True,
            vat="44587", why="Livrée ou rendue avant la clôture, facturée après."),
        Cut(id="AAR", name="Avoir à recevoir", side=BUY, account="4098", adds=False, vat="44586",
            why="Acquis à la clôture, reçu après."),
        Cut(id="AAE", name="Avoir à établir", side=SELL, account="4198", adds=False, vat="44587",
            why="Accordé à la clôture, établi après."),
    )
}  # fmt: skip
"""The table."""


def cut_off(
    kind: str, account: str, net: Decimal, *, rate: Decimal = ZERO, closing: dt.date, books: Books,
    document: str, about: str = "",
) -> tuple[Entry, Entry]:  # fmt: skip
    """Return the entry of the last day of the year, and its reversal on the first of the next.

    `account` is the charge or product, `net` the amount before VAT that belongs to the other year;
    `rate` only counts where an invoice is still to come.
    """
    row = CUTS[kind]
    sign = 1 if (row.side is BUY) is row.adds else -1
    tax = cents(net * rate / HUNDRED) if row.vat else ZERO
    label = f"{row.name} {about}".strip()
    amounts = ((account, sign * net), (row.vat, sign * tax), (row.account, -sign * (net + tax)))
    lines = tuple(
        Line(
            account=books.pad(number), label=label, debit=max(amount, ZERO),
            credit=max(-amount, ZERO), rule=row.id, reason=row.why,
        )
        for number, amount in amounts if amount
    )  # fmt: skip
    first = Entry(
        journal=books.miscellaneous_journal, date=closing, document=document,
        document_date=closing, label=label, lines=lines,
    )  # fmt: skip
    back = tuple(
        replace(line, debit=line.credit, credit=line.debit, label=f"Extourne {label}",
                reason="Extourne au premier jour de l'exercice suivant.")
        for line in lines
    )  # fmt: skip
    opened = closing + timedelta(days=1)
    return first, replace(first, date=opened, label=f"Extourne {label}", lines=back)


def part_after(net: Decimal, first: dt.date, last: dt.date, closing: dt.date) -> Decimal:
    """Return the part of `net`, for a service from `first` to `last`, that comes after `closing`.

    By days, both ends included, to the cent.
    """
    days = (last - first).days + 1
    after = min(max((last - closing).days, 0), days)
    return cents(net * after / days)
