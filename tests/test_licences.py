"""The licence check refuses what it must."""

import pytest
from tools.licences import permitted


@pytest.mark.parametrize(
    "good", ["MIT", "Apache-2.0 OR BSD-3-Clause", "DFSG approved; MIT License"]
)
def test_known_licences_pass(good):
    assert permitted(good)


@pytest.mark.parametrize(
    "bad", ["GPL-3.0-only", "MIT; AGPL-3.0-or-later", "MIT AND GPL-2.0-only", "UNKNOWN", ""]
)
def test_others_are_refused(bad):
    assert not permitted(bad)
