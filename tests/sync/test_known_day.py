"""What a terminal knows of the time is gathered from what it can read, and nothing that is damaged stops it."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path

import pytest

from sync.clock import FixedClock
from sync.journal import Journal
from sync.keys import FileSigner
from sync.known_day import PAGE_RECORDS, KnownDay, Sealed
from sync.model.facts import ActorClass, SignInRefused
from sync.model.moment import wall_ms_at
from sync.protocol.acknowledgement import Acknowledgement
from sync.protocol.checkpoint import Checkpoint
from sync.record import Link
from sync.transport.reader import TransportReader
from sync.transport.transport import Transport
from tests.seals import READERS

ISSUED_MS = wall_ms_at(date(2026, 11, 2))
MONDAY_MS = wall_ms_at(date(2026, 11, 23), 9)
DAY_MS = 24 * 3600 * 1000
RECORDS = PAGE_RECORDS + 50


@pytest.fixture
def head(tmp_path: Path) -> Link:
    """A terminal that wrote a record a minute on Monday; its clock shows 1970 now."""
    clock = FixedClock(MONDAY_MS)
    signer = FileSigner.create(tmp_path / "record.pem")
    journal = Journal.open_or_create(tmp_path / "journal.db", signer, READERS, clock)
    with journal.transaction() as writing:
        for tries in range(RECORDS):
            clock.advance(60_000)
            writing.append(SignInRefused(tries=tries), actor="A01", actor_class=ActorClass.AGENT)
    written = journal.head()
    journal.close()
    return written


def certain_ms(data: Path) -> int:
    """What is certain to a terminal that starts now."""
    clock, county = FixedClock(0), TransportReader(data / "transport.db")
    signer = FileSigner.load(data / "record.pem")
    journal = Journal.open_or_create(data / "journal.db", signer, READERS, clock)
    try:
        return KnownDay(clock, journal, county, lambda: Sealed(ISSUED_MS, None)).now().certain_ms
    finally:
        journal.close()
        county.close()


def test_the_newest_of_packs_own_records_and_the_county_s_word_is_what_is_certain(tmp_path: Path, head: Link) -> None:
    assert certain_ms(tmp_path) == MONDAY_MS + RECORDS * 60_000
    transport = Transport.open_or_create(tmp_path / "transport.db")
    transport.keep_checkpoint(Checkpoint(7, bytes(32), MONDAY_MS + DAY_MS, 1), b"")
    assert certain_ms(tmp_path) == MONDAY_MS + DAY_MS
    transport.keep_acknowledgement(Acknowledgement(head, MONDAY_MS + 2 * DAY_MS), b"")
    assert certain_ms(tmp_path) == MONDAY_MS + 2 * DAY_MS
    transport.close()


def test_a_damaged_record_takes_only_its_own_word_away(tmp_path: Path, head: Link) -> None:
    connection = sqlite3.connect(tmp_path / "journal.db")
    with connection:
        connection.execute("UPDATE records SET header = x'00' WHERE seq IN (3, 150)")
    connection.close()
    assert head.seq == RECORDS
    assert certain_ms(tmp_path) == MONDAY_MS + RECORDS * 60_000


def test_a_transport_db_that_cannot_be_read_leaves_what_the_terminal_wrote_itself(tmp_path: Path, head: Link) -> None:
    (tmp_path / "transport.db").write_bytes(b"nothing that SQLite knows" * 400)
    assert certain_ms(tmp_path) == MONDAY_MS + head.seq * 60_000
