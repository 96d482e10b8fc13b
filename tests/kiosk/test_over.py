"""A case that is decided or over: no promised day is shown any more, but the day since when it is so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from kiosk.deadlines import when_words
from kiosk.intents import Choose, Do, Next, Open, Sign, Typed
from kiosk.pages import Facts, PageView
from sync.model.case import Effect, Step
from sync.model.facts import Kind
from sync.model.transitions import ENDS, Status
from tests.kiosk.journeys import SIGN_IN, SIGNATURE, TAKE_IN
from tests.kiosk.point import Point

DAY_MS = 24 * 3600 * 1000


@pytest.fixture
def point(tmp_path: Path) -> Iterator[Point]:
    point = Point(tmp_path / "point")
    yield point
    point.close()


def facts_of(page: PageView) -> dict[str, str]:
    return {label: text for block in page.blocks if isinstance(block, Facts) for label, text in block.rows}


def ask_for(point: Point, number: str) -> dict[str, str]:
    point.do(Open("progress"), Typed("number", number[-13:]), Typed("last_four", "0016"), Next())
    assert point.place == "answer"
    return facts_of(point.page)


def test_a_case_that_is_over_promises_nothing_any_more_and_says_since_when(point: Point) -> None:
    point.do(*SIGN_IN, *TAKE_IN)
    number = point.session.case_no or ""
    point.do(Do("done"), Open("case", number))
    detail = point.desk_view.detail
    assert detail is not None
    assert detail.because.startswith("最迟11月30日办结")
    assert point.desk_view.rows[0].due == "承诺 11-30"
    point.clock.advance(DAY_MS)
    point.visit.end()
    point.do(*SIGN_IN, Open("withdraw", number), Next(), Typed("reason", "不想办了"))
    point.do(Sign("signature", SIGNATURE), Next(), Next(), Choose("filter", "over"), Open("case", number))
    detail = point.desk_view.detail
    assert detail is not None
    assert detail.because == "撤回日期 11月24日"
    assert point.desk_view.rows[0].due == ""
    point.do(Do("lock"))
    shown = ask_for(point, number)
    assert shown["撤回日期"] == "11月24日"
    assert "办结时间" not in shown
    assert "最迟" not in repr(shown)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.NOT_ACCEPTED, ("不予受理日期", "11月25日")),
        (Status.TERMINATED, ("终止日期", "11月25日")),
        (Status.CLOSED, ("办结日期", "11月25日")),
        (Status.DECIDED, ("决定日期", "11月24日")),
        (Status.READY, ("决定日期", "11月24日")),
        (Status.DELIVERED, ("决定日期", "11月24日")),
    ],
)
def test_every_end_and_every_decision_has_its_day(point: Point, status: Status, words: tuple[str, str]) -> None:
    point.do(*SIGN_IN, *TAKE_IN)
    case = point.desk.cases.case(point.session.case_no or "")
    taken_in = case.steps[-1]
    assert when_words(point.visit.context, case)[0] == "办结时间"
    decided = replace(taken_in.envelope, kind=Kind.CASE_DECIDED, wall_ms=taken_in.envelope.wall_ms + DAY_MS)
    over = replace(
        case,
        status=status,
        ended_ms=taken_in.envelope.wall_ms + 2 * DAY_MS if status in ENDS else None,
        steps=(*case.steps, Step(decided, Effect.MOVED, Status.DECIDED)),
    )
    assert when_words(point.visit.context, over) == words
    assert "最迟" not in words[1]
