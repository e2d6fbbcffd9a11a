"""By night, the documents that nobody has examined yet."""

from __future__ import annotations

import logging

from django.db import connection as database
from django.db import transaction

from facturier.server import clock, sight
from facturier.server.anomalies import keeping
from facturier.server.anomalies.models import Examination
from facturier.server.documents.models import Document

_log = logging.getLogger(__name__)
AT_ONCE = 200
"""Documents of one dossier that are examined in one transaction."""


def due() -> list[int]:
    """Return the ids of the dossiers that have documents nobody examined."""
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute("SELECT dossiers_to_examine()")
        return [int(row[0]) for row in cursor.fetchall()]


def examine(dossier: int) -> int:
    """Examine a round of what is new in a dossier, the oldest first; return how many."""
    with sight.of([dossier]):
        new = Document.objects.filter(dossier=dossier, examination=None).select_related("dossier")
        round_ = list(new.order_by("issue_date", "pk")[:AT_ONCE])
        for document in round_:
            _examine(document)
    return len(round_)


def _examine(document: Document) -> None:
    """Examine one document; one that breaks the finder is told in the log and holds nobody up."""
    try:
        with transaction.atomic():
            keeping.examine(document)
    except Exception:  # noqa: BLE001  # one document never holds up the others
        _log.exception("document %s", document.pk)
        Examination.objects.get_or_create(
            document=document, defaults={"dossier": document.dossier, "at": clock.now()}
        )


def examine_all(dossier: int) -> int:
    """Examine all that is new in a dossier; return how many."""
    done = 0
    while found := examine(dossier):
        done += found
    return done
