"""One process at a time: a lock that the kernel lets go of when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class HeldElsewhere(RuntimeError):
    """Another process, or another part of this one, holds the lock."""


class ProcessLock:
    """Holds a lock file from construction to `release`. Raises HeldElsewhere, OSError.

    The file stays: removing it would let two processes lock two files of one name.
    """

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as cause:
            os.close(self._handle)
            raise HeldElsewhere(f"{path.name} is held by another process") from cause

    def release(self) -> None:
        """Let go; a second time does nothing."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
