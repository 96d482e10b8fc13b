"""Which days are working days, by the county's signed calendar pack.

A working day is a Monday to Friday that no notice declares off, or a Saturday or Sunday that a notice
declares a working day (调休上班). The rules come from 全国年节及纪念日放假办法 and the yearly notice of the
State Council's general office; a county may add days off of its own (minority festivals, 办法第四条).

Outside `first_day..last_day` nothing is known, and nothing is guessed: `BeyondCalendar`.
"""

from __future__ import annotations

from datetime import date, timedelta

from msgspec import Struct

ONE_DAY = timedelta(days=1)
_SATURDAY = 5


class BeyondCalendar(Exception):
    """A day was asked for that the calendar pack does not cover.

    `day` is the day asked for, `first_day` and `last_day` are what the pack covers.
    """

    def __init__(self, day: date, first_day: date, last_day: date) -> None:
        super().__init__(f"{day} lies outside the calendar, which covers {first_day} to {last_day}")
        self.day = day
        self.first_day = first_day
        self.last_day = last_day


class CalendarContradictsItself(ValueError):
    """A calendar whose days cannot all be true; the message names the first such day."""


class WorkingCalendar(Struct, frozen=True):
    """Working days between `first_day` and `last_day`, both included.

    `days_off` are the days that a notice declares off; ordinary weekends need not be listed, and may be.
    `working_weekend_days` are the Saturdays and Sundays that are worked (调休上班).
    Raises CalendarContradictsItself when a listed day lies outside, is in both lists, or when a working
    weekend day is not on a weekend.
    """

    first_day: date
    last_day: date
    days_off: frozenset[date]
    working_weekend_days: frozenset[date]

    def __post_init__(self) -> None:
        if self.last_day < self.first_day:
            raise CalendarContradictsItself(
                f"the calendar ends on {self.last_day}, before it starts on {self.first_day}"
            )
        for day in sorted(self.days_off | self.working_weekend_days):
            if not self.covers(day):
                raise CalendarContradictsItself(f"{day} lies outside {self.first_day} to {self.last_day}")
        for day in sorted(self.working_weekend_days):
            if day in self.days_off:
                raise CalendarContradictsItself(f"{day} is listed both as a day off and as a working day")
            if not self.is_weekend(day):
                raise CalendarContradictsItself(f"{day} is listed as a worked weekend day but is a weekday")

    def covers(self, day: date) -> bool:
        """Whether the calendar knows this day."""
        return self.first_day <= day <= self.last_day

    @staticmethod
    def is_weekend(day: date) -> bool:
        """Whether it is a Saturday or Sunday, worked or not."""
        return day.weekday() >= _SATURDAY

    def is_working(self, day: date) -> bool:
        """Whether people work on this day. Raises BeyondCalendar outside the calendar."""
        if not self.covers(day):
            raise BeyondCalendar(day, self.first_day, self.last_day)
        if not self.is_weekend(day):
            return day not in self.days_off
        return day in self.working_weekend_days

    def working_day_after(self, day: date, count: int = 1) -> date:
        """The `count`-th working day after `day`. Raises BeyondCalendar when the calendar ends before it."""
        left = count
        while left > 0:
            day += ONE_DAY
            left -= self.is_working(day)
        return day

    def working_days_between(self, after: date, until: date) -> int:
        """How many working days lie after `after` and not after `until`. Raises BeyondCalendar."""
        days = (after + timedelta(days=n) for n in range(1, (until - after).days + 1))
        return sum(1 for day in days if self.is_working(day))
