"""Step 7, post: what the ledger proposes is kept; a person validates; then it is only reversed.

:mod:`facturier.ledger` decides; rows become its entries and its entries become rows.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils import timezone

from facturier.errors import RefusedByUs, Unpostable
from facturier.invoice.units import units
from facturier.ledger import accounts, posting
from facturier.ledger import entries as ledger
from facturier.ledger.books import Books, Side, VatRegime, siren_of
from facturier.ledger.fec import Fec, from_entries
from facturier.lifecycle import statuses
from facturier.server import clock
from facturier.server.archive import keeping
from facturier.server.books import imputing, years
from facturier.server.books.models import Entry, EntryLine, Journal
from facturier.server.documents import sides
from facturier.server.expenses import paying

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice
    from facturier.server.documents.models import Document, Event
    from facturier.server.firm.models import Dossier, Person


def books_of(dossier: Dossier) -> Books:
    """Return how `dossier` keeps its books."""
    franchise = dossier.vat_regime == dossier.VatRegime.FRANCHISE
    return Books(
        vat_regime=VatRegime.FRANCHISE if franchise else VatRegime.NORMAL,
        vat_on_receipts=dossier.vat_on_receipts,
        rules=imputing.own_rules(dossier),
    )


def propose(document: Document, invoice: Invoice) -> list[Entry]:
    """Keep the entries that the ledger proposes for `document`.

    One; of a document of several invoices, one for each of those that concern the dossier. None
    when the ledger cannot book it without guessing; the document then says why.
    """
    books, parts = books_of(document.dossier), units(invoice)
    is_seller = sides.own_side(document) is statuses.Side.SELLER
    kept = []
    for one in parts:
        side = Side.SALE if is_seller else Side.PURCHASE
        if len(parts) > 1:
            of_dossier = _side_of(document.dossier.siren, one)
            if of_dossier is None:
                continue
            side = of_dossier
        try:
            proposal = posting.propose(one, side=side, books=books)
            if side is Side.PURCHASE:
                proposal = paying.by_employee(document, one, proposal, books)
        except Unpostable as error:
            leave_out(document, error.message)
            continue
        kept.append(keep(document.dossier, proposal, document=document))
    return kept


def _side_of(siren: str, invoice: Invoice) -> Side | None:
    """Return the side on which a company stands in an invoice; None when it is another's."""
    for side, party in ((Side.SALE, invoice.seller), (Side.PURCHASE, invoice.buyer)):
        if party is not None and siren_of(party) == siren:
            return side
    return None


def leave_out(document: Document, why: str) -> None:
    """Say on `document` why no entry is proposed for it, in French."""
    document.unpostable = why
    document.save(update_fields=["unpostable"])


def keep(
    dossier: Dossier,
    entry: ledger.Entry,
    *,
    document: Document | None = None,
    reverses: Entry | None = None,
    cause: Event | None = None,
) -> Entry:
    """Keep a proposed `entry` of the ledger in the books of `dossier`.

    `cause` is the status for which it cancels another.
    """
    row = Entry.objects.create(
        dossier=dossier, document=document, journal=journal(dossier, entry.journal),
        date=entry.date, label=entry.label[:200], piece=entry.document,
        piece_date=entry.document_date, remarks=list(entry.remarks), reverses=reverses,
        cause=cause,
    )  # fmt: skip
    lines = EntryLine.objects.bulk_create(
        row_of(row, rank, line) for rank, line in enumerate(entry.lines)
    )
    keeping.entry_proposed(row, lines)
    return row


def journal(dossier: Dossier, code: str) -> Journal:
    """Return the journal of this code, opened when it is the first time."""
    kind, label = next(
        ((kind, label) for kind, (usual, label) in Journal.USUAL.items() if usual == code),
        (Journal.Kind.MISCELLANEOUS, code),
    )
    return Journal.objects.get_or_create(
        dossier=dossier, code=code, defaults={"label": label, "kind": kind}
    )[0]


def row_of(entry: Entry, rank: int, line: ledger.Line) -> EntryLine:
    """Return the row, not yet kept, of a line of the ledger."""
    fiscal = line.fiscal
    return EntryLine(
        dossier_id=entry.dossier_id, entry=entry, rank=rank, account=line.account,
        auxiliary=line.auxiliary, auxiliary_label=line.auxiliary_label[:300],
        label=line.label[:200], debit=line.debit, credit=line.credit, term=line.term[:40],
        account_label=line.account_label[:200], piece=line.document, piece_date=line.document_date,
        letter=line.letter, lettered_on=line.lettered_on, currency=line.currency,
        currency_amount=line.currency_amount,
        sources=[
            {"term": s.term, "indexes": list(s.indexes), "amount": str(s.amount)}
            for s in line.sources
        ],
        rule=line.rule, imputation_id=line.own_rule or None, reason=line.reason,
        advice=line.advice, confidence=line.confidence.value,
        fiscal=fiscal and {
            "category": fiscal.category, "rate": str(fiscal.rate), "timing": fiscal.timing.value,
            **({} if line.base is None else {"base": str(line.base)}),
        },
    )  # fmt: skip


def entry_of(row: Entry) -> ledger.Entry:
    """Return the ledger's entry that `row` keeps (for exports, checks and reversal)."""
    validated = row.validated_at
    return ledger.Entry(
        journal=row.journal.code,
        date=row.date,
        document=row.piece,
        document_date=row.piece_date or row.date,
        label=row.label,
        lines=tuple(line_of(line) for line in row.lines.all()),
        remarks=tuple(row.remarks),
        state=ledger.State(row.state),
        number=row.number,
        validated_on=timezone.localdate(validated) if validated else None,
        reverses=row.reverses.number if row.reverses else "",
    )


def line_of(row: EntryLine) -> ledger.Line:
    """Return the ledger's line that `row` keeps."""
    fiscal = row.fiscal
    return ledger.Line(
        account=row.account, label=row.label, debit=row.debit, credit=row.credit,
        account_label=row.account_label, document=row.piece, document_date=row.piece_date,
        letter=row.letter, lettered_on=row.lettered_on, currency=row.currency,
        currency_amount=row.currency_amount, auxiliary=row.auxiliary,
        auxiliary_label=row.auxiliary_label, rule=row.rule, own_rule=row.imputation_id or 0,
        sources=tuple(
            ledger.Source(
                term=s["term"], indexes=tuple(s["indexes"]), amount=Decimal(s["amount"])
            )
            for s in row.sources
        ),
        reason=row.reason, advice=row.advice, confidence=ledger.Confidence(row.confidence),
        fiscal=fiscal and ledger.Fiscal(
            category=fiscal["category"], rate=Decimal(fiscal["rate"]),
            timing=ledger.Timing(fiscal["timing"]),
        ),
        base=Decimal(fiscal["base"]) if fiscal and "base" in fiscal else None,
    )  # fmt: skip


def validate(entry: Entry, person: Person) -> Entry:
    """Validate a proposed `entry` in the name of `person`: it gets the next number.

    When it reverses another, that one becomes reversed. Dated in a locked period, it goes to the
    first open day and says so. Raises `RefusedByUs` when it is not a proposal any more, or
    is of an invoice that an expense claim holds already.
    """
    with transaction.atomic():
        row = _locked(entry)
        paying.refuse_double(row)
        # The journal's lock makes the sequence unbroken: nobody else takes a number meanwhile.
        Journal.objects.select_for_update().get(pk=row.journal_id)
        _into_open_period(row)
        now = clock.now()
        done = ledger.validate(entry_of(row), number=_next_number(row), on=timezone.localdate(now))
        row.number, row.state = done.number, Entry.State(done.state.value)
        row.validated_by, row.validated_at = person, now
        row.save()
        if row.reverses is not None:
            closed = ledger.mark_reversed(entry_of(row.reverses))
            row.reverses.state = Entry.State(closed.state.value)
            row.reverses.save(update_fields=["state"])
        keeping.entry_validated(row)
    return row


LONGEST_ACCOUNT = 20
PROPOSED_FIRST = " Proposé d'abord : "


@transaction.atomic
def choose_account(line: EntryLine, account: str, person: Person) -> EntryLine:
    """Put `account` in the place of the one proposed for `line`, and say who chose it.

    The number is completed to the width of the dossier. Raises `RefusedByUs` when the entry is no
    proposal any more, for what is no account of the plan, and for a third party's line that would
    leave the collective accounts.
    """
    row = _locked(line.entry)
    kept = row.lines.get(pk=line.pk)
    if row.state != Entry.State.PROPOSED:
        raise RefusedByUs(
            "Le compte d'une écriture proposée se change ; validée, elle se contre-passe.",
            reason="not-proposed",
        )
    if row.reverses_id:
        raise RefusedByUs(
            "Une contre-passation reprend les comptes de l'écriture qu'elle annule.",
            reason="is-reversal",
        )
    number = books_of(row.dossier).pad("".join(account.split()).upper())
    written = number.isascii() and number.isalnum() and len(number) <= LONGEST_ACCOUNT
    if not (written and accounts.exists(number)):
        raise RefusedByUs(
            f"{account} n'est pas un compte du plan comptable général.", reason="no-account",
            remedy="Cherchez-le par son numéro ou par un mot de son intitulé.",
        )  # fmt: skip
    if kept.auxiliary and not accounts.is_collective(number):
        raise RefusedByUs(
            f"La ligne porte le tiers {kept.auxiliary} : son compte est un compte collectif, "
            f"{number} n'en est pas un.", reason="not-collective",
        )  # fmt: skip
    if number != kept.account:
        _say_who(kept, number, person)
        kept.save(update_fields=["account", "reason", "confidence"])
    return kept


def _say_who(line: EntryLine, number: str, person: Person) -> None:
    first = line.reason.partition(PROPOSED_FIRST)[2] or f"{line.account}. {line.reason}".strip()
    today = timezone.localdate()
    line.reason = f"Compte choisi par {person} le {today:%d/%m/%Y}.{PROPOSED_FIRST}{first}"
    line.account, line.confidence = number, ledger.Confidence.CERTAIN.value


def reverse(entry: Entry, on: date | None = None, *, cause: Event | None = None) -> Entry:
    """Propose the entry that cancels the validated `entry`, for the status `cause` if there is one.

    Raises `RefusedByUs` when `entry` is a proposal, or was reversed already.
    """
    with transaction.atomic():
        row = _locked(entry)
        pending = Entry.objects.filter(reverses=row).first()
        if pending is not None and row.state == Entry.State.VALIDATED:
            return pending
        opposite = ledger.reverse(entry_of(row), on or timezone.localdate())
        return keep(row.dossier, opposite, document=row.document, reverses=row, cause=cause)


def _locked(entry: Entry) -> Entry:
    rows = Entry.objects.select_for_update(of=("self",)).select_related(
        "journal", "dossier", "reverses__journal"
    )
    return rows.get(pk=entry.pk)


def _into_open_period(row: Entry) -> None:
    """Date a proposal on the first open day when its own is locked, with a remark."""
    locked = years.locked_until(row.dossier)
    if row.state != Entry.State.PROPOSED or locked is None or row.date > locked:
        return
    said = f"Période verrouillée jusqu'au {locked:%d/%m/%Y} : datée du premier jour ouvert au lieu "
    row.remarks = [*row.remarks, f"{said}du {row.date:%d/%m/%Y}."]
    row.date = locked + years.ONE_DAY


def _next_number(row: Entry) -> str:
    """Return the next ``EcritureNum`` of the journal's financial year: ``2026-00042``."""
    year = years.year_of(row.date, years.month_of(row.dossier)).last.year
    with connection.cursor() as cursor:
        cursor.execute("SELECT latest_number(%s, %s)", [row.journal_id, str(year)])
        (latest,) = cursor.fetchone()
    return f"{year}-{latest + 1:05d}"


def fec_of(dossier: Dossier, closing: date) -> Fec:
    """Return the FEC of the twelve months that end on `closing`: validated entries only."""
    in_year = dossier.entries.filter(date__gte=years.opening(closing), date__lte=closing)
    rows = in_year.filter(state__in=Entry.IN_THE_BOOKS)
    kept = rows.select_related("journal", "reverses").prefetch_related("lines")
    return from_entries(
        (entry_of(row) for row in kept.order_by("date", "pk")),
        siren=dossier.siren, closing=closing,
        journals={one.code: one.label for one in dossier.journals.all()},
        labels=dict(dossier.accounts.filter(auxiliary="").values_list("number", "label")),
    )  # fmt: skip
