"""The process of the concentrator: granian around its application."""

from __future__ import annotations

SECONDS_TO_FINISH = 3
"""How long a request may go on after the process was told to stop."""


def serve(*, port: int, address: str) -> int:
    """Serve until interrupted; return 0. Settings come from the environment."""
    from granian import Granian  # noqa: PLC0415
    from granian.constants import Interfaces  # noqa: PLC0415

    Granian(
        "facturier.network.concentrator.application:from_environment",
        factory=True,
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,  # one process works through the flows
        websockets=False,
        blocking_threads=4,
        blocking_threads_idle_timeout=5,
        respawn_failed_workers=True,
        workers_kill_timeout=SECONDS_TO_FINISH,
    ).serve()
    return 0
