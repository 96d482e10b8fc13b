"""A record in the middle of the journal is damaged: it is said, the county is told once, and work goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.intents import Do, Open
from sync.journal.audit import Part
from sync.model.facts import JournalFoundDamaged, Kind
from sync.model.plain import field_of
from sync.transport.said import AUDIT, AuditSaid, encode_said
from sync.transport.transport import Transport
from tests.kiosk.journeys import SIGN_IN, TAKE_IN, TAKE_IN_ANOTHER
from tests.kiosk.point import MONDAY_AFTERNOON_MS, Point


@pytest.fixture
def point(tmp_path: Path) -> Iterator[Point]:
    """A service point that starts again after the first of its two cases was damaged on the disk."""
    first = Point(tmp_path / "point")
    first.do(*SIGN_IN, *TAKE_IN, Do("done"), *TAKE_IN_ANOTHER, Do("done"), Do("lock"))
    first.close()
    connection = sqlite3.connect(tmp_path / "point" / "journal.db")
    with connection:
        connection.execute("UPDATE records SET body = zeroblob(length(body)) WHERE seq = ?", (damaged(first),))
    connection.close()
    made = Point(tmp_path / "point")
    yield made
    made.close()


def damaged(point: Point) -> int:
    """The seq of the record that took the first case in."""
    connection = sqlite3.connect(point.directory / "journal.db")
    (seq,) = connection.execute(
        "SELECT min(seq) FROM case_record WHERE kind = ?", (int(Kind.CASE_TAKEN_IN),)
    ).fetchone()
    connection.close()
    return int(seq)


def audited(point: Point, said: AuditSaid) -> None:
    """The sync process says how the audit stands."""
    transport = Transport.open_or_create(point.directory / "transport.db")
    transport.say(AUDIT, encode_said(said))
    transport.close()
    point.core.tick()


def told(point: Point) -> list[int]:
    return [
        field_of(JournalFoundDamaged, "first", record.header.plain)
        for seq in range(1, point.journal.head().seq + 1)
        if (record := point.desk.own_record(seq)) and record.header.kind == Kind.JOURNAL_FOUND_DAMAGED
    ]


def strip(point: Point) -> str:
    assert point.seen.status is not None
    return " ".join(entry.text for entry in point.seen.status.left)


def test_damage_stands_on_the_strip_and_is_told_to_the_county_once(point: Point) -> None:
    audited(point, AuditSaid(MONDAY_AFTERNOON_MS, ended_ms=MONDAY_AFTERNOON_MS, records=40))
    assert "记录坏了" not in strip(point)
    found = AuditSaid(MONDAY_AFTERNOON_MS, 7, None, 0, 1, damaged(point), Part.BODY.value, "record 7, body")
    audited(point, found)
    audited(point, AuditSaid(MONDAY_AFTERNOON_MS, 9, None, 0, 2, damaged(point), Part.BODY.value, "record 7, body"))
    assert f"本机第 {damaged(point)} 条记录坏了，请找技术员" in strip(point)
    assert told(point) == [damaged(point)]
    again = point.reopen()
    again.core.tick()
    assert "记录坏了" in strip(again)
    assert told(again) == [damaged(point)]
    audited(again, AuditSaid(MONDAY_AFTERNOON_MS, 0, None, 0, 1, 0, Part.FILE.value, "the file"))
    assert "本机记录的文件坏了" in strip(again)
    assert told(again) == [damaged(point), 0]
    again.close()


def test_with_a_damaged_case_the_desk_goes_on_with_every_other(point: Point) -> None:
    point.do(*SIGN_IN)
    for _ in range(3):
        point.core.tick()
    assert point.desk.people.everybody, "names are learned past the damaged one"
    rows = point.desk.cases.rows(over=False)
    assert len(rows) == 2
    for row in rows:
        point.do(Open("case", row.case_no))
        assert point.desk_view.detail is not None
    point.do(*TAKE_IN_ANOTHER)
    assert point.place == "receipt"
    assert len(point.desk.cases.rows(over=False)) == 3


def test_a_receipt_that_can_no_more_be_read_is_not_printed_and_says_why(point: Point) -> None:
    point.do(*SIGN_IN)
    number = min(row.case_no for row in point.desk.cases.rows(over=False))
    point.do(Open("case", number), Open("slip", number))
    assert point.place == "slip"
    point.do(Open("slip", "receipt"))
    assert any("这件事在本机的记录坏了" in text for text in point.notices), point.notices
