"""Which characters a font file has, read from its cmap table.

The OpenType tables are read directly (OpenType 1.9, `cmap`, subtable formats 4 and 12): fontTools takes a
tenth of a second to import and builds a dictionary of 45,000 entries, on every start of the kiosk and before the first
name that is drawn.
"""

from __future__ import annotations

import struct
import sys
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from devices.font_file import FontUnusable, tables_of


class Coverage(Struct, frozen=True):
    """The characters of one font as sorted, disjoint ranges of code points."""

    firsts: Sequence[int]
    lasts: Sequence[int]

    def __contains__(self, character: object) -> bool:
        """Tell whether the font has the one-character string."""
        if not isinstance(character, str):
            return False
        code = ord(character)
        at = bisect_right(self.firsts, code) - 1
        return at >= 0 and code <= self.lasts[at]


def read_coverage(path: Path, face: int = 0) -> Coverage:
    """Read the Unicode character map of a .otf or .ttf file, or of one face of a .ttc.

    Raises `FontUnusable` for a file that is missing, cut off, no font, or without such a map.
    """
    try:
        return _coverage(_cmap_table(path, face))
    except (OSError, struct.error, ValueError) as trouble:
        raise FontUnusable(f"{path} is damaged: {trouble}") from trouble


def _cmap_table(path: Path, face: int) -> bytes:
    place = tables_of(path, face).get("cmap")
    if place is None:
        raise ValueError("it does not say which characters it has")
    offset, length = place
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(length)


def _coverage(table: bytes) -> Coverage:
    (subtables,) = struct.unpack_from(">H", table, 2)
    by_format: dict[int, int] = {}
    for index in range(subtables):
        platform, _encoding, offset = struct.unpack_from(">HHL", table, 4 + 8 * index)
        (number,) = struct.unpack_from(">H", table, offset)
        if platform in (0, 3):  # Unicode, Windows
            by_format[number] = offset
    # Both formats list their ranges in order, so nothing is sorted here.
    if 12 in by_format:
        return _format_12(table, by_format[12])
    if 4 in by_format:
        return _format_4(table, by_format[4])
    raise ValueError("no Unicode subtable of format 4 or 12")


def _format_12(table: bytes, offset: int) -> Coverage:
    (groups,) = struct.unpack_from(">L", table, offset + 12)
    # first code point, last code point, first glyph, for each of some sixteen thousand ranges
    numbers = _big_endian("I", table[offset + 16 : offset + 16 + 12 * groups])
    return Coverage(numbers[0::3], numbers[1::3])


def _format_4(table: bytes, offset: int) -> Coverage:
    (twice,) = struct.unpack_from(">H", table, offset + 6)
    lasts = _big_endian("H", table[offset + 14 : offset + 14 + twice])
    firsts = _big_endian("H", table[offset + 16 + twice : offset + 16 + 2 * twice])
    return Coverage(firsts[:-1], lasts[:-1])  # the last range is a stop sign


def _big_endian(code: str, data: bytes) -> array[int]:
    numbers = array(code, data)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers
