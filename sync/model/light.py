"""The light of a case (亮灯): how near its clock is to running out.

● normal, ■ notice (blue), ▲ warning (yellow), ◆ bad (red): always shape, colour and words together.
No national rule sets the thresholds; they come from the county's profile.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from sync.model.deadline import ClockStopped, DeadlineUnknown, Reckoning
from sync.model.working_calendar import BeyondCalendar, WorkingCalendar


class Light(StrEnum):
    """Four lights, from calm to overdue."""

    NORMAL = "normal"
    NOTICE = "notice"
    WARN = "warn"
    BAD = "bad"

    @property
    def shape(self) -> str:
        """The shape that goes with the colour, for paper and plain text."""
        return {"normal": "●", "notice": "■", "warn": "▲", "bad": "◆"}[self.value]


class LightRule(Protocol):
    """From how many working days left a case shows notice and warning; 0 is the last day itself."""

    @property
    def notice_days(self) -> int:
        """Working days left at which the light turns to notice."""

    @property
    def warning_days(self) -> int:
        """Working days left at which it turns to warning."""


class Standing(StrEnum):
    """What the light stands for."""

    TIME_LEFT = "time_left"
    LAST_DAY = "last_day"
    OVERDUE = "overdue"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


class LightReading(Struct, frozen=True):
    """A light and why it shows.

    `days` are working days left for TIME_LEFT, natural days over for OVERDUE (known without a calendar), days of
    the limit left for STOPPED, and 0 otherwise.
    """

    light: Light
    standing: Standing
    days: int = 0


def read_light(reckoning: Reckoning, today: date, calendar: WorkingCalendar, rule: LightRule) -> LightReading:
    """The light of a clock on the day `today`.

    A clock that stands is normal. One that cannot be reckoned is a notice: somebody has to bring a calendar.
    """
    if isinstance(reckoning, ClockStopped):
        return LightReading(Light.NORMAL, Standing.STOPPED, reckoning.days_left)
    if isinstance(reckoning, DeadlineUnknown):
        return LightReading(Light.NOTICE, Standing.UNKNOWN)
    return light_until(reckoning.last_day, reckoning.start, today, calendar, rule)


def light_until(last_day: date, start: date, today: date, calendar: WorkingCalendar, rule: LightRule) -> LightReading:
    """The light of a limit that a record names, from `start` to the end of `last_day`.

    Overdue and the last day show without a calendar; where it does not cover the days between, a notice.
    """
    if today > last_day:
        return LightReading(Light.BAD, Standing.OVERDUE, (today - last_day).days)
    if today == last_day:
        return LightReading(Light.WARN, Standing.LAST_DAY)
    try:
        # On a clock that was set back no more time is left than there was on the first day.
        left = calendar.working_days_between(max(today, start), last_day)
    except BeyondCalendar:
        return LightReading(Light.NOTICE, Standing.UNKNOWN)
    if left <= rule.warning_days:
        return LightReading(Light.WARN, Standing.TIME_LEFT, left)
    light = Light.NOTICE if left <= rule.notice_days else Light.NORMAL
    return LightReading(light, Standing.TIME_LEFT, left)
