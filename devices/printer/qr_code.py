"""A QR code as a matrix, and how large it is printed. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

import qrcode
from qrcode.exceptions import DataOverflowError
from qrcode.util import MODE_8BIT_BYTE, QRData

from devices.printer.document import Correction, Qr
from devices.printer.encoded import QrTooLarge

QUIET_MODULES = 4
_MODULE_DOTS_MIN, _MODULE_DOTS_GOOD, _MODULE_DOTS_MAX = 3, 4, 8
"""Three eighths of a millimetre is what a telephone just reads, half a millimetre is easily read."""
_SHARE = 0.8
"""The most of the paper's width that a QR code takes: air around it makes it easy to find."""
_PICTURE_BYTES = 2_000
"""What a picture may cost before it is printed smaller than it could be: 2 s at 9600 baud."""
_MASK = 0
"""The pattern over the modules. Signatures are as good as random, so one does as well as another; trying all eight, as
the standard asks, takes three times as long as all the rest of a receipt. Codes of nothing but zeros read well too.
"""
_LONG_ZEROS = re.compile("(0{12})")
"""Zeros are zero bits, and qrcode fails at a whole block of them. A piece of text begins with bits that are none, and
these, eight bytes at most, are shorter than the shortest block that does not begin the code (11 bytes).
"""
_CORRECTIONS = {Correction.LOW: 1, Correction.MEDIUM: 0, Correction.QUARTILE: 3, Correction.HIGH: 2}


def matrix_of(qr: Qr) -> Sequence[Sequence[bool]]:
    """Return the modules of a code, row by row, without a quiet zone. Raises `QrTooLarge`."""
    code = qrcode.QRCode(error_correction=_CORRECTIONS[qr.correction], border=0, mask_pattern=_MASK)
    for piece in _LONG_ZEROS.split(qr.data):
        if piece:
            code.add_data(piece)
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError) as error:
        raise _beyond(qr) from error
    return [[bool(module) for module in row] for row in code.get_matrix()]


def most_modules(qr: Qr) -> int:
    """Return the side of the code as a printer makes it that stores every character as a byte. Raises `QrTooLarge`.

    Cheap printers do; better ones store digits more densely and make a smaller one.
    """
    code = qrcode.QRCode(error_correction=_CORRECTIONS[qr.correction], border=0)
    code.add_data(QRData(qr.data.encode(), mode=MODE_8BIT_BYTE), optimize=0)
    try:
        return 17 + 4 * int(code.best_fit(start=1))
    except (DataOverflowError, ValueError) as error:
        raise _beyond(qr) from error


def _beyond(qr: Qr) -> QrTooLarge:
    return QrTooLarge(f"a QR code cannot hold {len(qr.data)} characters")


def module_dots(side_modules: int, paper_dots: int) -> int:
    """Return how large a module may be that leaves the quiet zone and some air. Raises `QrTooLarge`."""
    with_quiet = paper_dots // (side_modules + 2 * QUIET_MODULES)
    airy = int(paper_dots * _SHARE) // side_modules
    dots = min(with_quiet, max(airy, _MODULE_DOTS_MIN), _MODULE_DOTS_MAX)
    if dots < _MODULE_DOTS_MIN:
        raise QrTooLarge(f"a QR code of {side_modules} modules does not fit {paper_dots} dots")
    return dots


def picture_module_dots(side_modules: int, paper_dots: int) -> int:
    """Return how large a module of a picture is: of an even number of dots, and no larger than the line has time for.

    Printed double, an even module takes a quarter of the bytes. Raises `QrTooLarge`.
    """
    dots = module_dots(side_modules, paper_dots)
    if dots % 2 and side_modules * (dots + 1) <= paper_dots - 2 * QUIET_MODULES * (dots + 1):
        dots = min(dots + 1, _MODULE_DOTS_MAX)
    elif dots % 2 and dots > _MODULE_DOTS_MIN:
        dots -= 1
    while dots > _MODULE_DOTS_GOOD and _doubled_bytes(side_modules, dots) > _PICTURE_BYTES:
        dots -= 2
    return dots


def _doubled_bytes(side_modules: int, dots: int) -> int:
    rows = side_modules * dots // 2
    return -(-rows // 8) * rows


def native_commands(qr: Qr, dots: int) -> list[bytes]:
    """Return the commands by which a printer makes the code itself, with modules of `dots`."""
    data = qr.data.encode("utf-8")
    return [
        b"\x1d\x28\x6b\x04\x00\x31\x41\x32\x00",
        b"\x1d\x28\x6b\x03\x00\x31\x43" + bytes((dots,)),
        b"\x1d\x28\x6b\x03\x00\x31\x45" + bytes((qr.correction.value,)),
        b"\x1d\x28\x6b" + (len(data) + 3).to_bytes(2, "little") + b"\x31\x50\x30" + data,
        b"\x1d\x28\x6b\x03\x00\x31\x51\x30",
    ]
