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
from devices.sim.noisy_port import NoisyPort
from devices.sim.scanner import ScannerLevers, SimulatedScanner
from tests.devices.bench import wait_until
from tests.devices.point.point import PAUSES_S, Point
from tests.devices.point.typing_port import TypingPort

SERIAL_LEVERS = sorted(ScannerLevers.__struct_fields__)
SPOILERS = ("line/scanner", "scanner.garbage", "scanner.half_code", "scanner.no_suffix")
"""After these what arrives may be no code, or two in one: a serial line has neither frames nor checksums."""
QUIET_MS = 150


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
        port = (TypingPort if self.types else NoisyPort)(self.folder / "scanner", seed=9)
        self.scanner = SimulatedScanner(self.scanner_model, port)
        self.lines["scanner"] = port
        self.simulated.append(self.scanner)
        self.held: list[str] = []
        self.heard, self.heard_well = Counter[str](), Counter[str]()
        self.breaks = 0
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
        if self.scanner_model.framing.suffix is Suffix.NONE:
            self.let_it_fall_silent()  # where silence ends a code nobody holds the next before it meanwhile
        return text

    def let_it_fall_silent(self) -> None:
        """Wait until everything that was held before the scanner has left it."""
        wait_until(lambda: self.scanner.sent >= len(self.held), "the scanner never sent what was held before it")
        time.sleep(2 * QUIET_MS / 1000)

    @rule(lever=st.sampled_from(SERIAL_LEVERS), on=st.booleans(), pause_s=PAUSES_S)
    def a_lever_of_the_scanner_is_pulled(self, lever: str, on: bool, pause_s: float) -> None:
        self.breaks += 1
        self.scanner.pull(**{lever: on})
        self.pause(pause_s)

    # What must hold

    def hear(self, event: DeviceEvent) -> None:
        super().hear(event)
        if isinstance(event, ScanTrouble):
            self.told[f"no code: {event.fault.value}"] += 1
        elif isinstance(event, CodeScanned):
            assert 0 < len(event.text) <= CODE_BYTES_MAX, "a code of no length, or without end"
            self.heard[event.text] += 1
            if self.was_wrong(time.monotonic(), *SPOILERS):
                return
            assert event.text in self.held, f"{event.text!r} was never held before the scanner"
            # A code that is read again and again counts again after every break.
            self.heard_well[event.text] += 1
            often = 1 + self.breaks if self.was_wrong(0.0, "scanner.repeats") else 1
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
        self.let_it_fall_silent()
        text = self.hold(20)
        self.until(lambda: self.heard[text] > 0, "a mended scanner is not heard")
        assert self.state(Device.CODE_SCANNER) is DeviceState.READY, "a scanner that was just heard is not ready"

    def use_after_the_end(self) -> None:
        super().use_after_the_end()
        self.hold(20)
