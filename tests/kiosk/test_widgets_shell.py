"""The shell: what it tells, what it forgets, and that it rests when nothing changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from kivy.base import EventLoop

from kiosk.app import ScreenUnknown
from kiosk.input.keys import Character
from kiosk.screens import Screen
from kiosk.theme import TextSize
from kiosk.views import Level, OverlayView, PillView, StatusEntry, StatusView, TopBarView
from kiosk.widgets.bars import Pills
from kiosk.widgets.element import Element
from kiosk.widgets.fields import Field
from kiosk.widgets.layout import Column
from kiosk.widgets.page import Page
from kiosk.widgets.words import Text
from tests.kiosk.glass import Glass

TOP = TopBarView("柳溪村便民服务点", "青山镇 · 11月23日", (PillView("help", "叫人帮忙", "help", help=True),))


def _words(screen: Screen, view: Any) -> Element:
    return Page(screen.look, Column(screen.look, [Text(screen.look, str(view))]))


def test_nothing_is_drawn_while_nothing_changes(glass: Glass) -> None:
    glass.shell.set_top_bar(TOP)
    glass.show(_words, "您好")
    glass.frame(5)
    assert glass.draws(40) == 0


def test_a_view_that_says_the_same_draws_nothing(glass: Glass) -> None:
    glass.shell.set_top_bar(TOP)
    glass.show(_words, "您好")
    glass.frame(5)
    glass.shell.show("sample", "您好")
    glass.shell.set_top_bar(TopBarView(*(getattr(TOP, name) for name in TOP.__struct_fields__)))
    glass.shell.set_status(StatusView())
    glass.shell.set_overlay(None)
    assert glass.draws(5) == 0
    glass.shell.show("sample", "再见")
    assert glass.draws(5) == 1


def test_upright_the_screen_makes_room_for_pills_that_come_after_it(glass: Glass) -> None:
    glass.shell.size = (600, 1024)
    glass.shell.set_text_size(TextSize.LARGE)
    glass.show(_words, "您好")
    before = glass.shown.y
    glass.shell.set_top_bar(TOP)
    pills = next(child for child in glass.shell.children if isinstance(child, Pills))
    assert before < pills.top <= glass.shown.y
    assert glass.shown.body is not None
    assert glass.shown.body.y == glass.shown.y


def test_the_state_is_told_whole_and_counts_up_only_when_it_changes(glass: Glass) -> None:
    glass.show(_words, "您好")
    first = glass.state()
    assert first["screen"] == "sample"
    assert first["language"] == "zh-Hans"
    assert (first["width"], first["height"]) == (1024, 600)
    glass.frame(5)
    assert glass.state() == first
    glass.shell.show("sample", "再见")
    assert glass.state()["seq"] == first["seq"] + 1
    assert "再见" in glass.state()["texts"]


def test_targets_are_told_from_the_upper_left_corner_and_hold_the_words(glass: Glass) -> None:
    glass.shell.set_top_bar(TOP)
    glass.show(_words)
    target = next(target for target in glass.state()["targets"] if target["id"] == "help")
    assert target["text"] == "叫人帮忙"
    assert target["y"] < 60
    assert target["x"] > 800
    glass.tap("help")
    assert glass.core.intents == ["help"]


def test_the_state_says_when_touches_count_again(glass: Glass) -> None:
    glass.shell.set_top_bar(TOP)
    glass.show(_words)
    glass.tap("help")
    glass.shell.show("sample", "正在叫人")
    glass.frame()
    state = json.loads(glass.state_path.read_text(encoding="utf-8"))
    assert not state["ready"]
    glass.wait()
    glass.frame(3)
    assert glass.state()["ready"]


def test_the_time_goes_on_without_the_screen_being_drawn_anew(glass: Glass) -> None:
    glass.shell.set_top_bar(TOP)
    glass.show(_words)
    body = glass.shown.body
    glass.shell.set_top_bar(TopBarView(TOP.point_name, "青山镇 · 11月24日", TOP.pills))
    assert "青山镇 · 11月24日" in glass.state()["texts"]
    assert glass.shown.body is body


def test_trouble_stays_on_the_strip_when_there_is_too_little_room(glass: Glass) -> None:
    long = "一切正常" * 8
    glass.shell.set_status(
        StatusView((StatusEntry(long), StatusEntry(long)), (StatusEntry("打印机缺纸", Level.WARN), StatusEntry(long)))
    )
    texts = glass.state()["texts"]
    assert "打印机缺纸" in texts
    assert texts.count(long) < 3


def test_of_many_troubles_the_first_stays_and_nothing_good_stands_in_the_place_of_a_trouble(glass: Glass) -> None:
    log = StatusEntry("县里的记录比以前少，请报告县里；本机照常保存和上传", Level.WARN)
    long = StatusEntry("第二存储卡写不进去，有一百条只在本机，请马上告诉技术员来换一张新的卡，再看一看" * 2, Level.WARN)
    ready = StatusEntry("评价器 正常", Level.GOOD)
    glass.shell.set_status(StatusView((StatusEntry("县里已收到前 128 条 · 14:20", Level.GOOD), log, long), (ready,)))
    glass.show(_words, "您好")
    texts = glass.state()["texts"]
    assert log.text in texts
    assert not {long.text, ready.text} & set(texts)


def test_a_larger_text_size_redraws_everything_larger(glass: Glass) -> None:
    glass.show(_words, "您好")
    before = glass.shown.body
    glass.shell.set_text_size(TextSize.EXTRA)
    assert glass.shown.body is not before
    assert glass.shell.look.metrics.type.body == 28
    assert "您好" in glass.state()["texts"]


def test_another_language_is_drawn_even_if_the_view_is_the_same(glass: Glass) -> None:
    glass.show(_words, "2026")
    before = glass.shown.body
    glass.shell.set_language("en")
    glass.shell.show("sample", "2026")
    assert glass.shown.body is not before
    assert glass.state()["language"] == "en"


def test_a_visitor_who_leaves_leaves_nothing_on_the_glass(glass: Glass) -> None:
    def build(screen: Screen, view: Any) -> Element:
        writing = screen.write("name", str(view))
        field = Field(screen.look, "name", "姓名", writing.entry, screen.place_caret, focused=True)
        return Page(screen.look, field, panel=writing.panel)

    glass.show(build, "李秀兰")
    for letter in "liuxi":
        glass.shell.typed(Character(letter))
    glass.shell.set_overlay(OverlayView("还在办吗？", "李秀兰"))
    glass.frame()
    glass.shell.forget()
    ink = glass.shell.look.ink
    assert not ink._textures
    assert ink._kept_bytes == 0
    assert not ink.typesetter._paragraphs
    assert not ink.typesetter._widths
    assert not ink.typesetter._breaker._texts
    assert glass.shell._entry.text == ""
    assert glass.shell._entry.panel().letters == ""
    assert not glass.shell._screens
    assert glass.shell.screen is None
    assert glass.shell.overlay is None
    glass.show(_words, "您好")
    assert not any("李" in text for text in glass.state()["texts"])
    assert "李" not in Path(glass.state_path).read_text(encoding="utf-8")


def test_a_screen_nobody_wrote_is_refused_by_its_name(glass: Glass) -> None:
    with pytest.raises(ScreenUnknown, match="NowhereScreen"):
        glass.shell.show("nowhere", None)


def test_other_threads_are_heard_in_the_windows_own(glass: Glass) -> None:
    heard: list[str] = []
    glass.shell.post(lambda: heard.append("told"))
    assert heard == []
    EventLoop.idle()
    assert heard == ["told"]


def test_what_is_asked_for_again_and_again_can_be_ended(glass: Glass) -> None:
    ticks: list[int] = []
    end = glass.shell.every(0, lambda: ticks.append(1))
    glass.frame(3)
    assert ticks
    end()
    seen = len(ticks)
    glass.frame(3)
    assert len(ticks) == seen
