from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.facts import Stage
from sync.model.rating import KEY_MAPS, KeyMap, KeyMapUnfair, Level, RatingKey, Share, tally

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


def test_a_case_is_rated_once_a_stage_and_visit() -> None:
    first = RatingKey("990101102203261123010007X", Stage.TAKEN_IN, 1)
    assert first == RatingKey("990101102203261123010007X", Stage.TAKEN_IN, 1)
    others = {
        RatingKey("990101102203261123010008X", Stage.TAKEN_IN, 1),
        RatingKey("990101102203261123010007X", Stage.DELIVERED, 1),
        RatingKey("990101102203261123010007X", Stage.TAKEN_IN, 2),
    }
    assert first not in others
    assert len(others) == 3
    with pytest.raises(ValueError, match="visits are counted from 1"):
        RatingKey("990101102203261123010007X", Stage.TAKEN_IN, 0)


def test_key_one_is_the_best_on_one_pad_and_the_worst_on_another() -> None:
    assert KEY_MAPS["five-best-first"].level(1) is Level.VERY_SATISFIED
    assert KEY_MAPS["five-worst-first"].level(1) is Level.VERY_DISSATISFIED
    assert KEY_MAPS["four-best-last"].level(1) is Level.SATISFIED


@pytest.mark.parametrize("name", sorted(KEY_MAPS))
def test_every_pad_has_a_key_for_good_and_for_bad_and_no_level_twice(name: str) -> None:
    levels = list(KEY_MAPS[name].levels.values())
    assert {level.bad for level in levels} == {True, False}
    assert len(set(levels)) == len(levels)
    assert sorted(KEY_MAPS[name].levels) == list(range(1, len(levels) + 1))


@pytest.mark.parametrize(("name", "keys"), [("three-best-first", 3), ("four-best-first", 4), ("five-best-first", 5)])
def test_pads_of_three_four_and_five_keys_go_from_good_to_bad(name: str, keys: int) -> None:
    levels = [KEY_MAPS[name].level(key) for key in range(1, keys + 1)]
    stars = [level.value for level in levels if level is not None]
    assert len(stars) == keys
    assert stars == sorted(stars, reverse=True)


@pytest.mark.parametrize("name", sorted(KEY_MAPS))
@given(byte=st.integers(0, 255))
def test_a_byte_that_is_no_key_is_no_rating(name: str, byte: int) -> None:
    keys = KEY_MAPS[name]
    assert (keys.level(byte) is None) == (byte not in keys.levels)


@pytest.mark.parametrize(
    "levels",
    [
        {1: Level.SATISFIED, 2: Level.DISSATISFIED},
        dict.fromkeys(range(1, 7), Level.SATISFIED) | {6: Level.DISSATISFIED},
        {1: Level.VERY_SATISFIED, 2: Level.SATISFIED, 3: Level.BASICALLY_SATISFIED},
        {1: Level.DISSATISFIED, 2: Level.DISSATISFIED, 3: Level.VERY_DISSATISFIED},
    ],
)
def test_a_pad_that_cannot_say_bad_or_cannot_say_good_is_refused(levels: dict[int, Level]) -> None:
    with pytest.raises(KeyMapUnfair):
        KeyMap(levels)


def test_a_pad_with_two_keys_for_dissatisfied_is_taken() -> None:
    pad = KeyMap(
        {
            1: Level.VERY_SATISFIED,
            2: Level.SATISFIED,
            3: Level.BASICALLY_SATISFIED,
            4: Level.DISSATISFIED,
            5: Level.DISSATISFIED,
        }
    )
    assert pad.level(4) is pad.level(5) is Level.DISSATISFIED


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
