import string
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.case_number import (
    CaseNumber,
    CaseNumberCheckWrong,
    CaseNumberDateImpossible,
    CaseNumberHasALetter,
    CaseNumberHasWrongLength,
    CaseNumberPartOutOfRange,
    NotACaseNumber,
    SerialsExhausted,
    next_case_number,
    parse_case_number,
)
from sync.model.check_character import mod_11_2

POINT = "990101102203"
MONDAY = date(2026, 11, 23)
SEVENTH = CaseNumber(POINT, MONDAY, 1, 7)

numbers = st.builds(
    CaseNumber,
    st.text("0123456789", min_size=12, max_size=12),
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.integers(1, 99),
    st.integers(1, 9999),
)


def weighted_check(digits: str) -> str:
    """The check character by the weights that GB 11643 prints, not by the recursion of the program."""
    total = sum(int(digit) * pow(2, len(digits) - place, 11) for place, digit in enumerate(digits))
    return "10X98765432"[total % 11]


def test_a_number_is_read_out_in_groups() -> None:
    check = weighted_check("990101102203261123010007")
    assert SEVENTH.text == "990101102203261123010007" + check
    assert SEVENTH.grouped() == f"990101102203 261123 01-0007-{check}"
    assert SEVENTH.short() == "261123010007" + check
    assert SEVENTH.short_grouped() == f"261123 01-0007-{check}"


def test_some_numbers_end_in_x() -> None:
    ends = {CaseNumber(POINT, MONDAY, 1, serial).text[-1] for serial in range(1, 60)}
    assert ends == set("0123456789X")


@given(numbers)
def test_what_is_written_reads_back_the_same(number: CaseNumber) -> None:
    for written in (number.text, number.grouped(), number.grouped().lower(), f" {number.text} "):
        assert parse_case_number(written) == number
    assert parse_case_number(number.short_grouped(), point=number.region) == number
    assert number.text[-1] == weighted_check(number.digits)


def test_full_width_digits_are_taken_as_people_type_them() -> None:
    wide = SEVENTH.text.translate(str.maketrans(string.digits, "０１２３４５６７８９"))
    assert parse_case_number(wide) == SEVENTH


@given(numbers, st.integers(0, 24), st.integers(1, 9))
def test_one_misread_digit_never_finds_another_case(number: CaseNumber, place: int, shift: int) -> None:
    old = number.text[place]
    new = str((int(old) + shift) % 10) if old != "X" else str(shift)
    misread = number.text[:place] + new + number.text[place + 1 :]
    with pytest.raises(CaseNumberCheckWrong):
        parse_case_number(misread)


@given(numbers, st.integers(0, 23))
def test_two_swapped_digits_never_find_another_case(number: CaseNumber, place: int) -> None:
    text = number.text
    swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    if swapped != text:
        with pytest.raises(NotACaseNumber):
            parse_case_number(swapped)


def test_a_short_number_without_its_point_is_refused_by_its_length() -> None:
    with pytest.raises(CaseNumberHasWrongLength) as refusal:
        parse_case_number(SEVENTH.short())
    assert refusal.value.length == 13


def test_a_letter_is_pointed_at() -> None:
    with pytest.raises(CaseNumberHasALetter) as refusal:
        parse_case_number("99010110220O" + SEVENTH.text[12:])
    assert refusal.value.position == 12
    with pytest.raises(CaseNumberHasALetter) as refusal:
        parse_case_number(SEVENTH.digits + "Y")
    assert refusal.value.position == 25


@pytest.mark.parametrize(
    ("digits", "refusal"),
    [
        ("990101102203" + "261323" + "01" + "0007", CaseNumberDateImpossible),
        ("990101102203" + "260230" + "01" + "0007", CaseNumberDateImpossible),
        ("990101102203" + "261123" + "00" + "0007", CaseNumberPartOutOfRange),
        ("990101102203" + "261123" + "01" + "0000", CaseNumberPartOutOfRange),
    ],
)
def test_parts_that_cannot_be_are_refused_by_name(digits: str, refusal: type[NotACaseNumber]) -> None:
    with pytest.raises(refusal):
        parse_case_number(digits + mod_11_2(digits))


@pytest.mark.parametrize("region", ["99010110220", "9901011022031", "99010110220A", ""])
def test_a_number_is_not_made_for_something_that_is_no_region(region: str) -> None:
    with pytest.raises(CaseNumberPartOutOfRange):
        CaseNumber(region, MONDAY, 1, 1)


@pytest.mark.parametrize(
    ("day", "terminal", "serial", "refusal"),
    [
        (date(1999, 12, 31), 1, 1, CaseNumberDateImpossible),
        (date(2100, 1, 1), 1, 1, CaseNumberDateImpossible),
        (MONDAY, 0, 1, CaseNumberPartOutOfRange),
        (MONDAY, 100, 1, CaseNumberPartOutOfRange),
        (MONDAY, 1, 0, CaseNumberPartOutOfRange),
        (MONDAY, 1, 10000, CaseNumberPartOutOfRange),
    ],
)
def test_a_number_is_not_made_of_parts_that_do_not_fit_its_digits(
    day: date, terminal: int, serial: int, refusal: type[NotACaseNumber]
) -> None:
    with pytest.raises(refusal):
        CaseNumber(POINT, day, terminal, serial)


def test_the_first_number_of_a_day_is_one() -> None:
    assert next_case_number(None, POINT, 1, MONDAY).serial == 1
    tuesday = MONDAY + timedelta(days=1)
    assert next_case_number(SEVENTH, POINT, 1, tuesday) == CaseNumber(POINT, tuesday, 1, 1)


def test_the_next_number_of_the_same_day_is_one_more() -> None:
    assert next_case_number(SEVENTH, POINT, 1, MONDAY) == CaseNumber(POINT, MONDAY, 1, 8)


def test_a_clock_that_was_set_back_does_not_give_a_number_twice() -> None:
    assert next_case_number(SEVENTH, POINT, 1, date(2026, 11, 1)) == CaseNumber(POINT, MONDAY, 1, 8)
    assert next_case_number(SEVENTH, POINT, 1, date(1970, 1, 1)) == CaseNumber(POINT, MONDAY, 1, 8)


@given(st.lists(st.dates(date(2026, 1, 1), date(2026, 1, 5)), min_size=1, max_size=40))
def test_whatever_the_clock_does_numbers_never_repeat_and_their_dates_never_go_back(days: list[date]) -> None:
    given_out: list[CaseNumber] = []
    for today in days:
        given_out.append(next_case_number(given_out[-1] if given_out else None, POINT, 1, today))
    assert len({number.text for number in given_out}) == len(given_out)
    assert [number.text[:-1] for number in given_out] == sorted(number.text[:-1] for number in given_out)


def test_a_clock_before_2000_gives_no_first_number() -> None:
    with pytest.raises(CaseNumberDateImpossible):
        next_case_number(None, POINT, 1, date(1970, 1, 1))


def test_after_8999_cases_the_screen_stops_and_does_not_touch_the_paper_forms() -> None:
    last = CaseNumber(POINT, MONDAY, 1, 8999)
    assert next_case_number(CaseNumber(POINT, MONDAY, 1, 8998), POINT, 1, MONDAY) == last
    with pytest.raises(SerialsExhausted):
        next_case_number(last, POINT, 1, MONDAY)
    assert next_case_number(last, POINT, 1, MONDAY + timedelta(days=1)).serial == 1


def test_a_number_of_a_paper_form_is_known_as_such_and_is_not_counted_on() -> None:
    form = CaseNumber(POINT, MONDAY, 1, 9000)
    assert form.from_outage_form
    assert not SEVENTH.from_outage_form
    with pytest.raises(CaseNumberPartOutOfRange):
        next_case_number(form, POINT, 1, MONDAY)
