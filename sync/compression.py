"""Zstandard (RFC 8878) with the protocol's dictionaries, for what is too short to be compressed by itself.

What is compressed says with its first byte how: 0 not at all, 1 with the first dictionary for such bytes. A better
dictionary gets the next number; the old one stays, because records are kept for decades. Frames travel without their
magic number, checksum and dictionary id, and state their size, which is looked at before anything is decompressed.
"""

from __future__ import annotations

import functools
import threading
from enum import StrEnum
from pathlib import Path

import zstandard

DICTIONARIES = Path(__file__).with_name("dictionaries")
OPEN, FIRST = 0, 1
_WINDOW_BYTES_MAX = 1 << 20
_FORMAT = zstandard.FORMAT_ZSTD1_MAGICLESS


class Matter(StrEnum):
    """What is compressed; each has a dictionary of its own. The value names its file."""

    BODY = "body"
    HEADERS = "headers"


_LEVELS = {Matter.BODY: 19, Matter.HEADERS: 6}
"""A body is compressed once in its life, which may take 0.1 ms; headers whenever they are sent."""


class CompressedMalformed(ValueError):
    """These bytes were not compressed as the protocol does it."""


class CompressedTooLarge(CompressedMalformed):
    """They state a larger size than is taken."""


def path(matter: Matter) -> Path:
    """Where the first dictionary is."""
    return DICTIONARIES / f"{matter}-{FIRST}.zdict"


def compress(matter: Matter, opened: bytes) -> bytes:
    """Return `opened` compressed, or as it is where that is shorter, behind the byte that says so."""
    made = _tools(matter).compressor.compress(opened)
    return bytes((FIRST,)) + made if len(made) < len(opened) else bytes((OPEN,)) + opened


def decompress(matter: Matter, closed: bytes, bytes_max: int) -> bytes:
    """Return what `compress` was given. Raises CompressedMalformed, CompressedTooLarge."""
    how, held = closed[:1], closed[1:]
    if how == bytes((OPEN,)):
        if len(held) > bytes_max:
            raise CompressedTooLarge(f"{len(held)} bytes, at most {bytes_max} are taken")
        return held
    if how != bytes((FIRST,)):
        raise CompressedMalformed("compressed in a way that this version does not know")
    try:
        frame = zstandard.get_frame_parameters(held, format=_FORMAT)
        # A frame that states its size is decompressed to that size, whatever limit is given: look first.
        if not 0 <= frame.content_size <= bytes_max:
            raise CompressedTooLarge(f"at most {bytes_max} bytes are taken, and the frame states another size")
        return bytes(_tools(matter).decompressor.decompress(held, max_output_size=bytes_max, allow_extra_data=False))
    except zstandard.ZstdError as cause:
        raise CompressedMalformed(f"not a frame of Zstandard: {cause}") from cause


class _Tools(threading.local):
    """A compressor and a decompressor; neither may be used by two threads at once."""

    def __init__(self, matter: Matter) -> None:
        dictionary = _dictionary(matter)
        parameters = zstandard.ZstdCompressionParameters.from_level(
            _LEVELS[matter], dict_size=len(dictionary), format=_FORMAT,
            write_dict_id=False, write_content_size=True, write_checksum=False,
        )  # fmt: skip
        self.compressor = zstandard.ZstdCompressor(dict_data=dictionary, compression_params=parameters)
        self.decompressor = zstandard.ZstdDecompressor(
            dict_data=dictionary, max_window_size=_WINDOW_BYTES_MAX, format=_FORMAT
        )


@functools.cache
def _tools(matter: Matter) -> _Tools:
    return _Tools(matter)


@functools.cache
def _dictionary(matter: Matter) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(path(matter).read_bytes())
