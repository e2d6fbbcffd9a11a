"""Which dossiers the database shows to the current transaction: the second wall.

Every table that carries a dossier has forced row-level security. Its policy reads two settings of
the transaction: ``facturier.dossiers`` (the ids that may be read and written) and
``facturier.cabinets`` (the cabinets in which a dossier may be opened). Without them nothing is
visible. They are set with ``is_local``: the end of the transaction forgets them, so a pooled
connection cannot carry the sight of one person to the next.

The first wall is the permission check in the application (``request.dossiers``). A mistake there
does not show what the database hides.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime, timedelta

Sight = dict[str, str]
NAMES = ("facturier.dossiers", "facturier.cabinets", "facturier.person", "facturier.address")
"""Settings of the transaction. The last two say who asks and from where; the person sees the own
account by it, and the journal names its author."""


def _array(ids: Iterable[int]) -> str:
    return "{" + ",".join(str(int(one)) for one in ids) + "}"


def _current() -> Sight:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT "
            + ", ".join(f"coalesce(current_setting('{name}', true), '')" for name in NAMES)
        )
        return dict(zip(NAMES, cursor.fetchone(), strict=True))


def _set(sight: Sight) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT " + ", ".join("set_config(%s, %s, true)" for _ in sight),
            [word for pair in sight.items() for word in pair],
        )


def see(dossiers: Iterable[int], cabinets: Iterable[int] = ()) -> None:
    """Show `dossiers` (ids) to the rest of the current transaction, and nothing else."""
    assert connection.in_atomic_block, "a sight lasts as long as its transaction"
    _set({"facturier.dossiers": _array(dossiers), "facturier.cabinets": _array(cabinets)})


def be(person: int) -> None:
    """Let the rest of the transaction see the own account of the person who is signing in."""
    assert connection.in_atomic_block, "a sight lasts as long as its transaction"
    _set({"facturier.person": str(int(person))})


@contextmanager
def _restored() -> Iterator[None]:
    """Run in a transaction; inside another one, restore its sight at the end."""
    inner = connection.in_atomic_block
    with transaction.atomic():
        before = _current() if inner else None
        yield
        if before is not None:
            _set(before)


@contextmanager
def of(dossiers: Iterable[int], cabinets: Iterable[int] = ()) -> Iterator[None]:
    """Run a transaction that sees `dossiers` (ids) only; then restore what was seen before."""
    with _restored():
        see(dossiers, cabinets)
        yield


@contextmanager
def of_person(
    person: int | None, address: str = "", grace: timedelta | None = None
) -> Iterator[tuple[datetime | None, tuple[int, ...]]]:
    """Run a transaction that sees what the person with this id may see (None: nothing).

    Yields from when the person may not go on without a second factor (None: they have one, or
    nobody asks; who leads a cabinet has `grace` after being appointed, None: is not asked), and the
    ids of the cabinets that they lead.
    """
    asked: dict[str, Any] = {"person": person, "address": address, "grace": grace}
    with _restored():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('facturier.dossiers',"
                " dossiers_visible_to(%(person)s)::text, true),"
                " set_config('facturier.cabinets', cabinets_led_by(%(person)s)::text, true),"
                " set_config('facturier.person', coalesce(%(person)s::text, ''), true),"
                " set_config('facturier.address', %(address)s, true),"
                " cabinets_led_by(%(person)s), second_factor_due(%(person)s, %(grace)s)",
                asked,
            )
            *_, led, due = cursor.fetchone()
        yield due, tuple(led)


@contextmanager
def of_self(person: int) -> Iterator[None]:
    """Run a transaction that also sees the own account of the person with this id."""
    with _restored():
        be(person)
        yield


@contextmanager
def of_new_person() -> Iterator[int]:
    """Run a transaction in which a person is created; yields the id that they get."""
    with _restored():
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval(pg_get_serial_sequence('firm_person', 'id'))")
            (new,) = cursor.fetchone()
        be(new)
        yield int(new)


def person_known_as(address: str) -> int | None:
    """Return the id of the person who signs in with this electronic address, else None."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT person_known_as(%s)", [address])
        (found,) = cursor.fetchone()
    return found if found is None else int(found)


@contextmanager
def of_portal() -> Iterator[None]:
    """Run a transaction that sees the rows of the public portal's tables, of every dossier.

    Its flows gather files of many dossiers; no page and no API ever runs in this sight.
    """
    with transaction.atomic():
        before = _portal("on")
        yield
        _portal(before)


def _portal(value: str) -> str:
    """Set whether the portal's tables are in sight; return what was set before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('facturier.portal', true), '')")
        (before,) = cursor.fetchone()
        cursor.execute("SELECT set_config('facturier.portal', %s, true)", [value])
    return str(before)


def dossier_at(electronic_address: str) -> int | None:
    """Return the id of the dossier of this installation that has this address, else None.

    It tells nothing else about the dossier: the directory of the simulated network.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT dossier_at(%s)", [electronic_address])
        (found,) = cursor.fetchone()
    return found if found is None else int(found)


def dossiers_with_work() -> list[int]:
    """Return the ids of the dossiers that have something to do now (ids only)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT dossiers_with_work()")
        return [int(row[0]) for row in cursor.fetchall()]


def dossiers_of_siren(siren: str) -> list[int]:
    """Return the ids of the dossiers that have this SIREN, or this electronic address."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT dossiers_of_siren(%s)", [siren])
        return [int(row[0]) for row in cursor.fetchall()]


def of_api_client(client_id: str) -> list[int]:
    """Show the dossiers of an API client to the rest of the transaction; return their ids."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT unnest(dossiers_of_api_client(%s))", [client_id])
        dossiers = [int(row[0]) for row in cursor.fetchall()]
    see(dossiers)
    return dossiers
