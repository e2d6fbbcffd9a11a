"""The archive in which files travel to the public portal (EDI).

Source: DGFiP external specifications v3.2, dossier général §3.4.5 and table 4: a flow is a
``tar.gz`` of files of one kind, at most 1 GB, 100 MB a file; its name is the code of the interface,
the code of the sending application and the number of the flow.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import zlib
from collections.abc import Mapping
from enum import StrEnum

from facturier.errors import UnsafeDocument

MAX_FLOW = 1_000_000_000
"""Bytes of an archive."""
MAX_FILE = 100_000_000
"""Bytes of one file in it."""
_APPLICATION = re.compile(r"[A-Z0-9]{6}")
_NUMBER = re.compile(r"[A-Z0-9]{1,19}")
_NUMBER_LENGTH = 19


class Interface(StrEnum):
    """What an archive holds."""

    F1_UBL = "FFE0111A"
    F1_CII = "FFE0112A"
    F6_INVOICE = "FFE0614A"
    F6_REGULATORY = "FFE0604A"
    F6_MANDATORY = "FFE0654A"
    F6_REPORTING = "FFE0624A"
    F6_DIRECTORY = "FFE0634A"
    F10 = "FFE1025A"
    F13 = "FFE1235A"
    F14 = "FFE1435A"

    @property
    def answer(self) -> str:
        """Code of the portal's answer about the flow: the first letter becomes C."""
        return f"C{self[1:]}"


def archive_name(interface: Interface, application: str, number: str) -> str:
    """Return the name of an archive: ``FFE1025A_AAA123_AAA1230000000000000000001.tar.gz``.

    `application` is the six characters that the portal gave the sender; `number` is one to nineteen
    digits or capital letters, unique for each flow, and is filled up with zeros. Raises ValueError.
    """
    if not _APPLICATION.fullmatch(application):
        message = f"« {application} » n'est pas un code application de six caractères."
        raise ValueError(message)
    if not _NUMBER.fullmatch(number):
        message = f"« {number} » n'est pas un numéro de flux de dix-neuf caractères au plus."
        raise ValueError(message)
    return f"{interface}_{application}_{application}{number.rjust(_NUMBER_LENGTH, '0')}.tar.gz"


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return the archive of some files. Equal files give equal bytes.

    Raises UnsafeDocument over the portal's limits.
    """
    held = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=held, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, content in files.items():
            _refuse_big(name, len(content))
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    data = held.getvalue()
    if len(data) > MAX_FLOW:
        raise UnsafeDocument(
            "L'archive dépasse 1 Go.", reason="flow-too-big", remedy="Faites plusieurs flux."
        )
    return data


def unpack(data: bytes) -> dict[str, bytes]:
    """Return the files of an archive by name, each looked at in memory only.

    Raises UnsafeDocument for what is no such archive, for a file over the limit, and for entries
    that are no plain files or lie in folders.
    """
    files: dict[str, bytes] = {}
    whole = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
            for entry in archive:
                if not entry.isfile() or "/" in entry.name or entry.name in files:
                    raise UnsafeDocument(
                        f"L'archive contient « {entry.name} », qui n'y a pas sa place.",
                        reason="odd-entry",
                        remedy="N'y mettez que des fichiers, sans dossiers, aux noms différents.",
                    )
                _refuse_big(entry.name, entry.size)
                whole += entry.size
                _refuse_whole(whole)
                held = archive.extractfile(entry)
                assert held is not None, "a plain file has content"
                files[entry.name] = held.read()
    except (tarfile.TarError, EOFError, OSError, zlib.error, TypeError) as error:
        # TypeError: tarfile's own, for a gzip header cut short
        raise UnsafeDocument(
            "Ce fichier n'est pas une archive tar.gz lisible.",
            reason="not-an-archive",
            remedy="Demandez à l'émetteur de renvoyer le flux.",
        ) from error
    return files


def _refuse_big(name: str, size: int) -> None:
    if size > MAX_FILE:
        raise UnsafeDocument(
            f"« {name} » dépasse 100 Mo.", reason="file-too-big", remedy="Allégez ce fichier."
        )


def _refuse_whole(size: int) -> None:
    """Refuse an archive that unpacks to more than a flow may weigh."""
    if size > MAX_FLOW:
        raise UnsafeDocument(
            "L'archive se déplie au-delà de 1 Go.",
            reason="flow-too-big",
            remedy="Faites plusieurs flux.",
        )
