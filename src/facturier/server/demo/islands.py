"""Two halves of the story that never meet, lived at the same time by two processes.

The companies stand on two islands. What happens between companies of one island touches no row of
the other, so two processes seed the islands side by side; what crosses over comes after, with the
validations, whose numbers follow their dates. How the companies are divided only matters for how
evenly the work is; a test says that few acts cross.
"""

from __future__ import annotations

import functools
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING

from facturier.server.demo import seeding
from facturier.server.demo.agenda import Act, Validation
from facturier.server.demo.companies import DOSSIERS, OTHER_DOSSIERS
from facturier.server.demo.processes import Child, stop_all

if TYPE_CHECKING:
    from facturier.server.demo.seeding import Progress

FOOD_AND_CARE = frozenset({
    "comptoir", "fournil", "medecin", "valmont", "association", "sci", "negoce", "fleuriste",
    "gardiennage",
})  # fmt: skip
BUILDING_AND_SERVICES = frozenset(
    company.key for company in (*DOSSIERS, *OTHER_DOSSIERS) if company.key not in FOOD_AND_CARE
)
ISLANDS = (FOOD_AND_CARE, BUILDING_AND_SERVICES)
WORTH_IT = 100
"""With fewer acts left, starting processes costs more than it saves."""
PAUSE = 0.5


def is_on(island: frozenset[str], act: Act) -> bool:
    """Return whether `act` concerns dossiers of this island only."""
    if isinstance(act, Validation):
        return False
    elsewhere = (FOOD_AND_CARE | BUILDING_AND_SERVICES) - island
    return not {act.company, act.peer} & elsewhere


def seed_one(number: int) -> None:
    """Live what happens on one island; the firm is open already."""
    _be_quiet()
    seeding.live(only=functools.partial(is_on, ISLANDS[number]))


def _be_quiet() -> None:
    """What is invented is no news: the person at the terminal reads how far it is."""
    logging.getLogger("facturier").setLevel(logging.WARNING)


def seed_all(var: Path, progress: Progress) -> seeding.Firm:
    """Make the demo firm as far as it is missing, on two processors when there is much to do."""
    _be_quiet()
    firm = seeding.open_firm()
    all_acts = seeding.left(firm)
    if all_acts > WORTH_IT:
        children = [_child(number, var) for number in range(len(ISLANDS))]
        try:
            _wait_for(children, firm, all_acts, progress)
        finally:
            stop_all(children)
    crossing = seeding.left(firm)
    # Whatever a child could not do is done here, or fails here for all to see.
    return seeding.seed(lambda done, _: progress(all_acts - crossing + done, all_acts))


def _child(number: int, var: Path) -> Child:
    log = var / f"semis-{number}.log"
    return Child(name="Le semeur", arguments=("seed", str(number)), log=log)


def _wait_for(children: list[Child], firm: seeding.Firm, all_acts: int, progress: Progress) -> None:
    for child in children:
        child.start()
    while any(child.is_alive() for child in children):
        time.sleep(PAUSE)
        progress(all_acts - seeding.left(firm), all_acts)
