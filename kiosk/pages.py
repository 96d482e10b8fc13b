"""What the screens show between the bars: frozen view models, made by presenters, drawn by screens.

A place that is read, checked or signed is a `PageView`: a heading and blocks from the vocabulary below. The few
places with a shape of their own have their own view (`kiosk.own_views`). Every text is ready to be drawn: translated,
masked, formatted. `target_id` names what can be touched, stable over redraws.
"""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from kiosk.views import Intent, Level


class Weight(Enum):
    """How much a button asks to be pressed. One MAIN a screen."""

    MAIN = "main"
    PLAIN = "plain"
    QUIET = "quiet"
    DANGER = "danger"


class ActionView(Struct, frozen=True):
    """A button."""

    target_id: str
    text: str
    intent: Intent
    weight: Weight = Weight.PLAIN
    enabled: bool = True
    icon: str = ""


class LightView(Struct, frozen=True):
    """A light: shape, colour and words."""

    level: Level
    text: str


class Progress(Enum):
    """Where a step of a long job stands."""

    DONE = "done"
    NOW = "now"
    LATER = "later"


class StepView(Struct, frozen=True):
    """One step of a long job, for the rail at the left."""

    text: str
    progress: Progress


class AsideView(Struct, frozen=True):
    """The small card under the rail: what is being done for whom."""

    caption: str
    title: str
    lines: tuple[str, ...] = ()


# --- blocks of a page ----------------------------------------------------------------------------------------------


class Words(Struct, frozen=True):
    """A paragraph; `heading` stands above it in bold."""

    text: str
    heading: str = ""
    soft: bool = False


class Notice(Struct, frozen=True):
    """A coloured bed with one thing that matters now; SUN explanations use Level.WARN.

    Where the words change while somebody writes below, room for `lines` is kept: nothing moves under a finger.
    """

    level: Level
    text: str
    lines: int = 1


class Facts(Struct, frozen=True):
    """Labels and values, two columns; `heading` above."""

    rows: tuple[tuple[str, str], ...]
    heading: str = ""


class RowView(Struct, frozen=True):
    """One line of a list. Without an intent it cannot be touched."""

    target_id: str
    title: str
    subtitle: str = ""
    trailing: str = ""
    light: LightView | None = None
    intent: Intent | None = None


class Rows(Struct, frozen=True):
    """A list of lines; `empty` is what stands there when there are none."""

    rows: tuple[RowView, ...]
    heading: str = ""
    empty: str = ""


class OptionView(Struct, frozen=True):
    """One of several that exclude each other, or can be ticked together."""

    target_id: str
    text: str
    chosen: bool
    intent: Intent
    enabled: bool = True


class CheckView(Struct, frozen=True):
    """A material and how it is met; `error` marks the one that stops the flow."""

    target_id: str
    title: str
    note: str
    options: tuple[OptionView, ...]
    badge: str = ""
    error: str = ""


class Checks(Struct, frozen=True):
    """A checklist."""

    rows: tuple[CheckView, ...]
    heading: str = ""


class BoxView(Struct, frozen=True):
    """A box of a flow chart. `shape` is start, action, decision or end; `ways` are (label, index of the next box)."""

    title: str
    note: str
    shape: str
    ways: tuple[tuple[str, int], ...] = ()


class FlowChart(Struct, frozen=True):
    """A procedure, drawn."""

    boxes: tuple[BoxView, ...]
    heading: str = ""


class EntryView(Struct, frozen=True):
    """One thing that happened."""

    when: str
    text: str
    note: str = ""
    level: Level | None = None


class Trace(Struct, frozen=True):
    """What happened, oldest first."""

    entries: tuple[EntryView, ...]
    heading: str = ""


class BigNumber(Struct, frozen=True):
    """A number to read aloud, in groups; `caption` above."""

    caption: str
    text: str


class SignatureView(Struct, frozen=True):
    """The glass to sign on. A stroke emits `Sign(field, all strokes)`; `clear` empties it."""

    target_id: str
    field: str
    caption: str
    strokes: tuple[tuple[int, ...], ...]
    clear: ActionView
    error: str = ""


class Actions(Struct, frozen=True):
    """Buttons in the middle of a page."""

    actions: tuple[ActionView, ...]
    heading: str = ""


class Control(Enum):
    """How a field is filled."""

    TEXT = "text"  # the panel in pinyin
    DIGITS = "digits"  # the panel with digits; identity numbers add X
    LETTERS = "letters"  # the panel with Latin letters and digits: codes
    OPTIONS = "options"  # buttons, one of them
    TICKS = "ticks"  # buttons, several


class FieldView(Struct, frozen=True):
    """One question of a form. `text` is what is typed, in the form in which it is edited; the panel belongs to the
    focused one. `extra_key` is a key that this field's digits need beside 0-9 ("X", "-", "."). The rows of a page
    with a field that `seeks` are what it finds: they stay in sight while it is written in.
    """

    target_id: str
    field: str
    label: str
    control: Control
    text: str = ""
    hint: str = ""
    error: str = ""
    options: tuple[OptionView, ...] = ()
    focused: bool = False
    optional: bool = False
    extra_key: str = ""
    length_max: int = 60
    seeks: bool = False


class Fields(Struct, frozen=True):
    """Questions in two columns at most."""

    fields: tuple[FieldView, ...]
    heading: str = ""


Block = Words | Notice | Facts | Rows | Checks | FlowChart | Trace | BigNumber | SignatureView | Actions | Fields


class PageView(Struct, frozen=True):
    """A place made of blocks. Scrolls when it must; `steps` and `aside` stand at the left when there are any.

    When a field of a `Fields` block is focused the typing panel stands at the lower edge; on a small screen only that
    field and its question show.
    """

    place: str
    title: str
    blocks: tuple[Block, ...]
    hint: str = ""
    steps: tuple[StepView, ...] = ()
    aside: AsideView | None = None
    back: ActionView | None = None
    main: ActionView | None = None
    others: tuple[ActionView, ...] = ()
    saved: str = ""
