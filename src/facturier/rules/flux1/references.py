"""The earlier invoices that a credit note or a corrected invoice speaks of: G1.31, G1.05, G1.09.

Source: Schematron of flux 1 (AIFE), annexe 7 G1.31. BASE wants them in the head; FULL in the head
or on every line, with their dates, never in both places.
"""

from __future__ import annotations

from facturier.findings import Layer
from facturier.invoice.model import Invoice
from facturier.rules.annexe7 import CORRECTIVE, CREDIT_NOTES
from facturier.rules.flux1.head import dated, numbered
from facturier.rules.flux1_facts import Flux1Facts
from facturier.rules.rule import Family

BASE_REFERENCES = Family(Layer.FLUX1)
FULL_REFERENCES = Family(Layer.FLUX1)


def _numbers(invoice: Invoice) -> int:
    """Return how many earlier invoices the head names."""
    return sum(one.number is not None for one in invoice.preceding_invoices)


def _fits(invoice: Invoice) -> bool:
    """Tell whether the head names as many as the type of the invoice wants."""
    if invoice.type_code in CORRECTIVE:
        return _numbers(invoice) == 1
    return invoice.type_code not in CREDIT_NOTES or _numbers(invoice) > 0


def _on_every_line(invoice: Invoice) -> bool:
    """Tell whether every line names an earlier invoice and its date."""
    return all(
        any(one.number is not None for one in line.preceding_invoices)
        and any(one.issue_date is not None for one in line.preceding_invoices)
        for line in invoice.lines
    )


@BASE_REFERENCES.rule(
    "G1.31",
    terms="BT-25 BT-3",
    example="credit-note",
    breaks="BG-3 =",
    remedy="Nommez la facture d'origine (BT-25) : une au moins pour un avoir, une seule pour une "
    "facture rectificative.",
)
def earlier_invoice_is_named(invoice: Invoice, _: Flux1Facts) -> bool:
    """Un avoir nomme la facture d'origine (BT-25), une rectificative en nomme une et une seule."""
    return _fits(invoice)


@FULL_REFERENCES.rule(
    "G1.31",
    terms="BT-25 BT-3",
    example="credit-note",
    breaks="BG-3 =",
    remedy="Nommez la facture d'origine (BT-25) avec sa date (BT-26), en en-tête ou sur toutes les "
    "lignes ; une rectificative n'en a qu'une.",
)
def earlier_invoice_is_named_somewhere(invoice: Invoice, _: Flux1Facts) -> bool:
    """Un avoir ou une rectificative nomme la facture d'origine, en en-tête ou sur chaque ligne."""
    at_head = _numbers(invoice)
    if _fits(invoice):
        return True
    return at_head == 0 and bool(invoice.lines) and _on_every_line(invoice)


@FULL_REFERENCES.rule(
    "G1.31",
    terms="BT-26 BT-3",
    example="credit-note",
    breaks="BT-26 =",
    remedy="Ajoutez la date de la facture d'origine (BT-26).",
)
def earlier_invoice_is_dated(invoice: Invoice, facts: Flux1Facts) -> bool:
    """La facture d'origine d'un avoir ou d'une rectificative est donnée avec sa date (BT-26)."""
    if invoice.type_code not in (*CORRECTIVE, *CREDIT_NOTES):
        return True
    dates = any(one.issue_date is not None for one in invoice.preceding_invoices)
    return (_numbers(invoice) > 0 and (dates or facts.is_malformed("BT-26"))) or _on_every_line(
        invoice
    )


@FULL_REFERENCES.rule(
    "G1.31",
    terms="EXT-FR-FE-136 BT-25",
    example="line-references",
    breaks='BT-25 = "FA-2026-0001"',
    remedy="Nommez les factures d'origine soit en en-tête (BT-25), soit aux lignes, pas deux fois.",
)
def earlier_invoices_stand_in_one_place(invoice: Invoice, _: Flux1Facts) -> bool:
    """Les factures d'origine sont nommées en en-tête ou aux lignes, jamais aux deux endroits."""
    on_lines = any(
        one.number is not None for line in invoice.lines for one in line.preceding_invoices
    )
    return not (on_lines and _numbers(invoice))


for _family in (BASE_REFERENCES, FULL_REFERENCES):
    numbered(_family, "BT-25", example="credit-note")
dated(FULL_REFERENCES, "BT-26", example="credit-note")
dated(FULL_REFERENCES, "EXT-FR-FE-138", example="line-references")
