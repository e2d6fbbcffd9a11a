"""Takings without invoice of a dossier: the days, one day and its corrections, the phone page."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facturier.errors import RefusedByUs
from facturier.invoice.money import total
from facturier.server.firm.rights import keeps_books
from facturier.server.reporting import periods
from facturier.server.takings import chasing, imports, keeping, told
from facturier.server.takings.models import Closure, DayEntry, DayTakings, TakingsChoice, TillFile
from facturier.server.web.access import in_dossier, must_keep_books
from facturier.server.web.doing import do
from facturier.server.web.dossier import frame
from facturier.server.web.takings_forms import ChoiceForm, DayForm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facturier.server.firm.models import Dossier
    from facturier.server.web.access import Request

TAB = "recettes"
FILES_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDay:
    """One day of the month as the list shows it."""

    day: date
    rows: Sequence[DayTakings]
    missing: Sequence[str]
    """Tills that nobody told."""
    is_closed: bool
    """Whether nothing is awaited."""


@in_dossier
@require_GET
def listing(request: Request, dossier: Dossier) -> HttpResponse:
    """Show the days of a month: what was taken, what is missing."""
    choice = imports.choice_of(dossier)
    month = _month(request.GET.get("mois", ""))
    days = _days(dossier, choice, month)
    rows = [row for one in days for row in one.rows]
    context = frame(request, dossier, TAB) | {
        "choice": choice, "month": month, "days": days, "missing": chasing.of(dossier),
        "before": month - timedelta(days=1), "after": _end(month) + timedelta(days=1),
        "today": periods.today(), "sums": [total(getattr(row, name) for row in rows)
                                           for name in ("gross", "net", "tax")],
        "files": TillFile.objects.filter(dossier=dossier).select_related("by")[:FILES_SHOWN],
    }  # fmt: skip
    return render(request, "facturier/takings.html", context)


def _month(text: str) -> date:
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        return periods.today().replace(day=1)
    return found if 2000 <= found.year <= 2100 else periods.today().replace(day=1)  # noqa: PLR2004


def _end(month: date) -> date:
    return month.replace(day=monthrange(month.year, month.month)[1])


def _days(dossier: Dossier, choice: TakingsChoice | None, month: date) -> list[ShownDay]:
    """Return the days of a month up to today, the newest first."""
    rows: dict[date, list[DayTakings]] = {}
    standing = told.standing(dossier).filter(day__range=(month, _end(month)))
    for row in standing.select_related("file", "by").order_by("till"):
        rows.setdefault(row.day, []).append(row)
    closures = Closure.objects.filter(dossier=dossier).values_list("start", "end")
    when = choice.opening(tuple(closures)) if choice and choice.is_active else None
    last, shown = min(_end(month), periods.today()), []
    for number in range((last - month).days, -1, -1):
        day = month + timedelta(days=number)
        open_ = when is not None and day in when
        known = {row.till for row in rows.get(day, ())}
        awaited = choice.tills if choice and open_ and day < periods.today() else ()
        shown.append(ShownDay(
            day=day, rows=rows.get(day, ()), missing=[one for one in awaited if one not in known],
            is_closed=not open_,
        ))  # fmt: skip
    return shown


# --- one day -------------------------------------------------------------------------------------


@in_dossier
@require_GET
def page(request: Request, dossier: Dossier, takings: int) -> HttpResponse:
    """Show a day: what stands, where it comes from, everything that was said before."""
    row = _row(dossier, takings)
    history = keeping.history(row)
    context = frame(request, dossier, TAB) | {
        "row": history[0], "history": history, "lines": history[0].lines.all(),
        "payments": history[0].z().payments,
        "booked": DayEntry.objects.filter(takings__in=history).select_related("entry__journal"),
    }  # fmt: skip
    return render(request, "facturier/takings_day.html", context)


def _row(dossier: Dossier, takings: int) -> DayTakings:
    rows = DayTakings.objects.filter(dossier=dossier)
    return get_object_or_404(rows.select_related("dossier", "file", "by"), pk=takings)


@in_dossier
@require_http_methods(["GET", "POST"])
def new(request: Request, dossier: Dossier) -> HttpResponse:
    """Ask for a day, or record it."""
    choice = imports.choice_of(dossier)
    day, till = _asked_day(request), request.GET.get("caisse", "")
    form = DayForm(request.POST or None, choice, day=day, till=till)
    if request.method == "POST" and form.is_valid():
        row = _recorded(request, dossier, form, DayTakings.Origin.FORM)
        if row is not None:
            return redirect(_month_page(dossier, row.day))
    context = frame(request, dossier, TAB) | {"form": form}
    return render(request, "facturier/takings_form.html", context)


def _asked_day(request: Request) -> date | None:
    try:
        return date.fromisoformat(request.GET.get("jour", ""))
    except ValueError:
        return None


def _month_page(dossier: Dossier, day: date) -> str:
    return f"{reverse('takings', args=[dossier.pk])}?mois={day:%Y-%m}"


def _recorded(
    request: Request, dossier: Dossier, form: DayForm, origin: DayTakings.Origin
) -> DayTakings | None:
    """Record or correct the day of a valid form; None, with the reason on it, when refused."""
    z = form.cleaned_data["z"]
    try:
        if form.row is not None:
            row = keeping.correct(
                form.row, z, form.cleaned_data["motif"], origin=origin, by=request.user
            )
        else:
            row = keeping.record(dossier, z, origin=origin, by=request.user)
    except RefusedByUs as error:
        form.add_error(None, error.in_full)
        return None
    amount = f"{row.gross:,.2f}".replace(",", "\u202f").replace(".", ",")
    what = f"{amount} € TTC" if form.cleaned_data["z"].parts else "jour fermé"
    messages.success(request, f"Recette du {row.day:%d/%m/%Y} ({row.till}) enregistrée : {what}.")
    return row


@in_dossier
@require_http_methods(["GET", "POST"])
def correct(request: Request, dossier: Dossier, takings: int) -> HttpResponse:
    """Ask what a day should have said, or replace it."""
    row = _row(dossier, takings)
    form = DayForm(request.POST or None, imports.choice_of(dossier), row=row)
    if request.method == "POST" and form.is_valid():
        done = _recorded(request, dossier, form, DayTakings.Origin.FORM)
        if done is not None:
            return redirect("takings_day", dossier.pk, done.pk)
    context = frame(request, dossier, TAB) | {"form": form, "row": row}
    return render(request, "facturier/takings_form.html", context)


@in_dossier
@require_POST
def entry(request: Request, dossier: Dossier, takings: int) -> HttpResponse:
    """Propose the entry of a day: the cabinet does."""
    must_keep_books(request, dossier)
    row = _row(dossier, takings)
    said = "L'écriture est proposée : validez-la dans « Écritures »."
    do(request, lambda: keeping.propose_entry(row), said)
    return redirect("takings_day", dossier.pk, takings)


# --- the phone -----------------------------------------------------------------------------------


@in_dossier
@require_http_methods(["GET", "POST"])
def phone(request: Request, dossier: Dossier) -> HttpResponse:
    """Ask for the takings of a day on a phone: the oldest missing day first."""
    missing = chasing.of(dossier)
    first = missing[0] if missing else None
    day = _asked_day(request) or (first.day if first else periods.today())
    till = request.GET.get("caisse", first.till if first and first.day == day else "")
    form = DayForm(request.POST or None, imports.choice_of(dossier), day=day, till=till)
    sent = request.method == "POST" and form.is_valid()
    if sent and _recorded(request, dossier, form, DayTakings.Origin.PHONE) is not None:
        return redirect("takings_phone", dossier.pk)
    context = {
        "dossier": dossier, "form": form, "missing": missing, "day": day,
        "recent": told.standing(dossier).order_by("-day", "till")[:5],
    }  # fmt: skip
    return render(request, "facturier/takings_phone.html", context)


@login_required
@require_GET
def till(request: Request) -> HttpResponse:
    """Lead from the short address to the phone page; ask which dossier when there are several."""
    dossiers = list(request.dossiers.filter(takings_choice__is_active=True)[:50])
    if len(dossiers) == 1:
        return redirect("takings_phone", dossiers[0].pk)
    return render(request, "facturier/takings_which.html", {"dossiers": dossiers})


# --- choices -------------------------------------------------------------------------------------


@in_dossier
@require_http_methods(["GET", "POST"])
def choices(request: Request, dossier: Dossier) -> HttpResponse:
    """Ask when and what the dossier sells; only the cabinet changes it."""
    may = keeps_books(request.user, dossier)
    if request.method == "POST" and not may:
        raise PermissionDenied
    form = ChoiceForm(request.POST or None, dossier, request.GET.get("modele", ""))
    if request.method == "POST" and form.is_valid():
        form.keep()
        messages.success(request, "Les choix de recettes sont enregistrés.")
        return redirect("takings", dossier.pk)
    context = frame(request, dossier, TAB) | {"form": form, "may": may}
    return render(request, "facturier/takings_choices.html", context)
