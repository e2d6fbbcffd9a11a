"""Balance, general ledger and aged balance: pages, and the same lists as files."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from facturier.ledger.entries import ZERO
from facturier.server.books import reading, years
from facturier.server.books.reading import Asked
from facturier.server.web import sheets
from facturier.server.web.access import in_dossier
from facturier.server.web.dossier import frame
from facturier.server.web.listing import LONGEST_SEARCH
from facturier.server.web.sheets import Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facturier.server.books.reading import AgedRow, BalanceRow, Sums
    from facturier.server.books.years import Year
    from facturier.server.firm.models import Dossier
    from facturier.server.web.access import Request

TAB = "journaux"
PAGE = 100
LETTERED = [("", _("Lettrées ou non")), ("non", _("Non lettrées")), ("oui", _("Lettrées"))]
SUPPLIERS, CUSTOMERS = reading.SUPPLIERS, reading.CUSTOMERS
SIDES = {"fournisseurs": SUPPLIERS, "clients": CUSTOMERS}
BALANCES = {"generale": "", "fournisseurs": SUPPLIERS, "clients": CUSTOMERS, "tiers": ""}
TITLES = {"generale": "Balance générale", "fournisseurs": "Balance fournisseurs",
          "clients": "Balance clients", "tiers": "Balance auxiliaire"}  # fmt: skip


class Filter(forms.Form):
    """The filters above the books; what is not understood filters nothing."""

    exercice = forms.DateField(required=False, label=_("Exercice"))
    du = forms.DateField(required=False, label=_("Du"))
    au = forms.DateField(required=False, label=_("Au"))
    compte = forms.CharField(required=False, max_length=20, label=_("Compte"))
    tiers = forms.CharField(required=False, max_length=30, label=_("Tiers"))
    journal = forms.CharField(required=False, max_length=10, label=_("Journal"))
    q = forms.CharField(required=False, max_length=LONGEST_SEARCH, label=_("Rechercher"))
    lettre = forms.ChoiceField(required=False, choices=LETTERED, label=_("Lettrage"))
    brouillard = forms.BooleanField(required=False, label=_("Avec le brouillard"))
    tri = forms.ChoiceField(required=False, choices=[(one, one) for one in reading.SORTS])

    def year(self, dossier: Dossier) -> Year:
        """Return the financial year asked for, else the one of today."""
        day = self.cleaned_data.get("exercice") or timezone.localdate()
        return years.year_of(day, years.month_of(dossier))

    def asked(self, year: Year) -> Asked:
        """Return which lines, inside `year` unless days are named."""
        said = self.cleaned_data
        return Asked(
            first=said.get("du") or year.first, last=said.get("au") or year.last,
            account=said.get("compte") or "", auxiliary=said.get("tiers") or "",
            journal=said.get("journal") or "", words=said.get("q") or "",
            lettered=said.get("lettre") or "", with_drafts=bool(said.get("brouillard")),
        )  # fmt: skip


def _read(request: Request, dossier: Dossier) -> tuple[Filter, Year, Asked]:
    form = Filter(request.GET)
    form.is_valid()
    year = form.year(dossier)
    return form, year, form.asked(year)


def _around(request: Request, dossier: Dossier, form: Filter, year: Year) -> dict[str, Any]:
    return frame(request, dossier, TAB) | {
        "form": form, "year": year, "years": years.years_of(dossier),
        "journals": dossier.journals.all(), "is_narrowed": bool(set(request.GET) - {"liste"}),
    }  # fmt: skip


def _subtitle(dossier: Dossier, asked: Asked) -> str:
    drafts = ", brouillard compris" if asked.with_drafts else ""
    return f"{dossier.name} · du {asked.first:%d/%m/%Y} au {asked.last:%d/%m/%Y}{drafts}"


# Balance


@in_dossier
@require_GET
def balance(request: Request, dossier: Dossier) -> HttpResponse:
    """Show the balance of a financial year beside the one before."""
    form, year, asked = _read(request, dossier)
    which = request.GET.get("liste", "")
    which = which if which in BALANCES else "generale"
    before = years.year_of(year.first - years.ONE_DAY, years.month_of(dossier))
    narrowed = asked if asked.account else replace(asked, account=BALANCES[which])
    rows = reading.balance(dossier, narrowed, before=before, by_party=which != "generale")
    sums = reading.summed(rows)
    title, subtitle = TITLES[which], _subtitle(dossier, asked)
    file = sheets.asked(request, dossier, lambda: _balance_sheet(title, subtitle, rows, sums))
    if file is not None:
        return file
    context = _around(request, dossier, form, year) | {
        "rows": rows, "sums": sums, "which": which, "title": title, "asked": asked,
        "before": before, "lists": [(one, TITLES[one]) for one in BALANCES],
        "lacks_opening": _lacks_opening(dossier, year, before),
    }  # fmt: skip
    return render(request, "facturier/balance.html", context)


def _lacks_opening(dossier: Dossier, year: Year, before: Year) -> bool:
    """Tell whether the year before has entries and this one no opening entry."""
    there = dossier.entries.filter(state__in=reading.states(with_drafts=False))
    opened = there.filter(journal__kind="opening", date__range=(year.first, year.last))
    return there.filter(date__range=(before.first, before.last)).exists() and not opened.exists()


def _balance_sheet(title: str, subtitle: str, rows: Sequence[BalanceRow], sums: Sums) -> Sheet:
    debits = sum((row.debit_balance for row in rows), ZERO)
    credits_ = sum((row.credit_balance for row in rows), ZERO)
    return Sheet(
        title=title, subtitle=subtitle,
        columns=("Compte", "Tiers", "Intitulé", "Débit", "Crédit", "Solde débiteur",
                 "Solde créditeur", "Solde N-1"),
        rows=[(row.account, row.auxiliary, row.label, row.debit, row.credit, row.debit_balance,
               row.credit_balance, row.before) for row in rows],
        foot=("Total", "", "", sums.debit, sums.credit, debits, credits_, None),
    )  # fmt: skip


# General ledger


@in_dossier
@require_GET
def general_ledger(request: Request, dossier: Dossier) -> HttpResponse:
    """Show the lines of the accounts, a page at a time, with their running balance."""
    form, year, asked = _read(request, dossier)
    sort = form.cleaned_data.get("tri") or "compte"
    rows = reading.general_ledger(dossier, asked, sort)
    sums = reading.sums_of(reading.lines(dossier, asked))
    subtitle = _subtitle(dossier, asked)
    file = sheets.asked(
        request, dossier, lambda: _ledger_sheet(subtitle, rows.iterator(2000), sums)
    )
    if file is not None:
        return file
    pages = Paginator(rows.values_list("pk", flat=True), PAGE)
    pages.count = sums.count  # counted with the sums: once is enough
    page = pages.get_page(request.GET.get("page"))
    by_account = sort == "compte"
    lines = reading.of_keys(dossier, page)
    shown: list[Any] = [{"line": one} for one in lines]
    if by_account:
        shown = list(reading.running(dossier, asked, lines))
    context = _around(request, dossier, form, year) | {
        "page": page, "shown": shown, "sums": sums, "asked": asked, "by_account": by_account,
        "labels": dict(dossier.accounts.filter(auxiliary="").values_list("number", "label")),
    }  # fmt: skip
    return render(request, "facturier/general_ledger.html", context)


def _ledger_sheet(subtitle: str, rows: Any, sums: Sums) -> Sheet:
    return Sheet(
        title="Grand livre", subtitle=subtitle,
        columns=("Compte", "Tiers", "Nom du tiers", "Date", "Journal", "Écriture", "Pièce",
                 "Libellé", "Débit", "Crédit", "Lettre"),
        rows=[(one.account, one.auxiliary, one.auxiliary_label, one.entry.date,
               one.entry.journal.code, one.entry.number, one.piece or one.entry.piece, one.label,
               one.debit, one.credit, one.letter) for one in rows],
        foot=("Total", "", "", None, "", "", "", "", sums.debit, sums.credit, ""),
    )  # fmt: skip


# Aged balance


@in_dossier
@require_GET
def aged(request: Request, dossier: Dossier) -> HttpResponse:
    """Show what third parties owe, or are owed, by how late it is."""
    form = Filter(request.GET)
    form.is_valid()
    which = request.GET.get("liste", "")
    which = which if which in SIDES else "clients"
    on = form.cleaned_data.get("au") or timezone.localdate()
    drafts = bool(form.cleaned_data.get("brouillard"))
    rows = reading.aged(dossier, SIDES[which], on, with_drafts=drafts)
    file = sheets.asked(request, dossier, lambda: _aged_sheet(dossier, which, on, rows))
    if file is not None:
        return file
    context = frame(request, dossier, TAB) | {
        "form": form, "rows": rows, "which": which, "on": on, "lists": list(SIDES),
        "steps": [label for label, _more, _most in reading.STEPS], "totals": _totals(rows),
    }  # fmt: skip
    return render(request, "facturier/aged.html", context)


def _totals(rows: Sequence[AgedRow]) -> list[Any]:
    """Return the sum of each age, then of all."""
    places = range(len(reading.STEPS))
    sums = [sum((row.steps[n] for row in rows), ZERO) for n in places]
    return [*sums, sum(sums, ZERO)]


def _aged_sheet(dossier: Dossier, which: str, on: date, rows: Sequence[AgedRow]) -> Sheet:
    return Sheet(
        title=f"Balance âgée {which}", subtitle=f"{dossier.name} · au {on:%d/%m/%Y}",
        columns=("Compte", "Tiers", "Nom", *(label for label, _m, _n in reading.STEPS), "Total"),
        rows=[(row.account, row.auxiliary, row.label, *row.steps, row.total) for row in rows],
        foot=("Total", "", "", *_totals(rows)),
    )  # fmt: skip
