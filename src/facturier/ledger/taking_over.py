"""The books of another program, taken over from its FEC: journals, accounts, entries, doubts.

The lines of a FEC say to which entry they belong, each program in its own way. The ways of
:data:`GROUPINGS` are tried in order, journal by journal; the first under which every entry balances
is the right one, and the report says when it was not the usual one. What cannot balance is not
taken over: nothing is invented to make it so.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from facturier.ledger import accounts
from facturier.ledger.books import plain
from facturier.ledger.entries import CENT, ZERO, Entry, Line, State
from facturier.ledger.fec import Fec, Row
from facturier.ledger.figures import french

if TYPE_CHECKING:
    import datetime as dt

    from facturier.findings import Finding

LONGEST = {
    "journal": 10, "journal_label": 100, "number": 30, "account": 20, "account_label": 200,
    "auxiliary": 30, "auxiliary_label": 300, "document": 200, "label": 200, "letter": 10,
    "currency": 3,
}  # fmt: skip
"""Letters that books keep of each text."""
CODES = ("journal", "number", "account", "auxiliary")
"""Texts that tell things apart: cut short they would mix them up."""
NO_DOCUMENT = "sans référence"


class Nature:
    """What a journal is for, in the words of the server's journals."""

    PURCHASES, SALES, BANK = "purchases", "sales", "bank"
    MISCELLANEOUS, OPENING = "miscellaneous", "opening"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Something of the file that a person should know before it becomes the books."""

    what: str
    """In French."""
    count: int = 1
    where: str = ""
    """The first place."""
    stops: bool = False
    """Whether nothing is taken over because of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A journal or an account of the file."""

    code: str
    label: str
    nature: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOver:
    """What a FEC becomes."""

    journals: tuple[Kept, ...]
    accounts: tuple[Kept, ...]
    """General accounts; their labels are those of the file."""
    third_parties: tuple[Kept, ...]
    """Auxiliary accounts; `nature` is the collective account they were used with."""
    entries: tuple[Entry, ...]
    doubts: tuple[Doubt, ...]
    first: dt.date | None
    last: dt.date | None
    total: Decimal
    """Sum of the debits, which is the sum of the credits when nothing stops."""

    @property
    def is_possible(self) -> bool:
        """Whether the file can become the books."""
        return bool(self.entries) and not any(doubt.stops for doubt in self.doubts)


def take_over(fec: Fec, oddities: Iterable[Finding] = ()) -> TakenOver:
    """Return the entries of `fec` and the report of doubts; `oddities` are those of its bytes."""
    doubts = list(_about_bytes(oddities))
    rows = tuple(_clean(fec.rows, doubts))
    entries = tuple(_entries(rows, doubts))
    doubts += _about_numbers(entries)
    days = [entry.date for entry in entries]
    return TakenOver(
        journals=tuple(_journals(rows)),
        accounts=tuple(_labels((row.account, row.account_label) for row in rows)),
        third_parties=tuple(_third_parties(rows)),
        entries=entries,
        doubts=tuple(doubts),
        first=min(days, default=None),
        last=max(days, default=None),
        total=sum((row.debit for row in rows), ZERO),
    )


# Doubts


def _about_bytes(oddities: Iterable[Finding]) -> Iterator[Doubt]:
    """Yield one doubt a kind of oddity, with its count and first place."""
    kinds: dict[str, list[Finding]] = {}
    for one in oddities:
        several = one.rule in ("FEC-DATE", "FEC-MONTANT", "FEC-CHAMPS", "FEC-SENS")
        kinds.setdefault(one.rule if several else one.message, []).append(one)
    for ones in kinds.values():
        stops = ones[0].rule in ("FEC-CHAMPS", "FEC-SENS")
        yield Doubt(what=ones[0].message, count=len(ones), where=ones[0].where, stops=stops)


class _Tally:
    """Counts what is odd about rows, and remembers where it was first seen."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.first: dict[str, str] = {}
        self.stopping: set[str] = set()

    def add(self, what: str, where: str, *, stops: bool = False) -> None:
        self.counts[what] += 1
        self.first.setdefault(what, where)
        if stops:
            self.stopping.add(what)

    def doubts(self) -> Iterator[Doubt]:
        for what, count in self.counts.items():
            yield Doubt(what=what, count=count, where=self.first[what], stops=what in self.stopping)


# Rows


def _clean(rows: Iterable[Row], doubts: list[Doubt]) -> Iterator[Row]:
    """Yield rows that books can hold; what had to be changed, or is missing, is a doubt."""
    tally = _Tally()
    for number, row in enumerate(rows, start=2):
        where = f"ligne {number}"
        if row.date is None:
            tally.add("Une ligne n'a pas de date comptable lisible.", where, stops=True)
        elif not row.account or not row.journal:
            tally.add("Une ligne n'a pas de compte ou pas de journal.", where, stops=True)
        elif not row.debit and not row.credit:
            tally.add("Les lignes sans montant ne sont pas reprises.", where)
        else:
            yield _whole(row, where, tally)
    doubts += tally.doubts()


def _whole(row: Row, where: str, tally: _Tally) -> Row:
    changes = {**_texts(row, where, tally), **_sides(row, where, tally)}
    auxiliary = row.auxiliary
    if auxiliary and not accounts.is_collective(row.account):
        tally.add("Un compte auxiliaire sur un compte non collectif n'est pas repris.", where)
        auxiliary = ""
    if auxiliary and not row.auxiliary_label:
        tally.add("Un compte auxiliaire sans libellé reçoit son numéro.", where)
    if not accounts.exists(row.account):
        tally.add("Un compte n'est pas du plan comptable général ; il est repris tel quel.", where)
    if not row.document:
        tally.add(f"Une pièce sans référence reçoit « {NO_DOCUMENT} ».", where)
    if row.validated_on is None:
        tally.add("Une écriture sans date de validation est validée à la reprise.", where)
    if row.letter and row.lettered_on is None:
        tally.add("Un lettrage sans date reçoit la date de l'écriture.", where)
    own: dict[str, Any] = {
        "auxiliary": auxiliary,
        "auxiliary_label": (row.auxiliary_label or auxiliary) if auxiliary else "",
        "account_label": row.account_label or _label(row.account),
        "journal_label": row.journal_label or row.journal,
        "document": row.document or NO_DOCUMENT,
        "label": row.label or row.document or row.account_label or row.account,
        "document_date": row.document_date or row.date,
        "lettered_on": (row.lettered_on or row.date) if row.letter else None,
    }
    return replace(row, **{**own, **changes})


def _texts(row: Row, where: str, tally: _Tally) -> dict[str, Any]:
    """Return what is cut; a code that is too long stops."""
    cut: dict[str, Any] = {}
    for name, most in LONGEST.items():
        value = getattr(row, name)
        if len(value) > most:
            is_code = name in CODES
            said = "Un code trop long ne peut pas être repris" if is_code else "Texte coupé"
            tally.add(f"{said} : {name}, plus de {most} caractères.", where, stops=is_code)
            cut[name] = value[:most]
    return cut


def _sides(row: Row, where: str, tally: _Tally) -> dict[str, Any]:
    """Return debit and credit as books have them: one of the two, positive, in whole cents."""
    amount = row.debit - row.credit
    if amount != amount.quantize(CENT):
        tally.add("Un montant a des fractions de centime.", where, stops=True)
    if row.debit and row.credit:
        tally.add("Une ligne porte un débit et un crédit : leur différence est reprise.", where)
    elif row.debit < 0 or row.credit < 0:
        tally.add("Un montant négatif est repris de l'autre côté.", where)
    amount = amount.quantize(CENT)
    return {"debit": max(amount, ZERO), "credit": max(-amount, ZERO)}


# Entries

Key = Callable[[Row], tuple[object, ...]]
GROUPINGS: tuple[tuple[str, Key], ...] = (
    ("numéro et date", lambda row: (row.number, row.date)),
    ("numéro", lambda row: (row.number,)),
    ("pièce et date", lambda row: (row.document, row.date)),
    ("pièce", lambda row: (row.document,)),
    ("date", lambda row: (row.date,)),
    ("mois", lambda row: (str(row.date)[:7],)),
)
"""By what the lines of one entry are told, the usual first."""
SHOWN = 5


def _entries(rows: Iterable[Row], doubts: list[Doubt]) -> Iterator[Entry]:
    by_journal: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_journal[row.journal].append(row)
    for journal, ones in by_journal.items():
        named = all(row.number for row in ones)
        ways = GROUPINGS if named else GROUPINGS[2:]
        balanced = (way for way in ways if not any(map(_gap, _grouped(ones, way[1]))))
        name, key = next(balanced, ("", ways[0][1]))
        groups = _grouped(ones, key)
        if not name:
            doubts += _unbalanced(journal, groups)
            continue
        if name != GROUPINGS[0][0]:
            said = f"Journal {journal} : les lignes sont réunies en écritures par {name}."
            doubts.append(Doubt(what=said))
        for rank, group in enumerate(groups, start=1):
            yield _entry(group, rank)


def _grouped(rows: Iterable[Row], key: Key) -> list[list[Row]]:
    groups: defaultdict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return list(groups.values())


def _gap(rows: Iterable[Row]) -> Decimal:
    return sum((row.debit - row.credit for row in rows), ZERO)


def _unbalanced(journal: str, groups: list[list[Row]]) -> Iterator[Doubt]:
    off = [group for group in groups if _gap(group)]
    for group in off[:SHOWN]:
        yield Doubt(
            what=f"Journal {journal} : l'écriture {group[0].number or 'sans numéro'} n'est pas "
            f"équilibrée, écart de {french(_gap(group))} €.",
            where=str(group[0].date),
            stops=True,
        )
    if len(off) > SHOWN:
        rest = len(off) - SHOWN
        yield Doubt(
            what=f"Journal {journal} : d'autres écritures ne sont pas équilibrées.",
            count=rest,
            stops=True,
        )


def _entry(rows: list[Row], rank: int) -> Entry:
    first = min(rows, key=lambda row: str(row.date))
    head = rows[0]
    assert first.date is not None
    assert head.document_date is not None
    return Entry(
        journal=head.journal,
        date=first.date,
        document=head.document,
        document_date=head.document_date,
        label=head.label,
        lines=tuple(_line(row, head) for row in rows),
        state=State.VALIDATED,
        number=head.number or str(rank),
        validated_on=max((row.validated_on for row in rows if row.validated_on), default=None),
    )


def _line(row: Row, head: Row) -> Line:
    own_date = row.document_date if row.document_date != head.document_date else None
    return Line(
        account=row.account,
        account_label=row.account_label,
        label=row.label,
        debit=row.debit,
        credit=row.credit,
        auxiliary=row.auxiliary,
        auxiliary_label=row.auxiliary_label,
        document=row.document if row.document != head.document else "",
        document_date=own_date,
        letter=row.letter,
        lettered_on=row.lettered_on,
        currency=row.currency,
        currency_amount=row.currency_amount,
        rule="FEC",
        reason="Reprise du FEC.",
    )


def _about_numbers(entries: Iterable[Entry]) -> Iterator[Doubt]:
    """Yield what an inspector would ask: one number for two entries, a sequence with a gap."""
    seen: Counter[tuple[str, str]] = Counter((one.journal, one.number) for one in entries)
    twice = [key for key, count in seen.items() if count > 1]
    if twice:
        journal, number = twice[0]
        yield Doubt(
            what="Un même numéro sert à plusieurs écritures d'un journal.", count=len(twice),
            where=f"journal {journal} écriture {number}",
        )  # fmt: skip


# Journals, accounts, third parties

_NATURES = (
    (Nature.OPENING, re.compile(r"^(an|ran|ano|anx?|rn)$|nouveau|ouverture")),
    (Nature.PURCHASES, re.compile(r"^(ha|ac|ach\w*)$|achat|fournisseur")),
    (Nature.SALES, re.compile(r"^(ve|vt|vte\w*)$|vente|client|recette")),
    (Nature.BANK, re.compile(r"^(bq\w*|bnp|ca|ce|cm|sg|lcl|ccp)$|banque|caisse|bank|credit")),
)


def _journals(rows: Iterable[Row]) -> Iterator[Kept]:
    for kept in _labels((row.journal, row.journal_label) for row in rows):
        words = (plain(kept.code), plain(kept.label))
        nature = next(
            (nature for nature, sign in _NATURES if any(map(sign.search, words))),
            Nature.MISCELLANEOUS,
        )
        yield Kept(code=kept.code, label=kept.label, nature=nature)


def _labels(pairs: Iterable[tuple[str, str]]) -> Iterator[Kept]:
    """Yield each code once, with the label it has most often."""
    labels: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for code, label in pairs:
        labels[code][label] += 1
    for code in sorted(labels):
        yield Kept(code=code, label=labels[code].most_common(1)[0][0])


def _third_parties(rows: Iterable[Row]) -> Iterator[Kept]:
    used = [row for row in rows if row.auxiliary]
    collective = {row.auxiliary: row.account for row in used}
    for kept in _labels((row.auxiliary, row.auxiliary_label) for row in used):
        yield Kept(code=kept.code, label=kept.label, nature=collective[kept.code])


def _label(account: str) -> str:
    try:
        return accounts.label(account)
    except KeyError:
        return account
