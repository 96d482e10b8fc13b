"""Cases as rows, and the records they were folded from. SQL on the journal's open transaction."""

from __future__ import annotations

import sqlite3
import typing
from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct

from sync import cbor
from sync.model.case import Case, Effect, fold
from sync.model.case_number import parse_case_number
from sync.model.facts import ActorClass, Author, Envelope, Kind, Outcome, Role, Urgency
from sync.model.masking import masked_name
from sync.model.plain import PlainValue
from sync.model.transitions import ENDS, UNDECIDED, Status

SCHEMA = """
CREATE TABLE IF NOT EXISTS case_record (
    case_no TEXT NOT NULL, author TEXT NOT NULL, chain BLOB NOT NULL, seq INTEGER NOT NULL, kind INTEGER NOT NULL,
    wall_ms INTEGER NOT NULL, actor TEXT NOT NULL, actor_class INTEGER NOT NULL, plain BLOB NOT NULL,
    PRIMARY KEY (case_no, chain, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS case_row (
    case_no TEXT PRIMARY KEY, status TEXT NOT NULL, item_code TEXT NOT NULL, item_version INTEGER NOT NULL,
    role TEXT NOT NULL, urgency TEXT NOT NULL, name_masked TEXT NOT NULL, taken_in_ms INTEGER,
    promised_on TEXT, supplement_due TEXT, outcome TEXT, ready_ms INTEGER, last_ms INTEGER NOT NULL,
    last_own_seq INTEGER NOT NULL, over INTEGER NOT NULL, parked INTEGER NOT NULL, needs_update INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS case_row_order ON case_row (over, promised_on, case_no);
CREATE TABLE IF NOT EXISTS number_given (point TEXT PRIMARY KEY, case_no TEXT NOT NULL) WITHOUT ROWID;
"""

Body = Mapping[int, PlainValue]
_PLAIN_LIMITS = cbor.Limits(2048, values_max=500)


class CaseRow(Struct, frozen=True):
    """One case as lists show it. `last_own_seq` is the newest record of this terminal about it."""

    case_no: str
    status: Status
    item_code: str
    item_version: int
    role: Role
    urgency: Urgency
    name_masked: str
    taken_in_ms: int | None
    promised_on: date | None
    supplement_due: date | None
    outcome: Outcome | None
    ready_ms: int | None
    last_ms: int
    last_own_seq: int
    over: bool
    parked: int
    needs_update: bool


class Cases:
    """The table of cases on one open connection."""

    def __init__(self, connection: sqlite3.Connection, chain: bytes) -> None:
        """Use `connection`; the tables must be there (`SCHEMA`). `chain` is the id of this terminal's own."""
        self._connection = connection
        self._chain = chain

    def clear(self) -> None:
        """Forget everything, to be folded anew."""
        for statement in ("DELETE FROM case_record", "DELETE FROM case_row", "DELETE FROM number_given"):
            self._connection.execute(statement)

    def apply(self, happened: Envelope, sealed: Body | None) -> None:
        """Take in one record of a case and fold the case anew. `sealed` is None while the body is withheld."""
        case_no = happened.case_no
        if case_no is None:
            return
        self._insert(happened)
        if happened.author is Author.TERMINAL:
            self._give_number(case_no)
        case = self.case(case_no)
        self._write(case, _name_in(happened, sealed) or self._name_masked(case_no))

    def take_over(self, given: Envelope, records: Iterable[tuple[Envelope, Body | None]]) -> None:
        """Take in a case that is given to this terminal, with what others have written about it until now.

        `sealed` of each record is None while its body is withheld.
        """
        case_no, name = given.case_no or "", ""
        for happened, sealed in records:
            self._insert(happened)
            name = _name_in(happened, sealed) or name
        self._insert(given)
        self._write(self.case(case_no), name or self._name_masked(case_no))

    def case(self, case_no: str) -> Case:
        """Fold a case from its records; a case without records is a draft."""
        return fold(case_no, self.envelopes(case_no))

    def envelopes(self, case_no: str) -> list[Envelope]:
        """Return what is known of a case, own records and the county's."""
        found = self._connection.execute(
            "SELECT kind, author, chain, seq, wall_ms, actor, actor_class, plain FROM case_record WHERE case_no = ?",
            (case_no,),
        )
        return [
            Envelope(
                kind=kind,
                author=Author(author),
                chain=chain,
                seq=seq,
                wall_ms=wall_ms,
                actor=actor,
                actor_class=ActorClass(actor_class),
                case_no=case_no,
                plain=_plain(plain),
            )
            for kind, author, chain, seq, wall_ms, actor, actor_class, plain in found
        ]

    def row(self, case_no: str) -> CaseRow | None:
        """Return one case as lists show it, None when it is unknown here."""
        found = self._connection.execute(f"{_SELECT} WHERE case_no = ?", (case_no,)).fetchone()
        return _row(found) if found else None

    def rows(self, *, over: bool, limit: int = 2000) -> list[CaseRow]:
        """Return cases that are still going on (or that are over), the most pressing first."""
        order = "promised_on IS NULL, promised_on, case_no" if not over else "last_ms DESC, case_no"
        found = self._connection.execute(f"{_SELECT} WHERE over = ? ORDER BY {order} LIMIT ?", (int(over), limit))
        return [_row(each) for each in found]

    def undecided(self, item_code: str) -> list[CaseRow]:
        """Return the cases of an item that nobody has decided yet and that may still be, the newest first."""
        order = "ORDER BY last_ms DESC, case_no DESC"
        found = self._connection.execute(f"{_SELECT} WHERE over = 0 AND item_code = ? {order}", (item_code,))
        return [row for each in found if (row := _row(each)).status in UNDECIDED]

    def after(self, case_no: str, limit: int) -> list[CaseRow]:
        """Return the cases behind a number, by number; "" begins."""
        found = self._connection.execute(f"{_SELECT} WHERE case_no > ? ORDER BY case_no LIMIT ?", (case_no, limit))
        return [_row(each) for each in found]

    def name(self, case_no: str, name: str) -> None:
        """Write the masked name of an applicant whose record could not be read when it was folded."""
        self._connection.execute("UPDATE case_row SET name_masked = ? WHERE case_no = ?", (masked_name(name), case_no))

    def find(self, ending: str) -> list[CaseRow]:
        """Return the cases whose number ends with these characters (at most 5)."""
        found = self._connection.execute(f"{_SELECT} WHERE case_no LIKE ? LIMIT 5", (f"%{ending}",))
        return [_row(each) for each in found]

    def last_number(self, region: str, terminal: int) -> str | None:
        """Return the newest case number that this terminal gave at this point, None before the first."""
        found = self._connection.execute(
            "SELECT case_no FROM number_given WHERE point = ?", (f"{region}-{terminal:02d}",)
        ).fetchone()
        return str(found[0]) if found else None

    def parked(self) -> list[tuple[str, Envelope]]:
        """Return the records that made no sense to their case, for the technician."""
        numbers = [row[0] for row in self._connection.execute("SELECT case_no FROM case_row WHERE parked > 0")]
        return [
            (number, step.envelope)
            for number in numbers
            for step in self.case(number).steps
            if step.effect is Effect.PARKED
        ]

    def _insert(self, happened: Envelope) -> None:
        self._connection.execute(
            "INSERT OR IGNORE INTO case_record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                happened.case_no,
                happened.author.value,
                happened.chain,
                happened.seq,
                happened.kind,
                happened.wall_ms,
                happened.actor,
                int(happened.actor_class),
                cbor.encode(dict(happened.plain)),
            ),
        )

    def _give_number(self, case_no: str) -> None:
        number = parse_case_number(case_no)
        if not number.from_outage_form:
            self._connection.execute(
                "INSERT INTO number_given VALUES (?, ?) ON CONFLICT (point)"
                " DO UPDATE SET case_no = MAX(case_no, excluded.case_no)",
                (f"{number.region}-{number.terminal:02d}", number.text),
            )

    def _name_masked(self, case_no: str) -> str:
        found = self._connection.execute("SELECT name_masked FROM case_row WHERE case_no = ?", (case_no,)).fetchone()
        return str(found[0]) if found else ""

    def _write(self, case: Case, name_masked: str) -> None:
        own = [step.envelope.seq for step in case.steps if step.envelope.chain == self._chain]
        self._connection.execute(
            "INSERT OR REPLACE INTO case_row VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                case.number,
                case.status.value,
                case.item_code,
                case.item_version,
                case.role.value,
                case.urgency.value,
                name_masked,
                case.taken_in_ms,
                _iso(case.promised_on),
                _iso(case.supplement_due),
                case.outcome.value if case.outcome else None,
                case.ready_ms,
                max(step.envelope.wall_ms for step in case.steps),
                max(own, default=0),
                int(case.status in ENDS),
                sum(step.effect is Effect.PARKED for step in case.steps),
                int(case.needs_update),
            ),
        )


_SELECT = """SELECT case_no, status, item_code, item_version, role, urgency, name_masked, taken_in_ms, promised_on,
    supplement_due, outcome, ready_ms, last_ms, last_own_seq, over, parked, needs_update FROM case_row"""


def _row(found: tuple[typing.Any, ...]) -> CaseRow:
    held = dict(zip(CaseRow.__struct_fields__, found, strict=True))
    return CaseRow(
        **held
        | {
            "status": Status(held["status"]),
            "role": Role(held["role"]),
            "urgency": Urgency(held["urgency"]),
            "promised_on": _date(held["promised_on"]),
            "supplement_due": _date(held["supplement_due"]),
            "outcome": Outcome(held["outcome"]) if held["outcome"] else None,
            "over": bool(held["over"]),
            "needs_update": bool(held["needs_update"]),
        }
    )


def _plain(held: bytes) -> Mapping[int, PlainValue]:
    return typing.cast("Mapping[int, PlainValue]", cbor.decode(held, _PLAIN_LIMITS))


def _name_in(happened: Envelope, sealed: Body | None) -> str | None:
    """Return the applicant's masked name when this record brings it."""
    places: Iterable[tuple[Kind, int]] = ((Kind.CASE_TAKEN_IN, 0), (Kind.ONE_TIME_NOTICE_GIVEN, 0))
    for kind, key in places:
        person = sealed.get(key) if sealed is not None and happened.kind == kind else None
        if isinstance(person, Mapping) and isinstance(name := _by_number(person).get(0), str):
            return masked_name(name)
    return None


def _by_number(held: Mapping[int, PlainValue] | Mapping[str, PlainValue]) -> dict[object, PlainValue]:
    return dict(held.items())


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
