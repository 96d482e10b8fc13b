"""How far the county's records have been folded."""

from __future__ import annotations

import sqlite3

SCHEMA = """
CREATE TABLE IF NOT EXISTS progress (name TEXT PRIMARY KEY, place INTEGER NOT NULL) WITHOUT ROWID;
"""


class Progress:
    """The table of places on one open connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Use `connection`; the table must be there (`SCHEMA`)."""
        self._connection = connection

    def clear(self) -> None:
        """Forget everything, to be folded anew."""
        self._connection.execute("DELETE FROM progress")

    def inbox_folded(self) -> int:
        """Return the place of the last county record that was folded, 0 before the first."""
        found = self._connection.execute("SELECT place FROM progress WHERE name = 'inbox'").fetchone()
        return int(found[0]) if found else 0

    def fold_inbox_to(self, place: int) -> None:
        """Remember that everything up to `place` is folded."""
        self._connection.execute("INSERT OR REPLACE INTO progress VALUES ('inbox', ?)", (place,))
