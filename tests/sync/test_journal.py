import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from sync.clock import FixedClock
from sync.journal import (
    ClockWatch,
    Journal,
    JournalDamaged,
    JournalIsBehind,
    JournalMissing,
    JournalOfAnotherKey,
    JournalOfAnotherVersion,
    JournalOpenElsewhere,
    JournalReader,
    TransactionOpen,
)
from sync.keys import FileSigner
from sync.model.facts import ActorClass, ClockMoved, Kind
from sync.reading import fact_of, open_body
from sync.record import BodyTooLarge, BodyWithheld, ClockNote, Link, Stamp, check_signature
from tests.seals import READERS, keys_of
from tests.sync.village import CASE_NO, INVITED, TAKEN_IN, write

NOW_MS = 1_795_415_520_000
HOUR_MS = 3_600_000
TOO_LARGE = replace(TAKEN_IN, values={"reason": "x" * (1 << 17)})


@pytest.fixture
def signer(tmp_path: Path) -> FileSigner:
    return FileSigner.create(tmp_path / "key.pem")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW_MS, boot_ms=50_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def journal(path: Path, signer: FileSigner, clock: FixedClock) -> Iterator[Journal]:
    opened = Journal.open_or_create(path, signer, READERS, clock)
    yield opened
    opened.close()


def append(journal: Journal) -> None:
    with journal.transaction() as writing:
        writing.append(INVITED, actor="A01", actor_class=ActorClass.AGENT)


class Abandoned(Exception):
    """Something in the middle of a transaction went wrong."""


def abandon(journal: Journal, statement: str = "SELECT 1") -> None:
    with journal.transaction() as writing:
        writing.connection.execute(statement)
        writing.append(INVITED, actor="A01", actor_class=ActorClass.AGENT)
        raise Abandoned


def append_and_swallow_a_failure(journal: Journal) -> None:
    with journal.transaction() as writing:
        writing.append(INVITED, actor="A01", actor_class=ActorClass.AGENT)
        with pytest.raises(BodyTooLarge):
            writing.append(TOO_LARGE, actor="A01", actor_class=ActorClass.AGENT)
        with pytest.raises(TransactionOpen, match="can only be left"):
            writing.append(INVITED, actor="A01", actor_class=ActorClass.AGENT)


def test_records_are_numbered_chained_signed_and_read_back(journal: Journal, signer: FileSigner) -> None:
    first, second = write(journal, TAKEN_IN, INVITED)
    told, *rest = journal.read(0, 10)
    assert told.header.kind == Kind.CONTENT_KEY_SEALED
    assert rest == [first, second]
    assert [told.header.seq, first.header.seq, second.header.seq] == [1, 2, 3]
    assert [first.header.previous, second.header.previous] == [told.hash, first.hash]
    assert journal.record(second.header.seq) == second
    assert journal.record(second.header.seq + 1) is None
    assert journal.head() == second.link
    for record in (told, first, second):
        check_signature(record, signer.public_key)
    assert [fact_of(each, keys_of(journal)) for each in rest] == [TAKEN_IN, INVITED]


def test_pages_begin_behind_a_number_and_end_at_their_limit(journal: Journal) -> None:
    write(journal, *[INVITED] * 7)
    assert [each.header.seq for each in journal.read(2, 3)] == [3, 4, 5]
    assert journal.read(7, 3) == []


def test_the_records_of_a_case_are_found_in_their_order(journal: Journal) -> None:
    first = write(journal, TAKEN_IN)
    append(journal)
    last = write(journal, INVITED)
    assert journal.records_of_case(CASE_NO) == [*first, *last]
    assert journal.records_of_case("nobody") == []


def test_an_empty_journal_stands_at_the_beginning(journal: Journal) -> None:
    assert journal.head() == Link.start(journal.chain)
    assert journal.audit().flaws == ()


def test_it_goes_on_where_it_ended(path: Path, signer: FileSigner, clock: FixedClock) -> None:
    for number in range(1, 4):
        journal = Journal.open_or_create(path, signer, READERS, clock)
        (record,) = write(journal, INVITED)
        assert record.header.seq == number
        journal.close()
    assert JournalReader.open(path).audit(signer.public_key).records == 3


def test_what_is_written_beside_the_records_stands_or_falls_with_them(journal: Journal) -> None:
    with journal.transaction() as writing:
        writing.connection.execute("CREATE TABLE drafts (text TEXT)")
    with journal.transaction() as writing:
        writing.connection.execute("INSERT INTO drafts VALUES ('kept')")
        writing.append(INVITED, actor="A01", actor_class=ActorClass.AGENT)
    with pytest.raises(Abandoned):
        abandon(journal, "INSERT INTO drafts VALUES ('not kept')")
    assert journal.connection.execute("SELECT text FROM drafts").fetchall() == [("kept",)]
    assert journal.head().seq == 1


def test_after_a_rollback_the_chain_goes_on_as_if_nothing_had_been(journal: Journal, signer: FileSigner) -> None:
    write(journal, INVITED)
    for _ in range(2):
        with pytest.raises(Abandoned):
            abandon(journal)
    (record,) = write(journal, INVITED)
    assert record.header.seq == 2
    assert journal.audit(signer.public_key).flaws == ()


def test_a_second_transaction_inside_one_is_refused(journal: Journal) -> None:
    with journal.transaction(), pytest.raises(TransactionOpen), journal.transaction():
        pass
    append(journal)


def test_a_transaction_whose_append_failed_ends_without_effect_even_if_the_failure_is_swallowed(
    journal: Journal,
) -> None:
    with pytest.raises(TransactionOpen, match="nobody was told"):
        append_and_swallow_a_failure(journal)
    assert journal.head().seq == 0
    append(journal)
    assert journal.head().seq == 1


def test_there_is_one_writer(path: Path, signer: FileSigner, clock: FixedClock, journal: Journal) -> None:
    with pytest.raises(JournalOpenElsewhere):
        Journal.open_or_create(path, signer, READERS, clock)
    journal.close()
    Journal.open_or_create(path, signer, READERS, clock).close()


def test_only_the_owner_may_read_the_files(journal: Journal, path: Path) -> None:
    append(journal)
    for file in path.parent.glob("journal.db*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_a_journal_is_no_other_keys(path: Path, journal: Journal, clock: FixedClock, tmp_path: Path) -> None:
    append(journal)
    journal.close()
    with pytest.raises(JournalOfAnotherKey):
        Journal.open_or_create(path, FileSigner.create(tmp_path / "other.pem"), READERS, clock)


def test_a_file_that_is_no_journal_is_refused(path: Path, signer: FileSigner, clock: FixedClock) -> None:
    path.write_bytes(b"this is a letter" * 1000)
    with pytest.raises(JournalOfAnotherVersion):
        Journal.open_or_create(path, signer, READERS, clock)


def test_a_journal_of_a_newer_version_is_refused(path: Path, journal: Journal, signer: FileSigner) -> None:
    journal.connection.execute("PRAGMA user_version = 2")
    journal.close()
    with pytest.raises(JournalOfAnotherVersion, match="version 2"):
        Journal.open_or_create(path, signer, READERS, FixedClock(NOW_MS))
    with pytest.raises(JournalOfAnotherVersion, match="version 2"):
        JournalReader.open(path)


def test_an_empty_file_left_by_a_power_cut_becomes_a_journal(path: Path, signer: FileSigner, clock: FixedClock) -> None:
    path.touch(mode=0o600)
    with pytest.raises(JournalMissing):
        JournalReader.open(path)
    journal = Journal.open_or_create(path, signer, READERS, clock)
    append(journal)
    journal.close()
    assert JournalReader.open(path).head().seq == 1


def test_a_journal_that_lost_what_the_county_has_acknowledged_is_not_written_on(
    path: Path, signer: FileSigner, clock: FixedClock, journal: Journal, tmp_path: Path
) -> None:
    first, second = write(journal, INVITED, INVITED)
    journal.close()
    Journal.open_or_create(path, signer, READERS, clock, acknowledged=second.link).close()
    ahead = Link(second.header.chain, 3, bytes(32))
    with pytest.raises(JournalIsBehind):
        Journal.open_or_create(path, signer, READERS, clock, acknowledged=ahead)
    with pytest.raises(JournalIsBehind):
        Journal.open_or_create(path, signer, READERS, clock, acknowledged=Link(first.header.chain, 1, bytes(32)))
    with pytest.raises(JournalIsBehind):
        Journal.open_or_create(tmp_path / "fresh.db", signer, READERS, clock, acknowledged=first.link)
    Journal.open_or_create(path, signer, READERS, clock, acknowledged=Link(b"another!", 9, bytes(32))).close()


def test_a_reader_in_another_place_sees_what_is_committed_and_notices_it(path: Path, journal: Journal) -> None:
    append(journal)
    reader = JournalReader.open(path)
    assert reader.changed()
    assert not reader.changed()
    with journal.transaction() as writing:
        writing.append(INVITED, actor="A01", actor_class=ActorClass.AGENT)
        assert reader.head().seq == 1
    assert reader.changed()
    assert reader.head() == journal.head()
    reader.close()


def test_a_reader_reads_after_the_writer_has_gone_and_cannot_write(path: Path, journal: Journal) -> None:
    append(journal)
    journal.close()
    reader = JournalReader.open(path)
    assert reader.head().seq == 1
    before = path.read_bytes()
    with pytest.raises(Exception, match="readonly"):
        reader._connection.execute("DELETE FROM records")
    reader.close()
    assert path.read_bytes() == before


def test_there_is_nothing_to_read_before_the_kiosk_first_ran(path: Path) -> None:
    with pytest.raises(JournalMissing):
        JournalReader.open(path)


def test_records_whose_body_is_withheld_are_read_and_audited(journal: Journal, signer: FileSigner) -> None:
    first, second = write(journal, TAKEN_IN, INVITED)
    journal.connection.execute("UPDATE records SET body = NULL WHERE seq = ?", (first.header.seq,))
    withheld = journal.record(first.header.seq)
    assert withheld is not None
    assert withheld.body is None
    assert withheld.hash == first.hash
    with pytest.raises(BodyWithheld):
        open_body(withheld, keys_of(journal))
    audit = journal.audit(signer.public_key)
    assert (audit.records, audit.withheld, audit.flaws) == (second.header.seq, 1, ())
    (third,) = write(journal, INVITED)
    assert third.header.previous == second.hash


def test_a_journal_whose_end_was_changed_is_not_opened(path: Path, journal: Journal, signer: FileSigner) -> None:
    *_, last = write(journal, TAKEN_IN, INVITED, INVITED)
    journal.connection.execute("UPDATE records SET signature = zeroblob(64) WHERE seq = ?", (last.header.seq,))
    journal.close()
    with pytest.raises(JournalDamaged, match="signature"):
        Journal.open_or_create(path, signer, READERS, FixedClock(NOW_MS))


def test_a_journal_with_a_record_missing_near_its_end_is_not_opened(
    path: Path, journal: Journal, signer: FileSigner
) -> None:
    write(journal, *[INVITED] * 5)
    journal.connection.execute("DELETE FROM records WHERE seq = 4")
    journal.close()
    with pytest.raises(JournalDamaged, match="5 does not follow record 3"):
        Journal.open_or_create(path, signer, READERS, FixedClock(NOW_MS))


# --- the clock -----------------------------------------------------------------------------------------------------


def test_a_clock_set_back_by_an_hour_is_written_down_before_the_next_record(
    journal: Journal, clock: FixedClock
) -> None:
    append(journal)
    clock.advance(1_000)
    clock.set_wall(clock.wall_ms() - HOUR_MS)
    append(journal)
    append(journal)
    first, moved, second, third = journal.read(0, 10)
    assert fact_of(moved, keys_of(journal)) == ClockMoved(by_ms=-HOUR_MS)
    assert moved.header.clock_note == ClockNote.MOVED | ClockNote.STEERED
    assert moved.header.actor_class is ActorClass.SYSTEM
    assert {first.header.clock_note, second.header.clock_note, third.header.clock_note} == {ClockNote.STEERED}


def test_many_small_moves_are_noticed_like_a_large_one(journal: Journal, clock: FixedClock) -> None:
    append(journal)
    for _ in range(7):
        clock.advance(10_000)
        clock.set_wall(clock.wall_ms() - 10_000)
        append(journal)
    moves = [fact_of(each, keys_of(journal)) for each in journal.read(0, 20) if each.header.kind == 5]
    assert moves == [ClockMoved(by_ms=-60_000)]


def test_a_clock_put_right_by_seconds_is_not_worth_a_record(journal: Journal, clock: FixedClock) -> None:
    append(journal)
    clock.set_wall(clock.wall_ms() + 59_999)
    append(journal)
    assert journal.head().seq == 2


def test_the_smallest_move_that_is_told_can_be_set(path: Path, signer: FileSigner, clock: FixedClock) -> None:
    journal = Journal.open_or_create(path, signer, READERS, clock, clock_threshold_ms=1_000)
    append(journal)
    clock.set_wall(clock.wall_ms() + 1_000)
    append(journal)
    assert fact_of(journal.read(1, 1)[0], keys_of(journal)) == ClockMoved(by_ms=1_000)
    journal.close()


def test_a_move_while_the_program_was_down_is_noticed_under_the_same_start(
    path: Path, signer: FileSigner, clock: FixedClock
) -> None:
    for jump_ms in (0, HOUR_MS):
        journal = Journal.open_or_create(path, signer, READERS, clock)
        clock.set_wall(clock.wall_ms() + jump_ms)
        append(journal)
        journal.close()
    reader = JournalReader.open(path)
    assert fact_of(reader.read(1, 1)[0], keys_of(reader)) == ClockMoved(by_ms=HOUR_MS)


def test_a_move_that_is_rolled_back_is_told_again(journal: Journal, clock: FixedClock) -> None:
    append(journal)
    clock.set_wall(clock.wall_ms() + HOUR_MS)
    with pytest.raises(Abandoned):
        abandon(journal)
    append(journal)
    assert fact_of(journal.read(1, 1)[0], keys_of(journal)) == ClockMoved(by_ms=HOUR_MS)


def stamp(wall_ms: int, boot_id: bytes, boot_ms: int) -> Stamp:
    return Stamp(wall_ms, boot_id, boot_ms)


def test_after_a_new_start_only_a_move_back_can_be_seen() -> None:
    watch = ClockWatch.since(stamp(NOW_MS, b"first...", 90_000))
    night_later = stamp(NOW_MS + 10 * HOUR_MS, b"second..", 30_000)
    assert watch.moved_by_ms(night_later) == 0
    # The machine has been up for 30 s, and yet its clock shows an hour before the last record.
    set_back = stamp(NOW_MS - HOUR_MS, b"second..", 30_000)
    assert watch.moved_by_ms(set_back) == -HOUR_MS - 30_000
    years_off = stamp(1_000, b"second..", 30_000)
    assert watch.moved_by_ms(years_off) == 1_000 - 30_000 - NOW_MS


def test_a_watch_goes_on_from_the_time_that_a_move_left() -> None:
    watch = ClockWatch.since(stamp(NOW_MS, b"boot....", 0))
    jumped = stamp(NOW_MS + HOUR_MS, b"boot....", 0)
    assert watch.moved_by_ms(jumped) == HOUR_MS
    assert watch.after(jumped).moved_by_ms(jumped) == 0


def test_a_copy_of_the_file_can_be_read_by_an_auditor(journal: Journal, tmp_path: Path, signer: FileSigner) -> None:
    write(journal, TAKEN_IN, INVITED)
    journal.close()
    copy = tmp_path / "copy.db"
    copy.write_bytes((tmp_path / "journal.db").read_bytes())
    copy.chmod(0o400)
    assert JournalReader.open(copy).audit(signer.public_key).flaws == ()
