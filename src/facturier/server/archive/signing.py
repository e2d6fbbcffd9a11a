"""Sign what this installation states: certificates of completeness and of purge.

Ed25519 (RFC 8032), with the key that ``FACTURIER_SIGNING_KEY`` gives. The file that comes of it is
verified without us, by :mod:`.verify_certificate`.
"""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from facturier.server.archive.verify import canonical
from facturier.server.archive.verify_certificate import fingerprint


def signed(said: dict[str, Any]) -> bytes:
    """Return the signed file of a statement: words, whole numbers, booleans and null only."""
    key = _key()
    return canonical({
        "certificate": said, "public_key": _public(key).hex(),
        "signature": key.sign(canonical(said)).hex(),
    })  # fmt: skip


def own_fingerprint() -> str:
    """Return the fingerprint of this installation's key, to be given to who verifies."""
    return fingerprint(_public(_key()))


def _key() -> Ed25519PrivateKey:
    """Return the key that is drawn from the installation's secret (HKDF, RFC 5869)."""
    drawn = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"facturier certificate ed25519")
    return Ed25519PrivateKey.from_private_bytes(drawn.derive(settings.SIGNING_KEY.encode()))


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()
