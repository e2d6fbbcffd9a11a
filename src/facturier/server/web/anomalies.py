"""« Anomalies »: those of one document, the list of a dossier, and what a person decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.core.paginator import Paginator
from django.db.models import F, Q, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from facturier.anomalies import KINDS
from facturier.server.anomalies import keeping, tasks
from facturier.server.anomalies.models import Spotted
from facturier.server.documents.models import Document
from facturier.server.web import sheets
from facturier.server.web.access import in_dossier, must_keep_books
from facturier.server.web.doing import do
from facturier.server.web.dossier import frame, tab_of
from facturier.server.web.listing import LONGEST_SEARCH
from facturier.server.web.sheets import Sheet

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from facturier.server.firm.models import Dossier
    from facturier.server.web.access import Request

TAB = "a-traiter"
PAGE = 100
OPEN, ASIDE, ALL = "", "ecartees", "toutes"
STATES = [(OPEN, _("Ouvertes")), (ASIDE, _("Écartées")), (ALL, _("Toutes"))]
SIDES = [("", _("Reçues et émises")), ("received", _("Reçues")), ("issued", _("Émises"))]
WHOSE = [("", _("Tous les risques")), ("dossier", _("À notre charge"))]
_RISKIEST = ("-risk_is_ours", F("risk").desc(nulls_last=True), "-pk")
SORTS = {
    "risque": _RISKIEST,
    "date": ("-document__issue_date", "-pk"),
    "sorte": ("kind", *_RISKIEST),
    "tiers": ("document__seller_name", "document__buyer_name", *_RISKIEST),
}


class Filter(forms.Form):
    """The filters above the list; what is not understood filters nothing."""

    q = forms.CharField(required=False, max_length=LONGEST_SEARCH, label=_("Rechercher"))
    sorte = forms.ChoiceField(required=False, label=_("Sorte"))
    sens = forms.ChoiceField(required=False, choices=SIDES, label=_("Sens"))
    risque = forms.ChoiceField(required=False, choices=WHOSE, label=_("Risque"))
    etat = forms.ChoiceField(required=False, choices=STATES, label=_("État"))
    tri = forms.ChoiceField(required=False, choices=[(one, one) for one in SORTS])

    def __init__(self, data: object) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        named = [(kind.id, kind.label) for kind in KINDS]
        self.fields["sorte"].choices = [("", _("Toutes les sortes")), *named]  # type: ignore[attr-defined]

    def kept(self, rows: QuerySet[Spotted]) -> QuerySet[Spotted]:
        """Keep what passes the filters, in the order asked for."""
        self.is_valid()
        asked = self.cleaned_data
        for word in (asked.get("q") or "").split():
            rows = rows.filter(
                Q(document__number__icontains=word) | Q(document__seller_name__icontains=word)
                | Q(document__buyer_name__icontains=word) | Q(why__icontains=word)
            )  # fmt: skip
        if asked.get("sorte"):
            rows = rows.filter(kind=asked["sorte"])
        if asked.get("sens"):
            rows = rows.filter(document__direction=asked["sens"])
        if asked.get("risque"):
            rows = rows.filter(risk_is_ours=True)
        if asked.get("etat") != ALL:
            rows = rows.filter(set_aside_at__isnull=asked.get("etat") != ASIDE)
        return rows.order_by(*SORTS[asked.get("tri") or "risque"])


@in_dossier
@require_GET
def listing(request: Request, dossier: Dossier) -> HttpResponse:
    """List the anomalies of a dossier, what costs us most first; or give the list as a file."""
    form = Filter(request.GET)
    rows = form.kept(dossier.anomalies.select_related("document", "set_aside_by"))
    if found := sheets.asked(request, dossier, lambda: _sheet(dossier, rows)):
        return found
    ours = rows.order_by().filter(risk_is_ours=True, set_aside_at=None)
    unseen = Document.objects.filter(dossier=dossier, examination=None).count()
    context = frame(request, dossier, TAB) | {
        "form": form, "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "sum": ours.aggregate(sum=Sum("risk"))["sum"] or 0, "unseen": unseen,
        "is_narrowed": bool(set(request.GET) - {"page", "tri"}),
    }  # fmt: skip
    return render(request, "facturier/anomalies.html", context)


def _sheet(dossier: Dossier, rows: QuerySet[Spotted]) -> Sheet:
    return Sheet(
        title="Anomalies", subtitle=dossier.name,
        columns=("Facture", "Date", "Vendeur", "Acheteur", "Anomalie", "Pourquoi", "Champ",
                 "Risque", "À la charge", "Calcul", "Texte", "Écartée"),
        rows=[
            (
                one.document.number, one.document.issue_date, one.document.seller_name,
                one.document.buyer_name, one.label, one.why, one.where, one.risk,
                "du dossier" if one.risk_is_ours else "de l'autre partie", one.risk_words,
                one.risk_law, one.set_aside_why,
            )
            for one in rows
        ],
    )  # fmt: skip


@in_dossier
@require_POST
def examine(request: Request, dossier: Dossier) -> HttpResponse:
    """Have a worker examine now what nobody has examined yet."""
    said = "L'examen est demandé : les anomalies paraissent ici dans la minute."
    do(request, lambda: tasks.ask(dossier.pk), said)
    return redirect("anomalies", dossier.pk)


@in_dossier
@require_GET
def of_document(request: Request, dossier: Dossier, document: int) -> HttpResponse:
    """Show the anomalies of a document, examined today at the latest; the page of it asks this."""
    found = get_object_or_404(dossier.documents.select_related("dossier"), pk=document)
    rows = keeping.of(found)
    context = frame(request, dossier, tab_of(found)) | {
        "document": found, "opened": [one for one in rows if one.set_aside_at is None],
        "aside": [one for one in rows if one.set_aside_at is not None],
    }  # fmt: skip
    part = "_anomalies.html" if request.htmx else "document_anomalies.html"
    return render(request, f"facturier/{part}", context)


@in_dossier
@require_POST
def act(
    request: Request, dossier: Dossier, document: int, anomaly: int, action: str
) -> HttpResponse:
    """Set an anomaly aside with a reason (``ecarter``), or take it up again (``reprendre``)."""
    rows = dossier.anomalies.filter(document=document)
    found = get_object_or_404(rows.select_related("document"), pk=anomaly)
    must_keep_books(request, dossier)
    if action == "ecarter":
        why = request.POST.get("pourquoi", "")
        said = f"« {found.label} » est écartée."
        do(request, lambda: keeping.set_aside(found, request.user, why), said)
    elif action == "reprendre":
        do(request, lambda: keeping.take_up(found), f"« {found.label} » est reprise.")
    else:
        raise Http404
    return redirect("document", dossier.pk, document)
