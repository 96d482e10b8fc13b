"""Lines of Chinese break where a reader expects it, and nowhere else."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uniseg.linebreak import line_break_units

from kiosk.text.breaking import CLOSING, Breaker

MIXED = st.lists(
    st.one_of(
        st.sampled_from(["今天", "要办的事", "李秀兰", "年", "月", "个工作日", "第", "12", "3", "abc", "X", " ", "\n"]),
        st.sampled_from("，。、；：？！（）《》“”‘’…—·％%/-.,:"),
        st.text(st.characters(min_codepoint=0x20, max_codepoint=0x2FFFF, exclude_categories=["Cs"]), max_size=3),
    ),
    max_size=30,
).map("".join)


@given(MIXED)
def test_what_is_asked_of_the_library_in_parts_is_what_it_says_of_the_whole(text: str) -> None:
    whole: list[int] = []
    for unit in line_break_units(text):
        whole.append((whole[-1] if whole else 0) + len(unit))
    assert list(Breaker().positions(text)) == whole


@given(MIXED)
def test_the_pieces_of_a_text_are_the_text(text: str) -> None:
    assert "".join(Breaker().pieces(text)) == text


@given(MIXED)
def test_no_piece_ends_inside_a_number(text: str) -> None:
    pieces = Breaker().pieces(text)
    for one, other in itertools.pairwise(pieces):
        assert not (re.search(r"[0-9]\Z", one) and re.match(r"[0-9]", other))


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("请在2026年11月23日前来", "2026年11月23日"),
        ("收件后5个工作日办结", "5个工作日"),
        ("还有 3 件没办", "3 件"),
        ("电话 000-5550-123 找王建国", "000-5550-123 "),
        ("编号 261123 01-0007-X 请保存", "01-0007-X "),
        ("好评率92.2%比上月高", "92.2%"),
        ("补贴1,200元已到账", "1,200元"),
        ("今天14:32收到", "14:32"),
        ("周一至周五 8:30—12:00，午休", "8:30—12:00，"),
        ("请看www.example.gov.cn上的", "www.example.gov.cn"),
        ("第3步填表", "第3步"),
    ],
)
def test_a_number_with_what_belongs_to_it_stays_whole(text: str, whole: str) -> None:
    assert whole in Breaker().pieces(text)


@pytest.mark.parametrize("mark", sorted(set(CLOSING) - set("·…")))
def test_a_closing_mark_stays_with_the_word_before_it(mark: str) -> None:
    pieces = Breaker().pieces(f"今天要办{mark}明天")
    assert not any(piece.startswith(mark) for piece in pieces)


def test_an_opening_bracket_stays_with_the_word_after_it() -> None:
    assert not any(piece.endswith("（") for piece in Breaker().pieces("联系电话（可不填）"))


def test_a_breaker_that_forgets_keeps_no_text() -> None:
    breaker = Breaker()
    breaker.pieces("李秀兰，女")
    breaker.forget()
    assert not breaker._texts
