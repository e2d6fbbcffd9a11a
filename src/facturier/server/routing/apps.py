"""Django's registration of this application."""

from __future__ import annotations

from django.apps import AppConfig


class RoutingConfig(AppConfig):
    """Rules of received invoices."""

    name = "facturier.server.routing"
    label = "routing"
    verbose_name = "Aiguillage"
