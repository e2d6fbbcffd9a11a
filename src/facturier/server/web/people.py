"""People of a cabinet: invited, invited again, let go; and the page behind an invitation's link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.auth.forms import SetPasswordForm
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST

from facturier.server.firm.models import Cabinet, Dossier, Person
from facturier.server.security import people, second_factor
from facturier.server.web.cabinet import in_cabinet, step_up
from facturier.server.web.doing import do

if TYPE_CHECKING:
    from django.http import HttpRequest

    from facturier.server.security.models import Invitation
    from facturier.server.web.access import Request


class InvitationForm(forms.Form):
    """Who is invited, as what, into which dossiers."""

    nom = forms.CharField(label="Nom", max_length=200)
    adresse = forms.EmailField(label="Adresse électronique")
    qualite = forms.ChoiceField(
        label="Comme", choices=[(role, words.capitalize()) for role, words in people.AS.items()]
    )
    dossiers = forms.ModelMultipleChoiceField(
        Dossier.objects.none(), required=False, label="Dossiers ouverts",
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )  # fmt: skip

    def __init__(self, cabinet: Cabinet, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        mine = Dossier.objects.filter(cabinet=cabinet).order_by("name")
        self.fields["dossiers"].queryset = mine  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for a dossier where the quality sees none by itself."""
        said = super().clean() or {}
        if said.get("qualite") == people.CLIENT and not said.get("dossiers"):
            self.add_error(
                "dossiers", "Choisissez au moins un dossier : un client ne voit que ceux-là."
            )
        return said


@in_cabinet
@require_http_methods(["GET", "POST"])
@step_up
def invite(request: Request, cabinet: Cabinet) -> HttpResponse:
    """Ask who is to be invited, then send the link."""
    form = InvitationForm(cabinet, request.POST or None)
    if not form.is_valid():
        context = {"cabinet": cabinet, "tab": "security", "form": form}
        return render(request, "facturier/cabinet_invite.html", context)
    said = form.cleaned_data
    name = said["nom"]

    def send() -> None:
        people.invite(
            request, cabinet, email=said["adresse"], name=name,
            role=said["qualite"], dossiers=[one.pk for one in said["dossiers"]],
        )  # fmt: skip

    do(request, send, f"L'invitation de {name} est partie ; le lien vaut sept jours.")
    return redirect("cabinet_security", cabinet.pk)


@in_cabinet
@require_POST
def resend(request: Request, cabinet: Cabinet, invitation: int) -> HttpResponse:
    """Send a new link; the former one is worth nothing any more."""
    found = get_object_or_404(people.open_ones(cabinet), pk=invitation)
    people.resend(request, found)
    messages.success(request, f"Un nouveau lien est parti à {found.email} ; l'ancien ne vaut plus.")
    return redirect("cabinet_security", cabinet.pk)


@in_cabinet
@require_POST
def revoke(request: Request, cabinet: Cabinet, invitation: int) -> HttpResponse:
    """Withdraw an invitation."""
    found = get_object_or_404(people.open_ones(cabinet), pk=invitation)
    people.revoke(found, request.user.pk)
    messages.success(request, f"L'invitation de {found.name} est retirée.")
    return redirect("cabinet_security", cabinet.pk)


@in_cabinet
@require_http_methods(["GET", "POST"])
@step_up
def leave(request: Request, cabinet: Cabinet, person: int) -> HttpResponse:
    """Ask, then end all that the cabinet opened to a person who leaves."""
    found = next((one for one in second_factor.people_of(cabinet) if one.person.pk == person), None)
    if found is None or person == request.user.pk:
        raise Http404
    if request.method == "GET":
        context = {"cabinet": cabinet, "one": found, "tab": "security"}
        return render(request, "facturier/cabinet_leave.html", context)
    said = f"{found.person} n'a plus accès à rien du cabinet ; ses sessions sont fermées."
    do(request, lambda: people.leave(found.person, cabinet), said)
    return redirect("cabinet_security", cabinet.pk)


# --- behind the link ------------------------------------------------------------------------------


class NewAccount(SetPasswordForm):  # type: ignore[type-arg]  # not generic when it runs
    """The name as it is to be shown, and a password."""

    nom = forms.CharField(label="Votre nom", max_length=200)
    field_order = ("nom", "new_password1", "new_password2")

    def __init__(self, invitation: Invitation, *arguments: Any, **named: Any) -> None:
        super().__init__(
            Person(email=invitation.email, name=invitation.name), *arguments,
            initial={"nom": invitation.name}, **named,
        )  # fmt: skip
        self.fields["new_password1"].label = "Mot de passe"
        self.fields["new_password1"].help_text = ""
        self.fields["new_password2"].label = "Le même, encore une fois"


@require_http_methods(["GET", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Open the cabinet to who holds the link: with their account, or a new one."""
    found = people.behind(token)
    if found is None:
        return render(request, "account/invitation.html", {"found": None}, status=404)
    known = people.invited(found)
    if known is None:
        return _with_a_new_account(request, found)
    if request.user.pk != known.pk:
        where = urlencode({"next": request.path})
        context = {"found": found, "door": f"{reverse('account_login')}?{where}"}
        return render(request, "account/invitation.html", context)
    if request.method == "GET":
        return render(request, "account/invitation.html", {"found": found, "known": known})
    people.accept(found)
    messages.success(request, f"Vous êtes maintenant de {found.cabinet}.")
    return redirect("portfolio")


def _with_a_new_account(request: HttpRequest, found: Invitation) -> HttpResponse:
    form = NewAccount(found, request.POST or None)
    if not form.is_valid():
        return render(request, "account/invitation.html", {"found": found, "form": form})
    said = form.cleaned_data
    people.accept(found, name=said["nom"], password=said["new_password1"])
    messages.success(request, "Votre accès est créé : connectez-vous.")
    return redirect("account_login")
