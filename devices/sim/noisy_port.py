"""A plug with a bad line behind it: whatever a simulated device says and hears can be spoilt, and it knows nothing."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from devices.sim import bad_wire
from devices.sim.pty_port import PtyPort

LATENCY_MS_MAX = 5_000


class LineLevers(Struct, frozen=True):
    """What is wrong with a line, in both directions.

    Attributes:
        flip_bits: one bit of every byte is turned.
        drop_bytes: about every third byte is lost.
        half_frames: of what is said at once only the first half arrives.
        wrong_baud: the device is set to half the program's speed.
        latency_ms: what the program says comes so much later, as with a converter in the network.
    """

    flip_bits: bool = False
    drop_bytes: bool = False
    half_frames: bool = False
    wrong_baud: bool = False
    latency_ms: int = 0


class NoisyLine(Protocol):
    """A line of a simulated device, with levers."""

    levers: LineLevers

    def pull(self, **levers: bool | int) -> None:
        """Set levers by the names of `LineLevers`."""


class NoisyPort(PtyPort):
    """A `PtyPort` with levers; the same `seed` spoils the same bytes."""

    def __init__(self, path: Path, seed: int = 0) -> None:
        super().__init__(path)
        self._rng = Random(seed)  # noqa: S311 - draws faults, not secrets
        self.levers = LineLevers()

    def pull(self, **levers: bool | int) -> None:
        """Set levers by the names of `LineLevers`."""
        self.levers = replace(self.levers, **levers)

    def read(self, limit: int, timeout_s: float) -> bytes:
        """See `PtyPort`: what arrives at the device."""
        data = super().read(limit, timeout_s)
        if data and self.levers.latency_ms:
            time.sleep(self.levers.latency_ms / 1000)
        baud = self.baud()
        return self._spoilt(data, sent_baud=baud, heard_baud=baud // 2) if data else data

    def write(self, data: bytes) -> None:
        """See `PtyPort`: what leaves the device."""
        baud = self.baud()
        super().write(self._spoilt(data, sent_baud=baud // 2, heard_baud=baud))

    def _spoilt(self, data: bytes, *, sent_baud: int, heard_baud: int) -> bytes:
        if self.levers.wrong_baud:
            data = bad_wire.heard_at(data, sent_baud, heard_baud)
        return spoilt(data, self.levers, self._rng)


def spoilt(data: bytes, levers: LineLevers, rng: Random) -> bytes:
    """Return what is left of `data` on a line, but for its speed."""
    if levers.flip_bits:
        data = bad_wire.flip_bits(data, rng)
    if levers.drop_bytes:
        data = bad_wire.drop_bytes(data, rng)
    return bad_wire.half(data) if levers.half_frames else data
