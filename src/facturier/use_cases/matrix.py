"""Which sheets stand, computed from what they do: nobody types a state.

A sheet is *covered* when its example plays today and gives documents that our books accept,
entries on both sides, something told to the tax office, boxes, and exactly the files that the
tests keep (``goldens.json`` holds their digests; a test holds the digests to the files). What a
case cannot have by its nature, its sheet says with the reason. *Partial*: something of it is
lacking. *Missing*: no sheet.
"""

from __future__ import annotations

import functools
import importlib.resources
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from facturier.findings import Outcome
from facturier.use_cases import OFFICIAL, script, sheets
from facturier.use_cases.case import Certainty
from facturier.use_cases.written import SYNTAXES, digest, files

if TYPE_CHECKING:
    from facturier.use_cases.case import Sheet
    from facturier.use_cases.story import Story
    from facturier.use_cases.written import Files


class State(StrEnum):
    """How far a sheet is proved."""

    COVERED = "covered"
    PARTIAL = "partial"
    MISSING = "missing"

    @property
    def label(self) -> str:
        """In French."""
        return {"covered": "couvert", "partial": "partiel", "missing": "manque"}[self.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One sheet of the matrix."""

    case: str
    title: str
    state: State
    evidence: tuple[str, ...]
    """In French: what was found, what lacks, what stays uncertain."""
    certainty: str = ""
    """``C`` or ``U``, see :class:`~facturier.use_cases.case.Certainty`."""

    def as_json(self) -> dict[str, Any]:
        """Return the row as the command line prints it."""
        return {
            "case": self.case,
            "title": self.title,
            "state": self.state.value,
            "evidence": list(self.evidence),
        }


def matrix() -> tuple[Row, ...]:
    """Return one row for each official number, in order."""
    known = {one.CASE.number: one for one in sheets()}
    return tuple(
        row(known[number])
        if number in known
        else Row(case=number, title="", state=State.MISSING, evidence=("aucune fiche",))
        for number in OFFICIAL
    )


def row(one: Sheet) -> Row:
    """Return the row of a sheet: its example is played and compared."""
    story = one.example()
    made = files(story)
    found, lacking = [], []
    absent = one.EXPECT.absent
    for part, said in _parts(story, made).items():
        if said:
            found.append(said)
        elif part in absent:
            found.append(f"{PARTS[part]} : sans objet ({absent[part]})")
        else:
            lacking.append(f"manque : {PARTS[part]}")
    kept = goldens().get(one.CASE.number, {})
    if kept.get("digest") == digest(made):
        found.append("identique aux étalons des tests")
    else:
        lacking.append("manque : étalons à jour")
    if kept.get("by_hand"):
        found.append("écritures égales au calcul à la main")
    return Row(
        case=one.CASE.number,
        title=one.CASE.title,
        state=State.PARTIAL if lacking else State.COVERED,
        evidence=(*found, *lacking, *_doubt(one)),
        certainty=one.CASE.certainty.value,
    )


def _doubt(one: Sheet) -> tuple[str, ...]:
    """Return what the evidence cannot settle: how sure the sheet is of its facts."""
    certainty = one.CASE.certainty
    return () if certainty is Certainty.SURE else (f"{certainty.label} [{certainty.value}]",)


PARTS = {
    "documents": "documents acceptés par nos règles",
    "seller": "écritures du premier côté",
    "buyer": "écritures du second côté",
    "report": "données pour l'administration",
    "boxes": "cases de la CA3",
}
"""What a covered sheet has, in French."""


@functools.cache
def goldens() -> dict[str, dict[str, Any]]:
    """Return the digests that the tests hold, by number."""
    file = importlib.resources.files("facturier.use_cases") / "goldens.json"
    if not file.is_file():
        return {}
    kept: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return kept


def _parts(story: Story, made: Files) -> dict[str, str]:
    """Return what is there of each part, in French; empty for what is not."""
    accepted = [
        one
        for one in json.loads(made["verdict.json"])
        if all(one[syntax]["outcome"] == Outcome.VALID for syntax in SYNTAXES)
    ]
    whole = bool(accepted) and len(accepted) == len(story.documents)
    sides = [len(story.entries_of(actor)) for actor in story.actors]
    flows = story.flows()
    boxes = {box.code for actor in story.actors for box in script.whole(story, actor).boxes}
    return {
        "documents": f"{_many(len(accepted), 'document')} en UBL et CII" if whole else "",
        "seller": _entries(story, 0, sides),
        "buyer": _entries(story, 1, sides),
        "report": f"flux {', '.join(flows)}" if flows else "",
        "boxes": f"CA3 : {' '.join(sorted(boxes))}" if boxes else "",
    }


def _entries(story: Story, rank: int, sides: list[int]) -> str:
    if len(sides) <= rank or not sides[rank]:
        return ""
    return f"{_many(sides[rank], 'écriture')} ({story.actors[rank].role})"


def _many(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number > 1 else ''}"
