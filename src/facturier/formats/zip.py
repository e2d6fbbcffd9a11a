"""A zip that a person deposits: its members one by one, once the whole is known to be harmless."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator

from facturier.errors import MalformedDocument, UnreadableDocument, UnsafeDocument

MAX_MEMBERS = 10_000
MAX_MEMBER = 100 * 1024 * 1024
"""Largest member, as for a file deposited by itself."""
MAX_TOTAL = 500 * 1024 * 1024
"""Largest sum of the members, decompressed."""
MAX_RATIO = 200
"""Highest compression believed of a member of more than 1 MB; invoices reach 20 to 40."""
_RATIO_FROM = 1024 * 1024
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_JUNK = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
_OFFICE = (b"[Content_Types].xml", b"mimetype", b"_rels/")

# IndexError: zipfile takes the last letter of a name, and a damaged directory has empty names.
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError),
    *(ValueError, NotImplementedError, IndexError),
)
_REMEDY = "Refaites l'archive avec les seules factures, ou déposez les factures une par une."
_ARCHIVES = (".zip", ".gz", ".tgz", ".7z", ".rar", ".bz2", ".xz", ".tar", ".jar")


def unpack(data: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of each file in the zip `data`, called `name` in messages.

    Names are labels as found, ``../`` included: never use one as a path. Folders and the side
    files of macOS and Windows are left out. Nothing is yielded from a zip that is refused.

    Raises:
        MalformedDocument: not a zip that can be read.
        UnsafeDocument: too many or too large members, bombs, encryption, links, nested archives.

    """
    if data.count(b"PK\x01\x02") > MAX_MEMBERS:  # before zipfile makes an object of each
        raise _unsafe("zip-too-many-members", name, f"contient plus de {MAX_MEMBERS} fichiers")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [member for member in archive.infolist() if _is_wanted(member)]
            _check(archive, members, name, len(data))
            for member in members:
                yield member.filename, archive.read(member)
    except _BROKEN:
        raise MalformedDocument(
            f"L'archive {name} est abîmée.",
            reason="zip-broken",
            remedy="Vérifiez que l'envoi est complet, ou refaites l'archive.",
        ) from None


def _is_wanted(member: zipfile.ZipInfo) -> bool:
    parts = member.filename
    return not (member.is_dir() or parts.startswith(_JUNK[0]) or parts.endswith(_JUNK[1:]))


def _check(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], name: str, size: int) -> None:
    """Refuse the archive for what its directory says, then for archives inside it."""
    if len(archive.infolist()) > MAX_MEMBERS:
        raise _unsafe("zip-too-many-members", name, f"contient plus de {MAX_MEMBERS} fichiers")
    for member in members:
        _check_member(member, name)
    if sum(member.file_size for member in members) > MAX_TOTAL:
        raise _unsafe("zip-too-big", name, "dépasse 500 Mo une fois décompressée")
    if sum(member.compress_size for member in members) > size:
        raise _unsafe("zip-overlap", name, "fait servir les mêmes octets à plusieurs fichiers")
    for member in members:
        with archive.open(member) as content:
            _refuse_nested(member, content.read(200), name)


def _check_member(member: zipfile.ZipInfo, name: str) -> None:
    label = member.filename[:80]
    if member.flag_bits & 0x1:
        raise _unsafe("zip-encrypted", name, f"protège « {label} » par un mot de passe")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise _unsafe("zip-symlink", name, f"contient un lien (« {label} ») au lieu d'un fichier")
    if member.compress_type not in _METHODS:
        raise _unsafe("zip-method", name, f"compresse « {label} » d'une façon non acceptée")
    if member.file_size > MAX_MEMBER:
        raise _unsafe("zip-member-too-big", name, f"contient « {label} », qui dépasse 100 Mo")
    if member.file_size > max(_RATIO_FROM, MAX_RATIO * member.compress_size):
        raise _unsafe("zip-bomb", name, f"contient « {label} », compressé de façon anormale")


def _refuse_nested(member: zipfile.ZipInfo, head: bytes, name: str) -> None:
    office = head.startswith(b"PK\x03\x04") and any(part in head for part in _OFFICE)
    nested = head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!"))
    if (nested and not office) or member.filename.lower().endswith(_ARCHIVES):
        label = member.filename[:80]
        raise _unsafe("zip-nested", name, f"contient une autre archive (« {label} »)")


def _unsafe(reason: str, name: str, what: str) -> UnreadableDocument:
    return UnsafeDocument(f"L'archive {name} {what}.", reason=reason, remedy=_REMEDY)
