"""Between which two moments of the county's clock a record was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sync.clock import FixedClock
from sync.evidence import Cover, Interval, intervals
from sync.journal import Journal
from sync.keys import FileSigner
from sync.model.facts import ActorClass
from sync.record import ChainBroken, Link, Record
from tests.seals import READERS
from tests.sync.village import INVITED

NOW_MS = 1_795_415_520_000


def checkpoint(number: int) -> bytes:
    return bytes([number]) * 32


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    """Six records as a kiosk writes them; checkpoint 1 arrives before the third, 2 before the fifth."""
    home: Path = tmp_path_factory.mktemp("chain")
    newest: list[bytes | None] = [None]
    journal = Journal.open_or_create(
        home / "journal.db",
        FileSigner.create(home / "key.pem"),
        READERS,
        FixedClock(NOW_MS),
        checkpoint=lambda: newest[-1],
    )
    for seq in range(1, 7):
        newest.append({3: checkpoint(1), 5: checkpoint(2)}.get(seq, newest[-1]))
        with journal.transaction() as writing:
            writing.append(INVITED, actor="A01", actor_class=ActorClass.AGENT)
    records = journal.read(0, 10)
    journal.close()
    return records


STATED = {checkpoint(1): 1_000, checkpoint(2): 2_000}


def bounds(found: list[Interval]) -> list[tuple[int | None, int | None]]:
    return [(each.not_before_ms, each.not_after_ms) for each in found]


def test_a_record_is_no_older_than_the_checkpoint_named_and_no_newer_than_what_covers_it(chain: list[Record]) -> None:
    covers = [Cover(chain[1].link, 900), Cover(chain[3].link, 1_500)]
    assert bounds(intervals(chain, STATED, covers)) == [
        (None, 900), (None, 900), (1_000, 1_500), (1_000, 1_500), (2_000, None), (2_000, None),
    ]  # fmt: skip


def test_a_chain_may_be_judged_in_parts(chain: list[Record]) -> None:
    covers = [Cover(chain[1].link, 900), Cover(chain[5].link, 2_500)]
    whole = intervals(chain, STATED, covers)
    for cut in range(1, 6):
        assert intervals(chain[cut:], STATED, covers, whole[cut - 1]) == whole[cut:]


def test_the_earliest_word_about_a_record_counts_whatever_came_later(chain: list[Record]) -> None:
    covers = [Cover(chain[5].link, 3_000), Cover(chain[5].link, 2_500), Cover(chain[4].link, 4_000)]
    assert {each.not_after_ms for each in intervals(chain, STATED, covers)} == {2_500}


def test_what_is_about_another_chain_or_not_here_says_nothing(chain: list[Record]) -> None:
    covers = [Cover(Link(b"another!", 3, bytes(32)), 5), Cover(Link(chain[0].header.chain, 99, bytes(32)), 6)]
    assert {each.not_after_ms for each in intervals(chain, STATED, covers)} == {None}
    assert intervals([], STATED, covers) == []


def test_a_word_about_another_history_of_this_chain_is_not_used(chain: list[Record]) -> None:
    with pytest.raises(ChainBroken):
        intervals(chain, STATED, [Cover(replace(chain[2].link, hash=bytes(32)), 5), Cover(chain[5].link, 9)])


def test_a_checkpoint_that_the_county_never_stated_is_told_and_proves_nothing(chain: list[Record]) -> None:
    found = intervals(chain, {checkpoint(1): 1_000}, [])
    assert [each.unknown_checkpoint for each in found] == [False, False, False, False, True, False]
    assert {each.not_before_ms for each in found[2:]} == {1_000}


def test_an_older_checkpoint_after_a_newer_one_takes_nothing_back(chain: list[Record]) -> None:
    found = intervals(chain, {checkpoint(1): 2_000, checkpoint(2): 1_000}, [])
    assert [each.not_before_ms for each in found] == [None, None, 2_000, 2_000, 2_000, 2_000]


@pytest.mark.parametrize(
    ("wall_ms", "error_ms"), [(900, -100), (999, -1), (1_000, 0), (1_500, 0), (2_000, 0), (2_001, 1), (9_000, 7_000)]
)
def test_how_far_a_clock_was_out_at_least(wall_ms: int, error_ms: int) -> None:
    assert Interval(1_000, 2_000).clock_error_ms(wall_ms) == error_ms
    assert Interval(None, None).clock_error_ms(wall_ms) == 0


def test_an_interval_that_ends_before_it_begins_says_so() -> None:
    assert Interval(2_000, 1_999).contradicts_itself
    for fine in (Interval(2_000, 2_000), Interval(2_000, None), Interval(None, 1), Interval(0, 0)):
        assert not fine.contradicts_itself


@given(
    st.lists(st.integers(0, 10_000), min_size=2, max_size=2),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9_999))),
)
def test_intervals_only_move_forward_along_a_chain(
    chain: list[Record], times: list[int], covered: list[tuple[int, int]]
) -> None:
    found = intervals(
        chain, dict(zip(STATED, times, strict=True)), [Cover(chain[at].link, at_ms) for at, at_ms in covered]
    )
    lower = [-1 if each.not_before_ms is None else each.not_before_ms for each in found]
    upper = [1 << 60 if each.not_after_ms is None else each.not_after_ms for each in found]
    assert lower == sorted(lower)
    assert upper == sorted(upper)
