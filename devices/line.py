"""The bytes' way to a device, and the one through a serial port. Printers have more: `devices.printer_lines`.

All of them are used through their descriptor, without blocking, so that a sender always knows how
many bytes were taken: pyserial's own `write` with a timeout gives no count. pyserial sets the port
up (speed, flow control, exclusive lock); its dsrdtr option does nothing on Linux, so a printer's
DTR is wired to CTS and `Flow.RTSCTS` used.
"""

from __future__ import annotations

import errno
import os
import select
import termios
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Protocol

import serial
from msgspec import Struct

from devices.ports import Reason

READ_MAX = 4096
DISCARDED_READS_MAX = 1024
"""More than any buffer of the system holds: who has still more to say never stops, and is not waited for."""
_GONE = frozenset({errno.EIO, errno.ENXIO, errno.ENODEV, errno.EBADF, errno.EPIPE, errno.ECONNRESET})
_REFUSALS = {
    errno.EACCES: Reason.NOT_PERMITTED,
    errno.EPERM: Reason.NOT_PERMITTED,
    errno.EAGAIN: Reason.HELD_BY_ANOTHER_PROGRAM,
    errno.EBUSY: Reason.HELD_BY_ANOTHER_PROGRAM,
}
SEND_TIMEOUT_S = 1.0
"""After so long without a byte taken a short message is given up, and its line with it."""


class Flow(Enum):
    """How the device says "wait"."""

    NONE = "none"
    RTSCTS = "rtscts"
    XONXOFF = "xonxoff"


class Parity(Enum):
    """The ninth bit that some devices want; the values are the technician's words for it."""

    NONE = "none"
    EVEN = "even"
    ODD = "odd"


class SerialSettings(Struct, frozen=True):
    """Speed in baud, flow control and the frame of a byte on a serial port: 8 data bits, parity, 1 or 2 stop bits."""

    baud: int = 9600
    flow: Flow = Flow.NONE
    parity: Parity = Parity.NONE
    stop_bits: int = 1


_PARITIES = {
    Parity.NONE: serial.PARITY_NONE,
    Parity.EVEN: serial.PARITY_EVEN,
    Parity.ODD: serial.PARITY_ODD,
}


class LineNotOpened(Exception):
    """The line could not be opened; `reason` says why."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class LineGone(Exception):
    """The line ended while it was open: unplugged, or closed by the other end."""


class Line(Protocol):
    """An open way to a device, used by one thread."""

    byte_s: float
    """Seconds that one byte takes; 0 when the line is faster than any device on it."""
    look_s: float
    """Seconds to leave an idle device alone at the least: a line that others use too is not asked for all the time."""

    def take(self) -> None:
        """Take the line back after `rest`, at most 3 s. Raises `LineGone`."""

    def rest(self) -> None:
        """Let others use the line until `take`. On a network this also ends the job, as printers see it."""

    def wait(self, timeout_s: float, mailbox_fd: int | None = None) -> None:
        """Return when bytes may be read, when the mailbox rings, or after `timeout_s`."""

    def read(self) -> bytes:
        """Return what has arrived, without waiting. Raises `LineGone`."""

    def write(self, data: bytes, timeout_s: float) -> int:
        """Return how many bytes were taken, 0 if none for `timeout_s`. Raises `LineGone`."""

    def unsent(self) -> int:
        """Return how many taken bytes have not left this computer, as far as the system tells."""

    def discard(self) -> None:
        """Forget bytes that were taken but not sent, and bytes that arrived but were not read."""

    def says_paper_out(self) -> bool:
        """Return whether the port itself tells that there is no paper; False too where it tells nothing."""

    def is_current(self) -> bool:
        """Return whether the path still leads to what was opened."""

    def close(self) -> None:
        """Give the line back; what was not sent is discarded, never sent later."""


def send_whole(line: Line, data: bytes) -> None:
    """Write all of `data`; what is not taken within `SEND_TIMEOUT_S` is not sent later. Raises `LineGone` then."""
    while data:
        taken = line.write(data, SEND_TIMEOUT_S)
        if not taken:
            line.discard()
            raise LineGone("the line takes no bytes")
        data = data[taken:]


class OwnLine:
    """What the lines share that nobody else uses and whose port tells nothing of paper."""

    look_s = 0.0

    def take(self) -> None:
        """See `Line`."""

    def rest(self) -> None:
        """See `Line`."""

    def says_paper_out(self) -> bool:
        """See `Line`."""
        return False


class DescriptorLine(OwnLine):
    """What most lines share: reading, writing and waiting on one descriptor."""

    def __init__(self, descriptor: int, *, readable: bool = True) -> None:
        self._descriptor = descriptor
        self._readable = readable
        self.byte_s = 0.0

    def wait(self, timeout_s: float, mailbox_fd: int | None = None) -> None:
        watched = [self._descriptor] if self._readable else []
        if mailbox_fd is not None:
            watched.append(mailbox_fd)
        select.select(watched, [], [], max(timeout_s, 0.0))

    def read(self) -> bytes:
        if not self._readable:
            return b""
        try:
            data = os.read(self._descriptor, READ_MAX)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise LineGone(str(error)) from error
        if not data:
            raise LineGone("the other end closed the line")
        return data

    def write(self, data: bytes, timeout_s: float) -> int:
        try:
            _, writable, _ = select.select([], [self._descriptor], [], max(timeout_s, 0.0))
            return os.write(self._descriptor, data) if writable else 0
        except BlockingIOError:
            return 0
        except OSError as error:
            raise LineGone(str(error)) from error

    def unsent(self) -> int:
        return 0

    def discard(self) -> None:
        with suppress(LineGone):
            for _ in range(DISCARDED_READS_MAX):
                if not self.read():
                    return


class SerialLine(DescriptorLine):
    """A serial port (or a pty that stands for one), locked for this program alone."""

    def __init__(self, path: Path, settings: SerialSettings) -> None:
        """Open the port. Raises `LineNotOpened`."""
        try:
            self._port = serial.Serial(
                str(path),
                baudrate=settings.baud,
                exclusive=True,
                rtscts=settings.flow is Flow.RTSCTS,
                xonxoff=settings.flow is Flow.XONXOFF,
                parity=_PARITIES[settings.parity],
                stopbits=settings.stop_bits,
                timeout=0,
            )
        except (OSError, ValueError, termios.error) as error:
            raise LineNotOpened(reason_of(error), f"{path}: {error}") from error
        # FTDI adapters hold bytes back for 16 ms unless told not to; others, and ptys, do not know the wish.
        with suppress(OSError, ValueError, NotImplementedError):
            self._port.set_low_latency_mode(True)
        super().__init__(self._port.fileno())
        self._path = path
        self._flow = settings.flow
        self.byte_s = (9 + (settings.parity is not Parity.NONE) + settings.stop_bits) / settings.baud

    def read(self) -> bytes:
        try:
            return super().read()
        except LineGone:
            # With VMIN 0 a terminal also reads as empty when nothing is there; a hang-up stays readable.
            if self._hung_up():
                raise
            return b""

    def _hung_up(self) -> bool:
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        return any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0))

    def unsent(self) -> int:
        with suppress(OSError):
            return int(self._port.out_waiting)
        return 0

    def discard(self) -> None:
        with suppress(OSError, termios.error):
            termios.tcflush(self._descriptor, termios.TCIOFLUSH)
            if self._flow is Flow.XONXOFF:
                # A printer that was switched off after its XOFF would be waited for for ever.
                termios.tcflow(self._descriptor, termios.TCOON)

    def is_current(self) -> bool:
        try:
            return self._path.stat().st_rdev == os.fstat(self._descriptor).st_rdev
        except OSError:
            return False

    def close(self) -> None:
        self.discard()
        with suppress(OSError, termios.error):
            self._port.close()


def reason_of(error: Exception) -> Reason:
    """Return why opening failed; pyserial hides the number in its own exception."""
    number = getattr(error, "errno", None)
    if number is None and "exclusively lock" in str(error):
        number = errno.EAGAIN
    if number in _REFUSALS:
        return _REFUSALS[number]
    return Reason.NOT_CONNECTED if number in (errno.ENOENT, *_GONE) else Reason.DEVICE_ERROR
