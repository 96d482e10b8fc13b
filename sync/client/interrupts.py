"""What ends an exchange from outside: its time is up, or the process is told to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(Exception):
    """The process was told to stop; no exchange is begun or gone on with."""


class TimeIsUp(Exception):
    """The exchange took longer than it may.

    Socket timeouts begin anew with every byte; a gateway that sends one a second would hold the process for days.
    """


class Interrupts:
    """Signals, heard where they may do something. Made in the main thread, once a process.

    Outside of an exchange a signal to stop is only taken note of, so that nothing is torn in the middle of a write.
    """

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._exchanging = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._told_to_stop)
        signal.signal(signal.SIGALRM, self._time_is_up)

    @property
    def stopping(self) -> bool:
        """Whether the process was told to stop."""
        return self._stop.is_set()

    def wait(self, timeout_s: float) -> None:
        """Wait, but not longer than until the process is told to stop."""
        self._stop.wait(timeout_s)

    @contextmanager
    def exchange(self, limit_s: float) -> Iterator[None]:
        """Let what is inside be ended. Raises Stopped, TimeIsUp."""
        if self._stop.is_set():
            raise Stopped
        self._exchanging = True
        signal.setitimer(signal.ITIMER_REAL, limit_s)
        try:
            yield
        finally:
            self._exchanging = False
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _told_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop.set()
        if self._exchanging:
            raise Stopped

    def _time_is_up(self, _number: int, _frame: FrameType | None) -> None:
        if self._exchanging:
            raise TimeIsUp
