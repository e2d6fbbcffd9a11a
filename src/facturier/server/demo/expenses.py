"""What the consultants of the demonstration paid for their company: tickets, journeys, invoices."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from facturier import formats
from facturier.invoice.model import Identifier
from facturier.ledger.expenses import EMPLOYEE_SCHEME
from facturier.server import sight
from facturier.server.demo.companies import COMPANIES
from facturier.server.documents.deposit import deposit
from facturier.server.documents.models import Flow
from facturier.server.expenses import claiming
from facturier.server.expenses.claiming import Receipt
from facturier.server.expenses.models import Employee
from facturier.server.jobs.work import go_round
from facturier.server.reporting import periods
from facturier.use_cases import pieces

if TYPE_CHECKING:
    from facturier.server.firm.models import Dossier, Person

RESTAURANT = pieces.actor(161, "Brasserie des Halles SARL", "fournisseur", vat_on_receipts=True)
TICKET = Receipt(
    name="ticket.pdf",
    data=b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 1"
    b"/Kids[3 0 R]>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 220 320]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n",
)
"""A blank page: the receipts of the demonstration are fictitious."""


def tell(dossier: Dossier, entering: Person | None, leading: Person | None) -> None:
    """Enter the expenses of two consultants, unless an earlier seeding did.

    A meal is claimed and invoiced, another invoice names its payer, a third one somebody unknown;
    last month's claim is approved and booked by `leading`.
    """
    with sight.of([dossier.pk]):
        if Employee.objects.filter(dossier=dossier).exists():
            return
        malo = _employee(dossier, "0042", "Malo Kerbrat", card="4242", horsepower=5)
        lise = _employee(dossier, "0017", "Lise Aubrac", account="455")
        today = periods.today()
        for rank in range(7):
            _spent(malo, today - timedelta(days=rank), "peage", "Péage", "9.60", ("20", "1.60"),
                   supplier="Autoroutes de l'Ouest")  # fmt: skip
        _spent(malo, today, "restaurant", "Déjeuner, trois clients", "198.00", ("10", "18.00"),
               supplier="Chez Marguerite")  # fmt: skip
        _spent(malo, today, "restaurant", "Déjeuner client", "88.00", ("10", "8.00"),
               supplier="Brasserie des Halles")  # fmt: skip
        _spent(malo, today, "kilometres", "Chantier de Redon", "0", kilometres=Decimal(84))
        _spent(lise, today, "hotel", "Une nuit, Nantes", "132.00", ("10", "12.00"))
        if entering is not None and leading is not None:
            _last_month(lise, today, entering, leading)
    for number, day, net, who in (
        ("BH-2041", today, "80.00", ""), ("BH-2037", today - timedelta(days=4), "60.00", "0042"),
        ("BH-2029", today - timedelta(days=6), "45.00", "7310"),
    ):  # fmt: skip
        _invoiced(dossier, number, day, net, who)
    go_round(dossier.pk)


def _employee(dossier: Dossier, matricule: str, name: str, **more: Any) -> Employee:
    return Employee.objects.create(dossier=dossier, matricule=matricule, name=name, **more)


def _spent(
    who: Employee, day: date, nature: str, label: str, gross: str, *taxes: tuple[str, str],
    **more: Any,
) -> None:  # fmt: skip
    said = {
        "day": day, "nature": nature, "label": label, "gross": Decimal(gross),
        "taxes": [list(one) for one in taxes],
    }  # fmt: skip
    claiming.add(who, said | more, None if nature == "kilometres" else TICKET)


def _last_month(who: Employee, today: date, entering: Person, leading: Person) -> None:
    last = today.replace(day=1) - timedelta(days=3)
    _spent(who, last, "parking", "Parking de la gare", "18.00", ("20", "3.00"))
    _spent(who, last, "transport", "Train, Rennes-Paris", "118.00", ("10", "10.73"))
    claim = who.claims.get(month=last.replace(day=1))
    claiming.submit(claim, entering)
    claiming.approve(claim, leading)
    claiming.book(claim)


def _invoiced(dossier: Dossier, number: str, day: date, net: str, who: str) -> None:
    """Deposit an invoice of the restaurant that came by another way."""
    buyer = COMPANIES["conseil"].party()
    made = pieces.invoice(
        number, RESTAURANT, buyer, pieces.line("Repas d'affaires", net, "10"), on=day.isoformat(),
        process="S2", paid=f"{Decimal(net) * Decimal('1.1'):.2f}", payment=pieces.by_card(),
        object_identifiers=(Identifier(who, EMPLOYEE_SCHEME),) if who else (),
    )  # fmt: skip
    with sight.of([dossier.pk]):
        deposit(
            dossier, formats.write(made, "ubl").xml, name=f"{number}.xml",
            channel=Flow.Channel.PAGE, submitted_by=dossier.responsible,
        )  # fmt: skip
