"""The portfolio: every dossier of the person, one dense line each, counters that are links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django import forms
from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from facturier.invoice.words import folded
from facturier.server.firm.models import Dossier
from facturier.server.portal import strangers
from facturier.server.web import todo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.http import HttpResponse

    from facturier.server.firm.models import Person
    from facturier.server.web.access import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One dossier and its counters."""

    dossier: Dossier
    counters: todo.Counters


def _by_name(row: Row) -> tuple[int, str]:
    return 0, folded(row.dossier.name)


def _most(count: Callable[[todo.Counters], int]) -> Callable[[Row], tuple[int, str]]:
    return lambda row: (-count(row.counters), folded(row.dossier.name))


SORTS: dict[str, Callable[[Row], tuple[int, str]]] = {
    "nom": _by_name,
    "recues": _most(lambda c: c.to_decide),
    "emises": _most(lambda c: c.issued),
    "retours": _most(lambda c: c.returns),
    "quarantaine": _most(lambda c: c.quarantined),
    "ecritures": _most(lambda c: c.to_validate),
}
NOBODY = "personne"


class Filter(forms.Form):
    """The filters above the table; what is not understood filters nothing."""

    q = forms.CharField(required=False, label=_("Rechercher un dossier"))
    regime = forms.ChoiceField(
        required=False, label=_("Régime de TVA"),
        choices=[("", _("Tous les régimes")), *Dossier.VatRegime.choices],
    )  # fmt: skip
    responsable = forms.ChoiceField(required=False, label=_("Responsable"))
    a_traiter = forms.BooleanField(required=False, label=_("Avec quelque chose à traiter"))
    tri = forms.ChoiceField(required=False, choices=[(name, name) for name in SORTS])

    def __init__(self, data: object, people: Iterable[Person]) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        names = sorted({(str(one.pk), str(one)) for one in people}, key=lambda x: folded(x[1]))
        everyone = [("", _("Tous les responsables")), *names, (NOBODY, _("Sans responsable"))]
        self.fields["responsable"].choices = everyone  # type: ignore[attr-defined]

    def keeps(self, row: Row) -> bool:
        """Return whether `row` passes the filters."""
        wanted, dossier = self.cleaned_data, row.dossier
        words = folded(f"{dossier.name} {dossier.siren} {dossier.activity} {dossier.city}")
        responsible = str(dossier.responsible_id or NOBODY)
        return (
            all(word in words for word in folded(wanted.get("q", "")).split())
            and wanted.get("regime") in ("", None, dossier.vat_regime)
            and wanted.get("responsable") in ("", None, responsible)
            and (not wanted.get("a_traiter") or _has_work(row.counters))
        )


def _has_work(counters: todo.Counters) -> bool:
    return bool(counters.to_handle or counters.quarantined or counters.to_validate)


@login_required
def portfolio(request: Request) -> HttpResponse:
    """Show all dossiers in sight."""
    dossiers = list(request.dossiers.select_related("responsible", "cabinet"))
    counted = todo.counters(dossiers)
    rows = [Row(dossier=one, counters=counted[one.pk]) for one in dossiers]
    form = Filter(request.GET, (one.responsible for one in dossiers if one.responsible))
    form.is_valid()
    kept = [row for row in rows if form.keeps(row)]
    kept.sort(key=SORTS[form.cleaned_data.get("tri") or "nom"])
    shown = {
        "rows": kept, "all": len(rows), "form": form, "total": _total(kept),
        "strangers": strangers.waiting() if request.user.is_superuser else 0,
    }  # fmt: skip
    return render(request, "facturier/portfolio.html", shown)


def _total(rows: Iterable[Row]) -> dict[str, int]:
    names = ("to_decide", "issued", "returns", "quarantined", "to_validate")
    held = [row.counters for row in rows]
    return {name: sum(getattr(one, name) for one in held) for name in names}
