"""A ticket of a till for which a link was given, who asked for its invoice, what was sent."""

# ruff: noqa: D106 - a model's Meta needs no sentence
from __future__ import annotations

from decimal import Decimal

from django.db import models

from facturier.invoice.from_ticket import Sale, Slice
from facturier.reporting import takings
from facturier.reporting.sales import Category
from facturier.reporting.takings import Means, Part
from facturier.server.documents.models import Flow
from facturier.server.firm.models import Dossier, Person
from facturier.server.takings.models import LONGEST_TILL, DayTakings

PAID_BY = {
    Means.CARD.value: "48", Means.CASH.value: "10", Means.CHEQUE.value: "20",
    Means.TRANSFER.value: "30", Means.VOUCHER.value: "1", Means.OTHER.value: "1",
}  # fmt: skip
"""Means of payment of a till → BT-81 (UNTDID 4461)."""


class Ticket(models.Model):
    """One ticket; its amounts never change."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="tickets")
    day = models.DateField("jour")
    till = models.CharField("caisse", max_length=LONGEST_TILL)
    number = models.CharField("n° de ticket", max_length=40)
    parts = models.JSONField()
    """``[{"label", "rate", "category", "gross"}]``, amounts with VAT, as words."""
    gross = models.DecimalField("TTC", max_digits=14, decimal_places=2)
    means = models.CharField("payé par", max_length=10, default=Means.CARD.value)
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField("lien donné le")
    expires_at = models.DateTimeField("lien valable jusqu'au")
    asked_at = models.DateTimeField("facture demandée le", null=True)
    buyer = models.JSONField(default=dict, blank=True)
    """``siren``, ``name``, ``siret``, ``address``, ``post_code``, ``city``, ``line``, ``order``."""
    cancelled_at = models.DateTimeField("annulé en caisse le", null=True)
    cancelled_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    taken_out_of = models.ForeignKey(
        DayTakings, models.PROTECT, null=True, related_name="without_tickets"
    )
    """The corrected record of the day, when the ticket was taken out of the one kept here."""

    class Meta:
        verbose_name = "ticket à facturer"
        ordering = ("-day", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["dossier", "day", "till", "number"], name="one_ticket_per_number"
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} du {self.day:%d/%m/%Y}, {self.till}"

    @property
    def is_kept(self) -> bool:
        """Whether the sale stays in the day's takings (cadre B7 or S7)."""
        return self.cancelled_at is None

    def told(self) -> tuple[Part, ...]:
        """Return what it adds to the day, in the words of the engine."""
        return takings.merged(
            takings.part(Category(one["category"]), Decimal(one["rate"]), Decimal(one["gross"]))
            for one in self.parts
        )

    def sale(self) -> Sale:
        """Return it as what is invoiced: one line a department."""
        slices = []
        for one in self.parts:
            rate = Decimal(one["rate"])
            net, tax = takings.split(Decimal(one["gross"]), rate)
            slices.append(Slice(
                label=one["label"], rate=rate, net=net, tax=tax,
                is_service=one["category"] == Category.SERVICES,
            ))  # fmt: skip
        return Sale(
            number=self.number, till=self.till, day=self.day, slices=tuple(slices),
            means=PAID_BY.get(self.means, "1"),
        )  # fmt: skip


class TicketInvoice(models.Model):
    """An invoice that was deposited for a ticket; two when it has goods and services in a Z."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="ticket_invoices")
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="invoices")
    flow = models.OneToOneField(Flow, models.PROTECT, related_name="ticket_invoice")
    number = models.CharField("numéro", max_length=35)
    process = models.CharField("cadre (BT-23)", max_length=2)
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = "facture d'un ticket"
        ordering = ("pk",)
        indexes = (models.Index(fields=["dossier", "ticket"], name="ticket_invoice"),)

    def __str__(self) -> str:
        return f"{self.number} ({self.process})"
