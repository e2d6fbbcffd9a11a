"""The page of the simulation: what came in, what became of it, what waits, what goes wrong."""

from __future__ import annotations

import json
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any

from facturier.lifecycle.reasons import REASONS
from facturier.lifecycle.statuses import status
from facturier.network.concentrator import faults
from facturier.reporting.periods import PARIS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from facturier.network.concentrator.known import Application
    from facturier.network.concentrator.store import Store

HEADERS = (
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
)
_MOST_ROWS = 50
_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:0;color:#1d2733;background:#f6f7f9}
header{background:#7a4d00;color:#fff;padding:.8rem 1.2rem}
header strong{letter-spacing:.06em}
main{max-width:75rem;margin:0 auto;padding:1rem 1.2rem}
h1{font-size:1.35rem;margin:.2rem 0}h2{font-size:1.05rem;margin:1.6rem 0 .4rem}
.wide{overflow-x:auto;background:#fff;border:1px solid #dce1e7;border-radius:6px}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #e8ecf0;white-space:nowrap}
td:last-child{white-space:normal;min-width:12rem}
tr:last-child td{border-bottom:0}th{background:#f0f2f5;font-weight:600}
.no{color:#a1150b;font-weight:600}.yes{color:#0b6b3a}.quiet{color:#5a6675}
code{font-size:.87em}
"""
_SUBJECTS = {
    "f1": "Données de facture (F1)",
    "f10": "E-reporting (F10)",
    "status": "Statut (F6)",
    "directory": "Annuaire (F13)",
}


def state(store: Store) -> dict[str, Any]:
    """Return the figures of the store: flows by code, objects by code, what waits."""

    def counted(sql: str) -> dict[str, int]:
        return {str(row[0]): row[1] for row in store.connection.execute(sql)}

    return {
        "now": store.now().isoformat(),
        "flows": counted("SELECT coalesce(code, 0), count(*) FROM flows GROUP BY 1"),
        "objects": counted("SELECT code, count(*) FROM objects GROUP BY 1"),
        "waiting": counted(
            "SELECT application, count(*) FROM answers WHERE acknowledged_at IS NULL GROUP BY 1"
        ),
        "acknowledged": counted(
            "SELECT application, count(*) FROM answers WHERE acknowledged_at IS NOT NULL GROUP BY 1"
        ),
    }


def written(store: Store, applications: Iterable[Application]) -> str:
    """Return the page, whole."""
    title = "Concentrateur du portail public (SIMULATION)"
    body = "".join(
        (
            *_applications(store, applications),
            *_faults(store),
            *_flows(store),
            *_objects(store),
            *_answers(store),
        )
    )
    return (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{_STYLE}</style></head><body>"
        "<header><strong>SIMULATION</strong> — rien de ce qui est ici ne parvient à "
        "l'administration fiscale.</header>"
        f"<main><h1>Concentrateur du portail public de facturation</h1>"
        f'<p class="quiet">Il est ici le {_day(store.now().isoformat())}.</p>{body}</main>'
        "</body></html>"
    )


def _applications(store: Store, applications: Iterable[Application]) -> Iterator[str]:
    figures = state(store)
    rows = [
        (
            f"<code>{escape(one.code)}</code>",
            escape(one.platform) or "—",
            str(figures["waiting"].get(one.code, 0)),
            str(figures["acknowledged"].get(one.code, 0)),
        )
        for one in applications
    ]
    heads = ("Application", "Matricule", "Réponses en attente", "Réponses acquittées")
    yield from _table("Plateformes raccordées", heads, rows, "Aucune plateforme n'est raccordée.")


def _faults(store: Store) -> Iterator[str]:
    rows = [
        (
            escape(faults.WORDS[one.fault]),
            f"encore {one.times} fois",
            escape(one.application) or "toutes",
            escape(one.reason) or "—",
        )
        for one in faults.pending(store)
    ]
    heads = ("Panne demandée", "Combien", "Application", "Motif")
    yield from _table("Pannes", heads, rows, "Aucune panne n'est demandée.")


def _flows(store: Store) -> Iterator[str]:
    rows = [
        (
            _day(row["received_at"]),
            f"<code>{escape(row['name'])}</code>",
            f"{row['size']:,} o".replace(",", "\u202f"),
            _code(row["code"]),
            _reasons(row["reasons"].split()),
        )
        for row in _latest(store, "flows")
    ]
    heads = ("Reçu", "Flux", "Taille", "État", "Motifs")
    yield from _table("Derniers flux reçus", heads, rows, "Aucun flux n'est arrivé.")


def _objects(store: Store) -> Iterator[str]:
    rows = [
        (
            escape(_SUBJECTS.get(row["subject"], row["subject"])),
            escape(row["number"]) or "illisible",
            escape(row["siren"]) or "—",
            _code(row["code"]) if row["code"] else '<span class="yes">pris en compte</span>',
            escape(" ".join(one["message"] for one in json.loads(row["objections"])[:1])),
        )
        for row in _latest(store, "objects")
    ]
    heads = ("Objet", "Numéro", "SIREN", "État", "Pourquoi")
    yield from _table("Derniers objets", heads, rows, "Aucun objet n'a été examiné.")


def _answers(store: Store) -> Iterator[str]:
    rows = [
        (
            escape(row["application"]),
            f"<code>{escape(row['name'])}</code>",
            _day(row["acknowledged_at"]) if row["acknowledged_at"] else "en attente",
        )
        for row in _latest(store, "answers", "id, application, name, acknowledged_at")
    ]
    heads = ("Application", "Réponse", "Acquittée")
    yield from _table("Dernières réponses", heads, rows, "Aucune réponse n'a été faite.")


_COLUMNS = {"flows": "id, name, size, received_at, code, reasons", "objects": "*"}


def _latest(store: Store, table: str, columns: str = "") -> Iterable[Any]:
    return store.connection.execute(
        f"SELECT {columns or _COLUMNS[table]} FROM {table} "  # noqa: S608 - our own names
        f"ORDER BY id DESC LIMIT {_MOST_ROWS}"
    )


def _table(
    title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], nothing: str
) -> Iterator[str]:
    yield f"<h2>{escape(title)}</h2>"
    if not rows:
        yield f'<p class="quiet">{escape(nothing)}</p>'
        return
    yield f'<div class="wide" tabindex="0" role="region" aria-label="{escape(title)}">'
    yield "<table><thead><tr>"
    yield from (f'<th scope="col">{escape(head)}</th>' for head in heads)
    yield "</tr></thead><tbody>"
    for row in rows:
        yield "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>"
    yield "</tbody></table></div>"


def _code(code: int | None) -> str:
    if code is None:
        return '<span class="quiet">à examiner</span>'
    good = code % 100 in (0, 50)
    return f'<span class="{"yes" if good else "no"}">{code} {escape(status(code).label)}</span>'


def _reasons(codes: Iterable[str]) -> str:
    return escape(
        ", ".join(f"{REASONS[one].label} ({one})" if one in REASONS else one for one in codes)
    )


def _day(instant: str) -> str:
    moment = datetime.fromisoformat(instant).astimezone(PARIS)
    return f"{moment:%d/%m/%Y %H:%M:%S}"
