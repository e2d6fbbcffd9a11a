"""By night, the documents that nobody has examined yet."""

from __future__ import annotations

from django.db import connection as database
from django.db import transaction

from facturier.server import sight
from facturier.server.anomalies import keeping
from facturier.server.documents.models import Document

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
            keeping.examine(document)
    return len(round_)


def examine_all(dossier: int) -> int:
    """Examine all that is new in a dossier; return how many."""
    done = 0
    while found := examine(dossier):
        done += found
    return done
