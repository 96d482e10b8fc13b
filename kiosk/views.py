"""What the bars around every screen, and the dialogs above it, are told to show.

Frozen and without Kivy, so that presenters can make them and tests can compare them. `intent` fields are
carried unopened: the shell hands them back to the core when the thing is touched.
"""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from msgspec import Struct

Intent = object  # any frozen struct of the core's; the screens only carry it


class Translate(Protocol):
    """Gives the visitor's language for a Chinese source text; `values` fill its {names}."""

    def __call__(self, text: str, /, **values: object) -> str:
        """Return the text to show."""
        ...


class Level(Enum):
    """How things stand. Always shown as shape and colour and words together."""

    NEUTRAL = "neutral"  # a grey disc: nothing known, nothing wrong
    GOOD = "good"  # ● green
    NOTICE = "notice"  # ■ blue
    WARN = "warn"  # ▲ yellow
    BAD = "bad"  # ◆ red


class PillView(Struct, frozen=True):
    """A small button of the top bar."""

    target_id: str
    text: str
    intent: Intent
    help: bool = False  # the one warm pill that calls a person


class TopBarView(Struct, frozen=True):
    """Whose point this is, where and when; and what is always at hand."""

    point_name: str
    place_and_time: str
    pills: tuple[PillView, ...] = ()


class StatusEntry(Struct, frozen=True):
    """One truth of the strip at the lower edge, such as the state of the line."""

    text: str
    level: Level | None = None  # None draws no mark before the words


class StatusView(Struct, frozen=True):
    """The strip at the lower edge: line and queue at the left, printer and pad at the right."""

    left: tuple[StatusEntry, ...] = ()
    right: tuple[StatusEntry, ...] = ()


class ChoiceView(Struct, frozen=True):
    """One button of a dialog."""

    target_id: str
    text: str
    intent: Intent
    main: bool = False
    danger: bool = False


class OverlayView(Struct, frozen=True):
    """A dialog over the screen: one question, its answers as buttons."""

    title: str
    text: str = ""
    choices: tuple[ChoiceView, ...] = ()
    level: Level | None = None
