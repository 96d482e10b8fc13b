"""The scanner as a technician meets it: configuration, `probe` and `watch`, and its part of the panel."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.code_scanner.config import parse_scanner
from devices.code_scanner.events import CodeScanned
from devices.config import parse_devices
from devices.config_fields import DevicesConfigRefused
from devices.places import InputPlace, SerialPlace
from devices.ports import PrintJob
from devices.printer.document import Qr, Slip, Text
from devices.sentences import sentence
from devices.sim.panel import PanelRefused
from devices.sim.parts.printer import PrinterPart
from devices.sim.parts.scanner import ScannerPart
from devices.sim.scanner import ScannerLevers
from tests.devices.bench import FONT, REPOSITORY, PrinterBench
from tests.devices.scanner_bench import ScannerBench

CARD = "A01-7Q2M-4X9K"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[ScannerBench]:
    made = ScannerBench(tmp_path)
    made.scanner.start()
    yield made
    made.close()


def test_a_scanner_is_a_serial_port_or_a_keyboard_by_its_model() -> None:
    serial = parse_scanner({"model": "serial", "path": "/dev/s", "baud": 115200}, Path("/c"), ())
    assert isinstance(serial.place, SerialPlace)
    assert serial.place.settings.baud == 115200
    keys = parse_scanner({"model": "keyboard", "path": "evdev:/dev/input/by-id/usb-x"}, Path("/c"), ())
    assert keys.place == InputPlace(Path("/dev/input/by-id/usb-x"))


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"model": "keyboard", "path": "/dev/ttyACM0"}, "devices.scanner.path must be evdev:/dev/input/by-id/... for"),
        ({"model": "serial", "path": "evdev:/dev/input/event3"}, "devices.scanner.path must be a serial port for"),
        ({"model": "keyboard", "path": "evdev:"}, "devices.scanner.path must be evdev:"),
        ({"model": "serial", "path": "/dev/pad"}, "devices.scanner.path and devices.pad.path are the same"),
        ({"model": "serial"}, "devices.scanner.path must be a text"),
        ({"model": "laser", "path": "/dev/x"}, "no model named laser"),
        ({"model": "serial", "path": "/dev/x", "suffix": "cr"}, "there is no field named 'suffix'"),
    ],
)
def test_a_mistake_in_the_scanners_table_is_named(section: dict[str, str], said: str) -> None:
    with pytest.raises(DevicesConfigRefused, match=said):
        parse_devices({"pad": {"model": "pj06", "path": "/dev/pad"}, "scanner": section}, Path("/c"))


@pytest.mark.parametrize("shown", [False, True])
def test_probing_tells_what_kind_of_code_was_scanned_and_its_text_only_when_asked(
    bench: ScannerBench, shown: bool
) -> None:
    command = [sys.executable, "-m", "devices", "probe", "--scanner", f"serial={bench.path}", "--baud", "115200"]
    with subprocess.Popen(
        [*command, "--seconds", "20", "--font", str(FONT), *(["--show-codes"] if shown else [])],
        cwd=REPOSITORY, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        while "never answered" not in process.stdout.readline():  # it says so once it listens; then the end of all
            assert process.poll() is None
        bench.scanner.scan(CARD)
        said = process.stdout.read()
    assert process.returncode == 0
    assert f"A code of {len(CARD)} characters was scanned: text." in said
    assert (CARD in said) is shown


def test_what_is_told_of_a_code_never_holds_its_text() -> None:
    event = CodeScanned("https://sunpoint.qingshan.example/r#123", "Q")
    assert sentence(event) == "A code of 39 characters was scanned: a web address, QR code."
    assert "sunpoint" not in repr(event)


def test_the_panel_scans_a_text_and_pulls_every_lever(bench: ScannerBench) -> None:
    bench.hub.start()
    bench.listens()
    part = ScannerPart(bench.scanner, "scanner")
    part.commands()["scan"]({"text": CARD})
    assert bench.next() == CodeScanned(CARD)
    for lever in ScannerLevers.__struct_fields__:
        part.commands()["lever"]({lever: True})
    state = part.state()["levers"]
    assert isinstance(state, dict)
    assert all(state.values())


def test_the_printers_papers_tell_the_code_that_the_printer_drew(printer_bench: PrinterBench) -> None:
    printer_bench.hub.printer.submit(PrintJob("r1", Slip((Text("回执"), Qr("https://x.example/r#1")))))
    printer_bench.events.job_end("r1")
    printer_bench.paper()
    [job] = json.loads(PrinterPart(printer_bench.printer, "printer").look("jobs").body)  # type: ignore[union-attr]  # the list is always there
    assert job["code"] == "https://x.example/r#1"


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("scan", {}), ("scan", {"text": ""}), ("scan", {"text": 5}), ("scan", {"text": "x" * 3000}),
        ("lever", {"colour": True}), ("lever", {"dead": 1}),
    ],
)  # fmt: skip
def test_the_panel_refuses_what_makes_no_sense(bench: ScannerBench, command: str, body: dict[str, object]) -> None:
    with pytest.raises(PanelRefused):
        ScannerPart(bench.scanner, "scanner").commands()[command](body)
