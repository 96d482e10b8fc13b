"""The county's tree in the store: it grows with the chains, is never lower and never forked; every proof holds."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.gateway.store import LogNotAsRecovered, Store, StoreUnavailable
from sync.protocol.checkpoint import Checkpoint
from sync.protocol.recovery import NOTHING_KEPT, Begun, Kept
from sync.tree import EMPTY_ROOT
from tests.gateway.county_site import Writer
from tests.gateway.store_ground import Ground, open_store
from tests.gateway.tree_ground import NOW_MS, Terminals, add, check_goes_on, check_holds, grown

Enrol = Callable[[], Writer]


@pytest.fixture
def enrolled(tmp_path: Path, store: Store) -> Enrol:
    """Makes terminals that the store takes records of."""
    numbers = itertools.count(1)

    def enrol() -> Writer:
        return Terminals(store, tmp_path).enrol(next(numbers))

    return enrol


def test_before_anything_was_stated_there_is_no_checkpoint(store: Store) -> None:
    assert store.grow_tree(NOW_MS) is None
    assert store.checkpoint() is None
    assert store.checkpoints_after(-1, 10) == []
    assert store.tree_leaf(bytes(8), 0) is None
    assert store.tree_nodes([]) == store.tree_nodes([(0, 0), (9, 9)]) == {}


def test_an_empty_county_can_state_what_the_time_is(store: Store) -> None:
    assert grown(store, NOW_MS, restate=True) == store.checkpoint() == Checkpoint(0, EMPTY_ROOT, NOW_MS)


def test_every_chain_that_grew_is_one_leaf_more(store: Store, enrolled: Enrol) -> None:
    one, other = enrolled(), enrolled()
    first = grown(store, NOW_MS)
    add(store, one, 5)
    second = grown(store, NOW_MS + 1000)
    assert (first.size, second.size) == (2, 3)
    check_goes_on(store, first, second)
    for checkpoint, heads in ((first, (one.records[0].link, other.link)), (second, (one.link, other.link))):
        for head in heads:
            check_holds(store, checkpoint, head)


def test_where_nothing_grew_nothing_is_written_unless_the_time_is_asked_for(store: Store, enrolled: Enrol) -> None:
    enrolled()
    first = grown(store, NOW_MS)
    assert grown(store, NOW_MS + 5000) == first == store.checkpoint()
    restated = grown(store, NOW_MS + 5000, restate=True)
    assert (restated.size, restated.root, restated.at_ms) == (first.size, first.root, NOW_MS + 5000)
    assert store.checkpoints_after(-1, 10) == [first, restated]
    assert store.checkpoints_after(first.at_ms, 10) == store.checkpoints_after(-1, 2)[1:] == [restated]
    assert store.checkpoints_after(-1, 1) == [first]


def test_a_county_whose_clock_was_set_back_states_no_earlier_time(store: Store, enrolled: Enrol) -> None:
    writer = enrolled()
    first = grown(store, NOW_MS)
    add(store, writer, 1)
    second = grown(store, NOW_MS - 3_600_000)
    assert second.at_ms == NOW_MS + 1
    assert grown(store, 0, restate=True).at_ms == NOW_MS + 2
    check_goes_on(store, first, second)


def test_the_tree_is_there_after_reopening(ground: Ground, store: Store, enrolled: Enrol) -> None:
    writer = enrolled()
    first = grown(store, NOW_MS)
    store.close()
    again = open_store(ground.where)
    assert again.checkpoint() == first
    add(again, writer, 1)
    check_goes_on(again, first, grown(again, NOW_MS + 1))
    again.close()


def test_what_cannot_be_stored_leaves_the_tree_as_it_was(ground: Ground, store: Store, enrolled: Enrol) -> None:
    writer = enrolled()
    first = grown(store, NOW_MS)
    add(store, writer, 1)
    ground.refuse_inserts("checkpoints")
    with pytest.raises(StoreUnavailable):
        store.grow_tree(NOW_MS + 1000)
    assert store.checkpoint() == first
    assert store.tree_leaf(writer.link.chain, 99) == store.tree_leaf(writer.link.chain, first.size)
    ground.allow_inserts("checkpoints")
    second = grown(store, NOW_MS + 2000)
    assert second.size == 2
    check_goes_on(store, first, second)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["write", "grow", "restate", "reopen"]), st.integers(1, 5), st.integers(-9999, 9999)),
        max_size=30,
    )
)
def test_no_checkpoint_is_ever_lower_or_forked(
    ground: Ground, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    home = tmp_path_factory.mktemp("tree")
    where = ground.another().where
    store = open_store(where)
    writers = {number: Terminals(store, home).enrol(number) for number in range(1, 6)}
    now_ms, stated = NOW_MS, [grown(store, NOW_MS)]
    for action, number, by_ms in steps:
        now_ms += by_ms
        if action == "write":
            add(store, writers[number], abs(by_ms) % 3 + 1, number)
        elif action == "reopen":
            store.close()
            store = open_store(where)
        else:
            stated.append(grown(store, now_ms, restate=action == "restate"))
            if action == "restate":
                for writer in writers.values():
                    check_holds(store, stated[-1], writer.link)
    kept = store.checkpoints_after(-1, 1000)
    assert kept == sorted(set(stated), key=lambda checkpoint: checkpoint.at_ms)
    for first, second in itertools.combinations(kept, 2):
        check_goes_on(store, first, second)
    store.close()


def test_proofs_hold_while_the_tree_grows(store: Store, enrolled: Enrol) -> None:
    writer = enrolled()
    first = grown(store, NOW_MS)
    done = threading.Event()

    def grow() -> None:
        for number in range(60):
            add(store, writer, 1)
            grown(store, NOW_MS + number)
        done.set()

    growing = threading.Thread(target=grow)
    growing.start()
    try:
        look_until(done, store, first, writer)
    finally:
        growing.join()


def look_until(done: threading.Event, store: Store, first: Checkpoint, writer: Writer) -> None:
    """Prove the newest checkpoint to go on from the first, and to hold a head, again and again."""
    looked = False
    while not looked or not done.is_set():
        newest = store.checkpoint()
        assert newest is not None
        if newest != first:
            check_goes_on(store, first, newest)
        leaf = store.tree_leaf(writer.link.chain, newest.size)
        assert leaf is not None
        check_holds(store, newest, leaf.link)
        looked = True


# --- put back --------------------------------------------------------------------------------------------------------


def test_a_recovered_tree_goes_on_in_the_next_epoch_and_keeps_its_leaves(
    store: Store, ground: Ground, enrolled: Enrol
) -> None:
    writer = enrolled()
    before = grown(store, NOW_MS)
    begun = Begun(2, Kept(before.size, before.root), NOW_MS)
    assert store.recovery() is None
    assert store.begin_epoch(b"the root's word", begun, NOW_MS)
    assert not store.begin_epoch(b"the root's word", begun, NOW_MS), "an epoch began twice"
    first = store.checkpoint()
    assert first is not None
    assert (first.size, first.root, first.epoch) == (before.size, before.root, 2)
    assert first.at_ms > before.at_ms
    add(store, writer, 1)
    last = grown(store, NOW_MS)
    assert last.epoch == 2
    assert store.checkpoints_after(before.at_ms, 9, 1) == store.checkpoints_after(before.at_ms, 9) == [first, last]
    assert store.checkpoints_after(last.at_ms, 9, 1) == [first, last], "of a later epoch whatever the time"
    assert store.checkpoints_after(-1, 2, 1) == [before, first]
    assert store.checkpoints_after(first.at_ms, 9, 2) == [last]
    again = open_store(ground.where)
    assert again.recovery() == b"the root's word"
    again.close()


def test_a_tree_that_is_not_the_one_recovered_begins_no_epoch(store: Store, enrolled: Enrol) -> None:
    enrolled()
    before = grown(store, NOW_MS)
    for kept in (Kept(before.size, bytes(32)), Kept(before.size + 1, before.root)):
        with pytest.raises(LogNotAsRecovered):
            store.begin_epoch(b"the root's word", Begun(2, kept, NOW_MS), NOW_MS)
    assert store.checkpoint() == before
    assert store.recovery() is None
    assert store.begin_epoch(b"the root's word", Begun(2, NOTHING_KEPT, NOW_MS), NOW_MS)
