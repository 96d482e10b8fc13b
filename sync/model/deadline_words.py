"""Deadlines and lights in words: the Chinese ones are here, other languages bring `DeadlinePhrases` of their own.

最迟11月30日办结（11月23日收件，次日起算，5个工作日，周末和节假日不算）
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from sync.model.deadline import (
    CaseClock,
    ClockStopped,
    DayUnit,
    Deadline,
    DeadlineUnknown,
    PauseReason,
    Reckoning,
    StepKind,
)
from sync.model.light import LightReading, Standing
from sync.model.moment import DATES_ZH, DatePhrases, day_in_words
from sync.model.working_calendar import ONE_DAY


class DeadlinePhrases(Struct, frozen=True):
    """Templates of one language; {day} is a date in words, {n} a number of days.

    `last_day` and `started` are by clock, `days` and `extended` by unit, `waiting` by the reason of a pause,
    `overdue` by clock: it says what follows. `both` joins a headline and its explanation.
    """

    dates: DatePhrases
    last_day: Mapping[CaseClock, str]
    started: Mapping[CaseClock, str]
    from_next_day: str
    on_the_spot: str
    days: Mapping[DayUnit, str]
    extended: Mapping[DayUnit, str]
    days_off_not_counted: str
    worked_weekend: str
    stopped: str
    rolled: str
    clock_stands: str
    waiting: Mapping[PauseReason, str]
    unknown: str
    calendar_ends: str
    left: str
    last_day_today: str
    overdue: Mapping[CaseClock, str]
    light_stopped: str
    light_unknown: str
    separator: str
    list_separator: str
    both: str


PHRASES_ZH = DeadlinePhrases(
    dates=DATES_ZH,
    last_day=MappingProxyType(
        {
            CaseClock.PROMISE: "最迟{day}办结",
            CaseClock.STATUTORY: "法定最迟{day}办结",
            CaseClock.NOTICE: "最迟{day}一次性告知",
            CaseClock.SUPPLEMENT: "最迟{day}补齐材料",
            CaseClock.DELIVERY: "最迟{day}送达",
        }
    ),
    started=MappingProxyType(
        {
            CaseClock.PROMISE: "{day}收件",
            CaseClock.STATUTORY: "{day}受理",
            CaseClock.NOTICE: "{day}收到材料",
            CaseClock.SUPPLEMENT: "{day}通知补正",
            CaseClock.DELIVERY: "{day}作出决定",
        }
    ),
    from_next_day="次日起算",
    on_the_spot="当场办理",
    days=MappingProxyType({DayUnit.WORKING: "{n}个工作日", DayUnit.NATURAL: "{n}天"}),
    extended=MappingProxyType({DayUnit.WORKING: "其中延长{n}个工作日", DayUnit.NATURAL: "其中延长{n}天"}),
    days_off_not_counted="周末和节假日不算",
    worked_weekend="{day}调休上班照算",
    stopped="暂停计时的{n}天不算",
    rolled="最后一天逢休息日，顺延到上班第一天",
    clock_stands="暂停计时，还剩{left}（{day}起{reason}）",
    waiting=MappingProxyType(
        {
            PauseReason.SUPPLEMENT: "等补正材料",
            PauseReason.SUSPENSION: "中止办理",
            PauseReason.SPECIAL_STEP: "进行不计时限的环节",
        }
    ),
    unknown="办结日期暂时算不出",
    calendar_ends="工作日历只到{day}",
    left="还剩{n}个工作日",
    last_day_today="今天到期",
    overdue=MappingProxyType(
        {
            CaseClock.PROMISE: "已超期{n}天",
            CaseClock.STATUTORY: "已超期{n}天",
            CaseClock.NOTICE: "超期{n}天未告知，自收到材料之日起视为受理",
            CaseClock.SUPPLEMENT: "超期{n}天未补正，可视为撤回申请",
            CaseClock.DELIVERY: "超期{n}天未送达",
        }
    ),
    light_stopped="暂停计时",
    light_unknown="期限待定",
    separator="，",
    list_separator="、",
    both="{headline}（{explanation}）",
)


def in_words(reckoning: Reckoning, phrases: DeadlinePhrases = PHRASES_ZH) -> str:
    """Headline and explanation together. Years are said when the clock runs from one year into another."""
    explained = explanation(reckoning, phrases)
    if not explained:
        return headline(reckoning, phrases)
    return phrases.both.format(headline=headline(reckoning, phrases), explanation=explained)


def headline(reckoning: Reckoning, phrases: DeadlinePhrases = PHRASES_ZH) -> str:
    """What counts, in one breath: 最迟11月30日办结."""
    if isinstance(reckoning, DeadlineUnknown):
        return phrases.unknown
    if isinstance(reckoning, ClockStopped):
        return phrases.clock_stands.format(
            left=phrases.days[reckoning.term.unit].format(n=reckoning.days_left),
            day=day_in_words(reckoning.since, phrases.dates),
            reason=phrases.waiting[reckoning.reason],
        )
    day = day_in_words(reckoning.last_day, phrases.dates, with_year=_crosses_years(reckoning))
    return phrases.last_day[reckoning.clock].format(day=day)


def explanation(reckoning: Reckoning, phrases: DeadlinePhrases = PHRASES_ZH) -> str:
    """How it was counted: 11月23日收件，次日起算，5个工作日，周末和节假日不算. Empty for a clock that stands, and
    where a record names the day alone.
    """
    if isinstance(reckoning, ClockStopped) or (isinstance(reckoning, Deadline) and not reckoning.steps):
        return ""
    if isinstance(reckoning, DeadlineUnknown):
        known_until = day_in_words(reckoning.known_until, phrases.dates, with_year=True)
        return phrases.calendar_ends.format(day=known_until)
    return phrases.separator.join(_counting(reckoning, phrases))


def _counting(deadline: Deadline, phrases: DeadlinePhrases) -> list[str]:
    unit = deadline.term.unit
    start = day_in_words(deadline.start, phrases.dates, with_year=_crosses_years(deadline))
    clauses = [phrases.started[deadline.clock].format(day=start)]
    if deadline.days == 0:
        return [*clauses, phrases.on_the_spot]
    clauses += [phrases.from_next_day, phrases.days[unit].format(n=deadline.days)]
    if deadline.extended_days:
        clauses.append(phrases.extended[unit].format(n=deadline.extended_days))
    if unit is DayUnit.WORKING:
        clauses.append(phrases.days_off_not_counted)
    worked = [
        day_in_words(step.first + n * ONE_DAY, phrases.dates)
        for step in deadline.steps
        if step.kind is StepKind.WORKED_WEEKEND
        for n in range(step.days)
    ]
    if worked:
        clauses.append(phrases.worked_weekend.format(day=phrases.list_separator.join(worked)))
    stopped = deadline.days_in(StepKind.STOPPED)
    if stopped:
        clauses.append(phrases.stopped.format(n=stopped))
    if deadline.days_in(StepKind.ROLLED):
        clauses.append(phrases.rolled)
    return clauses


def _crosses_years(deadline: Deadline) -> bool:
    return deadline.last_day.year != deadline.start.year


def light_in_words(
    reading: LightReading, clock: CaseClock = CaseClock.PROMISE, phrases: DeadlinePhrases = PHRASES_ZH
) -> str:
    """The words beside a light: 还剩8个工作日, 今天到期, 已超期3天; for a notice or a supplement, what follows."""
    match reading.standing:
        case Standing.TIME_LEFT:
            return phrases.left.format(n=reading.days)
        case Standing.LAST_DAY:
            return phrases.last_day_today
        case Standing.OVERDUE:
            return phrases.overdue[clock].format(n=reading.days)
        case Standing.STOPPED:
            return phrases.light_stopped
        case Standing.UNKNOWN:
            return phrases.light_unknown
