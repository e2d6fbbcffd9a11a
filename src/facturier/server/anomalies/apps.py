"""Django's registration of this application."""

from __future__ import annotations

from django.apps import AppConfig


class AnomaliesConfig(AppConfig):
    """Anomalies of documents."""

    name = "facturier.server.anomalies"
    label = "anomalies"
    verbose_name = "Anomalies"
