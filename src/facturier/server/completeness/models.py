"""Comparisons and certificates, as they are kept."""

# ruff: noqa: D106 - a model's Meta needs no sentence
from __future__ import annotations

from django.db import models

from facturier.server.archive.models import ProofEnvelope
from facturier.server.documents.models import StoredBytes
from facturier.server.firm.models import Dossier, Person


class Verdict(models.TextChoices):
    """What a comparison found."""

    COMPLETE = "complete", "Complet"
    OPEN = "open", "Rien ne manque, du travail reste"
    LACKING = "lacking", "Des pièces manquent"


class Comparison(models.Model):
    """The latest comparison of a month of a dossier."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="comparisons")
    month = models.CharField("mois", max_length=7)
    """In Paris: ``2026-11``."""
    compared_at = models.DateTimeField("comparé le")
    verdict = models.CharField("résultat", max_length=10, choices=Verdict)
    connectors = models.JSONField(default=list)
    """``[{"name", "received", "issued", "answered"}]``."""
    figures = models.JSONField(default=dict)
    """``{"received"|"issued": {"listed", "by_hand", "archived", "booked"}}``: counts."""
    gaps = models.JSONField(default=list)
    """What is missing or unfinished (:mod:`.gaps`), each with the piece that it is about."""
    lacks = models.PositiveIntegerField("manques", default=0)
    """How many of the gaps are more than unfinished work."""

    class Meta:
        verbose_name = "comparaison"
        ordering = ("dossier", "-month")
        constraints = (
            models.UniqueConstraint(fields=["dossier", "month"], name="one_comparison_per_month"),
        )

    def __str__(self) -> str:
        return f"{self.month} {self.get_verdict_display()}"


class Certificate(models.Model):
    """A signed statement of what a comparison found. It is never changed; a later one follows."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="certificates")
    month = models.CharField("mois", max_length=7)
    verdict = models.CharField("résultat", max_length=10, choices=Verdict)
    gaps = models.PositiveIntegerField("écarts")
    content = models.CharField(max_length=64)
    """SHA-256 of what it says without dates of its making: the same twice is one certificate."""
    stored = models.ForeignKey(StoredBytes, models.PROTECT, db_column="sha256")
    """The signed file (JSON)."""
    envelope = models.OneToOneField(ProofEnvelope, models.PROTECT, related_name="certificate")
    made_at = models.DateTimeField("établi le")
    made_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True)
    """Null when the night made it."""

    class Meta:
        verbose_name = "certificat d'exhaustivité"
        ordering = ("dossier", "-month", "-pk")
        indexes = (models.Index(fields=["dossier", "month"], name="certificate_by_month"),)

    def __str__(self) -> str:
        return f"{self.month} {self.get_verdict_display()}"
