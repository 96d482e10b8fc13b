"""Case numbers (办件编号): 25 characters that a terminal gives out alone and nobody gives twice.

    990101102203 261123 01 0007 X
    region 12    YYMMDD TT SSSS check (ISO 7064 MOD 11-2 over the 24 digits)

The terminal number is allotted at enrolment and never reused at its point, so terminals need not ask each
other. Serials 0001 to 8999 count the day's cases; 9000 to 9999 are kept for the pre-numbered paper forms of
outage days, so that a form entered later cannot meet a number that the screen gave out.
Within a point people read out the last 13 characters.
"""

from __future__ import annotations

import unicodedata
from datetime import date

from msgspec import Struct

from sync.model.check_character import mod_11_2

LENGTH = 25
SHORT_LENGTH = 13
REGION_LENGTH = 12
SCREEN_SERIALS = range(1, 9000)
OUTAGE_SERIALS = range(9000, 10000)
_TERMINALS = range(1, 100)
YEARS = range(2000, 2100)
_DIGITS = frozenset("0123456789")


class NotACaseNumber(ValueError):
    """A text or a set of parts that is no case number. Its subclasses say why."""


class CaseNumberHasWrongLength(NotACaseNumber):
    """Neither 25 characters nor, where a point is known, 13. `length` is what was there."""

    def __init__(self, length: int) -> None:
        super().__init__(f"a case number has {LENGTH} characters, not {length}")
        self.length = length


class CaseNumberHasALetter(NotACaseNumber):
    """A character that cannot stand where it stands; `position` counts from 1."""

    def __init__(self, position: int) -> None:
        super().__init__(f"character {position} of the case number is not a digit")
        self.position = position


class CaseNumberDateImpossible(NotACaseNumber):
    """The six digits of the date are no date of 2000 to 2099."""


class CaseNumberPartOutOfRange(NotACaseNumber):
    """Terminal 00, or serial 0000, or a part that does not fit its digits."""


class CaseNumberCheckWrong(NotACaseNumber):
    """The last character does not fit the others: something was misread."""


class SerialsExhausted(Exception):
    """All serials of this day that the screen may give out are given out."""

    def __init__(self, day: date) -> None:
        super().__init__(f"all {len(SCREEN_SERIALS)} case numbers of {day} are used")
        self.day = day


class CaseNumber(Struct, frozen=True):
    """A case number by its parts. Raises a NotACaseNumber when a part cannot be written in its digits."""

    region: str
    day: date
    terminal: int
    serial: int

    def __post_init__(self) -> None:
        if len(self.region) != REGION_LENGTH or not _DIGITS.issuperset(self.region):
            raise CaseNumberPartOutOfRange(f"{self.region!r} is not a region code of 12 digits")
        if self.day.year not in YEARS:
            raise CaseNumberDateImpossible(f"{self.day} cannot be written with two digits of the year")
        if self.terminal not in _TERMINALS:
            raise CaseNumberPartOutOfRange(f"terminal {self.terminal} is not 1 to 99")
        if self.serial not in SCREEN_SERIALS and self.serial not in OUTAGE_SERIALS:
            raise CaseNumberPartOutOfRange(f"serial {self.serial} is not 1 to 9999")

    @property
    def digits(self) -> str:
        """The 24 digits before the check character."""
        return f"{self.region}{self.day:%y%m%d}{self.terminal:02}{self.serial:04}"

    @property
    def text(self) -> str:
        """The 25 characters, as records hold them."""
        return self.digits + mod_11_2(self.digits)

    @property
    def from_outage_form(self) -> bool:
        """Whether the number was printed on a paper form before anything was entered."""
        return self.serial in OUTAGE_SERIALS

    def grouped(self) -> str:
        """990101102203 261123 01-0007-X, as paper and screens show it."""
        return f"{self.region} {self.short_grouped()}"

    def short(self) -> str:
        """The last 13 characters, enough within a point."""
        return self.text[-SHORT_LENGTH:]

    def short_grouped(self) -> str:
        """261123 01-0007-X, as people read it out."""
        return f"{self.day:%y%m%d} {self.terminal:02}-{self.serial:04}-{self.text[-1]}"


def parse_case_number(text: str, point: str | None = None) -> CaseNumber:
    """Read a case number; spaces, hyphens, full-width digits and a small x are taken as people write them.

    With `point`, the 12-digit region of the service point, the last 13 characters are enough.
    Raises a NotACaseNumber that says what is wrong.
    """
    kept = "".join(unicodedata.normalize("NFKC", text).replace("-", "").split()).upper()
    if point is not None and len(kept) == SHORT_LENGTH:
        kept = point + kept
    if len(kept) != LENGTH:
        raise CaseNumberHasWrongLength(len(kept))
    digits, check = kept[:-1], kept[-1]
    for position, character in enumerate(digits, start=1):
        if character not in _DIGITS:
            raise CaseNumberHasALetter(position)
    if check not in _DIGITS and check != "X":
        raise CaseNumberHasALetter(LENGTH)
    if mod_11_2(digits) != check:
        raise CaseNumberCheckWrong(f"the last character of {kept} does not fit the others")
    try:
        day = date(2000 + int(digits[12:14]), int(digits[14:16]), int(digits[16:18]))
    except ValueError as cause:
        raise CaseNumberDateImpossible(f"{digits[12:18]} is no date") from cause
    return CaseNumber(digits[:12], day, int(digits[18:20]), int(digits[20:24]))


def next_case_number(last: CaseNumber | None, region: str, terminal: int, today: date) -> CaseNumber:
    """The number after `last`, the last one that this terminal's screen gave out (None: the first ever).

    The date in it never goes backwards: on a clock that was set back it stays at the day of `last`, so that
    no number comes twice. Raises SerialsExhausted after 8999 in one day, CaseNumberDateImpossible when
    the clock shows a year before 2000 or after 2099, and CaseNumberPartOutOfRange when `last` is from a paper
    form, which the screen did not give out.
    """
    if last is None:
        return CaseNumber(region, today, terminal, SCREEN_SERIALS.start)
    if last.from_outage_form:
        raise CaseNumberPartOutOfRange(f"{last.text} is from a paper form; the screen's last number was asked for")
    day = max(last.day, today)
    serial = last.serial + 1 if last.day == day else SCREEN_SERIALS.start
    if serial not in SCREEN_SERIALS:
        raise SerialsExhausted(day)
    return CaseNumber(region, day, terminal, serial)
