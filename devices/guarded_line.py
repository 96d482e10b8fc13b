"""A line whose every use is noted, so that a driver that stands still is told from one that waits."""

from __future__ import annotations

from devices.guard import Guard
from devices.line import Line
from devices.printer_lines import CONNECT_TIMEOUT_S


class GuardedLine:
    """`Line` of a driver; see there."""

    def __init__(self, line: Line, guard: Guard) -> None:
        self._line = line
        self._guard = guard
        self.byte_s = line.byte_s
        self.look_s = line.look_s

    def take(self) -> None:
        """See `Line`."""
        self._guard.moves(CONNECT_TIMEOUT_S)
        self._line.take()
        self._guard.moves()

    def rest(self) -> None:
        """See `Line`."""
        self._line.rest()

    def wait(self, timeout_s: float, mailbox_fd: int | None = None) -> None:
        """See `Line`."""
        self._guard.moves(max(timeout_s, 0.0))
        self._line.wait(timeout_s, mailbox_fd)
        self._guard.moves()

    def read(self) -> bytes:
        """See `Line`."""
        data = self._line.read()
        self._guard.moves()
        if data:
            self._guard.heard()
        return data

    def write(self, data: bytes, timeout_s: float) -> int:
        """See `Line`."""
        self._guard.moves(max(timeout_s, 0.0))
        taken = self._line.write(data, timeout_s)
        self._guard.moves()
        return taken

    def unsent(self) -> int:
        """See `Line`."""
        return self._line.unsent()

    def discard(self) -> None:
        """See `Line`."""
        self._line.discard()

    def says_paper_out(self) -> bool:
        """See `Line`."""
        return self._line.says_paper_out()

    def is_current(self) -> bool:
        """See `Line`."""
        return self._line.is_current()

    def close(self) -> None:
        """See `Line`."""
        self._line.close()
