"""Django's registration of this application."""

from __future__ import annotations

from django.apps import AppConfig


class VatConfig(AppConfig):
    """Drafts of VAT returns."""

    name = "facturier.server.vat"
    label = "vat"
    verbose_name = "TVA"
