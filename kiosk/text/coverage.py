"""Which characters a font file has, read from its cmap table.

The OpenType tables are read directly (OpenType 1.9, `cmap`, subtable formats 4 and 12): fontTools takes a
tenth of a second to import and builds a dictionary of 45,000 entries, on every start of the kiosk.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

_HEADER_BYTES = 12
_TABLE_BYTES = 16


class FontUnreadable(Exception):
    """The file is missing, or is no OpenType font with a Unicode character map; the text says which."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The characters of one font as sorted, disjoint ranges of code points."""

    firsts: tuple[int, ...]
    lasts: tuple[int, ...]

    def __contains__(self, character: object) -> bool:
        """Tell whether the font has the one-character string."""
        if not isinstance(character, str):
            return False
        code = ord(character)
        at = bisect_right(self.firsts, code) - 1
        return at >= 0 and code <= self.lasts[at]


def read_coverage(path: Path) -> Coverage:
    """Read the Unicode character map of a .otf or .ttf file.

    Raises `FontUnreadable`.
    """
    try:
        return _coverage(_cmap_table(path))
    except (OSError, struct.error, ValueError) as trouble:
        raise FontUnreadable(f"{path}: {trouble}") from trouble


def _cmap_table(path: Path) -> bytes:
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
        (tables,) = struct.unpack_from(">H", header, 4)
        directory = file.read(tables * _TABLE_BYTES)
        for at in range(0, len(directory), _TABLE_BYTES):
            tag, _checksum, offset, length = struct.unpack_from(">4sLLL", directory, at)
            if tag == b"cmap":
                file.seek(offset)
                return file.read(length)
    raise ValueError("no cmap table")


def _coverage(table: bytes) -> Coverage:
    (subtables,) = struct.unpack_from(">H", table, 2)
    by_format: dict[int, int] = {}
    for index in range(subtables):
        platform, _encoding, offset = struct.unpack_from(">HHL", table, 4 + 8 * index)
        (number,) = struct.unpack_from(">H", table, offset)
        if platform in (0, 3):  # Unicode, Windows
            by_format[number] = offset
    if 12 in by_format:
        ranges = _format_12(table, by_format[12])
    elif 4 in by_format:
        ranges = _format_4(table, by_format[4])
    else:
        raise ValueError("no Unicode subtable of format 4 or 12")
    ranges.sort()
    return Coverage(tuple(first for first, _ in ranges), tuple(last for _, last in ranges))


def _format_12(table: bytes, offset: int) -> list[tuple[int, int]]:
    (groups,) = struct.unpack_from(">L", table, offset + 12)
    body = table[offset + 16 : offset + 16 + 12 * groups]
    return [(first, last) for first, last, _glyph in struct.iter_unpack(">LLL", body)]


def _format_4(table: bytes, offset: int) -> list[tuple[int, int]]:
    (twice,) = struct.unpack_from(">H", table, offset + 6)
    lasts = struct.unpack_from(f">{twice // 2}H", table, offset + 14)
    firsts = struct.unpack_from(f">{twice // 2}H", table, offset + 16 + twice)
    return [(first, last) for first, last in zip(firsts, lasts, strict=True) if first != 0xFFFF]
