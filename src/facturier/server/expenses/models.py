"""Employees who pay for a dossier, their claims, and who paid which received invoice."""

# ruff: noqa: D106 - a model's Meta needs no sentence
from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q

from facturier.ledger import habits
from facturier.ledger.expenses import KINDS, Expense, Nature, Voucher
from facturier.server.books.models import Entry
from facturier.server.documents.models import Document, StoredBytes
from facturier.server.firm.models import Dossier, Person

NATURES = [(nature.value, kind.label) for nature, kind in KINDS.items()]
VOUCHERS = [
    (Voucher.TICKET.value, "Ticket ou reçu, sans le nom de l'entreprise"),
    (Voucher.SIMPLIFIED.value, "Facture simplifiée : vendeur, n° de TVA, taux"),
    (Voucher.INVOICE.value, "Facture au nom de l'entreprise"),
]


class ExpenseChoice(models.Model):
    """From when a dossier finds that expenses come back too often."""

    dossier = models.OneToOneField(Dossier, models.PROTECT, related_name="expense_choice")
    most = models.PositiveSmallIntegerField("pièces par mois", default=habits.MOST)
    minutes = models.PositiveSmallIntegerField("minutes par pièce", default=habits.MINUTES)

    class Meta:
        verbose_name = "choix de frais"

    def __str__(self) -> str:
        return f"{self.dossier} : {self.most}"


class Employee(models.Model):
    """Somebody who pays for the dossier and is paid back."""

    class Account(models.TextChoices):
        """The collective account that stands for what is owed."""

        EMPLOYEE = "421", "421 Personnel, rémunérations dues"
        OTHER = "467", "467 Autres comptes débiteurs ou créditeurs"
        PARTNER = "455", "455 Associés, comptes courants"

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="employees")
    matricule = models.CharField("matricule", max_length=20)
    """What invoices call the employee (BT-18 of scheme AHK)."""
    name = models.CharField("nom", max_length=100)
    account = models.CharField("compte", max_length=3, choices=Account, default=Account.EMPLOYEE)
    card = models.CharField("derniers chiffres de la carte", max_length=6, blank=True)
    horsepower = models.PositiveSmallIntegerField("puissance fiscale", null=True, blank=True)
    """Of the own car, in CV; null when there is none."""
    is_electric = models.BooleanField("voiture électrique", default=False)
    person = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="employments"
    )
    """The account by which the employee enters the own expenses."""
    is_active = models.BooleanField("actif", default=True)

    class Meta:
        verbose_name = "collaborateur du dossier"
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["dossier", "matricule"], name="one_employee_per_matricule"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.matricule})"

    @property
    def party(self) -> tuple[str, str]:
        """Auxiliary account and name, as entries hold them."""
        return f"S{self.matricule}", self.name


class KnownPayer(models.Model):
    """Whom an invoice means by what it says of its payer: asked once, remembered."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="known_payers")
    key = models.CharField("dit par la facture", max_length=200)
    """Small letters, without accents."""
    employee = models.ForeignKey(Employee, models.PROTECT, null=True, related_name="known_as")
    """Null: nobody of the dossier, the invoice is an ordinary one."""
    by = models.ForeignKey(Person, models.PROTECT, null=True)
    at = models.DateTimeField("répondu le")

    class Meta:
        verbose_name = "payeur connu"
        constraints = (
            models.UniqueConstraint(fields=["dossier", "key"], name="one_payer_per_key"),
        )

    def __str__(self) -> str:
        return f"{self.key} : {self.employee or 'aucun collaborateur'}"


class PaidInvoice(models.Model):
    """A received invoice that an employee paid, or that says so of somebody unknown."""

    class State(models.TextChoices):
        """Where it stands."""

        ASKED = "asked", "Payeur à dire"
        CLEARED = "cleared", "Fournisseur soldé"
        NOBODY = "nobody", "Pas un collaborateur"

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="paid_invoices")
    document = models.OneToOneField(Document, models.PROTECT, related_name="paid_by")
    employee = models.ForeignKey(Employee, models.PROTECT, null=True, related_name="paid_invoices")
    state = models.CharField("état", max_length=8, choices=State)
    key = models.CharField("dit par la facture", max_length=200, blank=True)
    card = models.CharField("carte (BT-87)", max_length=20, blank=True)
    why = models.CharField("reconnu parce que", max_length=200, blank=True)
    entry = models.OneToOneField(Entry, models.PROTECT, null=True, related_name="clears")
    """The entry that clears the supplier, where it is not that of the invoice itself."""
    by = models.ForeignKey(Person, models.PROTECT, null=True)
    """Who said it; null when the invoice did."""
    at = models.DateTimeField("le")

    class Meta:
        verbose_name = "facture payée par un collaborateur"
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=["dossier", "state"], name="paid_invoice_by_state"),)

    def __str__(self) -> str:
        return f"{self.document} : {self.employee or self.key}"


class Claim(models.Model):
    """What one employee asks back for one month."""

    class State(models.TextChoices):
        """Where it stands."""

        DRAFT = "draft", "En saisie"
        SUBMITTED = "submitted", "À approuver"
        APPROVED = "approved", "Approuvée"
        BOOKED = "booked", "Comptabilisée"
        REIMBURSED = "reimbursed", "Remboursée"

    IN_THE_BOOKS: ClassVar[tuple[str, ...]] = (State.BOOKED, State.REIMBURSED)

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="claims")
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="claims")
    month = models.DateField("mois")
    """Its first day."""
    number = models.CharField("numéro", max_length=60)
    state = models.CharField("état", max_length=10, choices=State, default=State.DRAFT)
    sent_back = models.CharField("renvoyée parce que", max_length=200, blank=True)
    submitted_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField("envoyée le", null=True)
    approved_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField("approuvée le", null=True)
    entry = models.OneToOneField(Entry, models.PROTECT, null=True, related_name="claim")
    """Its charges; null before it is booked, and when invoices carry all of them."""
    reimbursement = models.OneToOneField(
        Entry, models.PROTECT, null=True, related_name="reimburses"
    )

    class Meta:
        verbose_name = "note de frais"
        ordering = ("-month", "-pk")
        indexes = (models.Index(fields=["dossier", "-month"], name="claim_by_month"),)
        constraints = (
            models.UniqueConstraint(fields=["dossier", "number"], name="one_claim_per_number"),
        )

    def __str__(self) -> str:
        return self.number


class ClaimLine(models.Model):
    """One expense of a claim."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="claim_lines")
    claim = models.ForeignKey(Claim, models.CASCADE, related_name="lines")
    day = models.DateField("jour")
    nature = models.CharField("nature", max_length=20, choices=NATURES)
    label = models.CharField("objet", max_length=150)
    supplier = models.CharField("fournisseur", max_length=150, blank=True)
    supplier_siren = models.CharField("SIREN du fournisseur", max_length=9, blank=True)
    ticket = models.CharField("numéro du ticket", max_length=50, blank=True)
    gross = models.DecimalField("montant TTC", max_digits=12, decimal_places=2)
    taxes = models.JSONField("TVA par taux", default=list, blank=True)
    """``[["10", "8.00"]]``: rate in per cent and amount, as words."""
    voucher = models.CharField(
        "justificatif", max_length=10, choices=VOUCHERS, default=Voucher.TICKET.value
    )
    kilometres = models.DecimalField(max_digits=7, decimal_places=1, null=True)
    computed = models.CharField("calcul", max_length=300, blank=True)
    """What a mileage allowance was computed from."""
    receipt = models.ForeignKey(StoredBytes, models.PROTECT, null=True, related_name="+")
    receipt_name = models.CharField("nom du justificatif", max_length=200, blank=True)
    document = models.ForeignKey(Document, models.PROTECT, null=True, related_name="claimed")
    """The received invoice of the same purchase: it carries the charge and the VAT."""
    linked_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    correction = models.OneToOneField(Entry, models.PROTECT, null=True, related_name="corrects")
    """The entry that took it back out of a booked claim when the invoice came."""
    others = models.JSONField(default=list, blank=True)
    """Ids of invoices that a person said are other purchases."""
    asked_at = models.DateTimeField("facture demandée le", null=True)
    at = models.DateTimeField("saisie le")

    class Meta:
        verbose_name = "ligne de frais"
        ordering = ("day", "pk")
        indexes = (models.Index(fields=["dossier", "gross"], name="claim_line_by_amount"),)
        constraints = (
            models.UniqueConstraint(
                fields=["document"], condition=Q(document__isnull=False),
                name="one_claim_line_per_invoice",
            ),
            models.CheckConstraint(condition=Q(gross__gt=0), name="claimed_amount_is_positive"),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y} {self.label} {self.gross}"

    @property
    def reference(self) -> str:
        """What its lines in the books are known by."""
        return f"{self.claim.number}/{self.pk}"

    @property
    def expense(self) -> Expense:
        """It, in the words of the ledger."""
        return Expense(
            label=self.label or self.get_nature_display(), gross=self.gross,
            nature=Nature(self.nature), voucher=Voucher(self.voucher), paid_on=self.day,
            taxes=tuple((Decimal(rate), Decimal(tax)) for rate, tax in self.taxes),
            reference=self.reference,
        )  # fmt: skip
