"""Who may open the desk, changed at the desk: new agents, forgotten PINs, new and lost cards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.intents import Back, Digit, Do, Next, Open, Typed
from kiosk.own_views import SignInView
from kiosk.pages import Facts, Fields
from sync.agent_card import AgentCard
from sync.agents import AGENTS_FILE, read_agents
from sync.desk_key import NotThisCard, NoWrap, WrongPin
from sync.model.facts import DeskAccessGiven, DeskEnd, DeskGift, Kind
from sync.model.plain import field_of
from tests.kiosk.journeys import CARD, SIGN_IN, TAKE_IN, shown, typed
from tests.kiosk.point import OTHER_CARD, OTHER_PIN, PIN, Point

NEW_PIN = "112233"
REVOKE = (Do("revoke"), Do("revoke", "lost"))


@pytest.fixture
def point(tmp_path: Path) -> Iterator[Point]:
    """A service point whose agent A01 has opened the desk and looks at who else may."""
    made = Point(tmp_path / "point")
    made.do(*SIGN_IN, Open("access"))
    yield made
    made.close()


def made_card(point: Point) -> AgentCard:
    admission = point.session.admission
    assert admission is not None
    assert admission.card is not None
    return admission.card


def told(point: Point) -> list[tuple[str, DeskGift]]:
    return [
        (field_of(DeskAccessGiven, "agent", each.header.plain), field_of(DeskAccessGiven, "how", each.header.plain))
        for each in point.journal.read(0, 1000)
        if each.header.kind == Kind.DESK_ACCESS_GIVEN
    ][2:]


def test_a_forgotten_pin_and_a_lost_card_are_replaced_by_another_agent(point: Point) -> None:
    point.do(Open("agent", "B02"), Do("new_card", "B02"), *typed(NEW_PIN), *typed(NEW_PIN))
    assert point.place == "card_made"
    card = made_card(point)
    assert told(point) == [("B02", DeskGift.AGENT)]
    point.do(Next(), Back(), Do("leave"))
    key = point.desk_key_file.read()
    with pytest.raises(NotThisCard):
        key.open("B02", OTHER_PIN, OTHER_CARD)
    with pytest.raises(WrongPin):
        key.open("B02", OTHER_PIN, card)
    point.do(Open("sign_in"), *shown(card), *typed(NEW_PIN))
    assert point.place == "desk"


def test_a_new_agent_gets_the_next_number_a_pin_and_a_card(point: Point) -> None:
    point.do(Typed("newcomer", " 赵强 "), Next(), *typed(NEW_PIN), *typed(NEW_PIN))
    card = made_card(point)
    assert card.agent == "A02"
    agents = read_agents(point.directory / AGENTS_FILE)
    assert [(agent.id, agent.name) for agent in agents][-1] == ("A02", "赵强")
    point.do(Next(), Back(), Do("leave"), Open("sign_in"), *shown(card), *typed(NEW_PIN))
    assert point.session.agent is not None
    assert point.session.agent.name == "赵强"


def test_an_agent_takes_a_new_pin_and_goes_on_with_the_shift(point: Point) -> None:
    point.do(Do("new_card", "A01"), *typed(NEW_PIN), *typed(NEW_PIN), Next(), Back())
    assert told(point) == [("A01", DeskGift.OWN)]
    point.do(Do("lock"), Open("sign_in"), *typed(PIN))
    assert point.place == "sign_in"
    point.do(*typed(NEW_PIN))
    assert point.place == "desk"
    with pytest.raises(NotThisCard):
        point.desk_key_file.read().open("A01", PIN, CARD)


def test_two_pins_that_differ_are_asked_for_again_and_nothing_changes(point: Point) -> None:
    before = point.desk_key_file.read()
    point.do(Do("new_card", "B02"), *typed(NEW_PIN), *typed("112234"))
    view = point.seen.view
    assert isinstance(view, SignInView)
    assert (view.error, view.caption) == ("两次输的不一样，请重新输", "请本人输入 6 位新密码")
    point.do(*typed(NEW_PIN)[:3], Digit("delete"), Back())
    assert point.place == "access"
    assert point.session.admission is None
    assert point.desk_key_file.read() == before


def test_a_lost_card_is_revoked_and_the_desk_goes_on_with_a_new_key(point: Point) -> None:
    before = point.desk_key_file.read()
    point.do(Open("agent", "B02"), *REVOKE)
    key = point.desk_key_file.read()
    assert key.public_key != before.public_key
    assert key.changes[-1].end is DeskEnd.CARD_LOST
    with pytest.raises(NoWrap):
        key.open("B02", OTHER_PIN, OTHER_CARD)
    assert "没有卡，登录不了" in repr(point.page)
    point.do(Back(), *TAKE_IN)
    assert point.place == "receipt"
    assert point.desk.story(point.session.case_no or "")[0][1] is not None


def test_no_card_is_revoked_before_the_agent_has_said_so_twice(point: Point) -> None:
    before = point.desk_key_file.read()
    point.do(Open("agent", "B02"), Do("revoke", "lost"))
    assert "马上登录不了" not in repr(point.page)
    point.do(Do("revoke"))
    assert "停用后，周晓梅的卡和密码马上登录不了" in repr(point.page)
    for turning_away in (
        (Do("revoke", "no"),),
        (Open("agent", "B02"),),
        (Back(), Open("access"), Open("agent", "B02")),
    ):
        point.do(*turning_away)
        assert "马上登录不了" not in repr(point.page)
        point.do(Do("revoke", "lost"))
        assert point.desk_key_file.read() == before
        point.do(Do("revoke"))


def test_nobody_revokes_their_own_card(point: Point) -> None:
    point.do(Open("agent", "A01"))
    assert "revoke" not in repr(point.page)
    point.do(Open("agent", "B02"))
    assert "revoke" in repr(point.page)


def test_a_card_that_no_printer_prints_is_shown_to_be_copied_until_the_page_is_left(point: Point) -> None:
    point.do(Do("new_card", "B02"), *typed(NEW_PIN), *typed(NEW_PIN))
    card = made_card(point)
    [facts] = [block for block in point.page.blocks if isinstance(block, Facts)]
    assert facts.rows == (("卡号", card.text()),)
    assert repr(point.page).count("抄下来") == 1, "copying is asked for once"
    point.do(Next())
    assert card.text() not in repr(point.page)
    assert point.session.admission is None


def test_a_newcomer_without_a_name_is_not_added(point: Point) -> None:
    for name in ("", "  ", "王" * 21):
        point.do(Typed("newcomer", name), Next())
        [field] = next(block for block in point.page.blocks if isinstance(block, Fields)).fields
        assert field.error == "请写姓名，最多 20 个字"
    assert len(read_agents(point.directory / AGENTS_FILE)) == 2


def test_a_full_disk_leaves_card_and_pin_as_they_were(point: Point, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    before = point.desk_key_file.read()
    monkeypatch.setattr("sync.desk_key_file.replace_file", full)
    point.do(Do("new_card", "B02"), *typed(NEW_PIN), *typed(NEW_PIN))
    view = point.seen.view
    assert isinstance(view, SignInView)
    assert view.error.startswith("没有存上")
    point.do(Back(), Open("agent", "B02"), *REVOKE)
    assert "没有存上" in repr(point.page)
    assert point.desk_key_file.read() == before
