"""What a switch of rules would do to documents at hand: which would newly fail, which would pass.

The verdicts of two days are compared document by document, before the second day comes. Only what
one book says counts; a document that it is not for, or that one of the two days has no version for,
is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from facturier.errors import BadUsage
from facturier.findings import Verdict
from facturier.formats import Reading
from facturier.formats.detect import Detected
from facturier.rules.book import Rulebook
from facturier.rules.check import check
from facturier.rules.shelves import SHELVES


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """A change of version of one book."""

    book: str
    before: Rulebook
    after: Rulebook
    days: tuple[date, date]
    """A day on which each is in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a switch does to one document: ids of fatal rules of the book."""

    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def newly_failing(self) -> tuple[str, ...]:
        """Rules that the document breaks only after."""
        return tuple(one for one in self.after if one not in self.before)

    @property
    def no_longer_failing(self) -> tuple[str, ...]:
        """Rules that the document breaks only before."""
        return tuple(one for one in self.before if one not in self.after)

    @property
    def is_newly_invalid(self) -> bool:
        """Whether the book accepts the document before and refuses it after."""
        return bool(self.after) and not self.before

    @property
    def is_newly_valid(self) -> bool:
        """Whether the book refuses the document before and accepts it after."""
        return bool(self.before) and not self.after


def switch(book: str, *, before: date | str, after: date | str) -> Switch:
    """Return the change between two versions, each named or given by a day on which it is in force.

    Raises BadUsage when the book, a version, or a version of that day is unknown.
    """
    known = {shelf.id: shelf.versions for shelf in SHELVES if shelf.versions}
    if book not in known:
        raise BadUsage(
            f"« {book} » n'est pas un livre de règles.", remedy=f"Livres : {', '.join(known)}."
        )
    old, new = (_version(book, known[book], one) for one in (before, after))
    days = (_day(old, before), _day(new, after))
    return Switch(book=book, before=old, after=new, days=days)


def _version(id_: str, versions: tuple[Rulebook, ...], wanted: date | str) -> Rulebook:
    for book in versions:
        if book.is_in_force(wanted) if isinstance(wanted, date) else book.version == wanted:
            return book
    named = ", ".join(f"{one.version} (depuis le {one.valid_from:%d/%m/%Y})" for one in versions)
    when = f"au {wanted:%d/%m/%Y}" if isinstance(wanted, date) else f"« {wanted} »"
    raise BadUsage(f"Facturier n'a pas de version de {id_} {when}.", remedy=f"Versions : {named}.")


def _day(book: Rulebook, wanted: date | str) -> date:
    return wanted if isinstance(wanted, date) else book.valid_from


def effect(document: Reading | Detected, change: Switch) -> Effect | None:
    """Return what a switch does to a document; None when the book is not asked of it."""
    if isinstance(document, Reading):
        bare = replace(document.detected, pdf=b"")  # the pages do not change with the rules
        asked: Reading | Detected = replace(document, detected=bare)
    else:
        asked = document
    before, after = (check(asked, on=day) for day in change.days)
    if not (_asked(before, change.book) and _asked(after, change.book)):
        return None
    return Effect(before=_fatal(before, change.before), after=_fatal(after, change.after))


def _asked(verdict: Verdict, book: str) -> bool:
    return any(one.id == book and one.checked for one in verdict.books)


def _fatal(verdict: Verdict, book: Rulebook) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.rule for one in verdict.fatal if one.layer is book.layer))
