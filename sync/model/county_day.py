"""Which day it is, on a machine whose clock may have died: the one place that decisions by date go by.

A village terminal has a clock that a spent battery sets to 1970, or to any other year. It holds moments that have
certainly passed: times that the county signed, the day its packs were issued, what it wrote itself. The day that is
decided by is never before the newest of them. A clock that is years past it is not believed either: nothing shows
which of the two is right, so nothing is refused by its day, and no limit is counted from it.
"""

from __future__ import annotations

from datetime import date
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from sync.model.moment import local_date, wall_ms_at

BEHIND_MS = 24 * 3600 * 1000
"""A clock may be so far behind what has certainly passed; time zones and drift are smaller."""
AHEAD_MS = 3 * 366 * 24 * 3600 * 1000
"""A clock that is further past what has certainly passed, and past the calendar in use, is doubted: every year brings a
calendar pack, and three in a row would have missed this terminal."""


class ClockStanding(Enum):
    """What can be said of a clock."""

    PLAUSIBLE = "plausible"
    BEHIND = "behind"  # certainly wrong
    AHEAD = "ahead"  # years past anything that is known; wrong, or nothing came for years


class CountyDay(Struct, frozen=True):
    """What a clock shows against what is certain.

    Attributes:
        clock_ms: what the clock shows, ms since 1970 UTC.
        certain_ms: the newest moment that has certainly passed, ms since 1970 UTC; 0: nothing is known.
        foreseen_ms: until when the county has made plans for this terminal, by its calendar, ms since 1970 UTC.
        is_told: whether the county has told this terminal a time of its own, by what it signed for it.
    """

    clock_ms: int
    certain_ms: int = 0
    foreseen_ms: int = 0
    is_told: bool = False

    @property
    def standing(self) -> ClockStanding:
        """What can be said of the clock."""
        if self.clock_ms < self.certain_ms - BEHIND_MS:
            return ClockStanding.BEHIND
        if self.certain_ms and max(self.certain_ms, self.foreseen_ms) < self.clock_ms - AHEAD_MS:
            return ClockStanding.AHEAD
        return ClockStanding.PLAUSIBLE

    @property
    def ms(self) -> int:
        """The moment that is decided by, ms since 1970 UTC."""
        if self.standing is ClockStanding.AHEAD:
            return self.certain_ms
        return max(self.clock_ms, self.certain_ms)

    def believes(self, acted_ms: int, since: date) -> bool:
        """Whether the time that this terminal's clock showed at an act can be right, by what is known now.

        `since` is a day before which it was not done. Not believed is what lies years past anything known, in the
        future of a clock that can be right, about where a clock stands that is wrong now, or before `since`. A `since`
        in the future comes from a clock that was ahead, and says nothing.
        """
        by_this_clock = abs(acted_ms - self.clock_ms) <= BEHIND_MS
        plausible = self.standing is ClockStanding.PLAUSIBLE
        if not plausible and by_this_clock:
            return False
        if replace(self, clock_ms=acted_ms).standing is ClockStanding.AHEAD:
            return False
        if plausible and acted_ms > self.clock_ms + BEHIND_MS:
            return False
        return acted_ms >= wall_ms_at(since) - BEHIND_MS or since > self.day

    @property
    def day(self) -> date:
        """The county's date that it is at least: ages, what is in force, the date in a number."""
        return local_date(self.ms)

    @property
    def counted_from(self) -> date:
        """The county's date from which a limit is counted.

        On a doubtful clock that clock's own, which lies past every calendar: the limit stays open, and is not promised.
        """
        return local_date(self.clock_ms) if self.standing is ClockStanding.AHEAD else self.day
