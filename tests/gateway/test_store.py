"""The contract of the store, and the group commit before it. Every implementation is held to it."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sync.clock import FixedClock
from sync.gateway.admission import Decision, Refusal, Standing, Verdict, decide
from sync.gateway.sequencer import GATHERED_SUBMISSIONS, Sequencer
from sync.gateway.store import Grant, Store, StoreUnavailable, Submission, TerminalAlreadyNamed
from sync.gateway.store.sqlite import SqliteStore
from sync.keys import FileSigner
from sync.model.facts import ShiftOpened
from sync.peer_name import PeerName, PeerRole
from sync.protocol.checkpoint import Checkpoint
from sync.record import NO_HASH, Link, Record, chain_id
from tests.gateway.county_site import Writer
from tests.gateway.store_ground import COUNTY, TERMINAL, Ground, enrol, open_store, submission


def test_what_was_appended_is_there_after_reopening(ground: Ground, store: Store, writer: Writer) -> None:
    (decision,) = store.append([submission(writer.write(5))], 0)
    assert (decision.verdict, decision.head) == (Verdict.ACCEPTED, writer.link)
    store.close()
    again = open_store(ground.where)
    held = again.chain(writer.link.chain)
    assert held is not None
    assert held.standing.head == writer.link
    assert [record.hash for record in again.records_after(writer.link.chain, 0, 1 << 20)] == [
        record.hash for record in writer.records
    ]
    again.close()


def test_a_batch_decides_each_segment_on_top_of_the_one_before(store: Store, writer: Writer) -> None:
    records = writer.write(9)
    decisions = store.append(
        [submission(records[:3]), submission(records[:3]), submission(records[3:6]), submission(records[7:])], 0
    )
    assert [decision.verdict for decision in decisions] == [
        Verdict.ACCEPTED, Verdict.REPLAYED, Verdict.ACCEPTED, Verdict.GAP,
    ]  # fmt: skip


def test_admission_numbers_grow_by_one_for_each_segment_that_brought_something(
    tmp_path: Path, store: Store, writer: Writer
) -> None:
    other = Writer(FileSigner.create(tmp_path / "other.pem"))
    name = PeerName("990101", PeerRole.TERMINAL, "990101102204", "01")
    enrol(store, other, name, FileSigner.create(tmp_path / "county-2.pem"))
    store.append([submission(writer.write(2)), submission(other.write(1), name)], 0)
    store.append([submission(writer.records), submission(writer.write(1))], 0)
    admitted = store.admitted_after(0, 1 << 20)
    assert [each.admission for each in admitted] == [1, 2, 3]
    assert [len(each.records) for each in admitted] == [2, 1, 1]
    assert [each.admission for each in store.admitted_after(1, 1)] == [2]
    assert admitted[0].statement == b"terminal statement"


def test_a_page_of_records_always_ends_with_a_signature(store: Store, writer: Writer) -> None:
    unsigned = [Record(r.header, r.header_bytes, r.body, None, r.hash) for r in writer.write(9)]
    store.append([submission([*unsigned[:8], writer.records[8]])], 0)
    page = store.records_after(writer.link.chain, 0, 1)
    assert len(page) == 9
    assert page[-1].signature is not None


def test_who_may_not_write_changes_nothing(store: Store, writer: Writer) -> None:
    stranger = PeerName("990101", PeerRole.TERMINAL, "990101102204", "01")
    decisions = store.append([submission(writer.write(1), peer) for peer in (stranger, COUNTY)], 0)
    assert [decision.refusal for decision in decisions] == [Refusal.NOT_THE_HOLDER] * 2
    assert store.records_after(writer.link.chain, 0, 1 << 20) == []


def test_a_closed_chain_takes_nothing_beyond_its_end_and_keeps_what_comes_apart(store: Store, writer: Writer) -> None:
    store.append([submission(writer.write(1))], 0)
    assert store.revoke(TERMINAL, 5)
    late = [replace(submission(writer.write(1)), wire=b"late %d" % number) for number in range(2)]
    for _ in range(2):
        decisions = store.append(late, 0)
        assert [decision.verdict for decision in decisions] == [Verdict.LATE] * 2
        assert {decision.head for decision in decisions} == {writer.records[0].link}
    assert len(store.records_after(writer.link.chain, 0, 1 << 20)) == 1
    kept = store.late_after(0, 1 << 20)
    assert [each.wire for each in kept] == [b"late 0", b"late 1"]
    assert store.late_after(kept[0].place, 1) == kept[1:]
    (again,) = store.append([submission(writer.records[:1])], 0)
    assert again.verdict is Verdict.REPLAYED
    assert not store.revoke(PeerName("990101", PeerRole.TERMINAL, "990101102299", "01"), 5)


def test_the_same_fork_is_kept_once(store: Store, writer: Writer) -> None:
    store.append([submission(writer.write(3))], 0)
    other = writer.branch(1)
    other.write(2, ShiftOpened())
    for _ in range(3):
        (decision,) = store.append([submission(other.records)], 77)
        assert (decision.verdict, decision.forked_seq) == (Verdict.FORK, 2)
    (fork,) = store.forks()
    assert (fork.seq, fork.stored_hash, fork.peer_urn, fork.seen_ms) == (2, writer.records[1].hash, TERMINAL.urn(), 77)


def test_a_name_is_enrolled_once(store: Store, writer: Writer) -> None:
    chain = store.county_chain(TERMINAL)
    assert chain is not None
    with pytest.raises(TerminalAlreadyNamed):
        store.add_grant(Grant("AAAAAA", bytes(32), TERMINAL, "某村", 1), chain.public_key, b"")


def test_a_full_disk_stores_nothing_of_a_batch_and_says_so(ground: Ground, store: Store, writer: Writer) -> None:
    records = writer.write(200)
    with ground.full_disk(store):
        with pytest.raises(StoreUnavailable):
            store.append([submission(records[at : at + 50]) for at in range(0, 200, 50)], 0)
        assert store.records_after(writer.link.chain, 0, 1 << 20) == []
    decisions = store.append([submission(records)], 0)
    assert decisions[0].verdict is Verdict.ACCEPTED


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gateway.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreUnavailable):
        SqliteStore(tmp_path / "gateway.db")


# --- the group commit ----------------------------------------------------------------------------------------------


class Counted:
    """A real store that counts its transactions and can be told to fail."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.batches: list[int] = []
        self.fails = False

    def append(self, submissions: list[Submission], now_ms: int) -> list[Decision]:
        self.batches.append(len(submissions))
        if self.fails:
            raise StoreUnavailable("told to fail")
        return self.store.append(submissions, now_ms)

    def grow_tree(self, now_ms: int, *, restate: bool = False) -> Checkpoint | None:
        return self.store.grow_tree(now_ms, restate=restate)


def test_what_waits_together_is_committed_together(store: Store, writer: Writer) -> None:
    counted = Counted(store)
    sequencer = Sequencer(counted, FixedClock(0), gather_s=30)  # type: ignore[arg-type]  # nothing else is used
    futures = [sequencer.hand_in(submission([record])) for record in writer.write(40)]
    decisions = sequencer.decisions(futures)
    sequencer.close()
    assert [decision.verdict for decision in decisions] == [Verdict.ACCEPTED] * 40
    assert counted.batches == [40]


def test_enough_is_committed_while_more_is_being_sent(store: Store, writer: Writer) -> None:
    sequencer = Sequencer(store, FixedClock(0), gather_s=30)
    *_, last = [sequencer.hand_in(submission([record])) for record in writer.write(GATHERED_SUBMISSIONS)]
    assert last.result(10).verdict is Verdict.ACCEPTED
    sequencer.close()


def test_what_nobody_waits_for_is_committed_all_the_same(store: Store, writer: Writer) -> None:
    sequencer = Sequencer(store, FixedClock(0), gather_s=0.01)
    future = sequencer.hand_in(submission(writer.write(1)))
    assert future.result(10).verdict is Verdict.ACCEPTED
    last = sequencer.hand_in(submission(writer.write(1)))
    sequencer.close()
    assert last.result(0).verdict is Verdict.ACCEPTED
    with pytest.raises(StoreUnavailable):
        sequencer.hand_in(submission(writer.records))


def test_a_store_that_failed_is_tried_again_with_the_next_batch(store: Store, writer: Writer) -> None:
    counted = Counted(store)
    sequencer = Sequencer(counted, FixedClock(0), gather_s=0.01)  # type: ignore[arg-type]  # nothing else is used
    records = writer.write(1)
    counted.fails = True
    with pytest.raises(StoreUnavailable):
        sequencer.decisions([sequencer.hand_in(submission(records))])
    counted.fails = False
    assert sequencer.decisions([sequencer.hand_in(submission(records))])[0].verdict is Verdict.ACCEPTED
    sequencer.close()


def test_many_threads_that_send_parts_of_one_chain_store_each_record_once(
    store: Store, writer: Writer, rng: random.Random
) -> None:
    sequencer = Sequencer(store, FixedClock(0), gather_s=0.005)
    records = writer.write(60)

    def send(seed: int) -> None:
        draw = random.Random(seed)
        for _ in range(30):
            first = draw.randrange(60)
            sequencer.decisions([sequencer.hand_in(submission(records[first : first + draw.randrange(1, 20)]))])
        for first in range(0, 60, 10):
            sequencer.decisions([sequencer.hand_in(submission(records[first : first + 10]))])

    threads = [threading.Thread(target=send, args=(rng.random(),)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sequencer.close()
    held = store.records_after(writer.link.chain, 0, 1 << 20)
    assert [record.hash for record in held] == [record.hash for record in records]
    fed = [record.header.seq for each in store.admitted_after(0, 1 << 20) for record in each.records]
    assert fed == list(range(1, 61))


# --- the decision itself, pure ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], tuple[list[Record], list[Record]]]:
    """Gives a chain of 12 records and a branch that leaves it after a number."""
    writer = Writer(FileSigner.create(tmp_path_factory.mktemp("key") / "record.pem"))
    writer.write(12)

    def branched(after: int) -> tuple[list[Record], list[Record]]:
        other = Writer(writer.signer) if after == 0 else writer.branch(after)
        other.write(12 - after, ShiftOpened())
        return writer.records, other.records

    return branched


@settings(max_examples=200)
@given(
    stored=st.integers(0, 12), first=st.integers(1, 12), count=st.integers(1, 12), branch=st.integers(0, 11),
    forged=st.booleans(),
)  # fmt: skip
def test_every_segment_against_every_head_is_decided_by_what_its_records_are(
    chain: Callable[[int], tuple[list[Record], list[Record]]],
    stored: int,
    first: int,
    count: int,
    branch: int,
    forged: bool,
) -> None:
    honest, other = chain(branch)
    segment = (other if forged else honest)[first - 1 : first - 1 + count]
    hashes = {record.header.seq: record.hash for record in honest[:stored]}
    chain_of = chain_id_of(honest)
    head = Link(chain_of, stored, hashes.get(stored, NO_HASH))
    known = {seq: value for seq, value in hashes.items() if first - 1 <= seq <= first - 1 + count}
    decision = decide(segment, TERMINAL, Standing(TERMINAL, revoked=False, head=head), known)
    last = segment[-1].header.seq
    diverges = forged and min(last, stored) > branch and not (first > stored + 1)
    if first > stored + 1:
        assert decision.verdict is Verdict.GAP
    elif diverges:
        assert decision.verdict is Verdict.FORK
        assert decision.forked_seq == max(branch + 1, first - 1)
        assert decision.fresh == ()
    elif last <= stored:
        assert (decision.verdict, decision.head) == (Verdict.REPLAYED, head)
    else:
        assert decision.verdict is Verdict.ACCEPTED
        assert [record.header.seq for record in decision.fresh] == list(range(stored + 1, last + 1))
        assert decision.head == segment[-1].link


def chain_id_of(records: list[Record]) -> bytes:
    return records[0].header.chain


def test_an_unknown_chain_is_refused(tmp_path: Path) -> None:
    writer = Writer(FileSigner.create(tmp_path / "record.pem"))
    assert decide(writer.write(1), TERMINAL, None, {}).refusal is Refusal.CHAIN_UNKNOWN
    assert chain_id(writer.signer.public_key) == writer.link.chain


def test_a_chain_closed_further_on_is_taken_up_to_there_and_can_only_be_closed_earlier(
    store: Store, writer: Writer
) -> None:
    records = writer.write(6)
    assert store.revoke(TERMINAL, 5, closed_at=4)
    decisions = [store.append([submission([each])], 0)[0].verdict for each in records[:3]]
    assert decisions == [Verdict.ACCEPTED] * 3
    assert store.revoke(TERMINAL, 6, closed_at=9)
    assert [store.append([submission([each])], 0)[0].verdict for each in records[3:]] == [
        Verdict.ACCEPTED, Verdict.LATE, Verdict.LATE,
    ]  # fmt: skip
    assert store.revoke(TERMINAL, 7, closed_at=2)
    chain = store.chain(writer.link.chain)
    assert chain is not None
    assert chain.standing.closed_at == 2
