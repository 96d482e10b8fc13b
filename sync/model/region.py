"""Region codes (统计用区划代码): 12 digits, and 3 more for groups below the village; valid from and until a day.

    99 01 01 102 203 [003]       province, city, county (GB/T 2260), town (GB/T 10114), village, group

Villages are merged and abolished, so a code means something only on a day: a case keeps the code that was
valid on its own. What a code became is found through its successor.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from enum import IntEnum
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

_ENDS = (2, 4, 6, 9, 12, 15)
"""Where the segment of each level ends."""

CODE_LENGTH = 12
GROUP_CODE_LENGTH = 15
_DIGITS = frozenset("0123456789")


class RegionLevel(IntEnum):
    """From the province down."""

    PROVINCE = 0
    CITY = 1
    COUNTY = 2
    TOWN = 3
    VILLAGE = 4
    GROUP = 5  # 村民小组、自然村


class NotARegionCode(ValueError):
    """Not 12 digits, nor 15 with a village and a group, or all of them 0."""


class RegionCode(Struct, frozen=True):
    """A region code of 12 digits, or of 15 for a group. Raises NotARegionCode."""

    digits: str

    def __post_init__(self) -> None:
        if len(self.digits) not in (CODE_LENGTH, GROUP_CODE_LENGTH) or not _DIGITS.issuperset(self.digits):
            raise NotARegionCode(f"{self.digits!r} has neither {CODE_LENGTH} nor {GROUP_CODE_LENGTH} digits")
        if self.digits.startswith("00"):
            raise NotARegionCode(f"{self.digits} names no province")
        if len(self.digits) == GROUP_CODE_LENGTH and "000" in (self.digits[9:12], self.digits[12:]):
            raise NotARegionCode(f"{self.digits} does not name a group of a village")

    def __str__(self) -> str:
        return self.digits

    @property
    def level(self) -> RegionLevel:
        """The lowest level whose segment is not zero; 441900003000 is a town right below a city."""
        last_used = len(self.digits.rstrip("0"))
        return RegionLevel(next(level for level, end in enumerate(_ENDS) if last_used <= end))

    @property
    def county(self) -> str:
        """The six digits of the county."""
        return self.digits[:6]

    @property
    def parent(self) -> RegionCode | None:
        """The region that it belongs to, None for a province."""
        level = self.level
        if level is RegionLevel.PROVINCE:
            return None
        return RegionCode(self.digits[: _ENDS[level - 1]].ljust(CODE_LENGTH, "0"))

    def group(self, number: int) -> RegionCode:
        """The code of a group of this village, 1 to 999. Raises NotARegionCode for anything but a village."""
        return RegionCode(f"{self.digits}{number:03}")


class RegionSpan(Protocol):
    """A region and when its code is valid, as the county's profile lists it."""

    @property
    def code(self) -> str:
        """12 or 15 digits."""

    @property
    def since(self) -> date:
        """First day on which the code is valid."""

    @property
    def until(self) -> date | None:
        """Last day on which it is valid; None while it is."""

    @property
    def successor(self) -> str | None:
        """What the region became when its code ended."""


Span = TypeVar("Span", bound=RegionSpan)


class RegionNotValid(LookupError):
    """A code that means nothing on that day. `successor` is what it has become by then, None when unknown."""

    def __init__(self, code: str, day: date, successor: str | None) -> None:
        became = f"; it became {successor}" if successor else ""
        super().__init__(f"region {code} is not valid on {day}{became}")
        self.code = code
        self.day = day
        self.successor = successor


class RegionBookContradictsItself(ValueError):
    """Two spans of one code overlap, a successor is unknown or leads back, or a span ends before it begins."""


class RegionBook(Generic[Span]):
    """All spans of a county's regions, found by code and day."""

    def __init__(self, spans: Iterable[Span]) -> None:
        """Raises RegionBookContradictsItself, or NotARegionCode."""
        self._spans: dict[str, list[Span]] = {}
        for span in spans:
            self._spans.setdefault(RegionCode(span.code).digits, []).append(span)
        for of_code in self._spans.values():
            of_code.sort(key=lambda span: span.since)
        for of_code in self._spans.values():
            self._check(of_code)

    def _check(self, of_code: list[Span]) -> None:
        for place, span in enumerate(of_code):
            if span.until is not None and span.until < span.since:
                raise RegionBookContradictsItself(f"{span.code} ends on {span.until}, before it begins")
            if place and (of_code[place - 1].until or date.max) >= span.since:
                raise RegionBookContradictsItself(f"{span.code} is listed twice for {span.since}")
            if span.successor is None:
                continue
            if span.until is None:
                raise RegionBookContradictsItself(f"{span.code} has a successor but no end")
            if span.until == date.max:
                raise RegionBookContradictsItself(f"{span.code} has a successor, but no day comes after its end")
            if span.successor not in self._spans:
                raise RegionBookContradictsItself(f"{span.code} became {span.successor}, which is not listed")
            if self._heir(span, span.until + timedelta(days=1)) is None:
                raise RegionBookContradictsItself(f"what {span.code} became leads to no valid region")

    def on(self, code: str, day: date) -> Span:
        """What `code` means on `day`. Raises RegionNotValid, which names the successor."""
        found = self._valid(code, day)
        if found is not None:
            return found
        ended = self._ended(code, day)
        heir = self._heir(ended[-1], day) if ended else None
        raise RegionNotValid(code, day, heir.code if heir else None)

    def children(self, code: str, day: date) -> list[Span]:
        """The regions right below `code` that are valid on `day`, by code."""
        found = (self._valid(each, day) for each in sorted(self._spans))
        return [span for span in found if span is not None and _is_below(span.code, code)]

    def _valid(self, code: str, day: date) -> Span | None:
        for span in self._spans.get(code, ()):
            if span.since <= day and (span.until is None or day <= span.until):
                return span
        return None

    def _heir(self, span: Span, day: date) -> Span | None:
        """What an ended span has become by `day`, through as many mergers as there were."""
        passed = {span.code}
        successor = span.successor
        while successor is not None and successor not in passed:
            valid = self._valid(successor, day)
            if valid is not None:
                return valid
            passed.add(successor)
            ended = self._ended(successor, day)
            successor = ended[-1].successor if ended else None
        return None

    def _ended(self, code: str, day: date) -> list[Span]:
        spans = self._spans.get(code, ())
        return [span for span in spans if span.until is not None and span.until < day]


def _is_below(code: str, parent: str) -> bool:
    above = RegionCode(code).parent
    return above is not None and above.digits == parent
