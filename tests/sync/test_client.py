"""The real client against the real gateway, over TLS on the loopback."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from msgspec.structs import replace

from sync.gateway import config as files
from sync.gateway.store.sqlite import SqliteStore
from sync.journal import Journal
from sync.keys import FileSigner
from sync.model.facts import ActorClass, Kind
from sync.peer_name import PeerName, PeerRole
from sync.protocol.frame import encode_frame
from sync.protocol.segment import cut
from sync.record import Link, Record
from sync.transport.line_state import LineFault
from sync.transport.transport import Transport
from tests.sync.hostile import BreakingLine
from tests.sync.village import COUNTY, INVITED, SOURCES, TAKEN_IN, Village, eventually, program, sync, write


@pytest.fixture
def gateway(village: Village) -> Iterator[str]:
    with village.running_gateway() as url:
        village.configure(url)
        yield url


@pytest.fixture
def journal(village: Village) -> Iterator[Journal]:
    opened = village.journal()
    yield opened
    opened.close()


def stored(village: Village, chain: bytes) -> list[Record]:
    """What the gateway holds of a chain."""
    store = SqliteStore(village.gateway / files.STORE_FILE)
    try:
        return store.records_after(chain, 0, 1 << 30)
    finally:
        store.close()


def county_pushes(village: Village, url: str, records: list[Record]) -> None:
    """The county sends records of its chain for this point to the gateway."""
    key = village.home / "county-tls.pem"
    if not key.exists():
        signer = FileSigner.create(key)
        name = PeerName(COUNTY, PeerRole.COUNTY)
        (village.home / "county-tls-chain.pem").write_bytes(village.certificate(signer.public_key, name))
    answer = requests.post(
        f"{url}/v1/segments",
        data=iter([encode_frame(segment.encode()) for segment in cut(records)]),
        cert=(str(village.home / "county-tls-chain.pem"), str(key)),
        verify=str(village.terminal / "keys" / "root-certificate.pem"),
        timeout=10,
    )
    assert answer.status_code == 200, answer.text


def acknowledged(village: Village, chain: bytes) -> Link:
    """How far the county has acknowledged a chain, by what the terminal keeps."""
    acknowledgement = village.transport().acknowledgement(chain)
    return acknowledgement.link if acknowledgement else Link.start(chain)


def hashes(records: list[Record]) -> list[bytes]:
    return [each.hash for each in records]


def test_records_reach_the_gateway_and_its_word_comes_back(village: Village, gateway: str, journal: Journal) -> None:
    written = write(journal, TAKEN_IN, INVITED, TAKEN_IN)
    ran = village.sync_once()
    assert (ran.returncode, "Traceback" in ran.stderr) == (0, False)
    told, *rest = stored(village, journal.chain)
    assert told.header.kind == Kind.CONTENT_KEY_SEALED
    assert [(each.header_bytes, each.body) for each in rest] == [(each.header_bytes, each.body) for each in written]
    assert acknowledged(village, journal.chain) == journal.head()
    line = village.transport().line()
    assert line.up
    assert line.fault is None
    assert line.last_success_ms == line.last_try_ms


def test_what_was_sent_is_not_sent_again(village: Village, gateway: str, journal: Journal) -> None:
    for _ in range(3):
        write(journal, INVITED)
        sync(village)
    store = SqliteStore(village.gateway / files.STORE_FILE)
    admitted = store.admitted_after(0, 1 << 30)
    store.close()
    assert [len(each.records) for each in admitted] == [1, 1, 1]


def test_a_lost_acknowledgement_is_asked_for_and_nothing_is_stored_twice(
    village: Village, gateway: str, journal: Journal
) -> None:
    write(journal, *[TAKEN_IN] * 5)
    sync(village)
    for file in village.terminal.glob("transport.db*"):
        file.unlink()
    write(journal, TAKEN_IN)
    sync(village)
    assert hashes(stored(village, journal.chain)) == hashes(journal.read(0, 100))
    assert acknowledged(village, journal.chain) == journal.head()


def test_a_county_put_back_from_a_backup_gets_everything_again_and_is_told_that_its_log_is_another(
    village: Village, journal: Journal
) -> None:
    backup = (village.gateway / files.STORE_FILE).read_bytes()
    with village.running_gateway() as url:
        village.configure(url)
        write(journal, *[TAKEN_IN] * 5)
        sync(village)
    for file in village.gateway.glob(files.STORE_FILE + "*"):
        file.unlink()
    (village.gateway / files.STORE_FILE).write_bytes(backup)
    with village.running_gateway() as url:
        village.configure(url)
        write(journal, TAKEN_IN)
        ran = village.sync_once()
    assert ran.returncode == 1
    assert village.transport().line().fault is LineFault.LOG_FORKED
    assert hashes(stored(village, journal.chain)) == hashes(journal.read(0, 100))
    assert acknowledged(village, journal.chain) == journal.head()


@pytest.mark.parametrize("written_after", [1, 3])
def test_a_disk_copied_and_used_twice_is_a_fork_that_stops_the_second(
    village: Village, gateway: str, journal: Journal, written_after: int
) -> None:
    write(journal, TAKEN_IN)
    journal.close()
    copy = (village.terminal / "journal.db").read_bytes()
    journal = village.journal()
    write(journal, replace(INVITED, visit=2))
    of_the_first = hashes(journal.read(0, 100))
    journal.close()
    sync(village)
    (village.terminal / "journal.db").write_bytes(copy)
    journal = village.journal()
    write(journal, *[INVITED] * written_after)
    journal.close()
    ran = village.sync_once()
    assert ran.returncode == 1
    assert village.transport().line().fault is LineFault.FORKED
    assert hashes(stored(village, journal.chain)) == of_the_first


def test_the_countys_records_come_down_and_are_the_same(village: Village, gateway: str, journal: Journal) -> None:
    written = village.county_records(70)
    county_pushes(village, gateway, written[:30])
    sync(village)
    county_pushes(village, gateway, written[30:])
    sync(village)
    inbox = village.transport().records(0, 1000)
    assert [place for place, _ in inbox] == list(range(1, 71))
    assert [(each.header_bytes, each.body) for _, each in inbox] == [(each.header_bytes, each.body) for each in written]
    assert [place for place, _ in village.transport().records(68, 10)] == [69, 70]


def test_another_countys_inbox_is_not_taken(village: Village, gateway: str, tmp_path: Path) -> None:
    county_pushes(village, gateway, village.county_records(3))
    transport = Transport.open_or_create(village.terminal / "transport.db")
    stranger = Village(tmp_path / "stranger")
    transport.keep_records(stranger.county_records(1))
    transport.close()
    assert village.sync_once().returncode == 1
    assert village.transport().line().fault is LineFault.OUT_OF_ORDER
    assert len(village.transport().records(0, 10)) == 1


def test_proxies_and_certificate_bundles_of_the_environment_are_ignored(
    village: Village, gateway: str, journal: Journal
) -> None:
    write(journal, TAKEN_IN)
    nowhere = "http://127.0.0.1:9"
    ran = village.sync_once(
        HTTPS_PROXY=nowhere, https_proxy=nowhere, ALL_PROXY=nowhere,
        REQUESTS_CA_BUNDLE="/nonexistent", CURL_CA_BUNDLE="/nonexistent",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr


def test_a_terminal_that_has_written_nothing_yet_has_a_good_line(village: Village, gateway: str) -> None:
    sync(village)
    assert village.transport().line().up
    assert not (village.terminal / "journal.db").exists()


def test_a_damaged_journal_is_named_and_the_inbox_comes_all_the_same(village: Village, gateway: str) -> None:
    journal = village.journal()
    write(journal, TAKEN_IN, TAKEN_IN)
    journal.connection.execute("UPDATE records SET body = x'00' WHERE seq = 1")
    journal.close()
    county_pushes(village, gateway, village.county_records(2))
    assert village.sync_once().returncode == 1
    line = village.transport().line()
    assert line.fault is LineFault.JOURNAL_UNREADABLE
    assert "record 1" in line.sentence
    assert len(village.transport().records(0, 10)) == 2


def test_the_running_client_outlives_the_gateway(village: Village, journal: Journal) -> None:
    """The gateway is not there yet, comes, goes and comes back; the client is started once."""
    port = village.fix_port()
    reader = village.transport()
    with program("sync.client", "--data", str(village.terminal)) as client:
        for seq in (1, 2):
            write(journal, INVITED)
            eventually(20, lambda: reader.line().fault is LineFault.NO_LINE)
            assert reader.line().overdue(0) is False
            assert acknowledged(village, journal.chain).seq == seq - 1
            with village.running_gateway(port):
                eventually(20, lambda: acknowledged(village, journal.chain).seq == seq)  # noqa: B023 - called here
                eventually(20, lambda: reader.line().up)
        client.terminate()
        assert client.wait(10) == 0
    reader.close()


def test_the_running_client_sends_what_is_written_without_being_told(
    village: Village, gateway: str, journal: Journal
) -> None:
    with program("sync.client", "--data", str(village.terminal)):
        for seq in (1, 2, 3):
            write(journal, INVITED)
            eventually(20, lambda: acknowledged(village, journal.chain).seq == seq)  # noqa: B023 - called here


def test_kill_9_of_the_client_again_and_again_loses_nothing_and_doubles_nothing(
    village: Village, gateway: str, journal: Journal, rng: random.Random
) -> None:
    with journal.transaction() as writing:
        for _ in range(1_500):
            writing.append(TAKEN_IN, actor="A01", actor_class=ActorClass.AGENT)
    for _ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-m", "sync.client", "--data", str(village.terminal), "--once"],
            cwd=SOURCES, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(rng.uniform(0.15, 0.45))
        process.send_signal(signal.SIGKILL)
        process.wait()
        seq = acknowledged(village, journal.chain).seq
        assert len(stored(village, journal.chain)) >= seq, "more was acknowledged than is stored"
    sync(village)
    assert hashes(stored(village, journal.chain)) == hashes(journal.read(0, 2_000))
    assert acknowledged(village, journal.chain) == journal.head()


def test_a_line_that_is_cut_after_every_few_kilobytes_gets_everything_across(
    village: Village, gateway: str, journal: Journal
) -> None:
    with journal.transaction() as writing:
        for _ in range(300):
            writing.append(TAKEN_IN, actor="A01", actor_class=ActorClass.AGENT)
    with BreakingLine(int(gateway.rsplit(":", 1)[1]), up_bytes_max=8_000) as line:
        # Were the pauses to double with every break, they would soon be longer than this waits.
        village.configure(line.url, retry_delay_s_max=600)
        with program("sync.client", "--data", str(village.terminal)):
            eventually(60, lambda: acknowledged(village, journal.chain) == journal.head())
        assert line.cuts > 5
    assert hashes(stored(village, journal.chain)) == hashes(journal.read(0, 400))


def test_one_client_a_terminal(village: Village) -> None:
    with program("sync.client", "--data", str(village.terminal)):
        eventually(20, lambda: village.transport().line().last_try_ms)
        second = village.sync_once()
    assert second.returncode == 1
    assert "runs already" in second.stderr


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("terminal.json", "terminal.json cannot be read"),
        ("keys/root-certificate.pem", "does not start"),
        ("keys/tls-key.pem", "does not start"),
    ],
)
def test_a_terminal_that_is_not_enrolled_is_told_so_in_a_sentence(village: Village, missing: str, said: str) -> None:
    (village.terminal / missing).unlink()
    ran = village.sync_once()
    assert ran.returncode == 1
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr
