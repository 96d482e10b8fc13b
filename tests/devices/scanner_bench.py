"""A scanner on the bench: a hub that listens at one end of a pty, a simulated scanner at the other."""

from __future__ import annotations

import time
from pathlib import Path

from msgspec.structs import replace

from devices.code_scanner.events import CodeScanned, ScanTrouble
from devices.code_scanner.model import Framing, read_scanner_model
from devices.config import parse_devices
from devices.hub import Hub
from devices.ports import Device, DeviceState
from devices.sim.noisy_port import NoisyPort
from devices.sim.scanner import SimulatedScanner
from tests.devices.bench import FONT, Listener, wait_until

QUIET_MS = 60
"""Shorter than a model's, so that tests need not wait; two bytes of the simulated line are closer."""


class ScannerBench:
    """A simulated scanner at 115,200 baud and the hub that listens to it."""

    def __init__(self, folder: Path, framing: Framing | None = None, baud: int = 115_200) -> None:
        self.path = folder / "scanner"
        model = read_scanner_model("serial")
        self.model = replace(model, baud=baud, framing=framing or replace(model.framing, quiet_ms=QUIET_MS))
        self.line = NoisyPort(self.path, seed=1)
        self.scanner = SimulatedScanner(self.model, self.line)
        config = parse_devices({"scanner": {"model": "serial", "path": str(self.path), "baud": baud}}, folder)
        assert config.scanner is not None
        self.hub = Hub(replace(config, scanner=replace(config.scanner, model=self.model)), FONT, time.monotonic)
        self.events = Listener(self.hub)

    def start(self) -> None:
        self.scanner.start()
        self.hub.start()
        self.listens()

    def close(self) -> None:
        self.hub.close()
        self.scanner.close()

    def listens(self) -> None:
        """Wait until the hub has the line open."""
        wait_until(
            lambda: self.hub.statuses()[Device.CODE_SCANNER].state in (DeviceState.UNKNOWN, DeviceState.READY),
            "the hub never listened",
        )

    def answer(self, text: str) -> CodeScanned | ScanTrouble:
        """Hold a code before the scanner, and return what becomes of it."""
        self.scanner.scan(text)
        return self.next()

    def next(self) -> CodeScanned | ScanTrouble:
        found = self.events.until(lambda event: isinstance(event, CodeScanned | ScanTrouble), "nothing was scanned")
        assert isinstance(found, CodeScanned | ScanTrouble)
        return found

    def codes(self) -> list[str]:
        """Return every code so far."""
        self.events.rest()
        return [event.text for event in self.events.seen if isinstance(event, CodeScanned)]
