"""Tickets of which a company may ask the invoice: link and QR code, branch, draft, proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facturier.errors import RefusedByUs
from facturier.reporting.sales import Category
from facturier.reporting.takings import Means
from facturier.server.directory.lookup import line_in_effect
from facturier.server.reporting import periods
from facturier.server.takings import imports
from facturier.server.tickets import keeping, links, proof
from facturier.server.tickets.models import PAID_BY, Ticket
from facturier.server.web.access import attachment, in_dossier
from facturier.server.web.doing import do
from facturier.server.web.dossier import frame
from facturier.server.web.fields import DayField
from facturier.server.web.takings import TAB
from facturier.server.web.takings_forms import AmountField, asked
from facturier.server.web.writing import other_party, seller_of

if TYPE_CHECKING:
    from facturier.invoice.model import Party
    from facturier.reporting.takings import Department
    from facturier.server.firm.models import Dossier
    from facturier.server.takings.models import TakingsChoice
    from facturier.server.web.access import Request

SHOWN = 200
INVOICED = (Category.GOODS, Category.SERVICES)


class TicketForm(forms.Form):
    """What stands on the ticket: where, when, how much at which rate."""

    jour = DayField(label="Jour")
    caisse = forms.ChoiceField(label="Caisse")
    numero = forms.CharField(label="Numéro du ticket", max_length=40)
    moyen = forms.ChoiceField(
        label="Payé par", choices=[(one, Means(one).label) for one in PAID_BY]
    )

    def __init__(self, data: Any, choice: TakingsChoice | None) -> None:
        super().__init__(data, initial={"jour": periods.today(), "moyen": Means.CARD.value})
        names = choice.tills if choice else ["Caisse"]
        self.fields["caisse"].choices = [(one, one) for one in names]  # type: ignore[attr-defined]
        self.departments = [one for one in asked(choice, None) if one.category in INVOICED]
        for rank, one in enumerate(self.departments):
            rate = f"{one.rate.normalize():f}".replace(".", ",")
            self.fields[f"rayon{rank}"] = AmountField(label=f"{one.label}, TTC ({rate} %)")

    def clean_jour(self) -> Any:
        """Refuse a day to come."""
        if self.cleaned_data["jour"] > periods.today():
            raise forms.ValidationError("Ce jour n'est pas encore passé.")
        return self.cleaned_data["jour"]

    def clean(self) -> dict[str, Any]:
        """Refuse a ticket without amount."""
        said = super().clean() or {}
        amounts = [said.get(f"rayon{rank}") for rank, _ in enumerate(self.departments)]
        if not self.errors and (
            not any(amounts) or any(one is not None and one < 0 for one in amounts)
        ):
            raise forms.ValidationError("Donnez au moins un montant, positif.")
        return said

    def parts(self) -> list[dict[str, str]]:
        """Return what was sold, by department."""
        return [
            _part(one, self.cleaned_data[f"rayon{rank}"])
            for rank, one in enumerate(self.departments) if self.cleaned_data[f"rayon{rank}"]
        ]  # fmt: skip


def _part(one: Department, gross: Any) -> dict[str, str]:
    return {
        "label": one.label, "rate": str(one.rate), "category": one.category.value,
        "gross": str(gross),
    }  # fmt: skip


@in_dossier
@require_GET
def listing(request: Request, dossier: Dossier) -> HttpResponse:
    """List the tickets that have a link; those whose invoice is asked first."""
    rows = dossier.tickets.prefetch_related("invoices__flow__document")
    context = frame(request, dossier, TAB) | {
        "asked": rows.exclude(asked_at=None).filter(invoices=None)[:SHOWN],
        "others": rows.exclude(asked_at__isnull=False, invoices=None)[:SHOWN],
    }  # fmt: skip
    return render(request, "facturier/tickets.html", context)


@in_dossier
@require_http_methods(["GET", "POST"])
def new(request: Request, dossier: Dossier) -> HttpResponse:
    """Ask what stands on a ticket; give its link."""
    form = TicketForm(request.POST or None, imports.choice_of(dossier))
    if form.is_valid():
        said = form.cleaned_data
        try:
            ticket = keeping.give(
                dossier, said["jour"], said["caisse"], said["numero"].strip(), form.parts(),
                Means(said["moyen"]), request.user,
            )  # fmt: skip
        except RefusedByUs as refused:
            form.add_error(None, refused.in_full)
        else:
            return redirect("ticket", dossier.pk, ticket.pk)
    return render(
        request, "facturier/ticket_new.html", frame(request, dossier, TAB) | {"form": form}
    )


def _found(dossier: Dossier, ticket: int) -> Ticket:
    return get_object_or_404(dossier.tickets.select_related("dossier", "cancelled_by"), pk=ticket)


@in_dossier
@require_GET
def page(request: Request, dossier: Dossier, ticket: int) -> HttpResponse:
    """Show a ticket: its link and QR code; who asks; the branch; the invoice that is ready."""
    found = _found(dossier, ticket)
    link = request.build_absolute_uri(reverse("ticket_link", args=[links.token(found)]))
    sent = keeping.standing(found)
    ready = keeping.made(found, *parties(found)) if found.asked_at and not sent else ()
    context = frame(request, dossier, TAB) | {
        "ticket": found, "link": link, "drawing": links.drawing(link), "sent": sent,
        "ready": ready, "is_valid": all(one.is_valid for one in ready),
        "slices": found.sale().slices, "z": keeping.takings_of(found),
        "is_reported": keeping.is_reported(found),
        "way": line_in_effect(found.buyer["line"]) if ready else None,
    }  # fmt: skip
    return render(request, "facturier/ticket.html", context)


def parties(ticket: Ticket) -> tuple[Party, Party]:
    """Return seller and buyer of the invoice of a ticket that was asked for."""
    said = ticket.buyer
    typed = {
        "acheteur": said["siren"], "nom": said["name"], "siret": said.get("siret", ""),
        "adresse": said.get("address", ""), "code_postal": said["post_code"],
        "ville": said["city"], "ligne": said["line"],
    }  # fmt: skip
    return seller_of(ticket.dossier), other_party(typed)


@in_dossier
@require_POST
def cancel(request: Request, dossier: Dossier, ticket: int) -> HttpResponse:
    """Say that the till cancelled the ticket before its takings were reported."""
    found, still = _found(dossier, ticket), "retirer" in request.POST
    said = "Ticket annulé en caisse : sa facture est une facture ordinaire."
    do(request, lambda: keeping.cancel(found, is_still_in=still, by=request.user), said)
    return redirect("ticket", dossier.pk, found.pk)


@in_dossier
@require_POST
def send(request: Request, dossier: Dossier, ticket: int) -> HttpResponse:
    """Deposit the invoice that was ready."""
    found = _found(dossier, ticket)
    if found.asked_at is None:
        messages.error(request, "Personne n'a demandé la facture de ce ticket.")
        return redirect("ticket", dossier.pk, found.pk)
    said = "La facture est déposée : suivez-la dans « Émises »."
    do(request, lambda: keeping.send(found, *parties(found), request.user), said)
    return redirect("ticket", dossier.pk, found.pk)


@in_dossier
@require_GET
def proof_page(request: Request, dossier: Dossier, ticket: int) -> HttpResponse:
    """Show that the VAT of a ticket is counted once, or where it is not."""
    found = _found(dossier, ticket)
    context = frame(request, dossier, TAB) | {"ticket": found, "proof": proof.of(found)}
    return render(request, "facturier/ticket_proof.html", context)


@in_dossier
@require_GET
def proof_pdf(request: Request, dossier: Dossier, ticket: int) -> HttpResponse:  # noqa: ARG001
    """Give the same as PDF."""
    found = _found(dossier, ticket)
    name = f"preuve-ticket-{found.number}.pdf"
    return attachment(proof.pdf(proof.of(found)), name, "application/pdf")
