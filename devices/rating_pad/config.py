"""The pad's table in terminal.json: `devices.pad`."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from devices.config_fields import table
from devices.places import SerialPlace
from devices.rating_pad.driver import WINDOW_S_MAX
from devices.rating_pad.model import PadModel, read_pad_model

WINDOW_S = 30
"""How long a pad waits for a key when its table does not say."""


class PadConfig(Struct, frozen=True):
    """The pad that is fitted; `window_s` is how long it is told to wait for a key."""

    model: PadModel
    place: SerialPlace
    window_s: int


def parse_pad(section: object, base: Path, models: tuple[Path, ...]) -> PadConfig:
    """Return what the table says. Raises `DevicesConfigRefused` or `ModelRefused`."""
    fields = table(section, "devices.pad", {"model", "path", "baud", "flow", "window_s"}, base)
    model = read_pad_model(fields.text("model"), models)
    window_s = fields.whole_number("window_s", 1, WINDOW_S_MAX, WINDOW_S)
    return PadConfig(model, fields.serial_place(model.baud), window_s)
