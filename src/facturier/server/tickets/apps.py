"""Django's registration of this application."""

from __future__ import annotations

from django.apps import AppConfig


class TicketsConfig(AppConfig):
    """Tickets and their invoices."""

    name = "facturier.server.tickets"
    label = "tickets"
    verbose_name = "Tickets à facturer"
