"""transport.db: what came back from the county and how the line is. Written by the sync process, read by the kiosk.

Nothing in it is irreplaceable: acknowledgements, the inbox and packs can all be asked for again. A file that is
damaged is therefore put aside and begun anew, and the sync process goes on.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

from msgspec import Struct

from sync.durable import sync_directory
from sync.protocol.acknowledgement import Acknowledgement
from sync.protocol.checkpoint import Checkpoint
from sync.protocol.pack_offer import PackOffer
from sync.record import Link, Record, RecordRefused, restore

APPLICATION_ID = 0x53554E54  # "SUNT"
SCHEMA_VERSION = 1
BUSY_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 0.2
"""The kiosk draws while it reads: rather no answer now than a screen that stands still."""
LOG_FORKS_KEPT_MAX = 64
"""The first ones say what happened; a county that goes on with another log must not fill this disk."""

_log = logging.getLogger(__name__)


class TransportRefused(RuntimeError):
    """transport.db cannot be read or written now."""


class LineFault(StrEnum):
    """What is wrong with the line, or what it brought. The kiosk has a sentence for each."""

    NO_LINE = "no_line"  # the gateway cannot be reached
    TOO_SLOW = "too_slow"  # it does not answer in time
    CUT = "cut"  # the connection ended in the middle
    NOT_TRUSTED = "not_trusted"  # whoever answers is not this county's gateway
    NOT_ADMITTED = "not_admitted"  # the gateway does not take this terminal
    REDIRECTED = "redirected"  # a portal or a proxy answers
    GATEWAY_FAILED = "gateway_failed"  # 5xx
    REQUEST_REFUSED = "request_refused"  # another status than the protocol has here
    GARBLED = "garbled"  # not the protocol
    NOT_SIGNED = "not_signed"  # the protocol, but not under the county's signature
    OUT_OF_ORDER = "out_of_order"  # the county's records do not follow those that are here
    FORKED = "forked"  # the county holds another record under a number of this chain
    COUNTY_AHEAD = "county_ahead"  # the county holds records that this journal does not
    LOG_WENT_BACK = "log_went_back"  # the county's log is shorter than it was: put back from a backup, or an old answer
    LOG_FORKED = "log_forked"  # the county's log does not go on from the one that was seen here
    JOURNAL_UNREADABLE = "journal_unreadable"
    DISK_REFUSED = "disk_refused"  # what came cannot be kept


class LineState(Struct, frozen=True):
    """How the line is; times by the program's clock, milliseconds since 1970 UTC.

    Attributes:
        last_try_ms: when the gateway was last asked; None: never.
        last_success_ms: when it was last asked and all went well; None: never.
        fault: what was wrong at the last try; None: nothing, or there was none yet.
        sentence: what was wrong, in English, for the log and the technician; without personal data.
        next_try_ms: when it will be asked again; None: that is not known.
    """

    last_try_ms: int | None = None
    last_success_ms: int | None = None
    fault: LineFault | None = None
    sentence: str = ""
    next_try_ms: int | None = None

    @property
    def up(self) -> bool:
        """Whether the last try went well."""
        return self.last_success_ms is not None and self.fault is None

    def overdue(self, now_ms: int, grace_ms: int = 120_000) -> bool:
        """Whether the next try should have been long ago: the sync process is not running, or the clock was moved."""
        return self.next_try_ms is not None and now_ms > self.next_try_ms + grace_ms


class LogFork(Struct, frozen=True):
    """Evidence that the county's log is not the one that was seen here before.

    Attributes:
        seen_ms: when, by this terminal's clock.
        fault: LOG_WENT_BACK or LOG_FORKED.
        sentence: what was wrong, in English.
        answer: as it came, under the county's signature.
        held: the answer that it does not go on from; filled in when it is kept.
    """

    seen_ms: int
    fault: LineFault
    sentence: str
    answer: bytes
    held: bytes = b""


class TransportReader:
    """Reads what the sync process has written; each answer is one short read.

    There is no file before the sync process first ran, and none for a moment when it begins a damaged one anew:
    every answer is then that of an empty file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._seen: tuple[int, int] = (0, -1)

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def changed(self) -> bool:
        """Whether anything was written since this was last asked."""
        rows = self._rows("PRAGMA data_version")
        seen = (self._inode, rows[0][0]) if rows else self._seen
        changed = seen != self._seen
        self._seen = seen
        return changed

    def acknowledgement(self, chain: bytes) -> Acknowledgement | None:
        """Return the newest acknowledgement of a chain; its signatures were checked before it was stored."""
        rows = self._rows("SELECT seq, hash, at_ms FROM acknowledgements WHERE chain = ?", chain)
        return _acknowledgement(chain, rows[0]) if rows else None

    def checkpoint(self) -> Checkpoint | None:
        """Return the newest checkpoint of the county, verified before it was stored; its hash is what records name."""
        rows = self._rows(_NEWEST_CHECKPOINT)
        return Checkpoint(*rows[0]) if rows else None

    def records(self, after: int, limit: int) -> list[tuple[int, Record]]:
        """Return at most `limit` records of the county as (place, record) behind a place, oldest first.

        Raises TransportRefused when one is not what was stored.
        """
        rows = self._rows(
            "SELECT seq, header, body, signature FROM inbox WHERE seq > ? ORDER BY seq LIMIT ?", after, limit
        )
        try:
            return [(row[0], restore(row[1], row[2], row[3])) for row in rows]
        except RecordRefused as cause:
            raise TransportRefused(f"the inbox is damaged: {cause}") from cause

    def line(self) -> LineState:
        """Return how the line is."""
        rows = self._rows("SELECT last_try_ms, last_success_ms, fault, sentence, next_try_ms FROM line")
        return _line_state(rows[0]) if rows else LineState()

    def _rows(self, statement: str, *arguments: bytes | int) -> list[tuple[Any, ...]]:
        try:
            inode = self._path.stat().st_ino
            if self._connection is None or inode != self._inode:
                self.close()
                uri = f"{self._path.absolute().as_uri()}?mode=ro"
                self._connection = sqlite3.connect(uri, uri=True, timeout=READ_TIMEOUT_S, isolation_level=None)
                self._inode = inode
            return self._connection.execute(statement, arguments).fetchall()
        except FileNotFoundError:
            self.close()
            return []
        except sqlite3.OperationalError as cause:
            if "no such table" in str(cause):
                return []
            raise TransportRefused(f"transport.db cannot be read: {cause}") from cause
        except sqlite3.DatabaseError as cause:
            raise TransportRefused(f"transport.db cannot be read: {cause}") from cause


class Transport:
    """transport.db, held by its one writer, the sync process."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Take over an open file; `open_or_create` is how programs come by it."""
        self._connection = connection

    @classmethod
    def open_or_create(cls, path: Path) -> Transport:
        """Open the file, begun anew when it is damaged or not there. Raises TransportRefused."""
        try:
            try:
                return cls(_open(path))
            except sqlite3.DatabaseError as cause:
                if isinstance(cause, sqlite3.OperationalError):
                    raise
                _put_aside(path)
                _log.error("transport.db was damaged and is begun anew: %s", cause)
                return cls(_open(path))
        except (OSError, sqlite3.Error) as cause:
            raise TransportRefused(f"transport.db cannot be opened: {cause}") from cause

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def acknowledgement(self, chain: bytes) -> Acknowledgement | None:
        """Return the newest acknowledgement of a chain."""
        rows = self._rows("SELECT seq, hash, at_ms FROM acknowledgements WHERE chain = ?", chain)
        return _acknowledgement(chain, rows[0]) if rows else None

    def keep_acknowledgement(self, acknowledgement: Acknowledgement, answer: bytes) -> None:
        """Keep a verified acknowledgement and the answer it came in, as its proof. The newest to arrive holds, also
        when it names less than the one before: then the county was put back, and says so.
        """
        link = acknowledgement.link
        with self._transaction():
            self._connection.execute(
                "INSERT OR REPLACE INTO acknowledgements (chain, seq, hash, at_ms, answer) VALUES (?, ?, ?, ?, ?)",
                (link.chain, link.seq, link.hash, acknowledgement.at_ms, answer),
            )

    def checkpoint(self) -> Checkpoint | None:
        """Return the newest checkpoint."""
        rows = self._rows(_NEWEST_CHECKPOINT)
        return Checkpoint(*rows[0]) if rows else None

    def keep_checkpoint(self, checkpoint: Checkpoint, answer: bytes) -> None:
        """Keep a checkpoint that was verified to go on from the one before, and the answer it came in."""
        held = (1, checkpoint.size, checkpoint.root, checkpoint.at_ms, checkpoint.epoch, answer)
        with self._transaction():
            self._connection.execute(
                "INSERT OR REPLACE INTO checkpoint (id, size, root, at_ms, epoch, answer) VALUES (?, ?, ?, ?, ?, ?)",
                held,
            )

    def keep_log_fork(self, fork: LogFork) -> None:
        """Keep evidence beside the checkpoint that is held; the same answer once, and the oldest stay."""
        with self._transaction():
            self._connection.execute(
                "INSERT INTO log_forks (answer, seen_ms, fault, sentence, held)"
                " SELECT ?, ?, ?, ?, coalesce((SELECT answer FROM checkpoint), x'')"
                " WHERE (SELECT count(*) FROM log_forks) < ? ON CONFLICT DO NOTHING",
                (fork.answer, fork.seen_ms, fork.fault, fork.sentence, LOG_FORKS_KEPT_MAX),
            )

    def log_forks(self) -> list[LogFork]:
        """Return the evidence, oldest first."""
        rows = self._rows("SELECT seen_ms, fault, sentence, answer, held FROM log_forks ORDER BY rowid")
        return [LogFork(seen_ms, LineFault(fault), *rest) for seen_ms, fault, *rest in rows]

    def inbox_link(self) -> Link | None:
        """Return where the copy of the county's chain stands, None when it holds nothing."""
        rows = self._rows("SELECT seq, header, body, signature FROM inbox ORDER BY seq DESC LIMIT 1")
        try:
            return restore(*rows[0][1:]).link if rows else None
        except RecordRefused as cause:
            raise TransportRefused(f"the inbox is damaged: {cause}") from cause

    def keep_records(self, records: Sequence[Record]) -> None:
        """Keep verified records of the county's chain that follow what is here, all or none."""
        with self._transaction():
            self._connection.executemany(
                "INSERT INTO inbox (seq, header, body, signature) VALUES (?, ?, ?, ?)",
                [(each.header.seq, each.header_bytes, each.body, each.signature) for each in records],
            )

    def pack(self, name: str) -> PackOffer | None:
        """Return which pack of this name was last fetched."""
        rows = self._rows("SELECT version, size_bytes, digest FROM packs WHERE name = ?", name)
        return PackOffer(name, *rows[0]) if rows else None

    def keep_pack(self, offer: PackOffer) -> None:
        """Note that a pack was fetched whole, so that it is not fetched again."""
        with self._transaction():
            self._connection.execute(
                "INSERT OR REPLACE INTO packs (name, version, size_bytes, digest) VALUES (?, ?, ?, ?)",
                (offer.name, offer.version, offer.size_bytes, offer.digest),
            )

    def line(self) -> LineState:
        """Return how the line was last said to be."""
        rows = self._rows("SELECT last_try_ms, last_success_ms, fault, sentence, next_try_ms FROM line")
        return _line_state(rows[0]) if rows else LineState()

    def keep_line(self, state: LineState) -> None:
        """Say how the line is."""
        with self._transaction():
            self._connection.execute(
                "INSERT OR REPLACE INTO line (id, last_try_ms, last_success_ms, fault, sentence, next_try_ms)"
                " VALUES (1, ?, ?, ?, ?, ?)",
                (state.last_try_ms, state.last_success_ms, state.fault, state.sentence, state.next_try_ms),
            )

    def _rows(self, statement: str, *arguments: bytes | str) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(statement, arguments).fetchall()
        except sqlite3.Error as cause:
            raise TransportRefused(f"transport.db cannot be read: {cause}") from cause

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
        except sqlite3.Error as cause:
            raise TransportRefused(f"transport.db cannot be written: {cause}") from cause


def _open(path: Path) -> sqlite3.Connection:
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


_NEWEST_CHECKPOINT = "SELECT size, root, at_ms, epoch FROM checkpoint"
_Columns = dict[str, type]
_TABLES: tuple[tuple[str, _Columns, set[str]], ...] = (
    # Each with its columns, the key first, and those that may be null.
    ("acknowledgements", {"chain": bytes, "seq": int, "hash": bytes, "at_ms": int, "answer": bytes}, set()),
    ("checkpoint", {"id": int, "size": int, "root": bytes, "at_ms": int, "epoch": int, "answer": bytes}, set()),
    ("log_forks", {"answer": bytes, "seen_ms": int, "fault": str, "sentence": str, "held": bytes}, set()),
    ("inbox", {"seq": int, "header": bytes, "body": bytes, "signature": bytes}, {"body", "signature"}),
    ("packs", {"name": str, "version": int, "size_bytes": int, "digest": bytes}, set()),
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


def _put_aside(path: Path) -> None:
    path.replace(path.with_name(path.name + ".damaged"))
    for side_file in ("-wal", "-shm"):
        path.with_name(path.name + side_file).unlink(missing_ok=True)


def _acknowledgement(chain: bytes, row: tuple[Any, ...]) -> Acknowledgement:
    seq, digest, at_ms = row
    return Acknowledgement(Link(chain, seq, digest), at_ms)


def _line_state(row: tuple[Any, ...]) -> LineState:
    last_try_ms, last_success_ms, fault, sentence, next_try_ms = row
    return LineState(last_try_ms, last_success_ms, None if fault is None else LineFault(fault), sentence, next_try_ms)
