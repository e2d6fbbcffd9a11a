"""The forms of employee expenses: one expense, one employee, from when they are too many."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import transaction

from facturier.invoice.parties import is_siren
from facturier.ledger.expenses import KINDS, Nature
from facturier.server.expenses.claiming import Receipt
from facturier.server.expenses.models import NATURES, VOUCHERS, Employee, ExpenseChoice
from facturier.server.firm.models import Person
from facturier.server.web.fields import DayField
from facturier.server.web.takings_forms import AmountField

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from facturier.server.expenses.models import ClaimLine
    from facturier.server.firm.models import Dossier

RATES = ("20", "10", "5.5", "2.1")
"""Rates that a receipt of mainland France may show."""
FIELDS = {
    "jour": "day", "nature": "nature", "objet": "label", "fournisseur": "supplier",
    "siren": "supplier_siren", "ticket": "ticket", "justificatif": "voucher",
}  # fmt: skip
"""Field of the form → field of the line."""
ACCEPTED = "image/jpeg,image/png,image/heic,application/pdf"


class ExpenseForm(forms.Form):
    """One expense; a photograph of its receipt, what it cost, the VAT as the receipt says it."""

    photo = forms.FileField(
        label="Photo ou PDF du justificatif", required=False,
        widget=forms.FileInput(attrs={"accept": ACCEPTED, "capture": "environment"}),
    )  # fmt: skip
    collaborateur = forms.ModelChoiceField(
        Employee.objects.none(), label="Qui a payé", empty_label="Choisissez le collaborateur"
    )
    nature = forms.ChoiceField(label="Nature", choices=NATURES)
    montant = AmountField(label="Montant payé, TTC")
    kilometres = AmountField(label="Kilomètres")
    jour = DayField(label="Jour")
    fournisseur = forms.CharField(label="Fournisseur", max_length=150, required=False)
    objet = forms.CharField(label="Objet", max_length=150, required=False)
    justificatif = forms.ChoiceField(label="Ce que dit le justificatif", choices=VOUCHERS)
    siren = forms.CharField(label="SIREN du fournisseur", max_length=14, required=False)
    ticket = forms.CharField(label="Numéro du ticket", max_length=50, required=False)

    def __init__(
        self, data: Any, files: Any, employees: QuerySet[Employee], *, today: date,
        line: ClaimLine | None = None, photographing: bool = False, who: Person | None = None,
    ) -> None:  # fmt: skip
        super().__init__(data, files, initial=_initial(line, today))
        self.line = line
        field = self.fields["collaborateur"]
        active = employees.filter(is_active=True)
        field.queryset = active  # type: ignore[attr-defined]
        # Only the own claims are filled unasked: an expense of the owner is no employee's.
        own = active.filter(person=who) if who is not None else active.none()
        self.is_alone = active.count() == 1 and own.exists()
        if line is not None:
            field.initial, field.disabled = line.claim.employee_id, True
            field.queryset = employees  # type: ignore[attr-defined]
        elif self.is_alone:
            field.initial, field.required = active.get().pk, False
        told = dict(line.taxes) if line else {}
        for rate in RATES:
            self.fields[name_of(rate)] = AmountField(
                label=f"TVA à {rate.replace('.', ',')} %", initial=_typed(told.get(rate))
            )
        if not photographing:
            self.fields["photo"].widget.attrs.pop("capture")

    @property
    def vat(self) -> list[forms.BoundField]:
        """Return the fields of VAT."""
        return [self[name_of(rate)] for rate in RATES]

    @property
    def usual_vat(self) -> list[forms.BoundField]:
        """Return the fields of the rates that most receipts show."""
        return self.vat[:2]

    @property
    def rare_vat(self) -> list[forms.BoundField]:
        """Return the other fields of VAT."""
        return self.vat[2:]

    def clean_siren(self) -> str:
        """Return the nine digits, of a SIREN or of a SIRET."""
        digits = "".join(self.cleaned_data["siren"].split())[:9]
        if digits and not is_siren(digits):
            raise forms.ValidationError("Ce SIREN n'existe pas : neuf chiffres, relisez-les.")
        return digits

    def clean(self) -> dict[str, Any]:
        """Ask for what the nature needs."""
        said = super().clean() or {}
        if said.get("nature") == Nature.MILEAGE.value:
            if not said.get("kilometres") and "kilometres" not in self.errors:
                self.add_error("kilometres", "Écrivez les kilomètres du trajet.")
        elif not said.get("montant") and "montant" not in self.errors:
            self.add_error("montant", "Écrivez le montant payé, TVA comprise.")
        if self.is_alone and not said.get("collaborateur"):
            said["collaborateur"] = self.fields["collaborateur"].queryset.get()  # type: ignore[attr-defined]
        return said

    @property
    def said(self) -> dict[str, Any]:
        """Return the fields of a line."""
        kept = {column: self.cleaned_data[name] for name, column in FIELDS.items()}
        kept["label"] = kept["label"] or KINDS[Nature(kept["nature"])].label
        kept["gross"] = self.cleaned_data["montant"] or Decimal(0)
        kept["kilometres"] = None
        if kept["nature"] == Nature.MILEAGE.value:
            kept["kilometres"] = self.cleaned_data["kilometres"]
        kept["taxes"] = [
            [rate, f"{tax:.2f}"] for rate in RATES if (tax := self.cleaned_data[name_of(rate)])
        ]
        return kept

    @property
    def receipt(self) -> Receipt | None:
        """Return the photograph or file that came with it."""
        upload = self.cleaned_data.get("photo")
        return Receipt(name=upload.name or "", data=upload.read()) if upload else None


def name_of(rate: str) -> str:
    """Return the name of the field of a rate: ``tva_5_5``."""
    return f"tva_{rate.replace('.', '_')}"


def _initial(line: ClaimLine | None, today: date) -> dict[str, Any]:
    if line is None:
        return {"jour": today, "nature": Nature.RESTAURANT.value}
    kept = {name: getattr(line, column) for name, column in FIELDS.items()}
    return kept | {"montant": _typed(line.gross), "kilometres": _typed(line.kilometres)}


def _typed(amount: Any) -> str:
    return "" if amount is None else f"{amount}".replace(".", ",")


class EmployeeForm(forms.ModelForm):  # type: ignore[type-arg]
    """An employee of a dossier."""

    class Meta:
        """What is asked."""

        model = Employee
        fields = ("name", "matricule", "account", "card", "horsepower", "is_electric", "person",
                  "is_active")  # fmt: skip
        help_texts = {  # noqa: RUF012  # Django's own way
            "card": "quatre chiffres, si les factures les citent (BT-87)",
            "horsepower": "CV, case P.6 de la carte grise : pour les indemnités kilométriques",
            "person": "pour que le salarié saisisse lui-même, et ne voie ici que ses notes",
        }

    def __init__(self, data: Any, dossier: Dossier, instance: Employee | None = None) -> None:
        super().__init__(data, instance=instance or Employee(dossier=dossier))
        clients = Person.objects.filter(accesses__dossier=dossier, accesses__role="client")
        self.fields["person"].queryset = clients  # type: ignore[attr-defined]
        self.fields["person"].label = "Accès"
        self.fields["person"].empty_label = "Personne"  # type: ignore[attr-defined]
        self.fields["horsepower"].widget.attrs |= {"min": 1, "max": 50}

    def clean_matricule(self) -> str:
        """Refuse a number that another employee of the dossier has, or that no account takes."""
        said: str = "".join(self.cleaned_data["matricule"].split())
        if not said.replace("-", "").isalnum():
            raise forms.ValidationError("Des lettres, des chiffres et des tirets.")
        others = Employee.objects.filter(dossier=self.instance.dossier, matricule=said)
        if others.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Un autre collaborateur a ce matricule.")
        return said

    def clean_card(self) -> str:
        """Return digits alone."""
        said: str = "".join(self.cleaned_data["card"].split())
        if said and not (said.isdecimal() and len(said) >= 4):  # noqa: PLR2004
            raise forms.ValidationError("Les quatre à six derniers chiffres.")
        return said


class ChoiceForm(forms.Form):
    """From when a dossier finds expenses too many."""

    pieces = forms.IntegerField(label="Signaler au-delà de, par mois", min_value=1, max_value=500)
    minutes = forms.IntegerField(label="Minutes par pièce", min_value=1, max_value=120)

    def keep(self, dossier: Dossier) -> None:
        """Keep it."""
        said = self.cleaned_data
        with transaction.atomic():
            ExpenseChoice.objects.update_or_create(
                dossier=dossier, defaults={"most": said["pieces"], "minutes": said["minutes"]}
            )
