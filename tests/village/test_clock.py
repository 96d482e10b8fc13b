"""A terminal whose clock is wrong goes on, and its records say by how much the clock was moved."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from kiosk.intents import Do
from sync.clock import Steering
from sync.model.facts import ClockMoved, Kind
from sync.reading import fact_of
from sync.record import ClockNote
from tests.kiosk.journeys import SIGN_IN, TAKE_IN, TAKE_IN_ANOTHER
from tests.village.ends import Ends, check_equal
from tests.village.scene import Scene

BACK = timedelta(days=-3)
NEXT_YEAR, YEARS = timedelta(days=365), timedelta(days=5 * 365)
SLACK_MS = 60_000


def move(steering: Path, by: timedelta) -> None:
    """Set the wall clock as somebody's hand does; the clock of the boot goes on."""
    held = Steering.load(steering)
    replace(held, domain_ms=held.domain_ms + by // timedelta(milliseconds=1)).write(steering)


def test_a_clock_set_back_or_years_off_stops_no_record_and_the_county_learns_of_it(scene: Scene) -> None:
    scene.start("gateway", "county", "sync")
    counter, ends = scene.counter, Ends(scene.stage)
    counter.do(*SIGN_IN)
    numbers: list[str] = []
    for by in (timedelta(0), BACK, YEARS):
        move(scene.terminal_steering, by)
        counter.do(*(TAKE_IN_ANOTHER if numbers else TAKE_IN))
        numbers.append(counter.case_no)
        counter.do(Do("done"))
        scene.until_all_is_told()
    check_equal(ends)
    assert numbers == sorted(numbers), "a number never goes back behind the one before"
    assert [ends.status_at_county(number) for number in numbers] == ["taken_in"] * 3
    chain = counter.journal.chain
    at_county = ends.of_chain(ends.county, chain)
    keys = ends.keys(ends.county)
    moves = [fact_of(record, keys) for record in at_county if record.header.kind == Kind.CLOCK_MOVED]
    told_ms = [moved.by_ms for moved in moves if isinstance(moved, ClockMoved)]
    for told, by in zip(told_ms, (BACK, YEARS), strict=True):
        assert told == pytest.approx(by // timedelta(milliseconds=1), abs=SLACK_MS)
    notes = [record.header.clock_note for record in at_county if record.header.kind == Kind.CLOCK_MOVED]
    assert all(note & ClockNote.MOVED for note in notes)


def test_beyond_its_calendar_a_terminal_promises_no_day_and_says_so(scene: Scene) -> None:
    move(scene.terminal_steering, NEXT_YEAR)
    counter = scene.counter
    counter.do(*SIGN_IN, *TAKE_IN)
    assert counter.row(counter.case_no).promised_on is None
    assert any("日历" in text for text in counter.strip)
    move(scene.terminal_steering, YEARS)
    counter.core.tick()
    assert any("本机时间可能不对" in text for text in counter.strip), (
        "years past everything it is more than the calendar"
    )
