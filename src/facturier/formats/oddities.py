"""What a reader could not place or understand in a file, told as findings."""

from __future__ import annotations

from typing import Protocol

from facturier.findings import Finding, Layer, Severity, in_one_line
from facturier.invoice.model import Attachment, Malformed, Unmapped
from facturier.invoice.terms import dictionary, label

UNMAPPED = "UNMAPPED"
"""Id of the finding on what the file holds beyond the terms."""


class Read(Protocol):
    """A document that was read from a file."""

    @property
    def unmapped(self) -> tuple[Unmapped, ...]:
        """What the file holds beyond the terms."""

    @property
    def malformed(self) -> tuple[Malformed, ...]:
        """What does not read as its type."""


def oddities(document: Read) -> tuple[Finding, ...]:
    """Return a finding for each value that does not read, then for each that has no place."""
    findings = [_misread(found) for found in document.malformed]
    findings += [_unmapped(found) for found in document.unmapped]
    return tuple(findings)


def _unmapped(found: Unmapped) -> Finding:
    value = f" (« {in_one_line(found.value)} »)" if found.value.strip() else ""
    return Finding(
        rule=UNMAPPED,
        layer=Layer.ADVICE,
        severity=Severity.ADVICE,
        message=f"Ce fichier contient une information que la norme ne prévoit pas ici{value}.",
        path=found.path,
        remedy="Vérifiez si cette information est utile : elle n'est pas reprise.",
    )


def _misread(found: Malformed) -> Finding:
    term = dictionary()[0].get(found.term)  # of an invoice; a status has terms of its own
    number = "ligne" if term is not None and term.path[0] == "lines" else "n°"
    place = f" {number} {found.indexes[0] + 1}" if found.indexes else ""
    # Rules and schema judge what an unreadable date or amount breaks; of a file that is no base64
    # neither says a word (libxml2 passes over strange letters), and the buyer could not open it.
    is_file = term is not None and term.type is Attachment
    return Finding(
        rule="MALFORMED",
        layer=Layer.XSD if is_file else Layer.ADVICE,
        severity=Severity.FATAL if is_file else Severity.WARNING,
        message=f"« {in_one_line(found.value)} » ne se lit pas : {label(found.term)}.",
        where=f"{found.term}{place}",
        path=found.path,
        remedy="Demandez à l'émetteur de joindre le fichier à nouveau, codé en base64."
        if is_file
        else "Demandez à l'émetteur une date ou un nombre écrit selon la norme.",
    )
