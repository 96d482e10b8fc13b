"""The few shapes everything is drawn of, as canvas instructions with soft edges.

The window has no multisampling (it cost 20 MB and three times the drawing), so edges that are not straight
lines on whole pixels use Kivy's smooth instructions. Coordinates are the canvas's: y upwards, pixels.
"""

from __future__ import annotations

from collections.abc import Sequence

from kivy.graphics import Color, Rectangle, ScissorPop, ScissorPush
from kivy.graphics.instructions import Canvas
from kivy.graphics.texture import Texture
from kivy.graphics.vertex_instructions import (
    SmoothEllipse,
    SmoothLine,
    SmoothQuad,
    SmoothRoundedRectangle,
    SmoothTriangle,
)
from msgspec import Struct

from kiosk.theme import Rgba
from kiosk.views import Level

_DIAMOND_RATIO = 0.62  # half the diagonal of a diamond that looks as large as a disc of radius 0.5
_TRIANGLE_RATIO = 0.58
_SQUARE_RATIO = 0.44
_WATER_DEPTH = 0.32  # how far the water line sags, as a share of the radius


class Box(Struct, frozen=True):
    """A rectangle of the canvas in whole pixels; `y` is its lower edge."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The edge beyond the last column."""
        return self.x + self.width

    @property
    def top(self) -> int:
        """The edge above the highest row."""
        return self.y + self.height

    def inset(self, by: int) -> Box:
        """Return the box smaller by `by` pixels on every side."""
        return Box(self.x + by, self.y + by, self.width - 2 * by, self.height - 2 * by)

    def holds(self, x: float, y: float) -> bool:
        """Tell whether the point is inside."""
        return self.x <= x < self.right and self.y <= y < self.top


def fill(canvas: Canvas, colour: Rgba, box: Box) -> None:
    """Fill a rectangle with sharp corners."""
    canvas.add(Color(*colour))
    canvas.add(Rectangle(pos=(box.x, box.y), size=(box.width, box.height)))


def rounded(canvas: Canvas, colour: Rgba, box: Box, radius: float) -> None:
    """Fill a rectangle with round corners."""
    radius = min(radius, box.width / 2, box.height / 2)
    canvas.add(Color(*colour))
    canvas.add(
        SmoothRoundedRectangle(
            pos=(box.x, box.y), size=(box.width, box.height), radius=[radius], segments=_segments(radius)
        )
    )


def framed(canvas: Canvas, bed: Rgba, edge: Rgba, box: Box, radius: float, stroke: int) -> None:
    """Fill a rounded rectangle and give it a border of `stroke` pixels inside its box."""
    rounded(canvas, edge, box, radius)
    rounded(canvas, bed, box.inset(stroke), max(0, min(radius, box.height / 2) - stroke))


def disc(canvas: Canvas, colour: Rgba, middle_x: float, middle_y: float, radius: float) -> None:
    """Fill a circle."""
    canvas.add(Color(*colour))
    canvas.add(
        SmoothEllipse(
            pos=(middle_x - radius, middle_y - radius), size=(2 * radius, 2 * radius), segments=_segments(radius) * 4
        )
    )


def line(canvas: Canvas, colour: Rgba, points: Sequence[float], width: float, *, close: bool = False) -> None:
    """Draw a line of a width in pixels through x, y, x, y, ..."""
    canvas.add(Color(*colour))
    canvas.add(SmoothLine(points=list(points), width=width / 2, close=close))


def picture(canvas: Canvas, colour: Rgba, texture: Texture, x: int, y: int) -> None:
    """Lay a white texture, tinted, with its lower left corner at a whole pixel."""
    canvas.add(Color(*colour))
    canvas.add(Rectangle(texture=texture, pos=(x, y), size=texture.size))


def mark(canvas: Canvas, level: Level, colour: Rgba, middle_x: float, middle_y: float, size: float) -> None:
    """Draw the shape of a level, ● ■ ▲ ◆, in a square of `size` pixels."""
    if level is Level.NOTICE:
        half = size * _SQUARE_RATIO
        side = round(2 * half)
        fill(canvas, colour, Box(round(middle_x - half), round(middle_y - half), side, side))
    elif level is Level.WARN:
        half = size * _TRIANGLE_RATIO
        foot, peak = middle_y - half * 0.82, middle_y + half * 0.92
        canvas.add(Color(*colour))
        canvas.add(SmoothTriangle(points=[middle_x - half, foot, middle_x + half, foot, middle_x, peak]))
    elif level is Level.BAD:
        half = size * _DIAMOND_RATIO
        canvas.add(Color(*colour))
        canvas.add(
            SmoothQuad(
                points=[
                    middle_x - half, middle_y, middle_x, middle_y + half,
                    middle_x + half, middle_y, middle_x, middle_y - half,
                ]
            )
        )  # fmt: skip
    else:
        disc(canvas, colour, middle_x, middle_y, size / 2)


def sun(canvas: Canvas, warm: Rgba, water: Rgba, middle_x: float, middle_y: float, radius: float) -> None:
    """Draw the house's sign: a sun that stands on the water. Not inside anything that scrolls."""
    left, side = int(middle_x - radius) - 2, int(2 * radius) + 4
    # Each half is clipped, or the water's soft edge would show around the sun.
    for colour, lower_edge in ((water, int(middle_y) - side), (warm, int(middle_y))):
        canvas.add(ScissorPush(x=left, y=lower_edge, width=side, height=side))
        disc(canvas, colour, middle_x, middle_y, radius)
        canvas.add(ScissorPop())
    sag = radius * _WATER_DEPTH
    # The water line is the lower half of a flat ellipse; its upper half is lost in the sun.
    canvas.add(SmoothEllipse(pos=(middle_x - radius, middle_y - sag), size=(2 * radius, 2 * sag), segments=48))


def _segments(radius: float) -> int:
    # Enough that a corner looks round, few enough that forty keys are drawn in two milliseconds.
    return max(6, min(20, round(radius / 2)))
