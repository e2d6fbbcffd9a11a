"""Django's registration of this application."""

from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The programming interface: what programs may do, how often, and where they are called."""

    name = "facturier.server.api"
    label = "api"
    verbose_name = "API"
