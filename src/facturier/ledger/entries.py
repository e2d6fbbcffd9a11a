"""Entries: balanced by construction, proposed by the machine, validated by a person.

The life of an entry is four pure functions: :func:`validate` gives it its number, :func:`withdraw`
ends a proposal whose document has lost its object, :func:`reverse` proposes the opposite entry,
:func:`mark_reversed` closes the first one. A validated entry is never changed
(PCG, « caractère définitif des enregistrements »; LPF A47 A-1: a validated entry has a date of
validation and a number in an unbroken sequence).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from facturier.errors import RefusedByUs, UnbalancedEntry
from facturier.invoice.money import cents

if TYPE_CHECKING:
    import datetime as dt

ZERO = Decimal(0)
CENT = Decimal("0.01")
HUNDRED = Decimal(100)


class State(StrEnum):
    """Where an entry stands."""

    PROPOSED = "proposed"
    VALIDATED = "validated"
    REVERSED = "reversed"
    WITHDRAWN = "withdrawn"
    """Never validated, and never to be: its document was refused, rejected or replaced."""


class Timing(StrEnum):
    """When the VAT of an amount is due or deductible (CGI article 269)."""

    NOW = "exigible"
    ON_PAYMENT = "encaissement"


class Confidence(StrEnum):
    """How sure the proposal of an account is."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"
    DEFAULT = "par défaut"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fiscal:
    """The fiscal nature of an amount: what a VAT return needs to know about it."""

    category: str
    """VAT category, verbatim (BT-118): S, Z, E, AE, K, G, O."""
    rate: Decimal
    """Rate in per cent: ``Decimal("20")``."""
    timing: Timing = Timing.NOW

    def __str__(self) -> str:
        return f"{self.category} {self.rate.normalize():f} % {self.timing}".replace(".", ",")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A business term that an amount comes from, and how much of it."""

    term: str
    """Id of the term: ``BT-131``."""
    indexes: tuple[int, ...] = ()
    """Places in the groups around it, counted from 0: ``(2,)`` is the third line."""
    amount: Decimal = ZERO
    """Signed part of the figure used, in euros; on one line the parts add up to its amount."""

    def __str__(self) -> str:
        if not self.indexes:
            return self.term
        place = "".join(f"[{index + 1}]" for index in self.indexes)
        return f"{self.term}{place}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One debit or one credit, in euros."""

    account: str
    label: str
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    auxiliary: str = ""
    """Account of the third party inside a collective account; empty elsewhere."""
    auxiliary_label: str = ""
    sources: tuple[Source, ...] = ()
    """Where the figure came from in the invoice."""
    rule: str = ""
    """Id of the posting rule that put the line."""
    own_rule: int = 0
    """Id of the rule of the dossier that had a say in it; 0 for none."""
    reason: str = ""
    """Why this account, in French."""
    advice: str = ""
    """What the person who validates should look at, in French; often empty."""
    confidence: Confidence = Confidence.CERTAIN
    fiscal: Fiscal | None = None
    base: Decimal | None = None
    """Taxable amount behind an amount of VAT, in euros, negative when it takes back; None on other
    lines and where nobody said it."""
    account_label: str = ""
    """Label that the dossier gives the account; empty for the one of the plan."""
    document: str = ""
    """Reference of the voucher of this line, when it is not that of the entry."""
    document_date: dt.date | None = None
    letter: str = ""
    """Letter that ties the line to those that clear it: capitals when they balance."""
    lettered_on: dt.date | None = None
    currency: str = ""
    """Currency of the voucher; empty for euros."""
    currency_amount: Decimal | None = None
    """Signed amount in :attr:`currency`."""

    @property
    def term(self) -> str:
        """Id of the first business term behind the amount; empty for a line typed by hand."""
        return self.sources[0].term if self.sources else ""

    @property
    def indexes(self) -> tuple[int, ...]:
        """Indexes of :attr:`term`, counted from 0."""
        return self.sources[0].indexes if self.sources else ()

    @property
    def where(self) -> str:
        """All terms behind the amount, for a person: ``BT-131[1], BT-131[3]``."""
        return ", ".join(dict.fromkeys(str(source) for source in self.sources))

    @property
    def balance(self) -> Decimal:
        """Debit minus credit."""
        return self.debit - self.credit

    @property
    def taxable(self) -> Decimal:
        """Taxable amount behind this amount of VAT: the one that was said, else that of its rate.

        Zero when neither tells it.
        """
        if self.base is not None:
            return self.base
        rate = self.fiscal.rate if self.fiscal else ZERO
        return cents(abs(self.balance) * HUNDRED / rate) if rate else ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of a journal. Raises UnbalancedEntry when it cannot be one."""

    journal: str
    """Code of the journal: ``HA``."""
    date: dt.date
    """Accounting date."""
    document: str
    """Reference of the voucher (pièce): the invoice number."""
    document_date: dt.date
    label: str
    lines: tuple[Line, ...]
    remarks: tuple[str, ...] = ()
    """What the person who validates must know about the whole entry, in French."""
    state: State = State.PROPOSED
    number: str = ""
    """Sequence number in the journal, given at validation (``EcritureNum``)."""
    validated_on: dt.date | None = None
    reverses: str = ""
    """Number of the entry that this one reverses; empty otherwise."""

    def __post_init__(self) -> None:
        _check_lines(self.lines)

    @property
    def total(self) -> Decimal:
        """Sum of the debits, which is the sum of the credits."""
        return sum((line.debit for line in self.lines), ZERO)


def _check_lines(lines: tuple[Line, ...]) -> None:
    """Raise UnbalancedEntry, with the reason, unless `lines` can be an entry."""
    if not lines:
        raise UnbalancedEntry("Une écriture a au moins deux lignes.", reason="empty")
    for line in lines:
        amounts = (line.debit, line.credit)
        if min(amounts) < 0 or (min(amounts) > 0 or max(amounts) == 0):
            raise UnbalancedEntry(
                f"La ligne {line.account} doit porter un débit ou un crédit, positif.",
                reason="debit-or-credit",
            )
        if any(amount != amount.quantize(CENT) for amount in amounts):
            raise UnbalancedEntry(
                f"La ligne {line.account} porte des fractions de centime.", reason="cents"
            )
    gap = sum((line.balance for line in lines), ZERO)
    if gap:
        amount = f"{gap:.2f}".replace(".", ",")
        raise UnbalancedEntry(
            f"L'écriture n'est pas équilibrée : écart de {amount} € entre débit et crédit.",
            reason="gap",
        )


def validate(entry: Entry, *, number: str, on: dt.date) -> Entry:
    """Return `entry` validated under `number` on day `on`.

    `number` continues the sequence of the journal; who calls keeps that sequence. Raises
    RefusedByUs when the entry is not a proposal or the number is empty.
    """
    if entry.state is State.WITHDRAWN:
        raise RefusedByUs(
            "Cette proposition est retirée : sa facture a été refusée, rejetée ou remplacée.",
            reason="withdrawn",
        )
    if entry.state is not State.PROPOSED:
        raise RefusedByUs(
            "Cette écriture est déjà validée ; elle ne peut plus qu'être contre-passée.",
            reason="already-validated",
        )
    if not number:
        raise RefusedByUs("Une écriture validée porte un numéro.", reason="no-number")
    return replace(entry, state=State.VALIDATED, number=number, validated_on=on)


def withdraw(entry: Entry) -> Entry:
    """Return the proposal `entry` as withdrawn: kept, without number, in no book.

    Raises RefusedByUs when it is no proposal any more: it is then reversed.
    """
    if entry.state is not State.PROPOSED:
        raise RefusedByUs("Seule une écriture proposée se retire.", reason="not-proposed")
    return replace(entry, state=State.WITHDRAWN)


def reverse(entry: Entry, on: dt.date) -> Entry:
    """Return the proposal that cancels the validated `entry`: same lines, sides swapped.

    Raises RefusedByUs when `entry` was never validated (it is withdrawn) or was reversed already.
    """
    if entry.state in (State.PROPOSED, State.WITHDRAWN):
        raise RefusedByUs(
            "Une écriture proposée se corrige ou se supprime ; seule une écriture validée se "
            "contre-passe.",
            reason="not-validated",
        )
    if entry.state is State.REVERSED:
        raise RefusedByUs("Cette écriture est déjà contre-passée.", reason="already-reversed")
    lines = tuple(_opposite(line) for line in entry.lines)
    return Entry(
        journal=entry.journal,
        date=on,
        document=entry.document,
        document_date=entry.document_date,
        label=f"Contre-passation {entry.number} {entry.label}",
        lines=lines,
        reverses=entry.number,
    )


def _opposite(line: Line) -> Line:
    currency = None if line.currency_amount is None else -line.currency_amount
    return replace(
        line, debit=line.credit, credit=line.debit, letter="", lettered_on=None,
        currency_amount=currency,
    )  # fmt: skip


def mark_reversed(entry: Entry) -> Entry:
    """Return the validated `entry` as reversed, once its reversal is validated too."""
    if entry.state is not State.VALIDATED:
        raise RefusedByUs(
            "Seule une écriture validée peut être contre-passée.", reason="not-validated"
        )
    return replace(entry, state=State.REVERSED)
