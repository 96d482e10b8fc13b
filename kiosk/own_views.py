"""The views of the few places that are no page: home, guide, sign-in, desk, rating, touch grid. See `kiosk.pages`."""

from __future__ import annotations

from msgspec import Struct

from kiosk.pages import ActionView, EntryView, FieldView, LightView, OptionView, PageView, Rows, StepView, Trace
from kiosk.views import Intent


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
