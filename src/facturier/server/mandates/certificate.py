"""What a mandate covered, on paper: its terms, its series, its invoices, the burnt numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from facturier.formats.layout import record
from facturier.formats.layout.figures import amount
from facturier.formats.layout.record import Record, Table
from facturier.lifecycle.statuses import status
from facturier.server.mandates import series

if TYPE_CHECKING:
    from facturier.server.mandates.models import Mandate

FOOT = (
    "Ce document dit ce que le registre des mandats et les factures du dossier contiennent au "
    "moment de l'impression. Un numéro rejeté (213) ou refusé (210) est perdu : la facture est "
    "annulée des deux côtés, le statut est la pièce. CGI, art. 289, I-2 ; annexe II, art. 242 "
    "nonies ; BOI-TVA-DECLA-30-20-10."
)


def pdf(mandate: Mandate) -> bytes:
    """Return the certificate of `mandate`."""
    now = timezone.localtime()
    return record.pdf(
        Record(
            title="Factures sous mandat",
            subtitle=f"{mandate.agent_name} pour {mandate.giver_name}",
            facts=_facts(mandate),
            tables=(_covered(mandate), _burnt(mandate)),
            foot=(FOOT, f"Établi le {now:%d/%m/%Y à %H:%M} (heure de Paris)."),
        ),
        issued=now.date(),
    )


def _facts(mandate: Mandate) -> tuple[tuple[str, str], ...]:
    until = f"{mandate.ends_on:%d/%m/%Y}" if mandate.ends_on else "sans fin inscrite"
    missing = series.missing(mandate) if mandate.prefix else []
    return (
        ("Sorte", mandate.get_kind_display()),
        ("Vendeur (donne)", f"{mandate.giver_name}, SIREN {mandate.giver_siren or 'aucun'}"),
        ("Écrit (reçoit)", f"{mandate.agent_name}, SIREN {mandate.agent_siren or 'aucun'}"),
        ("Forme", mandate.form),
        ("Étendue", _scope(mandate)),
        ("En vigueur", f"du {mandate.starts_on:%d/%m/%Y} ; {until}"),
        ("Contestation", f"{mandate.contest_days} jours" if mandate.is_written
         else "chaque facture attend l'acceptation du vendeur"),
        ("Série", f"{mandate.prefix}, dernier numéro {series.write(mandate, mandate.last_number)}"
         if mandate.prefix and mandate.last_number else mandate.prefix or "celle de qui écrit"),
        ("Numéros sans facture", ", ".join(missing) or "aucun"),
        ("Preuve (SHA-256)", f"{mandate.evidence_name}, {mandate.evidence_id}"
         if mandate.evidence_id else "aucune pièce jointe"),
    )  # fmt: skip


def _scope(mandate: Mandate) -> str:
    types = f"types {', '.join(mandate.types)}" if mandate.types else "tous les types"
    return f"{types}, {mandate.products or 'tous les produits'}"


def _covered(mandate: Mandate) -> Table:
    rows = mandate.covered.select_related("document").order_by("document__issue_date", "pk")
    return Table(
        heading="Factures", columns=("Numéro", "Date", "Type", "Statut", "TTC"),
        widths=(4, 2, 1, 3, 2), amounts=(4,), nothing="Aucune facture.",
        rows=[
            (one.document.number, f"{one.document.issue_date:%d/%m/%Y}"
             if one.document.issue_date else "", one.document.type_code,
             _status(one.document.state), amount(one.document.total_with_vat, one.document.currency)
             if one.document.total_with_vat is not None else "")
            for one in rows
        ],
    )  # fmt: skip


def _burnt(mandate: Mandate) -> Table:
    return Table(
        heading="Numéros perdus", columns=("Numéro", "Statut"), widths=(1, 1),
        rows=[(one.document.number, _status(one.document.state)) for one in series.burnt(mandate)],
        nothing="Aucun numéro perdu.",
    )  # fmt: skip


def _status(code: str) -> str:
    return f"{code} {status(int(code)).label}" if code else ""
