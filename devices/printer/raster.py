"""Pictures for the print head: lines with rare characters, and QR codes that the printer cannot make.

A picture is kept as `Bitmap`, one bit a dot, rows padded to whole bytes: the form of GS v 0.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from PIL import Image, ImageDraw

from devices.font_file import FontUnusable
from devices.printer.layout import Line, columns_of
from devices.printer.profile import CELL_DOTS, CHARACTER_DOTS, STRIP_ROWS
from devices.typeface import Typeface

_LATIN_EM_DOTS = 21
"""At this size the digits of a proportional face are as wide as a 12-dot column."""
_INK_LEVEL = 120
"""Coverage (0-255) from which a dot is burnt; a little below half keeps thin strokes whole."""


class Bitmap(Struct, frozen=True):
    """`rows` rows of `row_bytes` bytes each, most significant bit leftmost, 1 = black."""

    row_bytes: int
    rows: int
    data: bytes

    @property
    def columns(self) -> int:
        """How many dots wide it is."""
        return self.row_bytes * 8

    def trimmed(self) -> tuple[int, Bitmap]:
        """Return how many white rows it begins with, and the bitmap without these and those at the end."""
        before = self._white_bytes(self.data) // self.row_bytes if self.row_bytes else 0
        after = self._white_bytes(self.data[::-1]) // self.row_bytes if self.row_bytes else 0
        if before == self.rows:
            return before, Bitmap(self.row_bytes, 0, b"")
        rows = self.rows - before - after
        return before, Bitmap(self.row_bytes, rows, self.data[before * self.row_bytes :][: rows * self.row_bytes])

    def enlarged(self, across: int, down: int) -> Bitmap:
        """Return the bitmap so many times as wide and as high."""
        large = self._picture().resize((self.columns * across, self.rows * down), Image.Resampling.NEAREST)
        return Bitmap(self.row_bytes * across, self.rows * down, large.tobytes())

    def as_columns(self) -> list[bytes]:
        """Return strips of 24 rows, column after column of three bytes, top dot first; the last padded with white."""
        strips = []
        for top in range(0, self.rows, STRIP_ROWS):
            strip = self._picture().crop((0, top, self.columns, top + STRIP_ROWS))
            strips.append(strip.transpose(Image.Transpose.TRANSPOSE).tobytes())
        return strips

    def _picture(self) -> Image.Image:
        return Image.frombytes("1", (self.columns, self.rows), self.data)

    @staticmethod
    def _white_bytes(data: bytes) -> int:
        return len(data) - len(data.lstrip(b"\0"))

    def bands(self, rows_max: int) -> list[Bitmap]:
        """Return the bitmap cut into pieces of at most `rows_max` rows, from the top."""
        return [
            Bitmap(
                self.row_bytes,
                min(rows_max, self.rows - top),
                self.data[top * self.row_bytes : (top + rows_max) * self.row_bytes],
            )
            for top in range(0, self.rows, rows_max)
        ]


def draw_line(line: Line, typeface: Typeface) -> Bitmap:
    """Return a line of text drawn in the cells that the printer itself would use. Raises `FontUnusable`."""
    across, down = line.size.across, line.size.down
    cell_px, height_px = CELL_DOTS * across, CHARACTER_DOTS * down
    picture = Image.new("L", (-(-columns_of(line.text) * cell_px // 8) * 8, height_px), 0)
    left = 0
    for character in line.text:
        width_px = cell_px * columns_of(character)
        try:
            glyph = _glyph(character, width_px, height_px, line.bold, typeface)
        except OSError as error:  # as Pillow reports what FreeType makes of damaged outlines
            raise FontUnusable(f"{typeface.path} is damaged: it cannot draw {character} ({error})") from error
        picture.paste(glyph, (left, 0))
        left += width_px
    return _bitmap(picture)


def _glyph(character: str, width_px: int, height_px: int, bold: bool, typeface: Typeface) -> Image.Image:
    """Draw one character; what is wider than its cell is made narrower, never cut off."""
    em_px = height_px if columns_of(character) > 1 else height_px * _LATIN_EM_DOTS // CHARACTER_DOTS
    font = typeface.at(em_px, character)
    ascent, descent = font.getmetrics()
    natural_px = max(round(font.getlength(character)), 1)
    glyph = Image.new("L", (max(natural_px, width_px), height_px), 0)
    draw = ImageDraw.Draw(glyph)
    baseline = round(height_px * ascent / (ascent + descent))
    left = max(width_px - natural_px, 0) / 2
    draw.text((left, baseline), character, fill=255, font=font, anchor="ls")
    if bold:
        draw.text((left + 1, baseline), character, fill=255, font=font, anchor="ls")
    return glyph if glyph.width == width_px else glyph.resize((width_px, height_px))


def _bitmap(picture: Image.Image) -> Bitmap:
    dots = picture.point(lambda level: 255 if level >= _INK_LEVEL else 0, mode="1")
    return Bitmap(dots.width // 8, dots.height, dots.tobytes())


def draw_modules(matrix: Sequence[Sequence[bool]], scale: int) -> Bitmap:
    """Return a QR matrix with modules of `scale` dots, without a quiet zone."""
    side = len(matrix)
    picture = Image.new("1", (side, side), 0)
    picture.putdata([255 if module else 0 for row in matrix for module in row])
    large = picture.resize((side * scale, side * scale), Image.Resampling.NEAREST)
    padded = Image.new("1", (-(-large.width // 8) * 8, large.height), 0)
    padded.paste(large, (0, 0))
    return Bitmap(padded.width // 8, padded.height, padded.tobytes())
