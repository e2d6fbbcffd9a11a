"""Files of tills: deposit, preview with the layout that is proposed, confirmation."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facturier.errors import RefusedByUs
from facturier.reporting import till_files
from facturier.reporting.takings import Means
from facturier.reporting.till_cells import DATES
from facturier.reporting.till_files import ENCODINGS, SEPARATORS, Column, Layout, Role, Shape
from facturier.server.takings import imports
from facturier.server.takings.models import LONGEST_TILL, TillFile
from facturier.server.web.access import attachment, in_dossier
from facturier.server.web.dossier import frame
from facturier.server.web.takings import TAB
from facturier.server.web.takings_forms import RATES

if TYPE_CHECKING:
    from facturier.server.firm.models import Dossier
    from facturier.server.takings.imports import Preview
    from facturier.server.web.access import Request

MOST_COLUMNS, SHOWN = 60, 200
AMOUNTS = (Role.GROSS, Role.NET, Role.TAX)


@in_dossier
@require_http_methods(["GET", "POST"])
def upload(request: Request, dossier: Dossier) -> HttpResponse:
    """Ask for a file, or keep it and show what it says."""
    given = request.FILES.get("fichier")
    if request.method == "POST" and given is not None:
        try:
            kept = imports.keep(dossier, given.name or "", given.read(), request.user)
        except RefusedByUs as error:
            messages.error(request, error.in_full)
        else:
            return redirect("till_file", dossier.pk, kept.pk)
    elif request.method == "POST":
        messages.warning(request, "Aucun fichier à lire.")
    return render(request, "facturier/till_upload.html", frame(request, dossier, TAB))


def _file(dossier: Dossier, till_file: int) -> TillFile:
    files = TillFile.objects.filter(dossier=dossier)
    return get_object_or_404(files.select_related("dossier", "by"), pk=till_file)


@in_dossier
@require_http_methods(["GET", "POST"])
def page(request: Request, dossier: Dossier, till_file: int) -> HttpResponse:
    """Show what a file says and what importing it would do; change how it is read."""
    file = _file(dossier, till_file)
    seen = imports.preview(file)
    form = LayoutForm(request.POST or None, file, seen.layout)
    if request.method == "POST" and form.is_valid() and file.state == TillFile.State.WAITING:
        imports.relaid(file, form.layout(), form.cleaned_data["caisse"])
        return redirect("till_file", dossier.pk, file.pk)
    context = frame(request, dossier, TAB) | {
        "file": file, "seen": seen, "form": form, "days": seen.days[:SHOWN],
        "problems": seen.reading.problems[:SHOWN] if seen.reading else (),
        "is_waiting": file.state == TillFile.State.WAITING, "said": _in_words(seen),
    }  # fmt: skip
    return render(request, "facturier/till_file.html", context)


def _in_words(seen: Preview) -> str:
    """Say how a file is read, for who does not open the details."""
    layout = seen.layout
    if layout is None:
        return ""
    return (
        f"{ENCODINGS.get(layout.encoding, layout.encoding)}, {SEPARATORS[layout.separator]}, "
        f"dates comme {DATES[layout.date_format]}, décimale « {layout.decimal} », "
        f"{len(layout.columns)} colonnes lues"
    )


@in_dossier
@require_POST
def take(request: Request, dossier: Dossier, till_file: int) -> HttpResponse:
    """Take the days of a file in, or set the file aside."""
    file = _file(dossier, till_file)
    if "ecarter" in request.POST:
        imports.set_aside(file)
        messages.success(request, "Le fichier est écarté ; il reste conservé.")
        return redirect("takings", dossier.pk)
    try:
        done = imports.take_in(file, request.user, replacing="remplacer" in request.POST)
    except RefusedByUs as error:
        messages.error(request, error.in_full)
        return redirect("till_file", dossier.pk, file.pk)
    messages.success(request, f"{done} jours de recettes enregistrés."
                     if done > 1 else f"{done} jour de recettes enregistré.")  # fmt: skip
    return redirect("takings", dossier.pk)


@in_dossier
@require_GET
def content(request: Request, dossier: Dossier, till_file: int) -> HttpResponse:  # noqa: ARG001
    """Give a file back, byte for byte."""
    file = _file(dossier, till_file)
    return attachment(imports.content(file), file.name, "text/csv")


# --- how a file is read --------------------------------------------------------------------------


class LayoutForm(forms.Form):
    """Which column says what, and how cells are written."""

    codage = forms.ChoiceField(label=_("Codage"), choices=list(ENCODINGS.items()))
    separateur = forms.ChoiceField(label=_("Séparateur"), choices=list(SEPARATORS.items()))
    entete = forms.IntegerField(
        label=_("Ligne des noms de colonnes (0 : aucune)"), min_value=0, max_value=100
    )
    decimale = forms.ChoiceField(
        label=_("Décimale"), choices=[(",", _("virgule")), (".", _("point"))]
    )
    dates = forms.ChoiceField(label=_("Dates comme"), choices=list(DATES.items()))
    forme = forms.ChoiceField(
        label=_("Taux"), choices=[(Shape.COLUMNS.value, _("une colonne par taux")),
                                  (Shape.ROWS.value, _("une ligne par taux"))],
    )  # fmt: skip
    caisse = forms.CharField(
        label=_("Caisse, si aucune colonne ne la nomme"), max_length=LONGEST_TILL
    )

    def __init__(self, data: Any, file: TillFile, layout: Layout | None) -> None:
        used = layout or Layout()
        super().__init__(data, initial={
            "codage": used.encoding, "separateur": used.separator, "entete": used.header,
            "decimale": used.decimal, "dates": used.date_format, "forme": used.shape.value,
            "caisse": file.till,
        })  # fmt: skip
        self.names, self.samples = _columns(file, used)
        known = {one.name: one for one in used.columns}
        for rank, name in enumerate(self.names):
            initial = _code(known[name]) if name in known else ""
            self.fields[f"colonne{rank}"] = forms.ChoiceField(
                label=name, required=False, choices=_roles(initial), initial=initial
            )

    @property
    def columns(self) -> list[tuple[forms.BoundField, str]]:
        """Return the field of each column with an example of its cells."""
        return [(self[f"colonne{rank}"], self.samples.get(name, ""))
                for rank, name in enumerate(self.names)]  # fmt: skip

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        """Return the fields that are not of a column."""
        return [self[name] for name in ("codage", "separateur", "entete", "decimale", "dates",
                                        "forme", "caisse")]  # fmt: skip

    def layout(self) -> Layout:
        """Return the layout that was chosen."""
        said = self.cleaned_data
        chosen = [(name, said[f"colonne{rank}"]) for rank, name in enumerate(self.names)]
        return Layout(
            encoding=said["codage"], separator=said["separateur"], header=said["entete"],
            decimal=said["decimale"], date_format=said["dates"], shape=Shape(said["forme"]),
            columns=tuple(_column(name, code) for name, code in chosen if code),
        )  # fmt: skip


def _columns(file: TillFile, layout: Layout) -> tuple[list[str], dict[str, str]]:
    """Return the columns of a file with a cell of each; those of the layout when it is unread."""
    try:
        names, rows = till_files.rows(imports.content(file), layout)
    except RefusedByUs:
        return [one.name for one in layout.columns], {}
    samples = {name: next((row.cells[name] for row in rows if row.cells[name]), "")[:40]
               for name in names[:MOST_COLUMNS]}  # fmt: skip
    return names[:MOST_COLUMNS], samples


def _code(column: Column) -> str:
    if column.means is not None:
        return f"paiement:{column.means.value}"
    return column.role.value if column.rate is None else f"{column.role.value}:{column.rate:f}"


def _column(name: str, code: str) -> Column:
    role, _colon, more = code.partition(":")
    if role == Role.PAID:
        return Column(name=name, role=Role.PAID, means=Means(more))
    return Column(name=name, role=Role(role), rate=Decimal(more) if more else None)


def _roles(also: str) -> list[tuple[str, Any]]:
    plain = [(one.value, one.label) for one in Role if one not in (*AMOUNTS, Role.PAID)]
    amounts = [
        (f"{role.value}:{rate}", f"{role.label} à {rate.replace('.', ',')} %")
        for role in AMOUNTS
        for rate in RATES
    ]
    bare = [(role.value, f"{role.label}, au taux de la ligne") for role in AMOUNTS]
    paid = [(f"paiement:{one.value}", one.label) for one in Means]
    found: list[tuple[str, Any]] = [
        ("", _("Ne pas lire")), (str(_("Jour et totaux")), plain),
        (str(_("Montants")), [*amounts, *bare]), (str(_("Payé par")), paid),
    ]  # fmt: skip
    if also and also not in {code for _g, group in found[1:] for code, _w in group}:
        found.append((also, also))
    return found
