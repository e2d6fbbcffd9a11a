"""Bring the English catalogue up to date with the sentences of the rules.

    python tools/update_catalogue.py              add what is new, drop what is gone, say what lacks
    python tools/update_catalogue.py part.po...   the same, taking translations from these files
    python tools/update_catalogue.py --missing N FOLDER   write what lacks as N files to translate

A sentence that names terms becomes a family of sentences with holes: ``{term}``, ``{name}``.
Sentences that are made while a document is read are entered by hand, under ``# by hand``.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

HERE = Path(__file__).resolve().parent.parent
CATALOGUE = HERE / "src/facturier/locale/en/LC_MESSAGES/facturier.po"
BY_HAND = "by hand"
_TERM = re.compile(r"\b(?:BT|BG|EXT-FR-FE|MDT|MDG|TT|TG)-(?:[A-Z]+-)?\d[A-Z0-9-]*\b")
_QUOTED = re.compile(r"« ([^«»]*) »")


def sentences() -> Iterator[str]:
    """Yield what is said in tables: rules of each version of each book, words, reasons."""
    from facturier.rules.shelves import SHELVES

    for shelf in SHELVES:
        for book in shelf.versions:
            for rule in book.rules:
                yield rule.meaning
                yield rule.remedy
            yield from book.never_fires.values()
    yield from _of_findings()
    yield from _of_explanations()
    yield from _of_command_line()


def _of_findings() -> Iterator[str]:
    """Yield what findings say that come from no rulebook."""
    from facturier.rules.advice.defects import LEDGER
    from facturier.rules.advice.words import WORDS
    from facturier.rules.syntax import NEVER_FIRES
    from facturier.rules.syntax.saying import SENTENCES

    for word in WORDS.values():
        yield from (word.title, word.meaning, word.remedy)
    for defect in LEDGER:
        yield from (defect.file_says, defect.text_says, defect.remedy)
    for meaning, remedy in SENTENCES.values():
        yield from (meaning[:1].upper() + meaning[1:], remedy)
    yield from NEVER_FIRES.values()


def _of_explanations() -> Iterator[str]:
    from facturier.errors import FacturierError
    from facturier.lifecycle.reasons import REASONS
    from facturier.lifecycle.statuses import Side
    from facturier.rules.explain import SEVERITIES, SOURCES

    for reason in REASONS.values():
        yield from (reason.label, reason.cause, reason.remedy)
    yield from (*SOURCES.values(), *SEVERITIES.values(), *(side.label for side in Side))
    kinds: list[type] = [FacturierError]
    for kind in kinds:
        yield (inspect.getdoc(kind) or "").split("\n", 1)[0]
        kinds += kind.__subclasses__()


def _of_command_line() -> Iterator[str]:
    """Yield the help of each command and of each of its arguments."""
    from facturier.cli import parser

    waiting: list[argparse.ArgumentParser] = [parser()]
    for one in waiting:
        yield one.description or ""
        for action in one._actions:  # noqa: SLF001  # argparse tells it no other way
            yield "" if action.help is argparse.SUPPRESS else action.help or ""
            if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
                waiting += action.choices.values()
                yield from (choice.help or "" for choice in action._choices_actions)  # noqa: SLF001


def family(sentence: str, names: frozenset[str]) -> str:
    """Return a sentence with holes where it names terms."""
    counts: Counter[str] = Counter()

    def hole(kind: str) -> str:
        counts[kind] += 1
        return "{" + kind + (str(counts[kind]) if counts[kind] > 1 else "") + "}"

    def quoted(found: re.Match[str]) -> str:
        return f"« {hole('name')} »" if found[1] in names else found[0]

    safe = sentence.replace("{", "(").replace("}", ")")
    return _TERM.sub(lambda _: hole("term"), _QUOTED.sub(quoted, safe))


def wanted() -> list[str]:
    """Return the ids that the catalogue should have: families, or sentences that stand alone."""
    from facturier.invoice import terms

    told = dict.fromkeys(sentences())  # the documents are declared once their books are loaded
    names = frozenset(
        item.nom for held in terms.dictionaries() for items in held for item in items.values()
    )
    shaped = {one: family(one, names) for one in told if one}
    known = Counter(shaped.values())
    alone = {s: one for one, s in shaped.items() if known[s] == 1 and "{name" not in s}
    return sorted({alone.get(s, s) for s in shaped.values()})


def strangers() -> list[str]:
    """Return the sentences by hand that the code does not say any more."""
    texts = set()
    for path in (HERE / "src/facturier").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(re.sub(r"\{[^}]*\}", "\n", node.value))
    told = "\n".join(texts)
    return [
        str(one.id)
        for one in update([])
        if one.id and BY_HAND in one.user_comments and not _is_said(str(one.id), told)
    ]


def _is_said(sentence: str, told: str) -> bool:
    """Whether each word of some length stands in the texts of the code, a plural aside."""
    words = re.findall(r"\w{5,}", re.sub(r"\{\w+\}", " ", sentence))
    return all(word.rstrip("s") in told for word in words)


def update(parts: list[Path]) -> Catalog:
    """Return the catalogue with what is wanted, and the translations known so far."""
    known: dict[str, str] = {}
    by_hand: list[str] = []
    for path in (CATALOGUE, *parts):
        if path.exists():
            with path.open("rb") as file:
                for message in read_po(file, locale="en"):
                    if message.id and message.string:
                        known[str(message.id)] = str(message.string)
                    if message.id and BY_HAND in message.user_comments:
                        by_hand.append(str(message.id))
    catalogue = Catalog(locale="en", project="Facturier", fuzzy=False)
    for id_ in wanted():
        catalogue.add(id_, known.get(id_, ""))
    for id_ in by_hand:
        catalogue.add(id_, known.get(id_, ""), user_comments=[BY_HAND])
    return catalogue


def save(catalogue: Catalog, path: Path) -> None:
    """Write a catalogue without dates: the same sentences give the same file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=100, omit_header=True)


def main(arguments: list[str]) -> int:
    """Run as the docstring says."""
    if arguments[:1] == ["--missing"]:
        catalogue = update([])
        lacking = [one.id for one in catalogue if one.id and not one.string]
        for number in range(int(arguments[1])):
            part = Catalog(locale="en", fuzzy=False)
            for id_ in lacking[number :: int(arguments[1])]:
                part.add(id_, "")
            save(part, Path(arguments[2]) / f"part{number + 1}.po")
        return 0
    catalogue = update([Path(one) for one in arguments])
    save(catalogue, CATALOGUE)
    lacking = [str(one.id) for one in catalogue if one.id and not one.string]
    print(f"{len(catalogue)} sentences, {len(lacking)} without English")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
