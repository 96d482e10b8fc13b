"""A PJ06 pad on a pty: five keys, a prompt, lights, and levers for faults."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Lock, Thread

from msgspec import Struct

from devices.rating_pad.frames import Ask, Frame, FrameDecoder, SetLevels, SetTimeout, Welcome
from devices.sim.pty_port import PtyPort

_TICK_S = 0.02
_HISTORY_MAX = 100


class PadFace(Struct, frozen=True):
    """What a person in front of the pad sees, and how its levers stand."""

    is_asking: bool
    levels: int
    timeout_s: int
    greetings: int
    prompts: int
    last_key: int | None
    dead: bool
    unplug: bool


class SimulatedPad:
    """A pad behind `port`. It sends a key whenever one is pressed, asked or not: so does the real one."""

    def __init__(self, port: PtyPort, monotonic_s: Callable[[], float]) -> None:
        self._port = port
        self._monotonic_s = monotonic_s
        self._decoder = FrameDecoder()
        self._lock = Lock()
        self._stop = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._levels, self._timeout_s = 5, 60
        self._greetings = self._prompts = 0
        self._asked_until_s: float | None = None
        self._last_key: int | None = None
        self._is_dead = False
        self._frames: list[Frame] = []

    def start(self) -> None:
        """Plug in and switch on."""
        self._port.plug()
        self._thread.start()

    def close(self) -> None:
        """Switch off and unplug."""
        self._stop.set()
        self._thread.join(5)
        self._port.unplug()

    def face(self) -> PadFace:
        """Return how the pad looks now."""
        with self._lock:
            return PadFace(
                self._is_asking(),
                self._levels,
                self._timeout_s,
                self._greetings,
                self._prompts,
                self._last_key,
                self._is_dead,
                not self._port.is_plugged,
            )

    def frames(self) -> list[Frame]:
        """Return the last frames that arrived, oldest first."""
        with self._lock:
            return list(self._frames)

    def press(self, key: int) -> None:
        """Press a key, 1 to 9."""
        with self._lock:
            if self._is_dead:
                return
            self._last_key = key
            self._asked_until_s = None
            self._port.write(bytes((key,)))

    def replay(self) -> None:
        """Send the last key once more, as a pad with a bouncing contact or a stuck buffer does."""
        with self._lock:
            if self._last_key is not None and not self._is_dead:
                self._port.write(bytes((self._last_key,)))

    def noise(self, data: bytes) -> None:
        """Put bytes on the wire that no key sent."""
        self._port.write(data)

    def pull(self, *, dead: bool | None = None, unplug: bool | None = None) -> None:
        """Set the levers that are given."""
        with self._lock:
            if dead is not None:
                self._is_dead = dead
                self._asked_until_s = None
        if unplug is True:
            self._port.unplug()
            with self._lock:
                self._asked_until_s = None
        elif unplug is False:
            self._port.plug()

    def _run(self) -> None:
        while not self._stop.is_set():
            data = self._port.read(64, _TICK_S)
            with self._lock:
                for frame in self._decoder.feed(data) if data else ():
                    if not self._is_dead:
                        self._obey(frame)

    def _obey(self, frame: Frame) -> None:
        self._frames = [*self._frames, frame][-_HISTORY_MAX:]
        match frame:
            case Welcome():
                self._greetings += 1
            case Ask():
                self._prompts += 1
                self._asked_until_s = self._monotonic_s() + self._timeout_s
            case SetTimeout(seconds):
                self._timeout_s = seconds
            case SetLevels(count):
                self._levels = count

    def _is_asking(self) -> bool:
        return self._asked_until_s is not None and self._monotonic_s() < self._asked_until_s
