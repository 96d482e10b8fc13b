"""A procedure drawn: boxes from top to bottom, arrows between, jumps along lanes at the right."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from kivy.graphics import Color
from kivy.graphics.vertex_instructions import SmoothTriangle
from msgspec import Struct

from kiosk.text.setting import Paragraph
from kiosk.theme import BLUE, BLUE_SOFT, CARD, EDGE, INK, INK_SOFT, SUN, SUN_SOFT, Rgba, Role
from kiosk.widgets import shapes
from kiosk.widgets.element import Element
from kiosk.widgets.look import Look
from kiosk.widgets.shapes import Box


class BoxShape(Enum):
    """What a box stands for."""

    START = "start"
    ACTION = "action"
    DECISION = "decision"
    END = "end"


class Way(Struct, frozen=True):
    """Where it goes on; `to` is the place of the next box in the list."""

    to: int
    label: str = ""


class FlowBox(Struct, frozen=True):
    """One box."""

    title: str
    note: str = ""
    shape: BoxShape = BoxShape.ACTION
    ways: tuple[Way, ...] = ()


_COLOURS: dict[BoxShape, tuple[Rgba, Rgba]] = {
    BoxShape.START: (BLUE_SOFT, BLUE),
    BoxShape.ACTION: (CARD, EDGE),
    BoxShape.DECISION: (SUN_SOFT, SUN),
    BoxShape.END: (BLUE_SOFT, BLUE),
}
_ARROW_PX = 7
_LANE_LABEL_EM = 5


class FlowChart(Element):
    """Boxes in the order of the list. A way to the next box is straight, any other goes round."""

    def __init__(self, look: Look, boxes: Sequence[FlowBox]) -> None:
        """Take the boxes; every way's `to` is a place in the list."""
        super().__init__(look)
        self.boxes = tuple(boxes)
        self._lanes = [(at, way) for at, box in enumerate(self.boxes) for way in box.ways if way.to != at + 1]

    def height_for(self, width_px: int) -> int:
        """All boxes and the arrows between."""
        heights = [self._height(box, width_px) for box in self.boxes]
        return sum(heights) + self._gap() * max(0, len(heights) - 1)

    def paint(self) -> None:
        """Draw the boxes, then the arrows."""
        metrics = self.look.metrics
        top = self.box.top
        width = self._box_width(self.box.width)
        placed: list[Box] = []
        for box in self.boxes:
            height = self._height(box, self.box.width)
            placed.append(Box(self.box.x, top - height, width, height))
            top -= height + self._gap()
        for at, (box, place) in enumerate(zip(self.boxes, placed, strict=True)):
            bed, edge = _COLOURS[box.shape]
            radius = place.height / 2 if box.shape in (BoxShape.START, BoxShape.END) else metrics.radius.badge
            shapes.framed(self.canvas.before, bed, edge, place, radius, metrics.stroke)
            title, note = self._set(box, self.box.width)
            words = title.height + (note.height if note else 0)
            x, line = place.x + metrics.space.xl, place.y + (place.height + words) // 2
            self.words(title, INK, x, line)
            if note:
                self.words(note, INK_SOFT, x, line - title.height)
            for way in box.ways:
                if way.to == at + 1:
                    self._straight(place, way.label)
        for lane, (at, way) in enumerate(self._lanes):
            self._round(placed[at], placed[way.to], lane, way.label)

    def _straight(self, box: Box, label: str) -> None:
        x = box.x + box.width / 2
        end = box.y - self._gap()
        shapes.line(self.canvas.before, EDGE, [x, box.y, x, end + _ARROW_PX], 2)
        self._head(x, end, 0, -1)
        self._label(label, round(x) + self.look.metrics.space.s, box.y - self._gap() // 2)

    def _round(self, start: Box, end: Box, lane: int, label: str) -> None:
        x = start.right + (lane + 1) * self._lane_width()
        # Leaving above the middle and arriving below it keeps two lines of one box apart.
        leave, arrive = start.y + start.height * 0.6, end.y + end.height * 0.4
        shapes.line(
            self.canvas.before, EDGE, [start.right, leave, x, leave, x, arrive, end.right + _ARROW_PX, arrive], 2
        )
        self._head(end.right, arrive, -1, 0)
        # Beside the line, so that it never runs through the words.
        words = self._lane_words(label)
        if words is not None:
            self.words(
                words, INK_SOFT, round(x) + self.look.metrics.space.xs, round((leave + arrive + words.height) / 2)
            )

    def _head(self, x: float, y: float, along_x: int, along_y: int) -> None:
        back_x, back_y = x - along_x * _ARROW_PX * 1.6, y - along_y * _ARROW_PX * 1.6
        side_x, side_y = along_y * _ARROW_PX, along_x * _ARROW_PX
        self.canvas.before.add(Color(*EDGE))
        self.canvas.before.add(
            SmoothTriangle(points=[x, y, back_x + side_x, back_y + side_y, back_x - side_x, back_y - side_y])
        )

    def _label(self, label: str, x: int, middle_y: int) -> None:
        if label:
            words = self.set(label, Role.SMALL)
            self.words(words, INK_SOFT, x, middle_y + words.height // 2)

    def _set(self, box: FlowBox, width_px: int) -> tuple[Paragraph, Paragraph | None]:
        room = self._box_width(width_px) - 2 * self.look.metrics.space.xl
        return (
            self.set(box.title, Role.BODY, bold=True, width_px=room),
            self.set(box.note, Role.SMALL, width_px=room) if box.note else None,
        )

    def _height(self, box: FlowBox, width_px: int) -> int:
        title, note = self._set(box, width_px)
        return title.height + (note.height if note else 0) + 2 * self.look.metrics.space.m

    def _box_width(self, width_px: int) -> int:
        words = [self._lane_words(way.label) for _, way in self._lanes]
        labels = max((each.width + self.look.metrics.space.s for each in words if each is not None), default=0)
        return width_px - len(self._lanes) * self._lane_width() - labels

    def _lane_words(self, label: str) -> Paragraph | None:
        narrow = self.look.metrics.type.small * _LANE_LABEL_EM
        return self.set(label, Role.SMALL, width_px=narrow) if label else None

    def _lane_width(self) -> int:
        return self.look.metrics.space.xl

    def _gap(self) -> int:
        return round(self.look.metrics.type.small * 1.9)
