"""How much of an attachment goes in one request, by what the line has carried so far. Pure.

Whatever arrives before a line dies counts, so a request may be long, also on a line that dies often: what is lost is
what was under way, with at most one slice inside a TLS record that was not whole. Requests get shorter only when next
to nothing of them arrives: where a line carries hardly more than its handshake, or somebody between holds requests
back until they are whole.
"""

from __future__ import annotations

PIECE_BYTES_MAX = 256 * 1024
PIECE_BYTES_MIN = 4 * 1024
SLICE_BYTES_MAX = 1_400
"""Written at once: one packet, what TLS and HTTP put around it included. One slice may be with the kernel when a record
is written, and one on its way there, so the record waits for less than a segment."""
SLICE_BYTES_MIN = 512
_SLICES_ENOUGH = 3


class Pace:
    """Halves with every line that broke before a few slices had arrived, doubles with every answer."""

    def __init__(self) -> None:
        self._halvings = 0

    @property
    def piece_bytes(self) -> int:
        """How many bytes go in one request."""
        return max(PIECE_BYTES_MIN, PIECE_BYTES_MAX >> self._halvings)

    @property
    def slice_bytes(self) -> int:
        """How many bytes are written at once."""
        return max(SLICE_BYTES_MIN, min(SLICE_BYTES_MAX, self.piece_bytes // 8))

    def broke(self, arrived_bytes: int) -> None:
        """The line died in the middle of a request of which so many bytes had arrived."""
        if arrived_bytes < _SLICES_ENOUGH * self.slice_bytes and self.piece_bytes > PIECE_BYTES_MIN:
            self._halvings += 1

    def answered(self) -> None:
        """A request was answered."""
        self._halvings = max(0, self._halvings - 1)
