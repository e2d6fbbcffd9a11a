"""The restaurant of the demonstration: a month of takings, two missing days."""

from datetime import UTC, datetime

import pytest

from facturier.server import clock
from facturier.server.demo import tills
from facturier.server.takings import chasing, told

pytestmark = pytest.mark.django_db


def test_a_month_is_told_once_but_for_two_days(office):
    with clock.set_to(datetime(2026, 11, 22, 8, tzinfo=UTC)):
        for _ in range(2):
            tills.tell(office.bakery, None)
        assert len(chasing.of(office.bakery)) == 2
        # from 23 October on: 2 + 5 + 5 + 4 (holiday on the 11th) + 5 days of opening
        assert told.standing(office.bakery).count() == 19
        assert all(row.z().gross == sum(a for _, a in row.z().payments)
                   for row in told.standing(office.bakery))  # fmt: skip
