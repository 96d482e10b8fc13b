"""Requests to a device's thread: bounded, and they wake a thread that waits for its line."""

from __future__ import annotations

import os
import select
from collections import deque
from threading import Lock
from typing import Generic, TypeVar

Request = TypeVar("Request")


class Mailbox(Generic[Request]):
    """A queue between any thread and one device's thread.

    `fileno()` becomes readable when something is put in, so one `select` waits for the line and for
    requests alike and an idle thread costs nothing.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._requests: deque[Request] = deque()
        self._lock = Lock()
        self._read_end, self._write_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self._read_end

    def put(self, request: Request) -> bool:
        """Add a request; False if the mailbox is full and nothing was added."""
        with self._lock:
            if len(self._requests) >= self._limit:
                return False
            self._requests.append(request)
            self._ring()
        return True

    def wait(self, timeout_s: float) -> None:
        """Return when a request came, when woken, or after `timeout_s`."""
        select.select([self._read_end], [], [], timeout_s)

    def wake(self) -> None:
        """Wake the waiting thread without a request."""
        with self._lock:
            self._ring()

    def take(self) -> Request | None:
        """Remove and return the oldest request, or None."""
        with self._lock:
            if self._requests:
                return self._requests.popleft()
            self._silence()
            return None

    def close(self) -> None:
        """Give back the descriptors. Putting afterwards is refused as if it were full."""
        with self._lock:
            self._limit = 0
            if self._read_end >= 0:
                os.close(self._read_end)
                os.close(self._write_end)
                self._read_end = self._write_end = -1

    def _ring(self) -> None:
        if self._write_end < 0:
            return
        try:
            os.write(self._write_end, b"!")
        except BlockingIOError:
            return  # it is ringing already

    def _silence(self) -> None:
        if self._read_end < 0:
            return
        try:
            while os.read(self._read_end, 4096):
                pass
        except BlockingIOError:
            return
