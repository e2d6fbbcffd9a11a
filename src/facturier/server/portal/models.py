"""Files owed to the public portal, the flows they travel in, and what the portal answered."""

# ruff: noqa: D106 - a model's Meta needs no sentence
from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from facturier.reporting.envelope import Interface
from facturier.server.documents.models import Document, Event, StoredBytes
from facturier.server.firm.models import Dossier, Person

INTERFACES = [
    (Interface.F1_UBL.value, "Données de facture (flux 1, UBL)"),
    (Interface.F1_CII.value, "Données de facture (flux 1, CII)"),
    (Interface.F6_MANDATORY.value, "Statut obligatoire (flux 6)"),
    (Interface.F10.value, "Déclaration (flux 10)"),
    (Interface.F13.value, "Annuaire (flux 13)"),
]
"""What is sent, with the words of the screens."""
FLOW_DIGITS = 15
"""Of the number of a flow, at the end of its name."""
FLUX_1 = (Interface.F1_UBL.value, Interface.F1_CII.value)


class PortalFlow(models.Model):
    """One archive, ours or the portal's; its name is its identity.

    It holds files of several dossiers, so that it belongs to none: only the platform's own work
    sees it (:func:`facturier.server.sight.of_portal`), no page does.
    """

    class Direction(models.TextChoices):
        """Who made it."""

        OUT = "out", "Vers le portail"
        IN = "in", "Du portail"

    class State(models.TextChoices):
        """Where it stands."""

        PENDING = "pending", "À transmettre"
        SENT = "sent", "Transmis"
        RECEIVABLE = "receivable", "Recevable"
        INADMISSIBLE = "inadmissible", "Irrecevable"
        FAILED = "failed", "Abandonné"
        READ = "read", "Lu"
        UNREADABLE = "unreadable", "Illisible"

    direction = models.CharField("sens", max_length=3, choices=Direction)
    name = models.CharField("nom", max_length=100, unique=True)
    interface = models.CharField(max_length=8)
    application = models.CharField("code application", max_length=6, blank=True)
    number = models.PositiveBigIntegerField("numéro", null=True)
    """Of an application and interface, from 1, without gap; null for the portal's."""
    stored = models.ForeignKey(
        StoredBytes, models.PROTECT, db_column="sha256", related_name="portal_flows"
    )
    state = models.CharField(max_length=12, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=timezone.now)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    """When the portal learned that its answer is safe here."""

    class Meta:
        verbose_name = "flux du portail"
        constraints = (
            models.UniqueConstraint(
                fields=["application", "interface", "number"], name="one_portal_flow_per_number"
            ),
        )
        indexes = (
            models.Index(
                fields=["not_before"], condition=Q(state="pending"), name="portal_flow_to_send"
            ),
        )

    def __str__(self) -> str:
        return self.name


class PortalFile(models.Model):
    """A file owed to the public portal, until the portal has accepted it."""

    class State(models.TextChoices):
        """Where it stands."""

        PENDING = "pending", "À transmettre"
        SENT = "sent", "Transmis"
        RECEIVABLE = "receivable", "Recevable"
        ACCEPTED = "accepted", "Accepté"
        REFUSED = "refused", "Refusé"
        HELD = "held", "Retenu"

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="portal_files")
    interface = models.CharField("nature", max_length=8, choices=INTERFACES)
    name = models.CharField("nom du fichier", max_length=120)
    """In the archive; of two files of one name the later waits for the next flow."""
    stored = models.ForeignKey(
        StoredBytes, models.PROTECT, db_column="sha256", null=True, related_name="portal_files"
    )
    """Null only for a file that is held because it could not be made."""
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="portal_files"
    )
    """The invoice that it is about, itself or by a status; null for a declaration."""
    event = models.ForeignKey(
        Event, models.PROTECT, null=True, blank=True, related_name="portal_files"
    )
    """The status that it says (flux 6)."""
    label = models.CharField("objet", max_length=200)
    """What it is about, in French: ``FA-12``, ``FA-12 · 212 Encaissée``."""
    reference = models.CharField(max_length=100)
    """How the portal's answers name it (MDT-87): BT-1, TT-1, or MDT-4 of a status."""
    siren = models.CharField(max_length=9, blank=True)
    """MDT-129 of those answers: the seller's; empty for a declaration."""

    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    due_at = models.DateTimeField("à transmettre avant")
    flow = models.ForeignKey(PortalFlow, models.PROTECT, null=True, related_name="files")
    """The flow it travels in, while it waits for one: null."""
    flow_name = models.CharField("flux", max_length=100, blank=True)
    """Kept here too: a page of the dossier sees no flow."""
    attempts = models.PositiveSmallIntegerField(default=0)
    """How many flows it was put into."""
    not_before = models.DateTimeField(default=timezone.now)
    last_error = models.TextField(blank=True)
    """Why it is held, or why its sending failed; in French."""
    answer_code = models.CharField("réponse", max_length=3, blank=True)
    """The latest answer that counts: ``500``, ``251``…"""
    answer_reason = models.CharField("motif", max_length=40, blank=True)
    answer_at = models.DateTimeField(null=True)
    """When the portal decided it (MDT-78)."""
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    """The refused or held file in whose place this one goes."""
    closed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True)
    closed_why = models.CharField(
        "classé parce que", max_length=200, blank=True, default="", db_default=""
    )
    """Why a person decided that nothing goes in its place; empty while that is open."""
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField("transmis", null=True)

    class Meta:
        verbose_name = "fichier dû au portail public"
        indexes = (
            models.Index(fields=["dossier", "-created_at"], name="portal_file_list"),
            models.Index(fields=["dossier", "state"], name="portal_file_by_state"),
            models.Index(fields=["reference", "siren"], name="portal_file_by_reference"),
            models.Index(
                fields=["interface", "not_before"],
                condition=Q(state="pending", flow__isnull=True),
                name="portal_file_waiting",
            ),
        )

    def __str__(self) -> str:
        return f"{self.interface} {self.name}"

    @property
    def flow_number(self) -> int | None:
        """The number of the flow it travels in, as its name says it."""
        digits = self.flow_name.partition(".")[0][-FLOW_DIGITS:]
        return int(digits) if digits.isdecimal() else None


TAKEN_UP = (PortalFile.State.REFUSED, PortalFile.State.HELD)
"""In the place of such a file another may go."""
OPEN = Q(state__in=TAKEN_UP, replaced_by=None, closed_why="")
"""Such a file, none went in its place and nobody closed it: somebody has to look."""


def is_open(file: PortalFile) -> bool:
    """Whether :data:`OPEN` holds of a file that is in memory."""
    is_replaced = getattr(file, "replaced_by", None) is not None
    return file.state in TAKEN_UP and not is_replaced and not file.closed_why


class PortalAnswer(models.Model):
    """One status message of the portal, as it came; about a flow, or about one file."""

    dossier = models.ForeignKey(
        Dossier, models.PROTECT, null=True, blank=True, related_name="portal_answers"
    )
    """Null for an answer about a flow, and for one that speaks of nothing known."""
    file = models.ForeignKey(
        PortalFile, models.PROTECT, null=True, blank=True, related_name="answers"
    )
    about = models.ForeignKey(
        PortalFlow, models.PROTECT, null=True, blank=True, related_name="answers"
    )
    """The flow of ours that it is about (500, 501)."""
    archive = models.ForeignKey(PortalFlow, models.PROTECT, related_name="brought")
    """The flow that brought it."""
    name = models.CharField(max_length=255)
    """Of the file in that archive."""
    stored = models.ForeignKey(StoredBytes, models.PROTECT, db_column="sha256")
    code = models.CharField("statut", max_length=10, blank=True)
    """Empty when the file could not be read."""
    reason = models.CharField("motif", max_length=40, blank=True)
    comment = models.TextField("commentaire", blank=True)
    """Rules, places and words of the portal, in its order."""
    reference = models.CharField("objet", max_length=100, blank=True)
    """MDT-87, as it came."""
    closed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    closed_why = models.CharField(
        "classée parce que", max_length=200, blank=True, default="", db_default=""
    )
    """What an administrator found out about an answer that belongs to nobody."""
    at = models.DateTimeField("décidé", null=True)
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "réponse du portail public"
        constraints = (
            models.UniqueConstraint(fields=["archive", "name"], name="one_answer_per_file"),
        )
        indexes = (
            models.Index(fields=["stored"], name="portal_answer_by_bytes"),
            models.Index(fields=["dossier", "-recorded_at"], name="portal_answer_list"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.reason} {self.reference}".strip()
