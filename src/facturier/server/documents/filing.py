"""What a person files away: a file in quarantine, an invoice that came back.

Nothing is deleted: the file stays, with who decided, when and why, in the chain of proof too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from facturier.errors import RefusedByUs
from facturier.server import clock
from facturier.server.archive import keeping
from facturier.server.documents.models import Document, Flow

if TYPE_CHECKING:
    from facturier.server.firm.models import Person

LONGEST_WHY = 200


@transaction.atomic
def file_away(flow: Flow, by: Person, why: str) -> None:
    """Decide that nothing comes of a file in quarantine.

    Raises `RefusedByUs` without a reason, and for a file that is not in quarantine (any more).
    """
    locked = Flow.objects.select_for_update(of=("self",)).select_related("dossier").get(pk=flow.pk)
    if locked.state != Flow.State.QUARANTINED:
        raise RefusedByUs(
            f"« {locked.name} » n'est pas en quarantaine : il n'y a rien à classer.",
            reason="not-quarantined",
        )
    locked.filed_by, locked.filed_why, locked.filed_at = by, _asked(why), clock.now()
    locked.state = Flow.State.FILED
    locked.save()
    what = f"« {locked.name} » (quarantaine)"
    keeping.filed(locked.dossier, what, why=locked.filed_why, by=by)


@transaction.atomic
def close(document: Document, by: Person, why: str) -> None:
    """Decide that nothing more is done about an issued invoice that came back.

    Raises `RefusedByUs` without a reason; closed twice, the first decision stands.
    """
    rows = Document.objects.select_for_update(of=("self",)).select_related("dossier")
    locked = rows.get(pk=document.pk)
    if locked.closed_why:
        return
    locked.closed_by, locked.closed_why = by, _asked(why)
    locked.save(update_fields=["closed_by", "closed_why", "updated_at"])
    what = f"la facture {locked.number}"
    keeping.filed(locked.dossier, what, why=locked.closed_why, by=by, document=locked)


def _asked(why: str) -> str:
    if not why.strip():
        raise RefusedByUs(
            "Dites pourquoi : la raison est gardée avec la décision.", reason="why-missing"
        )
    return why.strip()[:LONGEST_WHY]
