"""The next document, prepared from an invoice that went wrong: what must change, its verdict.

:mod:`facturier.invoice.corrections` makes it, :mod:`facturier.invoice.amending` puts in what a
person changes; it is written, read again and checked like any other before anybody sees it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from facturier import formats, rules
from facturier.errors import FacturierError
from facturier.findings import Outcome
from facturier.formats.detect import Syntax
from facturier.invoice import corrections
from facturier.invoice.amending import AMENDABLE, amended, data_of
from facturier.lifecycle.reasons import Draft, to_change
from facturier.server.documents import store
from facturier.server.documents.models import Document
from facturier.server.web import todo
from facturier.server.web.access import attachment, in_dossier, stem_of
from facturier.server.web.clinic import INTERNAL, LABELS, case_of
from facturier.server.web.depositing import deposit_once
from facturier.server.web.dossier import frame
from facturier.server.web.fields import DayField
from facturier.server.web.saying import AmountField

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from facturier.findings import Finding
    from facturier.formats import Reading
    from facturier.invoice.amending import Datum, Value
    from facturier.invoice.model import Invoice
    from facturier.server.firm.models import Dossier
    from facturier.server.web.access import Request
    from facturier.server.web.clinic import Case

INADMISSIBLE = "501"
_MAKERS = {
    Draft.NEW: corrections.renewed,
    Draft.RECTIFICATION: corrections.rectification,
    Draft.CREDIT_NOTE: corrections.credit_note,
}
_NAMED = re.compile(r"BT-\d+")
_LONG = 60
"""Characters of a text beyond which it gets several rows."""


class DraftForm(forms.Form):
    """The number of the document to prepare, and what may have to change in it."""

    numero = forms.CharField(
        label=gettext_lazy("Numéro du nouveau document"), max_length=35,
        help_text=gettext_lazy("Proposé d'après votre série : vérifiez-le dans votre logiciel."),
    )  # fmt: skip

    def __init__(
        self, asked: Mapping[str, str], number: str, data: Iterable[Datum],
        expected: Mapping[str, str],
    ) -> None:  # fmt: skip
        self.contested = {one.key: one for one in data}
        proposed = {one.key: _written(one.value) for one in self.contested.values()}
        super().__init__({"numero": number} | proposed | self._meant(expected) | dict(asked))
        for one in self.contested.values():
            self.fields[one.key] = _field(one)

    def _meant(self, expected: Mapping[str, str]) -> dict[str, str]:
        """Return what the other party expects, where only one datum can be meant."""
        found = {}
        for term, value in expected.items():
            keys = [key for key in self.contested if key.partition(".")[0] == term]
            if len(keys) == 1:
                found[keys[0]] = value
        return found

    @property
    def changes(self) -> dict[str, Value]:
        """What differs from the first invoice."""
        return {
            key: said for key, one in self.contested.items()
            if key not in self.errors and (said := self._said(key)) != one.value
        }  # fmt: skip

    def _said(self, key: str) -> Value:
        """Return what stands in a field; an emptied one says nothing."""
        said: Value = self.cleaned_data.get(key)
        return None if said == "" else said

    @property
    def number(self) -> str:
        """The number to give; the proposed one where none was understood."""
        return str(self.cleaned_data.get("numero") or self.data["numero"])

    @property
    def data_fields(self) -> list[forms.BoundField]:
        """All fields but the number."""
        return [self[key] for key in self.contested]


def _field(one: Datum) -> forms.Field:
    if one.kind is bool:
        return forms.BooleanField(label=one.label, required=False)
    if one.kind is Decimal:
        return AmountField(label=one.label, required=False)
    if one.kind is date:
        return DayField(label=one.label, required=False)
    is_long = len(str(one.value or "")) > _LONG
    widget = forms.Textarea(attrs={"rows": 2}) if is_long else forms.TextInput()
    return forms.CharField(label=one.label, required=False, max_length=1000, widget=widget)


def _written(value: Value) -> str:
    """Write a value as its field shows it."""
    if isinstance(value, bool) or value is None:
        return ""
    return f"{value.normalize():f}".replace(".", ",") if isinstance(value, Decimal) else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFile:
    """A prepared document, written and checked."""

    name: str
    data: bytes
    invoice: Invoice
    findings: tuple[Finding, ...]
    is_valid: bool
    lost: tuple[str, ...]
    """Terms that the syntax cannot carry."""


@in_dossier
@require_http_methods(["GET", "POST"])
def draft(request: Request, dossier: Dossier, document: int, draft: str) -> HttpResponse:
    """Show a prepared document with its verdict; give its file, or deposit it."""
    issued = dossier.documents.filter(direction=todo.ISSUED).select_related("flow")
    found = get_object_or_404(issued, pk=document)
    wanted = _wanted(draft, found)
    taken = set(_taken(dossier))
    try:
        form, made, case = _prepared(found, wanted, request.POST or request.GET, taken)
    except FacturierError as error:
        messages.error(request, error.in_full)
        return redirect("document", dossier.pk, found.pk)
    if "fichier" in request.GET:
        return attachment(made.data, made.name, "application/xml")
    internal = wanted is Draft.CREDIT_NOTE and case is not None and case.care.internal_credit_note
    may_go = made.is_valid and form.is_valid() and not internal and form.number not in taken
    if request.method == "POST" and may_go:
        sent = deposit_once(request, dossier, made.name, made.data, corrects=found)
        messages.success(request, _("« %(name)s » est déposé.") % {"name": made.name})
        return sent
    context = frame(request, dossier, "clinique") | {
        "document": found, "form": form, "made": made, "case": case, "is_internal": internal,
        "is_taken": form.number in taken, "may_go": may_go,
        "needs_correction": _needs_correction(wanted, case) and not form.changes,
        "label": INTERNAL if internal else LABELS[wanted],
    }  # fmt: skip
    return render(request, "facturier/draft.html", context)


def _taken(dossier: Dossier) -> Iterable[str]:
    """Yield the numbers that are used up; that of an inadmissible file is free again."""
    used = dossier.documents.filter(~Q(state=INADMISSIBLE) | Q(accepted=True))
    return used.filter(direction=todo.ISSUED).values_list("number", flat=True)


def _wanted(slug: str, document: Document) -> Draft:
    if slug not in set(Draft):
        raise Http404
    wanted = Draft(slug)
    if wanted is not Draft.NEW and not corrections.can_be_taken_back(document.type_code):
        raise Http404
    return wanted


def _prepared(
    document: Document, wanted: Draft, asked: Mapping[str, Any], taken: set[str]
) -> tuple[DraftForm, DraftFile, Case | None]:
    """Make the document with what was asked for; raises `FacturierError` for an unreadable one."""
    reading = formats.read(store.get(document.sha256))
    today = timezone.localdate()
    basis = _MAKERS[wanted](reading.invoice, number=document.number, on=today)
    case = case_of(document, document.events.order_by("pk"))
    free = document.number and document.number not in taken
    number = document.number if free else corrections.next_number(document.number, taken)
    form = DraftForm(
        {key: asked[key] for key in asked}, number,
        data_of(basis, _terms(document, wanted, case)), _expected(case),
    )  # fmt: skip
    form.is_valid()
    invoice = replace(amended(basis, form.changes), number=form.number)
    return form, _checked(reading, invoice, today), case


def _terms(document: Document, wanted: Draft, case: Case | None) -> list[str]:
    """Return what may have to change: by the reason, and by what the rules objected to."""
    if case is None:
        return []
    terms = list(to_change(wanted, int(case.event.code), case.event.reason))
    if wanted is not Draft.CREDIT_NOTE:
        objected = document.findings.filter(severity="fatal").values_list("where", flat=True)
        terms += [term for where in objected for term in _NAMED.findall(where)]
    return [term for term in dict.fromkeys(terms) if term in AMENDABLE]


def _expected(case: Case | None) -> dict[str, str]:
    """Return the values that the other party said it expects (DVA), by term."""
    said = case.event.amounts if case else []
    return {
        one["term"]: _as_typed(one) for one in said
        if one.get("type_code") == "DVA" and one.get("term")
    }  # fmt: skip


def _as_typed(one: Mapping[str, Any]) -> str:
    value = one.get("percent") or one.get("amount")
    try:
        return _written(Decimal(value)) if value else str(one.get("text", ""))
    except InvalidOperation:
        return ""


def _checked(reading: Reading, invoice: Invoice, today: date) -> DraftFile:
    """Write the document in the syntax of the first, and check what was written."""
    written = formats.write(invoice, "cii" if reading.detected.syntax is Syntax.CII else "ubl")
    verdict = rules.check(formats.read(written.xml), on=today)
    return DraftFile(
        name=f"{stem_of(invoice.number or '')}.xml", data=written.xml, invoice=invoice,
        findings=verdict.findings, is_valid=verdict.outcome is Outcome.VALID,
        lost=tuple(written.lost),
    )  # fmt: skip


def _needs_correction(wanted: Draft, case: Case | None) -> bool:
    """Whether the other party contests what the document still says: it is changed before it goes.

    A credit note takes everything back; what a platform rejected is judged by the rules alone.
    """
    rejected = case is not None and case.event.code in (todo.REJECTED, INADMISSIBLE)
    return wanted is not Draft.CREDIT_NOTE and not rejected
