"""A window onto something taller, moved by the finger; nothing glides on by itself."""

from __future__ import annotations

from kivy.graphics import PopMatrix, PushMatrix, ScissorPop, ScissorPush, Translate
from kivy.graphics.instructions import Canvas
from kivy.input.motionevent import MotionEvent

from kiosk.theme import EDGE, LINE
from kiosk.widgets import shapes
from kiosk.widgets.element import DRAGGED, KEPT, Element
from kiosk.widgets.look import Look
from kiosk.widgets.shapes import Box

_DRAG_FROM_PX = 12  # a finger that presses moves less than this
_WHEEL_STEP_PX = 60
_THUMB_LEAST_PX = 40


class Draggable(Element):
    """Something taller than its place, moved by the finger or a wheel. `full_height` is told by `paint`."""

    def __init__(self, look: Look, keep_id: str) -> None:
        """`keep_id` names it, so that a redraw of the screen leaves it where it was."""
        super().__init__(look)
        self.keep_id = keep_id
        self.offset = 0  # pixels of the content above the upper edge
        self.full_height = 0
        self._touched_at: tuple[float, int] | None = None

    @property
    def reach(self) -> int:
        """How far it can be scrolled, in pixels."""
        return max(0, self.full_height - int(self.height))

    @property
    def gutter(self) -> int:
        """Width at the right that the thumb needs."""
        return self.look.metrics.space.m

    def take_over(self, old: Element) -> None:
        """Stay where the old one was scrolled to."""
        if isinstance(old, Draggable):
            self.offset = old.offset

    def scroll_to(self, offset: float) -> None:
        """Show the content from `offset` pixels below its top on."""
        self.offset = max(0, min(int(offset), self.reach))
        self.scrolled()

    def scrolled(self) -> None:
        """Draw what `offset` shows now."""
        raise NotImplementedError

    def on_touch_down(self, touch: MotionEvent) -> bool:
        """Press what is under the finger, and be ready to scroll."""
        if not self.collide_point(*touch.pos):
            return False
        if getattr(touch, "is_mouse_scrolling", False):
            self.scroll_to(self.offset + (_WHEEL_STEP_PX if touch.button == "scrollup" else -_WHEEL_STEP_PX))
            return True
        if self.reach:
            self.hold(touch)
            self._touched_at = (touch.y, self.offset)
        touch.push()
        touch.apply_transform_2d(self.to_local)
        super().on_touch_down(touch)
        touch.pop()
        if touch.ud.get(KEPT):
            self._touched_at = None
        return True

    def on_touch_move(self, touch: MotionEvent) -> bool:
        """Scroll once the finger has moved further than a press does."""
        if touch.grab_current is self and self._touched_at is not None:
            start_y, start_offset = self._touched_at
            moved = touch.y - start_y
            if abs(moved) > _DRAG_FROM_PX:
                touch.ud[DRAGGED] = True
            if touch.ud.get(DRAGGED):
                self.scroll_to(start_offset + moved)
        return super().on_touch_move(touch)

    def on_touch_up(self, touch: MotionEvent) -> bool:
        """Stay where the finger left it."""
        if touch.grab_current is self:
            self._touched_at = None
        return super().on_touch_up(touch)

    def draw_thumb(self, canvas: Canvas) -> None:
        """Show how much there is above and below."""
        if not self.reach:
            return
        width = self.gutter // 2
        track = Box(self.box.right - width, self.box.y, width, self.box.height)
        height = max(_THUMB_LEAST_PX, int(track.height * self.height / self.full_height))
        top = track.top - int((track.height - height) * self.offset / self.reach)
        shapes.rounded(canvas, LINE, track, width / 2)
        shapes.rounded(canvas, EDGE, Box(track.x, top - height, width, height), width / 2)


class Scroll(Draggable):
    """Shows one tall element through a window."""

    def __init__(self, look: Look, child: Element, keep_id: str = "scroll") -> None:
        """Take the element; `keep_id` is unique on the screen."""
        super().__init__(look, keep_id)
        self.child = child
        self._shift = Translate(0, 0, 0)
        self.add_widget(child)

    def natural_width(self) -> int:
        """The child's, and room for the thumb."""
        return self.width_wanted or self.child.natural_width() + self.gutter

    def height_for(self, width_px: int) -> int:
        """The child's; whoever places it may give less."""
        return self.child.height_for(width_px)

    def arrange(self) -> None:
        """Place the child at its full height."""
        width = int(self.width)
        full = self.child.height_for(width)
        if full > self.height:
            width -= self.gutter
            full = self.child.height_for(width)
        self.full_height = max(full, int(self.height))
        self.child.place(int(self.x), int(self.top) - self.full_height, width, self.full_height)

    def paint(self) -> None:
        """Clip and shift the child, if it is taller than its place."""
        if self.reach:
            x, y = self.to_window(*self.pos)
            self.canvas.before.add(ScissorPush(x=int(x), y=int(y), width=int(self.width), height=int(self.height)))
            self.canvas.before.add(PushMatrix())
            self.canvas.before.add(self._shift)
        self.scroll_to(self.offset)

    def scrolled(self) -> None:
        """Move the child and the thumb."""
        self._shift.y = self.offset
        after = self.canvas.after
        after.clear()
        if self.reach:
            after.add(PopMatrix())
            after.add(ScissorPop())
            self.draw_thumb(after)

    def bring_into_view(self, element: Element) -> None:
        """Scroll as little as needed to see an element of the child, with a little air."""
        air = self.look.metrics.space.s
        above = int(self.top - element.top) - air
        below = int(self.top - element.y) + air
        if above < self.offset:
            self.scroll_to(above)
        elif below > self.offset + self.height:
            self.scroll_to(below - self.height)

    def to_local(self, x: float, y: float, **_options: object) -> tuple[float, float]:
        """Turn a point of the window into one of the child."""
        return (x, y - self.offset)

    def to_parent(self, x: float, y: float, **_options: object) -> tuple[float, float]:
        """Turn a point of the child into one of the window."""
        return (x, y + self.offset)
