"""A record that is damaged before the county has it: what was written before goes, and from a mirror all of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from provisioning.__main__ import main as provisioning
from sync.client.mirroring import Mirroring
from sync.clock import SystemClock
from sync.mirror import read_segments, segment_files
from sync.terminal import TerminalConfig
from sync.transport.line_state import LineFault
from sync.transport.said import MirrorFault, mirror_said
from tests.sync.test_client import acknowledged
from tests.sync.test_stick_program import know_the_key
from tests.sync.two_roads import TwoRoads
from tests.sync.village import TAKEN_IN, Village, sync, write


@pytest.fixture
def roads(tmp_path: Path) -> Iterator[TwoRoads]:
    with TwoRoads(tmp_path / "village") as made:
        yield made


@pytest.mark.parametrize("part", ["header", "body"])
def test_what_was_written_before_a_damaged_record_is_sent_and_the_record_is_named(village: Village, part: str) -> None:
    journal = village.journal()
    written = write(journal, *[TAKEN_IN] * 5)
    damaged = written[3].header.seq
    journal.connection.execute(f"UPDATE records SET {part} = x'00' WHERE seq = ?", (damaged,))
    with village.running_gateway() as url:
        village.configure(url)
        assert village.sync_once().returncode == 1
        line = village.transport().line()
        assert line.fault is LineFault.JOURNAL_UNREADABLE
        assert f"record {damaged}" in line.sentence
        assert acknowledged(village, journal.chain) == written[2].link
    journal.close()


def test_what_is_damaged_on_the_disk_goes_from_the_mirror_and_the_line_goes_on_by_itself(
    village: Village, medium: Path
) -> None:
    know_the_key(village)
    journal = village.journal()
    written = write(journal, *[TAKEN_IN] * 4)
    config = replace(TerminalConfig.load(village.terminal), mirror=str(medium))
    mirroring = Mirroring(village.terminal, config, SystemClock())
    mirroring.look()
    mirroring.close()
    journal.connection.execute("UPDATE records SET body = x'00' WHERE seq = ?", (written[1].header.seq,))
    last = write(journal, TAKEN_IN)[-1]
    with village.running_gateway() as url:
        village.configure(url)
        assert village.sync_once().returncode == 1
        asked = ["restore-mirror", "--mirror", str(medium), "--through", str(village.terminal)]
        assert provisioning(asked) == 0
        sync(village)
    assert acknowledged(village, journal.chain) == last.link, "what was written after the damage has gone by the line"
    journal.close()


def test_the_mirror_goes_up_to_a_damaged_record_and_says_so(roads: TwoRoads, medium: Path) -> None:
    written = write(roads.terminal.journal, *[TAKEN_IN] * 4)
    damaged = written[2].header.seq
    roads.terminal.journal.connection.execute("UPDATE records SET body = x'00' WHERE seq = ?", (damaged,))
    config = replace(roads.terminal.config, mirror=str(medium))
    mirroring = Mirroring(roads.village.terminal, config, roads.clock)
    mirroring.look()
    mirroring.close()
    said = mirror_said(roads.terminal.transport)
    assert said is not None
    assert said.fault is MirrorFault.JOURNAL_UNREADABLE
    assert f"record {damaged}" in said.sentence
    [(_, file)] = segment_files(next(medium.iterdir()))
    *_, last = read_segments(file, roads.terminal.journal.public_key)
    assert last.records[-1].link == written[1].link
