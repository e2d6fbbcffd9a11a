"""When a dossier sells without invoice, what its tills took each day, and the files that say it.

A day is never changed: a correction is another row that replaces it, with who, when and why. The
row that stands is the one that nothing replaces; the database refuses changes and removals.
"""

# ruff: noqa: D106 - a model's Meta needs no sentence
from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from facturier.reporting.opening import EVERY_DAY, Opening
from facturier.reporting.sales import Category
from facturier.reporting.takings import Department, Means, Part, Z, tidy
from facturier.server.books.models import Entry
from facturier.server.documents.models import StoredBytes
from facturier.server.firm.models import Dossier, Person

LONGEST_TILL = 60
CATEGORIES = [
    (Category.GOODS.value, "Biens (TLB1)"), (Category.SERVICES.value, "Services (TPS1)"),
    (Category.NOT_TAXED_IN_FRANCE.value, "Non taxé en France (TNT1)"),
    (Category.MARGIN.value, "Marge (TMA1)"),
]  # fmt: skip


class TakingsChoice(models.Model):
    """How a dossier sells without invoice; one without it has no takings to tell."""

    dossier = models.OneToOneField(Dossier, models.PROTECT, related_name="takings_choice")
    is_active = models.BooleanField("recettes à saisir", default=True)
    starts_on = models.DateField("recettes attendues à partir du")
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(), default=list, verbose_name="jours d'ouverture"
    )
    """Monday is 0."""
    on_holidays = models.BooleanField("ouvert les jours fériés", default=False)
    tills = ArrayField(models.CharField(max_length=LONGEST_TILL), verbose_name="caisses")
    departments = models.JSONField("rayons", default=list)
    """``[{"label", "rate", "category"}]``: what a person is asked for each day."""

    class Meta:
        verbose_name = "choix de recettes"

    def __str__(self) -> str:
        return f"{self.dossier} : {', '.join(self.tills)}"

    def asked(self) -> tuple[Department, ...]:
        """Return its departments in the words of the engine."""
        return tuple(
            Department(
                label=one["label"], rate=Decimal(one["rate"]), category=Category(one["category"])
            )
            for one in self.departments
        )

    def opening(self, closures: tuple[Any, ...]) -> Opening:
        """Return when it sells; `closures` are first and last days."""
        return Opening(
            start=self.starts_on, weekdays=frozenset(self.weekdays) & EVERY_DAY,
            on_holidays=self.on_holidays, closures=closures,
        )  # fmt: skip


class Closure(models.Model):
    """Days on which a dossier does not sell: holidays, works."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="closures")
    start = models.DateField("du")
    end = models.DateField("au")
    reason = models.CharField("motif", max_length=100, blank=True)

    class Meta:
        verbose_name = "fermeture"
        ordering = ("start", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(end__gte=models.F("start")), name="closure_in_order"
            ),
        )

    def __str__(self) -> str:
        return f"{self.start:%d/%m/%Y} – {self.end:%d/%m/%Y}"


class TillLayout(models.Model):
    """How the files of one till are read: confirmed by a person, used again for the next file."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="till_layouts")
    name = models.CharField("nom", max_length=LONGEST_TILL)
    layout = models.JSONField()
    """As :func:`facturier.reporting.till_layouts.written` writes it."""
    by = models.ForeignKey(Person, models.PROTECT, null=True)
    confirmed_at = models.DateTimeField("confirmée le")

    class Meta:
        verbose_name = "correspondance de caisse"
        ordering = ("-confirmed_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["dossier", "name"], name="one_till_layout_per_name"),
        )

    def __str__(self) -> str:
        return self.name


class TillFile(models.Model):
    """A file of a till, kept byte for byte whatever became of it."""

    class State(models.TextChoices):
        """What became of it."""

        WAITING = "waiting", "À confirmer"
        TAKEN = "taken", "Importé"
        PARTLY = "partly", "Importé en partie"
        SET_ASIDE = "aside", "Écarté"

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="till_files")
    name = models.CharField("nom", max_length=200)
    stored = models.ForeignKey(StoredBytes, models.PROTECT, related_name="+")
    state = models.CharField("état", max_length=8, choices=State, default=State.WAITING)
    layout = models.JSONField(null=True)
    """How it is, or was, read; null when nothing could be proposed."""
    till = models.CharField("caisse", max_length=LONGEST_TILL, blank=True)
    """Named by a person where no column names it."""
    days = models.PositiveIntegerField("jours importés", default=0)
    problems = models.PositiveIntegerField("anomalies", default=0)
    by = models.ForeignKey(Person, models.PROTECT, null=True)
    received_at = models.DateTimeField("reçu le")

    class Meta:
        verbose_name = "fichier de caisse"
        ordering = ("-received_at", "-pk")
        indexes = (models.Index(fields=["dossier", "-received_at"], name="till_file_by_time"),)

    def __str__(self) -> str:
        return self.name


class DayTakings(models.Model):
    """What one till took in one day, as somebody said it; no lines: it was closed."""

    class Origin(models.TextChoices):
        """How it came in."""

        FILE = "file", "Fichier"
        FORM = "form", "Saisie"
        PHONE = "phone", "Téléphone"

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="takings")
    day = models.DateField("jour")
    till = models.CharField("caisse", max_length=LONGEST_TILL)
    count = models.PositiveIntegerField("tickets", default=0)
    gross = models.DecimalField("TTC", max_digits=14, decimal_places=2)
    net = models.DecimalField("HT", max_digits=14, decimal_places=2)
    tax = models.DecimalField("TVA", max_digits=14, decimal_places=2)
    payments = models.JSONField("moyens de paiement", default=dict, blank=True)
    """Means to amount, as words; empty when nobody said."""
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    reason = models.CharField("motif", max_length=200, blank=True)
    """Why it replaces another."""
    origin = models.CharField("origine", max_length=5, choices=Origin)
    file = models.ForeignKey(TillFile, models.PROTECT, null=True, related_name="taken")
    line = models.PositiveIntegerField("ligne", default=0)
    """First line of :attr:`file` that tells it."""
    by = models.ForeignKey(Person, models.PROTECT, null=True)
    at = models.DateTimeField("enregistrée le")

    class Meta:
        verbose_name = "recette d'un jour"
        ordering = ("-day", "till", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["dossier", "day", "till"], condition=Q(replaces=None),
                name="one_first_record_per_day",
            ),
        )  # fmt: skip
        indexes = (models.Index(fields=["dossier", "day"], name="takings_by_day"),)

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y} {self.till} {self.gross}"

    def z(self) -> Z:
        """Return it in the words of the engine."""
        return Z(
            day=self.day, till=self.till, count=self.count, line=self.line,
            parts=tuple(one.part() for one in self.lines.all()),
            payments=tuple(
                (Means(means), Decimal(amount)) for means, amount in sorted(self.payments.items())
            ),
        )  # fmt: skip


class TakingsLine(models.Model):
    """What a day took in one category at one rate."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="takings_lines")
    takings = models.ForeignKey(DayTakings, models.PROTECT, related_name="lines")
    category = models.CharField("catégorie", max_length=4, choices=CATEGORIES)
    rate = models.DecimalField("taux", max_digits=5, decimal_places=2)
    gross = models.DecimalField("TTC", max_digits=14, decimal_places=2)
    net = models.DecimalField("HT", max_digits=14, decimal_places=2)
    tax = models.DecimalField("TVA", max_digits=14, decimal_places=2)
    line = models.PositiveIntegerField("ligne", default=0)
    """Of the file, counted from 1."""

    class Meta:
        verbose_name = "ligne de recette"
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(gross=models.F("net") + models.F("tax")), name="takings_add_up"
            ),
        )

    def __str__(self) -> str:
        return f"{self.category} {self.rate} {self.gross}"

    def part(self) -> Part:
        """Return it in the words of the engine."""
        return Part(
            category=Category(self.category), rate=tidy(self.rate),
            gross=self.gross, net=self.net, tax=self.tax, line=self.line,
        )  # fmt: skip


class DayEntry(models.Model):
    """The entry that was proposed for a day's takings."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="takings_entries")
    takings = models.OneToOneField(DayTakings, models.PROTECT, related_name="booked")
    entry = models.OneToOneField(Entry, models.PROTECT, related_name="takings")

    class Meta:
        verbose_name = "écriture de recette"

    def __str__(self) -> str:
        return f"{self.takings} : {self.entry}"
