"""Handwriting on glass: fewer points for the same line, and few bytes for the points.

A finger leaves hundreds of points, most of which lie on the line between their neighbours. They are left out where
nobody could see it, and what stays is packed as differences: a signature has about 150 bytes instead of 2,000.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Strokes = tuple[tuple[int, ...], ...]
"""A signature on glass: strokes, each x0, y0, x1, y1, ... in thousandths of the pad's width, y downward."""

TOLERANCE = 2.0
"""Thousandths of the pad's width: under half of the line's own thickness on the screen."""
GRID = 2
"""Thousandths of the pad's width between places that a simplified point may have; no person signs more finely."""
VALUES_MAX = 8_000
"""Coordinates of all strokes together."""
_MORE, _BITS_MAX = 0x80, 70


class InkMalformed(ValueError):
    """These bytes are not packed strokes."""


def simplified(stroke: Sequence[int], tolerance: float = TOLERANCE) -> tuple[int, ...]:
    """Return a stroke on the grid, without the points that lie within `tolerance` of the line that stays.

    Source: Ramer 1972, Douglas and Peucker 1973; without recursion, so that no length of line exhausts the stack.
    """
    points = list(zip(stroke[::2], stroke[1::2], strict=True))
    kept = {0, len(points) - 1}
    spans = [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        farthest, distance = first, tolerance
        for place in range(first + 1, last):
            away = _distance(points[place], points[first], points[last])
            if away > distance:
                farthest, distance = place, away
        if farthest != first:
            kept.add(farthest)
            spans += [(first, farthest), (farthest, last)]
    return tuple(round(value / GRID) * GRID for place in sorted(kept) for value in points[place])


def packed(strokes: Strokes) -> bytes:
    """Return strokes as bytes: a unit, then of each stroke how many coordinates it has and what they are.

    A coordinate is told in units, as its difference to the last one but one, whichever stroke that was in: x to x, y
    to y; the first two to 0. The unit is a byte: GRID where all coordinates are multiples of it, otherwise 1. The other
    numbers are written in groups of 7 bits, lowest first, the top bit of a byte saying that more follow; a difference d
    as 2d, or -2d - 1 when it is negative.
    """
    unit = 1 if any(value % GRID for stroke in strokes for value in stroke) else GRID
    made = bytearray((unit,))
    before = last = 0
    for stroke in strokes:
        _write(made, len(stroke))
        for value in stroke:
            difference = (value - before) // unit
            _write(made, 2 * difference if difference >= 0 else -2 * difference - 1)
            before, last = last, value
    return bytes(made)


def unpacked(ink: bytes) -> Strokes:
    """Return what `packed` was given. Raises InkMalformed, also for another packing of the same strokes."""
    unit = ink[0] if ink else 0
    if unit not in (1, GRID):
        raise InkMalformed("an unknown unit")
    numbers = _numbers(ink[1:])
    strokes: list[tuple[int, ...]] = []
    before = last = values = 0
    for count in numbers:
        values += count
        if values > VALUES_MAX:
            raise InkMalformed(f"more than {VALUES_MAX} coordinates")
        stroke = []
        for _ in range(count):
            value = before + unit * _difference(next(numbers, None))
            before, last = last, value
            stroke.append(value)
        strokes.append(tuple(stroke))
    held = tuple(strokes)
    if packed(held) != ink:
        raise InkMalformed("another packing of the same strokes")
    return held


def _distance(point: tuple[int, int], begin: tuple[int, int], end: tuple[int, int]) -> float:
    """From a point to the straight line between two others, not beyond its ends."""
    along_x, along_y = end[0] - begin[0], end[1] - begin[1]
    from_x, from_y = point[0] - begin[0], point[1] - begin[1]
    length = along_x * along_x + along_y * along_y
    share = max(0.0, min(1.0, (from_x * along_x + from_y * along_y) / length)) if length else 0.0
    return float(((from_x - share * along_x) ** 2 + (from_y - share * along_y) ** 2) ** 0.5)


def _write(made: bytearray, number: int) -> None:
    while number >= _MORE:
        made.append(number & 0x7F | _MORE)
        number >>= 7
    made.append(number)


def _numbers(ink: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in ink:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < _MORE:
            yield number
            number = shift = 0
        elif shift >= _BITS_MAX:
            raise InkMalformed("a number of too many bits")
    if shift:
        raise InkMalformed("cut short")


def _difference(number: int | None) -> int:
    if number is None:
        raise InkMalformed("cut short")
    return -(number + 1 >> 1) if number & 1 else number >> 1
