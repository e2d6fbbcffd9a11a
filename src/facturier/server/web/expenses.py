"""Employee expenses of a dossier: claims, what a person decides of them, the phone page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facturier.errors import RefusedByUs
from facturier.invoice.money import total
from facturier.ledger import expenses, invoice_request
from facturier.server.documents import store
from facturier.server.expenses import advising, claiming, clearing, linking
from facturier.server.expenses.models import Claim, ClaimLine, Employee, PaidInvoice
from facturier.server.firm.models import Dossier
from facturier.server.firm.rights import keeps_books
from facturier.server.reporting import periods
from facturier.server.web.access import attachment, in_dossier, must_keep_books
from facturier.server.web.doing import do
from facturier.server.web.dossier import frame
from facturier.server.web.expenses_forms import ChoiceForm, EmployeeForm, ExpenseForm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from facturier.ledger.expenses import Decision
    from facturier.server.expenses.linking import Candidate
    from facturier.server.web.access import Request

TAB = "frais"
SHOWN = 50
RECENT = 5
FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLine:
    """A line of a claim, with what is done with its VAT."""

    line: ClaimLine
    decision: Decision
    tax: Decimal
    deducted: Decimal
    candidates: Sequence[Candidate]


# --- the list ------------------------------------------------------------------------------------


@in_dossier
@require_GET
def listing(request: Request, dossier: Dossier) -> HttpResponse:
    """Show the claims of a month, what somebody has to decide, what comes back too often."""
    month = _month(request.GET.get("mois", ""))
    people = claiming.employees_of(dossier, request.user)
    shown = Claim.objects.filter(dossier=dossier, employee__in=people)
    choice = advising.choice_of(dossier)
    open_ = shown.exclude(state=Claim.State.REIMBURSED).exclude(month=month)
    paid = PaidInvoice.objects.filter(dossier=dossier).select_related("document", "employee")
    context = frame(request, dossier, TAB) | {
        "month": month, "before": month - timedelta(days=1),
        "after": (month + timedelta(days=31)).replace(day=1), "today": periods.today(),
        "claims": _counted(shown.filter(month=month)), "earlier": _counted(open_)[:SHOWN],
        "candidates": linking.candidates(dossier)[:SHOWN],
        "asked": paid.filter(state=PaidInvoice.State.ASKED)[:SHOWN],
        "unclaimed": paid.filter(
            state=PaidInvoice.State.CLEARED, document__claimed=None
        )[:SHOWN],
        "employees": list(people), "habits": advising.habits_of(dossier, month, choice),
    }  # fmt: skip
    return render(request, "facturier/expenses.html", context)


def _counted(claims: Any) -> Any:
    return claims.select_related("employee").annotate(gross=Sum("lines__gross"), n=Count("lines"))


def _month(text: str) -> date:
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        return periods.today().replace(day=1)
    if FIRST_YEAR <= found.year < LAST_YEAR:
        return found
    return periods.today().replace(day=1)


# --- one expense ---------------------------------------------------------------------------------


@in_dossier
@require_http_methods(["GET", "POST"])
def new(request: Request, dossier: Dossier) -> HttpResponse:
    """Ask for an expense, or keep it."""
    form = _form(request, dossier)
    made = _kept(request, form)
    if made is not None:
        return redirect("expense_claim", dossier.pk, made.claim_id)
    return render(
        request, "facturier/expense_form.html", frame(request, dossier, TAB) | {"form": form}
    )


@in_dossier
@require_http_methods(["GET", "POST"])
def phone(request: Request, dossier: Dossier) -> HttpResponse:
    """Ask for an expense on a phone, the receipt photographed first."""
    form = _form(request, dossier, photographing=True)
    if _kept(request, form) is not None:
        return redirect("expense_phone", dossier.pk)
    mine = ClaimLine.objects.filter(
        dossier=dossier, claim__employee__in=claiming.employees_of(dossier, request.user)
    )
    recent = mine.select_related("claim").order_by("-at")[:RECENT]
    context = {"dossier": dossier, "form": form, "recent": recent}
    return render(request, "facturier/expense_phone.html", context)


@login_required
@require_GET
def door(request: Request) -> HttpResponse:
    """Lead from the short address to the phone page; ask which dossier when there are several."""
    known = Employee.objects.filter(is_active=True).values("dossier")
    dossiers = list(request.dossiers.filter(pk__in=known)[:SHOWN])
    if len(dossiers) == 1:
        return redirect("expense_phone", dossiers[0].pk)
    return render(request, "facturier/expense_which.html", {"dossiers": dossiers})


def _form(
    request: Request, dossier: Dossier, line: ClaimLine | None = None, **more: Any
) -> ExpenseForm:
    people = claiming.employees_of(dossier, request.user)
    return ExpenseForm(
        request.POST or None, request.FILES or None, people, today=periods.today(), line=line,
        who=request.user, **more,
    )  # fmt: skip


def _kept(request: Request, form: ExpenseForm) -> ClaimLine | None:
    """Keep the expense of a valid form; None, with the reason on it, when refused."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        made = claiming.add(form.cleaned_data["collaborateur"], form.said, form.receipt, form.line)
    except RefusedByUs as error:
        form.add_error(None, error.in_full)
        return None
    amount = f"{made.gross:,.2f}".replace(",", "\u202f").replace(".", ",")
    messages.success(request, f"{made.label}, {amount} € : dans la note {made.claim.number}.")
    return made


def _line(request: Request, dossier: Dossier, expense: int) -> ClaimLine:
    """Return a line that the person may see, else 404."""
    claims = claiming.claims_of(dossier, request.user)
    rows = ClaimLine.objects.filter(claim__in=claims)
    beside = ("claim__employee", "claim__entry", "dossier", "document")
    return get_object_or_404(rows.select_related(*beside), pk=expense)


@in_dossier
@require_http_methods(["GET", "POST"])
def edit(request: Request, dossier: Dossier, expense: int) -> HttpResponse:
    """Ask what an expense should say, or change it."""
    line = _line(request, dossier, expense)
    form = _form(request, dossier, line)
    made = _kept(request, form)
    if made is not None:
        return redirect("expense_claim", dossier.pk, made.claim_id)
    context = frame(request, dossier, TAB) | {"form": form, "line": line}
    return render(request, "facturier/expense_form.html", context)


@in_dossier
@require_POST
def remove(request: Request, dossier: Dossier, expense: int) -> HttpResponse:
    """Take an expense out of a claim that is still being entered."""
    line = _line(request, dossier, expense)
    do(request, lambda: claiming.remove(line), f"{line.label} est retiré.")
    if Claim.objects.filter(pk=line.claim_id).exists():
        return redirect("expense_claim", dossier.pk, line.claim_id)
    return redirect("expenses", dossier.pk)


@in_dossier
@require_GET
def receipt(request: Request, dossier: Dossier, expense: int) -> HttpResponse:
    """Give the receipt as it came, to keep and never to show."""
    line = _line(request, dossier, expense)
    if line.receipt_id is None:
        raise Http404
    data = store.get(line.receipt_id)
    return attachment(data, line.receipt_name, claiming.media_type(data))


@in_dossier
@require_http_methods(["GET", "POST"])
def request_invoice(request: Request, dossier: Dossier, expense: int) -> HttpResponse:
    """Show the letter that asks the supplier for an invoice, or keep that it was sent."""
    line = _line(request, dossier, expense)
    if request.method == "POST":
        do(request, lambda: advising.asked(line), "La demande de facture est notée.")
        return redirect("expense_claim", dossier.pk, line.claim_id)
    ticket = advising.ticket_of(line)
    text = invoice_request.letter(ticket, advising.company_of(dossier))
    subject = invoice_request.subject(ticket)
    query = urlencode({"subject": subject, "body": text}).replace("+", "%20")
    context = frame(request, dossier, TAB) | {
        "line": line, "text": text, "subject": subject, "mail": f"mailto:?{query}",
    }  # fmt: skip
    return render(request, "facturier/expense_request.html", context)


@in_dossier
@require_POST
def decide(request: Request, dossier: Dossier, expense: int) -> HttpResponse:
    """Say that an expense and an invoice are one purchase, or two: the cabinet does."""
    must_keep_books(request, dossier)
    line = _line(request, dossier, expense)
    said = request.POST.get("reponse", "")
    if said == "defaire":
        do(request, lambda: linking.unlink(line), "Le rapprochement est défait.")
        return redirect("expense_claim", dossier.pk, line.claim_id)
    wanted = request.POST.get("document", "")
    received = dossier.documents.filter(direction="received")
    document = get_object_or_404(received, pk=wanted if wanted.isdecimal() else 0)
    if said == "meme":
        done = f"{line.label} et la facture {document.number} sont un seul achat."
        do(request, lambda: linking.link(line, document, request.user), done)
    else:
        do(request, lambda: linking.tell_apart(line, document), "Ce sont deux achats.")
    return redirect(_back(request, dossier, line.claim_id))


def _back(request: Request, dossier: Dossier, claim: int) -> str:
    if request.POST.get("retour") == "note":
        return reverse("expense_claim", args=[dossier.pk, claim])
    return reverse("expenses", args=[dossier.pk])


# --- one claim -----------------------------------------------------------------------------------


@in_dossier
@require_GET
def claim_page(request: Request, dossier: Dossier, claim: int) -> HttpResponse:
    """Show a claim: each expense with what is done with its VAT, and the next step."""
    found = _claim(request, dossier, claim)
    lines = _shown(dossier, found)
    context = frame(request, dossier, TAB) | {
        "claim": found, "lines": lines, "gross": total(one.line.gross for one in lines),
        "tax": total(one.tax for one in lines), "deducted": total(one.deducted for one in lines),
        "lost": total(one.tax - one.deducted for one in lines if one.decision.ask),
        "steps": list(Claim.State.choices), "undecided": any(one.candidates for one in lines),
    }  # fmt: skip
    return render(request, "facturier/expense_claim.html", context)


def _claim(request: Request, dossier: Dossier, claim: int) -> Claim:
    beside = ("employee", "entry__journal", "reimbursement__journal", "submitted_by", "approved_by")
    rows = claiming.claims_of(dossier, request.user).select_related(*beside)
    return get_object_or_404(rows, pk=claim)


def _shown(dossier: Dossier, claim: Claim) -> list[ShownLine]:
    recovers = dossier.vat_regime != Dossier.VatRegime.FRANCHISE
    by_line = linking.of_line(linking.candidates(dossier, claim))
    shown = []
    for line in claim.lines.select_related("document__paid_by", "correction__journal"):
        line.claim = claim
        expense = line.expense
        decision = expenses.decide(expense, recovers=recovers)
        deducted = total(decision.of(tax) for _, tax in expense.vat)
        shown.append(ShownLine(
            line=line, decision=decision, tax=expense.tax, deducted=deducted,
            candidates=by_line.get(line.pk, ()),
        ))  # fmt: skip
    return shown


@in_dossier
@require_POST
def act(request: Request, dossier: Dossier, claim: int, action: str) -> HttpResponse:
    """Take a claim one step further; beyond sending it, the cabinet does."""
    found = _claim(request, dossier, claim)
    who = request.user
    steps: dict[str, tuple[Callable[[], object], str]] = {
        "envoyer": (lambda: claiming.submit(found, who), "La note est envoyée."),
        "renvoyer": (lambda: claiming.send_back(found, request.POST.get("motif", "")),
                     "La note est renvoyée à qui l'a saisie."),
        "approuver": (lambda: claiming.approve(found, who), "La note est approuvée."),
        "comptabiliser": (lambda: claiming.book(found),
                          "L'écriture est proposée : validez-la dans « Écritures »."),
        "rembourser": (lambda: claiming.reimburse(found, periods.today()),
                       "L'écriture de banque est proposée : validez-la dans « Écritures »."),
    }  # fmt: skip
    if action not in steps:
        raise Http404
    if action != "envoyer" and not keeps_books(who, dossier):
        raise PermissionDenied
    do(request, *steps[action])
    return redirect("expense_claim", dossier.pk, claim)


# --- invoices that employees paid ----------------------------------------------------------------


@in_dossier
@require_POST
def payer(request: Request, dossier: Dossier, paid: int) -> HttpResponse:
    """Say who paid an invoice that asks."""
    must_keep_books(request, dossier)
    row = get_object_or_404(PaidInvoice.objects.filter(dossier=dossier), pk=paid)
    wanted = request.POST.get("collaborateur", "")
    employee = None
    if wanted != "personne":
        rows = Employee.objects.filter(dossier=dossier)
        employee = get_object_or_404(rows, pk=wanted if wanted.isdecimal() else 0)
    said = f"Payée par {employee} : le fournisseur est soldé." if employee else "C'est noté."
    do(request, lambda: clearing.answer(row, employee, request.user), said)
    return redirect("expenses", dossier.pk)


@in_dossier
@require_POST
def add_invoice(request: Request, dossier: Dossier, paid: int) -> HttpResponse:
    """Put an invoice that an employee paid into the claim of its month."""
    must_keep_books(request, dossier)
    rows = PaidInvoice.objects.filter(dossier=dossier, state=PaidInvoice.State.CLEARED)
    row = get_object_or_404(rows.select_related("document", "employee__dossier"), pk=paid)
    do(request, lambda: linking.claim_invoice(row, request.user), "La facture est dans sa note.")
    return redirect("expenses", dossier.pk)


# --- employees and choices -----------------------------------------------------------------------


@in_dossier
@require_http_methods(["GET", "POST"])
def employees(request: Request, dossier: Dossier) -> HttpResponse:
    """List the employees; ask from when expenses are too many. Only the cabinet changes it."""
    choice = advising.choice_of(dossier)
    first = {"pieces": choice.most, "minutes": choice.minutes}
    form = ChoiceForm(request.POST or None, initial=first)
    if request.method == "POST":
        must_keep_books(request, dossier)
        if form.is_valid():
            form.keep(dossier)
            messages.success(request, "C'est noté.")
            return redirect("employees", dossier.pk)
    rows = claiming.employees_of(dossier, request.user).select_related("person")
    context = frame(request, dossier, TAB) | {"form": form, "rows": rows}
    return render(request, "facturier/employees.html", context)


@in_dossier
@require_http_methods(["GET", "POST"])
def employee(request: Request, dossier: Dossier, employee: int | None = None) -> HttpResponse:
    """Ask who an employee is, or keep it. Only the cabinet changes it."""
    rows = claiming.employees_of(dossier, request.user)
    found = get_object_or_404(rows, pk=employee) if employee else None
    form = EmployeeForm(request.POST or None, dossier, found)
    if request.method == "POST":
        must_keep_books(request, dossier)
        if form.is_valid():
            kept = form.save()
            messages.success(request, f"{kept} est enregistré.")
            return redirect("employees", dossier.pk)
    context = frame(request, dossier, TAB) | {"form": form, "found": found}
    return render(request, "facturier/employee_form.html", context)
