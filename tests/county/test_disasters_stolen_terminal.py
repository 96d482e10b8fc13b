"""A terminal is stolen or dies: its chain is closed at a record, and somebody looks at what comes of it later."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from county.chain_keys import FileChainKeys
from county.desk import CountyCatchingUp
from county.pack_reading import PublishedLibrary
from county.pen import Pen
from county.review import ReviewDesk, TailRefused
from county.store.attachments import AttachmentState, AttachmentTable
from county.store.cases import CaseTable
from county.store.database import Database
from county.store.late import LateTails
from county.store.ledger import Ledger
from county.verification import verify
from provisioning.__main__ import main as provisioning
from provisioning.carry_over import Carried, carry_over
from provisioning.grant import revoke
from sync import county_config
from sync.attachments.sealed import KEY_BYTES, seal
from sync.clock import SystemClock
from sync.county_config import CountyConfig
from sync.model.facts import AttachmentAdded, Author, Kind, LateTailAccepted, LateTailRefused
from sync.reading import fact_of
from sync.transport.line_state import LineFault
from tests.county.disaster import Disaster, Point, heads
from tests.county.hall import Hall
from tests.county.office import INTAKE, SUPERVISOR
from tests.county.village import COUNTY, application, number_of


def review_of(county: Disaster, database: Database) -> ReviewDesk:
    config = CountyConfig.load(county.county_dir)
    trust = config.trust(county.county_dir)
    pen = Pen(FileChainKeys(county.county_dir, COUNTY), config.readers(county.county_dir), SystemClock())
    library = PublishedLibrary(county.county_dir / county_config.PACKS_DIRECTORY, trust).current
    return ReviewDesk(database, library, pen, SystemClock(), lambda: None)


def take_in(county: Disaster, point: Point, serial: int, name: str) -> str:
    """An application of a villager, and its number."""
    config = CountyConfig.load(county.county_dir)
    packs = PublishedLibrary(county.county_dir / county_config.PACKS_DIRECTORY, config.trust(county.county_dir))
    assert point.box.name is not None
    number = number_of(serial, point.box.name.region)
    point.write(1, application(packs.current().catalogue.item("temporary_relief"), name), number)
    return number


def numbers(database: Database) -> set[str]:
    with database.reading() as connection:
        return {str(row["number"]) for row in connection.execute("SELECT number FROM cases")}


def stolen(county: Disaster, database: Database) -> tuple[Point, str, str]:
    """A terminal that was revoked before its last case arrived; the numbers of the case before and of that one."""
    point = county.point()
    early = take_in(county, point, 1, "李秀兰")
    assert point.sync().returncode == 0
    name = point.box.name
    assert name is not None
    revoke(county.county_dir, name.region, name.terminal)
    late = take_in(county, point, 2, "王桂英")
    assert county.courier(database).exchange()
    assert numbers(database) == {early}
    return point, early, late


def test_what_arrives_after_the_chain_was_closed_counts_only_when_a_supervisor_says_so(
    county: Disaster, database: Database
) -> None:
    point, early, late = stolen(county, database)
    acknowledged = point.acknowledged()
    assert point.sync().returncode == 1
    assert point.said.line().fault is LineFault.NOT_ADMITTED
    assert point.acknowledged() == acknowledged, "a late tail was acknowledged"
    for _ in range(2):
        assert county.courier(database).exchange()
    assert numbers(database) == {early}
    review = review_of(county, database)
    ((tail, chain),) = review.all()
    assert chain is not None
    assert (tail.first_seq, tail.last_seq) == (acknowledged + 1, point.journal.head().seq)
    with pytest.raises(TailRefused, match="只有督查"):
        review.decide(INTAKE, tail.id, "是同一个人", accepted=True)
    with pytest.raises(TailRefused, match="理由"):
        review.decide(SUPERVISOR, tail.id, " ", accepted=True)
    review.decide(SUPERVISOR, tail.id, "丢之前办的，和回执核对过", accepted=True)
    assert numbers(database) == {early, late}
    assert heads(database)[point.journal.chain] == point.journal.head().seq
    assert list(verify(database)) == []
    with pytest.raises(TailRefused, match="核定过"):
        review.decide(SUPERVISOR, tail.id, "再来一次", accepted=True)
    said = the_county_said(database, Kind.LATE_TAIL_ACCEPTED)
    assert isinstance(said, LateTailAccepted)
    assert (said.chain, said.digest, said.reason) == (point.journal.chain, tail.digest, "丢之前办的，和回执核对过")
    assert county.courier(database).exchange(), "the decision does not reach the gateway"


@pytest.mark.parametrize("accepted", [True, False])
def test_a_photograph_that_a_tail_names_is_wanted_only_when_the_tail_counts(
    county: Disaster, database: Database, accepted: bool
) -> None:
    point, _, late = stolen(county, database)
    photograph = seal(b"a photograph", bytes(KEY_BYTES))
    named = AttachmentAdded(
        digest=photograph.digest,
        size=len(photograph.content),
        key=bytes(KEY_BYTES),
        name="照片",
        media_type="image/jpeg",
    )
    point.write(1, named, late)
    point.sync()
    assert county.courier(database).exchange()
    review = review_of(county, database)
    for tail, _ in review.all():
        review.decide(SUPERVISOR, tail.id, "和回执核对过", accepted=accepted)
    with database.reading() as connection:
        known = AttachmentTable(connection).of_case(late)
    assert known == ({photograph.digest: AttachmentState.ON_ITS_WAY} if accepted else {})


def the_county_said(database: Database, kind: Kind) -> object:
    """The one fact of a kind on the county's own chains."""
    with database.reading() as connection:
        ledger = Ledger(connection)
        (found,) = [
            each.record
            for chain in ledger.chains(Author.COUNTY)
            for each in ledger.of_chain(chain.chain, 0, 100)
            if each.record.header.kind == kind
        ]
        return fact_of(found, database.keyring.among(ledger.record_at))


def test_a_late_tail_that_is_refused_stays_as_evidence_and_counts_for_nothing(
    county: Disaster, database: Database
) -> None:
    point, early, _ = stolen(county, database)
    point.sync()
    assert county.courier(database).exchange()
    review = review_of(county, database)
    ((tail, _),) = review.all()
    review.decide(SUPERVISOR, tail.id, "派出所说那天机器已经被偷", accepted=False)
    assert numbers(database) == {early}
    assert isinstance(the_county_said(database, Kind.LATE_TAIL_REFUSED), LateTailRefused)
    ((kept, _),) = review.all()
    assert (kept.accepted, kept.decided_by, kept.segment) == (False, SUPERVISOR.name, tail.segment)


def test_a_tail_that_does_not_follow_or_was_changed_cannot_be_accepted(county: Disaster, database: Database) -> None:
    point, early, _ = stolen(county, database)
    point.write(120)
    point.sync()
    assert county.courier(database).exchange()
    review = review_of(county, database)
    tails = [tail for tail, _ in review.all()]
    assert len(tails) > 1
    with pytest.raises(TailRefused, match="前后不对"):
        review.decide(SUPERVISOR, tails[1].id, "先认后面的", accepted=True)
    with database.writing() as connection:
        changed = bytearray(tails[0].segment)
        changed[-1] ^= 1
        connection.execute("UPDATE late_tails SET segment = ? WHERE id = ?", (bytes(changed), tails[0].id))
    with pytest.raises(TailRefused, match="不能认"):
        review.decide(SUPERVISOR, tails[0].id, "认第一段", accepted=True)
    assert numbers(database) == {early}
    with database.writing() as connection:
        Ledger(connection).note_catching_up(catching_up=True)
    with pytest.raises(CountyCatchingUp):
        review.decide(SUPERVISOR, tails[0].id, "认第一段", accepted=False)


def test_what_a_dead_terminal_had_not_sent_is_carried_over_from_its_disk(county: Disaster, database: Database) -> None:
    point = county.point()
    take_in(county, point, 1, "李秀兰")
    assert point.sync().returncode == 0
    sent = point.acknowledged()
    late = take_in(county, point, 2, "王桂英")
    point.write(300)
    last = point.journal.head().seq
    point.journal.close()
    disk = county.home / "disk-on-another-machine"
    shutil.copytree(point.data, disk)
    assert carry_over(disk) == Carried(taken=last - sent, put_by=0)
    assert carry_over(disk) == Carried(0, 0), "what has arrived was sent again"
    assert county.courier(database).exchange()
    assert late in numbers(database)
    assert heads(database)[point.box.writer.link.chain] == last


def test_the_disk_of_a_terminal_that_was_replaced_already_goes_to_the_supervisor_whole(
    county: Disaster, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    point, early, late = stolen(county, database)
    point.write(500)
    last = point.journal.head().seq
    point.journal.close()
    for _ in range(2):
        assert provisioning(["carry-over", "--data", str(point.data)]) == 0
    assert "wait for a supervisor" in capsys.readouterr().out
    assert county.courier(database).exchange()
    review = review_of(county, database)
    tails = [tail for tail, _ in review.all()]
    assert (tails[0].first_seq, max(tail.last_seq for tail in tails)) == (point.acknowledged() + 1, last)
    for tail in sorted(tails, key=lambda each: each.first_seq):
        review.decide(SUPERVISOR, tail.id, "旧机硬盘补传，和回执核对过", accepted=True)
    assert numbers(database) == {early, late}
    assert max(heads(database).values()) == last
    assert list(verify(database)) == []


def test_a_disk_that_cannot_be_read_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert provisioning(["carry-over", "--data", str(tmp_path)]) == 1
    assert "nothing can be carried over" in capsys.readouterr().err


def test_a_key_stolen_long_ago_is_closed_at_the_last_record_that_is_believed(
    county: Disaster, database: Database
) -> None:
    point = county.point()
    believed = take_in(county, point, 1, "李秀兰")
    seq = point.journal.head().seq
    doubted = take_in(county, point, 2, "王桂英")
    assert point.sync().returncode == 0
    assert county.courier(database).exchange()
    assert numbers(database) == {believed, doubted}
    review = review_of(county, database)
    with pytest.raises(TailRefused, match="没有这么长"):
        review.close(point.journal.chain, 99)
    assert review.close(point.journal.chain, seq) == 1
    assert numbers(database) == {believed}
    with database.reading() as connection:
        assert LateTails(connection).waiting() == 1
        assert CaseTable(connection).parked() == []
    assert county.courier(database).exchange()
    assert numbers(database) == {believed}, "what was taken out came back with the next exchange"
    ((tail, _),) = review.all()
    review.decide(SUPERVISOR, tail.id, "本人确认办过", accepted=True)
    assert numbers(database) == {believed, doubted}
    assert list(verify(database)) == []


def test_the_supervisor_sees_late_records_in_the_console_and_nobody_else_does(hall: Hall) -> None:
    office = hall.office
    hall.take_in("张迟")
    village = office.village
    number = village.take_in(office.item, 990, "赵迟")
    office.pull()
    pen = Pen(
        FileChainKeys(office.directory, COUNTY),
        CountyConfig.load(office.directory).readers(office.directory),
        office.clock,
    )
    review = ReviewDesk(office.database, lambda: office.library, pen, office.clock, lambda: None)
    assert review.close(village.chain, len(village.records) - 1) == 1
    supervisor, clerk = hall.enter(SUPERVISOR), hall.enter(INTAKE)
    assert clerk.get("/late").status == 403
    page = supervisor.get("/late")
    assert "迟到的记录" in page.text
    (form,) = [path for path in page.forms() if path.startswith("/late/")]
    refused = supervisor.send(page, form, reason="核对过", verdict="maybe")
    assert refused.status == 409
    assert supervisor.send(page, form, reason="和回执核对过", verdict="accept").status == 303
    assert "认可：和回执核对过" in supervisor.get("/late").text
    assert office.desk.open(number).applicant is not None
    with office.database.writing() as connection:
        Ledger(connection).resume(village.chain)
