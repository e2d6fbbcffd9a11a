"""The tabs of one dossier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from facturier.invoice.codes import CREDIT_NOTE, SELF_BILLED
from facturier.server.documents import filing, recognising, store
from facturier.server.documents.deposit import retry
from facturier.server.documents.models import Flow
from facturier.server.firm.models import Membership
from facturier.server.firm.rights import keeps_books
from facturier.server.web import listing, outbox, todo
from facturier.server.web.access import attachment, in_dossier, must_keep_books
from facturier.server.web.doing import do

if TYPE_CHECKING:
    from facturier.server.documents.models import Document
    from facturier.server.firm.models import Dossier
    from facturier.server.web.access import Request

PAGE = 100
CHANGED = "dossier-changed"
"""Event of the page that tells its lists to fetch themselves again."""


def frame(request: Request, dossier: Dossier, tab: str) -> dict[str, Any]:
    """Return what stands around every page of a dossier: its header and tabs."""
    counters = todo.counters([dossier])[dossier.pk]
    return {
        "dossier": dossier,
        "counters": counters,
        "tab": tab,
        "version": counters.changed_at.isoformat() if counters.changed_at else "",
        "keeps_books": keeps_books(request.user, dossier),
        "credit_notes": CREDIT_NOTE,
        "self_billed": SELF_BILLED,
    }


def tab_of(document: Document) -> str:
    """Return the tab under which the pages of `document` stand."""
    return "emises" if document.direction == todo.ISSUED else "recues"


@in_dossier
@require_GET
def to_do(request: Request, dossier: Dossier) -> HttpResponse:
    """Show all that waits for somebody, by what has to be done."""
    documents = dossier.documents
    waiting = {
        "sent_back": todo.sent_back_and_open(documents.all())[:PAGE],
        "to_answer": documents.filter(todo.issued_to_answer)[:PAGE],
        "rectified": todo.rectified(documents.all())[:PAGE],
        "delivered_late": todo.delivered_late(documents.all())[:PAGE],
        "stuck": outbox.stuck(dossier)[:PAGE],
        "to_decide": documents.filter(todo.received_to_decide).order_by("due_date", "pk")[:PAGE],
    }
    return render(request, "facturier/to_do.html", frame(request, dossier, "a-traiter") | waiting)


@in_dossier
@require_GET
def received(request: Request, dossier: Dossier) -> HttpResponse:
    """List the invoices that the dossier received."""
    return _documents(request, dossier, "recues", todo.RECEIVED)


@in_dossier
@require_GET
def issued(request: Request, dossier: Dossier) -> HttpResponse:
    """List the invoices that the dossier issued."""
    return _documents(request, dossier, "emises", todo.ISSUED)


def _documents(request: Request, dossier: Dossier, tab: str, direction: str) -> HttpResponse:
    unread = recognising.catch_up(dossier) if request.GET.get("cas") else 0
    listed = listing.listed(dossier.documents.filter(direction=direction), request.GET)
    context = frame(request, dossier, tab) | {
        "listed": listed, "is_issued": tab == "emises", "unread": unread,
    }  # fmt: skip
    return render(request, "facturier/documents.html", context)


@in_dossier
@require_GET
def quarantine(request: Request, dossier: Dossier) -> HttpResponse:
    """List the files that could not be treated, with reason and remedy; or those filed away."""
    is_filed = "classes" in request.GET
    wanted = Flow.State.FILED if is_filed else Flow.State.QUARANTINED
    flows = dossier.flows.filter(state=wanted).select_related("stored", "submitted_by", "filed_by")
    page = Paginator(
        flows.prefetch_related("findings").order_by("-submitted_at", "-pk"), PAGE
    ).get_page(request.GET.get("page"))
    filed = dossier.flows.filter(state=Flow.State.FILED).count()
    context = frame(request, dossier, "quarantaine") | {
        "page": page, "is_filed": is_filed, "filed": filed,
    }  # fmt: skip
    return render(request, "facturier/quarantine.html", context)


@in_dossier
@require_POST
def retry_flow(request: Request, dossier: Dossier, flow: int) -> HttpResponse:  # noqa: ARG001
    """Take a file up again, then follow it on the page of results."""
    found = get_object_or_404(dossier.flows, pk=flow)
    retry(found)
    return redirect(f"{_results(dossier)}?flux={found.pk}")


@in_dossier
@require_POST
def file_flow(request: Request, dossier: Dossier, flow: int) -> HttpResponse:
    """File a quarantined file away: nothing comes of it, and why is kept."""
    found = get_object_or_404(dossier.flows, pk=flow)
    must_keep_books(request, dossier)
    why = request.POST.get("pourquoi", "")
    said = _("« %(name)s » est classé.") % {"name": found.name}
    do(request, lambda: filing.file_away(found, request.user, why), said)
    return redirect("quarantine", dossier.pk)


def _results(dossier: Dossier) -> str:
    from django.urls import reverse  # noqa: PLC0415 - one use

    return reverse("results", args=[dossier.pk])


@in_dossier
@require_GET
def flow_file(request: Request, dossier: Dossier, flow: int) -> HttpResponse:  # noqa: ARG001
    """Give back a deposited file, byte for byte."""
    found = get_object_or_404(dossier.flows.exclude(stored=None), pk=flow)
    return attachment(store.get(found.sha256), found.name, "application/octet-stream")


@in_dossier
@require_GET
def settings(request: Request, dossier: Dossier) -> HttpResponse:
    """Show identity and accesses of a dossier; they are changed by the cabinet's administrator."""
    led = dossier.cabinet.memberships.filter(role=Membership.Role.EXPERT_COMPTABLE)
    context = frame(request, dossier, "reglages") | {
        "experts": led.select_related("person").order_by("person__name"),
        "accesses": dossier.accesses.select_related("person").order_by("role", "person__name"),
        "programs": dossier.api_clients.filter(~Q(client=None)).select_related("client"),
    }
    return render(request, "facturier/settings.html", context)


@in_dossier
@require_GET
def changes(request: Request, dossier: Dossier) -> HttpResponse:
    """Answer the page's question "anything new?": 204, or new tabs and an event for the lists."""
    context = frame(request, dossier, request.GET.get("onglet", ""))
    if context["version"] == request.GET.get("version"):
        return HttpResponse(status=204)
    response = render(request, "facturier/_tabs.html", context)
    response.headers["HX-Trigger"] = CHANGED
    return response
