"""What a dossier owes to the tax office by the public portal: sent, accepted, refused, late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from facturier.errors import FacturierError
from facturier.reporting.envelope import Interface
from facturier.server.documents import store
from facturier.server.portal import connection, resending
from facturier.server.portal.models import FLUX_1, OPEN, TAKEN_UP, PortalFile
from facturier.server.web import todo
from facturier.server.web.access import attachment, in_dossier
from facturier.server.web.dossier import PAGE, frame

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.functional import Promise

    from facturier.server.firm.models import Dossier
    from facturier.server.web.access import Request

State = PortalFile.State
NATURES: dict[str, tuple[str | Promise, tuple[str, ...]]] = {
    "factures": (gettext_lazy("Données de facture (flux 1)"), FLUX_1),
    "statuts": (gettext_lazy("Statuts obligatoires (flux 6)"), (Interface.F6_MANDATORY.value,)),
    "declarations": (gettext_lazy("Déclarations (flux 10)"), (Interface.F10.value,)),
    "annuaire": (gettext_lazy("Annuaire (flux 13)"), (Interface.F13.value,)),
}
"""Values of the filter → words, interfaces."""
STATES: dict[str, tuple[str | Promise, Q]] = {
    "a-transmettre": (gettext_lazy("À transmettre"), Q(state=State.PENDING)),
    "transmis": (gettext_lazy("Transmis"), Q(state__in=(State.SENT, State.RECEIVABLE))),
    "acceptes": (gettext_lazy("Acceptés"), Q(state=State.ACCEPTED)),
    "refuses": (gettext_lazy("Refusés ou retenus"), Q(state__in=TAKEN_UP)),
}
LATE, TO_TAKE_UP = "en-retard", "a-reprendre"
"""Two more values, whose conditions are those of the list of what waits."""


class Filter(forms.Form):
    """The filters above the list; what is not understood filters nothing."""

    etat = forms.ChoiceField(
        required=False, label=gettext_lazy("État"),
        choices=[
            ("", gettext_lazy("Tous les états")), (TO_TAKE_UP, gettext_lazy("À reprendre")),
            (LATE, gettext_lazy("En retard")), *((name, one[0]) for name, one in STATES.items()),
        ],
    )  # fmt: skip
    nature = forms.ChoiceField(
        required=False, label=gettext_lazy("Nature"),
        choices=[
            ("", gettext_lazy("Toutes les natures")),
            *((name, one[0]) for name, one in NATURES.items()),
        ],
    )  # fmt: skip

    def apply(self, files: QuerySet[PortalFile]) -> QuerySet[PortalFile]:
        """Keep the files that pass, the latest first."""
        self.is_valid()
        state, nature = self.cleaned_data.get("etat"), self.cleaned_data.get("nature")
        if state in STATES:
            files = files.filter(STATES[state][1])
        elif state:
            files = files.filter(todo.portal_late() if state == LATE else OPEN)
        if nature:
            files = files.filter(interface__in=NATURES[nature][1])
        return files.order_by("-created_at", "-pk")


@in_dossier
@require_GET
def page(request: Request, dossier: Dossier) -> HttpResponse:
    """List every file owed to the portal, and the answers that speak of none of them."""
    form = Filter(request.GET)
    files = form.apply(dossier.portal_files.all())
    shown = files.select_related("replaced_by", "closed_by").prefetch_related("answers")
    listed = Paginator(shown, PAGE).get_page(request.GET.get("page"))
    context = frame(request, dossier, "administration") | {
        "form": form, "page": listed, "sums": _sums(dossier), "now": timezone.now(),
        "strangers": dossier.portal_answers.filter(file=None).order_by("-pk")[:PAGE],
        "portal_name": connection.name(),
    }  # fmt: skip
    return render(request, "facturier/portal.html", context)


def _sums(dossier: Dossier) -> dict[str, Any]:
    """Count the files by what a person wants to know of them."""
    every = dossier.portal_files.order_by().values_list("state")
    of = dict(every.annotate(count=Count("*")))  # from an index alone: they are ever more
    unsettled = dossier.portal_files.filter(state__in=(State.PENDING, *TAKEN_UP))
    return {
        "pending": of.get(State.PENDING, 0),
        "sent": of.get(State.SENT, 0) + of.get(State.RECEIVABLE, 0),
        "accepted": of.get(State.ACCEPTED, 0),
    } | unsettled.aggregate(
        late=Count("pk", filter=todo.portal_late()), open=Count("pk", filter=OPEN)
    )


@in_dossier
@require_GET
def file(request: Request, dossier: Dossier, portal_file: int) -> HttpResponse:  # noqa: ARG001
    """Give a file as it went, or is to go, byte for byte."""
    found = get_object_or_404(dossier.portal_files.exclude(stored=None), pk=portal_file)
    return attachment(store.get(str(found.stored_id)), found.name, "application/xml")


@in_dossier
@require_GET
def answer(request: Request, dossier: Dossier, portal_answer: int) -> HttpResponse:  # noqa: ARG001
    """Give an answer of the portal (CDAR), byte for byte."""
    found = get_object_or_404(dossier.portal_answers, pk=portal_answer)
    return attachment(store.get(str(found.stored_id)), found.name, "application/xml")


@in_dossier
@require_POST
def again(request: Request, dossier: Dossier, portal_file: int) -> HttpResponse:
    """Send another file in the place of a refused or held one."""
    found = get_object_or_404(dossier.portal_files, pk=portal_file)
    try:
        resending.again(found)
    except FacturierError as error:
        messages.error(request, error.in_full)
    else:
        messages.success(
            request, _("« %(label)s » repart vers le portail.") % {"label": found.label}
        )
    if found.interface == Interface.F13:
        return redirect("addresses", dossier.pk)
    if found.document_id and "piece" in request.POST:
        return redirect("document", dossier.pk, found.document_id)
    return redirect(f"{reverse('portal', args=[dossier.pk])}?etat={TO_TAKE_UP}")


@in_dossier
@require_POST
def close(request: Request, dossier: Dossier, portal_file: int) -> HttpResponse:
    """Close a refused or held file: nothing goes in its place, and why is kept."""
    found = get_object_or_404(dossier.portal_files, pk=portal_file)
    why = request.POST.get("pourquoi", "").strip()
    if why:
        resending.close(found, request.user, why)
        messages.success(request, _("« %(label)s » est classé.") % {"label": found.label})
    else:
        messages.error(request, _("Dites pourquoi rien n'est à renvoyer : la raison est gardée."))
    return redirect(f"{reverse('portal', args=[dossier.pk])}?etat={TO_TAKE_UP}")
