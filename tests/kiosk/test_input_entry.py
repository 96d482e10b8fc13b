"""Writing into a field: with the panel's keys, with a real keyboard, in three modes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.input.engine import GooglePinyin
from kiosk.input.entry import TextEntry
from kiosk.input.keys import Candidate, Character, Command, EntryView, Mode


@pytest.fixture
def entry() -> Iterator[TextEntry]:
    entry = TextEntry(GooglePinyin())
    entry.open("")
    yield entry
    entry.wipe()


def _type(entry: TextEntry, letters: str) -> None:
    for letter in letters:
        entry.press(Character(letter))


def test_letters_are_not_part_of_the_text_before_a_candidate_is_chosen(entry: TextEntry) -> None:
    _type(entry, "zhangsan")
    assert entry.view() == EntryView("", 0, "zhangsan")
    assert entry.press(Candidate(0))
    assert entry.view() == EntryView("张三", 2)


def test_a_space_takes_the_first_candidate_and_a_digit_the_one_of_its_number(entry: TextEntry) -> None:
    _type(entry, "zhangsan ")
    _type(entry, "dibaohu1")
    assert entry.text == "张三低保户"


def test_a_comma_takes_the_first_candidate_and_becomes_chinese(entry: TextEntry) -> None:
    _type(entry, "zhangsan,")
    assert entry.text == "张三，"


def test_letters_nobody_chose_from_are_taken_as_they_are_when_the_field_is_left(entry: TextEntry) -> None:
    _type(entry, "ab")
    assert entry.press(Command.DONE)
    assert entry.text == "ab"


def test_escape_gives_up_what_is_being_composed(entry: TextEntry) -> None:
    _type(entry, "zhang")
    entry.press(Command.ESCAPE)
    assert entry.view() == EntryView("", 0)


def test_what_is_written_goes_where_the_caret_is(entry: TextEntry) -> None:
    entry.open("柳村", caret=1)
    _type(entry, "xi")
    while "溪" not in entry.panel().candidates:
        entry.press(Command.PAGE_ON)
    entry.press(Candidate(entry.panel().candidates.index("溪")))
    assert entry.view() == EntryView("柳溪村", 2)
    entry.press(Command.RIGHT)
    entry.press(Command.RIGHT)
    entry.press(Command.BACKSPACE)
    assert entry.view() == EntryView("柳溪", 2)
    entry.move_to(0)
    assert not entry.press(Command.BACKSPACE)


def test_candidates_turn_forward_and_back(entry: TextEntry) -> None:
    _type(entry, "li")
    first = entry.panel()
    assert first.page_on
    assert not first.page_back
    entry.press(Command.PAGE_ON)
    assert entry.panel().candidates != first.candidates
    entry.press(Command.PAGE_BACK)
    entry.press(Command.PAGE_BACK)
    assert entry.panel() == first


def test_a_field_of_digits_takes_its_own_extra_key(entry: TextEntry) -> None:
    entry.open("", modes=[Mode.DIGITS], extras=["X"], length_max=3)
    assert entry.panel().extras == ("X",)
    _type(entry, "12X9")
    assert entry.text == "12X"
    entry.press(Command.TO_PINYIN)
    assert entry.panel().mode is Mode.DIGITS


def test_shift_makes_one_capital_letter(entry: TextEntry) -> None:
    entry.press(Command.TO_ENGLISH)
    entry.press(Command.SHIFT)
    _type(entry, "ab c")
    assert entry.text == "Ab c"


def test_another_mode_takes_what_was_being_composed(entry: TextEntry) -> None:
    _type(entry, "zhang")
    entry.press(Command.TO_DIGITS)
    _type(entry, "12")
    assert entry.text == "zhang12"


def test_a_machine_without_pinyin_writes_letters_and_offers_no_pinyin() -> None:
    entry = TextEntry(GooglePinyin(library="libnowhere.so.0"))
    entry.open("")
    _type(entry, "abc")
    assert entry.text == "abc"
    panel = entry.panel()
    assert panel.mode is Mode.ENGLISH
    assert Mode.PINYIN not in panel.modes
    entry.open("", modes=[Mode.PINYIN, Mode.DIGITS])
    assert entry.panel().mode is Mode.ENGLISH


def test_a_wiped_entry_holds_nothing(entry: TextEntry) -> None:
    _type(entry, "zhangsan ")
    _type(entry, "li")
    entry.wipe()
    assert entry.view() == EntryView("", 0)
    assert entry.panel().letters == ""
