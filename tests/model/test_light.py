from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.deadline import DayUnit, Deadline, Pause, PauseReason, Term, promise, statutory
from sync.model.light import Light, LightReading, Standing, light_until, read_light
from tests.model.calendar_2026 import ALL_DAYS, CALENDAR

MONDAY = date(2026, 11, 23)
PROMISED = promise(MONDAY, Term(5), CALENDAR)  # ends on Monday, 30 November


@dataclass(frozen=True, slots=True)
class Rule:
    """Thresholds as a county sets them."""

    notice_days: int = 2
    warning_days: int = 0


@pytest.mark.parametrize(
    ("today", "reading"),
    [
        (date(2026, 11, 23), LightReading(Light.NORMAL, Standing.TIME_LEFT, 5)),
        (date(2026, 11, 25), LightReading(Light.NORMAL, Standing.TIME_LEFT, 3)),
        (date(2026, 11, 26), LightReading(Light.NOTICE, Standing.TIME_LEFT, 2)),
        (date(2026, 11, 29), LightReading(Light.NOTICE, Standing.TIME_LEFT, 1)),
        (date(2026, 11, 30), LightReading(Light.WARN, Standing.LAST_DAY)),
        (date(2026, 12, 1), LightReading(Light.BAD, Standing.OVERDUE, 1)),
        (date(2027, 1, 9), LightReading(Light.BAD, Standing.OVERDUE, 40)),
    ],
)
def test_the_light_goes_from_calm_to_overdue(today: date, reading: LightReading) -> None:
    assert read_light(PROMISED, today, CALENDAR, Rule()) == reading


def test_a_county_may_warn_earlier() -> None:
    rule = Rule(notice_days=4, warning_days=2)
    assert read_light(PROMISED, date(2026, 11, 24), CALENDAR, rule).light is Light.NOTICE
    assert read_light(PROMISED, date(2026, 11, 26), CALENDAR, rule) == LightReading(Light.WARN, Standing.TIME_LEFT, 2)


def test_a_clock_that_stands_is_calm_and_says_what_is_left() -> None:
    standing = statutory(MONDAY, Term(5), CALENDAR, [Pause(date(2026, 11, 24), None, PauseReason.SUPPLEMENT)])
    assert read_light(standing, date(2026, 12, 24), CALENDAR, Rule()) == LightReading(Light.NORMAL, Standing.STOPPED, 4)


def test_a_day_that_cannot_be_reckoned_is_never_shown_as_calm() -> None:
    unknown = promise(date(2026, 12, 28), Term(5), CALENDAR)
    assert read_light(unknown, MONDAY, CALENDAR, Rule()) == LightReading(Light.NOTICE, Standing.UNKNOWN)


def test_a_clock_that_was_set_back_does_not_give_more_time() -> None:
    for today in (date(2026, 1, 1), date(1970, 1, 1)):
        assert read_light(PROMISED, today, CALENDAR, Rule()) == LightReading(Light.NORMAL, Standing.TIME_LEFT, 5)


def test_a_limit_that_a_record_names_beyond_the_calendar_is_never_shown_as_calm() -> None:
    last_day = date(2027, 1, 8)
    assert LightReading(Light.NOTICE, Standing.UNKNOWN).days == 0
    before = light_until(last_day, MONDAY, MONDAY, CALENDAR, Rule())
    assert before == LightReading(Light.NOTICE, Standing.UNKNOWN)
    assert light_until(last_day, MONDAY, last_day, CALENDAR, Rule()).light is Light.WARN
    assert light_until(last_day, MONDAY, date(2027, 1, 10), CALENDAR, Rule()).days == 2


def test_every_light_has_a_shape_of_its_own() -> None:
    assert [light.shape for light in Light] == ["●", "■", "▲", "◆"]


@given(st.sampled_from(ALL_DAYS), st.integers(0, 40), st.sampled_from(DayUnit), st.integers(0, 6), st.integers(0, 3))
def test_the_light_never_gets_calmer_with_time(
    start: date, count: int, unit: DayUnit, notice_days: int, warning_days: int
) -> None:
    promised = promise(start, Term(count, unit), CALENDAR)
    if not isinstance(promised, Deadline):
        return
    rule = Rule(max(notice_days, warning_days), warning_days)
    order = list(Light)
    seen = [
        order.index(read_light(promised, start + timedelta(days=n), CALENDAR, rule).light)
        for n in range((promised.last_day - start).days + 3)
    ]
    assert seen == sorted(seen)
    assert seen[-1] == order.index(Light.BAD)
    assert seen[-3] == order.index(Light.WARN)
