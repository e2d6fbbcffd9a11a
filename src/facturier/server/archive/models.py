"""Envelopes, seals and timestamps, as they are kept. All three only grow."""

# ruff: noqa: D106 - a model's Meta needs no sentence
from __future__ import annotations

import json
from typing import Any

from django.db import models

from facturier.server.archive.verify import digest
from facturier.server.documents.models import Document
from facturier.server.firm.models import Dossier


class ProofEnvelope(models.Model):
    """One link of a dossier's chain: what happened, and the SHA-256 of the link before it."""

    class Kind(models.TextChoices):
        """What happened."""

        DOCUMENT = "document", "Pièce prise en charge et contrôlée"
        DELIVERED = "delivered", "Remise à l'autre partie"
        STATUS = "status", "Statut"
        ENTRY_PROPOSED = "entry-proposed", "Écriture proposée"
        ENTRY_VALIDATED = "entry-validated", "Écriture validée"
        ENTRY_WITHDRAWN = "entry-withdrawn", "Écriture retirée"
        FILED = "filed", "Fichier ou pièce classé"
        CERTIFICATE = "certificate", "Certificat d'exhaustivité"

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="proof_envelopes")
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="proof_envelopes"
    )
    """Null for an entry that no document caused."""
    sequence = models.PositiveBigIntegerField("rang")
    """1, 2, 3… without a gap within the dossier."""
    kind = models.CharField("nature", max_length=20, choices=Kind)
    recorded_at = models.DateTimeField("consignée le")
    """The database's clock, never going back within a chain."""
    month = models.CharField("mois", max_length=7)
    """Of :attr:`recorded_at` in Paris: ``2026-11``. The month that seals it."""
    body = models.TextField("contenu")
    """Canonical JSON (:func:`.verify.canonical`): exactly the characters that are hashed."""
    previous = models.CharField("empreinte de la précédente", max_length=64)
    hash = models.CharField("empreinte", max_length=64)

    class Meta:
        verbose_name = "enveloppe de preuve"
        ordering = ("dossier", "sequence")
        constraints = (
            models.UniqueConstraint(fields=["dossier", "sequence"], name="one_envelope_per_rank"),
        )
        indexes = (models.Index(fields=["dossier", "month"], name="envelope_by_month"),)

    def __str__(self) -> str:
        return f"{self.sequence} {self.get_kind_display()}"

    @property
    def facts(self) -> dict[str, Any]:
        """The body, read."""
        read: dict[str, Any] = json.loads(self.body)
        return read

    @property
    def is_intact(self) -> bool:
        """Whether the body still has the SHA-256 that was written."""
        return digest(self.body.encode()) == self.hash


class Seal(models.Model):
    """The manifest of one month of a chain: its first and last envelope, and the last one's hash.

    What it holds cannot grow any more: later envelopes are of later months.
    """

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="seals")
    month = models.CharField("mois", max_length=7)
    first = models.PositiveBigIntegerField("première enveloppe")
    last = models.PositiveBigIntegerField("dernière enveloppe")
    body = models.TextField("contenu")
    """Canonical JSON; its SHA-256 is what the authority timestamps."""
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "sceau mensuel"
        ordering = ("dossier", "month")
        constraints = (
            models.UniqueConstraint(fields=["dossier", "month"], name="one_seal_per_month"),
        )

    def __str__(self) -> str:
        return f"{self.month} ({self.first}–{self.last})"


class Timestamp(models.Model):
    """The answer of a timestamping authority (RFC 3161) about a seal."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="timestamps")
    seal = models.OneToOneField(Seal, models.PROTECT, related_name="timestamp")
    authority = models.CharField("autorité", max_length=500)
    """Address that was asked."""
    token = models.BinaryField("jeton")
    """TimeStampResp, DER."""
    stamped_at = models.DateTimeField("horodaté le")
    """The authority's time (genTime)."""
    is_verified = models.BooleanField("signature vérifiée", default=False)
    """Whether its signature led to the root given by the setting."""

    class Meta:
        verbose_name = "horodatage"

    def __str__(self) -> str:
        return f"{self.seal} {self.stamped_at}"
