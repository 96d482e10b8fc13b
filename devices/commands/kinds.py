"""The kinds of devices as commands name them. A new kind is one row here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from devices.code_scanner.model import MODELS as SCANNER_MODELS
from devices.code_scanner.model import read_scanner_model
from devices.id_reader.model import MODELS as READER_MODELS
from devices.id_reader.model import read_reader_model
from devices.printer.profile import MODELS as PRINTER_MODELS
from devices.printer.profile import read_profile
from devices.rating_pad.model import MODELS as PAD_MODELS
from devices.rating_pad.model import read_pad_model


class Kind(Struct, frozen=True):
    """One kind of device.

    `name` is its table in terminal.json and its option, `field` the table's field that names the model, `heading` what
    the list of models is called, `example` what the option looks like. `title_of` reads a model, looked for in the
    given folders first, and returns its title; it raises `ModelRefused`.
    """

    name: str
    field: str
    heading: str
    example: str
    models: Path
    title_of: Callable[[str, Sequence[Path]], str]


KINDS = (
    Kind(
        "printer", "profile", "Printers", "escpos-58=/dev/ttyUSB0", PRINTER_MODELS,
        lambda name, folders: read_profile(name, folders).title,
    ),
    Kind(
        "pad", "model", "Rating pads", "pj06=/dev/ttyUSB1", PAD_MODELS,
        lambda name, folders: read_pad_model(name, folders).described(),
    ),
    Kind(
        "scanner", "model", "Code scanners", "serial=/dev/ttyACM0", SCANNER_MODELS,
        lambda name, folders: read_scanner_model(name, folders).title,
    ),
    Kind(
        "reader", "model", "ID-card readers", "sam-v=/dev/ttyUSB2", READER_MODELS,
        lambda name, folders: read_reader_model(name, folders).title,
    ),
)  # fmt: skip
