"""Where the folder of the store has a file: for tests that alter or lose it behind its back."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings


def path_of(sha256):
    """Return the path of the bytes of this address."""
    return Path(settings.DOCUMENTS) / sha256[:2] / sha256
