"""emupos, a receipt printer by other people, on a pty that our driver opens; and a line as slow as a real one."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Self

from PIL import Image

from devices.sim.pty_port import PtyPort
from tests.devices.bench import REPOSITORY, wait_until

JUDGES = REPOSITORY / "build" / "judges"
PYTHON = JUDGES / "python" / "python3.13"
SEEN = JUDGES / "seen"
"""Pictures of what the judges saw, for people."""
STARTS_S = 30.0
BITS_A_BYTE = 10
_PROFILE = """\
type: printer
name: judged
dpi: 203
width_dots: {dots}
font_a: {{ width: 12, height: 24 }}
font_b: {{ width: 9, height: 17 }}
code_pages: {{ 0: PC437 }}
default_code_page: 0
drawer_sensor_open_level: high
serial: {{ baud: 9600, data_bits: 8, parity: none, stop_bits: 1 }}
"""
_CONFIG = """\
schema: 1
api: {{ host: 127.0.0.1, port: {port} }}
devices:
  - id: judged
    type: printer
    profile: ./profile.yaml
    receipts_dir: ./receipts
    job_idle_timeout_ms: 1500
    connections:
      - serial: {{ pty: true }}
"""


@dataclass(frozen=True)
class Printed:
    """A receipt as emupos saw it. `lines` are its words, `[image …]` where there was a picture."""

    lines: list[str]
    picture: Image.Image


@dataclass(frozen=True)
class ForeignPrinter:
    """A running emupos. `path` is its pty; it prints a receipt a cut, or after 1.5 s of silence."""

    path: Path
    folder: Path
    port: int

    def fault(self, *words: str) -> None:
        """Give it a fault or take one away: "set" or "clear", and the name of the fault."""
        command = [str(PYTHON), "-m", "emupos.cli.app", "--api", f"http://127.0.0.1:{self.port}", "fault", words[0]]
        subprocess.run([*command, "judged", *words[1:]], env=_environment(self.folder), check=True, capture_output=True)

    def printed(self, count: int = 1) -> list[Printed]:
        """Wait for so many receipts and return them, oldest first."""
        receipts = self.folder / "receipts"
        wait_until(lambda: len(list(receipts.glob("*.json"))) >= count, f"emupos printed fewer than {count}")
        return [
            Printed(
                # It knows no Chinese and draws every byte of it as the IBM PC did, which loses nothing.
                found.with_suffix(".txt").read_text("utf-8").encode("cp437").decode("gb18030").splitlines(),
                Image.open(found.with_suffix(".png")).convert("L"),
            )
            for found in sorted(receipts.glob("*.json"))
        ]


@contextmanager
def foreign_printer(folder: Path, dots: int) -> Iterator[ForeignPrinter]:
    """Start emupos as a printer of so many dots; it ends with the block."""
    (folder / "profile.yaml").write_text(_PROFILE.format(dots=dots), "utf-8")
    port = _free_port()
    (folder / "config.yaml").write_text(_CONFIG.format(port=port), "utf-8")
    path = folder / "emupos" / "judged"
    command = [str(PYTHON), "-m", "emupos.cli.app", "run", "--config", "config.yaml"]
    with (folder / "said.txt").open("w", encoding="utf-8") as said:
        process = subprocess.Popen(command, cwd=folder, env=_environment(folder), stdout=said, stderr=subprocess.STDOUT)
    try:
        end_s = time.monotonic() + STARTS_S
        while not path.exists():
            assert process.poll() is None, (folder / "said.txt").read_text("utf-8")
            assert time.monotonic() < end_s, "emupos did not start"
            time.sleep(0.05)
        yield ForeignPrinter(path, folder, port)
    finally:
        process.terminate()
        process.wait(10)


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(JUDGES / "emupos"), "TMPDIR": str(folder)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class SlowLine:
    """A pty in front of another one that lets bytes through no faster than `baud`, both ways."""

    def __init__(self, path: Path, beyond: Path, baud: int) -> None:
        self._port = PtyPort(path)
        self._beyond = os.open(beyond, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self._beyond)
        self._byte_s = BITS_A_BYTE / baud
        self._stop = Event()
        self._threads = [Thread(target=job, daemon=True) for job in (self._forth, self._back)]

    def __enter__(self) -> Self:
        """Plug in."""
        self._port.plug()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Unplug."""
        self._stop.set()
        for thread in self._threads:
            thread.join(5)
        self._port.unplug()
        os.close(self._beyond)

    def _forth(self) -> None:
        due_s = time.monotonic()
        while not self._stop.is_set():
            data = self._port.read(16, 0.05)
            if data:
                due_s = max(due_s, time.monotonic()) + len(data) * self._byte_s
                self._stop.wait(max(0.0, due_s - time.monotonic()))
                os.write(self._beyond, data)

    def _back(self) -> None:
        while not self._stop.is_set():
            try:
                answer = os.read(self._beyond, 16)
            except BlockingIOError:
                self._stop.wait(0.005)
                continue
            self._stop.wait(len(answer) * self._byte_s)
            self._port.write(answer)
