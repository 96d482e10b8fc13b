"""The lists: what SQL says about lights is what the clocks say, and nobody's case is lost between two pages."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from county.cases import AcceptCase, DecideCase, RefuseToAccept, RequireSupplement
from county.clocks import LightDays, due, light_days, read_clocks, running_clocks, worst
from county.ratings import ratings_of
from county.store.cases import PAGE_ROWS, CaseQuery, CaseTable
from sync.model.facts import Channel, Outcome, RatingGiven, ResultDelivered, Stage
from sync.model.later import RatingOutcome
from sync.model.light import Light
from sync.model.moment import wall_ms_at
from sync.model.profile import LaterRatings, Lights
from sync.model.rating import Level
from sync.model.transitions import Status
from tests.county.office import DECIDER, INTAKE, CountyOffice
from tests.county.village import MONDAY, STROKES

TERMS = LaterRatings()
ITEMS = ("temporary_relief", "elder_allowance", "elder_card")


def fill(office: CountyOffice, rng: random.Random, count: int) -> list[str]:
    """Cases of the last seven weeks in every state that a clock can be in."""
    numbers = []
    for serial in range(1, count + 1):
        day = MONDAY - timedelta(days=rng.randrange(50))
        office.village.at_ms = wall_ms_at(day, 9)
        item = office.library.catalogue.item(rng.choice(ITEMS))
        numbers.append(office.village.take_in(item, serial, days=rng.randrange(1, 20)))
        office.pull()
        office.clock.set_wall(wall_ms_at(day, 10))
        state = rng.randrange(5)
        if state >= 1:
            office.do(INTAKE, numbers[-1], AcceptCase())
        if state == 2:
            office.do(INTAKE, numbers[-1], RequireSupplement(("户口簿",), date(2026, 12, 28)))
        if state == 3:
            office.do(DECIDER, numbers[-1], DecideCase(Outcome.APPROVED, "符合条件。"))
    office.clock.set_wall(wall_ms_at(MONDAY, 15))
    return numbers


def light_of(office: CountyOffice, number: str, today: date) -> Light:
    case = office.desk.open(number).case
    library = office.library
    clocks = running_clocks(case, library.legal_limit(case), library.calendar)
    reading = worst(read_clocks(clocks, library.calendar, library.profile.lights, today))
    return Light.NORMAL if reading is None else reading.light.light


def days_on(office: CountyOffice, today: date) -> LightDays:
    return light_days(office.library.calendar, office.library.profile.lights, today)


@pytest.mark.parametrize("today", [MONDAY, date(2026, 12, 5), date(2026, 12, 31), date(2027, 1, 4)])
def test_every_case_is_listed_under_the_light_that_its_clocks_show(
    office: CountyOffice, rng: random.Random, today: date
) -> None:
    numbers = fill(office, rng, 40)
    found = {}
    with office.database.reading() as connection:
        table = CaseTable(connection)
        for light in Light:
            query = CaseQuery(light=light)
            rows = table.find(query, days_on(office, today))
            assert table.count(query, days_on(office, today)) == len(rows)
            found.update(dict.fromkeys((row.number for row in rows), light))
        counts = table.lights(CaseQuery(), days_on(office, today))
    assert found == {number: light_of(office, number, today) for number in numbers}
    assert sum(counts.values()) == len(numbers)


def test_what_runs_out_first_stands_first(office: CountyOffice, rng: random.Random) -> None:
    fill(office, rng, 30)
    with office.database.reading() as connection:
        rows = CaseTable(connection).find(CaseQuery(), days_on(office, MONDAY))
    ends = [row.due_on for row in rows if row.due_on is not None]
    assert ends == sorted(ends)
    assert all(row.due_on is None for row in rows[len(ends) :])


def test_pages_show_every_case_once(office: CountyOffice) -> None:
    for serial in range(1, PAGE_ROWS + 8):
        office.village.take_in(office.item, serial)
    office.pull()
    with office.database.reading() as connection:
        table = CaseTable(connection)
        pages = [table.find(CaseQuery(page=page), days_on(office, MONDAY)) for page in (0, 1, 2)]
    assert [len(page) for page in pages] == [PAGE_ROWS, 7, 0]
    assert len({row.number for page in pages for row in page}) == PAGE_ROWS + 7


def test_a_department_sees_its_items_only(office: CountyOffice) -> None:
    office.village.take_in(office.item, 1)
    theirs = office.village.take_in(office.library.catalogue.item("pension_join"), 2)
    office.pull()
    with office.database.reading() as connection:
        table = CaseTable(connection)
        items = office.library.items_of("hrss")
        assert [row.number for row in table.find(CaseQuery(items), days_on(office, MONDAY))] == [theirs]
        assert table.statuses(items) == {Status.TAKEN_IN: 1}
        assert table.find(CaseQuery(frozenset()), days_on(office, MONDAY)) == []


def test_the_light_days_end_where_the_calendar_ends(office: CountyOffice) -> None:
    calendar = office.library.calendar
    assert light_days(calendar, Lights(2, 0), date(2026, 12, 30)).notice_until == date.max
    friday = light_days(calendar, Lights(2, 0), date(2026, 11, 27))
    assert (friday.warn_until, friday.notice_until) == (date(2026, 11, 29), date(2026, 12, 1))


def test_a_case_without_a_running_clock_is_due_on_no_day(office: CountyOffice) -> None:
    number = office.village.take_in(office.item, 1)
    office.pull()
    office.do(INTAKE, number, RefuseToAccept("户籍不在本县。"))
    case = office.desk.open(number).case
    assert running_clocks(case, office.library.legal_limit(case), office.library.calendar) == ()
    assert due(()).on is None


def test_an_item_that_is_published_no_more_is_the_supervisors(office: CountyOffice) -> None:
    number = office.village.take_in(replace(office.item, code="gone_item"), 1)
    office.pull()
    assert office.library.department(office.desk.open(number).case.item_code) is None
    assert not INTAKE.sees(None)


# --- ratings ----------------------------------------------------------------------------------------------------


def test_every_service_counts_as_one_chance_to_rate(office: CountyOffice) -> None:
    rated = office.village.take_in(office.item, 1)
    office.village.rate(rated, Stage.TAKEN_IN, 1, 4)
    silent = office.village.take_in(office.item, 2)
    office.village.rate(silent, Stage.TAKEN_IN, 1, None)
    unasked = office.village.take_in(office.item, 3)
    office.pull()
    outcomes = {
        number: [(each.outcome, each.level) for each in ratings_of(office.desk.open(number), TERMS)]
        for number in (rated, silent, unasked)
    }
    assert outcomes == {
        rated: [(RatingOutcome.GIVEN, Level.SATISFIED)],
        silent: [(RatingOutcome.NOT_GIVEN, None)],
        unasked: [(RatingOutcome.NOT_ASKED, None)],
    }


def test_the_first_answer_to_a_question_counts(office: CountyOffice) -> None:
    number = office.village.take_in(office.item, 1)
    office.village.rate(number, Stage.TAKEN_IN, 1, 2)
    better = RatingGiven(stage=Stage.TAKEN_IN, visit=1, channel=Channel.PAD, level=5, after_ms=1, key=1)
    office.village.write(better, number)
    office.pull()
    assert [each.level for each in ratings_of(office.desk.open(number), TERMS)] == [Level.DISSATISFIED]


def test_a_delivery_that_did_not_hold_is_no_service(office: CountyOffice) -> None:
    number = office.village.take_in(office.item, 1)
    office.village.write(ResultDelivered(receiver="李秀兰", signature=STROKES), number)
    office.pull()
    assert [each.stage for each in ratings_of(office.desk.open(number), TERMS)] == [Stage.TAKEN_IN]
