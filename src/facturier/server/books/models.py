"""Journals, entries and lines, as they are kept."""

# ruff: noqa: D106 - a model's Meta needs no sentence
from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q

from facturier.server.documents.models import Document, Event, StoredBytes
from facturier.server.firm.models import Dossier, Person


class Journal(models.Model):
    """A journal of a dossier: purchases, sales, bank and so on."""

    class Kind(models.TextChoices):
        """What is booked there."""

        PURCHASES = "purchases", "Achats"
        SALES = "sales", "Ventes"
        BANK = "bank", "Banque"
        MISCELLANEOUS = "miscellaneous", "Opérations diverses"
        OPENING = "opening", "À-nouveaux"

    USUAL: ClassVar[dict[str, tuple[str, str]]] = {
        Kind.PURCHASES: ("HA", "Achats"),
        Kind.SALES: ("VE", "Ventes"),
        Kind.BANK: ("BQ", "Banque"),
        Kind.MISCELLANEOUS: ("OD", "Opérations diverses"),
        Kind.OPENING: ("AN", "À-nouveaux"),
    }
    """Code and label that a new dossier gets for each kind."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="journals")
    code = models.CharField(max_length=10)
    label = models.CharField("libellé", max_length=100)
    kind = models.CharField(max_length=15, choices=Kind)

    class Meta:
        verbose_name = "journal"
        ordering = ("code",)
        constraints = (
            models.UniqueConstraint(fields=["dossier", "code"], name="one_journal_per_code"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.label}"


class Account(models.Model):
    """An account that a dossier names in its own way: general, or auxiliary of a collective one."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="accounts")
    number = models.CharField("compte", max_length=20)
    """General account; the collective one for an auxiliary account."""
    auxiliary = models.CharField("compte auxiliaire", max_length=30, blank=True)
    label = models.CharField("libellé", max_length=300)

    class Meta:
        verbose_name = "compte"
        ordering = ("number", "auxiliary")
        constraints = (
            models.UniqueConstraint(
                fields=["dossier", "number", "auxiliary"], name="one_account_per_number"
            ),
        )

    def __str__(self) -> str:
        return f"{self.auxiliary or self.number} {self.label}"


class Imputation(models.Model):
    """A dossier's own rule: which amounts of which invoices go to which account, with which VAT.

    One that is changed or taken away stays, retired: the lines that it imputed name it.
    """

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="imputations")
    rank = models.PositiveSmallIntegerField()
    """Its place; of several rules that an amount meets the lowest decides."""
    side = models.CharField(max_length=8)
    """``purchase`` or ``sale``."""
    asked = models.JSONField("conditions", default=dict)
    """``{"party", "words", "code", "category", "rate", "at_least", "below"}``: those asked."""
    account = models.CharField("compte", max_length=20, blank=True)
    auxiliary = models.CharField("compte de tiers", max_length=20, blank=True)
    share = models.DecimalField(
        "part déductible", max_digits=5, decimal_places=2, null=True, blank=True
    )
    """Of the VAT, in per cent; null: as the law says."""
    label = models.CharField("libellé", max_length=200, blank=True)
    sentence = models.TextField()
    """The rule in French."""
    created_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "règle d'imputation"
        ordering = ("rank", "pk")
        indexes = (
            models.Index(
                fields=["dossier", "rank"], condition=Q(retired_at=None), name="imputation_in_force"
            ),
        )

    def __str__(self) -> str:
        return self.sentence


class Takeover(models.Model):
    """A FEC of another program, kept byte for byte, and what became of it."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", "À confirmer"
        TAKEN = "taken", "Repris"
        ASIDE = "aside", "Écarté"

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="takeovers")
    name = models.CharField("nom", max_length=200)
    stored = models.ForeignKey(StoredBytes, models.PROTECT, related_name="+")
    state = models.CharField("état", max_length=8, choices=State, default=State.WAITING)
    entries = models.PositiveIntegerField("écritures", default=0)
    doubts = models.JSONField(default=list)
    """Said when it was taken over: ``[{"what", "count", "where"}]``, in French."""
    by = models.ForeignKey(Person, models.PROTECT, null=True)
    received_at = models.DateTimeField("reçu le")
    taken_at = models.DateTimeField("repris le", null=True)

    class Meta:
        verbose_name = "reprise de FEC"
        ordering = ("-received_at", "-pk")
        indexes = (models.Index(fields=["dossier", "-received_at"], name="takeover_by_time"),)

    def __str__(self) -> str:
        return self.name


class PeriodLock(models.Model):
    """The books of a dossier are closed up to a day: nothing is validated in them any more."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="locks")
    until = models.DateField("jusqu'au")
    """The last locked day; the latest row counts."""
    is_year = models.BooleanField("clôture d'exercice", default=False)
    """Closed for good: no later row may open the year again."""
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField("posé le")

    class Meta:
        verbose_name = "verrou de période"
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=["dossier", "-at"], name="lock_by_time"),)

    def __str__(self) -> str:
        return f"jusqu'au {self.until:%d/%m/%Y}"


class Entry(models.Model):
    """An entry: proposed by the machine, validated by a person, then only reversed."""

    class State(models.TextChoices):
        """Where it stands."""

        PROPOSED = "proposed", "Proposée"
        VALIDATED = "validated", "Validée"
        REVERSED = "reversed", "Contre-passée"
        WITHDRAWN = "withdrawn", "Retirée"

    IN_THE_BOOKS: ClassVar[tuple[str, ...]] = (State.VALIDATED, State.REVERSED)
    """States of an entry that has a number."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="entries")
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="entries"
    )
    journal = models.ForeignKey(Journal, models.PROTECT, related_name="entries")
    date = models.DateField("date comptable")
    number = models.CharField("numéro", max_length=30, blank=True)
    """Sequence within journal and year, given at validation (``EcritureNum``)."""
    label = models.CharField("libellé", max_length=200)
    piece = models.CharField("pièce", max_length=200, blank=True)
    piece_date = models.DateField("date de pièce", null=True)
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by"
    )
    cause = models.ForeignKey(Event, models.PROTECT, null=True, blank=True, related_name="entries")
    """The status for which it was withdrawn, or proposed in order to cancel another."""
    taken_over = models.ForeignKey(
        Takeover, models.PROTECT, null=True, blank=True, related_name="rows"
    )
    """The file of another program that it comes from; its number is that program's."""
    remarks = models.JSONField(default=list, blank=True)
    """What the person who validates must know about the whole entry: sentences in French."""
    validated_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True)
    validated_at = models.DateTimeField("validée le", null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "écriture"
        ordering = ("date", "pk")
        indexes = (models.Index(fields=["dossier", "date"], name="entry_by_day"),)
        constraints = (
            models.UniqueConstraint(
                fields=["document", "piece"], condition=Q(reverses__isnull=True),
                name="one_entry_per_piece",
            ),
            models.UniqueConstraint(
                fields=["journal", "number"], condition=~Q(number="") & Q(taken_over=None),
                name="one_own_entry_per_number",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("proposed", "withdrawn")) | ~Q(number=""),
                name="entry_in_the_books_has_number",
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.journal.code} {self.number or 'proposée'} {self.label}"


class EntryLine(models.Model):
    """One debit or one credit."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="entry_lines")
    entry = models.ForeignKey(Entry, models.CASCADE, related_name="lines")
    rank = models.PositiveSmallIntegerField(default=0)
    account = models.CharField("compte", max_length=20)
    account_label = models.CharField("libellé du compte", max_length=200, blank=True)
    auxiliary = models.CharField("compte auxiliaire", max_length=30, blank=True)
    auxiliary_label = models.CharField("libellé du tiers", max_length=300, blank=True)
    label = models.CharField("libellé", max_length=200)
    debit = models.DecimalField("débit", max_digits=18, decimal_places=2, default=Decimal(0))
    credit = models.DecimalField("crédit", max_digits=18, decimal_places=2, default=Decimal(0))
    term = models.CharField("terme", max_length=40, blank=True)
    """Business term that the amount comes from, with its index: ``BT-116[2]``."""
    path = models.TextField("chemin dans le fichier", blank=True)
    sources = models.JSONField(default=list, blank=True)
    """All terms behind the amount: ``[{"term", "indexes", "amount"}]``, indexes from 0."""
    rule = models.CharField("règle d'imputation", max_length=60, blank=True)
    imputation = models.ForeignKey(
        Imputation, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    """The rule of the dossier that had a say in it."""
    reason = models.TextField("pourquoi ce compte", blank=True)
    advice = models.TextField("à regarder", blank=True)
    confidence = models.CharField("certitude", max_length=20, blank=True)
    fiscal = models.JSONField(null=True, blank=True)
    """``{"category", "rate", "timing"}`` of the amount for the VAT return."""
    piece = models.CharField("pièce", max_length=200, blank=True, db_default="")
    """Reference of the voucher of this line, when it is not that of the entry."""
    piece_date = models.DateField("date de pièce", null=True, blank=True)
    currency = models.CharField("devise", max_length=3, blank=True, db_default="")
    currency_amount = models.DecimalField(
        "montant en devise", max_digits=18, decimal_places=2, null=True, blank=True
    )
    letter = models.CharField("lettre", max_length=10, blank=True)
    lettered_on = models.DateField("lettrée le", null=True)

    class Meta:
        verbose_name = "ligne d'écriture"
        ordering = ("entry", "rank")
        indexes = (
            models.Index(fields=["dossier", "account", "auxiliary"], name="line_by_account"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(debit__gte=0) & Q(credit__gte=0), name="amounts_are_positive"
            ),
            models.CheckConstraint(
                condition=Q(debit=0) | Q(credit=0), name="debit_or_credit_not_both"
            ),
        )

    def __str__(self) -> str:
        return f"{self.account} {self.debit} {self.credit}"
