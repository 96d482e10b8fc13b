"""A kiosk takes the place of another one: the county gives it the open cases, and the agent goes on with them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from county.attachments import DIRECTORY, AttachmentVault
from county.cases import AcceptCase, DecideCase, MarkReady, RequireSupplement
from county.erasure import Eraser
from county.giving import holder_of
from county.papers import PaperVerdict
from county.pen import Pen
from county.review import ReviewDesk
from county.store.late import LateTails
from county.store.ledger import Ledger
from county.store.papers import PaperTable
from kiosk.commands import Command, DeliverResult, ReceiveSupplement, WithdrawCase
from kiosk.desk import Actor
from kiosk.intents import Back, Do, Open, Typed
from kiosk.pages import Rows
from kiosk.succession import begin_chain
from sync import county_config
from sync.journal import Journal
from sync.keys import FileSigner, Purpose, Statement
from sync.model.case import Case, Effect
from sync.model.facts import (
    Author,
    CaseWithdrawn,
    Channel,
    Kind,
    MaterialMark,
    MaterialState,
    Outcome,
    RatingNotGiven,
    ReceiptVerdict,
    Stage,
)
from sync.model.transitions import Status
from sync.peer_name import PeerName, PeerRole
from sync.protocol.relay import Relay
from sync.protocol.segment import Segment
from sync.record import Link
from sync.succession import FILE, Succession, succession_subject
from tests.county.kiosk_end import Kiosk
from tests.county.office import DECIDER, INTAKE, SUPERVISOR, CountyOffice, grant_chain
from tests.county.village import COUNTY, FAR_MS, LIUXI, SHIQIAO, STROKES
from tests.kiosk.journeys import SIGN_IN
from tests.seals import DESK

AGENT = Actor("A01")
BROUGHT = ReceiveSupplement((MaterialMark(material="户口簿", state=MaterialState.COPY_TAKEN),), "")


@pytest.fixture
def old(office: CountyOffice, tmp_path: Path) -> Iterator[Kiosk]:
    made = Kiosk(office, tmp_path / "01", LIUXI).tell_desk_key()
    yield made
    made.close()


class Points:
    """Kiosks that replace one another at a point."""

    def __init__(self, office: CountyOffice, directory: Path) -> None:
        self.office = office
        self.directory = directory
        self.made: list[Kiosk] = []

    def replace(self, old: Kiosk, terminal: str, *, opened: bool = True) -> Kiosk:
        """A new terminal takes the old one's place, by the root's word, and is switched on."""
        grant_chain(self.office.directory, LIUXI, terminal)
        data = self.directory / terminal
        (data / FILE).parent.mkdir(parents=True)
        before, name = (PeerName(COUNTY, PeerRole.TERMINAL, LIUXI, each) for each in (old.point.terminal, terminal))
        root = FileSigner.load(self.office.directory / county_config.ROOT_KEY)
        word = Statement(Purpose.SUCCESSION, bytes(32), succession_subject(before, name), COUNTY, 0, FAR_MS).sign(root)
        (data / FILE).write_bytes(Succession(word, Link(old.point.journal.chain, 1, bytes(32))).encode())
        readers = (*self.office.village.readers, DESK.recipient)
        signer = FileSigner.create(data / "record.pem")
        journal = Journal.open_or_create(data / "journal.db", signer, readers, old.point.clock)
        assert begin_chain(journal, data)
        journal.close()
        made = Kiosk(self.office, data, LIUXI, terminal)
        self.made.append(made)
        return made.tell_desk_key() if opened else made


@pytest.fixture
def points(office: CountyOffice, tmp_path: Path) -> Iterator[Points]:
    made = Points(office, tmp_path)
    yield made
    for each in made.made:
        each.close()


def review_of(office: CountyOffice) -> ReviewDesk:
    pen = office.giver._pen
    return ReviewDesk(office.database, lambda: office.library, pen, office.clock, lambda: None)


def open_cases(kiosk: Kiosk) -> dict[str, Case]:
    desk = kiosk.point.desk
    return {row.case_no: desk.cases.case(row.case_no) for row in desk.cases.rows(over=False)}


def at_county(office: CountyOffice, terminal: str) -> dict[str, Case]:
    """The open cases that a terminal has, as the county folds them."""
    with office.database.reading() as connection:
        numbers = list(Ledger(connection).case_numbers())
    cases = [office.desk.open(number).case for number in numbers]
    return {case.number: case for case in cases if not case.over and holder_of(case) == (LIUXI, terminal)}


def demand(office: CountyOffice, number: str) -> None:
    """The county accepts a case and wants something more."""
    office.do(INTAKE, number, AcceptCase())
    office.do(INTAKE, number, RequireSupplement(("户口簿",), date(2026, 12, 4)))


def act(kiosk: Kiosk, number: str, command: Command) -> Case:
    desk = kiosk.point.desk
    return desk.perform(command, AGENT, kiosk.office.library.calendar, number).case


def hits(kiosk: Kiosk, words: str) -> list[str]:
    kiosk.point.do(Open("find"), Typed("find", words))
    [rows] = [block for block in kiosk.point.page.blocks if isinstance(block, Rows)]
    return [row.title for row in rows.rows]


def test_the_agent_finds_the_dead_terminals_case_at_the_new_one_and_brings_it_to_its_end(
    office: CountyOffice, old: Kiosk, points: Points
) -> None:
    number = old.take_in()
    old.carry()
    demand(office, number)
    new = points.replace(old, "02")
    new.carry()
    assert open_cases(new) == at_county(office, "02") != {}, "the new terminal has another case than the county"
    assert new.point.desk.cases.case(number).status is Status.SUPPLEMENT_REQUIRED
    new.point.do(*SIGN_IN)
    assert hits(new, "秀兰") == ["李秀兰 高龄津贴申请"]
    new.point.do(Open("case", number), Open("supplement", number))
    assert new.point.place == "supplement"
    wanted = [block for block in new.point.page.blocks if hasattr(block, "rows")]
    assert "户口簿" in repr(wanted), "what the county wanted before the swap is not on the screen"
    act(new, number, BROUGHT)
    new.carry()
    office.do(DECIDER, number, DecideCase(Outcome.APPROVED, "符合条件。"))
    office.do(INTAKE, number, MarkReady("津贴通知"))
    new.carry()
    act(new, number, DeliverResult("李秀兰", STROKES))
    new.carry()
    assert office.desk.open(number).case.status is Status.DELIVERED
    assert open_cases(new) == at_county(office, "02")
    told = new.point.desk.cases.case(number).steps
    assert [step.envelope.kind for step in told if step.effect is Effect.PARKED] == []
    before = new.point.desk.cases.case(number)
    new.point.desk.rebuild()
    assert new.point.desk.cases.case(number) == before


def test_nothing_is_given_before_the_new_desk_can_read_it_and_nothing_twice(
    office: CountyOffice, old: Kiosk, points: Points
) -> None:
    number = old.take_in()
    old.carry()
    new = points.replace(old, "02", opened=False)
    new.carry()
    assert office.giver.tend(office.library) == 0, "something was told to a terminal of which nobody can read it"
    assert open_cases(new) == {}
    new.tell_desk_key().up()
    assert office.giver.tend(office.library) == 1
    assert office.giver.tend(office.library) == 0
    new.carry()
    heads = office_heads(office)
    new.carry()
    assert office_heads(office) == heads
    assert set(open_cases(new)) == {number}


def test_a_case_with_a_record_too_large_to_be_told_again_stays_with_the_county_and_holds_up_no_other(
    office: CountyOffice, old: Kiosk, points: Points
) -> None:
    hostile, good = old.take_in(), old.take_in()
    silent = RatingNotGiven(stage=Stage.TAKEN_IN, visit=1, channel=Channel.PAD, reason="x" * 1500)
    old.point.desk.note(silent, AGENT, hostile)
    old.carry()
    new = points.replace(old, "02")
    for _ in range(2):
        new.carry()
        assert set(open_cases(new)) == {good}
    assert set(at_county(office, "01")) == {hostile}
    office.do(INTAKE, hostile, AcceptCase())


def office_heads(office: CountyOffice) -> dict[bytes, int]:
    with office.database.reading() as connection:
        return {each.chain: each.head.seq for each in Ledger(connection).chains(Author.COUNTY)}


def late_tail(office: CountyOffice, old: Kiosk) -> None:
    """What the old terminal had not sent comes behind the end of its chain, and a supervisor lets it count."""
    records = old.point.journal.read(old.sent, 1000)
    with office.database.reading() as connection:
        place = Ledger(connection).late_cursor()
    office.intake.put_by([Relay(place + 1, old.statement, Segment.of(records).encode())])
    with office.database.reading() as connection:
        (tail,) = [each for each in LateTails(connection).all() if each.accepted is None]
    review_of(office).decide(SUPERVISOR, tail.id, "旧机硬盘补传，和回执核对过", accepted=True)
    old.sent += len(records)


def test_a_late_tail_that_is_accepted_reaches_the_new_terminal_also_with_a_withdrawal(
    office: CountyOffice, old: Kiosk, points: Points
) -> None:
    number = old.take_in()
    old.carry()
    # The dead terminal had taken back one case and taken in another; nobody knew when the new one was switched on.
    act(old, number, WithdrawCase("不想办了", STROKES))
    unsent = old.take_in()
    new = points.replace(old, "02")
    new.carry()
    assert set(open_cases(new)) == {number}
    demand(office, number)
    new.carry()
    act(new, number, BROUGHT)
    late_tail(office, old)
    new.carry()
    assert set(open_cases(new)) == {unsent}
    for _ in range(2):
        assert new.point.desk.cases.case(number) == office.desk.open(number).case
        assert new.point.desk.cases.case(number).status is Status.WITHDRAWN
        new.carry()
    assert any("撤回有效" in step.sentence for step in new.point.desk.cases.case(number).steps)
    assert open_cases(new) == at_county(office, "02")


def test_the_old_terminal_cannot_go_on_with_a_case_that_was_given_away(
    office: CountyOffice, old: Kiosk, points: Points
) -> None:
    number = old.take_in()
    old.carry()
    new = points.replace(old, "02")
    new.carry()
    act(old, number, WithdrawCase("不想办了", STROKES))
    old.up()
    assert office.desk.open(number).case.status is Status.TAKEN_IN
    # Not even where somebody takes its chain up again: what it writes stands beside the case, for a supervisor.
    assert not office.intake.resume(old.point.journal.chain)
    with office.database.writing() as connection:
        records = old.point.journal.read(old.sent - 1, 1)
        Ledger(connection).append(records[0], Author.TERMINAL, number, office.clock.wall_ms(), None)
    case = office.desk.open(number).case
    assert case.status is Status.TAKEN_IN
    assert case.steps[-1].effect is Effect.PARKED


def test_records_that_a_supervisor_takes_out_of_the_old_chain_count_at_the_new_terminal_neither(
    office: CountyOffice, old: Kiosk, points: Points
) -> None:
    number = old.take_in()
    last = old.point.journal.head().seq
    old.carry()
    demand(office, number)
    old.carry()
    act(old, number, BROUGHT)
    old.carry()
    new = points.replace(old, "02")
    new.carry()
    assert new.point.desk.cases.case(number).status is Status.ACCEPTED
    assert review_of(office).close(old.point.journal.chain, last) > 0
    new.carry()
    status = office.desk.open(number).case.status
    assert status is Status.SUPPLEMENT_REQUIRED
    assert new.point.desk.cases.case(number).status is status
    assert holder_of(office.desk.open(number).case) == (LIUXI, "02")


def test_two_swaps_carry_a_case_on_also_where_nobody_ever_opened_the_one_between(
    office: CountyOffice, old: Kiosk, points: Points
) -> None:
    number = old.take_in()
    old.carry()
    second = points.replace(old, "02")
    second.carry()
    demand(office, number)
    second.carry()
    act(second, number, BROUGHT)
    second.point.do(*SIGN_IN)
    other = second.take_in()
    second.carry()
    third = points.replace(second, "03")
    # The clock of the newest machine stands years behind: the order of the chains is not that of their clocks.
    third.point.clock.set_wall(third.point.clock.wall_ms() - 10**11)
    third.carry()
    assert set(open_cases(third)) == {number, other}
    assert open_cases(third) == at_county(office, "03")
    office.do(DECIDER, number, DecideCase(Outcome.APPROVED, "符合条件。"))
    third.carry()
    assert third.point.desk.cases.case(number).status is Status.DECIDED
    fourth = points.replace(third, "04", opened=False)
    fourth.up()
    fifth = points.replace(fourth, "05")
    fifth.carry()
    assert open_cases(fourth) == {}
    assert open_cases(fifth) == at_county(office, "05")
    assert set(open_cases(fifth)) == {number, other}
    assert open_cases(third).keys() == {number, other}, "what was told is not taken back from a dead machine"


def test_a_receipt_of_the_dead_terminal_opens_at_the_new_one_and_a_new_one_can_be_made(
    office: CountyOffice, old: Kiosk, points: Points
) -> None:
    number = old.take_in()
    old.carry()
    office.do(INTAKE, number, AcceptCase())
    office.do(DECIDER, number, DecideCase(Outcome.APPROVED, "符合高龄津贴的条件。"))
    new = points.replace(old, "02")
    new.carry()
    new.ask(old.code)
    assert new.point.session.query.verdict is ReceiptVerdict.VERIFIED
    assert ("县里作出决定", "同意：符合高龄津贴的条件。") in new.story()
    assert new.facts()["县里"] == "县里已收到"
    new.point.do(Back(), Back(), *SIGN_IN, Open("case", number))
    with pytest.raises(ValueError, match="not made here"):
        new.point.paper_desk.token(number)
    new.point.paper_desk.renew(number, AGENT)
    renewed = new.receipt(number)
    new.point.do(Do("lock"))
    new.carry()
    new.ask(renewed)
    new.carry()
    with office.database.reading() as connection:
        verdicts = {row[0] for row in connection.execute("SELECT verdict FROM papers_shown")}
        assert PaperTable(connection).grave() == []
    assert verdicts == {PaperVerdict.FITS.value}


def test_another_village_gets_nothing_and_cannot_write_about_the_case(
    office: CountyOffice, old: Kiosk, points: Points, tmp_path: Path
) -> None:
    number = old.take_in()
    old.carry()
    grant_chain(office.directory, SHIQIAO)
    stranger = Kiosk(office, tmp_path / "shiqiao", SHIQIAO).tell_desk_key()
    new = points.replace(old, "02")
    new.carry()
    stranger.carry()
    kinds = {each.header.kind for _, each in stranger.point.county.records(0, 1000)}
    assert not kinds & {Kind.CASE_GIVEN, Kind.RECORD_GIVEN}
    assert open_cases(stranger) == {}
    stranger.point.desk.note(CaseWithdrawn(reason="不办了"), AGENT, number)
    stranger.carry()
    assert office.desk.open(number).case.status is Status.TAKEN_IN
    stranger.close()


def test_what_was_told_again_is_erased_with_its_case_at_the_county_and_at_the_new_terminal(
    office: CountyOffice, old: Kiosk, points: Points
) -> None:
    number = old.take_in()
    old.carry()
    new = points.replace(old, "02")
    new.carry()
    act(new, number, WithdrawCase("不想办了", STROKES))
    new.carry()
    assert told_bodies(new) > 0
    office.clock.advance(3651 * 24 * 3600 * 1000)
    pen: Pen = office.giver._pen
    vault = AttachmentVault(office.directory / DIRECTORY)
    eraser = Eraser(office.database, vault, lambda: office.library, pen, office.clock, lambda: None)
    assert eraser.run().cases == 1
    with office.database.reading() as connection:
        assert [each for each in Ledger(connection).of_case(number) if each.record.body] == []
    new.carry()
    assert told_bodies(new) == 0
    new.point.do(*SIGN_IN)
    assert {fact for _, fact in new.point.desk.story(number)} == {None} | {
        fact for _, fact in new.point.desk.story(number) if fact is not None and "李秀兰" not in repr(fact)
    }
    assert new.point.desk.cases.case(number) == office.desk.open(number).case


def told_bodies(kiosk: Kiosk) -> int:
    records = [each for _, each in kiosk.point.county.records(0, 1000)]
    return sum(bool(each.body) for each in records if each.header.kind == Kind.RECORD_GIVEN)
