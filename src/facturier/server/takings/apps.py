"""Django's registration of this application."""

from __future__ import annotations

from django.apps import AppConfig


class TakingsConfig(AppConfig):
    """Takings without invoice."""

    name = "facturier.server.takings"
    label = "takings"
    verbose_name = "Recettes sans facture"
