"""The one way XML enters: a hardened parse that refuses what is unsafe and says why.

What is refused before libxml2 sees a byte: files over :data:`MAX_BYTES`, encodings that are
unknown or that contradict themselves, NUL bytes, any DOCTYPE (hence every entity), and documents
whose tree would not fit in :data:`MAX_MEMORY`. After the parse: XInclude and nesting over
:data:`MAX_DEPTH`. Nothing is ever fetched: an ``xsi:schemaLocation`` is text, an
``xml-stylesheet`` instruction is dropped with all comments and instructions.

Encodings read: UTF-8 (with or without byte order mark), US-ASCII, ISO-8859-1, ISO-8859-15,
windows-1252 when declared, UTF-16 with its byte order mark. The flows towards the public portal
are UTF-8 only (external specifications v3.2); that is a matter for who sends them, not for who
reads an invoice.
"""

from __future__ import annotations

import codecs
import re
import threading
from collections.abc import Mapping
from typing import Any

from lxml import etree

from facturier.errors import MalformedDocument, UnreadableDocument, UnsafeDocument
from facturier.formats.strangers import reject_stranger

MAX_BYTES = 100 * 1024 * 1024
"""Largest file read: the limit of the public portal (100 MB a file)."""

MAX_DEPTH = 100
"""Deepest nesting read. The deepest official example has 12 levels, UBL's schema about 20."""

MAX_MEMORY = 230 * 1024 * 1024
"""Bytes that a file and its tree may take together.

A process with lxml and pikepdf loaded weighs 40 MB, and 300 MB is the promise. An invoice of
20,000 lines like those of the official examples is 36 MB (UBL) to 49 MB (CII), with a tree of
70 to 100 MB.
"""

MAX_TRANSCODED = 25 * 1024 * 1024
"""Largest file that is not UTF-8: it has to be held twice."""

_WEIGHED_FROM = 2 * 1024 * 1024  # a smaller file cannot make a tree of more than 45 times its size
_NODE = 128  # bytes of a libxml2 element or text node, allocator included
_ATTRIBUTE = 288  # an attribute and its value, with a namespace in case it declares one
_ATTRIBUTE_READ = 500  # the same while its tag is being read
_COMPACT = 15  # longest text that libxml2 keeps inside the node
_PIECE = 1 << 18
_BEGINNING = 64
_BLANK = b" \t\r\n" + codecs.BOM_UTF8

_XINCLUDE = "http://www.w3.org/2001/XInclude"
_XINCLUDE_NAMED = _XINCLUDE.encode()
_DECLARATION = re.compile(
    rb"""<\?xml\s[^>]*?\bencoding\s*=\s*(?:"([^"<>]{1,40})"|'([^'<>]{1,40})')"""
)
_CODECS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "iso-8859-1",
    "latin1": "iso-8859-1",
    "iso-8859-15": "iso-8859-15",
    "windows-1252": "cp1252",
    "utf-16": "utf-16",
    "utf-16le": "utf-16",
    "utf-16be": "utf-16",
}
_DEEP, _TOO_DEEP = (etree.XPath(f"boolean({'/*' * n})") for n in (25, MAX_DEPTH + 1))  # costs by n
_AN_XINCLUDE = etree.XPath("boolean(//x:*)", namespaces={"x": _XINCLUDE})

_UTF8_REMEDY = (
    "Enregistrez le fichier en UTF-8 et faites dire « UTF-8 » à sa première ligne, "
    "ou demandez à l'émetteur de le produire à nouveau."
)
_PLAIN_REMEDY = (
    "Demandez à l'émetteur un fichier sans DOCTYPE ni entités : aucune facture n'en a besoin."
)
_RESEND_REMEDY = "Demandez à l'émetteur de produire le fichier à nouveau et de vous le renvoyer."
_SPLIT_REMEDY = (
    "Demandez à l'émetteur de répartir le contenu sur plusieurs documents, "
    "ou d'alléger les pièces jointes."
)


def parse_xml(data: bytes) -> etree._Element:
    """Return the root element of `data`, read safely.

    Blank text between elements, comments and processing instructions are not kept.

    Raises:
        UnknownFormat: it is not XML at all.
        MalformedDocument: it is XML, broken or wrongly encoded.
        UnsafeDocument: it holds a dangerous construction or is too heavy.

    """
    return parse_held(data, held=0)


def parse_held(data: bytes, *, held: int) -> etree._Element:
    """Do what `parse_xml` does while the caller holds `held` bytes more (a PDF around it)."""
    check_size(data)
    text = _as_utf8(data)
    _refuse_doctype(text)
    _refuse_heavy(text, held=held + (0 if text is data else len(data)))
    root = _tree(text)
    _refuse_inclusions(root, text)
    return root


def check_size(data: bytes) -> None:
    """Refuse a file that is empty or over `MAX_BYTES`."""
    refuse_big(len(data))
    # Of a file that begins like one nothing is copied.
    if not (data[:_BEGINNING].strip(_BLANK) or data.strip(_BLANK)):
        raise MalformedDocument(
            "Ce fichier est vide.",
            reason="empty-file",
            remedy="Vérifiez que l'envoi est complet, puis déposez le fichier à nouveau.",
        )


def refuse_big(size: int) -> None:
    """Refuse a file of `size` bytes when it is over `MAX_BYTES`, so that nobody reads it."""
    if size > MAX_BYTES:
        raise UnsafeDocument(
            "Ce fichier dépasse 100 Mo, la limite d'un fichier.",
            reason="too-big",
            remedy=_SPLIT_REMEDY,
        )


# --- encodings -----------------------------------------------------------------------------------


def _as_utf8(data: bytes) -> bytes:
    """Return `data` in UTF-8; the same object when it already is."""
    marked = _marked_encoding(data)
    if marked == "utf-16":
        return _transcode(data, _agreed("utf-16", _declared(data[2:202].replace(b"\0", b""))))
    head = data[:1024].removeprefix(codecs.BOM_UTF8)
    if not head.lstrip().startswith(b"<"):
        reject_stranger(data)
    codec = _agreed(marked, _declared(head))
    if codec == "utf-8":
        _check_utf8(data)
        return data  # with its mark: libxml2 knows it, and a copy would weigh
    return _transcode(data, codec)


def _marked_encoding(data: bytes) -> str:
    """Return the encoding that the byte order mark gives, else an empty string."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, b"\0\0\0<", b"<\0\0\0")):
        raise _unsupported("UTF-32")
    if data.startswith(b"\x4c\x6f\xa7\x94"):  # "<?xm" as a mainframe writes it
        raise _unsupported("EBCDIC")
    if data.startswith((b"+/v8", b"+/v9", b"+/v+", b"+/v/")):
        raise _unsupported("UTF-7")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if data.startswith((b"<\0", b"\0<")):
        raise MalformedDocument(
            "Ce fichier est en UTF-16 mais n'a pas la marque d'ordre des octets exigée.",
            reason="utf16-without-mark",
            remedy=_UTF8_REMEDY,
        )
    return "utf-8" if data.startswith(codecs.BOM_UTF8) else ""


def _declared(head: bytes) -> str:
    """Return the encoding of the XML declaration in lower case, else an empty string."""
    found = _DECLARATION.match(head.lstrip())
    return (found[1] or found[2]).decode("ascii", "replace").strip().lower() if found else ""


def _agreed(marked: str, declared: str) -> str:
    """Return the codec on which the byte order mark and the declaration agree."""
    if declared and declared not in _CODECS:
        raise _unsupported(declared)
    said = _CODECS[declared] if declared else marked or "utf-8"
    if marked and said != marked:
        raise _contradiction(f"sa première ligne annonce {said}, ses premiers octets {marked}")
    if said == "utf-16" and not marked:
        raise _contradiction("sa première ligne annonce UTF-16, ses octets disent le contraire")
    return said


def _unsupported(encoding: str) -> UnreadableDocument:
    return MalformedDocument(
        f"Ce fichier est dans un codage de caractères qui n'est pas accepté ({encoding}).",
        reason="encoding-not-accepted",
        remedy=_UTF8_REMEDY,
    )


def _contradiction(why: str) -> UnreadableDocument:
    return MalformedDocument(
        f"Le codage de caractères de ce fichier se contredit : {why}.",
        reason="encoding-contradiction",
        remedy=_UTF8_REMEDY,
    )


def _check_utf8(data: bytes) -> None:
    """Refuse bytes that are not UTF-8, in pieces so that no second copy is made."""
    if b"\0" in data:
        raise _nul_bytes(data)
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(data), _PIECE):
        try:
            decoder.decode(data[start : start + _PIECE], final=start + _PIECE >= len(data))
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, start + error.start) + 1
            raise _contradiction(
                f"l'UTF-8 annoncé n'est pas respecté vers la ligne {line}"
            ) from None


def _nul_bytes(data: bytes) -> UnreadableDocument:
    line = data.count(b"\n", 0, data.index(0)) + 1
    return MalformedDocument(
        f"Ce fichier contient un octet nul (ligne {line}).",
        reason="nul-byte",
        remedy=_RESEND_REMEDY,
    )


def _transcode(data: bytes, codec: str) -> bytes:
    """Return `data` in UTF-8, its encoding declaration made void by the parser's own setting."""
    if len(data) > MAX_TRANSCODED:
        raise UnsafeDocument(
            f"Au-dessus de {MAX_TRANSCODED // (1024 * 1024)} Mo, un fichier doit être en UTF-8 "
            f"(celui-ci est en {codec}).",
            reason="too-big-for-encoding",
            remedy=_UTF8_REMEDY,
        )
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        raise _contradiction(f"ses octets ne sont pas du {codec}") from None
    encoded = text.lstrip("\ufeff").encode("utf-8", "surrogatepass")
    _check_utf8(encoded)
    return encoded


# --- what is refused before the parse ------------------------------------------------------------


def _refuse_doctype(text: bytes) -> None:
    """Refuse any document type declaration; it can stand only before the root element."""
    position = _end_of_prolog(text)
    if text[position : position + 9].upper() != b"<!DOCTYPE":
        return
    declaration = text[position : position + 65536]
    if re.match(rb"<!doctype\s+html\b", declaration, re.IGNORECASE):
        reject_stranger(text)
    raise _doctype(declaration)


def _end_of_prolog(text: bytes) -> int:
    """Return where the first thing stands that is no blank, comment or instruction."""
    position, end = len(codecs.BOM_UTF8) * text.startswith(codecs.BOM_UTF8), len(text)
    while position < end:
        if text[position : position + 1].isspace():
            position += 1
            continue
        if text.startswith(b"<?", position):
            found, width = text.find(b"?>", position), 2
        elif text.startswith(b"<!--", position):
            found, width = text.find(b"-->", position + 4), 3
        else:
            break
        if found < 0:
            break
        position = found + width
    return position


def _doctype(declaration: bytes) -> UnreadableDocument:
    """Return the refusal that says what the document type declaration is up to."""
    if re.search(rb"<!ENTITY\s+(?:%\s+)?\S+\s+(?:SYSTEM|PUBLIC)\b", declaration):
        reason, what = "external-entity", "fait appel à un contenu extérieur (entité externe)"
    elif b"<!ENTITY" in declaration:
        reason, what = "entity-declaration", "définit des entités"
    elif re.match(rb"<!DOCTYPE\s+[^\s\[>]+\s+(?:SYSTEM|PUBLIC)\b", declaration):
        reason, what = "external-dtd", "fait appel à une définition extérieure (DTD)"
    else:
        reason, what = "doctype", "contient une déclaration DOCTYPE"
    return UnsafeDocument(
        f"Ce fichier {what} ; par sécurité il n'a pas été ouvert.",
        reason=reason,
        remedy=_PLAIN_REMEDY,
    )


def _refuse_heavy(text: bytes, *, held: int) -> None:
    """Refuse a document whose tree would not fit, from counts that take no tree to make."""
    if len(text) < _WEIGHED_FROM:
        return
    room = MAX_MEMORY - held - len(text)
    flood = max(_NODE // 2 * text.count(b"<"), _ATTRIBUTE_READ * text.count(b"="))
    if flood > room or tree_weight(text, stop_at=room) > room:
        raise UnsafeDocument(
            "Ce document contient trop d'éléments pour être lu sans risque.",
            reason="too-many-nodes",
            remedy=_SPLIT_REMEDY,
        )


class _Enough(Exception):  # it is no error: it stops the count
    """The weight has passed the limit."""


class _Scale:
    """Adds up the weight of a tree from the events of its document (an lxml parser target)."""

    __slots__ = ("after_end", "limit", "mixed", "text", "weight")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.weight = 0
        self.text = False  # text stands since the last tag
        self.after_end = False  # the last tag was a closing one
        self.mixed = False  # text stands beside elements: libxml2 then keeps blanks too

    def start(self, _tag: str, attributes: Mapping[str, str]) -> None:
        self.weight += _NODE
        if attributes:
            self.weight += _ATTRIBUTE * len(attributes) + sum(map(len, attributes.values()))
        if self.text:
            self.mixed = True
            self.text = False
        self.after_end = False
        if self.weight > self.limit:
            raise _Enough

    def end(self, _tag: str) -> None:
        if self.text:
            self.mixed = self.mixed or self.after_end
            self.text = False
        self.after_end = True

    def data(self, text: str) -> None:
        if text.isspace():
            if self.after_end and not self.mixed:
                return  # between elements: dropped
        else:
            self.text = True
        self.weight += _NODE
        size = len(text)
        if size > _COMPACT:
            self.weight += 16 + (size if text.isascii() else len(text.encode()))
        if self.weight > self.limit:
            raise _Enough

    def close(self) -> int:
        return self.weight


def tree_weight(text: bytes, *, stop_at: int) -> int:
    """Return about the bytes that the tree of `text` takes; stop counting past `stop_at`.

    libxml2's own limits are on for this pass: 10 MB for an attribute, a comment or a CDATA
    section, 256 levels. Other errors are left for the parse to find and to name.
    """
    scale = _Scale(stop_at)
    try:
        etree.fromstring(text, _parser(target=scale))
    except _Enough:
        pass
    except etree.XMLSyntaxError as error:
        if _is_a_limit(error):
            raise _syntax_error(error) from None
    return scale.weight


# --- the parse and what is refused after it ------------------------------------------------------


def _parser(*, huge_tree: bool = False, target: Any = None) -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",  # the text is UTF-8 by now, whatever its first line says
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=huge_tree,
        remove_blank_text=True,
        remove_comments=True,
        remove_pis=True,
        target=target,
    )


_KEPT = threading.local()  # the parser of each thread: to make one is a good part of a parse


def _tree(text: bytes) -> etree._Element:
    # Huge: an attached PDF is one text of over 10 MB. Such a file takes a parser with it when done.
    is_light = len(text) < _WEIGHED_FROM
    parser = (is_light and getattr(_KEPT, "parser", None)) or _parser(huge_tree=True)
    if is_light:
        _KEPT.parser = parser
    try:
        return etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        raise _syntax_error(error) from None


_BROKEN: dict[int, tuple[str, str]] = {
    etree.ErrorTypes.ERR_DOCUMENT_END: ("two-roots", "il contient plusieurs documents à la suite"),
    etree.ErrorTypes.ERR_TAG_NOT_FINISHED: ("truncated", "il est tronqué"),
    etree.ErrorTypes.ERR_TAG_NAME_MISMATCH: ("malformed-xml", "une balise n'est pas fermée"),
    etree.ErrorTypes.ERR_DOCUMENT_EMPTY: ("malformed-xml", "il ne commence pas par un élément"),
    etree.ErrorTypes.ERR_UNDECLARED_ENTITY: (
        "undefined-entity",
        "il utilise une entité qui n'existe pas en XML",
    ),
    etree.ErrorTypes.WAR_UNDECLARED_ENTITY: (
        "undefined-entity",
        "il utilise une entité qui n'existe pas en XML",
    ),
    etree.ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE: (
        "undeclared-prefix",
        "il utilise un préfixe d'espace de noms qui n'est pas déclaré",
    ),
    etree.ErrorTypes.ERR_INVALID_CHAR: (
        "invalid-character",
        "il contient un caractère interdit en XML",
    ),
    etree.ErrorTypes.ERR_ATTRIBUTE_REDEFINED: (
        "duplicate-attribute",
        "un attribut y est donné deux fois",
    ),
}
_AT_THE_END = frozenset(
    {
        etree.ErrorTypes.ERR_GT_REQUIRED,
        etree.ErrorTypes.ERR_LTSLASH_REQUIRED,
        etree.ErrorTypes.ERR_COMMENT_NOT_FINISHED,
        etree.ErrorTypes.ERR_CDATA_NOT_FINISHED,
        etree.ErrorTypes.ERR_PI_NOT_FINISHED,
        etree.ErrorTypes.ERR_ATTRIBUTE_NOT_FINISHED,
    }
)


def _syntax_error(error: etree.XMLSyntaxError) -> UnreadableDocument:
    """Return our refusal for libxml2's first fatal error."""
    if "depth" in str(error.msg):
        return _too_deep()
    if _is_a_limit(error):
        return UnsafeDocument(
            "Ce document contient un attribut, un commentaire ou un CDATA de plus de 10 Mo.",
            reason="too-long-markup",
            remedy=_RESEND_REMEDY,
        )
    reason, what = _BROKEN.get(_code(error), ("malformed-xml", "sa syntaxe XML est incorrecte"))
    if _code(error) in _AT_THE_END:
        reason, what = "truncated", "il est tronqué"
    line = error.lineno or 1
    return MalformedDocument(
        f"Ce fichier XML est abîmé : {what} (ligne {line}).",
        reason=reason,
        remedy=_RESEND_REMEDY,
    )


def _code(error: etree.XMLSyntaxError) -> int:
    """Return libxml2's number for the error (the stubs of lxml do not know the attribute)."""
    return int(getattr(error, "code", 0))


def _is_a_limit(error: etree.XMLSyntaxError) -> bool:
    """libxml2 has one code for its limits and, in older places, only the words."""
    return _code(error) == etree.ErrorTypes.ERR_RESOURCE_LIMIT or "too big" in str(error.msg)


def _too_deep() -> UnreadableDocument:
    return UnsafeDocument(
        f"Ce document emboîte ses éléments sur plus de {MAX_DEPTH} niveaux.",
        reason="too-deep",
        remedy=_RESEND_REMEDY,
    )


def _refuse_inclusions(root: etree._Element, text: bytes) -> None:
    """Refuse XInclude, then nesting too deep for those who will walk the tree."""
    if _XINCLUDE_NAMED in text and _AN_XINCLUDE(root):
        raise UnsafeDocument(
            "Ce fichier demande d'inclure un autre fichier (XInclude).",
            reason="xinclude",
            remedy=_PLAIN_REMEDY,
        )
    if _DEEP(root) and _TOO_DEEP(root):
        raise _too_deep()
