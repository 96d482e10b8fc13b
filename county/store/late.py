"""Late tails as they wait for somebody to look at them, inside one transaction."""

from __future__ import annotations

import hashlib
import sqlite3

from msgspec import Struct

from sync.protocol.segment import decode_segment

SCHEMA = """
CREATE TABLE IF NOT EXISTS late_tails (
    id INTEGER PRIMARY KEY,
    chain BLOB NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    digest BLOB NOT NULL UNIQUE,
    segment BLOB NOT NULL,
    received_ms INTEGER NOT NULL,
    accepted INTEGER,
    decided_by TEXT,
    decided_ms INTEGER,
    reason TEXT
) STRICT;
"""


class LateTail(Struct, frozen=True):
    """A segment that came for a closed chain, as it came.

    Attributes:
        id: of this store.
        chain: 8-byte id of the chain that it says it is of.
        first_seq: of its records, as far as it says.
        last_seq: the same.
        digest: SHA-256 of the segment.
        segment: its bytes.
        received_ms: when it came here, milliseconds since 1970 UTC.
        accepted: what was decided, None while it waits.
        decided_by: name of the clerk who decided, empty while it waits.
        reason: why, empty while it waits.
    """

    id: int
    chain: bytes
    first_seq: int
    last_seq: int
    digest: bytes
    segment: bytes
    received_ms: int
    accepted: bool | None
    decided_by: str
    reason: str


class LateTails:
    """The table of late tails, seen and written through one open transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def keep(self, segment_bytes: bytes, received_ms: int) -> bool:
        """Keep a segment until somebody has looked at it; False when it is here already.

        Raises SegmentRefused for what is no segment.
        """
        segment = decode_segment(segment_bytes)
        kept = self._connection.execute(
            "INSERT INTO late_tails (chain, first_seq, last_seq, digest, segment, received_ms)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                segment.after.chain,
                segment.after.seq + 1,
                segment.last_seq,
                hashlib.sha256(segment_bytes).digest(),
                segment_bytes,
                received_ms,
            ),
        )
        return kept.rowcount == 1

    def all(self) -> list[LateTail]:
        """Return every late tail, those that wait first, then the newest."""
        return self._read("1 ORDER BY accepted IS NOT NULL, CASE WHEN accepted IS NULL THEN first_seq END, id DESC")

    def waiting(self) -> int:
        """Return how many wait."""
        row = self._connection.execute("SELECT count(*) FROM late_tails WHERE accepted IS NULL").fetchone()
        return int(row[0])

    def one(self, number: int) -> LateTail | None:
        """Return one by its id."""
        return next(iter(self._read("id = ?", number)), None)

    def decide(self, number: int, by: str, at_ms: int, reason: str, *, accepted: bool) -> None:
        """Note what was decided."""
        self._connection.execute(
            "UPDATE late_tails SET accepted = ?, decided_by = ?, decided_ms = ?, reason = ? WHERE id = ?",
            (accepted, by, at_ms, reason, number),
        )

    def _read(self, where: str, *values: int) -> list[LateTail]:
        rows = self._connection.execute(f"SELECT * FROM late_tails WHERE {where}", values).fetchall()  # noqa: S608 - a constant
        return [
            LateTail(
                id=row["id"],
                chain=row["chain"],
                first_seq=row["first_seq"],
                last_seq=row["last_seq"],
                digest=row["digest"],
                segment=row["segment"],
                received_ms=row["received_ms"],
                accepted=None if row["accepted"] is None else bool(row["accepted"]),
                decided_by=row["decided_by"] or "",
                reason=row["reason"] or "",
            )
            for row in rows
        ]
