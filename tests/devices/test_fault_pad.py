"""Every fault of a pad in the table of docs/devices.md: nobody is misread, and the kiosk is told the truth."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devices.config import DevicesConfig
from devices.hub import Hub
from devices.ports import DeviceState, KeyPressed, Reason, Stray, StrayKey, WindowEnd, WindowEnded
from devices.rating_pad.frames import SetLevels, SetTimeout
from devices.rating_pad.key_word import KeyWord
from devices.sim.pad_firmware import Said
from tests.devices.bench import FONT, Listener, PadBench, wait_until

KINDS = ("pj06", "sample-byte", "sample-text")
MakeBench = Callable[..., PadBench]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeBench]:
    """Start pads of any kind; all are stopped at the end."""
    monkeypatch.setattr("devices.rating_pad.text_pad.ANSWER_MS", 400)
    started: list[PadBench] = []

    def bench(model: str = "pj06", late_ms: int = 0, **levers: bool) -> PadBench:
        made = PadBench(tmp_path, model, late_ms=late_ms)
        made.pad.pull(**levers)
        made.start()
        started.append(made)
        return made

    yield bench
    for each in started:
        each.close()


def until_there(bench: PadBench) -> PadBench:
    """Wait until the pad is known as well as its kind can be."""
    wait_until(lambda: bench.state()[0] in (DeviceState.READY, DeviceState.UNKNOWN), "the pad is not there")
    if bench.model.name != "pj06":
        bench.until_state(DeviceState.READY)
    return bench


def asking(bench: PadBench) -> PadBench:
    """Wait until the pad is there, and ask."""
    until_there(bench).ask("w1")
    return bench


def unrated(bench: PadBench, window_id: str) -> None:
    """See that what was done so far is no answer."""
    time.sleep(0.25)
    bench.hub.pad.close_window(window_id)
    assert bench.answer(window_id) == WindowEnded(window_id, WindowEnd.CLOSED)


def rated(bench: PadBench, window_id: str, key: int) -> None:
    """See that this key counts."""
    answer = bench.answer(window_id)
    assert isinstance(answer, KeyPressed)
    assert answer.key == key


def rate(bench: PadBench, window_id: str, key: int) -> None:
    """Ask, press, and see that it counts."""
    bench.ask(window_id)
    bench.pad.press(key)
    rated(bench, window_id, key)


def not_asked(bench: PadBench, window_id: str, end: WindowEnd) -> None:
    """Want a window, and see that it ends so without a key."""
    bench.hub.pad.open_window(window_id, 30)
    assert bench.answer(window_id) == WindowEnded(window_id, end)


def test_fault_pad_not_fitted() -> None:
    hub = Hub(DevicesConfig(), FONT, time.monotonic)
    hub.pad.open_window("w1", 30)
    assert hub.pad.words == ()
    assert Listener(hub).window_end("w1") == WindowEnded("w1", WindowEnd.PAD_ABSENT)


def test_fault_pad_absent(make: MakeBench) -> None:
    bench = make()
    bench.pad.pull(unplug=True)
    wait_until(lambda: bench.state()[0] is DeviceState.ABSENT, "the pad is not absent")
    not_asked(bench, "w1", WindowEnd.PAD_ABSENT)


@pytest.mark.parametrize("kind", ["pj06", "sample-byte"])
def test_fault_pad_unplugged_while_asking(make: MakeBench, kind: str) -> None:
    bench = asking(make(kind))
    pulled_s = time.monotonic()
    bench.pad.pull(unplug=True)
    assert bench.answer("w1") == WindowEnded("w1", WindowEnd.PAD_ABSENT)
    assert time.monotonic() - pulled_s < 1
    bench.pad.pull(unplug=False)
    until_there(bench)
    rate(bench, "w2", 3)


@pytest.mark.parametrize("when", ["starting", "waiting", "answered"])
def test_fault_pad_unplugged_in_other_states(make: MakeBench, when: str) -> None:
    bench = make("sample-byte")
    if when != "starting":
        until_there(bench)
    if when == "answered":
        rate(bench, "w1", 1)
    bench.pad.pull(unplug=True)
    wait_until(lambda: bench.state()[0] is DeviceState.ABSENT, "the pad is not absent")
    bench.pad.pull(unplug=False)
    until_there(bench)
    rate(bench, "w2", 2)


def test_fault_pad_dead_never_speaks_first(make: MakeBench) -> None:
    bench = make("pj06", dead=True)
    bench.hub.pad.open_window("w1", 1)
    bench.pad.press(1)
    assert bench.answer("w1") == WindowEnded("w1", WindowEnd.TIMED_OUT)
    assert bench.state() == (DeviceState.UNKNOWN, Reason.NEVER_ANSWERED)


@pytest.mark.parametrize("kind", ["sample-byte", "sample-text"])
def test_fault_pad_dead_is_noticed(make: MakeBench, kind: str) -> None:
    bench = until_there(make(kind))
    bench.pad.pull(dead=True)
    not_asked(bench, "w1", WindowEnd.PAD_ABSENT)


def test_fault_pad_not_acknowledging_is_asked_again_when_it_acknowledges(
    make: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.rating_pad.serial_pad.TRY_AGAIN_MS", 100)
    bench = make("sample-byte", dead=True)
    bench.until_state(DeviceState.FAULT, Reason.NO_ANSWER)
    not_asked(bench, "w1", WindowEnd.PAD_ABSENT)
    bench.pad.pull(dead=False)
    bench.until_state(DeviceState.READY)
    rate(bench, "w2", 2)


def test_fault_pad_slow(make: MakeBench) -> None:
    bench = asking(make("pj06", late_ms=2000, slow=True))
    bench.pad.press(5)
    bench.ask("w2")
    assert bench.answer("w1") == WindowEnded("w1", WindowEnd.REPLACED)
    assert bench.events.stray() == StrayKey(Stray.LATE, 1, "w1")
    time.sleep(0.5)
    bench.pad.press(4)
    rated(bench, "w2", 4)


@pytest.mark.parametrize("kind", ["pj06", "sample-byte"])
def test_fault_pad_garbage_around_a_key(make: MakeBench, kind: str) -> None:
    bench = asking(make(kind))
    bench.pad.pull(garbage=True)
    bench.pad.press(1)
    assert bench.events.stray().kind is Stray.NOISE
    bench.pad.pull(garbage=False)
    bench.pad.press(3)
    rated(bench, "w1", 3)


def test_fault_pad_bit_flips(make: MakeBench) -> None:
    """One turned bit makes no key of the sample's another, and a PJ06's key another only by one bit in eight."""
    bench = asking(make("sample-byte"))
    bench.line.pull(flip_bits=True)
    bench.pad.press(4)
    assert bench.events.stray() == StrayKey(Stray.NOISE, 2, "w1")


def test_fault_pad_dropped_bytes(make: MakeBench) -> None:
    bench = asking(make("sample-byte"))
    bench.line.pull(drop_bytes=True)
    for _ in range(6):
        bench.pad.press(4)
        time.sleep(0.04)
    bench.hub.pad.close_window("w1")
    answer = bench.answer("w1")
    assert not isinstance(answer, KeyPressed) or answer.word is KeyWord.DISSATISFIED


@pytest.mark.parametrize("kind", ["sample-byte", "sample-text"])
def test_fault_pad_half_frames(make: MakeBench, kind: str) -> None:
    bench = asking(make(kind))
    bench.line.pull(half_frames=True)
    bench.pad.press(bench.model.keys[-1].number)
    unrated(bench, "w1")


def test_fault_pad_wrong_baud(make: MakeBench) -> None:
    bench = until_there(make("pj06"))
    bench.line.pull(wrong_baud=True)
    told = len(bench.pad.told())
    bench.hub.pad.open_window("w1", 30)
    for key in (1, 2, 3, 4, 5):
        bench.pad.press(key)
        time.sleep(0.03)
    bench.hub.pad.close_window("w1")
    assert isinstance(bench.answer("w1"), WindowEnded)
    assert len(bench.pad.told()) == told


@pytest.mark.parametrize("kind", KINDS)
def test_fault_pad_replayed_key(make: MakeBench, kind: str) -> None:
    bench = until_there(make(kind))
    rate(bench, "w1", 2)
    bench.pad.replay()
    bench.hub.pad.open_window("w2", 30)
    unrated(bench, "w2")


@pytest.mark.parametrize("kind", ["pj06", "sample-byte"])
def test_fault_pad_stuck_key(make: MakeBench, kind: str) -> None:
    bench = until_there(make(kind))
    bench.pad.pull(stuck_key=True)
    bench.until_state(DeviceState.FAULT, Reason.STUCK_KEY)
    not_asked(bench, "w1", WindowEnd.STUCK_KEY)


def test_fault_pad_stuck_key_just_before_it_is_to_be_asked(make: MakeBench) -> None:
    bench = until_there(make("pj06"))
    bench.pad.pull(stuck_key=True)
    time.sleep(0.15)
    not_asked(bench, "w1", WindowEnd.STUCK_KEY)


def test_fault_pad_stuck_key_while_asking_rates_once(make: MakeBench) -> None:
    bench = asking(make("pj06"))
    bench.pad.pull(stuck_key=True)
    first = bench.answer("w1")
    assert isinstance(first, KeyPressed)
    not_asked(bench, "w2", WindowEnd.STUCK_KEY)
    assert [event for event in bench.events.seen if isinstance(event, KeyPressed)] == [first]


def test_fault_pad_old_result_is_held(make: MakeBench) -> None:
    bench = until_there(make("sample-text"))
    bench.pad.pull(stuck_key=True)
    time.sleep(0.15)
    not_asked(bench, "w1", WindowEnd.STUCK_KEY)


def test_fault_pad_brown_out_with_a_greeting_is_set_up_and_asked_again(make: MakeBench) -> None:
    bench = until_there(make("sample-byte"))
    time.sleep(1.05)  # what a pad says right after it was set up is its answer to that
    bench.ask("w1")
    bench.pad.brown_out()
    assert not bench.pad.face().is_asking
    wait_until(lambda: bench.pad.face().prompts == 2, "the pad was not asked again")
    assert bench.pad.told()[-2:] == [Said.OPENING, Said.PROMPT]
    time.sleep(0.1)  # nobody presses while the pad still says that it was asked
    bench.pad.press(2)
    rated(bench, "w1", 2)


def test_fault_pad_brown_out_without_a_word_is_set_up_after_the_window(make: MakeBench) -> None:
    bench = until_there(make("pj06"))
    bench.ask("w1", window_s=1)
    bench.pad.brown_out()
    assert bench.answer("w1") == WindowEnded("w1", WindowEnd.TIMED_OUT)
    wait_until(lambda: bench.pad.told()[-2:] == [SetTimeout(1), SetLevels(5)], "the pad was not set up again")
    rate(bench, "w2", 3)


def test_fault_pad_brown_out_on_the_network_is_logged_in_again(
    make: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.rating_pad.text_pad.MISSED_MAX", 1)
    bench = until_there(make("sample-text"))
    bench.hub.pad.open_window("w1", 30, "A01")
    wait_until(lambda: bench.pad.face().is_asking, "the pad was never asked")
    assert bench.pad.face().staff == "A01"
    bench.hub.pad.close_window("w1")
    bench.pad.brown_out()
    bench.pad.pull(heartbeat_lost=True)
    bench.until_state(DeviceState.FAULT, Reason.NO_ANSWER)
    bench.pad.pull(heartbeat_lost=False)
    bench.until_state(DeviceState.READY)
    bench.hub.pad.open_window("w2", 30, "A01")
    wait_until(lambda: bench.pad.face().staff == "A01", "nobody logged in")


def test_fault_pad_heartbeat_lost_while_asking(make: MakeBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.rating_pad.text_pad.MISSED_MAX", 1)
    bench = asking(make("sample-text"))
    bench.pad.pull(unplug=True)
    assert bench.answer("w1") == WindowEnded("w1", WindowEnd.PAD_ABSENT)
    assert bench.state() == (DeviceState.FAULT, Reason.NO_ANSWER)
    bench.pad.pull(unplug=False)
    bench.until_state(DeviceState.READY)
    rate(bench, "w2", 1)


def test_fault_pad_too_much_noise(make: MakeBench) -> None:
    bench = asking(make("pj06"))
    bench.pad.noise(bytes(64))
    assert bench.answer("w1") == WindowEnded("w1", WindowEnd.NOISE)
    assert bench.state() == (DeviceState.FAULT, Reason.NOISE)
    not_asked(bench, "w2", WindowEnd.NOISE)


def test_fault_pad_own_timeout(make: MakeBench) -> None:
    bench = asking(make("sample-byte"))
    bench.pad.noise(bytes.fromhex("EE"))
    assert bench.answer("w1") == WindowEnded("w1", WindowEnd.TIMED_OUT)
    wait_until(lambda: Said.CLOSING in bench.pad.told(), "the pad was not closed")


def test_fault_pad_early_key(make: MakeBench) -> None:
    bench = until_there(make("pj06"))
    bench.pad.press(1)
    bench.ask("w1")
    assert bench.events.stray() == StrayKey(Stray.EARLY, 1)
    bench.pad.press(5)
    answer = bench.answer("w1")
    assert isinstance(answer, KeyPressed)
    assert answer.word is KeyWord.VERY_DISSATISFIED


def test_fault_pad_late_key(make: MakeBench) -> None:
    bench = asking(make("pj06"))
    bench.hub.pad.close_window("w1")
    assert bench.answer("w1") == WindowEnded("w1", WindowEnd.CLOSED)
    bench.pad.press(5)
    assert bench.events.stray() == StrayKey(Stray.LATE, 1, "w1")


def test_fault_pad_second_key(make: MakeBench) -> None:
    bench = until_there(make("pj06"))
    rate(bench, "w1", 4)
    bench.pad.press(1)
    assert bench.events.stray() == StrayKey(Stray.EXTRA, 1, "w1")
