"""Keys of the county are replaced, lost, or run out: nothing that was written becomes unreadable, nothing stops."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from county.__main__ import Parts
from county.__main__ import main as county_main
from county.chain_keys import FileChainKeys
from county.key_tools import Again, openers, reseal, tell_readers
from county.pen import Pen
from county.store.database import Database
from county.store.resealed import Resealed
from kiosk.county_word import CountyWord
from provisioning.__main__ import main as provisioning
from provisioning.county_init import county_keys
from provisioning.plan import carry_out
from sync import county_config
from sync.clock import FixedClock, SystemClock
from sync.county_config import CountyConfig
from sync.keyring import Keyring
from sync.keys import FileSigner, Purpose, Statement
from sync.model.facts import ContentKeySealed, ReadersChanged
from sync.reading import NO_KEYS, fact_of
from sync.record import Record
from sync.sealing import KeyOpener
from sync.terminal import TerminalConfig, readers_of
from sync.transport.line_state import LineFault
from tests.county.disaster import Disaster, Point
from tests.county.office import CountyOffice, open_office
from tests.county.village import COUNTY
from tests.seals import DESK, opener


def rotated(home: Path, which: str, *more: str) -> None:
    arguments = ["rotate-key", "--county-dir", str(home / "county"), "--which", which, *more]
    assert provisioning(arguments) == 0


def names(database: Database) -> list[str]:
    """The applicants as the lists show them; empty where nobody could read."""
    with database.reading() as connection:
        return [str(row["applicant"]) for row in connection.execute("SELECT applicant FROM cases ORDER BY number")]


def held(home: Path) -> Database:
    """The county's store as its program opens it now."""
    data = home / "county"
    return Database(data / "county.db", Keyring(openers(data), Resealed(data / "county.db").seals))


@pytest.fixture
def full(home: Path) -> Iterator[CountyOffice]:
    """A county that has taken in two applications."""
    office = open_office(home)
    for serial, name in ((1, "李秀兰"), (2, "王桂英")):
        office.village.take_in(office.item, serial, name)
    office.pull()
    assert names(office.database) == ["李秀兰", "王桂英"]
    yield office
    office.database.close()


def test_an_opening_key_that_was_lost_is_replaced_and_the_escrow_key_reads_everything_again(
    full: CountyOffice, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = home / "county"
    stick = home / "escrow-key.pem"
    shutil.move(data / county_config.ESCROW_KEY, stick)
    (data / county_config.OPENING_KEY).unlink()
    refused = ["rotate-key", "--county-dir", str(data), "--which", "opening"]
    assert provisioning(refused) == 1
    assert "say --lost" in capsys.readouterr().err
    rotated(home, "opening", "--lost")
    assert county_main(["rebuild", "--data", str(data)]) == 0
    lost = held(home)
    assert names(lost) == ["", ""], "a key that was never there opens bodies"
    lost.close()
    assert county_main(["open-with-escrow", "--data", str(data), "--key", str(stick)]) == 0
    stick.unlink()
    again = held(home)
    assert names(again) == ["李秀兰", "王桂英"]
    again.close()
    capsys.readouterr()
    assert county_main(["open-with-escrow", "--data", str(data), "--key", str(home / "none.pem")]) == 1
    assert "none.pem" in capsys.readouterr().err


def test_the_wrong_key_opens_nothing_and_says_so(
    full: CountyOffice, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = home / "county"
    (data / county_config.OPENING_KEY).unlink()
    rotated(home, "opening", "--lost")
    KeyOpener.create(home / "another.pem")
    capsys.readouterr()
    assert county_main(["open-with-escrow", "--data", str(data), "--key", str(home / "another.pem")]) == 1
    assert "1 that nobody here opens" in capsys.readouterr().out


def test_after_a_rotation_old_records_are_read_with_the_old_key_until_they_are_sealed_again(
    full: CountyOffice, home: Path
) -> None:
    data = home / "county"
    rotated(home, "opening")
    assert county_main(["rebuild", "--data", str(data)]) == 0
    database = held(home)
    assert names(database) == ["李秀兰", "王桂英"]
    new = KeyOpener.load(data / county_config.OPENING_KEY)
    assert reseal(database, openers(data), new) == Again(1, 0, 0)
    assert reseal(database, openers(data), new) == Again(0, 1, 0)
    database.close()
    shutil.rmtree(data / county_config.OLD_KEYS_DIRECTORY)
    assert county_main(["rebuild", "--data", str(data)]) == 0
    alone = held(home)
    assert names(alone) == ["李秀兰", "王桂英"]
    alone.close()


def test_a_rotation_with_the_wrong_gateway_replaces_no_key_and_leaves_that_gateway_as_it_is(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = home / "other"
    shutil.copytree(home / "gateway", other)
    (other / "gateway.json").write_text((other / "gateway.json").read_text().replace("990101", "330122"))
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    for gateway, said in ((other, "the gateway is of county 330122"), (home / "county", "gateway.json cannot be read")):
        command = ["rotate-key", "--county-dir", str(home / "county"), "--gateway-dir", str(gateway)]
        assert provisioning([*command, "--which", "opening"]) == 1
        assert said in capsys.readouterr().err
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


def test_a_seal_that_holds_another_key_than_the_record_names_opens_nothing(full: CountyOffice, home: Path) -> None:
    data = home / "county"
    database = held(home)
    new = opener("new reader")
    assert reseal(database, openers(data), new).sealed == 1
    with database.writing() as connection:
        connection.execute("UPDATE resealed SET sealed = randomblob(80)")
    assert reseal(database, openers(data), new).closed == 1, "a broken seal passed for a good one"
    database.close()


def readers_in(record: Record) -> set[bytes]:
    told = fact_of(record, NO_KEYS)
    assert isinstance(told, ContentKeySealed)
    return {seal.recipient for seal in told.seals}


def told_of_new_keys(county: Disaster) -> None:
    """What the county's program does with its next start, and its courier after that."""
    database = county.database()
    config = CountyConfig.load(county.county_dir)
    assert county.courier(database).exchange()
    pen = Pen(FileChainKeys(county.county_dir, COUNTY), config.readers(county.county_dir), SystemClock())
    statements = [
        (county.county_dir / name).read_bytes()
        for name in (county_config.OPENING_STATEMENT, county_config.ESCROW_STATEMENT)
    ]
    assert tell_readers(database, pen, *statements) == 1
    assert tell_readers(database, pen, *statements) == 0, "the terminal is told again and again"
    assert county.courier(database).exchange()
    database.close()


def heed(point: Point) -> None:
    """What the kiosk does when the county has said something."""
    config = TerminalConfig.load(point.data)
    CountyWord(point.said, point.journal, point.shelf, point.data, config, point.acknowledged).heed()


@pytest.mark.parametrize("which", ["opening", "escrow"])
def test_terminals_seal_to_a_new_key_of_the_county_as_soon_as_they_hear_of_it(county: Disaster, which: str) -> None:
    point = county.point()
    first = point.write_body()
    old = KeyOpener.load(county.county_dir / f"keys/{which}-key.pem").recipient
    assert old.id in readers_in(first)
    assert point.sync().returncode == 0
    rotated(county.home, which)
    told_of_new_keys(county)
    assert point.sync().returncode == 0
    heed(point)
    new = KeyOpener.load(county.county_dir / f"keys/{which}-key.pem").recipient
    told = readers_in(point.write_body())
    assert new.id in told
    assert old.id not in told
    held_now = readers_of(point.data, TerminalConfig.load(point.data), DESK.recipient)
    assert new in held_now, "after a restart the terminal would seal to the old key again"
    assert point.sync().returncode == 0
    database = county.database() if which == "escrow" else held(county.home)
    assert county.courier(database).exchange()
    database.close()


def test_a_terminal_that_is_first_heard_of_after_the_change_is_told_too(county: Disaster) -> None:
    point = county.point()
    point.write_body()
    rotated(county.home, "opening")
    parts = Parts(county.county_dir, SystemClock())
    database, pen = parts.database(), parts.pen()
    parts.tell_readers(database, pen)
    courier = parts.courier(database, pen)
    assert point.sync().returncode == 0
    for _ in range(2):
        courier._upkeep()
        assert courier.exchange()
    assert point.sync().returncode == 0
    heed(point)
    new = KeyOpener.load(county.county_dir / "keys/opening-key.pem").recipient
    assert new.id in readers_in(point.write_body())
    database.close()


def test_reading_keys_that_the_root_does_not_vouch_for_are_not_taken_up(county: Disaster) -> None:
    point = county.point()
    before = point.journal.readers
    thief = FileSigner.create(county.home / "thief.pem")
    statement = Statement(Purpose.OPENING, opener("thief").recipient.public_key, "x", COUNTY, 0, 1 << 50).sign(thief)
    escrow = (county.county_dir / county_config.ESCROW_STATEMENT).read_bytes()
    for forged in (
        ReadersChanged(opening=statement, escrow=escrow),
        ReadersChanged(opening=escrow, escrow=escrow),
        ReadersChanged(opening=b"", escrow=b"\x00"),
    ):
        writer = county.county_writer(point.box.name) if point.box.name else None
        assert writer is not None
        said = _Said(writer.write(1, forged))
        config = TerminalConfig.load(point.data)
        CountyWord(said, point.journal, point.shelf, point.data, config, point.acknowledged).heed()
        assert point.journal.readers == before
        point.journal.connection.execute("DELETE FROM heeded")


class _Said:
    """An inbox that says what it is given."""

    def __init__(self, records: list[Record]) -> None:
        self.held = records

    def records(self, after: int, limit: int) -> list[tuple[int, Record]]:
        return [(each.header.seq, each) for each in self.held if each.header.seq > after][:limit]


def test_a_gateway_whose_acknowledgement_key_has_run_out_says_so_and_goes_on_once_it_is_renewed(
    county: Disaster,
) -> None:
    point = county.point()
    point.write(2)
    county.stop()
    path = county.gateway_dir / "keys/acknowledgement.statement"
    current = county.trust.check(path.read_bytes(), Purpose.ACKNOWLEDGE, at_ms=None)
    root = FileSigner.load(county.county_dir / county_config.ROOT_KEY)
    path.write_bytes(replace(current, not_before_ms=0, not_after_ms=1_600_000_000_000).sign(root))
    with pytest.raises(AssertionError, match="not in force"):
        county.start()
    assert point.sync().returncode == 1
    assert point.said.line().fault is LineFault.NO_LINE
    point.write(2)
    clock = SystemClock()
    carry_out(county_keys(county.county, clock, clock), lambda _: None)
    county.start()
    assert point.sync().returncode == 0
    assert point.acknowledged() == point.journal.head().seq


def test_terminals_whose_clocks_are_years_off_upload_all_the_same(county: Disaster) -> None:
    day_ms = 24 * 3600 * 1000
    now_ms = SystemClock().wall_ms()
    for years in (-12, 40):
        point = county.point()
        point.journal.close()
        point.open(FixedClock(now_ms + years * 365 * day_ms))
        point.write(3)
        ran = point.sync()
        assert ran.returncode == 0, ran.stderr
        assert point.acknowledged() == point.journal.head().seq
