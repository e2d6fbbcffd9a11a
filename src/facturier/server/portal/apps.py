"""Django's registration of this application."""

from __future__ import annotations

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Flows to the public portal, and its answers."""

    name = "facturier.server.portal"
    label = "portal"
    verbose_name = "Portail public de facturation"
