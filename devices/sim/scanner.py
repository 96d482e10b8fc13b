"""A scanner on a pty: sends what is held before it at its own speed, and can fail as real ones do."""

from __future__ import annotations

import random
from collections import deque
from threading import Event, Lock, Thread

from msgspec import Struct
from msgspec.structs import replace

from devices.code_scanner.model import ScannerModel
from devices.sim.pty_port import PtyPort

WAITING_MAX = 20
REPEAT_S = 0.3
OFF_S = 0.6
_SLOWNESS = 10
_TICK_S = 0.02
_QR = b"]Q1"


class ScannerLevers(Struct, frozen=True):
    """What is wrong with the scanner.

    Attributes:
        dead: it sends nothing.
        slow: ten times slower than its line.
        garbage: it sends noise without end.
        half_code: it stops in the middle of a code.
        no_suffix: it sends none.
        double_suffix: it sends two.
        repeats: it reads what lies before it again and again.
        unplug_in_the_middle: at the next code its plug is pulled.
        brown_out: at the next code it loses power for a moment, and what it had to send.
        unplug: it is not plugged in.
    """

    dead: bool = False
    slow: bool = False
    garbage: bool = False
    half_code: bool = False
    no_suffix: bool = False
    double_suffix: bool = False
    repeats: bool = False
    unplug_in_the_middle: bool = False
    brown_out: bool = False
    unplug: bool = False


class SimulatedScanner:
    """A scanner that is set up as `model` says, behind `port`."""

    def __init__(self, model: ScannerModel, port: PtyPort, seed: int = 1) -> None:
        """`seed` is where what is random begins."""
        self._model = model
        self._port = port
        self._chance = random.Random(seed)  # noqa: S311 - faults, no secrets
        self._lock = Lock()
        self._levers = ScannerLevers()
        self._waiting: deque[str] = deque(maxlen=WAITING_MAX)
        self._last = ""
        self._sent = 0
        self._rung = Event()
        self._stop = Event()
        self._thread = Thread(target=self._run, daemon=True)

    @property
    def levers(self) -> ScannerLevers:
        """The levers as they stand."""
        return self._levers

    @property
    def sent(self) -> int:
        """How many codes have left it, whole or not."""
        return self._sent

    def start(self) -> None:
        """Plug in and switch on."""
        self._port.plug()
        self._thread.start()

    def close(self) -> None:
        """Switch off and unplug."""
        self._stop.set()
        self._rung.set()
        self._thread.join(5)
        self._port.unplug()

    def scan(self, text: str) -> None:
        """Hold a code before it."""
        with self._lock:
            self._waiting.append(text)
        self._rung.set()

    def pull(self, **levers: bool) -> None:
        """Set levers by the names of `ScannerLevers`. Raises `TypeError` for an unknown one."""
        with self._lock:
            self._levers = replace(self._levers, **levers)
            if self._levers.unplug:
                self._port.unplug()
            else:
                self._port.plug()
        self._rung.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._rung.wait(_TICK_S if self._levers.garbage else REPEAT_S)
            self._rung.clear()
            if self._levers.garbage and not self._levers.dead:
                self._port.write(self._chance.randbytes(round(self._model.baud / 10 * _TICK_S)))
            for text in self._before_it():
                self._send(text)
                self._sent += 1

    def _before_it(self) -> list[str]:
        """Take what waits; if that is nothing, what it reads again and again."""
        with self._lock:
            texts = list(self._waiting)
            self._waiting.clear()
            self._last = texts[-1] if texts else self._last
            again = self._levers.repeats and self._last
            return texts or ([self._last] if again else [])

    def _send(self, text: str) -> None:
        levers = self._levers
        data = self._wire_bytes(text, levers)
        middle = len(data) // 2
        if levers.half_code:
            data = data[:middle]
        breaks_off = levers.unplug_in_the_middle or levers.brown_out
        self._trickle(data[:middle] if breaks_off else data)
        if not breaks_off:
            return
        with self._lock:
            self._levers = replace(self._levers, unplug_in_the_middle=False, brown_out=False)
            self._port.unplug()
            if levers.unplug_in_the_middle:
                self._levers = replace(self._levers, unplug=True)
                return
        self._stop.wait(OFF_S)
        with self._lock:
            if not self._levers.unplug:
                self._port.plug()

    def _wire_bytes(self, text: str, levers: ScannerLevers) -> bytes:
        framing = self._model.framing
        code = text.encode(framing.coding.value, "replace")
        suffix = framing.suffix.octets * (0 if levers.no_suffix else 2 if levers.double_suffix else 1)
        return framing.prefix + (_QR if framing.aim else b"") + code + suffix

    def _trickle(self, data: bytes) -> None:
        """Send at the line's speed."""
        if self._levers.dead:
            return
        byte_s = 10 / self._model.baud * (_SLOWNESS if self._levers.slow else 1)
        step = max(1, int(_TICK_S / byte_s))
        for at in range(0, len(data), step):
            piece = data[at : at + step]
            self._port.write(piece)
            if self._stop.wait(len(piece) * byte_s):
                return
