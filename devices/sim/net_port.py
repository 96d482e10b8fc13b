"""The network end of a simulated device, on the loopback address only."""

from __future__ import annotations

import select
import socket
import time
from contextlib import suppress
from random import Random
from typing import Protocol

from msgspec.structs import replace

from devices.sim.noisy_port import LineLevers, spoilt

HOST = "127.0.0.1"
_READ_MAX = 4096


class NetPort(Protocol):
    """Where a simulated device listens, and whom it answers: whoever spoke last."""

    host: str
    port: int

    def receive(self, timeout_s: float) -> bytes:
        """Return what came within `timeout_s`, else nothing."""

    def send(self, data: bytes) -> None:
        """Answer whoever spoke last; lost if nobody is there."""

    def hang_up(self) -> None:
        """Let go of whoever is connected."""

    def close(self) -> None:
        """Give the port back."""


class DatagramPort:
    """UDP at a port, 0: a free one."""

    def __init__(self, port: int = 0) -> None:
        """Bind. Raises `OSError`."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HOST, port))
        self._socket.setblocking(False)
        self._peer: tuple[str, int] | None = None
        self.host, self.port = self._socket.getsockname()

    def receive(self, timeout_s: float) -> bytes:
        """See `NetPort`; one datagram."""
        if not select.select([self._socket], [], [], timeout_s)[0]:
            return b""
        try:
            data, self._peer = self._socket.recvfrom(_READ_MAX)
        except OSError:
            return b""
        return data

    def send(self, data: bytes) -> None:
        """See `NetPort`."""
        if self._peer is not None:
            with suppress(OSError):
                self._socket.sendto(data, self._peer)

    def hang_up(self) -> None:
        """A datagram holds nobody."""

    def close(self) -> None:
        """See `NetPort`."""
        self._socket.close()


class StreamPort:
    """TCP at a port, 0: a free one; of several clients the last one counts."""

    def __init__(self, port: int = 0) -> None:
        """Bind. Raises `OSError`."""
        self._server = socket.create_server((HOST, port))
        self._client: socket.socket | None = None
        self.host, self.port = self._server.getsockname()[:2]

    def receive(self, timeout_s: float) -> bytes:
        """See `NetPort`."""
        client = self._client
        watched = [self._server] if client is None else [self._server, client]
        try:
            readable = select.select(watched, [], [], timeout_s)[0]
        except (OSError, ValueError):  # hung up meanwhile
            return b""
        if self._server in readable:
            self.hang_up()
            self._client, _ = self._server.accept()
            return b""
        if client is None or client not in readable:
            return b""
        try:
            data = client.recv(_READ_MAX)
        except OSError:
            data = b""
        if not data:
            self.hang_up()
            time.sleep(timeout_s)
        return data

    def send(self, data: bytes) -> None:
        """See `NetPort`."""
        if self._client is not None:
            with suppress(OSError):
                self._client.sendall(data)

    def hang_up(self) -> None:
        """See `NetPort`."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def close(self) -> None:
        """See `NetPort`."""
        self.hang_up()
        self._server.close()


class NoisyNetPort:
    """A `NetPort` with the levers of a bad line; the same `seed` spoils the same bytes."""

    def __init__(self, port: NetPort, seed: int = 0) -> None:
        self._port = port
        self._rng = Random(seed)  # noqa: S311 - draws faults, not secrets
        self.host, self.port = port.host, port.port
        self.hang_up, self.close = port.hang_up, port.close
        self.levers = LineLevers()

    def pull(self, **levers: bool | int) -> None:
        """Set levers by the names of `LineLevers`; a network has no baud."""
        self.levers = replace(self.levers, **levers)

    def receive(self, timeout_s: float) -> bytes:
        """See `NetPort`."""
        data = self._port.receive(timeout_s)
        if data and self.levers.latency_ms:
            time.sleep(self.levers.latency_ms / 1000)
        return spoilt(data, self.levers, self._rng)

    def send(self, data: bytes) -> None:
        """See `NetPort`."""
        self._port.send(spoilt(data, self.levers, self._rng))
