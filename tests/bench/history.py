"""A long history: a journal with as many records as a busy point has after years, made by the desk's own means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from kiosk.desk import Actor, Desk
from sync.clock import FixedClock
from sync.journal import Journal
from sync.keys import FileSigner
from sync.model.county_day import CountyDay
from sync.model.facts import (
    Author,
    CaseTakenIn,
    CaseWithdrawn,
    Fact,
    MaterialMark,
    MaterialState,
    Person,
    Role,
    SlipEnded,
    SlipIssued,
    SlipKind,
    SlipResult,
    Urgency,
)
from sync.model.moment import wall_ms_at
from sync.terminal import TerminalConfig
from sync.transport.reader import TransportReader
from tests.demo_desk import opened, readers
from tests.kiosk.journeys import SIGNATURE

LAST_DAY = date(2026, 11, 20)
CASES_A_DAY = 100
RECORDS_A_CASE = 4
BATCH_CASES = 250
AGENT = Actor("A01")
_TAKEN_IN = CaseTakenIn(
    item_code="elder_allowance",
    item_version=1,
    role=Role.PROXY,
    urgency=Urgency.ORDINARY,
    promised_on=date(2026, 11, 30),
    promise_days=5,
    applicant=Person(name="李秀兰", identity_number="990101194001010016", phone="00055500123"),
    values={"living": "alone", "health": "self", "bank_name": "rcu", "bank_account": "6200000000000001"},
    materials=(MaterialMark(material="id_card", state=MaterialState.ORIGINAL_SEEN),),
    signature=SIGNATURE,
    agent_name="王建国",
)


def grow_to(terminal: Path, records: int) -> None:
    """Let a terminal's journal hold `records` records: cases that were taken in, printed and withdrawn."""
    with _desk(terminal) as (journal, desk, clock):
        missing = records - journal.head().seq
        _write(journal, desk, clock, missing // RECORDS_A_CASE, _over)


def open_cases(terminal: Path, cases: int) -> None:
    """Let a terminal have so many cases that are going on."""
    with _desk(terminal) as (journal, desk, clock):
        _write(journal, desk, clock, cases - len(desk.cases.rows(over=False)), _going_on)


def _going_on(_seq: int) -> tuple[Fact, ...]:
    return (_TAKEN_IN,)


def _over(seq: int) -> tuple[Fact, ...]:
    return (
        _TAKEN_IN,
        SlipIssued(slip=SlipKind.RECEIPT, copy=0),
        SlipEnded(issued_seq=seq + 2, result=SlipResult.PRINTED),
        CaseWithdrawn(reason="不想办了", signature=SIGNATURE, seen_chain=b"", seen_seq=0),
    )


@contextmanager
def _desk(terminal: Path) -> Iterator[tuple[Journal, Desk, FixedClock]]:
    config = TerminalConfig.load(terminal)
    clock = FixedClock(0)
    signer = FileSigner.load(terminal / config.record_key)
    journal = Journal.open_or_create(terminal / "journal.db", signer, readers(terminal), clock)
    inbox = TransportReader(terminal / "transport.db")
    desk_key = journal.readers[-1]
    desk = Desk(
        journal, inbox, desk_key, lambda: CountyDay(clock.wall_ms()), config.region, int(config.terminal_number)
    )
    desk._keyring.hold(opened(terminal).openers)  # as an agent has it who sits at the desk
    try:
        yield journal, desk, clock
    finally:
        inbox.close()
        journal.close()


def _write(
    journal: Journal, desk: Desk, clock: FixedClock, cases: int, facts: Callable[[int], tuple[Fact, ...]]
) -> None:
    """Write so many cases, a hundred a day up to the last day, many in one transaction."""
    first_day = LAST_DAY - timedelta(days=cases // CASES_A_DAY)
    seq = journal.head().seq
    for begin in range(0, cases, BATCH_CASES):
        with journal.transaction() as writing:
            for place in range(begin, min(begin + BATCH_CASES, cases)):
                day = first_day + timedelta(days=place // CASES_A_DAY)
                clock.set_wall(wall_ms_at(day, 9, 0) + place % CASES_A_DAY * 60_000)
                number = desk._next_number()
                for happened in facts(seq):
                    record = writing.append(happened, actor=AGENT.id, actor_class=AGENT.kind, case_no=number)
                    desk._project(record, Author.TERMINAL)
                    seq = record.header.seq
