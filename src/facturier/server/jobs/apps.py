"""Django's registration of this application."""

from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Wake-up calls on procrastinate."""

    name = "facturier.server.jobs"
    label = "jobs"
    verbose_name = "Travaux"
