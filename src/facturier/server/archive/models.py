"""Envelopes, seals and timestamps, which only grow; and what is decided about them.

A dossier says when its year closes, may be held (nothing of it is purged), is exported, and at the
end of the legal periods purged on the decision of two people.
"""

# ruff: noqa: D106 - a model's Meta needs no sentence
from __future__ import annotations

import json
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from facturier.server.archive.verify import digest
from facturier.server.documents.models import Document, StoredBytes
from facturier.server.firm.models import Dossier, Person


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
        TAKEN_OVER = "taken-over", "FEC d'un autre logiciel repris"
        FILED = "filed", "Fichier ou pièce classé"
        ROUTED = "routed", "Facture reçue aiguillée"
        CERTIFICATE = "certificate", "Certificat d'exhaustivité"
        HELD = "held", "Conservation forcée"
        RELEASED = "released", "Conservation forcée levée"
        PURGED = "purged", "Purge"

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


class Closing(models.Model):
    """In which month the financial year of a dossier ends."""

    dossier = models.OneToOneField(Dossier, models.CASCADE, related_name="closing")
    month = models.PositiveSmallIntegerField("mois de clôture")
    """1 to 12: the year ends on its last day."""

    class Meta:
        verbose_name = "clôture"
        constraints = (
            models.CheckConstraint(condition=Q(month__range=(1, 12)), name="month_of_closing"),
        )

    def __str__(self) -> str:
        return f"clôture en {self.month}"

    @classmethod
    def month_of(cls, dossier: Dossier) -> int | None:
        """Return the month in which the dossier's year closes; None when nobody said."""
        return cls.objects.filter(dossier=dossier).values_list("month", flat=True).first()


class LegalHold(models.Model):
    """Nothing of a dossier is purged, whatever its age, until somebody lifts it."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="holds")
    reason = models.CharField("motif", max_length=300)
    placed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    placed_at = models.DateTimeField("posée le", default=timezone.now)
    lifted_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField("levée le", null=True)
    lifted_why = models.CharField("levée parce que", max_length=300, blank=True)

    class Meta:
        verbose_name = "conservation forcée"
        ordering = ("-placed_at", "-pk")
        indexes = (models.Index(fields=["dossier"], name="hold_by_dossier"),)

    def __str__(self) -> str:
        return self.reason


class Purge(models.Model):
    """A list of documents whose periods are over, and what was decided about it."""

    class State(models.TextChoices):
        """Where it stands."""

        PROPOSED = "proposed", "Proposée, à confirmer"
        CONFIRMED = "confirmed", "Confirmée, en attente"
        REMOVING = "removing", "En cours"
        DONE = "done", "Faite"
        DROPPED = "dropped", "Abandonnée"

    OPEN = (State.PROPOSED, State.CONFIRMED, State.REMOVING)

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="purges")
    state = models.CharField("état", max_length=10, choices=State, default=State.PROPOSED)
    listing = models.JSONField(default=list)
    """What would go: :class:`facturier.server.archive.purging.Item`, one a document."""
    content = models.CharField(max_length=64)
    """SHA-256 of the list: what is confirmed is what was shown."""
    files = models.PositiveIntegerField("fichiers")
    size = models.PositiveBigIntegerField("octets")
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField("proposée le", default=timezone.now)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    """Who confirmed it, or dropped it."""
    decided_at = models.DateTimeField("décidée le", null=True)
    stopped_why = models.CharField("arrêtée parce que", max_length=300, blank=True)
    stored = models.ForeignKey(StoredBytes, models.PROTECT, null=True, db_column="sha256")
    """The signed certificate (JSON)."""
    envelope = models.OneToOneField(ProofEnvelope, models.PROTECT, null=True, related_name="purge")
    done_at = models.DateTimeField("faite le", null=True)

    class Meta:
        verbose_name = "purge"
        ordering = ("-proposed_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["dossier"], condition=Q(state__in=("proposed", "confirmed", "removing")),
                name="one_purge_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("proposed", "dropped"))
                | (Q(decided_by__isnull=False) & ~Q(decided_by=models.F("proposed_by"))),
                name="two_people_purge",
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_state_display()} ({len(self.listing)})"


class PurgedBytes(models.Model):
    """A file of a document that a purge removed from its dossier; the chain still names it."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="purged")
    purge = models.ForeignKey(Purge, models.PROTECT, related_name="removed")
    document = models.ForeignKey(Document, models.PROTECT, related_name="purged")
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = "fichier purgé"
        constraints = (
            models.UniqueConstraint(
                fields=["dossier", "document", "sha256"], name="purged_once_from_a_document"
            ),
        )
        indexes = (models.Index(fields=["dossier", "sha256"], name="purged_by_address"),)

    def __str__(self) -> str:
        return self.sha256


class ArchiveExport(models.Model):
    """Somebody asked for an archive; a worker makes it, and it is kept for some days."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", "En attente"
        RUNNING = "running", "En préparation"
        READY = "ready", "Prête"
        FAILED = "failed", "En échec"
        EXPIRED = "expired", "Retirée"

    OPEN = (State.WAITING, State.RUNNING)

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="exports")
    month = models.CharField("mois", max_length=7, blank=True)
    """Empty: all of it."""
    is_handover = models.BooleanField("fin de mission", default=False)
    """Whether it also holds what a client needs to go on elsewhere (:mod:`.handover`)."""
    state = models.CharField("état", max_length=8, choices=State, default=State.WAITING)
    done = models.PositiveIntegerField("enveloppes faites", default=0)
    total = models.PositiveIntegerField("enveloppes", default=0)
    missing = models.PositiveIntegerField("fichiers manquants", default=0)
    size = models.PositiveBigIntegerField("octets", default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    """Of the zip."""
    asked_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    program = models.CharField("programme", max_length=200, blank=True)
    """Name of the program that asked, when it was no person."""
    asked_at = models.DateTimeField("demandée le", default=timezone.now)
    touched_at = models.DateTimeField(default=timezone.now)
    """Last sign of life of the worker."""
    tries = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField("retirée le", null=True)
    why = models.CharField("cause de l'échec", max_length=300, blank=True)

    class Meta:
        verbose_name = "export d'archive"
        ordering = ("-asked_at", "-pk")
        indexes = (models.Index(fields=["dossier", "-asked_at"], name="export_by_dossier"),)

    def __str__(self) -> str:
        return f"{self.month or 'tout'} ({self.get_state_display()})"

    @property
    def percent(self) -> int:
        """How far it is, 0 to 100."""
        return self.done * 100 // self.total if self.total else 0
