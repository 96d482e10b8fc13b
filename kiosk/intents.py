"""What a person can ask of the screen: one small vocabulary for every place.

An intent says what was touched, never what is to happen; the presenter of the place decides that. All are frozen
values, so journeys in tests are plain lists of (place, intent).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Back:
    """The button at the lower left."""


@dataclass(frozen=True, slots=True)
class Next:
    """The one main action at the lower right."""


@dataclass(frozen=True, slots=True)
class Open:
    """Something that leads on: a tile, a row, a link. `argument` says which."""

    what: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Choose:
    """One of several: a filter, an option of a field, the state of a material. `value` is its code."""

    what: str
    value: str


@dataclass(frozen=True, slots=True)
class Focus:
    """A field was touched to be typed into."""

    field: str


@dataclass(frozen=True, slots=True)
class Typed:
    """The whole text of a field after a key of the panel."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Seek:
    """What stands in a search field after a key, pinyin that is still on its way to characters included."""

    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """The panel's own "done" or "next field" key."""

    field: str


@dataclass(frozen=True, slots=True)
class Digit:
    """A key of the PIN pad: "0" to "9", or "delete"."""

    key: str


@dataclass(frozen=True, slots=True)
class Sign:
    """A signature on glass after a stroke ended: all strokes so far, in thousandths of the pad's width."""

    field: str
    strokes: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Do:
    """A named action of the place beside the main one: print, clear, try again, rate."""

    what: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """The visitor's language, zh-Hans or en."""

    language: str


@dataclass(frozen=True, slots=True)
class SetTextSize:
    """The visitor's text size: standard, large or extra."""

    size: str


@dataclass(frozen=True, slots=True)
class CallForHelp:
    """The warm button at the top."""


@dataclass(frozen=True, slots=True)
class StillHere:
    """The answer to the idle warning."""


@dataclass(frozen=True, slots=True)
class Dismiss:
    """A dialog was closed without an answer."""
