"""The entry of a day's takings (ticket Z): money received against sales and their VAT.

Sources: PCG (53, 5112, 511, 512, 411, 706, 707, 44571); CGI 269-2 (the VAT of what was sold and
paid the same day is due that day; of services on account it waits for the payment, 44574).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from facturier.ledger.books import Books, Nature, Side
from facturier.ledger.entries import ZERO, Entry, Fiscal, Line

MEANS: Mapping[str, tuple[str, str]] = {
    "especes": ("53", "Espèces"),
    "carte": ("5115", "Cartes bancaires à encaisser"),
    "cheque": ("5112", "Chèques à encaisser"),
    "titres": ("5118", "Titres-restaurant et bons à encaisser"),
    "virement": ("512", "Virements reçus"),
    "autre": ("511", "Autres valeurs à l'encaissement"),
    "en-compte": ("411", "Ventes en compte"),
}
"""Account and label of each means of payment."""
CUSTOMERS = "CDIVERS"
_UNKNOWN = "Les moyens de paiement ne sont pas connus : tout est mis en caisse, répartissez."
_ON_ACCOUNT = (
    "Une part n'a pas été payée ce jour : si la TVA est due à l'encaissement, virez-en la part de "
    "44571 à 44574."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """What a day sold in one nature at one rate, in euros."""

    nature: Nature
    category: str
    """VAT category, verbatim: S, Z, O."""
    rate: Decimal
    net: Decimal
    tax: Decimal


def propose(
    day: date, till: str, sold: Iterable[Sold], paid: Mapping[str, Decimal], books: Books
) -> Entry:
    """Return the entry of one day and till.

    `paid` gives what came in by each key of :data:`MEANS`, and adds up to what was sold, VAT
    included; when it is empty all of it is put into the till, with the advice to share it out.
    Raises UnbalancedEntry when it does not add up.
    """
    parts = tuple(sold)
    whole = sum((one.net + one.tax for one in parts), ZERO)
    money = {means: amount for means, amount in paid.items() if amount} or {"especes": whole}
    lines = [
        _line(books, MEANS[means][0], f"{MEANS[means][1]} {till}", amount, rule="Z-ENCAISSEMENT",
              reason="Ce que les clients ont payé, selon la caisse.",
              auxiliary=CUSTOMERS if means == "en-compte" else "",
              advice="" if paid else _UNKNOWN)
        for means, amount in money.items()
    ]  # fmt: skip
    for one in parts:
        rate = f"{one.rate.normalize():f} %".replace(".", ",")
        fiscal = Fiscal(category=one.category, rate=one.rate)
        lines += [
            _line(books, books.sales_account(one.nature, one.category), f"Ventes {rate} {till}",
                  -one.net, rule="Z-VENTES", reason="Recette du jour hors taxe.", fiscal=fiscal),
            _line(books, "44571", f"TVA collectée {rate}", -one.tax, rule="Z-TVA", fiscal=fiscal,
                  base=one.net, reason="TVA comprise dans la recette du jour (CGI 269-2)."),
        ]  # fmt: skip
    number = f"Z {day:%d/%m/%Y} {till}"
    return Entry(
        journal=books.journal(Side.SALE), date=day, document=number, document_date=day,
        label=f"Recettes du {day:%d/%m/%Y}, {till}",
        lines=tuple(one for one in lines if one.balance),
        remarks=(_ON_ACCOUNT,) if paid.get("en-compte") and books.vat_on_receipts else (),
    )  # fmt: skip


def _line(
    books: Books, account: str, label: str, amount: Decimal, *, rule: str, reason: str,
    auxiliary: str = "", advice: str = "", fiscal: Fiscal | None = None,
    base: Decimal | None = None,
) -> Line:  # fmt: skip
    """Return a debit of `amount`, or a credit when it is negative."""
    return Line(
        account=books.pad(account), label=label, debit=max(amount, ZERO), credit=max(-amount, ZERO),
        auxiliary=auxiliary, rule=rule, reason=reason, advice=advice, fiscal=fiscal,
        auxiliary_label="Clients divers" if auxiliary else "",
        base=-base if base is not None and amount > 0 else base,
    )  # fmt: skip
