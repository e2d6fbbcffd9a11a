"""Flows, documents, transmissions, events, findings and the mailbox of the simulated network."""

# ruff: noqa: D106 - a model's Meta needs no sentence
from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.functions import ExtractYear
from django.utils import timezone

from facturier.lifecycle.statuses import Side
from facturier.server.documents.ordered import ordered_uuid
from facturier.server.firm.models import Dossier, Person


class StoredBytes(models.Model):
    """The bytes of this SHA-256 are in the store (:mod:`.store`)."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    size = models.PositiveIntegerField("taille en octets")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "octets conservés"

    def __str__(self) -> str:
        return self.sha256


class Direction(models.TextChoices):
    """Seen from the dossier: it sends (Out), it receives (In). Words of XP Z12-013."""

    IN = "In", "Entrant"
    OUT = "Out", "Sortant"


FIRST_STEP = "detect"
"""Next step of a file that was just received."""
HEAR = "hear"
"""Next step of a status message that was just received."""
CDAR = "CDAR"
"""Declared syntax of a status message (XP Z12-013: flowSyntax)."""
NOT_ISSUED = ("213", "501")
"""Statuses by which a platform rejects: what is in such a state does not count as issued."""


class Flow(models.Model):
    """One received file, and the truth of what remains to be done with it."""

    class Channel(models.TextChoices):
        """How it came in."""

        PAGE = "page", "Dépôt par la page"
        API = "api", "Interface de programmation"
        CLI = "cli", "Ligne de commande"
        NETWORK = "network", "Réseau"
        SIMULATED = "simulated", "Réseau simulé"

    class State(models.TextChoices):
        """Where it stands."""

        PENDING = "pending", "En attente"
        DONE = "done", "Traité"
        QUARANTINED = "quarantined", "En quarantaine"
        FILED = "filed", "Classé"

    class Acknowledgement(models.TextChoices):
        """Whether the platform could take the file (XP Z12-013)."""

        PENDING = "Pending", "En cours"
        OK = "Ok", "Accepté"
        ERROR = "Error", "Refusé"

    flow_id = models.UUIDField(unique=True, default=ordered_uuid, editable=False)
    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="flows")
    direction = models.CharField(max_length=3, choices=Direction)
    channel = models.CharField(max_length=10, choices=Channel)
    flow_type = models.CharField(max_length=50, default="Undefined", blank=True)
    """``CustomerInvoice``, ``SupplierInvoiceLC``… (XP Z12-013); we compute it."""
    name = models.CharField("nom du fichier", max_length=255)
    tracking_id = models.CharField(max_length=64, blank=True)
    stored = models.ForeignKey(
        StoredBytes, models.PROTECT, db_column="sha256", null=True, related_name="flows"
    )
    """Null only for a status of which no file could be made."""
    declared_syntax = models.CharField(max_length=20, blank=True)
    declared_profile = models.CharField(max_length=30, blank=True)
    processing_rule = models.CharField(max_length=20, blank=True)
    processing_rule_computed = models.BooleanField(default=False)

    state = models.CharField(max_length=12, choices=State, default=State.PENDING)
    next_step = models.CharField(max_length=30, default=FIRST_STEP, blank=True)
    not_before = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField("dernière erreur", blank=True)
    last_error_reason = models.CharField(max_length=60, blank=True)

    ack_status = models.CharField(
        max_length=8, choices=Acknowledgement, default=Acknowledgement.PENDING
    )
    ack_details = models.JSONField(default=list, blank=True)
    message_key = models.CharField(max_length=100, null=True, unique=True)  # noqa: DJ001
    """Idempotency key of the message it came with; null (never equal) when it was deposited."""
    submitted_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True)
    submitted_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    """Set by the database at each change, strictly increasing within a dossier."""
    corrects = models.ForeignKey(
        "Document", models.PROTECT, null=True, blank=True, related_name="+"
    )
    """The invoice that went wrong and in whose place this file was prepared."""
    filed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    filed_why = models.CharField(
        "classé parce que", max_length=200, blank=True, default="", db_default=""
    )
    """Why nothing comes of a file that was in quarantine; it is kept all the same."""
    filed_at = models.DateTimeField("classé le", null=True)

    class Meta:
        verbose_name = "flux"
        indexes = (
            models.Index(fields=["dossier", "-updated_at"], name="flow_by_change"),
            models.Index(
                fields=["dossier", "not_before"], condition=Q(state="pending"), name="flow_to_do"
            ),
            models.Index(fields=["dossier", "tracking_id"], name="flow_by_tracking"),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.flow_id})"

    @property
    def sha256(self) -> str:
        """The address of its bytes in the store, empty when it has none."""
        return self.stored_id or ""

    def finish(self) -> None:
        """Nothing remains to be done."""
        self.state, self.next_step = self.State.DONE, ""
        self.ack_status, self.ack_details = self.Acknowledgement.OK, []
        self.last_error = self.last_error_reason = ""
        self.save()

    def reopen(self) -> None:
        """All remains to be done, as on the first day."""
        self.state, self.attempts = self.State.PENDING, 0
        is_heard = self.direction == Direction.IN and self.declared_syntax == CDAR
        self.next_step = HEAR if is_heard else FIRST_STEP
        self.not_before = timezone.now()
        self.ack_status, self.ack_details = self.Acknowledgement.PENDING, []
        self.save()


class Document(models.Model):
    """One side's record of one invoice."""

    class Side(models.TextChoices):
        """Whether the dossier sends the invoice or gets it."""

        ISSUED = "issued", "Émise"
        RECEIVED = "received", "Reçue"

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="documents")
    direction = models.CharField("sens", max_length=8, choices=Side)
    flow = models.OneToOneField(Flow, models.PROTECT, related_name="document")
    stored = models.ForeignKey(
        StoredBytes, models.PROTECT, db_column="sha256", related_name="documents"
    )
    syntax = models.CharField(max_length=20)
    container = models.CharField(max_length=4, default="xml")
    profile = models.CharField(max_length=200, blank=True)
    number = models.CharField("numéro", max_length=200, blank=True)
    issue_date = models.DateField("date d'émission", null=True)
    due_date = models.DateField("date d'échéance", null=True)
    type_code = models.CharField("type (BT-3)", max_length=10, blank=True)
    process = models.CharField("cadre (BT-23)", max_length=100, blank=True)
    currency = models.CharField("devise", max_length=3, blank=True)
    seller_name = models.CharField("vendeur", max_length=300, blank=True)
    seller_siren = models.CharField(max_length=9, blank=True)
    seller_address = models.CharField(max_length=125, blank=True)
    """Electronic address, BT-34."""
    buyer_name = models.CharField("acheteur", max_length=300, blank=True)
    buyer_siren = models.CharField(max_length=9, blank=True)
    buyer_address = models.CharField(max_length=125, blank=True)
    """Electronic address, BT-49."""
    total_without_vat = models.DecimalField("total HT", max_digits=18, decimal_places=2, null=True)
    total_vat = models.DecimalField("TVA", max_digits=18, decimal_places=2, null=True)
    total_with_vat = models.DecimalField("total TTC", max_digits=18, decimal_places=2, null=True)
    amount_due = models.DecimalField("net à payer", max_digits=18, decimal_places=2, null=True)
    outcome = models.CharField("verdict", max_length=10, blank=True)
    """``valid`` or ``invalid``."""
    books = models.JSONField(default=list, blank=True)
    """Rulebooks it was checked against: ``[{"id", "version", "state"}]``."""
    use_case = models.CharField("cas d'usage", max_length=10, blank=True)
    treatment = models.CharField("traitement", max_length=15, blank=True)
    """``B2B``, ``B2C``… (:class:`facturier.reporting.scope.Treatment`)."""
    vat_due_on_payment = models.BooleanField("TVA exigible à l'encaissement", default=False)
    state = models.CharField("statut", max_length=3, blank=True)
    """Cache of the latest status code; the truth is the fold of its events."""
    accepted = models.BooleanField(default=False)
    """True once deposited (200), which reserves seller, number and year."""
    unpostable = models.TextField("pourquoi sans écriture", blank=True)
    """Why the ledger proposed no entry, in French; empty when it did."""
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="corrections"
    )
    """The earlier invoice that it replaces or takes back, where it is in this dossier."""
    closed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    closed_why = models.CharField(
        "classé parce que", max_length=200, blank=True, default="", db_default=""
    )
    """Why a person decided that nothing more is done about an invoice that came back."""
    is_simulation = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    NULLABLE = frozenset(
        {
            "issue_date", "due_date", "total_without_vat", "total_vat", "total_with_vat",
            "amount_due",
        }
    )  # fmt: skip
    """What stays null when the invoice does not say it; the words become empty."""

    class Meta:
        verbose_name = "document"
        ordering = ("-issue_date", "-pk")
        indexes = (
            models.Index(fields=["dossier", "direction", "-issue_date"], name="document_list"),
            models.Index(fields=["dossier", "direction", "state"], name="document_by_state"),
            models.Index(fields=["dossier", "number"], name="document_by_number"),
        )
        constraints = (
            models.UniqueConstraint(
                "dossier", "seller_siren", "number", ExtractYear("issue_date"),
                condition=Q(direction="issued", accepted=True),
                name="one_issued_invoice_per_number_and_year",
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.number or 'sans numéro'} ({self.get_direction_display()})"

    @property
    def sha256(self) -> str:
        """The address of its bytes in the store."""
        return str(self.stored_id)


class Transmission(models.Model):
    """One attempt to bring a document to the other side; statuses are said of it."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="transmissions")
    document = models.ForeignKey(Document, models.PROTECT, related_name="transmissions")
    peer_address = models.CharField("adresse de l'autre partie", max_length=125, blank=True)
    platform = models.CharField("plateforme", max_length=100, default="simulated")
    external_id = models.CharField(max_length=100)
    """The same on both sides: how a status message finds what it speaks of."""
    is_connected = models.BooleanField(default=True)
    """False when no platform serves the other side: nothing said here can reach it."""
    line = models.CharField("ligne suivie", max_length=300, blank=True, db_default="")
    """The line of the directory that it followed (:func:`facturier.server.directory.lookup.told`);
    empty when it followed none, or before that was kept."""
    state = models.CharField("statut", max_length=3, blank=True)
    """Cache of the latest status code."""
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "transmission"
        constraints = (
            models.UniqueConstraint(
                fields=["dossier", "external_id"], name="one_transmission_per_side"
            ),
        )

    def __str__(self) -> str:
        return f"{self.document} → {self.peer_address}"

    @property
    def lives_elsewhere(self) -> bool:
        """Whether another platform than this one carries it."""
        return bool(self.platform != Transmission._meta.get_field("platform").default)


SIDES = [(side.value, side.label) for side in Side]


class Event(models.Model):
    """Something that happened to a transmission. Append-only: the database refuses the rest."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="events")
    document = models.ForeignKey(Document, models.PROTECT, related_name="events")
    transmission = models.ForeignKey(Transmission, models.PROTECT, related_name="events")
    flow = models.OneToOneField(Flow, models.PROTECT, null=True, related_name="event")
    """How a program sees it (XP Z12-013: a life-cycle flow); null for what this dossier said."""
    code = models.CharField("statut", max_length=3)
    """``200`` … ``213``, as a word: codes are keys, not numbers."""
    side = models.CharField("dit par", max_length=20, choices=SIDES)
    reason = models.CharField("motif", max_length=40, blank=True)
    comment = models.TextField("commentaire", blank=True)
    amounts = models.JSONField(default=list, blank=True, encoder=DjangoJSONEncoder)
    """What came with it: a list of :class:`facturier.lifecycle.messages.Characteristic`."""
    action = models.CharField("action demandée", max_length=3, blank=True, db_default="")
    """MDT-121, a key of :data:`facturier.lifecycle.messages.REQUESTED_ACTIONS`."""
    attached = models.TextField("pièces jointes", blank=True, db_default="")
    """Names of the files that its CDAR carries (MDT-96), one a line."""
    author = models.ForeignKey(Person, models.PROTECT, null=True, blank=True)
    author_label = models.CharField("auteur", max_length=200)
    at = models.DateTimeField("quand", default=timezone.now)
    """When it was decided (MDT-78)."""
    recorded_at = models.DateTimeField(auto_now_add=True)
    message_key = models.CharField(max_length=100, null=True)  # noqa: DJ001
    """Idempotency key of the message that brought it; null when it was said on this side."""
    source = models.ForeignKey(
        StoredBytes, models.PROTECT, null=True, blank=True, db_column="source_sha256"
    )
    """The CDAR that says it, as it was sent or received; null when none could be made."""

    class Meta:
        verbose_name = "événement"
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["transmission", "message_key"], name="one_event_per_message"
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.reason}".strip()


class FindingRow(models.Model):
    """A kept :class:`facturier.findings.Finding` of a document, or of a file never understood."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="findings")
    document = models.ForeignKey(
        Document, models.CASCADE, null=True, blank=True, related_name="findings"
    )
    flow = models.ForeignKey(Flow, models.CASCADE, related_name="findings")
    rank = models.PositiveIntegerField(default=0)
    rule = models.CharField("règle", max_length=60)
    layer = models.CharField(max_length=20)
    severity = models.CharField(max_length=10)
    message = models.TextField()
    where = models.CharField("où", max_length=300, blank=True)
    path = models.TextField("chemin", blank=True)
    remedy = models.TextField("remède", blank=True)

    class Meta:
        verbose_name = "constat"
        ordering = ("flow", "rank")

    def __str__(self) -> str:
        return f"{self.rule} {self.where}".strip()


class Message(models.Model):
    """Something to hand to the other side, exactly once: the outbox of a dossier."""

    class Kind(models.TextChoices):
        """What it carries."""

        INVOICE = "invoice", "Facture"
        STATUS = "status", "Statut"

    class State(models.TextChoices):
        """Where it stands."""

        PENDING = "pending", "À remettre"
        SENT = "sent", "Remis"
        FAILED = "failed", "Abandonné"

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="messages_out")
    key = models.CharField("clé d'unicité", max_length=100, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    transmission = models.ForeignKey(Transmission, models.PROTECT, related_name="messages")
    event = models.OneToOneField(Event, models.PROTECT, null=True, related_name="message")
    """What a status message says; null for an invoice."""
    recipient_address = models.CharField(max_length=125)
    body = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    stored = models.ForeignKey(StoredBytes, models.PROTECT, null=True, db_column="sha256")
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=timezone.now)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "message à remettre"
        indexes = (
            models.Index(
                fields=["dossier", "not_before"], condition=Q(state="pending"), name="message_to_do"
            ),
            models.Index(fields=["dossier"], condition=~Q(state="sent"), name="message_unsent"),
        )

    def __str__(self) -> str:
        return self.key


class Envelope(models.Model):
    """A message waiting in, or taken from, a dossier's mailbox on the simulated network."""

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="envelopes")
    key = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Message.Kind)
    sender_address = models.CharField(max_length=125)
    recipient_address = models.CharField(max_length=125)
    external_id = models.CharField(max_length=100)
    body = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    stored = models.ForeignKey(StoredBytes, models.PROTECT, null=True, db_column="sha256")
    created_at = models.DateTimeField(auto_now_add=True)
    taken_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "pli"
        constraints = (
            models.UniqueConstraint(fields=["dossier", "key"], name="one_envelope_per_message"),
        )
        indexes = (
            models.Index(
                fields=["dossier"], condition=Q(taken_at__isnull=True), name="envelope_waiting"
            ),
        )

    def __str__(self) -> str:
        return self.key
