"""The register of mandates of a dossier, and the invoices that were written under them."""

# ruff: noqa: D106 - a model's Meta needs no sentence
from __future__ import annotations

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from facturier.server.documents.models import Document, StoredBytes
from facturier.server.firm.models import Dossier, Person
from facturier.server.mandates.writing_for import Kind

LONGEST_PREFIX = 24
"""BT-1 has 35 characters at most: the prefix leaves room for the number."""
KINDS = [
    (Kind.SELF_BILLING.value, "Auto-facturation (le client écrit, cas 19b)"),
    (Kind.THIRD_PARTY.value, "Tiers facturant (un mandataire écrit, cas 19a)"),
]


class Mandate(models.Model):
    """That somebody may write invoices in the name of somebody else.

    The dossier is one of the two: it gives the mandate, or it received it.
    """

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="mandates")
    kind = models.CharField("sorte", max_length=12, choices=KINDS)
    giver_siren = models.CharField("SIREN du vendeur", max_length=9, blank=True)
    giver_name = models.CharField("vendeur (donne le mandat)", max_length=300)
    agent_siren = models.CharField("SIREN de qui écrit", max_length=9, blank=True)
    agent_name = models.CharField("qui écrit (reçoit le mandat)", max_length=300)
    is_written = models.BooleanField("mandat écrit", default=True)
    types = ArrayField(
        models.CharField(max_length=3), default=list, blank=True, verbose_name="types (BT-3)"
    )
    """Codes of BT-3; empty: every type."""
    products = models.CharField("produits", max_length=300, blank=True)
    """Words separated by commas, one of which each line names; empty: every product."""
    starts_on = models.DateField("à partir du")
    ends_on = models.DateField("jusqu'au", null=True, blank=True)
    """Last day on which it is in force; null: until it is ended."""
    contest_days = models.PositiveSmallIntegerField("délai de contestation (jours)", default=30)
    prefix = models.CharField("préfixe de la série", max_length=LONGEST_PREFIX, blank=True)
    """Empty: whoever writes numbers by a program of their own."""
    used_before = models.PositiveBigIntegerField("dernier numéro déjà pris", default=0)
    """The last number of the series that was used elsewhere, before this register."""
    last_number = models.PositiveBigIntegerField("dernier numéro", default=0)
    """Of the series; the next one is one more."""
    evidence = models.ForeignKey(StoredBytes, models.PROTECT, null=True, related_name="+")
    """The contract, byte for byte."""
    evidence_name = models.CharField("pièce", max_length=200, blank=True)
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField("inscrit le")
    ended_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    ended_why = models.CharField("fin : motif", max_length=200, blank=True)
    ended_at = models.DateTimeField("fin inscrite le", null=True)

    class Meta:
        verbose_name = "mandat de facturation"
        ordering = ("-starts_on", "-pk")
        indexes = (models.Index(fields=["dossier", "kind", "-starts_on"], name="mandate_by_kind"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="mandate_in_order"
            ),
            models.UniqueConstraint(
                fields=["dossier", "prefix"], condition=~Q(prefix=""), name="one_mandate_per_series"
            ),
        )

    def __str__(self) -> str:
        return f"{self.agent_name} pour {self.giver_name}"

    def is_in_force(self, day: date) -> bool:
        """Whether it covers this day; both ends included."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    @property
    def form(self) -> str:
        """``mandat écrit`` or ``mandat tacite``."""
        return "mandat écrit" if self.is_written else "mandat tacite"


class MandatedDocument(models.Model):
    """An invoice of the dossier that somebody wrote in the seller's name."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="mandated")
    document = models.OneToOneField(Document, models.PROTECT, related_name="mandated")
    mandate = models.ForeignKey(Mandate, models.PROTECT, null=True, related_name="covered")
    """Null: none of the register covers it."""
    kind = models.CharField(max_length=12, choices=KINDS)
    giver_siren = models.CharField(max_length=9, blank=True)
    giver_name = models.CharField(max_length=300, blank=True)
    agent_siren = models.CharField(max_length=9, blank=True)
    agent_name = models.CharField(max_length=300, blank=True)
    counter = models.PositiveBigIntegerField(null=True)
    """Its rank in the series of the mandate; null outside of it."""
    why_none = models.CharField(max_length=400, blank=True)
    """Why no mandate covers it, in French."""

    class Meta:
        verbose_name = "facture sous mandat"
        indexes = (
            models.Index(fields=["dossier", "kind", "giver_siren"], name="mandated_by_giver"),
            models.Index(fields=["dossier", "mandate", "counter"], name="mandated_by_rank"),
        )

    def __str__(self) -> str:
        return f"{self.document} : {self.mandate or 'sans mandat'}"
