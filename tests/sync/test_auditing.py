"""The audit in the background: in slices, beside the writer, from where it was; what it finds is said."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning.__main__ import main as provisioning
from sync.client import auditing
from sync.client.auditing import AGAIN_MS, SAID_AGAIN_MS, Auditing
from sync.clock import FixedClock
from sync.journal import Journal
from sync.journal.audit import FLAWS_MAX, Part
from sync.keys import FileSigner
from sync.transport.reader import TransportReader
from sync.transport.said import AuditSaid, audit_said
from tests.seals import READERS
from tests.sync.village import INVITED, TAKEN_IN, Village, eventually, write

NOON_MS = 1_795_415_520_000
SLICE = 4


@pytest.fixture(autouse=True)
def _small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "SLICE_RECORDS", SLICE)


class Terminal:
    """A journal with its writer, and the audit of one start after the other."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.clock = FixedClock(NOON_MS)
        self.signer = FileSigner.create(data / "record.pem")
        self.journal = Journal.open_or_create(data / "journal.db", self.signer, READERS, self.clock)
        self.started = Auditing(data, data / "record.pem", self.clock)

    def again(self) -> None:
        """The machine starts anew."""
        self.started.close()
        self.started = Auditing(self.data, self.data / "record.pem", self.clock)

    def whole_round(self) -> int:
        """Look until nothing is left to look at; return how many slices there were."""
        for slices in range(1, 1000):
            if not self.started.look():
                return slices
        raise AssertionError("the audit does not end")

    @property
    def said(self) -> AuditSaid:
        reader = TransportReader(self.data / "transport.db")
        try:
            held = audit_said(reader)
        finally:
            reader.close()
        assert held is not None
        return held

    def change(self, seq: int, column: str, flip: int = 1) -> None:
        connection = sqlite3.connect(self.data / "journal.db")
        with connection:
            (held,) = connection.execute(f"SELECT {column} FROM records WHERE seq = ?", (seq,)).fetchone()
            changed = bytes((held[0] ^ flip, *held[1:]))
            connection.execute(f"UPDATE records SET {column} = ? WHERE seq = ?", (changed, seq))
        connection.close()


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path)
    write(made.journal, *[TAKEN_IN, INVITED] * 10)
    yield made
    made.started.close()
    made.journal.close()


def test_a_sound_journal_is_found_sound_and_looked_at_again_a_week_later(terminal: Terminal) -> None:
    assert terminal.whole_round() == 6
    assert terminal.said == AuditSaid(NOON_MS, ended_ms=NOON_MS, records=21)
    assert not terminal.started.look(), "nothing is due"
    terminal.again()
    assert not terminal.started.look(), "nor with the next start"
    terminal.clock.advance(AGAIN_MS)
    terminal.change(1, "signature")
    terminal.whole_round()
    assert (terminal.said.first, terminal.said.part) == (1, Part.SIGNATURE)


@pytest.mark.parametrize(("column", "part"), [("body", Part.BODY), ("header", Part.HEADER)])
def test_damage_in_the_middle_is_said_at_once_and_what_follows_is_looked_at_too(
    terminal: Terminal, column: str, part: Part
) -> None:
    terminal.change(10, column)
    terminal.change(18, column)
    while not terminal.started.look() or terminal.said.flaws == 0:
        pass
    assert (terminal.said.first, terminal.said.part, terminal.said.flaws) == (10, part, 1)
    assert terminal.said.ended_ms is None, "the round goes on"
    assert str(terminal.said.sentence).startswith("record 10, ")
    terminal.whole_round()
    assert (terminal.said.first, terminal.said.flaws, terminal.said.records) == (10, 2, 21)
    assert write(terminal.journal, INVITED)[0].header.seq == 22, "and the terminal goes on"


def test_what_was_found_stays_said_over_a_start_until_a_whole_round_finds_it_mended(terminal: Terminal) -> None:
    terminal.change(10, "body")
    terminal.whole_round()
    terminal.again()
    terminal.started.look()
    assert terminal.said.first == 10
    terminal.change(10, "body")  # the same bit once more: as it was
    terminal.whole_round()
    assert (terminal.said.flaws, terminal.said.first, terminal.said.sentence) == (0, 0, "")


def test_a_start_goes_on_where_the_last_one_ended_and_reads_no_record_twice_but_one(terminal: Terminal) -> None:
    for _ in range(3):
        assert terminal.started.look()
    terminal.again()
    assert terminal.said.seq == 3 * SLICE
    terminal.change(4, "body")  # behind it: found with the next round, a week later
    assert terminal.whole_round() == 3
    assert (terminal.said.flaws, terminal.said.records) == (0, 21)


def test_records_that_vanished_behind_the_place_where_it_went_on_are_missed(terminal: Terminal) -> None:
    for _ in range(3):
        terminal.started.look()
    terminal.again()
    connection = sqlite3.connect(terminal.data / "journal.db")
    with connection:
        connection.execute("DELETE FROM records WHERE seq BETWEEN 10 AND 14")
    connection.close()
    terminal.whole_round()
    assert (terminal.said.first, terminal.said.part) == (15, Part.NUMBER)


def test_nothing_is_held_between_two_slices_and_little_is_written(terminal: Terminal) -> None:
    written = set()
    for _ in range(5):
        assert terminal.started.look()
        terminal.clock.advance(SAID_AGAIN_MS // 4)
        written.add(terminal.said.at_ms)
        (busy, _, _) = terminal.journal.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert not busy, "a reader that stays would let the log grow"
        write(terminal.journal, INVITED)
    assert len(written) == 2


def test_a_journal_that_is_wrong_everywhere_ends_the_round(terminal: Terminal) -> None:
    write(terminal.journal, *[INVITED] * FLAWS_MAX)
    for seq in range(1, FLAWS_MAX + 10):
        terminal.change(seq, "signature")
    terminal.whole_round()
    assert terminal.said.flaws >= FLAWS_MAX
    assert terminal.said.records <= FLAWS_MAX + SLICE
    assert not terminal.started.look()


def test_the_thread_audits_by_itself_and_the_doctor_says_how_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(auditing, "REST_S", 0.02)
    village = Village(tmp_path)
    journal = village.journal()
    write(journal, TAKEN_IN, INVITED)
    started = Auditing(village.terminal, village.terminal / "keys" / "record.pem", FixedClock(NOON_MS))
    started.start()
    eventually(10, lambda: _ended(village))
    started.close()
    journal.close()
    provisioning(["doctor", "--data", str(village.terminal)])
    assert "3 条全部核对无误" in capsys.readouterr().out


def _ended(village: Village) -> bool:
    reader = village.transport()
    try:
        held = audit_said(reader)
    finally:
        reader.close()
    return held is not None and held.ended_ms is not None
