"""The journal's file: opening it, and its tables."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from sync.ballast import Ballast
from sync.durable import sync_directory
from sync.journal.refusals import JournalMissing, JournalOfAnotherVersion

APPLICATION_ID = 0x53554E4A  # "SUNJ"
SCHEMA_VERSION = 1
BUSY_TIMEOUT_S = 5.0


def open_for_writing(path: Path, public_key: bytes, ballast: Ballast) -> sqlite3.Connection:
    """Open the journal, made empty for `public_key` when there is none.

    On a full disk the ballast makes the room that opening takes.

    Raises JournalOfAnotherVersion, sqlite3.Error.
    """
    try:
        return _open_for_writing(path, public_key)
    except sqlite3.OperationalError:
        if not ballast.give_up():
            raise
        return _open_for_writing(path, public_key)


def _open_for_writing(path: Path, public_key: bytes) -> sqlite3.Connection:
    if not path.exists():
        # Personal data: nobody but the owner, and SQLite's side files take over the mode.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        sync_directory(path.parent)
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        # A draft that was wiped must not stay readable in free pages.
        connection.execute("PRAGMA secure_delete = ON")
        if not connection.execute("PRAGMA user_version").fetchone()[0]:
            _create(connection, public_key)
        check_version(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open the journal that another process writes. Raises JournalMissing, JournalOfAnotherVersion, sqlite3.Error."""
    if not path.exists():
        raise JournalMissing(f"there is no {path.name} yet")
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None
    )
    try:
        if not connection.execute("PRAGMA user_version").fetchone()[0]:
            raise JournalMissing(f"{path.name} is still empty")
        check_version(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def check_version(connection: sqlite3.Connection) -> None:
    """Check that the file is a journal as this version knows it. Raises JournalOfAnotherVersion."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application != APPLICATION_ID:
        raise JournalOfAnotherVersion("the file is no journal")
    if version != SCHEMA_VERSION:
        raise JournalOfAnotherVersion(f"the journal has version {version}, this program knows {SCHEMA_VERSION}")


def _create(connection: sqlite3.Connection, public_key: bytes) -> None:
    # Imported here because it takes 45 ms, which only the first start of a terminal pays.
    from sqlite_utils import Database  # noqa: PLC0415 - see above

    connection.execute("BEGIN IMMEDIATE")
    try:
        tables = Database(connection, execute_plugins=False)
        tables.table("chain").create({"public_key": bytes}, not_null={"public_key"}, strict=True)
        # Header, body and signature are the record; the case number is repeated from the header for the index.
        tables.table("records").create(
            {"seq": int, "case_no": str, "header": bytes, "body": bytes, "signature": bytes},
            pk="seq",
            not_null={"header", "signature"},
            strict=True,
        )
        tables.table("records").create_index(["case_no"])
        connection.execute("INSERT INTO chain (public_key) VALUES (?)", (public_key,))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
