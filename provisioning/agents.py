"""Who may unlock a terminal's desk, as a technician says: `agent-add`, `agent-remove`, `card-revoke`.

keys/agents.json holds names; keys/desk.key what they open the desk by (`sync.desk_key`). A technician opens nothing:
the first agent begins the desk's key, further ones are let in by somebody who can open it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from provisioning.homes import terminal_at
from provisioning.speech import Refused
from sync import agents as files
from sync.agent_card import AgentCard, CardOfAnotherTerminal
from sync.agents import AGENT_ID, AGENT_NAME, AGENT_NAME_CHARS_MAX, AGENTS_FILE, AgentsMissing, AgentsUnreadable
from sync.crockford import CodeMistyped
from sync.desk_key import (
    DeskKey,
    DeskKeyChanged,
    DeskKeyDamaged,
    DeskKeyMissing,
    DeskKeyRefused,
    Given,
    NotThisCard,
    NoWrap,
    OpenDesk,
    WrongPin,
)
from sync.desk_key_file import DESK_KEY_FILE, DeskKeyFile
from sync.journal import JournalMissing, JournalReader, JournalRefused
from sync.key_files import KeyFileRefused
from sync.model.facts import DeskEnd, DeskGift, Kind
from sync.pin import PIN_DIGITS, PIN_FORM, PinNotDigits
from sync.sealing import KeyOpener

OPEN_KEY_FILE = "keys/desk-key.pem"
"""Where terminals once kept the desk's key unwrapped: taken in and removed by the first `agent-add`."""

PAGE_RECORDS = 500

Deliver = Callable[[AgentCard], None]
"""Brings a card to paper or to somebody's eyes, before it opens anything. Raises Refused when it cannot."""


class Newcomer(Struct, frozen=True):
    """An agent as the technician names one, with the PIN that the agent has typed.

    `card_secret` is for demonstrations, whose card everybody may know; None: 16 random bytes.
    """

    id: str
    name: str
    pin: str
    card_secret: bytes | None = None

    def __post_init__(self) -> None:
        """Raises Refused for what cannot be an agent."""
        check_agent_id(self.id)
        if AGENT_NAME.fullmatch(self.name) is None:
            raise Refused(
                f"姓名应为 1 至 {AGENT_NAME_CHARS_MAX} 个字，写在一行",
                f"a name has 1 to {AGENT_NAME_CHARS_MAX} characters on one line",
            )
        if PIN_FORM.fullmatch(self.pin) is None:
            raise Refused(f"密码应为 {PIN_DIGITS} 位数字", f"a PIN has {PIN_DIGITS} digits")


class Host(Struct, frozen=True):
    """An agent who lets another one in: the card as scanned or typed, and the PIN."""

    card: str
    pin: str


def check_agent_id(agent_id: str) -> None:
    """Check the form of an agent's id. Raises Refused."""
    if AGENT_ID.fullmatch(agent_id) is None:
        raise Refused(
            "联络员编号应为一个大写字母加两位数字，如 A01", "an agent's id is a letter and two digits, like A01"
        )


def add_agent(data: Path, newcomer: Newcomer, host: Host | None, at_ms: int, deliver: Deliver) -> bool:
    """Add an agent, or give one a new name, PIN and card; False when the agent was there. Raises Refused.

    Args:
        data: the terminal's data directory.
        newcomer: whom to add.
        host: who lets them in; None for the first agent of a terminal.
        at_ms: wall clock, ms since 1970 UTC.
        deliver: is given the new card.
    """
    file = desk_key_file(data)
    known = read_agents(data)
    card = AgentCard.fresh(newcomer.id, file.terminal)
    if newcomer.card_secret is not None:
        card = replace(card, secret=newcomer.card_secret)
    given = Given(DeskGift.AGENT if host else DeskGift.FIRST, at_ms)
    with refusing():
        old = _present(file)
        if old is None or (host is None and _is_unused(data, old, newcomer.id)):
            opened = OpenDesk(KeyOpener.fresh(), _kept_open(data))
            begun = DeskKey.begin(file.terminal, opened)
        elif host is None:
            raise Refused(
                "这台机器已有联络员：请一位已有的联络员出示卡和密码（--by），或用县里的授权（desk-open）",
                "somebody who can open this desk has to let others in (--by), or a grant of the county (desk-open)",
            )
        else:
            begun, opened = _opened_by(old, host, file.terminal)
        key = begun.gave(opened, newcomer.id, newcomer.pin, card, given)
        deliver(card)
        # The name first: without a wrap it opens nothing, and the command can be repeated.
        write_agents(data, (*(each for each in known if each.id != newcomer.id), _named(newcomer)))
        file.write(old, key)
        (data / OPEN_KEY_FILE).unlink(missing_ok=True)
    return all(each.id != newcomer.id for each in known)


def remove_agent(data: Path, agent_id: str, at_ms: int) -> None:
    """Take an agent's name, PIN and card away; who opens the desk next makes a new key. Raises Refused."""
    check_agent_id(agent_id)
    file = desk_key_file(data)
    known = read_agents(data)
    if all(each.id != agent_id for each in known):
        raise Refused(f"没有联络员 {agent_id}", f"there is no agent {agent_id}")
    with refusing():
        old = file.read()
        if any(each.agent == agent_id for each in old.wraps):
            file.write(old, old.ended(agent_id, DeskEnd.LEFT, at_ms))
        write_agents(data, tuple(each for each in known if each.id != agent_id))


def revoke_card(data: Path, agent_id: str, at_ms: int) -> int:
    """Let a lost card open nothing any more; the agent stays one. Returns how many can still open. Raises Refused."""
    check_agent_id(agent_id)
    file = desk_key_file(data)
    with refusing():
        old = file.read()
        ended = old.ended(agent_id, DeskEnd.CARD_LOST, at_ms)
        file.write(old, ended)
    return len(ended.wraps)


def read_agents(data: Path) -> tuple[files.KnownAgent, ...]:
    """The agents so far; none when there is no file. Raises Refused for a file that is damaged."""
    try:
        return files.read_agents(data / AGENTS_FILE)
    except AgentsMissing:
        return ()
    except AgentsUnreadable as cause:
        raise Refused(f"{AGENTS_FILE} 不能用", str(cause)) from cause


def agents_with_cards(data: Path) -> frozenset[str]:
    """Who can open the desk of an enrolled terminal; nobody when there is no desk key yet. Raises Refused."""
    with refusing():
        key = _present(desk_key_file(data))
    return frozenset(each.agent for each in key.wraps) if key is not None else frozenset()


def write_agents(data: Path, agents: tuple[files.KnownAgent, ...]) -> None:
    """Write the agents. Raises Refused."""
    try:
        files.write_agents(data / AGENTS_FILE, agents)
    except OSError as cause:
        raise Refused(f"不能写 {AGENTS_FILE}", f"{AGENTS_FILE} cannot be written: {cause.strerror}") from cause


def desk_key_file(data: Path) -> DeskKeyFile:
    """The file of the desk key of an enrolled terminal. Raises Refused."""
    return DeskKeyFile(data, terminal_at(data).subject)


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what goes wrong with the desk key into what a technician reads. Raises Refused."""
    try:
        yield
    except (DeskKeyRefused, PinNotDigits) as cause:
        said = next((chinese for kind, chinese in _SENTENCES if isinstance(cause, kind)), "柜台钥匙不能这样改")
        raise Refused(said, str(cause)) from cause
    except OSError as cause:
        raise Refused(f"不能写 {DESK_KEY_FILE}", f"{DESK_KEY_FILE} cannot be written: {cause.strerror}") from cause


_SENTENCES: tuple[tuple[type[ValueError], str], ...] = (
    (DeskKeyMissing, f"没有 {DESK_KEY_FILE}：还没有发过联络员卡，请做 agent-add"),
    (DeskKeyDamaged, f"{DESK_KEY_FILE} 坏了，请用县里的授权修复（desk-open）"),
    (DeskKeyChanged, f"{DESK_KEY_FILE} 刚被改过，请再运行一次"),
    (NotThisCard, "这张卡已经换过新的"),
    (NoWrap, "这位联络员没有能用的卡"),
    (WrongPin, "密码不对"),
    (PinNotDigits, f"密码应为 {PIN_DIGITS} 位数字"),
)


def _is_unused(data: Path, key: DeskKey, agent_id: str) -> bool:
    """Whether this agent is the only one and has never signed in: the card went astray before anything was sealed."""
    if [each.agent for each in key.wraps] != [agent_id]:
        return False
    try:
        journal = JournalReader.open(data / "journal.db")
    except JournalMissing:
        return True
    except JournalRefused:
        return False
    try:
        after = 0
        while page := journal.read(after, PAGE_RECORDS):
            if any(each.header.kind == Kind.DESK_KEY_MADE for each in page):
                return False
            after = page[-1].header.seq
    except JournalRefused:
        return False
    finally:
        journal.close()
    return True


def _present(file: DeskKeyFile) -> DeskKey | None:
    try:
        return file.read()
    except DeskKeyMissing:
        return None


def _opened_by(key: DeskKey, host: Host, terminal: str) -> tuple[DeskKey, OpenDesk]:
    try:
        card = AgentCard.read(host.card, terminal)
    except CodeMistyped as cause:
        raise Refused("卡没有读对，请逐字核对", str(cause)) from cause
    except CardOfAnotherTerminal as cause:
        raise Refused("这张卡不是这台机器的", str(cause)) from cause
    opened = key.open(card.agent, host.pin, card)
    return key.rotated(opened) if key.rotation_due else (key, opened)


def _kept_open(data: Path) -> tuple[KeyOpener, ...]:
    """The key of a terminal from before keys were wrapped: what it reads stays readable."""
    path = data / OPEN_KEY_FILE
    if not path.exists():
        return ()
    try:
        return (KeyOpener.load(path),)
    except KeyFileRefused as cause:
        raise Refused(f"{OPEN_KEY_FILE} 不能用", str(cause)) from cause


def _named(newcomer: Newcomer) -> files.KnownAgent:
    return files.KnownAgent(newcomer.id, newcomer.name)
