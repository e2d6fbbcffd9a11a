"""The form by which a person says a status: reason, comment, amounts, attachment, consent."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from stdnum import iban

from facturier import formats
from facturier.errors import RefusedByUs
from facturier.formats.detect import Syntax
from facturier.invoice import codes
from facturier.invoice.model import Attachment
from facturier.invoice.terms import label
from facturier.lifecycle.messages import REQUESTED_ACTIONS, Characteristic
from facturier.lifecycle.messages import received as receipt
from facturier.lifecycle.reasons import reason
from facturier.server.documents import earlier, history, sides, store
from facturier.server.web.fields import DayField

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from facturier.lifecycle.transitions import Offer
    from facturier.server.documents.models import Document, Event, Transmission
    from facturier.server.firm.models import Person

CENT = Decimal("0.01")
CONTESTED = (
    "BT-152", "BT-146", "BT-129", "BT-131", "BT-112", "BT-13", "BT-12", "BT-9", "BT-49", "BT-47",
    "BT-84",
)  # fmt: skip
"""Data of an invoice that a buyer usually contests: the terms that a person may name."""
_AS_PERCENT, _AS_AMOUNT = frozenset({"BT-152"}), frozenset({"BT-146", "BT-131", "BT-112"})
ATTACHED_TO = frozenset({207, 208, 209, 210, 214, 224, 225, 227})
"""Statuses that a person may support with a file (MDT-96)."""
PARTLY, PAID, CANCELLED = 206, 211, 220
MOST_BYTES_ATTACHED = 10 * 1024 * 1024
"""Of the file that goes with a status."""


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
    action = forms.ChoiceField(
        label=_("Ce que vous demandez"), required=False,
        choices=[("", _("Rien de précis")), *REQUESTED_ACTIONS.items()],
    )  # fmt: skip
    donnee = forms.ChoiceField(
        label=_("Donnée contestée"), required=False,
        choices=[("", _("Aucune en particulier")), *((t, f"{label(t)} ({t})") for t in CONTESTED)],
    )  # fmt: skip
    facture = forms.CharField(label=_("Sa valeur sur la facture"), required=False, max_length=100)
    attendu = forms.CharField(label=_("La valeur attendue"), required=False, max_length=100)
    approuve = AmountField(label=_("Montant TTC approuvé"), required=False)
    jour = DayField(label=_("Date du paiement"))
    paye = AmountField(label=_("Montant payé"), required=False)
    compte = forms.CharField(label=_("Nouvelles coordonnées bancaires (IBAN)"), max_length=50)
    commentaire = forms.CharField(
        label=_("Commentaire"), required=False, max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Transmis à l'autre partie avec le statut."),
    )  # fmt: skip
    piece = forms.FileField(
        label=_("Pièce jointe"), required=False, max_length=100,
        help_text=_("PDF, image, CSV ou tableur, 10 Mo au plus. Transmise à l'autre partie, "
                    "jamais au portail public."),
    )  # fmt: skip
    confirme = forms.BooleanField(label=_("Je confirme : ce statut est définitif."))

    def __init__(self, data: Any, *, offer: Offer, document: Document, files: Any = None) -> None:
        super().__init__(data, files)
        self.offer = offer
        self.document = document
        self._keep_what_is_needed()
        self.rates = list(_rates(document)) if offer.needs == "MEN" else []
        for number, (rate, left) in enumerate(self.rates):
            text = f"{rate.normalize():f}".replace(".", ",")
            shown = _("Montant TTC encaissé à %(rate)s %%") % {"rate": text}
            self.fields[f"montant_{number}"] = AmountField(
                label=shown, initial=left or None, required=len(self.rates) == 1,
                help_text=_("Reste : %(left)s sur cette facture, à ce taux.")
                % {"left": _euros(left)},
            )  # fmt: skip
        amounts = [name for name in self.fields if name.startswith("montant_")]
        order = [*StatusForm.base_fields]
        order[order.index("jour") + 1 : order.index("jour") + 1] = amounts
        self.order_fields(order)

    def _keep_what_is_needed(self) -> None:
        offer = self.offer
        if offer.reasons:
            reasons = [(code, f"{reason(code).label} ({code})") for code in offer.reasons]
            field = self.fields["motif"]
            field.choices = [("", _("Choisir un motif…")), *reasons]  # type: ignore[attr-defined]
            field.required = offer.reason_required
        contests = bool(offer.reasons)
        needed = {
            "motif": contests, "action": contests, "donnee": contests, "facture": contests,
            "attendu": contests, "approuve": offer.code == PARTLY,
            "jour": offer.needs == "MEN" or offer.code == PAID, "paye": offer.code == PAID,
            "compte": offer.needs == "CBB", "confirme": offer.confirm,
            "piece": offer.code in ATTACHED_TO,
        }  # fmt: skip
        for name in (name for name, is_needed in needed.items() if not is_needed):
            del self.fields[name]
        if "jour" in self.fields:
            self.fields["jour"].initial = timezone.localdate()
        if offer.code == CANCELLED:
            self.fields["commentaire"].initial = _replaced_by(self.document)
        if offer.code == PAID:
            self.fields["paye"].initial = self.document.amount_due
            self.fields["jour"].required = False

    def clean_compte(self) -> str:
        """Refuse what is no IBAN: money would go astray."""
        account = iban.compact(self.cleaned_data["compte"])
        if not iban.is_valid(account, check_country=False):
            raise forms.ValidationError(_("Ce n'est pas un IBAN : sa clé ne correspond pas."))
        return str(account)

    def clean_piece(self) -> Attachment | None:
        """Return the file as a status carries it; refuse what an invoice may not carry either."""
        upload = self.cleaned_data["piece"]
        if upload is None:
            return None
        kind = mimetypes.guess_type(upload.name)[0] or ""
        if kind not in codes.MIME:
            raise forms.ValidationError(_("Joignez un PDF, une image, un CSV ou un tableur."))
        if upload.size > MOST_BYTES_ATTACHED:
            raise forms.ValidationError(_("Cette pièce dépasse 10 Mo : allégez-la."))
        return Attachment(content=upload.read(), mime_code=kind, filename=upload.name)

    def clean(self) -> dict[str, Any]:
        """Refuse more than what is left of the invoice at a rate, and a value without its datum."""
        for number, (_rate, left) in enumerate(self.rates):
            amount = self.cleaned_data.get(f"montant_{number}")
            if amount and _exceeds(amount, left, _sign(self.document)):
                self.add_error(
                    f"montant_{number}",
                    _("Il reste %(left)s à encaisser à ce taux : un trop-perçu n'est pas "
                      "l'encaissement de cette facture.") % {"left": _euros(left)},
                )  # fmt: skip
        self._check_contested()
        return self.cleaned_data

    def _check_contested(self) -> None:
        term = self.cleaned_data.get("donnee", "")
        for name in ("facture", "attendu"):
            said = self.cleaned_data.get(name, "")
            if said and not term:
                self.add_error("donnee", _("Choisissez la donnée dont vous donnez la valeur."))
                return
            if said and term in _AS_PERCENT | _AS_AMOUNT and _number(said) is None:
                self.add_error(name, _("Écrivez un nombre, par exemple 5,5."))

    @property
    def amounts(self) -> Iterator[Characteristic]:
        """What the form brings with the status."""
        said = self.cleaned_data
        currency = self.document.currency or "EUR"
        for number, (rate, _amount) in enumerate(self.rates):
            amount = said.get(f"montant_{number}")
            if amount:
                yield receipt(amount, rate, currency=currency, on=said["jour"])
        for name, kind in (("paye", "MPA"), ("approuve", "MAPTTC")):
            if said.get(name) is not None:
                yield Characteristic(
                    type_code=kind, amount=said[name], currency=currency,
                    value_date=said.get("jour"),
                )  # fmt: skip
        if said.get("compte"):
            yield Characteristic(type_code="CBB", term="BT-84", text=said["compte"], changed=True)
        yield from self._contested()

    def _contested(self) -> Iterator[Characteristic]:
        """Yield the contested datum as the invoice says it (DIV), then as it is expected (DVA)."""
        term = self.cleaned_data.get("donnee", "")
        if not term:
            return
        binding = formats.binding_of(Syntax(self.document.syntax))
        place = binding.path_of(term) if binding.carries(term) else ""
        for name, kind in (("facture", "DIV"), ("attendu", "DVA")):
            said = self.cleaned_data.get(name, "")
            if said:
                number = _number(said)
                yield Characteristic(
                    type_code=kind, term=term, name=label(term), location=place, changed=True,
                    percent=number if term in _AS_PERCENT else None,
                    amount=number if term in _AS_AMOUNT else None,
                    currency=self.document.currency or "EUR",
                    text="" if term in _AS_PERCENT | _AS_AMOUNT else said,
                )  # fmt: skip

    def say(self, transmission: Transmission, person: Person) -> bool:
        """Say the status in the name of `person`; False, with why on the form, when refused."""
        attached = self.cleaned_data.get("piece")
        try:
            history.say(
                transmission, self.offer.code, sides.own_side(self.document),
                reason=self.cleaned_data.get("motif", ""),
                comment=self.cleaned_data.get("commentaire", ""),
                action=self.cleaned_data.get("action", ""), amounts=self.amounts,
                attachments=(attached,) if attached else (), author=person,
            )  # fmt: skip
        except RefusedByUs as error:
            self.add_error(None, error.in_full)
            return False
        return True


def _replaced_by(document: Document) -> str:
    """Name the rectificative that stands in the place of `document`; empty when none has left."""
    found = earlier.rectificatives().filter(corrects=document).first()
    if found is None:
        return ""
    return f"Remplacée par la facture rectificative {found.number} du {found.issue_date:%d/%m/%Y}."


def _sign(document: Document) -> int:
    """Return 1, or -1 where money goes the other way: what a credit note pays back."""
    return -1 if document.type_code in codes.CREDIT_NOTE else 1


def _exceeds(amount: Decimal, left: Decimal, sign: int) -> bool:
    return sign * amount > max(sign * left, Decimal(0))


def _euros(amount: Decimal) -> str:
    return f"{amount:.2f} €".replace(".", ",")


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal("".join(text.split()).replace(",", ".").rstrip("%"))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipts:
    """What was declared received (212) of an invoice, VAT included."""

    by_rate: Mapping[Decimal, Decimal]
    total: Decimal
    is_partial: bool


def receipts(document: Document, events: Iterable[Event]) -> Receipts:
    """Add up the receipts told by the `events` of `document`; a negative one takes one back."""
    by_rate: dict[Decimal, Decimal] = {}
    for event in events:
        for datum in event.amounts if event.code == "212" else ():
            if datum.get("type_code") == "MEN":
                rate = Decimal(datum.get("percent", 0))
                by_rate[rate] = by_rate.get(rate, Decimal(0)) + Decimal(datum["amount"])
    total = sum(by_rate.values(), Decimal(0))
    owed = document.total_with_vat
    is_partial = owed is not None and abs(total) < abs(owed)
    return Receipts(by_rate=by_rate, total=total, is_partial=is_partial)


def _rates(document: Document) -> Iterator[tuple[Decimal, Decimal]]:
    """Yield each VAT rate of the invoice with what is left to receive, VAT included."""
    invoice = formats.read(store.get(document.sha256)).invoice
    totals: dict[Decimal, Decimal] = {}
    for one in invoice.vat_breakdown:
        rate = one.rate or Decimal(0)
        amount = (one.taxable_amount or Decimal(0)) + (one.tax_amount or Decimal(0))
        totals[rate] = totals.get(rate, Decimal(0)) + amount
    done = receipts(document, document.events.all()).by_rate
    sign = _sign(document)
    for rate, total in sorted(totals.items(), reverse=True):
        yield rate, sign * total - done.get(rate, Decimal(0))
