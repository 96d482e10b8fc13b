"""The file transport.db: its tables, and how it is opened."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from sync.ballast import Ballast
from sync.durable import sync_directory
from sync.protocol.acknowledgement import Acknowledgement
from sync.record import Link
from sync.transport.line_state import LineFault, LineState

APPLICATION_ID = 0x53554E54  # "SUNT"
SCHEMA_VERSION = 1
BUSY_TIMEOUT_S = 5.0


class TransportRefused(RuntimeError):
    """transport.db cannot be read or written now."""


def open_file(path: Path, ballast: Ballast) -> sqlite3.Connection:
    """Open the file, made when it is not there; on a full disk the ballast makes the room that opening takes.

    Raises `sqlite3.Error` and `OSError`.
    """
    try:
        return _open_file(path)
    except sqlite3.OperationalError:
        if not ballast.give_up():
            raise
        return _open_file(path)


def _open_file(path: Path) -> sqlite3.Connection:
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        sync_directory(path.parent)
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("the file's structure is damaged")
        _create_missing(connection)
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        if (application, connection.execute("PRAGMA user_version").fetchone()[0]) != (APPLICATION_ID, SCHEMA_VERSION):
            raise sqlite3.DatabaseError("the file is of another program or version")
    except BaseException:
        connection.close()
        raise
    return connection


def _create_missing(connection: sqlite3.Connection) -> None:
    """Make the tables that are not there: all of a new file, the newer ones of a file of an older version."""
    present = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    missing = [each for each in _TABLES if each[0] not in present]
    if not missing:
        return
    # Imported here because it takes 45 ms, which the kiosk, a reader of this file, shall not pay.
    from sqlite_utils import Database  # noqa: PLC0415 - see above

    connection.execute("BEGIN IMMEDIATE")
    try:
        database = Database(connection, execute_plugins=False)
        for name, columns, optional in missing:
            key = next(iter(columns))
            database.table(name).create(columns, pk=key, not_null=columns.keys() - optional - {key}, strict=True)
        if not present:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


NEWEST_CHECKPOINT = "SELECT size, root, at_ms, epoch FROM checkpoint"
_Columns = dict[str, type]
_TABLES: tuple[tuple[str, _Columns, set[str]], ...] = (
    # Each with its columns, the key first, and those that may be null.
    ("acknowledgements", {"chain": bytes, "seq": int, "hash": bytes, "at_ms": int, "answer": bytes}, set()),
    ("checkpoint", {"id": int, "size": int, "root": bytes, "at_ms": int, "epoch": int, "answer": bytes}, set()),
    ("log_forks", {"answer": bytes, "seen_ms": int, "fault": str, "sentence": str, "held": bytes}, set()),
    ("doubts", {"id": int}, set()),
    ("inbox", {"seq": int, "header": bytes, "body": bytes, "signature": bytes}, {"body", "signature"}),
    (
        "outgoing",
        {
            "digest": bytes,
            "chain": bytes,
            "seq": int,
            "size": int,
            "sent": int,
            "state": str,
            "kept_ms": int,
        },
        {"sent", "kept_ms"},
    ),
    ("outgoing_noted", {"chain": bytes, "seq": int}, set()),
    ("packs", {"name": str, "version": int, "size_bytes": int, "digest": bytes}, set()),
    # What the sync process says of things beside the line, each as JSON: see `sync.transport.said`.
    ("said", {"name": str, "content": bytes}, set()),
    (
        "line",
        {
            "id": int,
            "last_try_ms": int,
            "last_success_ms": int,
            "fault": str,
            "sentence": str,
            "next_try_ms": int,
        },
        {"last_try_ms", "last_success_ms", "fault", "next_try_ms"},
    ),
)


def put_aside(path: Path) -> None:
    """Keep a damaged file under another name."""
    path.replace(path.with_name(path.name + ".damaged"))
    for side_file in ("-wal", "-shm"):
        path.with_name(path.name + side_file).unlink(missing_ok=True)


def acknowledgement_of(chain: bytes, row: tuple[Any, ...]) -> Acknowledgement:
    """Return what a row of `acknowledgements` (seq, hash, at_ms) says."""
    seq, digest, at_ms = row
    return Acknowledgement(Link(chain, seq, digest), at_ms)


def line_state_of(row: tuple[Any, ...]) -> LineState:
    """Return what the row of `line` says."""
    last_try_ms, last_success_ms, fault, sentence, next_try_ms = row
    return LineState(last_try_ms, last_success_ms, None if fault is None else LineFault(fault), sentence, next_try_ms)
