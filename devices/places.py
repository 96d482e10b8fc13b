"""Where a device is reached, as the configuration names it: told apart from the open line itself."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

from devices.code_scanner.input_line import InputLine
from devices.datagram_line import DatagramLine
from devices.line import Line, SerialLine, SerialSettings
from devices.printer_lines import CONNECT_TIMEOUT_S, FileLine, SocketLine


class SerialPlace(Struct, frozen=True):
    """A device on a serial port."""

    path: Path
    settings: SerialSettings

    def open(self) -> Line:
        """Raises `LineNotOpened`."""
        return SerialLine(self.path, self.settings)

    def is_there(self) -> bool:
        """Whether something is at the path."""
        return self.path.exists()

    def __str__(self) -> str:
        return f"{self.path} at {self.settings.baud} baud, flow control {self.settings.flow.value}"


class FilePlace(Struct, frozen=True):
    """A printer behind a file; `collects`: it may be a plain one that collects the bytes."""

    path: Path
    collects: bool = False

    def open(self) -> Line:
        """Raises `LineNotOpened`."""
        return FileLine(self.path, collects=self.collects)

    def is_there(self) -> bool:
        """Whether something is at the path."""
        return self.path.exists()

    def __str__(self) -> str:
        return str(self.path)


class InputPlace(Struct, frozen=True):
    """A scanner that types, at the kernel's input device."""

    path: Path

    def open(self) -> Line:
        """Raises `LineNotOpened`."""
        return InputLine(self.path)

    def is_there(self) -> bool:
        """Whether something is at the path."""
        return self.path.exists()

    def __str__(self) -> str:
        return str(self.path)


class SocketPlace(Struct, frozen=True):
    """A device in the network."""

    host: str
    port: int

    def open(self) -> Line:
        """Raises `LineNotOpened`."""
        return SocketLine(self.host, self.port)

    def is_there(self) -> bool:
        """Whether somebody takes a connection there within 3 s; it is closed again at once."""
        try:
            socket.create_connection((self.host, self.port), CONNECT_TIMEOUT_S).close()
        except OSError:
            return False
        return True

    def __str__(self) -> str:
        return f"{self.host} port {self.port}"


class DatagramPlace(Struct, frozen=True):
    """A device in the network that speaks in datagrams; it speaks to port `listens` here (0: any)."""

    host: str
    port: int
    listens: int

    def open(self) -> Line:
        """Raises `LineNotOpened`."""
        return DatagramLine(self.host, self.port, self.listens)

    def is_there(self) -> bool:
        """Whether the name leads to an address; nothing more can be known without speaking its language."""
        try:
            return bool(socket.getaddrinfo(self.host, self.port, type=socket.SOCK_DGRAM))
        except OSError:
            return False

    def __str__(self) -> str:
        return f"{self.host} UDP port {self.port}"


Place: TypeAlias = SerialPlace | FilePlace | SocketPlace | DatagramPlace | InputPlace


def address(place: Place) -> str:
    """Return what no two devices can share: the path without the links in it, or host and port."""
    return str(place) if isinstance(place, SocketPlace | DatagramPlace) else os.path.realpath(place.path)
