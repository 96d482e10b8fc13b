"""Levers of the simulators by command line and standard input, and lines that spoil what goes over them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from devices.config import parse_devices
from devices.hub import Hub
from devices.ports import Device, DeviceState, DeviceStatus, JobEnded, Outcome, PrintJob, Reason
from devices.printer.document import Slip, Text
from devices.printer.profile import read_profile
from devices.sim.noisy_port import NoisyPort
from devices.sim.pad import SimulatedPad
from devices.sim.printer import SimulatedPrinter
from devices.typeface import Typeface
from tests.devices.bench import FONT, QUICK, REPOSITORY, Listener, wait_until
from tests.devices.test_device_commands import run

SLIP = Slip((Text("一二三四五六七八九十"), Text("完")))


def test_levers_are_pulled_at_the_start_and_by_lines_on_standard_input(tmp_path: Path) -> None:
    command = [
        *(sys.executable, "-m", "devices", "simulate", "--dir", str(tmp_path), "--font", str(FONT), "--stdin"),
        *("--lever", "printer", "paper_out", "--lever", "line/pad", "latency_ms=300"),
    ]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        found = re.search(r"page (http://\S+)", process.stdout.readline())
        assert found is not None

        def state() -> dict[str, dict[str, dict[str, object]]]:
            held: dict[str, dict[str, dict[str, object]]] = requests.get(found[1] + "state", timeout=10).json()
            return held

        assert state()["printer"]["levers"]["paper_out"] is True
        assert state()["line"]["pad"]["latency_ms"] == 300
        process.stdin.write(
            f"pad dead={'[' * 5000}\n"
            "printer paper_out=false\npad no_such\nkettle on\n\nprinter lines_left=3\nline/pad latency_ms=x\n"
        )
        process.stdin.flush()
        wait_until(lambda: state()["printer"]["levers"]["lines_left"] == 3, "the last lever was not pulled")
        assert state()["printer"]["levers"]["paper_out"] is False
        process.terminate()
        said = process.stderr.read()
    assert "the pad has no lever 'no_such'" in said
    assert "there is no 'kettle' with levers; there are printer, pad, " in said
    assert "line/printer, line/pad" in said
    assert "is JSON, such as true or 5, not 'x'" in said


@pytest.mark.parametrize(
    ("lever", "said"),
    [
        (("kettle", "on"), "there is no 'kettle' with levers"),
        (("pad", "dead=perhaps"), "the value of a lever is JSON"),
        (("line/pad", "latency_ms=-1"), "latency_ms must be a number from 0 to 5000"),
        (("line/pad", "colour"), "a line has no lever 'colour'"),
    ],
)
def test_a_lever_that_makes_no_sense_at_the_start_is_refused_and_leaves_no_plug_behind(
    tmp_path: Path, lever: tuple[str, str], said: str
) -> None:
    code, text = run("simulate", "--dir", str(tmp_path), "--font", str(FONT), "--lever", *lever)
    assert code == 2
    assert said in text
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def make_hub(tmp_path: Path, typeface: Typeface) -> Callable[[], tuple[Hub, SimulatedPrinter, NoisyPort]]:
    def make() -> tuple[Hub, SimulatedPrinter, NoisyPort]:
        port = NoisyPort(tmp_path / "printer", seed=1)
        printer = SimulatedPrinter(read_profile("escpos-80"), port, typeface, 0)
        section = {"printer": {"profile": "escpos-80", "path": str(port.path), "baud": 115200}}
        return Hub(parse_devices(section, tmp_path), FONT, time.monotonic, patience=QUICK), printer, port

    return make


@pytest.mark.parametrize("lever", ["flip_bits", "drop_bytes", "half_frames", "wrong_baud"])
def test_fault_printer_bad_line_a_slip_is_never_called_printed(
    make_hub: Callable[[], tuple[Hub, SimulatedPrinter, NoisyPort]], lever: str
) -> None:
    hub, printer, port = make_hub()
    port.pull(**{lever: True})
    printer.start()
    hub.start()
    events = Listener(hub)
    hub.printer.submit(PrintJob("r1", SLIP))
    assert events.job_end("r1").outcome is not Outcome.PRINTED
    port.pull(**{lever: False})
    wait_until(lambda: hub.statuses()[Device.RECEIPT_PRINTER].state is DeviceState.READY, "never ready again")
    hub.printer.submit(PrintJob("r2", SLIP))
    assert events.job_end("r2") == JobEnded("r2", Outcome.PRINTED)
    hub.close()
    printer.close()


def test_a_line_with_latency_is_slow_and_otherwise_well(
    make_hub: Callable[[], tuple[Hub, SimulatedPrinter, NoisyPort]],
) -> None:
    hub, printer, port = make_hub()
    port.pull(latency_ms=60)
    printer.start()
    hub.start()
    events = Listener(hub)
    status = events.status(DeviceState.READY)
    assert status == DeviceStatus(Device.RECEIPT_PRINTER, DeviceState.READY, Reason.NONE, status.paper)
    hub.printer.submit(PrintJob("r1", SLIP))
    assert events.job_end("r1").outcome is Outcome.PRINTED
    hub.close()
    printer.close()


def test_what_a_slow_pad_says_is_not_overtaken_when_it_is_slow_no_more(tmp_path: Path) -> None:
    port = NoisyPort(tmp_path / "pad")
    pad = SimulatedPad(port, time.monotonic)
    pad.start()
    line = os.open(port.path, os.O_RDONLY | os.O_NOCTTY)
    pad.pull(slow=True)
    pad.press(1)
    pad.pull(slow=False)
    pad.press(2)
    said = b""
    while len(said) < 2:
        said += os.read(line, 2)
    assert said == b"\x01\x02"
    os.close(line)
    pad.close()
