"""The form by which a person says a status: reason, comment, amounts, consent."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facturier import formats
from facturier.errors import RefusedByUs
from facturier.lifecycle.messages import Characteristic
from facturier.lifecycle.messages import received as receipt
from facturier.lifecycle.reasons import reason
from facturier.server.documents import history, store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from facturier.lifecycle.transitions import Offer
    from facturier.server.documents.models import Document, Transmission
    from facturier.server.firm.models import Person

CENT = Decimal("0.01")


class AmountField(forms.CharField):
    """An amount as a French keyboard writes it: ``1 234,56``; the point is a comma too."""

    def to_python(self, value: Any) -> Any:
        """Return the Decimal, None for an empty field."""
        text = "".join((value or "").split()).replace("\u202f", "").replace(",", ".")
        if not text:
            return None
        try:
            amount = Decimal(text.replace("−", "-"))
        except InvalidOperation:
            amount = None
        if amount is None or not amount.is_finite():
            raise forms.ValidationError(_("Écrivez un montant, par exemple 1 234,56."))
        return amount

    def prepare_value(self, value: Any) -> Any:
        """Show a Decimal with a comma."""
        return f"{value:.2f}".replace(".", ",") if isinstance(value, Decimal) else value


class StatusForm(forms.Form):
    """Asks what `offer` needs, no more; which reasons are admitted, the life cycle knows."""

    motif = forms.ChoiceField(label=_("Motif"))
    commentaire = forms.CharField(
        label=_("Commentaire"), required=False, max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Transmis à l'autre partie avec le statut."),
    )  # fmt: skip
    jour = forms.DateField(
        label=_("Date du paiement"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    compte = forms.CharField(label=_("Nouvelles coordonnées bancaires (IBAN)"), max_length=50)
    confirme = forms.BooleanField(label=_("Je confirme : ce statut est définitif."))

    def __init__(self, data: Any, *, offer: Offer, document: Document) -> None:
        super().__init__(data)
        self.offer = offer
        self.document = document
        self._keep_what_is_needed()
        self.rates = list(_rates(document)) if offer.needs == "MEN" else []
        for number, (rate, left) in enumerate(self.rates):
            text = f"{rate.normalize():f}".replace(".", ",")
            label = _("Montant TTC encaissé à %(rate)s %%") % {"rate": text}
            self.fields[f"montant_{number}"] = AmountField(
                label=label, initial=left or None, required=len(self.rates) == 1
            )

        amounts = [name for name in self.fields if name.startswith("montant_")]
        self.order_fields(["motif", "jour", *amounts, "compte", "commentaire", "confirme"])

    def _keep_what_is_needed(self) -> None:
        offer = self.offer
        if offer.reasons:
            reasons = [(code, f"{reason(code).label} ({code})") for code in offer.reasons]
            field = self.fields["motif"]
            field.choices = [("", _("Choisir un motif…")), *reasons]  # type: ignore[attr-defined]
            field.required = offer.reason_required
        unneeded = {
            "motif": not offer.reasons, "jour": offer.needs != "MEN",
            "compte": offer.needs != "CBB", "confirme": not offer.confirm,
        }  # fmt: skip
        for name in (name for name, absent in unneeded.items() if absent):
            del self.fields[name]
        if "jour" in self.fields:
            self.fields["jour"].initial = timezone.localdate()

    def clean(self) -> dict[str, Any]:
        """Refuse more than what is left of the invoice at a rate."""
        for number, (_rate, left) in enumerate(self.rates):
            amount = self.cleaned_data.get(f"montant_{number}")
            if amount and amount > max(left, Decimal(0)):
                text = f"{max(left, Decimal(0)):.2f}".replace(".", ",")
                self.add_error(
                    f"montant_{number}",
                    _("Il reste %(left)s € à encaisser à ce taux : un trop-perçu n'est pas "
                      "l'encaissement de cette facture.") % {"left": text},
                )  # fmt: skip
        return self.cleaned_data

    @property
    def amounts(self) -> Iterator[Characteristic]:
        """What the form brings with the status."""
        currency = self.document.currency or "EUR"
        for number, (rate, _amount) in enumerate(self.rates):
            amount = self.cleaned_data.get(f"montant_{number}")
            if amount:
                yield receipt(amount, rate, currency=currency, on=self.cleaned_data["jour"])
        if self.cleaned_data.get("compte"):
            yield Characteristic(type_code="CBB", text=self.cleaned_data["compte"], changed=True)

    def say(self, transmission: Transmission, person: Person) -> bool:
        """Say the status in the name of `person`; False, with why on the form, when refused."""
        try:
            history.say(
                transmission, self.offer.code, history.own_side(self.document),
                reason=self.cleaned_data.get("motif", ""),
                comment=self.cleaned_data.get("commentaire", ""),
                amounts=self.amounts, author=person,
            )  # fmt: skip
        except RefusedByUs as error:
            self.add_error(None, f"{error.message} {error.remedy}".strip())
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipts:
    """What was declared received (212) of an invoice, VAT included."""

    by_rate: Mapping[Decimal, Decimal]
    total: Decimal
    is_partial: bool


def receipts(document: Document) -> Receipts:
    """Add up the receipts of `document`; a negative one takes an earlier one back."""
    by_rate: dict[Decimal, Decimal] = {}
    for event in document.events.filter(code="212"):
        for datum in event.amounts:
            if datum.get("type_code") == "MEN":
                rate = Decimal(datum.get("percent", 0))
                by_rate[rate] = by_rate.get(rate, Decimal(0)) + Decimal(datum["amount"])
    total = sum(by_rate.values(), Decimal(0))
    owed = document.total_with_vat
    return Receipts(by_rate=by_rate, total=total, is_partial=owed is not None and total < owed)


def _rates(document: Document) -> Iterator[tuple[Decimal, Decimal]]:
    """Yield each VAT rate of the invoice with what is left to receive, VAT included."""
    invoice = formats.read(store.get(document.sha256)).invoice
    totals: dict[Decimal, Decimal] = {}
    for one in invoice.vat_breakdown:
        rate = one.rate or Decimal(0)
        amount = (one.taxable_amount or Decimal(0)) + (one.tax_amount or Decimal(0))
        totals[rate] = totals.get(rate, Decimal(0)) + amount
    done = receipts(document).by_rate
    for rate, total in sorted(totals.items(), reverse=True):
        yield rate, total - done.get(rate, Decimal(0))
