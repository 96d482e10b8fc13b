"""After a swap the real programs carry the open cases to the new terminal, and what happens to them there back."""

from __future__ import annotations

import subprocess

import pytest

from county.store.database import Database
from county.store.ledger import Ledger
from kiosk.commands import WithdrawCase
from kiosk.desk import Actor, Desk
from kiosk.succession import begin_chain
from sync.clock import SystemClock
from sync.desk_key import OpenDesk
from sync.keyring import Keyring
from sync.model.county_day import CountyDay
from sync.model.facts import ActorClass, Author, DeskKeyMade, Kind
from sync.model.transitions import Status
from sync.reading import fact_of
from sync.record import BodySealed, Record
from sync.sealing import KeyOpener
from tests.county.browser import county as county_program
from tests.county.disaster import Disaster, Point
from tests.county.test_disasters_stolen_terminal import take_in
from tests.county.test_disasters_swap import replace
from tests.county.village import STROKES
from tests.seals import DESK


def exchange(county: Disaster) -> None:
    """One exchange of the county's real program; what it does by itself is in it."""
    command = county_program("run", "--data", str(county.county_dir), "--once")
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def told_key(point: Point) -> None:
    with point.journal.transaction() as writing:
        told = DeskKeyMade(public_key=DESK.recipient.public_key, private_key=DESK.secret())
        writing.append(told, actor="system", actor_class=ActorClass.SYSTEM)


def given_records(point: Point) -> list[Record]:
    inbox = point.said.records(0, 10_000)
    return [record for _, record in inbox if record.header.kind == Kind.RECORD_GIVEN]


def status(database: Database, number: str) -> str:
    with database.reading() as connection:
        return str(connection.execute("SELECT status FROM cases WHERE number = ?", (number,)).fetchone()[0])


def test_the_open_cases_of_a_dead_terminal_come_to_the_new_one_and_go_on_there(
    county: Disaster, database: Database
) -> None:
    old = county.point()
    told_key(old)
    first, second = take_in(county, old, 1, "李秀兰"), take_in(county, old, 2, "王桂英")
    assert old.sync().returncode == 0
    new, key = replace(county, old), KeyOpener.fresh()
    assert begin_chain(new.journal, new.data)
    region = new.box.name.region if new.box.name else ""
    new.journal.seal_for((*new.journal.readers[:2], key.recipient))
    desk = Desk(new.journal, new.said, key.recipient, lambda: CountyDay(SystemClock().wall_ms()), region, 2)
    desk.unlock(OpenDesk(key))
    assert new.sync().returncode == 0
    exchange(county)
    assert new.sync().returncode == 0
    desk.lock()
    assert desk.fold_inbox() >= {first, second}
    assert [row.case_no for row in desk.cases.rows(over=False)] == sorted((first, second))
    desk.unlock(OpenDesk(key))
    desk.learn(40)
    assert desk.people.called("桂英") == {second}
    with database.reading() as connection:
        ledger = Ledger(connection)
        chain = given_records(new)[0].header.chain
        mine = Keyring([DESK]).among(ledger.record_at)
        told = [each.record for each in ledger.of_chain(chain, 0, 1000) if each.record.header.kind == Kind.RECORD_GIVEN]
        assert len(told) == len(given_records(new))
        with pytest.raises(BodySealed):
            fact_of(told[0], mine)
    done = desk.perform(WithdrawCase("不想办了", STROKES), Actor("A01"), None, first)  # type: ignore[arg-type]  # asks no day
    assert done.case.status is Status.WITHDRAWN
    # The old machine comes back and knows of nothing: it is refused, and moves nothing.
    old.write(1, case_no=second)
    assert old.sync().returncode == 1
    assert new.sync().returncode == 0
    exchange(county)
    assert (status(database, first), status(database, second)) == ("withdrawn", "taken_in")
    with database.reading() as connection:
        assert {each.author for each in Ledger(connection).of_case(first)} == {Author.TERMINAL, Author.COUNTY}
        assert Ledger(connection).alarms() == []
