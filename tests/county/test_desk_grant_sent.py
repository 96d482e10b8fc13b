"""A grant that goes over the line: the technician carries no file, and still needs the code."""

from __future__ import annotations

import io

import pytest

from county.__main__ import main as county_main
from county.chain_keys import FileChainKeys
from county.desk_grants import SENT_BYTES_MAX, GrantTooLarge, Wanted, send_grant
from county.pen import Pen
from county.store.database import Database
from county.store.ledger import Ledger
from provisioning.__main__ import main as provisioning
from sync.agent_card import AgentCard
from sync.clock import SystemClock
from sync.county_config import CountyConfig
from sync.desk_key import OpenDesk
from sync.desk_key_file import DESK_KEY_FILE, DeskKeyFile
from sync.model.facts import DeskKeyMade, Kind
from sync.record import chain_id
from sync.terminal import TerminalConfig
from tests.county.disaster import Disaster, Point
from tests.county.village import COUNTY, LIUXI
from tests.seals import DESK

PIN = "112233"


class Hands:
    """A clerk at the county and a technician at a terminal whose file of the desk key is lost."""

    def __init__(self, county: Disaster, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.county = county
        self.point = county.point()
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.said = ""
        self.point.write(1, DeskKeyMade(public_key=DESK.recipient.public_key, private_key=DESK.secret()))
        self.exchange()

    @property
    def name(self) -> tuple[str, str]:
        assert self.point.box.name is not None
        return self.point.box.name.region, self.point.box.name.terminal

    def exchange(self) -> None:
        """The terminal's sync process, then the county's program, then the terminal's again."""
        assert self.point.sync().returncode == 0
        database = self.county.database()
        assert self.county.courier(database).exchange()
        database.close()
        assert self.point.sync().returncode == 0

    def sends(self) -> str:
        """The county sends a grant for A01; its code."""
        region, terminal = self.name
        asked = ("--point", region, "--terminal", terminal, "--agent", "A01", "--send")
        assert county_main(["desk-grant", "--data", str(self.county.county_dir), *asked]) == 0
        return self._capsys.readouterr().out.strip()

    def opens(self, code: str) -> tuple[int, str]:
        """The technician opens the desk; exit code and the new card."""
        self._monkeypatch.setattr("sys.stdin", io.StringIO(f"{code}\n{PIN}\n"))
        ended = provisioning(["desk-open", "--data", str(self.point.data), "--pin-stdin", "--name", "王建国"])
        captured = self._capsys.readouterr()
        self.said = captured.err
        return ended, captured.out.strip()


def opened(point: Point, card: str) -> OpenDesk:
    """What the agent gets open."""
    subject = TerminalConfig.load(point.data).subject
    key = DeskKeyFile(point.data, subject).read()
    return key.open("A01", PIN, AgentCard.read(card, subject))


def test_a_grant_comes_with_the_inbox_and_opens_the_desk_with_its_code_once(
    county: Disaster, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hands = Hands(county, monkeypatch, capsys)
    assert hands.opens("0000")[0] == 1
    code = hands.sends()
    assert hands.opens(code)[0] == 1
    assert "还没有收到县里的授权" in hands.said
    hands.exchange()
    [grant] = [each for _, each in hands.point.said.records(0, 100) if each.header.kind == Kind.DESK_GRANTED]
    assert DESK.secret() not in grant.header_bytes, "the gateway reads the desk's key"
    other = hands.sends()
    assert hands.opens(other)[0] == 1, "another grant's code opens it"
    assert not (hands.point.data / DESK_KEY_FILE).exists()
    ended, card = hands.opens(code)
    assert ended == 0, hands.said
    assert DESK.secret() in [each.secret() for each in opened(hands.point, card).openers]
    assert hands.opens(code)[0] == 1
    assert "这份授权是旧的" in hands.said
    # The newest counts; it names a key that the desk does not have any more.
    hands.exchange()
    assert hands.opens(other)[0] == 1
    assert "这份授权是旧的" in hands.said


def test_the_largest_grant_that_is_sent_fits_a_record_and_a_larger_one_is_refused_unwritten(
    county: Disaster, database: Database
) -> None:
    readers = CountyConfig.load(county.county_dir).readers(county.county_dir)
    pen = Pen(FileChainKeys(county.county_dir, COUNTY), readers, SystemClock())
    signer = FileChainKeys(county.county_dir, COUNTY).signer(LIUXI, "01")
    wanted = Wanted(COUNTY, LIUXI, "01", "A01", 72)
    with pytest.raises(GrantTooLarge, match="--out"):
        send_grant(wanted, bytes(SENT_BYTES_MAX + 1), database, pen)
    send_grant(wanted, bytes(SENT_BYTES_MAX), database, pen)
    with database.reading() as connection:
        [written] = Ledger(connection).of_chain(chain_id(signer.public_key), 0, 10)
    assert (written.record.header.kind, written.record.header.seq) == (Kind.DESK_GRANTED, 1)
