"""The base of everything on the screen: it knows its height for a width, is placed once, and draws itself.

Kivy's own layouts settle over several frames and tell every change to every property; here a screen is
measured and placed in one pass, at whole pixels, and drawn once. Containers are in `layout`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Self

from kivy.clock import Clock
from kivy.input.motionevent import MotionEvent
from kivy.uix.widget import Widget
from msgspec import Struct

from kiosk.text.setting import Paragraph
from kiosk.theme import Rgba, Role, rgba
from kiosk.widgets import shapes
from kiosk.widgets.look import Look
from kiosk.widgets.shapes import Box

_PRESSED = rgba("#1B2A41", 0.14)  # laid over what a finger is on
DRAGGED = "dragged"
"""Key in a touch's `ud` once it has become a scroll and no longer presses anything."""
KEPT = "kept"
"""Key in a touch's `ud` when what is under the finger follows it itself, so that nothing scrolls."""


class Spot(Struct, frozen=True):
    """A place that can be touched."""

    target_id: str
    text: str  # its words, for whoever reads the screen without seeing it
    box: Box  # what is drawn, and darkens
    touch: Box  # what answers, never smaller than a fingertip
    radius: float
    action: Callable[[], None]
    enabled: bool = True
    guarded: bool = True  # a quick second touch is a tremble, not a wish; off for keys


class Element(Widget):
    """A widget of this house.

    A subclass implements `natural_width`, `height_for` and `paint`, and uses `words` and `spot` in `paint`.
    """

    keep_id: str | None = None
    """Names what holds something over rebuilds, such as where a list is scrolled to."""

    def __init__(self, look: Look) -> None:
        """Make an element that is not placed yet."""
        super().__init__(size_hint=(None, None))
        self.look = look
        self.weight = 0.0
        self.width_wanted: int | None = None
        self.shown: list[str] = []
        self.spots: list[Spot] = []
        self.touched_x = 0.0  # where the last touch that acted ended
        self.touched_y = 0.0
        self._pressed: dict[object, Spot] = {}  # by touch: two thumbs press two keys

    def apply_class_lang_rules(self, *_arguments: object, **_options: object) -> None:
        """Take none of Kivy's styles: they go by class name, and ours is not Kivy's Button."""

    # Measuring and placing

    def grow(self, weight: float = 1.0) -> Self:
        """Let this element take a share of the space its row or column has left."""
        self.weight = weight
        return self

    def wide(self, width_px: int) -> Self:
        """Give this element a width of its own in a row."""
        self.width_wanted = width_px
        return self

    def natural_width(self) -> int:
        """Return the width in pixels it likes to have."""
        return self.width_wanted or 0

    def height_for(self, width_px: int) -> int:
        """Return the height in pixels it needs at a width."""
        raise NotImplementedError

    def place(self, x: int, y: int, width_px: int, height_px: int) -> None:
        """Take this rectangle of the window, `y` its lower edge, and draw."""
        self.pos = (x, y)
        self.size = (width_px, height_px)
        self.arrange()
        self.redraw()

    def arrange(self) -> None:
        """Place the children; a container implements it."""

    def inherit(self, old: Element) -> None:
        """Take over what the elements of an old tree hold, wherever the `keep_id` is the same."""
        holding = {element.keep_id: element for element in walk(old) if element.keep_id}
        for element in walk(self):
            if element.keep_id in holding:
                element.take_over(holding[element.keep_id])

    def take_over(self, old: Element) -> None:
        """Take over from the element this one replaces."""

    @property
    def box(self) -> Box:
        """The rectangle it was given."""
        return Box(int(self.x), int(self.y), int(self.width), int(self.height))

    # Drawing

    def redraw(self) -> None:
        """Draw again from the present state; children are not touched."""
        self.canvas.before.clear()
        self.shown.clear()
        self.spots.clear()
        self.paint()

    def paint(self) -> None:
        """Draw into `self.canvas.before`, under the children."""

    def words(
        self, paragraph: Paragraph, colour: Rgba, x: int, top: int, *, align: str = "left", width_px: int | None = None
    ) -> None:
        """Draw a set paragraph with its upper left corner at (x, top), and remember that it is shown.

        With `align` other than "left" the lines are aligned within `width_px`.
        """
        texture = self.look.ink.texture(paragraph, align=align, width_px=width_px)
        shapes.picture(self.canvas.before, colour, texture, x, top - paragraph.height)
        self.shown.extend(line.text for line in paragraph.lines)

    def set(
        self,
        text: str,
        role: Role = Role.BODY,
        *,
        bold: bool = False,
        width_px: int | None = None,
        lines_max: int | None = None,
    ) -> Paragraph:
        """Set a text in the size of its role."""
        return self.look.ink.typesetter.set(
            text, self.look.metrics.type.of(role), bold=bold, width_px=width_px, lines_max=lines_max
        )

    def middle_words(self, text: str, role: Role, colour: Rgba, box: Box, *, bold: bool = False) -> None:
        """Draw one line in the middle of a box, with an ellipsis if it is too long."""
        paragraph = self.set(text, role, bold=bold, width_px=box.width, lines_max=1)
        left = box.x + (box.width - paragraph.width) // 2
        self.words(paragraph, colour, left, box.y + (box.height + paragraph.height) // 2)

    # Touching

    def spot(
        self,
        target_id: str,
        text: str,
        box: Box,
        action: Callable[[], None],
        *,
        radius: float = 0.0,
        enabled: bool = True,
        guarded: bool = True,
    ) -> None:
        """Make a box touchable. Call it in `paint`; what answers grows to the size of a fingertip."""
        least = self.look.metrics.touch
        wider, higher = max(0, least - box.width), max(0, least - box.height)
        touch = Box(box.x - wider // 2, box.y - higher // 2, box.width + wider, box.height + higher)
        self.spots.append(Spot(target_id, text, box, touch, radius, action, enabled, guarded))

    def spot_at(self, x: float, y: float) -> Spot | None:
        """Return the spot under a point; where grown spots overlap, the one whose drawn box has it."""
        found = None
        for spot in self.spots:
            if spot.box.holds(x, y):
                return spot
            if found is None and spot.touch.holds(x, y):
                found = spot
        return found

    def on_touch_down(self, touch: MotionEvent) -> bool:
        """Darken what was touched, at once."""
        if super().on_touch_down(touch):
            return True
        spot = self.spot_at(*touch.pos)
        if spot is None or getattr(touch, "is_mouse_scrolling", False):
            return False
        if spot.enabled:
            self.hold(touch)
            self._pressed[touch.uid] = spot
            self._darken()
        return True

    def on_touch_move(self, touch: MotionEvent) -> bool:
        """Let go of what was pressed when the finger leaves it or scrolls."""
        if touch.grab_current is not self:
            return bool(super().on_touch_move(touch))
        spot = self._pressed.get(touch.uid)
        if spot is not None and (touch.ud.get(DRAGGED) or not spot.touch.holds(*touch.pos)):
            del self._pressed[touch.uid]
            self._darken()
        return True

    def on_touch_up(self, touch: MotionEvent) -> bool:
        """Act, if the finger is still where it pressed."""
        if touch.grab_current is not self:
            return bool(super().on_touch_up(touch))
        touch.ungrab(self)
        spot = self._pressed.pop(touch.uid, None)
        if spot is None:
            return True
        self._darken()
        if not touch.ud.get(DRAGGED) and spot.touch.holds(*touch.pos):
            self.touched_x, self.touched_y = touch.pos
            x, y = self.to_window(*touch.pos)
            if not spot.guarded or self.look.guard.admits(spot.target_id, x, y, Clock.get_boottime()):
                spot.action()
        return True

    def hold(self, touch: MotionEvent) -> None:
        """Ask for the moves and the end of a touch, once."""
        if not any(holder() is self for holder in touch.grab_list):
            touch.grab(self)

    def _darken(self) -> None:
        self.canvas.after.clear()
        for spot in self._pressed.values():
            shapes.rounded(self.canvas.after, _PRESSED, spot.box, spot.radius)


def walk(element: Widget) -> Iterator[Element]:
    """Yield an element and everything in it, parents first."""
    if isinstance(element, Element):
        yield element
    for child in reversed(element.children):
        yield from walk(child)
