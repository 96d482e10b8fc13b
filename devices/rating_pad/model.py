"""What a pad sends and means, read from a data file (`models/`).

Products number their keys differently, some with 1 as the best, some with 4, some with 3; nothing is
assumed, every byte that is a key is listed with its level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from types import MappingProxyType

from msgspec import Struct

from devices.model_files import ModelRefused, read_model

MODELS = Path(__file__).parent / "models"


class Protocol(Enum):
    """The language of the wire."""

    PJ06 = "pj06"


class PadModel(Struct, frozen=True):
    """One model of pad.

    `levels` maps a key's byte to its level, 5 best … 1 worst. `settle_ms`: pause in the opening
    sequence. `too_soon_ms`: a key earlier than this after the prompt was not an answer to it.
    `quiet_ms`: silence around a single key. `noise_bytes_max`: more noise than this in one window
    and no key in it is believed.
    """

    name: str
    title: str
    protocol: Protocol
    baud: int
    settle_ms: int
    too_soon_ms: int
    quiet_ms: int
    noise_bytes_max: int
    levels: Mapping[int, int]


def read_pad_model(name: str, extra: Sequence[Path] = ()) -> PadModel:
    """Return the pad model `name`, looked for in the folders `extra` first.

    Raises `ModelRefused`.
    """
    fields = read_model(name, (*extra, MODELS))
    levels: dict[int, int] = {}
    for row in fields.tables("keys"):
        byte, level = row.number("byte", 0, 255), row.number("level", 1, 5)
        row.done()
        if byte in levels or level in levels.values():
            raise ModelRefused(f"{name}: a byte and a level can each be given to one key only")
        levels[byte] = level
    model = PadModel(
        name=name,
        title=fields.text("title"),
        protocol=fields.choice("protocol", Protocol),
        baud=fields.number("baud", 110, 115_200),
        settle_ms=fields.number("settle_ms", 0, 5_000),
        too_soon_ms=fields.number("too_soon_ms", 0, 2_000),
        quiet_ms=fields.number("quiet_ms", 5, 500),
        noise_bytes_max=fields.number("noise_bytes_max", 0, 1_000),
        levels=MappingProxyType(levels),
    )
    fields.done()
    return model
