"""Every character is drawn by a font that has it."""

from __future__ import annotations

from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from devices.font_coverage import read_coverage
from devices.font_file import FontUnusable
from kiosk.assets import Assets
from kiosk.text.fonts import FontStack

RARE_NAMES = "㛃𠅤䶮喆堃甪𬱖𰻝"


def font_of(path: Path, characters: str) -> Path:
    """Write a font that has a square for each of some characters of the first plane."""
    names = [".notdef", *(f"c{ord(character):x}" for character in characters)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap(dict(zip(map(ord, characters), names[1:], strict=True)))
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    pen.lineTo((100, 700))
    pen.lineTo((800, 700))
    pen.lineTo((800, 0))
    pen.closePath()
    builder.setupGlyf(dict.fromkeys(names, pen.glyph()))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (900, 100)))
    builder.setupHorizontalHeader(ascent=1160, descent=-288)
    builder.setupNameTable({"familyName": "Sample", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return path


def test_the_house_font_is_said_to_have_exactly_what_it_has(assets: Assets) -> None:
    coverage = read_coverage(assets.regular_font)
    has = set(TTFont(assets.regular_font, lazy=True).getBestCmap())
    asked = [*range(0x20, 0x3100), *range(0x4DB0, 0x4E10), *range(0x9FF0, 0xA010), *range(0x20000, 0x20400)]
    assert {code for code in asked if chr(code) in coverage} == has & set(asked)


def test_a_font_of_the_first_plane_only_is_read_too(tmp_path: Path) -> None:
    coverage = read_coverage(font_of(tmp_path / "sample.ttf", "∗⌫"))
    assert "∗" in coverage
    assert "⌫" in coverage
    assert "一" not in coverage


def test_rare_characters_of_names_are_in_the_house_font(fonts: FontStack) -> None:
    assert fonts.missing(RARE_NAMES) == ""


def test_a_run_that_the_house_font_lacks_is_drawn_by_the_next_one(assets: Assets, tmp_path: Path) -> None:
    behind = font_of(tmp_path / "sample.ttf", "∗")
    fonts = FontStack.of_files(assets.regular_font, assets.bold_font, [behind])
    runs = fonts.runs("李∗兰", bold=True)
    assert [(run.text, run.font) for run in runs] == [
        ("李", assets.bold_font),
        ("∗", behind),
        ("兰", assets.bold_font),
    ]


def test_a_character_that_nobody_has_is_named_and_left_to_the_house_font(assets: Assets) -> None:
    fonts = FontStack.of_files(assets.regular_font, assets.bold_font, [])
    assert fonts.missing("李∗兰∗") == "∗"
    assert [run.font for run in fonts.runs("∗", bold=False)] == [assets.regular_font]


def test_a_mark_that_combines_is_drawn_with_its_letter(fonts: FontStack) -> None:
    assert len(fonts.runs("e\u0301", bold=False)) == 1


def test_a_damaged_font_behind_the_house_font_is_left_out_and_the_session_goes_on(
    assets: Assets, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    torn = tmp_path / "torn.ttf"
    torn.write_bytes(font_of(tmp_path / "whole.ttf", "∗").read_bytes()[:300])
    behind = font_of(tmp_path / "sample.ttf", "∗")
    fonts = FontStack.of_files(assets.regular_font, assets.bold_font, [torn, behind])
    assert [run.font for run in fonts.runs("∗", bold=False)] == [behind]
    assert fonts.missing("∗⌫") == "⌫"
    assert caplog.text.count("torn.ttf is damaged") == 1


def test_a_house_font_that_was_cut_off_is_refused_before_a_window_opens(assets: Assets, tmp_path: Path) -> None:
    whole = assets.bold_font.read_bytes()
    (tmp_path / "bold.otf").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FontUnusable, match=r"bold\.otf is damaged: it is shorter than its tables"):
        FontStack.of_files(assets.regular_font, tmp_path / "bold.otf")


@pytest.mark.parametrize("content", [b"", b"not a font", b"OTTO\x00\x01" + bytes(40)])
def test_a_file_that_is_no_font_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.otf"
    path.write_bytes(content)
    with pytest.raises(FontUnusable, match=r"broken\.otf"):
        read_coverage(path)
