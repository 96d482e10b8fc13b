"""What is held before the scanner: it opens what it is for, or is answered in a sentence, and shows nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from devices.code_scanner.events import CodeScanned, ScanFault, ScanTrouble
from devices.ports import Device, DeviceState, DeviceStatus, Reason
from devices.printer.document import Qr
from kiosk.bars import status_strip
from kiosk.intents import CallForHelp, Dismiss, Do, Focus, Next, Open, Typed
from kiosk.item_code import item_code_in, item_qr_text
from kiosk.own_views import SignInView
from kiosk.receipts import checklist_slip, guide_slip
from kiosk.visit import ANSWER_MS
from sync.agent_card import AgentCard
from sync.model.facts import Kind, Role
from sync.model.receipt import ReceiptToken, parse_qr_text, qr_text
from tests.kiosk.journeys import ALL_PAPERS_HERE, CARD, CHOOSE_ELDER_ALLOWANCE, SIGN_IN, TAKE_IN, typed
from tests.kiosk.point import OTHER_CARD, PIN, SUBJECT, Point
from tests.kiosk.test_paper_and_pad import FailingDisk

ELDER, FOUR = "elder_allowance", "0016"
PUBLIC = {"home": (), "guide": (Open("guide"),), "item": (Open("item", ELDER),), "ask": (Open("ask"),)}


@pytest.fixture
def point(tmp_path: Path) -> Iterator[Point]:
    """A service point on a Monday afternoon."""
    made = Point(tmp_path / "point")
    yield made
    made.close()


@pytest.fixture
def receipt(point: Point) -> str:
    """The code on the receipt of a case that was taken in here; nobody is signed in any more."""
    point.do(*SIGN_IN, *TAKE_IN)
    code = qr_text(point.paper_desk.token(point.session.case_no or ""), point.point_packs.profile.receipt_host)
    point.visit.end()
    assert point.place == "home"
    return code


def scan(point: Point, *codes: str) -> None:
    """The scanner that is configured reads codes, one after the other."""
    for code in codes:
        point.hub.events.put(CodeScanned(code))
        point.core.tick()


def said(point: Point) -> str:
    overlay = point.seen.overlay
    return overlay.title if overlay is not None else ""


def host(point: Point) -> str:
    return point.point_packs.profile.receipt_host


def kinds(point: Point) -> list[Kind]:
    return [Kind(record.header.kind) for record in point.journal.read(0, 1000)]


# --- what opens what --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", PUBLIC)
def test_an_agents_card_leads_to_the_pin_from_every_public_place(point: Point, place: str) -> None:
    point.do(*PUBLIC[place])
    assert point.place == place
    scan(point, OTHER_CARD.text())
    assert point.place == "sign_in"
    assert isinstance(point.seen.view, SignInView)
    assert (point.seen.view.card, [agent.chosen for agent in point.seen.view.agents]) == ("卡已认出", [False, True])
    scan(point, CARD.text())
    point.do(*typed(PIN))
    assert point.place == "desk"
    assert point.session.agent is not None
    assert point.session.agent.id == "A01"


def test_a_card_that_does_not_open_here_says_so_at_the_pin(point: Point) -> None:
    scan(point, AgentCard("C03", SUBJECT, bytes(16)).text())
    assert isinstance(point.seen.view, SignInView)
    assert point.seen.view.error == "这张卡已经停用，请找别的联络员或技术员"
    scan(point, CARD.text()[:-3])
    assert point.seen.view.error == "卡没有读对，请再扫一次，或对着卡逐字核对"
    assert Kind.SIGN_IN_REFUSED not in kinds(point)


def test_a_card_is_taken_where_it_would_be_typed(point: Point) -> None:
    point.do(Open("sign_in"), Open("card"))
    scan(point, CARD.text())
    assert point.place == "sign_in"
    assert CARD.text() not in repr(point.session.entry)


@pytest.mark.parametrize("place", PUBLIC)
def test_a_receipt_asks_for_the_last_four_from_every_public_place(point: Point, receipt: str, place: str) -> None:
    point.do(*PUBLIC[place])
    scan(point, receipt)
    assert point.place == "progress"
    assert any("核验无误" in each for each in point.notices)
    point.do(Typed("last_four", FOUR), Next())
    assert point.place == "answer"


@pytest.mark.parametrize("place", PUBLIC)
def test_the_code_on_a_guide_opens_its_item(point: Point, place: str) -> None:
    point.do(*PUBLIC[place])
    item = point.point_packs.catalogue.items[-1]
    scan(point, item_qr_text(item.code, host(point)))
    assert (point.place, point.session.looking.item_code) == ("item", item.code)
    scan(point, ELDER)  # a bar code of a county's own paper form
    assert (point.place, point.session.looking.item_code) == ("item", ELDER)


def test_every_guide_and_checklist_ends_with_the_code_that_opens_it(point: Point) -> None:
    item = point.point_packs.catalogue.item(ELDER)
    for slip in (guide_slip, checklist_slip):
        [code] = [block for block in slip(point.visit.context, item).blocks if isinstance(block, Qr)]
        assert item_code_in(code.data, host(point)) == ELDER


def test_at_the_desk_a_receipt_chooses_its_case_and_a_guide_begins_an_application(point: Point, receipt: str) -> None:
    point.do(*SIGN_IN)
    scan(point, receipt)
    assert point.place == "desk"
    assert point.desk_view.detail is not None
    assert "高龄津贴" in point.desk_view.detail.title
    assert point.session.query.paper is None
    point.do(Do("cases"), Open("find"), Focus("find"))
    scan(point, receipt)
    assert (point.place, point.desk_view.detail is not None) == ("desk", True)
    scan(point, item_qr_text(ELDER, host(point)))
    assert (point.place, point.session.application is not None) == ("checklist", True)


def test_a_guide_that_was_brought_along_chooses_the_item_of_an_application(point: Point) -> None:
    point.do(*SIGN_IN, Open("new"))
    scan(point, item_qr_text(ELDER, host(point)))
    assert point.place == "checklist"


# --- what nobody expects ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code", ["6901234567892", "https", "WIFI:T:WPA;S:x;;", "A01", "elder_allowanc", "乡" * 512, "C0-1", "?" * 35]
)
def test_a_code_that_is_not_known_is_answered_in_a_sentence(point: Point, code: str) -> None:
    before = point.journal.head()
    scan(point, code)
    assert (point.place, said(point)) == ("home", "本机不认识这个码")
    assert point.seen.overlay is not None
    assert code not in repr(point.seen.overlay)
    point.do(Dismiss())
    assert (said(point), point.journal.head()) == ("", before)


def test_the_next_code_takes_the_place_of_what_was_said(point: Point) -> None:
    scan(point, "6901234567892", CARD.text())
    assert (point.place, said(point)) == ("sign_in", "")


def test_what_was_said_goes_away_by_itself(point: Point) -> None:
    scan(point, "6901234567892")
    point.clock.advance(ANSWER_MS - 1)
    point.core.tick()
    assert said(point)
    point.clock.advance(1)
    point.core.tick()
    assert not said(point)


def test_what_was_said_follows_the_language(point: Point) -> None:
    scan(point, "6901234567892")
    point.visit.context.tr.speak("en")
    point.visit.show()
    assert said(point) == "This code is not known here"


def test_in_the_middle_of_an_application_a_scan_opens_nothing_and_writes_nothing(point: Point, receipt: str) -> None:
    point.do(*SIGN_IN, *CHOOSE_ELDER_ALLOWANCE, *ALL_PAPERS_HERE, Next(), Focus("applicant_name"))
    assert point.session.application is not None
    before, head = dict(point.session.application.typed), point.journal.head()
    for code, answer in (
        (receipt, "现在不查回执"),
        (OTHER_CARD.text(), "现在不用扫联络员卡"),
        (item_qr_text(ELDER, host(point)), "现在不用扫指南上的码"),
        ("6901234567892", "本机不认识这个码"),
    ):
        scan(point, code)
        assert (point.place, said(point)) == ("form", answer)
    assert (dict(point.session.application.typed), point.journal.head()) == (before, head)
    assert point.session.focus == "applicant_name"


def test_a_forged_receipt_chooses_no_case_at_the_desk(point: Point, receipt: str) -> None:
    token = parse_qr_text(receipt)
    forged = ReceiptToken(replace(token.claim, minute=token.claim.minute - 60), token.case_key, token.signature)
    point.do(*SIGN_IN)
    scan(point, qr_text(forged, host(point)))
    assert said(point) == "这张回执核验不过，不能作凭据。已记下来报给县里"
    assert point.desk_view.detail is None
    assert point.seen.overlay is not None
    assert point.seen.overlay.text == ""


def test_a_receipt_at_the_desk_that_is_none_of_here_says_what_it_is_worth(point: Point) -> None:
    point.do(*SIGN_IN)
    scan(point, f"https://{host(point)}/r#12345")
    assert (point.place, said(point)) == ("desk", "码没有读全，请把回执摊平再扫一次")
    scan(point, "https://pay.example/r#1")
    assert said(point) == "这不是本县的回执，请到开回执的地方查"
    assert point.session.query.paper is None


def test_what_is_only_told_is_not_applied_for(point: Point) -> None:
    told = next(item for item in point.point_packs.catalogue.items if item.role is Role.TELL)
    point.do(*SIGN_IN)
    scan(point, told.code)
    assert (point.place, said(point)) == ("desk", "这件事不用代办")


# --- other people's data, dialogs, idle visitors ----------------------------------------------------------------------


def test_a_receipt_in_the_middle_of_a_visit_shows_nothing_of_anybody(point: Point, receipt: str) -> None:
    """Somebody reads how far their case has come; the next in the queue holds a paper before the scanner."""
    scan(point, receipt)
    point.do(Typed("last_four", FOUR), Next())
    assert point.place == "answer"
    scan(point, receipt)
    assert point.place == "progress"
    assert (point.session.query.last_four, point.session.query.found) == ("", None)
    assert "李＊兰" not in repr(point.seen.view)
    point.do(Typed("last_four", FOUR), Next())
    scan(point, CARD.text())
    assert (point.place, point.session.query.paper) == ("sign_in", None)


def test_a_scan_is_not_heard_while_a_dialog_wants_an_answer(point: Point, receipt: str) -> None:
    point.do(Open("progress"), Typed("number", "1"))
    point.clock.advance(point.packs.profile.timings.idle_s * 1000)
    point.core.tick()
    assert said(point) == "还在办吗？"
    scan(point, receipt, CARD.text(), "6901234567892")
    assert (point.place, said(point)) == ("progress", "还在办吗？")
    point.clock.advance(point.packs.profile.timings.idle_warning_s * 1000)
    point.core.tick()
    assert point.place == "home"
    point.do(CallForHelp())
    scan(point, receipt)
    assert (point.place, said(point)) == ("home", "请叫联络员来帮忙")


def test_a_scanner_that_lies_on_a_code_keeps_nobodys_data_on_the_screen(point: Point) -> None:
    point.do(Open("progress"), Typed("number", "123"))
    for _ in range(point.packs.profile.timings.idle_s + point.packs.profile.timings.idle_warning_s):
        point.clock.advance(1000)
        scan(point, "6901234567892")
    assert point.place == "home"
    assert point.session.query.number == ""


def test_after_a_scan_the_first_screen_is_untouched_by_what_it_could_not_use(point: Point) -> None:
    scan(point, "6901234567892")
    assert point.visit.nobody_here


def test_a_scan_that_could_not_be_written_down_is_said(point: Point, receipt: str) -> None:
    with FailingDisk(point):
        scan(point, receipt)
        assert point.place == "progress"
        assert any("没有存上" in each for each in point.notices)
    assert point.session.query.paper is None


# --- what is no code, and the strip -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        (ScanFault.NOT_ENDED, "码没有读好"),
        (ScanFault.NOT_TEXT, "码没有读好"),
        (ScanFault.WRONG_PREFIX, "码没有读好"),
        (ScanFault.KEYS_LOST, "码没有读好"),
        (ScanFault.TOO_LONG, "本机不认识这个码"),
        (ScanFault.ALT_CODES, "扫码器设置不对"),
    ],
)
def test_what_was_no_code_is_answered_too(point: Point, fault: ScanFault, answer: str) -> None:
    point.hub.events.put(ScanTrouble(fault))
    point.core.tick()
    assert said(point) == answer
    point.do(Dismiss(), CallForHelp())
    point.hub.events.put(ScanTrouble(fault))
    point.core.tick()
    assert said(point) == "请叫联络员来帮忙"


@pytest.mark.parametrize(
    ("state", "reason", "told"),
    [
        (DeviceState.ABSENT, Reason.NOT_CONFIGURED, ""),
        (DeviceState.READY, Reason.NONE, ""),
        (DeviceState.UNKNOWN, Reason.NEVER_ANSWERED, ""),
        (DeviceState.ABSENT, Reason.UNPLUGGED, "扫码器 没接上"),
        (DeviceState.FAULT, Reason.ALT_CODES, "扫码器 有故障"),
    ],
)
def test_the_strip_tells_of_a_scanner_only_when_something_is_wrong(
    point: Point, state: DeviceState, reason: Reason, told: str
) -> None:
    truths = replace(point.core.truths(), scanner=DeviceStatus(Device.CODE_SCANNER, state, reason))
    entries = [entry.text for entry in status_strip(point.tr, truths, point.clock.wall_ms()).left]
    assert [entry for entry in entries if "扫码器" in entry] == ([told] if told else [])
