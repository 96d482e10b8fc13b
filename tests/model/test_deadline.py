from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.deadline import (
    CaseClock,
    ClockStopped,
    DayUnit,
    Deadline,
    DeadlineUnknown,
    Extension,
    ExtensionRefusal,
    Pause,
    PauseReason,
    Reckoning,
    Step,
    StepKind,
    Term,
    delivery,
    notice,
    promise,
    statutory,
    supplement,
)
from tests.model.calendar_2026 import ALL_DAYS, CALENDAR, DAYS_OFF, WORKED_WEEKENDS, days

MONDAY = date(2026, 11, 23)
WAITING = PauseReason.SUPPLEMENT


def day(month: int, number: int) -> date:
    return date(2026, month, number)


def reached(reckoning: Reckoning) -> Deadline:
    assert isinstance(reckoning, Deadline), reckoning
    return reckoning


def oracle(start: date, term: Term, pauses: Sequence[Pause] = ()) -> date | None:
    """The last day by lists instead of a walk; None beyond the calendar. Every pause is closed."""
    stopped = {each for pause in pauses for each in days(pause.since, pause.until or date.max)[1:]}
    open_days = [each for each in ALL_DAYS if (each.weekday() < 5 and each not in DAYS_OFF) or each in WORKED_WEEKENDS]
    running = [each for each in ALL_DAYS if each > start and each not in stopped]
    counted = [each for each in running if each in open_days] if term.unit is DayUnit.WORKING else running
    if len(counted) < term.days:
        return None
    ends = [each for each in running if each >= counted[term.days - 1] and each in open_days]
    return ends[0] if ends else None


starts = st.sampled_from(ALL_DAYS)
terms = st.builds(Term, st.integers(1, 70), st.sampled_from(DayUnit))


@st.composite
def closed_pauses(draw: st.DrawFn) -> list[Pause]:
    first = draw(st.lists(st.tuples(starts, st.integers(0, 20), st.sampled_from(PauseReason)), max_size=4))
    return [Pause(since, min(since + timedelta(days=n), day(12, 31)), reason) for since, n, reason in first]


# --- the promise --------------------------------------------------------------------------------------------------


def test_taken_in_on_monday_five_working_days_end_on_the_next_monday() -> None:
    promised = reached(promise(MONDAY, Term(5), CALENDAR))
    assert promised.last_day == day(11, 30)
    assert promised.steps == (
        Step(StepKind.START, MONDAY, MONDAY),
        Step(StepKind.COUNTED, day(11, 24), day(11, 27)),
        Step(StepKind.DAY_OFF, day(11, 28), day(11, 29)),
        Step(StepKind.COUNTED, day(11, 30), day(11, 30)),
    )


@pytest.mark.parametrize(
    ("taken_in", "last"),
    [
        (day(2, 13), day(2, 27)),  # before the Spring Festival: 02-14 worked, 02-15..23 off
        (day(2, 14), day(2, 28)),  # 02-28 is a worked Saturday
        (day(9, 18), day(9, 24)),  # 09-20 is a worked Sunday
        (day(9, 30), day(10, 13)),  # 10-01..07 off, 10-10 worked, 10-11 not
        (day(10, 3), day(10, 13)),  # taken in on a holiday
        (day(4, 30), day(5, 11)),
    ],
)
def test_five_working_days_across_the_holidays_of_2026(taken_in: date, last: date) -> None:
    assert reached(promise(taken_in, Term(5), CALENDAR)).last_day == last


def test_worked_weekends_are_counted_and_named() -> None:
    promised = reached(promise(day(9, 30), Term(5), CALENDAR))
    assert Step(StepKind.WORKED_WEEKEND, day(10, 10), day(10, 10)) in promised.steps


def test_an_item_done_on_the_spot_ends_on_its_own_day_even_on_a_holiday() -> None:
    for start in (MONDAY, day(10, 3)):
        done = reached(promise(start, Term(0), CALENDAR))
        assert done.last_day == start
        assert done.steps == (Step(StepKind.START, start, start),)


def test_a_limit_cannot_be_negative() -> None:
    with pytest.raises(ValueError, match="-1 days"):
        Term(-1)


# --- natural days -------------------------------------------------------------------------------------------------


def test_a_natural_limit_that_ends_on_a_holiday_ends_on_the_first_working_day_after_it() -> None:
    answered = reached(supplement(day(9, 18), Term(15, DayUnit.NATURAL), CALENDAR))
    assert answered.last_day == day(10, 8)
    assert answered.steps[1:] == (
        Step(StepKind.COUNTED, day(9, 19), day(10, 3)),
        Step(StepKind.ROLLED, day(10, 4), day(10, 8)),
    )


def test_a_natural_limit_that_ends_on_a_worked_saturday_ends_there() -> None:
    answered = reached(supplement(day(2, 18), Term(10, DayUnit.NATURAL), CALENDAR))
    assert answered.last_day == day(2, 28)
    assert answered.days_in(StepKind.ROLLED) == 0


# --- the oracle ---------------------------------------------------------------------------------------------------


@given(starts, terms, closed_pauses())
def test_the_last_day_is_that_of_the_list_of_days(start: date, term: Term, pauses: list[Pause]) -> None:
    reckoning = statutory(start, term, CALENDAR, pauses)
    expected = oracle(start, term, pauses)
    if expected is None:
        assert reckoning == DeadlineUnknown(CaseClock.STATUTORY, start, term, day(1, 1), day(12, 31))
    else:
        assert reached(reckoning).last_day == expected


@given(starts, terms, closed_pauses())
def test_every_day_is_explained_exactly_once(start: date, term: Term, pauses: list[Pause]) -> None:
    reckoning = statutory(start, term, CALENDAR, pauses)
    if not isinstance(reckoning, Deadline):
        return
    explained = [each for step in reckoning.steps for each in days(step.first, step.last)]
    assert explained == days(start, reckoning.last_day)
    assert reckoning.days_in(StepKind.COUNTED, StepKind.WORKED_WEEKEND) == term.days
    assert all(
        before.kind is not after.kind for before, after in zip(reckoning.steps, reckoning.steps[1:], strict=False)
    )


@given(starts, st.integers(1, 70), closed_pauses())
def test_every_counted_working_day_is_worked_and_the_clock_ran_on_it(
    start: date, count: int, pauses: list[Pause]
) -> None:
    reckoning = statutory(start, Term(count), CALENDAR, pauses)
    if not isinstance(reckoning, Deadline):
        return
    for step in reckoning.steps:
        for each in days(step.first, step.last):
            stopped = any(pause.since < each <= (pause.until or each) for pause in pauses)
            if step.kind in (StepKind.COUNTED, StepKind.WORKED_WEEKEND):
                assert CALENDAR.is_working(each)
                assert not stopped
                assert (step.kind is StepKind.WORKED_WEEKEND) == (each in WORKED_WEEKENDS)
            elif step.kind is StepKind.DAY_OFF:
                assert not CALENDAR.is_working(each)
            else:
                assert stopped or each == start


@given(starts, terms)
def test_who_comes_a_day_later_is_never_done_earlier(start: date, term: Term) -> None:
    today, tomorrow = promise(start, term, CALENDAR), promise(start + timedelta(days=1), term, CALENDAR)
    if isinstance(today, Deadline) and isinstance(tomorrow, Deadline):
        assert today.last_day <= tomorrow.last_day
    assert isinstance(today, Deadline) or isinstance(tomorrow, DeadlineUnknown)


@given(starts, terms)
def test_a_longer_limit_never_ends_earlier(start: date, term: Term) -> None:
    longer = promise(start, Term(term.days + 1, term.unit), CALENDAR)
    if isinstance(longer, Deadline):
        assert longer.last_day >= reached(promise(start, term, CALENDAR)).last_day


# --- the clock that stops -----------------------------------------------------------------------------------------


def test_waiting_for_a_supplement_stops_the_statutory_clock_and_not_the_promise() -> None:
    waiting = [Pause(day(11, 25), day(11, 30), WAITING)]
    assert reached(statutory(MONDAY, Term(5), CALENDAR)).last_day == day(11, 30)
    # Tuesday and Wednesday count, then it stands until Monday the 30th; three more days follow.
    held = reached(statutory(MONDAY, Term(5), CALENDAR, waiting))
    assert held.last_day == day(12, 3)
    assert held.days_in(StepKind.STOPPED) == 5
    assert reached(promise(MONDAY, Term(5), CALENDAR)).last_day == day(11, 30)


def test_while_the_clock_stands_no_last_day_is_said_but_the_days_left_are() -> None:
    standing = statutory(MONDAY, Term(5), CALENDAR, [Pause(day(11, 25), None, WAITING)])
    assert standing == ClockStopped(CaseClock.STATUTORY, MONDAY, Term(5), day(11, 25), WAITING, days_left=3)


def test_a_clock_that_ran_out_is_not_brought_back_by_stopping_it() -> None:
    late = statutory(MONDAY, Term(5), CALENDAR, [Pause(day(11, 30), None, WAITING)])
    assert reached(late).last_day == day(11, 30)


def test_a_clock_that_stops_on_the_day_it_starts_keeps_all_its_days() -> None:
    standing = statutory(MONDAY, Term(5), CALENDAR, [Pause(MONDAY, None, PauseReason.SUSPENSION)])
    assert isinstance(standing, ClockStopped)
    assert standing.days_left == 5


def test_materials_brought_on_the_day_they_were_asked_for_cost_nothing() -> None:
    same_day = [Pause(day(11, 25), day(11, 25), WAITING)]
    assert statutory(MONDAY, Term(5), CALENDAR, same_day) == statutory(MONDAY, Term(5), CALENDAR)


@given(starts, terms, closed_pauses())
def test_a_pause_never_brings_the_last_day_forward(start: date, term: Term, pauses: list[Pause]) -> None:
    held, free = statutory(start, term, CALENDAR, pauses), statutory(start, term, CALENDAR)
    if isinstance(held, Deadline):
        assert held.last_day >= reached(free).last_day


@given(starts, terms, starts)
def test_the_clock_stands_exactly_if_it_was_stopped_before_it_ran_out(start: date, term: Term, since: date) -> None:
    reckoning = statutory(start, term, CALENDAR, [Pause(since, None, WAITING)])
    free = oracle(start, term)
    if isinstance(reckoning, ClockStopped):
        assert free is None or free > since
    elif free is not None:
        assert reached(reckoning).last_day == free <= since


# --- extensions ---------------------------------------------------------------------------------------------------


def test_a_delay_explained_on_the_last_day_still_extends_the_promise() -> None:
    extended = reached(promise(MONDAY, Term(5), CALENDAR, [Extension(day(12, 3), explained_on=day(11, 30))]))
    assert extended.last_day == day(12, 3)
    assert (extended.days, extended.extended_days, extended.refused) == (8, 3, ())


def test_a_delay_explained_a_day_after_does_not() -> None:
    late = Extension(day(12, 3), explained_on=day(12, 1))
    promised = reached(promise(MONDAY, Term(5), CALENDAR, [late]))
    assert promised.last_day == day(11, 30)
    assert promised.extended_days == 0
    assert promised.refused == ((late, ExtensionRefusal.EXPLAINED_TOO_LATE),)


def test_a_delay_that_nobody_explained_does_not_count() -> None:
    silent = Extension(day(12, 3), explained_on=None)
    promised = reached(promise(MONDAY, Term(5), CALENDAR, [silent]))
    assert promised.last_day == day(11, 30)
    assert promised.refused == ((silent, ExtensionRefusal.NOT_EXPLAINED),)


@pytest.mark.parametrize("until", [day(11, 30), day(11, 29), day(11, 1)])
def test_an_extension_to_a_day_that_is_not_later_changes_nothing(until: date) -> None:
    useless = Extension(until, explained_on=day(11, 24))
    promised = reached(promise(MONDAY, Term(5), CALENDAR, [useless]))
    assert promised.last_day == day(11, 30)
    assert promised.refused == ((useless, ExtensionRefusal.NOT_LATER),)


def test_a_second_extension_counts_if_it_was_explained_before_the_first_ran_out() -> None:
    first, second = Extension(day(12, 3), day(11, 26)), Extension(day(12, 8), day(12, 3))
    too_late = Extension(day(12, 20), day(12, 9))
    promised = reached(promise(MONDAY, Term(5), CALENDAR, [too_late, second, first]))
    assert promised.last_day == day(12, 8)
    assert promised.refused == ((too_late, ExtensionRefusal.EXPLAINED_TOO_LATE),)


@pytest.mark.parametrize("unit", DayUnit)
def test_an_extension_to_a_holiday_ends_on_the_working_day_after_it(unit: DayUnit) -> None:
    extended = reached(promise(day(9, 18), Term(3, unit), CALENDAR, [Extension(day(10, 4), day(9, 21))]))
    assert extended.last_day == day(10, 8)


def test_stopping_the_clock_after_the_extension_moves_the_extended_day_too() -> None:
    extension = Extension(day(12, 4), explained_on=day(11, 26))
    assert reached(statutory(MONDAY, Term(5), CALENDAR, [], [extension])).last_day == day(12, 4)
    held = statutory(MONDAY, Term(5), CALENDAR, [Pause(day(11, 26), day(11, 30), WAITING)], [extension])
    # Friday and Monday were lost after the new day had been set.
    assert reached(held).last_day == day(12, 8)


def test_a_pause_before_the_extension_was_known_when_the_new_day_was_set() -> None:
    extension = Extension(day(12, 10), explained_on=day(12, 1))
    held = statutory(MONDAY, Term(5), CALENDAR, [Pause(day(11, 24), day(11, 30), WAITING)], [extension])
    assert reached(held).last_day == day(12, 10)


def test_an_extension_to_a_day_that_the_calendar_does_not_know_is_not_guessed() -> None:
    unknown = promise(day(12, 21), Term(5), CALENDAR, [Extension(date(2027, 1, 8), day(12, 22))])
    assert isinstance(unknown, DeadlineUnknown)


@given(starts, terms, starts, starts)
def test_an_extension_to_a_later_working_day_ends_there(start: date, term: Term, until: date, explained: date) -> None:
    free = promise(start, term, CALENDAR)
    extended = promise(start, term, CALENDAR, [Extension(until, explained)])
    if not isinstance(free, Deadline):
        assert isinstance(extended, DeadlineUnknown)
    elif explained > free.last_day or until <= free.last_day:
        assert reached(extended).last_day == free.last_day
        assert len(reached(extended).refused) == 1
    elif CALENDAR.is_working(until):
        assert reached(extended).last_day == until


# --- the end of the calendar --------------------------------------------------------------------------------------


def test_beyond_the_calendar_no_day_is_guessed() -> None:
    term = Term(5)
    assert reached(promise(day(12, 24), term, CALENDAR)).last_day == day(12, 31)
    assert promise(day(12, 25), term, CALENDAR) == DeadlineUnknown(
        CaseClock.PROMISE, day(12, 25), term, day(1, 1), day(12, 31)
    )


def test_a_natural_limit_whose_last_day_may_have_to_roll_beyond_the_calendar_is_unknown() -> None:
    assert isinstance(supplement(day(12, 20), Term(12, DayUnit.NATURAL), CALENDAR), DeadlineUnknown)
    assert reached(supplement(day(12, 20), Term(11, DayUnit.NATURAL), CALENDAR)).last_day == day(12, 31)


@pytest.mark.parametrize("start", [date.min, date(1970, 1, 1), date(2025, 12, 31), date(2027, 1, 1), date.max])
def test_on_a_clock_that_is_years_off_no_day_is_guessed(start: date) -> None:
    for count in (1, 5):
        assert isinstance(promise(start, Term(count), CALENDAR), DeadlineUnknown)


def test_what_is_done_on_the_spot_needs_no_calendar() -> None:
    assert reached(promise(date(2031, 5, 5), Term(0), CALENDAR)).last_day == date(2031, 5, 5)


# --- the other clocks ---------------------------------------------------------------------------------------------


def test_what_is_missing_is_told_within_five_working_days_and_a_decision_delivered_within_ten() -> None:
    told = reached(notice(MONDAY, CALENDAR))
    assert (told.clock, told.last_day) == (CaseClock.NOTICE, day(11, 30))
    delivered = reached(delivery(MONDAY, CALENDAR))
    assert (delivered.clock, delivered.last_day) == (CaseClock.DELIVERY, day(12, 7))
    assert reached(delivery(MONDAY, CALENDAR, Term(3))).last_day == day(11, 26)
    assert reached(supplement(MONDAY, Term(15), CALENDAR)).clock is CaseClock.SUPPLEMENT
