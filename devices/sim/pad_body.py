"""What all simulated pads have in common: keys, power, one question at a time, and levers for faults.

What a pad makes of what it is told, and how it says a key, is each kind's own (`pad`, `text_pad`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from random import Random
from threading import Event, Lock, Thread

from msgspec.structs import asdict

from devices.rating_pad.model import PadKey, PadModel
from devices.sim.pad_face import POWER_OFF_S, SLOW_S, STUCK_S, TIMEOUT_S, PadFace, PadLevers
from devices.sim.pad_firmware import Told

_TICK_S = 0.02
_HISTORY_MAX = 100


class PadBody(ABC):
    """A pad of `model`. It sends a key whenever one is pressed, asked or not: so does the real one.

    Requests come from any thread. What it is told is taken in a thread of its own, which holds the lock meanwhile.
    """

    def __init__(self, model: PadModel, monotonic_s: Callable[[], float], seed: int) -> None:
        """Switched off; `seed` is for what its faults draw."""
        self.model = model
        self._monotonic_s = monotonic_s
        self._rng = Random(seed)  # noqa: S311 - draws faults, not secrets
        self._lock = Lock()
        self._stop = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._levers = PadLevers()
        self._waiting: list[tuple[float, bytes]] = []
        self._greetings = self._prompts = self._thanks = 0
        self._last_key: PadKey | None = None
        self._told: list[Told | str] = []
        self._off_until_s = self._stuck_s = 0.0
        self._asked_until_s: float | None = None
        self._levels, self._timeout_s, self._staff = len(model.keys), TIMEOUT_S, ""

    def start(self) -> None:
        """Switch on."""
        self._thread.start()

    def close(self) -> None:
        """Switch off."""
        self._stop.set()
        self._thread.join(5)

    @property
    def levers(self) -> PadLevers:
        """How its levers stand."""
        with self._lock:
            return self._levers

    def face(self) -> PadFace:
        """Return how the pad looks now."""
        with self._lock:
            return PadFace(
                self._is_asking(),
                self._levels,
                self._timeout_s,
                self._greetings,
                self._prompts,
                self._thanks,
                self._last_key.number if self._last_key is not None else None,
                self._staff,
            )

    def told(self) -> list[Told | str]:
        """Return what it was told last, oldest first; of texts neither heartbeats nor polls."""
        with self._lock:
            return list(self._told)

    def press(self, key: int) -> None:
        """Press the key of a number. Raises `ValueError` if it has none of it."""
        pressed = next((each for each in self.model.keys if each.number == key), None)
        if pressed is None:
            raise ValueError(f"{self.model.name} has no key {key}")
        with self._lock:
            if self._is_off():
                return
            self._last_key, self._asked_until_s = pressed, None
            self._give(pressed)

    def replay(self) -> None:
        """Give the last key once more, as a pad with a bouncing contact or a stuck buffer does."""
        with self._lock:
            if self._last_key is not None and not self._is_off():
                self._give(self._last_key)

    def noise(self, data: bytes) -> None:
        """Put bytes on the wire that no key sent."""
        self._send(data)

    def brown_out(self) -> None:
        """Take its power away for a moment: it comes back and knows nothing of what it was told."""
        with self._lock:
            self._waiting, self._asked_until_s = [], None
            self._off_until_s = self._monotonic_s() + POWER_OFF_S
            self._forget()

    def pull(self, **levers: bool | None) -> None:
        """Set the levers that are given (`PadLevers`). Raises `TypeError` for one that there is not."""
        given = {name: value for name, value in levers.items() if value is not None}
        with self._lock:
            self._levers = PadLevers(**(asdict(self._levers) | given))
            if given.get("dead") or given.get("unplug"):
                self._asked_until_s = None

    def _run(self) -> None:
        while not self._stop.is_set():
            data = self._receive(_TICK_S)
            with self._lock:
                if data and not self._is_off():
                    self._hear(data)
                now_s = self._monotonic_s()
                self._pass_time(now_s)
                due = [said for at_s, said in self._waiting if at_s <= now_s]
                self._waiting = [each for each in self._waiting if each[0] > now_s]
                for said in due:
                    self._send(said)

    def _pass_time(self, now_s: float) -> None:
        if self._asked_until_s is not None and now_s >= self._asked_until_s:
            self._asked_until_s = None
            self._time_over()
        if self._levers.stuck_key and not self._is_off() and now_s >= self._stuck_s + STUCK_S:
            self._stuck_s = now_s
            self._give(self.model.keys[0] if self._last_key is None else self._last_key)

    def _note(self, told: Told | str) -> None:
        self._told = [*self._told, told][-_HISTORY_MAX:]

    def _prompted(self) -> None:
        """Take a question: keys are waited for."""
        self._prompts += 1
        self._asked_until_s = self._monotonic_s() + self._timeout_s

    def _send_in_time(self, data: bytes) -> None:
        """Send, a while later from a slow one; what is said later never comes sooner, also when the lever is back."""
        if self._levers.slow or self._waiting:
            at_s = self._monotonic_s() + (SLOW_S if self._levers.slow else 0.0)
            self._waiting.append((max([at_s, *(waiting_s for waiting_s, _ in self._waiting)]), data))
        else:
            self._send(data)

    def _is_off(self) -> bool:
        return self._levers.dead or self._levers.unplug or self._monotonic_s() < self._off_until_s

    def _is_asking(self) -> bool:
        return self._asked_until_s is not None and self._monotonic_s() < self._asked_until_s

    @abstractmethod
    def _receive(self, timeout_s: float) -> bytes:
        """Return what came within `timeout_s`, else nothing; the lock is not held."""

    @abstractmethod
    def _hear(self, data: bytes) -> None:
        """Obey what `data` completes."""

    @abstractmethod
    def _time_over(self) -> None:
        """Say, if its kind does, that nobody answered the question."""

    @abstractmethod
    def _give(self, key: PadKey) -> None:
        """Say a key, or hold it until it is asked for."""

    @abstractmethod
    def _send(self, data: bytes) -> None:
        """Put bytes on the wire."""

    @abstractmethod
    def _forget(self) -> None:
        """Lose what it was told, for the power is gone."""
