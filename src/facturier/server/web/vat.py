"""The draft of a VAT return (CA3) of a dossier, its controls, and what the tax office holds."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from facturier.server.books.models import Entry
from facturier.server.vat import credit, returns, settling, terms
from facturier.server.vat.entries import document_of
from facturier.server.web import sheets
from facturier.server.web.access import in_dossier, must_keep_books
from facturier.server.web.doing import do
from facturier.server.web.dossier import frame
from facturier.server.web.sheets import Sheet
from facturier.vat.form import FORM, LINES
from facturier.vat.told import DEDUCTED, RATES, label_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from facturier.server.firm.models import Dossier
    from facturier.server.vat.returns import Return
    from facturier.server.web.access import Request
    from facturier.vat.draft import Box
    from facturier.vat.form import Frame, Printed
    from facturier.vat.gaps import Gap, Row, View
    from facturier.vat.sides import Period

TAB = "journaux"
PAGE = 200
DRAFT = "brouillon de travail"
BOXES = {DEDUCTED: ("19", "20"), "A3": ("A3", "B4")}
"""Rows of the comparison that are several lines of the form."""


class Asked(forms.Form):
    """Which period; the last whole one when nothing readable is asked."""

    mois = forms.DateField(required=False, label=_("Période"), input_formats=("%Y-%m",))

    def period(self, dossier: Dossier) -> Period:
        """Return the period that holds the month asked for."""
        day = self.cleaned_data.get("mois") if self.is_valid() else None
        if day is not None:
            return terms.period_of(dossier, day)
        today = timezone.localdate()
        return terms.before(dossier, terms.period_of(dossier, today))


def _asked(request: Request, dossier: Dossier) -> Period:
    return Asked(request.GET or request.POST).period(dossier)


def _around(request: Request, dossier: Dossier, period: Period) -> dict[str, Any]:
    return frame(request, dossier, TAB) | {
        "period": period, "periods": list(terms.shown(dossier, timezone.localdate())),
        "before": terms.before(dossier, period).first, "after": terms.after(period.last, 1),
        "no_form": terms.without_form(dossier),
    }  # fmt: skip


def _subtitle(dossier: Dossier, period: Period) -> str:
    return (
        f"{dossier.name} · du {period.first:%d/%m/%Y} au {period.last:%d/%m/%Y} · {DRAFT}, "
        "écritures du brouillard comprises"
    )


# The form


@in_dossier
@require_GET
def page(request: Request, dossier: Dossier) -> HttpResponse:
    """Show the controls, then the form with its printed line numbers."""
    period = _asked(request, dossier)
    one = returns.draft(dossier, period)
    if found := sheets.asked(request, dossier, lambda: _form_sheet(dossier, one)):
        return found
    context = _around(request, dossier, period) | {
        "one": one, "frames": list(_frames(one)), "controls": returns.cadrage(dossier, one),
        "drafts": sum(1 for entry in one.booked if entry.is_draft),
    }  # fmt: skip
    return render(request, "facturier/vat.html", context)


def _frames(one: Return) -> Iterator[tuple[Frame, list[tuple[Printed, Box | None]]]]:
    """Yield each frame of the form with its lines, filled or empty."""
    frame_of: dict[Frame, list[tuple[Printed, Box | None]]] = {}
    for printed in FORM:
        frame_of.setdefault(printed.frame, []).append((printed, one.made.box(printed.code)))
    yield from frame_of.items()


def _form_sheet(dossier: Dossier, one: Return) -> Sheet:
    return Sheet(
        title="Brouillon de CA3", subtitle=_subtitle(dossier, one.period),
        columns=("Ligne", "Intitulé", "Base HT", "Taxe", "Base au centime", "Taxe au centime",
                 "Dont brouillard"),
        rows=[
            (box.code, box.printed.label, box.shown_base, box.shown_tax, box.base, box.tax,
             sum((part.tax or part.base for part in box.drafts), Decimal(0)))
            for box in one.made.boxes
        ],
    )  # fmt: skip


@in_dossier
@require_GET
def box(request: Request, dossier: Dossier, printed: str) -> HttpResponse:
    """Show the entry lines of one box, each with its entry and its document."""
    if printed not in LINES:
        raise Http404
    period = _asked(request, dossier)
    found = returns.draft(dossier, period).made.box(printed)
    parts: Sequence[Any] = found.parts if found else ()
    pages = Paginator(parts, PAGE).get_page(request.GET.get("page"))
    if answered := sheets.asked(
        request, dossier, lambda: _box_sheet(dossier, period, printed, parts)
    ):
        return answered
    rows = Entry.objects.filter(dossier=dossier).select_related("journal").defer("remarks")
    entries = rows.in_bulk([part.entry.entry for part in pages])
    context = _around(request, dossier, period) | {
        "box": found, "printed": LINES[printed], "page": pages,
        "shown": [(part, entries.get(part.entry.entry), document_of(part.entry.key))
                  for part in pages],
    }  # fmt: skip
    return render(request, "facturier/vat_box.html", context)


def _box_sheet(dossier: Dossier, period: Period, code: str, parts: Sequence[Any]) -> Sheet:
    return Sheet(
        title=f"CA3 ligne {code}", subtitle=_subtitle(dossier, period),
        columns=("Date", "Pièce", "Libellé", "Compte", "Base HT", "Taxe", "État"),
        rows=[(part.entry.day, part.entry.document, part.entry.label, part.line.account, part.base,
               part.tax, "brouillard" if part.is_draft else "validée") for part in parts],
        foot=(None, "Total", "", "", sum((part.base for part in parts), Decimal(0)),
              sum((part.tax for part in parts), Decimal(0)), ""),
    )  # fmt: skip


@in_dossier
@require_POST
def credit_brought(request: Request, dossier: Dossier) -> HttpResponse:
    """Keep the credit that the return before left, typed by the cabinet."""
    must_keep_books(request, dossier)
    period = _asked(request, dossier)
    form = CreditForm(request.POST)
    back = redirect("vat", dossier.pk)
    back.headers["Location"] += f"?mois={period.first:%Y-%m}"
    if not form.is_valid():
        messages.error(request, _("Le crédit reporté est un nombre entier d'euros."))
        return back
    amount = form.cleaned_data["credit"]
    do(request, lambda: credit.type_in(dossier, period, amount, request.user),
       str(_("Crédit reporté enregistré (ligne 22).")))  # fmt: skip
    return back


class CreditForm(forms.Form):
    """The credit that the return before left."""

    credit = forms.DecimalField(min_value=0, max_digits=14, decimal_places=0)


# What the tax office holds


@in_dossier
@require_GET
def held(request: Request, dossier: Dossier) -> HttpResponse:
    """Show what the tax office holds beside books and draft, each difference named."""
    period = _asked(request, dossier)
    one = returns.draft(dossier, period)
    view = returns.view(dossier, one)
    if found := sheets.asked(request, dossier, lambda: _view_sheet(dossier, period, view)):
        return found
    context = _around(request, dossier, period) | {
        "one": one, "view": view, "rows": [_shown_row(one, row) for row in view.rows],
        "groups": [(name, [_shown_gap(gap) for gap in gaps]) for name, gaps in
                   (("a-faire", view.to_do), ("attendus", view.lawful))],
    }  # fmt: skip
    return render(request, "facturier/vat_held.html", context)


@in_dossier
@require_POST
def settle(request: Request, dossier: Dossier, document: int) -> HttpResponse:
    """Propose the entries of the payments that a seller said to have received (212)."""
    must_keep_books(request, dossier)
    found = get_object_or_404(dossier.documents.select_related("dossier"), pk=document)
    period = _asked(request, dossier)
    do(request, lambda: settling.propose(found, period),
       str(_("Règlement proposé au brouillard : vérifiez la banque, puis validez.")))  # fmt: skip
    back = redirect("vat_held", dossier.pk)
    back.headers["Location"] += f"?mois={period.first:%Y-%m}"
    return back


def _shown_row(one: Return, row: Row) -> dict[str, Any]:
    """Return a row with what the form will show of it, in whole euros."""
    codes = BOXES.get(row.row, (row.row,))
    boxes = [found for code in codes if (found := one.made.box(code))]
    return {
        "row": row, "label": label_of(row.row), "is_tax": row.row in RATES or row.row == DEDUCTED,
        "is_base": row.row != DEDUCTED, "base": sum(box.shown_base for box in boxes),
        "tax": sum(box.shown_tax for box in boxes),
    }  # fmt: skip


def _shown_gap(gap: Gap) -> dict[str, Any]:
    return {
        "gap": gap, "document": document_of(gap.key),
        "rows": [(one, label_of(one.row)) for one in gap.differences],
        "may_settle": gap.kind.id == "encaissement-non-comptabilise",
    }  # fmt: skip


def _view_sheet(dossier: Dossier, period: Period, view: View) -> Sheet:
    return Sheet(
        title="Vue DGFiP, écarts", subtitle=_subtitle(dossier, period),
        columns=("Nature", "Écart", "Pièce", "Tiers", "Date", "Ligne", "Base administration",
                 "Base livres", "TVA administration", "TVA livres", "À garder ou à faire"),
        rows=[
            ("Attendu" if gap.kind.lawful else "À traiter", gap.kind.label, gap.number, gap.party,
             gap.day, one.row, one.held_base, one.booked_base, one.held_tax, one.booked_tax,
             f"{gap.kind.said} {gap.detail}".strip())
            for gap in view.gaps for one in gap.differences
        ],
    )  # fmt: skip
