"""The `devices` part of a terminal's configuration.

```json
{"devices": {
    "printer": {"profile": "escpos-58", "path": "/dev/serial/by-path/...", "baud": 9600, "flow": "rtscts"},
    "pad":     {"model": "pj06", "path": "/dev/serial/by-path/...", "window_s": 30},
    "models":  "device-models"
}}
```

A device that is left out is not fitted. `path` of a printer is a serial port, `file:` and a path
(`file:/dev/usb/lp0`), or `tcp:host:9100`; a relative path starts at the configuration's folder.
Serial ports are named by-path: cheap adapters have no serial numbers, so by-id may change places.
`baud` left out: 9600 for a printer, the model's own for a pad.
`models` is a folder with more model files; a file there comes before one of the same name here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import TypeAlias, TypeVar

from msgspec import Struct

from devices.line import FileLine, Flow, Line, SerialLine, SerialSettings, SocketLine
from devices.model_files import ModelRefused
from devices.printer.profile import Profile, read_profile
from devices.rating_pad.driver import WINDOW_S_MAX
from devices.rating_pad.model import PadModel, read_pad_model

BAUDS = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
PRINTER_BAUD = 9600
WINDOW_S = 30
_TEXT_CHARS_MAX = 4096
Choice = TypeVar("Choice", bound=Enum)


class DevicesConfigRefused(Exception):
    """The configuration says something that cannot be; the text names the field."""


class SerialPlace(Struct, frozen=True):
    """A device on a serial port."""

    path: Path
    settings: SerialSettings

    def open(self) -> Line:
        """Raises `LineNotOpened`."""
        return SerialLine(self.path, self.settings)

    def __str__(self) -> str:
        return f"{self.path} at {self.settings.baud} baud, flow control {self.settings.flow.value}"


class FilePlace(Struct, frozen=True):
    """A printer behind a file."""

    path: Path

    def open(self) -> Line:
        """Raises `LineNotOpened`."""
        return FileLine(self.path)

    def __str__(self) -> str:
        return str(self.path)


class SocketPlace(Struct, frozen=True):
    """A printer in the network."""

    host: str
    port: int

    def open(self) -> Line:
        """Raises `LineNotOpened`."""
        return SocketLine(self.host, self.port)

    def __str__(self) -> str:
        return f"{self.host} port {self.port}"


Place: TypeAlias = SerialPlace | FilePlace | SocketPlace


class PrinterConfig(Struct, frozen=True):
    """The printer that is fitted."""

    profile: Profile
    place: Place

    @property
    def flow(self) -> Flow:
        """Its flow control; USB and network have their own."""
        return self.place.settings.flow if isinstance(self.place, SerialPlace) else Flow.RTSCTS


class PadConfig(Struct, frozen=True):
    """The pad that is fitted; `window_s` is how long it is told to wait for a key."""

    model: PadModel
    place: SerialPlace
    window_s: int


class DevicesConfig(Struct, frozen=True):
    """What is fitted at this terminal; None is: nothing."""

    printer: PrinterConfig | None = None
    pad: PadConfig | None = None


def parse_devices(section: object, base: Path) -> DevicesConfig:
    """Return what `section`, the value of `devices` in terminal.json, says.

    `base` is the folder that relative paths start from. Raises `DevicesConfigRefused`.
    """
    fields = _table(section, "devices", {"printer", "pad", "models"})
    extra = (base / _text(fields, "devices", "models"),) if "models" in fields else ()
    try:
        printer = _printer(fields["printer"], base, extra) if "printer" in fields else None
        pad = _pad(fields["pad"], base, extra) if "pad" in fields else None
    except ModelRefused as refused:
        raise DevicesConfigRefused(f"devices: {refused}") from refused
    if printer is not None and pad is not None and _same_port(printer.place, pad.place):
        raise DevicesConfigRefused("devices: printer and pad are on the same path")
    return DevicesConfig(printer, pad)


def _printer(section: object, base: Path, extra: tuple[Path, ...]) -> PrinterConfig:
    where = "devices.printer"
    fields = _table(section, where, {"profile", "path", "baud", "flow"})
    profile = read_profile(_text(fields, where, "profile"), extra)
    path = _text(fields, where, "path")
    kind, _, rest = path.partition(":")
    if kind == "file" and rest:
        return PrinterConfig(profile, FilePlace(base / rest))
    if kind == "tcp":
        return PrinterConfig(profile, _socket_place(rest, where))
    return PrinterConfig(profile, _serial_place(fields, where, base, PRINTER_BAUD))


def _pad(section: object, base: Path, extra: tuple[Path, ...]) -> PadConfig:
    where = "devices.pad"
    fields = _table(section, where, {"model", "path", "baud", "flow", "window_s"})
    model = read_pad_model(_text(fields, where, "model"), extra)
    window_s = fields.get("window_s", WINDOW_S)
    if not isinstance(window_s, int) or isinstance(window_s, bool) or not 1 <= window_s <= WINDOW_S_MAX:
        raise DevicesConfigRefused(f"{where}.window_s must be a whole number from 1 to {WINDOW_S_MAX}")
    return PadConfig(model, _serial_place(fields, where, base, model.baud), window_s)


def _serial_place(fields: Mapping[str, object], where: str, base: Path, baud: int) -> SerialPlace:
    given = fields.get("baud", baud)
    if given not in BAUDS or not isinstance(given, int):
        raise DevicesConfigRefused(f"{where}.baud must be one of {', '.join(map(str, BAUDS))}")
    flow = fields.get("flow", Flow.NONE.value)
    known = {member.value: member for member in Flow}
    if not isinstance(flow, str) or flow not in known:
        raise DevicesConfigRefused(f"{where}.flow must be one of {', '.join(known)}")
    return SerialPlace(base / _text(fields, where, "path"), SerialSettings(given, known[flow]))


def _socket_place(text: str, where: str) -> SocketPlace:
    host, _, port = text.rpartition(":")
    if not _is_host(host) or not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65_535:
        raise DevicesConfigRefused(f"{where}.path must be tcp:host:port, for example tcp:192.168.1.87:9100")
    return SocketPlace(host, int(port))


def _is_host(text: str) -> bool:
    """Whether the text can be asked for as a host: names are sent as IDNA (RFC 3490), which refuses some."""
    try:
        return bool(text.encode("idna"))
    except UnicodeError:
        return False


def _same_port(printer: Place, pad: SerialPlace) -> bool:
    return isinstance(printer, SerialPlace) and printer.path == pad.path


def _table(section: object, where: str, known: set[str]) -> Mapping[str, object]:
    if not isinstance(section, Mapping):
        raise DevicesConfigRefused(f"{where} must be an object")
    for name in section:
        if name not in known:
            raise DevicesConfigRefused(f"{where}: there is no field named {name!r:.60}")
    return section


def _text(fields: Mapping[str, object], where: str, name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise DevicesConfigRefused(f"{where}.{name} must be a text")
    if len(value) > _TEXT_CHARS_MAX or "\0" in value or not _reaches_the_system(value):
        raise DevicesConfigRefused(f"{where}.{name} is longer than any path, or holds what no path can hold")
    return value


def _reaches_the_system(text: str) -> bool:
    try:
        os.fsencode(text)
    except UnicodeEncodeError:  # half of a character; bytes of a command line that are no UTF-8 go through
        return False
    return True
