"""How far the county's records have been folded, and what has been told of the desk's keys and of damage."""

from __future__ import annotations

import sqlite3

from sync.model.facts import DeskAccessEnded, DeskAccessGiven, Envelope, Fact, JournalFoundDamaged, Kind
from sync.model.plain import field_of

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

    def desk_key_told(self) -> int:
        """Return the seq of the last record that told the desk's key, 0 before the first."""
        found = self._connection.execute("SELECT place FROM progress WHERE name = 'desk_key'").fetchone()
        return int(found[0]) if found else 0

    def apply(self, happened: Envelope) -> None:
        """Fold one fact of this terminal."""
        if happened.kind == Kind.DESK_KEY_MADE:
            self._connection.execute("INSERT OR REPLACE INTO progress VALUES ('desk_key', ?)", (happened.seq,))
        elif happened.kind == Kind.JOURNAL_FOUND_DAMAGED:
            # Behind the record: 0 is nothing told, and the file itself has the number 0.
            first = field_of(JournalFoundDamaged, "first", happened.plain)
            self._connection.execute("INSERT OR REPLACE INTO progress VALUES ('damage', ?)", (first + 1,))
        elif happened.kind in _CHANGES:
            at_ms = field_of(_CHANGES[happened.kind], "at_ms", happened.plain)
            self._connection.execute(
                "INSERT INTO progress VALUES ('desk_change', ?)"
                " ON CONFLICT (name) DO UPDATE SET place = MAX(place, excluded.place)",
                (at_ms,),
            )

    def damage_told(self) -> int | None:
        """Return the first damaged record that was told last, 0 for the file itself; None before the first."""
        found = self._connection.execute("SELECT place FROM progress WHERE name = 'damage'").fetchone()
        return int(found[0]) - 1 if found else None

    def desk_change_told(self) -> int:
        """Return when the newest change of who may open the desk was made that was told, ms; 0 before the first."""
        found = self._connection.execute("SELECT place FROM progress WHERE name = 'desk_change'").fetchone()
        return int(found[0]) if found else 0


_CHANGES: dict[int, type[Fact]] = {Kind.DESK_ACCESS_GIVEN: DeskAccessGiven, Kind.DESK_ACCESS_ENDED: DeskAccessEnded}
