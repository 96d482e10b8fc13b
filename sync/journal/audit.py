"""The audit: every record from the first to the last, and which part of which is not what was written."""

from __future__ import annotations

import hashlib
import sqlite3
from enum import StrEnum
from itertools import zip_longest

from msgspec import Struct

from sync.journal.refusals import named
from sync.keys import SignatureWrong, verify_detached
from sync.record import (
    BodyChanged,
    ChainBroken,
    Header,
    HeaderMalformed,
    Link,
    Record,
    chain_id,
    check_body,
    check_follows,
    decode_header,
)

FLAWS_MAX = 100
_PAGE_RECORDS = 200


class Part(StrEnum):
    """What of a record, or beside it, is wrong."""

    FILE = "file"  # SQLite's own structures
    NUMBER = "number"  # records are missing, or there twice
    HEADER = "header"
    BODY = "body"
    SIGNATURE = "signature"
    LAST = "header or signature"  # of the newest record, after which no hash tells the two apart
    ORDER = "order"  # signed, and yet it does not follow the record before it
    CASE_NUMBER = "case number"  # the index names another case than the header


class Flaw(Struct, frozen=True):
    """One thing that is wrong, at record `seq` (0: not at one)."""

    seq: int
    part: Part
    reason: str

    def __str__(self) -> str:
        return f"record {self.seq}, {self.part.value}: {self.reason}"


class Audit(Struct, frozen=True):
    """What was looked at and found. At most FLAWS_MAX flaws are listed; then the audit ends.

    Attributes:
        records: how many were looked at.
        withheld: how many of them have no body.
        flaws: what is wrong, nothing in a sound journal.
    """

    records: int
    withheld: int
    flaws: tuple[Flaw, ...]


class _Row(Struct, frozen=True):
    seq: int
    case_no: str | None
    header: bytes
    body: bytes | None
    signature: bytes

    @property
    def hash(self) -> bytes:
        return hashlib.sha256(self.header).digest()


class Walk:
    """The audit, a page at a time: between two pages nothing of the file is held, so that its writer goes on as ever.

    Attributes:
        seq: the last record that was looked at.
        records: how many were looked at.
        withheld: how many of them have no body.
        done: whether the end was reached.
    """

    def __init__(self, connection: sqlite3.Connection, public_key: bytes, after: int = 0) -> None:
        """Begin at the record behind seq `after`, from where an earlier walk had come; it was sound up to there."""
        self._connection = connection
        self._public_key = public_key
        # None: what follows cannot be held against a record before it.
        self._after = Link.start(chain_id(public_key)) if not after else None
        self.seq = after
        self.records = self.withheld = 0
        self.done = False

    def step(self, rows_max: int) -> list[Flaw]:
        """Look at so many records and return what is wrong with them. Raises JournalRefused."""
        flaws: list[Flaw] = []
        # One more than is judged: the next record says whether a header or its signature is wrong.
        page = self._page(rows_max + 1)
        self.done = len(page) <= rows_max
        for row, following in zip_longest(page[:rows_max], page[1:]):
            flaws += self._look(row, following)
        return flaws

    def _look(self, row: _Row, following: _Row | None) -> list[Flaw]:
        flaws: list[Flaw] = []
        self.records += 1
        self.withheld += row.body is None
        if row.seq != self.seq + 1:
            flaws.append(Flaw(row.seq, Part.NUMBER, f"the record before it has the number {self.seq}"))
            self._after = None
        found, header = _judge(row, following, self._public_key)
        flaws += found
        if header is not None and self._after is not None:
            flaws += _judge_order(row, header, self._after)
        self._after = None if header is None else Link(header.chain, row.seq, row.hash)
        self.seq = row.seq
        return flaws

    def _page(self, rows_max: int) -> list[_Row]:
        with named():
            rows = self._connection.execute(
                "SELECT seq, case_no, header, body, signature FROM records WHERE seq > ? ORDER BY seq LIMIT ?",
                (self.seq, rows_max),
            )
            return [_Row(*row) for row in rows]


def audit(connection: sqlite3.Connection, public_key: bytes) -> Audit:
    """Verify all that a journal holds against the key of its chain."""
    flaws = [Flaw(0, Part.FILE, complaint) for complaint in _file_complaints(connection)]
    walk = Walk(connection, public_key)
    while not walk.done and len(flaws) < FLAWS_MAX:
        flaws += walk.step(_PAGE_RECORDS)
    return Audit(walk.records, walk.withheld, tuple(flaws[:FLAWS_MAX]))


def _judge(row: _Row, following: _Row | None, public_key: bytes) -> tuple[list[Flaw], Header | None]:
    """Return what is wrong with a record by itself, and its header if that is what was signed."""
    try:
        header = decode_header(row.header)
    except HeaderMalformed as cause:
        return [Flaw(row.seq, Part.HEADER, str(cause))], None
    flaws: list[Flaw] = []
    try:
        verify_detached(public_key, row.header, row.signature)
    except SignatureWrong as cause:
        if following is None:
            return [Flaw(row.seq, Part.LAST, str(cause))], None
        if not _names(following, row.hash):
            return [Flaw(row.seq, Part.HEADER, "neither its signature nor the next record knows it")], None
        flaws.append(Flaw(row.seq, Part.SIGNATURE, str(cause)))
    try:
        check_body(header, row.body)
    except BodyChanged as cause:
        flaws.append(Flaw(row.seq, Part.BODY, str(cause)))
    if header.case_no != row.case_no:
        flaws.append(Flaw(row.seq, Part.CASE_NUMBER, "the index names another case than the header"))
    return flaws, header


def _judge_order(row: _Row, header: Header, after: Link) -> list[Flaw]:
    record = Record(header, row.header, row.body, row.signature, row.hash)
    try:
        check_follows(record, after)
    except ChainBroken as cause:
        return [Flaw(row.seq, Part.ORDER, str(cause))]
    return []


def _names(following: _Row, wanted: bytes) -> bool:
    try:
        return decode_header(following.header).previous == wanted
    except HeaderMalformed:
        return False


def _file_complaints(connection: sqlite3.Connection) -> list[str]:
    lines = [line for (line,) in connection.execute(f"PRAGMA integrity_check({FLAWS_MAX})")]
    return [] if lines == ["ok"] else lines
