"""The use cases: the matrix of what stands, and one case played step by step."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from facturier.use_cases.scenes import Scene
    from facturier.use_cases.story import Story


def add(commands: Any) -> None:
    """Add the command and the one below it to the parser."""
    cases = commands.add_parser(
        "use-cases", help="les cas d'usage de XP Z12-014 : ce qui est couvert, et la preuve"
    )
    cases.add_argument("--json", action="store_true", help="la même chose en JSON")
    cases.set_defaults(run=_matrix)
    below = cases.add_subparsers(metavar="ACTION")
    play = below.add_parser("play", help="rejouer un cas, étape par étape")
    play.add_argument("number", metavar="NUMÉRO", help="numéro du cas : 20, 19b")
    play.add_argument(
        "--pause", action="store_true", help="attendre la touche Entrée entre deux étapes"
    )
    play.set_defaults(run=_play)


def _matrix(options: argparse.Namespace) -> int:
    from facturier.use_cases.matrix import State, matrix  # noqa: PLC0415  # plays all cases

    rows = matrix()
    if options.json:
        print(json.dumps([row.as_json() for row in rows], ensure_ascii=False, indent=1))
        return 0
    for row in rows:
        mark = f" [{row.certainty}]" if row.certainty else ""
        print(f"n° {row.case:<4} {row.state.label:<8} {row.title}{mark}")
        print(f"       {' ; '.join(row.evidence)}")
    covered = sum(row.state is State.COVERED for row in rows)
    print(f"\n{covered} fiches couvertes sur {len(rows)}.")
    print("[C] : écritures selon notre lecture ; [U] : point ouvert dans la norme.")
    return 0


def _play(options: argparse.Namespace) -> int:
    from facturier.use_cases import sheet  # noqa: PLC0415

    one = sheet(options.number)
    story = one.example()
    print(f"Cas n° {one.CASE.number} : {one.CASE.title}\n\n{one.CASE.text}")
    for rank, scene in enumerate(story.scenes, 1):
        if options.pause and sys.stdin.isatty():
            input("\n(Entrée)")
        print(f"\n── {rank}. " + "\n".join(_scene(story, scene)))
    print("\n── CA3 de toute l'histoire")
    for actor in story.actors:
        print("\n".join(_boxes(story, actor)))
    return 0


def _scene(story: Story, scene: Scene) -> Iterator[str]:
    """Yield a step: what is said and told, the entries of each company, the boxes that move."""
    from facturier.use_cases import script  # noqa: PLC0415
    from facturier.vat.draft import draft  # noqa: PLC0415

    yield from script.scene_lines(scene)
    for actor in story.actors:
        mine = [one for one in scene.booked if one.actor == actor]
        for booked in mine:
            yield f"  chez {actor.name} ({actor.role})"
            yield from (f"    {line}" for line in script.entry_lines(booked))
        boxes = draft(one.entry for one in mine).boxes
        moved = [f"{box.code} {box.tax or box.base:+.2f}" for box in boxes if box.parts]
        if moved:
            yield f"    CA3 : {' ; '.join(moved)}".replace(".", ",")


def _boxes(story: Story, actor: Any) -> Iterator[str]:
    from facturier.use_cases import script  # noqa: PLC0415

    made = script.whole(story, actor)
    yield f"  {actor.name} ({actor.role})"
    for box in made.boxes:
        base = f"{box.shown_base:>10}" if box.base else " " * 10
        yield f"    {box.code:<3}{base}{box.shown_tax or '':>10}  {box.printed.label}"
