"""What a killed process, a killed database and a database that is away leave of the store: what was answered."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from provisioning.stage import ENDS_WITH_PARENT
from sync.gateway.admission import Verdict
from sync.gateway.store import Store, StoreUnavailable
from sync.gateway.store.postgres import PostgresStore
from sync.keys import FileSigner
from sync.record import Record, chain_id
from tests.gateway.county_site import Writer
from tests.gateway.postgres_cluster import Cluster
from tests.gateway.store_ground import TERMINAL, Ground, enrol, open_store, submission
from tests.gateway.store_writer import RECORDS

KILLS = 4


def test_what_a_killed_gateway_was_answered_is_there_and_the_next_one_goes_on(
    tmp_path: Path, ground: Ground, store: Store, writer: Writer, rng: random.Random
) -> None:
    command = [*ENDS_WITH_PARENT, sys.executable, "-m", "tests.gateway.store_writer", ground.where]
    for _ in range(KILLS):
        answered = 0
        process = subprocess.Popen([*command, str(tmp_path / "record.pem")], stdout=subprocess.PIPE)
        assert process.stdout is not None
        for _ in range(rng.randrange(1, 30)):
            answered = int(process.stdout.readline())
        process.kill()
        answered = max([answered, *map(int, process.stdout.read().split())])
        process.wait(10)
        with_store_as_found(store, writer.signer, answered)


def with_store_as_found(store: Store, signer: FileSigner, answered: int) -> None:
    """All that was answered is stored, in one chain, admitted once and in order; a replay of it is one."""
    chain = chain_id(signer.public_key)
    records = store.records_after(chain, 0, 1 << 26)
    assert len(records) >= answered
    assert len(records) % RECORDS == 0
    for before, record in pairwise(records):
        assert record.header.previous == before.hash
    confirmed = store.confirmed(chain)
    assert confirmed is not None
    assert confirmed.standing.head == records[-1].link
    fed = [record.hash for each in store.admitted_after(0, 1 << 26) for record in each.records]
    assert fed == [record.hash for record in records]
    assert store.append([submission(records[-RECORDS:])], 0)[0].verdict is Verdict.REPLAYED


@pytest.fixture
def own_store(own_cluster: Cluster) -> Iterator[PostgresStore]:
    made = PostgresStore(own_cluster.new_place())
    yield made
    made.close()


@pytest.fixture
def own_writer(tmp_path: Path, own_store: Store) -> Writer:
    made = Writer(FileSigner.create(tmp_path / "record.pem"))
    enrol(own_store, made, TERMINAL, FileSigner.create(tmp_path / "county.pem"))
    return made


def test_a_killed_database_loses_nothing_answered_and_is_used_again_when_it_is_back(
    own_cluster: Cluster, own_store: Store, own_writer: Writer, rng: random.Random
) -> None:
    answered: list[int] = []
    unanswered: list[list[Record]] = []
    enough = threading.Event()

    def write() -> None:
        wanted = len(answered) + rng.randrange(5, 25)
        while True:
            segment = own_writer.write(RECORDS)
            try:
                (decision,) = own_store.append([submission(segment)], 0)
            except StoreUnavailable:
                unanswered.append(segment)
                return
            assert decision.verdict is Verdict.ACCEPTED
            answered.append(segment[-1].header.seq)
            if len(answered) >= wanted:
                enough.set()

    for _ in range(KILLS):
        enough.clear()
        thread = threading.Thread(target=write)
        thread.start()
        assert enough.wait(30)
        own_cluster.kill()
        thread.join(30)
        with pytest.raises(StoreUnavailable):
            own_store.chains()
        own_cluster.start()
        # The line may have died before the commit or after it; sending again is right in both cases.
        (decision,) = own_store.append([submission(unanswered[-1])], 0)
        assert decision.verdict in {Verdict.ACCEPTED, Verdict.REPLAYED}
        answered.append(unanswered[-1][-1].header.seq)
        with_store_as_found(own_store, own_writer.signer, answered[-1])
    assert len(unanswered) == KILLS


def test_a_database_that_is_not_there_is_named_without_a_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(StoreUnavailable) as refused:
        PostgresStore(f"postgresql://gateway:geheim@/sunpoint?host={tmp_path}")
    assert "sunpoint" in str(refused.value)
    assert str(tmp_path) in str(refused.value)
    with pytest.raises(StoreUnavailable) as misread:
        PostgresStore("postgresql://gateway:geheim@[::1/sunpoint")
    told = f"{refused.value} {misread.value} {caplog.text}"
    assert "geheim" not in told


def test_a_restarted_database_is_reached_again_by_the_next_request(
    own_cluster: Cluster, own_store: Store, own_writer: Writer
) -> None:
    own_store.append([submission(own_writer.write(1))], 0)
    own_cluster.kill()
    own_cluster.start()
    # Every connection that was open is dead now, and nobody is bothered with that.
    assert own_store.append([submission(own_writer.write(1))], 0)[0].verdict is Verdict.ACCEPTED


def test_two_stores_that_are_opened_at_once_make_the_tables_once(cluster: Cluster) -> None:
    where = cluster.new_place()
    opened: list[Store] = []
    threads = [threading.Thread(target=lambda: opened.append(open_store(where))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [store.chains() for store in opened] == [[]] * 6
    for store in opened:
        store.close()
