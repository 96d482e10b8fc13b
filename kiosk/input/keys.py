"""Keys of the panel and of a real keyboard, and what the panel shows."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct


class Mode(Enum):
    """What the panel writes."""

    PINYIN = "pinyin"
    ENGLISH = "english"
    DIGITS = "digits"


class Command(Enum):
    """Keys that are not a character."""

    BACKSPACE = "backspace"
    DONE = "done"  # on to the next field
    SHIFT = "shift"
    TO_PINYIN = "to_pinyin"
    TO_ENGLISH = "to_english"
    TO_DIGITS = "to_digits"
    PAGE_BACK = "page_back"  # of the candidates
    PAGE_ON = "page_on"
    LEFT = "left"
    RIGHT = "right"
    ESCAPE = "escape"  # gives up what is being composed


class Character(Struct, frozen=True):
    """A key that writes a character, or a letter of pinyin."""

    text: str


class Candidate(Struct, frozen=True):
    """The candidate of this number on the shown page, from 0."""

    index: int


Key = Character | Candidate | Command


class PanelView(Struct, frozen=True):
    """What the panel draws."""

    mode: Mode
    modes: tuple[Mode, ...]  # the modes that can be chosen, in order; no pinyin where the machine has none
    letters: str = ""  # what is being composed, such as qings
    candidates: tuple[str, ...] = ()  # of the shown page
    page_back: bool = False  # there are candidates before
    page_on: bool = False  # and after
    shifted: bool = False
    extras: tuple[str, ...] = ()  # keys beside the ten digits, such as X


class EntryView(Struct, frozen=True):
    """What a field shows while it is written in."""

    text: str
    caret: int  # characters before the caret
    composing: str = ""  # underlined at the caret, not part of the text yet
