"""The `devices` part of a terminal's configuration.

```json
{"devices": {
    "printer": {"profile": "escpos-58", "path": "/dev/serial/by-path/...", "baud": 9600, "flow": "rtscts"},
    "pad":     {"model": "pj06", "path": "/dev/serial/by-path/...", "window_s": 30},
    "scanner": {"model": "keyboard", "path": "evdev:/dev/input/by-id/..."},
    "reader":  {"model": "sam-v", "path": "/dev/serial/by-path/...", "baud": 115200},
    "models":  "device-models"
}}
```

A device that is left out is not fitted; each kind's fields are in its own `config` module. `path` of a printer is a
serial port, `file:` and a path (`file:/dev/usb/lp0`), or `tcp:host:9100`; a relative path starts at the configuration's
folder. `devices list` says which name of a serial port stays with it (`serial_names`).
`baud` left out: 9600 for a printer, the model's own for a pad or a reader. `models` is a folder with more model
files, of every kind together; a file there comes before one of the same name here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from devices.code_scanner.config import ScannerConfig, parse_scanner
from devices.config_fields import DevicesConfigRefused, table
from devices.id_reader.config import ReaderConfig, parse_reader
from devices.model_files import ModelRefused
from devices.places import Place, address
from devices.printer.config import PrinterConfig, parse_printer
from devices.rating_pad.config import PadConfig, parse_pad

Parsed = TypeVar("Parsed")


class DevicesConfig(Struct, frozen=True):
    """What is fitted at this terminal; None is: nothing."""

    printer: PrinterConfig | None = None
    pad: PadConfig | None = None
    scanner: ScannerConfig | None = None
    reader: ReaderConfig | None = None

    def places(self) -> dict[str, Place]:
        """Return where each fitted device is, by its name here."""
        fitted = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: device.place for name, device in fitted.items() if device is not None}


def parse_devices(section: object, base: Path) -> DevicesConfig:
    """Return what `section`, the value of `devices` in terminal.json, says.

    `base` is the folder that relative paths start from. Raises `DevicesConfigRefused`.
    """
    fields = table(section, "devices", {*DevicesConfig.__struct_fields__, "models"}, base)
    models = (_folder(base / fields.text("models")),) if fields.has("models") else ()

    def given(name: str, parse: Callable[[object, Path, tuple[Path, ...]], Parsed]) -> Parsed | None:
        if not fields.has(name):
            return None
        try:
            return parse(fields.fields[name], base, models)
        except ModelRefused as refused:
            raise DevicesConfigRefused(f"devices.{name}: {refused}") from refused

    config = DevicesConfig(
        printer=given("printer", parse_printer),
        pad=given("pad", parse_pad),
        scanner=given("scanner", parse_scanner),
        reader=given("reader", parse_reader),
    )
    _check_apart(config.places())
    return config


def _folder(models: Path) -> Path:
    """Without the folder a model that is corrected in it would be used uncorrected."""
    if not models.is_dir():
        raise DevicesConfigRefused(f"devices.models: {models} is no folder")
    return models


def _check_apart(places: dict[str, Place]) -> None:
    taken: dict[str, str] = {}
    for name, place in places.items():
        other = taken.setdefault(address(place), name)
        if other != name:
            raise DevicesConfigRefused(f"devices.{name}.path and devices.{other}.path are the same")
