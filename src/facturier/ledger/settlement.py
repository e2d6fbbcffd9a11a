"""What clears a booked invoice: payment, set-off, transfer of a claim, retention; and its VAT.

The table :data:`MOVES` says for each way of clearing which account stands against the third party,
and whether it is a payment for VAT (CGI 269-2 c, 271 I-2): VAT that was waiting (44574, 44564)
falls due with the payment, in proportion. Nothing here looks at the invoice: the entry that booked
it says all (:func:`settle`).

Sources: PCG (4117, 4017, 421, 467, 512, 665, 765); the reading of the use cases of XP Z12-014 is
our own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.errors import Unpostable
from facturier.invoice.money import cents
from facturier.ledger.books import Side
from facturier.ledger.entries import ZERO, Entry, Line, Timing

if TYPE_CHECKING:
    import datetime as dt

    from facturier.ledger.books import Books

WAITING = {"44574": "44571", "44564": "44566"}
"""Account of VAT that waits for the payment → the one it goes to."""
BANK = "BQ"
"""Journal of payments."""


EXCHANGE = {True: "656", False: "756"}
"""Exchange loss (True) or gain on what is owed for goods and services (PCG 656, 756; 666 and 766
are for loans and other financial operations)."""
WHY_EXCHANGE = "Différence entre le cours de la facture et celui du paiement (PCG 656, 756)."


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One way to clear what a third party owes, or is owed."""

    id: str
    name: str
    """In French."""
    side: Side
    account: str
    """What stands against the third party."""
    pays: bool
    """Whether it is a payment for VAT."""
    bank: bool = False
    """Whether it goes to the journal of the bank, rather than to miscellaneous entries."""
    cleared: str = ""
    """Account that is cleared; empty for the third party of the invoice."""
    why: str = ""


SELL, BUY = Side.SALE, Side.PURCHASE
MOVES: dict[str, Move] = {
    move.id: move
    for move in (
        Move(id="R-BANQUE", name="Encaissement", side=SELL, account="512", pays=True, bank=True,
             why="Le client a payé."),
        Move(id="R-COMPENSATION", name="Compensation avec une dette envers le client", side=SELL,
             account="401", pays=True, why="Une compensation vaut encaissement (Code civil 1347)."),
        Move(id="R-DELEGATION", name="Payé directement par le client final", side=SELL,
             account="401", pays=True,
             why="Le maître de l'ouvrage a payé le sous-traitant à notre place."),
        Move(id="R-INTERMEDIAIRE", name="Encaissé par un intermédiaire", side=SELL, account="467",
             pays=True, why="L'intermédiaire encaisse en notre nom : la TVA est exigible."),
        Move(id="R-CESSION", name="Créance cédée à l'affactureur", side=SELL, account="467",
             pays=False, why="L'avance du factor n'est pas un encaissement du prix."),
        Move(id="R-FACTOR", name="Le débiteur a payé l'affactureur", side=SELL, account="512",
             pays=True, bank=True, cleared="467", why="Ce paiement rend la TVA exigible."),
        Move(id="R-ASSUREUR", name="Part prise en charge par un tiers", side=SELL, account="467",
             pays=False, why="Le client ne doit que sa part ; le tiers ne paie jamais la TVA."),
        Move(id="R-TIERS", name="Le tiers a payé sa part", side=SELL, account="512", pays=False,
             bank=True, cleared="467", why="La TVA était toute dans la part du client."),
        Move(id="R-RETENUE", name="Retenue de garantie", side=SELL, account="4117", pays=False,
             why="5 % au plus, un an au plus (loi 71-584)."),
        Move(id="R-LIBERATION", name="Retenue de garantie libérée", side=SELL, account="512",
             pays=True, bank=True, cleared="4117", why="Le solde est payé, sa TVA est due."),
        Move(id="P-BANQUE", name="Règlement", side=BUY, account="512", pays=True, bank=True,
             why="Nous avons payé le fournisseur."),
        Move(id="P-SALARIE", name="Payé par un salarié", side=BUY, account="421", pays=True,
             why="Le fournisseur est payé : c'est au salarié que la somme est due."),
        Move(id="P-TIERS", name="Payé par un tiers", side=BUY, account="467", pays=True,
             why="Le fournisseur est payé : c'est au tiers que la somme est due."),
        Move(id="P-CARTE", name="Payé par la carte d'achat", side=BUY, account="467", pays=True,
             why="Le relevé de l'opérateur soldera ce compte."),
        Move(id="P-INDEMNITE", name="Part réglée par l'assureur", side=BUY, account="7587",
             pays=False, why="La charge est entière, l'indemnité est un produit."),
        Move(id="P-COMPENSATION", name="Compensation avec une créance", side=BUY, account="411",
             pays=True, why="Une compensation vaut paiement (Code civil 1347)."),
        Move(id="P-DELEGATION", name="Payé directement par notre client", side=BUY, account="411",
             pays=True, why="Le maître de l'ouvrage a payé le sous-traitant à notre place."),
        Move(id="P-RETENUE", name="Retenue de garantie", side=BUY, account="4017", pays=False,
             why="5 % au plus, un an au plus (loi 71-584)."),
        Move(id="P-LIBERATION", name="Retenue de garantie libérée", side=BUY, account="512",
             pays=True, bank=True, cleared="4017", why="Le solde est payé."),
    )
}  # fmt: skip
"""The table."""


def settle(
    booked: Entry,
    move: str,
    amount: Decimal,
    *,
    on: dt.date,
    books: Books,
    before: Decimal = ZERO,
    taxed: Decimal | None = None,
    other: tuple[str, str] = ("", ""),
    euros: Decimal | None = None,
) -> Entry:
    """Return the entry that clears `amount` of what `booked` left with the third party.

    `before` is what was paid already, so that the VAT of several payments adds up to the cent.
    `taxed` is the part of the amount, VAT included, that counts as payment for VAT when it is not
    the whole (a third party pays no VAT). `other` is auxiliary account and name of whoever stands
    on the other side. `euros` is what was really paid for an invoice in another currency: the
    difference is one of exchange (:data:`EXCHANGE`). A negative amount takes a payment back.
    Raises Unpostable without a third party line.
    """
    row = MOVES[move]
    third = _third_party(booked)
    sign = 1 if row.side is SELL else -1
    label = f"{row.name} {booked.document} {third.auxiliary_label}".strip()

    def line(account: str, signed: Decimal, auxiliary: tuple[str, str], reason: str) -> Line:
        return Line(
            account=books.pad(account), label=label, debit=max(signed, ZERO),
            credit=max(-signed, ZERO), auxiliary=auxiliary[0], auxiliary_label=auxiliary[1],
            rule=row.id, reason=reason,
        )  # fmt: skip

    own = (third.auxiliary, third.auxiliary_label)
    cleared = row.cleared or third.account
    against = ("", "")
    if row.account.startswith("4"):
        against = other if other[0] else own
    released = other if row.cleared == "467" else own
    gap = sign * (amount - (amount if euros is None else euros))
    lines = [
        line(row.account, sign * amount - gap, against, row.why),
        line(cleared, -sign * amount, released, "Solde ce que l'écriture de la facture a laissé."),
    ]
    if gap:
        lines.append(line(EXCHANGE[gap > 0], gap, ("", ""), WHY_EXCHANGE))
    if row.pays:
        lines += _vat(booked, row, label, before, amount if taxed is None else taxed, books)
    return Entry(
        journal=BANK if row.bank else books.miscellaneous_journal, date=on,
        document=booked.document, document_date=booked.document_date, label=label,
        lines=tuple(lines),
    )  # fmt: skip


def discounted(booked: Entry, side: Side, discount: Decimal, *, on: dt.date, books: Books) -> Entry:
    """Return the entry that clears the cash discount (escompte), VAT included, of an invoice.

    VAT that waits for the payment is never due on it (CGI 267 II-1°): it is taken off the waiting
    account.
    """
    third = _third_party(booked)
    sign = 1 if side is SELL else -1
    account = "665" if side is SELL else "765"
    label = f"Escompte {booked.document} {third.auxiliary_label}".strip()
    vat = [
        replace(
            waiting, label=label, rule="ESCOMPTE", reason="TVA qui ne sera jamais due.",
            debit=waiting.credit and share, credit=waiting.debit and share, base=None, sources=(),
            fiscal=None,
        )
        for waiting in _waiting(booked)
        if (share := cents((waiting.debit + waiting.credit) * discount / total_of(booked)))
    ]  # fmt: skip
    taken = sum((abs(one.balance) for one in vat), ZERO)
    net = sign * (discount - taken)
    lines = (
        Line(account=books.pad(account), label=label, debit=max(net, ZERO), credit=max(-net, ZERO),
             rule="ESCOMPTE", reason="Escompte pour paiement comptant (PCG, 665 et 765)."),
        *vat,
        replace(third, label=label, rule="ESCOMPTE", sources=(),
                reason="Le tiers ne doit plus rien.",
                debit=third.credit and discount, credit=third.debit and discount),
    )  # fmt: skip
    return Entry(
        journal=books.miscellaneous_journal, date=on, document=booked.document,
        document_date=booked.document_date, label=label, lines=lines,
    )  # fmt: skip


def taken_from_till(booked: Entry, *, on: dt.date, books: Books) -> Entry:
    """Return the entry that takes a sale out of the day's takings that told it already (B7, S7).

    With the entry of the invoice it leaves turnover and VAT as the till booked them, and the
    customer's account at nil.
    """
    label = f"Déjà en caisse : {booked.document}"
    lines = tuple(
        replace(
            one, label=label, debit=one.credit, credit=one.debit, rule="Z-REPRISE", sources=(),
            reason="La recette du jour contient déjà cette vente et sa TVA.",
        )
        for one in reversed(booked.lines)
    )  # fmt: skip
    return Entry(
        journal=books.miscellaneous_journal, date=on, document=booked.document,
        document_date=booked.document_date, label=label, lines=lines,
    )  # fmt: skip


def total_of(booked: Entry) -> Decimal:
    """Return what the entry of an invoice leaves with the third party, positive."""
    return abs(_third_party(booked).balance)


def _third_party(booked: Entry) -> Line:
    for line in booked.lines:
        if line.auxiliary:
            return line
    raise Unpostable("Cette écriture n'a pas de compte de tiers.", reason="missing-party")


def _waiting(booked: Entry) -> Iterator[Line]:
    for line in booked.lines:
        if line.account.startswith(tuple(WAITING)) and line.fiscal is not None:
            yield line


def _vat(
    booked: Entry, row: Move, label: str, before: Decimal, paid: Decimal, books: Books
) -> Iterator[Line]:
    """Yield, for each rate, the VAT that leaves the waiting account because of a payment."""
    whole = total_of(booked)
    for waiting in _waiting(booked):
        assert waiting.fiscal is not None
        sign = 1 if waiting.credit else -1
        held = waiting.debit + waiting.credit
        tax = _share(held, before, paid, whole)
        if not tax:
            continue
        due = WAITING[waiting.account[:5]]
        fiscal = replace(waiting.fiscal, timing=Timing.NOW)
        signed = sign * tax
        why = "TVA devenue exigible avec le paiement (CGI 269-2 c)."
        if row.side is BUY:
            why = "TVA devenue déductible avec le paiement (CGI 271 I-2)."
        for account, amount, told in (
            (waiting.account, signed, None),
            (due, -signed, _share(waiting.taxable, before, paid, whole)),
        ):
            yield Line(
                account=books.pad(account), label=label, debit=max(amount, ZERO),
                credit=max(-amount, ZERO), rule=f"{row.id}-TVA", reason=why,
                fiscal=None if told is None else fiscal,
                base=None if told is None else abs(told),
            )  # fmt: skip


def _share(held: Decimal, before: Decimal, paid: Decimal, whole: Decimal) -> Decimal:
    """Return the part of `held` for a payment: what is due in all, less what was due before."""
    return cents(held * (before + paid) / whole) - cents(held * before / whole)
