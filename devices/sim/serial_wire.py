"""What a serial port hears of a sender at another speed: the bits are there, and are sampled at the wrong moments."""

from __future__ import annotations

_DATA_BITS = 8


def heard(data: bytes, sent_baud: int, heard_baud: int) -> bytes:
    """Return the bytes that a receiver at `heard_baud` makes of `data` sent 8N1 at `sent_baud` without a pause.

    A frame whose stop bit is missing reads as 0, as Linux gives it (termios(3): neither IGNPAR nor PARMRK).
    """
    if sent_baud == heard_baud:
        return data
    levels = [level for byte in data for level in (0, *(byte >> at & 1 for at in range(_DATA_BITS)), 1)]
    ratio = sent_baud / heard_baud
    found = bytearray()
    at = 0
    while at < len(levels):
        if levels[at]:  # the line rests: a receiver waits for it to fall
            at += 1
            continue
        bits = [_level(levels, at + ratio * (1.5 + bit)) for bit in range(_DATA_BITS)]
        stop = at + ratio * (1.5 + _DATA_BITS)
        value = sum(bit << place for place, bit in enumerate(bits))
        found.append(value if _level(levels, stop) else 0)
        at = int(stop)
        while at < len(levels) and not levels[at]:  # after a broken frame the line has to rest first
            at += 1
    return bytes(found)


def _level(levels: list[int], at: float) -> int:
    return levels[int(at)] if at < len(levels) else 1
