from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.working_calendar import BeyondCalendar, CalendarContradictsItself, WorkingCalendar
from tests.model.calendar_2026 import ALL_DAYS, CALENDAR, DAYS_OFF, WORKED_WEEKENDS

NO_DAYS: frozenset[date] = frozenset()


def test_2026_has_the_working_days_of_the_notice() -> None:
    # 365 days, 104 weekend days, 19 weekdays off, 6 weekend days worked.
    assert sum(CALENDAR.is_working(day) for day in ALL_DAYS) == 365 - 104 - 19 + 6


@pytest.mark.parametrize("day", sorted(WORKED_WEEKENDS))
def test_a_weekend_day_that_the_notice_moves_is_worked(day: date) -> None:
    assert day.weekday() >= 5
    assert CALENDAR.is_working(day)


@pytest.mark.parametrize("day", sorted(DAYS_OFF))
def test_nobody_works_on_a_day_off(day: date) -> None:
    assert not CALENDAR.is_working(day)


@pytest.mark.parametrize("day", [date(2025, 12, 31), date(2027, 1, 1), date.min, date.max])
def test_outside_the_pack_nothing_is_known(day: date) -> None:
    assert not CALENDAR.covers(day)
    with pytest.raises(BeyondCalendar) as refusal:
        CALENDAR.is_working(day)
    assert (refusal.value.day, refusal.value.last_day) == (day, date(2026, 12, 31))


def test_the_working_day_after_the_national_day_is_the_eighth_of_october() -> None:
    assert CALENDAR.working_day_after(date(2026, 9, 30)) == date(2026, 10, 8)
    assert CALENDAR.working_day_after(date(2026, 9, 30), 3) == date(2026, 10, 10)
    with pytest.raises(BeyondCalendar):
        CALENDAR.working_day_after(date(2026, 12, 31))


@given(st.sampled_from(ALL_DAYS), st.integers(1, 30))
def test_as_many_working_days_lie_between_as_were_gone_forward(day: date, count: int) -> None:
    reached = day + timedelta(days=90)
    if CALENDAR.covers(reached):
        reached = CALENDAR.working_day_after(day, count)
        assert CALENDAR.working_days_between(day, reached) == count
        assert CALENDAR.working_days_between(reached, day) == 0


def test_a_calendar_may_be_a_single_day() -> None:
    single = WorkingCalendar(date(2026, 1, 5), date(2026, 1, 5), NO_DAYS, NO_DAYS)
    assert single.is_working(date(2026, 1, 5))


@pytest.mark.parametrize(
    ("first", "last", "off", "worked", "said"),
    [
        (date(2026, 2, 1), date(2026, 1, 1), NO_DAYS, NO_DAYS, "before it starts"),
        (date(2026, 1, 1), date(2026, 1, 9), frozenset({date(2026, 1, 10)}), NO_DAYS, "lies outside"),
        (date(2026, 1, 1), date(2026, 1, 9), NO_DAYS, frozenset({date(2026, 1, 10)}), "lies outside"),
        (
            date(2026, 1, 1),
            date(2026, 1, 9),
            frozenset({date(2026, 1, 4)}),
            frozenset({date(2026, 1, 4)}),
            "both as a day off and as a working day",
        ),
        (date(2026, 1, 1), date(2026, 1, 9), NO_DAYS, frozenset({date(2026, 1, 5)}), "is a weekday"),
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(
    first: date, last: date, off: frozenset[date], worked: frozenset[date], said: str
) -> None:
    with pytest.raises(CalendarContradictsItself, match=said):
        WorkingCalendar(first, last, off, worked)
