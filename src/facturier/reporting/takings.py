"""Takings without invoice: what a till (ticket Z) or a notebook says of a day, made declarable.

Sources: DGFiP external specifications v3.2, dossier général §2.3.2 and §3.7.5 (sales of a day by
category and rate, 10.3; receipts of a day by rate, 10.4), annex 7 (G1.68); CGI 269-2 (services: VAT
is due when the customer pays, unless the seller opted for debits).

A shop knows what it took with VAT in it; the amount without VAT is what is left when the VAT,
rounded to the cent, is taken off: the two always add up to what was taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from facturier.errors import RefusedByUs
from facturier.invoice.money import EXACT, cents, minus, total
from facturier.reporting.receipts import Received
from facturier.reporting.report import FRENCH_RATES
from facturier.reporting.sales import Category, Sale

HUNDRED = Decimal(100)
ON_DEBITS = "3"
"""TT-80 of services whose seller opted for VAT on debits."""
MOST = Decimal(100_000_000)
"""More than any till takes in a day: a larger amount is a slip of the key."""


class Means(StrEnum):
    """How customers paid."""

    CASH = "especes"
    CARD = "carte"
    CHEQUE = "cheque"
    VOUCHER = "titres"
    TRANSFER = "virement"
    OTHER = "autre"
    ON_ACCOUNT = "en-compte"
    """Not paid that day: no money came in."""

    @property
    def label(self) -> str:
        """Its French name."""
        return {
            Means.CASH: "Espèces",
            Means.CARD: "Carte bancaire",
            Means.CHEQUE: "Chèques",
            Means.VOUCHER: "Titres-restaurant et bons",
            Means.TRANSFER: "Virement",
            Means.OTHER: "Autre moyen",
            Means.ON_ACCOUNT: "En compte (non payé)",
        }[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a day took in one category at one rate; net and tax add up to gross."""

    category: Category
    rate: Decimal
    """Of VAT, in percent."""
    gross: Decimal
    """With VAT; negative when more was given back than sold."""
    net: Decimal
    """Without VAT; of a margin scheme, the margin without VAT (G1.57)."""
    tax: Decimal
    line: int = 0
    """Of the file it was read from, counted from 1; 0 without file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Z:
    """What one till took in one day. No parts: the till was closed that day."""

    day: date
    till: str
    parts: tuple[Part, ...] = ()
    count: int = 0
    """Number of tickets; 0 when nobody counted."""
    payments: tuple[tuple[Means, Decimal], ...] = ()
    """What was paid by each means; empty when nobody said."""
    line: int = 0
    """First line of the file it was read from, counted from 1; 0 without file."""

    @property
    def gross(self) -> Decimal:
        """What was taken, with VAT, in euros."""
        return total(one.gross for one in self.parts)

    @property
    def net(self) -> Decimal:
        """The same without VAT."""
        return total(one.net for one in self.parts)

    @property
    def tax(self) -> Decimal:
        """Its VAT."""
        return total(one.tax for one in self.parts)

    def same_amounts(self, other: Z) -> bool:
        """Tell whether two records of a day say the same, but for where they were read."""
        return (
            merged(self.parts) == merged(other.parts)
            and self.count == other.count
            and dict(self.payments) == dict(other.payments)
        )


def split(gross: Decimal, rate: Decimal) -> tuple[Decimal, Decimal]:
    """Return what `gross` (VAT included) is without VAT, and its VAT, to the cent.

    The VAT is rounded, what is left is the net amount: 10,00 at 5,5 % is 9,48 and 0,52.
    """
    gross = cents(gross)
    tax = cents(EXACT.divide(EXACT.multiply(gross, rate), EXACT.add(HUNDRED, rate)))
    return total((gross, minus(tax))), tax


def part(category: Category, rate: Decimal, gross: Decimal, *, line: int = 0) -> Part:
    """Return the part of a day that took `gross`, VAT included.

    Raises RefusedByUs for a rate that France does not have, or an amount no till takes.
    """
    if rate not in FRENCH_RATES:
        raise RefusedByUs(
            f"{percent(rate)} n'est pas un taux de TVA en France.",
            reason="rate",
            remedy="Choisissez 20, 10, 5,5 ou 2,1 % (0 % pour ce qui n'est pas taxé).",
        )
    if category is Category.NOT_TAXED_IN_FRANCE and rate:
        raise RefusedByUs(
            "Ce qui n'est pas taxé en France (TNT1) n'a pas de TVA française.",
            reason="rate",
            remedy="Mettez 0 %, ou choisissez une autre catégorie.",
        )
    if abs(gross) >= MOST:
        raise RefusedByUs("Ce montant dépasse ce qu'une caisse prend en un jour.", reason="amount")
    net, tax = split(gross, rate)
    return Part(category=category, rate=rate, gross=cents(gross), net=net, tax=tax, line=line)


def percent(rate: Decimal) -> str:
    """Write a rate: ``5,5 %``."""
    return f"{rate.normalize():f} %".replace(".", ",")


def tidy(rate: Decimal) -> Decimal:
    """Return a rate as it is written: 20, not 20.00 nor 2E+1."""
    return Decimal(f"{rate.normalize():f}")


def merged(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Add up the parts of one category and rate, in order; the sums are of no line."""
    found: dict[tuple[Category, Decimal], list[Part]] = {}
    for one in parts:
        found.setdefault((one.category, one.rate), []).append(one)
    return tuple(
        Part(
            category=category,
            rate=tidy(some[0].rate),
            gross=total(one.gross for one in some),
            net=total(one.net for one in some),
            tax=total(one.tax for one in some),
        )
        for (category, _), some in sorted(found.items(), key=lambda item: (item[0][0], item[0][1]))
    )


def check(z: Z) -> None:
    """Raise RefusedByUs when the means of payment do not add up to what was taken."""
    paid = total(amount for _, amount in z.payments)
    if z.payments and paid != z.gross:
        raise RefusedByUs(
            f"Les moyens de paiement font {euros(paid)}, la recette {euros(z.gross)} : "
            f"écart de {euros(total((paid, minus(z.gross))))}.",
            reason="payments",
            remedy="Corrigez l'un ou l'autre, ou laissez tous les moyens de paiement vides.",
        )


def euros(amount: Decimal) -> str:
    """Write an amount: ``1 234,50 €``."""
    return f"{amount:,.2f} €".replace(",", "\u202f").replace(".", ",")


def without(z: Z, parts: Iterable[Part], means: str) -> Z:
    """Return the day less one ticket of these `parts`, which was paid by `means`.

    Raises RefusedByUs when the day cannot have held it.
    """
    taken = merged(parts)
    left = {(one.category, one.rate): one for one in merged(z.parts)}
    for one in taken:
        held = left.get((one.category, one.rate))
        if held is None or held.gross < one.gross:
            raise RefusedByUs(
                f"La recette du {z.day:%d/%m/%Y} ({z.till}) ne contient pas {euros(one.gross)} à "
                f"{percent(one.rate)}.",
                reason="not-in-it",
                remedy="Vérifiez le jour, la caisse et le taux du ticket.",
            )
        left[one.category, one.rate] = part(
            one.category, one.rate, total((held.gross, minus(one.gross)))
        )
    gross = total(one.gross for one in taken)
    payments = tuple(
        (how, total((amount, minus(gross))) if how == means else amount)
        for how, amount in z.payments
    )
    less = replace(
        z, count=max(z.count - 1, 0), payments=tuple(one for one in payments if one[1]),
        parts=tuple(one for one in left.values() if one.gross),
    )  # fmt: skip
    check(less)
    return less


# --- what is declared ----------------------------------------------------------------------------


def sales(z: Z, *, on_receipts: bool = True) -> tuple[Sale, ...]:
    """Return what a day adds to 10.3: one sale a category and rate.

    `on_receipts` says that the VAT on services is due when they are paid; else they carry the code
    of the option for debits (TT-80). The tickets are counted once a day, with its first sale.
    """
    return tuple(
        Sale(
            day=z.day,
            category=one.category,
            rate=one.rate,
            taxable_amount=one.net,
            tax_amount=one.tax,
            vat_point_code=""
            if on_receipts or one.category is not Category.SERVICES
            else ON_DEBITS,
            count=z.count if rank == 0 else 0,
        )
        for rank, one in enumerate(z.parts)
    )


def received(z: Z, *, on_receipts: bool = True) -> Received | None:
    """Return what a day adds to 10.4: the services that were paid, by rate; None when nothing is.

    Goods are not told: their VAT is due at delivery (CGI 269-2 a). What was taken on account
    (:attr:`Means.ON_ACCOUNT`) was not received: the services bear their share of it.
    """
    services: dict[Decimal, Decimal] = {}
    for one in z.parts:
        if one.category is Category.SERVICES and one.tax:
            services[one.rate] = total((services.get(one.rate), one.gross))
    if not on_receipts or not services:
        return None
    paid = {rate: _paid(z, gross) for rate, gross in services.items()}
    parts = tuple((rate, paid[rate]) for rate in sorted(paid, reverse=True) if paid[rate])
    return Received(day=z.day, parts=parts) if parts else None


def _paid(z: Z, gross: Decimal) -> Decimal:
    """Return how much of a part was paid that day, in proportion to the whole day."""
    owed = total(amount for means, amount in z.payments if means is Means.ON_ACCOUNT)
    if not owed or not z.gross:
        return gross
    share = cents(EXACT.divide(EXACT.multiply(gross, owed), z.gross))
    return total((gross, minus(share)))


# --- from what a person types --------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """A line of what a dossier sells: what a person is asked for on the phone."""

    label: str
    """In the words of the shop: « Repas sur place »."""
    rate: Decimal
    category: Category


GOODS_ONLY = (
    Department(label="Ventes à 20 %", rate=Decimal(20), category=Category.GOODS),
    Department(label="Ventes à 10 %", rate=Decimal(10), category=Category.GOODS),
    Department(label="Ventes à 5,5 %", rate=Decimal("5.5"), category=Category.GOODS),
)
RESTAURANT = (
    Department(label="Repas sur place", rate=Decimal(10), category=Category.SERVICES),
    Department(label="Boissons alcoolisées", rate=Decimal(20), category=Category.SERVICES),
    Department(label="À emporter", rate=Decimal("5.5"), category=Category.GOODS),
)
SERVICES_ONLY = (
    Department(label="Prestations à 20 %", rate=Decimal(20), category=Category.SERVICES),
    Department(label="Prestations à 10 %", rate=Decimal(10), category=Category.SERVICES),
    Department(label="Ventes à 20 %", rate=Decimal(20), category=Category.GOODS),
)
EXEMPT = (
    Department(label="Prestations, sans TVA", rate=Decimal(0), category=Category.SERVICES),
    Department(label="Ventes, sans TVA", rate=Decimal(0), category=Category.GOODS),
)
USUAL: Mapping[str, tuple[Department, ...]] = {
    "commerce": GOODS_ONLY,
    "restaurant": RESTAURANT,
    "services": SERVICES_ONLY,
    "franchise": EXEMPT,
}
"""What a new dossier may begin with, by kind of shop."""


def category_of(rate: Decimal, departments: Iterable[Department]) -> Category:
    """Return the category of what a dossier sells at `rate`; that of its first when it is new."""
    known = tuple(departments)
    for one in known:
        if one.rate == rate:
            return one.category
    return known[0].category if known else Category.GOODS
