from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.content import ContentWrong
from sync.model.content_reading import read
from sync.model.profile import PadWords
from sync.model.rating import Level, Share, level_of_key, tally

outcomes = st.lists(st.one_of(st.none(), st.sampled_from(Level)), max_size=60)


def test_the_five_levels_have_the_words_and_stars_of_the_standard() -> None:
    assert [(level.value, level.words) for level in sorted(Level, reverse=True)] == [
        (5, "非常满意"),
        (4, "满意"),
        (3, "基本满意"),
        (2, "不满意"),
        (1, "非常不满意"),
    ]


def test_a_bad_rating_is_one_of_the_two_worst() -> None:
    assert [level for level in Level if level.bad] == [Level.DISSATISFIED, Level.VERY_DISSATISFIED]


FIVE = [level.words for level in Level]


@pytest.mark.parametrize("county", [PadWords(), PadWords(4, 2, 2, 5, 1)])
def test_the_standards_five_words_on_a_pad_of_five_keys_count_as_the_standard_has_them(county: PadWords) -> None:
    assert [level_of_key(word, FIVE, county) for word in FIVE] == list(Level)


@pytest.mark.parametrize(
    ("on_pad", "usual", "sterner"),
    [
        ("满意 一般 不满意", "4 3 2", "5 2 1"),
        ("非常满意 一般 非常不满意", "5 3 1", "5 2 1"),
        ("非常满意 满意 不满意", "5 4 2", "5 4 1"),
        ("非常满意 满意 一般 不满意", "5 4 3 2", "5 4 2 1"),
        ("非常满意 满意 一般 非常不满意", "5 4 3 1", "5 4 2 1"),
        ("很满意 基本满意 不满意 很不满意", "5 3 2 1", "4 3 2 2"),
    ],
)
def test_pads_of_three_and_four_keys_count_as_the_county_says(on_pad: str, usual: str, sterner: str) -> None:
    words = on_pad.split()
    for county, levels in ((PadWords(), usual), (PadWords(4, 2, 2, 5, 1), sterner)):
        assert [level_of_key(word, words, county) for word in words] == [int(level) for level in levels.split()]


def test_a_word_that_no_pad_has_counts_as_nothing() -> None:
    with pytest.raises(KeyError):
        level_of_key("还行", FIVE, PadWords())


@pytest.mark.parametrize(
    ("field", "level"),
    [("quite_satisfied", 3), ("average", 4), ("average", 1), ("quite_dissatisfied", 3), ("worst_dissatisfied", 3)],
)
def test_no_county_counts_a_complaint_as_good_or_praise_as_bad(field: str, level: int) -> None:
    with pytest.raises(ContentWrong, match=field):
        read(PadWords, {field: level})


def test_not_rated_stands_beside_the_rate_and_is_never_counted_as_good() -> None:
    counted = tally([Level.VERY_SATISFIED] * 11 + [Level.BASICALLY_SATISFIED, Level.DISSATISFIED] + [None] * 4)
    assert counted.in_words() == "满意率 12/13（92.3%），未评 4"
    assert counted.satisfied == Share(12, 13)
    assert counted.took_part == Share(13, 17)
    assert counted.silent == Share(4, 17)


def test_when_nobody_rated_there_is_no_rate() -> None:
    assert tally([None, None]).in_words() == "满意率 0/0（—），未评 2"
    assert tally([]).silent == Share(0, 0)


def test_one_bad_rating_among_ten_thousand_is_never_rounded_away() -> None:
    assert Share(99_999, 100_000).percent == "99.9%"
    assert Share(100_000, 100_000).percent == "100.0%"
    assert Share(1, 3).in_words() == "1/3（33.3%）"


@pytest.mark.parametrize(("part", "whole"), [(2, 1), (-1, 3), (0, -1)])
def test_what_is_no_part_of_the_whole_is_refused(part: int, whole: int) -> None:
    with pytest.raises(ValueError, match=f"{part} of {whole}"):
        Share(part, whole)


@given(outcomes)
def test_every_outcome_is_counted_exactly_once(given_out: list[Level | None]) -> None:
    counted = tally(given_out)
    assert counted.asked == len(given_out)
    assert counted.not_rated == given_out.count(None)
    for level in Level:
        assert counted.counts[level] == given_out.count(level)
    assert counted.took_part.part + counted.silent.part == counted.asked


@given(outcomes)
def test_silence_never_changes_the_rate(given_out: list[Level | None]) -> None:
    assert tally([*given_out, None]).satisfied == tally(given_out).satisfied


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_percentage_is_never_more_than_the_truth(part: int, whole: int) -> None:
    if part <= whole:
        shown = Fraction(Share(part, whole).percent.rstrip("%"))
        assert 0 <= Fraction(100 * part, whole) - shown < Fraction(1, 10)
