"""The page "Raccordement": on which platform a dossier lives, and the programs that are called.

Only who leads the cabinet sees it. No stranger is called from here: what is asked for is written
down, the worker does it, and the page shows what came of it.
"""

from __future__ import annotations

from datetime import datetime, time
from functools import wraps
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.forms.models import model_to_dict
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facturier.errors import NetworkFailure
from facturier.network import afnor, callback
from facturier.server.api import notices
from facturier.server.api.models import Notice, Webhook
from facturier.server.connections.models import Connection, Handed
from facturier.server.documents.models import Message
from facturier.server.firm.sealed import seal
from facturier.server.web.access import in_dossier
from facturier.server.web.cabinet import step_up
from facturier.server.web.dossier import frame
from facturier.server.web.fields import DayField

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponseBase

    from facturier.server.documents.models import Document
    from facturier.server.firm.models import Dossier
    from facturier.server.web.access import Request

MOST_SHOWN = 20


class ConnectionForm(forms.Form):
    """Where the platform is and who we are there. The secret is written, never shown."""

    name = forms.CharField(label=_("Nom de la plateforme"), max_length=100)
    address = forms.CharField(
        label=_("Adresse des services"), max_length=500,
        help_text=_("Sans « /flow-service » : https://api.plateforme.fr"),
    )  # fmt: skip
    token_url = forms.CharField(
        label=_("Adresse des jetons (OAuth2)"), max_length=500,
        help_text=_("Pour un autre Facturier : https://…/identity/o/api/token"),
    )  # fmt: skip
    client_id = forms.CharField(label=_("Identifiant du programme (client_id)"), max_length=200)
    secret = forms.CharField(
        label=_("Secret (client_secret)"), max_length=500, required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Scellé à l'enregistrement, jamais montré. Vide : inchangé."),
    )  # fmt: skip
    organization = forms.CharField(
        label=_("Organisation (Organization-Id)"), max_length=100, required=False,
        help_text=_("Si ce programme y parle pour plusieurs entreprises : SIREN ou adresse."),
    )  # fmt: skip
    since = DayField(
        label=_("Reprendre ce qui est arrivé depuis le"), required=False,
        help_text=_("Seulement au raccordement. Vide : à partir de maintenant."),
    )  # fmt: skip

    def __init__(self, data: Any, kept: Connection | None) -> None:
        super().__init__(data, initial=model_to_dict(kept) if kept else {})
        self.kept = kept
        self.fields["secret"].required = kept is None
        if kept:
            del self.fields["since"]

    def clean_address(self) -> str:
        """Refuse what may not be called."""
        return _callable(self.cleaned_data["address"]).rstrip("/")

    def clean_token_url(self) -> str:
        """Refuse what may not be called."""
        return _callable(self.cleaned_data["token_url"])

    def save(self, dossier: Dossier) -> None:
        """Keep the connection, and have it tried at once."""
        said = dict(self.cleaned_data)
        secret, since = said.pop("secret"), said.pop("since", None)
        row = self.kept or Connection(dossier=dossier)
        for name, value in said.items():
            setattr(row, name, value)
        if secret:
            row.secret = seal(secret)
        if since:
            row.since = timezone.make_aware(datetime.combine(since, time.min))
        ask_now(row)
        row.save()


def _callable(url: str) -> str:
    try:
        callback.admitted(url, local=settings.LOCAL_HOOKS)
    except NetworkFailure as failure:
        raise forms.ValidationError(failure.message) from failure
    return url


def ask_now(row: Connection) -> None:
    """Have the worker ask the platform now; the row is saved by the caller."""
    row.asked_at = row.poll_at = row.not_before = timezone.now()


def for_who_leads(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """Give `view` the dossier, for who leads its cabinet; 404 to everybody else."""

    @wraps(view)
    def led(request: Request, dossier: Dossier, **names: Any) -> HttpResponse:
        if dossier.cabinet_id not in request.cabinets:
            raise Http404
        return view(request, dossier, **names)

    return in_dossier(led)


def connection_of(dossier: Dossier) -> Connection | None:
    """Return the connection of `dossier`, active or not."""
    return Connection.objects.filter(dossier=dossier).first()


def deposit_of(document: Document) -> Message | None:
    """Return the deposit of an issued invoice on the platform of its dossier, made or to come."""
    carried = Message.objects.filter(
        transmission__document=document, transmission__platform=afnor.NAME,
        kind=Message.Kind.INVOICE,
    )  # fmt: skip
    return carried.select_related("handed").order_by("pk").last()


@for_who_leads
@require_GET
def page(request: Request, dossier: Dossier) -> HttpResponse:
    """Show where the dossier lives and how its exchange goes."""
    return _shown(request, dossier, ConnectionForm(None, connection_of(dossier)))


def _shown(request: Request, dossier: Dossier, form: ConnectionForm) -> HttpResponse:
    waiting = dossier.messages_out.filter(transmission__platform=afnor.NAME)
    refused = dossier.handed.filter(acknowledgement=Handed.Acknowledgement.ERROR)
    late = dossier.arrivals.filter(is_taken=False).exclude(last_error="")
    context = frame(request, dossier, "reglages") | {
        "connection": form.kept,
        "form": form,
        "messages_waiting": waiting.filter(state=Message.State.PENDING).count(),
        "refused": refused.select_related("message__transmission__document")[:MOST_SHOWN],
        "late": late.order_by("changed_at")[:MOST_SHOWN],
        "webhooks": _webhooks(dossier),
        "given_up": _given_up(dossier),
    }
    return render(request, "facturier/connection.html", context)


def _webhooks(dossier: Dossier) -> Any:
    failed = Count("notices", filter=Q(notices__state=Notice.State.FAILED))
    hooks = Webhook.objects.filter(dossier=dossier).select_related("client__client")
    return hooks.annotate(failed=failed).order_by("pk")[:MOST_SHOWN]


def _given_up(dossier: Dossier) -> Any:
    rows = Notice.objects.filter(dossier=dossier, state=Notice.State.FAILED)
    return rows.select_related("webhook__client__client").order_by("-pk")[:MOST_SHOWN]


@for_who_leads
@require_http_methods(["GET", "POST"])
@step_up
def save(request: Request, dossier: Dossier) -> HttpResponse:
    """Connect the dossier, or change how. Who had to prove who they are comes back by GET."""
    if request.method == "GET":
        return redirect("connection", dossier.pk)
    form = ConnectionForm(request.POST, connection_of(dossier))
    if not form.is_valid():
        return _shown(request, dossier, form)
    form.save(dossier)
    messages.success(request, "Le raccordement est enregistré ; il est essayé maintenant.")
    return redirect("connection", dossier.pk)


@for_who_leads
@require_POST
def act(request: Request, dossier: Dossier, action: str) -> HttpResponse:
    """Try the connection, pause or resume it, ask the platform to call us or not to."""
    row = get_object_or_404(Connection, dossier=dossier)
    if action not in ACTIONS:
        raise Http404
    ask_now(row)
    messages.success(request, ACTIONS[action](request, row))
    row.save()
    return redirect("connection", dossier.pk)


def _try(_request: Request, _row: Connection) -> str:
    return "L'essai est demandé : son résultat s'affiche ici dans quelques secondes."


def _pause(_request: Request, row: Connection) -> str:
    row.is_active, row.asked_at = False, None
    return "Le dossier vit de nouveau ici ; rien ne part plus vers sa plateforme."


def _resume(_request: Request, row: Connection) -> str:
    row.is_active = True
    return "Le dossier vit de nouveau sur sa plateforme."


def _be_called(request: Request, row: Connection) -> str:
    row.callback_url = request.build_absolute_uri(reverse("hook", args=[row.hook_id]))
    return "La plateforme sera priée de nous appeler dès qu'il y a du nouveau."


def _be_left(_request: Request, row: Connection) -> str:
    row.callback_url = ""
    return "La plateforme ne nous appellera plus ; nous lui demandons chaque minute."


ACTIONS: dict[str, Callable[[Request, Connection], str]] = {
    "essayer": _try, "suspendre": _pause, "reprendre": _resume,
    "etre-appele": _be_called, "ne-plus-etre-appele": _be_left,
}  # fmt: skip


@for_who_leads
@require_POST
def try_notice_again(request: Request, dossier: Dossier, notice: int) -> HttpResponse:
    """Take up again a call to a program that was given up."""
    failed = Notice.objects.filter(dossier=dossier, state=Notice.State.FAILED)
    notices.try_again(get_object_or_404(failed, pk=notice))
    messages.success(request, "L'appel est repris.")
    return redirect("connection", dossier.pk)
