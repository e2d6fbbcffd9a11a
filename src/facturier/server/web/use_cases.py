"""« Cas d'usage »: the sheets of XP Z12-014, what each proves, and the replay with all sides shown.

Nothing here is told by hand: states come from :mod:`facturier.use_cases.matrix`, a replay from the
story that the sheet plays with the real engine. Companies are fictitious; no dossier is read.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from facturier.errors import BadUsage
from facturier.server.web.access import attachment
from facturier.use_cases import script, sheet
from facturier.use_cases.matrix import State, matrix
from facturier.use_cases.written import files
from facturier.vat.draft import draft

if TYPE_CHECKING:
    from collections.abc import Iterable

    from facturier.server.web.access import Request
    from facturier.use_cases.case import Sheet
    from facturier.use_cases.matrix import Row
    from facturier.use_cases.pieces import Actor
    from facturier.use_cases.scenes import Booked, Scene
    from facturier.use_cases.story import Story
    from facturier.vat.draft import Box

_MEDIA = {"xml": "application/xml", "json": "application/json", "txt": "text/plain; charset=utf-8"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one step does in the books of one company."""

    actor: Actor
    booked: tuple[Booked, ...]
    boxes: tuple[Box, ...]
    """Of the CA3, moved by these entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a story, as the board shows it."""

    rank: int
    scene: Scene
    parts: tuple[Part, ...]
    """One for each company, in the order of the columns."""


@functools.cache
def _matrix() -> tuple[Row, ...]:
    """Return the matrix: it depends on the program alone."""
    return matrix()


@login_required
@require_GET
def listing(request: Request) -> HttpResponse:
    """List the sheets, each with its state and evidence; keep those that hold the words."""
    words = request.GET.get("q", "").casefold().split()
    rows = [one for one in _matrix() if _holds(one, words)]
    context = {
        "rows": rows, "q": request.GET.get("q", ""), "is_use_cases": True, "all": len(_matrix()),
        "covered": sum(1 for one in rows if one.state is State.COVERED),
    }  # fmt: skip
    return render(request, "facturier/use_cases.html", context)


def _holds(row: Row, words: Iterable[str]) -> bool:
    said = f"{row.case} {row.title} {' '.join(row.evidence)}".casefold()
    return all(word in said for word in words)


@login_required
@require_GET
def page(request: Request, number: str) -> HttpResponse:
    """Show a sheet, and its story up to a step (``etape``): the whole of it without."""
    one = _sheet(number)
    story = one.example()
    if "fichier" in request.GET:
        return _file(one, story, request.GET["fichier"])
    last = len(story.scenes)
    asked = request.GET.get("etape", "")
    step = max(1, min(int(asked), last)) if asked.isdecimal() else 0
    order = [row.case for row in _matrix()]
    place = order.index(one.CASE.number)
    context: dict[str, Any] = {
        "one": one, "case": one.CASE, "row": _matrix()[place], "story": story,
        "steps": _steps(story, step or last), "step": step, "last": last,
        "whole": step in {0, last}, "is_use_cases": True,
        "previous": order[place - 1] if place else None,
        "next": order[place + 1] if place + 1 < len(order) else None,
    }  # fmt: skip
    if context["whole"]:
        context["files"] = sorted(files(story))
        context["boxes"] = [(actor, script.whole(story, actor)) for actor in story.actors]
    return render(request, "facturier/use_case.html", context)


def _sheet(number: str) -> Sheet:
    try:
        return sheet(number)
    except BadUsage as error:
        raise Http404 from error


def _steps(story: Story, upto: int) -> list[Step]:
    return [
        Step(rank=rank, scene=scene, parts=tuple(_part(scene, actor) for actor in story.actors))
        for rank, scene in enumerate(story.scenes[:upto], 1)
    ]


def _part(scene: Scene, actor: Actor) -> Part:
    mine = tuple(one for one in scene.booked if one.actor == actor)
    moved = tuple(box for box in draft(one.entry for one in mine).boxes if box.parts)
    return Part(actor=actor, booked=mine, boxes=moved)


def _file(one: Sheet, story: Story, name: str) -> HttpResponse:
    """Give a file of the story; 404 for a name it has not."""
    data = files(story).get(name)
    if data is None:
        raise Http404
    media = _MEDIA[name.rpartition(".")[2]]
    return attachment(data, f"cas-{one.CASE.number}-{name}", media)
