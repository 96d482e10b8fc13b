"""The working days of 2026 as the State Council's notice of 2025-11-04 sets them, for tests of deadlines."""

from __future__ import annotations

from datetime import date, timedelta

from sync.model.working_calendar import WorkingCalendar


def days(first: date, last: date) -> list[date]:
    """Every day from `first` to `last`, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _off(month: int, first: int, last: int) -> list[date]:
    return days(date(2026, month, first), date(2026, month, last))


DAYS_OFF = frozenset(
    _off(1, 1, 3) + _off(2, 15, 23) + _off(4, 4, 6) + _off(5, 1, 5) + _off(6, 19, 21) + _off(9, 25, 27) + _off(10, 1, 7)
)
WORKED_WEEKENDS = frozenset(
    date(2026, month, day) for month, day in [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)]
)
CALENDAR = WorkingCalendar(date(2026, 1, 1), date(2026, 12, 31), DAYS_OFF, WORKED_WEEKENDS)
ALL_DAYS = days(CALENDAR.first_day, CALENDAR.last_day)
