"""Files of the directory under check: a flux 14 as a stream, a flux 13 (or 12 of its form) whole.

A flux 14 is made by the portal: what is wrong in it is a matter of form, of codes, and of parts of
one record that do not agree. Nothing is compared from one record to another, for a full export has
tens of millions of them: memory stays the same whatever its size, and so does what is said of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING

from facturier.errors import MalformedDocument
from facturier.findings import Finding, Layer, Severity
from facturier.formats.directory import Extent, Line, Nature, Presence, Record
from facturier.formats.directory_files import HEAD, Directory, read_record, read_update
from facturier.rules.france import directory_form as form
from facturier.rules.france.directory import check_update
from facturier.rules.france.directory_form import CODE, COHERENCE, FORM, Said

if TYPE_CHECKING:
    from lxml import etree

VERSION = "3.2"
MOST = 50
"""Findings of one rule that are told one by one; of more, the number is told."""
_REMEDY = "Signalez-le au portail, et demandez un nouvel export."


class _Told:
    """What is said of a file, a limited number of times for each rule."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self._counts: Counter[str] = Counter()

    def add(self, said: Iterable[Said], where: str) -> None:
        for rule, message, remedy in said:
            self._counts[rule] += 1
            if self._counts[rule] <= MOST:
                self.findings.append(_finding((rule, message, remedy), where))

    def all(self) -> tuple[Finding, ...]:
        """Return the findings, and how many were kept back."""
        for rule, count in self._counts.items():
            if count > MOST:
                more = f"{count - MOST} autres constats {rule} de ce fichier ne sont pas montrés."
                self.findings.append(_finding((rule, more, "Corrigez d'abord ceux-ci."), ""))
        return tuple(self.findings)


def _finding(said: Said, where: str) -> Finding:
    rule, message, remedy = said
    return Finding(
        rule=rule,
        layer=Layer.DIRECTORY,
        severity=Severity.WARNING if rule == COHERENCE else Severity.FATAL,
        message=message,
        where=where,
        remedy=remedy,
    )


# --- flux 14 --------------------------------------------------------------------------------------


def check_export(directory: Directory) -> tuple[Finding, ...]:
    """Return what is wrong in a flux 14, reading it once; memory does not grow with it.

    Raises MalformedDocument when the file breaks off, UnsafeDocument for a DOCTYPE.
    """
    told = _Told()
    extent = directory.header.extent
    told.add(_of_header(directory), "DT-2")
    counts: Counter[str] = Counter()
    for element in directory.elements():
        tag = str(element.tag)
        counts[tag] += 1
        where = f"{form.GROUPS[tag]} n° {counts[tag]}"
        told.add(_of_place(element), where)
        objections = list(form.form_of(element, form.EXPORT[tag]))
        told.add(objections, where)
        if all(rule != FORM for rule, _, _ in objections):
            told.add(_of_record(read_record(element), extent), where)
    root = directory.root
    told.add(form.order_of(root, HEAD, form.EXPORT_BLOCKS), "")
    for name, tag in form.EXPORT_BLOCKS.items():
        block = root.find(name)
        if block is not None and not counts[tag]:
            told.add([form.empty(name)], form.GROUPS[tag])
        elif block is not None and len(block) and block[-1].tag != tag:
            told.add([form.strange(block[-1], block)], form.GROUPS[tag])
    return told.all()


def _of_header(directory: Directory) -> Iterator[Said]:
    header = directory.header
    if header.extent not in tuple(Extent):
        yield (
            CODE,
            f"Le type de flux (DT-2) vaut « {header.extent[:60]} ».",
            "Écrivez C (complet) ou D (différentiel).",
        )
    if header.extent == Extent.DIFFERENTIAL and header.previous_at is None:
        yield (
            COHERENCE,
            "Ce flux différentiel ne dit pas quand le précédent a été produit (DT-1).",
            "Vérifiez qu'aucun flux différentiel n'a été manqué.",
        )


def _of_place(element: etree._Element) -> Iterator[Said]:
    """Object to a record outside its block, or that follows a stranger."""
    block, before = element.getparent(), element.getprevious()
    if block is None:
        return
    if form.EXPORT_BLOCKS.get(str(block.tag)) != element.tag:
        yield form.strange(element, block)
    while before is not None and before.tag != element.tag:
        yield form.strange(before, block)
        before = before.getprevious()


def _of_record(record: Record, extent: str) -> Iterator[Said]:
    """Compare the parts of one record."""
    upcoming = {Presence.CURRENT, Presence.UPCOMING}
    if extent == Extent.FULL and record.presence not in upcoming:
        yield (
            COHERENCE,
            f"Le motif de présence « {record.presence} » est celui d'un flux différentiel.",
            _REMEDY,
        )
    if isinstance(record, Line):
        yield from _of_line(record, extent)


def _of_line(line: Line, extent: str) -> Iterator[Said]:
    where = line.address
    if line.stated != where.identifier:
        yield (
            COHERENCE,
            f"L'identifiant « {line.stated} » n'est pas la suite {where.identifier}.",
            _REMEDY,
        )
    if where.siret and not where.siret.startswith(where.siren):
        yield (
            COHERENCE,
            f"Le SIRET {where.siret} n'est pas un établissement du SIREN {where.siren}.",
            _REMEDY,
        )
    if where.routing and not where.siret:
        yield COHERENCE, f"Le code de routage « {where.routing} » est donné sans SIRET.", _REMEDY
    if where.suffix and (where.siret or where.routing):
        yield COHERENCE, f"Le suffixe « {where.suffix} » est donné avec un SIRET.", _REMEDY
    if line.end is not None and line.end <= line.start:
        yield COHERENCE, "La fin d'effet n'est pas après le début.", _REMEDY
    if extent == Extent.FULL and line.nature == Nature.MASKING:
        yield COHERENCE, "Une ligne de masquage se trouve dans un flux complet.", _REMEDY


# --- flux 13, flux 12 -----------------------------------------------------------------------------


def check_update_file(root: etree._Element, today: date) -> tuple[Finding, ...]:
    """Return what the portal would object to in a flux 13, or a flux 12 of its form, sent on a day.

    What only the whole directory knows (G1.84, part of G1.87, G1.92, G1.94, G1.96, G1.97) is not
    judged: ``facturier directory --against`` compares with an export. Of a file whose blocks lack
    parts the form alone is judged.
    """
    told = _Told()
    told.add(form.order_of(root, (), form.UPDATE_BLOCKS), "")
    for name, tag in form.UPDATE_BLOCKS.items():
        block = root.find(name)
        if block is None:
            continue
        number = 0
        for child in (one for one in block if isinstance(one.tag, str)):
            if child.tag != tag:
                told.add([form.strange(child, block)], form.GROUPS[tag])
                continue
            number += 1
            told.add(form.form_of(child, form.UPDATE[tag]), f"{form.GROUPS[tag]} n° {number}")
        if not number:
            told.add([form.empty(name)], form.GROUPS[tag])
    try:
        update = read_update(root)
    except MalformedDocument:
        return told.all()
    return (*told.all(), *check_update(update, today))
