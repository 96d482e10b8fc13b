"""An attachment of a megabyte on a slow line that breaks, while records are written; beside tuspy.

Ours is the real client: sealed bytes from the terminal's shelf, in its last lane. tuspy uploads the same bytes to the
same gateway, and nothing else meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from provisioning.county_init import CHECKOUT
from sync.attachments.sealed import Sealed
from sync.attachments.shelf import DIRECTORY, AttachmentShelf
from sync.gateway import config as files
from sync.gateway.store.attachments import AttachmentStore
from sync.gateway.store.sqlite_attachments import SqliteBase
from sync.journal import Journal
from sync.protocol import tus
from sync.protocol.segment import SEGMENT_BYTES_MAX
from sync.terminal import TerminalConfig
from tests.bench.figure import Figure, median
from tests.bench.line import Happened, Quality
from tests.bench.lines import PAUSE_S_MAX, PEER_MORE_S, PEER_TIMES, PEERS_AT_ONCE, SEEDS, Over, against, line, tried
from tests.bench.rival import CountyEnd, Place, Rival, talking
from tests.bench.site import PipeSite, until
from tests.sync.attached import NOTHING_LEFT, add, at_gateway, left
from tests.sync.village import INVITED, write

CONTENT_BYTES = 1_000_000
BYTES_RATIO_MAX = 1.3
UPLOAD_S_MAX = 900.0
RECORD_EVERY_S, RECORD_S_MAX = 15.0, 120.0
LOOK_S = 0.05
RESETS = Quality(reset_bytes=(20_000, 40_000))
JUDGES = CHECKOUT / ".venv" / "judges" / "bin" / "python"
PUSH = CHECKOUT / "tests" / "bench" / "peers" / "tus_push.py"
SMALL_REQUEST_BYTES = 16 * 1024
"""What most connections of such a line carry besides their handshake."""


@dataclass(frozen=True, slots=True)
class Overtook:
    """A record that was written while an attachment went up.

    Attributes:
        taken_bytes: what left the terminal between its being written and its being acknowledged, without IP headers.
        took_s: how long that was.
        resets: how often the line broke meanwhile.
    """

    taken_bytes: int
    took_s: float
    resets: int


@dataclass(frozen=True, slots=True)
class Uploaded:
    """An attachment that has arrived.

    Attributes:
        took_s: from the first connection to the terminal's knowing that it is there.
        happened: what became of the line until then.
        overtook: the records that were written meanwhile.
        alone: one that was written when nothing else was left to go, and that no reset came between.
    """

    took_s: float
    happened: Happened
    overtook: tuple[Overtook, ...]
    alone: Overtook


class AttachmentBench:
    """Measures an attachment on a line that breaks.

    Args:
        work: an empty directory.
        miss: told what cannot be measured here.
        say: told what is under way.
    """

    def __init__(self, work: Path, miss: Callable[[str], None], say: Callable[[str], None]) -> None:
        self._work = work
        self._miss = miss
        self._say = say

    def resets(self) -> list[Figure]:
        """A reset every 20-40 KB, five seeds side by side; then tuspy on the same lines."""
        lines = [Quality(reset_bytes=RESETS.reset_bytes, seed=seed) for seed in SEEDS]
        sites = [PipeSite(self._work / f"ours-{each.seed}", 0) for each in lines]
        self._say(f"{len(lines)} attachments of {CONTENT_BYTES:,} bytes side by side")
        with ThreadPoolExecutor(len(lines)) as beside:
            runs = list(beside.map(lambda site, quality: uploaded(site, quality, CONTENT_BYTES), sites, lines))
        figures = figures_of(runs, lines)
        ours = figures[0]
        rivals = [each for each in (Tus(0), Tus(SMALL_REQUEST_BYTES)) if self._installed(each)]
        limit_s = PEER_TIMES * ours.value + PEER_MORE_S
        self._say(f"{len(rivals) * len(lines)} runs of tuspy side by side, each {limit_s:.0f} s at most")
        with ThreadPoolExecutor(PEERS_AT_ONCE) as beside:
            tries = {
                rival: [beside.submit(tried, rival, self._place(rival, each, limit_s), each) for each in lines]
                for rival in rivals
            }
            for rival, runs_beside in tries.items():
                figures.append(against(ours, rival, [each.result() for each in runs_beside], limit_s, CONTENT_BYTES))
        return figures

    def _place(self, rival: Tus, quality: Quality, limit_s: float) -> Place:
        directory = self._work / f"tus-{rival.request_bytes}-{quality.seed}"
        return Place(
            directory / "run", PipeSite(directory, 0), directory / "attachment", CONTENT_BYTES, limit_s=limit_s
        )

    def _installed(self, rival: Rival) -> bool:
        absent = rival.missing()
        if absent is not None:
            self._miss(f"1 MB attachment beside {rival.name}: {absent} is not installed (make setup-test)")
        return absent is None


def figures_of(runs: Sequence[Uploaded], lines: Sequence[Quality]) -> list[Figure]:
    """The rows of ours.

    Of the records those are counted that no reset came between: what else left the terminal before they were
    acknowledged is the attachment's, once what such a record costs by itself has been taken off.
    """
    ratio = median(each.happened.up_bytes / CONTENT_BYTES for each in runs)
    resets = median(each.happened.resets for each in runs)
    overtook = [(each, run.alone) for run in runs for each in run.overtook]
    before = [each.taken_bytes - alone.taken_bytes for each, alone in overtook if not each.resets]
    value, slowest_s = median(before), max(each.took_s for each, _ in overtook)
    return [
        Figure(
            "1 MB attachment, reset every 20-40 KB", median(each.took_s for each in runs), "s",
            CONTENT_BYTES * 8 / lines[0].up_bps,
            ratio, f"what its bytes need there; ratio: bytes up a byte of it, {resets:.0f} resets",
            f"ratio <= {BYTES_RATIO_MAX}", ratio <= BYTES_RATIO_MAX,
        ),
        Figure(
            "a record overtakes it", value, "bytes of it went before", SEGMENT_BYTES_MAX, value / SEGMENT_BYTES_MAX,
            f"a segment; at most {max(before):.0f} in {len(before)} of {len(overtook)} that no reset came between; "
            f"the slowest of all took {slowest_s:.1f} s",
            f"value <= {SEGMENT_BYTES_MAX}", value <= SEGMENT_BYTES_MAX,
        ),
    ]  # fmt: skip


class Tus(Rival):
    """tuspy, the client of tus by the people of tus, against our gateway. Every request has a connection of its own.

    `request_bytes`: of the attachment in one request; 0 for tuspy's own setting, all that is left.
    """

    def __init__(self, request_bytes: int) -> None:
        how = f"{request_bytes // 1024} KB a request" if request_bytes else "all in one request"
        super().__init__(f"tuspy, {how}", "the same gateway, no records meanwhile")
        self.request_bytes = request_bytes

    def missing(self) -> str | None:
        """See `Rival.missing`."""
        return None if JUDGES.exists() else "tuspy"

    @contextmanager
    def serve(self, place: Place) -> Iterator[CountyEnd]:
        """See `Rival.serve`: the gateway, which has the record that names the attachment."""
        site = place.site
        with closing(site.village.journal()) as journal:
            # On a shelf of its own, or our client would send it.
            shelf = AttachmentShelf(place.directory.parent / "shelf", free_bytes_least=0)
            made = add(journal, shelf, place.count)
            site.records = journal.head().seq
        place.documents.write_bytes(made.content)
        with site.gateway() as gateway:
            site.drain(gateway)
            yield CountyEnd(site.port, lambda: offset_of(site, made))

    def push(self, place: Place, county: CountyEnd, port: int) -> float:
        """See `Rival.push`."""
        del county
        site = place.site
        place.directory.mkdir()
        keys = site.terminal / "keys"
        arguments = (
            f"https://{place.host}:{port}{tus.ROOT}", str(place.root), str(keys / "tls-certificate.pem"),
            str(keys / "tls-key.pem"), str(place.documents), site.village.chain.hex(), str(site.records),
            str(self.request_bytes),
        )  # fmt: skip
        with talking([str(JUDGES), str(PUSH), *arguments], place) as talk:
            began_s = talk.wait_for("began_s", 30, self.name)
            return talk.wait_for("ended_s", place.limit_s, self.name) - began_s


def uploaded(site: PipeSite, quality: Quality, content_bytes: int, every_s: float = RECORD_EVERY_S) -> Uploaded:
    """Let the client carry an attachment over a line, and write a record every so many seconds meanwhile.

    Raises TimeoutError, and RuntimeError when it or the records did not arrive as they were.
    """
    with closing(site.village.journal()) as journal:
        made = add(journal, AttachmentShelf(site.terminal / DIRECTORY, free_bytes_least=0), content_bytes, quality.seed)
        with site.gateway(), line(site.port, quality) as over:
            config = TerminalConfig.load(site.terminal)
            gateway_url = f"https://127.0.0.1:{over.port}"
            replace(config, gateway_url=gateway_url, retry_delay_s_max=PAUSE_S_MAX).save(site.terminal)
            with site.client():
                until(RECORD_S_MAX, lambda: site.acknowledged() == journal.head().seq, "the record that names it")
                overtook = tuple(_overtaking(site, over, journal, quality.round_trip_s, every_s))
                happened, ended_s = over.so_far(), time.monotonic()
                while (alone := overtake(site, over, journal, quality.round_trip_s)).resets:
                    continue
        site.records = journal.head().seq
    site.check()
    if at_gateway(site.village, made) != made.content:
        raise RuntimeError("the attachment did not arrive as it was")
    return Uploaded(ended_s - happened.first_s, happened, overtook, alone)


def _overtaking(
    site: PipeSite, over: Over, journal: Journal, round_trip_s: float, every_s: float
) -> Iterator[Overtook]:
    """Write records until the attachment has arrived. Raises TimeoutError."""
    limit_s = time.monotonic() + UPLOAD_S_MAX
    while time.monotonic() < limit_s:
        try:
            until(every_s, lambda: left(site.village) == NOTHING_LEFT, "the attachment", LOOK_S)
        except TimeoutError:
            yield overtake(site, over, journal, round_trip_s)
        else:
            return
    raise TimeoutError(f"the attachment did not arrive within {UPLOAD_S_MAX:.0f} s")


def overtake(site: PipeSite, over: Over, journal: Journal, round_trip_s: float) -> Overtook:
    """Write a record and wait for its acknowledgement. Raises TimeoutError."""
    before = over.so_far()
    began_s = time.monotonic()
    (record,) = write(journal, INVITED)
    seen: list[tuple[float, Happened]] = [(began_s, before)]

    def is_acknowledged() -> bool:
        seen.append((time.monotonic(), over.so_far()))
        return site.acknowledged() >= record.header.seq

    ended_s = until(RECORD_S_MAX, is_acknowledged, "the record's acknowledgement", LOOK_S)
    # While the answer comes nothing else leaves; when it is seen here, what follows may be under way already.
    _, after = next(each for each in reversed(seen) if each[0] <= max(began_s, ended_s - round_trip_s / 2))
    return Overtook(after.taken_bytes - before.taken_bytes, ended_s - began_s, after.resets - before.resets)


def offset_of(site: PipeSite, made: Sealed) -> int:
    """How much of an attachment the gateway has."""
    with closing(AttachmentStore(SqliteBase(site.village.gateway / files.ATTACHMENTS_FILE))) as store:
        return store.upload(site.village.chain, made.digest).offset
