"""The page "Aiguillage": the rules of received invoices, and what they would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from facturier.errors import FacturierError
from facturier.server.api.models import Webhook
from facturier.server.firm.rights import kept_by
from facturier.server.routing import handing, placing, trying, writing
from facturier.server.routing.deciding import (
    FIELDS,
    LONGEST_VALUE,
    OPERATORS,
    Condition,
    Field,
    Operator,
)
from facturier.server.routing.models import TO_SEE, Handover, Placement, Rule
from facturier.server.routing.writing import Targets
from facturier.server.web.access import in_dossier, must_keep_books
from facturier.server.web.dossier import PAGE, frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from facturier.server.firm.models import Dossier
    from facturier.server.routing.placing import Decision
    from facturier.server.web.access import Request

SHOWN = 4
"""Conditions that the form has room for."""
_FIELDS = [("", "—"), *((one.value, words) for one, words in FIELDS.items())]
_OPERATORS = [(one.value, words) for one, words in OPERATORS.items()]


class RuleForm(forms.Form):
    """Up to four conditions that must all hold, and where the invoice goes then."""

    dossier: forms.ModelChoiceField[Any] = forms.ModelChoiceField(
        None, required=False, label=_("Vers le dossier"), empty_label=_("celui-ci")
    )
    personne: forms.ModelChoiceField[Any] = forms.ModelChoiceField(
        None, required=False, label=_("Pour"), empty_label=_("personne en particulier")
    )
    file = forms.CharField(
        required=False, max_length=60, label=_("Dans la file"),
        help_text=_("Un mot de votre choix : Travaux, Énergie, À faire valider…"),
    )  # fmt: skip
    application: forms.ModelChoiceField[Any] = forms.ModelChoiceField(
        None, required=False, label=_("Signalée à l'application"), empty_label=_("aucune"),
        help_text=_("Un abonnement (webhook) de ce dossier. Nommée par une règle, l'application "
                    "n'est plus appelée que pour les factures reçues que les règles lui envoient."),
    )  # fmt: skip

    depot = forms.CharField(
        required=False, max_length=100, label=_("Déposée dans le dossier de dépôt"),
        help_text=_("Un nom, sous la racine que l'administrateur permet ; une autre application "
                    "y prend les fichiers."),
    )  # fmt: skip
    courriel = forms.EmailField(
        required=False,
        label=_("Envoyée par courriel à"),
        help_text=_("L'adresse d'une autre application ; le fichier est joint tel qu'il est venu."),
    )

    def __init__(self, data: Any, request: Request, dossier: Dossier, rule: Rule | None) -> None:
        super().__init__(data, initial=_initial(rule) if rule else None)
        self._dossier = dossier
        for number in range(1, SHOWN + 1):
            self.fields[f"champ_{number}"] = forms.ChoiceField(choices=_FIELDS, required=False)
            self.fields[f"test_{number}"] = forms.ChoiceField(choices=_OPERATORS, required=False)
            self.fields[f"valeur_{number}"] = forms.CharField(
                required=False, max_length=LONGEST_VALUE
            )
        mine = kept_by(request.user, request.dossiers)
        same = mine.filter(siren=dossier.siren, cabinet=dossier.cabinet).exclude(pk=dossier.pk)
        hooks = Webhook.objects.filter(dossier=dossier).select_related("client__client")
        self._choose("dossier", same)
        self._choose("personne", writing.people_of(dossier))
        self._choose("application", hooks)

    def _choose(self, name: str, rows: Any) -> None:
        field: Any = self.fields[name]
        field.queryset = rows

    @property
    def asked(self) -> Iterator[tuple[int, Any, Any, Any]]:
        """The rows of conditions: number, and their three fields."""
        for number in range(1, SHOWN + 1):
            asked, operator, value = (f"{one}_{number}" for one in ("champ", "test", "valeur"))
            yield number, self[asked], self[operator], self[value]

    @property
    def targets(self) -> list[Any]:
        """The fields of where it goes."""
        names = ("dossier", "personne", "file", "application", "depot", "courriel")
        return [self[name] for name in names]

    def drafted(self, request: Request) -> Rule:
        """Return the rule as it is written here. Raises `RefusedByUs`."""
        said = self.cleaned_data
        conditions = [
            Condition(
                field=Field(said[f"champ_{n}"]),
                operator=Operator(said[f"test_{n}"] or Operator.IS.value),
                value=said[f"valeur_{n}"],
            )
            for n in range(1, SHOWN + 1) if said[f"champ_{n}"]
        ]  # fmt: skip
        targets = Targets(
            dossier=said["dossier"], person=said["personne"], label=said["file"].strip(),
            webhook=said["application"], folder=said["depot"].strip(), mail=said["courriel"],
        )  # fmt: skip
        return writing.drafted(self._dossier, conditions, targets, by=request.user)


def _initial(rule: Rule) -> dict[str, Any]:
    said: dict[str, Any] = {
        "dossier": rule.to_dossier_id, "personne": rule.person_id, "file": rule.label,
        "application": rule.webhook_id, "depot": rule.folder, "courriel": rule.mail,
    }  # fmt: skip
    for number, one in enumerate(rule.asked[:SHOWN], 1):
        said |= {
            f"champ_{number}": one["field"], f"test_{number}": one["operator"],
            f"valeur_{number}": one["value"],
        }  # fmt: skip
    return said


@in_dossier
@require_http_methods(["GET", "POST"])
def page(request: Request, dossier: Dossier) -> HttpResponse:
    """Show the rules in their order, what could not be done, and where a file would go."""
    tried, error = _tried(request, dossier)
    placements = dossier.placements.select_related("document", "rule", "person")
    context = frame(request, dossier, "reglages") | {
        "rules": list(placing.rules_of(dossier.pk)), "tried": tried, "error": error,
        "to_see": placements.filter(TO_SEE).order_by("-pk")[:PAGE],
        "gone": placements.exclude(gone_to=None).order_by("-pk")[:PAGE],
        "handovers": _unfinished(dossier).order_by("-pk")[:PAGE],
        "latest": placements.exclude(document=None).order_by("-pk")[:20],
    }  # fmt: skip
    return render(request, "facturier/routing.html", context)


def _unfinished(dossier: Dossier) -> QuerySet[Handover]:
    """Return what other applications have not got yet."""
    owed = dossier.handovers.exclude(state=Handover.State.DONE)
    return owed.select_related("placement__document")


def _tried(request: Request, dossier: Dossier) -> tuple[Decision | None, str]:
    """Say where a file, or a past invoice, would go; or why nobody can say."""
    upload = request.FILES.get("fichier") if request.method == "POST" else None
    wanted = request.GET.get("piece", "")
    try:
        if upload is not None:
            return trying.of_file(dossier, upload.read()), ""
        if wanted.isdecimal():
            received = dossier.documents.filter(direction="received")
            return trying.of_document(get_object_or_404(received, pk=wanted)), ""
    except FacturierError as failure:
        return None, failure.in_full
    return None, ""


@in_dossier
@require_http_methods(["GET", "POST"])
def edit(request: Request, dossier: Dossier, rule: int = 0) -> HttpResponse:
    """Write a rule: its sentence and what it would have changed are shown before it is kept."""
    old = get_object_or_404(placing.rules_of(dossier.pk), pk=rule) if rule else None
    form = RuleForm(request.POST or None, request, dossier, old)
    draft, tried = None, None
    if request.method == "POST":
        must_keep_books(request, dossier)
        draft = _draft(request, form)
    if draft is not None and "enregistrer" in request.POST:
        writing.keep(draft, instead_of=old)
        messages.success(request, f"Règle {draft.rank} : {draft.sentence}")
        return redirect("routing", dossier.pk)
    if draft is not None:
        now = list(placing.rules_of(dossier.pk))
        tried = trying.changes(dossier, now, _with(now, draft, old))
    context = frame(request, dossier, "reglages") | {
        "form": form, "rule": old, "draft": draft, "tried": tried, "days": trying.DAYS,
    }  # fmt: skip
    return render(request, "facturier/routing_rule.html", context)


def _draft(request: Request, form: RuleForm) -> Rule | None:
    if not form.is_valid():
        return None
    try:
        return form.drafted(request)
    except FacturierError as error:
        form.add_error(None, error.in_full)
        return None


def _with(now: list[Rule], draft: Rule, old: Rule | None) -> list[Rule]:
    """Return the rules as they will be: the draft last, or in the place of the old one."""
    if old is None:
        return [*now, draft]
    return [draft if one.pk == old.pk else one for one in now]


@in_dossier
@require_POST
def act(request: Request, dossier: Dossier, rule: int, action: str) -> HttpResponse:
    """Move a rule up or down, or take it away."""
    found = get_object_or_404(placing.rules_of(dossier.pk), pk=rule)
    must_keep_books(request, dossier)
    if action == "retirer":
        writing.retire(found)
        messages.success(request, "La règle est retirée ; ce qu'elle a décidé reste écrit.")
    elif action in ("monter", "descendre"):
        writing.move(found, -1 if action == "monter" else 1)
    return redirect("routing", dossier.pk)


@in_dossier
@require_POST
def hand_over(request: Request, dossier: Dossier, handover: int) -> HttpResponse:
    """Hand an invoice to its application again, now, with all its attempts."""
    found = get_object_or_404(_unfinished(dossier), pk=handover)
    must_keep_books(request, dossier)
    handing.try_again(found)
    messages.success(request, "La remise est reprise : elle part dans les secondes qui viennent.")
    return redirect("routing", dossier.pk)


@in_dossier
@require_POST
def settle(request: Request, dossier: Dossier, placement: int) -> HttpResponse:
    """Note that somebody dealt with an invoice that could not go where its rule sends it."""
    found = get_object_or_404(Placement.objects.filter(TO_SEE, dossier=dossier), pk=placement)
    found.settled_at, found.settled_by = timezone.now(), request.user
    found.save(update_fields=["settled_at", "settled_by"])
    messages.success(request, "C'est noté.")
    return redirect("routing", dossier.pk)
