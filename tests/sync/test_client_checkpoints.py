"""The county's log as a terminal sees it: it goes on, or it is said that it does not; records go up all the same."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from sync.gateway import config as files
from sync.gateway.store.sqlite import SqliteStore
from sync.journal import Journal
from sync.keys import FileSigner
from sync.protocol.checkpoint import (
    Checkpoint,
    CheckpointForked,
    Leaf,
    ProvenLeaf,
    chain_leaf_hash,
    encode_checkpoint_answer,
    signed_checkpoint,
    verify_checkpoint,
)
from sync.record import WALL_MS_MAX, Link
from sync.terminal import TerminalConfig
from sync.transport.line_state import LineFault, LogFork
from sync.transport.transport import Transport
from sync.tree import grown, inclusion_spans, proof, root
from tests.sync.hostile import answering
from tests.sync.test_client import county_pushes
from tests.sync.test_client_line import hostile
from tests.sync.village import TAKEN_IN, Village, eventually, program, sync, write


@pytest.fixture
def journal(village: Village) -> Iterator[Journal]:
    opened = village.journal()
    yield opened
    opened.close()


def held(village: Village) -> Checkpoint:
    checkpoint = village.transport().checkpoint()
    assert checkpoint is not None
    return checkpoint


def evidence(village: Village) -> list[LogFork]:
    transport = Transport.open_or_create(village.terminal / "transport.db")
    try:
        return transport.log_forks()
    finally:
        transport.close()


def kept_answer(village: Village) -> bytes:
    """The answer that the newest checkpoint came in."""
    with sqlite3.connect(village.terminal / "transport.db") as db:
        answer: bytes = db.execute("SELECT answer FROM checkpoint").fetchone()[0]
    return answer


def acknowledged(village: Village, journal: Journal) -> bool:
    acknowledgement = village.transport().acknowledgement(journal.chain)
    return acknowledgement is not None and acknowledgement.link == journal.head()


def grow(village: Village, journal: Journal, size: int) -> Checkpoint:
    """Write and sync until the county's log has so many leaves; it grows once a second."""

    def large_enough() -> bool:
        write(journal, TAKEN_IN)
        sync(village)
        return held(village).size >= size

    eventually(30, large_enough)
    return held(village)


def backed_up(village: Village) -> Path:
    copy = village.home / "backup"
    shutil.copytree(village.gateway, copy)
    return copy


def put_back(village: Village, backup: Path) -> None:
    for file in village.gateway.glob(files.STORE_FILE + "*"):
        file.unlink()
    for file in backup.glob(files.STORE_FILE + "*"):
        shutil.copy(file, village.gateway)


def test_a_terminal_keeps_the_newest_checkpoint_and_it_goes_on_from_the_one_before(
    village: Village, journal: Journal
) -> None:
    with village.running_gateway() as url:
        village.configure(url)
        write(journal, TAKEN_IN, TAKEN_IN)
        sync(village)
        first = held(village)
        assert first.size == 1
        said = verify_checkpoint(kept_answer(village), village.trust, journal.chain, None)
        assert (said.checkpoint, said.head) == (first, journal.head())
        second = grow(village, journal, 3)
    assert second.at_ms > first.at_ms
    assert evidence(village) == []
    store = SqliteStore(village.gateway / files.STORE_FILE)
    assert [each for each in store.checkpoints_after(-1, 99) if each.hash in (first.hash, second.hash)] == [
        first, second,
    ]  # fmt: skip
    store.close()


def test_where_the_kiosk_has_not_run_there_is_nothing_to_ask(village: Village) -> None:
    with village.running_gateway() as url:
        village.configure(url)
        sync(village)
    assert village.transport().checkpoint() is None


def test_a_shorter_log_is_said_to_be_shorter_and_records_go_up_all_the_same(village: Village, journal: Journal) -> None:
    backup = backed_up(village)
    with village.running_gateway() as url:
        village.configure(url)
        before = grow(village, journal, 3)
    put_back(village, backup)
    with village.running_gateway() as url:
        village.configure(url)
        write(journal, TAKEN_IN)
        county_pushes(village, url, village.county_records(2))
        ran = village.sync_once()
    assert ran.returncode == 1
    assert "it had 3" in ran.stderr
    assert len(village.transport().records(0, 10)) == 2, "the county's answers waited for somebody to look at the log"
    state = village.transport().line()
    assert state.fault is LineFault.LOG_WENT_BACK
    assert "put back from a backup" in state.sentence
    assert acknowledged(village, journal)
    assert held(village) == before
    (kept,) = evidence(village)
    assert (kept.fault, kept.held) == (LineFault.LOG_WENT_BACK, kept_answer(village))
    assert signed_checkpoint(kept.answer, village.trust).size < before.size


def test_a_log_that_was_rewritten_is_a_fork_with_both_signatures_as_evidence(
    village: Village, journal: Journal
) -> None:
    backup = backed_up(village)
    with village.running_gateway() as url:
        village.configure(url)
        before = grow(village, journal, 2)
    put_back(village, backup)
    with village.running_gateway() as url:
        village.configure(url)

        def as_long_again() -> bool:
            write(journal, TAKEN_IN)
            village.sync_once()
            assert acknowledged(village, journal)
            return village.transport().line().fault is LineFault.LOG_FORKED

        eventually(30, as_long_again)
    assert held(village) == before
    forked = [kept for kept in evidence(village) if kept.fault is LineFault.LOG_FORKED]
    ours, theirs = (signed_checkpoint(answer, village.trust) for answer in (forked[0].held, forked[0].answer))
    assert ours == before
    assert theirs.size >= ours.size
    with pytest.raises(CheckpointForked):
        verify_checkpoint(forked[0].answer, village.trust, journal.chain, ours)


def test_records_do_not_wait_while_somebody_has_to_look_at_the_log(village: Village, journal: Journal) -> None:
    backup = backed_up(village)
    port = village.fix_port()
    with village.running_gateway(port):
        grow(village, journal, 2)
    put_back(village, backup)
    config = replace(TerminalConfig.load(village.terminal), poll_s=30, retry_delay_s_max=60)
    config.save(village.terminal)
    with village.running_gateway(port), program("sync.client", "--data", str(village.terminal)):
        eventually(20, lambda: village.transport().line().fault in (LineFault.LOG_FORKED, LineFault.LOG_WENT_BACK))
        state = village.transport().line()
        assert state.next_try_ms is not None
        assert state.last_try_ms is not None
        assert state.next_try_ms - state.last_try_ms >= 30_000, "a log that is another makes no haste"
        for _ in range(3):
            write(journal, TAKEN_IN)
            eventually(20, lambda: acknowledged(village, journal))


def test_the_same_evidence_is_kept_once_and_the_oldest_stays(village: Village) -> None:
    transport = Transport.open_or_create(village.terminal / "transport.db")
    for number in (*range(9), *range(9), *range(100)):
        transport.keep_log_fork(LogFork(number, LineFault.LOG_FORKED, "forked", b"answer %d" % number))
    transport.close()
    kept = evidence(village)
    assert [each.seen_ms for each in kept] == list(range(64))


# --- answers that somebody else makes --------------------------------------------------------------------------------


@pytest.fixture
def synced(village: Village, journal: Journal) -> Village:
    """A terminal that holds a checkpoint, and of which the county holds everything."""
    with village.running_gateway() as url:
        village.configure(url)
        write(journal, TAKEN_IN, TAKEN_IN)
        sync(village)
    return village


def after_an_answer(village: Village, answer: bytes) -> LineFault | None:
    """What the line is said to be after a gateway has given this answer for a checkpoint, and for all else."""
    before = held(village)
    with hostile(village, answering("200 OK", answer)) as server:
        village.sync_once()
    assert server.requests[0] == f"GET /v1/checkpoint?from={before.size}&epoch={before.epoch} HTTP/1.1"
    assert held(village) == before
    return village.transport().line().fault


def of_a_tree(village: Village, signer: FileSigner, heads: list[Link]) -> bytes:
    """An answer over a tree of these heads, later than any other; it proves the last of them."""
    nodes = grown(0, [chain_leaf_hash(head) for head in heads], {})
    size = len(heads)
    statement = (village.gateway / files.ACKNOWLEDGEMENT_STATEMENT).read_bytes()
    leaf = ProvenLeaf(Leaf(size - 1, heads[-1]), proof(inclusion_spans(size - 1, size), nodes))
    signed = Checkpoint(size, root(size, nodes), WALL_MS_MAX).sign(signer)
    return encode_checkpoint_answer(statement, signed, leaf, ())


def test_the_answer_that_is_held_may_come_again(synced: Village) -> None:
    with hostile(synced, answering("200 OK", kept_answer(synced))):
        synced.sync_once()
    # The inbox is garbled then, since everything is answered alike; the checkpoint was not refused.
    assert synced.transport().line().fault is LineFault.GARBLED
    assert evidence(synced) == []


def test_an_earlier_answer_that_comes_again_is_refused(synced: Village, journal: Journal) -> None:
    older = kept_answer(synced)
    with synced.running_gateway() as url:
        synced.configure(url)
        grow(synced, journal, 2)
    assert after_an_answer(synced, older) is LineFault.LOG_WENT_BACK


@pytest.mark.parametrize(("seq", "fault"), [(2, LineFault.FORKED), (9, LineFault.COUNTY_AHEAD)])
def test_a_log_with_a_record_of_ours_that_we_did_not_write_is_not_taken(
    synced: Village, journal: Journal, seq: int, fault: LineFault
) -> None:
    with sqlite3.connect(synced.terminal / "transport.db") as db:
        db.execute("DELETE FROM checkpoint")
    answer = of_a_tree(synced, synced.keys.gateway, [Link(journal.chain, seq, bytes(32))])
    with hostile(synced, answering("200 OK", answer)):
        synced.sync_once()
    assert synced.transport().line().fault is fault
    assert synced.transport().checkpoint() is None


def test_what_is_not_the_countys_is_not_taken(synced: Village, journal: Journal) -> None:
    ours = [journal.head()]
    assert after_an_answer(synced, of_a_tree(synced, synced.keys.county, ours)) is LineFault.NOT_SIGNED
    for garbage in (b"", bytes(9000), kept_answer(synced)[:-1], kept_answer(synced) + b"\x00"):
        assert after_an_answer(synced, garbage) is LineFault.GARBLED
    assert evidence(synced) == []


def test_a_head_that_is_not_in_its_tree_is_evidence(synced: Village, journal: Journal) -> None:
    honest = of_a_tree(synced, synced.keys.gateway, [journal.head()])
    lying = honest.replace(journal.head().hash, bytes(32))
    assert lying != honest
    assert after_an_answer(synced, lying) is LineFault.LOG_FORKED
    (kept,) = evidence(synced)
    assert kept.answer == lying
