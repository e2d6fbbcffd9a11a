"""Django's registration of this application."""

from __future__ import annotations

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    """Dossiers that live on another platform."""

    name = "facturier.server.connections"
    label = "connections"
    verbose_name = "Raccordements"
