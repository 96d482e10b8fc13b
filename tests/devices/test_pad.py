"""The pad's driver against the simulated pad, over a pty."""

from __future__ import annotations

import random

import pytest

from devices.ports import (
    Device,
    DeviceState,
    DeviceStatus,
    KeyPressed,
    KeyWord,
    Reason,
    Stray,
    StrayKey,
    WindowEnd,
    WindowEnded,
    WindowNotPossible,
)
from devices.rating_pad.frames import Ask, SetLevels, SetTimeout
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


def test_a_key_before_the_prompt_is_not_a_rating(pad_bench: PadBench) -> None:
    pad_bench.events.status(DeviceState.UNKNOWN)
    pad_bench.pad.press(1)
    pad_bench.ask("w1")
    assert pad_bench.events.stray() == StrayKey(Stray.EARLY, 1)
    pad_bench.pad.press(5)
    rating = pad_bench.events.window_end("w1")
    assert isinstance(rating, KeyPressed)
    assert rating.word is KeyWord.VERY_DISSATISFIED


def test_only_the_first_key_counts(pad_bench: PadBench) -> None:
    pad_bench.ask("w1")
    pad_bench.pad.press(4)
    rating = pad_bench.events.window_end("w1")
    assert isinstance(rating, KeyPressed)
    assert rating.word is KeyWord.DISSATISFIED
    pad_bench.pad.replay()
    assert pad_bench.events.stray() == StrayKey(Stray.EXTRA, 1, "w1")


def test_a_key_that_is_sent_again_does_not_rate_the_next_case(pad_bench: PadBench) -> None:
    pad_bench.ask("w1")
    pad_bench.pad.press(1)
    pad_bench.events.window_end("w1")
    pad_bench.pad.replay()
    pad_bench.ask("w2", window_s=1)
    assert pad_bench.events.window_end("w2") == WindowEnded("w2", WindowEnd.TIMED_OUT)


def test_nobody_pressing_is_unrated(pad_bench: PadBench) -> None:
    pad_bench.ask("w1", window_s=1)
    assert pad_bench.events.window_end("w1") == WindowEnded("w1", WindowEnd.TIMED_OUT)


def test_a_key_after_the_window_is_late(pad_bench: PadBench) -> None:
    pad_bench.ask("w1")
    pad_bench.hub.pad.close_window("w1")
    assert pad_bench.events.window_end("w1") == WindowEnded("w1", WindowEnd.CLOSED)
    pad_bench.pad.press(5)
    assert pad_bench.events.stray() == StrayKey(Stray.LATE, 1, "w1")


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


def test_a_dead_pad_rates_nothing(pad_bench: PadBench) -> None:
    pad_bench.pad.pull(dead=True)
    pad_bench.hub.pad.open_window("w1", 1)
    pad_bench.pad.press(1)
    assert pad_bench.events.window_end("w1") == WindowEnded("w1", WindowEnd.TIMED_OUT)
    assert pad_bench.hub.statuses()[Device.RATING_PAD].state is DeviceState.UNKNOWN


def test_noise_is_no_rating_and_a_key_after_it_still_is(pad_bench: PadBench) -> None:
    pad_bench.ask("w1")
    pad_bench.pad.noise(b"\xff\x03\xa7")
    assert pad_bench.events.stray() == StrayKey(Stray.NOISE, 3, "w1")
    pad_bench.pad.press(3)
    assert isinstance(pad_bench.events.window_end("w1"), KeyPressed)


def test_a_noisy_line_rates_nothing_and_is_a_fault(pad_bench: PadBench, rng: random.Random) -> None:
    pad_bench.ask("w1")
    pad_bench.pad.noise(rng.randbytes(64))
    assert pad_bench.events.window_end("w1") == WindowEnded("w1", WindowEnd.NOISE)
    assert pad_bench.hub.statuses()[Device.RATING_PAD].reason is Reason.NOISE


def test_a_pad_unplugged_while_it_asks_ends_the_window_unrated(pad_bench: PadBench) -> None:
    pad_bench.ask("w1")
    pad_bench.pad.pull(unplug=True)
    assert pad_bench.events.window_end("w1") == WindowEnded("w1", WindowEnd.PAD_ABSENT)
    pad_bench.events.status(DeviceState.ABSENT, Reason.UNPLUGGED)


def test_an_absent_pad_ends_a_window_at_once(pad_bench: PadBench) -> None:
    pad_bench.pad.pull(unplug=True)
    pad_bench.events.status(DeviceState.ABSENT)
    pad_bench.hub.pad.open_window("w1", 30)
    assert pad_bench.events.window_end("w1") == WindowEnded("w1", WindowEnd.PAD_ABSENT)


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
