"""The mandates of the demonstration: who lets whom write invoices in its name, on both sides."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from facturier.server import clock
from facturier.server.demo.companies import COMPANIES
from facturier.server.demo.story import SALES
from facturier.server.mandates import register
from facturier.server.mandates.writing_for import Kind

if TYPE_CHECKING:
    from datetime import datetime

    from facturier.server.firm.models import Dossier

A_YEAR = timedelta(days=365)


def give(dossiers: dict[str, Dossier], opened_at: datetime) -> None:
    """Record the mandates without which the story could not be told, where they are missing.

    The dossiers are in sight.
    """
    with clock.set_to(opened_at - A_YEAR):
        for seller, buyer in sorted({(o.seller, o.buyer) for o in SALES if o.self_billed}):
            for key in (seller, buyer):
                if key in dossiers and not dossiers[key].mandates.exists():
                    _record(dossiers[key], seller, buyer, opened_at)


def _record(dossier: Dossier, seller: str, buyer: str, opened_at: datetime) -> None:
    giver, agent = COMPANIES[seller], COMPANIES[buyer]
    is_agent = dossier.siren == agent.siren
    used_before = giver.number % 50 * 7  # where the series of the story begins
    facts = {
        "kind": Kind.SELF_BILLING.value, "giver_siren": giver.siren, "giver_name": giver.name,
        "agent_siren": agent.siren, "agent_name": agent.name,
        "starts_on": opened_at.date() - A_YEAR, "contest_days": 15, "products": "raisin",
        "prefix": f"AF{agent.number}-{opened_at.year}-" if is_agent else "",
        "used_before": used_before if is_agent else 0,
    }  # fmt: skip
    contract = (
        f"Contrat de mandat d'auto-facturation (simulation)\n\n{giver.name} donne mandat à "
        f"{agent.name} d'établir en son nom et pour son compte les factures de ses ventes de "
        "raisin. Elle peut les contester pendant 15 jours.\n"
    )
    register.record(dossier, facts, ("mandat.txt", contract.encode()), None)
