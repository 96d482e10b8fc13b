"""What a page says of a paper: of whose it is, in the colour of how it stands, and where keys do not hide it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.code_scanner.events import CodeScanned
from devices.ports import JobEnded, Outcome, WindowEnd
from kiosk.intents import Do, Next, Open, Sign, Typed
from kiosk.own_views import RatingView
from kiosk.pages import Notice
from kiosk.views import Level
from sync.model.facts import SlipKind
from sync.model.receipt import qr_text
from tests.kiosk.filling import fill_by_sample
from tests.kiosk.journeys import SIGN_IN, SIGNATURE, TAKE_IN, TAKE_IN_ANOTHER
from tests.kiosk.point import Point


@pytest.fixture
def point(tmp_path: Path) -> Iterator[Point]:
    """A service point without a printer on a Monday afternoon."""
    made = Point(tmp_path / "point")
    yield made
    made.close()


def notices(point: Point) -> list[tuple[Level, str]]:
    return [(block.level, block.text) for block in point.page.blocks if isinstance(block, Notice)]


def test_the_receipt_that_was_shown_last_is_not_offered_to_the_next_applicant(point: Point) -> None:
    point.do(*SIGN_IN, *TAKE_IN, Do("done"))
    first = point.session.case_no or ""
    point.do(*TAKE_IN_ANOTHER)
    second = point.session.case_no or ""
    assert first != second
    point.do(Do("done"), Open("slip", first))
    assert notices(point) == []
    before = len(point.desk.papers.slips(second))
    point.do(Do("print"))
    assert len(point.desk.papers.slips(second)) == before
    point.do(Open("slip", SlipKind.RECEIPT.value))
    assert [level for level, _ in notices(point)] == [Level.WARN]


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome.PRINTED, (Level.GOOD, "已打印")),
        (Outcome.NOT_STARTED, (Level.WARN, "没有打印，请叫联络员看看打印机")),
        (Outcome.UNKNOWN, (Level.WARN, "请看看打出来没有。没打出来或没打全，请叫联络员看看打印机")),
    ],
)
def test_a_guide_that_did_not_come_out_does_not_look_as_if_it_had(
    point: Point, outcome: Outcome, said: tuple[Level, str]
) -> None:
    point.do(Open("item", "elder_allowance"))
    point.core.handle(Do("print_guide"))
    assert notices(point) == [(Level.NEUTRAL, "正在打印……")]
    point.hub.events.drain()
    point.hub.events.put(JobEnded(str(point.journal.head().seq), outcome))
    point.core.tick()
    assert notices(point) == [said]


def test_a_proof_of_rating_is_judged_before_anything_is_asked(point: Point) -> None:
    point.do(*SIGN_IN, *TAKE_IN, Next(), Do("rate", "5"))
    given = point.rating_desk.given
    assert given is not None
    code = qr_text(point.paper_desk.rating_token(given.case_no, given.seq), point.point_packs.profile.receipt_host)
    point.visit.end()
    point.hub.events.put(CodeScanned(code))
    point.core.tick()
    assert (point.place, point.session.focus) == ("progress", "")
    [(level, words)] = notices(point)
    assert (level, words[:8]) == (Level.GOOD, "评价凭条核验无误")


def test_who_has_collected_the_result_is_not_told_to_rate_when_collecting_it(point: Point) -> None:
    point.do(*SIGN_IN, *TAKE_IN, Next())
    assert unanswered(point).endswith("领结果的时候还可以评价。")
    point.do(Do("done"), Open("new"), Open("item", "legal_advice"))
    item = point.point_packs.item("legal_advice")
    assert item is not None
    fill_by_sample(point, item)
    point.do(Next(), Typed("reasons", "已当面解答"), Next())
    point.do(Typed("receiver", "李秀兰"), Sign("signature", SIGNATURE), Next())
    assert point.place == "slip"
    point.do(Do("rate"))
    assert unanswered(point) == "没关系。以后想评，拿回执来扫一下就行。"


def unanswered(point: Point) -> str:
    """Let the question to the villager run out, and return what the screen says then."""
    point.rating_desk.skip(WindowEnd.TIMED_OUT.value)
    point.visit.show()
    assert isinstance(point.seen.view, RatingView)
    return point.seen.view.text
