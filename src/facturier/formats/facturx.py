"""Factur-X: the invoice inside a PDF.

Reading: the XML is found by its name, among all the embedded files of the document, whatever the
case of the letters. The names in use since 2014 are accepted; ``order-x.xml`` is an order, not an
invoice. One invoice a file: with two, nobody can say which one is due.
"""

from __future__ import annotations

from dataclasses import dataclass

from facturier.errors import UnknownFormat, UnsafeDocument
from facturier.formats import pdf

INVOICE_NAMES = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml")
"""Names of the invoice inside a PDF, in lower case: Factur-X and ZUGFeRD 2.1 onwards, ZUGFeRD 1
and 2.0, the German XRECHNUNG profile."""
_ORDER_NAME = "order-x.xml"

Attachment = tuple[str, str, bytes]
"""Name, MIME type ("" when the PDF does not say) and bytes of an embedded file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What was taken out of a PDF."""

    files: tuple[Attachment, ...]
    repaired: bool = False
    """Whether the file is damaged, and had to be repaired to be read."""


def opened(data: bytes) -> Contents:
    """Return the invoice that the PDF `data` carries, as its only file. Raises as `extract`."""
    return _read(data, only_invoice=True)


def extract(data: bytes) -> tuple[str, bytes]:
    """Return the name and the bytes of the invoice that the PDF `data` carries.

    Raises:
        UnknownFormat: the PDF carries no invoice.
        MalformedDocument: the PDF or the attachment is broken.
        UnsafeDocument: two invoices, encryption, a bomb (see :mod:`facturier.formats.pdf`).

    """
    ((name, _, content),) = opened(data).files
    return name, content


def attachments(data: bytes) -> tuple[Attachment, ...]:
    """Return every file embedded in the PDF `data`, the invoice included.

    Raises what `extract` raises, but for the absence or number of invoices.
    """
    return _read(data, only_invoice=False).files


def _read(data: bytes, *, only_invoice: bool) -> Contents:
    pdf.refuse_outright(data)
    if pdf.is_tame(data):
        return read_here(data, only_invoice=only_invoice)
    from facturier.formats import cage  # noqa: PLC0415  # it imports this module to run in it

    return cage.read(data, only_invoice=only_invoice)


def read_here(data: bytes, *, only_invoice: bool) -> Contents:
    """Read in this process; `extract` and `attachments` decide whether that is wise."""
    with pdf.embedded_files(data) as held:
        chosen = (_the_invoice(held.files),) if only_invoice else held.files
        room = pdf.MAX_EMBEDDED_TOTAL
        result: list[Attachment] = []
        for file in chosen:
            content = file.content(min(room, pdf.MAX_EMBEDDED))
            room -= len(content)
            result.append((file.name, file.mime, content))
        return Contents(files=tuple(result), repaired=held.repaired)


def _the_invoice(files: tuple[pdf.Embedded, ...]) -> pdf.Embedded:
    """Return the one file whose name is that of an invoice."""
    invoices = [file for file in files if _short(file.name) in INVOICE_NAMES]
    if len(invoices) == 1:
        return invoices[0]
    if invoices:
        names = ", ".join(file.name for file in invoices)
        raise UnsafeDocument(
            f"Ce PDF contient {len(invoices)} factures électroniques ({names}).",
            reason="pdf-several-invoices",
            remedy="Demandez à l'émetteur un PDF par facture, avec un seul fichier factur-x.xml.",
        )
    if any(_short(file.name) == _ORDER_NAME for file in files):
        raise UnknownFormat(
            "Ce PDF contient une commande (Order-X), pas une facture.",
            reason="pdf-order",
            remedy="Demandez la facture à l'émetteur.",
        )
    raise UnknownFormat(
        "Ce PDF ne contient pas de facture électronique : c'est un PDF simple.",
        reason="pdf-without-invoice",
        remedy="Demandez à l'émetteur un Factur-X, ou la facture en XML (UBL ou CII).",
    )


def _short(name: str) -> str:
    """Return the file name without folders, in lower case."""
    return name.replace("\\", "/").rpartition("/")[2].strip().lower()
