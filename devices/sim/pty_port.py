"""The plug of a simulated device: a pty behind a symbolic link that stays at one place."""

from __future__ import annotations

import os
import select
import termios
import tty
from contextlib import suppress
from pathlib import Path
from threading import Lock

_SPEEDS = {
    getattr(termios, f"B{baud}"): baud for baud in (110, 300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
}


class PtyPort:
    """One end of a serial line. `path` exists while the device is plugged in.

    The device's own thread reads and writes; `plug` and `unplug` may come from any thread.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = Lock()
        self._master = self._slave = -1

    @property
    def is_plugged(self) -> bool:
        """Whether the device is plugged in."""
        return self._master >= 0

    def plug(self) -> None:
        """Make the pty and the link to it; nothing if it is plugged in already."""
        with self._lock:
            if self._master >= 0:
                return
            self._master, self._slave = os.openpty()
            # The slave stays open here too: a program that closes it does not unplug the device.
            tty.setraw(self._slave)
            os.set_blocking(self._master, False)
            link = self.path.with_name(f".{self.path.name}.new")
            link.unlink(missing_ok=True)
            link.symlink_to(os.ttyname(self._slave))
            link.replace(self.path)

    def unplug(self) -> None:
        """Pull the plug: the program's end hangs up and the link is gone."""
        with self._lock:
            if self._master < 0:
                return
            self.path.unlink(missing_ok=True)
            os.close(self._slave)
            os.close(self._master)
            self._master = self._slave = -1

    def baud(self) -> int:
        """Return the speed that the program set, 38400 before it did."""
        with self._lock, suppress(termios.error):
            if self._master >= 0:
                return _SPEEDS.get(termios.tcgetattr(self._master)[5], 38400)
        return 38400

    def read(self, limit: int, timeout_s: float) -> bytes:
        """Return up to `limit` bytes, none if none came within `timeout_s` or nothing is plugged in."""
        if not self._wait(timeout_s):
            return b""
        with self._lock:
            if self._master < 0:
                return b""
            with suppress(OSError):
                return os.read(self._master, limit)
        return b""

    def write(self, data: bytes) -> None:
        """Send `data`; lost if nothing is plugged in, as on a wire."""
        with self._lock, suppress(OSError):
            if self._master >= 0:
                os.write(self._master, data)

    def _wait(self, timeout_s: float) -> bool:
        master = self._master
        if master < 0:
            select.select([], [], [], timeout_s)
            return False
        try:
            return bool(select.select([master], [], [], timeout_s)[0])
        except (OSError, ValueError):  # unplugged while waiting
            return False
