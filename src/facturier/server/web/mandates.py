"""The register of mandates of a dossier: who writes whose invoices, what each mandate covered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facturier.errors import RefusedByUs
from facturier.invoice.codes import SELF_BILLED
from facturier.server.directory import people
from facturier.server.documents import store
from facturier.server.firm.numbers import siren_of
from facturier.server.mandates import certificate, register, series
from facturier.server.mandates.models import KINDS, LONGEST_PREFIX, Mandate, MandatedDocument
from facturier.server.mandates.writing_for import Kind
from facturier.server.web.access import attachment, in_dossier
from facturier.server.web.doing import do
from facturier.server.web.dossier import frame
from facturier.server.web.fields import DayField

if TYPE_CHECKING:
    from facturier.server.firm.models import Dossier
    from facturier.server.web.access import Request

TAB = "reglages"
SHOWN = 100
GIVEN, RECEIVED = "donne", "recu"
DIRECTIONS = (
    (RECEIVED, _("reçu : ce dossier écrit les factures de l'autre")),
    (GIVEN, _("donné : l'autre écrit les factures de ce dossier")),
)


class MandateForm(forms.Form):
    """Who, what, from when; the contract."""

    sens = forms.ChoiceField(label=_("Ce mandat est"), choices=DIRECTIONS)
    sorte = forms.ChoiceField(label=_("Qui écrit"), choices=KINDS)
    siren = forms.CharField(label=_("SIREN de l'autre partie"), max_length=20)
    nom = forms.CharField(
        label=_("Son nom"), max_length=300, required=False, help_text=_("vide : comme l'annuaire")
    )
    ecrit = forms.ChoiceField(
        label=_("Forme"),
        choices=(("1", _("écrit et préalable")), ("", _("tacite : chaque facture est acceptée"))),
        required=False,
    )
    debut = DayField(label=_("À partir du"))
    fin = DayField(label=_("Jusqu'au"), required=False, help_text=_("vide : jusqu'à nouvel ordre"))
    delai = forms.IntegerField(
        label=_("Délai pour contester, en jours"), min_value=0, max_value=365, initial=30
    )
    types = forms.CharField(
        label=_("Types de facture (BT-3)"), max_length=60, required=False,
        help_text=_("vide : tous ; sinon par exemple 389, 261"),
    )  # fmt: skip
    produits = forms.CharField(
        label=_("Produits"), max_length=300, required=False,
        help_text=_("vide : tous ; sinon des mots séparés par des virgules"),
    )  # fmt: skip
    prefixe = forms.CharField(
        label=_("Préfixe de la série de numéros"), max_length=LONGEST_PREFIX, required=False,
        help_text=_("par exemple EARL-2026- ; vide : qui écrit numérote dans son logiciel"),
    )  # fmt: skip
    dernier = forms.IntegerField(
        label=_("Dernier numéro déjà pris"), min_value=0, max_value=10**12, initial=0
    )
    piece = forms.FileField(
        label=_("Contrat ou preuve"), required=False, help_text=_("gardé tel quel, 20 Mo au plus")
    )

    def clean_siren(self) -> str:
        """Return the nine digits."""
        return siren_of(self.cleaned_data["siren"])

    def clean_types(self) -> list[str]:
        """Return the codes."""
        said: list[str] = self.cleaned_data["types"].replace(",", " ").split()
        wrong = [one for one in said if not (one.isdigit() and len(one) == 3)]  # noqa: PLR2004
        if wrong:
            raise forms.ValidationError(_("Un type a trois chiffres, par exemple 389."))
        return said

    def clean(self) -> dict[str, Any]:
        """Complete the name from the directory; refuse a scope that can cover nothing."""
        said = super().clean() or {}
        if said.get("siren") and not said.get("nom"):
            said["nom"] = people.identity(said["siren"]).get("name", "")
            if not said["nom"]:
                self.add_error("nom", _("L'annuaire ne connaît pas ce SIREN : donnez le nom."))
        if said.get("fin") and said.get("debut") and said["fin"] < said["debut"]:
            self.add_error("fin", _("La fin précède le début."))
        own = Kind.SELF_BILLING.value
        if said.get("sorte") == own and set(said.get("types", ())) - SELF_BILLED:
            words = _("Types d'auto-facturation : %(types)s.")
            error = forms.ValidationError(words, params={"types": ", ".join(sorted(SELF_BILLED))})
            self.add_error("types", error)
        return said

    def facts(self, dossier: Dossier) -> dict[str, Any]:
        """Return the fields of the mandate."""
        said = self.cleaned_data
        other, own = (said["siren"], said["nom"]), (dossier.siren, dossier.name)
        giver, agent = (own, other) if said["sens"] == GIVEN else (other, own)
        return {
            "kind": said["sorte"], "giver_siren": giver[0], "giver_name": giver[1],
            "agent_siren": agent[0], "agent_name": agent[1], "is_written": bool(said["ecrit"]),
            "types": said["types"], "products": said["produits"].strip(),
            "starts_on": said["debut"], "ends_on": said["fin"], "contest_days": said["delai"],
            "prefix": said["prefixe"].strip(), "used_before": said["dernier"],
        }  # fmt: skip


@in_dossier
@require_GET
def listing(request: Request, dossier: Dossier) -> HttpResponse:
    """List the mandates, and the invoices that none covers."""
    without = MandatedDocument.objects.filter(dossier=dossier, mandate=None)
    context = frame(request, dossier, TAB) | {
        "mandates": dossier.mandates.all()[:SHOWN], "today": timezone.localdate(),
        "without": without.select_related("document").order_by("-pk")[:SHOWN],
        "self_billing": Kind.SELF_BILLING.value,
    }  # fmt: skip
    return render(request, "facturier/mandates.html", context)


@in_dossier
@require_http_methods(["GET", "POST"])
def new(request: Request, dossier: Dossier) -> HttpResponse:
    """Ask for a mandate, or record it."""
    asked = request.GET
    initial = {
        "debut": asked.get("debut") or timezone.localdate(), "ecrit": "1",
        "siren": asked.get("siren", ""), "nom": asked.get("nom", ""),
        "sens": asked.get("sens", RECEIVED), "sorte": asked.get("sorte", KINDS[0][0]),
    }  # fmt: skip
    form = MandateForm(request.POST or None, request.FILES or None, initial=initial)
    if form.is_valid():
        given = form.cleaned_data["piece"]
        evidence = (given.name or "piece", given.read()) if given else None
        try:
            kept = register.record(dossier, form.facts(dossier), evidence, request.user)
        except RefusedByUs as refused:
            form.add_error(None, refused.in_full)
        else:
            messages.success(request, f"Le mandat de {kept.giver_name} est inscrit.")
            return redirect("mandate", dossier.pk, kept.pk)
    context = frame(request, dossier, TAB) | {"form": form}
    return render(request, "facturier/mandate_new.html", context)


def _found(dossier: Dossier, mandate: int) -> Mandate:
    rows = dossier.mandates.select_related("dossier", "by", "ended_by", "evidence")
    return get_object_or_404(rows, pk=mandate)


@in_dossier
@require_GET
def page(request: Request, dossier: Dossier, mandate: int) -> HttpResponse:
    """Show a mandate: its terms, its series, what it covered."""
    found = _found(dossier, mandate)
    covered = found.covered.select_related("document").order_by("-document__issue_date", "-pk")
    context = frame(request, dossier, TAB) | {
        "mandate": found, "covered": covered[:SHOWN], "count": covered.count(),
        "upcoming": series.upcoming(found) if found.prefix else "",
        "burnt": series.burnt(found)[:SHOWN] if found.prefix else (),
        "missing": series.missing(found) if found.prefix else (),
        "is_in_force": found.is_in_force(timezone.localdate()), "today": timezone.localdate(),
        "may_write": found.kind == Kind.SELF_BILLING and found.agent_siren == dossier.siren,
    }  # fmt: skip
    return render(request, "facturier/mandate.html", context)


class EndForm(forms.Form):
    """When a mandate ends and why."""

    fin = DayField()
    motif = forms.CharField(max_length=200, required=False)


@in_dossier
@require_POST
def end(request: Request, dossier: Dossier, mandate: int) -> HttpResponse:
    """Write down the last day of a mandate."""
    found, form = _found(dossier, mandate), EndForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        words = f"Ce mandat prend fin le {said['fin']:%d/%m/%Y}."
        do(request, lambda: register.end(found, said["fin"], said["motif"], request.user), words)
    else:
        messages.error(request, "Donnez le dernier jour du mandat.")
    return redirect("mandate", dossier.pk, found.pk)


@in_dossier
@require_GET
def evidence(request: Request, dossier: Dossier, mandate: int) -> HttpResponse:  # noqa: ARG001
    """Give the contract, byte for byte."""
    found = _found(dossier, mandate)
    if found.evidence_id is None:
        raise Http404
    data = store.get(found.evidence_id)
    return attachment(data, found.evidence_name, "application/octet-stream")


@in_dossier
@require_GET
def certificate_pdf(request: Request, dossier: Dossier, mandate: int) -> HttpResponse:  # noqa: ARG001
    """Give what a mandate covered, as PDF."""
    found = _found(dossier, mandate)
    return attachment(certificate.pdf(found), f"mandat-{found.pk}.pdf", "application/pdf")
