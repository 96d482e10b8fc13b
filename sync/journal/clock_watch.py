"""Notices that the wall clock was moved, by the clock that nobody can move: that of the machine's start."""

from __future__ import annotations

from msgspec import Struct

from sync.record import Stamp

THRESHOLD_MS = 60_000
"""Less than this is a clock being put right by the network, or drifting."""


class ClockWatch(Struct, frozen=True):
    """What the two clocks showed before.

    Attributes:
        last: stamp of the newest record, None before the first.
        offset_ms: wall minus boot time as it was when this start of the machine, or the time since the last move,
            began. Kept from then on, so that many small moves are noticed like a large one.
        threshold_ms: smallest move that is told.
    """

    last: Stamp | None = None
    offset_ms: int = 0
    threshold_ms: int = THRESHOLD_MS

    @classmethod
    def since(cls, last: Stamp | None, threshold_ms: int = THRESHOLD_MS) -> ClockWatch:
        """Watch from the newest record on."""
        return cls(last, 0 if last is None else last.wall_ms - last.boot_ms, threshold_ms)

    def moved_by_ms(self, now: Stamp) -> int:
        """Return by how much the wall clock has moved, 0 for less than the threshold; negative: set back.

        While the machine is off only a move back can be seen: this start cannot have begun before the last record.
        """
        if self.last is None:
            return 0
        offset_ms = now.wall_ms - now.boot_ms
        by_ms = offset_ms - self.offset_ms if self._same_start(now) else min(0, offset_ms - self.last.wall_ms)
        return by_ms if abs(by_ms) >= self.threshold_ms else 0

    def after(self, now: Stamp) -> ClockWatch:
        """Return the watch once a record with this stamp is written."""
        keeps = self._same_start(now) and not self.moved_by_ms(now)
        return ClockWatch(now, self.offset_ms if keeps else now.wall_ms - now.boot_ms, self.threshold_ms)

    def _same_start(self, now: Stamp) -> bool:
        return self.last is not None and self.last.boot_id == now.boot_id
