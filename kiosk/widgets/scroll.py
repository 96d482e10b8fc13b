"""A window onto something taller, moved by the finger; nothing glides on by itself."""

from __future__ import annotations

from kivy.graphics import PopMatrix, PushMatrix, ScissorPop, ScissorPush, Translate
from kivy.input.motionevent import MotionEvent

from kiosk.theme import EDGE, PAPER_DEEP
from kiosk.widgets import shapes
from kiosk.widgets.element import DRAGGED, Element
from kiosk.widgets.look import Look
from kiosk.widgets.shapes import Box

_DRAG_FROM_PX = 12  # a finger that presses moves less than this
_WHEEL_STEP_PX = 60
_THUMB_LEAST_PX = 40


class Scroll(Element):
    """Shows one tall element through a window; drag it, or turn a wheel."""

    def __init__(self, look: Look, child: Element, keep_id: str = "scroll") -> None:
        """`keep_id` names it, so that a redraw of the screen leaves it where it was."""
        super().__init__(look)
        self.child = child
        self.keep_id = keep_id
        self.offset = 0  # pixels of the child above the window's upper edge
        self._shift = Translate(0, 0, 0)
        self._scissor = ScissorPush()
        self._touched_at: tuple[float, int] | None = None
        self.add_widget(child)

    def natural_width(self) -> int:
        """The child's, and room for the thumb."""
        return self.width_wanted or self.child.natural_width() + self._gutter()

    def height_for(self, width_px: int) -> int:
        """The child's; whoever places it may give less."""
        return self.child.height_for(width_px)

    def take_over(self, old: Element) -> None:
        """Stay where the old one was scrolled to."""
        if isinstance(old, Scroll):
            self.offset = old.offset

    def arrange(self) -> None:
        """Place the child at its full height."""
        width = int(self.width)
        full = self.child.height_for(width)
        if full > self.height:
            width -= self._gutter()
            full = self.child.height_for(width)
        height = max(full, int(self.height))
        self.child.place(int(self.x), int(self.top) - height, width, height)

    def paint(self) -> None:
        """Clip and shift the child; show how much there is above and below."""
        self._scissor.pos = self.to_window(*self.pos)
        self._scissor.pos = (int(self._scissor.x), int(self._scissor.y))
        self._scissor.size = (int(self.width), int(self.height))
        before, after = self.canvas.before, self.canvas.after
        for instruction in (self._scissor, PushMatrix(), self._shift):
            before.add(instruction)
        after.clear()
        for instruction in (PopMatrix(), ScissorPop()):
            after.add(instruction)
        self.scroll_to(self.offset)

    @property
    def reach(self) -> int:
        """How far it can be scrolled, in pixels."""
        return max(0, int(self.child.height - self.height))

    def scroll_to(self, offset: float) -> None:
        """Show the child from `offset` pixels below its top on."""
        self.offset = max(0, min(int(offset), self.reach))
        self._shift.y = self.offset
        self._draw_thumb()

    def bring_into_view(self, element: Element) -> None:
        """Scroll as little as needed to see an element of the child."""
        above = int(self.top - element.top)
        below = above + int(element.height)
        if above < self.offset:
            self.scroll_to(above)
        elif below > self.offset + self.height:
            self.scroll_to(below - self.height)

    def on_touch_down(self, touch: MotionEvent) -> bool:
        """Press what is under the finger, and be ready to scroll."""
        if not self.collide_point(*touch.pos):
            return False
        if getattr(touch, "is_mouse_scrolling", False):
            self.scroll_to(self.offset + (_WHEEL_STEP_PX if touch.button == "scrollup" else -_WHEEL_STEP_PX))
            return True
        if self.reach:
            touch.grab(self)
            self._touched_at = (touch.y, self.offset)
        touch.push()
        touch.apply_transform_2d(self.to_local)
        pressed = super().on_touch_down(touch)
        touch.pop()
        return pressed or bool(self.reach)

    def on_touch_move(self, touch: MotionEvent) -> bool:
        """Scroll once the finger has moved further than a press does."""
        if touch.grab_current is not self or self._touched_at is None:
            return False
        start_y, start_offset = self._touched_at
        moved = touch.y - start_y
        if abs(moved) > _DRAG_FROM_PX:
            touch.ud[DRAGGED] = True
        if touch.ud.get(DRAGGED):
            self.scroll_to(start_offset + moved)
        return True

    def on_touch_up(self, touch: MotionEvent) -> bool:
        """Stay where the finger left it."""
        if touch.grab_current is not self:
            return False
        touch.ungrab(self)
        self._touched_at = None
        return True

    def to_local(self, x: float, y: float, **_k: object) -> tuple[float, float]:
        """Turn a point of the window into one of the child."""
        return (x, y - self.offset)

    def to_parent(self, x: float, y: float, **_k: object) -> tuple[float, float]:
        """Turn a point of the child into one of the window."""
        return (x, y + self.offset)

    def _gutter(self) -> int:
        return self.look.metrics.space.m

    def _draw_thumb(self) -> None:
        after = self.canvas.after
        while len(after.children) > 2:
            after.remove(after.children[-1])
        if not self.reach:
            return
        track = Box(int(self.right) - self._gutter() // 2, int(self.y), self._gutter() // 2, int(self.height))
        height = max(_THUMB_LEAST_PX, int(track.height * self.height / self.child.height))
        top = track.top - int((track.height - height) * self.offset / self.reach)
        shapes.rounded(after, PAPER_DEEP, track, track.width / 2)
        shapes.rounded(after, EDGE, Box(track.x, top - height, track.width, height), track.width / 2)
