"""The kernel's input device of a scanner that types, taken for this program alone.

While it is grabbed (EVIOCGRAB) its keys reach nothing else: no window, no console, no shortcut. The grab ends with the
line, also when this program is killed. Somebody who takes the device back by force (EVIOCREVOKE) makes it read as
unplugged.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from devices.line import DescriptorLine, LineNotOpened, reason_of

EVIOCGRAB = 0x40044590
"""_IOW('E', 0x90, int) of linux/input.h."""


def grab(descriptor: int) -> None:
    """Take the device. Raises OSError: EBUSY when another program has grabbed it, ENOTTY when it is no input device."""
    fcntl.ioctl(descriptor, EVIOCGRAB, 1)


class InputLine(DescriptorLine):
    """/dev/input/event… or a link to it below /dev/input/by-id, grabbed."""

    def __init__(self, path: Path, take: Callable[[int], None] = grab) -> None:
        """Open and `take` it. Raises `LineNotOpened`."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        except OSError as error:
            raise LineNotOpened(reason_of(error), f"{path}: {error}") from error
        try:
            take(descriptor)
        except OSError as error:
            os.close(descriptor)
            raise LineNotOpened(reason_of(error), f"{path}: {error}") from error
        super().__init__(descriptor)
        self._path = path

    def write(self, data: bytes, timeout_s: float) -> int:
        """Take nothing: a keyboard is only listened to."""
        del data, timeout_s
        return 0

    def is_current(self) -> bool:
        """Return whether the path still leads to what was opened."""
        with suppress(OSError):
            return self._path.stat().st_rdev == os.fstat(self._descriptor).st_rdev
        return False

    def close(self) -> None:
        """Give the device back to everybody."""
        os.close(self._descriptor)
