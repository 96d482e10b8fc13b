"""County time: fixed UTC+8, from and to milliseconds since 1970 UTC, and how dates are written.

China keeps one time zone and no daylight saving, so no zone database is asked. Dates are written from
`DatePhrases`, never from the locale of the machine; the Chinese ones are here, other languages bring theirs.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

from msgspec import Struct

COUNTY_TIME = timezone(timedelta(hours=8), "UTC+08:00")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class MomentOutOfRange(ValueError):
    """Milliseconds that name no date of the years 1 to 9999."""


def local_datetime(wall_ms: int) -> datetime:
    """County time of `wall_ms`, milliseconds since 1970 UTC. Raises MomentOutOfRange."""
    try:
        return (_EPOCH + timedelta(milliseconds=wall_ms)).astimezone(COUNTY_TIME)
    except OverflowError as cause:
        raise MomentOutOfRange(f"{wall_ms} ms since 1970 is no date") from cause


def local_date(wall_ms: int) -> date:
    """County date of `wall_ms`, milliseconds since 1970 UTC. Raises MomentOutOfRange."""
    return local_datetime(wall_ms).date()


def wall_ms_at(day: date, hour: int = 0, minute: int = 0) -> int:
    """Milliseconds since 1970 UTC at that county time; the start of the day when no hour is given."""
    moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=COUNTY_TIME)
    return (moment - _EPOCH) // timedelta(milliseconds=1)


class DatePhrases(Struct, frozen=True):
    """How a language writes dates.

    `day` and `day_of_year` may use {year} {month} {day} {month_name}; `moment` uses {day} {weekday} {time}.
    `weekdays` begin with Monday, `months` with January.
    """

    day: str
    day_of_year: str
    moment: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]


DATES_ZH = DatePhrases(
    day="{month}月{day}日",
    day_of_year="{year}年{month}月{day}日",
    moment="{day} {weekday} {time}",
    weekdays=("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
    months=tuple(f"{month}月" for month in range(1, 13)),
)


def day_in_words(day: date, phrases: DatePhrases = DATES_ZH, *, with_year: bool = False) -> str:
    """11月23日, or 2026年11月23日 `with_year`."""
    template = phrases.day_of_year if with_year else phrases.day
    return template.format(year=day.year, month=day.month, day=day.day, month_name=phrases.months[day.month - 1])


def weekday_in_words(day: date, phrases: DatePhrases = DATES_ZH) -> str:
    """星期一."""
    return phrases.weekdays[day.weekday()]


def time_of_day(wall_ms: int) -> str:
    """14:32, county time."""
    return local_datetime(wall_ms).strftime("%H:%M")


def moment_in_words(wall_ms: int, phrases: DatePhrases = DATES_ZH, *, with_year: bool = False) -> str:
    """11月23日 星期一 14:32, as the top of the screen shows it; 2026年11月23日 … `with_year`, as slips do."""
    day = local_date(wall_ms)
    return phrases.moment.format(
        day=day_in_words(day, phrases, with_year=with_year),
        weekday=weekday_in_words(day, phrases),
        time=time_of_day(wall_ms),
    )


def dated(day: date, phrases: DatePhrases = DATES_ZH, *, with_year: bool = False) -> str:
    """11月30日 星期一: a day as somebody has to keep it."""
    weekday = weekday_in_words(day, phrases)
    return phrases.moment.format(day=day_in_words(day, phrases, with_year=with_year), weekday=weekday, time="").strip()


def stamp(wall_ms: int) -> str:
    """2026-11-23 14:32, county time, as slips and lists show it; the same in every language."""
    moment = local_datetime(wall_ms)
    return f"{moment.date().isoformat()} {moment:%H:%M}"
