"""Signing on the glass: strokes as vectors, drawn as they are made."""

from __future__ import annotations

from collections.abc import Callable

from kivy.graphics.vertex_instructions import SmoothLine
from kivy.input.motionevent import MotionEvent

from kiosk.theme import BAD, CARD, EDGE, INK, INK_SOFT, LINE, Role
from kiosk.widgets import shapes
from kiosk.widgets.element import KEPT, Element
from kiosk.widgets.look import Look
from kiosk.widgets.shapes import Box
from sync.model.strokes import Strokes, simplified

_THOUSAND = 1000
_STEP_LEAST_PX = 2.0  # closer points say nothing more about the line
_POINTS_MAX = 4000  # of all strokes together: a signature has some hundreds


class SignaturePad(Element):
    """A sheet to sign on. Whoever made it keeps the strokes and gives them to the next one."""

    def __init__(
        self,
        look: Look,
        target_id: str,
        hint: str,
        signed: Callable[[Strokes], None],
        *,
        strokes: Strokes = (),
        error: bool = False,
        height_px: int | None = None,
    ) -> None:
        """`signed` is told all strokes after each one; `hint` stands on the empty sheet; `error` reddens it."""
        super().__init__(look)
        self.target_id = target_id
        self.hint = hint
        self.signed = signed
        self.strokes = strokes
        self.error = error
        self._height = height_px
        self._line: SmoothLine | None = None
        self._points: list[float] = []

    def height_for(self, width_px: int) -> int:
        """A third of its width, unless it was given a height."""
        return self._height if self._height is not None else width_px // 3

    def paint(self) -> None:
        """Draw the sheet, the line to sign on and the strokes."""
        metrics = self.look.metrics
        box = self.box
        edge = BAD if self.error else EDGE
        shapes.framed(self.canvas.before, CARD, edge, box, metrics.radius.field, metrics.stroke)
        rule = box.y + box.height // 4
        shapes.fill(self.canvas.before, LINE, Box(box.x + metrics.space.xl, rule, box.width - 2 * metrics.space.xl, 2))
        if not self.strokes and not self._points:
            self.middle_words(self.hint, Role.BODY, INK_SOFT, box)
        for stroke in self.strokes:
            points = [
                box.x + value * box.width / _THOUSAND if at % 2 == 0 else box.top - value * box.width / _THOUSAND
                for at, value in enumerate(stroke)
            ]
            shapes.line(self.canvas.before, INK, _visible(points), self._thickness())
        self.spot(self.target_id, self.hint, box, _nothing)

    def on_touch_down(self, touch: MotionEvent) -> bool:
        """Begin a stroke."""
        if not self.collide_point(*touch.pos) or self._points or getattr(touch, "is_mouse_scrolling", False):
            return False
        self.hold(touch)
        touch.ud[KEPT] = True
        self._points = [touch.x, touch.y]
        if not self.strokes:
            self.redraw()  # the hint goes
        shapes.line(self.canvas.after, INK, _visible(self._points), self._thickness())
        self._line = self.canvas.after.children[-1]
        return True

    def on_touch_move(self, touch: MotionEvent) -> bool:
        """Draw on, within the sheet."""
        if touch.grab_current is not self or self._line is None:
            return False
        x, y = self._inside(touch.x, touch.y)
        if abs(x - self._points[-2]) + abs(y - self._points[-1]) >= _STEP_LEAST_PX:
            self._points += [x, y]
            self._line.points = self._points
        return True

    def on_touch_up(self, touch: MotionEvent) -> bool:
        """End the stroke and tell all of them."""
        if touch.grab_current is not self:
            return False
        touch.ungrab(self)
        stroke = self._measured()
        self._points, self._line = [], None
        self.canvas.after.clear()
        if sum(map(len, self.strokes)) + len(stroke) <= 2 * _POINTS_MAX:
            self.strokes = (*self.strokes, stroke)
        self.redraw()
        self.signed(self.strokes)
        return True

    def _measured(self) -> tuple[int, ...]:
        box = self.box
        return simplified(
            [
                round((value - box.x if at % 2 == 0 else box.top - value) * _THOUSAND / box.width)
                for at, value in enumerate(self._points)
            ]
        )

    def _inside(self, x: float, y: float) -> tuple[float, float]:
        box = self.box.inset(self.look.metrics.stroke)
        return max(box.x, min(x, box.right)), max(box.y, min(y, box.top))

    def _thickness(self) -> float:
        return max(3.0, self.box.width / 220)


def _visible(points: list[float]) -> list[float]:
    """Return points that draw something also for a dot."""
    return [*points, points[0] + 1, points[1]] if len(points) == 2 else points


def _nothing() -> None:
    """Do nothing: the sheet takes strokes itself, its spot only says where it is."""
