"""Identity numbers by GB 11643: 18 characters, told apart by who holds them, refused with the place that is wrong.

    340101 19520714 002 4        region 6, birth 8, sequence 3 (odd: male), check (ISO 7064 MOD 11-2)
    830000 19900101 001 X        residence permits of Hong Kong 810000, Macao 820000, Taiwan 830000
    9 11 156 19850101 001 X      foreign permanent residents: 9, province of issue, nationality (since 2023-12-01)

Counties have come and gone since the first numbers, so only the province is judged. Regions of test people are
valid only where the caller allows them, from the county's signed profile.
"""

from __future__ import annotations

import unicodedata
from datetime import date
from enum import StrEnum

from msgspec import Struct

from sync.model.check_character import mod_11_2

LENGTH = 18
_DIGITS = frozenset("0123456789")
_RESIDENCE_PERMIT_REGIONS = frozenset({"810000", "820000", "830000"})
_PROVINCES = frozenset(
    [
        *("11", "12", "13", "14", "15"),
        *("21", "22", "23"),
        *("31", "32", "33", "34", "35", "36", "37"),
        *("41", "42", "43", "44", "45", "46"),
        *("50", "51", "52", "53", "54"),
        *("61", "62", "63", "64", "65"),
    ]
)
"""GB/T 2260, first two digits, of the provinces that issue identity cards."""


class Sex(StrEnum):
    """As the sequence says: odd male, even female."""

    MALE = "male"
    FEMALE = "female"


class IdentityKind(StrEnum):
    """Whose number it is."""

    CITIZEN = "citizen"  # 居民身份证
    RESIDENCE_PERMIT = "residence_permit"  # 港澳台居民居住证
    FOREIGN_RESIDENT = "foreign_resident"  # 外国人永久居留身份证


class FaultKind(StrEnum):
    """What is wrong with a number."""

    WRONG_LENGTH = "wrong_length"
    NOT_A_DIGIT = "not_a_digit"
    UNKNOWN_REGION = "unknown_region"
    IMPOSSIBLE_DATE = "impossible_date"
    NOT_YET_BORN = "not_yet_born"
    WRONG_CHECK = "wrong_check"


class Identity(Struct, frozen=True):
    """A number that can exist. `number` has 18 characters, X in upper case."""

    number: str
    birth: date
    sex: Sex
    kind: IdentityKind

    @property
    def last_four(self) -> str:
        """What people are asked for at a query."""
        return self.number[-4:]

    def age_on(self, day: date) -> int:
        """Full years of age on a day; a birthday on 29 February comes on 1 March in other years."""
        return day.year - self.birth.year - ((day.month, day.day) < (self.birth.month, self.birth.day))


class IdentityFault(Struct, frozen=True):
    """Why a text is no identity number.

    `position` counts from 1 in the text without its spaces: the first wrong character, or where the wrong part
    begins; None for a wrong length, which `length` says.
    """

    kind: FaultKind
    position: int | None
    length: int = LENGTH


def read_identity(
    text: str, today: date, allowed_extra_regions: frozenset[str] = frozenset()
) -> Identity | IdentityFault:
    """Judge an identity number as of `today`.

    Spaces, full-width characters and a small x are taken as people write them. `allowed_extra_regions` are
    six-digit regions of test people.
    """
    number = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    if len(number) != LENGTH:
        return IdentityFault(FaultKind.WRONG_LENGTH, None, len(number))
    for position, character in enumerate(number, start=1):
        if character not in _DIGITS and not (position == LENGTH and character == "X"):
            return IdentityFault(FaultKind.NOT_A_DIGIT, position)
    kind = _kind(number, allowed_extra_regions)
    if isinstance(kind, IdentityFault):
        return kind
    birth = _birth(number, today)
    if isinstance(birth, IdentityFault):
        return birth
    if mod_11_2(number[:-1]) != number[-1]:
        return IdentityFault(FaultKind.WRONG_CHECK, LENGTH)
    sex = Sex.MALE if int(number[16]) % 2 else Sex.FEMALE
    return Identity(number, birth, sex, kind)


def _kind(number: str, allowed_extra_regions: frozenset[str]) -> IdentityKind | IdentityFault:
    if number[:6] in allowed_extra_regions or number[:2] in _PROVINCES:
        return IdentityKind.CITIZEN
    if number[:6] in _RESIDENCE_PERMIT_REGIONS:
        return IdentityKind.RESIDENCE_PERMIT
    if number[0] != "9":
        return IdentityFault(FaultKind.UNKNOWN_REGION, 1)
    if number[1:3] not in _PROVINCES:
        return IdentityFault(FaultKind.UNKNOWN_REGION, 2)
    return IdentityKind.FOREIGN_RESIDENT


def _birth(number: str, today: date) -> date | IdentityFault:
    year, month, day = int(number[6:10]), int(number[10:12]), int(number[12:14])
    if year == 0:
        return IdentityFault(FaultKind.IMPOSSIBLE_DATE, 7)
    if not 1 <= month <= 12:
        return IdentityFault(FaultKind.IMPOSSIBLE_DATE, 11)
    try:
        birth = date(year, month, day)
    except ValueError:
        return IdentityFault(FaultKind.IMPOSSIBLE_DATE, 13)
    return IdentityFault(FaultKind.NOT_YET_BORN, 7) if birth > today else birth
