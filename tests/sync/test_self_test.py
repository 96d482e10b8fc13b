"""What a terminal can tell of its clock, its disk and its line, and the text that tells a fault."""

from __future__ import annotations

import pytest

from sync import self_test
from sync.model.county_day import AHEAD_MS, CountyDay
from sync.model.facts import CheckedPart, Verdict

NOW_MS = 1_795_000_000_000
DAY_MS = 86_400_000
OK, FAULT, NOT_CHECKED = Verdict.OK, Verdict.FAULT, Verdict.NOT_CHECKED


@pytest.mark.parametrize(
    ("county_ms", "own_ms", "is_real", "verdict", "reason"),
    [
        (NOW_MS - 5_000, NOW_MS, True, OK, ""),
        (NOW_MS + DAY_MS, NOW_MS, True, OK, ""),
        (NOW_MS + DAY_MS + 1, NOW_MS, True, FAULT, "behind"),
        (None, NOW_MS + 2 * DAY_MS, True, FAULT, "behind"),
        (None, NOW_MS, True, NOT_CHECKED, "nothing_to_compare"),
        (NOW_MS, NOW_MS, False, NOT_CHECKED, "steered"),
        (NOW_MS + 2 * DAY_MS, NOW_MS, False, FAULT, "behind"),
        (NOW_MS - AHEAD_MS - 1, 0, True, FAULT, "ahead"),
    ],
)
def test_a_clock_is_well_only_beside_the_countys_time(
    county_ms: int | None, own_ms: int, is_real: bool, verdict: Verdict, reason: str
) -> None:
    now = CountyDay(NOW_MS, max(county_ms or 0, own_ms), is_told=county_ms is not None)
    part = self_test.clock(now, is_real=is_real)
    assert (part.verdict, part.reason) == (verdict, reason)


def test_a_disk_that_is_nearly_full_or_unreadable_is_a_fault() -> None:
    least = self_test.DISK_BYTES_LEAST
    found = [(self_test.disk(free).verdict, self_test.disk(free).reason) for free in (least, least - 1, None)]
    assert found == [(OK, ""), (FAULT, "nearly_full"), (FAULT, "unreadable")]


@pytest.mark.parametrize(
    ("heard_ms", "is_up", "verdict", "reason"),
    [
        (NOW_MS - 60_000, True, OK, ""),
        (NOW_MS - 60_000, False, FAULT, "no_line"),
        (NOW_MS - 11 * 60_000, True, FAULT, "no_line"),
        (None, True, FAULT, "never_heard"),
    ],
)
def test_a_line_is_well_only_when_the_county_was_heard_just_now(
    heard_ms: int | None, is_up: bool, verdict: Verdict, reason: str
) -> None:
    part = self_test.network(NOW_MS, heard_ms, is_up=is_up)
    assert (part.verdict, part.reason) == (verdict, reason)


def test_the_code_begins_with_the_terminal_and_its_faults_and_is_plain_text() -> None:
    parts = (
        CheckedPart(part="touch", verdict=OK),
        CheckedPart(part="rating_pad", verdict=NOT_CHECKED, reason="skipped"),
        CheckedPart(part="disk", verdict=FAULT, reason="nearly_full"),
    )
    text = self_test.code_text("990101102203-01", 0, parts)
    assert text.split("\n") == [
        "SUNPOINT-TEST 1 990101102203-01 19700101-0800",
        "FAULT disk nearly_full",
        "NOT-CHECKED rating_pad skipped",
        "OK touch",
    ]
    assert text.isascii()
