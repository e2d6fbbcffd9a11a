"""Compare the engine with the official files on documents that nobody thought of.

    python -m tools.parity --documents 300                 # of each kind, on each layer
    python -m tools.parity --layer br-fr-ubl --kind altered --seed 7
    python -m tools.parity --file var/parity/some.xml --layer en16931-cii

Three kinds of documents, all accepted by their schema and all named by a seed:

- ``broken``: an example with one to three of the mutations that break rules;
- ``altered``: such a file whose tree was changed as careless software would (`tools.alterations`);
- ``random``: an example of which some groups are random, from the strategies of the tests.

Compared is the set of (id, severity). A document on which the two differ is made as small as it
goes without losing the difference, told with what was done to it, and kept in ``var/parity``.
"""

from __future__ import annotations

import argparse
import collections
import copy
import dataclasses
import difflib
import fnmatch
import functools
import hashlib
import random
import re
import sys
import tomllib
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from lxml import etree
from tests import oracle
from tests.strategies import invoices
from tools.alterations import alter

from facturier.errors import FacturierError
from facturier.findings import Finding, Outcome
from facturier.formats import INVOICES, detect, read, write
from facturier.formats.cdar import ACKNOWLEDGEMENT, read_status
from facturier.formats.detect import Syntax
from facturier.formats.writer import write_document
from facturier.formats.xsd import schema_findings
from facturier.invoice.model import Invoice
from facturier.rules import en16931, examples, extended, extended_examples, french_examples
from facturier.rules.book import Rulebook
from facturier.rules.check import check, facts_of
from facturier.rules.france import invoice as french
from facturier.rules.france import status
from facturier.rules.mutation import mutate
from facturier.rules.odd_files import TWICE
from facturier.rules.status_examples import example as status_example
from facturier.rules.status_facts import StatusFacts
from facturier.rules.syntax import judge

FOLDER = Path("var/parity")
KNOWN = Path(__file__).parents[1] / "tests" / "parity" / "divergences_odd.toml"
BOOKS: dict[str, tuple[Rulebook, ...]] = {
    "en16931": (en16931.BOOK,),
    "extended-ctc-fr": (extended.BOOK,),
    "br-fr": (french.BOOK,),
}
LAYERS = (*(f"{book}-{syntax}" for book in BOOKS for syntax in ("ubl", "cii")), "cdar")
JUDGED = INVOICES | {Syntax.CDAR}
KINDS = ("broken", "altered", "random")
NAMELESS = "BR-FXEXT-04"
"""The official file of EXTENDED-CTC-FR for CII gives this warning without its id."""
ABORTED = ("the official file stops", "fatal")
STATUSES = (200, 201, 202, 203, 204, 205, 206, 207, 208, 209, 210, 211, 212, 213, 214, 220, 221)
SHOWN = 40
"""Lines of the diff of a finding that are printed."""

Told = frozenset[tuple[str, str]]
"""(id, severity) of what fails."""


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """One document, and how it came to be."""

    layer: str
    name: str
    recipe: tuple[str, ...]
    xml: bytes
    base: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """One document on which the two do not say the same."""

    case: Case
    only_official: Told
    only_ours: Told

    @property
    def signature(self) -> tuple[str, ...]:
        """What differs, by which differences are told apart."""
        sides = (("official", self.only_official), ("ours", self.only_ours))
        return (self.case.layer, *sorted(f"{side} {id_}" for side, ids in sides for id_, _ in ids))


# --- the two verdicts ---------------------------------------------------------------------------


def official(layer: str, xml: bytes) -> Told:
    """Return what the official file of a layer objects to, as far as we compare it."""
    try:
        told = oracle.failed(layer, xml)
    except oracle.StylesheetAborted:
        return frozenset({ABORTED})
    nameless = NAMELESS if layer == "extended-ctc-fr-cii" else ""
    return frozenset(
        (id_ or nameless, weight) for id_, weight in told if (id_ or nameless).startswith("BR-")
    )


def ours(layer: str, xml: bytes) -> Told:
    """Return what our books of a layer object to."""
    if layer == "cdar":
        said = StatusFacts(read_status(xml).document)
        book = status.BOOKS[0]  # the file is of 1.4.0
        return frozenset((one.rule, str(one.severity)) for one in book.check(said))
    reading = read(xml)
    facts = facts_of(reading.invoice, reading.detected)
    found: list[Finding] = []
    for own in BOOKS[layer.rpartition("-")[0]]:
        odd = reading.is_odd
        judged = judge(own.id, own.layer, reading.detected, own.rules, odd=odd)
        found += judged.joined(own.check(facts))  # as a verdict does
    if any(one.rule == TWICE for one in found):
        return frozenset({ABORTED})
    return frozenset((one.rule, str(one.severity)) for one in found if one.rule[:3] == "BR-")


def difference(case: Case, theirs: Told) -> Difference | None:
    """Return how our verdict differs from theirs; None when it does not."""
    mine = ours(case.layer, case.xml)
    if ABORTED in theirs and ABORTED not in mine:  # no set of ids, but it must not pass
        detected = detect(case.xml)
        document = detected if case.layer == "cdar" else read(detected)
        return (
            None if check(document).outcome is Outcome.INVALID else Difference(case, theirs, mine)
        )
    return None if mine == theirs else Difference(case, theirs - mine, mine - theirs)


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """A row of the ledger: on what, and how, the two may differ."""

    layer: str
    ids: tuple[str, ...]
    """Patterns of the ids that may differ."""
    where: re.Pattern[bytes]
    """What a document holds on which they may."""
    example: str
    """File beside the ledger on which they do."""

    def covers(self, found: Difference) -> bool:
        """Whether it explains a difference."""
        told = found.only_official | found.only_ours
        return (
            found.case.layer == self.layer
            and self.where.search(found.case.xml) is not None
            and all(any(fnmatch.fnmatchcase(id_, one) for one in self.ids) for id_, _ in told)
        )


@functools.cache
def known() -> tuple[Known, ...]:
    """Return the ledger of odd files."""
    rows = tomllib.loads(KNOWN.read_text(encoding="utf-8")).get("divergence", [])
    return tuple(
        Known(layer, tuple(one["ids"]), re.compile(one["where"].encode()), one["example"])
        for one in rows
        for layer in one["layers"]
    )


def is_known(found: Difference) -> bool:
    """Whether all that differs is in the ledger of odd files, which says why."""
    return any(one.covers(found) for one in known())


# --- documents ----------------------------------------------------------------------------------


def is_by_schema(xml: bytes) -> bool:
    """Whether the schema accepts a document, and it is one that the books are for."""
    try:
        detected = detect(xml)
    except FacturierError:
        return False
    return detected.syntax in JUDGED and not schema_findings(detected)


@functools.cache
def bases(layer: str) -> tuple[str, ...]:
    """Return the names of the examples that a layer is tried on."""
    if layer == "cdar":
        return tuple(f"{code}{way}" for code in STATUSES for way in ("", "-ppf"))
    names = (*examples.names(), *extended_examples.names(), *french_examples.names())
    return tuple(dict.fromkeys(names))


@functools.cache
def document(layer: str, name: str) -> Any:
    """Return an example; None where there is none of that name."""
    try:
        return status_example(name) if layer == "cdar" else examples.example(name)
    except (FacturierError, KeyError, ValueError, AssertionError):
        return None


def written(layer: str, held: Any) -> bytes:
    """Write a document in the syntax of a layer, as wrong as it is."""
    if layer == "cdar":
        return write_document(held, ACKNOWLEDGEMENT)[0]
    return write(held, layer.rpartition("-")[2], complete=False).xml  # type: ignore[arg-type]


@functools.cache
def breaks(layer: str) -> tuple[str, ...]:
    """Return the mutations by which the rules of a layer can be broken."""
    books = status.BOOKS if layer == "cdar" else BOOKS[layer.rpartition("-")[0]]
    return tuple(dict.fromkeys(rule.breaks for book in books for rule in book.rules if rule.breaks))


@functools.cache
def donors(layer: str) -> tuple[Any, ...]:
    """Return the trees of the examples, from which parts are taken."""
    held = (document(layer, name) for name in bases(layer))
    return tuple(etree.fromstring(written(layer, one)) for one in held if one is not None)


def _start(layer: str, chance: random.Random) -> tuple[str, Any]:
    while True:
        name = chance.choice(bases(layer))
        held = document(layer, name)
        if held is not None:
            return name, held


def _broken(layer: str, held: Any, chance: random.Random, most: int) -> tuple[Any, list[str]]:
    done = []
    for _ in range(most):
        mutation = chance.choice(breaks(layer))
        try:
            changed = mutate(held, mutation)
            written(layer, changed)
        except (ValueError, TypeError, IndexError, AttributeError, ArithmeticError):
            continue  # it speaks of what this example does not have
        held = changed
        done.append(mutation)
    return held, done


def broken(layer: str, number: int, chance: random.Random) -> Case | None:
    """Return an example with one to three rules broken."""
    name, held = _start(layer, chance)
    base = written(layer, held)
    held, done = _broken(layer, held, chance, chance.randint(1, 3))
    return _case(layer, f"broken-{number}", [name, *done], written(layer, held), base)


def altered(layer: str, number: int, chance: random.Random) -> Case | None:
    """Return an example, perhaps with a rule broken, whose tree was changed a few times."""
    name, held = _start(layer, chance)
    held, done = _broken(layer, held, chance, chance.choice((0, 0, 1)))
    base = written(layer, held)
    root = etree.fromstring(base)
    recipe = [name, *done]
    for _ in range(chance.randint(1, 3)):
        for _ in range(20):
            tree = copy.deepcopy(root)
            change = alter(tree, chance, donors(layer))
            if change and is_by_schema(etree.tostring(tree)):
                root = tree
                recipe.append(change)
                break
    return _case(layer, f"altered-{number}", recipe, etree.tostring(root), base)


def _case(layer: str, name: str, recipe: Sequence[str], xml: bytes, base: bytes) -> Case | None:
    return Case(layer, name, tuple(recipe), xml, base) if is_by_schema(xml) else None


def _merged(base: Invoice, other: Invoice, chance: random.Random) -> tuple[Invoice, list[str]]:
    """Return an example of which some groups are those of another invoice."""
    fields = [
        field.name
        for field in dataclasses.fields(other)
        if getattr(other, field.name) not in (None, ()) and chance.random() < 0.5  # noqa: PLR2004
    ]
    return dataclasses.replace(base, **{name: getattr(other, name) for name in fields}), fields


def randoms(layer: str, wanted: int, start: int) -> Iterator[Case]:
    """Yield examples of which some groups are random; none for status messages."""
    if layer == "cdar":
        return
    chance = random.Random(f"{layer} random {start}")  # noqa: S311
    found: list[Case] = []

    @seed(start)
    @settings(
        max_examples=wanted,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(invoices(most=25))
    def draw(other: Invoice) -> None:
        name, held = _start(layer, chance)
        mixed, fields = _merged(held, other, chance)
        try:
            xml = written(layer, mixed)
        except (FacturierError, ValueError):
            return  # what no file can say
        case = _case(
            layer, f"random-{start}-{len(found)}", [name, *fields], xml, written(layer, held)
        )
        if case is not None:
            found.append(case)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        draw()
    yield from found


MAKERS: dict[str, Callable[[str, int, random.Random], Case | None]] = {
    "broken": broken,
    "altered": altered,
}


def cases(layer: str, kind: str, wanted: int, start: int = 1) -> Iterator[Case]:
    """Yield `wanted` documents of a kind (fewer `random` ones: the schema refuses many)."""
    if kind == "random":
        yield from randoms(layer, wanted, start)
        return
    for number in range(start, start + wanted):
        chance = random.Random(f"{layer} {kind} {number}")  # noqa: S311
        case = MAKERS[kind](layer, number, chance)
        if case is not None:
            yield case


# --- comparing, shrinking, telling --------------------------------------------------------------


def compare(found: Iterator[Case]) -> Iterator[tuple[Case, Difference | None]]:
    """Yield each document with how the two verdicts on it differ. Saxon works meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        waiting: collections.deque[tuple[Case, Future[Told]]] = collections.deque()
        for case in found:
            waiting.append((case, pool.submit(official, case.layer, case.xml)))
            if len(waiting) > 8:  # noqa: PLR2004
                first, theirs = waiting.popleft()
                yield first, difference(first, theirs.result())
        for case, theirs in waiting:
            yield case, difference(case, theirs.result())


def shrunk(found: Difference) -> bytes:
    """Return the document without all that can go while the same ids still differ."""
    kept = etree.fromstring(found.case.xml)
    number = 1
    while number < len(elements := list(kept.iter(etree.Element))):
        tree = copy.deepcopy(kept)
        gone = list(tree.iter(etree.Element))[number]
        holder = gone.getparent()
        assert holder is not None
        assert len(elements) > number
        holder.remove(gone)
        if _still_differs(found, etree.tostring(tree)):
            kept = tree
        else:
            number += 1
    return etree.tostring(kept, xml_declaration=True, encoding="UTF-8")


def _still_differs(found: Difference, xml: bytes) -> bool:
    if not is_by_schema(xml):
        return False
    case = dataclasses.replace(found.case, xml=xml)
    now = difference(case, official(case.layer, xml))
    return now is not None and now.signature == found.signature


def _pretty(xml: bytes) -> list[str]:
    root = etree.fromstring(xml, etree.XMLParser(remove_blank_text=True))
    etree.indent(root)
    return etree.tostring(root, encoding="unicode").splitlines()


def tell(found: Difference) -> str:
    """Say what differs, and what was done to the example."""
    case = found.case
    lines = [f"{case.layer} {case.name}: {' + '.join(case.recipe)}"]
    for side, told in (("only official", found.only_official), ("only ours", found.only_ours)):
        lines += [f"  {side}: {id_} ({weight})" for id_, weight in sorted(told)]
    changed = difflib.unified_diff(_pretty(case.base), _pretty(case.xml), lineterm="", n=1)
    lines += [f"    {line}" for line in list(changed)[2 : 2 + SHOWN]]
    return "\n".join(lines)


def keep(found: Difference, folder: Path = FOLDER) -> Path:
    """Write the document down, as small as it goes; return where."""
    folder.mkdir(parents=True, exist_ok=True)
    mark = hashlib.sha256(" ".join(found.signature).encode()).hexdigest()[:8]
    file = folder / f"{found.case.layer}-{mark}.xml"
    file.write_bytes(shrunk(found))
    return file


def run(layers: Sequence[str], kinds: Sequence[str], wanted: int, start: int) -> int:
    """Compare, print what differs, one of each sort; return how many differ without a reason."""
    differing = 0
    seen: collections.Counter[tuple[str, ...]] = collections.Counter()
    for layer in layers:
        for kind in kinds:
            tried = differ = 0
            for _, found in compare(cases(layer, kind, wanted, start)):
                tried += 1
                if found is None:
                    continue
                differ += 1
                differing += not is_known(found)
                seen[found.signature] += 1
                if seen[found.signature] == 1:
                    print(f"{tell(found)}\n  -> {keep(found)}", flush=True)
            share = Decimal(100) * (tried - differ) / tried if tried else Decimal(100)
            print(
                f"== {layer} {kind}: {tried} documents, {differ} differ, {share:.2f} %", flush=True
            )
    for signature, number in seen.most_common():
        print(number, *signature)
    return differing


def main() -> int:
    """Return 1 where something differs without a reason in the ledger."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=300, help="of each kind, on each layer")
    parser.add_argument("--seed", type=int, default=1, help="number of the first document")
    parser.add_argument("--layer", choices=LAYERS, action="append")
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--file", type=Path, help="compare this file on the layers given")
    options = parser.parse_args()
    layers = options.layer or LAYERS
    if options.file:
        xml = options.file.read_bytes()
        for layer in layers:
            theirs, mine = official(layer, xml), ours(layer, xml)
            print(layer, "only official", sorted(theirs - mine), "only ours", sorted(mine - theirs))
        return 0
    return min(run(layers, options.kind or KINDS, options.documents, options.seed), 1)


if __name__ == "__main__":
    sys.exit(main())
