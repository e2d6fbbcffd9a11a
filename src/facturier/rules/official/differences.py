"""What a new version of the official files changes: added, changed and removed ids, by book.

Old and new are each a stylesheet (``.xslt``, ``.xsl``, ``.sch``), a folder or an archive (``.zip``,
``.jar``, ``.whl``) that holds some, or the id of a book whose manifest stands here
(:func:`facturier.rules.official.books`). Files are paired by the ids they share, so that a new name
or another place does not matter. Sentences are not compared: a rule is its id, its weight, where it
looks and what it tests.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from facturier.errors import BadUsage
from facturier.rules import official
from facturier.rules.official.stylesheets import Assertion, Stylesheet

SUFFIXES = frozenset({".xslt", ".xsl", ".sch"})
ARCHIVES = frozenset({".zip", ".jar", ".whl"})
_MOST_BYTES = 200 * 1024 * 1024
"""What the rule files of an archive may take once unpacked."""
_ALIKE = 0.3
"""Part of the ids that two files share when one is a version of the other."""

Facts = Mapping[str, frozenset[str]]
"""What is known of a rule: each aspect, as a set of texts (one id may stand several times)."""

ASPECTS = {
    "flag": "gravité",
    "kind": "forme (assert ou report)",
    "context": "contexte",
    "test": "test",
    "terms": "termes",
}
"""What is compared of a rule, and its name for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The rules of one official file, by id."""

    name: str
    version: str
    rules: Mapping[str, Facts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A rule that both versions have, and what is not the same."""

    id: str
    aspects: tuple[str, ...]
    """Keys of :data:`ASPECTS`."""
    flag: tuple[str, str] = ("", "")
    """Its weight before and after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What differs between two versions of one file; either name is empty when it stands alone."""

    old: str
    new: str
    old_version: str = ""
    new_version: str = ""
    added: tuple[str, ...] = ()
    changed: tuple[Change, ...] = ()
    removed: tuple[str, ...] = ()
    same: int = 0
    """How many rules did not change."""
    books: tuple[str, ...] = field(default=())
    """Ids of the imported books that it speaks of."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return not (self.added or self.changed or self.removed)


def compare(old: str, new: str) -> tuple[Difference, ...]:
    """Compare two versions of official files.

    Raises BadUsage when either is no rule file, holds none, or is not there.
    """
    before, after = list(_sheets(old)), list(_sheets(new))
    pairs: list[tuple[Sheet | None, Sheet | None]] = []
    left = list(before)
    for sheet in after:
        twin = max(left, key=lambda one: _alike(one, sheet), default=None)
        if twin is not None and _alike(twin, sheet) >= _ALIKE:
            left.remove(twin)
            pairs.append((twin, sheet))
        else:
            pairs.append((None, sheet))
    pairs += [(sheet, None) for sheet in left]
    return tuple(_difference(one, other) for one, other in pairs)


def _alike(one: Sheet, other: Sheet) -> float:
    """Return the part of their ids that two files share."""
    ids, others = one.rules.keys(), other.rules.keys()
    return len(ids & others) / max(1, len(ids | others))


def _difference(old: Sheet | None, new: Sheet | None) -> Difference:
    before: Mapping[str, Facts] = old.rules if old else {}
    after: Mapping[str, Facts] = new.rules if new else {}
    both = [id_ for id_ in before if id_ in after]
    changes = [_change(id_, before[id_], after[id_]) for id_ in both]
    changed = tuple(change for change in changes if change.aspects)
    return Difference(
        old=old.name if old else "",
        new=new.name if new else "",
        old_version=old.version if old else "",
        new_version=new.version if new else "",
        added=tuple(id_ for id_ in after if id_ not in before),
        changed=changed,
        removed=tuple(id_ for id_ in before if id_ not in after),
        same=len(both) - len(changed),
        books=_books_like(after.keys() or before.keys()),
    )


def _change(id_: str, before: Facts, after: Facts) -> Change:
    """Compare what both versions say; an aspect that one does not tell is not compared."""
    aspects = tuple(
        name for name in ASPECTS if name in before and name in after and before[name] != after[name]
    )
    flags = ("/".join(sorted(one["flag"])) for one in (before, after))
    return Change(id=id_, aspects=aspects, flag=(next(flags), next(flags)))


def _books_like(wanted: AbstractSet[str]) -> tuple[str, ...]:
    """Return the imported books that share most of some ids: which manifest to import anew."""
    shares = {
        book: len(wanted & known.keys()) / max(1, len(wanted | known.keys()))
        for book in official.books()
        for known in (official.manifest(book),)
    }
    best = max(shares.values(), default=0)
    return tuple(book for book, share in shares.items() if share == best and share >= _ALIKE)


# --- reading -------------------------------------------------------------------------------------


def _sheets(source: str) -> Iterator[Sheet]:
    """Yield the rule files of a source that hold at least one rule. Raises BadUsage."""
    path = Path(source)
    if not path.exists() and source in official.books():
        yield _of_manifest(source)
        return
    if not path.exists():
        known = ", ".join(official.books())
        raise BadUsage(
            f"« {source} » n'est ni un fichier, ni un dossier, ni un livre.",
            remedy=f"Livres connus : {known}.",
        )
    found = list(_in_archive(path) if path.suffix.lower() in ARCHIVES else _in_folder(path))
    if not found:
        raise BadUsage(
            f"« {source} » ne contient aucune règle officielle.",
            remedy="Donnez un fichier .xslt, .xsl ou .sch, un dossier ou une archive qui en a.",
        )
    yield from found


def _in_folder(path: Path) -> Iterator[Sheet]:
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    for file in files:
        if file.is_file() and file.suffix.lower() in SUFFIXES:
            sheet = _of_file(file, file.name)
            if sheet.rules:
                yield sheet


def _in_archive(path: Path) -> Iterator[Sheet]:
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
        room = _MOST_BYTES
        for number, member in enumerate(archive.infolist()):
            inside = Path(member.filename)
            if inside.suffix.lower() not in SUFFIXES:
                continue
            room -= member.file_size
            if room < 0:
                raise BadUsage(f"« {path} » est démesuré une fois décompressé.")
            file = Path(folder) / f"{number}{inside.suffix.lower()}"
            file.write_bytes(archive.read(member))
            sheet = _of_file(file, inside.name)
            if sheet.rules:
                yield sheet


def _of_file(file: Path, name: str) -> Sheet:
    try:
        sheet = Stylesheet(file)
        rules: dict[str, list[Assertion]] = {}
        for one in sheet.assertions:
            if one.id:
                rules.setdefault(one.id, []).append(one)
        facts = {id_: _facts(found) for id_, found in rules.items()}
        return Sheet(name=name, version=sheet.version, rules=facts)
    except (etree.XMLSyntaxError, UnicodeDecodeError, StopIteration):
        raise BadUsage(f"« {name} » n'est pas un fichier de règles lisible.") from None


def _facts(found: list[Assertion]) -> Facts:
    return {
        "flag": frozenset(one.flag or "fatal" for one in found),
        "kind": frozenset(one.kind for one in found),
        "context": frozenset(_tight(one.context) for one in found),
        "test": frozenset(_tight(one.test) for one in found),
        "terms": frozenset(term for one in found for term in one.terms),
    }


def _of_manifest(book: str) -> Sheet:
    """Return an imported book: its tests were not kept, so they are not compared."""
    rules = {
        id_: {
            "flag": frozenset({str(rule.severity)}),
            "kind": frozenset({rule.kind}),
            "context": frozenset(map(_tight, rule.contexts)),
            "terms": frozenset(rule.terms),
        }
        for id_, rule in official.manifest(book).items()
    }
    return Sheet(name=book, version=official.book(book).version, rules=rules)


def _tight(text: str) -> str:
    """Return an XPath with single spaces: files are laid out anew without a change of meaning."""
    return " ".join(text.split())
