"""Django's registration of this application."""

from __future__ import annotations

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    """The directory."""

    name = "facturier.server.directory"
    label = "directory"
    verbose_name = "Annuaire"
