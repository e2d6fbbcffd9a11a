"""Run in a process of its own: kills a child at every step of the pipeline, each time it passes.

For each fault point and each occurrence n = 1, 2, 3…, a child deposits an invoice, works both
sides, and dies the n-th time it passes the point; then the same is done again without dying. The
occurrences of a point end when the child survives. Prints one JSON object a life.
"""

# ruff: noqa: PLC0415, T201 - Django is loaded by the command; what is printed is the result
from __future__ import annotations

import json
import os
import sys
import time

from tests.acceptance.firm_for_tests import make
from tests.server.invoices import ubl

from facturier.server import commands


def main() -> None:
    """Go through every point."""
    from facturier.server.jobs.fault_points import POINTS

    firm = make()
    for point in POINTS:
        times = 1
        while _life(firm, point, times):
            times += 1


def _life(firm: dict, point: str, times: int) -> bool:
    """One death and what comes after it; return whether the child died."""
    from django.db import connections

    from facturier.server.jobs.fault_points import die_at

    number = f"{point}-{times}"
    connections.close_all()
    child = os.fork()
    if not child:
        die_at(point, times)
        _deposit(firm, number)
        _work(firm)
        os._exit(0)
    died = os.WIFSIGNALED(os.waitpid(child, 0)[1])
    if not _deposited(firm, number):  # as somebody would whose browser got no answer
        _deposit(firm, number)
    deadline = time.monotonic() + 30
    while _pending() and time.monotonic() < deadline:
        _work(firm)
        time.sleep(0.02)
    print(json.dumps({"point": point, "times": times, "died": died, **_result(firm, number)}))
    sys.stdout.flush()
    return died


def _sides(firm: dict) -> list[int]:
    return [firm["seller"], firm["buyer"]]


def _deposit(firm: dict, number: str) -> None:
    from facturier.server import sight
    from facturier.server.documents.deposit import deposit
    from facturier.server.firm.models import Dossier

    with sight.of([firm["seller"]]):
        dossier = Dossier.objects.get(pk=firm["seller"])
        data = ubl(number, firm["seller_siren"], firm["buyer_siren"])
        deposit(dossier, data, name=number, channel="cli")


def _deposited(firm: dict, number: str) -> bool:
    from facturier.server import sight
    from facturier.server.documents.models import Flow

    with sight.of([firm["seller"]]):
        return Flow.objects.filter(name=number).exists()


def _work(firm: dict) -> None:
    from facturier.server.jobs.work import work_through

    while sum(work_through(side) for side in _sides(firm)):
        pass


def _pending() -> bool:
    from facturier.server import sight

    return bool(sight.dossiers_with_work())


def _result(firm: dict, number: str) -> dict:
    from facturier.server import sight
    from facturier.server.books.models import Entry
    from facturier.server.documents import history
    from facturier.server.documents.models import Document, Flow, Message

    with sight.of(_sides(firm)):
        documents = Document.objects.filter(number=number).order_by("direction")
        for document in documents:
            history.state_of(document.transmissions.get())
        return {
            "directions": [d.direction for d in documents],
            "codes": [[e.code for e in d.events.order_by("pk")] for d in documents],
            "states": [d.state for d in documents],
            "entries": Entry.objects.filter(document__in=documents).count(),
            "messages": Message.objects.filter(transmission__document__in=documents).count(),
            "flows": Flow.objects.filter(name__startswith=number).count(),
            "unfinished": Flow.objects.exclude(state="done").count(),
        }


if __name__ == "__main__":
    with commands.database():
        main()
