"""Frames: a length of 4 bytes, big-endian, then so many bytes. Streams of segments and relays are made of them."""

from __future__ import annotations

import struct

LENGTH_BYTES = 4
_LENGTH = struct.Struct(">I")


class FrameRefused(ValueError):
    """A frame is empty or longer than allowed: not a stream of this protocol, or a hostile one."""


class FrameCut(ValueError):
    """The stream ended inside a frame; all frames before it are good."""


def encode_frame(content: bytes) -> bytes:
    """Return `content` as a frame."""
    return _LENGTH.pack(len(content)) + content


def decode_length(prefix: bytes, content_bytes_max: int) -> int:
    """Return how many bytes follow a 4-byte prefix. Raises FrameRefused."""
    (length,) = _LENGTH.unpack(prefix)
    if not 0 < length <= content_bytes_max:
        raise FrameRefused(f"a frame of {length} bytes, from 1 to {content_bytes_max} are taken")
    return int(length)


class FrameReader:
    """Cuts a stream that arrives in any pieces into frames of at most `content_bytes_max` bytes.

    It holds less than one frame; after a refusal it must not be fed again.
    """

    def __init__(self, content_bytes_max: int) -> None:
        self._content_bytes_max = content_bytes_max
        self._held = bytearray()

    def feed(self, piece: bytes) -> list[bytes]:
        """Return the contents of the frames that `piece` completes. Raises FrameRefused."""
        self._held += piece
        contents: list[bytes] = []
        start = 0
        while len(self._held) - start >= LENGTH_BYTES:
            begin = start + LENGTH_BYTES
            end = begin + decode_length(bytes(self._held[start:begin]), self._content_bytes_max)
            if end > len(self._held):
                break
            contents.append(bytes(self._held[begin:end]))
            start = end
        del self._held[:start]
        return contents

    def finish(self) -> None:
        """Say that the stream has ended. Raises FrameCut when that is inside a frame."""
        if self._held:
            raise FrameCut(f"the stream ended {len(self._held)} bytes into a frame")
