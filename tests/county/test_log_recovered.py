"""The gateway's log goes on in a new epoch by the root's word, and so does the county's reading of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from county.store.attachments import AttachmentTable
from county.store.database import Database
from county.store.evidence import EvidenceTable
from sync import county_config
from sync.evidence import Interval
from sync.gateway.store.sqlite import SqliteStore
from sync.keys import FileSigner, Trust
from sync.model.facts import ShiftOpened
from sync.protocol.arrivals import Arrival
from sync.protocol.checkpoint import Checkpoint
from sync.protocol.recovery import NOTHING_KEPT, Kept, Recovery, recovery_after, verify_recovery
from tests.county.office import CountyOffice
from tests.county.outer import OuterGateway
from tests.county.village import Village, new_signer

HOUR_MS = 3_600_000


class Recovered:
    """A gateway that is put back from backups, and the holder of the county's root."""

    def __init__(self, home: Path, office: CountyOffice) -> None:
        self.home, self.office = home, office
        self.root = FileSigner.load(office.directory / county_config.ROOT_KEY)
        self.outer = OuterGateway(home, office)
        self.outer.enrol(office.village)

    def hours(self, count: int) -> None:
        """Every hour the village writes a record that names the newest checkpoint, and the county reads on."""
        for _ in range(count):
            self.write()
            self.outer.evidence.look(news=True)

    def write(self) -> Checkpoint:
        office, village = self.office, self.office.village
        village.write(ShiftOpened())
        office.clock.advance(HOUR_MS)
        village.wait(office.clock.wall_ms() - village.at_ms)
        stated = self.outer.take(village)
        village.named = stated.hash
        return stated

    def back_up(self) -> Path:
        copy = self.home / "backup.db"
        source, target = sqlite3.connect(self.home / "log.db"), sqlite3.connect(copy)
        source.backup(target)
        source.close()
        target.close()
        return copy

    def put_back(self, copy: Path) -> None:
        evidence = self.outer.evidence
        self.outer.close()
        for file in self.home.glob("log.db*"):
            file.unlink()
        copy.rename(self.home / "log.db")
        self.outer = OuterGateway(self.home, self.office)
        self.outer.evidence = evidence
        evidence._line = self.outer
        self.office.clock.advance(HOUR_MS)

    def recover(self, root: FileSigner | None = None, above: int = 1) -> Recovery:
        """Sign that the log goes on as it stands, and begin the epoch."""
        store: SqliteStore = self.outer.store
        standing, held = store.checkpoint(), store.recovery()
        assert standing is not None
        before = verify_recovery(held, self.office.trust) if held else None
        now_ms = self.office.clock.wall_ms()
        stands = Kept(standing.size, standing.root)
        recovery = recovery_after(before, "990101", standing.epoch, stands, now_ms, above)
        assert store.begin_epoch(recovery.sign(root or self.root), recovery.newest, now_ms)
        return recovery

    def followed(self) -> Checkpoint:
        with self.office.database.reading() as connection:
            return EvidenceTable(connection).followed().newest

    def intervals(self) -> list[Interval]:
        village = self.office.village
        return [self.outer.interval(village, seq) for seq in range(1, len(village.records) + 1)]

    def lost(self) -> list[int]:
        with self.office.database.reading() as connection:
            return [row[0] for row in connection.execute("SELECT leaf FROM log_lost ORDER BY epoch, leaf")]


@pytest.fixture
def recovered(home: Path, office: CountyOffice) -> Iterator[Recovered]:
    made = Recovered(home, office)
    yield made
    made.outer.close()


def put_back_after_two_hours_more(recovered: Recovered) -> list[Interval]:
    """Three hours, a backup, two hours more, and the backup is put back; returns what was known before."""
    recovered.hours(3)
    copy = recovered.back_up()
    recovered.hours(2)
    before = recovered.intervals()
    assert all(each.not_after_ms is not None for each in before)
    recovered.put_back(copy)
    return before


def test_the_reading_goes_on_in_the_new_epoch_and_what_the_lost_leaves_proved_is_proved_anew(
    recovered: Recovered, office: CountyOffice
) -> None:
    before = put_back_after_two_hours_more(recovered)
    with office.database.writing() as connection:
        AttachmentTable(connection).arrive([Arrival(7, bytes(32), 9)])
    recovered.recover()
    recovered.outer.evidence.look(news=True)
    with office.database.reading() as connection:
        assert AttachmentTable(connection).cursor() == 0, "its attachments have other numbers now"
    assert (recovered.followed().epoch, recovered.followed().size) == (2, 3)
    now = recovered.intervals()
    assert now[:-2] == before[:-2], "what the kept leaves prove has changed"
    assert [each.not_after_ms for each in now[-2:]] == [None, None], "a lost leaf still proves something"
    assert [each.not_before_ms for each in now] == [each.not_before_ms for each in before]
    assert recovered.lost() == [3, 4]
    (told,) = recovered.outer.faults()
    assert "第 2 期保留了前 3 条" in told
    assert "另外 2 条" in told

    recovered.hours(2)
    now = recovered.intervals()
    assert recovered.followed() == recovered.outer.store.checkpoint()
    assert [each.not_after_ms for each in now[-4:-2]] == [office.clock.wall_ms() - HOUR_MS] * 2
    assert now[-1].not_after_ms == office.clock.wall_ms()
    assert all((new.not_after_ms or 0) >= (old.not_after_ms or 0) for new, old in zip(now, before, strict=False))
    assert not any(each.unknown_checkpoint for each in now), "what was stated once was stated"
    assert recovered.outer.faults() == [told]
    assert recovered.outer.grave() == []


def test_an_epoch_that_the_root_did_not_sign_for_is_not_followed(recovered: Recovered) -> None:
    before = put_back_after_two_hours_more(recovered)
    thief = new_signer()
    recovered.recover(root=thief)
    recovered.outer.desk = replace(recovered.outer.desk, trust=Trust(thief.public_key, "990101"))
    recovered.write()
    recovered.outer.evidence.look(news=True)
    assert recovered.followed().epoch == 1
    assert recovered.intervals()[: len(before)] == before
    assert any("不可信" in reason for reason in recovered.outer.faults())


def test_a_recovery_over_other_leaves_than_the_county_has_read_hides_nothing(recovered: Recovered) -> None:
    """The gateway went on by itself before the root was asked to sign, and a terminal was faster than another."""
    recovered.hours(2)
    copy = recovered.back_up()
    recovered.hours(3)
    before = recovered.intervals()
    recovered.put_back(copy)
    other = Village(recovered.office.village.issuer, recovered.office.village.readers, region="990101102201")
    recovered.outer.enrol(other)
    for _ in range(2):
        other.write(ShiftOpened())
        recovered.office.clock.advance(HOUR_MS)
        recovered.outer.take(other, hand_on=False)
    recovered.recover()
    recovered.outer.evidence.look(news=True)
    assert recovered.followed().epoch == 1
    assert recovered.intervals() == before
    assert any("不是同一些" in reason for reason in recovered.outer.faults())
    # The way out, by a person: a recovery that keeps nothing.
    recovered.recover(above=3)
    recovered.hours(1)
    assert recovered.followed() == recovered.outer.store.checkpoint()
    assert recovered.lost()[:5] == [0, 1, 2, 3, 4]
    assert all(each.not_after_ms is not None for each in recovered.intervals())


def test_a_county_that_had_read_less_than_is_kept_reads_on_and_loses_nothing(recovered: Recovered) -> None:
    recovered.hours(2)
    recovered.write()
    copy = recovered.back_up()
    recovered.write()
    recovered.put_back(copy)
    recovered.recover()
    recovered.write()
    recovered.outer.evidence.look(news=True)
    assert recovered.followed() == recovered.outer.store.checkpoint()
    assert recovered.lost() == []
    assert all(each.not_after_ms is not None for each in recovered.intervals())


def test_a_county_that_slept_through_two_recoveries_and_one_that_reads_all_anew_come_to_the_same(
    recovered: Recovered, office: CountyOffice
) -> None:
    recovered.hours(2)
    for _ in range(2):
        recovered.write()
        copy = recovered.back_up()
        recovered.write()
        recovered.put_back(copy)
        recovered.recover()
    recovered.hours(1)
    assert recovered.followed() == recovered.outer.store.checkpoint()
    assert recovered.followed().epoch == 3
    known = [each.not_after_ms for each in recovered.intervals()]
    assert None not in known
    with office.database.writing() as connection:
        for table in ("log_checkpoints", "log_peaks", "log_covers", "log_leaves", "log_lost"):
            connection.execute(f"DELETE FROM {table}")
        EvidenceTable(connection).clear()
    recovered.outer.evidence.look(news=True)
    assert recovered.followed() == recovered.outer.store.checkpoint()
    assert [each.not_after_ms for each in recovered.intervals()] == known


def test_a_log_of_which_nothing_was_left_is_followed_from_its_beginning(recovered: Recovered) -> None:
    recovered.hours(3)
    copy = recovered.home / "backup.db"
    SqliteStore(copy).close()
    recovered.put_back(copy)
    recovered.outer.enrol(recovered.office.village)
    recovery = recovery_after(None, "990101", 1, NOTHING_KEPT, 1)
    recovered.outer.store.begin_epoch(recovery.sign(recovered.root), recovery.newest, recovered.office.clock.wall_ms())
    recovered.hours(2)
    assert recovered.followed() == recovered.outer.store.checkpoint()
    assert recovered.lost() == [0, 1, 2]
    assert all(each.not_after_ms is not None for each in recovered.intervals())


def test_a_store_from_before_leaves_were_kept_reads_the_log_again(recovered: Recovered, office: CountyOffice) -> None:
    recovered.hours(3)
    known = recovered.intervals()
    with office.database.writing() as connection:
        connection.execute("DROP TABLE log_leaves")
    again = Database(office.database._path, office.database.keyring)
    with again.reading() as connection:
        assert EvidenceTable(connection).followed().newest.size == 0
    again.close()
    recovered.outer.evidence.look(news=True)
    assert recovered.followed() == recovered.outer.store.checkpoint()
    assert recovered.intervals() == known
