"""Chaos for a minute: nothing lost, nothing twice, both sides agree (the long run: make chaos)."""

import pytest
from tests.acceptance import chaos


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_a_minute_of_chaos_loses_nothing_and_doubles_nothing(tmp_path):
    assert not chaos.main(
        ["--minutes", "1", "--invoices", "40", "--seed", "1", "--keep", str(tmp_path / "chaos")]
    )
