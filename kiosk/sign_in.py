"""Who may unlock the desk: agents with card and PIN, and the time to wait after wrong PINs.

The wait runs on boot time, which no one can set back. Wrong tries are kept in a file of their own, so that a restart
gives no fresh ones.
"""

from __future__ import annotations

from pathlib import Path

from kiosk.desk import Actor, Desk
from kiosk.desk_lock import DeskLock
from sync.agent_card import AgentCard
from sync.agents import AgentsFull, KnownAgent, read_agents, write_agents
from sync.clock import Clock
from sync.desk_key import WrongPin
from sync.durable import replace_file
from sync.journal import JournalRefused, JournalUnwritable
from sync.model.facts import ShiftClosed, ShiftOpened, SignInRefused


class SignIn:
    """Checks cards and PINs. `tries` wrong PINs in a row begin a wait of `wait_s` that doubles with every further one.

    Attributes:
        agents: of this terminal, as they were when `look` was called last.
        lock: what they open.
    """

    def __init__(
        self, agents_path: Path, tries_path: Path, lock: DeskLock, desk: Desk, clock: Clock, tries: int, wait_s: int
    ) -> None:
        """Read the agents, and keep the count of wrong tries in `tries_path`. Raises AgentsUnreadable."""
        self.agents = read_agents(agents_path)
        self.lock = lock
        self._agents_path = agents_path
        self._path = tries_path
        self._desk = desk
        self._clock = clock
        self._tries = tries
        self._wait_s = wait_s
        self._wrong = self._read()
        self._locked_until_ms = self._clock.boot_ms() + self._wait_ms()

    def look(self) -> None:
        """Read again who the agents are and who of them may open the desk. Raises AgentsUnreadable, DeskKeyRefused."""
        self.agents = read_agents(self._agents_path)
        self.lock.look()

    def wait_s(self) -> int:
        """Return how many seconds nobody can try, 0 when it is possible now."""
        left_ms = self._locked_until_ms - self._clock.boot_ms()
        return max(0, -(-left_ms // 1000))

    def card(self, text: str) -> AgentCard:
        """Read a card as it was scanned or typed, and check that it opens here for one of the agents.

        Raises CodeMistyped, CardOfAnotherTerminal, DeskKeyRefused by its kinds.
        """
        card = AgentCard.read(text, self.lock.terminal)
        self.lock.check_card(card)
        return card

    def open(self, digits: str, card: AgentCard) -> KnownAgent | None:
        """Unlock the desk, or return None for a wrong PIN, while waiting, or for nobody whom this terminal knows.

        Raises DeskKeyRefused when PIN and card are not what it is about, JournalRefused when the disk takes nothing.
        """
        agent = next((each for each in self.agents if each.id == card.agent), None)
        if self.wait_s() or agent is None:
            return None
        try:
            self.lock.open(digits, card)
        except WrongPin:
            self._remember(self._wrong + 1)
            self._desk.note(SignInRefused(tries=self._wrong), Actor(agent.id))
            return None
        try:
            self._remember(0)
            self._desk.note(ShiftOpened(), Actor(agent.id))
        except JournalRefused:
            self.lock.lock(shift_over=False)  # nobody sits at it
            raise
        return agent

    def free_id(self) -> str:
        """Return an id that no agent of this terminal has. Raises AgentsFull."""
        taken = {each.id for each in self.agents}
        free = (f"A{number:02}" for number in range(1, 100))
        found = next((each for each in free if each not in taken), None)
        if found is None:
            raise AgentsFull("every id from A01 to A99 is taken")
        return found

    def admit(self, agent_id: str, name: str, digits: str, card: AgentCard, actor: Actor) -> None:
        """Let an agent open this desk by a new PIN and card; `actor` has opened it.

        Raises DeskKeyRefused, AgentsUnreadable, OSError, JournalRefused.
        """
        known = read_agents(self._agents_path)
        if all(each.id != agent_id for each in known):
            # The name first: without a wrap it opens nothing.
            write_agents(self._agents_path, (*known, KnownAgent(agent_id, name)))
        self.lock.give(agent_id, digits, card, actor)
        self.look()

    def close(self, agent_id: str, *, by_itself: bool, shift_over: bool) -> None:
        """Lock the desk; the card is forgotten when the shift is over. Raises JournalRefused after it is locked."""
        self.lock.lock(shift_over=shift_over)
        self._desk.note(ShiftClosed(by_itself=by_itself), Actor(agent_id))

    def _wait_ms(self) -> int:
        over = self._wrong - self._tries
        return 0 if over < 0 else self._wait_s * 1000 * 2 ** min(over, 10)

    def _remember(self, wrong: int) -> None:
        self._wrong = wrong
        # Before the file: a disk that takes nothing must not take the wait away.
        self._locked_until_ms = self._clock.boot_ms() + self._wait_ms()
        try:
            # Written before the answer is given, so that pulling the plug does not give fresh tries.
            replace_file(self._path, str(wrong).encode("ascii"))
        except OSError as cause:
            raise JournalUnwritable(f"the count of wrong tries was not kept: {cause}") from cause

    def _read(self) -> int:
        try:
            return max(0, int(self._path.read_text(encoding="ascii")))
        except FileNotFoundError:
            return 0
        except (OSError, ValueError):
            return self._tries
