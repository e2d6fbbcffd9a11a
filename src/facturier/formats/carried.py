"""Files that a PDF carries beside its invoice, taken along when the invoice is written otherwise.

A delivery note in a Factur-X is an embedded file of the PDF, often unknown to the XML. Written as
UBL or CII, or in a new PDF, it would be lost: it becomes a supporting document (BG-24) of the
invoice, where the profile has that group and the standard admits the kind of file (BR-CL-24). What
cannot be taken along is named.
"""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass, replace

from facturier.formats import Reading
from facturier.invoice import codes, profiles
from facturier.invoice.model import Attachment, Invoice, SupportingDocument

_NARROW = (
    profiles.FACTURX_MINIMUM,
    profiles.FACTURX_BASIC_WL,
    profiles.FACTURX_BASIC.rpartition("#")[2],  # some write it alone
)
"""Ends of the profiles (BT-24) of Factur-X that have no supporting documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """An invoice with the files that came with it."""

    invoice: Invoice
    dropped: tuple[str, ...] = ()
    """Names of the files that have no place in it."""


def with_files(reading: Reading) -> Carried:
    """Return the invoice of a file with what its PDF carries beside it.

    Files that the XML holds already (BT-125) are not taken twice. Raises what
    :func:`facturier.formats.facturx.attachments` raises.
    """
    detected, invoice = reading.detected, reading.invoice
    if not detected.pdf:
        return Carried(invoice=invoice)
    from facturier.formats import facturx  # noqa: PLC0415  # pikepdf is slow to load

    has_place = not detected.profile.endswith(_NARROW)
    held = {one.attachment.content for one in invoice.supporting_documents if one.attachment}
    dropped = []
    for name, mime, content in facturx.attachments(detected.pdf):
        if name == detected.attachment_name or content in held:
            continue
        kind = mime if mime in codes.MIME else mimetypes.guess_type(name)[0] or ""
        if not has_place or kind not in codes.MIME:
            dropped.append(name or "sans nom")
            continue
        invoice = _with(invoice, Attachment(content, kind, name))
        held.add(content)
    return Carried(invoice=invoice, dropped=tuple(dropped))


def _with(invoice: Invoice, file: Attachment) -> Invoice:
    """Return the invoice with one file more: in the document that names it, else in a new one."""
    documents, name = list(invoice.supporting_documents), file.filename or ""
    for number, one in enumerate(documents):
        texts = (one.reference or "", one.location or "", one.description or "")
        if one.attachment is None and name and any(name in text for text in texts):
            documents[number] = replace(one, attachment=file)
            return replace(invoice, supporting_documents=tuple(documents))
    added = SupportingDocument(reference=file.filename, attachment=file)
    return replace(invoice, supporting_documents=(*documents, added))
