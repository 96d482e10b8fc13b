"""The projections: case list, ratings, parked records. Written from `county.projection`, never by hand."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from msgspec import Struct

from county.clocks import LightDays
from county.projection import CaseRow, ParkedRow, Projection
from county.ratings import Afterwards, Rating
from sync.model.facts import Channel, LaterProof, Stage
from sync.model.later import LaterEffect, RatingOutcome
from sync.model.light import Light
from sync.model.rating import Level
from sync.model.transitions import Status

PAGE_ROWS = 50
_PARKED_SHOWN = 500

_LIGHT = """CASE
    WHEN due_on < :today THEN 'bad'
    WHEN due_on <= :warn_until THEN 'warn'
    WHEN due_unknown OR due_on <= :notice_until THEN 'notice'
    ELSE 'normal' END"""
_LIGHT_COUNTS = f"SELECT {_LIGHT} AS light, count(*) AS n"


_NO_DAYS = LightDays(date.min, date.min, date.min)


SCHEMA = """
CREATE TABLE IF NOT EXISTS laters (
    case_no TEXT NOT NULL,
    stage TEXT NOT NULL,
    visit INTEGER NOT NULL,
    effect TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    level INTEGER,
    reasons TEXT NOT NULL,
    proof TEXT NOT NULL,
    PRIMARY KEY (case_no, stage, visit, effect)
) STRICT;
CREATE TABLE IF NOT EXISTS rating_reasons (
    case_no TEXT NOT NULL,
    stage TEXT NOT NULL,
    visit INTEGER NOT NULL,
    reasons TEXT NOT NULL,
    PRIMARY KEY (case_no, stage, visit)
) STRICT
"""
_LaterKey = tuple[str, str, int, LaterEffect]
_BETWEEN_REASONS = "\n"
_PROJECTIONS = (
    ("cases", "number"),
    ("ratings", "case_no"),
    ("laters", "case_no"),
    ("rating_reasons", "case_no"),
    ("parked", "case_no"),
)
"""The tables, and where each has the number of the case."""


class CaseQuery(Struct, frozen=True):
    """Which cases a list shows.

    Attributes:
        items: codes of the items that the reader may see; None for all.
        statuses: which statuses; None for all.
        light: which light; None for all.
        number: part of a case number; empty for any.
        page: counted from 0.
    """

    items: frozenset[str] | None = None
    statuses: frozenset[Status] | None = None
    light: Light | None = None
    number: str = ""
    page: int = 0


class CaseTable:
    """The projections, seen and written through one open transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def write(self, projection: Projection) -> None:
        """Put what is kept of a case in the place of what was kept before."""
        self.forget(projection.number)
        if projection.row is not None:
            self._connection.execute(
                "INSERT INTO cases"
                " (number, status, item_code, applicant, taken_in_ms, touched_ms, due_on, due_unknown)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                _case_values(projection.row),
            )
        self._connection.executemany(
            "INSERT INTO ratings (case_no, stage, visit, outcome, level, channel, reason, at_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            map(_rating_values, projection.ratings),
        )
        self._connection.executemany(
            "INSERT INTO laters (case_no, stage, visit, effect, at_ms, level, reasons, proof)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [values for rating in projection.ratings for values in _later_values(rating)],
        )
        self._connection.executemany(
            "INSERT INTO rating_reasons (case_no, stage, visit, reasons) VALUES (?, ?, ?, ?)",
            [
                (each.case_no, each.stage.value, each.visit, _BETWEEN_REASONS.join(each.reasons))
                for each in projection.ratings
                if each.reasons
            ],
        )
        self.park(projection.parked)

    def park(self, rows: Iterable[ParkedRow]) -> None:
        """Note records that make no sense."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO parked (chain, seq, case_no, reason) VALUES (?, ?, ?, ?)",
            ((row.chain, row.seq, row.case_no, row.reason) for row in rows),
        )

    def forget(self, number: str) -> None:
        """Keep nothing of a case any more: its records no longer count."""
        for table, column in _PROJECTIONS:
            self._connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (number,))  # noqa: S608 - constants

    def unpark(self, chain: bytes, seq: int) -> None:
        """Forget why records of a chain behind a seq were parked: they are no longer among those that count."""
        self._connection.execute("DELETE FROM parked WHERE chain = ? AND seq > ?", (chain, seq))

    def clear(self) -> None:
        """Empty every projection, to make them anew."""
        for table, _ in _PROJECTIONS:
            self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - constants

    def find(self, query: CaseQuery, days: LightDays) -> list[CaseRow]:
        """Return one page of cases, those that run out first at the top, then the newest."""
        rows = self._select(
            "SELECT * FROM cases",
            query,
            days,
            "ORDER BY due_on IS NULL, due_on, touched_ms DESC, number"
            f" LIMIT {PAGE_ROWS} OFFSET {query.page * PAGE_ROWS:d}",
        )
        return [_case_row(row) for row in rows]

    def count(self, query: CaseQuery, days: LightDays) -> int:
        """Return how many cases a query has on all pages."""
        total: int = self._select("SELECT count(*) FROM cases", query, days, "")[0][0]
        return total

    def statuses(self, items: frozenset[str] | None) -> dict[Status, int]:
        """Return how many cases stand where."""
        rows = self._select("SELECT status, count(*) AS n FROM cases", CaseQuery(items), _NO_DAYS, "GROUP BY status")
        return {Status(row["status"]): row["n"] for row in rows}

    def lights(self, query: CaseQuery, days: LightDays) -> dict[Light, int]:
        """Return how many cases of a query show each light."""
        rows = self._select(f"{_LIGHT_COUNTS} FROM cases", query, days, "GROUP BY 1")
        return {Light(row["light"]): row["n"] for row in rows}

    def ratings(self, items: frozenset[str] | None = None) -> list[tuple[str, Rating]]:
        """Return (item code, rating) for every chance to rate, newest first."""
        rows = self._select(
            "SELECT item_code, ratings.*, reasons FROM ratings JOIN cases ON number = case_no"
            " LEFT JOIN rating_reasons USING (case_no, stage, visit)",
            CaseQuery(items),
            _NO_DAYS,
            "ORDER BY at_ms DESC, case_no, visit",
        )
        laters = self._laters(items)
        return [(row["item_code"], _rating(row, laters)) for row in rows]

    def _laters(self, items: frozenset[str] | None) -> dict[_LaterKey, Afterwards]:
        rows = self._select(
            "SELECT laters.* FROM laters JOIN cases ON number = case_no", CaseQuery(items), _NO_DAYS, ""
        )
        return {
            (row["case_no"], row["stage"], row["visit"], LaterEffect(row["effect"])): Afterwards(
                row["at_ms"],
                None if row["level"] is None else Level(row["level"]),
                _reasons(row["reasons"]),
                LaterProof(row["proof"]),
            )
            for row in rows
        }

    def parked(self) -> list[ParkedRow]:
        """Return the records that make no sense, by chain and seq."""
        rows = self._connection.execute("SELECT * FROM parked ORDER BY chain, seq LIMIT ?", (_PARKED_SHOWN,))
        return [ParkedRow(row["chain"], row["seq"], row["case_no"], row["reason"]) for row in rows]

    def parked_count(self) -> int:
        """Return how many records make no sense."""
        total: int = self._connection.execute("SELECT count(*) FROM parked").fetchone()[0]
        return total

    def _select(self, head: str, query: CaseQuery, days: LightDays, tail: str) -> list[sqlite3.Row]:
        where, parameters = _clause(query, days)
        return self._connection.execute(f"{head} WHERE {where} {tail}", parameters).fetchall()


def _clause(query: CaseQuery, days: LightDays) -> tuple[str, dict[str, object]]:
    """Return a WHERE clause with named parameters; values never stand in the text."""
    clauses = ["1"]
    parameters: dict[str, object] = {
        "today": days.today.toordinal(),
        "warn_until": days.warn_until.toordinal(),
        "notice_until": days.notice_until.toordinal(),
    }
    if query.items is not None:
        clauses.append(_among("item_code", sorted(query.items), parameters))
    if query.statuses is not None:
        clauses.append(_among("status", sorted(query.statuses), parameters))
    if query.light is not None:
        clauses.append(f"{_LIGHT} = :light")
        parameters["light"] = query.light.value
    if query.number:
        clauses.append("instr(number, :number) > 0")
        parameters["number"] = query.number
    return " AND ".join(clauses), parameters


def _among(column: str, values: Sequence[str], parameters: dict[str, object]) -> str:
    names = [f"{column}_{place}" for place in range(len(values))]
    parameters.update(zip(names, map(str, values), strict=True))
    return f"{column} IN ({', '.join(':' + name for name in names)})"


def _case_row(row: sqlite3.Row) -> CaseRow:
    return CaseRow(
        number=row["number"],
        status=Status(row["status"]),
        item_code=row["item_code"],
        applicant=row["applicant"],
        taken_in_ms=row["taken_in_ms"],
        touched_ms=row["touched_ms"],
        due_on=None if row["due_on"] is None else date.fromordinal(row["due_on"]),
        due_unknown=bool(row["due_unknown"]),
    )


def _case_values(row: CaseRow) -> tuple[object, ...]:
    return (
        row.number,
        row.status.value,
        row.item_code,
        row.applicant,
        row.taken_in_ms,
        row.touched_ms,
        None if row.due_on is None else row.due_on.toordinal(),
        int(row.due_unknown),
    )


def _rating_values(rating: Rating) -> tuple[object, ...]:
    return (
        rating.case_no,
        rating.stage.value,
        rating.visit,
        rating.outcome.value,
        rating.level,
        None if rating.channel is None else rating.channel.value,
        rating.reason,
        rating.at_ms,
    )


def _reasons(joined: str | None) -> tuple[str, ...]:
    return tuple(filter(None, (joined or "").split(_BETWEEN_REASONS)))


def _later_values(rating: Rating) -> Iterator[tuple[object, ...]]:
    for effect, said in ((LaterEffect.RATED, rating.later), (LaterEffect.FOLLOWED, rating.follow_up)):
        if said is not None:
            reasons = _BETWEEN_REASONS.join(said.reasons)
            place = rating.case_no, rating.stage.value, rating.visit, effect.value
            yield (*place, said.at_ms, said.level, reasons, said.proof.value)


def _rating(row: sqlite3.Row, laters: Mapping[_LaterKey, Afterwards]) -> Rating:
    place = row["case_no"], row["stage"], row["visit"]
    return Rating(
        case_no=row["case_no"],
        stage=Stage(row["stage"]),
        visit=row["visit"],
        outcome=RatingOutcome(row["outcome"]),
        at_ms=row["at_ms"],
        level=None if row["level"] is None else Level(row["level"]),
        channel=None if row["channel"] is None else Channel(row["channel"]),
        reason=row["reason"],
        reasons=_reasons(row["reasons"]),
        later=laters.get((*place, LaterEffect.RATED)),
        follow_up=laters.get((*place, LaterEffect.FOLLOWED)),
    )
