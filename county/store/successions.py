"""Which terminal takes the place of which, inside one transaction."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

SCHEMA = """
CREATE TABLE IF NOT EXISTS successions (
    region TEXT NOT NULL,
    terminal TEXT NOT NULL,
    heir TEXT NOT NULL,
    begun_ms INTEGER NOT NULL,
    closed BLOB,
    PRIMARY KEY (region, terminal)
) STRICT;
"""


class SuccessionRow(Struct, frozen=True):
    """That `heir` takes the place of `terminal` at a point, and when the county learnt it, ms since 1970 UTC.

    `closed` is the chain that came to its end by this and by nothing worse; None for a chain that had been stopped
    before, that was closed for distrust since, or that never reached the county.
    """

    region: str
    terminal: str
    heir: str
    begun_ms: int
    closed: bytes | None = None


class Successions:
    """The table, seen and written through one open transaction. It follows from the records and is never rebuilt."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def note(self, row: SuccessionRow) -> None:
        """Keep a succession; one that is known already is left as it is."""
        self._connection.execute(
            "INSERT INTO successions (region, terminal, heir, begun_ms, closed) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            (row.region, row.terminal, row.heir, row.begun_ms, row.closed),
        )

    def heir_of(self, region: str, terminal: str) -> str | None:
        """Return the number of the terminal that took this one's place, None for none."""
        row = self._connection.execute(
            "SELECT heir FROM successions WHERE region = ? AND terminal = ?", (region, terminal)
        ).fetchone()
        return None if row is None else str(row["heir"])

    def all(self) -> list[SuccessionRow]:
        """Return all, the newest first."""
        rows = self._connection.execute("SELECT * FROM successions ORDER BY begun_ms DESC, region, terminal").fetchall()
        return [
            SuccessionRow(row["region"], row["terminal"], row["heir"], row["begun_ms"], row["closed"]) for row in rows
        ]

    def distrust(self, chain: bytes) -> None:
        """The county has closed a chain for more than that its terminal was replaced."""
        self._connection.execute("UPDATE successions SET closed = NULL WHERE closed = ?", (chain,))
