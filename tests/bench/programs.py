"""Kiosk and peer as processes, watched from outside: when the first frame stands, what they hold, what they burn."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from provisioning.county_init import CHECKOUT
from tests.bench.figure import Figure, median
from tests.bench.point import BenchPoint

FRAME_S_MAX = 60.0
LOOK_S = 0.002
SETTLED_S = 3.0
IDLE_S = 20.0
START_RATIO_MAX, RSS_OVER_MB_MAX, IDLE_PERCENT_MAX = 1.4, 60.0, 3.0
_TICKS_A_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Started:
    """A program whose first frame stands. Seconds from the start of its process."""

    process: subprocess.Popen[bytes]
    first_frame_s: float

    def rss_mb(self) -> float:
        """What it holds in memory."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise OSError("the kernel does not say")

    def cpu_s(self) -> float:
        """What it has burnt so far, by all its threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_A_S


@contextmanager
def started(command: Sequence[str], first_frame: Path) -> Iterator[Started]:
    """Run a program until left; `first_frame` is the file that it writes with its first frame."""
    first_frame.unlink(missing_ok=True)
    environment = {**os.environ, "SDL_VIDEODRIVER": "offscreen"}
    # Terminals have compiled files; the first run of each program makes them.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    began_s = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", *command], cwd=CHECKOUT, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while not first_frame.exists():
            if process.poll() is not None or time.monotonic() > began_s + FRAME_S_MAX:
                raise TimeoutError(f"{command[0]} drew nothing")
            time.sleep(LOOK_S)
        yield Started(process, time.monotonic() - began_s)
    finally:
        process.kill()
        process.wait()


def start_and_rss(point: BenchPoint, runs: int) -> list[Figure]:
    """`start` and `rss_home`: the kiosk and the peer by turns; the first of each only warms the disk's cache."""
    frame = point.directory / "first-frame"
    times: dict[str, list[float]] = {"kiosk": [], "peer": []}
    memory: dict[str, list[float]] = {"kiosk": [], "peer": []}
    commands = {"peer": peer(frame), "kiosk": kiosk(point, frame)}
    for run in range(runs + 1):
        for name, command in commands.items():
            with started(command, frame) as program:
                time.sleep(SETTLED_S)
                if run:
                    times[name].append(program.first_frame_s)
                    memory[name].append(program.rss_mb())
    start, start_peer = median(times["kiosk"]), median(times["peer"])
    held, held_peer = median(memory["kiosk"]), median(memory["peer"])
    ratio, over = start / start_peer, held - held_peer
    return [
        Figure(
            "start", start, "s", start_peer, ratio, "minimal Kivy app", f"ratio <= {START_RATIO_MAX}",
            ratio <= START_RATIO_MAX,
        ),
        Figure(
            "rss_home", over, "MB over the peer", held_peer, held / held_peer, "minimal Kivy app, MB",
            f"value <= {RSS_OVER_MB_MAX:.0f}", over <= RSS_OVER_MB_MAX,
        ),
    ]  # fmt: skip


def idle(point: BenchPoint, runs: int) -> list[Figure]:
    """`idle_cpu` and `idle_frames`: at home, with nothing to change, beside the peer that does nothing either."""
    percent: dict[str, list[float]] = {"kiosk": [], "peer": []}
    frames: list[float] = []
    for _ in range(runs):
        point.begin_minute()
        marks = {name: point.directory / f"{name}-first-frame" for name in percent}
        counted = point.directory / "frames"
        counted.unlink(missing_ok=True)
        watched = ("tests.bench.watched", str(counted), *kiosk(point, marks["kiosk"])[1:])
        with started(peer(marks["peer"]), marks["peer"]) as other, started(watched, marks["kiosk"]) as own:
            time.sleep(SETTLED_S)
            before = {"kiosk": own.cpu_s(), "peer": other.cpu_s()}
            frames_before = counted.stat().st_size
            time.sleep(IDLE_S)
            percent["kiosk"].append((own.cpu_s() - before["kiosk"]) / IDLE_S * 100)
            percent["peer"].append((other.cpu_s() - before["peer"]) / IDLE_S * 100)
            frames.append(counted.stat().st_size - frames_before)
    burnt, burnt_peer, drawn = median(percent["kiosk"]), median(percent["peer"]), max(frames)
    return [
        Figure(
            "idle_cpu", burnt, "%", burnt_peer, burnt / burnt_peer if burnt_peer else 1.0, "minimal Kivy app",
            f"value <= {IDLE_PERCENT_MAX:.0f}", burnt <= IDLE_PERCENT_MAX,
        ),
        Figure(
            "idle_frames", drawn, f"frames in {IDLE_S:.0f} s", 0.0, 1.0 + drawn, "nothing changes", "value = 0",
            drawn == 0,
        ),
    ]  # fmt: skip


def peer(frame: Path) -> tuple[str, ...]:
    """The arguments of the peer."""
    return ("tests.bench.peer", "--frame", str(frame))


def kiosk(point: BenchPoint, frame: Path) -> tuple[str, ...]:
    """The arguments of the kiosk."""
    return ("kiosk", "--data", str(point.terminal), "--clock", str(point.steering), "--publish-state", str(frame))
