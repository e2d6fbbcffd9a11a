"""« Règles d'imputation »: a dossier's own rules, and what they would make of past invoices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facturier.errors import RefusedByUs
from facturier.ledger.books import Side
from facturier.ledger.imputation import OwnRule, written
from facturier.server.books import booking, imputing
from facturier.server.web.access import in_dossier, must_keep_books
from facturier.server.web.dossier import frame
from facturier.server.web.ledger import TAB

if TYPE_CHECKING:
    from decimal import Decimal

    from facturier.server.books.models import Imputation
    from facturier.server.firm.models import Dossier
    from facturier.server.web.access import Request

LONGEST = 200
SIDES = [(Side.PURCHASE.value, _("un achat")), (Side.SALE.value, _("une vente"))]
CATEGORIES = [("", _("toutes")), *((one, one) for one in ("S", "Z", "E", "AE", "K", "G", "O"))]
ASKED = ("cote", "tiers", "mots", "code", "categorie", "taux", "au_moins", "moins_de")
GIVEN = ("compte", "compte_tiers", "part", "libelle")


def _amount(label: Any, **more: Any) -> forms.DecimalField:
    """Return the field of a number, with comma or point."""
    return forms.DecimalField(
        label=label, required=False, localize=True, max_digits=16, decimal_places=3,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}), **more,
    )  # fmt: skip


class RuleForm(forms.Form):
    """What a rule asks, and what it gives; what is left empty is not asked, or stays as usual."""

    cote = forms.ChoiceField(label=_("C'est"), choices=SIDES)
    tiers = forms.CharField(
        label=_("Le tiers est"), required=False, max_length=LONGEST,
        help_text=_("SIREN, numéro de TVA, ou mots du nom."),
    )  # fmt: skip
    mots = forms.CharField(
        label=_("Le libellé contient"), required=False, max_length=LONGEST,
        help_text=_("Un de ces mots, séparés par des virgules ; * pour toute terminaison."),
    )  # fmt: skip
    code = forms.CharField(
        label=_("Le code de l'article commence par"), required=False, max_length=50,
        help_text=_("Classification BT-158, quand la facture en porte une."),
    )  # fmt: skip
    categorie = forms.ChoiceField(
        label=_("La catégorie de TVA est"), required=False, choices=CATEGORIES
    )
    taux = _amount(_("Le taux de TVA est (%)"))
    au_moins = _amount(_("Le montant HT de la ligne est d'au moins"))
    moins_de = _amount(_("Et inférieur à"))
    compte = forms.CharField(label=_("Compte"), required=False, max_length=20)
    compte_tiers = forms.CharField(
        label=_("Compte du tiers (auxiliaire)"), required=False, max_length=20
    )
    part = _amount(_("Part déductible de la TVA (%)"), help_text=_("Achats ; vide : selon la loi."))
    libelle = forms.CharField(
        label=_("Libellé de la ligne d'écriture"), required=False, max_length=LONGEST
    )

    @property
    def asked(self) -> list[Any]:
        """The fields of the conditions."""
        return [self[name] for name in ASKED]

    @property
    def given(self) -> list[Any]:
        """The fields of what the rule gives."""
        return [self[name] for name in GIVEN]

    def rule(self) -> OwnRule:
        """Return the rule as it is written here."""
        said = self.cleaned_data
        words = (one.strip() for one in said["mots"].split(","))
        return OwnRule(
            side=Side(said["cote"]), party=" ".join(said["tiers"].split()),
            words=tuple(one for one in words if one.strip("*")), code=said["code"].strip(),
            category=said["categorie"], rate=said["taux"], at_least=said["au_moins"],
            below=said["moins_de"], account="".join(said["compte"].split()),
            auxiliary=said["compte_tiers"].strip().upper(), share=said["part"],
            label=said["libelle"].strip(),
        )  # fmt: skip


def _initial(rule: OwnRule) -> dict[str, Any]:
    def shown(number: Decimal | None) -> str:
        return written(number)

    return {
        "cote": rule.side.value, "tiers": rule.party, "mots": ", ".join(rule.words),
        "code": rule.code, "categorie": rule.category, "taux": shown(rule.rate),
        "au_moins": shown(rule.at_least), "moins_de": shown(rule.below), "compte": rule.account,
        "compte_tiers": rule.auxiliary, "part": shown(rule.share), "libelle": rule.label,
    }  # fmt: skip


@in_dossier
@require_GET
def listing(request: Request, dossier: Dossier) -> HttpResponse:
    """Show the rules in the order in which they are asked, and those taken away."""
    rules = dossier.imputations.select_related("created_by")
    context = frame(request, dossier, TAB) | {
        "rules": rules.filter(retired_at=None).order_by("rank", "pk"),
        "retired": rules.exclude(retired_at=None).order_by("-retired_at")[:20],
    }  # fmt: skip
    return render(request, "facturier/imputations.html", context)


@in_dossier
@require_http_methods(["GET", "POST"])
def edit(request: Request, dossier: Dossier, imputation: int = 0) -> HttpResponse:
    """Write a rule: its sentence and what it would change are shown before it is kept."""
    rules = imputing.rules_of(dossier.pk)
    old = get_object_or_404(rules, pk=imputation) if imputation else None
    form = RuleForm(request.POST or None, initial=_initial(_proposed(request, dossier, old)))
    draft, tried = None, None
    if request.method == "POST":
        must_keep_books(request, dossier)
        draft = _draft(request, dossier, form)
    if draft is not None and "enregistrer" in request.POST and _keep(request, draft, old):
        return redirect("imputations", dossier.pk)
    if draft is not None:
        after = [draft if old is not None and one.pk == old.pk else one for one in rules]
        after += [] if old is not None else [draft]
        books = booking.books_of(dossier)
        tried = imputing.tried(dossier, books, [imputing.own_of(one) for one in after])
    context = frame(request, dossier, TAB) | {
        "form": form, "rule": old, "draft": draft, "tried": tried, "last": imputing.LAST,
    }  # fmt: skip
    return render(request, "facturier/imputation.html", context)


def _proposed(request: Request, dossier: Dossier, old: Imputation | None) -> OwnRule:
    """Return what the form begins with: the old rule, or what a line (``ligne``) suggests."""
    if old is not None:
        return imputing.own_of(old)
    wanted = request.GET.get("ligne", "")
    if not wanted.isdecimal():
        return OwnRule()
    rows = dossier.entry_lines.select_related("entry__document__dossier")
    line = get_object_or_404(rows, pk=wanted)
    side = Side.SALE if line.account.startswith("7") else Side.PURCHASE
    return OwnRule(side=side, party=imputing.party_of(line), account=line.account)


def _draft(request: Request, dossier: Dossier, form: RuleForm) -> Imputation | None:
    if not form.is_valid():
        return None
    width = booking.books_of(dossier).account_width
    try:
        return imputing.drafted(dossier, form.rule(), width, request.user)
    except RefusedByUs as refused:
        form.add_error(None, refused.in_full)
        return None


def _keep(request: Request, draft: Imputation, old: Imputation | None) -> bool:
    try:
        imputing.keep(draft, instead_of=old)
    except RefusedByUs as refused:
        messages.error(request, refused.in_full)
        return False
    messages.success(request, f"Règle {draft.rank} : {draft.sentence}")
    return True


@in_dossier
@require_POST
def act(request: Request, dossier: Dossier, imputation: int, action: str) -> HttpResponse:
    """Move a rule up or down, or take it away."""
    found = get_object_or_404(imputing.rules_of(dossier.pk), pk=imputation)
    must_keep_books(request, dossier)
    if action == "retirer":
        imputing.retire(found)
        messages.success(request, "La règle est retirée ; ce qu'elle a imputé reste écrit.")
    elif action in ("monter", "descendre"):
        imputing.move(found, -1 if action == "monter" else 1)
    return redirect("imputations", dossier.pk)
