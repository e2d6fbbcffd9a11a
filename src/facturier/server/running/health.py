"""How each pipe does, for the dossiers of a cabinet: one function a pipe, in the words of a page.

A pipe is a way by which something leaves or comes in. What waits, what was given up and what is
late is read from the rows that hold it; the last success of thirty days is enough to say that a
pipe works.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Count, Max, Min, OuterRef, Q, Subquery
from django.utils import timezone

from facturier.reporting.envelope import Interface
from facturier.server.api.models import Notice, Webhook
from facturier.server.connections.models import Connection
from facturier.server.documents.models import Flow, Message
from facturier.server.portal.models import OPEN, PortalFile
from facturier.server.routing.models import Handover

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from facturier.server.firm.models import Dossier

LOOKED_BACK = timedelta(days=30)
SLOW, STUCK = timedelta(minutes=10), timedelta(hours=1)
"""How long the oldest may wait before a person should know, and before it is a breakdown."""


class Level(StrEnum):
    """How a pipe does; its value is what the page says."""

    GOOD = "Fonctionne"
    WATCH = "À surveiller"
    BROKEN = "Bloqué"
    FRESH = "En route"
    UNUSED = "Sans passage"
    TO_COME = "À venir"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipe:
    """One line of the page."""

    name: str
    what: str
    """What goes through it, in French."""
    waiting: int = 0
    oldest: datetime | None = None
    """Since when the oldest waits."""
    late: int = 0
    """How many are past the time that the law gives."""
    given_up: int = 0
    """How many wait for a person."""
    last_success: datetime | None = None
    last_error: str = ""
    last_error_at: datetime | None = None
    remedy: str = ""
    """What to do about what was given up, in French."""
    exists: bool = True

    @property
    def level(self) -> Level:
        """How it does."""
        waits = timezone.now() - self.oldest if self.oldest else timedelta()
        if not self.exists:
            return Level.TO_COME
        if self.late or waits > STUCK:
            return Level.BROKEN
        if self.given_up or waits > SLOW or self._failed_last:
            return Level.WATCH
        if self.last_success:
            return Level.GOOD
        return Level.FRESH if self.waiting else Level.UNUSED

    @property
    def _failed_last(self) -> bool:
        """Whether the latest that is known is an error."""
        if not self.last_error:
            return False
        both = self.last_success and self.last_error_at
        return not both or self.last_error_at > self.last_success  # type: ignore[operator]

    @property
    def words(self) -> str:
        """The sentence that says why, in French."""
        if not self.exists:
            return "Ce canal n'existe pas encore dans Facturier."
        said = []
        if self.late:
            said.append(f"{_many(self.late, 'envoi')} hors délai")
        if self.given_up:
            said.append(f"{_many(self.given_up, 'élément')} à reprendre par une personne")
        if self.waiting:
            said.append(f"{self.waiting} en attente")
        if not said:
            return "Rien n'attend." if self.last_success else "Rien n'est passé en 30 jours."
        return f"{', '.join(said)}."


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'s' if count > 1 else ''}"


def pipes(dossiers: QuerySet[Dossier]) -> list[Pipe]:
    """Return every pipe, of these dossiers, which are in sight; the number of queries is fixed."""
    return [
        treatment(dossiers),
        platforms(dossiers),
        connections(dossiers),
        portal(dossiers),
        tax_office(dossiers),
        portal_archives(),
        clients(dossiers),
        applications(dossiers),
        Pipe(
            name="Banques", what="Relevés reçus et ordres de paiement", exists=False,
        ),
    ]  # fmt: skip


def treatment(dossiers: QuerySet[Dossier]) -> Pipe:
    """Files received, until they are checked."""
    flows = Flow.objects.filter(dossier__in=dossiers)
    waiting = flows.filter(state=Flow.State.PENDING)
    aside = flows.filter(state=Flow.State.QUARANTINED)
    done = Flow.objects.filter(state=Flow.State.DONE)
    return Pipe(
        name="Traitement", what="Fichiers reçus, jusqu'à leur contrôle",
        **_counted(waiting, "submitted_at"), given_up=aside.count(),
        last_success=_last(dossiers, done, "updated_at"),
        **_error(aside.order_by("-updated_at"), "updated_at"),
        remedy="Voir la quarantaine de chaque dossier.",
    )  # fmt: skip


def platforms(dossiers: QuerySet[Dossier]) -> Pipe:
    """Invoices and statuses for the other side."""
    messages = Message.objects.filter(dossier__in=dossiers)
    failed = messages.filter(state=Message.State.FAILED)
    erring = messages.filter(Q(state=Message.State.FAILED) | _PENDING_WITH_ERROR)
    sent = Message.objects.filter(sent_at__isnull=False)
    return Pipe(
        name="Autres plateformes", what="Factures et statuts remis aux autres parties",
        **_counted(messages.filter(state=Message.State.PENDING), "created_at"),
        given_up=failed.count(), last_success=_last(dossiers, sent, "sent_at"),
        **_error(erring.order_by("-pk"), "created_at"),
        remedy="Vérifier l'adresse du destinataire dans l'annuaire.",
    )  # fmt: skip


def connections(dossiers: QuerySet[Dossier]) -> Pipe:
    """The platforms on which dossiers live that do not live here."""
    active = Connection.objects.filter(dossier__in=dossiers, is_active=True)
    failing = active.filter(failures__gt=0)
    seen = active.aggregate(last=Max("succeeded_at"), failing=Count("pk", filter=Q(failures__gt=0)))
    return Pipe(
        name="Raccordements", what="Dossiers dont la plateforme est ailleurs",
        given_up=seen["failing"], last_success=seen["last"],
        **_error(failing.order_by("-failed_at"), "failed_at"),
        remedy="Voir les réglages du dossier : adresse, identifiants, certificat.",
    )  # fmt: skip


def portal(dossiers: QuerySet[Dossier]) -> Pipe:
    """Invoice data (flux 1) and mandatory statuses (flux 6) for the public portal."""
    return _to_the_state(
        dossiers, ~Q(interface=Interface.F10.value), name="Portail public (PPF)",
        what="Données de facture (flux 1) et statuts obligatoires (flux 6)",
    )  # fmt: skip


def tax_office(dossiers: QuerySet[Dossier]) -> Pipe:
    """Declarations (flux 10) for the tax office."""
    return _to_the_state(
        dossiers, Q(interface=Interface.F10.value), name="Administration fiscale",
        what="Déclarations d'e-reporting (flux 10)",
    )  # fmt: skip


def _to_the_state(dossiers: QuerySet[Dossier], which: Q, *, name: str, what: str) -> Pipe:
    files = PortalFile.objects.filter(which, dossier__in=dossiers)
    waiting = files.filter(state=PortalFile.State.PENDING)
    refused = files.filter(OPEN)
    sent = files.filter(created_at__gte=_recently(), sent_at__isnull=False)
    return Pipe(
        name=name, what=what, **_counted(waiting, "created_at"),
        late=waiting.filter(due_at__lt=timezone.now()).count(), given_up=refused.count(),
        last_success=sent.aggregate(last=Max("sent_at"))["last"],
        **_error(refused.order_by("-pk"), "created_at"),
        remedy="Voir la page « Administration » de chaque dossier.",
    )  # fmt: skip


def portal_archives() -> Pipe:
    """Archives of answers that could not be read: nobody knows yet whose they are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM portal_archives_unreadable(%s)", [_recently()])
        how_many, latest, words = cursor.fetchone()
    return Pipe(
        name="Réponses du portail", what="Archives illisibles de l'installation, en 30 jours",
        given_up=how_many, last_error=words or "", last_error_at=latest,
        remedy="L'administrateur demande au portail de renvoyer ces archives ; elles sont gardées.",
    )  # fmt: skip


def clients(dossiers: QuerySet[Dossier]) -> Pipe:
    """Calls owed to the programs of clients (webhooks)."""
    notices = Notice.objects.filter(dossier__in=dossiers)
    hooks = Webhook.objects.filter(dossier__in=dossiers)
    erring = notices.exclude(last_error="")
    return Pipe(
        name="Programmes des clients", what="Appels aux webhooks de l'interface de programmation",
        **_counted(notices.filter(state=Notice.State.PENDING), "created_at"),
        given_up=notices.filter(state=Notice.State.FAILED).count(),
        last_success=hooks.aggregate(last=Max("called_at"))["last"],
        **_error(erring.order_by("-pk"), "created_at"),
        remedy="Demander à l'éditeur du programme si son adresse répond.",
    )  # fmt: skip


def applications(dossiers: QuerySet[Dossier]) -> Pipe:
    """Received invoices that rules hand to other applications, by folder or by mail."""
    owed = Handover.objects.filter(dossier__in=dossiers)
    waiting = owed.filter(state=Handover.State.PENDING)
    given_up = owed.filter(state=Handover.State.FAILED)
    done = Handover.objects.filter(state=Handover.State.DONE)
    return Pipe(
        name="Autres applications", what="Factures reçues remises par dossier de dépôt ou courriel",
        **_counted(waiting, "created_at"), given_up=given_up.count(),
        last_success=_last(dossiers, done, "done_at"),
        **_error((waiting | given_up).order_by("-pk"), "created_at"),
        remedy="Page « Aiguillage » du dossier : la cause y est, et « Remettre maintenant ».",
    )  # fmt: skip


_PENDING_WITH_ERROR = Q(state=Message.State.PENDING) & ~Q(last_error="")


def _recently() -> datetime:
    return timezone.now() - LOOKED_BACK


def _last(dossiers: QuerySet[Dossier], done: QuerySet[Any], at: str) -> datetime | None:
    """Return the latest moment of thirty days: the first of each dossier in an index, no more."""
    latest = done.filter(dossier=OuterRef("pk"), **{f"{at}__gte": _recently()}).order_by(f"-{at}")
    each = dossiers.annotate(last=Subquery(latest.values(at)[:1]))
    found: datetime | None = each.aggregate(latest=Max("last"))["latest"]
    return found


def _counted(waiting: QuerySet[Any], since: str) -> dict[str, Any]:
    return waiting.aggregate(waiting=Count("pk"), oldest=Min(since))


def _error(erring: QuerySet[Any], at: str) -> dict[str, Any]:
    """Return the latest error and its moment."""
    found = erring.exclude(last_error="").values_list("last_error", at).first()
    return {"last_error": found[0], "last_error_at": found[1]} if found else {}
