"""A stick of a terminal that the county has revoked: nothing of its records counts, and nothing of them is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.bundle.report import Taken
from sync.protocol.segment import decode_segment
from tests.sync.two_roads import TwoRoads
from tests.sync.village import TAKEN_IN, write


@pytest.fixture
def roads(tmp_path: Path) -> Iterator[TwoRoads]:
    with TwoRoads(tmp_path / "village") as made:
        yield made


def put_by(roads: TwoRoads) -> list[bytes]:
    """The hashes of all records that wait for somebody at the county to look at them."""
    key = roads.village.keys.record.public_key
    tails = roads.gateway.store.late_after(0, 1 << 20)
    return [record.hash for tail in tails for record in decode_segment(tail.wire).open(key)]


def test_what_comes_late_is_put_by_once_and_gets_no_answer(roads: TwoRoads) -> None:
    journal = roads.terminal.journal
    write(journal, TAKEN_IN)
    roads.gateway.carry(roads.terminal.export(roads.stick))
    before = roads.gateway.stored(journal.chain)
    write(journal, *[TAKEN_IN] * 3)
    bundle = roads.terminal.export(roads.stick)
    roads.gateway.store.revoke(roads.village.name, 1)
    for _ in range(2):
        answered = roads.gateway.carry(bundle)
        assert answered.down is None
        [report] = answered.report.chains
        assert (report.taken, report.fresh, report.head_seq) == (Taken.REVOKED, 0, len(before))
    assert roads.gateway.stored(journal.chain) == before
    assert put_by(roads) == [record.hash for record in journal.read(0, 99)]


def test_what_the_county_has_already_may_come_again_and_is_nothing_new(roads: TwoRoads) -> None:
    write(roads.terminal.journal, TAKEN_IN)
    bundle = roads.terminal.export(roads.stick)
    roads.gateway.carry(bundle)
    roads.gateway.store.revoke(roads.village.name, 1)
    [report] = roads.gateway.carry(bundle).report.chains
    assert (report.taken, report.fresh, report.known) == (Taken.ALL, 0, roads.terminal.journal.head().seq)
    assert put_by(roads) == []
