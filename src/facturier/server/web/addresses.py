"""The pages "Adresses de réception": the lines of a dossier in the directory, asked, followed.

And the question of who sends: where will this invoice go?
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facturier import journey
from facturier.errors import FacturierError
from facturier.server.directory import asking, lookup, showing
from facturier.server.directory.asking import Deed, Plan, Wish
from facturier.server.directory.models import Import
from facturier.server.documents import misrouted, store
from facturier.server.firm.rights import kept_by
from facturier.server.portal import connection
from facturier.server.web.access import in_dossier, must_keep_books
from facturier.server.web.dossier import frame
from facturier.server.web.fields import DayField

if TYPE_CHECKING:
    from collections.abc import Iterable

    from facturier.server.firm.models import Dossier
    from facturier.server.web.access import Request

MOST_AT_ONCE = 100
"""Dossiers of one batch."""


class WishForm(forms.Form):
    """What is wanted of an address, from when, and when the client agreed."""

    demande = forms.ChoiceField(
        label=_("Demande"),
        choices=[
            (Deed.OPEN.value, _("Recevoir ici (ouvrir ou déplacer)")),
            (Deed.END.value, _("Ne plus recevoir (fermer)")),
            (Deed.CANCEL.value, _("Annuler une ligne à venir")),
        ],
    )  # fmt: skip
    adresse = forms.CharField(
        label=_("Adresse"), max_length=125,
        help_text=_("SIREN, SIREN_SIRET, SIREN_SIRET_CODE ou SIREN_SUFFIXE."),
    )  # fmt: skip
    le = DayField(label=_("À partir du"), help_text=_("Demain au plus tôt."))
    accord = DayField(
        required=False, label=_("Accord formel signé par le client le"),
        help_text=_("Pour recevoir ici : le portail n'admet aucune ligne sans accord signé."),
    )  # fmt: skip

    def clean_accord(self) -> date | None:
        """Refuse an agreement of tomorrow."""
        signed: date | None = self.cleaned_data["accord"]
        if signed and signed > lookup.today():
            raise forms.ValidationError(_("Cette date n'est pas encore passée."))
        return signed

    def wish(self, identifier: str = "") -> Wish:
        """Return what is wanted; of the address of the form when none is given."""
        said = self.cleaned_data
        return Wish(
            deed=Deed(said["demande"]), identifier=identifier or said["adresse"].strip(),
            on=said["le"],
        )  # fmt: skip


class BatchForm(WishForm):
    """The same for several dossiers, each at its own address."""

    adresse = None  # type: ignore[assignment]

    def __init__(self, *args: Any, **names: Any) -> None:
        super().__init__(*args, **names)
        self.fields["demande"].choices = self.fields["demande"].choices[:2]  # type: ignore[attr-defined]


@in_dossier
@require_GET
def page(request: Request, dossier: Dossier) -> HttpResponse:
    """Show the lines of the company with their history, and what was asked of the portal."""
    context = frame(request, dossier, "reglages") | {
        "lines": showing.lines_of([dossier.siren]), "gone": showing.history_of([dossier.siren]),
        "asked": showing.asked_of([dossier]), "now": timezone.now(),
        "received": Import.objects.order_by("-produced_at").first(),
        "portal_name": connection.name(), "earliest": asking.earliest(),
    }  # fmt: skip
    return render(request, "facturier/addresses.html", context)


@in_dossier
@require_http_methods(["GET", "POST"])
def ask(request: Request, dossier: Dossier) -> HttpResponse:
    """Show what a request comes to, its rules checked; then ask it of the portal."""
    first = {"demande": Deed.OPEN, "adresse": dossier.siren, "le": asking.earliest().isoformat()}
    said = request.POST if request.method == "POST" else request.GET
    form = WishForm(said or None, initial=first)
    plan = None
    if said and form.is_valid():
        plan = asking.planned(dossier, form.wish())
    if request.method == "POST":
        must_keep_books(request, dossier)
        if plan is not None and _asked(request, [(dossier, plan)], form):
            return redirect("addresses", dossier.pk)
    context = frame(request, dossier, "reglages") | {"form": form, "plan": plan}
    return render(request, "facturier/address_ask.html", context)


def _asked(request: Request, plans: Iterable[tuple[Dossier, Plan]], form: WishForm) -> int:
    """Ask what can be asked, say what cannot; return how many were."""
    done = 0
    for dossier, plan in plans:
        try:
            asking.ask(dossier, plan, request.user, agreed_on=form.cleaned_data.get("accord"))
        except FacturierError as error:
            messages.error(request, f"{dossier.name} : {error.in_full}")
        else:
            done += 1
            messages.success(request, f"{dossier.name} : {plan.sentence} Demandé au portail.")
    return done


@login_required
@require_http_methods(["GET", "POST"])
def batch(request: Request) -> HttpResponse:
    """Ask the same for several dossiers of the cabinet, after a preview of each."""
    mine = list(kept_by(request.user, request.dossiers).order_by("name"))
    said = request.POST if request.method == "POST" else request.GET
    wanted = set(said.getlist("dossier"))
    chosen = [one for one in mine if str(one.pk) in wanted][:MOST_AT_ONCE]
    first = {"demande": Deed.OPEN, "le": asking.earliest().isoformat()}
    form = BatchForm(said if "demande" in said else None, initial=first)
    plans = _plans(chosen, form) if chosen and form.is_bound and form.is_valid() else []
    if request.method == "POST" and _asked(request, plans, form):
        return redirect(f"{reverse('addresses_batch')}?")
    context = {
        "form": form, "plans": plans, "dossiers": _served(mine), "chosen": wanted,
        "may_ask": any(plan.can_be_asked for _, plan in plans), "earliest": asking.earliest(),
    }  # fmt: skip
    return render(request, "facturier/addresses_batch.html", context)


def _plans(dossiers: list[Dossier], form: BatchForm) -> list[tuple[Dossier, Plan]]:
    known = asking.known_of(dossiers)
    return [
        (one, asking.planned(one, form.wish(one.electronic_address), known[one.pk]))
        for one in dossiers
    ]


def _served(dossiers: list[Dossier]) -> list[tuple[Dossier, list[showing.Shown]]]:
    """Return each dossier with the lines of its address that hold or will."""
    by_address: dict[str, list[showing.Shown]] = {}
    for one in showing.lines_of({one.siren for one in dossiers}):
        if one.state in ("En vigueur", "À venir"):
            by_address.setdefault(one.row.about, []).append(one)
    return [(one, by_address.get(one.electronic_address.lower(), [])) for one in dossiers]


@in_dossier
@require_http_methods(["GET", "POST"])
def check(request: Request, dossier: Dossier) -> HttpResponse:
    """Say where an invoice will go: by the address, by a past document, or by a file."""
    identifier, error = _asked_address(request, dossier)
    on = _asked_day(request)
    found = lookup.line_in_effect(identifier, on) if identifier else None
    siren = identifier[:9] if identifier else ""
    context = frame(request, dossier, "reglages") | {
        "identifier": identifier, "found": found, "error": error, "on": on,
        "lines": showing.lines_of([siren]) if siren.isdecimal() else [],
        "received": Import.objects.order_by("-produced_at").first(),
    }  # fmt: skip
    return render(request, "facturier/address_check.html", context)


def _asked_address(request: Request, dossier: Dossier) -> tuple[str, str]:
    """Return the address that is asked for, or why the file says none."""
    upload = request.FILES.get("fichier") if request.method == "POST" else None
    wanted = request.GET.get("piece", "")
    if upload is None and not wanted.isdecimal():
        return request.GET.get("adresse", "").strip()[:125], ""
    if upload is not None:
        data = upload.read()
    else:
        data = store.get(get_object_or_404(dossier.documents, pk=wanted).sha256)
    try:
        address = journey.examine(data, on=timezone.localdate()).receiver_address
    except FacturierError as failure:
        return "", failure.in_full
    if address:
        return address, ""
    return "", (
        "Cette facture ne dit pas à quelle adresse elle va (BT-49, ou BT-34 pour une autofacture). "
        "Ajoutez l'adresse de facturation électronique du destinataire."
    )


def _asked_day(request: Request) -> date:
    try:
        return date.fromisoformat(request.GET.get("le", ""))
    except ValueError:
        return lookup.today()


@in_dossier
@require_POST
def send_again(request: Request, dossier: Dossier, document: int) -> HttpResponse:
    """Look the address of an invoice that nobody has up again, and hand the invoice over."""
    found = get_object_or_404(dossier.documents, pk=document)
    transmission = found.transmissions.order_by("pk").last()
    if transmission is None:
        raise Http404
    try:
        messages.success(request, f"La facture repart. {misrouted.again(transmission)}")
    except FacturierError as error:
        messages.error(request, error.in_full)
    return redirect("document", dossier.pk, found.pk)
