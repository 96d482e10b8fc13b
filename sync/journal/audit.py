"""The audit: every record from the first to the last, and which part of which is not what was written."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

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


def audit(connection: sqlite3.Connection, public_key: bytes) -> Audit:
    """Verify all that a journal holds against the key of its chain."""
    flaws = [Flaw(0, Part.FILE, complaint) for complaint in _file_complaints(connection)]
    # None after a record whose header is not believed: what follows it cannot be held against it.
    after: Link | None = Link.start(chain_id(public_key))
    records = withheld = last_seq = 0
    rows = _rows(connection)
    row = next(rows, None)
    while row is not None and len(flaws) < FLAWS_MAX:
        following = next(rows, None)
        records += 1
        withheld += row.body is None
        if row.seq != last_seq + 1:
            flaws.append(Flaw(row.seq, Part.NUMBER, f"the record before it has the number {last_seq}"))
            after = None
        found, header = _judge(row, following, public_key)
        flaws += found
        if header is not None and after is not None:
            flaws += _judge_order(row, header, after)
        after = None if header is None else Link(header.chain, row.seq, row.hash)
        last_seq = row.seq
        row = following
    return Audit(records, withheld, tuple(flaws[:FLAWS_MAX]))


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


def _rows(connection: sqlite3.Connection) -> Iterator[_Row]:
    for row in connection.execute("SELECT seq, case_no, header, body, signature FROM records ORDER BY seq"):
        yield _Row(*row)


def _file_complaints(connection: sqlite3.Connection) -> list[str]:
    lines = [line for (line,) in connection.execute(f"PRAGMA integrity_check({FLAWS_MAX})")]
    return [] if lines == ["ok"] else lines
