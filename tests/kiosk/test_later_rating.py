"""Somebody comes back with the receipt: rates what they did not rate, or adds to it, once; nobody is kept waiting."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from devices.code_scanner.events import CodeScanned
from devices.code_scanner.model import read_scanner_model
from devices.config import parse_devices
from devices.ports import Device, DeviceState
from devices.sim.pty_port import PtyPort
from devices.sim.scanner import SimulatedScanner
from kiosk.intents import Back, Choose, Do, Next, Open, Typed
from kiosk.own_views import RatingView
from kiosk.pages import Fields, Notice
from sync.keyring import Keyring
from sync.model.facts import ActorClass, Kind, LaterProof, RatedLater, RatingReasonsGiven
from sync.model.receipt import parse_qr_text, qr_text
from sync.reading import fact_of
from tests.kiosk.journeys import SIGN_IN, TAKE_IN, TAKE_IN_ANOTHER
from tests.kiosk.point import Point
from tests.kiosk.test_paper_and_pad import UNSAVED, FailingDisk
from tests.seals import DESK

REASONS_AT_DESK = (Kind.RATING_REASONS_GIVEN,)
FOUR, DAY_MS, PATIENCE_S = "0016", 86_400_000, 20.0
RATED = "评价已经记下，会直接送到县里。"
FOLLOWED = "追评已经记下，会直接送到县里。原来的评价不改，两次都留着。"
ONCE_MORE = "这次服务已经评过，也追评过了。还有意见，请打监督电话 12345。"
TOO_LATE = "这次服务已经过了评价的期限。还有意见，请打监督电话 12345。"


@pytest.fixture
def point(tmp_path: Path) -> Iterator[Point]:
    """A service point on a Monday afternoon."""
    made = Point(tmp_path / "point")
    yield made
    made.close()


def take_in(point: Point, *then: Do) -> str:
    """Take a case in, and return the code on its receipt; nobody is signed in any more."""
    path = TAKE_IN_ANOTHER if point.desk.cases.rows(over=False) else TAKE_IN
    point.do(*SIGN_IN, *path, *((Next(), *then) if then else ()))
    number = max(row.case_no for row in point.desk.cases.rows(over=False))
    code = qr_text(point.paper_desk.token(number), point.point_packs.profile.receipt_host)
    point.visit.end()
    return code


def scan(point: Point, code: str) -> None:
    """The scanner that is configured reads a code."""
    point.hub.events.put(CodeScanned(code))
    point.core.tick()


def rate(point: Point, code: str, level: str, *reasons: str) -> str:
    """Come, scan, choose and hand in what can be; return what is said."""
    scan(point, code)
    point.do(Do("rate_later"))
    if any(isinstance(block, Fields) for block in point.page.blocks):
        point.do(Choose("level", level), *(Choose("reason", each) for each in reasons), Next())
    said = notice(point)
    point.visit.end()
    return said


def notice(point: Point) -> str:
    return next(block.text for block in point.page.blocks if isinstance(block, Notice))


def given(point: Point) -> list[RatedLater]:
    """What was rated after a service, as the county opens it."""
    keys = Keyring([DESK]).among(lambda _, seq: point.journal.record(seq))
    records = [each for each in point.journal.read(0, 1000) if each.header.kind == Kind.RATED_LATER]
    assert all(each.header.case_no is None and each.header.actor_class is ActorClass.CITIZEN for each in records)
    facts = [fact_of(each, keys) for each in records]
    return [fact for fact in facts if isinstance(fact, RatedLater)]


def test_whoever_was_not_asked_rates_later_adds_once_and_is_then_told_kindly(point: Point) -> None:
    code = take_in(point)
    assert rate(point, code, "2", "3", "4", "3") == RATED
    assert rate(point, code, "5") == FOLLOWED
    assert rate(point, code, "1") == ONCE_MORE
    first, second = given(point)
    assert (first.level, first.reasons, first.proof) == (2, ("态度不好",), LaterProof.PAPER)
    assert (second.level, second.reasons) == (5, ())
    claim = parse_qr_text(code).claim
    assert (first.case_no, first.paper_chain, first.paper_seq, first.paper_hash) == (
        claim.case_number.text, claim.chain, claim.seq, claim.hash_prefix,
    )  # fmt: skip


def test_silence_at_the_desk_can_be_made_good_and_a_rating_at_the_desk_can_only_be_added_to(point: Point) -> None:
    silent = take_in(point, Do("skip"))
    assert rate(point, silent, "4") == RATED
    rated = take_in(point, Do("rate", "1"))
    assert rate(point, rated, "4") == FOLLOWED
    assert rate(point, rated, "4") == ONCE_MORE


def test_the_slip_of_a_rating_is_as_good_as_the_receipt(point: Point) -> None:
    take_in(point, Do("rate", "1"))
    assert point.rating_desk.given is not None
    token = point.paper_desk.rating_token(point.rating_desk.given.case_no, point.rating_desk.given.seq)
    assert rate(point, qr_text(token, point.point_packs.profile.receipt_host), "4") == FOLLOWED
    assert given(point)[0].paper_seq == point.rating_desk.given.seq


def test_the_limits_are_the_countys_and_its_last_day_counts(point: Point) -> None:
    code = take_in(point)
    point.clock.advance(30 * DAY_MS)
    scan(point, code)
    point.do(Do("rate_later"))
    assert notice(point) == "当时没有评，现在还可以评一次。"
    point.visit.end()
    point.clock.advance(DAY_MS)
    assert rate(point, code, "1") == TOO_LATE
    assert given(point) == []
    terms = replace(point.point_packs.profile.later_ratings, rating_natural_days=31)
    point.point_packs.use(replace(point.packs, profile=replace(point.packs.profile, later_ratings=terms)))
    assert rate(point, code, "1") == RATED


def test_number_and_last_four_do_where_the_case_is(point: Point) -> None:
    point.do(*SIGN_IN, *TAKE_IN)
    number = point.session.case_no or ""
    point.visit.end()
    point.do(Open("progress"), Typed("number", number), Typed("last_four", FOUR), Next(), Do("rate_later"))
    point.do(Choose("level", "3"), Next())
    assert notice(point) == RATED
    (fact,) = given(point)
    assert (fact.proof, fact.last_four, fact.paper_seq) == (LaterProof.CHECKED, "", 0)


def test_at_a_locked_desk_the_receipt_alone_rates_and_shows_nothing_of_the_case(point: Point) -> None:
    code = take_in(point)
    again = point.reopen()
    scan(again, code)
    assert not any("李" in repr(block) for block in again.page.blocks)
    again.do(Do("rate_later"), Choose("level", "2"), Next())
    assert notice(again) == RATED
    again.close()


def test_what_cannot_be_given_any_more_is_not_taken_whatever_is_touched(point: Point) -> None:
    code = take_in(point, Do("rate", "1"))
    rate(point, code, "5")
    scan(point, code)
    point.do(Do("rate_later"), Choose("level", "1"), Next(), Next())
    assert notice(point) == ONCE_MORE
    assert [fact.level for fact in given(point)] == [5]


def test_without_a_level_nothing_is_sent_and_the_five_are_asked_for(point: Point) -> None:
    scan(point, take_in(point))
    point.do(Do("rate_later"), Choose("reason", "1"), Next())
    assert "请在五个里选一个" in repr(point.page)
    assert given(point) == []
    point.do(Choose("level", "9"), Choose("level", "2"), Next(), Next(), Next())
    assert len(given(point)) == 1, "a second touch is no second rating"


def test_the_screen_asks_the_same_whatever_is_chosen_and_never_shows_it_again(point: Point) -> None:
    scan(point, take_in(point))
    point.do(Do("rate_later"))
    pages = []
    for level in "54321":
        point.do(Choose("level", level))
        pages.append(repr(point.page).replace("chosen=True", "chosen=False"))
    assert len(set(pages)) == 1
    point.do(Next())
    assert "满意" not in repr(point.page)
    assert not point.session.entry.texts.keys() - {"given"}


def test_a_forged_paper_and_one_that_was_typed_by_guessing_lead_nowhere(point: Point) -> None:
    code = take_in(point)
    token = parse_qr_text(code)
    forged = qr_text(replace(token, signature=bytes(64)), point.point_packs.profile.receipt_host)
    scan(point, forged)
    assert point.page.others == ()
    point.do(Do("rate_later"))
    assert point.place == "progress"
    point.do(Back(), Open("progress"), Typed("number", token.case_number.text), Typed("last_four", "9999"), Next())
    assert point.place == "progress"
    assert given(point) == []


def test_going_back_forgets_what_was_chosen_and_another_paper_begins_anew(point: Point) -> None:
    first, second = take_in(point), take_in(point, Do("rate", "3"))
    scan(point, first)
    point.do(Do("rate_later"), Choose("level", "1"), Back())
    assert point.place == "progress"
    point.do(Typed("last_four", FOUR), Next(), Do("rate_later"), Back())
    assert point.place == "answer"
    point.do(Do("rate_later"))
    assert "chosen=True" not in repr(point.page)
    point.do(Choose("level", "1"))
    scan(point, second)
    assert point.place == "progress"
    point.do(Do("rate_later"))
    assert point.page.title == "追评"
    assert "chosen=True" not in repr(point.page)


def test_what_the_disk_does_not_take_is_said_and_sent_once_when_it_does(point: Point) -> None:
    scan(point, take_in(point))
    point.do(Do("rate_later"), Choose("level", "1"))
    with FailingDisk(point):
        point.do(Next())
        assert point.seen.overlay is not None
        assert point.seen.overlay.text == UNSAVED
    point.do(Next())
    assert notice(point) == RATED
    assert [fact.level for fact in given(point)] == [1]


def test_an_agent_who_is_signed_in_opens_the_case_with_the_paper_and_rates_nothing(point: Point) -> None:
    code = take_in(point)
    point.do(*SIGN_IN)
    scan(point, code)
    assert point.place == "desk"
    point.do(Do("rate_later"))
    assert point.place == "desk"
    assert given(point) == []


def test_made_anew_from_the_records_the_same_is_offered(point: Point) -> None:
    code = take_in(point)
    assert rate(point, code, "2") == RATED
    point.desk.rebuild()
    assert rate(point, code, "5") == FOLLOWED
    point.desk.rebuild()
    assert rate(point, code, "1") == ONCE_MORE


def test_a_receipt_under_a_scanner_on_a_wire_rates_what_nobody_rated(tmp_path: Path) -> None:
    model = replace(read_scanner_model("serial"), baud=115_200)
    scanner = SimulatedScanner(model, PtyPort(tmp_path / "scanner"))
    scanner.start()
    config = parse_devices({"scanner": {"model": "serial", "path": "scanner", "baud": 115_200}}, tmp_path)
    point = Point(tmp_path / "point", config, monotonic_s=time.monotonic)
    code = take_in(point)
    end_s, open_line = time.monotonic() + PATIENCE_S, (DeviceState.UNKNOWN, DeviceState.READY)
    while point.hub.statuses()[Device.CODE_SCANNER].state not in open_line and time.monotonic() < end_s:
        time.sleep(0.01)
    scanner.scan(code)
    while point.place != "progress" and time.monotonic() < end_s:
        point.core.tick()
        time.sleep(0.01)
    point.do(Do("rate_later"), Choose("level", "2"), Choose("reason", "0"), Next())
    assert notice(point) == RATED
    assert [fact.level for fact in given(point)] == [2]
    point.close()
    scanner.close()


def reasons_told(point: Point) -> list[tuple[str, ...]]:
    """What was ticked at the desk, as the county opens it."""
    keys = Keyring([DESK]).among(lambda _, seq: point.journal.record(seq))
    facts = [fact_of(each, keys) for each in point.journal.read(0, 1000) if each.header.kind in REASONS_AT_DESK]
    return [fact.reasons for fact in facts if isinstance(fact, RatingReasonsGiven)]


def test_whoever_rates_on_the_screen_may_tick_what_could_be_better_whatever_they_chose(point: Point) -> None:
    for way, level in ((TAKE_IN, "5"), (TAKE_IN_ANOTHER, "1")):
        point.do(*SIGN_IN, *way, Next(), Do("rate", level))
        assert isinstance(point.seen.view, RatingView)
        assert point.seen.view.ticks is not None
        point.do(Choose("reason", "0"), Choose("reason", "2"), Choose("reason", "0"), Do("done"))
        assert point.place == "desk"
        assert point.session.entry.texts == {}
        point.visit.end()
    assert reasons_told(point) == [("让我多跑了路",)] * 2


def test_a_rating_stands_before_anybody_is_asked_for_reasons_and_whoever_leaves_has_given_none(point: Point) -> None:
    point.do(*SIGN_IN, *TAKE_IN, Next(), Do("rate", "1"))
    assert Kind.RATING_GIVEN in [each.header.kind for each in point.journal.read(0, 1000)]
    point.do(Choose("reason", "1"))
    point.visit.end()
    point.do(*SIGN_IN, *TAKE_IN_ANOTHER, Next(), Do("rate", "1"), Do("done"))
    assert reasons_told(point) == []
