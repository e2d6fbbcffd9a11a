"""A ticket of the demonstration's restaurant whose invoice a company asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.reporting.sales import Category
from facturier.reporting.takings import Means
from facturier.server import sight
from facturier.server.demo.companies import COMPANIES
from facturier.server.demo.tills import TILL
from facturier.server.takings import told
from facturier.server.tickets import keeping

if TYPE_CHECKING:
    from facturier.server.firm.models import Dossier, Person

LUNCH = (("Repas sur place", "10", "88.00"), ("Boissons alcoolisées", "20", "22.00"))
BUYER = "conseil"


def give(dossier: Dossier, by: Person | None) -> None:
    """Give the links of two tickets of the latest day that is told; one invoice is asked for."""
    with sight.of([dossier.pk]):
        day = told.standing(dossier).order_by("-day").first()
        if day is None or dossier.tickets.exists():
            return
        parts = [
            {"label": label, "rate": rate, "category": Category.SERVICES.value, "gross": gross}
            for label, rate, gross in LUNCH
        ]
        first = keeping.give(dossier, day.day, TILL, "0118", parts, Means.CARD, by)
        keeping.give(dossier, day.day, TILL, "0121", parts[:1], Means.CARD, by)
        company = COMPANIES[BUYER]
        keeping.ask(first, {
            "siren": company.siren, "name": company.name, "siret": company.siret,
            "address": company.line, "post_code": company.post_code, "city": company.city,
            "line": company.electronic_address, "order": "",
        })  # fmt: skip
