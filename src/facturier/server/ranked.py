"""Rules that a dossier asks in their order: kept, moved, retired, never erased.

A rule that is changed or taken away stays, retired: what it decided names it. Each function gets
the rules in force of the dossier; :class:`Ranked` says what a row of them has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from django.db import transaction
from django.utils import timezone

from facturier.errors import RefusedByUs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.db.models import QuerySet

MOST = 100
"""Rules in force of one dossier."""


class Ranked(Protocol):
    """A row of a table of rules; the lowest rank is asked first."""

    pk: Any
    rank: int
    retired_at: datetime | None

    def save(self) -> None:
        """Write the row."""


R = TypeVar("R", bound=Ranked)


@transaction.atomic
def keep(rule: R, in_force: QuerySet[Any], *, instead_of: R | None = None) -> R:
    """Keep a rule: last, or in the place of another, which is retired. Raises `RefusedByUs`."""
    rules = _locked(in_force)
    if instead_of is not None:
        rule.rank = instead_of.rank
        in_force.filter(pk=instead_of.pk).update(retired_at=timezone.now())
    elif len(rules) >= MOST:
        raise RefusedByUs(f"{MOST} règles au plus par dossier.", reason="rules-many")
    else:
        rule.rank = max((one.rank for one in rules), default=0) + 1
    rule.save()
    return rule


@transaction.atomic
def retire(rule: Ranked, in_force: QuerySet[Any]) -> None:
    """Take a rule away; those behind it move up."""
    rest = [one for one in _locked(in_force) if one.pk != rule.pk]
    in_force.filter(pk=rule.pk).update(retired_at=timezone.now())
    _number(rest, in_force)


@transaction.atomic
def move(rule: Ranked, in_force: QuerySet[Any], by: int) -> None:
    """Ask a rule earlier (-1) or later (+1); nothing happens beyond the ends."""
    rules = _locked(in_force)
    place = next((n for n, one in enumerate(rules) if one.pk == rule.pk), None)
    if place is None or not 0 <= place + by < len(rules):
        return
    rules.insert(place + by, rules.pop(place))
    _number(rules, in_force)


def _number(rules: Sequence[Any], in_force: QuerySet[Any]) -> None:
    for rank, one in enumerate(rules, 1):
        if one.rank != rank:
            in_force.filter(pk=one.pk).update(rank=rank)


def _locked(in_force: QuerySet[Any]) -> list[Any]:
    return list(in_force.select_for_update(of=("self",)))
