"""What was found in a document, and what a person decided about it."""

# ruff: noqa: D106 - a model's Meta needs no sentence
from __future__ import annotations

from django.db import models
from django.db.models import Q

from facturier.anomalies import Kind, kinds
from facturier.server.documents.models import Document
from facturier.server.firm.models import Dossier, Person


class Examination(models.Model):
    """A document was examined: when, and what other documents will ask of it."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="examinations")
    document = models.OneToOneField(Document, models.CASCADE, related_name="examination")
    at = models.DateTimeField("examinée le")
    account = models.CharField("IBAN", max_length=40, blank=True)
    """The first account to pay to (BT-84), without blanks."""
    order = models.CharField("commande", max_length=200, blank=True)
    """BT-13."""
    about = models.JSONField("factures citées", default=list)
    """Numbers of the earlier invoices that it names (BT-25)."""

    class Meta:
        verbose_name = "examen"

    def __str__(self) -> str:
        return f"{self.document} {self.at:%d/%m/%Y}"


class Spotted(models.Model):
    """One anomaly of one document; set aside when a person said why it is none."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="anomalies")
    document = models.ForeignKey(Document, models.CASCADE, related_name="anomalies")
    kind = models.CharField("sorte", max_length=40)
    """A key of :func:`facturier.anomalies.kinds`."""
    why = models.TextField("pourquoi")
    where = models.CharField("où", max_length=100)
    """The terms that it came from: ``BT-31 BT-30``."""
    risk = models.DecimalField("risque", max_digits=18, decimal_places=2, null=True)
    """Euros; null when the document does not tell how much."""
    risk_words = models.TextField("calcul du risque")
    risk_law = models.CharField("texte", max_length=200)
    risk_is_ours = models.BooleanField("à la charge du dossier")
    letter = models.TextField("lettre à l'émetteur")
    found_at = models.DateTimeField("trouvée le")
    set_aside_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    set_aside_at = models.DateTimeField("écartée le", null=True)
    set_aside_why = models.CharField("écartée parce que", max_length=200, blank=True)

    class Meta:
        verbose_name = "anomalie"
        ordering = ("-risk_is_ours", models.F("risk").desc(nulls_last=True), "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["document", "kind", "where"], name="one_anomaly_of_a_kind_and_place"
            ),
        )
        indexes = (
            models.Index(
                fields=["dossier"], condition=Q(set_aside_at=None), name="anomaly_open"
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} {self.where}"

    @property
    def known(self) -> Kind | None:
        """The kind, with its label, remedy and source; None for one that is no more."""
        return kinds().get(self.kind)

    @property
    def terms(self) -> list[str]:
        """The ids of :attr:`where`."""
        return self.where.split()

    @property
    def label(self) -> str:
        """In French."""
        return self.known.label if self.known else self.kind
