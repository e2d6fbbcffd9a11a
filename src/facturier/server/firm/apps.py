"""Django's registration of this application."""

from __future__ import annotations

from django.apps import AppConfig


class FirmConfig(AppConfig):
    """Cabinets, dossiers, people."""

    name = "facturier.server.firm"
    label = "firm"
    verbose_name = "Cabinet"
