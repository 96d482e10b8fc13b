"""Window, levers and plug in any order: a rating is never invented, doubled, or given to another case.

The pad is of a model that only this test's file knows, and whose keys no single turned bit in each byte makes another.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from devices.ports import DeviceEvent, DeviceState, KeyPressed, Reason, WindowEnded, WindowNotPossible
from devices.rating_pad.model import PadKey, PadModel, read_pad_model
from devices.rating_pad.serial_pad import SerialPad
from devices.sim import bad_wire
from devices.sim.pad_firmware import Said, SaidDecoder, is_opening, is_prompt
from tests.devices.lockstep import Lockstep

MODEL = """
title = "a pad that nobody has built"
protocol = "byte"
confirmed = []
baud = 9600
settle_ms = 50
too_soon_ms = 200
late_ms = 2000
quiet_ms = 20
noise_bytes_max = 8
keys = [
  {number = 1, says = "满意", sends = "A1 5E"},
  {number = 2, says = "一般", sends = "A2 5D"},
  {number = 3, says = "不满意", sends = "C4 3B"},
]
[wire]
opening = "F0 01"
prompt = "F0 02"
thanks = "F0 03"
closing = "F0 04"
timeout = "EE EF"
greeting = "E0 E1"
acknowledgement = "06 60"
"""
SLOW_MS, STUCK_MS = 1_500, 100
LEVERS = ("dead", "slow", "garbage", "flip_bits", "drop_bytes", "half_frames", "stuck_key")


def invented_model() -> PadModel:
    """Return the pad that a file alone describes."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "invented.toml").write_text(MODEL, "utf-8")
        return read_pad_model("invented", [Path(folder)])


@dataclass
class Press:
    """A finger on a key."""

    key: PadKey
    at_ms: int
    counted: bool = False


class PadAndPeople(RuleBasedStateMachine):
    """A driver, a pad with levers, and people who press."""

    @initialize(seed=st.integers(0, 1 << 16))
    def plug_in_first(self, seed: int) -> None:
        self.rng = Random(seed)
        self.model = invented_model()
        self.ended: list[str] = []
        self.line = Lockstep(self.told)
        self.driver = SerialPad(self.model, 30, self.heard, lambda: self.line.now_ms / 1000)
        self.levers = dict.fromkeys(LEVERS, False)
        self.presses: list[Press] = []
        self.on_its_way: list[tuple[int, bytes]] = []
        self.opened: dict[str, tuple[int, int]] = {}
        self.is_plugged = False
        self.decoder = SaidDecoder(self.model.wire) if self.model.wire else None
        self.stuck_ms = 0
        self.plug()

    # The pad

    def told(self, data: bytes) -> None:
        if self.levers["dead"] or self.decoder is None:
            return
        for told in self.decoder.feed(self.spoilt(data)):
            assert isinstance(told, Said)
            if is_prompt(told) or is_opening(told):
                self.say(bytes.fromhex("06 60"))

    def say(self, data: bytes) -> None:
        if self.levers["dead"] or not self.is_plugged:
            return
        if self.levers["garbage"]:
            data = self.rng.randbytes(3) + data + self.rng.randbytes(3)
        delay_ms = SLOW_MS if self.levers["slow"] else 1
        self.on_its_way.append((self.line.now_ms + delay_ms, self.spoilt(data)))

    def spoilt(self, data: bytes) -> bytes:
        if self.levers["flip_bits"]:
            data = bad_wire.flip_bits(data, self.rng)
        if self.levers["drop_bytes"]:
            data = bad_wire.drop_bytes(data, self.rng)
        return bad_wire.half(data) if self.levers["half_frames"] else data

    def let_pass(self, pass_ms: int) -> None:
        end_ms = self.line.now_ms + pass_ms
        while self.line.now_ms < end_ms:
            moments = [at_ms for at_ms, _ in self.on_its_way] + [end_ms]
            if self.levers["stuck_key"]:
                moments.append(self.stuck_ms + STUCK_MS)
            self.line.let_pass(max(0, min(moments) - self.line.now_ms))
            if self.levers["stuck_key"] and self.line.now_ms >= self.stuck_ms + STUCK_MS:
                self.stuck_ms = self.line.now_ms
                self.say(self.model.keys[0].sends)
            due = [data for at_ms, data in self.on_its_way if at_ms <= self.line.now_ms]
            self.on_its_way = [each for each in self.on_its_way if each[0] > self.line.now_ms]
            for data in due:
                self.line.deliver(data)

    # What can happen

    @rule(window_s=st.integers(1, 8))
    def ask(self, window_s: int) -> None:
        window_id = f"case-{len(self.opened)}"
        self.opened[window_id] = self.line.now_ms, window_s
        try:
            self.driver.open_window(window_id, window_s)
        except WindowNotPossible:  # too much was asked of a pad that is just set up
            del self.opened[window_id]
            return
        if not self.is_plugged:
            self.driver.without_line(DeviceState.ABSENT, Reason.UNPLUGGED)
        self.let_pass(1)

    @rule(read_ms=st.sampled_from((250, 900)), key=st.integers(0, 2))
    def serve_somebody(self, read_ms: int, key: int) -> None:
        """What happens on most days: somebody is asked, reads, and presses."""
        self.ask(8)
        self.let_pass(read_ms)
        if not self.levers["slow"] or self.is_asked():
            self.press(key)

    @rule()
    def mend(self) -> None:
        """A technician comes; the line is calm for a while."""
        self.levers = dict.fromkeys(LEVERS, False)
        self.let_pass(6_000)

    @rule(late=st.booleans())
    def close(self, late: bool) -> None:
        number = len(self.opened) - (2 if late else 1)
        self.driver.close_window(f"case-{number}")
        self.let_pass(1)

    @precondition(lambda self: not self.levers["slow"] or self.is_asked())
    @rule(key=st.integers(0, 2))
    def press(self, key: int) -> None:
        """With a slow pad only who is asked presses: nobody can tell when a key was pressed that came late."""
        self.finger(self.model.keys[key])
        self.let_pass(30)

    @rule(key=st.integers(0, 2), count=st.integers(1, 3))
    def press_again_and_again(self, key: int, count: int) -> None:
        if not self.levers["slow"]:
            for _ in range(count):
                self.finger(self.model.keys[key])
                self.let_pass(150)

    @rule()
    def replay(self) -> None:
        """A bouncing contact: what was just sent once more."""
        if self.presses and self.line.now_ms - self.presses[-1].at_ms < 400 and not self.levers["slow"]:
            self.say(self.presses[-1].key.sends)
            self.let_pass(30)

    @rule(data=st.binary(min_size=3, max_size=12))
    def noise(self, data: bytes) -> None:
        self.on_its_way.append((self.line.now_ms + 1, data))
        self.let_pass(30)

    @rule(lever=st.sampled_from(LEVERS))
    def pull(self, lever: str) -> None:
        if {lever, *(name for name in LEVERS if self.levers[name])} >= {"slow", "stuck_key"}:
            return  # as with a press: of a slow pad nobody can tell when its key jammed
        self.levers[lever] = not self.levers[lever]
        if self.levers["stuck_key"]:
            # A key that jams is a press like any other, and so is one that is heard again after a silence.
            self.presses.append(Press(self.model.keys[0], self.line.now_ms))

    @precondition(lambda self: not self.levers["slow"])
    @rule()
    def a_key_jams_just_before_the_prompt(self) -> None:
        self.presses.append(Press(self.model.keys[0], self.line.now_ms))
        self.levers["stuck_key"] = True
        self.let_pass(150)
        self.ask(5)
        self.let_pass(600)
        self.levers["stuck_key"] = False

    @rule()
    def brown_out(self) -> None:
        self.on_its_way = [(self.line.now_ms + 300, bytes.fromhex("E0 E1"))]
        self.let_pass(301)

    @rule()
    def own_timeout(self) -> None:
        self.say(bytes.fromhex("EE EF"))
        self.let_pass(1)

    @precondition(lambda self: self.is_plugged)
    @rule()
    def unplug(self) -> None:
        self.is_plugged = False
        self.on_its_way = []
        self.line.end(unplugged=True)
        self.driver.without_line(DeviceState.ABSENT, Reason.UNPLUGGED)

    @precondition(lambda self: not self.is_plugged)
    @rule()
    def plug(self) -> None:
        self.is_plugged = True
        self.line.serve(self.driver)
        self.let_pass(100)

    @rule(pass_ms=st.sampled_from((10, 200, 700, 3_000, 9_000)))
    def wait(self, pass_ms: int) -> None:
        self.let_pass(pass_ms)

    def finger(self, key: PadKey) -> None:
        self.presses.append(Press(key, self.line.now_ms))
        self.say(key.sends)

    def is_asked(self) -> bool:
        return self.driver._keeper.window is not None

    # What must always hold

    def heard(self, event: DeviceEvent) -> None:
        """Take an event of the driver, in its thread; a failure is the test's."""
        if isinstance(event, KeyPressed):
            self.account_for(event)
        if isinstance(event, KeyPressed | WindowEnded):
            assert event.window_id not in self.ended, "a window ended twice"
            self.ended.append(event.window_id)

    def account_for(self, rating: KeyPressed) -> None:
        """Find the finger: the same key, after this case was asked and before its end, and not counted before."""
        asked_ms, window_s = self.opened[rating.window_id]
        for press in self.presses:
            in_time = asked_ms <= press.at_ms <= asked_ms + window_s * 1000 + 2_000
            if not press.counted and press.key.number == rating.key and in_time:
                press.counted = True
                return
        raise AssertionError(f"nobody pressed for {rating}; pressed was {self.presses}")

    def teardown(self) -> None:
        if not hasattr(self, "line"):
            return
        if self.is_plugged:
            self.line.end(unplugged=False)
        self.driver.without_line(DeviceState.ABSENT, Reason.STOPPED, ending=True)
        self.driver.doorbell.close()
        assert sorted(self.ended) == sorted(self.opened), "a window never ended"


TestPadAndPeople = PadAndPeople.TestCase
TestPadAndPeople.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
