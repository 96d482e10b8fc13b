"""Every screen under a finger: what is touched says what its view asked for, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from kivy.clock import Clock
from msgspec import Struct
from msgspec.structs import replace

from kiosk.input.keys import Character, Command
from kiosk.intents import Digit, Do, Done, Focus, Keyed, Open, Sign
from kiosk.own_views import ScreenView
from kiosk.pages import Checks, Control, FieldView
from kiosk.theme import TextSize
from kiosk.widgets.scroll import Scroll
from kiosk.widgets.table import Table
from tests.kiosk.glass import Finger, Glass
from tests.kiosk.sample_forms import deliver, form, marks, review
from tests.kiosk.sample_pages import item
from tests.kiosk.sample_views import case_row, desk, guide, home, rating, samples, sign_in
from tests.kiosk.sample_words import chinese

SAMPLES = {sample.name: sample for sample in samples("zh-Hans")}


@pytest.fixture(autouse=True)
def _at_full_speed() -> Iterator[None]:
    """Frames come as fast as they are drawn: nobody watches."""
    limit, Clock._max_fps = Clock._max_fps, 0
    yield
    Clock._max_fps = limit


def show(glass: Glass, screen: str, view: ScreenView) -> None:
    glass.shell.show(screen, view)
    glass.frame()


def targets(glass: Glass) -> dict[str, dict[str, Any]]:
    return {target["id"]: target for target in glass.state()["targets"]}


def asked_for(view: Any) -> dict[str, object]:
    """Return the intent of everything in a view that can be touched."""
    found: dict[str, object] = {}
    if isinstance(view, FieldView) and view.control in (Control.TEXT, Control.DIGITS):
        return {} if view.focused else {view.target_id: Focus(view.field)}
    if isinstance(view, tuple):
        for each in view:
            found |= asked_for(each)
    elif isinstance(view, Struct):
        part: Any = view
        intent, enabled = getattr(view, "intent", None), getattr(view, "enabled", True)
        if intent is not None and enabled:
            found[part.target_id] = intent
        for name in view.__struct_fields__:
            found |= asked_for(getattr(view, name))
    return found


@pytest.mark.parametrize("name", SAMPLES)
def test_everything_in_sight_says_what_its_view_asks_for(glass: Glass, name: str) -> None:
    sample = SAMPLES[name]
    show(glass, sample.screen, sample.view)
    wanted = asked_for(sample.view)
    seen = [target for target in targets(glass) if target in wanted]
    for target in seen:
        # A calm hand: the guard is for one that trembles.
        glass.shell.look.guard._last_s = float("-inf")
        glass.tap(target)
    assert glass.core.intents == [wanted[target] for target in seen]
    # A page that is only typed into shows the keys instead of its buttons.
    assert seen or "key.done" in targets(glass)


def test_a_new_view_leaves_the_page_where_it_is_scrolled(glass: Glass) -> None:
    show(glass, "page", item(chinese))
    scroll = glass.find(Scroll)
    scroll.scroll_to(300)
    show(glass, "page", review(chinese, signed=True))
    show(glass, "page", item(chinese))
    assert glass.find(Scroll).offset == 0, "another place begins at its top"
    glass.find(Scroll).scroll_to(300)
    show(glass, "page", replace(item(chinese), hint="正在打印……"))
    assert glass.find(Scroll).offset == 300


def test_a_page_that_is_visited_again_begins_at_its_top(glass: Glass) -> None:
    show(glass, "page", item(chinese))
    glass.find(Scroll).scroll_to(300)
    show(glass, "guide", guide(chinese))
    show(glass, "page", item(chinese))
    assert glass.find(Scroll).offset == 0


def test_a_list_is_found_again_where_it_was_left(glass: Glass) -> None:
    show(glass, "desk", desk(chinese, chosen=None))
    glass.find(Table).scroll_to(200)
    show(glass, "page", deliver(chinese))
    show(glass, "desk", desk(chinese, chosen=None))
    assert glass.find(Table).offset == 200


def test_a_material_that_is_found_wrong_comes_into_sight(glass: Glass) -> None:
    right = marks(chinese)
    checks = right.blocks[0]
    assert isinstance(checks, Checks)
    many = [replace(checks.rows[0], target_id=f"material.{at}") for at in range(12)]
    show(glass, "page", replace(right, blocks=(Checks(tuple(many)),)))
    assert glass.find(Scroll).offset == 0
    many[-1] = replace(many[-1], error="还没有认")
    show(glass, "page", replace(right, blocks=(Checks(tuple(many)),)))
    scroll = glass.find(Scroll)
    assert scroll.reach - scroll.offset < 20
    scroll.scroll_to(0)
    show(glass, "page", replace(right, blocks=(Checks(tuple(many)),), saved="14:33"))
    assert glass.find(Scroll).offset == 0, "an error that is known already pulls nobody away"


def test_a_hand_that_signs_scrolls_nothing(glass: Glass) -> None:
    show(glass, "page", deliver(chinese))
    scroll = glass.find(Scroll)
    scroll.scroll_to(scroll.reach)
    pad = targets(glass)["signature"]
    finger = Finger(pad["x"] + 40, pad["y"] + 20)
    finger.move(pad["x"] + 140, pad["y"] + 20)
    finger.move(pad["x"] + 200, pad["y"] + 80)
    finger.lift()
    assert scroll.offset == scroll.reach
    signed = glass.core.intents[-1]
    assert isinstance(signed, Sign)
    assert len(signed.strokes) == 1
    assert len(signed.strokes[0]) == 6


def test_two_thousand_cases_are_dragged_through_and_any_can_be_opened(glass: Glass) -> None:
    show(glass, "desk", desk(chinese, chosen=None, count=2000))
    assert len([target for target in targets(glass) if target.startswith("case.")]) < 10
    finger = Finger(500, 520)
    finger.move(500, 300)
    finger.lift()
    assert glass.core.intents == [], "a drag opens nothing"
    table = glass.find(Table)
    assert table.offset == 220
    table.scroll_to(table.reach)
    glass.tap("case.1999")
    assert glass.core.intents == [case_row(chinese, 1999).intent]


def test_a_case_takes_the_place_of_the_list_on_a_small_screen_and_gives_it_back(glass: Glass) -> None:
    show(glass, "desk", desk(chinese, chosen=0))
    assert not [target for target in targets(glass) if target.startswith("case.")]
    glass.tap("back")
    assert glass.core.intents == [Do("cases")]


def test_the_same_digit_twice_is_two_digits(glass: Glass) -> None:
    show(glass, "sign_in", sign_in(chinese))
    glass.tap("key.6")
    glass.tap("key.6")
    glass.tap("key.delete")
    assert glass.core.intents == [Digit("6"), Digit("6"), Digit("delete")]


def test_a_real_keyboard_or_a_scanner_types_pin_and_card(glass: Glass) -> None:
    show(glass, "sign_in", sign_in(chinese))
    for key in (Character("4"), Character("x"), Command.BACKSPACE, Command.DONE):
        glass.shell.typed(key)
    assert glass.core.intents == [Keyed("4"), Keyed("x"), Digit("delete"), Done("card")]


def test_before_the_card_was_seen_the_keys_do_nothing_and_a_button_leads_to_typing_it(glass: Glass) -> None:
    show(glass, "sign_in", sign_in(chinese, card=False))
    glass.tap("key.1")
    assert glass.core.intents == []
    glass.tap("by_hand")
    glass.shell.typed(Character("A"))
    assert glass.core.intents == [Open("card"), Keyed("A")]


def test_nobody_types_a_pin_while_everybody_waits(glass: Glass) -> None:
    show(glass, "sign_in", sign_in(chinese, wrong=True))
    glass.tap("key.1")
    glass.shell.typed(Character("1"))
    assert glass.core.intents == []


def test_the_five_levels_are_equally_large(glass: Glass) -> None:
    show(glass, "rating", rating(chinese, "screen"))
    levels = [target for name, target in targets(glass).items() if name.startswith("level.")]
    assert len(levels) == 5
    assert len({(level["w"], level["h"], level["y"]) for level in levels}) == 1


def test_the_search_field_and_its_button_both_open_the_search(glass: Glass) -> None:
    show(glass, "home", home(chinese))
    glass.tap("search")
    glass.tap("search.go")
    assert glass.core.intents == [Open("search"), Open("search")]


@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_is_drawn_while_nothing_changes(glass: Glass, name: str) -> None:
    sample = SAMPLES[name]
    show(glass, sample.screen, sample.view)
    assert glass.draws(5) == 0
    glass.shell.show(sample.screen, sample.view)
    assert glass.draws(5) == 0, "the same view again is no reason to draw"


def test_a_small_screen_that_is_written_on_shows_the_question_the_field_and_the_keys(glass: Glass) -> None:
    show(glass, "page", form(chinese, focus="living"))
    assert [target for target in targets(glass) if not target.startswith("key.")] == ["field.living"]
    assert "住在哪里" in glass.state()["texts"]


@pytest.mark.parametrize("name", ["home", "guide", "item", "form_typing", "sign_in", "desk_case", "rating_screen"])
def test_another_text_size_shows_the_same_place_larger(glass: Glass, name: str) -> None:
    sample = SAMPLES[name]
    show(glass, sample.screen, sample.view)
    before = set(glass.state()["texts"])
    glass.shell.set_text_size(TextSize.LARGE)
    assert glass.shown.name == sample.screen
    assert before & set(glass.state()["texts"])
