"""The pipe beside its peers: how fast a queue drains, what a record costs the gateway, what a case costs the line.

Ours are the real programs, `sync.client` and `sync.gateway`: sealed, signed, verified, and on the disk at both ends
before the answer. Every peer is measured in the same run and on the same facts.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench import corpus
from tests.bench.figure import Figure, median
from tests.bench.rival import PeerMissing, Place, Rival
from tests.bench.rivals import JetStream, Mosquitto, OnePost, Pouch, write_documents
from tests.bench.site import Drained, PipeSite, family, until
from tests.bench.stored import store_with
from tests.bench.wire import COUNTY_HOST, wire

QUEUE_CASES = 1_250
FEW_STORED, MANY_STORED = 10_000, 1_000_000
CPU_US_MAX, CPU_RATIO_MAX, SYNCS_MAX, CASE_BYTES_MAX, BYTES_RATIO_LEAST = 50.0, 1.15, 5.0, 700.0, 5.0
TRACER_SETTLES_S = 0.5
SLOW_DISK = {
    "1,000 syncs a s": (
        "strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null",
        "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:delay_exit=1000",
    )
}  # fmt: skip
"""A disk without a cache that survives a power cut, as small machines have: every sync takes a millisecond more, for
every process of either end. A card takes 2 to 20; this machine's may take next to nothing."""
SYNCING_S = 1.0
POSTS = 1_000
"""Of the peer that sends one record a request: it needs no more to be measured."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A peer, and by how much we are to be faster; None where only the figure is wanted."""

    rival: Rival
    ratio_least: float | None


def drained_beside() -> tuple[Beside, ...]:
    """The peers of the drain, at default and at tuned settings."""
    return (
        Beside(Pouch(100), 10.0),
        Beside(Pouch(1_000), None),
        Beside(Mosquitto(100, tuned=False), 3.0),
        Beside(Mosquitto(100, tuned=True), 3.0),
        Beside(JetStream(100, sync_always=False), None),
        Beside(JetStream(100, sync_always=True), 4.0),
        Beside(OnePost(one_connection=True, acknowledged=True), None),
        Beside(OnePost(one_connection=True, acknowledged=False), 40.0),
        Beside(OnePost(one_connection=False, acknowledged=False), None),
    )


class PipeBench:
    """Measures the pipe.

    Args:
        work: an empty directory.
        runs: of each measure.
        miss: told what cannot be measured here.
    """

    def __init__(self, work: Path, runs: int, miss: Callable[[str], None]) -> None:
        self._work = work
        self._runs = runs
        self._miss = miss

    def drain(self) -> list[Figure]:
        """10,000 queued records over TLS on the loopback, by turns with every peer, on two disks."""
        site = PipeSite(self._work / "drain", QUEUE_CASES)
        documents = self._work / "drain.jsonl"
        count = write_documents(documents, QUEUE_CASES)
        beside = [each for each in drained_beside() if self._installed(each.rival)]
        figures = []
        for disk, before in {f"{syncs_a_s(self._work):,.0f} syncs a s": (), **SLOW_DISK}.items():
            ours: list[float] = []
            theirs: dict[str, list[float]] = {}
            for run in range(self._runs):
                with drained(site, *before) as each:
                    ours.append(each.records / each.took_s)
                for peer in beside:
                    carried = POSTS if isinstance(peer.rival, OnePost) else count
                    directory = self._work / f"drain-{len(before)}-{run}" / _file_name(peer.rival.name)
                    place = Place(directory, site, documents, carried, county=before, village=before)
                    theirs.setdefault(peer.rival.name, []).append(carried / peer.rival.carry(place))
            for peer in beside:
                name = f"drain, {disk}, beside {peer.rival.name}"
                figures.append(_faster(name, median(ours), median(theirs[peer.rival.name]), peer))
        return figures

    def gateway_cpu(self) -> list[Figure]:
        """CPU of the gateway's processes a record, with few and with very many records in its store."""
        burnt: dict[int, list[float]] = {}
        sites = {
            stored: PipeSite(self._work / f"cpu-{stored}", QUEUE_CASES, store_with(stored))
            for stored in (FEW_STORED, MANY_STORED)
        }
        for _ in range(self._runs):
            for stored, site in sites.items():
                with drained(site) as each:
                    burnt.setdefault(stored, []).append(each.gateway_cpu_s / each.records * 1e6)
        few, many = median(burnt[FEW_STORED]), median(burnt[MANY_STORED])
        ratio = many / few
        return [
            Figure(
                "gateway_cpu", many, "us a record", few, ratio, f"with {FEW_STORED:,} stored, not {MANY_STORED:,}",
                f"value <= {CPU_US_MAX:.0f}, ratio <= {CPU_RATIO_MAX}", many <= CPU_US_MAX and ratio <= CPU_RATIO_MAX,
            )
        ]  # fmt: skip

    def syncs(self) -> list[Figure]:
        """Syncs to the disk by the gateway while 10,000 records arrive, and by the terminal while it sends them."""
        site = PipeSite(self._work / "syncs", QUEUE_CASES)
        ends = {"gateway": self._work / "syncs-gateway", "terminal": self._work / "syncs-terminal"}
        tracers = {end: _tracer(path) for end, path in ends.items()}
        site.put_back()
        with site.gateway() as gateway, _traced(gateway.pid, ends["gateway"]):
            each = site.drain(gateway, *tracers["terminal"])
        counted = {end: _counted(path) / each.records * 1_000 for end, path in ends.items()}
        value = counted["gateway"]
        return [
            Figure(
                "gateway_syncs", value, "a 1,000 records", counted["terminal"], value / counted["terminal"],
                "the terminal's, for what is acknowledged", f"0 < value <= {SYNCS_MAX:.0f}", 0 < value <= SYNCS_MAX,
            )
        ]  # fmt: skip

    def case_bytes(self) -> list[Figure]:
        """IP bytes up a whole case: ours sealed and signed, the peers' neither."""
        with wire() as between:
            site = PipeSite(self._work / "bytes", corpus.CASES, host=COUNTY_HOST)
            site.village.configure(f"https://{COUNTY_HOST}:{site.port}")
            site.put_back()
            with site.gateway(*between.county) as gateway:
                before = between.carried()
                site.drain(gateway, *between.village)
                ours = (between.carried().up - before.up) / corpus.CASES
            documents = self._work / "bytes.jsonl"
            count = write_documents(documents, corpus.CASES)
            figures = [
                Figure(
                    "case_bytes_up", ours, "IP bytes a whole case", CASE_BYTES_MAX, ours / CASE_BYTES_MAX,
                    "what is wanted", f"value <= {CASE_BYTES_MAX:.0f}", ours <= CASE_BYTES_MAX,
                )
            ]  # fmt: skip
            for rival in (Pouch(100), Mosquitto(100, tuned=False), JetStream(100, sync_always=True)):
                if not self._installed(rival):
                    continue
                directory = self._work / "bytes-peers" / _file_name(rival.name)
                place = Place(directory, site, documents, count, COUNTY_HOST, between.county, between.village)
                before = between.carried()
                rival.carry(place)
                theirs = (between.carried().up - before.up) / corpus.CASES
                ratio = theirs / ours
                figures.append(
                    Figure(
                        f"case_bytes_up beside {rival.name}", ours, "IP bytes a whole case", theirs, ratio,
                        "the same facts as JSON, open", f"ratio >= {BYTES_RATIO_LEAST:.0f}",
                        ratio >= BYTES_RATIO_LEAST,
                    )
                )  # fmt: skip
        return figures

    def _installed(self, rival: Rival) -> bool:
        try:
            rival.check()
        except PeerMissing as absent:
            self._miss(f"beside {rival.name}: {absent}")
            return False
        return True


@contextmanager
def drained(site: PipeSite, *before: str) -> Iterator[Drained]:
    """Drain the queue of a site into a gateway that has been started for it; `before`: what both ends begin with."""
    site.put_back()
    with site.gateway(*before) as gateway:
        yield site.drain(gateway, *before)


def syncs_a_s(directory: Path) -> float:
    """How often in a second this machine's disk syncs 600 bytes: what the fast rows are to be read with."""
    with (directory / "syncs").open("wb", buffering=0) as file:
        began_s, count = time.monotonic(), 0
        while time.monotonic() < began_s + SYNCING_S:
            file.write(bytes(600))
            os.fdatasync(file.fileno())
            count += 1
    return count / SYNCING_S


def _faster(name: str, ours: float, theirs: float, peer: Beside) -> Figure:
    ratio = ours / theirs
    target = "told only" if peer.ratio_least is None else f"ratio >= {peer.ratio_least:.0f}"
    met = peer.ratio_least is None or ratio >= peer.ratio_least
    return Figure(name, ours, "records/s", theirs, ratio, peer.rival.promise, target, met)


def _tracer(path: Path) -> tuple[str, ...]:
    return ("strace", "-f", "-qq", "-e", "trace=fsync,fdatasync,sync_file_range,msync", "-o", str(path))


@contextmanager
def _traced(pid: int, path: Path) -> Iterator[None]:
    """Trace a process that runs, with its threads and children."""
    tracer = subprocess.Popen([*_tracer(path), *(f"-p{each}" for each in family(pid))], stderr=subprocess.DEVNULL)
    try:
        until(10, path.exists, "strace")
        time.sleep(TRACER_SETTLES_S)
        yield
    finally:
        tracer.terminate()
        tracer.wait()


def _counted(path: Path) -> int:
    """How many syncs strace has seen begin."""
    return len(re.findall(r"^\d+ +(?:fsync|fdatasync|sync_file_range|msync)\(", path.read_text(), re.MULTILINE))


def _file_name(name: str) -> str:
    return re.sub(r"\W+", "-", name)
