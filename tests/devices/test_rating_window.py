"""Which byte is a rating: the rules, by themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from devices.ports import DeviceEvent, KeyPressed, Reason, Stray, StrayKey, WindowEnd, WindowEnded
from devices.rating_pad.bursts import Burst
from devices.rating_pad.key_word import KeyWord
from devices.rating_pad.model import read_pad_model
from devices.rating_pad.window import AFTERMATH_MS, CALM_MS, REPEAT_MS, STUCK_STRAYS, Window, WindowKeeper

MODEL = replace(read_pad_model("pj06"), too_soon_ms=200, late_ms=2_000, noise_bytes_max=8)
WINDOW = Window("w1", prompt_ms=10_000, end_ms=40_000)


@pytest.fixture
def keeper() -> WindowKeeper:
    keeper = WindowKeeper(MODEL)
    keeper.open(WINDOW)
    return keeper


def test_the_first_key_is_the_rating(keeper: WindowKeeper) -> None:
    assert keeper.judge(Burst(b"\x02", 12_500)) == [KeyPressed("w1", 2, KeyWord.SATISFIED, 2_500)]
    assert keeper.window is None


def test_a_second_key_is_extra(keeper: WindowKeeper) -> None:
    keeper.judge(Burst(b"\x02", 12_500))
    assert keeper.judge(Burst(b"\x05", 12_900)) == [StrayKey(Stray.EXTRA, 1, "w1")]


def test_a_key_quicker_than_a_person_is_early_and_the_window_stays_open(keeper: WindowKeeper) -> None:
    assert keeper.judge(Burst(b"\x01", 10_199)) == [StrayKey(Stray.EARLY, 1, "w1")]
    assert keeper.judge(Burst(b"\x05", 10_200)) == [KeyPressed("w1", 5, KeyWord.VERY_DISSATISFIED, 200)]


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
    assert keeper.judge(Burst(b"\x03", 13_000)) == [KeyPressed("w1", 3, KeyWord.BASICALLY_SATISFIED, 3_000)]


def test_a_byte_that_is_no_key_is_noise(keeper: WindowKeeper) -> None:
    assert keeper.judge(Burst(b"\x07", 12_000)) == [StrayKey(Stray.NOISE, 1, "w1")]


def test_too_much_noise_closes_the_window(keeper: WindowKeeper) -> None:
    keeper.judge(Burst(bytes(8), 12_000))
    assert keeper.judge(Burst(b"\xff", 12_100)) == [
        StrayKey(Stray.NOISE, 1, "w1"),
        WindowEnded("w1", WindowEnd.NOISE),
    ]
    assert keeper.judge(Burst(b"\x01", 12_500)) == [StrayKey(Stray.LATE, 1, "w1")]


def test_what_waited_in_the_line_before_a_prompt_is_early_or_noise() -> None:
    keeper = WindowKeeper(MODEL)
    assert keeper.leftover(b"\x01", 9_000) == [StrayKey(Stray.EARLY, 1)]
    assert keeper.leftover(b"\x01\x02\xff", 9_000) == [StrayKey(Stray.NOISE, 3)]
    assert keeper.leftover(b"", 9_000) == []


def test_a_key_that_comes_again_faster_than_a_finger_is_no_answer_however_often(keeper: WindowKeeper) -> None:
    for at_ms in range(9_900, 11_000, REPEAT_MS - 100):
        (event,) = keeper.judge(Burst(b"\x01", at_ms))
        assert event == StrayKey(Stray.EARLY, 1, "w1")
    assert keeper.judge(Burst(b"\x05", 11_000))[0] == KeyPressed("w1", 5, KeyWord.VERY_DISSATISFIED, 1_000)


def test_a_key_sent_again_and_again_is_stuck_and_nobody_is_asked_until_it_is_calm() -> None:
    keeper = WindowKeeper(MODEL)
    for press in range(STUCK_STRAYS):
        assert keeper.trouble(9_000) is None
        keeper.judge(Burst(b"\x01", press * 1_000))
    last_ms = (STUCK_STRAYS - 1) * 1_000
    assert keeper.trouble(last_ms) is Reason.STUCK_KEY
    assert keeper.refusal(last_ms) is WindowEnd.STUCK_KEY
    assert keeper.calm_at_ms() == last_ms + CALM_MS
    assert keeper.refusal(last_ms + CALM_MS) is None


def test_a_stuck_key_in_an_open_window_gives_it_up(keeper: WindowKeeper) -> None:
    events = [event for press in range(30) for event in keeper.judge(Burst(b"\x01", 10_000 + press * 100))]
    assert [event for event in events if not isinstance(event, StrayKey)] == [WindowEnded("w1", WindowEnd.STUCK_KEY)]


def test_different_keys_hammered_by_a_child_are_no_stuck_key() -> None:
    keeper = WindowKeeper(MODEL)
    for press in range(40):
        keeper.judge(Burst(bytes((1 + press % 2,)), press * 300))
    assert keeper.trouble(12_000) is None


def test_a_noisy_line_is_asked_again_when_it_has_been_calm() -> None:
    keeper = WindowKeeper(MODEL)
    keeper.judge(Burst(bytes(9), 1_000))
    assert keeper.refusal(1_000) is WindowEnd.NOISE
    assert keeper.refusal(1_000 + CALM_MS) is None
    keeper.judge(Burst(bytes(1), 2_000 + CALM_MS))
    assert keeper.trouble(2_000 + CALM_MS) is None


def test_a_key_that_is_still_on_its_way_from_the_window_before_answers_none(keeper: WindowKeeper) -> None:
    keeper.end(WindowEnd.REPLACED, 11_000)
    keeper.open(Window("w2", prompt_ms=11_000, end_ms=41_000))
    assert keeper.judge(Burst(b"\x01", 12_999)) == [StrayKey(Stray.LATE, 1, "w1")]
    assert keeper.judge(Burst(b"\x05", 13_000)) == [KeyPressed("w2", 5, KeyWord.VERY_DISSATISFIED, 2_000)]


def test_the_tail_of_torn_noise_is_no_key(keeper: WindowKeeper) -> None:
    assert keeper.judge(Burst(b"\x01", 12_000, torn=True)) == [StrayKey(Stray.NOISE, 1, "w1")]


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
