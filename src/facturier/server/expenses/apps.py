"""Django's registration of this application."""

from __future__ import annotations

from django.apps import AppConfig


class ExpensesConfig(AppConfig):
    """Employee expenses."""

    name = "facturier.server.expenses"
    label = "expenses"
    verbose_name = "Notes de frais"
