"""Ask an address whether it is well: ``python -m facturier.server.running.probe URL``.

The check of a container whose image has no curl: exit status 0 for an answer 200, else 1.
"""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from http import HTTPStatus

PATIENCE = 4
"""Seconds."""


def is_well(url: str) -> bool:
    """Return whether `url` answers 200."""
    if not url.startswith(("http://", "https://")):
        return False
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:  # noqa: S310 - see above
            return bool(answer.status == HTTPStatus.OK)
    except (OSError, ValueError):
        return False


if __name__ == "__main__":
    sys.exit(0 if is_well(sys.argv[1]) else 1)
