"""Agents' cards: what is read from a paper, by a scanner or by somebody who types."""

from __future__ import annotations

import pytest

from sync.agent_card import CARD_CHARACTERS, AgentCard, CardOfAnotherTerminal
from sync.crockford import CodeMistyped

HERE = "urn:sunpoint:990101:terminal:990101102203:01"
THERE = "urn:sunpoint:990101:terminal:990101102203:02"
CARD = AgentCard("A01", HERE, bytes(range(16)))


def test_a_card_is_read_as_it_was_printed_and_as_people_type_it() -> None:
    text = CARD.text()
    assert len(text.replace("-", "")) == CARD_CHARACTERS
    typed = text.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert AgentCard.read(text, HERE) == AgentCard.read(f" {typed}\n", HERE) == CARD


def test_two_cards_are_never_the_same() -> None:
    assert AgentCard.fresh("A01", HERE).secret != AgentCard.fresh("A01", HERE).secret


def test_the_mark_of_a_card_is_not_its_secret() -> None:
    assert CARD.mark not in CARD.secret
    assert CARD.mark != AgentCard("A01", HERE, bytes(16)).mark


@pytest.mark.parametrize("place", [0, 1, 2, 5, 11, 40])
def test_a_sign_that_was_mistyped_is_noticed_before_anything_is_tried(place: int) -> None:
    text = CARD.text()
    other = "B" if place == 0 else "7" if text[place] != "7" else "8"
    with pytest.raises(CodeMistyped):
        AgentCard.read(text[:place] + other + text[place + 1 :], HERE)


@pytest.mark.parametrize(
    "text", ["", "A01", "246810", CARD.text() + "0", CARD.text()[:-1], "ÄÄÄ" * 12, "A01" + "U" * 32]
)
def test_what_is_no_card_is_refused(text: str) -> None:
    with pytest.raises(CodeMistyped):
        AgentCard.read(text, HERE)


def test_a_card_of_another_terminal_says_so() -> None:
    with pytest.raises(CardOfAnotherTerminal):
        AgentCard.read(CARD.text(), THERE)
