"""Two forms for what no invoice gives: the VAT of an import, and the cut-off of a year."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from facturier.errors import RefusedByUs, Unpostable
from facturier.ledger.operations import CUTS, Imported, part_after
from facturier.server.books import operating, years
from facturier.server.web.access import in_dossier, must_keep_books
from facturier.server.web.dossier import frame
from facturier.server.web.fields import DayField
from facturier.server.web.ledger import TAB

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from facturier.server.books.models import Entry
    from facturier.server.firm.models import Dossier
    from facturier.server.web.access import Request

F = TypeVar("F", bound=forms.Form)
RATES = {"base_20": "20", "base_10": "10", "base_55": "5.5", "base_21": "2.1"}
"""Field → rate in per cent, those of goods imported in metropolitan France."""
SERVICES = ("CCA", "PCA")
"""What may be told by the days of a service."""


def _amount(label: Any, **more: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, localize=True, max_digits=14, decimal_places=2, min_value=Decimal(0),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}), **more,
    )  # fmt: skip


class ImportForm(forms.Form):
    """A customs declaration."""

    numero = forms.CharField(label=_("Numéro de la déclaration (MRN)"), max_length=40)
    jour = DayField(label=_("Acceptée par la douane le"))
    fournisseur = forms.CharField(label=_("Fournisseur"), required=False, max_length=100)
    base_20 = _amount(_("Base à 20 %"), required=False)
    base_10 = _amount(_("Base à 10 %"), required=False)
    base_55 = _amount(_("Base à 5,5 %"), required=False)
    base_21 = _amount(_("Base à 2,1 %"), required=False)
    immobilisation = forms.BooleanField(label=_("C'est une immobilisation"), required=False)
    part = _amount(_("Part déductible (%)"), initial=100, max_value=Decimal(100))
    compte = forms.CharField(
        label=_("Compte qui supporte le reste"), required=False, max_length=20,
        help_text=_("Seulement si la TVA n'est pas toute déductible."),
    )  # fmt: skip

    def parts(self) -> list[Imported]:
        """Return the bases, one for each rate."""
        said = self.cleaned_data
        return [
            Imported(
                base=said[name], rate=Decimal(rate), share=said["part"],
                account=said["compte"].strip(), is_asset=said["immobilisation"],
            )
            for name, rate in RATES.items() if said[name]
        ]  # fmt: skip


class CutForm(forms.Form):
    """What belongs to the other year."""

    nature = forms.ChoiceField(
        label=_("Nature"), choices=[(one.id, one.name) for one in CUTS.values()]
    )
    exercice = DayField(label=_("Exercice clos après le, ou le"))
    compte = forms.CharField(label=_("Compte de charge ou de produit"), max_length=20)
    montant = _amount(_("Montant HT"))
    taux = _amount(_("Taux de TVA (%)"), required=False)
    du = DayField(label=_("Service du"), required=False)
    au = DayField(label=_("au"), required=False)
    piece = forms.CharField(label=_("Pièce"), max_length=40)
    objet = forms.CharField(label=_("Objet"), required=False, max_length=100)

    def net(self, closing: date) -> Decimal:
        """Return the amount of the other year: the whole, or its days after `closing`."""
        said = self.cleaned_data
        amount: Decimal = said["montant"]
        if said["nature"] in SERVICES and said["du"] and said["au"] and said["du"] <= said["au"]:
            return part_after(amount, said["du"], said["au"], closing)
        return amount


@in_dossier
@require_http_methods(["GET", "POST"])
def imports(request: Request, dossier: Dossier) -> HttpResponse:
    """Enter a customs declaration: its VAT is owed and deducted on the same return."""
    return _asked(request, dossier, ImportForm(request.POST or None), _imported, {
        "title": _("Importation : la TVA de la déclaration en douane"),
        "about": _("La facture étrangère ne porte pas de TVA : elle est due et déduite d'après la "
                   "douane, sur la même CA3 (lignes A4, I1 à I6, 24)."),
        "done": "L'écriture de l'importation est proposée : validez-la.",
    })  # fmt: skip


def _imported(dossier: Dossier, form: ImportForm) -> Entry:
    said = form.cleaned_data
    return operating.imported(
        dossier, said["numero"].strip(), form.parts(), said["jour"], said["fournisseur"]
    )


@in_dossier
@require_http_methods(["GET", "POST"])
def cut_off(request: Request, dossier: Dossier) -> HttpResponse:
    """Propose an entry of the end of a year, with its reversal."""
    return _asked(request, dossier, CutForm(request.POST or None), _cut, {
        "title": _("Régularisation de fin d'exercice"),
        "about": _("Deux écritures sont proposées : au dernier jour de l'exercice, et son extourne "
                   "au premier jour du suivant. Pour un service facturé d'avance, dites ses "
                   "dates : la part de l'exercice suivant se compte en jours."),
        "done": "L'écriture et son extourne sont proposées : validez-les.",
    })  # fmt: skip


def _cut(dossier: Dossier, form: CutForm) -> Entry:
    said = form.cleaned_data
    closing = years.year_of(said["exercice"], years.month_of(dossier)).last
    first, _back = operating.cut(
        dossier, said["nature"], "".join(said["compte"].split()), form.net(closing),
        rate=said["taux"] or Decimal(0), day=said["exercice"], document=said["piece"],
        about=said["objet"],
    )  # fmt: skip
    return first


def _asked(
    request: Request, dossier: Dossier, form: F, propose: Callable[[Dossier, F], Entry],
    words: dict[str, Any],
) -> HttpResponse:  # fmt: skip
    """Show `form`; once filled, open the entry that `propose` makes of it, or say why not."""
    if request.method == "POST":
        must_keep_books(request, dossier)
        if form.is_valid():
            try:
                made = propose(dossier, form)
            except (RefusedByUs, Unpostable) as refused:
                form.add_error(None, refused.in_full)
            else:
                messages.success(request, words["done"])
                return redirect("entry", dossier.pk, made.pk)
    return render(
        request, "facturier/operation.html", frame(request, dossier, TAB) | {"form": form} | words
    )
