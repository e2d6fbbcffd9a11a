"""Entries, journals and the FEC of a dossier."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Count, Q, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from facturier.errors import RefusedByUs
from facturier.findings import Severity
from facturier.formats.fec import write_fec
from facturier.ledger.entries import ZERO
from facturier.ledger.fec import check, file_name
from facturier.server.books import booking
from facturier.server.books.models import Entry, EntryLine
from facturier.server.web import sheets
from facturier.server.web.access import attachment, in_dossier, must_keep_books
from facturier.server.web.doing import do
from facturier.server.web.dossier import frame
from facturier.server.web.listing import LONGEST_SEARCH
from facturier.server.web.sheets import Sheet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from facturier.findings import Finding
    from facturier.server.firm.models import Dossier
    from facturier.server.web.access import Request

PAGE = 100
SEVERITIES = {Severity.FATAL: "bloquant", Severity.WARNING: "à vérifier",
              Severity.ADVICE: "conseil", Severity.INTERNAL: "à signaler"}  # fmt: skip


class Filter(forms.Form):
    """The filters above the entries; what is not understood filters nothing."""

    q = forms.CharField(required=False, max_length=LONGEST_SEARCH, label=_("Rechercher"))
    etat = forms.ChoiceField(
        required=False, label=_("État"), choices=[("", _("Tous les états")), *Entry.State.choices]
    )
    journal = forms.CharField(required=False, label=_("Journal"))
    du = forms.DateField(required=False, label=_("Du"))
    au = forms.DateField(required=False, label=_("Au"))

    def apply(self, entries: QuerySet[Entry]) -> QuerySet[Entry]:
        """Keep the entries that pass."""
        wanted = self.cleaned_data
        for word in (wanted.get("q") or "").split():
            in_lines = EntryLine.objects.filter(
                Q(account__startswith=word) | Q(auxiliary_label__icontains=word)
                | Q(auxiliary__icontains=word)
            )  # fmt: skip
            entries = entries.filter(
                Q(label__icontains=word) | Q(piece__icontains=word) | Q(number__icontains=word)
                | Q(pk__in=in_lines.values("entry"))
            )  # fmt: skip
        exact = {
            "state": wanted.get("etat"), "journal__code": wanted.get("journal"),
            "date__gte": wanted.get("du"), "date__lte": wanted.get("au"),
        }  # fmt: skip
        return entries.filter(**{name: value for name, value in exact.items() if value})


@in_dossier
@require_GET
def entries(request: Request, dossier: Dossier) -> HttpResponse:
    """List the entries with their lines."""
    form = Filter(request.GET)
    form.is_valid()
    kept = form.apply(dossier.entries.all())
    if file := sheets.asked(request, dossier, lambda: _entries_sheet(dossier, kept)):
        return file
    beside = ("journal", "document", "validated_by", "reverses", "reversed_by", "cause")
    detailed = kept.select_related(*beside)
    page = Paginator(detailed.prefetch_related("lines").order_by("-date", "-pk"), PAGE).get_page(
        request.GET.get("page")
    )
    total = EntryLine.objects.filter(entry__in=kept.order_by()).aggregate(
        debit=Sum("debit"), credit=Sum("credit")
    )
    journals = dossier.journals.all()
    context: dict[str, Any] = {"page": page, "form": form, "total": total, "journals": journals}
    return render(request, "facturier/entries.html", frame(request, dossier, "ecritures") | context)


def _entries_sheet(dossier: Dossier, kept: QuerySet[Entry]) -> Sheet:
    """Return the lines of the entries, entry by entry, the latest first."""
    lines = EntryLine.objects.filter(entry__in=kept.order_by()).select_related("entry__journal")
    found = list(lines.order_by("-entry__date", "-entry__pk", "rank"))
    return Sheet(
        title="Écritures", subtitle=dossier.name,
        columns=("Journal", "Écriture", "Date", "État", "Pièce", "Compte", "Tiers",
                 "Nom du tiers", "Libellé", "Débit", "Crédit", "Règle", "Pourquoi"),
        rows=[(one.entry.journal.code, one.entry.number, one.entry.date,
               one.entry.get_state_display(), one.piece or one.entry.piece, one.account,
               one.auxiliary, one.auxiliary_label, one.label, one.debit, one.credit, one.rule,
               one.reason) for one in found],
        foot=("Total", "", None, "", "", "", "", "", "", sum((one.debit for one in found), ZERO),
              sum((one.credit for one in found), ZERO), "", ""),
    )  # fmt: skip


@in_dossier
@require_GET
def entry(request: Request, dossier: Dossier, entry: int) -> HttpResponse:
    """Show one entry with its lines: the end of the way down from a balance."""
    beside = ("journal", "document", "validated_by", "reverses__journal", "reversed_by", "cause")
    rows = dossier.entries.select_related(*beside, "taken_over").prefetch_related("lines")
    context = frame(request, dossier, "journaux") | {"entry": get_object_or_404(rows, pk=entry)}
    return render(request, "facturier/entry.html", context)


@in_dossier
@require_POST
def validate(request: Request, dossier: Dossier, entry: int) -> HttpResponse:
    """Validate a proposed entry in the name of the person."""
    found = _entry(request, dossier, entry)
    try:
        done = booking.validate(found, request.user)
    except RefusedByUs as error:
        messages.error(request, error.in_full)
    else:
        messages.success(request, f"Écriture {done.journal.code} {done.number} validée.")
    return _back(request, dossier)


@in_dossier
@require_POST
def reverse(request: Request, dossier: Dossier, entry: int) -> HttpResponse:
    """Propose the entry that cancels a validated one."""
    found = _entry(request, dossier, entry)
    said = "La contre-passation est proposée : validez-la."
    do(request, lambda: booking.reverse(found), said)
    return _back(request, dossier)


def _entry(request: Request, dossier: Dossier, entry: int) -> Entry:
    found = get_object_or_404(dossier.entries, pk=entry)
    must_keep_books(request, dossier)
    return found


def _back(request: Request, dossier: Dossier) -> HttpResponse:
    """Return to the page of this site on which the person was."""
    address = request.POST.get("retour", "")
    if url_has_allowed_host_and_scheme(address, allowed_hosts=None) and address.startswith("/"):
        return redirect(address)
    return redirect("entries", dossier.pk)


@in_dossier
@require_GET
def journals(request: Request, dossier: Dossier) -> HttpResponse:
    """Show the journals with their totals, and the export of a financial year."""
    done = Q(entries__state__in=Entry.IN_THE_BOOKS)
    rows = dossier.journals.annotate(
        proposed=Count("entries", filter=Q(entries__state=Entry.State.PROPOSED), distinct=True),
        validated=Count("entries", filter=done, distinct=True),
        debit=Sum("entries__lines__debit", filter=done),
        credit=Sum("entries__lines__credit", filter=done),
    )
    form = ClosingForm(request.GET if "cloture" in request.GET else None)
    closing = form.closing()
    findings = check(booking.fec_of(dossier, closing)) if form.is_bound else None

    def made() -> Sheet:
        if findings is None:
            return _journals_sheet(dossier, rows)
        return _report_sheet(dossier, closing, findings)

    if file := sheets.asked(request, dossier, made):
        return file
    context = {"journals": rows, "form": form, "closing": closing, "findings": findings}
    return render(request, "facturier/journals.html", frame(request, dossier, "journaux") | context)


def _journals_sheet(dossier: Dossier, rows: Iterable[Any]) -> Sheet:
    """Return the journals with their totals."""
    found = [(one.code, one.label, one.proposed, one.validated, one.debit or ZERO,
              one.credit or ZERO) for one in rows]  # fmt: skip
    return Sheet(
        title="Journaux", subtitle=dossier.name,
        columns=("Code", "Journal", "À valider", "Validées", "Débit validé", "Crédit validé"),
        rows=found,
        foot=("Total", "", *(sum(row[place] for row in found) for place in range(2, 6))),
    )  # fmt: skip


def _report_sheet(dossier: Dossier, closing: date, findings: Iterable[Finding]) -> Sheet:
    """Return what the FEC of a year is found to lack."""
    return Sheet(
        title="Contrôle du FEC", subtitle=f"{dossier.name} · exercice clos le {closing:%d/%m/%Y}",
        columns=("Règle", "Gravité", "Où", "Constat", "Remède"),
        rows=[(one.rule, SEVERITIES[one.severity], one.where, one.message, one.remedy)
              for one in findings],
    )  # fmt: skip


class ClosingForm(forms.Form):
    """Which financial year: the day on which it closes."""

    cloture = forms.DateField(
        label=_("Exercice clos le"),
        validators=[MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(2999, 12, 31))],
    )

    def closing(self) -> date:
        """Return the closing day asked for; the end of this year when none is."""
        if self.is_valid():
            return cast("date", self.cleaned_data["cloture"])
        return timezone.localdate().replace(month=12, day=31)


@in_dossier
@require_GET
def fec(request: Request, dossier: Dossier) -> HttpResponse:
    """Give the FEC of a financial year (LPF A47 A-1)."""
    closing = ClosingForm(request.GET).closing()
    content = write_fec(booking.fec_of(dossier, closing))
    return attachment(content, file_name(dossier.siren, closing), "text/plain; charset=iso-8859-15")
