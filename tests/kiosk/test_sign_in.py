"""Opening the desk: card and PIN together, the card once a shift, and what a locked desk does all the same."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.desk_lock import SHIFT_MS_MAX
from kiosk.intents import Back, Choose, Digit, Do, Done, Focus, Keyed, Next, Open, Typed
from kiosk.own_views import SignInView
from kiosk.pages import Fields
from sync.agent_card import AgentCard
from sync.desk_key_file import encode
from sync.model.facts import DeskEnd, DeskKeyMade, Kind
from sync.model.plain import field_of
from tests.kiosk.journeys import (
    ALL_PAPERS_HERE,
    CARD,
    CHOOSE_ELDER_ALLOWANCE,
    FILL_ELDER_ALLOWANCE,
    SIGN_IN,
    TAKE_IN,
    shown,
    typed,
)
from tests.kiosk.point import OTHER_CARD, OTHER_PIN, PIN, SUBJECT, Point

OTHER_SIGN_IN = (Open("sign_in"), *shown(OTHER_CARD), *typed(OTHER_PIN))


@pytest.fixture
def point(tmp_path: Path) -> Iterator[Point]:
    """A service point on a Monday afternoon."""
    made = Point(tmp_path / "point")
    yield made
    made.close()


def view(point: Point) -> SignInView:
    assert isinstance(point.seen.view, SignInView)
    return point.seen.view


def kinds(point: Point) -> list[Kind]:
    return [Kind(record.header.kind) for record in point.journal.read(0, 1000)]


# --- card and PIN -----------------------------------------------------------------------------------------------------


def test_before_a_card_was_shown_no_digit_counts(point: Point) -> None:
    point.do(Open("sign_in"), *typed(PIN))
    assert (view(point).dots, view(point).wants_pin, view(point).caption) == (0, False, "请把联络员卡对准扫码器")
    assert Kind.SIGN_IN_REFUSED not in kinds(point)


def test_a_scanned_card_chooses_its_agent_and_is_never_shown(point: Point) -> None:
    point.do(Open("sign_in"), *shown(OTHER_CARD)[:20])
    assert view(point).caption == "正在读卡……"
    point.do(*shown(OTHER_CARD)[20:], Done("card"))
    assert [agent.chosen for agent in view(point).agents] == [False, True]
    assert (view(point).card, view(point).wants_pin) == ("卡已认出", True)
    assert OTHER_CARD.text()[4:] not in repr(view(point))
    point.do(*typed(OTHER_PIN))
    assert point.place == "desk"
    assert point.session.agent is not None
    assert point.session.agent.id == "B02"


def test_a_pin_typed_on_a_keyboard_is_a_pin_and_a_letter_begins_a_card(point: Point) -> None:
    point.do(Open("sign_in"), *shown(CARD), Keyed("1"), Keyed("2"))
    assert view(point).dots == 2
    point.do(Keyed("A"), Digit("delete"), Digit("delete"))
    assert view(point).dots == 1
    point.do(*shown(CARD), *(Keyed(digit) for digit in PIN))
    assert point.place == "desk"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CARD.text()[:-1] + ("0" if CARD.text()[-1] != "0" else "1"), "卡没有读对，请再扫一次，或对着卡逐字核对"),
        (AgentCard("A01", SUBJECT[:-1] + "2", bytes(16)).text(), "这张卡不是这台机器的"),
        (AgentCard("A01", SUBJECT, bytes(16)).text(), "这张卡已经换过新的，请用新卡"),
        (AgentCard("C03", SUBJECT, bytes(16)).text(), "这张卡已经停用，请找别的联络员或技术员"),
    ],
)
def test_a_card_that_does_not_open_here_says_why_and_costs_no_try(point: Point, text: str, said: str) -> None:
    point.do(Open("sign_in"), *(Keyed(sign) for sign in text))
    assert (view(point).error, view(point).wants_pin) == (said, False)
    point.do(*shown(CARD), *typed(PIN))
    assert point.place == "desk"
    assert Kind.SIGN_IN_REFUSED not in kinds(point)


def test_half_a_card_with_an_enter_key_says_that_it_was_not_read(point: Point) -> None:
    point.do(Open("sign_in"), *shown(CARD)[:9], Done("card"))
    assert view(point).error == "卡没有读对，请再扫一次，或对着卡逐字核对"


def test_a_card_can_be_typed_by_hand(point: Point) -> None:
    point.do(Open("sign_in"), Open("card"), Typed("card", "A01 234"), Next())
    assert point.place == "card"
    [field] = next(block for block in point.page.blocks if isinstance(block, Fields)).fields
    assert field.error == "卡没有读对，请再扫一次，或对着卡逐字核对"
    point.do(Focus("card"), Typed("card", CARD.text().lower().replace("-", " ")), Done("card"))
    assert point.place == "sign_in"
    assert CARD.text().lower() not in repr(point.session.entry)
    point.do(*typed(PIN))
    assert point.place == "desk"


def test_who_goes_away_in_the_middle_leaves_no_card_behind(point: Point) -> None:
    point.do(Open("sign_in"), *shown(CARD), Back(), Open("sign_in"))
    assert not view(point).wants_pin
    point.do(Open("card"), Typed("card", CARD.text()), Back(), Back())
    assert CARD.text() not in repr(point.session.entry)
    assert point.place == "home"


def test_another_agents_card_does_not_open_with_my_pin(point: Point) -> None:
    point.do(Open("sign_in"), *shown(OTHER_CARD), *typed(PIN))
    assert view(point).error == "密码不对，请再输一次"
    assert kinds(point)[-1] is Kind.SIGN_IN_REFUSED


# --- the shift --------------------------------------------------------------------------------------------------------


def test_a_desk_that_locked_itself_is_opened_again_by_the_pin_alone(point: Point) -> None:
    point.do(*SIGN_IN)
    point.clock.advance(320_000)
    point.core.tick()
    assert point.place == "home"
    point.do(Open("sign_in"), *typed(PIN))
    assert point.place == "desk"


def test_closing_the_shift_wants_the_card_again(point: Point) -> None:
    point.do(*SIGN_IN, Do("leave"), Open("sign_in"), *typed(PIN))
    assert point.place == "sign_in"
    assert not view(point).wants_pin


def test_another_agents_shift_ends_the_one_before(point: Point) -> None:
    point.do(*SIGN_IN, Do("lock"), *OTHER_SIGN_IN)
    assert point.place == "desk"
    point.do(Do("lock"), Open("sign_in"), Choose("agent", "A01"))
    assert not view(point).wants_pin
    point.do(Choose("agent", "B02"))
    assert view(point).wants_pin


def test_a_shift_that_nobody_closed_ends_by_itself(point: Point) -> None:
    point.do(*SIGN_IN, Do("lock"))
    point.clock.advance(SHIFT_MS_MAX + 1)
    point.do(Open("sign_in"))
    assert not view(point).wants_pin


def test_a_restart_wants_the_card_again(point: Point) -> None:
    point.do(*SIGN_IN, Do("lock"))
    again = point.reopen()
    again.do(Open("sign_in"))
    assert not view(again).wants_pin
    again.close()


def test_a_locked_desk_has_no_private_key_in_memory(point: Point) -> None:
    point.do(*SIGN_IN, *TAKE_IN, Do("done"))
    desk, lock = point.desk, point.lock
    assert lock._opened is not None
    keys = [weakref.ref(opener) for opener in (*desk._keyring._openers, *desk.drafts._openers)]
    point.do(Do("lock"))
    gc.collect()
    assert [key() for key in keys] == [None] * len(keys)
    assert [*desk._keyring._openers, *desk.drafts._openers, *desk._keyring._kept] == []


# --- a locked desk ----------------------------------------------------------------------------------------------------


def asks(point: Point, number: str, last_four: str = "0016") -> None:
    point.do(Open("progress"), Typed("number", number), Typed("last_four", last_four), Next())


def test_a_villager_learns_how_far_the_case_is_while_the_desk_is_locked(point: Point) -> None:
    point.do(*SIGN_IN, *TAKE_IN)
    number = point.session.case_no or ""
    point.do(Do("done"), Do("lock"))
    asks(point, number)
    assert point.place == "answer"
    assert "李＊兰" in repr(point.page)


def test_after_a_restart_a_locked_desk_says_politely_that_it_cannot_tell_and_counts_no_try(point: Point) -> None:
    point.do(*SIGN_IN, *TAKE_IN)
    number = point.session.case_no or ""
    again = point.reopen()
    for _ in range(7):
        asks(again, number)
        assert "柜台锁着，现在查不了" in repr(again.page)
        again.do(Back())
    again.do(*SIGN_IN)
    again.core.tick()
    again.do(Do("lock"))
    asks(again, number)
    assert again.place == "answer"
    again.do(Back())
    asks(again, number, "0017")
    assert "没有查到" in repr(again.page)
    again.close()


def test_projections_that_were_made_while_locked_get_their_names_when_it_is_opened(point: Point) -> None:
    point.do(*SIGN_IN, *TAKE_IN, Do("done"), Do("lock"))
    point.desk.rebuild()
    [row] = point.desk.cases.rows(over=False)
    assert row.name_masked == ""
    point.do(*SIGN_IN)
    point.core.tick()
    [row] = point.desk.cases.rows(over=False)
    assert row.name_masked == "李＊兰"


def test_a_draft_is_saved_while_locked_and_read_by_the_agent(point: Point) -> None:
    point.do(*SIGN_IN, *CHOOSE_ELDER_ALLOWANCE, *ALL_PAPERS_HERE, Next(), *FILL_ELDER_ALLOWANCE)
    [draft] = point.desk.drafts.of_agent("A01")
    point.visit.end()
    point.desk.save_draft(draft)
    assert point.desk.drafts.of_agent("A01") == []
    point.do(*SIGN_IN)
    assert point.desk.drafts.of_agent("A01") == [draft]


# --- who may open it --------------------------------------------------------------------------------------------------


def test_a_card_revoked_by_a_technician_is_a_fact_and_leads_to_a_new_key(point: Point) -> None:
    point.do(*SIGN_IN, *CHOOSE_ELDER_ALLOWANCE, *ALL_PAPERS_HERE)
    point.visit.end()
    file = point.desk_key_file
    before = file.read()
    file.write(before, before.ended("B02", DeskEnd.CARD_LOST, point.clock.wall_ms()))
    point.do(*OTHER_SIGN_IN)
    assert view(point).error == "这张卡已经停用，请找别的联络员或技术员"
    point.do(*SIGN_IN)
    now = file.read()
    assert now.public_key != before.public_key
    assert not now.rotation_due
    assert kinds(point).count(Kind.DESK_ACCESS_ENDED) == 1
    assert len(point.desk.drafts.of_agent("A01")) == 1, "what was sealed to the key before is still read"
    told = [each for each in point.journal.read(0, 1000) if each.header.kind == Kind.DESK_KEY_MADE]
    assert [field_of(DeskKeyMade, "public_key", each.header.plain) for each in told] == [
        before.public_key,
        now.public_key,
    ]
    assert point.journal.readers[-1].public_key == now.public_key


def test_what_is_written_after_a_new_key_is_read_by_it_and_not_by_the_one_before(point: Point) -> None:
    point.do(*SIGN_IN)
    before = point.lock._opened
    assert before is not None
    point.lock.end("B02", DeskEnd.LEFT, point.visit.context.actor)
    point.do(*TAKE_IN)
    assert point.desk.people.name(point.session.case_no or "") == "李秀兰"
    point.desk._keyring.hold(before.openers)
    assert point.desk.story(point.session.case_no or "")[0][1] is None


def test_changes_are_told_once_however_often_somebody_looks(point: Point) -> None:
    for _ in range(3):
        point.do(Open("sign_in"), Back())
    assert kinds(point).count(Kind.DESK_ACCESS_GIVEN) == 2
    again = point.reopen()
    again.do(Open("sign_in"))
    assert kinds(again).count(Kind.DESK_ACCESS_GIVEN) == 2
    again.close()


# --- damage -----------------------------------------------------------------------------------------------------------


def test_a_damaged_file_of_the_desk_key_lets_villagers_be_served_and_says_so_at_the_sign_in(point: Point) -> None:
    whole = encode(point.desk_key_file.read())
    point.desk_key_file.path.write_bytes(whole[:40] + b"x" + whole[41:])
    point.do(Open("sign_in"))
    assert view(point).error.startswith("本机的登录文件坏了")
    point.do(*shown(CARD))
    assert not view(point).wants_pin
    point.do(Back(), Open("guide"))
    assert point.place == "guide"
    point.desk_key_file.path.write_bytes(whole)
    point.do(Back(), *SIGN_IN)
    assert point.place == "desk"


def test_a_missing_file_of_the_desk_key_says_so(point: Point) -> None:
    point.desk_key_file.path.unlink()
    point.do(Open("sign_in"))
    assert view(point).error == "这台机器还没有发联络员卡，请找技术员"


def test_damaged_agents_say_so(point: Point) -> None:
    (point.directory / "keys" / "agents.json").write_text("{}")
    point.do(Open("sign_in"))
    assert view(point).error == "本机的联络员名单坏了，请找技术员"


def test_a_full_disk_locks_nobody_out_and_the_new_key_stays_due(point: Point, monkeypatch: pytest.MonkeyPatch) -> None:
    file = point.desk_key_file
    before = file.read()
    file.write(before, before.ended("B02", DeskEnd.LEFT, point.clock.wall_ms()))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sync.desk_key_file.replace_file", full)
    point.do(*SIGN_IN)
    assert point.place == "desk"
    assert file.read().rotation_due
