"""Faults on demand: what the outside does when it does not do what it should.

A fault is asked for a number of times, for one application or for all; each time it strikes is
counted down in the store, so that it survives the process. What is asked first strikes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from facturier.errors import BadUsage
from facturier.lifecycle.statuses import status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from facturier.network.concentrator.store import Store


class Fault(StrEnum):
    """What goes wrong."""

    CUT = "cut"
    """The connection breaks before anything is done."""
    UNAVAILABLE = "unavailable"
    """503, with Retry-After."""
    SLOW = "slow"
    """Nothing happens for `seconds`."""
    LOST = "lost"
    """What was asked is done, and the connection breaks before this is said."""
    REPEAT = "repeat"
    """Every answer waits again, acknowledged or not."""
    DISORDER = "disorder"
    """The answers are listed newest first."""
    DELAY = "delay"
    """The answers to the next flow wait for `seconds` before they can be seen."""
    FLOW = "flow"
    """The next flow is not receivable: 501 with `reason`."""
    OBJECT = "object"
    """The next object is rejected with `reason`: 251, 301, 401 or 601 by what it is."""


WORDS = {
    Fault.CUT: "connexion coupée avant l'action",
    Fault.UNAVAILABLE: "service indisponible (503)",
    Fault.SLOW: "lenteur",
    Fault.LOST: "action faite, réponse perdue",
    Fault.REPEAT: "réponses répétées",
    Fault.DISORDER: "réponses dans le désordre",
    Fault.DELAY: "réponses retardées",
    Fault.FLOW: "flux irrecevable (501)",
    Fault.OBJECT: "objet rejeté (251, 301, 401, 601)",
}
_DEFAULT_REASONS = {Fault.FLOW: "IRR_SYNTAX", Fault.OBJECT: "REJ_SEMAN"}
_LONGEST_WAIT = 3600.0
MOST_TIMES = 1_000_000
REASONS = {
    Fault.FLOW: frozenset(status(501).public_reasons),
    Fault.OBJECT: frozenset(
        reason for code in (251, 301, 401, 601) for reason in status(code).reasons
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A fault that was asked for."""

    fault: Fault
    times: int = 1
    application: str = ""
    """Code of the application that it strikes; empty for all."""
    reason: str = ""
    seconds: float = 1.0

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Asked:
        """Read a fault from JSON. Raises `BadUsage` for what it is not."""
        try:
            fault = Fault(said["fault"])
            asked = cls(
                fault=fault,
                times=int(said.get("times", 1)),
                application=str(said.get("application", "")),
                reason=str(said.get("reason", _DEFAULT_REASONS.get(fault, ""))),
                seconds=float(said.get("seconds", 1)),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BadUsage(
                "Cette panne n'est pas comprise.",
                remedy=f"Choisissez « fault » parmi {', '.join(Fault)}.",
            ) from error
        if not 1 <= asked.times <= MOST_TIMES or not 0 <= asked.seconds <= _LONGEST_WAIT:
            raise BadUsage("Le nombre de fois ou de secondes n'est pas dans les bornes.")
        if fault in REASONS and asked.reason not in REASONS[fault]:
            raise BadUsage(
                f"« {asked.reason} » n'est pas un motif de cette panne.",
                remedy=f"Choisissez parmi {', '.join(sorted(REASONS[fault]))}.",
            )
        return asked


def ask(store: Store, asked: Asked) -> None:
    """Let a fault strike from now on."""
    with store.writing() as connection:
        connection.execute(
            "INSERT INTO faults (fault, times, application, reason, seconds) "
            "VALUES (?, ?, ?, ?, ?)",
            [asked.fault, asked.times, asked.application, asked.reason, asked.seconds],
        )


def clear(store: Store) -> None:
    """Let all go well again."""
    with store.writing() as connection:
        connection.execute("DELETE FROM faults")


def pending(store: Store) -> Sequence[Asked]:
    """Return the faults that may still strike, with the times that are left."""
    return [
        Asked(
            fault=Fault(row["fault"]), times=row["times"], application=row["application"],
            reason=row["reason"], seconds=row["seconds"],
        )
        for row in store.connection.execute("SELECT * FROM faults WHERE times > 0 ORDER BY id")
    ]  # fmt: skip


def strike(store: Store, fault: Fault, application: str) -> Asked | None:
    """Return a fault that strikes an application now, once less to come; None when all is well."""
    if not _exists(store, fault, application):  # nearly always: nothing is written
        return None
    with store.writing() as connection:
        rows = connection.execute(
            "UPDATE faults SET times = times - 1 WHERE id = (SELECT id FROM faults WHERE times > 0 "
            "AND fault = ? AND application IN ('', ?) ORDER BY id LIMIT 1) RETURNING *",
            [fault, application],
        ).fetchall()
    if not rows:
        return None
    row = rows[0]
    return Asked(
        fault=fault, application=row["application"], reason=row["reason"], seconds=row["seconds"]
    )


def _exists(store: Store, fault: Fault, application: str) -> bool:
    found = store.connection.execute(
        "SELECT 1 FROM faults WHERE times > 0 AND fault = ? AND application IN ('', ?)",
        [fault, application],
    ).fetchone()
    return found is not None
