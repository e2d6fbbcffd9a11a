"""Step 4 of the journey: a document against the rulebooks of the day, and the verdict.

Which book applies is decided by the syntax and the profile (BT-24) of the document:

- the schema of its syntax, always;
- EN 16931, but for the profiles that have rules of their own;
- EXTENDED-CTC-FR; the five profiles of Factur-X, of which EN 16931 only in a PDF;
- the French rules BR-FR, for the profiles that the reform accepts (XP Z12-012);
- Peppol BIS Billing 3.0, for UBL invoices that claim it;
- BR-FR-CDV, for status messages (CDAR);
- the rules of flux 10, for e-reporting transmissions: loaded when the first one comes;
- those of flux 1, for the regulatory data of an invoice: BASE, or FULL when it carries lines;
- what annexes 3 and 7 ask of the files of the directory (flux 12, 13 and 14).

A book that does not apply, or that we do not have yet, is listed as skipped: a verdict says what it
was checked against.
"""

from __future__ import annotations

import functools
import importlib
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from lxml import etree

from facturier.errors import UnreadableDocument
from facturier.findings import BookState, Finding, Layer, Outcome, Severity, Verdict
from facturier.formats import Reading, binding_of
from facturier.formats.binding import Binding
from facturier.formats.detect import Container, Detected, Syntax
from facturier.formats.paths import Numbers, place_of
from facturier.formats.xsd import VERSIONS, schema_findings
from facturier.invoice.model import Invoice
from facturier.rules import official
from facturier.rules.book import Rulebook
from facturier.rules.facts import Facts
from facturier.rules.foreign_taxes import foreign_taxes
from facturier.rules.held import Held

if TYPE_CHECKING:
    from facturier.formats.cdar import StatusReading
    from facturier.formats.directory_files import Directory
    from facturier.formats.flux10 import ReportReading
    from facturier.rules.report_facts import ReportFacts
    from facturier.rules.status_facts import StatusFacts
    from facturier.rules.syntax import Judged

EN16931 = "urn:cen.eu:en16931:2017"
EXTENDED_CTC_FR = f"{EN16931}#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr"
FACTURX_EXTENDED = f"{EN16931}#conformant#urn:factur-x.eu:1p0:extended"
FACTURX_BASIC_WL = "urn:factur-x.eu:1p0:basicwl"
FACTURX_MINIMUM = "urn:factur-x.eu:1p0:minimum"
FACTURX_BASIC = f"{EN16931}#compliant#urn:factur-x.eu:1p0:basic"

PEPPOL_BIS = f"{EN16931}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
"""How BT-24 begins in an invoice of Peppol BIS Billing."""

FACTURX_OWN = {
    FACTURX_EXTENDED: "extended",
    FACTURX_BASIC: "basic",
    FACTURX_BASIC_WL: "basicwl",
    FACTURX_MINIMUM: "minimum",
}
"""BT-24 → the profile of Factur-X that it names, whatever the XML came in."""
FRENCH_PROFILES = frozenset({EN16931, EXTENDED_CTC_FR, FACTURX_EXTENDED, FACTURX_BASIC_WL})
"""Values of BT-24 that the reform accepts (XP Z12-012; BASIC WL in the first year only)."""

SYNTAXES = {Syntax.UBL_INVOICE: "UBL", Syntax.UBL_CREDIT_NOTE: "UBL", Syntax.CII: "CII"}
WEIGHTS = (Severity.FATAL, Severity.INTERNAL, Severity.WARNING, Severity.ADVICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """One body of rules: its versions, and the documents it is for."""

    id: str
    applies: Callable[[Detected], bool]
    load: Callable[[], tuple[Rulebook, ...]]
    """Returns its versions, oldest first. A book costs up to a tenth of a second to make: it is
    made for the first document that it is for."""
    version: str = ""
    """Its newest version, to be told without loading it; where there is none, `manifest` tells."""
    manifest: str = ""
    """Official manifest that tells its newest version."""
    judge: Callable[[Detected], Judged] | None = None
    """Returns what it has against the file itself, beside its rules."""
    asked_of: Callable[[str], bool] = lambda _: False
    """Whether it is asked of an invoice of a profile (BT-24) that has no syntax yet."""

    @property
    def versions(self) -> tuple[Rulebook, ...]:
        """Its versions that we have, oldest first; they are loaded if need be."""
        return self.load()

    def on(self, day: date) -> Rulebook | None:
        """Return the version in force on a day."""
        return next((book for book in self.versions if book.is_in_force(day)), None)

    def state(self, book: Rulebook | None, *, checked: bool) -> BookState:
        """Say whether it was checked, and in which version."""
        newest = self.version or official.book(self.manifest).version
        return _state(self.id, book.version if book else newest, checked)


@functools.cache
def _state(id_: str, version: str, checked: bool) -> BookState:  # noqa: FBT001  # a key
    """Return one of the few states that there are: a verdict lists all of them."""
    return BookState(id=id_, version=version, checked=checked)


def _in(module: str) -> Callable[[], tuple[Rulebook, ...]]:
    """Return what loads the book, or the books, of a module of this package."""

    @functools.cache
    def load() -> tuple[Rulebook, ...]:
        found = importlib.import_module(f"facturier.rules.{module}")
        books: tuple[Rulebook, ...] = getattr(found, "BOOKS", None) or (found.BOOK,)
        return books

    return load


def _is_invoice(detected: Detected) -> bool:
    return detected.syntax in SYNTAXES


def _facturx(detected: Detected) -> str:
    """Return the profile of Factur-X whose sheet a document is checked with; empty for none.

    EN 16931 is asked by the sheet of Factur-X where the document is a Factur-X, by CEN's where it
    is a plain CII: platforms go by the container too (decision 0006).
    """
    if detected.syntax is not Syntax.CII:
        return ""
    if detected.profile == EN16931 and detected.container is Container.PDF:
        return "en16931"
    return FACTURX_OWN.get(detected.profile, "")


def _is_en16931(detected: Detected) -> bool:
    return _is_invoice(detected) and not _facturx(detected) and detected.profile != EXTENDED_CTC_FR


def _is_extended(detected: Detected) -> bool:
    return _is_invoice(detected) and detected.profile == EXTENDED_CTC_FR


FACTURX_VERSIONS = {
    "minimum": "1.09",
    "basicwl": "1.09.2",
    "basic": "1.09",
    "en16931": "1.09.2",
    "extended": "1.09.2",
}
"""Profile of Factur-X → the version of its sheet."""


def _facturx_shelf(profile: str) -> Shelf:
    """Return the shelf of a profile of Factur-X; its book is made for the first document of it."""

    def load() -> tuple[Rulebook, ...]:
        from facturier.rules import facturx  # noqa: PLC0415  # a tenth of a second

        return (facturx.book(profile),)

    def judge(detected: Detected) -> Judged:
        from facturier.rules import facturx  # noqa: PLC0415

        return facturx.judge(profile, detected)

    return Shelf(
        id=f"factur-x-{profile}",
        applies=lambda detected: _facturx(detected) == profile,
        version=FACTURX_VERSIONS[profile],
        load=load,
        judge=judge,
        asked_of=lambda specification: FACTURX_OWN.get(specification) == profile,
    )


def _is_french(detected: Detected) -> bool:
    return _is_invoice(detected) and detected.profile in FRENCH_PROFILES


def _is_peppol(detected: Detected) -> bool:
    profile = detected.profile or ""
    return SYNTAXES.get(detected.syntax) == "UBL" and profile.startswith(PEPPOL_BIS)


def _is_status(detected: Detected) -> bool:
    return detected.syntax is Syntax.CDAR


def _is_report(detected: Detected) -> bool:
    return detected.syntax is Syntax.FLUX10


def _is_regulatory(detected: Detected, *, full: bool) -> bool:
    """Tell whether a document is a flux 1 of one of the two profiles, by what it holds."""
    if detected.syntax is not Syntax.FLUX1:
        return False
    from facturier.formats.flux1 import is_full  # noqa: PLC0415  # few need it

    return is_full(detected.root) == full


def _regulatory_shelf(profile: str) -> Shelf:
    """Return the shelf of a profile of flux 1."""

    def load() -> tuple[Rulebook, ...]:
        from facturier.rules import flux1  # noqa: PLC0415  # few need it

        # From the day on which lines are due, a file without lines is a FULL that lacks them.
        return (flux1.FULL,) if profile == "full" else (flux1.FULL_DUE, flux1.BASE)

    return Shelf(
        id=f"flux1-{profile}",
        applies=lambda detected: _is_regulatory(detected, full=profile == "full"),
        load=load,
        version="1.0",
    )


DIRECTORY_VERSION = "3.2"
"""Of the external specifications, whose annexes 3 and 7 the files of the directory follow."""


def _is_directory(detected: Detected) -> bool:
    return detected.syntax in {Syntax.F12, Syntax.F13, Syntax.F14}


SHELVES = (
    Shelf(
        id="en16931",
        applies=_is_en16931,
        load=_in("en16931"),
        version="1.3.16",
        asked_of=lambda profile: profile != EXTENDED_CTC_FR and profile not in FACTURX_OWN,
    ),
    Shelf(
        id="extended-ctc-fr",
        applies=_is_extended,
        load=_in("extended"),
        version="1.4.0",
        asked_of=lambda profile: profile == EXTENDED_CTC_FR,
    ),
    *map(_facturx_shelf, FACTURX_VERSIONS),
    Shelf(
        id="br-fr-flux2",
        applies=_is_french,
        load=_in("france.invoice"),
        version="1.4.0",
        asked_of=FRENCH_PROFILES.__contains__,
    ),
    Shelf(
        id="peppol-bis-billing",
        applies=_is_peppol,
        load=_in("peppol"),
        manifest="peppol-bis-billing",
        asked_of=lambda profile: profile.startswith(PEPPOL_BIS),
    ),
    Shelf(id="cdar", applies=_is_status, load=_in("france.status"), version="1.4.0.03"),
    Shelf(id="flux10", applies=_is_report, load=_in("france.report"), manifest="flux10"),
    *map(_regulatory_shelf, ("base", "full")),
    # Judged record by record (check_directory): it has no book of rules on business terms.
    Shelf(id="directory", applies=_is_directory, load=tuple, version=DIRECTORY_VERSION),
    Shelf(
        id="conseils",
        applies=_is_invoice,
        load=_in("advice"),
        version="1",
        asked_of=lambda _: True,
    ),
)


def all_books() -> tuple[Rulebook, ...]:
    """Return every rulebook that we have, in its newest version, in the order they are checked."""
    return tuple(shelf.versions[-1] for shelf in SHELVES if shelf.versions)


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
    if _is_directory(detected):
        return _of_directory(detected, day)
    around.prepare(detected)
    findings = list(schema_findings(detected))
    states = [_schema_state(detected)]
    versions: list[tuple[Rulebook, ...]] = []
    facts, odd = _facts(document, detected)
    findings += odd
    judged = syntax.NOTHING
    held: Held | None = None
    places: Places | None = None
    for shelf in SHELVES:
        if not shelf.applies(detected):
            states.append(shelf.state(None, checked=False))
            continue
        versions.append(shelf.versions)
        book = shelf.on(day)
        if book is not None and facts is not None:
            held, places = held or Held(facts.invoice), places or Places(detected)
            findings += book.check(facts, places.of, held)
            judged += syntax.judge(book.id, book.layer, detected, book.rules, odd=bool(odd))
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
    if _is_status(detected):
        from facturier.formats.cdar import StatusReading, read_status  # noqa: PLC0415
        from facturier.rules.status_facts import StatusFacts  # noqa: PLC0415

        said = document if isinstance(document, StatusReading) else read_status(detected)
        return StatusFacts(said.document), said.findings
    if _is_report(detected):
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
    specification = Facts(invoice).specification
    findings: list[Finding] = []
    states = []
    for shelf in SHELVES:
        book = shelf.on(day) if shelf.asked_of(specification) else None
        if book is not None:
            findings += book.check(Facts(invoice))
        states.append(shelf.state(book, checked=book is not None))
    return Verdict(outcome=_outcome(findings), findings=_sorted(findings), books=tuple(states))


def facts_of(invoice: Invoice, detected: Detected) -> Facts:
    """Return an invoice as rules look at it, with the syntax it came in."""
    root = etree.QName(detected.root).localname
    taxes = foreign_taxes(detected.root)
    return Facts(invoice, SYNTAXES.get(detected.syntax, ""), root, taxes, detected.root)


def _schema_state(detected: Detected) -> BookState:
    version = VERSIONS.get(detected.syntax, "")
    return _state("xsd", version, bool(version))


def _binding(detected: Detected) -> Binding:
    """Return the table that a document is read with."""
    if _is_report(detected):
        from facturier.formats.flux10 import REPORT  # noqa: PLC0415  # few need it

        return REPORT
    if _is_status(detected):
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
