"""Nothing is cut, nothing overlaps, nothing is too small to touch: every place, size, language and text size."""

from __future__ import annotations

import importlib

import pytest
from kivy.base import EventLoop

from kiosk.assets import Assets
from kiosk.i18n import LANGUAGES, Translator
from kiosk.input.engine import GooglePinyin
from kiosk.input.entry import TextEntry
from kiosk.screens import ScreenContext
from kiosk.screens.rating import RatingScreen
from kiosk.text.fonts import FontStack
from kiosk.theme import Layout, TextSize
from kiosk.widgets.element import walk
from kiosk.widgets.scroll import Scroll
from tests.gallery.samples import untranslated
from tests.kiosk.geometry import misplaced, recording, small_targets
from tests.kiosk.glass import look
from tests.kiosk.sample_views import samples

SIZES = ((1920, 1080), (1024, 600), (1080, 1920))


def unexpected(_intent: object) -> None:
    """Nobody touches anything."""


@pytest.fixture(scope="module")
def entry() -> TextEntry:
    """What is written in; nothing is typed."""
    return TextEntry(GooglePinyin())


@pytest.mark.parametrize("text_size", list(TextSize), ids=lambda size: size.name.lower())
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_every_place_keeps_its_words_inside_and_its_parts_apart(
    fonts: FontStack, entry: TextEntry, assets: Assets, size: tuple[int, int], language: str, text_size: TextSize
) -> None:
    EventLoop.ensure_window()
    tr = Translator(assets.locale_dir)
    tr.speak(language)
    view_look = look(fonts, *size, text_size)
    metrics = view_look.metrics
    floor = metrics.strip + (metrics.pill if metrics.layout is Layout.PORTRAIT else 0)
    found = []
    for sample in samples(language):
        module = importlib.import_module(f"kiosk.screens.{sample.screen}")
        made = getattr(module, "".join(part.capitalize() for part in sample.screen.split("_")) + "Screen")
        screen = made(ScreenContext(view_look, tr, unexpected, entry))
        screen.pos, screen.size = (0, floor), (size[0], size[1] - floor - metrics.top_bar)
        with recording() as written:
            screen.render(sample.view)
        found += [f"{sample.name}: {fault}" for fault in misplaced(screen, written)]
        found += [f"{sample.name}: {fault}" for fault in small_targets(screen, metrics.touch)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("text_size", list(TextSize), ids=lambda size: size.name.lower())
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_nobody_has_to_look_for_the_way_not_to_rate(
    fonts: FontStack, entry: TextEntry, size: tuple[int, int], text_size: TextSize
) -> None:
    EventLoop.ensure_window()
    view_look = look(fonts, *size, text_size)
    metrics = view_look.metrics
    floor = metrics.strip + (metrics.pill if metrics.layout is Layout.PORTRAIT else 0)
    for sample in (each for language in LANGUAGES for each in samples(language) if each.screen == "rating"):
        screen = RatingScreen(ScreenContext(view_look, untranslated, unexpected, entry))
        screen.pos, screen.size = (0, floor), (size[0], size[1] - floor - metrics.top_bar)
        screen.render(sample.view)
        assert not any(scroll.reach for scroll in walk(screen) if isinstance(scroll, Scroll)), sample.name
