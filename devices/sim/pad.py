"""A pad on a pty: keys, a prompt, lights, and levers for faults."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random
from threading import Event, Lock, Thread

from msgspec.structs import asdict, replace

from devices.rating_pad.frames import SetLevels, SetTimeout, Welcome
from devices.rating_pad.model import PadModel, read_pad_model
from devices.sim.bad_wire import BITS_A_BYTE
from devices.sim.pad_face import POWER_OFF_S, SLOW_S, STUCK_S, TIMEOUT_S, PadFace, PadLevers
from devices.sim.pad_firmware import Said, Told, decoder_of, is_opening, is_prompt
from devices.sim.pty_port import PtyPort

_TICK_S = 0.02
_HISTORY_MAX = 100
_LEVELS = 5


class SimulatedPad:
    """A pad behind `port`. It sends a key whenever one is pressed, asked or not: so does the real one.

    What it sends takes as long as the model's speed wants.
    """

    def __init__(
        self, port: PtyPort, monotonic_s: Callable[[], float], model: PadModel | None = None, seed: int = 0
    ) -> None:
        """Make a pad of `model`, a PJ06 if it is None; `seed` for what its faults draw."""
        self.model = model if model is not None else read_pad_model("pj06")
        self._port = port
        self._monotonic_s = monotonic_s
        self._rng = Random(seed)  # noqa: S311 - draws faults, not secrets
        self._lock = Lock()
        self._stop = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._levers = PadLevers()
        self._waiting: list[tuple[float, bytes]] = []
        self._greetings = self._prompts = self._thanks = 0
        self._last_key: int | None = None
        self._told: list[Told] = []
        self._off_until_s = self._stuck_s = 0.0
        self._asked_until_s: float | None = None
        self._forget()

    def start(self) -> None:
        """Plug in and switch on."""
        self._port.plug()
        self._thread.start()

    def close(self) -> None:
        """Switch off and unplug."""
        self._stop.set()
        self._thread.join(5)
        self._port.unplug()

    @property
    def levers(self) -> PadLevers:
        """How its levers stand."""
        with self._lock:
            return replace(self._levers, unplug=not self._port.is_plugged)

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
                self._last_key,
            )

    def told(self) -> list[Told]:
        """Return what it was told last, oldest first."""
        with self._lock:
            return list(self._told)

    def press(self, key: int) -> None:
        """Press the key of a number. Raises `ValueError` if it has none of it."""
        sent = self._sent_by(key)
        with self._lock:
            if self._is_off():
                return
            self._last_key = key
            self._asked_until_s = None
            self._say(sent)

    def replay(self) -> None:
        """Send the last key once more, as a pad with a bouncing contact or a stuck buffer does."""
        with self._lock:
            if self._last_key is not None and not self._is_off():
                self._say(self._sent_by(self._last_key))

    def noise(self, data: bytes) -> None:
        """Put bytes on the wire that no key sent."""
        self._send(data)

    def brown_out(self) -> None:
        """Take its power away for a moment: it comes back with its defaults, and greets if its kind does."""
        with self._lock:
            self._forget()
            self._waiting = []
            self._off_until_s = self._monotonic_s() + POWER_OFF_S
            if self.model.wire is not None:
                self._waiting.append((self._off_until_s, self.model.wire.greeting))

    def pull(self, **levers: bool | None) -> None:
        """Set the levers that are given (`PadLevers`). Raises `TypeError` for one that there is not."""
        given = {name: value for name, value in levers.items() if value is not None}
        with self._lock:
            self._levers = PadLevers(**(asdict(self._levers) | given))
            if given.get("dead") or given.get("unplug"):
                self._asked_until_s = None
        if given.get("unplug") is True:
            self._port.unplug()
        elif given.get("unplug") is False:
            self._port.plug()

    def _forget(self) -> None:
        self._decoder = decoder_of(self.model)
        self._levels, self._timeout_s = _LEVELS, TIMEOUT_S
        self._asked_until_s = None

    def _run(self) -> None:
        while not self._stop.is_set():
            data = self._port.read(64, _TICK_S)
            with self._lock:
                now_s = self._monotonic_s()
                if data and not self._is_off():
                    for told in self._decoder.feed(data):
                        self._obey(told)
                self._pass_time(now_s)
                due = [said for at_s, said in self._waiting if at_s <= now_s]
                self._waiting = [each for each in self._waiting if each[0] > now_s]
            for said in due:
                self._send(said)

    def _pass_time(self, now_s: float) -> None:
        if self._asked_until_s is not None and now_s >= self._asked_until_s:
            self._asked_until_s = None
            if self.model.wire is not None:
                self._say(self.model.wire.timeout)
        if self._levers.stuck_key and not self._is_off() and now_s >= self._stuck_s + STUCK_S:
            self._stuck_s = now_s
            self._say(self._sent_by(self.model.keys[0].number if self._last_key is None else self._last_key))

    def _obey(self, told: Told) -> None:
        self._told = [*self._told, told][-_HISTORY_MAX:]
        match told:
            case Welcome():
                self._greetings += 1
            case SetTimeout(seconds):
                self._timeout_s = seconds
            case SetLevels(count):
                self._levels = count
            case Said.THANKS:
                self._thanks += 1
            case Said.CLOSING:
                self._asked_until_s = None
        if is_prompt(told):
            self._prompts += 1
            self._asked_until_s = self._monotonic_s() + self._timeout_s
        if self.model.wire is not None and (is_prompt(told) or is_opening(told)):
            self._say(self.model.wire.acknowledgement)

    def _sent_by(self, number: int) -> bytes:
        for key in self.model.keys:
            if key.number == number:
                return key.sends
        raise ValueError(f"{self.model.name} has no key {number}")

    def _say(self, data: bytes) -> None:
        if not data:
            return
        if self._levers.garbage:
            data = self._rng.randbytes(3) + data + self._rng.randbytes(3)
        if self._levers.slow:
            self._waiting.append((self._monotonic_s() + SLOW_S, data))
        else:
            self._send(data)

    def _send(self, data: bytes) -> None:
        time.sleep(len(data) * BITS_A_BYTE / self.model.baud)
        self._port.write(data)

    def _is_off(self) -> bool:
        return self._levers.dead or self._monotonic_s() < self._off_until_s

    def _is_asking(self) -> bool:
        return self._asked_until_s is not None and self._monotonic_s() < self._asked_until_s
