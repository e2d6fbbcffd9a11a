"""What is looked at before the form (cadrage): each control is green, or shows its gap and lines.

Turnover against taxable amounts, accounts of VAT against boxes, VAT that waits against what is
still unpaid, third parties that are not lettered, documents without entry, rates that do not
multiply, whole euros. Nothing is fetched: the caller gives entries and counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from facturier.invoice.money import cents
from facturier.ledger.entries import HUNDRED, ZERO
from facturier.vat.draft import SALES_OF, SOLD, nature_of, places
from facturier.vat.form import line_of_rate
from facturier.vat.told import RATES

if TYPE_CHECKING:
    from facturier.ledger.entries import Line
    from facturier.vat.draft import Draft
    from facturier.vat.sides import Booked

DUE_ACCOUNTS, DEDUCTED_ACCOUNTS = ("4452", "44571"), ("44562", "44566")
WAITING = ("44574", "44564")
OF_WHICH = ("17", "24")
"""Lines of the form that repeat a part of others."""
SETTLED_BY = ("44551", "44567", "44583")
"""Accounts of the entry that clears the VAT of a period: what it moves is no operation."""
CLOSE = Decimal("0.05")
"""Euros by which the VAT of a line may miss its rate: each line of an invoice was rounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What one entry, or one third party, has to do with a gap."""

    label: str
    amount: Decimal
    entry: int | None = None
    document: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One line of a control: what is expected beside what is there."""

    label: str
    left: Decimal
    right: Decimal
    parts: tuple[tuple[str, Decimal], ...] = ()
    """How the expected amount is made."""

    @property
    def gap(self) -> Decimal:
        """What is there too much on the left."""
        return self.left - self.right


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One control: green when nothing differs."""

    id: str
    title: str
    """In French."""
    left: str
    right: str
    """What stands in the two columns, in French; empty for a control that only lists."""
    lines: tuple[Compared, ...] = ()
    explained: tuple[Explained, ...] = ()
    """Entries, documents or third parties behind the gap, the largest first."""
    remedy: str = ""
    """In French, shown with a gap."""
    is_only_told: bool = False
    """A gap is normal: whole euros, drafts."""

    @property
    def is_green(self) -> bool:
        """Whether nothing is to be looked at."""
        return not self.explained and not any(line.gap for line in self.lines)


def turnover(booked: Iterable[Booked], *, overseas: bool = False) -> Control:
    """Return turnover of classes 70 and 4191 by rate against the taxable amounts it must give.

    What was invoiced and waits for its payment is in no box; what was paid of earlier invoices is
    in a box and in no turnover of the period.
    """
    sums: defaultdict[str, list[Decimal]] = defaultdict(lambda: [ZERO] * 4)
    gaps = []
    for entry in booked:
        own: defaultdict[str, list[Decimal]] = defaultdict(lambda: [ZERO] * 4)
        for line in entry.lines:
            _count_turnover(own, line, is_payment=entry.is_settlement, overseas=overseas)
        for row, amounts in own.items():
            sums[row] = [a + b for a, b in zip(sums[row], amounts, strict=True)]
        gap = sum((_expected(one) - one[3] for one in own.values()), ZERO)
        if gap:
            gaps.append(Explained(label=f"{entry.document} {entry.label}", amount=gap,
                                  entry=entry.entry))  # fmt: skip
    return Control(
        id="chiffre-d-affaires", title="Chiffre d'affaires et bases",
        left="Base attendue", right="Base en case", explained=_largest(gaps),
        lines=tuple(
            Compared(
                label=_row_label(row), left=_expected(one), right=one[3],
                parts=(("classe 70 et 4191", one[0]), ("TVA en attente", -one[1]),
                       ("encaissé sur factures antérieures", one[2])),
            )
            for row, one in sorted(sums.items()) if any(one)
        ),
        remedy="Une vente sans TVA, une TVA sans vente, ou une TVA sur la marge : ouvrez "
        "l'écriture.",
    )  # fmt: skip


def _expected(amounts: Sequence[Decimal]) -> Decimal:
    return amounts[0] - amounts[1] + amounts[2]


def _row_label(row: str) -> str:
    return f"Ligne {row}" if row else "Sans taux connu"


def _count_turnover(
    sums: defaultdict[str, list[Decimal]], line: Line, *, is_payment: bool, overseas: bool
) -> None:
    """Add a line to: turnover, waiting, paid, in a box."""
    fiscal = line.fiscal
    if line.account.startswith(SALES_OF):
        if fiscal is None:
            sums[""][0] -= line.balance
        elif fiscal.category == "S":
            sums[_rate_row(line, overseas=overseas)][0] -= line.balance
    elif fiscal is not None and line.account.startswith("44574") and not is_payment:
        sign = -1 if line.balance > 0 else 1
        sums[_rate_row(line, overseas=overseas)][1] += sign * line.taxable
    elif fiscal is not None and line.account.startswith("44571") and nature_of(line) == SOLD:
        for place in places(line, overseas=overseas):
            if place.code in RATES:
                sums[place.code][3] += place.base
                if is_payment:
                    sums[place.code][2] += place.base


def _rate_row(line: Line, *, overseas: bool) -> str:
    assert line.fiscal is not None
    return line_of_rate(line.fiscal.rate, overseas=overseas)


def accounts(booked: Iterable[Booked], made: Draft, *, overseas: bool = False) -> Control:
    """Return the movements of the accounts of VAT against the boxes they should be in."""
    moved = {"due": ZERO, "deducted": ZERO}
    gaps = []
    for entry in booked:
        if any(line.account.startswith(SETTLED_BY) for line in entry.lines):
            continue
        lost = ZERO
        for line in entry.lines:
            side = _side_of(line.account)
            if not side:
                continue
            sign = -1 if side == "due" else 1
            moved[side] += sign * line.balance
            found = places(line, overseas=overseas)
            boxed = sum((place.tax for place in found if place.code not in OF_WHICH), ZERO)
            lost += sign * line.balance - boxed
        if lost:
            gaps.append(Explained(label=f"{entry.document} {entry.label}", amount=lost,
                                  entry=entry.entry))  # fmt: skip
    due = sum((b.tax for b in made.boxes if b.code in RATES and b.parts), ZERO)
    deducted = sum((b.tax for b in made.boxes if b.code in ("19", "20")), ZERO)
    return Control(
        id="comptes-de-tva", title="Comptes de TVA et cases", left="Mouvement du compte",
        right="Cases", explained=_largest(gaps),
        lines=(
            Compared(label="4452, 44571 : TVA due", left=moved["due"], right=due),
            Compared(label="44562, 44566 : TVA déductible", left=moved["deducted"], right=deducted),
        ),
        remedy="Ces lignes n'ont pas de nature fiscale (reprise d'un FEC, saisie sans taux) : "
        "elles n'entrent dans aucune case.",
    )  # fmt: skip


def _side_of(account: str) -> str:
    if account.startswith(DUE_ACCOUNTS):
        return "due"
    return "deducted" if account.startswith(DEDUCTED_ACCOUNTS) else ""


def rates(booked: Iterable[Booked]) -> Control:
    """Return the lines of VAT that are not their base at their rate."""
    gaps = [
        Explained(label=f"{entry.document} {entry.label}", amount=gap, entry=entry.entry)
        for entry in booked
        for line in entry.lines
        if (gap := _off_rate(line))
    ]
    return Control(
        id="taux", title="TVA et taux", left="", right="", explained=_largest(gaps),
        remedy="La TVA de la ligne n'est pas sa base au taux : vérifiez la pièce.",
    )  # fmt: skip


def _off_rate(line: Line) -> Decimal:
    if line.base is None or line.fiscal is None or not _side_of(line.account):
        return ZERO
    expected = cents(abs(line.base) * line.fiscal.rate / HUNDRED)
    gap = abs(line.balance) - expected
    return gap if abs(gap) > CLOSE else ZERO


def waiting(open_vouchers: Iterable[Explained], account: str) -> Control:
    """Return VAT that still waits although its invoice is cleared, or that left too often.

    `open_vouchers` are those vouchers, with what the account holds of each.
    """
    sold = account == "44574"
    return Control(
        id=f"attente-{account}",
        title=f"TVA en attente ({account}) et {'clients' if sold else 'fournisseurs'} impayés",
        left="", right="", explained=_largest(open_vouchers),
        remedy="La facture est soldée (lettrée) et sa TVA attend toujours, ou le compte est passé "
        "du mauvais côté : passez le virement de TVA.",
    )  # fmt: skip


def lettering(parties: Iterable[Explained]) -> Control:
    """Return the third parties with payments that clear nothing, and what is in suspense (471)."""
    return Control(
        id="lettrage", title="Règlements non lettrés", left="", right="",
        explained=_largest(parties),
        remedy="Un règlement qui ne solde aucune facture cache une TVA exigible : lettrez-le.",
    )  # fmt: skip


def unbooked(documents: Iterable[Explained]) -> Control:
    """Return the documents and takings of the period without an entry."""
    return Control(
        id="non-comptabilisees", title="Factures et recettes de la période sans écriture",
        left="", right="",
        explained=_largest(documents),
        remedy="Saisissez les factures, ou dites pourquoi elles ne se comptabilisent pas ; une "
        "recette se comptabilise depuis sa journée.",
    )  # fmt: skip


def drafts(entries: Iterable[Explained]) -> Control:
    """Return the entries of the period that nobody has validated."""
    return Control(
        id="brouillard", title="Écritures au brouillard", left="", right="",
        explained=_largest(entries), is_only_told=True,
        remedy="Elles sont comptées dans ce brouillon de CA3 ; validez-les avant de déposer.",
    )  # fmt: skip


def rounding(made: Draft) -> Control:
    """Return the difference that whole euros make, box by box."""
    lines = tuple(
        Compared(label=f"Ligne {box.code}", left=box.shown_tax, right=box.tax)
        for box in made.boxes
        if box.parts and box.tax and box.shown_tax != box.tax
    )
    return Control(
        id="arrondis", title="Arrondis à l'euro", left="Porté", right="Livres", lines=lines,
        is_only_told=True,
        remedy="Chaque ligne s'arrondit seule (CGI 1649 undecies) ; l'écart passe en 658 ou 758.",
    )  # fmt: skip


def _largest(found: Iterable[Explained]) -> tuple[Explained, ...]:
    return tuple(sorted(found, key=lambda one: (-abs(one.amount), one.label)))


def failing(controls: Iterable[Control]) -> Iterator[Control]:
    """Yield the controls with a gap that is not normal."""
    yield from (one for one in controls if not one.is_green and not one.is_only_told)
