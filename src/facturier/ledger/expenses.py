"""What an employee paid for the company: whose VAT may be deducted, and the entries.

With an invoice in the company's name VAT is deducted by its ordinary law: all of it, a part (fuel),
none (lodging and transport of people). Without one it is not, but where a tolerance applies: toll
and parking receipts, restaurant bills, simplified invoices, of up to 150 euros before VAT. Each
line says which. Sources: CGI 271 II and 298-4, CGI annexe II 206 IV and 242 nonies A,
BOI-TVA-DECLA-30-20-20-20 § 130 (restaurants), XP Z12-014 cases 5 and 6; case 6 leaves the right to
deduct without an invoice open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from facturier.errors import RefusedByUs, Unpostable
from facturier.invoice.money import cents
from facturier.ledger import charges, same_purchase, settlement
from facturier.ledger.books import VatRegime, plain, siren_of
from facturier.ledger.entries import HUNDRED, ZERO, Entry, Fiscal, Line
from facturier.ledger.figures import french
from facturier.ledger.same_purchase import Invoiced, Paid

if TYPE_CHECKING:
    import datetime as dt

    from facturier.invoice.model import Invoice
    from facturier.ledger.books import Books

LIMIT = Decimal(150)
"""Euros before VAT up to which a simplified invoice is enough."""
GIFT_LIMIT = Decimal(73)
"""Euros, VAT included, a person and a year, up to which the VAT of gifts is deducted."""
FUEL_SHARE = Decimal(80)
EMPLOYEE_SCHEME = "AHK"
"""Scheme of BT-18 under which an invoice names the employee who paid (XP Z12-014 case 5)."""
SUFFIX = "FRAISCOLLABORATEUR"
"""End of the electronic address at which a company gets what its employees paid (case 5)."""
DEFAULT = "6256"
EMPLOYEES = "421"
TOLERANCE = Decimal("0.05")
"""Euros by which the VAT of a receipt may miss its rates: each was rounded by the till."""

MEAL = "Note de restaurant, au nom de l'entreprise écrit par le client."
SIMPLIFIED = "Facture simplifiée, 150 € hors taxe au plus."
INVOICED = "Facture au nom de l'entreprise."
REFUSED = "TVA non récupérable sauf facture : demandez-la au vendeur (cadre B7 ou S7)."
WITHOUT_INVOICE = "Sans facture au nom de l'entreprise : TTC en charge."


class Nature(StrEnum):
    """What was bought; it decides the account and the VAT."""

    RESTAURANT = "restaurant"
    HOTEL = "hotel"
    FUEL = "carburant"
    FUEL_OF_VAN = "carburant-utilitaire"
    TOLL = "peage"
    PARKING = "parking"
    TRANSPORT = "transport"
    SUPPLIES = "fournitures"
    GIFT = "cadeau"
    MILEAGE = "kilometres"
    PER_DIEM = "forfait"
    OTHER = "autre"


class Voucher(StrEnum):
    """What proves the expense."""

    TICKET = "ticket"
    """A receipt that does not name the company, or nothing."""
    SIMPLIFIED = "simplifiee"
    """A receipt that names the seller, its VAT number, the rate: a simplified invoice."""
    INVOICE = "facture"
    """An invoice in the company's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One row of the table: what the law makes of a nature."""

    label: str
    """In French."""
    account: str
    words: tuple[str, ...] = ()
    """Words of a label, small and without accents, that tell it where nobody said the nature."""
    share: Decimal = HUNDRED
    """Per cent of the VAT that an invoice lets deduct."""
    law: str = ""
    """Why that share is not the whole, in French."""
    tolerated: str = ""
    """Why VAT may be deducted without invoice up to :data:`LIMIT`; empty when it may not."""
    has_vat: bool = True
    by_words: bool = False
    """Whether the words of the line choose the account, `account` being for what they do not."""


KINDS: dict[Nature, Kind] = {
    Nature.TOLL: Kind(label="Péage", account="6251", words=("peage",),
                      tolerated="Ticket de péage : tient lieu de facture."),
    Nature.PARKING: Kind(label="Parking", account="6251", words=("parking", "stationnement"),
                         tolerated="Ticket de parking : admis comme facture simplifiée."),
    Nature.RESTAURANT: Kind(label="Restaurant", account="6257", words=("restaurant", "repas"),
                            tolerated=MEAL),
    Nature.HOTEL: Kind(label="Hôtel", account="6251", words=("hotel", "nuitee"), share=ZERO,
                       law=charges.LODGING),
    Nature.FUEL: Kind(label="Carburant, voiture de tourisme", account="60612",
                      words=("carburant", "gazole", "essence"), share=FUEL_SHARE,
                      law=charges.FUEL),
    Nature.FUEL_OF_VAN: Kind(label="Carburant, utilitaire", account="60612"),
    Nature.TRANSPORT: Kind(label="Train, avion, taxi", account="6251",
                           words=("train", "avion", "taxi", "vtc"), share=ZERO,
                           law="TVA non déductible sur le transport de personnes "
                               "(CGI ann. II, 206 IV-2-5°)."),
    Nature.SUPPLIES: Kind(label="Fournitures", account="6064", by_words=True),
    Nature.GIFT: Kind(label="Cadeau", account="6234", words=("cadeau",), law=charges.GIFT),
    Nature.MILEAGE: Kind(label="Indemnité kilométrique", account="6251", has_vat=False),
    Nature.PER_DIEM: Kind(label="Forfait", account=DEFAULT, has_vat=False),
    Nature.OTHER: Kind(label="Autre", account=DEFAULT, by_words=True),
}  # fmt: skip
"""The table, in the order in which words are looked up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expense:
    """One line of a claim."""

    label: str
    gross: Decimal
    """What was paid, VAT included, in euros."""
    rate: Decimal | None = None
    """VAT rate in per cent that the receipt tells, when it has one alone and no amount."""
    taxes: tuple[tuple[Decimal, Decimal], ...] = ()
    """Rate in per cent and amount of VAT, as the receipt tells them."""
    nature: Nature | None = None
    """None, or other: what the label tells."""
    voucher: Voucher = Voucher.TICKET
    paid_on: dt.date | None = None
    """Day of the receipt; None when nobody said."""
    reference: str = ""
    """What its lines in the books are known by; empty for the number of the claim."""

    @property
    def kind(self) -> Kind:
        """The row of the table for it."""
        if self.nature not in (None, Nature.OTHER):
            return KINDS[self.nature]
        text = plain(self.label)
        told = (one for one in KINDS.values() if any(charges.says(text, w) for w in one.words))
        return next(told, KINDS[Nature.OTHER])

    @property
    def vat(self) -> tuple[tuple[Decimal, Decimal], ...]:
        """Rate and amount of each VAT, from the amounts told, else computed from the one rate."""
        if self.taxes or not self.rate:
            return self.taxes
        return ((self.rate, self.gross - cents(self.gross * HUNDRED / (HUNDRED + self.rate))),)

    @property
    def tax(self) -> Decimal:
        """All its VAT."""
        return sum((amount for _, amount in self.vat), ZERO)

    @property
    def net(self) -> Decimal:
        """What it cost before VAT."""
        return self.gross - self.tax


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is done with the VAT of an expense, and why."""

    share: Decimal
    """Per cent of it that is deducted."""
    why: str
    """One sentence in French."""
    rule: str
    ask: bool = False
    """Whether an invoice in the company's name would let more be deducted."""

    @property
    def is_deducted(self) -> bool:
        """Whether some of it is."""
        return bool(self.share)

    def of(self, tax: Decimal) -> Decimal:
        """Return the part of an amount of VAT that is deducted."""
        return cents(tax * self.share / HUNDRED)


def check(expense: Expense) -> None:
    """Raise RefusedByUs for amounts that no receipt can say."""
    if expense.gross <= 0:
        raise RefusedByUs(
            "Le montant payé est plus grand que zéro.", reason="amount",
            remedy="Un remboursement du vendeur se déduit de la dépense.",
        )  # fmt: skip
    if any(rate <= 0 or tax < 0 for rate, tax in expense.taxes):
        raise RefusedByUs("Une TVA a un taux et un montant positifs.", reason="vat")
    least = sum((tax * (HUNDRED + rate) / rate for rate, tax in expense.taxes), ZERO)
    slack = sum((TOLERANCE * (HUNDRED + rate) / rate for rate, _ in expense.taxes), ZERO)
    if least > expense.gross + slack:
        raise RefusedByUs(
            f"Cette TVA suppose au moins {french(cents(least))} € TTC, plus que les "
            f"{french(expense.gross)} € payés.", reason="vat",
            remedy="Relisez sur le ticket le montant de TVA et son taux.",
        )  # fmt: skip


def decide(expense: Expense, *, recovers: bool = True) -> Decision:
    """Say what is done with the VAT of `expense`, and why.

    `recovers` is False for a company under the franchise en base.
    """
    kind = expense.kind
    if not kind.has_vat:
        return Decision(share=ZERO, rule="NDF-SANS-TVA", why=f"{kind.label} : sans TVA.")
    if not expense.tax:
        return Decision(share=ZERO, rule="NDF-TTC", why=WITHOUT_INVOICE)
    if not recovers:
        return Decision(share=ZERO, rule="NDF-TTC",
                        why="Franchise en base : la TVA fait partie du coût.")  # fmt: skip
    if not kind.share or (kind is KINDS[Nature.GIFT] and expense.gross > GIFT_LIMIT):
        return Decision(share=ZERO, rule="NDF-EXCLUE", why=kind.law)
    proof = _proof(expense, kind)
    if not proof:
        return Decision(share=ZERO, rule="NDF-TTC", why=_refused(expense, kind), ask=True)
    partly = f" {kind.law}" if kind.share < HUNDRED else ""
    return Decision(share=kind.share, rule="NDF-TVA", why=proof + partly)


def _proof(expense: Expense, kind: Kind) -> str:
    """Say why the voucher lets VAT be deducted; empty when it does not."""
    if expense.voucher is Voucher.INVOICE:
        return INVOICED
    if expense.net > LIMIT:
        return ""
    return kind.tolerated or (SIMPLIFIED if expense.voucher is Voucher.SIMPLIFIED else "")


def _refused(expense: Expense, kind: Kind) -> str:
    """Say why the voucher lets nothing be deducted."""
    small = kind.tolerated or expense.voucher is Voucher.SIMPLIFIED
    if small and expense.net > LIMIT:
        return f"{french(expense.net)} € hors taxe, plus de {LIMIT} € : il faut une facture."
    return WITHOUT_INVOICE


def tolerance(expense: Expense) -> str:
    """Say in French why the VAT of `expense` may be deducted; empty when it may not."""
    found = decide(expense)
    return found.why if found.is_deducted else ""


def is_invoiced_by(expense: Expense, invoice: Invoice, employee: str = "") -> bool:
    """Tell whether an expense and an invoice already paid are the same purchase.

    The amounts with VAT are equal and the days close; an invoice that names an employee (BT-18 of
    scheme AHK) is that one's alone (:mod:`facturier.ledger.same_purchase`).
    """
    totals = invoice.totals
    if totals is None or totals.with_vat is None or totals.due_amount:
        return False
    named = [one.value for one in invoice.object_identifiers if one.scheme == EMPLOYEE_SCHEME]
    paid = Paid(amount=expense.gross, on=expense.paid_on, matricule=employee)
    found = Invoiced(
        amount=totals.with_vat, on=invoice.issue_date, matricule=named[0] if named else "",
        siren=siren_of(invoice.seller) if invoice.seller else "",
    )  # fmt: skip
    return same_purchase.compare(paid, found) is not None


def claim(
    expenses: Iterable[Expense],
    *,
    number: str,
    employee: tuple[str, str],
    on: dt.date,
    books: Books,
    invoices: Iterable[Invoice] = (),
    key: str = "",
    account: str = EMPLOYEES,
) -> Entry:
    """Return the entry of a claim: charges and the VAT that may be deducted against the employee.

    `employee` is auxiliary account and name, `account` the collective one (421, 455, 467), `key`
    what invoices call the employee. `invoices` are those that the dossier received already paid:
    raises Unpostable (``already-invoiced``) when one of them is an expense of the claim, which
    would be charged twice.
    """
    lines = tuple(expenses)
    received = tuple(invoices)
    for one in lines:
        _refuse_twice(one, received, key)
    label = f"Note de frais {number} {employee[1]}"
    owed = sum((one.gross for one in lines), ZERO)
    return Entry(
        journal=books.miscellaneous_journal,
        date=on,
        document=number,
        document_date=on,
        label=label,
        lines=(
            *(made for one in lines for made in _lines(one, books)),
            Line(account=books.pad(account), label=label, credit=owed, auxiliary=employee[0],
                 auxiliary_label=employee[1], rule="NDF-SALARIE", reason="Dû au salarié."),
        ),
    )  # fmt: skip


def _refuse_twice(expense: Expense, invoices: tuple[Invoice, ...], key: str) -> None:
    for invoice in invoices:
        if is_invoiced_by(expense, invoice, key):
            raise Unpostable(
                f"« {expense.label} » est déjà comptabilisé par la facture {invoice.number}.",
                reason="already-invoiced",
                remedy="Ôtez-le de la note de frais : il n'y reste que le remboursement.",
            )


def account_of(expense: Expense) -> str:
    """Return the account of charge of an expense, without padding."""
    kind = expense.kind
    by_words = kind.by_words or expense.nature in (None, Nature.OTHER)
    found = charges.look_up(expense.label) if by_words else None
    return found[0].account if found else kind.account


def _lines(expense: Expense, books: Books) -> Iterator[Line]:
    found = decide(expense, recovers=books.vat_regime is not VatRegime.FRANCHISE)
    deducted = [(rate, tax, found.of(tax)) for rate, tax in expense.vat if found.of(tax)]
    charged = expense.gross - sum((part for _, _, part in deducted), ZERO)
    rule = found.rule
    if deducted:
        rule = "NDF-HT" if charged == expense.net else "NDF-PART"
    yield Line(
        account=books.pad(account_of(expense)), label=expense.label, debit=charged, rule=rule,
        reason=found.why, advice=REFUSED if found.ask else "", document=expense.reference,
    )  # fmt: skip
    for rate, tax, part in deducted:
        base = expense.net if len(expense.vat) == 1 else cents(tax * HUNDRED / rate)
        yield Line(
            account=books.pad("44566"), label=expense.label, debit=part, rule="NDF-TVA",
            reason=found.why, base=cents(base * found.share / HUNDRED),
            fiscal=Fiscal(category="S", rate=rate), document=expense.reference,
        )  # fmt: skip


# --- an invoice that an employee paid ------------------------------------------------------------


def clearing(
    booked: Entry, *, employee: tuple[str, str], account: str, on: dt.date, books: Books
) -> Entry:
    """Return the entry by which the supplier of a booked invoice is cleared by the employee.

    VAT that waited for the payment falls due with it. Raises Unpostable when the invoice leaves
    nothing to pay to a supplier.
    """
    if not owes_supplier(booked):
        raise Unpostable("Cette pièce ne doit rien à un fournisseur.", reason="nothing-owed")
    made = settlement.settle(
        booked, "P-SALARIE", settlement.total_of(booked), on=on, books=books, other=employee
    )
    first, *rest = made.lines
    return replace(made, lines=(replace(first, account=books.pad(account)), *rest))


def owes_supplier(booked: Entry) -> bool:
    """Tell whether an entry leaves something to pay: a credit note does not."""
    return any(line.auxiliary and line.credit for line in booked.lines)


def cleared_at_once(
    booked: Entry, *, employee: tuple[str, str], account: str, books: Books, why: str = ""
) -> Entry:
    """Return the entry of an invoice with the lines that clear its supplier by the employee."""
    more = clearing(booked, employee=employee, account=account, on=booked.date, books=books)
    return replace(
        booked, lines=(*booked.lines, *more.lines), remarks=paid_remarks(booked.remarks, why)
    )


def paid_remarks(remarks: Iterable[str], why: str) -> tuple[str, ...]:
    """Return what is said of an entry once an employee paid: the bank has no part in it."""
    kept = [one for one in remarks if "se comptabilise en banque" not in one]
    return (*kept, *([why] if why else []))


def taken_back(
    kept: Iterable[Line], *, invoice: str, number: str, employee: tuple[str, str], account: str,
    on: dt.date, books: Books,
) -> Entry:  # fmt: skip
    """Return the entry that takes out of a booked claim what an invoice charges too.

    `kept` are the lines of charge and VAT of that expense as they stand in the books.
    """
    label = f"Note de frais {number} : facture {invoice} reçue"
    opposite = tuple(
        replace(
            one, label=label, debit=one.credit, credit=one.debit, rule="NDF-DOUBLE", advice="",
            reason="La facture porte la charge et la TVA : la note de frais les rend.", letter="",
            lettered_on=None, base=None if one.base is None else -one.base,
        )
        for one in kept
    )  # fmt: skip
    owed = -sum((one.balance for one in opposite), ZERO)
    first = Line(
        account=books.pad(account), label=label, debit=owed, auxiliary=employee[0],
        auxiliary_label=employee[1], rule="NDF-DOUBLE",
        reason="La facture doit déjà cette somme au salarié.",
    )  # fmt: skip
    return Entry(
        journal=books.miscellaneous_journal, date=on, document=number, document_date=on,
        label=label, lines=(first, *opposite),
    )  # fmt: skip


def reimbursed(
    owed: Decimal, *, number: str, employee: tuple[str, str], account: str, on: dt.date,
    books: Books,
) -> Entry:  # fmt: skip
    """Return the entry by which the bank pays an employee back."""
    label = f"Remboursement {number} {employee[1]}"
    return Entry(
        journal=settlement.BANK, date=on, document=number, document_date=on, label=label,
        lines=(
            Line(account=books.pad(account), label=label, debit=owed, auxiliary=employee[0],
                 auxiliary_label=employee[1], rule="NDF-REMBOURSEMENT",
                 reason="Le salarié est remboursé."),
            Line(account=books.pad("512"), label=label, credit=owed, rule="NDF-REMBOURSEMENT",
                 reason="Payé par la banque."),
        ),
    )  # fmt: skip
