"""The reader's table in terminal.json: `devices.reader`."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from devices.config_fields import table
from devices.id_reader.model import ReaderModel, read_reader_model
from devices.places import SerialPlace


class ReaderConfig(Struct, frozen=True):
    """The reader of identity cards that is fitted."""

    model: ReaderModel
    place: SerialPlace


def parse_reader(section: object, base: Path, models: tuple[Path, ...]) -> ReaderConfig:
    """Return what the table says. Raises `DevicesConfigRefused` or `ModelRefused`."""
    fields = table(section, "devices.reader", {"model", "path", "baud"}, base)
    model = read_reader_model(fields.text("model"), models)
    return ReaderConfig(model, fields.serial_place(model.baud))
