"""Read the facts of an official Schematron: which assertion has which id, weight and context.

Two forms exist: the source (``.sch``: ``rule``, ``assert``, ``report``) and the compiled stylesheet
(``.xslt``, ``.xsl``: each assertion became an ``svrl:failed-assert`` or ``svrl:successful-report``
inside a template). Both are read with lxml, without running them. Sentences are looked at only to
find the ids of the terms they quote; none is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lxml import etree

XSL = "{http://www.w3.org/1999/XSL/Transform}"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
SCH = "{http://purl.oclc.org/dsdl/schematron}"

_TERM = re.compile(
    r"\b(?:EXT-FR-FE-BG-\d+|EXT-FR-FE-\d+|(?:BT|BG)(?:-X)?-\d+|MD[TG]-\d+|T[TGB]-\d+)"
)
_QUOTED = re.compile(r"\[([A-Z][A-Za-z0-9./-]*)\]")
_VERSION = re.compile(r"(?:Schematron version|Version:)\s*([0-9][0-9A-Za-z.]*)")
_DATE = re.compile(r"(?:Last update|Release date):\s*(\d{4}-\d\d-\d\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """One assertion (must hold) or report (must not hold) of a stylesheet."""

    id: str
    """The id attribute; else the id quoted in brackets in the sentence; else empty."""
    flag: str
    """``fatal``, ``warning`` or empty, as written."""
    kind: str
    """``assert`` or ``report``."""
    context: str
    test: str
    terms: tuple[str, ...]
    """Business terms and groups that the sentence (else the id) names, each once, in order."""
    quoted: str
    """First id in brackets in the sentence: ``BR-45`` behind ``FX-SCH-A-000047``."""


def _sentence(element: etree._Element) -> str:
    return " ".join("".join(map(str, element.itertext())).split())


def _assertion(id_: str, flag: str, kind: str, context: str, test: str, sentence: str) -> Assertion:
    quoted = _QUOTED.search(sentence)
    name = quoted.group(1) if quoted else ""
    return Assertion(
        id=id_ or name,
        flag=flag,
        kind=kind,
        context=" ".join(context.split()),
        test=test,
        # Some French sentences name no term; their id does (BR-FR-30_BT-21).
        terms=tuple(dict.fromkeys(_TERM.findall(sentence) or _TERM.findall(id_.replace("_", " ")))),
        quoted=name,
    )


@dataclass(frozen=True)
class Stylesheet:
    """A file of official rules."""

    path: Path

    @cached_property
    def tree(self) -> etree._ElementTree:
        """The parsed file."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        return etree.parse(self.path, parser)

    @cached_property
    def head(self) -> str:
        """The first comments, where version and date stand."""
        return self.path.read_text(encoding="utf-8")[:4000]

    @property
    def version(self) -> str:
        """The version the file claims; empty when it claims none."""
        found = _VERSION.search(self.head)
        return found.group(1) if found else ""

    @property
    def date(self) -> str:
        """The date the file claims, ISO; empty when it claims none."""
        found = _DATE.search(self.head)
        return found.group(1) if found else ""

    @cached_property
    def assertions(self) -> tuple[Assertion, ...]:
        """All assertions in the order of the file."""
        compiled = self.tree.getroot().tag.startswith(XSL)
        return tuple(self._compiled() if compiled else self._source())

    def _compiled(self) -> list[Assertion]:
        found = []
        for element in self.tree.iter(SVRL + "failed-assert", SVRL + "successful-report"):
            named = {a.get("name"): _sentence(a) for a in element.iter(XSL + "attribute")}
            template = next(element.iterancestors(XSL + "template"))
            text = element.find(SVRL + "text")
            found.append(
                _assertion(
                    named.get("id", "") or element.get("id", ""),
                    named.get("flag", "") or element.get("flag", ""),
                    "assert" if element.tag == SVRL + "failed-assert" else "report",
                    template.get("match", ""),
                    element.get("test", ""),
                    "" if text is None else _sentence(text),
                )
            )
        return found

    def _source(self) -> list[Assertion]:
        found = []
        for element in self.tree.iter(SCH + "assert", SCH + "report"):
            rule = next(element.iterancestors(SCH + "rule"))
            found.append(
                _assertion(
                    element.get("id", ""),
                    element.get("flag", "") or element.get("role", ""),
                    etree.QName(element).localname,
                    rule.get("context", ""),
                    element.get("test", ""),
                    _sentence(element),
                )
            )
        return found

    def function(self, name: str) -> str:
        """Return the ``select`` expressions of one XSLT function, as one text."""
        for element in self.tree.iter(XSL + "function"):
            if element.get("name") == name:
                return " ".join(e.get("select", "") for e in element.iter())
        raise KeyError(name)
