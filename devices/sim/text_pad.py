"""A pad of texts on the network of this computer: keys, staff, a heartbeat, and levers for faults."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from threading import Event, Lock, Thread

from msgspec.structs import asdict

from devices.rating_pad.model import PadModel
from devices.rating_pad.text_frames import TextDecoder
from devices.rating_pad.wires import KEY_PLACE, STAFF_PLACE, TextWire, Transport
from devices.sim.net_port import DatagramPort, NoisyNetPort, StreamPort
from devices.sim.pad_face import POWER_OFF_S, SLOW_S, STUCK_S, TIMEOUT_S, PadFace, PadLevers
from devices.sim.pty_port import PlaceTaken

_TICK_S = 0.02
_HISTORY_MAX = 100


class SimulatedTextPad:
    """A pad of `model`, whose protocol must be texts, on the loopback address; `port` has the line's levers."""

    def __init__(self, model: PadModel, monotonic_s: Callable[[], float], seed: int = 0, port: int = 0) -> None:
        """Bind, to a free port for 0; nothing is answered before `start`.

        Raises `PlaceTaken`, and `ValueError` for a model of another protocol.
        """
        if model.text is None:
            raise ValueError(f"{model.name} is no pad of texts")
        self.model = model
        self._wire: TextWire = model.text
        is_udp = self._wire.transport is Transport.UDP
        try:
            self.port = NoisyNetPort(DatagramPort(port) if is_udp else StreamPort(port), seed)
        except OSError as error:
            raise PlaceTaken(f"cannot listen at {self._wire.transport.value} port {port}: {error.strerror}") from error
        self._monotonic_s = monotonic_s
        self._rng = Random(seed)  # noqa: S311 - draws faults, not secrets
        self._lock = Lock()
        self._stop = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._levers = PadLevers()
        self._waiting: list[tuple[float, bytes]] = []
        self._prompts = self._thanks = 0
        self._last_key: int | None = None
        self._told: list[str] = []
        self._off_until_s = self._stuck_s = 0.0
        self._asked_until_s: float | None = None
        self._forget()

    @property
    def address(self) -> str:
        """Where it is, as a terminal's configuration names it."""
        return f"{self._wire.transport.value}:{self.port.host}:{self.port.port}"

    def start(self) -> None:
        """Switch on."""
        self._thread.start()

    def close(self) -> None:
        """Switch off."""
        self._stop.set()
        self._thread.join(5)
        self.port.close()

    @property
    def levers(self) -> PadLevers:
        """How its levers stand."""
        with self._lock:
            return self._levers

    def face(self) -> PadFace:
        """Return how the pad looks now."""
        with self._lock:
            asking = self._asked_until_s is not None and self._monotonic_s() < self._asked_until_s
            levels = len(self.model.keys)
            return PadFace(asking, levels, TIMEOUT_S, 0, self._prompts, self._thanks, self._last_key, self._staff)

    def told(self) -> list[str]:
        """Return the texts that it was told last, oldest first, heartbeats and polls left out."""
        with self._lock:
            return list(self._told)

    def press(self, key: int) -> None:
        """Press the key of a number. Raises `ValueError` if it has none of it."""
        self._result(key)
        with self._lock:
            if self._is_off():
                return
            self._last_key, self._asked_until_s = key, None
            self._give(key)

    def replay(self) -> None:
        """Give the last result once more."""
        with self._lock:
            if self._last_key is not None and not self._is_off():
                self._give(self._last_key)

    def noise(self, data: bytes) -> None:
        """Send bytes that are no text of its kind."""
        self.port.send(data)

    def brown_out(self) -> None:
        """Take its power away for a moment: it comes back and knows neither staff nor question."""
        with self._lock:
            self._forget()
            self._waiting = []
            self._off_until_s = self._monotonic_s() + POWER_OFF_S
            self.port.hang_up()

    def pull(self, **levers: bool | None) -> None:
        """Set the levers that are given (`PadLevers`). Raises `TypeError` for one that there is not."""
        given = {name: value for name, value in levers.items() if value is not None}
        with self._lock:
            self._levers = PadLevers(**(asdict(self._levers) | given))
            if given.get("unplug") or given.get("dead"):
                self._asked_until_s = None
                self.port.hang_up()

    def _forget(self) -> None:
        self._decoder = TextDecoder(self._wire.ends_with)
        self._staff = ""
        self._result_held = ""
        self._asked_until_s = None

    def _run(self) -> None:
        while not self._stop.is_set():
            data = self.port.receive(_TICK_S)
            with self._lock:
                now_s = self._monotonic_s()
                if data and not self._is_off():
                    for text in self._decoder.feed(data):
                        self._obey(text.decode("ascii", "replace"))
                if self._levers.stuck_key and not self._is_off() and now_s >= self._stuck_s + STUCK_S:
                    self._stuck_s = now_s
                    self._give(self.model.keys[0].number if self._last_key is None else self._last_key)
                due = [said for at_s, said in self._waiting if at_s <= now_s]
                self._waiting = [each for each in self._waiting if each[0] > now_s]
                for said in due:
                    self.port.send(said)

    def _obey(self, text: str) -> None:
        wire = self._wire
        if text == wire.heartbeat:
            if not self._levers.heartbeat_lost:
                self._say(wire.heartbeat_answer)
            return
        if text == wire.poll:
            self._say(self._result_held or wire.unrated)
            self._result_held = ""
            return
        self._told = [*self._told, text][-_HISTORY_MAX:]
        before, _, after = wire.login.partition(STAFF_PLACE)
        if wire.login and text.startswith(before) and text.endswith(after):
            self._staff = text[len(before) : len(text) - len(after)]
            self._say(wire.login_answer)
        elif text == wire.logout:
            self._staff = ""
            self._say(wire.logout_answer)
        elif text == wire.prompt:
            self._prompts += 1
            self._asked_until_s = self._monotonic_s() + TIMEOUT_S
            self._say(wire.prompt_answer)
        elif text in (wire.thanks, wire.closing):
            self._thanks += text == wire.thanks
            self._asked_until_s = None

    def _give(self, key: int) -> None:
        """Hold the result for the next poll, or send it where nobody polls."""
        if self._wire.poll:
            self._result_held = self._result(key)
        else:
            self._say(self._result(key))

    def _result(self, number: int) -> str:
        for key in self.model.keys:
            if key.number == number:
                return self._wire.result.replace(KEY_PLACE, key.sends.decode())
        raise ValueError(f"{self.model.name} has no key {number}")

    def _say(self, text: str) -> None:
        if not text:
            return
        if self._levers.garbage:
            self.port.send(self._rng.randbytes(3))
        data = (text + self._wire.ends_with).encode()
        if self._levers.slow:
            self._waiting.append((self._monotonic_s() + SLOW_S, data))
        else:
            self.port.send(data)

    def _is_off(self) -> bool:
        return self._levers.dead or self._levers.unplug or self._monotonic_s() < self._off_until_s
