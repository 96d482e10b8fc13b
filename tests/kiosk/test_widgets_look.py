"""Everything can be read and touched: contrast, sizes, places, in every layout and text size."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from devices.font_file import tables_of
from kiosk import theme
from kiosk.assets import Assets
from kiosk.text.fonts import FontStack
from kiosk.theme import Layout, Rgba, Role, TextSize, layout_for, metrics_for
from kiosk.views import Level
from kiosk.widgets.element import walk
from kiosk.widgets.icons import ICONS
from kiosk.widgets.ink import Ink
from kiosk.widgets.published import targets_of
from kiosk.widgets.words import LEVEL_COLOURS
from tests.gallery.exhibits import EXHIBITS, Exhibit
from tests.gallery.stage import set_stage
from tests.kiosk.glass import look
from tests.kiosk.test_text_fonts import font_of

SIZES = [(1920, 1080), (1024, 600), (1080, 1920)]


def _luminance(colour: Rgba) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: Rgba, other: Rgba) -> float:
    """WCAG 2.2, 1.4.3."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("ink", "bed"),
    [
        *itertools.product((theme.INK, theme.INK_SOFT, theme.BLUE), (theme.PAPER, theme.CARD, theme.BAR)),
        *((theme.INK_SOFT, bed) for bed in (theme.PAPER_DEEP, theme.BLUE_SOFT, theme.BAD_BED)),
        (theme.WHITE, theme.BLUE),
        (theme.BLUE_PALE, theme.BLUE),
        (theme.WHITE, theme.BLUE_PRESS),
        (theme.SUN_INK, theme.SUN_SOFT),
        (theme.BAD, theme.PAPER),
        (theme.BAD, theme.CARD),
        *LEVEL_COLOURS.values(),
    ],
)
def test_words_stand_out_from_what_they_stand_on(ink: Rgba, bed: Rgba) -> None:
    assert _contrast(ink, bed) >= 4.5


def test_borders_of_fields_and_marks_of_levels_stand_out() -> None:
    assert _contrast(theme.EDGE, theme.CARD) >= 3
    assert all(_contrast(colour, theme.CARD) >= 3 for colour, _ in LEVEL_COLOURS.values())


def test_every_level_has_a_colour() -> None:
    assert set(LEVEL_COLOURS) == set(Level)


@pytest.mark.parametrize(("size", "text_size"), [*itertools.product(SIZES, TextSize)])
def test_no_type_is_too_small_to_read_and_no_button_to_touch(size: tuple[int, int], text_size: TextSize) -> None:
    metrics = metrics_for(*size, text_size)
    assert all(metrics.type.of(role) >= 18 for role in Role)
    assert min(metrics.button, metrics.field, metrics.key, metrics.touch) >= 60
    assert metrics.button > metrics.type.body * theme.LINE_SPACING
    assert metrics.strip >= metrics.type.small * theme.LINE_SPACING


def test_the_layout_follows_the_shape_of_the_window() -> None:
    assert [layout_for(*size) for size in SIZES] == [Layout.LARGE, Layout.SMALL, Layout.PORTRAIT]
    assert layout_for(1366, 768) is Layout.SMALL


def test_a_denser_panel_gets_more_pixels_for_the_same_size() -> None:
    dense = metrics_for(2048, 1200, density=2.0)
    assert dense.layout is Layout.SMALL
    assert dense.button == 2 * metrics_for(1024, 600).button


@pytest.mark.parametrize("exhibit", EXHIBITS, ids=lambda exhibit: exhibit.name)
@pytest.mark.parametrize("size", SIZES, ids=["large", "small", "portrait"])
def test_every_target_is_large_enough_inside_the_window_and_apart_from_the_others(
    fonts: FontStack, size: tuple[int, int], exhibit: Exhibit
) -> None:
    for text_size in (TextSize.STANDARD, TextSize.EXTRA):
        made = look(fonts, *size, text_size)
        stage = set_stage(made, exhibit.make(made))
        spots = [spot for element in walk(stage) for spot in element.spots]
        ids = [spot.target_id for spot in spots]
        assert len(ids) == len(set(ids))
        assert all(spot.touch.width >= 60 and spot.touch.height >= 60 for spot in spots)
        for target in targets_of(stage, size[1]):
            assert 0 <= target.x <= target.x + target.w <= size[0]
            assert 0 <= target.y <= target.y + target.h <= size[1]
        for element in walk(stage):
            for one, other in itertools.combinations([spot.box for spot in element.spots], 2):
                assert one.right <= other.x or other.right <= one.x or one.top <= other.y or other.top <= one.y


def test_every_icon_stays_inside_its_square() -> None:
    for strokes in ICONS.values():
        for stroke in strokes:
            assert all(0 <= x <= 24 and 0 <= y <= 24 for x, y in stroke.points)


def test_a_font_behind_the_house_font_that_will_not_open_costs_its_characters_and_nothing_else(
    assets: Assets, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    torn = font_of(tmp_path / "torn.ttf", "∗")
    start, length = tables_of(torn)["head"]
    whole = torn.read_bytes()
    torn.write_bytes(whole[:start] + bytes(length) + whole[start + length :])
    ink = Ink(FontStack.of_files(assets.regular_font, assets.bold_font, [torn]))
    paragraph = ink.typesetter.set("李∗兰", 24)
    assert [run.font.name for run in paragraph.lines[0].runs][1] == "torn.ttf", "it says that it has the character"
    assert ink.texture(paragraph).size[0] > 48
    assert caplog.text.count("torn.ttf is damaged") == 1


def test_pictures_of_texts_are_kept_only_so_far(fonts: FontStack) -> None:
    made = look(fonts, 1024, 600)
    ink = made.ink
    for number in range(400):
        ink.texture(ink.typesetter.set(f"第{number}件，共四百件，在柳溪村便民服务点办理" * 3, 34, width_px=900))
    assert ink._kept_bytes <= 24 * 1024 * 1024
    assert ink._kept_bytes == sum(
        width * height * 4 for width, height in (each.size for each in ink._textures.values())
    )
