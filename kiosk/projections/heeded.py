"""Up to which record of the county the terminal has done what it was told. No fold: it is not made anew by a rebuild.

SQL on the journal's open transaction.
"""

from __future__ import annotations

import sqlite3

SCHEMA = "CREATE TABLE IF NOT EXISTS heeded (id INTEGER PRIMARY KEY, place INTEGER NOT NULL)"


class Heeded:
    """The place in the inbox, in the journal's file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def place(self) -> int:
        """Return the place of the last record heeded, 0 at first."""
        found = self._connection.execute("SELECT place FROM heeded").fetchone()
        return int(found[0]) if found else 0

    def move_to(self, place: int) -> None:
        """Note that everything up to a place was heeded."""
        self._connection.execute("INSERT OR REPLACE INTO heeded VALUES (1, ?)", (place,))
