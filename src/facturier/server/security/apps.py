"""Django's registration of this application."""

from __future__ import annotations

from django.apps import AppConfig


class SecurityConfig(AppConfig):
    """Sessions, second factor, journal."""

    name = "facturier.server.security"
    label = "security"
    verbose_name = "Sécurité"

    def ready(self) -> None:
        """Listen to people who come and go."""
        from facturier.server.security import comings  # noqa: F401, PLC0415
