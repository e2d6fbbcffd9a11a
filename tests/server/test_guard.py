"""The guard of a worker: real inner processes that hang in C, eat memory, die, end well."""

import sys
import time

import pytest

from facturier.server.documents.models import Flow
from facturier.server.jobs import guard, work
from facturier.server.jobs.guard import Guard

pytestmark = pytest.mark.timeout(60)

TELL = "import os, sys; tell = lambda words: os.write(int(os.environ['FACTURIER_GUARD']), words);"
NOTE = "open(sys.argv[1], 'a').write(' '.join(sys.argv[2:]) + chr(10))\n"
HANGS_IN_C = "import re; re.match('(a+)+$', 'a' * 60 + 'b');"  # holds the interpreter for ever
EATS = "import time; held = bytearray(b'x' * (300 << 20)); time.sleep(60);"


def lives(tmp_path, program, *, seconds=60.0, megabytes=4000.0):
    """Run a guard over an inner program; return its status and the arguments of each life."""
    notes = tmp_path / "lives"
    one = Guard(
        seconds=seconds, megabytes=megabytes,
        command=(sys.executable, "-c", TELL + NOTE + program, str(notes)),
    )  # fmt: skip
    return one.run(), notes.read_text().split("\n")[:-1]


def test_a_file_that_hangs_a_library_costs_its_worker_only(tmp_path):
    program = f"if len(sys.argv) > 2: sys.exit(0)\ntell(b'3 7\\n')\n{HANGS_IN_C}"
    begun = time.monotonic()
    assert lives(tmp_path, program, seconds=1) == (0, ["", "too-long 3 7"])
    assert time.monotonic() - begun < 10


def test_a_file_that_fills_the_memory_is_named(tmp_path):
    program = f"if len(sys.argv) > 2: sys.exit(0)\ntell(b'3 7\\n')\n{EATS}"
    assert lives(tmp_path, program, megabytes=200) == (0, ["", "too-large-in-memory 3 7"])


def test_what_is_finished_is_not_blamed(tmp_path):
    program = "tell(b'3 7\\n'); tell(b'-\\n')\nimport time; time.sleep(1.5)"
    assert lives(tmp_path, program, seconds=0.5) == (0, [""])


def test_a_worker_that_dies_is_started_again(tmp_path):
    """A library that crashes: nobody is blamed at once, the attempt was counted."""
    program = "n = len(open(sys.argv[1]).readlines())\nos.abort() if n < 3 else sys.exit(0)"
    assert lives(tmp_path, program) == (0, ["", "", ""])


def test_a_wrong_setting_is_no_reason_to_try_again(tmp_path):
    assert lives(tmp_path, "sys.exit(78)") == (78, [""])


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["too-long", "too-large-in-memory"])
def test_the_file_is_put_aside_with_its_reason(deposited, everybody_works, office, reason):
    flow = deposited("F-1")
    work.set_aside_unfinished(office.bakery.pk, flow.pk, guard.refusal(reason))
    flow.refresh_from_db()
    assert flow.state == Flow.State.QUARANTINED
    assert flow.last_error_reason == reason
    assert "60 secondes" in flow.last_error or "1500 Mo" in flow.last_error
    assert "scindez la facture" in flow.last_error
    everybody_works()
    work.set_aside_unfinished(office.bakery.pk, flow.pk, guard.refusal(reason))


@pytest.mark.django_db
def test_what_another_worker_has_done_since_stays_done(deposited, everybody_works, office):
    flow = deposited("F-1")
    everybody_works()
    work.set_aside_unfinished(office.bakery.pk, flow.pk, guard.refusal("too-long"))
    flow.refresh_from_db()
    assert flow.state == Flow.State.DONE
