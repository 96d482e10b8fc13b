"""Notices on the real page: what can be done about them stands beside them, and they move nobody's writing away."""

from __future__ import annotations

import pytest
from kivy.base import EventLoop
from msgspec.structs import replace

from kiosk.input.engine import GooglePinyin
from kiosk.input.entry import TextEntry
from kiosk.pages import Fields, Notice
from kiosk.screens import ScreenContext
from kiosk.screens.page import PageScreen
from kiosk.text.fonts import FontStack
from kiosk.theme import TextSize
from kiosk.views import Level
from kiosk.widgets import rows
from kiosk.widgets.buttons import Button
from kiosk.widgets.columns import Beside
from kiosk.widgets.element import walk
from kiosk.widgets.fields import Field
from kiosk.widgets.scroll import Scroll
from tests.gallery.samples import untranslated
from tests.kiosk.glass import look
from tests.kiosk.sample_forms import form
from tests.kiosk.sample_words import chinese


@pytest.mark.parametrize(("width_px", "is_beside"), [(1300, True), (700, False), (420, False)])
def test_buttons_never_leave_a_notice_less_than_half(fonts: FontStack, width_px: int, *, is_beside: bool) -> None:
    EventLoop.ensure_window()
    wide = look(fonts, 1920, 1080)
    notice = rows.Notice(wide, Level.WARN, "请先核对来人的身份证。换了新的，旧回执就看不到以后的消息了。")
    answers = [Button(wide, text, text, lambda: None) for text in ("已核对身份证，换新回执", "不换")]
    both = Beside(wide, notice, answers)
    both.place(0, 0, width_px, both.height_for(width_px))
    assert notice.width == (width_px - both.choices.natural_width() - both.gap if is_beside else width_px)
    assert notice.width * 2 >= width_px
    assert all((answer.y >= notice.top) != (answer.top <= notice.top) for answer in answers)
    assert is_beside == all(answer.x >= notice.right for answer in answers)


def test_a_long_notice_has_its_buttons_below_rather_than_many_lines(fonts: FontStack) -> None:
    EventLoop.ensure_window()
    wide = look(fonts, 1920, 1080, TextSize.EXTRA)
    notice = rows.Notice(wide, Level.WARN, "没有打印：打印机没有反应，请看看电源和连线。编号请先抄下来。" * 3)
    both = Beside(wide, notice, [Button(wide, "again", "再打印一张", lambda: None)])
    both.place(0, 0, 860, both.height_for(860))
    assert notice.width == 860


def test_what_a_reader_says_leaves_the_field_in_sight_that_is_written_in(fonts: FontStack) -> None:
    EventLoop.ensure_window()
    wide = look(fonts, 1920, 1080, TextSize.EXTRA)
    entry = TextEntry(GooglePinyin())
    screen = PageScreen(ScreenContext(wide, untranslated, lambda _intent: None, entry))
    screen.pos, screen.size = (0, 60), (1920, 900)
    resting = form(chinese)
    blocks = tuple(
        replace(block, fields=tuple(replace(each, focused=each.field == "account") for each in block.fields))
        for block in resting.blocks
        if isinstance(block, Fields)
    )
    writing = replace(resting, blocks=blocks)
    screen.render(writing)
    said = Notice(Level.WARN, "请把身份证拿开，等一下再放一次")
    screen.render(replace(writing, blocks=(said, *writing.blocks)))
    scroll = next(each for each in walk(screen) if isinstance(each, Scroll))
    field = next(each for each in walk(screen) if isinstance(each, Field) and each.focused)
    assert scroll.y <= field.y + scroll.offset
    assert field.top + scroll.offset <= scroll.top
