"""Which use cases a document is of, kept with it; what came before they were kept is read once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier import formats, use_cases
from facturier.errors import FacturierError
from facturier.server.documents import store
from facturier.server.documents.models import Document

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from facturier.server.firm.models import Dossier
    from facturier.use_cases import UseCase

MOST_READ = 200
"""Older documents that one request reads again."""


def cases_of(document: Document) -> tuple[UseCase, ...]:
    """Return the use cases of XP Z12-014 that `document` is of, the most particular first."""
    if not document.use_case:
        document.use_case = _read(document)
        Document.objects.filter(pk=document.pk).update(use_case=document.use_case)
    return use_cases.named(document.use_case)


def _read(document: Document) -> str:
    """Read the file again; of none that can be read there is no case."""
    try:
        return use_cases.told(formats.read(store.get(document.sha256)).invoice)
    except (FacturierError, store.MissingBytes):
        return use_cases.NONE


def waiting(dossier: Dossier) -> QuerySet[Document]:
    """Return the documents of `dossier` of which nobody said yet which cases they are of."""
    return dossier.documents.filter(use_case="")


def catch_up(dossier: Dossier) -> int:
    """Recognise older documents of `dossier`, the latest first; return how many still wait."""
    rows = list(waiting(dossier).order_by("-pk").only("pk", "stored", "use_case")[:MOST_READ])
    for row in rows:
        row.use_case = _read(row)
    Document.objects.bulk_update(rows, ["use_case"])
    return waiting(dossier).count() if len(rows) == MOST_READ else 0
