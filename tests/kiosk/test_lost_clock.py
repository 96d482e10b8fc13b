"""A clock that shows another century: the desk goes on, and the county sees the times in the records."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sync.clock import FixedClock
from sync.model.case_number import parse_case_number
from sync.model.moment import wall_ms_at
from tests.kiosk.journeys import SIGN_IN, TAKE_IN
from tests.kiosk.point import Point


@pytest.mark.parametrize("day", [date(2106, 2, 7), date(5000, 1, 1)])
def test_a_clock_that_shows_no_year_of_a_case_number_stops_nobody(tmp_path: Path, day: date) -> None:
    point = Point(tmp_path / "point", clock=FixedClock(wall_ms_at(day, 9)))
    try:
        point.do(*SIGN_IN, *TAKE_IN)
        assert point.place == "receipt"
        first = parse_case_number(point.session.case_no or "")
        assert (first.day, first.serial) == (date(2000, 1, 1), 1)
    finally:
        point.close()
