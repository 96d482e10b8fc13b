"""The clocks of a case as the county reads them, and the light that they show. Pure.

Thresholds of the lights come from the profile; the counting is `sync.model.deadline`. A county rule about time
(another clock, a step that stops one) goes here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from sync.model.case import Case, Effect
from sync.model.deadline import (
    Deadline,
    DeadlineUnknown,
    Extension,
    Pause,
    PauseReason,
    Reckoning,
    Term,
    delivery,
    promise,
    statutory,
)
from sync.model.facts import FACTS, Kind
from sync.model.light import Light, LightReading, LightRule, Standing, read_light
from sync.model.moment import local_date
from sync.model.plain import field_of
from sync.model.profile import Lights
from sync.model.transitions import Status
from sync.model.working_calendar import ONE_DAY, BeyondCalendar, WorkingCalendar

_SEVERITY = (Light.NORMAL, Light.NOTICE, Light.WARN, Light.BAD)
_NEVER = -100_000
_REASON_OF = {
    Status.SUPPLEMENT_REQUIRED: PauseReason.SUPPLEMENT,
    Status.SUSPENDED: PauseReason.SUSPENSION,
}
_DECIDED = frozenset({Status.DECIDED, Status.READY})


class ClockReading(Struct, frozen=True):
    """A clock, how it was counted, and its light today."""

    reckoning: Reckoning
    light: LightReading


class Due(Struct, frozen=True):
    """What the case list is sorted by: the last day of the running clock that ends first, None when none ends.

    `unknown` when the calendar does not reach the end of one of them.
    """

    on: date | None
    unknown: bool


class LightDays(Struct, frozen=True):
    """The last days of running out on which a case shows each light today."""

    today: date
    warn_until: date
    notice_until: date


def statutory_clock(case: Case, limit: Term, calendar: WorkingCalendar) -> Reckoning | None:
    """Return the county's clock, None before acceptance."""
    if case.accepted_ms is None:
        return None
    return statutory(local_date(case.accepted_ms), limit, calendar, _pauses(case), _extensions(case))


def promise_clock(case: Case, calendar: WorkingCalendar) -> Reckoning | None:
    """Return the agent's clock, None before taking in."""
    if case.taken_in_ms is None:
        return None
    explained = tuple(Extension(until=new_day, explained_on=told) for told, new_day in case.explained)
    return promise(local_date(case.taken_in_ms), Term(case.promise_days), calendar, explained)


def delivery_clock(case: Case, calendar: WorkingCalendar) -> Reckoning | None:
    """Return the time in which a decision must be in the applicant's hands, None before the decision."""
    decided = (step for step in case.steps if step.effect is Effect.MOVED and step.status is Status.DECIDED)
    made = next(decided, None)
    return None if made is None else delivery(local_date(made.envelope.wall_ms), calendar)


def running_clocks(case: Case, limit: Term | None, calendar: WorkingCalendar) -> tuple[Reckoning, ...]:
    """Reckon the clocks that run, the county's own first.

    Until the decision the county's limit (where the law sets one) and the agent's promise run, from then on the time
    for delivery.
    """
    if case.over or case.status is Status.DELIVERED:
        return ()
    if case.status in _DECIDED:
        found: tuple[Reckoning | None, ...] = (delivery_clock(case, calendar),)
    else:
        statutory_limit = None if limit is None else statutory_clock(case, limit, calendar)
        found = (statutory_limit, promise_clock(case, calendar))
    return tuple(each for each in found if each is not None)


def read_clocks(
    clocks: Sequence[Reckoning], calendar: WorkingCalendar, rule: LightRule, today: date
) -> tuple[ClockReading, ...]:
    """Read the lights of running clocks."""
    return tuple(ClockReading(clock, read_light(clock, today, calendar, rule)) for clock in clocks)


def worst(readings: Sequence[ClockReading]) -> ClockReading | None:
    """Return the clock that is nearest to running out; of two alike the first."""
    return max(readings, key=_urgency, default=None)


def _urgency(reading: ClockReading) -> tuple[int, int]:
    light = reading.light
    stands = light.standing in (Standing.STOPPED, Standing.UNKNOWN)
    days = light.days if light.standing is Standing.OVERDUE else -light.days
    return _SEVERITY.index(light.light), _NEVER if stands else days


def due(clocks: Sequence[Reckoning]) -> Due:
    """Return what the case list keeps of running clocks. It says nothing about today, so it can be stored."""
    days = [clock.last_day for clock in clocks if isinstance(clock, Deadline)]
    return Due(min(days, default=None), any(isinstance(clock, DeadlineUnknown) for clock in clocks))


def light_days(calendar: WorkingCalendar, lights: Lights, today: date) -> LightDays:
    """Turn the thresholds, in working days, into days, so that a list can be sorted without counting each case.

    A clock that starts after today (a village's clock runs ahead) may show a light more urgent than its row is under.
    """
    return LightDays(
        today,
        _last_day_within(calendar, today, lights.warning_days),
        _last_day_within(calendar, today, lights.notice_days),
    )


def _last_day_within(calendar: WorkingCalendar, today: date, working_days: int) -> date:
    """Return the last day that is at most so many working days away; where the calendar ends, all that follow."""
    day, left = today, working_days
    try:
        while True:
            following = day + ONE_DAY
            left -= calendar.is_working(following)
            if left < 0:
                return day
            day = following
    except BeyondCalendar:
        return date.max


def _pauses(case: Case) -> tuple[Pause, ...]:
    """Return the intervals in which the clock stood, each with its reason from the step that stopped it."""
    reasons = [
        _REASON_OF[step.status] for step in case.steps if step.effect is Effect.MOVED and step.status in _REASON_OF
    ]
    return tuple(
        Pause(
            since=local_date(stop.from_ms),
            until=None if stop.until_ms is None else local_date(stop.until_ms),
            reason=reason,
        )
        for stop, reason in zip(case.stops, reasons, strict=True)
    )


def _extensions(case: Case) -> tuple[Extension, ...]:
    kind = Kind.DEADLINE_EXTENDED
    return tuple(
        Extension(
            until=field_of(FACTS[kind], "statutory_on", step.envelope.plain),
            explained_on=local_date(step.envelope.wall_ms),
        )
        for step in case.steps
        if step.envelope.kind == kind and step.effect is Effect.NOTED
    )
