"""The pad's table in terminal.json: `devices.pad`."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

from devices.config_fields import Table, table
from devices.places import DatagramPlace, SerialPlace, SocketPlace
from devices.rating_pad.driver import WINDOW_S_MAX
from devices.rating_pad.model import PadModel, read_pad_model
from devices.rating_pad.wires import Transport

WINDOW_S = 30
"""How long a pad waits for a key when its table does not say."""
PadPlace: TypeAlias = SerialPlace | SocketPlace | DatagramPlace


class PadConfig(Struct, frozen=True):
    """The pad that is fitted; `window_s` is how long it is told to wait for a key."""

    model: PadModel
    place: PadPlace
    window_s: int


def parse_pad(section: object, base: Path, models: tuple[Path, ...]) -> PadConfig:
    """Return what the table says. Raises `DevicesConfigRefused` or `ModelRefused`."""
    fields = table(section, "devices.pad", {"model", "path", "baud", "flow", "window_s"}, base)
    model = read_pad_model(fields.text("model"), models)
    model.check_usable()
    window_s = fields.whole_number("window_s", 1, WINDOW_S_MAX, WINDOW_S)
    return PadConfig(model, _place(fields, model), window_s)


def _place(fields: Table, model: PadModel) -> PadPlace:
    if model.text is None:
        return fields.serial_place(model.baud, model.parity, model.stop_bits)
    if model.text.transport is Transport.UDP:
        return fields.datagram_place(model.text.listens)
    return fields.socket_place()
