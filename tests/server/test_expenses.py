"""Employee expenses on the platform: claims, invoices that employees paid, one purchase once.

Each scenario plays over a real dossier and compares the books with a table made by hand.
"""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import F, Sum
from django.db.utils import IntegrityError, ProgrammingError
from tests.server.expensed import DAY, PHOTO, employee, invoice, received, ticket

from facturier.errors import RefusedByUs
from facturier.lifecycle.statuses import Side
from facturier.server import clock, sight
from facturier.server.books import booking
from facturier.server.books.models import Entry
from facturier.server.documents import history
from facturier.server.documents.models import Document
from facturier.server.expenses import advising, claiming, clearing, linking
from facturier.server.expenses.claiming import Receipt
from facturier.server.expenses.models import (
    Claim,
    ClaimLine,
    Employee,
    ExpenseChoice,
    KnownPayer,
    PaidInvoice,
)

pytestmark = pytest.mark.django_db
D = Decimal
NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _day():
    with clock.set_to(NOW):
        yield


@pytest.fixture
def bakery(office):
    return office.bakery


@pytest.fixture
def alice(bakery):
    return employee(bakery)


def table(text):
    """Read a table made by hand: account, auxiliary, balance."""
    rows = (row.split() for row in text.strip().splitlines())
    return {(account, "" if of == "-" else of): D(balance) for account, of, balance in rows}


def books(dossier, *, validated=False):
    """Return what the books hold, by account and auxiliary, but for what balances."""
    states = Entry.IN_THE_BOOKS if validated else (*Entry.IN_THE_BOOKS, "proposed")
    lines = dossier.entry_lines.filter(entry__state__in=states).order_by()
    sums = lines.values("account", "auxiliary").annotate(net=Sum(F("debit") - F("credit")))
    return {
        (row["account"], row["auxiliary"] if row["account"] != "401000" else ""): row["net"]
        for row in sums if row["net"]
    }  # fmt: skip


def validate_all(dossier, person):
    for entry in Entry.objects.filter(dossier=dossier, state="proposed").order_by("pk"):
        booking.validate(entry, person)


def to_the_books(claim, client, expert):
    """Send, approve and book a claim."""
    claiming.submit(claim, client)
    claiming.approve(claim, expert)
    return claiming.book(claim)


ONE_PURCHASE = """
625700  -      80.00
445660  -       8.00
421000  S0042 -88.00
"""
"""One meal, 80.00 + 8.00: one charge, VAT once, owed to the employee once."""
PAID_BACK = """
625700  -      80.00
445660  -       8.00
512000  -     -88.00
"""


# --- the life of a claim -------------------------------------------------------------------------


def test_a_claim_goes_from_its_first_line_to_the_bank(bakery, alice, client_person, expert):
    line = ticket(alice)
    claim = line.claim
    assert (claim.number, claim.state, claim.month) == (
        "NDF-2026-11-0042", "draft", date(2026, 11, 1)
    )  # fmt: skip
    claiming.submit(claim, client_person)
    with pytest.raises(RefusedByUs, match="ne se change plus"):
        ticket(alice, line=line)
    claiming.approve(claim, expert)
    entry = claiming.book(claim)
    assert books(bakery) == table(ONE_PURCHASE)
    assert [row.rule for row in entry.lines.all()] == ["NDF-HT", "NDF-TVA", "NDF-SALARIE"]
    assert all(row.reason for row in entry.lines.all())
    assert entry.lines.first().piece == line.reference
    claim.refresh_from_db()
    claiming.reimburse(claim, date(2026, 11, 30))
    validate_all(bakery, expert)
    assert books(bakery, validated=True) == table(PAID_BACK)


def test_the_next_line_after_sending_opens_another_claim(alice, client_person):
    first = ticket(alice)
    claiming.submit(first.claim, client_person)
    assert ticket(alice, "12.00", taxes=[]).claim.number == "NDF-2026-11-0042-2"


def test_who_sent_it_or_is_paid_by_it_does_not_approve(alice, client_person, expert):
    line = ticket(alice)
    claiming.submit(line.claim, expert)
    with pytest.raises(RefusedByUs, match="ne l'approuve pas"):
        claiming.approve(line.claim, expert)
    Employee.objects.update(person=client_person)
    with pytest.raises(RefusedByUs, match="ne l'approuve pas"):
        claiming.approve(line.claim, client_person)


def test_no_step_is_jumped_over(alice, client_person, expert):
    claim = ticket(alice).claim
    for act in (
        lambda: claiming.approve(claim, expert),
        lambda: claiming.book(claim),
        lambda: claiming.reimburse(claim, DAY),
        lambda: claiming.send_back(claim, "non"),
    ):
        with pytest.raises(RefusedByUs, match="pas le moment"):
            act()
    claiming.submit(claim, client_person)
    with pytest.raises(RefusedByUs, match="pourquoi"):
        claiming.send_back(claim, " ")
    claiming.send_back(claim, "Ticket illisible")
    claim.refresh_from_db()
    assert (claim.state, claim.sent_back) == ("draft", "Ticket illisible")


def test_an_empty_claim_goes_with_its_last_line(alice):
    claiming.remove(ticket(alice))
    assert not Claim.objects.exists()


def test_a_receipt_is_kept_by_its_content_and_nothing_else_is_taken(alice):
    line = ticket(alice)
    assert line.receipt_id is not None
    with pytest.raises(RefusedByUs, match="ni une photo"):
        ticket(alice, receipt=Receipt(name="x.html", data=b"<script>"))
    with pytest.raises(RefusedByUs, match="10 Mo"):
        ticket(alice, receipt=Receipt(name="x.jpg", data=PHOTO.data + bytes(10 * 1024 * 1024)))


def test_kilometres_count_from_the_beginning_of_the_year(alice):
    said = {"nature": "kilometres", "label": "Chantier", "taxes": [["20", "1.00"]]}
    first = ticket(alice, day=date(2026, 3, 2), kilometres=D(4900), **said)
    second = ticket(alice, kilometres=D(200), **said)
    assert (first.gross, first.taxes) == (D("3116.40"), [])
    assert second.gross == D("99.30")  # 5100 × 0.357 + 1395 − 3116.40
    assert "2026" in second.computed
    other = employee(alice.dossier, "0007", horsepower=None)
    with pytest.raises(RefusedByUs, match="puissance fiscale"):
        ticket(other, kilometres=D(10), **said)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"day": date(2026, 11, 28)}, "pas encore passé"),
        ({"gross": D(0)}, "plus grand que zéro"),
        ({"taxes": [["10", "80.00"]]}, "plus que les 88,00"),
    ],
)
def test_what_cannot_be_an_expense_is_refused(alice, more, said):
    with pytest.raises(RefusedByUs, match=said):
        ticket(alice, **more)
    assert not Claim.objects.exists()


# --- invoices that an employee paid --------------------------------------------------------------


@pytest.mark.parametrize(
    "signs",
    [
        {"ahk": "0042"},
        {"ahk": "", "payer": "Matricule 0042"},
        {"ahk": "", "payer": "salariee quarante-deux"},
        {"ahk": "", "card": "4242"},
        {"ahk": "", "card": "XXXXXXXXXXXX4242", "suffix": "FRAISCOLLABORATEUR"},
    ],
)
def test_the_supplier_is_cleared_at_booking(bakery, alice, signs):
    Employee.objects.update(card="4242")
    document = received(bakery, invoice(**signs))
    assert books(bakery) == table(ONE_PURCHASE)
    row = PaidInvoice.objects.get(document=document)
    assert (row.employee, row.state) == (alice, "cleared")
    assert row.why
    (said,) = document.entries.get().remarks
    assert said.startswith("Payée par Salariée Quarante-Deux :"), "the bank has no part in it"


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize("account", ["467", "455"])
def test_the_employee_has_the_account_that_was_chosen(bakery, account):
    Employee.objects.update(account=account)
    received(bakery)
    assert books(bakery)[(f"{account}000", "S0042")] == D("-88.00")


def test_an_unknown_payer_is_asked_once_and_remembered(bakery, alice, expert):
    first = received(bakery, invoice("FA-1", ahk="7777"))
    assert books(bakery)[("401000", "")] == D("-88.00")
    assert "dites-le dans" in first.entries.get().remarks[-1]
    row = PaidInvoice.objects.get(document=first)
    clearing.answer(row, alice, expert)
    assert books(bakery) == table(ONE_PURCHASE)
    with pytest.raises(RefusedByUs, match="vient de le dire"):
        clearing.answer(row, alice, expert)
    received(bakery, invoice("FA-2", ahk="7777"))
    assert books(bakery)[("421000", "S0042")] == D("-176.00")
    assert KnownPayer.objects.get().key == "7777"


def test_somebody_who_is_no_employee_is_remembered_too(bakery, expert):
    row = PaidInvoice.objects.get(document=received(bakery, invoice("FA-1", ahk="7777")))
    clearing.answer(row, None, expert)
    second = received(bakery, invoice("FA-2", ahk="7777"))
    assert not PaidInvoice.objects.filter(document=second).exists()
    assert books(bakery)[("401000", "")] == D("-176.00")


def test_what_remains_to_be_paid_is_not_cleared_without_a_word(bakery, alice, expert):
    document = received(bakery, invoice(process="S1", paid=""))
    assert books(bakery)[("401000", "")] == D("-88.00")
    assert "reste à payer" in document.entries.get().remarks[-1]
    clearing.answer(document.paid_by, alice, expert)
    assert ("401000", "") not in books(bakery)


@pytest.mark.usefixtures("alice")
def test_an_ordinary_invoice_asks_nothing(bakery):
    received(bakery, invoice(ahk=""))
    received(bakery, invoice("FA-2", ahk="", card="9999"))
    assert not PaidInvoice.objects.exists()


def test_an_answer_after_validation_is_an_entry_of_its_own(bakery, alice, expert):
    row = PaidInvoice.objects.get(document=received(bakery, invoice(ahk="7777")))
    validate_all(bakery, expert)
    clearing.answer(row, alice, expert)
    row.refresh_from_db()
    assert row.entry.journal.code == "OD"
    assert books(bakery) == table(ONE_PURCHASE)


# --- one purchase, in either order ---------------------------------------------------------------


@pytest.mark.parametrize("is_named", [True, False], ids=["AHK", "no payer"])
@pytest.mark.parametrize("is_validated", [True, False], ids=["validated", "proposed"])
def test_the_invoice_first_then_the_claim(
    bakery, alice, client_person, expert, is_named, is_validated
):
    document = received(bakery, invoice(ahk="0042" if is_named else ""))
    if is_validated:
        validate_all(bakery, expert)
    line = ticket(alice)
    (found,) = linking.candidates(bakery)
    assert (found.document, found.line) == (document, line)
    assert "Même jour." in found.match.reasons
    claiming.submit(line.claim, client_person)
    claiming.approve(line.claim, expert)
    with pytest.raises(RefusedByUs, match="ressemble à la facture FA-1"):
        claiming.book(line.claim)
    linking.link(line, document, expert)
    assert claiming.book(line.claim) is None, "nothing is left to charge"
    assert books(bakery) == table(ONE_PURCHASE)
    claim = Claim.objects.get()
    claiming.reimburse(claim, DAY)
    validate_all(bakery, expert)
    assert books(bakery, validated=True) == table(PAID_BACK)
    assert linking.candidates(bakery) == []


@pytest.mark.parametrize("is_named", [True, False], ids=["AHK", "no payer"])
@pytest.mark.parametrize("is_validated", [True, False], ids=["validated", "proposed"])
@pytest.mark.parametrize("taxes", [[["10", "8.00"]], []], ids=["deducted", "not deducted"])
def test_the_claim_first_and_booked_then_the_invoice(
    bakery, alice, client_person, expert, is_named, is_validated, taxes
):
    line = ticket(alice, taxes=taxes)
    to_the_books(line.claim, client_person, expert)
    if is_validated:
        validate_all(bakery, expert)
    document = received(bakery, invoice(ahk="0042" if is_named else ""))
    with pytest.raises(RefusedByUs, match="déjà comptabilisé par la note de frais NDF-2026-11"):
        booking.validate(document.entries.get(), expert)
    (found,) = linking.candidates(bakery)
    linking.link(found.line, found.document, expert)
    assert books(bakery) == table(ONE_PURCHASE)
    claiming.reimburse(Claim.objects.get(), DAY)
    validate_all(bakery, expert)
    assert books(bakery, validated=True) == table(PAID_BACK)


def test_a_claim_keeps_its_other_expenses_when_one_is_invoiced(
    bakery, alice, client_person, expert
):
    meal = ticket(alice)
    ticket(alice, "24.00", nature="peage", label="Péage", supplier="", taxes=[["20", "4.00"]])
    to_the_books(meal.claim, client_person, expert)
    document = received(bakery)
    linking.link(meal, document, expert)
    assert books(bakery) == table("""
        625700  -       80.00
        625100  -       20.00
        445660  -       12.00
        421000  S0042 -112.00
    """)
    claiming.reimburse(Claim.objects.get(), DAY)
    assert ("421000", "S0042") not in books(bakery)


def test_paid_back_already_the_employee_is_owed_nothing_more(bakery, alice, client_person, expert):
    line = ticket(alice)
    to_the_books(line.claim, client_person, expert)
    claiming.reimburse(Claim.objects.get(), DAY)
    validate_all(bakery, expert)
    linking.link(line, received(bakery), expert)
    validate_all(bakery, expert)
    assert books(bakery, validated=True) == table(PAID_BACK)


def test_two_purchases_of_one_amount_are_told_apart(bakery, alice, client_person, expert):
    document = received(bakery, invoice(ahk=""))
    line = ticket(alice)
    linking.tell_apart(line, document)
    to_the_books(line.claim, client_person, expert)
    validate_all(bakery, expert)
    assert books(bakery)[("625700", "")] == D("160.00")
    assert linking.candidates(bakery) == []


def test_what_was_linked_is_not_linked_again(bakery, alice, expert):
    document, line = received(bakery), ticket(alice)
    linking.link(line, document, expert)
    with pytest.raises(RefusedByUs, match="Déjà rapproché"):
        linking.link(line, document, expert)
    with pytest.raises(RefusedByUs, match="NDF-2026-11-0042"):
        linking.link(ticket(alice), document, expert)
    with pytest.raises(IntegrityError, match="one_claim_line_per_inv"), transaction.atomic():
        ClaimLine.objects.filter(document=None).update(document=document)


def test_a_link_is_undone_while_nothing_is_in_the_books(bakery, alice, expert):
    document, line = received(bakery, invoice(ahk="")), ticket(alice)
    linking.link(line, document, expert)
    assert ("401000", "") not in books(bakery)
    linking.unlink(line)
    assert books(bakery)[("401000", "")] == D("-88.00")
    assert len(linking.candidates(bakery)) == 1
    named = received(bakery, invoice("FA-2", net="50.00", paid="55.00"))
    other = ticket(alice, "55.00", taxes=[["10", "5.00"]])
    linking.link(other, named, expert)
    linking.unlink(other)
    assert named.entries.get().lines.filter(account="421000").exists(), "the invoice says it"


def test_an_invoice_of_another_employee_is_not_hers(bakery, alice, expert):
    employee(bakery, "0007", name="Un autre")
    document = received(bakery, invoice(ahk="0007"))
    line = ticket(alice)
    assert linking.candidates(bakery) == []
    with pytest.raises(RefusedByUs, match="déjà soldée par Un autre"):
        linking.link(line, document, expert)


def test_a_credit_note_is_no_purchase(bakery, alice):
    document = received(bakery, invoice(ahk=""))
    ticket(alice)
    assert len(linking.candidates(bakery)) == 1
    Document.objects.filter(pk=document.pk).update(type_code="381")
    assert linking.candidates(bakery) == []


def test_an_invoice_outside_the_books_charges_nothing(bakery, alice, expert):
    document, line = received(bakery), ticket(alice)
    Entry.objects.filter(document=document).update(state="withdrawn")
    assert linking.candidates(bakery) == []
    PaidInvoice.objects.all().delete()
    with pytest.raises(RefusedByUs, match="pas dans les livres"):
        linking.link(line, document, expert)


def test_an_invoice_refused_afterwards_gives_the_expense_back_to_the_claim(
    bakery, alice, client_person, expert
):
    document, line = received(bakery, invoice(ahk="")), ticket(alice)
    linking.link(line, document, expert)
    claiming.submit(line.claim, client_person)
    claiming.approve(line.claim, expert)
    history.say(document.transmissions.get(), 210, Side.BUYER, reason="TX_TVA_ERR", comment="10 %.")
    assert books(bakery) == {}
    with pytest.raises(RefusedByUs, match="n'est plus dans les livres"):
        claiming.book(line.claim)
    linking.unlink(line)
    claiming.book(line.claim)
    assert books(bakery) == table(ONE_PURCHASE)


@pytest.mark.slow
def test_forty_claims_and_their_invoices_make_no_charge_twice(bakery, alice, client_person, expert):
    """Forty meals, each claimed and invoiced, the claim before or after the invoice by turns."""
    for n in range(40):
        net = D(20 + n)
        gross, tax = net * D("1.1"), net / 10
        day = date(2026, 11, 1 + n % 20)
        made = invoice(
            f"FA-{n}", net=str(net), paid=f"{gross:.2f}", on=day.isoformat(),
            ahk="0042" if n % 3 else "",
        )  # fmt: skip
        before = received(bakery, made) if n % 2 else None
        line = ticket(alice, gross, day=day, taxes=[["10", f"{tax:.2f}"]])
        if before is not None:
            linking.link(line, before, expert)
        else:
            to_the_books(line.claim, client_person, expert)
            received(bakery, made)
    for found in linking.candidates(bakery):
        assert found.line.gross == found.document.total_with_vat
        linking.link(found.line, found.document, expert)
    assert not ClaimLine.objects.filter(document=None).exists()
    net = sum((D(20 + n) for n in range(40)), D(0))
    assert books(bakery) == {
        ("625700", ""): net, ("445660", ""): net / 10, ("421000", "S0042"): -net * D("1.1"),
    }  # fmt: skip


# --- advice, letter, walls -----------------------------------------------------------------------


def test_a_dossier_says_from_when_expenses_are_too_many(bakery, alice):
    for n in range(4):
        ticket(alice, day=date(2026, 11, n + 1))
    assert advising.habits_of(bakery, date(2026, 11, 1)) == []
    ExpenseChoice.objects.create(dossier=bakery, most=3, minutes=15)
    (found,) = advising.habits_of(bakery, date(2026, 11, 1))
    assert (found.what, found.count, found.hours) == ("Brasserie du Port", 4, D("1.0"))
    assert advising.habits_of(bakery, date(2026, 10, 1)) == []


@pytest.mark.usefixtures("alice")
def test_invoices_that_employees_paid_count_too(bakery):
    ExpenseChoice.objects.create(dossier=bakery, most=1)
    for n in range(2):
        received(bakery, invoice(f"FA-{n}"))
    (found,) = advising.habits_of(bakery, date(2026, 11, 1))
    assert (found.what, found.count) == ("Brasserie du Port SARL", 2)


def test_the_letter_is_the_dossiers(bakery, alice):
    company = advising.company_of(bakery)
    assert (company.siren, company.electronic_address) == (bakery.siren, bakery.siren)
    assert advising.ticket_of(ticket(alice)).matricule == "0042"


def test_another_cabinet_sees_and_writes_nothing(bakery, alice, stranger):
    ticket(alice)
    received(bakery)
    with sight.of_person(stranger.pk):
        for model in (Employee, Claim, ClaimLine, PaidInvoice, KnownPayer, ExpenseChoice):
            assert not model.objects.exists(), model
    with pytest.raises(ProgrammingError, match="row-level"), sight.of_person(stranger.pk):
        employee(bakery, "0001")


def test_an_employee_with_an_account_sees_the_own_claims_alone(
    bakery, alice, client_person, collaborateur
):
    other = employee(bakery, "0007")
    ticket(other)
    assert claiming.claims_of(bakery, client_person).count() == 1, "a client of the company"
    alice.person = client_person
    alice.save()
    assert claiming.claims_of(bakery, client_person).count() == 0
    assert list(claiming.employees_of(bakery, client_person)) == [alice]
    assert claiming.claims_of(bakery, collaborateur).count() == 1


def test_looking_for_one_purchase_asks_the_same_however_many(
    bakery, alice, django_assert_num_queries
):
    for n in range(3):
        received(bakery, invoice(f"FA-{n}"))
        ticket(alice)
        with django_assert_num_queries(2):
            linking.candidates(bakery)
