"""What a use case is: its sheet, what is expected of it, the mistakes that people make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import ModuleType
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from facturier.invoice.model import Invoice
    from facturier.use_cases.story import Story

ANNEX = "XP Z12-014 annexe A V1.3"


class Certainty(StrEnum):
    """How far a sheet rests on facts."""

    SURE = ""
    ACCOUNTING = "C"
    """The entries are our reading: have an expert-comptable confirm them."""
    OPEN = "U"
    """The standard itself leaves it open, or our copy of it does."""

    @property
    def label(self) -> str:
        """In French, for a person."""
        return {
            Certainty.SURE: "établi",
            Certainty.ACCOUNTING: "écritures : notre lecture, à confirmer",
            Certainty.OPEN: "point ouvert dans la norme",
        }[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCase:
    """A sheet of XP Z12-014."""

    number: str
    """Official, verbatim, with its variant: ``19a``."""
    title: str
    """In French."""
    text: str
    """The sheet in plain French: when it applies, what to write, who says what."""
    certainty: Certainty = Certainty.ACCOUNTING
    doubts: str = ""
    """What is uncertain, in French."""
    source: str = ANNEX
    order: int = 100
    """Of recognition: the most particular case first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """What people do wrong, and what catches it."""

    what: str
    """In French."""
    caught: tuple[str, ...] = ()
    """Ids of rules, kinds of :mod:`facturier.anomalies`, or ``reason`` of the refusal, one of which
    must answer; empty: nobody yet."""
    make: Callable[[], Invoice | None] | None = None
    """Makes the wrong invoice, or does the wrong act, which then raises."""
    remedy: str = ""
    """In French, where no rule says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What playing the example must give, computed by hand."""

    statuses: tuple[int, ...] = ()
    """Codes in the order in which they are said, of all documents."""
    flows: tuple[str, ...] = ()
    """``1``, ``10.1`` … ``10.4``, ``212`` (payment data by status); nothing when none is due."""
    boxes: Mapping[str, str] = field(default_factory=dict)
    """Role → boxes of all its months together: ``08 1000/200 20 50 28 150`` (base/tax or tax)."""
    advice: tuple[str, ...] = ()
    """Advice and warnings that the right documents still get: they never block."""
    mistakes: tuple[Mistake, ...] = ()
    open: tuple[str, ...] = ()
    """Accounts of third parties or of waiting VAT that the story leaves open on purpose."""
    absent: Mapping[str, str] = field(default_factory=dict)
    """Part that the case cannot have → why, in French: ``documents``, ``seller``, ``buyer``,
    ``report``, ``boxes`` of the matrix, or ``recognised`` when no document tells the case."""


class Sheet(Protocol):
    """A module of this package that holds one case."""

    CASE: UseCase
    EXPECT: Expect

    def applies(self, invoice: Invoice) -> bool:
        """Tell whether `invoice` is of this case."""
        ...

    def example(self) -> Story:
        """Play the smallest story that shows the case."""
        ...


def sheet_of(module: ModuleType) -> Sheet:
    """Return a module as the sheet that it is."""
    return cast("Sheet", module)
