"""When a journal seals with a new content key, and who reads what. That no nonce meets two: test_journal_nonces."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from sync.clock import FixedClock
from sync.journal import Journal, JournalReader
from sync.keys import FileSigner
from sync.model.facts import ActorClass, ContentKeySealed, Fact, Kind, to_plain
from sync.model.moment import local_date, wall_ms_at
from sync.reading import NO_KEYS, fact_of, open_body
from sync.record import BodySealed, Record, close_body
from sync.sealing import KeyOpener
from tests.seals import DESK, ESCROW, OPENING, READERS, keys_of, opener
from tests.sync.village import CASE_NO, INVITED, TAKEN_IN, write

DAY = date(2026, 11, 23)
MIDNIGHT_MS = wall_ms_at(date(2026, 11, 24))
HOUR_MS = 3_600_000


@pytest.fixture
def signer(tmp_path: Path) -> FileSigner:
    return FileSigner.create(tmp_path / "key.pem")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(wall_ms_at(DAY, 14, 32), boot_ms=50_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def journal(path: Path, signer: FileSigner, clock: FixedClock) -> Iterator[Journal]:
    opened = Journal.open_or_create(path, signer, READERS, clock)
    yield opened
    opened.close()


def written(journal: Journal, happened: Fact = TAKEN_IN) -> Record:
    (record,) = write(journal, happened)
    return record


def told(journal: JournalReader) -> list[int]:
    """The numbers of the content keys that a journal tells."""
    return [each.header.seq for each in journal.read(0, 10_000) if each.header.kind == Kind.CONTENT_KEY_SEALED]


def is_sealed_with_a_key_of_its_own(journal: Journal, record: Record) -> bool:
    """Whether the content key was told just before the record and is none that was told earlier."""
    digests = [
        fact.digest
        for fact in (fact_of(each, NO_KEYS) for each in journal.read(0, 10_000) if each.header.content_key is None)
        if isinstance(fact, ContentKeySealed)
    ]
    return record.header.content_key == record.header.seq - 1 == told(journal)[-1] and len(set(digests)) == len(digests)


class Abandoned(Exception):
    """Something in the middle of a transaction went wrong."""


def abandon(journal: Journal, *facts: Fact) -> None:
    with journal.transaction() as writing:
        for happened in facts:
            writing.append(happened, actor="A01", actor_class=ActorClass.AGENT, case_no=CASE_NO)
        raise Abandoned


# --- when a key is new ---------------------------------------------------------------------------------------------


def test_a_record_without_a_body_tells_no_key(journal: Journal) -> None:
    first = written(journal, INVITED)
    assert journal.read(0, 10) == [first]
    assert is_sealed_with_a_key_of_its_own(journal, written(journal, TAKEN_IN))
    last = written(journal, INVITED)
    assert journal.head() == last.link
    assert len(told(journal)) == 1


def test_a_key_is_told_by_the_system_and_about_no_case(journal: Journal) -> None:
    record = written(journal)
    telling = journal.record(record.header.seq - 1)
    assert telling is not None
    assert (telling.header.actor_class, telling.header.case_no) == (ActorClass.SYSTEM, None)
    assert (telling.header.wall_ms, telling.header.boot_ms) == (record.header.wall_ms, record.header.boot_ms)


def test_what_is_written_on_one_day_is_sealed_with_one_key(journal: Journal, clock: FixedClock) -> None:
    first = written(journal)
    clock.advance(9 * HOUR_MS)
    write(journal, INVITED, TAKEN_IN)
    with journal.transaction() as writing:
        writing.append(TAKEN_IN, actor="A01", actor_class=ActorClass.AGENT)
        last = writing.append(TAKEN_IN, actor="A01", actor_class=ActorClass.AGENT)
    assert last.header.content_key == first.header.content_key
    assert told(journal) == [first.header.content_key]


def test_every_start_seals_with_a_new_key(path: Path, signer: FileSigner, clock: FixedClock) -> None:
    for starts in range(1, 4):
        journal = Journal.open_or_create(path, signer, READERS, clock)
        first, second = written(journal), written(journal)
        assert is_sealed_with_a_key_of_its_own(journal, first)
        assert second.header.content_key == first.header.content_key
        assert len(told(journal)) == starts
        journal.close()


def test_a_new_day_of_the_county_brings_a_new_key_at_midnight_and_not_before(
    journal: Journal, clock: FixedClock
) -> None:
    written(journal)
    clock.advance(MIDNIGHT_MS - 1 - clock.wall_ms())
    last_of_the_day = written(journal)
    assert last_of_the_day.header.content_key == told(journal)[0]
    assert len(told(journal)) == 1
    clock.advance(1)
    written(journal, INVITED)
    assert len(told(journal)) == 1
    assert is_sealed_with_a_key_of_its_own(journal, written(journal))
    assert len(told(journal)) == 2


def test_midnight_in_greenwich_brings_no_new_key(journal: Journal, clock: FixedClock) -> None:
    clock.set_wall(MIDNIGHT_MS + 8 * HOUR_MS - 1)
    before = written(journal)
    clock.advance(1)
    assert written(journal).header.content_key == before.header.content_key


def test_midnight_in_the_middle_of_a_transaction_brings_a_new_key(journal: Journal, clock: FixedClock) -> None:
    clock.set_wall(MIDNIGHT_MS - 1)
    with journal.transaction() as writing:
        before = writing.append(TAKEN_IN, actor="A01", actor_class=ActorClass.AGENT)
        clock.advance(1)
        after = writing.append(TAKEN_IN, actor="A01", actor_class=ActorClass.AGENT)
    assert before.header.content_key == before.header.seq - 1
    assert is_sealed_with_a_key_of_its_own(journal, after)
    assert written(journal).header.content_key == after.header.content_key


def test_a_clock_set_back_to_yesterday_brings_a_new_key_and_not_yesterdays(journal: Journal, clock: FixedClock) -> None:
    for wall_ms in (MIDNIGHT_MS - 1, MIDNIGHT_MS, MIDNIGHT_MS - 1):
        clock.set_wall(wall_ms)
        assert is_sealed_with_a_key_of_its_own(journal, written(journal))
    assert len(told(journal)) == 3


@pytest.mark.parametrize("lost", [(TAKEN_IN,), (INVITED,), ()], ids=["a body", "no body", "nothing"])
def test_after_a_transaction_that_failed_the_next_body_is_sealed_with_a_new_key(
    journal: Journal, lost: tuple[Fact, ...]
) -> None:
    before = written(journal)
    with pytest.raises(Abandoned):
        abandon(journal, *lost)
    assert journal.head() == before.link
    assert is_sealed_with_a_key_of_its_own(journal, written(journal))
    assert told(journal) == [before.header.content_key, before.header.seq + 1]


def test_a_key_that_was_told_in_a_transaction_that_failed_seals_nothing_later(
    journal: Journal, signer: FileSigner
) -> None:
    with pytest.raises(Abandoned):
        abandon(journal, TAKEN_IN)
    assert journal.head().seq == 0
    record = written(journal)
    assert is_sealed_with_a_key_of_its_own(journal, record)
    assert fact_of(record, keys_of(journal)) == TAKEN_IN
    assert journal.audit(signer.public_key).flaws == ()


# --- who reads what ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reader", [OPENING, ESCROW, DESK], ids=["opening", "escrow", "desk"])
def test_everyone_who_may_read_reads_everything(journal: Journal, clock: FixedClock, reader: KeyOpener) -> None:
    facts = [replace(TAKEN_IN, values={"number": number}) for number in range(6)]
    for happened in facts:
        written(journal, happened)
        clock.advance(10 * HOUR_MS)
    keys = keys_of(journal, reader)
    days = {local_date(each.header.wall_ms) for each in journal.read(0, 100)}
    assert len(told(journal)) == len(days) == 3
    assert [fact_of(each, keys) for each in journal.records_of_case(CASE_NO)] == facts


@pytest.mark.parametrize("reader", [None, opener("stranger")], ids=["no keys", "a stranger's key"])
def test_whoever_has_no_key_reads_headers_and_no_bodies(
    path: Path, journal: Journal, signer: FileSigner, reader: KeyOpener | None
) -> None:
    write(journal, TAKEN_IN, INVITED, TAKEN_IN)
    gateway = JournalReader.open(path)
    keys = NO_KEYS if reader is None else keys_of(gateway, reader)
    assert gateway.audit(signer.public_key).flaws == ()
    assert [each.header.kind for each in gateway.records_of_case(CASE_NO)] == [21, 30, 21]
    first, second, third = gateway.records_of_case(CASE_NO)
    assert (first.header.actor, first.header.plain[0]) == ("A01", "hk-01")
    assert fact_of(second, keys) == INVITED
    for record in (first, third):
        with pytest.raises(BodySealed, match=f"record {record.header.seq} is sealed"):
            open_body(record, keys)
    gateway.close()


def test_no_body_that_says_something_lies_open_in_the_file(path: Path, journal: Journal) -> None:
    write(journal, TAKEN_IN, INVITED)
    journal.close()
    held = path.read_bytes()
    for personal in ("张三", "990101199001011239", "000-5550-123", "王建国"):
        assert personal.encode() not in held
    assert close_body(to_plain(TAKEN_IN)[1]) not in held
