"""Slips and ratings as rows. The level of a rating is never here: the desk shows 已评 or 未评, nothing else."""

from __future__ import annotations

import sqlite3
import typing

from msgspec import Struct

from sync.model.facts import (
    FACTS,
    Channel,
    Envelope,
    Kind,
    SlipKind,
    SlipResult,
    Stage,
)
from sync.model.plain import field_of

SCHEMA = """
CREATE TABLE IF NOT EXISTS slip (
    issued_seq INTEGER PRIMARY KEY, case_no TEXT, slip TEXT NOT NULL, copy INTEGER NOT NULL,
    issued_ms INTEGER NOT NULL, result TEXT, reason TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS slip_case ON slip (case_no);
CREATE INDEX IF NOT EXISTS slip_open ON slip (issued_seq) WHERE result IS NULL;
CREATE INDEX IF NOT EXISTS slip_unknown ON slip (reason) WHERE result = 'unknown';
CREATE TABLE IF NOT EXISTS rating (
    case_no TEXT NOT NULL, stage TEXT NOT NULL, visit INTEGER NOT NULL, channel TEXT NOT NULL, state TEXT NOT NULL,
    PRIMARY KEY (case_no, stage, visit)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rated_later (seq INTEGER PRIMARY KEY, case_no TEXT NOT NULL, at_ms INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS rated_later_case ON rated_later (case_no);
CREATE INDEX IF NOT EXISTS rating_open ON rating (case_no) WHERE state = 'invited';
"""

INVITED, GIVEN, NOT_GIVEN = "invited", "given", "not_given"
_RATING_STATES = {
    Kind.RATING_INVITED: INVITED,
    Kind.RATING_GIVEN: GIVEN,
    Kind.RATING_NOT_GIVEN: NOT_GIVEN,
}


class SlipRow(Struct, frozen=True):
    """One paper. `result` None: the program ended before it knew; somebody has to look."""

    issued_seq: int
    case_no: str | None
    slip: SlipKind
    copy: int
    issued_ms: int
    result: SlipResult | None
    reason: str


class RatingRow(Struct, frozen=True):
    """What the desk may know of a rating: `state` is invited, given or not_given."""

    stage: Stage
    visit: int
    channel: Channel
    state: str


class Papers:
    """The tables of slips and ratings on one open connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Use `connection`; the tables must be there (`SCHEMA`)."""
        self._connection = connection

    def clear(self) -> None:
        """Forget everything, to be folded anew."""
        self._connection.execute("DELETE FROM slip")
        self._connection.execute("DELETE FROM rating")
        self._connection.execute("DELETE FROM rated_later")

    def apply(self, happened: Envelope) -> None:
        """Take in one record of this terminal."""
        if happened.kind == Kind.SLIP_ISSUED:
            self._connection.execute(
                "INSERT OR IGNORE INTO slip (issued_seq, case_no, slip, copy, issued_ms) VALUES (?, ?, ?, ?, ?)",
                (
                    happened.seq,
                    happened.case_no,
                    _field(happened, "slip").value,
                    _field(happened, "copy"),
                    happened.wall_ms,
                ),
            )
        elif happened.kind == Kind.SLIP_ENDED:
            self._connection.execute(
                "UPDATE slip SET result = ?, reason = ? WHERE issued_seq = ?",
                (
                    _field(happened, "result").value,
                    _field(happened, "reason"),
                    _field(happened, "issued_seq"),
                ),
            )
        elif happened.kind == Kind.RATED_LATER:
            self._connection.execute(
                "INSERT OR IGNORE INTO rated_later VALUES (?, ?, ?)",
                (happened.seq, _field(happened, "case_no"), happened.wall_ms),
            )
        elif happened.kind in _RATING_STATES:
            self._rate(happened, _RATING_STATES[Kind(happened.kind)])

    def take_over(self, happened: Envelope) -> None:
        """Take in a record of a terminal that had the case before: its ratings. Its papers are of another printer.

        What is known here already is not undone: an invitation of long ago opens nothing again.
        """
        if happened.kind in (Kind.RATING_GIVEN, Kind.RATING_NOT_GIVEN):
            self._rate(happened, _RATING_STATES[Kind(happened.kind)])
        elif happened.kind == Kind.RATING_INVITED:
            self._connection.execute("INSERT OR IGNORE INTO rating VALUES (?, ?, ?, ?, ?)", _rating(happened, INVITED))

    def _rate(self, happened: Envelope, state: str) -> None:
        """The first answer stands; a later invitation or silence never undoes a rating."""
        self._connection.execute(
            "INSERT INTO rating VALUES (?, ?, ?, ?, ?) ON CONFLICT (case_no, stage, visit) DO UPDATE SET"
            " state = excluded.state, channel = excluded.channel WHERE rating.state != 'given'",
            _rating(happened, state),
        )

    def slips(self, case_no: str) -> list[SlipRow]:
        """Return the papers of a case, oldest first."""
        found = self._connection.execute(
            "SELECT issued_seq, case_no, slip, copy, issued_ms, result, reason FROM slip WHERE case_no = ?"
            " ORDER BY issued_seq",
            (case_no,),
        )
        return [_slip(row) for row in found]

    def slip(self, issued_seq: int) -> SlipRow | None:
        """Return one paper, None when none was issued under this seq."""
        found = self._connection.execute(
            "SELECT issued_seq, case_no, slip, copy, issued_ms, result, reason FROM slip WHERE issued_seq = ?",
            (issued_seq,),
        ).fetchone()
        return _slip(found) if found else None

    def unfinished(self) -> list[SlipRow]:
        """Return the papers of which nobody knows whether they were printed: a run ended in between."""
        found = self._connection.execute(
            "SELECT issued_seq, case_no, slip, copy, issued_ms, result, reason FROM slip WHERE result IS NULL"
            " ORDER BY issued_seq"
        )
        return [_slip(row) for row in found]

    def left_open(self, reason: str) -> list[SlipRow]:
        """Return the papers of cases that nobody knows about for this reason."""
        found = self._connection.execute(
            "SELECT issued_seq, case_no, slip, copy, issued_ms, result, reason FROM slip"
            " WHERE result = 'unknown' AND reason = ? AND case_no IS NOT NULL ORDER BY issued_seq",
            (reason,),
        )
        return [_slip(row) for row in found]

    def ratings(self, case_no: str) -> list[RatingRow]:
        """Return the rating windows of a case."""
        found = self._connection.execute(
            "SELECT stage, visit, channel, state FROM rating WHERE case_no = ? ORDER BY visit, stage", (case_no,)
        )
        return [RatingRow(Stage(stage), visit, Channel(channel), state) for stage, visit, channel, state in found]

    def later(self, case_no: str) -> list[tuple[int, int]]:
        """Return (seq, when) of what was rated at this terminal after a service of the case, whose ever it is."""
        found = self._connection.execute(
            "SELECT seq, at_ms FROM rated_later WHERE case_no = ? ORDER BY seq", (case_no,)
        )
        return [(seq, at_ms) for seq, at_ms in found]

    def unanswered(self) -> list[tuple[str, RatingRow]]:
        """Return (case number, window) of every window that neither an answer nor silence has closed."""
        found = self._connection.execute(
            "SELECT case_no, stage, visit, channel, state FROM rating WHERE state = 'invited'"
        )
        return [
            (case_no, RatingRow(Stage(stage), visit, Channel(channel), state))
            for case_no, stage, visit, channel, state in found
        ]


def _field(happened: Envelope, name: str) -> typing.Any:
    return field_of(FACTS[happened.kind], name, happened.plain)


def _rating(happened: Envelope, state: str) -> tuple[str | None, str, int, str, str]:
    stage, channel = _field(happened, "stage").value, _field(happened, "channel").value
    return happened.case_no, stage, _field(happened, "visit"), channel, state


def _slip(row: tuple[typing.Any, ...]) -> SlipRow:
    issued_seq, case_no, slip, copy, issued_ms, result, reason = row
    known = SlipResult(result) if result else None
    return SlipRow(issued_seq, case_no, SlipKind(slip), copy, issued_ms, known, reason)
