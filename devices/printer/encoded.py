"""A slip as a printer's bytes, apart from the encoder that makes them."""

from __future__ import annotations

from msgspec import Struct

PLACEHOLDER = "〓"
"""Stands for a character that neither the printer nor the font has; it is in GB 2312."""


class QrTooLarge(Exception):
    """The text of a QR code does not fit the paper in modules that a telephone can read."""


class Encoded(Struct, frozen=True):
    """A slip as bytes, one piece a command or line of text.

    `height_dots` is about how much paper it takes, `missing` names the characters that had to be
    replaced by `PLACEHOLDER`.
    """

    pieces: tuple[bytes, ...]
    height_dots: int
    missing: tuple[str, ...] = ()

    @property
    def data(self) -> bytes:
        """The bytes in one piece."""
        return b"".join(self.pieces)
