"""The contract of the store when several gateways, or several requests, use it at once. For every implementation."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from sync.gateway.admission import Verdict
from sync.gateway.store import Grant, Store, Submission, TerminalAlreadyNamed
from sync.gateway.store.rows import FORKS_KEPT_MAX
from sync.keys import FileSigner
from sync.model.facts import ShiftOpened
from sync.record import NO_HASH
from tests.gateway.county_site import Writer
from tests.gateway.store_ground import TERMINAL, Ground, enrolled, open_store, submission

ROUNDS = 12
GATEWAYS = 4


@pytest.fixture
def gateways(ground: Ground, store: Store) -> Iterator[list[Store]]:
    """The same data opened several times, as by several gateways."""
    opened = [store, *(open_store(ground.where) for _ in range(GATEWAYS - 1))]
    yield opened
    for each in opened[1:]:
        each.close()


def at_once(*work: Callable[[], object]) -> list[object]:
    """Do all of it at the same moment; the results in order."""
    start = threading.Barrier(len(work))

    def do(each: Callable[[], object]) -> object:
        start.wait(10)
        return each()

    with ThreadPoolExecutor(len(work)) as threads:
        return list(threads.map(do, work))


def verdict_of(store: Store, segment: Submission) -> Verdict:
    return store.append([segment], 0)[0].verdict


def hashes(store: Store, chain: bytes) -> list[bytes]:
    return [record.hash for record in store.records_after(chain, 0, 1 << 24)]


def test_of_two_disks_with_one_key_only_one_writes_on_however_close_they_come(
    gateways: list[Store], writer: Writer
) -> None:
    for _ in range(ROUNDS):
        other = Writer(writer.signer)
        other.records, other.link = list(writer.records), writer.link
        mine, copied = writer.write(3), other.write(3, ShiftOpened())
        decided = at_once(
            partial(verdict_of, gateways[0], submission(mine)), partial(verdict_of, gateways[1], submission(copied))
        )
        assert sorted(map(str, decided)) == [Verdict.ACCEPTED, Verdict.FORK]
        if decided[0] is Verdict.FORK:
            writer.records, writer.link = other.records, other.link
        assert hashes(gateways[2], writer.link.chain) == [record.hash for record in writer.records]
    assert len(gateways[3].forks()) == ROUNDS


def test_one_segment_sent_to_all_gateways_at_once_is_stored_once(gateways: list[Store], writer: Writer) -> None:
    for _ in range(ROUNDS):
        segment = submission(writer.write(4))
        decided = at_once(*[partial(verdict_of, each, segment) for each in gateways])
        assert sorted(map(str, decided)) == [Verdict.ACCEPTED, *[Verdict.REPLAYED] * (GATEWAYS - 1)]
    assert [len(each.records) for each in gateways[0].admitted_after(0, 1 << 24)] == [4] * ROUNDS


def test_who_has_seen_an_admission_has_seen_all_before_it(tmp_path: Path, gateways: list[Store]) -> None:
    """A county reads all the time, through a gateway of its own, while every gateway admits what it gets."""
    writers = [enrolled(each, tmp_path, number) for number, each in enumerate(gateways)]
    done = threading.Event()
    seen: list[int] = []

    def read() -> None:
        while not done.is_set() or len(seen) < GATEWAYS * ROUNDS * 2:
            seen.extend(each.admission for each in gateways[0].admitted_after(seen[-1] if seen else 0, 1 << 20))

    def admit(at: int) -> None:
        writer, name = writers[at]
        for size in range(1, ROUNDS + 1):
            # A long segment commits later than a short one that began after it.
            records = [writer.write(1 if (size + at) % 2 else 40), writer.write(1)]
            gateways[at].append([submission(part, name) for part in records], 0)

    reader = threading.Thread(target=read)
    reader.start()
    at_once(*[partial(admit, at) for at in range(GATEWAYS)])
    done.set()
    reader.join(30)
    assert seen == list(range(1, GATEWAYS * ROUNDS * 2 + 1))


def test_a_code_shown_to_all_gateways_at_once_enrols_one_terminal(tmp_path: Path, gateways: list[Store]) -> None:
    county = FileSigner.create(tmp_path / "county.pem")
    gateways[0].add_grant(Grant("AAAAAA", bytes(32), TERMINAL, "某村", 1 << 50), county.public_key, b"statement")
    boxes = [FileSigner.create(tmp_path / f"box-{number}.pem").public_key for number in range(GATEWAYS)]

    def use(at: int) -> bool:
        return gateways[at].use_grant("AAAAAA", bytes([at]), b"answer %d" % at, boxes[at], b"statement")

    used = at_once(*[partial(use, at) for at in range(GATEWAYS)])
    assert used.count(True) == 1
    winner = used.index(True)
    held, chain = gateways[0].grant("AAAAAA"), gateways[0].terminal_chain(TERMINAL)
    assert held is not None
    assert chain is not None
    assert (held.used_by, held.answer, chain.public_key) == (bytes([winner]), b"answer %d" % winner, boxes[winner])


def test_a_record_key_that_is_enrolled_already_leaves_the_code_unused(
    tmp_path: Path, store: Store, writer: Writer
) -> None:
    county = FileSigner.create(tmp_path / "county-2.pem")
    _, other = enrolled(store, tmp_path, 7)
    name = type(other)(other.county, other.role, "990101000008", "01")
    store.add_grant(Grant("BBBBBB", bytes(32), name, "某村", 1 << 50), county.public_key, b"statement")
    with pytest.raises(TerminalAlreadyNamed):
        store.use_grant("BBBBBB", b"who", b"answer", writer.signer.public_key, b"statement")
    held = store.grant("BBBBBB")
    assert held is not None
    assert held.used_by is None


def test_wrong_secrets_shown_to_all_gateways_at_once_are_all_counted(tmp_path: Path, gateways: list[Store]) -> None:
    county = FileSigner.create(tmp_path / "county.pem")
    gateways[0].add_grant(Grant("AAAAAA", bytes(32), TERMINAL, "某村", 1 << 50), county.public_key, b"statement")
    counted = at_once(*[partial(each.count_wrong_try, "AAAAAA") for each in gateways])
    assert sorted(map(int, map(str, counted))) == list(range(1, GATEWAYS + 1))


def test_a_terminal_revoked_at_one_gateway_is_refused_by_the_next_request_of_another(
    gateways: list[Store], writer: Writer
) -> None:
    assert gateways[0].append([submission(writer.write(1))], 0)[0].verdict is Verdict.ACCEPTED
    assert gateways[1].revoke(TERMINAL, 5)
    assert gateways[2].append([submission(writer.write(1))], 0)[0].verdict is Verdict.LATE


def test_the_tree_grows_for_one_gateway_at_a_time(tmp_path: Path, gateways: list[Store]) -> None:
    for number, each in enumerate(gateways):
        writer, name = enrolled(each, tmp_path, number)
        for size in range(1, 4):
            each.append([submission(writer.write(size), name)], 0)
            at_once(*[partial(at.grow_tree, 1000, restate=True) for at in gateways])
    stated = gateways[0].checkpoints_after(-1, 1000)
    assert len(stated) == GATEWAYS * 3 * GATEWAYS
    assert len({each.at_ms for each in stated}) == len(stated)
    sizes = [each.size for each in stated]
    assert sizes == sorted(sizes)
    assert sizes[-1] == GATEWAYS * 3
    assert [each.checkpoint() for each in gateways] == [stated[-1]] * GATEWAYS


def test_evidence_is_kept_to_a_bound(store: Store, writer: Writer) -> None:
    store.append([submission(writer.write(2))], 0)
    other = writer.branch(1)
    other.write(1, ShiftOpened())
    store.append([submission(other.records, wire=b"%d" % number) for number in range(FORKS_KEPT_MAX + 5)], 0)
    assert len(store.forks()) == FORKS_KEPT_MAX


def test_a_replay_a_gap_and_a_fork_write_the_head_row_too(ground: Ground, store: Store, writer: Writer) -> None:
    """So that what is answered about the chain is committed after what it speaks of."""
    records = writer.write(2)
    store.append([submission(records)], 0)
    other = writer.branch(1)
    other.write(1, ShiftOpened())
    gap = [writer.write(1), writer.write(1)][1]
    ground.count_writes()
    decided = [store.append([submission(late)], 0)[0].verdict for late in (records, gap, other.records)]
    assert decided == [Verdict.REPLAYED, Verdict.GAP, Verdict.FORK]
    assert ground.writes() == 3


@pytest.mark.parametrize("same", [True, False])
def test_a_record_beyond_the_head_is_taken_over_or_shown_as_a_fork(
    ground: Ground, store: Store, writer: Writer, same: bool
) -> None:
    """A store put together from copies of several ages: the record is there, the head row does not know it."""
    store.append([submission(writer.write(1))], 0)
    (record,) = writer.write(1)
    there = record if same else writer.branch(1).write(1, ShiftOpened())[0]
    ground.execute(
        "INSERT INTO records (chain, seq, hash, header, body, signature) VALUES (?, 2, ?, ?, ?, ?)",
        writer.link.chain, there.hash, there.header_bytes, there.body or b"", there.signature or b"",
    )  # fmt: skip
    (decision,) = store.append([submission([record, *writer.write(1)])], 0)
    admitted = [[each.header.seq for each in part.records] for part in store.admitted_after(0, 1 << 20)]
    if same:
        assert (decision.verdict, decision.head, admitted) == (Verdict.ACCEPTED, writer.link, [[1], [2, 3]])
    else:
        assert (decision.verdict, decision.forked_seq, admitted) == (Verdict.FORK, 2, [[1]])
        assert store.forks()[0].stored_hash == there.hash != NO_HASH
