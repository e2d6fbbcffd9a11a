"""Dossiers are opened and changed by who leads the cabinet: one by one, or from a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from facturier.errors import BadUsage
from facturier.invoice.parties import french_vat_number
from facturier.server import sight
from facturier.server.directory import people
from facturier.server.firm import opening
from facturier.server.firm.models import Cabinet, Dossier, Person
from facturier.server.firm.numbers import siren_of
from facturier.server.firm.portfolio_list import Line, read
from facturier.server.reporting import periods
from facturier.server.web.access import in_dossier
from facturier.server.web.cabinet import in_cabinet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facturier.server.web.access import Request

FIXED_ONCE_USED = ("siren", "electronic_address")
"""What invoices were routed by: it changes by a new address, not by a correction."""
LONGEST_LIST = 1_000_000


class DossierForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic when it runs
    """Who the client is, how it declares VAT, who answers for it."""

    class Meta:
        """What is asked, in the order of the page."""

        model = Dossier
        fields = (
            "siren", "name", "siret", "vat_number", "activity", "address_line", "address_line_2",
            "post_code", "city", "vat_regime", "vat_on_receipts", "electronic_address",
            "responsible",
        )  # fmt: skip

    def __init__(self, cabinet: Cabinet, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.instance.cabinet = cabinet
        if self.instance.pk is None:
            # CGI art. 269-2 c: VAT on services falls due when they are paid; debits are an option.
            self.initial.setdefault("vat_on_receipts", True)
        self.fields["siren"] = forms.CharField(label="SIREN", max_length=20)
        self.fields["siret"] = forms.CharField(label="SIRET", max_length=20, required=False)
        self.fields["electronic_address"].required = False
        members = Person.objects.filter(memberships__cabinet=cabinet, is_active=True)
        self.fields["responsible"].queryset = members.order_by("name")  # type: ignore[attr-defined]
        self.fields["responsible"].empty_label = _("à désigner")  # type: ignore[attr-defined]
        if self.instance.pk and self.instance.flows.exists():
            for name in FIXED_ONCE_USED:
                self.fields[name].disabled = True

    def clean_siren(self) -> str:
        """Return the nine digits."""
        return siren_of(self.cleaned_data["siren"])

    def clean_siret(self) -> str:
        """Return the fourteen digits, which begin with the SIREN."""
        siret = "".join(self.cleaned_data["siret"].split())
        if siret and not siret.startswith(self.cleaned_data.get("siren", "")):
            raise forms.ValidationError(_("Ce SIRET n'est pas de ce SIREN."))
        return siret

    def clean_vat_number(self) -> str:
        """Return the number; the one that goes with the SIREN when none was typed."""
        typed = "".join(self.cleaned_data["vat_number"].upper().split())
        siren = self.cleaned_data.get("siren")
        regime = self.data.get("vat_regime")
        if not typed and siren and regime != Dossier.VatRegime.FRANCHISE:
            return french_vat_number(siren)
        return typed

    def clean_electronic_address(self) -> str:
        """Return an address of this SIREN that no other dossier has."""
        siren = self.cleaned_data.get("siren", "")
        address = "".join(self.cleaned_data["electronic_address"].split()) or siren
        if not address.startswith(siren):
            raise forms.ValidationError(
                _("L'adresse commence par le SIREN : %(siren)s, %(siren)s_SIRET ou un suffixe."),
                params={"siren": siren},
            )
        holder = sight.dossier_at(address)
        if holder is not None and holder != self.instance.pk:
            raise forms.ValidationError(
                _("Un dossier de cette installation a déjà l'adresse « %(address)s »."),
                params={"address": address},
            )
        return address

    def keep(self) -> Dossier:
        """Save the dossier, and let who answers for it see it."""
        dossier: Dossier = self.save()
        opening.admit(dossier)
        return dossier


@in_cabinet
@require_http_methods(["GET", "POST"])
def new(request: Request, cabinet: Cabinet) -> HttpResponse:
    """Ask who the client is, filled in from the directory when it knows the SIREN; open it."""
    asked = request.POST if request.method == "POST" else None
    if asked and "completer" in asked:
        known = _known(asked["siren"])
        ticked = {"vat_on_receipts": "vat_on_receipts" in asked}
        form = DossierForm(cabinet, initial=asked.dict() | ticked | known)
        asked = None
    else:
        known = {}
        form = DossierForm(cabinet, asked)
    if form.is_valid():
        dossier = form.keep()
        messages.success(request, _("Le dossier %(name)s est ouvert.") % {"name": dossier})
        return redirect("settings", dossier.pk)
    context = {
        "cabinet": cabinet, "tab": "dossiers", "form": form,
        "unknown": bool(known) and "name" not in known,
    }  # fmt: skip
    return render(request, "facturier/dossier_form.html", context, status=422 if asked else 200)


def _known(typed: str) -> dict[str, str]:
    """Return what the directory knows of a SIREN."""
    siren = "".join(typed.split())
    return {"siren": siren} | people.identity(siren) if siren else {}


@in_dossier
@require_http_methods(["GET", "POST"])
def change(request: Request, dossier: Dossier) -> HttpResponse:
    """Correct who the client is; 404 to who does not lead the cabinet."""
    if dossier.cabinet_id not in request.cabinets:
        raise Http404
    asked = request.POST if request.method == "POST" else None
    form = DossierForm(dossier.cabinet, asked, instance=dossier)
    if form.is_valid():
        form.keep()
        periods.touch_all(dossier.pk)
        messages.success(request, _("Les réglages du dossier sont enregistrés."))
        return redirect("settings", dossier.pk)
    context = {"cabinet": dossier.cabinet, "tab": "dossiers", "form": form, "changed": dossier}
    return render(request, "facturier/dossier_form.html", context, status=422 if asked else 200)


class ListForm(forms.Form):
    """A table pasted from a spreadsheet, or a file of it."""

    lignes = forms.CharField(
        label=_("Lignes collées depuis un tableur"), required=False, max_length=LONGEST_LIST,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )  # fmt: skip
    fichier = forms.FileField(label=_("Ou un fichier CSV"), required=False)

    def text(self) -> str:
        """Return what was given, pasted or in the file (UTF-8, else as Excel writes it)."""
        file = self.cleaned_data["fichier"]
        if file is None:
            return str(self.cleaned_data["lignes"])
        data = file.read(LONGEST_LIST)
        try:
            return str(data.decode("utf-8-sig"))
        except UnicodeDecodeError:
            return str(data.decode("cp1252", "replace"))


@in_cabinet
@require_http_methods(["GET", "POST"])
def many(request: Request, cabinet: Cabinet) -> HttpResponse:
    """Read a list of clients, show what each line would open, then open those that can be."""
    form = ListForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"cabinet": cabinet, "tab": "dossiers", "form": form}
    if request.method == "POST" and form.is_valid():
        text = form.text()
        try:
            checked = [_checked(cabinet, line) for line in read(text)]
        except BadUsage as error:
            refused = {"refusal": error.in_full}
            return render(request, "facturier/dossier_list.html", context | refused, status=422)
        if request.POST.get("ouvrir"):
            opened = [one.keep() for line, one in checked if not line.problems]
            messages.success(request, _("Dossiers ouverts : %(n)s.") % {"n": len(opened)})
            return redirect("portfolio")
        lines = [line for line, _one in checked]
        good = sum(1 for line in lines if not line.problems)
        context |= {"lines": lines, "text": text, "good": good}
    return render(request, "facturier/dossier_list.html", context)


def _checked(cabinet: Cabinet, line: Line) -> tuple[Line, DossierForm]:
    """Return a line with what the form of one dossier objects to it, and that form."""
    form = _form(cabinet, line.said)
    problems = [
        f"{form[name].label} : {' '.join(map(str, some))}" for name, some in form.errors.items()
    ]
    return line.with_problems(problems), form


def _form(cabinet: Cabinet, said: Mapping[str, str]) -> DossierForm:
    """Return the form of one dossier, filled with a line and with what the directory knows."""
    known = _known(said.get("siren", ""))
    defaults = {"vat_regime": Dossier.VatRegime.REEL_MENSUEL.value, "vat_on_receipts": "on"}
    return DossierForm(cabinet, defaults | known | {k: v for k, v in said.items() if v})
