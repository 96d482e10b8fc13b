"""The pipe and its peers on bad lines: 64 kbit/s up, 128 down, 600 ms there and back, and worse.

Every run has a seed, which decides where connections break; a peer meets the same lines. Runs that wait for a line and
not for the machine stand beside one another.
"""

from __future__ import annotations

import dataclasses
import json
import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from provisioning.county_init import CHECKOUT
from sync.terminal import TerminalConfig
from tests.bench import corpus
from tests.bench.figure import Figure, median
from tests.bench.line import Happened, Quality, arguments_of
from tests.bench.rival import PeerFailed, PeerMissing, Place, Rival
from tests.bench.rivals import JetStream, Mosquitto, Pouch, write_documents
from tests.bench.site import PipeSite, module, until

SLOW_S_MAX, BROKEN_S_MAX, SWINGING_S_MAX = 120.0, 600.0, 1_200.0
ROUND_TRIPS_MAX, RESET_S_MAX = 4, 4.0
SEEDS = (1, 2, 3, 4, 5)
SWINGING_CASES = 1_250
"""10,000 records, as many as a line that is up for 30 s carries in some four times."""
PAUSE_S_MAX = 60
LOOK_S = 0.1
PEER_TIMES, PEER_MORE_S = 3, 240.0
"""A peer is waited for so many times as long as ours took, and so much longer."""
PEERS_AT_ONCE = 15
"""Each is a handful of processes that wait for eight kilobytes a second."""
SLOW = Quality()


@dataclass
class Over:
    """A line that runs. `happened` is known when it has been left."""

    port: int
    process: subprocess.Popen[str]
    happened: Happened = field(default_factory=Happened)

    def so_far(self) -> Happened:
        """What has happened by now."""
        self.process.send_signal(signal.SIGUSR1)
        return self._said()

    def leave(self) -> None:
        """End it."""
        self.process.terminate()
        self.happened = self._said()
        self.process.wait()

    def _said(self) -> Happened:
        assert self.process.stdout is not None
        return Happened(**json.loads(self.process.stdout.readline()))


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a peer on a line.

    Attributes:
        took_s: how long it took, None when it did not come to an end.
        up_bytes: what the line carried up, with headers.
        arrived: how many documents were stored when it was given up; None when it would not say.
    """

    took_s: float | None
    up_bytes: float
    arrived: int | None = None


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

    def slow(self) -> list[Figure]:
        """A line that is slow and does not break: against what its own bytes need on it."""
        site = self._site(corpus.CASES)
        taken, floors = [], []
        for _ in SEEDS[:3]:
            took_s, happened = carried(site, SLOW, SLOW_S_MAX)
            taken.append(took_s)
            floors.append(happened.up_bytes * 8 / SLOW.up_bps)
        value, floor = median(taken), median(floors)
        over_s, most_s = value - floor, ROUND_TRIPS_MAX * SLOW.round_trip_s
        ours = Figure(
            "slow_line", value, "s for 1,000 records", floor, value / floor, "what its bytes need there",
            f"value - floor <= {most_s} s", over_s <= most_s,
        )  # fmt: skip
        rivals = (Pouch(100), Mosquitto(100, tuned=False), JetStream(20, sync_always=True))
        return [ours, *self._beside(ours, site, rivals, [SLOW], corpus.CASES)]

    def resets(self) -> list[Figure]:
        """A reset every 20-40 KB."""
        return self._broken("reset every 20-40 KB", Quality(reset_bytes=(20_000, 40_000)), RESET_S_MAX)

    def many_resets(self) -> list[Figure]:
        """A reset every 8-16 KB: a connection carries a handshake and little more."""
        return self._broken("reset every 8-16 KB", Quality(reset_bytes=(8_000, 16_000)), None)

    def swings(self) -> list[Figure]:
        """A line that is up for 30 s and away for 60 s, and a queue that needs several of its times.

        Against what its bytes need, and the absences until the end. The peers meet the first line only, with the same
        queue.
        """
        lines = [Quality(up_s=30.0, down_s=60.0, seed=seed) for seed in SEEDS]
        sites = [self._site(SWINGING_CASES) for _ in lines]
        self._say(f"{len(lines)} queues of {sites[0].records - 1:,} records side by side")
        with ThreadPoolExecutor(len(lines)) as beside:
            runs = list(beside.map(lambda site, quality: carried(site, quality, SWINGING_S_MAX), sites, lines))
        floors = [
            happened.up_bytes * 8 / quality.up_bps + happened.absences * quality.down_s
            for (_, happened), quality in zip(runs, lines, strict=True)
        ]
        value, floor = median(took_s for took_s, _ in runs), median(floors)
        ratio = median(took_s / needed_s for (took_s, _), needed_s in zip(runs, floors, strict=True))
        absences = median(happened.absences for _, happened in runs)
        ours = Figure(
            "line, up 30 s, down 60 s", value, "s for 10,000 records", floor, ratio,
            f"what its bytes need, and {absences:.0f} absences", "everything arrives, once", True,
        )  # fmt: skip
        return [ours, *self._beside(ours, sites[0], broken_beside(), lines[:1], SWINGING_CASES)]

    def _broken(self, name: str, quality: Quality, reset_s_max: float | None) -> list[Figure]:
        """A line that breaks, of five seeds: everything arrives, once. The peers meet the same five."""
        site = self._site(corpus.CASES)
        clean_s = carried(site, SLOW, SLOW_S_MAX)[0]
        lines = [dataclasses.replace(quality, seed=seed) for seed in SEEDS]
        runs = [carried(site, each, BROKEN_S_MAX) for each in lines]
        value = median(took_s for took_s, _ in runs)
        # Each run against its own number of resets.
        over_s = median((took_s - clean_s) / max(1, happened.resets) for took_s, happened in runs)
        resets = median(happened.resets for _, happened in runs)
        target = "everything arrives, once" if reset_s_max is None else f"ratio <= {reset_s_max:.0f}"
        ours = Figure(
            f"line, {name}", value, "s for 1,000 records", clean_s, over_s,
            f"the clean line; ratio: s a reset, of {resets:.0f}", target, reset_s_max is None or over_s <= reset_s_max,
        )  # fmt: skip
        return [ours, *self._beside(ours, site, broken_beside(), lines, corpus.CASES)]

    def _site(self, cases: int) -> PipeSite:
        """A new village with a queue, which waits as long as at a service point and not as short as tests do."""
        site = PipeSite(self._work / f"site-{len(list(self._work.glob('site-*')))}", cases)
        config = TerminalConfig.load(site.terminal)
        replace(config, retry_delay_s_max=PAUSE_S_MAX).save(site.terminal)
        return site

    def _beside(
        self, ours: Figure, site: PipeSite, rivals: Sequence[Rival], lines: Sequence[Quality], cases: int
    ) -> list[Figure]:
        """The peers on lines of these qualities, side by side, each for a bounded time."""
        documents = self._work / "documents.jsonl"
        count = write_documents(documents, cases)
        limit_s = PEER_TIMES * ours.value + PEER_MORE_S
        installed = [rival for rival in rivals if self._installed(ours.name, rival)]
        self._say(
            f"{len(installed) * len(lines)} runs of peers, {PEERS_AT_ONCE} side by side, each {limit_s:.0f} s at most"
        )
        with ThreadPoolExecutor(PEERS_AT_ONCE) as beside:
            tries = {
                rival: [
                    beside.submit(
                        tried, rival, Place(self._directory(rival, each), site, documents, count, limit_s=limit_s), each
                    )
                    for each in lines
                ]
                for rival in installed
            }
            return [
                against(ours, rival, [each.result() for each in runs], limit_s, count) for rival, runs in tries.items()
            ]

    def _installed(self, name: str, rival: Rival) -> bool:
        try:
            rival.check()
        except PeerMissing as absent:
            self._miss(f"{name} beside {rival.name}: {absent}")
            return False
        return True

    def _directory(self, rival: Rival, quality: Quality) -> Path:
        return self._work / f"{re.sub(r'[^A-Za-z0-9]+', '-', rival.name)}-{quality.seed}" / "run"


def broken_beside() -> tuple[Rival, ...]:
    """The peers on lines that break: as on a good line, and with as little under way as suits such a line."""
    return (
        Pouch(100),
        Pouch(20),
        Mosquitto(100, tuned=False),
        Mosquitto(20, tuned=True),
        JetStream(100, sync_always=False),
        JetStream(20, sync_always=True, timeout_ms=8_000),
    )


def carried(site: PipeSite, quality: Quality, limit_s: float) -> tuple[float, Happened]:
    """Carry a site's queue, once and all of it; returns the seconds since the first connection, and the line's story.

    Raises TimeoutError, and RuntimeError when both ends do not hold the same records.
    """
    site.put_back()
    with site.gateway(), line(site.port, quality) as over:
        configured = TerminalConfig.load(site.terminal)
        replace(configured, gateway_url=f"https://127.0.0.1:{over.port}").save(site.terminal)
        with site.client():
            ended_s = until(limit_s, lambda: site.acknowledged() == site.records, "the last acknowledgement", LOOK_S)
    site.check()
    return ended_s - over.happened.first_s, over.happened


def tried(rival: Rival, place: Place, quality: Quality) -> Tried:
    """Let a peer carry its documents over a line of its own."""
    took_s: float | None = None
    arrived: int | None = None
    with rival.serve(place) as county, line(county.port, quality) as over:
        try:
            took_s = rival.push(place, county, over.port)
        except PeerFailed:
            with suppress(PeerFailed):
                arrived = county.arrived()
    return Tried(took_s, over.happened.up_bytes, arrived)


def against(ours: Figure, rival: Rival, runs: Sequence[Tried], limit_s: float, count: int) -> Figure:
    """The figure beside a peer: its median, where a run that did not end counts as the limit that it had."""
    value = median(limit_s if each.took_s is None else each.took_s for each in runs)
    ended = sum(each.took_s is not None for each in runs)
    how = f"{median(each.up_bytes for each in runs) / 1000:,.0f} KB up; {rival.promise}"
    if ended < len(runs):
        stored = [each.arrived for each in runs if each.took_s is None and each.arrived is not None]
        had = f"{median(stored):,.0f} of {count:,}" if stored else "nobody knows how much"
        how = f"{len(runs) - ended} of {len(runs)} NOT finished after {limit_s:.0f} s, {had} stored; {how}"
    name = f"{ours.name} beside {rival.name}"
    return Figure(name, ours.value, ours.unit, value, value / ours.value, how, "told only", True)


@contextmanager
def line(port: int, quality: Quality) -> Iterator[Over]:
    """Run a bad line to a port of this machine."""
    process = subprocess.Popen(
        module("tests.bench.line", "--to", f"127.0.0.1:{port}", *arguments_of(quality)),
        cwd=CHECKOUT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    over = Over(int(process.stdout.readline()), process)
    try:
        yield over
    finally:
        over.leave()
