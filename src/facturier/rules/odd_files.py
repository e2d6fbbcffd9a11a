"""What the official files look for in a file that says more than the invoice that is read from it.

The model has one place for each term. A careless file repeats what stands once, names two taxes on
one line, writes ``" EUR "`` for a currency; the official files then judge the elements themselves,
each rule in its way. Rules are written on the invoice, where they are quick and clear; of an odd
file (:attr:`~facturier.rules.facts.Facts.is_odd_file`) those that such a file can mislead are asked
of its elements instead, with the words that each book gives here. A clean file never comes here.

Where something stands twice that may stand once, some official files give no verdict at all: they
stop with an error (XPath 2.0 knows no function of two texts). No platform can accept such a file;
the finding is then :data:`TWICE`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from lxml import etree

from facturier.findings import Finding, Layer, Severity
from facturier.formats import cii, ubl
from facturier.formats.codecs import DECIMAL
from facturier.formats.paths import place_of

Element = etree._Element  # noqa: SLF001  # lxml has no public name for it
Wrong = Callable[[Element, Any], bool]
"""Asked with the document element and the facts: whether the official rule objects."""

NAMESPACES = ubl.NAMESPACES | ubl.CREDIT_NOTE_NAMESPACES | cii.NAMESPACES
TWICE = "TWICE"
"""Id of the finding on what stands twice where the official file then stops."""


@functools.cache
def _compiled(path: str) -> etree.XPath:
    return etree.XPath(path, namespaces=NAMESPACES)


def found(element: Element, path: str, **variables: Any) -> list[Any]:
    """Return the elements (or texts) at a path, by XPath 1.0."""
    return cast("list[Any]", _compiled(path)(element, **variables))


def is_true(element: Element, condition: str, **variables: Any) -> bool:
    """Return whether a condition in XPath 1.0 holds."""
    return bool(_compiled(f"boolean({condition})")(element, **variables))


def wherever(path: str) -> Wrong:
    """Return what objects to every element at a path."""
    return lambda tree, _: bool(found(tree, path))


def number(text: str | None) -> Decimal | None:
    """Return a number as it is written; None where it is none."""
    try:
        read: Decimal = DECIMAL.read(text or "")
    except ValueError:
        return None
    return read


@dataclass(frozen=True, slots=True)
class OddFile:
    """What one official file says of odd files of its syntax."""

    wrong: Mapping[str, Wrong]
    """By official id, what tells whether the rule objects; it is then the only one to tell."""
    stops: Sequence[str] = ()
    """Paths, in XPath 1.0, of what stands twice so that the official file stops."""

    def judged(
        self, findings: Iterable[Finding], facts: Any, meant: Callable[[str], Finding | None]
    ) -> list[Finding]:
        """Return the findings on an odd file, given those on the invoice that was read from it.

        `meant` gives the finding of a rule by its id, where the invoice itself gives none.
        """
        objected = {id_ for id_, wrong in self.wrong.items() if wrong(facts.tree, facts)}
        kept = [one for one in findings if one.rule not in self.wrong or one.rule in objected]
        known = {one.rule for one in kept}
        more = (meant(id_) for id_ in self.wrong if id_ in objected - known)
        return [*kept, *(one for one in more if one is not None)]

    def repeated(self, facts: Any, layer: Layer) -> list[Finding]:
        """Return a finding on the first element at which the official file stops."""
        for path in self.stops:
            for one in found(facts.tree, path):
                return [_twice(one, layer)]
        return []


def _twice(element: Element, layer: Layer) -> Finding:
    namespaces = cii.NAMESPACES if element.tag.startswith(_CII) else ubl.NAMESPACES
    name = etree.QName(element).localname
    return Finding(
        rule=TWICE,
        layer=layer,
        severity=Severity.FATAL,
        message=f"« {name} » figure plusieurs fois là où une seule est admise : le contrôle "
        "officiel ne peut pas aboutir et aucune plateforme n'acceptera ce fichier.",
        path=place_of(element, namespaces),
        remedy="Gardez une seule de ces valeurs, ou demandez à l'émetteur un fichier corrigé.",
    )


_CII = "{urn:un:unece:uncefact:"
