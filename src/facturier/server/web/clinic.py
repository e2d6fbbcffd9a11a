"""The clinic of rejections: what went wrong, who must act, and the right next document, prepared.

What a reason means is said once, in :mod:`facturier.lifecycle.reasons`; the documents are made by
:mod:`facturier.invoice.corrections` and checked like any other before a person sees them.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from facturier import formats, rules
from facturier.errors import FacturierError
from facturier.findings import Outcome
from facturier.formats.detect import Syntax
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
from facturier.server.documents import store
from facturier.server.documents.deposit import deposit
from facturier.server.documents.models import Document, Flow
from facturier.server.portal.models import OPEN, PortalFile, is_open
from facturier.server.web import todo
from facturier.server.web.access import attachment, in_dossier, stem_of
from facturier.server.web.dossier import PAGE, frame

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from django.db.models import QuerySet

    from facturier.findings import Finding
    from facturier.invoice.model import Invoice
    from facturier.server.documents.models import Event
    from facturier.server.firm.models import Dossier
    from facturier.server.web.access import Request

LABELS = {
    Draft.NEW: gettext_lazy("Nouvelle facture, sous un autre numéro"),
    Draft.RECTIFICATION: gettext_lazy("Facture rectificative"),
    Draft.CREDIT_NOTE: gettext_lazy("Avoir"),
}
_INTERNAL = gettext_lazy("Avoir interne, pour les livres seulement")
_MAKERS = {
    Draft.NEW: corrections.renewed,
    Draft.RECTIFICATION: corrections.rectification,
    Draft.CREDIT_NOTE: corrections.credit_note,
}
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


def case_of(
    document: Document, events: Iterable[Event], files: Iterable[PortalFile] = ()
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
    )  # fmt: skip


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
    return _INTERNAL if is_internal else LABELS[draft]


@in_dossier
@require_GET
def clinic(request: Request, dossier: Dossier) -> HttpResponse:
    """Show every invoice that went wrong: ours to put right, then those that others owe us."""
    files = Prefetch("portal_files", PortalFile.objects.filter(OPEN).select_related("replaced_by"))
    documents = dossier.documents.prefetch_related("events", files).order_by("-issue_date", "-pk")
    issued = _open(documents.filter(direction=todo.ISSUED))
    received = documents.filter(direction=todo.RECEIVED, state__in=_WAITING_FOR_SUPPLIER)
    context = frame(request, dossier, "clinique") | {
        "ours": list(_cases(issued)), "theirs": list(_cases(received[:PAGE])),
    }  # fmt: skip
    return render(request, "facturier/clinic.html", context)


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


def _cases(documents: Iterable[Document]) -> Iterator[Case]:
    for document in documents:
        events = sorted(document.events.all(), key=lambda one: one.pk)
        case = case_of(document, events, document.portal_files.all())
        if case is not None:
            yield case


# --- the prepared document


class DraftForm(forms.Form):
    """The number of the document to prepare; everything else follows from the first one."""

    numero = forms.CharField(
        label=gettext_lazy("Numéro du nouveau document"), max_length=35,
        help_text=gettext_lazy("Proposé d'après votre série : vérifiez-le dans votre logiciel."),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFile:
    """A prepared document, written and checked."""

    name: str
    data: bytes
    invoice: Invoice
    findings: tuple[Finding, ...]
    is_valid: bool
    lost: tuple[str, ...]
    """Terms that the syntax cannot carry."""


@in_dossier
@require_http_methods(["GET", "POST"])
def draft(request: Request, dossier: Dossier, document: int, draft: str) -> HttpResponse:
    """Show a prepared document with its verdict; give its file, or deposit it."""
    issued = dossier.documents.filter(direction=todo.ISSUED).select_related("flow")
    found = get_object_or_404(issued, pk=document)
    wanted = _wanted(draft, found)
    taken = dossier.documents.filter(direction=todo.ISSUED).values_list("number", flat=True)
    proposed = corrections.next_number(found.number, taken)
    form = DraftForm(request.POST or request.GET.dict() or {"numero": proposed})
    if not form.is_valid():
        form = DraftForm({"numero": proposed})
        form.is_valid()
    try:
        made = _made(found, wanted, form.cleaned_data["numero"])
    except FacturierError as error:
        messages.error(request, error.in_full)
        return redirect("document", dossier.pk, found.pk)
    if "fichier" in request.GET:
        return attachment(made.data, made.name, "application/xml")
    case = case_of(found, found.events.order_by("pk"))
    internal = wanted is Draft.CREDIT_NOTE and case is not None and case.care.internal_credit_note
    is_taken = made.invoice.number in set(taken)
    if request.method == "POST" and made.is_valid and not internal and not is_taken:
        return _deposit(request, dossier, made)
    context = frame(request, dossier, "clinique") | {
        "document": found, "form": form, "made": made, "case": case, "is_internal": internal,
        "is_taken": is_taken, "needs_correction": _needs_correction(wanted, case),
        "label": _INTERNAL if internal else LABELS[wanted],
    }  # fmt: skip
    return render(request, "facturier/draft.html", context)


def _needs_correction(wanted: Draft, case: Case | None) -> bool:
    """Whether the other party contests what the document still says: it is edited before it leaves.

    A credit note takes everything back; what a platform rejected is judged by the rules alone.
    """
    rejected = case is not None and case.event.code == todo.REJECTED
    return wanted is not Draft.CREDIT_NOTE and not rejected


def _wanted(slug: str, document: Document) -> Draft:
    if slug not in set(Draft):
        raise Http404
    wanted = Draft(slug)
    if wanted is not Draft.NEW and not corrections.can_be_taken_back(document.type_code):
        raise Http404
    return wanted


def _made(document: Document, wanted: Draft, number: str) -> DraftFile:
    """Make the document, write it in the syntax of the first, and check what was written."""
    reading = formats.read(store.get(document.sha256))
    today = timezone.localdate()
    invoice = _MAKERS[wanted](reading.invoice, number=number, on=today)
    written = formats.write(invoice, "cii" if reading.detected.syntax is Syntax.CII else "ubl")
    verdict = rules.check(formats.read(written.xml), on=today)
    return DraftFile(
        name=f"{stem_of(number)}.xml", data=written.xml, invoice=invoice, findings=verdict.findings,
        is_valid=verdict.outcome is Outcome.VALID, lost=tuple(written.lost),
    )  # fmt: skip


def _deposit(request: Request, dossier: Dossier, made: DraftFile) -> HttpResponse:
    """Deposit the document; a second click finds the first deposit, not a duplicate."""
    sha256 = store.address(made.data)
    pending = dossier.flows.filter(stored_id=sha256, state=Flow.State.PENDING)
    flow = pending.first() or deposit(
        dossier, made.data, name=made.name, channel=Flow.Channel.PAGE, submitted_by=request.user
    )
    messages.success(request, _("« %(name)s » est déposé.") % {"name": made.name})
    return redirect(f"{reverse('results', args=[dossier.pk])}?flux={flow.pk}")
