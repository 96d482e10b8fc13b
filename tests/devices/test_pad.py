"""The pad's driver against the simulated pad, over a pty."""

from __future__ import annotations

import os
import random
import termios
from pathlib import Path

import pytest

from devices.ports import (
    Device,
    DeviceState,
    DeviceStatus,
    KeyPressed,
    Reason,
    Stray,
    StrayKey,
    WindowEnd,
    WindowEnded,
    WindowNotPossible,
)
from devices.rating_pad.frames import Ask, SetLevels, SetTimeout
from devices.rating_pad.key_word import KeyWord
from tests.devices.bench import PadBench, wait_until


def test_opening_tells_the_pad_its_timeout_and_its_levels(pad_bench: PadBench) -> None:
    wait_until(lambda: len(pad_bench.pad.told()) == 2, "the opening sequence never came")
    assert pad_bench.pad.told() == [SetTimeout(30), SetLevels(5)]


def test_a_pad_that_never_spoke_is_unknown_until_it_answers(pad_bench: PadBench) -> None:
    pad_bench.events.status(DeviceState.UNKNOWN, Reason.NEVER_ANSWERED)
    pad_bench.ask("w1")
    pad_bench.pad.press(3)
    pad_bench.events.status(DeviceState.READY)


def test_a_key_after_the_prompt_is_the_rating(pad_bench: PadBench) -> None:
    pad_bench.ask("w1")
    assert pad_bench.pad.face().is_asking
    pad_bench.pad.press(2)
    rating = pad_bench.events.window_end("w1")
    assert isinstance(rating, KeyPressed)
    assert (rating.key, rating.word) == (2, KeyWord.SATISFIED)


def test_only_the_first_key_counts(pad_bench: PadBench) -> None:
    pad_bench.ask("w1")
    pad_bench.pad.press(4)
    rating = pad_bench.events.window_end("w1")
    assert isinstance(rating, KeyPressed)
    assert rating.word is KeyWord.DISSATISFIED
    pad_bench.pad.replay()
    assert pad_bench.events.stray() == StrayKey(Stray.EXTRA, 1, "w1")


def test_nobody_pressing_is_unrated(pad_bench: PadBench) -> None:
    pad_bench.ask("w1", window_s=1)
    assert pad_bench.events.window_end("w1") == WindowEnded("w1", WindowEnd.TIMED_OUT)


def test_closing_a_window_that_is_not_open_changes_nothing(pad_bench: PadBench) -> None:
    pad_bench.ask("w1")
    pad_bench.hub.pad.close_window("w0")
    pad_bench.pad.press(1)
    assert isinstance(pad_bench.events.window_end("w1"), KeyPressed)


def test_a_new_question_ends_the_one_before(pad_bench: PadBench) -> None:
    pad_bench.ask("w1")
    pad_bench.ask("w2")
    assert pad_bench.events.window_end("w1") == WindowEnded("w1", WindowEnd.REPLACED)
    pad_bench.pad.press(3)
    assert isinstance(pad_bench.events.window_end("w2"), KeyPressed)


def test_noise_is_no_rating_and_a_key_after_it_still_is(pad_bench: PadBench) -> None:
    pad_bench.ask("w1")
    pad_bench.pad.noise(b"\xff\x03\xa7")
    assert pad_bench.events.stray() == StrayKey(Stray.NOISE, 3, "w1")
    pad_bench.pad.press(3)
    assert isinstance(pad_bench.events.window_end("w1"), KeyPressed)


def test_a_pad_plugged_in_again_is_set_up_anew_and_works(pad_bench: PadBench) -> None:
    pad_bench.events.status(DeviceState.UNKNOWN)
    for round_number in range(3):
        pad_bench.pad.pull(unplug=True)
        pad_bench.events.status(DeviceState.ABSENT)
        pad_bench.pad.pull(unplug=False)
        pad_bench.events.status(DeviceState.UNKNOWN, Reason.NEVER_ANSWERED)
        pad_bench.ask(f"w{round_number}")
        pad_bench.pad.press(2 + round_number)
        assert isinstance(pad_bench.events.window_end(f"w{round_number}"), KeyPressed)
    assert pad_bench.pad.told()[-3:] == [SetTimeout(30), SetLevels(5), Ask()]


def test_another_length_of_window_is_told_to_the_pad(pad_bench: PadBench) -> None:
    pad_bench.ask("w1", window_s=60)
    assert SetTimeout(60) in pad_bench.pad.told()


@pytest.mark.parametrize(("window_s", "staff"), [(0, ""), (256, ""), (30, "王建国"), (30, "A" * 33), (30, "A\n1")])
def test_a_question_that_the_pad_cannot_ask_is_refused(pad_bench: PadBench, window_s: float, staff: str) -> None:
    with pytest.raises(WindowNotPossible):
        pad_bench.hub.pad.open_window("w1", window_s, staff)


def test_every_window_ends_exactly_once_whatever_happens(pad_bench: PadBench, rng: random.Random) -> None:
    def status() -> DeviceStatus:
        return pad_bench.hub.statuses()[Device.RATING_PAD]

    names = [f"w{number}" for number in range(12)]
    for name in names:
        pad_bench.hub.pad.open_window(name, 30)
        action = rng.choice(("press", "noise", "close", "unplug", "nothing"))
        if action == "press":
            pad_bench.pad.press(rng.randint(1, 5))
        elif action == "noise":
            pad_bench.pad.noise(rng.randbytes(rng.randint(1, 12)))
        elif action == "close":
            pad_bench.hub.pad.close_window(name)
        elif action == "unplug":
            pad_bench.pad.pull(unplug=True)
            wait_until(lambda: status().state is DeviceState.ABSENT, "the pad is not absent")
            pad_bench.pad.pull(unplug=False)
    pad_bench.hub.close()
    pad_bench.events.rest()
    ended = [event.window_id for event in pad_bench.events.endings() if isinstance(event, KeyPressed | WindowEnded)]
    assert sorted(ended) == sorted(names)


HALL = """
title = "the hall's pad, as learnt on its line"
protocol = "byte"
confirmed = []
baud = 1200
stop_bits = 2
settle_ms = 0
too_soon_ms = 0
late_ms = 0
quiet_ms = 25
noise_bytes_max = 8
keys = [
  {number = 3, says = "满意", sends = "53 33"}, {number = 2, says = "一般", sends = "53 32"},
  {number = 1, says = "不满意", sends = "53 31"},
]
[wire]
opening = ""
prompt = "50 01"
thanks = "50 02"
closing = ""
timeout = ""
greeting = ""
acknowledgement = ""
"""


def test_a_window_asked_for_when_the_line_takes_no_bytes_any_more_ends_too(tmp_path: Path) -> None:
    bench = PadBench(tmp_path, "sample-byte")
    bench.start()
    bench.until_state(DeviceState.READY)
    bench.ask("w1")
    line = os.open(bench.path, os.O_RDWR | os.O_NOCTTY)
    termios.tcflow(line, termios.TCOOFF)
    bench.hub.pad.open_window("w2", 30.0)
    assert bench.answer("w1") == WindowEnded("w1", WindowEnd.REPLACED)
    assert bench.answer("w2") == WindowEnded("w2", WindowEnd.PAD_ABSENT)
    os.close(line)
    bench.close()


def test_a_pad_that_nobody_here_has_seen_is_served_by_a_file_alone(tmp_path: Path) -> None:
    (tmp_path / "hall.toml").write_text(HALL, "utf-8")
    bench = PadBench(tmp_path, "hall", tmp_path)
    bench.start()
    assert bench.hub.pad.words == (KeyWord.SATISFIED, KeyWord.AVERAGE, KeyWord.DISSATISFIED)
    bench.ask("w1")
    bench.pad.press(1)
    rating = bench.events.window_end("w1")
    assert isinstance(rating, KeyPressed)
    assert (rating.key, rating.word) == (1, KeyWord.DISSATISFIED)
    wait_until(lambda: bench.pad.face().thanks == 1, "the pad never thanked")
    bench.close()
