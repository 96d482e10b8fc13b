"""Icons as strokes: points of a 24 x 24 square, y downwards, drawn as soft lines of one width.

No glyph font: symbols are missing from the Chinese fonts, and these are the same at every size.
"""

from __future__ import annotations

from math import cos, pi, sin

from kivy.graphics.instructions import Canvas
from msgspec import Struct

from kiosk.theme import Rgba
from kiosk.widgets import shapes

_GRID = 24.0
_STROKE = 2.3
_STROKE_LEAST_PX = 2.6  # below this the soft edges leave nothing but grey
_ARC_STEPS_PER_TURN = 28

Point = tuple[float, float]


class Stroke(Struct, frozen=True):
    """A polyline through points of the grid."""

    points: tuple[Point, ...]
    close: bool = False


def _path(*numbers: float, close: bool = False) -> Stroke:
    return Stroke(tuple(zip(numbers[::2], numbers[1::2], strict=True)), close)


def _arc(x: float, y: float, radius: float, start: float = 0.0, turn: float = 1.0) -> Stroke:
    """Return an arc; `start` and `turn` in turns, clockwise as y points down, from three o'clock."""
    steps = max(6, round(abs(turn) * _ARC_STEPS_PER_TURN))
    whole = abs(turn) >= 1
    points = tuple(
        (x + radius * cos(2 * pi * (start + turn * at / steps)), y + radius * sin(2 * pi * (start + turn * at / steps)))
        for at in range(steps + (0 if whole else 1))
    )
    return Stroke(points, close=whole)


def _face(bend: float) -> tuple[Stroke, ...]:
    """Return a face whose mouth hangs `bend` deep in its middle; a negative bend is a sad one."""
    mouth = tuple((7.5 + 9 * at / 8, 15.2 - bend / 3 + bend * (1 - ((at - 4) / 4) ** 2)) for at in range(9))
    return (_arc(12, 12, 9.5), _path(8.6, 8.8, 8.6, 10.2), _path(15.4, 8.8, 15.4, 10.2), Stroke(mouth))


ICONS: dict[str, tuple[Stroke, ...]] = {
    "document": (
        _path(5, 3, 14, 3, 19, 8, 19, 21, 5, 21, close=True),
        _path(8.5, 12.5, 15.5, 12.5),
        _path(8.5, 16.5, 13, 16.5),
    ),
    "book": (_path(3, 5, 12, 5, 12, 19, 3, 19, close=True), _path(12, 5, 21, 5, 21, 19, 12, 19, close=True)),
    "search": (_arc(10.5, 10.5, 6.5), _path(15.3, 15.3, 21, 21)),
    "person": (_arc(12, 8, 4.2), Stroke((*_arc(12, 21, 8, 0.5, 0.5).points,), close=False)),
    "people": (
        _arc(9, 8.5, 3.6),
        _arc(9, 20, 6.5, 0.5, 0.5),
        _arc(16.5, 8.5, 3.4, -0.28, 0.56),
        _arc(15.5, 20, 6.5, 0.78, 0.22),
    ),
    "phone": (
        _path(
            5, 3.5, 9, 3.5, 10.8, 8.4, 8.3, 10, 10.6, 13.4, 14, 15.7, 15.6, 13.2, 20.5, 15, 20.5, 19,
            19, 20.5, 15.6, 20.1, 10.4, 17.4, 6.6, 13.6, 3.9, 8.4, 3.5, 5,
            close=True,
        ),
    ),
    "printer": (
        _path(7, 9, 7, 3, 17, 3, 17, 9),
        _path(7, 17, 3, 17, 3, 9, 21, 9, 21, 17, 17, 17),
        _path(7, 14, 17, 14, 17, 21, 7, 21, close=True),
    ),
    "back": (_path(15, 4, 7, 12, 15, 20),),
    "forward": (_path(9, 4, 17, 12, 9, 20),),
    "up": (_path(4, 15, 12, 7, 20, 15),),
    "down": (_path(4, 9, 12, 17, 20, 9),),
    "check": (_path(4, 12.5, 9.5, 18, 20, 6.5),),
    "close": (_path(5, 5, 19, 19), _path(19, 5, 5, 19)),
    "plus": (_path(12, 4, 12, 20), _path(4, 12, 20, 12)),
    "minus": (_path(4, 12, 20, 12),),
    "backspace": (_path(8, 5, 21, 5, 21, 19, 8, 19, 2, 12, close=True), _path(11, 9, 17, 15), _path(17, 9, 11, 15)),
    "calendar": (
        _path(4, 5.5, 20, 5.5, 20, 20.5, 4, 20.5, close=True),
        _path(4, 10.5, 20, 10.5),
        _path(8.5, 3, 8.5, 7.5),
        _path(15.5, 3, 15.5, 7.5),
    ),
    "clock": (_arc(12, 12, 9), _path(12, 6.8, 12, 12.4, 15.8, 14.8)),
    "bell": (
        _path(5, 17, 6.5, 14.5, 6.5, 10, 8.1, 6.4, 12, 4.8, 15.9, 6.4, 17.5, 10, 17.5, 14.5, 19, 17, close=True),
        _path(10, 20.3, 12, 21, 14, 20.3),
    ),
    "chart": (_path(2.5, 20.5, 21.5, 20.5), _path(5.5, 20, 5.5, 10), _path(12, 20, 12, 4), _path(18.5, 20, 18.5, 13)),
    "money": (
        _arc(12, 12, 9.3),
        _path(8.3, 7, 12, 11.6, 15.7, 7),
        _path(12, 11.6, 12, 17.6),
        _path(8.8, 12.2, 15.2, 12.2),
        _path(8.8, 15, 15.2, 15),
    ),
    "speech": (_path(3, 4, 21, 4, 21, 17, 8.5, 17, 3, 21, close=True),),
    "home": (_path(3, 11.5, 12, 3.5, 21, 11.5), _path(5.5, 10, 5.5, 20.5, 18.5, 20.5, 18.5, 10)),
    "lock": (_path(5, 10.5, 19, 10.5, 19, 21, 5, 21, close=True), Stroke((
        (8, 10.5), *_arc(12, 7.5, 4, 0.5, 0.5).points, (16, 10.5))),),
    "pen": (_path(4, 20, 5, 15.5, 16.5, 4, 20, 7.5, 8.5, 19, close=True), _path(14, 6.5, 17.5, 10)),
    "star": (Stroke(tuple(
        (12 + radius * sin(pi * at / 5), 12.5 - radius * cos(pi * at / 5))
        for at, radius in enumerate((9.5, 4.2) * 5)), close=True),),
    "list": (_path(8.5, 6, 21, 6), _path(8.5, 12, 21, 12), _path(8.5, 18, 21, 18),
             _path(3, 6, 4, 6), _path(3, 12, 4, 12), _path(3, 18, 4, 18)),
    "inbox": (_path(3, 13.5, 6.5, 4, 17.5, 4, 21, 13.5, 21, 20, 3, 20, close=True),
              _path(3, 13.5, 8.5, 13.5, 10, 16.5, 14, 16.5, 15.5, 13.5, 21, 13.5)),
    "qr": (_path(3, 3, 10, 3, 10, 10, 3, 10, close=True), _path(14, 3, 21, 3, 21, 10, 14, 10, close=True),
           _path(3, 14, 10, 14, 10, 21, 3, 21, close=True), _path(14, 14, 17.5, 14, 17.5, 17.5),
           _path(21, 14, 21, 17.5), _path(14, 21, 14, 18), _path(17.5, 21, 21, 21)),
    "help": (_arc(12, 12, 9.3), Stroke((*_arc(12, 9.8, 2.9, 0.5, 0.62).points, (12, 13), (12, 14.2))),
             _path(12, 17, 12, 17.4)),
    "refresh": (_arc(12, 12, 8, -0.08, -0.78), _path(20.3, 4.5, 20, 9.8, 14.8, 9.3)),
    **{f"face_{level}": _face(bend) for level, bend in enumerate((-4.5, -2.4, 0.0, 2.4, 4.5), start=1)},
}  # fmt: skip


def draw_icon(canvas: Canvas, name: str, colour: Rgba, middle_x: float, middle_y: float, size: float) -> None:
    """Draw the icon `name` in a square of `size` pixels around a point of the canvas."""
    scale = size / _GRID
    left, top = middle_x - size / 2, middle_y + size / 2
    width = max(_STROKE_LEAST_PX, _STROKE * scale)
    for stroke in ICONS[name]:
        points = [value for x, y in stroke.points for value in (left + x * scale, top - y * scale)]
        shapes.line(canvas, colour, points, width, close=stroke.close)
