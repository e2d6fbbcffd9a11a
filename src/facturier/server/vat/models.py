"""The VAT breakdown of documents, as the tax office got it, and credits that a person typed."""

# ruff: noqa: D106 - a model's Meta needs no sentence
from __future__ import annotations

from django.db import models

from facturier.server.documents.models import Document
from facturier.server.firm.models import Dossier, Person


class Breakdown(models.Model):
    """The VAT breakdown (BG-23) of a document, in euros: a document never changes, nor does it."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="breakdowns")
    document = models.OneToOneField(
        Document, models.CASCADE, primary_key=True, related_name="breakdown"
    )
    parts = models.JSONField(default=list)
    """``[{"category", "rate", "base", "tax", "reason"}]``, amounts as words."""
    paid = models.DecimalField("déjà payé", max_digits=18, decimal_places=2, default=0)
    """BT-113, in euros."""
    gross = models.DecimalField("TTC", max_digits=18, decimal_places=2, default=0)
    """BT-112, in euros."""
    problem = models.TextField("empêchement", blank=True)
    """Why it could not be read, in French."""

    class Meta:
        verbose_name = "ventilation de TVA"

    def __str__(self) -> str:
        return f"TVA de {self.document}"


class CreditBrought(models.Model):
    """The credit of VAT that the return before left, as a person typed it; the latest counts."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="vat_credits")
    start = models.DateField("période du")
    """First day of the return that brings it forward (line 22)."""
    amount = models.DecimalField("montant", max_digits=14, decimal_places=0)
    """In whole euros."""
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField("saisi le")

    class Meta:
        verbose_name = "crédit de TVA reporté"
        ordering = ("-start", "-pk")
        indexes = (models.Index(fields=["dossier", "start"], name="vat_credit_by_period"),)

    def __str__(self) -> str:
        return f"{self.start:%d/%m/%Y} : {self.amount}"
