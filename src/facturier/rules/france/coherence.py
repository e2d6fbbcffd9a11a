"""What must agree between type, business process, dates and references: BR-FR-CO-03 to CO-09.

Source: XP Z12-012 as BR-FR-Flux2 1.4.0 tests it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from facturier.findings import Layer
from facturier.invoice import codes
from facturier.invoice.model import Invoice, Line
from facturier.rules.facts import Facts
from facturier.rules.france.numbering import is_ubl_credit_note
from facturier.rules.rule import Family

COHERENCE = Family(Layer.BR_FR)

GLOBAL_ALLOWANCE = "262"
REFERRING = codes.CREDIT_NOTE - {GLOBAL_ALLOWANCE}
"""Credit notes that say which invoice they correct."""
ALREADY_PAID = frozenset({"B2", "S2", "M2"})
AFTER_ADVANCE = frozenset({"B4", "S4", "M4"})

_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")
_MORE_DUE_DATES = ("/cbc:PaymentDueDate", "/ram:DueDateDateTime/udt:DateTimeString")


def process_of(invoice: Invoice) -> str:
    """Return BT-23 as it is written: these rules do not look past a blank around it."""
    return (invoice.process.business_process if invoice.process else None) or ""


def due_dates(facts: Facts) -> Iterator[str]:
    """Yield each due date of the file as ``YYYYMMDD``.

    The model has room for one; the next ones, of a payment in several times, are reported. One
    that is no day of the calendar still compares.
    """
    invoice = facts.invoice
    if invoice.due_date is not None:
        yield _compact(invoice.due_date)
    texts = [one.value for one in invoice.malformed if one.term == "BT-9"]
    texts += [one.value for one in facts.beyond_the_rules if _is_due_date(one.path)]
    for text in texts:
        found = _DATE.match(text.strip())
        if found is not None:
            yield "".join(found.groups())


def _compact(day: date) -> str:
    return day.isoformat().replace("-", "")


def _is_due_date(path: str) -> bool:
    return re.sub(r"\[\d+\]", "", path).endswith(_MORE_DUE_DATES)


@COHERENCE.rule(
    "BR-FR-CO-03_BT-3",
    terms="BT-3 BT-12 BT-73 BT-74",
    remedy="Donnez le numéro du contrat (BT-12) et la période (BT-73, BT-74), ou changez le type "
    "en 381.",
    breaks="BT-12 =",
    example="global-allowance",
)
def global_allowance_names_its_contract(invoice: Invoice, facts: Facts) -> bool:
    """Un avoir pour remise globale (262) donne le contrat (BT-12) et la période (BG-14)."""
    in_vain = facts.syntax == "UBL" and not is_ubl_credit_note(facts)
    if facts.type_code != GLOBAL_ALLOWANCE or in_vain:
        return True
    period = invoice.period
    return (
        bool(invoice.contract)
        and (bool(period and period.start_date) or facts.is_malformed("BT-73"))
        and (bool(period and period.end_date) or facts.is_malformed("BT-74"))
    )


_ONE_REFERENCE: dict[str, Any] = {
    "terms": "BG-3 BT-25 BT-3",
    "remedy": "Donnez en BG-3 le numéro et la date de la facture rectifiée, et d'elle seule.",
    "breaks": "BG-3 =",
    "example": "corrective",
}


@COHERENCE.rule("BR-FR-CO-04_BT-4", syntax="CII", **_ONE_REFERENCE)
@COHERENCE.rule("BR-FR-CO-04_BT-3", syntax="UBL", **_ONE_REFERENCE)
def corrective_invoice_names_one_invoice(invoice: Invoice, facts: Facts) -> bool:
    """Une facture rectificative (384, 471 à 473) donne la référence d'une seule facture (BG-3)."""
    if facts.type_code not in codes.CORRECTIVE or is_ubl_credit_note(facts):
        return True
    return len(invoice.preceding_invoices) == 1


def _refers(line: Line, facts: Facts) -> bool:
    return any(
        one.number is not None
        and (one.issue_date is not None or facts.is_malformed("EXT-FR-FE-138"))
        for one in line.preceding_invoices
    )


def _is_detail(line: Line) -> bool:
    return line.subtype is None or line.subtype == "DETAIL"


@COHERENCE.rule(
    "BR-FR-CO-05_BT-3",
    terms="BG-3 BT-25 BT-26 BT-3",
    remedy="Donnez le numéro et la date de la facture corrigée : une fois en BG-3, ou sur chaque "
    "ligne.",
    breaks="BT-26 =",
    example="credit-note",
)
def credit_note_names_the_invoice(invoice: Invoice, facts: Facts) -> bool:
    """Un avoir donne le numéro et la date de la facture corrigée, en BG-3 ou à chaque ligne."""
    if facts.type_code not in REFERRING:
        return True
    if facts.syntax == "UBL" and not is_ubl_credit_note(facts):
        return True
    dated = any(
        one.number is not None and (one.issue_date is not None or facts.is_malformed("BT-26"))
        for one in invoice.preceding_invoices
    )
    return dated or all(_refers(line, facts) for line in invoice.lines if _is_detail(line))


@COHERENCE.rule(
    "BR-FR-CO-07_BT-9",
    terms="BT-9 BT-2",
    remedy="Corrigez la date d'échéance (BT-9), ou prenez le cadre B2, S2 ou M2 si la facture est "
    "déjà payée.",
    breaks='BT-9 = "2026-11-01"',
)
def due_date_follows_issue(invoice: Invoice, facts: Facts) -> bool:
    """L'échéance (BT-9) n'est pas avant la facture (BT-2), sauf acompte ou facture déjà payée."""
    if facts.type_code in codes.PREPAYMENT or process_of(invoice) in ALREADY_PAID:
        return True
    if invoice.issue_date is None:  # the CII file wants something to compare with
        missing = facts.syntax == "CII" and not facts.is_malformed("BT-2")
        return not missing or next(due_dates(facts), None) is None
    issued = _compact(invoice.issue_date)
    return all(due >= issued for due in due_dates(facts))


@COHERENCE.rule(
    "BR-FR-CO-08_BT-23",
    terms="BT-23 BT-3",
    remedy="Une facture d'acompte a le cadre 1 (ou 2 si elle est payée) ; le cadre 4 est celui de "
    "la facture définitive.",
    breaks='BT-23 = "B4"',
    example="advance",
)
def final_invoice_is_no_advance(invoice: Invoice, facts: Facts) -> bool:
    """Une facture définitive (cadre B4, S4, M4) n'est pas un acompte (386, 500, 503)."""
    return process_of(invoice) not in AFTER_ADVANCE or facts.type_code not in codes.PREPAYMENT


_PAID = "Le cadre B2, S2 ou M2 dit que la facture est déjà payée : "


@COHERENCE.rule(
    "BR-FR-CO-09_BT-23-1",
    terms="BT-113 BT-112 BT-23",
    remedy=f"{_PAID}portez en BT-113 le total TTC, ou changez de cadre.",
    breaks="BT-113 - 1.00",
    example="card",
)
def paid_invoice_is_paid_in_full(invoice: Invoice, _: Facts) -> bool:
    """Une facture déjà payée (cadre B2, S2, M2) l'est en totalité : BT-113 est le total TTC."""
    if process_of(invoice) not in ALREADY_PAID:
        return True
    totals = invoice.totals
    if totals is None or totals.paid_amount is None:
        return False
    return totals.paid_amount == totals.with_vat


@COHERENCE.rule(
    "BR-FR-CO-09_BT-23-2",
    terms="BT-115 BT-23",
    remedy=f"{_PAID}mettez le net à payer (BT-115) à zéro, ou changez de cadre.",
    breaks="BT-115 + 1.00",
    example="card",
)
def nothing_remains_due_on_a_paid_invoice(invoice: Invoice, _: Facts) -> bool:
    """Une facture déjà payée (cadre B2, S2, M2) n'a plus rien à payer : BT-115 est à zéro."""
    if process_of(invoice) not in ALREADY_PAID:
        return True
    return invoice.totals is not None and invoice.totals.due_amount == 0


@COHERENCE.rule(
    "BR-FR-CO-09_BT-23-3",
    terms="BT-9 BT-23",
    remedy=f"{_PAID}donnez en BT-9 la date du paiement, ou changez de cadre.",
    breaks="BT-9 =",
    example="card",
)
def paid_invoice_has_its_date(invoice: Invoice, facts: Facts) -> bool:
    """Une facture déjà payée (cadre B2, S2, M2) donne la date du paiement (BT-9)."""
    if process_of(invoice) not in ALREADY_PAID:
        return True
    return facts.is_malformed("BT-9") or next(due_dates(facts), None) is not None
