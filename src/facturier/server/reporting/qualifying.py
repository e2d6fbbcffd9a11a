"""In which flow each document is declared, and the figures it adds; written when it is taken in.

A document never changes, so that what it adds is found once. It is tried alone: one that cannot be
told, or that makes a transmission break a rule, is left out with its reason and holds up no other.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from facturier import formats, rules
from facturier.formats.detect import detect
from facturier.formats.flux10 import write_report
from facturier.invoice.money import cents
from facturier.reporting import figures
from facturier.reporting.figures import Block
from facturier.reporting.filing import Filing, Role, side
from facturier.reporting.periods import Data, period_of
from facturier.reporting.receipts import is_vat_due_on_payment, why_not_on_payment
from facturier.reporting.sales import EURO
from facturier.reporting.scope import Treatment, decide
from facturier.reporting.transactions import gather_transactions
from facturier.server import clock
from facturier.server.documents import store
from facturier.server.documents.models import NOT_ISSUED, Document, Event
from facturier.server.reporting import periods
from facturier.server.reporting.models import REGIMES, FigureRow, LeftOutRow, Qualification

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from facturier.invoice.model import Invoice
    from facturier.reporting.figures import Figure
    from facturier.reporting.filing import Gathered
    from facturier.reporting.scope import Scope
    from facturier.server.firm.models import Dossier

FLUX_1, FLUX_6 = "1", "6"
PLATFORM_NAME = "Facturier"
DIGITS = 16
"""Of the units of an amount; more is no amount of trade, and no column holds it."""
RECEIPT = "212"
_ELSEWHERE = "Ce dossier vit sur une autre plateforme : c'est elle qui le déclare."
_REJECTED = "Elle a été rejetée : elle ne compte pas comme émise, rien n'est déclaré."
_OUTSIDE = (Treatment.OUT_OF_SCOPE, Treatment.ARCHIVE_ONLY)
_NOT_SELLER = "Seul le vendeur déclare ses encaissements."
_NEGATIVE = (
    "Un encaissement négatif est refusé par le contrôle du portail (G1.16), bien que l'annexe 6 "
    "l'admette (G7.07). Rectifiez la période de l'encaissement d'origine."
)


@transaction.atomic(savepoint=False)
def qualify(document: Document, invoice: Invoice, *, lives_elsewhere: bool) -> Qualification:
    """Keep in which flow `document` is declared, with the figures it adds to which day.

    `lives_elsewhere`: another platform carries it, and declares it.
    """
    scope = decide(invoice)
    kept = Qualification(dossier_id=document.dossier_id, document=document, reason=scope.reason)
    if document.state in NOT_ISSUED:
        kept.reason = _REJECTED
    elif lives_elsewhere:
        kept.reason = _ELSEWHERE
    elif scope.treatment is Treatment.B2B:
        kept.block = FLUX_1
        _receipts_of_domestic(kept, document, invoice)
    elif scope.treatment not in _OUTSIDE:
        _declare(kept, document, invoice, scope)
    kept.save()
    return kept


def _receipts_of_domestic(kept: Qualification, document: Document, invoice: Invoice) -> None:
    if side(invoice, document.dossier.siren) is not Role.SELLER:
        return
    if is_vat_due_on_payment(invoice):
        kept.receipts_block = FLUX_6
        kept.receipts_reason = "La TVA est due au paiement : chaque encaissement se dit par 212."
    else:
        kept.receipts_reason = "La TVA n'est pas due au paiement : rien n'est dû à l'encaissement."


def _declare(kept: Qualification, document: Document, invoice: Invoice, scope: Scope) -> None:
    """Keep the figures of an international invoice (10.1) or of a sale to a private person."""
    role = side(invoice, document.dossier.siren) or (
        Role.SELLER if document.direction == Document.Side.ISSUED else Role.BUYER
    )
    international = scope.treatment is Treatment.B2B_INTERNATIONAL
    kept.role, kept.block = role, Block.INVOICES if international else Block.SALES
    filing = filing_of_day(document.dossier, role, invoice.issue_date or clock.now().date())
    try:
        gathered = gather_transactions([invoice], filing)
    except ArithmeticError:  # amounts that no sum can hold
        absurd = "Ses montants ne sont pas des nombres qu'une déclaration peut porter."
        _leave_out(document, None, role, Data.TRANSACTIONS, filing.period.start, absurd)
        return
    kept.remarks = [one for one in gathered.remarks if one not in filing.remarks()]
    found = figures.figures(gathered.report)
    obstacle = _obstacle(gathered, found)
    if obstacle:
        _leave_out(document, None, role, Data.TRANSACTIONS, filing.period.start, obstacle)
    else:
        _keep(document, None, role, Data.TRANSACTIONS, found)
    if role is Role.SELLER:
        why = why_not_on_payment(invoice)
        paid_by = Block.INVOICE_RECEIPTS if international else Block.DAY_RECEIPTS
        kept.receipts_block = "" if why else paid_by
        kept.receipts_reason = why or "La TVA est due au paiement."
    else:
        kept.receipts_reason = _NOT_SELLER


def filing_of_day(dossier: Dossier, role: Role, day: date) -> Filing:
    """Return a transmission of the period that holds `day`, to try one invoice in."""
    return Filing(
        siren=dossier.siren, name=dossier.name, role=role,
        period=period_of(day, REGIMES[dossier.vat_regime], Data.TRANSACTIONS),
        platform=settings.PLATFORM_NUMBER, platform_name=PLATFORM_NAME, created_at=clock.now(),
    )  # fmt: skip


def _obstacle(gathered: Gathered, found: Iterable[Figure]) -> str:
    """Return why the invoice cannot be declared as it stands, in French; empty when it can."""
    if gathered.report is None:
        return gathered.left_out[0].reason
    if any(_is_absurd(amount) for one in found for amount in (one.base, one.tax)):
        return "Un de ses montants dépasse ce qu'une déclaration peut porter."
    verdict = rules.check(detect(write_report(gathered.report)), on=timezone.localdate())
    if not verdict.fatal:
        return ""
    first = verdict.fatal[0]
    return f"{first.rule} : {first.message} {first.remedy}".strip()


def _is_absurd(amount: Decimal) -> bool:
    return not amount.is_finite() or amount.adjusted() >= DIGITS


def _keep(
    document: Document, event: Event | None, role: Role, data: Data, found: Iterable[Figure]
) -> None:
    rows = [
        FigureRow(
            dossier_id=document.dossier_id, document=document, event=event, role=role, data=data,
            block=one.block, day=one.day, number=one.number[:200], category=one.category,
            rate=one.rate, country=one.country, currency=one.currency, base=one.base, tax=one.tax,
        )
        for one in found
    ]  # fmt: skip
    FigureRow.objects.bulk_create(rows)
    periods.touch(document.dossier_id, data, (one.day for one in rows))


def _leave_out(
    document: Document, event: Event | None, role: Role, data: Data, day: date, reason: str
) -> None:
    day = (document.issue_date or day) if event is None else day
    LeftOutRow.objects.create(
        dossier_id=document.dossier_id, document=document, event=event, role=role, data=data,
        day=day, reason=reason,
    )  # fmt: skip
    periods.touch(document.dossier_id, data, [day])


# --- what was said later -------------------------------------------------------------------------


def heard(event: Event) -> None:
    """Keep what a status changes of what is declared: a receipt (212), a rejection."""
    if event.code in NOT_ISSUED:
        rows = FigureRow.objects.filter(document_id=event.document_id)
        for data, day in set(rows.values_list("data", "day")):  # of one day a figure a rate
            periods.touch(event.dossier_id, Data(data), [day])
    elif event.code == RECEIPT:
        known = Qualification.objects.filter(document_id=event.document_id).first()
        if known is not None and known.receipts_block in set(Block):
            _count_receipt(event, Block(known.receipts_block))


def _count_receipt(event: Event, block: Block) -> None:
    found = tuple(_received(event, block))
    reason, day = "", timezone.localdate(event.at)
    if any(one.currency != EURO for one in found):
        reason = "Reçu dans une autre devise : déclarez-le en euros au cours du jour (G6.27)."
    elif block is Block.INVOICE_RECEIPTS and any(one.base < 0 for one in found):
        reason = _NEGATIVE
    elif any(_is_absurd(one.base) for one in found):
        reason = "Un de ses montants dépasse ce qu'une déclaration peut porter."
    if reason:
        _leave_out(event.document, event, Role.SELLER, Data.PAYMENTS, found[0].day or day, reason)
    else:
        _keep(event.document, event, Role.SELLER, Data.PAYMENTS, figures.merged(found))


def _received(event: Event, block: Block) -> Iterator[Figure]:
    """Yield what a status 212 says was received: one figure a rate and day."""
    for datum in event.amounts:
        if datum.get("type_code") != "MEN":
            continue
        told = datum.get("value_date")
        yield figures.Figure(
            block=block,
            day=date.fromisoformat(told) if told else timezone.localdate(event.at),
            number=event.document.number,
            rate=Decimal(datum.get("percent", 0)),
            currency=datum.get("currency", EURO),
            base=cents(Decimal(datum["amount"])),
        )


# --- what was there before this application ------------------------------------------------------


def catch_up(dossier: Dossier, limit: int = 500) -> int:
    """Qualify documents that were taken in without it; return how many were, `limit` at most."""
    waiting = dossier.documents.filter(qualification=None).exclude(state="")
    done = 0
    for document in waiting.order_by("pk")[:limit]:
        elsewhere = any(one.lives_elsewhere for one in document.transmissions.all())
        invoice = formats.read(store.get(document.sha256)).invoice
        qualify(document, invoice, lives_elsewhere=elsewhere)
        for event in document.events.filter(code=RECEIPT).select_related("document"):
            heard(event)
        done += 1
    return done
