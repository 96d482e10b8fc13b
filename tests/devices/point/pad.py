"""The rating pad of a service point, of any kind: a rating is never invented, doubled, or given to another case."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from msgspec import Struct
from msgspec.structs import replace

from devices.config import DevicesConfig
from devices.ports import (
    Device,
    DeviceEvent,
    DeviceState,
    KeyPressed,
    StrayKey,
    WindowEnd,
    WindowEnded,
    WindowNotPossible,
)
from devices.rating_pad.model import MODELS, PadKey, read_pad_model
from devices.sim.noisy_port import NoisyPort
from devices.sim.pad import SimulatedPad
from devices.sim.pad_face import PadLevers
from devices.sim.text_pad import SimulatedTextPad
from tests.devices.point.haste import LATE_MS
from tests.devices.point.point import PAUSES_S, Point
from tests.devices.test_pad_state_machine import MODEL as INVENTED

LEVERS = sorted(PadLevers.__struct_fields__)
_POLLED = (MODELS / "sample-text.toml").read_text("utf-8")
_STREAM = _POLLED.replace('transport = "udp"', 'transport = "tcp"\nends_with = "\\r\\n"').replace(
    "listens", "# listens"
)
KINDS = {
    "pj06": None,
    "sample-byte": None,
    "sample-text": None,
    "invented": INVENTED,
    "stream": _STREAM,
    "unpolled": _POLLED.replace('poll = "SE"', 'poll = ""').replace('unrated = "NONE"', 'unrated = ""'),
}
"""Every way of speaking that there is; where the pad does not come along, its file."""
ONE_BYTE_KINDS = {"pj06", "sample-byte"}
"""Of these a key can be one byte, so that a bad line can make one of noise, or another of it."""


BACKLOG_S = 10.0
"""So long the answers to what was asked on a slow line may still come."""
READ_S = 0.3
"""Nobody reads a prompt and presses sooner; the window opens when the prompt is out, after the pad has seen it."""


class Press(Struct):
    """A finger on a key, at a time of the clock."""

    key: PadKey
    at_s: float
    counted: bool = False


class PadActs(Point):
    """Windows, fingers and what the pad says without them."""

    def fit(self) -> dict[str, Any]:
        self.kind = self.chance.choice(sorted(KINDS))
        models = Path(self.folder, "models")
        models.mkdir()
        if (text := KINDS[self.kind]) is not None:
            (models / f"{self.kind}.toml").write_text(text, "utf-8")
        model = read_pad_model(self.kind, [models])
        if model.text is not None:
            model = replace(model, text=replace(model.text, heartbeat_s=0.1, poll_ms=50))
        self.pad_model = replace(model, settle_ms=20, too_soon_ms=0, late_ms=LATE_MS)
        self.pad: SimulatedPad | SimulatedTextPad
        if model.text is None:
            port = NoisyPort(self.folder / "pad", seed=6)
            self.lines["pad"], self.pad, path = port, SimulatedPad(port, time.monotonic, self.pad_model), "pad"
        else:
            self.pad = on_network = SimulatedTextPad(self.pad_model, time.monotonic, seed=6)
            self.lines["pad"], path = on_network.port, on_network.address
        self.simulated.append(self.pad)
        self.told[f"pad: {self.kind}"] += 1
        self.windows = 0
        self.window_s: dict[str, float] = {}
        self.withdrawn: set[str] = set()
        self.presses: list[Press] = []
        self.noise_with_key_s = -math.inf
        return super().fit() | {"pad": {"model": self.kind, "path": path}, "models": str(models)}

    def fitted(self, config: DevicesConfig) -> DevicesConfig:
        config = super().fitted(config)
        assert config.pad is not None
        return replace(config, pad=replace(config.pad, model=self.pad_model))

    def troubles(self) -> Iterable[str]:
        yield from super().troubles()
        for name in PadLevers.__struct_fields__:
            if getattr(self.pad.levers, name):
                yield f"pad.{name}"

    # What happens to it

    @rule(window_s=st.sampled_from([1.0, 1.0, 5.0]), staff=st.sampled_from(["", "A01", "B02"]), pause_s=PAUSES_S)
    def the_kiosk_asks_for_a_rating(self, window_s: float, staff: str, pause_s: float) -> None:
        self.ask(window_s, staff)
        time.sleep(pause_s)

    def ask(self, window_s: float, staff: str = "") -> str | None:
        """Open a window; return its id."""
        self.windows += 1
        window_id = f"window{self.windows}"
        self.window_s[window_id] = window_s
        opened = self.begin(window_id, lambda: self.hub.pad.open_window(window_id, window_s, staff), WindowNotPossible)
        return window_id if opened else None

    @precondition(lambda self: self.windows)
    @rule(late=st.booleans())
    def the_kiosk_withdraws_a_question(self, late: bool) -> None:
        window_id = f"window{self.windows - late}"
        self.withdrawn.add(window_id)
        self.hub.pad.close_window(window_id)

    @rule(key=st.integers(0, 4), pause_s=PAUSES_S)
    def somebody_presses(self, key: int, pause_s: float) -> None:
        """With a slow pad only who is asked: nobody can tell when a key was pressed that comes late."""
        if not self.was_wrong(time.monotonic(), "pad.slow") or self.pad.face().is_asking:
            self.press(self.pad_model.keys[key % len(self.pad_model.keys)])
        time.sleep(pause_s)

    def press(self, key: PadKey) -> None:
        """Press a key."""
        self.presses.append(Press(key, time.monotonic()))
        self.pad.press(key.number)

    @rule(key=st.integers(0, 4), read_s=st.sampled_from([0.1, 0.4]))
    def somebody_is_served(self, key: int, read_s: float) -> None:
        """What happens on most days: somebody is asked, reads, and presses."""
        self.ask(5.0, "A01")
        time.sleep(LATE_MS / 1000 + read_s)
        self.somebody_presses(key, 0.1)

    @precondition(lambda self: self.presses)
    @rule(pause_s=PAUSES_S)
    def the_last_key_is_sent_once_more(self, pause_s: float) -> None:
        """A bouncing contact: at once, since later nobody could tell it from a finger."""
        if time.monotonic() - self.presses[-1].at_s < 0.1:
            self.pad.replay()
        time.sleep(pause_s)

    @rule(key=st.integers(0, 4))
    def the_next_is_asked_while_a_key_is_on_its_way(self, key: int) -> None:
        """Of a slow pad, on which the one before has pressed at the last moment."""
        self.pad.pull(slow=True)
        self.look_for_troubles()
        first = self.ask(5.0)
        time.sleep(LATE_MS / 1000 + 0.2)
        self.somebody_presses(key, 0.0)
        self.ask(5.0)
        if first is not None:
            self.withdrawn.add(first)
            self.hub.pad.close_window(first)
        self.pause(LATE_MS / 1000 + 0.2)
        self.pad.pull(slow=False)

    @rule(data=st.binary(min_size=3, max_size=12))
    def the_pad_makes_noise(self, data: bytes) -> None:
        self.pad.noise(data)

    @rule(key=st.integers(0, 4), before=st.binary(max_size=2), after=st.binary(min_size=2, max_size=4))
    def the_pad_that_asks_makes_noise_with_a_key_in_it(self, key: int, before: bytes, after: bytes) -> None:
        """A key that comes in company is none."""
        keys = self.pad_model.keys
        sent = before + keys[key % len(keys)].sends + after
        if all(each.sends != sent for each in keys):
            self.ask(5.0)
            time.sleep(LATE_MS / 1000 + 0.1)
            self.noise_with_key_s = time.monotonic()
            self.pad.noise(sent)
            time.sleep(0.1)

    @rule(pause_s=PAUSES_S)
    def the_pad_loses_its_power_for_a_moment(self, pause_s: float) -> None:
        self.pad.brown_out()
        time.sleep(pause_s)

    @rule(lever=st.sampled_from(LEVERS), on=st.booleans(), pause_s=PAUSES_S)
    def a_lever_of_the_pad_is_pulled(self, lever: str, on: bool, pause_s: float) -> None:
        self.pad.pull(**{lever: on})
        self.pause(pause_s)

    # What must hold

    def hear(self, event: DeviceEvent) -> None:
        super().hear(event)
        if isinstance(event, KeyPressed):
            self.account_for_rating(event)
        elif isinstance(event, WindowEnded):
            self.told[f"window ended: {event.reason.value}"] += 1
            self.ended_for_a_reason(event)
        elif isinstance(event, StrayKey):
            self.told[f"stray: {event.kind.value}"] += event.count

    def ended_for_a_reason(self, ended: WindowEnded) -> None:
        """Hold the reason why a window ended against what the kiosk has done with it."""
        window_id = ended.window_id
        is_so = {
            WindowEnd.CLOSED: window_id in self.withdrawn,
            WindowEnd.REPLACED: window_id != f"window{self.windows}",
            WindowEnd.TIMED_OUT: self.lasted_s(window_id) >= self.window_s[window_id] * 0.99,
        }
        assert is_so.get(ended.reason, True), f"{ended} after {self.lasted_s(window_id):.2f} s"

    def account_for_rating(self, rating: KeyPressed) -> None:
        """Find the finger: the same key, after this case was asked, and not counted before.

        A key that is stuck is a press that nobody sees begin. A bad line can write a key of one byte, and leave of a
        noise with a key in it just the key. On a slow line questions are put faster than answered, and an answer does
        not say which question it belongs to.
        """
        asked_s = self.begun[rating.window_id]
        for press in self.presses:
            if not press.counted and press.key.number == rating.key and press.at_s >= asked_s:
                press.counted = True
                return
        is_excused = self.was_wrong(asked_s, "pad.stuck_key") or (
            self.was_wrong(asked_s, "line/pad")
            if self.kind in ONE_BYTE_KINDS or self.noise_with_key_s >= asked_s
            else self.was_wrong(asked_s - BACKLOG_S, "line/pad.latency_ms")
        )
        assert is_excused, f"nobody pressed for {rating}, asked at {asked_s:.2f}; pressed was {self.presses}"

    def mend(self) -> None:
        super().mend()
        self.pad.pull(**dict.fromkeys(PadLevers.__struct_fields__, False))

    def work(self) -> None:
        super().work()
        kept = (DeviceState.READY, DeviceState.UNKNOWN)  # one that never speaks first is unknown until it is asked
        self.until(lambda: self.state(Device.RATING_PAD) in kept, "the pad never comes back")
        self.work_well(self.rate_well)

    def rate_well(self) -> str:
        """Ask for a rating as a mended pad has to give one."""
        time.sleep(0.25)  # who has just pressed a key takes as long until the same one counts again
        key = self.chance.choice(self.pad_model.keys)
        window_id = self.ask(5.0, "A01")
        if window_id is None:
            return "no window is opened"
        self.until(lambda: self.pad.face().is_asking or window_id in self.ended, "a mended pad is never asked")
        time.sleep(READ_S)
        self.press(key)
        ended = self.ending(window_id)
        if not isinstance(ended, KeyPressed):
            return str(ended)
        assert ended.key == key.number, "a mended pad has rated with another key"
        assert self.state(Device.RATING_PAD) is DeviceState.READY, "a pad that has just answered is not ready"
        return ""

    def use_after_the_end(self) -> None:
        super().use_after_the_end()
        self.press(self.pad_model.keys[0])
        assert self.ask(5.0) is None, "a window was opened after the end"
