"""What an anomaly may cost, in euros, with the text and the computation in words.

Each function reads the amounts of the document; `amount` of the hit stands in for the VAT where
only a part is concerned. Sources: CGI 271, 272, 283-3, 289, 1737, 1788 A; annexe II, 208.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from facturier.anomalies.look import Look, euros
from facturier.invoice.money import cents, percent_of

OMISSION = Decimal(15)
"""Euros for each mention that is missing or wrong (CGI 1737 II)."""
QUARTER = Decimal(25)
"""Per cent of the amount of the invoice: the cap of these fines."""
UNREPORTED = Decimal(5)
"""Per cent of the VAT that the buyer owes and does not report (CGI 1788 A, 4)."""
STANDARD_RATE = Decimal(20)
COMPANY_TAX = Decimal(25)
"""Normal rate of corporation tax, per cent (CGI 219 I)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """What may be lost."""

    amount: Decimal | None
    """Euros; None when the document does not tell how much."""
    words: str
    """How it is computed, in French."""
    law: str
    is_ours: bool = True
    """Whether the company of the dossier bears it, and not the other party."""

    @property
    def ours(self) -> Decimal:
        """What the company of the dossier may lose; zero when it is unknown or the other's."""
        return self.amount if self.is_ours and self.amount is not None else Decimal(0)


Estimate = Callable[[Look, Decimal | None], Risk]
"""From the document, and the amount that the kind itself found, to the risk."""


def vat_lost(look: Look, amount: Decimal | None) -> Risk:
    """The VAT is not deductible by the buyer."""
    lost = abs(look.vat if amount is None else amount)
    return Risk(
        amount=lost,
        words=f"TVA de {euros(lost)} dont la déduction peut être refusée à l'acheteur.",
        law="CGI 271 II, 283-3 et 289",
        is_ours=look.is_bought,
    )


def vat_due(look: Look, amount: Decimal | None) -> Risk:
    """VAT is due because it is mentioned; the buyer does not deduct it."""
    if look.is_bought:
        return vat_lost(look, amount)
    owed = abs(look.vat if amount is None else amount)
    return Risk(
        amount=owed,
        words=f"TVA de {euros(owed)} due du seul fait qu'elle est mentionnée.",
        law="CGI 283-3",
    )


def vat_owed(look: Look, amount: Decimal | None) -> Risk:
    """VAT was due and is not on the invoice: the seller owes it inside or on top of his price."""
    owed = cents(percent_of(abs(look.net), STANDARD_RATE)) if amount is None else abs(amount)
    how = (
        f"TVA de {euros(owed)} que l'émetteur doit : {euros(abs(look.net))} × 20 %"
        if amount is None
        else f"TVA de {euros(owed)} que l'émetteur doit"
    )
    return Risk(amount=owed, words=f"{how}.", law="CGI 256, 269 et 278", is_ours=not look.is_bought)


def omission(look: Look, amount: Decimal | None) -> Risk:
    """One mention is missing or wrong: 15 euros, a quarter of the invoice at most."""
    del amount
    cap = cents(percent_of(abs(look.gross), QUARTER))
    fine = min(OMISSION, cap)
    capped = f", plafonnée au quart de la facture ({euros(cap)})" if cap < OMISSION else ""
    return Risk(
        amount=fine,
        words=f"Amende de 15 € par mention omise ou inexacte{capped}, à la charge de l'émetteur.",
        law="CGI 1737 II",
        is_ours=not look.is_bought,
    )


def vat_or_omission(look: Look, amount: Decimal | None) -> Risk:
    """The buyer risks his deduction, the issuer the fine for a wrong mention."""
    return vat_lost(look, amount) if look.is_bought else omission(look, amount)


def reverse_charge_fine(look: Look, amount: Decimal | None) -> Risk:
    """The buyer does not report the VAT that he owes: five per cent of what he could deduct."""
    base = abs(look.net if amount is None else amount)
    owed = cents(percent_of(base, STANDARD_RATE))
    fine = cents(percent_of(owed, UNREPORTED))
    return Risk(
        amount=fine,
        words=f"Amende de 5 % de la TVA que l'acheteur n'aurait pas déclarée : {euros(base)} × 20 "
        f"% = {euros(owed)}, × 5 %.",
        law="CGI 1788 A, 4",
        is_ours=look.is_bought,
    )


def paid_twice(look: Look, amount: Decimal | None) -> Risk:
    """The whole may be paid, and its VAT deducted, a second time."""
    whole = abs(look.gross if amount is None else amount)
    return Risk(
        amount=whole,
        words=f"{euros(whole)} payés une seconde fois, dont {euros(abs(look.vat))} de TVA "
        "déduite à tort."
        if look.is_bought
        else f"{euros(whole)} de vente comptés deux fois.",
        law="CGI 271 ; C. civ. 1302 (répétition de l'indu)",
    )


def deducted_twice(look: Look, amount: Decimal | None) -> Risk:
    """A deposit is taken off twice: the seller is paid too little."""
    lost = abs(amount or Decimal(0))
    return Risk(
        amount=lost,
        words=f"{euros(lost)} déduits une fois de trop du net à payer, à la perte du vendeur.",
        law="CGI 289 ; XP Z12-014, cas n° 21",
        is_ours=not look.is_bought,
    )


def vat_counted_twice(_: Look, amount: Decimal | None) -> Risk:
    """The VAT of the deposit stands on both invoices."""
    twice = abs(amount or Decimal(0))
    return Risk(
        amount=twice,
        words=f"TVA de l'acompte, {euros(twice)}, comptée sur les deux factures : déduite ou "
        "déclarée deux fois si personne ne la retire.",
        law="CGI 271 et 283-3 ; XP Z12-014, cas n° 21, manière 2",
    )


def diverted(look: Look, amount: Decimal | None) -> Risk:
    """The payment goes to somebody else."""
    whole = abs(amount or look.due or look.gross)
    return Risk(
        amount=whole,
        words=f"Net à payer de {euros(whole)} versé sur un compte qui n'est pas celui du "
        "fournisseur ; il resterait dû.",
        law="C. civ. 1342-2",
        is_ours=look.is_bought,
    )


def difference(_: Look, amount: Decimal | None) -> Risk:
    """What two amounts that should agree differ by."""
    gap = abs(amount or Decimal(0))
    return Risk(
        amount=gap, words=f"Écart de {euros(gap)} entre les deux montants.", law="CGI 289 et 271"
    )


def wrong_year(look: Look, amount: Decimal | None) -> Risk:
    """Turnover or a charge stands in the wrong year: corporation tax on it."""
    base = abs(look.net if amount is None else amount)
    tax = cents(percent_of(base, COMPANY_TAX))
    return Risk(
        amount=tax,
        words=f"Impôt sur les sociétés déplacé d'un exercice à l'autre : {euros(base)} × 25 %.",
        law="CGI 38-2 bis et 219 I",
    )


def unmeasured(words: str, law: str) -> Estimate:
    """Return an estimate for what the document does not measure."""

    def estimate(look: Look, amount: Decimal | None) -> Risk:
        del look, amount
        return Risk(amount=None, words=words, law=law)

    return estimate
