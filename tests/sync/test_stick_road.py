"""The USB road from end to end: what is written to a stick, carried, taken, answered and brought back."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.bundle.ask import AskNotTrusted
from sync.bundle.closing import Closing, ClosingNotTrusted
from sync.bundle.envelope import (
    BundleDamaged,
    BundleForAnotherKey,
    BundleMalformed,
    BundleOfAnotherCounty,
    BundleRefused,
    BundleTooLarge,
    Direction,
    open_stream,
    seal_stream,
)
from sync.bundle.items import UP_BYTES_MAX, Item, ItemKind, read_items
from sync.bundle.report import Taken, decode_report
from sync.client.stick_road import NoStickKey, NothingForUs
from sync.gateway import config as files
from sync.journal import Journal
from sync.keys import FileSigner, Purpose
from sync.protocol.segment import Segment
from sync.sealing import KeyOpener
from sync.transport.line_state import LineFault
from tests.seals import READERS
from tests.sync.test_client_packs import sealed_calendar
from tests.sync.two_roads import GatewayEnd, TwoRoads
from tests.sync.village import COUNTY, TAKEN_IN, chain_of, write


@pytest.fixture
def roads(tmp_path: Path) -> Iterator[TwoRoads]:
    with TwoRoads(tmp_path / "village") as made:
        yield made


def hashes(records: object) -> list[bytes]:
    return [each.hash for each in records]  # type: ignore[attr-defined]  # records


def up(roads: TwoRoads, *segments: Segment, county: str = COUNTY, kind: ItemKind = ItemKind.SEGMENT) -> bytes:
    """A bundle that somebody made by hand, sealed as it should be."""
    frames = [Item(kind, each.encode()).encode() for each in segments]
    return b"".join(seal_stream(Direction.UP, county, roads.gateway.bundles.reader.opener.recipient, frames))


def down_items(roads: TwoRoads, answer: bytes) -> list[Item]:
    """The items of a down-bundle, opened as only its terminal can."""
    opener = KeyOpener.load(roads.village.terminal / roads.terminal.config.stick_key)
    return list(read_items(open_stream(io.BytesIO(answer).read, Direction.DOWN, COUNTY, opener, 1 << 26)))


def put(roads: TwoRoads, items: list[Item]) -> None:
    """Put a down-bundle that somebody made by hand onto the stick."""
    recipient = KeyOpener.load(roads.village.terminal / roads.terminal.config.stick_key).recipient
    stream = seal_stream(Direction.DOWN, COUNTY, recipient, [each.encode() for each in items])
    (roads.stick / "sunpoint-down.sun").write_bytes(b"".join(stream))


def fetched(roads: TwoRoads) -> bytes:
    """Write, carry and return the answer, which stays off the stick."""
    answered = roads.gateway.carry(roads.terminal.export(roads.stick))
    assert answered.down is not None
    with answered.down as down:
        return down.read()


def all_there(roads: TwoRoads) -> None:
    """Check that both ends hold the same, once."""
    journal = roads.terminal.journal
    written = journal.read(0, 10_000)
    assert hashes(roads.gateway.stored(journal.chain)) == hashes(written)
    admitted = [each.hash for one in roads.gateway.store.admitted_after(0, 1 << 30) for each in one.records]
    assert len(admitted) == len(set(admitted))
    assert roads.gateway.store.forks() == []
    assert roads.terminal.transport.log_forks() == []


def test_records_go_up_on_a_stick_and_count_as_received_only_when_the_answer_is_back(roads: TwoRoads) -> None:
    write(roads.terminal.journal, *[TAKEN_IN] * 5)
    written = roads.terminal.road.export(roads.stick)
    assert (written.first_seq, written.last_seq, written.left) == (1, 6, 0)
    assert roads.terminal.acknowledged_seq == 0
    answered = roads.gateway.carry(roads.terminal.up_file(roads.stick).read_bytes())
    [report] = answered.report.chains
    assert (report.fresh, report.known, report.head_seq, report.taken) == (6, 0, 6, Taken.ALL)
    assert report.terminal == answered.report.asked_by == roads.village.name.urn()
    assert decode_report(answered.report.encode()) == answered.report
    assert roads.terminal.acknowledged_seq == 0
    roads.gateway.county_writes(roads.village.county_records(3))
    roads.bring_back(roads.gateway.carry(roads.terminal.up_file(roads.stick).read_bytes()))
    brought = roads.terminal.road.take(roads.stick)
    assert (brought.news, brought.fault) == (3, None)
    assert roads.terminal.acknowledged_seq == 6
    assert roads.terminal.transport.checkpoint() is not None
    all_there(roads)


def test_the_same_stick_two_hundred_times_changes_nothing(roads: TwoRoads) -> None:
    write(roads.terminal.journal, *[TAKEN_IN] * 3)
    bundle = roads.terminal.export(roads.stick)
    roads.gateway.county_writes(roads.village.county_records(2))
    roads.bring_back(roads.gateway.carry(bundle))
    for _ in range(200):
        answered = roads.gateway.carry(bundle)
        assert answered.down is not None
        answered.down.close()
        [report] = answered.report.chains
        assert (report.fresh, report.known, report.taken) == (0, 4, Taken.ALL)
    assert roads.terminal.road.take(roads.stick).news == 2
    assert [roads.terminal.road.take(roads.stick).news for _ in range(20)] == [0] * 20
    all_there(roads)


def test_a_lost_stick_shows_neither_headers_nor_who_wrote_it(roads: TwoRoads) -> None:
    write(roads.terminal.journal, *[TAKEN_IN] * 40)
    bundle = roads.terminal.export(roads.stick)
    records = roads.terminal.journal.read(0, 100)
    secrets = [TAKEN_IN.item_code.encode(), b"9901011022032611", b"A01", roads.terminal.journal.chain]
    secrets += [each.body[:16] for each in records if each.body] + [each.hash for each in records]
    assert [each for each in secrets if each in bundle] == []
    answer = fetched(roads)
    assert [each for each in secrets if each in answer] == []


def test_no_damaged_bundle_brings_the_county_anything(roads: TwoRoads) -> None:
    chance = random.Random(7)
    write(roads.terminal.journal, *[TAKEN_IN] * 3)
    bundle = roads.terminal.export(roads.stick)
    for _ in range(1000):
        damaged = bytearray(bundle)
        if chance.random() < 0.5:
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        else:
            del damaged[chance.randrange(len(damaged)) :]
        with pytest.raises(BundleRefused):
            roads.gateway.carry(bytes(damaged))
    assert roads.gateway.stored(roads.terminal.journal.chain) == []
    assert list(roads.village.gateway.glob("tmp*")) == []


def test_no_damaged_answer_brings_the_terminal_anything(roads: TwoRoads) -> None:
    chance = random.Random(8)
    write(roads.terminal.journal, TAKEN_IN)
    roads.gateway.county_writes(roads.village.county_records(3))
    answer = fetched(roads)
    file = roads.stick / "sunpoint-down.sun"
    for _ in range(500):
        damaged = bytearray(answer)
        if chance.random() < 0.5:
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        else:
            del damaged[chance.randrange(len(damaged)) :]
        file.write_bytes(damaged)
        with pytest.raises((BundleRefused, NothingForUs)):
            roads.terminal.road.take(roads.stick)
    assert roads.terminal.acknowledged_seq == 0
    assert roads.terminal.transport.inbox_link() is None
    assert not list(roads.village.terminal.glob("stick-copy*"))
    file.write_bytes(answer)
    assert roads.terminal.road.take(roads.stick).news == 3


def test_a_bundle_for_another_county_or_another_gateway_key_is_refused(roads: TwoRoads) -> None:
    [segment] = [Segment.of(roads.village.county_records(2))]
    with pytest.raises(BundleOfAnotherCounty):
        roads.gateway.carry(up(roads, segment, county="990102"))
    stranger = KeyOpener.create(roads.village.home / "stranger.pem").recipient
    bundle = b"".join(seal_stream(Direction.UP, COUNTY, stranger, [b"x"]))
    with pytest.raises(BundleForAnotherKey):
        roads.gateway.carry(bundle)


def test_an_endless_bundle_is_refused_at_the_limit_and_leaves_nothing_behind(roads: TwoRoads) -> None:
    served = 0

    def endless(size: int) -> bytes:
        nonlocal served
        served += size
        return bytes(size)

    with pytest.raises(BundleTooLarge):
        roads.gateway.bundles.take(roads.village.name, endless)
    assert served <= UP_BYTES_MAX + (1 << 17)
    assert list(roads.village.gateway.glob("tmp*")) == []


def test_what_is_sealed_and_is_no_bundle_is_refused(roads: TwoRoads) -> None:
    recipient = roads.gateway.bundles.reader.opener.recipient
    segment = Segment.of(chain_of(roads.village.keys.record, 2))
    for pieces in ([b"\xff" * 100], [Item(ItemKind.RELAY, b"x").encode()], [Item(ItemKind.SEGMENT, b"x").encode()]):
        good = Item(ItemKind.SEGMENT, segment.encode()).encode()
        with pytest.raises(BundleMalformed):
            roads.gateway.carry(b"".join(seal_stream(Direction.UP, COUNTY, recipient, [good, *pieces])))
    assert roads.gateway.stored(roads.terminal.journal.chain) == []


def test_a_gap_a_fork_a_stranger_and_a_wrong_signature_are_named_each_for_its_chain(roads: TwoRoads) -> None:
    own = roads.village.keys.record
    records = chain_of(own, 8)
    roads.gateway.carry(up(roads, Segment.of(records[:4])))
    stranger = chain_of(FileSigner.create(roads.village.home / "stranger.pem"), 2)

    def taken(*segments: Segment) -> list[tuple[Taken, int]]:
        return [(each.taken, each.fresh) for each in roads.gateway.carry(up(roads, *segments)).report.chains]

    assert taken(Segment.of(records[6:])) == [(Taken.GAP, 0)]
    assert taken(Segment.of(stranger), Segment.of(records[4:6])) == [(Taken.UNKNOWN, 0), (Taken.ALL, 2)]
    good = Segment.of(records[6:7])
    forged = Segment(good.after, good.entries, bytes(64))
    assert taken(forged, Segment.of(records[6:])) == [(Taken.MALFORMED, 0)]
    other = chain_of(own, 3, after=records[5].link)
    assert taken(Segment.of(other)) == [(Taken.ALL, 3)]
    assert taken(Segment.of(records[6:])) == [(Taken.FORK, 0)]
    [fork] = roads.gateway.store.forks()
    assert (fork.seq, fork.peer_urn) == (7, roads.village.name.urn())


def test_the_county_s_own_chain_never_comes_by_stick(roads: TwoRoads) -> None:
    records = roads.village.county_records(2)
    [report] = roads.gateway.carry(up(roads, Segment.of(records))).report.chains
    assert (report.taken, report.fresh) == (Taken.UNKNOWN, 0)
    assert roads.gateway.stored(records[0].header.chain) == []


def test_nobody_gets_the_answers_of_another_terminal_by_asking_in_its_name(roads: TwoRoads, tmp_path: Path) -> None:
    other = TwoRoads(tmp_path / "other")
    with other:
        write(other.terminal.journal, TAKEN_IN)
        foreign = other.terminal.export(other.stick)
        items = read_items(
            open_stream(io.BytesIO(foreign).read, Direction.UP, COUNTY, other.gateway.bundles.reader.opener, 1 << 26)
        )
        [ask] = [each for each in items if each.kind is ItemKind.ASK]
    recipient = roads.gateway.bundles.reader.opener.recipient
    with pytest.raises(AskNotTrusted):
        roads.gateway.carry(b"".join(seal_stream(Direction.UP, COUNTY, recipient, [ask.encode()])))


def test_an_answer_that_the_gateway_did_not_close_is_not_used(roads: TwoRoads) -> None:
    write(roads.terminal.journal, TAKEN_IN)
    *items, closing = down_items(roads, fetched(roads))
    for forged in ([*items[1:], closing], [*items, *items, closing], items, [*items, closing, items[0]], [closing]):
        put(roads, forged)
        with pytest.raises((ClosingNotTrusted, BundleDamaged)):
            roads.terminal.road.take(roads.stick)
    mine = FileSigner.create(roads.village.home / "mine.pem")
    lent = roads.gateway.acknowledger.lent.at(roads.clock.wall_ms())
    word = Closing(roads.village.name.urn(), bytes(32), 1, 0, 0)
    put(roads, [*items, Item(ItemKind.CLOSING, word.sign(mine, lent.statement))])
    with pytest.raises(ClosingNotTrusted):
        roads.terminal.road.take(roads.stick)
    assert roads.terminal.acknowledged_seq == 0
    put(roads, [*items, closing])
    assert roads.terminal.road.take(roads.stick).fault is None
    assert roads.terminal.acknowledged_seq == 2


def test_an_answer_for_another_terminal_is_passed_over(roads: TwoRoads, tmp_path: Path) -> None:
    write(roads.terminal.journal, TAKEN_IN)
    with TwoRoads(tmp_path / "other") as other:
        write(other.terminal.journal, TAKEN_IN)
        (roads.stick / "other-down.sun").write_bytes(fetched(other))
    with pytest.raises(NothingForUs):
        roads.terminal.road.take(roads.stick)
    (roads.stick / "mine-down.sun").write_bytes(fetched(roads))
    assert roads.terminal.road.take(roads.stick).bundles == 1


def test_an_old_answer_after_a_newer_one_alarms_nobody_and_takes_nothing_back(roads: TwoRoads) -> None:
    write(roads.terminal.journal, TAKEN_IN)
    old = fetched(roads)
    for _ in range(3):
        roads.clock.advance(120_000)
        write(roads.terminal.journal, TAKEN_IN)
        roads.gateway.county_writes(roads.village.county_records(1, after=roads.county_link()))
        assert roads.terminal.round() is None
    before = (roads.terminal.acknowledged_seq, roads.terminal.transport.checkpoint())
    (roads.stick / "down.sun").write_bytes(old)
    assert roads.terminal.road.take(roads.stick).fault is None
    assert (roads.terminal.acknowledged_seq, roads.terminal.transport.checkpoint()) == before
    all_there(roads)


def test_the_same_log_stated_again_on_the_line_makes_the_stick_s_late_and_no_alarm(roads: TwoRoads) -> None:
    write(roads.terminal.journal, TAKEN_IN)
    assert roads.terminal.round() is None
    (roads.stick / "down.sun").write_bytes(fetched(roads))
    roads.clock.advance(120_000)
    assert roads.terminal.round() is None
    newest = roads.terminal.transport.checkpoint()
    assert roads.terminal.road.take(roads.stick).fault is None
    assert roads.terminal.transport.checkpoint() == newest
    assert roads.terminal.transport.log_forks() == []


def test_a_county_that_was_put_back_is_sent_everything_again_by_stick(roads: TwoRoads) -> None:
    write(roads.terminal.journal, *[TAKEN_IN] * 3)
    roads.bring_back(roads.gateway.carry(roads.terminal.export(roads.stick)))
    roads.terminal.road.take(roads.stick)
    roads.gateway.close()
    for file in roads.village.gateway.glob(files.STORE_FILE + "*"):
        file.unlink()
    roads.village.enrol()
    roads.gateway = GatewayEnd(roads.village, roads.clock)
    roads.clock.advance(60_000)
    write(roads.terminal.journal, TAKEN_IN)
    answered = roads.gateway.carry(roads.terminal.export(roads.stick))
    assert [each.taken for each in answered.report.chains] == [Taken.GAP]
    roads.bring_back(answered)
    brought = roads.terminal.road.take(roads.stick)
    assert brought.fault is not None
    assert brought.fault.fault in (LineFault.LOG_FORKED, LineFault.LOG_WENT_BACK)
    assert roads.terminal.acknowledged_seq == 0
    roads.gateway.carry(roads.terminal.export(roads.stick))
    assert hashes(roads.gateway.stored(roads.terminal.journal.chain)) == hashes(roads.terminal.journal.read(0, 99))


def test_an_answer_that_is_not_about_this_journal_is_said_to_disagree(roads: TwoRoads) -> None:
    write(roads.terminal.journal, TAKEN_IN)
    roads.gateway.carry(roads.terminal.export(roads.stick))
    answer = fetched(roads)
    roads.terminal.close()
    for file in roads.village.terminal.glob("*.db*"):
        file.unlink()
    roads.terminal.journal = Journal.open_or_create(
        roads.village.terminal / "journal.db", roads.village.keys.record, READERS, roads.clock
    )
    write(roads.terminal.journal, TAKEN_IN, TAKEN_IN)
    roads.terminal.start()
    (roads.stick / "down.sun").write_bytes(answer)
    brought = roads.terminal.road.take(roads.stick)
    assert brought.fault is not None
    assert brought.fault.fault is LineFault.FORKED
    assert roads.terminal.acknowledged_seq == 0


def test_packs_come_by_stick_once_and_an_older_one_never_replaces_a_newer(roads: TwoRoads) -> None:
    def publish(version: int) -> bytes:
        pack = sealed_calendar(roads.village, version)
        (roads.village.gateway / files.PACKS_DIRECTORY / "calendar.pack").write_bytes(pack)
        return pack

    write(roads.terminal.journal, TAKEN_IN)
    incoming = roads.village.terminal / "packs" / "incoming" / "calendar.pack"
    publish(1)
    old = fetched(roads)
    newer = publish(2)
    (roads.stick / "down.sun").write_bytes(fetched(roads))
    assert roads.terminal.road.take(roads.stick).packs == 1
    assert incoming.read_bytes() == newer
    assert ItemKind.PACK_PIECE not in [each.kind for each in down_items(roads, fetched(roads))]
    (roads.stick / "down.sun").write_bytes(old)
    assert roads.terminal.road.take(roads.stick).packs == 0
    assert incoming.read_bytes() == newer


def test_a_queue_that_does_not_fit_goes_with_the_next_stick(roads: TwoRoads) -> None:
    write(roads.terminal.journal, *[TAKEN_IN] * 120)
    first = roads.terminal.road.export(roads.stick, bytes_max=(1 << 20) + 5_000)
    assert 0 < first.last_seq < 121
    assert first.left == 121 - first.last_seq
    roads.bring_back(roads.gateway.carry(roads.terminal.up_file(roads.stick).read_bytes()))
    roads.terminal.road.take(roads.stick)
    second = roads.terminal.road.export(roads.stick)
    assert (second.first_seq, second.last_seq, second.left) == (first.last_seq + 1, 121, 0)


def test_a_terminal_that_was_never_told_the_key_says_so(roads: TwoRoads) -> None:
    write(roads.terminal.journal, TAKEN_IN)
    statement = roads.village.terminal / roads.terminal.config.stick_statement
    statement.unlink()
    with pytest.raises(NoStickKey):
        roads.terminal.road.export(roads.stick)
    statement.write_bytes(roads.village.statement(Purpose.OPENING, bytes(31) + b"\x09", "x"))
    with pytest.raises(NoStickKey):
        roads.terminal.road.export(roads.stick)
    assert list(roads.stick.iterdir()) == []
