"""The county comes back from an old backup: with the root's word everybody goes on, and nothing is lost."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from county.__main__ import main as county_main
from county.cases import AcceptCase
from county.desk import CountyCatchingUp
from county.store.ledger import Ledger
from provisioning.__main__ import main as provisioning
from provisioning.speech import Refused
from sync.keys import FileSigner, Trust
from sync.lock import ProcessLock
from sync.protocol.acknowledgement import verify_answer
from sync.protocol.checkpoint import (
    Checkpoint,
    CheckpointForked,
    CheckpointWentBack,
    signed_checkpoint,
    verify_checkpoint,
)
from sync.protocol.recovery import (
    NOTHING_KEPT,
    RECOVERIES_MAX,
    Kept,
    RecoveryRefused,
    recovery_after,
    verify_recovery,
)
from sync.protocol.relay import MARK_BYTES, Marked
from sync.transport.line_state import LineFault
from tests.county.disaster import Disaster, Point, heads
from tests.county.office import INTAKE, open_office


def grown(point: Point, size: int) -> None:
    """Write and sync until the county's log has so many leaves; it grows once a second."""
    for _ in range(30):
        point.write()
        assert point.sync().returncode == 0
        held = point.said.checkpoint()
        if held is not None and held.size >= size:
            return
        time.sleep(0.4)
    raise AssertionError("the log did not grow")


def lost_and_put_back(county: Disaster, point: Point) -> None:
    """A backup is made, the log goes on, the disk dies, the backup is put back."""
    grown(point, 2)
    county.stop()
    backup = county.back_up("backup")
    county.start()
    grown(point, 5)
    county.stop()
    county.put_back(backup)


def test_a_county_put_back_from_a_backup_goes_on_with_the_roots_word_and_gets_everything_again(
    county: Disaster,
) -> None:
    point = county.point()
    lost_and_put_back(county, point)
    before, written = point.said.checkpoint(), point.journal.head().seq
    assert before is not None
    county.start()
    ran = point.sync()
    assert ran.returncode == 1
    assert "put back from a backup" in ran.stderr
    assert point.said.line().fault is LineFault.LOG_WENT_BACK
    assert point.acknowledged() == written, "the terminal was not asked to send again what the county has lost"
    county.stop()

    begun = county.recover()
    assert (begun.epoch, begun.kept.size) == (2, begun.kept.size)
    assert 0 < begun.kept.size < before.size
    county.start()
    ran = point.sync()
    assert ran.returncode == 0, ran.stderr
    after = point.said.checkpoint()
    assert after is not None
    assert after.epoch == 2
    assert point.said.line().fault is None
    kept = point.evidence()[-1]
    assert signed_checkpoint(kept.held, county.trust) == before, "the old checkpoint is no longer there as evidence"
    point.write(3)
    assert point.sync().returncode == 0
    assert point.acknowledged() == point.journal.head().seq


def test_without_anything_new_to_send_the_county_still_gets_again_what_it_lost(county: Disaster) -> None:
    point = county.point()
    lost_and_put_back(county, point)
    county.recover()
    county.start()
    assert point.sync().returncode == 0
    head = point.box.link.get(f"/v1/head/{point.journal.chain.hex()}")
    assert verify_answer(head, county.trust).link == point.journal.head()


def test_a_recovery_of_somebody_else_lets_nothing_begin(county: Disaster) -> None:
    point = county.point()
    lost_and_put_back(county, point)
    county.recover()
    stranger = FileSigner.create(county.home / "stranger.pem")
    forged = recovery_after(None, "990101", 1, NOTHING_KEPT, 1).sign(stranger)
    recovery = county.gateway_dir / "keys" / "recovery.statement"
    genuine = recovery.read_bytes()
    with pytest.raises(RecoveryRefused):
        verify_recovery(forged, county.trust)
    recovery.write_bytes(forged)
    with pytest.raises(AssertionError, match="did not sign this recovery"):
        county.start()
    recovery.write_bytes(genuine)
    for other in (Trust(county.trust.root_key, "990102"), Trust(stranger.public_key, "990101")):
        with pytest.raises(RecoveryRefused):
            verify_recovery(genuine, other)


def test_a_gateway_whose_store_is_not_the_one_recovered_does_not_start(county: Disaster) -> None:
    point = county.point()
    lost_and_put_back(county, point)
    county.recover()
    for file in county.gateway_dir.glob("gateway.db*"):
        file.unlink()
    with pytest.raises(AssertionError, match="they are not those of this store"):
        county.start()


def test_a_log_that_hides_behind_a_recovery_is_still_found_out(county: Disaster) -> None:
    """What the recovery says to be kept must be there, whatever came before."""
    point = county.point()
    lost_and_put_back(county, point)
    before = point.said.checkpoint()
    assert before is not None
    begun = county.recover()
    county.start()
    answer = point.box.link.get(f"/v1/checkpoint?from={before.size}&epoch=1")
    said = verify_checkpoint(answer, county.trust, point.journal.chain, before)
    assert said.recovered == begun
    # Another log of the size that is kept: the same words of the root do not fit it.
    shorter = Checkpoint(begun.kept.size, bytes(32), before.at_ms - 1)
    with pytest.raises(CheckpointForked):
        verify_checkpoint(answer, county.trust, point.journal.chain, shorter)
    with pytest.raises(CheckpointWentBack):
        verify_checkpoint(answer, county.trust, point.journal.chain, Checkpoint(1, bytes(32), 0, epoch=3))


def test_a_terminal_that_slept_through_two_recoveries_needs_only_the_newest(county: Disaster) -> None:
    sleeper, point = county.point(), county.point()
    sleeper.write()
    assert sleeper.sync().returncode == 0
    lost_and_put_back(county, point)
    county.recover()
    county.start()
    grown(point, 4)
    county.stop()
    backup = county.back_up("second")
    county.start()
    grown(point, 7)
    county.stop()
    county.put_back(backup)
    assert county.recover().epoch == 3
    county.start()
    for each in (sleeper, point):
        each.write()
        ran = each.sync()
        assert ran.returncode == 0, ran.stderr
        held = each.said.checkpoint()
        assert held is not None
        assert held.epoch == 3
        assert each.acknowledged() == each.journal.head().seq


def test_an_epoch_that_nobody_here_knows_keeps_nothing_and_comes_after_it() -> None:
    standing = Kept(7, b"r" * 32)
    first = recovery_after(None, "990101", 1, standing, 5)
    assert first.newest.kept == standing
    beyond = recovery_after(first, "990101", 1, standing, 6, above=9)
    assert (beyond.newest.epoch, beyond.newest.kept) == (10, NOTHING_KEPT)
    assert beyond.common(1, Kept(3, b"x" * 32)) == NOTHING_KEPT
    full = first
    for number in range(RECOVERIES_MAX - 1):
        full = recovery_after(full, "990101", 1, standing, number)
    with pytest.raises(RecoveryRefused, match="new root"):
        recovery_after(full, "990101", 1, standing, 99)


def test_a_backup_older_than_a_recovery_keeps_no_more_than_that_recovery_kept() -> None:
    first = recovery_after(None, "990101", 1, Kept(50, b"a" * 32), 5)
    second = recovery_after(first, "990101", 1, Kept(70, b"b" * 32), 6)
    assert second.newest.kept == Kept(50, b"a" * 32)


def test_the_county_reads_a_feed_that_was_numbered_anew_from_its_beginning_and_misses_nothing(
    county: Disaster,
) -> None:
    point, other = county.point(), county.point()
    lost_and_put_back(county, point)
    database = county.database()
    courier = county.courier(database)
    with database.writing() as connection:
        # The county had read further than the backup reaches, up to a record that the gateway lost.
        Ledger(connection).move_cursor(3)
        Ledger(connection).note_mark(Marked(3, b"\x07" * MARK_BYTES))
    county.recover()
    county.start()
    other.write(5)
    assert other.sync().returncode == 0
    assert point.sync().returncode == 0
    assert courier.exchange(), courier.status().problem
    assert heads(database) == {each.journal.chain: each.journal.head().seq for each in (point, other)}, (
        "records were missed where the gateway numbered its feed anew"
    )
    with database.reading() as connection:
        (alarm,) = Ledger(connection).alarms()
    assert "从头核对" in alarm.reason
    assert courier.exchange()
    with database.reading() as connection:
        assert len(Ledger(connection).alarms()) == 1
    database.close()


def test_a_place_that_holds_the_same_record_again_does_not_hide_those_that_came_before_it(county: Disaster) -> None:
    """Nobody signs a recovery, and the terminals are faster than the county."""
    point, quick = county.point(), county.point()
    point.write(2)
    assert point.sync().returncode == 0
    county.stop()
    backup = county.back_up("backup")
    county.start()
    database = county.database()
    courier = county.courier(database)
    for writing in (quick, point):
        writing.write()
        assert writing.sync().returncode == 0
    # Of what the backup does not have the county has read all: two places, the last of them with the point's record.
    assert courier.exchange()
    county.stop()
    county.put_back(backup)
    county.start()
    quick.write(2)
    for sending in (quick, point):
        sending.sync()
        assert sending.acknowledged() == sending.journal.head().seq
    assert courier.exchange(), courier.status().problem
    assert heads(database) == {each.journal.chain: each.journal.head().seq for each in (point, quick)}
    database.close()


def test_a_county_put_back_itself_answers_nothing_before_it_has_read_what_it_had_answered(
    county: Disaster,
) -> None:
    office = open_office(county.home)
    number = office.village.take_in(office.item, 1)
    office.pull()
    with office.database.writing() as connection:
        Ledger(connection).note_catching_up(catching_up=True)
    with pytest.raises(CountyCatchingUp, match="刚从备份恢复"):
        office.do(INTAKE, number, AcceptCase())
    office.intake.note_exchange(1)
    office.do(INTAKE, number, AcceptCase())
    office.database.close()


def test_a_county_told_that_it_was_put_back_waits_until_it_has_exchanged(
    county: Disaster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(county.county_dir)
    assert county_main(["put-back", "--data", data]) == 1
    assert "county.db" in capsys.readouterr().err
    database = county.database()
    running = ProcessLock(county.county_dir / "county.lock")
    assert county_main(["put-back", "--data", data]) == 1
    assert "runs already" in capsys.readouterr().err
    running.release()
    with database.reading() as connection:
        assert not Ledger(connection).catching_up()
    assert county_main(["put-back", "--data", data]) == 0
    with database.reading() as connection:
        assert Ledger(connection).catching_up()
    assert county.courier(database).exchange()
    with database.reading() as connection:
        assert not Ledger(connection).catching_up()
    database.close()
    assert county_main(["close-chain", "--data", data, "zz", "--seq", "1"]) == 1
    assert "hexadecimal" in capsys.readouterr().err
    assert county_main(["close-chain", "--data", data, "00" * 8, "--seq", "1"]) == 1
    assert "没有这条链" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        county_main(["close-chain", "--data", data, "00" * 8, "--seq", "-1"])
    assert "'-1' is no record's number" in capsys.readouterr().err


def test_county_recover_says_what_is_wrong(county: Disaster, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Refused, match="the gateway is running"):
        county.recover()
    county.stop()
    assert provisioning(["county-recover", "--county-dir", str(county.county_dir)]) == 0
    assert "epoch 2 keeps 0 entries" in capsys.readouterr().out
    (county.county_dir / "keys" / "root-key.pem").unlink()
    assert provisioning(["county-recover", "--county-dir", str(county.county_dir)]) == 1
    assert "root-key.pem" in capsys.readouterr().err
