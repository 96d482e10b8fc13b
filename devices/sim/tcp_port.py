"""The network plug of a simulated printer: one client at a time, at its own place on this computer."""

from __future__ import annotations

import select
import socket
from contextlib import suppress
from threading import Lock

from devices.sim.pty_port import PlaceTaken

_FAST_BAUD = 115_200
"""What a network printer's own processor takes; the network is faster."""


class TcpPort:
    """Used as a `PtyPort`. Who comes while another is connected waits until that one has closed."""

    def __init__(self, port: int = 0) -> None:
        """Listen on this port of the loopback address once plugged in; 0 is any free one."""
        self._lock = Lock()
        self._wanted_port = port
        self._server: socket.socket | None = None
        self._client: socket.socket | None = None

    @property
    def path(self) -> str:
        """What stands in the configuration."""
        return f"tcp:127.0.0.1:{self._wanted_port}"

    @property
    def is_plugged(self) -> bool:
        """Whether the printer is in the network."""
        return self._server is not None

    @property
    def is_taken(self) -> bool:
        """Whether a client is connected."""
        return self._client is not None

    def plug(self) -> None:
        """Be in the network; nothing if it is already. Raises `PlaceTaken`."""
        with self._lock:
            if self._server is not None:
                return
            try:
                self._server = socket.create_server(("127.0.0.1", self._wanted_port), backlog=8)
            except OSError as error:
                raise PlaceTaken(f"cannot listen at {self.path}: {error.strerror}") from error
            self._wanted_port = self._server.getsockname()[1]

    def unplug(self) -> None:
        """Leave the network: who is connected is cut off."""
        with self._lock:
            for end in (self._client, self._server):
                if end is not None:
                    end.close()
            self._client = self._server = None

    def baud(self) -> int:
        """Return how fast the printer itself takes bytes."""
        return _FAST_BAUD

    def read(self, limit: int, timeout_s: float) -> bytes:
        """Return up to `limit` bytes of whoever is connected, none if none came within `timeout_s`."""
        end = self._client or self._server
        if end is None:
            select.select([], [], [], timeout_s)
            return b""
        with suppress(OSError, ValueError):
            if not select.select([end], [], [], timeout_s)[0]:
                return b""
        with self._lock:
            return self._receive(limit)

    def _receive(self, limit: int) -> bytes:
        if self._server is None:
            return b""
        try:
            if self._client is None:
                self._client, _ = self._server.accept()
                return b""
            data = self._client.recv(limit)
        except OSError:
            data = b""
        if not data and self._client is not None:
            self._client.close()
            self._client = None
        return data

    def write(self, data: bytes) -> None:
        """Send to whoever is connected; lost if nobody is."""
        with self._lock, suppress(OSError):
            if self._client is not None:
                self._client.sendall(data)
