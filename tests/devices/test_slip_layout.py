"""How a slip is set on paper: columns, line breaks, tables."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.printer.document import Feed, Pair, Rule, Size, Text
from devices.printer.layout import CLOSING, OPENING, Line, clean, columns_of, lay_out, wrap

SENTENCE_PIECES = st.sampled_from(
    [
        "便民",
        "服务点",
        "，",
        "。",
        "（",
        "）",
        "《",
        "》",
        "12345",
        "3.5",
        "2026-11-23",
        "13:05",
        "，",
        "ABC",
        " ",
        "￥80",
        "——",
        "、",
        "“",
        "”",
    ]
)


def test_a_chinese_character_takes_two_columns_and_a_digit_one() -> None:
    assert columns_of("村A1，") == 6


def test_punctuation_that_western_fonts_draw_narrow_is_wide_on_a_chinese_printer() -> None:
    assert columns_of("“·”×") == 8


def test_a_line_never_begins_with_a_full_stop_or_comma() -> None:
    assert wrap("中" * 15 + "文。", 32) == ["中" * 15, "文。"]
    assert wrap("请带齐以下全部材料原件以及复印件，然后", 32) == ["请带齐以下全部材料原件以及复印", "件，然后"]


def test_a_line_never_ends_with_an_opening_bracket() -> None:
    assert wrap("一二三四五六七（八九）", 16) == ["一二三四五六七", "（八九）"]


def test_a_number_is_never_split() -> None:
    assert wrap("电话是000-5550-123谢谢", 16) == ["电话是", "000-5550-123谢谢"]
    assert wrap("限期2026-11-30前办", 12) == ["限期", "2026-11-30前", "办"]


def test_an_amount_stays_with_its_currency_sign() -> None:
    assert wrap("应缴费用￥1,280.50元", 16) == ["应缴费用", "￥1,280.50元"]


def test_a_number_stays_with_what_it_counts() -> None:
    assert wrap("近期照片（最迟 12月7日）", 20) == ["近期照片（最迟", "12月7日）"]
    assert wrap("周一至周五 8:30—12:00，", 23) == ["周一至周五", "8:30—12:00，"]
    assert wrap("身份证原件 1 份；复印件 1 份", 12) == ["身份证原件", "1 份；复印件", "1 份"]


def test_a_dash_of_two_characters_is_not_torn_apart() -> None:
    assert wrap("一二三四五六七——八", 16) == ["一二三四五六七", "——八"]


def test_a_case_number_breaks_only_between_its_groups() -> None:
    assert wrap("990101102203 261123 01-0007-X", 16) == ["990101102203", "261123 01-0007-X"]


def test_an_address_wider_than_the_paper_is_cut_after_a_stroke() -> None:
    assert wrap("https://dianji.example/receipts/now", 24) == ["https://dianji.example/", "receipts/now"]


def test_a_number_wider_than_the_paper_is_cut_because_nothing_else_is_possible() -> None:
    assert wrap("9" * 40, 32) == ["9" * 32, "9" * 8]


def test_blanks_at_a_break_vanish_and_others_stay() -> None:
    assert wrap("ab  cd", 16) == ["ab  cd"]
    assert wrap("abcdefgh ijkl", 8) == ["abcdefgh", "ijkl"]


def test_a_new_line_in_a_text_is_kept_and_an_empty_one_too() -> None:
    assert wrap("一\n\n二", 32) == ["一", "", "二"]


@given(st.lists(SENTENCE_PIECES, max_size=40), st.integers(min_value=20, max_value=48))
def test_whatever_is_written_no_line_is_too_wide_and_no_rule_of_breaking_is_violated(
    pieces: list[str], columns: int
) -> None:
    text = "".join(pieces)
    lines = wrap(text, columns)
    assert all(columns_of(line) <= columns for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for before, after in pairwise(lines):
        if columns_of(_joined_run(before, after)) <= columns:
            assert after[0] not in CLOSING
            assert before[-1] not in OPENING
            assert not (re.search(r"[0-9]$", before) and re.match(r"[0-9]", after) and " " not in text)


def _joined_run(before: str, after: str) -> str:
    """Return what stands without any place to break around the end of a line."""
    glued = "".join(re.escape(mark) for mark in sorted(CLOSING | OPENING)) + "!-~—"
    left = re.search(f".?[{glued}]*.?$", before)
    right = re.match(f".?[{glued}]*.?", after)
    return (left.group() if left else "") + (right.group() if right else "")


@given(st.text(max_size=60))
def test_any_text_at_all_is_laid_out(text: str) -> None:
    for line in wrap(text, 32):
        assert columns_of(line) <= 32
        assert not re.search(r"[\x00-\x1f\x7f\u00a0\u200b\ufeff]", line)


def test_a_non_breaking_space_becomes_a_plain_one() -> None:
    assert clean("王\u00a0建国") == "王 建国"


def test_invisible_marks_and_controls_are_dropped() -> None:
    assert clean("王\u200b建\ufeff国\x1b@\U000e0100") == "王建国@"


def test_a_radical_becomes_the_character_it_looks_like() -> None:
    assert clean("⼩⼈") == "小人"


def test_values_of_pairs_that_follow_each_other_stand_in_one_column() -> None:
    laid = lay_out([Pair("事项", "高龄津贴"), Pair("申请人", "李")], 32)
    assert laid == [Line("事项   高龄津贴"), Line("申请人 李")]


def test_a_long_value_hangs_under_itself() -> None:
    laid = lay_out([Pair("事项", "城乡居民基本养老保险待遇申领")], 20)
    assert laid == [Line("事项 城乡居民基本养"), Line("     老保险待遇申领")]


def test_a_label_as_long_as_half_the_paper_runs_on() -> None:
    laid = lay_out([Pair("县级人民政府监督举报电话", "12345"), Pair("村", "柳溪村")], 32)
    assert laid == [Line("县级人民政府监督举报电话 12345"), Line("村 柳溪村")]


def test_large_text_has_half_the_columns() -> None:
    laid = lay_out([Text("一二三四五六七八九", Size.LARGE)], 32)
    assert laid == [Line("一二三四五六七八", Size.LARGE), Line("九", Size.LARGE)]


@pytest.mark.parametrize("block", [Rule(), Feed(2)])
def test_what_is_no_text_passes_through(block: Rule | Feed) -> None:
    assert lay_out([block], 32) == [block]
