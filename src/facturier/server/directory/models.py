"""Legal units, places of business, routing codes, platforms and lines, each with its versions."""

from __future__ import annotations

# ruff: noqa: D106 - a model's Meta needs no sentence
from typing import ClassVar, TypeVar

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from facturier.formats import directory
from facturier.server.firm.models import Dossier, Person
from facturier.server.portal.models import PortalFile


class Version(models.Model):
    """One version of a record."""

    about = models.CharField(max_length=250)
    """What the record is about, in lower case: a SIREN, a SIRET, an address…"""
    key = models.CharField(max_length=280)
    """What a newer version replaces; more than `about` where several hold at once (lines)."""
    own = models.BooleanField(default=False)
    """Written here for a dossier of this installation, not by the portal."""
    instance = models.BigIntegerField(null=True)
    """Number of this version at the portal."""
    recorded_at = models.DateTimeField(default=timezone.now)
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["key", "own"], condition=Q(replaced_at=None),
                name="one_current_%(class)s",
            )
        ]  # fmt: skip
        indexes: ClassVar = [models.Index(fields=["about"], name="%(class)s_about")]

    def __str__(self) -> str:
        return self.key


V = TypeVar("V", bound=Version)


def current(model: type[V]) -> models.QuerySet[V]:
    """Return the versions that hold now: the portal's word, our own where the portal has none."""
    every = model._default_manager  # noqa: SLF001 - Django's public name for it
    portal = every.filter(about=OuterRef("about"), own=False, replaced_at=None)
    return every.filter(Q(own=False) | ~Exists(portal), replaced_at=None)


class LegalUnit(Version):
    """A company or a public body."""

    siren = models.CharField(max_length=9, db_index=True)
    name = models.CharField(max_length=400)
    status = models.CharField(max_length=1)
    kind = models.CharField(max_length=1)
    diffusion = models.CharField(max_length=1, blank=True)


class Located(Version):
    """A record with a postal address."""

    line_1 = models.CharField(max_length=255, blank=True)
    line_2 = models.CharField(max_length=255, blank=True)
    line_3 = models.CharField(max_length=255, blank=True)
    city = models.CharField(max_length=100, blank=True)
    post_code = models.CharField(max_length=20, blank=True)
    subdivision = models.CharField(max_length=255, blank=True)
    country = models.CharField(max_length=2, blank=True)

    class Meta(Version.Meta):
        abstract = True


class Facility(Located):
    """A place of business."""

    siret = models.CharField(max_length=14, db_index=True)
    siren = models.CharField(max_length=9, db_index=True)
    name = models.CharField(max_length=400, blank=True)
    status = models.CharField(max_length=1)
    kind = models.CharField(max_length=1)
    diffusion = models.CharField(max_length=1, blank=True)
    public = models.JSONField(null=True)
    """What a public body demands of invoices (:class:`facturier.formats.directory.PublicSettings`);
    null for a private one."""


class RoutingCode(Located):
    """A service inside a place of business."""

    siret = models.CharField(max_length=14, db_index=True)
    routing = models.CharField(max_length=100)
    routing_scheme = models.CharField(max_length=4, blank=True)
    name = models.CharField(max_length=400, blank=True)
    status = models.CharField(max_length=1)
    engagement = models.BooleanField(null=True)


class Platform(Version):
    """A platform that receives invoices."""

    number = models.CharField(max_length=4)
    name = models.CharField(max_length=400)
    trade_name = models.CharField(max_length=400, blank=True)
    status = models.CharField(max_length=1)
    kind = models.CharField(max_length=4)
    siren = models.CharField(max_length=9, blank=True)


class Line(Version):
    """Invoices for an address go to a platform, from a day on."""

    identifier = models.CharField(max_length=250)
    siren = models.CharField(max_length=9, db_index=True)
    siret = models.CharField(max_length=14, blank=True, db_index=True)
    routing = models.CharField(max_length=100, blank=True)
    routing_scheme = models.CharField(max_length=4, blank=True)
    suffix = models.CharField(max_length=100, blank=True)
    platform = models.CharField(max_length=4, blank=True)
    """Number of the platform; empty on an own line: it is us."""
    nature = models.CharField(max_length=1)
    start = models.DateField()
    end = models.DateField(null=True)
    effective_end = models.DateField(null=True)

    def as_line(self) -> directory.Line:
        """Return the line as the engine knows it."""
        return directory.Line(
            address=directory.Address(
                siren=self.siren, siret=self.siret, routing=self.routing,
                routing_scheme=self.routing_scheme, suffix=self.suffix,
            ),
            platform=self.platform, start=self.start, end=self.end,
            effective_end=self.effective_end, nature=self.nature, instance=self.instance,
            stated=self.identifier,
        )  # fmt: skip


class Import(models.Model):
    """An export of the portal that was taken in."""

    produced_at = models.DateTimeField(unique=True)
    extent = models.CharField(max_length=1)
    counts = models.JSONField(default=dict)
    imported_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "import de l'annuaire"

    def __str__(self) -> str:
        return f"{self.extent} {self.produced_at}"

    @property
    def set_aside(self) -> int:
        """How many records could not be understood, and were left out."""
        return int(self.counts.get("set_aside", {}).get("number", 0))


class Export(models.Model):
    """An export that the portal let wait for us, and what became of it."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", "À prendre"
        TAKEN = "taken", "Pris"
        REFUSED = "refused", "Refusé"

    name = models.CharField(max_length=100, unique=True)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    """How often its import was begun; a process that dies leaves nothing else behind."""
    why = models.TextField(blank=True)
    """Why it was refused or has to wait, in French."""
    taken = models.OneToOneField(Import, models.PROTECT, null=True, related_name="export")
    listed_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "export de l'annuaire"

    def __str__(self) -> str:
        return self.name


class LineRequest(models.Model):
    """A line that a dossier asked the portal to write: one line of a flux 13, with who asked.

    What the portal said of it is the state of its file.
    """

    class Deed(models.TextChoices):
        """What it does."""

        OPEN = "open", "Ouverture"
        END = "end", "Fermeture"
        CANCEL = "cancel", "Annulation"

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="line_requests")
    file = models.ForeignKey(PortalFile, models.PROTECT, related_name="lines")
    rank = models.PositiveSmallIntegerField()
    """Its place in the file, from 1 (the portal's answers name it)."""
    deed = models.CharField("demande", max_length=6, choices=Deed)
    about = models.CharField(max_length=250)
    """The address in lower case."""
    identifier = models.CharField("adresse", max_length=250)
    platform = models.CharField("plateforme", max_length=4)
    start = models.DateField("début d'effet")
    end = models.DateField("fin d'effet", null=True)
    agreed_on = models.DateField("accord signé le", null=True)
    """When the client signed that this platform receives; null for what only takes back."""
    asked_by = models.ForeignKey(Person, models.PROTECT, null=True)
    asked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "ligne demandée"
        constraints = (
            models.UniqueConstraint(fields=["file", "rank"], name="one_request_per_rank"),
        )
        indexes = (
            models.Index(fields=["dossier", "-asked_at"], name="line_request_list"),
            models.Index(fields=["about"], name="line_request_about"),
        )

    def __str__(self) -> str:
        return f"{self.get_deed_display()} {self.identifier}"

    def as_line(self) -> directory.Line:
        """Return the line as the file says it."""
        nature = directory.Nature
        return directory.Line(
            address=directory.Address.parsed(self.identifier), platform=self.platform,
            start=self.start, end=self.end,
            nature=nature.MASKING if self.deed == self.Deed.CANCEL else nature.DEFINITION,
        )  # fmt: skip
