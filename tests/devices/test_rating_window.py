"""Which byte is a rating: the rules, by themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from devices.ports import ALL_LEVELS, DeviceEvent, KeyPressed, Stray, StrayKey, WindowEnd, WindowEnded
from devices.rating_pad.frames import Burst
from devices.rating_pad.model import read_pad_model
from devices.rating_pad.window import AFTERMATH_MS, Window, WindowKeeper

MODEL = replace(read_pad_model("pj06"), too_soon_ms=200, noise_bytes_max=8)
WINDOW = Window("w1", prompt_ms=10_000, end_ms=40_000, levels=ALL_LEVELS)


@pytest.fixture
def keeper() -> WindowKeeper:
    keeper = WindowKeeper(MODEL)
    keeper.open(WINDOW)
    return keeper


def test_the_first_key_is_the_rating(keeper: WindowKeeper) -> None:
    assert keeper.judge(Burst(b"\x02", 12_500)) == [KeyPressed("w1", 2, 4, 2_500)]
    assert keeper.window is None


def test_a_second_key_is_extra(keeper: WindowKeeper) -> None:
    keeper.judge(Burst(b"\x02", 12_500))
    assert keeper.judge(Burst(b"\x05", 12_900)) == [StrayKey(Stray.EXTRA, 1, "w1")]


def test_a_key_quicker_than_a_person_is_early_and_the_window_stays_open(keeper: WindowKeeper) -> None:
    assert keeper.judge(Burst(b"\x01", 10_199)) == [StrayKey(Stray.EARLY, 1, "w1")]
    assert keeper.judge(Burst(b"\x05", 10_200)) == [KeyPressed("w1", 5, 1, 200)]


def test_nobody_pressing_is_unrated(keeper: WindowKeeper) -> None:
    assert keeper.pass_time(39_999) == []
    assert keeper.pass_time(40_000) == [WindowEnded("w1", WindowEnd.TIMED_OUT)]
    assert keeper.pass_time(50_000) == []


def test_a_key_after_the_window_is_late_and_after_a_minute_merely_early(keeper: WindowKeeper) -> None:
    keeper.pass_time(40_000)
    assert keeper.judge(Burst(b"\x01", 40_500)) == [StrayKey(Stray.LATE, 1, "w1")]
    assert keeper.judge(Burst(b"\x01", 40_001 + AFTERMATH_MS)) == [StrayKey(Stray.EARLY, 1, "")]


def test_a_key_whose_time_had_run_out_when_it_was_pressed_is_late(keeper: WindowKeeper) -> None:
    assert keeper.judge(Burst(b"\x01", 40_000)) == [StrayKey(Stray.LATE, 1, "w1")]


def test_two_bytes_at_once_are_noise_even_if_both_are_keys(keeper: WindowKeeper) -> None:
    assert keeper.judge(Burst(b"\x01\x01", 12_000)) == [StrayKey(Stray.NOISE, 2, "w1")]
    assert keeper.judge(Burst(b"\x03", 13_000)) == [KeyPressed("w1", 3, 3, 3_000)]


def test_a_byte_that_is_no_key_is_noise(keeper: WindowKeeper) -> None:
    assert keeper.judge(Burst(b"\x07", 12_000)) == [StrayKey(Stray.NOISE, 1, "w1")]


def test_too_much_noise_closes_the_window(keeper: WindowKeeper) -> None:
    keeper.judge(Burst(bytes(8), 12_000))
    assert keeper.judge(Burst(b"\xff", 12_100)) == [
        StrayKey(Stray.NOISE, 1, "w1"),
        WindowEnded("w1", WindowEnd.NOISE),
    ]
    assert keeper.judge(Burst(b"\x01", 12_500)) == [StrayKey(Stray.LATE, 1, "w1")]


def test_a_level_that_was_not_asked_for_is_no_rating() -> None:
    keeper = WindowKeeper(MODEL)
    keeper.open(replace(WINDOW, levels=(5, 3, 1)))
    assert keeper.judge(Burst(b"\x02", 12_000)) == [StrayKey(Stray.EXTRA, 1, "w1")]
    assert keeper.judge(Burst(b"\x03", 12_500)) == [KeyPressed("w1", 3, 3, 2_500)]


def test_what_waited_in_the_line_before_a_prompt_is_early_or_noise() -> None:
    keeper = WindowKeeper(MODEL)
    assert keeper.leftover(b"\x01\x02\xff", 9_000) == [StrayKey(Stray.EARLY, 2), StrayKey(Stray.NOISE, 1)]
    assert keeper.leftover(b"", 9_000) == []


BURSTS = st.lists(st.tuples(st.integers(1, 20_000), st.binary(min_size=1, max_size=12)), max_size=30)


@given(BURSTS)
def test_noise_never_becomes_a_rating(reads: list[tuple[int, bytes]]) -> None:
    """Noise in company, or of bytes that are no keys: whatever it is, nobody rated."""
    keeper = WindowKeeper(MODEL)
    keeper.open(WINDOW)
    now_ms = WINDOW.prompt_ms
    for pause_ms, data in reads:
        now_ms += pause_ms
        noise = data if len(data) > 1 else bytes((data[0] | 0x80,))
        events = keeper.judge(Burst(noise, now_ms)) + keeper.pass_time(now_ms)
        assert not any(isinstance(event, KeyPressed) for event in events)


@given(BURSTS)
def test_a_window_ends_once_and_every_byte_is_accounted_for(reads: list[tuple[int, bytes]]) -> None:
    keeper = WindowKeeper(MODEL)
    keeper.open(WINDOW)
    now_ms = WINDOW.prompt_ms
    events: list[DeviceEvent] = []
    for pause_ms, data in reads:
        now_ms += pause_ms
        events += keeper.judge(Burst(data, now_ms)) + keeper.pass_time(now_ms)
    events += keeper.end(WindowEnd.CLOSED, now_ms)
    assert sum(isinstance(event, KeyPressed | WindowEnded) for event in events) == 1
    told = sum(event.count if isinstance(event, StrayKey) else isinstance(event, KeyPressed) for event in events)
    assert told == sum(len(data) for _, data in reads)
