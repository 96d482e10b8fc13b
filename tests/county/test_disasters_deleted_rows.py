"""Somebody deletes records from the gateway's store by hand: it is told, and holds up nobody else."""

from __future__ import annotations

import sqlite3

import pytest

from county.store.ledger import Ledger
from sync.gateway import config as gateway_config
from tests.county.disaster import Disaster, Point, heads


def delete(county: Disaster, point: Point, seq: int) -> None:
    """What the gateway's operator does, while the gateway runs."""
    with sqlite3.connect(county.gateway_dir / gateway_config.STORE_FILE) as db:
        done = db.execute("DELETE FROM records WHERE chain = ? AND seq = ?", (point.journal.chain, seq))
        assert done.rowcount == 1
    db.close()


@pytest.mark.parametrize("newest", [False, True])
def test_a_deleted_record_stops_its_chain_with_an_alarm_and_no_other(county: Disaster, newest: bool) -> None:
    victim, other = county.point(), county.point()
    database = county.database()
    courier = county.courier(database)
    for each in (victim, other):
        each.write(2)
        assert each.sync().returncode == 0
    assert courier.exchange()
    good = victim.journal.head().seq
    for each in (victim, other):
        each.write(3)
        assert each.sync().returncode == 0
    delete(county, victim, victim.journal.head().seq if newest else good + 2)
    assert courier.exchange(), courier.status().problem
    assert heads(database) == {victim.journal.chain: good, other.journal.chain: other.journal.head().seq}
    with database.reading() as connection:
        (alarm,) = Ledger(connection).alarms()
        (stopped,) = [each for each in Ledger(connection).chains() if each.stopped_for]
    assert alarm.chain == stopped.chain == victim.journal.chain
    assert alarm.reason == stopped.stopped_for
    assert "网关的库里缺了记录" in alarm.reason
    assert f"第 {good + 1} 条" in alarm.reason
    assert victim.journal.chain.hex() in county.log()
    assert "DAMAGED" in county.log()
    # From now on, too: the others are taken, and the victim goes on queueing without a word of having arrived.
    shown = victim.acknowledged()
    for each in (victim, other):
        each.write()
        each.sync()
    assert courier.exchange(), courier.status().problem
    assert heads(database)[other.journal.chain] == other.journal.head().seq
    assert other.acknowledged() == other.journal.head().seq
    assert victim.acknowledged() == (shown if newest else victim.journal.head().seq)
    database.close()
