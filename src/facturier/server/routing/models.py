"""Rules of received invoices, and which of them sent each invoice where it is."""

# ruff: noqa: D106 - a model's Meta needs no sentence
from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property

from facturier.server.api.models import Webhook
from facturier.server.documents.models import Document
from facturier.server.firm.models import Dossier, Person
from facturier.server.routing.deciding import Condition, Field, Operator

if TYPE_CHECKING:
    from collections.abc import Iterable


class Rule(models.Model):
    """If all its conditions hold, an invoice that the dossier receives goes to its targets.

    A rule that is changed or taken away stays, retired: what it decided names it.
    """

    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="routing_rules")
    rank = models.PositiveSmallIntegerField()
    """Its place; of several rules that an invoice meets the lowest decides."""
    asked = models.JSONField("conditions", default=list)
    """``[{"field", "operator", "value"}]``."""
    to_dossier = models.ForeignKey(
        Dossier, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="dossier"
    )
    """Another dossier of the same company in the same cabinet; null: it stays."""
    person = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="pour"
    )
    label = models.CharField("file", max_length=60, blank=True)
    webhook = models.ForeignKey(
        Webhook, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name="application",
    )  # fmt: skip
    folder = models.CharField("dossier de dépôt", max_length=100, blank=True, db_default="")
    """Of another application, below the root that the installation allows (:mod:`.handing`)."""
    mail = models.EmailField("adresse de courriel", blank=True, db_default="")
    """Of another application, which takes invoices by mail."""
    named = models.JSONField(default=list)
    """Which targets it was written with (``person``, ``webhook``…): one may be gone since."""
    sentence = models.TextField()
    """The rule in French, with the names of the day on which it was written."""
    created_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "règle d'aiguillage"
        ordering = ("rank", "pk")
        indexes = (
            models.Index(
                fields=["dossier", "rank"], condition=Q(retired_at=None), name="routing_in_force"
            ),
        )

    def __str__(self) -> str:
        return self.sentence

    @cached_property
    def conditions(self) -> Iterable[Condition]:
        """What it asks of an invoice; thousands of them may be tried."""
        return tuple(
            Condition(
                field=Field(one["field"]), operator=Operator(one["operator"]), value=one["value"]
            )
            for one in self.asked
        )


class Placement(models.Model):
    """Why a received invoice is where it is, or where it went from here."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="placements")
    document = models.OneToOneField(
        Document, models.CASCADE, null=True, blank=True, related_name="placement"
    )
    """Null for an invoice that went to another dossier before it was one here."""
    rule = models.ForeignKey(Rule, models.PROTECT, null=True, related_name="placements")
    """Null: no rule applied."""
    sentence = models.TextField()
    """In French, as it was decided."""
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    label = models.CharField("file", max_length=60, blank=True)
    facts = models.JSONField(default=dict)
    """What the rules could ask of it (:meth:`facturier.server.routing.deciding.Facts.kept`)."""
    problem = models.TextField("à voir", blank=True)
    """Why a target could not be reached, in French; the invoice stayed."""
    settled_at = models.DateTimeField(null=True)
    """When a person said that the problem is dealt with."""
    settled_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    external_id = models.CharField(max_length=100, blank=True)
    """Of what went to another dossier: its transmission, so that statuses follow it."""
    gone_to = models.BigIntegerField(null=True)
    """Id of the dossier that it went to."""
    name = models.CharField(max_length=255, blank=True)
    """Of what went: the invoice in words."""
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "aiguillage"
        indexes = (
            models.Index(fields=["dossier", "-at"], name="placement_list"),
            models.Index(fields=["dossier", "label"], name="placement_by_label"),
            models.Index(
                fields=["dossier"], condition=~Q(problem="") & Q(settled_at=None),
                name="placement_to_see",
            ),
            models.Index(
                fields=["dossier", "external_id"], condition=~Q(external_id=""),
                name="placement_gone",
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return self.sentence


class Handover(models.Model):
    """A received invoice that a rule hands to another application: into a folder, or by mail.

    It is written with the placement of the invoice; a job does it (:mod:`.handing`).
    """

    class State(models.TextChoices):
        """Whether it will be tried again."""

        PENDING = "pending", "À remettre"
        DONE = "done", "Remise"
        FAILED = "failed", "Abandonnée"

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="handovers")
    placement = models.ForeignKey(Placement, models.CASCADE, related_name="handovers")
    folder = models.CharField("dossier de dépôt", max_length=100, blank=True)
    mail = models.EmailField("adresse de courriel", blank=True)
    state = models.CharField("état", max_length=8, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=timezone.now)
    last_error = models.TextField("dernière erreur", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField("remise le", null=True)

    class Meta:
        verbose_name = "remise à une autre application"
        indexes = (
            models.Index(
                fields=["dossier", "not_before"], condition=Q(state="pending"), name="handover_due"
            ),
            models.Index(fields=["dossier", "-created_at"], name="handover_list"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(folder="") ^ Q(mail=""), name="handover_goes_one_way"
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return self.place

    @property
    def place(self) -> str:
        """Where it goes, in French."""
        return f"dossier de dépôt « {self.folder} »" if self.folder else f"courriel {self.mail}"


TO_SEE = ~Q(problem="") & Q(settled_at=None)
"""A target could not be reached, and nobody dealt with it yet."""
