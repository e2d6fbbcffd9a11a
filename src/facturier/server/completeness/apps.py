"""Registration of completeness with Django."""

from __future__ import annotations

from django.apps import AppConfig


class CompletenessConfig(AppConfig):
    """Comparisons and certificates."""

    name = "facturier.server.completeness"
    label = "completeness"
    verbose_name = "exhaustivité"
