"""From a slip to the bytes of ESC/POS. Pure: the same slip, profile and font give the same bytes.

| bytes            | meaning                                             |
|------------------|-----------------------------------------------------|
| 1B 40            | ESC @  start from the defaults                      |
| 1C 26            | FS &   Chinese mode on                              |
| 1B 33 n          | ESC 3  distance of lines in dots                    |
| 1B 61 n          | ESC a  left, centre, right                          |
| 1B 45 n          | ESC E  emphasised                                   |
| 1D 21 n          | GS !   times wide - 1, times high - 1 (nibbles)     |
| 1B 64 n, 1B 4A n | ESC d, ESC J  feed lines, feed dots                 |
| 1D 28 6B ..      | GS ( k QR code made by the printer                  |
| 1D 76 30 m ..    | GS v 0 picture; m = 3 doubles both directions       |
| 1D 56 n          | GS V   cut: 0 full, 1 partial                       |

GS ! sizes Chinese characters too; ESC ! and ESC t are not used, because neither works for them on
printers with a Chinese ROM.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import qrcode
from qrcode.exceptions import DataOverflowError

from devices.printer.document import Align, Correction, Feed, Qr, Rule, Size, Slip
from devices.printer.encoded import PLACEHOLDER, Encoded, QrTooLarge
from devices.printer.layout import Laid, Line, lay_out
from devices.printer.profile import CHARACTER_DOTS, Coding, CutForm, Profile, QrForm
from devices.printer.raster import Bitmap, draw_line, draw_modules, draw_rule
from devices.typeface import Typeface

INIT = b"\x1b\x40"
CHINESE_ON = b"\x1c\x26"
_QUIET_MODULES = 4
_MODULE_DOTS_MIN = 3
_MODULE_DOTS_MAX = 8
_ABOVE_RULE_DOTS, _BELOW_RULE_DOTS = 6, 14
"""A line of text already has some air below it, none above."""
_QR_SHARE = 0.8
"""The most of the paper's width that a QR code takes: air around it makes it easy to find."""
_LONG_ZEROS = re.compile("(0{12})")
"""Zeros are zero bits, and qrcode fails at a whole block of them. A piece of text begins with bits that are none, and
these, eight bytes at most, are shorter than the shortest block that does not begin the code (11 bytes).
"""
_CORRECTIONS = {Correction.LOW: 1, Correction.MEDIUM: 0, Correction.QUARTILE: 3, Correction.HIGH: 2}


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
        self._size = Size.NORMAL
        self._bold = False
        self._align = Align.LEFT
        self.pieces: list[bytes] = [INIT, CHINESE_ON, bytes((0x1B, 0x33, profile.line_dots))]
        self.height_dots = 0
        self.missing: list[str] = []

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
        """Send as text, or as a picture when the printer lacks one of the characters."""
        self._place(line.align)
        text = self._with_placeholders(line.text)
        encoded = [encode_character(character, self._profile.coding) for character in text]
        known = [code for code in encoded if code is not None]
        if len(known) < len(encoded):
            self._picture_line(Line(text, line.size, line.bold, line.align))
            return
        if line.text:
            self._dress(line.size, line.bold)
        self.pieces.append(b"".join(known) + b"\n")
        self.height_dots += self._line_dots(self._size)

    def _with_placeholders(self, text: str) -> str:
        lost = [character for character in text if not self._can_show(character)]
        self.missing.extend(lost)
        return "".join(PLACEHOLDER if character in lost else character for character in text)

    def _can_show(self, character: str) -> bool:
        return encode_character(character, self._profile.coding) is not None or self._typeface.has(character)

    def _picture_line(self, line: Line) -> None:
        bitmap = draw_line(line, self._typeface)
        self._raster(bitmap, doubled=False)
        self._feed_dots(self._line_dots(line.size) - bitmap.rows)

    def _rule(self) -> None:
        """Dashes as a picture: as few bytes as a line of hyphens, and the same on every printer."""
        self._place(Align.CENTRE)
        self._feed_dots(_ABOVE_RULE_DOTS)
        self._raster(draw_rule(self._profile.dots), doubled=True)
        self._feed_dots(_BELOW_RULE_DOTS)

    def _qr(self, qr: Qr) -> None:
        matrix = _matrix(qr)
        module_dots = _module_dots(len(matrix), self._profile.dots)
        quiet_dots = _QUIET_MODULES * module_dots
        self._place(Align.CENTRE)
        self._feed_dots(quiet_dots)
        if self._profile.qr is QrForm.NATIVE:
            self.pieces.extend(_native_qr(qr, module_dots))
            self.height_dots += len(matrix) * module_dots
        elif module_dots % 2 == 0:
            # Printed double, the picture is a quarter of the bytes: 2 s instead of 8 at 9600 baud.
            self._raster(draw_modules(matrix, module_dots // 2), doubled=True)
        else:
            self._raster(draw_modules(matrix, module_dots), doubled=False)
        self._feed_dots(quiet_dots)

    def _raster(self, bitmap: Bitmap, *, doubled: bool) -> None:
        for band in bitmap.bands(self._profile.band_rows):
            head = b"\x1d\x76\x30" + bytes((3 if doubled else 0,))
            self.pieces.append(head + _pair(band.row_bytes) + _pair(band.rows) + band.data)
        self.height_dots += bitmap.rows * (2 if doubled else 1)

    def _cut(self) -> None:
        self._feed_lines(self._profile.tear_lines)
        if self._profile.cut is not CutForm.NONE:
            self.pieces.append(b"\x1d\x56" + bytes((0 if self._profile.cut is CutForm.FULL else 1,)))

    def _place(self, align: Align) -> None:
        if align is not self._align:
            self.pieces.append(bytes((0x1B, 0x61, align.value)))
            self._align = align

    def _dress(self, size: Size, bold: bool) -> None:
        if bold is not self._bold:
            self.pieces.append(bytes((0x1B, 0x45, bold)))
            self._bold = bold
        if size is not self._size:
            self.pieces.append(bytes((0x1D, 0x21, (size.across - 1) << 4 | (size.down - 1))))
            self.pieces.append(bytes((0x1B, 0x33, self._line_dots(size))))
            self._size = size

    def _line_dots(self, size: Size) -> int:
        return self._profile.line_dots + CHARACTER_DOTS * (size.down - 1)

    def _feed_lines(self, lines: int) -> None:
        if lines > 0:
            self._dress(Size.NORMAL, self._bold)
            self.pieces.append(bytes((0x1B, 0x64, lines)))
            self.height_dots += lines * self._profile.line_dots

    def _feed_dots(self, dots: int) -> None:
        if dots > 0:
            self.pieces.append(bytes((0x1B, 0x4A, dots)))
            self.height_dots += dots


def encode_character(character: str, coding: Coding) -> bytes | None:
    """Return the one or two bytes of a character, or None if the printer does not have it.

    GB18030's four-byte characters and its private area are not in the ROM of two-byte printers.
    """
    if " " <= character <= "~":
        return character.encode("ascii")
    if character == "—" and coding is Coding.GB2312:
        return b"\xa1\xaa"  # Python's gb2312 table has U+2015 there; printers show the same dash
    try:
        code = character.encode(coding.value)
    except UnicodeEncodeError:
        return None
    private = "\ue000" <= character <= "\uf8ff"
    return code if len(code) == 2 and not private else None


def _matrix(qr: Qr) -> Sequence[Sequence[bool]]:
    code = qrcode.QRCode(error_correction=_CORRECTIONS[qr.correction], border=0)
    for piece in _LONG_ZEROS.split(qr.data):
        if piece:
            code.add_data(piece)
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError) as error:
        raise QrTooLarge(f"a QR code cannot hold {len(qr.data)} characters") from error
    return [[bool(module) for module in row] for row in code.get_matrix()]


def _module_dots(side_modules: int, paper_dots: int) -> int:
    """Return a large module that leaves the quiet zone: of an even number of dots, where that fits.

    An odd number cannot be printed double, and takes four times the bytes on a slow line.
    """
    with_quiet = paper_dots // (side_modules + 2 * _QUIET_MODULES)
    airy = int(paper_dots * _QR_SHARE) // side_modules
    dots = min(with_quiet, max(airy, _MODULE_DOTS_MIN), _MODULE_DOTS_MAX)
    if dots < _MODULE_DOTS_MIN:
        raise QrTooLarge(f"a QR code of {side_modules} modules does not fit {paper_dots} dots")
    if dots % 2 and dots + 1 <= min(with_quiet, _MODULE_DOTS_MAX):
        return dots + 1
    return dots - 1 if dots % 2 and dots > _MODULE_DOTS_MIN else dots


def _native_qr(qr: Qr, module_dots: int) -> list[bytes]:
    data = qr.data.encode("utf-8")
    return [
        b"\x1d\x28\x6b\x04\x00\x31\x41\x32\x00",
        b"\x1d\x28\x6b\x03\x00\x31\x43" + bytes((module_dots,)),
        b"\x1d\x28\x6b\x03\x00\x31\x45" + bytes((qr.correction.value,)),
        b"\x1d\x28\x6b" + _pair(len(data) + 3) + b"\x31\x50\x30" + data,
        b"\x1d\x28\x6b\x03\x00\x31\x51\x30",
    ]


def _pair(number: int) -> bytes:
    return number.to_bytes(2, "little")
