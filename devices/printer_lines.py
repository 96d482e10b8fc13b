"""The ways to a printer that is at no serial port: its USB file, and a network socket."""

from __future__ import annotations

import errno
import fcntl
import os
import select
import socket
import sys
from contextlib import suppress
from pathlib import Path

from devices.line import DescriptorLine, LineGone, LineNotOpened, reason_of
from devices.ports import Reason

CONNECT_TIMEOUT_S = 3.0
"""How long a network printer in another room is waited for: it may be switched off."""
_EMPTY_WAIT_S = 0.05
"""How long a file that reads as empty is left alone: some say all the time that there is something to read."""
_UNHEARD_TIMEOUT_MS = 5000
"""After so long without a word from a network printer for what was sent, it has been switched off or cut off."""
_NETWORK_LOOK_S = 5.0
_PORT_STATUS = 0x060B
"""LPGETSTATUS of Linux's usblp."""
_PORT_PAPER_OUT = 0x20
_PRINTED_BEGINS = (bytes(4), b"\x10\x04", b"\x1b")
"""What a plain file begins with that collects a printer's bytes: padding, a question, or a command."""


class FileLine(DescriptorLine):
    """A printer's file such as /dev/usb/lp0, or a plain file that collects the bytes.

    A plain file in which something else stands is refused: a wrong path must not cost anybody a document.
    """

    def __init__(self, path: Path, *, collects: bool = False) -> None:
        """Open the file. Raises `LineNotOpened`.

        With `collects` it may be a plain one, which is made; otherwise a plain file is refused: in the place of a
        printer that answers it would only fill up with questions.
        """
        is_device = path.exists() and not path.is_file()
        flags = os.O_RDWR if is_device else os.O_WRONLY | os.O_APPEND | os.O_CREAT
        try:
            if not path.exists() and not (collects and not str(path).startswith("/dev/")):
                raise FileNotFoundError(errno.ENOENT, "no such device")
            if path.is_file() and not collects:
                raise FileExistsError(errno.EEXIST, "a plain file, which never answers")
            if path.is_file() and not _is_of_a_printer(path):
                raise FileExistsError(errno.EEXIST, "holds something else than what a printer was sent")
            # A terminal that became the program's own would end it when it hangs up.
            descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY, 0o600)
        except OSError as error:
            raise LineNotOpened(reason_of(error), f"{path}: {error}") from error
        super().__init__(descriptor, readable=is_device)
        self._path = path
        self._was_empty = False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise LineNotOpened(reason_of(error), f"{path}: {error}") from error

    def wait(self, timeout_s: float, mailbox_fd: int | None = None) -> None:
        if not self._was_empty:
            super().wait(timeout_s, mailbox_fd)
            return
        self._was_empty = False
        rung = [mailbox_fd] if mailbox_fd is not None else []
        select.select(rung, [], [], min(max(timeout_s, 0.0), _EMPTY_WAIT_S))

    def read(self) -> bytes:
        try:
            return super().read()
        except LineGone as gone:
            # A printer's file reads as empty when the printer has nothing to say.
            if gone.__cause__ is None:
                self._was_empty = True
                return b""
            raise

    def says_paper_out(self) -> bool:
        """Only this bit is heeded: printers without a sensor say that all is well, so that is no evidence."""
        status = bytearray(4)
        with suppress(OSError):
            fcntl.ioctl(self._descriptor, _PORT_STATUS, status)
        return bool(int.from_bytes(status, sys.byteorder) & _PORT_PAPER_OUT)

    def is_current(self) -> bool:
        try:
            return os.path.samestat(self._path.stat(), os.fstat(self._descriptor))
        except OSError:
            return False

    def close(self) -> None:
        os.close(self._descriptor)


def _is_of_a_printer(path: Path) -> bool:
    with path.open("rb") as file:
        begins = file.read(4)
    return not begins or begins.startswith(_PRINTED_BEGINS)


class SocketLine(DescriptorLine):
    """A network printer, usually on port 9100: the same bytes both ways, one client at a time."""

    def __init__(self, host: str, port: int) -> None:
        """Connect, at most 3 s. Raises `LineNotOpened`."""
        self._address = (host, port)
        try:
            self._socket: socket.socket | None = self._connected()
        except OSError as error:
            raise LineNotOpened(Reason.NOT_CONNECTED, f"{host}:{port}: {error}") from error
        super().__init__(self._socket.fileno())
        self.look_s = _NETWORK_LOOK_S

    def _connected(self) -> socket.socket:
        connection = socket.create_connection(self._address, timeout=CONNECT_TIMEOUT_S)
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNHEARD_TIMEOUT_MS)
        return connection

    def take(self) -> None:
        if self._socket is not None:
            return
        try:
            self._socket = self._connected()
        except OSError as error:
            raise LineGone(str(error)) from error
        self._descriptor = self._socket.fileno()
        self._readable = True

    def rest(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._readable = False  # there is nothing to wait for, and nothing to read

    def write(self, data: bytes, timeout_s: float) -> int:
        if self._socket is None:
            raise LineGone("the line was given back")
        return super().write(data, timeout_s)

    def is_current(self) -> bool:
        return True

    def close(self) -> None:
        self.rest()
