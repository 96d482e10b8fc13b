"""How much of an attachment goes in one request, by what the line has carried so far. Pure.

Whatever arrives before a line dies counts, so a request may be long on a good line. On one that dies often a short one
loses less: what was written and has not arrived yet, at most one slice of it inside a TLS record that was not whole.
"""

from __future__ import annotations

PIECE_BYTES_MAX = 256 * 1024
PIECE_BYTES_MIN = 4 * 1024
SLICE_BYTES_MAX = 4 * 1024
"""Written at once: as much as a segment of records, so that a record written meanwhile waits for no more than that."""
SLICE_BYTES_MIN = 512


class Pace:
    """Halves with every line that broke, doubles with every request that was answered."""

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

    def broke(self) -> None:
        """The line died in the middle of a request."""
        if self.piece_bytes > PIECE_BYTES_MIN:
            self._halvings += 1

    def answered(self) -> None:
        """A request was answered."""
        self._halvings = max(0, self._halvings - 1)
