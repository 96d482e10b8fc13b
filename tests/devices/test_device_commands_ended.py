"""How commands of `python -m devices` end that are broken off, and that nobody listens to any more."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.printer.profile import read_profile
from devices.rating_pad.model import read_pad_model
from devices.sim.pad import SimulatedPad
from devices.sim.printer import SimulatedPrinter
from devices.sim.pty_port import PtyPort
from devices.typeface import Typeface
from tests.devices.bench import FONT, REPOSITORY

TIMEOUT_S = 30


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Path]:
    """A folder with a printer that takes a second for each line, and a pad."""
    printer = SimulatedPrinter(read_profile("escpos-58"), PtyPort(tmp_path / "printer"), Typeface(FONT), 4)
    pad = SimulatedPad(PtyPort(tmp_path / "pad"), time.monotonic, read_pad_model("pj06"))
    printer.start()
    pad.start()
    yield tmp_path
    printer.close()
    pad.close()


def broken_off(number: int, expected: str, *arguments: str, wait_s: float = 0.0) -> tuple[int, str]:
    """Run a command, send it a signal after it has said `expected`; return its exit code and what it said."""
    with subprocess.Popen(
        [sys.executable, "-m", "devices", *arguments],
        cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        said = process.stdout.readline()
        while expected not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        time.sleep(wait_s)
        process.send_signal(number)
        said += process.communicate(timeout=TIMEOUT_S)[0]
    assert "Traceback" not in said
    return process.returncode, said


def test_a_test_slip_that_is_broken_off_is_never_called_well(places: Path) -> None:
    printer = ["--printer", f"escpos-58={places / 'printer'}"]
    code, said = broken_off(signal.SIGTERM, "is printing", "print-test", *printer, wait_s=0.6)
    assert code == 3
    assert "may or may not have been printed, please look (the program ended)" in said


def test_watching_is_ended_by_ctrl_c_and_says_how_everything_has_been(places: Path) -> None:
    pad = ["--pad", f"pj06={places / 'pad'}"]
    code, said = broken_off(signal.SIGINT, "unknown state", "watch", *pad)
    assert (code, said.count("it has never been heard.")) == (0, 1)
    code, said = broken_off(signal.SIGINT, "absent", "watch", *pad, "--reader", f"sam-v={places / 'reader'}")
    assert code == 1


def test_a_probe_that_is_broken_off_is_not_well(places: Path) -> None:
    code, said = broken_off(signal.SIGINT, "Please press", "probe", "--pad", f"pj06={places / 'pad'}")
    assert (code, said.splitlines()[-1]) == (1, "devices: broken off")


def test_learning_is_ended_by_ctrl_c(places: Path) -> None:
    assert broken_off(signal.SIGINT, "Listening", "watch", "--learn", str(places / "pad"))[0] == 0


@pytest.mark.parametrize(
    ("out", "code", "said"),
    [("| head -1", 1, ""), ("> /dev/full", 1, "devices: [Errno 28] No space left on device"), (">&-", 0, "")],
)
def test_nobody_listens_and_no_traceback_tells_of_it(out: str, code: int, said: str) -> None:
    done = subprocess.run(
        ["/bin/bash", "-c", f"set -o pipefail; {sys.executable} -u -m devices list --root docs {out}"],
        cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=TIMEOUT_S, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr.strip()) == (code, said)


def test_a_terminal_that_cannot_show_chinese_is_told_all_the_same() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "devices", "list"],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=TIMEOUT_S, check=False,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
