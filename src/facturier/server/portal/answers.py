"""What the portal says is kept, whatever it says, then brought to what it speaks of.

Answers may come twice, late, or before what they follow: a file's state never goes back, and of two
final answers the later decided holds. An archive is acknowledged once its rows are committed; one
that could not be read, and a message that speaks of nothing known, are kept and shown.
Source: DGFiP external specifications v3.2, annexe 7: G1.114, G7.15, G7.17, G7.23, G7.29.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from facturier.errors import RefusedByPeer, UnreadableDocument, UnsafeDocument
from facturier.formats.cdar import read_status
from facturier.lifecycle.statuses import Subject, status
from facturier.reporting.envelope import Interface, unpack
from facturier.server import clock, sight
from facturier.server.documents import history
from facturier.server.documents.deposit import remember, row_of
from facturier.server.jobs.fault_points import fault_point
from facturier.server.portal import sending
from facturier.server.portal.models import FLUX_1, OPEN, PortalAnswer, PortalFile, PortalFlow

if TYPE_CHECKING:
    from datetime import datetime

    from facturier.lifecycle.messages import StatusDetail, StatusMessage
    from facturier.network.portal import Portal
    from facturier.network.portal import PortalFlow as Parcel

State = PortalFile.State
ACCEPTED, REJECTED = (250, 300, 400), (251, 301, 401, 601)
RECEIVABLE, INADMISSIBLE = 500, 501
UNDECIDED = (State.PENDING, State.SENT, State.RECEIVABLE)
INTERFACES = {
    Subject.F1: FLUX_1,
    Subject.F10: (Interface.F10.value,),
    Subject.DIRECTORY: (Interface.F13.value,),
    Subject.STATUS: (Interface.F6_MANDATORY.value,),
}
"""Of what an answer of this subject may speak."""
BATCH = 100
MOST_FLOWS = 3
"""Flows that a file may make inadmissible without being named before a person looks."""
CLOCKS_DIFFER = timedelta(minutes=5)
"""By how much the portal's clock may be behind ours."""
_NAMELESS = "X" * 20
"""MDT-87 of an object whose keys cannot be used (G1.114)."""
logger = logging.getLogger(__name__)


def take_in(portal: Portal) -> int:
    """Take in every answer that waits; return how many archives were."""
    done = 0
    while archives := portal.answers(limit=BATCH):
        kept = [one.name for one in archives if _is_kept(one)]
        if not kept:
            break
        portal.acknowledge(kept)
        with sight.of_portal():
            PortalFlow.objects.filter(
                direction=PortalFlow.Direction.IN, name__in=kept, acknowledged_at=None
            ).update(acknowledged_at=timezone.now())
        done += len(kept)
    return done


def _is_kept(archive: Parcel) -> bool:
    """Keep one archive; False when it could not be, and must wait at the portal."""
    try:
        with sight.of_portal():
            keep(archive)
    except Exception:  # one archive never delays the others
        logger.exception("portal answer %s", archive.name)
        return False
    fault_point("answer-kept")
    return True


def keep(archive: Parcel) -> None:
    """Keep an archive of the portal and all it says, in the sight of the portal's work.

    The same name again is nothing new.
    """
    stored = remember(row_of(archive.content))
    row, is_new = PortalFlow.objects.get_or_create(
        name=archive.name,
        defaults={
            "direction": PortalFlow.Direction.IN, "interface": archive.name[:8], "stored": stored,
            "state": PortalFlow.State.READ, "sent_at": clock.now(),
        },
    )  # fmt: skip
    if not is_new:
        return
    try:
        files = unpack(archive.content)
    except UnsafeDocument as error:
        row.state, row.last_error = PortalFlow.State.UNREADABLE, error.message
        row.save(update_fields=["state", "last_error"])
        logger.error("portal answer %s: %s", archive.name, error.message)  # noqa: TRY400
        return
    for name, data in files.items():
        _keep_message(row, name, data)


def _keep_message(archive: PortalFlow, name: str, data: bytes) -> None:
    stored = remember(row_of(data))
    if PortalAnswer.objects.filter(stored=stored).exists():
        return  # the same message, in another archive
    answer = PortalAnswer(archive=archive, name=name[:255], stored=stored)
    try:
        said = read_status(data).message
    except UnreadableDocument as error:
        said, answer.comment = None, error.message
    if said is None:
        answer.comment = answer.comment or "Ce message ne dit ni son statut, ni sa date."
        answer.save()
        return
    answer.code, answer.at = str(said.status_code), said.decided_at
    answer.reason = next((one.reason_code for one in said.details if one.reason_code), "")[:40]
    answer.comment = "\n".join(filter(None, map(_words, said.details)))
    answer.reference = said.invoice_number[:100]
    if said.status_code in (RECEIVABLE, INADMISSIBLE):
        _about_flow(answer, said)
    else:
        _about_file(answer, said)


def _words(detail: StatusDetail) -> str:
    """Return one detail of an answer in a line: rule, words, place."""
    place = f"({detail.location})" if detail.location else ""
    rule = f"{detail.rule} :" if detail.rule else ""
    return " ".join(filter(None, (rule, detail.comment or detail.reason_label, place)))


# --- about a flow


def _about_flow(answer: PortalAnswer, said: StatusMessage) -> None:
    """500 or 501: of the whole flow, so of each file in it that is not decided yet."""
    names = (said.invoice_number, f"{said.invoice_number}.tar.gz")
    ours = PortalFlow.objects.filter(direction=PortalFlow.Direction.OUT, name__in=names)
    flow = ours.select_for_update().first()
    answer.about = flow
    answer.save()
    if flow is None:
        return
    if flow.state == PortalFlow.State.PENDING:
        sending.handed_over(flow)  # it was, though we did not come to note it
    if said.status_code == RECEIVABLE:
        _receivable(flow, said.decided_at)
    else:
        _inadmissible(flow, answer, {one.location for one in said.details})


def _receivable(flow: PortalFlow, at: datetime) -> None:
    if flow.state == PortalFlow.State.SENT:
        flow.state = PortalFlow.State.RECEIVABLE
        flow.save(update_fields=["state"])
        flow.files.filter(state__in=(State.PENDING, State.SENT)).update(
            state=State.RECEIVABLE, answer_code=str(RECEIVABLE), answer_at=at
        )


def _inadmissible(flow: PortalFlow, answer: PortalAnswer, places: set[str]) -> None:
    """Nothing of the flow was taken: files that are named are refused, the others go again.

    Where no file is named all are refused, and a person looks.
    """
    if flow.state == PortalFlow.State.INADMISSIBLE:
        return
    flow.state, flow.last_error = PortalFlow.State.INADMISSIBLE, answer.comment
    flow.save(update_fields=["state", "last_error"])
    files = flow.files.select_for_update().filter(state__in=UNDECIDED).order_by("pk")
    named = {file.name for file in files} & places
    for file in files:
        if named and file.name not in named and file.attempts < MOST_FLOWS:
            file.state, file.flow, file.flow_name, file.sent_at = State.PENDING, None, "", None
            file.answer_code, file.answer_at = "", None
            file.last_error = (
                f"Le flux {flow.name} était irrecevable à cause d'un autre fichier : "
                "celui-ci repart dans un autre."
            )
            file.save()
        else:
            _decide(file, answer, State.REFUSED)


# --- about one file


def _about_file(answer: PortalAnswer, said: StatusMessage) -> None:
    file = _file_of(said)
    answer.file = file
    answer.dossier_id = file.dossier_id if file else _dossier_of(said)
    answer.save()
    if file is None:
        logger.warning("portal answer %s speaks of nothing known", answer)
        return
    if file.flow is not None and file.flow.state == PortalFlow.State.PENDING:
        sending.handed_over(file.flow)
        file.refresh_from_db()
    if said.status_code in ACCEPTED:
        _decide(file, answer, State.ACCEPTED)
    elif said.status_code in REJECTED:
        _decide(file, answer, State.REFUSED)
    else:
        _tell(file, answer)


def _file_of(said: StatusMessage) -> PortalFile | None:
    """Return what an answer speaks of: by the object's name, its seller and its date.

    Of several of one name (one was refused, another went) it is the last that had gone when the
    portal decided.
    """
    places = {one.location for one in said.details}
    same = Q(reference=said.invoice_number)
    if said.invoice_number == _NAMELESS:
        same = Q(name__in=places)
    found = PortalFile.objects.exclude(flow_name="").filter(same)
    interfaces = INTERFACES.get(status(said.status_code).subject)
    if interfaces is not None:
        found = found.filter(interface__in=interfaces)
    siren = said.seller.identifier
    if siren and siren != "0" * 9:
        found = found.filter(siren__in=("", siren))
    held = list(found.select_for_update(of=("self",)).select_related("flow").order_by("-pk"))
    if len(held) > 1 and status(said.status_code).subject is Subject.F1:
        held = [one for one in held if _is_of(one, said)] or held
    latest = said.decided_at + CLOCKS_DIFFER
    gone = [one for one in held if one.sent_at is None or one.sent_at <= latest]
    return next(iter(gone or held), None)


def _is_of(file: PortalFile, said: StatusMessage) -> bool:
    """Whether the invoice of a flux 1 has the date that an answer names: numbers come again."""
    with sight.of([file.dossier_id]):
        return file.document is not None and file.document.issue_date == said.invoice_date


def _dossier_of(said: StatusMessage) -> int | None:
    """Return where to show an answer that speaks of nothing known: in its seller's dossier."""
    siren = said.seller.identifier
    return next(iter(sight.dossiers_of_siren(siren)), None) if siren else None


def _decide(file: PortalFile, answer: PortalAnswer, state: State) -> None:
    """Note a final answer; an earlier decision that comes later is told, and changes nothing."""
    assert answer.at is not None, "a message that was read has its instant"
    is_final = file.state in (State.ACCEPTED, State.REFUSED)
    if not (is_final and file.answer_at and answer.at < file.answer_at):
        file.state, file.answer_code, file.answer_at = state, answer.code, answer.at
        file.answer_reason = answer.reason
        file.last_error = answer.comment if state == State.REFUSED else ""
        file.save()
        _close_repetitions(file)
    _tell(file, answer)


REPEATED = "REJ_UNI"


def _close_repetitions(file: PortalFile) -> None:
    """Close what the portal refused as known already, once it holds the same from here.

    Which of the two answers comes first does not matter; until the good file is accepted the
    refused one stays open.
    """
    same = PortalFile.objects.filter(
        dossier=file.dossier_id, document=file.document_id, reference=file.reference,
        interface__in=FLUX_1 if file.interface in FLUX_1 else (file.interface,),
    )  # fmt: skip
    good = same.filter(state=State.ACCEPTED).order_by("pk").first()
    if good is not None:
        same.filter(OPEN, state=State.REFUSED, answer_reason=REPEATED).update(
            closed_why=f"Le portail a les mêmes données : il a accepté {good.name}."[:200]
        )


def _tell(file: PortalFile, answer: PortalAnswer) -> None:
    """Write an answer about an invoice into its history."""
    assert answer.at is not None, "a message that was read has its instant"
    if file.document_id is None:
        return
    with sight.of([file.dossier_id]):
        document, event = file.document, file.event
        assert document is not None
        transmission = event.transmission if event else document.transmissions.order_by("pk").last()
        if transmission is None:
            return
        about = f"{file.label}\n" if event else ""
        try:
            history.answered(
                transmission, int(answer.code), at=answer.at, reason=answer.reason,
                comment=f"{about}{answer.comment}".strip(), source=answer.stored,
            )  # fmt: skip
        except RefusedByPeer:
            logger.warning("portal answer %s is not said about an invoice", answer)
