"""SAM_V frames: bytes to values and back. Pure.

    AA AA AA 96 69 | length, 2 bytes | content | XOR

The length counts content and XOR byte, the XOR goes over length and content. A command's content is CMD PARA DATA,
an answer's SW1 SW2 SW3 DATA; SW1 and SW2 are always 0 and SW3 says how it went (`Status`).

A photograph or a fingerprint ends here: of a card's base information only the 256 bytes of text are passed on, and no
value of this module shows what it holds when it is printed.
"""

from __future__ import annotations

from enum import Enum, IntEnum
from functools import reduce
from operator import xor
from typing import TypeAlias

from msgspec import Struct

HEAD = bytes.fromhex("AA AA AA 96 69")
TEXT_BYTES, PHOTO_BYTES, FINGERPRINT_BYTES_MAX = 256, 1024, 1024
_BEFORE = len(HEAD) + 2
_SHORT_ANSWER_MAX = 70
"""The longest answer beside base information: an address of 35 characters."""
ANSWER_LENGTH_MAX = 3 + 6 + TEXT_BYTES + PHOTO_BYTES + FINGERPRINT_BYTES_MAX + 1
COMMAND_LENGTH_MAX = 64


class Command(Enum):
    """What a reader is asked: CMD and PARA."""

    STATUS = b"\x11\xff"
    SAM_NUMBER = b"\x12\xff"
    FIND = b"\x20\x01"
    SELECT = b"\x20\x02"
    READ = b"\x30\x01"
    NEWEST_ADDRESS = b"\x30\x03"


class Status(IntEnum):
    """SW3: how a command went."""

    OK = 0x90
    FOUND = 0x9F
    NO_CONTENT = 0x91
    BAD_CHECKSUM = 0x10
    BAD_LENGTH = 0x11
    BAD_COMMAND = 0x21
    UNKNOWN_COMMAND = 0x24
    CARD_REJECTS_READER = 0x31
    READER_REJECTS_CARD = 0x32
    CARD_NOT_VERIFIED = 0x33
    WRONG_CARD = 0x40
    READ_FAILED = 0x41
    RANDOM_FAILED = 0x47
    SELF_TEST_FAILED = 0x60
    NOT_AUTHORISED = 0x66
    NOT_FOUND = 0x80
    NOT_SELECTED = 0x81


class Answer(Struct, frozen=True):
    """A short answer: SW3 (a `Status`, if it is a known one) and at most 70 bytes."""

    status: int
    data: bytes = b""

    def __repr__(self) -> str:
        return f"Answer(status=0x{self.status:02X}, {len(self.data)} bytes)"


class BaseText(Struct, frozen=True):
    """The text of a card's base information, as it lies on the card."""

    text: bytes

    def __repr__(self) -> str:
        return f"BaseText({len(self.text)} bytes)"


Reply: TypeAlias = Answer | BaseText


def encode(command: Command) -> bytes:
    """Return the frame of a command."""
    return frame(command.value)


def frame(content: bytes) -> bytes:
    """Return `content` between head, length and XOR. Raises `OverflowError` above 65,534 bytes."""
    counted = (len(content) + 1).to_bytes(2, "big") + content
    return HEAD + counted + bytes((reduce(xor, counted),))


class Deframer:
    """Bytes, fed in pieces of any size, become the contents of whole frames.

    Holds at most one frame of `length_max` beside what it was fed last. After anything that is no frame it takes up
    again at the next head, also at one inside the broken frame. `garbage_bytes` counts what was thrown away.
    """

    def __init__(self, length_min: int, length_max: int) -> None:
        """Take frames whose length field says `length_min` to `length_max`."""
        self._length_min = length_min
        self._length_max = length_max
        self._buffer = bytearray()
        self.garbage_bytes = 0

    @property
    def held_bytes(self) -> int:
        """How many bytes wait for the rest of their frame."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """Return the contents of the frames that `data` completes."""
        self._buffer += data
        contents: list[bytes] = []
        at = 0
        while (start := self._next_head(at)) >= 0:
            self.garbage_bytes += start - at
            at = start
            if len(self._buffer) < at + _BEFORE:
                break
            length = int.from_bytes(self._buffer[at + len(HEAD) : at + _BEFORE], "big")
            end = at + _BEFORE + length
            if self._length_min <= length <= self._length_max:
                if len(self._buffer) < end:
                    break
                if reduce(xor, self._buffer[at + len(HEAD) : end]) == 0:
                    contents.append(bytes(self._buffer[at + _BEFORE : end - 1]))
                    at = end
                    continue
            self.garbage_bytes += 1
            at += 1
        del self._buffer[:at]
        return contents

    def _next_head(self, at: int) -> int:
        """Return where the next head begins, whole or cut off by the end of what is there; -1 for nowhere."""
        start = self._buffer.find(HEAD, at)
        if start >= 0:
            return start
        for held in range(min(len(HEAD) - 1, len(self._buffer) - at), 0, -1):
            if self._buffer.endswith(HEAD[:held]):
                return len(self._buffer) - held
        self.garbage_bytes += len(self._buffer) - at
        self._buffer.clear()
        return -1


class ReplyDecoder:
    """A reader's bytes become its replies, whatever pieces they come in."""

    def __init__(self) -> None:
        self._deframer = Deframer(4, ANSWER_LENGTH_MAX)

    @property
    def garbage_bytes(self) -> int:
        """How many bytes belonged to no frame."""
        return self._deframer.garbage_bytes

    @property
    def held_bytes(self) -> int:
        """How many bytes wait for the rest of their frame."""
        return self._deframer.held_bytes

    def feed(self, data: bytes) -> list[Reply]:
        """Return the replies that `data` completes."""
        return [_reply(content) for content in self._deframer.feed(data) if content[:2] == b"\0\0"]


def _reply(content: bytes) -> Reply:
    status, data = content[2], content[3:]
    if len(data) <= _SHORT_ANSWER_MAX:
        return Answer(status, data)
    return BaseText(_text_of(data)) if status == Status.OK else Answer(status)


def _text_of(data: bytes) -> bytes:
    """Return the text of base information, nothing of it when its lengths do not add up.

    The lengths of text and photograph stand before them, with a fingerprint that of the fingerprint too.
    """
    text, photo, fingerprint = (int.from_bytes(data[at : at + 2], "big") for at in (0, 2, 4))
    for before, total in ((4, 4 + text + photo), (6, 6 + text + photo + fingerprint)):
        if len(data) == total and text == TEXT_BYTES:
            return data[before : before + text]
    return b""
