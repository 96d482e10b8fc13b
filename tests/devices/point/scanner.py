"""The code scanner of a service point, on a serial line or typing: a code is heard whole, or not at all."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule
from msgspec.structs import replace

from devices.code_scanner.events import CodeScanned, ScanTrouble
from devices.code_scanner.frames import CODE_BYTES_MAX
from devices.code_scanner.input_line import InputLine
from devices.code_scanner.model import MODELS, Suffix, Wire, read_scanner_model
from devices.config import DevicesConfig
from devices.line import Line
from devices.model_files import model_names
from devices.places import InputPlace
from devices.ports import Device, DeviceEvent, DeviceState
from devices.sim.scanner import ScannerLevers, SimulatedScanner
from tests.devices.point.point import LINGERS_S, PAUSES_S, Point
from tests.devices.point.typing_port import TypingPort, WatchedPort

SERIAL_LEVERS = sorted(ScannerLevers.__struct_fields__)
SPOILERS = ("line/scanner", "scanner.garbage")
"""After these what arrives may be no code: a serial line has neither frames nor checksums."""
ENDLESS = ("half_code", "no_suffix")
"""With these, and where silence ends a code, nobody holds the next one before it at once."""
QUIET_MS = 150
SENDING_S_MAX = 3.0
"""Longer than all that a slow scanner holds takes it; it forgets what is more than that."""


class RecordedPlace(InputPlace, frozen=True):
    """An input device that cannot be grabbed, since it is a recording."""

    def open(self) -> Line:
        return InputLine(self.path, take=lambda _descriptor: None)


class ScannerActs(Point):
    """Codes held before a scanner of any model; every one has a text of its own."""

    def fit(self) -> dict[str, Any]:
        name = self.chance.choice(model_names([MODELS]))
        model = read_scanner_model(name)
        self.types = model.wire is Wire.KEYS
        self.scanner_model = replace(model, baud=115_200, framing=replace(model.framing, quiet_ms=QUIET_MS))
        self.ends_by_silence = model.framing.suffix is Suffix.NONE
        made = TypingPort if self.types else WatchedPort
        ends = self.scanner_model.framing.suffix.octets
        self.port = port = made(self.folder / "scanner", 9, ends, QUIET_MS / 1000)
        self.scanner = SimulatedScanner(self.scanner_model, port)
        self.lines["scanner"] = port
        self.simulated.append(self.scanner)
        self.held: list[str] = []
        self.heard, self.heard_well = Counter[str](), Counter[str]()
        self.breaks_before: dict[str, int] = {}
        self.breaks = self.troubles_heard = 0
        path = {"path": "evdev:scanner"} if self.types else {"path": "scanner", "baud": 115_200}
        return super().fit() | {"scanner": {"model": name} | path}

    def fitted(self, config: DevicesConfig) -> DevicesConfig:
        config = super().fitted(config)
        assert config.scanner is not None
        place = RecordedPlace(Path(self.folder, "scanner")) if self.types else config.scanner.place
        return replace(config, scanner=replace(config.scanner, model=self.scanner_model, place=place))

    def troubles(self) -> Iterable[str]:
        yield from super().troubles()
        for name in ScannerLevers.__struct_fields__:
            if getattr(self.scanner.levers, name):
                yield f"scanner.{name}"

    # What happens to it

    @rule(length=st.integers(8, 400), pause_s=PAUSES_S)
    def somebody_scans_a_code(self, length: int, pause_s: float) -> None:
        self.hold(length)
        time.sleep(pause_s)

    def hold(self, length: int) -> str:
        """Hold a code of its own before the scanner."""
        number = len(self.held)
        text = f"S{number:04}-" + "".join(Random(number).choices("0123456789ABCXYZ", k=length))
        self.held.append(text)
        self.scanner.scan(text)
        self.breaks_before[text] = self.breaks
        if self.ends_by_silence or any(getattr(self.scanner.levers, name) for name in ENDLESS):
            self.let_it_fall_silent()
        return text

    def let_it_fall_silent(self) -> None:
        """Wait until everything that was held before the scanner has left it."""
        end_s = time.monotonic() + SENDING_S_MAX
        while self.scanner.sent < len(self.held) and time.monotonic() < end_s:
            time.sleep(0.005)
        time.sleep(2 * QUIET_MS / 1000)

    @rule(length=st.integers(8, 400))
    def the_scanner_loses_its_power_in_one_code_and_goes_on_with_the_next(self, length: int) -> None:
        self.breaks += 1
        self.scanner.pull(brown_out=True)
        self.hold(length)
        self.hold(length)
        time.sleep(0.3)

    @rule(lever=st.sampled_from(SERIAL_LEVERS), on=st.booleans(), pause_s=PAUSES_S)
    def a_lever_of_the_scanner_is_pulled(self, lever: str, on: bool, pause_s: float) -> None:
        if lever in ENDLESS:
            self.let_it_fall_silent()
        self.breaks += 1
        self.scanner.pull(**{lever: on})
        self.pause(pause_s)

    @rule()
    def somebody_leaves_a_code_before_the_scanner(self) -> None:
        """Which reads it again and again: to the kiosk it is one code."""
        if not self.ends_by_silence:
            self.breaks += 1
            self.scanner.pull(repeats=True)
            self.hold(20)
            time.sleep(1.0)
            self.listen()
            self.breaks += 1
            self.scanner.pull(repeats=False)

    # What must hold

    def hear(self, event: DeviceEvent) -> None:
        super().hear(event)
        if isinstance(event, ScanTrouble):
            self.told[f"no code: {event.fault.value}"] += 1
            self.troubles_heard += 1
        elif isinstance(event, CodeScanned):
            assert 0 < len(event.text) <= CODE_BYTES_MAX, "a code of no length, or without end"
            self.heard[event.text] += 1
            if time.monotonic() - self.port.held_up_s < LINGERS_S:
                return
            ended_early = self.ends_by_silence and self.was_wrong(time.monotonic(), "scanner.half_code")
            if ended_early or self.was_wrong(time.monotonic(), *SPOILERS):
                return
            assert event.text in self.held, f"{event.text!r} was never held before the scanner"
            # A code that is read again and again counts again after every break.
            self.heard_well[event.text] += 1
            often = 1 + self.breaks - self.breaks_before[event.text]
            assert self.heard_well[event.text] <= often, f"{event.text!r} was heard {often + 1} times"

    def mend(self) -> None:
        super().mend()
        self.breaks += 1
        self.scanner.pull(**{name: getattr(ScannerLevers(), name) for name in ScannerLevers.__struct_fields__})

    def work(self) -> None:
        super().work()
        self.until(
            lambda: self.state(Device.CODE_SCANNER) not in (DeviceState.ABSENT, DeviceState.STARTING),
            "nobody listens to the scanner",
        )
        self.work_well(self.scan_well)

    def scan_well(self) -> str:
        """Scan a code as a mended scanner has to be heard."""
        self.let_it_fall_silent()
        text, troubles = self.hold(20), self.troubles_heard
        self.until(lambda: self.heard[text] > 0 or self.troubles_heard > troubles, "a mended scanner is not heard")
        if not self.heard[text]:
            return "what it scans is no code"
        assert self.state(Device.CODE_SCANNER) is DeviceState.READY, "a scanner that was just heard is not ready"
        return ""

    def use_after_the_end(self) -> None:
        super().use_after_the_end()
        self.hold(20)
