"""Where a dossier lives, and what went to and came from its platform."""

# ruff: noqa: D106 - a model's Meta needs no sentence
from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from facturier.server.documents.models import HEAR, Envelope, Flow, Message
from facturier.server.firm.models import Dossier
from facturier.server.firm.sealed import SealedText


class Connection(models.Model):
    """The platform on which a dossier lives. A dossier without one lives here."""

    dossier = models.OneToOneField(Dossier, models.PROTECT, related_name="connection")
    name = models.CharField("nom de la plateforme", max_length=100)
    address = models.CharField("adresse des services", max_length=500)
    """Base of its services: ``<address>/flow-service/v1/flows``."""
    token_url = models.CharField("adresse des jetons", max_length=500)
    client_id = models.CharField("identifiant du programme", max_length=200)
    secret = SealedText()
    organization = models.CharField("organisation (Organization-Id)", max_length=100, blank=True)
    is_active = models.BooleanField("raccordé", default=True)
    since = models.DateTimeField("reprend depuis", default=timezone.now)
    """The latest change that was seen there."""

    poll_at = models.DateTimeField(default=timezone.now)
    """When to ask what is new; a call of the platform (webhook) or a person brings it forward."""
    not_before = models.DateTimeField(default=timezone.now)
    """A platform that fails is left alone for a while; so is one that a worker is busy with."""
    failures = models.PositiveSmallIntegerField(default=0)
    """Failed rounds since the last that succeeded."""
    succeeded_at = models.DateTimeField("dernier succès", null=True)
    last_error = models.TextField("dernière erreur", blank=True)
    failed_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    """When a person asked for a test; null when it was answered."""
    directory_says = models.CharField("annuaire", max_length=300, blank=True)
    """What the directory of the platform said of the dossier's address at the last test."""

    hook_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    """Last part of the address at which the platform calls us."""
    callback_url = models.CharField("adresse de rappel", max_length=500, blank=True)
    """Where the platform shall call us; empty: it shall not."""
    webhook_id = models.CharField(max_length=100, blank=True)
    """The webhook there; empty: there is none."""
    signing_key = SealedText(blank=True)
    """In base64, as the platform gave it."""
    webhook_error = models.TextField(blank=True)
    """Why the platform does not want to call us."""
    called_at = models.DateTimeField("dernier appel reçu", null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "raccordement"

    def __str__(self) -> str:
        return f"{self.dossier}, {self.name}"

    @property
    def is_in_trouble(self) -> bool:
        """Whether the last round failed."""
        return self.failures > 0


class Handed(models.Model):
    """A message of ours on the other platform: what it calls it, and its acknowledgement."""

    class Acknowledgement(models.TextChoices):
        """Whether the platform could take the file (XP Z12-013)."""

        PENDING = "Pending", "en attente"
        OK = "Ok", "accepté"
        ERROR = "Error", "refusé"

    message = models.OneToOneField(Message, models.PROTECT, related_name="handed")
    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="handed")
    platform = models.CharField("plateforme", max_length=100)
    """Its name at that time."""
    tracking_id = models.CharField(max_length=64)
    flow_id = models.CharField("flux", max_length=100)
    acknowledgement = models.CharField(
        max_length=8, choices=Acknowledgement, default=Acknowledgement.PENDING
    )
    details = models.JSONField(default=list, blank=True)
    at = models.DateTimeField("remis le")
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "message remis"
        constraints = (
            models.UniqueConstraint(fields=["dossier", "tracking_id"], name="one_handing_over"),
        )

    def __str__(self) -> str:
        return f"{self.tracking_id} ({self.acknowledgement})"


class Arrival(models.Model):
    """A flow that the platform listed and that concerns us, until it is safe here."""

    connection = models.ForeignKey(Connection, models.PROTECT, related_name="arrivals")
    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="arrivals")
    key = models.CharField(max_length=120)
    flow = models.JSONField()
    """The flow as it was listed."""
    changed_at = models.DateTimeField()
    """``updatedAt`` there."""
    is_taken = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=timezone.now)
    last_error = models.TextField(blank=True)
    listed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "arrivée"
        constraints = (
            models.UniqueConstraint(fields=["dossier", "key"], name="one_arrival_per_flow"),
        )
        indexes = (
            models.Index(
                fields=["connection", "changed_at"], condition=Q(is_taken=False),
                name="arrival_to_take",
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return self.key


def lives_elsewhere(dossier: int) -> bool:
    """Whether the dossier with this id, which must be in sight, lives on another platform."""
    return Connection.objects.filter(dossier_id=dossier, is_active=True).exists()


GIVEN_UP = 10
"""Attempts, about a quarter of an hour, after which nothing waits for a file any more."""


def is_more_on_its_way(flow: Flow) -> bool:
    """Whether what `flow` follows may still reach its dossier, which must be in sight.

    A file that the platform listed and that is not here yet, a parcel that nobody took out of the
    mailbox, a status that was not tried yet or came before: two never wait for each other.
    """
    dossier = flow.dossier_id
    coming = Arrival.objects.filter(dossier_id=dossier, is_taken=False, attempts__lt=GIVEN_UP)
    parcels = Envelope.objects.filter(dossier_id=dossier, taken_at=None)
    heard = Flow.objects.filter(dossier_id=dossier, state=Flow.State.PENDING, next_step=HEAR)
    before = heard.exclude(pk=flow.pk).filter(Q(pk__lt=flow.pk) | Q(attempts=0))
    return coming.exists() or parcels.exists() or before.exists()
