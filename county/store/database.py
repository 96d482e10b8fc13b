"""The file: how it is opened, its tables, and transactions.

WAL with synchronous=FULL: what a page has confirmed survives a power cut. Every write takes BEGIN IMMEDIATE, so that
the puller and the console's threads queue up instead of failing half-way.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from county.store import attachments, cases, evidence, late, papers, resealed, successions
from sync.durable import keep_private
from sync.keyring import Keyring

BUSY_TIMEOUT_MS = 15_000
SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE chains (
    chain BLOB PRIMARY KEY,
    author TEXT NOT NULL,
    region TEXT NOT NULL,
    terminal TEXT NOT NULL,
    public_key BLOB NOT NULL,
    head_seq INTEGER NOT NULL DEFAULT 0,
    head_hash BLOB NOT NULL,
    stored_seq INTEGER NOT NULL DEFAULT 0,
    stopped_for TEXT
) STRICT;
CREATE TABLE records (
    chain BLOB NOT NULL REFERENCES chains (chain),
    seq INTEGER NOT NULL,
    place INTEGER,
    received_ms INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    case_no TEXT,
    wall_ms INTEGER NOT NULL,
    header BLOB NOT NULL,
    body BLOB,
    signature BLOB,
    PRIMARY KEY (chain, seq)
) STRICT;
CREATE INDEX records_of_case ON records (case_no) WHERE case_no IS NOT NULL;
CREATE TABLE cases (
    number TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    item_code TEXT NOT NULL,
    applicant TEXT NOT NULL,
    taken_in_ms INTEGER,
    touched_ms INTEGER NOT NULL,
    due_on INTEGER,
    due_unknown INTEGER NOT NULL
) STRICT;
CREATE INDEX cases_by_due ON cases (due_on);
CREATE INDEX cases_by_item ON cases (item_code);
CREATE TABLE ratings (
    case_no TEXT NOT NULL,
    stage TEXT NOT NULL,
    visit INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    level INTEGER,
    channel TEXT,
    reason TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (case_no, stage, visit)
) STRICT;
CREATE TABLE parked (
    chain BLOB NOT NULL,
    seq INTEGER NOT NULL,
    case_no TEXT,
    reason TEXT NOT NULL,
    PRIMARY KEY (chain, seq)
) STRICT;
CREATE TABLE alarms (
    place INTEGER PRIMARY KEY,
    chain BLOB,
    at_ms INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE TABLE clerks (
    name TEXT PRIMARY KEY,
    shown_as TEXT NOT NULL,
    duty TEXT NOT NULL,
    department TEXT,
    verifier TEXT NOT NULL,
    added_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE attempts (
    name TEXT PRIMARY KEY,
    wrong INTEGER NOT NULL,
    last_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE sessions (
    token_hash BLOB PRIMARY KEY,
    clerk TEXT NOT NULL REFERENCES clerks (name),
    began_ms INTEGER NOT NULL,
    used_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE openings (
    token_hash BLOB NOT NULL REFERENCES sessions (token_hash) ON DELETE CASCADE,
    case_no TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (token_hash, case_no)
) STRICT;
CREATE TABLE deeds (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    clerk TEXT NOT NULL,
    what TEXT NOT NULL,
    case_no TEXT,
    detail TEXT NOT NULL
) STRICT;
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;
"""


# What a damaged or full store ends any of its work with; the program says it in a sentence without knowing SQL.
StoreFault = sqlite3.Error


class StoreOfAnotherVersion(Exception):
    """county.db was written by another version of this program."""


class Database:
    """county.db; each thread has a connection of its own.

    Args:
        path: the file, made when missing.
        keyring: opens the bodies of the records in it.

    Raises:
        StoreOfAnotherVersion: its tables are not those of this version.
    """

    def __init__(self, path: Path, keyring: Keyring) -> None:
        self._path = path
        self.keyring = keyring
        self._held = threading.local()
        keep_private(path)
        with self.writing() as connection:
            self._prepare(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction that nobody else writes into; rolled back when the block raises."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One view of the file: what others commit meanwhile is not seen in the block."""
        with self._transaction("BEGIN") as connection:
            yield connection

    def wipe(self) -> bool:
        """Leave nothing of what was erased in the file's log; False when a reader holds it: to be tried again.

        In free pages nothing is left anyway (secure_delete).
        """
        busy, *_ = self._connection().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def close(self) -> None:
        """Close this thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._held, "connection", None)
        if connection is not None:
            connection.close()
            del self._held.connection

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        connection = self._connection()
        connection.execute(begin)
        try:
            yield connection
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._held, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")
            self._held.connection = connection
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            for statement in _SCHEMA.split(";"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        elif version != SCHEMA_VERSION:
            raise StoreOfAnotherVersion(f"{self._path} has tables of version {version}, not {SCHEMA_VERSION}")
        # Tables that a file of this version may not have yet.
        for part in (attachments, cases, evidence, late, papers, resealed, successions):
            for statement in filter(str.strip, part.SCHEMA.split(";")):
                connection.execute(statement)
        evidence.forget_older_reading(connection)
