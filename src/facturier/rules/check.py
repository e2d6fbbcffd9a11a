"""Step 4 of the journey: a document against the rulebooks of the day, and the verdict.

The schema of its syntax is always asked; which books are, :mod:`facturier.rules.shelves` says. A
book that does not apply, or that we do not have yet, is listed as skipped: a verdict says what it
was checked against.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from lxml import etree

from facturier.errors import UnreadableDocument
from facturier.findings import BookState, Finding, Layer, Outcome, Severity, Verdict
from facturier.formats import Reading, binding_of
from facturier.formats.binding import Binding
from facturier.formats.detect import Detected, Syntax
from facturier.formats.paths import Numbers, place_of
from facturier.formats.xsd import VERSIONS, schema_findings
from facturier.invoice.model import Invoice
from facturier.rules.facts import Facts
from facturier.rules.foreign_taxes import foreign_taxes
from facturier.rules.held import Held
from facturier.rules.shelves import (
    SHELVES,
    SYNTAXES,
    applying,
    is_directory,
    is_report,
    is_status,
    state_of,
)

if TYPE_CHECKING:
    from facturier.formats.cdar import StatusReading
    from facturier.formats.directory_files import Directory
    from facturier.formats.flux10 import ReportReading
    from facturier.rules.book import Rulebook
    from facturier.rules.report_facts import ReportFacts
    from facturier.rules.status_facts import StatusFacts

WEIGHTS = (Severity.FATAL, Severity.INTERNAL, Severity.WARNING, Severity.ADVICE)


def check(
    document: Reading | StatusReading | ReportReading | Detected, *, on: date | None = None
) -> Verdict:
    """Check a document against the rulebooks in force on a day (today when it is not said).

    A :class:`Detected` stands for a document that is no invoice: a status message (CDAR), an
    e-reporting transmission (flux 10) or a file of the directory is read here, of others the schema
    is checked where we have it and the books are skipped. Never raises for what the document holds.
    """
    from facturier.rules import syntax  # noqa: PLC0415  # books are loaded when they are asked
    from facturier.rules.advice import around, defects  # noqa: PLC0415

    detected = document if isinstance(document, Detected) else document.detected
    day = on or date.today()  # noqa: DTZ011  # callers who know the dossier give the French day
    if is_directory(detected):
        return _of_directory(detected, day)
    around.prepare(detected)
    findings = list(schema_findings(detected))
    states = [_schema_state(detected)]
    versions: list[tuple[Rulebook, ...]] = []
    facts, odd = _facts(document, detected)
    findings += odd
    judged = syntax.NOTHING
    met = document.met if isinstance(document, Reading) else None
    is_odd = document.is_odd if isinstance(document, Reading) else bool(odd)
    held: Held | None = None
    places: Places | None = None
    for_it = applying(detected)
    for shelf in SHELVES:
        if shelf.id not in for_it:
            states.append(shelf.state(None, checked=False))
            continue
        versions.append(shelf.versions)
        book = shelf.on(day)
        if book is not None and facts is not None:
            held, places = held or Held(facts.invoice), places or Places(detected)
            findings += book.check(facts, places.of, held)
            judged += syntax.judge(book.id, book.layer, detected, book.rules, odd=is_odd, met=met)
            if shelf.judge:
                judged += shelf.judge(detected)
            states.append(shelf.state(book, checked=True))
        else:
            states.append(shelf.state(book, checked=False))
    # What a rule objects to by its id needs no second finding that we do not know it.
    findings = judged.joined(findings)
    if not any(state.checked for state in states):
        return _unchecked(detected, tuple(states))
    asked, failed = {one.id for one in states if one.checked}, {one.rule for one in findings}
    findings += defects.met(facts, asked, failed)
    findings += around.of_the_day(day, versions)
    findings += around.of_the_pdf(
        detected, document.invoice if isinstance(document, Reading) else None
    )
    return Verdict(outcome=_outcome(findings), findings=_sorted(findings), books=tuple(states))


def _of_directory(detected: Detected, day: date) -> Verdict:
    """Check a file of the directory that is held whole."""
    from facturier.formats.directory_files import Directory  # noqa: PLC0415  # few need it
    from facturier.rules.france.directory_files import check_update_file  # noqa: PLC0415

    if detected.syntax is not Syntax.F14:
        return _directory_verdict(check_update_file(detected.root, day))
    try:
        return check_directory(Directory(io.BytesIO(detected.xml)))
    except UnreadableDocument as error:
        finding = Finding(
            rule=error.reason or error.code,
            layer=Layer.DIRECTORY,
            severity=Severity.FATAL,
            message=error.message,
            remedy=error.remedy,
        )
        return Verdict(outcome=Outcome.UNREADABLE, findings=(finding,))


def check_directory(directory: Directory) -> Verdict:
    """Check a flux 14 while it is read, in the same memory whatever its size.

    Raises UnreadableDocument when it breaks off or may not be read.
    """
    from facturier.rules.france.directory_files import check_export  # noqa: PLC0415

    return _directory_verdict(check_export(directory))


def _directory_verdict(findings: tuple[Finding, ...]) -> Verdict:
    """Return the verdict on a file of the directory; its schema may not be handed on."""
    states = (
        BookState(id="xsd", version="", checked=False),
        *(shelf.state(None, checked=shelf.id == "directory") for shelf in SHELVES),
    )
    # The order of the file, and what weighs most first: Python sorts without moving equals.
    ordered = sorted(findings, key=lambda finding: WEIGHTS.index(finding.severity))
    return Verdict(outcome=_outcome(findings), findings=tuple(ordered), books=states)


def _facts(
    document: Reading | StatusReading | ReportReading | Detected, detected: Detected
) -> tuple[Facts | StatusFacts | ReportFacts | None, tuple[Finding, ...]]:
    """Return a document as rules look at it, and what its reader found odd; it is read if need be.

    None stands for a document that we cannot read.
    """
    if isinstance(document, Reading):
        return facts_of(document.invoice, detected), document.findings
    if is_status(detected):
        from facturier.formats.cdar import StatusReading, read_status  # noqa: PLC0415
        from facturier.rules.status_facts import StatusFacts  # noqa: PLC0415

        said = document if isinstance(document, StatusReading) else read_status(detected)
        return StatusFacts(said.document), said.findings
    if is_report(detected):
        from facturier.formats.flux10 import ReportReading, read_report  # noqa: PLC0415
        from facturier.rules.report_facts import ReportFacts  # noqa: PLC0415

        told = document if isinstance(document, ReportReading) else read_report(detected)
        return ReportFacts(told.report), told.findings
    if detected.syntax is Syntax.FLUX1:
        from facturier.formats.flux1 import read_flux1, syntax_of  # noqa: PLC0415
        from facturier.rules.flux1_facts import Flux1Facts  # noqa: PLC0415

        kept = read_flux1(detected)
        return Flux1Facts(kept.invoice, syntax_of(detected.root), detected.root), kept.findings
    return None, ()


def _unchecked(detected: Detected, states: tuple[BookState, ...]) -> Verdict:
    """Say that nothing was checked: a document that nobody looked at is not called valid."""
    finding = Finding(
        rule="NOT-CHECKED",
        layer=Layer.ADVICE,
        severity=Severity.WARNING,
        message=f"Facturier reconnaît ce document ({detected.syntax}) mais ne sait pas encore le "
        "contrôler.",
        remedy="Faites-le contrôler par votre plateforme.",
    )
    return Verdict(outcome=Outcome.UNREADABLE, findings=(finding,), books=states)


def check_invoice(invoice: Invoice, *, on: date | None = None) -> Verdict:
    """Check an invoice that is not written yet, by every rule of either syntax."""
    day = on or date.today()  # noqa: DTZ011
    facts, held = Facts(invoice), Held(invoice)
    findings: list[Finding] = []
    states = []
    for shelf in SHELVES:
        book = shelf.on(day) if shelf.asked_of(facts.specification) else None
        if book is not None:
            findings += book.check(facts, None, held)
        states.append(shelf.state(book, checked=book is not None))
    return Verdict(outcome=_outcome(findings), findings=_sorted(findings), books=tuple(states))


def facts_of(invoice: Invoice, detected: Detected) -> Facts:
    """Return an invoice as rules look at it, with the syntax it came in."""
    root = etree.QName(detected.root).localname
    taxes = foreign_taxes(detected.root)
    return Facts(invoice, SYNTAXES.get(detected.syntax, ""), root, taxes, detected.root)


def _schema_state(detected: Detected) -> BookState:
    version = VERSIONS.get(detected.syntax, "")
    return state_of("xsd", version, bool(version))


def _binding(detected: Detected) -> Binding:
    """Return the table that a document is read with."""
    if is_report(detected):
        from facturier.formats.flux10 import REPORT  # noqa: PLC0415  # few need it

        return REPORT
    if is_status(detected):
        from facturier.formats.cdar import ACKNOWLEDGEMENT  # noqa: PLC0415

        return ACKNOWLEDGEMENT
    if detected.syntax is Syntax.FLUX1:
        from facturier.formats import flux1  # noqa: PLC0415

        return flux1.binding_of(detected.root)
    return binding_of(detected.syntax)


class Places:
    """Finds in the file the element that a finding speaks of."""

    def __init__(self, detected: Detected) -> None:
        self.root = detected.root
        self.binding = _binding(detected)
        self._numbers = Numbers()
        self._groups: dict[str, list[Any]] = {}

    def of(self, term: str, indexes: tuple[int, ...]) -> str:
        """Return the XPath of a term or group in this file; empty when it is not there."""
        try:
            path = self.binding.path_of(term, indexes)
        except KeyError:  # the syntax has no place for it
            return ""
        found = self._found(path)
        if not found:
            return ""
        first: Any = found[0]
        if isinstance(first, etree._Element):  # noqa: SLF001  # lxml has no public name for it
            return self._place(first)
        # An attribute: lxml gives its text, which knows the element it stands on.
        return self._place(first.getparent(), first.attrname)

    def _place(self, element: etree._Element, attribute: str = "") -> str:
        return place_of(element, self.binding.namespaces, attribute, self._numbers)

    def _found(self, path: str) -> list[Any]:
        """Find what stands at a path; the elements of a repeating group are looked up once."""
        group, _, rest = path.partition("[")
        number, _, below = rest.partition("]")
        if not number.isdigit():
            return self._look(self.root, path)
        if group not in self._groups:
            found = self._look(self.root, group)
            alone = len({one.getparent() for one in found}) == 1
            self._groups[group] = found if alone else []
        known = self._groups[group]
        if not known:  # absent, or in several parents, where numbers start anew
            return self._look(self.root, path)
        here = known[int(number) - 1 : int(number)]
        return self._look(here[0], f".{below}") if here else []

    def _look(self, element: etree._Element, path: str) -> list[Any]:
        found = element.xpath(path, namespaces=dict(self.binding.namespaces))
        return found if isinstance(found, list) else []


def _outcome(findings: Iterable[Finding]) -> Outcome:
    weighs = any(f.severity in (Severity.FATAL, Severity.INTERNAL) for f in findings)
    return Outcome.INVALID if weighs else Outcome.VALID


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Put what weighs most first, then follow the document."""
    return tuple(sorted(findings, key=_order))


def _order(finding: Finding) -> tuple[int, list[tuple[int, str]], str]:
    return WEIGHTS.index(finding.severity), _natural(finding.where or finding.path), finding.rule


def _natural(text: str) -> list[tuple[int, str]]:
    """Return a key that sorts ``BT-9`` before ``BT-10`` and line 2 before line 10."""
    parts = re.split(r"(\d+)", text)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
