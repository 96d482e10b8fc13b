"""Ways to damage bytes: what lines, disks and hostile people do to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

import zstandard

Damage = Callable[[Random, bytes, Sequence[bytes]], bytes]
"""Of the bytes, and of other samples that may be mixed in."""

BOMB_BYTES, PIECE_BYTES = 400_000_000, 50_000
_HUGE = (b"\x9b" + b"\xff" * 8, b"\xbb" + b"\xff" * 8, b"\x5b" + b"\x7f" + b"\xff" * 7, b"\x9a\x7f\xff\xff\xff")


def flip_bits(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    """A few bits are others."""
    damaged = bytearray(content)
    for _bit in range(rng.choice((1, 1, 2, 8))):
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def put_bytes(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    """A stretch is random bytes, zeros or ones."""
    place, length = rng.randrange(len(content)), rng.randrange(1, 64)
    fill = rng.choice((rng.randbytes(length), bytes(length), b"\xff" * length))
    return content[:place] + fill + content[place + length :]


def truncate(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    """The end is missing, or the beginning."""
    place = rng.randrange(len(content))
    return content[:place] if rng.random() < 0.7 else content[place + 1 :]


def extend(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    """Something follows."""
    return content + rng.randbytes(rng.randrange(1, 40))


def remove(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    """A stretch in the middle is missing."""
    place = rng.randrange(len(content))
    return content[:place] + content[place + rng.randrange(1, 40) :]


def repeat(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    """A stretch is there twice."""
    place, length = rng.randrange(len(content)), rng.randrange(1, 200)
    return content[: place + length] + content[place:]


def splice(rng: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """The beginning of one, the end of another."""
    other = rng.choice(others)
    return content[: rng.randrange(len(content))] + other[rng.randrange(len(other)) :]


def lie_about_length(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    """Somewhere a length is said to be another one: a byte that could be the head of something becomes a longer one."""
    place = rng.randrange(min(len(content), 80))
    major = content[place] & 0xE0
    head = rng.choice((bytes((major | 24, 255)), bytes((major | 25, 255, 255)), bytes((major | 26,)) + b"\xff" * 4))
    return content[:place] + head + content[place + 1 :]


def claim_much(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    """Somewhere something begins that claims to have billions of parts."""
    place = rng.randrange(len(content))
    return content[:place] + rng.choice(_HUGE) + content[place:]


def nest(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    """Arrays in arrays, thousands of them."""
    place = rng.choice((0, 0, rng.randrange(len(content))))
    return (
        content[:place]
        + rng.choice((b"\x81", b"\xa1\x00", b"\xd8\x1c")) * rng.choice((13, 500, 20_000))
        + content[place:]
    )


def widen(rng: Random, content: bytes, _: Sequence[bytes]) -> bytes:
    """One array of very many values."""
    count = rng.choice((1_000, 60_000))
    return b"\x9a" + count.to_bytes(4, "big") + bytes(count)


ALL: tuple[Damage, ...] = (
    flip_bits, flip_bits, flip_bits, put_bytes, truncate, extend, remove, repeat, splice, splice, lie_about_length,
    claim_much, nest, widen,
)  # fmt: skip


def zstd_bomb(rng: Random) -> bytes:
    """A frame of some hundred kilobytes or less that opens to very much, and says so, or lies about it."""
    said = rng.choice((True, False))
    pieces = rng.choice((2, 20, BOMB_BYTES // PIECE_BYTES if rng.random() < 0.02 else 100))
    writer = zstandard.ZstdCompressor(level=1, write_content_size=said).compressobj(
        size=pieces * PIECE_BYTES if said else -1
    )
    frame = b"".join(writer.compress(bytes(PIECE_BYTES)) for _ in range(pieces)) + writer.flush()
    if said and rng.random() < 0.5:
        # The size in the frame's header is exchanged for a small one (RFC 8878, 3.1.1.1.4: single segment, 1 byte).
        frame = frame[:4] + b"\x20" + b"\x40" + frame[6:]
    return frame
