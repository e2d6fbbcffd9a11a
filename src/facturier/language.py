"""English, second: the one place where a French sentence is said in another language.

Sentences are written in French where they arise. Who shows them asks here for the English one; the
catalogue ``locale/en/LC_MESSAGES/facturier.po`` (gettext) holds a line for each sentence, or for
each family of them: ``« {name} » ({term}) doit être renseigné.`` stands for one sentence a term.
What the catalogue does not know stays French. French asks nothing of this module.

The holes of a family, with a number after the first of a kind (``{term2}``):

- ``{term}``: an id, kept; ``{name}``: the French name of a term or group, said in English;
- ``{said}``: a sentence, or a part of one, that the catalogue has;
- ``{list}``: some of these, separated by commas; ``{changes}``: what breaks an example;
- ``{amount}``: a number with a decimal comma; ``{day}``: a date, said as ISO 8601;
- ``{element}``: an element of a file, with its term and name between brackets; ``{groups}``: ids,
  each with its name between brackets;
- any other: any text, kept.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files
from typing import Literal

from facturier.findings import Finding, Verdict

Language = Literal["fr", "en"]

EXPECTED, READ = "Attendu : ", " Valeurs lues : "
"""How a finding of a rule begins, and what comes before the values."""
_TERM = r"[A-Z][A-Z0-9-]*\d[A-Z0-9-]*"
_HOLE = re.compile(r"\\\{(\w+)\\\}")
_SHAPES = {
    "term": r"[A-Z][A-Z0-9-]*",
    "place": rf"{_TERM}(?: n° \d+)*",
    "name": r"[^«»]+",
    "count": r"\d+",
    "version": r"[^,]+",
    "code": r"[a-z0-9-]+",
    "steps": r"\S+",
    "attribute": r"\S+",
    "element": r"(?:[^\s\[(]|\[[^\]]*\])+(?: \(.+\))?",
    "amount": r"[−-]?[\d\u202f ]+(?:,\d+)?",
    "day": r"\d\d/\d\d/\d{4}",
}
"""What may stand in a hole of each kind; in any other, any text."""


def in_english(sentence: str) -> str:
    """Return the English of a French sentence; itself when nobody has translated it."""
    return translated(sentence) or sentence


@functools.lru_cache(maxsize=4096)
def translated(sentence: str) -> str | None:
    """Return the English of a French sentence, of a finding's whole message too; or None."""
    said = _of_catalogue(sentence)
    if said is not None:
        return said
    first, mark, values = sentence.partition(READ)
    if mark:
        known = translated(first)
        return None if known is None else f"{known} Values read: {_values(values)}"
    found = _FOUND.fullmatch(sentence)
    if found is not None:
        known = translated(found["first"])
        return None if known is None else known + _as_found(found)
    if sentence.startswith(EXPECTED):
        known = _of_either_letter(sentence.removeprefix(EXPECTED))
        return None if known is None else f"Expected: {_LITTLE.sub(_lower, known)}"
    return None


_LITTLE = re.compile(r"^(?:The|An?|Each|Every|When|If|In|On|Of|No|All|Only|For|At|Between)\b")
"""Words that lose their capital inside a sentence; others may be names."""


def _lower(found: re.Match[str]) -> str:
    return found[0].lower()


def _of_either_letter(sentence: str) -> str | None:
    return _of_catalogue(sentence[:1].upper() + sentence[1:]) or _of_catalogue(sentence)


# --- what was read --------------------------------------------------------------------------------

_FOUND = re.compile(
    r"(?P<first>.+?[.:]?) Lu(?: (?P<often>\d+) fois)?"
    r"(?: : (?:(?P<times>\d+) fois|« (?P<value>.*) »))?\.",
    re.DOTALL,
)
"""How a finding on an element ends: ``Lu 3 fois : « x ».``, ``Lu : 2 fois.``"""
_QUOTED = re.compile(r"« (.*?) »(?=[,.; ]|$)", re.DOTALL)


def _as_found(found: re.Match[str]) -> str:
    if found["times"]:
        return f" Found {found['times']} times."
    often = f" {found['often']} times" if found["often"] else ""
    return f" Read{often}" + (f": “{found['value']}”." if found["value"] is not None else ".")


def _values(text: str) -> str:
    """Say values as English does, those in quotes as they are: ``12.50``, ``2026-09-01``."""
    parts = _QUOTED.split(text)
    return "".join(
        f"“{part}”" if number % 2 else _day(_amount(part)).replace(" ; ", "; ")
        for number, part in enumerate(parts)
    )


def _amount(text: str) -> str:
    return re.sub(r"(?<=\d)\u202f(?=\d)", ",", re.sub(r"(?<=\d),(?=\d)", ".", text))


def _day(text: str) -> str:
    return re.sub(r"\b(\d\d)/(\d\d)/(\d{4})\b", r"\3-\2-\1", text)


# --- the catalogue --------------------------------------------------------------------------------


def _of_catalogue(sentence: str) -> str | None:
    plain, shaped = _catalogue()
    found = plain.get(sentence)
    if found is not None:
        return found
    for shape, english in shaped:
        match = shape.fullmatch(sentence)
        if match is not None:
            filled = _filled(match.groupdict())
            if None not in filled.values():
                return english.format(**filled)
    return None


def _filled(holes: Mapping[str, str]) -> dict[str, str | None]:
    """Return what stands in each hole, in English; None for what has no English."""
    terms = [value for hole, value in holes.items() if _kind(hole) == "term"]
    return {hole: _said(_kind(hole), value, terms) for hole, value in holes.items()}


def _said(kind: str, value: str, terms: Iterable[str]) -> str | None:
    if kind == "name":
        return _named(value, terms)
    return _SAID[kind](value) if kind in _SAID else value


def _list(text: str) -> str | None:
    known = [translated(one) for one in text.split(", ")]
    return ", ".join(one for one in known if one is not None) if None not in known else None


def _changes(text: str) -> str:
    return ", ".join(map(in_english, _CHANGES.split(text)))


def _element(text: str) -> str:
    return _ELEMENT.sub(lambda one: f"({one[1]}, {_named(one[2], (one[1],))})", text)


def _groups(text: str) -> str:
    return _GROUP.sub(lambda one: f"{one[1]} ({_named(one[2], (one[1],))})", text)


_ELEMENT = re.compile(rf"\(({_TERM}), (.+)\)$")
_GROUP = re.compile(rf"({_TERM}) \((.+?)\)(?= > |, |$)")
_CHANGES = re.compile(rf", (?=sans {_TERM}|un groupe {_TERM}|{_TERM})")


_SAID: Mapping[str, Callable[[str], str | None]] = {
    "said": translated,
    "list": _list,
    "changes": _changes,
    "element": _element,
    "groups": _groups,
    "place": lambda text: text.replace(" n° ", " no. "),
    "amount": _amount,
    "day": _day,
}
"""How what stands in a hole of each kind is said in English; of others it is kept."""


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
    shaped.sort(key=lambda pair: -len(re.sub(r"\{\w+\}", "", pair[0])))
    return plain, tuple((_shape(french), english) for french, english in shaped)


def _shape(sentence: str) -> re.Pattern[str]:
    """Return the pattern of a sentence with holes."""

    def hole(found: re.Match[str]) -> str:
        return f"(?P<{found[1]}>{_SHAPES.get(_kind(found[1]), '.+?')})"

    return re.compile(_HOLE.sub(hole, re.escape(sentence)), re.DOTALL)


# --- names of terms -------------------------------------------------------------------------------


def _named(name: str, terms: Iterable[str] = ()) -> str:
    """Return the English name of a term or group; of several of one name, that of `terms`."""
    from facturier.invoice.terms import dictionary_with  # noqa: PLC0415

    for term in terms:
        for items in dictionary_with(term):
            found = items.get(term)
            if found is not None and found.nom == name:
                return str(found.name)
    return _english_names().get(name, name)


@functools.cache
def _english_names() -> Mapping[str, str]:
    """Return French name → English name, of terms and groups, then of statuses."""
    from facturier.invoice import terms  # noqa: PLC0415
    from facturier.lifecycle import acknowledgement, statuses  # noqa: PLC0415
    from facturier.reporting import report  # noqa: PLC0415

    assert acknowledgement, report  # loading them declares their terms
    names = {one.label: one.label_en for one in statuses.STATUSES.values()}
    for held in terms.dictionaries():
        for items in held:
            names |= {item.nom: item.name for item in items.values()}
    return names


# --- findings, verdicts, explanations -------------------------------------------------------------

_PLACES = (
    (re.compile(r" ligne (?=\S)"), " line "),
    (re.compile(r" n° (?=\d)"), " no. "),
    (re.compile(r"^(\S+) facture "), r"\1 invoice "),
    (re.compile(r"^(\S+) ventes du "), r"\1 sales of "),
    (re.compile(r"^(\S+) encaissements du "), r"\1 payments received on "),
)


def where_in_english(where: str) -> str:
    """Return the place of a finding in English: ``BT-131 line 3``."""
    for pattern, said in _PLACES:
        where = pattern.sub(said, where)
    return where


def finding_in(finding: Finding, language: Language) -> Finding:
    """Return a finding as it is told in a language."""
    if language == "fr":
        return finding
    return dataclasses.replace(
        finding,
        message=in_english(finding.message),
        remedy=in_english(finding.remedy),
        where=where_in_english(finding.where),
    )


def verdict_in(verdict: Verdict, language: Language) -> Verdict:
    """Return a verdict as it is told in a language."""
    findings: Iterable[Finding] = (finding_in(one, language) for one in verdict.findings)
    return dataclasses.replace(verdict, findings=tuple(findings))


_LISTED = re.compile(r"(?P<before>\s+(?:→ )?)(?P<id>\S+)(?P<gap>\s+)(?P<rest>.+)")
_FINDING = re.compile(
    r"(?P<before>\s+(?:→ |(?:fatal|warning|advice|internal)\s+)\S+ )"
    r"(?:\[(?P<where>[^\]]*)\] )?(?P<rest>.+)"
)


def text_in(text: str, language: Language) -> str:
    """Return a text of several lines, an explanation above all, as it is told in a language."""
    return text if language == "fr" else "\n".join(map(_line, text.split("\n")))


def _line(line: str) -> str:
    """Return one line in English: a sentence, an id and what it is called, or a finding."""
    bare = line.lstrip(" →")
    said = translated(bare)
    if said is not None:
        return line[: len(line) - len(bare)] + said
    listed = _LISTED.fullmatch(line)
    if listed is not None:
        name = _named(listed["rest"], (listed["id"],))
        if name != listed["rest"] or (known := translated(name)) is None:
            known = name
        if known != listed["rest"]:
            return f"{listed['before']}{listed['id']}{listed['gap']}{known}"
    found = _FINDING.fullmatch(line)
    if found is not None and (known := translated(found["rest"])) is not None:
        place = f"[{where_in_english(found['where'])}] " if found["where"] else ""
        return f"{found['before']}{place}{known}"
    return line
