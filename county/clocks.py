"""The clocks of a case as the county reads them, and the light that they show. Pure.

Thresholds of the lights come from the profile; the counting is `sync.model.deadline`. A county rule about time
(another clock, a step that stops one) goes here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sync.model.case import Case, Effect
from sync.model.deadline import Extension, Pause, PauseReason, Reckoning, Term, delivery, promise, statutory
from sync.model.facts import FACTS, Kind
from sync.model.light import Light, LightReading, LightRule, Standing, read_light
from sync.model.moment import local_date
from sync.model.plain import field_of
from sync.model.transitions import Status
from sync.model.working_calendar import WorkingCalendar

_SEVERITY = (Light.NORMAL, Light.NOTICE, Light.WARN, Light.BAD)
_REASON_OF = {
    Status.SUPPLEMENT_REQUIRED: PauseReason.SUPPLEMENT,
    Status.SUSPENDED: PauseReason.SUSPENSION,
}
_DECIDED = frozenset({Status.DECIDED, Status.READY})


@dataclass(frozen=True, slots=True)
class ClockReading:
    """A clock, how it was counted, and its light today."""

    reckoning: Reckoning
    light: LightReading


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks of a case today; None where one does not run, or the law sets none.

    Until the decision the agent's promise and the county's limit run; from then on the time for delivery.
    """

    promise: ClockReading | None = None
    statutory: ClockReading | None = None
    delivery: ClockReading | None = None

    @property
    def running(self) -> tuple[ClockReading, ...]:
        """The clocks that run, the county's own first."""
        return tuple(each for each in (self.statutory, self.promise, self.delivery) if each is not None)

    @property
    def worst(self) -> ClockReading | None:
        """The clock that is nearest to running out; of two alike the county's own."""
        return max(self.running, key=_urgency, default=None)


def _urgency(reading: ClockReading) -> tuple[int, int]:
    light = reading.light
    stopped = light.standing in (Standing.STOPPED, Standing.UNKNOWN)
    days = light.days if light.standing is Standing.OVERDUE else -light.days
    return _SEVERITY.index(light.light), -10_000 if stopped else days


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


def read_clocks(case: Case, limit: Term | None, calendar: WorkingCalendar, rule: LightRule, today: date) -> Clocks:
    """Read the clocks of a case that run today."""

    def reading(reckoned: Reckoning | None) -> ClockReading | None:
        return None if reckoned is None else ClockReading(reckoned, read_light(reckoned, today, calendar, rule))

    if case.over or case.status is Status.DELIVERED:
        return Clocks()
    if case.status in _DECIDED:
        return Clocks(delivery=reading(delivery_clock(case, calendar)))
    return Clocks(
        promise=reading(promise_clock(case, calendar)),
        statutory=reading(None if limit is None else statutory_clock(case, limit, calendar)),
    )


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
