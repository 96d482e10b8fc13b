"""Ratings after the service, from the glass of any terminal to the county's console."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from county.clocks import LightDays, light_days
from county.console.case_view import rating_line
from county.desk import CaseNotThere, rebuild
from county.ratings import Rating, Turn, ratings_of, turn_of
from county.store.cases import CaseQuery, CaseTable
from kiosk.intents import Back, Choose, Do, Next, Open, Scanned, Typed
from sync.model.facts import ActorClass, Kind, LaterProof, RatedLater, RatingReasonsGiven, Stage
from sync.model.later import RatingOutcome
from sync.model.profile import LaterRatings
from sync.model.rating import Level
from sync.record import Record
from tests.county.hall import Hall
from tests.county.kiosk_end import FOUR, Kiosk
from tests.county.office import SUPERVISOR, CountyOffice
from tests.county.village import MONDAY, SHIQIAO, Village, number_of

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
TERMS = LaterRatings()


@pytest.fixture
def elsewhere(office: CountyOffice) -> Village:
    """A terminal of another point."""
    return Village(office.village.issuer, office.village.readers, region=SHIQIAO)


def said(number: str, paper: Record | None, level: int, **rest: object) -> RatedLater:
    """A rating with a paper about a record in hand."""
    claim = (
        {"paper_chain": paper.header.chain, "paper_seq": paper.header.seq, "paper_hash": paper.hash[:16]}
        if paper
        else {}
    )
    fields = {"case_no": number, "proof": LaterProof.PAPER, "level": level, **claim, **rest}
    return RatedLater(**fields)  # type: ignore[arg-type] # the fields above


def rate(village: Village, fact: RatedLater) -> Record:
    """Write it as a kiosk does: about no case of its own."""
    return village.write(fact, None, "citizen", ActorClass.CITIZEN)


def of(office: CountyOffice, number: str) -> list[Rating]:
    """What the county counts of a case, as the list has it; the case's own page says the same."""
    with office.database.reading() as connection:
        found = [rating for _, rating in CaseTable(connection).ratings() if rating.case_no == number]
    assert found == list(ratings_of(office.desk.open(number), TERMS))
    return found


def put_by(office: CountyOffice) -> list[str]:
    """Why something was put by."""
    with office.database.reading() as connection:
        return [row.reason for row in CaseTable(connection).parked()]


def pull(office: CountyOffice, *villages: Village) -> None:
    """Take in what the villages have written; what is here already is passed over."""
    place = 1
    for village in villages:
        relays = [replace(each, place=place + at) for at, each in enumerate(village.relays())]
        with office.database.writing() as connection:
            connection.execute("DELETE FROM settings WHERE name = 'feed'")
        office.intake.take(relays)


def test_a_silent_service_is_rated_elsewhere_then_added_to_and_a_third_is_put_by(
    office: CountyOffice, elsewhere: Village
) -> None:
    number = office.village.take_in(office.item, 1)
    receipt = office.village.records[-1]
    office.village.rate(number, Stage.TAKEN_IN, 1, None)
    elsewhere.wait(DAY_MS)
    rate(elsewhere, said(number, receipt, 2, reasons=("办得太慢",)))
    pull(office, office.village, elsewhere)
    (rated,) = of(office, number)
    assert (rated.outcome, rated.level, rated.follow_up) == (RatingOutcome.GIVEN, Level.DISSATISFIED, None)
    assert rated.later is not None
    assert rated.later.reasons == ("办得太慢",)
    rate(elsewhere, said(number, receipt, 5))
    rate(elsewhere, said(number, receipt, 1))
    pull(office, office.village, elsewhere)
    (both,) = of(office, number)
    assert both.level is Level.DISSATISFIED, "the first one stands"
    assert both.follow_up is not None
    assert (both.follow_up.level, turn_of(both)) == (Level.VERY_SATISFIED, Turn.TO_GOOD)
    assert put_by(office) == ["这次服务已经评过、追评过，再来的不计入，原话保留"]


def test_what_the_desk_heard_is_not_replaced_and_a_bad_follow_up_is_shown_to_who_answers_for_it(
    hall: Hall, elsewhere: Village
) -> None:
    number = hall.take_in()
    receipt = hall.office.village.records[-1]
    hall.office.village.rate(number, Stage.TAKEN_IN, 1, 5)
    elsewhere.wait(DAY_MS)
    rate(elsewhere, said(number, receipt, 1, reasons=("收了不该收的钱", "态度不好")))
    pull(hall.office, hall.office.village, elsewhere)
    (rated,) = of(hall.office, number)
    assert (rated.level, turn_of(rated)) == (Level.VERY_SATISFIED, Turn.TO_BAD)
    page = hall.enter(SUPERVISOR).get("/ratings")
    assert "由满意转为差评" in page.words
    assert "收了不该收的钱、态度不好" in page.words
    case = hall.enter(SUPERVISOR).get(f"/cases/{number}").words
    assert "非常满意" in case
    assert "非常不满意" in case
    assert "追评" in case


Make = Callable[[CountyOffice, str, Record], RatedLater]


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda _, number, paper: replace(said(number, paper, 1), paper_hash=bytes(16)), "凭据和办件对不上"),
        (lambda _, number, paper: replace(said(number, paper, 1), paper_hash=b""), "凭据和办件对不上"),
        (lambda office, number, _: said(number, office.village.records[0], 1), "凭据和办件对不上"),
        (lambda _, number, __: said(number, None, 1, proof=LaterProof.STATED, last_four="1234"), "凭据和办件对不上"),
        (lambda _, number, __: said(number, None, 1, proof=LaterProof.CHECKED), "凭据和办件对不上"),
        (lambda _, __, paper: said(number_of(9), paper, 1), "凭据和办件对不上"),
        (lambda _, number, paper: said(number, paper, 7), "等级或次数不存在"),
        (lambda _, __, paper: said("12345", paper, 1), "没有说清是哪一件"),
    ],
)  # fmt: skip
def test_who_proves_nothing_or_says_nonsense_counts_for_nothing(
    office: CountyOffice, elsewhere: Village, make: Make, why: str
) -> None:
    number = office.village.take_in(office.item, 1)
    elsewhere.wait(DAY_MS)
    rate(elsewhere, make(office, number, office.village.records[-1]))
    pull(office, office.village, elsewhere)
    assert [each.outcome for each in of(office, number)] == [RatingOutcome.NOT_ASKED]
    assert [why in reason for reason in put_by(office)] == [True]
    rebuild(office.database, office.library)
    assert [why in reason for reason in put_by(office)] == [True], "made anew it is the same"


def test_a_paper_of_another_case_rates_neither(office: CountyOffice, elsewhere: Village) -> None:
    first = office.village.take_in(office.item, 1)
    other = office.village.records[-1]
    second = office.village.take_in(office.item, 2)
    elsewhere.wait(DAY_MS)
    rate(elsewhere, said(second, other, 1))
    pull(office, office.village, elsewhere)
    assert [each.level for number in (first, second) for each in of(office, number)] == [None, None]


def test_number_and_last_four_typed_elsewhere_are_checked_by_the_county(
    office: CountyOffice, elsewhere: Village
) -> None:
    number = office.village.take_in(office.item, 1)
    elsewhere.wait(DAY_MS)
    rate(elsewhere, said(number, None, 4, proof=LaterProof.STATED, last_four="004x"))
    pull(office, office.village, elsewhere)
    assert [each.level for each in of(office, number)] == [Level.SATISFIED]


def test_what_comes_before_its_case_waits_and_makes_no_case_of_its_own(
    office: CountyOffice, elsewhere: Village
) -> None:
    number = office.village.take_in(office.item, 1)
    elsewhere.wait(DAY_MS)
    rate(elsewhere, said(number, office.village.records[-1], 4))
    pull(office, elsewhere)
    with office.database.reading() as connection:
        assert CaseTable(connection).find(CaseQuery(), _no_days(office)) == []
    with pytest.raises(CaseNotThere):
        office.desk.open(number)
    assert put_by(office) == ["事后评价的凭据和办件对不上，先不计入"]
    pull(office, office.village)
    assert [each.level for each in of(office, number)] == [Level.SATISFIED]
    assert put_by(office) == []


def test_what_was_ticked_at_the_desk_stands_beside_the_rating_and_counts_once(office: CountyOffice) -> None:
    number = office.village.take_in(office.item, 1)
    office.village.rate(number, Stage.TAKEN_IN, 1, 2)
    for reasons in (("态度不好",), ("办得太慢",)):
        told = RatingReasonsGiven(stage=Stage.TAKEN_IN, visit=1, reasons=reasons)
        office.village.write(told, number, "citizen", ActorClass.CITIZEN)
    office.pull()
    assert [each.reasons for each in of(office, number)] == [("态度不好",)]
    assert "态度不好" in rating_line(of(office, number)[0]).detail
    assert put_by(office) == []


def test_too_late_is_put_by_by_the_countys_own_limit(office: CountyOffice, elsewhere: Village) -> None:
    number = office.village.take_in(office.item, 1)
    elsewhere.wait((TERMS.rating_natural_days + 1) * DAY_MS)
    rate(elsewhere, said(number, office.village.records[-1], 4))
    pull(office, office.village, elsewhere)
    assert [each.outcome for each in of(office, number)] == [RatingOutcome.NOT_ASKED]
    assert put_by(office) == ["事后评价过了期限，不计入，原话保留"]


def test_a_county_that_did_not_know_the_kind_counts_it_once_it_does(office: CountyOffice, elsewhere: Village) -> None:
    number = office.village.take_in(office.item, 1)
    elsewhere.wait(DAY_MS)
    rate(elsewhere, said(number, office.village.records[-1], 4))
    pull(office, office.village, elsewhere)
    with office.database.writing() as connection:
        # As an older program keeps it: with no case.
        connection.execute("UPDATE records SET case_no = NULL WHERE kind = ?", (int(Kind.RATED_LATER),))
        connection.execute("DELETE FROM laters")
    rebuild(office.database, office.library)
    assert [each.level for each in of(office, number)] == [Level.SATISFIED]


def _no_days(office: CountyOffice) -> LightDays:
    return light_days(office.library.calendar, office.library.profile.lights, MONDAY)


# --- from the glass ----------------------------------------------------------------------------------------------


def come_again(kiosk: Kiosk) -> None:
    """Somebody comes to the home screen."""
    while kiosk.point.place != "home":
        kiosk.point.do(Back() if kiosk.point.page.back is not None else Next())


def rate_by_paper(kiosk: Kiosk, code: str, level: Level, *reasons: int) -> str:
    """Scan a paper, choose, hand it in; return the last sentence."""
    come_again(kiosk)
    kiosk.point.do(Scanned(code), Do("rate_later"))
    if kiosk.point.page.main is not None:
        ticks = [Choose("reason", str(at)) for at in reasons]
        kiosk.point.do(Choose("level", str(int(level))), *ticks, Next())
    return kiosk.notices()[0]


def test_the_receipt_rates_at_home_and_adds_at_another_village_and_the_third_is_refused_kindly(
    office: CountyOffice, liuxi: Kiosk, shiqiao: Kiosk
) -> None:
    number = liuxi.take_in()
    code = liuxi.code
    liuxi.carry()
    shiqiao.carry()
    assert rate_by_paper(liuxi, code, Level.DISSATISFIED, 3) == "评价已经记下，会直接送到县里。"
    liuxi.carry()
    shiqiao.point.clock.advance(HOUR_MS)
    # The other village knows of no rating: it says so, and takes what is said.
    assert rate_by_paper(shiqiao, code, Level.SATISFIED) == "已经记下，会直接送到县里，县里核对后计入。"
    shiqiao.carry()
    (rated,) = of(office, number)
    assert (rated.level, turn_of(rated)) == (Level.DISSATISFIED, Turn.TO_GOOD)
    assert rated.later is not None
    assert rated.later.reasons == (office.library.profile.rating_reasons[3],)
    # It has been told since how often the service was rated.
    rate_by_paper(shiqiao, code, Level.SATISFIED)
    shiqiao.carry()
    assert rate_by_paper(shiqiao, code, Level.SATISFIED).startswith("这次服务已经评过，也追评过了。")
    assert put_by(office) == []


def test_what_the_county_has_counted_of_this_terminal_is_not_counted_again(liuxi: Kiosk, shiqiao: Kiosk) -> None:
    liuxi.take_in()
    code = liuxi.code
    liuxi.carry()
    shiqiao.carry()
    rate_by_paper(shiqiao, code, Level.DISSATISFIED)
    shiqiao.carry()
    come_again(shiqiao)
    shiqiao.point.do(Scanned(code))
    assert [action.text for action in shiqiao.point.page.others] == ["追评"]
    shiqiao.point.do(Do("rate_later"), Choose("level", "4"), Next())
    assert shiqiao.notices()[0].startswith("追评已经记下")
    come_again(shiqiao)
    assert rate_by_paper(shiqiao, code, Level.SATISFIED).startswith("这次服务已经评过，也追评过了。")


def test_number_and_last_four_rate_at_another_village_and_a_wrong_guess_counts_for_nothing(
    office: CountyOffice, liuxi: Kiosk, shiqiao: Kiosk
) -> None:
    number = liuxi.take_in()
    liuxi.carry()
    for four, level in (("9999", "1"), (FOUR, "4")):
        come_again(shiqiao)
        shiqiao.point.do(Open("progress"), Typed("number", number), Typed("last_four", four), Next())
        assert shiqiao.point.place == "answer"
        assert not shiqiao.facts(), "nothing is told to who has only typed"
        shiqiao.point.do(Do("rate_later"), Choose("level", level), Next())
    shiqiao.carry()
    assert [each.level for each in of(office, number)] == [Level.SATISFIED]
    assert put_by(office) == ["事后评价的凭据和办件对不上，先不计入"]
