"""Where the records lie that the county told again, of cases that this terminal was given. SQL on the journal's
open transaction.

A record waits until the county has said that the case is given: nobody sees half a case.
"""

from __future__ import annotations

import sqlite3

SCHEMA = """
CREATE TABLE IF NOT EXISTS given_record (
    chain BLOB NOT NULL, seq INTEGER NOT NULL, case_no TEXT NOT NULL, place INTEGER NOT NULL, folded INTEGER NOT NULL,
    PRIMARY KEY (chain, seq)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS given_waiting ON given_record (case_no) WHERE folded = 0;
"""


class GivenRecords:
    """The table on one open connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Use `connection`; the table must be there (`SCHEMA`)."""
        self._connection = connection

    def clear(self) -> None:
        """Forget everything, to be folded anew."""
        self._connection.execute("DELETE FROM given_record")

    def wait(self, chain: bytes, seq: int, case_no: str, place: int) -> None:
        """Remember that a record of a case was told at a place of the inbox; the first place stays."""
        self._connection.execute(
            "INSERT OR IGNORE INTO given_record VALUES (?, ?, ?, ?, 0)", (chain, seq, case_no, place)
        )

    def take(self, case_no: str) -> list[int]:
        """Return the places of the records that waited for a case; they wait no longer."""
        found = self._connection.execute(
            "SELECT place FROM given_record WHERE case_no = ? AND folded = 0 ORDER BY place", (case_no,)
        ).fetchall()
        self._connection.execute("UPDATE given_record SET folded = 1 WHERE case_no = ? AND folded = 0", (case_no,))
        return [int(place) for (place,) in found]

    def place(self, chain: bytes, seq: int) -> int | None:
        """Return where in the inbox a record was told, None when it was not."""
        found = self._connection.execute(
            "SELECT place FROM given_record WHERE chain = ? AND seq = ? AND folded = 1", (chain, seq)
        ).fetchone()
        return int(found[0]) if found else None
