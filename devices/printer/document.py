"""A slip as blocks, before any printer is thought of.

A slip says what stands on the paper and how loud; how wide a line is, how a QR code is drawn and
how the paper is cut belong to the printer's profile (`profile`) and to the encoder (`encoder`).
"""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from msgspec import Struct


class Align(Enum):
    """Where a line stands. The values are the parameter of ESC a."""

    LEFT = 0
    CENTRE = 1
    RIGHT = 2


class Size(Enum):
    """How large a character is, as (times wide, times high) of the normal 12x24 / 24x24 dots."""

    NORMAL = (1, 1)
    TALL = (1, 2)
    LARGE = (2, 2)

    @property
    def across(self) -> int:
        """Times the normal width."""
        return self.value[0]

    @property
    def down(self) -> int:
        """Times the normal height."""
        return self.value[1]


class Correction(Enum):
    """Error correction of a QR code; the values are the parameter of GS ( k function 169."""

    LOW = 0x30
    MEDIUM = 0x31
    QUARTILE = 0x32
    HIGH = 0x33


class Text(Struct, frozen=True):
    """A paragraph; wrapped to the paper. A newline in it begins a new line."""

    text: str
    size: Size = Size.NORMAL
    bold: bool = False
    align: Align = Align.LEFT


class Rule(Struct, frozen=True):
    """A dashed line across the paper."""


class Pair(Struct, frozen=True):
    """A label and its value. Pairs that follow each other are aligned as one table."""

    label: str
    value: str
    bold: bool = False


class Qr(Struct, frozen=True):
    """A QR code, centred, as large as the paper allows."""

    data: str
    correction: Correction = Correction.MEDIUM


class Feed(Struct, frozen=True):
    """Empty lines."""

    lines: int = 1


class Cut(Struct, frozen=True):
    """Ends the slip: feeds it past the tear bar and cuts where the printer can."""


Block: TypeAlias = Text | Rule | Pair | Qr | Feed | Cut


class Slip(Struct, frozen=True):
    """What is printed in one go."""

    blocks: tuple[Block, ...]
