"""What the API remembers of programs: how often they ask, and where they want to be called."""

# ruff: noqa: D106 - a model's Meta needs no sentence

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from facturier.server.documents.models import Flow
from facturier.server.firm.models import ApiClient, Dossier
from facturier.server.firm.sealed import SealedText


class RateWindow(models.Model):
    """Requests of one program in the current period and in the one before."""

    client = models.OneToOneField(
        "allauth_idp_oidc.Client", models.CASCADE, primary_key=True, related_name="rate"
    )
    period = models.BigIntegerField()
    """Number of the current period since the epoch."""
    count = models.IntegerField()
    previous = models.IntegerField()

    class Meta:
        verbose_name = "nombre d'appels"

    def __str__(self) -> str:
        return f"{self.client_id} : {self.count}"


class Asked(models.Model):
    """A deposit that named itself (``Request-Id``): repeated, it is answered by the same flow."""

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="deposits_asked")
    client = models.ForeignKey("allauth_idp_oidc.Client", models.CASCADE, related_name="asked")
    request_id = models.CharField(max_length=64)
    """Its keyed digest (:func:`facturier.server.security.attempts.key_of`), not the word itself."""
    flow = models.OneToOneField(Flow, models.CASCADE, related_name="asked")
    asked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "dépôt nommé"
        constraints = (
            models.UniqueConstraint(
                fields=["dossier", "client", "request_id"], name="one_deposit_per_request"
            ),
        )
        indexes = (models.Index(fields=["asked_at"], name="asked_by_age"),)

    def __str__(self) -> str:
        return self.request_id


class Answered(models.Model):
    """A change that named itself (``Idempotency-Key``), and what was answered to it."""

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="changes_answered")
    client = models.ForeignKey("allauth_idp_oidc.Client", models.CASCADE, related_name="answered")
    key = models.CharField(max_length=128)
    """Its keyed digest, not the word itself."""
    fingerprint = models.CharField(max_length=64)
    """SHA-256 of the request: its method, address and body."""
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = "changement nommé"
        constraints = (
            models.UniqueConstraint(fields=["dossier", "client", "key"], name="one_change_per_key"),
        )
        indexes = (
            models.Index(fields=["dossier", "client", "at"], name="answered_by_age"),
            models.Index(fields=["at"], name="answered_by_day"),
        )

    def __str__(self) -> str:
        return self.key


class Webhook(models.Model):
    """A program wants to be called when flows of a dossier appear or change."""

    webhook_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(ApiClient, models.CASCADE, related_name="webhooks")
    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="webhooks")
    callback_url = models.CharField(max_length=2000)
    flow_types = models.JSONField(default=list)
    """Types of XP Z12-013; empty: all."""
    flow_direction = models.CharField(max_length=3, blank=True)
    ack_status = models.CharField(max_length=8, blank=True)
    sealed_key = SealedText()
    """The signing key, base64."""
    created_at = models.DateTimeField(auto_now_add=True)
    failures = models.PositiveSmallIntegerField(default=0)
    """Failed calls since the last that succeeded."""
    not_before = models.DateTimeField(default=timezone.now)
    """A receiver that fails is left alone for a while."""
    called_at = models.DateTimeField(null=True)
    """When a call last succeeded."""

    class Meta:
        verbose_name = "webhook"
        indexes = (models.Index(fields=["dossier", "client"], name="webhook_by_dossier"),)

    def __str__(self) -> str:
        return self.callback_url


class Notice(models.Model):
    """A call that is owed to a webhook. It is gone when it has been made."""

    class State(models.TextChoices):
        """Whether it will be tried again."""

        PENDING = "pending", "À remettre"
        FAILED = "failed", "Abandonné"

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="notices")
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="notices")
    flow = models.JSONField()
    """The flow as it was at that moment, written by the database in the same transaction."""
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=timezone.now)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "appel à faire"
        indexes = (
            models.Index(
                fields=["webhook", "not_before"], condition=Q(state="pending"), name="notice_to_do"
            ),
            models.Index(fields=["dossier", "state"], name="notice_by_dossier"),
        )

    def __str__(self) -> str:
        return f"{self.webhook} : {self.flow['flow_id']}"
