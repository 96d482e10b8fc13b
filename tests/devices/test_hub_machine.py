"""Whatever happens to the devices and in whatever order: every job and every window ends once, and truthfully."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from devices.config import parse_devices
from devices.hub import Hub
from devices.ports import (
    DeviceEvent,
    JobEnded,
    KeyPressed,
    Outcome,
    PrintJob,
    TooManyJobs,
    WindowEnded,
    WindowNotPossible,
    ended_by,
)
from devices.printer.dialogue import Patience
from devices.printer.document import Cut, Feed, Slip, Text
from devices.printer.profile import read_profile
from devices.sim.noisy_port import LineLevers, NoisyPort
from devices.sim.pad import SimulatedPad
from devices.sim.printer import PrinterLevers, SimulatedPrinter
from devices.typeface import Typeface
from tests.devices.bench import FONT, wait_until

HASTY = Patience(answer_s=0.1, stall_s=0.15, finish_s=0.2, poll_s=0.05)
PRINTER_LEVERS = sorted(
    name for name in PrinterLevers.__struct_fields__ if isinstance(getattr(PrinterLevers(), name), bool)
)
PAD_LEVERS = ["dead", "garbage", "slow", "unplug"]
LINE_LEVERS = sorted(name for name in LineLevers.__struct_fields__ if isinstance(getattr(LineLevers(), name), bool))
PAUSES_S = st.sampled_from([0.0, 0.0, 0.02, 0.1, 0.3])


def slip(job_id: str) -> Slip:
    """A slip of five lines whose first and last can be told from all others."""
    return Slip((Text(f"<{job_id}>"), Text("二"), Text("三"), Text("四"), Text(f"</{job_id}>"), Feed(1), Cut()))


class PointMachine(RuleBasedStateMachine):
    """A printer and a pad with every lever, and a kiosk that prints and asks at any moment."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        folder = Path(self.folder.name)
        self.lines = {name: NoisyPort(folder / name, seed=7) for name in ("printer", "pad")}
        typeface = Typeface(FONT)
        self.printer = SimulatedPrinter(read_profile("escpos-80"), self.lines["printer"], typeface, 0)
        self.pad = SimulatedPad(self.lines["pad"], time.monotonic)
        section: dict[str, Any] = {
            "printer": {"profile": "escpos-80", "path": "printer", "baud": 115200},
            "pad": {"model": "pj06", "path": "pad"},
        }
        self.hub = Hub(parse_devices(section, folder), FONT, time.monotonic, patience=HASTY)
        self.asked: list[str] = []
        self.events: list[DeviceEvent] = []
        self.presses = 0
        self.spoilt: set[str] = set()
        for part in (self.printer, self.pad, self.hub):
            part.start()

    @rule(pause_s=PAUSES_S)
    def the_kiosk_prints(self, pause_s: float) -> None:
        job_id = f"job{len(self.asked)}"
        try:
            self.hub.printer.submit(PrintJob(job_id, slip(job_id), 0.5))
        except TooManyJobs:
            return
        self.asked.append(job_id)
        time.sleep(pause_s)

    @rule(pause_s=PAUSES_S)
    def the_kiosk_asks_for_a_rating(self, pause_s: float) -> None:
        window_id = f"window{len(self.asked)}"
        try:
            self.hub.pad.open_window(window_id, 1.0)
        except WindowNotPossible:
            return
        self.asked.append(window_id)
        time.sleep(pause_s)

    @precondition(lambda self: self.asked)
    @rule()
    def the_kiosk_withdraws_a_question(self) -> None:
        self.hub.pad.close_window(self.asked[-1])

    @rule(key=st.integers(1, 5), pause_s=PAUSES_S)
    def somebody_presses(self, key: int, pause_s: float) -> None:
        self.presses += 1
        self.pad.press(key)
        time.sleep(pause_s)

    @rule(data=st.binary(min_size=2, max_size=12))
    def the_pad_makes_noise(self, data: bytes) -> None:
        self.pad.noise(data)

    @rule(lever=st.sampled_from(PRINTER_LEVERS), on=st.booleans(), pause_s=PAUSES_S)
    def a_lever_of_the_printer_is_pulled(self, lever: str, on: bool, pause_s: float) -> None:
        self.printer.pull(**{lever: on})
        time.sleep(pause_s)

    @rule(lines=st.integers(1, 4))
    def the_paper_will_end(self, lines: int) -> None:
        self.printer.pull(lines_left=lines)

    @rule(lever=st.sampled_from(PAD_LEVERS), on=st.booleans(), pause_s=PAUSES_S)
    def a_lever_of_the_pad_is_pulled(self, lever: str, on: bool, pause_s: float) -> None:
        self.pad.pull(**{lever: on})
        time.sleep(pause_s)

    @rule(line=st.sampled_from(["printer", "pad"]), lever=st.sampled_from(LINE_LEVERS), on=st.booleans())
    def a_line_goes_bad_or_well(self, line: str, lever: str, on: bool) -> None:
        self.lines[line].pull(**{lever: on})
        if line == "printer":
            self.spoilt |= set(self.asked) - self._ended()

    @invariant()
    def nothing_ends_twice_and_nothing_is_invented(self) -> None:
        self.events += self.hub.events.drain()
        ended = [request for event in self.events if (request := ended_by(event)) is not None]
        assert len(ended) == len(set(ended))
        assert set(ended) <= set(self.asked)
        assert sum(isinstance(event, KeyPressed) for event in self.events) <= self.presses
        for event in self.events:
            assert not isinstance(event, KeyPressed | WindowEnded) or event.window_id.startswith("window")
        if self.lines["printer"].levers != LineLevers():
            self.spoilt |= set(self.asked) - self._ended()

    def _ended(self) -> set[str]:
        return {request for event in self.events if (request := ended_by(event)) is not None}

    def teardown(self) -> None:
        """The program ends: now everything has ended, and the paper agrees with what was said of it."""
        began_s = time.monotonic()
        self.hub.close()
        took_s = time.monotonic() - began_s
        self.nothing_ends_twice_and_nothing_is_invented()
        assert self._ended() == set(self.asked)
        assert took_s < 8, "closing must not wait for a device"
        if not self.printer.levers.is_stopped:
            wait_until(self.printer.is_idle, "the printer never came to rest")
        words = " ".join(piece.text for piece in self.printer.pieces())
        for event in self.events:
            if isinstance(event, JobEnded) and event.job_id not in self.spoilt:
                begun, whole = words.count(f"<{event.job_id}>"), words.count(f"</{event.job_id}>")
                assert whole <= begun <= 1, f"{event} came out {begun} times"
                assert event.outcome is not Outcome.NOT_STARTED or not begun, f"{event} was printed"
                assert event.outcome is not Outcome.PRINTED or whole, f"{event} was not printed whole: {words!r}"
        self.printer.close()
        self.pad.close()
        self.folder.cleanup()


SETTINGS = settings(
    max_examples=4,  # the first is always the shortest that there is
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],  # threads and time: what failed once is not made smaller by trying again
)
TestPoint = PointMachine.TestCase
TestPoint.settings = SETTINGS
