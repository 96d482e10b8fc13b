"""The last lane, the real client against the real gateway: attachments arrive, and records never wait for them."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from sync.attachments.sealed import Sealed
from sync.attachments.shelf import AttachmentShelf
from sync.clock import SystemClock
from sync.gateway import config as files
from sync.journal import Journal
from sync.known_day import KnownDay
from sync.known_day import Sealed as PacksSaid
from sync.protocol.pace import PIECE_BYTES_MAX, PIECE_BYTES_MIN, SLICE_BYTES_MAX, SLICE_BYTES_MIN, Pace
from sync.protocol.recovery import BACKUP_WINDOW_MS
from sync.transport.outgoing import OutgoingLeft, OutgoingState
from tests.campaign.attacks.on_papers import ExchangingLine, case_with_paper
from tests.campaign.attacks.scene import honest_scene
from tests.sync.attached import NOTHING_LEFT, add, at_gateway, left
from tests.sync.hostile import BreakingLine, NarrowLine
from tests.sync.test_client import acknowledged
from tests.sync.village import INVITED, SOURCES, TAKEN_IN, Village, eventually, program, sync, write

DAY_MS = 24 * 3_600_000


@pytest.fixture
def gateway(village: Village) -> Iterator[str]:
    with village.running_gateway() as url:
        village.configure(url)
        yield url


@pytest.fixture
def journal(village: Village) -> Iterator[Journal]:
    opened = village.journal()
    yield opened
    opened.close()


@pytest.fixture
def shelf(village: Village) -> AttachmentShelf:
    return AttachmentShelf(village.terminal / "attachments", free_bytes_least=0)


def test_attachments_follow_their_records_and_arrive_whole(
    village: Village, gateway: str, journal: Journal, shelf: AttachmentShelf
) -> None:
    made = [add(journal, shelf, size, size) for size in (1, 65_536, 200_000)]
    sync(village)
    assert [at_gateway(village, each) for each in made] == [each.content for each in made]
    assert left(village) == NOTHING_LEFT
    now_ms = SystemClock().wall_ms()
    assert set(village.transport().outgoing_kept_before(now_ms + 1)) == {each.digest for each in made}
    assert village.transport().outgoing_kept_before(now_ms - 3_600_000) == []


def test_what_is_still_to_go_is_told_as_soon_as_it_is_known(
    village: Village, journal: Journal, shelf: AttachmentShelf
) -> None:
    """Also while there is no line at all."""
    made = [add(journal, shelf, 100_000, seed) for seed in range(2)]
    village.fix_port()
    assert village.sync_once().returncode == 1
    assert left(village) == OutgoingLeft(2, sum(len(each.content) for each in made))


@pytest.mark.parametrize("up_bytes_max", [8_000, 24_000])
def test_a_line_that_dies_after_every_few_kilobytes_carries_an_attachment_with_little_waste(
    village: Village, gateway: str, journal: Journal, shelf: AttachmentShelf, up_bytes_max: int
) -> None:
    made = add(journal, shelf, 250_000)
    with BreakingLine(int(gateway.rsplit(":", 1)[1]), up_bytes_max) as line:
        village.configure(line.url)
        with program("sync.client", "--data", str(village.terminal)):
            eventually(90, lambda: at_gateway(village, made) and left(village) == NOTHING_LEFT)
        assert line.cuts >= len(made.content) // up_bytes_max
        if up_bytes_max == 24_000:
            assert line.carried <= 1.2 * len(made.content)
    assert at_gateway(village, made) == made.content


def test_a_record_written_while_a_megabyte_goes_up_is_acknowledged_before_it_has_ended(
    village: Village, gateway: str, journal: Journal, shelf: AttachmentShelf
) -> None:
    made = add(journal, shelf, 1_000_000)
    with NarrowLine(int(gateway.rsplit(":", 1)[1]), up_bytes_s=150_000) as line:
        village.configure(line.url)
        with program("sync.client", "--data", str(village.terminal)):
            for _ in range(3):
                already = line.carried
                eventually(30, lambda: line.carried > already + 60_000)  # noqa: B023 - called here
                (record,) = write(journal, INVITED)
                passed = line.carried
                eventually(30, lambda: acknowledged(village, journal.chain).seq >= record.header.seq)  # noqa: B023 - called here
                assert left(village).size_bytes > 0, "the attachment was first"
                assert line.carried - passed < 64_000, "the record waited for the attachment"
            eventually(60, lambda: left(village) == NOTHING_LEFT)
    assert at_gateway(village, made) == made.content


def test_kill_9_of_the_client_again_and_again_sends_what_is_missing(
    village: Village, gateway: str, journal: Journal, shelf: AttachmentShelf, rng: random.Random
) -> None:
    made = [add(journal, shelf, 400_000, seed) for seed in range(4)]
    with NarrowLine(int(gateway.rsplit(":", 1)[1]), up_bytes_s=1_000_000) as line:
        village.configure(line.url)
        for _ in range(4):
            process = subprocess.Popen(
                [sys.executable, "-m", "sync.client", "--data", str(village.terminal)],
                cwd=SOURCES, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            time.sleep(rng.uniform(0.5, 0.9))
            process.send_signal(signal.SIGKILL)
            process.wait()
    village.configure(gateway)
    with program("sync.client", "--data", str(village.terminal)):
        eventually(60, lambda: left(village) == NOTHING_LEFT and at_gateway(village, made[-1]))
    assert [at_gateway(village, each) for each in made] == [each.content for each in made]


def send_a_part(village: Village, gateway: str, made: Sealed) -> None:
    """Send the beginning of an attachment, and be stopped."""
    with NarrowLine(int(gateway.rsplit(":", 1)[1]), up_bytes_s=400_000) as line:
        village.configure(line.url)
        with program("sync.client", "--data", str(village.terminal)):
            eventually(30, lambda: 0 < left(village).size_bytes < len(made.content))


def test_a_gateway_that_has_lost_what_it_had_gets_it_again(
    village: Village, gateway: str, journal: Journal, shelf: AttachmentShelf
) -> None:
    made = add(journal, shelf, 500_000)
    send_a_part(village, gateway, made)
    with sqlite3.connect(village.gateway / files.ATTACHMENTS_FILE) as db:
        db.execute("DELETE FROM uploads")
        db.execute("DELETE FROM upload_pieces")
    db.close()
    village.configure(gateway)
    with program("sync.client", "--data", str(village.terminal)):
        eventually(30, lambda: left(village) == NOTHING_LEFT)
    assert at_gateway(village, made) == made.content


def test_a_gateway_that_finds_other_bytes_throws_them_away_and_gets_the_right_ones(
    village: Village, gateway: str, journal: Journal, shelf: AttachmentShelf
) -> None:
    made = add(journal, shelf, 500_000)
    send_a_part(village, gateway, made)
    with sqlite3.connect(village.gateway / files.ATTACHMENTS_FILE) as db:
        db.execute("UPDATE upload_pieces SET content = zeroblob(length(content)) WHERE start = 0")
    db.close()
    village.configure(gateway)
    with program("sync.client", "--data", str(village.terminal)) as client:
        eventually(30, lambda: left(village) == NOTHING_LEFT)
        client.terminate()
        said = client.communicate(timeout=10)[0]
    assert "thrown away" in said
    assert at_gateway(village, made) == made.content


@pytest.mark.parametrize("spoiled", ["missing", "damaged"])
def test_a_file_that_is_gone_or_damaged_is_told_and_holds_up_nothing(
    village: Village, gateway: str, journal: Journal, shelf: AttachmentShelf, spoiled: str
) -> None:
    bad = add(journal, shelf, 5_000)
    good = add(journal, shelf, 5_000, 1)
    path = shelf.path(bad.digest)
    if spoiled == "missing":
        path.unlink()
    else:
        path.write_bytes(bad.content[:-1] + b"?")
    write(journal, TAKEN_IN)
    ran = village.sync_once()
    assert (ran.returncode, "Traceback" in ran.stderr) == (0, False)
    assert f"is {spoiled} and cannot be sent" in ran.stderr
    assert left(village) == OutgoingLeft(0, 0, 1)
    assert at_gateway(village, good) == good.content
    assert at_gateway(village, bad) == b""
    assert acknowledged(village, journal.chain) == journal.head()


def test_a_terminal_that_has_forgotten_what_it_sent_asks_and_sends_no_byte_twice(
    village: Village, gateway: str, journal: Journal, shelf: AttachmentShelf
) -> None:
    """Also when the file is gone from here, long after it has arrived."""
    made = [add(journal, shelf, 100_000, seed) for seed in range(2)]
    sync(village)
    for file in village.terminal.glob("transport.db*"):
        file.unlink()
    shelf.remove(made[0].digest)
    with BreakingLine(int(gateway.rsplit(":", 1)[1]), 1 << 40) as line:
        village.configure(line.url)
        sync(village)
    assert line.carried < 20_000
    assert left(village) == NOTHING_LEFT


def test_a_gateway_that_cannot_store_is_asked_again(
    village: Village, gateway: str, journal: Journal, shelf: AttachmentShelf
) -> None:
    made = add(journal, shelf, 5_000)
    with sqlite3.connect(village.gateway / files.ATTACHMENTS_FILE) as db:
        db.execute("CREATE TRIGGER refused BEFORE INSERT ON uploads BEGIN SELECT RAISE(ABORT, 'no'); END")
    db.close()
    assert village.sync_once().returncode == 1
    assert left(village).count == 1
    with sqlite3.connect(village.gateway / files.ATTACHMENTS_FILE) as db:
        db.execute("DROP TRIGGER refused")
    db.close()
    sync(village)
    assert at_gateway(village, made) == made.content


def test_the_pace_halves_with_every_break_that_lets_nothing_through_and_comes_back() -> None:
    pace = Pace()
    assert (pace.piece_bytes, pace.slice_bytes) == (PIECE_BYTES_MAX, SLICE_BYTES_MAX)
    for _ in range(20):
        pace.broke(3 * SLICE_BYTES_MAX)
    assert (pace.piece_bytes, pace.slice_bytes) == (PIECE_BYTES_MAX, SLICE_BYTES_MAX)
    for _ in range(20):
        pace.broke(SLICE_BYTES_MIN)
    assert (pace.piece_bytes, pace.slice_bytes) == (PIECE_BYTES_MIN, SLICE_BYTES_MIN)
    pace.answered()
    assert pace.piece_bytes == 2 * PIECE_BYTES_MIN
    for _ in range(20):
        pace.answered()
    assert (pace.piece_bytes, pace.slice_bytes) == (PIECE_BYTES_MAX, SLICE_BYTES_MAX)


def test_a_gateway_put_back_from_a_backup_is_given_the_attachments_again(
    village: Village, journal: Journal, shelf: AttachmentShelf
) -> None:
    port = village.fix_port()
    with village.running_gateway(port):
        write(journal, TAKEN_IN)
        sync(village)
    backup = {path: path.read_bytes() for path in village.gateway.glob("*.db*")}
    with village.running_gateway(port):
        made = add(journal, shelf, 50_000)
        sync(village)
        assert at_gateway(village, made) == made.content
    for path in village.gateway.glob("*.db*"):
        path.unlink()
    for path, content in backup.items():
        path.write_bytes(content)
    with village.running_gateway(port):
        write(journal, TAKEN_IN)
        village.sync_once()
        sync_until = village.sync_once()
        assert at_gateway(village, made) == made.content, sync_until.stderr


@pytest.mark.parametrize("gone", ["erased", "kept for long"])
def test_what_is_gone_from_here_for_good_reason_is_not_called_lost_when_a_gateway_was_put_back(
    village: Village, journal: Journal, shelf: AttachmentShelf, gone: str
) -> None:
    port = village.fix_port()
    with village.running_gateway(port):
        made = add(journal, shelf, 5_000)
        sync(village)
    (village.gateway / files.ATTACHMENTS_FILE).unlink()
    shelf.remove(made.digest)
    if gone == "erased":
        journal.erase_bodies(1, journal.head().seq)
    ago_ms = BACKUP_WINDOW_MS if gone == "kept for long" else 0
    with closing(sqlite3.connect(village.terminal / "transport.db")) as db, db:
        db.execute("UPDATE outgoing SET state = 'waiting', kept_ms = kept_ms - ?", (ago_ms,))
    with village.running_gateway(port):
        sync(village)
    assert left(village) == NOTHING_LEFT


@pytest.mark.parametrize("clock_days", [-20_000, 400])
def test_a_clock_that_is_wrong_here_lets_no_attachment_go_early(clock_days: int) -> None:
    """Days are counted between two words of the county: a dead clock dates nothing, and one ahead ends nothing."""
    with honest_scene(0, "kept") as scene:
        victim = scene.victim
        made, true_ms = case_with_paper(scene), victim.clock.wall_ms()
        victim.clock.set_wall(max(0, true_ms + clock_days * DAY_MS))
        scene.round(victim)
        (kept,) = [each for each in victim.transport.outgoing(OutgoingState.KEPT, 99) if each.digest == made.digest]
        assert kept.kept_ms is not None
        assert abs(kept.kept_ms - true_ms) < DAY_MS
        known = KnownDay(victim.clock, victim.journal, victim.county, lambda: PacksSaid(0, None))
        assert victim.county.outgoing_kept_before(known.county_ms - BACKUP_WINDOW_MS) == []


def test_an_attachment_of_which_nothing_is_ever_taken_holds_up_nothing_else() -> None:
    """A line that swallows its bytes, and answers well: other attachments, and what the county says, still come."""
    with honest_scene(0, "swallowed") as scene:
        swallowed, other = case_with_paper(scene), case_with_paper(scene)
        lane = scene.victim.lanes.attachments
        lane._line = ExchangingLine(lane._line, swallowed.digest, b"")
        scene.round(scene.victim)
        (waiting,) = scene.victim.transport.outgoing(OutgoingState.WAITING, 9)
        assert waiting.digest == swallowed.digest
        (kept,) = [
            each for each in scene.victim.transport.outgoing(OutgoingState.KEPT, 99) if each.digest == other.digest
        ]
        assert kept.size == other.size
        assert scene.notices == set()
