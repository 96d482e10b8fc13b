"""The calendar of 2025 and 2026, against two sources that do not know each other and against the notice itself."""

from __future__ import annotations

from datetime import date, timedelta

import holidays as independent_holidays
import pytest
from chinese_calendar import is_workday

from county.publishing.assembly import contents_of
from county.publishing.holidays import YearNotAnnounced, calendar_grid
from county.publishing.sources import csv_text
from sync.model.calendar_pack import CalendarPack
from sync.model.working_calendar import BeyondCalendar, WorkingCalendar
from tests.county.demo import DEMO

YEARS = (2025, 2026)


@pytest.fixture(scope="module")
def pack() -> CalendarPack:
    return contents_of(DEMO).calendar


@pytest.fixture(scope="module")
def working(pack: CalendarPack) -> WorkingCalendar:
    return pack.calendar()


def days() -> list[date]:
    first, last = date(YEARS[0], 1, 1), date(YEARS[-1], 12, 31)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def test_the_kept_table_is_what_the_package_gives() -> None:
    assert (DEMO / "calendar.csv").read_text(encoding="utf-8") == csv_text(calendar_grid(*YEARS))


def test_every_day_agrees_with_the_package_it_was_taken_from(working: WorkingCalendar) -> None:
    assert [day for day in days() if working.is_working(day) != is_workday(day)] == []


def test_every_day_agrees_with_a_second_package(working: WorkingCalendar) -> None:
    second = independent_holidays.country_holidays("CN", years=YEARS)
    assert [day for day in days() if working.is_working(day) != second.is_working_day(day)] == []


def _span(first: str, last: str) -> set[date]:
    begin, end = date.fromisoformat(f"2026-{first}"), date.fromisoformat(f"2026-{last}")
    return {begin + timedelta(days=n) for n in range((end - begin).days + 1)}


def test_2026_is_as_the_state_council_announced_it(pack: CalendarPack) -> None:
    off = set[date]().union(
        _span("01-01", "01-03"),
        _span("02-15", "02-23"),
        _span("04-04", "04-06"),
        _span("05-01", "05-05"),
        _span("06-19", "06-21"),
        _span("09-25", "09-27"),
        _span("10-01", "10-07"),
    )
    worked = {date(2026, month, day) for month, day in ((1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10))}
    assert {special.day for special in pack.days_off if special.day.year == 2026} == off
    assert {special.day for special in pack.working_weekends if special.day.year == 2026} == worked


def test_names_are_there_for_explanations(pack: CalendarPack) -> None:
    names = {special.day: special.name for special in (*pack.days_off, *pack.working_weekends)}
    assert names[date(2026, 2, 16)] == "春节"
    assert names[date(2026, 2, 28)] == "春节调休上班"


def test_the_year_after_the_last_notice_is_not_guessed(working: WorkingCalendar) -> None:
    with pytest.raises(BeyondCalendar):
        working.is_working(date(2027, 1, 1))
    with pytest.raises(YearNotAnnounced):
        calendar_grid(2026, 2099)
