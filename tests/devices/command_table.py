"""Reads ESC/POS by the published table of commands and nothing else: how long each is, and what it changes.

Knows nothing of the encoder or of the simulated printer, so that it can be the witness of both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

STRIP = "\N{OBJECT REPLACEMENT CHARACTER}"
"""A column picture within a line."""


class NotInTheTable(AssertionError):
    """Bytes that are no command of the table, no character of the coding, or end within one; the text shows where."""


@dataclass(frozen=True)
class Modes:
    """What text looks like: times wide and high for ASCII and for Chinese, bold, where the line stands."""

    narrow: tuple[int, int] = (1, 1)
    han: tuple[int, int] = (1, 1)
    is_bold: bool = False
    align: int = 0


@dataclass(frozen=True)
class Read:
    """One thing on the paper: `kind` is text, picture, qr, feed or cut."""

    kind: str
    text: str = ""
    modes: Modes = Modes()
    size: tuple[int, int] = (0, 0)


_FIXED = {
    b"\x1b\x40": 0, b"\x1c\x26": 0, b"\x1c\x2e": 0, b"\x1b\x69": 0, b"\x1b\x6d": 0,
    b"\x1b\x33": 1, b"\x1b\x61": 1, b"\x1b\x45": 1, b"\x1b\x64": 1, b"\x1b\x4a": 1,
    b"\x1d\x21": 1, b"\x1c\x21": 1, b"\x1c\x57": 1, b"\x1d\x50": 2,
    b"\x1b\x20": 1, b"\x1b\x24": 2, b"\x1b\x2d": 1, b"\x1b\x4d": 1, b"\x1b\x5c": 2, b"\x1b\x74": 1, b"\x1b\x7b": 1,
    b"\x1c\x2d": 1, b"\x1c\x53": 2, b"\x1d\x42": 1, b"\x1d\x4c": 2, b"\x1d\x57": 2, b"\x1d\x61": 1, b"\x1d\x72": 1,
}  # fmt: skip
"""Two bytes that begin a command, and how many follow; the last two rows are what others send and we do not."""


class TableReader:
    """Reads the bytes of one slip. `codec` and `longest` say what one character beyond ASCII is: gbk and 2, say."""

    def __init__(self, data: bytes, codec: str, longest: int) -> None:
        self._data = data
        self._codec = codec
        self._longest = longest
        self._at = 0
        self._modes = Modes()
        self._qr = ""

    def read(self) -> Iterator[Read]:
        """Yield what comes onto the paper; to the last byte, or NotInTheTable."""
        line, modes = "", Modes()
        while self._at < len(self._data):
            first = self._data[self._at]
            if first >= 0x20 or self._data[self._at :].startswith(b"\x1b\x2a"):
                modes = modes if line else self._modes
                if modes != self._modes:
                    raise NotInTheTable("modes changed within a line")
                line += self._character() if first >= 0x20 else self._strip()
            elif first == 0x0A:
                self._take(1)
                yield Read("text", line, self._modes)
                line = ""
            elif line:
                raise NotInTheTable(f"{self._here()} within the line {line}")
            else:
                yield from self._command()
        if line:
            raise NotInTheTable(f"the line {line} does not end")

    def _take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) < count:
            raise NotInTheTable(f"the end comes within {taken.hex(' ')}")
        self._at += count
        return taken

    def _here(self) -> str:
        return self._data[self._at : self._at + 8].hex(" ")

    def _number(self) -> int:
        return int.from_bytes(self._take(2), "little")

    def _character(self) -> str:
        if self._data[self._at] < 0x7F:
            return self._take(1).decode("ascii")
        for length in range(2, self._longest + 1):
            try:
                character = self._data[self._at : self._at + length].decode(self._codec)
            except UnicodeDecodeError:
                continue
            self._take(length)
            return character
        raise NotInTheTable(f"no character: {self._here()}")

    def _strip(self) -> str:
        self._take(2)
        if self._take(1) != b"\x21":
            raise NotInTheTable("columns of another density")
        self._take(3 * self._number())
        return STRIP

    def _command(self) -> Iterator[Read]:
        head = self._take(2)
        if head in _FIXED:
            parameters = self._take(_FIXED[head])
            self._change(head, parameters)
            if head in (b"\x1b\x64", b"\x1b\x4a"):
                yield Read("feed")
            elif head in (b"\x1b\x69", b"\x1b\x6d"):
                yield Read("cut")
        elif head == b"\x1d\x56":
            if self._take(1) in (b"\x41", b"\x42"):
                self._take(1)
            yield Read("cut")
        elif head == b"\x1d\x76":
            yield self._raster()
        elif head in (b"\x1d\x28", b"\x1c\x28"):
            yield from self._long(head)
        else:
            raise NotInTheTable(head.hex(" "))

    def _change(self, head: bytes, parameters: bytes) -> None:
        number = parameters[0] if parameters else 0
        modes = self._modes
        if head == b"\x1b\x40":
            modes = Modes()
        elif head == b"\x1d\x21":
            times = ((number >> 4) + 1, (number & 15) + 1)
            modes = replace(modes, narrow=times, han=times)
        elif head == b"\x1c\x21":
            modes = replace(modes, han=(2 if number & 4 else 1, 2 if number & 8 else 1))
        elif head == b"\x1c\x57":
            modes = replace(modes, han=(2, 2) if number else (1, 1))
        elif head == b"\x1b\x45":
            modes = replace(modes, is_bold=bool(number))
        elif head == b"\x1b\x61":
            modes = replace(modes, align=number)
        self._modes = modes

    def _raster(self) -> Read:
        zero, mode = self._take(2)
        row_bytes, rows = self._number(), self._number()
        if zero != 0x30 or mode > 3 or not row_bytes or not rows:
            raise NotInTheTable("GS v")
        self._take(row_bytes * rows)
        return Read("picture", modes=self._modes, size=(row_bytes * 8 * (1 + mode % 2), rows * (1 + mode // 2)))

    def _long(self, head: bytes) -> Iterator[Read]:
        letter, length = self._take(1), self._number()
        body = self._take(length)
        if head == b"\x1c\x28":
            return
        if letter == b"\x6b" and body[:2] == b"1P":
            self._qr = body[3:].decode()
        elif letter == b"\x6b" and body == b"1Q0":
            yield Read("qr", self._qr, self._modes)
        elif letter == b"\x4c" and body[:2] == b"0p":
            across, down, width, rows = body[3], body[4], body[6] + body[7] * 256, body[8] + body[9] * 256
            if len(body) != 10 + -(-width // 8) * rows:
                raise NotInTheTable("GS ( L")
            yield Read("picture", modes=self._modes, size=(width * across, rows * down))
        elif not (letter == b"\x6b" and body[:1] == b"1") and not (letter == b"\x4c" and body == b"02"):
            raise NotInTheTable(f"GS ( {letter!r} {body[:4]!r}")
