"""Who may unlock the desk: agents with their PINs, and the time to wait after wrong ones.

The wait runs on boot time, which no one can set back. Wrong tries are kept in a file of their own, so that a restart
gives no fresh ones.
"""

from __future__ import annotations

import os
from pathlib import Path

from kiosk.desk import Actor, Desk
from sync import pin
from sync.agents import KnownAgent
from sync.clock import Clock
from sync.model.facts import ShiftClosed, ShiftOpened, SignInRefused


class SignIn:
    """Checks PINs. `tries` wrong ones in a row begin a wait of `wait_s` that doubles with every further one."""

    def __init__(
        self, agents: tuple[KnownAgent, ...], tries_path: Path, desk: Desk, clock: Clock, tries: int, wait_s: int
    ) -> None:
        """Keep the count of wrong tries in `tries_path`."""
        self.agents = agents
        self._path = tries_path
        self._desk = desk
        self._clock = clock
        self._tries = tries
        self._wait_s = wait_s
        self._wrong = self._read()
        self._locked_until_ms = self._clock.boot_ms() + self._wait_ms()

    def wait_s(self) -> int:
        """Return how many seconds nobody can try, 0 when it is possible now."""
        left_ms = self._locked_until_ms - self._clock.boot_ms()
        return max(0, -(-left_ms // 1000))

    def open(self, agent_id: str, digits: str) -> KnownAgent | None:
        """Unlock the desk, or return None for a wrong PIN or while waiting."""
        if self.wait_s():
            return None
        agent = next((each for each in self.agents if each.id == agent_id), None)
        if agent is not None and pin.verify(digits, agent.verifier):
            self._remember(0)
            self._desk.note(ShiftOpened(), Actor(agent.id))
            return agent
        self._remember(self._wrong + 1)
        self._locked_until_ms = self._clock.boot_ms() + self._wait_ms()
        self._desk.note(SignInRefused(tries=self._wrong), Actor(agent_id))
        return None

    def close(self, agent_id: str, *, by_itself: bool) -> None:
        """Lock the desk."""
        self._desk.note(ShiftClosed(by_itself=by_itself), Actor(agent_id))

    def _wait_ms(self) -> int:
        over = self._wrong - self._tries
        return 0 if over < 0 else self._wait_s * 1000 * 2 ** min(over, 10)

    def _remember(self, wrong: int) -> None:
        self._wrong = wrong
        # Written before the answer is given, so that pulling the plug does not give fresh tries.
        temporary = self._path.with_suffix(".new")
        with temporary.open("w", encoding="ascii") as file:
            file.write(str(wrong))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)

    def _read(self) -> int:
        try:
            return max(0, int(self._path.read_text(encoding="ascii")))
        except FileNotFoundError:
            return 0
        except (OSError, ValueError):
            return self._tries
