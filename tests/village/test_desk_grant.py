"""Nobody can open the desk any more: the county grants somebody in, once, and everything that was written is read."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import pytest

from county.__main__ import main as county_main
from kiosk.intents import Open
from provisioning.__main__ import main as provisioning_main
from provisioning.demonstration import DEMONSTRATION
from sync.agent_card import AgentCard
from sync.clock import SteeredClock
from sync.desk_key_file import DESK_KEY_FILE
from sync.model.facts import DeskGift, Kind
from tests.demo_desk import desk_key, opened
from tests.kiosk.journeys import shown, typed
from tests.village.conftest import Told
from tests.village.counter import Counter
from tests.village.ends import Ends
from tests.village.scene import COUNTY_CLOCK, TERMINAL_CLOCK

NEW_PIN = "112233"


@dataclass
class Hands:
    """A clerk at the county and a technician at the terminal, each with a keyboard."""

    ends: Ends
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    shown: str = ""
    said: str = ""

    @property
    def terminal(self) -> Path:
        return self.ends.stage.terminal_dir

    def grants(self, path: Path, agent: str = "A01", **more: str) -> int:
        named = {"point": DEMONSTRATION.region, "terminal": "01", "agent": agent, "out": str(path)} | more
        options = [word for name, value in named.items() for word in (f"--{name}", value)]
        steering = str(self.ends.stage.directory / COUNTY_CLOCK)
        return self._ended(
            county_main(["desk-grant", "--data", str(self.ends.stage.county_dir), *options, "--clock", steering])
        )

    def opens(self, path: Path, code: str, *more: str, pin: str = NEW_PIN) -> int:
        self.monkeypatch.setattr("sys.stdin", io.StringIO(f"{code}\n{pin}\n"))
        steering = str(self.ends.stage.directory / TERMINAL_CLOCK)
        told = ("--data", str(self.terminal), "--grant", str(path), "--pin-stdin", "--clock", steering)
        return self._ended(provisioning_main(["desk-open", *told, *more]))

    def _ended(self, code: int) -> int:
        captured = self.capsys.readouterr()
        self.shown, self.said = captured.out.strip(), captured.err
        return code


@pytest.fixture
def hands(told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Hands:
    """A copy of everything that the main job left; nothing runs."""
    return Hands(told.copied(tmp_path / "stage"), monkeypatch, capsys)


@pytest.fixture
def grant(hands: Hands, tmp_path: Path) -> tuple[Path, str]:
    """The file of a grant for A01, and its code."""
    path = tmp_path / "grant.bin"
    assert hands.grants(path) == 0, hands.said
    return path, hands.shown


def test_a_grant_and_its_code_let_the_agent_in_who_reads_what_was_written_before(
    hands: Hands, grant: tuple[Path, str], told: Told
) -> None:
    before = desk_key(hands.terminal)
    assert hands.opens(*grant) == 0, hands.said
    card = AgentCard.read(hands.shown, before.terminal)
    key = desk_key(hands.terminal)
    assert key.public_key != before.public_key
    assert (key.changes[-1].agent, key.changes[-1].gift) == ("A01", DeskGift.COUNTY)
    counter = Counter(hands.terminal, SteeredClock(hands.ends.stage.directory / TERMINAL_CLOCK))
    counter.do(Open("sign_in"), *shown(card), *typed(NEW_PIN))
    while counter.place == "slip":
        counter.do(*(action.intent for block in counter.page.blocks for action in getattr(block, "actions", ())[:1]))
        counter.do(counter.page.main.intent if counter.page.main else Open(""))
    visit = counter.core._visit
    assert visit is not None
    desk = visit.context.desk
    assert [fact for _, fact in desk.story(told.case_no) if fact is None] == []
    kinds = [Kind(each.header.kind) for each in counter.journal.read(0, 1000)]
    assert kinds.count(Kind.DESK_KEY_MADE) == 2
    assert kinds.count(Kind.DESK_ACCESS_GIVEN) == 2
    counter.close()


def test_a_grant_is_spent_by_its_use(hands: Hands, grant: tuple[Path, str]) -> None:
    assert hands.opens(*grant) == 0
    used = desk_key(hands.terminal)
    assert hands.opens(*grant) == 1
    assert "这份授权是旧的" in hands.said
    assert hands.shown == ""
    assert desk_key(hands.terminal) == used


def test_file_and_code_are_worth_nothing_without_each_other(hands: Hands, grant: tuple[Path, str]) -> None:
    path, code = grant
    before = desk_key(hands.terminal)
    secret = opened(hands.terminal).key.secret()
    assert secret not in path.read_bytes()
    assert code.encode() not in path.read_bytes()
    other = path.with_name("other.bin")
    assert hands.grants(other) == 0
    for wrong, said in ((hands.shown, "请核对终端、时限和授权码"), (code[:-1], "授权码输错了"), ("", "授权码输错了")):
        assert hands.opens(path, wrong) == 1
        assert said in hands.said
    assert desk_key(hands.terminal) == before


def test_every_damaged_byte_of_a_grant_is_refused(hands: Hands, grant: tuple[Path, str]) -> None:
    path, code = grant
    before, whole = desk_key(hands.terminal), path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert hands.opens(path, code) == 1
        assert "Traceback" not in hands.said
    for held in (b"", whole[:-1], whole + b"\0", whole * 200):
        path.write_bytes(held)
        assert hands.opens(path, code) == 1
    path.unlink()
    assert hands.opens(path, code) == 1
    assert "不能读" in hands.said
    assert desk_key(hands.terminal) == before


def test_a_grant_ends_and_counts_at_no_other_terminal(hands: Hands, grant: tuple[Path, str]) -> None:
    path, code = grant
    steering = hands.ends.stage.directory / TERMINAL_CLOCK
    held = steering.read_text()
    steering.write_text(held.replace('"domain_ms": 17', '"domain_ms": 18'))
    assert held != steering.read_text()
    assert hands.opens(path, code) == 1
    assert "请核对终端、时限和授权码" in hands.said
    steering.write_text(held)
    assert hands.grants(path.with_name("other.bin"), terminal="02") == 1
    assert "县里没有 990101102203-02 这台终端" in hands.said
    assert hands.grants(path) == 1
    assert f"{path}: File exists" in hands.said
    assert "Traceback" not in hands.said


def test_a_damaged_file_of_the_desk_key_is_made_anew_by_a_grant(hands: Hands, grant: tuple[Path, str]) -> None:
    path = hands.terminal / DESK_KEY_FILE
    before = opened(hands.terminal).key.secret()
    path.write_bytes(b"nonsense")
    assert hands.opens(*grant) == 0, hands.said
    key = desk_key(hands.terminal)
    now = key.open("A01", NEW_PIN, AgentCard.read(hands.shown, key.terminal))
    assert before in [each.secret() for each in now.earlier]


def test_an_agent_whom_nobody_knows_needs_a_name(hands: Hands, tmp_path: Path) -> None:
    path = tmp_path / "grant.bin"
    assert hands.grants(path, agent="D04") == 0
    code = hands.shown
    assert hands.opens(path, code) == 1
    assert "请写 --name" in hands.said
    assert hands.opens(path, code, pin="12") == 1
    assert hands.opens(path, code, "--name", "赵强", pin="12") == 1
    assert "密码应为 6 位数字" in hands.said
    assert hands.opens(path, code, "--name", "赵强") == 0
    assert {wrap.agent for wrap in desk_key(hands.terminal).wraps} == {"A01", "D04"}
    assert len(opened(hands.terminal).openers) == 2, "the other agents keep card and PIN"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"agent": "王"}, "an agent's id is like A01"),
        ({"hours": "0"}, "an agent's id is like A01"),
        ({"point": "../../x"}, "a point has 12 digits"),
        ({"point": "990101102204"}, "县里没有 990101102204-01 这台终端"),
    ],
)
def test_a_grant_that_makes_no_sense_is_refused_in_a_sentence(
    hands: Hands, tmp_path: Path, asked: dict[str, str], said: str
) -> None:
    assert hands.grants(tmp_path / "grant.bin", **asked) == 1
    assert said in hands.said
    assert hands.said
    assert "Traceback" not in hands.said
    assert not (tmp_path / "grant.bin").exists()
