"""Advice about the file as a whole: its PDF, and the day whose rules were asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING

from facturier.findings import Finding, Layer
from facturier.rules.advice.words import word

if TYPE_CHECKING:
    from facturier.formats.detect import Detected
    from facturier.invoice.model import Invoice
    from facturier.rules.book import Rulebook


def prepare(detected: Detected) -> None:
    """Let the reader of pages start while the rules are asked, when there are pages to read."""
    if detected.pdf:
        from facturier.formats import pages  # noqa: PLC0415  # only for a PDF

        pages.prepare()


def of_the_pdf(detected: Detected, invoice: Invoice | None) -> Iterator[Finding]:
    """Yield what is to be said of the PDF around an invoice: damaged, or other than its XML."""
    if detected.repaired:
        yield _finding("PDF-REPARE", "Ce PDF est tronqué ou abîmé : il a été lu après réparation.")
    if detected.pdf and invoice is not None:
        from facturier.rules.advice import hybrid  # noqa: PLC0415  # only for a PDF

        yield from hybrid.control(detected.pdf, invoice)


def of_the_day(day: date, books: Iterable[tuple[Rulebook, ...]]) -> Iterator[Finding]:
    """Yield a finding when no version that we have of some of these books was in force on a day."""
    missing = [
        versions[0]
        for versions in books
        if versions and not any(book.is_in_force(day) for book in versions)
    ]
    if missing:
        named = ", ".join(f"{book.id} (depuis le {book.valid_from:%d/%m/%Y})" for book in missing)
        yield _finding(
            "NO-RULES-THEN",
            f"Au {day:%d/%m/%Y}, Facturier n'a pas de version en vigueur de : {named}. Le verdict "
            "ne dit rien de ces règles.",
        )


def _finding(rule: str, message: str) -> Finding:
    said = word(rule)
    return Finding(
        rule=rule, layer=Layer.ADVICE, severity=said.severity, message=message, remedy=said.remedy
    )
