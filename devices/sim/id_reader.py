"""A reader of identity cards on a pty: a SAM_V module, a place to lay a card, and levers for faults."""

from __future__ import annotations

import random
from collections.abc import Callable
from threading import Event, Lock, Thread

from msgspec import Struct
from msgspec.structs import asdict

from devices.sim.cards import CARDS
from devices.sim.pty_port import PtyPort
from devices.sim.sam_v import ReaderLevers, Said, SamV

_TICK_S = 0.02
_PIECE = 64
BROWN_OUT_S = 0.3


class ReaderFace(Struct, frozen=True):
    """What a person in front of the reader sees, and how its levers stand.

    `card` is the name of the card that lies there, "" for none; `reads` how often one was read.
    """

    card: str
    reads: int
    unplug: bool
    levers: ReaderLevers


class SimulatedIdReader:
    """A reader behind `port` that speaks and hears at `baud` only, and no faster."""

    def __init__(
        self, port: PtyPort, rng: random.Random, monotonic_s: Callable[[], float], baud: int = 115_200
    ) -> None:
        """`rng` decides where faults strike."""
        self._port = port
        self._monotonic_s = monotonic_s
        self._baud = baud
        self._sam = SamV(rng)
        self._lock = Lock()
        self._stop = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._card = ""
        self._power_cuts = 0

    def start(self) -> None:
        """Plug in and switch on."""
        self._port.plug()
        self._thread.start()

    def close(self) -> None:
        """Switch off and unplug."""
        self._stop.set()
        self._thread.join(5)
        self._port.unplug()

    def face(self) -> ReaderFace:
        """Return how the reader looks now."""
        with self._lock:
            card = self._card if self._sam.card is not None else ""
            return ReaderFace(card, len(self._sam.reads), not self._port.is_plugged, self._sam.levers)

    def lay(self, name: str) -> None:
        """Lay a card down. Raises `KeyError` for one that there is not."""
        with self._lock:
            self._sam.lay(CARDS[name])
            self._card = name

    def take_away(self) -> None:
        """Take the card away."""
        with self._lock:
            self._sam.take_away()

    def brown_out(self) -> None:
        """Lose power for a moment, in the middle of whatever is being said."""
        with self._lock:
            self._sam.reset()
            self._power_cuts += 1

    def pull(self, *, unplug: bool | None = None, **levers: bool) -> None:
        """Set the levers that are given; the others are those of `ReaderLevers`."""
        with self._lock:
            self._sam.pull(**levers)
            if unplug:
                self._sam.reset()
        if unplug is True:
            self._port.unplug()
        elif unplug is False:
            self._port.plug()

    def _run(self) -> None:
        while not self._stop.is_set():
            data = self._port.read(256, _TICK_S)
            if not data or self._port.baud() != self._baud:
                continue
            with self._lock:
                answers, power_cuts = self._sam.hear(data), self._power_cuts
            for said in answers:
                self._say(said, power_cuts)
            if power_cuts != self._power_cuts:
                self._stop.wait(BROWN_OUT_S)

    def _say(self, said: Said, power_cuts: int) -> None:
        """Say it at the speed of the line, until the power goes."""
        self._stop.wait(said.after_s)
        begun_s = self._monotonic_s()
        for at in range(0, len(said.data), _PIECE):
            piece = said.data[at : at + _PIECE]
            # 8N1: ten bits a byte.
            self._stop.wait(max(0.0, begun_s + (at + len(piece)) * 10 / self._baud - self._monotonic_s()))
            if power_cuts != self._power_cuts:
                return
            self._port.write(piece)


def levers_of(face: ReaderFace) -> dict[str, bool]:
    """Return how every lever stands, by name."""
    return {"unplug": face.unplug} | asdict(face.levers)
