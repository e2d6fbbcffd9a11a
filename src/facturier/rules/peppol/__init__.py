"""Peppol BIS Billing 3.0, for the invoices that foreign partners send and receive.

Source: OpenPeppol, PEPPOL-EN16931-UBL of May 2026, in force on 17 August 2026. Asked, beside
EN 16931, of UBL invoices whose BT-24 says that they are of this specification.
"""

from datetime import date

from facturier.findings import Layer
from facturier.rules.book import Rulebook
from facturier.rules.peppol import germany, home, north, south
from facturier.rules.peppol.amounts import AMOUNTS
from facturier.rules.peppol.asked import NATIONAL
from facturier.rules.peppol.billing import BILLING
from facturier.rules.peppol.identifiers import IDENTIFIERS
from facturier.rules.peppol.written import WRITTEN
from facturier.rules.rule import all_rules

__all__ = ["BOOK", "NOT_YET", "germany", "home", "north", "south"]

NOT_YET: dict[str, str] = {}
"""Official ids that no rule implements, with the reason."""

BOOK = Rulebook(
    id="peppol-bis-billing",
    version="3.0 (2026.5)",
    layer=Layer.PEPPOL,
    rules=all_rules((BILLING, AMOUNTS, WRITTEN, IDENTIFIERS, NATIONAL)),
    valid_from=date(2026, 8, 17),
)
