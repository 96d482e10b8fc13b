"""Writing on the real screens, key by key, with a core that answers as the presenters do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from kiosk.input.keys import Character
from kiosk.intents import Done, Focus, Next, Open, Seek, Typed
from kiosk.own_views import GuideView
from kiosk.pages import Fields, PageView
from kiosk.presenters import frames
from kiosk.theme import TextSize
from kiosk.views import Intent
from kiosk.widgets.scroll import Scroll
from tests.kiosk.glass import Glass
from tests.kiosk.sample_forms import delay, form
from tests.kiosk.sample_pages import progress
from tests.kiosk.sample_views import guide
from tests.kiosk.sample_words import chinese
from tests.kiosk.sample_work import find


def filled(view: PageView, code: str, text: str) -> PageView:
    """Return the page with another text in one field."""
    blocks = tuple(
        replace(block, fields=tuple(replace(each, text=text) if each.field == code else each for each in block.fields))
        if isinstance(block, Fields)
        else block
        for block in view.blocks
    )
    return replace(view, blocks=blocks)


def answering(glass: Glass, view: PageView, as_typed: Callable[[str], str] = str) -> None:
    """Show a page, and let every typed text come back in a new view."""
    shown = view

    def answer(intent: Intent) -> None:
        nonlocal shown
        if isinstance(intent, Typed):
            shown = filled(shown, intent.field, as_typed(intent.text))
            glass.shell.show("page", shown)

    glass.core.answer = answer
    glass.shell.show("page", view)
    glass.frame()


def texts(glass: Glass) -> list[str]:
    found: list[str] = glass.state()["texts"]
    return found


def ids(glass: Glass) -> list[str]:
    return [target["id"] for target in glass.state()["targets"]]


def test_pinyin_stands_in_the_field_until_its_characters_are_chosen(glass: Glass) -> None:
    answering(glass, form(chinese, focus="living"))
    for letter in "sanzu":
        glass.tap(f"key.{letter}")
    assert "柳溪村sanzu" in texts(glass)
    assert glass.core.intents == [], "letters on their way are nobody's answer yet"
    glass.tap("candidate.1")
    assert glass.core.intents == [Typed("living", "柳溪村三组")]
    assert "柳溪村三组" in texts(glass)


def test_what_is_found_stays_in_sight_while_it_is_typed_and_can_be_opened(glass: Glass) -> None:
    glass.shell.show("page", find(chinese, typing=True))
    shown = glass.state()["targets"]
    keys_top = min(target["y"] for target in shown if target["id"].startswith("key."))
    hits = [target for target in shown if target["id"].startswith("case.")]
    assert [hit["id"] for hit in hits[:2]] == ["case.0", "case.1"]
    assert all(hit["y"] + hit["h"] <= keys_top for hit in hits[:2]), "two whole hits above the keys"
    assert "261123-01-0007-X" in texts(glass)
    glass.tap("case.1")
    assert glass.core.intents == [Open("case", "1")]


def test_the_key_that_goes_on_takes_what_is_being_composed_first(glass: Glass) -> None:
    answering(glass, form(chinese, focus="living"))
    glass.tap("key.q")
    glass.tap("key.done")
    assert glass.core.intents == [Typed("living", "柳溪村q"), Done("living")]


def test_two_thumbs_that_overlap_lose_no_digit(glass: Glass) -> None:
    answering(glass, progress(chinese, typing=True))
    first = glass.press("key.7")
    second = glass.press("key.8")
    first.lift()
    third = glass.press("key.9")
    second.lift()
    third.lift()
    glass.frame()
    assert glass.core.intents[-1] == Typed("number", "261123-01-00789")
    assert "261123-01-00789" in texts(glass)
    glass.tap("key.1")
    assert glass.core.intents[-1] == Typed("number", "261123-01-007891")


def test_what_the_presenter_makes_of_a_text_is_what_goes_on_being_written(glass: Glass) -> None:
    answering(glass, delay(chinese), lambda text: text[:8])
    glass.tap("key.1")
    glass.tap("key.2")
    assert "2026-121" in texts(glass)
    glass.tap("key.backspace")
    assert glass.core.intents[-1] == Typed("new_day", "2026-12")


@pytest.mark.parametrize(
    ("view", "extra"), [(progress(chinese, typing=True), "X"), (delay(chinese), "-")], ids=["number", "day"]
)
def test_digits_have_the_one_sign_more_that_their_field_needs(glass: Glass, view: PageView, extra: str) -> None:
    answering(glass, view)
    glass.tap(f"key.{extra}")
    typed = glass.core.intents[-1]
    assert isinstance(typed, Typed)
    assert typed.text.endswith(extra)
    assert "key.q" not in ids(glass)


def test_a_touched_field_asks_for_the_keys(glass: Glass) -> None:
    answering(glass, form(chinese))
    glass.tap("field.name")
    assert glass.core.intents == [Focus("name")]


def test_a_real_keyboard_writes_in_the_field_that_is_asked_for(glass: Glass) -> None:
    answering(glass, progress(chinese, typing=True))
    for digit in "42":
        glass.shell.typed(Character(digit))
    assert glass.core.intents[-1] == Typed("number", "261123-01-0042")


def test_words_are_searched_for_while_they_are_written(glass: Glass) -> None:
    view = guide(chinese, searching=True)

    def answer(intent: Intent) -> None:
        nonlocal view
        if isinstance(intent, Typed):
            view = replace(view, search=replace(view.search, text=intent.text))
            glass.shell.show("guide", view)

    glass.core.answer = answer
    glass.shell.show("guide", view)
    glass.tap("key.digits")
    glass.tap("key.1")
    assert glass.core.intents == [Seek("老人"), Typed("search", "老人1"), Seek("老人1")]
    assert "老人1" in texts(glass)
    assert isinstance(view, GuideView)


def test_what_is_composed_is_taken_before_the_next_step(glass: Glass) -> None:
    view = form(chinese, focus="living")
    answering(glass, view)
    glass.tap("key.q")
    glass.shown.focus(Next())
    assert glass.core.intents == [Typed("living", "柳溪村q"), Next()]


def test_the_last_field_is_done_and_the_others_lead_on(glass: Glass) -> None:
    answering(glass, progress(chinese, typing=True))
    assert "下一项" in texts(glass) or any(target["text"] == "下一项" for target in glass.state()["targets"])
    fields = progress(chinese, typing=True).blocks[0]
    assert isinstance(fields, Fields)
    first, last = fields.fields
    view = replace(
        progress(chinese, typing=True),
        blocks=(Fields((replace(first, focused=False), replace(last, focused=True))),),
    )
    glass.shell.show("page", view)
    assert any(target["text"] == "完成" for target in glass.state()["targets"])


def test_the_questions_of_an_act_follow_each_other() -> None:
    blocks = delay(chinese).blocks
    assert frames.after(blocks, "new_day") == "reason"
    assert frames.after(blocks, "reason") == ""


def test_candidates_that_have_no_room_are_one_key_away(glass: Glass) -> None:
    glass.shell.set_text_size(TextSize.EXTRA)
    answering(glass, form(chinese, focus="living"))
    for letter in "zhonghuarenmingongheguo":
        glass.tap(f"key.{letter}")
    shown = [target for target in ids(glass) if target.startswith("candidate.")]
    assert len(shown) < 5
    glass.tap("key.page_on")
    assert f"candidate.{len(shown) + 1}" in ids(glass)
    glass.tap("key.page_back")
    assert "candidate.1" in ids(glass)


def test_after_the_last_key_the_page_is_where_it_was_with_the_field_in_sight(glass: Glass) -> None:
    resting = form(chinese)
    glass.shell.show("page", resting)
    glass.find(Scroll).scroll_to(400)
    asked = replace(
        resting,
        blocks=tuple(
            replace(block, fields=tuple(replace(each, focused=each.field == "account") for each in block.fields))
            for block in resting.blocks
            if isinstance(block, Fields)
        ),
    )
    glass.shell.show("page", asked)
    assert [each for each in ids(glass) if not each.startswith("key.")] == ["field.account"]
    glass.shell.show("page", resting)
    assert "field.account" in ids(glass)
    assert glass.find(Scroll).offset >= 400
