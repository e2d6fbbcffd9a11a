"""The anomalies of one document: what the official rules let pass and an accountant must see.

A kind is a row of a table and a small pure function under it; :func:`find` asks them all of one
document, from the side of one dossier, with what that dossier knows beside
(:class:`~facturier.anomalies.history.History`). Each answer names its field, the letter to the
issuer, the remedy and the risk in euros. Nothing here blocks a document or changes its verdict.

Sources stand on each kind: CGI, its annexe II (242 nonies A), code de commerce, XP Z12-014. To add
one: write its function in the module of its family, plant it in ``tests/anomalies``, ``make docs``.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from facturier.anomalies.crossings import CROSSINGS
from facturier.anomalies.deposits import DEPOSITS
from facturier.anomalies.history import NOTHING, History
from facturier.anomalies.kind import Anomaly, Kind, found
from facturier.anomalies.look import Look
from facturier.anomalies.mentions import MENTIONS
from facturier.anomalies.natures import NATURES
from facturier.anomalies.parties import PARTIES
from facturier.anomalies.payments import PAYMENTS
from facturier.anomalies.repeats import REPEATS
from facturier.anomalies.taxes import TAXES
from facturier.ledger.books import Side

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice

__all__ = ["KINDS", "Anomaly", "History", "Kind", "find", "kinds"]

FAMILIES = {
    "Ce que le document prétend être": NATURES,
    "Acomptes repris": DEPOSITS,
    "TVA qui se contredit": TAXES,
    "TVA, frontières et nature": CROSSINGS,
    "Parties": PARTIES,
    "Mentions et dates": MENTIONS,
    "Doublons et numéros": REPEATS,
    "Paiement et totaux": PAYMENTS,
}
"""Family, in French, → its table."""
KINDS: tuple[Kind, ...] = tuple(kind for table in FAMILIES.values() for kind in table.kinds)


@functools.cache
def kinds() -> dict[str, Kind]:
    """Return all kinds by id."""
    return {kind.id: kind for kind in KINDS}


def find(
    invoice: Invoice, side: Side = Side.PURCHASE, history: History = NOTHING
) -> tuple[Anomaly, ...]:
    """Return the anomalies of a document, seen from one side, in the order of the table."""
    look = Look(invoice, side, history)
    fields = look.fields()
    return tuple(one for kind in KINDS for one in found(kind, look, fields))
