"""The account of a line of a proposed entry: why it was chosen, and another in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from facturier.errors import RefusedByUs
from facturier.ledger import accounts
from facturier.ledger.posting import POSTING
from facturier.ledger.searching import find
from facturier.server.books import booking, imputing
from facturier.server.books.models import Entry, EntryLine
from facturier.server.firm.rights import keeps_books
from facturier.server.web.access import in_dossier, must_keep_books
from facturier.server.web.doing import do
from facturier.server.web.dossier import frame
from facturier.server.web.listing import LONGEST_SEARCH

if TYPE_CHECKING:
    from facturier.server.firm.models import Dossier
    from facturier.server.web.access import Request

_RULES = {rule.id: rule for rule in POSTING}


@in_dossier
@require_http_methods(["GET", "POST"])
def account(request: Request, dossier: Dossier, line: int) -> HttpResponse:
    """Say which rule chose the account of a line; look for another, and put it in its place."""
    rows = dossier.entry_lines.select_related(
        "entry__journal", "entry__document", "entry__dossier", "imputation"
    )
    found = get_object_or_404(rows, pk=line)
    if request.method == "POST":
        return _choose(request, dossier, found)
    words = request.GET.get("q", "")[:LONGEST_SEARCH]
    is_open = found.entry.state == Entry.State.PROPOSED and not found.entry.reverses_id
    may = is_open and keeps_books(request.user, dossier)
    context = frame(request, dossier, "ecritures") | {
        "line": found, "rule": _RULES.get(found.rule), "q": words, "may_choose": may,
        "found": _found(dossier, words, found.account), "back": _back(dossier, found),
        "party": imputing.party_of(found) if may else "",
    }  # fmt: skip
    return render(request, "facturier/account_choice.html", context)


def _found(dossier: Dossier, words: str, like: str) -> list[tuple[str, str]]:
    """Return numbers and labels: as it was typed, then those of the class of `like`.

    In each class the accounts that the dossier uses come first.
    """
    plan = {one.number: one.label for one in find(words)}
    typed = words.replace(" ", "")
    found = {}
    if typed.isdecimal() and accounts.exists(typed) and typed not in plan:
        found[typed] = accounts.label(typed)
    pad = booking.books_of(dossier).pad
    used = set(
        dossier.entry_lines.filter(account__in=[pad(one) for one in plan])
        .order_by().values_list("account", flat=True).distinct()
    )  # fmt: skip

    def place(one: tuple[str, str]) -> tuple[bool, bool]:
        return one[0][0] != like[0], pad(one[0]) not in used

    found |= dict(sorted(plan.items(), key=place))
    return [(pad(number), label) for number, label in found.items()]


def _choose(request: Request, dossier: Dossier, line: EntryLine) -> HttpResponse:
    must_keep_books(request, dossier)
    try:
        asked = request.POST.get("toujours") or request.POST.get("compte", "")
        done = booking.choose_account(line, asked, request.user)
    except RefusedByUs as error:
        messages.error(request, error.in_full)
        return redirect("line_account", dossier.pk, line.pk)
    said: dict[str, Any] = {"account": done.account}
    messages.success(request, _("Le compte %(account)s est retenu.") % said)
    if "toujours" in request.POST:
        width = booking.books_of(dossier).account_width
        do(
            request, lambda: imputing.always(done, done.account, width, request.user),
            _("Il le sera toujours pour ce tiers : une règle d'imputation le dit."),
        )  # fmt: skip
    return redirect(_back(dossier, line))


def _back(dossier: Dossier, line: EntryLine) -> str:
    """Return where the entry stands: on the page of its document, else in the list."""
    entry = line.entry
    if entry.document_id:
        page = reverse("document", args=[dossier.pk, entry.document_id])
    else:
        page = f"{reverse('entries', args=[dossier.pk])}?etat={entry.state}"
    return f"{page}#ligne-{line.pk}"
