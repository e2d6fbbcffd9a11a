"""The document that puts an invoice right: a new one, a rectificative, a credit note.

Each is a whole invoice of its own, under its own number and day, made from the first and computed
again from its lines; what has to be corrected in it, a person corrects. Sources: BT-3 types of
BR-FR-04, XP Z12-014 V1.4 (a rectificative or a credit note names one earlier invoice, BG-3), DGFiP
specifications v3.2 §3.6.4 (a rejected or refused invoice is replaced under another number).
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from facturier.invoice.codes import CREDIT_NOTE
from facturier.invoice.compute import compute
from facturier.invoice.model import PrecedingInvoice, Totals

if TYPE_CHECKING:
    from collections.abc import Iterable

    from facturier.invoice.model import Invoice

_RECTIFICATIONS = {"389": "471", "471": "471", "393": "472", "472": "472", "501": "473"}
_CREDIT_NOTES = {
    "389": "261", "471": "261", "393": "396", "472": "396", "501": "502", "473": "502",
    "386": "503", "500": "502",
}  # fmt: skip
LAST_DAY = date(2099, 12, 31)
"""Of the calendar that French rules admit (BR-FR-03)."""
_LAST_DIGITS = re.compile(r"(\d+)(?!.*\d)")


def renewed(invoice: Invoice, *, number: str, on: date) -> Invoice:
    """Return the same invoice under another number and day; the time to pay stays as long."""
    due = invoice.due_date
    if due is not None and invoice.issue_date is not None:
        due = max(on, min(on + (due - invoice.issue_date), LAST_DAY))
    return compute(replace(invoice, number=number, issue_date=on, due_date=due))


def rectification(invoice: Invoice, *, number: str, on: date) -> Invoice:
    """Return the rectificative (384, or its like) that replaces `invoice` and names it."""
    kind = _RECTIFICATIONS.get(invoice.type_code or "", "384")
    return _naming(invoice, replace(renewed(invoice, number=number, on=on), type_code=kind))


def credit_note(invoice: Invoice, *, number: str, on: date) -> Invoice:
    """Return the credit note (381, or its like) that takes back the whole of `invoice`.

    What was paid in advance (BT-113) is no part of it: the credit is of the whole amount.
    """
    kind = _CREDIT_NOTES.get(invoice.type_code or "", "381")
    totals = replace(invoice.totals or Totals(), paid_amount=None)
    taken_back = replace(invoice, totals=totals, type_code=kind)
    return _naming(invoice, renewed(taken_back, number=number, on=on))


def can_be_taken_back(type_code: str) -> bool:
    """Whether an invoice of this type may get a credit note or a rectificative of its own."""
    return type_code not in CREDIT_NOTE


def _naming(earlier: Invoice, later: Invoice) -> Invoice:
    named = PrecedingInvoice(number=earlier.number, issue_date=earlier.issue_date)
    return replace(later, preceding_invoices=(named,))


def next_number(like: str, taken: Iterable[str]) -> str:
    """Return the number that follows in the series of `like`: ``F-012`` after ``F-011``.

    A series is what stands before and after the last digits. A proposal: the person knows better.
    """
    found = _LAST_DIGITS.search(like)
    if found is None:
        return f"{like}-2" if like else "1"
    before, after = like[: found.start()], like[found.end() :]
    series = re.compile(f"{re.escape(before)}(\\d{{1,18}}){re.escape(after)}")
    used = [int(one.group(1)) for text in (like, *taken) if (one := series.fullmatch(text))]
    return f"{before}{max(used, default=0) + 1:0{len(found.group(1))}d}{after}"
