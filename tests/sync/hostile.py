"""A TLS server that answers whatever a test wants: raw bytes, slowly, half, or none."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Self

Behaviour = Callable[[ssl.SSLSocket, str], None]
"""Is given the connection and the request's first line, after the whole request was read."""


class HostileServer:
    """Serves one behaviour on a loopback port, one connection at a time, until left.

    `requests` has the first line of each request, `plain` is used instead of TLS when given.
    """

    def __init__(
        self, context: ssl.SSLContext, behaviour: Behaviour, plain: Callable[[socket.socket], None] | None = None
    ) -> None:
        self._context = context
        self._behaviour = behaviour
        self._plain = plain
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._open: socket.socket | None = None
        self.requests: list[str] = []
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        if self._open is not None:
            # A client in this process may keep its connection for later.
            with contextlib.suppress(OSError):
                self._open.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), raw:
                raw.settimeout(10)
                if self._plain is not None:
                    self._plain(raw)
                    continue
                with self._context.wrap_socket(raw, server_side=True, do_handshake_on_connect=False) as connection:
                    self._open = connection
                    if not _shook_hands(connection):
                        continue
                    while line := _request(connection):
                        self.requests.append(line)
                        self._behaviour(connection, line)


def _shook_hands(connection: ssl.SSLSocket) -> bool:
    try:
        connection.do_handshake()
    except ssl.SSLError:
        # Read what the client still sends: a reset would overtake the alert that says why.
        connection.settimeout(1)
        while socket.socket.recv(connection, 65536):
            pass
        return False
    return True


def answering(status: str, body: bytes = b"", *headers: str, length: int | None = None) -> Behaviour:
    """Answer every request with this; `length` overrides the length that is claimed."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers, "", ""]

    def behave(connection: ssl.SSLSocket, _line: str) -> None:
        connection.sendall("\r\n".join(lines).encode() + body)
        if length is not None:
            connection.close()

    return behave


def sending(raw: bytes) -> Behaviour:
    """Send raw bytes instead of an answer, and hang up."""

    def behave(connection: ssl.SSLSocket, _line: str) -> None:
        connection.sendall(raw)
        connection.close()

    return behave


def _request(connection: ssl.SSLSocket) -> str:
    """Read one request to its end and return its first line, "" when the other end is gone."""
    held = b""
    while b"\r\n\r\n" not in held:
        piece = connection.recv(65536)
        if not piece:
            return ""
        held += piece
    head, _, body = held.partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" in head.lower():
        while not body.endswith(b"0\r\n\r\n"):
            piece = connection.recv(65536)
            if not piece:
                return ""
            body += piece
    return head.split(b"\r\n")[0].decode()


class _Line(ABC):
    """A line to a server that carries one connection at a time, as `_carry` says; it is open while entered."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.carried = 0  # bytes upward, TLS and HTTP included
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), client, socket.create_connection(("127.0.0.1", self._port)) as server:
                threading.Thread(target=_pour, args=(server, client), daemon=True).start()
                self._carry(client, server)

    @abstractmethod
    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        """Carry what the client sends until it has ended."""


class BreakingLine(_Line):
    """A line to a server that is cut, by a reset, whenever a connection has carried so many bytes upward."""

    def __init__(self, port: int, up_bytes_max: int) -> None:
        super().__init__(port)
        self._up_bytes_max = up_bytes_max
        self.cuts = 0

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        cut, carried = _poured(client, server, self._up_bytes_max)
        self.carried += carried
        if cut:
            self.cuts += 1
            for end in (client, server):
                # A reset; and the other thread, which still reads, lets go of the socket.
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.shutdown(socket.SHUT_RDWR)


class NarrowLine(_Line):
    """A line to a server that carries so many bytes a second upward, and has little room for those that wait."""

    def __init__(self, port: int, up_bytes_s: int) -> None:
        super().__init__(port)
        self._up_bytes_s = up_bytes_s
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._ends = threading.Event()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.set()
        super().__exit__(kind, error, trace)

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        while not self._ends.is_set() and (piece := client.recv(1024)):
            self._ends.wait(len(piece) / self._up_bytes_s)
            server.sendall(piece)
            self.carried += len(piece)


def _pour(source: socket.socket, sink: socket.socket) -> None:
    """Pass bytes on until one end is gone."""
    _poured(source, sink, 1 << 62)


def _poured(source: socket.socket, sink: socket.socket, bytes_max: int) -> tuple[bool, int]:
    """Pass bytes on until one end is gone, or `bytes_max` were and the line is to be cut; return that and how many."""
    carried = 0
    with contextlib.suppress(OSError):
        while piece := source.recv(min(1024, bytes_max - carried)):
            sink.sendall(piece)
            carried += len(piece)
            if carried >= bytes_max:
                return True, carried
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
    return False, carried
