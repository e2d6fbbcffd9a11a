"""Received invoices that a rule hands to other applications: into a folder, or by mail.

What is owed is written with the placement of the invoice, in its transaction. A job of the queue
that may take long hands it over: counted and put off before it is tried, in a transaction of its
own, so that nobody waits for a stranger's disk or server and a worker that dies only delays it. An
application may thus get an invoice twice: the file has the same name then, the mail the same
``Message-ID``. What was given up waits for a person on the page of the rules; the invoice itself is
in the dossier all the while.

A folder is named by a rule and stands below the one that the installation allows
(``FACTURIER_ROUTING_FOLDER``), in that of the cabinet: no cabinet writes into another's.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from smtplib import SMTPException
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import connection
from django.utils import timezone

from facturier.server import sight
from facturier.server.documents import store
from facturier.server.jobs.pauses import pause
from facturier.server.routing.models import Handover, Placement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from facturier.server.documents.models import Document
    from facturier.server.firm.models import Dossier
    from facturier.server.routing.models import Rule

MOST_ATTEMPTS = 12
FIRST_PAUSE, LONGEST_PAUSE = 10, 4 * 3600
"""Seconds; each pause is twice the one before. Twelve attempts take about nine hours."""
LEASE = timedelta(minutes=3)
"""How long an invoice that is being handed over is nobody else's."""
BATCH = 50
PATIENCE = 30
"""Seconds for which the mail server may be silent."""
NAME = re.compile(r"[\w][\w .-]{0,99}")
"""Of a folder: one name, no path."""
NOT_IN_NAMES = re.compile(r"[^\w.-]+")
ERRORS = (OSError, SMTPException, store.MissingBytes, store.AlteredBytes)


# --- where ----------------------------------------------------------------------------------------


def folder_of(dossier: Dossier, name: str) -> Path:
    """Return the folder that rules of `dossier` call `name`."""
    return Path(settings.ROUTING_FOLDER) / f"cabinet-{dossier.cabinet_id}" / name


def why_not_into(name: str) -> str:
    """Return why nothing can be put into the folder `name`, in French; else empty."""
    if not settings.ROUTING_FOLDER:
        return "Aucun dossier de dépôt n'est permis ici : l'administrateur en règle la racine."
    if not NAME.fullmatch(name) or ".." in name:
        return f"« {name} » n'est pas un nom de dossier : lettres, chiffres, espaces, tirets."
    return ""


def why_not_by_mail() -> str:
    """Return why no mail leaves, in French; else empty."""
    return "" if settings.SMTP else "Aucun serveur de courrier n'est réglé ici."


def problems(rule: Rule) -> list[str]:
    """Return why the applications that `rule` names cannot be reached now, in French."""
    found = [why_not_into(rule.folder) if rule.folder else ""]
    found.append(why_not_by_mail() if rule.mail else "")
    return [one for one in found if one]


# --- owing and handing over -----------------------------------------------------------------------


def owe(placement: Placement) -> None:
    """Note what the rule of a new placement hands over; a job will do it."""
    rule = placement.rule
    if rule is None or placement.document_id is None:
        return
    ways = [{"folder": rule.folder}] if rule.folder else []
    ways += [{"mail": rule.mail}] if rule.mail else []
    for way in ways:
        Handover.objects.create(dossier_id=placement.dossier_id, placement=placement, **way)


def due() -> list[int]:
    """Return the ids of the dossiers that have something to hand over now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT dossiers_with_handovers()")
        return [int(row[0]) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parcel:
    """All that is needed to hand over one invoice, outside of any transaction."""

    row: Handover
    document: Document
    dossier: Dossier


def deliver(dossier: int) -> int:
    """Hand over what is due of a dossier (id); return how many arrived.

    One that fails does not keep the others: those that never failed come first, the next time.
    """
    done = 0
    for _ in range(BATCH):
        parcel = _claim(dossier)
        if parcel is None:
            break
        try:
            (_put if parcel.row.folder else _send)(parcel)
        except ERRORS as error:
            _failed(parcel, f"{error}" or type(error).__name__)
            if parcel.row.mail:
                break  # a server that is silent would keep the others for as long
        else:
            _succeeded(parcel)
            done += 1
    return done


def _claim(dossier: int) -> _Parcel | None:
    """Take the next that is due: what never failed first, the oldest first."""
    with sight.of([dossier]):
        now = timezone.now()
        waiting = Handover.objects.filter(
            dossier_id=dossier, state=Handover.State.PENDING, not_before__lte=now
        )
        taken = waiting.select_for_update(skip_locked=True, of=("self",)).select_related(
            "dossier", "placement__document__flow"
        )
        row = taken.order_by("attempts", "pk").first()
        if row is None:
            return None
        row.attempts, row.not_before = row.attempts + 1, now + LEASE
        row.save(update_fields=["attempts", "not_before"])
        assert row.placement.document is not None, row.pk
        return _Parcel(row=row, document=row.placement.document, dossier=row.dossier)


def _put(parcel: _Parcel) -> None:
    """Write the file beside its name, force it to the disk, then give it its name."""
    why = why_not_into(parcel.row.folder)
    if why:
        raise OSError(why)
    folder = folder_of(parcel.dossier, parcel.row.folder)
    folder.mkdir(parents=True, exist_ok=True)
    root = Path(settings.ROUTING_FOLDER).resolve()
    if not folder.resolve().is_relative_to(root):
        message = f"Le dossier « {parcel.row.folder} » mène hors de la racine permise."
        raise OSError(message)
    path = folder / _file_name(parcel)
    with _beside(path) as partial:
        with partial.open("wb") as file:
            file.write(store.get(parcel.document.sha256))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Yield a hidden name beside `path`; what still has it at the end is taken away."""
    partial = path.with_name(f".{path.name}.partiel")
    try:
        yield partial
    finally:
        partial.unlink(missing_ok=True)


def _file_name(parcel: _Parcel) -> str:
    """Return a name that says what it is and that no other invoice has."""
    document = parcel.document
    kind = "pdf" if document.container == "pdf" else "xml"
    said = NOT_IN_NAMES.sub("-", f"{document.seller_siren}_{document.number}".strip("_"))[:100]
    return f"{said}_{document.flow.flow_id}.{kind}"


def _send(parcel: _Parcel) -> None:
    why = why_not_by_mail()
    if why:
        raise OSError(why)
    document, row = parcel.document, parcel.row
    kind = "application/pdf" if document.container == "pdf" else "application/xml"
    subject = f"Facture {document.number or 'sans numéro'} · {document.seller_name}"
    mail = EmailMessage(
        subject=" ".join(subject.split())[:200], to=[row.mail],
        body=f"Facture reçue dans le dossier {parcel.dossier.name}, jointe telle qu'elle est venue."
        f"\n\n{row.placement.sentence}\n",
        connection=get_connection(timeout=PATIENCE),
        headers={"Message-ID": f"<remise-{row.pk}-{document.flow.flow_id}@facturier>"},
    )  # fmt: skip
    mail.attach(_file_name(parcel), store.get(document.sha256), kind)
    mail.send()


def _succeeded(parcel: _Parcel) -> None:
    with sight.of([parcel.row.dossier_id]):
        Handover.objects.filter(pk=parcel.row.pk).update(
            state=Handover.State.DONE, done_at=timezone.now(), last_error=""
        )


def _failed(parcel: _Parcel, words: str) -> None:
    """Put it off, each time longer; at last a person is told on the page of the rules."""
    row = parcel.row
    with sight.of([row.dossier_id]):
        later = timezone.now() + pause(row.attempts, FIRST_PAUSE, LONGEST_PAUSE)
        given_up = row.attempts >= MOST_ATTEMPTS
        state = Handover.State.FAILED if given_up else Handover.State.PENDING
        Handover.objects.filter(pk=row.pk).update(
            state=state, not_before=later, last_error=words[:500]
        )
        if given_up:
            Placement.objects.filter(pk=row.placement_id).update(
                problem=f"Elle n'a pas pu être remise ({row.place}) : {words[:300]}",
                settled_at=None, settled_by=None,
            )  # fmt: skip


def try_again(row: Handover) -> None:
    """Take a handover up again now, with all its attempts."""
    Handover.objects.filter(pk=row.pk).exclude(state=Handover.State.DONE).update(
        state=Handover.State.PENDING, attempts=0, not_before=timezone.now()
    )
