"""Lists of documents: filters, order, sums, a hundred lines at a time."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Case, Count, F, Q, Sum, Value, When
from django.utils.translation import gettext_lazy as _

from facturier.invoice.codes import CREDIT_NOTE
from facturier.lifecycle.statuses import STATUSES
from facturier.use_cases import sheets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.core.paginator import Page
    from django.db.models import QuerySet
    from django.http import QueryDict

    from facturier.server.documents.models import Document

PAGE = 100
LONGEST_SEARCH = 100
"""Each word costs a condition; a longer text searches nothing."""
LARGEST_AMOUNT = Decimal(10) ** 16
SMALLEST_AMOUNT = Decimal("0.01")
SORTS = {
    "date": ("-issue_date", "-pk"),
    "date_asc": ("issue_date", "pk"),
    "numero": ("number", "-pk"),
    "tiers": ("peer", "-issue_date", "-pk"),
    "echeance": ("due_date", "-pk"),
    "montant": (F("total_with_vat").desc(nulls_last=True), "-pk"),
    "statut": ("state", "-issue_date", "-pk"),
}
USED = ("q", "statut", "verdict", "cas", "du", "au", "file")
"""Parameters that narrow a list."""
VERDICTS = [
    ("", _("Tous les verdicts")), ("valid", _("Conformes")), ("invalid", _("Non conformes"))
]  # fmt: skip


class Filter(forms.Form):
    """The filters above a list; what is not understood filters nothing."""

    q = forms.CharField(required=False, max_length=LONGEST_SEARCH, label=_("Rechercher"))
    statut = forms.ChoiceField(
        required=False, label=_("Statut"),
        choices=[
            ("", _("Tous les statuts")),
            *((str(code), f"{code} {one.label}") for code, one in STATUSES.items()
              if one.invoice_phase),
        ],
    )  # fmt: skip
    verdict = forms.ChoiceField(required=False, label=_("Verdict"), choices=VERDICTS)
    cas = forms.ChoiceField(
        required=False, label=_("Cas d'usage"),
        choices=lambda: [
            ("", _("Tous les cas")),
            *((one.CASE.number, f"{one.CASE.number} · {one.CASE.title}") for one in sheets()),
        ],
    )  # fmt: skip
    du = forms.DateField(required=False, label=_("Du"))
    au = forms.DateField(required=False, label=_("Au"))
    file = forms.CharField(required=False, max_length=60, label=_("File de travail"))
    """Queue into which a rule of routing put it; reached by its links only."""
    tri = forms.ChoiceField(required=False, choices=[(name, name) for name in SORTS])

    @property
    def is_used(self) -> bool:
        """Whether the list is narrowed."""
        return any(self.cleaned_data.get(name) for name in USED)

    def apply(self, documents: QuerySet[Document]) -> QuerySet[Document]:
        """Keep the documents that pass, in the order asked for."""
        wanted = self.cleaned_data
        for word in (wanted.get("q") or "").split():
            documents = documents.filter(_speaks_of(word))
        exact = {
            "state": wanted.get("statut"), "outcome": wanted.get("verdict"),
            "issue_date__gte": wanted.get("du"), "issue_date__lte": wanted.get("au"),
            "placement__label": wanted.get("file"),
            "use_case__regex": rf"\m{wanted['cas']}\M" if wanted.get("cas") else "",
        }  # fmt: skip
        documents = documents.filter(**{name: value for name, value in exact.items() if value})
        return documents.order_by(*SORTS[wanted.get("tri") or "date"])


def _speaks_of(word: str) -> Q:
    places = ("number", "seller_name", "buyer_name", "seller_siren", "buyer_siren")
    found = Q()
    for place in places:
        found |= Q(**{f"{place}__icontains": word})
    try:
        amount = Decimal(word.replace(",", ".").replace("\u202f", ""))
    except InvalidOperation:
        return found
    if not (amount.is_finite() and SMALLEST_AMOUNT <= abs(amount) < LARGEST_AMOUNT):
        return found
    return found | Q(total_with_vat=amount) | Q(total_without_vat=amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A page of a filtered list, and the sums of the whole of it."""

    page: Page[Document]
    form: Filter
    sums: Sequence[Mapping[str, Any]]
    """One for each currency: count, HT, TVA, TTC; credit notes count negative."""


def listed(documents: QuerySet[Document], query: QueryDict) -> Listed:
    """Filter `documents` by the page's address and cut out the page asked for."""
    form = Filter(query)
    form.is_valid()
    # The other party: a self-billed invoice is issued by the buyer.
    sells = When(seller_siren=F("dossier__siren"), then=F("buyer_name"))
    named = documents.annotate(peer=Case(sells, default=F("seller_name")))
    kept = form.apply(named)
    return Listed(
        page=Paginator(kept, PAGE).get_page(query.get("page")), form=form, sums=sums_of(kept)
    )


def sums_of(documents: QuerySet[Document]) -> Sequence[Mapping[str, Any]]:
    """Return count and sums by currency, credit notes negative."""
    sign = Case(When(type_code__in=CREDIT_NOTE, then=Value(-1)), default=Value(1))
    return list(
        documents.order_by().values("currency").annotate(
            count=Count("pk"),
            without_vat=Sum(F("total_without_vat") * sign),
            vat=Sum(F("total_vat") * sign),
            with_vat=Sum(F("total_with_vat") * sign),
        ).order_by("currency")
    )  # fmt: skip
