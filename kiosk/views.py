"""What the bars around every screen, and the dialogs above it, are told to show.

Frozen and without Kivy, so that presenters can make them and tests can compare them. `intent` fields are
carried unopened: the shell hands them back to the core when the thing is touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

Intent = object  # any frozen dataclass of the core's; the screens only carry it


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


@dataclass(frozen=True, slots=True)
class PillView:
    """A small button of the top bar."""

    target_id: str
    text: str
    intent: Intent
    help: bool = False  # the one warm pill that calls a person


@dataclass(frozen=True, slots=True)
class TopBarView:
    """Whose point this is, where and when; and what is always at hand."""

    point_name: str
    place_and_time: str
    pills: tuple[PillView, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """One truth of the strip at the lower edge, such as the state of the line."""

    text: str
    level: Level | None = None  # None draws no mark before the words


@dataclass(frozen=True, slots=True)
class StatusView:
    """The strip at the lower edge: line and queue at the left, printer and pad at the right."""

    left: tuple[StatusEntry, ...] = ()
    right: tuple[StatusEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """One button of a dialog."""

    target_id: str
    text: str
    intent: Intent
    main: bool = False
    danger: bool = False


@dataclass(frozen=True, slots=True)
class OverlayView:
    """A dialog over the screen: one question, its answers as buttons."""

    title: str
    text: str = ""
    choices: tuple[ChoiceView, ...] = ()
    level: Level | None = None
