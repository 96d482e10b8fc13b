"""`python -m tests.campaign loop --minutes 10`: kill -9 of gateway, sync and kiosk in a loop, under load.

Gateway, county and sync process are the real programs; the kiosk is `tests.campaign.desk_writer`, the real desk on the
real journal, which writes about thirty records a second. In the end everybody is left in peace, and what each end
holds must be the same, with everything that the desk had reported in it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from provisioning.county_init import CHECKOUT
from provisioning.stage import Stage
from tests.village.ends import Ends, check_equal, hashes
from tests.village.scene import make_stage, set_up

PAUSE_S_MAX = 4.0
"""Between two kills."""
SETTLED_S_MAX = 600.0
LOOK_S = 0.5
NAMES = ("gateway", "sync", "kiosk")


class Writer:
    """The kiosk of the loop, as a process that is killed and started again."""

    def __init__(self, data: Path, directory: Path, rng: random.Random) -> None:
        self._data = data
        self._said = directory / "said"
        self._rng = rng
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; what it says is added to what it had said."""
        command = [sys.executable, "-m", "tests.campaign.desk_writer", str(self._data), str(self._rng.getrandbits(32))]
        with self._said.open("ab") as said, self._said.with_suffix(".log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=CHECKOUT, stdout=said, stderr=log, start_new_session=True)

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            code = self._process.poll()
            assert code is None, (
                f"the kiosk ended by itself ({code}): {self._said.with_suffix('.log').read_text()[-800:]}"
            )
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def said(self) -> dict[int, str]:
        """Every record that it has reported, by seq. A line that the kill cut short was not reported."""
        whole = self._said.read_bytes().decode().rpartition("\n")[0]
        lines = (line.split() for line in whole.splitlines())
        return {int(parts[0]): parts[1] for parts in lines if len(parts) == 2 and len(parts[1]) == 64}


def run(directory: Path, minutes: float, seed: int) -> dict[str, int]:
    """Run the loop; returns how often each was killed, and how many records there are. Raises AssertionError."""
    rng = random.Random(f"loop {seed}")
    set_up(directory)
    stage = make_stage(directory)
    writer = Writer(stage.terminal_dir, directory, rng)
    counts = dict.fromkeys(NAMES, 0)
    try:
        for name in ("gateway", "county", "sync"):
            stage.start(name)
        for name in ("gateway", "county"):
            stage.wait_ready(name)
        writer.start()
        until_s = time.monotonic() + minutes * 60
        while time.monotonic() < until_s:
            time.sleep(rng.uniform(0, PAUSE_S_MAX))
            victim = rng.choice(NAMES)
            counts[victim] += 1
            _kill(stage, writer, victim)
        writer.kill()
        _wait_until_settled(stage)
        ends = Ends(stage)
        check_equal(ends)
        written = hashes(ends.terminal_records())
        for seq, digest in writer.said().items():
            assert written[seq - 1].hex() == digest, f"record {seq} was reported and is another one, or gone"
        return {**counts, "records": len(written), "reported": len(writer.said())}
    finally:
        with contextlib.suppress(AssertionError):
            writer.kill()
        stage.close()


def _kill(stage: Stage, writer: Writer, victim: str) -> None:
    if victim == "kiosk":
        writer.kill()
        writer.start()
        # One that is killed before it could begin proves nothing.
        time.sleep(1.5)
    else:
        stage.kill(victim)
        stage.start(victim)


def _wait_until_settled(stage: Stage) -> None:
    until_s = time.monotonic() + SETTLED_S_MAX
    while not Ends(stage).settled():
        assert time.monotonic() < until_s, "not everything has arrived"
        for name in ("gateway", "county", "sync"):
            stage.start(name)
        time.sleep(LOOK_S)


def main(arguments: Sequence[str]) -> int:
    """Run the loop once; returns 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="tests.campaign loop", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    asked = parser.parse_args(arguments)
    print(f"loop: {asked.minutes:g} minutes, seed {asked.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="sunpoint-loop-") as name:
        try:
            counts = run(Path(name) / "stage", asked.minutes, asked.seed)
        except AssertionError as broken:
            print(f"loop: FAILED: {broken}", file=sys.stderr)
            print(
                f"loop: try again with --seed {asked.seed}; what happens in between is the machine's", file=sys.stderr
            )
            return 1
    killed = ", ".join(f"{name} {counts[name]} times" for name in NAMES)
    print(f"loop: killed {killed}; {counts['records']} records, {counts['reported']} reported, equal at both ends")
    return 0
