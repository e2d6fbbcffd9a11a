"""How a worker ends: well when it was told to, otherwise so that another takes its place.

What makes one end untold is real in the chaos (a database killed); here the order of things.
"""

import asyncio
import os
import signal
from contextlib import asynccontextmanager

import pytest

from facturier.server import commands


class App:
    """Three workers of procrastinate; the one named `ends` loses its database, the others work."""

    def __init__(self, ends=""):
        self.ends, self.stopped = ends, set()

    @asynccontextmanager
    async def open_async(self):
        yield

    async def run_worker_async(self, *, name, **_):
        if name == self.ends:
            return
        try:
            await asyncio.sleep(60)
        finally:
            self.stopped.add(name)


ALL = {"facturier", "facturier-webhooks", "facturier-portal"}


@pytest.mark.parametrize("ends", sorted(ALL))
def test_a_worker_that_loses_its_database_takes_the_others_along(ends):
    app = App(ends)
    assert asyncio.run(commands._work(app)) == os.EX_TEMPFAIL
    assert app.stopped == ALL - {ends}


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_told_to_stop_ends_well(told):
    async def run(app):
        asyncio.get_running_loop().call_later(0.2, os.kill, os.getpid(), told)
        return await commands._work(app)

    app = App()
    assert asyncio.run(run(app)) == 0
    assert app.stopped == ALL
