"""Where every text and every element of a screen came to stand, and what of that is out of place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kivy.uix.widget import Widget

from kiosk.text.setting import Paragraph
from kiosk.theme import Rgba
from kiosk.widgets.element import Element, walk
from kiosk.widgets.scroll import Draggable, Scroll
from kiosk.widgets.shapes import Box

_ROUNDING_PX = 1


@dataclass(frozen=True, slots=True)
class Written:
    """A text on the canvas: the element it is of, its lines and its box."""

    element: Element
    lines: tuple[str, ...]
    box: Box

    def __str__(self) -> str:
        return f"{type(self.element).__name__} {' / '.join(self.lines)!r}"


@contextmanager
def recording() -> Iterator[list[Written]]:
    """Collect every text that is drawn meanwhile."""
    written: list[Written] = []
    drawn = Element.words

    def words(
        self: Element,
        paragraph: Paragraph,
        colour: Rgba,
        x: int,
        top: int,
        *,
        align: str = "left",
        width_px: int | None = None,
    ) -> None:
        width = paragraph.width if align == "left" or width_px is None else width_px
        box = Box(x, top - paragraph.height, width, paragraph.height)
        written.append(Written(self, tuple(line.text for line in paragraph.lines), box))
        drawn(self, paragraph, colour, x, top, align=align, width_px=width_px)

    Element.words = words  # type: ignore[method-assign]  # to listen
    try:
        yield written
    finally:
        Element.words = drawn  # type: ignore[method-assign]  # to listen


def misplaced(root: Widget, written: list[Written]) -> Iterator[str]:
    """Yield a sentence for each text outside its element, element outside its parent, and pair that overlaps."""
    shown = set(walk(root))
    for text in written:
        if text.element in shown and any(text.lines) and not _holds(text.element.box, text.box, text.element):
            yield f"{text} at {text.box} leaves its element at {text.element.box}"
    for element in shown:
        parent = element.parent
        if isinstance(parent, Element) and not isinstance(parent, Scroll) and not _holds(parent.box, element.box):
            yield f"{_name(element)} at {element.box} leaves {_name(parent)} at {parent.box}"
        yield from _overlaps(element)


def small_targets(root: Widget, least: int) -> Iterator[str]:
    """Yield what can be touched but is smaller than a fingertip, or has no words for whoever does not see it."""
    for element in walk(root):
        for spot in element.spots:
            if spot.touch.width < least or (spot.touch.height < least and not isinstance(element, Draggable)):
                yield f"{spot.target_id} is {spot.touch.width} x {spot.touch.height}"
            if not spot.target_id or not spot.text:
                yield f"{_name(element)} has a target without id or words"


def _overlaps(element: Element) -> Iterator[str]:
    parts = [child for child in element.children if isinstance(child, Element) and child.width and child.height]
    for at, one in enumerate(parts):
        for other in parts[at + 1 :]:
            if _area(one.box, other.box):
                yield f"{_name(one)} at {one.box} overlaps {_name(other)} at {other.box}"


def _area(one: Box, other: Box) -> bool:
    across = min(one.right, other.right) - max(one.x, other.x)
    down = min(one.top, other.top) - max(one.y, other.y)
    return across > _ROUNDING_PX and down > _ROUNDING_PX


def _holds(outer: Box, inner: Box, element: Element | None = None) -> bool:
    """Whether a box is inside; a list that scrolls cuts what is above and below it."""
    across = outer.x - _ROUNDING_PX <= inner.x and inner.right <= outer.right + _ROUNDING_PX
    if isinstance(element, Draggable):
        return across
    return across and outer.y - _ROUNDING_PX <= inner.y and inner.top <= outer.top + _ROUNDING_PX


def _name(element: Element) -> str:
    words = " / ".join(element.shown[:1])
    return f"{type(element).__name__} {words!r}" if words else type(element).__name__
