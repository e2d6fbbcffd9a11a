"""How a document is declared, the figures it adds, the declarations and what was sent of them."""

# ruff: noqa: D106 - a model's Meta needs no sentence
from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q

from facturier.reporting.figures import Block
from facturier.reporting.filing import Kind, Role
from facturier.reporting.periods import Data, Period, Regime
from facturier.server.documents.models import Document, Event
from facturier.server.firm.models import Dossier, Person
from facturier.server.portal.models import PortalFile

LARGE_FROM, OTHERS_FROM = date(2026, 9, 1), date(2027, 9, 1)
"""First day of the obligation: of large and mid-sized companies, then of all others."""
REGIMES = {
    Dossier.VatRegime.REEL_MENSUEL.value: Regime.MONTHLY,
    Dossier.VatRegime.REEL_TRIMESTRIEL.value: Regime.QUARTERLY,
    Dossier.VatRegime.SIMPLIFIE.value: Regime.SIMPLIFIED,
    Dossier.VatRegime.FRANCHISE.value: Regime.EXEMPT,
}
"""The regime of a dossier in the words of the engine."""

ROLES = [(Role.SELLER.value, "Ventes"), (Role.BUYER.value, "Achats")]
DATA = [(Data.TRANSACTIONS.value, "Transactions"), (Data.PAYMENTS.value, "Encaissements")]


class ReportingChoice(models.Model):
    """How a dossier declares; a dossier without one starts on the first day, and sends by hand."""

    dossier = models.OneToOneField(Dossier, models.PROTECT, related_name="reporting_choice")
    starts_on = models.DateField("déclare à partir du", default=LARGE_FROM)
    is_automatic = models.BooleanField("transmission automatique", default=False)

    class Meta:
        verbose_name = "choix d'e-reporting"

    def __str__(self) -> str:
        return f"{self.dossier} : {self.starts_on:%d/%m/%Y}"


class Qualification(models.Model):
    """In which flow one document is declared, and why; written when it is taken in."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="qualifications")
    document = models.OneToOneField(Document, models.PROTECT, related_name="qualification")
    role = models.CharField(max_length=2, choices=ROLES, blank=True)
    """Of the dossier in it; empty when it declares nothing."""
    block = models.CharField("flux", max_length=4, blank=True)
    """``10.1``, ``10.3``; ``1`` for flux 1; empty when nothing is declared."""
    reason = models.TextField("motif")
    """In French, from :func:`facturier.reporting.scope.decide`."""
    receipts_block = models.CharField("flux des encaissements", max_length=4, blank=True)
    """``10.2``, ``10.4``; ``6`` for status 212; empty when receipts are not declared."""
    receipts_reason = models.TextField("motif pour les encaissements", blank=True)
    remarks = models.JSONField("remarques", default=list, blank=True)
    """In French: what the declaration writes otherwise than the document."""

    class Meta:
        verbose_name = "qualification"

    def __str__(self) -> str:
        return f"{self.document} : {self.block or 'rien'}"


class FigureRow(models.Model):
    """A kept :class:`facturier.reporting.figures.Figure`: what a document or a receipt adds."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="figures")
    document = models.ForeignKey(Document, models.PROTECT, related_name="figures")
    event = models.ForeignKey(Event, models.PROTECT, null=True, blank=True, related_name="figures")
    """The receipt (212) it tells; null for what the document itself adds."""
    role = models.CharField(max_length=2, choices=ROLES)
    data = models.CharField(max_length=12, choices=DATA)
    block = models.CharField(max_length=4, choices=[(one.value, one.label) for one in Block])
    day = models.DateField("jour")
    number = models.CharField(max_length=200, blank=True)
    category = models.CharField(max_length=4, blank=True)
    rate = models.DecimalField(max_digits=7, decimal_places=3)
    country = models.CharField(max_length=2, blank=True)
    currency = models.CharField(max_length=3)
    base = models.DecimalField(max_digits=18, decimal_places=2)
    tax = models.DecimalField(max_digits=18, decimal_places=2)

    class Meta:
        verbose_name = "montant déclaré"
        indexes = (models.Index(fields=["dossier", "data", "role", "day"], name="figure_by_day"),)

    def __str__(self) -> str:
        return f"{self.block} {self.day} {self.base}"


class LeftOutRow(models.Model):
    """Something that should be declared and cannot be as it stands."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="left_out")
    document = models.ForeignKey(Document, models.PROTECT, related_name="left_out")
    event = models.ForeignKey(Event, models.PROTECT, null=True, related_name="left_out")
    """The receipt (212) concerned; null for the document itself."""
    role = models.CharField(max_length=2, choices=ROLES)
    data = models.CharField(max_length=12, choices=DATA)
    day = models.DateField("jour")
    reason = models.TextField("motif")
    """In French."""

    class Meta:
        verbose_name = "opération non déclarée"
        indexes = (models.Index(fields=["dossier", "data", "role", "day"], name="left_out_by_day"),)

    def __str__(self) -> str:
        return f"{self.document} : {self.reason}"


class Declaration(models.Model):
    """What a dossier declares of one role, one kind of data and one period."""

    class State(models.TextChoices):
        """Where it stands."""

        OPEN = "open", "Ouverte"
        EMPTY = "empty", "Rien à déclarer"
        READY = "ready", "À transmettre"
        SENT = "sent", "Transmise"
        ACCEPTED = "accepted", "Acceptée"
        REFUSED = "refused", "Refusée"
        TO_RECTIFY = "to-rectify", "À rectifier"
        RECTIFIED = "rectified", "Rectifiée"

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="declarations")
    role = models.CharField("côté", max_length=2, choices=ROLES)
    data = models.CharField("données", max_length=12, choices=DATA)
    start = models.DateField("du")
    end = models.DateField("au")
    regime = models.CharField(max_length=12, choices=[(one.value, one.label) for one in Regime])
    """The regime that gave its period and limits."""
    due_on = models.DateField("à remettre au plus tard le")
    """Last day of the declarant (general specifications, table 13)."""
    due_at = models.DateTimeField("à transmettre avant")
    """When the tax office must have it: 8 o'clock on the next day, in Paris."""
    state = models.CharField("état", max_length=10, choices=State, default=State.OPEN)
    is_stale = models.BooleanField(default=True)
    """Something in its period changed since its state and sums were written."""
    sums = models.JSONField(default=list, blank=True)
    """``[{"currency", "base", "tax"}]``, amounts as words."""
    count = models.PositiveIntegerField("montants", default=0)
    left_out = models.PositiveIntegerField("opérations non déclarées", default=0)
    obstacle = models.TextField("empêchement", blank=True)
    """Why the last attempt to send it did not succeed, in French."""
    warned_on = models.DateField("averti le", null=True)

    class Meta:
        verbose_name = "déclaration"
        ordering = ("-start", "data", "-role")
        constraints = (
            models.UniqueConstraint(
                fields=["dossier", "role", "data", "start"], name="one_declaration_per_period"
            ),
        )
        indexes = (
            models.Index(
                fields=["dossier"],
                condition=Q(is_stale=True) | Q(state__in=("open", "sent")),
                name="declaration_to_look_at",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_data_display()} ({self.get_role_display().lower()}) {self.period}"

    @property
    def period(self) -> Period:
        """Its days."""
        return Period(self.start, self.end)


OWING = (Declaration.State.READY, Declaration.State.REFUSED, Declaration.State.TO_RECTIFY)
"""States in which somebody has to send something."""
FIRST_OWED = (Declaration.State.READY, Declaration.State.REFUSED)
"""Those that have a limit; what is rectified was told, and is put right without waiting."""
UNSENT = (Declaration.State.OPEN, Declaration.State.EMPTY, Declaration.State.READY)
"""States of a declaration of which nothing was ever sent."""


class Sending(models.Model):
    """One file (IN or RE) that was sent of a declaration."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="sendings")
    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="sendings")
    kind = models.CharField(
        "nature",
        max_length=2,
        choices=[(Kind.INITIAL.value, "Initiale"), (Kind.RECTIFYING.value, "Rectificative")],
    )
    identifier = models.CharField("identifiant (TT-1)", max_length=50)
    file = models.OneToOneField(PortalFile, models.PROTECT, related_name="sending")
    changes = models.JSONField(default=list, blank=True)
    """What it changes of the one before: figures before and after, amounts as words."""
    by = models.ForeignKey(Person, models.PROTECT, null=True)
    """Who sent it; null when the dossier is set to automatic."""
    made_at = models.DateTimeField("faite le")
    """TT-3."""

    class Meta:
        verbose_name = "transmission"
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["dossier", "identifier"], name="one_sending_per_tt1"),
        )

    def __str__(self) -> str:
        return self.identifier
