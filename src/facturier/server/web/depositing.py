"""Deposit: files dropped on the page, archives taken apart, the fate of each as it is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from facturier.errors import UnreadableDocument
from facturier.formats.zip import unpack
from facturier.server.documents import duplicates, store
from facturier.server.documents.deposit import LARGEST, deposit
from facturier.server.documents.models import Flow
from facturier.server.web.access import in_dossier
from facturier.server.web.dossier import frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.core.files.uploadedfile import UploadedFile

    from facturier.server.documents.models import Document
    from facturier.server.firm.models import Dossier
    from facturier.server.web.access import Request

MOST_FOLLOWED = 500
"""Results shown at once; the lists of the dossier show all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one file."""

    flow: Flow
    document: Document | None
    first: Document | None
    """The invoice that a duplicate repeats."""


@in_dossier
@require_http_methods(["GET", "POST"])
def page(request: Request, dossier: Dossier) -> HttpResponse:
    """Show the drop zone, or take in what was dropped."""
    if request.method == "POST":
        return _take_in(request, dossier)
    return render(request, "facturier/deposit.html", frame(request, dossier, "depot"))


def _take_in(request: Request, dossier: Dossier) -> HttpResponse:
    flows = []
    for name, content in _files(request):
        flow = deposit(
            dossier, content, name=name, channel=Flow.Channel.PAGE, submitted_by=request.user
        )
        flows.append(flow.pk)
    if not flows:
        messages.warning(request, _("Aucun fichier à traiter."))
        return _go(request, reverse("deposit", args=[dossier.pk]))
    followed = ",".join(str(one) for one in flows[:MOST_FOLLOWED])
    return _go(request, f"{reverse('results', args=[dossier.pk])}?flux={followed}")


def deposit_once(
    request: Request, dossier: Dossier, name: str, data: bytes, corrects: Document | None = None
) -> HttpResponse:
    """Deposit what a page wrote, then follow it; a second click finds the first, no duplicate."""
    pending = dossier.flows.filter(stored_id=store.address(data), state=Flow.State.PENDING)
    flow = pending.first() or deposit(
        dossier, data, name=name, channel=Flow.Channel.PAGE, submitted_by=request.user,
        corrects=corrects,
    )  # fmt: skip
    return redirect(f"{reverse('results', args=[dossier.pk])}?flux={flow.pk}")


def _go(request: Request, address: str) -> HttpResponse:
    """Send the browser on; the script that shows progress follows a header, not a redirection."""
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def _files(request: Request) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each file, those inside archives too; say which are refused whole."""
    for upload in request.FILES.getlist("fichiers"):
        name = upload.name or _("sans nom")
        if (upload.size or 0) > LARGEST:
            words = _("« %(name)s » dépasse 100 Mo : il n'a pas été pris.")
            messages.error(request, words % {"name": name})
            continue
        try:
            yield from _contents(upload, name)
        except UnreadableDocument as error:
            messages.error(request, error.in_full)


def _contents(upload: UploadedFile[Any], name: str) -> Iterable[tuple[str, bytes]]:
    data = upload.read()
    if name.lower().endswith(".zip"):
        return ((member.rsplit("/", 1)[-1], inside) for member, inside in unpack(data, name))
    return [(name, data)]


@in_dossier
@require_GET
def results(request: Request, dossier: Dossier) -> HttpResponse:
    """Show what became of the files named in the address; asks again until all is known."""
    wanted = [one for one in request.GET.get("flux", "").split(",") if one.isdecimal()]
    flows = dossier.flows.filter(pk__in=wanted[:MOST_FOLLOWED]).select_related("stored", "document")
    found = list(_results(dossier, list(flows.prefetch_related("findings").order_by("pk"))))
    waiting = sum(one.flow.state == Flow.State.PENDING for one in found)
    context = {"results": found, "waiting": waiting, "done": len(found) - waiting}
    if request.htmx:
        return render(request, "facturier/_results.html", {"dossier": dossier, **context})
    return render(request, "facturier/results.html", frame(request, dossier, "depot") | context)


def _results(dossier: Dossier, flows: list[Flow]) -> Iterator[Result]:
    kept = dossier.documents.filter(flow__in=flows).prefetch_related("findings", "events")
    documents = {document.flow_id: document for document in kept}
    for flow in flows:
        document = documents.get(flow.pk)
        yield Result(flow=flow, document=document, first=first_of(document))


def first_of(document: Document | None) -> Document | None:
    """Return the accepted invoice that `document` was rejected for repeating, if that is why."""
    if document is None or not any(e.reason == "DOUBLON" for e in document.events.all()):
        return None
    return duplicates.first_of(document)
