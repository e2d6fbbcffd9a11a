"""Measure the engine on documents of many public sources whose official verdict is known.

    python tools/conformance.py                 # the figures
    python tools/conformance.py --show BR-CO-10 # the documents where a rule differs
    python tools/conformance.py --differences   # every document that differs, and how

The corpus stands beside the repository (``../shared/conformance``; its README says how the official
verdicts were made) and nothing of it is copied here. Compared are, for each layer of rules, the
exact set of fatal ids on documents that the schema accepts and the official file can judge, that of
the warnings, and the verdict on every document.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from facturier.errors import UnreadableDocument
from facturier.findings import Layer, Outcome, Severity, Verdict
from facturier.formats import detect, read
from facturier.rules import facturx, official, syntax
from facturier.rules.book import Rulebook
from facturier.rules.check import check, facts_of
from facturier.rules.shelves import FRENCH_PROFILES, all_books

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "conformance"
BOOKS = {
    "en16931-ubl": "en16931",
    "en16931-cii": "en16931",
    "extctc-ubl": "extended-ctc-fr",
    "extctc-cii": "extended-ctc-fr",
    "brfr-ubl": "br-fr-flux2",
    "brfr-cii": "br-fr-flux2",
    **{f"facturx-{profile}": f"factur-x-{profile}" for profile in facturx.PROFILES},
}
"""Layer of the corpus → the book that answers it."""
FACTURX = "facturx-"
REPORT = "report:"
"""How the corpus names what Factur-X forbids without an id."""
PROFILES = ("en16931", "extctc", FACTURX)
"""Base layers of the documents that are measured."""
OWN = {"CDAR": "cdar", "FLUX10": "flux10"}
"""Documents that are no invoices → the one layer that judges them."""
FRAGMENTS = frozenset({"en16931-unit", "xrechnung-unit"})
SHOWN = 15

Difference = tuple[str, frozenset[str], frozenset[str]]
"""Document, ids that only the official file gives, ids that only we give."""


@dataclass(slots=True)
class Tally:
    """How one layer agrees."""

    documents: int = 0
    agreed: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Part of the documents on which the sets are the same."""
        return self.agreed / self.documents if self.documents else 1.0

    def add(self, path: str, official: frozenset[str], ours: frozenset[str]) -> None:
        """Count one document."""
        self.documents += 1
        if official == ours:
            self.agreed += 1
        else:
            self.differences.append((path, official - ours, ours - official))


@dataclass(slots=True)
class Measure:
    """What a run over the corpus gives."""

    layers: dict[str, Tally] = field(default_factory=dict)
    """Every fatal id of a layer."""
    warnings: dict[str, Tally] = field(default_factory=dict)
    """Every warning of a layer; no verdict hangs on them."""
    verdicts: Tally = field(default_factory=Tally)
    false_alarms: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    """Documents that the official files accept, and what we object to."""
    unreadable: list[str] = field(default_factory=list)


def documents(corpus: Path = CORPUS) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Yield what the official files say of each document, and its bytes."""
    with tarfile.open(corpus / "mutants.tar.xz") as archive:
        packed = {
            member.name: handle.read()
            for member in archive
            if (handle := archive.extractfile(member)) is not None
        }
    with gzip.open(corpus / "oracle.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            said = json.loads(line)
            path = said["path"]
            yield said, packed[path] if path in packed else (corpus / path).read_bytes()


def measure(corpus: Path = CORPUS) -> Measure:
    """Run the books over the corpus."""
    books = {book.id: book for book in all_books()}
    result = Measure(layers={layer: Tally() for layer, book in BOOKS.items() if book in books})
    result.warnings = {layer: Tally() for layer in result.layers}
    result.layers |= {layer: Tally() for layer in OWN.values()}
    for said, data in documents(corpus):
        if said.get("syntax") in OWN:
            _compare_own(said, data, OWN[said["syntax"]], result)
        if not str(said.get("base_layer", "")).startswith(PROFILES):
            continue
        _compare(said, data, books, result)
    return result


def _compare(
    said: dict[str, Any], data: bytes, books: dict[str, Rulebook], result: Measure
) -> None:
    path = said["path"]
    try:
        reading = read(data)
    except UnreadableDocument:
        result.unreadable.append(path)
        return
    judged = all(one["valid"] for one in said["xsd"].values())
    facts = facts_of(reading.invoice, reading.detected)
    for layer, warned in result.warnings.items():
        theirs = said["layers"].get(layer)
        if theirs is None or "error" in theirs or not judged:
            continue
        if layer.startswith("brfr") and reading.detected.profile not in FRENCH_PROFILES:
            continue
        base = layer.startswith(PROFILES) and not layer.startswith(FACTURX)
        if base and layer != said["base_layer"]:
            continue
        book = books[BOOKS[layer]]
        found = book.check(facts)
        beside = syntax.judge(book.id, book.layer, reading.detected, book.rules, odd=reading.is_odd)
        found = beside.joined(found)
        named = str
        if layer.startswith(FACTURX):
            found += facturx.judge(layer.removeprefix(FACTURX), reading.detected).findings
            named = _quoted(book.id)
        light = frozenset(named(one.rule) for one in found if one.severity is Severity.WARNING)
        ours = frozenset(named(one.rule) for one in found) - light
        result.layers[layer].add(path, frozenset(map(named, theirs["fatal"])), ours)
        warned.add(path, frozenset(map(named, theirs["warning"])), light)
    _compare_verdicts(said, reading, result)


def _quoted(book: str) -> Callable[[str], str]:
    """Return what calls an id of Factur-X as the corpus does: by the rule that it quotes."""
    manifest = official.manifest(book)

    def named(id_: str) -> str:
        if id_.startswith(REPORT):
            return facturx.structure.NOT_USED
        return manifest[id_].quoted or id_ if id_ in manifest else id_

    return named


def _compare_own(said: dict[str, Any], data: bytes, layer: str, result: Measure) -> None:
    """Compare a document that is no invoice: its one layer, and its verdict."""
    try:
        verdict = check(detect(data))
    except UnreadableDocument:
        result.unreadable.append(said["path"])
        return
    official = said["layers"].get(layer)
    if official and "error" not in official and all(one["valid"] for one in said["xsd"].values()):
        ours = frozenset(one.rule for one in verdict.fatal if one.layer == layer)
        result.layers[layer].add(said["path"], frozenset(official["fatal"]), ours)
    _count(said["path"], said["verdict_fr"], verdict, result)


def _compare_verdicts(said: dict[str, Any], reading: Any, result: Measure) -> None:
    path = said["path"]
    if path.split("/")[0] in FRAGMENTS:
        return
    verdict = check(reading)
    checked = {book.id for book in verdict.books if book.checked}
    french = "br-fr-flux2" in checked
    theirs = said["verdict_fr" if french else "verdict_en"]
    sheet = next((FACTURX + one for one in facturx.PROFILES if f"factur-x-{one}" in checked), "")
    if sheet and sheet != said["base_layer"]:  # the verdict of the corpus is that of CEN's file
        asked = [said["layers"][one] for one in (sheet, "brfr-cii")[: 1 + french]]
        well = all(one["valid"] for one in said["xsd"].values())
        clean = all("error" not in one and not one["fatal"] for one in asked)
        theirs = "valid" if well and clean else "invalid"
    _count(path, theirs, _without_peppol(verdict), result)


def _without_peppol(verdict: Verdict) -> Verdict:
    """Return the verdict on the books that the corpus was judged by; Peppol's is none of them."""
    asked = tuple(one for one in verdict.findings if one.layer is not Layer.PEPPOL)
    if verdict.outcome is not Outcome.INVALID or any(
        one.severity is Severity.FATAL for one in asked
    ):
        return verdict
    return replace(verdict, outcome=Outcome.VALID, findings=asked)


def _count(path: str, official: str, verdict: Verdict, result: Measure) -> None:
    result.verdicts.add(path, frozenset({official}), frozenset({str(verdict.outcome)}))
    if official == "valid" and verdict.outcome is not Outcome.VALID:
        result.false_alarms.append((path, frozenset(one.rule for one in verdict.fatal)))


def report(result: Measure) -> str:
    """Tell the figures."""
    lines = ["| | documents | same | share |", "|---|---:|---:|---:|"]
    lines += [
        f"| {name} | {tally.documents} | {tally.agreed} | {tally.share:.2%} |"
        for name, tally in (*_tallies(result), ("verdict", result.verdicts))
    ]
    lines.append(f"\nfalse alarms: {len(result.false_alarms)}; unreadable to us:")
    lines += [f"  {path}" for path in result.unreadable]
    for name, tally in _tallies(result):
        missed = Counter(id_ for _, only_official, _ in tally.differences for id_ in only_official)
        extra = Counter(id_ for _, _, only_ours in tally.differences for id_ in only_ours)
        if missed or extra:
            lines.append(f"\n{name}: ids that only the official file gives: {_most(missed)}")
            lines.append(f"{name}: ids that only we give: {_most(extra)}")
    return "\n".join(lines)


def _tallies(result: Measure) -> Iterator[tuple[str, Tally]]:
    yield from result.layers.items()
    yield from ((f"{name} warnings", tally) for name, tally in result.warnings.items())


def _most(counted: Counter[str]) -> str:
    return ", ".join(f"{id_} {number}" for id_, number in counted.most_common(SHOWN)) or "none"


def _show(result: Measure, id_: str | None) -> Iterator[str]:
    for name, tally in _tallies(result):
        for path, missed, extra in tally.differences:
            if id_ is None or id_ in missed | extra:
                yield f"{name} {path} official only {sorted(missed)} ours only {sorted(extra)}"
    for path, ids in result.false_alarms:
        if id_ is None or id_ in ids:
            yield f"false alarm {path} {sorted(ids)}"
    for path, theirs, ours in result.verdicts.differences if id_ is None else ():
        yield f"verdict {path} official {sorted(theirs)} ours {sorted(ours)}"


def main() -> int:
    """Print the figures. Returns 1 where the corpus is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", metavar="ID", help="the documents where this rule differs")
    parser.add_argument("--differences", action="store_true", help="all documents that differ")
    options = parser.parse_args()
    if not CORPUS.is_dir():
        print(f"{CORPUS} is missing", file=sys.stderr)
        return 1
    result = measure()
    print(report(result))
    if options.show or options.differences:
        print("\n".join(_show(result, options.show)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
