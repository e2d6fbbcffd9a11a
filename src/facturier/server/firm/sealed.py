"""Secrets that must be read again are kept sealed: the database alone does not give them away.

Signing keys of webhooks, seeds of second factors, what a connector signs in with: each is sealed by
:func:`seal` before it is stored and opened by :func:`open_sealed` where it is used. A password or
an API secret is never sealed: it is only ever compared, so a hash is kept.

The keys are those of ``FACTURIER_SEALING_KEYS``, the newest first; unset, one is drawn into
``<var>/sealing-key``. The first seals, all of them open. To change keys: put the new one first,
restart, run ``facturier reseal``, take the old one out. A column that holds sealed text is a
:class:`SealedText`: that is how ``reseal`` finds it.

Cipher: Fernet (AES-128-CBC and HMAC-SHA-256) of the package ``cryptography``, its key drawn from
ours by HKDF-SHA-256 (RFC 5869).
"""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models

from facturier.errors import ConfigurationError

SHORTEST_KEY = 32
"""Characters of a key; drawn with ``openssl rand -base64 48`` it has 64."""
REMEDY = (
    "Remettez la clé d'origine dans FACTURIER_SEALING_KEYS (ou le fichier sealing-key de la "
    "sauvegarde) ; une clé perdue oblige à ressaisir les secrets."
)


class SealedText(models.TextField):  # type: ignore[type-arg]  # not generic when run
    """A column of sealed text. Its value stays sealed in Python too, until it is opened."""

    def __init__(self, *args: Any, **asked: Any) -> None:
        super().__init__(*args, **{"editable": False} | asked)


def seal(text: str) -> str:
    """Return `text` encrypted with the first key of the installation, as ASCII text."""
    return _box(tuple(settings.SEALING_KEYS)).encrypt(text.encode()).decode()


def open_sealed(sealed: str) -> str:
    """Return the text that :func:`seal` sealed.

    Raises `ConfigurationError` when no key of the installation opens it, or it was altered.
    """
    try:
        return _box(tuple(settings.SEALING_KEYS)).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise _unopened() from None


def resealed(sealed: str) -> str:
    """Return `sealed`, sealed anew with the first key. Raises as :func:`open_sealed`."""
    try:
        return _box(tuple(settings.SEALING_KEYS)).rotate(sealed.encode()).decode()
    except InvalidToken:
        raise _unopened() from None


def _unopened() -> ConfigurationError:
    message = "Un secret conservé ne s'ouvre avec aucune clé de l'installation."
    return ConfigurationError(message, reason="sealing-key", remedy=REMEDY)


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    if not keys or any(len(key) < SHORTEST_KEY for key in keys):
        raise ConfigurationError(
            f"Chaque clé de FACTURIER_SEALING_KEYS compte au moins {SHORTEST_KEY} caractères.",
            reason="sealing-key",
            remedy="openssl rand -base64 48 en donne une.",
        )
    return MultiFernet([Fernet(_drawn(key)) for key in keys])


def _drawn(key: str) -> bytes:
    """Return the key of Fernet, 32 bytes in base64, that `key` gives."""
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"facturier sealed secrets")
    return base64.urlsafe_b64encode(hkdf.derive(key.encode()))
