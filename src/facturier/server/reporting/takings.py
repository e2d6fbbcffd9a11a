"""Sales and receipts without invoice (tills): where they come into the declarations.

:mod:`facturier.server.takings` keeps them, and calls
:func:`facturier.server.reporting.periods.touch` for the days it changes; nothing else joins them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from facturier.server.takings import told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facturier.reporting.periods import Period
    from facturier.reporting.receipts import Received
    from facturier.reporting.sales import Sale
    from facturier.server.firm.models import Dossier


def takings_of(dossier: Dossier, period: Period) -> Sequence[Sale | Received]:
    """Return what was sold (10.3) and received (10.4) without invoice from one day to another."""
    return tuple(one for one, _ in told.behind(dossier, period))
