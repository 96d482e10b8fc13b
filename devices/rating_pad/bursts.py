"""Bytes from a pad, grouped by the silence around them. Pure.

A key comes alone; what comes in company is either the bytes of one key or no key at all.
"""

from __future__ import annotations

from msgspec import Struct

BURST_MAX = 64
"""Bytes; a line that never falls silent is told in pieces of this size, so that nothing grows and nothing waits."""


class Burst(Struct, frozen=True):
    """Bytes that arrived without a pause between them; `at_ms` is the first one's time.

    `torn`: more of the same came right before it, so it is no key even if it looks like one.
    """

    data: bytes
    at_ms: int
    torn: bool = False


class BurstDecoder:
    """Bytes with their times become bursts.

    However the bytes are cut into reads, the bursts are the same as long as the times are.
    """

    def __init__(self, quiet_ms: int) -> None:
        self._quiet_ms = quiet_ms
        self._data = b""
        self._first_ms = 0
        self._last_ms = 0
        self._torn = False

    def feed(self, data: bytes, at_ms: int) -> list[Burst]:
        """Take bytes that arrived at `at_ms`; return the bursts that ended before or with them."""
        ended = self.due(at_ms)
        if not data:
            return ended
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
        if not self._data or now_ms < self._last_ms + self._quiet_ms:
            return []
        burst = Burst(self._data, self._first_ms, self._torn)
        self._data, self._torn = b"", False
        return [burst]

    def flush(self) -> bytes:
        """Return and forget the bytes of the burst in progress."""
        data, self._data, self._torn = self._data, b"", False
        return data

    def due_at_ms(self) -> int | None:
        """Return when the burst in progress will be over if nothing more arrives."""
        return self._last_ms + self._quiet_ms if self._data else None
