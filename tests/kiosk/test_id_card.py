"""读身份证 in the form: what a card fills in, whose it is, what is written down of it, and that typing always goes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from devices.id_reader.card import read_text
from devices.id_reader.events import CardRead, CardTroubleKind, ReadingEnd
from devices.sim.cards import CARDS
from kiosk.intents import Back, Choose, Dismiss, Do, Next, Open, SetLanguage, Sign, Typed
from kiosk.pages import Actions, Fields
from kiosk.presenters.form_card import end_sentence, trouble_sentence
from sync.model.facts import IdentityFrom
from tests.kiosk.card_counter import TO_THE_FORM, Counter, opened
from tests.kiosk.journeys import (
    ALL_PAPERS_HERE,
    CHOOSE_ELDER_ALLOWANCE,
    FILL_ELDER_ALLOWANCE,
    MARK_PAPERS,
    SIGN_IN,
    SIGNATURE,
)
from tests.kiosk.test_paper_and_pad import FailingDisk

REST_OF_THE_FORM = tuple(
    intent
    for intent in FILL_ELDER_ALLOWANCE
    if not (isinstance(intent, Typed) and intent.field in ("applicant_name", "applicant_id"))
)
TO_THE_END = (Next(), *MARK_PAPERS, Next(), Sign("signature", SIGNATURE), Next())


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = opened(tmp_path)
    yield made
    made.point.close()
    made.reader.close()


def test_a_card_fills_in_who_the_applicant_is_and_says_where_it_is_from(counter: Counter) -> None:
    counter.point.do(*TO_THE_FORM)
    assert counter.point.notices == ["请把身份证平放在读卡区，先不要拿开；已经放着的，请拿起来再放一次"]
    counter.lay("moved")
    assert [(counter.field(code).text, counter.field(code).label) for code in ("applicant_name", "applicant_id")] == [
        ("张卫东", "姓名 · 来自身份证"),
        ("990101196807220054", "身份证号 · 来自身份证"),
    ]
    assert counter.field("applicant_address").text == "青山县青山镇解放路8号"
    # The item is for people of eighty years: a card is judged as typing is.
    assert "80 周岁" in counter.field("applicant_id").error
    counter.point.do(SetLanguage("en"))
    assert counter.field("applicant_name").label == "姓名 · From the ID card"
    assert counter.point.notices == ["The ID card was read, you may take it. Please check what is below"]


def test_a_case_that_was_taken_in_by_card_says_so(counter: Counter) -> None:
    counter.point.do(*TO_THE_FORM)
    counter.lay("citizen")
    counter.point.do(*REST_OF_THE_FORM, *TO_THE_END)
    taken_in = counter.taken_in()
    assert (taken_in.identity_from, taken_in.applicant.name) == (IdentityFrom.CARD, "李秀兰")
    assert taken_in.values["applicant_id"] == "990101194105120025"


def test_what_was_changed_by_hand_after_the_card_is_marked_on_the_screen_and_in_the_record(counter: Counter) -> None:
    counter.point.do(*TO_THE_FORM)
    counter.lay("citizen")
    counter.point.do(Typed("applicant_address", "12号"))
    assert counter.field("applicant_address").label == "门牌或小地名 · 读身份证后手工改过"
    assert counter.field("applicant_name").label == "姓名 · 来自身份证"
    counter.point.do(*REST_OF_THE_FORM, *TO_THE_END)
    assert counter.taken_in().identity_from is IdentityFrom.CARD_CHANGED


def test_a_number_that_was_changed_by_hand_is_not_the_cards(counter: Counter) -> None:
    counter.point.do(*TO_THE_FORM)
    counter.lay("citizen")
    counter.point.do(Typed("applicant_id", "990101194001010016"), *REST_OF_THE_FORM, *TO_THE_END)
    assert counter.taken_in().identity_from is IdentityFrom.TYPED


def test_fault_reader_unplugged_in_the_middle_of_a_form(counter: Counter) -> None:
    counter.point.do(*TO_THE_FORM, Typed("applicant_name", "李秀"))
    counter.reader.pull(unplug=True)
    counter.hears("读卡器没接上，请手工填写")
    status = counter.point.seen.status
    assert status is not None
    assert status.right[0].text == "读卡器 没接上"
    assert counter.field("applicant_name").text == "李秀"
    buttons = [button for block in counter.point.page.blocks if isinstance(block, Actions) for button in block.actions]
    assert [button.enabled for button in buttons] == [False]
    counter.point.do(*FILL_ELDER_ALLOWANCE, *TO_THE_END)
    assert counter.taken_in().identity_from is IdentityFrom.TYPED
    counter.reader.pull(unplug=False)


def test_a_reader_that_is_plugged_in_again_is_not_said_to_be_missing(counter: Counter) -> None:
    counter.point.do(*TO_THE_FORM)
    counter.reader.pull(unplug=True)
    counter.hears("读卡器没接上，请手工填写")
    counter.reader.pull(unplug=False)
    counter.hears("读卡器好了，可以再读一次")
    assert "读卡器没接上，请手工填写" not in counter.point.notices
    counter.point.do(Do("read_card", "applicant"))
    counter.lay("citizen")
    assert counter.field("applicant_name").text == "李秀兰"


def test_a_card_laid_down_after_the_form_was_left_fills_in_nothing(counter: Counter) -> None:
    counter.point.do(*TO_THE_FORM, Back())
    counter.reader.lay("citizen")
    counter.point.do(Next(), Do("stop_card"))
    counter.reader.take_away()
    assert counter.field("applicant_name").text in ("", "李秀兰")
    before = counter.field("applicant_name").text
    counter.reader.lay("moved")
    for _ in range(20):
        counter.point.core.tick()
        time.sleep(0.01)
    assert counter.field("applicant_name").text == before


def test_a_card_that_still_lies_there_is_not_read_for_the_next_person(counter: Counter) -> None:
    counter.reader.pull(forgetful=True)
    counter.point.do(*TO_THE_FORM)
    counter.lay("citizen")
    counter.point.do(*REST_OF_THE_FORM, *TO_THE_END)
    counter.point.visit.end()
    counter.point.do(*TO_THE_FORM)
    counter.hears("请把身份证拿开，等一下再放一次")
    assert counter.field("applicant_name").text == ""
    counter.reader.take_away()
    time.sleep(0.2)
    counter.lay("long_term")
    assert counter.field("applicant_name").text == "周福生"


def test_another_card_takes_the_place_of_everything_the_first_one_said(counter: Counter) -> None:
    counter.point.do(*TO_THE_FORM)
    counter.lay("moved")
    counter.reader.take_away()
    time.sleep(0.2)
    counter.point.do(Do("read_card", "applicant"))
    counter.hears("请把身份证平放在读卡区")
    counter.lay("permit")
    assert counter.field("applicant_name").text == "陈大文"
    assert counter.field("applicant_address").text == "青山县青山镇"


def test_a_card_that_lacks_what_the_first_one_said_leaves_nothing_of_it(counter: Counter) -> None:
    counter.point.do(*TO_THE_FORM)
    counter.lay("moved")
    counter.point.do(Do("read_card", "applicant"))
    reading = counter.point.card_desk.reading
    assert reading is not None
    counter.point.visit.tell(CardRead(reading.id, replace(read_text(CARDS["citizen"].text), address="")))
    assert counter.field("applicant_name").text == "李秀兰"
    assert counter.field("applicant_address").text == ""
    assert counter.field("applicant_address").label == "门牌或小地名"


def test_what_was_typed_of_somebody_else_does_not_stand_beside_a_card(counter: Counter) -> None:
    counter.point.do(*TO_THE_FORM)
    number, address = "990101196807220054", "柳溪村3组12号"
    counter.point.do(
        Typed("applicant_name", "张卫东"), Typed("applicant_id", number), Typed("applicant_address", address)
    )
    counter.point.do(Do("read_card", "applicant"))
    reading = counter.point.card_desk.reading
    assert reading is not None
    far = replace(read_text(CARDS["citizen"].text), address="很远" * 30)
    counter.point.visit.tell(CardRead(reading.id, far))
    assert counter.field("applicant_name").text == "李秀兰"
    assert counter.field("applicant_address").text == ""


def test_a_card_that_was_read_for_an_earlier_wish_is_nobodys(counter: Counter) -> None:
    counter.point.do(*TO_THE_FORM)
    earlier = counter.point.card_desk.reading
    assert earlier is not None
    counter.point.do(Do("read_card", "applicant"))
    counter.point.visit.tell(CardRead(earlier.id, read_text(CARDS["citizen"].text)))
    assert counter.field("applicant_name").text == ""
    assert counter.point.card_desk.reading is not None


def test_a_desk_that_is_locked_reads_no_more_and_keeps_nothing(counter: Counter) -> None:
    counter.point.do(*TO_THE_FORM)
    counter.lay("citizen")
    counter.point.do(Do("read_card", "applicant"))
    assert counter.point.card_desk.reading is not None
    counter.point.visit.end()
    assert counter.point.card_desk.reading is None
    assert counter.point.session.card_said is None
    assert counter.point.session.application is None


def test_a_card_that_is_read_while_the_disk_takes_nothing_is_said_not_to_be_saved(counter: Counter) -> None:
    counter.point.do(*TO_THE_FORM)
    with FailingDisk(counter.point):
        counter.reader.lay("citizen")
        counter.until(lambda: counter.point.seen.overlay is not None, "the dialog")
    assert counter.point.seen.overlay is not None
    assert counter.point.seen.overlay.title == "没有存上"
    counter.point.do(Dismiss(), Typed("applicant_phone", "00055500123"))
    assert counter.point.seen.overlay is None
    assert counter.field("applicant_name").text == "李秀兰"


def test_a_draft_remembers_what_came_from_a_card(counter: Counter) -> None:
    counter.point.do(*TO_THE_FORM)
    counter.lay("citizen")
    draft = counter.point.session.application
    assert draft is not None
    counter.point.do(Back(), Back(), Back(), Open("draft", draft.draft_id))
    again = counter.point.session.application
    assert again is not None
    assert again.from_card == draft.from_card
    assert again.from_card["applicant_name"] == "李秀兰"


@pytest.mark.parametrize(("days", "used"), [(0, False), (3650, True)])
def test_fault_reader_card_expired_is_used_or_not_as_the_county_says(tmp_path: Path, days: int, *, used: bool) -> None:
    counter = opened(tmp_path, expired_days_max=days)
    counter.point.do(*TO_THE_FORM)
    counter.reader.lay("expired")
    counter.hears("已经过期" if used else "2025年1月1日到期，不能再用")
    assert counter.field("applicant_name").text == ("李秀兰" if used else "")
    counter.point.close()
    counter.reader.close()


@pytest.mark.parametrize(
    ("card", "sentence"),
    [
        ("disagreeing", "这张证上的信息对不上，没有填进表里"),
        ("foreign_2023", "这种证件这里读不了"),
        ("foreign", "这种证件这里读不了"),
        ("unreadable", "这张证读不出来"),
    ],
)
def test_a_card_that_cannot_be_used_fills_in_nothing_and_says_why(counter: Counter, card: str, sentence: str) -> None:
    counter.point.do(*TO_THE_FORM)
    counter.reader.lay(card)
    counter.hears(sentence)
    assert counter.field("applicant_name").text == ""
    assert counter.point.session.application is not None
    assert not counter.point.session.application.from_card


# --- items that want a card


PENSION = (*SIGN_IN, Open("new"), Typed("search", "yljzg"), Open("item", "pension_certify"))


def to_pension_form(counter: Counter) -> None:
    """Go to the form of an item that wants a card; every material is here."""
    counter.point.do(*PENSION)
    item = counter.point.point_packs.item("pension_certify")
    assert item is not None
    assert item.card_required
    counter.point.do(*(Choose(material.code, "here") for material in item.materials), Next())
    assert counter.point.place == "form"
    counter.point.do(
        Typed("applicant_name", "李秀兰"), Typed("applicant_id", "990101194105120025"),
        Choose("applicant_region", "990101102203001"), Choose("condition", "good"), Choose("living_place", "home"),
        Choose("account_changed", "no"), Typed("keeper", "孙志远"), Typed("keeper_phone", "00055501222"),
    )  # fmt: skip


def test_an_item_that_wants_a_card_asks_why_none_was_read(counter: Counter) -> None:
    to_pension_form(counter)
    counter.point.do(Next())
    assert counter.point.place == "form"
    assert counter.field("card_why").error == "请读身份证，读不了就选一个原因"
    counter.point.do(Choose("card_why", "no_card"))
    assert counter.field("card_why").error == ""
    counter.point.do(Next())
    assert counter.point.place == "marks"
    application = counter.point.session.application
    assert application is not None
    assert application.why_typed is IdentityFrom.NO_CARD


def test_a_card_answers_the_question(counter: Counter) -> None:
    to_pension_form(counter)
    counter.point.do(Choose("card_why", "card_not_readable"))
    counter.lay("citizen")
    assert not any(
        field.field == "card_why"
        for block in counter.point.page.blocks
        if isinstance(block, Fields)
        for field in block.fields
    )
    counter.point.do(Next())
    assert counter.point.place == "marks"
    application = counter.point.session.application
    assert application is not None
    assert application.why_typed is None


def test_without_a_reader_that_can_read_the_item_is_taken_in_and_the_reason_written_down(counter: Counter) -> None:
    counter.reader.pull(unplug=True)
    counter.until(lambda: not counter.point.card_desk.can_read, "the reader to be gone")
    to_pension_form(counter)
    counter.point.do(Next())
    application = counter.point.session.application
    assert application is not None
    assert (counter.point.place, application.why_typed) == ("marks", IdentityFrom.NO_READER)
    item = counter.point.point_packs.item("pension_certify")
    assert item is not None
    counter.point.do(*(Choose(material.code, "original_seen") for material in item.materials), Next())
    # A draft that was begun before the item wanted a card has no reason, and is not taken in without one.
    application.why_typed = None
    counter.point.do(Sign("signature", SIGNATURE), Next())
    assert counter.point.place == "review"
    assert counter.point.notices == ["这件事要读身份证，请回到填表读一下，读不了就选一个原因"]
    counter.point.do(Back(), Back(), Next(), Next(), Next())
    assert counter.taken_in().identity_from is IdentityFrom.NO_READER


def test_everything_a_reader_can_say_has_words(counter: Counter) -> None:
    for language in ("zh-Hans", "en"):
        counter.point.tr.speak(language)
        told = [trouble_sentence(counter.point.tr, kind) for kind in CardTroubleKind]
        told += [end_sentence(counter.point.tr, reason) for reason in ReadingEnd]
        assert all(told)
        assert len(set(told)) >= len(CardTroubleKind) + 5


def test_a_card_says_at_once_that_its_holder_has_the_same_matter_under_way(counter: Counter) -> None:
    counter.point.do(*TO_THE_FORM)
    counter.lay("citizen")
    counter.point.do(*REST_OF_THE_FORM, *TO_THE_END, Do("done"))
    counter.reader.take_away()
    counter.point.do(*CHOOSE_ELDER_ALLOWANCE, *ALL_PAPERS_HERE, Next())
    counter.reader.lay("citizen")
    counter.until(lambda: counter.point.place == "double", "the case that is under way")
    counter.point.do(Do("another"))
    assert counter.field("applicant_name").label == "姓名 · 来自身份证"
