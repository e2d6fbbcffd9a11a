"""Factur-X, written: a PDF/A-3b that carries its invoice as ``factur-x.xml``.

The pages are our own French layout, or a PDF that a person brings, kept as it looks. Both go
through :func:`embed`: the XML as embedded file with its relationship, and the XMP that announces
it. Source: Factur-X 1.09 / ZUGFeRD 2.5, part "PDF/A-3 and XMP"; ISO 19005-3.

The same invoice gives the same bytes: the only date written is the invoice's.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, NameTree, Pdf, String

from facturier import formats
from facturier.errors import ConfigurationError, LossyConversion
from facturier.formats import pdfa, readable, xmp
from facturier.formats.facturx import INVOICE_NAMES
from facturier.formats.layout.printed import Look, compiled
from facturier.formats.pdf import broken
from facturier.invoice import profiles, terms
from facturier.invoice.model import Attachment, Invoice, ProcessControl

FILE_NAME = "factur-x.xml"
"""Name of the invoice inside the PDF."""

LEVELS = ("MINIMUM", "BASIC WL", "BASIC", "EN 16931", "EXTENDED", "XRECHNUNG")
"""The values of ``fx:ConformanceLevel``."""

_WITHOUT_LINES = frozenset({"MINIMUM", "BASIC WL"})  # the XML alone is not an invoice: "Data"

PROFILES = {
    "en16931": profiles.EN16931,
    "extended": profiles.EXTENDED_CTC_FR,
}
"""The profiles that the reform accepts with invoice lines, and what they say in BT-24."""

_LEVEL_OF = {
    profiles.FACTURX_MINIMUM: "MINIMUM",
    profiles.FACTURX_BASIC_WL: "BASIC WL",
    profiles.FACTURX_BASIC: "BASIC",
    profiles.FACTURX_EXTENDED: "EXTENDED",
    profiles.EN16931: "EN 16931",
    profiles.EXTENDED_CTC_FR: "EXTENDED",
}

_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
_BLANK_PAGE = b"""#set document(title: "sRGB")
#set text(lang: "fr")
"""


@functools.cache
def _srgb() -> bytes:
    """Return the sRGB profile that our own PDF/A states as its output intent."""
    with pikepdf.open(io.BytesIO(compiled({"main.typ": _BLANK_PAGE}))) as document:
        return bytes(document.Root.OutputIntents[0].DestOutputProfile.read_bytes())


def facturx(
    invoice: Invoice,
    *,
    profile: str | None = None,
    look: Look | None = None,
    source_pdf: bytes | None = None,
    lossy: bool = False,
) -> bytes:
    """Return `invoice` as Factur-X.

    The pages are drawn by us, or are those of `source_pdf`, unchanged to the eye. `profile` is a
    key of :data:`PROFILES`, by default the profile that the invoice claims in BT-24, else
    ``en16931``; BT-24 follows it. The files of BG-24 stay in the XML and are also shown among the
    PDF's attachments.

    Raises:
        ConfigurationError: unknown `profile`, or a `look` that cannot be used.
        UnreadableDocument: `source_pdf` is damaged, or cannot become PDF/A; `reason` says why.
        LossyConversion: the invoice holds terms that the profile or CII cannot carry, and `lossy`
            is False.

    """
    level, claimed = _claiming(invoice, profile, lossy=lossy)
    xml = _cii(claimed, lossy=lossy)
    files = [doc.attachment for doc in invoice.supporting_documents if doc.attachment]
    issued = invoice.issue_date
    moment = datetime.combine(issued, time(), UTC) if issued else _UNDATED
    if source_pdf is None:
        pages = readable.pdf(invoice, copy=False, look=look)
        return embed(pages, xml, profile_level=level, attachments=files, modified=moment)
    with pdfa.open_for_archive(source_pdf, intent=_srgb()) as document:
        _drop_invoices(document)
        return _embedded(document, xml, level, files, moment)


def embed(
    pdf: bytes,
    xml: bytes,
    *,
    profile_level: str,
    attachments: Sequence[Attachment] = (),
    modified: datetime | None = None,
) -> bytes:
    """Return `pdf`, a PDF/A already, with `xml` and `attachments` inside and announced.

    `profile_level` is one of :data:`LEVELS`. `modified` dates the attachments; by default the
    date that the PDF gives itself.

    Raises:
        ConfigurationError: unknown `profile_level`.

    """
    if profile_level not in LEVELS:
        raise ConfigurationError(
            f"« {profile_level} » n’est pas un niveau de Factur-X.",
            reason="profile",
            remedy="Niveaux : " + ", ".join(LEVELS) + ".",
        )
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return _embedded(document, xml, profile_level, attachments, modified)


_OF_CORE = re.compile(r"BT-\d+(-\d+)?")
"""Ids of EN 16931; those of extensions have a letter more."""


def _claiming(invoice: Invoice, profile: str | None, *, lossy: bool) -> tuple[str, Invoice]:
    """Return the conformance level and the invoice that claims it in BT-24."""
    if profile is not None and profile not in PROFILES:
        raise ConfigurationError(
            f"Le profil « {profile} » n’est pas de ceux que la réforme accepte en Factur-X.",
            reason="profile",
            remedy="Profils : " + ", ".join(PROFILES) + ".",
        )
    process = invoice.process or ProcessControl()
    level = _LEVEL_OF.get(process.specification or "")
    asked = _LEVEL_OF[PROFILES[profile]] if profile else level
    if level is None or level != asked:
        level = asked or "EN 16931"
        chosen = PROFILES[profile or "en16931"]
        process = dataclasses.replace(process, specification=chosen)
        invoice = dataclasses.replace(invoice, process=process)
    if level != "EXTENDED":
        invoice = _without_extension(invoice, lossy=lossy)
    return level, invoice


def _without_extension(invoice: Invoice, *, lossy: bool) -> Invoice:
    """Return `invoice` without the terms of extensions, which only EXTENDED may hold."""
    held = {h.term.id for h in terms.values(invoice) if not _OF_CORE.fullmatch(h.term.id)}
    if not held:
        return invoice
    if not lossy:
        raise LossyConversion(tuple(sorted(held)))
    paths = {terms.term_of(identifier).path for identifier in held}
    pruned: Invoice = _pruned(invoice, (), paths)
    return pruned


def _pruned(record: Any, path: tuple[str, ...], dropped: set[tuple[str, ...]]) -> Any:
    """Return `record` without the fields at the `dropped` paths; None when nothing is left."""
    changes: dict[str, Any] = {}
    kind: type = type(record)
    for name, place, is_group, _ in terms.fields_of(kind):
        here, value = (*path, name), getattr(record, name)
        if here in dropped:
            changes[name] = () if place.many else None
        elif is_group and place.many:
            kept = (_pruned(one, here, dropped) for one in value)
            changes[name] = tuple(one for one in kept if one is not None)
        elif is_group and value is not None:
            changes[name] = _pruned(value, here, dropped)
    rest = dataclasses.replace(record, **changes)
    return None if rest == kind() and rest != record else rest


def _cii(invoice: Invoice, *, lossy: bool) -> bytes:
    written = formats.write(invoice, "cii")
    if written.lost and not lossy:
        raise LossyConversion(written.lost)
    return written.xml


# --- embedded files ------------------------------------------------------------------------------


def _embedded(
    document: Pdf,
    xml: bytes,
    level: str,
    attachments: Iterable[Attachment],
    modified: datetime | None,
) -> bytes:
    moment = modified or xmp.own_date(document) or _UNDATED
    relationship = "/Data" if level in _WITHOUT_LINES else "/Alternative"
    try:
        _attach(document, Attachment(xml, "text/xml", FILE_NAME), relationship, moment)
        for attachment in attachments:
            _attach(document, attachment, "/Supplement", moment)
        xmp.announce(document, level=level, moment=moment)
    except (pikepdf.PdfError, TypeError, ValueError) as error:  # a PDF brought, its trees damaged
        raise broken() from error
    out = io.BytesIO()
    document.save(
        out,
        deterministic_id=True,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
        stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
        min_version="1.7",
    )
    return out.getvalue()


def _attach(document: Pdf, file: Attachment, relationship: str, moment: datetime) -> None:
    """Put one file into the name tree and among the associated files of the document."""
    tree = _tree(document)
    name = _free_name(file.filename or "piece-jointe", tree)
    content = document.make_stream(
        file.content,
        Type=Name.EmbeddedFile,
        Subtype=Name("/" + (file.mime_code or "application/octet-stream")),
        Params=Dictionary(
            ModDate=xmp.pdf_date(moment),
            Size=len(file.content),
            CheckSum=String(hashlib.md5(file.content, usedforsecurity=False).digest()),
        ),
    )
    is_invoice = name == FILE_NAME
    spec = document.make_indirect(
        Dictionary(
            Type=Name.Filespec,
            F=String(name),
            UF=String(name),
            Desc=String("Facture structurée Factur-X" if is_invoice else "Pièce jointe"),
            AFRelationship=Name(relationship),
            EF=Dictionary(F=content, UF=content),
        )
    )
    tree[name] = spec
    associated = document.Root.get("/AF", Array())
    associated.append(spec)
    document.Root["/AF"] = associated


def _tree(document: Pdf) -> NameTree:
    if "/Names" not in document.Root:
        document.Root["/Names"] = Dictionary()
    names = document.Root["/Names"]
    if "/EmbeddedFiles" not in names:
        names["/EmbeddedFiles"] = NameTree.new(document).obj
    return NameTree(names["/EmbeddedFiles"])


def _free_name(wanted: str, tree: NameTree) -> str:
    """Return `wanted`, or with a number before its ending when the name is taken."""
    stem, dot, ending = wanted.rpartition(".")
    name, number = wanted, 1
    while name in tree:
        number += 1
        name = f"{stem}-{number}{dot}{ending}" if dot else f"{wanted}-{number}"
    return name


def _drop_invoices(document: Pdf) -> None:
    """Remove the structured invoices that a brought PDF already carries: there can be only one."""
    tree = _tree(document)
    for key, spec in list(tree.items()):
        if _is_invoice(spec):
            del tree[key]
    kept = [spec for spec in document.Root.get("/AF", Array()) if not _is_invoice(spec)]
    document.Root["/AF"] = Array(kept)


def _is_invoice(spec: pikepdf.Object) -> bool:
    names = (str(spec.get(key, "")).lower() for key in ("/UF", "/F"))
    return any(name in INVOICE_NAMES for name in names)
