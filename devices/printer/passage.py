"""A slip on its way: the bytes for the line, with the places where a printer may be asked something."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from msgspec import Struct

from devices.printer.status import END_MARKER

MARK_EVERY_BYTES = 16
"""So much lies between two end markers, about a line: what a printer forgets, by a dip of its power, is noticed."""


class Passage(Struct, frozen=True):
    """All bytes of a slip; `ends` are the offsets at which a command is complete, `marks` those behind end markers."""

    data: bytes
    ends: tuple[int, ...]
    marks: tuple[int, ...]

    def markers_before(self, offset: int) -> int:
        """Return how many end markers lie wholly before `offset`."""
        return bisect_right(self.marks, offset)

    def is_between_commands(self, offset: int) -> bool:
        """Return whether no command is open at `offset`."""
        at = bisect_left(self.ends, offset)
        return offset == 0 or (at < len(self.ends) and self.ends[at] == offset)

    def chunk(self, offset: int, limit: int, *, to_end: bool) -> bytes:
        """Return the next bytes from `offset`, `limit` at most; with `to_end` not beyond the command's end."""
        stop = offset + limit
        if to_end:
            at = bisect_right(self.ends, offset)
            stop = min(stop, self.ends[at] if at < len(self.ends) else stop)
        return self.data[offset:stop]


def passage_of(pieces: Sequence[bytes], *, with_markers: bool) -> Passage:
    """Return the passage of `pieces`, each whole commands, with end markers in it if the printer answers them."""
    data = bytearray()
    ends: list[int] = []
    marks: list[int] = [0]
    for at, piece in enumerate(pieces):
        data += piece
        is_last = at == len(pieces) - 1
        if with_markers and (is_last or len(data) - marks[-1] >= MARK_EVERY_BYTES):
            data += END_MARKER
            marks.append(len(data))
        ends.append(len(data))
    return Passage(bytes(data), tuple(ends), tuple(marks[1:]))
