"""Every fault of the scanner as the people at the counter meet it: what stands on the screen, and what is written down.

A simulated scanner on a pty, the hub, and a whole service point. Nothing of a scanner's fault is ever recorded: what
was not read has not happened.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from devices.code_scanner.model import read_scanner_model
from devices.config import parse_devices
from devices.line import SerialLine, SerialSettings
from devices.ports import Device, DeviceState, Reason
from devices.sim.noisy_port import NoisyPort
from devices.sim.scanner import SimulatedScanner
from kiosk.intents import Dismiss
from kiosk.item_code import item_qr_text
from tests.kiosk.journeys import CARD
from tests.kiosk.point import AtThePoint, Point

QUIET_MS = 60
BAUD = 115_200
NOT_READ, ABSENT, FAULT = "码没有读好", "扫码器 没接上", "扫码器 有故障"


class Counter(AtThePoint):
    """A service point with a scanner that can fail."""

    def __init__(self, folder: Path) -> None:
        model = read_scanner_model("serial")
        model = replace(model, baud=BAUD, framing=replace(model.framing, quiet_ms=QUIET_MS))
        self.path = folder / "scanner"
        self.line = NoisyPort(self.path, seed=1)
        self.scanner = SimulatedScanner(model, self.line)
        config = parse_devices({"scanner": {"model": "serial", "path": str(self.path), "baud": BAUD}}, folder)
        assert config.scanner is not None
        self._devices = replace(config, scanner=replace(config.scanner, model=model))
        self._folder = folder
        self.point: Point

    def open(self, *, plugged: bool = True) -> None:
        """Begin the day."""
        if plugged:
            self.scanner.start()
        self.point = Point(self._folder / "point", self._devices, monotonic_s=time.monotonic)
        self.item = item_qr_text("elder_allowance", self.point.point_packs.profile.receipt_host)
        self._written = self.point.journal.head()
        if plugged:
            self.listens()

    def close(self) -> None:
        assert self.point.journal.head() == self._written, "a fault of the scanner was recorded"
        self.point.close()
        if self.line.is_plugged:
            self.scanner.close()

    def listens(self) -> None:
        self.until(lambda: self.state() in (DeviceState.UNKNOWN, DeviceState.READY), "the scanner's line is not open")

    def state(self) -> DeviceState:
        return self.point.hub.statuses()[Device.CODE_SCANNER].state

    def reason(self) -> Reason:
        return self.point.hub.statuses()[Device.CODE_SCANNER].reason

    def place_and_words(self) -> tuple[str, str]:
        """Where the visitor is, and the title of the dialog over it."""
        overlay = self.point.seen.overlay
        return self.point.place, overlay.title if overlay is not None else ""

    def strip(self) -> str:
        """What the strip says of the scanner."""
        status = self.point.seen.status
        assert status is not None
        return next((entry.text for entry in status.left if "扫码器" in entry.text), "")

    def shows(self, place: str, words: str = "") -> None:
        self.until(lambda: self.place_and_words() == (place, words), f"never {place} {words}")

    def opens_the_next(self) -> None:
        """The next code is read as if nothing had been."""
        time.sleep(2 * QUIET_MS / 1000)
        self.scanner.scan(self.item)
        self.shows("item")


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path)
    made.open()
    yield made
    made.close()


def test_fault_scanner_not_fitted(tmp_path: Path) -> None:
    point = Point(tmp_path / "point")
    point.core.tick()
    assert point.hub.statuses()[Device.CODE_SCANNER].reason is Reason.NOT_CONFIGURED
    assert point.seen.status is not None
    assert not any("扫码器" in entry.text for entry in (*point.seen.status.left, *point.seen.status.right))
    point.close()


def test_fault_scanner_absent(tmp_path: Path) -> None:
    counter = Counter(tmp_path)
    counter.open(plugged=False)
    counter.until(lambda: counter.strip() == ABSENT, "the strip does not say it")
    assert counter.reason() is Reason.NOT_CONNECTED
    counter.scanner.start()
    counter.until(lambda: counter.strip() == "", "it was plugged in")
    counter.opens_the_next()
    counter.close()


def test_fault_scanner_held_by_another_program(tmp_path: Path) -> None:
    counter = Counter(tmp_path)
    counter.line.plug()
    other = SerialLine(counter.path, SerialSettings())
    counter.open(plugged=False)
    counter.until(lambda: counter.strip() == FAULT, "the strip does not say it")
    assert counter.reason() is Reason.HELD_BY_ANOTHER_PROGRAM
    other.close()
    counter.scanner.start()
    counter.listens()
    counter.opens_the_next()
    counter.close()


def test_fault_scanner_dead(counter: Counter) -> None:
    counter.scanner.pull(dead=True)
    counter.scanner.scan(counter.item)
    counter.until(lambda: counter.scanner.sent == 1, "nothing was held before it")
    counter.point.core.tick()
    assert (counter.place_and_words(), counter.strip()) == (("home", ""), "")
    assert counter.reason() is Reason.NEVER_ANSWERED


def test_fault_scanner_slow(counter: Counter) -> None:
    counter.scanner.pull(slow=True)
    counter.scanner.scan(counter.item)
    counter.shows("item")


def test_fault_scanner_garbage(counter: Counter) -> None:
    counter.scanner.pull(garbage=True)
    counter.until(lambda: counter.place_and_words()[1] in (NOT_READ, "本机不认识这个码"), "nobody is told")
    counter.point.do(Dismiss())
    for _ in range(30):
        time.sleep(0.01)
        counter.point.core.tick()
    assert counter.place_and_words() == ("home", ""), "told once, the screen can be used"
    counter.scanner.pull(garbage=False)
    counter.opens_the_next()
    assert counter.state() is DeviceState.READY


@pytest.mark.parametrize("lever", ["flip_bits", "drop_bytes", "half_frames", "wrong_baud"])
def test_fault_scanner_bad_line(counter: Counter, lever: str) -> None:
    """A serial line has no checksum. What arrives is no text or no code of ours, and opens nothing."""
    counter.line.pull(**{lever: True})
    counter.scanner.scan(counter.item)
    counter.until(lambda: counter.place_and_words()[1] != "", "nobody is told")
    assert counter.place_and_words() in (("home", NOT_READ), ("home", "本机不认识这个码"))
    counter.line.pull(**{lever: False})
    counter.opens_the_next()


@pytest.mark.parametrize("lever", ["half_code", "no_suffix"])
def test_fault_scanner_half_code_or_no_suffix(counter: Counter, lever: str) -> None:
    counter.scanner.pull(**{lever: True})
    counter.scanner.scan(CARD.text())
    counter.shows("home", NOT_READ)
    counter.scanner.pull(**{lever: False})
    counter.opens_the_next()


def test_fault_scanner_too_long(counter: Counter) -> None:
    counter.scanner.scan("9" * 600)
    counter.shows("home", "本机不认识这个码")
    counter.opens_the_next()


def test_fault_scanner_double_suffix(counter: Counter) -> None:
    counter.scanner.pull(double_suffix=True)
    counter.scanner.scan(counter.item)
    counter.shows("item")
    for _ in range(5):
        time.sleep(QUIET_MS / 1000)
        counter.point.core.tick()
    assert counter.place_and_words() == ("item", ""), "the second suffix is no code"


def test_fault_scanner_repeats_forever(counter: Counter) -> None:
    counter.scanner.scan("6901234567892")
    counter.shows("home", "本机不认识这个码")
    counter.point.do(Dismiss())
    counter.scanner.pull(repeats=True)
    counter.until(lambda: counter.scanner.sent > 3, "it does not repeat")
    assert counter.place_and_words() == ("home", ""), "said once"


def test_fault_scanner_unplugged_in_the_middle(counter: Counter) -> None:
    counter.scanner.pull(unplug_in_the_middle=True)
    counter.scanner.scan(CARD.text())
    counter.until(lambda: counter.strip() == ABSENT, "the strip does not say it")
    assert (counter.place_and_words(), counter.reason()) == (("home", ""), Reason.UNPLUGGED)
    counter.scanner.pull(unplug=False)
    counter.until(lambda: counter.strip() == "", "it was plugged in")
    counter.opens_the_next()


def test_fault_scanner_brown_out(counter: Counter) -> None:
    counter.scanner.pull(brown_out=True)
    counter.scanner.scan(CARD.text())
    counter.until(lambda: counter.strip() == ABSENT, "the strip does not say it")
    counter.until(lambda: counter.strip() == "", "it has come back")
    assert counter.place_and_words() == ("home", "")
    counter.opens_the_next()
