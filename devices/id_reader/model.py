"""What a model of identity-card reader needs to be told, read from a data file (`models/`)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from msgspec import Struct

from devices.model_files import read_model

MODELS = Path(__file__).parent / "models"


class Protocol(Enum):
    """The language of the wire."""

    SAM_V = "sam_v"


class ReaderModel(Struct, frozen=True):
    """One model of reader. Times in milliseconds: between two looks for a card, for a short answer, for a card's text.

    `baud` is the speed that it leaves the factory with.
    """

    name: str
    title: str
    protocol: Protocol
    baud: int
    poll_ms: int
    answer_ms: int
    read_ms: int


def read_reader_model(name: str, extra: Sequence[Path] = ()) -> ReaderModel:
    """Return the reader model `name`, looked for in the folders `extra` first.

    Raises `ModelRefused`.
    """
    fields = read_model(name, (*extra, MODELS))
    model = ReaderModel(
        name=name,
        title=fields.text("title"),
        protocol=fields.choice("protocol", Protocol),
        baud=fields.baud(),
        poll_ms=fields.number("poll_ms", 300, 1_000),
        answer_ms=fields.number("answer_ms", 200, 5_000),
        read_ms=fields.number("read_ms", 1_000, 10_000),
    )
    fields.done()
    return model
