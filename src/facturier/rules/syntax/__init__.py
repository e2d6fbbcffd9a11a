"""Rules of one syntax: elements and attributes that are not to be used, how often others may stand.

The official files hold, beside the business rules, hundreds of assertions about the file itself
(``UBL-CR-*``, ``UBL-SR-*``, ``UBL-DT-*``, ``CII-SR-*``, ``CII-DT-*``, and what Factur-X forbids in
its profiles). Here they are data: one table ``<book>.tsv`` for each official file, named as its
manifest in :mod:`facturier.rules.official`, written by ``tools/import_syntax.py``. Its lines::

    in          context
    id          kind    text    when    but

A context names elements: ``/a/b`` from the root, ``a/b`` anywhere, ``*Amount`` or ``ram:*ID`` by
the end of the name, several with `` | ``, and a condition ``[...]`` in XPath 1.0 (the same for
all). As in Schematron an element is of the *first* context that it meets, and of no other. Kinds:

- ``no``: nothing stands at the path (``cac:Delivery/cbc:ID``, ``cbc:ID/@schemeID``, ``//@name``,
  ``(a|b)/c``, conditions allowed);
- ``max1``, ``one``, ``min1``: at most, exactly, at least one stands there;
- ``test``: an expression of XPath 1.0 is true (``upper-case()`` is understood too);
- ``cents``, ``date102``, ``vat``: the text of what stands there has two decimals at most, is a
  date written ``YYYYMMDD``, is ``VAT``;
- ``code``: it is a code of the list that :mod:`facturier.invoice.codes` has for the id.

``when`` is a path without which the check is not worth asking (``2 a/b``: without two of them);
``but`` an element of the context that is never asked (``a//``: all that stands in one).

:func:`judge` walks over a file once (:mod:`~facturier.rules.syntax.shape`); sentences are made in
:mod:`~facturier.rules.syntax.saying`. To add a file: a table, its manifest, a call of :func:`judge`
with its name, and there the name of its profile.
"""

from __future__ import annotations

import functools
import gc
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from facturier.findings import Finding, Layer
from facturier.formats import binding_of
from facturier.formats.detect import Detected, Syntax
from facturier.formats.oddities import UNMAPPED
from facturier.formats.paths import Numbers, place_of
from facturier.formats.walk import Met
from facturier.rules import official
from facturier.rules.syntax.saying import finding, term_of
from facturier.rules.syntax.shape import Failure, Shape
from facturier.rules.syntax.table import Check, alike, table, tables

if TYPE_CHECKING:
    from facturier.rules.rule import Rule

__all__ = ["NEVER_FIRES", "NOTHING", "Judged", "checks_of", "judge", "shape", "tables"]

_SHADOWED = "une autre règle du fichier, sur tous les codes de type, prend l'élément avant elle"
NEVER_FIRES = dict.fromkeys(("CII-DT-010", "CII-DT-011", "CII-DT-012"), _SHADOWED)
"""Official ids that cannot fail, with the reason in French."""
_NAMES = {Syntax.UBL_INVOICE: "ubl", Syntax.UBL_CREDIT_NOTE: "ubl", Syntax.CII: "cii"}


@dataclass(frozen=True, slots=True)
class Judged:
    """What the syntax rules of a book say of a file."""

    findings: tuple[Finding, ...] = ()
    places: frozenset[str] = frozenset()
    """Paths of all that they object to, also where one finding stands for several."""

    again: tuple[Finding, ...] = ()
    """What business rules say of elements that are no term, or stand twice: it counts where they
    say nothing of the invoice."""

    def __add__(self, other: Judged) -> Judged:
        again = self.again + other.again
        return Judged(self.findings + other.findings, self.places | other.places, again)

    def joined(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return these findings with those of the rules on the invoice, each told once."""
        kept = [one for one in findings if not self.settles(one)]
        known = {one.rule for one in kept}
        return [*kept, *self.findings, *(one for one in self.again if one.rule not in known)]

    def settles(self, finding: Finding) -> bool:
        """Whether a finding only says that we do not know what these findings object to."""
        if finding.rule != UNMAPPED or not self.places:
            return False
        steps = finding.path.split("/")
        return any("/".join(steps[:end]) in self.places for end in range(2, len(steps) + 1))


NOTHING = Judged()


@functools.cache
def shape(manifest: str) -> Shape:
    """Return the compiled table of an official file (``en16931-ubl``). Raises FileNotFoundError."""
    # Thousands of small objects that stay: looking for garbage among them takes six times as long
    # as making them.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return Shape(table(manifest))
    finally:
        if collecting:
            gc.enable()


@functools.cache
def manifest_of(book: str, syntax: Syntax) -> str:
    """Return the official file that a book has for a syntax; empty for none."""
    names = (book, f"{book}-{_NAMES.get(syntax, '')}")
    return next((name for name in names if name in tables()), "")


_WIDE = frozenset({"en16931-ubl", "en16931-cii", "extended-ctc-fr-ubl", "extended-ctc-fr-cii"})
"""Official files of which rules are asked beyond the terms."""


@functools.cache
def beyond(manifest: str) -> Shape:
    """Return the business rules of a file that are asked of elements where no term is."""
    rules, name = official.manifest(manifest), f"beyond/{manifest.rpartition('-')[2]}"
    asked = frozenset(
        check.id
        for check in table(name).checks
        if check.id in rules
        and any(alike(check.context.text, one) for one in rules[check.id].contexts)
    )
    return Shape(table(name, asked))


def judge(
    book: str,
    layer: Layer,
    detected: Detected,
    rules: Sequence[Rule] = (),
    *,
    odd: bool = False,
    met: Met | None = None,
) -> Judged:
    """Return what a file has against the syntax rules of a book; the tree is not changed.

    Nothing when the book has no table for that syntax. A file with such a fault, or an `odd` one,
    holds something that is no term, or twice what the model has once: there the business rules
    `rules` are asked of the file too, those that look at elements wherever they stand. `met` are
    its elements by path, when they are known.
    """
    manifest = manifest_of(book, detected.syntax)
    failures = shape(manifest).failures(detected.root, met) if manifest else []
    if not failures and not (odd and manifest):
        return NOTHING
    namespaces = binding_of(detected.syntax).namespaces
    numbers = Numbers()
    findings = []
    objected: set[str] = set()
    for failure in failures:
        places = tuple(
            place_of(element, namespaces, attribute, numbers) for element, attribute in failure.hits
        )
        objected.update(places)
        at = places or (place_of(failure.element, namespaces, "", numbers),)
        findings.append(finding(manifest, layer, failure, at, term_of(manifest, failure.check)))
    told = {rule.id: rule for rule in rules}
    everywhere = beyond(manifest).failures(detected.root) if manifest in _WIDE and told else []
    again = tuple(
        Finding(
            rule=rule.id,
            layer=layer,
            severity=rule.severity,
            message=f"Attendu : {rule.meaning[:1].lower()}{rule.meaning[1:]}",
            path=_place(failure, namespaces, numbers),
            remedy=rule.remedy,
        )
        for failure in everywhere
        if (rule := told.get(failure.check.id)) is not None
    )
    return Judged(tuple(findings), frozenset(objected), again)


def _place(failure: Failure, namespaces: Mapping[str, str], numbers: Numbers) -> str:
    element, attribute = failure.hits[0] if failure.hits else (failure.element, "")
    return place_of(element, namespaces, attribute, numbers)


def checks_of(manifest: str) -> dict[str, Check]:
    """Return the checks of an official file by id. Raises FileNotFoundError."""
    return {check.id: check for check in table(manifest).checks}
