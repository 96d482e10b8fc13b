"""What was admitted, in its order, in the embedded store; on a connection that the store gives."""

from __future__ import annotations

import sqlite3

from sync.gateway.store import Admitted
from sync.gateway.store.rows import ADMITTED_COLUMNS, MARK_OF_ADMISSION, page_of_admissions
from sync.protocol.relay import MARK_BYTES

SCHEMA = """
CREATE TABLE IF NOT EXISTS admissions (
    admission   INTEGER PRIMARY KEY AUTOINCREMENT,  -- grows in the order of commits: there is one writer
    chain       BLOB NOT NULL,
    first_seq   INTEGER NOT NULL,
    last_seq    INTEGER NOT NULL,
    mark        BLOB NOT NULL           -- random: a number that is given anew after a backup has another
);
"""
_MARK = f"randomblob({MARK_BYTES})"
_ADMITTED = (
    f"SELECT {ADMITTED_COLUMNS} FROM admissions AS a JOIN chains AS c ON c.chain = a.chain "  # noqa: S608 - a constant
    "LEFT JOIN records AS r ON r.chain = a.chain AND r.seq BETWEEN a.first_seq AND a.last_seq "
    "WHERE admission > ? ORDER BY admission, seq"
)


def mark_all(db: sqlite3.Connection) -> None:
    """Give the admissions of an earlier version their marks: a file that is put back gets others than it had."""
    if "mark" not in {row[1] for row in db.execute("PRAGMA table_info(admissions)")}:
        db.execute("ALTER TABLE admissions ADD COLUMN mark BLOB")
        db.execute(f"UPDATE admissions SET mark = {_MARK}")  # noqa: S608 - a constant


def admit(db: sqlite3.Connection, chain: bytes, first_seq: int, last_seq: int) -> None:
    """Give the next number; inside a writing transaction."""
    db.execute(
        f"INSERT INTO admissions (chain, first_seq, last_seq, mark) VALUES (?, ?, ?, {_MARK})",  # noqa: S608 - a constant
        (chain, first_seq, last_seq),
    )


def admitted_after(db: sqlite3.Connection, admission: int, bytes_max: int) -> list[Admitted]:
    """See `Store.admitted_after`."""
    return page_of_admissions(db.execute(_ADMITTED, (admission,)), bytes_max)


def mark_of(db: sqlite3.Connection, admission: int) -> bytes | None:
    """See `Store.mark_of_admission`."""
    row = db.execute(MARK_OF_ADMISSION.replace("%s", "?"), (admission,)).fetchone()
    return row[0] if row else None
