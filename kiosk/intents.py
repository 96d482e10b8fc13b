"""What a person can ask of the screen: one small vocabulary for every place.

An intent says what was touched, never what is to happen; the presenter of the place decides that. All are frozen
values, so journeys in tests are plain lists of (place, intent).
"""

from __future__ import annotations

from msgspec import Struct


class Back(Struct, frozen=True):
    """The button at the lower left."""


class Next(Struct, frozen=True):
    """The one main action at the lower right."""


class Open(Struct, frozen=True):
    """Something that leads on: a tile, a row, a link. `argument` says which."""

    what: str
    argument: str = ""


class Choose(Struct, frozen=True):
    """One of several: a filter, an option of a field, the state of a material. `value` is its code."""

    what: str
    value: str


class Focus(Struct, frozen=True):
    """A field was touched to be typed into."""

    field: str


class Typed(Struct, frozen=True):
    """The whole text of a field after a key of the panel."""

    field: str
    text: str


class Seek(Struct, frozen=True):
    """What stands in a search field after a key, pinyin that is still on its way to characters included."""

    text: str


class Done(Struct, frozen=True):
    """The panel's own "done" or "next field" key."""

    field: str


class Digit(Struct, frozen=True):
    """A key of the PIN pad: "0" to "9", or "delete"."""

    key: str


class Scanned(Struct, frozen=True):
    """A whole code: from the scanner that is configured, or an address that one without configuration has typed."""

    text: str


class Keyed(Struct, frozen=True):
    """A character of a real keyboard, or of a scanner that types, where no field is written in."""

    character: str


class Sign(Struct, frozen=True):
    """A signature on glass after a stroke ended: all strokes so far, in thousandths of the pad's width."""

    field: str
    strokes: tuple[tuple[int, ...], ...]


class Do(Struct, frozen=True):
    """A named action of the place beside the main one: print, clear, try again, rate."""

    what: str
    argument: str = ""


class SetLanguage(Struct, frozen=True):
    """The visitor's language, zh-Hans or en."""

    language: str


class SetTextSize(Struct, frozen=True):
    """The visitor's text size: standard, large or extra."""

    size: str


class CallForHelp(Struct, frozen=True):
    """The warm button at the top."""


class StillHere(Struct, frozen=True):
    """The answer to the idle warning."""


class Dismiss(Struct, frozen=True):
    """A dialog was closed without an answer."""
