from datetime import date

import pytest
from msgspec.structs import replace

from sync.model.deadline import (
    CaseClock,
    DayUnit,
    Extension,
    Pause,
    PauseReason,
    Reckoning,
    Term,
    delivery,
    notice,
    promise,
    statutory,
    supplement,
)
from sync.model.deadline_words import PHRASES_ZH, explanation, headline, in_words, light_in_words
from sync.model.light import Light, LightReading, Standing
from sync.model.working_calendar import WorkingCalendar
from tests.model.calendar_2026 import CALENDAR, DAYS_OFF, WORKED_WEEKENDS

MONDAY = date(2026, 11, 23)
TWO_YEARS = WorkingCalendar(date(2025, 1, 1), date(2026, 12, 31), DAYS_OFF, WORKED_WEEKENDS)


@pytest.mark.parametrize(
    ("reckoning", "said"),
    [
        (
            promise(MONDAY, Term(5), CALENDAR),
            "最迟11月30日办结（11月23日收件，次日起算，5个工作日，周末和节假日不算）",
        ),
        (
            statutory(MONDAY, Term(20), CALENDAR),
            "法定最迟12月21日办结（11月23日受理，次日起算，20个工作日，周末和节假日不算）",
        ),
        (
            promise(date(2026, 9, 18), Term(11), CALENDAR),
            "最迟10月10日办结（9月18日收件，次日起算，11个工作日，周末和节假日不算，9月20日、10月10日调休上班照算）",
        ),
        (
            supplement(date(2026, 9, 18), Term(15, DayUnit.NATURAL), CALENDAR),
            "最迟10月8日补齐材料（9月18日通知补正，次日起算，15天，最后一天逢休息日，顺延到上班第一天）",
        ),
        (
            statutory(
                MONDAY, Term(5), CALENDAR, [Pause(date(2026, 11, 25), date(2026, 11, 30), PauseReason.SUPPLEMENT)]
            ),
            "法定最迟12月3日办结（11月23日受理，次日起算，5个工作日，周末和节假日不算，暂停计时的5天不算）",
        ),
        (
            promise(MONDAY, Term(5), CALENDAR, [Extension(date(2026, 12, 3), date(2026, 11, 27))]),
            "最迟12月3日办结（11月23日收件，次日起算，8个工作日，其中延长3个工作日，周末和节假日不算）",
        ),
        (
            promise(date(2025, 12, 30), Term(5), TWO_YEARS),
            "最迟2026年1月7日办结（2025年12月30日收件，次日起算，5个工作日，周末和节假日不算，1月4日调休上班照算）",
        ),
        (promise(MONDAY, Term(0), CALENDAR), "最迟11月23日办结（11月23日收件，当场办理）"),
        (
            statutory(MONDAY, Term(5), CALENDAR, [Pause(date(2026, 11, 25), None, PauseReason.SUSPENSION)]),
            "暂停计时，还剩3个工作日（11月25日起中止办理）",
        ),
        (promise(date(2026, 12, 28), Term(5), CALENDAR), "办结日期暂时算不出（工作日历只到2026年12月31日）"),
        (
            notice(MONDAY, CALENDAR),
            "最迟11月30日一次性告知（11月23日收到材料，次日起算，5个工作日，周末和节假日不算）",
        ),
        (
            delivery(MONDAY, CALENDAR),
            "最迟12月7日送达（11月23日作出决定，次日起算，10个工作日，周末和节假日不算）",
        ),
    ],
)
def test_a_deadline_explains_itself_in_words(reckoning: Reckoning, said: str) -> None:
    assert in_words(reckoning) == said


def test_two_worked_weekend_days_in_a_row_are_both_named() -> None:
    both = frozenset({date(2026, 1, 10), date(2026, 1, 11)})
    calendar = WorkingCalendar(date(2026, 1, 1), date(2026, 1, 31), frozenset(), both)
    assert explanation(promise(date(2026, 1, 9), Term(3), calendar)).endswith("1月10日、1月11日调休上班照算")


def test_the_slip_can_take_the_headline_and_the_explanation_apart() -> None:
    promised = promise(MONDAY, Term(5), CALENDAR)
    assert headline(promised) == "最迟11月30日办结"
    assert explanation(promised) == "11月23日收件，次日起算，5个工作日，周末和节假日不算"


@pytest.mark.parametrize(
    ("reading", "said"),
    [
        (LightReading(Light.NORMAL, Standing.TIME_LEFT, 8), "还剩8个工作日"),
        (LightReading(Light.WARN, Standing.LAST_DAY), "今天到期"),
        (LightReading(Light.BAD, Standing.OVERDUE, 3), "已超期3天"),
        (LightReading(Light.NORMAL, Standing.STOPPED, 4), "暂停计时"),
        (LightReading(Light.NOTICE, Standing.UNKNOWN), "期限待定"),
    ],
)
def test_a_light_has_words_beside_it(reading: LightReading, said: str) -> None:
    assert light_in_words(reading) == said


def test_an_overdue_notice_or_supplement_says_what_follows_from_it() -> None:
    overdue = LightReading(Light.BAD, Standing.OVERDUE, 2)
    assert light_in_words(overdue, CaseClock.NOTICE) == "超期2天未告知，自收到材料之日起视为受理"
    assert light_in_words(overdue, CaseClock.SUPPLEMENT) == "超期2天未补正，可视为撤回申请"
    assert light_in_words(overdue, CaseClock.DELIVERY) == "超期2天未送达"


def test_every_clock_unit_and_reason_has_words() -> None:
    for phrases in (PHRASES_ZH.last_day, PHRASES_ZH.started, PHRASES_ZH.overdue):
        assert set(phrases) == set(CaseClock)
    assert set(PHRASES_ZH.days) == set(PHRASES_ZH.extended) == set(DayUnit)
    assert set(PHRASES_ZH.waiting) == set(PauseReason)


def test_another_language_brings_its_own_words() -> None:
    english = replace(
        PHRASES_ZH,
        last_day={CaseClock.PROMISE: "done by {day} at the latest"},
        started={CaseClock.PROMISE: "taken in on {day}"},
        on_the_spot="on the spot",
        separator=", ",
        both="{headline} ({explanation})",
    )
    said = in_words(promise(MONDAY, Term(0), CALENDAR), english)
    assert said == "done by 11月23日 at the latest (taken in on 11月23日, on the spot)"
