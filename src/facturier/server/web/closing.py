"""Locked periods, and the closing of a financial year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from facturier.errors import FacturierError
from facturier.server.books import closing, years
from facturier.server.web.access import in_dossier, must_keep_books
from facturier.server.web.dossier import frame
from facturier.server.web.ledger import TAB

if TYPE_CHECKING:
    from facturier.server.firm.models import Dossier
    from facturier.server.web.access import Request


class LockForm(forms.Form):
    """Up to which day."""

    jusqu = forms.DateField(label="Verrouiller jusqu'au")
    exercice = forms.BooleanField(required=False)


@in_dossier
@require_http_methods(["GET", "POST"])
def page(request: Request, dossier: Dossier) -> HttpResponse:
    """Show the locks and the years; lock a period, or close a year with its opening entry."""
    form = LockForm(request.POST or None)
    if request.method == "POST":
        must_keep_books(request, dossier)
        if form.is_valid():
            _lock(request, dossier, form)
        else:
            messages.error(request, "La date n'est pas comprise.")
        return redirect("periods", dossier.pk)
    context = frame(request, dossier, TAB) | {
        "locks": dossier.locks.select_related("by")[:20], "years": closing.states_of(dossier),
        "locked": years.locked_until(dossier),
    }  # fmt: skip
    return render(request, "facturier/periods.html", context)


def _lock(request: Request, dossier: Dossier, form: LockForm) -> None:
    until = form.cleaned_data["jusqu"]
    try:
        if form.cleaned_data["exercice"]:
            entry = closing.close(dossier, until, request.user)
            said = f"Exercice clos : à-nouveaux {entry.journal.code} {entry.number} validés."
        else:
            years.lock(dossier, until, request.user)
            said = f"Les livres sont verrouillés jusqu'au {until:%d/%m/%Y}."
    except FacturierError as error:
        messages.error(request, error.in_full)
    else:
        messages.success(request, said)
