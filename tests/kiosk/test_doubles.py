"""已经有一件同样的: the same matter of the same person a second time is said before anybody has filled it in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk import applying, doubles
from kiosk.intents import Back, Choose, Do, Done, Focus, Next, Open, SetLanguage, Sign, Typed
from kiosk.pages import Actions, Notice, PageView, Rows, RowView, Words
from kiosk.session import Application
from sync.desk_key import OpenDesk
from sync.model.facts import AttachmentAdded
from sync.model.transitions import UNDECIDED, Status
from tests.kiosk.journeys import (
    ALL_PAPERS_HERE,
    CHOOSE_ELDER_ALLOWANCE,
    FILL_ELDER_ALLOWANCE,
    MARK_PAPERS,
    SIGN_IN,
    SIGNATURE,
    TAKE_IN,
    shown,
    typed,
)
from tests.kiosk.point import OTHER_CARD, OTHER_PIN, Point
from tests.seals import DESK

IDENTITY, OTHER_IDENTITY = "990101194001010016", "990101194001010032"
TO_THE_FORM = (*CHOOSE_ELDER_ALLOWANCE, *ALL_PAPERS_HERE, Next())
TO_THE_DESK = (Back(), Back(), Back())
TO_THE_END = (*MARK_PAPERS, Next(), Sign("signature", SIGNATURE), Next())
THE_NUMBER = (Focus("applicant_id"), Typed("applicant_id", IDENTITY), Done("applicant_id"))
SIGN_IN_OTHER = (Open("sign_in"), *shown(OTHER_CARD), *typed(OTHER_PIN))


@pytest.fixture
def point(tmp_path: Path) -> Iterator[Point]:
    """A service point where an agent has signed in."""
    made = Point(tmp_path / "point")
    made.do(*SIGN_IN)
    yield made
    made.close()


def take_in(point: Point) -> str:
    """Take an application of 李秀兰 in and return its number."""
    point.do(*TAKE_IN)
    number = point.session.case_no or ""
    point.do(Do("done"))
    return number


def rows(page: PageView) -> list[RowView]:
    """What the page lists."""
    return [row for block in page.blocks if isinstance(block, Rows) for row in block.rows]


def said(page: PageView) -> list[str]:
    """The coloured and the soft sentences of a page."""
    return [block.text for block in page.blocks if isinstance(block, Notice | Words)]


def drafts(point: Point) -> list[str]:
    """The agent's drafts."""
    return [draft.id for draft in point.desk.drafts.of_agent("A01")]


def test_a_second_application_of_the_same_person_is_said_with_number_day_and_state(point: Point) -> None:
    number = take_in(point)
    point.do(*TO_THE_FORM, *THE_NUMBER)
    assert point.place == "double"
    assert said(point.page)[0] == "这位申请人的“高龄津贴申请”已经有一件没办完。请先看一看，免得重复。"
    [row] = rows(point.page)
    assert (row.target_id, row.title) == (f"case.{number}", f"261123 01-0001-{number[-1]} · 李＊兰")
    assert row.subtitle == "收件 2026-11-23 · 待上传 · 保存在本机"
    point.do(SetLanguage("en"))
    assert said(point.page)[0].startswith("This applicant already has “Old-age allowance” under way here.")
    assert rows(point.page)[0].subtitle.startswith("Taken in 2026-11-23 · ")


def test_the_agent_goes_to_the_open_case_and_what_was_typed_stays_a_draft(point: Point) -> None:
    number = take_in(point)
    point.do(*TO_THE_FORM, *THE_NUMBER, Next())
    assert point.place == "desk"
    assert point.desk_view.detail is not None
    assert point.desk_view.detail.number.replace(" ", "").replace("-", "") == number
    assert len(drafts(point)) == 1
    [draft] = drafts(point)
    point.do(Choose("filter", "drafts"), Open("draft", draft), Next())
    assert point.place == "form", "other answers are missing and said first"
    point.do(*THE_NUMBER)
    assert point.place == "double", "nobody has decided for it yet"


def test_the_agent_goes_on_all_the_same_and_is_asked_once(point: Point) -> None:
    take_in(point)
    point.do(*TO_THE_FORM, *THE_NUMBER, Do("another"))
    assert point.place == "form"
    point.do(*THE_NUMBER, *FILL_ELDER_ALLOWANCE, Next())
    assert point.place == "marks"
    point.do(*TO_THE_END)
    assert point.place == "receipt"
    assert len(point.desk.cases.rows(over=False)) == 2


def test_that_the_agent_goes_on_is_kept_with_the_draft(point: Point) -> None:
    take_in(point)
    point.do(*TO_THE_FORM, *THE_NUMBER, Do("another"), *FILL_ELDER_ALLOWANCE)
    again = point.reopen()
    again.do(*SIGN_IN)
    again.do(Choose("filter", "drafts"), Open("draft", drafts(again)[0]), Next())
    assert again.place == "marks"
    again.close()


def test_a_number_that_was_typed_last_is_looked_at_before_the_form_is_left(point: Point) -> None:
    take_in(point)
    point.do(*TO_THE_FORM, *FILL_ELDER_ALLOWANCE, Next())
    assert point.place == "double"
    point.do(Do("another"))
    assert point.place == "marks"


def test_back_leads_to_the_number_and_another_number_is_no_double(point: Point) -> None:
    take_in(point)
    point.do(*TO_THE_FORM, *THE_NUMBER, Back())
    assert point.place == "form"
    point.do(Focus("applicant_id"), Typed("applicant_id", OTHER_IDENTITY), Focus("applicant_phone"))
    assert point.place == "form"
    point.do(Typed("applicant_id", IDENTITY), Focus("applicant_id"), Focus("applicant_phone"))
    assert point.place == "double"


def test_a_wrong_number_is_named_wrong_and_nothing_else(point: Point) -> None:
    take_in(point)
    point.do(*TO_THE_FORM, Focus("applicant_id"), Typed("applicant_id", IDENTITY[:-1] + "5"), Done("applicant_id"))
    assert point.place == "form"
    assert "applicant_id" in point.session.errors


def test_another_matter_or_another_person_is_no_double(point: Point) -> None:
    take_in(point)
    other = tuple(
        Typed("applicant_id", OTHER_IDENTITY) if isinstance(each, Typed) and each.field == "applicant_id" else each
        for each in FILL_ELDER_ALLOWANCE
    )
    point.do(*TO_THE_FORM, *other, Next())
    assert point.place == "marks"
    point.do(Back(), *TO_THE_DESK)
    assert doubles.find(point.visit.context, application_for(point, "elder_allowance")).cases
    assert not doubles.find(point.visit.context, application_for(point, "temporary_relief"))


def application_for(point: Point, item_code: str) -> Application:
    """An application of 李秀兰 for an item."""
    item = point.point_packs.item(item_code)
    assert item is not None
    application = applying.begin(point.visit.context, item)
    application.typed["applicant_id"] = IDENTITY
    return application


def test_a_case_that_is_over_is_no_double(point: Point) -> None:
    number = take_in(point)
    point.do(Open("withdraw", number), Typed("reason", "不办了"), Sign("signature", SIGNATURE), Next(), Next())
    assert point.desk.cases.case(number).status is Status.WITHDRAWN
    point.do(*TO_THE_FORM, *THE_NUMBER)
    assert point.place == "form"


def test_only_what_nobody_has_decided_counts_as_under_way() -> None:
    assert {status.value for status in UNDECIDED} == {
        "awaiting_materials",
        "taken_in",
        "accepted",
        "supplement_required",
        "suspended",
    }


def test_a_case_that_waits_for_papers_is_no_double_of_itself(point: Point) -> None:
    point.do(*CHOOSE_ELDER_ALLOWANCE, Choose("household", "missing"), Do("notice"))
    number = point.session.case_no or ""
    point.do(Next(), Open("waiting", number), *ALL_PAPERS_HERE, Next(), *FILL_ELDER_ALLOWANCE, Next(), *TO_THE_END)
    assert point.place == "receipt"


def test_right_after_the_desk_was_opened_cases_that_it_has_not_learned_yet_are_read(point: Point) -> None:
    number = take_in(point)
    point.desk.lock()
    point.desk.unlock(OpenDesk(DESK))
    assert not point.desk.people.knows(number)
    assert point.desk.is_about(number, IDENTITY)


def test_a_locked_desk_knows_no_number_and_no_file_has_it(point: Point) -> None:
    number = take_in(point)
    assert point.desk.is_about(number, IDENTITY)
    point.do(Do("lock"))
    assert not point.desk.is_about(number, IDENTITY)
    assert number not in point.desk.people._whole_marks
    for path in point.directory.rglob("*"):
        assert not path.is_file() or IDENTITY.encode() not in path.read_bytes(), path


def test_two_runs_mark_the_same_number_differently(point: Point, tmp_path: Path) -> None:
    number = take_in(point)
    again = point.reopen()
    again.do(*SIGN_IN)
    assert again.desk.is_about(number, IDENTITY)
    assert again.desk.people._whole_marks[number] != point.desk.people._whole_marks[number]
    again.close()


# --- drafts ----------------------------------------------------------------------------------------------------------


def test_an_unfinished_application_is_gone_on_with_and_the_new_one_is_not_kept(point: Point) -> None:
    point.do(*TO_THE_FORM, *FILL_ELDER_ALLOWANCE[:4], *TO_THE_DESK)
    [begun] = drafts(point)
    point.do(*TO_THE_FORM, *THE_NUMBER)
    assert point.place == "double"
    assert said(point.page) == [
        "这位申请人的“高龄津贴申请”以前填过一份，还没填完。可以接着填。",
        "接着填以前那一份时，刚填的这一份不留。",
    ]
    assert [row.target_id for row in rows(point.page)] == [f"draft.{begun}"]
    point.do(Next())
    assert point.place == "form"
    application = point.session.application
    assert application is not None
    assert (application.draft_id, application.typed["applicant_phone"]) == (begun, "00055500123")
    assert drafts(point) == [begun]


def test_what_was_just_begun_is_gone_on_with_beside_the_older_draft(point: Point) -> None:
    point.do(*TO_THE_FORM, *FILL_ELDER_ALLOWANCE[:4], *TO_THE_DESK)
    point.do(*TO_THE_FORM, *THE_NUMBER, Do("another"))
    assert point.place == "form"
    assert len(drafts(point)) == 2
    point.do(*FILL_ELDER_ALLOWANCE, Next(), *TO_THE_END)
    assert point.place == "receipt"


def test_a_new_one_with_photographs_stays_a_draft_when_the_older_is_gone_on_with(point: Point) -> None:
    point.do(*TO_THE_FORM, *FILL_ELDER_ALLOWANCE[:4], *TO_THE_DESK)
    point.do(*TO_THE_FORM)
    application = point.session.application
    assert application is not None
    application.attachments.append(
        AttachmentAdded(digest=bytes(32), size=1, key=bytes(32), name="1.jpg", media_type="image/jpeg", material="bank")
    )
    point.do(*THE_NUMBER)
    assert said(point.page)[-1] == "接着填以前那一份时，刚填的会留在“没填完”里。"
    point.do(Next())
    assert len(drafts(point)) == 2


def test_the_draft_of_another_agent_is_not_shown(point: Point) -> None:
    point.do(*TO_THE_FORM, *FILL_ELDER_ALLOWANCE[:4], *TO_THE_DESK, Do("leave"))
    point.do(*SIGN_IN_OTHER)
    assert point.session.agent is not None
    assert point.session.agent.id == "B02"
    point.do(*TO_THE_FORM, *THE_NUMBER)
    assert point.place == "form"


def test_a_draft_behind_its_form_is_held_against_what_came_in_meanwhile(point: Point) -> None:
    point.do(*TO_THE_FORM, *FILL_ELDER_ALLOWANCE, Next())
    assert point.place == "marks"
    [begun] = drafts(point)
    point.do(Back(), *TO_THE_DESK, Do("leave"), *SIGN_IN_OTHER)
    number = take_in(point)
    point.do(Do("leave"), *SIGN_IN, Choose("filter", "drafts"), Open("draft", begun))
    assert point.place == "double"
    assert [row.target_id for row in rows(point.page)] == [f"case.{number}"]
    point.do(Do("another"))
    assert point.place == "marks"


def test_what_was_typed_of_a_double_is_thrown_away_on_request(point: Point) -> None:
    number = take_in(point)
    point.do(*TO_THE_FORM, *THE_NUMBER)
    assert any(isinstance(block, Actions) for block in point.page.blocks)
    point.do(Do("discard"))
    assert point.place == "desk"
    assert drafts(point) == []
    assert point.session.agent is not None
    assert point.session.agent.chosen == number


def test_a_case_from_a_dead_clock_is_said_without_its_day(point: Point) -> None:
    point.clock.set_wall(0)
    take_in(point)
    point.do(*TO_THE_FORM, *THE_NUMBER)
    assert rows(point.page)[0].subtitle == "待上传 · 保存在本机"
