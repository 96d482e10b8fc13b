"""A dead terminal is replaced: the new one names it, its chain is closed, and what it had not sent is looked at."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from county.chain_keys import FileChainKeys
from county.pack_reading import PublishedLibrary
from county.paper_desk import PaperDesk
from county.pen import Pen
from county.store.database import Database
from county.store.ledger import KnownChain, Ledger
from county.store.successions import SuccessionRow, Successions
from kiosk.succession import begin_chain
from provisioning.__main__ import main as provisioning
from provisioning.carry_over import carry_over
from provisioning.enrol import Enrolment, enrol
from provisioning.grant import grant
from provisioning.speech import Refused
from sync import county_config, succession
from sync.clock import SystemClock
from sync.county_config import CountyConfig
from sync.journal import JournalReader
from sync.keys import FileSigner, Purpose, Statement
from sync.mirror import About, MirrorWriter
from sync.model.facts import Author, ChainBegun, Kind, TerminalKeysTold
from sync.one_time_code import OneTimeCode
from sync.protocol.segment import cut
from sync.reading import fact_of
from sync.sealing import Recipient
from sync.succession import NoSuccession, Succession, SuccessionMalformed, lineage_of, replaced_by, succession_subject
from sync.transport.line_state import LineFault
from tests.county.disaster import Disaster, Point, heads
from tests.county.hall import Hall
from tests.county.office import SUPERVISOR
from tests.county.test_disasters_stolen_terminal import numbers, review_of, take_in
from tests.gateway.county_site import COUNTY, Box


def code_for(county: Disaster, old: Point, terminal: str, replaces: str) -> OneTimeCode:
    assert old.box.name is not None
    region = old.box.name.region
    return grant(county.county_dir, region, terminal, "柳溪村便民服务点", 72, SystemClock(), lambda _: None, replaces)


def replace(county: Disaster, old: Point, terminal: str = "02", replaces: str = "01") -> Point:
    """A new terminal that takes the old one's place, before its first start."""
    code = code_for(county, old, terminal, replaces)
    box = Box(county, county.home / f"box-{terminal}")
    data = box.keys.parent
    enrol(Enrolment(data, county.url, code.text()), lambda _: None)
    assert old.box.name is not None
    box.name = type(old.box.name)(COUNTY, old.box.name.role, old.box.name.region, terminal)
    return Point(box, data)


def chain_of(database: Database, point: Point) -> KnownChain:
    with database.reading() as connection:
        known = Ledger(connection).chain(point.journal.chain)
    assert known is not None
    return known


def heir_of(database: Database, point: Point) -> str | None:
    assert point.box.name is not None
    with database.reading() as connection:
        return Successions(connection).heir_of(point.box.name.region, point.box.name.terminal)


def alarms(database: Database) -> list[str]:
    with database.reading() as connection:
        return [each.reason for each in Ledger(connection).alarms()]


def test_a_new_terminal_names_the_dead_one_first_and_the_county_closes_its_chain(
    county: Disaster, database: Database
) -> None:
    old = county.point()
    sent = take_in(county, old, 1, "李秀兰")
    assert old.sync().returncode == 0
    last = old.journal.head()
    unsent = take_in(county, old, 2, "王桂英")
    new = replace(county, old)
    assert begin_chain(new.journal, new.data)
    assert not begin_chain(new.journal, new.data), "a predecessor is named once"
    new.write(1)
    assert new.sync().returncode == 0
    first = new.journal.record(1)
    assert first is not None
    begun = fact_of(first, database.keyring.among(lambda *_: None))
    assert isinstance(begun, ChainBegun)
    assert (begun.predecessor, begun.last_seq, begun.last_hash) == (last.chain, last.seq, last.hash)
    assert county.courier(database).exchange()
    closed = chain_of(database, old)
    assert (closed.head.seq, closed.stopped_for) == (last.seq, f"停在第 {last.seq} 条，由 02 号终端接替")
    assert chain_of(database, new).stopped_for is None
    assert heir_of(database, old) == "02"
    assert alarms(database) == []
    assert numbers(database) == {sent}
    assert unsent not in numbers(database)


def from_its_disk(old: Point, _new: Point, _medium: Path) -> None:
    assert carry_over(old.data).put_by > 0


def from_its_mirror(old: Point, new: Point, medium: Path) -> None:
    record_key = FileSigner.load(old.box.keys / "record.pem").public_key
    journal = JournalReader.open(old.data / "journal.db")
    assert old.box.name is not None
    mirror = MirrorWriter(medium / "sunpoint-old", About(old.box.name.urn(), COUNTY, record_key.hex()))
    mirror.append(cut(journal.read(0, 99)), 0)
    mirror.close()
    journal.close()
    through = ["restore-mirror", "--mirror", str(medium), "--through", str(new.data)]
    assert provisioning(through) == 0
    assert provisioning(through) == 0


@pytest.mark.parametrize("brought", [from_its_disk, from_its_mirror])
def test_what_the_dead_terminal_had_not_sent_counts_when_a_supervisor_has_looked_at_it(
    county: Disaster, database: Database, tmp_path: Path, brought: Callable[[Point, Point, Path], None]
) -> None:
    old = county.point()
    sent = take_in(county, old, 1, "李秀兰")
    assert old.sync().returncode == 0
    unsent = take_in(county, old, 2, "王桂英")
    last = old.journal.head().seq
    new = replace(county, old)
    begin_chain(new.journal, new.data)
    new.write(1)
    assert new.sync().returncode == 0
    assert county.courier(database).exchange()
    old.journal.close()
    brought(old, new, tmp_path / "medium")
    assert closed_at(database, old) < last
    assert county.courier(database).exchange()
    assert numbers(database) == {sent}, "a late tail counted before anybody had looked at it"
    review = review_of(county, database)
    for tail, _ in sorted(review.all(), key=lambda each: each[0].first_seq):
        review.decide(SUPERVISOR, tail.id, "旧机硬盘补传，和回执核对过", accepted=True)
    assert numbers(database) == {sent, unsent}
    assert heads(database)[old.box.writer.link.chain] == last
    new.write(1)
    assert new.sync().returncode == 0
    assert county.courier(database).exchange()
    assert heads(database)[new.journal.chain] == new.journal.head().seq


def closed_at(database: Database, point: Point) -> int:
    return heads(database)[point.box.writer.link.chain]


def test_the_old_terminal_is_refused_when_it_comes_back_alive(county: Disaster, database: Database) -> None:
    old = county.point()
    take_in(county, old, 1, "李秀兰")
    assert old.sync().returncode == 0
    acknowledged = old.acknowledged()
    code_for(county, old, "02", "01")
    old.write(1)
    assert old.sync().returncode == 0, "a grant alone must not end a terminal: the new one may never come"
    acknowledged = old.acknowledged()
    new = replace(county, old)
    begin_chain(new.journal, new.data)
    assert new.sync().returncode == 0
    old.write(3)
    assert old.sync().returncode == 1
    assert old.said.line().fault is LineFault.NOT_ADMITTED
    assert old.acknowledged() == acknowledged
    assert county.courier(database).exchange()
    assert chain_of(database, old).head.seq == acknowledged


def test_a_number_is_never_used_again_and_nobody_takes_the_place_of_one_who_is_not_there(county: Disaster) -> None:
    old = county.point()
    with pytest.raises(Refused, match="never used again"):
        code_for(county, old, "01", "01")
    with pytest.raises(Refused, match="not enrolled"):
        code_for(county, old, "02", "07")
    new = replace(county, old)
    with pytest.raises(Refused, match="never reused"):
        code_for(county, new, "01", "02")
    with pytest.raises(Refused, match="never reused"):
        code_for(county, new, "02", "01")


def test_grant_says_on_the_command_line_whose_place_is_taken(
    county: Disaster, capsys: pytest.CaptureFixture[str]
) -> None:
    old = county.point()
    assert old.box.name is not None
    asked = ["grant", "--county-dir", str(county.county_dir), "--point", old.box.name.region, "--terminal", "02"]
    asked += ["--point-name", "柳溪村便民服务点", "--replaces", "01"]
    assert provisioning(asked) == 0
    box = Box(county, county.home / "box-02")
    answer = box.enrol(OneTimeCode.read(capsys.readouterr().out.strip()))
    assert answer.succession is not None
    said, _ = replaced_by(answer.name, answer.succession.statement, county.trust)
    assert said == old.box.name


def second(county: Disaster, first: Point) -> Point:
    """A terminal number 02 at the point of another, which takes nobody's place."""
    assert first.box.name is not None
    code = grant(county.county_dir, first.box.name.region, "02", "柳溪村便民服务点", 72, SystemClock(), lambda _: None)
    box = Box(county, county.home / "box-second")
    box.enrol(code)
    for each in ("opening", "escrow"):
        shutil.copy(county.gateway_dir / f"keys/{each}.statement", box.keys / f"{each}.statement")
    return Point(box, box.keys.parent)


def forged(point: Point, statement: bytes, claimed: bytes) -> None:
    """What a terminal that lies writes as its first record."""
    told = Succession(statement, type(point.journal.head())(claimed, 1, bytes(32)))
    (point.data / succession.FILE).write_bytes(told.encode())
    assert begin_chain(point.journal, point.data)
    assert point.sync().returncode == 0


def test_a_terminal_that_claims_the_place_of_one_at_another_point_ends_nothing(
    county: Disaster, database: Database
) -> None:
    victim = county.point()
    liar = second(county, county.point())
    assert victim.box.name is not None
    assert liar.box.name is not None
    take_in(county, victim, 1, "李秀兰")
    assert victim.sync().returncode == 0
    # The worst case: the root itself was made to sign it.
    root = FileSigner.load(county.county_dir / county_config.ROOT_KEY)
    subject = succession_subject(victim.box.name, liar.box.name)
    signed = Statement(Purpose.SUCCESSION, bytes(32), subject, COUNTY, 0, 1 << 45).sign(root)
    forged(liar, signed, victim.journal.chain)
    assert county.courier(database).exchange()
    assert chain_of(database, victim).stopped_for is None
    assert heir_of(database, victim) is None
    (reason,) = alarms(database)
    assert "接替不可信" in reason
    victim.write(1)
    assert victim.sync().returncode == 0
    assert county.courier(database).exchange()
    assert chain_of(database, victim).head.seq == victim.journal.head().seq


def test_a_terminal_takes_no_place_by_a_word_that_the_root_has_not_signed(county: Disaster, database: Database) -> None:
    old = county.point()
    take_in(county, old, 1, "李秀兰")
    assert old.sync().returncode == 0
    assert old.box.name is not None
    liar = second(county, old)
    assert liar.box.name is not None
    subject = succession_subject(old.box.name, liar.box.name)
    signed = Statement(Purpose.SUCCESSION, bytes(32), subject, COUNTY, 0, 1 << 45).sign(liar.box.records)
    forged(liar, signed, old.journal.chain)
    assert county.courier(database).exchange()
    assert chain_of(database, old).stopped_for is None
    (reason,) = alarms(database)
    assert "接替不可信" in reason
    # Carried on: the record is authentic and in order, only what it says is not believed.
    assert chain_of(database, liar).head.seq == 1


def test_a_place_is_taken_once_and_the_heir_can_be_replaced_in_turn(county: Disaster, database: Database) -> None:
    old = county.point()
    take_in(county, old, 1, "李秀兰")
    assert old.sync().returncode == 0
    for terminal, replaces in (("02", "01"), ("03", "02"), ("04", "01")):
        new = replace(county, old, terminal, replaces)
        begin_chain(new.journal, new.data)
        assert new.sync().returncode == 0
        assert county.courier(database).exchange()
    assert heir_of(database, old) == "02"
    (reason,) = alarms(database)
    assert "01 号终端已经由 02 号接替" in reason


def test_a_new_terminal_that_died_before_its_first_record_leaves_nothing_behind_it(
    county: Disaster, database: Database
) -> None:
    old = county.point()
    take_in(county, old, 1, "李秀兰")
    assert old.sync().returncode == 0
    dead = replace(county, old, "02", "01")
    new = replace(county, dead, "03", "02")
    begin_chain(new.journal, new.data)
    assert new.sync().returncode == 0
    assert county.courier(database).exchange()
    assert (heir_of(database, old), heir_of(database, dead)) == ("02", "03")
    assert chain_of(database, old).stopped_for == f"停在第 {old.journal.head().seq} 条，由 02 号终端接替"
    with database.reading() as connection:
        (lineage,) = Successions(connection).lineages()
    assert (lineage.heir, lineage.before) == ("03", ("01", "02"))
    assert alarms(database) == []


def test_a_word_that_names_a_terminal_twice_or_none_is_refused(county: Disaster) -> None:
    old = county.point()
    new = replace(county, old)
    assert old.box.name is not None
    assert new.box.name is not None
    root = FileSigner.load(county.county_dir / county_config.ROOT_KEY)
    whole = succession_subject(old.box.name, new.box.name)
    for subject in (f"01>{whole}", f"02>{whole}", f"7>{whole}", f">{whole}", f"03>03>{whole}", new.box.name.urn(), ">"):
        signed = Statement(Purpose.SUCCESSION, bytes(32), subject, COUNTY, 0, 1 << 45).sign(root)
        with pytest.raises(NoSuccession):
            lineage_of(new.box.name, signed, county.trust)
    signed = Statement(Purpose.SUCCESSION, bytes(32), f"07>05>{whole}", COUNTY, 0, 1 << 45).sign(root)
    before, _ = lineage_of(new.box.name, signed, county.trust)
    assert [each.terminal for each in before] == ["07", "05", "01"]


def test_a_word_about_another_terminal_or_none_at_all_is_refused(county: Disaster) -> None:
    old = county.point()
    new = replace(county, old)
    assert old.box.name is not None
    assert new.box.name is not None
    content = (new.data / succession.FILE).read_bytes()
    told = Succession.decode(content)
    assert replaced_by(new.box.name, told.statement, county.trust)[0] == old.box.name
    with pytest.raises(NoSuccession, match="another terminal"):
        replaced_by(old.box.name, told.statement, county.trust)
    for broken in (content[:-1], content + b"\0", b""):
        with pytest.raises(SuccessionMalformed):
            Succession.decode(broken)
    (new.data / succession.FILE).write_bytes(content[:-1])
    with pytest.raises(SuccessionMalformed):
        begin_chain(new.journal, new.data)
    assert new.journal.head().seq == 0, "a terminal began without saying whose place it takes"


def test_the_supervisor_sees_which_terminal_took_which_place(hall: Hall) -> None:
    office = hall.office
    hall.take_in("张迟")
    with office.database.writing() as connection:
        ledger = Ledger(connection)
        known = ledger.chain(office.village.chain)
        assert known is not None
        row = SuccessionRow(known.region, known.terminal, "57", office.clock.wall_ms(), known.chain)
        Successions(connection).note(row)
        ledger.stop(known.chain, f"停在第 {known.head.seq} 条，由 57 号终端接替")
    page = hall.enter(SUPERVISOR).get("/parked").text
    assert "已经换下的终端" in page
    assert f"停在第 {known.head.seq} 条，由 57 号终端接替" in page
    assert "停下来的链" not in page, "a terminal that was replaced is no fault"
    waiting = "还有 {} 件，等联络员在新终端上登录后自动交"
    assert any(waiting.format(count) in page for count in range(1, 100)), "nobody is told what is still to be given"
    with office.database.writing() as connection:
        connection.execute("DELETE FROM successions")
        Ledger(connection).resume(known.chain)


def until_seq_told(county: Disaster, database: Database, old: Point, new: Point) -> int:
    """Up to where receipts of the old terminal count at the new one, as the county told it last."""
    pen = Pen(FileChainKeys(county.county_dir, COUNTY), readers_at(county), SystemClock())
    packs = county.county_dir / county_config.PACKS_DIRECTORY
    library = PublishedLibrary(packs, CountyConfig.load(county.county_dir).trust(county.county_dir))
    PaperDesk(database, pen, library.current).tend()
    assert new.box.name is not None
    with database.reading() as connection:
        ledger = Ledger(connection)
        told = [
            fact_of(each.record, database.keyring.among(ledger.record_at))
            for chain in ledger.chains(Author.COUNTY)
            if (chain.region, chain.terminal) == (new.box.name.region, new.box.name.terminal)
            for each in ledger.of_chain(chain.chain, 0, 100)
            if each.record.header.kind == Kind.TERMINAL_KEYS_TOLD
        ]
    keys = [key for fact in told if isinstance(fact, TerminalKeysTold) for key in fact.keys]
    return [key.until_seq for key in keys if key.public_key == old.box.records.public_key][-1]


def readers_at(county: Disaster) -> tuple[Recipient, ...]:
    return CountyConfig.load(county.county_dir).readers(county.county_dir)


def test_a_receipt_of_what_the_dead_terminal_had_not_sent_is_no_forgery_unless_its_key_is_distrusted(
    county: Disaster, database: Database
) -> None:
    old = county.point()
    take_in(county, old, 1, "李秀兰")
    assert old.sync().returncode == 0
    new = replace(county, old)
    begin_chain(new.journal, new.data)
    assert new.sync().returncode == 0
    assert county.courier(database).exchange()
    assert until_seq_told(county, database, old, new) == 0
    last = chain_of(database, old).head.seq
    review_of(county, database).close(old.journal.chain, last)
    assert until_seq_told(county, database, old, new) == last
