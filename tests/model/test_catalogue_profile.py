"""The county's profile and calendar as packs hold them."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date

import pytest

from sync.model.calendar_pack import CalendarPack
from sync.model.content import ContentWrong, Problem
from sync.model.content_reading import COMPLAINTS_MAX
from sync.model.profile import Profile
from sync.model.region import RegionNotValid
from tests.model.contents import CALENDAR_PLAIN, ENDED, PROFILE_PLAIN, TOWN, VILLAGE, Plain

TODAY = date(2026, 11, 23)


@pytest.fixture
def profile() -> Profile:
    return Profile.from_plain(PROFILE_PLAIN)


def test_a_profile_is_written_back_as_it_was_read(profile: Profile) -> None:
    assert profile.to_plain() == PROFILE_PLAIN


def test_a_village_means_what_it_meant_on_its_day(profile: Profile) -> None:
    assert profile.region(VILLAGE, TODAY).name == "柳溪村"
    assert profile.region(ENDED, date(2024, 12, 31)).name == "下河村"
    with pytest.raises(RegionNotValid) as refusal:
        profile.region(ENDED, date(2025, 1, 1))
    assert refusal.value.successor == VILLAGE


def test_villages_are_listed_as_they_are_today(profile: Profile) -> None:
    assert [village.name for village in profile.villages(TOWN, TODAY)] == ["柳溪村"]
    assert [village.name for village in profile.villages(TOWN, date(2024, 1, 1))] == ["下河村", "柳溪村"]


def test_a_terminal_and_a_department_are_found(profile: Profile) -> None:
    terminal = profile.terminal(VILLAGE, "01")
    assert terminal is not None
    assert terminal.name == "柳溪村便民服务点"
    assert profile.terminal(VILLAGE, "02") is None
    assert profile.department("civil").short_name == "民政"


REFUSED: dict[str, tuple[Callable[[Plain], object], Problem, str]] = {
    "a successor that is not listed": (
        lambda plain: plain["regions"][2].update(successor="990101102299"),
        Problem.CONTRADICTION,
        "regions",
    ),
    "a terminal in no village": (
        lambda plain: plain["terminals"][0].update(region="990101109999"),
        Problem.UNKNOWN_NAME,
        "terminals[0].region",
    ),
    "an agent of no village": (
        lambda plain: plain["agents"][0].update(region="990101109999"),
        Problem.UNKNOWN_NAME,
        "agents[0].region",
    ),
    "an agent twice": (lambda plain: plain["agents"].append(plain["agents"][0]), Problem.REPEATED, "agents[1]"),
    "a yellow light before the blue one": (
        lambda plain: plain["lights"].update(warning_days=3),
        Problem.ABOVE,
        "lights.warning_days",
    ),
    "words that are missing": (lambda plain: plain["words"].pop("privacy"), Problem.MISSING, "words.privacy"),
    "words that nobody asks for": (
        lambda plain: plain["words"].update(privacy_2="x"),
        Problem.UNKNOWN_KEY,
        "words.privacy_2",
    ),
    "words under a number": (lambda plain: plain["words"].update({7: "x"}), Problem.UNKNOWN_KEY, "words.7"),
    "a group given twice": (
        lambda plain: plain["regions"][1]["groups"].append({"code": "003", "name": "三组"}),
        Problem.REPEATED,
        "regions[1].groups[1]",
    ),
    "a host with a path": (
        lambda plain: plain.update(receipt_host="qingshan.example/r"),
        Problem.WRONG_FORM,
        "receipt_host",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_profile_that_contradicts_itself_is_refused_where_it_does(name: str) -> None:
    change, problem, where = REFUSED[name]
    plain = deepcopy(PROFILE_PLAIN)
    change(plain)
    with pytest.raises(ContentWrong) as refusal:
        Profile.from_plain(plain)
    assert (refusal.value.problem, refusal.value.where) == (problem, where)


def test_a_refusal_repeats_no_more_of_a_value_than_a_log_has_room_for() -> None:
    long = "9" * 7_000_000
    for changes in ({"receipt_host": long}, {"county": long}, {long: 1}, {"words": {long: "x"}}, {"regions": long}):
        with pytest.raises(ContentWrong) as refusal:
            Profile.from_plain(PROFILE_PLAIN | changes)
        assert len(str(refusal.value)) < 400


def test_a_profile_of_unknown_keys_is_refused_without_a_complaint_for_each() -> None:
    unknown = dict.fromkeys(map(str, range(100_000)), 1)
    for plain in (unknown, PROFILE_PLAIN | {"words": unknown}, PROFILE_PLAIN | {"agents": [unknown] * 4000}):
        with pytest.raises(ContentWrong) as refusal:
            Profile.from_plain(plain)
        assert COMPLAINTS_MAX <= len(refusal.value.all()) <= 3 * COMPLAINTS_MAX


def test_a_calendar_is_written_back_as_it_was_read() -> None:
    assert CalendarPack.from_plain(CALENDAR_PLAIN).to_plain() == CALENDAR_PLAIN


def test_a_calendar_knows_its_days() -> None:
    pack = CalendarPack.from_plain(CALENDAR_PLAIN)
    assert not pack.calendar().is_working(date(2026, 10, 1))
    assert pack.calendar().is_working(date(2026, 10, 10))


def test_a_calendar_that_works_on_a_weekday_by_order_is_refused() -> None:
    plain = CALENDAR_PLAIN | {"working_weekends": [{"day": "2026-10-12", "name": "上班"}]}
    with pytest.raises(ContentWrong) as refusal:
        CalendarPack.from_plain(plain)
    assert refusal.value.problem is Problem.CONTRADICTION
