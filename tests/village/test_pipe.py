"""The main job through every real program: a kiosk without a window, devices, sync process, gateway, county."""

from __future__ import annotations

from tests.village.conftest import Told
from tests.village.ends import check_equal
from tests.village.story import SATISFIED_LEVEL, check_case


def test_every_record_is_at_both_ends_once(told: Told) -> None:
    check_equal(told.ends)


def test_a_case_goes_from_the_counter_to_the_county_and_its_answer_is_handed_over(told: Told) -> None:
    check_case(told.ends, told.case_no)
    assert told.ends.status_at_desk(told.case_no) == told.ends.status_at_county(told.case_no) == "closed"


def test_the_rating_at_the_county_is_the_key_that_was_pressed(told: Told) -> None:
    ratings = told.ends.ratings_at_county(told.case_no)
    assert ratings == [("delivered", "not_asked", None), ("taken_in", "given", SATISFIED_LEVEL)]
