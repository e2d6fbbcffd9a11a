"""From a ticket to its invoice, by both branches, to the return on both sides; VAT once."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from facturier import formats
from facturier.errors import RefusedByUs
from facturier.invoice.parties import french_vat_number
from facturier.ledger import settlement
from facturier.lifecycle.messages import received as receipt
from facturier.lifecycle.statuses import Side
from facturier.reporting.periods import Period
from facturier.reporting.receipts import Received
from facturier.reporting.sales import Category, Sale
from facturier.reporting.takings import Means, Z, part
from facturier.server.books import booking
from facturier.server.documents import history, store
from facturier.server.documents.models import Document
from facturier.server.portal.models import PortalFile
from facturier.server.reporting.models import Declaration
from facturier.server.security import attempts
from facturier.server.takings import keeping as takings
from facturier.server.takings import told
from facturier.server.takings.models import TakingsChoice
from facturier.server.tickets import keeping, links, proof
from facturier.server.tickets.models import Ticket
from facturier.server.web import ticket_link
from facturier.server.web.tickets import parties
from facturier.vat.draft import draft

pytestmark = pytest.mark.django_db
DAY, TILL = date(2026, 11, 20), "Salle"
MEAL = {"label": "Repas sur place", "rate": "10", "category": "TPS1", "gross": "110.00"}
WINE = {"label": "Vin à emporter", "rate": "20", "category": "TLB1", "gross": "10.05"}


@pytest.fixture
def restaurant(office):
    """The bakery as a restaurant: VAT on receipts, one till, 1 100,00 of meals that day."""
    bakery = office.bakery
    bakery.vat_on_receipts, bakery.vat_number = True, french_vat_number(bakery.siren)
    bakery.address_line, bakery.post_code, bakery.city = "1 rue du Port", "29200", "Brest"
    bakery.save()
    TakingsChoice.objects.create(
        dossier=bakery, starts_on=DAY, weekdays=[0], tills=[TILL],
        departments=[
            {one: part[one] for one in ("label", "rate", "category")} for part in (MEAL, WINE)
        ],
    )  # fmt: skip
    return bakery


def day_of(dossier, gross="1100.00", wine=""):
    parts = [part(Category.SERVICES, Decimal(10), Decimal(gross))]
    parts += [part(Category.GOODS, Decimal(20), Decimal(wine))] if wine else []
    whole = sum(one.gross for one in parts)
    z = Z(day=DAY, till=TILL, parts=tuple(parts), count=31, payments=((Means.CARD, whole),))
    return takings.record(dossier, z, origin="form")


@pytest.fixture
def ticket(restaurant):
    return keeping.give(restaurant, DAY, TILL, "118", [MEAL], Means.CARD, None)


@pytest.fixture
def browser(expert):
    client = Client()
    client.force_login(expert)
    return client


def link(ticket):
    return reverse("ticket_link", args=[links.token(ticket)])


def who(office, **more):
    return {
        "siren": office.florist.siren, "nom": "Fleuriste Simulé", "adresse": "2 rue Verte",
        "code_postal": "35000", "ville": "Rennes",
    } | more  # fmt: skip


def asked(office, ticket):
    """Let the customer ask, as he does: twice, without an account."""
    customer = Client()
    shown = customer.post(link(ticket), who(office)).content.decode()
    assert "Vous recevrez" in shown
    assert "dossier" not in shown, "who is a client of the cabinet is nobody's business"
    done = customer.post(link(ticket), who(office, confirmer="1")).content.decode()
    assert "Demande reçue" in done
    ticket.refresh_from_db()
    return ticket


# --- both branches, by hand -----------------------------------------------------------------------

BY_HAND = """
# A meal of 110,00 at 10 %: 100,00 + 10,00. The day: 1 100,00 with it (1 000,00 + 100,00),
# 990,00 without it (900,00 + 90,00). Accounts: credits negative. The bank entry of the buyer is
# what his statement brings: he had paid at the till.
== kept
seller   VE  5115 1100.00  706 -1000.00  44571 -100.00
buyer    HA  6257 100.00  44564 10.00  401 -110.00
buyer    BQ  401 110.00  512 -110.00  44566 10.00  44564 -10.00
10.3     1000.00 100.00
10.4     1100.00
flux1    S7 100.00 10.00
212      0
CA3      seller  A1 1000.00  9B 100.00
CA3      buyer   20 10.00
== cancelled
seller   VE  5115 990.00  706 -900.00  44571 -90.00
seller   VE  411 110.00  706 -100.00  44571 -10.00
buyer    HA  6257 100.00  44566 10.00  401 -110.00
buyer    BQ  401 110.00  512 -110.00
10.3     900.00 90.00
10.4     990.00
flux1    S2 100.00 10.00
212      1
CA3      seller  A1 1000.00  9B 100.00
CA3      buyer   20 10.00
"""


def by_hand(branch):
    """Return what the table says of a branch: its lines, sorted, amounts as numbers."""
    (text,) = re.findall(rf"== {branch}\n(.*?)(?===|\Z)", BY_HAND, re.DOTALL)
    return sorted(tidy(line) for line in text.strip().splitlines())


def tidy(line):
    head, *words = line.split()
    place = [] if head[0].isdigit() else [words.pop(0)]
    if head in ("seller", "buyer", "CA3"):
        return head, *place, *sorted(zip(words[::2], map(Decimal, words[1::2]), strict=True))
    return head, *place, *map(Decimal, words)


def booked(dossier, side):
    for row in dossier.entries.order_by("pk"):
        entry = booking.entry_of(row)
        lines = [(line.account.rstrip("0"), line.balance) for line in entry.lines]
        yield side, entry.journal, *sorted(lines)


def returned(dossier, side):
    made = draft([booking.entry_of(row) for row in dossier.entries.all()])
    boxes = [
        (one.code, one.base if one.code == "A1" else one.tax) for one in made.boxes if one.parts
    ]
    return "CA3", side, *sorted(boxes)


def found(office):
    """Return all that came of it, in the words of the table."""
    seller, buyer = office.bakery, office.florist
    lines = [*booked(seller, "seller"), *booked(buyer, "buyer")]
    lines += [returned(seller, "seller"), returned(buyer, "buyer")]
    for one, _row in told.behind(seller, Period(DAY, DAY)):
        if isinstance(one, Sale):
            lines.append(("10.3", one.taxable_amount, one.tax_amount))
        if isinstance(one, Received):
            lines.append(("10.4", *(gross for _, gross in one.parts)))
    files = PortalFile.objects.filter(dossier=seller)
    for one in files.filter(event=None, document__isnull=False).select_related("document"):
        of = one.document
        assert one.state == PortalFile.State.PENDING, one.last_error
        lines.append(("flux1", of.process, of.total_without_vat, of.total_vat))
    lines.append(("212", str(files.filter(event__code="212").count())))
    return sorted(map(plain, lines))


def plain(line):
    head, *rest = line
    return (head, Decimal(rest[0])) if head == "212" else (head, *rest)


def paid_by_the_buyer(office):
    """What the bank statement of the buyer brings."""
    row = office.florist.entries.get()
    entry = settlement.settle(
        booking.entry_of(row), "P-BANQUE", Decimal("110.00"), on=row.date,
        books=booking.books_of(office.florist),
    )  # fmt: skip
    booking.keep(office.florist, entry)


@pytest.mark.parametrize("branch", ["kept", "cancelled"])
def test_from_the_ticket_to_both_returns(branch, office, ticket, browser, everybody_works):
    row = day_of(office.bakery)
    asked(office, ticket)
    where = reverse("ticket", args=[office.bakery.pk, ticket.pk])
    if branch == "cancelled":
        page = browser.post(
            reverse("ticket_cancel", args=[office.bakery.pk, ticket.pk]),
            {"retirer": "1"},
            follow=True,
        ).content.decode()
        assert "a été corrigée" in page
    else:
        page = browser.get(where).content.decode()
    assert f"cadre {'S7' if branch == 'kept' else 'S2'}" in page
    assert "Conforme" in page
    takings.propose_entry(keeping.takings_of(Ticket.objects.get()))
    sending = reverse("ticket_send", args=[office.bakery.pk, ticket.pk])
    assert "est déposée" in browser.post(sending, follow=True).content.decode()
    assert "déjà partie" in browser.post(sending, follow=True).content.decode()
    everybody_works()

    sold = Document.objects.get(dossier=office.bakery)
    invoice = formats.read(store.get(sold.sha256)).invoice
    assert "Ticket n° 118 du 20/11/2026, caisse Salle" in " ".join(
        one.text for one in invoice.notes
    )
    assert (invoice.totals.paid_amount, invoice.totals.due_amount) == (Decimal(110), Decimal(0))
    history.say(
        sold.transmissions.get(), 212, Side.SELLER,
        amounts=[receipt(Decimal("110.00"), Decimal(10), on=DAY)],
    )  # fmt: skip
    everybody_works()
    paid_by_the_buyer(office)
    assert found(office) == by_hand(branch)

    sheet = proof.of(Ticket.objects.get())
    assert sheet.is_once, sheet.verdict
    assert ("recette" if branch == "kept" else "facture") in sheet.places[0]
    shown = browser.get(
        reverse("ticket_proof", args=[office.bakery.pk, ticket.pk])
    ).content.decode()
    assert "est comptée une fois" in shown
    assert "Flux 1" in shown
    assert "10.3" in shown
    assert proof.pdf(sheet).startswith(b"%PDF")
    assert row.gross == Decimal("1100.00"), "what was said first is never changed"


def test_counted_twice_is_said(office, ticket, everybody_works):
    """Somebody books by hand the invoice of a sale that the takings hold."""
    day_of(office.bakery)
    asked(office, ticket)
    keeping.send(ticket, *parties(ticket), None)
    everybody_works()
    sold = Document.objects.get(dossier=office.bakery)
    entry = booking.entry_of(takings.propose_entry(keeping.takings_of(ticket)))
    booking.keep(office.bakery, entry, document=sold)
    assert "comptée 2 fois" in proof.of(ticket).verdict


def test_a_day_that_takes_the_ticket_back_counts_it_twice(office, ticket, everybody_works):
    """Somebody copies the printed Z again, after the ticket was taken out of it."""
    whole = day_of(office.bakery).z()
    asked(office, ticket)
    keeping.cancel(ticket, is_still_in=True, by=None)
    ticket.refresh_from_db()
    keeping.send(ticket, *parties(ticket), None)
    everybody_works()
    assert proof.of(ticket).is_once
    again = keeping.takings_of(ticket)
    takings.correct(again, whole, "recopié", origin=again.origin, by=None)
    sheet = proof.of(Ticket.objects.get())
    assert "comptée 2 fois" in sheet.verdict
    assert any("le ticket y est revenu" in row.what for row in sheet.rows)


def test_a_sale_too_large_for_the_takings_does_not_leave_as_kept(office, ticket):
    day_of(office.bakery, "50.00")
    asked(office, ticket)
    with pytest.raises(RefusedByUs, match="ne contient pas 110,00"):
        keeping.send(ticket, *parties(ticket), None)
    assert any("trop petite" in row.what for row in proof.of(ticket).rows)


def test_nowhere_yet_is_said(office, ticket):
    assert "nulle part encore" in proof.of(ticket).verdict
    day_of(office.bakery, "50.00")  # a day that cannot have held it
    assert "nulle part encore" in proof.of(ticket).verdict


# --- the branch -----------------------------------------------------------------------------------


def test_a_day_that_is_declared_is_not_touched(office, ticket, browser):
    day_of(office.bakery)
    Declaration.objects.create(
        dossier=office.bakery, role="SE", data="transactions", start=date(2026, 11, 11),
        end=DAY, regime="monthly", due_on=DAY, due_at=timezone.now(), state="sent",
    )  # fmt: skip
    with pytest.raises(RefusedByUs, match="déjà déclarée"):
        keeping.cancel(ticket, is_still_in=True, by=None)
    page = browser.get(reverse("ticket", args=[office.bakery.pk, ticket.pk])).content.decode()
    assert "elle ne se touche plus" in page
    assert "Annulé en caisse</button>" not in page


def test_only_what_the_day_holds_is_taken_out(office, ticket):
    day_of(office.bakery, "100.00")
    with pytest.raises(RefusedByUs, match="ne contient pas 110,00"):
        keeping.cancel(ticket, is_still_in=True, by=None)
    keeping.cancel(ticket, is_still_in=False, by=None)  # the till had taken it out itself
    assert keeping.takings_of(ticket).gross == Decimal("100.00")


def test_goods_and_services_in_the_takings_are_two_invoices(office, restaurant):
    mixed = keeping.give(restaurant, DAY, TILL, "119", [MEAL, WINE], Means.CARD, None)
    asked(office, mixed)
    kept = keeping.made(mixed, *parties(mixed))
    assert [one.invoice.process.business_process for one in kept] == ["B7", "S7"]
    assert [one.invoice.number for one in kept] == ["F2026-0001", "F2026-0002"]
    assert all(one.is_valid for one in kept)
    keeping.cancel(mixed, is_still_in=False, by=None)
    mixed.refresh_from_db()
    (ordinary,) = keeping.made(mixed, *parties(mixed))
    assert ordinary.invoice.process.business_process == "M2"
    assert ordinary.is_valid, ordinary.findings
    assert ordinary.invoice.totals.with_vat == Decimal("120.05")


def test_the_vat_of_the_ticket_is_that_of_the_invoice_to_the_cent(office, restaurant):
    """10,05 at 20 %: 8,37 + 1,68; 8,37 × 20 % would be 1,67."""
    one = keeping.give(restaurant, DAY, TILL, "120", [WINE], Means.CASH, None)
    asked(office, one)
    (made,) = keeping.made(one, *parties(one))
    totals = made.invoice.totals
    assert (totals.without_vat, totals.vat_amount) == (Decimal("8.37"), Decimal("1.68"))
    assert made.is_valid, made.findings
    assert made.invoice.payment_instructions[0].means_code == "10"


# --- the page without account ---------------------------------------------------------------------


def test_the_link_shows_its_ticket_and_nothing_else(office, ticket, restaurant):
    keeping.give(restaurant, DAY, TILL, "777", [dict(MEAL, gross="333.00")], Means.CARD, None)
    page = Client().get(link(ticket)).content.decode()
    assert "n° 118" in page
    assert "110,00" in page
    for other in ("777", "333,00", office.mason.name, "Claire"):
        assert other not in page


@pytest.mark.parametrize(
    "word", ["x" * 43, "1-1", "1-1.1vMAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
)
def test_a_word_that_we_did_not_sign_opens_nothing(word):
    answer = Client().get(reverse("ticket_link", args=[word]))
    assert answer.status_code == 404
    assert "ne vaut rien" in answer.content.decode()


def test_a_link_of_another_ticket_cannot_be_made_of_this_one(ticket):
    named, signature = links.token(ticket).split(".", 1)
    other = f"{named.split('-')[0]}-{ticket.pk + 1}.{signature}"
    assert links.behind(other) is None
    assert links.behind(links.token(ticket)) == (ticket.dossier_id, ticket.pk)


def test_a_link_expires(ticket):
    address = link(ticket)
    Ticket.objects.filter(pk=ticket.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().get(address).status_code == 404


@pytest.mark.parametrize(
    ("changed", "said"), [({"siren": "123456789"}, "faux"), ({"siren": ""}, "obligatoire")]
)
def test_a_wrong_siren_is_said_and_nothing_is_kept(office, ticket, changed, said):
    answer = Client().post(link(ticket), who(office, confirmer="1", **changed))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    ticket.refresh_from_db()
    assert ticket.asked_at is None


def test_who_tries_too_often_waits(ticket, monkeypatch):
    monkeypatch.setattr(ticket_link, "OF_ADDRESS", 2)
    answers = [Client().get(link(ticket)).status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    assert attempts.PERIOD >= 60


def test_once_sent_nobody_changes_who_asked(office, ticket, browser, everybody_works):
    asked(office, ticket)
    browser.post(reverse("ticket_send", args=[office.bakery.pk, ticket.pk]))
    everybody_works()
    page = Client().post(link(ticket), who(office, siren=office.mason.siren, confirmer="1"))
    assert "Votre facture est partie" in page.content.decode()
    ticket.refresh_from_db()
    assert ticket.buyer["siren"] == office.florist.siren


def test_a_link_is_given_on_the_page(restaurant, browser):
    where = reverse("ticket_new", args=[restaurant.pk])
    typed = {
        "jour": "2026-11-20",
        "caisse": TILL,
        "numero": "42",
        "moyen": "carte",
        "rayon0": "55,00",
    }
    page = browser.post(where, typed, follow=True).content.decode()
    ticket = Ticket.objects.get()
    assert (ticket.gross, ticket.parts[0]["category"]) == (Decimal("55.00"), "TPS1")
    assert "data:image/svg+xml" in page
    assert "/ticket/" in page
    assert "a déjà son lien" in browser.post(where, typed).content.decode()
    assert (
        "Donnez au moins un montant"
        in browser.post(where, typed | {"rayon0": "", "numero": "43"}).content.decode()
    )
