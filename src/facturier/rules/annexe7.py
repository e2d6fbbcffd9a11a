"""Codes that the tax office takes, in flux 1 as in flux 10, in the order of its messages.

Source: DGFiP, external specifications 3.2, annexe 7 (rules G1.01, G1.02, G1.43, G1.60 and others).
"""

from __future__ import annotations

from facturier.reporting.extract import PROCESSES
from facturier.reporting.report import FRENCH_RATES

__all__ = [
    "ADVANCES",
    "CORRECTIVE",
    "CREDIT_NOTES",
    "FINAL_PROCESSES",
    "INVOICE_TYPES",
    "PROCESSES",
    "RATES",
    "VAT_CATEGORIES",
    "VAT_POINTS",
]

INVOICE_TYPES = (
    "261", "380", "381", "384", "386", "389", "393", "396",
    "471", "472", "473", "500", "501", "502", "503",
)  # fmt: skip
"""BT-3 as the tax office knows it: 262 is not in it."""
CORRECTIVE = ("384", "471", "472", "473")
CREDIT_NOTES = ("261", "381", "396", "502", "503")
ADVANCES = ("386", "500", "503")
FINAL_PROCESSES = ("B4", "S4", "M4")
"""BT-23 of the final invoice after a deposit."""
VAT_POINTS = ("5", "29", "72", "3", "35", "432")
"""BT-8, as UBL and as CII write it."""
VAT_CATEGORIES = ("S", "E", "AE", "K", "G", "O", "Z")
RATES = tuple(map(float, FRENCH_RATES))
"""French rates of VAT (G1.24), as the official files compare them."""
