"""What the county may do with a case: commands in, facts out. Pure.

    facts = decide(case, command, circumstances)

`decide` says what happens, in facts; `evolve` says whether that may happen now, and is asked before anything is
written. So a rule about *when* a move is legal belongs in `sync.model.transitions`; a rule about *what* the county
has to give (reasons, a list, a day) belongs here, beside the command it is about.

To add something the county can do: a fact (`sync.model.facts`) with its row in the tables, a command here with its
branch in `decide`, the duties that may do it (`county.duties`) and its form (`county.console.forms`).
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from county.clocks import statutory_clock
from sync.model.case import Case
from sync.model.deadline import ClockStopped, Deadline, DeadlineUnknown, Term, statutory
from sync.model.facts import (
    Author,
    CaseAccepted,
    CaseClosed,
    CaseDecided,
    CaseNotAccepted,
    CaseResumed,
    CaseSuspended,
    CaseTerminated,
    DeadlineExtended,
    Fact,
    Kind,
    Outcome,
    ResultReady,
    SupplementRequired,
)
from sync.model.moment import local_date
from sync.model.transitions import NOTED, TRANSITIONS, Status
from sync.model.working_calendar import BeyondCalendar, WorkingCalendar

TEXT_CHARACTERS_MAX = 600
WANTED_MAX = 20


class CommandRefused(ValueError):
    """The county cannot do this, or not so. The message is in Chinese, for the clerk who asked."""


class ReasonsMissing(CommandRefused):
    """A move that the law wants reasoned came without reasons."""


class OutcomeMissing(CommandRefused):
    """A decision came without saying which way it goes; neither is ever assumed."""


class TextTooLong(CommandRefused):
    """A text is longer than a record and a slip have room for."""


class NothingWanted(CommandRefused):
    """A supplement was asked for without saying of what, or of too much at once."""


class DayImpossible(CommandRefused):
    """A day lies in the past, is no working day, or is beyond the calendar."""


class NotThisCase(CommandRefused):
    """The tables do not allow this now."""


class AcceptCase(Struct, frozen=True):
    """受理."""


class RefuseToAccept(Struct, frozen=True):
    """不予受理."""

    reasons: str


class RequireSupplement(Struct, frozen=True):
    """补正: everything that is still wanted, at once, and the last day for it."""

    wanted: tuple[str, ...]
    due: date
    note: str = ""


class SuspendCase(Struct, frozen=True):
    """中止."""

    reasons: str


class ResumeCase(Struct, frozen=True):
    """续办."""


class DecideCase(Struct, frozen=True):
    """The decision, reasoned whichever way it goes. `outcome` None: the clerk ticked neither."""

    outcome: Outcome | None
    reasons: str


class MarkReady(Struct, frozen=True):
    """The result can be fetched at the point."""

    result_name: str


class CloseCase(Struct, frozen=True):
    """办结归档."""


class TerminateCase(Struct, frozen=True):
    """终止."""

    reasons: str


class ExtendDeadline(Struct, frozen=True):
    """延长办理期限 to the end of `until`."""

    until: date
    reasons: str


Command = (
    AcceptCase
    | RefuseToAccept
    | RequireSupplement
    | SuspendCase
    | ResumeCase
    | DecideCase
    | MarkReady
    | CloseCase
    | TerminateCase
    | ExtendDeadline
)

FACT_OF: dict[type[Command], Kind] = {
    AcceptCase: Kind.CASE_ACCEPTED,
    RefuseToAccept: Kind.CASE_NOT_ACCEPTED,
    RequireSupplement: Kind.SUPPLEMENT_REQUIRED,
    SuspendCase: Kind.CASE_SUSPENDED,
    ResumeCase: Kind.CASE_RESUMED,
    DecideCase: Kind.CASE_DECIDED,
    MarkReady: Kind.RESULT_READY,
    CloseCase: Kind.CASE_CLOSED,
    TerminateCase: Kind.CASE_TERMINATED,
    ExtendDeadline: Kind.DEADLINE_EXTENDED,
}


class Circumstances(Struct, frozen=True):
    """What a decision depends on besides the case.

    Attributes:
        now_ms: milliseconds since 1970 UTC.
        calendar: which days are worked.
        handler: who acts, as the applicant may read it (department and name).
        legal_limit: the item's statutory limit, None where the law sets none.
        extension_days_max: by how many working days a limit may be extended.
    """

    now_ms: int
    calendar: WorkingCalendar
    handler: str
    legal_limit: Term | None
    extension_days_max: int


def allowed(case: Case) -> frozenset[type[Command]]:
    """Return the commands that the tables allow the county now."""
    return frozenset(command for command, kind in FACT_OF.items() if _may_happen(case, kind))


def _may_happen(case: Case, kind: Kind) -> bool:
    if kind in NOTED:
        return case.status is Status.ACCEPTED and NOTED[kind].author(case.role) is Author.COUNTY
    row = TRANSITIONS.get((case.status, kind))
    return row is not None and row[1].author(case.role) is Author.COUNTY


def decide(case: Case, command: Command, circumstances: Circumstances) -> tuple[Fact, ...]:
    """Return the facts of a command. Each names the newest fact of the point that the county has folded.

    Raises:
        CommandRefused: what the command gives is not enough, or the case does not allow it; the subclass says which.
    """
    if type(command) not in allowed(case):
        raise NotThisCase("这件事现在不能这样办：可能刚刚有了新的情况，请看一看最新的经过。")
    return (_fact(case, command, circumstances),)


def _fact(case: Case, command: Command, circumstances: Circumstances) -> Fact:
    chain, seq = case.seen(Author.TERMINAL)
    handler = circumstances.handler
    match command:
        case AcceptCase():
            day = _statutory_day(circumstances)
            return CaseAccepted(seen_chain=chain, seen_seq=seq, statutory_on=day, handler=handler)
        case RefuseToAccept(given):
            return CaseNotAccepted(seen_chain=chain, seen_seq=seq, reasons=_reasons(given), handler=handler)
        case RequireSupplement(given_wanted, due, note):
            return SupplementRequired(
                seen_chain=chain,
                seen_seq=seq,
                due=_future_working_day(due, circumstances),
                wanted=_wanted(given_wanted),
                note=_short(note.strip()),
                handler=handler,
            )
        case SuspendCase(given):
            return CaseSuspended(seen_chain=chain, seen_seq=seq, reasons=_reasons(given), handler=handler)
        case ResumeCase():
            return CaseResumed(seen_chain=chain, seen_seq=seq, handler=handler)
        case DecideCase(outcome, given):
            if outcome is None:
                raise OutcomeMissing("请选一项：同意，还是不同意。")
            reasons = _reasons(given)
            return CaseDecided(seen_chain=chain, seen_seq=seq, outcome=outcome, reasons=reasons, handler=handler)
        case MarkReady(name):
            return ResultReady(seen_chain=chain, seen_seq=seq, result_name=_result_name(name), handler=handler)
        case CloseCase():
            return CaseClosed(seen_chain=chain, seen_seq=seq)
        case TerminateCase(given):
            return CaseTerminated(seen_chain=chain, seen_seq=seq, reasons=_reasons(given), handler=handler)
        case ExtendDeadline(until, given):
            day = _extended_day(case, until, circumstances)
            return DeadlineExtended(statutory_on=day, reasons=_reasons(given), handler=handler)


def _statutory_day(circumstances: Circumstances) -> date | None:
    """Return the last day of the statutory limit; None where there is none or the calendar does not reach it."""
    if circumstances.legal_limit is None:
        return None
    reckoned = statutory(local_date(circumstances.now_ms), circumstances.legal_limit, circumstances.calendar)
    return reckoned.last_day if isinstance(reckoned, Deadline) else None


def _reasons(given: str) -> str:
    reasons = given.strip()
    if not reasons:
        raise ReasonsMissing("请写明理由。这样办必须说明理由，申请人有权知道为什么。")
    return _short(reasons)


def _result_name(given: str) -> str:
    name = given.strip()
    if not name:
        raise ReasonsMissing("请写明办好的结果叫什么，例如“高龄津贴发放通知书”。")
    return _short(name)


def _short(text: str) -> str:
    if len(text) > TEXT_CHARACTERS_MAX:
        raise TextTooLong(f"最多写 {TEXT_CHARACTERS_MAX} 个字，现在是 {len(text)} 个。")
    return text


def _wanted(given: tuple[str, ...]) -> tuple[str, ...]:
    wanted = tuple(_short(line.strip()) for line in given if line.strip())
    if not wanted:
        raise NothingWanted("请一次性写清还缺哪些材料，一行一样。")
    if len(wanted) > WANTED_MAX:
        raise NothingWanted(f"一次最多要 {WANTED_MAX} 样材料。")
    return wanted


def _future_working_day(day: date, circumstances: Circumstances) -> date:
    if day <= local_date(circumstances.now_ms):
        raise DayImpossible("日期要在今天以后。")
    try:
        works = circumstances.calendar.is_working(day)
    except BeyondCalendar as beyond:
        raise DayImpossible(f"工作日历只到 {beyond.last_day}，那一天上不上班还不知道。") from beyond
    if not works:
        raise DayImpossible(f"{day} 不上班，请换一个工作日。")
    return day


def _extended_day(case: Case, until: date, circumstances: Circumstances) -> date:
    """Return the new last day. An extension after the limit ran out, or not beyond it, would be no extension."""
    limit, calendar = circumstances.legal_limit, circumstances.calendar
    running = None if limit is None else statutory_clock(case, limit, calendar)
    match running:
        case None:
            raise NotThisCase("这个事项没有法定期限，不用延期。")
        case ClockStopped() | DeadlineUnknown():
            raise DayImpossible(f"工作日历只到 {calendar.last_day}，期限算不出来。请先发布新的日历。")
    if local_date(circumstances.now_ms) > running.last_day:
        raise NotThisCase("期限已经过了，不能再延期。请尽快办结，并向申请人说明。")
    day = _future_working_day(until, circumstances)
    if day <= running.last_day:
        raise DayImpossible(f"现在的期限是 {running.last_day}，延期要比它晚。")
    if calendar.working_days_between(running.last_day, day) > circumstances.extension_days_max:
        raise DayImpossible(f"最多延长 {circumstances.extension_days_max} 个工作日。")
    return day
