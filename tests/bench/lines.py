"""The pipe and its peers on bad lines: 64 kbit/s up, 128 down, 600 ms there and back, and worse.

Every run has a seed, which decides where connections break; a peer meets the same lines.
"""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from provisioning.county_init import CHECKOUT
from sync.terminal import TerminalConfig
from tests.bench import corpus
from tests.bench.figure import Figure, median
from tests.bench.line import Happened, Quality, arguments_of
from tests.bench.rivals import JetStream, Mosquitto, PeerFailed, PeerMissing, Place, Pouch, Rival, write_documents
from tests.bench.site import PipeSite, module, until

SLOW_S_MAX, BROKEN_S_MAX, PEER_S_MAX = 120.0, 600.0, 360.0
ROUND_TRIPS_MAX, RESET_S_MAX = 4, 4.0
SEEDS = (1, 2, 3, 4, 5)
PAUSE_S_MAX = 60
SLOW = Quality()


@dataclass
class Over:
    """A line that runs. `happened` is known when it has been left."""

    port: int
    happened: Happened = field(default_factory=Happened)


class LinesBench:
    """Measures on bad lines.

    Args:
        work: an empty directory.
        miss: told what cannot be measured here.
        say: told what is under way.
    """

    def __init__(self, work: Path, miss: Callable[[str], None], say: Callable[[str], None]) -> None:
        self._miss = miss
        self._say = say
        self._work = work
        self._site = PipeSite(work / "site", corpus.CASES)
        config = TerminalConfig.load(self._site.terminal)
        # As at a service point, and not as short as tests wait.
        replace(config, retry_delay_s_max=PAUSE_S_MAX).save(self._site.terminal)
        self._documents = work / "documents.jsonl"
        self._count = write_documents(self._documents, corpus.CASES)

    def slow(self) -> list[Figure]:
        """A line that is slow and does not break: against what its own bytes need on it."""
        taken, floors = [], []
        for _ in SEEDS[:3]:
            took_s, happened = self._ours(SLOW, SLOW_S_MAX)
            taken.append(took_s)
            floors.append(happened.up_bytes * 8 / SLOW.up_bps)
        value, floor = median(taken), median(floors)
        over_s, most_s = value - floor, ROUND_TRIPS_MAX * SLOW.round_trip_s
        ours = Figure(
            "slow_line", value, "s for 1,000 records", floor, value / floor, "what its bytes need there",
            f"value - floor <= {most_s} s", over_s <= most_s,
        )  # fmt: skip
        rivals = (Pouch(100), Mosquitto(100, tuned=False), JetStream(20, sync_always=True))
        return [ours, *self._beside("slow_line", value, rivals, [SLOW])]

    def resets(self) -> list[Figure]:
        """A reset every 20-40 KB."""
        return self._broken("reset every 20-40 KB", Quality(reset_bytes=(20_000, 40_000)), RESET_S_MAX)

    def many_resets(self) -> list[Figure]:
        """A reset every 8-16 KB: a connection carries a handshake and little more."""
        return self._broken("reset every 8-16 KB", Quality(reset_bytes=(8_000, 16_000)), None)

    def swings(self) -> list[Figure]:
        """A line that is up for 30 s and away for 60 s."""
        return self._broken("up 30 s, down 60 s", Quality(up_s=30.0, down_s=60.0), None)

    def _broken(self, name: str, quality: Quality, reset_s_max: float | None) -> list[Figure]:
        """A line that breaks, of five seeds: everything arrives, once. The peers meet the first of them."""
        clean_s = self._ours(SLOW, SLOW_S_MAX)[0]
        lines = [dataclasses.replace(quality, seed=seed) for seed in SEEDS]
        runs = [self._ours(each, BROKEN_S_MAX) for each in lines]
        value = median(took_s for took_s, _ in runs)
        # Each run against its own number of resets.
        over_s = median((took_s - clean_s) / max(1, happened.resets) for took_s, happened in runs)
        resets = median(happened.resets for _, happened in runs)
        target = "everything arrives, once" if reset_s_max is None else f"ratio <= {reset_s_max:.0f}"
        ours = Figure(
            f"line, {name}", value, "s for 1,000 records", clean_s, over_s,
            f"the clean line; ratio: s a reset, of {resets:.0f}", target, reset_s_max is None or over_s <= reset_s_max,
        )  # fmt: skip
        stream = JetStream(20, sync_always=True, timeout_ms=8_000)
        rivals = (Pouch(100), Pouch(20), Mosquitto(20, tuned=False), stream)
        return [ours, *self._beside(f"line, {name}", value, rivals, lines[:1])]

    def _ours(self, quality: Quality, limit_s: float) -> tuple[float, Happened]:
        """Return how long everything took from the first connection, and what happened to the line."""
        site = self._site
        site.put_back()
        with site.gateway(), line(site.port, quality) as over:
            configured = TerminalConfig.load(site.terminal)
            replace(configured, gateway_url=f"https://127.0.0.1:{over.port}").save(site.terminal)
            with site.client():
                ended_s = until(limit_s, lambda: site.acknowledged() == site.records, "the last acknowledgement")
        site.check()
        return ended_s - over.happened.first_s, over.happened

    def _beside(self, name: str, ours: float, rivals: Sequence[Rival], lines: Sequence[Quality]) -> Iterator[Figure]:
        for rival in rivals:
            try:
                rival.check()
            except PeerMissing as absent:
                self._miss(f"{name} beside {rival.name}: {absent}")
                continue
            taken = [self._theirs(rival, quality) for quality in lines]
            finished = [took_s for took_s in taken if took_s is not None]
            value = median(finished) if finished else PEER_S_MAX
            how = rival.promise if finished else f"NOT finished after {PEER_S_MAX:.0f} s; {rival.promise}"
            yield Figure(
                f"{name} beside {rival.name}", ours, "s for 1,000 records", value, value / ours, how, "told only", True
            )

    def _theirs(self, rival: Rival, quality: Quality) -> float | None:
        """How long a peer took, None when it did not come to an end."""
        self._say(f"{rival.name} on the line, at most {PEER_S_MAX:.0f} s")
        directory = self._work / f"{re.sub(r'[^A-Za-z0-9]+', '-', rival.name)}-{hash(quality) & 0xFFFFFFFF:x}"
        place = Place(directory, self._site, self._documents, self._count, limit_s=PEER_S_MAX)
        with rival.serve(place) as port, line(port, quality) as over:
            try:
                return rival.push(place, place.host, over.port)
            except PeerFailed:
                return None


@contextmanager
def line(port: int, quality: Quality) -> Iterator[Over]:
    """Run a bad line to a port of this machine."""
    process = subprocess.Popen(
        module("tests.bench.line", "--to", f"127.0.0.1:{port}", *arguments_of(quality)),
        cwd=CHECKOUT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    over = Over(int(process.stdout.readline()))
    try:
        yield over
    finally:
        process.terminate()
        over.happened = Happened(**json.loads(process.stdout.readline()))
        process.wait()
