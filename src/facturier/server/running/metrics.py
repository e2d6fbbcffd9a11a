"""Measures for Prometheus, on a port of their own (``FACTURIER_METRICS``), in every process.

What happened is counted by the process in which it happened; what waits is asked of the database
when Prometheus asks, so every process tells the same (``max by (pipe)`` over them). No label names
a company, a person or a document: a series would never end, and a SIREN is nobody else's business.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import DatabaseError, connection
from prometheus_client import REGISTRY, Counter, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from facturier.server import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger(__name__)

DEPOSITS = Counter("facturier_deposits", "Fichiers déposés", ["channel"])
FLOWS = Counter("facturier_flows", "Fichiers traités, par issue", ["outcome"])
FLOW_SECONDS = Histogram(
    "facturier_flow_seconds", "Durée du traitement d'un fichier", ["outcome"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)  # fmt: skip
DELIVERIES = Counter("facturier_deliveries", "Messages remis aux autres plateformes", ["outcome"])
REJECTIONS = Counter("facturier_rejections", "Statuts de rejet et de refus dits", ["code"])
JOB_FAILURES = Counter("facturier_job_failures", "Travaux qui ont échoué", ["task"])
HTTP_SECONDS = Histogram(
    "facturier_http_seconds", "Durée des réponses", ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip

STATE = "SELECT pipe, waiting, oldest_seconds, late, given_up FROM pipes_state()"
GAUGES = {
    "facturier_pending": "Ce qui attend",
    "facturier_oldest_pending_seconds": "Depuis quand attend le plus ancien",
    "facturier_late": "Ce qui a dépassé son délai légal",
    "facturier_given_up": "Ce qui attend une personne",
}


class Waiting(Collector):
    """What waits in each pipe, of the whole installation, numbers only."""

    def describe(self) -> list[GaugeMetricFamily]:
        """Say nothing: to be registered is no reason to ask the database."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Ask the database; an answer without these gauges says that it was away."""
        try:
            with connection.cursor() as cursor:
                cursor.execute(STATE)
                rows = cursor.fetchall()
        except DatabaseError:
            logger.exception("metrics")
            return
        finally:
            connection.close()  # this thread is not Django's: nobody else would
        for number, (name, words) in enumerate(GAUGES.items(), 1):
            family = GaugeMetricFamily(name, words, labels=["pipe"])
            for row in rows:
                family.add_metric([row[0]], float(row[number] or 0))
            yield family


def serve() -> None:
    """Answer Prometheus from now on, in a thread, when ``FACTURIER_METRICS`` says where."""
    place = environment.value("FACTURIER_METRICS")
    if not place:
        return
    host, _, port = place.rpartition(":")
    REGISTRY.register(Waiting())
    try:
        start_http_server(int(port), host.strip("[]") or "127.0.0.1")
    except OSError as error:  # measures are no reason not to serve
        logger.error("metrics: %s: %s", place, error)  # noqa: TRY400 - the words are enough
