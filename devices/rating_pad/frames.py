"""PJ06 frames: bytes to values and back. Pure.

Host to pad: 55 AA LEN CMD DATA.. 1A. LEN counts CMD and DATA; there is no checksum, no answer and no
sequence number, and the tail is always 1A.

| bytes                | meaning                                |
|----------------------|----------------------------------------|
| 55 AA 02 1F 00 1A    | `Welcome`  say the greeting            |
| 55 AA 02 20 00 1A    | `Ask`      ask for a rating, light up  |
| 55 AA 03 13 tt 00 1A | `SetTimeout` tt seconds                |
| 55 AA 02 15 nn 1A    | `SetLevels`  nn levels                 |

Pad to host: one bare byte a key press. Which key it is, is configuration (`model`).
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

HEAD = b"\x55\xaa"
TAIL = 0x1A
LENGTH_MAX = 16
"""Longest CMD + DATA that is taken for a frame; the known ones have 2 or 3."""

_WELCOME, _ASK, _TIMEOUT, _LEVELS = 0x1F, 0x20, 0x13, 0x15


class Welcome(Struct, frozen=True):
    """Greet the visitor."""


class Ask(Struct, frozen=True):
    """Ask for a rating: voice and lights."""


class SetTimeout(Struct, frozen=True):
    """How long the pad waits for a key by itself, 1 to 255 seconds."""

    seconds: int


class SetLevels(Struct, frozen=True):
    """How many keys count, 1 to 9."""

    count: int


class UnknownFrame(Struct, frozen=True):
    """A well-formed frame with a command that is not in the table: CMD and DATA."""

    content: bytes


Frame: TypeAlias = Welcome | Ask | SetTimeout | SetLevels | UnknownFrame


def encode(frame: Frame) -> bytes:
    """Return the bytes of a frame. Raises `ValueError` if a number does not fit its byte."""
    content = _content(frame)
    return HEAD + bytes((len(content),)) + content + bytes((TAIL,))


def _content(frame: Frame) -> bytes:
    match frame:
        case Welcome():
            return bytes((_WELCOME, 0))
        case Ask():
            return bytes((_ASK, 0))
        case SetTimeout(seconds):
            return bytes((_TIMEOUT, seconds, 0))
        case SetLevels(count):
            return bytes((_LEVELS, count))
        case UnknownFrame(content):
            return content


def parse(content: bytes) -> Frame:
    """Return the frame whose CMD and DATA are `content`."""
    match tuple(content):
        case (command, 0) if command == _WELCOME:
            return Welcome()
        case (command, 0) if command == _ASK:
            return Ask()
        case (command, seconds, 0) if command == _TIMEOUT:
            return SetTimeout(seconds)
        case (command, count) if command == _LEVELS:
            return SetLevels(count)
    return UnknownFrame(content)


class FrameDecoder:
    """Host-to-pad bytes, fed in pieces of any size, become frames.

    After garbage it takes up again at the next head. `garbage_bytes` counts what was thrown away.
    """

    def __init__(self) -> None:
        self._buffer = b""
        self.garbage_bytes = 0

    def feed(self, data: bytes) -> list[Frame]:
        """Return the frames that `data` completes."""
        self._buffer += data
        frames: list[Frame] = []
        while True:
            self._skip_to_head()
            if len(self._buffer) < 3:
                return frames
            length = self._buffer[2]
            if not 1 <= length <= LENGTH_MAX:
                self._skip(1)
                continue
            if len(self._buffer) < length + 4:
                return frames
            if self._buffer[length + 3] != TAIL:
                self._skip(1)
                continue
            frames.append(parse(self._buffer[3 : length + 3]))
            self._buffer = self._buffer[length + 4 :]

    def _skip_to_head(self) -> None:
        start = self._buffer.find(HEAD)
        if start < 0:
            start = len(self._buffer) - self._buffer.endswith(HEAD[:1])
        self._skip(start)

    def _skip(self, count: int) -> None:
        self.garbage_bytes += count
        self._buffer = self._buffer[count:]
