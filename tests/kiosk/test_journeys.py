"""Journeys through the kiosk without a window: the real desk, the real packs, no device fitted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from kiosk.desk import Actor
from kiosk.intents import Back, Choose, Digit, Do, Next, Open, Seek, SetLanguage, Sign, Typed
from kiosk.own_views import GuideView, RatingView, SignInView
from kiosk.pages import BigNumber, Checks, Fields, FieldView, PageView
from sync.model.facts import Kind, SlipIssued, SlipKind, SlipResult, Stage
from sync.model.transitions import Status
from tests.kiosk.filling import fill_by_sample
from tests.kiosk.journeys import (
    ALL_PAPERS_HERE,
    CARD,
    CHOOSE_ELDER_ALLOWANCE,
    FILL_ELDER_ALLOWANCE,
    MARK_PAPERS,
    SIGN_IN,
    SIGNATURE,
    TAKE_IN,
    shown,
)
from tests.kiosk.point import Point, demo_packs

MONDAY = date(2026, 11, 23)


@pytest.fixture
def point(tmp_path: Path) -> Iterator[Point]:
    """A service point on a Monday afternoon."""
    made = Point(tmp_path / "point")
    yield made
    made.close()


def fields_of(page: PageView) -> dict[str, FieldView]:
    """The questions on a page, by code."""
    return {view.field: view for block in page.blocks if isinstance(block, Fields) for view in block.fields}


def kinds(point: Point) -> list[Kind]:
    """The kinds of this terminal's records, in order."""
    return [Kind(record.header.kind) for record in point.journal.read(0, 1000)]


def test_an_application_is_taken_in_from_sign_in_to_receipt(point: Point) -> None:
    point.do(*SIGN_IN)
    assert point.place == "desk"
    point.do(*TAKE_IN)
    assert point.place == "receipt"
    [row] = point.desk.cases.rows(over=False)
    assert (row.status, row.name_masked) == (Status.TAKEN_IN, "李＊兰")
    assert str(row.promised_on) == "2026-11-30"
    number = next(block for block in point.page.blocks if isinstance(block, BigNumber))
    assert number.text.startswith("990101102203 261123 01-0001-")
    told = [kind for kind in kinds(point) if kind != Kind.CONTENT_KEY_SEALED]
    let_in = [Kind.DESK_ACCESS_GIVEN, Kind.DESK_ACCESS_GIVEN, Kind.DESK_KEY_MADE]
    assert told == [*let_in, Kind.SHIFT_OPENED, Kind.CASE_TAKEN_IN, Kind.SLIP_ISSUED, Kind.SLIP_ENDED]


def test_a_receipt_that_no_printer_printed_is_not_called_printed(point: Point) -> None:
    point.do(*SIGN_IN, *TAKE_IN)
    [slip] = point.desk.papers.slips(point.session.case_no or "")
    assert slip.result is SlipResult.NOT_PRINTED
    assert "没有打印：这里没有装打印机。编号请先抄下来。" in point.notices
    point.do(Do("print"))
    assert [row.copy for row in point.desk.papers.slips(point.session.case_no or "")] == [0, 0]


def test_a_wrong_check_digit_is_named_when_the_field_is_left(point: Point) -> None:
    point.do(*SIGN_IN, *CHOOSE_ELDER_ALLOWANCE, *ALL_PAPERS_HERE, Next())
    point.do(Typed("applicant_name", "李秀兰"), Typed("applicant_id", "990101194001010015"), Next())
    assert point.place == "form"
    assert fields_of(point.page)["applicant_id"].error == "最后一位不对，请核对第 18 位"
    assert fields_of(point.page)["applicant_id"].focused


def test_a_missing_key_field_stops_the_form_and_is_focused(point: Point) -> None:
    point.do(*SIGN_IN, *CHOOSE_ELDER_ALLOWANCE, *ALL_PAPERS_HERE, Next(), Next())
    assert point.place == "form"
    name = fields_of(point.page)["applicant_name"]
    assert (name.error, name.focused) == ("请填写申请人姓名", True) or name.error.startswith("请填写")


def test_a_condition_shows_and_hides_questions_as_answers_change(point: Point) -> None:
    point.do(*SIGN_IN, *CHOOSE_ELDER_ALLOWANCE, *ALL_PAPERS_HERE, Next())
    assert "relative_name" not in fields_of(point.page)
    point.do(Choose("filled_by", "relative"))
    assert "relative_name" in fields_of(point.page)


def test_an_obligatory_material_without_a_mark_stops_and_is_named(point: Point) -> None:
    point.do(*SIGN_IN, *CHOOSE_ELDER_ALLOWANCE, *ALL_PAPERS_HERE, Next(), *FILL_ELDER_ALLOWANCE, Next())
    point.do(Choose("id_card", "original_seen"), Next())
    assert point.place == "marks"
    checks = next(block for block in point.page.blocks if isinstance(block, Checks))
    assert [row.title for row in checks.rows if row.error] == ["户口簿", "社会保障卡或银行卡", "近期一寸照片"]
    assert {row.badge for row in checks.rows} == {"必须", "可以后补"}, "only the photograph may follow"


def test_nothing_is_submitted_without_a_signature(point: Point) -> None:
    point.do(*SIGN_IN, *CHOOSE_ELDER_ALLOWANCE, *ALL_PAPERS_HERE, Next(), *FILL_ELDER_ALLOWANCE, Next())
    point.do(*MARK_PAPERS, Next(), Next())
    assert point.place == "review"
    assert Kind.CASE_TAKEN_IN not in kinds(point)
    point.do(Sign("signature", SIGNATURE), Next())
    assert point.place == "receipt"


def test_what_is_missing_is_told_once_on_a_slip_and_the_case_goes_on_later(point: Point) -> None:
    point.do(*SIGN_IN, *CHOOSE_ELDER_ALLOWANCE)
    point.do(Choose("household", "missing"), Do("notice"))
    assert point.place == "notice_given"
    number = point.session.case_no or ""
    assert point.desk.cases.case(number).status is Status.AWAITING_MATERIALS
    point.do(Next(), Open("waiting", number))
    assert point.place == "checklist"
    point.do(Choose("household", "here"), Next(), *FILL_ELDER_ALLOWANCE, Next(), *MARK_PAPERS, Next())
    point.do(Sign("signature", SIGNATURE), Next())
    assert point.session.case_no == number
    assert point.desk.cases.case(number).status is Status.TAKEN_IN
    assert point.desk.drafts.of_agent("A01") == []


def test_a_draft_survives_a_power_cut_in_the_middle_of_a_form(point: Point, tmp_path: Path) -> None:
    point.do(*SIGN_IN, *CHOOSE_ELDER_ALLOWANCE, *ALL_PAPERS_HERE, Next(), *FILL_ELDER_ALLOWANCE[:4])
    again = point.reopen()
    again.do(*SIGN_IN, Choose("filter", "drafts"))
    [draft] = again.desk.drafts.of_agent("A01")
    again.do(Open("draft", draft.id))
    assert again.place == "form"
    assert fields_of(again.page)["applicant_name"].text == "李秀兰"
    assert fields_of(again.page)["applicant_phone"].text == "00055500123"
    again.close()


def test_wrong_pins_make_everybody_wait_longer_each_time(point: Point) -> None:
    wrong = [Digit(digit) for digit in "111111"]
    point.do(Open("sign_in"), *shown(CARD), *wrong, *wrong, *wrong, *wrong)
    view = point.seen.view
    assert isinstance(view, SignInView)
    assert (view.error, view.wait) == ("密码不对，请再输一次", "")
    point.do(*wrong)
    assert isinstance(point.seen.view, SignInView)
    assert point.seen.view.wait == "请等 15 秒再试"
    point.do(*[Digit(digit) for digit in "246810"])
    assert point.place == "sign_in"
    point.clock.advance(15_000)
    point.do(*wrong)
    assert isinstance(point.seen.view, SignInView)
    assert point.seen.view.wait == "请等 30 秒再试"
    point.clock.advance(30_000)
    point.do(*[Digit(digit) for digit in "246810"])
    assert point.place == "desk"
    assert kinds(point).count(Kind.SIGN_IN_REFUSED) == 6


def test_a_restart_gives_no_fresh_tries(point: Point) -> None:
    wrong = [Digit(digit) for digit in "111111"]
    point.do(Open("sign_in"), *shown(CARD), *wrong * 5)
    again = point.reopen()
    again.do(Open("sign_in"))
    assert isinstance(again.seen.view, SignInView)
    assert again.seen.view.wait == "请等 15 秒再试"
    again.close()


def test_without_a_pad_the_villager_rates_on_the_screen_and_the_desk_sees_only_that_it_was_rated(point: Point) -> None:
    point.do(*SIGN_IN, *TAKE_IN, Next())
    view = point.seen.view
    assert isinstance(view, RatingView)
    assert [level.text for level in view.levels] == ["非常满意", "满意", "基本满意", "不满意", "非常不满意"]
    number = point.session.case_no or ""
    point.do(Do("rate", "1"))
    assert isinstance(point.seen.view, RatingView)
    assert point.seen.view.thanks
    [rating] = point.desk.papers.ratings(number)
    assert (rating.stage, rating.state) == (Stage.TAKEN_IN, "given")
    point.do(Do("done"), Open("case", number))
    shown = repr(point.desk_view)
    assert "已评" in shown
    assert "满意" not in shown


def test_not_rating_is_not_a_good_rating(point: Point) -> None:
    point.do(*SIGN_IN, *TAKE_IN, Next(), Do("skip"))
    assert kinds(point)[-2:] == [Kind.RATING_INVITED, Kind.RATING_NOT_GIVEN]
    [rating] = point.desk.papers.ratings(point.session.case_no or "")
    assert rating.state == "not_given"


def test_a_question_that_a_power_cut_left_open_is_closed_unrated_at_the_next_start(point: Point) -> None:
    point.do(*SIGN_IN, *TAKE_IN, Next())
    number = point.session.case_no or ""
    again = point.reopen()
    [rating] = again.desk.papers.ratings(number)
    assert rating.state == "not_given"
    assert kinds(again)[-2:] == [Kind.RATING_INVITED, Kind.RATING_NOT_GIVEN]
    once_more = again.reopen()
    assert kinds(once_more).count(Kind.RATING_NOT_GIVEN) == 1
    once_more.close()


def test_progress_is_shown_for_number_and_last_four_and_for_nothing_less(point: Point) -> None:
    point.do(*SIGN_IN, *TAKE_IN)
    number = point.session.case_no or ""
    point.do(Do("done"), Do("lock"), Open("progress"))
    point.do(Typed("number", number[-13:]), Typed("last_four", "0018"), Next())
    assert point.place == "progress"
    point.do(Typed("last_four", "0016"), Next())
    assert point.place == "answer"
    shown = repr(point.page)
    assert "李＊兰" in shown
    assert "李秀兰" not in shown
    assert "已保存在本机，还没有传到县里" in shown


def test_a_withdrawal_is_signed_and_ends_the_case(point: Point) -> None:
    point.do(*SIGN_IN, *TAKE_IN)
    number = point.session.case_no or ""
    point.do(Do("done"), Open("withdraw", number), Next())
    assert point.place == "withdraw"
    point.do(Typed("reason", "不想办了"), Sign("signature", SIGNATURE), Next())
    assert point.place == "slip"
    assert point.desk.cases.case(number).status is Status.WITHDRAWN


def test_language_changes_at_once_and_keeps_what_was_typed(point: Point) -> None:
    point.do(*SIGN_IN, *CHOOSE_ELDER_ALLOWANCE, *ALL_PAPERS_HERE, Next(), *FILL_ELDER_ALLOWANCE[:1])
    point.do(SetLanguage("en"))
    assert point.page.title == "Form"
    assert fields_of(point.page)["applicant_name"].text == "李秀兰"


def test_an_idle_visitor_is_warned_and_then_everything_is_wiped(point: Point) -> None:
    point.do(Open("progress"), Typed("number", "2611230100010"), Typed("last_four", "0018"), SetLanguage("en"))
    point.clock.advance(90_000)
    point.core.tick()
    assert point.seen.overlay is not None
    point.clock.advance(20_000)
    point.core.tick()
    assert point.place == "home"
    assert point.seen.overlay is None
    assert point.seen.forgotten == 1
    assert (point.session.query.number, point.session.language) == ("", "zh-Hans")


def test_nothing_of_a_visitor_survives_the_end_of_the_session(point: Point) -> None:
    point.do(*SIGN_IN, *CHOOSE_ELDER_ALLOWANCE, *ALL_PAPERS_HERE, Next(), *FILL_ELDER_ALLOWANCE)
    old = point.session
    point.visit.end()
    assert point.session is not old
    assert point.session == type(old)()
    assert "李秀兰" not in repr(vars(point.visit)) + repr(point.seen)


def test_the_desk_locks_by_itself_and_keeps_the_draft(point: Point) -> None:
    point.do(*SIGN_IN, *CHOOSE_ELDER_ALLOWANCE, *ALL_PAPERS_HERE)
    point.clock.advance(320_000)
    point.core.tick()
    assert point.place == "home"
    assert point.desk.drafts.of_agent("A01") == []
    assert kinds(point)[-1] is Kind.SHIFT_CLOSED
    point.do(*SIGN_IN)
    assert len(point.desk.drafts.of_agent("A01")) == 1


def test_a_direct_item_is_finished_and_delivered_at_the_point(point: Point) -> None:
    point.do(*SIGN_IN, Open("new"), Open("item", "legal_advice"))
    item = point.point_packs.item("legal_advice")
    assert item is not None
    assert item.form is not None
    fill_by_sample(point, item)
    assert point.place == "receipt"
    number = point.session.case_no or ""
    point.do(Next(), Typed("reasons", "已当面解答"), Next())
    assert point.place == "deliver"
    assert point.desk.cases.case(number).status is Status.READY
    point.do(Typed("receiver", "李秀兰"), Sign("signature", SIGNATURE), Next())
    assert point.place == "slip"
    assert point.desk.cases.case(number).status is Status.CLOSED


@pytest.mark.parametrize("code", [item.code for item in demo_packs().catalogue.items if item.form is not None])
def test_every_item_of_the_catalogue_can_be_taken_in_by_its_sample_form(point: Point, code: str) -> None:
    item = point.point_packs.item(code)
    assert item is not None
    point.do(*SIGN_IN, Open("new"), Open("item", code))
    fill_by_sample(point, item)
    assert point.place == "receipt"
    assert point.desk.cases.case(point.session.case_no or "").status is Status.TAKEN_IN


def test_who_has_rated_may_take_a_slip_once_and_whoever_has_not_is_offered_none(point: Point) -> None:
    point.do(*SIGN_IN, *TAKE_IN, Next())
    assert "rating_slip" not in repr(point.seen.view)
    point.do(Do("rate", "2"))
    assert isinstance(point.seen.view, RatingView)
    assert point.seen.view.other is not None
    assert point.seen.view.other.text == "打印评价凭条"
    point.do(Do("rating_slip"), Do("rating_slip"))
    thanks = point.seen.view
    assert isinstance(thanks, RatingView)
    assert (thanks.text, thanks.other, thanks.thanks) == ("凭条没有打印，评价已经记下。", None, True)
    slips = [record for record in point.journal.read(0, 1000) if record.header.kind == Kind.SLIP_ISSUED]
    assert len(slips) == 2, "the receipt and one slip"
    assert slips[1].header.actor == "citizen"
    point.do(Do("done"))
    assert point.place == "desk"


def test_rebuilding_the_projections_gives_identical_tables(point: Point) -> None:
    point.do(*SIGN_IN, *TAKE_IN, Next(), Do("rate", "4"), Do("done"))
    tables = ("case_record", "case_row", "number_given", "slip", "rating", "rated_later", "progress")

    def content() -> dict[str, list[tuple[object, ...]]]:
        return {
            table: point.journal.connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
            for table in tables
        }

    before = content()
    assert before["case_row"]
    assert before["slip"]
    assert before["rating"]
    point.desk.rebuild()
    assert content() == before


def test_a_damaged_file_of_the_sync_process_stops_nobody_at_the_desk(point: Point) -> None:
    (point.directory / "transport.db").write_bytes(b"not a database" * 400)
    again = point.reopen()
    again.do(*SIGN_IN, *TAKE_IN)
    assert again.place == "receipt"
    assert again.seen.status is not None
    assert any(entry.text == "线路不通，先存在本机" for entry in again.seen.status.left)
    again.close()


def test_a_paper_that_was_under_way_when_the_power_went_is_asked_about_at_the_next_sign_in(point: Point) -> None:
    point.do(*SIGN_IN, *TAKE_IN)
    number = point.session.case_no or ""
    issued = point.desk.note(SlipIssued(slip=SlipKind.RECEIPT, copy=1), Actor("A01"), number)
    again = point.reopen()
    again.do(*SIGN_IN)
    assert again.place == "slip"
    assert "不知道打出来没有，请看一看" in again.notices
    again.do(Do("paper", "seen"))
    [row] = [row for row in again.desk.papers.slips(number) if row.issued_seq == issued]
    assert row.result is SlipResult.PRINTED
    again.do(Next(), Do("lock"), *SIGN_IN)
    assert again.place == "desk"
    again.close()


def test_after_the_hand_over_the_villager_is_invited_to_rate_that_stage_too(point: Point) -> None:
    point.do(*SIGN_IN, Open("new"), Open("item", "legal_advice"))
    item = point.point_packs.item("legal_advice")
    assert item is not None
    fill_by_sample(point, item)
    number = point.session.case_no or ""
    point.do(Next(), Typed("reasons", "已当面解答"), Next())
    point.do(Typed("receiver", "李秀兰"), Sign("signature", SIGNATURE), Next())
    point.do(Do("rate"), Do("rate", "5"))
    [rating] = point.desk.papers.ratings(number)
    assert (rating.stage, rating.state) == (Stage.DELIVERED, "given")


def test_letters_on_their_way_to_characters_already_find_an_item(point: Point) -> None:
    point.do(Open("search"), Seek("gljt"))
    view = point.seen.view
    assert isinstance(view, GuideView)
    assert [row.target_id for row in view.items.rows] == ["item.elder_allowance"]
    assert view.search.text == ""
    point.do(Back())
    assert point.session.looking.seeking == ""


def test_a_desk_without_a_place_for_sticks_offers_none(point: Point) -> None:
    point.do(*SIGN_IN)
    assert "menu.stick" not in [entry.target_id for entry in point.desk_view.menu]
