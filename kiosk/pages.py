"""What the screens show between the bars: frozen view models, made by presenters, drawn by screens.

A place that is read, checked or signed is a `PageView`: a heading and blocks from the vocabulary below. The few
places with a shape of their own (home, guide, sign-in, desk, rating) have their own view. Every text is ready to
be drawn: translated, masked, formatted. `target_id` names what can be touched, stable over redraws.
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
    """A coloured bed with one thing that matters now; SUN explanations use Level.WARN."""

    level: Level
    text: str


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


# --- places with a shape of their own --------------------------------------------------------------------------------


class TileView(Struct, frozen=True):
    """A large button of the home screen."""

    target_id: str
    icon: str
    title: str
    subtitle: str
    intent: Intent
    primary: bool = False


class HomeView(Struct, frozen=True):
    """The first screen. `duty` says who is here today; `common` are items that people often ask for."""

    greeting: str
    search_hint: str
    search: ActionView
    tiles: tuple[TileView, ...]
    common_caption: str
    common: tuple[ActionView, ...]
    duty_caption: str
    duty_name: str
    duty_place: str
    duty_phone: str
    cards: tuple[EntryView, ...]
    sign_in: ActionView
    promise: str


class GuideView(Struct, frozen=True):
    """Browsing and searching items: a search field, how to browse, the groups of that, the items of a group."""

    title: str
    search: FieldView
    ways: tuple[OptionView, ...]
    groups: tuple[OptionView, ...]
    items: Rows
    back: ActionView
    steps: tuple[StepView, ...] = ()


class SignInView(Struct, frozen=True):
    """Who signs in; then the card, or once it is there the PIN as dots: `dots` of its `digits` are typed.

    Attributes:
        caption: what is wanted now.
        card: what is known of the card.
        by_hand: leads to where a card is typed; None once it is there.
        wants_pin: the keys count.
        error: what was wrong.
        wait: how long nobody can try, "" when it is possible now.
    """

    title: str
    agents: tuple[OptionView, ...]
    caption: str
    card: str
    by_hand: ActionView | None
    wants_pin: bool
    dots: int
    digits: int
    error: str
    wait: str
    back: ActionView


class CaseRowView(Struct, frozen=True):
    """One case in the agent's list."""

    target_id: str
    light: LightView
    title: str
    subtitle: str
    state: str
    due: str
    action: str
    chosen: bool
    intent: Intent


class CaseDetailView(Struct, frozen=True):
    """The case beside the list."""

    light: LightView
    title: str
    number: str
    because: str
    facts: tuple[tuple[str, str], ...]
    trace: Trace
    actions: tuple[ActionView, ...]


class DeskView(Struct, frozen=True):
    """The agent's desk: menu, list, detail. `away` are the ways to leave it, the last uppermost."""

    menu: tuple[OptionView, ...]
    away: tuple[ActionView, ...]
    title: str
    filters: tuple[OptionView, ...]
    rows: tuple[CaseRowView, ...]
    empty: str
    detail: CaseDetailView | None


class RatingView(Struct, frozen=True):
    """The moment of rating: on the pad (no levels here), or five buttons of equal size on the screen.

    `other` leads from the pad to the screen, for a pad that does not answer. `pad_keys` are the levels of the keys
    on the pad, from the left, for its picture. `ticks` is asked beside the thanks: what could be better.
    """

    title: str
    text: str
    levels: tuple[OptionView, ...]
    skip: ActionView
    thanks: bool = False
    other: ActionView | None = None
    pad_keys: tuple[int, ...] = ()
    ticks: FieldView | None = None


class CellView(Struct, frozen=True):
    """A cell of the touch grid; one that was touched is not enabled any more."""

    target_id: str
    text: str
    enabled: bool
    intent: Intent


class TouchGridView(Struct, frozen=True):
    """The self-test of the glass: every cell is to be touched once; `others` are the ways out."""

    title: str
    cells: tuple[CellView, ...]
    others: tuple[ActionView, ...]


ScreenView = PageView | HomeView | GuideView | SignInView | DeskView | RatingView | TouchGridView
