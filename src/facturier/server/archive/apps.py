"""Registration of the archive with Django."""

from __future__ import annotations

from django.apps import AppConfig


class ArchiveConfig(AppConfig):
    """The archive and its proof."""

    name = "facturier.server.archive"
    label = "archive"
    verbose_name = "archive"
