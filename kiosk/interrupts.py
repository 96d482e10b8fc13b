"""Ctrl-C at a program whose loop belongs to a library."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Every = Callable[[float, Callable[[], None]], Callable[[], None]]
"""Calls back every so many seconds, and returns what ends that."""


@contextmanager
def interrupts(every: Every, stop: Callable[[], None], look_s: float) -> Iterator[None]:
    """While this lasts, Ctrl-C calls `stop` within `look_s`, and is raised when the loop has ended.

    Raised where it arrives, it would be lost in whatever callback of a library runs just then.
    """
    arrived: list[int] = []

    def look() -> None:
        if arrived:
            stop()

    held = signal.signal(signal.SIGINT, lambda number, _frame: arrived.append(number))
    cancel = every(look_s, look)
    try:
        yield
    finally:
        cancel()
        signal.signal(signal.SIGINT, held)
    if arrived:
        raise KeyboardInterrupt
