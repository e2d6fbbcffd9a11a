"""The work behind the door: flows are answered one by one, each in one transaction.

Taking a flow in and answering it are apart, as at the portal: a platform hears at once that its
flow arrived, and later whether it is receivable. After a crash the work goes on where it was.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from facturier.network.concentrator import exports, faults
from facturier.network.concentrator.answers import (
    Orders,
    Outcome,
    Received,
    answers_to,
    is_acknowledgement,
)
from facturier.network.concentrator.faults import Fault
from facturier.network.concentrator.known import Application, Limits, Moment
from facturier.network.concentrator.store import Judging

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from facturier.network.concentrator.store import Store

logger = logging.getLogger(__name__)
PAUSE = 1.0
"""Seconds after which the work looks for itself whether something is to do."""


class Processing:
    """Answers the flows of a store."""

    def __init__(
        self,
        store: Store,
        applications: Mapping[str, Application],
        limits: Limits,
        *,
        daily: bool = False,
    ) -> None:
        self.store = store
        self.applications = applications
        self.limits = limits
        self.daily = daily
        self._failed: set[int] = set()
        """Flows that this process could not answer: they never delay the others."""
        self._wake = threading.Event()

    def start(self) -> None:
        """Work in a thread that ends with the process."""
        threading.Thread(target=self._run, name="concentrateur", daemon=True).start()

    def wake(self) -> None:
        """Say that something came in."""
        self._wake.set()

    def work_through(self) -> int:
        """Answer every flow that waits; return how many."""
        done = 0
        while self.answer_one():
            done += 1
        return done

    def answer_one(self) -> bool:
        """Answer the oldest flow that waits; return whether there was one.

        One that cannot be answered (a defect of ours) is logged, and tried again by the next
        process.
        """
        row = self.store.next_to_do(self._failed)
        if row is None:
            return False
        try:
            self._answer(row)
        except Exception:
            logger.exception("Le flux %s n'a pas pu être traité.", row["name"])
            self._failed.add(row["id"])
        return True

    def _answer(self, row: sqlite3.Row) -> None:
        store, now = self.store, self.store.now()
        application = self.applications.get(row["application"]) or Application(
            code=row["application"]
        )
        if is_acknowledgement(row["name"]):
            with store.writing():
                store.settle(row["id"], Outcome(answers=(), objections=()), application.code, now)
            return
        received = Received(
            name=row["name"], content=row["content"], size=row["size"], application=application,
            at=datetime.fromisoformat(row["received_at"]),
        )  # fmt: skip
        known = Judging(store, row["id"], author=application.code, moment=now)
        outcome = answers_to(
            received,
            known,
            Moment(now=now, limits=self.limits),
            number=store.next_number,
            orders=self._orders(application.code),
        )
        late = faults.strike(store, Fault.DELAY, application.code)
        ready_at = now + timedelta(seconds=late.seconds if late else 0)
        with store.writing():
            known.keep()
            store.settle(row["id"], outcome, application.code, ready_at)

    def _orders(self, application: str) -> Orders:
        """Return what the next flow must be answered; an order about objects is used when it is
        drawn.
        """  # noqa: D205
        flow = faults.strike(self.store, Fault.FLOW, application)
        if flow is not None:
            return Orders(flow=flow.reason)

        def next_reason() -> str:
            struck = faults.strike(self.store, Fault.OBJECT, application)
            return struck.reason if struck else ""

        return Orders(object_reason=next_reason)

    def _run(self) -> None:
        while True:
            try:
                self.work_through()
                if self.daily:
                    exports.post_daily(self.store, self.applications)
            except Exception:  # a full disk may pass: the work never ends
                logger.exception("Le concentrateur n'a pas pu travailler.")
            self._wake.wait(PAUSE)
            self._wake.clear()
