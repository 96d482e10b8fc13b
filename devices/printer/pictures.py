"""A picture as the commands of a printer. Pure.

| bytes                       | meaning                                                              |
|-----------------------------|----------------------------------------------------------------------|
| 1D 76 30 m x2 y2 d          | GS v 0, x bytes a row, y rows; m = 1 doubles across, 2 down, 3 both   |
| 1D 28 4C p2 30 70 30 bx by 31 x2 y2 d | GS ( L 112 keeps a picture of x dots by y rows, bx and by times as large |
| 1D 28 4C 02 00 30 32        | GS ( L 50 prints it                                                  |
| 1B 2A 21 n2 d               | ESC * 33, n columns of three bytes, into the line like text          |

Two-byte numbers begin with the low byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from devices.printer.profile import STRIP_ROWS, PictureForm

if TYPE_CHECKING:
    # Drawing is imported with the first slip: the kiosk starts without it.
    from devices.printer.raster import Bitmap

_PRINT_KEPT = b"\x1d\x28\x4c\x02\x00\x30\x32"
_ONE_TONE, _BLACK = 0x30, 0x31
_KEEPING_HEAD_BYTES = 10
_CODE_BYTES_MAX = 8 + 2_953
"""GS ( k 180 with the longest text that a QR code holds (version 40, correction L)."""


def picture_commands(bitmap: Bitmap, across: int, down: int, form: PictureForm, band_rows: int) -> list[bytes]:
    """Return the commands that print a bitmap, enlarged once or twice each way, in bands of so many of its rows.

    Column pictures (`PictureForm.COLUMNS`) are lines of their own, `STRIP_ROWS` dots apart.
    """
    if form is PictureForm.COLUMNS:
        return [in_line(strip) + b"\n" for strip in bitmap.enlarged(across, down).as_columns()]
    commands = []
    for band in bitmap.bands(band_rows):
        if form is PictureForm.GS_L:
            dots = _pair(band.columns) + _pair(band.rows) + band.data
            head = bytes((0x30, 0x70, _ONE_TONE, across, down, _BLACK))
            kept = b"\x1d\x28\x4c" + _pair(_KEEPING_HEAD_BYTES + len(band.data)) + head + dots
            commands.append(kept + _PRINT_KEPT)
        else:
            mode = (across - 1) | (down - 1) << 1
            commands.append(b"\x1d\x76\x30" + bytes((mode,)) + _pair(band.row_bytes) + _pair(band.rows) + band.data)
    return commands


def in_line(strip: bytes) -> bytes:
    """Return the command that puts a strip of columns into the line, like text."""
    return b"\x1b\x2a\x21" + _pair(len(strip) * 8 // STRIP_ROWS) + strip


def longest_command_bytes(dots: int, band_rows: int) -> int:
    """Return the length of the longest command for a paper of `dots`: a picture in any form, or the text of a code."""
    picture = dots // 8 * band_rows + _KEEPING_HEAD_BYTES + 5 + len(_PRINT_KEPT)
    return max(picture, dots * STRIP_ROWS // 8 + 6, _CODE_BYTES_MAX)


def _pair(number: int) -> bytes:
    return number.to_bytes(2, "little")
