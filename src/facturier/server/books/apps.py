"""Django's registration of this application."""

from __future__ import annotations

from django.apps import AppConfig


class BooksConfig(AppConfig):
    """Journals and entries."""

    name = "facturier.server.books"
    label = "books"
    verbose_name = "Livres"
