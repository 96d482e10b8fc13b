"""A scanner that types is told from a hand, and no key is lost or doubled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.input.scanner_keys import BEGINNING, HELD_S_MAX, ScannerKeys

RECEIPT = "https://sunpoint.qingshan.example/r#" + "4" * 306


class Keyboard:
    """A keyboard behind the reader, with a clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.codes: list[str] = []
        self.text = ""
        self.keys = ScannerKeys(lambda: self.now_s, self.codes.append, self._typed)

    def _typed(self, character: str) -> None:
        self.text += character


@pytest.fixture
def keyboard() -> Keyboard:
    return Keyboard()


def test_a_receipt_that_is_scanned_is_one_code_and_no_text(keyboard: Keyboard) -> None:
    keyboard.keys.characters(RECEIPT)
    assert keyboard.keys.entered()
    assert (keyboard.codes, keyboard.text) == ([RECEIPT], "")
    keyboard.keys.characters(RECEIPT)
    assert keyboard.keys.entered()
    assert len(keyboard.codes) == 2


def test_what_a_hand_types_goes_on_as_it_is(keyboard: Keyboard) -> None:
    for character in "hello https":
        keyboard.keys.characters(character)
        keyboard.now_s += HELD_S_MAX + 0.1
        keyboard.keys.settle()
    assert keyboard.text == "hello https"
    assert not keyboard.keys.entered()
    assert keyboard.codes == []


def test_a_word_that_begins_like_an_address_comes_out_whole(keyboard: Keyboard) -> None:
    keyboard.keys.characters("hthttp:/x")
    assert keyboard.text == "hthttp:/x"
    keyboard.keys.characters("ht")
    assert not keyboard.keys.entered()
    assert keyboard.text == "hthttp:/xht"


def test_a_code_that_never_ends_is_let_go(keyboard: Keyboard) -> None:
    keyboard.keys.characters(BEGINNING + "9" * 5000)
    assert not keyboard.keys.entered()
    assert keyboard.codes == []
    assert keyboard.text == BEGINNING + "9" * 5000


@given(st.lists(st.sampled_from(["h", "t", "p", "s", ":", "/", "x", "https://", "ENTER", "WAIT"]), max_size=40))
def test_no_key_is_lost_or_doubled(pressed: list[str]) -> None:
    keyboard = Keyboard()
    wanted = ""
    for each in pressed:
        if each == "ENTER":
            keyboard.keys.entered()
        elif each == "WAIT":
            keyboard.now_s += HELD_S_MAX + 0.1
        else:
            keyboard.keys.characters(each)
            wanted += each
    keyboard.now_s += 1
    keyboard.keys.settle()
    assert len(keyboard.text) + sum(map(len, keyboard.codes)) == len(wanted)
    if not keyboard.codes:
        assert keyboard.text == wanted
