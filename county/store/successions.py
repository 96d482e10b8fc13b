"""Which terminal takes the place of which, inside one transaction."""

from __future__ import annotations

import json
import sqlite3

from msgspec import Struct

from sync.model.facts import Author, Kind
from sync.model.transitions import ENDS

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


class Lineage(Struct, frozen=True):
    """A terminal that took the place of others and that nobody has replaced, and those others, the first one first."""

    region: str
    heir: str
    before: tuple[str, ...]

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """Region and number of each that was replaced."""
        return tuple((self.region, terminal) for terminal in self.before)


_CASES_OF = """FROM cases WHERE number BETWEEN ? AND ?
    AND substr(number, 19, 2) IN (SELECT value FROM json_each(?))"""
_GIVEN = """SELECT 1 FROM records r JOIN chains c ON c.chain = r.chain
    WHERE r.case_no = number AND r.kind = ? AND c.author = ? AND c.region = ? AND c.terminal = ?"""


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

    def lineages(self) -> list[Lineage]:
        """Return all that were replaced, by who has their places now."""
        replaced = {(each.region, each.heir): each.terminal for each in self.all()}
        found = []
        for region, heir in sorted(replaced):
            if self.heir_of(region, heir) is None:
                before = [replaced[region, heir]]
                while (older := replaced.get((region, before[0]))) is not None and older not in before:
                    before.insert(0, older)
                found.append(Lineage(region, heir, tuple(before)))
        return found

    def not_given(self, lineage: Lineage) -> list[str]:
        """Return the open cases of terminals that were replaced which the heir was not given, the most pressing first.

        One of another terminal that was given away before is among them.
        """
        rows = self._connection.execute(
            f"SELECT number {_CASES_OF} AND status NOT IN (SELECT value FROM json_each(?))"  # noqa: S608 - constants
            f" AND NOT EXISTS ({_GIVEN}) ORDER BY due_on IS NULL, due_on, number",
            (*_of(lineage), json.dumps(sorted(ENDS)), *_given_to(lineage)),
        )
        return [str(row["number"]) for row in rows]

    def given(self, lineage: Lineage) -> int:
        """Return how many cases the heir was given."""
        row = self._connection.execute(
            f"SELECT count(*) AS n {_CASES_OF} AND EXISTS ({_GIVEN})",
            (*_of(lineage), *_given_to(lineage)),
        ).fetchone()
        return int(row["n"])

    def distrust(self, chain: bytes) -> None:
        """The county has closed a chain for more than that its terminal was replaced."""
        self._connection.execute("UPDATE successions SET closed = NULL WHERE closed = ?", (chain,))


def _of(lineage: Lineage) -> tuple[object, ...]:
    return lineage.region, lineage.region + "~", json.dumps(lineage.before)


def _given_to(lineage: Lineage) -> tuple[object, ...]:
    return int(Kind.CASE_GIVEN), Author.COUNTY.value, lineage.region, lineage.heir
