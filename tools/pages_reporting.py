"""Write the reference page of e-reporting from the table of flux 10 and the table of periods."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from facturier.formats.flux10 import REPORT
from facturier.reporting.periods import Data, Regime, deadline, periods, sent_by
from facturier.reporting.sales import Category

if TYPE_CHECKING:
    from collections.abc import Iterator

    from facturier.invoice.terms import Group, Term

SHOWN = (date(2026, 9, 1), date(2026, 10, 31))
"""The months whose periods are shown."""
_CATEGORIES = {
    Category.GOODS: "livraisons de biens taxées en France",
    Category.SERVICES: "prestations de services taxées en France",
    Category.NOT_TAXED_IN_FRANCE: "ventes non taxables en France, ventes à distance comprises",
    Category.MARGIN: "TVA sur la marge : on déclare la marge hors taxe",
}


def page() -> str:
    """Return the Markdown of ``docs/reference/e-reporting.md``."""
    return "\n".join([*_head(), *_periods(), *_categories(), *_terms()]) + "\n"


def _head() -> Iterator[str]:
    yield "# E-reporting (flux 10)"
    yield ""
    yield "Ce que porte une transmission, et quand elle est due. Comment Facturier en fait une :"
    yield "[explication](../explanation/e-reporting.md). Ses règles : [flux10](rules.md)."
    yield ""


def _periods() -> Iterator[str]:
    first, last = SHOWN
    yield "## Périodes et dates limites"
    yield ""
    yield f"Calculées par `reporting/periods.py`, ici du {first:%d/%m/%Y} au {last:%d/%m/%Y}."
    yield "Aucun texte connu ne reporte une limite qui tombe un jour férié."
    yield ""
    yield "| Régime | Données | Période | À la plateforme | À l'administration |"
    yield "|---|---|---|---|---|"
    for regime in Regime:
        for data in Data:
            for period in periods(first, last, regime, data):
                due = deadline(period, regime, data)
                sent = sent_by(period, regime, data)
                yield (
                    f"| {regime.label} | {data} | {period} | {due:%d/%m/%Y} | "
                    f"{sent:%d/%m/%Y} à {sent:%H h %M} |"
                )
    yield ""


def _categories() -> Iterator[str]:
    yield "## Catégories de ventes (TT-81)"
    yield ""
    yield "| Code | Ventes |"
    yield "|---|---|"
    yield from (f"| {code} | {meaning} |" for code, meaning in _CATEGORIES.items())
    yield ""


def _terms() -> Iterator[str]:
    yield "## Termes"
    yield ""
    yield f"{len(REPORT.terms)} termes et {len(REPORT.groups)} groupes de l'annexe 6, déclarés dans"
    yield "`src/facturier/reporting/report.py`, écrits par la table `formats/flux10.py`."
    yield ""
    yield "| Id | Nom | Name | Répété | Chemin |"
    yield "|---|---|---|---|---|"
    yield from _below("")


def _below(group: str) -> Iterator[str]:
    items: list[Term | Group] = [*REPORT.terms.values(), *REPORT.groups.values()]
    for item in sorted((one for one in items if one.parent == group), key=_place):
        yield _row(item)
        if item.id in REPORT.groups:
            yield from _below(item.id)


def _place(item: Term | Group) -> int:
    """Return the rank of an id in the table, which is the order of the schema."""
    return list(REPORT.table).index(item.id)


def _row(item: Term | Group) -> str:
    name = f"**{item.nom}**" if item.id in REPORT.groups else item.nom
    many = "oui" if item.many else ""
    return f"| {item.id} | {name} | {item.name} | {many} | `{REPORT.path_of(item.id)}` |"
