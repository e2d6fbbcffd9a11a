"""Peppol BIS Billing 3.0, for the invoices that foreign partners send and receive.

Source: OpenPeppol, PEPPOL-EN16931-UBL of May 2026, in force on 17 August 2026. Asked, beside
EN 16931, of UBL invoices whose BT-24 says that they are of this specification.
"""

from datetime import date

from facturier.findings import Layer
from facturier.rules.book import Rulebook
from facturier.rules.peppol import north, south
from facturier.rules.peppol.amounts import AMOUNTS
from facturier.rules.peppol.asked import NATIONAL
from facturier.rules.peppol.billing import BILLING, PROFILE
from facturier.rules.peppol.identifiers import IDENTIFIERS
from facturier.rules.peppol.written import WRITTEN
from facturier.rules.rule import all_rules

__all__ = ["BOOK", "NOT_YET", "PROFILE", "north", "south"]

_AT_HOME = "n'est demandée qu'entre deux entreprises d'un même pays étranger"
_ABROAD = (
    *(f"DK-R-{n:03d}" for n in (3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 16, 17)),
    *(f"DE-R-{n:03d}" for n in (*range(1, 12), *range(14, 21), 22, 26, 27, 28, 30, 31)),
    *("DE-R-023-1", "DE-R-023-2", "DE-R-024-1", "DE-R-024-2", "DE-R-025-1", "DE-R-025-2"),
    *("DE-R-T02", "GR-R-006", "GR-R-010", "IS-R-004", "IS-R-005", "NL-R-004", "NL-R-005"),
    *("NL-R-008", "SE-R-012"),
)
NOT_YET: dict[str, str] = dict.fromkeys(_ABROAD, _AT_HOME)
"""Official ids that no rule implements, with the reason."""

BOOK = Rulebook(
    id="peppol-bis-billing",
    version="3.0 (2026.5)",
    layer=Layer.PEPPOL,
    rules=all_rules((BILLING, AMOUNTS, WRITTEN, IDENTIFIERS, NATIONAL)),
    valid_from=date(2026, 8, 17),
)
