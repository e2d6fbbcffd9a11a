"""Bytes kept in a bucket that speaks S3 (AWS, and what imitates it), by setting.

Client: ``obstore``, which is installed with ``facturier[s3]``. A name is written with
``If-None-Match: *``: a bucket that honours it (the norm since 2024) never writes over a file, even
when two machines store the same one at once. Turn on the bucket's own lock (Object Lock) or
versioning if the machine that holds the key is not to be trusted with what was kept.
"""

from __future__ import annotations

import errno
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from facturier.errors import ConfigurationError, StoreFailure

try:
    import obstore
    from obstore.exceptions import (
        AlreadyExistsError,
        BaseError,
        PermissionDeniedError,
        UnauthenticatedError,
    )
    from obstore.store import S3Store
except ImportError:
    raise ConfigurationError(
        "FACTURIER_S3_BUCKET est donné, mais le client de S3 n'est pas installé.",
        reason="FACTURIER_S3_BUCKET", remedy="pip install 'facturier[s3]'",
    ) from None  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PIECE = 1 << 20
CONNECT = timedelta(seconds=5)
SILENCE = timedelta(seconds=20)
"""A bucket that says nothing for so long has failed; how much it has to say does not count."""
WHOLE = timedelta(hours=2)
"""The longest that one file may take."""
TRIES_AGAIN = 2
FULL = ("507", "QuotaExceeded", "XMinioStorageFull", "EntityTooLarge", "no writable volumes")
"""How the servers say that there is no room."""


class Bucket:
    """One bucket; :class:`facturier.server.documents.store.Place`."""

    def __init__(self, bucket: str, endpoint: str, region: str, key: str, secret: str) -> None:
        self._name = bucket
        self._store = S3Store(
            bucket, endpoint=endpoint or None, region=region,
            access_key_id=key, secret_access_key=secret, virtual_hosted_style_request=False,
            client_options={
                "allow_http": endpoint.startswith("http://"), "connect_timeout": CONNECT,
                "read_timeout": SILENCE, "timeout": WHOLE,
            },
            retry_config={"max_retries": TRIES_AGAIN, "retry_timeout": SILENCE},
        )  # fmt: skip

    def write_once(self, name: str, data: bytes) -> None:
        """Keep `data`, unless the name is taken."""
        with self._told(), suppress(AlreadyExistsError):
            obstore.put(self._store, name, data, mode="create", use_multipart=False)

    def take(self, name: str, source: Path) -> None:
        """Keep a copy of the file `source`, in parts."""
        with self._told():
            obstore.put(self._store, name, source)

    def read(self, name: str) -> bytes:
        """Return a whole file."""
        with self._told():
            return obstore.get(self._store, name).bytes().to_bytes()

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield a file piece by piece."""
        with self._told():
            found = obstore.get(self._store, name)
        return self._pieces(found)

    def _pieces(self, found: obstore.GetResult) -> Iterator[bytes]:
        with self._told():
            for piece in found.stream(min_chunk_size=PIECE):
                yield bytes(piece)

    def remove(self, name: str) -> None:
        """Forget a file."""
        with self._told(), suppress(FileNotFoundError):
            obstore.delete(self._store, name)

    def names(self) -> Iterator[str]:
        """Yield the names of all files."""
        with self._told():
            for some in obstore.list(self._store):
                yield from (one["path"] for one in some)

    def try_out(self) -> None:
        """Write something and forget it."""
        with self._told():
            obstore.put(self._store, "essai/ecriture", b"-", use_multipart=False)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell what the bucket's client raises in our words; what is not there stays that."""
        try:
            yield
        except FileNotFoundError as error:
            if "NoSuchBucket" in f"{error}":
                raise self._failure(f"{error}") from error
            raise
        except BaseError as error:
            raise self._failure(f"{error}", error) from error

    def _failure(self, said: str, error: BaseError | None = None) -> StoreFailure:
        if "NoSuchBucket" in said:
            return StoreFailure(
                f"Le compartiment S3 « {self._name} » n'existe pas.", reason="bucket",
                remedy="Créez-le, ou corrigez FACTURIER_S3_BUCKET et FACTURIER_S3_ENDPOINT.",
            )  # fmt: skip
        if any(word in said for word in FULL):
            return StoreFailure(
                f"Le stockage S3 « {self._name} » est plein.", reason="full", errno=errno.ENOSPC,
                remedy="Faites de la place ; ce qui attend est repris ensuite.",
            )  # fmt: skip
        if isinstance(error, PermissionDeniedError | UnauthenticatedError):
            return StoreFailure(
                f"Le stockage S3 refuse l'accès au compartiment « {self._name} ».", reason="denied",
                remedy="Contrôlez FACTURIER_S3_KEY, FACTURIER_S3_SECRET et les droits de lire, "
                "d'écrire et de lister. Ce qui attend est repris ensuite.",
            )  # fmt: skip
        return StoreFailure(f"Le stockage S3 « {self._name} » ne répond pas comme attendu.")
