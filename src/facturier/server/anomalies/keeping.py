"""Examine a document and keep what is found; set an anomaly aside, or take it up again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from facturier import formats
from facturier.anomalies import find
from facturier.errors import FacturierError, RefusedByUs
from facturier.ledger.books import Side
from facturier.lifecycle.statuses import Side as Speaker
from facturier.server import clock
from facturier.server.anomalies import knowing
from facturier.server.anomalies.models import Examination, Spotted
from facturier.server.documents import sides, store

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from facturier.anomalies import Anomaly
    from facturier.invoice.model import Invoice
    from facturier.server.documents.models import Document
    from facturier.server.firm.models import Person

LONGEST_WHY = 200
TOLD = ("why", "risk", "risk_words", "risk_law", "risk_is_ours", "letter")


def of(document: Document) -> list[Spotted]:
    """Return the anomalies of a document, examined today at the latest."""
    last = Examination.objects.filter(document=document).values_list("at", flat=True).first()
    if last is None or last.date() < clock.now().date():
        examine(document)
    return list(document.anomalies.select_related("set_aside_by"))


def examine(document: Document) -> None:
    """Look for anomalies in a document and keep them; what a person set aside stays aside.

    A document that was rejected or refused, or whose file is gone, has none.
    """
    invoice = _invoice_of(document)
    found: tuple[Anomaly, ...] = ()
    if invoice is not None and document.state not in knowing.DEAD:
        found = find(invoice, side_of(document), knowing.history_of(document, invoice))
    facts = knowing.facts_in(invoice) if invoice is not None else {}
    with transaction.atomic():
        now = clock.now()
        Examination.objects.bulk_create(
            [Examination(dossier=document.dossier, document=document, at=now, **facts)],
            update_conflicts=True, unique_fields=["document"], update_fields=["at", *facts],
        )  # fmt: skip
        _keep(document, found, now)


def side_of(document: Document) -> Side:
    """Return whether the dossier sells or buys: who wrote the paper does not change it."""
    return Side.SALE if sides.own_side(document) is Speaker.SELLER else Side.PURCHASE


def _invoice_of(document: Document) -> Invoice | None:
    try:
        return formats.read(store.get(document.sha256)).invoice
    except (FacturierError, store.MissingBytes):
        return None


def _keep(document: Document, found: Iterable[Anomaly], now: datetime) -> None:
    """Bring the rows of a document to what was found; what is no more goes, unless set aside."""
    rows = {(one.kind, one.where): _row(document, one, now) for one in found}
    kept = document.anomalies.all()
    gone = [
        one.pk for one in kept if (one.kind, one.where) not in rows and one.set_aside_at is None
    ]
    if gone:
        Spotted.objects.filter(pk__in=gone).delete()
    if rows:
        Spotted.objects.bulk_create(
            rows.values(), update_conflicts=True, update_fields=TOLD,
            unique_fields=["document", "kind", "where"],
        )  # fmt: skip


def _row(document: Document, one: Anomaly, now: datetime) -> Spotted:
    return Spotted(
        dossier_id=document.dossier_id, document=document, kind=one.kind, why=one.why,
        where=one.where[:100], risk=one.risk.amount, risk_words=one.risk.words,
        risk_law=one.risk.law[:200], risk_is_ours=one.risk.is_ours, letter=one.letter, found_at=now,
    )  # fmt: skip


def set_aside(spotted: Spotted, person: Person, why: str) -> None:
    """Set an anomaly aside in the name of `person`. Raises `RefusedByUs` without a reason."""
    told = " ".join(why.split())
    if not told:
        raise RefusedByUs(
            "Dites pourquoi ce n'est pas une anomalie.", reason="why-missing",
            remedy="Une phrase suffit : elle est gardée avec votre nom.",
        )  # fmt: skip
    spotted.set_aside_by, spotted.set_aside_at = person, clock.now()
    spotted.set_aside_why = told[:LONGEST_WHY]
    spotted.save(update_fields=["set_aside_by", "set_aside_at", "set_aside_why"])


def take_up(spotted: Spotted) -> None:
    """Take up again an anomaly that was set aside."""
    spotted.set_aside_by, spotted.set_aside_at, spotted.set_aside_why = None, None, ""
    spotted.save(update_fields=["set_aside_by", "set_aside_at", "set_aside_why"])
