"""The calendar of the cabinet: what every dossier in sight owes to the tax office, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from facturier.invoice.words import folded
from facturier.server.firm.models import Dossier
from facturier.server.reporting.agenda import NATURES, agenda, horizon
from facturier.server.web.portfolio import NOBODY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpResponse

    from facturier.server.firm.models import Person
    from facturier.server.reporting.agenda import Due
    from facturier.server.web.access import Request

PAGE = 200


class Filter(forms.Form):
    """The filters above the calendar; what is not understood filters nothing."""

    q = forms.CharField(required=False, label=_("Rechercher un dossier"))
    nature = forms.ChoiceField(
        required=False, label=_("Nature"), choices=[("", _("Toutes les natures")), *NATURES.items()]
    )
    regime = forms.ChoiceField(
        required=False, label=_("Régime de TVA"),
        choices=[("", _("Tous les régimes")), *Dossier.VatRegime.choices],
    )  # fmt: skip
    responsable = forms.ChoiceField(required=False, label=_("Responsable"))
    jours = forms.ChoiceField(
        required=False, label=_("Jusqu'à"),
        choices=[("", _("30 jours")), ("7", _("7 jours")), ("90", _("90 jours"))],
    )  # fmt: skip
    montrer = forms.ChoiceField(
        required=False, label=_("Montrer"),
        choices=[("", _("Tout")), ("agir", _("À faire")), ("retard", _("En retard"))],
    )  # fmt: skip

    def __init__(self, data: object, people: Iterable[Person]) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        names = sorted({(str(one.pk), str(one)) for one in people}, key=lambda x: folded(x[1]))
        everyone = [("", _("Tous les responsables")), *names, (NOBODY, _("Sans responsable"))]
        self.fields["responsable"].choices = everyone  # type: ignore[attr-defined]

    def keeps(self, due: Due) -> bool:
        """Return whether `due` passes the filters."""
        wanted, dossier = self.cleaned_data, due.dossier
        words = folded(f"{dossier.name} {dossier.siren} {due.what}")
        return (
            all(word in words for word in folded(wanted.get("q", "")).split())
            and wanted.get("nature") in ("", None, due.nature)
            and wanted.get("regime") in ("", None, dossier.vat_regime)
            and wanted.get("responsable") in ("", None, str(dossier.responsible_id or NOBODY))
            and (wanted.get("montrer") != "agir" or due.is_to_do)
            and (wanted.get("montrer") != "retard" or due.is_late)
        )


@login_required
@require_GET
def page(request: Request) -> HttpResponse:
    """Show what is owed, the most urgent first."""
    dossiers = list(request.dossiers.select_related("responsible", "cabinet"))
    form = Filter(request.GET, (one.responsible for one in dossiers if one.responsible))
    form.is_valid()
    due = agenda(dossiers, until=horizon(form.cleaned_data.get("jours") or ""))
    kept = [one for one in due if form.keeps(one)]
    shown = {
        "page": Paginator(kept, PAGE).get_page(request.GET.get("page")), "form": form,
        "natures": NATURES, "is_agenda": True, "all": len(due),
        "late": sum(one.is_late for one in due), "to_do": sum(one.is_to_do for one in due),
    }  # fmt: skip
    return render(request, "facturier/agenda.html", shown)
