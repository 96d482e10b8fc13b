"""The clocks of a case in words and lights, for screens and slips."""

from __future__ import annotations

from kiosk.context import Context
from kiosk.pages import LightView
from kiosk.phrases import day, deadlines_of
from kiosk.projections.cases import CaseRow
from kiosk.views import Level
from sync.model.case import Case, Effect
from sync.model.deadline import CaseClock, Deadline, Extension, Reckoning, Term, promise, uncounted
from sync.model.deadline_words import in_words
from sync.model.light import Light, LightReading, Standing, light_until
from sync.model.moment import local_date
from sync.model.transitions import ENDS, Status

LEVELS = {Light.NORMAL: Level.GOOD, Light.NOTICE: Level.NOTICE, Light.WARN: Level.WARN, Light.BAD: Level.BAD}
DONE = frozenset({Status.READY, Status.DELIVERED, Status.CLOSED, Status.DECIDED})
SETTLED = DONE | ENDS
"""From here on nobody waits for the promised day any more."""


def promise_of(context: Context, case: Case) -> Reckoning | None:
    """Reckon the agent's promise anew, with its steps; None before the case was taken in.

    A clock that had died counts from another day than its record shows: then the day that was promised is all there is.
    """
    if case.taken_in_ms is None:
        return None
    extensions = tuple(Extension(until=new_day, explained_on=on) for on, new_day in case.explained)
    term = Term(case.promise_days)
    reckoned = promise(local_date(case.taken_in_ms), term, context.packs.working_days, extensions)
    if case.promised_on is None or (isinstance(reckoned, Deadline) and reckoned.last_day == case.promised_on):
        return reckoned
    return uncounted(CaseClock.PROMISE, case.promised_on, term)


def promise_words(context: Context, case: Case) -> str:
    """Return the promise with its explanation, "" before the case was taken in."""
    reckoned = promise_of(context, case)
    return in_words(reckoned, deadlines_of(context.session.language)) if reckoned is not None else ""


def when_words(context: Context, case: Case) -> tuple[str, str]:
    """Return until when a case is to be done, or, once it is decided or over, since when it is: label and words.

    A promise that nobody waits for any more is not shown: it would read as if something were still to come.
    """
    tr = context.tr
    labels = {
        Status.DECIDED: tr("决定日期"),
        Status.READY: tr("决定日期"),
        Status.DELIVERED: tr("决定日期"),
        Status.CLOSED: tr("办结日期"),
        Status.NOT_ACCEPTED: tr("不予受理日期"),
        Status.WITHDRAWN: tr("撤回日期"),
        Status.TERMINATED: tr("终止日期"),
    }
    since_ms = case.ended_ms if case.over else _decided_ms(case)
    if case.status not in SETTLED or since_ms is None:
        return tr("办结时间"), promise_words(context, case)
    return labels[case.status], day(context.session.language, local_date(since_ms))


def _decided_ms(case: Case) -> int | None:
    moves = (step for step in case.steps if step.effect is Effect.MOVED and step.status in DONE)
    return next((step.envelope.wall_ms for step in moves), None)


def light_of(context: Context, row: CaseRow) -> LightView:
    """Return the light of a case: how near its promise is to running out, or how it ended."""
    tr = context.tr
    plain = {
        Status.AWAITING_MATERIALS: LightView(Level.NEUTRAL, tr("等材料")),
        Status.WITHDRAWN: LightView(Level.NEUTRAL, tr("已撤回")),
        Status.NOT_ACCEPTED: LightView(Level.BAD, tr("不予受理")),
        Status.TERMINATED: LightView(Level.BAD, tr("已终止")),
    }
    if row.status in plain:
        return plain[row.status]
    if row.status in DONE:
        return LightView(Level.GOOD, tr("已办好") if row.status is not Status.CLOSED else tr("已办结"))
    if row.promised_on is None or row.taken_in_ms is None:
        return LightView(Level.NEUTRAL, tr("期限待定"))
    reading = light_until(
        row.promised_on,
        local_date(row.taken_in_ms),
        context.today,
        context.packs.working_days,
        context.packs.profile.lights,
    )
    return LightView(LEVELS[reading.light], light_words(context, reading))


def light_words(context: Context, reading: LightReading) -> str:
    """Return the words beside a light, short enough for a badge."""
    tr = context.tr
    short = {
        Standing.TIME_LEFT: tr("剩 {n} 天"),
        Standing.LAST_DAY: tr("今天到期"),
        Standing.OVERDUE: tr("超期 {n} 天"),
        Standing.STOPPED: tr("暂停计时"),
        Standing.UNKNOWN: tr("期限待定"),
    }
    return short[reading.standing].format(n=reading.days)
