"""What the county does with a case: who may, with what, and what follows."""

from __future__ import annotations

from datetime import date

import pytest

from county.cases import (
    AcceptCase,
    CloseCase,
    Command,
    CommandRefused,
    DayImpossible,
    DecideCase,
    ExtendDeadline,
    MarkReady,
    NothingWanted,
    NotThisCase,
    OutcomeMissing,
    ReasonsMissing,
    RefuseToAccept,
    RequireSupplement,
    ResumeCase,
    SuspendCase,
    TerminateCase,
    TextTooLong,
)
from county.clocks import running_clocks, statutory_clock
from county.deeds import What
from county.desk import CaseMovedOn, CaseNotThere, NotYours
from county.pen import PointNotGranted
from county.store.ledger import Ledger
from sync.model.case import fold
from sync.model.deadline import ClockStopped, Deadline
from sync.model.facts import (
    Author,
    CaseWithdrawn,
    Kind,
    MaterialMark,
    MaterialState,
    Outcome,
    ResultDelivered,
    Stage,
    SupplementReceived,
)
from sync.model.transitions import Status
from tests.county.office import DECIDER, INTAKE, STRANGER, SUPERVISOR, CountyOffice
from tests.county.village import STROKES, Village, number_of

APPROVE = DecideCase(Outcome.APPROVED, "年满八十周岁，材料齐全，符合发放条件。")


@pytest.fixture
def number(office: CountyOffice) -> str:
    """A case that was taken in and has reached the county."""
    taken = office.village.take_in(office.item, 1)
    office.pull()
    return taken


def status(office: CountyOffice, number: str) -> Status:
    return office.desk.open(number).case.status


def test_a_case_goes_from_acceptance_to_the_file(office: CountyOffice, number: str) -> None:
    office.do(INTAKE, number, AcceptCase())
    office.do(DECIDER, number, APPROVE)
    office.do(INTAKE, number, MarkReady("高龄津贴发放通知书"))
    ready = office.desk.open(number).case
    chain, seq = ready.seen(Author.COUNTY)
    office.village.write(ResultDelivered(seen_chain=chain, seen_seq=seq, receiver="李秀兰", signature=STROKES), number)
    office.pull()
    office.do(INTAKE, number, CloseCase())
    case = office.desk.open(number).case
    assert case.status is Status.CLOSED
    assert case.outcome is Outcome.APPROVED
    assert len(office.written) == 4


def test_every_move_names_the_newest_fact_of_the_point(office: CountyOffice, number: str) -> None:
    office.do(INTAKE, number, AcceptCase())
    entry = office.desk.open(number).entries[-1]
    assert entry.step.envelope.plain[20] == office.village.chain
    assert entry.step.envelope.plain[21] == office.village.records[-1].header.seq


def test_records_of_the_county_follow_one_another_under_the_key_of_the_point(office: CountyOffice, number: str) -> None:
    other = office.village.take_in(office.item, 2)
    office.pull()
    office.do(INTAKE, number, AcceptCase())
    office.do(INTAKE, other, AcceptCase())
    office.do(DECIDER, number, APPROVE)
    with office.database.reading() as connection:
        chain = Ledger(connection).chains(Author.COUNTY)[0]
        stored = Ledger(connection).of_chain(chain.chain, 0, 10)
    assert [each.record.header.seq for each in stored] == [1, 2, 3, 4]
    assert stored[0].record.header.kind == Kind.CONTENT_KEY_SEALED
    assert [each.record.header.case_no for each in stored[1:]] == [number, other, number]
    assert chain.waiting == 4


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (RefuseToAccept("  \n"), ReasonsMissing),
        (RefuseToAccept(""), ReasonsMissing),
        (RefuseToAccept("长" * 601), TextTooLong),
    ],
)
def test_refusing_to_accept_without_reasons_is_refused(
    office: CountyOffice, number: str, command: Command, refusal: type[CommandRefused]
) -> None:
    with pytest.raises(refusal):
        office.do(INTAKE, number, command)
    assert status(office, number) is Status.TAKEN_IN
    assert not office.written


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (DecideCase(Outcome.APPROVED, ""), ReasonsMissing),
        (DecideCase(Outcome.REFUSED, " "), ReasonsMissing),
        (DecideCase(None, "理由"), OutcomeMissing),
        (SuspendCase(""), ReasonsMissing),
        (TerminateCase(""), ReasonsMissing),
        (RequireSupplement((" ", ""), date(2026, 12, 1)), NothingWanted),
        (RequireSupplement(("户口簿",) * 21, date(2026, 12, 1)), NothingWanted),
        (RequireSupplement(("户口簿",), date(2026, 11, 23)), DayImpossible),
        (RequireSupplement(("户口簿",), date(2026, 11, 28)), DayImpossible),
        (RequireSupplement(("户口簿",), date(2031, 1, 6)), DayImpossible),
        (ExtendDeadline(date(2026, 11, 24), "理由"), DayImpossible),
        (ExtendDeadline(date(2026, 12, 26), "理由"), DayImpossible),
        (ExtendDeadline(date(2027, 1, 4), "理由"), DayImpossible),
        (ExtendDeadline(date(2026, 12, 29), ""), ReasonsMissing),
        (ResumeCase(), NotThisCase),
        (CloseCase(), NotThisCase),
        (AcceptCase(), NotThisCase),
    ],
)
def test_what_the_law_wants_given_is_not_left_out(
    office: CountyOffice, number: str, command: Command, refusal: type[CommandRefused]
) -> None:
    office.do(INTAKE, number, AcceptCase())
    clerk = INTAKE if isinstance(command, CloseCase | AcceptCase) else DECIDER
    with pytest.raises(refusal):
        office.do(clerk, number, command)
    assert status(office, number) is Status.ACCEPTED


def test_a_ready_result_has_a_name(office: CountyOffice, number: str) -> None:
    office.do(INTAKE, number, AcceptCase())
    office.do(DECIDER, number, APPROVE)
    with pytest.raises(ReasonsMissing):
        office.do(INTAKE, number, MarkReady(" "))


def test_a_clerk_of_another_duty_or_department_is_refused_and_written_down(office: CountyOffice, number: str) -> None:
    for clerk, command in ((DECIDER, AcceptCase()), (STRANGER, AcceptCase()), (SUPERVISOR, AcceptCase())):
        with pytest.raises(NotYours):
            office.do(clerk, number, command)
    assert status(office, number) is Status.TAKEN_IN
    assert [(deed.clerk, deed.what) for deed in office.clerks.deeds(number)] == [
        ("luo", What.REFUSED),
        ("ma", What.REFUSED),
        ("zhou", What.REFUSED),
    ]


def test_waiting_for_a_supplement_stops_the_statutory_clock(office: CountyOffice, number: str) -> None:
    limit = office.item.legal_limit
    assert limit is not None
    calendar = office.library.calendar
    office.do(INTAKE, number, AcceptCase())
    before = statutory_clock(office.desk.open(number).case, limit, calendar)
    assert isinstance(before, Deadline)
    assert office.desk.open(number).case.statutory_on == before.last_day
    office.do(INTAKE, number, RequireSupplement(("户口簿复印件",), date(2026, 12, 1)))
    case = office.desk.open(number).case
    assert case.status is Status.SUPPLEMENT_REQUIRED
    assert isinstance(statutory_clock(case, limit, calendar), ClockStopped)
    assert len(running_clocks(case, limit, calendar)) == 2, "the agent's promise goes on"
    office.village.at_ms += 4 * 86_400_000
    chain, seq = case.seen(Author.COUNTY)
    mark = MaterialMark(material="household", state=MaterialState.COPY_TAKEN)
    office.village.write(SupplementReceived(seen_chain=chain, seen_seq=seq, materials=(mark,)), number)
    office.pull()
    after = statutory_clock(office.desk.open(number).case, limit, calendar)
    assert isinstance(after, Deadline)
    assert after.last_day > before.last_day


def test_an_extension_moves_the_statutory_day(office: CountyOffice, number: str) -> None:
    limit = office.item.legal_limit
    assert limit is not None
    office.do(INTAKE, number, AcceptCase())
    before = office.desk.open(number).case.statutory_on
    office.do(DECIDER, number, ExtendDeadline(date(2026, 12, 29), "需要向外地核实，已向申请人说明。"))
    case = office.desk.open(number).case
    reckoned = statutory_clock(case, limit, office.library.calendar)
    assert before is not None
    assert before < date(2026, 12, 29)
    assert isinstance(reckoned, Deadline)
    assert (case.statutory_on, reckoned.last_day) == (date(2026, 12, 29), date(2026, 12, 29))


def test_an_extension_after_the_limit_ran_out_is_refused(office: CountyOffice, number: str) -> None:
    office.do(INTAKE, number, AcceptCase())
    last = office.desk.open(number).case.statutory_on
    assert last is not None
    office.clock.advance(((last - date(2026, 11, 23)).days + 1) * 86_400_000)
    with pytest.raises(NotThisCase):
        office.do(DECIDER, number, ExtendDeadline(date(2026, 12, 31), "来不及"))


def test_a_limit_beyond_the_calendar_is_neither_guessed_nor_extended(office: CountyOffice) -> None:
    number = office.village.take_in(office.library.catalogue.item("elder_allowance"), 1)
    office.pull()
    office.do(INTAKE, number, AcceptCase())
    assert office.desk.open(number).case.statutory_on is None
    with pytest.raises(DayImpossible):
        office.do(DECIDER, number, ExtendDeadline(date(2026, 12, 31), "理由"))


def test_what_stands_still_is_not_extended(office: CountyOffice, number: str) -> None:
    office.do(INTAKE, number, AcceptCase())
    office.do(DECIDER, number, SuspendCase("等法院的判决。"))
    with pytest.raises(NotThisCase):
        office.do(DECIDER, number, ExtendDeadline(date(2026, 12, 29), "理由"))
    office.do(DECIDER, number, ResumeCase())
    office.do(DECIDER, number, ExtendDeadline(date(2026, 12, 29), "理由"))
    assert office.desk.open(number).case.extended


def test_a_case_can_be_terminated_while_it_waits(office: CountyOffice, number: str) -> None:
    office.do(INTAKE, number, AcceptCase())
    office.do(INTAKE, number, RequireSupplement(("收入证明",), date(2026, 12, 1)))
    office.do(DECIDER, number, TerminateCase("逾期没有补齐材料，视为撤回申请。"))
    case = office.desk.open(number).case
    assert (case.status, case.over) == (Status.TERMINATED, True)


def test_a_clerk_who_has_not_seen_the_newest_move_is_asked_to_look_again(office: CountyOffice, number: str) -> None:
    seen = office.desk.open(number).moves
    office.village.write(CaseWithdrawn(reason="不办了"), number)
    office.pull()
    with pytest.raises(CaseMovedOn):
        office.desk.perform(INTAKE, number, AcceptCase(), seen)
    assert status(office, number) is Status.WITHDRAWN


def test_a_rating_that_arrives_meanwhile_disturbs_nobody(office: CountyOffice, number: str) -> None:
    seen = office.desk.open(number).moves
    office.village.rate(number, stage=Stage.TAKEN_IN, visit=1, level=5)
    office.pull()
    office.desk.perform(INTAKE, number, AcceptCase(), seen)
    assert status(office, number) is Status.ACCEPTED


def test_a_withdrawal_and_a_decision_that_cross_end_the_same_at_both_ends(office: CountyOffice, number: str) -> None:
    office.do(INTAKE, number, AcceptCase())
    office.do(DECIDER, number, DecideCase(Outcome.REFUSED, "户籍不在本县。"))
    # The village has seen the acceptance only, and withdraws.
    county_chain = office.desk.open(number).case.seen(Author.COUNTY)[0]
    office.village.write(CaseWithdrawn(seen_chain=county_chain, seen_seq=1, reason="不想办了"), number)
    office.pull()
    file = office.desk.open(number)
    assert file.case.status is Status.DECIDED
    assert file.sentences == ("县里在收到撤回之前已经作出决定，撤回没有生效。对结果有意见，请告诉联络员。",)
    from_village = [each.stored.envelope for each in reversed(file.entries)]
    assert fold(number, from_village) == file.case


def test_a_withdrawal_that_crosses_an_acceptance_holds(office: CountyOffice, number: str) -> None:
    office.do(INTAKE, number, AcceptCase())
    office.village.write(CaseWithdrawn(reason="不办了"), number)
    office.pull()
    file = office.desk.open(number)
    assert file.case.status is Status.WITHDRAWN
    assert file.sentences
    with pytest.raises(NotThisCase):
        office.do(DECIDER, number, APPROVE)


def test_a_case_that_nobody_has_heard_of_is_not_there(office: CountyOffice) -> None:
    with pytest.raises(CaseNotThere):
        office.do(INTAKE, number_of(4711), AcceptCase())


def test_without_a_key_for_the_point_nothing_is_written(office: CountyOffice) -> None:
    elsewhere = Village(office.village.issuer, office.village.readers, region="990101102201")
    number = elsewhere.take_in(office.item, 1)
    office.intake.take(elsewhere.relays())
    with pytest.raises(PointNotGranted):
        office.do(INTAKE, number, AcceptCase())
    assert status(office, number) is Status.TAKEN_IN
    assert office.clerks.deeds(number) == []
