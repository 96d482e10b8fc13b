"""Who may open a desk, as a technician says: cards that stand in no log, agents who let others in, agents who leave."""

from __future__ import annotations

import io
import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from provisioning.__main__ import main
from provisioning.agents import OPEN_KEY_FILE, read_agents
from provisioning.demonstration import DEMONSTRATION
from sync.agent_card import AgentCard
from sync.agents import AGENTS_FILE
from sync.clock import SystemClock
from sync.desk_key import DeskKey, NotThisCard, NoWrap, WrongPin
from sync.desk_key_file import DESK_KEY_FILE, DeskKeyFile
from sync.journal import Journal
from sync.keys import FileSigner
from sync.model.facts import ActorClass, DeskEnd, DeskGift, DeskKeyMade
from sync.sealing import KeyOpener, seal_to
from sync.terminal import TerminalConfig
from tests.demo_desk import desk_key, opened, readers

KING = DEMONSTRATION.agents[0]
KINGS_CARD = KING.card(DEMONSTRATION.subject).text()


class Technician:
    """Types commands, and what is secret line by line."""

    def __init__(self, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._data = data
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.shown = ""
        self.said = ""

    def types(self, command: str, *arguments: str, secrets: tuple[str, ...] = ()) -> int:
        self._monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{each}\n" for each in secrets)))
        code = main([command, "--data", str(self._data), *arguments])
        captured = self._capsys.readouterr()
        self.shown, self.said = captured.out.strip(), captured.err
        return code

    def adds(self, agent: str, name: str, *secrets: str, more: tuple[str, ...] = ("--by",)) -> int:
        return self.types("agent-add", "--id", agent, "--name", name, "--pin-stdin", *more, secrets=secrets)


@pytest.fixture
def technician(terminal: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Technician:
    return Technician(terminal, monkeypatch, capsys)


def opens(key: DeskKey, card: str, pin: str) -> KeyOpener:
    read = AgentCard.read(card, key.terminal)
    return key.open(read.agent, pin, read).key


def test_an_agent_is_let_in_by_another_one_and_gets_a_card_of_their_own(technician: Technician, terminal: Path) -> None:
    assert technician.adds("B02", "周晓梅", "135791", KINGS_CARD, KING.pin) == 0, technician.said
    card = technician.shown
    key = desk_key(terminal)
    assert opens(key, card, "135791").secret() == opened(terminal).key.secret()
    assert [(each.agent, each.gift) for each in key.changes] == [("A01", DeskGift.FIRST), ("B02", DeskGift.AGENT)]
    assert [agent.id for agent in read_agents(terminal)] == ["A01", "B02"]
    assert technician.adds("B02", "周晓梅", "975310", card, "135791") == 0
    assert "已更新" in technician.said
    with pytest.raises(WrongPin):
        desk_key(terminal).open("B02", "135791", AgentCard.read(technician.shown, key.terminal))


def test_nobody_lets_themselves_in(technician: Technician, terminal: Path) -> None:
    before = desk_key(terminal)
    assert technician.adds("B02", "周晓梅", "135791", more=()) == 1
    assert "请一位已有的联络员出示卡和密码" in technician.said
    for secrets, said in (
        (("135791", KINGS_CARD, "000000"), "密码不对"),
        (("135791", KINGS_CARD[:-1], KING.pin), "卡没有读对"),
        (("135791", KING.card(before.terminal[:-1] + "2").text(), KING.pin), "这张卡不是这台机器的"),
        (("135791", AgentCard.fresh("A01", before.terminal).text(), KING.pin), "这张卡已经换过新的"),
        (("135791", AgentCard.fresh("C03", before.terminal).text(), KING.pin), "这位联络员没有能用的卡"),
        (("12", KINGS_CARD, KING.pin), "密码应为 6 位数字"),
    ):
        assert technician.adds("B02", "周晓梅", *secrets) == 1
        assert said in technician.said
        assert technician.shown == "", "no card is shown that opens nothing"
    assert technician.adds("老王", "王", "135791", KINGS_CARD, KING.pin) == 1
    for name in ("", "a\nb", "王\u202e建国", "　", "王" * 21):
        assert technician.adds("B02", name, "135791", KINGS_CARD, KING.pin) == 1
        assert "姓名应为 1 至 20 个字" in technician.said
    assert desk_key(terminal) == before
    assert len(read_agents(terminal)) == 1


def test_neither_file_holds_a_pin_or_a_card(technician: Technician, terminal: Path) -> None:
    assert technician.adds("B02", "周晓梅", "135791", KINGS_CARD, KING.pin) == 0
    agents, desk = terminal / AGENTS_FILE, terminal / DESK_KEY_FILE
    assert {stat.S_IMODE(path.stat().st_mode) for path in (agents, desk)} == {0o600}
    assert set(json.loads(agents.read_text("utf-8"))["agents"][1]) == {"id", "name"}
    secret = AgentCard.read(technician.shown, DEMONSTRATION.subject).secret
    for held in (agents.read_bytes(), desk.read_bytes()):
        assert not any(each in held for each in (b"135791", technician.shown.encode(), secret))


def test_a_card_goes_into_a_new_file_that_nobody_else_may_read(technician: Technician, tmp_path: Path) -> None:
    path = tmp_path / "card.txt"
    more = ("--by", "--card-file", str(path))
    assert technician.adds("B02", "周晓梅", "135791", KINGS_CARD, KING.pin, more=more) == 0
    assert technician.shown == ""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert AgentCard.read(path.read_text(), DEMONSTRATION.subject).agent == "B02"
    assert technician.adds("C03", "赵强", "135791", KINGS_CARD, KING.pin, more=more) == 1
    assert "不能写" in technician.said


def test_a_lost_card_opens_nothing_any_more_and_the_others_do(technician: Technician, terminal: Path) -> None:
    assert technician.adds("B02", "周晓梅", "135791", KINGS_CARD, KING.pin) == 0
    card = technician.shown
    assert technician.types("card-revoke", "--id", "B02") == 0
    key = desk_key(terminal)
    with pytest.raises(NoWrap):
        opens(key, card, "135791")
    assert key.rotation_due
    assert (key.changes[-1].agent, key.changes[-1].end) == ("B02", DeskEnd.CARD_LOST)
    assert [agent.id for agent in read_agents(terminal)] == ["A01", "B02"]
    assert technician.types("card-revoke", "--id", "B02") == 1
    assert "没有能用的卡" in technician.said
    assert technician.adds("B02", "周晓梅", "135791", KINGS_CARD, KING.pin) == 0
    assert not desk_key(terminal).rotation_due, "whoever opened it made a new key on the way"
    assert opens(desk_key(terminal), technician.shown, "135791").secret() == opened(terminal).key.secret()


def test_the_last_card_can_be_revoked_and_the_technician_is_told(technician: Technician, terminal: Path) -> None:
    assert technician.types("card-revoke", "--id", "A01") == 0
    assert "现在没有人能开柜台" in technician.shown
    assert desk_key(terminal).wraps == ()


def test_an_agent_who_left_is_gone_from_both_files(technician: Technician, terminal: Path) -> None:
    assert technician.adds("B02", "周晓梅", "135791", KINGS_CARD, KING.pin) == 0
    assert technician.types("agent-remove", "--id", "B02") == 0
    assert [agent.id for agent in read_agents(terminal)] == ["A01"]
    assert [wrap.agent for wrap in desk_key(terminal).wraps] == ["A01"]
    assert technician.types("agent-remove", "--id", "B02") == 1
    assert "没有联络员 B02" in technician.said


def test_a_damaged_file_is_refused_in_a_sentence_and_left_alone(technician: Technician, terminal: Path) -> None:
    path = terminal / DESK_KEY_FILE
    path.write_bytes(b"nonsense")
    for command in ("card-revoke", "agent-remove"):
        assert technician.types(command, "--id", "A01") == 1
        assert "keys/desk.key 坏了" in technician.said
    assert technician.adds("B02", "周晓梅", "135791", KINGS_CARD, KING.pin) == 1
    assert path.read_bytes() == b"nonsense"


def test_a_machine_that_is_no_terminal_has_no_agents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stranger = Technician(tmp_path, monkeypatch, capsys)
    assert stranger.adds("A01", "王建国", "246810", more=()) == 1
    assert "请先做 enrol" in stranger.said
    assert list(tmp_path.iterdir()) == []

    for command in ("agent-remove", "card-revoke"):
        assert stranger.types(command, "--id", "A01") == 1
        assert "请先做 enrol" in stranger.said


def test_a_pin_that_nobody_sees_is_typed_twice(
    technician: Technician, terminal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = iter(["975310", "975301", "975310", "975310"])
    monkeypatch.setattr("getpass.getpass", lambda _question: next(typed))
    before = desk_key(terminal)
    assert technician.types("agent-add", "--id", "A01", "--name", "王建国") == 1
    assert "两次输的密码不一样" in technician.said
    assert desk_key(terminal) == before
    assert technician.types("agent-add", "--id", "A01", "--name", "王建国") == 0
    key = desk_key(terminal)
    assert opens(key, technician.shown, "975310").recipient.public_key == key.public_key


def test_a_pin_is_not_read_where_it_would_be_seen(terminal: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "provisioning",
        "agent-add",
        "--data",
        str(terminal),
        "--id",
        "A01",
        "--name",
        "王",
    ]
    # A session of its own has no terminal that a PIN could be typed at.
    ended = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("没有读到密码，请在终端上运行或用 --pin-stdin")


def test_no_secret_is_asked_for_where_it_would_be_seen_or_be_of_no_use(technician: Technician, terminal: Path) -> None:
    missing = str(terminal / "grant.bin")
    for command in (
        ("agent-add", "--id", "1", "--name", "王建国"),
        ("desk-open", "--grant", missing),
    ):
        assert technician.types(*command) == 1
        assert "PIN" not in technician.said
    assert technician.types("desk-open", "--grant", missing) == 1
    assert missing in technician.said


def test_a_key_that_once_lay_open_is_taken_in_and_removed(technician: Technician, terminal: Path) -> None:
    (terminal / DESK_KEY_FILE).unlink()
    old = KeyOpener.create(terminal / OPEN_KEY_FILE)
    before = seal_to(old.recipient, b"an old draft", b"here")
    assert technician.adds("A01", "王建国", "246810", more=()) == 0
    assert not (terminal / OPEN_KEY_FILE).exists()
    card = AgentCard.read(technician.shown, TerminalConfig.load(terminal).subject)
    key = desk_key(terminal)
    assert key.public_key != old.recipient.public_key
    assert key.open("A01", "246810", card).earlier[0].open(before, b"here") == b"an old draft"


def test_a_first_card_that_went_astray_before_anybody_signed_in_is_made_again(
    technician: Technician, terminal: Path
) -> None:
    before = desk_key(terminal)
    assert technician.adds("A01", "王建国", "975310", more=()) == 0, technician.said
    key = desk_key(terminal)
    assert opens(key, technician.shown, "975310").recipient.public_key == key.public_key != before.public_key
    with pytest.raises(NotThisCard):
        opens(key, KINGS_CARD, KING.pin)


def test_once_somebody_signed_in_only_agents_and_the_county_give_new_cards(
    technician: Technician, terminal: Path
) -> None:
    signer = FileSigner.load(terminal / "keys" / "record.pem")
    journal = Journal.open_or_create(terminal / "journal.db", signer, readers(terminal), SystemClock())
    key = opened(terminal).key
    told = DeskKeyMade(public_key=key.recipient.public_key, private_key=key.secret())
    with journal.transaction() as writing:
        writing.append(told, actor="system", actor_class=ActorClass.SYSTEM)
    journal.close()
    assert technician.adds("A01", "王建国", "975310", more=()) == 1
    assert "请一位已有的联络员出示卡和密码" in technician.said
    assert technician.shown == ""


def test_two_technicians_at_once_do_not_undo_each_other(terminal: Path, technician: Technician) -> None:
    file = DeskKeyFile(terminal, DEMONSTRATION.subject)
    stale = file.read()
    assert technician.adds("B02", "周晓梅", "135791", KINGS_CARD, KING.pin) == 0
    with pytest.raises(ValueError, match="changed by somebody else"):
        file.write(stale, stale)
