"""The plug of a simulated device: a pty behind a symbolic link that stays at one place."""

from __future__ import annotations

import os
import select
import termios
import tty
from contextlib import suppress
from pathlib import Path
from threading import Lock

_PTYS = "/dev/pts/"
_SPEEDS = {
    getattr(termios, f"B{baud}"): baud for baud in (110, 300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
}


class PlaceTaken(Exception):
    """There can be no link to a pty at this place; the text names the place and what is in the way."""


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
        """Make the pty and the link to it; nothing if it is plugged in already.

        A link that an earlier simulator left behind is replaced, anything else is not. Raises `PlaceTaken`.
        """
        with self._lock:
            if self._master >= 0:
                return
            new = self.path.with_name(f".{self.path.name}.new")
            for place in (new, self.path):
                _check_free(place)
            master, slave = os.openpty()
            # The slave stays open here too: a program that closes it does not unplug the device.
            tty.setraw(slave)
            os.set_blocking(master, False)
            try:
                new.unlink(missing_ok=True)
                new.symlink_to(os.ttyname(slave))
                new.replace(self.path)
            except OSError as error:
                os.close(slave)
                os.close(master)
                raise PlaceTaken(f"cannot make the link {self.path}: {error.strerror}") from error
            self._master, self._slave = master, slave

    def unplug(self) -> None:
        """Pull the plug: the program's end hangs up and the link is gone."""
        with self._lock:
            if self._master < 0:
                return
            with suppress(OSError):
                if self.path.readlink() == Path(os.ttyname(self._slave)):
                    self.path.unlink()
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


def _check_free(place: Path) -> None:
    """Let nothing be replaced that somebody else has put there. Raises `PlaceTaken`."""
    try:
        if not place.is_symlink() and not place.exists():
            return
        if place.is_symlink() and str(place.readlink()).startswith(_PTYS):
            return
    except OSError as error:
        raise PlaceTaken(f"cannot look at {place}: {error.strerror}") from error
    raise PlaceTaken(f"{place} is there and is no simulated device; it is not replaced")
