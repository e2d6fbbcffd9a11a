"""The way to the portal, as the settings say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from facturier.network.portal import Portal


def portal() -> Portal | None:
    """Return the portal that this installation is connected to; None when it is to none."""
    if not settings.PORTAL_URL:
        return None
    from facturier.network.concentrator.client import Concentrator  # noqa: PLC0415

    return Concentrator(settings.PORTAL_URL, settings.PORTAL_APPLICATION, settings.PORTAL_SECRET)


def name() -> str:
    """Return how screens name the portal; empty when this installation is connected to none."""
    connected = portal()
    return connected.name if connected else ""
