"""Django's registration of this application."""

from __future__ import annotations

from django.apps import AppConfig


class RunningConfig(AppConfig):
    """Running the platform; it has no table of its own."""

    name = "facturier.server.running"
    label = "running"
    verbose_name = "Exploitation"
