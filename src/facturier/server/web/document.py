"""One invoice: the readable copy, the verdict, the timeline, what may be done, the entry, files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods

from facturier import formats
from facturier.errors import FacturierError
from facturier.formats import readable
from facturier.formats.cdar import read_status
from facturier.invoice.codes import CREDIT_NOTE
from facturier.lifecycle.clocks import DELAY, delivery, towards_portal
from facturier.lifecycle.transitions import offered
from facturier.server.documents import earlier, history, misrouted, recognising, sides, store
from facturier.server.mandates import register as mandates
from facturier.server.routing.models import Placement
from facturier.server.web import headers, source, wording
from facturier.server.web.access import attachment, in_dossier, stem_of
from facturier.server.web.clinic import case_of
from facturier.server.web.connecting import deposit_of
from facturier.server.web.depositing import first_of
from facturier.server.web.dossier import frame, tab_of
from facturier.server.web.saying import StatusForm, receipts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from facturier.lifecycle.transitions import Offer, State
    from facturier.server.books.models import EntryLine
    from facturier.server.documents.models import Document, Transmission
    from facturier.server.firm.models import Dossier
    from facturier.server.portal.models import PortalFile
    from facturier.server.web.access import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """What this side may do now: the usual actions, and the others."""

    first: tuple[Offer, ...]
    others: tuple[Offer, ...]
    main: int | None = None
    """The status that is expected next, where one is: the only one whose button stands out."""


def offers(document: Document, state: State | None, *, is_rectified: bool = False) -> Offers:
    """Return what the dossier's own side may say now; nothing of what was never transmitted.

    Once its rectificative has left, the invoice is to be said cancelled (220): that comes first.
    """
    if state is None:
        return Offers(first=(), others=())
    side = sides.own_side(document)
    idle = wording.SAID.get(state.latest or 0, frozenset())
    may = {one.code: one for one in offered(state, side) if one.code not in idle}
    cancel = (wording.CANCEL,) if is_rectified else ()
    usual = (*cancel, *wording.NEXT_ACTIONS.get(state.latest or 0, ()), *wording.FIRST_ACTIONS)
    if document.direction == "issued" and document.type_code not in CREDIT_NOTE:
        usual = tuple(code for code in usual if code != wording.PAYMENT)  # only to pay back
    first = tuple(may[code] for code in usual if code in may)
    expected = first[0].code if first and state.latest not in wording.LAST else None
    return Offers(
        first=first, others=tuple(one for one in may.values() if one not in first),
        main=None if expected in wording.BAD_NEWS else expected,
    )  # fmt: skip


def clocks(
    document: Document, state: State | None, files: Iterable[PortalFile], now: datetime
) -> Any:
    """Return what is, or was, due within a day: each clock with how it stands at `now`."""
    is_sent = document.direction == "issued"
    found = [delivery(state.history)] if state is not None and is_sent else []
    found += [towards_portal(one.label, one.due_at - DELAY, one.sent_at) for one in files]
    return [(one, one.pace(now)) for one in found if one is not None]


def latest(document: Document) -> Transmission | None:
    """Return the latest attempt to bring the document to the other side."""
    return document.transmissions.select_related("document__flow").order_by("pk").last()


@in_dossier
@require_GET
def page(request: Request, dossier: Dossier, document: int) -> HttpResponse:
    """Show one invoice."""
    kept = dossier.documents.select_related(
        "flow__submitted_by", "flow__stored", "stored", "qualification", "corrects", "closed_by",
        "mandated__mandate",
    )  # fmt: skip
    found = get_object_or_404(kept, pk=document)
    context = frame(request, dossier, tab_of(found))
    findings = list(found.findings.all())
    events = list(found.events.select_related("message").order_by("pk"))
    files = list(found.portal_files.select_related("replaced_by").order_by("pk"))
    attempt, now = latest(found), timezone.now()
    state = history.state_of(attempt) if attempt else None
    rectificative = earlier.rectificatives().filter(corrects=found).first()
    context |= {
        "document": found,
        "findings": findings,
        "is_blocked": any(one.severity in ("fatal", "internal") for one in findings),
        "offers": offers(found, state, is_rectified=bool(rectificative)),
        "rectificative": rectificative,
        "corrections": list(found.corrections.order_by("pk")),
        "events": events,
        "portal_files": files,
        "deposit": deposit_of(found),
        "now": now,
        "clocks": clocks(found, state, files, now),
        "case": case_of(found, events, files, is_rectified=bool(rectificative)),
        "receipts": receipts(found, events),
        "first": first_of(found),
        "cases": recognising.cases_of(found),
        "placement": Placement.objects.filter(document=found)
        .select_related("person", "settled_by")
        .first(),
        "line": attempt.line if attempt else "",
        "may_leave_again": misrouted.can_leave_again(attempt),
        "entries": _entries(found),
        "contest": mandates.contest_of(found, events),
        **_neighbours(dossier, found),
    }
    return render(request, "facturier/document.html", context)


def _entries(document: Document) -> Iterable[Any]:
    beside = ("journal", "validated_by", "reverses", "reversed_by", "cause")
    entries = document.entries.select_related(*beside)
    return entries.prefetch_related("lines").order_by("pk")


def _neighbours(dossier: Dossier, document: Document) -> dict[str, int | None]:
    """Return the ids before and after `document` in the list of its direction, newest first."""
    same = dossier.documents.filter(direction=document.direction)
    day, pk = document.issue_date, document.pk
    if day is None:  # those without a date come first
        newer = Q(issue_date=None, pk__gt=pk)
        older = Q(issue_date__isnull=False) | Q(pk__lt=pk)
    else:
        newer = Q(issue_date=None) | Q(issue_date__gt=day) | Q(issue_date=day, pk__gt=pk)
        older = Q(issue_date__lt=day) | Q(issue_date=day, pk__lt=pk)
    before = same.filter(newer).order_by("issue_date", "pk")
    after = same.filter(older).order_by("-issue_date", "-pk")
    return {
        "previous": before.values_list("pk", flat=True).first(),
        "next": after.values_list("pk", flat=True).first(),
        **same.aggregate(count=Count("pk"), place=Count("pk", filter=newer) + 1),
    }


@in_dossier
@require_GET
@xframe_options_sameorigin
def readable_copy(request: Request, dossier: Dossier, document: int) -> HttpResponse:
    """Show the readable copy, for the frame on the page of the document."""
    found = get_object_or_404(dossier.documents, pk=document)
    try:
        html = readable.html(formats.read(store.get(found.sha256)).invoice)
    except FacturierError as error:
        return render(request, "facturier/unreadable.html", {"error": error}, status=422)
    response = HttpResponse(html)
    response.headers["Content-Security-Policy"] = headers.READABLE_COPY
    return response


@in_dossier
@require_GET
def xml(request: Request, dossier: Dossier, document: int) -> HttpResponse:
    """Show the XML, with the elements behind a line of the entry or a finding marked."""
    found = get_object_or_404(dossier.documents, pk=document)
    detected = source.detected_of(found)
    lines = list(dossier.entry_lines.filter(entry__document=found).select_related("entry__journal"))
    feeds: dict[Any, tuple[EntryLine, ...]] = {}
    for one in lines:
        for element in source.elements_behind(detected, one):
            feeds[element] = (*feeds.get(element, ()), one)
    line, finding = _asked_line(request, lines), _asked_finding(request, found)
    path = finding.path if finding else ""
    marked = {e for e, fed in feeds.items() if line in fed} | source.find(detected, path)
    shown = {
        "document": found, "lines": source.shown(detected.root, marked, feeds), "line": line,
        "finding": finding, "entry_lines": lines, "is_found": bool(marked),
    }  # fmt: skip
    context = frame(request, dossier, tab_of(found)) | shown
    return render(request, "facturier/xml.html", context)


def _asked_line(request: Request, lines: Iterable[EntryLine]) -> EntryLine | None:
    wanted = request.GET.get("ligne", "")
    return next((one for one in lines if str(one.pk) == wanted), None)


def _asked_finding(request: Request, document: Document) -> Any:
    wanted = request.GET.get("constat", "")
    return document.findings.filter(pk=wanted).first() if wanted.isdecimal() else None


@in_dossier
@require_GET
def file(request: Request, dossier: Dossier, document: int, kind: str) -> HttpResponse:  # noqa: ARG001
    """Give a file of the document: as received, its XML, or the readable copy as PDF."""
    found = get_object_or_404(dossier.documents.select_related("flow"), pk=document)
    name = stem_of(found.number) or str(found.pk)
    data = store.get(found.sha256)
    if kind == "recu":
        return attachment(data, found.flow.name, "application/octet-stream")
    if kind == "xml":
        return attachment(formats.detect(data).xml, f"{name}.xml", "application/xml")
    if kind == "pdf":
        copy = readable.pdf(formats.read(data).invoice)
        return attachment(copy, f"{name}-copie-lisible.pdf", "application/pdf")
    raise Http404


@in_dossier
@require_GET
def message(request: Request, dossier: Dossier, document: int, event: int) -> HttpResponse:  # noqa: ARG001
    """Give the status message (CDAR) by which an event was told, byte for byte."""
    events = dossier.events.filter(document=document).exclude(source=None)
    found = get_object_or_404(events.select_related("document"), pk=event)
    name = f"{stem_of(found.document.number)}-{found.code}.xml"
    return attachment(store.get(str(found.source_id)), name, "application/xml")


@in_dossier
@require_GET
def attached(
    request: Request,  # noqa: ARG001
    dossier: Dossier,
    document: int,
    event: int,
    rank: int,
) -> HttpResponse:
    """Give a file that came with a status (MDT-96), the first being 1; never shown inline."""
    events = dossier.events.filter(document=document).exclude(source=None)
    found = get_object_or_404(events, pk=event)
    said = read_status(store.get(str(found.source_id))).message
    files = said.attachments if said else ()
    if not 1 <= rank <= len(files):
        raise Http404
    one = files[rank - 1]
    return attachment(one.content, one.filename or "piece-jointe", "application/octet-stream")


@in_dossier
@require_http_methods(["GET", "POST"])
def say(request: Request, dossier: Dossier, document: int, code: int) -> HttpResponse:
    """Ask what a status needs (reason, comment, amounts, consent), then say it."""
    found = get_object_or_404(dossier.documents, pk=document)
    transmission = latest(found)
    may = offers(found, history.state_of(transmission) if transmission else None)
    offer = next((one for one in (*may.first, *may.others) if one.code == code), None)
    if offer is None or transmission is None:
        messages.error(request, "Cette action n'est plus possible : l'historique a changé.")
        return redirect("document", dossier.pk, found.pk)
    form = StatusForm(
        request.POST or None, offer=offer, document=found, files=request.FILES or None
    )
    if request.method == "POST" and form.is_valid() and form.say(transmission, request.user):
        messages.success(request, f"« {offer.status_label} » est enregistré.")
        return redirect("document", dossier.pk, found.pk)
    shown = {"document": found, "offer": offer, "form": form}
    context = frame(request, dossier, tab_of(found)) | shown
    return render(request, "facturier/say.html", context)
