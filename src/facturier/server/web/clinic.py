"""The clinic of rejections: what went wrong, who must act, and the right next document, prepared.

What a reason means is said once, in :mod:`facturier.lifecycle.reasons`; the next document is
prepared by :mod:`facturier.server.web.drafting`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from facturier.invoice import corrections
from facturier.lifecycle.reasons import (
    CARES,
    Actor,
    Care,
    Draft,
    Reason,
    Step,
    drafts,
    reason,
)
from facturier.lifecycle.statuses import Side
from facturier.reporting.envelope import Interface
from facturier.server.documents import earlier, filing
from facturier.server.documents.models import Document
from facturier.server.portal.models import OPEN, PortalFile, is_open
from facturier.server.web import todo
from facturier.server.web.access import in_dossier, must_keep_books
from facturier.server.web.doing import do
from facturier.server.web.dossier import PAGE, frame

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from django.db.models import QuerySet

    from facturier.server.documents.models import Event
    from facturier.server.firm.models import Dossier
    from facturier.server.web.access import Request

LABELS = {
    Draft.NEW: gettext_lazy("Nouvelle facture, sous un autre numéro"),
    Draft.RECTIFICATION: gettext_lazy("Facture rectificative"),
    Draft.CREDIT_NOTE: gettext_lazy("Avoir"),
}
INTERNAL = gettext_lazy("Avoir interne, pour les livres seulement")
_WAITING_FOR_SUPPLIER = ("206", "207", "208", "210", "213")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A document that one click prepares."""

    slug: str
    label: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One invoice that went wrong, and what to do about it."""

    document: Document
    event: Event
    reason: Reason
    care: Care
    prepared: tuple[Prepared, ...]
    """Empty on the side that did not issue the invoice."""
    is_closable: bool = False
    """Whether a person may close it: ours, sent back, not closed yet."""
    says: tuple[int, ...] = ()
    """Statuses that answer it without another document; the usual one first."""


def case_of(
    document: Document,
    events: Iterable[Event],
    files: Iterable[PortalFile] = (),
    *,
    is_rectified: bool = False,
) -> Case | None:
    """Return what went wrong with `document`; None when all is well.

    `events` are its own, oldest first, `files` what the public portal is owed about it. The status
    shown decides; then a refusal of the portal, as long as nothing went in the place of what it
    refused.
    """
    refused = {one.answer_code for one in files if is_open(one)}
    told = [one for one in events if _is_trouble(one, document, refused)]
    told.sort(key=lambda one: one.side != Side.PPF)
    last = told[-1] if told else None
    if last is None:
        return None
    code, issued = int(last.code), document.direction == Document.Side.ISSUED
    may = drafts(code, last.reason) if issued else ()
    if not corrections.can_be_taken_back(document.type_code):
        may = tuple(one for one in may if one is Draft.NEW)
    care = CARES[code]
    return Case(
        document=document, event=last, reason=_reason(last), care=care,
        prepared=tuple(Prepared(slug=one.value, label=_label(one, care)) for one in may),
        says=_answers(code, last, is_rectified=is_rectified) if issued else (),
        is_closable=issued and not document.closed_why and last.code in SENT_BACK,
    )  # fmt: skip


SENT_BACK = (todo.REJECTED, todo.REFUSED, "501")
COMPLETED, NEW_ACCOUNT, CANCELLED = 209, 227, 220


def _answers(code: int, event: Event, *, is_rectified: bool = False) -> tuple[int, ...]:
    """Return the statuses that answer: 220 once the rectificative has left, else what is missing.

    The other party waits for something after 206, 207 and 208.
    """
    if is_rectified:
        return (CANCELLED,)
    if code not in (206, 207, 208):
        return ()
    if event.reason == "COORD_BANC_ERR":
        return (NEW_ACCOUNT, COMPLETED)
    return (COMPLETED,) if reason(event.reason).step is Step.COMPLETE else ()


def _reason(event: Event) -> Reason:
    """Return why, and what comes next.

    What the portal refused is not the invoice, which stands: its platform sends the data again,
    under the same number (a refused flux 1 uses none up).
    """
    found = reason(event.reason)
    if event.side != Side.PPF or found.step is Step.KEEP_FIRST:
        return found
    return dataclasses.replace(found, actor=Actor.PLATFORM, step=Step.FIX_MESSAGE)


def _is_trouble(event: Event, document: Document, refused: Collection[str]) -> bool:
    code = int(event.code)
    if code not in CARES or not (event.reason or document.state == event.code):
        return False
    if event.side == Side.PPF:
        return event.code in refused
    return document.state == event.code


def _label(draft: Draft, care: Care) -> Any:
    is_internal = draft is Draft.CREDIT_NOTE and care.internal_credit_note
    return INTERNAL if is_internal else LABELS[draft]


@in_dossier
@require_GET
def clinic(request: Request, dossier: Dossier) -> HttpResponse:
    """Show every invoice that went wrong: ours to put right, then those that others owe us."""
    files = Prefetch("portal_files", PortalFile.objects.filter(OPEN).select_related("replaced_by"))
    documents = dossier.documents.prefetch_related("events", files).order_by("-issue_date", "-pk")
    issued = _open(documents.filter(direction=todo.ISSUED))
    rectified = set(_rectified(dossier))
    received = documents.filter(direction=todo.RECEIVED, state__in=_WAITING_FOR_SUPPLIER)
    context = frame(request, dossier, "clinique") | {
        "ours": list(_cases(issued, rectified)), "theirs": list(_cases(received[:PAGE])),
        "refusals": [_refusal(one, dossier) for one in _beside_invoices(dossier)],
    }  # fmt: skip
    return render(request, "facturier/clinic.html", context)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A declaration or a line of the directory that the portal refused."""

    file: PortalFile
    reason: Reason
    care: Care | None
    address: str
    """Of the page where it is corrected and sent again."""


def _beside_invoices(dossier: Dossier) -> QuerySet[PortalFile]:
    return dossier.portal_files.filter(OPEN, document=None).order_by("-pk")[:PAGE]


def _refusal(file: PortalFile, dossier: Dossier) -> Refusal:
    code = int(file.answer_code) if file.answer_code else 0
    page = "declarations" if file.interface == Interface.F10 else "addresses"
    return Refusal(
        file=file, reason=reason(file.answer_reason), care=CARES.get(code),
        address=reverse(page, args=[dossier.pk]),
    )  # fmt: skip


def _open(issued: QuerySet[Document]) -> Iterable[Document]:
    """Return the issued invoices in trouble that nobody has put right yet."""
    waiting = issued.filter(state__in=("206", "207", "208", "221"))
    unsent = issued.filter(events__code="200").exclude(events__reason="")
    refused = PortalFile.objects.filter(OPEN, document__in=issued)
    sent_back = todo.sent_back_and_open(issued)
    keys = {
        *sent_back.values_list("pk", flat=True)[:PAGE],
        *waiting.values_list("pk", flat=True)[:PAGE],
        *unsent.values_list("pk", flat=True)[:PAGE],
        *refused.values_list("document", flat=True)[:PAGE],
    }
    return issued.filter(pk__in=keys)


def _rectified(dossier: Dossier) -> Iterable[int]:
    """Yield the ids of the invoices of `dossier` that wait to be said cancelled (220)."""
    return earlier.rectificatives().filter(dossier=dossier).values_list("corrects_id", flat=True)


def _cases(documents: Iterable[Document], rectified: Collection[int] = ()) -> Iterator[Case]:
    for document in documents:
        events = sorted(document.events.all(), key=lambda one: one.pk)
        case = case_of(
            document, events, document.portal_files.all(), is_rectified=document.pk in rectified
        )
        if case is not None:
            yield case


@in_dossier
@require_POST
def close(request: Request, dossier: Dossier, document: int) -> HttpResponse:
    """Close an invoice that came back: nothing more is done, and why is kept."""
    issued = dossier.documents.filter(todo.issued_sent_back)
    found = get_object_or_404(issued, pk=document)
    must_keep_books(request, dossier)
    why = request.POST.get("pourquoi", "")
    said = _("« %(number)s » est classée.") % {"number": found.number}
    do(request, lambda: filing.close(found, request.user, why), said)
    return redirect("clinic", dossier.pk)
