"""An employee of the bakery, the tickets that she brings, the invoices that restaurants send."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from facturier import formats
from facturier.invoice.model import Identifier, Party, PaymentCard, PaymentInstructions
from facturier.server.documents.deposit import deposit
from facturier.server.documents.models import Document
from facturier.server.expenses import claiming
from facturier.server.expenses.claiming import Receipt
from facturier.server.expenses.models import Employee
from facturier.server.jobs.work import work_through
from facturier.use_cases import pieces

D = Decimal
DAY = date(2026, 11, 3)
PHOTO = Receipt(name="ticket.jpg", data=b"\xff\xd8\xff\xe0 une photo")
SELLER = pieces.actor(9050, "Brasserie du Port SARL", "vendeur", vat_on_receipts=True)
BUYER = pieces.actor(9002, "Boulangerie Simulée", "acheteur")


def employee(dossier, matricule="0042", **more):
    asked = {"name": "Salariée Quarante-Deux", "account": "421", "horsepower": 5} | more
    return Employee.objects.create(dossier=dossier, matricule=matricule, **asked)


def ticket(someone, gross="88.00", *, day=DAY, receipt=PHOTO, line=None, **more):
    """Enter a restaurant bill of 80.00 + 8.00 without the company's name."""
    said = {
        "day": day, "nature": "restaurant", "label": "Repas d'affaires",
        "supplier": "Brasserie du Port", "gross": D(gross), "taxes": [["10", "8.00"]],
    }  # fmt: skip
    return claiming.add(someone, said | more, receipt, line)


def invoice(
    number="FA-1", net="80.00", rate="10", *, on="2026-11-03", ahk="0042", payer="", card="",
    suffix="", seller=SELLER, process="S2", paid="88.00", item="Repas d'affaires, 4 couverts",
):  # fmt: skip
    """The invoice of the same meal, in the company's name, paid already."""
    more = {}
    if ahk:
        more["object_identifiers"] = (Identifier(ahk, "AHK"),)
    if payer:
        more["payer"] = Party(name=payer)
    payment = pieces.by_card()
    if card:
        payment = (PaymentInstructions(means_code="48", card=PaymentCard(number=card)),)
    return pieces.invoice(
        number, seller, BUYER.at(suffix) if suffix else BUYER, pieces.line(item, net, rate), on=on,
        process=process, extended=True, paid=paid or None, payment=payment, **more,
    )  # fmt: skip


def received(dossier, made=None):
    """Bring an invoice into the dossier of its buyer; return its record."""
    made = made or invoice()
    data = formats.write(made, "ubl").xml
    deposit(dossier, data, name=f"{made.number}.xml", channel="page")
    while work_through(dossier.pk):
        pass
    return Document.objects.get(dossier=dossier, number=made.number)
