"""Ask an authority for a timestamp, by HTTP (RFC 3161 §3.4). Only a SHA-256 leaves the machine."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from cryptography.x509 import Certificate, load_pem_x509_certificates
from rfc3161_client import (
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)
from rfc3161_client.base import HashAlgorithm

from facturier.errors import NetworkFailure

SECONDS = 20
LARGEST_ANSWER = 1024 * 1024
REFUSES_US = frozenset({401, 403, 404, 410})
"""HTTP statuses after which asking again is useless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """The authority's answer, accepted."""

    token: bytes
    """TimeStampResp, DER: what ``openssl ts -verify`` takes."""
    at: datetime
    """genTime; timezone-aware."""
    is_verified: bool
    """Whether its signature leads to the root that was given; False when none was."""


def stamp(data: bytes, *, url: str, root: bytes = b"") -> Stamp:
    """Have the SHA-256 of `data` timestamped by the authority at `url`.

    `root` holds certificates (PEM) to one of which its signature must lead. Raises
    `NetworkFailure` when the authority does not answer, refuses, or answers about other bytes,
    to another question, or with a signature that does not hold.
    """
    request = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
    token = _ask(url, request.as_bytes())
    try:
        answer = decode_timestamp_response(token)
        _is_ours(answer, data, request.nonce)
        if root:
            roots: list[Certificate] = load_pem_x509_certificates(root)
            verifier = VerifierBuilder(nonce=request.nonce, roots=roots).build()
            verifier.verify_message(answer, data)
    except (ValueError, VerificationError) as error:
        raise NetworkFailure(
            f"L'autorité d'horodatage a répondu autre chose qu'un horodatage valable : {error}.",
            permanent=False, reason="timestamp",
        ) from error  # fmt: skip
    return Stamp(token=token, at=answer.tst_info.gen_time, is_verified=bool(root))


def _is_ours(answer: TimeStampResponse, data: bytes, nonce: int | None) -> None:
    if answer.status not in (0, 1):  # granted, granted with modifications
        raise ValueError("refus " + ", ".join(answer.status_string))
    if answer.tst_info.message_imprint.message != sha256(data).digest():
        raise ValueError("une autre empreinte")
    if answer.tst_info.nonce != nonce:
        raise ValueError("une autre demande")


def _ask(url: str, question: bytes) -> bytes:
    if not url.startswith(("https://", "http://")):
        raise NetworkFailure(f"Adresse d'horodatage inconnue : {url}.", permanent=True)
    request = urllib.request.Request(  # noqa: S310 - the scheme was looked at
        url, question, {"Content-Type": "application/timestamp-query"}
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            return bytes(answer.read(LARGEST_ANSWER))
    except urllib.error.HTTPError as error:
        raise NetworkFailure(
            f"L'autorité d'horodatage répond {error.code}.", permanent=error.code in REFUSES_US
        ) from error
    except (OSError, ValueError) as error:
        raise NetworkFailure(
            f"L'autorité d'horodatage ne répond pas ({error}).", permanent=False
        ) from error
