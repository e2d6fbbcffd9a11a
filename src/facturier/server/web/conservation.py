"""How long a dossier's evidence is kept: archives to fetch, legal hold, purges."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, Sum
from django.db.models.functions import ExtractYear
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from facturier.errors import RefusedByUs
from facturier.server.archive import exporting, holds, purging, retention, tasks
from facturier.server.archive.models import ArchiveExport, Closing, LegalHold, Purge
from facturier.server.completeness.certificate import MONTHS
from facturier.server.documents import store
from facturier.server.web.access import attachment, in_dossier, must_keep_books
from facturier.server.web.cabinet import step_up
from facturier.server.web.doing import do
from facturier.server.web.dossier import frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facturier.server.firm.models import Dossier
    from facturier.server.web.access import Request

TAB = "journaux"
SHOWN = 12
"""Exports, holds and purges on the page, the latest first."""


class Reason(forms.Form):
    """Why somebody does what cannot be undone."""

    motif = forms.CharField(min_length=5, max_length=300)


class ClosingForm(forms.Form):
    """The month in which the year closes; empty when it is not known."""

    mois = forms.TypedChoiceField(
        choices=[("", "pas connu"), *((number, MONTHS[number - 1]) for number in range(1, 13))],
        coerce=int, empty_value=None, required=False,
    )  # fmt: skip


def leads(request: Request, dossier: Dossier) -> bool:
    """Return whether the person leads the cabinet of `dossier`."""
    return dossier.cabinet_id in request.cabinets


def must_lead(request: Request, dossier: Dossier) -> None:
    """Refuse (403) who does not lead the cabinet."""
    if not leads(request, dossier):
        raise PermissionDenied


@in_dossier
@require_GET
def page(request: Request, dossier: Dossier) -> HttpResponse:
    """Show the periods, what is kept until when, the archives, the holds and the purges."""
    month = Closing.month_of(dossier)
    standing = list(holds.standing(dossier))
    years = (
        purging.dated(dossier.documents.filter(purged=None)).values(year=ExtractYear("day"))
        .annotate(count=Count("pk"), size=Sum("stored__size"), last=Max("day")).order_by("year")
    )  # fmt: skip
    today = timezone.localdate()
    lifted = dossier.holds.exclude(lifted_at=None).select_related("placed_by", "lifted_by")
    context = frame(request, dossier, TAB) | _exports(dossier) | {
        "years": [_year(one, month, today) for one in years],
        "kinds": retention.KINDS, "closing": MONTHS[month - 1] if month else "",
        "form": ClosingForm(initial={"mois": month}),
        "standing": standing, "lifted": lifted[:SHOWN],
        "over": 0 if standing else purging.over(dossier, today).count(),
        "purges": dossier.purges.select_related("proposed_by", "decided_by", "envelope")[:SHOWN],
        "is_open": dossier.purges.filter(state__in=Purge.OPEN).exists(),
        "leads": leads(request, dossier),
        "months": dossier.proof_envelopes.order_by("-month").values_list("month").distinct(),
    }  # fmt: skip
    return render(request, "facturier/conservation.html", context)


def _year(found: Mapping[str, Any], month: int | None, today: date) -> dict[str, Any]:
    until = retention.kept_until(found["last"], month)
    return dict(found) | {"until": until, "is_over": until < today}


def _exports(dossier: Dossier) -> dict[str, Any]:
    asked = list(dossier.exports.select_related("asked_by")[:SHOWN])
    is_waiting = any(one.state in ArchiveExport.OPEN for one in asked)
    return {"exports": asked, "is_waiting": is_waiting}


@in_dossier
@require_POST
def set_closing(request: Request, dossier: Dossier) -> HttpResponse:
    """Say in which month the dossier's year closes."""
    must_keep_books(request, dossier)
    form = ClosingForm(request.POST)
    if not form.is_valid():
        raise Http404
    if form.cleaned_data["mois"] is None:
        Closing.objects.filter(dossier=dossier).delete()
    else:
        month = form.cleaned_data["mois"]
        Closing.objects.update_or_create(dossier=dossier, defaults={"month": month})
    messages.success(request, "Le mois de clôture est enregistré.")
    return redirect("conservation", dossier.pk)


# --- archives -------------------------------------------------------------------------------------


@in_dossier
@require_POST
def ask_export(request: Request, dossier: Dossier) -> HttpResponse:
    """Have a worker make the archive of the dossier, or of one month (``mois``) of it."""
    month = request.POST.get("mois", "")
    if month and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        raise Http404
    is_handover = request.POST.get("quoi") == "fin-de-mission"
    if is_handover:
        must_keep_books(request, dossier)
    exporting.ask(dossier, month="" if is_handover else month, is_handover=is_handover,
                  person=request.user)  # fmt: skip
    messages.success(request, "L'archive est demandée : elle paraît ici dès qu'elle est prête.")
    return redirect("conservation", dossier.pk)


@in_dossier
@require_GET
def exports(request: Request, dossier: Dossier) -> HttpResponse:
    """Show how far the archives are; the page asks this by itself."""
    context = _exports(dossier) | {"dossier": dossier}
    return render(request, "facturier/_exports.html", context)


@in_dossier
@require_GET
def export_file(request: Request, dossier: Dossier, export: int) -> StreamingHttpResponse:
    """Give an archive that is ready, piece by piece."""
    row = get_object_or_404(dossier.exports, pk=export, state=ArchiveExport.State.READY)
    if row.is_handover:
        must_keep_books(request, dossier)
    return streamed(row)


def streamed(row: ArchiveExport) -> StreamingHttpResponse:
    """Answer with a made archive in constant memory. 404 when its file is gone."""
    try:
        pieces = exporting.pieces(row)
    except FileNotFoundError:
        raise Http404 from None
    response = StreamingHttpResponse(pieces, content_type="application/zip")
    response.headers["Content-Length"] = str(row.size)
    response.headers["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=exporting.file_name(row)
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


# --- legal hold -----------------------------------------------------------------------------------


@in_dossier
@require_POST
def hold(request: Request, dossier: Dossier) -> HttpResponse:
    """Hold the dossier: nothing of it is purged until it is lifted."""
    must_keep_books(request, dossier)
    form = Reason(request.POST)
    if form.is_valid():
        holds.place(dossier, request.user, form.cleaned_data["motif"])
        messages.success(request, "Le dossier est sous conservation forcée : rien n'en est purgé.")
    else:
        messages.error(request, "Dites pourquoi : cinq caractères au moins.")
    return redirect("conservation", dossier.pk)


@in_dossier
@require_POST
def lift(request: Request, dossier: Dossier, hold: int) -> HttpResponse:
    """Lift a hold."""
    must_lead(request, dossier)
    found = get_object_or_404(LegalHold.objects.filter(dossier=dossier), pk=hold)
    form = Reason(request.POST)
    if not form.is_valid():
        messages.error(request, "Dites pourquoi : cinq caractères au moins.")
        return redirect("conservation", dossier.pk)
    why = form.cleaned_data["motif"]
    said = "La conservation forcée est levée."
    do(request, lambda: holds.lift(found, request.user, why), said)
    return redirect("conservation", dossier.pk)


# --- purges ---------------------------------------------------------------------------------------


@in_dossier
@require_POST
def propose(request: Request, dossier: Dossier) -> HttpResponse:
    """List what is over; nothing is removed."""
    must_keep_books(request, dossier)
    try:
        row = purging.propose(dossier, request.user)
    except RefusedByUs as refused:
        messages.error(request, refused.in_full)
        return redirect("conservation", dossier.pk)
    return redirect("purge", dossier.pk, row.pk)


@in_dossier
@require_GET
def purge(request: Request, dossier: Dossier, purge: int) -> HttpResponse:
    """Show a purge: each document of its list, and what may be decided."""
    found = dossier.purges.select_related("proposed_by", "decided_by", "envelope", "stored")
    row = get_object_or_404(found, pk=purge)
    is_second = leads(request, dossier) and row.proposed_by_id != request.user.pk
    context = frame(request, dossier, TAB) | {
        "purge": row, "is_proposed": row.state == Purge.State.PROPOSED,
        "may_confirm": is_second, "standing": list(holds.standing(dossier)),
        "items": [_dated(one) for one in row.listing],
    }  # fmt: skip
    return render(request, "facturier/purge.html", context)


def _dated(item: Mapping[str, Any]) -> dict[str, Any]:
    days = {name: date.fromisoformat(item[name]) for name in ("date", "until")}
    return dict(item) | days


@in_dossier
@require_POST
def confirm(request: Request, dossier: Dossier, purge: int) -> HttpResponse:
    """Confirm a purge as a second person, who proves again who they are."""
    must_lead(request, dossier)
    return _confirm(request, dossier, get_object_or_404(dossier.purges, pk=purge))


@step_up
def _confirm(request: Request, dossier: Dossier, row: Purge) -> HttpResponse:
    """Have a worker carry it out."""

    def decide() -> None:
        purging.confirm(row, request.user, request.POST.get("liste", ""))
        tasks.ask_purge(dossier.pk, row.pk)

    said = "La purge est confirmée : un ouvrier retire les fichiers, le certificat paraît ici."
    do(request, decide, said)
    return redirect("purge", dossier.pk, row.pk)


@in_dossier
@require_POST
def drop(request: Request, dossier: Dossier, purge: int) -> HttpResponse:
    """Give up a proposed purge."""
    must_keep_books(request, dossier)
    row = get_object_or_404(dossier.purges, pk=purge)
    said = "La proposition est abandonnée : rien n'est retiré."
    do(request, lambda: purging.drop(row, request.user), said)
    return redirect("conservation", dossier.pk)


@in_dossier
@require_GET
def certificate(request: Request, dossier: Dossier, purge: int) -> HttpResponse:  # noqa: ARG001
    """Give the signed certificate of a purge."""
    row = get_object_or_404(dossier.purges.exclude(stored=None), pk=purge)
    name = f"purge-{dossier.siren}-{row.pk}.json"
    return attachment(store.get(str(row.stored_id)), name, "application/json")
