"""What is thrown away is made again from the records alone, with bodies and without."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from county.desk import rebuild
from county.library import Library
from county.pack_reading import PublishedLibrary
from county.store.cases import CaseTable
from county.store.database import Database
from county.verification import verify
from kiosk.desk import Desk
from sync import county_config
from sync.clock import FixedClock
from sync.county_config import CountyConfig
from sync.journal import Journal
from sync.keys import FileSigner
from sync.model.county_day import CountyDay
from sync.terminal import TerminalConfig
from sync.transport.reader import TransportReader
from tests.demo_desk import desk_key, opened, readers
from tests.village.conftest import Told
from tests.village.ends import Ends, Rows
from tests.village.scene import AFTERNOON_MS

AT_DESK = ("case_record", "case_row", "number_given", "slip", "rating", "progress")
AT_COUNTY = ("cases", "ratings", "parked")
PERSONAL = frozenset({"name_masked", "applicant", "level"})
"""What only bodies say; everything else is said by headers."""


@pytest.fixture
def copied(told: Told, tmp_path: Path) -> Ends:
    """A copy of everything that the main job left."""
    return told.copied(tmp_path / "stage")


@pytest.fixture
def journal(copied: Ends) -> Iterator[Journal]:
    """The terminal's journal, opened by its program."""
    terminal = copied.stage.terminal_dir
    config = TerminalConfig.load(terminal)
    signer = FileSigner.load(terminal / config.record_key)
    held = Journal.open_or_create(copied.journal, signer, readers(terminal), FixedClock(AFTERNOON_MS))
    yield held
    held.close()


@pytest.fixture
def desk(copied: Ends, journal: Journal) -> Iterator[Desk]:
    """The desk on that journal."""
    config = TerminalConfig.load(copied.stage.terminal_dir)
    inbox = TransportReader(copied.transport)
    made = Desk(
        journal,
        inbox,
        desk_key(copied.stage.terminal_dir).recipient,
        lambda: CountyDay(AFTERNOON_MS),
        config.region,
        int(config.terminal_number),
    )
    made.unlock(opened(copied.stage.terminal_dir))
    yield made
    inbox.close()


@pytest.fixture
def database(copied: Ends) -> Iterator[Database]:
    """The county's store."""
    opened = Database(copied.county, copied.keyring)
    yield opened
    opened.close()


def content(
    connection: sqlite3.Connection, tables: tuple[str, ...], without: frozenset[str] = frozenset()
) -> dict[str, Rows]:
    """Everything in some tables, but for some columns."""
    held: dict[str, Rows] = {}
    for table in tables:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        kept = ", ".join(column for column in columns if column not in without)
        rows = connection.execute(f"SELECT {kept} FROM {table} ORDER BY {kept}")
        held[table] = [tuple(row) for row in rows]
    return held


def library_of(ends: Ends) -> Library:
    """The packs that the county has published."""
    directory = ends.stage.county_dir
    trust = CountyConfig.load(directory).trust(directory)
    return PublishedLibrary(directory / county_config.PACKS_DIRECTORY, trust).current()


def test_the_desks_tables_are_made_again_identically(desk: Desk, journal: Journal) -> None:
    before = content(journal.connection, AT_DESK)
    assert all(before.values())
    desk.rebuild()
    assert content(journal.connection, AT_DESK) == before


def test_a_desk_that_cannot_read_bodies_makes_the_same_tables_but_for_names(
    desk: Desk, journal: Journal, copied: Ends
) -> None:
    before = content(journal.connection, AT_DESK, PERSONAL)
    journal.connection.execute("UPDATE records SET body = NULL")
    transport = sqlite3.connect(copied.transport, isolation_level=None)
    transport.execute("UPDATE inbox SET body = NULL")
    transport.close()
    desk.rebuild()
    assert content(journal.connection, AT_DESK, PERSONAL) == before
    names = [row[0] for row in journal.connection.execute("SELECT name_masked FROM case_row")]
    assert set(names) == {""}
    assert journal.audit().flaws == ()


def test_the_countys_tables_are_made_again_identically(database: Database, copied: Ends) -> None:
    with database.writing() as connection:
        before = content(connection, AT_COUNTY)
        CaseTable(connection).clear()
    assert before["cases"]
    assert before["ratings"]
    rebuild(database, library_of(copied))
    with database.reading() as connection:
        assert content(connection, AT_COUNTY) == before


def test_a_county_whose_bodies_were_erased_makes_the_same_tables_but_for_what_they_said(
    database: Database, copied: Ends
) -> None:
    with database.writing() as connection:
        before = content(connection, AT_COUNTY, PERSONAL)
        CaseTable(connection).clear()
        connection.execute("UPDATE records SET body = NULL")
    rebuild(database, library_of(copied))
    with database.reading() as connection:
        assert content(connection, AT_COUNTY, PERSONAL) == before
        assert {row["applicant"] for row in connection.execute("SELECT applicant FROM cases")} == {""}
        assert {row["level"] for row in connection.execute("SELECT level FROM ratings")} == {None}
    assert list(verify(database)) == []
