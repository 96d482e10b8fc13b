"""Bytes from a pad, grouped by the silence around them. Pure.

A key comes alone; what comes in company is either the bytes of one key or no key at all.

Silence is what somebody has listened to. A program that was held up for a moment finds what came meanwhile in one
read and cannot tell when it came: a part of noise, read late, would look like a key that came alone.
"""

from __future__ import annotations

from msgspec import Struct

BURST_MAX = 64
"""Bytes; a line that never falls silent is told in pieces of this size, so that nothing grows and nothing waits."""


class Burst(Struct, frozen=True):
    """Bytes that arrived without a pause between them; `at_ms` is the first one's time.

    `torn`: more of the same came right before it, or a part of it was read late, so it is no key even if it looks
    like one.
    """

    data: bytes
    at_ms: int
    torn: bool = False


class BurstDecoder:
    """Bytes with their times become bursts.

    However the bytes are cut into reads, the bursts are the same as long as the times are, and silence is listened to
    (`due_at_ms`).
    """

    def __init__(self, quiet_ms: int) -> None:
        self._quiet_ms = quiet_ms
        self._data = b""
        self._first_ms = 0
        self._last_ms = 0
        self._torn = False

    def feed(self, data: bytes, at_ms: int) -> list[Burst]:
        """Take bytes that were read at `at_ms`, or silence; return the bursts that ended before or with them."""
        if not data:
            return self.due(at_ms)
        ended: list[Burst] = []
        self._torn |= self._is_over(at_ms)
        if not self._data:
            self._first_ms = at_ms
        self._data += data
        self._last_ms = at_ms
        while len(self._data) > BURST_MAX:
            ended.append(Burst(self._data[:BURST_MAX], self._first_ms, self._torn))
            self._data, self._first_ms, self._torn = self._data[BURST_MAX:], at_ms, True
        return ended

    def due(self, now_ms: int) -> list[Burst]:
        """Return the burst after which the line has been quiet long enough, if any."""
        if not self._is_over(now_ms):
            return []
        burst = Burst(self._data, self._first_ms, self._torn)
        self._data, self._torn = b"", False
        return [burst]

    def _is_over(self, now_ms: int) -> bool:
        return bool(self._data) and now_ms >= self._last_ms + self._quiet_ms

    def flush(self) -> bytes:
        """Return and forget the bytes of the burst in progress."""
        data, self._data, self._torn = self._data, b"", False
        return data

    def due_at_ms(self) -> int | None:
        """Return when the burst in progress will be over if nothing more arrives."""
        return self._last_ms + self._quiet_ms if self._data else None
