"""E-reporting of one dossier: its declarations, what each tells and why, its transmissions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from facturier.errors import RefusedByUs
from facturier.lifecycle.reasons import CARES
from facturier.reporting import figures
from facturier.reporting.figures import Block, Figure
from facturier.reporting.filing import Role
from facturier.reporting.periods import Data
from facturier.reporting.sales import Sale
from facturier.server.documents import store
from facturier.server.firm.models import Dossier
from facturier.server.firm.rights import keeps_books
from facturier.server.reporting import periods, transmitting
from facturier.server.reporting.agenda import TONES
from facturier.server.reporting.models import (
    FIRST_OWED,
    LARGE_FROM,
    OTHERS_FROM,
    OWING,
    Declaration,
    ReportingChoice,
)
from facturier.server.takings import told
from facturier.server.web.access import attachment, in_dossier
from facturier.server.web.dossier import frame
from facturier.server.web.fields import DayField

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from facturier.server.reporting.models import FigureRow, Qualification, Sending
    from facturier.server.takings.models import DayTakings
    from facturier.server.web.access import Request

PAGE = 50
MOST_RATE = 100
TAB = "e-reporting"
CATEGORIES = {
    "TLB1": _("Livraisons de biens"), "TPS1": _("Prestations de services"),
    "TNT1": _("Non taxées en France"), "TMA1": _("Régimes de la marge"),
    "S": _("Taxées"), "Z": _("Taux zéro"), "E": _("Exonérées"), "AE": _("Autoliquidation"),
    "K": _("Livraisons intracommunautaires"), "G": _("Exportations"), "O": _("Hors champ"),
}  # fmt: skip
"""Categories of sales (TT-81) and of VAT (TT-56), in words."""


# --- the list ------------------------------------------------------------------------------------


class Filter(forms.Form):
    """The filters above the list; what is not understood filters nothing."""

    etat = forms.ChoiceField(
        required=False, label=_("État"),
        choices=[("", _("Tous les états")), *Declaration.State.choices],
    )  # fmt: skip
    donnees = forms.ChoiceField(
        required=False, label=_("Données"),
        choices=[("", _("Toutes les données")), ("transactions", _("Transactions")),
                 ("paiements", _("Encaissements"))],
    )  # fmt: skip


@in_dossier
@require_GET
def listing(request: Request, dossier: Dossier) -> HttpResponse:
    """List the declarations, the newest first."""
    periods.bring_up_to_date(dossier)
    form = Filter(request.GET)
    form.is_valid()
    exact = {"state": form.cleaned_data.get("etat"), "data": form.cleaned_data.get("donnees")}
    kept = dossier.declarations.filter(**{name: value for name, value in exact.items() if value})
    page = Paginator(kept, PAGE).get_page(request.GET.get("page"))
    context = frame(request, dossier, TAB) | {
        "page": page, "form": form, "shown": [shown(one) for one in page],
        "choice": periods.choice_of(dossier),
    }  # fmt: skip
    return render(request, "facturier/declarations.html", context)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A declaration as a list shows it."""

    row: Declaration
    tone: str
    is_late: bool
    days: int
    sums: Sequence[tuple[str, Decimal, Decimal]]
    """Currency, amount without VAT (with VAT of receipts), VAT."""


def shown(row: Declaration) -> Shown:
    """Return how `row` is shown."""
    days = (row.due_on - periods.today()).days
    sums = [(one["currency"], Decimal(one["base"]), Decimal(one["tax"])) for one in row.sums]
    return Shown(
        row=row, tone=TONES[Declaration.State(row.state)], days=days, sums=sums,
        is_late=days < 0 and row.state in FIRST_OWED,
    )  # fmt: skip


# --- one declaration -----------------------------------------------------------------------------


@in_dossier
@require_GET
def page(request: Request, dossier: Dossier, declaration: int) -> HttpResponse:
    """Show what a declaration tells, what is left out, what was sent and what was answered."""
    periods.bring_up_to_date(dossier)
    found = _found(dossier, declaration)
    current = periods.current_figures(found)
    sent = [_Sent.of(one) for one in found.sendings.select_related("file", "by")]
    held = periods.latest_accepted([one.sending for one in sent])
    before = periods.told_by(held) if held is not None else ()
    context = frame(request, dossier, TAB) | {
        "declaration": found, "shown": shown(found), "blocks": _blocks(current),
        "changes": figures.compare(before, current) if held is not None else (),
        "sent": list(reversed(sent)), "last": sent[-1] if sent else None,
        "left_out": periods.left_out_of(found)[:PAGE], "is_owing": found.state in OWING,
        "choice": periods.choice_of(dossier), "care": CARES[301],
    }  # fmt: skip
    return render(request, "facturier/declaration.html", context)


def _found(dossier: Dossier, declaration: int) -> Declaration:
    return get_object_or_404(dossier.declarations.select_related("dossier"), pk=declaration)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """A transmission with what the portal says of it."""

    sending: Sending
    file: Any
    answers: Sequence[Any]

    @classmethod
    def of(cls, sending: Sending) -> _Sent:
        file = periods.file_of(sending)
        return cls(sending=sending, file=file, answers=list(file.answers.order_by("pk")))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """The totals of one block, and their sums by currency."""

    block: Block
    lines: Sequence[Figure]
    sums: Sequence[tuple[str, Decimal, Decimal]]

    @property
    def is_receipts(self) -> bool:
        return self.block in (Block.INVOICE_RECEIPTS, Block.DAY_RECEIPTS)


def _blocks(current: Iterable[Figure]) -> list[_Table]:
    by_block: dict[str, list[Figure]] = {}
    for one in figures.totals(current):
        by_block.setdefault(one.block, []).append(one)
    return [_Table(block=Block(name), lines=lines, sums=_sums(lines))
            for name, lines in sorted(by_block.items())]  # fmt: skip


def _sums(lines: Iterable[Figure]) -> list[tuple[str, Decimal, Decimal]]:
    found: dict[str, tuple[Decimal, Decimal]] = {}
    for one in lines:
        base, tax = found.get(one.currency, (Decimal(0), Decimal(0)))
        found[one.currency] = (base + one.base, tax + one.tax)
    return [(currency, *amounts) for currency, amounts in sorted(found.items())]


# --- where a figure comes from -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a figure is made of: a document's amount, or a till's."""

    figure: Figure
    row: FigureRow | None = None
    """With its document; None for a sale or receipt without invoice."""
    till: DayTakings | None = None
    """The day of a till; None for a document."""


@in_dossier
@require_GET
def figure(request: Request, dossier: Dossier, declaration: int) -> HttpResponse:
    """Show the invoices, receipts and takings behind one figure."""
    found = _found(dossier, declaration)
    asked = _asked(request)
    sources = [*_documents_behind(found, asked), *_takings_behind(found, asked)]
    context = frame(request, dossier, TAB) | {
        "declaration": found, "asked": asked, "sums": _sums(one.figure for one in sources),
        "page": Paginator(sources, 2 * PAGE).get_page(request.GET.get("page")),
        "block": Block(asked["block"]),
    }  # fmt: skip
    return render(request, "facturier/declaration_figure.html", context)


def _asked(request: Request) -> dict[str, Any]:
    """Read which figure is asked for. Raises Http404 for none that could exist."""
    words = {name: request.GET.get(name, "") for name in ("bloc", "categorie", "pays", "devise")}
    try:
        rate = Decimal(request.GET.get("taux", "0"))
        block = Block(words["bloc"] or Block.SALES)
    except (InvalidOperation, ValueError) as error:
        raise Http404 from error
    letters = words["pays"] + words["devise"]
    if words["categorie"] not in {"", *CATEGORIES} or not (
        letters.isascii() and f"A{letters}".isalpha()
    ):
        raise Http404
    if not rate.is_finite() or abs(rate) > MOST_RATE:
        raise Http404
    return {
        "block": block.value, "category": words["categorie"], "country": words["pays"],
        "currency": words["devise"] or "EUR", "rate": rate,
    }  # fmt: skip


def _documents_behind(declaration: Declaration, asked: dict[str, Any]) -> list[Source]:
    rows = periods.live_figures(declaration.dossier).filter(
        role=declaration.role, data=declaration.data,
        day__range=(declaration.start, declaration.end), **asked,
    )  # fmt: skip
    detailed = rows.select_related("document").order_by("day", "document__number", "pk")
    return [Source(figure=_figure(row), row=row) for row in detailed]


def _figure(row: FigureRow) -> Figure:
    return Figure(
        block=row.block, day=row.day, number=row.number, category=row.category, rate=row.rate,
        country=row.country, currency=row.currency, base=row.base, tax=row.tax,
    )  # fmt: skip


def _takings_behind(declaration: Declaration, asked: dict[str, Any]) -> list[Source]:
    if declaration.role != Role.SELLER:
        return []
    wants_sales = declaration.data == Data.TRANSACTIONS
    parts: list[Source] = []
    for one, day in told.behind(declaration.dossier, declaration.period):
        if isinstance(one, Sale) is wants_sales:
            of_one = (figures.of_sale(one),) if isinstance(one, Sale) else figures.of_receipt(one)
            parts += (Source(figure=figure, till=day) for figure in of_one)
    return [
        one
        for one in parts
        if all(getattr(one.figure, name) == value for name, value in asked.items())
    ]


# --- files ---------------------------------------------------------------------------------------


@in_dossier
@require_GET
def draft_file(request: Request, dossier: Dossier, declaration: int) -> HttpResponse:  # noqa: ARG001
    """Give the file as it would leave now."""
    made = transmitting.draft(_found(dossier, declaration))
    return attachment(made.content, f"apercu-{made.identifier}.xml", "application/xml")


@in_dossier
@require_GET
def sent_file(request: Request, dossier: Dossier, sending: int) -> HttpResponse:  # noqa: ARG001
    """Give a file that was sent, byte for byte."""
    found = get_object_or_404(dossier.sendings.select_related("file"), pk=sending)
    data = store.get(str(found.file.stored_id))
    return attachment(data, f"{found.identifier}.xml", "application/xml")


@in_dossier
@require_GET
def answer_file(request: Request, dossier: Dossier, answer: int) -> HttpResponse:  # noqa: ARG001
    """Give the portal's answer (CDAR) about a file of this dossier, byte for byte."""
    found = get_object_or_404(dossier.portal_answers, pk=answer)
    name = f"reponse-{found.code}-{found.reference}.xml"
    return attachment(store.get(str(found.stored_id)), name, "application/xml")


# --- sending -------------------------------------------------------------------------------------


@in_dossier
@require_http_methods(["GET", "POST"])
def send(request: Request, dossier: Dossier, declaration: int) -> HttpResponse:
    """Show what would leave, then send it: the cabinet does, a client reads."""
    found = _found(dossier, declaration)
    may = keeps_books(request.user, dossier)
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        return _sent(request, dossier, found)
    made = transmitting.draft(found)
    context = frame(request, dossier, TAB) | {
        "declaration": found, "made": made, "blocks": _blocks(made.told), "may": may,
        "refusal": transmitting.why_not(found, made), "remarks": made.gathered.remarks,
        "left_out": periods.left_out_of(found)[:PAGE], "is_rectification": made.kind == "RE",
    }  # fmt: skip
    return render(request, "facturier/declaration_send.html", context)


def _sent(request: Request, dossier: Dossier, declaration: Declaration) -> HttpResponse:
    try:
        done = transmitting.transmit(declaration, request.user)
    except RefusedByUs as error:
        messages.error(request, error.in_full)
    else:
        what = "Rectification transmise" if done.kind == "RE" else "Déclaration transmise"
        messages.success(request, f"{what} : {done.identifier}. La réponse s'affichera ici.")
    return redirect("declaration", dossier.pk, declaration.pk)


# --- choices -------------------------------------------------------------------------------------


class Choices(forms.Form):
    """How a dossier declares."""

    regime = forms.ChoiceField(label=_("Régime de TVA"), choices=Dossier.VatRegime.choices)
    encaissements = forms.BooleanField(
        label=_("TVA sur les encaissements (prestations de services)"), required=False
    )
    debut = DayField(
        label=_("Déclare les opérations à partir du"),
        help_text=_("Grandes entreprises et ETI : 01/09/2026. PME et microentreprises : "
                    "01/09/2027, ou plus tôt si l'entreprise devance l'échéance."),
    )  # fmt: skip
    automatique = forms.BooleanField(
        label=_("Transmettre sans attendre une personne"), required=False,
        help_text=_("La veille de la date limite ; une rectification, la nuit qui suit. Ce qui a "
                    "été refusé attend toujours une personne."),
    )  # fmt: skip

    def clean_debut(self) -> date:
        """Refuse days before the obligation."""
        day: date = self.cleaned_data["debut"]
        if day < LARGE_FROM:
            raise forms.ValidationError(_("Rien ne se déclare avant le 01/09/2026."))
        return day

    def keep(self, dossier: Dossier) -> None:
        """Keep the choices; declarations of which nothing was sent follow the new regime."""
        said = self.cleaned_data
        dossier.vat_regime, dossier.vat_on_receipts = said["regime"], said["encaissements"]
        dossier.save(update_fields=["vat_regime", "vat_on_receipts"])
        ReportingChoice.objects.update_or_create(
            dossier=dossier,
            defaults={"starts_on": said["debut"], "is_automatic": said["automatique"]},
        )
        dossier.refresh_from_db()  # its choice, too
        periods.bring_up_to_date(dossier)


@in_dossier
@require_http_methods(["GET", "POST"])
def choices(request: Request, dossier: Dossier) -> HttpResponse:
    """Ask regime, first day and who sends; only the cabinet changes them."""
    may = keeps_books(request.user, dossier)
    if request.method == "POST" and not may:
        raise PermissionDenied
    chosen = periods.choice_of(dossier)
    now = {
        "regime": dossier.vat_regime, "encaissements": dossier.vat_on_receipts,
        "debut": chosen.starts_on, "automatique": chosen.is_automatic,
    }  # fmt: skip
    form = Choices(request.POST or None, initial=now)
    if request.method == "POST" and form.is_valid():
        form.keep(dossier)
        messages.success(request, "Les choix de déclaration sont enregistrés.")
        return redirect("declarations", dossier.pk)
    context = frame(request, dossier, TAB) | {"form": form, "may": may, "others": OTHERS_FROM}
    return render(request, "facturier/declaration_choices.html", context)


# --- on the page of a document -------------------------------------------------------------------

_FLOWS = {
    "10.1": _("E-reporting 10.1, facture internationale"),
    "10.3": _("E-reporting 10.3, vente à un non-assujetti : agrégée au jour"),
}


def in_words(qualification: Qualification | None, *, is_issued: bool) -> str:
    """Say in which flow a document is declared; empty when nothing is known yet."""
    if qualification is None:
        return ""
    if qualification.block == "1":
        if is_issued:
            return str(_("Déclarée à l'administration par le flux 1"))
        return str(_("Déclarée à l'administration par la plateforme du vendeur (flux 1)"))
    return str(_FLOWS.get(qualification.block, _("Rien à déclarer à l'administration")))
