"""How a scanner is set up, read from a data file (`models/`).

What a scanner sends around a code, and how it writes characters, is set with codes of its manual and differs from
shop to shop, so nothing is assumed: a model file says it.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from msgspec import Struct

from devices.model_files import ModelRefused, read_model

MODELS = Path(__file__).parent / "models"
AIM_CHARACTERS = 3
"""Of an AIM identifier: `]`, the letter of the symbology, a modifier (ISO/IEC 15424)."""
_PREFIX_CHARACTERS_MAX = 16


class Wire(Enum):
    """How a code arrives."""

    SERIAL = "serial"
    KEYS = "keys"
    """As strokes of a keyboard, through the kernel's input device."""


class Suffix(Enum):
    """What ends a code."""

    CR = "cr"
    LF = "lf"
    CRLF = "crlf"
    TAB = "tab"
    NONE = "none"
    """Nothing: silence ends it."""

    @property
    def octets(self) -> bytes:
        """The bytes on the wire, none for `NONE`."""
        return {"cr": b"\r", "lf": b"\n", "crlf": b"\r\n", "tab": b"\t", "none": b""}[self.value]


class Coding(Enum):
    """How characters are written; the values are Python's names of the codings."""

    UTF_8 = "utf-8"
    GBK = "gbk"


class Framing(Struct, frozen=True):
    """What stands around a code.

    Attributes:
        prefix: bytes that every code begins with; a code without them is none.
        suffix: what ends a code.
        aim: whether an AIM identifier of the symbology stands between prefix and code.
        coding: how the code's characters are written.
        quiet_ms: within a code the next byte comes sooner. After so much silence a code without suffix is over, and
            one that should have had a suffix is broken.
    """

    prefix: bytes = b""
    suffix: Suffix = Suffix.CR
    aim: bool = False
    coding: Coding = Coding.UTF_8
    quiet_ms: int = 200


class ScannerModel(Struct, frozen=True):
    """One way of setting up a scanner. `baud` is of a serial port; one that is USB by itself ignores it."""

    name: str
    title: str
    wire: Wire
    baud: int
    framing: Framing


def read_scanner_model(name: str, extra: Sequence[Path] = ()) -> ScannerModel:
    """Return the model `name`, looked for in the folders `extra` first. Raises `ModelRefused`."""
    fields = read_model(name, (*extra, MODELS))
    wire = fields.choice("wire", Wire)
    prefix = fields.any_text("prefix")
    if not (prefix.isascii() and len(prefix) <= _PREFIX_CHARACTERS_MAX):
        raise ModelRefused(f"{name}: prefix must be at most {_PREFIX_CHARACTERS_MAX} ASCII characters")
    model = ScannerModel(
        name=name,
        title=fields.text("title"),
        wire=wire,
        baud=fields.baud() if wire is Wire.SERIAL else 0,
        framing=Framing(
            prefix=prefix.encode("ascii"),
            suffix=fields.choice("suffix", Suffix),
            aim=fields.yes_or_no("aim"),
            coding=fields.choice("coding", Coding),
            quiet_ms=fields.number("quiet_ms", 20, 2_000),
        ),
    )
    fields.done()
    if wire is Wire.KEYS and model.framing.suffix in (Suffix.LF, Suffix.CRLF):
        raise ModelRefused(f'{name}: Enter is one key; its suffix is "cr"')
    return model
