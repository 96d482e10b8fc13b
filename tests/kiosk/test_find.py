"""Finding a case by a name that stands in no file, while the desk is open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.intents import Back, Do, Open, Typed
from kiosk.pages import Rows
from tests.kiosk.journeys import SIGN_IN, TAKE_IN
from tests.kiosk.point import Point


@pytest.fixture
def point(tmp_path: Path) -> Iterator[Point]:
    """A service point where 李秀兰 has just handed something in."""
    made = Point(tmp_path / "point")
    made.do(*SIGN_IN, *TAKE_IN, Do("done"))
    yield made
    made.close()


def hits(point: Point, words: str) -> list[str]:
    point.do(Typed("find", words))
    [rows] = [block for block in point.page.blocks if isinstance(block, Rows)]
    return [row.title for row in rows.rows]


def test_a_case_is_found_by_a_part_of_the_name_or_the_end_of_the_number_and_opened(point: Point) -> None:
    [row] = point.desk.cases.rows(over=False)
    point.do(Open("find"))
    assert hits(point, "秀兰") == ["李秀兰 高龄津贴申请"]
    assert hits(point, "王") == []
    assert hits(point, row.case_no[-6:]) == ["李秀兰 高龄津贴申请"]
    assert hits(point, row.case_no[-3:]) == []
    point.do(Open("case", row.case_no))
    assert point.place == "desk"
    assert point.desk_view.detail is not None
    assert "find" not in point.session.entry.texts


def test_after_a_restart_names_are_found_once_the_open_desk_has_learned_them(point: Point) -> None:
    again = point.reopen()
    assert again.desk.people.called("秀兰") == frozenset()
    again.do(*SIGN_IN)
    again.core.tick()
    assert again.desk.people.everybody
    assert len(again.desk.people.called("秀兰")) == 1
    again.close()


def test_locking_forgets_every_name(point: Point) -> None:
    point.do(Open("find"), Typed("find", "秀兰"), Back(), Do("lock"))
    assert point.desk.people.called("秀兰") == frozenset()
    assert "秀兰" not in repr(vars(point.desk.people))
