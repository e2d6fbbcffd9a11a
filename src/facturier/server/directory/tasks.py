"""The job that keeps the directory as the portal publishes it."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from facturier.errors import NetworkFailure
from facturier.server.api.tasks import QUEUE
from facturier.server.directory import receiving
from facturier.server.portal.connection import portal

logger = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name="facturier.directory", queue=QUEUE, queueing_lock="directory")
def receive_exports(timestamp: int) -> None:  # noqa: ARG001 - procrastinate says when
    """Take in the exports of the directory that wait. Without a portal: nothing."""
    connected = portal()
    if connected is None:
        return
    try:
        receiving.take_exports(connected)
    except NetworkFailure as failure:
        logger.warning("directory exports: %s", failure)
