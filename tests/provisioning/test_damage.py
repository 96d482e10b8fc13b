"""`hand-on`: giving up the body of one record that was damaged before the county had it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from provisioning.__main__ import main
from sync.journal import JournalReader
from sync.journal.journal import TAIL_RECORDS
from sync.model.facts import ActorClass, JournalFoundDamaged, Kind, ShiftOpened
from sync.model.plain import field_of
from tests.provisioning.test_self_test import with_journal
from tests.sync.village import TAKEN_IN, write

HandOn = Callable[[int], int]


@pytest.fixture
def seq(terminal: Path) -> int:
    """The number of a record between two sound ones whose body is another on the disk than was signed."""
    journal = with_journal(terminal)
    written = write(journal, *[TAKEN_IN] * 3)
    journal.close()
    damage(terminal, "body", written[1].header.seq)
    return written[1].header.seq


@pytest.fixture
def hand_on(terminal: Path) -> HandOn:
    """What the technician types, with the number of a record."""
    return lambda seq: main(["hand-on", "--data", str(terminal), "--record", str(seq)])


def damage(terminal: Path, part: str, seq: int) -> None:
    with closing(sqlite3.connect(terminal / "journal.db")) as disk, disk:
        disk.execute(f"UPDATE records SET {part} = x'00' WHERE seq = ?", (seq,))


def test_a_damaged_body_is_given_up_and_the_county_will_be_told(
    terminal: Path, seq: int, hand_on: HandOn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert hand_on(seq) == 0
    assert f"第 {seq} 条只交编号、时间和种类" in capsys.readouterr().out
    with closing(JournalReader.open(terminal / "journal.db")) as journal:
        *before, told = journal.read(0, 100)
        assert [record.header.seq for record in before if record.body is None] == [seq]
        assert (told.header.kind, told.header.actor_class) == (Kind.JOURNAL_FOUND_DAMAGED, ActorClass.TECHNICIAN)
        assert field_of(JournalFoundDamaged, "first", told.header.plain) == seq
        assert journal.audit().flaws == (), "the chain verifies as before"
    assert hand_on(seq) == 1
    assert f"第 {seq} 条没有坏" in capsys.readouterr().err, "there is nothing more to give up"


def test_nothing_is_given_up_of_records_that_are_whole_missing_or_past_help(
    terminal: Path, seq: int, hand_on: HandOn, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(with_journal(terminal)) as journal, journal.transaction() as writing:
        for _ in range(TAIL_RECORDS):  # a journal whose newest headers are damaged does not open at all
            writing.append(ShiftOpened(), actor="A01", actor_class=ActorClass.AGENT)
    damage(terminal, "header", seq - 1)
    for number, said in ((seq + 1, "没有坏"), (99, "没有第 99 条"), (seq - 1, "交不出去")):
        assert hand_on(number) == 1
        assert said in capsys.readouterr().err


def test_nothing_is_given_up_that_a_second_medium_may_have(
    terminal: Path, seq: int, hand_on: HandOn, capsys: pytest.CaptureFixture[str]
) -> None:
    file = terminal / "terminal.json"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | {"mirror": "/media/mirror"}), "utf-8")
    assert hand_on(seq) == 1
    assert "restore-mirror" in capsys.readouterr().err


def test_while_the_screen_runs_no_body_is_given_up(
    terminal: Path, seq: int, hand_on: HandOn, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(with_journal(terminal)):
        assert hand_on(seq) == 1
    assert "屏幕程序正在运行" in capsys.readouterr().err
