"""What comes from the gateway: nothing is believed unverified, nothing is lost, one bad chain stops only itself."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from msgspec.structs import replace

from county.cases import AcceptCase, RefuseToAccept
from county.chain_keys import FileChainKeys
from county.desk import keep_in_step, rebuild
from county.intake import Intake, Taken
from county.pen import Pen
from county.store.cases import CaseTable
from county.store.database import Database, StoreOfAnotherVersion
from county.store.ledger import Ledger
from county.verification import verify
from sync import cbor, county_config
from sync.county_config import CountyConfig
from sync.keyring import Keyring
from sync.keys import sign_detached
from sync.model.facts import (
    Author,
    CaseAccepted,
    CaseWithdrawn,
    Channel,
    RatingGiven,
    RatingInvited,
    ResultDelivered,
    ShiftOpened,
    Stage,
)
from sync.model.transitions import Status
from sync.peer_name import PeerName, PeerRole
from sync.protocol.relay import Relay
from sync.protocol.segment import Segment
from sync.record import Link, Record, Stamp, compose, restore
from tests.county.office import INTAKE, CountyOffice
from tests.county.village import BEGUN, COUNTY, LIUXI, NOON_MS, STROKES, Village, new_signer, number_of
from tests.seals import known_key


def stopped(office: CountyOffice) -> dict[bytes, str]:
    with office.database.reading() as connection:
        return {each.chain: each.stopped_for for each in Ledger(connection).chains() if each.stopped_for}


def parked(office: CountyOffice) -> list[str]:
    with office.database.reading() as connection:
        return [row.reason for row in CaseTable(connection).parked()]


def alarms(office: CountyOffice) -> list[str]:
    with office.database.reading() as connection:
        return [alarm.reason for alarm in Ledger(connection).alarms()]


def head(office: CountyOffice, chain: bytes) -> int:
    with office.database.reading() as connection:
        known = Ledger(connection).chain(chain)
    assert known is not None
    return known.head.seq


def tables(office: CountyOffice) -> list[list[tuple[object, ...]]]:
    """The projections, row by row."""
    with office.database.reading() as connection:
        return [
            [tuple(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3")]
            for table in ("cases", "ratings", "parked")
        ]


def second_version(village: Village, seq: int) -> Record:
    """Another record in the place `seq`, signed with the same key: what a copied disk leads to."""
    before = village.records[seq - 2].link if seq > 1 else Link.start(village.chain)
    return compose(
        CaseWithdrawn(reason="另一个版本"),
        after=before,
        stamp=Stamp(village.at_ms + 1, b"villages", 1),
        signer=village.signer,
        actor="A01",
        actor_class=village.records[0].header.actor_class,
        case_no=number_of(1),
        content_key=known_key(village.chain),
    )


def test_reading_the_feed_twice_changes_nothing(office: CountyOffice) -> None:
    number = office.village.take_in(office.item, 1)
    office.village.write(CaseWithdrawn(reason="改主意了"), number)
    assert office.pull() == Taken(stored=BEGUN + 2)
    before = tables(office)
    assert office.pull() == Taken()
    with office.database.writing() as connection:
        Ledger(connection).move_cursor(0)
    assert office.pull() == Taken(repeated=BEGUN + 2)
    assert tables(office) == before


def test_the_place_in_the_feed_survives_a_restart(office: CountyOffice) -> None:
    office.village.take_in(office.item, 1)
    office.pull()
    again = Intake(
        Database(office.directory / "county.db", office.database.keyring),
        lambda: office.library,
        office.trust,
        office.clock,
    )
    assert again.cursor() == BEGUN + 1


def test_a_full_disk_in_the_middle_leaves_nothing_half_taken(office: CountyOffice) -> None:
    for serial in range(1, 40):
        office.village.take_in(office.item, serial)
    with office.database.reading() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 3}")
    with pytest.raises(sqlite3.OperationalError):
        office.pull()
    with office.database.reading() as connection:
        assert Ledger(connection).chains() == []
        connection.execute("PRAGMA max_page_count = 1000000")
    assert office.intake.cursor() == 0
    assert office.pull() == Taken(stored=BEGUN + 39)


def test_a_forked_chain_is_reported_and_stops_alone(office: CountyOffice) -> None:
    other = Village(office.village.issuer, office.village.readers, region="990101102201")
    number = office.village.take_in(office.item, 1)
    office.village.write(ShiftOpened())
    office.pull()
    last = office.village.records[-1].header.seq
    forged = Segment.of([second_version(office.village, last)])
    office.intake.take([Relay(last + 1, office.village.statement, forged.encode())])
    assert "同一序号" in stopped(office)[office.village.chain]
    elsewhere = other.take_in(office.item, 1)
    office.village.write(ShiftOpened())
    assert office.intake.take([*other.relays(10), *office.village.relays(20, after_seq=last)]) == Taken(
        stored=BEGUN + 1, refused=1
    )
    assert office.desk.open(elsewhere).case.status is Status.TAKEN_IN
    assert office.desk.open(number).case.status is Status.TAKEN_IN
    assert head(office, office.village.chain) == last


def test_a_chain_with_a_hole_stops_and_goes_on_once_it_is_whole(office: CountyOffice) -> None:
    office.pull()
    for serial in range(1, 5):
        office.village.take_in(office.item, serial)
    whole = office.village.relays(BEGUN + 1, after_seq=BEGUN)
    office.intake.take([whole[0], whole[2], whole[3]])
    assert "前后接不上" in stopped(office)[office.village.chain]
    assert head(office, office.village.chain) == BEGUN + 1
    assert office.intake.resume(office.village.chain)
    assert not office.intake.resume(office.village.chain)
    office.intake.take([Relay(place + 20, each.statement, each.segment) for place, each in enumerate(whole[1:])])
    assert stopped(office) == {}
    assert head(office, office.village.chain) == BEGUN + 4


@pytest.mark.parametrize("position", [40, 200, -80, -5])
def test_a_changed_byte_on_the_way_is_noticed(office: CountyOffice, position: int) -> None:
    office.village.take_in(office.item, 1)
    relay = office.village.relays()[0]
    spoiled = bytearray(relay.segment)
    spoiled[position] ^= 1
    assert office.intake.take([replace(relay, segment=bytes(spoiled))]) == Taken(refused=1)
    assert len(alarms(office)) == 1
    with office.database.reading() as connection:
        assert Ledger(connection).count(Author.TERMINAL) == 0


def test_a_chain_that_nobody_vouched_for_is_not_taken(office: CountyOffice) -> None:
    impostor = Village(new_signer(), office.village.readers)
    impostor.take_in(office.item, 1)
    assert office.intake.take(impostor.relays()) == Taken(refused=BEGUN + 1)
    assert alarms(office)[0].startswith("签名不可信")
    # The places that it took are not the village's: the true chain is read as ever.
    office.village.take_in(office.item, 2)
    assert office.intake.take(office.village.relays(20)) == Taken(stored=BEGUN + 1)


def test_a_fact_that_makes_no_sense_is_parked_and_the_chain_moves_on(office: CountyOffice) -> None:
    number = office.village.take_in(office.item, 1)
    office.village.write(ResultDelivered(receiver="李秀兰", signature=STROKES), number)
    later = office.village.take_in(office.item, 2)
    assert office.pull() == Taken(stored=BEGUN + 3)
    assert parked(office) == ["“待受理”的时候，村里不能写“结果送达”"]
    assert office.desk.open(number).case.status is Status.TAKEN_IN
    assert office.desk.open(later).case.status is Status.TAKEN_IN


def test_a_village_cannot_write_the_countys_moves(office: CountyOffice) -> None:
    number = office.village.take_in(office.item, 1)
    office.village.write(CaseAccepted(handler="冒充"), number)
    office.pull()
    assert office.desk.open(number).case.status is Status.TAKEN_IN
    assert parked(office) == ["“待受理”的时候，村里不能写“受理”"]


def test_a_village_cannot_touch_a_case_of_another_village(office: CountyOffice) -> None:
    number = office.village.take_in(office.item, 1)
    office.pull()
    other = Village(office.village.issuer, office.village.readers, region="990101102201")
    other.write(CaseWithdrawn(reason="不是我的"), number)
    assert office.intake.take(other.relays(10)) == Taken(stored=BEGUN + 1)
    assert office.desk.open(number).case.status is Status.TAKEN_IN
    assert parked(office) == [f"办件号 {number} 是别的服务点的"]


def test_a_terminal_cannot_touch_a_case_of_another_terminal_at_its_point(office: CountyOffice) -> None:
    number = office.village.take_in(office.item, 1)
    office.pull()
    other = Village(office.village.issuer, office.village.readers, terminal="02", at_ms=office.village.at_ms)
    other.write(CaseWithdrawn(reason="不是我的"), number)
    assert office.intake.take(other.relays(10)) == Taken(stored=BEGUN + 1)
    assert office.desk.open(number).case.status is Status.TAKEN_IN
    assert parked(office) == [f"办件号 {number} 是同一个服务点别的终端的"]


def test_a_case_number_with_a_wrong_check_character_is_parked(office: CountyOffice) -> None:
    wrong = number_of(1)[:-1] + ("0" if number_of(1)[-1] != "0" else "1")
    office.village.write(CaseWithdrawn(reason="写错了"), wrong)
    office.village.write(CaseWithdrawn(reason="没写"), None)
    office.pull()
    assert len(parked(office)) == 2
    assert parked(office)[1] == "“申请人撤回”没有办件号"


def test_a_rating_of_six_stars_is_parked_and_not_counted(office: CountyOffice) -> None:
    number = office.village.take_in(office.item, 1)
    channel = Channel.PAD
    office.village.write(RatingInvited(stage=Stage.TAKEN_IN, visit=1, channel=channel), number)
    office.village.write(
        RatingGiven(stage=Stage.TAKEN_IN, visit=1, channel=channel, level=6, after_ms=1, key=9), number
    )
    office.pull()
    assert parked(office) == ["评价的等级或次数不存在"]
    with office.database.reading() as connection:
        assert [rating.level for _, rating in CaseTable(connection).ratings()] == [None]


def test_the_countys_own_records_that_come_back_are_passed_over(office: CountyOffice) -> None:
    number = office.village.take_in(office.item, 1)
    office.pull()
    office.do(INTAKE, number, AcceptCase())
    with office.database.reading() as connection:
        chain = Ledger(connection).chains(Author.COUNTY)[0]
        own = [each.record for each in Ledger(connection).of_chain(chain.chain, 0, 9)]
    echo = Relay(9, _own_statement(office), Segment.of(own).encode())
    assert office.intake.take([echo]) == Taken(repeated=len(own))
    with office.database.reading() as connection:
        known = Ledger(connection).chain(chain.chain)
    assert known is not None
    assert known.waiting == 0, "what comes back from the gateway has arrived there"


def test_a_county_restored_from_a_backup_takes_its_own_answers_back(office: CountyOffice, tmp_path: Path) -> None:
    number = office.village.take_in(office.item, 1)
    other = office.village.take_in(office.item, 2)
    office.pull()
    office.do(INTAKE, number, RefuseToAccept("户籍不在本县。"))
    with office.database.reading() as connection:
        chain = Ledger(connection).chains(Author.COUNTY)[0]
        own = [each.record for each in Ledger(connection).of_chain(chain.chain, 0, 9)]
    statement = _own_statement(office)
    restored = replace_store(office, tmp_path)
    restored.intake.take([*restored.village.relays(), Relay(9, statement, Segment.of(own).encode())])
    assert restored.desk.open(number).case.status is Status.NOT_ACCEPTED
    restored.do(INTAKE, other, AcceptCase())
    # Another store may have lost what the old one wrote with its key, so the answer is sealed with a new one.
    assert head(restored, chain.chain) == len(own) + 2


def replace_store(office: CountyOffice, tmp_path: Path) -> CountyOffice:
    """The same county with an empty store."""
    database = Database(tmp_path / "restored.db", office.database.keyring)
    readers = CountyConfig.load(office.directory).readers(office.directory)
    pen = Pen(FileChainKeys(office.directory, COUNTY), readers, office.clock)
    desk = type(office.desk)(database, lambda: office.library, pen, office.clock, lambda: None)
    intake = Intake(database, lambda: office.library, office.trust, office.clock)
    return replace(office, database=database, desk=desk, intake=intake)


def _own_statement(office: CountyOffice) -> bytes:
    name = PeerName(COUNTY, PeerRole.TERMINAL, LIUXI, "01")
    return (office.directory / county_config.chain_statement(name)).read_bytes()


def test_rebuilding_gives_the_same_tables(office: CountyOffice) -> None:
    number = office.village.take_in(office.item, 1)
    office.village.rate(number, Stage.TAKEN_IN, 1, 5)
    other = office.village.take_in(office.item, 2)
    office.village.rate(other, Stage.TAKEN_IN, 1, None)
    office.village.write(ResultDelivered(receiver="早了", signature=STROKES), other)
    office.village.write(CaseWithdrawn(reason="没有号"), None)
    office.pull()
    office.do(INTAKE, number, AcceptCase())
    before = tables(office)
    assert [len(rows) for rows in before] == [2, 2, 2]
    with office.database.writing() as connection:
        CaseTable(connection).clear()
    assert rebuild(office.database, office.library) == 2
    assert tables(office) == before


def test_new_packs_make_the_lists_anew(office: CountyOffice) -> None:
    number = office.village.take_in(office.item, 1)
    office.pull()
    office.do(INTAKE, number, AcceptCase())
    with office.database.writing() as connection:
        connection.execute("UPDATE cases SET due_on = NULL")
    keep_in_step(office.database, office.library)
    first = tables(office)
    with office.database.writing() as connection:
        connection.execute("UPDATE cases SET due_on = NULL")
    keep_in_step(office.database, office.library)
    assert tables(office) != first, "the same packs are no reason"
    newer = replace(office.library, versions={**office.library.versions, "calendar": 2})
    keep_in_step(office.database, newer)
    assert tables(office) == first


@pytest.mark.parametrize("column", ["header", "body", "signature"])
def test_a_changed_byte_in_the_store_is_named(office: CountyOffice, column: str) -> None:
    number = office.village.take_in(office.item, 1)
    office.village.write(CaseWithdrawn(reason="改主意了"), number)
    office.pull()
    assert list(verify(office.database)) == []
    with office.database.writing() as connection:
        held = connection.execute(f"SELECT {column} FROM records WHERE seq = 2").fetchone()[0]
        spoiled = bytes([*held[:-1], held[-1] ^ 1])
        connection.execute(f"UPDATE records SET {column} = ? WHERE seq = 2", (spoiled,))
    faults = list(verify(office.database))
    assert len(faults) == 1
    assert office.village.chain.hex() in faults[0]
    assert "record 2" in faults[0]


def test_a_record_taken_out_of_the_store_is_named(office: CountyOffice) -> None:
    office.village.take_in(office.item, 1)
    office.village.take_in(office.item, 2)
    office.pull()
    with office.database.writing() as connection:
        connection.execute("DELETE FROM records WHERE seq = 1")
    assert "record 1 is missing" in next(iter(verify(office.database)))


def test_a_store_of_another_version_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "county.db"
    Database(path, Keyring([])).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreOfAnotherVersion):
        Database(path, Keyring([]))


def test_a_record_of_a_newer_version_is_carried_and_marked(office: CountyOffice) -> None:
    number = office.village.take_in(office.item, 1)
    known = office.village.write(ShiftOpened(), number)
    office.village.records.pop()
    newer = _with_kind(office.village, known, 7777)
    office.village.records.append(newer)
    assert office.pull() == Taken(stored=BEGUN + 2)
    file = office.desk.open(number)
    assert file.case.needs_update
    assert parked(office) == []


def _with_kind(village: Village, record: Record, kind: int) -> Record:
    """The same record under a kind that this version does not know, signed anew."""
    header = cbor.encode({**record.header.to_map(), 2: kind})
    return restore(header, record.body, sign_detached(village.signer, header))


def test_times_are_the_countys_own(office: CountyOffice) -> None:
    number = office.village.take_in(office.item, 1)
    office.pull()
    entry = office.desk.open(number).entries[0]
    assert entry.stored.received_ms == office.clock.wall_ms()
    assert entry.step.envelope.wall_ms == NOON_MS + (BEGUN + 1) * 60_000
