"""What is wrong with a document, as data: findings and the verdict they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs. Only `FATAL` and `INTERNAL` make a document invalid."""

    FATAL = "fatal"
    WARNING = "warning"
    ADVICE = "advice"
    INTERNAL = "internal"


SHOWN_LETTERS = 80
"""How much of one value a message quotes."""


def shortened(text: str, most: int = SHOWN_LETTERS) -> str:
    """Return a text of at most so many letters, the last one ``…`` when it was longer."""
    return text if len(text) <= most else text[: most - 1] + "…"


def in_one_line(text: str, most: int = SHOWN_LETTERS) -> str:
    """Return a text shortened, its blanks and line ends made single blanks."""
    return shortened(" ".join(text.split()), most)


class Layer(StrEnum):
    """Which body of rules a finding comes from (words of the command line's contract)."""

    XSD = "xsd"
    EN16931 = "en16931"
    EXTENDED_CTC_FR = "extended-ctc-fr"
    FACTURX = "factur-x"
    BR_FR = "br-fr"
    CDAR = "cdar"
    FLUX10 = "flux10"
    FLUX1 = "flux1"
    DIRECTORY = "directory"
    PEPPOL = "peppol"
    FEC = "fec"
    ADVICE = "advice"
    INTERNAL = "internal"


class Outcome(StrEnum):
    """The verdict in one word."""

    VALID = "valid"
    INVALID = "invalid"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, or worth knowing, at one place of a document."""

    rule: str
    """Official id of the rule, verbatim (``BR-CO-10``, ``BR-FR-12_BT-49``), or a word of ours."""
    layer: Layer
    severity: Severity
    message: str
    """What is wrong, in French, for a person who does not know the standard."""
    where: str = ""
    """The place in terms: ``BT-131 ligne 3``."""
    path: str = ""
    """The place in the file: an XPath with indexes, empty when the term is absent."""
    remedy: str = ""
    """What to do, in French."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookState:
    """One rulebook and whether it applied to the document."""

    id: str
    version: str
    checked: bool

    @property
    def state(self) -> str:
        """``checked`` or ``skipped``."""
        return "checked" if self.checked else "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer to "is this document valid?", with the books it was checked against."""

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    books: tuple[BookState, ...] = ()

    @property
    def fatal(self) -> tuple[Finding, ...]:
        """The findings that make the document invalid."""
        return tuple(f for f in self.findings if f.severity in (Severity.FATAL, Severity.INTERNAL))
