"""The forms of takings: one day, as the till or a notebook says it; how a dossier sells."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from facturier.errors import RefusedByUs
from facturier.reporting import takings
from facturier.reporting.sales import Category
from facturier.reporting.takings import Department, Means, Z
from facturier.reporting.till_cells import amount
from facturier.server.reporting import periods
from facturier.server.reporting.models import LARGE_FROM
from facturier.server.takings.models import CATEGORIES, LONGEST_TILL, Closure, TakingsChoice
from facturier.server.web.fields import DayField

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from facturier.server.firm.models import Dossier
    from facturier.server.takings.models import DayTakings

MOST_DEPARTMENTS = 6
RATES = ("20", "10", "5.5", "2.1", "8.5", "13", "0.9", "1.05", "1.75", "0")
DAYS = ((0, _("Lundi")), (1, _("Mardi")), (2, _("Mercredi")), (3, _("Jeudi")), (4, _("Vendredi")),
        (5, _("Samedi")), (6, _("Dimanche")))  # fmt: skip


class AmountField(forms.CharField):
    """An amount as people type it: « 1 234,50 », and with the dot of a phone's keys."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    decimals = 2
    too_many = _("Deux chiffres après la virgule au plus.")

    def __init__(self, **more: Any) -> None:
        super().__init__(**{"required": False, "max_length": 20} | more)

    def clean(self, value: Any) -> Decimal | None:
        """Return the amount; None for an empty field."""
        text = super().clean(value)
        if not text:
            return None
        mark = "." if "," not in text and text.count(".") == 1 else ","
        try:
            found = amount(text, mark)
        except ValueError:
            words = _("« %(text)s » n'est pas un montant. Écrivez par exemple 1 234,50.")
            raise forms.ValidationError(words, params={"text": text}) from None
        if found != round(found, self.decimals):
            raise forms.ValidationError(self.too_many)
        return found


class DayForm(forms.Form):
    """What a till took in one day: an amount a department, VAT included."""

    jour = DayField(label=_("Jour"))
    caisse = forms.ChoiceField(label=_("Caisse"))
    tickets = forms.IntegerField(
        label=_("Nombre de tickets"), required=False, min_value=0, max_value=1_000_000
    )
    ferme = forms.BooleanField(label=_("Fermé ce jour-là : aucune recette"), required=False)
    motif = forms.CharField(label=_("Motif de la correction"), max_length=200, required=False)

    def __init__(
        self, data: Any, choice: TakingsChoice | None, *, row: DayTakings | None = None,
        day: date | None = None, till: str = "",
    ) -> None:  # fmt: skip
        z = row.z() if row else None
        super().__init__(data, initial=_initial(z, row, day, till))
        self.row, self.departments = row, asked(choice, z)
        names = choice.tills if choice else ["Caisse"]
        if row is not None and row.till not in names:
            names = [*names, row.till]
        fields = self.fields
        fields["caisse"].choices = [(one, one) for one in names]  # type: ignore[attr-defined]
        if row is not None:
            fields["jour"].disabled = fields["caisse"].disabled = True
        else:
            del fields["motif"]
        told = {(one.category, one.rate): one.gross for one in z.parts} if z else {}
        for rank, one in enumerate(self.departments):
            before = told.get((one.category, one.rate))
            fields[f"rayon{rank}"] = AmountField(label=one.label, initial=_typed(before))
        paid = dict(z.payments) if z else {}
        for means in Means:
            fields[f"paye_{means.value}"] = AmountField(
                label=means.label, initial=_typed(paid.get(means))
            )

    @property
    def amounts(self) -> list[tuple[Department, forms.BoundField]]:
        """Return each department with its field."""
        return [(one, self[f"rayon{rank}"]) for rank, one in enumerate(self.departments)]

    @property
    def means(self) -> list[forms.BoundField]:
        """Return the fields of means of payment."""
        return [self[f"paye_{one.value}"] for one in Means]

    def clean(self) -> dict[str, Any]:
        """Refuse a day that says nothing; make it what the engine keeps (`z`)."""
        said = super().clean() or {}
        sold = [(one, said.get(f"rayon{rank}")) for rank, one in enumerate(self.departments)]
        if self.errors:
            return said
        if not said["ferme"] and all(value is None for _one, value in sold):
            raise forms.ValidationError(
                _("Saisissez au moins un montant, ou cochez « Fermé ce jour-là ».")
            )
        if said["ferme"] and any(value for _one, value in sold):
            raise forms.ValidationError(
                _("Un jour fermé n'a pas de recette : videz les montants, ou décochez « Fermé ».")
            )
        try:
            said["z"] = self._z(said, sold)
        except RefusedByUs as error:
            raise forms.ValidationError(error.in_full) from error
        return said

    def _z(self, said: dict[str, Any], sold: Iterable[tuple[Department, Decimal | None]]) -> Z:
        z = Z(
            day=said["jour"], till=said["caisse"], count=said.get("tickets") or 0,
            parts=tuple(
                takings.part(one.category, one.rate, value) for one, value in sold if value
            ),
            payments=tuple(
                (means, value) for means in Means if (value := said.get(f"paye_{means.value}"))
            ),
        )  # fmt: skip
        takings.check(z)
        return z


def asked(choice: TakingsChoice | None, z: Z | None = None) -> tuple[Department, ...]:
    """Return the departments to ask for: those of the dossier, and what the day has beside them."""
    known = choice.asked() if choice else takings.GOODS_ONLY
    if z is None:
        return known
    pairs = {(one.category, one.rate) for one in known}
    words = dict(CATEGORIES)
    return (
        *known,
        *(
            Department(
                label=f"{words[one.category]} {_typed(one.rate)} %",
                rate=one.rate, category=one.category,
            )
            for one in z.parts
            if (one.category, one.rate) not in pairs
        ),
    )  # fmt: skip


def _initial(z: Z | None, row: DayTakings | None, day: date | None, till: str) -> dict[str, Any]:
    if z is None or row is None:
        return {"jour": day or periods.today(), "caisse": till}
    return {"jour": z.day, "caisse": z.till, "tickets": z.count or None, "ferme": not z.parts}


def _typed(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}".replace(".", ",")


# --- how a dossier sells -------------------------------------------------------------------------


class ChoiceForm(forms.Form):
    """When a dossier sells without invoice, on which tills, and what a person is asked for."""

    actif = forms.BooleanField(
        label=_("Recettes attendues chaque jour d'ouverture"), required=False
    )
    debut = DayField(label=_("À partir du"))
    jours = forms.TypedMultipleChoiceField(
        label=_("Jours d'ouverture"), choices=DAYS, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    feries = forms.BooleanField(label=_("Ouvert les jours fériés"), required=False)
    caisses = forms.CharField(
        label=_("Caisses"), max_length=300,
        help_text=_("Séparées par des virgules. Une recette est attendue pour chacune."),
    )  # fmt: skip
    ferme_du = DayField(label=_("Fermé du"), required=False)
    ferme_au = DayField(label=_("au"), required=False)
    ferme_motif = forms.CharField(label=_("Motif"), required=False, max_length=100)
    rouvrir = forms.TypedMultipleChoiceField(
        label=_("Supprimer ces fermetures"), required=False, coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def __init__(self, data: Any, dossier: Dossier, model: str = "") -> None:
        self.dossier = dossier
        self.choice = TakingsChoice.objects.filter(dossier=dossier).first()
        self.closures = list(Closure.objects.filter(dossier=dossier))
        super().__init__(data, initial=_choice_initial(self.choice))
        names = [(one.pk, f"{one} {one.reason}".strip()) for one in self.closures]
        self.fields["rouvrir"].choices = names  # type: ignore[attr-defined]
        default = takings.USUAL.get(model, takings.GOODS_ONLY)
        known = self.choice.asked() if self.choice and not model else default
        for rank in range(MOST_DEPARTMENTS):
            one = known[rank] if rank < len(known) else None
            self.fields[f"nom{rank}"] = forms.CharField(
                label=_("Rayon"), required=False, max_length=40, initial=one.label if one else ""
            )
            self.fields[f"taux{rank}"] = forms.ChoiceField(
                label=_("Taux"), choices=[(r, f"{r.replace('.', ',')} %") for r in RATES],
                initial=f"{one.rate:f}" if one else "20", required=False,
            )  # fmt: skip
            self.fields[f"categorie{rank}"] = forms.ChoiceField(
                label=_("Catégorie"), choices=CATEGORIES,
                initial=one.category.value if one else Category.GOODS.value, required=False,
            )  # fmt: skip

    @property
    def rows(self) -> list[list[forms.BoundField]]:
        """Return the fields of each department."""
        return [[self[f"{name}{rank}"] for name in ("nom", "taux", "categorie")]
                for rank in range(MOST_DEPARTMENTS)]  # fmt: skip

    def clean_debut(self) -> date:
        """Refuse days before the obligation."""
        day: date = self.cleaned_data["debut"]
        if day < LARGE_FROM:
            raise forms.ValidationError(_("Rien ne se déclare avant le 01/09/2026."))
        return day

    def clean_caisses(self) -> list[str]:
        """Return the names of the tills, each once."""
        names = [" ".join(one.split()) for one in self.cleaned_data["caisses"].split(",")]
        found = list(dict.fromkeys(one for one in names if one))
        if not found or any(len(one) > LONGEST_TILL for one in found):
            raise forms.ValidationError(_("Donnez un nom court à chaque caisse."))
        return found

    def clean(self) -> dict[str, Any]:
        """Put departments and the new closure together."""
        said = super().clean() or {}
        said["rayons"] = self._departments(said)
        if not said["rayons"]:
            raise forms.ValidationError(_("Nommez au moins un rayon."))
        keys = {(one["rate"], one["category"]) for one in said["rayons"]}
        if len(keys) < len(said["rayons"]):
            raise forms.ValidationError(
                _("Deux rayons ont le même taux et la même catégorie : gardez-en un.")
            )
        if any(one["category"] == "TNT1" and one["rate"] != "0" for one in said["rayons"]):
            raise forms.ValidationError(_("Ce qui n'est pas taxé en France a le taux 0 %."))
        start, end = said.get("ferme_du"), said.get("ferme_au")
        if bool(start) != bool(end) or (start and end and end < start):
            raise forms.ValidationError(_("Une fermeture a un premier et un dernier jour."))
        return said

    @staticmethod
    def _departments(said: dict[str, Any]) -> Sequence[dict[str, str]]:
        return [
            {"label": said[f"nom{rank}"], "rate": said[f"taux{rank}"],
             "category": said[f"categorie{rank}"]}
            for rank in range(MOST_DEPARTMENTS)
            if said.get(f"nom{rank}") and said.get(f"taux{rank}") and said.get(f"categorie{rank}")
        ]  # fmt: skip

    def keep(self) -> None:
        """Keep the choices."""
        said = self.cleaned_data
        with transaction.atomic():
            TakingsChoice.objects.update_or_create(
                dossier=self.dossier,
                defaults={
                    "is_active": said["actif"], "starts_on": said["debut"],
                    "weekdays": said["jours"], "on_holidays": said["feries"],
                    "tills": said["caisses"], "departments": said["rayons"],
                },
            )  # fmt: skip
            if said["rouvrir"]:
                Closure.objects.filter(dossier=self.dossier, pk__in=said["rouvrir"]).delete()
            if said["ferme_du"]:
                Closure.objects.create(
                    dossier=self.dossier, start=said["ferme_du"], end=said["ferme_au"],
                    reason=said["ferme_motif"],
                )  # fmt: skip


def _choice_initial(choice: TakingsChoice | None) -> dict[str, Any]:
    if choice is None:
        first = max(periods.today().replace(day=1), LARGE_FROM)
        return {"actif": True, "debut": first, "jours": [0, 1, 2, 3, 4, 5], "caisses": "Caisse"}
    return {
        "actif": choice.is_active, "debut": choice.starts_on, "jours": choice.weekdays,
        "feries": choice.on_holidays, "caisses": ", ".join(choice.tills),
    }  # fmt: skip
