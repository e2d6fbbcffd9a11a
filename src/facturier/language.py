"""English, second: the one place where a French sentence is said in another language.

Sentences are written in French where they arise. Who shows them asks here for the English one; the
catalogue ``locale/en/LC_MESSAGES/facturier.po`` (gettext) holds a line for each sentence, or for
each family of them: ``« {name} » ({term}) doit être renseigné.`` stands for one sentence a term.
What the catalogue does not know stays French.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Literal

from facturier.findings import Finding, Verdict

Language = Literal["fr", "en"]

EXPECTED, READ = "Attendu : ", " Valeurs lues : "
"""How a finding of a rule begins, and what comes before the values."""
_HOLE = re.compile(r"\\\{(\w+)\\\}")
_SHAPES = {"term": r"[A-Z][A-Z0-9-]*", "name": r"[^«»]+"}
"""What may stand in a hole ``{term}``, ``{term2}``…, ``{name}``; in any other, any text."""


def in_english(sentence: str) -> str:
    """Return the English of a French sentence; itself when nobody has translated it."""
    return translated(sentence) or sentence


@functools.lru_cache(maxsize=4096)
def translated(sentence: str) -> str | None:
    """Return the English of a French sentence, of a finding's whole message too; or None."""
    said = _of_catalogue(sentence)
    if said is not None:
        return said
    if sentence.startswith(EXPECTED):
        meaning, mark, values = sentence.removeprefix(EXPECTED).partition(READ)
        english = _of_catalogue(meaning) or _of_catalogue(meaning[:1].upper() + meaning[1:])
        return None if english is None else f"Expected: {english}" + _values(mark, values)
    first, mark, rest = sentence.partition(READ)
    if mark and (english := _of_catalogue(first)) is not None:
        return english + _values(mark, rest)
    return None


def _values(mark: str, values: str) -> str:
    return f" Values read: {values}" if mark else ""


def _of_catalogue(sentence: str) -> str | None:
    plain, shaped = _catalogue()
    found = plain.get(sentence)
    if found is not None:
        return found
    for shape, english in shaped:
        match = shape.fullmatch(sentence)
        if match is not None:
            return english.format(**{k: _named(k, v) for k, v in match.groupdict().items()})
    return None


def _named(hole: str, value: str) -> str:
    return _english_names().get(value, value) if _kind(hole) == "name" else value


def _kind(hole: str) -> str:
    return hole.rstrip("0123456789")


@functools.cache
def _catalogue() -> tuple[Mapping[str, str], tuple[tuple[re.Pattern[str], str], ...]]:
    """Return the sentences as they stand, then those with holes, the longest first."""
    from babel.messages.pofile import read_po  # noqa: PLC0415  # French needs none of this

    place = files("facturier") / "locale" / "en" / "LC_MESSAGES" / "facturier.po"
    with place.open("rb") as file:
        catalogue = read_po(file, locale="en")
    plain: dict[str, str] = {}
    shaped: list[tuple[str, str]] = []
    for message in catalogue:
        if message.id and message.string and not message.fuzzy:
            french, english = str(message.id), str(message.string)
            if "{" in french:
                shaped.append((french, english))
            else:
                plain[french] = english
    shaped.sort(key=lambda pair: -len(pair[0]))
    return plain, tuple((_shape(french), english) for french, english in shaped)


def _shape(sentence: str) -> re.Pattern[str]:
    """Return the pattern of a sentence with holes."""

    def hole(found: re.Match[str]) -> str:
        return f"(?P<{found[1]}>{_SHAPES.get(_kind(found[1]), '.+?')})"

    return re.compile(_HOLE.sub(hole, re.escape(sentence)), re.DOTALL)


@functools.cache
def _english_names() -> Mapping[str, str]:
    """Return French name of a term or group → English name."""
    from facturier.invoice import terms  # noqa: PLC0415

    return {
        item.nom: item.name
        for held in terms.dictionaries()
        for items in held
        for item in items.values()
        if item.name
    }


def finding_in(finding: Finding, language: Language) -> Finding:
    """Return a finding as it is told in a language."""
    if language == "fr":
        return finding
    return dataclasses.replace(
        finding,
        message=in_english(finding.message),
        remedy=in_english(finding.remedy),
        where=finding.where.replace(" ligne ", " line ").replace(" n° ", " no. "),
    )


def verdict_in(verdict: Verdict, language: Language) -> Verdict:
    """Return a verdict as it is told in a language."""
    findings: Iterable[Finding] = (finding_in(one, language) for one in verdict.findings)
    return dataclasses.replace(verdict, findings=tuple(findings))
