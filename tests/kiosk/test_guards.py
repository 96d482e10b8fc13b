"""What the screens claim and whom they let in: dates that are old, queries that are tried out, drafts of others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from kiosk.intents import Back, Choose, Do, Next, Open, SetLanguage, Typed
from kiosk.query_guard import QueryGuard
from sync.pack_shelf import PacksInUse
from tests.kiosk.journeys import CHOOSE_ELDER_ALLOWANCE, SIGN_IN, TAKE_IN
from tests.kiosk.point import Point


@pytest.fixture
def point(tmp_path: Path) -> Iterator[Point]:
    """A service point on a Monday afternoon."""
    made = Point(tmp_path / "point")
    yield made
    made.close()


def test_a_strip_that_is_days_old_says_the_day(point: Point) -> None:
    point.do(*SIGN_IN, *TAKE_IN)
    point.clock.advance(9 * 24 * 3_600_000)
    point.core.tick()
    assert point.seen.status is not None
    assert any(entry.text.endswith("最早 11-23 14:32") for entry in point.seen.status.left)


def test_progress_is_as_of_when_the_county_was_heard_and_not_as_of_now(point: Point) -> None:
    point.do(*SIGN_IN, *TAKE_IN)
    number = point.session.case_no or ""
    point.do(Do("done"), Do("lock"), Open("progress"))
    point.do(Typed("number", number), Typed("last_four", "0016"), Next())
    assert "('截至', '还没有联系上县里')" in repr(point.page)


def test_trying_the_last_four_one_after_the_other_makes_everybody_wait(point: Point) -> None:
    point.do(*SIGN_IN, *TAKE_IN)
    number = point.session.case_no or ""
    point.do(Do("done"), Do("lock"), Open("progress"), Typed("number", number))
    for wrong in ("0001", "0002", "0003", "0004", "0005"):
        point.do(Typed("last_four", wrong), Next())
    point.do(Typed("last_four", "0016"), Next())
    assert point.place == "progress"
    assert "请等 60 秒再试" in repr(point.page)
    point.clock.advance(60_000)
    point.do(Next())
    assert point.place == "answer"


def test_a_paper_of_ones_own_in_between_takes_back_no_wrong_try_about_another(point: Point) -> None:
    guard = QueryGuard(point.clock)
    for _ in range(4):
        guard.wrong("another's")
        guard.right("one's own")
    assert guard.wait_s() == 0
    guard.wrong("another's")
    assert guard.wait_s() == 60


def test_wrong_tries_are_forgotten_after_an_hour_or_with_the_right_one(point: Point) -> None:
    guard = QueryGuard(point.clock)
    for _ in range(4):
        guard.wrong("misread")
    guard.right("misread")
    for _ in range(4):
        guard.wrong("mistyped")
    point.clock.advance(3_600_000)
    guard.wrong("mistyped")
    assert guard.wait_s() == 0


def test_an_agent_cannot_open_the_draft_of_another(point: Point) -> None:
    point.do(*SIGN_IN, *CHOOSE_ELDER_ALLOWANCE)
    [draft] = point.desk.drafts.of_agent("A01")
    point.visit.end()
    point.do(*SIGN_IN)
    assert point.session.agent is not None
    point.session.agent.id = "A02"
    point.do(Open("draft", draft.id))
    assert point.place == "desk"
    assert point.session.application is None


def without(packs: PacksInUse, code: str) -> PacksInUse:
    """The same packs with an item taken out of the catalogue."""
    items = tuple(item for item in packs.catalogue.items if item.code != code)
    return replace(packs, catalogue=replace(packs.catalogue, items=items))


def test_a_draft_of_an_item_that_has_left_the_catalogue_says_so_and_can_be_thrown_away(point: Point) -> None:
    point.do(*SIGN_IN, *CHOOSE_ELDER_ALLOWANCE)
    point.visit.end()
    point.point_packs.use(without(point.packs, "elder_allowance"))
    point.do(*SIGN_IN, Choose("filter", "drafts"))
    [row] = point.desk_view.rows
    point.do(row.intent)
    assert point.place == "desk"
    assert point.desk_view.detail is not None
    assert "草稿不能接着填" in point.desk_view.detail.because
    point.do(point.desk_view.detail.actions[0].intent)
    assert point.desk.drafts.of_agent("A01") == []
    assert point.desk_view.rows == ()


def test_an_item_that_leaves_the_catalogue_while_somebody_reads_it_harms_nobody(point: Point) -> None:
    point.do(Open("guide"), Typed("search", "gljt"), Open("item", "elder_allowance"))
    point.point_packs.use(without(point.packs, "elder_allowance"))
    point.do(SetLanguage("en"), SetLanguage("zh-Hans"))
    assert (point.place, point.page.title) == ("item", "高龄津贴申请")
    point.do(Back(), Open("item", "elder_allowance"))
    assert point.place == "guide"
