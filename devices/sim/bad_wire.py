"""What a bad line does to bytes: lost ones, turned bits, halves, and the wrong speed. Pure."""

from __future__ import annotations

from random import Random

BITS_A_BYTE = 10
"""Start, 8 data from the lowest, stop."""
DROPPED_SHARE = 0.34
"""So many of the bytes are lost by a line that loses bytes."""


def flip_bits(data: bytes, rng: Random) -> bytes:
    """Turn one bit of every byte."""
    return bytes(byte ^ (1 << rng.randrange(8)) for byte in data)


def drop_bytes(data: bytes, rng: Random) -> bytes:
    """Lose some of the bytes."""
    return bytes(byte for byte in data if rng.random() >= DROPPED_SHARE)


def half(data: bytes) -> bytes:
    """Keep the first half, rounded down: of a single byte nothing."""
    return data[: len(data) // 2]


def heard_at(data: bytes, sent_baud: int, heard_baud: int) -> bytes:
    """Return what a receiver at `heard_baud` makes of bytes sent at `sent_baud`, one after the other, then silence.

    The line is high when idle. A receiver waits for a falling edge, then looks at the middle of every bit; a missing
    stop bit is not minded, as with the setting that Linux has by default.
    """
    levels = [bit for byte in data for bit in (0, *((byte >> place) & 1 for place in range(8)), 1)]
    step = sent_baud / heard_baud  # bits of the sender in one of the receiver's

    def level(at: float) -> int:
        return levels[int(at)] if at < len(levels) else 1

    heard = bytearray()
    at = 0.0
    while at < len(levels):
        if level(at):
            at = float(int(at) + 1)
            continue
        heard.append(sum(level(at + step * (place + 1.5)) << place for place in range(8)))
        at += step * (BITS_A_BYTE - 0.5)
        while at < len(levels) and not level(at):  # until the line is high again there is no falling edge
            at = float(int(at) + 1)
    return bytes(heard)
