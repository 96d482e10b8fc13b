"""The county's log as the gateway hands it to the county: pages that fit together, signed, for nobody else."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from county.logbook import (
    NOTHING_READ,
    Followed,
    LogForked,
    LogNotFollowed,
    LogOfAnotherEpoch,
    LogWentBack,
    follow,
)
from provisioning.gateway_link import GatewayRefuses
from sync.clock import FixedClock
from sync.gateway import checkpoints
from sync.gateway.checkpoints import CheckpointDesk
from sync.gateway.sequencer import Sequencer
from sync.gateway.store import Store
from sync.gateway.store.sqlite import SqliteStore
from sync.gateway.voice import LentKey
from sync.keys import FileSigner, Purpose, Statement, Trust
from sync.protocol.checkpoint import Checkpoint
from sync.protocol.log_page import (
    PAGE_BYTES_MAX,
    LogPage,
    LogPageMalformed,
    LogPageNotTrusted,
    LogPageRefused,
    verify_log_page,
)
from sync.record import Link
from tests.gateway.county_site import Site, Writer
from tests.gateway.tree_ground import NOW_MS, Terminals, add, grown
from tests.sync.village import eventually

COUNTY = "990101"


class Log:
    """A log with a real store, whose gateway's key the root vouches for."""

    def __init__(self, store: Store, home: Path) -> None:
        self.store = store
        self.root, self.gateway = FileSigner.create(home / "root.pem"), FileSigner.create(home / "gateway.pem")
        self.statement = Statement(Purpose.ACKNOWLEDGE, self.gateway.public_key, "gateway", COUNTY, 0, 1 << 50).sign(
            self.root
        )
        self.trust = Trust(self.root.public_key, COUNTY)
        self.clock = FixedClock(NOW_MS)
        self.sequencer = Sequencer(store, self.clock, tree_interval_s=0)
        lent = LentKey(lambda: (self.gateway, self.statement), self.trust)
        self.desk = CheckpointDesk(store, self.sequencer, lent, self.clock, self.trust)

    def page(self, followed: Followed) -> LogPage:
        answer = self.desk.page(max(0, followed.newest.at_ms), followed.newest.size)
        return verify_log_page(answer, self.trust)


@pytest.fixture
def log(tmp_path: Path, store: Store) -> Iterator[Log]:
    made = Log(store, tmp_path)
    yield made
    made.sequencer.close()


@pytest.fixture
def writers(tmp_path: Path, log: Log) -> list[Writer]:
    return [Terminals(log.store, tmp_path).enrol(number) for number in range(1, 4)]


def read_all(log: Log, followed: Followed = NOTHING_READ) -> tuple[Followed, list[Checkpoint], list[Link]]:
    """Follow page after page until there is nothing more."""
    stated: list[Checkpoint] = []
    covered: list[Link] = []
    while (read := follow(followed, log.page(followed))).checkpoints:
        followed = read.followed
        stated += read.checkpoints
        covered += [cover.link for cover in read.covers]
    return followed, stated, covered


def test_the_county_reads_every_checkpoint_and_every_leaf(
    log: Log, writers: list[Writer], rng: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "CHECKPOINTS_PER_PAGE", 7)
    followed, stated, covered = NOTHING_READ, [], []
    for number in range(60):
        at = rng.randrange(3)
        add(log.store, writers[at], rng.randrange(1, 4), at + 1)
        grown(log.store, NOW_MS + number * 1000, restate=rng.random() < 0.3)
        if rng.random() < 0.2:
            followed, more, links = read_all(log, followed)
            stated += more
            covered += links
    followed, more, links = read_all(log, followed)
    stated, covered = stated + more, covered + links
    assert stated == log.store.checkpoints_after(-1, 1000)
    assert covered == log.store.tree_leaves(0, followed.newest.size)
    assert len(covered) == followed.newest.size
    assert followed.newest == log.store.checkpoint()


def test_a_page_with_many_leaves_ends_at_a_checkpoint(
    log: Log, writers: list[Writer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "LEAVES_PER_PAGE", 2)
    for number in range(4):
        for at, writer in enumerate(writers, 1):
            add(log.store, writer, 1, at)
        grown(log.store, NOW_MS + number)
    first = log.page(NOTHING_READ)
    assert len(first.leaves) == first.checkpoints[-1].size == 3
    assert read_all(log)[0].newest.size == 12


def test_what_a_leaf_covers_is_dated_by_the_first_checkpoint_that_has_it(log: Log, writers: list[Writer]) -> None:
    first = grown(log.store, NOW_MS)
    grown(log.store, NOW_MS + 5_000, restate=True)
    read = follow(NOTHING_READ, log.page(NOTHING_READ))
    assert {cover.at_ms for cover in read.covers} == {first.at_ms}
    assert [cover.link for cover in read.covers] == [writer.link for writer in writers]


# --- a log that lies -----------------------------------------------------------------------------------------------


def changed(page: LogPage, at: int, leaf: Link) -> LogPage:
    leaves = list(page.leaves)
    leaves[at] = leaf
    return replace(page, leaves=tuple(leaves))


def test_a_log_in_which_one_leaf_was_changed_is_not_followed(log: Log, writers: list[Writer]) -> None:
    grown(log.store, NOW_MS)
    page = log.page(NOTHING_READ)
    for at, leaf in enumerate(page.leaves):
        for lie in (
            replace(leaf, hash=bytes(32)), replace(leaf, seq=leaf.seq + 1), replace(leaf, chain=b"another!"),
        ):  # fmt: skip
            with pytest.raises(LogForked):
                follow(NOTHING_READ, changed(page, at, lie))


def test_a_log_from_which_a_leaf_was_dropped_is_not_followed(log: Log, writers: list[Writer]) -> None:
    grown(log.store, NOW_MS)
    page = log.page(NOTHING_READ)
    stated = replace(page.checkpoints[-1], size=2)
    with pytest.raises(LogForked):
        follow(NOTHING_READ, replace(page, leaves=page.leaves[1:], checkpoints=(stated,)))


def test_a_log_that_was_put_back_or_begun_anew_is_not_followed(log: Log, writers: list[Writer], tmp_path: Path) -> None:
    grown(log.store, NOW_MS)
    add(log.store, writers[0], 1)
    grown(log.store, NOW_MS + 1)
    followed = read_all(log)[0]
    newest = followed.newest
    other = SqliteStore(tmp_path / "other.db")
    (tmp_path / "elsewhere").mkdir()
    elsewhere = Log(other, tmp_path / "elsewhere")
    for number in range(5):
        Terminals(other, tmp_path / "elsewhere").enrol(number + 1)
    grown(other, NOW_MS + 9)
    lies: list[tuple[LogPage, type[LogNotFollowed]]] = [
        (LogPage(newest.size - 1, (), (), NOW_MS), LogWentBack),
        (LogPage(newest.size, (), (replace(newest, at_ms=newest.at_ms + 1, epoch=2),), NOW_MS), LogOfAnotherEpoch),
        (LogPage(newest.size, (), (newest,), NOW_MS), LogWentBack),
        (LogPage(newest.size, (), (replace(newest, at_ms=newest.at_ms - 1),), NOW_MS), LogWentBack),
        (LogPage(newest.size, (), (replace(newest, at_ms=newest.at_ms + 1, root=bytes(32)),), NOW_MS), LogForked),
        (elsewhere.page(followed), LogForked),
    ]
    for page, refusal in lies:
        with pytest.raises(refusal):
            follow(followed, page)
    elsewhere.sequencer.close()
    other.close()


def test_a_page_that_the_gateways_key_did_not_sign_is_not_believed(
    log: Log, writers: list[Writer], tmp_path: Path
) -> None:
    grown(log.store, NOW_MS)
    answer = log.desk.page(0, 0)
    assert verify_log_page(answer, log.trust).leaves
    stranger = FileSigner.create(tmp_path / "stranger.pem")
    page = log.page(NOTHING_READ)
    with pytest.raises(LogPageNotTrusted):
        verify_log_page(page.sign(stranger, log.statement), log.trust)
    with pytest.raises(LogPageNotTrusted):
        verify_log_page(answer, Trust(stranger.public_key, COUNTY))
    with pytest.raises(LogPageNotTrusted):
        verify_log_page(answer, Trust(log.root.public_key, "990102"))
    ended = Statement(Purpose.ACKNOWLEDGE, log.gateway.public_key, "gateway", COUNTY, 0, NOW_MS - 1).sign(log.root)
    with pytest.raises(LogPageNotTrusted):
        verify_log_page(page.sign(log.gateway, ended), log.trust)


def test_a_damaged_page_is_refused_and_never_a_crash(log: Log, writers: list[Writer], rng: random.Random) -> None:
    grown(log.store, NOW_MS)
    answer = log.desk.page(0, 0)
    for _ in range(600):
        bad = bytearray(answer)
        at = rng.randrange(len(bad))
        bad[at] ^= 1 << rng.randrange(8)
        with pytest.raises(LogPageRefused):
            verify_log_page(bytes(bad[: rng.randrange(at, len(bad)) + 1]), log.trust)
    with pytest.raises(LogPageMalformed):
        verify_log_page(bytes(PAGE_BYTES_MAX + 1), log.trust)


def test_a_page_whose_leaves_do_not_reach_its_checkpoint_is_malformed(log: Log, writers: list[Writer]) -> None:
    grown(log.store, NOW_MS)
    page = log.page(NOTHING_READ)
    for bad in (replace(page, leaves=page.leaves[1:]), replace(page, first=1), replace(page, checkpoints=())):
        with pytest.raises(LogPageMalformed):
            verify_log_page(bad.sign(log.gateway, log.statement), log.trust)


# --- over the line -------------------------------------------------------------------------------------------------


def test_the_county_reads_the_log_over_the_line_and_no_terminal_does(site: Site) -> None:
    box = site.enrol_box()
    box.push(box.writer.write(3))

    def covered() -> bool:
        followed, links = NOTHING_READ, []
        for _ in itertools.repeat(None):
            at = f"/v1/log?after={max(0, followed.newest.at_ms)}&from={followed.newest.size}"
            read = follow(followed, verify_log_page(site.county_link().get(at), site.trust))
            if not read.checkpoints:
                return box.writer.link in links
            followed = read.followed
            links += [cover.link for cover in read.covers]
        return False

    eventually(10, covered)
    with pytest.raises(GatewayRefuses) as refused:
        box.link.get("/v1/log?after=0&from=0")
    assert refused.value.code == "wrong-role"
