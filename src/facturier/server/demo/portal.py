"""The public portal of the demonstration: a simulated one, in a process of its own."""

from __future__ import annotations

import os
import secrets
import socket
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from facturier.server.demo.processes import HOST, Child

if TYPE_CHECKING:
    from facturier.server.demo.seeding import Firm

APPLICATION, PLATFORM = "DEMO01", "9999"
SECONDS_TO_WAIT = "2"
"""For which a file waits for others before its flow leaves: a visitor does not wait for an hour."""


def connect(var: Path) -> Child:
    """Return the portal's process; processes started from now on are connected to it."""
    secret = secrets.token_urlsafe(24)
    applications = var / "concentrateur.applications"
    applications.touch(mode=0o600)
    applications.write_text(f"{APPLICATION}:{secret}:{PLATFORM}\n", encoding="utf-8")
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    os.environ |= {
        "FACTURIER_PORTAL_URL": f"http://{HOST}:{port}",
        "FACTURIER_PORTAL_APPLICATION": APPLICATION,
        "FACTURIER_PORTAL_SECRET": secret,
        "FACTURIER_PORTAL_WAIT": SECONDS_TO_WAIT,
    }
    return Child(
        name="Le portail simulé",
        arguments=("concentrator", str(port), str(var / "concentrateur"), str(applications)),
        log=var / "concentrateur.log",
    )


def start_the_clocks(firm: Firm) -> None:
    """Count the 24 hours of what the portal is owed from today.

    The story is three months old and the portal hears of it now: nothing of it is late.
    """
    from django.utils import timezone  # noqa: PLC0415 - needs Django

    from facturier.server import sight  # noqa: PLC0415
    from facturier.server.portal.models import PortalFile  # noqa: PLC0415

    now = timezone.now()
    with sight.of(firm.sight):
        old = PortalFile.objects.filter(state=PortalFile.State.PENDING, flow=None, due_at__lt=now)
        old.filter(document__isnull=False).update(due_at=now + timedelta(days=1))


def serve(port: int, folder: Path, applications: Path) -> int:
    """Serve the simulated portal until told to stop; return 0."""
    from facturier.network.concentrator import application, serving  # noqa: PLC0415

    os.environ[application.FOLDER] = str(folder)
    os.environ[application.APPLICATIONS] = applications.read_text(encoding="utf-8")
    return serving.serve(port=port, address=HOST)
