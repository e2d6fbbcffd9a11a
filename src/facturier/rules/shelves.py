"""Which rulebook applies to which document, by its syntax, its profile (BT-24) and the day.

- EN 16931, but for the profiles that have rules of their own;
- EXTENDED-CTC-FR; the five profiles of Factur-X, of which EN 16931 only in a PDF;
- the French rules BR-FR, for the profiles that the reform accepts (XP Z12-012);
- Peppol BIS Billing 3.0, for UBL invoices that claim it;
- BR-FR-CDV, for status messages (CDAR);
- the rules of flux 10, for e-reporting transmissions: loaded when the first one comes;
- those of flux 1, for the regulatory data of an invoice: BASE, or FULL when it carries lines;
- what annexes 3 and 7 ask of the files of the directory (flux 12, 13 and 14).
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from facturier.findings import BookState
from facturier.formats.detect import Container, Detected, Syntax
from facturier.invoice.profiles import (
    EN16931,
    EXTENDED_CTC_FR,
    FACTURX_BASIC,
    FACTURX_BASIC_WL,
    FACTURX_EXTENDED,
    FACTURX_MINIMUM,
    PEPPOL_BIS,
)
from facturier.rules import official
from facturier.rules.book import Rulebook

if TYPE_CHECKING:
    from facturier.rules.syntax import Judged

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
        return state_of(self.id, book.version if book else newest, checked)


@functools.cache
def state_of(id_: str, version: str, checked: bool) -> BookState:  # noqa: FBT001  # a key
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


def is_status(detected: Detected) -> bool:
    """Tell whether a document is a status message."""
    return detected.syntax is Syntax.CDAR


def is_report(detected: Detected) -> bool:
    """Tell whether a document is an e-reporting transmission."""
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


def is_directory(detected: Detected) -> bool:
    """Tell whether a document is a file of the directory."""
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
    Shelf(id="cdar", applies=is_status, load=_in("france.status"), version="1.4.0.03"),
    Shelf(id="flux10", applies=is_report, load=_in("france.report"), manifest="flux10"),
    *map(_regulatory_shelf, ("base", "full")),
    # Judged record by record (check_directory): it has no book of rules on business terms.
    Shelf(id="directory", applies=is_directory, load=tuple, version=DIRECTORY_VERSION),
    Shelf(
        id="conseils",
        applies=_is_invoice,
        load=_in("advice"),
        version="1",
        asked_of=lambda _: True,
    ),
)


_APPLYING: dict[tuple[Syntax, Container, str], frozenset[str]] = {}
_MOST_KNOWN = 100
"""Profiles remembered: more than there are, few for a file that makes up its own."""


def applying(detected: Detected) -> frozenset[str]:
    """Return the ids of the shelves that are for a document.

    Of invoices of one profile they are the same: to ask each shelf took a hundredth of a check.
    """
    key = (detected.syntax, detected.container, detected.profile)
    known = _APPLYING.get(key)
    if known is None:
        known = frozenset(one.id for one in SHELVES if one.applies(detected))
        if _is_invoice(detected) and len(_APPLYING) < _MOST_KNOWN:
            _APPLYING[key] = known
    return known


def all_books() -> tuple[Rulebook, ...]:
    """Return every rulebook that we have, in its newest version, in the order they are checked."""
    return tuple(shelf.versions[-1] for shelf in SHELVES if shelf.versions)
