"""Reads ESC/POS as a printer does: bytes in, one operation after the other out.

Written from the manuals, apart from the encoder of this package, so that each can catch the other's
mistakes. A command that the simulated printer does not know is skipped by its known length or, as by
real printers, its letters are printed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum, auto

from msgspec import Struct

COMMAND_BYTES_MAX = 256 * 1024
"""The longest command that is waited for. A picture that claims more, as noise does, is none: its dots are text."""
_REALTIME_LENGTH = 3
_FORGET = bytes((16, 20, 8, 1, 3, 20, 1, 6, 2, 8))


class Op(Enum):
    """What a command does; the comment says what `Operation.numbers` holds."""

    INIT = auto()
    TEXT = auto()  # characters are in `Operation.text`
    LINE_FEED = auto()
    CHINESE = auto()  # 1 on, 0 off
    ALIGN = auto()  # 0 left, 1 centre, 2 right
    BOLD = auto()  # on
    SIZE = auto()  # times wide, times high
    SPACING = auto()  # dots; none for the default
    FEED_DOTS = auto()  # dots
    FEED_LINES = auto()  # lines
    RASTER = auto()  # times wide, times high, bytes a row, rows; dots are in `Operation.data`
    COLUMNS = auto()  # columns, dots a column (8 or 24), times wide, times high; top dot first in `Operation.data`
    KEEP = auto()  # times wide, times high, dots wide, rows; a picture that PRINT_KEPT prints
    PRINT_KEPT = auto()
    QR_MODULE = auto()  # dots
    QR_CORRECTION = auto()  # 0x30 … 0x33
    QR_STORE = auto()  # text is in `Operation.data`
    QR_PRINT = auto()
    CUT = auto()
    STATUS = auto()  # number of the question; at once, before what waits in the buffer
    END_MARKER = auto()  # number of the question; when everything before is printed
    REPORTS = auto()  # what is reported by itself from now on; 0 for nothing
    FORGET = auto()  # at once: what waits is thrown away, and that is answered
    SKIPPED = auto()


class Operation(Struct, frozen=True):
    """One command, with the bytes it came in."""

    op: Op
    raw: bytes
    numbers: tuple[int, ...] = ()
    text: str = ""
    data: bytes = b""


class EscPosReader:
    """Takes bytes in pieces of any size."""

    def __init__(self, coding: str = "gb18030") -> None:
        """Read text as the ROM of the model does: gb18030 is its two-byte part, gb18030-4byte the whole, or utf-8."""
        self._coding = coding
        self._buffer = bytearray()
        self._is_chinese = True  # printers with a Chinese ROM power on so

    @property
    def is_inside(self) -> bool:
        """Whether the rest of a command is still to come."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> Iterator[Operation]:
        """Yield the operations that `data` completes."""
        self._buffer += data
        while self._buffer:
            operation = self._next()
            if operation is None:
                return
            del self._buffer[: len(operation.raw)]
            if operation.op is Op.INIT:
                self._is_chinese = True
            elif operation.op is Op.CHINESE:
                self._is_chinese = bool(operation.numbers[0])
            yield operation

    def power_off(self) -> None:
        """Forget everything."""
        self._buffer.clear()
        self._is_chinese = True

    def _next(self) -> Operation | None:
        first = self._buffer[0]
        if first in _INTRODUCERS:
            return _INTRODUCERS[first](bytes(self._buffer))
        if first == 0x0A:
            return Operation(Op.LINE_FEED, b"\n")
        if first < 0x20:
            return Operation(Op.SKIPPED, bytes((first,)))
        if first < 0x80:
            return Operation(Op.TEXT, bytes((first,)), text=chr(first))
        if self._coding == "utf-8":
            return _utf_8_character(bytes(self._buffer[:4]))
        if self._is_chinese:
            return _chinese_character(bytes(self._buffer[:4]), self._coding == "gb18030-4byte")
        raw = bytes((first,))
        return Operation(Op.TEXT, raw, text=raw.decode("cp437"))


def _utf_8_character(raw: bytes) -> Operation | None:
    """The first byte says how many follow; what is none comes out as rubbish."""
    length = next((size for size, first in ((2, 0xC0), (3, 0xE0), (4, 0xF0)) if first <= raw[0] < first // 2 + 0x80), 1)
    if len(raw) < length:
        return None
    return Operation(Op.TEXT, raw[:length], text=raw[:length].decode("utf-8", errors="replace"))


def _chinese_character(raw: bytes, has_four: bool) -> Operation | None:
    """Two bytes are one character; what is no pair of the ROM comes out as rubbish, byte by byte."""
    if len(raw) < 2:
        return None
    if has_four and 0x30 <= raw[1] <= 0x39:
        return Operation(Op.TEXT, raw, text=raw.decode("gb18030", errors="replace")) if len(raw) == 4 else None
    raw = raw[:2]
    if raw[0] in (0x80, 0xFF) or not 0x40 <= raw[1] <= 0xFE or raw[1] == 0x7F:
        return Operation(Op.TEXT, raw[:1], text="?")
    return Operation(Op.TEXT, raw, text=raw.decode("gb18030", errors="replace"))


def _fixed(buffer: bytes, length: int, op: Op, *numbers: int) -> Operation | None:
    return Operation(op, buffer[:length], numbers) if len(buffer) >= length else None


def _escape(buffer: bytes) -> Operation | None:
    if len(buffer) < 2:
        return None
    match buffer[1]:
        case 0x40:
            return _fixed(buffer, 2, Op.INIT)
        case 0x32:
            return _fixed(buffer, 2, Op.SPACING)
        case 0x69 | 0x6D:
            return _fixed(buffer, 2, Op.CUT)
    if len(buffer) < 3:
        return None
    number = buffer[2]
    match buffer[1]:
        case 0x61:
            return _fixed(buffer, 3, Op.ALIGN, number % 48 % 3)
        case 0x45 | 0x47:
            return _fixed(buffer, 3, Op.BOLD, number & 1)
        case 0x33:
            return _fixed(buffer, 3, Op.SPACING, number)
        case 0x64:
            return _fixed(buffer, 3, Op.FEED_LINES, number)
        case 0x4A:
            return _fixed(buffer, 3, Op.FEED_DOTS, number)
        case 0x2A:
            return _columns(buffer)
        case 0x21 | 0x74 | 0x52 | 0x2D | 0x4D | 0x20 | 0x7B | 0x56:
            return _fixed(buffer, 3, Op.SKIPPED)
    return _fixed(buffer, 2, Op.SKIPPED)


def _chinese_mode(buffer: bytes) -> Operation | None:
    """FS: the Chinese half of the command set."""
    if len(buffer) < 2:
        return None
    match buffer[1]:
        case 0x26:
            return _fixed(buffer, 2, Op.CHINESE, 1)
        case 0x2E:
            return _fixed(buffer, 2, Op.CHINESE, 0)
        case 0x21 if len(buffer) >= 3:
            return _fixed(buffer, 3, Op.SIZE, 2 if buffer[2] & 0x04 else 1, 2 if buffer[2] & 0x08 else 1)
        case 0x57 if len(buffer) >= 3:
            return _fixed(buffer, 3, Op.SIZE, 1 + (buffer[2] & 1), 1 + (buffer[2] & 1))
        case 0x53:
            return _fixed(buffer, 4, Op.SKIPPED)
        case 0x2D | 0x43:
            return _fixed(buffer, 3, Op.SKIPPED)
        case 0x28:
            length = 5 + (buffer[3] | buffer[4] << 8) if len(buffer) >= 5 else len(buffer) + 1
            return _fixed(buffer, length, Op.SKIPPED)
        case 0x21 | 0x57:
            return None
    return _fixed(buffer, 2, Op.SKIPPED)


def _group(buffer: bytes) -> Operation | None:
    """GS commands."""
    if len(buffer) < 3:
        return None
    number = buffer[2]
    match buffer[1]:
        case 0x21:
            return _fixed(buffer, 3, Op.SIZE, (number >> 4 & 7) + 1, (number & 7) + 1)
        case 0x56:
            return _fixed(buffer, 4 if number in (0x41, 0x42) else 3, Op.CUT)
        case 0x72:
            return _fixed(buffer, 3, Op.END_MARKER, number)
        case 0x61:
            return _fixed(buffer, 3, Op.REPORTS, number)
        case 0x42 | 0x62 | 0x48 | 0x68 | 0x77:
            return _fixed(buffer, 3, Op.SKIPPED)
        case 0x4C | 0x57 | 0x50:
            return _fixed(buffer, 4, Op.SKIPPED)
        case 0x76:
            return _raster(buffer)
        case 0x28:
            return _long_command(buffer)
    return _fixed(buffer, 2, Op.SKIPPED)


def _raster(buffer: bytes) -> Operation | None:
    """Read GS v 0 m xL xH yL yH and its dots."""
    if len(buffer) < 8:
        return None
    mode = buffer[3] % 48
    row_bytes = buffer[4] | buffer[5] << 8
    rows = buffer[6] | buffer[7] << 8
    end = 8 + row_bytes * rows
    if end > COMMAND_BYTES_MAX:
        return _fixed(buffer, 8, Op.SKIPPED)
    if len(buffer) < end:
        return None
    numbers = (1 + (mode & 1), 1 + (mode >> 1 & 1), row_bytes, rows)
    return Operation(Op.RASTER, buffer[:end], numbers, data=buffer[8:end])


def _columns(buffer: bytes) -> Operation | None:
    """Read ESC * m nL nH and its columns: of one byte (m 0 and 1) or of three (32 and 33)."""
    if len(buffer) < 5:
        return None
    mode, columns = buffer[2], buffer[3] | buffer[4] << 8
    column_bytes = 3 if mode >= 32 else 1
    end = 5 + columns * column_bytes
    if len(buffer) < end:
        return None
    numbers = (columns, column_bytes * 8, 1 if mode & 1 else 2, 1 if mode >= 32 else 3)
    return Operation(Op.COLUMNS, buffer[:end], numbers, data=buffer[5:end])


def _kept_picture(raw: bytes, body: bytes) -> Operation:
    """Read what GS ( L functions 112 (keep) and 50 (print) say; other functions are not for this printer."""
    if body[:2] in (b"0\x02", b"0\x32"):
        return Operation(Op.PRINT_KEPT, raw)
    if body[:2] != b"0p" or len(body) < 10:
        return Operation(Op.SKIPPED, raw)
    numbers = (body[3], body[4], body[6] | body[7] << 8, body[8] | body[9] << 8)
    return Operation(Op.KEEP, raw, numbers, data=body[10:])


def _long_command(buffer: bytes) -> Operation | None:
    """GS ( letter pL pH …: the length says where it ends, whatever it is."""
    if len(buffer) < 5:
        return None
    end = 5 + (buffer[3] | buffer[4] << 8)
    if len(buffer) < end:
        return None
    raw, body = buffer[:end], buffer[5:end]
    if buffer[2] == 0x4C:
        return _kept_picture(raw, body)
    if buffer[2] != 0x6B or body[:1] != b"1" or len(body) < 3:
        return Operation(Op.SKIPPED, raw)
    match body[1]:
        case 0x43:
            return Operation(Op.QR_MODULE, raw, (body[2],))
        case 0x45:
            return Operation(Op.QR_CORRECTION, raw, (body[2],))
        case 0x50:
            return Operation(Op.QR_STORE, raw, data=body[3:])
        case 0x51:
            return Operation(Op.QR_PRINT, raw)
    return Operation(Op.SKIPPED, raw)


def _data_link(buffer: bytes) -> Operation | None:
    """DLE: what is done at once, whatever waits. DLE with anything else is not for this printer."""
    if len(buffer) < _REALTIME_LENGTH:
        return None
    if buffer[1] == 0x04:
        return _fixed(buffer, 3, Op.STATUS, buffer[2])
    if not _FORGET.startswith(buffer[: len(_FORGET)]):
        return _fixed(buffer, 1, Op.SKIPPED)
    return _fixed(buffer, len(_FORGET), Op.FORGET)


_INTRODUCERS: dict[int, Callable[[bytes], Operation | None]] = {
    0x10: _data_link,
    0x1B: _escape,
    0x1C: _chinese_mode,
    0x1D: _group,
}
