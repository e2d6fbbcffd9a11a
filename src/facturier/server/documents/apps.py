"""Django's registration of this application."""

from __future__ import annotations

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """Stored bytes, flows, documents, events."""

    name = "facturier.server.documents"
    label = "documents"
    verbose_name = "Documents"
