"""The disk is full, or may not be written, or the power goes: nothing half-written, nothing reported is lost."""

import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sync.clock import FixedClock
from sync.journal import (
    Journal,
    JournalDamaged,
    JournalIsBusy,
    JournalIsFull,
    JournalIsReadOnly,
    JournalReader,
)
from sync.keys import FileSigner
from sync.model.facts import ActorClass, Kind
from tests.seals import READERS
from tests.sync.village import SOURCES, TAKEN_IN, write

APPENDING = """
import sys
from pathlib import Path
from sync.clock import SystemClock
from sync.journal import Journal
from sync.keys import FileSigner
from sync.model.facts import ActorClass
from tests.seals import READERS
from tests.sync.village import TAKEN_IN

home = Path(sys.argv[1])
journal = Journal.open_or_create(home / "journal.db", FileSigner.load(home / "key.pem"), READERS, SystemClock())
journal.connection.execute("CREATE TABLE IF NOT EXISTS projection (seq INTEGER)")
while True:
    with journal.transaction() as writing:
        record = writing.append(TAKEN_IN, actor="A01", actor_class=ActorClass.AGENT)
        writing.connection.execute("INSERT INTO projection VALUES (?)", (record.header.seq,))
    print(record.header.seq, flush=True)
"""


@pytest.fixture
def signer(tmp_path: Path) -> FileSigner:
    return FileSigner.create(tmp_path / "key.pem")


@pytest.fixture
def journal(tmp_path: Path, signer: FileSigner) -> Journal:
    return Journal.open_or_create(tmp_path / "journal.db", signer, READERS, FixedClock(1_795_415_520_000))


def fill(journal: Journal) -> None:
    """Write until no more is taken."""
    while True:
        write(journal, TAKEN_IN)


def write_at_once(journal: Journal, count: int) -> None:
    with journal.transaction() as writing:
        writing.connection.execute("INSERT INTO drafts VALUES ('half an application')")
        for _ in range(count):
            writing.append(TAKEN_IN, actor="A01", actor_class=ActorClass.AGENT)


def test_a_full_disk_is_named_and_the_journal_goes_on_when_there_is_room(journal: Journal, signer: FileSigner) -> None:
    write(journal, TAKEN_IN)
    pages = journal.connection.execute("PRAGMA page_count").fetchone()[0]
    journal.connection.execute(f"PRAGMA max_page_count = {pages + 3}")
    with pytest.raises(JournalIsFull):
        fill(journal)
    assert not journal.connection.in_transaction
    head = journal.head()
    with pytest.raises(JournalIsFull):
        write(journal, TAKEN_IN)
    assert journal.head() == head
    journal.connection.execute("PRAGMA max_page_count = 100000")
    (record,) = write(journal, TAKEN_IN)
    told, last = journal.read(head.seq, 10)
    assert told.header.previous == head.hash
    assert told.header.kind == Kind.CONTENT_KEY_SEALED, "after a failure the old key sealed on"
    assert last == record
    assert journal.audit(signer.public_key).flaws == ()
    journal.close()


def test_a_full_disk_in_the_middle_of_a_transaction_takes_everything_back(journal: Journal) -> None:
    with journal.transaction() as writing:
        writing.connection.execute("CREATE TABLE drafts (text TEXT)")
    pages = journal.connection.execute("PRAGMA page_count").fetchone()[0]
    journal.connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(JournalIsFull):
        write_at_once(journal, 50)
    assert journal.head().seq == 0
    assert journal.connection.execute("SELECT count(*) FROM drafts").fetchone() == (0,)
    journal.close()


LIMITED = """
import resource, sys
from pathlib import Path
from sync.clock import SystemClock
from sync.journal import Journal, JournalUnwritable
from sync.keys import FileSigner
from tests.seals import READERS
from tests.sync.village import CASE_NO, TAKEN_IN, write

home = Path(sys.argv[1])
journal = Journal.open_or_create(home / "journal.db", FileSigner.load(home / "key.pem"), READERS, SystemClock())
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, most))
reported = []
try:
    while True:
        reported += write(journal, TAKEN_IN)
except JournalUnwritable as refusal:
    print(type(refusal).__name__)
assert journal.records_of_case(CASE_NO) == reported, "what was refused is there, or what was reported is not"
assert journal.head() == reported[-1].link, "a content key was told for what was refused"
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
(record,) = write(journal, TAKEN_IN)
assert record.header.content_key == reported[-1].header.seq + 1, "after a failure the old key sealed on"
audit = journal.audit()
print(len(journal.records_of_case(CASE_NO)) - len(reported), audit.flaws)
"""


def test_a_disk_that_fails_while_writing_is_named_and_the_journal_goes_on(tmp_path: Path, signer: FileSigner) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)],
        cwd=SOURCES, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.stdout.splitlines() == ["JournalUnwritable", "1 ()"], ran.stderr


def test_a_journal_that_may_not_be_written_says_so(journal: Journal) -> None:
    journal.connection.execute("PRAGMA query_only = ON")
    with pytest.raises(JournalIsReadOnly):
        write(journal, TAKEN_IN)
    journal.connection.execute("PRAGMA query_only = OFF")
    write(journal, TAKEN_IN)
    journal.close()


def test_a_file_that_somebody_keeps_locked_is_named(journal: Journal, tmp_path: Path) -> None:
    journal.connection.execute("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalIsBusy):
        write(journal, TAKEN_IN)
    other.execute("ROLLBACK")
    other.close()
    write(journal, TAKEN_IN)
    journal.close()


def test_a_torn_page_is_named_damage(journal: Journal, tmp_path: Path, signer: FileSigner, rng: random.Random) -> None:
    write(journal, *[TAKEN_IN] * 200)
    journal.close()
    path = tmp_path / "journal.db"
    held = bytearray(path.read_bytes())
    middle = len(held) // 2 // 4096 * 4096
    held[middle : middle + 4096] = rng.randbytes(4096)
    path.write_bytes(held)
    reader = JournalReader.open(path)
    with pytest.raises(JournalDamaged):
        reader.read(0, 1000)
    reader.close()


def test_kill_9_in_the_middle_of_writing_loses_nothing_that_was_reported(
    tmp_path: Path, signer: FileSigner, rng: random.Random
) -> None:
    reported = 0
    for _ in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", APPENDING, str(tmp_path)], cwd=SOURCES, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        reported = int(process.stdout.readline())
        time.sleep(rng.uniform(0, 0.15))
        process.kill()
        lines = process.stdout.read().split("\n")
        process.wait()
        # The last line may have been cut; those before it were reported whole.
        reported = max([reported, *(int(line) for line in lines[:-1])])
        reader = JournalReader.open(tmp_path / "journal.db")
        assert reader.head().seq >= reported
        assert reader.audit(signer.public_key).flaws == ()
        seqs = [seq for (seq,) in reader._connection.execute("SELECT seq FROM projection ORDER BY seq")]
        written = [each.header.seq for each in reader.read(0, 1 << 30) if each.header.kind == Kind.CASE_TAKEN_IN]
        assert seqs == written, "records and projection are not of one transaction"
        reader.close()
    assert reported > 6
