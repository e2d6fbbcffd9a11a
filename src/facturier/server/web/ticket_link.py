"""The page behind the address on a ticket: a customer asks for the invoice, without an account.

It tells what stands on that one ticket, and nothing else; the word in the address is signed and
expires; who tries too often waits (:mod:`facturier.server.security.attempts`).
"""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from facturier.errors import RefusedByUs
from facturier.invoice.parties import french_vat_number
from facturier.server import clock, sight
from facturier.server.directory import people
from facturier.server.directory.lookup import line_in_effect
from facturier.server.firm.numbers import siren_of
from facturier.server.security import attempts
from facturier.server.security.place import address_of
from facturier.server.tickets import keeping, links
from facturier.server.tickets.models import Ticket

if TYPE_CHECKING:
    from django.http import HttpRequest

OF_ADDRESS = 60
"""Openings of such pages from one address in a period: a whole restaurant is behind one."""
_OF_DIRECTORY = {
    "nom": "name", "adresse": "address_line", "code_postal": "post_code", "ville": "city",
}  # fmt: skip


class AskForm(forms.Form):
    """Who wants the invoice."""

    siren = forms.CharField(
        label="SIREN de votre entreprise", max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    nom = forms.CharField(label="Raison sociale", max_length=200, required=False)
    adresse = forms.CharField(label="Adresse", max_length=200, required=False)
    code_postal = forms.CharField(label="Code postal", max_length=10, required=False)
    ville = forms.CharField(label="Commune", max_length=100, required=False)
    ligne = forms.CharField(
        label="Adresse de facturation électronique", max_length=125, required=False,
        help_text="vide : le SIREN",
    )  # fmt: skip
    commande = forms.CharField(label="Votre référence", max_length=50, required=False)

    def clean_siren(self) -> str:
        """Return the nine digits."""
        return siren_of(self.cleaned_data["siren"])

    def clean(self) -> dict[str, Any]:
        """Complete the company from the directory."""
        said = super().clean() or {}
        if said.get("siren"):
            known = people.identity(said["siren"])
            said["siret"] = known.get("siret", "")
            for name, field in _OF_DIRECTORY.items():
                said[name] = said.get(name) or known.get(field, "")
            for name in ("nom", "code_postal", "ville"):
                if not said[name]:
                    self.add_error(name, "L'annuaire ne le dit pas : complétez.")
        return said

    def buyer(self) -> dict[str, str]:
        """Return it as a ticket keeps it."""
        said = self.cleaned_data
        return {
            "siren": said["siren"], "name": said["nom"], "siret": said["siret"],
            "address": said["adresse"], "post_code": said["code_postal"], "city": said["ville"],
            "line": said["ligne"].strip() or said["siren"], "order": said["commande"].strip(),
        }  # fmt: skip

    def show_completed(self) -> None:
        """Show in the fields what the directory completed."""
        self.data = dict(self.data.items()) | {one: self.cleaned_data[one] for one in _OF_DIRECTORY}


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Answer who holds the ticket."""
    wait = attempts.wait_of({attempts.key_of("ticket", address_of(request)): OF_ADDRESS})
    if wait:
        response = render(request, "facturier/ticket_wait.html", {"minutes": math.ceil(wait / 60)},
                          status=HTTPStatus.TOO_MANY_REQUESTS)  # fmt: skip
        response.headers["Retry-After"] = str(wait)
        return response
    named = links.behind(token)
    if named is None:
        return _gone(request)
    dossier, ticket = named
    with sight.of([dossier]):
        rows = Ticket.objects.filter(dossier=dossier, expires_at__gt=clock.now())
        found = rows.select_related("dossier").filter(pk=ticket).first()
        return _gone(request) if found is None else _answered(request, found)


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "facturier/ticket_gone.html", status=HTTPStatus.NOT_FOUND)


def _answered(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Ask who buys, show what they will get, keep the demand."""
    sent = keeping.standing(ticket)
    form = AskForm(request.POST or None)
    shown: dict[str, Any] = {}
    if not sent and form.is_valid():
        buyer = form.buyer()
        if "confirmer" in request.POST:
            try:
                keeping.ask(ticket, buyer)
            except RefusedByUs:
                sent = keeping.standing(ticket)
        else:
            form.show_completed()
            shown = {
                "buyer": buyer, "way": line_in_effect(buyer["line"]),
                "vat_number": french_vat_number(buyer["siren"]),
            }  # fmt: skip
    sale = ticket.sale()
    context = {
        "ticket": ticket, "seller": ticket.dossier, "sent": sent, "form": form,
        "slices": sale.slices, "is_asked": ticket.asked_at is not None and not shown, **shown,
    }  # fmt: skip
    wrong = request.method == "POST" and not form.is_valid() and not sent
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    return render(request, "facturier/ticket_link.html", context, status=status)
