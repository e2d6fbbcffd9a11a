"""A sheet as files: what ``make golden`` keeps and what the matrix compares.

Equal sheets give equal bytes: dates are those of the story, the rules those of :data:`CHECKED_ON`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Literal

from facturier import formats
from facturier.rules.check import check
from facturier.use_cases import recognise, script

if TYPE_CHECKING:
    from facturier.findings import Verdict
    from facturier.use_cases.scenes import Document
    from facturier.use_cases.story import Story

CHECKED_ON = date(2026, 11, 30)
"""Day whose rulebooks the documents are checked by."""
SYNTAXES: tuple[Literal["ubl", "cii"], ...] = ("ubl", "cii")
Files = Mapping[str, bytes]


def files(story: Story) -> Files:
    """Return the files of a story by name: documents, verdicts, life, entries, boxes, reports."""
    made = dict(_documents(story))
    made["verdict.json"] = _json([_judged(one) for one in story.documents])
    made["life.txt"] = _text(script.life(story))
    seller, *others = story.actors
    made["seller_entries.txt"] = _text(script.entries(story, seller))
    if others:
        made["buyer_entries.txt"] = _text(script.entries(story, others[0]))
    for actor in others[1:]:
        name = f"others_entries{'' if actor == others[1] else f'_{actor.number}'}.txt"
        made[name] = _text(script.entries(story, actor))
    made["boxes.txt"] = _text("\n\n".join(script.boxes(story, one) for one in story.actors))
    reports = [one.xml for scene in story.scenes for one in scene.told]
    made.update({_numbered("report", rank): xml for rank, xml in enumerate(reports, 1)})
    return made


def digest(made: Files) -> str:
    """Return one digest of all files: names and contents."""
    whole = hashlib.sha256()
    for name in sorted(made):
        whole.update(name.encode() + b"\0" + hashlib.sha256(made[name]).digest())
    return whole.hexdigest()


def verdicts(document: Document) -> dict[str, Verdict]:
    """Return the verdict of our books on a document, written in each syntax."""
    return {
        syntax: check(formats.read(formats.write(document.invoice, syntax).xml), on=CHECKED_ON)
        for syntax in SYNTAXES
    }


def _documents(story: Story) -> Iterator[tuple[str, bytes]]:
    for rank, document in enumerate(story.documents, 1):
        for syntax in SYNTAXES:
            yield _numbered(syntax, rank), formats.write(document.invoice, syntax).xml


def _numbered(stem: str, rank: int) -> str:
    return f"{stem}.xml" if rank == 1 else f"{stem}_{rank}.xml"


def _judged(document: Document) -> dict[str, object]:
    found = {}
    for syntax, verdict in verdicts(document).items():
        found[syntax] = {
            "outcome": verdict.outcome.value,
            "books": [one.id for one in verdict.books if one.checked],
            "findings": [
                {"rule": one.rule, "severity": one.severity.value, "where": one.where,
                 "message": one.message, "remedy": one.remedy}
                for one in verdict.findings
            ],
        }  # fmt: skip
    return {
        "number": document.invoice.number,
        "cases": [case.number for case in recognise(document.invoice)],
        **found,
    }


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _text(text: str) -> bytes:
    return (text.rstrip() + "\n").encode()
