"""From a slip to the bytes of ESC/POS. Pure: the same slip, profile and font give the same bytes.

| bytes            | meaning                                             |
|------------------|-----------------------------------------------------|
| 1B 40            | ESC @  start from the defaults                      |
| 1C 26, 1C 2E     | FS &, FS .  Chinese mode on, off                    |
| 1B 33 n          | ESC 3  distance of lines in dots                    |
| 1B 61 n          | ESC a  left, centre, right                          |
| 1B 45 n          | ESC E  emphasised                                   |
| 1D 21 n          | GS !   times wide - 1, times high - 1 (nibbles)     |
| 1C 21 n          | FS !   Chinese: 04 twice as wide, 08 twice as high  |
| 1C 57 n          | FS W   Chinese: twice as wide and as high           |
| 1B 64 n, 1B 4A n | ESC d, ESC J  feed lines, feed dots                 |
| 1D 28 6B ..      | GS ( k QR code made by the printer                  |
| 1D 56 ..         | GS V   cut: 0 full, 1 partial, 41 and 42 n feed first |
| 1B 69, 1B 6D     | ESC i, ESC m  cut, by older printers                |

Pictures are in `pictures`. GS ! sizes Chinese characters too, on most models; ESC ! and ESC t are not used, because
neither works for them on printers with a Chinese ROM.
"""

from __future__ import annotations

from itertools import groupby

from devices.printer.characters import encode_character
from devices.printer.document import Align, Feed, Qr, Rule, Size, Slip
from devices.printer.encoded import PLACEHOLDER, Encoded, QrTooLarge
from devices.printer.layout import Laid, Line, columns_of, lay_out
from devices.printer.pictures import in_line, picture_commands
from devices.printer.profile import (
    CELL_DOTS,
    CHARACTER_DOTS,
    STRIP_ROWS,
    Coding,
    CutForm,
    PictureForm,
    Profile,
    QrForm,
    SizeForm,
)
from devices.printer.qr_code import (
    QUIET_MODULES,
    matrix_of,
    module_dots,
    most_modules,
    native_commands,
    picture_module_dots,
)
from devices.printer.raster import Bitmap, draw_line, draw_modules
from devices.typeface import Typeface

INIT = b"\x1b\x40"
CHINESE_ON, CHINESE_OFF = b"\x1c\x26", b"\x1c\x2e"
_NARROW = (1, 1)
_DASH_TIMES = 4
"""A rule is hyphens four times as wide: a dozen bytes, where a picture of dashes takes forty."""
_CUTS = {
    CutForm.PARTIAL: b"\x1d\x56\x01",
    CutForm.FULL: b"\x1d\x56\x00",
    CutForm.FEED_PARTIAL: b"\x1d\x56\x42\x00",
    CutForm.FEED_FULL: b"\x1d\x56\x41\x00",
    CutForm.ESC_I: b"\x1b\x69",
    CutForm.ESC_M: b"\x1b\x6d",
}
_FEED_THEMSELVES = (CutForm.FEED_PARTIAL, CutForm.FEED_FULL)


def encode(slip: Slip, profile: Profile, typeface: Typeface) -> Encoded:
    """Return the bytes that print `slip` on a printer of `profile`.

    Raises `QrTooLarge`, `FontUnusable`.
    """
    work = _Encoder(profile, typeface)
    for laid in lay_out(slip.blocks, profile.columns):
        work.add(laid)
    return Encoded(tuple(work.pieces), work.height_dots, tuple(work.missing))


class _Encoder:
    """Collects pieces and knows which modes the printer is in, so that only changes are sent."""

    def __init__(self, profile: Profile, typeface: Typeface) -> None:
        self._profile = profile
        self._typeface = typeface
        self._times = _NARROW
        self._bold = False
        self._align = Align.LEFT
        self._spacing_dots = 0
        mode = CHINESE_OFF if profile.coding in (Coding.ASCII, Coding.UTF_8) else CHINESE_ON
        self.pieces: list[bytes] = [piece for piece in (INIT, mode, profile.prepare) if piece]
        self.height_dots = 0
        self.missing: list[str] = []
        self._space(profile.line_dots)

    def add(self, laid: Laid) -> None:
        """Append what `laid` needs."""
        if isinstance(laid, Line):
            self._line(laid)
        elif isinstance(laid, Rule):
            self._rule()
        elif isinstance(laid, Qr):
            self._qr(laid)
        elif isinstance(laid, Feed):
            self._feed_lines(laid.lines)
        else:
            self._cut()

    def _line(self, line: Line) -> None:
        """Send as text; what the printer lacks is drawn: the characters alone, or the line, whichever is shorter."""
        line = Line(self._with_placeholders(line.text), line.size, line.bold, line.align)
        self._place(line.align)
        runs = [(known, "".join(run)) for known, run in groupby(line.text, self._knows)]
        if all(known for known, _ in runs) and self._can_size(line):
            if line.text:
                self._dress(line.size.value, line.bold)
            else:
                self._space(self._line_dots(self._times[1]))  # a column picture before may have left another
            self.pieces.append(self._text(line.text) + b"\n")
            self.height_dots += self._line_dots(self._times[1])
            return
        in_line_bytes = self._in_line_bytes(line, runs)
        if in_line_bytes is not None and in_line_bytes < _drawn_bytes(line):
            self._runs_line(line, runs)
        else:
            self._picture_line(line)

    def _in_line_bytes(self, line: Line, runs: list[tuple[bool, str]]) -> int | None:
        """Return what a line of text with drawn characters in it takes, or None where the model has no such thing."""
        if not self._profile.columns_in_line or line.size is not Size.NORMAL:
            return None
        return sum(len(self._text(run)) if known else _strip_bytes(run) for known, run in runs)

    def _runs_line(self, line: Line, runs: list[tuple[bool, str]]) -> None:
        """Send a line of text with column pictures in it."""
        self._dress(line.size.value, line.bold)
        self.pieces.append(
            b"".join(self._text(run) if known else self._drawn(run, line) for known, run in runs) + b"\n"
        )
        self.height_dots += self._line_dots(1)

    def _drawn(self, run: str, line: Line) -> bytes:
        (strip,) = draw_line(Line(run, bold=line.bold), self._typeface).as_columns()
        return in_line(strip)

    def _picture_line(self, line: Line) -> None:
        """Draw a whole line, at the size of the ROM: doubled by the printer, it looks like its neighbours."""
        bitmap = draw_line(Line(line.text, bold=line.bold), self._typeface)
        above = 0
        if self._profile.picture is not PictureForm.COLUMNS:
            above, bitmap = bitmap.trimmed()
        self._feed_dots(above * line.size.down)
        fed_dots = above * line.size.down + self._picture(bitmap, line.size.across, line.size.down)
        self._feed_dots(self._line_dots(line.size.down) - fed_dots)

    def _text(self, text: str) -> bytes:
        return b"".join(encode_character(character, self._profile.coding) or b"" for character in text)

    def _knows(self, character: str) -> bool:
        return encode_character(character, self._profile.coding) is not None

    def _can_size(self, line: Line) -> bool:
        """FS W makes Chinese twice as wide and high, or leaves it; whatever else is asked for has to be drawn."""
        is_square = line.size.across == line.size.down
        return self._profile.han_size is not SizeForm.FS_W or is_square or line.text.isascii()

    def _with_placeholders(self, text: str) -> str:
        lost = [character for character in text if not self._can_show(character)]
        self.missing.extend(lost)
        return "".join(PLACEHOLDER if character in lost else character for character in text)

    def _can_show(self, character: str) -> bool:
        return self._knows(character) or self._typeface.has(character)

    def _rule(self) -> None:
        self._dress((_DASH_TIMES, 1), bold=False)
        self.pieces.append(b"-" * (self._profile.columns // _DASH_TIMES) + b"\n")
        self.height_dots += self._line_dots(1)

    def _qr(self, qr: Qr) -> None:
        self._place(Align.CENTRE)
        if self._profile.qr is QrForm.NATIVE:
            try:
                side = most_modules(qr)
                dots = module_dots(side, self._profile.dots)
            except QrTooLarge:
                self._qr_picture(qr)  # we store digits more densely than the printer may
                return
            self._feed_dots(QUIET_MODULES * dots)
            self.pieces.extend(native_commands(qr, dots))
            self.height_dots += side * dots
            self._feed_dots(QUIET_MODULES * dots)
        else:
            self._qr_picture(qr)

    def _qr_picture(self, qr: Qr) -> None:
        matrix = matrix_of(qr)
        dots = picture_module_dots(len(matrix), self._profile.dots)
        self._feed_dots(QUIET_MODULES * dots)
        # Printed double, the picture is a quarter of the bytes: 2 s instead of 8 at 9600 baud.
        times = 2 if dots % 2 == 0 else 1
        self._picture(draw_modules(matrix, dots // times), times, times)
        self._feed_dots(QUIET_MODULES * dots)

    def _picture(self, bitmap: Bitmap, across: int, down: int) -> int:
        """Print a bitmap so many times as large; return by how many dots the paper moves."""
        form = self._profile.picture
        rows = bitmap.rows * down
        if form is PictureForm.COLUMNS:
            self._space(STRIP_ROWS)
            rows = -(-rows // STRIP_ROWS) * STRIP_ROWS
        self.pieces.extend(picture_commands(bitmap, across, down, form, self._profile.band_rows))
        self.height_dots += rows
        return rows

    def _cut(self) -> None:
        if self._profile.cut in _FEED_THEMSELVES:
            self.height_dots += self._profile.tear_lines * self._profile.line_dots
        else:
            self._feed_lines(self._profile.tear_lines)
        if self._profile.cut is not CutForm.NONE:
            self.pieces.append(_CUTS[self._profile.cut])

    def _place(self, align: Align) -> None:
        if align is not self._align:
            self.pieces.append(bytes((0x1B, 0x61, align.value)))
            self._align = align

    def _dress(self, times: tuple[int, int], bold: bool) -> None:
        if bold is not self._bold:
            self.pieces.append(bytes((0x1B, 0x45, bold)))
            self._bold = bold
        if times != self._times:
            across, down = times
            self.pieces.append(bytes((0x1D, 0x21, (across - 1) << 4 | (down - 1))))
            self.pieces.extend(self._han_times(across, down))
            self._times = times
        self._space(self._line_dots(times[1]))

    def _han_times(self, across: int, down: int) -> list[bytes]:
        """Return what makes Chinese as large, where GS ! does not. A rule's hyphens are none."""
        if self._profile.han_size is SizeForm.GS or across > Size.LARGE.across:
            return []
        if self._profile.han_size is SizeForm.FS_W:
            return [bytes((0x1C, 0x57, across == down == Size.LARGE.down))]
        return [bytes((0x1C, 0x21, (across - 1) << 2 | (down - 1) << 3))]

    def _space(self, dots: int) -> None:
        if dots != self._spacing_dots:
            self.pieces.append(bytes((0x1B, 0x33, dots)))
            self._spacing_dots = dots

    def _line_dots(self, down: int) -> int:
        return self._profile.line_dots + CHARACTER_DOTS * (down - 1)

    def _feed_lines(self, lines: int) -> None:
        if lines > 0:
            self._space(self._profile.line_dots)
            self.pieces.append(bytes((0x1B, 0x64, lines)))
            self.height_dots += lines * self._profile.line_dots

    def _feed_dots(self, dots: int) -> None:
        if dots > 0:
            self.pieces.append(bytes((0x1B, 0x4A, dots)))
            self.height_dots += dots


def _strip_bytes(run: str) -> int:
    """Return what a drawn run takes within a line."""
    return len(in_line(b"")) + columns_of(run) * CELL_DOTS * STRIP_ROWS // 8


def _drawn_bytes(line: Line) -> int:
    """Return about what a line takes as a picture."""
    return -(-columns_of(line.text) * CELL_DOTS // 8) * CHARACTER_DOTS
