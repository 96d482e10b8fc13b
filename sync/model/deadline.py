"""The clocks of a case: on which day each runs out, and how that day was counted.

Two clocks matter to the people: the agent's promise runs from taking in (收件), the statutory limit from
acceptance (受理). Waiting for a supplement, a suspension and steps that the law leaves out (行政许可法第四十五条)
stop the statutory clock; nothing stops the agent's promise. The other clocks time notices, supplements and
the delivery of results.

Rules, with their clauses:
- The day on which a clock starts is not counted (民法典第二百零一条); nor is the day on which a stopped clock
  goes on again, while the day on which it stops is.
- Working days leave out weekends and days off and take in worked weekends (行政许可法第八十二条; 调休).
- A limit in natural days that ends on a day off ends on the first working day after it (民法典第二百零三条).
- A limit is extended only if that was explained to the applicant before it ran out, on its last day at the latest.
- What the calendar pack does not cover is not guessed: `DeadlineUnknown`.

Every day from the start to the last day is in exactly one `Step`, so that the result can be explained.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from sync.model.working_calendar import ONE_DAY, BeyondCalendar, WorkingCalendar


class DayUnit(StrEnum):
    """What a limit counts."""

    WORKING = "working"  # 工作日
    NATURAL = "natural"  # 自然日


class Term(Struct, frozen=True):
    """A limit of `days`; 0 is finished on the spot (即办). Raises ValueError when negative."""

    days: int
    unit: DayUnit = DayUnit.WORKING

    def __post_init__(self) -> None:
        if self.days < 0:
            raise ValueError(f"a limit of {self.days} days")


NOTICE_TERM = Term(5)
"""行政许可法第三十二条: what is missing is told at once, within five days; later, the case counts as accepted."""

DELIVERY_TERM = Term(10)
"""行政许可法第四十四条: a decision is delivered within ten days."""


class CaseClock(StrEnum):
    """What is being timed."""

    PROMISE = "promise"  # the agent's, from taking in
    STATUTORY = "statutory"  # the county's, from acceptance
    NOTICE = "notice"  # 一次性告知, from the materials' arrival
    SUPPLEMENT = "supplement"  # the applicant's, from the request
    DELIVERY = "delivery"  # from the decision


class PauseReason(StrEnum):
    """Why the statutory clock stands."""

    SUPPLEMENT = "supplement"  # 等补正材料
    SUSPENSION = "suspension"  # 中止
    SPECIAL_STEP = "special_step"  # 听证、检验、鉴定、公示等特殊环节


class Pause(Struct, frozen=True):
    """The statutory clock stops at the end of `since` and goes on after `until`; None: it still stands."""

    since: date
    until: date | None
    reason: PauseReason

    def stops(self, day: date) -> bool:
        """Whether this day is left out of the count."""
        return self.since < day and (self.until is None or day <= self.until)


class Extension(Struct, frozen=True):
    """A limit moved out to `until`; `explained_on` is when the applicant was told why, None when never."""

    until: date
    explained_on: date | None


class ExtensionRefusal(StrEnum):
    """Why an extension does not count."""

    NOT_EXPLAINED = "not_explained"
    EXPLAINED_TOO_LATE = "explained_too_late"
    NOT_LATER = "not_later"


class StepKind(StrEnum):
    """What the days of a step are to the count."""

    START = "start"
    COUNTED = "counted"
    WORKED_WEEKEND = "worked_weekend"  # counted, by 调休
    DAY_OFF = "day_off"
    STOPPED = "stopped"
    ROLLED = "rolled"  # after the last natural day, up to a working day


_COUNTED = (StepKind.COUNTED, StepKind.WORKED_WEEKEND)


class Step(Struct, frozen=True):
    """Neighbouring days that are the same to the count, `first` to `last`, both included."""

    kind: StepKind
    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days the step has."""
        return (self.last - self.first).days + 1


class Deadline(Struct, frozen=True):
    """A clock that runs out at the end of `last_day`.

    `days` is the term with its extensions, of which `extended_days`; `refused` are the extensions without effect.
    """

    clock: CaseClock
    start: date
    term: Term
    days: int
    last_day: date
    steps: tuple[Step, ...]
    extended_days: int = 0
    refused: tuple[tuple[Extension, ExtensionRefusal], ...] = ()

    def days_in(self, *kinds: StepKind) -> int:
        """How many days of these kinds there are from the start to the last day."""
        return sum(step.days for step in self.steps if step.kind in kinds)


class ClockStopped(Struct, frozen=True):
    """A clock that stands now, since the end of `since`, with `days_left` of its unit to go."""

    clock: CaseClock
    start: date
    term: Term
    since: date
    reason: PauseReason
    days_left: int


class DeadlineUnknown(Struct, frozen=True):
    """A clock whose last day lies where the calendar pack knows nothing; it knows `known_from` to `known_until`."""

    clock: CaseClock
    start: date
    term: Term
    known_from: date
    known_until: date


Reckoning = Deadline | ClockStopped | DeadlineUnknown


def uncounted(clock: CaseClock, last_day: date, term: Term) -> Deadline:
    """A day that a record names, where the days up to it cannot be shown: no steps."""
    return Deadline(clock=clock, start=last_day, term=term, days=term.days, last_day=last_day, steps=())


def promise(
    taken_in_on: date, term: Term, calendar: WorkingCalendar, extensions: Sequence[Extension] = ()
) -> Reckoning:
    """The agent's promise, from the day of taking in. It takes no pauses: nothing stops it."""
    return _reckon(_Count(CaseClock.PROMISE, taken_in_on, term, calendar), extensions)


def statutory(
    accepted_on: date,
    term: Term,
    calendar: WorkingCalendar,
    pauses: Sequence[Pause] = (),
    extensions: Sequence[Extension] = (),
) -> Reckoning:
    """The statutory limit, from the day of acceptance."""
    return _reckon(_Count(CaseClock.STATUTORY, accepted_on, term, calendar, tuple(pauses)), extensions)


def notice(received_on: date, calendar: WorkingCalendar, term: Term = NOTICE_TERM) -> Reckoning:
    """Until when what is missing must be told; after it the case counts as accepted from `received_on`."""
    return _Count(CaseClock.NOTICE, received_on, term, calendar).run(term.days)


def supplement(notified_on: date, term: Term, calendar: WorkingCalendar) -> Reckoning:
    """Until when the applicant brings what was asked for; after it the application counts as withdrawn."""
    return _Count(CaseClock.SUPPLEMENT, notified_on, term, calendar).run(term.days)


def delivery(decided_on: date, calendar: WorkingCalendar, term: Term = DELIVERY_TERM) -> Reckoning:
    """Until when a decision must be in the applicant's hands."""
    return _Count(CaseClock.DELIVERY, decided_on, term, calendar).run(term.days)


class _Count(Struct, frozen=True):
    """One clock, ready to be run for any number of days."""

    clock: CaseClock
    start: date
    term: Term
    calendar: WorkingCalendar
    pauses: tuple[Pause, ...] = ()

    def run(self, days: int) -> Reckoning:
        """Count `days` of the term's unit from the day after the start."""
        if days > 0 and not self.calendar.covers(self.start):
            return self.unknown()
        steps = [Step(StepKind.START, self.start, self.start)]
        day, left = self.start, days
        try:
            while left > 0 or not self._may_end(day, days):
                day += ONE_DAY
                pause = next((pause for pause in self.pauses if pause.stops(day)), None)
                if pause is not None and pause.until is None:
                    return ClockStopped(self.clock, self.start, self.term, pause.since, pause.reason, left)
                kind = StepKind.STOPPED if pause else self._kind(day, left)
                left -= kind in _COUNTED
                _extend(steps, kind, day)
        except BeyondCalendar:
            return self.unknown()
        return Deadline(self.clock, self.start, self.term, days, day, tuple(steps))

    def unknown(self) -> DeadlineUnknown:
        """The result that names what the calendar does know."""
        known = self.calendar.first_day, self.calendar.last_day
        return DeadlineUnknown(self.clock, self.start, self.term, *known)

    def _kind(self, day: date, left: int) -> StepKind:
        worked = self.calendar.is_working(day)
        if self.term.unit is DayUnit.NATURAL:
            return StepKind.COUNTED if left > 0 else StepKind.ROLLED
        if not worked:
            return StepKind.DAY_OFF
        return StepKind.WORKED_WEEKEND if self.calendar.is_weekend(day) else StepKind.COUNTED

    def _may_end(self, day: date, days: int) -> bool:
        """Whether a count that is used up may end on `day`: on the spot, or on a working day that is not stopped."""
        if days == 0:
            return True
        return self.calendar.is_working(day) and not any(pause.stops(day) for pause in self.pauses)

    def days_until(self, extension: Extension, explained_on: date) -> int:
        """How long the limit is when it runs to `extension.until`, or to the first day after it that counts.

        Counted as things stood when it was explained, so that what stops the clock after that moves the
        extended limit too. Raises BeyondCalendar.
        """
        known = [
            Pause(pause.since, min(pause.until or explained_on, explained_on), pause.reason)
            for pause in self.pauses
            if pause.since < explained_on
        ]
        days, day, counts = 0, self.start, True
        while day < extension.until:
            day += ONE_DAY
            stopped = any(pause.stops(day) for pause in known)
            counts = not stopped and self._kind(day, left=1) in _COUNTED
            days += counts
        return days if counts else days + 1


def _reckon(count: _Count, extensions: Sequence[Extension]) -> Reckoning:
    """Run the clock with every extension that was explained before the limit in force then ran out."""
    days = count.term.days
    refused: list[tuple[Extension, ExtensionRefusal]] = []
    for extension in sorted(extensions, key=lambda each: each.explained_on or date.max):
        if extension.explained_on is None:
            refused.append((extension, ExtensionRefusal.NOT_EXPLAINED))
            continue
        in_force = count.run(days)
        if isinstance(in_force, Deadline) and in_force.last_day < extension.explained_on:
            refused.append((extension, ExtensionRefusal.EXPLAINED_TOO_LATE))
            continue
        try:
            longer = count.days_until(extension, extension.explained_on)
        except BeyondCalendar:
            return count.unknown()
        if longer > days and not _ends_alike(count.run(longer), in_force):
            days = longer
        else:
            refused.append((extension, ExtensionRefusal.NOT_LATER))
    reached = count.run(days)
    if isinstance(reached, Deadline):
        return replace(reached, extended_days=days - count.term.days, refused=tuple(refused))
    return reached


def _ends_alike(extended: Reckoning, in_force: Reckoning) -> bool:
    """Whether a longer limit runs out on the same day for all that, as two do that end on days off in a row."""
    if isinstance(extended, Deadline) and isinstance(in_force, Deadline):
        return extended.last_day == in_force.last_day
    return False


def _extend(steps: list[Step], kind: StepKind, day: date) -> None:
    last = steps[-1]
    if last.kind is kind:
        steps[-1] = Step(kind, last.first, day)
    else:
        steps.append(Step(kind, day, day))
