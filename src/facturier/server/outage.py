"""Did the machine fail, whatever it was asked? Then the same may be asked again: it passes."""

from __future__ import annotations

import errno

from django.db import InterfaceError, OperationalError

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})
NOT_NOW = NO_ROOM | {errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
"""What the machine lacks, not the file."""
RETRY_AFTER = 30
"""Seconds that whoever asked is told to wait."""


def is_outage(error: BaseException | None) -> bool:
    """Whether the machine failed: no room on the disk, no store, no database."""
    if isinstance(error, OSError):
        return error.errno in NOT_NOW
    return isinstance(error, OperationalError | InterfaceError)


def words(error: BaseException | None) -> str:
    """Return the sentence for whoever asked, in French."""
    if not isinstance(error, OSError):
        return "La base de données ne répond pas : rien n'a été pris. Réessayez plus tard."
    if error.errno in NO_ROOM:
        return "Le disque de la plateforme est plein : rien n'a été pris. Réessayez plus tard."
    return "Le stockage de la plateforme ne répond pas : rien n'a été pris. Réessayez plus tard."
