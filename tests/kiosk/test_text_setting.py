"""Texts are set into lines that fit, and what does not fit is left out honestly."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from devices.font_coverage import Coverage
from kiosk.text.breaking import CLOSING, Breaker
from kiosk.text.fonts import Face, FontStack
from kiosk.text.setting import ELLIPSIS, Typesetter, baseline_of, line_height_of

SIZE = 20
WORDS = st.lists(
    st.sampled_from(
        [
            "今天", "要办", "什么", "？", "，", "。", "（可不填）", "“老人补贴”", " ", "Sunpoint", "2026年11月23日",
            "5个工作日", "000-5550-123", "990101195001010015", "92.2%", "——", "……", "柳溪村", "14:32", "、", "x",
        ]
    ),
    max_size=30,
).map("".join)  # fmt: skip
WIDTHS = st.integers(min_value=4, max_value=30).map(lambda em: em * SIZE)


class _EveryCharacter(Face):
    """A font that has everything, so that these tests are of lines alone."""

    coverage = Coverage((0,), (0x10FFFF,))


def _measure(text: str, _font: Path, size_px: int) -> int:
    """As in the house font: an ideograph is an em wide, anything Latin half of one."""
    return sum(size_px if ord(character) > 0x2000 else size_px // 2 for character in text)


def _setter() -> Typesetter:
    face = _EveryCharacter(Path("house.otf"))
    return Typesetter(FontStack([face], [face]), _measure)


@given(WORDS, WIDTHS)
def test_nothing_is_lost_or_added_when_a_text_is_set(text: str, width: int) -> None:
    lines = _setter().set(text, SIZE, width_px=width).lines
    assert "".join(line.text for line in lines).replace(" ", "") == text.replace(" ", "")


@given(WORDS, WIDTHS)
def test_every_line_fits_its_width(text: str, width: int) -> None:
    assert all(line.width <= width for line in _setter().set(text, SIZE, width_px=width).lines)


@given(WORDS, WIDTHS)
def test_no_line_begins_with_a_closing_mark(text: str, width: int) -> None:
    lines = _setter().set(text, SIZE, width_px=width).lines
    pieces = Breaker().pieces(text)
    if all(_measure(piece.rstrip(), Path(), SIZE) <= width for piece in pieces):
        allowed = {piece[0] for piece in pieces}  # a text may itself begin with one, or a space stand before it
        assert all(line.text[:1] not in CLOSING or line.text[:1] in allowed for line in lines[1:] if line.text)


@given(WORDS, WIDTHS)
def test_a_number_is_torn_only_if_it_is_wider_than_a_line(text: str, width: int) -> None:
    lines = _setter().set(text, SIZE, width_px=width).lines
    for before, after in itertools.pairwise(lines):
        if re.search(r"\d$", before.text) and re.match(r"\d", after.text) and before.text + after.text in text:
            torn = max(Breaker().pieces(text), key=lambda piece: _measure(piece.rstrip(), Path(), SIZE))
            assert _measure(torn.rstrip(), Path(), SIZE) > width


@given(WORDS, WIDTHS, st.integers(min_value=1, max_value=3))
def test_an_ellipsis_never_stands_for_a_part_of_a_number(text: str, width: int, lines_max: int) -> None:
    paragraph = _setter().set(text, SIZE, width_px=width, lines_max=lines_max)
    assert len(paragraph.lines) <= lines_max
    if paragraph.cut:
        last = paragraph.lines[-1].text
        assert last.endswith(ELLIPSIS)
        assert last == ELLIPSIS or _measure(last, Path(), SIZE) <= width
        numbers = re.findall(r"\d+", text)
        end = re.search(r"\d+$", last.removesuffix(ELLIPSIS))
        if end and all(_measure(number, Path(), SIZE) <= width for number in numbers):
            assert end.group() in numbers


def test_a_text_cut_before_a_number_leaves_the_whole_number_out() -> None:
    paragraph = _setter().set("身份证号 990101195001010015", SIZE, width_px=12 * SIZE, lines_max=1)
    assert paragraph.lines[0].text == "身份证号…"


def test_a_last_line_of_a_single_ideograph_gets_company() -> None:
    lines = _setter().set("今天要办什么事", SIZE, width_px=3 * SIZE).lines
    assert [line.text for line in lines] == ["今天要", "办什", "么事"]


def test_a_line_feed_ends_a_line() -> None:
    lines = _setter().set("承诺 5 个工作日\n不收费", SIZE, width_px=500).lines
    assert [line.text for line in lines] == ["承诺 5 个工作日", "不收费"]


def test_ideographs_stand_in_the_middle_of_their_line() -> None:
    for size in (18, 20, 28, 56):
        above = baseline_of(size) - 0.88 * size
        below = line_height_of(size) - baseline_of(size) - 0.12 * size
        assert abs(above - below) <= 1.5


def test_a_setter_that_forgets_keeps_no_text() -> None:
    setter = _setter()
    setter.set("李秀兰，住在柳溪村三组", SIZE, width_px=5 * SIZE)
    setter.forget()
    assert not setter._paragraphs
    assert not setter._widths
    assert not setter._breaker._texts
