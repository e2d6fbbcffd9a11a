"""The engine in seven words, for programs: these names are stable from one version to the next.

    import facturier

    verdict = facturier.check("facture.xml")
    invoice = facturier.read("facture.pdf").invoice
    cii = facturier.write(invoice, "cii")

A document is given by its bytes or by the path of its file. Everything here works without a web
framework, a database or a network. What is not named here may change.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from facturier.errors import LossyConversion, UnreadableDocument
from facturier.findings import Finding, Layer, Outcome, Severity, Verdict
from facturier.formats import INVOICES, Reading
from facturier.invoice.compute import compute
from facturier.invoice.model import Invoice

if TYPE_CHECKING:
    from facturier.language import Language

__all__ = ["check", "compute", "convert", "explain", "read", "render", "write"]

Source = bytes | str | os.PathLike[str]
"""A document: its bytes, or the path of its file."""
Format = Literal["ubl", "cii", "facturx"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """A document in another format, and what that format could not carry."""

    content: bytes
    lost: tuple[str, ...]
    """Ids of the terms left behind (``BT-…``), and paths of what has no term."""


def read(source: Source) -> Reading:
    """Read an invoice in UBL, CII or Factur-X: its terms, and what was not understood.

    Raises:
        UnreadableDocument: it cannot be understood at all, or must not be opened.
        OSError: the file cannot be read.

    """
    from facturier import formats  # noqa: PLC0415  # the name of this very function

    return formats.read(_bytes(source))


def check(
    source: Source | Reading | Invoice, *, on: date | None = None, language: Language = "fr"
) -> Verdict:
    """Check a document against the rulebooks in force on a day (today when it is not said).

    An invoice, a life-cycle message, an e-report; or an invoice that is not written yet. What it
    holds never raises: a file that nobody can read is a verdict too (``Outcome.UNREADABLE``).
    Findings are told in French, or in English. Raises OSError when the file cannot be read.
    """
    verdict = _checked(source, on)
    if language == "fr":
        return verdict
    from facturier.language import verdict_in  # noqa: PLC0415  # French needs none of it

    return verdict_in(verdict, language)


def _checked(source: Source | Reading | Invoice, on: date | None) -> Verdict:
    from facturier import formats  # noqa: PLC0415
    from facturier.rules.check import check as examine  # noqa: PLC0415
    from facturier.rules.check import check_invoice  # noqa: PLC0415

    if isinstance(source, Invoice):
        return check_invoice(source, on=on)
    if isinstance(source, Reading):
        return examine(source, on=on)
    data = _bytes(source)
    try:
        detected = formats.detect(data)
        document = formats.read(detected) if detected.syntax in INVOICES else detected
    except UnreadableDocument as error:
        return unreadable(error)
    return examine(document, on=on)


def unreadable(error: UnreadableDocument) -> Verdict:
    """Return the verdict on a file that could not be read."""
    finding = Finding(
        rule=error.reason or error.code,
        layer=Layer.XSD,
        severity=Severity.FATAL,
        message=error.message,
        remedy=error.remedy,
    )
    return Verdict(outcome=Outcome.UNREADABLE, findings=(finding,), books=())


def write(invoice: Invoice, to: Format, *, lossy: bool = False) -> bytes:
    """Write an invoice as UBL, CII or Factur-X (a PDF/A-3 in the French layout).

    Raises:
        LossyConversion: the format cannot carry one of its terms, unless `lossy`.

    """
    return _written(invoice, to, (), lossy=lossy).content


def convert(source: Source, to: Format, *, lossy: bool = False) -> Converted:
    """Write the invoice of a document in another format; its attachments go with it.

    Files that a PDF carries beside its invoice become supporting documents (BG-24) of it.

    Raises:
        LossyConversion: something would be left behind, unless `lossy`; `terms` names it.
        UnreadableDocument: `source` cannot be understood.
        OSError: the file cannot be read.

    """
    from facturier.formats.carried import with_files  # noqa: PLC0415

    carried = with_files(read(source))
    invoice = carried.invoice
    odd = (*(one.path for one in invoice.unmapped), *(one.term for one in invoice.malformed))
    return _written(invoice, to, (*odd, *carried.dropped), lossy=lossy)


def _written(invoice: Invoice, to: Format, odd: tuple[str, ...], *, lossy: bool) -> Converted:
    from facturier import formats  # noqa: PLC0415

    written = formats.write(invoice, "ubl" if to == "ubl" else "cii")
    lost = (*written.lost, *odd)
    if lost and not lossy:
        raise LossyConversion(
            lost,
            "Une partie de la facture ne serait pas reprise : " + ", ".join(lost) + ".",
            remedy="Acceptez cette perte (lossy), ou choisissez un autre format.",
        )
    if to != "facturx":
        return Converted(content=written.xml, lost=lost)
    from facturier.formats.facturx_write import facturx  # noqa: PLC0415  # a typesetter: heavy

    return Converted(content=facturx(invoice), lost=lost)


def render(source: Source | Invoice, to: Literal["pdf", "html"] = "pdf") -> bytes:
    """Return the readable copy of an invoice, marked as such: a PDF/A, or one HTML page (UTF-8).

    The page also tells the verdict when it is made from a document.

    Raises:
        UnreadableDocument: `source` cannot be understood.
        OSError: the file cannot be read.

    """
    from facturier.formats import readable  # noqa: PLC0415

    if isinstance(source, Invoice):
        invoice, verdict = source, None
    else:
        reading = read(source)
        invoice, verdict = reading.invoice, check(reading) if to == "html" else None
    if to == "pdf":
        return readable.pdf(invoice)
    return readable.html(invoice, verdict=verdict).encode()


def explain(id: str, *, language: Language = "fr") -> str:  # noqa: A002
    """Say what the id of a rule, a term, a status or a reason means, and what to do.

    Raises BadUsage for an id that nobody gave, with those that look like it.
    """
    from facturier.rules.explain import explain as told  # noqa: PLC0415

    text = str(told(id))
    if language == "fr":
        return text
    from facturier.language import text_in  # noqa: PLC0415  # French needs none of it

    return text_in(text, language)


def _bytes(source: Source) -> bytes:
    return source if isinstance(source, bytes) else Path(source).read_bytes()
