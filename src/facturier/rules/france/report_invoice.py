"""Rules of flux 10 about an invoice as a whole: its parties, its references, its totals."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from functools import reduce
from typing import Any

from facturier.findings import Layer
from facturier.reporting.report import (
    Line,
    Party,
    PrecedingInvoice,
    Price,
    ReportedInvoice,
    VatBreakdown,
)
from facturier.rules.annexe7 import ADVANCES, CORRECTIVE, CREDIT_NOTES, FINAL_PROCESSES
from facturier.rules.france.report_rows import (
    AMOUNT,
    COMPANY_FORMATS,
    PRICE,
    attribute,
    is_written,
    number,
)
from facturier.rules.report_facts import ReportFacts
from facturier.rules.rule import Family

INVOICE = Family(Layer.FLUX10)

VAT_OWED = ("0002", "0223")
"""Schemes of companies that have a VAT number."""
RESERVED_EXEMPTION = "VATEX-FR-CNWVAT"
CENT = 0.01


def _sum(texts: Iterable[str]) -> float:
    """Add doubles one after the other; Python's own `sum` is more exact since 3.12."""
    return reduce(operator.add, map(number, texts), 0.0)


# --- the parties of an invoice -------------------------------------------------------------------


def _party_rules(group: str, identifier: str, scheme: str, vat: str, whose: str) -> None:
    """Add G2.19 and G2.33 for the seller or the buyer."""

    def is_written_as_its_register_wants(party: Party, _: ReportFacts) -> bool:
        form = COMPANY_FORMATS.get(party.scheme or "")
        return form is None or bool(form.fullmatch(party.identifier or ""))

    def has_its_vat_number(party: Party, _: ReportFacts) -> bool:
        known = (party.vat_identifier, party.vat_qualifier)
        return party.scheme not in VAT_OWED or known != (None, None)

    INVOICE.add(
        "G2.19",
        is_written_as_its_register_wants,
        on=group,
        terms=f"{identifier} {scheme}",
        meaning=f"L'identifiant {whose} ({identifier}) a la forme que veut son registre "
        f"({scheme}) : 9 chiffres pour un SIREN (0002) ou un numéro TAHITI (0229), 9 ou 10 pour un "
        "RIDET (0228), 18 caractères au plus ailleurs (0223, 0227).",
        breaks=f'{identifier} = "1234567890123456789"',
        example="transactions",
        remedy=f"Corrigez {identifier}, ou son registre ({scheme}).",
    )
    INVOICE.add(
        "G2.33",
        has_its_vat_number,
        on=group,
        terms=f"{vat} {scheme}",
        meaning=f"Le numéro de TVA {whose} ({vat}) est donné quand son identifiant est un SIREN "
        "(0002) ou un numéro de l'Union (0223).",
        breaks=f"{vat} =; {vat}-0 =",
        example="transactions",
        remedy=f"Renseignez {vat}.",
    )
    attribute("G2.19", scheme, identifier, tuple(COMPANY_FORMATS), INVOICE)
    attribute("G2.33", f"{vat}-0", vat, ("VAT",), INVOICE)


_party_rules("TG-12", "TT-33", "TT-33-1", "TT-34", "du vendeur")
_party_rules("TG-14", "TT-36", "TT-37", "TT-38", "de l'acheteur")


@INVOICE.rule(
    "G6.28",
    on="TG-8",
    terms="TT-36",
    breaks="TT-36 =; TT-37 =; TT-38 =; TT-38-0 =",
    example="transactions",
    remedy="Renseignez l'identifiant de l'acheteur. Une vente à un particulier ne se déclare pas "
    "facture par facture, mais dans les ventes du jour (TG-31).",
)
def buyer_is_identified(invoice: ReportedInvoice, _: ReportFacts) -> bool:
    """L'acheteur d'une facture déclarée (TG-8) est identifié (TT-36)."""
    buyer = invoice.buyer
    return buyer is not None and (buyer.identifier, buyer.scheme) != (None, None)


def _codes(invoice: ReportedInvoice) -> set[str | None]:
    return {one.category.code for one in invoice.vat_breakdown if one.category}


@INVOICE.rule(
    "G1.102",
    on="TG-8",
    terms="TT-34 TT-122 TT-56",
    breaks='TT-34 =; TT-34-0 =; TT-33-1 = "0227"',
    example="exoneree",
    remedy="Renseignez le numéro de TVA du vendeur (TT-34) ou de son représentant fiscal (TT-122).",
)
def exempt_seller_has_a_vat_number(invoice: ReportedInvoice, _: ReportFacts) -> bool:
    """Une facture exonérée (TT-56 = E) porte le numéro de TVA du vendeur (TT-34) ou de son
    représentant fiscal (TT-122).
    """  # noqa: D205
    seller, agent = invoice.seller, invoice.representative
    return (
        "E" not in _codes(invoice)
        or (seller is not None and (seller.vat_identifier, seller.vat_qualifier) != (None, None))
        or (agent is not None and (agent.vat_identifier, agent.scheme) != (None, None))
    )


# --- an invoice as a whole -----------------------------------------------------------------------


@INVOICE.rule(
    "G1.60",
    on="TG-8",
    terms="TT-28 TT-21",
    breaks='TT-28 = "B4"; TT-21 = "386"',
    example="transactions",
    remedy="Donnez à l'acompte un cadre de dépôt (B1, S1 ou M1) ; B4, S4 et M4 sont ceux de la "
    "facture définitive.",
)
def deposit_is_not_final(invoice: ReportedInvoice, _: ReportFacts) -> bool:
    """Un cadre de facture définitive après acompte (B4, S4, M4) ne va pas avec un acompte (386,
    500, 503).
    """  # noqa: D205
    process = invoice.process.business_process if invoice.process else None
    return process not in FINAL_PROCESSES or invoice.type_code not in ADVANCES


@INVOICE.rule(
    "G6.21",
    on="TG-8",
    terms="TT-21 TT-59",
    breaks=f'TT-59 = "{RESERVED_EXEMPTION}"',
    example="transactions",
    remedy="Choisissez un autre motif d'exonération (TT-59) : celui-ci est réservé aux avoirs sans "
    "TVA.",
)
def exemption_of_credit_notes_stays_there(invoice: ReportedInvoice, _: ReportFacts) -> bool:
    """Le motif VATEX-FR-CNWVAT (TT-59) ne sert qu'à un avoir (261, 381, 396)."""
    reasons = {one.category.exemption_code for one in invoice.vat_breakdown if one.category}
    return RESERVED_EXEMPTION not in reasons or invoice.type_code in ("261", "381", "396")


def _is_dated(references: Iterable[PrecedingInvoice]) -> bool:
    return any(one.issue_date is not None for one in references)


@INVOICE.rule(
    "G1.32",
    on="TG-8",
    terms="TG-11 TT-21 TT-31",
    breaks="TG-11 =",
    example="rectificative",
    remedy="Référencez la facture rectifiée, une seule, avec sa date.",
)
def corrective_invoice_names_one_invoice(invoice: ReportedInvoice, _: ReportFacts) -> bool:
    """Une facture rectificative (384, 471, 472, 473) référence une facture antérieure et une
    seule, avec sa date.
    """  # noqa: D205
    before = invoice.preceding_invoices
    return invoice.type_code not in CORRECTIVE or (len(before) == 1 and _is_dated(before))


def _names_a_dated_invoice(line: Line) -> bool:
    before = line.preceding_invoice
    return before is not None and None not in (before.number, before.issue_date)


@INVOICE.rule(
    "G1.32",
    on="TG-8",
    terms="TT-31 TT-21 TT-300 TT-301",
    breaks="TT-31 =; TT-301 =",
    example="avoir",
    remedy="Référencez la facture que l'avoir corrige, avec sa date, en tête ou sur chaque ligne.",
)
def credit_note_names_an_invoice(invoice: ReportedInvoice, _: ReportFacts) -> bool:
    """Un avoir (261, 381, 396, 502, 503) référence une facture antérieure avec sa date, en tête
    ou sur chaque ligne.
    """  # noqa: D205
    return (
        invoice.type_code not in CREDIT_NOTES
        or _is_dated(invoice.preceding_invoices)
        or (bool(invoice.lines) and all(map(_names_a_dated_invoice, invoice.lines)))
    )


@INVOICE.rule(
    "G1.40",
    on="TG-23",
    terms="TT-59 TT-58 TT-56",
    breaks="TT-58 =",
    example="exoneree",
    remedy="Renseignez le motif (TT-58) et son code (TT-59, liste VATEX).",
)
def exemption_is_justified(vat: VatBreakdown, _: ReportFacts) -> bool:
    """Une exonération (TT-56 = E) porte son motif (TT-58) et le code de ce motif (TT-59)."""
    said = vat.category
    return (
        said is None or said.code != "E" or None not in (said.exemption_code, said.exemption_reason)
    )


@INVOICE.rule(
    "G1.55",
    on="TG-28",
    terms="TT-69 TT-71 TT-70",
    breaks="TT-69 + 1",
    example="transactions",
    remedy="Recalculez le prix net : prix brut (TT-71) moins rabais (TT-70).",
)
def net_price_is_gross_less_discount(price: Price, facts: ReportFacts) -> bool:
    """Le prix net (TT-69) est le prix brut (TT-71) moins le rabais (TT-70), à un centime près."""
    net = facts.text(price, "TT-69", "net_price")
    discount = facts.text(price, "TT-70", "discount")
    gross = facts.text(price, "TT-71", "gross_price")
    if net is None or discount is None or gross is None:
        return True
    if not all(is_written(one, PRICE) for one in (net, discount, gross)):
        return True
    return abs(number(net) - (number(gross) - number(discount))) <= CENT


# --- totals --------------------------------------------------------------------------------------


def _adds_up(total: str | None, parts: list[str]) -> bool:
    """Whether a total is the sum of its parts, to one cent a part, as the official file counts.

    Amounts that are not written rightly are another rule's business.
    """
    written = parts if total is None else [total, *parts]
    if not all(is_written(one, AMOUNT) for one in written):
        return True
    # decimal 0.01 times an integer is exact in XPath; division gives the same double
    return abs(number(total) - _sum(parts)) <= len(parts) / 100


def _invoice_total(term: str, field: str, part: str, part_field: str, demand: str) -> None:
    """Add G1.53 for one total of an invoice in euros."""

    def total_is_the_sum(invoice: ReportedInvoice, facts: ReportFacts) -> bool:
        totals = invoice.totals
        total = facts.text(totals, term, field) if totals else None
        if total is None or invoice.currency != "EUR":
            return True
        parts = (facts.text(one, part, part_field) for one in invoice.vat_breakdown)
        return _adds_up(total, [one for one in parts if one is not None])

    INVOICE.add(
        "G1.53",
        total_is_the_sum,
        on="TG-8",
        terms=f"{term} {part}",
        meaning=demand,
        breaks=f"{term} + 1",
        example="transactions",
        remedy=f"Recalculez {term} en additionnant les {part} ; un centime d'écart est admis par "
        "montant additionné.",
    )


def _sales_total(term: str, field: str, part: str, part_field: str, demand: str) -> None:
    """Add G1.53 for one total of a day of sales in euros."""

    def total_is_the_sum(sales: Any, facts: ReportFacts) -> bool:
        if sales.currency != "EUR":
            return True
        parts = (facts.text(one, part, part_field) for one in sales.rates)
        total = facts.text(sales, term, field)
        return _adds_up(total, [one for one in parts if one is not None])

    INVOICE.add(
        "G1.53",
        total_is_the_sum,
        on="TG-31",
        terms=f"{term} {part}",
        meaning=demand,
        breaks=f"{term} + 1",
        example="transactions",
        remedy=f"Recalculez {term} en additionnant les {part} ; un centime d'écart est admis par "
        "montant additionné.",
    )


_invoice_total(
    "TT-51",
    "without_vat",
    "TT-54",
    "taxable_amount",
    "Le total hors TVA d'une facture en euros (TT-51) est la somme de ses bases (TT-54).",
)
_invoice_total(
    "TT-52",
    "vat_amount",
    "TT-55",
    "tax_amount",
    "Le total de TVA d'une facture en euros (TT-52) est la somme des TVA de ses taux (TT-55).",
)
_sales_total(
    "TT-82",
    "without_vat",
    "TT-87",
    "taxable_amount",
    "Le total hors TVA des ventes d'un jour en euros (TT-82) est la somme de ses bases (TT-87).",
)
_sales_total(
    "TT-83",
    "vat_amount",
    "TT-88",
    "tax_amount",
    "Le total de TVA des ventes d'un jour en euros (TT-83) est la somme des TVA de ses taux "
    "(TT-88).",
)
