"""The cabinet's own pages, for those who lead it: people and their protection, the journal."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facturier.server.firm.models import Cabinet
from facturier.server.security import people, second_factor
from facturier.server.web import journal
from facturier.server.web.access import attachment

if TYPE_CHECKING:
    from collections.abc import Callable

    from facturier.server.web.access import Request


def in_cabinet(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Give `view` the cabinet of the address; 404 to who does not lead it."""

    @login_required
    @wraps(view)
    def find_then_view(request: HttpRequest, cabinet: int, **names: Any) -> HttpResponseBase:
        if cabinet not in cast("Request", request).cabinets:
            raise Http404
        return view(request, get_object_or_404(Cabinet, pk=cabinet), **names)

    return cast("Callable[..., HttpResponseBase]", find_then_view)


def step_up(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Ask who is there to prove it again, unless they did in the last five minutes."""
    return cast("Callable[..., HttpResponse]", reauthentication_required(view))


class Requirement(forms.Form):
    """Of which roles a second factor is demanded."""

    roles = forms.MultipleChoiceField(
        choices=tuple(second_factor.ROLES.items()), required=False,
        widget=forms.CheckboxSelectMultiple, label="Second facteur obligatoire pour",
    )  # fmt: skip


@in_cabinet
@require_GET
def security(request: Request, cabinet: Cabinet) -> HttpResponse:
    """Show the people of the cabinet and how each is protected."""
    context = {
        "cabinet": cabinet,
        "tab": "security",
        "people": second_factor.people_of(cabinet),
        "invitations": people.open_ones(cabinet),
        "form": Requirement(initial={"roles": cabinet.second_factor_for}),
        "others": Cabinet.objects.filter(pk__in=request.cabinets).exclude(pk=cabinet.pk),
    }
    return render(request, "facturier/cabinet_security.html", context)


@in_cabinet
@require_POST
@step_up
def require(request: Request, cabinet: Cabinet) -> HttpResponse:
    """Demand a second factor of the roles that are ticked."""
    form = Requirement(request.POST)
    if form.is_valid():
        second_factor.require_of(cabinet, form.cleaned_data["roles"])
        messages.success(request, "La règle est enregistrée ; elle vaut à la prochaine page.")
    return redirect("cabinet_security", cabinet.pk)


@in_cabinet
@require_http_methods(["GET", "POST"])
@step_up
def reset(request: Request, cabinet: Cabinet, person: int) -> HttpResponse:
    """Ask, then end the factors and sessions of a person who lost them."""
    found = next((one for one in second_factor.people_of(cabinet) if one.person.pk == person), None)
    if found is None:
        raise Http404
    if request.method == "GET":
        context = {"cabinet": cabinet, "one": found, "tab": "security"}
        return render(request, "facturier/cabinet_reset.html", context)
    if second_factor.reset(person):
        messages.success(request, f"Le second facteur de {found.person} est réinitialisé.")
    else:
        messages.error(request, NOT_YOURS)
    return redirect("cabinet_security", cabinet.pk)


NOT_YOURS = (
    "Cette personne appartient aussi à un autre cabinet : demandez à l'administrateur de la "
    "machine (facturier reset-factor)."
)


@in_cabinet
@require_GET
def journal_page(request: Request, cabinet: Cabinet) -> HttpResponse:
    """Show who did or looked at what, the latest first."""
    context = journal.page(cabinet, request.GET) | {"cabinet": cabinet, "tab": "journal"}
    return render(request, "facturier/cabinet_journal.html", context)


@in_cabinet
@require_GET
def journal_csv(request: Request, cabinet: Cabinet) -> HttpResponse:
    """Give the lines that the filters leave, as a table for a spreadsheet."""
    name = f"journal-{cabinet.siren}.csv"
    return attachment(journal.csv_of(cabinet, request.GET), name, "text/csv; charset=utf-8")
