"""What a finger does on the glass."""

from __future__ import annotations

from functools import partial
from typing import Any

from kiosk.input.keys import Character, Command, EntryView, Key, Mode
from kiosk.intents import Done, Typed
from kiosk.screens import Screen
from kiosk.views import ChoiceView, OverlayView
from kiosk.widgets.bottom_bar import BottomBar
from kiosk.widgets.buttons import Button, Kind
from kiosk.widgets.element import Element
from kiosk.widgets.fields import Field
from kiosk.widgets.layout import Column, Space
from kiosk.widgets.page import Page
from kiosk.widgets.panel import KeyPanel
from kiosk.widgets.scroll import Scroll
from kiosk.widgets.signature import SignaturePad
from kiosk.widgets.table import Cell, Table, TableRow
from sync.model.strokes import GRID, Strokes
from tests.kiosk.glass import Finger, Glass


def _button(screen: Screen, view: Any) -> Element:
    button = Button(screen.look, "go", str(view), lambda: screen.emit("go"), kind=Kind.MAIN)
    return Page(screen.look, Space(screen.look), bottom=BottomBar(screen.look, main=[button]))


def test_a_press_acts_when_the_finger_is_lifted(glass: Glass) -> None:
    glass.show(_button)
    finger = glass.press("go")
    assert glass.core.intents == []
    finger.lift()
    assert glass.core.intents == ["go"]
    assert glass.core.touches == 1


def test_a_press_darkens_at_once_and_only_while_it_lasts(glass: Glass) -> None:
    glass.show(_button)
    button = glass.find(Button)
    assert not button.canvas.after.children
    finger = glass.press("go")
    assert button.canvas.after.children
    finger.lift()
    assert not button.canvas.after.children


def test_a_finger_that_leaves_the_button_does_nothing(glass: Glass) -> None:
    glass.show(_button)
    finger = glass.press("go")
    finger.move(40, 80)
    finger.lift()
    assert glass.core.intents == []


def test_a_trembling_finger_counts_once_and_a_second_wish_counts_again(glass: Glass) -> None:
    glass.show(_button)
    glass.tap("go")
    glass.tap("go")
    assert glass.core.intents == ["go"]
    glass.wait()
    glass.tap("go")
    assert glass.core.intents == ["go", "go"]


def test_a_trembling_finger_does_not_press_what_the_next_screen_has_in_the_same_place(glass: Glass) -> None:
    glass.show(_button)
    place = glass.middle_of("go")

    def next_screen(screen: Screen, _view: Any) -> Element:
        button = Button(screen.look, "delete", "清空", lambda: screen.emit("delete"))
        return Page(screen.look, Space(screen.look), bottom=BottomBar(screen.look, main=[button]))

    other = glass.screen(next_screen, "sample_next")
    glass.core.answer = lambda _intent: glass.shell.show(other, "view")
    for _ in range(2):
        Finger(*place).lift()
        glass.frame()
    assert glass.core.intents == ["go"]


def test_a_button_that_is_off_does_nothing(glass: Glass) -> None:
    def build(screen: Screen, _view: Any) -> Element:
        return Button(screen.look, "off", "提交", lambda: screen.emit("off"), enabled=False)

    glass.show(build)
    assert [target["enabled"] for target in glass.state()["targets"]] == [False]
    glass.tap("off")
    assert glass.core.intents == []


def test_a_redraw_waits_for_the_finger_so_that_no_press_is_lost(glass: Glass) -> None:
    glass.show(_button, "下一步")
    finger = glass.press("go")
    glass.shell.show("sample", "下一步：认材料")
    glass.frame()
    assert "下一步：认材料" not in glass.state()["texts"]
    finger.lift()
    assert glass.core.intents == ["go"]
    assert "下一步：认材料" in glass.state()["texts"]


def test_another_screen_does_not_wait_for_the_finger(glass: Glass) -> None:
    glass.show(_button, "下一步")
    finger = glass.press("go")
    glass.shell.show(glass.screen(_button, "sample_home"), "回首页")
    finger.lift()
    assert glass.core.intents == []
    assert "回首页" in glass.state()["texts"]


def _tall(screen: Screen, _view: Any) -> Element:
    buttons = [Button(screen.look, f"go.{at}", f"第{at}项", partial(screen.emit, at)) for at in range(20)]
    return Page(screen.look, Column(screen.look, buttons))


def test_a_drag_scrolls_and_presses_nothing(glass: Glass) -> None:
    glass.show(_tall)
    x, y = glass.middle_of("go.4")
    finger = Finger(x, y)
    finger.move(x, y - 30)
    finger.move(x, y - 200)
    finger.lift()
    assert glass.core.intents == []
    assert abs(glass.middle_of("go.4")[1] - (y - 200)) <= 1


def test_what_was_scrolled_is_touched_where_it_is_seen(glass: Glass) -> None:
    glass.show(_tall)
    scroll = glass.find(Scroll)
    scroll.scroll_to(scroll.reach)
    glass.tap("go.19")
    assert glass.core.intents == [19]


def test_what_is_scrolled_out_of_sight_is_not_told_and_cannot_be_touched(glass: Glass) -> None:
    glass.show(_tall)
    assert "go.19" not in {target["id"] for target in glass.state()["targets"]}
    assert all(target["y"] + target["h"] <= 600 for target in glass.state()["targets"])


def test_a_redrawn_screen_stays_where_it_was_scrolled_to(glass: Glass) -> None:
    glass.show(_tall, "one")
    scroll = glass.find(Scroll)
    scroll.scroll_to(150)
    before = glass.middle_of("go.5")
    glass.shell.show("sample", "two")
    assert glass.middle_of("go.5") == before


def test_a_dialog_keeps_every_touch_from_what_is_under_it(glass: Glass) -> None:
    glass.show(_button)
    place = glass.middle_of("go")
    choices = (ChoiceView("stay", "还在办", "stay", main=True),)
    glass.shell.set_overlay(OverlayView("还在办吗？", "再过 20 秒会清空您填的内容", choices))
    Finger(*place).lift()
    assert glass.core.intents == []
    assert [target["id"] for target in glass.state()["targets"]] == ["stay"]
    glass.tap("stay")
    assert glass.core.intents == ["stay"]
    glass.shell.set_overlay(None)
    glass.wait()
    glass.tap("go")
    assert glass.core.intents == ["stay", "go"]


def test_a_finger_in_a_field_says_before_which_character_it_was(glass: Glass) -> None:
    carets: list[int] = []

    def build(screen: Screen, _view: Any) -> Element:
        return Field(screen.look, "field", "住在哪里", EntryView("柳溪村三组", 5), carets.append, focused=True)

    glass.show(build)
    target = glass.state()["targets"][0]
    middle = target["y"] + target["h"] / 2
    field = glass.find(Field)
    size, air = field.look.metrics.type.body, field.look.metrics.space.l
    for x in (target["x"] + air + 2 * size + 3, target["x"] + 2, target["x"] + target["w"] - 2):
        Finger(x, middle).lift()
    assert carets == [2, 0, 5]


def _writing(screen: Screen, view: Any) -> Element:
    writing = screen.write("address", str(view))
    field = Field(screen.look, "field", "住在哪里", writing.entry, screen.place_caret, focused=True)
    return Page(screen.look, field, panel=writing.panel)


def _remember(glass: Glass) -> None:
    """Show what is written, as a presenter does."""
    glass.core.answer = lambda intent: glass.shell.show("sample", intent.text) if isinstance(intent, Typed) else None
    glass.show(_writing, "")


def test_a_name_is_written_with_the_panel(glass: Glass) -> None:
    _remember(glass)
    for letter in "zhangsan":
        glass.tap(f"key.{letter}")
    assert "zhangsan" in glass.state()["texts"]
    assert glass.core.intents == []
    candidates = {target["id"]: target["text"] for target in glass.state()["targets"]}
    assert candidates["candidate.1"] == "1 张三"
    glass.tap("candidate.1")
    glass.tap("key.done")
    assert glass.core.intents == [Typed("address", "张三"), Done("address")]
    assert "张三" in glass.state()["texts"]


def test_the_same_key_twice_is_two_letters(glass: Glass) -> None:
    _remember(glass)
    glass.tap("key.english")
    for _ in range(3):
        glass.tap("key.a")
    assert [intent for intent in glass.core.intents if isinstance(intent, Typed)][-1] == Typed("address", "aaa")


def test_a_real_keyboard_writes_in_the_same_field(glass: Glass) -> None:
    _remember(glass)
    for letter in "zhangsan ":
        glass.shell.typed(Character(letter))
    glass.shell.typed(Command.DONE)
    assert glass.core.intents == [Typed("address", "张三"), Done("address")]


def test_a_real_keyboard_without_a_field_writes_nothing(glass: Glass) -> None:
    glass.show(_button)
    glass.shell.typed(Character("a"))
    assert glass.core.intents == []


def test_every_key_of_the_digits_says_what_it_is(glass: Glass) -> None:
    pressed: list[Key] = []

    def build(screen: Screen, _view: Any) -> Element:
        screen.write("id", "", modes=[Mode.DIGITS], extras=["X"])
        panel = KeyPanel(screen.look, screen._entry.panel(), pressed.append, screen.tr, done="下一项")
        return Page(screen.look, Space(screen.look), panel=panel)

    glass.show(build)
    for name in [*"1234567890X", "backspace", "done"]:
        glass.tap(f"key.{name}")
    assert pressed == [*(Character(digit) for digit in "1234567890X"), Command.BACKSPACE, Command.DONE]


def test_a_signature_is_kept_as_strokes_in_thousandths_of_the_sheet(glass: Glass) -> None:
    signed: list[Strokes] = []

    def build(screen: Screen, _view: Any) -> Element:
        return SignaturePad(screen.look, "sheet", "请在这里签名", signed.append, height_px=200)

    glass.show(build)
    target = glass.state()["targets"][0]
    left, top, width = target["x"], target["y"], target["w"]
    finger = Finger(left + width * 0.1, top + width * 0.05)
    finger.move(left + width * 0.2, top + width * 0.1)
    finger.move(left + width * 2, top - 500)
    finger.lift()
    Finger(left + width * 0.5, top + 50).lift()
    assert len(signed) == 2
    line, dot = signed[-1]
    assert all(abs(told - meant) <= GRID for told, meant in zip(line[:4], (100, 50, 200, 100), strict=True))
    assert all(0 <= value <= 1000 for value in line)
    assert len(dot) == 2
    assert signed[0] == (line,)


def test_a_list_of_two_thousand_shows_only_what_is_in_sight_and_touches_the_right_row(glass: Glass) -> None:
    def build(screen: Screen, _view: Any) -> Element:
        rows = [TableRow(f"row.{at}", (Cell(f"第{at}件", "柳溪村"),), partial(screen.emit, at)) for at in range(2000)]
        return Page(screen.look, Table(screen.look, (1.0,), rows))

    glass.show(build)
    table = glass.find(Table)
    assert len(table.spots) < 12
    x, y = glass.middle_of("row.3")
    finger = Finger(x, y)
    finger.move(x, y - 100)
    finger.lift()
    assert table.offset == 100
    assert glass.core.intents == []
    table.scroll_to(table.reach)
    glass.tap("row.1999")
    assert glass.core.intents == [1999]
