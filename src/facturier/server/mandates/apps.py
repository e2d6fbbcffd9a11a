"""Django's registration of this application."""

from __future__ import annotations

from django.apps import AppConfig


class MandatesConfig(AppConfig):
    """Mandates to invoice."""

    name = "facturier.server.mandates"
    label = "mandates"
    verbose_name = "Mandats de facturation"
