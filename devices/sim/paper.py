"""The paper of the simulated printer: operations become a picture, as the print head would burn it."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import qrcode
from msgspec import Struct
from PIL import Image, ImageDraw

from devices.sim.escpos_reader import Op, Operation
from devices.typeface import Typeface

CELL_DOTS, CHARACTER_DOTS, DEFAULT_SPACING_DOTS = 12, 24, 30
MARGIN_DOTS = 32
"""Paper left and right of what the head reaches."""
_LATIN_EM = 0.9
_CORRECTIONS = {0x30: 1, 0x31: 0, 0x32: 3, 0x33: 2}
_WHITE = 255
DRAWN = "▦"
"""Stands in the words on the paper for a picture within a line."""


class PieceOfPaper(Struct, frozen=True):
    """What came out between two cuts: a picture, the words on it, and the bytes it was made from."""

    number: int
    is_complete: bool
    png: bytes
    text: str
    raw: bytes


@dataclass(slots=True)
class _Modes:
    across: int = 1
    down: int = 1
    is_bold: bool = False
    align: int = 0
    spacing_dots: int = DEFAULT_SPACING_DOTS
    module_dots: int = 3
    correction: int = 0x30
    qr_text: bytes = b""
    kept: Image.Image | None = None


@dataclass(slots=True)
class _Cell:
    character: str
    across: int
    down: int
    is_bold: bool
    picture: Image.Image | None = None

    @property
    def width_dots(self) -> int:
        if self.picture is not None:
            return self.picture.width
        return CELL_DOTS * self.across * (1 if self.character < "\x7f" else 2)


def _height_dots(cell: _Cell) -> int:
    return cell.picture.height if cell.picture is not None else CHARACTER_DOTS * cell.down


@dataclass(slots=True)
class _Sheet:
    """The paper since the last cut."""

    strips: list[Image.Image] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    raw: bytearray = field(default_factory=bytearray)
    height_dots: int = 0


class PaperRoll:
    """Executes operations; `dots` is the width of the print head."""

    def __init__(self, dots: int, typeface: Typeface) -> None:
        self._dots = dots
        self._typeface = typeface
        self._modes = _Modes()
        self._line: list[_Cell] = []
        self._sheet = _Sheet()
        self._number = 1
        self._seen = PieceOfPaper(0, is_complete=False, png=b"", text="", raw=b"")

    def execute(self, operation: Operation) -> int:
        """Do what `operation` says; return by how many dots the paper moved."""
        before = self._sheet.height_dots
        self._sheet.raw += operation.raw
        self._do(operation)
        return self._sheet.height_dots - before

    def is_blank(self) -> bool:
        """Return whether nothing came out since the last cut."""
        return not self._sheet.height_dots

    def tear(self) -> PieceOfPaper:
        """Take off what came out and begin anew."""
        piece = self.look(is_complete=True)
        self._sheet = _Sheet()
        self._number += 1
        return piece

    def look(self, *, is_complete: bool = False) -> PieceOfPaper:
        """Return what came out since the last cut, without taking it."""
        sheet, seen = self._sheet, self._seen
        if (seen.number, seen.is_complete, len(seen.raw)) == (self._number, is_complete, len(sheet.raw)):
            return seen
        picture = Image.new("L", (self._dots + 2 * MARGIN_DOTS, sheet.height_dots + MARGIN_DOTS), _WHITE)
        top = MARGIN_DOTS // 2
        for strip in sheet.strips:
            picture.paste(strip, (MARGIN_DOTS, top))
            top += strip.height
        file = io.BytesIO()
        picture.save(file, "PNG")
        text = "\n".join(sheet.lines)
        self._seen = PieceOfPaper(self._number, is_complete, file.getvalue(), text, bytes(sheet.raw))
        return self._seen

    def forget_line(self) -> None:
        """Forget the line that was not printed yet."""
        self._line = []

    def power_off(self) -> None:
        """Forget modes and the line that was not printed yet."""
        self._modes = _Modes()
        self._line = []

    def _do(self, operation: Operation) -> None:
        modes, numbers = self._modes, operation.numbers
        match operation.op:
            case Op.INIT:
                self.power_off()
            case Op.TEXT:
                self._add(operation.text)
            case Op.LINE_FEED:
                self._print_line()
            case Op.ALIGN:
                modes.align = numbers[0]
            case Op.BOLD:
                modes.is_bold = bool(numbers[0])
            case Op.SIZE:
                modes.across, modes.down = numbers
            case Op.SPACING:
                modes.spacing_dots = numbers[0] if numbers else DEFAULT_SPACING_DOTS
            case Op.FEED_DOTS:
                self._flush_line()
                self._feed(numbers[0])
            case Op.FEED_LINES:
                self._flush_line()
                self._feed(numbers[0] * modes.spacing_dots)
            case Op.RASTER | Op.COLUMNS | Op.KEEP | Op.PRINT_KEPT:
                self._draw(operation)
            case _:
                self._qr(operation)

    def _qr(self, operation: Operation) -> None:
        modes = self._modes
        match operation.op:
            case Op.QR_MODULE:
                modes.module_dots = operation.numbers[0]
            case Op.QR_CORRECTION:
                modes.correction = operation.numbers[0]
            case Op.QR_STORE:
                modes.qr_text = operation.data
            case Op.QR_PRINT:
                self._print_qr()

    def _draw(self, operation: Operation) -> None:
        modes, numbers = self._modes, operation.numbers
        match operation.op:
            case Op.RASTER:
                self._raster(operation)
            case Op.COLUMNS:
                columns, dots, across, down = numbers
                if columns:
                    turned = Image.frombytes("1", (dots, columns), operation.data).transpose(Image.Transpose.TRANSPOSE)
                    self._put(_Cell(DRAWN, 1, 1, False, turned.resize((columns * across, dots * down))))
            case Op.KEEP:
                across, down, width, rows = numbers
                dots_of = Image.frombytes("1", (-(-width // 8) * 8, rows), operation.data).crop((0, 0, width, rows))
                modes.kept = dots_of.resize((width * across, rows * down), Image.Resampling.NEAREST)
            case Op.PRINT_KEPT if modes.kept is not None:
                self._flush_line()
                self._place(modes.kept)
                modes.kept = None

    def _add(self, character: str) -> None:
        self._put(_Cell(character, self._modes.across, self._modes.down, self._modes.is_bold))

    def _put(self, cell: _Cell) -> None:
        if sum(other.width_dots for other in self._line) + cell.width_dots > self._dots:
            self._print_line()
        self._line.append(cell)

    def _flush_line(self) -> None:
        if self._line:
            self._print_line()

    def _print_line(self) -> None:
        cells, self._line = self._line, []
        tall = max((_height_dots(cell) for cell in cells), default=0)
        height = max(tall, self._modes.spacing_dots)
        width = sum(cell.width_dots for cell in cells)
        strip = Image.new("L", (self._dots, height), _WHITE)
        left = (self._dots - width) * self._modes.align // 2
        for cell in cells:
            glyph = self._glyph(cell)
            strip.paste(0, (left, tall - glyph.height), glyph)
            left += cell.width_dots
        words = "".join(cell.character for cell in cells)
        if not words or words.strip("-"):  # a rule says nothing
            self._sheet.lines.append(words)
        self._burn(strip)

    def _glyph(self, cell: _Cell) -> Image.Image:
        """Return one character as a mask in its cell, as the ROM has it; doubled ones are smoothed."""
        if cell.picture is not None:
            return cell.picture.convert("L")
        size = (cell.width_dots, CHARACTER_DOTS * cell.down)
        is_wide = cell.character >= "\x7f"
        em = round(CHARACTER_DOTS * cell.down * (1 if is_wide else _LATIN_EM))
        font = self._typeface.at(em, cell.character)
        ascent, descent = font.getmetrics()
        natural = max(size[0] * cell.down // cell.across, round(font.getlength(cell.character)))
        mask = Image.new("L", (natural, size[1]), 0)
        draw = ImageDraw.Draw(mask)
        place = (natural / 2, size[1] * ascent / (ascent + descent))
        stroke = 0.35 * cell.down if cell.is_bold else 0
        draw.text(place, cell.character, fill=255, font=font, anchor="ms", stroke_width=stroke)
        return mask if mask.size == size else mask.resize(size, Image.Resampling.LANCZOS)

    def _raster(self, operation: Operation) -> None:
        self._flush_line()
        across, down, row_bytes, rows = operation.numbers
        if not row_bytes or not rows:
            return
        dots = Image.frombytes("1", (row_bytes * 8, rows), operation.data)
        large = dots.resize((dots.width * across, dots.height * down), Image.Resampling.NEAREST)
        self._place(large)

    def _print_qr(self) -> None:
        self._flush_line()
        modes = self._modes
        code = qrcode.QRCode(error_correction=_CORRECTIONS.get(modes.correction, 1), border=0)
        code.add_data(modes.qr_text)
        matrix = code.get_matrix()
        side = len(matrix)
        dots = Image.new("1", (side, side), 0)
        dots.putdata([255 if module else 0 for row in matrix for module in row])
        self._place(dots.resize((side * modes.module_dots,) * 2, Image.Resampling.NEAREST))

    def _place(self, dots: Image.Image) -> None:
        """Burn a black-is-1 picture where the alignment says; what is too wide is lost."""
        strip = Image.new("L", (self._dots, dots.height), _WHITE)
        left = max((self._dots - dots.width) * self._modes.align // 2, 0)
        strip.paste(0, (left, 0), dots)
        self._burn(strip)

    def _feed(self, dots: int) -> None:
        if dots:
            self._burn(Image.new("L", (self._dots, dots), _WHITE))

    def _burn(self, strip: Image.Image) -> None:
        self._sheet.strips.append(strip)
        self._sheet.height_dots += strip.height
