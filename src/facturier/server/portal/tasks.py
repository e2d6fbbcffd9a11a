"""The job of the portal, in a queue of its own: a portal that is slow keeps no invoice waiting."""

from __future__ import annotations

from procrastinate.contrib.django import app

from facturier.errors import NetworkFailure
from facturier.server.portal import allotment, answers, sending
from facturier.server.portal.connection import portal

QUEUE = "portal"
EVERY_SECONDS = 5


@app.periodic(cron=f"* * * * * */{EVERY_SECONDS}")
@app.task(name="facturier.portal", queue=QUEUE, queueing_lock="portal")
def serve_portal(timestamp: int) -> None:  # noqa: ARG001 - procrastinate says when
    """Allot what waits, hand the flows over, take the answers in. Without a portal: nothing."""
    exchange()


def exchange() -> int:
    """Do one round with the portal; return how many flows went or came."""
    connected = portal()
    if connected is None:
        return 0
    allotment.allot()
    sent = sending.send_all(connected)
    try:
        return sent + answers.take_in(connected)
    except NetworkFailure as failure:
        answers.logger.warning("portal answers: %s", failure)
        return sent
