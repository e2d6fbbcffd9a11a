"""Django's registration of this application."""

from __future__ import annotations

from django.apps import AppConfig


class ReportingConfig(AppConfig):
    """Declarations of e-reporting."""

    name = "facturier.server.reporting"
    label = "reporting"
    verbose_name = "E-reporting"
