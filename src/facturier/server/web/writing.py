"""Write an invoice: for a client who has no software, or the firm's own fees.

The page asks what a small company knows; what goes out is a Factur-X like any other, checked before
a person sends it, then deposited as if it had been dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from stdnum import iban

from facturier import formats, rules
from facturier.findings import Outcome
from facturier.formats.facturx_write import facturx
from facturier.invoice import drafting
from facturier.invoice.corrections import next_number
from facturier.invoice.drafting import Sold, Terms
from facturier.invoice.model import Address, Identifier, Invoice, Party
from facturier.invoice.parties import ELECTRONIC_ADDRESS, SIREN, SIRET, french_vat_number
from facturier.server.directory import people
from facturier.server.directory.lookup import line_in_effect
from facturier.server.documents import store
from facturier.server.firm.models import Dossier
from facturier.server.firm.numbers import siren_of
from facturier.server.web import todo
from facturier.server.web.access import attachment, in_dossier, stem_of
from facturier.server.web.depositing import deposit_once
from facturier.server.web.dossier import frame
from facturier.server.web.takings_forms import AmountField

if TYPE_CHECKING:
    from facturier.findings import Finding
    from facturier.server.directory.lookup import Resolution
    from facturier.server.web.access import Request

FEW_LINES, MOST_LINES = 4, 100
"""Shown at first, and added at each demand; on one invoice."""
RATES = (("20", "20 %"), ("10", "10 %"), ("5.5", "5,5 %"), ("2.1", "2,1 %"))
KINDS = (("bien", gettext_lazy("bien")), ("service", gettext_lazy("service")))
USUAL_TERM = timedelta(days=30)
_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class QuantityField(AmountField):
    """A quantity or a unit price, with up to four decimals."""

    decimals = 4
    too_many = gettext_lazy("Quatre chiffres après la virgule au plus.")


class LineForm(forms.Form):
    """One thing sold."""

    designation = forms.CharField(label=gettext_lazy("Désignation"), max_length=200, required=False)
    quantite = QuantityField(label=gettext_lazy("Quantité"), initial="1")
    unite = forms.ChoiceField(label=gettext_lazy("Unité"), choices=drafting.UNITS, required=False)
    prix = QuantityField(label=gettext_lazy("Prix unitaire HT"))
    taux = forms.ChoiceField(label=gettext_lazy("TVA"), choices=RATES, required=False)
    nature = forms.ChoiceField(label=gettext_lazy("Nature"), choices=KINDS, required=False)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed that makes it a line."""
        said = self.cleaned_data
        return not said.get("designation") and said.get("prix") is None

    def clean(self) -> dict[str, Any]:
        """Refuse half a line."""
        said = super().clean() or {}
        if self.errors or self.is_empty:
            return said
        if not said["designation"]:
            self.add_error("designation", _("Dites ce qui est vendu."))
        if said["prix"] is None:
            self.add_error("prix", _("Donnez le prix unitaire hors taxe."))
        if not said["quantite"]:
            self.add_error("quantite", _("Donnez une quantité."))
        return said

    def sold(self) -> Sold:
        """Return it for the engine."""
        said = self.cleaned_data
        return Sold(
            name=said["designation"], quantity=said["quantite"], unit=said["unite"] or "C62",
            price=said["prix"], rate=Decimal(said["taux"] or "20"),
            is_service=said["nature"] == "service",
        )  # fmt: skip


class InvoiceForm(forms.Form):
    """Who buys, when, on which terms."""

    last_shown = 12
    """Fields that are shown at once; those after it are mentions, which are folded away."""
    acheteur = forms.CharField(label=gettext_lazy("SIREN de l'acheteur"), max_length=20)
    nom = forms.CharField(label=gettext_lazy("Raison sociale"), max_length=200, required=False)
    adresse = forms.CharField(label=gettext_lazy("Adresse"), max_length=200, required=False)
    code_postal = forms.CharField(label=gettext_lazy("Code postal"), max_length=10, required=False)
    ville = forms.CharField(label=gettext_lazy("Commune"), max_length=100, required=False)
    ligne = forms.CharField(
        label=gettext_lazy("Adresse de facturation"), max_length=125, required=False,
        help_text=gettext_lazy("vide : le SIREN"),
    )  # fmt: skip
    numero = forms.CharField(label=gettext_lazy("Numéro"), max_length=35)
    date = forms.DateField(label=gettext_lazy("Date"), widget=_DAY)
    echeance = forms.DateField(label=gettext_lazy("Échéance"), widget=_DAY)
    livraison = forms.DateField(
        label=gettext_lazy("Livré, ou achevé, le"), widget=_DAY, required=False
    )
    commande = forms.CharField(
        label=gettext_lazy("N° de commande de l'acheteur"), max_length=50, required=False
    )
    iban = forms.CharField(label="IBAN", max_length=42, required=False)
    penalites = forms.CharField(label=gettext_lazy("Pénalités de retard"), max_length=300)
    recouvrement = forms.CharField(label=gettext_lazy("Frais de recouvrement"), max_length=300)
    escompte = forms.CharField(label=gettext_lazy("Escompte"), max_length=300)

    def __init__(self, dossier: Dossier, data: Any, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        self.dossier = dossier
        self.lines = [
            LineForm(data, prefix=f"l{rank}", empty_permitted=True, use_required_attribute=False)
            for rank in range(_rows(data))
        ]

    def is_valid(self) -> bool:
        """Whether the invoice and each of its lines can be written."""
        good = [one.is_valid() for one in self.lines]
        return super().is_valid() and all(good)

    def clean_acheteur(self) -> str:
        """Return the nine digits."""
        return siren_of(self.cleaned_data["acheteur"])

    def clean_numero(self) -> str:
        """Refuse a number of the series that was used."""
        number: str = self.cleaned_data["numero"].strip()
        taken = self.dossier.documents.filter(direction=todo.ISSUED, number=number)
        if taken.filter(accepted=True).exists():
            raise forms.ValidationError(_("Ce numéro existe déjà dans le dossier."))
        return number

    def clean_iban(self) -> str:
        """Return the account without blanks."""
        typed = "".join(self.cleaned_data["iban"].upper().split())
        if typed and not iban.is_valid(typed):
            raise forms.ValidationError(_("Cet IBAN est faux : relisez-le."))
        return typed

    def clean(self) -> dict[str, Any]:
        """Complete the buyer from the directory; refuse what makes no invoice."""
        said = super().clean() or {}
        if said.get("acheteur"):
            known = _of_dossier(said["acheteur"]) | people.identity(said["acheteur"])
            said["siret"] = known.get("siret", "")
            for name, field in _OF_DIRECTORY.items():
                said[name] = said.get(name) or known.get(field, "")
            for name in ("nom", "code_postal", "ville"):
                if not said[name]:
                    self.add_error(name, _("L'annuaire ne le connaît pas : complétez."))
        if all(one.is_valid() and one.is_empty for one in self.lines):
            raise forms.ValidationError(_("Une facture a au moins une ligne."))
        if said.get("date") and said.get("echeance") and said["echeance"] < said["date"]:
            self.add_error("echeance", _("L'échéance précède la facture."))
        return said

    def show_completed(self) -> None:
        """Show in the fields what the directory completed."""
        completed = {name: self.cleaned_data[name] for name in _OF_DIRECTORY}
        self.data = dict(self.data.items()) | completed

    @property
    def is_exempt(self) -> bool:
        """Whether the seller charges no VAT at all (art. 293 B CGI)."""
        return self.dossier.vat_regime == Dossier.VatRegime.FRANCHISE

    @property
    def is_on_receipts(self) -> bool:
        """Whether the VAT of the seller's services is due when they are paid."""
        return self.dossier.vat_on_receipts

    def parties(self) -> tuple[Party, Party]:
        """Return seller and buyer."""
        return seller_of(self.dossier), other_party(self.cleaned_data)

    def invoice(self) -> Invoice:
        """Return the invoice, computed."""
        said = self.cleaned_data
        return drafting.draft(
            *self.parties(), [one.sold() for one in self.lines if not one.is_empty],
            Terms(
                number=said["numero"], issued=said["date"], due=said["echeance"],
                delivered=said["livraison"], order=said["commande"], account=said["iban"],
                recovery=said["recouvrement"], penalties=said["penalites"],
                discount=said["escompte"], vat_on_receipts=self.is_on_receipts,
                exempt=self.is_exempt,
            ),
        )  # fmt: skip


def _rows(data: Any) -> int:
    """Return how many lines the page shows: as many as before, and some more when asked."""
    said = (data or {}).get("rangs", "")
    rows = int(said) if said.isdecimal() else FEW_LINES
    return min(rows + (FEW_LINES if data and "plus" in data else 0), MOST_LINES)


_OF_DIRECTORY = {
    "nom": "name", "adresse": "address_line", "code_postal": "post_code", "ville": "city",
}  # fmt: skip


def _of_dossier(siren: str) -> dict[str, str]:
    """Return what a dossier in sight says of a company, where the directory says nothing."""
    fields = ("name", "siret", "address_line", "post_code", "city")
    found = Dossier.objects.filter(siren=siren).values(*fields).first()
    return {name: value for name, value in (found or {}).items() if value}


def seller_of(dossier: Dossier) -> Party:
    """Return a dossier as the seller of an invoice."""
    address = Address(
        line_1=dossier.address_line or None, line_2=dossier.address_line_2 or None,
        city=dossier.city or None, post_code=dossier.post_code or None,
        country_code=dossier.country_code,
    )  # fmt: skip
    party = _company(
        dossier.name, dossier.siren, dossier.siret, dossier.electronic_address, address
    )
    if dossier.vat_number:
        return replace(party, vat_identifier=dossier.vat_number)
    return replace(party, tax_registration_identifier=dossier.siren)


def other_party(said: dict[str, Any]) -> Party:
    """Return the French company that was typed."""
    siren = said["acheteur"]
    address = Address(
        line_1=said["adresse"] or None, city=said["ville"], post_code=said["code_postal"],
        country_code="FR",
    )  # fmt: skip
    party = _company(said["nom"], siren, said["siret"], said["ligne"] or siren, address)
    return replace(party, vat_identifier=french_vat_number(siren))


def _company(name: str, siren: str, siret: str, line: str, address: Address) -> Party:
    """Return a French company, but for its VAT number; `line` is its electronic address."""
    return Party(
        name=name,
        identifiers=(Identifier(siret, SIRET),) if siret else (),
        legal_identifier=Identifier(siren, SIREN),
        electronic_address=Identifier(line, ELECTRONIC_ADDRESS),
        postal_address=address,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An invoice that was written and checked."""

    invoice: Invoice
    data: bytes
    name: str
    findings: tuple[Finding, ...]
    is_valid: bool
    way: Resolution
    """Where it would go."""


@in_dossier
@require_http_methods(["GET", "POST"])
def page(request: Request, dossier: Dossier) -> HttpResponse:
    """Ask for an invoice; show it with its verdict and its way; give its PDF, or send it."""
    asked = request.POST if request.method == "POST" else None
    form = InvoiceForm(dossier, asked, _initial(dossier) if asked is None else {})
    made = made_of(form) if asked and "plus" not in asked and form.is_valid() else None
    if made is not None and "pdf" in request.POST:
        return attachment(made.data, made.name, "application/pdf")
    if made is not None and made.is_valid and "envoyer" in request.POST:
        sent = deposit_once(request, dossier, made.name, made.data)
        messages.success(request, _("« %(name)s » est déposée.") % {"name": made.name})
        return sent
    if made is not None:
        form.show_completed()
    context = frame(request, dossier, "emises") | {"form": form, "made": made}
    wrong = bool(asked) and "plus" not in request.POST and made is None
    return render(request, "facturier/writing.html", context, status=422 if wrong else 200)


def _initial(dossier: Dossier) -> dict[str, Any]:
    """Return what the last invoice of the dossier tells of the next one."""
    today = timezone.localdate()
    issued = dossier.documents.filter(direction=todo.ISSUED)
    initial = {
        "date": today, "livraison": today, "echeance": today + USUAL_TERM,
        "penalites": drafting.PENALTIES, "recouvrement": drafting.RECOVERY,
        "escompte": drafting.DISCOUNT, "numero": f"F{today.year}-0001",
    }  # fmt: skip
    last = issued.filter(accepted=True, type_code=drafting.INVOICE).order_by("-issue_date", "-pk")
    before = last.first()
    if before is None:
        return initial
    initial["numero"] = next_number(before.number, issued.values_list("number", flat=True))
    for one in formats.read(store.get(before.sha256)).invoice.payment_instructions:
        if one.credit_transfer is not None:
            initial["iban"] = one.credit_transfer.account or ""
    return initial


def made_of(form: InvoiceForm) -> Made:
    """Write and check the invoice of a valid form, and say where it would go."""
    invoice = form.invoice()
    data = facturx(invoice)
    verdict = rules.check(formats.read(data), on=timezone.localdate())
    return Made(
        invoice=invoice, data=data, name=f"{stem_of(form.cleaned_data['numero'])}.pdf",
        findings=verdict.findings, is_valid=verdict.outcome is Outcome.VALID,
        way=line_in_effect(form.cleaned_data["ligne"] or form.cleaned_data["acheteur"]),
    )  # fmt: skip
