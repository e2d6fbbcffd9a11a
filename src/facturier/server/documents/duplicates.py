"""The same invoice twice: the same seller, number and year, in one dossier and one direction.

What is refused is the second transmission; the first one's state is not touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from facturier.server.documents.models import Document

if TYPE_CHECKING:
    from django.db.models import QuerySet

REJECTED = "213"


def first_of(document: Document) -> Document | None:
    """Return the invoice that `document` repeats, if that one was accepted.

    An issued one counts once deposited, a received one unless it was rejected: the number of a
    rejected invoice is free again.
    """
    if not document.number or document.issue_date is None:
        return None
    found = _same(document).exclude(pk=document.pk).order_by("pk")
    if document.direction == Document.Side.ISSUED:
        return found.filter(accepted=True).first()
    return found.exclude(state=REJECTED).first()


def came_before(document: Document) -> Document | None:
    """Return what :func:`first_of` returns; until commit nobody else takes this number."""
    assert transaction.get_connection().in_atomic_block
    year = document.issue_date.year if document.issue_date else ""
    taken = f"{document.dossier_id}/{document.direction}/{document.number}/{year}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [taken])
    return first_of(document)


def issued_elsewhere(document: Document) -> bool:
    """Return whether another dossier of the seller's SIREN has deposited this number this year.

    One company may be two dossiers (two establishments, two cabinets): its numbers are one series
    all the same, which the portal holds it to. Until commit nobody else takes this number.
    """
    assert transaction.get_connection().in_atomic_block
    if not (document.seller_siren and document.number and document.issue_date):
        return False
    number, year = document.number, document.issue_date.year
    taken = f"{document.seller_siren}/issued/{number}/{year}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [taken])
        cursor.execute(
            "SELECT issued_elsewhere(%s, %s, %s, %s)",
            [document.dossier_id, document.seller_siren, number, year],
        )
        (found,) = cursor.fetchone()
    return bool(found)


def _same(document: Document) -> QuerySet[Document]:
    assert document.issue_date is not None
    same = Document.objects.select_related("flow").filter(
        dossier=document.dossier_id, direction=document.direction, number=document.number,
        seller_siren=document.seller_siren, issue_date__year=document.issue_date.year,
    )  # fmt: skip
    # Abroad nobody has a SIREN, and everybody has an invoice 1.
    return same if document.seller_siren else same.filter(seller_name=document.seller_name)
