"""The books of a dossier: taken over, read, lettered, locked, closed; pages and files of each."""

from __future__ import annotations

import io
import threading
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pypdfium2
import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.ledger.fec_dialects import BALANCES, DIALECTS, Dialect

from facturier.errors import RefusedByUs
from facturier.formats.fec import read_fec, write_fec
from facturier.ledger.entries import Entry as LedgerEntry
from facturier.ledger.entries import Line
from facturier.ledger.fec import check
from facturier.server import clock, sight
from facturier.server.archive import export, verify
from facturier.server.archive.models import Closing, ProofEnvelope
from facturier.server.books import booking, closing, letters, reading, taking_over, years
from facturier.server.books.models import Entry, EntryLine
from facturier.server.books.reading import Asked
from facturier.server.firm.models import Dossier

pytestmark = pytest.mark.django_db
CLOSES = date(2026, 6, 30)
YEAR = years.Year(date(2025, 7, 1), CLOSES)


def taken_over(dossier, expert, data=None):
    """Take the small year of the dialects over; the dossier closes in June."""
    Closing.objects.get_or_create(dossier=dossier, month=6)
    row = taking_over.keep(dossier, f"{dossier.siren}FEC20260630.txt", data or Dialect().write(),
                           expert)  # fmt: skip
    taking_over.take_in(row, expert)
    return row


@pytest.fixture
def books(office, expert):
    taken_over(office.bakery, expert)
    return office.bakery


def on(day):
    return clock.set_to(datetime(day.year, day.month, day.day, 9, tzinfo=UTC))


def an_entry(day, amount="100.00", journal="OD", *, number=""):
    """A small proposal: a charge that a supplier asks for."""
    lines = (
        Line(account="628000", label="Divers", debit=Decimal(amount)),
        Line(account="401000", auxiliary="FMOULIN", auxiliary_label="Moulin du Gué",
             label="Divers", credit=Decimal(amount)),
    )  # fmt: skip
    return LedgerEntry(
        journal=journal, date=day, document=number or "X-1", document_date=day, label="Divers",
        lines=lines,
    )  # fmt: skip


def balances(dossier, **asked):
    rows = reading.balance(dossier, Asked(first=YEAR.first, last=YEAR.last, **asked))
    return {row.account: row.net for row in rows if row.net}


# Taken over


@pytest.mark.parametrize("name", ["tabulation UTF-8", "point-virgule Windows-1252",
                                  "Montant et Sens +1 -1", "sans numéro d'écriture"])  # fmt: skip
def test_a_dialect_gives_the_balances_of_its_books(office, expert, name):
    taken_over(office.bakery, expert, DIALECTS[name].write())
    assert balances(office.bakery) == {k: Decimal(v) for k, v in BALANCES.items()}


def test_exported_taken_over_and_exported_again_is_the_same_file(books, office, expert):
    first = write_fec(booking.fec_of(books, CLOSES), encoding="utf-8")
    assert check(booking.fec_of(books, CLOSES)) == ()
    empty = Dossier.objects.create(
        cabinet=office.cabinet, name="Reprise", siren=books.siren,
        electronic_address=f"{books.siren}_REPRISE", is_simulation=True,
    )  # fmt: skip
    taken_over(empty, expert, first)
    assert write_fec(booking.fec_of(empty, CLOSES), encoding="utf-8") == first
    assert read_fec(first).rows == read_fec(Dialect().write()).rows


def test_our_own_entries_make_the_same_round(office, expert, deposited, everybody_works):
    deposited()
    everybody_works()
    entry = Entry.objects.filter(dossier=office.bakery).get()
    booking.validate(entry, expert)
    closes = date(entry.date.year, 12, 31)
    first = write_fec(booking.fec_of(office.bakery, closes))
    empty = Dossier.objects.create(
        cabinet=office.cabinet, name="Reprise", siren=office.bakery.siren,
        electronic_address=f"{office.bakery.siren}_REPRISE", is_simulation=True,
    )  # fmt: skip
    row = taking_over.keep(empty, f"{empty.siren}FEC{closes:%Y%m%d}.txt", first, expert)
    assert taking_over.take_in(row, expert) == 1
    assert write_fec(booking.fec_of(empty, closes)) == first


def test_what_was_taken_over_stands_in_the_chain_of_proof_with_its_file(
    books, client, expert, tmp_path
):
    row = books.takeovers.get()
    kept = ProofEnvelope.objects.get(dossier=books, kind="taken-over")
    said = kept.facts["taken_over"]
    lines = books.entry_lines.aggregate(debit=Sum("debit"), credit=Sum("credit"))
    assert (said["name"], said["entries"]) == (row.name, row.entries)
    assert (Decimal(said["debit"]), Decimal(said["credit"])) == (lines["debit"], lines["credit"])
    assert said["lines"] == books.entry_lines.count()
    assert [one["sha256"] for one in kept.facts["files"]] == [row.stored_id]
    client.force_login(expert)
    register = client.get(reverse("controls", args=[books.pk])).content.decode()
    assert f"Reprise du FEC « {row.name} »" in register
    with export.writer_to(tmp_path / "archive", "archive") as writer:
        export.export(books, writer)
    assert not verify.verify(tmp_path / "archive").faults
    blob = tmp_path / "archive" / "blobs" / row.stored_id
    assert blob.read_bytes() == taking_over.content(row)


def test_the_database_knows_at_once_how_much_was_taken_over(office, expert):
    with connection.cursor() as cursor:
        taken_over(office.bakery, expert)
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'books_entryline'")
        assert cursor.fetchone()[0] >= office.bakery.entry_lines.count()


def test_a_period_is_not_counted_twice_nor_a_file_taken_twice(books, expert):
    row = books.takeovers.get()
    with pytest.raises(RefusedByUs, match="déjà repris"):
        taking_over.take_in(row, expert)
    again = taking_over.keep(books, row.name, Dialect().write(), expert)
    assert "comptée deux fois" in taking_over.preview(again).refusal
    with pytest.raises(RefusedByUs, match="comptée deux fois"):
        taking_over.take_in(again, expert)


def test_the_books_of_another_company_are_refused(office, expert):
    row = taking_over.keep(office.bakery, "100000009FEC20260630.txt", Dialect().write(), expert)
    assert "100000009" in taking_over.preview(row).refusal
    none = taking_over.keep(office.bakery, "lettre.txt", b"bonjour", expert)
    assert "18 colonnes" in taking_over.preview(none).refusal
    taking_over.set_aside(none)
    with pytest.raises(RefusedByUs, match="écarté"):
        taking_over.take_in(none, expert)


def test_what_was_taken_over_is_validated_and_stays(books):
    line = EntryLine.objects.filter(dossier=books, account="607000").get()
    assert (line.entry.state, line.entry.number) == ("validated", "1")
    with pytest.raises(DatabaseError), transaction.atomic():
        EntryLine.objects.filter(pk=line.pk).update(debit=1)


def test_a_client_takes_nothing_over(client, client_person, office):
    client.force_login(client_person)
    where = reverse("takeovers", args=[office.bakery.pk])
    answer = client.post(where, {"fichier": io.BytesIO(Dialect().write())})
    assert answer.status_code == 403


def test_the_pages_take_a_file_over(client, expert, office):
    client.force_login(expert)
    file = io.BytesIO(DIALECTS["dates JJ/MM/AAAA"].write())
    file.name = f"{office.bakery.siren}FEC20260630.txt"
    page = client.post(reverse("takeovers", args=[office.bakery.pk]), {"fichier": file},
                       follow=True)  # fmt: skip
    shown = page.content.decode()
    assert "AAAAMMJJ" in shown
    assert "17\u202f555,06" in shown
    row = office.bakery.takeovers.get()
    done = client.post(reverse("takeover_take", args=[office.bakery.pk, row.pk]), follow=True)
    assert "5 écritures reprises" in done.content.decode()
    assert client.get(reverse("takeover_file", args=[office.bakery.pk, row.pk])).content == (
        DIALECTS["dates JJ/MM/AAAA"].write()
    )
    entry = row.rows.first()
    assert client.get(reverse("trail", args=[office.bakery.pk, entry.pk])).status_code == 200
    assert client.get(reverse("entry", args=[office.bakery.pk, entry.pk])).status_code == 200


# Read

LISTS = [
    ("balance", "?exercice=2026-06-30", "Farine", 912),
    ("general_ledger", "?exercice=2026-06-30", "Balance de précision", 912),
    ("aged", "?liste=fournisseurs&au=2026-06-30", "Acme Inc.", 912),
    ("journals", "?", "Achats", 2178.53),
    ("entries", "?q=Acme", "Acme Inc.", 912),
    ("letters", "?", "Acme Inc.", -912),
    ("letters", "?compte=401000&tiers=FACME", "Balance de précision", 912),
]
"""Page, what it is asked, a word and an amount of it."""


@pytest.mark.parametrize(("name", "query", "word", "amount"), LISTS)
def test_each_list_is_a_page_and_three_files_that_say_the_same(
    client, expert, books, name, query, word, amount
):
    client.force_login(expert)
    where = reverse(name, args=[books.pk]) + query
    page = client.get(where).content.decode()
    assert word in page
    assert "fichier=xlsx" in page
    text = client.get(where + "&fichier=csv")
    assert text.content.startswith(b"\xef\xbb\xbf")
    assert word in text.content.decode()
    page = openpyxl.load_workbook(io.BytesIO(client.get(where + "&fichier=xlsx").content)).active
    cells = [cell for row in page.iter_rows(values_only=True) for cell in row]
    assert word in cells
    assert amount in cells
    paper = pypdfium2.PdfDocument(client.get(where + "&fichier=pdf").content)
    drawn = "".join("".join(one.get_textpage().get_text_bounded() for one in paper).split())
    assert "".join(word.split()) in drawn
    assert f"{abs(amount):.2f}".replace(".", ",") in drawn


def test_the_report_of_a_fec_is_a_file_too(client, expert, books):
    client.force_login(expert)
    where = reverse("journals", args=[books.pk])
    assert "Aucune anomalie" in client.get(where, {"cloture": "2026-06-30"}).content.decode()
    said = client.get(where, {"cloture": "2026-06-30", "fichier": "csv"}).content.decode()
    assert "Règle;Gravité;Où;Constat;Remède" in said


def test_from_a_balance_down_to_the_xml(client, expert, office, deposited, everybody_works):
    deposited()
    everybody_works()
    entry = Entry.objects.get(dossier=office.bakery)
    booking.validate(entry, expert)
    client.force_login(expert)
    page = client.get(reverse("balance", args=[office.bakery.pk]) + f"?exercice={entry.date}")
    steps = ("general_ledger", f"compte={entry.lines.first().account}")
    assert reverse(steps[0], args=[office.bakery.pk]) in page.content.decode()
    lines = client.get(
        reverse("general_ledger", args=[office.bakery.pk]) + f"?exercice={entry.date}&{steps[1]}"
    )
    there = reverse("entry", args=[office.bakery.pk, entry.pk])
    assert there in lines.content.decode()
    shown = client.get(there).content.decode()
    assert reverse("xml", args=[office.bakery.pk, entry.document_id]) in shown


@pytest.mark.parametrize(("query", "count"), [
    ("", 12), ("&compte=401", 3), ("&tiers=FMOULIN", 2), ("&journal=BQ", 2), ("&q=farine", 3),
    ("&lettre=oui", 2), ("&lettre=non&compte=401", 1), ("&du=2025-08-01", 7),
    ("&au=2025-07-31", 5), ("&tri=debit", 12), ("&tri=lettre", 12), ("&tri=n'importe", 12),
    ("&du=nul", 12),
])  # fmt: skip
def test_the_general_ledger_is_filtered_and_sorted(client, expert, books, query, count):
    client.force_login(expert)
    where = reverse("general_ledger", args=[books.pk]) + "?exercice=2026-06-30" + query
    assert client.get(where).context["sums"].count == count


@pytest.mark.parametrize("size", [1, 5, 100])
def test_the_running_balance_goes_on_from_page_to_page(books, size):
    asked = Asked(first=YEAR.first, last=YEAR.last)
    rows = list(reading.general_ledger(books, asked))
    ends = {}
    for start in range(0, len(rows), size):
        for one in reading.running(books, asked, rows[start : start + size]):
            ends[one.line.account, one.line.auxiliary] = one.balance
    whole = defaultdict(Decimal)
    for (account, _), amount in ends.items():
        whole[account] += amount
    assert {k: v for k, v in whole.items() if v} == {k: Decimal(v) for k, v in BALANCES.items()}


def test_drafts_count_only_when_asked(books):
    booking.keep(books, an_entry(date(2025, 9, 1)))
    assert "628000" not in balances(books)
    assert balances(books, with_drafts=True)["628000"] == 100


def test_the_balance_stands_beside_the_year_before(books):
    after = years.Year(date(2026, 7, 1), date(2027, 6, 30))
    rows = reading.balance(books, Asked(first=after.first, last=after.last), before=YEAR)
    (flour,) = [row for row in rows if row.account == "607000"]
    assert (flour.net, flour.before, flour.change) == (0, Decimal("1200.50"), Decimal("-1200.50"))


def test_what_is_late_is_told_by_age(books):
    def steps(day):
        rows = reading.aged(books, reading.SUPPLIERS, day)
        return [[int(step) for step in row.steps] for row in rows if row.auxiliary == "FACME"]

    assert steps(date(2025, 8, 2)) == [[0, 912, 0, 0, 0]]
    assert steps(date(2025, 8, 31)) == [[0, 912, 0, 0, 0]]
    assert steps(date(2025, 9, 1)) == [[0, 0, 912, 0, 0]]
    assert steps(date(2026, 6, 30)) == [[0, 0, 0, 0, 912]]
    assert not [r for r in reading.aged(books, reading.SUPPLIERS, CLOSES)
                if r.auxiliary == "FMOULIN"], "lettered: nothing is open"  # fmt: skip


@pytest.mark.parametrize("name", ["balance", "general_ledger", "aged", "letters"])
def test_no_page_asks_more_for_more_lines(client, expert, books, name):
    client.force_login(expert)
    where = reverse(name, args=[books.pk]) + "?exercice=2026-06-30"

    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(where).status_code == 200
        return len(queries)

    client.get(where)
    few = asked()
    for n in range(4):
        with on(date(2025, 10, 1)):
            booking.validate(booking.keep(books, an_entry(date(2025, 9, 1), f"{n + 1}.00")), expert)
    assert asked() == few


# Lettered


def lines_of(dossier, auxiliary="FMOULIN", account="401000"):
    return list(letters.of_party(dossier, account, auxiliary))


def validated(dossier, expert, amount, side="credit", document="X-1"):
    other = "debit" if side == "credit" else "credit"
    entry = LedgerEntry(
        journal="OD", date=date(2025, 9, 1), document=document, document_date=date(2025, 9, 1),
        label="x", lines=(
            Line(account="471000", label="x", **{other: Decimal(amount)}),
            Line(account="401000", auxiliary="FACME", auxiliary_label="Acme", label="x",
                 **{side: Decimal(amount)}),
        ),
    )  # fmt: skip
    return booking.validate(booking.keep(dossier, entry), expert).lines.get(auxiliary="FACME").pk


def test_lines_that_balance_get_the_next_letter(books, expert):
    bill = lines_of(books, "FACME")[0].pk
    paid = validated(books, expert, "912.00", "debit")
    assert letters.letter(books, "401000", "FACME", [bill, paid], expert) == "A"
    again = [validated(books, expert, "5.00"), validated(books, expert, "5.00", "debit")]
    assert letters.letter(books, "401000", "FACME", again, expert) == "B"
    with pytest.raises(RefusedByUs, match="déjà lettrée"):
        letters.letter(books, "401000", "FACME", [bill, again[0]], expert)
    assert letters.unletter(books, "401000", "FACME", "A") == 2
    assert [line.letter for line in lines_of(books, "FACME")] == ["", "", "B", "B"]


def test_lines_that_do_not_balance_are_lettered_in_part_or_written_off(books, expert):
    bill = lines_of(books, "FACME")[0].pk
    paid = validated(books, expert, "911.50", "debit")
    with pytest.raises(RefusedByUs, match="écart de -0,50"):
        letters.letter(books, "401000", "FACME", [bill, paid], expert)
    with pytest.raises(RefusedByUs, match="au moins un débit"):
        letters.letter(books, "401000", "FACME", [bill], expert)
    assert letters.letter(books, "401000", "FACME", [bill, paid], expert, partial=True) == "a"
    assert letters.letter(
        books, "401000", "FACME", [bill, paid], expert, writing_off=True
    ) == "B"  # fmt: skip
    off = EntryLine.objects.get(dossier=books, account="758000")
    assert (off.credit, off.entry.state) == (Decimal("0.50"), "validated")
    assert {line.letter for line in lines_of(books, "FACME")} == {"B"}


def test_a_large_difference_is_not_written_off(books, expert):
    keys = [lines_of(books, "FACME")[0].pk, validated(books, expert, "900.00", "debit")]
    with pytest.raises(RefusedByUs, match="dépasse 5,00"):
        letters.letter(books, "401000", "FACME", keys, expert, writing_off=True)
    assert not EntryLine.objects.filter(account="758000").exists()


def test_what_is_sure_is_lettered_by_itself_and_the_rest_left(books, expert):
    validated(books, expert, "912.00", "debit")
    for amount in ("7.00", "7.00"):
        validated(books, expert, amount, "credit", "deux")
    validated(books, expert, "7.00", "debit", "une")
    assert letters.letter_all_surely(books) == 1
    assert sorted(line.letter for line in lines_of(books, "FACME")) == ["", "", "", "A", "A"]


def test_lettering_on_its_page(client, expert, client_person, books):
    bill, paid = lines_of(books, "FACME")[0].pk, validated(books, expert, "912.00", "debit")
    asked = {"compte": "401000", "tiers": "FACME", "ligne": [bill, paid], "faire": "lettrer"}
    where = reverse("letters_act", args=[books.pk])
    client.force_login(client_person)
    assert client.post(where, asked).status_code == 403
    client.force_login(expert)
    assert "FACME" in client.get(reverse("letters", args=[books.pk])).content.decode()
    assert "Lettre A posée" in client.post(where, asked, follow=True).content.decode()
    assert "déjà lettrée" in client.post(where, asked, follow=True).content.decode()
    off = {**asked, "faire": "delettrer", "lettre": "A", "tout": "1"}
    assert "2 lignes délettrées" in client.post(where, off, follow=True).content.decode()
    auto = client.post(where, {**asked, "faire": "auto"}, follow=True).content.decode()
    assert "1 lettrage sûr posé" in auto
    assert client.post(where, {**asked, "faire": "rien"}).status_code == 404


# Numbered, locked, closed


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("wide_sight")
def test_numbers_have_no_gap_whoever_validates_at_the_same_time(office, expert):
    with transaction.atomic():
        rows = [booking.keep(office.bakery, an_entry(date(2026, 3, 1), journal="HA"))
                for _ in range(12)]  # fmt: skip
    problems = []

    def work(mine):
        try:
            for row in mine:
                with sight.of([office.bakery.pk]):
                    booking.validate(row, expert)
        except Exception as error:  # noqa: BLE001 - told below
            problems.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work, args=(rows[n::4],)) for n in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert problems == []
    numbers = Entry.objects.filter(dossier=office.bakery).values_list("number", flat=True)
    assert sorted(numbers) == [f"2026-{n:05d}" for n in range(1, 13)]


def test_numbers_run_by_financial_year(office, expert):
    Closing.objects.create(dossier=office.bakery, month=6)
    days = (date(2025, 6, 30), date(2025, 7, 1), date(2026, 6, 30), date(2026, 7, 1))
    done = [booking.validate(booking.keep(office.bakery, an_entry(day)), expert) for day in days]
    assert [one.number for one in done] == ["2025-00001", "2026-00001", "2026-00002", "2027-00001"]
    fec = booking.fec_of(office.bakery, CLOSES)
    assert {row.number for row in fec.rows} == {"2026-00001", "2026-00002"}
    with on(date(2026, 7, 2)):
        assert [str(one) for one in years.years_of(office.bakery)] == [
            "07/2026 à 06/2027", "07/2025 à 06/2026", "07/2024 à 06/2025",
        ]  # fmt: skip


def test_a_locked_period_sends_a_late_draft_to_the_first_open_day(office, expert):
    late = booking.keep(office.bakery, an_entry(date(2026, 3, 31)))
    with pytest.raises(RefusedByUs, match="brouillard"):
        years.lock(office.bakery, date(2026, 3, 31), expert)
    years.lock(office.bakery, date(2026, 3, 30), expert)
    booking.validate(late, expert)
    years.lock(office.bakery, date(2026, 4, 30), expert)
    done = booking.validate(booking.keep(office.bakery, an_entry(date(2026, 4, 2))), expert)
    assert (done.date, done.piece_date) == (date(2026, 5, 1), date(2026, 4, 2))
    assert "au lieu du 02/04/2026" in done.remarks[-1]


def test_the_database_holds_the_lock_too(office, expert):
    years.lock(office.bakery, date(2026, 3, 31), expert)
    row = booking.keep(office.bakery, an_entry(date(2026, 3, 1)))
    with pytest.raises(DatabaseError, match="locked until"), transaction.atomic():
        Entry.objects.filter(pk=row.pk).update(state="validated", number="2026-00001")


def test_a_year_is_closed_once_and_for_good(books, expert):
    entry = closing.close(books, CLOSES, expert)
    opened = {(line.account, line.auxiliary): line.debit - line.credit
              for line in entry.lines.all()}  # fmt: skip
    assert (entry.date, entry.journal.code, entry.state) == (date(2026, 7, 1), "AN", "validated")
    assert opened == {
        ("101000", ""): Decimal(-12000), ("401000", "FACME"): Decimal(-912),
        ("411000", "CMAIRIE"): Decimal(2110), ("445660", ""): Decimal("66.03"),
        ("445710", ""): Decimal(-110), ("512000", ""): Decimal("10733.47"),
        ("129000", ""): Decimal("112.50"),
    }  # fmt: skip
    with pytest.raises(RefusedByUs, match="déjà passés"):
        closing.close(books, CLOSES, expert)
    with pytest.raises(RefusedByUs, match="ne se rouvre pas"):
        years.lock(books, date(2026, 1, 31), expert)
    late = booking.validate(booking.keep(books, an_entry(date(2026, 6, 1))), expert)
    assert late.date == date(2026, 7, 1)


def test_a_year_with_drafts_is_not_closed(books, expert):
    booking.keep(books, an_entry(date(2026, 6, 1)))
    with pytest.raises(RefusedByUs, match="brouillard"):
        closing.close(books, CLOSES, expert)


def test_periods_on_their_page(client, expert, client_person, books):
    where = reverse("periods", args=[books.pk])
    client.force_login(client_person)
    assert client.post(where, {"jusqu": "2025-09-30"}).status_code == 403
    client.force_login(expert)
    said = client.post(where, {"jusqu": "2025-09-30"}, follow=True).content.decode()
    assert "verrouillés jusqu'au 30/09/2025" in said.replace("&#x27;", "'")
    assert "pas comprise" in client.post(where, {"jusqu": "x"}, follow=True).content.decode()
    said = client.post(where, {"jusqu": "2026-06-30", "exercice": "1"}, follow=True)
    assert "Exercice clos" in said.content.decode()
    again = client.post(where, {"jusqu": "2026-06-30", "exercice": "1"}, follow=True)
    assert "déjà passés" in again.content.decode()
