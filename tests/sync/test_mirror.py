"""The mirror: what is written is on two media, a torn one is known, and a dead disk takes nothing with it."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from provisioning.__main__ import main as provisioning
from sync.bundle.report import Taken
from sync.client.mirroring import Mirroring
from sync.journal import Journal
from sync.keys import FileSigner
from sync.mirror import (
    ABOUT,
    ACKNOWLEDGED,
    ROOT,
    STICK_STATEMENT,
    About,
    MirrorUnreadable,
    MirrorWriter,
    read_segments,
    segment_files,
)
from sync.protocol.segment import cut
from sync.record import Record
from sync.terminal import TerminalConfig
from sync.transport.reader import TransportReader
from sync.transport.said import MirrorFault, MirrorSaid, mirror_said
from tests.seals import READERS
from tests.sync.test_stick_program import know_the_key
from tests.sync.two_roads import NOON_MS, TwoRoads
from tests.sync.village import COUNTY, TAKEN_IN, Village, chain_of, eventually, program, sync, write


@pytest.fixture
def roads(tmp_path: Path) -> Iterator[TwoRoads]:
    with TwoRoads(tmp_path / "village") as made:
        yield made


def mirroring(roads: TwoRoads, medium: Path) -> Mirroring:
    return Mirroring(roads.village.terminal, replace(roads.terminal.config, mirror=str(medium)), roads.clock)


def look(roads: TwoRoads, medium: Path) -> None:
    """The sync process starts, looks once and ends."""
    once = mirroring(roads, medium)
    once.look()
    once.close()


def said(village: Village) -> MirrorSaid:
    reader = TransportReader(village.terminal / "transport.db")
    try:
        held = mirror_said(reader)
    finally:
        reader.close()
    assert held is not None
    return held


def mirrored(medium: Path, key: FileSigner) -> list[Record]:
    """All records of the one mirror on a medium."""
    [directory] = medium.iterdir()
    return [
        record
        for _, path in segment_files(directory)
        for held in read_segments(path, key.public_key)
        for record in held.records
    ]


def hashes(records: list[Record]) -> list[bytes]:
    return [each.hash for each in records]


def test_every_record_is_on_the_second_medium_soon_after_it_was_written(roads: TwoRoads, medium: Path) -> None:
    mirror = mirroring(roads, medium)
    for count in (3, 1, 70):
        write(roads.terminal.journal, *[TAKEN_IN] * count)
        mirror.look()
        assert hashes(mirrored(medium, roads.village.keys.record)) == hashes(roads.terminal.journal.read(0, 999))
    assert (said(roads.village).fault, said(roads.village).seq) == (None, 4)
    roads.clock.advance(6_000)
    mirror.look()
    assert said(roads.village).seq == roads.terminal.journal.head().seq
    mirror.close()


@pytest.mark.parametrize("torn", [bytes(600), b"\xff" * 600, b"\x00\x00\x02\x00" + bytes(90)])
def test_a_power_cut_that_tears_the_end_takes_nothing_that_was_whole_before_it(tmp_path: Path, torn: bytes) -> None:
    key = FileSigner.create(tmp_path / "record.pem")
    about = About("urn:sunpoint:terminal", COUNTY, key.public_key.hex())
    segments = list(cut(chain_of(key, 30), records_max=3))
    mirror = MirrorWriter(tmp_path / "mirror", about)
    mirror.append(segments[:-1], 0)
    mirror.close()
    ((_, file),) = segment_files(tmp_path / "mirror")
    with file.open("ab") as end:
        end.write(torn)
    assert len(list(read_segments(file, key.public_key))) == len(segments) - 1
    mirror = MirrorWriter(tmp_path / "mirror", about)
    assert mirror.link == segments[-1].after
    mirror.append(segments[-1:], 0)
    mirror.close()
    assert len(list(read_segments(file, key.public_key))) == len(segments)


def test_a_medium_that_is_missing_is_said_and_what_it_missed_is_made_up_for(roads: TwoRoads, medium: Path) -> None:
    mirror = mirroring(roads, medium / "card")
    write(roads.terminal.journal, TAKEN_IN)
    mirror.look()
    assert said(roads.village).fault is MirrorFault.MISSING
    (medium / "card").mkdir()
    write(roads.terminal.journal, TAKEN_IN)
    mirror.look()
    assert (said(roads.village).fault, said(roads.village).seq) == (None, 3)
    shutil.move(medium / "card", medium / "pulled-out")
    write(roads.terminal.journal, TAKEN_IN)
    mirror.look()
    assert (said(roads.village).fault, said(roads.village).seq) == (MirrorFault.MISSING, 3)
    shutil.move(medium / "pulled-out", medium / "card")
    mirror.look()
    assert said(roads.village).seq == 4
    assert len(mirrored(medium / "card", roads.village.keys.record)) == 4


def test_the_machine_s_own_disk_is_no_second_medium(roads: TwoRoads, tmp_path: Path) -> None:
    (tmp_path / "card").mkdir()
    write(roads.terminal.journal, TAKEN_IN)
    look(roads, tmp_path / "card")
    assert said(roads.village).fault is MirrorFault.SAME_DISK
    assert list((tmp_path / "card").iterdir()) == []


def test_a_journal_that_was_put_back_is_not_written_over_its_own_mirror(roads: TwoRoads, medium: Path) -> None:
    write(roads.terminal.journal, TAKEN_IN)
    roads.terminal.journal.close()
    backup = roads.village.terminal / "journal.db"
    kept = backup.read_bytes()
    for wal in roads.village.terminal.glob("journal.db-*"):
        wal.unlink()
    roads.terminal.journal = Journal.open_or_create(backup, roads.village.keys.record, READERS, roads.clock)
    write(roads.terminal.journal, TAKEN_IN, TAKEN_IN)
    look(roads, medium)
    before = hashes(mirrored(medium, roads.village.keys.record))
    roads.terminal.journal.close()
    for wal in roads.village.terminal.glob("journal.db-*"):
        wal.unlink()
    backup.write_bytes(kept)
    roads.terminal.journal = Journal.open_or_create(backup, roads.village.keys.record, READERS, roads.clock)
    write(roads.terminal.journal, TAKEN_IN)
    look(roads, medium)
    assert said(roads.village).fault is MirrorFault.AHEAD
    assert hashes(mirrored(medium, roads.village.keys.record)) == before


@pytest.mark.parametrize("seed", range(30))
def test_a_torn_or_damaged_end_is_cut_off_and_written_again(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    key = FileSigner.create(tmp_path / "record.pem")
    about = About("urn:sunpoint:990101:terminal:990101102203:01", COUNTY, key.public_key.hex())
    records = chain_of(key, 40)
    writer = MirrorWriter(tmp_path / "mirror", about)
    writer.append(cut(records[:25], records_max=chance.randint(1, 6)), 0)
    writer.close()
    [(_, path)] = segment_files(tmp_path / "mirror")
    content = bytearray(path.read_bytes())
    at = chance.randrange(len(content))
    if chance.random() < 0.5:
        del content[at:]
    else:
        content[at] ^= 1 << chance.randrange(8)
    path.write_bytes(content)
    again = MirrorWriter(tmp_path / "mirror", about)
    stands = again.link.seq if again.link else 0
    assert stands < 25
    again.append(cut(records[stands:]), 0)
    again.close()
    found = [
        record.hash
        for _, file in segment_files(tmp_path / "mirror")
        for held in read_segments(file, key.public_key)
        for record in held.records
    ]
    assert found == hashes(records)


def test_the_mirror_of_another_terminal_is_not_written_over(tmp_path: Path) -> None:
    first, second = FileSigner.create(tmp_path / "a.pem"), FileSigner.create(tmp_path / "b.pem")
    name = "urn:sunpoint:990101:terminal:990101102203:01"
    MirrorWriter(tmp_path / "mirror", About(name, COUNTY, first.public_key.hex())).close()
    with pytest.raises(MirrorUnreadable):
        MirrorWriter(tmp_path / "mirror", About(name, COUNTY, second.public_key.hex()))


def test_links_and_pipes_on_the_medium_reach_nothing_and_hold_nobody_up(tmp_path: Path) -> None:
    key, directory, own = FileSigner.create(tmp_path / "key.pem"), tmp_path / "mirror", tmp_path / "journal.db"
    about = About("urn:sunpoint:990101:terminal:990101102203:01", COUNTY, key.public_key.hex())
    own.write_bytes(b"the terminal's own")
    MirrorWriter(directory, about).close()
    segments = list(cut(chain_of(key, 20)))
    os.mkfifo(directory / "999999999999.segments")
    os.mkfifo(directory / "acknowledged")
    (directory / "000000000001.segments").symlink_to(own)
    writer = MirrorWriter(directory, about)
    with pytest.raises(OSError, match="symbolic link"):
        writer.append(segments, 0)
    writer.keep_beside("acknowledged", b"an answer")
    assert (directory / "acknowledged").read_bytes() == b"an answer"
    writer.close()
    (directory / "about.json").unlink()
    os.mkfifo(directory / "about.json")
    with pytest.raises(MirrorUnreadable):
        MirrorWriter(directory, about)
    assert own.read_bytes() == b"the terminal's own"


def test_no_key_and_nothing_personal_lies_on_the_medium(roads: TwoRoads, medium: Path) -> None:
    write(roads.terminal.journal, *[TAKEN_IN] * 5)
    roads.terminal.round()
    write(roads.terminal.journal, TAKEN_IN)
    look(roads, medium)
    everything = b"".join(path.read_bytes() for path in medium.rglob("*") if path.is_file())
    for secret in ("张三", "990101199001011239", "000-5550-123"):
        assert secret.encode() not in everything
    for key in (roads.village.terminal / "keys").glob("*.pem"):
        if b"PRIVATE" in key.read_bytes():
            assert key.read_bytes() not in everything
    assert b"PRIVATE" not in everything


# --- a dead disk ------------------------------------------------------------------------------------------------------


def died(roads: TwoRoads, medium: Path) -> list[bytes]:
    """Some records were acknowledged, some only mirrored; then the disk dies. Returns all hashes."""
    write(roads.terminal.journal, *[TAKEN_IN] * 4)
    assert roads.terminal.round() is None
    write(roads.terminal.journal, *[TAKEN_IN] * 6)
    look(roads, medium)
    written = hashes(roads.terminal.journal.read(0, 999))
    roads.terminal.close()
    shutil.rmtree(roads.village.terminal)
    return written


def test_the_unsent_tail_of_a_dead_disk_reaches_the_county_by_stick(
    roads: TwoRoads, medium: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chain = roads.terminal.journal.chain
    know_the_key(roads.village)
    written = died(roads, medium)
    assert provisioning(["restore-mirror", "--mirror", str(medium), "--stick", str(roads.stick)]) == 0
    told = capsys.readouterr().out
    assert "要带给县里的有 6 条" in told
    assert "县里当时确认到第 5 条" in told
    assert "镜像里没有，请和村民手里的回执核对" in told
    [file] = roads.stick.glob("sunpoint-up-*-mirror-1.sun")
    answered = roads.gateway.carry(file.read_bytes())
    assert answered.down is None
    [report] = answered.report.chains
    assert (report.fresh, report.known, report.head_seq, report.taken) == (6, 0, 11, Taken.ALL)
    assert hashes(roads.gateway.stored(chain)) == written
    assert [each.fresh for each in roads.gateway.carry(file.read_bytes()).report.chains] == [0]
    roads.terminal.journal = Journal.open_or_create(
        medium / "unused.db", FileSigner.create(medium / "new.pem"), READERS, roads.clock
    )


def test_what_neither_the_county_nor_the_mirror_has_is_counted(
    roads: TwoRoads, medium: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    know_the_key(roads.village)
    write(roads.terminal.journal, *[TAKEN_IN] * 60)
    look(roads, medium)
    [directory] = medium.iterdir()
    [(_, path)] = segment_files(directory)
    segments = list(read_segments(path, roads.village.keys.record.public_key))
    path.write_bytes(path.read_bytes()[segments[0].end :])
    path.rename(path.with_name(f"{segments[1].records[0].header.seq:012d}.segments"))
    assert provisioning(["restore-mirror", "--mirror", str(medium), "--stick", str(roads.stick)]) == 0
    lost = len(segments[0].records)
    assert f"有 {lost} 条县里没有确认过，镜像里也没有" in capsys.readouterr().out
    [file] = roads.stick.glob("*.sun")
    assert [each.taken for each in roads.gateway.carry(file.read_bytes()).report.chains] == [Taken.GAP]


def test_the_tail_goes_by_the_line_of_a_terminal_that_lives(village: Village, medium: Path, tmp_path: Path) -> None:
    know_the_key(village)
    dead = FileSigner.create(tmp_path / "dead.pem")
    records = chain_of(dead, 9)
    about = About(village.name.urn(), COUNTY, dead.public_key.hex())
    MirrorWriter(medium / "sunpoint-dead", about).append(cut(records), 0)
    with village.running_gateway() as url:
        village.configure(url)
        asked = ["restore-mirror", "--mirror", str(medium), "--through", str(village.terminal)]
        assert provisioning(asked) == 1, "a chain that nobody enrolled was taken"
        MirrorWriter(medium / "sunpoint-own", About(village.name.urn(), COUNTY, village.keys.record.public_key.hex()))
        shutil.rmtree(medium / "sunpoint-dead")
        own = chain_of(village.keys.record, 9)
        writer = MirrorWriter(
            medium / "sunpoint-own", About(village.name.urn(), COUNTY, village.keys.record.public_key.hex())
        )
        writer.append(cut(own), 0)
        assert provisioning(asked) == 0
        assert provisioning(asked) == 0


@pytest.mark.parametrize("content", [None, b"", b"{", b'{"terminal":"x","county":"990101","public_key":"zz"}'])
def test_a_medium_without_a_mirror_is_named_in_one_sentence(
    medium: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (medium / "sunpoint-x").mkdir()
        (medium / "sunpoint-x" / "about.json").write_bytes(content)
    assert provisioning(["restore-mirror", "--mirror", str(medium)]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("name", [ABOUT, ROOT, STICK_STATEMENT, ACKNOWLEDGED])
def test_a_pipe_a_link_or_a_flood_beside_the_records_is_not_read(
    medium: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    key = FileSigner.create(tmp_path / "key.pem")
    about = About("urn:sunpoint:990101:terminal:990101102203:01", COUNTY, key.public_key.hex())
    MirrorWriter(medium / "sunpoint-x", about).close()
    beside = medium / "sunpoint-x" / name

    def pipe() -> None:
        os.mkfifo(beside)

    for place in (pipe, lambda: beside.symlink_to(tmp_path / "key.pem"), lambda: beside.write_bytes(bytes(65_537))):
        beside.unlink(missing_ok=True)
        place()
        assert provisioning(["restore-mirror", "--mirror", str(medium / "sunpoint-x")]) == 1
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_real_sync_process_mirrors_while_its_line_is_down(village: Village, medium: Path) -> None:
    village.fix_port()
    replace(TerminalConfig.load(village.terminal), mirror=str(medium)).save(village.terminal)
    journal = village.journal()
    write(journal, TAKEN_IN)
    with program("sync.client", "--data", str(village.terminal)):
        for count in (2, 5):
            write(journal, *[TAKEN_IN] * count)
            eventually(20, lambda: list(medium.iterdir()) and hashes(mirrored(medium, village.keys.record)) == hashes(
                journal.read(0, 999)
            ))  # fmt: skip
    with village.running_gateway() as url:
        village.configure(url)
        replace(TerminalConfig.load(village.terminal), mirror=str(medium)).save(village.terminal)
        write(journal, TAKEN_IN)
        sync(village)
        assert len(mirrored(medium, village.keys.record)) == journal.head().seq
    assert said(village).fault is None
    assert said(village).at_ms > NOON_MS - (1 << 40)
    journal.close()
