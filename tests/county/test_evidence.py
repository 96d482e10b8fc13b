"""Every record has its interval, worked out from the gateway's log; what does not fit is found and kept."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from county import evidence as county_evidence
from county.desk import rebuild
from county.gateway_line import GatewayAway
from county.store.evidence import EvidenceTable
from county.timing import Doubt
from sync.evidence import NOTHING_KNOWN, Cover, Interval, intervals
from sync.model.facts import ShiftOpened
from tests.county.office import CountyOffice
from tests.county.outer import OuterGateway
from tests.county.village import BEGUN, Village

HOUR_MS = 3_600_000


@pytest.fixture
def outer(home: Path, office: CountyOffice) -> Iterator[OuterGateway]:
    made = OuterGateway(home, office)
    made.enrol(office.village)
    yield made
    made.close()


def settled(outer: OuterGateway, village: Village) -> None:
    """The village reaches the county an hour later, and the county works out what follows."""
    outer.office.clock.advance(HOUR_MS)
    village.wait(outer.office.clock.wall_ms() - village.at_ms)
    village.named = outer.take(village).hash
    outer.evidence.look(news=True)


def test_a_record_lies_between_what_it_names_and_what_covers_it(outer: OuterGateway, office: CountyOffice) -> None:
    village = office.village
    settled(outer, village)
    first_ms = office.clock.wall_ms()
    assert outer.interval(village, BEGUN) == Interval(None, first_ms)
    number = village.take_in(office.item, 1)
    settled(outer, village)
    assert outer.interval(village, BEGUN + 1) == Interval(first_ms, first_ms + HOUR_MS)
    assert outer.findings(number) == []


def test_a_case_backdated_by_three_hours_is_found_with_its_case(outer: OuterGateway, office: CountyOffice) -> None:
    village = office.village
    settled(outer, village)
    village.at_ms -= 3 * HOUR_MS
    number = village.take_in(office.item, 1)
    settled(outer, village)
    found = outer.findings(number)
    assert {each.doubt for each in found} == {Doubt.DATED_BEFORE, Doubt.CLOCK_JUMPED}
    assert next(each.by_ms for each in found if each.doubt is Doubt.DATED_BEFORE) == 60_000 - 3 * HOUR_MS
    assert "dated_before" in outer.grave()


def test_a_record_that_waits_for_its_upper_bound_gets_it_later(outer: OuterGateway, office: CountyOffice) -> None:
    village = office.village
    settled(outer, village)
    village.write(ShiftOpened())
    office.intake.take(village.relays())
    outer.evidence.look(news=True)
    assert outer.interval(village, BEGUN + 1).not_after_ms is None
    outer.asked = 0
    outer.evidence.look(news=False)
    assert outer.asked == 1, "what waits is asked for again without news"
    settled(outer, village)
    assert outer.interval(village, BEGUN + 1).not_after_ms == office.clock.wall_ms()
    outer.asked = 0
    outer.evidence.look(news=False)
    assert outer.asked == 0, "nothing waits, and the log was read a moment ago"
    office.clock.advance(county_evidence.LOOK_AGAIN_MS)
    outer.evidence.look(news=False)
    assert outer.asked == 1


def test_a_line_that_fails_loses_nothing(outer: OuterGateway, office: CountyOffice) -> None:
    village = office.village
    outer.away = True
    outer.take(village)
    with pytest.raises(GatewayAway):
        outer.evidence.look(news=True)
    outer.away = False
    outer.evidence.look(news=False)
    assert outer.interval(village, 1).not_after_ms == office.clock.wall_ms()


def test_parts_give_the_same_as_the_whole_and_a_rebuild_the_same_again(
    outer: OuterGateway, office: CountyOffice, rng: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(county_evidence, "RECORDS_AT_ONCE", 5)
    village = office.village
    stated: dict[bytes, int] = {}
    covers: list[Cover] = []
    for _ in range(12):
        for _ in range(rng.randrange(1, 12)):
            village.write(ShiftOpened())
        office.clock.advance(HOUR_MS)
        checkpoint = outer.take(village)
        stated[checkpoint.hash] = checkpoint.at_ms
        covers.append(Cover(village.records[-1].link, checkpoint.at_ms))
        if rng.random() < 0.5:
            village.named = checkpoint.hash
        if rng.random() < 0.6:
            outer.evidence.look(news=True)
    outer.evidence.look(news=True)
    wanted = intervals(village.records, stated, covers)
    assert [outer.interval(village, seq) for seq in range(1, len(village.records) + 1)] == wanted
    doubts = outer.grave()
    rebuild(office.database, office.library)
    assert outer.interval(village, 1) == NOTHING_KNOWN
    outer.evidence.settle()
    assert [outer.interval(village, seq) for seq in range(1, len(village.records) + 1)] == wanted
    assert outer.grave() == doubts


def test_a_log_that_was_put_back_is_told_and_records_still_come_in(
    outer: OuterGateway, office: CountyOffice, home: Path, tmp_path: Path
) -> None:
    village = office.village
    for _ in range(3):
        village.write(ShiftOpened())
        settled(outer, village)
    (tmp_path / "gateway").symlink_to(home / "gateway")
    younger = OuterGateway(tmp_path, office)
    younger.enrol(village)
    village.write(ShiftOpened())
    younger.take(village)
    younger.evidence.look(news=True)
    assert len(younger.faults()) == 1
    assert "存证日志" in younger.faults()[0]
    younger.evidence.look(news=True)
    assert len(younger.faults()) == 1, "told once"
    assert office.village.records[-1].header.seq == head_seq(office)
    assert outer.interval(village, len(village.records)).not_after_ms is None
    younger.close()


def test_a_log_that_names_another_record_than_the_gateway_handed_on_is_told(
    outer: OuterGateway, office: CountyOffice
) -> None:
    village = office.village
    other = replace(village.records[-1].link, hash=b"\x07" * 32)
    settled(outer, village)
    with office.database.writing() as connection:
        connection.execute("UPDATE log_covers SET hash = ? WHERE chain = ?", (other.hash, other.chain))
        EvidenceTable(connection).clear()
    outer.evidence.settle()
    assert any("不是交给县里的那一条" in reason for reason in outer.faults())
    assert outer.interval(village, 1).not_after_ms is None


def test_what_the_log_has_and_the_gateway_never_handed_on_is_seen(outer: OuterGateway, office: CountyOffice) -> None:
    village = office.village
    settled(outer, village)
    village.write(ShiftOpened())
    office.clock.advance(HOUR_MS)
    outer.take(village, hand_on=False)
    outer.evidence.look(news=True)
    with office.database.reading() as connection:
        withheld = EvidenceTable(connection).withheld(office.clock.wall_ms() + 1)
    assert withheld == [(village.chain, len(village.records), office.clock.wall_ms())]
    office.intake.take(village.relays())
    with office.database.reading() as connection:
        assert EvidenceTable(connection).withheld(office.clock.wall_ms() + 1) == []


def head_seq(office: CountyOffice) -> int:
    with office.database.reading() as connection:
        row = connection.execute("SELECT head_seq FROM chains WHERE chain = ?", (office.village.chain,)).fetchone()
    return int(row[0])
