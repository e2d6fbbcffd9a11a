"""What a PDF carries inside: its embedded files, read within bounds.

qpdf (through pikepdf) reads the structure; the embedded files are decompressed here, piece by
piece, so that a bomb is stopped at the limit and not after it. qpdf itself is held by its own
limits while it works, by :func:`refuse_outright` before it starts, and for files that could make
it build a large structure, by a process of its own (:mod:`facturier.formats.cage`).

Encrypted files are refused even when an empty password opens them: PDF/A (ISO 19005-3, 6.1.3)
forbids encryption, and an invoice must stay readable for ten years.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pikepdf
from pikepdf import settings

from facturier.errors import MalformedDocument, UnreadableDocument, UnsafeDocument

MAX_EMBEDDED = 64 * 1024 * 1024
"""Largest embedded file once decompressed: 25,000 invoice lines, and then some."""
MAX_EMBEDDED_TOTAL = 100 * 1024 * 1024
"""Largest sum of the embedded files of one PDF."""
MAX_EMBEDDED_COUNT = 200
MAX_PAGES = 10_000
MAX_OBJECTS = 250_000
MAX_FILTERS = 2
_MAX_TREE_NODES = 2_000
_MAX_RECOVERED = 4 * 1024 * 1024  # qpdf's repair of a larger file can take many seconds
_MAX_STRUCTURE = 1024 * 1024  # one object or cross-reference stream, decompressed

_PDFA_REMEDY = (
    "Demandez à l'émetteur un Factur-X conforme (PDF/A-3), ou la facture en XML (UBL ou CII)."
)
_RESEND_REMEDY = "Demandez à l'émetteur de produire le fichier à nouveau et de vous le renvoyer."
_BOMB_REMEDY = "N'ouvrez pas ce fichier ; prévenez l'émetteur, son système est peut-être infecté."


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """One embedded file, not yet decompressed when `content` has not been called."""

    name: str
    mime: str
    content: Callable[[int], bytes]
    """Called with a limit in bytes, returns the decompressed file or raises `UnsafeDocument`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A PDF while it is open."""

    files: tuple[Embedded, ...]
    repaired: bool
    """Whether qpdf had to rebuild the table of its objects: the file is cut off or damaged."""


# --- before qpdf ---------------------------------------------------------------------------------

_UNUSUAL = re.compile(rb"ASCII85|/A85|ASCIIHex|/AHx|LZW|RunLength|/RL[\s/\]>]|/Crypt")
_ESCAPED = re.compile(rb"/[A-Za-z0-9]*#[0-9A-Fa-f]{2}[A-Za-z0-9#]*")
_CODE = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"stream\r?\n")
_LOOKS_STRUCTURAL = b" \t\r\n\0%<[/-+.0123456789"
_SMALL = 1536 * 1024
_LZW = re.compile(rb"/LZW(?:Decode)?[\s/\]>]")


def refuse_outright(data: bytes) -> None:
    """Refuse what needs no reading: too many objects, a filter that PDF/A forbids."""
    entries = data.count(b" 00000 n")
    if max(data.count(b" obj"), entries) > MAX_OBJECTS:
        raise too_many_objects()
    if _spelled(_LZW, data):
        raise UnsafeDocument(
            "Ce PDF utilise la compression LZW, interdite en PDF/A et sans limite de taille.",
            reason="pdf-forbidden-filter",
            remedy=_PDFA_REMEDY,
        )


def is_tame(data: bytes) -> bool:
    """Tell whether qpdf can read `data` in this process without growing much.

    True for a file under 1.5 MB whose streams that could hold structure (they start like an
    object or cross-reference stream) stay under 1 MB together: qpdf needs at most about 75 bytes
    of memory for each byte of structure.
    """
    if len(data) > _SMALL or _spelled(_UNUSUAL, data):
        return False
    structure = 0
    for found in _STREAM.finditer(data):
        inflater = zlib.decompressobj()
        try:
            head = inflater.decompress(data[found.end() : found.end() + 256], 64)
            if head[:1] and head[0] not in _LOOKS_STRUCTURAL:
                continue
            rest = inflater.unconsumed_tail + data[found.end() + 256 :]
            structure += len(head) + len(inflater.decompress(rest, _MAX_STRUCTURE + 1))
        except zlib.error:
            continue
        if structure > _MAX_STRUCTURE:
            return False
    return True


def _spelled(pattern: re.Pattern[bytes], data: bytes) -> bool:
    """Tell whether `pattern` occurs in `data`, or in its names written with ``#xx`` escapes."""
    if pattern.search(data):
        return True
    names = (
        _CODE.sub(lambda code: bytes.fromhex(code[1].decode()), name[0]) + b" "
        for name in _ESCAPED.finditer(data)
    )
    return any(pattern.search(name) for name in names)


# --- opening -------------------------------------------------------------------------------------

_ONE_AT_A_TIME = threading.RLock()
_REPAIRED = "Attempting to reconstruct cross-reference table"
"""What qpdf says when the end of a file, or its table, is missing or wrong."""


@contextmanager
def qpdf_limits() -> Iterator[None]:
    """Hold qpdf's limits, which belong to the whole process, low while a stranger's file is open.

    Whoever writes PDF in the same process takes the same lock by entering here or accepts that
    qpdf refuses to decompress streams of more than 1 MB meanwhile.
    """
    with _ONE_AT_A_TIME:
        before = settings.set_qpdf_limits(
            doc_max_warnings=200,
            parser_max_nesting=100,
            parser_max_container_size=200_000,
            max_stream_filters=MAX_FILTERS,
            flate_max_memory=_MAX_STRUCTURE,
            png_max_memory=_MAX_STRUCTURE,
            tiff_max_memory=_MAX_STRUCTURE,
            run_length_max_memory=_MAX_STRUCTURE,
        )
        try:
            yield
        finally:
            settings.set_qpdf_limits(**before)  # type: ignore[arg-type]  # as its own docs advise


@contextmanager
def embedded_files(data: bytes) -> Iterator[Opened]:
    """Open `data` and give its embedded files, from ``/AF`` and from ``/Names/EmbeddedFiles``.

    Raises:
        MalformedDocument: not a PDF that can be read.
        UnsafeDocument: encrypted, too large inside, or pointing outside.

    """
    try:
        with qpdf_limits(), _open(data) as document:
            repaired = any(_REPAIRED in str(one) for one in document.get_warnings())
            _check_document(document)
            files = tuple(_embedded(spec) for spec in _file_specs(document))
            yield Opened(files=files, repaired=repaired)
    except UnreadableDocument:
        raise
    except MemoryError:
        raise too_heavy() from None
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, RuntimeError, ArithmeticError):
        raise broken() from None


def _open(data: bytes) -> pikepdf.Pdf:
    try:
        document = pikepdf.open(
            io.BytesIO(data),
            suppress_warnings=True,
            attempt_recovery=len(data) <= _MAX_RECOVERED,
        )
    except pikepdf.PasswordError:
        raise _encrypted() from None
    if document.is_encrypted:
        document.close()
        raise _encrypted()
    return document


def _check_document(document: pikepdf.Pdf) -> None:
    size = document.trailer.get("/Size", 0)
    if isinstance(size, int) and size > MAX_OBJECTS:
        raise too_many_objects()
    pages = _dictionary(document.Root.get("/Pages")).get("/Count", 0)
    if isinstance(pages, int) and pages > MAX_PAGES:
        raise UnsafeDocument(
            f"Ce PDF annonce {pages} pages ; la limite est de {MAX_PAGES}.",
            reason="pdf-too-many-pages",
            remedy=_PDFA_REMEDY,
        )


# --- finding the embedded files ------------------------------------------------------------------


def _file_specs(document: pikepdf.Pdf) -> list[pikepdf.Object]:
    """Return each file specification once, in the order found."""
    found: dict[object, pikepdf.Object] = {}
    associated = document.Root.get("/AF")
    specs = _items(associated) if isinstance(associated, pikepdf.Array) else [associated]
    names = _dictionary(document.Root.get("/Names")).get("/EmbeddedFiles")
    if names is not None:
        specs += _leaves(names)
    for spec in map(_dictionary, specs):
        stream = _stream_of(spec)
        if stream is not None:
            found.setdefault(stream.objgen if stream.is_indirect else id(stream), spec)
    if len(found) > MAX_EMBEDDED_COUNT:
        raise UnsafeDocument(
            f"Ce PDF contient plus de {MAX_EMBEDDED_COUNT} pièces jointes.",
            reason="pdf-too-many-attachments",
            remedy=_PDFA_REMEDY,
        )
    return list(found.values())


def _leaves(tree: pikepdf.Object) -> list[pikepdf.Object]:
    """Return the values of a name tree, however nested, without following a loop."""
    leaves: list[pikepdf.Object] = []
    waiting = [tree]
    seen: set[tuple[int, int]] = set()
    visited = 0
    while waiting:
        node = _dictionary(waiting.pop())
        visited += 1
        looping = node.is_indirect and node.objgen in seen
        if looping or visited + len(waiting) > _MAX_TREE_NODES:
            raise UnsafeDocument(
                "La liste des pièces jointes de ce PDF tourne en rond ou n'en finit pas.",
                reason="pdf-name-tree",
                remedy=_RESEND_REMEDY,
            )
        seen.add(node.objgen)
        names = node.get("/Names")
        if isinstance(names, pikepdf.Array):
            leaves += _items(names)[1::2]
        kids = node.get("/Kids")
        if isinstance(kids, pikepdf.Array):
            waiting += reversed(_items(kids))
    return leaves


def _items(array: pikepdf.Array) -> list[pikepdf.Object]:
    """Return the items of an array that is not longer than any honest one here."""
    if len(array) > _MAX_TREE_NODES:
        raise UnsafeDocument(
            "La liste des pièces jointes de ce PDF est démesurée.",
            reason="pdf-too-many-attachments",
            remedy=_PDFA_REMEDY,
        )
    return list(array)


def _dictionary(value: object) -> pikepdf.Dictionary:
    return value if isinstance(value, pikepdf.Dictionary) else pikepdf.Dictionary()


def _stream_of(record: pikepdf.Object) -> pikepdf.Stream | None:
    """Return the stream of a file specification; None when it embeds nothing."""
    embedded = _dictionary(record.get("/EF"))
    for key in ("/UF", "/F"):
        stream = embedded.get(key)
        if isinstance(stream, pikepdf.Stream):
            return stream
    if record.get("/EF") is not None or record.get("/FS") == pikepdf.Name("/URL"):
        raise MalformedDocument(
            "Une pièce jointe de ce PDF est annoncée mais ne s'y trouve pas.",
            reason="pdf-attachment-missing",
            remedy=_RESEND_REMEDY,
        )
    return None


def _embedded(spec: pikepdf.Object) -> Embedded:
    stream = _stream_of(spec)
    assert stream is not None
    names = [str(spec[key]) for key in ("/UF", "/F") if isinstance(spec.get(key), pikepdf.String)]
    subtype = stream.get("/Subtype")
    return Embedded(
        name=names[0] if names else "",
        mime=str(subtype)[1:] if isinstance(subtype, pikepdf.Name) else "",
        content=lambda limit: _content(stream, limit),
    )


# --- decompressing -------------------------------------------------------------------------------


def _content(stream: pikepdf.Stream, limit: int) -> bytes:
    """Return the decompressed bytes of `stream`, at most `limit` of them at any stage."""
    if stream.get("/F") is not None or stream.get("/FFilter") is not None:
        raise UnsafeDocument(
            "Une pièce jointe de ce PDF se trouve hors du fichier.",
            reason="pdf-external-file",
            remedy=_RESEND_REMEDY,
        )
    filters = _filters(stream)
    data = stream.read_raw_bytes()
    for name in filters:
        data = _unfiltered(name, data, limit)
    if len(data) > limit:
        raise _too_big(limit)
    return data


def _filters(stream: pikepdf.Stream) -> list[str]:
    given = stream.get("/Filter")
    if given is None:
        return []
    names = [str(name) for name in given] if isinstance(given, pikepdf.Array) else [str(given)]
    if len(names) > MAX_FILTERS:
        raise UnsafeDocument(
            f"Une pièce jointe de ce PDF est compressée {len(names)} fois de suite.",
            reason="pdf-filter-chain",
            remedy=_BOMB_REMEDY,
        )
    parameters = stream.get("/DecodeParms")
    records = parameters if isinstance(parameters, pikepdf.Array) else [parameters]
    if any(_dictionary(record).get("/Predictor", 1) != 1 for record in records):
        raise _unknown_filter("Predictor")
    return names


def _unfiltered(name: str, data: bytes, limit: int) -> bytes:
    """Return `data` with the PDF filter `name` undone."""
    if name in {"/FlateDecode", "/Fl"}:
        return _inflated(data, limit)
    try:
        if name in {"/ASCIIHexDecode", "/AHx"}:
            digits = re.sub(rb"\s", b"", data.partition(b">")[0])
            return binascii.unhexlify(digits + b"0" * (len(digits) % 2))
        if name in {"/ASCII85Decode", "/A85"}:
            return base64.a85decode(data.partition(b"~>")[0].removeprefix(b"<~"))
    except ValueError:
        raise _unreadable_attachment() from None
    raise _unknown_filter(name.removeprefix("/"))


def _inflated(data: bytes, limit: int) -> bytes:
    inflater = zlib.decompressobj()
    try:
        result = inflater.decompress(data, limit + 1)
    except zlib.error:
        raise _unreadable_attachment() from None
    if len(result) > limit:
        raise _too_big(limit)
    if not inflater.eof:
        raise _unreadable_attachment()
    return result


# --- refusals ------------------------------------------------------------------------------------


def broken() -> UnreadableDocument:
    """Return the refusal of a PDF that qpdf cannot read."""
    return MalformedDocument(
        "Ce PDF est abîmé et ne peut pas être lu.", reason="pdf-broken", remedy=_RESEND_REMEDY
    )


def too_heavy() -> UnreadableDocument:
    """Return the refusal of a PDF whose structure takes too much memory or time to read."""
    return UnsafeDocument(
        "La structure de ce PDF est anormalement lourde ; par sécurité il n'a pas été lu.",
        reason="pdf-too-heavy",
        remedy=_PDFA_REMEDY,
    )


def too_many_objects() -> UnreadableDocument:
    """Return the refusal of a PDF with more than `MAX_OBJECTS` objects."""
    return UnsafeDocument(
        f"Ce PDF contient plus de {MAX_OBJECTS} objets.",
        reason="pdf-too-many-objects",
        remedy=_PDFA_REMEDY,
    )


def _encrypted() -> UnreadableDocument:
    return UnsafeDocument(
        "Ce PDF est chiffré ou protégé par un mot de passe.",
        reason="pdf-encrypted",
        remedy="Enregistrez-le sans protection, ou demandez un Factur-X sans mot de passe.",
    )


def _too_big(limit: int) -> UnreadableDocument:
    return UnsafeDocument(
        f"Une pièce jointe de ce PDF dépasse {limit // (1024 * 1024)} Mo une fois décompressée.",
        reason="pdf-attachment-too-big",
        remedy=_BOMB_REMEDY,
    )


def _unreadable_attachment() -> UnreadableDocument:
    return MalformedDocument(
        "Une pièce jointe de ce PDF est abîmée et ne se décompresse pas.",
        reason="pdf-attachment-broken",
        remedy=_RESEND_REMEDY,
    )


def _unknown_filter(name: str) -> UnreadableDocument:
    return UnsafeDocument(
        f"Une pièce jointe de ce PDF est codée d'une façon qui n'est pas acceptée ({name}).",
        reason="pdf-unknown-filter",
        remedy=_PDFA_REMEDY,
    )
