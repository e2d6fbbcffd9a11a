"""Sessions, attempts at signing in, the journal, and invitations.

The serving role reads its own person's sessions only and opens any other by its key alone; it adds
to the journal by a function and changes nothing in it (migration 0002).
"""

# ruff: noqa: D106 - a model's Meta needs no sentence
from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from facturier.server.firm.models import Cabinet, Dossier, Person


class Session(models.Model):
    """Someone is signed in on one device. The cookie holds the key, we its SHA-256."""

    key_hash = models.CharField(max_length=64, primary_key=True)
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="sessions")
    data = models.TextField()
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=300, blank=True)
    """What the browser says of itself."""
    opened_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    """Last request that somebody made; what a page asks by itself does not count."""
    expires_at = models.DateTimeField()
    """Never put off: a day's work, then the person signs in again."""

    class Meta:
        verbose_name = "session"
        indexes = (models.Index(fields=["person"], name="session_by_person"),)

    def __str__(self) -> str:
        return f"{self.person_id}, {self.opened_at:%d/%m/%Y %H:%M}"


class Attempts(models.Model):
    """How often somebody tried to sign in to one account, or from one address, lately."""

    key = models.CharField(max_length=64, primary_key=True)
    """A keyed hash of the account or of the address."""
    count = models.PositiveIntegerField()
    since = models.DateTimeField()

    class Meta:
        verbose_name = "essais de connexion"

    def __str__(self) -> str:
        return f"{self.count} depuis {self.since}"


class JournalEntry(models.Model):
    """One line of a cabinet's journal: who, when, from where, did or saw what."""

    class Kind(models.TextChoices):
        """What sort of thing it was."""

        SIGN_IN = "sign_in", "Connexion"
        FAILURE = "failure", "Échec de connexion"
        READING = "reading", "Consultation"
        FILE = "file", "Fichier sorti"
        ACTION = "action", "Action"
        RIGHT = "right", "Droits et sécurité"
        REFUSAL = "refusal", "Accès refusé"

    at = models.DateTimeField(default=timezone.now)
    cabinet = models.ForeignKey(Cabinet, models.DO_NOTHING, null=True, db_constraint=False)
    """Null: an attempt on an account that nobody has; only the machine's administrator sees it."""
    dossier = models.ForeignKey(Dossier, models.DO_NOTHING, null=True, db_constraint=False)
    person = models.ForeignKey(Person, models.DO_NOTHING, null=True, db_constraint=False)
    actor = models.CharField(max_length=200)
    """The name as it was then, of the person or program; kept when they are gone."""
    kind = models.CharField(max_length=10, choices=Kind)
    what = models.CharField(max_length=60)
    """Name of the page or operation; name of the right."""
    detail = models.JSONField(default=dict)
    address = models.CharField(max_length=45, blank=True)
    once = models.CharField(max_length=64, blank=True)
    """Not empty: a second line with the same value is not written (a list, once a day)."""

    class Meta:
        verbose_name = "ligne du journal"
        indexes = (
            models.Index(fields=["cabinet", "-at", "-id"], name="journal_by_cabinet"),
            models.Index(fields=["cabinet", "person", "-at"], name="journal_by_person"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["cabinet", "once"], condition=~Q(once=""), name="journal_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.at:%d/%m/%Y %H:%M} {self.actor} : {self.what}"


class Acquaintance(models.Model):
    """A person works, or worked, for a cabinet or in a dossier: their name may be shown there.

    Written by the database with each membership and access, never removed: the history of a
    dossier goes on naming who has left.
    """

    cabinet = models.ForeignKey(Cabinet, models.CASCADE, related_name="+")
    dossier = models.ForeignKey(Dossier, models.CASCADE, null=True, related_name="+")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")

    class Meta:
        verbose_name = "connaissance"
        constraints = (
            models.UniqueConstraint(
                fields=["person", "cabinet", "dossier"], nulls_distinct=False, name="known_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.person_id} : {self.cabinet_id}/{self.dossier_id}"


class Invitation(models.Model):
    """A person is asked to join a cabinet; the link in the mail serves once, for some days."""

    cabinet = models.ForeignKey(Cabinet, models.CASCADE, related_name="invitations")
    email = models.EmailField("adresse électronique")
    name = models.CharField("nom", max_length=200)
    role = models.CharField("qualité", max_length=20)
    """Of a membership, or ``client``."""
    dossiers = ArrayField(models.BigIntegerField(), default=list, blank=True)
    """Ids of the dossiers that are opened to a collaborateur or a client."""
    token_hash = models.CharField(max_length=64, unique=True)
    """SHA-256 of the secret in the link."""
    invited_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "invitation"
        ordering = ("-created_at", "-pk")
        indexes = (models.Index(fields=["cabinet", "-created_at"], name="invitation_by_cabinet"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.email})"

    @property
    def is_expired(self) -> bool:
        """Whether the link is too old."""
        return self.expires_at <= timezone.now()
