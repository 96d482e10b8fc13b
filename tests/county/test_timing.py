"""What does not fit about the times of records: each attack on a clock shows, and an honest terminal is left alone."""

from __future__ import annotations

import random
from datetime import date

import pytest

from county.timing import Dated, Doubt, Finding, case_findings, chain_findings
from sync.clock import FixedClock
from sync.evidence import Cover, intervals
from sync.journal.clock_watch import ClockWatch
from sync.keys import Signer
from sync.model.facts import (
    ActorClass,
    CaseAccepted,
    CaseDecided,
    ClockMoved,
    Fact,
    JournalFoundDamaged,
    Kind,
    Outcome,
    ResultReady,
    Role,
    ShiftOpened,
    SupplementReceived,
    SupplementRequired,
)
from sync.model.profile import Evidence
from sync.record import Link, Record, Stamp, chain_id, compose
from sync.sealing import ContentKey
from tests.county.village import NOON_MS, new_signer
from tests.seals import READERS

HOUR_MS = 3_600_000
LIMITS = Evidence()
GRAVE = [each for each in Doubt if each.grave]


class Writer:
    """Somebody whose records the county dates: a clock that can be set, one that cannot, and the county's own."""

    def __init__(self, signer: Signer | None = None) -> None:
        self.signer = signer or new_signer()
        self.clock = FixedClock(NOON_MS)
        self.true_ms = NOON_MS
        self.watch = ClockWatch()
        self.records: list[Record] = []
        self.stated: dict[bytes, int] = {}
        self.covers: list[Cover] = []
        self.named: bytes | None = None
        self.content_key = ContentKey.fresh(chain_id(self.signer.public_key), 1)
        self.write(self.content_key.told_to(READERS))

    def wait(self, ms: int) -> None:
        self.clock.advance(ms)
        self.true_ms += ms

    def set_clock(self, by_ms: int) -> None:
        """Move the wall clock; the clock of the start goes on as it was."""
        self.clock.set_wall(self.clock.wall_ms() + by_ms)

    def write(self, fact: Fact, *, honest: bool = True) -> Record:
        """Write a fact; an honest program tells a move of its clock first, as the journal does."""
        stamp = Stamp(self.clock.wall_ms(), self.clock.boot_id, self.clock.boot_ms())
        moved_ms = self.watch.moved_by_ms(stamp)
        if moved_ms and honest:
            self._append(ClockMoved(by_ms=moved_ms), stamp)
        self.watch = self.watch.after(stamp)
        return self._append(fact, stamp)

    def _append(self, fact: Fact, stamp: Stamp) -> Record:
        record = compose(
            fact,
            after=self.records[-1].link if self.records else Link.start(chain_id(self.signer.public_key)),
            stamp=stamp,
            signer=self.signer,
            actor="A01",
            actor_class=ActorClass.AGENT,
            checkpoint=self.named,
            content_key=self.content_key,
        )
        self.named = None
        self.records.append(record)
        return record

    def sync(self) -> None:
        """Reach the county: it covers what is there and states a checkpoint, which the next record names."""
        self.covers.append(Cover(self.records[-1].link, self.true_ms))
        self.named = len(self.stated).to_bytes(32, "big")
        self.stated[self.named] = self.true_ms

    def dated(self) -> list[Dated]:
        found = intervals(self.records, self.stated, self.covers)
        return [Dated(record.header, interval) for record, interval in zip(self.records, found, strict=True)]

    def findings(self, limits: Evidence = LIMITS) -> list[Finding]:
        return chain_findings(self.dated(), None, None, limits)

    def doubts(self, *, grave: bool = True) -> list[Doubt]:
        return [each.doubt for each in self.findings() if each.doubt.grave is grave]


@pytest.fixture
def writer() -> Writer:
    """A terminal that has reached the county once, a minute ago."""
    made = Writer()
    made.write(ShiftOpened())
    made.sync()
    made.wait(60_000)
    return made


# --- clocks --------------------------------------------------------------------------------------------------------


def test_a_terminal_that_found_its_own_records_damaged_is_shown(writer: Writer) -> None:
    record = writer.write(JournalFoundDamaged(first=7, part="body", flaws=1))
    found = [each for each in writer.findings() if each.doubt.grave]
    assert [(each.doubt, each.seq) for each in found] == [(Doubt.JOURNAL_DAMAGED, record.header.seq)]


@pytest.mark.parametrize("hours", [1, 3, 30, 24 * 40])
def test_a_clock_set_back_by_hours_shows_though_the_program_hides_it(writer: Writer, hours: int) -> None:
    writer.set_clock(-hours * HOUR_MS)
    record = writer.write(ShiftOpened(), honest=False)
    writer.wait(60_000)
    writer.sync()
    found = {each.doubt: each for each in writer.findings()}
    assert found.keys() == {Doubt.CLOCK_JUMPED, Doubt.DATED_BEFORE}
    assert found[Doubt.CLOCK_JUMPED].by_ms == -hours * HOUR_MS
    assert found[Doubt.DATED_BEFORE].seq == record.header.seq
    assert found[Doubt.DATED_BEFORE].by_ms == 60_000 - hours * HOUR_MS  # at least so much


def test_a_clock_set_back_while_the_terminal_was_off_shows(writer: Writer) -> None:
    writer.clock = FixedClock(writer.clock.wall_ms() - 5 * HOUR_MS, boot_id=b"restart!")
    writer.write(ShiftOpened(), honest=False)
    assert writer.doubts() == [Doubt.DATED_BEFORE, Doubt.CLOCK_JUMPED]
    assert writer.doubts(grave=False) == [Doubt.RESTARTED]


def test_a_clock_set_forward_shows_as_soon_as_the_county_has_the_record(writer: Writer) -> None:
    writer.set_clock(2 * HOUR_MS)
    writer.write(ShiftOpened(), honest=False)
    assert writer.doubts() == [Doubt.CLOCK_JUMPED]
    writer.sync()
    assert writer.doubts() == [Doubt.DATED_AFTER, Doubt.CLOCK_JUMPED]


def test_a_program_that_tells_the_move_is_shown_and_its_date_doubted(writer: Writer) -> None:
    writer.set_clock(-3 * HOUR_MS)
    writer.write(ShiftOpened())
    assert writer.doubts(grave=False) == [Doubt.CLOCK_SET]
    assert set(writer.doubts()) == {Doubt.DATED_BEFORE}


def test_a_clock_of_the_start_that_runs_back_under_one_start_shows(writer: Writer) -> None:
    writer.write(ShiftOpened())
    writer.clock = FixedClock(writer.clock.wall_ms())
    writer.write(ShiftOpened(), honest=False)
    assert writer.doubts() == [Doubt.CLOCK_JUMPED]


def test_a_word_of_the_county_that_it_never_gave_shows(writer: Writer) -> None:
    writer.named = b"\xff" * 32
    writer.write(ShiftOpened())
    assert writer.doubts() == [Doubt.UNKNOWN_CHECKPOINT]


def test_a_county_that_covers_a_record_before_what_the_record_names_contradicts_itself(writer: Writer) -> None:
    writer.write(ShiftOpened())
    writer.covers.append(Cover(writer.records[-1].link, NOON_MS - 1))
    assert set(writer.doubts()) == {Doubt.COUNTY_CONTRADICTS}


@pytest.mark.parametrize("seed", range(40))
def test_an_honest_terminal_raises_no_doubt_whatever_its_line_and_its_days_are(seed: int) -> None:
    rng = random.Random(seed)
    writer = Writer()
    for _ in range(60):
        writer.wait(rng.randrange(1_000, 4 * HOUR_MS))
        if rng.random() < 0.1:
            boot_id = rng.randbytes(8)
            writer.clock = FixedClock(writer.clock.wall_ms(), boot_id=boot_id)
        if rng.random() < 0.3:
            writer.set_clock(rng.randrange(-1_000, 1_000))  # the network puts it right
        writer.write(ShiftOpened())
        if rng.random() < 0.4:
            writer.wait(rng.randrange(100, 20_000))
            writer.sync()
    assert writer.doubts() == []


def test_what_is_within_the_countys_tolerance_is_not_doubted(writer: Writer) -> None:
    writer.set_clock(-59_000)
    writer.write(ShiftOpened())
    writer.sync()
    assert writer.findings() == []


# --- speed ---------------------------------------------------------------------------------------------------------


def case_doubts(writers: list[Writer], role: Role, limits: Evidence = LIMITS) -> list[Finding]:
    """The doubts about a case whose records these writers wrote, in the order of the true time."""
    steps = [dated for writer in writers for dated in writer.dated()]
    return case_findings(sorted(steps, key=lambda each: each.header.kind), role, limits)


def test_a_decision_58_seconds_after_acceptance_shows_though_the_clock_was_moved_by_two_days() -> None:
    county = Writer()
    county.write(CaseAccepted())
    county.wait(58_000)
    county.set_clock(48 * HOUR_MS)
    decided = county.write(CaseDecided(outcome=Outcome.APPROVED, reasons=""), honest=False)
    [found] = case_doubts([county], Role.PROXY)
    assert (found.doubt, found.seq, found.by_ms) == (Doubt.TOO_FAST, decided.header.seq, 58_000)
    assert (found.told_ms, found.limit_ms, found.since_kind) == (48 * HOUR_MS + 58_000, 120_000, Kind.CASE_ACCEPTED)
    # And the move itself shows.
    assert county.doubts() == [Doubt.CLOCK_JUMPED]


def test_a_decision_that_took_its_time_is_left_alone() -> None:
    county = Writer()
    county.write(CaseAccepted())
    county.wait(120_000)
    county.write(CaseDecided(outcome=Outcome.APPROVED, reasons=""))
    assert case_doubts([county], Role.PROXY) == []
    assert case_doubts([county], Role.PROXY, Evidence(decision_s=121)) != []


def test_what_a_point_finishes_itself_is_one_act_and_judged_from_the_taking_in() -> None:
    point = Writer()
    point.write(CaseAccepted())
    point.write(CaseDecided(outcome=Outcome.APPROVED, reasons=""))
    point.write(ResultReady(result_name="x"))
    assert case_doubts([point], Role.DIRECT) == []
    assert case_doubts([point], Role.PROXY) != []


def test_a_supplement_that_came_faster_than_anybody_walks_is_judged_by_the_countys_clock() -> None:
    county, point = Writer(), Writer()
    county.sync()
    county.write(SupplementRequired(due=date(2026, 12, 1), wanted=("户口簿",)))
    county.wait(1_000)
    county.sync()
    point.wait(30_000)
    point.set_clock(-HOUR_MS)
    point.write(SupplementReceived(materials=()))
    point.wait(5_000)
    steps = [county.dated()[1], *point.dated()]
    # Not before the county has it: nothing is proven until then.
    assert case_findings(steps, Role.PROXY, LIMITS) == []
    point.sync()
    [found] = case_findings([county.dated()[1], *point.dated()], Role.PROXY, LIMITS)
    assert (found.doubt, found.by_ms, found.since_kind) == (Doubt.TOO_FAST, 35_000, Kind.SUPPLEMENT_REQUIRED)


def test_honest_steps_between_county_and_village_are_left_alone() -> None:
    county, point = Writer(), Writer()
    county.write(SupplementRequired(due=date(2026, 12, 1), wanted=()))
    county.sync()
    for each in (county, point):
        each.wait(HOUR_MS)
    point.write(SupplementReceived(materials=()))
    point.sync()
    assert case_findings([*county.dated(), *point.dated()], Role.PROXY, LIMITS) == []
