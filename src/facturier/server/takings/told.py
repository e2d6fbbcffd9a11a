"""What the takings of a dossier tell its declarations, and the day behind each amount."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.reporting import takings
from facturier.server.takings.models import DayTakings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from facturier.reporting.periods import Period
    from facturier.reporting.receipts import Received
    from facturier.reporting.sales import Sale
    from facturier.server.firm.models import Dossier


def standing(dossier: Dossier) -> QuerySet[DayTakings]:
    """Return the days that nothing replaced."""
    return DayTakings.objects.filter(dossier=dossier, replaced_by=None)


def behind(dossier: Dossier, period: Period) -> Iterator[tuple[Sale | Received, DayTakings]]:
    """Yield what was sold (10.3) and received (10.4) in a period, with the day that says it."""
    rows = standing(dossier).filter(day__range=(period.start, period.end))
    for row in rows.select_related("file").prefetch_related("lines").order_by("day", "till"):
        z = row.z()
        for sale in takings.sales(z, on_receipts=dossier.vat_on_receipts):
            yield sale, row
        received = takings.received(z, on_receipts=dossier.vat_on_receipts)
        if received is not None:
            yield received, row
