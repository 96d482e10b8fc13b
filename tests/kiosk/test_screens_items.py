"""Every item of the demo county on the screens that show it: its page, its checklist, its form, its review."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from kivy.base import EventLoop

from kiosk.input.engine import GooglePinyin
from kiosk.input.entry import TextEntry
from kiosk.intents import Back, Choose, Next, Open, SetLanguage
from kiosk.pages import PageView
from kiosk.screens import ScreenContext
from kiosk.screens.page import PageScreen
from kiosk.text.fonts import FontStack
from kiosk.theme import TextSize
from kiosk.widgets.element import walk
from kiosk.widgets.words import Text
from sync.model.facts import Role
from tests.kiosk.geometry import misplaced, recording, small_targets
from tests.kiosk.glass import look
from tests.kiosk.journeys import SIGN_IN
from tests.kiosk.point import Point, demo_packs


def pages(point: Point) -> Iterator[tuple[str, PageView]]:
    """Yield the item's page, and what the agent sees of it on the way to the form."""
    point.do(Open("guide"))
    for item in demo_packs().catalogue.items:
        point.do(Open("item", item.code))
        yield f"{item.code} page", point.page
        point.do(Back())
    point.do(Back(), *SIGN_IN)
    for item in demo_packs().catalogue.items:
        if item.role is Role.TELL or item.form is None:
            continue
        point.do(Open("new"), Open("item", item.code))
        yield f"{item.code} checklist", point.page
        point.do(*(Choose(material.code, "here") for material in item.materials), Next())
        yield f"{item.code} form", point.page
        point.do(Next())
        yield f"{item.code} form that is not filled in", point.page
        point.do(Back(), Back(), Back())


def test_every_item_of_the_county_keeps_its_words_inside(fonts: FontStack, tmp_path: Path) -> None:
    """Half of the pages on the small screen, the others on the large one with the largest type."""
    EventLoop.ensure_window()
    point = Point(tmp_path / "point")
    entry = TextEntry(GooglePinyin())
    looks = cycle((look(fonts, 1024, 600), look(fonts, 1920, 1080, TextSize.EXTRA)))
    found = []
    for (name, view), page_look in zip(pages(point), looks, strict=False):
        metrics = page_look.metrics
        screen = PageScreen(ScreenContext(page_look, point.tr, lambda _intent: None, entry))
        screen.pos = (0, metrics.strip)
        screen.size = (metrics.width, metrics.height - metrics.strip - metrics.top_bar)
        with recording() as written:
            screen.render(view)
        found += [f"{name}: {fault}" for fault in (*misplaced(screen, written), *small_targets(screen, metrics.touch))]
    point.close()
    assert not found, "\n".join(found)


def test_under_the_steps_a_long_name_stands_without_what_else_is_said(fonts: FontStack, tmp_path: Path) -> None:
    EventLoop.ensure_window()
    point = Point(tmp_path / "point")
    point.do(SetLanguage("en"), *SIGN_IN, Open("new"), Open("item", "orphan"))
    view = point.page
    point.close()
    assert view.aside is not None
    page_look = look(fonts, 1920, 1080)
    screen = PageScreen(ScreenContext(page_look, point.tr, lambda _intent: None, TextEntry(GooglePinyin())))
    screen.size = (1920, 1080 - page_look.metrics.strip - page_look.metrics.top_bar)
    screen.render(view)
    said = {each.text for each in walk(screen) if isinstance(each, Text)}
    assert view.aside.title in said
    assert said.isdisjoint(view.aside.lines)
