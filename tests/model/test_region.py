from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.region import (
    NotARegionCode,
    RegionBook,
    RegionBookContradictsItself,
    RegionCode,
    RegionLevel,
    RegionNotValid,
)

LIUXI = "990101102203"
TOWN = "990101102000"
COUNTY = "990101000000"
TODAY = date(2026, 11, 23)


@dataclass(frozen=True, slots=True)
class Span:
    """One row of a county's list."""

    code: str
    since: date = date(2000, 1, 1)
    until: date | None = None
    successor: str | None = None


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("990000000000", RegionLevel.PROVINCE),
        ("500000000000", RegionLevel.PROVINCE),
        ("990100000000", RegionLevel.CITY),
        ("501000000000", RegionLevel.CITY),
        (COUNTY, RegionLevel.COUNTY),
        ("990110000000", RegionLevel.COUNTY),
        (TOWN, RegionLevel.TOWN),
        (LIUXI, RegionLevel.VILLAGE),
        ("990101102200", RegionLevel.VILLAGE),
        (LIUXI + "003", RegionLevel.GROUP),
        (LIUXI + "010", RegionLevel.GROUP),
    ],
)
def test_a_code_tells_its_level(code: str, level: RegionLevel) -> None:
    assert RegionCode(code).level is level


def test_a_village_lies_in_its_town_county_city_and_province() -> None:
    above: list[str] = []
    code: RegionCode | None = RegionCode(LIUXI + "003")
    while code is not None:
        above.append(str(code))
        code = code.parent
    assert above == [LIUXI + "003", LIUXI, TOWN, COUNTY, "990100000000", "990000000000"]


def test_the_first_six_digits_are_the_county() -> None:
    assert RegionCode(LIUXI).county == "990101"


def test_a_town_right_below_a_city_has_the_city_as_its_parent() -> None:
    town = RegionCode("441900003000")
    assert town.level is RegionLevel.TOWN
    assert str(town.parent) == "441900000000"


def test_a_village_without_a_town_segment_is_still_a_village() -> None:
    assert RegionCode("990101000201").level is RegionLevel.VILLAGE


def test_a_group_is_three_digits_after_its_village() -> None:
    assert str(RegionCode(LIUXI).group(12)) == LIUXI + "012"
    assert str(RegionCode(LIUXI).group(1)) == LIUXI + "001"
    for number in (-1, 0, 1000):
        with pytest.raises(NotARegionCode):
            RegionCode(LIUXI).group(number)
    for code in (TOWN, LIUXI + "001"):
        with pytest.raises(NotARegionCode):
            RegionCode(code).group(1)


@pytest.mark.parametrize(
    "code",
    ["", "99010110220", "9901011022031", "99010110220x", "９９0101102203", "000000000000", TOWN + "001", LIUXI + "000"],
)
def test_what_is_no_region_code_is_refused(code: str) -> None:
    with pytest.raises(NotARegionCode):
        RegionCode(code)


@given(st.from_regex(r"[1-9][0-9]{11}", fullmatch=True))
def test_every_parent_begins_as_its_child_and_is_higher(digits: str) -> None:
    code = RegionCode(digits)
    parent = code.parent
    if parent is not None:
        assert parent.level < code.level
        assert code.digits.startswith(parent.digits.rstrip("0"))


MERGED = [
    Span(COUNTY),
    Span(TOWN),
    Span("990101102201", until=date(2019, 12, 31), successor="990101102202"),
    Span("990101102202", until=date(2023, 6, 30), successor=LIUXI),
    Span(LIUXI, since=date(2020, 1, 1)),
    Span("990101102204", until=date(2010, 1, 1)),
]


def test_a_case_keeps_the_code_that_was_valid_on_its_day() -> None:
    book = RegionBook(MERGED)
    assert book.on("990101102202", date(2023, 6, 30)) is MERGED[3]
    with pytest.raises(RegionNotValid) as refusal:
        book.on("990101102202", date(2023, 7, 1))
    assert refusal.value.successor == LIUXI


def test_a_village_that_was_merged_twice_names_what_it_is_on_that_day() -> None:
    book = RegionBook(MERGED)
    with pytest.raises(RegionNotValid, match=f"it became {LIUXI}"):
        book.on("990101102201", TODAY)
    with pytest.raises(RegionNotValid, match="it became 990101102202"):
        book.on("990101102201", date(2020, 5, 1))


def test_a_village_that_is_not_yet_or_that_nobody_knows_has_no_successor() -> None:
    book = RegionBook(MERGED)
    for code, day in ((LIUXI, date(2019, 12, 31)), ("990101102299", TODAY), ("990101102204", TODAY)):
        with pytest.raises(RegionNotValid) as refusal:
            book.on(code, day)
        assert refusal.value.successor is None


def test_the_villages_of_a_town_are_those_of_the_day() -> None:
    book = RegionBook(MERGED)
    assert [span.code for span in book.children(TOWN, TODAY)] == [LIUXI]
    assert [span.code for span in book.children(TOWN, date(2015, 1, 1))] == ["990101102201", "990101102202"]
    assert [span.code for span in book.children(COUNTY, TODAY)] == [TOWN]


def test_a_code_is_valid_from_its_first_day_to_its_last() -> None:
    single = Span(TOWN, since=date(2020, 5, 1), until=date(2020, 5, 1))
    book = RegionBook([single])
    assert book.on(TOWN, date(2020, 5, 1)) is single
    for day in (date(2020, 4, 30), date(2020, 5, 2)):
        with pytest.raises(RegionNotValid):
            book.on(TOWN, day)


def test_a_code_may_come_back_after_it_ended() -> None:
    book = RegionBook([Span(TOWN, until=date(2010, 1, 1)), Span(TOWN, since=date(2020, 1, 1))])
    assert book.on(TOWN, date(2005, 1, 1)).until == date(2010, 1, 1)
    assert book.on(TOWN, TODAY).until is None
    with pytest.raises(RegionNotValid):
        book.on(TOWN, date(2015, 1, 1))


@pytest.mark.parametrize(
    ("spans", "said"),
    [
        ([Span(TOWN, until=date(1999, 1, 1))], "before it begins"),
        ([Span(TOWN), Span(TOWN, since=date(2020, 1, 1))], "listed twice"),
        ([Span(TOWN, until=date(2020, 1, 1)), Span(TOWN, since=date(2020, 1, 1))], "listed twice"),
        ([Span(TOWN, successor=LIUXI), Span(LIUXI)], "has a successor but no end"),
        ([Span(TOWN, until=date(2020, 1, 1), successor=LIUXI)], "which is not listed"),
        ([Span(TOWN, until=date.max, successor=LIUXI), Span(LIUXI)], "no day comes after its end"),
        (
            [
                Span(TOWN, until=date(2020, 1, 1), successor=LIUXI),
                Span(LIUXI, until=date(2020, 1, 1), successor=TOWN),
            ],
            "leads to no valid region",
        ),
        (
            [
                Span("990101102201", until=date(2022, 1, 1), successor="990101102202"),
                Span("990101102202", until=date(2021, 1, 1), successor="990101102299"),
            ],
            "leads to no valid region",
        ),
    ],
)
def test_a_list_of_regions_that_contradicts_itself_is_refused(spans: list[Span], said: str) -> None:
    with pytest.raises(RegionBookContradictsItself, match=said):
        RegionBook(spans)
