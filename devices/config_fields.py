"""Reads one device's table in terminal.json and names the field of every mistake.

Every kind of device has its own `config` module, which takes from here what kinds have in common.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path

from msgspec import Struct

from devices.line import Flow, Parity, SerialSettings
from devices.model_files import BAUDS
from devices.places import DatagramPlace, SerialPlace, SocketPlace

_TEXT_CHARS_MAX = 4096
_OTHER_WAYS = ("file:", "tcp:", "udp:", "evdev:")
"""Ways to a device that is on no serial port."""


class DevicesConfigRefused(Exception):
    """The configuration says something that cannot be; the text names the field."""


class Table(Struct, frozen=True):
    """The fields of one table; `where` is its name in terminal.json, `base` where relative paths start."""

    where: str
    fields: Mapping[str, object]
    base: Path

    def has(self, name: str) -> bool:
        """Whether the field is given."""
        return name in self.fields

    def text(self, name: str) -> str:
        """Return a text that is not empty. Raises `DevicesConfigRefused`, as all of these do."""
        value = self.fields.get(name)
        if not isinstance(value, str) or not value:
            raise DevicesConfigRefused(f"{self.where}.{name} must be a text")
        if len(value) > _TEXT_CHARS_MAX or "\0" in value or not _reaches_the_system(value):
            raise DevicesConfigRefused(f"{self.where}.{name} is longer than any path, or holds what no path can hold")
        return value

    def whole_number(self, name: str, least: int, most: int, default: int) -> int:
        """Return a whole number, `default` if it is not given."""
        value = self.fields.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise DevicesConfigRefused(f"{self.where}.{name} must be a whole number from {least} to {most}")
        return value

    def serial_place(self, baud: int, parity: Parity = Parity.NONE, stop_bits: int = 1) -> SerialPlace:
        """Return the serial port that `path`, `baud` and `flow` name; `baud` is taken if none is given."""
        given = self.fields.get("baud", baud)
        if given not in BAUDS or not isinstance(given, int):
            raise DevicesConfigRefused(f"{self.where}.baud must be one of {', '.join(map(str, BAUDS))}")
        flow = self.fields.get("flow", Flow.NONE.value)
        known = {member.value: member for member in Flow}
        if not isinstance(flow, str) or flow not in known:
            raise DevicesConfigRefused(f"{self.where}.flow must be one of {', '.join(known)}")
        path = self.text("path")
        if path.startswith(_OTHER_WAYS):
            raise DevicesConfigRefused(f"{self.where}.path must be a serial port such as /dev/ttyUSB0, not {path:.60}")
        return SerialPlace(self.base / path, SerialSettings(given, known[flow], parity, stop_bits))

    def socket_place(self) -> SocketPlace:
        """Return the host and port that `path` names behind its first colon."""
        return SocketPlace(*self._address("tcp", 9100))

    def datagram_place(self, listens: int) -> DatagramPlace:
        """Return the same for a device that speaks in datagrams to port `listens` here."""
        return DatagramPlace(*self._address("udp", 8001), listens)

    def _address(self, kind: str, like: int) -> tuple[str, int]:
        given, _, rest = self.text("path").partition(":")
        host, _, port = rest.rpartition(":")
        is_port = port.isascii() and port.isdigit() and 1 <= int(port) <= 65_535
        if given != kind or not _is_host(host) or not is_port:
            example = f"{kind}:192.168.1.87:{like}"
            raise DevicesConfigRefused(f"{self.where}.path must be {kind}:host:port, for example {example}")
        return host, int(port)


def table(section: object, where: str, known: Collection[str], base: Path) -> Table:
    """Return `section` as a table that has no other fields than `known`. Raises `DevicesConfigRefused`."""
    if not isinstance(section, Mapping):
        raise DevicesConfigRefused(f"{where} must be an object")
    for name in section:
        if name not in known:
            raise DevicesConfigRefused(f"{where}: there is no field named {name!r:.60}")
    return Table(where, section, base)


def _is_host(text: str) -> bool:
    """Whether the text can be asked for as a host: names are sent as IDNA (RFC 3490), which refuses some."""
    try:
        return bool(text.encode("idna"))
    except UnicodeError:
        return False


def _reaches_the_system(text: str) -> bool:
    try:
        os.fsencode(text)
    except UnicodeEncodeError:  # half of a character; bytes of a command line that are no UTF-8 go through
        return False
    return True
