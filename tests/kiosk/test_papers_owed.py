"""Papers that were never issued, because the disk or the program ended between an act and its paper."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.desk import Actor, Desk
from kiosk.intents import Do, Open
from kiosk.pages import Notice, Rows
from sync.journal import JournalIsFull
from sync.model.facts import Fact, Kind, SlipIssued
from tests.kiosk.journeys import SIGN_IN, TAKE_IN
from tests.kiosk.point import Point

OWED = "没有打印。打印机好了可以再打。编号请先抄下来。"


@pytest.fixture
def point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Point:
    """A point at which a case has just been taken in, when the disk had room for the case and not for its receipt."""
    made = Point(tmp_path)
    note = Desk.note

    def full(desk: Desk, fact: Fact, actor: Actor, case_no: str | None = None) -> int:
        if isinstance(fact, SlipIssued):
            raise JournalIsFull("the disk is full")
        return note(desk, fact, actor, case_no)

    with monkeypatch.context() as disk:
        disk.setattr(Desk, "note", full)
        made.do(*SIGN_IN, *TAKE_IN)
    return made


def sentences(point: Point) -> list[str]:
    """The coloured sentences on the page."""
    return [block.text for block in point.page.blocks if isinstance(block, Notice)]


def rows(point: Point) -> list[str]:
    """What can be touched in the lists of the page."""
    return [row.target_id for block in point.page.blocks if isinstance(block, Rows) for row in block.rows]


def test_a_case_without_its_receipt_is_saved_once_and_the_receipt_is_printed_when_there_is_room(point: Point) -> None:
    number = point.session.case_no or ""
    assert point.place == "receipt"
    assert point.seen.overlay is None
    assert OWED in sentences(point)
    point.do(Do("print"))
    assert [row.copy for row in point.desk.papers.slips(number)] == [0]
    kinds = [record.header.kind for record in point.journal.read(0, 1000)]
    assert kinds.count(Kind.CASE_TAKEN_IN) == 1
    point.close()


def test_a_receipt_that_was_never_issued_is_among_the_papers_of_its_case(point: Point) -> None:
    number = point.session.case_no or ""
    again = point.reopen()
    again.do(*SIGN_IN, Open("slip", number))
    assert rows(again) == ["slip.receipt"]
    again.do(Open("slip", "receipt"))
    assert [row.copy for row in again.desk.papers.slips(number)] == [0]
    again.close()
