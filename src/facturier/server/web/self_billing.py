"""Write the invoice of one's own supplier, under a mandate (XP Z12-014, case 19b).

The page of « Rédiger une facture » the other way round: the dossier buys, the giver of the mandate
sells, the number is the next of the mandate's series.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from facturier import formats
from facturier.errors import NotOurs
from facturier.invoice import drafting
from facturier.invoice.model import Invoice, Note, Party
from facturier.server.documents import store
from facturier.server.mandates import register, series
from facturier.server.mandates.writing_for import Kind
from facturier.server.web.access import attachment, in_dossier
from facturier.server.web.depositing import deposit_once
from facturier.server.web.dossier import frame
from facturier.server.web.writing import USUAL_TERM, InvoiceForm, Made, made_of, other_party
from facturier.server.web.writing import seller_of as party_of

if TYPE_CHECKING:
    from facturier.server.firm.models import Dossier
    from facturier.server.mandates.models import Mandate
    from facturier.server.web.access import Request

SELF_BILLED_INVOICE = "389"
DEBITS, RECEIPTS, EXEMPT = "debits", "encaissements", "franchise"


class SelfBilledForm(InvoiceForm):
    """Who sells is the giver of the mandate; the number is the mandate's."""

    last_shown = 13
    field_order = ("acheteur", "nom", "adresse", "code_postal", "ville", "ligne", "regime")
    regime = forms.ChoiceField(
        label=_("TVA du vendeur"),
        choices=((DEBITS, _("sur les débits")), (RECEIPTS, _("sur les encaissements")),
                 (EXEMPT, _("franchise en base, sans TVA"))),
    )  # fmt: skip

    def __init__(self, mandate: Mandate, data: Any, initial: dict[str, Any]) -> None:
        super().__init__(mandate.dossier, data, initial)
        self.mandate = mandate
        self.fields["acheteur"].label = _("SIREN du vendeur")
        self.fields["acheteur"].widget.attrs["readonly"] = True
        self.fields["commande"].label = _("Notre n° de commande")
        self.fields["iban"].label = _("IBAN du vendeur")
        self.fields["numero"].widget.attrs["readonly"] = True

    def clean_acheteur(self) -> str:
        """The giver of the mandate sells, whatever was posted."""
        return self.mandate.giver_siren

    def clean_numero(self) -> str:
        """Keep what was shown when it is of the series; else the next one."""
        shown: str = self.cleaned_data["numero"].strip()
        is_own = series.rank(self.mandate, shown) is not None
        return shown if is_own else series.upcoming(self.mandate)

    @property
    def is_exempt(self) -> bool:
        """Whether the seller charges no VAT at all."""
        return bool(self.data.get("regime") == EXEMPT)

    @property
    def is_on_receipts(self) -> bool:
        """Whether the VAT of the seller's services is due when they are paid."""
        return bool(self.data.get("regime") == RECEIPTS)

    def parties(self) -> tuple[Party, Party]:
        """Return the giver of the mandate as seller, the dossier as buyer."""
        seller = other_party(self.cleaned_data)
        if self.is_exempt:
            siren = self.mandate.giver_siren
            seller = replace(seller, vat_identifier=None, tax_registration_identifier=siren)
        buyer = replace(party_of(self.dossier), tax_registration_identifier=None)
        return seller, buyer

    def invoice(self) -> Invoice:
        """Return the self-billed invoice, with the words of the mandate (BG-1, DCL)."""
        said, mandate = super().invoice(), self.mandate
        words = f"Établie par {mandate.agent_name} au nom et pour le compte de {mandate.giver_name}"
        notes = (*said.notes, Note(subject_code="DCL", text=f"{words}."))
        return replace(said, type_code=SELF_BILLED_INVOICE, notes=notes)


@in_dossier
@require_http_methods(["GET", "POST"])
def page(request: Request, dossier: Dossier, mandate: int) -> HttpResponse:
    """Ask for the invoice of a supplier; show it with its verdict; give its PDF, or send it."""
    held = get_object_or_404(dossier.mandates.select_related("dossier"), pk=mandate)
    if held.kind != Kind.SELF_BILLING or held.agent_siren != dossier.siren or not held.prefix:
        raise Http404
    asked = request.POST if request.method == "POST" else None
    form = SelfBilledForm(held, asked, _initial(held) if asked is None else {})
    made = made_of(form) if asked and "plus" not in asked and form.is_valid() else None
    if made is not None and (refused := _uncovered(held, made)):
        form.add_error(None, refused)
        made = None
    if made is not None and "pdf" in request.POST:
        return attachment(made.data, made.name, "application/pdf")
    if made is not None and made.is_valid and "envoyer" in request.POST:
        return _send(request, held, form, made)
    if made is not None:
        form.show_completed()
    context = frame(request, dossier, "reglages") | {"form": form, "made": made, "mandate": held}
    wrong = bool(asked) and "plus" not in request.POST and made is None
    return render(request, "facturier/self_billing.html", context, status=422 if wrong else 200)


def _uncovered(mandate: Mandate, made: Made) -> str:
    """Say why no mandate covers what was written; empty when one does."""
    try:
        register.must_hold(mandate.dossier, made.invoice)
    except NotOurs as refused:
        return refused.message
    return ""


def _send(request: Request, mandate: Mandate, form: SelfBilledForm, made: Made) -> HttpResponse:
    """Take the number for good and deposit, in one transaction; a second click takes no other."""
    series.alone(mandate)
    before = mandate.dossier.flows.filter(stored_id=store.address(made.data)).first()
    if before is not None:
        return redirect(f"{reverse('results', args=[mandate.dossier_id])}?flux={before.pk}")
    number = series.take(mandate)
    if number != made.invoice.number:
        form.cleaned_data["numero"] = number
        made = made_of(form)
    sent = deposit_once(request, mandate.dossier, made.name, made.data)
    messages.success(request, f"L'auto-facture {number} est déposée.")
    return sent


def _initial(mandate: Mandate) -> dict[str, Any]:
    """Return what the last invoice under the mandate tells of the next one."""
    today = timezone.localdate()
    initial = {
        "acheteur": mandate.giver_siren, "nom": mandate.giver_name, "date": today,
        "livraison": today, "echeance": today + USUAL_TERM, "penalites": drafting.PENALTIES,
        "recouvrement": drafting.RECOVERY, "escompte": drafting.DISCOUNT,
        "numero": series.upcoming(mandate),
    }  # fmt: skip
    last = mandate.covered.filter(document__accepted=True).select_related("document").last()
    if last is not None:
        before = formats.read(store.get(last.document.sha256)).invoice
        where = before.seller.postal_address if before.seller else None
        initial |= {
            "adresse": (where and where.line_1) or "", "ville": (where and where.city) or "",
            "code_postal": (where and where.post_code) or "",
            "ligne": last.document.seller_address,
        }  # fmt: skip
        for one in before.payment_instructions:
            if one.credit_transfer is not None:
                initial["iban"] = one.credit_transfer.account or ""
    return initial
