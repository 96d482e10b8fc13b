"""Which attachments records have named, which have come, and which were erased; one open transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from sync.protocol.arrivals import Arrival

SCHEMA = """
CREATE TABLE IF NOT EXISTS attachments (
    digest BLOB PRIMARY KEY,
    size INTEGER NOT NULL,
    case_no TEXT,
    arrived INTEGER NOT NULL DEFAULT 0,
    kept_ms INTEGER,
    erased_ms INTEGER,
    released INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS attachments_of_case ON attachments (case_no);
CREATE INDEX IF NOT EXISTS attachments_wanted ON attachments (digest)
    WHERE arrived AND case_no IS NOT NULL AND kept_ms IS NULL AND erased_ms IS NULL;
"""
_CURSOR = "attachments"


class AttachmentState(StrEnum):
    """Where an attachment is."""

    ON_ITS_WAY = "on_its_way"  # at the terminal, or between it and here
    HERE = "here"
    ERASED = "erased"


class Wanted(Struct, frozen=True):
    """An attachment that can be fetched: digest and size of its sealed bytes."""

    digest: bytes
    size: int


class AttachmentTable:
    """The attachments known to the county, seen and written through one open transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def name(self, digest: bytes, size: int, case_no: str) -> None:
        """A record of a case has named an attachment; the first one to do so counts."""
        self._connection.execute(
            "INSERT INTO attachments (digest, size, case_no) VALUES (?, ?, ?)"
            " ON CONFLICT (digest) DO UPDATE SET case_no = excluded.case_no, size = excluded.size"
            " WHERE case_no IS NULL",
            (digest, size, case_no),
        )

    def cursor(self) -> int:
        """Return up to which place the gateway's arrivals have been read, 0 at first."""
        row = self._connection.execute("SELECT value FROM settings WHERE name = ?", (_CURSOR,)).fetchone()
        return 0 if row is None else int(row["value"])

    def arrive(self, arrivals: Sequence[Arrival]) -> None:
        """Note what has arrived at the gateway, also before its record is known here, and that so far was read.

        What it had given up before and has again, as after a backup, it is to give up again.
        """
        for each in arrivals:
            self._connection.execute(
                "INSERT INTO attachments (digest, size, arrived) VALUES (?, ?, 1)"
                " ON CONFLICT (digest) DO UPDATE SET arrived = 1, released = 0",
                (each.digest, each.size),
            )
        if arrivals:
            self._connection.execute(
                "INSERT INTO settings (name, value) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (_CURSOR, str(arrivals[-1].place).encode()),
            )

    def begin_anew(self) -> None:
        """Read the gateway's arrivals from the first again: it was put back, and numbers them anew."""
        self._connection.execute("DELETE FROM settings WHERE name = ?", (_CURSOR,))
        self._connection.execute("UPDATE attachments SET released = 0 WHERE erased_ms IS NOT NULL")

    def wanted(self, limit: int) -> list[Wanted]:
        """Return at most so many attachments that can be fetched."""
        rows = self._connection.execute(
            "SELECT digest, size FROM attachments WHERE arrived AND case_no IS NOT NULL AND kept_ms IS NULL"
            " AND erased_ms IS NULL LIMIT ?",
            (limit,),
        )
        return [Wanted(row["digest"], row["size"]) for row in rows]

    def keep(self, digest: bytes, now_ms: int) -> None:
        """An attachment is here, whole and durable."""
        self._connection.execute("UPDATE attachments SET kept_ms = ? WHERE digest = ?", (now_ms, digest))

    def miss(self, digest: bytes) -> None:
        """The gateway does not have it, or has something else: it has to arrive there again."""
        self._connection.execute("UPDATE attachments SET arrived = 0 WHERE digest = ?", (digest,))

    def erase(self, digest: bytes, case_no: str, now_ms: int) -> bool:
        """Note that an attachment was erased; False when it was already, or is not that of this case.

        Its bytes here and at the gateway are still to go: `erased` and `to_release` name them.
        """
        changed = self._connection.execute(
            "UPDATE attachments SET erased_ms = ? WHERE digest = ? AND case_no = ? AND erased_ms IS NULL",
            (now_ms, digest, case_no),
        )
        return changed.rowcount == 1

    def erased(self, digest: bytes) -> bool:
        """Return whether an attachment was erased."""
        query = "SELECT 1 FROM attachments WHERE digest = ? AND erased_ms IS NOT NULL"
        return self._connection.execute(query, (digest,)).fetchone() is not None

    def to_release(self, kept_before_ms: int, limit: int) -> list[bytes]:
        """Return digests that the gateway need not keep any longer: erased, or kept here since before a moment.

        Of what was erased some bytes may be there also when it has not arrived.
        """
        rows = self._connection.execute(
            "SELECT digest FROM attachments WHERE NOT released AND (erased_ms IS NOT NULL OR arrived AND kept_ms < ?)"
            " LIMIT ?",
            (kept_before_ms, limit),
        )
        return [row["digest"] for row in rows]

    def release(self, digest: bytes) -> None:
        """The gateway has given an attachment up."""
        self._connection.execute("UPDATE attachments SET released = 1 WHERE digest = ?", (digest,))

    def of_case(self, case_no: str) -> dict[bytes, AttachmentState]:
        """Return where the attachments of a case are, by digest."""
        rows = self._connection.execute(
            "SELECT digest, kept_ms, erased_ms FROM attachments WHERE case_no = ?", (case_no,)
        )
        return {row["digest"]: _state(row) for row in rows}


def _state(row: sqlite3.Row) -> AttachmentState:
    if row["erased_ms"] is not None:
        return AttachmentState.ERASED
    return AttachmentState.ON_ITS_WAY if row["kept_ms"] is None else AttachmentState.HERE
