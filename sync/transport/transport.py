"""transport.db as the sync process writes it."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sync.protocol.acknowledgement import Acknowledgement
from sync.protocol.checkpoint import Checkpoint
from sync.protocol.pack_offer import PackOffer
from sync.record import Link, Record, RecordRefused, restore
from sync.transport.line_state import LineFault, LineState, LogFork
from sync.transport.schema import (
    NEWEST_CHECKPOINT,
    TransportRefused,
    acknowledgement_of,
    line_state_of,
    open_file,
    put_aside,
)

LOG_FORKS_KEPT_MAX = 64
"""The first ones say what happened; a county that goes on with another log must not fill this disk."""

_log = logging.getLogger(__name__)


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
                return cls(open_file(path))
            except sqlite3.DatabaseError as cause:
                if isinstance(cause, sqlite3.OperationalError):
                    raise
                put_aside(path)
                _log.error("transport.db was damaged and is begun anew: %s", cause)
                return cls(open_file(path))
        except (OSError, sqlite3.Error) as cause:
            raise TransportRefused(f"transport.db cannot be opened: {cause}") from cause

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def acknowledgement(self, chain: bytes) -> Acknowledgement | None:
        """Return the newest acknowledgement of a chain."""
        rows = self._rows("SELECT seq, hash, at_ms FROM acknowledgements WHERE chain = ?", chain)
        return acknowledgement_of(chain, rows[0]) if rows else None

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
            self._connection.execute("DELETE FROM doubts")

    def doubt(self) -> None:
        """Take nothing for stored at the county before it has said again how much it has."""
        with self._transaction():
            self._connection.execute("INSERT OR IGNORE INTO doubts (id) VALUES (1)")

    def doubted(self) -> bool:
        """Whether the county's log was seen to be put back since the newest acknowledgement: it may have less now."""
        return bool(self._rows("SELECT 1 FROM doubts"))

    def checkpoint(self) -> Checkpoint | None:
        """Return the newest checkpoint."""
        rows = self._rows(NEWEST_CHECKPOINT)
        return Checkpoint(*rows[0]) if rows else None

    def keep_checkpoint(self, checkpoint: Checkpoint, answer: bytes, evidence: LogFork | None = None) -> None:
        """Keep a checkpoint that was verified to go on from the one before, and the answer it came in.

        One that goes on from another epoch comes with `evidence`: the old one is kept beside it for good.
        """
        held = (1, checkpoint.size, checkpoint.root, checkpoint.at_ms, checkpoint.epoch, answer)
        with self._transaction():
            if evidence is not None:
                self._keep_log_fork(evidence)
            self._connection.execute(
                "INSERT OR REPLACE INTO checkpoint (id, size, root, at_ms, epoch, answer) VALUES (?, ?, ?, ?, ?, ?)",
                held,
            )

    def keep_log_fork(self, fork: LogFork) -> None:
        """Keep evidence beside the checkpoint that is held; the same answer once, and the oldest stay."""
        with self._transaction():
            self._keep_log_fork(fork)

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
        return line_state_of(rows[0]) if rows else LineState()

    def keep_line(self, state: LineState) -> None:
        """Say how the line is."""
        with self._transaction():
            self._connection.execute(
                "INSERT OR REPLACE INTO line (id, last_try_ms, last_success_ms, fault, sentence, next_try_ms)"
                " VALUES (1, ?, ?, ?, ?, ?)",
                (state.last_try_ms, state.last_success_ms, state.fault, state.sentence, state.next_try_ms),
            )

    def _keep_log_fork(self, fork: LogFork) -> None:
        self._connection.execute("INSERT OR IGNORE INTO doubts (id) VALUES (1)")
        self._connection.execute(
            "INSERT INTO log_forks (answer, seen_ms, fault, sentence, held)"
            " SELECT ?, ?, ?, ?, coalesce((SELECT answer FROM checkpoint), x'')"
            " WHERE (SELECT count(*) FROM log_forks) < ? ON CONFLICT DO NOTHING",
            (fork.answer, fork.seen_ms, fork.fault, fork.sentence, LOG_FORKS_KEPT_MAX),
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
