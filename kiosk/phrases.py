"""Dates, times and deadlines in the visitor's language. The Chinese ones come with `sync.model`; English is here."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType

from kiosk.i18n import EN
from sync.model.deadline import CaseClock, DayUnit, PauseReason
from sync.model.deadline_words import PHRASES_ZH, DeadlinePhrases
from sync.model.moment import DATES_ZH, DatePhrases, dated, day_in_words, moment_in_words

DATES_EN = DatePhrases(
    day="{day} {month_name}",
    day_of_year="{day} {month_name} {year}",
    moment="{weekday} {day} {time}",
    weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)

PHRASES_EN = DeadlinePhrases(
    dates=DATES_EN,
    last_day=MappingProxyType(
        {
            CaseClock.PROMISE: "Done by {day}",
            CaseClock.STATUTORY: "By law done by {day}",
            CaseClock.NOTICE: "Notice due by {day}",
            CaseClock.SUPPLEMENT: "Papers due by {day}",
            CaseClock.DELIVERY: "Handed over by {day}",
        }
    ),
    started=MappingProxyType(
        {
            CaseClock.PROMISE: "taken in on {day}",
            CaseClock.STATUTORY: "accepted on {day}",
            CaseClock.NOTICE: "papers received on {day}",
            CaseClock.SUPPLEMENT: "asked for on {day}",
            CaseClock.DELIVERY: "decided on {day}",
        }
    ),
    from_next_day="counted from the next day",
    on_the_spot="done on the spot",
    days=MappingProxyType({DayUnit.WORKING: "{n} working days", DayUnit.NATURAL: "{n} days"}),
    extended=MappingProxyType(
        {DayUnit.WORKING: "{n} working days of them added", DayUnit.NATURAL: "{n} days of them added"}
    ),
    days_off_not_counted="weekends and holidays do not count",
    worked_weekend="{day} is worked and counts",
    stopped="{n} days of standstill do not count",
    rolled="the last day is a day off, so the next working day holds",
    clock_stands="clock stopped, {left} left (since {day}: {reason})",
    waiting=MappingProxyType(
        {
            PauseReason.SUPPLEMENT: "waiting for papers",
            PauseReason.SUSPENSION: "suspended",
            PauseReason.SPECIAL_STEP: "in a step that does not count",
        }
    ),
    unknown="the last day is not known yet",
    calendar_ends="the calendar ends on {day}",
    left="{n} working days left",
    last_day_today="last day today",
    overdue=MappingProxyType(
        {
            CaseClock.PROMISE: "overdue by {n} days",
            CaseClock.STATUTORY: "overdue by {n} days",
            CaseClock.NOTICE: "no notice for {n} days: counts as accepted from the day the papers came",
            CaseClock.SUPPLEMENT: "papers overdue by {n} days: may count as withdrawn",
            CaseClock.DELIVERY: "hand-over overdue by {n} days",
        }
    ),
    light_stopped="clock stopped",
    light_unknown="no date yet",
    separator=", ",
    list_separator=", ",
    both="{headline} ({explanation})",
)


def dates_of(language: str) -> DatePhrases:
    """How a language writes dates."""
    return DATES_EN if language == EN else DATES_ZH


def deadlines_of(language: str) -> DeadlinePhrases:
    """How a language says deadlines."""
    return PHRASES_EN if language == EN else PHRASES_ZH


def day(language: str, value: date) -> str:
    """11月23日 or 23 Nov."""
    return day_in_words(value, dates_of(language))


def day_and_time(language: str, wall_ms: int) -> str:
    """11月23日 星期一 14:32 or Mon 23 Nov 14:32."""
    return moment_in_words(wall_ms, dates_of(language))


def day_to_keep(language: str, value: date, today: date) -> str:
    """11月30日 星期一, with the year when it is another one than today's: a day on paper that somebody has to keep."""
    return dated(value, dates_of(language), with_year=value.year != today.year)


def day_on_paper(language: str, value: date) -> str:
    """2026年11月23日, or 23 Nov 2026."""
    return day_in_words(value, dates_of(language), with_year=True)


def moment_on_paper(language: str, wall_ms: int) -> str:
    """2026年11月23日 星期一 14:32, or Mon 23 Nov 2026 14:32: paper is kept for years."""
    return moment_in_words(wall_ms, dates_of(language), with_year=True)
