"""What only PostgreSQL can do to the store: waits that are broken off, rollbacks for another's sake, locks, silence."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import psycopg
import pytest

from sync.gateway.admission import Verdict
from sync.gateway.store import StoreUnavailable, Submission, postgres_append
from sync.gateway.store.postgres import PostgresStore
from sync.gateway.store.postgres_session import ATTEMPTS, Cursor, Limits
from sync.keys import FileSigner
from sync.model.facts import ShiftOpened
from tests.gateway.county_site import Writer
from tests.gateway.postgres_cluster import DATABASE, Cluster
from tests.gateway.store_ground import TERMINAL, PostgresGround, enrol, enrolled, submission

UNTIL_S = 20.0
IMPATIENT = Limits(statement_s=0.5, lock_s=0.3, idle_s=0.5, answer_s=2.0)


@pytest.fixture
def ground(cluster: Cluster) -> PostgresGround:
    return PostgresGround(cluster)


@pytest.fixture
def alone(own_cluster: Cluster) -> PostgresGround:
    """In a cluster that the test may configure and stop."""
    return PostgresGround(own_cluster)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as made:
        yield made


def store_with_writer(where: str, keys: Path, limits: Limits | None = None) -> tuple[PostgresStore, Writer]:
    store = PostgresStore(where, limits)
    writer = Writer(FileSigner.create(keys / "record.pem"))
    enrol(store, writer, TERMINAL, FileSigner.create(keys / "county.pem"))
    return store, writer


def until(reached: Callable[[], object]) -> None:
    end = time.monotonic() + UNTIL_S
    while not reached():
        assert time.monotonic() < end, "it does not come to that"
        time.sleep(0.01)


def waiting(ground: PostgresGround, for_what: str) -> list[int]:
    """The store's sessions that wait for something."""
    query = "SELECT pid FROM pg_stat_activity WHERE wait_event = %s AND application_name = 'sunpoint-gateway'"
    rows = ground.cluster.execute(query, for_what)
    return [int(str(pid)) for (pid,) in rows]


# --- a synchronous standby -------------------------------------------------------------------------------------------


class Asker:
    """Asks a store whose server waits for a standby, and cancels the wait as an administrator would."""

    def __init__(self, ground: PostgresGround, threads: ThreadPoolExecutor) -> None:
        self._ground, self._threads = ground, threads

    def broken_off(self, asked: Callable[[], object]) -> None:
        """See that there was no answer."""
        answer = self._threads.submit(asked)
        until(lambda: waiting(self._ground, "SyncRep"))
        for pid in waiting(self._ground, "SyncRep"):
            self._ground.cluster.execute("SELECT pg_cancel_backend(%s)", pid)
        with pytest.raises(StoreUnavailable, match="has not committed for good"):
            answer.result(UNTIL_S)


def test_a_commit_whose_standby_was_not_waited_for_is_acknowledged_by_nobody(
    tmp_path: Path, alone: PostgresGround, threads: ThreadPoolExecutor
) -> None:
    store, writer = store_with_writer(alone.where, tmp_path)
    other_gateway = PostgresStore(alone.where)
    segment = submission(writer.write(3))
    forked = submission(writer.branch(1).write(1, ShiftOpened()))
    alone.cluster.configure(synchronous_standby_names="a_standby_that_is_away")

    asker = Asker(alone, threads)
    asker.broken_off(lambda: store.append([segment], 0))
    # The rows are there for everybody, and may yet be lost with this server.
    assert len(other_gateway.records_after(writer.link.chain, 0, 1 << 20)) == 3
    asker.broken_off(lambda: other_gateway.append([segment], 0))  # the replay
    asker.broken_off(lambda: other_gateway.append([forked], 0))  # the answer has the head, too
    asker.broken_off(lambda: other_gateway.confirmed(writer.link.chain))  # what GET /v1/head signs
    asker.broken_off(lambda: other_gateway.admitted_after(0, 1 << 20))  # what the county counts from
    asker.broken_off(lambda: store.grow_tree(5))
    asker.broken_off(other_gateway.checkpoint)
    asker.broken_off(lambda: other_gateway.checkpoints_after(-1, 10))

    alone.cluster.configure(synchronous_standby_names="")
    assert other_gateway.append([segment], 0)[0].verdict is Verdict.REPLAYED
    assert len(other_gateway.admitted_after(0, 1 << 20)) == 1
    held = other_gateway.confirmed(writer.link.chain)
    assert held is not None
    assert held.standing.head == writer.link
    stated = other_gateway.checkpoint()
    assert stated is not None
    assert (stated.at_ms, stated.size) == (5, 1)
    store.close()
    other_gateway.close()


def test_a_standby_that_stays_away_is_not_waited_for_without_end(tmp_path: Path, alone: PostgresGround) -> None:
    """And nobody sees what the server goes on holding back: it is there when the standby is, for the replay."""
    store, writer = store_with_writer(alone.where, tmp_path, IMPATIENT)
    alone.cluster.configure(synchronous_standby_names="a_standby_that_is_away")
    with pytest.raises(StoreUnavailable, match="has not answered"):
        store.append([submission(writer.write(1))], 0)
    assert store.records_after(writer.link.chain, 0, 1 << 20) == []
    with pytest.raises(StoreUnavailable, match="55P03"):  # its rows are locked
        store.append([submission(writer.records)], 0)
    alone.cluster.configure(synchronous_standby_names="")
    assert store.append([submission(writer.records)], 0)[0].verdict is Verdict.REPLAYED
    store.close()


def test_a_role_that_neither_waits_nor_listens_is_made_to(
    tmp_path: Path, alone: PostgresGround, threads: ThreadPoolExecutor
) -> None:
    alone.execute("ALTER ROLE postgres SET synchronous_commit = off")
    alone.execute("ALTER ROLE postgres SET client_min_messages = error")
    store, writer = store_with_writer(alone.where, tmp_path)
    alone.cluster.configure(synchronous_standby_names="a_standby_that_is_away")
    Asker(alone, threads).broken_off(lambda: store.append([submission(writer.write(1))], 0))
    store.close()


def test_a_server_that_does_not_sync_is_refused(alone: PostgresGround) -> None:
    alone.cluster.kill()
    alone.cluster.start(fsync="off")
    with pytest.raises(StoreUnavailable, match="fsync off"):
        PostgresStore(alone.where)


# --- rollbacks for another's sake ------------------------------------------------------------------------------------


def fail_first(ground: PostgresGround, count: int, state: str) -> None:
    """Let the first `count` inserts of records fail with a SQLSTATE; a sequence is not rolled back."""
    ground.execute("CREATE SEQUENCE tried")
    ground.execute(
        f"CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('tried') <= {count} THEN "
        f"RAISE EXCEPTION 'for another''s sake' USING ERRCODE = '{state}'; END IF; RETURN NULL; END $$"
    )
    ground.execute("CREATE TRIGGER fail BEFORE INSERT ON records FOR EACH STATEMENT EXECUTE FUNCTION fail()")


def times_tried(ground: PostgresGround) -> object:
    return ground.cluster.execute("SELECT last_value FROM tried", at=ground.where)[0][0]


@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_a_transaction_rolled_back_for_another_s_sake_is_tried_again(
    tmp_path: Path, ground: PostgresGround, state: str
) -> None:
    store, writer = store_with_writer(ground.where, tmp_path)
    fail_first(ground, ATTEMPTS - 1, state)
    assert store.append([submission(writer.write(2))], 0)[0].verdict is Verdict.ACCEPTED
    assert [each.admission for each in store.admitted_after(0, 1 << 20)] == [1]
    store.close()


def test_trying_again_ends(tmp_path: Path, ground: PostgresGround) -> None:
    store, writer = store_with_writer(ground.where, tmp_path)
    fail_first(ground, 1000, "40001")
    with pytest.raises(StoreUnavailable, match="40001"):
        store.append([submission(writer.write(2))], 0)
    assert times_tried(ground) == ATTEMPTS
    store.close()


def test_what_the_server_refuses_is_not_tried_again_and_quotes_no_row(tmp_path: Path, ground: PostgresGround) -> None:
    store, writer = store_with_writer(ground.where, tmp_path)
    fail_first(ground, 0, "40001")
    ground.execute("ALTER TABLE records ADD CHECK (octet_length(header) < 10)")
    with pytest.raises(StoreUnavailable) as refused:
        store.append([submission(writer.write(2))], 0)
    assert times_tried(ground) == 1
    assert writer.link.hash.hex()[:8] not in str(refused.value)
    assert "Failing row" not in str(refused.value)
    store.close()


# --- locks -----------------------------------------------------------------------------------------------------------


class Held:
    """An append of another gateway that stands still between its last statement and its commit."""

    def __init__(self, ground: PostgresGround, threads: ThreadPoolExecutor, segment: Submission) -> None:
        self._store = PostgresStore(ground.where)
        self._reached, self._released = threading.Event(), threading.Event()

        def work(cursor: Cursor) -> None:
            postgres_append.append(cursor, [segment], 0)
            self._reached.set()
            self._released.wait(UNTIL_S)

        self._done = threads.submit(partial(self._store.database.commit, work))
        assert self._reached.wait(UNTIL_S)

    def commit(self) -> None:
        self._released.set()
        self._done.result(UNTIL_S)
        self._store.close()


def test_a_gateway_that_has_its_numbers_is_waited_for_by_the_others(
    tmp_path: Path, ground: PostgresGround, threads: ThreadPoolExecutor
) -> None:
    """Else a county could read number 2 before 1 is there, and never ask for 1 again."""
    store, writer = store_with_writer(ground.where, tmp_path)
    slow, name = enrolled(store, tmp_path, 5)
    held = Held(ground, threads, submission(slow.write(1), name))
    second = threads.submit(partial(store.append, [submission(writer.write(1))], 0))
    until(lambda: waiting(ground, "transactionid") or waiting(ground, "tuple"))
    assert store.admitted_after(0, 1 << 20) == []
    assert not second.done()
    held.commit()
    second.result(UNTIL_S)
    fed = store.admitted_after(0, 1 << 20)
    assert [(each.admission, each.records[0].header.chain) for each in fed] == [
        (1, slow.link.chain), (2, writer.link.chain),
    ]  # fmt: skip
    store.close()


@pytest.mark.parametrize("late", ["a replay", "a revocation"])
def test_what_comes_while_another_gateway_appends_is_decided_after_it(
    tmp_path: Path, ground: PostgresGround, threads: ThreadPoolExecutor, late: str
) -> None:
    """A replay must not put back the head that the other gateway is just moving on."""
    store, writer = store_with_writer(ground.where, tmp_path)
    old = writer.write(1)
    store.append([submission(old)], 0)
    held = Held(ground, threads, submission(writer.write(3)))
    asked: Callable[[], object] = (
        partial(store.append, [submission(old)], 0) if late == "a replay" else partial(store.revoke, TERMINAL, 7)
    )
    second = threads.submit(asked)
    until(lambda: waiting(ground, "transactionid"))
    held.commit()
    second.result(UNTIL_S)
    chain = store.chain(writer.link.chain)
    assert chain is not None
    assert (chain.standing.head, chain.standing.revoked) == (writer.link, late == "a revocation")
    store.close()


def test_a_gateway_that_stands_still_within_a_transaction_does_not_hold_up_the_others_for_good(
    tmp_path: Path, ground: PostgresGround, threads: ThreadPoolExecutor
) -> None:
    store, writer = store_with_writer(ground.where, tmp_path)
    standing_still = PostgresStore(ground.where, IMPATIENT)
    held, released = threading.Event(), threading.Event()

    def hold(cursor: Cursor) -> None:
        cursor.execute("SELECT 1 FROM turns FOR UPDATE")
        held.set()
        released.wait(UNTIL_S)

    stopped = threads.submit(partial(standing_still.database.commit, hold))
    assert held.wait(UNTIL_S)
    assert store.append([submission(writer.write(1))], 0)[0].verdict is Verdict.ACCEPTED
    released.set()
    with pytest.raises(StoreUnavailable, match="25P03"):
        stopped.result(UNTIL_S)
    standing_still.close()
    store.close()


def test_who_waits_too_long_for_another_says_so(tmp_path: Path, ground: PostgresGround) -> None:
    store, writer = store_with_writer(ground.where, tmp_path, IMPATIENT)
    with psycopg.connect(ground.where) as other:
        other.execute("SELECT 1 FROM turns FOR UPDATE")
        with pytest.raises(StoreUnavailable, match="55P03"):
            store.append([submission(writer.write(1))], 0)
    assert store.append([submission(writer.records)], 0)[0].verdict is Verdict.ACCEPTED
    store.close()


@pytest.mark.parametrize("same", [True, False])
def test_somebody_who_writes_records_without_the_lock_does_not_slip_another_one_in(
    tmp_path: Path, ground: PostgresGround, threads: ThreadPoolExecutor, same: bool
) -> None:
    """ON CONFLICT DO NOTHING says nothing of what stands there."""
    store, writer = store_with_writer(ground.where, tmp_path)
    store.append([submission(writer.write(1))], 0)
    there = writer.branch(1).write(1, ShiftOpened())[0]
    (record,) = writer.write(1)
    there = record if same else there
    with psycopg.connect(ground.where) as other:
        other.execute(
            "INSERT INTO records (chain, seq, hash, header, body, signature) VALUES (%s, 2, %s, %s, %s, %s)",
            (writer.link.chain, there.hash, there.header_bytes, there.body, there.signature),
        )
        decided = threads.submit(partial(store.append, [submission([record])], 0))
        until(lambda: waiting(ground, "transactionid"))
        other.commit()
        (decision,) = decided.result(UNTIL_S)
    assert decision.verdict is (Verdict.ACCEPTED if same else Verdict.FORK)
    assert len(store.admitted_after(0, 1 << 20)) == (2 if same else 1)
    store.close()


# --- silence ---------------------------------------------------------------------------------------------------------


def test_a_database_that_says_nothing_any_more_is_given_up(tmp_path: Path, alone: PostgresGround) -> None:
    store, writer = store_with_writer(alone.where, tmp_path, IMPATIENT)
    (session,) = alone.sessions()
    os.kill(session, signal.SIGSTOP)
    try:
        with pytest.raises(StoreUnavailable, match="has not answered"):
            store.append([submission(writer.write(1))], 0)
    finally:
        os.kill(session, signal.SIGCONT)
    assert store.append([submission(writer.records)], 0)[0].head == writer.link
    store.close()


def test_of_several_hosts_the_one_that_takes_writes_is_found(tmp_path: Path, alone: PostgresGround) -> None:
    alone.cluster.execute(f"ALTER DATABASE {DATABASE} SET default_transaction_read_only = on")
    with pytest.raises(StoreUnavailable, match="read-only"):
        PostgresStore(alone.where)
    alone.cluster.execute(f"ALTER DATABASE {DATABASE} RESET default_transaction_read_only")
    away, here = str(tmp_path), str(alone.cluster.home)
    store, writer = store_with_writer(alone.where.replace(here, f"{away},{here}"), tmp_path)
    assert store.append([submission(writer.write(1))], 0)[0].verdict is Verdict.ACCEPTED
    store.close()
