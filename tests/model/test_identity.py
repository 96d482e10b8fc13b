from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.identity import (
    FaultKind,
    Identity,
    IdentityFault,
    IdentityKind,
    Sex,
    read_identity,
)

TODAY = date(2026, 11, 23)
DEMO = frozenset({"990101"})
PROVINCES = ["11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42"]


def with_check(digits: str) -> str:
    """17 digits and their check character, by the weights that GB 11643 prints."""
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
    return digits + "10X98765432"[total % 11]


def fault(text: str, extra: frozenset[str] = frozenset()) -> IdentityFault:
    judged = read_identity(text, TODAY, extra)
    assert isinstance(judged, IdentityFault)
    return judged


def holder(text: str, extra: frozenset[str] = frozenset()) -> Identity:
    judged = read_identity(text, TODAY, extra)
    assert isinstance(judged, Identity), judged
    return judged


def test_the_example_of_the_standard_is_a_woman_born_on_the_last_day_of_1949() -> None:
    woman = holder("11010519491231002X")
    assert woman == Identity("11010519491231002X", date(1949, 12, 31), Sex.FEMALE, IdentityKind.CITIZEN)
    assert woman.last_four == "002X"


def test_spaces_full_width_digits_and_a_small_x_are_taken_as_people_write_them() -> None:
    assert holder(" 110105 19491231 002x ").number == "11010519491231002X"
    assert holder("１１０１０５１９４９１２３１００２Ｘ").number == "11010519491231002X"


@pytest.mark.parametrize("region", ["810000", "820000", "830000"])
def test_a_residence_permit_of_hong_kong_macao_or_taiwan_is_valid(region: str) -> None:
    resident = holder(with_check(f"{region}19900101001"))
    assert resident.kind is IdentityKind.RESIDENCE_PERMIT
    assert resident.sex is Sex.MALE


@pytest.mark.parametrize("region", ["810101", "820001", "830100", "710000", "990101", "000000", "160000"])
def test_a_region_that_issues_no_numbers_is_refused_at_its_place(region: str) -> None:
    refused = fault(with_check(f"{region}19900101001"))
    assert refused.kind is FaultKind.UNKNOWN_REGION
    assert refused.position == (2 if region[0] == "9" else 1)


def test_a_foreign_permanent_resident_has_a_nine_and_the_province_that_issued_the_card() -> None:
    resident = holder(with_check("93184019850228002"))
    assert resident.kind is IdentityKind.FOREIGN_RESIDENT
    assert resident.sex is Sex.FEMALE
    assert resident.birth == date(1985, 2, 28)


def test_a_foreign_permanent_resident_of_no_province_is_refused() -> None:
    refused = fault(with_check("99984019850228002"))
    assert refused == IdentityFault(FaultKind.UNKNOWN_REGION, 2)


def test_test_people_are_accepted_only_where_the_profile_lists_their_region() -> None:
    number = with_check("99010119520714002")
    assert fault(number).kind is FaultKind.UNKNOWN_REGION
    assert fault(number, frozenset({"990102"})).kind is FaultKind.UNKNOWN_REGION
    assert holder(number, DEMO).kind is IdentityKind.CITIZEN


@pytest.mark.parametrize("text", ["", "1", "110105194912310", "11010519491231002", "11010519491231002X0"])
def test_a_number_of_another_length_is_told_its_length(text: str) -> None:
    assert fault(text) == IdentityFault(FaultKind.WRONG_LENGTH, None, len(text))


@given(st.integers(1, 17), st.sampled_from("XO l-二٣"))
def test_a_letter_is_pointed_at(position: int, letter: str) -> None:
    number = "11010519491231002X"
    spoiled = number[: position - 1] + letter + number[position:]
    refused = fault(spoiled)
    if letter == " ":
        assert refused.kind is FaultKind.WRONG_LENGTH
    else:
        assert refused == IdentityFault(FaultKind.NOT_A_DIGIT, position)


@pytest.mark.parametrize(
    ("birth", "position"),
    [("00000101", 7), ("19900001", 11), ("19901301", 11), ("19900230", 13), ("19900100", 13), ("20250229", 13)],
)
def test_a_birthday_that_was_never_is_refused_at_its_place(birth: str, position: int) -> None:
    assert fault(with_check(f"110105{birth}001")) == IdentityFault(FaultKind.IMPOSSIBLE_DATE, position)


def test_nobody_is_born_after_today() -> None:
    assert holder(with_check("11010520261123001")).birth == TODAY
    assert fault(with_check("11010520261124001")) == IdentityFault(FaultKind.NOT_YET_BORN, 7)


def test_on_a_leap_year_the_29_of_february_is_a_birthday() -> None:
    child = holder(with_check("11010520240229001"))
    assert child.age_on(date(2026, 2, 28)) == 1
    assert child.age_on(date(2026, 3, 1)) == 2


def test_people_are_a_year_older_on_their_birthday_and_not_before() -> None:
    elder = holder(with_check("11010519461123001"))
    assert elder.age_on(date(2026, 11, 22)) == 79
    assert elder.age_on(date(2026, 11, 23)) == 80


valid_numbers = st.builds(
    lambda province, place, birth, sequence: with_check(f"{province}{place:04}{birth:%Y%m%d}{sequence:03}"),
    st.sampled_from(PROVINCES),
    st.integers(0, 9999),
    st.dates(date(1900, 1, 1), TODAY),
    st.integers(0, 999),
)


@given(valid_numbers)
def test_every_number_with_a_province_a_birthday_and_its_check_is_valid(number: str) -> None:
    judged = holder(number)
    assert judged.number == number
    assert f"{judged.birth:%Y%m%d}" == number[6:14]
    assert (judged.sex is Sex.MALE) == (number[16] in "13579")


@given(valid_numbers, st.integers(0, 17), st.integers(1, 10))
def test_one_wrong_character_is_always_noticed(number: str, place: int, shift: int) -> None:
    alphabet = "0123456789X" if place == 17 else "0123456789"
    wrong = alphabet[(alphabet.index(number[place]) + shift) % len(alphabet)]
    if wrong != number[place]:
        fault(number[:place] + wrong + number[place + 1 :])


def test_a_wrong_check_character_is_pointed_at() -> None:
    assert fault("110105194912310021") == IdentityFault(FaultKind.WRONG_CHECK, 18)
