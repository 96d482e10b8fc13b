"""When the county's tree grows, and what the gateway says of it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from provisioning.gateway_link import GatewayRefuses
from provisioning.grant import revoke
from sync.clock import FixedClock
from sync.gateway.admission import Decision
from sync.gateway.checkpoints import RESTATED_AFTER_MS, CheckpointDesk
from sync.gateway.growth import Growth
from sync.gateway.sequencer import Sequencer
from sync.gateway.store import Store, StoreUnavailable, Submission, sqlite_tree
from sync.gateway.store.sqlite import SqliteStore
from sync.gateway.voice import LentKey
from sync.keys import FileSigner, Purpose, Statement, Trust
from sync.protocol.checkpoint import Checkpoint, CheckpointAnswer, verify_checkpoint
from sync.record import Link
from tests.gateway.county_site import Box, Site, Writer
from tests.gateway.tree_ground import NOW_MS, Terminals, check_holds, terminal
from tests.sync.village import eventually

Enrol = Callable[[], Writer]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = SqliteStore(tmp_path / "gateway.db")
    yield made
    made.close()


@pytest.fixture
def enrolled(tmp_path: Path, store: Store) -> Enrol:
    """Makes terminals that the store takes records of."""
    numbers = itertools.count(1)

    def enrol() -> Writer:
        return Terminals(store, tmp_path).enrol(next(numbers))

    return enrol


# --- when it grows ---------------------------------------------------------------------------------------------------


class Watched:
    """A real store that counts how often its tree grew, and can be told to fail."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.growths: list[int] = []
        self.fails: Exception | None = None

    def append(self, submissions: list[Submission], now_ms: int) -> list[Decision]:
        return self.store.append(submissions, now_ms)

    def grow_tree(self, now_ms: int, *, restate: bool = False) -> Checkpoint | None:
        self.growths.append(now_ms)
        if self.fails is not None:
            raise self.fails
        return self.store.grow_tree(now_ms, restate=restate)

    def checkpoint(self) -> Checkpoint | None:
        return self.store.checkpoint()


@pytest.fixture
def watched(store: Store) -> Watched:
    return Watched(store)


def test_the_tree_grows_at_most_once_an_interval_and_never_for_nothing(watched: Watched) -> None:
    clock = FixedClock(NOW_MS)
    growth = Growth(watched, clock, interval_s=1)  # type: ignore[arg-type]  # nothing else is used
    growth.run()  # what a crash may have left
    assert growth.wait_s() is None
    for _ in range(100):
        growth.chains_grew()
        growth.run()
        clock.advance(100)
    assert len(watched.growths) == 10
    clock.advance(60_000)
    growth.run()
    growth.run()
    assert len(watched.growths) == 11
    growth.chains_grew()
    assert growth.wait_s() == 1.0


@pytest.mark.parametrize("cause", [StoreUnavailable("told to fail"), ValueError("a fault of ours")])
def test_a_tree_that_could_not_grow_is_tried_again_and_holds_up_no_records(
    watched: Watched, enrolled: Enrol, cause: Exception
) -> None:
    writer = enrolled()
    watched.fails = cause
    sequencer = Sequencer(watched, FixedClock(NOW_MS), 0.01, tree_interval_s=0)  # type: ignore[arg-type]  # as above
    sequencer.decisions([sequencer.hand_in(Submission(tuple(writer.write(1)), terminal(1), b"wire"))])
    with pytest.raises(type(cause)):
        sequencer.restate()
    assert watched.checkpoint() is None
    watched.fails = None
    sequencer.restate()
    checkpoint = watched.checkpoint()
    assert checkpoint is not None
    check_holds(watched.store, checkpoint, writer.link)
    sequencer.close()
    with pytest.raises(StoreUnavailable):
        sequencer.restate()


def test_a_lone_terminals_head_is_in_the_tree_before_it_is_answered(store: Store, enrolled: Enrol) -> None:
    writer = enrolled()
    sequencer = Sequencer(store, FixedClock(NOW_MS), tree_interval_s=0)
    for _ in range(3):
        sequencer.decisions([sequencer.hand_in(Submission(tuple(writer.write(2)), terminal(1), b"wire"))])
        checkpoint = store.checkpoint()
        assert checkpoint is not None
        check_holds(store, checkpoint, writer.link)
    sequencer.close()


def test_what_a_killed_gateway_left_between_records_and_leaves_grows_at_the_next_start(
    store: Store, enrolled: Enrol
) -> None:
    writer = enrolled()
    assert store.checkpoint() is None
    sequencer = Sequencer(store, FixedClock(NOW_MS))
    eventually(10, store.checkpoint)
    sequencer.close()
    checkpoint = store.checkpoint()
    assert checkpoint is not None
    check_holds(store, checkpoint, writer.link)


# --- what goes out ---------------------------------------------------------------------------------------------------


class Desk:
    """A desk with a real sequencer and store, and a terminal that holds what it was told."""

    def __init__(self, store: Store, home: Path) -> None:
        root, gateway = FileSigner.create(home / "root.pem"), FileSigner.create(home / "gateway.pem")
        statement = Statement(
            Purpose.ACKNOWLEDGE, gateway.public_key, "urn:sunpoint:990101:gateway", "990101", 0, 1 << 50
        ).sign(root)
        self.trust = Trust(root.public_key, "990101")
        self.clock = FixedClock(NOW_MS)
        self.sequencer = Sequencer(store, self.clock, tree_interval_s=0)
        lent = LentKey(lambda: (gateway, statement), self.trust)
        self.desk = CheckpointDesk(store, self.sequencer, lent, self.clock, self.trust)

    def ask(self, chain: bytes, held: Checkpoint | None) -> CheckpointAnswer:
        return verify_checkpoint(self.desk.answer(chain, held.size if held else 0), self.trust, chain, held)


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(store, tmp_path)
    yield made
    made.sequencer.close()


def test_a_terminal_that_asks_now_and_then_can_always_verify_the_answer(
    desk: Desk, store: Store, enrolled: Enrol, rng: random.Random
) -> None:
    writers = [enrolled() for _ in range(4)]
    held: dict[int, Checkpoint] = {}
    for _ in range(120):
        number = rng.randrange(4)
        sent = Submission(tuple(writers[number].write(rng.randrange(1, 4))), terminal(number + 1), b"wire")
        desk.sequencer.decisions([desk.sequencer.hand_in(sent)])
        desk.clock.advance(rng.randrange(2000))
        asking = rng.randrange(4)
        said = desk.ask(writers[asking].link.chain, held.get(asking))
        assert said.head == writers[asking].link
        held[asking] = said.checkpoint


def test_when_nobody_has_sent_anything_the_time_goes_on_for_whoever_asks(desk: Desk, enrolled: Enrol) -> None:
    writer = enrolled()
    first = desk.ask(writer.link.chain, None).checkpoint
    desk.clock.advance(RESTATED_AFTER_MS - 1)
    assert desk.ask(writer.link.chain, first).checkpoint == first
    desk.clock.advance(1)
    second = desk.ask(writer.link.chain, first).checkpoint
    assert (second.size, second.at_ms) == (first.size, first.at_ms + RESTATED_AFTER_MS)


def test_a_terminal_without_records_gets_a_checkpoint_without_a_head(desk: Desk, enrolled: Enrol) -> None:
    enrolled()
    assert desk.ask(b"nobody's", None).head is None


def test_a_terminal_that_saw_a_larger_tree_is_told_the_smaller_one_as_it_is(desk: Desk, enrolled: Enrol) -> None:
    writer = enrolled()
    answer = desk.desk.answer(writer.link.chain, 1_000_000)
    assert verify_checkpoint(answer, desk.trust, writer.link.chain, None).checkpoint.size == 1


def test_answers_to_a_county_of_many_leaves_stay_small(desk: Desk, store: Store) -> None:
    assert isinstance(store, SqliteStore)
    chain = b"\x07" * 8
    with store._transaction() as db:
        for seq in range(1, 3001):
            db.execute(
                "INSERT OR REPLACE INTO chains (chain, public_key, holder, about, statement, head_seq, head_hash)"
                " VALUES (?, x'', 'h', 'a', x'', ?, ?)",
                (chain, seq, bytes(32)),
            )
            sqlite_tree.grow(db, NOW_MS, restate=False)
    said = desk.ask(chain, None)
    assert said.checkpoint.size == 3000
    assert said.head == Link(chain, 3000, bytes(32))
    assert len(desk.desk.answer(chain, 1234)) < 1600


# --- over the line ---------------------------------------------------------------------------------------------------


def test_a_terminal_is_told_where_its_chain_stands_in_the_countys_tree(site: Site) -> None:
    box, other = site.enrol_box(), site.enrol_box()
    box.push(box.writer.write(3))
    held: Checkpoint | None = None

    def in_the_tree() -> bool:
        nonlocal held
        answer = box.link.get(f"/v1/checkpoint?from={held.size if held else 0}")
        said = verify_checkpoint(answer, site.trust, box.writer.link.chain, held)
        held = said.checkpoint
        return said.head == box.writer.link

    eventually(10, in_the_tree)
    other.push(other.writer.write(1))
    box.push(box.writer.write(2))
    eventually(10, in_the_tree)
    said = verify_checkpoint(other.link.get("/v1/checkpoint"), site.trust, other.writer.link.chain, None)
    assert said.head in (None, other.writer.link)


def test_the_tree_is_there_after_the_gateway_was_killed(own_site: Site) -> None:
    box = own_site.enrol_box()
    held: Checkpoint | None = None
    for _ in range(3):
        box.push(box.writer.write(2))
        said = verify_checkpoint(
            box.link.get(f"/v1/checkpoint?from={held.size if held else 0}"),
            own_site.trust, box.writer.link.chain, held,
        )  # fmt: skip
        held = said.checkpoint
        own_site.stop()
        own_site.start()
    assert held is not None
    eventually(10, lambda: ask_again(own_site, box, held).head == box.writer.link)


def ask_again(site: Site, box: Box, held: Checkpoint) -> CheckpointAnswer:
    answer = box.link.get(f"/v1/checkpoint?from={held.size}")
    return verify_checkpoint(answer, site.trust, box.writer.link.chain, held)


@pytest.mark.parametrize("size", ["", "-1", "x", "1.5", "9" * 16, "%00", "٣"])
def test_a_size_that_is_no_number_is_refused(site: Site, size: str) -> None:
    with pytest.raises(GatewayRefuses) as refused:
        site.enrol_box().link.get(f"/v1/checkpoint?from={quote(size, safe='%')}")
    assert refused.value.code == "malformed"


def test_only_an_enrolled_terminal_is_told(site: Site) -> None:
    with pytest.raises(GatewayRefuses) as refused:
        site.county_link().get("/v1/checkpoint")
    assert refused.value.code == "wrong-role"
    box = site.enrol_box()
    assert box.name is not None
    revoke(site.county_dir, box.name.region, box.name.terminal)
    with pytest.raises(GatewayRefuses) as refused:
        box.link.get("/v1/checkpoint")
    assert refused.value.code == "revoked"
