"""The scanner's table in terminal.json: `devices.scanner`."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from devices.code_scanner.model import ScannerModel, Wire, read_scanner_model
from devices.config_fields import DevicesConfigRefused, table
from devices.places import InputPlace, SerialPlace

_INPUT = "evdev:"


class ScannerConfig(Struct, frozen=True):
    """The scanner that is fitted."""

    model: ScannerModel
    place: SerialPlace | InputPlace


def parse_scanner(section: object, base: Path, models: tuple[Path, ...]) -> ScannerConfig:
    """Return what the table says. Raises `DevicesConfigRefused` or `ModelRefused`."""
    fields = table(section, "devices.scanner", {"model", "path", "baud"}, base)
    model = read_scanner_model(fields.text("model"), models)
    path = fields.text("path")
    is_input = path.startswith(_INPUT) and path != _INPUT
    if is_input is not (model.wire is Wire.KEYS):
        wanted = "evdev:/dev/input/by-id/..." if model.wire is Wire.KEYS else "a serial port"
        raise DevicesConfigRefused(f"devices.scanner.path must be {wanted} for the model {model.name}")
    if is_input:
        return ScannerConfig(model, InputPlace(base / path.removeprefix(_INPUT)))
    return ScannerConfig(model, fields.serial_place(model.baud))
