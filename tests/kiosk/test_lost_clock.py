"""A clock that shows another century: the desk goes on, and the county sees the times in the records.

What decides by a date goes by the newest moment that has certainly passed: here the day on which the packs were sealed,
unless the terminal knows a later one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from devices.printer.profile import read_profile
from kiosk.commands import GiveNotice
from kiosk.deadlines import promise_words
from kiosk.desk import Actor
from kiosk.intents import Choose, Do, Next, Open, Typed
from kiosk.printing import Issued
from kiosk.receipts import case_slip
from sync.clock import FixedClock
from sync.model.case_number import parse_case_number
from sync.model.check_character import mod_11_2
from sync.model.county_day import AHEAD_MS, BEHIND_MS, ClockStanding, CountyDay
from sync.model.facts import CheckedPart, SlipKind, Verdict
from sync.model.moment import local_date, wall_ms_at
from sync.protocol.acknowledgement import Acknowledgement
from sync.transport.transport import Transport
from tests.kiosk.journeys import (
    ALL_PAPERS_HERE,
    CHOOSE_ELDER_ALLOWANCE,
    FILL_ELDER_ALLOWANCE,
    SIGN_IN,
    TAKE_IN,
)
from tests.kiosk.point import ISSUED_MS, MONDAY_AFTERNOON_MS, Point, demo_packs
from tests.kiosk.slips import FIRST, REPRINT, printed

BEHIND = "本机时间不对，请找技术员校时；照常办件"
AHEAD = "本机时间可能不对，请找技术员核对；照常办件，期限待定"
ISSUED = local_date(ISSUED_MS)


@contextmanager
def point_on(directory: Path, day: date) -> Iterator[Point]:
    """A service point whose clock shows nine in the morning of a day."""
    point = Point(directory / "point", clock=FixedClock(wall_ms_at(day, 9)))
    try:
        yield point
    finally:
        point.close()


def strip(point: Point) -> str:
    assert point.seen.status is not None
    return " ".join(entry.text for entry in point.seen.status.left)


def _identity_number(digits: str) -> str:
    return digits + mod_11_2(digits)


def acknowledged(point: Point, at_ms: int) -> None:
    """The county signs for all that is written here, at a moment of its own clock."""
    transport = Transport.open_or_create(point.directory / "transport.db")
    transport.keep_acknowledgement(Acknowledgement(point.journal.head(), at_ms), b"")
    transport.close()
    point.core.tick()


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (date(1970, 1, 1), BEHIND),
        (date(2015, 1, 1), BEHIND),
        (date(2099, 12, 31), AHEAD),
        (date(2106, 2, 7), AHEAD),
        (date(5000, 1, 1), AHEAD),
    ],
)
def test_on_a_dead_clock_a_case_is_taken_in_by_the_day_that_it_is_at_least(
    tmp_path: Path, shown: date, said: str
) -> None:
    with point_on(tmp_path, shown) as point:
        assert said in strip(point)
        point.do(*SIGN_IN, *TAKE_IN)
        assert point.place == "receipt", "eighty years of age and the village are judged by a day that can be"
        number = point.session.case_no or ""
        assert (parse_case_number(number).day, parse_case_number(number).serial) == (ISSUED, 1)
        case = point.desk.cases.case(number)
        taken_in = point.desk.record(case.steps[0].envelope.chain, case.steps[0].envelope.seq)
        assert taken_in is not None
        assert local_date(taken_in.header.wall_ms) == shown, "the record says what the clock showed"
        assert (case.promised_on is None) is (said == AHEAD), "a limit is not counted from a day that nobody knows"
        words = promise_words(point.visit.context, case)
        if case.promised_on is None:
            assert words.startswith("办结日期暂时算不出")
        else:
            assert case.promised_on > ISSUED
            assert words == f"最迟{case.promised_on.month}月{case.promised_on.day}日办结", "no day of the dead clock"
        assert said in strip(point)


@pytest.mark.parametrize(("shown", "reason"), [(date(1970, 1, 1), "behind"), (date(2106, 2, 7), "ahead")])
def test_a_self_test_says_of_a_dead_clock_what_the_strip_says(tmp_path: Path, shown: date, reason: str) -> None:
    with point_on(tmp_path, shown) as point:
        point.do(*SIGN_IN, Open("self_test"), Next(), Do("skip"), Next())
        assert point.self_test.test is not None
        assert CheckedPart(part="clock", verdict=Verdict.FAULT, reason=reason) in point.self_test.test.results


def test_what_is_wrong_with_an_application_is_still_said_on_a_dead_clock(tmp_path: Path) -> None:
    with point_on(tmp_path, date(1970, 1, 1)) as point:
        point.do(*SIGN_IN, *CHOOSE_ELDER_ALLOWANCE, *ALL_PAPERS_HERE, Next(), *FILL_ELDER_ALLOWANCE)
        point.do(Typed("applicant_id", _identity_number("99010119600101001")), Next())
        assert point.place == "form"
        assert "现在 66 周岁" in point.visit.context.error("applicant_id")


def test_the_day_follows_the_newest_moment_that_has_certainly_passed(tmp_path: Path) -> None:
    with point_on(tmp_path, date(1970, 1, 1)) as point:
        assert point.visit.context.today == ISSUED
        acknowledged(point, MONDAY_AFTERNOON_MS)
        assert point.visit.context.today == date(2026, 11, 23)
        point.clock.set_wall(MONDAY_AFTERNOON_MS + 3_600_000)
        point.core.tick()
        assert BEHIND not in strip(point)
        point.clock.set_wall(wall_ms_at(date(2026, 12, 5)))
        point.do(*SIGN_IN)
        point.clock.set_wall(0)
        point.core.tick()
        assert point.visit.context.today == date(2026, 12, 5), "what it wrote itself has passed"
        again = point.reopen()
        assert again.visit.context.today == date(2026, 12, 5), "also after a start on the dead clock"
        assert BEHIND in strip(again)
        again.close()


def test_a_clock_that_was_years_ahead_for_a_while_leaves_nothing_behind(tmp_path: Path) -> None:
    with point_on(tmp_path, date(2099, 1, 1)) as point:
        point.do(*SIGN_IN, *TAKE_IN)
        point.clock.set_wall(MONDAY_AFTERNOON_MS)
        point.core.tick()
        assert point.visit.context.today == date(2026, 11, 23)
        assert "本机时间" not in strip(point)
        # Months ahead could be right; the county's word for those records shows that it was not.
        point.clock.set_wall(wall_ms_at(date(2027, 5, 1)))
        point.do(Do("done"), Do("lock"))
        point.clock.set_wall(MONDAY_AFTERNOON_MS)
        point.core.tick()
        assert BEHIND in strip(point)
        acknowledged(point, MONDAY_AFTERNOON_MS)
        assert point.visit.context.today == date(2026, 11, 23)
        assert "本机时间" not in strip(point)


def paper(point: Point, kind: SlipKind, number: str, issued: Issued = FIRST) -> str:
    """What stands on a paper of a case, without blanks."""
    return printed(case_slip(point.visit.context, kind, number)(issued), read_profile("escpos-58")).running


@pytest.mark.parametrize("shown", [date(1970, 1, 1), date(2026, 10, 20), date(2099, 12, 31)])
def test_paper_says_no_time_of_a_clock_that_is_not_to_be_believed(tmp_path: Path, shown: date) -> None:
    with point_on(tmp_path, shown) as point:
        point.do(*SIGN_IN, *TAKE_IN)
        number = point.session.case_no or ""
        receipt = paper(point, SlipKind.RECEIPT, number)
        assert "收件本机时间不准，以县里为准" in receipt
        assert "打印不早于2026年11月2日" in receipt
        assert f"{shown.year}年{shown.month}月" not in receipt
        assert "联络员王建国" in receipt
        point.clock.set_wall(MONDAY_AFTERNOON_MS)
        point.core.tick()
        again = paper(point, SlipKind.RECEIPT, number, REPRINT)
        assert "收件本机时间不准" in again, "and was wrong then"
        assert "打印2026年11月23日星期一14:32" in again, "the clock is right again"


def test_a_notice_given_on_a_dead_clock_says_how_long_it_holds_and_no_day(tmp_path: Path) -> None:
    with point_on(tmp_path, date(1970, 1, 1)) as point:
        point.do(*SIGN_IN, *CHOOSE_ELDER_ALLOWANCE, Choose("household", "missing"), Do("notice"))
        notice = paper(point, SlipKind.ONE_TIME_NOTICE, point.session.case_no or "")
        assert "有效90天，从告知那天算起" in notice
        assert "1970" not in notice


def test_a_delay_explained_while_the_clock_stands_in_2099_moves_the_promise(tmp_path: Path) -> None:
    with point_on(tmp_path, date(2026, 11, 23)) as point:
        point.do(*SIGN_IN, *TAKE_IN)
        number = point.session.case_no or ""
        point.clock.set_wall(wall_ms_at(date(2099, 12, 31), 9))
        point.do(Do("done"), Open("delay", number), Typed("new_day", "2026-12-04"), Typed("reason", "等公示"), Next())
        assert point.place == "slip"
        case = point.desk.cases.case(number)
        assert promise_words(point.visit.context, case).startswith("最迟12月4日办结")
        slip = paper(point, SlipKind.DELAY, number)
        assert "说明本机时间不准，以县里为准" in slip
        assert "12月4日星期五" in slip
        assert "2099" not in slip


def test_a_right_clock_is_believed_also_beside_a_number_from_one_that_was_ahead() -> None:
    now = CountyDay(MONDAY_AFTERNOON_MS, ISSUED_MS)
    assert now.believes(MONDAY_AFTERNOON_MS, date(2026, 11, 23))
    assert now.believes(MONDAY_AFTERNOON_MS - BEHIND_MS, date(2026, 11, 23)), "a day behind can be right"
    assert not now.believes(MONDAY_AFTERNOON_MS - 2 * BEHIND_MS, date(2026, 11, 23)), "before its case began"
    assert not now.believes(MONDAY_AFTERNOON_MS + BEHIND_MS + 1, date(2026, 11, 23)), "nothing was done tomorrow"
    assert now.believes(MONDAY_AFTERNOON_MS, date(2027, 5, 1)), "the number's day has not come yet, so it is wrong"
    behind = CountyDay(MONDAY_AFTERNOON_MS - 60 * BEHIND_MS, MONDAY_AFTERNOON_MS)
    assert not behind.believes(behind.clock_ms - 60_000, date(2026, 9, 1)), "a minute ago by a clock that is wrong"
    dead = CountyDay(0, ISSUED_MS)
    assert not dead.believes(0, date(2026, 11, 2))
    assert dead.believes(ISSUED_MS, date(2026, 11, 2)), "what was written before the clock died"


@pytest.mark.parametrize("day", [date(1970, 1, 1), date(2106, 2, 7)])
def test_where_nothing_tells_a_year_of_a_case_number_nobody_is_stopped(tmp_path: Path, day: date) -> None:
    unsealed = replace(demo_packs(), issued_ms=0)
    point = Point(tmp_path / "point", clock=FixedClock(wall_ms_at(day, 9)), packs=unsealed)
    point.do(*SIGN_IN)
    assert "本机时间" not in strip(point), "without a witness no clock is called wrong"
    finish = GiveNotice(point.point_packs.catalogue.items[0], None, ("户口簿",))
    number = point.desk.perform(finish, Actor("A01"), point.point_packs.working_days).case.number
    assert parse_case_number(number).day == date(2000, 1, 1)
    point.close()


def test_a_clock_is_called_wrong_from_a_day_behind_and_three_years_ahead() -> None:
    certain_ms = MONDAY_AFTERNOON_MS
    assert CountyDay(certain_ms - BEHIND_MS, certain_ms).standing is ClockStanding.PLAUSIBLE
    assert CountyDay(certain_ms - BEHIND_MS - 1, certain_ms).standing is ClockStanding.BEHIND
    assert CountyDay(certain_ms + AHEAD_MS, certain_ms).standing is ClockStanding.PLAUSIBLE
    assert CountyDay(certain_ms + AHEAD_MS + 1, certain_ms).standing is ClockStanding.AHEAD
    by_1970 = CountyDay(certain_ms, certain_ms=1, foreseen_ms=wall_ms_at(date(2026, 12, 31)))
    assert by_1970.standing is ClockStanding.PLAUSIBLE, "packs sealed on the county's own dead clock accuse nobody"
