"""When the time of a case is over its bodies are erased everywhere, no file has a byte of them, and chains verify."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import pytest

from county.__main__ import main as county_main
from county.attachments import DIRECTORY, AttachmentVault
from county.chain_keys import FileChainKeys
from county.erasure import Erased, Eraser
from county.library import Library
from county.pack_reading import PublishedLibrary
from county.pen import Pen
from county.publishing.assembly import contents_of
from county.store.database import Database
from county.store.ledger import Ledger
from county.verification import verify
from kiosk.county_word import CountyWord
from sync import county_config
from sync.attachments.sealed import Sealed, seal
from sync.clock import FixedClock, SystemClock
from sync.county_config import CountyConfig
from sync.keys import FileSigner
from sync.model.facts import AttachmentAdded, BodiesErased, CaseWithdrawn, Channel, RatingGiven, Stage
from sync.model.transitions import Status
from sync.protocol.segment import SEGMENT_BYTES_MAX, Segment, cut, decode_segment
from sync.record import Record
from sync.terminal import TerminalConfig
from tests.county.demo import DEMO
from tests.county.disaster import Disaster, Point
from tests.county.village import COUNTY, application, number_of
from tests.sync.village import chain_of

DAY_MS = 24 * 3600 * 1000
NAME = "欧阳独一无二"


def eraser_of(county: Disaster, database: Database, days: int) -> Eraser:
    """The eraser on a day so many days from now."""
    config = CountyConfig.load(county.county_dir)
    library = PublishedLibrary(
        county.county_dir / county_config.PACKS_DIRECTORY, config.trust(county.county_dir)
    ).current
    clock = FixedClock(SystemClock().wall_ms() + days * DAY_MS)
    # The county's chains have statements for ten years: what is written stays within them.
    pen = Pen(FileChainKeys(county.county_dir, COUNTY), config.readers(county.county_dir), SystemClock())
    return Eraser(database, AttachmentVault(county.county_dir / DIRECTORY), library, pen, clock, lambda: None)


def take_in(
    county: Disaster, point: Point, serial: int, name: str, *, ends: bool, item: str = "temporary_relief"
) -> str:
    config = CountyConfig.load(county.county_dir)
    packs = PublishedLibrary(county.county_dir / county_config.PACKS_DIRECTORY, config.trust(county.county_dir))
    assert point.box.name is not None
    number = number_of(serial, point.box.name.region)
    point.write(1, application(packs.current().catalogue.item(item), name), number)
    if ends:
        point.write(1, CaseWithdrawn(reason="不办了"), number)
    return number


def attach(point: Point, number: str, seed: int) -> Sealed:
    """A paper of a case, sealed and named."""
    key = bytes([seed] * 32)
    made = seal(random.Random(seed).randbytes(90_000), key)
    point.shelf.put(made)
    named = AttachmentAdded(
        digest=made.digest, size=len(made.content), key=key, name=NAME, media_type="image/jpeg", material=""
    )
    point.write(1, named, number)
    return made


def pieces(paper: Sealed) -> list[bytes]:
    """Short pieces of its sealed bytes: pages of a store do not hold it in one."""
    return [paper.content[at : at + 64] for at in range(0, len(paper.content) - 64, 1500)]


def restarted(point: Point) -> None:
    """The kiosk starts again, so that a new content key follows."""
    point.journal.close()
    point.open()


def found_in(directory: Path, *wanted: bytes) -> set[str]:
    """The files of a directory that hold any of these bytes."""
    return {
        str(path.relative_to(directory))
        for path in directory.rglob("*")
        if path.is_file() and any(each in path.read_bytes() for each in wanted)
    }


def bodies(records: list[Record]) -> list[bytes]:
    return [each.body for each in records if each.body]


def test_a_case_whose_time_is_over_leaves_no_byte_of_its_bodies_or_of_their_key_in_any_file(county: Disaster) -> None:
    point = county.point()
    over = take_in(county, point, 1, NAME, ends=True)
    paper = attach(point, over, 1)
    gone = [each for each in point.journal.read(0, 100) if each.body]
    restarted(point)
    open_case = take_in(county, point, 2, "李秀兰", ends=False)
    kept_paper = attach(point, open_case, 2)
    kept = [each for each in point.journal.read(gone[-1].header.seq, 100) if each.body]
    assert point.sync().returncode == 0
    database = county.database()
    assert county.courier(database).exchange()
    before = found_in(county.home, *bodies(gone), NAME.encode())
    assert {path.split("/")[0] for path in before} >= {"county", "gateway"}
    assert len({path.split("/")[0] for path in found_in(county.home, *pieces(paper))}) == 3, "not at all three places"

    assert eraser_of(county, database, 89).run() == Erased(), "erased before the backup window was over"
    assert eraser_of(county, database, 3651).run() == Erased(cases=1, bodies=3, attachments=1, keys=1)
    assert not found_in(county.county_dir, *pieces(paper)), "the county's own copy outlives the command"
    assert eraser_of(county, database, 3651).run() == Erased(), "erased twice"
    assert county.courier(database).exchange()
    ran = point.sync()
    assert ran.returncode == 0, ran.stderr
    config = TerminalConfig.load(point.data)
    CountyWord(point.said, point.journal, point.shelf, point.data, config, point.acknowledged).heed()

    assert found_in(county.home, *bodies(gone), NAME.encode(), *pieces(paper)) == set()
    assert len(found_in(county.home, *pieces(kept_paper))) >= 3, "another case's paper was erased with it"
    assert len(found_in(county.home, bodies(kept)[-1])) >= 3, "what is kept was erased with it"
    assert point.journal.audit().flaws == ()
    assert point.journal.audit().withheld == len(gone)
    assert list(verify(database)) == []
    with database.reading() as connection:
        rows = {row["number"]: row for row in connection.execute("SELECT * FROM cases")}
    assert (rows[over]["status"], rows[over]["applicant"]) == (Status.WITHDRAWN, "")
    assert rows[open_case]["applicant"] == "李秀兰"
    point.write(3)
    assert point.sync().returncode == 0
    assert county.courier(database).exchange(), "the chain does not go on after an erasure"
    database.close()


def test_a_case_whose_item_is_kept_longer_than_others_keeps_its_bodies_until_then(county: Disaster) -> None:
    point = county.point()
    take_in(county, point, 1, NAME, ends=True)
    homestead = take_in(county, point, 2, "李秀兰", ends=True, item="homestead")
    assert point.sync().returncode == 0
    database = county.database()
    assert county.courier(database).exchange()
    assert eraser_of(county, database, 3651).run().bodies == 2
    years = 30 * 365
    assert eraser_of(county, database, years).run() == Erased(), "thirty years have more days than that"
    with database.reading() as connection:
        held = Ledger(connection).of_case(homestead)
        assert all(each.record.body for each in held)
    assert eraser_of(county, database, years + 9).run().cases == 1
    database.close()


def test_how_long_is_the_item_s_own_figure_else_the_county_s_and_for_an_unknown_item_the_longest() -> None:
    contents = contents_of(DEMO)
    library = Library.of(contents.catalogue, contents.profile, contents.calendar, contents.versions)
    leap_day = date(2028, 2, 29)
    assert library.kept_until("temporary_relief", leap_day) == leap_day + timedelta(3650)
    assert library.kept_until("homestead", leap_day) == date(2058, 2, 28)
    assert library.kept_until("homestead", date(2026, 11, 23)) == date(2056, 11, 23)
    assert library.kept_until("no_longer_published", leap_day) == date(2058, 2, 28)


def test_a_county_that_reads_the_feed_again_after_an_erasure_gets_the_headers_and_no_body(county: Disaster) -> None:
    point = county.point()
    take_in(county, point, 1, NAME, ends=True)
    assert point.sync().returncode == 0
    database = county.database()
    assert county.courier(database).exchange()
    assert eraser_of(county, database, 3651).run().bodies == 2
    assert county.courier(database).exchange()
    database.close()
    for file in county.county_dir.glob("county.db*"):
        file.unlink()
    anew = county.database()
    assert county.courier(anew).exchange()
    with anew.reading() as connection:
        (row,) = connection.execute("SELECT * FROM cases").fetchall()
        assert Ledger(connection).alarms() == []
    assert (row["status"], row["applicant"]) == (Status.WITHDRAWN, "")
    assert list(verify(anew)) == []
    anew.close()


def test_the_county_erases_by_command_and_says_how_much(county: Disaster, capsys: pytest.CaptureFixture[str]) -> None:
    assert county_main(["erase", "--data", str(county.county_dir)]) == 0
    assert "erased: 0 cases" in capsys.readouterr().out


def test_a_terminal_keeps_what_the_county_has_not_acknowledged_whoever_says_otherwise(county: Disaster) -> None:
    point = county.point()
    number = take_in(county, point, 1, NAME, ends=True)
    paper = attach(point, number, 1)
    assert point.box.name is not None
    said = county.county_writer(point.box.name).write(
        1, BodiesErased(chain=point.journal.chain, first_seq=1, last_seq=99)
    )

    class Said:
        def records(self, after: int, limit: int) -> list[tuple[int, Record]]:
            return [(1, said[0])] if after < 1 else []

    config = TerminalConfig.load(point.data)
    CountyWord(Said(), point.journal, point.shelf, point.data, config, point.acknowledged).heed()
    assert point.journal.audit().withheld == 0
    assert point.shelf.path(paper.digest).exists()


def test_a_segment_of_short_bodies_can_still_be_sent_when_they_were_erased(tmp_path: Path) -> None:
    short = RatingGiven(stage=Stage.TAKEN_IN, visit=1, channel=Channel.PAD, level=5, after_ms=4)
    records = chain_of(FileSigner.create(tmp_path / "record.pem"), 50, short)[1:]
    whole = next(cut(records, bytes_max=SEGMENT_BYTES_MAX))
    erased = [Record(e.header, e.header_bytes, None, e.signature, e.hash) for e in records[: len(whole.entries)]]
    withheld = Segment.of(erased).encode()
    assert len(withheld) > len(whole.encode())
    assert decode_segment(withheld).last_seq == erased[-1].header.seq
