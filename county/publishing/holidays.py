"""The rows of the calendar table, taken from the `chinesecalendar` package when a new year's notice is out.

The rows are then kept in git and read by people; the package is asked only when they are written.
"""

from __future__ import annotations

from datetime import date

from chinese_calendar import constants

from county.publishing.tables import CALENDAR

_NAMES = {str(holiday.value): str(holiday.chinese) for holiday in constants.Holiday}


class YearNotAnnounced(LookupError):
    """The package knows no holiday of this year: its notice is not out, or the package is older than it."""

    def __init__(self, year: int) -> None:
        super().__init__(f"no holiday of {year} is known; wait for the notice and update the package")
        self.year = year


class YearsBackwards(ValueError):
    """The last year lies before the first."""

    def __init__(self, first_year: int, last_year: int) -> None:
        super().__init__(f"{last_year} lies before {first_year}")


def calendar_grid(first_year: int, last_year: int) -> list[list[str]]:
    """The table `calendar` for whole years, header rows included. Raises YearNotAnnounced, YearsBackwards."""
    if last_year < first_year:
        raise YearsBackwards(first_year, last_year)
    rows: list[list[str]] = []
    for year in range(first_year, last_year + 1):
        days = [*_rows(year, constants.holidays, "休", ""), *_rows(year, constants.workdays, "班", "调休上班")]
        if not days:
            raise YearNotAnnounced(year)
        rows.extend(sorted(days))
    return [[column.code for column in CALENDAR.columns], [column.title for column in CALENDAR.columns], *rows]


def _rows(year: int, days: dict[date, str], kind: str, suffix: str) -> list[list[str]]:
    return [[day.isoformat(), kind, _NAMES[name] + suffix] for day, name in days.items() if day.year == year]
