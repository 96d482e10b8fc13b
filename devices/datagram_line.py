"""A device in the network that speaks in UDP datagrams: each is taken whole, from the device's address only."""

from __future__ import annotations

import select
import socket

from devices.line import DISCARDED_READS_MAX, LineGone, LineNotOpened, OwnLine
from devices.ports import Reason

DATAGRAM_MAX = 2048
OTHERS_MAX = 64
"""So many datagrams of others are thrown away at once; a flood of them must not keep anybody here."""


class DatagramLine(OwnLine):
    """A `Line` of datagrams to `host`:`port`; `read` returns one of them at a time.

    UDP tells nothing of a device that is not there: whoever uses this line asks by a heartbeat.
    """

    byte_s = 0.0

    def __init__(self, host: str, port: int, listens: int) -> None:
        """Listen on port `listens` (0: any). Raises `LineNotOpened`."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
            self._socket = socket.socket(found[0], socket.SOCK_DGRAM)
        except OSError as error:
            raise LineNotOpened(Reason.NOT_CONNECTED, f"{host}:{port}: {error}") from error
        self._peer = found[4]
        try:
            self._socket.bind(("", listens))
        except OSError as error:
            self._socket.close()
            raise LineNotOpened(Reason.HELD_BY_ANOTHER_PROGRAM, f"UDP port {listens}: {error}") from error
        self._socket.setblocking(False)

    def wait(self, timeout_s: float, mailbox_fd: int | None = None) -> None:
        """See `Line`."""
        watched = [self._socket.fileno(), *([mailbox_fd] if mailbox_fd is not None else [])]
        select.select(watched, [], [], max(timeout_s, 0.0))

    def read(self) -> bytes:
        """Return the next datagram of the device, none if there is none. Others' are thrown away."""
        for _ in range(OTHERS_MAX):
            try:
                data, sender = self._socket.recvfrom(DATAGRAM_MAX)
            except BlockingIOError:
                return b""
            except ConnectionError:  # an earlier datagram met nobody: the heartbeat finds that out
                continue
            except OSError as error:
                raise LineGone(str(error)) from error
            if sender[0] == self._peer[0] and data:
                return data
        return b""

    def write(self, data: bytes, timeout_s: float) -> int:  # noqa: ARG002 - the port's; a datagram is sent or lost
        """Send one datagram. Raises `LineGone` when the network is gone."""
        try:
            return self._socket.sendto(data, self._peer)
        except (BlockingIOError, ConnectionError):
            return len(data)
        except OSError as error:
            raise LineGone(str(error)) from error

    def unsent(self) -> int:
        """Nothing waits here."""
        return 0

    def discard(self) -> None:
        """Throw away what has come."""
        for _ in range(DISCARDED_READS_MAX):
            if not self.read():
                return

    def is_current(self) -> bool:
        """A datagram always finds the address."""
        return True

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()
