from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.moment import (
    DATES_ZH,
    DatePhrases,
    MomentOutOfRange,
    day_in_words,
    local_date,
    local_datetime,
    moment_in_words,
    stamp,
    time_of_day,
    wall_ms_at,
    weekday_in_words,
)

TOUR_MS = int(datetime(2026, 11, 23, 6, 32, tzinfo=UTC).timestamp() * 1000)


def test_the_county_is_eight_hours_ahead_of_utc_in_summer_and_winter() -> None:
    for month in (1, 7):
        noon_utc_ms = int(datetime(2026, month, 5, 12, tzinfo=UTC).timestamp() * 1000)
        assert local_datetime(noon_utc_ms).hour == 20


def test_after_four_in_the_afternoon_utc_it_is_the_next_day_in_the_county() -> None:
    before_ms = int(datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC).timestamp() * 1000)
    assert local_date(before_ms) == date(2026, 12, 31)
    assert local_date(before_ms + 1000) == date(2027, 1, 1)


def test_the_top_of_the_screen_says_date_weekday_and_time() -> None:
    assert moment_in_words(TOUR_MS) == "11月23日 星期一 14:32"
    assert time_of_day(TOUR_MS) == "14:32"


def test_a_slip_says_the_moment_in_figures() -> None:
    assert stamp(TOUR_MS) == "2026-11-23 14:32"
    assert stamp(wall_ms_at(date(2026, 3, 4), 5, 6)) == "2026-03-04 05:06"


def test_the_year_is_said_when_it_is_wanted() -> None:
    assert day_in_words(date(2027, 1, 5), with_year=True) == "2027年1月5日"


def test_sunday_is_the_last_day_of_the_week() -> None:
    assert weekday_in_words(date(2026, 11, 29)) == "星期日"


def test_another_language_brings_its_own_dates() -> None:
    english = DatePhrases(
        day="{day} {month_name}",
        day_of_year="{day} {month_name} {year}",
        moment="{weekday} {day}, {time}",
        weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
        months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    )
    assert moment_in_words(TOUR_MS, english) == "Mon 23 Nov, 14:32"
    assert day_in_words(date(2026, 11, 23), english, with_year=True) == "23 Nov 2026"


@pytest.mark.parametrize("wall_ms", [10**18, -(10**18), 10**30])
def test_a_clock_with_an_impossible_value_is_refused_by_name(wall_ms: int) -> None:
    with pytest.raises(MomentOutOfRange):
        local_date(wall_ms)


@given(st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(9998, 1, 1)))  # noqa: DTZ001 - parts only
def test_a_moment_given_in_county_time_reads_back_the_same(moment: datetime) -> None:
    wall_ms = wall_ms_at(moment.date(), moment.hour, moment.minute)
    assert stamp(wall_ms) == moment.strftime("%Y-%m-%d %H:%M")
    assert local_date(wall_ms) == moment.date()


def test_a_day_begins_at_midnight_of_the_county() -> None:
    assert stamp(wall_ms_at(date(2026, 11, 23))) == "2026-11-23 00:00"


def test_the_months_are_twelve_and_begin_with_january() -> None:
    assert DATES_ZH.months[0] == "1月"
    assert DATES_ZH.months[-1] == "12月"
    assert len(DATES_ZH.months) == 12
