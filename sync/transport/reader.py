"""transport.db as the kiosk reads it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sync.protocol.acknowledgement import Acknowledgement
from sync.protocol.checkpoint import Checkpoint
from sync.record import Record, RecordRefused, restore
from sync.transport.line_state import LineState
from sync.transport.outgoing import LEFT, OutgoingLeft
from sync.transport.schema import NEWEST_CHECKPOINT, TransportRefused, acknowledgement_of, line_state_of

READ_TIMEOUT_S = 0.2
"""The kiosk draws while it reads: rather no answer now than a screen that stands still."""


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
        return acknowledgement_of(chain, rows[0]) if rows else None

    def checkpoint(self) -> Checkpoint | None:
        """Return the newest checkpoint of the county, verified before it was stored; its hash is what records name."""
        rows = self._rows(NEWEST_CHECKPOINT)
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

    def outgoing_left(self) -> OutgoingLeft:
        """Return what of this terminal's attachments is still to go."""
        rows = self._rows(LEFT)
        return OutgoingLeft(*rows[0]) if rows else OutgoingLeft()

    def outgoing_kept_before(self, at_ms: int) -> list[bytes]:
        """Return the digests of attachments that the gateway has had since before a moment of the county (ms)."""
        rows = self._rows("SELECT digest FROM outgoing WHERE state = 'kept' AND kept_ms < ?", at_ms)
        return [digest for (digest,) in rows]

    def line(self) -> LineState:
        """Return how the line is."""
        rows = self._rows("SELECT last_try_ms, last_success_ms, fault, sentence, next_try_ms FROM line")
        return line_state_of(rows[0]) if rows else LineState()

    def said(self, name: str) -> bytes | None:
        """Return what the sync process last said under a name; see `sync.transport.said`."""
        rows = self._rows("SELECT content FROM said WHERE name = ?", name)
        return rows[0][0] if rows else None

    def _rows(self, statement: str, *arguments: bytes | int | str) -> list[tuple[Any, ...]]:
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
